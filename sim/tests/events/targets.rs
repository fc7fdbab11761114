//! Balancers with several services to choose from, of one instance each: who is asked, by chance or by the key of the request, when one of
//! them is dead or fails, against plain reckoning and the solver's shares.

use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    Call, CallPlan, Component, ComponentFault, ComponentId, Fault, Incident, Link, LinkFault,
    LinkId, PlanStep, Point, RequestClass, Retry, Scenario,
};

const RATE: f64 = 400.0;
const BALANCER: ComponentId = ComponentId(2);
/// The first service; the others follow.
const FIRST: u32 = 10;
const OUTAGE: (f64, f64) = (22.0, 60.0);

/// Clients, a balancer that picks so, and that many services of one instance.
fn drawing(policy: Choice, services: u32) -> Scenario {
    let mut scenario = Scenario::default();
    let mut class = RequestClass::new(
        loadscape_sim::scenario::ClassId(1),
        "read",
        loadscape_sim::scenario::Operation::Read,
    );
    (class.keys, class.zipf_exponent) = (100_000.0, 0.9);
    scenario.classes = vec![class];
    let part = |id, kind| {
        let at = Point {
            x: 200.0 * f64::from(id),
            y: 0.0,
        };
        Component::new(ComponentId(id), kind, "part", at)
    };
    let number = |component: &mut Component, parameter, value| {
        component.parameters.insert(parameter, Value::Number(value));
    };
    let mut clients = part(1, Kind::Clients);
    number(&mut clients, Parameter::RequestRate, RATE);
    number(&mut clients, Parameter::ClientRoundTrip, 0.0);
    let mut balancer = part(BALANCER.0, Kind::LoadBalancer);
    (balancer.parameters).insert(Parameter::BalancingPolicy, Value::Choice(policy));
    scenario.components = vec![clients, balancer];
    (scenario.links).push(Link::new(LinkId(1), ComponentId(1), BALANCER));
    for id in FIRST..FIRST + services {
        let mut service = part(id, Kind::Service);
        number(&mut service, Parameter::Cores, 8.0);
        number(&mut service, Parameter::ServiceTime, 5.0);
        number(&mut service, Parameter::Threads, 50.0);
        scenario.components.push(service);
        let link = Link::new(LinkId(id), BALANCER, ComponentId(id));
        scenario.links.push(link);
    }
    scenario
}

/// The balancer probes every five seconds, leaves out after three without an answer, and takes back after four with one.
fn probe(scenario: &mut Scenario) {
    let own = &mut scenario.components[1].parameters;
    own.insert(Parameter::HealthChecks, Value::Flag(true));
    own.insert(Parameter::HealthInterval, Value::Number(5.0));
    own.insert(Parameter::UnhealthyAfter, Value::Number(3.0));
    own.insert(Parameter::HealthyAfter, Value::Number(4.0));
}

fn kill(scenario: &mut Scenario, service: u32) {
    scenario.faults.push(Fault {
        start_seconds: OUTAGE.0,
        duration_seconds: Some(OUTAGE.1),
        incident: Incident::Component {
            id: ComponentId(service),
            what: ComponentFault::Kill { instances: None },
        },
    });
}

