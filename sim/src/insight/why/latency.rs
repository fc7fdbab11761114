//! Why a class takes as long as it does: what of its p99 each wait is, where the rest of the mean goes, and what on its way makes the tail.

use super::nouns::{Spread, limited, one_of, spread, uneven};
use super::part::held_by;
use super::route::{Group, way};
use super::{busy, class_name, name};
use crate::analysis::Analysis;
use crate::catalog::Kind;
use crate::network::{Arrivals, Compiled, Role, StationId};
use crate::quantities::{number, rate, share, time};
use crate::report::{BreakdownPart, ClassReport, Latency, Report, StationReport, TimeCause};
use crate::scenario::{ClassId, ComponentId, Scenario};
use crate::steady::{Precision, Solver};
use crate::units::Seconds;

/// Waits whose part in the p99 is looked for.
const MOST_WAITS: usize = 3;
/// A part of the time that is smaller than this share of the whole isn't worth a clause.
const WORTH_A_CLAUSE: f64 = 0.03;
/// Times as many servers as there are, so that nobody waits for one, and a pool is still small enough to be solved at once.
const PLENTY: u32 = 16;

/// Which time of a class is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statistic {
    Mean,
    Median,
    P95,
    P99,
}

impl Statistic {
    pub(super) fn of(self, figures: &Latency) -> Seconds {
        match self {
            Statistic::Mean => figures.mean,
            Statistic::Median => figures.p50,
            Statistic::P95 => figures.p95,
            Statistic::P99 => figures.p99,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Statistic::Mean => "the mean",
            Statistic::Median => "p50",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
        }
    }

    /// The share of requests that take longer, and what so many are called; `None` of the mean.
    fn above(self) -> Option<(f64, &'static str)> {
        match self {
            Statistic::Mean => None,
            Statistic::Median => Some((0.5, "every second")),
            Statistic::P95 => Some((0.05, "one in twenty")),
            Statistic::P99 => Some((0.01, "one in a hundred")),
        }
    }
}

/// What has been said of the figure already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// How much it is, of this class.
    Figure,
    /// How much it is, of the class that fares worst.
    FigureOfTheWorst,
}

pub(super) fn latency(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    (class, asked): (ClassId, Statistic),
    told: Told,
) -> Option<Vec<String>> {
    let report = &analysis.report;
    let own = report.classes.iter().find(|own| own.class == class)?;
    let called = class_name(scenario, class);
    if own.offered.0 <= 0.0 {
        return Some(vec![format!("Nobody sends {called}.")]);
    }
    let Some(figures) = own.answered() else {
        return Some(without_steady_state(scenario, report, own, asked));
    };
    let mut sentences = vec![first(called, &figures, asked, told)];
    sentences.extend(waits(solver, scenario, analysis, own, (figures, asked)));
    sentences.extend(rest(scenario, analysis, own, figures));
    sentences.extend(on_the_way(scenario, analysis, class, asked));
    sentences.extend(users(analysis));
    Some(sentences)
}

/// How much it is, against the mean; of the mean, against p99.
fn first(called: &str, figures: &Latency, asked: Statistic, told: Told) -> String {
    let (own, name) = (asked.of(figures), asked.name());
    let against = match asked {
        Statistic::Mean => format!(
            "p99 is {}, {} that",
            time(figures.p99),
            times(figures.p99.0 / figures.mean.0)
        ),
        _ => format!(
            "{} its mean of {}",
            times(own.0 / figures.mean.0),
            time(figures.mean)
        ),
    };
    match (told, asked) {
        (Told::Nothing, Statistic::Mean) => {
            format!("The mean of {called} is {}; its {against}.", time(own))
        }
        (Told::Nothing, _) => format!("{name} of {called} is {}, {against}.", time(own)),
        (Told::Figure, Statistic::Mean) => format!("Its {against}."),
        (Told::Figure, _) => format!("That is {against}."),
        (Told::FigureOfTheWorst, Statistic::Mean) => {
            format!("That is of {called}, which takes longest; its {against}.")
        }
        (Told::FigureOfTheWorst, _) => {
            format!("That is of {called}, which takes longest, and {against}.")
        }
    }
}

fn times(ratio: f64) -> String {
    if !ratio.is_finite() || ratio < 1.05 {
        "hardly more than".to_owned()
    } else if ratio >= 9.95 {
        format!("{} times", number(ratio.round()))
    } else {
        format!("{} times", number((ratio * 10.0).round() / 10.0))
    }
}

