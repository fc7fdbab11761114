//! How figures went through a span of a run, against what the findings count on their own.

use crate::support::{run, scenario, simulation};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{History, HistorySpan, Measure, Settings, Simulation};
use loadscape_sim::insight::tariff;
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident, Scenario};
use loadscape_sim::units::SECONDS_PER_MONTH;

fn parts(scenario: &Scenario) -> Vec<ComponentId> {
    scenario.components.iter().map(|part| part.id).collect()
}

fn look(simulation: &Simulation, span: (f64, f64), of: &[ComponentId]) -> History {
    simulation.history(&HistorySpan {
        from: span.0,
        to: span.1,
        points: 200,
        components: of,
        weights: &[],
    })
}

fn mean(points: &[f64]) -> f64 {
    points.iter().sum::<f64>() / points.len() as f64
}

fn close(one: f64, other: f64, share: f64) -> bool {
    (one - other).abs() <= share * other.abs().max(1e-9)
}

#[test]
fn what_went_through_time_is_what_was_found() {
    let scenario = scenario("scenarios/stage-3");
    let mut simulation = simulation("scenarios/stage-3", 5);
    run(&mut simulation, 150.0);
    let findings = simulation.findings();
    assert!(findings.stationary && findings.settled);
    // Findings leave the warm-up out, and so does this span. It is cut into points of several windows, of which the last may be missing.
    let history = look(&simulation, (findings.warm_up, 150.0), &parts(&scenario));
    assert!((100..=200).contains(&history.points), "{}", history.points);
    assert!((history.start - findings.warm_up).abs() < 1e-9);
    let missing = 150.0 - history.start - history.seconds * history.points as f64;
    assert!((0.0..2.0 * history.seconds).contains(&missing), "{missing}");
    for (class, found) in history.classes.iter().zip(&findings.classes) {
        assert!(close(
            mean(&class.offered),
            found.offered.unwrap().value,
            0.01
        ));
        assert!(close(
            mean(&class.succeeded),
            found.goodput.unwrap().value,
            0.01
        ));
    }
    let (mut hits, mut lags, mut queues) = (0, 0, 0);
    for own in &history.components {
        let stations = findings.stations.iter();
        let stations: Vec<_> = stations
            .filter(|station| station.component == own.component)
            .collect();
        if let Some(shares) = &own.utilisation {
            let shares: Vec<f64> = shares.iter().map(|share| share.unwrap()).collect();
            let busiest = stations
                .iter()
                .filter_map(|station| station.utilisation)
                .fold(0.0_f64, |most, own| most.max(own.value));
            // The busiest resource of a point isn't always that of the whole run.
            assert!(mean(&shares) >= busiest * 0.99, "{}", own.component);
            assert!(mean(&shares) <= busiest * 1.2 + 0.02, "{}", own.component);
        }
        if let (Some(waiting), [station]) = (&own.waiting, &stations[..]) {
            let found = station.queue_length.map_or(0.0, |length| length.value);
            assert!(
                (mean(waiting) - found).abs() < 0.02 + 0.05 * found,
                "{}: {} {found}",
                own.component,
                mean(waiting)
            );
            queues += 1;
        }
        let found = findings.components.iter();
        let mut found = found.filter(|found| found.component == own.component);
        if let (Some(shares), Some(found)) = (&own.hit_ratio, found.next()) {
            let shares: Vec<f64> = shares.iter().flatten().copied().collect();
            let all = found.hit_ratio.unwrap().value;
            assert!(close(mean(&shares), all, 0.01), "{} {all}", mean(&shares));
            hits += 1;
        }
        if let Some(lag) = &own.lag {
            let replicas = findings.replicas.iter();
            let mut replicas = replicas.filter(|found| found.component == own.component);
            let found = replicas.next().unwrap().lag.unwrap().value;
            let lag: Vec<f64> = lag.iter().flatten().copied().collect();
            assert!(close(mean(&lag), found, 0.05), "{} {found}", mean(&lag));
            assert!(own.stale.is_some());
            lags += 1;
        }
    }
    assert!(
        hits >= 1 && lags >= 1 && queues >= 2,
        "{hits} {lags} {queues}"
    );
}

