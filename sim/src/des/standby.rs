//! Targets that stand by: of several the first that is there is named to clients, who go on for a while with what they were told. It doesn't know
//! who is there.

use super::engine::{Engine, Next};
use super::random::{Purpose, Stream};
use crate::network::{Network, Picks};
use std::ops::Range;

/// What some clients are told.
#[derive(Clone, Debug)]
pub(super) struct Standby {
    /// Whose clients, and their first target, as numbers.
    door: u32,
    first: u32,
    /// For how long they go on with it, seconds.
    kept: f64,
    /// Since when which target has been named, seconds; the latest last.
    named: Vec<(f64, u32)>,
    /// Draws how old what a request goes by is.
    stream: Stream,
}

impl Standby {
    /// The target of a request that is sent now, when this one is named from now on.
    fn target(&mut self, named: u32, now: f64) -> u32 {
        if self.named.last().is_none_or(|(_, last)| *last != named) {
            self.named.push((now, named));
        }
        let oldest = now - self.kept;
        while self.named.len() > 1 && self.named[1].0 <= oldest {
            self.named.remove(0);
        }
        let [(_, only)] = self.named[..] else {
            let asked = now - self.kept * self.stream.uniform();
            let told = self.named.iter().rfind(|(since, _)| *since <= asked);
            return told.map_or(self.named[0].1, |(_, told)| *told);
        };
        only
    }
}

impl Engine {
    /// Clients pick one of these ways when others stand by; `None` where there is no such choice.
    pub(super) fn choose_named(&mut self, id: u32, ways: Range<u32>, door: u32) -> Option<Next> {
        let now = self.now;
        let ways = &self.program.ways[ways.start as usize..ways.end as usize];
        let first = ways[0].target;
        let mut standbys = self.standbys.iter_mut();
        let standby = standbys.find(|known| known.door == door && known.first == first)?;
        let there = ways.iter().find(|way| self.watchers.takes(way.target, now));
        let target = standby.target(there.map_or(first, |way| way.target), now);
        let way = ways.iter().find(|way| way.target == target);
        self.jobs[id].at = way.unwrap_or(&ways[0]).to;
        Some(Next::Operation)
    }

    /// Who stands by is as the network says; what was named before stays known.
    pub(super) fn change_standbys(&mut self, network: &Network, seed: u64) {
        let mut before = std::mem::take(&mut self.standbys);
        for balancing in &network.balancings {
            let (Picks::FirstThere { kept }, Some(first)) =
                (&balancing.picks, balancing.targets.first())
            else {
                continue;
            };
            let (door, first) = (balancing.door.0, first.component.0);
            let is_it = |known: &Standby| known.door == door && known.first == first;
            if self.standbys.iter().any(is_it) {
                continue;
            }
            let known = before.iter().position(is_it);
            self.standbys.push(match known {
                Some(known) => Standby {
                    kept: kept.0,
                    ..before.swap_remove(known)
                },
                None => Standby {
                    door,
                    first,
                    kept: kept.0,
                    named: vec![(f64::NEG_INFINITY, first)],
                    stream: Stream::named(seed, door, Purpose::Watch, first),
                },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_learn_of_another_target_evenly_within_the_time_that_they_keep_the_old_one() {
        let mut standby = Standby {
            door: 1,
            first: 2,
            kept: 10.0,
            named: vec![(f64::NEG_INFINITY, 2)],
            stream: Stream::named(1, 1, Purpose::Watch, 2),
        };
        assert_eq!(standby.target(2, 99.0), 2);
        assert_eq!(standby.target(3, 100.0), 2);
        for (after, share) in [(2.5, 0.25), (7.5, 0.75), (10.0, 1.0), (20.0, 1.0)] {
            let told = (0..20_000).filter(|_| standby.target(3, 100.0 + after) == 3);
            let told = told.count() as f64 / 20_000.0;
            assert!((told - share).abs() < 0.015, "{told} {share}");
        }
        assert_eq!(standby.named.len(), 1);
    }
}
