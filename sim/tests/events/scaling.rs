//! Autoscaling: how many instances there are, and when.

use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario};

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

#[test]
fn a_calm_autoscaler_removes_instances_after_the_cooldown() {
    let mut simulation = Simulation::new(&compile(&scaled(40.0)), &Settings::default());
    simulation.run_instances(SERVICE, 12);
    assert_eq!(instances_between(&mut simulation, 0.0, 179.0), 12.0);
    let at_last = instances_between(&mut simulation, 3_000.0, 8_000.0);
    assert!((3.9..=5.2).contains(&at_last), "{at_last}");
}
