//! The theory's cases as scenario files through the whole pipeline: read, compile, solve, compared with `validation/cases.json`. Prints
//! a table (`--nocapture`): case, figure, expected, got, relative error, tolerance.

use loadscape_sim::analysis::{Analysis, analyse_with};
use loadscape_sim::report::{Latency, Report, StationReport};
use loadscape_sim::scenario::{Scenario, read, validate};
use loadscape_sim::steady::{Precision, Solver};
use serde_json::Value;
use std::fmt::Write as _;

/// The relative error that a case allows: what the theory promises for its kind.
fn tolerance(id: &str, kind: &str, figure: &str) -> f64 {
    match (id, kind) {
        // Simulated values: the stated error of the approximation, with the simulation's own.
        ("mc-md4-0.8", _) => 0.005,
        ("mc-ggc-4", _) => 0.01,
        // Other approximations than the solver's, which is nearer to the simulated value above than the first of them.
        ("allen-cunneen-c4", _) => 0.1,
        ("kingman-gg1", _) => 0.005,
        ("mc-forkjoin-4-0.7", _) => 0.025,
        ("mc-forkjoin-32-0.7", _) => 0.02,
        (_, "numeric") => 1e-6,
        // The waiting-time law of M/D/1 has corners, which limit how exactly its transform can be inverted.
        ("md1-0.8-tail", _) if figure.starts_with("wait") => 1e-6,
        _ => 1e-8,
    }
}

/// What the solver says for a figure of a case; `None` for figures that a report doesn't have.
fn figure(id: &str, figure: &str, report: &Report) -> Option<f64> {
    let station = |index: usize| report.stations.get(index);
    let first = station(0)?;
    let class = report.classes.first()?;
    let latency = class.latency;
    let sojourn = |station: &StationReport| station.sojourn.map(|sojourn| sojourn.0);
    let number = |station: &StationReport| Some(station.throughput.0 * sojourn(station)?);
    let of = |figure: fn(&Latency) -> f64| latency.as_ref().map(figure);
    let class_latency = |index: usize| {
        report
            .classes
            .get(index)?
            .latency
            .map(|latency| latency.mean.0)
    };
    let class_rate = |index: usize| report.classes.get(index).map(|class| class.throughput.0);
    // A constant service time makes the wait's quantiles those of the response, less that constant.
    let wait = |quantile: Option<f64>| quantile.map(|quantile| quantile - first.service.0);
    match (id, figure) {
        (id, "wait_p50") if id.starts_with("md1") => wait(of(|latency| latency.p50.0)),
        (id, "wait_p95") if id.starts_with("md1") => wait(of(|latency| latency.p95.0)),
        (id, "wait_p99") if id.starts_with("md1") => wait(of(|latency| latency.p99.0)),
        ("mc-md4-0.8" | "mc-ggc-4", "value") => Some(first.waiting?.0),
        ("mc-forkjoin-4-0.7" | "mc-forkjoin-32-0.7", "value") => of(|latency| latency.mean.0),
        ("forkjoin-line-basic_open", "R1") => sojourn(first),
        ("forkjoin-line-basic_open", "R2") => sojourn(station(1)?),
        ("forkjoin-line-basic_open", "L1") => number(first),
        ("forkjoin-line-basic_open", "L2") => number(station(1)?),
        ("mva-bcmp-line", "Q_delay1") => Some(class_rate(0)? * 2.0 / 3.0),
        ("mva-bcmp-line", "Q_delay2") => Some(class_rate(1)? * 13.0 / 60.0),
        (id, "U2") if id.starts_with("mva-multi") => Some(station(1)?.utilisation),
        (id, "U3") if id.starts_with("mva-multi") => Some(station(2)?.utilisation),
        (id, "Q2") if id.starts_with("mva-multi") => number(station(1)?),
        (id, "Q3") if id.starts_with("mva-multi") => number(station(2)?),
        (_, "rho" | "util" | "U" | "U1" | "U_max") => report
            .stations
            .iter()
            .map(|station| station.utilisation)
            .reduce(f64::max),
        (_, "L" | "Q" | "Q1") => number(first),
        (_, "Lq") => first.queue_length,
        (_, "Wq" | "Wq_mean") => Some(first.waiting?.0),
        (_, "W" | "T" | "R" | "W_total" | "mean" | "R_nelson_tantawi") => {
            of(|latency| latency.mean.0)
        }
        (_, "p50") => of(|latency| latency.p50.0),
        (_, "p95") => of(|latency| latency.p95.0),
        (_, "p99") => of(|latency| latency.p99.0),
        (_, "p999") => of(|latency| latency.p999.0),
        (_, "P_wait") => first.wait_probability,
        (_, "P_block") => Some(first.loss),
        (_, "carried") => Some(first.throughput.0 * first.service.0),
        (_, "throughput" | "X") => Some(class.throughput.0),
        (_, "p0") => Some(1.0 - first.utilisation),
        (_, "slowdown") => Some(sojourn(first)? / first.service.0),
        (_, "W_lb") => sojourn(first),
        (_, "W_pool") => sojourn(station(1)?),
        (_, "W_db") => sojourn(station(2)?),
        (_, "N_total") => report.stations.iter().map(number).sum(),
        (_, "P_wait_pool") => station(1)?.wait_probability,
        (_, "P_wait_db") => station(2)?.wait_probability,
        (_, "R_single") => sojourn(first),
        (_, "X_term1" | "X1") => class_rate(0),
        (_, "X_term2" | "X2") => class_rate(1),
        (_, "X_batch") => class_rate(2),
        (_, "R_term1" | "R1") => class_latency(0),
        (_, "R_term2" | "R2") => class_latency(1),
        (_, "R_batch") => class_latency(2),
        (_, "Wq_hi") => Some(first.by_class.first()?.waiting?.0),
        (_, "Wq_lo") => Some(first.by_class.get(1)?.waiting?.0),
        _ => None,
    }
}

