//! Autoscaling: how many instances there are, and when.

use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkId, Point, Scenario,
};

const SERVICE: ComponentId = ComponentId(3);

/// Clients, a balancer and an autoscaled service whose requests take 100 ms of one of its two cores.
fn scaled(per_second: f64) -> Scenario {
    let mut scenario = Scenario::default();
    let kinds = [Kind::Clients, Kind::LoadBalancer, Kind::Service];
    for (index, kind) in kinds.into_iter().enumerate() {
        let id = ComponentId(index as u32 + 1);
        let at = Point {
            x: 300.0 * index as f64,
            y: 0.0,
        };
        scenario
            .components
            .push(Component::new(id, kind, "part", at));
    }
    for from in 1..=2 {
        let (one, other) = (ComponentId(from), ComponentId(from + 1));
        scenario.links.push(Link::new(LinkId(from), one, other));
    }
    let mut set = |component: usize, parameter, value| {
        scenario.components[component]
            .parameters
            .insert(parameter, value);
    };
    set(0, Parameter::RequestRate, Value::Number(per_second));
    set(
        1,
        Parameter::BalancingPolicy,
        Value::Choice(Choice::LeastConnections),
    );
    set(2, Parameter::ServiceTime, Value::Number(100.0));
    set(2, Parameter::Autoscaling, Value::Flag(true));
    set(2, Parameter::MinimumInstances, Value::Number(2.0));
    set(2, Parameter::MaximumInstances, Value::Number(30.0));
    set(2, Parameter::TargetUtilisation, Value::Number(0.5));
    set(2, Parameter::BootTime, Value::Number(60.0));
    set(2, Parameter::MetricWindow, Value::Number(180.0));
    scenario
}

/// Instances that served on average between two times.
fn instances_between(simulation: &mut Simulation, from: f64, to: f64) -> f64 {
    let so_far = |simulation: &Simulation| simulation.instance_seconds(SERVICE);
    run(simulation, from);
    let before = so_far(simulation);
    run(simulation, to);
    (so_far(simulation) - before) / (to - from)
}

#[test]
fn instances_follow_the_load_after_the_window_and_the_boot_time() {
    // 10 erlangs: 10 instances of two cores at the target of 50 %.
    let mut simulation = Simulation::new(&compile(&scaled(100.0)), &Settings::default());
    assert_eq!(instances_between(&mut simulation, 0.0, 239.0), 2.0);
    // All of the first two's cores are busy: the autoscaler can only see that twice as many are needed.
    assert_eq!(instances_between(&mut simulation, 241.0, 290.0), 4.0);
    let at_last = instances_between(&mut simulation, 4_000.0, 10_000.0);
    assert!((9.9..=11.5).contains(&at_last), "{at_last}");
}

/// The same by clockwork, served in exactly 100 ms: nothing is left to chance.
fn clockwork(per_second: f64) -> Scenario {
    let mut scenario = scaled(per_second);
    let mut set = |component: usize, parameter, value| {
        scenario.components[component]
            .parameters
            .insert(parameter, value);
    };
    set(0, Parameter::ArrivalPattern, Value::Choice(Choice::Regular));
    set(2, Parameter::ServiceVariability, Value::Number(0.0));
    scenario
}

/// The service scales by steps: above 70 % one instance for each tenth, below 35 % one less.
fn by_steps(mut scenario: Scenario, cooldown: f64, boot: f64) -> Scenario {
    let service = &mut scenario.components[2].parameters;
    for (parameter, value) in [
        (Parameter::ScalingPolicy, Value::Choice(Choice::StepScaling)),
        (Parameter::UpperThreshold, Value::Number(0.7)),
        (Parameter::LowerThreshold, Value::Number(0.35)),
        (Parameter::StepWidth, Value::Number(0.1)),
        (Parameter::StepInstances, Value::Number(1.0)),
        (Parameter::ScalingCooldown, Value::Number(cooldown)),
        (Parameter::BootTime, Value::Number(boot)),
    ] {
        service.insert(parameter, value);
    }
    scenario
}

/// When instances changed, and to how many, as often as every second; the first entry is the beginning.
fn trajectory(simulation: &mut Simulation, seconds: u32) -> Vec<(u32, u32)> {
    let mut changes: Vec<(u32, u32)> = Vec::new();
    for second in 0..=seconds {
        run(simulation, f64::from(second));
        let (running, _) = simulation.scaling(SERVICE).unwrap();
        if changes.last().is_none_or(|(_, last)| *last != running) {
            changes.push((second, running));
        }
    }
    changes
}

#[test]
fn steps_follow_the_trajectory_worked_out_by_hand() {
    // 75 a second for 100 ms are 7.5 erlangs; n instances of two cores are busy 7.5 / 2n of the time, and wholly while there are fewer than four.
    // Points come each minute, the third at 180 s: 100 % on two instances is three widths above 70 %, four steps, which serve at 240 s. By
    // then 240 · (75 − 40) = 8,400 requests wait at the first two, which need 210 s for them; the four new ones have all that comes, 75 of
    // the 80 a second that they can do. So the points are (2 + 4 · 0.9375) / 6 = 95.8 % up to that of 420 s, within the cooldown of the four
    // that were added, and half that and half 62.5 % at 480 s, when it is over: 79.2 %, one step. Seven are busy 53.6 %, and stay.
    let scenario = by_steps(clockwork(75.0), 300.0, 60.0);
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    assert_eq!(
        trajectory(&mut simulation, 3_000),
        [(0, 2), (240, 6), (540, 7)]
    );
    // Without a cooldown four more are added at 240 s, and three at 300 s (95.8 % are two widths above). With ten the point of 360 s is
    // (2 + 8 · 0.469) / 10 = 57.5 %. Thirteen are busy 28.8 % when the backlog is gone, at 540, 600 and 660 s: one is removed, and one each
    // minute (31.3 %, 34.1 %) until ten are busy 37.5 %.
    let scenario = by_steps(clockwork(75.0), 0.0, 60.0);
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    assert_eq!(
        trajectory(&mut simulation, 3_000),
        [
            (0, 2),
            (240, 6),
            (300, 10),
            (360, 13),
            (660, 12),
            (720, 11),
            (780, 10)
        ]
    );
}

