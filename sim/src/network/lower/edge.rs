//! What stands between clients and the door: DNS, asked only when a resolver's copy has expired, and CDN, which answers what it holds.

use super::{gigabytes, keys_of};
use crate::catalog::{Choice, Parameter};
use crate::network::compile::{Lowering, constant};
use crate::network::note::Remark;
use crate::network::{Eviction, Expiry, KeySpace, Step, StepId, Store};
use crate::scenario::{Component, Operation};
use crate::units::Seconds;

/// One name, however often it is looked up.
const ONE_NAME: KeySpace = KeySpace {
    keys: 1.0,
    zipf_exponent: 0.0,
    item_bytes: 1.0,
    invalidations_per_lookup: 0.0,
    refreshes_per_lookup: 0.0,
};

/// How long a copy may be used.
pub(super) fn time_to_live(component: &Component) -> Expiry {
    let time = component.seconds(Parameter::TimeToLive);
    if time.0.is_finite() {
        Expiry::AfterFetch(Seconds(super::amount(time.0)))
    } else {
        Expiry::Never
    }
}

/// Which key leaves first.
pub(super) fn eviction(component: &Component) -> Eviction {
    match component.choice(Parameter::Eviction) {
        Some(Choice::LeastFrequentlyUsed) => Eviction::LeastFrequentlyUsed,
        Some(Choice::FirstInFirstOut) => Eviction::FirstInFirstOut,
        _ => Eviction::LeastRecentlyUsed,
    }
}

pub(super) fn prepare_dns(lowering: &mut Lowering<'_>, component: usize) {
    let dns = lowering.topology.component(component);
    let store = lowering.store(Store {
        component: dns.id,
        copies: f64::from(dns.count(Parameter::Resolvers)),
        capacity_bytes: f64::INFINITY,
        eviction: Eviction::LeastRecentlyUsed,
        expiry: time_to_live(dns),
        keys: Vec::new(),
        keys_are_shared: true,
        coalesces: false,
        is_write_buffer: false,
        nodes: 1,
    });
    let time = constant(dns.seconds(Parameter::LookupTime));
    let asked = lowering.network.push(Step::Delay {
        component: dns.id,
        time,
    });
    lowering.entry(component, asked);
    let resources = &mut lowering.resources[component];
    resources.store = Some(store);
    resources.work = Some(asked);
}

/// The look-up of clients along their link to the DNS: nothing but a hit at their resolver, or a question.
pub(super) fn look_up_name(lowering: &mut Lowering<'_>, link: usize, class: usize) -> StepId {
    let dns = lowering.topology.target(link);
    let hop = lowering.hop(link);
    look_up(lowering, dns, class, Some(hop))
}

fn look_up(lowering: &mut Lowering<'_>, dns: usize, class: usize, hop: Option<StepId>) -> StepId {
    let (Some(store), Some(asked)) = (lowering.resources[dns].store, lowering.resources[dns].work)
    else {
        return lowering.done();
    };
    lowering.keys(store, class, ONE_NAME);
    let hit = lowering.done();
    let miss = match hop {
        Some(hop) => lowering.shared(dns, Step::Sequence(vec![hop, asked])),
        None => asked,
    };
    lowering.shared(dns, Step::Lookup { store, hit, miss })
}

/// Whoever else calls a DNS looks a name up as well.
pub(super) fn enter_dns(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    look_up(lowering, component, class, None)
}

pub(super) fn prepare_cdn(lowering: &mut Lowering<'_>, component: usize) {
    let cdn = lowering.topology.component(component);
    let store = lowering.store(Store {
        component: cdn.id,
        copies: f64::from(cdn.count(Parameter::EdgeLocations)),
        capacity_bytes: gigabytes(cdn, Parameter::CacheSize),
        eviction: eviction(cdn),
        expiry: time_to_live(cdn),
        keys: Vec::new(),
        keys_are_shared: false,
        coalesces: cdn.flag(Parameter::Coalescing),
        is_write_buffer: false,
        nodes: 1,
    });
    let work = lowering.delay(component, constant(cdn.seconds(Parameter::ServiceTime)));
    let resources = &mut lowering.resources[component];
    resources.store = Some(store);
    resources.work = work;
}

pub(super) fn enter_cdn(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let topology = &lowering.topology;
    let requested = topology.class(class);
    let named = topology
        .incoming(component)
        .any(|link| topology.link(link).classes.contains(&requested.id));
    // Pages made for each user mustn't be kept; whoever names reads on the link says that these may.
    let kept = match requested.operation {
        Operation::Static => true,
        Operation::Read => named,
        Operation::Write | Operation::Asynchronous => false,
    };
    if !kept && requested.operation == Operation::Read {
        lowering.note(Remark::PassedUncached, component, None, Some(class));
    }
    let mut steps = Vec::with_capacity(4);
    steps.extend(lowering.resources[component].work);
    match lowering.resources[component].store {
        Some(store) if kept => {
            let keys = keys_of(lowering, class, requested.response_bytes);
            lowering.keys(store, class, keys);
            let mut origin = Vec::with_capacity(2);
            lowering.follow_or_fail(component, class, &mut origin);
            let miss = lowering.shared_sequence(component, origin);
            let hit = lowering.done();
            steps.push(lowering.shared(component, Step::Lookup { store, hit, miss }));
        }
        _ => lowering.follow_or_fail(component, class, &mut steps),
    }
    lowering.way_in(component, steps)
}
