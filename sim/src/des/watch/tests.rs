//! How instances are watched, step by step. What comes of it for requests stands in `tests/events/balancing.rs`.

use super::*;
use crate::catalog::{Choice, Kind, Parameter, Value};
use crate::des::{Settings, Simulation};
use crate::network::compile;
use crate::scenario::{Component, ComponentFault, Fault, Incident, Link, LinkId, Point, Scenario};
use crate::units::Seconds;

/// Clients, a balancer with these parameters, and a service with those; a request keeps a machine of four for ten milliseconds.
fn drawing(balancer: &[(Parameter, Value)], service: &[(Parameter, Value)]) -> Scenario {
    let at = Point { x: 0.0, y: 0.0 };
    let mut scenario = Scenario::default();
    let kinds = [Kind::Clients, Kind::LoadBalancer, Kind::Service];
    for (index, kind) in kinds.into_iter().enumerate() {
        let id = ComponentId(index as u32 + 1);
        scenario
            .components
            .push(Component::new(id, kind, kind.name(), at));
    }
    let number = |number| Value::Number(number);
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, number(100.0));
    scenario.components[1]
        .parameters
        .extend(balancer.iter().copied());
    scenario.components[2].parameters.extend([
        (Parameter::Instances, number(4.0)),
        (Parameter::ServiceTime, number(10.0)),
    ]);
    scenario.components[2]
        .parameters
        .extend(service.iter().copied());
    for from in 1..=2 {
        let (from, to) = (ComponentId(from), ComponentId(from + 1));
        scenario.links.push(Link::new(LinkId(from.0), from, to));
    }
    scenario
}

fn start(scenario: &Scenario) -> Simulation {
    Simulation::new(&compile(scenario), &Settings::default())
}

fn health(policy: Choice) -> Vec<(Parameter, Value)> {
    vec![
        (Parameter::BalancingPolicy, Value::Choice(policy)),
        (Parameter::HealthChecks, Value::Flag(true)),
        (Parameter::HealthInterval, Value::Number(5.0)),
        (Parameter::UnhealthyAfter, Value::Number(2.0)),
        (Parameter::HealthyAfter, Value::Number(3.0)),
        (Parameter::SlowStart, Value::Number(20.0)),
    ]
}

fn run(simulation: &mut Simulation, seconds: f64) {
    assert!(simulation.run_until(seconds, u64::MAX));
    let violations = simulation.violations();
    assert!(violations.is_empty(), "{violations:?}");
}

/// The share of the service's requests that an instance would get at this moment.
fn share(simulation: &Simulation, instance: u32) -> f64 {
    let mut engine = simulation.engine.clone();
    let place = engine.watchers.all[0].station;
    let draws = 40_000;
    let hits = (0..draws).filter(|key| engine.choose_watched(place, (0, *key)) == instance);
    hits.count() as f64 / f64::from(draws)
}

#[test]
fn a_machine_that_is_back_gets_its_share_in_proportion_to_the_time() {
    for policy in [Choice::RoundRobin, Choice::Random] {
        let mut scenario = drawing(&health(policy), &[]);
        // Away from 12 to 62: missed at 15 and 20, answered at 65, 70 and 75.
        scenario.faults = vec![Fault {
            start_seconds: 12.0,
            duration_seconds: Some(50.0),
            incident: Incident::Component {
                id: ComponentId(3),
                what: ComponentFault::Kill { instances: Some(1) },
            },
        }];
        let mut simulation = start(&scenario);
        for (time, weight) in [
            (19.9, 1.0),
            (20.1, 0.0),
            (74.9, 0.0),
            (75.001, 0.1),
            (76.0, 0.1),
            (80.0, 0.25),
            (85.0, 0.5),
            (90.0, 0.75),
            (95.0, 1.0),
            (200.0, 1.0),
        ] {
            run(&mut simulation, time);
            let (share, exact) = (share(&simulation, 0), weight / (3.0 + weight));
            assert!((share - exact).abs() < 0.01, "{policy:?} {time}: {share}");
        }
    }
}

