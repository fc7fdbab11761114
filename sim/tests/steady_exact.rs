//! Hand-built networks with exactly known answers, solved as the app solves drawn ones.

use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{
    Arrivals, ClassIndex, Compiled, Discipline, Dispatch, Instances, Network, NetworkClass, Role, Route, Source, Station, StationId, Step, StepId,
};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ClassId, ComponentId, Operation, Scenario};
use loadscape_sim::steady::{Precision, Solver};
use loadscape_sim::units::PerSecond;

/// A network of one class under construction.
struct Build {
    network: Network,
}

impl Build {
    fn new() -> Self {
        let class = NetworkClass { class: ClassId(1), name: "request".to_owned(), operation: Operation::Read, priority: 0 };
        Build { network: Network { classes: vec![class], ..Network::default() } }
    }

    fn station(&mut self, servers: u32, capacity: Option<u32>, discipline: Discipline) -> StationId {
        let component = ComponentId(self.network.stations.len() as u32 + 10);
        self.network.stations.push(Station {
            component,
            role: Role::Servers,
            instances: Instances::Fixed(1),
            servers,
            capacity,
            discipline,
            dispatch: Dispatch::Central,
            waits_at: None,
        });
        StationId(self.network.stations.len() as u32 - 1)
    }

    fn fifo(&mut self, servers: u32) -> StationId {
        self.station(servers, None, Discipline::FirstComeFirstServed)
    }

    fn exponential(&mut self, station: StationId, mean: f64) -> StepId {
        self.network.push(Step::Serve { station, time: Distribution::exponential(mean).unwrap() })
    }

    fn open(&mut self, rate: f64, step: StepId) {
        self.network.sources.push(Source {
            component: ComponentId(1),
            arrivals: Arrivals::Open { peak: PerSecond(rate), interarrival_scv: 1.0, batch: 1.0, trough_share: 1.0 },
            routes: vec![Route { class: ClassIndex(0), share: 1.0, step }],
        });
    }

    fn solve(self) -> Report {
        let compiled = Compiled { network: self.network, ..Compiled::default() };
        Solver::new().solve(&Scenario::default(), &compiled, Precision::Exact)
    }
}

#[track_caller]
fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1e-300), "{got} against {expected}");
}

#[test]
fn one_server_gives_the_exponential_sojourn_time() {
    let mut build = Build::new();
    let station = build.fifo(1);
    let step = build.exponential(station, 1.0);
    build.open(0.8, step);
    let report = build.solve();
    let latency = report.classes[0].latency.unwrap();
    close(latency.mean.0, 5.0, 1e-12);
    close(latency.p50.0, 3.465_735_902_799_726_5, 1e-8);
    close(latency.p99.0, 23.025_850_929_940_457, 1e-8);
    close(latency.p999.0, 34.538_776_394_910_684, 1e-8);
    close(report.stations[0].queue_length.unwrap(), 3.2, 1e-12);
    close(report.head_room, 0.25, 1e-12);
    close(report.sustainable.0, 1.0, 1e-12);
}

#[test]
fn a_thousand_servers_at_99_percent_wait_as_erlang_says() {
    let mut build = Build::new();
    let station = build.fifo(1000);
    let step = build.exponential(station, 1.0);
    build.open(990.0, step);
    let report = build.solve();
    close(report.stations[0].wait_probability.unwrap(), 0.659_080_421_880_854_5, 1e-8);
    close(report.classes[0].latency.unwrap().mean.0, 1.065_908_042_188_085_5, 1e-8);
    close(report.classes[0].latency.unwrap().p99.0, 4.675_844_057_922_75, 1e-8);
}

