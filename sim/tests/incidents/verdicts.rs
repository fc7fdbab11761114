//! What becomes of incidents, where theory or good sense says it.

use crate::{found, shop, stage, trial};
use loadscape_sim::catalog::{Choice, Parameter, Value};
use loadscape_sim::des::{Findings, Outcome, Settings, Simulation, Worse};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{
    CallPlan, ClassId, ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault,
    LinkId, Retry, RetryBudget, Scenario, read,
};

/// A service that calls a station of 100 requests a second at 60: after 200 ms it gives up and calls again at once, three times at most.
fn insistent(budget: Option<RetryBudget>, faults: Vec<Fault>) -> Scenario {
    let document = r#"{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 60, "client_round_trip": 0}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 300, "y": 0}, "parameters": {"instances": 8, "cores": 8, "service_time": 0.1, "threads": 4000}},
        {"id": 3, "kind": "station", "name": "station", "position": {"x": 600, "y": 0}, "parameters": {"service_time": 10}}],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}]}"#;
    let reading = read(document);
    assert_eq!(reading.problems, []);
    let mut scenario = reading.scenario.unwrap();
    let mut plan: CallPlan =
        loadscape_sim::network::infer_plan(&scenario, ComponentId(2), ClassId(1));
    let call = &mut plan.steps[0].calls[0];
    call.timeout_seconds = Some(0.2);
    call.retry = Some(Retry {
        budget,
        ..Retry::new(3, 0.0)
    });
    scenario.components[1].plans = vec![plan];
    scenario.faults = faults;
    scenario
}

fn slow(start: f64, seconds: f64) -> Fault {
    Fault {
        start_seconds: start,
        duration_seconds: Some(seconds),
        incident: Incident::Component {
            id: ComponentId(3),
            what: ComponentFault::Slow {
                factor: 10.0,
                instances: None,
            },
        },
    }
}

fn outcome(findings: &Findings) -> (Outcome, Option<f64>) {
    let verdict = &findings.verdicts[0];
    (verdict.outcome, verdict.recovered_seconds)
}

#[test]
fn retries_without_a_budget_keep_a_system_down_that_was_pushed_and_a_budget_lets_it_up() {
    // λ (1 + 3) = 240 a second is more than the 100 that can be served (VALIDATION: metastable iff λ < μ and λ (1 + k) > μ).
    let down = found(&insistent(None, vec![slow(30.0, 10.0)]), 1, 120.0);
    assert_eq!(outcome(&down), (Outcome::Down, None));
    let verdict = &down.verdicts[0];
    assert_eq!(
        (verdict.began_seconds, verdict.ended_seconds),
        (30.0, Some(40.0))
    );
    assert!(verdict.lost > 0.5 * 60.0 * 80.0, "{}", verdict.lost);
    let budget = RetryBudget {
        share: 0.2,
        minimum_per_second: 0.0,
    };
    let up = found(&insistent(Some(budget), vec![slow(30.0, 10.0)]), 1, 120.0);
    let (outcome, recovered) = outcome(&up);
    assert_eq!(outcome, Outcome::Recovered);
    // Some 500 are in the way when it ends, and 100 − 72 more are served than come in each second.
    let after = recovered.unwrap() - 40.0;
    assert!((5.0..45.0).contains(&after), "{after}");
}

#[test]
fn a_system_that_more_is_asked_of_afterwards_is_not_called_metastable() {
    // Nobody tries again: 120 a second are more than the 100 that can be served, whatever went wrong before.
    let mut scenario = insistent(None, vec![slow(30.0, 1.0)]);
    scenario.components[1].plans.clear();
    let clients = &mut scenario.components[0].parameters;
    for (parameter, value) in [
        (Parameter::RequestRate, Value::Number(120.0)),
        (Parameter::TrafficProfile, Value::Choice(Choice::Step)),
        (Parameter::LowTraffic, Value::Number(0.5)),
        (Parameter::ChangeStart, Value::Number(31.5)),
    ] {
        clients.insert(parameter, value);
    }
    let findings = found(&scenario, 1, 120.0);
    assert_eq!(outcome(&findings), (Outcome::Busier, None));
    // Nor is it the fault that it recovers from, where it is a spike that goes by.
    let clients = &mut scenario.components[0].parameters;
    for (parameter, value) in [
        (Parameter::TrafficProfile, Value::Choice(Choice::Spike)),
        (Parameter::ChangeLength, Value::Number(10.0)),
    ] {
        clients.insert(parameter, value);
    }
    let (outcome, recovered) = outcome(&found(&scenario, 1, 120.0));
    assert_eq!(outcome, Outcome::Busier);
    assert!(recovered.is_some_and(|at| at > 41.5), "{recovered:?}");
}