#[test]
fn instances_that_an_autoscaler_adds_start_slowly_and_those_there_from_the_start_dont() {
    let balancer = [
        (Parameter::SlowStart, Value::Number(40.0)),
        (Parameter::BalancingPolicy, Value::Choice(Choice::Random)),
    ];
    let service = [
        (Parameter::Autoscaling, Value::Flag(true)),
        (Parameter::MinimumInstances, Value::Number(2.0)),
        (Parameter::MaximumInstances, Value::Number(8.0)),
        (Parameter::MetricWindow, Value::Number(1e4)),
    ];
    let mut simulation = start(&drawing(&balancer, &service));
    simulation.run_instances(ComponentId(3), 3);
    run(&mut simulation, 10.0);
    assert!((share(&simulation, 2) - 1.0 / 3.0).abs() < 0.01);
    let scaler = simulation.scaler(ComponentId(3)).unwrap();
    simulation.engine.run_instances(scaler, 4);
    for (after, weight) in [
        (0.0, 0.1),
        (10.0, 0.25),
        (20.0, 0.5),
        (30.0, 0.75),
        (40.0, 1.0),
    ] {
        run(&mut simulation, 10.0 + after);
        let (share, exact) = (share(&simulation, 3), weight / (3.0 + weight));
        assert!((share - exact).abs() < 0.01, "{after}: {share}");
    }
    // One that goes and comes again starts anew.
    simulation.engine.run_instances(scaler, 3);
    run(&mut simulation, 70.0);
    simulation.engine.run_instances(scaler, 4);
    run(&mut simulation, 90.0);
    assert!((share(&simulation, 3) - 0.5 / 3.5).abs() < 0.01);
}

fn ejecting(failures: u32, seconds: f64, most: f64) -> (Watcher, OutlierEjection) {
    let outliers = OutlierEjection {
        failures,
        time: Seconds(seconds),
        most,
    };
    let spec = Watch {
        component: ComponentId(3),
        link: None,
        health: None,
        outliers: Some(outliers),
        slow_start: Seconds(0.0),
    };
    (Watcher::new(spec, 0, 4, 1), outliers)
}

#[test]
fn whoever_fails_in_a_row_is_left_out_for_longer_each_time() {
    let (mut watcher, spec) = ejecting(3, 30.0, 0.5);
    let mut fail = |instance: u32, times: u32, now: f64| {
        (0..times).for_each(|_| watcher.ended(spec, instance, true, now));
        watcher.instances[instance as usize].ejected_until
    };
    assert_eq!(fail(1, 2, 0.0), f64::NEG_INFINITY);
    assert_eq!(fail(1, 1, 1.0), 31.0);
    // At once after its return: for the second time.
    assert_eq!(fail(1, 3, 32.0), 92.0);
    assert_eq!(fail(2, 3, 40.0), 70.0);
    // Half of them are out, and the next stays.
    assert_eq!(fail(3, 9, 41.0), f64::NEG_INFINITY);
    // What is under way when it is ejected counts for nothing afterwards.
    assert_eq!(fail(1, 2, 50.0), 92.0);
    // Ten quiet seconds forgive one ejection, a minute all.
    assert_eq!(fail(1, 2, 104.0), 92.0);
    assert_eq!(fail(1, 1, 104.0), 104.0 + 60.0);
    assert_eq!(fail(1, 3, 400.0), 430.0);
    // A success begins the count anew.
    let (mut watcher, spec) = ejecting(3, 30.0, 0.5);
    for failed in [true, true, false, true, true] {
        watcher.ended(spec, 0, failed, 0.0);
    }
    assert_eq!(watcher.weight(0, 0.0), 1.0);
}

#[test]
fn no_ejection_lasts_longer_than_five_minutes_or_the_first() {
    for (first, longest) in [(30.0, 300.0), (120.0, 300.0), (400.0, 400.0)] {
        let (mut watcher, spec) = ejecting(1, first, 0.0);
        let mut now = 0.0;
        for ejection in 1..=20 {
            watcher.ended(spec, 0, true, now);
            let until = watcher.instances[0].ejected_until;
            assert_eq!(until - now, (first * f64::from(ejection)).min(longest));
            now = until;
        }
    }
}

