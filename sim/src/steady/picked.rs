//! Balancers that don't pick among several parts by lot, where the solver sends each part its share as if they did. It judges, and changes nothing.

use super::Solver;
use super::assumption::push;
use super::doubts::{TELLING, TELLING_FAR_OUT, far_out};
use super::plan::Driver;
use crate::network::{Network, Picks, Step, StepId};
use crate::quantities::share;
use crate::report::{Assumption, Standing};
use std::collections::BTreeSet;

impl Solver {
    /// Balancers that pick by what is in progress, or in turn, among parts that don't count as one.
    pub(super) fn of_picking(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        for balancing in &network.balancings {
            let looks = match balancing.picks {
                Picks::InTurn => false,
                Picks::Fewest | Picks::FewerOfTwo => true,
                Picks::ByLot | Picks::ByKey(_) | Picks::FirstThere { .. } => continue,
            };
            if looks {
                push(
                    found,
                    "Who looks at what is in progress sends each part as much as it can do",
                    Some(balancing.door),
                    Standing::Doubtful,
                    "at little load each of its targets gets the same for each of its instances, and the slower ones less the more there is to do".to_owned(),
                );
                continue;
            }
            let Step::Branch(ways) = network.step(balancing.step) else {
                continue;
            };
            let shares = ways.iter().map(|(share, _)| *share);
            let least = shares.filter(|share| *share > 0.0).fold(1.0, f64::min);
            // Who goes one way waits at all that is behind it.
            let (mut mean, mut far) = (0.0_f64, 0.0_f64);
            for (_, way) in ways {
                let mut waits = 0.0;
                for index in stations_behind(network, *way) {
                    let load = &self.loads[index];
                    let together = (load.company / load.rate.max(1e-300)).min(1.0);
                    let unknown = self.of_users(index).max(together);
                    let relief = unknown * relief(least, load.service_scv());
                    waits += weights[index] * relief;
                    far = far.max(far_out(weights[index]) * relief);
                }
                mean = mean.max(waits);
            }
            if mean > TELLING || far > TELLING_FAR_OUT {
                push(
                    found,
                    "What users ask for in turn, or in batches, each of several parts gets by lot",
                    Some(balancing.door),
                    Standing::Doubtful,
                    format!(
                        "its targets, which aren't alike, take turns, so that requests come to each and to what is behind it more evenly: {} of a mean time may be waits that aren't there",
                        share(mean.min(1.0))
                    ),
                );
            }
        }
    }

    /// Which part of a station's requests is finitely many users', whose queues are solved as if targets were drawn by lot.
    fn of_users(&self, station: usize) -> f64 {
        let visits = self.plan.visits.iter();
        let (mut all, mut users) = (0.0, 0.0);
        for visit in visits.filter(|visit| visit.station as usize == station) {
            let rate = self.rates.rate[visit.node as usize];
            let flow = self.plan.nodes[visit.node as usize].flow;
            all += rate;
            if self.plan.flows[flow as usize].driver != Driver::Open {
                users += rate;
            }
        }
        users / f64::max(all, 1e-300)
    }
}

/// The part of a wait behind arrivals at random that isn't waited where such a share of them is taken in turn: their squared coefficient of variation
/// is the share (every n-th of a Poisson stream: E_n), and the wait goes with the sum of that and of the services' (Kingman 1961).
fn relief(share: f64, services: f64) -> f64 {
    (1.0 - share) / (1.0 + services)
}

/// The stations that are come to from this step on.
fn stations_behind(network: &Network, step: StepId) -> impl Iterator<Item = usize> {
    let (mut open, mut stations) = (BTreeSet::from([step]), BTreeSet::new());
    // Children come before their parents.
    while let Some(id) = open.pop_last() {
        let step = network.step(id);
        if let Step::Serve { station, .. } | Step::Hold { pool: station, .. } = step {
            stations.insert(station.0 as usize);
        }
        step.for_each_child(|child| {
            open.insert(child);
        });
    }
    stations.into_iter()
}

#[cfg(test)]
mod tests {
    use super::relief;

    #[test]
    fn constant_services_every_other_request_wait_for_less_than_half_as_long() {
        assert_eq!(relief(0.5, 0.0), 0.5);
        assert_eq!(relief(0.5, 1.0), 0.25);
        assert_eq!(relief(1.0, 1.0), 0.0);
    }
}
