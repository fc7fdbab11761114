//! Closed populations: users who wait for the answer, think, and ask again. It turns routes into demands for mean-value analysis and
//! its residence times back into waits; the theory stands elsewhere.
//!
//! Whatever of a route isn't queueing for a server (travel, waits for tokens, parallel parts, retries) enters as a delay, worked out
//! by composing the route; the two are repeated until the throughput stays. For networks of product form without any of that the
//! result is exact (Baskett, Chandy, Muntz & Palacios 1975).

use super::flow::{Feedback, hand_down};
use super::plan::{Driver, Op};
use super::station::{self, Law, Part};
use super::{Solver, refill};
use crate::network::{Arrivals, Discipline, Dispatch, Instances, Network, Station};
use crate::theory::closed::{self, Method};

/// Elementary steps spent on an exact solution, less than a millisecond.
const EXACT_STEPS: u64 = 400_000;
/// Most repetitions.
const MOST_ROUNDS: usize = 48;
/// Most equal instances that get a station of their own.
const MOST_COPIES: u32 = 32;

/// What closed populations do to stations, reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    /// The closed sources, in the network's order.
    sources: Vec<u32>,
    /// By station, then closed source, then once for all open traffic.
    parts: Vec<Part>,
    /// By station: visits a second and demand in seconds, by closed source.
    visits: Vec<f64>,
    demands: Vec<f64>,
    /// By station: all that visits it together, where a closed source does.
    pub whole: Vec<Option<Part>>,
    /// How the populations were solved; `None` without any.
    pub method: Option<Method>,
    /// Whether the network has product form, so that the method's exactness carries over.
    pub product_form: bool,
    below: Vec<f64>,
}

impl Closed {
    /// Whether there are closed sources whose waits override the open ones.
    pub fn active(&self) -> bool {
        !self.sources.is_empty()
    }

    /// The part of a visit by this driver's flow to the station, where closed users go there too.
    pub fn part(&self, station: u32, driver: Driver) -> Option<&Part> {
        self.whole.get(station as usize)?.as_ref()?;
        let width = self.sources.len() + 1;
        let column = match driver {
            Driver::Open => self.sources.len(),
            Driver::Closed(source) => self.sources.iter().position(|known| *known == source)?,
        };
        self.parts.get(station as usize * width + column)
    }
}

impl Solver {
    /// Finds the throughput of every closed source and settles the network at it.
    pub(super) fn close(&mut self, network: &Network) {
        self.closed.sources.clear();
        self.closed.method = None;
        self.closed.whole.clear();
        for (index, source) in network.sources.iter().enumerate() {
            if matches!(source.arrivals, Arrivals::Closed { users, .. } if users > 0) {
                self.closed.sources.push(index as u32);
            }
        }
        if !self.closed.active() {
            self.settle(network);
            return;
        }
        let width = self.closed.sources.len() + 1;
        refill(
            &mut self.closed.parts,
            network.stations.len() * width,
            Part::IDLE,
        );
        refill(
            &mut self.closed.whole,
            network.stations.len(),
            Some(Part::IDLE),
        );
        // Any rate gives the demands; this one lets nothing saturate but what open traffic saturates.
        for source in self.closed.sources.clone() {
            self.sources[source as usize] = 1e-6;
        }
        let mut rates: Vec<f64> = self
            .closed
            .sources
            .iter()
            .map(|source| self.sources[*source as usize])
            .collect();
        let mut highest = f64::INFINITY;
        let mut lowest = 0.0;
        for round in 0..MOST_ROUNDS {
            self.settle(network);
            let held_back = self
                .closed
                .sources
                .iter()
                .any(|source| self.is_held_back(*source));
            let answered = self.respond(network);
            let change = rates
                .iter()
                .zip(&answered)
                .map(|(old, new)| ((old - new) / new.max(1e-300)).abs())
                .fold(0.0, f64::max);
            if (change < 1e-12 || (round > 20 && change < 1e-7)) && !held_back {
                break;
            }
            if rates.len() == 1 && round > 4 {
                // The answer falls as the rate grows: bisect.
                if held_back || answered[0] < rates[0] {
                    highest = f64::min(highest, rates[0]);
                } else {
                    lowest = f64::max(lowest, rates[0]);
                }
                if highest.is_finite() && lowest > 0.0 && (highest - lowest) < 1e-10 * highest {
                    break;
                }
                rates[0] = if highest.is_finite() {
                    0.5 * (lowest + highest)
                } else {
                    answered[0]
                };
            } else {
                let step = if round < 4 { 1.0 } else { 0.5 };
                for (rate, answer) in rates.iter_mut().zip(&answered) {
                    let wanted = if held_back {
                        answer.min(*rate * 0.9)
                    } else {
                        *answer
                    };
                    *rate += step * (wanted - *rate);
                }
            }
            for (source, rate) in self.closed.sources.iter().zip(&rates) {
                self.sources[*source as usize] = *rate;
            }
        }
        self.settle(network);
    }

