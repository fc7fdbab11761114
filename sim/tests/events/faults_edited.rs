//! Faults that are added, moved, mended and taken away while a run goes on.

use crate::faults::{in_component, kill};
use crate::faults_changed::{drawing, incidents, rates, start, traces, with};
use crate::support::run;
use loadscape_sim::catalog::{Parameter, Value, ZoneKind};
use loadscape_sim::des::{FaultFindings, Findings, Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::generate::{Random, generate_with_faults};
use loadscape_sim::scenario::{
    ComponentFault, ComponentId, Fault, Incident, Point, Rectangle, Scenario, Zone, ZoneFault,
    ZoneId,
};

fn fault(start_seconds: f64, duration: impl Into<Option<f64>>, incident: Incident) -> Fault {
    Fault {
        start_seconds,
        duration_seconds: duration.into(),
        incident,
    }
}

/// The drawing with these faults.
fn having(faults: &[Fault]) -> Scenario {
    Scenario {
        faults: faults.to_vec(),
        ..drawing()
    }
}

fn change(simulation: &mut Simulation, faults: &[Fault]) {
    simulation.change(&compile(&having(faults)));
    assert_eq!(simulation.violations(), []);
}

/// What it found, with causes of failure in one order: places are given in the order in which they come.
fn sorted(simulation: &Simulation) -> Findings {
    let mut findings = simulation.findings();
    for class in &mut findings.classes {
        class
            .failures
            .sort_by_key(|failure| (failure.component, format!("{:?}", failure.why)));
    }
    findings
}

/// Both runs are the same to the last bit, up to this time.
fn same_from_here(one: &mut Simulation, other: &mut Simulation, end: f64, what: &str) {
    for simulation in [&mut *one, other] {
        simulation.trace_next(100_000);
        run(simulation, end);
    }
    assert!(traces(one).len() > 100_000);
    assert!(traces(one) == traces(other), "{what}");
    let (one, other) = (sorted(one), sorted(other));
    assert_eq!(one.classes, other.classes, "{what}");
    assert_eq!(one, other, "{what}");
}

/// Number, begin and end of each.
fn told(simulation: &Simulation) -> Vec<(Option<usize>, Option<f64>, Option<f64>)> {
    let faults = simulation.findings().faults.into_iter();
    let told = |fault: FaultFindings| (fault.number, fault.began_seconds, fault.ended_seconds);
    faults.map(told).collect()
}

#[test]
fn faults_that_are_edited_before_their_start_are_those_of_a_run_that_was_built_so() {
    for (place, incident) in incidents().into_iter().enumerate() {
        let scenario = with(&drawing(), incident);
        let other = fault(60.0, 5.0, incidents()[(place + 1) % 3]);
        let before = [
            vec![],
            vec![fault(50.0, 20.0, incident)],
            vec![fault(20.0, 10.0, incident)],
            vec![other.clone(), fault(15.0, None, incident)],
            vec![fault(20.0, 20.0, incident), other],
        ];
        // Half of them with each.
        for (edit, faults) in (0..).zip(before).skip(place % 2).step_by(2) {
            let mut built = start(&scenario);
            let mut edited = start(&having(&faults));
            run(&mut built, 11.3);
            run(&mut edited, 11.3);
            edited.change(&compile(&scenario));
            same_from_here(&mut built, &mut edited, 70.0, &format!("{place} {edit}"));
        }
    }
}

#[test]
fn one_that_is_mended_later_or_earlier_goes_on_as_if_built_so() {
    for (place, incident) in incidents().into_iter().enumerate() {
        for duration in [12.5, 30.0, f64::INFINITY] {
            let duration = Some(duration).filter(|seconds| seconds.is_finite());
            let scenario = having(&[fault(20.0, duration, incident)]);
            let mut built = start(&scenario);
            let mut edited = start(&with(&drawing(), incident));
            run(&mut built, 31.7);
            run(&mut edited, 31.7);
            edited.change(&compile(&scenario));
            same_from_here(
                &mut built,
                &mut edited,
                60.0,
                &format!("{place} {duration:?}"),
            );
        }
    }
}

#[test]
fn one_that_is_added_with_the_present_as_its_start_happens_as_if_it_had_been_there() {
    for (place, incident) in incidents().into_iter().enumerate() {
        let mut edited = start(&having(&[]));
        run(&mut edited, 23.1);
        let faults = [fault(edited.now(), 20.0, incident)];
        change(&mut edited, &faults);
        let mut built = start(&having(&faults));
        run(&mut built, 23.1);
        run(&mut edited, 23.1);
        same_from_here(&mut built, &mut edited, 60.0, &format!("{place}"));
    }
}

#[test]
fn one_whose_start_has_passed_begins_now_unless_its_end_has_passed_too() {
    let lost = |simulation: &Simulation, from, to| {
        let (failed, offered) = rates(simulation, LossCause::Unreachable, from, to);
        failed / offered
    };
    let mut simulation = start(&having(&[]));
    run(&mut simulation, 30.0);
    let flush = ComponentFault::Flush { instances: None };
    let deploy = ComponentFault::RollingDeploy {
        restart_seconds: 8.0,
    };
    let faults = [
        fault(10.0, 30.0, kill(3, None)),
        fault(10.0, 15.0, kill(5, None)),
        fault(10.0, None, in_component(4, flush)),
        fault(10.0, None, in_component(3, deploy)),
    ];
    change(&mut simulation, &faults);
    run(&mut simulation, 60.0);
    let never = |number| (Some(number), None, None);
    assert_eq!(
        told(&simulation),
        [
            (Some(1), Some(30.0), Some(40.0)),
            never(2),
            never(3),
            never(4)
        ]
    );
    assert_eq!(lost(&simulation, 10.0, 30.0), 0.0);
    assert!(lost(&simulation, 30.5, 39.5) > 0.99);
    assert_eq!(lost(&simulation, 40.5, 60.0), 0.0);
    // One that was over before it was there begins when its end is moved.
    let moved = [faults[0].clone(), fault(10.0, 70.0, kill(5, None))];
    change(&mut simulation, &moved);
    run(&mut simulation, 90.0);
    assert_eq!(
        told(&simulation),
        [
            (Some(1), Some(30.0), Some(40.0)),
            (Some(2), Some(60.0), Some(80.0))
        ]
    );
    assert!(lost(&simulation, 60.5, 79.5) > 0.1);
    assert_eq!(lost(&simulation, 80.5, 90.0), 0.0);
}

#[test]
fn one_that_is_taken_away_ends_now_and_what_is_over_stays() {
    for (place, incident) in incidents().into_iter().enumerate() {
        let mut simulation = start(&with(&drawing(), incident));
        run(&mut simulation, 25.0);
        change(&mut simulation, &[]);
        run(&mut simulation, 70.0);
        let faults = simulation.findings().faults;
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].incident, incident);
        let at = (
            faults[0].number,
            faults[0].began_seconds,
            faults[0].ended_seconds,
        );
        assert_eq!(at, (None, Some(20.0), Some(25.0)), "{place}");
        for why in [LossCause::Unreachable, LossCause::Error] {
            let (failed, _) = rates(&simulation, why, 30.5, 70.0);
            assert_eq!(failed, 0.0, "{place}");
        }
        // All is as it would have been at this rate: as many present at each station, within the noise of fifteen seconds.
        let series = simulation.series(0.5);
        let mean = |figures: &[f64], from: usize, to: usize| {
            figures[from..to].iter().sum::<f64>() / (to - from) as f64
        };
        for station in series.stations {
            let (before, after) = (
                mean(&station.present, 10, 38),
                mean(&station.present, 110, 138),
            );
            assert!(
                (after - before).abs() < 0.35 * before.max(1.0),
                "{place}: {:?} {before} {after}",
                station.component
            );
        }
        // Undone too late, it isn't begun anew; nor when it is taken out again.
        change(&mut simulation, &[fault(20.0, 20.0, incident)]);
        run(&mut simulation, 75.0);
        if place == 9 {
            // Nobody knows when a deploy would have been over.
            assert_eq!(told(&simulation), [(Some(1), None, None), at]);
        } else {
            assert_eq!(told(&simulation), [(Some(1), at.1, at.2)], "{place}");
        }
        change(&mut simulation, &[]);
        run(&mut simulation, 80.0);
        assert_eq!(told(&simulation), [at], "{place}");
    }
}

