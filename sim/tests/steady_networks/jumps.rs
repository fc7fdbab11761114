//! Percentiles of times that jump: constants that some requests take and others don't, as hits and misses do.

use crate::build::{Build, close};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{Discipline, Step, StepId};
use loadscape_sim::report::Latency;
use loadscape_sim::scenario::ComponentId;

fn delay(build: &mut Build, time: Distribution) -> StepId {
    build.network.push(Step::Delay {
        component: ComponentId(5),
        time,
    })
}

fn constant(build: &mut Build, seconds: f64) -> StepId {
    delay(build, Distribution::deterministic(seconds).unwrap())
}

/// The percentiles of a route at one request a second.
fn percentiles(mut build: Build, route: StepId) -> [f64; 4] {
    build.open(1.0, route);
    let Latency {
        p50,
        p95,
        p99,
        p999,
        ..
    } = build.solve().classes[0].latency.unwrap();
    [p50.0, p95.0, p99.0, p999.0]
}

#[test]
fn a_mixture_of_constants_has_no_other_percentiles() {
    let mut build = Build::new();
    let (hit, miss) = (constant(&mut build, 0.01), constant(&mut build, 0.1));
    let route = build
        .network
        .push(Step::Branch(vec![(0.7, hit), (0.3, miss)]));
    assert_eq!(percentiles(build, route), [0.01, 0.1, 0.1, 0.1]);
}

#[test]
fn two_mixtures_in_a_row_jump_at_every_sum() {
    let mut build = Build::new();
    let (hit, miss) = (constant(&mut build, 0.01), constant(&mut build, 0.1));
    let either = build
        .network
        .push(Step::Branch(vec![(0.9, hit), (0.1, miss)]));
    let route = build.network.push(Step::Sequence(vec![either, either]));
    // 81 % take 20 ms, 18 % take 110 ms, 1 % take 200 ms.
    for (got, expected) in percentiles(build, route)
        .into_iter()
        .zip([0.02, 0.11, 0.11, 0.2])
    {
        close(got, expected, 1e-12);
    }
}

#[test]
fn a_narrow_law_behind_a_late_constant_keeps_its_percentiles() {
    let mut build = Build::new();
    let (hit, late) = (constant(&mut build, 0.01), constant(&mut build, 0.1));
    let work = delay(&mut build, Distribution::exponential(0.001).unwrap());
    let miss = build.network.push(Step::Sequence(vec![late, work]));
    let route = build
        .network
        .push(Step::Branch(vec![(0.7, hit), (0.3, miss)]));
    let left = |share: f64| 0.1 - 0.001 * (share / 0.3).ln();
    for (got, expected) in
        percentiles(build, route)
            .into_iter()
            .zip([0.01, left(0.05), left(0.01), left(0.001)])
    {
        close(got, expected, 1e-9);
    }
}

#[test]
fn what_a_full_station_lets_in_takes_its_constant_service() {
    let mut build = Build::new();
    let station = build.station(1, Some(1), Discipline::FirstComeFirstServed);
    let service = build.network.push(Step::Serve {
        station,
        time: Distribution::deterministic(0.5).unwrap(),
    });
    let before = constant(&mut build, 0.25);
    let route = build.network.push(Step::Sequence(vec![before, service]));
    for got in percentiles(build, route) {
        close(got, 0.75, 1e-12);
    }
}

#[test]
fn whoever_gives_up_does_so_at_the_time_out() {
    let mut build = Build::new();
    let work = delay(&mut build, Distribution::exponential(1.0).unwrap());
    let route = build.network.push(Step::Attempt {
        body: work,
        rule: Box::new(loadscape_sim::network::AttemptRule {
            timeout: Some(loadscape_sim::units::Seconds(2.0)),
            ..Default::default()
        }),
    });
    // 13.5 % take longer than two seconds.
    let [p50, p95, p99, p999] = percentiles(build, route);
    close(p50, std::f64::consts::LN_2, 1e-5);
    for got in [p95, p99, p999] {
        close(got, 2.0, 1e-12);
    }
}