#[test]
fn a_system_that_was_overloaded_before_is_not_called_metastable() {
    // 120 a second for a server that can do 100: 20 a second more wait from the beginning on, and still do after a minute.
    let mut scenario = insistent(None, vec![slow(60.0, 5.0)]);
    scenario.components[1].plans.clear();
    let clients = &mut scenario.components[0].parameters;
    clients.insert(Parameter::RequestRate, Value::Number(120.0));
    assert_eq!(
        outcome(&found(&scenario, 1, 240.0)),
        (Outcome::Growing, None)
    );
}

#[test]
fn a_recovery_is_a_fault_s_own_only_until_the_next_one_begins() {
    let budget = RetryBudget {
        share: 0.2,
        minimum_per_second: 0.0,
    };
    let of = |budget: Option<RetryBudget>, second: f64| {
        let faults = vec![slow(30.0, 10.0), slow(second, 10.0)];
        let findings = found(&insistent(budget, faults), 1, second + 110.0);
        let verdicts = findings.verdicts.iter();
        let all: Vec<_> = verdicts
            .map(|own| (own.outcome, own.recovered_seconds))
            .collect();
        (all[0], all[1])
    };
    let alone = outcome(&found(
        &insistent(Some(budget), vec![slow(30.0, 10.0)]),
        1,
        120.0,
    ));
    let recovered = alone.1.expect("it recovers");
    // The next one comes long after, and changes nothing of that.
    let (first, second) = of(Some(budget), 120.0);
    assert_eq!(first.0, Outcome::Recovered);
    assert!((first.1.unwrap() - recovered).abs() < 5.0, "{first:?}");
    assert_eq!(second.0, Outcome::Recovered);
    // It comes before all is as before: that it is after both is no recovery of the first.
    let (first, second) = of(Some(budget), 42.0);
    assert_eq!(first.0, Outcome::Interrupted);
    assert!(first.1.is_some_and(|at| at > 52.0), "{first:?}");
    assert_eq!((second.0, second.1), (Outcome::Recovered, first.1));
    // What stays down for long enough does so without the next one's doing.
    let (first, second) = of(None, 120.0);
    assert_eq!((first.0, first.1), (Outcome::Down, None));
    assert_eq!(second.0, Outcome::Down);
}

#[test]
fn while_it_lasts_and_just_afterwards_nothing_is_said_yet() {
    let scenario = insistent(None, vec![slow(30.0, 10.0)]);
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    simulation.run_until(20.0, u64::MAX);
    assert_eq!(simulation.findings().verdicts, []);
    simulation.run_until(35.0, u64::MAX);
    assert_eq!(outcome(&simulation.findings()), (Outcome::Lasting, None));
    simulation.run_until(41.0, u64::MAX);
    assert_eq!(outcome(&simulation.findings()), (Outcome::Recovering, None));
    simulation.run_until(120.0, u64::MAX);
    assert_eq!(outcome(&simulation.findings()), (Outcome::Down, None));
}

#[test]
fn a_backlog_drains_as_fast_as_capacity_is_spare() {
    // Twice 60 a second for 10 s at a station of 100: 200 are left, and 40 more are served than come.
    let spike = Fault {
        start_seconds: 60.0,
        duration_seconds: Some(10.0),
        incident: Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 2.0 },
        },
    };
    let mut scenario = insistent(None, vec![spike]);
    scenario.components[1].plans.clear();
    let mut all = Vec::new();
    for seed in 1..=8 {
        let findings = found(&scenario, seed, 120.0);
        let (outcome, recovered) = outcome(&findings);
        assert_eq!(outcome, Outcome::Recovered, "seed {seed}");
        all.push(recovered.unwrap() - 70.0);
        assert_eq!(findings.verdicts[0].lost, 0.0, "nobody gives up");
    }
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!((3.0..8.0).contains(&mean), "{all:?}");
}

