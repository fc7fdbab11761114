//! What stands beside each part that a pinned design and the present one both have: how busy it was and is, and what runs in pairs say of that.

use super::compared::{Row, row};
use super::pinned::{Design, same_parts};
use loadscape_sim::des::mean;
use loadscape_sim::lesson::Seen;
use loadscape_sim::quantities::{Decimal, percent};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ComponentId, Scenario};

/// A part of both designs.
#[derive(Clone, Debug, PartialEq)]
pub struct Abreast {
    /// How busy it is in the pinned design, by theory.
    pub then: String,
    /// And now.
    pub now: String,
    /// In so many pairs of runs, by how much it is busier now, with the 95 % interval of that, e.g. "−29 ± 0.4 points"; `None` where none were made.
    pub pairs: Option<(usize, String)>,
}

/// By part that both have and that has a limit in both, in drawing order. The runs are those of both, in pairs of one seed; none where none were
/// made.
pub fn abreast(
    then: Design,
    now: Design,
    runs: Option<(&[Seen], &[Seen])>,
) -> Vec<(ComponentId, Abreast)> {
    let both = same_parts(then.scenario, now.scenario).into_iter();
    let all = both.filter_map(|id| {
        let (was, is) = (busy(then.report, id)?, busy(now.report, id)?);
        let own = Abreast {
            then: percent(was),
            now: percent(is),
            pairs: runs.and_then(|(then, now)| in_pairs(then, now, id)),
        };
        Some((id, own))
    });
    all.collect()
}

/// The same as rows, of those parts that are as busy as they weren't.
pub fn rows(then: Design, now: Design) -> Vec<Row> {
    let name = |scenario: &Scenario, id| {
        let part = scenario.component(id);
        part.map_or_else(String::new, |part| part.name.clone())
    };
    let both = same_parts(then.scenario, now.scenario).into_iter();
    let all = both.filter_map(|id| {
        let (was, is) = (busy(then.report, id)?, busy(now.report, id)?);
        let label = format!("{} busy", name(now.scenario, id));
        // Whether a part that is busier is worse depends on the others.
        Some(Row {
            better: None,
            ..row(&label, Some(was), Some(is), false, &percent)
        })
    });
    all.filter(|row| row.before != row.after).collect()
}

fn busy(report: &Report, id: ComponentId) -> Option<f64> {
    let own = report.components.iter().find(|own| own.component == id);
    own?.utilisation.map(|share| share.min(1.0))
}

fn in_pairs(then: &[Seen], now: &[Seen], id: ComponentId) -> Option<(usize, String)> {
    let busy = |run: &Seen| {
        let own = run.parts.iter().find(|own| own.component == id);
        own?.utilisation
    };
    let pairs: Option<Vec<f64>> = (then.iter().zip(now))
        .map(|(then, now)| Some(busy(now)? - busy(then)?))
        .collect();
    let pairs = pairs?;
    let by = mean(&pairs)?;
    let (half_width, is_less) = (by.half_width?, by.value < 0.0);
    // As finely as it is known, and no finer than anybody can read.
    let digits = match half_width {
        wide if wide >= 0.1 => 0,
        wide if wide >= 0.01 => 1,
        _ => 2,
    };
    let written = |share: f64| Decimal::up_to(share * 100.0, digits).to_string();
    let (by, bound) = (written(by.value.abs()), written(half_width));
    let sign = match by.as_str() {
        "0" => "",
        _ if is_less => "−",
        _ => "+",
    };
    Some((pairs.len(), format!("{sign}{by} ± {bound} points")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::named;
    use loadscape_sim::catalog::{Parameter, Value};
    use loadscape_sim::lesson::PartSeen;
    use loadscape_sim::scenario::read;

    fn stage() -> Scenario {
        let builtin = named("stage-2").expect("it is built in");
        read(builtin.text()).scenario.expect("it is sound")
    }

    fn ran(component: ComponentId, busy: &[f64]) -> Vec<Seen> {
        let run = |busy: &f64| Seen {
            parts: vec![PartSeen {
                component,
                utilisation: Some(*busy),
                hit_ratio: None,
                stale_reads: None,
                lost: Default::default(),
            }],
            ..Seen::default()
        };
        busy.iter().map(run).collect()
    }

    #[test]
    fn each_part_of_both_says_how_busy_it_was_and_is() {
        let (then, mut now) = (stage(), stage());
        let parts = &mut now.components;
        let replica = (parts.iter_mut().find(|own| own.name == "Replica")).expect("it is drawn");
        (replica.parameters).insert(Parameter::Cores, Value::Number(8.0));
        let id = replica.id;
        let images = (parts.iter().find(|own| own.name == "Images")).expect("it is drawn");
        let gone = images.id;
        parts.retain(|own| own.id != gone);
        let reports = (analyse(&then).report, analyse(&now).report);
        let (then, now) = (
            Design {
                scenario: &then,
                report: &reports.0,
            },
            Design {
                scenario: &now,
                report: &reports.1,
            },
        );
        let all = abreast(then, now, None);
        let of = |id| all.iter().find(|own| own.0 == id).map(|own| own.1.clone());
        assert_eq!(of(gone), None, "it isn't in both");
        let own = of(id).expect("it is in both");
        assert_eq!((own.then.as_str(), own.pairs), ("91 %", None));
        assert!(
            own.now.ends_with(" %") && own.now != own.then,
            "{}",
            own.now
        );
        // What changed alone has rows.
        let rows = rows(then, now);
        assert!(
            rows.iter().any(|row| row.label == "Replica busy"),
            "{rows:?}"
        );
        assert!(rows.iter().all(|row| row.before != row.after));
        // Differences of 0.30, 0.32 and 0.31: their mean ± t(0.975; 2) · 0.01 / √3 = 4.303 · 0.00577 = 0.0248.
        let (was, is) = (ran(id, &[0.90, 0.92, 0.94]), ran(id, &[0.60, 0.60, 0.63]));
        let all = abreast(then, now, Some((&was, &is)));
        let own = all.iter().find(|own| own.0 == id).expect("it is in both");
        assert_eq!(own.1.pairs, Some((3, "−31 ± 2.5 points".to_owned())));
        let all = abreast(then, now, Some((&was, &was)));
        let own = all.iter().find(|own| own.0 == id).expect("it is in both");
        assert_eq!(own.1.pairs, Some((3, "0 ± 0 points".to_owned())));
    }
}