#[test]
fn one_that_is_moved_ahead_ends_now_and_happens_again() {
    let mut simulation = start(&having(&[fault(20.0, 20.0, kill(3, None))]));
    run(&mut simulation, 25.0);
    change(&mut simulation, &[fault(50.0, 20.0, kill(3, None))]);
    run(&mut simulation, 80.0);
    let again = [
        (Some(1), Some(50.0), Some(70.0)),
        (None, Some(20.0), Some(25.0)),
    ];
    assert_eq!(told(&simulation), again);
    for (from, to, lost) in [(20.5, 24.5, true), (25.5, 49.5, false), (50.5, 69.5, true)] {
        let (failed, offered) = rates(&simulation, LossCause::Unreachable, from, to);
        assert!((failed / offered - f64::from(lost)).abs() < 0.01, "{from}");
    }
    // Taken away and brought back while it would have lasted, it begins anew.
    let mut simulation = start(&having(&[fault(20.0, 20.0, kill(3, None))]));
    run(&mut simulation, 25.0);
    change(&mut simulation, &[]);
    run(&mut simulation, 30.0);
    change(&mut simulation, &[fault(20.0, 20.0, kill(3, None))]);
    run(&mut simulation, 60.0);
    let again = [
        (Some(1), Some(30.0), Some(40.0)),
        (None, Some(20.0), Some(25.0)),
    ];
    assert_eq!(told(&simulation), again);
}

