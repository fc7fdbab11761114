//! Faults against what theory or plain reckoning says about them, and the course of runs that have some.

use crate::support::scenario;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{CONNECT_TIMEOUT_SECONDS, Findings, Settings, Simulation};
use loadscape_sim::network::{
    Arrivals, Disturbance, Effect, Pattern, Profile, RatePoint, StationId, compile,
};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::generate::{generate, generate_with_faults};
use loadscape_sim::scenario::{
    ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, Scenario,
    ZoneFault, ZoneId, read,
};
use loadscape_sim::units::{PerSecond, Seconds};

fn start(scenario: &Scenario, seed: u64, resolution: f64) -> Simulation {
    let settings = Settings {
        seed,
        most_in_flight: 20_000,
        series_seconds: Some(resolution),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

fn run(simulation: &mut Simulation, seconds: f64) {
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), [], "at {seconds} s");
}

fn found(scenario: &Scenario, resolution: f64, seconds: f64) -> Findings {
    let mut simulation = start(scenario, 1, resolution);
    run(&mut simulation, seconds);
    simulation.findings()
}

fn fault(start: f64, duration: impl Into<Option<f64>>, incident: Incident) -> Fault {
    Fault {
        start_seconds: start,
        duration_seconds: duration.into(),
        incident,
    }
}

pub(super) fn in_component(id: u32, what: ComponentFault) -> Incident {
    Incident::Component {
        id: ComponentId(id),
        what,
    }
}

pub(super) fn kill(id: u32, instances: Option<u32>) -> Incident {
    in_component(id, ComponentFault::Kill { instances })
}

fn on_link(id: u32, what: LinkFault) -> Incident {
    Incident::Link {
        id: LinkId(id),
        what,
    }
}

fn multiply(clients: Option<u32>, factor: f64) -> Incident {
    let id = clients.map(ComponentId);
    let what = ClientsFault::Multiply { factor };
    Incident::Clients { id, what }
}

/// One station with exponential service of 1 s.
fn station(rate: f64, changes: &[(Parameter, Value)]) -> Scenario {
    let mut scenario = scenario("validation/scenarios/mm1-0.8");
    let rate = (Parameter::RequestRate, Value::Number(rate));
    scenario.components[0].parameters.extend([rate]);
    scenario.components[1]
        .parameters
        .extend(changes.iter().copied());
    scenario
}

/// Clients, a balancer that goes round, a service of some instances, and a database. `more` is the service's further fields.
fn tiers(rate: f64, instances: u32, more: &str) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [],
        "zones": [{{"id": 1, "kind": "availability_zone", "name": "A", "rectangle": {{"x": 550, "y": -100, "width": 300, "height": 300}}}}],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}, "client_round_trip": 0}}}},
        {{"id": 2, "kind": "load_balancer", "name": "balancer", "position": {{"x": 300, "y": 0}}, "parameters": {{"balancing_policy": "round_robin"}}}},
        {{"id": 3, "kind": "service", "name": "service", "position": {{"x": 600, "y": 0}}, "parameters": {{"instances": {instances}, "cores": 8, "service_time": 5, "threads": 50}}{more}}},
        {{"id": 4, "kind": "sql_primary", "name": "database", "position": {{"x": 900, "y": 0}}, "parameters": {{"cores": 32, "memory": 100}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}, {{"id": 3, "from": 3, "to": 4}}]}}"#
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

/// Failures of a cause between two times, and the requests sent then.
fn failed(findings: &Findings, why: LossCause, from: f64, to: f64) -> (f64, f64) {
    let series = findings.series.as_ref().unwrap();
    let width = series.resolution_seconds;
    let span = (from / width).round() as usize..(to / width).round() as usize;
    let class = &series.classes[0];
    let count = |rates: &[f64]| rates[span.clone()].iter().sum::<f64>() * width;
    let failures = class.failures.iter().filter(|failure| failure.why == why);
    (
        failures.map(|failure| count(&failure.per_second)).sum(),
        count(&class.offered),
    )
}

