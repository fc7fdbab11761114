//! Held resources: threads and connections that stay taken while a call below them waits. It knows what a holder does meanwhile, not
//! why.
//!
//! A pool of N tokens over a body is a flow-equivalent server (Chandy, Herzog & Woo 1975): with n holders inside, the body lets X(n) a
//! second through, found by mean-value analysis of the stations below with n customers. The pool then is a birth-death process
//! that leaves state n at rate X(min(n, N)) (Avi-Itzhak & Heyman 1973; Lazowska et al. 1984, ch. 9), which gives the wait for a token, the
//! holding time, and the throughput X(N) that a saturated pool still passes. Taking the open queue's sojourn time as an M/M/N
//! service time instead would count the waiting below twice: fewer are let in than an open queue would hold.

use super::body::{BELOW_CAPACITY, Others};
use super::confine::Room;
use super::outcome::{Law as _, Moments};
use super::peaks::rarely_waits;
use super::plan::Plan;
use super::relief::Relief;
use super::station::{Basis, Load, Queue};
use super::tokens::{Spread, birth_death};
use super::uneven::uneven;
use super::upward::{Lists, Upward};
use super::users::Visited;
use super::{Solver, refill};
use crate::network::{Dispatch, Network, Station, Step};
use std::collections::BinaryHeap;

/// From this share of what a pool passes at most its tokens are as good as all taken.
const ALL_BUT_FULL: f64 = 0.98;

/// A pool that refuses, or holds back, fewer than this share keeps its tokens as busy as those do whom it lets in.
pub(super) const HARDLY: f64 = 1e-3;

/// Most states of the birth-death process that are held one by one.
const MOST_STATES: usize = 128;

/// A pool that binds, with what it passes at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Binding {
    /// The most that all instances pass, 1/s.
    pub most: f64,
    /// Mean holding time of a lone holder, seconds.
    pub alone: f64,
    /// Index of dispersion of the departures while all tokens are taken.
    pub irregularity: f64,
    /// Where the tables say what it passes with 1, 2, … holders, as start and length; nothing for very many.
    pub table: (u32, u32),
    /// The station below that limits it, where one does rather than the pool itself.
    pub culprit: Option<u32>,
    /// The largest share of the servers of a station below that others than its holders keep busy, 0 to 1.
    pub beside: f64,
    /// By which share tokens change the time for which they are held, where instances with tokens of their own meet below; else 0.
    pub crowding: f64,
    /// How long a token is held by the rates at which holders leave, seconds; 0 where nobody asked.
    pub holding: f64,
}

/// Pools in the order in which they are solved, reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    /// Stations that are pools, inner ones first.
    order: Vec<u32>,
    levels: Vec<u32>,
    step_levels: Vec<u32>,
    /// By station, the places in the plan's holds of those that hold its tokens.
    holds: Lists,
    pub upward: Upward,
    /// By station; `None` where tokens are all but always free.
    pub binding: Vec<Option<Binding>>,
    /// Rate and total holding by station.
    pub held: Vec<(f64, Moments, bool)>,
    /// Visits a second that holders of the pool at hand pay to each node, outside and inside inner pools that bind.
    pub below: Vec<f64>,
    pub inside: Vec<f64>,
    /// Nodes below a pool that wait to be followed, the highest first, and all that have been.
    pub waiting: BinaryHeap<u32>,
    pub followed: Vec<u32>,
    pub followed_inside: Vec<u32>,
    /// The nodes that hold inner pools' tokens for holders of the pool at hand, with the visits a second.
    pub inner_bodies: Vec<(u32, f64)>,
    /// By station: whether a pool that all its visitors hold keeps them back, so that it need not.
    pub sheltered: Vec<bool>,
    /// By station: how long closed users stay away from the pool between two visits, as found last, seconds.
    away: Vec<f64>,
    by_customers: Vec<f64>,
    /// What pools that bind pass by number of holders of all instances, 1/s.
    pub tables: Vec<f64>,
    states: Vec<f64>,
}

