//! Whether a design still does all the work of the task's: a design that asks nobody for the data is fast, and of no use. It judges no figures.

use super::same::Altered;
use crate::catalog::Kind;
use crate::scenario::{ClassId, ComponentId, Incident, Scenario};

/// What keeps data itself, and not a copy of what others keep for a while.
const KEEPERS: [Kind; 7] = [
    Kind::SingleBox,
    Kind::SqlPrimary,
    Kind::ReadReplica,
    Kind::ShardedDatabase,
    Kind::FederatedDatabase,
    Kind::KeyValueStore,
    Kind::ObjectStorage,
];

/// The work of the task's design that this one leaves undone: a class whose data nobody keeps any more, somebody outside who isn't asked any
/// more, and what breaks in the task and is no longer used.
pub(super) fn undone(task: &Scenario, now: &Scenario) -> Vec<Altered> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(Altered { what });
    let mut used = Vec::new();
    for class in &task.classes {
        let (before, after) = (reached(task, class.id), reached(now, class.id));
        let keeps = |scenario: &Scenario, parts: &[ComponentId]| {
            let mut parts = parts.iter().filter_map(|part| scenario.component(*part));
            parts.any(|part| KEEPERS.contains(&part.kind))
        };
        if keeps(task, &before) && !keeps(now, &after) {
            say(format!(
                "{} no longer gets to any database or storage.",
                class.name
            ));
        }
        for part in before.iter().filter_map(|part| task.component(*part)) {
            if part.kind == Kind::ThirdPartyApi && !after.contains(&part.id) {
                say(format!("{} no longer gets to {}.", class.name, part.name));
            }
        }
        used.extend(after);
    }
    for fault in &task.faults {
        if let Incident::Component { id, .. } = fault.incident
            && let Some(part) = now.component(id)
            && !used.contains(&id)
        {
            say(format!("Nobody gets to {} any more.", part.name));
        }
    }
    found
}

/// The parts that requests of a class may get to, along links that carry it.
fn reached(scenario: &Scenario, class: ClassId) -> Vec<ComponentId> {
    let senders = scenario.components.iter();
    let mut parts: Vec<ComponentId> = senders
        .filter(|part| part.kind == Kind::Clients)
        .map(|part| part.id)
        .collect();
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        next += 1;
        for link in scenario.links.iter().filter(|link| link.from == part) {
            if link.carries(class) && !parts.contains(&link.to) {
                parts.push(link.to);
            }
        }
    }
    parts
}
