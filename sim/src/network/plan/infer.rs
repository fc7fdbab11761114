//! What a drawing suggests: which of its links a component uses for a class, in which order, and how it divides its calls among them.

use super::PlannedCall;
use crate::catalog::{Choice, Kind, Parameter};
use crate::network::compile::Lowering;
use crate::network::lower::{self, Nature};
use crate::network::popularity::Popularity;
use crate::scenario::{CallMode, Operation};

/// The calls that the drawing suggests for this component and class.
pub(super) fn calls(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    calls: &mut Vec<PlannedCall>,
) {
    let topology = &lowering.topology;
    match Nature::of(topology.kind(component)) {
        Nature::Program => program(lowering, component, class, calls),
        Nature::Clients | Nature::Edge | Nature::Door => door(lowering, component, class, calls),
        Nature::Cache => cache(lowering, component, class, calls),
        Nature::Messages => messages(lowering, component, class, calls),
        Nature::Station => {
            let links = candidates(lowering, component, class);
            spread(lowering, component, &links, Policy::ByWeight, calls);
        }
        Nature::Resolver
        | Nature::Primary
        | Nature::Replica
        | Nature::KeyValue
        | Nature::Files
        | Nature::Remote => {}
    }
}

fn carried<'b>(
    lowering: &'b Lowering<'_>,
    component: usize,
    class: usize,
) -> impl Iterator<Item = (usize, Nature)> + 'b {
    let topology = &lowering.topology;
    let id = topology.class(class).id;
    topology
        .outgoing(component)
        .filter(move |link| topology.link(*link).carries(id))
        .map(move |link| (link, Nature::of(topology.kind(topology.target(link)))))
}

fn names(lowering: &Lowering<'_>, link: usize, class: usize) -> bool {
    lowering
        .topology
        .link(link)
        .classes
        .contains(&lowering.topology.class(class).id)
}

/// The first of these, preferring those whose link names the class.
fn preferred(
    lowering: &Lowering<'_>,
    class: usize,
    links: impl Iterator<Item = usize>,
) -> Option<usize> {
    let mut first = None;
    for link in links {
        if names(lowering, link, class) {
            return Some(link);
        }
        first = first.or(Some(link));
    }
    first
}

/// A store that takes writes: a relational one, else a key-value store, else files.
fn writable(
    lowering: &Lowering<'_>,
    component: usize,
    class: usize,
    only_named: bool,
) -> Option<usize> {
    [Nature::Primary, Nature::KeyValue, Nature::Files]
        .into_iter()
        .find_map(|wanted| {
            let links = carried(lowering, component, class)
                .filter(|(link, nature)| {
                    *nature == wanted && (!only_named || names(lowering, *link, class))
                })
                .map(|(link, _)| link);
            preferred(lowering, class, links)
        })
}

/// Whether the cache fetches by itself what it doesn't hold: it has a store of its own behind it.
fn is_backed(lowering: &Lowering<'_>, cache: usize, class: usize) -> bool {
    carried(lowering, cache, class).any(|(_, nature)| nature.answers())
}

/// What a program does: see the cache, read or write a store, call others, publish.
fn program(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    calls: &mut Vec<PlannedCall>,
) {
    let operation = lowering.topology.class(class).operation;
    let mut plan = Plan { step: 0, calls };
    if operation == Operation::Static
        && let Some((link, _)) =
            carried(lowering, component, class).find(|(_, nature)| *nature == Nature::Files)
    {
        plan.then(link);
        return;
    }
    let publishes = carried(lowering, component, class)
        .any(|(_, nature)| nature == Nature::Messages)
        && operation == Operation::Asynchronous;
    // Work that is accepted now and done later leaves nothing else in the request, unless a link says so by naming the class.
    let only_named = publishes && lowering.topology.kind(component) != Kind::Worker;
    let caches: Vec<usize> = carried(lowering, component, class)
        .filter(|(link, nature)| {
            *nature == Nature::Cache && (!only_named || names(lowering, *link, class))
        })
        .map(|(link, _)| link)
        .collect();
    match operation {
        Operation::Read | Operation::Static => read(lowering, component, class, &caches, &mut plan),
        Operation::Write | Operation::Asynchronous => {
            write(lowering, component, class, &caches, only_named, &mut plan);
        }
    }
    for (link, nature) in carried(lowering, component, class) {
        let called = matches!(
            nature,
            Nature::Program | Nature::Door | Nature::Edge | Nature::Remote | Nature::Station
        );
        if called && (!only_named || names(lowering, link, class)) {
            plan.then(link);
        }
    }
    for (link, nature) in carried(lowering, component, class) {
        let published = operation == Operation::Asynchronous || names(lowering, link, class);
        if nature == Nature::Messages && published {
            plan.then(link);
        }
    }
}

