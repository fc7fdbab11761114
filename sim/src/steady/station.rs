//! One station at a given load: who waits how long, who is refused, what gets through. It knows the formulas' ranges, no routes.

use super::flow::Admission;
use super::outcome::{Law as _, Moments};
use crate::network::{Discipline, Dispatch, Station};
use crate::theory::closed::Method;
use crate::theory::balancing::{Candidates, RoundRobin, shortest_of_few, shortest_queue_sojourn};
use crate::theory::complex::{Complex64, inverse, powf, real};
use crate::theory::finite_buffer::FiniteBuffer;
use crate::theory::general_service::{SingleServer, allen_cunneen_mean_wait, general_mean_wait};
use crate::theory::multi_server::{MultiServer, erlang_c};

/// What arrives at a station, all instances together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    /// Arrivals a second.
    pub rate: f64,
    /// Rate times mean service: offered load in erlangs.
    pub work: f64,
    /// Rate times `E[S²]`.
    pub second: f64,
    /// Rate times `E[S³]`.
    pub third: f64,
    /// Whether all service times are exponential with the same mean.
    pub exponential: bool,
    /// Mean service of the first visit seen, to compare the others with.
    pub mean: f64,
    /// Rate-weighted sum of (squared coefficient of variation of the times between arrivals − 1).
    pub burstiness: f64,
    /// Rate-weighted mean number of others in an arrival's batch, `E[X(X − 1)]` / `E[X]`.
    pub company: f64,
}

impl Load {
    /// No visit seen yet.
    pub const EMPTY: Self =
        Load { rate: 0.0, work: 0.0, second: 0.0, third: 0.0, exponential: true, mean: -1.0, burstiness: 0.0, company: 0.0 };

    /// Mean service time, seconds.
    pub fn mean_service(&self) -> f64 {
        if self.rate > 0.0 { self.work / self.rate } else { self.mean.max(0.0) }
    }

    /// Squared coefficient of variation of the service time over all visits.
    pub fn service_scv(&self) -> f64 {
        let mean = self.mean_service();
        if self.exponential {
            1.0
        } else if self.rate > 0.0 && mean > 0.0 {
            (self.second / self.rate / (mean * mean) - 1.0).max(0.0)
        } else {
            0.0
        }
    }

    /// Squared coefficient of variation of the times between arrivals.
    pub fn arrival_scv(&self) -> f64 {
        if self.rate > 0.0 { (1.0 + self.burstiness / self.rate).max(0.0) } else { 1.0 }
    }

    /// The load of one instance that gets this share.
    fn share(&self, share: f64) -> Self {
        Load {
            rate: self.rate * share,
            work: self.work * share,
            second: self.second * share,
            third: self.third * share,
            exponential: self.exponential,
            mean: self.mean,
            // Splitting thins: c² − 1 shrinks with the share, and so does the chance to stay beside others of the batch.
            burstiness: self.burstiness * share * share,
            company: self.company * share * share,
        }
    }
}

/// The law of the time that visitors spend at a group of equal instances beside their own service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    /// Nobody waits.
    None,
    /// With a probability an exponential wait at this rate (1/s), else none.
    Exponential { probability: f64, rate: f64 },
    /// The wait of those let into a finite queue, stretched by a factor.
    Finite { buffer: FiniteBuffer, stretch: f64 },
    /// With a probability a gamma-distributed wait of this mean (seconds) and squared coefficient of variation, else none.
    Delayed { probability: f64, mean: f64, scv: f64 },
    /// The shape of M/G/1's wait, with the argument stretched; exact for one server.
    General { probability: f64, utilisation: f64, stretch: f64, mean_service: f64 },
    /// Service slowed down by sharing: a random factor R of at least 1 with this mean. R − 1 is 0 or exponential, mixed so that
    /// M/M/1's variance comes out exactly.
    Sharing { slowdown: f64, chance: f64 },
}

/// A group of instances that behave alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// Share of the station's served requests.
    pub share: f64,
    /// Share of these arrivals that is let in; only parts by class tell it.
    pub pass: f64,
    /// Probability of waiting.
    pub probability: f64,
    /// Mean wait, seconds.
    pub wait: f64,
    /// `E[wait²]`, seconds².
    pub second: f64,
    pub law: Law,
}

