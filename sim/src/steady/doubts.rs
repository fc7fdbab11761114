//! Where single stations are known to be solved badly, beside what their own formula rests on. It judges, and changes nothing.

use super::Solver;
use super::assumption::doubt_wait;
use super::station::Basis;
use crate::network::{Discipline, Dispatch, Network};
use crate::report::Assumption;
use crate::theory::multi_server::erlang_c;

/// From this share of a response time on it shows what other stations have made of arrivals.
const WEIGHTY_DEPARTURES: f64 = 0.25;
/// Departures differ from Poisson by less than this (c² − 1) without making the next wait uncertain.
const UNLIKE_DEPARTURES: f64 = 0.3;

/// What an assumption may change of a mean response time without showing.
const TELLING: f64 = 0.05;

/// By so much of themselves waits behind interruptions at several servers were off, for services that vary otherwise than exponential ones by more
/// than that.
const ROUGHLY: f64 = 0.2;
const UNLIKE_SERVICES: f64 = 0.3;

/// From this share of a response time on it shows that priorities share out a wait of arrivals that don't come at random.
const WEIGHTY_PRIORITIES: f64 = 0.05;

impl Solver {
    /// What is known badly of single stations.
    pub(super) fn of_places(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        let departures = self.most_unlike_departures(network);
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            if load.rate <= 0.0 || queue.unbounded || matches!(queue.basis, Basis::Held) {
                continue;
            }
            let mut doubt = |rests_on, why: &str| {
                doubt_wait(found, station.component, weights[index], rests_on, why);
            };
            if self.unseen(network, index) * weights[index] > TELLING {
                doubt(
                    "Balancers see the requests that are at the instances' cores",
                    "they count all that an instance has begun, most of which are elsewhere and say little of its cores",
                );
            }
            let fifo = |station: usize| {
                !matches!(
                    network.stations[station].discipline,
                    Discipline::Infinite | Discipline::TokenBucket { .. }
                )
            };
            if let Some((most, whose)) = departures
                && most > UNLIKE_DEPARTURES
                && whose != index
                && fifo(index)
                && weights[index] > WEIGHTY_DEPARTURES
            {
                doubt(
                    "Streams inside come at random",
                    "services before this one that vary more or less than an exponential leave in bunches or in step",
                );
            }
            let arrivals = load.arrival_scv();
            // What is left of their regularity is known to a half at best; the wait goes with ca² + cs² (Kingman 1961).
            let taken = (1.0 - arrivals).max(0.0) / (arrivals + load.service_scv()).max(1e-3);
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
                && ROUGHLY * weights[index] > TELLING
            {
                doubt(
                    "Interruptions at several servers lengthen waits as at one (Bondi & Buzen 1984)",
                    "whoever is interrupted goes on with what is left of a service that doesn't vary like an exponential",
                );
            }
            if arrivals > 0.02 && 0.5 * taken * weights[index] > TELLING {
                doubt(
                    "Regular streams that have been on their way are known by their variance",
                    "how much of their regularity is left for this queue is known roughly",
                );
            }
        }
    }

    /// The station whose departures differ most from Poisson by its own services (c² − 1 = ρ²(cs² − 1)/√m, Whitt 1983), and by how much.
    fn most_unlike_departures(&self, network: &Network) -> Option<(f64, usize)> {
        let of = |index: usize| {
            let (station, load) = (&network.stations[index], &self.loads[index]);
            let in_order = matches!(
                station.discipline,
                Discipline::FirstComeFirstServed
                    | Discipline::Priority
                    | Discipline::PreemptivePriority
            );
            let servers = self.server_counts[index].max(1.0);
            let busy = (load.work / servers).min(1.0);
            match in_order && load.rate > 0.0 && !matches!(self.queues[index].basis, Basis::Held) {
                true => busy * busy * (load.service_scv() - 1.0).abs() / libm::sqrt(servers),
                false => 0.0,
            }
        };
        (0..network.stations.len())
            .map(|index| (of(index), index))
            .max_by(|one, other| one.0.total_cmp(&other.0))
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