    /// Whether a part of the source's route can't keep up at this rate.
    fn is_held_back(&self, source: u32) -> bool {
        self.plan
            .roots
            .iter()
            .filter(|root| root.source == source)
            .any(|root| self.unsteady[root.node as usize])
    }

    /// Throughputs that answer the present rates: demands and delays from the routes, then mean-value analysis.
    fn respond(&mut self, network: &Network) -> Vec<f64> {
        self.demand(network);
        let chains = self.closed.sources.len();
        let (mut population, mut think) = (Vec::with_capacity(chains), Vec::with_capacity(chains));
        for (chain, source) in self.closed.sources.iter().enumerate() {
            if let Arrivals::Closed { users, think: time } =
                network.sources[*source as usize].arrivals
            {
                // A multiple of today's load is a multiple of the users.
                population.push((f64::from(users) * self.factor).round().max(1.0) as u32);
                think.push((time.0 + self.beside(network, *source, chain)).max(0.0));
            }
        }
        let (stations, owners) = self.theirs(network);
        let Some(solution) = closed::solve(&population, &think, &stations, EXACT_STEPS) else {
            // No demand and no think time: as fast as the delays allow.
            return population
                .iter()
                .zip(&think)
                .map(|(users, think)| f64::from(*users) / think.max(1e-9))
                .collect();
        };
        self.closed.method = Some(solution.method);
        self.closed.product_form = self.has_product_form(network);
        self.spread_residence(network, &solution, &owners, &population);
        solution.throughput
    }

    /// What every chain asks of every station on the way that its users wait for, for each request.
    fn demand(&mut self, network: &Network) {
        let (chains, stations, classes) = (
            self.closed.sources.len(),
            network.stations.len(),
            network.classes.len(),
        );
        let mut below = std::mem::take(&mut self.closed.below);
        refill(&mut self.closed.visits, stations * chains, 0.0);
        refill(&mut self.closed.demands, stations * chains, 0.0);
        let feedback = Feedback {
            admissions: &self.admissions,
            hits: &self.hits,
            timeouts: &self.timeouts,
            classes,
            lossy: true,
        };
        for chain in 0..chains {
            let source = self.closed.sources[chain];
            refill(&mut below, self.plan.nodes.len(), 0.0);
            for root in self.plan.roots.iter().filter(|root| root.source == source) {
                below[root.node as usize] += root.share;
            }
            for index in (0..self.plan.nodes.len()).rev() {
                let visits = below[index];
                let node = &self.plan.nodes[index];
                if visits <= 0.0 || matches!(node.op, Op::Detach) {
                    continue;
                }
                if let Op::Serve { station, law } = node.op {
                    let at = station as usize * chains + chain;
                    self.closed.visits[at] += visits;
                    self.closed.demands[at] += visits * self.plan.laws[law as usize].mean;
                }
                hand_down(
                    &self.plan,
                    node,
                    visits,
                    &self.rates,
                    &feedback,
                    &mut |child, visits| below[child as usize] += visits,
                );
            }
        }
        self.closed.below = below;
    }

    /// What the source's mean response time holds beside residence at stations, seconds; may be negative where parts run in parallel.
    fn beside(&self, network: &Network, source: u32, chain: usize) -> f64 {
        let roots = self.plan.roots.iter().filter(|root| root.source == source);
        let response: f64 = roots
            .map(|root| root.share * self.outcomes[root.node as usize].ended().mean())
            .sum();
        let chains = self.closed.sources.len();
        let resident: f64 = (0..network.stations.len())
            .map(|station| {
                let (visits, demand) = (
                    self.closed.visits[station * chains + chain],
                    self.closed.demands[station * chains + chain],
                );
                let part = &self.closed.parts[station * (chains + 1) + chain];
                match part.law {
                    Law::Sharing(slowdown) => demand * slowdown.mean,
                    _ => demand + visits * part.wait,
                }
            })
            .sum();
        response - resident
    }