#[track_caller]
fn near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value} against {expected} ± {tolerance}"
    );
}

#[test]
fn two_servers_of_which_one_dies_pile_up_and_drain_as_a_fluid_does() {
    // λ = 1.5, μ = 1: with one server the backlog grows by λ − μ = 0.5 a second and shrinks by 2 μ − λ = 0.5 with both. Its deviation is
    // that of the difference of two Poisson processes.
    let mut design = station(1.5, &[(Parameter::Instances, Value::Number(2.0))]);
    design.faults = vec![fault(1_000.0, 4_000.0, kill(2, Some(1)))];
    let mut simulation = start(&design, 5, 100.0);
    run(&mut simulation, 1_000.0);
    let before = f64::from(simulation.present(StationId(0)));
    run(&mut simulation, 5_000.0);
    let backlog = f64::from(simulation.present(StationId(0)));
    near(
        backlog,
        before + 0.5 * 4_000.0,
        4.0 * (2.5_f64 * 4_000.0).sqrt(),
    );
    run(&mut simulation, 7_000.0);
    let halfway = f64::from(simulation.present(StationId(0)));
    near(
        halfway,
        backlog - 0.5 * 2_000.0,
        4.0 * (3.5_f64 * 2_000.0).sqrt(),
    );
    run(&mut simulation, 14_000.0);
    // M/M/2 at 0.75 again: Erlang C gives 3.43 there on average.
    assert!(simulation.present(StationId(0)) < 60);
    let findings = simulation.findings();
    // One server holds one request at most.
    let (lost, _) = failed(&findings, LossCause::InstanceLost, 0.0, 14_000.0);
    assert!(lost <= 1.0, "{lost}");
    let instances = &findings.series.as_ref().unwrap().stations[0].instances;
    assert_eq!(
        (instances[5], instances[20], instances[60]),
        (2.0, 1.0, 2.0)
    );
    assert_eq!(findings.faults[0].began_seconds, Some(1_000.0));
    assert_eq!(findings.faults[0].ended_seconds, Some(5_000.0));
}

#[test]
fn a_server_slowed_by_two_piles_up_and_drains_at_its_own_speed_afterwards() {
    for discipline in [Choice::FirstComeFirstServed, Choice::ProcessorSharing] {
        // λ = 0.8, μ = 1: growth λ − μ / 2 = 0.3 a second, then 0.2 a second less: also those who came while it was slow.
        let mut design = station(0.8, &[(Parameter::Discipline, Value::Choice(discipline))]);
        let slow = ComponentFault::Slow {
            factor: 2.0,
            instances: None,
        };
        design.faults = vec![fault(1_000.0, 6_000.0, in_component(2, slow))];
        let mut simulation = start(&design, 3, 100.0);
        run(&mut simulation, 1_000.0);
        let before = f64::from(simulation.present(StationId(0)));
        run(&mut simulation, 7_000.0);
        let backlog = f64::from(simulation.present(StationId(0)));
        near(
            backlog,
            before + 0.3 * 6_000.0,
            4.0 * (1.3_f64 * 6_000.0).sqrt(),
        );
        run(&mut simulation, 11_000.0);
        let later = f64::from(simulation.present(StationId(0)));
        near(
            later,
            backlog - 0.2 * 4_000.0,
            4.0 * (1.8_f64 * 4_000.0).sqrt(),
        );
    }
}

