//! Which of several nodes a key belongs to. It doesn't know who asks for it.
//!
//! Rendezvous hashing (Thaler & Ravishankar 1998, "Using Name-Based Mappings to Increase Hit Rates"): of all nodes a key belongs to the one
//! whose hash together with the key's is highest. A node that is away leaves its keys to whoever comes next for each, and moves no other.

use crate::scenario::{ClassId, ComponentId};

/// Whose instances are asked by the key of each request: the most popular key makes a hot instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Whose instances.
    pub component: ComponentId,
    /// By class: what its requests ask for.
    pub classes: Vec<KeyLaw>,
    /// By class: the shares of its requests that the instances get, adding up to 1; nothing for classes that don't come.
    pub shares: Vec<Vec<f64>>,
}

/// How popular a class's keys are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyLaw {
    /// How many there are; at least 1.
    pub keys: f64,
    /// Of Zipf's law; not negative.
    pub exponent: f64,
}

impl KeyLaw {
    /// The share of the requests that ask for the most popular key: 1 over the sum of k^−s (Zipf's law), whose tail beyond 100 is the
    /// integral from a half before.
    pub fn share_of_the_hottest(&self) -> f64 {
        const SUMMED: f64 = 100.0;
        let s = self.exponent;
        let few = (1..=self.keys.min(SUMMED) as u32).map(|rank| libm::pow(f64::from(rank), -s));
        let (low, high) = (SUMMED + 0.5, self.keys + 0.5);
        let tail = if high <= low {
            0.0
        } else if (s - 1.0).abs() < 1e-9 {
            libm::log(high / low)
        } else {
            (libm::pow(high, 1.0 - s) - libm::pow(low, 1.0 - s)) / (1.0 - s)
        };
        1.0 / (few.sum::<f64>() + tail)
    }
}

/// Mixes bits (Steele, Lea & Flood 2014, SplitMix64).
#[inline]
pub(crate) fn scramble(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The hash of a class's key of this popularity (1 is the most popular) in the eyes of who divides them by it.
pub(crate) fn key(of: ComponentId, class: ClassId, rank: u64) -> u64 {
    scramble(scramble((u64::from(of.0) << 32) | u64::from(class.0)) ^ rank)
}

/// How much a node wants a key; the one that wants it most has it.
#[inline]
pub(crate) fn claim(key: u64, node: u32) -> u64 {
    scramble(key ^ scramble(u64::from(node) + 1))
}

/// The place of the node that has a key, of nodes with these numbers and weights: each has its weight's share of all keys (Schindelhauer &
/// Schomaker 2005, logarithmic method).
pub(crate) fn weighted(key: u64, nodes: &[(u32, f64)]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, (node, weight)) in nodes.iter().enumerate() {
        let wants = wants(key, *node, *weight);
        if wants > best.1 {
            best = (place, wants);
        }
    }
    best.0
}

/// How much a node of this weight wants a key: [`weighted`].
pub(crate) fn wants(key: u64, node: u32, weight: f64) -> f64 {
    // Between 0 and 1, and neither.
    let point = ((claim(key, node) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -weight / libm::log(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_key_has_its_share_by_zipfs_law() {
        for (keys, exponent) in [
            (1.0, 0.8),
            (50.0, 0.0),
            (3_000.0, 0.9),
            (20_000.0, 1.0),
            (5e4, 1.2),
        ] {
            let sum: f64 = (1..=keys as u32)
                .map(|rank| f64::from(rank).powf(-exponent))
                .sum();
            let law = KeyLaw { keys, exponent };
            assert!(
                (law.share_of_the_hottest() * sum - 1.0).abs() < 1e-5,
                "{law:?}"
            );
        }
    }

    #[test]
    fn nodes_have_keys_by_their_weights_and_lose_none_to_another_that_comes() {
        let nodes = [(7, 1.0), (2, 2.0), (30, 5.0)];
        let all = 100_000;
        let mut counts = [0.0; 3];
        for rank in 0..all {
            let key = key(ComponentId(4), ClassId(1), rank);
            let place = weighted(key, &nodes);
            counts[place] += 1.0;
            // Without the largest, its keys alone move.
            let left = weighted(key, &nodes[..2]);
            assert!(place == 2 || left == place);
        }
        for (count, share) in counts.iter().zip([0.125, 0.25, 0.625]) {
            let deviation = (share * (1.0 - share) * all as f64).sqrt();
            assert!(
                (count - share * all as f64).abs() < 4.0 * deviation,
                "{count}"
            );
        }
    }
}
