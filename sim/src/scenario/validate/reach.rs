//! Who can be reached by whom: clients without a way in, parts that nobody calls, replicas and workers without their source.

use super::Index;
use crate::catalog::{Kind, Parameter, connection};
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{ClassId, Component, ComponentId, Scenario};
use std::collections::BTreeSet;

pub(super) fn check(scenario: &Scenario, index: &Index, problems: &mut Vec<Problem>) {
    let has_clients = scenario
        .components
        .iter()
        .any(|component| component.kind == Kind::Clients);
    let reached = reached(scenario, index);
    for clients in scenario.idle_populations() {
        problems.push(
            Problem::error(
                Place::component(clients),
                "There are more populations with a fixed number of users than can be solved together; this one sends nothing.",
                "Join populations that behave alike, or give this one a request rate.",
            )
            .of_parameter(Parameter::Traffic, "Traffic"),
        );
    }
    for component in &scenario.components {
        match component.kind {
            Kind::Clients => clients(scenario, component, index, problems),
            Kind::Queue | Kind::Topic => consumers(component, index, problems),
            Kind::ReadReplica => primaries(component, index, problems),
            _ => {}
        }
        let replica_without_primary =
            component.kind == Kind::ReadReplica && primary_count(component, index) == 0;
        if has_clients && !reached.contains(&component.id) && !replica_without_primary {
            problems.push(unreached(component, index));
        }
    }
}

/// Everything that clients reach along links that mean something.
fn reached(scenario: &Scenario, index: &Index) -> BTreeSet<ComponentId> {
    let clients = scenario
        .components
        .iter()
        .filter(|component| component.kind == Kind::Clients);
    let mut waiting: Vec<(ComponentId, Kind)> = clients
        .map(|component| (component.id, component.kind))
        .collect();
    let mut seen: BTreeSet<ComponentId> = waiting.iter().map(|(id, _)| *id).collect();
    while let Some((here, kind)) = waiting.pop() {
        for (link, to) in index.leaving(here) {
            if connection(kind, to).is_ok() && seen.insert(link.to) {
                waiting.push((link.to, to));
            }
        }
    }
    seen
}

fn clients(scenario: &Scenario, component: &Component, index: &Index, problems: &mut Vec<Problem>) {
    let ways: Vec<_> = index
        .leaving(component.id)
        .filter(|(_, to)| *to != Kind::Dns && connection(Kind::Clients, *to).is_ok())
        .collect();
    if ways.is_empty() {
        let asks_names = index.leaving(component.id).any(|(_, to)| to == Kind::Dns);
        let message = if asks_names {
            "These clients learn an address from DNS, but no link leads to anything that answers their requests."
        } else {
            "No link leads from these clients to anything that answers their requests."
        };
        problems.push(Problem::warning(
            Place::component(component),
            message,
            "Drag a link from the clients to the door of the system.",
        ));
        return;
    }
    let sends = |class: ClassId| match component.mix.as_slice() {
        [] => scenario.class(class).is_some_and(|class| class.share > 0.0),
        mix => mix
            .iter()
            .any(|(mixed, weight)| *mixed == class && *weight > 0.0),
    };
    for class in scenario.classes.iter().filter(|class| sends(class.id)) {
        if !ways.iter().any(|(link, _)| link.carries(class.id)) {
            problems.push(Problem::warning(
                Place::component(component),
                format!(
                    "They send class \"{}\", which none of their links carries.",
                    class.name
                ),
                "Let one of their links carry it, or take it out of their mix.",
            ));
        }
    }
}

fn consumers(component: &Component, index: &Index, problems: &mut Vec<Problem>) {
    if !index
        .leaving(component.id)
        .any(|(_, to)| connection(component.kind, to).is_ok())
    {
        let what = if component.kind == Kind::Queue {
            "workers"
        } else {
            "subscribers"
        };
        problems.push(Problem::warning(
            Place::component(component),
            format!("It has no {what}: its messages are accepted and never worked off."),
            "Drag a link from it to a worker or a function.",
        ));
    }
}

fn primary_count(component: &Component, index: &Index) -> usize {
    index
        .arriving(component.id)
        .filter(|(_, from)| *from == Kind::SqlPrimary)
        .count()
}

fn primaries(component: &Component, index: &Index, problems: &mut Vec<Problem>) {
    match primary_count(component, index) {
        0 => problems.push(Problem::warning(
            Place::component(component),
            "It has no primary: nothing feeds it, and it never changes.",
            "Drag a link from an SQL primary to it.",
        )),
        1 => {}
        _ => problems.push(Problem::warning(
            Place::component(component),
            "It has several primaries, and a replica is the copy of one.",
            "Keep the link from one primary.",
        )),
    }
}

fn unreached(component: &Component, index: &Index) -> Problem {
    let (message, remedy) = match component.kind {
        Kind::Dns => ("No clients ask it.", "Drag a link from the clients to it."),
        Kind::Worker
            if !index
                .arriving(component.id)
                .any(|(_, from)| matches!(from, Kind::Queue | Kind::Topic)) =>
        {
            (
                "It has no queue: no message ever reaches it.",
                "Drag a link from a queue or topic to it.",
            )
        }
        Kind::SqlPrimary
        | Kind::ReadReplica
        | Kind::ShardedDatabase
        | Kind::FederatedDatabase
        | Kind::KeyValueStore
        | Kind::Cache
        | Kind::ObjectStorage => (
            "No request reaches this data store.",
            "Drag a link from a service that clients reach to it.",
        ),
        _ => (
            "No request reaches it.",
            "Drag a link to it from something that clients reach, or remove it.",
        ),
    };
    Problem::warning(Place::component(component), message, remedy)
}
