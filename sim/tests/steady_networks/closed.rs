//! Closed populations.

use crate::build::{Build, close, users_at_one_station};
use loadscape_sim::network::{
    ClassIndex, Discipline, Dispatch, Instances, NetworkClass, StationId, Step,
};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ClassId, ComponentId, Operation};

/// p50, p95, p99 and p99.9 of the first class are these.
#[track_caller]
fn has_percentiles(report: &Report, expected: [f64; 4], tolerance: f64) {
    let latency = report.classes[0].latency.unwrap();
    let got = [latency.p50.0, latency.p95.0, latency.p99.0, latency.p999.0];
    for (got, expected) in got.into_iter().zip(expected) {
        close(got, expected, tolerance);
    }
}

#[test]
fn a_closed_population_is_solved_exactly() {
    let queue = (1, Discipline::FirstComeFirstServed);
    let report = users_at_one_station((100, 300.0), queue, 0.63);
    close(
        report.classes[0].throughput.0,
        0.332_453_152_876_945_5,
        1e-9,
    );
    close(
        report.classes[0].latency.unwrap().mean.0,
        0.794_259_686_308_592_3,
        1e-9,
    );
    close(
        report.stations[0].utilisation,
        0.209_445_486_312_475_67,
        1e-9,
    );
}

#[test]
fn a_closed_population_fills_its_bottleneck() {
    let mut build = Build::new();
    let stations = [build.fifo(1), build.fifo(1), build.fifo(1)];
    let steps = vec![
        build.exponential(stations[0], 0.005),
        build.exponential(stations[1], 0.01),
        build.exponential(stations[2], 0.02),
    ];
    let route = build.network.push(Step::Sequence(steps));
    build.closed(200, 1.0, route);
    let report = build.solve();
    close(report.classes[0].throughput.0, 50.0, 1e-9);
    let latency = report.classes[0].latency.unwrap();
    close(latency.mean.0, 3.0, 1e-9);
    assert!(latency.p50.0 > 2.5 && latency.p99.0 < 5.0, "{latency:?}");
    close(report.head_room, 0.0, 1e-9);
    assert_eq!(report.bottleneck.unwrap().component, ComponentId(12));
}

#[test]
fn two_repairmen_are_solved_exactly() {
    let queue = (2, Discipline::FirstComeFirstServed);
    let report = users_at_one_station((3, 2.0), queue, 0.25);
    close(
        report.classes[0].throughput.0,
        1.332_419_465_387_251_6,
        1e-9,
    );
    close(
        report.classes[0].latency.unwrap().mean.0,
        0.251_543_209_876_543_2,
        1e-9,
    );
}

#[test]
fn three_closed_populations_are_solved_exactly() {
    let mut build = Build::new();
    for id in 2..=3 {
        let class = NetworkClass {
            class: ClassId(id),
            name: format!("class {id}"),
            operation: Operation::Read,
            priority: 0,
        };
        build.network.classes.push(class);
    }
    let stations: Vec<StationId> = (0..3)
        .map(|_| build.station(1, None, Discipline::ProcessorSharing))
        .collect();
    let demands = [[0.5, 0.04, 0.06], [0.4, 0.2, 0.3], [1.2, 0.05, 0.06]];
    for (class, (users, think)) in [(5, 20.0), (10, 30.0), (5, 0.0)].into_iter().enumerate() {
        let steps = stations
            .iter()
            .zip(demands[class])
            .map(|(station, demand)| build.exponential(*station, demand))
            .collect();
        let route = build.network.push(Step::Sequence(steps));
        build.closed(users, think, route);
        build.network.sources[class].routes[0].class = ClassIndex(class as u32);
    }
    let report = build.solve();
    let expected = [
        (0.209_977_208_033_131_97, 3.812_108_213_245_02),
        (0.297_996_644_722_663_3, 3.557_424_813_647_501),
        (0.646_510_298_793_468_1, 7.733_828_849_023_922),
    ];
    for (class, (throughput, response)) in report.classes.iter().zip(expected) {
        close(class.throughput.0, throughput, 1e-8);
        close(class.latency.unwrap().mean.0, response, 1e-8);
    }
    close(
        report.stations[0].utilisation,
        0.999_999_620_457_793_1,
        1e-8,
    );
}

