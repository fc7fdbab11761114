//! What each kind of component means in stations, stores and steps, a file for each family. A new kind is a row of the catalog, a
//! nature and a branch here, and its file.
//!
//! A kind says three things: what it has, whether it is reached or not (`prepare`); what it calls (`plan`, by its nature); and what a
//! request of a class does there (`enter`), when everything that it calls has been lowered already.

mod clients;
mod door;
mod edge;
mod failover;
mod files;
mod keyed;
mod messages;
mod originals;
mod program;
mod replication;
mod single_box;
mod slices;
mod spreading;
mod sql;
mod sql_split;
mod theory;

use super::compile::{Lowering, class_index};
use super::popularity::{key_space, mix};
use super::{
    Arrivals, Aside, KeySpace, LogId, QuorumId, Route, Source, StationId, Step, StepId, StoreId,
};
use crate::catalog::{Choice, Kind, Parameter};
use crate::scenario::{Component, ComponentId, Operation};
pub(super) use originals::originals;
pub(super) use program::without_data;
pub(super) use spreading::{divide_keys, key_laws, watches_targets};
use std::collections::BTreeSet;

/// What a kind is in the eyes of those that might call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Sends requests; nobody calls it.
    Clients,
    /// Tells clients where to go.
    Resolver,
    /// Answers near the clients.
    Edge,
    /// Passes each request on to one of its targets.
    Door,
    /// Works, and calls by a plan.
    Program,
    /// A relational store that takes writes.
    Primary,
    /// A relational store that takes reads alone.
    Replica,
    /// A key-value store.
    KeyValue,
    /// An in-memory cache.
    Cache,
    /// A store of files.
    Files,
    /// Takes messages and hands them on later.
    Messages,
    /// Somebody else's.
    Remote,
    /// A station of the books.
    Station,
}

impl Nature {
    /// What this kind is.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Clients => Nature::Clients,
            Kind::Dns => Nature::Resolver,
            Kind::Cdn => Nature::Edge,
            Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy => Nature::Door,
            Kind::Service | Kind::Function | Kind::Worker | Kind::SingleBox => Nature::Program,
            Kind::SqlPrimary | Kind::ShardedDatabase | Kind::FederatedDatabase => Nature::Primary,
            Kind::ReadReplica => Nature::Replica,
            Kind::KeyValueStore => Nature::KeyValue,
            Kind::Cache => Nature::Cache,
            Kind::ObjectStorage => Nature::Files,
            Kind::Queue | Kind::Topic => Nature::Messages,
            Kind::ThirdPartyApi => Nature::Remote,
            Kind::Station => Nature::Station,
        }
    }

    /// Whether it can answer what a cache doesn't hold.
    pub fn answers(self) -> bool {
        !matches!(
            self,
            Nature::Clients | Nature::Resolver | Nature::Messages | Nature::Cache
        )
    }
}

/// What a component has, whether or not it is reached. A kind fills in what it knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    /// Equal instances (the fewest, where they follow the load), for whoever spreads requests over several components.
    pub instances: f64,
    /// Requests a second that it can do, where that is a number of its own.
    pub capacity: Option<f64>,
    /// Threads, connections or concurrent executions that requests hold.
    pub pool: Option<StationId>,
    /// Where its work is done.
    pub cores: Option<StationId>,
    /// Its disk.
    pub disk: Option<StationId>,
    /// What it lets through: of everything, or of reads.
    pub limit: Option<StationId>,
    /// What it lets through of writes, where that is limited apart.
    pub write_limit: Option<StationId>,
    /// What holds its keys.
    pub store: Option<StoreId>,
    /// Of a cache: the stores to which writes go later, with what waits for them.
    pub write_buffers: Vec<(usize, StoreId)>,
    /// Its copies of each key, where a read may miss the latest.
    pub quorum: Option<QuorumId>,
    /// What it passes on to its replicas.
    pub log: Option<LogId>,
    /// Its own work on a request, the same for every class.
    pub work: Option<StepId>,
    /// Its error answers.
    pub failure: Option<StepId>,
    /// A read of a data store, or the other work of a kind that has two.
    pub read: Option<StepId>,
    /// That read, by whoever acts for the component.
    pub acting_read: Option<StepId>,
    /// A write of a data store.
    pub write: Option<StepId>,
    /// The databases of a federation.
    pub databases: Vec<sql_split::Database>,
    /// Sequences and holds made so far, to be shared by classes that are treated alike.
    pub bodies: Vec<StepId>,
}