#[test]
fn a_backlog_that_drains_slowly_is_not_called_metastable() {
    // Twice 96 a second for a minute at a station of 100: some 5500 are left, and 4 more are served than come in each second.
    let spike = Fault {
        start_seconds: 60.0,
        duration_seconds: Some(60.0),
        incident: Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 2.0 },
        },
    };
    let mut scenario = insistent(None, vec![spike]);
    scenario.components[1].plans.clear();
    let clients = &mut scenario.components[0].parameters;
    clients.insert(Parameter::RequestRate, Value::Number(96.0));
    let service = &mut scenario.components[1].parameters;
    service.insert(Parameter::Threads, Value::Number(100_000.0));
    for seed in 1..=4 {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(&scenario), &settings);
        let mut told = Vec::new();
        for end in [150.0, 200.0, 300.0, 400.0, 600.0, 900.0] {
            simulation.run_until(end, u64::MAX);
            let verdict = simulation.findings().verdicts[0].clone();
            let so_far = matches!(
                verdict.outcome,
                Outcome::Draining | Outcome::Unsettled | Outcome::Recovering
            );
            assert!(so_far, "seed {seed}, {end} s: {:?}", verdict.outcome);
            told.extend(verdict.drained_in_seconds.map(|left| end + left));
        }
        assert_eq!(
            outcome(&simulation.findings()).0,
            Outcome::Draining,
            "seed {seed}"
        );
        assert!(!told.is_empty(), "seed {seed}");
        simulation.run_until(4000.0, u64::MAX);
        let (at_last, recovered) = outcome(&simulation.findings());
        assert_eq!(at_last, Outcome::Recovered, "seed {seed}");
        // What was foretold is known to within a half of the time that was left.
        let recovered = recovered.expect("it says when");
        for told in told {
            let off = (told - recovered).abs() / (recovered - 120.0);
            assert!(off < 0.5, "seed {seed}: {told} s instead of {recovered} s");
        }
    }
}

#[test]
fn what_waits_for_machines_to_come_is_not_called_metastable() {
    let stage = stage("stage-5");
    let scenario = trial(&stage, "slow-autoscaler").unwrap().applied(&stage);
    let findings = found(&scenario, scenario.run.seed, 60.0);
    assert_eq!(outcome(&findings), (Outcome::Recovering, None));
}

#[test]
fn what_nobody_notices_harms_nobody() {
    let delay = Fault {
        start_seconds: 60.0,
        duration_seconds: Some(10.0),
        incident: Incident::Link {
            id: LinkId(2),
            what: LinkFault::Delay { seconds: 0.0 },
        },
    };
    let findings = found(&insistent(None, vec![delay]), 1, 120.0);
    assert_eq!(outcome(&findings), (Outcome::Unharmed, Some(70.0)));
    assert_eq!(findings.verdicts[0].lost, 0.0);
}

#[test]
fn faults_at_the_beginning_leave_nothing_to_compare_with() {
    let findings = found(&insistent(None, vec![slow(0.0, 5.0)]), 1, 60.0);
    assert_eq!(outcome(&findings).0, Outcome::Unknown);
}

#[test]
fn most_incidents_of_the_shop_pass_and_are_counted() {
    for id in [
        "instance-loss",
        "network-delay",
        "cache-flush",
        "traffic-spike",
        "replication-stopped",
        "bad-deploy",
    ] {
        let shop = shop();
        let scenario = trial(&shop, id).unwrap().applied(&shop);
        let findings = found(&scenario, 1, 60.0);
        for verdict in &findings.verdicts {
            assert!(
                matches!(verdict.outcome, Outcome::Recovered | Outcome::Unharmed),
                "{id}: {verdict:?}"
            );
            assert!(verdict.lost <= verdict.failed);
        }
    }
}

/// Messages, 100 a second, through a queue to workers, one of which goes wrong for a minute after the first.
fn letters(redelivery: bool, what: ComponentFault, broken: u32) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{{"id": 1, "name": "message", "operation": "asynchronous", "share": 1, "request_bytes": 100, "response_bytes": 100, "keys": 1, "zipf_exponent": 0, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": 100}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 10000, "service_time": 0.0001}}}},
        {{"id": 3, "kind": "queue", "name": "queue", "position": {{"x": 400, "y": 0}}, "parameters": {{"redelivery": {redelivery}, "visibility_timeout": 10, "maximum_receives": 3}}}},
        {{"id": 4, "kind": "worker", "name": "worker", "position": {{"x": 600, "y": 0}}, "parameters": {{"instances": 1, "cores": 64, "threads": 1000, "service_time": 1}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}, {{"id": 3, "from": 3, "to": 4}}]}}"#
    );
    let reading = read(&document);
    assert_eq!(reading.problems, []);
    let mut scenario = reading.scenario.unwrap();
    scenario.faults = vec![Fault {
        start_seconds: 60.0,
        duration_seconds: Some(60.0),
        incident: Incident::Component {
            id: ComponentId(broken),
            what,
        },
    }];
    scenario
}