/// Expected: the birth-death chain of the other users, each state's Erlang wait and exponential service convolved in closed form, and the
/// mixture's distribution function bisected; apart from this program.
#[test]
fn percentiles_of_users_at_one_queue_are_exact() {
    for (users, think, service, servers, expected) in [
        (
            50,
            10.0,
            1.0,
            4,
            [2.637_133_1, 6.086_065_43, 7.879_729_78, 10.251_674_64],
        ),
        (
            300,
            60.0,
            0.25,
            1,
            [14.917_252_27, 22.261_930_76, 25.439_634_78, 29.096_546_63],
        ),
        (
            50,
            10.0,
            0.2,
            4,
            [0.139_834_45, 0.600_701_72, 0.922_591_74, 1.383_108_83],
        ),
        (
            20,
            1.0,
            0.5,
            2,
            [3.903_637_29, 6.077_500_73, 7.156_956_48, 8.513_310_88],
        ),
        (
            300,
            60.0,
            0.15,
            1,
            [0.397_197_6, 1.669_216_91, 2.520_345, 3.691_876_9],
        ),
    ] {
        let queue = (servers, Discipline::FirstComeFirstServed);
        let report = users_at_one_station((users, think), queue, service);
        has_percentiles(&report, expected, 1e-5);
    }
}

/// Expected: an event-driven simulation of 3,000,000 requests apart from this program. The wide tolerance is the approximation's own: how
/// much a request is slowed down is taken not to depend on how long it stays.
#[test]
fn users_who_share_a_core_wait_as_simulated() {
    for (users, servers, service, expected, tolerance) in [
        (100, 1, 0.015, [0.336, 1.538, 2.407, 3.660], 0.12),
        (80, 1, 0.015, [0.128, 0.725, 1.198, 1.903], 0.2),
        (300, 4, 0.03, [0.865, 3.756, 5.787, 8.691], 0.02),
    ] {
        let cores = (servers, Discipline::ProcessorSharing);
        let report = users_at_one_station((users, 1.0), cores, service);
        has_percentiles(&report, expected, tolerance);
    }
}

#[test]
fn users_behind_a_balancer_obey_littles_law() {
    // Two choices make waits much longer than one queue's, by a factor that depends on the load: the search must end where users who
    // think, wait and are served are all there are, N = X (Z + R) (Little 1961).
    for policy in [Dispatch::TwoChoices, Dispatch::LeastConnections] {
        for users in [300, 650, 717, 800, 1_000] {
            let mut build = Build::new();
            let station = build.station(2, None, Discipline::ProcessorSharing);
            build.network.stations[0].instances = Instances::Fixed(8);
            build.network.stations[0].dispatch = policy.clone();
            let step = build.exponential(station, 0.0185);
            build.closed(users, 0.9056, step);
            let report = build.solve();
            let answer = report.classes[0].latency.unwrap().mean.0;
            let all = report.classes[0].throughput.0 * (0.9056 + answer);
            close(all, f64::from(users), 1e-5);
        }
    }
}

#[test]
fn users_at_instances_that_are_not_alike_wait_as_their_own_do() {
    // So many users that each comes as at random: M/M/1 at 0.7 for seven in ten of the visits, at 0.1 for the others.
    let mut build = Build::new();
    let station = build.fifo(1);
    build.network.stations[0].instances = Instances::Fixed(4);
    build.network.stations[0].dispatch = Dispatch::Shares(vec![0.7, 0.1, 0.1, 0.1]);
    let step = build.exponential(station, 1.0);
    build.closed(100_000, 100_000.0, step);
    let report = build.solve();
    let longer = |time: f64| 0.7 * f64::exp(-0.3 * time) + 0.3 * f64::exp(-0.9 * time);
    let latency = report.classes[0].latency.unwrap();
    close(latency.mean.0, 0.7 / 0.3 + 0.3 / 0.9, 1e-3);
    for (time, share) in [(latency.p50, 0.5), (latency.p95, 0.05), (latency.p99, 0.01)] {
        close(longer(time.0), share, 0.02);
    }
}