#[test]
fn one_of_another_strength_takes_over() {
    let slow = |factor| {
        let instances = None;
        in_component(3, ComponentFault::Slow { factor, instances })
    };
    let mut simulation = start(&having(&[fault(20.0, 40.0, slow(3.0))]));
    run(&mut simulation, 40.0);
    change(&mut simulation, &[fault(20.0, 40.0, slow(2.0))]);
    run(&mut simulation, 80.0);
    let both = [
        (Some(1), Some(40.0), Some(60.0)),
        (None, Some(20.0), Some(40.0)),
    ];
    assert_eq!(told(&simulation), both);
    let network = compile(&drawing()).network;
    let cores = network.stations.iter().position(|station| {
        station.component == ComponentId(3) && station.role == loadscape_sim::network::Role::Cores
    });
    let series = simulation.series(0.5);
    let station = &series.stations[cores.unwrap()];
    let time = |from: usize, to: usize| {
        let sum = |figures: &[f64]| figures[from..to].iter().sum::<f64>();
        sum(&station.present) / sum(&station.served_per_second)
    };
    let usual = time(0, 40);
    for (from, to, times) in [(42, 80, 3.0), (82, 120, 2.0), (122, 160, 1.0)] {
        let found = time(from, to) / usual;
        assert!((found - times).abs() < 0.1, "{from}: {found}");
    }
}