#[test]
fn work_that_is_lost_behind_the_requests_is_harm() {
    // Two in a hundred of 6,000 are given up when they have been handed out three times, 10 s each: until 30 s after the last came.
    let poison = letters(true, ComponentFault::Poison { probability: 0.02 }, 3);
    let verdict = found(&poison, 1, 240.0).verdicts[0].clone();
    assert_eq!((verdict.outcome, verdict.failed), (Outcome::Recovered, 0.0));
    assert_eq!(verdict.worse, Some(Worse::Later));
    let letters_lost = verdict.dead_letters;
    assert!((letters_lost - 120.0).abs() < 33.0, "{letters_lost}");
    assert_eq!(verdict.failed_later, letters_lost);
    let after = verdict.recovered_seconds.unwrap() - 120.0;
    assert!((25.0..35.0).contains(&after), "{after}");
    // One or two show at no point of time, and in the sum.
    let rare = letters(
        true,
        ComponentFault::Poison {
            probability: 0.0005,
        },
        3,
    );
    let verdict = found(&rare, 1, 240.0).verdicts[0].clone();
    assert!((2.0..10.0).contains(&verdict.dead_letters), "{verdict:?}");
    assert_eq!(verdict.outcome, Outcome::Recovered);
    // Whoever takes a message and fails at it has it handed out again: 0.027 of the 4,000 that come three times within the minute are given up, and few
    // of the others.
    let again = letters(true, ComponentFault::ErrorRate { probability: 0.3 }, 4);
    let verdict = found(&again, 1, 240.0).verdicts[0].clone();
    assert_eq!(verdict.failed_later, verdict.dead_letters);
    assert!((70.0..150.0).contains(&verdict.dead_letters), "{verdict:?}");
    // Nor is work that fails at once and for good unharmed.
    let fails = letters(false, ComponentFault::ErrorRate { probability: 0.3 }, 4);
    let verdict = found(&fails, 1, 240.0).verdicts[0].clone();
    assert_eq!(
        (verdict.outcome, verdict.dead_letters),
        (Outcome::Recovered, 0.0)
    );
    assert!(
        (verdict.failed_later - 1_800.0).abs() < 130.0,
        "{verdict:?}"
    );
}

#[test]
fn work_that_is_lost_in_the_very_instant_of_a_kill_is_counted() {
    // 100 messages a second, 400 ms of work each: some 40 are under way, and lost with whoever has them.
    let kill = ComponentFault::Kill { instances: None };
    for start_seconds in [60.0, 60.01, 59.7, 61.123] {
        let mut scenario = letters(false, kill, 4);
        let worker = &mut scenario.components[3].parameters;
        worker.insert(Parameter::ServiceTime, Value::Number(400.0));
        scenario.faults[0].start_seconds = start_seconds;
        scenario.faults[0].duration_seconds = Some(10.0);
        let findings = found(&scenario, 1, 240.0);
        let classes = findings.series.iter().flat_map(|series| &series.classes);
        let failures = classes.flat_map(|class| &class.failures);
        let lost: f64 = failures.flat_map(|failure| &failure.per_second).sum();
        assert!((15.0..75.0).contains(&lost), "{lost}");
        let verdict = &findings.verdicts[0];
        assert_eq!((verdict.failed, verdict.failed_later), (0.0, lost));
        assert_eq!(verdict.outcome, Outcome::Recovered);
    }
}

