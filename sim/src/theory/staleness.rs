//! How stale a read from partial quorums is: probabilistically bounded staleness (Bailis et al. 2012) by versions and by time.

use super::special::positive;
use crate::distribution::Distribution;

/// The probability that a read quorum of R out of N replicas misses the newest version, acknowledged by a write quorum of W, while
/// nothing else spreads it: C(N − W, R) / C(N, R) (Bailis et al. 2012, equation 1). `None` unless 1 ≤ R, W ≤ N.
pub fn miss_probability(replicas: u32, read_quorum: u32, write_quorum: u32) -> Option<f64> {
    let sizes = 1..=replicas;
    if !sizes.contains(&read_quorum) || !sizes.contains(&write_quorum) {
        return None;
    }
    let n = f64::from(replicas);
    let others = n - f64::from(write_quorum);
    Some(
        (0..read_quorum)
            .map(f64::from)
            .map(|i| ((others - i).max(0.0)) / (n - i))
            .product(),
    )
}

/// The probability that a read returns one of the `versions` newest versions: 1 − miss^versions (Bailis et al. 2012, equation 2,
/// for writes that don't overlap).
pub fn within_versions(
    replicas: u32,
    read_quorum: u32,
    write_quorum: u32,
    versions: u32,
) -> Option<f64> {
    let miss = miss_probability(replicas, read_quorum, write_quorum)?;
    Some(1.0 - libm::pow(miss, f64::from(versions)))
}

/// A delay that follows one of several laws, with weights that need not sum to one.
#[derive(Clone, Debug, PartialEq)]
pub struct DelayMixture {
    parts: Vec<(f64, Distribution)>,
}

impl DelayMixture {
    /// The mixture of these laws with these weights (≥ 0, not all zero). `None` for bad weights or laws.
    pub fn new(parts: Vec<(f64, Distribution)>) -> Option<Self> {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let fine = parts
            .iter()
            .all(|(weight, law)| *weight >= 0.0 && law.check().is_ok());
        if !fine || !positive(total) {
            return None;
        }
        Some(Self {
            parts: parts
                .into_iter()
                .map(|(weight, law)| (weight / total, law))
                .collect(),
        })
    }

    fn sample(&self, random: &mut SplitMix) -> f64 {
        let mut choice = if self.parts.len() > 1 {
            random.unit()
        } else {
            0.0
        };
        let mut chosen = self.parts.last();
        for part in &self.parts {
            if choice < part.0 {
                chosen = Some(part);
                break;
            }
            choice -= part.0;
        }
        chosen
            .and_then(|(_, law)| law.quantile(random.unit()))
            .unwrap_or(0.0)
    }
}

/// The four one-way delays between a coordinator and each replica, all independent.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaDelays {
    /// The write reaches the replica.
    pub write: DelayMixture,
    /// Its acknowledgement comes back.
    pub acknowledge: DelayMixture,
    /// A read request reaches the replica.
    pub read: DelayMixture,
    /// Its response comes back.
    pub respond: DelayMixture,
}

/// How long after a write's commit reads see it, from a seeded simulation of the "WARS" model.
#[derive(Clone, Debug, PartialEq)]
pub struct Staleness {
    /// For each trial the time after the commit from which a read sees the write, sorted; negative where always.
    needed: Vec<f64>,
}

impl Staleness {
    /// Simulates `trials` (1 to 10⁸) writes, each followed by a read, with N replicas of which R answer a read and W acknowledge a
    /// write. The write commits at the W-th acknowledgement; a read started t later is fresh when one of its first R responders
    /// had the write by the time the read request came. The same seed gives the same answer. `None` unless 1 ≤ R, W ≤ N ≤ 64.
    ///
    /// The standard error of a probability p is √(p(1 − p)/trials).
    pub fn simulate(
        replicas: u32,
        read_quorum: u32,
        write_quorum: u32,
        delays: &ReplicaDelays,
        trials: u32,
        seed: u64,
    ) -> Option<Self> {
        let sizes = 1..=replicas;
        if replicas > 64 || !sizes.contains(&read_quorum) || !sizes.contains(&write_quorum) {
            return None;
        }
        if !(1..=100_000_000).contains(&trials) {
            return None;
        }
        let (n, r, w) = (
            replicas as usize,
            read_quorum as usize,
            write_quorum as usize,
        );
        let mut random = SplitMix { state: seed };
        let mut acknowledged = vec![0.0; n];
        // Per replica: round trip of the read, and when the write came less how long the read takes to arrive.
        let mut readers = vec![(0.0, 0.0); n];
        let mut needed: Vec<f64> = (0..trials)
            .map(|_| {
                for (acknowledged, reader) in acknowledged.iter_mut().zip(&mut readers) {
                    let written = delays.write.sample(&mut random);
                    *acknowledged = written + delays.acknowledge.sample(&mut random);
                    let asked = delays.read.sample(&mut random);
                    *reader = (asked + delays.respond.sample(&mut random), written - asked);
                }
                acknowledged.sort_unstable_by(f64::total_cmp);
                readers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                let freshest = readers[..r]
                    .iter()
                    .fold(f64::INFINITY, |least, reader| least.min(reader.1));
                freshest - acknowledged[w - 1]
            })
            .collect();
        needed.sort_unstable_by(f64::total_cmp);
        Some(Self { needed })
    }