#[test]
fn slow_delays_take_so_many_times_as_long() {
    let document = r#"{"format_version": 1, "title": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 200, "client_round_trip": 0}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 300, "y": 0}, "parameters": {"cores": 64, "service_time": 0.001, "threads": "unlimited"}}, {"id": 3, "kind": "third_party_api", "name": "others", "position": {"x": 600, "y": 0}, "parameters": {"response_time": 200, "response_variability": 1}}],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}]}"#;
    let mut design = read(document).scenario.unwrap();
    let slow = ComponentFault::Slow {
        factor: 3.0,
        instances: None,
    };
    design.faults = vec![fault(200.0, 200.0, in_component(3, slow))];
    let findings = found(&design, 50.0, 600.0);
    let series = findings.series.as_ref().unwrap();
    // The link's round trip stays as it is; the median of an exponential time is ln 2 times its mean.
    let p50 = |point: usize| series.classes[0].p50[point].unwrap();
    let trip = p50(1) - 0.2 * 2_f64.ln();
    near(p50(6), trip + 0.6 * 2_f64.ln(), 0.02);
    near(p50(10), trip + 0.2 * 2_f64.ln(), 0.01);
}

#[test]
fn a_dead_instance_turns_away_its_share_of_what_goes_round() {
    let mut design = tiers(400.0, 4, "");
    design.faults = vec![fault(20.0, 20.0, kill(3, Some(1)))];
    let findings = found(&design, 1.0, 60.0);
    let (unreachable, offered) = failed(&findings, LossCause::Unreachable, 20.0, 40.0);
    // Every fourth, but for the rounds at both ends.
    near(unreachable, offered / 4.0, 3.0);
    assert_eq!(failed(&findings, LossCause::Unreachable, 0.0, 20.0).0, 0.0);
    assert_eq!(failed(&findings, LossCause::Unreachable, 40.0, 60.0).0, 0.0);
    let recovery = &findings.recovery[0];
    near(recovery.during.success.unwrap(), 0.75, 0.01);
    assert_eq!(recovery.before.unwrap().success, Some(1.0));
    assert_eq!(recovery.after.unwrap().success, Some(1.0));
    near(recovery.recovered_after_seconds.unwrap(), 0.0, 5.0);
}

#[test]
fn what_a_killed_service_held_is_given_back_everywhere() {
    let mut design = tiers(4_000.0, 2, "");
    design.faults = vec![fault(2.0, 2.0, kill(3, None))];
    let compiled = compile(&design);
    let mut simulation = start(&design, 2, 0.5);
    run(&mut simulation, 1.999);
    let present = |simulation: &Simulation| -> u32 {
        (0..compiled.network.stations.len())
            .map(|station| simulation.present(StationId(station as u32)))
            .sum()
    };
    assert!(present(&simulation) > 20, "{}", present(&simulation));
    run(&mut simulation, 2.0);
    // Nothing but what is on its way to the service is anywhere.
    let service_and_below: u32 = compiled
        .network
        .stations
        .iter()
        .enumerate()
        .filter(|(_, station)| station.component.0 >= 3)
        .map(|(place, _)| simulation.present(StationId(place as u32)))
        .sum();
    assert_eq!(service_and_below, 0);
    run(&mut simulation, 6.0);
    let findings = simulation.findings();
    assert!(failed(&findings, LossCause::InstanceLost, 0.0, 6.0).0 > 20.0);
    let (unreachable, offered) = failed(&findings, LossCause::Unreachable, 2.0, 4.0);
    near(unreachable / offered, 1.0, 0.01);
    assert_eq!(findings.recovery[0].after.unwrap().success, Some(1.0));
}

#[test]
fn a_killed_database_frees_the_threads_that_waited_for_it() {
    let mut design = tiers(2_000.0, 2, "");
    design.faults = vec![fault(2.0, None, kill(4, None))];
    let mut simulation = start(&design, 2, 0.5);
    run(&mut simulation, 4.0);
    let findings = simulation.findings();
    let (failures, offered) = failed(&findings, LossCause::Unreachable, 2.5, 4.0);
    near(failures / offered, 1.0, 0.01);
    assert_eq!(findings.faults[0].ended_seconds, None);
    assert!(findings.recovery[0].after.is_none());
    assert!(findings.recovery[0].recovered_after_seconds.is_none());
}