fn read(
    lowering: &Lowering<'_>,
    component: usize,
    class: usize,
    caches: &[usize],
    plan: &mut Plan<'_>,
) {
    caches.iter().for_each(|cache| plan.then(*cache));
    if caches
        .iter()
        .any(|cache| is_backed(lowering, lowering.topology.target(*cache), class))
    {
        return;
    }
    let weight = |link: usize| lower::amount(lowering.topology.link(link).weight);
    let replicas: Vec<(usize, f64)> = carried(lowering, component, class)
        .filter(|(_, nature)| *nature == Nature::Replica)
        .map(|(link, _)| (link, weight(link)))
        .collect();
    if replicas.is_empty() {
        writable(lowering, component, class, false)
            .into_iter()
            .for_each(|store| plan.then(store));
    } else {
        plan.one_of(&replicas);
    }
}

fn write(
    lowering: &Lowering<'_>,
    component: usize,
    class: usize,
    caches: &[usize],
    only_named: bool,
    plan: &mut Plan<'_>,
) {
    let mode = |cache: usize| {
        let cache = lowering.topology.target(cache);
        lowering
            .topology
            .component(cache)
            .choice(Parameter::WriteMode)
    };
    let behind = caches
        .iter()
        .any(|cache| mode(*cache) == Some(Choice::WriteBehind));
    let through_cache = caches.iter().any(|cache| {
        is_backed(lowering, lowering.topology.target(*cache), class)
            && mode(*cache) != Some(Choice::CacheAside)
    });
    let store = writable(lowering, component, class, only_named).filter(|_| !through_cache);
    if behind {
        caches.iter().for_each(|cache| plan.then(*cache));
        store.into_iter().for_each(|store| plan.later(store));
    } else {
        store.into_iter().for_each(|store| plan.then(store));
        caches.iter().for_each(|cache| plan.then(*cache));
    }
}

/// A cache with something behind it fetches what it doesn't hold, and passes writes on by its mode.
fn cache(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    calls: &mut Vec<PlannedCall>,
) {
    let topology = &lowering.topology;
    let mut plan = Plan { step: 0, calls };
    let mode = topology.component(component).choice(Parameter::WriteMode);
    match topology.class(class).operation {
        Operation::Read | Operation::Static => {
            read(lowering, component, class, &[], &mut plan);
            if plan.step == 0 {
                let behind =
                    carried(lowering, component, class).find(|(_, nature)| nature.answers());
                behind.into_iter().for_each(|(link, _)| plan.then(link));
            }
        }
        Operation::Write | Operation::Asynchronous => {
            // Cache-aside: a caller that writes to the store itself only wants the key removed.
            let written_by_caller = mode == Some(Choice::CacheAside)
                && topology
                    .incoming(component)
                    .any(|link| writable(lowering, topology.caller(link), class, false).is_some());
            let store = writable(lowering, component, class, false).filter(|_| !written_by_caller);
            match (store, mode) {
                (Some(store), Some(Choice::WriteBehind)) => plan.later(store),
                (Some(store), _) => plan.then(store),
                (None, _) => {}
            }
        }
    }
}

/// A queue hands each message to one of its takers, a topic to all of them.
fn messages(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    calls: &mut Vec<PlannedCall>,
) {
    let takers: Vec<usize> = carried(lowering, component, class)
        .filter(|(_, nature)| !matches!(nature, Nature::Clients | Nature::Resolver))
        .map(|(link, _)| link)
        .collect();
    if lowering.topology.kind(component) == Kind::Topic {
        calls.extend(takers.into_iter().map(|link| PlannedCall::once(0, link)));
    } else {
        spread(lowering, component, &takers, Policy::ByCapacity, calls);
    }
}

