//! Where single stations are known to be solved badly, beside what their own formula rests on. It judges, and changes nothing.

use super::Solver;
use super::assumption::{SEEN_HELD, doubt_wait, push};
use super::plan::Op;
use super::pool::{HARDLY, is_shared};
use super::station::Basis;
use crate::network::{Discipline, Dispatch, Network};
use crate::quantities::{share, time};
use crate::report::{Assumption, Standing};
use crate::theory::multi_server::erlang_c;
use crate::theory::regular::Regularity;
use crate::units::Seconds;
use std::collections::BTreeSet;

/// What a pool whose tokens are held for other times than its rates say rests on.
const BY_NUMBER_ALONE: &str = "Holders of tokens leave at a rate that depends on their number alone (flow-equivalent server; Chandy, Herzog & Woo 1975)";

/// Departures differ from Poisson by less than this (c² − 1) without making the next wait uncertain.
const UNLIKE_DEPARTURES: f64 = 0.3;

/// What an assumption may change of a mean response time without showing.
pub(super) const TELLING: f64 = 0.05;

/// Two ways to tell for how long tokens are held that lie so far apart leave the wait for those unknown that are asked for in turn; up to that it agreed
/// with simulations.
const TELLING_IN_TURN: f64 = 0.15;

/// By so much of themselves waits behind interruptions at several servers were off, for services that vary otherwise than exponential ones by more
/// than that.
const ROUGHLY: f64 = 0.2;
const UNLIKE_SERVICES: f64 = 0.3;

/// By so much p99 was too short behind interruptions at 2 and 4 servers 40 to 80 % busy, for services of c² = 2 and 4.
const ROUGHLY_FAR_OUT: f64 = 0.25;

/// By so much of themselves waits for the shorter of two of 4 to 10 queues were too long behind arrivals and services that don't vary, 75 and 90 % busy.
const DRAWN_ROUGHLY: f64 = 0.4;

/// From this share of a response time on it shows that priorities share out a wait of arrivals that don't come at random.
const WEIGHTY_PRIORITIES: f64 = 0.05;

/// What an assumption may change of a p99 without showing.
pub(super) const TELLING_FAR_OUT: f64 = 0.1;

/// The share that a wait has in p99 at most which has this one in the mean: a wait falls off exponentially beside what hardly varies, and its p99 is
/// ln 100 times its mean.
pub(super) fn far_out(weight: f64) -> f64 {
    let wait = weight * libm::log(100.0);
    wait / (wait + 1.0 - weight)
}

/// What services make of a stream is known to within half of it.
const MADE_ROUGHLY: f64 = 1.5;

const STREAMS_AT_RANDOM: &str = "Streams inside come at random";

/// Few who wait for a token change little of what its holders meet.
const FEW_WAIT: f64 = 0.05;

