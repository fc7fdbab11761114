//! What has to be known of a simulation before its figures are believed, in words.

use crate::runs::{Runs, longest_lived};
use crate::table::{class_name, component_name};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::des::{ClassFindings, Estimate, Findings, MOST_IN_FLIGHT};
use loadscape_sim::quantities::{share, time, whole};
use loadscape_sim::report::{LossCause, Report};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::Seconds;

/// Each doubt in a sentence, with what to do about it; empty when there is none.
pub fn remarks(scenario: &Scenario, analysis: &Analysis, runs: &Runs) -> Vec<String> {
    let (findings, report) = (&runs.together, &analysis.report);
    let mut remarks = Vec::new();
    if !report.classes.iter().any(|class| class.offered.0 > 0.0) {
        remarks.push(
            "Nobody sends anything: give a client population a request rate, or users.".to_owned(),
        );
        return remarks;
    }
    let mut faults = findings.faults.iter();
    if !faults.any(|fault| fault.began_seconds.is_some()) {
        if !analysis.compiled.disturbances.is_empty() {
            remarks.push(format!(
                "No fault begins in the {} of the run: these are figures without any. Run longer: --duration.",
                time(runs.duration)
            ));
        }
        remarks.extend(deserted(runs).or_else(|| unsettled(scenario, report, runs)));
        remarks.extend(long_lived(scenario, analysis, runs));
    } else {
        remarks.push(format!(
            "There are faults: the simulated figures are those of the whole {} with the faults in it, and no steady state; theory speaks of the \
             design without them.{}",
            time(runs.duration),
            intervals(runs)
        ));
    }
    remarks.extend(imprecise(runs));
    remarks.extend(few_samples(scenario, runs));
    remarks.extend(crowded(findings));
    remarks.extend(unseated(scenario, findings));
    remarks
}

/// Where intervals come from when a run has none.
fn intervals(runs: &Runs) -> &'static str {
    if runs.each.len() == 1 {
        " Intervals come from several runs: --replications."
    } else {
        ""
    }
}

/// Requests that the simulation itself had no room for.
fn crowded(findings: &Findings) -> Option<String> {
    let mut failures = findings.classes.iter().flat_map(|class| &class.failures);
    failures
        .any(|failure| failure.why == LossCause::TooManyInFlight)
        .then(|| {
            format!(
                "More requests, calls and users were there at once than the simulation holds: those beyond were refused, and are among the \
                 failures as in the backlog. Most likely that grows without end: give what saturates more to work with, limit its \
                 queue, or let callers give up (a time-out). Where so many are meant to be there, --most-in-flight holds up to {}.",
                whole(MOST_IN_FLIGHT as f64)
            )
        })
}

/// Users who are missing.
fn unseated(scenario: &Scenario, findings: &Findings) -> Option<String> {
    let missing: Vec<String> = findings
        .unseated
        .iter()
        .map(|row| {
            let name = component_name(scenario, row.component);
            format!("{} of {name}", whole(f64::from(row.users)))
        })
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "Users are missing, since the simulation holds only so many requests, calls and users at once: {}. The figures are those of the \
             others alone, while theory's are of all: have fewer users, or let --most-in-flight hold more, up to {}.",
            missing.join(", "),
            whole(MOST_IN_FLIGHT as f64)
        )
    })
}

/// That nobody has come, which no figure shows.
fn deserted(runs: &Runs) -> Option<String> {
    (runs.together.events == 0).then(|| {
        format!(
            "Nobody came within {}: raise the request rate, or run longer with --duration.",
            time(runs.duration)
        )
    })
}

fn unsettled(scenario: &Scenario, report: &Report, runs: &Runs) -> Option<String> {
    if runs.together.settled {
        return None;
    }
    if !runs.together.stationary {
        return Some(format!(
            "Not stationary: traffic changes on the way, so that these are figures of the whole {}, not of a steady state; the solver's are of \
             the peak, or of the mean rate of replayed arrivals.{}",
            time(runs.duration),
            intervals(runs)
        ));
    }
    let saturated: Vec<String> = report
        .classes
        .iter()
        .filter(|class| class.offered.0 > 0.0 && class.latency.is_none())
        .map(|class| class_name(scenario, class.class))
        .collect();
    let unsettled = runs.each.iter().filter(|run| !run.settled).count();
    let which = if runs.each.len() == 1 {
        "Not settled".to_owned()
    } else {
        format!("Not settled in {unsettled} of {} runs", runs.each.len())
    };
    let why = if saturated.is_empty() {
        format!("Run longer than {}: --duration.", time(runs.duration))
    } else {
        format!(
            "No longer run will help: the solver finds no steady state either ({}), since more is asked for than can be done.",
            saturated.join(", ")
        )
    };
    Some(format!(
        "{which}: the system was still filling when the run ended, so that these are figures of its second half, not of a steady state. {why}"
    ))
}

