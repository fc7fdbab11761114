//! Queues, topics, workers, functions, third parties and theory stations.

use crate::support::*;
use loadscape_sim::catalog::{Choice, Kind, Parameter};
use loadscape_sim::network::{
    Discipline, Dispatch, Expiry, Instances, Remark, Role, ScalingPace, ScalingPolicy, Step,
};
use loadscape_sim::units::Seconds;

#[test]
fn a_queue_cuts_the_caller_loose_from_its_workers() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let database = drawing.below(service, Kind::SqlPrimary);
    let queue = drawing.below(service, Kind::Queue);
    let worker = drawing.below(queue, Kind::Worker);
    let mail = drawing.below(worker, Kind::ThirdPartyApi);
    drawing.number(worker, Parameter::Instances, 4.0);
    drawing.number(queue, Parameter::DepthLimit, 1000.0);
    let route = drawing.compile();
    let order = route.visits(ASYNCHRONOUS, 1.0);
    close(route.arrivals(&order, queue), 1.0);
    close(route.arrivals(&order, worker), 1.0);
    close(route.arrivals(&order, mail), 1.0);
    close(route.arrivals(&order, database), 0.0);
    close(route.awaited(&order, worker, Role::Threads), 0.0);
    assert!(!route.is_held_during(service, worker));
    assert!(!route.is_held_during(service, mail));
    assert!(route.is_held_during(service, queue), "the send is awaited");
    assert!(route.is_held_during(worker, mail));
    // Other classes don't publish.
    close(route.arrivals(&route.visits(WRITE, 1.0), queue), 0.0);
    close(route.arrivals(&route.visits(WRITE, 1.0), database), 1.0);
    let slots = route.station(worker, Role::Threads);
    assert_eq!(slots.waits_at, Some(queue));
    assert_eq!(slots.dispatch, Dispatch::Central);
    assert_eq!(
        slots.capacity,
        Some(16 + 250),
        "the depth is shared by four instances"
    );
    assert_eq!(
        route.compiled.asynchronous_links,
        [false, false, false, true, true]
    );
}

#[test]
fn without_a_queue_the_same_work_stays_in_the_request() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let mail = drawing.below(service, Kind::ThirdPartyApi);
    let route = drawing.compile();
    assert!(route.is_held_during(service, mail));
    close(route.arrivals(&route.visits(ASYNCHRONOUS, 1.0), mail), 1.0);
}

#[test]
fn workers_compete_for_a_queue_and_all_hear_a_topic() {
    for (kind, shares) in [(Kind::Queue, [0.75, 0.25]), (Kind::Topic, [1.0, 1.0])] {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        let service = drawing.below(clients, Kind::Service);
        let messages = drawing.below(service, kind);
        let workers = [
            drawing.below(messages, Kind::Worker),
            drawing.below(messages, Kind::Worker),
        ];
        drawing.number(workers[0], Parameter::Instances, 3.0);
        let route = drawing.compile();
        let visits = route.visits(ASYNCHRONOUS, 1.0);
        for (worker, share) in workers.into_iter().zip(shares) {
            close(route.arrivals(&visits, worker), share);
            close(route.awaited(&visits, worker, Role::Threads), 0.0);
        }
    }
}

#[test]
fn a_queue_without_workers_is_noted() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.below(service, Kind::Queue);
    let route = drawing.compile();
    assert!(
        route
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::NoWorkers)
    );
}

#[test]
fn a_function_refuses_at_its_limit_and_starts_cold_after_a_pause() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let function = drawing.below(clients, Kind::Function);
    drawing.number(function, Parameter::ConcurrencyLimit, 50.0);
    let route = drawing.compile();
    let executions = route.station(function, Role::Threads);
    assert_eq!((executions.servers, executions.capacity), (50, Some(50)));
    let environments = &route.compiled.network.stores[0];
    assert!(matches!(environments.expiry, Expiry::AfterLastUse(time) if time.0 == 600.0));
    assert!(environments.keys_are_shared);
    assert!(
        route.is_held_during(function, function),
        "executions take a slot for as long as they run"
    );
}

