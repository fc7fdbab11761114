//! Balancers that watch instances, against plain reckoning of what that takes: how long a dead one is sent requests, how often one is
//! ejected, and nothing at all when nothing fails.

use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation, WatchFindings};
use loadscape_sim::network::compile;
use loadscape_sim::report::{LossCause, Standing};
use loadscape_sim::scenario::{
    Call, CallPlan, Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkId,
    PlanStep, Point, Retry, Scenario, read,
};

const RATE: f64 = 400.0;

/// Clients, a balancer, and a service of four. `balancer` and `service` are their further parameters.
fn drawing(balancer: &str, service: &str) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {RATE}, "client_round_trip": 0}}}},
        {{"id": 2, "kind": "load_balancer", "name": "balancer", "position": {{"x": 300, "y": 0}}, "parameters": {{"balancing_policy": "round_robin"{balancer}}}}},
        {{"id": 3, "kind": "service", "name": "service", "position": {{"x": 600, "y": 0}}, "parameters": {{"instances": 4, "cores": 8, "service_time": 5, "threads": 50{service}}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

const PROBES: &str =
    r#", "health_checks": true, "health_interval": 5, "unhealthy_after": 3, "healthy_after": 4"#;

fn kill(start: f64, duration: Option<f64>, instances: u32) -> Fault {
    Fault {
        start_seconds: start,
        duration_seconds: duration,
        incident: Incident::Component {
            id: ComponentId(3),
            what: ComponentFault::Kill {
                instances: Some(instances),
            },
        },
    }
}

fn start(scenario: &Scenario, seed: u64) -> Simulation {
    let settings = Settings {
        seed,
        series_seconds: Some(0.5),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

fn watch(simulation: &Simulation) -> WatchFindings {
    let watches = simulation.watches();
    assert_eq!(watches.len(), 1);
    watches[0]
}

/// Failures of a cause between two times.
fn failed(findings: &Findings, why: LossCause, from: f64, to: f64) -> f64 {
    let series = findings.series.as_ref().unwrap();
    let width = series.resolution_seconds;
    let end = ((to / width).round() as usize).min(series.points);
    let span = (from / width).round() as usize..end;
    let failures = series.classes[0].failures.iter();
    failures
        .filter(|failure| failure.why == why)
        .map(|failure| failure.per_second[span.clone()].iter().sum::<f64>() * width)
        .sum()
}

#[test]
fn a_dead_instance_is_found_by_the_third_probe_and_costs_its_share_until_then() {
    let (interval, missed, answered, outage) = (5.0, 3, 4, 60.0);
    let (mut detection, mut lost) = (0.0, 0.0);
    let phases = 20_u32;
    for phase in 0..phases {
        let death = 20.0 + interval * (f64::from(phase) + 0.5) / f64::from(phases);
        let mut scenario = drawing(PROBES, "");
        scenario.faults = vec![kill(death, Some(outage), 1)];
        let mut simulation = start(&scenario, u64::from(phase));
        let probe = |after: f64, count: i32| {
            let first = (after / interval).floor() + 1.0;
            interval * (first + f64::from(count - 1))
        };
        let (out, back) = (probe(death, missed), probe(death + outage, answered));
        run(&mut simulation, out - 1e-6);
        assert_eq!(watch(&simulation).out, 0);
        run(&mut simulation, out + 1e-6);
        assert_eq!(watch(&simulation).out, 1);
        detection += out - death;
        run(&mut simulation, back - 1e-6);
        assert_eq!(watch(&simulation).out, 1);
        run(&mut simulation, back + 1e-6);
        let watch = watch(&simulation);
        assert_eq!((watch.out, watch.left_out, watch.returned), (0, 1, 1));
        run(&mut simulation, back + 20.0);
        let findings = simulation.findings();
        let all = failed(&findings, LossCause::Unreachable, 0.0, back + 20.0);
        // None once it has been found, and none when it is back.
        let while_sent = failed(
            &findings,
            LossCause::Unreachable,
            0.0,
            (out * 2.0).ceil() / 2.0,
        );
        assert_eq!(all, while_sent);
        lost += all;
    }
    let phases = f64::from(phases);
    let mean = interval * (f64::from(missed) - 0.5);
    assert!((detection / phases - mean).abs() < 1e-9, "{detection}");
    // Every fourth of a Poisson number of requests, and at the ends of each window a part of a round.
    let requests = RATE * detection;
    let allowed = 4.0 * requests.sqrt() / 4.0 + phases;
    assert!((lost - requests / 4.0).abs() < allowed, "{lost} {requests}");
}

#[test]
fn a_dead_instance_that_nobody_probes_is_ejected_for_longer_each_time() {
    let balancer = r#", "outlier_ejection": true, "outlier_failures": 5, "ejection_time": 30"#;
    let mut scenario = drawing(balancer, "");
    scenario.faults = vec![kill(0.5, None, 1)];
    let mut simulation = start(&scenario, 3);
    // A hundred a second come to each: five in a row take about 0.05 s, after which it is out for 30, 60, 90 s and so on.
    let (mut ends, step) = (0.5, 1e-3);
    for ejection in 1..=11 {
        let mut began = ends;
        while watch(&simulation).ejected < ejection {
            began += step;
            run(&mut simulation, began);
        }
        assert!(began - ends < 0.3, "{began}");
        let span = (30.0 * ejection as f64).min(300.0);
        ends = began + span;
        run(&mut simulation, ends - 2.0 * step);
        assert_eq!(
            (watch(&simulation).ejected, watch(&simulation).out),
            (ejection, 1)
        );
        run(&mut simulation, ends + step);
        assert_eq!(watch(&simulation).out, 0);
    }
    let findings = simulation.findings();
    // Five each time; those who were in it when it died count, too.
    let unreachable = failed(&findings, LossCause::Unreachable, 0.0, ends);
    let inside = failed(&findings, LossCause::InstanceLost, 0.0, ends);
    let lost = unreachable + inside;
    assert!((55.0..=56.0).contains(&lost), "{lost}");
    assert_eq!(watch(&simulation).left_out, 0);
}

#[test]
fn no_more_are_ejected_than_may_be() {
    // Two of four are dead. One out: the other gets a third of the requests. Both out: nobody notices.
    for (most, out, share) in [("0.1", 1, 1.0 / 3.0), ("0.5", 2, 0.0)] {
        let balancer =
            format!(r#", "outlier_ejection": true, "ejection_time": 60, "most_ejected": {most}"#);
        let mut scenario = drawing(&balancer, "");
        scenario.faults = vec![kill(10.0, None, 2)];
        let mut simulation = start(&scenario, 5);
        run(&mut simulation, 60.0);
        assert_eq!(watch(&simulation).out, out);
        let lost = failed(&simulation.findings(), LossCause::Unreachable, 15.0, 60.0);
        let requests = 45.0 * RATE;
        let allowed = 4.0 * requests.sqrt() * share + 1.0;
        assert!((lost - share * requests).abs() < allowed, "{lost}");
    }
}

#[test]
fn probes_and_ejections_together_lose_little_and_a_rolling_restart_is_noticed() {
    // Ejected after five failures; by the time it would come back the probes have found it.
    let balancer = format!("{PROBES}{}", r#", "outlier_ejection": true"#);
    let mut scenario = drawing(&balancer, "");
    scenario.faults = vec![kill(21.0, Some(100.0), 1)];
    let mut simulation = start(&scenario, 1);
    run(&mut simulation, 200.0);
    let findings = simulation.findings();
    let unreachable = failed(&findings, LossCause::Unreachable, 0.0, 200.0);
    let inside = failed(&findings, LossCause::InstanceLost, 0.0, 200.0);
    assert_eq!(unreachable + inside, 5.0);
    let found = watch(&simulation);
    assert_eq!((found.ejected, found.left_out, found.returned), (1, 1, 1));

    let mut scenario = drawing(PROBES, "");
    scenario.faults = vec![Fault {
        start_seconds: 21.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: ComponentId(3),
            what: ComponentFault::RollingDeploy {
                restart_seconds: 40.0,
            },
        },
    }];
    let mut simulation = start(&scenario, 1);
    run(&mut simulation, 21.0 + 4.0 * 40.0 + 20.0);
    let found = watch(&simulation);
    assert_eq!((found.left_out, found.returned, found.out), (4, 4, 0));
}

#[test]
fn whoever_refuses_for_being_asked_too_much_isnt_ejected() {
    // Four gateways that let through 50 requests a second.
    let balancer = r#", "outlier_ejection": true, "most_ejected": 1"#;
    let mut scenario = drawing(balancer, "");
    let at = Point { x: 900.0, y: 0.0 };
    let gateway = ComponentId(4);
    let mut limited = Component::new(gateway, Kind::ApiGateway, "gateway", at);
    limited.parameters.extend([
        (Parameter::RateLimit, Value::Number(50.0)),
        (Parameter::BurstAllowance, Value::Number(1.0)),
    ]);
    scenario.components.push(limited);
    scenario.links[1] = Link::new(LinkId(2), ComponentId(2), gateway);
    let behind = Link::new(LinkId(3), gateway, ComponentId(3));
    scenario.links.push(behind);
    let mut simulation = start(&scenario, 1);
    run(&mut simulation, 20.0);
    let findings = simulation.findings();
    assert!(failed(&findings, LossCause::RateLimited, 0.0, 20.0) > 5_000.0);
    let ejected = simulation
        .watches()
        .iter()
        .map(|watch| watch.ejected)
        .sum::<u64>();
    assert_eq!(ejected, 0);
}

#[test]
fn what_a_dying_caller_had_asked_isnt_held_against_those_who_were_about_to_answer() {
    // A service that dies while some four hundred of its calls are in another behind a balancer.
    let balancer = r#", "outlier_ejection": true, "most_ejected": 1"#;
    let mut scenario = drawing(balancer, "");
    scenario.components[2].parameters.extend([
        (Parameter::Threads, Value::Number(2_000.0)),
        (Parameter::Cores, Value::Number(64.0)),
        (Parameter::ServiceTime, Value::Number(1_000.0)),
    ]);
    let at = Point { x: 100.0, y: 100.0 };
    let caller = ComponentId(4);
    scenario
        .components
        .push(Component::new(caller, Kind::Service, "caller", at));
    scenario.components[3].parameters.extend([
        (Parameter::Threads, Value::Number(2_000.0)),
        (Parameter::Cores, Value::Number(8.0)),
        (Parameter::ServiceTime, Value::Number(1.0)),
    ]);
    scenario.links = vec![
        Link::new(LinkId(1), ComponentId(1), caller),
        Link::new(LinkId(2), caller, ComponentId(2)),
        Link::new(LinkId(3), ComponentId(2), ComponentId(3)),
    ];
    scenario.faults = vec![Fault {
        start_seconds: 10.0,
        duration_seconds: Some(5.0),
        incident: Incident::Component {
            id: caller,
            what: ComponentFault::Kill { instances: None },
        },
    }];
    let mut simulation = start(&scenario, 1);
    run(&mut simulation, 30.0);
    let inside = failed(&simulation.findings(), LossCause::InstanceLost, 0.0, 30.0);
    assert!(inside > 200.0, "{inside}");
    let watches = simulation.watches();
    assert!(watches.len() == 1 && watches[0].component == ComponentId(3));
    assert_eq!(watches[0].ejected, 0);
}

#[test]
fn an_error_rate_ejects_as_the_instances_errors_do() {
    // All fail from 10 s on: of four one may be ejected, and the others go on failing.
    let balancer = r#", "outlier_ejection": true"#;
    let mut scenario = drawing(balancer, "");
    scenario.faults = vec![Fault {
        start_seconds: 10.0,
        duration_seconds: Some(20.0),
        incident: Incident::Component {
            id: ComponentId(3),
            what: ComponentFault::ErrorRate { probability: 1.0 },
        },
    }];
    let mut simulation = start(&scenario, 1);
    run(&mut simulation, 9.9);
    assert_eq!(watch(&simulation).ejected, 0);
    run(&mut simulation, 15.0);
    assert_eq!((watch(&simulation).ejected, watch(&simulation).out), (1, 1));
    run(&mut simulation, 60.0);
    assert_eq!(watch(&simulation).out, 0);
}

#[test]
fn nobody_who_watches_where_nothing_fails_changes_anything() {
    let watching = format!(
        "{PROBES}{}",
        r#", "outlier_ejection": true, "slow_start": 30"#
    );
    for policy in [
        "round_robin",
        "random",
        "least_connections",
        "two_choices",
        "consistent_hash",
    ] {
        let of = |balancer: &str| {
            let mut scenario = drawing(balancer, "");
            let policy = Choice::from_name(policy).unwrap();
            scenario.components[1]
                .parameters
                .insert(Parameter::BalancingPolicy, Value::Choice(policy));
            let mut simulation = start(&scenario, 4);
            run(&mut simulation, 60.0);
            simulation.findings()
        };
        let (mut watched, alone) = (of(&watching), of(""));
        let nothing = WatchFindings {
            component: ComponentId(3),
            left_out: 0,
            returned: 0,
            ejected: 0,
            out: 0,
        };
        assert_eq!(std::mem::take(&mut watched.watches), [nothing]);
        assert_eq!(watched, alone, "{policy}");
    }
}

#[test]
fn the_solver_says_how_many_would_be_ejected_for_errors_of_their_own() {
    // A hundred answers a second each, of which five failures in a row come once in (1 − p⁵) / (p⁵ (1 − p)): for p = 0.1 in 1,111 s, so that
    // 30 s of 1,141 are spent ejected; for a half in 0.62 s, so that as many are out as may be: one of four.
    let of = |error: f64| {
        let balancer = r#", "outlier_ejection": true"#;
        let scenario = drawing(balancer, &format!(r#", "error_share": {error}"#));
        let report = loadscape_sim::analysis::analyse(&scenario).report;
        let mut assumptions = report.assumptions.into_iter();
        assumptions.find(|assumption| assumption.rests_on == "No instance is ejected for failing")
    };
    assert_eq!(of(0.0), None);
    assert_eq!(of(0.01), None);
    let some = of(0.1).unwrap();
    assert_eq!(some.standing, Standing::Approximate);
    assert!(some.because.contains("2.6 %"), "{}", some.because);
    let many = of(0.5).unwrap();
    assert_eq!(many.standing, Standing::Doubtful);
    assert!(many.because.contains("25 %"), "{}", many.because);
    let balancer = r#", "outlier_ejection": true"#;
    let mut simulation = start(&drawing(balancer, r#", "error_share": 0.5"#), 1);
    let mut out = 0;
    for second in 1..=300 {
        run(&mut simulation, f64::from(second));
        out += watch(&simulation).out;
    }
    // One at a time, and all the time but for a fraction of a second each time.
    assert!((280..=300).contains(&out), "{out}");
}

#[test]
fn a_change_elsewhere_leaves_a_watch_as_it_was() {
    // All answer with errors now and then, and are ejected for it.
    let balancer = format!(
        "{PROBES}{}",
        r#", "outlier_ejection": true, "outlier_failures": 3, "ejection_time": 3, "most_ejected": 0.5, "slow_start": 20"#
    );
    let scenario = drawing(&balancer, r#", "error_share": 0.3"#);
    let mut larger = scenario.clone();
    let at = Point { x: 0.0, y: 900.0 };
    let (clients, station) = (ComponentId(901), ComponentId(902));
    let kinds = [(clients, Kind::Clients), (station, Kind::Station)];
    for (place, (id, kind)) in kinds.into_iter().enumerate() {
        let new = Component::new(id, kind, "other", at);
        larger.components.insert(place, new);
    }
    larger
        .links
        .insert(0, Link::new(LinkId(901), clients, station));
    let mut unbroken = start(&scenario, 2);
    run(&mut unbroken, 33.0);
    let mut changed = unbroken.clone();
    changed.change(&compile(&larger));
    unbroken.trace_next(100_000);
    changed.trace_next(100_000);
    for time in [34.0, 36.0, 60.0, 100.0] {
        run(&mut unbroken, time);
        run(&mut changed, time);
        assert_eq!(watch(&unbroken), watch(&changed), "at {time} s");
    }
    assert!(watch(&unbroken).ejected > 10);
    let traces = [&unbroken, &changed].map(|simulation| {
        let traces = simulation.traces().into_iter();
        let here = |component: ComponentId| component.0 < 900;
        let own = traces.filter(|trace| {
            let mut spans = trace.spans.iter();
            spans.any(|span| span.component.is_some_and(here))
        });
        format!("{:?}", own.collect::<Vec<_>>())
    });
    assert!(traces[0].len() > 1_000_000, "{}", traces[0].len());
    assert!(traces[0] == traces[1]);
}

/// A service that calls the balancer, which spreads over four others, of which one is slow for a minute. `call` are further fields of the
/// call.
fn with_a_slow_instance(balancer: &str, call: &str) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {RATE}, "client_round_trip": 0}}}},
        {{"id": 4, "kind": "service", "name": "front", "position": {{"x": 100, "y": 0}}, "parameters": {{"cores": 8, "service_time": 0.1, "threads": 500}},
          "plans": [{{"class": 1, "steps": [{{"calls": [{{"link": 2{call}}}]}}]}}]}},
        {{"id": 2, "kind": "load_balancer", "name": "balancer", "position": {{"x": 300, "y": 0}}, "parameters": {{"balancing_policy": "round_robin"{balancer}}}}},
        {{"id": 3, "kind": "service", "name": "service", "position": {{"x": 600, "y": 0}}, "parameters": {{"instances": 4, "cores": 8, "service_time": 5, "threads": 50}}}}],
        "links": [{{"id": 1, "from": 1, "to": 4}}, {{"id": 2, "from": 4, "to": 2}}, {{"id": 3, "from": 2, "to": 3}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let slow = Fault {
        start_seconds: 20.0,
        duration_seconds: Some(60.0),
        incident: Incident::Component {
            id: ComponentId(3),
            what: ComponentFault::Slow {
                factor: 40.0,
                instances: Some(1),
            },
        },
    };
    Scenario {
        faults: vec![slow],
        ..reading.scenario.unwrap()
    }
}

#[test]
fn an_instance_that_is_only_slow_is_ejected_where_calls_time_out() {
    let eject = r#", "outlier_ejection": true"#;
    let timeout = r#", "timeout_seconds": 0.05"#;
    let timed_out = |balancer: &str, call: &str| {
        let mut simulation = start(&with_a_slow_instance(balancer, call), 1);
        run(&mut simulation, 120.0);
        let timeouts = failed(&simulation.findings(), LossCause::TimedOut, 0.0, 120.0);
        let ejected = simulation.watches().first().map(|watch| watch.ejected);
        (timeouts, ejected)
    };
    // A quarter of the calls for a minute, at nearly all of which 200 ms are longer than 50.
    let (lost, ejected) = timed_out("", timeout);
    assert!(lost > 0.75 * RATE * 60.0 / 4.0, "{lost}");
    assert_eq!(ejected, None);
    // With Envoy's five failures in a row: some tenths of a second until it is ejected for 30 s, and the same until it is for 60 s, after
    // which it is well.
    let mut simulation = start(&with_a_slow_instance(eject, timeout), 1);
    for (time, out, ejections) in [(19.9, 0, 0), (22.0, 1, 1), (49.9, 1, 1), (54.0, 1, 2)] {
        run(&mut simulation, time);
        let watch = watch(&simulation);
        assert_eq!((watch.out, watch.ejected), (out, ejections), "{time}");
    }
    run(&mut simulation, 120.0);
    assert_eq!((watch(&simulation).out, watch(&simulation).ejected), (0, 2));
    let (lost, _) = timed_out(eject, timeout);
    assert!((10.0..200.0).contains(&lost), "{lost}");
    // Whoever waits for it sees no failure.
    assert_eq!(timed_out(eject, ""), (0.0, Some(0)));
}

/// The first drawing, in which requests go by their keys, with one core at each instance; with `others`, over that many services of
/// one.
fn by_key(others: usize, exponent: f64) -> Scenario {
    let mut scenario = drawing(
        "",
        r#", "cores": 1, "service_time": 4, "service_variability": 1"#,
    );
    scenario.classes[0].keys = 100_000.0;
    scenario.classes[0].zipf_exponent = exponent;
    let hash = Value::Choice(Choice::ConsistentHash);
    (scenario.components[1].parameters).insert(Parameter::BalancingPolicy, hash);
    if others > 0 {
        let own = &mut scenario.components[2].parameters;
        own.insert(Parameter::Instances, Value::Number(1.0));
        for other in 1..others as u32 {
            let mut component = scenario.components[2].clone();
            component.id = ComponentId(10 + other);
            let id = component.id;
            scenario.components.push(component);
            (scenario.links).push(Link::new(LinkId(10 + other), ComponentId(2), id));
        }
    }
    scenario
}

#[test]
fn a_hot_key_makes_a_hot_instance_in_the_solver_and_in_the_simulation() {
    for (others, exponent) in [(0, 0.9), (0, 1.1), (4, 0.9), (4, 1.1)] {
        let scenario = by_key(others, exponent);
        let analysis = loadscape_sim::analysis::analyse(&scenario);
        let compiled = compile(&scenario);
        let mut simulation = Simulation::new(&compiled, &Settings::default());
        run(&mut simulation, 2_000.0);
        let findings = simulation.findings();
        let found = findings.classes[0].mean.unwrap();
        let told = analysis.report.classes[0].latency.as_ref().unwrap().mean;
        assert!(
            (found.value - told.0).abs() < 0.05 * told.0,
            "{others} {exponent}: {found:?} {told:?}"
        );
        if others > 0 {
            // Each target gets the share that the solver says, and the hottest more than a quarter by half of the hottest key's share.
            let total: f64 = (1..=100_000)
                .map(|rank| f64::from(rank).powf(-exponent))
                .sum();
            let mut largest: f64 = 0.0;
            for (station, told) in findings.stations.iter().zip(&analysis.report.stations) {
                let arrivals = station.arrivals.unwrap().value;
                assert!((arrivals - told.arrival.0).abs() < 0.03 * told.arrival.0);
                largest = largest.max(arrivals / RATE);
            }
            assert!(largest > 0.25 + 0.5 / total, "{largest}");
        }
    }
}

#[test]
fn the_solver_says_that_a_call_is_tried_again_at_whoever_has_its_key() {
    let doubts = |policy| {
        let mut scenario = by_key(0, 1.3);
        let policy = Value::Choice(policy);
        (scenario.components[1].parameters).insert(Parameter::BalancingPolicy, policy);
        // A service in front tries a second time, long after the queue that made it late is another.
        let mut caller = scenario.components[2].clone();
        caller.id = ComponentId(4);
        caller
            .parameters
            .insert(Parameter::Instances, Value::Number(16.0));
        let mut call = Call::once(LinkId(3));
        call.timeout_seconds = Some(0.008);
        call.retry = Some(Retry::new(1, 10.0));
        caller.plans.push(CallPlan {
            class: scenario.classes[0].id,
            steps: vec![PlanStep { calls: vec![call] }],
        });
        scenario.components.push(caller);
        scenario.links[0].to = ComponentId(4);
        let balanced = Link::new(LinkId(3), ComponentId(4), ComponentId(2));
        scenario.links.push(balanced);
        let report = loadscape_sim::analysis::analyse(&scenario).report;
        let mut doubtful = report
            .assumptions
            .into_iter()
            .filter(|known| known.standing == Standing::Doubtful);
        doubtful.any(|known| known.because.contains("whoever their key belongs to"))
    };
    assert!(doubts(Choice::ConsistentHash));
    assert!(!doubts(Choice::Random));
}
