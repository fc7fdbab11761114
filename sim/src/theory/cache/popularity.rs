//! How often each of many keys is asked for, held compactly.

use super::super::special::{GAUSS_8, positive};

/// Up to this many keys each one is summed by itself; beyond the first of them, keys are summed by quadrature.
const SINGLE_KEYS: u64 = 128;
/// Up to this many keys a [`Popularity`] lists them all.
const LISTED_KEYS: u64 = 400;

/// How often each key is asked for: groups of keys with equal probability.
///
/// A Zipf law over many keys is held as its 128 most popular keys and, beyond, eight quadrature nodes an octave of rank with
/// the midpoint rule's correction at both ends, so that sums over 10⁷ keys take about 270 terms and are right to about
/// 1e-10. (Single weights of such a quadrature may be slightly negative; sums of smooth functions are what they are for.)
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    pub(super) groups: Vec<Group>,
    pub(super) keys: f64,
    zipf: Option<Zipf>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Group {
    /// Probability that a request asks for one given key of the group.
    pub(super) probability: f64,
    /// Number of keys in the group.
    pub(super) keys: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Zipf {
    exponent: f64,
    /// Σ rank^−exponent over all keys.
    total: f64,
}

impl Popularity {
    /// Zipf: the probability of the key of rank i is proportional to i^−exponent, for 1 ≤ i ≤ `keys` (1 to 10¹²) and an
    /// exponent from 0 (uniform) to 10.
    pub fn zipf(keys: u64, exponent: f64) -> Option<Self> {
        if keys == 0 || keys > 1_000_000_000_000 || !(0.0..=10.0).contains(&exponent) {
            return None;
        }
        let weight = |rank: f64| libm::exp(-exponent * libm::log(rank));
        let mut groups: Vec<Group> = Vec::new();
        let mut push = |rank: f64, keys: f64| {
            groups.push(Group {
                probability: weight(rank),
                keys,
            })
        };
        if keys <= LISTED_KEYS {
            (1..=keys).for_each(|rank| push(rank as f64, 1.0));
        } else {
            (1..=SINGLE_KEYS).for_each(|rank| push(rank as f64, 1.0));
            // Σ_{i=a..b} g(i) = ∫ g over [a − ½, b + ½] − (g'(b + ½) − g'(a − ½))/24 + …, the derivatives as differences.
            let (a, b) = (SINGLE_KEYS as f64 + 1.0, keys as f64);
            for (rank, sign) in [(b + 1.0, -1.0), (b, 1.0), (a, 1.0), (a - 1.0, -1.0)] {
                push(rank, sign / 24.0);
            }
            let (low, high) = (libm::log(a - 0.5), libm::log(b + 0.5));
            let octaves = libm::ceil((high - low) / std::f64::consts::LN_2);
            let half = 0.5 * (high - low) / octaves;
            let mut middle = low + half;
            for _ in 0..octaves as u32 {
                for (node, node_weight) in GAUSS_8 {
                    for side in [-node, node] {
                        let rank = libm::exp(middle + half * side);
                        push(rank, node_weight * half * rank);
                    }
                }
                middle += 2.0 * half;
            }
        }
        let total: f64 = groups
            .iter()
            .map(|group| group.keys * group.probability)
            .sum();
        groups
            .iter_mut()
            .for_each(|group| group.probability /= total);
        Some(Self {
            groups,
            keys: keys as f64,
            zipf: Some(Zipf { exponent, total }),
        })
    }

    /// Popularity from relative weights, one for each key (≥ 0, not all zero; at least one). Keys that are never asked for
    /// don't count.
    pub fn from_weights(weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        if !weights.iter().all(|w| *w >= 0.0) || !positive(total) {
            return None;
        }
        let mut groups: Vec<Group> = weights
            .iter()
            .map(|weight| Group {
                probability: weight / total,
                keys: 1.0,
            })
            .collect();
        groups.retain(|group| group.probability > 0.0);
        groups.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Some(Self {
            keys: groups.len() as f64,
            groups,
            zipf: None,
        })
    }

    /// Number of keys.
    pub fn keys(&self) -> f64 {
        self.keys
    }

    /// Σ over all keys of f(probability of the key), for a smooth f.
    pub fn sum(&self, mut f: impl FnMut(f64) -> f64) -> f64 {
        self.groups
            .iter()
            .map(|group| group.keys * f(group.probability))
            .sum()
    }

    /// The same of two functions at once.
    pub(crate) fn sums(&self, f: impl Fn(f64) -> (f64, f64)) -> (f64, f64) {
        let terms = self.groups.iter().map(|group| {
            let (one, other) = f(group.probability);
            (group.keys * one, group.keys * other)
        });
        // Of no terms a sum of floats is −0, which is what the one function's would be.
        terms.fold((-0.0, -0.0), |sums, term| {
            (sums.0 + term.0, sums.1 + term.1)
        })
    }

    /// Probability that a request asks for the key of this rank (1 is the most popular).
    pub fn probability(&self, rank: u64) -> f64 {
        if rank == 0 || rank as f64 > self.keys {
            return 0.0;
        }
        match self.zipf {
            Some(zipf) => libm::exp(-zipf.exponent * libm::log(rank as f64)) / zipf.total,
            None => self
                .groups
                .get(rank as usize - 1)
                .map_or(0.0, |group| group.probability),
        }
    }

    /// Share of requests that ask for the `count` most popular keys: the hit ratio of a cache that holds just them, the best
    /// that any cache of that size can reach under independent references.
    pub fn top_share(&self, count: f64) -> f64 {
        if count >= self.keys {
            return 1.0;
        }
        if count.is_nan() || count <= 0.0 {
            return 0.0;
        }
        let whole = libm::floor(count);
        let partial = (count - whole) * self.probability(whole as u64 + 1);
        let share = match self.zipf {
            Some(zipf) => harmonic(whole, zipf.exponent) / zipf.total,
            None => self
                .groups
                .iter()
                .take(whole as usize)
                .map(|group| group.probability)
                .sum(),
        };
        (share + partial).min(1.0)
    }
}

/// The generalised harmonic number Σ_{i ≤ n} i^−exponent, by Euler-Maclaurin summation beyond 32 terms.
fn harmonic(n: f64, exponent: f64) -> f64 {
    let power = |x: f64| libm::exp(-exponent * libm::log(x));
    let first = n.min(32.0);
    let mut sum = 0.0;
    let mut i = 1.0;
    while i <= first {
        sum += power(i);
        i += 1.0;
    }
    if n <= 32.0 {
        return sum;
    }
    // From m to n: ∫ + half the ends + B₂/2! [g'] + B₄/4! [g'''], less the first term, already counted.
    let m = 32.0;
    let ratio = libm::log(n / m);
    let lean = (1.0 - exponent) * ratio;
    let stretch = if lean.abs() < 1e-12 {
        ratio
    } else {
        libm::expm1(lean) / (1.0 - exponent)
    };
    let integral = m * power(m) * stretch;
    let slope = |x: f64| -exponent * power(x) / x;
    let third = |x: f64| -exponent * (exponent + 1.0) * (exponent + 2.0) * power(x) / (x * x * x);
    let fifth = |x: f64| third(x) * (exponent + 3.0) * (exponent + 4.0) / (x * x);
    sum + integral + 0.5 * (power(n) - power(m)) + (slope(n) - slope(m)) / 12.0
        - (third(n) - third(m)) / 720.0
        + (fifth(n) - fifth(m)) / 30_240.0
}