impl Pools {
    /// Orders the pools so that those inside others come first.
    pub fn load(&mut self, network: &Network, plan: &Plan) {
        let stations = network.stations.len();
        self.order.clear();
        self.upward.forget();
        refill(&mut self.binding, stations, None);
        refill(&mut self.away, stations, 0.0);
        let holds = plan.holds.iter().zip(0..);
        self.holds
            .fill(stations, holds.map(|(hold, place)| (hold.station, place)));
        if plan.holds.is_empty() {
            return;
        }
        refill(&mut self.levels, stations, 0);
        self.step_levels.clear();
        for step in &network.steps {
            let mut level = 0;
            // What is detached holds nothing of its starter's.
            if !matches!(step, Step::Detach(..)) {
                step.for_each_child(|child| level = level.max(self.step_levels[child.0 as usize]));
            }
            if let Step::Hold { pool, .. } = step {
                level += 1;
                self.levels[pool.0 as usize] = self.levels[pool.0 as usize].max(level);
            }
            self.step_levels.push(level);
        }
        let held = |station: &u32| !self.holds.of(*station).is_empty();
        self.order.extend((0..stations as u32).filter(held));
        self.order
            .sort_by_key(|station| self.levels[*station as usize]);
    }

    /// Whether the pool's tokens run out at the rate that was solved last.
    pub fn binds(&self, pool: u32) -> bool {
        let binding = self.binding.get(pool as usize);
        binding.is_some_and(Option::is_some)
    }

    /// Whether a pool keeps all visitors of the station back, so that the station need not.
    pub fn shelters(&self, station: usize) -> bool {
        !self.order.is_empty() && self.sheltered.get(station).is_some_and(|held| *held)
    }

    /// How many pools lie within each step, one in another.
    pub fn step_levels(&self) -> &[u32] {
        &self.step_levels
    }

    /// The places in the plan's holds of those that hold this pool's tokens.
    pub fn holds_of(&self, pool: u32) -> &[u32] {
        self.holds.of(pool)
    }
}

impl Solver {
    /// Solves all pools at the present rates, inner ones first; composes anew after each that binds.
    pub(super) fn hold(&mut self, network: &Network) {
        if self.pools.order.is_empty() {
            return;
        }
        refill(
            &mut self.pools.held,
            self.pools.binding.len(),
            (0.0, Moments::NEVER, false),
        );
        refill(&mut self.pools.sheltered, self.pools.binding.len(), false);
        self.pools.tables.clear();
        let order = std::mem::take(&mut self.pools.order);
        for pool in &order {
            self.holding(*pool);
        }
        let mut stale = false;
        let mut level = 0;
        for pool in &order {
            // Pools of one level don't hold each other, so that one composition serves them all.
            let own = self.pools.levels[*pool as usize];
            if stale && own > level {
                self.compose_upward(network, own);
            }
            level = own;
            if stale {
                // What lies below may have been composed anew.
                self.holding(*pool);
            }
            stale |= self.solve_pool(network, *pool);
        }
        if stale {
            self.compose_upward(network, u32::MAX);
            for pool in &order {
                self.hold_in_the_end(network, *pool);
            }
        }
        self.pools.order = order;
    }

    /// Says how long tokens are held once it is known what outer pools leave of the waits below.
    fn hold_in_the_end(&mut self, network: &Network, pool: u32) {
        self.holding(pool);
        let (rate, time, unsteady) = self.pools.held[pool as usize];
        let queue = &self.queues[pool as usize];
        let full = queue.admission.pass < 1.0 || queue.pressure > ALL_BUT_FULL;
        let known = self.loads[pool as usize].mean;
        let mean = time.mean();
        if rate <= 0.0 || unsteady || full || known <= 0.0 || mean == known {
            return;
        }
        // No more tokens than there are can be taken, whatever the waits below come to.
        if queue.busiest * mean / known > 1.0 {
            return;
        }
        let (binds, classes) = (self.pools.binds(pool), network.classes.len());
        let of_classes = pool as usize * classes..(pool as usize + 1) * classes;
        for load in &mut self.class_loads[of_classes] {
            load.work *= mean / known;
        }
        let load = &mut self.loads[pool as usize];
        (load.work, load.mean) = (rate * mean, mean);
        let queue = &mut self.queues[pool as usize];
        queue.utilisation *= mean / known;
        queue.busiest *= mean / known;
        if !binds {
            queue.pressure *= mean / known;
            queue.busiest_pressure *= mean / known;
        }
    }

    /// Sums what the holders of a pool do.
    fn holding(&mut self, pool: u32) {
        let (mut total, mut time, mut unsteady) = (0.0, Moments::NEVER, false);
        for place in self.pools.holds_of(pool) {
            let visit = &self.plan.holds[*place as usize];
            let rate = self.rates.rate[visit.node as usize];
            if rate <= 0.0 {
                continue;
            }
            let body = self.plan.children(&self.plan.nodes[visit.node as usize])[0].node as usize;
            let ended = self.outcomes[body].ended();
            total += rate;
            time = time.or(ended.weighted(rate));
            unsteady |= self.unsteady[body];
        }
        self.pools.held[pool as usize] = (total, time, unsteady);
    }