/// A door passes each request on to one of its targets; for reads it may look into a cache first.
fn door(lowering: &mut Lowering<'_>, component: usize, class: usize, calls: &mut Vec<PlannedCall>) {
    let topology = &lowering.topology;
    let operation = topology.class(class).operation;
    let this = topology.component(component);
    let links = candidates(lowering, component, class);
    let nature = |link: usize| Nature::of(topology.kind(topology.target(link)));
    let has_files = links
        .iter()
        .any(|link| matches!(nature(*link), Nature::Files | Nature::Edge));
    if operation == Operation::Static && this.flag(Parameter::ServesStatic) && !has_files {
        return;
    }
    let reads = matches!(operation, Operation::Read | Operation::Static);
    let (caches, links): (Vec<usize>, Vec<usize>) = if reads
        && this.kind != Kind::Clients
        && links.iter().any(|link| nature(*link) != Nature::Cache)
    {
        links
            .into_iter()
            .partition(|link| nature(*link) == Nature::Cache)
    } else {
        (Vec::new(), links)
    };
    let policy = match this.kind {
        Kind::Clients => match resolver(lowering, component, class) {
            Some(dns) => Policy::of(topology.component(dns).choice(Parameter::DnsPolicy)),
            None => Policy::ByWeight,
        },
        Kind::Cdn => Policy::ByWeight,
        _ => match this.choice(Parameter::BalancingPolicy) {
            Some(Choice::ConsistentHash) => Policy::ByKey(class),
            policy => Policy::of(policy),
        },
    };
    let mut plan = Plan { step: 0, calls };
    caches.into_iter().for_each(|cache| plan.then(cache));
    let step = plan.step;
    let first = calls.len();
    spread(lowering, component, &links, policy, calls);
    calls[first..].iter_mut().for_each(|call| call.step = step);
}

/// The DNS that these clients ask for this class.
pub(super) fn resolver(lowering: &Lowering<'_>, clients: usize, class: usize) -> Option<usize> {
    carried(lowering, clients, class)
        .find(|(_, nature)| *nature == Nature::Resolver)
        .map(|(link, _)| lowering.topology.target(link))
}

/// The links that a door may choose from for a class: those that name it if any do; files and static requests to each other where
/// possible, asynchronous ones to queues, writes away from read-only copies.
fn candidates(lowering: &Lowering<'_>, component: usize, class: usize) -> Vec<usize> {
    let topology = &lowering.topology;
    let (id, operation) = (topology.class(class).id, topology.class(class).operation);
    let nature = |link: &usize| Nature::of(topology.kind(topology.target(*link)));
    let mut links: Vec<usize> = super::links(lowering, component)
        .filter(|link| topology.link(*link).carries(id))
        .filter(|link| !matches!(nature(link), Nature::Clients | Nature::Resolver))
        .collect();
    if links.iter().any(|link| names(lowering, *link, class)) {
        links.retain(|link| names(lowering, *link, class));
        return links;
    }
    let only = |links: &mut Vec<usize>, wanted: &dyn Fn(Nature) -> bool| {
        if links.iter().any(|link| wanted(nature(link))) {
            links.retain(|link| wanted(nature(link)));
        }
    };
    match operation {
        Operation::Static => {
            only(&mut links, &|nature| nature == Nature::Edge);
            only(&mut links, &|nature| nature == Nature::Files);
            only(&mut links, &|nature| nature != Nature::Messages);
        }
        Operation::Asynchronous => {
            only(&mut links, &|nature| nature == Nature::Messages);
            only(&mut links, &|nature| {
                !matches!(
                    nature,
                    Nature::Files | Nature::Edge | Nature::Replica | Nature::Cache
                )
            });
        }
        Operation::Read => {
            only(&mut links, &|nature| {
                !matches!(nature, Nature::Files | Nature::Edge | Nature::Messages)
            });
        }
        Operation::Write => {
            only(&mut links, &|nature| {
                !matches!(
                    nature,
                    Nature::Files
                        | Nature::Edge
                        | Nature::Messages
                        | Nature::Replica
                        | Nature::Cache
                )
            });
        }
    }
    links
}

/// How calls divide among several targets.
#[derive(Clone, Copy, PartialEq)]
enum Policy {
    /// By the links' weights.
    ByWeight,
    /// The same to each instance.
    ByInstance,
    /// In proportion to what each can do.
    ByCapacity,
    /// By the keys of this class: each target the share of the requests that its keys have.
    ByKey(usize),
    /// All to the nearest.
    Nearest,
    /// All to the first that is there.
    First,
}

