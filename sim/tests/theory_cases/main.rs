//! Every case of `validation/cases.json` that a steady state or a closed form answers, against the formulas of
//! `loadscape_sim::theory`; prints what was expected, what came out and the error.

mod answers;
mod case;
mod quorums;

use answers::answer;
use case::Case;
use quorums::quorums;
use serde_json::Value;

/// Cases that only a simulation through time can answer, and why.
const NOT_STEADY: [(&str, &str); 1] = [(
    "mc-metastable-escape",
    "the time until a fluctuation tips a retrying system over is a property of its path, not of a steady state",
)];

/// Relative errors of single cases: of an input given rounded, or stated for an approximation that stands in for a simulated
/// value.
const STATED_ERRORS: [(&str, f64); 7] = [
    // Its second think time, 13/60, is given with seven digits.
    ("mva-bcmp-line", 2e-7),
    // Tabulated from our own simulation; both have confidence intervals of about 0.3 %.
    ("mc-jsq-8-0.8", 0.004),
    // Refined mean field within 1 %, the simulated value within 0.53 %.
    ("mc-pow2-10-0.9", 0.012),
    // Nelson-Tantawi, 1.5 to 2.3 % too short.
    ("mc-forkjoin-4-0.7", 0.023),
    ("mc-forkjoin-32-0.7", 0.023),
    // Allen-Cunneen, 6.9 % too short here.
    ("mc-ggc-4", 0.07),
    // Cosmetatos, 0.2 % too short, and the simulated value within 0.34 %.
    ("mc-md4-0.8", 0.004),
];

/// The relative error that a case allows.
fn tolerance(case: &Case) -> f64 {
    if let Some((_, error)) = STATED_ERRORS.iter().find(|(id, _)| *id == case.id) {
        return *error;
    }
    match case.kind {
        "numeric" => 1e-6,
        // These approximations are formulas: ours has to give the formula's own value.
        "exact" | "approx" | "fluid" => 1e-8,
        kind => panic!("{}: no tolerance for kind {kind}", case.id),
    }
}

fn report(
    id: &str,
    quantity: &str,
    expected: f64,
    got: f64,
    allowed: f64,
    failures: &mut Vec<String>,
) {
    let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
    let error = (got - expected).abs() / scale;
    println!(
        "{id:<28} {quantity:<22} {expected:>22.15e} {got:>22.15e} {error:>9.1e} {allowed:>9.1e}"
    );
    // NaN must fail as well.
    if error.is_nan() || error > allowed {
        failures.push(format!(
            "{id} {quantity}: expected {expected}, got {got}, error {error:.2e} above {allowed:.1e}"
        ));
    }
}

#[test]
fn every_validation_case_is_met_or_named_as_beyond_a_steady_state() {
    let file: Value = serde_json::from_str(include_str!("../../validation/cases.json"))
        .expect("the cases are JSON");
    let cases = file["cases"].as_array().expect("a list of cases");
    let mut failures = Vec::new();
    println!(
        "{:<28} {:<22} {:>22} {:>22} {:>9} {:>9}",
        "case", "quantity", "expected", "got", "error", "allowed"
    );
    for case in cases {
        let case = Case {
            id: case["id"].as_str().expect("an id"),
            kind: case["kind"].as_str().expect("a kind"),
            inputs: &case["inputs"],
            expected: &case["expected"],
        };
        if let Some((_, reason)) = NOT_STEADY.iter().find(|(id, _)| *id == case.id) {
            println!("{:<28} left to the event simulation: {reason}", case.id);
            continue;
        }
        if let Some(answers) = quorums(&case) {
            for (name, got, allowed) in answers {
                let expected = case.expected[&name].as_f64().expect("a number");
                report(
                    case.id,
                    &name,
                    expected,
                    got,
                    allowed / expected,
                    &mut failures,
                );
            }
            continue;
        }
        let Some(answers) = answer(&case) else {
            failures.push(format!(
                "{}: neither answered nor named as left out",
                case.id
            ));
            continue;
        };
        for (name, expected) in case.expected.as_object().expect("expected values") {
            if name == "ci95" {
                continue;
            }
            let expected = expected.as_f64().expect("a number");
            match answers.iter().find(|(answer, _)| answer == name) {
                Some((_, got)) => report(
                    case.id,
                    name,
                    expected,
                    *got,
                    tolerance(&case),
                    &mut failures,
                ),
                None => failures.push(format!("{}: no answer for {name}", case.id)),
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
