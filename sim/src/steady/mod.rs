//! The steady-state solver: what a queueing network does in the long run under constant load. It knows the network only, neither the
//! drawing nor prices; what it rests on is part of its answer.
//!
//! A solve goes through four stages. `plan` unrolls the routes into flat arrays; `flow` works out how often every step is
//! reached, given what stations let through; `station`, `store` and `pool` say how stations, stores and held resources behave at that load;
//! these three repeat until nothing changes (once, for networks without losses, time-outs or saturation). Then `route` composes
//! every class's time from its steps: as moments for the means (`compose`), as terms for the percentiles (`term_probe`), which `evaluate`
//! turns into values of transforms and `mixed` into quantiles.

mod alike;
mod answer;
mod arrivals;
mod assumption;
mod balanced;
mod body;
mod bucket;
mod burst;
mod burst_assumption;
mod closed;
mod closed_wait;
mod company;
mod components;
mod compose;
mod confine;
mod curve;
mod deliveries;
mod doubts;
mod evaluate;
mod fit;
mod flow;
mod holders;
mod keyed;
mod limit;
mod mixed;
mod outcome;
mod peaks;
mod percentile;
mod picked;
mod plan;
mod pool;
mod population;
mod population_assumption;
mod priority;
mod protection;
mod queueing;
mod relief;
mod replay;
mod returns;
mod route;
mod search;
mod sharing;
mod slowdown;
mod station;
mod station_rows;
mod store;
mod store_assumption;
mod table;
mod tabulate;
mod term_probe;
mod terms;
mod throughput;
mod together;
mod tokens;
mod turns;
mod uneven;
mod upward;
mod users;
mod ways;
mod weight;

pub use crate::theory::transform::Precision;
pub use components::Calls;
pub use curve::{LoadCurve, LoadPoint, ResponsePoint};
pub use limit::Limits;

use crate::network::{Arrivals, Compiled, Instances, Network, Station};
use crate::report::Report;
use crate::scenario::{ComponentId, Scenario};
use flow::{Admission, Feedback, Rates};
use outcome::{Moments, Outcome};
use plan::{Node, Op, Plan};
use station::{ClassLoad, Load, Part, Queue};
use store::Stores;

/// Most repetitions of the fixed point; only retries close to collapse need more than a few.
const MOST_ROUNDS: usize = 48;

/// Changes below this (in probabilities) end the fixed point.
const TOLERANCE: f64 = 1e-12;

/// The solver with its workspace, reused from one network to the next so that an edit allocates next to nothing.
#[derive(Clone, Debug, Default)]
pub struct Solver {
    /// Parts that are alike and solved as one, where there are any.
    alike: Option<alike::Alike>,
    plan: Plan,
    rates: Rates,
    stores: Stores,
    /// Rate of each source, requests a second.
    sources: Vec<f64>,
    loads: Vec<Load>,
    /// Arrivals and work by station, then class.
    class_loads: Vec<ClassLoad>,
    instances: Vec<u32>,
    queues: Vec<Queue>,
    parts: Vec<Part>,
    /// How classes divide over instances that are asked by keys.
    keyed: keyed::Keyed,
    admissions: Vec<Admission>,
    /// Where the admissions were tried last, once one of them isn't right at once.
    trials: Vec<Trial>,
    hits: Vec<f64>,
    lookups: Vec<f64>,
    /// The look-ups that the hit ratios answer.
    answered: Vec<f64>,
    timeouts: Vec<f64>,
    /// By attempt: the probability that its budget allows a retry.
    granted: Vec<f64>,
    outcomes: Vec<Outcome<Moments>>,
    unsteady: Vec<bool>,
    transforms: percentile::Workspace,
    pools: pool::Pools,
    bursts: burst::Bursts,
    closed: closed::Closed,
    /// Parallel groups that are fork-join queues, with their mean as a share of what independence would give.
    forks: Vec<(u32, f64)>,
    /// Moments of parallel groups and quorums from their tables, where two-moment fits don't do.
    refined: Vec<(u32, Moments)>,
    /// Tokens wanted of each pool, in erlangs.
    token_loads: Vec<f64>,
    /// Whether the numbers of instances have settled.
    scaled: bool,
    /// Whether the rounds of the fixed point ended before its answers had.
    swings: bool,
    /// Servers of all instances, by station.
    server_counts: Vec<f64>,
    /// Multiple of today's load.
    factor: f64,
    /// Solves the same network at an ordinary load while today's is too high.
    apart: Option<Box<Solver>>,
}

