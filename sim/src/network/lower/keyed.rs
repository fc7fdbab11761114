//! Stores that divide keys over nodes by hash: the key-value store with its quorums, and the cache with its hits.

use super::edge::{eviction, time_to_live};
use super::program::Machine;
use super::spreading::hashed;
use super::{fan_out, fan_out_until, gigabytes, instances, keys_of, reads};
use crate::catalog::{Choice, Parameter};
use crate::network::compile::{Lowering, exponential};
use crate::network::{Discipline, Dispatch, Instances, Role, Station, Step, StepId, Store};
use crate::scenario::Operation;

pub(super) fn prepare_key_value(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let machine = Machine::read(this);
    let nodes = machine.fewest();
    let copies = this.count(Parameter::ReplicationFactor).min(nodes);
    let dispatch = if nodes == 1 {
        Dispatch::Central
    } else {
        // A key lies on its node and the next ones, and each of them does its part.
        let by_key = hashed(lowering, component, nodes);
        let nodes = nodes as usize;
        let copies = copies as usize;
        let of_node = |node: usize| {
            (0..copies)
                .map(|back| by_key[(node + nodes - back) % nodes])
                .sum::<f64>()
        };
        Dispatch::Shares(
            (0..nodes)
                .map(|node| of_node(node) / copies as f64)
                .collect(),
        )
    };
    let cores = machine.cores_station(lowering, component, Instances::Fixed(nodes), dispatch, None);
    let read = lowering.serve(cores, machine.work(this, this.seconds(Parameter::ReadTime)));
    let write = lowering.serve(
        cores,
        machine.work(this, this.seconds(Parameter::WriteTime)),
    );
    let asked = this.count(Parameter::ReadQuorum).min(copies);
    let confirmed = this.count(Parameter::WriteQuorum).min(copies);
    let read = read.map(|read| fan_out(lowering, read, asked));
    let write = write.map(|write| fan_out_until(lowering, write, copies, confirmed));
    let resources = &mut lowering.resources[component];
    resources.read = read;
    resources.write = write;
}

pub(super) fn enter_key_value(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
) -> StepId {
    let resources = &lowering.resources[component];
    let query = if reads(lowering, class) {
        resources.read
    } else {
        resources.write
    };
    super::sql::finish(lowering, component, class, query)
}

pub(super) fn prepare_cache(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let nodes = instances(this, Parameter::Instances);
    let dispatch = if nodes == 1 {
        Dispatch::Central
    } else {
        Dispatch::Shares(hashed(lowering, component, nodes))
    };
    let node = lowering.station(Station {
        component: this.id,
        role: Role::Cores,
        instances: Instances::Fixed(nodes),
        servers: 1,
        capacity: None,
        discipline: Discipline::FirstComeFirstServed,
        dispatch,
        waits_at: None,
    });
    // The nodes divide the keys, so together they are one larger cache.
    let store = lowering.store(Store {
        component: this.id,
        copies: 1.0,
        capacity_bytes: gigabytes(this, Parameter::CacheSize) * f64::from(nodes),
        eviction: eviction(this),
        expiry: time_to_live(this),
        keys: Vec::new(),
        keys_are_shared: false,
        coalesces: this.flag(Parameter::Coalescing),
    });
    let time = exponential(this.seconds(Parameter::ServiceTime));
    let operation = lowering.network.push(Step::Serve {
        station: node,
        time,
    });
    lowering.entry(component, operation);
    let resources = &mut lowering.resources[component];
    resources.instances = f64::from(nodes);
    resources.cores = Some(node);
    resources.store = Some(store);
    resources.work = Some(operation);
}

/// An operation of the cache; with a store behind it, what it doesn't hold is fetched, and writes are passed on by its plan.
pub(super) fn enter_cache(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let (Some(operation), Some(store)) = (
        lowering.resources[component].work,
        lowering.resources[component].store,
    ) else {
        return lowering.done();
    };
    let mut steps = vec![operation];
    if reads(lowering, class) {
        look_up_keys(lowering, component, class);
        let mut miss = Vec::with_capacity(3);
        lowering.follow(component, class, &mut miss);
        miss.push(operation);
        let miss = lowering.shared_sequence(component, miss);
        let hit = lowering.done();
        steps.push(lowering.shared(component, Step::Lookup { store, hit, miss }));
    } else {
        lowering.follow(component, class, &mut steps);
    }
    // Arrivals are counted at the operation itself, which every use of the cache shares.
    lowering.shared_sequence(component, steps)
}

/// Says that the class looks keys up in the cache. Writes that come to the cache touch keys by the same popularity as the reads: under
/// cache-aside each look-up of a key meets this many removals of it, else this many times that it is put in anew.
pub(in crate::network) fn look_up_keys(lowering: &mut Lowering<'_>, cache: usize, class: usize) {
    let Some(store) = lowering.resources[cache].store else {
        return;
    };
    let topology = &lowering.topology;
    let mut keys = keys_of(lowering, class, topology.class(class).response_bytes);
    let (mut looked_up, mut written) = (0.0, 0.0);
    for other in 0..topology.scenario.classes.len() {
        if !lowering.is_reached(cache, other) {
            continue;
        }
        let rate = lowering.popularity.rates[other];
        match topology.class(other).operation {
            Operation::Read | Operation::Static => looked_up += rate,
            Operation::Write | Operation::Asynchronous => written += rate,
        }
    }
    if looked_up > 0.0 {
        let writes = written / looked_up;
        match topology.component(cache).choice(Parameter::WriteMode) {
            Some(Choice::WriteThrough | Choice::WriteBehind) => keys.refreshes_per_lookup = writes,
            Some(Choice::CacheAside) => keys.invalidations_per_lookup = writes,
            _ => {}
        }
    }
    lowering.keys(store, class, keys);
}