    /// The stations as the theory sees them, each with the network's station it is a copy of and the share of visits it gets.
    fn theirs(&self, network: &Network) -> (Vec<closed::Station>, Vec<(usize, f64)>) {
        let chains = self.closed.sources.len();
        let (mut stations, mut owners) = (Vec::new(), Vec::new());
        for (index, spec) in network.stations.iter().enumerate() {
            let demands = &self.closed.demands[index * chains..(index + 1) * chains];
            if demands.iter().all(|demand| *demand <= 0.0) {
                continue;
            }
            if matches!(
                spec.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            ) {
                stations.push(closed::Station::delay(demands.to_vec()));
                owners.push((index, 1.0));
                continue;
            }
            let instances = self.instances[index];
            let free = 1.0 - self.background(index);
            let mut add = |servers: u32, share: f64| {
                stations.push(closed::Station::multi_server(
                    servers,
                    demands.iter().map(|demand| demand * share / free).collect(),
                ));
                owners.push((index, share));
            };
            match &spec.dispatch {
                Dispatch::Shares(shares) if instances > 1 => {
                    shares.iter().for_each(|share| add(spec.servers, *share))
                }
                Dispatch::Random | Dispatch::RoundRobin
                    if instances > 1 && instances <= MOST_COPIES =>
                {
                    (0..instances).for_each(|_| add(spec.servers, 1.0 / f64::from(instances)));
                }
                _ => add(spec.servers.saturating_mul(instances), 1.0),
            }
        }
        (stations, owners)
    }

    /// Share of a station's capacity that others than waiting closed users take.
    fn background(&self, station: usize) -> f64 {
        let chains = self.closed.sources.len();
        let own: f64 = (0..chains)
            .map(|chain| {
                self.sources[self.closed.sources[chain] as usize]
                    * self.closed.demands[station * chains + chain]
            })
            .sum();
        let others = (self.loads[station].work - own).max(0.0) / self.server_counts[station];
        if others < 1e-12 {
            0.0
        } else {
            others.min(0.999_999)
        }
    }

    /// Turns residence times into waits for a visit.
    fn spread_residence(
        &mut self,
        network: &Network,
        solution: &closed::Solution,
        owners: &[(usize, f64)],
        population: &[u32],
    ) {
        let chains = self.closed.sources.len();
        let width = chains + 1;
        refill(
            &mut self.closed.parts,
            network.stations.len() * width,
            Part::IDLE,
        );
        refill(&mut self.closed.whole, network.stations.len(), None);
        let mut place = 0;
        while place < owners.len() {
            let index = owners[place].0;
            let copies = owners[place..]
                .iter()
                .take_while(|(owner, _)| *owner == index)
                .count();
            let spec = &network.stations[index];
            let queueing = !matches!(
                spec.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            );
            let number: f64 = solution.number[place..place + copies]
                .iter()
                .flatten()
                .sum();
            let elsewhere = f64::from(population.iter().sum::<u32>()) - number;
            let busy = solution.utilisation[place..place + copies]
                .iter()
                .sum::<f64>()
                / copies as f64;
            let (mut weighted, mut rate) = (Part::IDLE, 0.0);
            for chain in 0..chains {
                let (visits, demand) = (
                    self.closed.visits[index * chains + chain],
                    self.closed.demands[index * chains + chain],
                );
                if visits <= 0.0 || !queueing {
                    continue;
                }
                let residence: f64 = solution.residence_time[place..place + copies]
                    .iter()
                    .map(|station| station[chain])
                    .sum();
                let service = demand / visits;
                let wait = ((residence - demand) / visits).max(0.0);
                let part = closed_part(spec, service, wait, busy.min(1.0), elsewhere);
                let flow = solution.throughput[chain] * visits;
                weighted.wait += flow * part.wait;
                weighted.second += flow * part.second;
                weighted.probability += flow * part.probability;
                rate += flow;
                self.closed.parts[index * width + chain] = part;
            }
            if queueing {
                let open = self.open_part(spec, index, number);
                let open_rate = (self.loads[index].rate - rate).max(0.0);
                weighted.wait += open_rate * open.wait;
                weighted.second += open_rate * open.second;
                weighted.probability += open_rate * open.probability;
                let total = rate + open_rate;
                if total > 0.0 {
                    weighted.wait /= total;
                    weighted.second /= total;
                    weighted.probability /= total;
                }
                self.closed.parts[index * width + chains] = open;
                let service = self.loads[index].mean_service();
                self.closed.whole[index] = Some(match spec.discipline {
                    Discipline::ProcessorSharing => station::sharing_part(
                        service,
                        2.0 * service * service,
                        weighted.probability,
                        weighted.wait,
                    ),
                    _ => station::waiting_part(weighted.probability, weighted.wait),
                });
            }
            place += copies;
        }
    }

