//! Designs as people draw them, made up from a seed: clients, a door, services with what they call, in every mixture that the catalog
//! allows. It doesn't know how they are solved.

use super::drawing::Drawing;
use super::level::level;
use loadscape_sim::catalog::{Choice, Kind, Parameter, specification};
use loadscape_sim::scenario::{
    Call, CallMode, ClassId, ComponentId, LinkId, Operation, RequestClass, Retry, Scenario,
};

/// The policies of a balancer, as often as they are worth a look.
const POLICIES: [Choice; 7] = [
    Choice::RoundRobin,
    Choice::RoundRobin,
    Choice::Random,
    Choice::LeastConnections,
    Choice::TwoChoices,
    Choice::ConsistentHash,
    Choice::Weighted,
];

/// Squared coefficients of variation of service times, as often.
const VARIABILITIES: [f64; 8] = [1.0, 1.0, 1.0, 0.0, 0.25, 0.5, 2.0, 4.0];

/// A design below saturation: the first of those that follow from this seed.
pub fn design(seed: u64) -> Scenario {
    (0..100)
        .find_map(|attempt| {
            let mut drawing = Drawing::new(seed * 100 + attempt);
            draw(&mut drawing);
            level(drawing)
        })
        .expect("one of a hundred designs is below saturation")
}

fn draw(drawing: &mut Drawing) {
    classes(drawing);
    let clients = clients(drawing);
    let second = drawing.random.chance(0.1).then(|| self::clients(drawing));
    match drawing.random.below(10) {
        0 => stations(drawing, clients),
        1 => {
            let alone = drawing.part(Kind::SingleBox);
            drawing.link(clients, alone);
            machine(drawing, alone);
        }
        _ => {
            let door = door(drawing, clients);
            if let Some(second) = second {
                drawing.link(second, door);
            }
        }
    }
}

fn classes(drawing: &mut Drawing) {
    let count = drawing.any(&[1, 1, 2, 2, 3, 4]);
    for index in 0..count {
        let operation = match index {
            0 => Operation::Read,
            1 => Operation::Write,
            _ => drawing.any(&Operation::ALL),
        };
        let id = ClassId(index + 1);
        let mut class = RequestClass::new(id, format!("{} {id:?}", operation.name()), operation);
        class.share = drawing.magnitude(0.2, 5.0);
        class.response_bytes = drawing.magnitude(1e3, 1e5);
        class.keys = drawing.magnitude(200.0, 2e5).round();
        class.zipf_exponent = drawing.between(0.4, 1.2);
        class.priority = drawing.random.below(3) as u8;
        drawing.scenario.classes.push(class);
    }
}

fn clients(drawing: &mut Drawing) -> ComponentId {
    let clients = drawing.part(Kind::Clients);
    let round_trip = drawing.any(&[0.0, 1.0, 5.0, 40.0]);
    drawing.set(clients, Parameter::ClientRoundTrip, round_trip);
    let rate = drawing.magnitude(20.0, 2_000.0);
    drawing.set(clients, Parameter::RequestRate, rate);
    if drawing.random.chance(0.2) {
        let users = drawing.magnitude(1.2, 30.0);
        drawing.closed.push((clients, users));
        return clients;
    }
    match drawing.random.below(10) {
        0 => drawing.choose(clients, Parameter::ArrivalPattern, Choice::Regular),
        1 | 2 => {
            drawing.choose(clients, Parameter::ArrivalPattern, Choice::Bursty);
            let burstiness = drawing.magnitude(1.5, 10.0);
            drawing.set(clients, Parameter::Burstiness, burstiness);
        }
        3 => {
            let batch = drawing.any(&[2.0, 3.0, 5.0, 10.0]);
            drawing.set(clients, Parameter::BatchSize, batch);
        }
        _ => {}
    }
    clients
}