fn start(scenario: &Scenario) -> Simulation {
    let settings = Settings {
        series_seconds: Some(0.5),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

/// Calls of the balancer to a service, and failures of requests, between two times.
fn counts(findings: &Findings, service: u32, from: f64, to: f64) -> (f64, f64) {
    let series = findings.series.as_ref().unwrap();
    let width = series.resolution_seconds;
    let span = (from / width).round() as usize..(to / width).round() as usize;
    let sum = |rates: &[f64]| rates[span.clone()].iter().sum::<f64>() * width;
    let mut links = series.links.iter();
    let link = links.find(|link| link.link == LinkId(service)).unwrap();
    let failures = series.classes[0].failures.iter();
    (
        sum(&link.per_second),
        failures.map(|failure| sum(&failure.per_second)).sum(),
    )
}

/// Within four and a half standard deviations of a Poisson number.
fn about(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 4.5 * expected.sqrt() + 1.0,
        "{found} {expected}"
    );
}

#[test]
fn a_dead_target_of_one_instance_costs_its_share_until_the_third_probe_and_none_afterwards() {
    for policy in [Choice::RoundRobin, Choice::Random, Choice::ConsistentHash] {
        let mut scenario = drawing(policy, 2);
        scenario.classes[0].zipf_exponent = 0.0;
        probe(&mut scenario);
        kill(&mut scenario, FIRST);
        let mut simulation = start(&scenario);
        run(&mut simulation, 140.0);
        let findings = simulation.findings();
        // Killed at 22, not there at 25, 30 and 35; back at 82, there at 85, 90, 95 and 100.
        // Whoever was sent there just before the third probe fails just after it.
        let (sent, failed) = counts(&findings, FIRST, 22.0, 36.0);
        about(sent, 13.0 * RATE / 2.0);
        // Those under way at the death have failed, too.
        assert!((sent..sent + 40.0).contains(&failed), "{sent} {failed}");
        assert_eq!(counts(&findings, FIRST, 36.0, 100.0), (0.0, 0.0));
        about(counts(&findings, FIRST + 1, 35.0, 100.0).0, 65.0 * RATE);
        let (sent, failed) = counts(&findings, FIRST, 100.0, 140.0);
        about(sent, 40.0 * RATE / 2.0);
        assert_eq!(failed, 0.0);
        let mut watches = findings.watches.iter();
        let watch = watches.find(|watch| watch.component.0 == FIRST).unwrap();
        assert_eq!((watch.left_out, watch.returned, watch.out), (1, 1, 0));
    }
    // Without probes it costs its share as long as it is dead.
    let mut scenario = drawing(Choice::RoundRobin, 2);
    kill(&mut scenario, FIRST);
    let mut simulation = start(&scenario);
    run(&mut simulation, 140.0);
    let (_, failed) = counts(&simulation.findings(), FIRST, 22.0, 82.0);
    about(failed, 60.0 * RATE / 2.0);
}

/// During the outage, this is wrong.
fn spoil(scenario: &mut Scenario, incident: Incident) {
    scenario.faults.push(Fault {
        start_seconds: OUTAGE.0,
        duration_seconds: Some(OUTAGE.1),
        incident,
    });
}

fn on_link(service: u32, what: LinkFault) -> Incident {
    Incident::Link {
        id: LinkId(service),
        what,
    }
}

#[test]
fn a_target_that_no_probe_reaches_is_left_out_as_a_dead_one_is() {
    for (what, fail) in [
        (LinkFault::Drop { probability: 1.0 }, true),
        // A probe would have to be answered before the next one.
        (LinkFault::Delay { seconds: 5.1 }, false),
    ] {
        let mut scenario = drawing(Choice::RoundRobin, 2);
        probe(&mut scenario);
        spoil(&mut scenario, on_link(FIRST, what));
        let mut simulation = start(&scenario);
        run(&mut simulation, 140.0);
        let findings = simulation.findings();
        let (sent, _) = counts(&findings, FIRST, 22.0, 36.0);
        about(sent, 13.0 * RATE / 2.0);
        // Lost calls are waited for.
        let (_, failed) = counts(&findings, FIRST, 22.0, 45.0);
        assert_eq!(failed, if fail { sent } else { 0.0 });
        assert_eq!(counts(&findings, FIRST, 45.0, 100.0), (0.0, 0.0));
        about(counts(&findings, FIRST + 1, 35.0, 100.0).0, 65.0 * RATE);
        let mut watches = findings.watches.iter();
        let watch = watches.find(|watch| watch.component.0 == FIRST).unwrap();
        assert_eq!((watch.left_out, watch.returned, watch.out), (1, 1, 0));
    }
}

#[test]
fn a_target_is_ejected_for_calls_that_are_given_up_on_their_way() {
    let stale = Incident::Component {
        id: ComponentId(FIRST),
        what: ComponentFault::StaleAddress,
    };
    for incident in [
        on_link(FIRST, LinkFault::Drop { probability: 1.0 }),
        on_link(FIRST, LinkFault::Delay { seconds: 10.0 }),
        stale,
    ] {
        let mut scenario = drawing(Choice::RoundRobin, 2);
        let own = &mut scenario.components[1].parameters;
        own.insert(Parameter::OutlierEjection, Value::Flag(true));
        own.insert(Parameter::OutlierFailures, Value::Number(5.0));
        own.insert(Parameter::EjectionTime, Value::Number(30.0));
        let mut call = Call::once(LinkId(1));
        call.timeout_seconds = Some(0.05);
        scenario.components[0].plans = vec![CallPlan {
            class: scenario.classes[0].id,
            steps: vec![PlanStep { calls: vec![call] }],
        }];
        spoil(&mut scenario, incident);
        let mut simulation = start(&scenario);
        run(&mut simulation, 50.0);
        let findings = simulation.findings();
        // Five are given up after 50 ms, and so are those that were sent meanwhile: some fifteen.
        let (sent, failed) = counts(&findings, FIRST, 22.0, 50.0);
        assert!((8.0..40.0).contains(&sent), "{sent}");
        assert!((5.0..=sent + 1.0).contains(&failed), "{failed} of {sent}");
        let mut watches = findings.watches.iter();
        let watch = watches.find(|watch| watch.component.0 == FIRST).unwrap();
        assert_eq!((watch.ejected, watch.out), (1, 1));
    }
    // Whom nobody gives up is ejected when the calls have failed: five seconds after the first five were sent.
    let mut scenario = drawing(Choice::RoundRobin, 2);
    let own = &mut scenario.components[1].parameters;
    own.insert(Parameter::OutlierEjection, Value::Flag(true));
    spoil(
        &mut scenario,
        on_link(FIRST, LinkFault::Drop { probability: 1.0 }),
    );
    let mut simulation = start(&scenario);
    run(&mut simulation, 50.0);
    about(
        counts(&simulation.findings(), FIRST, 22.0, 50.0).0,
        5.0 * RATE / 2.0,
    );
}

#[test]
fn a_fault_that_is_added_for_the_instant_of_a_probe_comes_before_it_as_in_a_run_that_had_it() {
    let mut scenario = drawing(Choice::RoundRobin, 2);
    probe(&mut scenario);
    let without = scenario.clone();
    kill(&mut scenario, FIRST);
    scenario.faults[0].start_seconds = 25.0;
    let mut had = start(&scenario);
    run(&mut had, 22.0);
    // The probe of 25 is planned at 20.
    let mut added = start(&without);
    run(&mut added, 22.0);
    added.change(&compile(&scenario));
    for simulation in [&mut had, &mut added] {
        let left_out = |simulation: &Simulation| {
            let watches = simulation.watches();
            watches.iter().map(|watch| watch.left_out).sum::<u64>()
        };
        // Not there at 25, 30 and 35.
        run(simulation, 34.9);
        assert_eq!(left_out(simulation), 0);
        run(simulation, 35.1);
        assert_eq!(left_out(simulation), 1);
        run(simulation, 60.0);
    }
    assert_eq!(had.events(), added.events());
    let totals = |simulation: &Simulation| counts(&simulation.findings(), FIRST, 0.0, 60.0);
    assert_eq!(totals(&had), totals(&added));
}

#[test]
fn when_all_targets_are_dead_requests_go_to_any_and_fail() {
    let mut scenario = drawing(Choice::RoundRobin, 2);
    probe(&mut scenario);
    kill(&mut scenario, FIRST);
    kill(&mut scenario, FIRST + 1);
    let mut simulation = start(&scenario);
    run(&mut simulation, 140.0);
    let findings = simulation.findings();
    let (sent, failed) = counts(&findings, FIRST, 40.0, 80.0);
    about(sent, 40.0 * RATE / 2.0);
    about(failed, 40.0 * RATE);
}

#[test]
fn a_target_that_only_fails_is_ejected() {
    let mut scenario = drawing(Choice::RoundRobin, 2);
    let own = &mut scenario.components[1].parameters;
    own.insert(Parameter::OutlierEjection, Value::Flag(true));
    own.insert(Parameter::OutlierFailures, Value::Number(5.0));
    own.insert(Parameter::EjectionTime, Value::Number(30.0));
    let errors = Value::Number(1.0);
    (scenario.components[2].parameters).insert(Parameter::ErrorShare, errors);
    let mut simulation = start(&scenario);
    run(&mut simulation, 29.0);
    // Five failures, and those who were under way meanwhile.
    let (sent, failed) = counts(&simulation.findings(), FIRST, 0.0, 29.0);
    assert!((5.0..30.0).contains(&sent), "{sent}");
    assert!((5.0..30.0).contains(&failed), "{failed}");
}

/// The calls of the balancer to each service between two times, as shares.
fn shares(findings: &Findings, services: impl Iterator<Item = u32>, span: (f64, f64)) -> Vec<f64> {
    let counts: Vec<f64> = services
        .map(|service| counts(findings, service, span.0, span.1).0)
        .collect();
    let total: f64 = counts.iter().sum();
    counts.iter().map(|count| count / total).collect()
}

/// What the solver says of the balancer's calls.
fn told(scenario: &Scenario) -> Vec<f64> {
    let report = loadscape_sim::analysis::analyse(scenario).report;
    let links = report.links.iter().filter(|link| link.link.0 >= FIRST);
    links.map(|link| link.rate.0 / RATE).collect()
}

fn alike(found: &[f64], told: &[f64], calls: f64) {
    assert_eq!(found.len(), told.len());
    for (found, told) in found.iter().zip(told) {
        let deviation = (told * (1.0 - told) / calls).sqrt();
        assert!((found - told).abs() < 4.5 * deviation, "{found} {told}");
    }
}

#[test]
fn keys_of_a_dead_target_go_to_the_others_as_if_it_had_never_been_there() {
    let mut scenario = drawing(Choice::ConsistentHash, 4);
    probe(&mut scenario);
    kill(&mut scenario, FIRST + 1);
    let mut without = drawing(Choice::ConsistentHash, 4);
    without.components.retain(|part| part.id.0 != FIRST + 1);
    without.links.retain(|link| link.id.0 != FIRST + 1);
    let mut simulation = start(&scenario);
    run(&mut simulation, 50.0);
    // A part that is added elsewhere, while it is out, changes nothing of it.
    let mut changed = scenario.clone();
    let at = Point { x: 0.0, y: 900.0 };
    let new = Component::new(ComponentId(90), Kind::Service, "other", at);
    changed.components.insert(0, new);
    let number = Value::Number(RATE);
    (changed.components[1].parameters).insert(Parameter::RequestRate, number);
    let second = Value::Number(9.0);
    (changed.components[4].parameters).insert(Parameter::Cores, second);
    simulation.change(&compile(&changed));
    run(&mut simulation, 200.0);
    let findings = simulation.findings();
    let all = || FIRST..FIRST + 4;
    alike(
        &shares(&findings, all(), (0.0, 22.0)),
        &told(&scenario),
        22.0 * RATE,
    );
    let others = || all().filter(|id| *id != FIRST + 1);
    for span in [(35.0, 50.0), (50.0, 100.0)] {
        let calls = (span.1 - span.0) * RATE;
        alike(&shares(&findings, others(), span), &told(&without), calls);
        assert_eq!(counts(&findings, FIRST + 1, span.0, span.1), (0.0, 0.0));
    }
    alike(
        &shares(&findings, all(), (100.0, 200.0)),
        &told(&scenario),
        100.0 * RATE,
    );
}

#[test]
fn a_request_that_is_tried_again_meets_the_target_of_its_key_again() {
    for (policy, keyed) in [(Choice::ConsistentHash, true), (Choice::Random, false)] {
        let mut scenario = drawing(policy, 4);
        let errors = Value::Number(1.0);
        (scenario.components[2].parameters).insert(Parameter::ErrorShare, errors);
        let mut call = Call::once(LinkId(1));
        call.retry = Some(Retry::new(2, 0.0));
        scenario.components[0].plans = vec![CallPlan {
            class: scenario.classes[0].id,
            steps: vec![PlanStep { calls: vec![call] }],
        }];
        let mut simulation = start(&scenario);
        run(&mut simulation, 100.0);
        let findings = simulation.findings();
        let (sent, failed) = counts(&findings, FIRST, 0.0, 100.0);
        let share = told(&drawing(policy, 4))[0];
        if keyed {
            // Whose key is there fails three times.
            about(failed, share * RATE * 100.0);
            about(sent / 3.0, share * RATE * 100.0);
        } else {
            about(failed, 0.25_f64.powi(3) * RATE * 100.0);
        }
    }
}

#[test]
fn a_pool_that_scales_divides_keys_over_those_that_are_there() {
    let of = |scales: bool| {
        let mut scenario = drawing(Choice::ConsistentHash, 1);
        scenario.classes[0].zipf_exponent = 1.1;
        let own = &mut scenario.components[2].parameters;
        own.insert(Parameter::Cores, Value::Number(1.0));
        own.insert(Parameter::ServiceTime, Value::Number(4.0));
        own.insert(Parameter::Instances, Value::Number(4.0));
        if scales {
            own.insert(Parameter::Autoscaling, Value::Flag(true));
            own.insert(Parameter::MinimumInstances, Value::Number(4.0));
            own.insert(Parameter::MaximumInstances, Value::Number(4.0));
        }
        let mut simulation = start(&scenario);
        run(&mut simulation, 500.0);
        simulation.findings().classes[0].mean.unwrap().value
    };
    // The very same requests at the very same instances.
    assert_eq!(of(true), of(false));
}

#[test]
fn clients_are_sent_to_the_target_that_stands_by_once_the_dns_has_noticed_and_they_have_asked_again()
 {
    let mut scenario = drawing(Choice::RoundRobin, 2);
    // Clients call the services by themselves, after asking the DNS.
    let dns = &mut scenario.components[1];
    dns.kind = Kind::Dns;
    dns.parameters = [
        (Parameter::DnsPolicy, Value::Choice(Choice::Failover)),
        (Parameter::TimeToLive, Value::Number(8.0)),
        (Parameter::LookupTime, Value::Number(0.0)),
    ]
    .into_iter()
    .collect();
    for link in scenario.links.iter_mut().skip(1) {
        link.from = ComponentId(1);
    }
    kill(&mut scenario, FIRST);
    let mut simulation = start(&scenario);
    run(&mut simulation, 200.0);
    let findings = simulation.findings();
    // Killed at 22, not there at 30, 40 and 50; back at 82, there at 90, 100 and 110.
    let (sent, failed) = counts(&findings, FIRST, 22.0, 50.0);
    about(sent, 28.0 * RATE);
    assert!((sent..sent + 40.0).contains(&failed), "{sent} {failed}");
    let (sent, failed) = counts(&findings, FIRST, 50.0, 58.0);
    about(sent, 4.0 * RATE);
    assert_eq!(failed, sent);
    assert_eq!(counts(&findings, FIRST, 58.0, 110.0), (0.0, 0.0));
    about(counts(&findings, FIRST + 1, 58.0, 110.0).0, 52.0 * RATE);
    about(counts(&findings, FIRST, 110.0, 118.0).0, 4.0 * RATE);
    assert_eq!(counts(&findings, FIRST + 1, 118.5, 200.0), (0.0, 0.0));
    // A steady state is that of the first alone.
    assert_eq!(told(&scenario), [1.0, 0.0]);
}
