//! What the numbers rest on, and whether it holds here. It judges by loads and variabilities, and changes nothing.

use super::Solver;
use super::compose::only_visit;
use super::plan::Op;
use super::station::{Basis, Load};
use super::ways::first_components;
use crate::distribution::{Distribution, MOST_ALONE};
use crate::network::{Compiled, Dispatch, Network, Step};
use crate::quantities::{share, whole};
use crate::report::{Assumption, Standing};
use crate::scenario::ComponentId;
use std::collections::BTreeSet;

/// Above this utilisation small errors of a load make large ones of a wait.
const NEAR_SATURATION: f64 = 0.95;

/// Service that varies by a smaller squared coefficient of variation leaves full pools too regularly for their waits to be known well.
const REGULAR: f64 = 0.5;

/// Waits behind arrivals that aren't Poisson may be off by tens of per cent: from this share of a response time on that shows.
const WEIGHTY_ARRIVALS: f64 = 0.1;

/// The same where there is only so much room.
const WEIGHTY_ARRIVALS_IN_ROOM: f64 = 0.05;

/// What an assumption may change of a mean response time without showing.
const TELLING: f64 = 0.05;

/// Arrivals differ from Poisson by less than this (c² − 1, and others in a batch) without making the wait uncertain.
const UNLIKE: f64 = 0.3;

const ARRIVALS_BY_VARIANCE: &str =
    "Mean, variance and batches of arrivals decide the wait (Whitt 1983)";

/// By so much of itself the wait for a token of instances that have few each, or of a pool that is nearly full, was off.
const OFF_WHEN_CROWDED: f64 = 0.3;

/// Of what irregular departures add to the wait for a token, so much was off.
const OFF_WHEN_BUNCHED: f64 = 0.3;

/// From this utilisation on it shows as well as other figures do how long tokens are held; below, the less the fewer are.
pub(super) const SEEN_HELD: f64 = 0.2;

/// From this utilisation and share of a response time on it shows whether calls made at once wait independently.
const BUSY_GROUP: f64 = 0.7;
const WEIGHTY_GROUP: f64 = 0.25;

/// Of what calls that are made at once wait at servers that serve hardly anything else, so much was off: of three calls to four instances of constant
/// service, 32 % busy, the first was solved 6 % too long, the second 7 % too short and the third 6 % too long, of which waits were 86 %.
const OFF_TOGETHER: f64 = 0.1;

/// From this share of a response time on bursts show in the wait for a token.
const WEIGHTY_BURSTS: f64 = 0.02;

/// Instances' tokens that closed users take in turns are known badly from this utilisation on.
const BUSY_IN_TURNS: f64 = 0.5;

/// From this utilisation and share of a response time on pools that are nearly full are known less well.
const NEARLY_FULL: f64 = 0.85;
const WEIGHTY_WHEN_FULL: f64 = 0.1;

/// Half of the slowest hundredth, of which the 99th percentile is; services that vary otherwise than exponential ones, by so much and more, and the share of a
/// response time from which on it shows that they do so in a full room.
const SLOWEST: f64 = 0.005;
const UNLIKE_SERVICES: f64 = 0.5;
const WEIGHTY_EDGE: f64 = 0.05;

/// So many threads take turns at one core.
const FEW_THREADS: u32 = 8;

/// A steady state is one in which nothing happens.
fn without_faults(compiled: &Compiled, found: &mut Vec<Assumption>) {
    let because = match compiled.disturbances.len() {
        0 => return,
        1 => "1 fault is left out; the event simulation runs it".to_owned(),
        count => format!("{count} faults are left out; the event simulation runs them"),
    };
    found.push(Assumption {
        rests_on: "The design is solved without its faults, which begin and end: a steady state knows no time",
        component: None,
        standing: Standing::Doubtful,
        because,
    });
}

/// Percentiles know more measured times only by their groups.
fn of_measured(network: &Network, found: &mut Vec<Assumption>) {
    let mut known: Vec<ComponentId> = Vec::new();
    for step in &network.steps {
        let Step::Serve { station, time } = step else {
            continue;
        };
        let component = network.station(*station).component;
        if let Distribution::Empirical { values } = time
            && values.len() > MOST_ALONE
            && !known.contains(&component)
        {
            known.push(component);
            found.push(Assumption {
                rests_on: "Percentiles take measured service times in groups of neighbouring ones, each as a gamma variable of the group's mean and variance",
                component: Some(component),
                standing: Standing::Approximate,
                because: format!(
                    "{} times, in groups that are finer towards the longest; means follow from the times themselves",
                    whole(values.len() as f64)
                ),
            });
        }
    }
}