impl Solver {
    /// Pools whose holders share a station below with others: these are taken to leave a fixed part of its servers, but come and go, and holders are few.
    pub(super) fn of_company(&self, network: &Network, found: &mut Vec<Assumption>) {
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            let Some(binding) = self.pools.binding.get(index).copied().flatten() else {
                continue;
            };
            let held = load.mean_service();
            let parts = self.parts_of(queue).iter();
            let waits: f64 = parts.map(|part| part.share * part.probability).sum();
            let longer = binding.beside * (1.0 - binding.alone / held.max(1e-300)).max(0.0);
            if queue.utilisation > SEEN_HELD && waits > FEW_WAIT && longer > TELLING {
                push(
                    found,
                    "Others at a station below a pool leave a fixed part of it to the holders",
                    Some(station.component),
                    Standing::Doubtful,
                    format!(
                        "others keep up to {} of a station below busy, and {} ask for a token in vain: up to {} of the time for which one is held depends on how the two meet",
                        share(binding.beside),
                        share(waits),
                        share(longer)
                    ),
                );
            }
        }
    }

    /// Pools whose tokens are held for longer, or shorter, as the routes below have it than by the rates at which holders are taken to leave: the wait for a
    /// token comes of these, and would be another by the routes. Both are compared by what M/M/c's waits are for (Sakasegawa 1977).
    pub(super) fn of_two_holdings(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            let Some(binding) = self.pools.binding.get(index).copied().flatten() else {
                continue;
            };
            let (routes, rates) = (load.mean_service(), binding.holding);
            if queue.unbounded || routes <= 0.0 || rates <= 0.0 || self.closed.active() {
                continue;
            }
            let tokens = match is_shared(station, self.instances[index]) {
                true => self.server_counts[index],
                false => f64::from(station.servers),
            };
            let refused = self.refused(network, index);
            let seen = (queue.utilisation / SEEN_HELD).min(1.0);
            let in_turn = self.bursts.turns.iter().any(|own| own.pool == index as u32);
            let between = seen * (rates / routes - 1.0).abs();
            if refused > HARDLY && between > TELLING || in_turn && between > TELLING_IN_TURN {
                let most = match refused > HARDLY {
                    true => format!("those who are refused, now {}", share(refused)),
                    false => "what turns leave of the wait for one".to_owned(),
                };
                push(
                    found,
                    BY_NUMBER_ALONE,
                    Some(station.component),
                    Standing::Doubtful,
                    format!(
                        "by these rates a token is held for {}, by what its holders do for {}: so different are the tokens taken and {most}",
                        time(Seconds(rates)),
                        time(Seconds(routes))
                    ),
                );
            }
            let exponent = libm::sqrt(2.0 * (tokens + 1.0)) - 1.0;
            let wait = |held: f64| {
                let busy = (queue.busiest * held / routes).min(0.999);
                held * libm::pow(busy, exponent) / (1.0 - busy)
            };
            let other = (wait(routes) / wait(rates).max(1e-300) - 1.0).abs();
            if weights[index] * other > TELLING {
                push(
                    found,
                    BY_NUMBER_ALONE,
                    Some(station.component),
                    Standing::Doubtful,
                    format!(
                        "by these rates a token is held for {}, by what its holders do for {}: the wait for one, up to {} of a response time, would be {:.1} times as long",
                        time(Seconds(rates)),
                        time(Seconds(routes)),
                        share(weights[index]),
                        wait(routes) / wait(rates).max(1e-300)
                    ),
                );
            }
        }
    }

    /// By station, the largest share that the wait there has in the time for which tokens of a pool are held, as far as that shows: in the utilisation
    /// of a pool that is hardly used so much less; 0 to 1. It matters where waits are known by their arrivals' variance: 0 where all come at random.
    pub(super) fn weights_held(&self, network: &Network) -> Vec<f64> {
        let classes = network.classes.len();
        let mut weights = vec![0.0_f64; network.stations.len()];
        if !self.has_bursts(network) {
            return weights;
        }
        for pool in 0..network.stations.len() {
            let (rate, time, unsteady) = match self.pools.held.get(pool) {
                Some(held) => *held,
                None => continue,
            };
            let all = rate * time.mean();
            let seen = (self.queues[pool].utilisation / SEEN_HELD).min(1.0);
            if unsteady || all <= 0.0 || all.is_nan() {
                continue;
            }
            let mut waits = vec![0.0; network.stations.len()];
            let holds = self.pools.holds_of(pool as u32).iter();
            let holds = holds.map(|place| self.plan.holds[*place as usize].node);
            let mut open: BTreeSet<u32> = holds.collect();
            // The highest first: whatever leads to a node comes before it.
            while let Some(index) = open.pop_last() {
                let node = &self.plan.nodes[index as usize];
                if let Op::Serve { station, .. } = node.op {
                    let class = self.plan.flows[node.flow as usize].class as usize;
                    let load = self.class_loads[station as usize * classes + class];
                    let mean = load.work / load.rate.max(1e-300);
                    let wait = self.class_extra(station as usize, class, mean);
                    waits[station as usize] += self.rates.rate[index as usize] * wait;
                }
                if !matches!(node.op, Op::Detach) {
                    open.extend(self.plan.children(node).iter().map(|child| child.node));
                }
            }
            for (weight, wait) in weights.iter_mut().zip(waits) {
                *weight = weight.max(seen * (wait / all).min(1.0));
            }
        }
        weights
    }

    /// Answers that depend on each other in circles (what one refuses another doesn't get) and don't come to rest.
    pub(super) fn of_rounds(&self, found: &mut Vec<Assumption>) {
        if self.swings {
            push(
                found,
                "Solving again with what was found last comes to rest",
                None,
                Standing::Doubtful,
                "what stations let through and how long tokens below are held swing between two answers; a run shows which of them holds"
                    .to_owned(),
            );
        }
    }

    /// What is known badly of single stations.
    pub(super) fn of_places(
        &self,
        network: &Network,
        (weights, held): (&[f64], &[f64]),
        found: &mut Vec<Assumption>,
    ) {
        let made = self.made_by_services(network);
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            if load.rate <= 0.0 || queue.unbounded {
                continue;
            }
            // Behind several servers next to nothing may be left of such a wait.
            if made[index] < -UNLIKE_DEPARTURES
                && weights[index] > TELLING
                && self.server_counts[index] > 1.0
            {
                doubt_wait(
                    found,
                    station.component,
                    weights[index],
                    STREAMS_AT_RANDOM,
                    "what comes here has been let through by something full or has been served in step, and comes the more regularly",
                );
            }
            let off = self.drawn_roughly(network, index);
            if off * weights[index] > TELLING || off * far_out(weights[index]) > TELLING_FAR_OUT {
                doubt_wait(
                    found,
                    station.component,
                    weights[index],
                    "Who draws two instances by lot thins a regular stream (Whitt 1983)",
                    "how much of the regularity is left for the shorter of two queues is known roughly",
                );
            }
            if matches!(queue.basis, Basis::Held) {
                continue;
            }
            let mut doubt = |rests_on, why: &str| {
                doubt_wait(found, station.component, weights[index], rests_on, why);
            };
            if self.unseen(network, index) * weights[index] > TELLING {
                doubt(
                    "Balancers see the requests that are at the instances' cores",
                    "the balancer counts all that an instance has begun, most of which is elsewhere and says little of its cores",
                );
            }
            let fifo = |station: usize| {
                !matches!(
                    network.stations[station].discipline,
                    Discipline::Infinite | Discipline::TokenBucket { .. }
                )
            };
            // The wait goes with ca² + cs² (Kingman 1961), under sharing as if services were exponential.
            let services = match station.discipline {
                Discipline::ProcessorSharing => 1.0,
                _ => load.service_scv(),
            };
            let arrivals = load.arrival_scv();
            let spread = (arrivals.min(1.0) + services).max(1e-3);
            let off = MADE_ROUGHLY * (made[index] / spread).abs();
            if fifo(index) && off * weights[index] > TELLING {
                doubt(
                    STREAMS_AT_RANDOM,
                    "services before this one that vary more or less than an exponential leave in bunches or in step",
                );
            }
            if self.has_priorities(network, index)
                && (arrivals - 1.0).abs() > UNLIKE_DEPARTURES
                && weights[index] > WEIGHTY_PRIORITIES
            {
                doubt(
                    "Priorities share out the wait of arrivals as if they came at random",
                    "the fewer a class's requests among others, the more they come as at random, whatever all together do",
                );
            }
            if self.has_priorities(network, index)
                && station.discipline == Discipline::PreemptivePriority
                && station.servers > 1
                && (load.service_scv() - 1.0).abs() > UNLIKE_SERVICES
                && (ROUGHLY * weights[index] > TELLING
                    || load.service_scv() > 1.0
                        && ROUGHLY_FAR_OUT * far_out(weights[index]) > TELLING_FAR_OUT)
            {
                doubt(
                    "Interruptions at several servers lengthen waits as at one (Bondi & Buzen 1984)",
                    "whoever is interrupted goes on with what is left of a service that doesn't vary like an exponential",
                );
            }
            let weight = weights[index].max(held[index]);
            // Of what their regularity takes from the wait a half is known at best.
            let longer = self.wait_of(network, index, arrivals + 0.5 * (1.0 - arrivals));
            let longer = longer / self.wait_of(network, index, arrivals).max(1e-300) - 1.0;
            if arrivals > 0.0 && arrivals < 1.0 && longer * weight > TELLING {
                doubt(
                    "Regular streams that have been on their way are known by their variance",
                    "how much of their regularity is left for this queue is known roughly",
                );
            }
            // What a finite queue refuses goes with the streams as its wait does, whoever waits.
            let refused = self.refused(network, index);
            let of_those_let_in = refused / (1.0 - refused).max(1e-3);
            if fifo(index) && (made[index] / (1.0 + services)).abs() * of_those_let_in > TELLING {
                push(
                    found,
                    STREAMS_AT_RANDOM,
                    Some(station.component),
                    Standing::Doubtful,
                    format!(
                        "services before this one that vary more or less than an exponential leave in bunches or in step, of which a finite queue refuses more or fewer: {} of those who come are refused here",
                        share(refused)
                    ),
                );
            }
        }
    }

    /// By so much of itself a wait may be off because regular arrivals go to the shorter of two queues that are drawn by lot.
    fn drawn_roughly(&self, network: &Network, index: usize) -> f64 {
        let (station, instances) = (&network.stations[index], self.instances[index]);
        if station.dispatch != Dispatch::TwoChoices || instances < 3 {
            return 0.0;
        }
        let is_pool = (self.pools.held.get(index)).is_some_and(|held| held.0 > 0.0);
        let arrivals = match is_pool {
            true => self.peak(network, index as u32, 1.0, false).1,
            false => self.loads[index].arrival_scv(),
        };
        DRAWN_ROUGHLY * (1.0 - arrivals).clamp(0.0, 1.0)
    }

    /// What the wait at a station is of that behind Poisson arrivals, were the times between arrivals to vary by this squared coefficient of variation, at
    /// most 1.
    fn wait_of(&self, network: &Network, index: usize, arrivals: f64) -> f64 {
        let (station, load) = (&network.stations[index], &self.loads[index]);
        let instances = self.instances[index];
        // In turn each instance gets every so many-th arrival.
        let turns = match station.dispatch {
            Dispatch::RoundRobin => f64::from(instances),
            _ => 1.0,
        };
        let servers = match is_shared(station, instances) {
            true => station.servers.saturating_mul(instances),
            false => station.servers,
        };
        let busy = self.queues[index].busiest_pressure;
        let sharing = station.discipline == Discipline::ProcessorSharing;
        let waits = erlang_c(busy * f64::from(servers), servers).unwrap_or(1.0);
        let services = load.service_scv();
        Regularity::new(busy, waits, arrivals / turns, services, sharing).wait
    }

    /// The share of those who come to a station that it refuses, 0 to 1.
    pub(super) fn refused(&self, network: &Network, index: usize) -> f64 {
        let classes = network.classes.len();
        let own = index * classes..(index + 1) * classes;
        let (mut came, mut passed) = (0.0, 0.0);
        for (load, admission) in self.class_loads[own.clone()]
            .iter()
            .zip(&self.admissions[own])
        {
            came += load.rate;
            passed += load.rate * admission.pass;
        }
        if came > 0.0 { 1.0 - passed / came } else { 0.0 }
    }

    /// How many times longer the wait would be if instances were chosen at random, less one, as far as a balancer that counts all requests doesn't
    /// see where they are: 0 where it sees all.
    fn unseen(&self, network: &Network, index: usize) -> f64 {
        let (station, load) = (&network.stations[index], &self.loads[index]);
        let instances = f64::from(self.instances[index]);
        let looks = matches!(
            station.dispatch,
            Dispatch::LeastConnections | Dispatch::TwoChoices
        );
        if !looks || instances < 2.0 {
            return 0.0;
        }
        let mut tokens = network.stations.iter().zip(&self.pools.held);
        let held = tokens.find(|(pool, held)| pool.component == station.component && held.0 > 0.0);
        let Some((_, (_, time, _))) = held else {
            return 0.0;
        };
        let (mean, each) = (load.mean_service(), f64::from(station.servers));
        let waits: f64 = self
            .parts_of(&self.queues[index])
            .iter()
            .map(|part| part.share * part.wait)
            .sum();
        let elsewhere = 1.0 - ((mean + waits) / time.mean().max(1e-300)).min(1.0);
        let work = load.work / instances;
        let random = match erlang_c(work, station.servers) {
            Some(busy) if work < each => busy * mean / (each - work),
            _ => return 0.0,
        };
        elsewhere * ((random - waits) / waits.max(1e-300)).max(0.0)
    }
}
