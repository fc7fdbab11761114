//! A simulation as tables for people; it computes nothing.

use super::Simulated;
use super::beside::{Figure, Pair, is_cramped, parted_stations};
use super::remarks::warm_up;
use super::waterfall;
use super::{copies, faults, messages, protection};
use crate::table::{Wording, align, assumption, class_name, component_name, length, role, wording};
use crate::terminal;
use loadscape_sim::des::{Estimate, StationFindings};
use loadscape_sim::insight::Graded;
use loadscape_sim::quantities::{beside, rate, share, time, whole};
use loadscape_sim::report::{Assumption, LossCause, Standing};
use loadscape_sim::scenario::{ClassId, ComponentId, Scenario};
use loadscape_sim::units::{PerSecond, Seconds};

/// Top down: what was run, what to doubt, classes, stations, failures, objectives, where simulation and theory part.
pub fn render(simulated: &Simulated) -> String {
    let scenario = &simulated.input.scenario;
    let mut text = format!(
        "{}\n\n{}\n",
        terminal::line(&scenario.title),
        header(simulated)
    );
    for remark in &simulated.remarks {
        text.push_str(remark);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&faults::render(scenario, &simulated.runs.together));
    text.push_str(&classes(scenario, &simulated.pairs));
    text.push_str(&stations(simulated));
    text.push_str(&failures(simulated));
    text.push_str(&copies::render(scenario, &simulated.runs.together));
    text.push_str(&messages::render(scenario, &simulated.runs.together));
    text.push_str(&protection::render(scenario, &simulated.runs.together));
    let stationary = simulated.runs.together.stationary;
    text.push_str(&objectives(scenario, &simulated.objectives, stationary));
    text.push_str(&parting(simulated));
    text.push_str(&waterfall::render(scenario, &simulated.traces));
    text
}

fn header(simulated: &Simulated) -> String {
    let Simulated { runs, options, .. } = simulated;
    let span = time(runs.duration);
    let what = match options.replications {
        1 => format!("Simulated {span} (seed {})", options.first_seed()),
        many => format!(
            "Simulated {many} runs of {span} (seeds {} to {})",
            options.first_seed(),
            options.first_seed().wrapping_add(u64::from(many) - 1)
        ),
    };
    format!(
        "{what}, {}; {} events. ± is half of a 95 % confidence interval.",
        warm_up(runs),
        whole(runs.together.events as f64)
    )
}

/// A figure with its interval as a percentage, e.g. "5.02 s ± 2 %".
pub(super) fn uncertain(
    value: f64,
    half_width: Option<f64>,
    figure: impl Fn(f64) -> String,
) -> String {
    match half_width {
        Some(half_width) if half_width <= 0.0 => figure(value),
        Some(half_width) if value != 0.0 => {
            // Less than this is nothing that a model could claim.
            match (half_width / value).abs() {
                tiny if tiny < 1e-4 => format!("{} ± <0.01 %", figure(value)),
                relative => format!("{} ± {}", figure(value), share(relative)),
            }
        }
        Some(half_width) => format!("{} ± {}", figure(value), figure(half_width)),
        None => format!("{} ± ?", figure(value)),
    }
}

fn classes(scenario: &Scenario, pairs: &[Pair]) -> String {
    let header = ["class", "", "simulated", "theory", "difference", ""].map(str::to_owned);
    let mut last = None;
    let rows = pairs.iter().map(|pair| {
        let name = if last.replace(pair.class) == Some(pair.class) {
            String::new()
        } else {
            class_name(scenario, pair.class)
        };
        let written = |value: f64| {
            if pair.figure.is_rate() {
                rate(PerSecond(value))
            } else {
                time(Seconds(value))
            }
        };
        [
            name,
            pair.figure.name().to_owned(),
            match pair.simulated {
                Some(value) => uncertain(value, pair.half_width, written),
                None if pair.figure.is_quantile() => "not enough samples".to_owned(),
                None => "nothing seen".to_owned(),
            },
            pair.theory.map_or("no steady state".to_owned(), written),
            pair.difference.map_or("–".to_owned(), signed_share),
            if pair.parts == Some(true) {
                "parts".to_owned()
            } else {
                String::new()
            },
        ]
    });
    align(header, rows.collect())
}

/// A difference as a percentage with its sign, e.g. "+0.4 %".
fn signed_share(difference: f64) -> String {
    let size = share(difference.abs());
    if size == "0 %" {
        size
    } else if difference < 0.0 {
        format!("−{size}")
    } else {
        format!("+{size}")
    }
}

