//! Cases without a scenario file: networks put together step by step, as the compiler would.

use super::cases::{Known, Standing};
use super::figures::{Model, Reading, failing, first_mean, scaled, shifted};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{
    Arrivals, Aside, ClassIndex, Compiled, Discipline, Dispatch, Eviction, Expiry, Instances,
    KeySpace, Network, NetworkClass, Pattern, Profile, Role, Route, Source, Station, StationId,
    Step, StepId, Store, StoreId,
};
use loadscape_sim::scenario::{ClassId, ComponentId, Operation};
use loadscape_sim::units::{PerSecond, Seconds};

/// The models of a case without a file.
pub fn models(known: &Known) -> Vec<Model> {
    let number = |name: &str| known.inputs[name].as_f64().unwrap_or(f64::NAN);
    let id = known.id.as_str();
    let is = |prefix: &str| id.starts_with(prefix);
    if id == "ps-mg1" {
        return vec![sized_job()];
    }
    if is("mm1-breakdowns") {
        return vec![breakdowns(
            number("lam"),
            number("mu"),
            number("mtbf"),
            number("mttr"),
        )];
    }
    if is("mc-jsq") {
        let pool = Pool {
            instances: number("n") as u32,
            load: number("lam_per_server"),
            mean: 1.0 / number("mu"),
            dispatch: Dispatch::LeastConnections,
        };
        return vec![pool.model(vec![Reading::new("value", Standing::Simulated, first_mean)])];
    }
    if is("mc-pow2") {
        // The case draws its two with replacement; a balancer draws two different ones, and queues are shorter.
        let pool = Pool {
            instances: number("n") as u32,
            load: number("lam"),
            mean: 1.0,
            dispatch: Dispatch::TwoChoices,
        };
        return vec![pool.model(vec![Reading::new("value", Standing::Other, first_mean)])];
    }
    if is("pow2") {
        return power_of_two(number("lam"));
    }
    if is("roundrobin") {
        return round_robin(number("lam"), number("mu"), number("n"));
    }
    if is("tail-at-scale") {
        return vec![fan_out(number("p_slow"), number("n"))];
    }
    if is("retry-amp") {
        let readings = vec![
            Reading::new("attempts", Standing::Exact, first_mean),
            Reading::new("final_fail", Standing::Exact, failing),
        ];
        return vec![failing_calls(
            number("p_fail"),
            number("max_retries") as u32,
            1,
            readings,
        )];
    }
    if is("retry-5layer") {
        let readings = vec![Reading::new("db_load_factor", Standing::Exact, first_mean)];
        let retries = number("attempts_per_layer") as u32 - 1;
        return vec![failing_calls(
            1.0,
            retries,
            number("layers") as u32,
            readings,
        )];
    }
    if is("retry-fixedpoint") && number("lam") >= 80.0 {
        // These collapse by themselves within seconds.
        return vec![retrying(number("lam")).model(vec![Reading::new(
            "collapsed_offered",
            Standing::Exact,
            |findings| findings.stations.first()?.arrivals,
        )])];
    }
    if is("che-lru") || is("lru-exact") {
        return caches(known);
    }
    if is("ttl-cache") {
        let span = Seconds(number("ttl"));
        return [
            ("hit_renewing", Expiry::AfterLastUse(span)),
            ("hit_fixed_from_miss", Expiry::AfterFetch(span)),
        ]
        .into_iter()
        .map(|(name, expiry)| {
            let keys = Keys {
                items: 1.0,
                exponent: 0.0,
                capacity: f64::INFINITY,
                eviction: Eviction::LeastRecentlyUsed,
                expiry,
            };
            keys.model(number("lam"), name, Standing::Exact)
        })
        .collect();
    }
    if is("asymptotic-bounds") {
        // Nobody in the way, and far more users than the bottleneck serves.
        return vec![
            closed(1, Reading::new("R_min", Standing::Exact, first_mean)),
            closed(
                500,
                Reading::new("X_max", Standing::Exact, |findings| {
                    findings.classes.first()?.throughput
                }),
            ),
        ];
    }
    Vec::new()
}

/// A network under construction.
#[derive(Default)]
pub struct Drawing {
    network: Network,
}

impl Drawing {
    fn class(&mut self, priority: u8) -> ClassIndex {
        let index = self.network.classes.len() as u32;
        self.network.classes.push(NetworkClass {
            class: ClassId(index + 1),
            name: format!("class {index}"),
            operation: Operation::Read,
            priority,
        });
        ClassIndex(index)
    }