/// Cores, instances and variability, where the kind has them.
fn machine(drawing: &mut Drawing, id: ComponentId) {
    let cores = drawing.any(&[1.0, 1.0, 2.0, 2.0, 4.0, 8.0]);
    drawing.set(id, Parameter::Cores, cores);
    let variability = drawing.any(&VARIABILITIES);
    drawing.set(id, Parameter::ServiceVariability, variability);
    if drawing.random.chance(0.1) {
        let errors = drawing.magnitude(0.002, 0.1);
        drawing.set(id, Parameter::ErrorShare, errors);
    }
    let memory = drawing.scenario.classes.iter();
    let rows: f64 = memory.map(|class| class.keys).sum();
    let kind = drawing.at(id).kind;
    let has = |parameter| {
        let mut known = specification(kind).parameters.iter();
        known.any(|known| known.parameter == parameter)
    };
    if has(Parameter::RowSize) && drawing.random.chance(0.4) {
        let fits = drawing.between(0.1, 0.9);
        let row = drawing.magnitude(5e3, 5e4);
        drawing.set(id, Parameter::RowSize, row);
        drawing.set(id, Parameter::Memory, fits * rows * row * 1e-9);
    }
    if has(Parameter::DiskChannels) {
        let channels = drawing.any(&[1.0, 2.0, 4.0, 16.0]);
        drawing.set(id, Parameter::DiskChannels, channels);
    }
    if has(Parameter::QueueLimit) && drawing.random.chance(0.1) {
        let limit = drawing.magnitude(2.0, 200.0);
        drawing.set(id, Parameter::QueueLimit, limit);
    }
}

fn balance(drawing: &mut Drawing, id: ComponentId) {
    let policy = drawing.any(&POLICIES);
    drawing.choose(id, Parameter::BalancingPolicy, policy);
}

/// What stands between the clients and the first service; returns what further clients may call.
fn door(drawing: &mut Drawing, clients: ComponentId) -> ComponentId {
    let outside = clients;
    let mut caller = clients;
    let mut first = None;
    if drawing.random.chance(0.08) {
        let names = drawing.part(Kind::Dns);
        drawing.link(clients, names);
        let policy = drawing.any(&[Choice::RoundRobin, Choice::Weighted]);
        drawing.choose(names, Parameter::DnsPolicy, policy);
        drawing.set(names, Parameter::TimeToLive, 30.0);
    }
    if drawing.random.chance(0.15) {
        let edge = drawing.part(Kind::Cdn);
        drawing.link(caller, edge);
        let locations = drawing.whole(1, 10);
        drawing.set(edge, Parameter::EdgeLocations, locations);
        store_size(drawing, edge);
        let seconds = drawing.magnitude(5.0, 3_000.0);
        drawing.set(edge, Parameter::TimeToLive, seconds);
        (caller, first) = (edge, first.or(Some(edge)));
    }
    let kinds = [
        Kind::LoadBalancer,
        Kind::LoadBalancer,
        Kind::ApiGateway,
        Kind::ReverseProxy,
    ];
    for _ in 0..drawing.any(&[0, 1, 1, 1, 2]) {
        let kind = drawing.any(&kinds);
        let one = drawing.part(kind);
        drawing.link(caller, one);
        machine(drawing, one);
        balance(drawing, one);
        let nodes = drawing.any(&[1.0, 1.0, 2.0, 3.0]);
        drawing.set(one, Parameter::Instances, nodes);
        if kind == Kind::ApiGateway && drawing.random.chance(0.3) {
            // The level is set by the load.
            drawing.set(one, Parameter::RateLimit, 1.0);
            let burst = drawing.magnitude(1.0, 100.0);
            drawing.set(one, Parameter::BurstAllowance, burst);
        }
        (caller, first) = (one, first.or(Some(one)));
    }
    let behind_door = caller != outside;
    for _ in 0..if behind_door {
        drawing.any(&[1, 1, 1, 2])
    } else {
        1
    } {
        let called = program(drawing, 0);
        let link = drawing.link(caller, called);
        let weight = drawing.magnitude(0.3, 3.0);
        let mut links = drawing.scenario.links.iter_mut();
        if let Some(link) = links.find(|known| known.id == link) {
            link.weight = weight;
        }
        first = first.or(Some(called));
    }
    first.unwrap_or(caller)
}

fn store_size(drawing: &mut Drawing, id: ComponentId) {
    let bytes: f64 = drawing
        .scenario
        .classes
        .iter()
        .map(|class| class.keys * class.response_bytes)
        .sum();
    let share = drawing.magnitude(0.02, 2.0);
    drawing.set(id, Parameter::CacheSize, share * bytes * 1e-9);
    let eviction = drawing.any(&[
        Choice::LeastRecentlyUsed,
        Choice::LeastRecentlyUsed,
        Choice::LeastFrequentlyUsed,
        Choice::FirstInFirstOut,
    ]);
    drawing.choose(id, Parameter::Eviction, eviction);
    let coalesces = drawing.random.chance(0.3);
    drawing.flag(id, Parameter::Coalescing, coalesces);
}