fn stations(simulated: &Simulated) -> String {
    let header = [
        "station", "arrivals", "busy", "(theory)", "waiting", "(theory)", "wait", "(theory)",
    ]
    .map(str::to_owned);
    let scenario = &simulated.input.scenario;
    let found = &simulated.runs.together.stations;
    let rows = simulated
        .analysis
        .report
        .stations
        .iter()
        .filter_map(|solved| {
            let found = found.iter().find(|found| found.station == solved.station)?;
            let seen = |estimate: Option<Estimate>, figure: fn(f64) -> String| {
                estimate.map_or("–".to_owned(), |estimate| figure(estimate.value))
            };
            let seconds: fn(f64) -> String = |value| time(Seconds(value));
            found.arrivals.filter(|arrivals| arrivals.value > 0.0)?;
            Some([
                format!(
                    "{} {}",
                    component_name(scenario, solved.component),
                    role(solved.role)
                ),
                seen(found.arrivals, |value| rate(PerSecond(value))),
                seen(found.utilisation, share),
                share(solved.utilisation),
                seen(found.queue_length, length),
                solved.queue_length.map_or("–".to_owned(), length),
                seen(found.waiting, seconds),
                solved.waiting.map_or("–".to_owned(), time),
            ])
        });
    align(header, rows.collect())
}

fn failures(simulated: &Simulated) -> String {
    let header = ["failures", "", "simulated", "theory"].map(str::to_owned);
    let scenario = &simulated.input.scenario;
    let mut rows: Vec<[String; 4]> = Vec::new();
    // Where those wait on top of whom the simulation holds nobody more: theory calls it the backlog there.
    let waiting = |own: &StationFindings| own.queue_length.map_or(0.0, |length| length.value);
    let stations = simulated.runs.together.stations.iter();
    let fullest = stations
        .filter(|own| waiting(own) >= 1.0)
        .max_by(|one, other| waiting(one).total_cmp(&waiting(other)))
        .map(|own| own.component);
    let at = |component: Option<ComponentId>, why: LossCause| match why {
        LossCause::TooManyInFlight => component.or(fullest),
        _ => component,
    };
    let same = |loss: LossCause, found: LossCause| {
        loss == found || (loss, found) == (LossCause::Backlog, LossCause::TooManyInFlight)
    };
    let mut row = |class: ClassId,
                   component: Option<ComponentId>,
                   why: LossCause,
                   seen: Option<Estimate>,
                   theory: f64| {
        let whose = component.map_or("the simulation's bound".to_owned(), |component| {
            component_name(scenario, component)
        });
        rows.push([
            class_name(scenario, class),
            format!("{whose}: {}", cause(why)),
            seen.map_or("0 %".to_owned(), |seen| {
                uncertain(seen.value, seen.half_width, share)
            }),
            share(theory),
        ]);
    };
    let solved = &simulated.analysis.report.classes;
    for (found, solved) in simulated.runs.together.classes.iter().zip(solved) {
        for failure in &found.failures {
            let theory = (solved.losses.iter())
                .chain(&solved.losses_later)
                .filter(|loss| {
                    Some(loss.component) == at(failure.component, failure.why)
                        && same(loss.cause, failure.why)
                })
                // The sum of nothing would be −0.
                .fold(0.0, |sum, loss| sum + loss.share);
            row(
                found.class,
                at(failure.component, failure.why),
                failure.why,
                Some(failure.share),
                theory,
            );
        }
        let solved = solved.losses.iter().chain(&solved.losses_later);
        for loss in solved.filter(|loss| loss.share > 1e-6) {
            let seen = found.failures.iter().any(|failure| {
                at(failure.component, failure.why) == Some(loss.component)
                    && same(loss.cause, failure.why)
            });
            if !seen {
                row(
                    found.class,
                    Some(loss.component),
                    loss.cause,
                    None,
                    loss.share,
                );
            }
        }
    }
    if rows.is_empty() {
        String::new()
    } else {
        align(header, rows)
    }
}

fn cause(why: LossCause) -> &'static str {
    match why {
        LossCause::QueueFull => "queue full",
        LossCause::RateLimited => "rate limited",
        LossCause::Error => "error",
        LossCause::TimedOut => "timed out",
        LossCause::Backlog => "in the backlog",
        LossCause::NoRoute => "no route",
        LossCause::BreakerOpen => "breaker open",
        LossCause::QueueTimedOut => "waited too long",
        LossCause::Shed => "shed",
        LossCause::Unreachable => "unreachable",
        LossCause::InstanceLost => "instance lost",
        LossCause::TooManyInFlight => "in the backlog, beyond what a run holds",
        LossCause::DeadLetter => "dead letters",
    }
}

