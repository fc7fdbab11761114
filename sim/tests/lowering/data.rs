//! Data stores: what a read and a write cost where, what is held, who acknowledges, where keys lie.

use crate::support::*;
use loadscape_sim::catalog::{Choice, Kind, Parameter};
use loadscape_sim::network::{Discipline, Dispatch, Remark, Role, Step};
use loadscape_sim::scenario::{ClassId, ComponentId};

fn served_by(kind: Kind) -> (Drawing, ComponentId, ComponentId) {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let store = drawing.below(service, kind);
    (drawing, service, store)
}

#[test]
fn a_service_holds_a_thread_and_the_database_a_connection_for_as_long_as_the_query_takes() {
    let (drawing, service, database) = served_by(Kind::SqlPrimary);
    let route = drawing.compile();
    assert!(route.is_held_during(service, database));
    assert!(
        route.is_held_during(database, database),
        "a connection is held while cores and disk work"
    );
    let visits = route.visits(READ, 1.0);
    close(route.at(&visits, service, Role::Threads), 1.0);
    close(route.at(&visits, database, Role::Connections), 1.0);
}

#[test]
fn a_read_costs_its_index_its_scans_and_its_joins() {
    let (mut drawing, _, database) = served_by(Kind::SqlPrimary);
    drawing.number(database, Parameter::ReadTime, 1.0);
    drawing.number(database, Parameter::UnindexedShare, 0.1);
    drawing.number(database, Parameter::ScanTime, 50.0);
    drawing.number(database, Parameter::JoinsPerRead, 3.0);
    drawing.number(database, Parameter::JoinTime, 2.0);
    let work = |drawing: &Drawing| {
        let route = drawing.compile();
        route.work(&route.visits(READ, 1.0), database, Role::Cores)
    };
    close(work(&drawing), 0.9 * 0.001 + 0.1 * 0.050 + 3.0 * 0.002);
    drawing.flag(database, Parameter::Denormalised);
    close(work(&drawing), 0.9 * 0.001 + 0.1 * 0.050);
    drawing.number(database, Parameter::CoreSpeed, 2.0);
    close(work(&drawing), 0.5 * (0.9 * 0.001 + 0.1 * 0.050));
}

#[test]
fn a_write_costs_its_indexes_and_its_copies_and_is_committed_to_disk() {
    let (mut drawing, _, database) = served_by(Kind::SqlPrimary);
    drawing.number(database, Parameter::WriteTime, 1.0);
    drawing.number(database, Parameter::Indexes, 4.0);
    drawing.number(database, Parameter::IndexOverhead, 0.5);
    drawing.number(database, Parameter::CopiesPerWrite, 2.0);
    drawing.number(database, Parameter::CommitTime, 3.0);
    let route = drawing.compile();
    let visits = route.visits(WRITE, 1.0);
    close(route.work(&visits, database, Role::Cores), 0.003);
    close(route.work(&visits, database, Role::Disk), 0.003);
    close(
        route.work(&route.visits(READ, 1.0), database, Role::Disk),
        0.0,
    );
    drawing.flag(database, Parameter::Denormalised);
    let route = drawing.compile();
    close(
        route.work(&route.visits(WRITE, 1.0), database, Role::Cores),
        0.009,
    );
}

#[test]
fn rows_that_are_not_in_memory_are_read_from_disk() {
    let (mut drawing, _, database) = served_by(Kind::SqlPrimary);
    drawing.number(database, Parameter::RowsPerRead, 5.0);
    drawing.number(database, Parameter::DiskReadTime, 0.2);
    drawing.number(database, Parameter::Memory, 2.0);
    drawing.number(database, Parameter::RowSize, 300.0);
    let route = drawing.compile();
    close(
        route.work(&route.visits(READ, 0.9), database, Role::Disk),
        5.0 * 0.1 * 0.0002,
    );
    let pages = &route.compiled.network.stores[0];
    assert_eq!(pages.capacity_bytes, 2e9);
    let keys = pages.keys[READ].expect("reads touch rows");
    assert_eq!(
        (keys.keys, keys.item_bytes, keys.zipf_exponent),
        (100_000.0, 300.0, 0.9)
    );
}