/// A service or function with what it calls.
fn program(drawing: &mut Drawing, depth: usize) -> ComponentId {
    let kind = drawing.any(&[
        Kind::Service,
        Kind::Service,
        Kind::Service,
        Kind::Service,
        Kind::Function,
    ]);
    let program = drawing.part(kind);
    machine(drawing, program);
    let instances = drawing.any(&[1.0, 1.0, 2.0, 3.0, 4.0, 8.0]);
    drawing.set(program, Parameter::Instances, instances);
    if kind == Kind::Function {
        let (start, kept) = (
            drawing.magnitude(50.0, 500.0),
            drawing.magnitude(5.0, 600.0),
        );
        drawing.set(program, Parameter::ColdStartTime, start);
        drawing.set(program, Parameter::KeepAlive, kept);
    }
    let links: Vec<LinkId> = backs(drawing, program, depth);
    plans(drawing, program, &links);
    program
}

/// What a program calls.
fn backs(drawing: &mut Drawing, program: ComponentId, depth: usize) -> Vec<LinkId> {
    let mut links = Vec::new();
    let store = drawing.any(&[
        Kind::SqlPrimary,
        Kind::SqlPrimary,
        Kind::SqlPrimary,
        Kind::ShardedDatabase,
        Kind::FederatedDatabase,
        Kind::KeyValueStore,
        Kind::ObjectStorage,
    ]);
    if drawing.random.chance(0.8) {
        if store != Kind::ObjectStorage && drawing.random.chance(0.35) {
            let cache = drawing.part(Kind::Cache);
            store_size(drawing, cache);
            let nodes = drawing.any(&[1.0, 1.0, 2.0, 3.0]);
            drawing.set(cache, Parameter::Instances, nodes);
            let seconds = drawing.magnitude(2.0, 3_000.0);
            drawing.set(cache, Parameter::TimeToLive, seconds);
            let mode = drawing.any(&[
                Choice::CacheAside,
                Choice::WriteThrough,
                Choice::WriteBehind,
            ]);
            drawing.choose(cache, Parameter::WriteMode, mode);
            links.push(drawing.link(program, cache));
        }
        links.push(self::store(drawing, program, store));
    }
    if depth < 2 && drawing.random.chance(0.35) {
        let caller = if drawing.random.chance(0.5) {
            let balancer = drawing.part(Kind::LoadBalancer);
            balance(drawing, balancer);
            machine(drawing, balancer);
            links.push(drawing.link(program, balancer));
            balancer
        } else {
            program
        };
        let called = self::program(drawing, depth + 1);
        let link = drawing.link(caller, called);
        if caller == program {
            links.push(link);
        }
    }
    if drawing.random.chance(0.12) {
        let remote = drawing.part(Kind::ThirdPartyApi);
        let time = drawing.magnitude(5.0, 300.0);
        drawing.set(remote, Parameter::ResponseTime, time);
        let variability = drawing.any(&VARIABILITIES);
        drawing.set(remote, Parameter::ResponseVariability, variability);
        links.push(drawing.link(program, remote));
    }
    if depth == 0 && drawing.random.chance(0.2) {
        links.push(messages(drawing, program));
    }
    links
}

fn store(drawing: &mut Drawing, program: ComponentId, kind: Kind) -> LinkId {
    let store = drawing.part(kind);
    machine(drawing, store);
    match kind {
        Kind::SqlPrimary => {
            if drawing.random.chance(0.2) {
                let replica = drawing.part(Kind::ReadReplica);
                machine(drawing, replica);
                let instances = drawing.whole(1, 3);
                drawing.set(replica, Parameter::Instances, instances);
                drawing.link(store, replica);
                drawing.link(program, replica);
                let mode =
                    drawing.any(&[Choice::Asynchronous, Choice::Synchronous, Choice::Quorum]);
                drawing.choose(store, Parameter::Replication, mode);
            }
            let scans = drawing.any(&[0.0, 0.0, 0.01, 0.05]);
            drawing.set(store, Parameter::UnindexedShare, scans);
            drawing.set(store, Parameter::ScanTime, 5.0);
        }
        Kind::ShardedDatabase => {
            let shards = drawing.whole(2, 6);
            drawing.set(store, Parameter::Shards, shards);
            let across = drawing.any(&[0.0, 0.05, 0.3]);
            drawing.set(store, Parameter::CrossShardShare, across);
            let scheme = drawing.any(&[Choice::ByHash, Choice::ByRange]);
            drawing.choose(store, Parameter::ShardingScheme, scheme);
        }
        Kind::KeyValueStore => {
            let nodes = drawing.whole(3, 6);
            drawing.set(store, Parameter::Instances, nodes);
            let (reads, writes) = (drawing.whole(1, 3), drawing.whole(1, 3));
            drawing.set(store, Parameter::ReadQuorum, reads);
            drawing.set(store, Parameter::WriteQuorum, writes);
        }
        Kind::ObjectStorage => {
            let time = drawing.magnitude(5.0, 150.0);
            drawing.set(store, Parameter::FirstByteTime, time);
        }
        _ => {}
    }
    drawing.link(program, store)
}