#[test]
fn a_tandem_has_the_percentiles_of_the_sum() {
    let mut build = Build::new();
    let (first, second) = (build.fifo(1), build.fifo(1));
    let steps = vec![build.exponential(first, 1.0), build.exponential(second, 1.0 / 0.9)];
    let route = build.network.push(Step::Sequence(steps));
    build.open(0.5, route);
    let latency = build.solve().classes[0].latency.unwrap();
    close(latency.mean.0, 4.5, 1e-12);
    close(latency.p50.0, 3.766_009_700_836_817, 1e-8);
    close(latency.p95.0, 10.712_159_724_327_973, 1e-8);
    close(latency.p99.0, 15.047_523_492_729_809, 1e-8);
}

#[test]
fn three_tiers_add_up_and_the_breakdown_names_each() {
    let mut build = Build::new();
    let (balancer, pool, database) = (build.fifo(1), build.fifo(8), build.fifo(2));
    let steps = vec![build.exponential(balancer, 0.001), build.exponential(pool, 0.08), build.exponential(database, 0.02)];
    let route = build.network.push(Step::Sequence(steps));
    build.open(80.0, route);
    let report = build.solve();
    let class = &report.classes[0];
    close(class.latency.unwrap().mean.0, 0.159_524_758_349_395_5, 1e-10);
    close(class.breakdown.iter().map(|part| part.mean.0).sum(), 0.159_524_758_349_395_5, 1e-10);
    close(report.stations[1].sojourn.unwrap().0, 0.102_882_246_272_100_81, 1e-10);
    // Both tiers are 80 % busy.
    close(report.head_room, 0.25, 1e-12);
}

#[test]
fn a_full_queue_refuses_and_the_rest_wait_as_in_a_finite_buffer() {
    let mut build = Build::new();
    let station = build.station(1, Some(10), Discipline::FirstComeFirstServed);
    let step = build.exponential(station, 1.0);
    build.open(0.8, step);
    let report = build.solve();
    close(report.stations[0].loss, 0.023_492_857_579_905_605, 1e-10);
    close(report.classes[0].throughput.0, 0.781_205_713_936_075_5, 1e-10);
    close(report.classes[0].latency.unwrap().mean.0, 3.797_097_503_983_286, 1e-10);
    close(report.classes[0].losses[0].share, 0.023_492_857_579_905_605, 1e-10);
}

#[test]
fn above_saturation_there_is_a_growing_backlog_and_no_latency() {
    let mut build = Build::new();
    let (first, second) = (build.fifo(1), build.fifo(1));
    let steps = vec![build.exponential(first, 1.0), build.exponential(second, 0.5)];
    let route = build.network.push(Step::Sequence(steps));
    build.open(1.5, route);
    let report = build.solve();
    assert!(report.classes[0].latency.is_none());
    let saturation = report.stations[0].saturation.unwrap();
    close(saturation.growth.0, 0.5, 1e-12);
    close(saturation.passes.0, 1.0, 1e-12);
    close(report.stations[1].arrival.0, 1.0, 1e-12);
    close(report.classes[0].goodput.0, 1.0, 1e-12);
    close(report.head_room, 1.0 / 1.5 - 1.0, 1e-12);
    assert_eq!(report.bottleneck.unwrap().component, ComponentId(10));
    close(report.next_bottleneck.unwrap().utilisation, 0.75, 1e-12);
}

#[test]
fn the_last_of_ten_parallel_calls_decides() {
    let mut build = Build::new();
    let leaves: Vec<StepId> = (0..10)
        .map(|_| {
            let leaf = build.station(1, None, Discipline::Infinite);
            build.exponential(leaf, 1.0)
        })
        .collect();
    let route = build.network.push(Step::Parallel(leaves));
    build.open(1.0, route);
    let latency = build.solve().classes[0].latency.unwrap();
    close(latency.mean.0, 2.928_968_253_968_253_8, 1e-8);
    close(latency.p50.0, 2.703_555_191_862_404_3, 1e-8);
    close(latency.p99.0, 6.903_236_794_476_113, 1e-8);
}

