//! How much of the response times rests on each station's wait: what is known badly only matters where it counts.

use super::Solver;
use crate::network::{Arrivals, Discipline, Network, Pattern};

impl Solver {
    /// By station, the largest share that the wait there has in any class's mean response time (or the work that it detaches), 0 to 1.
    pub(super) fn weights(&self, network: &Network) -> Vec<f64> {
        let classes = network.classes.len();
        let times: Vec<f64> = (0..classes as u32)
            .map(|class| {
                self.class_roots(class)
                    .map(|(rate, node)| rate * self.outcomes[node as usize].ended().first)
                    .sum()
            })
            .collect();
        (0..network.stations.len())
            .map(|station| {
                let loads = &self.class_loads[station * classes..(station + 1) * classes];
                let of_classes = loads.iter().zip(&times).enumerate();
                of_classes
                    .filter(|(_, (load, time))| load.rate > 0.0 && **time > 0.0)
                    .map(|(class, (load, time))| {
                        let wait = self.class_extra(station, class, load.work / load.rate);
                        (load.rate * wait / time).min(1.0)
                    })
                    .fold(0.0, f64::max)
            })
            .collect()
    }

    /// Whether classes of different priorities come to the station, which lets some of them go ahead.
    pub(super) fn has_priorities(&self, network: &Network, station: usize) -> bool {
        if !matches!(
            network.stations[station].discipline,
            Discipline::Priority | Discipline::PreemptivePriority
        ) {
            return false;
        }
        let classes = network.classes.len();
        let loads = &self.class_loads[station * classes..(station + 1) * classes];
        let mut priorities = loads
            .iter()
            .zip(&network.classes)
            .filter(|(load, _)| load.rate > 0.0)
            .map(|(_, class)| class.priority);
        let first = priorities.next();
        priorities.any(|other| Some(other) != first)
    }

    /// Whether a station serves one request after the other in the order in which they came: priorities that all visitors share change nothing.
    pub(super) fn serves_in_order(&self, network: &Network, station: usize) -> bool {
        match network.stations[station].discipline {
            Discipline::FirstComeFirstServed => true,
            Discipline::Priority | Discipline::PreemptivePriority => {
                !self.has_priorities(network, station)
            }
            _ => false,
        }
    }

    /// Whether any open population sends otherwise than at random.
    pub(super) fn has_bursts(&self, network: &Network) -> bool {
        let sources = network.sources.iter().zip(&self.sources);
        sources.filter(|(_, rate)| **rate > 0.0).any(|(source, _)| {
            is_bursty(&source.arrivals)
                || matches!(&source.arrivals, Arrivals::Open { pattern: Pattern::Renewal { scv }, .. } if *scv < 0.7)
        })
    }

    /// Users of all closed populations; infinitely many where there are none, or open traffic beside them.
    pub(super) fn closed_users(&self, network: &Network) -> f64 {
        let mut users = 0.0;
        for index in 0..network.sources.len() as u32 {
            match self.users(network, index) {
                Some(own) => users += f64::from(own),
                None => return f64::INFINITY,
            }
        }
        if users > 0.0 { users } else { f64::INFINITY }
    }
}

/// Whether clients send in batches, or much more irregularly than at random.
pub(super) fn is_bursty(arrivals: &Arrivals) -> bool {
    let Arrivals::Open { pattern, batch, .. } = arrivals else {
        return false;
    };
    *batch > 1.0
        || match pattern {
            Pattern::Renewal { scv } => *scv > 1.3,
            Pattern::Bursts(_) => true,
            Pattern::Replayed(_) => false,
        }
}