#[test]
fn what_was_killed_boots_when_its_fault_is_taken_away() {
    let scaled = |faults: &[Fault]| {
        let mut scenario = having(faults);
        let own = &mut scenario.components[2].parameters;
        own.insert(Parameter::Autoscaling, Value::Flag(true));
        own.insert(Parameter::MinimumInstances, Value::Number(4.0));
        own.insert(Parameter::MaximumInstances, Value::Number(4.0));
        own.insert(Parameter::BootTime, Value::Number(7.0));
        scenario
    };
    let mut simulation = start(&scaled(&[fault(20.0, 40.0, kill(3, None))]));
    run(&mut simulation, 25.0);
    simulation.change(&compile(&scaled(&[])));
    run(&mut simulation, 30.0);
    assert_eq!(told(&simulation), [(None, Some(20.0), None)]);
    // Brought back while it boots, the fault goes on.
    simulation.change(&compile(&scaled(&[fault(20.0, 40.0, kill(3, None))])));
    run(&mut simulation, 50.0);
    assert_eq!(told(&simulation), [(Some(1), Some(20.0), None)]);
    simulation.change(&compile(&scaled(&[])));
    run(&mut simulation, 70.0);
    assert_eq!(told(&simulation), [(None, Some(20.0), Some(57.0))]);
    let (failed, offered) = rates(&simulation, LossCause::Unreachable, 20.5, 56.5);
    assert!(failed > 0.99 * offered);
    let (failed, _) = rates(&simulation, LossCause::Unreachable, 57.5, 70.0);
    assert_eq!(failed, 0.0);
}

#[test]
fn who_is_drawn_into_a_dead_zone_dies_and_who_is_drawn_out_comes_back() {
    let incident = Incident::Zone {
        id: ZoneId(1),
        what: ZoneFault::Kill,
    };
    let mut scenario = having(&[fault(20.0, 40.0, incident)]);
    scenario.zones = vec![Zone {
        id: ZoneId(1),
        kind: ZoneKind::AvailabilityZone,
        name: "A".to_owned(),
        rectangle: Rectangle {
            x: 0.0,
            y: 2000.0,
            width: 500.0,
            height: 500.0,
        },
        parameters: Default::default(),
    }];
    let inside = Point {
        x: 100.0,
        y: 2100.0,
    };
    let mut simulation = start(&scenario);
    run(&mut simulation, 30.0);
    let outside = scenario.components[2].position;
    scenario.components[2].position = inside;
    simulation.change(&compile(&scenario));
    run(&mut simulation, 40.0);
    scenario.components[2].position = outside;
    simulation.change(&compile(&scenario));
    run(&mut simulation, 50.0);
    scenario.components[2].position = inside;
    simulation.change(&compile(&scenario));
    run(&mut simulation, 70.0);
    assert_eq!(told(&simulation), [(Some(1), Some(20.0), Some(60.0))]);
    let spans = [
        (20.5, 30.0, false),
        (30.5, 39.5, true),
        (40.5, 49.5, false),
        (50.5, 59.5, true),
        (60.5, 70.0, false),
    ];
    for (from, to, lost) in spans {
        let (failed, offered) = rates(&simulation, LossCause::Unreachable, from, to);
        assert!((failed / offered - f64::from(lost)).abs() < 0.01, "{from}");
    }
}

#[test]
fn any_edits_of_any_faults_leave_the_books_balanced() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let mut scenario = generate_with_faults(seed, 10);
        let all = scenario.faults.clone();
        if all.is_empty() {
            continue;
        }
        let settings = Settings {
            seed,
            most_in_flight: 5_000,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compile(&scenario), &settings);
        for round in 0..25 {
            simulation.run_until(simulation.now() + 5.0, 4_000);
            for _ in 0..1 + random.below(3) {
                let now = simulation.now();
                let place = random.below(scenario.faults.len().max(1));
                match random.below(4) {
                    0 if !scenario.faults.is_empty() => {
                        scenario.faults.remove(place);
                    }
                    1 if !scenario.faults.is_empty() => {
                        scenario.faults[place].duration_seconds =
                            (random.below(3) > 0).then(|| 1.0 + random.below(60) as f64);
                    }
                    2 if !scenario.faults.is_empty() => {
                        scenario.faults[place].start_seconds =
                            (now + random.below(30) as f64 - 15.0).max(0.0);
                    }
                    _ => {
                        let mut new = all[random.below(all.len())].clone();
                        new.start_seconds = (now + random.below(20) as f64 - 10.0).max(0.0);
                        scenario.faults.push(new);
                    }
                }
            }
            simulation.change(&compile(&scenario));
            let violations = simulation.violations();
            assert!(
                violations.is_empty(),
                "seed {seed}, round {round}: {violations:?}"
            );
            let faults = simulation.findings().faults;
            let numbered = faults.iter().filter(|fault| fault.number.is_some()).count();
            assert_eq!(numbered, compile(&scenario).disturbances.len());
        }
        // Without any, nothing is wrong in the end.
        scenario.faults.clear();
        simulation.change(&compile(&scenario));
        simulation.run_until(simulation.now() + 1e5, 20_000);
        let violations = simulation.violations();
        assert!(violations.is_empty(), "seed {seed}: {violations:?}");
    }
}