/// A station of 200 requests a second at 99, and one for a class of which only one comes in a second or in ten.
fn beside(share: f64, incident: Incident) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [
        {{"id": 1, "name": "often", "operation": "read", "share": {share}, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}},
        {{"id": 2, "name": "rare", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1000, "zipf_exponent": 0.8, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": 100, "client_round_trip": 0}}}},
        {{"id": 2, "kind": "station", "name": "often", "position": {{"x": 300, "y": 0}}, "parameters": {{"service_time": 5}}}},
        {{"id": 3, "kind": "station", "name": "rare", "position": {{"x": 300, "y": 300}}, "parameters": {{"service_time": 5}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2, "classes": [1]}}, {{"id": 2, "from": 1, "to": 3, "classes": [2]}}]}}"#
    );
    let reading = read(&document);
    assert_eq!(reading.problems, []);
    let mut scenario = reading.scenario.unwrap();
    scenario.faults = vec![Fault {
        start_seconds: 100.0,
        duration_seconds: Some(50.0),
        incident,
    }];
    scenario
}

#[test]
fn a_point_of_time_without_requests_says_nothing_of_success() {
    let times = |factor| Incident::Clients {
        id: None,
        what: ClientsFault::Multiply { factor },
    };
    for share in [999.0, 99.0] {
        for seed in 1..=4 {
            for nothing in [times(1.0), times(0.0)] {
                let verdict = found(&beside(share, nothing), seed, 300.0).verdicts[0].clone();
                assert_ne!(verdict.worse, Some(Worse::Success), "{share} {seed}");
                assert_eq!(verdict.failed, 0.0);
            }
        }
    }
}

#[test]
fn what_moves_by_chance_alone_is_no_harm_and_what_a_fault_slows_down_is() {
    let nothing = Incident::Clients {
        id: None,
        what: ClientsFault::Multiply { factor: 1.0 },
    };
    let on = |id, what| Incident::Component {
        id: ComponentId(id),
        what,
    };
    let kill = on(3, ComponentFault::Kill { instances: None });
    for share in [999.0, 99.0] {
        for seed in 1..=12 {
            let of = |incident| outcome(&found(&beside(share, incident), seed, 300.0));
            let unharmed = (Outcome::Unharmed, Some(150.0));
            assert_eq!(of(nothing), unharmed, "{share} {seed}");
            // The times of some thirty requests say nothing.
            assert_eq!(
                of(kill),
                (Outcome::Recovered, Some(150.0)),
                "{share} {seed}"
            );
        }
    }
    for seed in 1..=6 {
        let slow = ComponentFault::Slow {
            factor: 1.5,
            instances: None,
        };
        let findings = found(&beside(99.0, on(2, slow)), seed, 300.0);
        assert_eq!(outcome(&findings), (Outcome::Recovered, Some(150.0)));
        assert_eq!(findings.verdicts[0].worse, Some(Worse::Times));
    }
    // Who waits a long time makes others wait: a station of 10 requests a second at 8.
    let mut busy = beside(99.0, nothing);
    for component in &mut busy.components {
        let (parameter, value) = match component.id.0 {
            1 => (Parameter::RequestRate, 8.08),
            2 => (Parameter::ServiceTime, 100.0),
            _ => continue,
        };
        component.parameters.insert(parameter, Value::Number(value));
    }
    let harmed = (1..=40).filter(|seed| {
        let (outcome, _) = outcome(&found(&busy, *seed, 300.0));
        outcome != Outcome::Unharmed
    });
    let harmed = harmed.count();
    assert!(harmed <= 5, "{harmed}");
}

#[test]
fn a_rare_class_that_nobody_answers_is_harmed_and_recovers_with_the_first_answers() {
    let rare = |what| Incident::Component {
        id: ComponentId(3),
        what,
    };
    for share in [999.0, 99.0] {
        for seed in 1..=4 {
            // Whoever comes fails, now and then.
            let dead = beside(share, rare(ComponentFault::Kill { instances: None }));
            let findings = found(&dead, seed, 300.0);
            assert_eq!(outcome(&findings), (Outcome::Recovered, Some(150.0)));
            // Where those who fail are too few to show at any point of time, they do in the sum.
            let verdict = &findings.verdicts[0];
            assert!(verdict.failed > 0.0 && matches!(verdict.worse, None | Some(Worse::Success)));
            let recovery = findings.recovery.iter();
            let after = recovery.filter_map(|own| own.recovered_after_seconds);
            assert_eq!(after.count(), 2, "{:?}", findings.recovery);
            // Whoever comes waits, and nobody fails.
            let hung = beside(
                share,
                rare(ComponentFault::Slow {
                    factor: 1e6,
                    instances: None,
                }),
            );
            let findings = found(&hung, seed, 300.0);
            let (outcome, recovered) = outcome(&findings);
            assert_eq!(outcome, Outcome::Recovered);
            assert!(recovered.is_some_and(|at| at < 160.0), "{recovered:?}");
            assert_eq!(findings.verdicts[0].failed, 0.0);
        }
    }
}