    fn station(&mut self, instances: u32, discipline: Discipline, dispatch: Dispatch) -> StationId {
        let index = self.network.stations.len() as u32;
        self.network.stations.push(Station {
            component: ComponentId(1_000_000 + index),
            role: Role::Servers,
            instances: Instances::Fixed(instances),
            servers: 1,
            capacity: None,
            discipline,
            dispatch,
            waits_at: None,
        });
        StationId(index)
    }

    fn serve(&mut self, station: StationId, mean: f64) -> StepId {
        let time = Distribution::exponential(mean).expect("a mean");
        self.network.push(Step::Serve { station, time })
    }

    fn delay(&mut self, seconds: f64) -> StepId {
        self.network.push(Step::Delay {
            component: ComponentId(50),
            time: Distribution::deterministic(seconds).expect("a time"),
        })
    }

    fn fail(&mut self, probability: f64) -> StepId {
        self.network.push(Step::Fail {
            component: ComponentId(50),
            probability,
        })
    }

    fn source(&mut self, arrivals: Arrivals, class: ClassIndex, step: StepId) {
        let component = ComponentId(1 + self.network.sources.len() as u32);
        self.network.sources.push(Source {
            component,
            arrivals,
            routes: vec![Route {
                class,
                share: 1.0,
                step,
            }],
        });
    }

    /// What the simulation runs.
    pub fn compiled(self) -> Compiled {
        Compiled {
            network: self.network,
            ..Compiled::default()
        }
    }

    fn model(self, readings: Vec<Reading>) -> Model {
        Model {
            compiled: self.compiled(),
            readings,
        }
    }
}

fn poisson(rate: f64) -> Arrivals {
    Arrivals::poisson(PerSecond(rate))
}

/// Single servers behind a balancer.
struct Pool {
    instances: u32,
    /// Of each.
    load: f64,
    mean: f64,
    dispatch: Dispatch,
}

impl Pool {
    fn model(self, readings: Vec<Reading>) -> Model {
        let mut drawing = Drawing::default();
        let class = drawing.class(0);
        let station = drawing.station(
            self.instances,
            Discipline::FirstComeFirstServed,
            self.dispatch,
        );
        let step = drawing.serve(station, self.mean);
        let rate = self.load * f64::from(self.instances) / self.mean;
        drawing.source(poisson(rate), class, step);
        drawing.model(readings)
    }
}

/// The mean field is of infinitely many servers; a thousand are close to it.
fn power_of_two(load: f64) -> Vec<Model> {
    let pool = |instances, dispatch| Pool {
        instances,
        load,
        mean: 1.0,
        dispatch,
    };
    vec![
        pool(1, Dispatch::Random).model(vec![Reading::new("T_d1", Standing::Exact, first_mean)]),
        pool(1_000, Dispatch::TwoChoices).model(vec![Reading::new(
            "T_d2",
            Standing::Approximate,
            first_mean,
        )]),
    ]
}

fn round_robin(rate: f64, service_rate: f64, servers: f64) -> Vec<Model> {
    let pool = |dispatch| Pool {
        instances: servers as u32,
        load: rate / servers / service_rate,
        mean: 1.0 / service_rate,
        dispatch,
    };
    vec![
        pool(Dispatch::RoundRobin).model(vec![
            Reading::new("W_rr", Standing::Exact, first_mean),
            Reading::new("sigma", Standing::Exact, |findings| {
                findings.stations.first()?.wait_probability
            }),
        ]),
        pool(Dispatch::Random).model(vec![Reading::new("W_rand", Standing::Exact, first_mean)]),
    ]
}

/// Calls at once, of which each is slow by chance; slowness is drawn as a failure, which all calls together report.
fn fan_out(slow: f64, calls: f64) -> Model {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    let call = drawing.fail(slow);
    let all = drawing
        .network
        .push(Step::Parallel(vec![call; calls as usize]));
    drawing.source(poisson(1.0), class, all);
    drawing.model(vec![Reading::new("P_any", Standing::Exact, failing)])
}