impl Solver {
    /// Every approximation that the figures use, once for each place.
    pub(super) fn assumptions(&self, compiled: &Compiled) -> Vec<Assumption> {
        let view = self.view();
        let network = view.as_deref().unwrap_or(&compiled.network);
        let mut found = Vec::new();
        without_faults(compiled, &mut found);
        of_measured(network, &mut found);
        let weights = self.weights(network);
        let held = self.weights_held(network);
        self.of_stations(network, (&weights, &held), &mut found);
        self.of_places(network, (&weights, &held), &mut found);
        self.of_company(network, &mut found);
        self.of_two_holdings(network, &weights, &mut found);
        self.of_returns(network, &weights, &mut found);
        self.of_routes(network, &weights, &mut found);
        self.of_retries(network, &mut found);
        self.of_protection(network, &mut found);
        self.of_shedding(network, &mut found);
        self.of_picking(network, &weights, &mut found);
        self.of_watching(network, &mut found);
        self.of_moving_keys(network, &mut found);
        self.of_stores(network, &mut found);
        self.of_cold_starts(network, &mut found);
        self.of_populations(network, &weights, &mut found);
        self.of_composition(network, &mut found);
        self.of_rounds(&mut found);
        self.of_replay(network, &mut found);
        self.even_out_assumptions(&mut found);
        found
    }