#[test]
fn a_store_that_fills_again_is_recovering_until_it_is_full() {
    let mut scenario = loadscape_sim::scenario::read(
        r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 1000, "keys": 1000000, "zipf_exponent": 0.8, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 2000, "client_round_trip": 0}},
        {"id": 2, "kind": "service", "name": "service", "position": {"x": 200, "y": 0}, "parameters": {"instances": 8, "cores": 8, "service_time": 0.1, "threads": 4000}},
        {"id": 3, "kind": "cache", "name": "cache", "position": {"x": 400, "y": 0}, "parameters": {"cache_size": 0.5}},
        {"id": 4, "kind": "sql_primary", "name": "database", "position": {"x": 600, "y": 0}, "parameters": {"cores": 32, "read_time": 5}}],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}, {"id": 3, "from": 2, "to": 4}]}"#,
    )
    .scenario
    .unwrap();
    let fault = |what| Fault {
        start_seconds: 60.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: ComponentId(3),
            what,
        },
    };
    scenario.faults = vec![fault(ComponentFault::Flush { instances: None })];
    for seed in 1..4 {
        let verdict = found(&scenario, seed, 180.0).verdicts[0].clone();
        // A third of the keys that it lost are still to come, and nothing but time is lost.
        assert_eq!((verdict.outcome, verdict.lost), (Outcome::Recovering, 0.0));
        assert_eq!(verdict.worse, Some(Worse::Times));
    }
    let verdict = found(&scenario, 1, 400.0).verdicts[0].clone();
    assert_eq!(verdict.outcome, Outcome::Recovered);
}

#[test]
fn the_verdict_is_the_same_however_a_run_is_cut() {
    let scenario = insistent(None, vec![slow(30.0, 10.0)]);
    let whole = found(&scenario, 1, 90.0);
    let settings = Settings {
        series_seconds: Some(1.0),
        ..Settings::default()
    };
    let mut cut = Simulation::new(&compile(&scenario), &settings);
    while !cut.run_until(90.0, 777) {
        cut.findings();
    }
    assert_eq!(whole.verdicts, cut.findings().verdicts);
}

#[test]
fn a_verdict_counts_what_was_out_of_date_and_what_a_run_had_no_room_for() {
    let scenario = stage("stage-3");
    let trial = trial(&scenario, "replication-stopped").unwrap();
    let stopped = Scenario {
        faults: trial.faults,
        ..scenario
    };
    let verdict = found(&stopped, 1, 60.0).verdicts[0].clone();
    let (before, during) = (verdict.stale_before, verdict.stale_during);
    assert!(before.is_some_and(|share| share < 0.02), "{before:?}");
    assert!(during.is_some_and(|share| share > 0.1), "{during:?}");
    // No request is slower or fails, and yet that is harm.
    assert_eq!(verdict.outcome, Outcome::Recovered);
    let (before, during) = (verdict.stale_seconds_before, verdict.stale_seconds_during);
    assert!(during > before.map(|seconds| 100.0 * seconds), "{during:?}");
    assert_eq!(verdict.beyond_bound, 0.0);
    // 150 requests a second aren't served for 20 seconds where 500 have room.
    let settings = Settings {
        most_in_flight: 500,
        ..Settings::default()
    };
    let crowded = insistent(None, vec![slow(30.0, 20.0)]);
    let mut simulation = Simulation::new(&compile(&crowded), &settings);
    assert!(simulation.run_until(120.0, u64::MAX));
    let findings = simulation.findings();
    let verdict = &findings.verdicts[0];
    assert!(
        verdict.beyond_bound > 100.0 && verdict.beyond_bound <= verdict.failed,
        "{verdict:?}"
    );
    let shares = findings.classes.iter().flat_map(|class| &class.failures);
    let bound = shares.filter(|own| own.why == LossCause::TooManyInFlight);
    assert!(bound.map(|own| own.share.value).sum::<f64>() > 0.0);
}
