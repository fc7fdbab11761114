//! Why a figure is what it is, in words that are put together from the report alone; it proposes nothing. What a wait adds to a percentile
//! is found by solving the network without that wait, for percentiles don't add up as means do.

mod bottleneck;
mod downtime;
mod failures;
mod latency;
mod later;
mod nouns;
mod part;
mod route;
mod run;
mod stale;

use super::faults::fault_words;
use super::objectives;
use super::subject::Subject;
use crate::analysis::Analysis;
use crate::network::Instances;
use crate::quantities::{beside, dollars, head_room, number, percent, rate, share, time};
use crate::report::{ComponentState, ObjectiveOutcome, Report, StationReport};
use crate::scenario::{ClassId, ComponentId, Scenario, Target};
use crate::steady::Solver;
use crate::units::{DollarsPerMonth, PerSecond, Seconds};
use latency::{Statistic, Told};
pub(super) use part::{Holder, holder};
pub(super) use route::afterwards;
pub use route::done_later_by;

/// Why the subject is as it is: the answer first, then what it comes from, the largest first. `None` for what the document doesn't have, and
/// for the bottleneck where nothing limits the design.
pub fn why(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    subject: Subject,
) -> Option<Vec<String>> {
    answer(solver, scenario, analysis, (subject, After::Nothing))
}

/// The same for whoever has just read what a run has shown of the subject, and what went wrong in it: what theory says without that.
pub fn why_without_faults(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    subject: Subject,
) -> Option<Vec<String>> {
    answer(solver, scenario, analysis, (subject, After::TheRun))
}

/// What has been said already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    /// What a run has shown, and what went wrong in it.
    TheRun,
}

fn answer(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    (subject, after): (Subject, After),
) -> Option<Vec<String>> {
    let report = &analysis.report;
    match subject {
        Subject::Bottleneck => Some(vec![bottleneck::bottleneck(scenario, report)?]),
        Subject::Component(id) => part::part(scenario, analysis, id),
        Subject::Latency(class) => {
            let asked = (class, Statistic::P99);
            latency::latency(solver, scenario, analysis, asked, Told::Nothing)
        }
        Subject::Median(class) => {
            let asked = (class, Statistic::Median);
            latency::latency(solver, scenario, analysis, asked, Told::Nothing)
        }
        Subject::Failures(class) => failures::failures(scenario, report, class),
        Subject::SustainableLoad => Some(sustainable(scenario, analysis)),
        Subject::Objective(_) | Subject::Asked(..) => {
            objective(solver, scenario, analysis, (subject, after))
        }
        Subject::Cost => Some(cost(scenario, report)),
        Subject::Availability(class) => downtime::downtime(scenario, analysis, class),
        Subject::StaleReads(class) => stale::stale(scenario, analysis, class),
        Subject::OldestAnswer(class) => stale::oldest(scenario, analysis, class),
        Subject::LostWrites => Some(stale::lost(scenario, analysis)),
        Subject::Completion(class) => {
            let mut sentences = later::later(solver, scenario, analysis, class)?;
            sentences.extend(faults(scenario).filter(|_| after == After::Nothing));
            Some(sentences)
        }
        Subject::LeftOpen => Some(run::left_open(scenario, analysis)),
        Subject::Complexity => Some(run::complexity_of(scenario, analysis)),
    }
}

/// Why the bottleneck is one, in one or two sentences; `None` when the report has none.
pub fn why_bottleneck(scenario: &Scenario, report: &Report) -> Option<String> {
    bottleneck::bottleneck(scenario, report)
}

fn name(scenario: &Scenario, id: ComponentId) -> &str {
    let component = scenario.component(id);
    component.map_or("a part", |component| component.name.as_str())
}

fn class_name(scenario: &Scenario, id: ClassId) -> &str {
    scenario.class(id).map_or("?", |class| class.name.as_str())
}

/// "94 % busy", with the busiest instance's where they differ.
fn busy(station: &StationReport) -> String {
    if station.busiest_utilisation > station.utilisation * 1.02 {
        format!(
            "{} busy on average, the busiest {}",
            percent(station.utilisation),
            percent(station.busiest_utilisation)
        )
    } else {
        format!("{} busy", percent(station.utilisation))
    }
}

