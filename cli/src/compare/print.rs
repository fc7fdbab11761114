//! A comparison for people and for programs (as docs/simulate-output.md describes); it computes nothing.

use super::Design;
use super::difference::{Difference, Verdict, What};
use crate::arguments::SimulationOptions;
use crate::simulate::{Outcome, Run, SCHEMA_VERSION, objectives};
use crate::table::align;
use crate::{json, terminal};
use loadscape_sim::quantities::{dollars, rate, share, time, whole};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};
use serde::Serialize;

/// What was run, what to doubt, every difference, and which design is better at what.
pub fn table(
    a: &Design,
    b: &Design,
    differences: &[Difference],
    options: &SimulationOptions,
) -> String {
    let title = |design: &Design| terminal::line(&design.input.scenario.title);
    let mut text = format!(
        "A: {}\nB: {}\n\nSimulated {} runs of {} each under the same random numbers (seeds {} to {}); {} events. ± is half of a 95 % \
         confidence interval of the difference.\n",
        title(a),
        title(b),
        options.replications,
        time(a.runs.duration),
        options.first_seed(),
        options
            .first_seed()
            .wrapping_add(u64::from(options.replications) - 1),
        whole((a.runs.together.events + b.runs.together.events) as f64),
    );
    for (name, design) in [("A", a), ("B", b)] {
        for remark in &design.remarks {
            text.push_str(&format!("{name}: {remark}\n"));
        }
    }
    text.push('\n');
    text.push_str(&rows(differences));
    text.push_str(&verdicts(differences));
    for (name, design) in [("A", a), ("B", b)] {
        let graded = objectives(
            &design.input.scenario,
            &design.objectives,
            design.runs.together.stationary,
        );
        if !graded.is_empty() {
            text.push_str(&format!("\nObjectives of {name}:\n{}", graded.trim_end()));
            text.push('\n');
        }
    }
    text
}

fn rows(differences: &[Difference]) -> String {
    let header = [
        "class",
        "",
        "A",
        "B",
        "B − A",
        "±",
        "independent seeds",
        "narrower by",
        "",
    ]
    .map(str::to_owned);
    let mut last = None;
    let rows = differences.iter().map(|difference| {
        let class = whose(difference);
        let shown = if last.as_ref() == Some(&class) {
            String::new()
        } else {
            class.clone()
        };
        last = Some(class);
        let figure = |value: Option<f64>| {
            value.map_or("not enough samples".to_owned(), |value| {
                write(difference.what, value)
            })
        };
        let width = |value: Option<f64>| {
            value.map_or("–".to_owned(), |value| {
                format!("± {}", write(difference.what, value))
            })
        };
        [
            shown,
            difference.what.name().to_owned(),
            figure(difference.a),
            figure(difference.b),
            difference.difference.map_or("–".to_owned(), |value| {
                let sign = if value > 0.0 { "+" } else { "" };
                format!("{sign}{}", write(difference.what, value))
            }),
            width(difference.half_width),
            width(difference.independent_half_width),
            narrower(difference).map_or("–".to_owned(), percentage),
            match difference.verdict {
                Verdict::A => "A is better".to_owned(),
                Verdict::B => "B is better".to_owned(),
                Verdict::Same => "the same".to_owned(),
                Verdict::Chance => "can't be told from chance".to_owned(),
                Verdict::Incomparable => incomparable(difference),
                Verdict::Unknown => "too few samples to say".to_owned(),
            },
        ]
    });
    align(header, rows.collect())
}

/// Why a time that is less isn't better.
fn incomparable(difference: &Difference) -> String {
    let which = match difference.difference {
        Some(by) if by < 0.0 => "B",
        _ => "A",
    };
    let well = difference.answered_well.map_or("fewer".to_owned(), share);
    format!("can't be compared: {which} answers only {well} well")
}

