//! How much of the response times rests on each station's wait: what is known badly only matters where it counts.

use super::Solver;
use super::plan::Op;
use crate::network::{Arrivals, Discipline, Network, Pattern};

/// What goes on without anybody waiting for it.
struct Detached {
    /// By station and class: visits a second.
    visits: Vec<f64>,
    /// By class: rate times mean time of what is detached.
    times: Vec<f64>,
}

impl Solver {
    /// By station, the largest share that the wait there has in any class's mean response time, or in the mean time to completion of what it
    /// detaches: 0 to 1.
    pub(super) fn weights(&self, network: &Network) -> Vec<f64> {
        let classes = network.classes.len();
        let times: Vec<f64> = (0..classes as u32)
            .map(|class| {
                self.class_roots(class)
                    .map(|(rate, node)| rate * self.outcomes[node as usize].ended().first)
                    .sum()
            })
            .collect();
        let detached = self.detached(network);
        let share = |rate: f64, wait: f64, time: f64| match rate > 0.0 && time > 0.0 {
            true => (rate * wait / time).min(1.0),
            false => 0.0,
        };
        (0..network.stations.len())
            .map(|station| {
                let loads = &self.class_loads[station * classes..(station + 1) * classes];
                let of_class = |(class, load): (usize, &super::station::ClassLoad)| {
                    if load.rate <= 0.0 {
                        return 0.0;
                    }
                    let wait = self.class_extra(station, class, load.work / load.rate);
                    let (apart, time) = match &detached {
                        Some(detached) => (
                            detached.visits[station * classes + class].min(load.rate),
                            detached.times[class],
                        ),
                        None => (0.0, 0.0),
                    };
                    let waited_for = share(load.rate - apart, wait, times[class]);
                    waited_for.max(share(apart, wait, time))
                };
                loads.iter().enumerate().map(of_class).fold(0.0, f64::max)
            })
            .collect()
    }

    /// What nobody waits for; `None` where there is nothing of the kind.
    fn detached(&self, network: &Network) -> Option<Detached> {
        let nodes = &self.plan.nodes;
        if !nodes.iter().any(|node| matches!(node.op, Op::Detach)) {
            return None;
        }
        let classes = network.classes.len();
        let mut found = Detached {
            visits: vec![0.0; network.stations.len() * classes],
            times: vec![0.0; classes],
        };
        let mut apart = vec![false; nodes.len()];
        for (index, node) in nodes.iter().enumerate().rev() {
            let detaches = matches!(node.op, Op::Detach);
            for child in self.plan.children(node) {
                apart[child.node as usize] |= apart[index] || detaches;
                if detaches {
                    let class = self.plan.flows[node.flow as usize].class as usize;
                    let time = self.outcomes[child.node as usize].ended().first;
                    found.times[class] += self.rates.rate[index] * time;
                }
            }
        }
        for visit in self.plan.visits.iter().chain(&self.plan.holds) {
            if apart[visit.node as usize] {
                let place = visit.station as usize * classes + visit.class as usize;
                found.visits[place] += self.rates.rate[visit.node as usize];
            }
        }
        Some(found)
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
