//! Closed populations: users who wait for the answer, think, and ask again. It turns routes into demands for mean-value analysis and
//! its residence times back into waits; the theory stands elsewhere.
//!
//! Whatever of a route isn't queueing for a server (travel, waits for tokens, parallel parts, retries) enters as a delay, worked out
//! by composing the route; the two are repeated until the throughput stays. For networks of product form without any of that the
//! result is exact (Baskett, Chandy, Muntz & Palacios 1975).

use super::flow::{Feedback, hand_down};
use super::plan::{Driver, Op};
use super::population::{among, closed_part, finite_source};
use super::search::Search;
use super::station::{self, Law, Part};
use super::{Solver, refill};
use crate::network::{Arrivals, Discipline, Dispatch, Instances, Network};
use crate::theory::closed::{self, Method};
use std::ops::Range;

/// Elementary steps spent on an exact solution, less than a millisecond.
const EXACT_STEPS: u64 = 400_000;
/// Most repetitions.
const MOST_ROUNDS: usize = 48;
/// The most of a station's servers that others may take before closed users find none.
const ALL_BUT: f64 = 0.999_999;
/// Of more groups of instances that aren't alike the busiest stands for all.
const MOST_GROUPS: usize = 64;
/// What a closed source asks of a station, for each request.
#[derive(Clone, Copy, Debug)]
struct Entry {
    station: u32,
    visits: f64,
    /// Visits times mean service, seconds.
    demand: f64,
    /// What its users find there.
    part: Part,
    /// By how much longer they wait than users of a network of product form would, for each request, seconds; negative where shorter.
    longer: f64,
}

/// What closed populations do to stations, reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    /// The closed sources, in the network's order.
    sources: Vec<u32>,
    /// What each asks for, source by source and in order of stations.
    entries: Vec<Entry>,
    /// Where the entries of each source start; one more for the end.
    first: Vec<u32>,
    /// By station: what open traffic finds, where a closed source goes too.
    open: Vec<Part>,
    /// By station: all that visits it together, where a closed source does.
    pub whole: Vec<Option<Part>>,
    /// How the populations were solved; `None` without any.
    pub method: Option<Method>,
    /// Whether the network has product form, so that the method's exactness carries over.
    pub product_form: bool,
    /// By pool: whether its tokens ever ran out at a rate that was tried. What lies below is left to the pool then: its holders wait as open
    /// traffic of that rate does, and not as all users would who ever get there.
    held: Vec<bool>,
    below: Vec<f64>,
    at_station: Vec<(f64, f64)>,
    /// What mean-value analysis said last.
    last: Option<Answer>,
}

/// What mean-value analysis says of stations, each with the network's station that it is.
#[derive(Clone, Debug)]
struct Answer {
    solution: closed::Solution,
    stations: Vec<closed::Station>,
    owners: Vec<usize>,
}