/// A share in whole percent: more would be more than so few runs can say.
fn percentage(share: f64) -> String {
    match 100.0 * share {
        percent if percent > 99.0 => ">99 %".to_owned(),
        percent if percent < 0.0 => format!("−{:.0} %", -percent),
        percent => format!("{percent:.0} %"),
    }
}

/// How much narrower the interval is than with independent seeds, as a share; negative when it is wider.
fn narrower(difference: &Difference) -> Option<f64> {
    let independent = difference
        .independent_half_width
        .filter(|width| *width > 0.0)?;
    Some(1.0 - difference.half_width? / independent)
}

fn whose(difference: &Difference) -> String {
    match &difference.class {
        Some(class) => terminal::line(class),
        None => "the design".to_owned(),
    }
}

fn write(what: What, value: f64) -> String {
    match what {
        What::Mean | What::P95 | What::P99 => time(Seconds(value)),
        What::Goodput => rate(PerSecond(value)),
        What::Cost => dollars(DollarsPerMonth(value)),
    }
}

/// Which design is better at what, in a few sentences.
fn verdicts(differences: &[Difference]) -> String {
    let listed = |wanted: Verdict| {
        let list: Vec<String> = differences
            .iter()
            .filter(|difference| difference.verdict == wanted)
            .map(|difference| {
                let relative = match (difference.difference, difference.a) {
                    (Some(value), Some(a)) if value != 0.0 && a > 0.0 => {
                        let sign = if value > 0.0 { "+" } else { "−" };
                        format!(" ({sign}{})", share((value / a).abs()))
                    }
                    _ => String::new(),
                };
                let name = difference.what.name();
                match difference.class {
                    Some(_) => format!("{} {name}{relative}", whose(difference)),
                    None => format!("{name}{relative}"),
                }
            })
            .collect();
        list.join(", ")
    };
    let mut text = String::new();
    for (verdict, words) in [
        (Verdict::B, "B is better at: "),
        (Verdict::A, "A is better at: "),
        (Verdict::Same, "The same in both: "),
        (Verdict::Chance, "Can't be told from chance: "),
        (
            Verdict::Incomparable,
            "Can't be compared, as the one that is faster answers fewer well: ",
        ),
        (Verdict::Unknown, "Too few samples to say: "),
    ] {
        let list = listed(verdict);
        if !list.is_empty() {
            text.push_str(&format!("{words}{list}.\n"));
        }
    }
    let by_chance = differences
        .iter()
        .any(|difference| difference.verdict == Verdict::Chance);
    if by_chance {
        text.push_str("More --replications or a longer --duration narrow the intervals.\n");
    }
    if text.contains("is better at") {
        text.push_str("Percentages are of A's figure.\n");
    }
    text
}

#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    simulation: Run,
    a: Summary<'a>,
    b: Summary<'a>,
    differences: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    title: &'a str,
    events: u64,
    settled: bool,
    objectives: Vec<Outcome<'a>>,
    remarks: &'a [String],
    problems: Vec<String>,
}

impl<'a> Summary<'a> {
    fn new(design: &'a Design) -> Self {
        let problems = &design.input.problems;
        Summary {
            title: &design.input.scenario.title,
            events: design.runs.together.events,
            settled: design.runs.together.settled,
            objectives: design.objectives.iter().map(Outcome::of).collect(),
            remarks: &design.remarks,
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    narrower_by: Option<f64>,
}

/// The whole comparison; numbers that are infinite or undefined are `null`.
///
/// # Errors
/// Never in practice: every part of a result is plain data.
pub fn json(
    a: &Design,
    b: &Design,
    differences: &[Difference],
    options: &SimulationOptions,
) -> Result<String, String> {
    json::text(&Output {
        schema_version: SCHEMA_VERSION,
        simulation: Run::of(options, &a.runs),
        a: Summary::new(a),
        b: Summary::new(b),
        differences: differences
            .iter()
            .map(|difference| Row {
                difference,
                narrower_by: narrower(difference),
            })
            .collect(),
    })
}