#[test]
fn a_span_is_a_part_of_the_whole_and_finer() {
    let scenario = scenario("scenarios/stage-3");
    let parts = parts(&scenario);
    let mut simulation = simulation("scenarios/stage-3", 5);
    run(&mut simulation, 160.0);
    let whole = look(&simulation, (0.0, 160.0), &parts);
    let part = look(&simulation, (120.0, 150.0), &parts);
    assert!(part.start <= 120.0 && part.start > 119.0, "{}", part.start);
    assert!(part.seconds < whole.seconds && part.points >= 20);
    let within = |history: &History| -> f64 {
        let points = history.classes[0].offered.iter().enumerate();
        let inside = points.filter(|(point, _)| {
            let begin = history.start + *point as f64 * history.seconds;
            begin >= 120.0 && begin + history.seconds <= 150.0
        });
        inside.map(|(_, rate)| rate * history.seconds).sum()
    };
    assert!(close(within(&part), within(&whole), 0.1));
    assert!(within(&part) > 100.0);
    let beyond = look(&simulation, (200.0, 300.0), &parts);
    assert_eq!((beyond.points, beyond.classes[0].offered.len()), (0, 0));
}

#[test]
fn failures_are_told_by_who_and_why() {
    let mut scenario = scenario("scenarios/stage-3");
    let services = scenario.components.iter();
    let services = services.filter(|part| part.kind == Kind::Service);
    for (place, part) in services.map(|part| part.id).enumerate() {
        scenario.faults.push(Fault {
            start_seconds: 4.0 + place as f64,
            duration_seconds: Some(6.0),
            incident: Incident::Component {
                id: part,
                what: ComponentFault::Kill { instances: None },
            },
        });
    }
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    let start = simulation.sums();
    run(&mut simulation, 20.0);
    let history = look(&simulation, (0.0, 20.0), &[]);
    let end = history.start + history.seconds * history.points as f64;
    let counted = simulation.picture_since(&start);
    let told: f64 = history
        .failures
        .iter()
        .map(|own| own.per_second.iter().sum::<f64>() * history.seconds)
        .sum();
    let all: f64 = counted.failures.iter().map(|failed| failed.count).sum();
    assert!(all > 100.0);
    // What came after the last whole point isn't told yet.
    assert!(
        told <= all && told >= 0.999 * all && end > 15.0,
        "{told} {all}"
    );
    for own in &history.failures {
        assert!(
            counted
                .failures
                .iter()
                .any(|failed| failed.component == own.component && failed.why == own.why)
        );
    }
}

#[test]
fn looking_changes_nothing() {
    let scenario = scenario("scenarios/stage-4");
    let mut watched = simulation("scenarios/stage-4", 2);
    let mut unwatched = watched.clone();
    for second in 1..=20 {
        run(&mut watched, f64::from(second));
        let history = look(&watched, (0.0, f64::from(second)), &parts(&scenario));
        assert_eq!(history.classes.len(), scenario.classes.len());
    }
    run(&mut unwatched, 20.0);
    assert_eq!(watched.findings(), unwatched.findings());
}

/// What a design costs in a steady state, by the report and by what a run of it counts.
#[test]
fn a_run_is_charged_what_its_design_costs() {
    let mut scenario = scenario("scenarios/stage-3");
    // The report takes the day's mean of the traffic, a short run its peak.
    for part in &mut scenario.components {
        if part.kind == Kind::Clients {
            part.parameters
                .insert(Parameter::NightShare, Value::Number(1.0));
        }
    }
    let cost = analyse(&scenario).report.cost.total.0;
    let autoscaled = tariff(&crate::support::scenario("scenarios/stage-4"));
    let tariff = tariff(&scenario);
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    run(&mut simulation, 120.0);
    let history = simulation.history(&HistorySpan {
        from: 20.0,
        to: 120.0,
        points: 100,
        components: &[],
        weights: &tariff.charges,
    });
    let charged = tariff.fixed.0 + mean(&history.weighted) * SECONDS_PER_MONTH;
    assert!(tariff.fixed.0 > 0.0 && charged > 1.05 * tariff.fixed.0);
    assert!(close(charged, cost, 0.02), "{charged} {cost}");
    // What was before is as much a second, within chance.
    let before = history.weighted_before / history.start;
    assert!(close(before, mean(&history.weighted), 0.1));
    let scales = |(measure, _): &(Measure, f64)| matches!(measure, Measure::InstanceSeconds(_));
    assert!(!tariff.charges.iter().any(scales));
    assert!(autoscaled.charges.iter().any(scales));
}
