//! Requests that come to one queue several times: one visit after the other, messages sent in a row, attempts that follow each other. What they find
//! goes together as long as the queue remembers. It judges, and changes nothing.

use super::Solver;
use super::arrivals::together;
use super::assumption::doubt_wait;
use super::plan::Op;
use super::station::Basis;
use crate::network::{Discipline, Network};
use crate::report::Assumption;

/// What the assumption may change of a response time without showing.
const TELLING: f64 = 0.05;

/// What the way to a node does to those who get there.
#[derive(Clone, Copy, Default)]
struct Way {
    /// How often each comes, for every time that somebody does.
    times: f64,
    /// Whether the caller goes on meanwhile.
    detached: bool,
}

/// A step at the station.
#[derive(Clone, Copy)]
struct Visit {
    rate: f64,
    mean: f64,
    second: f64,
    way: Way,
}

impl Solver {
    /// Stations whose visitors come again before the queue has forgotten them.
    pub(super) fn of_returns(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        let mut ways: Option<Vec<Way>> = None;
        for (index, station) in network.stations.iter().enumerate() {
            let queue = &self.queues[index];
            let weight = weights[index];
            if weight < 0.1 * TELLING || queue.unbounded || matches!(queue.basis, Basis::Held) {
                continue;
            }
            let ways = ways.get_or_insert_with(|| self.ways_down());
            let changes = self.returns_change(network, index, ways);
            if weight * changes > TELLING {
                doubt_wait(
                    found,
                    station.component,
                    weight,
                    "A request that comes to a station again finds it as if it were another",
                    &format!(
                        "it comes back before the queue has forgotten it, which would change the wait by up to {}",
                        crate::quantities::share(changes)
                    ),
                );
            }
        }
    }

    /// How long the fullest queue of a station remembers: where the supremum of robust queueing is assumed (Whitt & You 2018), seconds.
    pub(super) fn remembers(&self, network: &Network, station: usize) -> f64 {
        let load = &self.loads[station];
        let (servers, free) = self.fullest(network, station);
        0.5 * load.mean_service() * (1.0 + load.service_scv()) / servers / (free * free)
    }

    fn ways_down(&self) -> Vec<Way> {
        let mut ways = vec![Way::default(); self.plan.nodes.len()];
        for root in &self.plan.roots {
            ways[root.node as usize].times = 1.0;
        }
        for (index, node) in self.plan.nodes.iter().enumerate().rev() {
            let way = ways[index];
            let below = match node.op {
                Op::Repeat { count } => Way {
                    times: way.times * count.max(1.0),
                    ..way
                },
                Op::Detach => Way {
                    detached: true,
                    ..way
                },
                _ => way,
            };
            for child in self.plan.children(node) {
                let child = &mut ways[child.node as usize];
                child.times = child.times.max(below.times);
                child.detached |= below.detached;
            }
        }
        ways
    }

    /// By how much of itself the wait would change if all visits of a request came while the queue remembers it.
    ///
    /// Visits of which each waits for the one before: the work that a request brings in all is as one service's in M/G/1 with immediate feedback, where
    /// by conservation of work ρV = W Σ λᵢ (sᵢ + what is still to come), V = λE[B²]/2(1 − ρ) (Takács 1963, Kleinrock 1976). For exponential services of
    /// one mean that is the wait without feedback. Messages that nobody waits for come as a batch (Burke 1975).
    fn returns_change(&self, network: &Network, station: usize, ways: &[Way]) -> f64 {
        let (load, mut changes) = (&self.loads[station], 0.0_f64);
        let sharing = network.stations[station].discipline == Discipline::ProcessorSharing;
        let (mut square, mut work, mut to_come, mut company) = (0.0, 0.0, 0.0, 0.0);
        for flow in &self.plan.flows {
            let visits: Vec<Visit> = self
                .plan
                .visits
                .iter()
                .filter(|visit| visit.station as usize == station)
                .filter(|visit| (flow.start..flow.end).contains(&visit.node))
                .map(|visit| {
                    let law = &self.plan.laws[visit.law as usize];
                    Visit {
                        rate: self.rates.rate[visit.node as usize],
                        mean: law.mean,
                        second: law.second,
                        way: ways[visit.node as usize],
                    }
                })
                .filter(|visit| visit.rate > 0.0)
                .collect();
            for (place, one) in visits.iter().enumerate() {
                square += one.rate * one.second;
                work += one.rate * one.mean;
                if one.way.detached {
                    company += one.rate * (one.way.times - 1.0).max(0.0);
                }
                for later in &visits[place + 1..] {
                    let both = one.rate.min(later.rate);
                    if one.way.detached && later.way.detached {
                        company += 2.0 * both;
                    } else if !one.way.detached && !later.way.detached {
                        square += 2.0 * both * one.mean * later.mean;
                        to_come += both * later.mean;
                    }
                }
            }
        }
        if to_come > 0.0 && !sharing {
            let ratio = square / load.second.max(1e-300) * work / (work + to_come);
            changes = (ratio - 1.0).abs();
        }
        if company > 0.0 {
            let (servers, free) = self.fullest(network, station);
            let others = company / load.rate;
            let (longer, _) = together(load, servers as u32, others, 1.0 - free);
            let wait = self.mean_extra(station, load.mean_service());
            changes = changes.max(longer * load.mean_service() / wait.max(1e-300));
        }
        changes
    }
}