    /// Solves one pool; returns whether it changes waits here or below.
    fn solve_pool(&mut self, network: &Network, pool: u32) -> bool {
        let (rate, time, unsteady) = self.pools.held[pool as usize];
        // An autoscaler sees tokens taken as well as busy cores; its wish only grows while the fixed point is sought.
        let wanted = match (unsteady, self.scaled) {
            (false, _) => rate * time.mean(),
            (true, true) => f64::INFINITY,
            // What is unsteady now may be steady once the pools below have grown.
            (true, false) => 0.0,
        };
        self.token_loads[pool as usize] = self.token_loads[pool as usize].max(wanted);
        let station = &network.stations[pool as usize];
        let instances = self.instances[pool as usize];
        self.pools.binding[pool as usize] = None;
        let mean = time.mean();
        self.describe(pool, rate, mean, network.classes.len());
        if rate <= 0.0 {
            return false;
        }
        let shared = is_shared(station, instances);
        let skew = most_loaded(self.keyed.dispatch(network, pool as usize), instances);
        // One queue for all tokens, or the fullest instance's.
        let (tokens, arrival) = if shared {
            (station.servers.saturating_mul(instances), rate)
        } else {
            (station.servers, rate * skew)
        };
        let busy = arrival * mean;
        // A pool that holds requests back at the moment can't be judged by what it lets through: that never overfills it.
        let classes = network.classes.len();
        let holding_back = self.admissions[pool as usize * classes..(pool as usize + 1) * classes]
            .iter()
            .any(|admission| admission.pass < 1.0);
        let copies = if shared { 1.0 } else { 1.0 / skew };
        let in_turn = station.dispatch == Dispatch::RoundRobin && !shared;
        let (_, peak) = self.peak(network, pool, copies, in_turn);
        let rare = !self.closed.has_held(pool) && rarely_waits(busy, tokens, peak);
        if !unsteady && !holding_back && rare {
            let queue = &mut self.queues[pool as usize];
            queue.pressure = rate * mean / (f64::from(station.servers) * f64::from(instances));
            queue.busiest_pressure = busy / f64::from(tokens);
            queue.utilisation = queue.pressure;
            queue.busiest = queue.busiest_pressure;
            queue.formula = "pool: a token is all but always free";
            queue.basis = Basis::Held;
            return false;
        }
        self.bind(network, pool, rate, tokens, shared, skew);
        true
    }

    /// Fills in the figures of a pool that don't depend on how it is solved.
    fn describe(&mut self, pool: u32, rate: f64, mean: f64, classes: usize) {
        self.loads[pool as usize] = Load {
            rate,
            work: rate * mean,
            mean,
            ..Load::EMPTY
        };
        for place in self.pools.holds_of(pool) {
            let visit = &self.plan.holds[*place as usize];
            let rate = self.rates.rate[visit.node as usize];
            let body = self.plan.children(&self.plan.nodes[visit.node as usize])[0].node as usize;
            let load = &mut self.class_loads[pool as usize * classes + visit.class as usize];
            load.rate += rate;
            load.work += rate * self.outcomes[body].ended().mean();
        }
    }