impl Part {
    pub const IDLE: Self = Part { share: 1.0, pass: 1.0, probability: 0.0, wait: 0.0, second: 0.0, law: Law::None };

    /// Moments of a visit whose service has this mean and second moment.
    #[inline]
    pub fn visit(&self, mean: f64, second: f64) -> Moments {
        match self.law {
            Law::Sharing { slowdown, chance } => Moments::sure(mean * slowdown, second * slowdown_square(slowdown, chance)),
            _ => Moments::sure(self.wait, self.second).then(Moments::sure(mean, second)),
        }
    }

    /// The same with every wait scaled by this factor.
    pub fn relieved(self, factor: f64) -> Self {
        let law = match self.law {
            Law::None => Law::None,
            Law::Exponential { probability, rate } => Law::Exponential { probability, rate: rate / factor.max(1e-300) },
            Law::Finite { buffer, stretch } => Law::Finite { buffer, stretch: stretch * factor },
            Law::Delayed { probability, mean, scv } => Law::Delayed { probability, mean: mean * factor, scv },
            Law::General { probability, utilisation, stretch, mean_service } => {
                Law::General { probability, utilisation, stretch: stretch * factor, mean_service }
            }
            Law::Sharing { slowdown, chance } => Law::Sharing { slowdown: 1.0 + factor * (slowdown - 1.0), chance },
        };
        Part { wait: self.wait * factor, second: self.second * factor * factor, law, ..self }
    }
}

/// How well a station's figures are founded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// A theorem covers this very case (given Poisson arrivals).
    Exact,
    /// Poisson arrivals, several servers or a finite queue, general service.
    GeneralService,
    /// Arrivals that aren't Poisson.
    GeneralArrivals,
    /// Percentiles of processor sharing (means are exact).
    Sharing,
    /// A balancing policy.
    Balancing,
    /// A held resource.
    Held,
    /// A closed population.
    Closed,
}

/// A station's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Queue {
    /// What becomes of arrivals (all classes alike; priorities override it by class).
    pub admission: Admission,
    /// Share of busy servers.
    pub utilisation: f64,
    /// The busiest instance's.
    pub busiest: f64,
    /// Offered load over servers; above 1 when asked for too much.
    pub pressure: f64,
    /// The busiest instance's.
    pub busiest_pressure: f64,
    /// Whether the backlog grows without end, so that there is no steady state.
    pub unbounded: bool,
    /// Whether that is so for the least important classes only, whose parts tell by `pass`.
    pub starving: bool,
    /// Whether its parts are those of the classes, in their order, rather than groups of instances.
    pub by_class: bool,
    /// Range of its parts.
    pub first_part: u32,
    pub parts: u32,
    pub formula: &'static str,
    pub basis: Basis,
}

impl Queue {
    pub const IDLE: Self = Queue {
        admission: Admission::ALL,
        utilisation: 0.0,
        busiest: 0.0,
        pressure: 0.0,
        busiest_pressure: 0.0,
        unbounded: false,
        starving: false,
        by_class: false,
        first_part: 0,
        parts: 0,
        formula: "",
        basis: Basis::Exact,
    };
}

impl Queue {
    /// Takes over the wait that closed users make: they never ask for more than there is.
    pub fn meet(&mut self, whole: Part, method: Option<Method>, parts: &mut Vec<Part>) {
        parts.truncate(self.first_part as usize);
        parts.push(whole);
        self.parts = 1;
        self.by_class = false;
        self.starving = false;
        self.unbounded = false;
        self.admission = Admission::ALL;
        self.utilisation = self.pressure.min(1.0);
        self.busiest = self.busiest_pressure.min(1.0);
        (self.formula, self.basis) = match method {
            Some(Method::Exact) => ("closed network, exact mean-value analysis (Reiser & Lavenberg 1980)", Basis::Closed),
            _ => ("closed network, Linearizer (Chandy & Neuse 1982)", Basis::Closed),
        };
    }
}

/// One queue with its servers.
struct Single {
    part: Part,
    admission: Admission,
    utilisation: f64,
    unbounded: bool,
    formula: &'static str,
    basis: Basis,
}