#[test]
fn retries_multiply_the_load_below() {
    let mut build = Build::new();
    let station = build.fifo(10);
    let serve = build.exponential(station, 0.01);
    let fail = build.network.push(Step::Fail { component: ComponentId(10), probability: 0.5 });
    let body = build.network.push(Step::Sequence(vec![serve, fail]));
    let route =
        build.network.push(Step::Attempt { body, timeout: None, retries: 3, backoff: loadscape_sim::units::Seconds(0.0) });
    build.open(100.0, route);
    let report = build.solve();
    close(report.stations[0].arrival.0, 187.5, 1e-12);
    close(report.classes[0].goodput.0, 93.75, 1e-12);
    close(report.classes[0].losses[0].share, 0.0625, 1e-12);
}

/// A service of `threads` threads over a database of one server, with `think` seconds of its own without queueing.
fn threads_over_database(rate: f64, threads: u32, capacity: Option<u32>, own: f64, query: f64) -> Report {
    let mut build = Build::new();
    let pool = build.station(threads, capacity, Discipline::FirstComeFirstServed);
    build.network.stations[0].role = Role::Threads;
    let database = build.fifo(1);
    let work = build.station(1, None, Discipline::Infinite);
    let steps = vec![build.exponential(work, own), build.exponential(database, query)];
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
fn a_few_threads_only_move_the_wait_from_the_database_to_the_pool() {
    // All time is database time: whatever the number of threads, it is the same M/M/1.
    for threads in [2, 5, 20] {
        let report = threads_over_database(80.0, threads, None, 0.0, 0.01);
        let latency = report.classes[0].latency.unwrap();
        close(latency.mean.0, 0.05, 1e-6);
        // The wait for a token and the wait below are composed as if independent, which they are not quite.
        println!("{threads}: {latency:?}");
        close(latency.p99.0, 0.05 * 100f64.ln(), 0.1);
        assert_eq!(report.bottleneck.as_ref().unwrap().component, ComponentId(11), "{threads}");
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
fn batches_wait_behind_their_own_kind() {
    let mut build = Build::new();
    let station = build.fifo(1);
    let step = build.exponential(station, 1.0);
    build.open(0.8, step);
    if let Arrivals::Open { batch, .. } = &mut build.network.sources[0].arrivals {
        *batch = 5.0;
    }
    let report = build.solve();
    close(report.classes[0].latency.unwrap().mean.0, 15.0, 1e-9);
}

#[test]
fn general_arrivals_at_several_servers_follow_allen_and_cunneen() {
    let mut build = Build::new();
    let station = build.fifo(4);
    let step = build.network.push(Step::Serve { station, time: Distribution::erlang(1.0, 2).unwrap() });
    build.open(3.2, step);
    if let Arrivals::Open { interarrival_scv, .. } = &mut build.network.sources[0].arrivals {
        *interarrival_scv = 2.0;
    }
    let report = build.solve();
    close(report.stations[0].waiting.unwrap().0, 0.931_925_737_167_819_5, 1e-8);
}

#[test]
fn important_requests_overtake_without_interrupting() {
    let mut build = Build::new();
    build.network.classes[0].priority = 0;
    let low = NetworkClass { class: ClassId(2), name: "low".to_owned(), operation: Operation::Read, priority: 1 };
    build.network.classes.push(low);
    let station = build.station(1, None, Discipline::Priority);
    let step = build.exponential(station, 1.0);
    build.network.sources.push(Source {
        component: ComponentId(1),
        arrivals: Arrivals::Open { peak: PerSecond(0.8), interarrival_scv: 1.0, batch: 1.0, trough_share: 1.0 },
        routes: vec![
            Route { class: ClassIndex(0), share: 0.375, step },
            Route { class: ClassIndex(1), share: 0.625, step },
        ],
    });
    let report = build.solve();
    let waits: Vec<f64> = report.stations[0].by_class.iter().map(|class| class.waiting.unwrap().0).collect();
    close(waits[0], 1.142_857_142_857_142_8, 1e-10);
    close(waits[1], 5.714_285_714_285_714, 1e-10);
    close(report.stations[0].waiting.unwrap().0, 4.0, 1e-10);
    close(report.classes[1].latency.unwrap().mean.0, 6.714_285_714_285_714, 1e-10);
}

#[test]
fn the_important_class_keeps_its_latency_when_the_other_starves() {
    let mut build = Build::new();
    let low = NetworkClass { class: ClassId(2), name: "low".to_owned(), operation: Operation::Read, priority: 1 };
    build.network.classes.push(low);
    let station = build.station(1, None, Discipline::Priority);
    let step = build.exponential(station, 1.0);
    build.network.sources.push(Source {
        component: ComponentId(1),
        arrivals: Arrivals::Open { peak: PerSecond(2.0), interarrival_scv: 1.0, batch: 1.0, trough_share: 1.0 },
        routes: vec![Route { class: ClassIndex(0), share: 0.25, step }, Route { class: ClassIndex(1), share: 0.75, step }],
    });
    let report = build.solve();
    // The server is never idle: residual 1 s, then W = 1 / (1 − 0.5).
    close(report.classes[0].latency.unwrap().mean.0, 3.0, 1e-9);
    assert!(report.classes[1].latency.is_none());
    close(report.classes[1].goodput.0, 0.5, 1e-9);
    close(report.stations[0].saturation.unwrap().growth.0, 1.0, 1e-9);
}

#[test]
fn sharing_a_processor_keeps_the_mean_whatever_the_service_time() {
    for time in [Distribution::exponential(1.0), Distribution::deterministic(1.0), Distribution::hyper_exponential(1.0, 8.0)] {
        let mut build = Build::new();
        let station = build.station(1, None, Discipline::ProcessorSharing);
        let step = build.network.push(Step::Serve { station, time: time.unwrap() });
        build.open(0.8, step);
        let latency = build.solve().classes[0].latency.unwrap();
        close(latency.mean.0, 5.0, 1e-10);
        assert!(latency.p50.0 < latency.p95.0 && latency.p95.0 < latency.p99.0, "{latency:?}");
    }
}

/// Single exponential servers behind a balancer, at this share of their capacity; service takes 1 s.
fn balanced(policy: Dispatch, instances: u32, utilisation: f64) -> Report {
    let mut build = Build::new();
    let station = build.fifo(1);
    build.network.stations[0].instances = Instances::Fixed(instances);
    build.network.stations[0].dispatch = policy;
    let step = build.exponential(station, 1.0);
    build.open(utilisation * f64::from(instances), step);
    build.solve()
}

#[test]
fn balancing_policies_rank_as_simulation_says() {
    let mean = |policy| balanced(policy, 8, 0.8).classes[0].latency.unwrap().mean.0;
    close(mean(Dispatch::Central), 1.286_028_078_401_26, 1e-9);
    // Simulated: 1.4565 ± 0.0038, 13 % above M/M/8.
    close(mean(Dispatch::LeastConnections), 1.4565, 0.005);
    close(mean(Dispatch::Random), 5.0, 1e-9);
    assert!(mean(Dispatch::LeastConnections) < mean(Dispatch::TwoChoices));
    assert!(mean(Dispatch::TwoChoices) < mean(Dispatch::RoundRobin));
    assert!(mean(Dispatch::RoundRobin) < mean(Dispatch::Random));
    close(balanced(Dispatch::TwoChoices, 10, 0.9).classes[0].latency.unwrap().mean.0, 3.10376, 0.02);
}

#[test]
fn round_robin_over_two_servers_is_exact() {
    let mut build = Build::new();
    let station = build.fifo(1);
    build.network.stations[0].instances = Instances::Fixed(2);
    build.network.stations[0].dispatch = Dispatch::RoundRobin;
    let step = build.exponential(station, 0.5);
    build.open(1.0, step);
    close(build.solve().classes[0].latency.unwrap().mean.0, 0.577_350_269_189_625_7, 1e-9);
}

#[test]
fn a_hot_shard_saturates_first_and_the_mean_is_weighted_by_share() {
    let report = balanced(Dispatch::Shares(vec![0.5, 0.25, 0.25]), 3, 0.6);
    // Loads 0.9, 0.45, 0.45 of one server each.
    close(report.classes[0].latency.unwrap().mean.0, 0.5 / 0.1 + 0.5 / 0.55, 1e-9);
    close(report.stations[0].busiest_utilisation, 0.9, 1e-12);
    close(report.head_room, 1.0 / 0.9 - 1.0, 1e-12);
}

impl Build {
    fn closed(&mut self, users: u32, think: f64, step: StepId) {
        self.network.sources.push(Source {
            component: ComponentId(1),
            arrivals: Arrivals::Closed { users, think: loadscape_sim::units::Seconds(think) },
            routes: vec![Route { class: ClassIndex(0), share: 1.0, step }],
        });
    }
}

#[test]
fn a_closed_population_is_solved_exactly() {
    let mut build = Build::new();
    let station = build.fifo(1);
    let step = build.exponential(station, 0.63);
    build.closed(100, 300.0, step);
    let report = build.solve();
    close(report.classes[0].throughput.0, 0.332_453_152_876_945_5, 1e-9);
    close(report.classes[0].latency.unwrap().mean.0, 0.794_259_686_308_592_3, 1e-9);
    close(report.stations[0].utilisation, 0.209_445_486_312_475_67, 1e-9);
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
    let mut build = Build::new();
    let station = build.fifo(2);
    let step = build.exponential(station, 0.25);
    build.closed(3, 2.0, step);
    let report = build.solve();
    close(report.classes[0].throughput.0, 1.332_419_465_387_251_6, 1e-9);
    close(report.classes[0].latency.unwrap().mean.0, 0.251_543_209_876_543_2, 1e-9);
}

#[test]
fn three_closed_populations_are_solved_exactly() {
    let mut build = Build::new();
    for id in 2..=3 {
        let class = NetworkClass { class: ClassId(id), name: format!("class {id}"), operation: Operation::Read, priority: 0 };
        build.network.classes.push(class);
    }
    let stations: Vec<StationId> = (0..3).map(|_| build.station(1, None, Discipline::ProcessorSharing)).collect();
    let demands = [[0.5, 0.04, 0.06], [0.4, 0.2, 0.3], [1.2, 0.05, 0.06]];
    for (class, (users, think)) in [(5, 20.0), (10, 30.0), (5, 0.0)].into_iter().enumerate() {
        let steps = stations.iter().zip(demands[class]).map(|(station, demand)| build.exponential(*station, demand)).collect();
        let route = build.network.push(Step::Sequence(steps));
        build.closed(users, think, route);
        build.network.sources[class].routes[0].class = ClassIndex(class as u32);
    }
    let report = build.solve();
    let expected = [(0.209_977_208_033_131_97, 3.812_108_213_245_02), (0.297_996_644_722_663_3, 3.557_424_813_647_501), (0.646_510_298_793_468_1, 7.733_828_849_023_922)];
    for (class, (throughput, response)) in report.classes.iter().zip(expected) {
        close(class.throughput.0, throughput, 1e-8);
        close(class.latency.unwrap().mean.0, response, 1e-8);
    }
    close(report.stations[0].utilisation, 0.999_999_620_457_793_1, 1e-8);
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
    assert!(class.throughput.0 < 40.0 && class.throughput.0 > 38.5, "{:?}", class.throughput);
    close(class.throughput.0 * (0.5 + class.latency.unwrap().mean.0), 50.0, 1e-6);
}

#[test]
fn two_forked_queues_end_closer_together_than_independent_ones() {
    let mut build = Build::new();
    let stations = [build.fifo(1), build.fifo(1)];
    let leaves = stations.iter().map(|station| build.exponential(*station, 1.0)).collect();
    let route = build.network.push(Step::Parallel(leaves));
    build.open(0.7, route);
    close(build.solve().classes[0].latency.unwrap().mean.0, 4.708_333_333_333_333, 1e-9);
}
