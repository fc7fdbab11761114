//! Execution environments of a function: one for each request in progress, kept for a while when idle. It doesn't know what they execute.
//!
//! The one that was used last is used first, so that those a smaller load doesn't need die out (McGrath & Brenner 2017; the "newest idle"
//! routing of Mahmoudi & Khazaei 2020, "Performance Modeling of Serverless Computing Platforms").

use super::random::Stream;
use crate::network::{Expiry, Mark, Network, Step, StoreId};
use std::collections::VecDeque;

/// The idle environments of one function.
#[derive(Clone, Debug, Default)]
pub(super) struct Environments {
    /// How long each is kept, seconds.
    keep: f64,
    /// Since when each has been idle, seconds: the longest first.
    idle: VecDeque<f64>,
    /// Of which version all of them are: how often they have been replaced.
    version: u32,
}

impl Environments {
    /// None yet; idle ones will be kept for this long (seconds).
    pub fn new(keep: f64) -> Self {
        Environments {
            keep,
            idle: VecDeque::with_capacity(64),
            version: 0,
        }
    }

    /// Takes the one that was used last; whether there was one.
    pub fn take(&mut self, now: f64) -> bool {
        while self
            .idle
            .front()
            .is_some_and(|since| now - since >= self.keep)
        {
            self.idle.pop_front();
        }
        self.idle.pop_back().is_some()
    }

    /// Of which version those are that are taken now.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Idle ones are kept for as long as those of another from now on.
    pub fn go_on_as(&mut self, other: Environments) {
        self.keep = other.keep;
    }

    /// All of them are gone, and those in use are when their executions have ended.
    pub fn replace(&mut self) {
        self.idle.clear();
        self.version = self.version.wrapping_add(1);
    }

    /// One of this version isn't used any more.
    pub fn give_back(&mut self, version: u32, now: f64) {
        if version == self.version {
            self.idle.push_back(now);
        }
    }
}

/// The ordinal of the stream that says how long ago a function was used last; apart from those of its store's keys.
pub(super) const STREAM: u32 = 1 << 31;

/// The environments that a store stands for, if it does, when it is asked this often (a second): with a stream as many as there are in the
/// long run, else none.
pub(super) fn of(
    network: &Network,
    store: u32,
    rate: f64,
    now: f64,
    stream: Option<Stream>,
) -> Environments {
    let spec = &network.stores[store as usize];
    let Expiry::AfterLastUse(keep) = spec.expiry else {
        return Environments::default();
    };
    let told = Step::Mark(Mark::Idle(StoreId(store)));
    if !network.steps.contains(&told) {
        return Environments::default();
    }
    let mut environments = Environments::new(keep.0);
    let Some(mut stream) = stream.filter(|_| rate > 0.0) else {
        return environments;
    };
    let work: f64 = network
        .steps
        .iter()
        .map(|step| match step {
            Step::Delay { component, time } if *component == spec.component => time.mean(),
            _ => 0.0,
        })
        .sum();
    // Busy at once: a Poisson number on average; hardly ever more than four deviations above.
    let busy = rate * work;
    let most = libm::ceil(busy + 4.0 * libm::sqrt(busy)).clamp(1.0, 100_000.0);
    let last_used = now - stream.exponential() / rate;
    environments
        .idle
        .extend(std::iter::repeat_n(last_used, most as usize));
    environments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_used_is_taken_first_and_the_others_die_out() {
        let mut environments = Environments::new(10.0);
        assert!(!environments.take(0.0));
        assert!(!environments.take(0.0));
        environments.give_back(0, 1.0);
        environments.give_back(0, 2.0);
        // Every five seconds one is used for no time: the other is never needed.
        for now in [6.0, 10.9] {
            assert!(environments.take(now));
            environments.give_back(0, now);
        }
        assert!(environments.take(12.0));
        assert!(!environments.take(12.0), "the other has been idle since 1");
    }

    #[test]
    fn those_that_were_replaced_are_gone_and_come_back_no_more() {
        let mut environments = Environments::new(10.0);
        environments.give_back(0, 1.0);
        assert!(environments.take(1.0));
        environments.give_back(0, 1.5);
        environments.replace();
        assert!(!environments.take(2.0));
        environments.give_back(0, 3.0);
        assert!(!environments.take(3.0), "it was of the old version");
        environments.give_back(environments.version(), 4.0);
        assert!(environments.take(5.0));
    }
}