/// A store that still holds what it began with looks settled and isn't.
fn long_lived(scenario: &Scenario, analysis: &Analysis, runs: &Runs) -> Option<String> {
    let (component, life) = longest_lived(&analysis.compiled)?;
    (runs.duration.0 < 2.0 * life.0).then(|| {
        format!(
            "Keys live for {} in {}, and a run begins with the most popular of them there: in {} its hit ratio hasn't come to rest. \
             Run longer with --duration.",
            time(life),
            component_name(scenario, component),
            time(runs.duration)
        )
    })
}

fn imprecise(runs: &Runs) -> Option<String> {
    let precision = runs.precision.filter(|precision| !precision.reached)?;
    if !runs.together.stationary {
        return Some(format!(
            "The wanted precision of ± {} wasn't reached, and a longer run would be of something else: add --replications.",
            share(precision.wanted)
        ));
    }
    let so_far = match precision.widest {
        _ if runs.together.events == 0 => {
            return Some(format!(
                "The wanted precision of ± {} wasn't reached, for there is nothing to measure.",
                share(precision.wanted)
            ));
        }
        Some(widest) if widest <= precision.wanted => {
            format!("± {} at the last look alone", share(widest))
        }
        Some(widest) => format!("± {} so far", share(widest)),
        None => "not every mean has an interval so far".to_owned(),
    };
    Some(format!(
        "The wanted precision of ± {} wasn't reached within {} events ({so_far}): ask for less, or add --replications.",
        share(precision.wanted),
        whole(runs.together.events as f64)
    ))
}

fn few_samples(scenario: &Scenario, runs: &Runs) -> Option<String> {
    let lacking: Vec<String> = runs
        .together
        .classes
        .iter()
        .filter(|class| class.offered.is_none_or(|offered| offered.value > 0.0))
        .filter_map(|class| {
            let missing: Vec<&str> = percentiles(class)
                .into_iter()
                .filter(|(_, quantile)| quantile.is_none())
                .map(|(name, _)| name)
                .collect();
            (!missing.is_empty()).then(|| {
                format!(
                    "{} ({} answered, {})",
                    class_name(scenario, class.class),
                    whole(class.answered as f64),
                    missing.join(", ")
                )
            })
        })
        .collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "Not enough samples for every percentile: {}. It takes ten slower requests; run longer with --duration.",
            lacking.join("; ")
        )
    })
}

/// A class's percentiles, with their names.
fn percentiles(class: &ClassFindings) -> [(&'static str, Option<Estimate>); 4] {
    let own = class.quantiles;
    [
        ("p50", own.p50),
        ("p95", own.p95),
        ("p99", own.p99),
        ("p99.9", own.p999),
    ]
}

/// Figures that have no interval, since the run or each of the runs is too short, in a sentence.
pub fn short_runs(scenario: &Scenario, runs: &Runs) -> Option<String> {
    let of_a_steady_state = runs.each.len() > 1 || runs.together.stationary;
    if !runs.together.settled || !of_a_steady_state {
        return None;
    }
    if runs.each.len() < 2 {
        let unsure: Vec<String> = (runs.together.classes.iter())
            .filter(|class| class.mean.is_some_and(|mean| mean.half_width.is_none()))
            .map(|class| class_name(scenario, class.class))
            .collect();
        return (!unsure.is_empty()).then(|| {
            format!(
                "The run is too short to say how sure its times are: {}. The queues were seen to fill and empty too few times to know how far a mean may be \
                 off. A longer run helps (--duration).",
                unsure.join(", ")
            )
        });
    }
    let lacking: Vec<String> = (runs.together.classes.iter())
        .filter_map(|class| {
            let all = [("mean", class.mean)].into_iter().chain(percentiles(class));
            let without: Vec<&str> = all
                .filter(|(_, figure)| figure.is_some_and(|own| own.half_width.is_none()))
                .map(|(name, _)| name)
                .collect();
            let name = class_name(scenario, class.class);
            (!without.is_empty()).then(|| format!("{name} ({})", without.join(", ")))
        })
        .collect();
    if lacking.is_empty() {
        return None;
    }
    Some(format!(
        "Each run is too short for some intervals: {}. It has to show some two hundred requests on either side of a percentile or of the \
         mean, and runs may not differ so much that the interval reaches further than half of the figure. Longer runs help (--duration), \
         more of them don't.",
        lacking.join("; ")
    ))
}

/// The warm-up in words.
pub(super) fn warm_up(runs: &Runs) -> String {
    let warm_up = time(Seconds(runs.together.warm_up));
    let left_out = if runs.together.warm_up <= 0.0 {
        "no warm-up to leave out"
    } else if runs.each.len() == 1 {
        "the first {} of it left out as warm-up"
    } else {
        "the first {} of each (on average) left out as warm-up"
    };
    left_out.replace("{}", &warm_up)
}