#[test]
fn writes_never_reach_replicas_as_queries() {
    let (mut drawing, service, primary) = served_by(Kind::SqlPrimary);
    let replicas = drawing.below(service, Kind::ReadReplica);
    let replication = drawing.link(primary, replicas);
    drawing.number(replicas, Parameter::Instances, 3.0);
    let route = drawing.compile();
    let (read, write) = (route.visits(READ, 1.0), route.visits(WRITE, 1.0));
    close(route.arrivals(&read, replicas), 1.0);
    close(route.arrivals(&read, primary), 0.0);
    close(route.arrivals(&write, primary), 1.0);
    close(route.arrivals(&write, replicas), 0.0);
    close(route.along(&write, 3), 0.0);
    // But every instance applies every write, and nobody waits for it.
    close(route.at(&write, replicas, Role::Cores), 3.0);
    close(route.awaited(&write, replicas, Role::Cores), 0.0);
    close(route.along(&write, replication.0), 3.0);
    assert!(route.compiled.asynchronous_links[replication.0 as usize - 1]);
    assert_eq!(
        route
            .compiled
            .asynchronous_links
            .iter()
            .filter(|asynchronous| **asynchronous)
            .count(),
        1
    );
}

#[test]
fn a_write_that_finds_only_replicas_fails_and_says_so() {
    let (drawing, _, _) = served_by(Kind::ReadReplica);
    let route = drawing.compile();
    close(route.dead_ends(&route.visits(WRITE, 1.0)), 1.0);
    close(route.dead_ends(&route.visits(READ, 1.0)), 0.0);
    assert!(
        route
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::NoPrimary && note.class == Some(ClassId(2)))
    );
}

#[test]
fn synchronous_replication_waits_for_every_replica_and_quorum_for_a_majority() {
    let needed = |mode: Choice, replicas: f64| {
        let (mut drawing, service, primary) = served_by(Kind::SqlPrimary);
        drawing.choose(primary, Parameter::Replication, mode);
        let replica = drawing.below(service, Kind::ReadReplica);
        drawing.number(replica, Parameter::Instances, replicas);
        drawing.number(replica, Parameter::ReplayShare, 1.0);
        drawing.link(primary, replica);
        let route = drawing.compile();
        let visits = route.visits(WRITE, 1.0);
        close(route.at(&visits, replica, Role::Cores), replicas);
        close(
            route.work(&visits, replica, Role::Cores),
            replicas * route.work(&visits, primary, Role::Cores),
        );
        assert!(route.is_held_during(primary, replica));
        let steps = route.compiled.network.steps.iter();
        steps
            .filter_map(|step| match step {
                Step::Parallel(calls) => Some((calls.len(), calls.len())),
                Step::Quorum { needed, calls } => Some((*needed as usize, calls.len())),
                _ => None,
            })
            .next_back()
            .expect("acknowledgements are awaited")
    };
    assert_eq!(needed(Choice::Synchronous, 4.0), (4, 4));
    assert_eq!(
        needed(Choice::Quorum, 4.0),
        (2, 4),
        "with the primary 3 of 5"
    );
    assert_eq!(
        needed(Choice::Quorum, 5.0),
        (3, 5),
        "with the primary 4 of 6"
    );
}

#[test]
fn shards_divide_keys_and_a_hot_key_stays_hot() {
    let hottest = |shards: f64, exponent: f64, scheme: Choice| {
        let (mut drawing, _, database) = served_by(Kind::ShardedDatabase);
        drawing.number(database, Parameter::Shards, shards);
        drawing.number(database, Parameter::CrossShardShare, 0.0);
        drawing.choose(database, Parameter::ShardingScheme, scheme);
        drawing
            .scenario
            .classes
            .iter_mut()
            .for_each(|class| class.zipf_exponent = exponent);
        let route = drawing.compile();
        match &route.station(database, Role::Cores).dispatch {
            Dispatch::Shares(shares) => shares.iter().copied().fold(0.0, f64::max),
            other => panic!("{other:?}"),
        }
    };
    assert!(hottest(8.0, 0.0, Choice::ByHash) < 0.126);
    // Σ k^-1.2 over 100,000 keys is 5.0916: the first key alone is 0.196 of everything.
    for shards in [8.0, 64.0, 512.0] {
        assert!(hottest(shards, 1.2, Choice::ByHash) > 0.196, "{shards}");
    }
    assert!(hottest(8.0, 0.9, Choice::ByRange) > 2.0 * hottest(8.0, 0.9, Choice::ByHash));
}

