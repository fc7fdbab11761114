//! Figures through time.

use crate::support::{compiled, run, scenario, simulation};
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point};

#[test]
fn a_series_adds_up_to_what_happened() {
    let mut simulation = simulation("scenarios/stage-3", 2);
    run(&mut simulation, 40.0);
    for seconds in [0.0, 1.0, 2.5, 1e9] {
        let series = simulation.series(seconds);
        assert!(series.resolution_seconds >= seconds.min(20.0) && series.points > 0);
        let covered = series.start_seconds + series.resolution_seconds * series.points as f64;
        assert!(covered <= 40.0, "whole points alone");
        for class in &series.classes {
            assert_eq!(class.offered.len(), series.points);
            let sum = |rates: &[f64]| rates.iter().sum::<f64>() * series.resolution_seconds;
            let failed: f64 = class
                .failures
                .iter()
                .map(|cause| sum(&cause.per_second))
                .sum();
            let (offered, ended) = (sum(&class.offered), sum(&class.succeeded) + failed);
            // Those in flight at the end are few.
            assert!((ended / offered - 1.0).abs() < 0.01, "{offered} {ended}");
        }
        for station in &series.stations {
            assert!(
                (station.utilisation.iter().flatten())
                    .all(|share| (0.0..1.0 + 1e-9).contains(share))
            );
        }
        assert!(
            (series.stores.iter()).all(|store| store
                .hit_ratio
                .iter()
                .flatten()
                .all(|ratio| *ratio <= 1.0))
        );
        assert!(
            series
                .links
                .iter()
                .any(|link| link.per_second.iter().sum::<f64>() > 0.0)
        );
    }
}

#[test]
fn a_change_shows_when_it_was_made() {
    let mut scenario = scenario("validation/scenarios/jackson-3tier");
    let settings = Settings {
        window_seconds: Some(1.0),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(&scenario), &settings);
    run(&mut simulation, 300.0);
    for component in &mut scenario.components {
        if component.kind == Kind::Clients {
            (component.parameters).insert(Parameter::RequestRate, Value::Number(20.0));
        }
    }
    simulation.change(&compile(&scenario));
    run(&mut simulation, 600.0);
    let series = simulation.series(100.0);
    assert_eq!((series.resolution_seconds, series.points), (100.0, 6));
    let class = &series.classes[0];
    let expected = [80.0, 80.0, 80.0, 20.0, 20.0, 20.0];
    for (found, expected) in class.offered.iter().zip(expected) {
        // Four standard deviations of a Poisson count.
        assert!(
            (found - expected).abs() < 4.0 * (expected / 100.0).sqrt(),
            "{class:?}"
        );
    }
    let means: Vec<f64> = class.mean.iter().flatten().copied().collect();
    assert!(
        means[..3].iter().all(|mean| *mean > 0.12) && means[3..].iter().all(|mean| *mean < 0.12)
    );
    let busy = |point: usize| series.stations[1].utilisation[point].unwrap();
    assert!((busy(1) - 0.8).abs() < 0.1 && (busy(5) - 0.2).abs() < 0.05);
    // 32 windows make the shortest span of quantiles; each has enough of them for a 99th percentile.
    assert_eq!(series.quantile_seconds, 128.0);
    assert!(class.p99.len() == 4 && class.p99.iter().all(Option::is_some));
    assert!(class.p50[0] > class.p50[3]);
}

#[test]
fn windows_that_have_become_longer_are_the_finest_there_is() {
    let settings = Settings {
        window_seconds: Some(0.5),
        windows: 64,
        ..Settings::default()
    };
    let compiled = compiled("validation/scenarios/mm1-0.8");
    let mut simulation = Simulation::new(&compiled, &settings);
    run(&mut simulation, 100.0);
    let series = simulation.series(0.5);
    assert_eq!((series.resolution_seconds, series.points), (2.0, 50));
}

/// A series that is recorded point by point.
fn recording(seconds: f64, window: f64) -> Settings {
    Settings {
        window_seconds: Some(window),
        series_seconds: Some(seconds),
        ..Settings::default()
    }
}

#[test]
fn what_is_recorded_is_what_windows_of_the_same_length_say() {
    for name in ["scenarios/stage-3", "scenarios/stage-5"] {
        let mut simulation = Simulation::new(&compiled(name), &recording(0.5, 0.5));
        run(&mut simulation, 20.25);
        let windows = simulation.series(0.5);
        let mut recorded = simulation.findings().series.unwrap();
        assert_eq!((recorded.points, recorded.resolution_seconds), (40, 0.5));
        // Of spans of their own, both.
        assert_eq!(recorded.quantile_seconds, 0.5);
        recorded.quantile_seconds = windows.quantile_seconds;
        for (recorded, windows) in recorded.classes.iter_mut().zip(&windows.classes) {
            assert_eq!(recorded.p50.len(), 40);
            recorded.p50.clone_from(&windows.p50);
            recorded.p95.clone_from(&windows.p95);
            recorded.p99.clone_from(&windows.p99);
        }
        assert_eq!(recorded, windows, "{name}");
    }
}

#[test]
fn a_recorded_series_goes_on_when_parts_come_and_go() {
    let alone = scenario("validation/scenarios/jackson-3tier");
    let mut together = alone.clone();
    let (clients, station) = (ComponentId(901), ComponentId(902));
    let at = Point { x: 0.0, y: 9000.0 };
    (together.components).insert(0, Component::new(clients, Kind::Clients, "More", at));
    (together.components).insert(1, Component::new(station, Kind::Station, "Other", at));
    (together.links).insert(0, Link::new(LinkId(901), clients, station));
    let mut unbroken = Simulation::new(&compile(&alone), &recording(1.0, 0.5));
    let mut changed = unbroken.clone();
    run(&mut changed, 20.5);
    changed.change(&compile(&together));
    run(&mut changed, 40.5);
    let series = changed.findings().series.unwrap();
    assert_eq!((series.points, series.truncated), (40, false));
    let windows = changed.series(1.0);
    assert_eq!(series.stations, windows.stations);
    assert_eq!(series.links, windows.links);
    let other = series.stations.iter().find(|own| own.component == station);
    let served = &other.unwrap().served_per_second;
    assert!(served[..20].iter().all(|rate| *rate == 0.0));
    assert!(served[21..].iter().all(|rate| *rate > 0.0));
    changed.change(&compile(&alone));
    for simulation in [&mut unbroken, &mut changed] {
        run(simulation, 60.0);
    }
    let (one, other) = (unbroken.findings().series, changed.findings().series);
    let (one, other) = (one.unwrap(), other.unwrap());
    // Means and requests of the class are those of both populations.
    assert_eq!(one.stations, other.stations);
    assert_eq!(one.links, other.links);
}
