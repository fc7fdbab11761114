//! The steady-state solver: what a queueing network does in the long run under constant load. It knows the network only, neither the
//! drawing nor prices; what it rests on is part of its answer.
//!
//! A solve goes through four stages. `plan` unrolls the routes into flat arrays; `flow` works out how often every step is
//! reached, given what stations let through; `station`, `store` and `pool` say how stations, stores and held resources behave at that load;
//! these three repeat until nothing changes (once, for networks without losses, time-outs or saturation). Then `route` composes
//! every class's time from its steps: as moments for the means, as transforms for the percentiles.

mod answer;
mod assumption;
mod burst;
mod closed;
mod curve;
mod fit;
mod flow;
mod limit;
mod outcome;
mod percentile;
mod plan;
mod pool;
mod route;
mod station;
mod store;
mod table;

use crate::network::{Arrivals, Compiled, Discipline, Instances, Network};
use crate::report::Report;
use crate::scenario::Scenario;
pub use crate::theory::transform::Precision;
pub use answer::Calls;
pub use curve::{LoadCurve, LoadPoint, ResponsePoint};
use crate::theory::fork_join::{ForkJoin, two_branches};
use flow::{Admission, Feedback, Rates};
use outcome::{Law as _, Moments, Outcome};
use plan::{Node, Op, Plan};
use station::{ClassLoad, Load, Part, Queue};
use store::Stores;

/// Most repetitions of the fixed point; only retries close to collapse need more than a few.
const MOST_ROUNDS: usize = 400;
/// Changes below this (in probabilities) end the fixed point.
const TOLERANCE: f64 = 1e-12;

/// The solver with its workspace, reused from one network to the next so that an edit allocates next to nothing.
#[derive(Clone, Debug, Default)]
pub struct Solver {
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
    admissions: Vec<Admission>,
    hits: Vec<f64>,
    lookups: Vec<f64>,
    timeouts: Vec<f64>,
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
    /// Servers of all instances, by station.
    server_counts: Vec<f64>,
    rounds: usize,
    /// Multiple of today's load.
    factor: f64,
}

/// Solves a compiled scenario for the screen; figures as [`Solver::solve`] gives them.
pub fn solve(scenario: &Scenario, compiled: &Compiled) -> Report {
    Solver::new().solve(scenario, compiled, Precision::Fast)
}

impl Solver {
    /// A solver with an empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// Works out rates, utilisations, waits and mean times of this network.
    pub fn means(&mut self, network: &Network) {
        self.scaled_means(network, 1.0);
    }

    /// The same at a multiple of today's load: of open sources' rates, of closed sources' users.
    fn scaled_means(&mut self, network: &Network, factor: f64) {
        self.factor = factor;
        self.refined.clear();
        self.plan.load(network);
        self.pools.load(&self.plan, network.stations.len());
        self.sources.clear();
        self.sources.extend(network.sources.iter().map(|source| match source.arrivals {
            Arrivals::Open { peak, .. } => peak.0.max(0.0) * factor,
            Arrivals::Closed { .. } => 0.0,
        }));
        self.close(network);
    }

    fn has_closed_sources(&self, network: &Network) -> bool {
        network.sources.iter().any(|source| matches!(source.arrivals, Arrivals::Closed { .. }))
    }

    /// The fixed point at the sources' present rates.
    fn settle(&mut self, network: &Network) {
        let (stations, classes) = (network.stations.len(), network.classes.len());
        refill(&mut self.admissions, stations * classes, Admission::ALL);
        refill(&mut self.hits, network.stores.len() * classes, 0.0);
        refill(&mut self.timeouts, self.plan.attempts.len(), 0.0);
        refill(&mut self.token_loads, stations, 0.0);
        self.scaled = false;
        let mut lossy = self.plan.has_failures;
        for round in 0..MOST_ROUNDS {
            self.rounds = round + 1;
            self.flow(network, lossy);
            self.serve(network);
            self.compose(network);
            self.hold(network);
            let change = self.feed_back(network, round);
            lossy |= change > 0.0 && self.scaled;
            if change <= TOLERANCE {
                break;
            }
        }
    }