/// Figures that no report has: bounds beside the answer, and questions on other laws than the response time's.
fn is_beside(id: &str, figure: &str) -> bool {
    matches!(
        figure,
        "R_independent_bound" | "R_lower_bound" | "T_given_size_3" | "ci95"
    ) || (figure.starts_with("wait_") && !id.starts_with("md1"))
}

fn solved(path: &std::path::Path) -> (Scenario, Analysis) {
    let text = std::fs::read_to_string(path).unwrap();
    let reading = read(&text);
    assert!(
        reading.problems.is_empty(),
        "{path:?}: {:?}",
        reading.problems
    );
    let scenario = reading.scenario.unwrap();
    let problems = validate(&scenario);
    assert!(problems.is_empty(), "{path:?}: {problems:?}");
    let analysis = analyse_with(&mut Solver::new(), &scenario, Precision::Exact);
    (scenario, analysis)
}

#[test]
fn every_case_of_the_books_comes_out_of_its_scenario_file() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("validation");
    let cases: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join("cases.json")).unwrap()).unwrap();
    let mut table = String::new();
    let (mut checked, mut failed) = (0, 0);
    for case in cases["cases"].as_array().unwrap() {
        let (id, kind) = (case["id"].as_str().unwrap(), case["kind"].as_str().unwrap());
        let path = root.join("scenarios").join(format!("{id}.json"));
        if !path.exists() {
            continue;
        }
        let (_, analysis) = solved(&path);
        for (name, expected) in case["expected"].as_object().unwrap() {
            if is_beside(id, name) {
                continue;
            }
            let expected = expected.as_f64().unwrap();
            let got = figure(id, name, &analysis.report).unwrap_or(f64::NAN);
            let error = ((got - expected) / expected).abs();
            let allowed = tolerance(id, kind, name);
            let bad = error > allowed || error.is_nan();
            checked += 1;
            failed += usize::from(bad);
            writeln!(
                table,
                "{} {id:28} {name:20} {expected:>22.15} {got:>22.15} {error:>9.1e} {allowed:>8.0e}",
                if bad { "BAD" } else { "ok " }
            )
            .unwrap();
        }
    }
    println!(
        "    case                         figure                             expected                    got     error  allowed\n{table}"
    );
    assert!(checked > 130, "only {checked} figures checked");
    assert_eq!(failed, 0, "{failed} of {checked} figures are off:\n{table}");
}

#[test]
fn every_scenario_file_of_a_case_names_a_case() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("validation");
    let cases: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join("cases.json")).unwrap()).unwrap();
    let known: Vec<&str> = cases["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    for entry in std::fs::read_dir(root.join("scenarios")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.trim_end_matches(".json")), "{name}");
    }
}