/// Sets up what the component has.
pub(super) fn prepare(lowering: &mut Lowering<'_>, component: usize) {
    lowering.resources[component].instances = 1.0;
    match lowering.topology.kind(component) {
        Kind::Clients => {}
        Kind::Dns => edge::prepare_dns(lowering, component),
        Kind::Cdn => edge::prepare_cdn(lowering, component),
        Kind::LoadBalancer => door::prepare_balancer(lowering, component),
        Kind::ApiGateway => door::prepare_gateway(lowering, component),
        Kind::ReverseProxy => door::prepare_proxy(lowering, component),
        Kind::Service | Kind::Worker => program::prepare_machine(lowering, component),
        Kind::Function => program::prepare_function(lowering, component),
        Kind::SingleBox => single_box::prepare(lowering, component),
        Kind::SqlPrimary => sql::prepare_primary(lowering, component),
        Kind::ReadReplica => sql::prepare_replica(lowering, component),
        Kind::ShardedDatabase => sql_split::prepare_shards(lowering, component),
        Kind::FederatedDatabase => sql_split::prepare_federation(lowering, component),
        Kind::KeyValueStore => keyed::prepare_key_value(lowering, component),
        Kind::Cache => keyed::prepare_cache(lowering, component),
        Kind::ObjectStorage => files::prepare_objects(lowering, component),
        Kind::ThirdPartyApi => files::prepare_third_party(lowering, component),
        Kind::Queue | Kind::Topic => messages::prepare(lowering, component),
        Kind::Station => theory::prepare(lowering, component),
    }
}

/// Lowers what a request of the class does at the component and below it.
pub(super) fn enter(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    match lowering.topology.kind(component) {
        Kind::Clients => clients::enter(lowering, component, class),
        Kind::Dns => edge::enter_dns(lowering, component, class),
        Kind::Cdn => edge::enter_cdn(lowering, component, class),
        Kind::LoadBalancer | Kind::ApiGateway => door::enter_managed(lowering, component, class),
        Kind::ReverseProxy => door::enter_proxy(lowering, component, class),
        Kind::Service | Kind::Worker => program::enter_machine(lowering, component, class),
        Kind::Function => program::enter_function(lowering, component, class),
        Kind::SingleBox => single_box::enter(lowering, component, class),
        Kind::SqlPrimary => sql::enter_primary(lowering, component, class),
        Kind::ReadReplica => sql::enter_replica(lowering, component, class),
        Kind::ShardedDatabase => sql_split::enter_shards(lowering, component, class),
        Kind::FederatedDatabase => sql_split::enter_federation(lowering, component, class),
        Kind::KeyValueStore => keyed::enter_key_value(lowering, component, class),
        Kind::Cache => keyed::enter_cache(lowering, component, class),
        Kind::ObjectStorage => files::enter_objects(lowering, component, class),
        Kind::ThirdPartyApi => files::enter_third_party(lowering, component, class),
        Kind::Queue | Kind::Topic => messages::enter(lowering, component, class),
        Kind::Station => theory::enter(lowering, component, class),
    }
}

/// Whether the component sends requests of its own.
pub(super) fn sends(lowering: &Lowering<'_>, component: usize) -> bool {
    lowering.topology.kind(component) == Kind::Clients
}

/// How the requests of a client population divide over the classes; all 0 when it sends none.
pub(super) fn mix_of(lowering: &Lowering<'_>, clients: usize) -> Vec<f64> {
    mix(
        lowering.topology.scenario,
        lowering.topology.component(clients),
    )
}

/// Makes the sources, when all routes have been lowered.
pub(super) fn sources(lowering: &mut Lowering<'_>) {
    let scenario = lowering.topology.scenario;
    let idle: BTreeSet<ComponentId> = scenario
        .idle_populations()
        .map(|clients| clients.id)
        .collect();
    for component in 0..scenario.components.len() {
        if !sends(lowering, component) || idle.contains(&scenario.components[component].id) {
            continue;
        }
        let routes: Vec<Route> = mix_of(lowering, component)
            .into_iter()
            .enumerate()
            .filter(|(_, share)| *share > 0.0)
            .filter_map(|(class, share)| {
                let step = lowering.entered(component, class)?;
                Some(Route {
                    class: class_index(class),
                    share,
                    step,
                })
            })
            .collect();
        if !routes.is_empty() {
            let clients = lowering.topology.component(component);
            let arrivals = arrivals(clients);
            lowering.network.sources.push(Source {
                component: clients.id,
                arrivals,
                routes,
            });
        }
    }
}

