//! What users of a closed population find at a station; it knows one station and what mean-value analysis says of it.

use super::Solver;
use super::plan::Driver;
use super::slowdown::{Slowdown, taken_by};
use super::station::{self, Law, Part};
use crate::network::{Arrivals, Discipline, Network, Station};
use crate::theory::closed;
use crate::theory::finite_source::FiniteSourceWait;
use crate::theory::multi_server::erlang_c;

/// The wait at one copy of a station as that of users who are away from it for the time that they think and spend elsewhere, whatever its
/// law: exact for one queue and any delays (arrival theorem), an approximation where several queues share the users, since those
/// who wait elsewhere aren't delayed independently of one another. Populations are taken together; waits get the mean that mean-value
/// analysis says.
pub(super) fn finite_source(
    solution: &closed::Solution,
    station: &closed::Station,
    place: usize,
    population: &[u32],
) -> Option<FiniteSourceWait> {
    let closed::StationKind::Queue { servers } = station.kind else {
        return None;
    };
    let copies = f64::from(station.copies);
    let (mut users, mut throughput, mut demand, mut residence) = (0_u32, 0.0, 0.0, 0.0);
    for (chain, chain_throughput) in solution.throughput.iter().enumerate() {
        if station.demand[chain] > 0.0 {
            users = users.saturating_add(population[chain]);
            throughput += chain_throughput;
            demand += chain_throughput * station.demand[chain];
            residence += chain_throughput * solution.residence_time[place][chain] / copies;
        }
    }
    if throughput <= 0.0 {
        return None;
    }
    let away = (f64::from(users) - residence) / throughput;
    // What open traffic takes of the servers makes each service longer.
    let free = 1.0 - station.background / f64::from(servers);
    FiniteSourceWait::new(users, away.max(0.0), demand / free / throughput, servers)
}

/// A closed user's wait at a queue with so many servers, of which this share is busy; services vary by this squared coefficient of variation. The
/// wait is `length` times as long as in a network of product form.
pub(super) fn closed_part(
    spec: &Station,
    servers: u32,
    (service, service_scv): (f64, f64),
    (wait, length): (f64, f64),
    busy: f64,
    found: Option<FiniteSourceWait>,
) -> Part {
    if spec.discipline == Discipline::ProcessorSharing {
        if service <= 0.0 {
            return Part::IDLE;
        }
        let taken = match found {
            _ if length != 1.0 => taken_by(f64::from(servers), wait / service),
            Some(found) => found.wait_probability(),
            None => taken(servers, busy),
        };
        let slowdown = Slowdown::shared(
            1.0 + wait / service,
            f64::from(servers),
            taken,
            busy,
            service_scv,
        );
        // Few users, or many who are all here, share with a number of others that varies less.
        let regularity = found.map_or(1.0, |found| found.regularity());
        let second = slowdown.relative_square() * regularity;
        let slowdown = if second > 0.0 {
            Slowdown::new(slowdown.mean, second.max(1.0))
        } else {
            slowdown
        };
        let square = (1.0 + service_scv) * service * service;
        return station::slowed_part(square, taken, wait, slowdown);
    }
    match found {
        Some(found) if wait > 0.0 && service > 0.0 && found.wait_probability() > 0.0 => {
            let source = found.with_mean(wait);
            Part {
                probability: source.wait_probability(),
                wait,
                second: source.second_moment(),
                law: Law::FiniteSource {
                    source,
                    stretch: 1.0,
                },
                ..Part::IDLE
            }
        }
        _ => station::waiting_part(busy.clamp(0.0, 1.0), wait.max(0.0)),
    }
}

/// What users find among groups of instances that aren't alike, each with its share of their visits: a wait with the chance, the mean and the second moment of
/// the mixture. Services have this second moment, seconds².
pub(super) fn among(groups: impl Iterator<Item = (f64, Part)>, square: f64) -> Part {
    let (mut all, mut excess, mut excess_square, mut sharing) = (Part::IDLE, 0.0, 0.0, false);
    for (share, part) in groups {
        all.probability += share * part.probability;
        all.wait += share * part.wait;
        all.second += share * part.second;
        if let Law::Sharing(slowdown) = part.law {
            sharing = true;
            excess += share * (slowdown.mean - 1.0);
            excess_square += share * slowdown.square_excess();
        }
    }
    if sharing {
        let second = excess_square / (excess * excess).max(1e-300);
        let slowdown = Slowdown::new(1.0 + excess, second.max(1.0));
        return station::slowed_part(square, all.probability, all.wait, slowdown);
    }
    if all.probability <= 0.0 || all.wait <= 0.0 {
        return Part::IDLE;
    }
    let mean = all.wait / all.probability;
    let scv = (all.second / (all.probability * mean * mean) - 1.0).max(1e-4);
    Part {
        law: Law::Delayed {
            probability: all.probability,
            mean,
            scv,
        },
        ..all
    }
}

/// Probability that all of so many servers are taken, of which this share is busy on average.
pub(super) fn taken(servers: u32, busy: f64) -> f64 {
    erlang_c(busy * f64::from(servers), servers).unwrap_or(1.0)
}

impl Solver {
    /// Users of a closed source at today's multiple of the load.
    pub(super) fn users(&self, network: &Network, source: u32) -> Option<u32> {
        match network.sources[source as usize].arrivals {
            Arrivals::Closed { users, .. } => {
                Some((f64::from(users) * self.factor).round().max(1.0) as u32)
            }
            Arrivals::Open { .. } => None,
        }
    }

    /// Users who come to a pool, if all who do are of closed populations.
    pub(super) fn users_of_pool(&self, network: &Network, pool: u32) -> Option<f64> {
        if !self.closed.active() {
            return None;
        }
        let mut sources: Vec<u32> = Vec::new();
        for place in self.pools.holds_of(pool) {
            let node = self.plan.holds[*place as usize].node as usize;
            if self.rates.rate[node] <= 0.0 {
                continue;
            }
            match self.plan.flows[self.plan.nodes[node].flow as usize].driver {
                Driver::Open => return None,
                Driver::Closed(source) if sources.contains(&source) => {}
                Driver::Closed(source) => sources.push(source),
            }
        }
        let users = sources
            .iter()
            .filter_map(|source| self.users(network, *source));
        Some(users.map(f64::from).sum())
    }
}