#[test]
fn cross_shard_reads_ask_every_shard_and_writes_one() {
    let (mut drawing, _, database) = served_by(Kind::ShardedDatabase);
    drawing.number(database, Parameter::Shards, 5.0);
    drawing.number(database, Parameter::CrossShardShare, 0.3);
    drawing
        .scenario
        .classes
        .retain(|class| class.id != ClassId(3) && class.id != ClassId(4));
    drawing
        .scenario
        .classes
        .iter_mut()
        .for_each(|class| class.zipf_exponent = 1.5);
    let route = drawing.compile();
    close(
        route.at(&route.visits(READ, 1.0), database, Role::Connections),
        0.7 + 0.3 * 5.0,
    );
    close(
        route.at(&route.visits(WRITE, 1.0), database, Role::Connections),
        1.0,
    );
    close(route.arrivals(&route.visits(READ, 1.0), database), 1.0);
    // Reads and writes are equally many: 0.85 single queries and 0.15 × 5 that reach every shard alike.
    let Dispatch::Shares(shares) = &route.station(database, Role::Connections).dispatch else {
        panic!()
    };
    let mut single = drawing;
    single.number(database, Parameter::CrossShardShare, 0.0);
    let single = single.compile();
    let Dispatch::Shares(by_key) = &single.station(database, Role::Connections).dispatch else {
        panic!()
    };
    for (share, by_key) in shares.iter().zip(by_key) {
        close(*share, (0.85 * by_key + 0.15) / (0.85 + 0.15 * 5.0));
    }
}

#[test]
fn a_federation_sends_each_class_to_its_own_database() {
    let (mut drawing, _, federation) = served_by(Kind::FederatedDatabase);
    drawing.number(federation, Parameter::Databases, 4.0);
    drawing.number(federation, Parameter::CrossDatabaseShare, 0.2);
    let route = drawing.compile();
    let connections: Vec<usize> = route
        .compiled
        .network
        .stations
        .iter()
        .enumerate()
        .filter(|(_, station)| station.component == federation && station.role == Role::Connections)
        .map(|(index, _)| index)
        .collect();
    assert_eq!(connections.len(), 4);
    let at = |class: usize, database: usize| {
        let visits = route.visits(class, 1.0);
        route.holds_of(&visits, connections[database])
    };
    for class in [READ, WRITE, STATIC, ASYNCHRONOUS] {
        close(at(class, class), 1.0);
    }
    close(at(READ, 1), 0.2);
    close(at(WRITE, 2), 0.0);
}

impl Route {
    fn holds_of(&self, visits: &Visits, station: usize) -> f64 {
        let mut lonely = Route {
            compiled: self.compiled.clone(),
        };
        for (index, other) in lonely.compiled.network.stations.iter_mut().enumerate() {
            other.component = ComponentId(u32::from(index == station));
        }
        let role = lonely.compiled.network.stations[station].role;
        lonely.at(visits, ComponentId(1), role)
    }
}

#[test]
fn a_key_value_store_works_on_every_copy_and_waits_for_its_quorum() {
    let (mut drawing, _, store) = served_by(Kind::KeyValueStore);
    drawing.number(store, Parameter::Instances, 6.0);
    let route = drawing.compile();
    close(route.at(&route.visits(READ, 1.0), store, Role::Cores), 2.0);
    close(route.at(&route.visits(WRITE, 1.0), store, Role::Cores), 3.0);
    let quorum = route
        .compiled
        .network
        .steps
        .iter()
        .find_map(|step| match step {
            Step::Quorum { needed, calls } => Some((*needed, calls.len())),
            _ => None,
        });
    assert_eq!(quorum, Some((2, 3)));
    drawing.number(store, Parameter::Instances, 1.0);
    let route = drawing.compile();
    close(route.at(&route.visits(WRITE, 1.0), store, Role::Cores), 1.0);
}

