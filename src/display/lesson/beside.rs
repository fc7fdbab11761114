//! What stands beside one another of two designs of a lesson, and of its ways: how far each goes, and what it pays for that. It works out nothing.

use super::super::compared::{Row, row};
use super::super::price;
use super::{gained, serves};
use loadscape_sim::catalog::Kind;
use loadscape_sim::insight::Price;
use loadscape_sim::lesson::{Figure, Known, Measure, Measured};
use loadscape_sim::scenario::{ComponentId, Scenario};

const SUSTAINS: &str = "Sustains";
const GIVES_WAY: &str = "Gives way first";

/// What a design pays in every coin but money, beside what another paid; what neither has is left out, and what answers nobody gains nothing.
pub fn coins_beside(before: &Price, now: &Price, serves: bool) -> Vec<Row> {
    let rows = price::beside(before, now).into_iter();
    let rows = rows.filter(|row| row.label != price::COST);
    rows.map(|row| gained(row, serves)).collect()
}

/// How far a design goes and what it pays for that, money apart, beside what another one did.
pub fn price_of(before: (&Known, &Price), now: (&Known, &Price)) -> Vec<Row> {
    let serves = serves(now.0.report);
    let carried = beside(before.0, now.0).into_iter();
    let carried = carried.filter(|row| [SUSTAINS, GIVES_WAY].contains(&row.label.as_str()));
    let carried = carried.map(|row| gained(row, serves));
    carried
        .chain(written(before.0, now.0).map(|row| gained(row, serves)))
        .chain(coins_beside(before.1, now.1, serves))
        .collect()
}

/// The rows of one of several designs, with a row for each that any of them has, so that the same stands beside the same.
pub fn aligned(all: &[Vec<Row>], place: usize) -> Vec<Row> {
    let mut labels: Vec<&str> = Vec::new();
    for rows in all {
        let mut last = None;
        for row in rows {
            let known = labels.iter().position(|label| *label == row.label);
            let own = known.unwrap_or_else(|| {
                let own = last.map_or(0, |last: usize| last + 1);
                labels.insert(own, &row.label);
                own
            });
            last = Some(own);
        }
    }
    let own = all.get(place).map_or(&[][..], |rows| rows);
    let filled = labels.into_iter().map(|label| {
        let known = own.iter().find(|row| row.label == label);
        known.cloned().unwrap_or_else(|| Row {
            label: label.to_owned(),
            before: "none".to_owned(),
            after: "none".to_owned(),
            change: String::new(),
            better: None,
        })
    });
    filled.collect()
}

/// How much load what takes the writes bears, were nothing else full before it: what it is that a larger machine, or several, bring.
fn written(before: &Known, now: &Known) -> Option<Row> {
    let bears = |known: &Known| {
        let parts = known.scenario.components.iter();
        let parts = parts.filter(|part| part.kind.is_database() && part.kind != Kind::ReadReplica);
        let all = parts.filter_map(|part| {
            let figure = Figure {
                measure: Measure::Capacity,
                of: Some(part.name.clone()),
            };
            figure.of(known)?.number()
        });
        all.reduce(f64::min)
    };
    let (was, is) = (bears(before), bears(now));
    was.or(is)?;
    let write = |value| Measure::Capacity.write(value);
    Some(row("Its database alone", was, is, true, &write))
}

/// The figures that stand beside one another while a design is changed, by the solver.
pub fn beside(before: &Known, now: &Known) -> Vec<Row> {
    const SHOWN: [(Measure, &str); 4] = [
        (Measure::P99, "Slowest p99"),
        (Measure::Success, "Success"),
        (Measure::HighestLoad, SUSTAINS),
        (Measure::Cost, "Cost a month"),
    ];
    let measured = |known: &Known, measure| Figure { measure, of: None }.of(known);
    let rows = SHOWN.into_iter().filter_map(|(measure, label)| {
        let (was, is) = (measured(before, measure), measured(now, measure));
        was.or(is)?;
        let write = |value: f64| {
            let words = measure.write(value);
            words.strip_suffix(" a month").unwrap_or(&words).to_owned()
        };
        let number = |measured: Option<Measured>| measured.and_then(Measured::number);
        let better = measure.is_better_when_higher();
        Some(row(label, number(was), number(is), better, &write))
    });
    // Of the classes that hand work over in either, so that the same is set beside the same.
    let handing = |known: &Known| {
        let classes = known.report.classes.iter();
        let own = classes.filter(|class| class.hands_over);
        own.map(|class| class.class).collect::<Vec<_>>()
    };
    let handing = [handing(before), handing(now)].concat();
    let completion = |known: &Known| {
        let classes = known.scenario.classes.iter();
        let own = classes.filter(|class| handing.contains(&class.id));
        let times = own.filter_map(|class| {
            let figure = Figure {
                measure: Measure::Completion,
                of: Some(class.name.clone()),
            };
            figure.of(known)?.number()
        });
        times.reduce(f64::max)
    };
    let completion = (!handing.is_empty()).then(|| {
        let write = |value| Measure::Completion.write(value);
        row(
            "Completion",
            completion(before),
            completion(now),
            false,
            &write,
        )
    });
    let limit = |known: &Known| match measured(known, Measure::Bottleneck) {
        Some(Measured::Part(id)) => Some(name(known.scenario, id)),
        _ => None,
    };
    let limits = (limit(before), limit(now));
    let limits = (limits.0.is_some() || limits.1.is_some()).then(|| Row {
        label: GIVES_WAY.to_owned(),
        before: limits.0.unwrap_or("–".to_owned()),
        after: limits.1.unwrap_or("–".to_owned()),
        change: String::new(),
        better: None,
    });
    rows.chain(completion).chain(limits).collect()
}