    /// The pool as a flow-equivalent server.
    fn bind(
        &mut self,
        network: &Network,
        pool: u32,
        rate: f64,
        tokens: u32,
        shared: bool,
        skew: f64,
    ) {
        let station = &network.stations[pool as usize];
        let instances = self.instances[pool as usize];
        let body = self.body(network, pool, if shared { 1.0 } else { 1.0 / skew });
        let copies = body.copies;
        let states = (tokens as usize).min(MOST_STATES);
        let mut passes = std::mem::take(&mut self.pools.by_customers);
        let arrival = if shared { rate } else { rate * skew };
        let capacity = station.capacity.map(|capacity| {
            if shared {
                capacity.saturating_mul(instances)
            } else {
                capacity
            }
        });
        let mean_open = self.pools.held[pool as usize].1.mean();
        let prepared = body.prepare(f64::from(tokens), states);
        let most = prepared.most(&mut passes);
        let mut others = Others::AsThis;
        if body.crowded() && (arrival < most || capacity.is_some()) {
            prepared.typical(arrival, most, arrival * mean_open, &mut passes);
            let passing = arrival.min(most);
            others = Others::Typical {
                rate: passing * (copies - 1.0),
                holders: (passing * mean_open).min(f64::from(tokens)) * (copies - 1.0),
            };
        }
        let step = f64::from(tokens) / states as f64;
        let before = match passes.len() {
            0 | 1 => (0.0, 0.0),
            several => (f64::from(tokens) - step, passes[several - 2]),
        };
        let last = passes.last().copied().unwrap_or(0.0);
        let mut spread = Spread {
            arrivals: 1.0,
            departures: body.irregularity(before, (f64::from(tokens), last), others),
            common: 0.0,
            peak: 1.0,
        };
        let users = self.users_of_pool(network, pool);
        let in_turn = station.dispatch == Dispatch::RoundRobin && !shared;
        let (dispersion, peak) = if users.is_some() {
            let all = self.dispersion_among_users(pool, rate);
            (
                if in_turn {
                    all / copies
                } else {
                    1.0 - (1.0 - all) / copies
                },
                1.0,
            )
        } else {
            self.peak(network, pool, copies, in_turn)
        };
        let mut weights = std::mem::take(&mut self.pools.states);
        if in_turn && body.crowded() && arrival < most {
            // What a full house makes all instances wait in common isn't eased by turns.
            let all = tokens.saturating_mul(instances);
            let body = body.pooled(false);
            let states = (all as usize).min(MOST_STATES);
            let mut pooled = Vec::with_capacity(states);
            body.prepare(f64::from(all), states).most(&mut pooled);
            let process = birth_death(arrival * copies, &pooled, all, None, spread, &mut weights);
            spread.common = process.part.wait;
        }
        if in_turn || users.is_some() {
            spread.arrivals = dispersion.min(1.0);
        }
        spread.peak = peak;
        let mut away = self.pools.away[pool as usize];
        let mut answer = |arrival: f64, spread: Spread| {
            let visited = users.and_then(|users| {
                let visited = Visited {
                    users,
                    passes: &passes,
                    tokens: f64::from(tokens),
                    capacity: capacity.map_or(f64::INFINITY, f64::from),
                    noise: spread.noise(),
                };
                visited.solve(arrival, spread.departures, &mut away)
            });
            visited.unwrap_or_else(|| {
                birth_death(arrival, &passes, tokens, capacity, spread, &mut weights)
            })
        };
        let mut process = answer(arrival, spread);
        let all = rate * process.admission.pass;
        let mut open_time = body.open_time(arrival * process.admission.pass, all.max(1e-300));
        let mut groups = Vec::new();
        if !shared && !process.unbounded {
            let each = |share: f64| {
                let peak = self.peak(network, pool, 1.0 / share, false).1;
                let process = answer(rate * share, Spread { peak, ..spread });
                let time = body.open_time(rate * share * process.admission.pass, all);
                (process, time)
            };
            let dispatch = self.keyed.dispatch(network, pool as usize);
            let fullest = (&process, open_time);
            if let Some(all) = uneven(dispatch, fullest, skew, each, &mut groups) {
                process.admission = all.admission;
                (process.holding, open_time) = (all.holding, all.open_time);
            }
        }
        // Arrivals that come together make waits longer, and regular ones shorter, which those of the stations below know already: what tokens lengthen
        // or shorten beyond that they do for arrivals at random too.
        let even = groups.is_empty();
        let peaked = even && spread.peak > 1.0 && capacity.is_some() && process.holding > open_time;
        let regular = even && spread.peak < 1.0 && users.is_none() && mean_open.is_finite();
        let random = Spread {
            peak: 1.0,
            ..spread
        };
        let at_random = (peaked || regular).then(|| answer(arrival, random).holding);
        self.pools.away[pool as usize] = away;
        self.pools.states = weights;
        if shared && instances > 1 {
            process.part = self.among_instances(network, pool, rate, (&process, spread));
        }
        let alone = body.alone();
        let limit = body.limit();
        let table = self.pools.tables.len() as u32;
        if copies <= 1.0 && step <= 1.0 {
            self.pools.tables.extend_from_slice(&passes);
        } else if copies > 1.0 && f64::from(tokens) * copies <= MOST_STATES as f64 {
            let body = body.pooled(!self.own_pooled(network, &body));
            let all = (f64::from(tokens) * copies).floor();
            let pooled = body.prepare(all, all as usize).most(&mut passes);
            self.pools.tables.extend_from_slice(&passes);
            // Chance fills instances unevenly; with some waiting at each, all of their tokens are taken.
            if most * copies > pooled {
                self.pools.tables.push(most * copies);
            }
        }
        let table = (table, self.pools.tables.len() as u32 - table);
        self.pools.by_customers = passes;
        let culprit = limit
            .filter(|(limit, _)| most * copies >= 0.9 * limit)
            .map(|(_, station)| station);
        self.pools.binding[pool as usize] = Some(Binding {
            most: most * copies,
            alone,
            irregularity: spread.departures,
            table,
            culprit,
            beside: body.beside,
            crowding: 0.0,
            holding: process.holding,
        });
        let classes = network.classes.len();
        // Who waits for a token also finds the places below full. Waits that are taken for independent make up for that by varying more; the less
        // of it, the less the queue can grow: weights that agree with simulations from half to thrice of what two cores serve.
        let waits = process.part.probability;
        let alike = match (capacity, users) {
            (Some(_), _) => 1.0 - (1.0 - waits) * (1.0 - waits) * (1.0 - waits),
            (None, Some(_)) => 1.0 - (1.0 - waits) * (1.0 - waits),
            (None, None) => waits * waits,
        };
        // A pool without a limit to its queue only takes away from the waits below; one that refuses keeps its tokens busier than an open
        // queue at the admitted rate would be. Both waits are those of the same simplified stations, so that their ratio tells what the
        // tokens do to the waits as the stations themselves know them.
        let closed = self.closed.active();
        let largest = if station.capacity.is_some() || closed {
            1e6
        } else {
            1.0
        };
        let relief = |left: f64, of: f64| {
            if of > alone * 1e-9 {
                (left / of).clamp(0.0, largest)
            } else {
                1.0
            }
        };
        // Finitely many users wait as their own solution says, but where instances or targets take turns, of which that knows nothing.
        let in_turns = match station.dispatch == Dispatch::RoundRobin && !body.own.is_empty() {
            true => 1.0,
            false if users.is_some() => 1.0 - dispersion.min(1.0),
            false => 0.0,
        };
        let eased = |modelled: f64| {
            let random = at_random.map_or(1e6, |held| relief(held - alone, modelled));
            let own = relief(process.holding - alone, modelled);
            let relief = match regular {
                true => own.max(random.min(1.0)),
                false => own.min(random.max(1.0)),
            };
            // Of whoever waits outside, regular arrivals leave fewer.
            let relief = 1.0 - (1.0 - relief) * process.eased;
            alone + relief * (mean_open - alone).max(0.0)
        };
        let modelled = open_time - alone;
        let holding = if mean_open.is_finite() && modelled.is_finite() {
            let eased = match users.is_some() {
                true => in_turns * eased(modelled) + (1.0 - in_turns) * process.holding,
                false => eased(modelled),
            };
            // While a limited queue keeps all tokens taken the holding time is what their number and the throughput make it.
            let taken = capacity.map_or(0.0, |_| alike);
            taken * process.holding + (1.0 - taken) * eased
        } else {
            process.holding
        };
        if let Some(binding) = &mut self.pools.binding[pool as usize]
            && body.crowded()
            && mean_open.is_finite()
        {
            binding.crowding = (holding / mean_open - 1.0).abs();
        }
        let pressure = arrival / most;
        self.loads[pool as usize].work = self.loads[pool as usize].rate * holding;
        self.loads[pool as usize].mean = holding;
        let scale = if mean_open > 0.0 {
            holding / mean_open
        } else {
            1.0
        };
        for load in &mut self.class_loads[pool as usize * classes..(pool as usize + 1) * classes] {
            load.work *= scale;
        }
        let first_part = self.parts.len() as u32;
        match groups.is_empty() {
            true => self.parts.push(process.part),
            false => self.parts.append(&mut groups),
        }
        let parts = self.parts.len() as u32 - first_part;
        // By Little's law, of the holding time as it is given everywhere else; a pool that is full, or holds requests back, keeps its tokens as busy as
        // itself says.
        let kept = match process.admission.pass < 1.0 - HARDLY || pressure > ALL_BUT_FULL {
            true => process.holding,
            false => holding,
        };
        let taken =
            |arrival: f64, tokens: f64| (arrival * process.admission.pass * kept / tokens).min(1.0);
        let all = f64::from(station.servers) * f64::from(instances);
        self.queues[pool as usize] = Queue {
            admission: process.admission,
            utilisation: taken(rate, all),
            busiest: taken(arrival, f64::from(tokens)),
            pressure,
            busiest_pressure: pressure,
            unbounded: process.unbounded,
            starving: false,
            by_class: false,
            first_part,
            parts,
            formula: "held tokens: flow-equivalent server, birth-death (Avi-Itzhak & Heyman 1973)",
            basis: Basis::Held,
        };
        // Below wait the tokens' holders and nobody else: scale the open queues' waits to what the holding time leaves. A pool that
        // refuses keeps its tokens busier than an open queue at the admitted rate would be, and so lengthens them.
        // What waits inside inner pools has its own relief already, and is relieved again only where nothing else is left to give. Nor do tokens
        // spare a holder what others than holders slow it down by, which is a part of its wait there.
        let (outside, beside) = (alone + body.inside, alone - body.unhindered());
        let open = if mean_open.is_finite() {
            mean_open - outside
        } else {
            body.open_wait(rate.min(most * copies * BELOW_CAPACITY))
        };
        let factor = relief(beside + holding - outside, beside + open);
        self.pools.upward.load(&self.plan, network.stations.len());
        self.touch(pool);
        let holds_back = process.admission.pass < 1.0;
        let holders = |all: f64| users.map_or(all, |users| users.min(all));
        let own = body.own.iter().map(|place| (place, f64::from(tokens)));
        let places = body
            .places
            .chunk_by(|one, other| one.station == other.station);
        let places = places.map(|places| &places[0]);
        let shared = places.map(|place| (place, f64::from(tokens) * copies));
        for (place, all) in own.chain(shared) {
            let room = self.room(network, place.station, holders(all), alike);
            // Instances that crowd each other below wait more irregularly than their own tokens tell.
            let room = (!body.crowded()).then_some(room);
            self.relieve(
                network,
                place.station,
                Relief {
                    factor,
                    inside: false,
                    holds_back,
                    tokens: all,
                    room,
                },
            );
        }
        if holding < outside && body.inside > alone * 1e-9 {
            let factor = relief(holding - alone, body.inside);
            for station in self.look_inside(network) {
                self.relieve(
                    network,
                    station,
                    Relief {
                        factor,
                        inside: true,
                        holds_back: false,
                        tokens: f64::INFINITY,
                        room: None,
                    },
                );
            }
        }
        self.forget_body();
    }