/// Solves a compiled scenario for the screen; figures as [`Solver::solve`] gives them.
pub fn solve(scenario: &Scenario, compiled: &Compiled) -> Report {
    Solver::new().solve(scenario, compiled, Precision::Fast)
}

/// Shares let through that still change by more than that when the rounds end tell nothing.
const SWINGS: f64 = 0.01;

impl Solver {
    /// A solver with an empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// Works out rates, utilisations, waits and mean times of this network.
    pub fn means(&mut self, network: &Network) {
        self.alike = alike::Alike::of(network);
        let view = self.view();
        self.scaled_means(view.as_deref().unwrap_or(network), 1.0);
    }

    /// The same at a multiple of today's load: of open sources' rates, of closed sources' users.
    fn scaled_means(&mut self, network: &Network, factor: f64) {
        self.factor = factor;
        self.refined.clear();
        self.plan.load(network);
        self.pools.load(network, &self.plan);
        self.sources.clear();
        self.sources
            .extend(network.sources.iter().map(|source| match source.arrivals {
                Arrivals::Open { peak, .. } => peak.0.max(0.0) * factor,
                Arrivals::Closed { .. } => 0.0,
            }));
        self.close(network);
    }

    fn has_closed_sources(&self, network: &Network) -> bool {
        network
            .sources
            .iter()
            .any(|source| matches!(source.arrivals, Arrivals::Closed { .. }))
    }

    /// The fixed point at the sources' present rates.
    fn settle(&mut self, network: &Network) {
        let (stations, classes) = (network.stations.len(), network.classes.len());
        refill(&mut self.admissions, stations * classes, Admission::ALL);
        self.trials.clear();
        refill(&mut self.hits, network.stores.len() * classes, 0.0);
        refill(&mut self.timeouts, self.plan.attempts.len(), 0.0);
        refill(&mut self.granted, self.plan.attempts.len(), 1.0);
        refill(&mut self.token_loads, stations, 0.0);
        self.scaled = false;
        self.swings = false;
        let mut lossy = self.plan.has_failures;
        let mut change = 0.0;
        for round in 0..MOST_ROUNDS {
            self.flow(network, lossy);
            self.serve(network);
            self.compose(network);
            self.hold(network);
            if round + 1 == MOST_ROUNDS {
                self.swings = change > SWINGS;
                // What hasn't settled by now swings between two answers. The figures are to agree with each other at least.
                for (index, queue) in self.queues.iter_mut().enumerate() {
                    if !queue.by_class && classes > 0 {
                        queue.admission = self.admissions[index * classes];
                    }
                }
                break;
            }
            change = self.feed_back(network, round);
            lossy |= change > 0.0 && self.scaled;
            // Damped steps get there slowly; what is left then is below what any figure shows.
            if change <= TOLERANCE || (round > 24 && change < 1e-6) {
                break;
            }
        }
    }

    /// Rates and hit ratios, which depend on each other where stores stand behind stores.
    fn flow(&mut self, network: &Network, lossy: bool) {
        let classes = network.classes.len();
        self.answered.clear();
        for round in 0..MOST_ROUNDS {
            let feedback = Feedback {
                admissions: &self.admissions,
                hits: &self.hits,
                timeouts: &self.timeouts,
                granted: &self.granted,
                classes,
                lossy,
            };
            self.rates.solve(&self.plan, &self.sources, &feedback);
            if self.plan.lookups.is_empty() {
                // Those of another network.
                self.lookups.clear();
                return;
            }
            if round > 0 {
                std::mem::swap(&mut self.answered, &mut self.lookups);
            }
            refill(&mut self.lookups, self.hits.len(), 0.0);
            for node in &self.plan.lookups {
                let Node { op, flow, .. } = self.plan.nodes[*node as usize];
                if let Op::Lookup { store } = op {
                    let class = self.plan.flows[flow as usize].class as usize;
                    self.lookups[store as usize * classes + class] +=
                        self.rates.rate[*node as usize];
                }
            }
            let mut change = 0.0_f64;
            let mut fresh = [0.0; 64];
            for (index, store) in network.stores.iter().enumerate() {
                let range = index * classes..(index + 1) * classes;
                if self.answered.get(range.clone()) == Some(&self.lookups[range.clone()]) {
                    continue;
                }
                let mut many;
                let answer = if classes <= fresh.len() {
                    &mut fresh[..classes]
                } else {
                    many = vec![0.0; classes];
                    &mut many[..]
                };
                self.stores
                    .solve(store, &self.lookups[range.clone()], answer);
                for (old, new) in self.hits[range].iter_mut().zip(answer) {
                    change = change.max((*old - *new).abs());
                    *old = *new;
                }
            }
            if change <= TOLERANCE {
                return;
            }
        }
    }

