//! Stores that divide keys over nodes by hash: the key-value store with its quorums, and the cache with its hits.

use super::edge::{eviction, time_to_live};
use super::program::Machine;
use super::replication::written_keys;
use super::slices::share_of_keys;
use super::spreading::hashed;
use super::{Nature, amount, fan_out, fan_out_until, gigabytes, instances, keys_of, reads};
use crate::catalog::{Choice, Kind, Parameter};
use crate::network::compile::{Lowering, constant, exponential};
use crate::network::{
    Aside, Discipline, Dispatch, Eviction, Expiry, Instances, Mark, Quorate, Quorum, QuorumId,
    Replicated, Role, Station, Step, StepId, Store,
};
use crate::scenario::Operation;
use crate::units::Seconds;

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
    if copies > 1 {
        lowering.network.replicated.push(Replicated {
            station: cores,
            copies,
        });
    }
    let read = lowering.serve(cores, machine.work(this, this.seconds(Parameter::ReadTime)));
    let write = lowering.serve(
        cores,
        machine.work(this, this.seconds(Parameter::WriteTime)),
    );
    let asked = this.count(Parameter::ReadQuorum).min(copies);
    let confirmed = this.count(Parameter::WriteQuorum).min(copies);
    // Where every two quorums meet, nothing is ever stale.
    let quorum = (asked + confirmed <= copies && read.is_some() && write.is_some()).then(|| {
        lowering.network.quorums.push(Quorum {
            component: this.id,
            copies,
            reads: asked,
            keys: Vec::new(),
        });
        QuorumId(lowering.network.quorums.len() as u32 - 1)
    });
    let read = read.map(|read| {
        let read = marked(lowering, quorum, [None, Some(Quorate::Look)], read);
        let read = fan_out(lowering, read, asked);
        let ends = [Some(Quorate::Ask), Some(Quorate::Answered)];
        marked(lowering, quorum, ends, read)
    });
    let lag = exponential(this.seconds(Parameter::ReplicationLag));
    let lag = lowering.delay(component, lag);
    let write = write.map(|write| {
        let write = lowering.sequence([write].into_iter().chain(lag).collect());
        let write = marked(lowering, quorum, [None, Some(Quorate::Stored)], write);
        let write = fan_out_until(lowering, write, copies, confirmed);
        let ends = [Some(Quorate::Write), Some(Quorate::Counts)];
        marked(lowering, quorum, ends, write)
    });
    let resources = &mut lowering.resources[component];
    resources.read = read;
    resources.write = write;
    resources.quorum = quorum;
}

/// The step between these moments, where the quorum has to know.
fn marked(
    lowering: &mut Lowering<'_>,
    quorum: Option<QuorumId>,
    ends: [Option<Quorate>; 2],
    step: StepId,
) -> StepId {
    let Some(quorum) = quorum else {
        return step;
    };
    let [before, after] = ends.map(|moment| {
        moment.map(|moment| {
            let mark = Mark::Quorum(quorum, moment);
            lowering.network.push(Step::Mark(mark))
        })
    });
    lowering.sequence(before.into_iter().chain([step]).chain(after).collect())
}

pub(super) fn enter_key_value(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
) -> StepId {
    if let Some(quorum) = lowering.resources[component].quorum
        && reads(lowering, class)
    {
        let written = written_keys(lowering, class);
        let classes = lowering.network.classes.len();
        let quorum = &mut lowering.network.quorums[quorum.0 as usize];
        quorum.keys.resize(classes, None);
        quorum.keys[class] = Some(written);
    }
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
        is_write_buffer: false,
        nodes,
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
    keys.keys = (keys.keys * share_of_keys(lowering, cache, class)).max(1.0);
    if looked_up > 0.0 {
        let writes = written / looked_up;
        match lowering
            .topology
            .component(cache)
            .choice(Parameter::WriteMode)
        {
            Some(Choice::WriteThrough | Choice::WriteBehind) => keys.refreshes_per_lookup = writes,
            Some(Choice::CacheAside) => keys.invalidations_per_lookup = writes,
            _ => {}
        }
    }
    lowering.keys(store, class, keys);
}

/// A write of the class that a cache passes on later, be it itself or its caller who does so: `body`, after it has waited, or nothing when
/// its key waits already. A key waits for the delay D, from the first write that finds it not waiting: of writes at the rate λ of a key
/// those that go on are 1 / (1 + λ D), as from a store whose keys live for D after each fetch. `None` where nothing waits.
pub(in crate::network) fn written_behind(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    target: usize,
    body: StepId,
) -> Option<StepId> {
    let topology = &lowering.topology;
    if reads(lowering, class) || !Nature::of(topology.kind(target)).answers() {
        return None;
    }
    let called = || {
        let calls = lowering.plan(component, class);
        calls.map(|call| topology.target(lowering.planned(call).link as usize))
    };
    let cache = [component]
        .into_iter()
        .chain(called())
        .find(|place| topology.kind(*place) == Kind::Cache)?;
    let this = topology.component(cache);
    let delay = Seconds(amount(this.seconds(Parameter::WriteDelay).0));
    if this.choice(Parameter::WriteMode) != Some(Choice::WriteBehind) || delay.0 <= 0.0 {
        return None;
    }
    let id = this.id;
    let known = lowering.resources[cache].write_buffers.iter();
    let known = known.copied().find(|(store, _)| *store == target);
    let (_, store) = known.unwrap_or_else(|| {
        let store = lowering.store(Store {
            component: id,
            copies: 1.0,
            capacity_bytes: f64::INFINITY,
            eviction: Eviction::FirstInFirstOut,
            expiry: Expiry::AfterFetch(delay),
            keys: Vec::new(),
            keys_are_shared: false,
            coalesces: false,
            is_write_buffer: true,
            nodes: 1,
        });
        lowering.resources[cache]
            .write_buffers
            .push((target, store));
        (target, store)
    });
    let keys = keys_of(lowering, class, 1.0);
    lowering.keys(store, class, keys);
    let wait = lowering.delay(cache, constant(delay));
    let written = Mark::WrittenBack(store);
    let written = lowering.network.push(Step::Mark(written));
    let later: Vec<StepId> = wait.into_iter().chain([written, body]).collect();
    let later = lowering.sequence(later);
    let miss = lowering
        .network
        .push(Step::Detach(later, Aside::HandedOver));
    let hit = lowering.done();
    Some(lowering.network.push(Step::Lookup { store, hit, miss }))
}