fn sustainable(scenario: &Scenario, analysis: &Analysis) -> Vec<String> {
    let report = &analysis.report;
    let Some(limit) = report.bottleneck.as_ref() else {
        return vec!["Nothing in the drawing has a limit that more load would reach.".to_owned()];
    };
    let mut sentences = vec![format!(
        "The design sustains {}, head-room {}: from there on {} is asked for more than it can do.",
        rate(limit.saturates_at),
        head_room(report.head_room),
        name(scenario, limit.component),
    )];
    sentences.extend(bottleneck::bottleneck(scenario, report));
    let station = report
        .stations
        .iter()
        .find(|station| station.station == limit.station);
    let fixed = |station: &&StationReport| {
        matches!(
            analysis.compiled.network.station(station.station).instances,
            Instances::Fixed(_)
        )
    };
    if let Some(station) = station.filter(fixed)
        && station.offered_load > 0.0
        && limit.saturates_at.0.is_finite()
        && limit.saturates_at.0 > 0.0
    {
        // What a request asks of it is what the servers can give at the limit, each (bottleneck law, Denning & Buzen 1978).
        let servers = f64::from(station.instances) * f64::from(station.servers);
        sentences.push(format!(
            "Each request that is sent asks {} for {} on average, which can be given {} times a second.",
            nouns::its(station),
            time(Seconds(servers / limit.saturates_at.0)),
            number(limit.saturates_at.0)
        ));
    }
    if let Some(next) = &report.next_bottleneck {
        sentences.push(format!(
            "Were that relieved, {} would give way next, at {}.",
            name(scenario, next.component),
            rate(next.saturates_at)
        ));
    }
    sentences
}

fn cost(scenario: &Scenario, report: &Report) -> Vec<String> {
    let total = report.cost.total;
    let mut sentences = vec![format!("The design costs {} a month.", dollars(total))];
    let mut parts: Vec<(String, DollarsPerMonth)> = report
        .cost
        .components
        .iter()
        .map(|(id, amount)| (name(scenario, *id).to_owned(), *amount))
        .collect();
    if report.cost.traffic.0 > 0.0 {
        parts.push((
            "traffic between zones and to the outside".to_owned(),
            report.cost.traffic,
        ));
    }
    parts.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    if total.0 > 0.0 {
        let shown: Vec<String> = parts
            .iter()
            .take(3)
            .map(|(name, amount)| {
                format!(
                    "{} for {name} ({})",
                    dollars(*amount),
                    share(amount.0 / total.0)
                )
            })
            .collect();
        if !shown.is_empty() {
            sentences.push(format!("Most of it: {}.", shown.join(", ")));
        }
        let idle: Vec<String> = report
            .components
            .iter()
            .filter(|part| part.asked.is_some_and(|asked| asked < 0.3))
            .filter(|part| part.state != ComponentState::Idle)
            .filter_map(|part| {
                let paid = report.cost.components.iter();
                let (_, amount) = paid.clone().find(|(id, _)| *id == part.component)?;
                (amount.0 >= 0.1 * total.0).then(|| {
                    format!(
                        "{} is paid {} and is {} busy",
                        name(scenario, part.component),
                        dollars(*amount),
                        share(part.asked.unwrap_or(0.0))
                    )
                })
            })
            .collect();
        if !idle.is_empty() {
            sentences.push(format!("{}.", nouns::capitalised(&idle.join("; "))));
        }
    }
    if scenario.objectives.is_empty() {
        sentences.push(
            "What of it could be saved depends on what must hold: without an objective nobody can say what is too much.".to_owned(),
        );
    }
    sentences
}

fn objective(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    (subject, after): (Subject, After),
) -> Option<Vec<String>> {
    let report = &analysis.report;
    let outcome = objectives::asked(scenario, report, subject)?;
    let target = outcome.objective.target;
    let is_money = matches!(target, Target::CostAtMostDollarsPerMonth(_));
    // What a month costs is the same whatever goes wrong for a minute of it.
    let after = if is_money { After::Nothing } else { after };
    let mut sentences = vec![match after {
        After::Nothing => verdict(scenario, &outcome),
        After::TheRun => theory(scenario, &outcome),
    }];
    sentences.extend(outcome.out_of_reach.clone());
    let own_class = outcome.objective.class;
    let told = match own_class {
        None if several_are_sent(report) => Told::FigureOfTheWorst,
        _ => Told::Figure,
    };
    let statistic = match target {
        Target::MeanAtMostSeconds(_) => Some(Statistic::Mean),
        Target::P95AtMostSeconds(_) => Some(Statistic::P95),
        Target::P99AtMostSeconds(_) => Some(Statistic::P99),
        _ => None,
    };
    let follow = match target {
        Target::MeanAtMostSeconds(_)
        | Target::P95AtMostSeconds(_)
        | Target::P99AtMostSeconds(_) => {
            let class = own_class.or_else(|| slowest_by(report, statistic))?;
            let asked = (class, statistic.unwrap_or(Statistic::P99));
            latency::latency(solver, scenario, analysis, asked, told)
        }
        Target::SuccessAtLeast(_) | Target::GoodputAtLeastPerSecond(_) => {
            let class = own_class.or_else(|| most_failing(report))?;
            failures::failures(scenario, report, class)
        }
        Target::CostAtMostDollarsPerMonth(_) => {
            Some(cost(scenario, report).into_iter().skip(1).collect())
        }
        Target::UtilisationAtMost(_)
            if report
                .bottleneck
                .as_ref()
                .is_some_and(|found| found.utilisation >= 1.0) =>
        {
            bottleneck::bottleneck(scenario, report).map(|sentence| vec![sentence])
        }
        Target::UtilisationAtMost(_) => {
            let busiest = report.stations.iter().max_by(|one, other| {
                one.busiest_utilisation
                    .total_cmp(&other.busiest_utilisation)
            });
            busiest.map(|station| {
                vec![bottleneck::sentence(
                    report,
                    name(scenario, station.component),
                    station,
                    None,
                )]
            })
        }
    };
    sentences.extend(follow.into_iter().flatten());
    sentences.extend(faults(scenario).filter(|_| after == After::Nothing && !is_money));
    Some(sentences)
}