#[test]
fn cache_aside_reads_the_store_on_a_miss_only_and_fills_the_cache() {
    let (mut drawing, service, database) = served_by(Kind::SqlPrimary);
    let cache = drawing.below(service, Kind::Cache);
    let route = drawing.compile();
    let read = route.visits(READ, 0.8);
    close(route.arrivals(&read, cache), 1.0 + 0.2);
    close(route.arrivals(&read, database), 0.2);
    let write = route.visits(WRITE, 0.8);
    close(route.arrivals(&write, database), 1.0);
    close(route.arrivals(&write, cache), 1.0);
    let store = route
        .compiled
        .network
        .stores
        .iter()
        .find(|store| store.component == cache)
        .expect("it holds keys");
    let keys = store.keys[READ].expect("reads look keys up");
    close(keys.invalidations_per_lookup, 1.0);
    assert_eq!(keys.item_bytes, 10_000.0);
    assert!(store.keys[WRITE].is_none());
}

#[test]
fn write_through_waits_for_both_and_write_behind_for_the_cache_alone() {
    for (mode, awaited) in [(Choice::WriteThrough, 1.0), (Choice::WriteBehind, 0.0)] {
        let (mut drawing, service, database) = served_by(Kind::SqlPrimary);
        let cache = drawing.below(service, Kind::Cache);
        drawing.choose(cache, Parameter::WriteMode, mode);
        let route = drawing.compile();
        let write = route.visits(WRITE, 0.8);
        close(route.arrivals(&write, cache), 1.0);
        close(route.at(&write, database, Role::Connections), 1.0);
        close(route.awaited(&write, database, Role::Connections), awaited);
        let store = route
            .compiled
            .network
            .stores
            .iter()
            .find(|store| store.component == cache)
            .expect("it holds keys");
        let keys = store.keys[READ].expect("reads look keys up");
        close(keys.invalidations_per_lookup, 0.0);
        close(keys.refreshes_per_lookup, 1.0);
    }
}

#[test]
fn writes_elsewhere_leave_the_cache_alone() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let gateway = drawing.below(clients, Kind::ApiGateway);
    let reads = drawing.below(gateway, Kind::Service);
    drawing.last_link().classes = vec![ClassId(1), ClassId(3)];
    let writes = drawing.below(gateway, Kind::Service);
    drawing.last_link().classes = vec![ClassId(2), ClassId(4)];
    let cache = drawing.below(reads, Kind::Cache);
    let database = drawing.below(reads, Kind::SqlPrimary);
    drawing.link(writes, database);
    let route = drawing.compile();
    let store = route
        .compiled
        .network
        .stores
        .iter()
        .find(|store| store.component == cache)
        .expect("it holds keys");
    close(
        store.keys[READ]
            .expect("reads look keys up")
            .invalidations_per_lookup,
        0.0,
    );
}

#[test]
fn object_storage_is_slow_to_the_first_byte_and_limited_by_prefix() {
    let (mut drawing, _, objects) = served_by(Kind::ObjectStorage);
    drawing.number(objects, Parameter::Prefixes, 3.0);
    drawing.number(objects, Parameter::TransferSpeed, 10.0);
    drawing.scenario.classes[STATIC].response_bytes = 5e6;
    let route = drawing.compile();
    let delay = route
        .compiled
        .network
        .steps
        .iter()
        .find_map(|step| match step {
            Step::Delay { component, time } if *component == objects => Some(time.mean()),
            _ => None,
        });
    // Reads and files share the store; the first class lowered is the read of 10 kB.
    close(delay.expect("it takes time"), 0.150 + 10_000.0 / 10e6);
    let limits: Vec<f64> = route
        .compiled
        .network
        .stations
        .iter()
        .filter(|station| station.component == objects)
        .filter_map(|station| match station.discipline {
            Discipline::TokenBucket { rate, .. } => Some(rate.0),
            _ => None,
        })
        .collect();
    assert_eq!(limits, [16_500.0, 10_500.0]);
}

#[test]
fn the_roles_of_a_single_box_compete_for_the_same_cores_memory_and_disk() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let machine = drawing.below(clients, Kind::SingleBox);
    drawing.number(machine, Parameter::Memory, 8.0);
    drawing.number(machine, Parameter::Threads, 100.0);
    drawing.number(machine, Parameter::ThreadMemory, 30.0);
    let route = drawing.compile();
    for class in [READ, WRITE, STATIC, ASYNCHRONOUS] {
        let visits = route.visits(class, 0.5);
        close(route.at(&visits, machine, Role::Threads), 1.0);
        close(route.at(&visits, machine, Role::Cores), 1.0);
        assert!(route.at(&visits, machine, Role::Disk) >= 0.5);
    }
    close(
        route.work(&route.visits(READ, 1.0), machine, Role::Cores),
        0.0202,
    );
    close(
        route.work(&route.visits(WRITE, 1.0), machine, Role::Cores),
        0.0204,
    );
    close(
        route.work(&route.visits(STATIC, 1.0), machine, Role::Cores),
        0.025e-3,
    );
    assert_eq!(route.compiled.network.stores.len(), 1);
    close(
        route.compiled.network.stores[0].capacity_bytes,
        8e9 - 100.0 * 30e6,
    );
    drawing.number(machine, Parameter::Threads, 10_000.0);
    assert_eq!(
        drawing.compile().compiled.network.stores[0].capacity_bytes,
        64e6
    );
}