/// Layers that each try again, over a call of one second that fails by chance: the response time is the number of calls.
fn failing_calls(probability: f64, retries: u32, layers: u32, readings: Vec<Reading>) -> Model {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    let (time, fail) = (drawing.delay(1.0), drawing.fail(probability));
    let mut step = drawing.network.push(Step::Sequence(vec![time, fail]));
    for _ in 0..layers {
        step = drawing.network.push(Step::Attempt {
            body: step,
            rule: Box::new(loadscape_sim::network::AttemptRule {
                retries,
                ..Default::default()
            }),
        });
    }
    drawing.source(poisson(1.0), class, step);
    drawing.model(readings)
}

/// The retrying system of the cases: 100 requests a second at most, given up after 200 ms and sent again at once, up to three times,
/// while the server goes on with what was given up.
pub fn retrying(rate: f64) -> Drawing {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    let station = drawing.station(1, Discipline::FirstComeFirstServed, Dispatch::Central);
    let body = drawing.serve(station, 0.01);
    let step = drawing.network.push(Step::Attempt {
        body,
        rule: Box::new(loadscape_sim::network::AttemptRule {
            timeout: Some(Seconds(0.2)),
            retries: 3,
            ..Default::default()
        }),
    });
    drawing.source(poisson(rate), class, step);
    drawing
}

/// So many queues side by side, each with so many servers and arrivals of its own.
pub fn side_by_side(copies: u32, servers: u32, arrivals: &Arrivals, service_rate: f64) -> Compiled {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    for _ in 0..copies {
        let discipline = Discipline::FirstComeFirstServed;
        let station = drawing.station(servers, discipline, Dispatch::Central);
        let step = drawing.serve(station, 1.0 / service_rate);
        drawing.source(arrivals.clone(), class, step);
    }
    drawing.compiled()
}

/// So many unbounded stores side by side, each asked for its keys so often a second. Whoever finds a key stays at the first station for longer
/// than anybody looks, whoever doesn't at the second.
pub fn warming(copies: u32, rate: f64, items: f64, exponent: f64) -> Compiled {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    let [hit, miss] = [(); 2].map(|()| {
        let station = drawing.station(1, Discipline::Infinite, Dispatch::Central);
        let time = Distribution::deterministic(1e9).expect("a time");
        let staying = drawing.network.push(Step::Serve { station, time });
        // A key is there when its fetch has ended, so that nobody may wait for who stays.
        drawing
            .network
            .push(Step::Detach(staying, Aside::HandedOver))
    });
    for copy in 0..copies {
        let keys = Keys {
            items,
            exponent,
            capacity: f64::INFINITY,
            eviction: Eviction::LeastRecentlyUsed,
            expiry: Expiry::Never,
        };
        drawing.network.stores.push(keys.store(2_000_000 + copy));
        let store = StoreId(copy);
        let step = drawing.network.push(Step::Lookup { store, hit, miss });
        drawing.source(poisson(rate), class, step);
    }
    drawing.compiled()
}

/// Workers behind a queue, of which each is taken by somebody more urgent from the beginning to the end of an outage.
pub fn outage(rate: f64, workers: u32, service_rate: f64, seconds: f64) -> Compiled {
    let mut drawing = Drawing::default();
    let (urgent, messages) = (drawing.class(0), drawing.class(1));
    let station = drawing.station(workers, Discipline::PreemptivePriority, Dispatch::Central);
    let time = Distribution::deterministic(seconds).expect("a time");
    let taking = drawing.network.push(Step::Serve { station, time });
    let serving = drawing.serve(station, 1.0 / service_rate);
    let at_once = Arrivals::Open {
        peak: PerSecond(1.0),
        pattern: Pattern::Replayed(vec![Seconds(0.0); workers as usize].into()),
        batch: 1.0,
        trough_share: 1.0,
        profile: Profile::Constant,
    };
    drawing.source(at_once, urgent, taking);
    drawing.source(poisson(rate), messages, serving);
    drawing.compiled()
}

/// The server's breakdowns are the work of one user who thinks while all is well and interrupts everybody else.
fn breakdowns(rate: f64, service_rate: f64, between: f64, repair: f64) -> Model {
    let mut drawing = Drawing::default();
    let (repairs, requests) = (drawing.class(0), drawing.class(1));
    let station = drawing.station(1, Discipline::PreemptivePriority, Dispatch::Central);
    let repairing = drawing.serve(station, repair);
    let serving = drawing.serve(station, 1.0 / service_rate);
    let think = Seconds(between);
    drawing.source(Arrivals::Closed { users: 1, think }, repairs, repairing);
    drawing.source(poisson(rate), requests, serving);
    let of_requests = |findings: &loadscape_sim::des::Findings| findings.classes.get(1)?.mean;
    drawing.model(vec![
        Reading::new("W", Standing::Exact, of_requests),
        Reading::new("W_closed_form", Standing::Exact, of_requests),
        // A breakdown comes once in every time between and repair.
        Reading::new("availability", Standing::Exact, move |findings| {
            scaled(findings.classes.first()?.throughput, between)
        }),
        // The one under repair isn't a request.
        Reading::new("L", Standing::Exact, move |findings| {
            let broken = repair / (between + repair);
            shifted(findings.stations.first()?.present, -broken)
        }),
    ])
}