    fn of_stations(
        &self,
        network: &Network,
        (weights, held): (&[f64], &[f64]),
        found: &mut Vec<Assumption>,
    ) {
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            if load.rate <= 0.0 || queue.unbounded {
                continue;
            }
            let (busy, scv) = (queue.busiest_pressure, load.service_scv());
            self.of_queue(network, index, weights[index], found);
            let figures = format!(
                "{} busy, service times vary by c² = {:.2}",
                share(busy),
                scv
            );
            let near = busy > NEAR_SATURATION;
            let (rests_on, standing, because) = match queue.basis {
                Basis::Exact => {
                    if near && !queue.by_class {
                        let because = format!(
                            "{} busy: the wait changes by {:.0} % for each per cent of load",
                            share(busy),
                            1.0 / (1.0 - busy).max(1e-3)
                        );
                        ("Loads are known exactly", Standing::Doubtful, because)
                    } else {
                        continue;
                    }
                }
                Basis::GeneralService => (
                    "The mean wait behind several servers follows from the moments of service (Page 1972, Cosmetatos 1975, Kimura 1986)",
                    if scv > 4.0 || near || self.fills_up(network, index, weights[index]) {
                        Standing::Doubtful
                    } else {
                        Standing::Approximate
                    },
                    format!(
                        "{figures}: the wait of two-phase laws came within {} of the exact chain with 2 to 64 servers where more than one in ten waits",
                        if scv <= 1.0 {
                            "1 %"
                        } else if scv <= 4.0 {
                            "7 %"
                        } else if scv <= 10.0 {
                            "11 %"
                        } else {
                            "tens of per cent"
                        }
                    ),
                ),
                Basis::GeneralArrivals | Basis::SharingGeneralArrivals => {
                    let least = match station.capacity {
                        Some(_) => WEIGHTY_ARRIVALS_IN_ROOM,
                        None => WEIGHTY_ARRIVALS,
                    };
                    // Regular arrivals were never far off.
                    // What is left of bursts that have been on their way may be all that was sent.
                    let more = load.blurred / load.rate / (load.arrival_scv() + scv).max(1e-3);
                    let unlike = unlike_random(load);
                    let weight = weights[index].max(held[index]);
                    // Nor is what a queue refuses known better, but for servers without one.
                    let queues = station.capacity.is_some_and(|room| room > station.servers);
                    let refused = self.refused(network, index);
                    let refused = refused / (1.0 - refused).max(1e-3);
                    let refuses = 0.5 * unlike / (1.0 + scv) * refused;
                    (
                        ARRIVALS_BY_VARIANCE,
                        if weight > least && unlike > UNLIKE
                            || weight * more > TELLING
                            || queues && refuses > TELLING
                        {
                            Standing::Doubtful
                        } else {
                            Standing::Approximate
                        },
                        format!(
                            "{figures}, arrivals by c² = {:.2} with {:.1} others in a batch; the wait here is up to {} of a response time, and may be tens of per cent off",
                            load.arrival_scv(),
                            load.company / load.rate,
                            share(weights[index])
                        ),
                    )
                }
                // Below that nobody is slowed down enough to matter.
                Basis::Sharing if busy < 0.3 => continue,
                Basis::Sharing => (
                    "Sharing slows a request down by a factor that doesn't depend on its length (mean exact; Coffman, Muntz & Trotter 1970)",
                    if near {
                        Standing::Doubtful
                    } else {
                        Standing::Approximate
                    },
                    format!(
                        "{} busy: p95 to p99 of 1 to 8 cores came within 4 % of simulations for constant service to c² = 4, the median within 5 %, where c² is above 1 within 14 %",
                        share(busy)
                    ),
                ),
                Basis::Balancing
                    if unlike_random(load) > UNLIKE && weights[index] > WEIGHTY_ARRIVALS =>
                {
                    (
                        ARRIVALS_BY_VARIANCE,
                        Standing::Doubtful,
                        format!(
                            "{figures}, arrivals by c² = {:.2} with {:.1} others in a batch, which a balancer evens out more or less; the wait here is up to {} of a response time",
                            load.arrival_scv(),
                            load.company / load.rate,
                            share(weights[index])
                        ),
                    )
                }
                Basis::Balancing => (
                    "Queues behind the balancer are as in simulations of single exponential servers",
                    if near || scv > 4.0 {
                        Standing::Doubtful
                    } else {
                        Standing::Approximate
                    },
                    format!(
                        "{figures}, {} instances of {}",
                        self.instances[index], station.servers
                    ),
                ),
                Basis::Held if self.pools.binding[index].is_none() => continue,
                Basis::Held => {
                    // Instances with tokens of their own crowd one another below.
                    let crowded = self.instances[index] > 1 && busy > 0.6;
                    let weighty = OFF_WHEN_CROWDED * weights[index] > TELLING;
                    let mut because = format!(
                        "{} of the tokens taken; of random chains of two services and a database nine in ten came within 5 % of the simulated mean and 8 % of p99, instances with few tokens each up to 30 % off; the wait here is up to {} of a response time",
                        share(queue.utilisation),
                        share(weights[index])
                    );
                    let in_turns = self.closed.active()
                        && station.dispatch == Dispatch::RoundRobin
                        && self.instances[index] > 1
                        && busy > BUSY_IN_TURNS;
                    let binding = self.pools.binding[index];
                    let meeting = binding.map_or(0.0, |binding| binding.crowding);
                    let meeting = queue.utilisation > SEEN_HELD && meeting > TELLING;
                    // Tokens that come back in bunches make a longer wait, which is known less well.
                    let bunches = binding.map_or(1.0, |binding| binding.irregularity);
                    let bunches = OFF_WHEN_BUNCHED * (1.0 - 2.0 / (1.0 + bunches)).max(0.0);
                    let bunched = bunches * weights[index] > TELLING;
                    let mut known_off = false;
                    for known in self.off_when_full(network, index) {
                        because.push_str("; ");
                        because.push_str(known);
                        known_off = true;
                    }
                    (
                        "Holders of tokens leave at a rate that depends on their number alone (flow-equivalent server; Chandy, Herzog & Woo 1975)",
                        if known_off
                            || in_turns
                            || meeting
                            || bunched
                            || (near || crowded) && weighty
                            || busy > NEARLY_FULL && weights[index] > WEIGHTY_WHEN_FULL
                        {
                            Standing::Doubtful
                        } else {
                            Standing::Approximate
                        },
                        because,
                    )
                }
                Basis::Closed => continue,
            };
            push(found, rests_on, Some(station.component), standing, because);
        }
    }

    /// Whether the room of a queue is full so often that the slowest hundredth wait at its edge: there they wait for as many services as there is room for,
    /// which vary otherwise than those of fewer places that are rescaled, unless they vary like exponential ones.
    fn fills_up(&self, network: &Network, index: usize, weight: f64) -> bool {
        let (station, load) = (&network.stations[index], &self.loads[index]);
        let free = 1.0 - self.queues[index].busiest_pressure;
        let room = station.capacity.is_some_and(|room| room > station.servers);
        let edge = self.refused(network, index) > SLOWEST * free;
        room && edge && (load.service_scv() - 1.0).abs() > UNLIKE_SERVICES && weight > WEIGHTY_EDGE
    }

    /// What is known badly of single queues, beside the formula that gave their waits.
    fn of_queue(&self, network: &Network, index: usize, weight: f64, found: &mut Vec<Assumption>) {
        let station = &network.stations[index];
        let mut doubt = |holds: bool, rests_on, why: &str| {
            if holds {
                doubt_wait(found, station.component, weight, rests_on, why);
            }
        };
        doubt(
            station.capacity.is_some()
                && self.has_priorities(network, index)
                && weight > WEIGHTY_ARRIVALS,
            "Priorities share the wait of a finite queue as they do of an unlimited one",
            "who is refused and who waits depends on who is there",
        );
        // What a pool refuses tells as much as who waits.
        let told = weight > WEIGHTY_BURSTS || self.refused(network, index) > TELLING;
        doubt(
            self.pools.binds(index as u32) && self.has_bursts(network) && told,
            "Tokens are asked for as by Poisson arrivals",
            "clients that don't send at random find tokens taken more often, or less",
        );
    }

    /// By how much percentiles differed from simulations where all of a pool's tokens are taken most of the time.
    fn off_when_full(&self, network: &Network, pool: usize) -> impl Iterator<Item = &'static str> {
        let station = &network.stations[pool];
        let full = self.queues[pool].busiest_pressure > NEAR_SATURATION;
        let refusing = full && station.capacity.is_some();
        let returning = full && self.users_of_pool(network, pool as u32).is_some();
        let culprit = self.pools.binding[pool].and_then(|binding| binding.culprit);
        let culprit = culprit.map(|culprit| culprit as usize);
        // Whether another pool lies between, or waits for the same.
        let between = culprit.is_some_and(|culprit| {
            let mut others = self.pools.binding.iter().enumerate();
            !self.pools.holds_of(culprit as u32).is_empty()
                || others.any(|(other, binding)| {
                    let limit = binding.and_then(|binding| binding.culprit);
                    other != pool && limit == Some(culprit as u32)
                })
        });
        let direct = culprit.filter(|_| refusing && !between);
        let regular = direct.is_some_and(|culprit| self.loads[culprit].service_scv() < REGULAR);
        let servers = direct.map_or(0, |culprit| network.stations[culprit].servers);
        let few = servers == 1 && station.servers <= FEW_THREADS;
        let roomless = station.capacity.is_some_and(|most| most <= station.servers)
            && station.servers <= 2 * servers;
        [
            (
                regular,
                "service hardly varies, which in overload makes p99 up to 26 % too long",
            ),
            (
                few,
                "few threads on one core in overload make p99 up to 13 % too long",
            ),
            (
                roomless,
                "hardly more threads than cores and no queue make percentiles up to 11 % too long",
            ),
            (
                refusing && between,
                "a limited queue over something overloaded that is itself held makes percentiles up to 13 % too long",
            ),
            (
                returning && self.instances[pool] > 1,
                "users spread over several saturated instances make p95 up to 17 % too short",
            ),
            (
                refusing || returning,
                "with tokens taken most of the time p999 is up to 30 % too long",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, known)| holds.then_some(known))
    }

    fn of_routes(&self, network: &Network, weights: &[f64], found: &mut Vec<Assumption>) {
        if !self.plan.has_parallel {
            return;
        }
        let busiest_below = self.busiest_below();
        let heaviest_below = self.highest_below(|station| weights[station]);
        let together = self.asked_together(network);
        let together = self.highest_below(|station| weights[station] * together[station]);
        let first = first_components(&self.plan, network);
        for (index, node) in self.plan.nodes.iter().enumerate() {
            if !matches!(node.op, Op::Parallel | Op::Quorum { .. }) || self.rates.rate[index] <= 0.0
            {
                continue;
            }
            let busiest = self
                .plan
                .children(node)
                .iter()
                .map(|child| busiest_below[child.node as usize])
                .fold(0.0, f64::max);
            let rests_on = "Parallel calls take independent times";
            let index = index as u32;
            let fork = self.forks.binary_search_by_key(&index, |fork| fork.0);
            let children = self.plan.children(node);
            if fork.is_ok() && children.iter().any(|child| child.node != children[0].node) {
                push(found, "Fork-join queue (Flatto & Hahn 1984; Nelson & Tantawi 1988)", None, Standing::Approximate, "the mean is exact for two calls, 1.5 to 2.3 % short for 4 to 32 equal ones and within 1 % of simulations of unequal ones; percentiles are scaled with it, which makes the median 3 % too long and p99 3 % too short for two".to_owned());
                continue;
            }
            let component = first[index as usize];
            let weight = heaviest_below[index as usize];
            // What is known to go together is known better.
            let least = if fork.is_ok() {
                1.6 * WEIGHTY_GROUP
            } else {
                WEIGHTY_GROUP
            };
            let off = OFF_TOGETHER * together[index as usize];
            let standing = if busiest > BUSY_GROUP && weight > least || off > TELLING {
                Standing::Doubtful
            } else {
                Standing::Approximate
            };
            let because = format!(
                "the busiest server that they reach is {} busy, a wait below is up to {} of a response time; calls that queue together end closer together",
                share(busiest),
                share(weight)
            );
            push(found, rests_on, component, standing, because);
        }
    }

    /// By station, the share of its visits that are calls made at once with others to it.
    fn asked_together(&self, network: &Network) -> Vec<f64> {
        let mut together = vec![0.0; network.stations.len()];
        for node in &self.plan.nodes {
            if !matches!(node.op, Op::Parallel | Op::Quorum { .. }) {
                continue;
            }
            let calls = self.plan.children(node).iter().map(|child| child.node);
            let visits = calls.filter_map(|call| Some((only_visit(&self.plan, call)?.0, call)));
            let visits: Vec<(u32, u32)> = visits.collect();
            let beside =
                |station: u32| visits.iter().filter(|visit| visit.0 == station).count() - 1;
            // Equal calls are one node, at the rate of all of them.
            let apart: BTreeSet<(u32, u32)> = visits.iter().copied().collect();
            for (station, call) in apart.iter().filter(|visit| beside(visit.0) > 0) {
                together[*station as usize] += self.rates.rate[*call as usize];
            }
        }
        for (share, load) in together.iter_mut().zip(&self.loads) {
            *share = (*share / load.rate.max(1e-300)).min(1.0);
        }
        together
    }

    /// By node, the highest pressure of a station in or below it.
    pub(super) fn busiest_below(&self) -> Vec<f64> {
        self.highest_below(|station| self.queues[station].busiest_pressure)
    }

    /// By node, the highest of this figure of the stations in or below it.
    fn highest_below(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut busiest: Vec<f64> = Vec::with_capacity(self.plan.nodes.len());
        for node in &self.plan.nodes {
            let own = match node.op {
                Op::Serve { station, .. } => of(station as usize),
                _ => 0.0,
            };
            let below = self.plan.children(node).iter();
            busiest.push(
                below
                    .map(|child| busiest[child.node as usize])
                    .fold(own, f64::max),
            );
        }
        busiest
    }

    fn of_composition(&self, network: &Network, found: &mut Vec<Assumption>) {
        let visited = || {
            network
                .stations
                .iter()
                .enumerate()
                .filter(|(index, _)| self.loads[*index].rate > 0.0)
        };
        let exact = visited().all(|(index, _)| {
            matches!(self.queues[index].basis, Basis::Exact)
                || self.queues[index].busiest_pressure < 0.05
        });
        let (standing, because) = if exact && !self.plan.has_parallel && !self.closed.active() {
            (Standing::Exact, "Poisson arrivals and exponential or unhindered service wherever anything queues: the network has product form (Jackson 1957)".to_owned())
        } else {
            (Standing::Approximate, "streams inside are taken to be Poisson; service that isn't exponential makes them a little more or less regular".to_owned())
        };
        push(
            found,
            "Waits along a route are independent",
            None,
            standing,
            because,
        );
    }
}