#[test]
fn errors_by_chance_eject_as_often_as_runs_of_them_come() {
    // Trials until the first run of r failures of probability p: (1 − pʳ) / (pʳ (1 − p)) on average, and of the variance that Feller
    // (1968, An Introduction to Probability Theory, vol. 1, XIII.7, equations 7.6 and 7.7) gives.
    let (p, r) = (0.5_f64, 5);
    let (success, run) = (1.0 - p, p.powi(r));
    let mean = (1.0 - run) / (success * run);
    let variance = 1.0 / (success * run).powi(2)
        - f64::from(2 * r + 1) / (success * run)
        - p / success.powi(2);
    let mut stream = Stream::named(1, 1, Purpose::Choice, 0);
    let (rounds, mut trials) = (4_000, 0);
    for _ in 0..rounds {
        let (mut watcher, spec) = ejecting(r as u32, 30.0, 0.1);
        while watcher.ejected == 0 {
            watcher.ended(spec, 0, stream.happens(p), 0.0);
            trials += 1;
        }
    }
    let found = f64::from(trials) / f64::from(rounds);
    let deviation = (variance / f64::from(rounds)).sqrt();
    assert!(
        (found - mean).abs() < 4.0 * deviation,
        "{found} {mean} ± {deviation}"
    );
}

#[test]
fn when_nobody_takes_part_requests_go_anywhere() {
    for policy in [
        Choice::LeastConnections,
        Choice::TwoChoices,
        Choice::RoundRobin,
        Choice::ConsistentHash,
    ] {
        let engine = &mut start(&drawing(&health(policy), &[])).engine;
        let place = engine.watchers.all[0].station;
        let set = |engine: &mut Engine, instance: usize, healthy: bool| {
            let watcher = &mut engine.watchers.all[0];
            watcher.instances[instance].healthy = healthy;
            watcher.look_at_shares();
        };
        (0..4).for_each(|instance| set(engine, instance, false));
        let mut hits = [0; 4];
        for key in 0..400 {
            hits[engine.choose_watched(place, (0, key)) as usize] += 1;
        }
        assert!(hits.iter().all(|hits| *hits > 0), "{policy:?}: {hits:?}");
        // With one that does, all go there.
        set(engine, 2, true);
        let all_go = (0..100).all(|key| engine.choose_watched(place, (0, key)) == 2);
        assert!(all_go, "{policy:?}");
    }
}

#[test]
fn a_changed_watch_keeps_what_it_has_seen() {
    let mut scenario = drawing(&health(Choice::RoundRobin), &[]);
    let mut simulation = start(&scenario);
    run(&mut simulation, 12.0);
    let watcher = |simulation: &Simulation| simulation.engine.watchers.all[0].clone();
    let set_out = |simulation: &mut Simulation, instance: usize| {
        simulation.engine.watchers.all[0].instances[instance].healthy = false;
    };
    set_out(&mut simulation, 1);
    // More instances: the new ones start slowly, the one that was out stays out.
    let count = |scenario: &mut Scenario, count: f64| {
        let own = &mut scenario.components[2].parameters;
        own.insert(Parameter::Instances, Value::Number(count));
    };
    count(&mut scenario, 6.0);
    simulation.change(&compile(&scenario));
    let seen = watcher(&simulation);
    let healthy: Vec<bool> = seen.known().iter().map(|one| one.healthy).collect();
    assert_eq!(healthy, [true, false, true, true, true, true]);
    let joined: Vec<f64> = seen.known().iter().map(|one| one.joined).collect();
    assert_eq!(joined[3..], [f64::NEG_INFINITY, 12.0, 12.0]);
    assert_eq!(simulation.warming(), [(ComponentId(3), 2)]);
    // The next probes are due when they were: it answers at 15, 20 and 25.
    run(&mut simulation, 24.9);
    assert!(!watcher(&simulation).instances[1].healthy);
    run(&mut simulation, 25.1);
    assert!(watcher(&simulation).instances[1].healthy);
    // The new ones until 32, the one that is back until 45.
    let mut later = simulation.clone();
    for (time, count) in [
        (31.9, Some(3)),
        (32.1, Some(1)),
        (44.9, Some(1)),
        (45.1, None),
    ] {
        run(&mut later, time);
        let warm = later.warming();
        assert_eq!(warm.first().map(|(_, count)| *count), count, "{time}");
    }
    // Fewer, and more again.
    count(&mut scenario, 2.0);
    simulation.change(&compile(&scenario));
    assert_eq!(watcher(&simulation).known().len(), 2);
    count(&mut scenario, 3.0);
    simulation.change(&compile(&scenario));
    assert_eq!(watcher(&simulation).instances[2].joined, simulation.now());
    // Another interval holds from now on; without probes all take part.
    set_out(&mut simulation, 0);
    let interval = Value::Number(7.0);
    scenario.components[1]
        .parameters
        .insert(Parameter::HealthInterval, interval);
    simulation.change(&compile(&scenario));
    run(&mut simulation, 25.1 + 3.0 * 7.0 - 0.1);
    assert!(!watcher(&simulation).instances[0].healthy);
    run(&mut simulation, 25.1 + 3.0 * 7.0 + 0.1);
    assert!(watcher(&simulation).instances[0].healthy);
    set_out(&mut simulation, 0);
    scenario.components[1]
        .parameters
        .insert(Parameter::HealthChecks, Value::Flag(false));
    simulation.change(&compile(&scenario));
    assert!(watcher(&simulation).instances[0].healthy);
    let probes = |simulation: &mut Simulation| {
        let entries = simulation.engine.agenda.entries();
        let is_probe = |topic: &Topic| matches!(topic, Topic::Probe(_));
        entries.iter().filter(|(_, topic)| is_probe(topic)).count()
    };
    assert_eq!(probes(&mut simulation), 0);
    // Nobody watches, and somebody does again.
    scenario.components[1].parameters.clear();
    simulation.change(&compile(&scenario));
    assert!(!simulation.engine.watchers.are_any());
    let again = health(Choice::Random);
    scenario.components[1].parameters.extend(again);
    simulation.change(&compile(&scenario));
    assert_eq!(probes(&mut simulation), 1);
    run(&mut simulation, 100.0);
}