/// Jobs of length 3 among others on a shared processor, at a load of 0.8 in all: how long those take.
fn sized_job() -> Model {
    let mut drawing = Drawing::default();
    let (of_three, others) = (drawing.class(0), drawing.class(0));
    let station = drawing.station(1, Discipline::ProcessorSharing, Dispatch::Central);
    let three = drawing.network.push(Step::Serve {
        station,
        time: Distribution::deterministic(3.0).expect("a time"),
    });
    let other = drawing.network.push(Step::Serve {
        station,
        time: Distribution::with_moments(1.0, 6.0).expect("a law"),
    });
    drawing.source(poisson(0.05), of_three, three);
    drawing.source(poisson(0.65), others, other);
    drawing.model(vec![Reading::new(
        "T_given_size_3",
        Standing::Exact,
        first_mean,
    )])
}

/// One store of keys.
struct Keys {
    items: f64,
    exponent: f64,
    capacity: f64,
    eviction: Eviction,
    expiry: Expiry,
}

impl Keys {
    fn store(&self, component: u32) -> Store {
        Store {
            component: ComponentId(component),
            copies: 1.0,
            capacity_bytes: self.capacity,
            eviction: self.eviction,
            expiry: self.expiry,
            keys: vec![Some(KeySpace {
                keys: self.items,
                zipf_exponent: self.exponent,
                item_bytes: 1.0,
                invalidations_per_lookup: 0.0,
                refreshes_per_lookup: 0.0,
            })],
            keys_are_shared: false,
            coalesces: false,
            is_write_buffer: false,
            nodes: 1,
        }
    }

    /// Hits take a second and misses none, so that the mean is the hit ratio; misses are fetched at once.
    fn model(self, rate: f64, figure: &str, standing: Standing) -> Model {
        let mut drawing = Drawing::default();
        let class = drawing.class(0);
        drawing.network.stores.push(self.store(200));
        let (hit, miss) = (drawing.delay(1.0), drawing.delay(0.0));
        let store = StoreId(0);
        let step = drawing.network.push(Step::Lookup { store, hit, miss });
        drawing.source(poisson(rate), class, step);
        drawing.model(vec![Reading::new(figure, standing, first_mean)])
    }
}

fn caches(known: &Known) -> Vec<Model> {
    let number = |name: &str| known.inputs[name].as_f64().unwrap_or(f64::NAN);
    let model = |figure: &str, eviction, standing| {
        let keys = Keys {
            items: number("items"),
            exponent: number("zipf_alpha"),
            capacity: number("capacity"),
            eviction,
            expiry: Expiry::Never,
        };
        keys.model(1.0, figure, standing)
    };
    let lru = Eviction::LeastRecentlyUsed;
    if known.id.starts_with("lru-exact") {
        vec![
            model("hit_lru", lru, Standing::Exact),
            model("hit_che", lru, Standing::Other),
            model("hit_fifo_rr", Eviction::FirstInFirstOut, Standing::Exact),
        ]
    } else {
        vec![
            model("hit_ratio", lru, Standing::Approximate),
            model(
                "hit_ratio_static_top",
                Eviction::LeastFrequentlyUsed,
                Standing::Approximate,
            ),
        ]
    }
}

/// The three stations of the bounds' case with this many users.
fn closed(users: u32, reading: Reading) -> Model {
    let mut drawing = Drawing::default();
    let class = drawing.class(0);
    let steps = [0.005, 0.01, 0.02]
        .map(|demand| {
            let station = drawing.station(1, Discipline::FirstComeFirstServed, Dispatch::Central);
            drawing.serve(station, demand)
        })
        .to_vec();
    let route = drawing.network.push(Step::Sequence(steps));
    let think = Seconds(1.0);
    drawing.source(Arrivals::Closed { users, think }, class, route);
    drawing.model(vec![reading])
}
