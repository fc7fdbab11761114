//! Balancers that send requests to several parts in turn: how much more evenly they come to each, and to what is behind it, than by lot. It knows
//! rates, no waits.
//!
//! Of N requests that come in some long time, targets that take turns get p N each, where targets drawn by lot get p N and what chance adds,
//! p (1 − p) N in variance: every n-th request of a stream at random comes after a sum of n gaps, whose squared coefficient of variation is
//! 1/n = p (Cox 1962, "Renewal Theory", section 1.5). So the dispersion of a target's arrivals is less by 1 − p, whatever it is of all (for a
//! stream in bursts as for one at random), and where the ways of several targets meet again they make up for each other.

use super::Solver;
use super::burst::{Bursts, Stream};
use super::plan::Op;
use crate::network::{Balancing, Network, Picks, Target};

/// What arrives at a pool from one of a balancer's targets.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtPool {
    pub pool: u32,
    /// Which balancer, by its place among those that take turns.
    group: usize,
    /// Requests a second that the balancer shares out.
    of_all: f64,
    /// The target's share of them.
    share: f64,
    stream: Stream,
}

/// Whether two balancings are one balancer's, whose turns go on from one step to another.
fn are_one(one: &Balancing, other: &Balancing) -> bool {
    let components = |target: &Target| target.component;
    let of_one = one.targets.iter().map(components);
    one.door == other.door && of_one.eq(other.targets.iter().map(components))
}

/// By how much what arrives from these shares of a balancer's requests varies less than if they were drawn by lot, as a rate: of all its requests, with the
/// share that each target gets, and which part of that arrives here and is still seen. Whoever gets everything has nothing to gain from turns.
fn evened(of_all: f64, targets: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, own) = targets.fold((0.0, 0.0), |(sum, own), (share, seen)| {
        (sum + share * seen, own + share * seen * seen)
    });
    of_all * (own - sum * sum).max(0.0)
}

/// Which part of what a target gets arrives in this stream and still comes as it was sent; as the root of what is left of its variability.
fn seen(of_target: f64, stream: &Stream, sharp: f64) -> f64 {
    if of_target <= 0.0 || stream.rate <= 0.0 {
        return 0.0;
    }
    let part = stream.rate / of_target;
    libm::sqrt(part * part.min(1.0) * (stream.kept / stream.rate) * sharp)
}

/// The steps at which somebody takes turns, balancer by balancer.
pub(super) fn in_turn(network: &Network) -> Vec<Vec<&Balancing>> {
    let mut groups: Vec<Vec<&Balancing>> = Vec::new();
    for own in &network.balancings {
        if own.picks != Picks::InTurn {
            continue;
        }
        match groups.iter_mut().find(|group| are_one(group[0], own)) {
            Some(group) => group.push(own),
            None => groups.push(vec![own]),
        }
    }
    groups
}

impl Solver {
    /// Takes off the stations' loads by how much turns make their arrivals more even, and notes what they do at pools.
    pub(super) fn take_turns(
        &mut self,
        network: &Network,
        in_turn: &[Vec<&Balancing>],
        bursts: &mut Bursts,
    ) {
        for (place, group) in in_turn.iter().enumerate() {
            let nodes: Vec<usize> = (0..self.plan.nodes.len())
                .filter(|index| {
                    let node = &self.plan.nodes[*index];
                    node.op == Op::Branch && group.iter().any(|own| own.step.0 == node.step)
                })
                .collect();
            let of_all: f64 = nodes.iter().map(|index| self.rates.rate[*index]).sum();
            if of_all <= 0.0 {
                continue;
            }
            // By station, what arrives there of each target.
            let mut arriving: Vec<Vec<(f64, f64)>> = vec![Vec::new(); network.stations.len()];
            for target in 0..group[0].targets.len() {
                let ways = nodes.iter().filter_map(|index| {
                    let node = &self.plan.nodes[*index];
                    let way = self.plan.children(node).get(target)?;
                    Some((way.node, self.rates.rate[*index] * way.weight))
                });
                let of_target: f64 = ways.clone().map(|(_, rate)| rate).sum();
                self.follow_from(network, bursts, ways);
                let share = of_target / of_all;
                for (station, stream) in bursts.arriving.iter().enumerate() {
                    if stream.rate <= 0.0 {
                        continue;
                    }
                    if self.pools.holds_of(station as u32).is_empty() {
                        let sharp = 1.0 - self.blurred(network, station, stream).0;
                        arriving[station].push((share, seen(of_target, stream, sharp)));
                    } else {
                        bursts.turns.push(AtPool {
                            pool: station as u32,
                            group: place,
                            of_all,
                            share,
                            stream: *stream,
                        });
                    }
                }
            }
            for (load, targets) in self.loads.iter_mut().zip(arriving) {
                load.burstiness -= evened(of_all, targets.into_iter());
            }
        }
    }

    /// By how much the requests for this pool's tokens vary less over the time that one is held, as a rate.
    pub(super) fn evened_at_pool(&self, pool: u32, held: f64) -> f64 {
        let mut groups: Vec<Vec<&AtPool>> = Vec::new();
        for own in self.bursts.turns.iter().filter(|own| own.pool == pool) {
            match groups.iter_mut().find(|turns| turns[0].group == own.group) {
                Some(turns) => turns.push(own),
                None => groups.push(vec![own]),
            }
        }
        let seen_of = |own: &AtPool| {
            let sharp = held / (held + own.stream.blur()).max(1e-300);
            (own.share, seen(own.of_all * own.share, &own.stream, sharp))
        };
        let evened = groups
            .iter()
            .map(|turns| evened(turns[0].of_all, turns.iter().map(|own| seen_of(own))));
        evened.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::evened;

    #[test]
    fn a_target_s_arrivals_vary_less_by_what_others_get() {
        // A quarter of 8 a second comes with a dispersion of 1/4: 2 a second vary by 1.5 less.
        assert_eq!(evened(8.0, [(0.25, 1.0)].into_iter()), 1.5);
        // Who gets everything gets what came.
        assert_eq!(evened(8.0, [(1.0, 1.0)].into_iter()), 0.0);
    }

    #[test]
    fn where_all_ways_meet_again_nothing_has_changed() {
        let all = [(0.25, 1.0), (0.75, 1.0)];
        assert_eq!(evened(8.0, all.into_iter()), 0.0);
        // Half of each, drawn by lot: half as many, and each of them is seen.
        let halves = [(0.25, 0.5), (0.75, 0.5)];
        assert_eq!(evened(8.0, halves.into_iter()), 0.0);
    }
}
