//! Which caches are filled from which databases, and which writers tell them: what it takes to know how old what they hold may be. It knows
//! neither rates nor times.

use super::reads;
use super::replication::written_keys;
use crate::catalog::Kind;
use crate::network::compile::{Entry, Lowering};
use crate::network::{Copying, Original, Step, StepId, WrittenKeys};
use crate::scenario::{ComponentId, Operation};

/// A part that holds data, by what requests do there.
struct Database {
    place: usize,
    writes: Vec<bool>,
    reads: Vec<bool>,
}

/// The databases with caches that some writers don't tell, in the document's order.
pub(in crate::network) fn originals(lowering: &Lowering<'_>, entries: &[Entry]) -> Vec<Original> {
    let mut caches = caches(lowering);
    let databases = match caches.is_empty() {
        true => Vec::new(),
        false => databases(lowering),
    };
    let tells_all = |database: &Database, cache: &Copying| {
        let mut classes = database.writes.iter().zip(&cache.told);
        classes.all(|(writes, told)| !*writes || *told)
    };
    let someone_may_be_old = databases
        .iter()
        .any(|database| !(caches.iter()).all(|cache| tells_all(database, cache)));
    if !someone_may_be_old {
        return Vec::new();
    }
    let sources = sources(lowering, entries, &databases, &mut caches);
    let mut found = Vec::new();
    for (index, database) in databases.iter().enumerate() {
        let mut filled = Vec::new();
        for (cache, sources) in caches.iter().zip(&sources) {
            let classes = cache.reads.iter().zip(&database.reads);
            let reads: Vec<bool> = classes
                .map(|(through, there)| sources[index] && *through && *there)
                .collect();
            if reads.contains(&true) {
                filled.push(Copying {
                    reads,
                    ..cache.clone()
                });
            }
        }
        if filled.iter().all(|cache| tells_all(database, cache)) {
            continue;
        }
        let resources = &lowering.resources[database.place];
        found.push(Original {
            component: lowering.topology.component(database.place).id,
            log: resources.log,
            quorum: resources.quorum,
            keys: match resources.log {
                Some(log) => lowering.network.logs[log.0 as usize].keys.clone(),
                None => keys(lowering, database),
            },
            writes: database.writes.clone(),
            caches: filled,
        });
    }
    found
}

/// The caches through which anybody reads what may change.
fn caches(lowering: &Lowering<'_>) -> Vec<Copying> {
    let topology = &lowering.topology;
    let classes = 0..topology.scenario.classes.len();
    let mut caches = Vec::new();
    for place in 0..topology.scenario.components.len() {
        let kind = topology.kind(place);
        let Some(store) = lowering.resources[place]
            .store
            .filter(|_| matches!(kind, Kind::Cache | Kind::Cdn))
        else {
            continue;
        };
        let keys = &lowering.network.stores[store.0 as usize].keys;
        let through =
            |class| topology.class(class).operation == Operation::Read && keys[class].is_some();
        let reads: Vec<bool> = classes.clone().map(through).collect();
        if reads.contains(&true) {
            let told = |class| kind == Kind::Cache && lowering.is_reached(place, class);
            caches.push(Copying {
                store,
                filled_by: Vec::new(),
                reads,
                told: classes.clone().map(told).collect(),
            });
        }
    }
    caches
}