    /// Room for so many holders at one queue of the station.
    fn room(&self, network: &Network, station: u32, holders: f64, share: f64) -> Room {
        let (spec, load) = (
            &network.stations[station as usize],
            &self.loads[station as usize],
        );
        let servers = match is_shared(spec, self.instances[station as usize]) {
            true => self.server_counts[station as usize],
            false => f64::from(spec.servers),
        };
        Room {
            most: (holders - servers).max(0.0),
            pace: servers * load.rate / load.work,
            share,
        }
    }

    /// The most that a pool passes, worked out also where it doesn't bind today.
    pub(super) fn pool_limit(&mut self, network: &Network, pool: u32) -> Option<Binding> {
        if let Some(known) = self.pools.binding[pool as usize] {
            return Some(known);
        }
        let station = &network.stations[pool as usize];
        let instances = self.instances[pool as usize];
        if self
            .pools
            .held
            .get(pool as usize)
            .is_none_or(|held| held.0 <= 0.0)
        {
            return None;
        }
        let tokens = f64::from(station.servers) * f64::from(instances);
        // Tokens are many where they don't bind: whose they are matters little, and one step tells the most.
        let body = self.body(network, pool, 1.0);
        self.forget_body();
        let mut passes = std::mem::take(&mut self.pools.by_customers);
        let most = body.prepare(tokens, 1).most(&mut passes);
        self.pools.by_customers = passes;
        let culprit = body
            .limit()
            .filter(|(limit, _)| most >= 0.9 * limit)
            .map(|(_, station)| station);
        Some(Binding {
            most,
            alone: body.alone(),
            irregularity: 1.0,
            table: (0, 0),
            culprit,
            beside: body.beside,
            crowding: 0.0,
            holding: 0.0,
        })
    }
}

/// Whether all instances share their tokens or servers, exactly or nearly.
pub(super) fn is_shared(station: &Station, instances: u32) -> bool {
    instances == 1
        || matches!(
            station.dispatch,
            Dispatch::Central | Dispatch::LeastConnections | Dispatch::TwoChoices
        )
}

/// The largest share of the arrivals that one instance gets.
pub(super) fn most_loaded(dispatch: &Dispatch, instances: u32) -> f64 {
    match dispatch {
        Dispatch::Shares(shares) if !shares.is_empty() => {
            shares.iter().copied().fold(0.0, f64::max)
        }
        _ => 1.0 / f64::from(instances),
    }
}
