//! Threads that are all taken most of the time: limited queues in overload, and users who come back.
//!
//! Means are those of the birth-death chain of one station, which knows nothing of tokens: how many are there doesn't depend on where they wait.
//! Medians and p99 come from an event simulation that shares no code with the solver; four seeds of a million requests each, with half of a
//! 95 % confidence interval over the seeds.

use crate::build::{Build, close};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{Discipline, Dispatch, Instances, Role, Step, StepId};
use loadscape_sim::report::{Assumption, Report, Standing};
use loadscape_sim::scenario::ComponentId;

/// Mean service time, seconds.
const SERVICE: f64 = 0.01;

/// Who comes to the threads.
#[derive(Clone, Copy)]
enum Load {
    /// Requests a second.
    Open(f64),
    /// Users who think for a second.
    Closed(u32),
}

/// Threads, at most so many requests in all, over two cores that are shared; and a database of two shared cores under three connections.
fn solve(load: Load, threads: u32, capacity: Option<u32>, database: bool) -> Report {
    let mut build = Build::new();
    let pool = build.station(threads, capacity, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let cores = build.station(2, None, Discipline::ProcessorSharing);
    let mut body = build.exponential(cores, SERVICE);
    if database {
        let connections = build.station(3, None, Discipline::FirstComeFirstServed);
        build.network.stations[2].role = Role::Connections;
        let shared = build.station(2, None, Discipline::ProcessorSharing);
        let query = build.exponential(shared, 0.02);
        let query: StepId = build.network.push(Step::Hold {
            pool: connections,
            body: query,
        });
        body = build.network.push(Step::Sequence(vec![body, query]));
    }
    let hold = build.network.push(Step::Hold { pool, body });
    match load {
        Load::Open(rate) => build.open(rate, hold),
        Load::Closed(users) => build.closed(users, 1.0, hold),
    }
    build.solve()
}

/// Throughput (1/s) and mean time (seconds) at two servers, arrivals at `rate(n)` while n are there.
fn chain(most: u32, rate: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut weight, mut all, mut number, mut passed) = (1.0, 1.0, 0.0, 0.0);
    for n in 1..=most {
        let n = f64::from(n);
        let pass = n.min(2.0) / SERVICE;
        weight *= rate(n - 1.0) / pass;
        if weight > 1e200 {
            (weight, all, number, passed) = (
                weight * 1e-200,
                all * 1e-200,
                number * 1e-200,
                passed * 1e-200,
            );
        }
        all += weight;
        number += n * weight;
        passed += pass * weight;
    }
    (passed / all, number / passed)
}

#[test]
fn users_of_threads_over_one_station_come_back_as_its_chain_says() {
    for users in [20, 150, 190, 210, 250, 400, 1000] {
        for threads in [2, 4, 10, 100] {
            let (throughput, mean) = chain(users, |n| f64::from(users) - n);
            let report = solve(Load::Closed(users), threads, None, false);
            close(report.classes[0].throughput.0, throughput, 2e-6);
            let latency = report.classes[0].latency.unwrap();
            close(latency.mean.0, mean, 5e-5);
        }
    }
}

#[test]
fn limited_queues_let_in_and_keep_as_many_as_the_chain_says() {
    for (rate, threads, queue) in [
        (300.0, 10, 5),
        (220.0, 10, 50),
        (150.0, 4, 3),
        (400.0, 6, 0),
    ] {
        let (throughput, mean) = chain(threads + queue, |_| rate);
        let report = solve(Load::Open(rate), threads, Some(threads + queue), false);
        close(report.classes[0].throughput.0, throughput, 1e-6);
        close(report.classes[0].latency.unwrap().mean.0, mean, 1e-3);
    }
}

#[test]
fn full_threads_slow_everybody_down_alike() {
    // Median and p99 in milliseconds, half of the interval, tolerance beside it.
    for (load, threads, capacity, database, median, p99) in [
        (
            Load::Open(300.0),
            10,
            Some(15),
            false,
            (51.67, 0.2, 0.03),
            (245.3, 1.5, 0.05),
        ),
        (
            Load::Open(220.0),
            10,
            Some(60),
            false,
            (249.5, 1.1, 0.04),
            (458.9, 0.5, 0.05),
        ),
        (
            Load::Closed(190),
            10,
            None,
            false,
            (27.53, 0.3, 0.07),
            (220.4, 1.6, 0.035),
        ),
        (
            Load::Closed(210),
            10,
            None,
            false,
            (66.37, 1.8, 0.02),
            (295.0, 2.8, 0.03),
        ),
        (
            Load::Closed(400),
            10,
            None,
            false,
            (996.3, 4.7, 0.01),
            (1283.0, 12.0, 0.02),
        ),
        (
            Load::Closed(200),
            4,
            None,
            false,
            (49.72, 0.7, 0.02),
            (202.0, 3.4, 0.04),
        ),
        (
            Load::Closed(100),
            8,
            None,
            true,
            (80.26, 1.2, 0.02),
            (298.8, 4.2, 0.04),
        ),
    ] {
        let report = solve(load, threads, capacity, database);
        let latency = report.classes[0].latency.unwrap();
        for (got, (simulated, error, tolerance)) in
            [(latency.p50.0 * 1e3, median), (latency.p99.0 * 1e3, p99)]
        {
            assert!(
                (got - simulated).abs() <= error + tolerance * simulated,
                "{got} ms for {simulated} ± {error} ms"
            );
        }
    }
}