/// A run whose course is recorded.
fn recorded(scenario: &Scenario) -> Simulation {
    let settings = Settings {
        window_seconds: Some(0.5),
        series_seconds: Some(1.0),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

#[test]
fn recovery_is_watched_for_faults_and_parts_that_come_later() {
    // The one is built so, the other gets its fault, its database's replica and its class of writes on the way.
    let incident = kill(3, Some(2));
    let built = with(&drawing(), incident);
    let mut before = drawing();
    before
        .components
        .retain(|component| component.id != ComponentId(6));
    before.links.retain(|link| link.to != ComponentId(6));
    before.classes.truncate(1);
    let mut one = recorded(&built);
    let mut other = recorded(&before);
    run(&mut one, 10.5);
    run(&mut other, 10.5);
    let with_faults = Scenario {
        faults: built.faults.clone(),
        ..before.clone()
    };
    other.change(&compile(&with_faults));
    run(&mut other, 15.5);
    other.change(&compile(&built));
    for simulation in [&mut one, &mut other] {
        run(simulation, 70.5);
    }
    let (one, other) = (one.findings(), other.findings());
    let series = other.series.as_ref().unwrap();
    assert_eq!((series.points, series.truncated), (70, false));
    assert_eq!(other.recovery.len(), 2);
    for (one, other) in one.recovery.iter().zip(&other.recovery) {
        assert_eq!(one.class, other.class);
        let (before, after) = (other.before.unwrap(), other.after.unwrap());
        assert_eq!(
            (before.seconds, other.during.seconds, after.seconds),
            (20.0, 20.0, 30.5)
        );
        // The same design in the end: as many are lost while half of it is away, and nobody before and afterwards.
        // Five standard deviations of a share of the requests.
        for during in [one.during, other.during] {
            let deviation = (0.25 / during.offered).sqrt();
            let success = during.success.unwrap();
            assert!((success - 0.5).abs() < 5.0 * deviation, "{success}");
        }
        assert_eq!((before.success, after.success), (Some(1.0), Some(1.0)));
        assert!(after.offered > 25.0 * before.offered / 20.0);
        assert!(other.recovered_after_seconds.is_some());
    }
    // The class that has come in the middle of the time before.
    let late = other.recovery[1].before.unwrap();
    let expected = 30.0 * 4.5;
    assert!(
        (late.offered - expected).abs() < 5.0 * f64::sqrt(expected),
        "{late:?}"
    );
}

#[test]
fn a_fault_after_the_last_is_part_of_what_happened() {
    let first = fault(20.0, 10.0, kill(3, None));
    let second = fault(50.0, 10.0, kill(5, None));
    let both = having(&[first.clone(), second]);
    let mut built = recorded(&both);
    let mut edited = recorded(&having(&[first]));
    run(&mut built, 40.3);
    run(&mut edited, 40.3);
    assert!(edited.findings().recovery[0].after.is_some());
    edited.change(&compile(&both));
    run(&mut built, 80.0);
    run(&mut edited, 80.0);
    let (built, edited) = (sorted(&built), sorted(&edited));
    assert_eq!(built.recovery, edited.recovery);
    assert_eq!(edited.recovery[0].during.seconds, 40.0);
    assert_eq!(built, edited);
}