/// A queue or topic with its workers.
fn messages(drawing: &mut Drawing, program: ComponentId) -> LinkId {
    let kind = drawing.any(&[Kind::Queue, Kind::Queue, Kind::Topic]);
    let messages = drawing.part(kind);
    if drawing.random.chance(0.3) {
        let depth = drawing.magnitude(10.0, 1_000.0);
        drawing.set(messages, Parameter::DepthLimit, depth);
    }
    let takers = if kind == Kind::Topic { 2 } else { 1 };
    for _ in 0..takers {
        let worker = drawing.part(Kind::Worker);
        machine(drawing, worker);
        let instances = drawing.whole(1, 4);
        drawing.set(worker, Parameter::Instances, instances);
        drawing.link(messages, worker);
        if drawing.random.chance(0.4) {
            store(drawing, worker, Kind::SqlPrimary);
        }
    }
    drawing.link(program, messages)
}

/// Plans of its own for some classes: calls at once, several times, perhaps, unwatched, or tried again.
fn plans(drawing: &mut Drawing, program: ComponentId, links: &[LinkId]) {
    if links.is_empty() || !drawing.random.chance(0.3) {
        return;
    }
    let classes: Vec<ClassId> = drawing.scenario.classes.iter().map(|one| one.id).collect();
    for class in classes {
        if !drawing.random.chance(0.6) {
            continue;
        }
        let calls: Vec<Call> = links
            .iter()
            .map(|link| {
                let mut call = Call::once(*link);
                match drawing.random.below(8) {
                    0 => call.count = drawing.any(&[2.0, 3.0, 1.5, 0.5]),
                    1 => call.probability = drawing.between(0.2, 0.9),
                    2 => call.mode = CallMode::FireAndForget,
                    3 | 4 => {
                        let retries = drawing.whole(1, 3) as u32;
                        call.retry = Some(Retry::new(retries, drawing.magnitude(0.001, 0.2)));
                        // The level is set by how long the call takes.
                        call.timeout_seconds = drawing.random.chance(0.5).then_some(1e3);
                    }
                    _ => {}
                }
                call
            })
            .collect();
        let at_once = drawing.random.chance(0.4);
        let steps = if at_once {
            vec![calls]
        } else {
            calls.into_iter().map(|call| vec![call]).collect()
        };
        drawing.plan(program, class, steps);
    }
}

/// One to four stations of the theory books, one behind the other.
fn stations(drawing: &mut Drawing, clients: ComponentId) {
    let mut caller = clients;
    for _ in 0..drawing.whole(1, 4) as usize {
        let station = drawing.part(Kind::Station);
        drawing.link(caller, station);
        let servers = drawing.any(&[1.0, 1.0, 2.0, 4.0, 8.0]);
        drawing.set(station, Parameter::Servers, servers);
        let shape = drawing.any(&[
            Choice::Exponential,
            Choice::Exponential,
            Choice::Deterministic,
            Choice::Erlang,
            Choice::HyperExponential,
            Choice::Gamma,
            Choice::LogNormal,
        ]);
        drawing.choose(station, Parameter::ServiceDistribution, shape);
        let variability = match shape {
            Choice::Erlang => drawing.any(&[0.2, 0.5]),
            Choice::HyperExponential => drawing.any(&[2.0, 4.0]),
            _ => drawing.any(&[0.3, 2.0, 4.0]),
        };
        drawing.set(station, Parameter::ServiceVariability, variability);
        let discipline = drawing.any(&[
            Choice::FirstComeFirstServed,
            Choice::FirstComeFirstServed,
            Choice::ProcessorSharing,
            Choice::Priority,
            Choice::PreemptivePriority,
            Choice::Infinite,
        ]);
        drawing.choose(station, Parameter::Discipline, discipline);
        if drawing.random.chance(0.15) {
            let room = servers + drawing.whole(0, 20);
            drawing.set(station, Parameter::Capacity, room);
        }
        caller = station;
    }
}