impl Policy {
    fn of(choice: Option<Choice>) -> Self {
        match choice {
            Some(Choice::Weighted) => Policy::ByWeight,
            Some(Choice::LeastConnections | Choice::TwoChoices) => Policy::ByCapacity,
            Some(Choice::Nearest) => Policy::Nearest,
            Some(Choice::Failover) => Policy::First,
            _ => Policy::ByInstance,
        }
    }
}

/// Divides one step's call among the links.
fn spread(
    lowering: &Lowering<'_>,
    component: usize,
    links: &[usize],
    policy: Policy,
    calls: &mut Vec<PlannedCall>,
) {
    let topology = &lowering.topology;
    let mut plan = Plan { step: 0, calls };
    let resources = |link: usize| &lowering.resources[topology.target(link)];
    match (links, policy) {
        ([], _) => {}
        ([link], _) => plan.then(*link),
        ([link, others @ ..], Policy::First) => plan.first_of(*link, others),
        (_, Policy::Nearest) => {
            let far = |link: &usize| {
                lowering
                    .geometry
                    .way_of_clients(topology, component, *link)
                    .0
            };
            let nearest = links
                .iter()
                .min_by(|one, other| far(one).total_cmp(&far(other)));
            nearest.into_iter().for_each(|link| plan.then(*link));
        }
        _ => {
            let known = links.iter().all(|link| resources(*link).capacity.is_some());
            let weighted: Vec<(usize, f64)> = links
                .iter()
                .map(|link| {
                    let weight = match (policy, resources(*link).capacity) {
                        (Policy::ByWeight, _) => lower::amount(topology.link(*link).weight),
                        (Policy::ByCapacity, Some(capacity)) if known => lower::amount(capacity),
                        _ => resources(*link).instances.max(1.0),
                    };
                    (*link, weight)
                })
                .collect();
            if let Policy::ByKey(class) = policy {
                let target = |link: usize| topology.component(topology.target(link)).id.0;
                let targets = weighted
                    .iter()
                    .map(|(link, weight)| (target(*link), *weight));
                let targets: Vec<(u32, f64)> = targets.collect();
                let door = topology.component(component).id;
                let shares = Popularity::target_shares(topology.scenario, door, class, &targets);
                let shared: Vec<(usize, f64)> = links.iter().copied().zip(shares).collect();
                let first = plan.calls.len();
                plan.one_of(&shared);
                for call in &mut plan.calls[first..] {
                    let own = weighted
                        .iter()
                        .find(|(link, _)| *link == call.link as usize);
                    call.key_weight = own.map(|(_, weight)| *weight);
                }
                return;
            }
            plan.one_of(&weighted);
        }
    }
}

/// A plan under construction.
struct Plan<'b> {
    step: u32,
    calls: &'b mut Vec<PlannedCall>,
}

impl Plan<'_> {
    /// Then this call.
    fn then(&mut self, link: usize) {
        self.calls.push(PlannedCall::once(self.step, link));
        self.step += 1;
    }

    /// Then this call, without waiting for it.
    fn later(&mut self, link: usize) {
        self.calls.push(PlannedCall {
            mode: CallMode::FireAndForget,
            ..PlannedCall::once(self.step, link)
        });
        self.step += 1;
    }

    /// Then this call, or one of the others when it has nobody to go to.
    fn first_of(&mut self, link: usize, others: &[usize]) {
        self.calls.push(PlannedCall::once(self.step, link));
        for other in others {
            self.calls.push(PlannedCall {
                probability: 0.0,
                stands_by: true,
                ..PlannedCall::once(self.step, *other)
            });
        }
        self.step += 1;
    }

    /// Then one of these calls, by weight.
    fn one_of(&mut self, weighted: &[(usize, f64)]) {
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let share = |weight: f64| {
            if total > 0.0 && total.is_finite() {
                weight / total
            } else {
                1.0 / weighted.len() as f64
            }
        };
        for (link, weight) in weighted.iter().filter(|(_, weight)| share(*weight) > 0.0) {
            self.calls.push(PlannedCall {
                probability: share(*weight),
                ..PlannedCall::once(self.step, *link)
            });
        }
        self.step += 1;
    }
}