fn several_are_sent(report: &Report) -> bool {
    let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
    sent.count() > 1
}

/// That what goes wrong in a run is no part of what was said.
fn faults(scenario: &Scenario) -> Option<String> {
    let mut all = scenario
        .faults
        .iter()
        .map(|fault| fault_words(scenario, fault));
    let first = all.next()?;
    let more = match all.count() {
        0 => String::new(),
        1 => ", and one thing more".to_owned(),
        more => format!(", and {more} things more"),
    };
    Some(format!(
        "That is of a steady load. What goes wrong in a run of this is no part of it: {first}{more}."
    ))
}

/// A target's figure as a sentence begins with it, its bound, and how both are written.
fn bounded(target: Target) -> (&'static str, f64, fn(f64) -> String) {
    let span: fn(f64) -> String = |value| time(Seconds(value));
    match target {
        Target::MeanAtMostSeconds(bound) => ("the mean may be", bound, span),
        Target::P95AtMostSeconds(bound) => ("p95 may be", bound, span),
        Target::P99AtMostSeconds(bound) => ("p99 may be", bound, span),
        Target::SuccessAtLeast(bound) => ("the success must be", bound, share),
        Target::GoodputAtLeastPerSecond(bound) => ("what is served must be", bound, |value| {
            rate(PerSecond(value))
        }),
        Target::CostAtMostDollarsPerMonth(bound) => ("a month may cost", bound, |value| {
            dollars(DollarsPerMonth(value))
        }),
        Target::UtilisationAtMost(bound) => ("every station may be busy for", bound, share),
    }
}

fn verdict(scenario: &Scenario, outcome: &ObjectiveOutcome) -> String {
    let (what, bound, write) = bounded(outcome.objective.target);
    let limit = match outcome.objective.target {
        Target::SuccessAtLeast(_) | Target::GoodputAtLeastPerSecond(_) => "at least",
        _ => "at most",
    };
    let whose = match outcome.objective.class {
        Some(class) => format!("Of {}, {what}", class_name(scenario, class)),
        None => nouns::capitalised(what),
    };
    let measured = match (outcome.measured, outcome.met) {
        (Some(measured), true) => format!(
            "it is {}, so that it is met",
            beside(measured, bound, write)
        ),
        (Some(measured), false) => format!(
            "it is {}, so that it is missed",
            beside(measured, bound, write)
        ),
        (None, _) => "there is no steady state to measure it in".to_owned(),
    };
    let by = objectives::distance_words(outcome);
    format!("{whose} {} {limit}: {measured}{by}.", write(bound))
}

/// What theory says of it without what goes wrong in a run.
fn theory(scenario: &Scenario, outcome: &ObjectiveOutcome) -> String {
    let (even, without) = match scenario.faults.len() {
        0 => ("Under a steady load", "Under a steady load"),
        1 => ("Even without that", "Without that, under a steady load,"),
        _ => (
            "Even without all that",
            "Without all that, under a steady load,",
        ),
    };
    let (_, bound, write) = bounded(outcome.objective.target);
    match outcome.measured {
        None => format!(
            "{even} there is no time that is right for all: more comes than can be done, and what waits grows for as long as it does."
        ),
        Some(measured) => format!(
            "{without} theory says {}, which {} it{}.",
            beside(measured, bound, write),
            if outcome.met { "meets" } else { "misses" },
            objectives::distance_words(outcome)
        ),
    }
}

/// The class with the highest p99; of those without a steady state, the last.
pub(super) fn slowest(report: &Report) -> Option<ClassId> {
    slowest_by(report, None)
}

/// The class in which this time is longest.
fn slowest_by(report: &Report, asked: Option<Statistic>) -> Option<ClassId> {
    let asked = asked.unwrap_or(Statistic::P99);
    let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
    let span = |latency: Option<crate::report::Latency>| {
        latency.map_or(f64::INFINITY, |own| asked.of(&own).0)
    };
    sent.max_by(|one, other| span(one.latency).total_cmp(&span(other.latency)))
        .map(|class| class.class)
}

/// The class with the largest share of failures.
fn most_failing(report: &Report) -> Option<ClassId> {
    let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
    sent.min_by(|one, other| {
        (one.goodput.0 / one.offered.0).total_cmp(&(other.goodput.0 / other.offered.0))
    })
    .map(|class| class.class)
}