/// How often each of the service's instances would be asked by so many requests of a class with keys of their own.
fn asked(engine: &mut Engine, class: u16, requests: u32) -> Vec<u32> {
    let place = engine.watchers.all[0].station;
    let keys = 0..requests;
    let key = |request: u32| super::super::random::scramble(u64::from(request)) as u32;
    keys.map(|request| engine.choose_watched(place, (class, key(request))))
        .collect()
}

fn shares(asked: &[u32]) -> Vec<f64> {
    let mut shares = vec![0.0; 4];
    for instance in asked {
        shares[*instance as usize] += 1.0 / asked.len() as f64;
    }
    shares
}

#[test]
fn instances_asked_by_keys_have_the_shares_that_the_solver_reckons_with() {
    for (keys, exponent) in [(1e6, 0.0), (1e6, 0.9), (5e4, 1.2), (3.0, 0.5)] {
        let mut scenario = drawing(&health(Choice::ConsistentHash), &[]);
        scenario.classes.truncate(1);
        scenario.classes[0].keys = keys;
        scenario.classes[0].zipf_exponent = exponent;
        let compiled = compile(&scenario);
        let mut stations = compiled.network.stations.iter();
        let told = stations.find_map(|station| match &station.dispatch {
            crate::network::Dispatch::Shares(shares) => Some(shares.clone()),
            _ => None,
        });
        let told = told.unwrap();
        let draws = 200_000;
        let engine = &mut start(&scenario).engine;
        let found = shares(&asked(engine, 0, draws));
        for (found, told) in found.iter().zip(&told) {
            let deviation = (told * (1.0 - told) / f64::from(draws)).sqrt();
            assert!(
                (found - told).abs() < 5.0 * deviation + 1e-4,
                "{found} {told}"
            );
        }
        // The hottest key makes a hot instance: it has all of that key's share, by Zipf's law, and its part of the rest.
        let total: f64 = (1..=keys as u32)
            .map(|rank| f64::from(rank).powf(-exponent))
            .sum();
        let largest = told.iter().copied().fold(0.0, f64::max);
        assert!(largest >= 1.0 / total, "{largest}");
        if exponent == 1.2 {
            assert!(largest > 0.25 + 0.5 / total, "{largest}");
        }
    }
}

#[test]
fn one_that_is_left_out_moves_its_own_keys_alone_and_gets_them_back() {
    let engine = &mut start(&drawing(&health(Choice::ConsistentHash), &[])).engine;
    let before = asked(engine, 0, 20_000);
    assert_eq!(before, asked(engine, 0, 20_000));
    engine.watchers.all[0].instances[2].healthy = false;
    engine.watchers.all[0].look_at_shares();
    let without = asked(engine, 0, 20_000);
    let mut moved = [0; 4];
    for (before, without) in before.iter().zip(&without) {
        assert!(*without != 2 && (*before == 2 || without == before));
        moved[*without as usize] += u32::from(*before == 2);
    }
    // Among all of the others.
    assert!(
        [0, 1, 3].iter().all(|other| moved[*other] > 100),
        "{moved:?}"
    );
    engine.watchers.all[0].instances[2].healthy = true;
    engine.watchers.all[0].look_at_shares();
    assert_eq!(before, asked(engine, 0, 20_000));
}