#[test]
fn a_deploy_takes_one_instance_after_the_other_and_loses_nobody_inside() {
    let mut design = tiers(400.0, 4, "");
    let deploy = ComponentFault::RollingDeploy {
        restart_seconds: 10.0,
    };
    design.faults = vec![fault(20.0, None, in_component(3, deploy))];
    let findings = found(&design, 1.0, 90.0);
    assert_eq!(findings.faults[0].ended_seconds, Some(60.0));
    let (unreachable, offered) = failed(&findings, LossCause::Unreachable, 20.0, 60.0);
    near(unreachable, offered / 4.0, 8.0);
    assert_eq!(failed(&findings, LossCause::InstanceLost, 0.0, 90.0).0, 0.0);
    let series = findings.series.as_ref().unwrap();
    let mut own = series.stations.iter().filter(|row| row.component.0 == 3);
    let instances = &own.next().unwrap().instances;
    assert!((20..60).all(|second| (instances[second] - 3.0).abs() < 1e-9));
    assert_eq!((instances[10], instances[70]), (4.0, 4.0));
}

#[test]
fn calls_lost_on_the_way_are_tried_again_and_succeed_as_often_as_chance_says() {
    let plan = |extra: &str| {
        format!(
            r#", "plans": [{{"class": 1, "steps": [{{"calls": [{{"link": 3, "retry": {{"retries": 2, "backoff_seconds": 0}}{extra}}}]}}]}}]"#
        )
    };
    let p: f64 = 0.3;
    let fails = p.powi(3);
    for (extra, why, each) in [
        ("", LossCause::Unreachable, CONNECT_TIMEOUT_SECONDS),
        (r#", "timeout_seconds": 1.0"#, LossCause::TimedOut, 1.0),
    ] {
        let mut design = tiers(20.0, 4, &plan(extra));
        // The database answers within a millisecond or so: only lost calls take long.
        design.faults = vec![fault(
            0.0,
            None,
            on_link(3, LinkFault::Drop { probability: p }),
        )];
        let findings = found(&design, 100.0, 5_000.0);
        let (failures, offered) = failed(&findings, why, 0.0, 5_000.0);
        let deviation = (fails * (1.0 - fails) / offered).sqrt();
        near(failures / offered, fails, 4.0 * deviation);
        // Of those that take two attempts or more the second loss comes with p: 0.91 take less than two times the time-out.
        let series = findings.series.as_ref().unwrap();
        let p95 = series.classes[0].p95[10].unwrap();
        let slow = if each == 1.0 {
            (2.0, 3.3)
        } else {
            (10.0, 11.0)
        };
        assert!((slow.0..slow.1).contains(&p95), "{p95}");
    }
}

#[test]
fn a_slower_link_adds_just_that() {
    let design = tiers(20.0, 4, "");
    let plain = found(&design, 10.0, 400.0);
    let mut delayed = design.clone();
    delayed.faults = vec![fault(
        0.0,
        None,
        on_link(1, LinkFault::Delay { seconds: 0.25 }),
    )];
    let delayed = found(&delayed, 10.0, 400.0);
    let mean = |findings: &Findings| findings.classes[0].mean.unwrap().value;
    near(mean(&delayed) - mean(&plain), 0.25, 0.001);
}

#[test]
fn a_partition_cuts_all_links_across_the_border_and_no_other() {
    let mut design = tiers(200.0, 4, "");
    // The zone holds the service alone.
    let parted = Incident::Zone {
        id: ZoneId(1),
        what: ZoneFault::Partition { from: None },
    };
    design.faults = vec![fault(10.0, 20.0, parted)];
    let findings = found(&design, 1.0, 60.0);
    let series = findings.series.as_ref().unwrap();
    let class = &series.classes[0];
    // A lost call fails after the connect time-out.
    assert!(class.succeeded[11..30].iter().all(|rate| *rate == 0.0));
    let (unreachable, _) = failed(&findings, LossCause::Unreachable, 10.0, 60.0);
    let (_, offered) = failed(&findings, LossCause::Unreachable, 10.0, 30.0);
    near(unreachable, offered, 5.0);
    assert!(class.succeeded[32] > 100.0);
    let recovered = findings.recovery[0].recovered_after_seconds.unwrap();
    near(recovered, CONNECT_TIMEOUT_SECONDS, 2.0);
}

#[test]
fn errors_come_as_often_as_told_and_count_as_answers() {
    let mut design = tiers(200.0, 4, "");
    let errors = ComponentFault::ErrorRate { probability: 0.2 };
    design.faults = vec![fault(0.0, None, in_component(3, errors))];
    let findings = found(&design, 10.0, 400.0);
    let (errors, offered) = failed(&findings, LossCause::Error, 0.0, 400.0);
    near(errors / offered, 0.2, 4.0 * (0.16 / offered).sqrt());
    let series = findings.series.as_ref().unwrap();
    assert!(series.classes[0].refused.iter().all(|rate| *rate == 0.0));
}

#[test]
fn traffic_is_multiplied_and_pauses_without_a_draw_of_its_own() {
    let mut design = station(50.0, &[(Parameter::ServiceTime, Value::Number(1.0))]);
    let times = |factor| multiply(None, factor);
    design.faults = vec![
        fault(100.0, 100.0, times(3.0)),
        fault(300.0, 100.0, times(0.0)),
        fault(150.0, 10.0, times(2.0)),
    ];
    let findings = found(&design, 10.0, 500.0);
    let offered = &findings.series.as_ref().unwrap().classes[0].offered;
    let rate = |from: usize, to: usize| offered[from..to].iter().sum::<f64>() / (to - from) as f64;
    let deviation = |rate: f64, seconds: f64| 4.0 * (rate / seconds).sqrt();
    near(rate(0, 10), 50.0, deviation(50.0, 100.0));
    near(rate(10, 15), 150.0, deviation(150.0, 50.0));
    near(rate(15, 16), 300.0, deviation(300.0, 10.0));
    near(rate(20, 30), 50.0, deviation(50.0, 100.0));
    assert_eq!(rate(30, 40), 0.0);
    near(rate(40, 50), 50.0, deviation(50.0, 100.0));
}

#[test]
fn users_come_and_go_with_the_traffic() {
    let changes = [
        (Parameter::ServiceTime, Value::Number(0.01)),
        (Parameter::Servers, Value::Number(100.0)),
    ];
    let mut design = station(1.0, &changes);
    design.components[0].parameters.extend([
        (Parameter::Traffic, Value::Choice(Choice::Closed)),
        (Parameter::Users, Value::Number(200.0)),
        (Parameter::ThinkTime, Value::Number(2.0)),
    ]);
    let times = |factor| multiply(Some(1), factor);
    design.faults = vec![
        fault(100.0, 100.0, times(0.25)),
        fault(300.0, 100.0, times(3.0)),
    ];
    let findings = found(&design, 10.0, 500.0);
    let offered = &findings.series.as_ref().unwrap().classes[0].offered;
    // Users over the think time, since nobody waits.
    let rate = |from: usize| offered[from..from + 8].iter().sum::<f64>() / 8.0;
    near(rate(1), 100.0, 6.0);
    near(rate(12), 25.0, 3.0);
    near(rate(22), 100.0, 6.0);
    near(rate(31), 300.0, 10.0);
    near(rate(42), 100.0, 6.0);
}

#[test]
fn a_flushed_cache_fills_as_the_popularity_of_its_keys_says() {
    let document = r#"{"format_version": 1, "title": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 100, "keys": 2000, "zipf_exponent": 0.8, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 500}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 300, "y": 0}, "parameters": {"cores": 64, "service_time": 0.1, "threads": "unlimited"}}, {"id": 3, "kind": "cache", "name": "cache", "position": {"x": 600, "y": 0}, "parameters": {"cache_size": 1, "time_to_live": "unlimited"}}, {"id": 4, "kind": "sql_primary", "name": "database", "position": {"x": 900, "y": 0}, "parameters": {"cores": 64, "memory": 100, "connections": 1000}}],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}, {"id": 3, "from": 2, "to": 4}]}"#;
    let mut design = read(document).scenario.unwrap();
    let flush = ComponentFault::Flush { instances: None };
    let lose = ComponentFault::LoseMemory { instances: None };
    design.faults = vec![
        fault(30.0, None, in_component(3, flush)),
        fault(60.0, 10.0, in_component(3, lose)),
    ];
    let (mut sums, runs) = (vec![0.0; 90], 8);
    for seed in 1..=runs {
        let mut simulation = start(&design, seed, 1.0);
        run(&mut simulation, 90.0);
        let findings = simulation.findings();
        let series = findings.series.as_ref().unwrap();
        let stores = &series.stores;
        let cache = stores.iter().find(|row| row.component.0 == 3).unwrap();
        for (sum, ratio) in sums.iter_mut().zip(&cache.hit_ratio) {
            *sum += ratio.unwrap() / runs as f64;
        }
        assert_eq!(findings.faults[0].ended_seconds, Some(30.0));
    }
    // The room holds all keys, and none leaves: a key is there t seconds after the flush if it was asked for since, with probability
    // 1 − exp(−λ p t), so that the hit ratio from t to t + 1 is the mean of Σ p (1 − exp(−λ p t)).
    let weights: Vec<f64> = (1..=2_000).map(|rank| f64::from(rank).powf(-0.8)).collect();
    let total: f64 = weights.iter().sum();
    let expected = |from: f64| {
        let at = |t: f64| -> f64 {
            let held = weights.iter().map(|weight| weight / total);
            held.map(|p| p * -(-500.0 * p * t).exp_m1()).sum()
        };
        (0..100)
            .map(|step| at(from + (f64::from(step) + 0.5) / 100.0))
            .sum::<f64>()
            / 100.0
    };
    near(sums[29], 1.0, 1e-9);
    for second in [0, 1, 2, 5, 10, 20] {
        near(sums[30 + second], expected(second as f64), 0.015);
        if second < 20 {
            near(sums[70 + second], expected(second as f64), 0.015);
        }
    }
    for ratio in &sums[60..70] {
        assert_eq!(*ratio, 0.0);
    }
}

/// The made-up scenario of a seed with its faults in the first seconds.
fn eventful(seed: u64) -> Scenario {
    let mut scenario = generate_with_faults(seed, 12);
    scenario.run.duration_seconds = None;
    for fault in &mut scenario.faults {
        fault.start_seconds %= 2.0;
        fault.duration_seconds = fault.duration_seconds.map(|duration| duration % 1.5);
        if let Incident::Component {
            what: ComponentFault::RollingDeploy { restart_seconds },
            ..
        } = &mut fault.incident
        {
            *restart_seconds %= 0.5;
        }
    }
    scenario
}

#[test]
fn books_balance_whatever_goes_wrong() {
    for seed in 0..150 {
        let mut simulation = start(&eventful(seed), seed, 0.25);
        for time in [0.5, 1.0, 1.5, 2.0, 3.0, 4.0] {
            simulation.run_until(time, 40_000);
            let violations = simulation.violations();
            assert!(violations.is_empty(), "seed {seed}: {violations:?}");
        }
    }
}

#[test]
fn a_run_with_faults_is_the_same_however_it_is_cut_or_copied() {
    for seed in [1, 4, 9, 16, 23] {
        let design = eventful(seed);
        let end = |mut simulation: Simulation| {
            simulation.run_until(2.5, 60_000);
            simulation
        };
        let whole = end(start(&design, seed, 0.25));
        let mut pieces = start(&design, seed, 0.25);
        let mut left = 60_000;
        let mut snapshot = None;
        while left > 0 && !pieces.run_until(2.5, 500) {
            left -= 500;
            if left == 40_000 {
                snapshot = Some(pieces.clone());
            }
        }
        assert_eq!(pieces.findings(), whole.findings(), "seed {seed}");
        if let Some(mut snapshot) = snapshot {
            snapshot.run_until(2.5, 40_000);
            assert_eq!(snapshot.findings(), whole.findings(), "seed {seed}");
        }
    }
}

#[test]
fn faults_that_never_come_and_series_leave_the_course_as_it_was() {
    let plain = generate(7, 12);
    let mut expecting = plain.clone();
    let clients = expecting
        .components
        .iter()
        .find(|component| component.kind == Kind::Clients);
    let id = clients.map(|clients| clients.id.0);
    expecting.faults.push(fault(1e6, None, multiply(id, 2.0)));
    let course = |scenario: &Scenario, series_seconds| {
        let settings = Settings {
            seed: 7,
            most_in_flight: 20_000,
            series_seconds,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(scenario), &settings);
        simulation.run_until(1.0, u64::MAX);
        let findings = simulation.findings();
        let classes = findings
            .classes
            .iter()
            .map(|class| (class.answered, class.quantiles));
        (findings.events, classes.collect::<Vec<_>>())
    };
    assert_eq!(course(&plain, None), course(&expecting, Some(0.1)));
}

#[test]
fn autoscaled_instances_come_back_when_they_have_booted() {
    let mut design = tiers(200.0, 2, "");
    design.components[2].parameters.extend([
        (Parameter::Autoscaling, Value::Flag(true)),
        (Parameter::MinimumInstances, Value::Number(2.0)),
        (Parameter::MaximumInstances, Value::Number(4.0)),
        (Parameter::BootTime, Value::Number(30.0)),
    ]);
    design.faults = vec![fault(10.0, 20.0, kill(3, None))];
    let findings = found(&design, 1.0, 100.0);
    assert_eq!(findings.faults[0].ended_seconds, Some(60.0));
    let succeeded = &findings.series.as_ref().unwrap().classes[0].succeeded;
    assert_eq!(succeeded[50], 0.0);
    assert!(succeeded[62] > 100.0);
}

#[test]
fn changing_traffic_is_multiplied_where_it_stands() {
    let spans = |arrivals: Arrivals| -> Vec<f64> {
        let mut compiled = compile(&station(
            1.0,
            &[(Parameter::ServiceTime, Value::Number(0.01))],
        ));
        compiled.network.sources[0].arrivals = arrivals;
        let times = |start: f64, factor: f64| Disturbance {
            fault: 0,
            incident: multiply(Some(1), factor),
            start: Seconds(start),
            end: Some(Seconds(start + 100.0)),
            effect: Effect::Traffic {
                clients: vec![ComponentId(1)],
                factor,
            },
        };
        compiled.disturbances = vec![times(100.0, 2.5), times(200.0, 0.0)];
        let settings = Settings {
            series_seconds: Some(100.0),
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compiled, &settings);
        run(&mut simulation, 400.0);
        let series = simulation.findings().series.unwrap();
        series.classes[0]
            .offered
            .iter()
            .map(|rate| rate * 100.0)
            .collect()
    };
    let open = |pattern: Pattern, profile: Profile| Arrivals::Open {
        peak: PerSecond(40.0),
        pattern,
        batch: 1.0,
        trough_share: 1.0,
        profile,
    };
    let lines = || {
        let points = [(0.0, 0.2), (150.0, 1.0), (400.0, 0.5)];
        Profile::Lines(
            points
                .iter()
                .map(|(at, share)| RatePoint {
                    at: Seconds(*at),
                    share: *share,
                })
                .collect(),
        )
    };
    // The integral of the line over each hundred seconds, of which 2.5 times and nought times as many come in the second and third.
    let expected = [
        40.0 * (0.2 + 11.0 / 15.0) / 2.0 * 100.0,
        2.5 * 40.0 * (50.0 * (11.0 / 15.0 + 1.0) / 2.0 + 50.0 * (1.0 + 0.9) / 2.0),
        0.0,
        40.0 * (0.7 + 0.5) / 2.0 * 100.0,
    ];
    // Poisson arrivals by chance, clockwork but for the ends.
    for (scv, deviations) in [(1.0, 4.0), (0.0, 0.0)] {
        let counts = spans(open(Pattern::Renewal { scv }, lines()));
        for (count, expected) in counts.iter().zip(expected) {
            near(*count, expected, deviations * expected.sqrt() + 2.0);
        }
    }
    // A recorded request every half second.
    let moments = (0..800)
        .map(|nth| Seconds(0.25 + 0.5 * f64::from(nth)))
        .collect();
    let counts = spans(open(Pattern::Replayed(moments), Profile::Constant));
    assert_eq!((counts[0], counts[2], counts[3]), (200.0, 0.0, 200.0));
    // Two or three for each.
    near(counts[1], 500.0, 4.0 * (200.0_f64 * 0.25).sqrt());
}

#[test]
fn replicas_that_learn_nothing_grow_stale_and_catch_up() {
    let document = r#"{"format_version": 1, "title": "", "zones": [], "objectives": [], "classes": [
        {"id": 1, "name": "read", "operation": "read", "share": 0.5, "request_bytes": 100, "response_bytes": 100, "keys": 1, "zipf_exponent": 0, "priority": 0}, {"id": 2, "name": "write", "operation": "write", "share": 0.5, "request_bytes": 100, "response_bytes": 100, "keys": 1, "zipf_exponent": 0, "priority": 0}], "components": [{"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 20}}, {"id": 2, "kind": "service", "name": "service", "position": {"x": 200, "y": 0}, "parameters": {"cores": 64, "threads": 1000, "service_time": 0.001}}, {"id": 3, "kind": "sql_primary", "name": "primary", "position": {"x": 400, "y": 0}, "parameters": {"cores": 64, "memory": 100}}, {"id": 4, "kind": "read_replica", "name": "replica", "position": {"x": 600, "y": 0}, "parameters": {"cores": 64, "memory": 100, "replication_lag": 0}}], "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}, {"id": 3, "from": 2, "to": 4}, {"id": 4, "from": 3, "to": 4}]}"#;
    let design = read(document).scenario.unwrap();
    let stale = |incident: Option<Incident>| {
        let mut design = design.clone();
        design.faults = incident
            .map(|incident| fault(100.0, 100.0, incident))
            .into_iter()
            .collect();
        let mut simulation = start(&design, 1, 10.0);
        for second in [90.0, 150.0, 210.0, 400.0] {
            run(&mut simulation, second);
        }
        let findings = simulation.findings();
        let reads = &findings.replicas[0].reads[0];
        let longest = findings.replicas[0].longest_lag;
        (reads.stale.unwrap().value, longest)
    };
    let (seldom, short) = stale(None);
    assert!(seldom < 0.1 && short < 0.5, "{seldom} {short}");
    // One key, written ten times a second: every read in a quarter of the time is stale, but for the first tenth of a second.
    // So does a replica that is parted from its primary: what couldn't be sent is sent afterwards.
    for incident in [
        in_component(3, ComponentFault::StopReplication),
        in_component(4, ComponentFault::StopReplication),
        on_link(4, LinkFault::Drop { probability: 1.0 }),
    ] {
        let (share, longest) = stale(Some(incident));
        near(share, 0.25 + 0.75 * seldom, 0.03);
        near(longest, 100.0, 1.0);
    }
    // What is lost now and then is sent again: one in a hundred holds up those behind it for 0.2 s, mostly.
    let (share, longest) = stale(Some(on_link(4, LinkFault::Drop { probability: 0.01 })));
    near(share, seldom + 0.25 * 0.1 * 0.2, 0.01);
    assert!((0.2..1.5).contains(&longest), "{longest}");
    // A dead replica answers nobody, and is up to date when it is back.
    let (share, _) = stale(Some(kill(4, None)));
    near(share, seldom, 0.03);
}