/// What is known badly of traffic itself.
pub(super) fn of_traffic(network: &Network, found: &mut Vec<Assumption>) {
    for source in &network.sources {
        if source.arrivals.varies_before(f64::INFINITY) {
            push(
                found,
                "Traffic stays at its peak",
                Some(source.component),
                Standing::Approximate,
                "traffic is not stationary: these are the figures of a peak that lasts, not of the way there and back".to_owned(),
            );
        }
    }
}

/// By how much arrivals are less regular than at random.
fn unlike_random(load: &Load) -> f64 {
    (load.arrival_scv() - 1.0).max(0.0) + load.company / load.rate
}

/// Doubts what a station's wait rests on; the wait is up to this share of a response time.
pub(super) fn doubt_wait(
    found: &mut Vec<Assumption>,
    component: ComponentId,
    weight: f64,
    rests_on: &'static str,
    why: &str,
) {
    let part = share(weight);
    let because = format!("{why}; the wait here is up to {part} of a response time");
    push(
        found,
        rests_on,
        Some(component),
        Standing::Doubtful,
        because,
    );
}

pub(super) fn push(
    found: &mut Vec<Assumption>,
    rests_on: &'static str,
    component: Option<ComponentId>,
    standing: Standing,
    because: String,
) {
    // One place says a thing once: its worst case.
    match found
        .iter_mut()
        .find(|known| known.component == component && known.rests_on == rests_on)
    {
        Some(known) if known.standing < standing => {
            *known = Assumption {
                rests_on,
                component,
                standing,
                because,
            }
        }
        Some(_) => {}
        None => found.push(Assumption {
            rests_on,
            component,
            standing,
            because,
        }),
    }
}