#[test]
fn within_the_cooldown_only_more_steps_than_were_taken_add_more() {
    // 3.1 erlangs on two instances of two cores are 77.5 %: one step at 180 s. From 200 s on 3.9 erlangs, 97.5 % while the third boots for ten
    // minutes: three steps, of which one has been taken, at the first minute whose last three points are above: 240 s.
    let mut scenario = by_steps(clockwork(39.0), 3_600.0, 600.0);
    let clients = &mut scenario.components[0].parameters;
    clients.insert(Parameter::TrafficProfile, Value::Choice(Choice::Step));
    clients.insert(Parameter::LowTraffic, Value::Number(31.0 / 39.0));
    clients.insert(Parameter::ChangeStart, Value::Number(200.0));
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    let changes = trajectory(&mut simulation, 2_000);
    // The last point of 240 s is of a minute of which a third was at 77.5 %: 90.8 %, three steps. The next has no more.
    assert_eq!(changes, [(0, 2), (780, 3), (840, 5)]);
    assert_eq!(simulation.scaling(SERVICE), Some((5, 2)));
}

/// How often a day of an hour makes the autoscaler change its mind.
fn changes_of_a_day(cooldown: f64) -> u64 {
    let mut scenario = by_steps(scaled(150.0), cooldown, 60.0);
    let clients = &mut scenario.components[0].parameters;
    clients.insert(Parameter::TrafficProfile, Value::Choice(Choice::Daily));
    clients.insert(Parameter::NightShare, Value::Number(0.2));
    clients.insert(Parameter::DayLength, Value::Number(14_400.0));
    let service = &mut scenario.components[2].parameters;
    service.insert(Parameter::MetricWindow, Value::Number(30.0));
    service.insert(Parameter::LowerThreshold, Value::Number(0.6));
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    run(&mut simulation, 14_400.0);
    simulation.scaling(SERVICE).unwrap().1
}

#[test]
fn a_short_cooldown_makes_steps_thrash() {
    let (none, usual) = (changes_of_a_day(0.0), changes_of_a_day(300.0));
    println!("{none} changes without a cooldown, {usual} with 300 s");
    assert!(none > 3 * usual, "{none} against {usual}");
}

#[test]
fn a_calm_autoscaler_removes_instances_after_the_cooldown() {
    let mut simulation = Simulation::new(&compile(&scaled(40.0)), &Settings::default());
    simulation.run_instances(SERVICE, 12);
    assert_eq!(instances_between(&mut simulation, 0.0, 179.0), 12.0);
    let at_last = instances_between(&mut simulation, 3_000.0, 8_000.0);
    assert!((3.9..=5.2).contains(&at_last), "{at_last}");
}

#[test]
fn the_load_of_dead_instances_needs_as_many_others_and_no_more() {
    // 4.8 erlangs by clockwork need five instances of two cores at the target of 50 %, dead ones or not.
    let mut scenario = clockwork(48.0);
    scenario.components[1].parameters.extend([
        (Parameter::HealthChecks, Value::Flag(true)),
        (Parameter::HealthInterval, Value::Number(1.0)),
        (Parameter::UnhealthyAfter, Value::Number(1.0)),
    ]);
    scenario.faults = vec![Fault {
        start_seconds: 3_000.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: SERVICE,
            what: ComponentFault::Kill { instances: Some(2) },
        },
    }];
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    assert_eq!(instances_between(&mut simulation, 2_000.0, 3_000.0), 5.0);
    // Three points above the target, and the boot time.
    assert_eq!(instances_between(&mut simulation, 3_000.0, 3_180.0), 3.0);
    // The last point before the new ones serve may want one more, until the cooldown is over.
    let at_first = instances_between(&mut simulation, 3_330.0, 5_000.0);
    assert!((5.0..=6.0).contains(&at_first), "{at_first}");
    assert_eq!(instances_between(&mut simulation, 5_000.0, 10_000.0), 5.0);
    assert_eq!(simulation.scaling(SERVICE).unwrap().0, 7);
}

#[test]
fn what_boots_is_counted_apart_from_what_serves() {
    let mut simulation = Simulation::new(&compile(&scaled(60.0)), &Settings::default());
    assert_eq!(simulation.boot_seconds(ComponentId(1)), None);
    // Every instance that has joined has booted for a minute; at the end some may still boot.
    let mut joined = 0.0;
    let mut before = 2.0;
    for second in 1..=1_500 {
        run(&mut simulation, f64::from(second));
        let (running, _) = simulation.scaling(SERVICE).unwrap();
        joined += (f64::from(running) - before).max(0.0);
        before = f64::from(running);
    }
    let booted = simulation.boot_seconds(SERVICE).unwrap();
    assert!(joined >= 3.0, "{joined}");
    let under_way = booted - 60.0 * joined;
    assert!(
        (-1e-6..60.0 * 30.0).contains(&under_way),
        "{booted} {joined}"
    );
    assert!(under_way < 1e-6 || (under_way / 60.0).fract() > 0.0);
}