/// Solves a station with `instances` instances under `load`; appends its parts to `parts`.
pub(super) fn solve(station: &Station, instances: u32, load: &Load, parts: &mut Vec<Part>) -> Queue {
    let first_part = parts.len() as u32;
    let servers = f64::from(station.servers) * f64::from(instances);
    let pressure = load.work / servers;
    let mut queue = Queue { pressure, busiest_pressure: pressure, first_part, ..Queue::IDLE };
    match station.discipline {
        Discipline::Infinite => {
            queue.formula = "M/G/∞: nobody waits";
            queue.pressure = 0.0;
            queue.busiest_pressure = 0.0;
            parts.push(Part::IDLE);
        }
        Discipline::TokenBucket { rate, .. } => {
            queue.formula = "token bucket: what exceeds the rate is refused";
            queue.pressure = if rate.0 > 0.0 { load.rate / rate.0 } else { f64::INFINITY };
            queue.busiest_pressure = queue.pressure;
            let pass = if queue.pressure > 1.0 { 1.0 / queue.pressure } else { 1.0 };
            queue.admission = Admission { pass, refuse: 1.0 - pass };
            queue.utilisation = queue.pressure.min(1.0);
            queue.busiest = queue.utilisation;
            parts.push(Part::IDLE);
        }
        _ => spread(station, instances, load, parts, &mut queue),
    }
    queue.parts = parts.len() as u32 - first_part;
    queue
}

/// What one class brings to a station.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClassLoad {
    pub rate: f64,
    pub work: f64,
    pub second: f64,
}

/// Solves a station that serves classes by priority (0 first): appends a part for each class, in the classes' order.
///
/// Waits without interruption are W₀ / (1 − σ_{k−1})(1 − σ_k) (Cobham 1954), with W₀ = (1 − ρ) times the wait without priorities: exact for
/// M/G/1 and for M/M/c with one mean. With interruption classes 1 to k are a queue of their own (White & Christie 1958), exact for the same.
pub(super) fn solve_priority(
    station: &Station,
    instances: u32,
    load: &Load,
    classes: &[ClassLoad],
    priorities: impl Fn(usize) -> u8,
    parts: &mut Vec<Part>,
) -> Queue {
    let mut queue = solve(station, instances, load, parts);
    parts.truncate(queue.first_part as usize);
    queue.by_class = true;
    queue.parts = classes.len() as u32;
    let shared = instances == 1 || station.dispatch == Dispatch::Central;
    let (servers, share) = if shared {
        (station.servers.saturating_mul(instances), 1.0)
    } else {
        (station.servers, 1.0 / f64::from(instances))
    };
    let capacity = f64::from(servers);
    let preemptive = station.discipline == Discipline::PreemptivePriority;
    let finite = station.capacity.is_some();
    // All that is at least as important as a level, as one queue.
    let up_to = |level: u8, strictly: bool| {
        let mut sum = Load { exponential: load.exponential, ..Load::EMPTY };
        for (class, of_class) in classes.iter().enumerate() {
            let priority = priorities(class);
            if priority < level || (priority == level && !strictly) {
                sum.rate += of_class.rate * share;
                sum.work += of_class.work * share;
                sum.second += of_class.second * share;
            }
        }
        sum.third = if load.rate > 0.0 { load.third / load.rate * sum.rate } else { 0.0 };
        sum.mean = sum.mean_service();
        sum
    };
    let everything = load.share(share);
    let steady = (everything.work < capacity).then(|| queued(servers, &everything));
    // Mean time until a server comes free for an arrival that finds all busy, as often as that happens.
    let residual = match &steady {
        Some(single) => single.part.wait * (1.0 - everything.work / capacity),
        None if everything.work > 0.0 => everything.second / (2.0 * everything.work * capacity),
        None => 0.0,
    };
    for (class, of_class) in classes.iter().enumerate() {
        let level = priorities(class);
        let (above, with) = (up_to(level, true), up_to(level, false));
        let (sigma_above, sigma) = (above.work / capacity, with.work / capacity);
        let mut part = Part::IDLE;
        if sigma >= 1.0 && !finite {
            part.pass = if sigma > sigma_above { ((1.0 - sigma_above) / (sigma - sigma_above)).clamp(0.0, 1.0) } else { 0.0 };
        } else if of_class.rate > 0.0 && sigma < 1.0 {
            let wait = if !preemptive {
                residual / ((1.0 - sigma_above) * (1.0 - sigma))
            } else if servers == 1 {
                let mean = of_class.work / of_class.rate;
                mean * sigma_above / (1.0 - sigma_above) + 0.5 * with.second / ((1.0 - sigma_above) * (1.0 - sigma))
            } else {
                // The level's number present is the difference of the two queues'.
                let number = |load: &Load| if load.rate > 0.0 { load.work + load.rate * queued(servers, load).part.wait } else { 0.0 };
                let of_level = with.rate - above.rate;
                ((number(&with) - number(&above)) / of_level - (with.work - above.work) / of_level).max(0.0)
            };
            let busy = if preemptive { erlang_c(with.work, servers) } else { erlang_c(everything.work, servers) };
            let probability = busy.unwrap_or(1.0);
            part = waiting_part(probability, wait);
        }
        parts.push(part);
    }
    if finite {
        // A finite room is filled by all alike; priorities only order those inside.
        let fill = finite_wait(station, instances, load);
        let (mut sum, mut rate) = (0.0, 0.0);
        for (part, of_class) in parts[queue.first_part as usize..].iter().zip(classes) {
            sum += part.wait * of_class.rate;
            rate += of_class.rate;
        }
        let factor = if sum > 0.0 { fill * rate / sum } else { 1.0 };
        parts[queue.first_part as usize..].iter_mut().for_each(|part| *part = part.relieved(factor));
    }
    if queue.unbounded {
        queue.unbounded = false;
        queue.starving = true;
    }
    queue.formula = match (preemptive, finite) {
        (_, true) => "priorities in a finite queue, waits scaled to M/M/c/K's",
        (true, _) => "preemptive-resume priorities (White & Christie 1958)",
        (false, _) => "non-preemptive priorities (Cobham 1954)",
    };
    queue
}