impl Closed {
    /// Whether there are closed sources whose waits override the open ones.
    pub fn active(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Whether the pool's tokens ran out for closed users at a rate that was tried.
    pub fn has_held(&self, pool: u32) -> bool {
        self.active() && self.held.get(pool as usize).is_some_and(|held| *held)
    }

    /// The part of a visit by this driver's flow to the station, where closed users go there too.
    pub fn part(&self, station: u32, driver: Driver) -> Option<&Part> {
        self.whole.get(station as usize)?.as_ref()?;
        const UNKNOWN: &Part = &Part::IDLE;
        let source = match driver {
            Driver::Open => return self.open.get(station as usize),
            Driver::Closed(source) => source,
        };
        let entries = &self.entries[self.range(self.sources.binary_search(&source).ok()?)];
        let place = entries.binary_search_by_key(&station, |entry| entry.station);
        Some(place.map_or(UNKNOWN, |place| &entries[place].part))
    }

    /// The entries of a source.
    fn range(&self, chain: usize) -> Range<usize> {
        match self.first.get(chain..chain + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// What a source asks of a station.
    fn entry_mut(&mut self, chain: usize, station: usize) -> Option<&mut Entry> {
        let range = self.range(chain);
        let entries = &mut self.entries[range];
        let place = entries.binary_search_by_key(&(station as u32), |entry| entry.station);
        place.ok().map(|place| &mut entries[place])
    }
}

impl Solver {
    /// Finds the throughput of every closed source and settles the network at it.
    pub(super) fn close(&mut self, network: &Network) {
        self.closed.sources.clear();
        self.closed.method = None;
        // Of another network.
        self.closed.last = None;
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
        self.closed.entries.clear();
        self.closed.first.clear();
        refill(&mut self.closed.held, network.stations.len(), false);
        refill(&mut self.closed.open, network.stations.len(), Part::IDLE);
        refill(
            &mut self.closed.whole,
            network.stations.len(),
            Some(Part::IDLE),
        );
        // Any rate gives the demands; this one lets nothing saturate but what open traffic saturates.
        for source in self.closed.sources.clone() {
            self.sources[source as usize] = 1e-6;
        }
        self.settle(network);
        self.demand(network);
        let sources = self.closed.sources.iter();
        let population: Vec<u32> = sources
            .filter_map(|source| self.users(network, *source))
            .collect();
        let mut search = Search::new(self.time_away(network, &population));
        let mut rates = self.answer(network, &population, search.away());
        for round in 0..MOST_ROUNDS {
            for (source, rate) in self.closed.sources.iter().zip(&rates) {
                self.sources[*source as usize] = *rate;
            }
            self.settle(network);
            let mut sources = self.closed.sources.iter();
            let held_back = sources.any(|source| self.is_held_back(*source));
            if self.meets_new_pool() {
                // Whatever was found out so far was about another network.
                search.forget();
            }
            self.demand(network);
            let wanted = self.time_away(network, &population);
            let answered = self.answer(network, &population, &wanted);
            let change = rates
                .iter()
                .zip(&answered)
                .map(|(old, new)| ((old - new) / new.max(1e-300)).abs())
                .fold(0.0, f64::max);
            let close = change < 1e-12 || (round > 20 && change < 1e-7);
            if (close || search.is_over()) && !held_back {
                break;
            }
            search.step(round, &wanted, held_back);
            if round + 1 == MOST_ROUNDS || (held_back && search.is_over()) {
                search.back_to_enough();
            }
            rates = self.answer(network, &population, search.away());
        }
        for (source, rate) in self.closed.sources.iter().zip(&rates) {
            self.sources[*source as usize] = *rate;
        }
        self.settle(network);
    }

    /// Notes the pools that bind at the present rates and whether one of them never did.
    fn meets_new_pool(&mut self) -> bool {
        let mut new = false;
        for node in &self.plan.nodes {
            let Op::Hold { pool } = node.op else {
                continue;
            };
            let driver = self.plan.flows[node.flow as usize].driver;
            let held = &mut self.closed.held[pool as usize];
            if !*held && driver != Driver::Open && self.pools.binds(pool) {
                *held = true;
                new = true;
            }
        }
        new
    }

    /// Whether a part of the source's route can't keep up at this rate.
    fn is_held_back(&self, source: u32) -> bool {
        self.plan
            .roots
            .iter()
            .filter(|root| root.source == source)
            .any(|root| self.unsteady[root.node as usize])
    }

    /// How long the users of each chain are away from the stations at the present rates, seconds: they think, whatever of their routes isn't
    /// queueing for a server takes time as well, and so does what they wait longer than in a network of product form.
    fn time_away(&mut self, network: &Network, population: &[u32]) -> Vec<f64> {
        let sources = self.closed.sources.iter();
        let beside: Vec<f64> = sources
            .enumerate()
            .map(
                |(chain, source)| match network.sources[*source as usize].arrivals {
                    Arrivals::Closed { think, .. } => think.0 + self.beside(*source, chain),
                    Arrivals::Open { .. } => 0.0,
                },
            )
            .collect();
        if let Some(answer) = self.closed.last.take() {
            // How much longer waits are depends on the loads, which are known only now.
            self.spread_residence(network, &answer, population);
        }
        let chains = beside.into_iter().enumerate();
        chains
            .map(|(chain, beside)| {
                let entries = &self.closed.entries[self.closed.range(chain)];
                let longer: f64 = entries.iter().map(|entry| entry.longer).sum();
                (beside + longer).max(0.0)
            })
            .collect()
    }

    /// Throughputs of users who are away for so long, by mean-value analysis, whose residence times become waits.
    fn answer(&mut self, network: &Network, population: &[u32], think: &[f64]) -> Vec<f64> {
        let (stations, owners) = self.theirs(network);
        let Some(solution) = closed::solve(population, think, &stations, EXACT_STEPS) else {
            // No demand and no think time: as fast as the delays allow.
            return population
                .iter()
                .zip(think)
                .map(|(users, think)| f64::from(*users) / think.max(1e-9))
                .collect();
        };
        self.closed.method = Some(solution.method);
        self.closed.product_form = self.has_product_form(network);
        let throughput = solution.throughput.clone();
        let answer = Answer {
            solution,
            stations,
            owners,
        };
        self.spread_residence(network, &answer, population);
        self.closed.last = Some(answer);
        throughput
    }

    /// What every chain asks of every station on the way that its users wait for, for each request.
    fn demand(&mut self, network: &Network) {
        let mut below = std::mem::take(&mut self.closed.below);
        let mut at_station = std::mem::take(&mut self.closed.at_station);
        let mut entries = Vec::with_capacity(self.closed.entries.len());
        let mut first = Vec::with_capacity(self.closed.sources.len() + 1);
        let mut met = Vec::new();
        refill(&mut below, self.plan.nodes.len(), 0.0);
        refill(&mut at_station, network.stations.len(), (0.0, 0.0));
        let feedback = Feedback {
            admissions: &self.admissions,
            hits: &self.hits,
            timeouts: &self.timeouts,
            granted: &self.granted,
            classes: network.classes.len(),
            lossy: true,
        };
        for chain in 0..self.closed.sources.len() {
            first.push(entries.len() as u32);
            let own = Driver::Closed(self.closed.sources[chain]);
            for flow in self.plan.flows.iter().filter(|flow| flow.driver == own) {
                for root in self.plan.roots(flow) {
                    below[root.node as usize] += root.share;
                }
                for index in (flow.start as usize..flow.end as usize).rev() {
                    let visits = below[index];
                    let node = &self.plan.nodes[index];
                    let apart = match node.op {
                        Op::Detach => true,
                        Op::Hold { pool } => self.closed.held[pool as usize],
                        _ => false,
                    };
                    if visits <= 0.0 || apart {
                        continue;
                    }
                    if let Op::Serve { station, law } = node.op {
                        let at = &mut at_station[station as usize];
                        if at.0 == 0.0 {
                            met.push(station);
                        }
                        at.0 += visits;
                        at.1 += visits * self.plan.laws[law as usize].mean;
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
            met.sort_unstable();
            for station in met.drain(..) {
                let (visits, demand) = std::mem::take(&mut at_station[station as usize]);
                // What its users found there last time tells the time beside residence.
                let known = self.closed.entry_mut(chain, station as usize);
                let (part, longer) =
                    known.map_or((Part::IDLE, 0.0), |entry| (entry.part, entry.longer));
                entries.push(Entry {
                    station,
                    visits,
                    demand,
                    part,
                    longer,
                });
            }
        }
        first.push(entries.len() as u32);
        self.closed.entries = entries;
        self.closed.first = first;
        self.closed.below = below;
        self.closed.at_station = at_station;
    }

    /// What the source's mean response time holds beside residence at stations, seconds; may be negative where parts run in parallel.
    fn beside(&self, source: u32, chain: usize) -> f64 {
        let own = Driver::Closed(source);
        let flows = self.plan.flows.iter().filter(|flow| flow.driver == own);
        let response: f64 = flows
            .flat_map(|flow| self.plan.roots(flow))
            .map(|root| root.share * self.outcomes[root.node as usize].ended().mean())
            .sum();
        let resident: f64 = self.closed.entries[self.closed.range(chain)]
            .iter()
            .map(|entry| match entry.part.law {
                Law::Sharing(slowdown) => entry.demand * slowdown.mean,
                _ => entry.demand + entry.visits * entry.part.wait,
            })
            .sum();
        response - resident
    }

    /// The stations as the theory sees them, each with the network's station that it is, wholly or as copies of one share.
    fn theirs(&self, network: &Network) -> (Vec<closed::Station>, Vec<usize>) {
        let chains = self.closed.sources.len();
        let mut demands: Vec<Vec<f64>> = vec![Vec::new(); network.stations.len()];
        for chain in 0..chains {
            for entry in &self.closed.entries[self.closed.range(chain)] {
                let demands = &mut demands[entry.station as usize];
                demands.resize(chains, 0.0);
                demands[chain] = entry.demand;
            }
        }
        let (mut stations, mut owners) = (Vec::new(), Vec::new());
        for (index, (spec, demands)) in network.stations.iter().zip(demands).enumerate() {
            if demands.iter().all(|demand| *demand <= 0.0) {
                continue;
            }
            if matches!(
                spec.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            ) {
                stations.push(closed::Station::delay(demands));
                owners.push(index);
                continue;
            }
            let instances = self.instances[index];
            let others = self.background(index);
            let mut add = |servers: u32, copies: u32, share: f64| {
                let demands = demands.iter().map(|demand| demand * share).collect();
                let station = closed::Station::multi_server(servers, demands).times(copies);
                stations.push(station.beside((others * share).min(ALL_BUT * f64::from(servers))));
                owners.push(index);
            };
            match self.keyed.dispatch(network, index) {
                Dispatch::Shares(shares) if instances > 1 => {
                    let mut rest = &shares[..];
                    while let Some(share) = rest.first() {
                        let alike = rest.iter().take_while(|other| *other == share).count();
                        if *share > 0.0 {
                            add(spec.servers, alike as u32, *share);
                        }
                        rest = &rest[alike..];
                    }
                }
                Dispatch::Random | Dispatch::RoundRobin if instances > 1 => {
                    add(spec.servers, instances, 1.0 / f64::from(instances));
                }
                _ => add(spec.servers.saturating_mul(instances), 1, 1.0),
            }
        }
        (stations, owners)
    }

    /// Servers of a station that others than waiting closed users keep busy, erlangs.
    pub(super) fn background(&self, station: usize) -> f64 {
        let own: f64 = (0..self.closed.sources.len())
            .filter_map(|chain| {
                let entries = &self.closed.entries[self.closed.range(chain)];
                let place = entries.binary_search_by_key(&(station as u32), |entry| entry.station);
                Some(
                    self.sources[self.closed.sources[chain] as usize] * entries[place.ok()?].demand,
                )
            })
            .sum();
        let others = (self.loads[station].work - own).max(0.0);
        if others < 1e-12 * self.server_counts[station] {
            0.0
        } else {
            others
        }
    }

    /// Turns residence times into waits for a visit.
    fn spread_residence(&mut self, network: &Network, answer: &Answer, population: &[u32]) {
        let Answer {
            solution,
            stations,
            owners,
        } = answer;
        let chains = self.closed.sources.len();
        refill(&mut self.closed.open, network.stations.len(), Part::IDLE);
        refill(&mut self.closed.whole, network.stations.len(), None);
        let mut place = 0;
        let mut scratch = Vec::new();
        while place < owners.len() {
            let index = owners[place];
            let groups = owners[place..]
                .iter()
                .take_while(|owner| **owner == index)
                .count();
            let range = place..place + groups;
            place += groups;
            let spec = &network.stations[index];
            if matches!(
                spec.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            ) {
                continue;
            }
            let open: f64 = solution.open[range.clone()].iter().sum();
            let length = self.length_of_wait(network, index, &mut scratch);
            let copies: f64 = stations[range.clone()]
                .iter()
                .map(|station| f64::from(station.copies))
                .sum();
            let busy = range
                .clone()
                .map(|place| solution.utilisation[place] * f64::from(stations[place].copies))
                .sum::<f64>()
                / copies;
            // With instances that aren't alike, the busiest group stands for all where laws aren't told apart.
            let busiest = range
                .clone()
                .max_by(|a, b| solution.utilisation[*a].total_cmp(&solution.utilisation[*b]));
            let found = busiest
                .and_then(|place| finite_source(solution, &stations[place], place, population));
            let servers = busiest.map_or(1, |place| match stations[place].kind {
                closed::StationKind::Queue { servers } => servers,
                closed::StationKind::Delay => 1,
            });
            let fullest = busiest
                .map_or(busy, |place| solution.utilisation[place])
                .min(1.0);
            let unlike: Vec<_> = range
                .clone()
                .filter(|_| (2..=MOST_GROUPS).contains(&groups))
                .map(|place| finite_source(solution, &stations[place], place, population))
                .collect();
            let service_scv = self.loads[index].service_scv();
            let (mut weighted, mut rate) = (Part::IDLE, 0.0);
            for chain in 0..chains {
                let residence: f64 = solution.residence_time[range.clone()]
                    .iter()
                    .map(|station| station[chain])
                    .sum();
                let Some(entry) = self.closed.entry_mut(chain, index) else {
                    continue;
                };
                let simple = ((residence - entry.demand) / entry.visits).max(0.0);
                let wait = length * simple;
                entry.longer = entry.visits * (wait - simple);
                let service = entry.demand / entry.visits;
                let part = if unlike.is_empty() {
                    closed_part(
                        spec,
                        servers,
                        (service, service_scv),
                        (wait, length),
                        fullest,
                        found,
                    )
                } else {
                    let each = range.clone().zip(&unlike).map(|(place, found)| {
                        let station = &stations[place];
                        let share =
                            station.demand[chain] * f64::from(station.copies) / entry.demand;
                        let waited = solution.residence_time[place][chain] - share * entry.demand;
                        let wait = length * (waited / (share * entry.visits)).max(0.0);
                        let busy = solution.utilisation[place].min(1.0);
                        let service = (service, service_scv);
                        let part =
                            closed_part(spec, servers, service, (wait, length), busy, *found);
                        (share, part)
                    });
                    among(each, (1.0 + service_scv) * service * service)
                };
                let flow = solution.throughput[chain] * entry.visits;
                entry.part = part;
                weighted.wait += flow * part.wait;
                weighted.second += flow * part.second;
                weighted.probability += flow * part.probability;
                rate += flow;
            }
            let open = self.open_part(spec, index, servers, open, length, fullest);
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
            self.closed.open[index] = open;
            let service = self.loads[index].mean_service();
            self.closed.whole[index] = Some(match spec.discipline {
                Discipline::ProcessorSharing => station::sharing_part(
                    (servers, fullest),
                    service,
                    (1.0 + service_scv) * service * service,
                    weighted.probability,
                    weighted.wait,
                ),
                _ => station::waiting_part(weighted.probability, weighted.wait),
            });
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
        let stations =
            network
                .stations
                .iter()
                .zip(&self.loads)
                .enumerate()
                .all(|(index, (station, load))| {
                    load.rate <= 0.0
                        || matches!(station.instances, Instances::Fixed(_))
                            && station.capacity.is_none()
                            && match station.discipline {
                                Discipline::ProcessorSharing | Discipline::Infinite => true,
                                _ => load.exponential && self.serves_in_order(network, index),
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