/// The parts that hold data which somebody reads and somebody writes.
fn databases(lowering: &Lowering<'_>) -> Vec<Database> {
    let topology = &lowering.topology;
    let mut databases = Vec::new();
    for place in 0..topology.scenario.components.len() {
        let kind = topology.kind(place);
        if !matches!(
            kind,
            Kind::SqlPrimary
                | Kind::ShardedDatabase
                | Kind::FederatedDatabase
                | Kind::KeyValueStore
                | Kind::SingleBox
        ) {
            continue;
        }
        // In a box that has moved its rows out nobody touches any.
        let rows = lowering.resources[place]
            .store
            .filter(|_| kind == Kind::SingleBox);
        let touches = |class: usize| {
            rows.is_none_or(|rows| lowering.network.stores[rows.0 as usize].keys[class].is_some())
        };
        let comes = |class: usize| {
            let replicas = super::replication::replicas(lowering, place);
            let mut all = replicas.iter().map(|(_, replica)| *replica).chain([place]);
            all.any(|place| lowering.is_reached(place, class)) && touches(class)
        };
        let (mut writes, mut read) = (Vec::new(), Vec::new());
        for class in 0..topology.scenario.classes.len() {
            let reading = reads(lowering, class);
            writes.push(!reading && lowering.is_reached(place, class) && touches(class));
            read.push(reading && comes(class));
        }
        if writes.contains(&true) && read.contains(&true) {
            databases.push(Database {
                place,
                writes,
                reads: read,
            });
        }
    }
    databases
}

/// What the writes of a database without a log change.
fn keys(lowering: &Lowering<'_>, database: &Database) -> Vec<Option<WrittenKeys>> {
    let classes = database.reads.iter().enumerate();
    let mut keys: Vec<Option<WrittenKeys>> = classes
        .map(|(class, reads)| reads.then(|| written_keys(lowering, class)))
        .collect();
    let total: f64 = keys.iter().flatten().map(|keys| keys.share).sum();
    for keys in keys.iter_mut().flatten() {
        keys.share = if total > 0.0 { keys.share / total } else { 0.0 };
    }
    keys
}

/// By cache: which of the databases is asked for what it doesn't hold. Says to each by which copies it is filled.
fn sources(
    lowering: &Lowering<'_>,
    entries: &[Entry],
    databases: &[Database],
    caches: &mut [Copying],
) -> Vec<Vec<bool>> {
    let component = |place: usize| lowering.topology.component(place).id;
    let steps = &lowering.network.steps;
    // The database whose data are read at a step, and the replica where that is one.
    let mut entered: Vec<Option<(usize, Option<ComponentId>)>> = vec![None; steps.len()];
    let of = |place: usize| databases.iter().position(|own| own.place == place);
    for (index, own) in databases.iter().enumerate() {
        let replicas = super::replication::replicas(lowering, own.place);
        let all = replicas
            .iter()
            .map(|(_, replica)| *replica)
            .chain([own.place]);
        for place in all.filter(|place| of(*place).is_none_or(|known| known == index)) {
            let replica = (place != own.place).then(|| component(place));
            let own = entries.iter().filter(|entry| entry.place as usize == place);
            own.for_each(|entry| entered[entry.step.0 as usize] = Some((index, replica)));
        }
    }
    let mut missed: Vec<Vec<StepId>> = vec![Vec::new(); caches.len()];
    for step in steps {
        if let Step::Lookup { store, miss, .. } = step
            && let Some(cache) = caches.iter().position(|cache| cache.store == *store)
        {
            missed[cache].push(*miss);
        }
    }
    let mut seen = vec![usize::MAX; steps.len()];
    let mut found = Vec::new();
    for (cache, mut open) in missed.into_iter().enumerate() {
        let mut sources = vec![false; databases.len()];
        let mut filled_by = Vec::new();
        while let Some(step) = open.pop() {
            if std::mem::replace(&mut seen[step.0 as usize], cache) == cache {
                continue;
            }
            if let Some((database, replica)) = entered[step.0 as usize] {
                sources[database] = true;
                filled_by.extend(replica);
            }
            if let Step::Lookup { store, .. } = &steps[step.0 as usize]
                && caches.iter().any(|cache| cache.store == *store)
            {
                filled_by.push(lowering.network.stores[store.0 as usize].component);
            }
            steps[step.0 as usize].for_each_child(|child| open.push(child));
        }
        filled_by.sort_unstable();
        filled_by.dedup();
        caches[cache].filled_by = filled_by;
        found.push(sources);
    }
    found
}