    /// The probability that a read started `elapsed` seconds after the commit sees the write.
    pub fn fresh_probability(&self, elapsed: f64) -> f64 {
        self.needed.partition_point(|needed| *needed <= elapsed) as f64 / self.needed.len() as f64
    }

    /// The time after the commit, seconds, from which reads see the write with this probability; `None` unless it lies in [0, 1)
    /// and at least ten trials lie beyond it.
    pub fn visibility_time(&self, probability: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&probability) {
            return None;
        }
        let rank = libm::ceil(probability * self.needed.len() as f64) as usize;
        if rank + 10 > self.needed.len() {
            return None;
        }
        self.needed
            .get(rank.saturating_sub(1))
            .map(|needed| needed.max(0.0))
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct SplitMix {
    state: u64,
}

impl SplitMix {
    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(mean: f64) -> DelayMixture {
        DelayMixture::new(vec![(1.0, Distribution::exponential(mean).unwrap())]).unwrap()
    }

    #[test]
    fn versions_follow_the_binomial_coefficients() {
        assert!((within_versions(3, 1, 1, 1).unwrap() - 1.0 / 3.0).abs() < 1e-15);
        assert!((within_versions(3, 1, 1, 5).unwrap() - 0.868_312_757_201_646_1).abs() < 1e-14);
        // Overlapping quorums never miss.
        assert_eq!(within_versions(3, 2, 2, 1), Some(1.0));
        // C(3, 2)/C(5, 2) = 3/10.
        assert!((miss_probability(5, 2, 2).unwrap() - 0.3).abs() < 1e-15);
        assert_eq!(miss_probability(3, 0, 1), None);
        assert_eq!(miss_probability(3, 1, 4), None);
    }

    #[test]
    fn one_of_two_replicas_matches_the_integral() {
        // N = 2, R = W = 1, write and acknowledgement exponential with mean 1, reads at once. The asked replica i is stale at t
        // when W_i > min_j(W_j + A_j) + t, which only the other replica can bring about: with D = W₂ + A₂ Erlang-2,
        // P(W₁ > D + t) = e^{−t} E[e^{−D}] = e^{−t}/4.
        let at_once =
            DelayMixture::new(vec![(1.0, Distribution::deterministic(0.0).unwrap())]).unwrap();
        let delays = ReplicaDelays {
            write: exponential(1.0),
            acknowledge: exponential(1.0),
            read: at_once.clone(),
            respond: at_once,
        };
        let got = Staleness::simulate(2, 1, 1, &delays, 400_000, 1).unwrap();
        for t in [0.0, 0.5, 2.0] {
            let exact = 1.0 - 0.25 * libm::exp(-t);
            assert!((got.fresh_probability(t) - exact).abs() < 4.0 * (0.19_f64 / 400_000.0).sqrt());
        }
        assert!((got.visibility_time(0.99).unwrap() - libm::log(25.0)).abs() < 0.08);
        assert_eq!(got.visibility_time(0.999_999), None);
    }

    #[test]
    fn overlapping_quorums_are_always_fresh() {
        let delays = ReplicaDelays {
            write: exponential(1.0),
            acknowledge: exponential(0.1),
            read: exponential(0.1),
            respond: exponential(0.1),
        };
        let got = Staleness::simulate(3, 2, 2, &delays, 10_000, 3).unwrap();
        assert_eq!(got.fresh_probability(0.0), 1.0);
        assert_eq!(got.visibility_time(0.9), Some(0.0));
        assert!(Staleness::simulate(3, 0, 2, &delays, 10, 3).is_none());
    }
}