    /// Loads and queues of the stations that serve.
    fn serve(&mut self, network: &Network) {
        let (stations, classes) = (network.stations.len(), network.classes.len());
        refill(&mut self.loads, stations, Load::EMPTY);
        refill(
            &mut self.class_loads,
            stations * classes,
            ClassLoad::default(),
        );
        for visit in &self.plan.visits {
            let rate = self.rates.rate[visit.node as usize];
            if rate <= 0.0 {
                continue;
            }
            let law = &self.plan.laws[visit.law as usize];
            let load = &mut self.loads[visit.station as usize];
            load.rate += rate;
            load.work += rate * law.mean;
            load.second += rate * law.second;
            load.third += rate * law.third;
            load.exponential &= law.exponential && (load.mean < 0.0 || load.mean == law.mean);
            load.mean = law.mean;
            let of_class =
                &mut self.class_loads[visit.station as usize * classes + visit.class as usize];
            of_class.rate += rate;
            of_class.work += rate * law.mean;
            of_class.second += rate * law.second;
        }
        self.scale(network);
        self.server_counts.clear();
        let counts = network.stations.iter().zip(&self.instances);
        self.server_counts.extend(
            counts.map(|(station, instances)| f64::from(station.servers) * f64::from(*instances)),
        );
        if network.rings.is_empty() {
            self.keyed.clear();
        } else {
            self.divide(network);
        }
        self.burst(network);
        self.parts.clear();
        self.queues.clear();
        for (index, station) in network.stations.iter().enumerate() {
            let (instances, load) = (self.instances[index], &self.loads[index]);
            let by_priority = self.has_priorities(network, index);
            let is_pool = !self.pools.holds_of(index as u32).is_empty();
            let divided = self.keyed.divided(index).map(|dispatch| Station {
                dispatch: dispatch.clone(),
                ..station.clone()
            });
            let station = divided.as_ref().unwrap_or(station);
            self.queues.push(if by_priority && load.rate > 0.0 {
                let of_classes = &self.class_loads[index * classes..(index + 1) * classes];
                let priorities = |class: usize| network.classes[class].priority;
                priority::solve_priority(
                    station,
                    instances,
                    load,
                    of_classes,
                    priorities,
                    &mut self.parts,
                )
            } else {
                queueing::solve(station, instances, load, &mut self.parts)
            });
            if let (Some(Some(whole)), Some(queue)) =
                (self.closed.whole.get(index), self.queues.last_mut())
            {
                queue.meet(*whole, self.closed.method, &mut self.parts);
            } else if !network.rings.is_empty() && !by_priority && !is_pool {
                let parts = &self.parts[self.queues[index].first_part as usize..];
                self.keyed.note(network, index, parts);
            }
        }
    }

    /// How many instances each station has at this load. Stations of one component scale together: by what needs most, cores or threads.
    fn scale(&mut self, network: &Network) {
        self.instances.clear();
        let mut scaled = false;
        for (index, (station, load)) in network.stations.iter().zip(&self.loads).enumerate() {
            self.instances.push(match station.instances {
                Instances::Fixed(count) => count.max(1),
                Instances::Scaled {
                    minimum,
                    maximum,
                    policy,
                    ..
                } => {
                    scaled = true;
                    // A pool's work is how long its tokens are held, which nobody knows before it is solved; its wish is kept apart.
                    let load = if self.pools.holds_of(index as u32).is_empty() {
                        load.work
                    } else {
                        self.token_loads[index]
                    };
                    let most = policy.most_utilisation().clamp(0.01, 1.0);
                    let wanted = load / (f64::from(station.servers) * most);
                    (wanted - 1e-9)
                        .ceil()
                        .clamp(f64::from(minimum.max(1)), f64::from(maximum.max(1)))
                        as u32
                }
            });
        }
        if !scaled {
            return;
        }
        let mut wanted: Vec<(ComponentId, u32)> = network
            .stations
            .iter()
            .zip(&self.instances)
            .filter(|(station, _)| matches!(station.instances, Instances::Scaled { .. }))
            .map(|(station, count)| (station.component, *count))
            .collect();
        wanted.sort_unstable();
        for (station, count) in network.stations.iter().zip(&mut self.instances) {
            if matches!(station.instances, Instances::Scaled { .. }) {
                let end = wanted.partition_point(|(owner, _)| *owner <= station.component);
                *count = wanted[end - 1].1;
            }
        }
    }