    /// Rates and hit ratios, which depend on each other where stores stand behind stores.
    fn flow(&mut self, network: &Network, lossy: bool) {
        let classes = network.classes.len();
        for _ in 0..MOST_ROUNDS {
            let feedback =
                Feedback { admissions: &self.admissions, hits: &self.hits, timeouts: &self.timeouts, classes, lossy };
            self.rates.solve(&self.plan, &self.sources, &feedback);
            if self.plan.lookups.is_empty() {
                return;
            }
            refill(&mut self.lookups, self.hits.len(), 0.0);
            for node in &self.plan.lookups {
                let Node { op, flow, .. } = self.plan.nodes[*node as usize];
                if let Op::Lookup { store } = op {
                    let class = self.plan.flows[flow as usize].class as usize;
                    self.lookups[store as usize * classes + class] += self.rates.rate[*node as usize];
                }
            }
            let mut change = 0.0_f64;
            let mut fresh = [0.0; 64];
            for (index, store) in network.stores.iter().enumerate() {
                let range = index * classes..(index + 1) * classes;
                let mut many;
                let answer = if classes <= fresh.len() {
                    &mut fresh[..classes]
                } else {
                    many = vec![0.0; classes];
                    &mut many[..]
                };
                self.stores.solve(store, &self.lookups[range.clone()], answer);
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
        refill(&mut self.class_loads, stations * classes, ClassLoad::default());
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
            let of_class = &mut self.class_loads[visit.station as usize * classes + visit.class as usize];
            of_class.rate += rate;
            of_class.work += rate * law.mean;
            of_class.second += rate * law.second;
        }
        self.scale(network);
        self.server_counts.clear();
        let counts = network.stations.iter().zip(&self.instances);
        self.server_counts.extend(counts.map(|(station, instances)| f64::from(station.servers) * f64::from(*instances)));
        self.burst(network);
        self.parts.clear();
        self.queues.clear();
        for (index, station) in network.stations.iter().enumerate() {
            let (instances, load) = (self.instances[index], &self.loads[index]);
            let by_priority = matches!(station.discipline, Discipline::Priority | Discipline::PreemptivePriority);
            self.queues.push(if by_priority && load.rate > 0.0 {
                let of_classes = &self.class_loads[index * classes..(index + 1) * classes];
                let priorities = |class: usize| network.classes[class].priority;
                station::solve_priority(station, instances, load, of_classes, priorities, &mut self.parts)
            } else {
                station::solve(station, instances, load, &mut self.parts)
            });
            if let (Some(Some(whole)), Some(queue)) = (self.closed.whole.get(index), self.queues.last_mut()) {
                queue.meet(*whole, self.closed.method, &mut self.parts);
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
                Instances::Scaled { minimum, maximum, target_utilisation } => {
                    scaled = true;
                    let load = load.work.max(self.token_loads[index]);
                    let wanted = load / (f64::from(station.servers) * target_utilisation.clamp(0.01, 1.0));
                    (wanted - 1e-9).ceil().clamp(f64::from(minimum.max(1)), f64::from(maximum.max(1))) as u32
                }
            });
        }
        if !scaled {
            return;
        }
        for (index, station) in network.stations.iter().enumerate() {
            if matches!(station.instances, Instances::Scaled { .. }) {
                let most = network.stations.iter().zip(&self.instances).filter(|(other, _)| {
                    other.component == station.component && matches!(other.instances, Instances::Scaled { .. })
                });
                self.instances[index] = most.map(|(_, count)| *count).max().unwrap_or(1);
            }
        }
    }

