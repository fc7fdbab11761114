//! Relational databases that divide the data: by key over shards, where a hot key stays hot and some queries ask every shard; and by
//! function over a federation, where each class has its own database.

use super::sql::{Layout, Node, touch_rows};
use super::{fan_out, instances, reads, share};
use crate::catalog::{Choice, Parameter};
use crate::network::compile::{Lowering, constant};
use crate::network::popularity::normalised;
use crate::network::{Dispatch, StepId};

pub(super) fn prepare_shards(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let shards = instances(this, Parameter::Shards);
    let cross = share(this.number(Parameter::CrossShardShare));
    let dispatch = if shards == 1 {
        Dispatch::Central
    } else {
        Dispatch::Shares(shard_shares(lowering, component, shards, cross))
    };
    let node = Node::new(
        lowering,
        component,
        Layout {
            instances: shards,
            dispatch,
            copies: 1.0,
        },
    );
    let router = lowering.delay(component, constant(this.seconds(Parameter::RouterTime)));
    let one = node.read(lowering, component, None);
    let read = if cross > 0.0 && shards > 1 {
        let every = fan_out(lowering, one, shards);
        lowering.branch(vec![(1.0 - cross, one), (cross, every)])
    } else {
        one
    };
    let write = node.write(lowering, component);
    let failure = lowering.failure(component, share(this.number(Parameter::ErrorShare)));
    let resources = &mut lowering.resources[component];
    resources.work = router;
    resources.read = Some(read);
    resources.write = Some(write);
    resources.failure = failure;
}

/// The shares of the shards in everything that arrives at them. A query for one shard goes where its key lies; a cross-shard read sends one
/// query to each, so its part of the arrivals is even.
fn shard_shares(
    lowering: &mut Lowering<'_>,
    component: usize,
    shards: u32,
    cross: f64,
) -> Vec<f64> {
    let topology = &lowering.topology;
    let scheme = topology
        .component(component)
        .choice(Parameter::ShardingScheme)
        .unwrap_or(Choice::ByHash);
    let carried = |class: usize| {
        let id = topology.class(class).id;
        topology
            .incoming(component)
            .any(|link| topology.link(link).carries(id))
    };
    let reading = lowering.popularity.read_share(topology.scenario, carried);
    let by_key = lowering
        .popularity
        .shares(topology.scenario, shards as usize, scheme, carried);
    let everywhere = reading * cross;
    normalised(
        by_key
            .into_iter()
            .map(|share| (1.0 - everywhere) * share + everywhere)
            .collect(),
    )
}

pub(super) fn enter_shards(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    if let Some(store) = lowering.resources[component].store {
        touch_rows(lowering, component, store, class);
    }
    let resources = &lowering.resources[component];
    let query = if reads(lowering, class) {
        resources.read
    } else {
        resources.write
    };
    routed(lowering, component, class, query)
}

/// The query, behind the router where there is one: a step of its own, for queries of one part serve others' as well.
fn routed(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    query: Option<StepId>,
) -> StepId {
    let resources = &lowering.resources[component];
    let mut steps: Vec<StepId> = resources
        .work
        .into_iter()
        .chain(query)
        .chain(resources.failure)
        .collect();
    lowering.follow(component, class, &mut steps);
    lowering.way_in(component, steps)
}

pub(super) fn prepare_federation(lowering: &mut Lowering<'_>, component: usize) {
    let failure = lowering.failure(
        component,
        share(
            lowering
                .topology
                .component(component)
                .number(Parameter::ErrorShare),
        ),
    );
    let classes = lowering.topology.scenario.classes.len();
    // A database that no class lives in has nothing to do, and isn't built.
    let databases = databases(lowering, component);
    let mut federation = Vec::with_capacity(databases);
    for _ in 0..databases.min(classes.max(1)) {
        let layout = Layout {
            instances: 1,
            dispatch: Dispatch::Central,
            copies: 1.0,
        };
        let node = Node::new(lowering, component, layout);
        let read = node.read(lowering, component, None);
        let write = node.write(lowering, component);
        let pages = lowering.resources[component].store;
        federation.push(Database { pages, read, write });
    }
    let resources = &mut lowering.resources[component];
    resources.instances = databases as f64;
    resources.failure = failure;
    resources.databases = federation;
}

/// One database of a federation.
#[derive(Clone, Copy, Debug)]
pub(in crate::network) struct Database {
    pages: Option<crate::network::StoreId>,
    read: StepId,
    write: StepId,
}

fn databases(lowering: &Lowering<'_>, component: usize) -> usize {
    lowering
        .topology
        .component(component)
        .count(Parameter::Databases)
        .min(64) as usize
}

pub(super) fn enter_federation(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
) -> StepId {
    let federation = &lowering.resources[component].databases;
    let own = class % databases(lowering, component);
    let other = (own + 1) % databases(lowering, component);
    let Some(home) = federation.get(own).copied() else {
        return routed(lowering, component, class, None);
    };
    // With fewer classes than databases the neighbour may be one that nobody lives in.
    let neighbour = federation
        .get(other)
        .or(federation.first())
        .copied()
        .filter(|_| other != own);
    if let Some(store) = home.pages {
        touch_rows(lowering, component, store, class);
    }
    let cross = share(
        lowering
            .topology
            .component(component)
            .number(Parameter::CrossDatabaseShare),
    );
    let query = match neighbour {
        Some(neighbour) if reads(lowering, class) && cross > 0.0 => {
            if let Some(store) = neighbour.pages {
                touch_rows(lowering, component, store, class);
            }
            let both = lowering.shared_sequence(component, vec![home.read, neighbour.read]);
            lowering.branch(vec![(1.0 - cross, home.read), (cross, both)])
        }
        _ if reads(lowering, class) => home.read,
        _ => home.write,
    };
    routed(lowering, component, class, Some(query))
}
