//! Faults that happen to nothing, have no effect, or lie outside the run; it knows nothing of what they do to requests.

use super::values::Numbers;
use crate::catalog::{Choice, Kind, Parameter, Value};
use crate::scenario::problem::{Place, Problem, Severity};
use crate::scenario::{
    ClientsFault, Component, ComponentFault, Fault, Incident, LinkFault, Scenario, ZoneFault,
    limits,
};

pub(super) fn check(scenario: &Scenario, problems: &mut Vec<Problem>) {
    if let Some(duration) = scenario.run.duration_seconds {
        Numbers {
            place: &|| Place::Document,
            problems,
        }
        .within("duration_seconds", duration, &limits::RUN_SECONDS);
    }
    for (index, fault) in scenario.faults.iter().enumerate() {
        let number = index + 1;
        numbers(fault, number, problems);
        if !fault.has_its_place(scenario) {
            problems.push(Problem::error(
                Place::Fault { number },
                "What it happens to isn't in the document.",
                "Remove the fault, or choose a part that is there.",
            ));
            continue;
        }
        course(scenario, fault, number, problems);
        effect(scenario, fault, number, problems);
    }
}

fn numbers(fault: &Fault, number: usize, problems: &mut Vec<Problem>) {
    let mut field = Numbers {
        place: &|| Place::Fault { number },
        problems,
    };
    field.within(
        "start_seconds",
        fault.start_seconds,
        &limits::FAULT_START_SECONDS,
    );
    if let Some(duration) = fault.duration_seconds {
        field.within("duration_seconds", duration, &limits::FAULT_SECONDS);
    }
    if let Incident::Component { what, .. } = &fault.incident
        && let Some(instances) = what.instances()
    {
        field.within("instances", f64::from(instances), &limits::FAULTY_INSTANCES);
    }
    match fault.incident {
        Incident::Component {
            what: ComponentFault::Slow { factor, .. },
            ..
        }
        | Incident::Zone {
            what: ZoneFault::Slow { factor },
            ..
        } => field.within("factor", factor, &limits::SLOWDOWN),
        Incident::Clients {
            what: ClientsFault::Multiply { factor },
            ..
        } => field.within("factor", factor, &limits::TRAFFIC_FACTOR),
        Incident::Component {
            what: ComponentFault::ErrorRate { probability } | ComponentFault::Poison { probability },
            ..
        }
        | Incident::Link {
            what: LinkFault::Drop { probability },
            ..
        } => field.within("probability", probability, &limits::PROBABILITY),
        Incident::Component {
            what: ComponentFault::RollingDeploy { restart_seconds },
            ..
        } => field.within("restart_seconds", restart_seconds, &limits::FAULT_SECONDS),
        Incident::Component {
            what: ComponentFault::LeakConnections { per_second },
            ..
        } => field.within("per_second", per_second, &limits::LEAK_RATE),
        Incident::Component {
            what: ComponentFault::HotKey { share },
            ..
        } => field.within("share", share, &limits::PROBABILITY),
        Incident::Link {
            what: LinkFault::Delay { seconds },
            ..
        } => field.within("seconds", seconds, &limits::DELAY_SECONDS),
        _ => {}
    }
}

/// When it happens.
fn course(scenario: &Scenario, fault: &Fault, number: usize, problems: &mut Vec<Problem>) {
    let place = Place::Fault { number };
    if let Some(duration) = scenario.run.duration_seconds
        && fault.start_seconds >= duration
    {
        let end = crate::catalog::format_number(crate::catalog::Unit::Seconds, duration);
        problems.push(
            Problem::warning(
                place,
                format!("It begins when the run is over, which ends after {end}; nothing of it will be seen."),
                "Let it begin earlier, or the run last longer.",
            )
            .of_field("start_seconds"),
        );
    } else if let Incident::Component { what, .. } = &fault.incident
        && what.ends_by_itself()
        && fault.duration_seconds.is_some()
    {
        problems.push(
            Problem::warning(
                place,
                "It ends by itself; its duration has no effect.",
                "Remove the duration.",
            )
            .of_field("duration_seconds"),
        );
    }
}

/// Whether it can do something there.
fn effect(scenario: &Scenario, fault: &Fault, number: usize, problems: &mut Vec<Problem>) {
    let place = Place::Fault { number };
    match &fault.incident {
        Incident::Component { id, what } => {
            let Some(component) = scenario.component(*id) else {
                return;
            };
            if let Some(reason) = impossible(scenario, component, what) {
                problems.push(
                    Problem::error(
                        place,
                        format!("It can't happen to {}: {reason}.", component.name),
                        "Choose another fault, or a part of another kind.",
                    )
                    .of_field("what"),
                );
            } else if let (Some(wanted), Some(there)) =
                (what.instances(), most_instances(component))
                && f64::from(wanted) > there
            {
                problems.push(
                    Problem::warning(
                        place,
                        format!(
                            "It is about {wanted} instances of {}, which has {there} at most; it happens to all.",
                            component.name
                        ),
                        "Leave the number out to mean all.",
                    )
                    .of_field("instances"),
                );
            }
        }
        Incident::Clients { id: Some(id), .. } => {
            if let Some(component) = scenario.component(*id)
                && component.kind != Kind::Clients
            {
                problems.push(
                    Problem::error(
                        place,
                        format!("{} sends no requests of its own.", component.name),
                        "Choose clients.",
                    )
                    .of_field("id"),
                );
            }
        }
        Incident::Zone {
            id,
            what: ZoneFault::Partition { from: Some(from) },
        } if id == from => problems.push(
            Problem::warning(
                place,
                "A zone can't be parted from itself; nothing happens.",
                "Choose another zone, or none to mean everything outside.",
            )
            .of_field("from"),
        ),
        Incident::Zone { .. } | Incident::Link { .. } | Incident::Clients { id: None, .. } => {}
    }
}