    /// Mean and second moment of every node's time.
    fn compose(&mut self, network: &Network) {
        let context = route::Context {
            plan: &self.plan,
            hits: &self.hits,
            pass: &self.rates.pass,
            admissions: &self.admissions,
            classes: network.classes.len(),
            shifts: &[],
        };
        self.outcomes.clear();
        self.unsteady.clear();
        self.forks.clear();
        let mut probe = MomentProbe { plan: &self.plan, queues: &self.queues, parts: &self.parts, closed: &self.closed, special: Outcome::AT_ONCE };
        for index in 0..self.plan.nodes.len() as u32 {
            let node = &self.plan.nodes[index as usize];
            let children = self.plan.children(node);
            if matches!(node.op, Op::Parallel | Op::Quorum { .. } | Op::Attempt { .. }) {
                let special = special_moments(&self.plan, index, &self.outcomes, &self.timeouts);
                let lock_step = fork_join(&self.plan, network, index, &self.rates.rate, &self.loads, &self.queues);
                probe.special = match lock_step {
                    Some((constant, mean)) if special.ended().mean() > constant => {
                        let ratio = mean / (special.ended().mean() - constant);
                        self.forks.push((index, ratio));
                        special.stretched(constant, ratio)
                    }
                    _ => match self.refined.binary_search_by_key(&index, |(refined, _)| *refined) {
                        Ok(place) => special.with_time(self.refined[place].1),
                        Err(_) => special,
                    },
                };
            }
            let outcome = context.compose(index, &self.outcomes, &mut probe);
            self.outcomes.push(outcome);
            let unsteady = match node.op {
                Op::Serve { station, .. } => {
                    let queue = &self.queues[station as usize];
                    let class = self.plan.flows[node.flow as usize].class;
                    queue.unbounded || (queue.starving && self.parts[(queue.first_part + class) as usize].pass < 1.0)
                }
                Op::Hold { pool } => self.queues[pool as usize].unbounded || self.unsteady[children[0].node as usize],
                Op::Detach => false,
                _ => children.iter().any(|child| child.weight > 0.0 && self.unsteady[child.node as usize]),
            };
            self.unsteady.push(unsteady);
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
        let step = if round < 30 { 1.0 } else { 0.5 };
        for (index, queue) in self.queues.iter().enumerate() {
            for (class, admission) in self.admissions[index * classes..(index + 1) * classes].iter_mut().enumerate() {
                let wanted = match queue.by_class && queue.starving {
                    true => Admission { pass: self.parts[queue.first_part as usize + class].pass, refuse: 0.0 },
                    false => queue.admission,
                };
                let (pass, refuse) = (wanted.pass - admission.pass, wanted.refuse - admission.refuse);
                change = change.max(pass.abs()).max(refuse.abs());
                admission.pass += step * pass;
                admission.refuse += step * refuse;
            }
        }
        for (index, node) in self.plan.nodes.iter().enumerate() {
            let Op::Attempt { index: attempt } = node.op else { continue };
            let rule = self.plan.attempts[attempt as usize];
            if rule.timeout.is_finite() && self.rates.rate[index] > 0.0 {
                let body = self.plan.children(node)[0].node as usize;
                let late = if self.unsteady[body] {
                    1.0
                } else {
                    let ended = self.outcomes[body].ended();
                    fit::Fit::new(ended.mean(), ended.variance()).survival(rule.timeout)
                };
                change = change.max((self.timeouts[attempt as usize] - late).abs());
                self.timeouts[attempt as usize] = late;
            }
        }
        change
    }
}

/// Empties and fills a vector without giving back its memory.
fn refill<T: Clone>(vector: &mut Vec<T>, length: usize, value: T) {
    vector.clear();
    vector.resize(length, value);
}

/// Moments of parallel groups, quorums and attempts with a time-out, by two-moment fits of their parts.
fn special_moments(plan: &Plan, index: u32, outcomes: &[Outcome<Moments>], timeouts: &[f64]) -> Outcome<Moments> {
    let node = &plan.nodes[index as usize];
    let children = plan.children(node);
    match node.op {
        Op::Attempt { index: attempt } => {
            let rule = plan.attempts[attempt as usize];
            if rule.timeout.is_infinite() {
                return Outcome::AT_ONCE;
            }
            let body = outcomes[children[0].node as usize];
            let cut = cut_off(body, timeouts[attempt as usize], rule.timeout);
            route::retry(cut, cut, rule.retries, |mean| Moments::sure(mean, 2.0 * mean * mean), rule.backoff)
        }
        _ => {
            let needed = match node.op {
                Op::Quorum { needed } => needed,
                _ => children.len() as u32,
            };
            let fits: Vec<fit::Fit> = children
                .iter()
                .map(|child| {
                    let ended = outcomes[child.node as usize].ended();
                    fit::Fit::new(ended.mean(), ended.variance())
                })
                .collect();
            let time = fit::order_statistic(&fits, needed);
            let of = |part: fn(&Outcome<Moments>) -> f64| {
                flow::at_least(needed, children.iter().map(|child| part(&outcomes[child.node as usize])))
            };
            let good = of(|outcome| outcome.success.mass);
            let not_refused = of(|outcome| outcome.answered().mass);
            let ended = of(|outcome| outcome.ended().mass);
            Outcome {
                success: time.weighted(good),
                error: time.weighted((not_refused - good).max(0.0)),
                refused: time.weighted((ended - not_refused).max(0.0)),
            }
        }
    }
}

/// The constant part and the mean of the rest of the response time of a parallel group whose calls go to single exponential servers that serve nothing else: a fork-join queue,
/// whose branches wait together and so end closer together than independent ones.
fn fork_join(plan: &Plan, network: &Network, index: u32, rates: &[f64], loads: &[Load], queues: &[Queue]) -> Option<(f64, f64)> {
    let node = &plan.nodes[index as usize];
    let (children, rate) = (plan.children(node), rates[index as usize]);
    if node.op != Op::Parallel || rate <= 0.0 {
        return None;
    }
    let mut services = Vec::with_capacity(children.len());
    let mut constant = None;
    for (place, child) in children.iter().enumerate() {
        let (station, law, before) = only_visit(plan, child.node)?;
        if *constant.get_or_insert(before) != before {
            return None;
        }
        let (spec, load) = (&network.stations[station as usize], &loads[station as usize]);
        let plain = spec.discipline == Discipline::FirstComeFirstServed
            && spec.servers == 1
            && spec.instances == Instances::Fixed(1)
            && spec.capacity.is_none()
            && load.exponential
            && queues[station as usize].basis == station::Basis::Exact
            && (load.rate / rate - 1.0).abs() < 1e-9
            && !children[..place].iter().any(|other| other.node == child.node);
        if !plain {
            return None;
        }
        services.push(1.0 / plan.laws[law as usize].mean);
    }
    let first = *services.first()?;
    let mean = if services.iter().all(|service| *service == first) {
        ForkJoin::new(rate, first, services.len() as u32).map(|queue| queue.response_time())
    } else {
        match services[..] {
            [one, other] => two_branches(rate, one, other),
            _ => None,
        }
    };
    Some((constant?, mean?))
}

/// The visit that a node consists of, beside constant times (which are returned last, in seconds).
fn only_visit(plan: &Plan, node: u32) -> Option<(u32, u32, f64)> {
    let at = &plan.nodes[node as usize];
    match at.op {
        Op::Serve { station, law } => Some((station, law, 0.0)),
        Op::Sequence => {
            let (mut found, mut constant) = (None, 0.0);
            for child in plan.children(at) {
                match plan.nodes[child.node as usize].op {
                    Op::Constant { seconds } => constant += seconds,
                    Op::Done => {}
                    _ if found.is_none() => found = Some(only_visit(plan, child.node)?),
                    _ => return None,
                }
            }
            let (station, law, before) = found?;
            Some((station, law, before + constant))
        }
        _ => None,
    }
}

/// Mean time of a first attempt, seconds.
fn first_attempt(body: &Outcome<Moments>, late: f64, timeout: f64) -> f64 {
    if timeout.is_finite() { cut_off(*body, late, timeout).ended().mean() } else { body.ended().mean() }
}

/// A body whose caller gives up after `timeout` seconds, which happens with probability `late` to those that end.
fn cut_off(body: Outcome<Moments>, late: f64, timeout: f64) -> Outcome<Moments> {
    let ended = body.ended();
    if ended.mass <= 0.0 {
        return Outcome { success: Moments::NEVER, error: Moments::constant(timeout), refused: Moments::NEVER };
    }
    let in_time = 1.0 - late;
    // E[min(T, timeout)] of the fitted law, less what those who gave up contribute.
    let fit = fit::Fit::new(ended.mean(), ended.variance());
    let (mut first, mut second) = (0.0, 0.0);
    let panels = 24;
    for panel in 0..panels {
        let width = timeout / f64::from(panels);
        let middle = width * (f64::from(panel) + 0.5);
        for (node, weight) in crate::theory::special::GAUSS_8 {
            for t in [middle - 0.5 * width * node, middle + 0.5 * width * node] {
                let value = 0.5 * width * weight * fit.survival(t);
                first += value;
                second += 2.0 * t * value;
            }
        }
    }
    let first = (first - late * timeout).max(0.0);
    let second = (second - late * timeout * timeout).max(0.0);
    let share = |mass: f64| {
        let part = mass / ended.mass;
        Moments { mass: mass * in_time, first: ended.mass * part * first, second: ended.mass * part * second }
    };
    let given_up = 1.0 - ended.mass * in_time;
    Outcome {
        success: share(body.success.mass),
        error: share(body.error.mass).or(Moments::constant(timeout).weighted(given_up)),
        refused: share(body.refused.mass),
    }
}

/// Answers the composition with moments.
struct MomentProbe<'a> {
    plan: &'a Plan,
    queues: &'a [Queue],
    parts: &'a [Part],
    closed: &'a closed::Closed,
    special: Outcome<Moments>,
}

