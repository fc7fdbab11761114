//! Measured service times: whose they can be, and that they change nothing else.

use crate::support::*;
use loadscape_sim::catalog::{Kind, Parameter};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{Compiled, Role, Step, Unmeasured, compile};
use loadscape_sim::scenario::{ClassId, ComponentId};

/// What the component is served by, where it works itself.
fn services(compiled: &Compiled, component: ComponentId) -> Vec<Distribution> {
    let network = &compiled.network;
    let steps = network.steps.iter().filter_map(|step| match step {
        Step::Serve { station, time } => {
            let station = network.station(*station);
            let works = matches!(station.role, Role::Cores | Role::Servers);
            (works && station.component == component).then(|| time.clone())
        }
        _ => None,
    });
    steps.collect()
}

#[test]
fn what_does_one_kind_of_work_takes_the_measured_times_and_nothing_else_changes() {
    let law = Distribution::empirical(vec![0.01, 0.03, 0.2]).unwrap();
    for kind in [
        Kind::Station,
        Kind::Service,
        Kind::LoadBalancer,
        Kind::ApiGateway,
        Kind::Cache,
    ] {
        let mut drawing = Drawing::new();
        let clients = drawing.add(Kind::Clients);
        let part = drawing.below(clients, kind);
        let other = drawing.below(part, Kind::Service);
        drawing.number(part, Parameter::RateLimit, 100.0);
        let drawn = compile(&drawing.scenario);
        let mut measured = drawn.clone();
        let own = measured.network.measure(part, &law).unwrap();
        assert_eq!(
            services(&measured, part),
            std::slice::from_ref(&law),
            "{kind:?}"
        );
        assert_eq!(
            services(&drawn, part),
            std::slice::from_ref(&own),
            "{kind:?}"
        );
        assert_eq!(services(&drawn, other), services(&measured, other));
        // Back again: nothing else was touched.
        assert_eq!(measured.network.measure(part, &own).unwrap(), law);
        assert!(measured.network == drawn.network, "{kind:?}");
    }
}

#[test]
fn what_works_in_several_ways_or_not_at_all_cannot_be_measured() {
    let law = Distribution::deterministic(0.01).unwrap();
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let database = drawing.below(service, Kind::SqlPrimary);
    let function = drawing.below(service, Kind::Function);
    let idle = drawing.add(Kind::Service);
    let mut compiled = compile(&drawing.scenario);
    let before = compiled.network.clone();
    let mut why = |part| compiled.network.measure(part, &law).unwrap_err();
    let Unmeasured::Several(means) = why(database) else {
        panic!("{:?}", why(database));
    };
    assert!(means.len() > 1 && means.is_sorted(), "{means:?}");
    assert_eq!(why(function), Unmeasured::NoServers);
    assert_eq!(why(clients), Unmeasured::NoServers);
    assert_eq!(why(ComponentId(99)), Unmeasured::NoServers);
    assert_eq!(why(idle), Unmeasured::Idle);
    assert!(compiled.network == before);
    // Of one class of requests it does one kind of work.
    drawing
        .scenario
        .classes
        .retain(|class| class.id == ClassId(2));
    let mut compiled = compile(&drawing.scenario);
    assert!(compiled.network.measure(database, &law).is_ok());
}
