//! What may make answers younger, or keep writes that would be lost: settings of what holds copies, and ways past them. It knows who holds them,
//! not whether it would help.

use super::fewer::{from_the_primary, primary_of, without};
use super::turns::{choose, set, switch};
use super::{Candidate, Edit};
use crate::analysis::Analysis;
use crate::catalog::{Choice, Kind, Parameter, connection};
use crate::insight::consistency::{StaleReads, consistency_of};
use crate::scenario::{ClassId, Component, ComponentId, Link, Scenario};

/// Shares of a time that are tried instead of it.
const SHORTER: [f64; 3] = [0.5, 0.1, 0.01];

/// Changes at whatever answers a class, or any, out of date; where most of that comes from first.
pub(super) fn candidates(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Vec<Candidate> {
    let found = consistency_of(scenario, &analysis.compiled, &analysis.report, class);
    let mut rows = found.reads;
    let stale = |row: &StaleReads| row.rate.0 * row.share;
    rows.sort_by(|one, other| stale(other).total_cmp(&stale(one)));
    let mut tried = Vec::new();
    for row in &rows {
        let Some(component) = scenario.component(row.component) else {
            continue;
        };
        match component.kind {
            Kind::ReadReplica => of_a_replica(scenario, component, row.class, &mut tried),
            Kind::KeyValueStore => of_quorums(component, &mut tried),
            _ => of_a_cache(scenario, component, &mut tried),
        }
    }
    tried
}

/// Changes at whatever loses writes when it dies.
pub(super) fn keeping(scenario: &Scenario, analysis: &Analysis) -> Vec<Candidate> {
    let found = consistency_of(scenario, &analysis.compiled, &analysis.report, None);
    let mut tried = Vec::new();
    for row in &found.lost {
        let Some(component) = scenario.component(row.component) else {
            continue;
        };
        add(
            &mut tried,
            component,
            [
                choose(component, Parameter::Replication, Choice::Synchronous),
                choose(component, Parameter::Replication, Choice::Quorum),
                switch(component, Parameter::AutomaticFailover, false),
                choose(component, Parameter::WriteMode, Choice::WriteThrough),
                choose(component, Parameter::WriteMode, Choice::CacheAside),
            ],
        );
        shorter(component, Parameter::WriteDelay, &mut tried);
    }
    tried
}

fn add(
    tried: &mut Vec<Candidate>,
    component: &Component,
    changes: impl IntoIterator<Item = Option<(String, Edit)>>,
) {
    let changes = changes.into_iter().flatten();
    tried.extend(changes.map(|(title, edit)| Candidate {
        title: format!("{}: {title}", component.name),
        edit,
        saves: false,
    }));
}

/// The parameter at less than it is.
fn shorter(component: &Component, parameter: Parameter, tried: &mut Vec<Candidate>) {
    let now = component.number(parameter);
    let less = SHORTER.map(|part| set(component, parameter, now * part));
    add(tried, component, less);
}

fn of_a_cache(scenario: &Scenario, cache: &Component, tried: &mut Vec<Candidate>) {
    shorter(cache, Parameter::TimeToLive, tried);
    add(
        tried,
        cache,
        [
            choose(cache, Parameter::WriteMode, Choice::CacheAside),
            choose(cache, Parameter::WriteMode, Choice::WriteThrough),
        ],
    );
    if cache.kind == Kind::Cache {
        told(scenario, cache, tried);
    }
    let left_out = without(scenario, cache);
    tried.extend(left_out.map(|edit| Candidate {
        title: format!("Without {}", cache.name),
        edit,
        saves: false,
    }));
}

/// Writers that don't pass the cache, though they write what it holds: each would tell it.
fn told(scenario: &Scenario, cache: &Component, tried: &mut Vec<Candidate>) {
    let readers: Vec<ComponentId> = scenario.links_to(cache.id).map(|link| link.from).collect();
    let stores: Vec<ComponentId> = (readers.iter())
        .flat_map(|reader| scenario.links_from(*reader))
        .map(|link| link.to)
        .filter(|id| {
            let store = scenario.component(*id);
            store.is_some_and(|store| store.kind.is_database())
        })
        .flat_map(|store| [Some(store), primary_of(scenario, store)])
        .flatten()
        .collect();
    for writer in &scenario.components {
        let mut calls = scenario.links_from(writer.id);
        let writes = calls.any(|link| stores.contains(&link.to));
        let is_a_store = writer.kind.is_database();
        let may = connection(writer.kind, cache.kind).is_ok();
        if !writes || is_a_store || !may || readers.contains(&writer.id) {
            continue;
        }
        let link = Link::new(scenario.next_link_id(), writer.id, cache.id);
        tried.push(Candidate {
            title: format!("{} tells {} what it writes", writer.name, cache.name),
            edit: Edit::Connect(link),
            saves: false,
        });
    }
}

fn of_a_replica(
    scenario: &Scenario,
    replica: &Component,
    class: ClassId,
    tried: &mut Vec<Candidate>,
) {
    let Some(primary) = primary_of(scenario, replica.id).and_then(|id| scenario.component(id))
    else {
        return;
    };
    add(
        tried,
        primary,
        [
            choose(primary, Parameter::Replication, Choice::Synchronous),
            choose(primary, Parameter::Replication, Choice::Quorum),
        ],
    );
    // What is applied sooner is seen sooner.
    let twice = [
        Parameter::Cores,
        Parameter::ReplayProcesses,
        Parameter::Instances,
    ]
    .map(|parameter| set(replica, parameter, 2.0 * replica.number(parameter)));
    add(tried, replica, twice);
    let direct = from_the_primary(scenario, replica.id, primary.id, |own| own == class);
    let called = scenario
        .class(class)
        .map_or("?", |class| class.name.as_str());
    tried.extend(direct.map(|edits| Candidate {
        title: format!("Read {called} from {}", primary.name),
        edit: Edit::Several(edits),
        saves: false,
    }));
    let left_out = without(scenario, replica);
    tried.extend(left_out.map(|edit| Candidate {
        title: format!("Without {}", replica.name),
        edit,
        saves: false,
    }));
}

/// Quorums that meet: with W confirmed of N copies, whoever asks N − W + 1 asks one that has it.
fn of_quorums(store: &Component, tried: &mut Vec<Candidate>) {
    let copies = store
        .number(Parameter::ReplicationFactor)
        .min(store.number(Parameter::Instances));
    let (read, write) = (
        store.number(Parameter::ReadQuorum),
        store.number(Parameter::WriteQuorum),
    );
    add(
        tried,
        store,
        [
            set(store, Parameter::ReadQuorum, copies - write + 1.0),
            set(store, Parameter::WriteQuorum, copies - read + 1.0),
            set(store, Parameter::ReadQuorum, read + 1.0),
            set(store, Parameter::WriteQuorum, write + 1.0),
        ],
    );
}
