//! Sets how busy a design's parts are: each of its resources at a level of its own between a tenth and nine tenths, by the times, tokens and rates
//! that the drawing allows to change. It knows the solver only as a way to find loads.

use super::drawing::{Drawing, set};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::network::Role;
use loadscape_sim::report::{Report, StationReport};
use loadscape_sim::scenario::generate::Random;
use loadscape_sim::scenario::{Component, ComponentId, Scenario, validate};
use std::collections::BTreeMap;

/// How often times and tokens follow the loads that they change themselves.
const ROUNDS: usize = 4;
/// Busier than this is too near saturation for a run of any length.
const BUSIEST: f64 = 0.92;
/// What is busy for a smaller share of the time is hardly used: nobody makes it a minute long to keep it busy, as a disk behind a memory
/// that holds everything would have to be.
const UNUSED: f64 = 1e-4;
/// Processor times, in the order in which kinds have them.
const TIMES: [Parameter; 6] = [
    Parameter::ServiceTime,
    Parameter::AuthenticationTime,
    Parameter::ApplicationTime,
    Parameter::StaticTime,
    Parameter::ReadTime,
    Parameter::WriteTime,
];

/// What a resource's level is.
struct Goals {
    random: Random,
    by_place: BTreeMap<(ComponentId, u8), Goal>,
}

#[derive(Clone, Copy)]
struct Goal {
    level: f64,
    /// Whether tokens are few: else they are as many as the catalog says.
    tight: bool,
}

impl Goals {
    fn of(&mut self, station: &StationReport) -> Goal {
        let random = &mut self.random;
        *self
            .by_place
            .entry((station.component, station.role as u8))
            .or_insert_with(|| Goal {
                level: 0.1 + 0.8 * random.unit(),
                tight: random.chance(0.35),
            })
    }
}

/// The design with its levels set; `None` when it can't be below saturation, or isn't valid.
pub fn level(drawing: Drawing) -> Option<Scenario> {
    let Drawing {
        mut scenario,
        random,
        closed,
    } = drawing;
    let mut goals = Goals {
        random,
        by_place: BTreeMap::new(),
    };
    for round in 0..ROUNDS {
        let report = analyse(&scenario).report;
        for station in &report.stations {
            let tokens = matches!(station.role, Role::Threads | Role::Connections);
            // Tokens are kept as long as what is below takes, which has to be at its level first.
            if station.arrival.0 > 0.0 && (!tokens || round + 2 >= ROUNDS) {
                let goal = goals.of(station);
                adjust(part(&mut scenario, station.component), station, goal);
            }
        }
        if round + 1 == ROUNDS {
            time_outs(&mut scenario, &report, &mut goals.random);
        }
    }
    if !validate(&scenario).is_empty() {
        return None;
    }
    for _ in 0..12 {
        let report = analyse(&scenario).report;
        if is_steady(&report) {
            close(&mut scenario, &report, &closed);
            let steady = closed.is_empty() || is_steady(&analyse(&scenario).report);
            return steady.then_some(scenario);
        }
        slower(&mut scenario);
    }
    None
}

/// Closes populations that send what they sent when they were open, as near as a whole number of users does.
fn close(scenario: &mut Scenario, report: &Report, closed: &[(ComponentId, f64)]) {
    let (mut rate, mut present) = (0.0, 0.0);
    for class in &report.classes {
        if let Some(latency) = class.latency {
            rate += class.offered.0;
            present += class.throughput.0 * latency.mean.0;
        }
    }
    let answer = present / rate;
    for (id, multiple) in closed {
        let clients = part(scenario, *id);
        let rate = clients.number(Parameter::RequestRate);
        let users = (multiple * rate * answer).ceil().max(2.0);
        clients
            .parameters
            .insert(Parameter::Traffic, Value::Choice(Choice::Closed));
        set(clients, Parameter::Users, users);
        set(clients, Parameter::ThinkTime, users / rate - answer);
    }
}

fn part(scenario: &mut Scenario, id: ComponentId) -> &mut Component {
    let mut parts = scenario.components.iter_mut();
    parts.find(|part| part.id == id).expect("a drawn part")
}

fn adjust(component: &mut Component, station: &StationReport, goal: Goal) {
    let servers = f64::from(station.servers) * f64::from(station.instances);
    let load = station.offered_load / servers;
    if load < UNUSED {
        return;
    }
    let factor = goal.level / load.min(1e3);
    let scale = |component: &mut Component, parameter: Parameter, factor: f64| {
        let now = component.number(parameter);
        if now > 0.0 {
            set(component, parameter, now * factor);
        }
    };
    match station.role {
        Role::Cores | Role::Servers => {
            for time in TIMES {
                scale(component, time, factor);
            }
        }
        Role::Disk => {
            scale(component, Parameter::DiskReadTime, factor);
            scale(component, Parameter::CommitTime, factor);
        }
        Role::Threads | Role::Connections if goal.tight => {
            let tokens = match (station.role, component.kind) {
                (Role::Connections, _) => Parameter::Connections,
                (_, Kind::Function) => Parameter::ConcurrencyLimit,
                _ => Parameter::Threads,
            };
            let taken = station.utilisation * f64::from(station.servers);
            set(component, tokens, (taken / goal.level).max(1.0));
        }
        Role::RateLimit if component.kind == Kind::ApiGateway => {
            set(
                component,
                Parameter::RateLimit,
                station.arrival.0 / (0.5 + 0.5 * goal.level),
            );
        }
        _ => {}
    }
}

/// Calls that give up do so after several times as long as what they call takes.
fn time_outs(scenario: &mut Scenario, report: &Report, random: &mut Random) {
    let targets: BTreeMap<_, _> = scenario
        .links
        .iter()
        .map(|link| (link.id, link.to))
        .collect();
    let calls = scenario
        .components
        .iter_mut()
        .flat_map(|component| &mut component.plans)
        .flat_map(|plan| &mut plan.steps)
        .flat_map(|step| &mut step.calls);
    for call in calls.filter(|call| call.timeout_seconds.is_some()) {
        let called = targets.get(&call.link);
        let mut known = report.components.iter();
        let sojourn = known
            .find(|known| Some(&known.component) == called)
            .and_then(|known| known.sojourn);
        let longer = 3.0 + 7.0 * random.unit();
        call.timeout_seconds = sojourn.map(|sojourn| (longer * sojourn.0).max(0.001));
    }
}

/// Whether every class that is sent has an answer, and nothing is too busy to be measured.
fn is_steady(report: &Report) -> bool {
    let answered = report
        .classes
        .iter()
        .all(|class| class.offered.0 <= 0.0 || (class.latency.is_some() && class.goodput.0 > 0.0));
    let sent = report.classes.iter().any(|class| class.offered.0 > 0.0);
    answered
        && sent
        && report
            .stations
            .iter()
            .all(|station| station.saturation.is_none() && station.busiest_utilisation < BUSIEST)
}

/// The same with fewer requests.
fn slower(scenario: &mut Scenario) {
    let clients = scenario
        .components
        .iter_mut()
        .filter(|component| component.kind == Kind::Clients);
    for component in clients {
        let rate = component.number(Parameter::RequestRate);
        set(component, Parameter::RequestRate, 0.85 * rate);
    }
}