#[test]
fn a_function_behind_a_queue_lets_messages_wait() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let queue = drawing.below(service, Kind::Queue);
    let function = drawing.below(queue, Kind::Function);
    let route = drawing.compile();
    let executions = route.station(function, Role::Threads);
    assert_eq!(
        (executions.capacity, executions.waits_at),
        (None, Some(queue))
    );
}

#[test]
fn a_third_party_limits_fails_and_takes_its_time() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let mail = drawing.below(service, Kind::ThirdPartyApi);
    drawing.number(mail, Parameter::RateLimit, 80.0);
    drawing.number(mail, Parameter::ErrorShare, 0.02);
    let route = drawing.compile();
    let limit = route.station(mail, Role::RateLimit);
    assert!(matches!(limit.discipline, Discipline::TokenBucket { rate, .. } if rate.0 == 80.0));
    let steps = &route.compiled.network.steps;
    assert!(steps.iter().any(
        |step| matches!(step, Step::Fail { component, probability: 0.02 } if *component == mail)
    ));
    assert!(steps.iter().any(|step| matches!(step, Step::Delay { component, time } if *component == mail && time.mean() == 0.2)));
    assert!(
        route.compiled.network.dead_ends.is_empty(),
        "an error is no missing route"
    );
}

#[test]
fn the_clients_way_is_part_of_a_third_partys_response_time() {
    let way = |kind| {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        drawing.below(clients, kind);
        let route = drawing.compile();
        let steps = route.compiled.network.steps.iter();
        let ways = steps.filter_map(|step| match step {
            Step::Hop { round_trip, .. } => Some(round_trip.0),
            _ => None,
        });
        ways.fold(0.0, f64::max)
    };
    close(way(Kind::Service), 0.04);
    close(way(Kind::ThirdPartyApi), 0.0);
}

#[test]
fn autoscaled_machines_are_a_range_and_fixed_ones_a_number() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let balancer = drawing.below(clients, Kind::LoadBalancer);
    let service = drawing.below(balancer, Kind::Service);
    drawing.number(service, Parameter::Instances, 7.0);
    assert_eq!(
        drawing.compile().station(service, Role::Cores).instances,
        Instances::Fixed(7)
    );
    drawing.flag(service, Parameter::Autoscaling);
    drawing.number(service, Parameter::MaximumInstances, 12.0);
    let route = drawing.compile();
    for role in [Role::Cores, Role::Threads] {
        assert_eq!(
            route.station(service, role).instances,
            Instances::Scaled {
                minimum: 2,
                maximum: 12,
                policy: ScalingPolicy::TargetTracking { utilisation: 0.6 },
                pace: ScalingPace {
                    boot: Seconds(26.0),
                    window: Seconds(180.0),
                    cooldown: Seconds(300.0),
                },
            }
        );
    }
}

#[test]
fn any_station_of_the_books_can_be_drawn() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    drawing.number(clients, Parameter::ClientRoundTrip, 0.0);
    let station = drawing.below(clients, Kind::Station);
    drawing.number(station, Parameter::Servers, 8.0);
    drawing.number(station, Parameter::Capacity, 20.0);
    drawing.choose(
        station,
        Parameter::ServiceDistribution,
        Choice::HyperExponential,
    );
    drawing.number(station, Parameter::ServiceVariability, 4.0);
    drawing.choose(station, Parameter::Discipline, Choice::Priority);
    let next = drawing.below(station, Kind::Station);
    let route = drawing.compile();
    let drawn = route.station(station, Role::Servers);
    assert_eq!(
        (drawn.servers, drawn.capacity, drawn.discipline),
        (8, Some(20), Discipline::Priority)
    );
    let visits = route.visits(READ, 1.0);
    close(route.work(&visits, station, Role::Servers), 0.010);
    close(route.arrivals(&visits, next), 1.0);
    close(route.round_trip(1), 0.0);
    close(route.round_trip(2), 0.0);
    let law = route
        .compiled
        .network
        .steps
        .iter()
        .find_map(|step| match step {
            Step::Serve { time, .. } => Some(time.scv()),
            _ => None,
        });
    assert_eq!(law, Some(4.0));
}
