//! What was seen of copies that may be out of date. It doesn't know how it was counted.

use super::super::Simulation;
use super::super::data::{CacheFindings, QuorumFindings, ReplicaFindings, StaleFindings};
use super::super::estimate::Estimate;

/// A run, with its columns as figures a second, and one by another.
pub(super) struct Measure<'a> {
    pub simulation: &'a Simulation,
    pub per_second: &'a dyn Fn(usize) -> Option<Estimate>,
    pub of: &'a dyn Fn(usize, usize) -> Option<Estimate>,
}

impl Measure<'_> {
    /// By replica of a primary.
    pub fn replicas(&self) -> Vec<ReplicaFindings> {
        let tally = &self.simulation.engine.tally;
        let columns = tally.columns();
        let mut replicas = Vec::new();
        for log in &self.simulation.network.logs {
            for (place, replica) in log.replicas.iter().enumerate() {
                let name = (log.primary, place as u32);
                let Some(seen) = self.simulation.registry.replicas.find(&name) else {
                    continue;
                };
                let (applied, lag) = columns.lags(seen as usize);
                let logs = &self.simulation.registry.logs;
                let copies = logs.find(&log.primary);
                let copies = copies.and_then(|own| self.simulation.engine.copies.get(own as usize));
                let behind = copies.and_then(|copies| copies.behind_since(place as u32));
                let missed = behind.map_or(0.0, |since| self.simulation.now() - since);
                replicas.push(ReplicaFindings {
                    component: replica.component,
                    primary: log.primary,
                    applied: (self.per_second)(applied),
                    lag: (self.of)(lag, applied),
                    longest_lag: tally.lags[seen as usize].longest.max(missed),
                    reads: self.reads(seen as usize),
                });
            }
        }
        replicas
    }

    /// By store whose quorums needn't meet.
    pub fn quorums(&self) -> Vec<QuorumFindings> {
        let quorums = self.simulation.network.quorums.iter();
        quorums
            .filter_map(|quorum| {
                let name = (quorum.component, 0);
                let seen = self.simulation.registry.replicas.find(&name)?;
                Some(QuorumFindings {
                    component: quorum.component,
                    reads: self.reads(seen as usize),
                })
            })
            .collect()
    }

    /// By cache that some writers don't tell.
    pub fn caches(&self) -> Vec<CacheFindings> {
        let caches = self.simulation.network.caches_untold().into_iter();
        caches
            .filter_map(|component| {
                let seen = self.simulation.registry.replicas.find(&(component, 0))?;
                Some(CacheFindings {
                    component,
                    reads: self.reads(seen as usize),
                })
            })
            .collect()
    }

    fn reads(&self, seen: usize) -> Vec<StaleFindings> {
        let tally = &self.simulation.engine.tally;
        let columns = tally.columns();
        let classes = self.simulation.network.classes.iter();
        classes
            .zip(&self.simulation.places.classes)
            .filter_map(|(spec, class)| {
                let class = *class as usize;
                let read = &tally.reads[seen * columns.classes + class];
                let (asked, stale, age) = columns.reads(seen, class);
                (read.asked > 0).then(|| StaleFindings {
                    class: spec.class,
                    rate: (self.per_second)(asked),
                    stale: (self.of)(stale, asked),
                    age: (self.of)(age, stale),
                    age_p99: read.ages.as_ref().and_then(|ages| ages.quantile(0.99)),
                    age_longest: read.ages.as_ref().map(|_| read.longest),
                })
            })
            .collect()
    }
}