/// A wait of this class, and the station where it is waited for.
fn waits_of<'a>(own: &ClassReport, report: &'a Report) -> Vec<(BreakdownPart, &'a StationReport)> {
    let mut waits: Vec<(BreakdownPart, &StationReport)> = own
        .breakdown
        .iter()
        .filter(|part| {
            matches!(part.cause, TimeCause::Waiting | TimeCause::WaitingForToken)
                && part.mean.0 > 0.0
        })
        .filter_map(|part| {
            let component = part.component?;
            let is_pool = |role: Role| matches!(role, Role::Threads | Role::Connections);
            let wanted = part.cause == TimeCause::WaitingForToken;
            let waited = |station: &&StationReport| {
                station
                    .by_class
                    .iter()
                    .filter(|class| class.class == own.class)
                    .filter_map(|class| class.waiting)
                    .map(|waiting| waiting.0)
                    .sum::<f64>()
            };
            let station = report
                .stations
                .iter()
                .filter(|station| station.component == component && is_pool(station.role) == wanted)
                .max_by(|one, other| waited(one).total_cmp(&waited(other)))?;
            Some((*part, station))
        })
        .collect();
    waits.sort_by(|one, other| other.0.mean.0.total_cmp(&one.0.mean.0));
    waits
}

fn waits(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    own: &ClassReport,
    (figures, asked): (Latency, Statistic),
) -> Vec<String> {
    let (whole, figure) = (asked.of(&figures), asked.name());
    let mut found: Vec<(f64, String)> = Vec::new();
    for (part, station) in waits_of(own, &analysis.report).into_iter().take(MOST_WAITS) {
        // A wait that is small on average may still be what one in a hundred meets; far below that it is nothing.
        if part.mean.0 < 1e-3 * figures.mean.0 {
            continue;
        }
        let without = without_waiting(
            solver,
            scenario,
            &analysis.compiled,
            own.class,
            station.station,
        );
        let without = without.map(|without| asked.of(&without));
        let adds = without.map_or(0.0, |without| whole.0 - without.0);
        let place = name(scenario, station.component);
        let because = because(scenario, analysis, station);
        if adds >= WORTH_A_CLAUSE * whole.0 {
            found.push((
                adds,
                format!(
                    "{} of it is waiting for {} of {place}, {}{because}. (With enough of them {figure} would be {}.)",
                    time(Seconds(adds)),
                    one_of(station),
                    busy(station),
                    time(whole - Seconds(adds)),
                ),
            ));
        } else if part.mean.0 >= WORTH_A_CLAUSE * figures.mean.0 {
            found.push((
                0.0,
                format!(
                    "On average {} is waiting for {} of {place}, {}{because}; but with enough of them {figure} would still be {}: the wait would be elsewhere.",
                    time(part.mean),
                    one_of(station),
                    busy(station),
                    time(without.unwrap_or(whole)),
                ),
            ));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.into_iter().map(|(_, sentence)| sentence).collect()
}

/// Why they are so busy: how long each is held, and by whom; or how much work there is.
fn because(scenario: &Scenario, analysis: &Analysis, station: &StationReport) -> String {
    let several = (station.by_class.iter())
        .filter(|class| class.arrival.0 > 0.0)
        .count()
        > 1;
    // The part's figures stand beside this class's own: say whose they are.
    let (all, over_them, over_all) = match several {
        true => (
            " of all classes together",
            " on average over them",
            " on average over all classes",
        ),
        false => ("", "", ""),
    };
    let hot = match spread(station) {
        Spread::Even => String::new(),
        Spread::Uneven => {
            let kind = scenario.component(station.component).map(|own| own.kind);
            let why = uneven(kind.unwrap_or(Kind::Service));
            format!(" (the load isn't spread evenly: {why})")
        }
        Spread::OnOne => {
            " (nothing spreads the load over its instances: one gets all of it)".to_owned()
        }
    };
    match station.role {
        Role::Threads | Role::Connections => {
            let below = held_by(scenario, analysis, station)
                .filter(|(_, span)| span.0 >= 0.2 * station.service.0)
                .map_or(String::new(), |(holder, span)| {
                    format!(", {} of that by {holder}", time(span))
                });
            format!(
                ", because each is held for {}{over_all}{below}",
                time(station.service)
            )
        }
        Role::RateLimit => String::new(),
        _ => format!(
            ", because {}{all} come and each takes {}{over_them}{hot}",
            rate(station.arrival),
            time(station.service)
        ),
    }
}

/// The times of this class if there were enough servers there: solved, and not worked out from the mean.
fn without_waiting(
    solver: &mut Solver,
    scenario: &Scenario,
    compiled: &Compiled,
    class: ClassId,
    station: StationId,
) -> Option<Latency> {
    let mut relieved = compiled.clone();
    let (own, role) = {
        let own = compiled.network.station(station);
        (own.component, own.role)
    };
    // Among parts that a balancer picks from nobody waits where others do: all of them get plenty.
    let mut balancings = compiled.network.balancings.iter();
    let beside = balancings.find(|known| known.targets.iter().any(|one| one.component == own));
    let is_beside = |component: ComponentId| {
        let mut targets = beside.iter().flat_map(|known| &known.targets);
        component != own && targets.any(|one| one.component == component)
    };
    for (known, index) in relieved.network.stations.iter_mut().zip(0..) {
        if index == station.0 || known.role == role && is_beside(known.component) {
            known.servers = known.servers.saturating_mul(PLENTY);
            known.capacity = None;
        }
    }
    let report = solver.figures(scenario, &relieved, Precision::Fast);
    let solved = report.classes.iter().find(|own| own.class == class)?;
    solved.latency
}

/// What the mean consists of, to the whole of it.
fn rest(
    scenario: &Scenario,
    analysis: &Analysis,
    own: &ClassReport,
    figures: Latency,
) -> Vec<String> {
    let worth = |span: &Seconds| span.0 >= WORTH_A_CLAUSE * figures.mean.0;
    let sum = |cause: TimeCause| -> Seconds {
        let parts = own.breakdown.iter().filter(|part| part.cause == cause);
        parts.map(|part| part.mean).sum()
    };
    let mut clauses = Vec::new();
    let mut told = 0.0;
    let mut work: Vec<&BreakdownPart> = own
        .breakdown
        .iter()
        .filter(|part| part.cause == TimeCause::Service && worth(&part.mean))
        .collect();
    work.sort_by(|one, other| other.mean.0.total_cmp(&one.mean.0));
    for part in work.into_iter().take(3) {
        if let Some(component) = part.component {
            told += part.mean.0;
            clauses.push(format!(
                "{} is work of {}",
                time(part.mean),
                name(scenario, component)
            ));
        }
    }
    let travelling = sum(TimeCause::Network);
    if worth(&travelling) {
        let way = way(scenario, &analysis.compiled.network, own.class);
        let farthest = way
            .hops
            .iter()
            .max_by(|one, other| one.1.0.total_cmp(&other.1.0));
        let hop = farthest.and_then(|(link, span)| {
            let link = scenario.link((*link)?)?;
            Some(format!(
                " (farthest: {} to {} and back, {})",
                name(scenario, link.from),
                name(scenario, link.to),
                time(*span)
            ))
        });
        told += travelling.0;
        clauses.push(format!(
            "{} is distance{}",
            time(travelling),
            hop.unwrap_or_default()
        ));
    }
    let retrying = sum(TimeCause::Retrying);
    if worth(&retrying) {
        told += retrying.0;
        clauses.push(format!(
            "{} is attempts that came to nothing and the wait before the next",
            time(retrying)
        ));
    }
    let waiting = sum(TimeCause::Waiting) + sum(TimeCause::WaitingForToken);
    if worth(&waiting) {
        told += waiting.0;
        clauses.push(format!("{} is waiting for whatever is busy", time(waiting)));
    }
    if clauses.is_empty() {
        return Vec::new();
    }
    // Whoever adds the list up comes to the whole.
    let left = figures.mean.0 - told;
    if left > 0.002 * figures.mean.0 {
        clauses.push(format!(
            "{} is what is left, in small parts",
            time(Seconds(left))
        ));
    }
    vec![format!(
        "Of the mean of {}, {}, {}.",
        class_name(scenario, own.class),
        time(figures.mean),
        clauses.join(", ")
    )]
}

/// What on the way makes some requests slower than others.
fn on_the_way(
    scenario: &Scenario,
    analysis: &Analysis,
    class: ClassId,
    asked: Statistic,
) -> Vec<String> {
    let network = &analysis.compiled.network;
    let report = &analysis.report;
    let way = way(scenario, network, class);
    let mut sentences = Vec::new();
    let mut told = Vec::new();
    for store in &way.stores {
        let component = network.stores[store.0 as usize].component;
        let figures = report.components.iter();
        let ratio = figures
            .clone()
            .find(|part| part.component == component)
            .and_then(|part| part.hit_ratio);
        // One in a hundred is what p99 is about.
        let most = asked.above().map_or(0.01, |(most, _)| most);
        if let Some(ratio) = ratio.filter(|ratio| 1.0 - *ratio > most)
            && !told.contains(&component)
        {
            told.push(component);
            let who = name(scenario, component);
            let about = match asked.above() {
                Some((_, so_many)) => format!(
                    "more than {so_many}, so that {} is about the misses",
                    asked.name()
                ),
                None => "those take the longer way".to_owned(),
            };
            sentences.push(format!(
                "{who} answers {} of look-ups and misses {}: {about}.",
                share(ratio),
                share(1.0 - ratio)
            ));
        }
    }
    sentences.extend(way.groups.iter().map(|group| group.sentence(scenario)));
    let tried = way.attempts.iter().filter(|rule| rule.retries > 0);
    for rule in tried.take(2) {
        let link = rule.link.and_then(|link| scenario.link(link));
        let place = link.map_or(String::new(), |link| {
            format!(
                " from {} to {}",
                name(scenario, link.from),
                name(scenario, link.to)
            )
        });
        let limit = rule.timeout.map_or(String::new(), |span| {
            format!(", each for {} at most", time(span))
        });
        sentences.push(format!(
            "A call{place} that fails is tried up to {} more times{limit}: what is tried again is load as well.",
            rule.retries
        ));
    }
    sentences
}

impl Group {
    fn sentence(&self, scenario: &Scenario) -> String {
        let who = self.caller.map_or("It", |caller| name(scenario, caller));
        if self.needed == self.calls {
            format!(
                "{who} makes {} calls at once and waits for the slowest of them, which is slow far more often than any one is.",
                self.calls
            )
        } else {
            format!(
                "{who} makes {} calls at once and waits for the first {} of them.",
                self.calls, self.needed
            )
        }
    }
}

/// What users do who wait for their answers.
fn users(analysis: &Analysis) -> Option<String> {
    let sources = analysis.compiled.network.sources.iter();
    let (count, think) = sources
        .filter_map(|source| match source.arrivals {
            Arrivals::Closed { users, think } => Some((users, think)),
            Arrivals::Open { .. } => None,
        })
        .max_by_key(|(users, _)| *users)?;
    Some(format!(
        "Its {} users send again only when they have their answer and have thought for {}: slower answers mean fewer requests, and at most so many wait at once.",
        crate::quantities::whole(f64::from(count)),
        time(think)
    ))
}

/// Why there is no latency: where the backlog grows that this class stands in.
fn without_steady_state(
    scenario: &Scenario,
    report: &Report,
    own: &ClassReport,
    asked: Statistic,
) -> Vec<String> {
    let called = class_name(scenario, own.class);
    if own.goodput.0 <= 0.0 {
        return super::failures::failures(scenario, report, own.class).unwrap_or_default();
    }
    let mut sentences = vec![format!(
        "{called} has no {}: it passes a place that is asked for more than it can do, where every request waits longer than the one before.",
        asked.name().trim_start_matches("the ")
    )];
    let crossed = report.stations.iter().filter(|station| {
        station.saturation.is_some()
            && station
                .by_class
                .iter()
                .any(|class| class.class == own.class && class.arrival.0 > 0.0)
    });
    for station in crossed.take(2) {
        sentences.push(super::bottleneck::sentence(
            report,
            name(scenario, station.component),
            station,
            None,
        ));
    }
    if sentences.len() == 1 {
        sentences.extend(super::bottleneck::bottleneck(scenario, report));
    } else {
        sentences.extend(further_on(scenario, report));
    }
    sentences
}

/// What holds what is full up, where that itself isn't: it is asked for more than it can do, if not directly.
pub(super) fn further_on(scenario: &Scenario, report: &Report) -> Option<String> {
    let limit = report.bottleneck.as_ref()?;
    let mut stations = report.stations.iter();
    let station = stations.find(|station| station.station == limit.station)?;
    let many = match spread(station) {
        Spread::Even => station.servers.saturating_mul(station.instances) > 1,
        _ => station.servers > 1,
    };
    let (are, they) = if many { ("are", "they") } else { ("is", "it") };
    let asked = match limit.utilisation {
        asked if asked < 9.95 => format!("{} of", share(asked)),
        asked => format!("{} times", number(asked)),
    };
    station.saturation.is_none().then(|| {
        format!(
            "What holds them is further on: the {} {are} asked for {asked} what {they} can do.",
            limited(name(scenario, limit.component), station)
        )
    })
}