/// When a population sends.
pub fn arrivals(clients: &Component) -> Arrivals {
    if clients.choice(Parameter::Traffic) == Some(Choice::Closed) {
        return Arrivals::Closed {
            users: clients.count(Parameter::Users),
            think: crate::units::Seconds(amount(clients.seconds(Parameter::ThinkTime).0)),
        };
    }
    let (peak, profile) = clients::rate(clients);
    Arrivals::Open {
        peak,
        pattern: clients::pattern(clients),
        batch: amount(clients.number(Parameter::BatchSize)).max(1.0),
        trough_share: share(clients.number(Parameter::NightShare)),
        profile,
    }
}

/// The number brought into 0 to 1e15; 0 when it is none.
pub(super) fn amount(number: f64) -> f64 {
    if number.is_nan() {
        0.0
    } else {
        number.clamp(0.0, 1e15)
    }
}

/// The number brought into 0 to 1; 0 when it is none.
pub(super) fn share(number: f64) -> f64 {
    amount(number).min(1.0)
}

/// How many instances, nodes or shards there are: never so many, even in a broken document, that a list of them doesn't fit.
pub(super) fn instances(component: &Component, parameter: Parameter) -> u32 {
    component.count(parameter).min(10_000)
}

/// Gigabytes as bytes, infinite when unlimited.
pub(super) fn gigabytes(component: &Component, parameter: Parameter) -> f64 {
    let number = component.number(parameter);
    if number.is_nan() {
        0.0
    } else {
        number.max(0.0) * 1e9
    }
}

/// Whether requests of the class read.
pub(super) fn reads(lowering: &Lowering<'_>, class: usize) -> bool {
    matches!(
        lowering.topology.class(class).operation,
        Operation::Read | Operation::Static
    )
}

/// The keys of a class, each of this size.
pub(super) fn keys_of(lowering: &Lowering<'_>, class: usize, item_bytes: f64) -> KeySpace {
    let class = lowering.topology.class(class);
    let (keys, zipf_exponent) = key_space(class.keys, class.zipf_exponent);
    KeySpace {
        keys,
        zipf_exponent,
        item_bytes: amount(item_bytes).max(1.0),
        invalidations_per_lookup: 0.0,
        refreshes_per_lookup: 0.0,
    }
}

/// The same step a number of times at once, waiting for all: beyond 64 the rest goes unwatched, for the slowest of 64 stands for all.
pub(super) fn fan_out(lowering: &mut Lowering<'_>, step: StepId, count: u32) -> StepId {
    fan_out_until(lowering, step, count, count)
}

/// As [`fan_out`], waiting for the first `needed`.
pub(super) fn fan_out_until(
    lowering: &mut Lowering<'_>,
    step: StepId,
    count: u32,
    needed: u32,
) -> StepId {
    const MOST_WATCHED: u32 = 64;
    if count <= 1 {
        return step;
    }
    let watched = count.min(MOST_WATCHED);
    // As many of the watched as correspond to the needed of all.
    let needed = (f64::from(needed) * f64::from(watched) / f64::from(count))
        .ceil()
        .clamp(1.0, f64::from(watched)) as u32;
    let calls = vec![step; watched as usize];
    let all = lowering.network.push(if needed == watched {
        Step::Parallel(calls)
    } else {
        Step::Quorum { needed, calls }
    });
    if watched == count {
        return all;
    }
    let unwatched = lowering.network.push(Step::Detach(step, Aside::OwnAccord));
    let rest = lowering.repeat(f64::from(count - watched), unwatched);
    lowering.sequence(vec![rest, all])
}

/// What a queue hands out, and whether it does so again.
pub(super) use messages::{handed_out, hands_out_again};

/// Registers the keys that a class looks up in a cache, and lets writes wait there.
pub(super) use keyed::{look_up_keys, written_behind};

impl Lowering<'_> {
    /// The step, or the very same one that the component made for another class.
    pub fn shared(&mut self, component: usize, step: Step) -> StepId {
        let known = self.resources[component]
            .bodies
            .iter()
            .find(|body| *self.network.step(**body) == step);
        if let Some(known) = known {
            return *known;
        }
        let id = self.network.push(step);
        self.resources[component].bodies.push(id);
        id
    }

    /// These steps as the way in: a step of the component's own, at which its arrivals are counted.
    pub fn way_in(&mut self, component: usize, steps: Vec<StepId>) -> StepId {
        let step = self.shared(component, Step::Sequence(steps));
        self.entry(component, step);
        step
    }

    /// What follows by the plan; a failure for want of a route when there is no plan.
    pub fn follow_or_fail(&mut self, component: usize, class: usize, steps: &mut Vec<StepId>) {
        if self.plan(component, class).is_empty() {
            self.note(super::Remark::NoRoute, component, None, Some(class));
            steps.push(self.dead_end(component));
        } else {
            self.follow(component, class, steps);
        }
    }
}