    /// The wait of open traffic at a station where closed users are: each meets them all (the mixed network's arrival theorem; Zahorjan &
    /// Wong 1981), on the share of the servers that open traffic leaves.
    fn open_part(&self, spec: &Station, index: usize, number: f64) -> Part {
        let service = self.loads[index].mean_service();
        let (servers, background) = (self.server_counts[index], self.background(index));
        let quick = service / servers;
        let wait = (quick * (1.0 + number) / (1.0 - background) - quick).max(0.0);
        if matches!(spec.discipline, Discipline::ProcessorSharing) {
            station::sharing_part(service, 2.0 * service * service, background, wait)
        } else {
            station::waiting_part((background + number / servers).min(1.0), wait)
        }
    }

    /// Whether mean-value analysis is exact for the network: queueing for servers and delays alone, and stations of product form.
    fn has_product_form(&self, network: &Network) -> bool {
        let plain = self
            .plan
            .nodes
            .iter()
            .zip(&self.rates.rate)
            .all(|(node, rate)| {
                *rate <= 0.0
                    || match node.op {
                        Op::Parallel | Op::Quorum { .. } | Op::Attempt { .. } | Op::Detach => false,
                        Op::Hold { pool } => self.pools.binding[pool as usize].is_none(),
                        _ => true,
                    }
            });
        let stations = network
            .stations
            .iter()
            .zip(&self.loads)
            .all(|(station, load)| {
                load.rate <= 0.0
                    || matches!(station.instances, Instances::Fixed(_))
                        && station.capacity.is_none()
                        && match station.discipline {
                            Discipline::FirstComeFirstServed => load.exponential,
                            Discipline::ProcessorSharing | Discipline::Infinite => true,
                            _ => false,
                        }
                        && !matches!(
                            station.dispatch,
                            Dispatch::RoundRobin
                                | Dispatch::LeastConnections
                                | Dispatch::TwoChoices
                        )
            });
        plain
            && stations
            && self
                .admissions
                .iter()
                .all(|admission| admission.pass >= 1.0)
    }
}

/// A closed user's wait: gamma-distributed for those who find the servers busy. Its spread follows from how much the number present
/// varies: geometrically while few are there, by who happens to be elsewhere when nearly all are.
fn closed_part(spec: &Station, service: f64, wait: f64, busy: f64, elsewhere: f64) -> Part {
    if spec.discipline == Discipline::ProcessorSharing {
        return if service > 0.0 {
            station::sharing_part(service, 2.0 * service * service, busy, wait)
        } else {
            Part::IDLE
        };
    }
    let probability = busy.clamp(0.0, 1.0);
    if wait <= 0.0 || probability <= 0.0 || service <= 0.0 {
        return Part::IDLE;
    }
    let mean = wait / probability;
    // Departures that a waiting user waits for, and their variance.
    let ahead = (mean * f64::from(spec.servers) / service).max(1e-9);
    let variance = (ahead * ahead - ahead)
        .max(0.0)
        .min(elsewhere.max(0.0) + (1.0 - probability) * ahead * ahead);
    let scv = ((ahead + variance) / (ahead * ahead)).clamp(1e-4, 1.0);
    let law = Law::Delayed {
        probability,
        mean,
        scv,
    };
    Part {
        probability,
        wait,
        second: probability * mean * mean * (1.0 + scv),
        law,
        ..Part::IDLE
    }
}