/// Clients, a balancer that picks so, three services with a cache each, or one for all, and a database.
fn remembered(policy: Choice, is_one_for_all: bool) -> (Drawing, ComponentId) {
    let mut drawing = Drawing::new();
    drawing.scenario.classes.truncate(1);
    let class = &mut drawing.scenario.classes[0];
    (class.keys, class.zipf_exponent, class.response_bytes) = (100_000.0, 0.6, 4_000.0);
    let clients = drawing.add(Kind::Clients);
    let balancer = drawing.below(clients, Kind::LoadBalancer);
    drawing.choose(balancer, Parameter::BalancingPolicy, policy);
    let database = drawing.add(Kind::SqlPrimary);
    let mut caches: Vec<ComponentId> = Vec::new();
    for _ in 0..3 {
        let service = drawing.below(balancer, Kind::Service);
        match caches.first() {
            Some(first) if is_one_for_all => drop(drawing.link(service, *first)),
            _ => {
                let cache = drawing.below(service, Kind::Cache);
                drawing.number(cache, Parameter::CacheSize, 0.1);
                drawing.number(cache, Parameter::TimeToLive, 31_536_000.0);
                caches.push(cache);
            }
        }
        drawing.link(service, database);
    }
    (drawing, caches[0])
}

/// The hit ratio of a least-recently-used cache of so many places under these weights, by its characteristic time: t with
/// sum of (1 - exp(-w t)) = places (Che, Tung & Wang 2002, equation 3).
fn characteristic(weights: &[f64], places: f64) -> f64 {
    let held = |time: f64| -> f64 { weights.iter().map(|w| 1.0 - (-w * time).exp()).sum() };
    let (mut low, mut high) = (0.0, 1e12);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if held(middle) < places {
            low = middle;
        } else {
            high = middle;
        }
    }
    let hits: f64 = (weights.iter()).map(|w| w * (1.0 - (-w * low).exp())).sum();
    hits / weights.iter().sum::<f64>()
}

#[test]
fn what_lies_behind_one_target_of_a_hash_meets_only_that_targets_keys() {
    let keys = |(drawing, cache): &(Drawing, ComponentId)| {
        let compiled = drawing.compile().compiled;
        let said = (compiled.notes.iter()).any(|note| note.about == Remark::KeysAreDivided);
        let mut stores = compiled.network.stores.iter();
        let store = stores.find(|store| store.component == *cache);
        (store.expect("a store").keys[READ].expect("keys").keys, said)
    };
    let hashed = remembered(Choice::ConsistentHash, false);
    let (third, said) = keys(&hashed);
    close(third, 100_000.0 / 3.0);
    assert!(said);
    for every_key in [
        remembered(Choice::RoundRobin, false),
        remembered(Choice::ConsistentHash, true),
    ] {
        assert_eq!(keys(&every_key), (100_000.0, false));
    }
    // A third of the keys as a hash would draw it, each with the weight that it has among all.
    let weights: Vec<f64> = (1..=100_000_u64)
        .filter(|key| key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33 < (1 << 31) / 3)
        .map(|key| (key as f64).powf(-0.6))
        .collect();
    let expected = characteristic(&weights, 0.1e9 / 4_000.0);
    let report = loadscape_sim::analysis::analyse(&hashed.0.scenario).report;
    let found = report
        .components
        .iter()
        .find(|part| part.component == hashed.1);
    let hit_ratio = found
        .expect("it is there")
        .hit_ratio
        .expect("it holds keys");
    assert!(
        (hit_ratio - expected).abs() < 0.005,
        "{hit_ratio}, {expected}"
    );
}