#[test]
fn threads_that_hold_back_what_their_disk_cannot_do_pass_just_its_capacity() {
    // A read of a thousand rows, each from a disk of 100 a second: a tenth of a request a second gets through, of the one that comes.
    let mut build = Build::new();
    let pool = build.station(8, None, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let disk = build.fifo(1);
    let row = build.exponential(disk, SERVICE);
    let body = build.network.push(Step::Repeat {
        body: row,
        count: 1000.0,
    });
    let hold = build.network.push(Step::Hold { pool, body });
    build.open(1.0, hold);
    let report = build.solve();
    close(report.classes[0].throughput.0, 0.1, 1e-6);
    let threads = &report.stations[0];
    let growth = threads.saturation.as_ref().unwrap().growth.0;
    close(threads.throughput.0 + growth, 1.0, 1e-9);
    close(report.stations[1].throughput.0, 100.0, 1e-6);
}

#[test]
fn an_overload_beyond_a_floats_digits_still_passes_what_it_can() {
    // Ten threads over one core of 1e-9 requests a second, asked for 1e9: of 1e18 one gets in.
    let mut build = Build::new();
    let pool = build.station(10, Some(15), Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let cores = build.station(1, None, Discipline::ProcessorSharing);
    let body = build.exponential(cores, 1e9);
    let hold = build.network.push(Step::Hold { pool, body });
    build.open(1e9, hold);
    let report = build.solve();
    close(report.classes[0].throughput.0, 1e-9, 1e-6);
}

/// Why the report doubts what it says of the threads at the first station, if it does.
fn doubt(report: &Report) -> Option<&str> {
    let threads = |assumption: &&Assumption| {
        assumption.rests_on.starts_with("Holders of tokens")
            && assumption.component == Some(ComponentId(10))
            && assumption.standing == Standing::Doubtful
    };
    let found = report.assumptions.iter().find(threads);
    found.map(|assumption| assumption.because.as_str())
}

/// Threads, at most so many requests in all, over shared cores of one machine with this law of service.
fn machine(cores: u32, threads: u32, most: Option<u32>, service: Distribution) -> (Build, StepId) {
    let mut build = Build::new();
    let pool = build.station(threads, most, Discipline::FirstComeFirstServed);
    let station = build.station(cores, None, Discipline::ProcessorSharing);
    build.network.stations[0].role = Role::Threads;
    build.network.stations[1].component = build.network.stations[0].component;
    let body = build.network.push(Step::Serve {
        station,
        time: service,
    });
    let hold = build.network.push(Step::Hold { pool, body });
    (build, hold)
}

#[test]
fn what_stays_inexact_about_full_threads_is_said_where_it_holds() {
    let exponential = || Distribution::exponential(SERVICE).unwrap();
    let constant = Distribution::deterministic(SERVICE).unwrap();
    let overloaded = |(mut build, hold): (Build, StepId), rate: f64| {
        build.open(rate, hold);
        build.solve()
    };
    let (mut several, hold) = machine(2, 10, None, exponential());
    for station in &mut several.network.stations {
        station.instances = Instances::Fixed(4);
        station.dispatch = Dispatch::RoundRobin;
    }
    several.closed(1600, 1.0, hold);
    for (report, said) in [
        (
            overloaded(machine(2, 10, Some(15), constant), 300.0),
            "service hardly varies",
        ),
        (
            overloaded(machine(1, 4, Some(8), exponential()), 150.0),
            "few threads on one core",
        ),
        (
            overloaded(machine(2, 3, Some(3), exponential()), 300.0),
            "hardly more threads than cores and no queue",
        ),
        (
            solve(Load::Open(150.0), 10, Some(20), true),
            "that is itself held",
        ),
        (several.solve(), "several saturated instances"),
        (
            solve(Load::Open(300.0), 10, Some(15), false),
            "p999 is up to 30 %",
        ),
    ] {
        let because = doubt(&report).unwrap_or_else(|| panic!("no doubt that {said}"));
        assert!(because.contains(said), "{because}");
    }
}

#[test]
fn threads_with_room_to_spare_raise_no_doubts() {
    for load in [Load::Open(100.0), Load::Open(150.0), Load::Closed(100)] {
        for capacity in [None, Some(60)] {
            let report = solve(load, 10, capacity, false);
            assert_eq!(doubt(&report), None);
        }
    }
}

/// Two pools of so many tokens that share a third of 24, which is kept for 50 ms; requests a second at both together, by these shares.
fn two_over_a_third(rate: f64, tokens: [u32; 2], shares: [f64; 2]) -> Report {
    let mut build = Build::new();
    let outer = tokens.map(|tokens| build.fifo(tokens));
    let shared = build.fifo(24);
    let cores = build.fifo(1_000);
    let body = build.exponential(cores, 0.05);
    let pool = shared;
    let inner = build.network.push(Step::Hold { pool, body });
    let ways = outer.map(|pool| build.network.push(Step::Hold { pool, body: inner }));
    let branch = Step::Branch(shares.into_iter().zip(ways).collect());
    let branch = build.network.push(branch);
    build.open(rate, branch);
    build.solve()
}

#[test]
fn the_highest_load_of_pools_that_share_a_third_is_known_however_much_they_are_asked_for() {
    // Either pool alone could pass its share: when one of them is full the third is as well, or that one passes more than comes. So the third
    // says what the highest load is: 24 tokens for 50 ms each.
    for (tokens, shares) in [
        ([40, 40], [0.5, 0.5]),
        ([20, 20], [0.5, 0.5]),
        ([16, 40], [0.5, 0.5]),
        ([30, 14], [0.7, 0.3]),
        ([26, 18], [0.6, 0.4]),
        // Together they have as many tokens as the third, which therefore never keeps anybody waiting.
        ([12, 12], [0.5, 0.5]),
    ] {
        for rate in [100.0, 240.0, 490.0, 550.0, 700.0, 1_000.0, 2_000.0] {
            let report = two_over_a_third(rate, tokens, shares);
            close(report.sustainable.0, 480.0, 1e-3);
        }
    }
}