    /// Takes over what stations let through now and how often callers give up; returns the largest change.
    fn feed_back(&mut self, network: &Network, round: usize) -> f64 {
        let classes = network.classes.len();
        let mut change = 0.0_f64;
        let before = std::mem::take(&mut self.instances);
        self.scale(network);
        self.scaled = before == self.instances;
        if !self.scaled {
            // First let autoscalers find their size, then see what is refused or held back.
            self.instances = before;
            return 1.0;
        }
        self.instances = before;
        // Losses that feed back on each other may swing; halving the step calms them.
        let step = match round {
            0..=11 => 1.0,
            12..=23 => 0.5,
            // Where an answer jumps, ever smaller steps come to rest at the jump.
            _ => 4.0 / round as f64,
        };
        let every = self.admissions.len();
        for (index, queue) in self.queues.iter().enumerate() {
            let sheltered = queue.unbounded && self.pools.shelters(index);
            for (class, admission) in self.admissions[index * classes..(index + 1) * classes]
                .iter_mut()
                .enumerate()
            {
                let wanted = match queue.by_class && queue.starving {
                    true => Admission {
                        pass: self.parts[queue.first_part as usize + class].pass,
                        refuse: 0.0,
                    },
                    false if sheltered => Admission::ALL,
                    false => queue.admission,
                };
                let (pass, refuse) = (
                    wanted.pass - admission.pass,
                    wanted.refuse - admission.refuse,
                );
                if pass == 0.0 && refuse == 0.0 {
                    if let Some(last) = self.trials.get_mut(index * classes + class) {
                        last.off = 0.0;
                    }
                    continue;
                }
                // Most networks refuse nothing and have no trials to remember.
                if self.trials.is_empty() {
                    self.trials.resize(every, Trial::default());
                }
                let last = &mut self.trials[index * classes + class];
                change = change.max(pass.abs()).max(refuse.abs());
                let now = Trial {
                    pass: admission.pass,
                    off: pass,
                };
                // What has gone too far lies between this trial and the last.
                let share = match now.off * last.off < 0.0 && now.pass != last.pass {
                    true => (now.pass - last.pass) / (last.off - now.off),
                    false => step,
                };
                *last = now;
                if share == 1.0 {
                    *admission = wanted;
                } else {
                    admission.pass += share * pass;
                    admission.refuse += share * refuse;
                }
            }
        }
        for (attempt, index) in self.plan.attempt_nodes.iter().enumerate() {
            let index = *index as usize;
            let node = &self.plan.nodes[index];
            let rule = self.plan.attempts[attempt];
            if rule.timeout.is_finite() && self.rates.rate[index] > 0.0 {
                let body = self.plan.children(node)[0].node as usize;
                let late = if self.unsteady[body] {
                    1.0
                } else {
                    let ended = self.outcomes[body].ended();
                    fit::Fit::new(ended.mean(), ended.variance()).survival(rule.timeout)
                };
                change = change.max((self.timeouts[attempt] - late).abs());
                self.timeouts[attempt] = late;
            }
            let calls = self.rates.rate[index];
            if let Some(budget) = rule.budget.filter(|_| calls > 0.0) {
                let allowed = budget.share + budget.minimum_per_second / calls;
                let fail = self.attempt_fails(index as u32);
                let granted = flow::granted(fail, rule.retries, allowed);
                change = change.max((self.granted[attempt] - granted).abs());
                self.granted[attempt] = granted;
            }
        }
        change
    }
}

/// A probability of being served that was tried, and how far off it was.
#[derive(Clone, Copy, Debug, Default)]
struct Trial {
    pass: f64,
    off: f64,
}

/// Empties and fills a vector without giving back its memory.
fn refill<T: Clone>(vector: &mut Vec<T>, length: usize, value: T) {
    vector.clear();
    vector.resize(length, value);
}