fn name(scenario: &Scenario, id: ComponentId) -> String {
    scenario
        .component(id)
        .map_or_else(String::new, |part| part.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::report::Report;

    #[test]
    fn an_empty_drawing_gains_nothing() {
        use loadscape_sim::analysis::analyse;
        let text = loadscape_sim::builtin::named("knee")
            .expect("it is built in")
            .text();
        let before = loadscape_sim::scenario::read(text).scenario.expect("sound");
        let empty = Scenario::default();
        let (was, is) = (analyse(&before), analyse(&empty));
        assert!(serves(&was.report) && !serves(&is.report));
        let known = |scenario, report| Known {
            scenario,
            report,
            seen: None,
        };
        let rows = beside(&known(&before, &was.report), &known(&empty, &is.report));
        assert!(rows.iter().any(|row| row.better == Some(true)), "{rows:?}");
        for row in rows {
            let worse = row.better == Some(false);
            let row = gained(row, serves(&is.report));
            assert_ne!(row.better, Some(true), "{row:?}");
            assert_eq!(row.better == Some(false), worse, "{row:?}");
        }
    }

    #[test]
    fn work_that_is_handed_over_is_set_beside_where_either_has_any() {
        use loadscape_sim::analysis::analyse;
        let of = |stage: &str| {
            let text = loadscape_sim::builtin::named(stage)
                .expect("it is built in")
                .text();
            let scenario = loadscape_sim::scenario::read(text).scenario.expect("sound");
            let report = analyse(&scenario).report;
            (scenario, report)
        };
        let (without, with) = (of("stage-4"), of("stage-5"));
        let known = |design: &(Scenario, Report)| {
            let known = Known {
                scenario: &design.0,
                report: &design.1,
                seen: None,
            };
            Figure::parse("completion of Resize photo")
                .expect("a figure")
                .of(&known)
                .and_then(Measured::number)
        };
        let rows = |before: &(Scenario, Report), now: &(Scenario, Report)| {
            let [before, now] = [before, now].map(|design| Known {
                scenario: &design.0,
                report: &design.1,
                seen: None,
            });
            let rows = beside(&before, &now).into_iter();
            let mut rows = rows.filter(|row| row.label == "Completion");
            rows.next().map(|row| (row.before, row.after))
        };
        assert_eq!(rows(&without, &without), None, "replicas are no such work");
        let time = Measure::Completion.write(known(&with).expect("it has some"));
        assert_eq!(rows(&without, &with), Some(("–".to_owned(), time.clone())));
        assert_eq!(rows(&with, &with), Some((time.clone(), time)));
    }

    #[test]
    fn what_neither_design_has_is_not_set_beside() {
        use loadscape_sim::analysis::analyse;
        use loadscape_sim::insight::price;
        let text = loadscape_sim::builtin::named("knee")
            .expect("it is built in")
            .text();
        let design = loadscape_sim::scenario::read(text).scenario.expect("sound");
        let price = price(&design, &analyse(&design));
        let rows = coins_beside(&price, &price, true);
        let of = |label: &str| rows.iter().find(|row| row.label == label);
        assert!(of("Stale reads").is_none(), "it reads from no copy");
        let singles = of("Single points of failure").expect("it has one");
        assert_eq!((singles.after.as_str(), singles.better), ("1", None));
    }

    #[test]
    fn rows_of_several_designs_stand_beside_one_another() {
        let rows = |labels: &[&str]| -> Vec<Row> {
            let rows = labels.iter().map(|label| Row {
                label: (*label).to_owned(),
                before: String::new(),
                after: "1".to_owned(),
                change: String::new(),
                better: None,
            });
            rows.collect()
        };
        let all = [
            rows(&["a", "c", "d"]),
            rows(&["a", "b", "d"]),
            rows(&["d", "e"]),
        ];
        let shown = |place| -> Vec<(String, String)> {
            let rows = aligned(&all, place).into_iter();
            rows.map(|row| (row.label, row.after)).collect()
        };
        let labels = |place| {
            shown(place)
                .into_iter()
                .map(|(label, _)| label)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(0), ["a", "b", "c", "d", "e"]);
        assert_eq!(labels(0), labels(1));
        assert_eq!(labels(0), labels(2));
        let of_the_last: Vec<String> = shown(2).into_iter().map(|(_, after)| after).collect();
        assert_eq!(of_the_last, ["none", "none", "none", "1", "1"]);
    }

    #[test]
    fn what_takes_the_writes_says_what_it_bears_alone() {
        use loadscape_sim::analysis::analyse;
        use loadscape_sim::catalog::{Parameter, Value};
        let text = loadscape_sim::builtin::named("stage-3")
            .expect("it is built in")
            .text();
        let before = loadscape_sim::scenario::read(text).scenario.expect("sound");
        let mut after = before.clone();
        let primary = (after.components.iter_mut()).find(|own| own.kind == Kind::SqlPrimary);
        let primary = primary.expect("it is drawn");
        let cores = Value::Number(2.0 * primary.number(Parameter::Cores));
        primary.parameters.insert(Parameter::Cores, cores);
        let reports = [&before, &after].map(|design| analyse(design).report);
        let known =
            [(&before, &reports[0]), (&after, &reports[1])].map(|(scenario, report)| Known {
                scenario,
                report,
                seen: None,
            });
        let row = written(&known[0], &known[1]).expect("it has a database");
        assert_eq!(row.better, Some(true), "{row:?}");
        // Something else gives way first, so that what all sustains says nothing of it.
        assert_eq!(reports[0].sustainable, reports[1].sustainable);
        assert_eq!(
            written(&known[0], &known[0]).expect("the same").better,
            None
        );
    }
}