/// The part that is the visitor's own, where waits differ by class or population rather than by group of instances.
fn own_part<'a>(
    plan: &Plan,
    queue: &Queue,
    parts: &'a [Part],
    closed: &'a closed::Closed,
    node: u32,
    station: u32,
) -> Option<&'a Part> {
    let flow = &plan.flows[plan.nodes[node as usize].flow as usize];
    if closed.active() {
        if let Some(part) = closed.part(station, flow.driver) {
            return Some(part);
        }
    }
    queue.by_class.then(|| &parts[(queue.first_part + flow.class) as usize])
}

impl MomentProbe<'_> {
    fn wait(&self, station: u32) -> Moments {
        let queue = &self.queues[station as usize];
        let parts = &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize];
        parts.iter().fold(Moments::NEVER, |sum, part| sum.or(Moments::sure(part.wait, part.second).weighted(part.share)))
    }
}

impl route::Probe for MomentProbe<'_> {
    type Law = Moments;

    fn constant(&mut self, seconds: f64) -> Moments {
        Moments::constant(seconds)
    }

    fn delay(&mut self, law: u32) -> Moments {
        let law = &self.plan.laws[law as usize];
        Moments::sure(law.mean, law.second)
    }

    fn visit(&mut self, node: u32, station: u32, law: u32) -> Moments {
        let law = &self.plan.laws[law as usize];
        let queue = &self.queues[station as usize];
        if let Some(part) = own_part(self.plan, queue, self.parts, self.closed, node, station) {
            return part.visit(law.mean, law.second);
        }
        let parts = &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize];
        let mut time = Moments::NEVER;
        for part in parts {
            time = time.or(part.visit(law.mean, law.second).weighted(part.share));
        }
        time
    }

    fn token(&mut self, _node: u32, pool: u32) -> Moments {
        self.wait(pool)
    }

    fn backoff(&mut self, mean: f64) -> Moments {
        Moments::sure(mean, 2.0 * mean * mean)
    }

    fn special(&mut self, _node: u32) -> Outcome<Moments> {
        self.special
    }
}