/// A wait with this chance and overall mean, exponential for those who wait.
pub(super) fn waiting_part(probability: f64, wait: f64) -> Part {
    if probability <= 0.0 || wait <= 0.0 {
        return Part::IDLE;
    }
    let rate = probability / wait;
    Part { probability, wait, second: 2.0 * wait / rate, law: Law::Exponential { probability, rate }, ..Part::IDLE }
}

/// Mean wait of a finite queue without priorities, seconds.
fn finite_wait(station: &Station, instances: u32, load: &Load) -> f64 {
    let mut parts = Vec::new();
    let plain = Station { discipline: Discipline::FirstComeFirstServed, ..station.clone() };
    solve(&plain, instances, load, &mut parts);
    parts.iter().map(|part| part.share * part.wait).sum()
}

/// Spreads the load over the instances and solves each kind of instance.
fn spread(station: &Station, instances: u32, load: &Load, parts: &mut Vec<Part>, queue: &mut Queue) {
    let sharing = station.discipline == Discipline::ProcessorSharing;
    let equal = 1.0 / f64::from(instances);
    let fill = |queue: &mut Queue, single: &Single| {
        queue.admission = single.admission;
        queue.utilisation = single.utilisation;
        queue.busiest = single.utilisation;
        queue.unbounded = single.unbounded;
        queue.formula = single.formula;
        queue.basis = single.basis;
    };
    match &station.dispatch {
        Dispatch::Shares(shares) if instances > 1 && !shares.is_empty() => {
            let (mut pass, mut refuse, mut busy) = (0.0, 0.0, 0.0);
            let first = parts.len();
            let mut index = 0;
            while index < shares.len() {
                let share = shares[index];
                let alike = shares[index..].iter().take_while(|other| **other == share).count();
                index += alike;
                let part_load = load.share(share);
                let single = one_queue(station.servers, station.capacity, sharing, &part_load);
                let weight = share * alike as f64;
                pass += weight * single.admission.pass;
                refuse += weight * single.admission.refuse;
                busy += single.utilisation * alike as f64 * equal;
                queue.busiest = queue.busiest.max(single.utilisation);
                queue.busiest_pressure = queue.busiest_pressure.max(part_load.work / f64::from(station.servers));
                queue.unbounded |= single.unbounded;
                queue.formula = single.formula;
                queue.basis = single.basis;
                parts.push(Part { share: weight * single.admission.pass, ..single.part });
            }
            if pass > 0.0 {
                parts[first..].iter_mut().for_each(|part| part.share /= pass);
            }
            queue.admission = Admission { pass, refuse };
            queue.utilisation = busy;
        }
        Dispatch::Random if instances > 1 => {
            let single = one_queue(station.servers, station.capacity, sharing, &load.share(equal));
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::LeastConnections | Dispatch::TwoChoices if instances > 1 && station.capacity.is_none() && load.work > 0.0 && queue.pressure < 1.0 => {
            let single = balanced(station, instances, sharing, load);
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::RoundRobin if instances > 1 && station.servers == 1 && !sharing && turns_exactly(station, load) && queue.pressure < 1.0 => {
            let single = in_turn(instances, load);
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::RoundRobin if instances > 1 => {
            let mut part_load = load.share(equal);
            // In turn: the time between arrivals at one instance is the sum of as many, c² = ca²/n.
            part_load.burstiness = (load.arrival_scv() * equal - 1.0) * part_load.rate;
            part_load.company = 0.0;
            let single = one_queue(station.servers, station.capacity, sharing, &part_load);
            fill(queue, &single);
            parts.push(single.part);
        }
        _ => {
            let capacity = station.capacity.map(|capacity| capacity.saturating_mul(instances));
            let single = one_queue(station.servers.saturating_mul(instances), capacity, sharing, load);
            fill(queue, &single);
            parts.push(single.part);
        }
    }
}

/// Whether round robin over single servers is E_n/M/1.
fn turns_exactly(station: &Station, load: &Load) -> bool {
    load.rate > 0.0 && load.exponential && station.capacity.is_none() && (load.arrival_scv() - 1.0).abs() < 1e-9 && load.company == 0.0
}

/// Round robin over single exponential servers: every instance is an E_n/M/1 queue, whose wait is exponential for those who wait.
fn in_turn(instances: u32, load: &Load) -> Single {
    let mean = load.mean_service();
    let utilisation = load.work / f64::from(instances);
    let part = RoundRobin::new(load.rate, 1.0 / mean, instances).map_or(Part::IDLE, |queue| {
        let (probability, rate, wait) = (queue.wait_probability(), queue.sojourn_rate(), queue.mean_wait());
        Part { probability, wait, second: 2.0 * wait / rate, law: Law::Exponential { probability, rate }, ..Part::IDLE }
    });
    let (formula, basis) = ("round robin over single servers, E_n/M/1 (Takács 1962)", Basis::Exact);
    Single { part, admission: Admission::ALL, utilisation, unbounded: false, formula, basis }
}

/// The shortest of all queues, or of two.
///
/// With one server an instance the sojourn time is known from simulation and refined mean field. With c servers each, its surplus
/// over one queue for all shrinks with the chance that an instance has all of them busy, and with their joint speed.
fn balanced(station: &Station, instances: u32, sharing: bool, load: &Load) -> Single {
    let (mean, c) = (load.mean_service(), f64::from(station.servers));
    let servers = station.servers.saturating_mul(instances);
    let utilisation = load.work / f64::from(servers);
    let two = station.dispatch == Dispatch::TwoChoices && instances > 2;
    let sojourn = if two {
        shortest_of_few(utilisation, instances, 2, Candidates::WithReplacement)
    } else {
        shortest_queue_sojourn(utilisation, instances)
    };
    let central = MultiServer::new(utilisation * f64::from(instances), 1.0, instances);
    let surplus = match (sojourn, central) {
        (Some(sojourn), Some(central)) => (sojourn - central.mean_sojourn()).max(0.0),
        _ => 0.0,
    };
    let crowded = erlang_c(utilisation * c, station.servers).unwrap_or(1.0) / utilisation.max(1e-300);
    let pooled = queued(servers, load);
    // Sharing keeps nearly the mean of exponential service whatever the law; queues wait longer behind irregular services.
    let irregular = if sharing { 1.0 } else { 0.5 * (load.arrival_scv() + load.service_scv()) };
    let exponential = erlang_c(load.work, servers).unwrap_or(1.0) * mean / (f64::from(servers) - load.work);
    let wait = (if sharing { exponential } else { pooled.part.wait }) + surplus * mean / c * crowded * irregular;
    let all_busy = erlang_c(load.work, servers).unwrap_or(1.0);
    let probability = if two { (crowded * utilisation * utilisation).max(all_busy) } else { all_busy };
    let part = if sharing {
        sharing_part(mean, load.second / load.rate, probability, wait)
    } else {
        waiting_part(probability.max(1e-300), wait)
    };
    let formula = if two {
        "shortest of two queues, refined mean field (Gast & Van Houdt 2017)"
    } else {
        "join the shortest queue: M/M/c and a simulated surplus"
    };
    Single { part, admission: Admission::ALL, utilisation, unbounded: false, formula, basis: Basis::Balancing }
}

/// One queue in front of `servers` servers.
fn one_queue(servers: u32, capacity: Option<u32>, sharing: bool, load: &Load) -> Single {
    let pressure = load.work / f64::from(servers);
    let idle = Single {
        part: Part::IDLE,
        admission: Admission::ALL,
        utilisation: 0.0,
        unbounded: false,
        formula: "idle",
        basis: Basis::Exact,
    };
    if load.work <= 0.0 {
        return idle;
    }
    if let Some(capacity) = capacity {
        return finite(servers, capacity, sharing, load);
    }
    if pressure >= 1.0 {
        let pass = 1.0 / pressure;
        return Single {
            admission: Admission { pass, refuse: 0.0 },
            utilisation: 1.0,
            unbounded: true,
            formula: "saturated: λ ≥ cμ, the backlog grows by λ − cμ",
            ..idle
        };
    }
    let mut single = if sharing { shared(servers, load) } else { queued(servers, load) };
    single.utilisation = pressure;
    single
}

/// First come, first served, unbounded, stable.
fn queued(servers: u32, load: &Load) -> Single {
    let (mean, scv) = (load.mean_service(), load.service_scv());
    let arrival_scv = load.arrival_scv();
    let poisson = (arrival_scv - 1.0).abs() < 1e-9;
    let (utilisation, c) = (load.work / f64::from(servers), f64::from(servers));
    let probability = erlang_c(load.work, servers).unwrap_or(1.0);
    let company = if load.rate > 0.0 { load.company / load.rate } else { 0.0 };
    let (formula, basis, mut wait);
    if load.exponential && poisson {
        wait = MultiServer::new(load.rate, 1.0 / mean, servers).map_or(0.0, |queue| queue.mean_wait());
        (formula, basis) = if servers == 1 {
            ("M/M/1 (Erlang 1917)", Basis::Exact)
        } else {
            ("M/M/c, Erlang C (Erlang 1917)", Basis::Exact)
        };
    } else if servers == 1 && poisson {
        wait = SingleServer::with_moments(load.rate, mean, load.second / load.rate, load.third / load.rate)
            .map_or(0.0, |queue| queue.mean_wait());
        (formula, basis) = ("M/G/1 (Pollaczek 1930, Khinchine 1932)", Basis::Exact);
    } else if poisson {
        wait = general_mean_wait(load.rate, mean, servers, scv).unwrap_or(0.0);
        (formula, basis) = ("M/G/c, interpolated (Page 1972, Cosmetatos 1975)", Basis::GeneralService);
    } else {
        wait = allen_cunneen_mean_wait(load.rate, mean, servers, arrival_scv, scv).unwrap_or(0.0);
        (formula, basis) = ("G/G/c (Allen & Cunneen 1978)", Basis::GeneralArrivals);
    }
    if company > 0.0 {
        // M^[X]/G/1: an arrival waits for those before it in its batch, and for the batches before that.
        wait += 0.5 * company * mean / c / (1.0 - utilisation);
    }
    let part = if load.exponential && poisson && company == 0.0 {
        let rate = c / mean - load.rate;
        Part { share: 1.0, pass: 1.0, probability, wait, second: 2.0 * wait / rate, law: Law::Exponential { probability, rate } }
    } else {
        general_part(load, c, utilisation, probability, wait)
    };
    let (formula, basis) = if company > 0.0 { ("M^[X]/G/c: batches (Burke 1975)", Basis::GeneralArrivals) } else { (formula, basis) };
    Single { part, admission: Admission::ALL, utilisation, unbounded: false, formula, basis }
}

/// A wait with the shape of M/G/1's (with a server c times as fast) and the given probability and mean
/// (Tijms, van Hoorn & Federgruen 1981).
fn general_part(load: &Load, c: f64, utilisation: f64, probability: f64, wait: f64) -> Part {
    if probability <= 0.0 || wait <= 0.0 {
        return Part::IDLE;
    }
    let mean = load.mean_service();
    let (second, third) = (load.second / load.rate, load.third / load.rate);
    let raw = second / (2.0 * mean * c * (1.0 - utilisation));
    let raw_square = 2.0 * utilisation * raw * raw + third / (3.0 * mean * c * c * (1.0 - utilisation));
    let factor = if raw.is_finite() && raw > 0.0 { wait / probability / raw } else { 1.0 };
    let square = probability * raw_square * factor * factor;
    Part {
        share: 1.0,
        pass: 1.0,
        probability,
        wait,
        second: if square.is_nan() { f64::INFINITY } else { square },
        law: Law::General { probability, utilisation, stretch: factor / c, mean_service: mean },
    }
}

/// Processor sharing on c cores, a request using one core at most: as many present as in M/M/c whatever the service time's
/// law (a symmetric queue; Kelly 1979), and the sojourn time proportional to the service asked for.
fn shared(servers: u32, load: &Load) -> Single {
    let mean = load.mean_service();
    let utilisation = load.work / f64::from(servers);
    let probability = erlang_c(load.work, servers).unwrap_or(1.0);
    let wait = probability * mean / (f64::from(servers) - load.work);
    Single {
        part: sharing_part(mean, load.second / load.rate, probability, wait),
        admission: Admission::ALL,
        utilisation,
        unbounded: false,
        formula: if servers == 1 { "M/G/1 processor sharing (Kleinrock 1967)" } else { "processor sharing on c cores, insensitive (Kelly 1979)" },
        basis: Basis::Sharing,
    }
}

/// The slowdown of M/M/1 with processor sharing has mean 1/(1 − ρ) and squared coefficient of variation ρ/(2 − ρ)
/// (Coffman, Muntz & Trotter 1970), so that what exceeds 1 has 1/(ρ(2 − ρ)): an exponential with a chance of 0. With more cores that
/// of the single core with the same mean slowdown is taken. Percentiles from the median to p999 came within 5 % of simulations of
/// 1 to 16 cores at 50 to 95 % load.
pub(super) fn sharing_part(mean: f64, second: f64, probability: f64, wait: f64) -> Part {
    let slowdown = 1.0 + wait / mean;
    let equivalent = 1.0 - 1.0 / slowdown;
    let chance = if equivalent > 0.0 { 2.0 / (1.0 + 1.0 / (equivalent * (2.0 - equivalent))) } else { 0.0 };
    let excess = slowdown - 1.0;
    let square = if chance > 0.0 { second * 2.0 * excess * excess / chance } else { 0.0 };
    Part { share: 1.0, pass: 1.0, probability, wait, second: square, law: Law::Sharing { slowdown, chance } }
}

/// E[R²] of a sharing law.
pub(super) fn slowdown_square(slowdown: f64, chance: f64) -> f64 {
    let excess = slowdown - 1.0;
    if chance > 0.0 { 1.0 + 2.0 * excess + 2.0 * excess * excess / chance } else { slowdown * slowdown }
}

/// Gauss-Laguerre nodes and weights: the exponential part of a slowdown in four pieces.
const LAGUERRE: [(f64, f64); 4] = [
    (0.322_547_689_619_392_3, 0.603_154_104_341_633_6),
    (1.745_761_101_158_346_6, 0.357_418_692_437_799_7),
    (4.536_620_296_921_128, 0.038_887_908_515_005_38),
    (9.395_070_912_301_133, 0.000_539_294_705_561_327_5),
];

/// E[e^{−s R S}] for a sharing law over a service time with this transform; a constant service time (`constant` > 0 seconds) is left
/// out, and only what it is slowed down by remains.
#[inline]
pub(super) fn shared_transform(
    slowdown: f64,
    chance: f64,
    constant: f64,
    s: Complex64,
    service: &impl Fn(Complex64) -> Complex64,
) -> Complex64 {
    if chance <= 0.0 {
        return if constant > 0.0 { real(1.0) } else { service(s) };
    }
    let scale = (slowdown - 1.0) / chance;
    if constant > 0.0 {
        return inverse(real(1.0) + s * (constant * scale)) * chance + (1.0 - chance);
    }
    let mut sum = if chance < 1.0 { service(s) * (1.0 - chance) } else { real(0.0) };
    for (node, weight) in LAGUERRE {
        sum += service(s * (1.0 + scale * node)) * (chance * weight);
    }
    sum
}

/// A finite queue: M/M/c/K, with the waiting places rescaled where the service time isn't exponential.
fn finite(servers: u32, capacity: u32, sharing: bool, load: &Load) -> Single {
    let (mean, scv, arrival_scv) = (load.mean_service(), load.service_scv(), load.arrival_scv());
    let company = if load.rate > 0.0 { load.company / load.rate } else { 0.0 };
    let plain = sharing || (load.exponential && (arrival_scv - 1.0).abs() < 1e-9 && company == 0.0);
    let capacity = capacity.max(servers);
    let places = f64::from(capacity - servers);
    let loss_system = capacity == servers && (arrival_scv - 1.0).abs() < 1e-9 && company == 0.0;
    // The queue's tail falls by (ca² + cs²)/2 more slowly in general, so that q places do what 2q/(ca² + cs²) do for M/M/c.
    let spread = if plain || loss_system { 1.0 } else { (0.5 * (arrival_scv + scv) + 0.5 * company).max(1e-3) };
    let wanted = (places / spread).min(4e9);
    let low = FiniteBuffer::new(load.rate, 1.0 / mean, servers, servers.saturating_add(wanted.floor() as u32));
    let high = FiniteBuffer::new(load.rate, 1.0 / mean, servers, servers.saturating_add(wanted.ceil() as u32));
    let (Some(low), Some(high)) = (low, high) else {
        return Single {
            part: Part::IDLE,
            admission: Admission::ALL,
            utilisation: 0.0,
            unbounded: false,
            formula: "idle",
            basis: Basis::Exact,
        };
    };
    let between = wanted - wanted.floor();
    let mix = |low: f64, high: f64| low + between * (high - low);
    let refuse = mix(low.blocking(), high.blocking());
    let wait = mix(low.mean_wait().unwrap_or(0.0), high.mean_wait().unwrap_or(0.0)) * spread;
    let probability = mix(low.wait_probability(), high.wait_probability());
    let buffer = if between < 0.5 { low } else { high };
    let buffer_wait = buffer.mean_wait().unwrap_or(0.0);
    let stretch = if buffer_wait > 0.0 { wait / buffer_wait } else { spread };
    let square = buffer.wait_variance().unwrap_or(0.0) + buffer_wait * buffer_wait;
    let pass = mix(low.throughput(), high.throughput()) / load.rate;
    let part = if sharing {
        sharing_part(mean, load.second / load.rate, probability, wait)
    } else {
        Part { share: 1.0, pass: 1.0, probability, wait, second: square * stretch * stretch, law: Law::Finite { buffer, stretch } }
    };
    let (formula, basis) = if sharing {
        ("processor sharing with room for K, M/M/c/K (Kelly 1979)", Basis::Sharing)
    } else if loss_system {
        ("M/G/c/c, Erlang B (Erlang 1917, Sevastyanov 1957)", Basis::Exact)
    } else if plain {
        ("M/M/c/K (Erlang 1917)", Basis::Exact)
    } else {
        ("M/G/c/K by M/M/c/K with rescaled places", Basis::GeneralService)
    };
    Single {
        part,
        admission: Admission { pass: pass.clamp(0.0, 1.0), refuse: refuse.clamp(0.0, 1.0) },
        utilisation: (load.work * pass / f64::from(servers)).min(1.0),
        unbounded: false,
        formula,
        basis,
    }
}

/// `E[e^{−s·wait}]` for a law that isn't sharing; `mixture` is the station's service transform over all visits.
#[inline]
pub(super) fn wait_transform(law: &Law, s: Complex64, mixture: &mut impl FnMut(Complex64) -> Complex64) -> Complex64 {
    match law {
        Law::None | Law::Sharing { .. } => real(1.0),
        Law::Exponential { probability, rate } => real(1.0 - probability) + inverse(s + *rate) * (probability * rate),
        Law::Finite { buffer, stretch } => buffer.wait_transform(s * *stretch),
        Law::Delayed { probability, mean, scv } => {
            powf(real(1.0) + s * (mean * scv), -1.0 / scv) * *probability + (1.0 - probability)
        }
        Law::General { probability, utilisation, stretch, mean_service } => {
            let u = s * *stretch;
            let residual = (real(1.0) - mixture(u)) * inverse(u * *mean_service);
            residual * inverse(real(1.0) - residual * *utilisation) * ((1.0 - utilisation) * probability) + (1.0 - probability)
        }
    }
}