/// The objectives' table, as graded by a run that had a steady state to estimate or hadn't; empty without any.
pub fn objectives(scenario: &Scenario, objectives: &[Graded], stationary: bool) -> String {
    if objectives.is_empty() {
        return String::new();
    }
    let header = ["objective", "target", "simulated", ""].map(str::to_owned);
    let rows = objectives.iter().map(|graded| {
        let Wording {
            what,
            target,
            figure,
        } = wording(scenario, &graded.outcome.objective);
        let measured = match graded.outcome.measured {
            Some(value) => {
                let bound = graded.outcome.objective.target.name_and_bound().1;
                let figure = |value| beside(value, bound, figure);
                uncertain(value, graded.half_width, figure)
            }
            None if graded.outcome.met => "nobody sends it".to_owned(),
            None if graded.undecided => "not measured".to_owned(),
            None => "nobody is answered".to_owned(),
        };
        let verdict = match (graded.outcome.met, graded.undecided) {
            (true, _) => "met",
            (false, true) => "not decided: too few samples; run longer (--duration)",
            (false, false) => "MISSED",
        };
        let doubt = if graded.sure || graded.outcome.measured.is_none() {
            ""
        } else if stationary {
            ", but not surely: run longer"
        } else {
            ", but not surely: run it more often (--replications)"
        };
        [what, target, measured, format!("{verdict}{doubt}")]
    });
    let mut text = align(header, rows.collect());
    for graded in objectives {
        if let Some(reason) = &graded.outcome.out_of_reach {
            text.push_str(&format!("{}\n\n", terminal::line(reason)));
        }
    }
    text
}

/// Where simulation and theory part, and what the solver itself doubts.
fn parting(simulated: &Simulated) -> String {
    let scenario = &simulated.input.scenario;
    let report = &simulated.analysis.report;
    if !simulated.runs.together.settled || simulated.pairs.is_empty() {
        return String::new();
    }
    if is_cramped(&simulated.runs.together, report) {
        return "Simulation and theory aren't held against each other: the run had no room for all whom theory counts on (--most-in-flight).\n"
            .to_owned();
    }
    let parted: Vec<&Pair> = simulated
        .pairs
        .iter()
        .filter(|pair| pair.parts == Some(true))
        .collect();
    let compared = |pair: &Pair| pair.parts.is_some() && pair.figure != Figure::Offered;
    if parted.is_empty() {
        return if simulated.pairs.iter().any(compared) {
            "Simulation and theory agree: none of these differences is larger than chance explains.\n".to_owned()
        } else {
            "The run is too short, or the load too high, to hold simulation and theory against each other.\n".to_owned()
        };
    }
    let list: Vec<String> = parted
        .iter()
        .map(|pair| {
            format!(
                "{} {}{}",
                class_name(scenario, pair.class),
                pair.figure.name(),
                pair.difference.map_or(String::new(), |difference| format!(
                    " {}",
                    signed_share(difference)
                ))
            )
        })
        .collect();
    let mut text = format!(
        "Simulation and theory part, by more than chance explains: {}.\n",
        list.join(", ")
    );
    let stations = parted_stations(&simulated.runs.together, report);
    for (found, solved) in &stations {
        let wait = |wait: Option<f64>| wait.map_or("–".to_owned(), |wait| time(Seconds(wait)));
        let busy = found
            .utilisation
            .map_or("–".to_owned(), |busy| share(busy.value));
        text.push_str(&format!(
            "  {} {}: {busy} busy, wait {}; in theory {} busy, wait {}\n",
            component_name(scenario, solved.component),
            role(solved.role),
            wait(found.waiting.map(|waiting| waiting.value)),
            share(solved.utilisation),
            wait(solved.waiting.map(|waiting| waiting.0)),
        ));
    }
    // What holds for all, and for the stations that part where any does.
    let of = |standing| {
        let list: Vec<&Assumption> = report
            .assumptions
            .iter()
            .filter(|assumption| assumption.standing == standing)
            .filter(|assumption| {
                stations.is_empty()
                    || assumption.component.is_none_or(|component| {
                        stations
                            .iter()
                            .any(|(_, solved)| solved.component == component)
                    })
            })
            .collect();
        list
    };
    let (doubtful, approximate) = (of(Standing::Doubtful), of(Standing::Approximate));
    let (said, assumptions) = match (doubtful.is_empty(), approximate.is_empty()) {
        (false, _) => ("The solver doubts this itself:\n", doubtful),
        (true, false) => (
            "The solver doubts none of its assumptions here; these are approximations:\n",
            approximate,
        ),
        (true, true) => (
            "The solver calls its figures exact here: another seed tells whether this was chance.\n",
            Vec::new(),
        ),
    };
    text.push_str(said);
    for rests in assumptions {
        text.push_str(&assumption(scenario, rests));
    }
    text
}