impl Fault {
    /// Whether nothing speaks against it in this document, though it may do less there than it says: about more instances than there are.
    pub fn is_possible(&self, scenario: &Scenario) -> bool {
        let mut problems = Vec::new();
        effect(scenario, self, 1, &mut problems);
        let bad = |problem: &Problem| problem.severity == Severity::Error;
        self.has_its_place(scenario) && !problems.iter().any(bad)
    }

    /// Whether it can happen in this document: to something that is there, and that it does anything to.
    pub fn can_happen(&self, scenario: &Scenario) -> bool {
        let mut problems = Vec::new();
        numbers(self, 1, &mut problems);
        effect(scenario, self, 1, &mut problems);
        self.has_its_place(scenario) && problems.is_empty()
    }
}

/// Why this can't happen there.
pub(in crate::scenario) fn impossible(
    scenario: &Scenario,
    component: &Component,
    what: &ComponentFault,
) -> Option<&'static str> {
    match what {
        _ if component.kind == Kind::Clients => {
            Some("clients send more or less, and nothing else happens to them")
        }
        ComponentFault::Flush { .. } | ComponentFault::LoseMemory { .. }
            if !holds_keys(component.kind) =>
        {
            Some("it holds no keys that could be lost")
        }
        ComponentFault::StopReplication
            if [
                Parameter::Replication,
                Parameter::ReplicationLag,
                Parameter::ReplicationFactor,
            ]
            .into_iter()
            .all(|parameter| component.value(parameter).is_none()) =>
        {
            Some("it doesn't replicate")
        }
        ComponentFault::LeakConnections { .. }
            if [Parameter::Connections, Parameter::Threads]
                .into_iter()
                .all(|parameter| component.value(parameter).is_none()) =>
        {
            Some("it has neither connections nor threads that could be taken")
        }
        ComponentFault::Poison { .. } if !component.flag(Parameter::Redelivery) => Some(
            "it hands no message out again, so that one that can't be worked off is lost at once",
        ),
        ComponentFault::HotKey { .. }
            if !divides_keys(component) && !is_balanced_by_key(scenario, component) =>
        {
            Some("its instances don't divide keys")
        }
        _ => None,
    }
}

/// Whether it remembers something from one request to the next: answers, pages, or that it is warm.
fn holds_keys(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Cache
            | Kind::Cdn
            | Kind::Dns
            | Kind::SqlPrimary
            | Kind::ReadReplica
            | Kind::ShardedDatabase
            | Kind::FederatedDatabase
            | Kind::SingleBox
    )
}

/// Whether each key has an instance of its own to go to.
fn divides_keys(component: &Component) -> bool {
    let several = |parameter| matches!(component.value(parameter), Some(Value::Number(number)) if number > 1.0);
    match component.kind {
        Kind::ShardedDatabase => several(Parameter::Shards),
        Kind::KeyValueStore | Kind::Cache => several(Parameter::Instances),
        _ => false,
    }
}

/// Whether those in front of it send each key to an instance of its own, as `network/lower/spreading.rs` has it: a door with a consistent hash,
/// and nobody who looks less at the key, but for those who know the first instance alone.
fn is_balanced_by_key(scenario: &Scenario, component: &Component) -> bool {
    let is_managed = !matches!(
        component.kind,
        Kind::ReverseProxy | Kind::Service | Kind::Worker | Kind::SingleBox
    );
    let callers = scenario.links.iter().filter(|link| link.to == component.id);
    let callers = callers.filter_map(|link| scenario.component(link.from));
    let knows_the_first = |resolver: Option<&Component>| {
        !is_managed
            && resolver.is_none_or(|dns| dns.choice(Parameter::DnsPolicy) == Some(Choice::Failover))
    };
    let resolver = |clients: &Component| {
        let links = scenario.links.iter();
        let own = links.filter(|link| link.from == clients.id);
        own.filter_map(|link| scenario.component(link.to))
            .find(|target| target.kind == Kind::Dns)
    };
    let mut hashes = false;
    let mut looks_at_keys = |caller: &Component| match caller.kind {
        Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy => {
            let hash = Some(Choice::ConsistentHash);
            hashes |= caller.choice(Parameter::BalancingPolicy) == hash;
            caller.choice(Parameter::BalancingPolicy) == hash
        }
        Kind::Clients => knows_the_first(resolver(caller)),
        Kind::Dns => knows_the_first(Some(caller)),
        Kind::SqlPrimary => true,
        _ => false,
    };
    let has_several = most_instances(component).is_some_and(|most| most > 1.0);
    has_several && { callers }.all(&mut looks_at_keys) && hashes
}

/// The largest number of instances that it can have; `None` where it has no such number.
fn most_instances(component: &Component) -> Option<f64> {
    let number = |parameter| match component.value(parameter) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    };
    if component.flag(Parameter::Autoscaling) {
        number(Parameter::MaximumInstances)
    } else {
        number(Parameter::Instances)
    }
}
