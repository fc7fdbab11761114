//! What a run has shown of copies and of messages. It doesn't know how it was counted.

use super::Findings;
use super::estimate::Estimate;
use crate::scenario::{ClassId, ComponentId};
use serde::Serialize;

/// One class's messages in a queue or topic that hands them out again when they weren't worked off in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MessageFindings {
    /// Where.
    pub component: ComponentId,
    /// Whose.
    pub class: ClassId,
    /// Times a second that a message is handed out.
    pub deliveries: Option<Estimate>,
    /// Of these, those of messages that had been handed out before.
    pub redeliveries: Option<Estimate>,
    /// Times a second that work ended well when the message had become visible again: it is done once more.
    pub duplicates: Option<Estimate>,
    /// Messages a second that are given up after the last time.
    pub dead_letters: Option<Estimate>,
}

/// One replica of one primary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicaFindings {
    /// Which.
    pub component: ComponentId,
    /// Whose writes it applies.
    pub primary: ComponentId,
    /// Writes that its instances apply, a second, all together.
    pub applied: Option<Estimate>,
    /// Mean time from a write's commit until an instance has applied it, seconds.
    pub lag: Option<Estimate>,
    /// The longest of these times in the whole run, seconds, and of those that a write has been waiting for at its end; 0 without any.
    pub longest_lag: f64,
    /// Its reads, by class that reads there.
    pub reads: Vec<StaleFindings>,
}

/// One key-value store whose quorums needn't meet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuorumFindings {
    /// Which.
    pub component: ComponentId,
    /// Its reads, by class.
    pub reads: Vec<StaleFindings>,
}

/// One cache that some writers don't tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CacheFindings {
    /// Which.
    pub component: ComponentId,
    /// Its reads, by class: all look-ups, of which those that miss find nothing that is out of date here.
    pub reads: Vec<StaleFindings>,
}

/// One class's reads at a replica, of a store with quorums, or through a cache.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StaleFindings {
    /// Who reads.
    pub class: ClassId,
    /// Reads a second.
    pub rate: Option<Estimate>,
    /// Share of them that find a key of which a write counts that isn't shown, 0 to 1.
    pub stale: Option<Estimate>,
    /// Mean time for which what these find has been out of date, seconds.
    pub age: Option<Estimate>,
    /// The time that 99 % of them stay below, and the longest, over the whole run, seconds; `None` when none was stale.
    pub age_p99: Option<f64>,
    /// See [`StaleFindings::age_p99`].
    pub age_longest: Option<f64>,
}

impl Findings {
    /// Reads that may find what is out of date, by where they are made and by class.
    pub fn reads_of_copies(&self) -> impl Iterator<Item = (ComponentId, &StaleFindings)> {
        let replicas = self.replicas.iter().map(|own| (own.component, &own.reads));
        let quorums = self.quorums.iter().map(|own| (own.component, &own.reads));
        let caches = self.caches.iter().map(|own| (own.component, &own.reads));
        let all = replicas.chain(quorums).chain(caches);
        all.flat_map(|(component, reads)| reads.iter().map(move |read| (component, read)))
    }

    /// The share of a part's reads that found what is out of date, all classes together, 0 to 1: as sure as if what each class found were
    /// independent, and without an interval where one of them has none. `None` where nothing can be out of date.
    pub fn stale_reads(&self, component: ComponentId) -> Option<Estimate> {
        let reads = self.reads_of_copies().filter(|own| own.0 == component);
        let own: Vec<(f64, Estimate)> = reads
            .filter_map(|(_, read)| Some((read.rate?.value, read.stale?)))
            .collect();
        together(&own)
    }
}

/// The share of all of several shares that are each of so many a second.
fn together(own: &[(f64, Estimate)]) -> Option<Estimate> {
    let all = own.iter().fold(0.0, |all, (rate, _)| all + rate);
    if all <= 0.0 {
        return None;
    }
    let sum = (own.iter()).fold(0.0, |sum, (rate, share)| sum + rate * share.value);
    let squares = own.iter().map(|(rate, share)| {
        let width = rate / all * share.half_width?;
        Some(width * width)
    });
    let squares = squares.reduce(|one, other| Some(one? + other?));
    Some(Estimate {
        value: sum / all,
        half_width: squares.flatten().map(libm::sqrt),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_count_by_how_many_they_are_of_and_so_does_how_sure_they_are() {
        let share = |value, half_width| Estimate { value, half_width };
        let found = together(&[(3.0, share(0.2, Some(0.02))), (1.0, share(0.4, Some(0.04)))]);
        let found = found.expect("somebody reads");
        assert!((found.value - 0.25).abs() < 1e-12);
        // √(0.015² + 0.01²)
        assert!((found.half_width.expect("both have one") - 0.018_027_756).abs() < 1e-8);
        let vague = together(&[(3.0, share(0.2, Some(0.02))), (1.0, share(0.4, None))]);
        assert_eq!(vague.and_then(|own| own.half_width), None);
        assert_eq!(together(&[(0.0, share(0.2, Some(0.02)))]), None);
        assert_eq!(together(&[]), None);
    }
}
