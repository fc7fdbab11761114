//! Threads and connections that are held through calls below.

use crate::build::{Build, close};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{
    Arrivals, ClassIndex, Discipline, Dispatch, Instances, NetworkClass, Role, Route, Source, Step,
    StepId,
};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ClassId, ComponentId, Operation};
use loadscape_sim::theory::multi_server::erlang_b;
use loadscape_sim::units::PerSecond;

/// A service of `threads` threads over a database of one server, with `think` seconds of its own without queueing.
fn threads_over_database(
    rate: f64,
    threads: u32,
    capacity: Option<u32>,
    own: f64,
    query: f64,
) -> Report {
    let mut build = Build::new();
    let pool = build.station(threads, capacity, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let database = build.fifo(1);
    let work = build.station(1, None, Discipline::Infinite);
    let steps = vec![
        build.exponential(work, own),
        build.exponential(database, query),
    ];
    let body = build.network.push(Step::Sequence(steps));
    let hold = build.network.push(Step::Hold { pool, body });
    build.open(rate, hold);
    build.solve()
}

#[test]
fn many_threads_leave_the_database_an_open_queue() {
    let report = threads_over_database(80.0, 200, None, 0.005, 0.01);
    close(report.classes[0].latency.unwrap().mean.0, 0.055, 1e-9);
    close(report.stations[0].utilisation, 80.0 * 0.055 / 200.0, 1e-6);
}

#[test]
fn one_thread_serialises_everything_below_it() {
    // With one token the holder never waits below: an M/G/1 with the whole body as service, here nearly M/M/1.
    let report = threads_over_database(40.0, 1, None, 0.0, 0.02);
    close(report.classes[0].latency.unwrap().mean.0, 0.1, 1e-6);
    assert!(report.stations[1].waiting.unwrap().0 < 1e-6);
}

#[test]
fn threads_that_only_wait_outside_are_servers_of_a_queue() {
    // Two tokens held for an exponential second each are M/M/2: 1.5 a second take 16/7 s (Erlang 1917). Constant times before and after, or a
    // second delay, are no longer the same law, but one token held for them is M/G/1 (Pollaczek 1930, Khinchine 1932).
    let held = |rate: f64, threads: u32, delays: &[Distribution]| {
        let mut build = Build::new();
        let pool = build.station(threads, None, Discipline::FirstComeFirstServed);
        build.network.stations[0].role = Role::Threads;
        let outside = ComponentId(99);
        let delays = delays.iter().map(|time| Step::Delay {
            component: outside,
            time: time.clone(),
        });
        let delays: Vec<Step> = delays.collect();
        let steps = delays
            .into_iter()
            .map(|delay| build.network.push(delay))
            .collect();
        let body = build.network.push(Step::Sequence(steps));
        let hold = build.network.push(Step::Hold { pool, body });
        build.open(rate, hold);
        build.solve().classes[0].latency.unwrap().mean.0
    };
    let random = |mean: f64| Distribution::exponential(mean).unwrap();
    let constant = |value: f64| Distribution::Deterministic { value };
    close(held(1.5, 2, &[random(1.0)]), 16.0 / 7.0, 1e-9);
    close(
        held(1.5, 2, &[constant(0.0), random(1.0)]),
        16.0 / 7.0,
        1e-9,
    );
    // Wait λ E[S²] / 2 (1 − λ E[S]): E[S²] of a second is 2, 1, of 0.1 s and an exponential 0.4 s 0.41.
    close(held(0.5, 1, &[constant(1e-9), random(1.0)]), 2.0, 1e-6);
    close(held(0.5, 1, &[constant(1e-9), constant(1.0)]), 1.5, 1e-6);
    close(
        held(1.0, 1, &[constant(0.1), random(0.4)]),
        0.5 + 0.41 / 2.0 / 0.5,
        1e-6,
    );
}

#[test]
fn a_few_threads_only_move_the_wait_from_the_database_to_the_pool() {
    // All time is database time: whatever the number of threads, it is the same M/M/1.
    for threads in [2, 5, 20] {
        let report = threads_over_database(80.0, threads, None, 0.0, 0.01);
        let latency = report.classes[0].latency.unwrap();
        close(latency.mean.0, 0.05, 1e-6);
        // The wait for a token and the wait below are composed as if independent, which they are not quite.
        println!("{threads}: {latency:?}");
        close(latency.p99.0, 0.05 * 100f64.ln(), 0.1);
        assert_eq!(
            report.bottleneck.as_ref().unwrap().component,
            ComponentId(11),
            "{threads}"
        );
    }
}

#[test]
fn a_saturated_pool_passes_what_the_body_lets_through_and_names_who_holds_the_tokens() {
    // The database passes 100/s; 50 threads keep it busy.
    let report = threads_over_database(150.0, 50, None, 0.005, 0.01);
    assert!(report.classes[0].latency.is_none());
    let saturation = report.stations[0].saturation.unwrap();
    assert!((saturation.passes.0 - 100.0).abs() < 0.01, "{saturation:?}");
    assert_eq!(report.bottleneck.unwrap().component, ComponentId(11));
    // Two threads over a long delay are the limit themselves.
    let report = threads_over_database(150.0, 2, None, 0.1, 0.001);
    assert!((report.stations[0].saturation.unwrap().passes.0 - 2.0 / 0.101).abs() < 0.05);
    assert_eq!(report.bottleneck.unwrap().component, ComponentId(10));
}

#[test]
fn a_pool_without_waiting_room_loses_as_erlang_says() {
    let report = threads_over_database(100.0, 15, Some(15), 0.1, 0.0);
    close(report.stations[0].loss, 0.036_496_945_472_370_79, 1e-8);
    close(report.classes[0].goodput.0, 96.350_305_452_762_92, 1e-8);
}

#[test]
fn a_pool_slows_a_closed_population_down_to_what_it_passes() {
    let mut build = Build::new();
    let pool = build.station(4, None, Discipline::FirstComeFirstServed);
    let work = build.station(1, None, Discipline::Infinite);
    let body = build.exponential(work, 0.1);
    let hold = build.network.push(Step::Hold { pool, body });
    build.closed(50, 0.5, hold);
    let report = build.solve();
    // Four tokens of 0.1 s pass 40 a second; fifty users could send 83. The pool takes its arrivals to be Poisson, which fifty users
    // who mostly wait are not, and so loses some 3 %; users, answers and think time add up all the same.
    let class = &report.classes[0];
    assert!(
        class.throughput.0 < 40.0 && class.throughput.0 > 38.5,
        "{:?}",
        class.throughput
    );
    close(
        class.throughput.0 * (0.5 + class.latency.unwrap().mean.0),
        50.0,
        1e-6,
    );
}

#[test]
fn calls_at_once_below_tokens_are_waited_for_together() {
    // Of ten tokens a fair share is taken, and hardly anybody waits for one: below, three servers are as M/M/1's whose arrivals come at
    // random, 1/(μ − λ), and a request takes as long as the last of three (fork-join, Nelson & Tantawi 1988), not as all three together.
    let mut build = Build::new();
    let pool = build.station(10, None, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let calls: Vec<StepId> = (0..3)
        .map(|_| {
            let station = build.fifo(1);
            build.exponential(station, 0.01)
        })
        .collect();
    let body = build.network.push(Step::Parallel(calls));
    let hold = build.network.push(Step::Hold { pool, body });
    build.open(60.0, hold);
    let report = build.solve();
    assert!(report.stations[0].wait_probability.unwrap() > 0.0);
    for station in &report.stations[1..] {
        close(station.sojourn.unwrap().0, 0.025, 0.03);
    }
    // R₃ = (H₃/H₂ + 4ρ/11 (1 − H₃/H₂)) (12 − ρ)/8 / (μ − λ)
    let last = (11.0 / 9.0 - 2.4 / 11.0 * 2.0 / 9.0) * 11.4 / 8.0 / 40.0;
    close(report.classes[0].latency.unwrap().mean.0, last, 0.05);
}

/// A pool of one token an instance over an exponential second without queueing.
fn instances_of_one_token(dispatch: Dispatch, instances: u32, rate: f64) -> Report {
    let mut build = Build::new();
    let pool = build.station(1, None, Discipline::FirstComeFirstServed);
    let station = &mut build.network.stations[0];
    station.role = Role::Connections;
    station.instances = Instances::Fixed(instances);
    station.dispatch = dispatch;
    let work = build.station(1, None, Discipline::Infinite);
    let body = build.exponential(work, 1.0);
    let hold = build.network.push(Step::Hold { pool, body });
    build.open(rate, hold);
    build.solve()
}

#[test]
fn instances_with_unequal_shares_of_the_requests_wait_each_for_its_own_tokens() {
    // M/M/1 each: at 0.75, 0.3 and 0.45.
    let shares = Dispatch::Shares(vec![0.5, 0.2, 0.3]);
    let report = instances_of_one_token(shares, 3, 1.5);
    let mean = 0.5 / 0.25 + 0.2 / 0.7 + 0.3 / 0.55;
    close(report.classes[0].latency.unwrap().mean.0, mean, 1e-9);
    close(report.stations[0].utilisation, 0.5, 1e-9);
}

#[test]
fn tokens_among_which_a_balancer_looks_for_free_ones_are_as_servers() {
    // Eight single servers at 0.8 behind the shortest queue; simulated: 1.4565 ± 0.0038.
    let report = instances_of_one_token(Dispatch::LeastConnections, 8, 6.4);
    close(report.classes[0].latency.unwrap().mean.0, 1.4565, 0.005);
}

#[test]
fn users_whose_holders_come_back_in_bunches_find_tokens_as_often_as_their_chain_says() {
    // 46 users over four tokens: an exponential part without queueing, then, for 38.316 % of them, one of two disks. The exact chain of who is where
    // passes 374.865 a second with a wait for a token of 0.8743 ms; were holders to leave at a rate that depends on their number alone, 0.549 ms.
    let mut build = Build::new();
    let pool = build.station(4, None, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let core = build.station(1, None, Discipline::Infinite);
    let disk = build.fifo(2);
    let query = build.exponential(disk, 0.006_982_786_924_601_251);
    let done = build.network.push(Step::Done);
    let perhaps = Step::Branch(vec![
        (142.95 / 373.08, query),
        (1.0 - 142.95 / 373.08, done),
    ]);
    let steps = vec![
        build.exponential(core, 0.002_229_3),
        build.network.push(perhaps),
    ];
    let body = build.network.push(Step::Sequence(steps));
    let hold = build.network.push(Step::Hold { pool, body });
    build.closed(46, 0.116_432_857_504_749_59, hold);
    let report = build.solve();
    close(report.classes[0].throughput.0, 374.865, 0.005);
    let wait = report.stations[0].waiting.unwrap().0;
    println!("{wait}");
    close(wait, 0.000_874_3, 0.2);
}

#[test]
fn nodes_that_get_the_same_calls_and_serve_them_alike_end_together() {
    // Three nodes that share among those who are there, half a request a second to each of a second each, nothing by chance: all are as full as
    // one another, so that the first call to end ends with the last, after 1/(1 − ρ) seconds on average (Kleinrock 1967).
    for needed in 1..=3 {
        let mut build = Build::new();
        let station = build.station(1, None, Discipline::ProcessorSharing);
        let nodes = &mut build.network.stations[0];
        nodes.instances = Instances::Fixed(3);
        nodes.dispatch = Dispatch::Shares(vec![1.0 / 3.0; 3]);
        let time = Distribution::Deterministic { value: 1.0 };
        let call = build.network.push(Step::Serve { station, time });
        let calls = vec![call; 3];
        let all = build.network.push(Step::Quorum { needed, calls });
        build.open(0.5, all);
        let report = build.solve();
        close(report.classes[0].latency.unwrap().mean.0, 2.0, 0.02);
    }
}

#[test]
fn batches_wait_below_tokens_that_are_free_as_long_as_below_none() {
    // A quarter of 18 tokens is taken, whose holders visit a disk of four channels; whoever finds none is turned away, which is next to nobody.
    let mean = |tokens: Option<u32>| {
        let mut build = Build::new();
        let pool = build.station(
            tokens.unwrap_or(1),
            tokens,
            Discipline::FirstComeFirstServed,
        );
        let disk = build.fifo(4);
        let work = build.station(1, None, Discipline::Infinite);
        let steps = vec![
            build.exponential(work, 0.13),
            build.exponential(disk, 0.085),
        ];
        let body = build.network.push(Step::Sequence(steps));
        let whole = match tokens {
            Some(_) => build.network.push(Step::Hold { pool, body }),
            None => body,
        };
        build.open(20.6, whole);
        if let Arrivals::Open { batch, .. } = &mut build.network.sources[0].arrivals {
            *batch = 2.0;
        }
        build.solve().classes[0].latency.unwrap().mean.0
    };
    close(mean(Some(18)), mean(None), 0.02);
}

#[test]
fn holders_do_not_wait_for_inner_tokens_that_refuse_whoever_finds_none() {
    // Sixteen tokens held for a delay, and by whoever finds one of four inner tokens for another: nothing queues, so that each pool loses as Erlang says
    // (Sevastyanov 1957).
    let mut build = Build::new();
    let outer = build.station(16, Some(16), Discipline::FirstComeFirstServed);
    let inner = build.station(4, Some(4), Discipline::FirstComeFirstServed);
    let work = build.station(1, None, Discipline::Infinite);
    let (before, within) = (build.exponential(work, 0.13), build.exponential(work, 0.1));
    let held = build.network.push(Step::Hold {
        pool: inner,
        body: within,
    });
    let body = build.network.push(Step::Sequence(vec![before, held]));
    let whole = build.network.push(Step::Hold { pool: outer, body });
    build.open(25.0, whole);
    let report = build.solve();
    let lost_inside = erlang_b(2.5, 4).unwrap();
    let held = 25.0 * (0.13 + (1.0 - lost_inside) * 0.1);
    let lost = erlang_b(held, 16).unwrap();
    close(
        report.stations[0].utilisation,
        (1.0 - lost) * held / 16.0,
        1e-3,
    );
    close(report.stations[0].loss, lost, 0.02);
    close(report.stations[1].loss, lost_inside, 2e-3);
}

/// Mean response times of two classes that share cores for an exponential second each: the first through one token, the second without, from the chain
/// of those of the first in and before the pool, and those of the second.
fn one_token_beside_others(cores: f64, rates: [f64; 2]) -> [f64; 2] {
    const MOST: [usize; 2] = [120, 60];
    let speed = |waiting: usize, others: usize| {
        let present = (waiting.min(1) + others) as f64;
        (cores / present).min(1.0)
    };
    let mut states = vec![[1.0; MOST[1] + 2]; MOST[0] + 2];
    // Each state's share from its neighbours', over and over (Gauss-Seidel).
    for _ in 0..4_000 {
        for q in 0..MOST[0] {
            for m in 0..MOST[1] {
                let mut inflow = 0.0;
                if q > 0 {
                    inflow += states[q - 1][m] * rates[0];
                }
                if m > 0 {
                    inflow += states[q][m - 1] * rates[1];
                }
                if q + 1 < MOST[0] {
                    inflow += states[q + 1][m] * speed(q + 1, m);
                }
                if m + 1 < MOST[1] {
                    inflow += states[q][m + 1] * (m + 1) as f64 * speed(q, m + 1);
                }
                let mut leaving = (q.min(1) + m) as f64 * if q + m > 0 { speed(q, m) } else { 0.0 };
                if q + 1 < MOST[0] {
                    leaving += rates[0];
                }
                if m + 1 < MOST[1] {
                    leaving += rates[1];
                }
                states[q][m] = inflow / leaving;
            }
        }
    }
    let (mut all, mut numbers) = (0.0, [0.0; 2]);
    for (q, states) in states[..MOST[0]].iter().enumerate() {
        for (m, share) in states[..MOST[1]].iter().enumerate() {
            all += share;
            numbers[0] += share * q as f64;
            numbers[1] += share * m as f64;
        }
    }
    [numbers[0] / all / rates[0], numbers[1] / all / rates[1]]
}

#[test]
fn who_holds_a_token_is_slowed_down_by_others_and_spares_them_as_the_chain_says() {
    for (cores, rates) in [
        (1, [0.3, 0.25]),
        (1, [0.5, 0.3]),
        (2, [0.5, 0.6]),
        (2, [0.4, 1.2]),
        (4, [0.5, 2.8]),
    ] {
        let mut build = Build::new();
        build.network.classes.push(NetworkClass {
            class: ClassId(2),
            name: "other".to_owned(),
            operation: Operation::Write,
            priority: 0,
        });
        let pool = build.station(1, None, Discipline::FirstComeFirstServed);
        build.network.stations[0].role = Role::Connections;
        let station = build.station(cores, None, Discipline::ProcessorSharing);
        let body = build.exponential(station, 1.0);
        let hold = build.network.push(Step::Hold { pool, body });
        for (class, step) in [(0, hold), (1, body)] {
            build.network.sources.push(Source {
                component: ComponentId(1),
                arrivals: Arrivals::poisson(PerSecond(rates[class as usize])),
                routes: vec![Route {
                    class: ClassIndex(class),
                    share: 1.0,
                    step,
                }],
            });
        }
        let report = build.solve();
        let expected = one_token_beside_others(f64::from(cores), rates);
        for (class, expected) in report.classes.iter().zip(expected) {
            eprintln!(
                "{cores} {rates:?} {} {expected}",
                class.latency.unwrap().mean.0
            );
        }
    }
}
