//! Random streams, one for each purpose of each component, and the standard draws from them. It knows no distributions with parameters.
//!
//! A stream's seed follows from the run's seed and the stream's name alone: a new part in the drawing has streams of its own and leaves
//! those of the others as they were, so that two designs can be compared under common random numbers. All functions are those of `libm`,
//! whose results are the same bits natively and in WebAssembly.

pub(super) use crate::network::scramble;

use super::ziggurat::{EDGES, LAYERS, TAIL};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What a component draws random numbers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Purpose {
    /// When requests arrive.
    Arrival = 1,
    /// Which class a request is of.
    Mix = 2,
    /// Service times and delays.
    Time = 3,
    /// Which instance serves.
    Dispatch = 4,
    /// Which way a request takes, how often it calls, whether it fails.
    Choice = 5,
    /// Waits before retries.
    Backoff = 6,
    /// Which key is asked for.
    Key = 7,
    /// How long users think.
    Think = 8,
    /// When bursts of traffic begin and end.
    Burst = 9,
    /// Which candidates arrive where the rate changes.
    Thinning = 10,
    /// Which key a write changes, and which one is read of a copy.
    Copy = 20,
    /// Which key a write changes that waits in a cache.
    Buffer = 21,
    /// Which key a request asks its balancers for.
    Asked = 22,
    /// Which key a write changes of which caches aren't told, and how old is what they hold that isn't simulated.
    Version = 23,
    /// Whether an instance that starts slowly is taken.
    Watch = 24,
    /// Which of its targets a balancer picks that looks at what they have in progress.
    Pick = 25,
    /// What a fault of a component hits.
    Fault = 32,
    /// Which calls a fault of a link hits; the owner is the link.
    LinkFault = 33,
}

/// The upper 53 bits as a number on [0, 1). Signed, for that is the conversion which processors have.
#[inline(always)]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as i64 as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// A source of random numbers (xoshiro256++, Blackman & Vigna 2021).
#[derive(Clone, Debug)]
pub(super) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of this purpose of a component, of which it may have several.
    pub fn named(seed: u64, component: u32, purpose: Purpose, ordinal: u32) -> Self {
        let name = (u64::from(component) << 32) | (purpose as u64) << 24;
        let mixed = scramble(scramble(scramble(seed) ^ name) ^ u64::from(ordinal));
        Stream(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// 64 random bits.
    #[inline]
    fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Whether something of this probability happens.
    #[inline]
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number from 0 to `bound` − 1, each equally likely (Lemire 2019 without the rejection: off by less than bound / 2³²).
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// Exponential with mean 1 (Marsaglia & Tsang 2000, ziggurat of 256 layers).
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        let bits = self.bits();
        let layer = (bits & 0xff) as usize;
        let x = unit(bits) * EDGES[layer];
        if x < EDGES[layer + 1] {
            return x;
        }
        self.exponential_beside(layer, x)
    }

    #[cold]
    #[inline(never)]
    fn exponential_beside(&mut self, mut layer: usize, mut x: f64) -> f64 {
        loop {
            if layer == 0 {
                return TAIL - libm::log(1.0 - self.uniform());
            }
            let (low, high) = (LAYERS[layer].1, LAYERS[layer + 1].1);
            if low + (high - low) * self.uniform() < libm::exp(-x) {
                return x;
            }
            let bits = self.bits();
            layer = (bits & 0xff) as usize;
            x = unit(bits) * EDGES[layer];
            if x < EDGES[layer + 1] {
                return x;
            }
        }
    }

    /// Standard normal (Marsaglia & Bray 1964, the polar method; the second of the pair is left).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = u * u + v * v;
            if square < 1.0 && square > 0.0 {
                return u * libm::sqrt(-2.0 * libm::log(square) / square);
            }
        }
    }

    /// Gamma with this shape (above 0) and scale 1 (Marsaglia & Tsang 2000, "A Simple Method for Generating Gamma Variables").
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // G(a) = G(a + 1) · U^(1 / a), with U^(1 / a) = e^(−E / a).
            let larger = self.gamma(shape + 1.0);
            return larger * libm::exp(-self.exponential() / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = 1.0 - self.uniform();
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draws: u32, mut draw: impl FnMut(&mut Stream) -> f64) -> (f64, f64, f64) {
        let mut stream = Stream::named(7, 3, Purpose::Time, 0);
        let (mut first, mut second, mut third) = (0.0, 0.0, 0.0);
        for _ in 0..draws {
            let x = draw(&mut stream);
            first += x;
            second += x * x;
            third += x * x * x;
        }
        let n = f64::from(draws);
        (first / n, second / n, third / n)
    }

    #[test]
    fn layers_are_those_of_the_exponential_density() {
        let area = (TAIL + 1.0) * libm::exp(-TAIL);
        assert!((LAYERS[0].0 - area / libm::exp(-TAIL)).abs() < 1e-13);
        for pair in LAYERS[1..].windows(2) {
            assert!((pair[0].0 * (pair[1].1 - pair[0].1) - area).abs() < 1e-15);
            assert!((pair[0].1 - libm::exp(-pair[0].0)).abs() < 1e-15);
        }
        assert_eq!(LAYERS[256], (0.0, 1.0));
    }

    #[test]
    fn exponential_draws_have_the_exponential_moments_and_tail() {
        let (first, second, third) = moments(4_000_000, Stream::exponential);
        assert!((first - 1.0).abs() < 0.002, "{first}");
        assert!((second - 2.0).abs() < 0.01, "{second}");
        assert!((third - 6.0).abs() < 0.1, "{third}");
        // Beyond the layers: P(X > 8) = e^−8 = 0.000335.
        let mut stream = Stream::named(1, 1, Purpose::Time, 1);
        let beyond = (0..4_000_000)
            .filter(|_| stream.exponential() > 8.0)
            .count();
        assert!((beyond as f64 - 1341.9).abs() < 4.0 * 36.7, "{beyond}");
    }

    #[test]
    fn normal_and_gamma_draws_have_their_moments() {
        let (first, second, _) = moments(1_000_000, Stream::normal);
        assert!(first.abs() < 0.004 && (second - 1.0).abs() < 0.006);
        for shape in [0.25, 1.0, 4.0, 16.0] {
            let (first, second, _) = moments(1_000_000, |stream| stream.gamma(shape));
            let deviation = libm::sqrt(shape / 1e6);
            assert!((first - shape).abs() < 4.0 * deviation, "{shape}: {first}");
            let expected = shape * (shape + 1.0);
            assert!((second / expected - 1.0).abs() < 0.03, "{shape}: {second}");
        }
    }

    #[test]
    fn names_tell_streams_apart() {
        let mut draws: Vec<u64> = Vec::new();
        for component in 0..20 {
            for purpose in [Purpose::Arrival, Purpose::Time, Purpose::Choice] {
                for ordinal in 0..3 {
                    draws.push(Stream::named(5, component, purpose, ordinal).bits());
                }
            }
        }
        let all = draws.len();
        draws.sort_unstable();
        draws.dedup();
        assert_eq!(draws.len(), all);
        let one = Stream::named(5, 1, Purpose::Time, 0).bits();
        assert_eq!(one, Stream::named(5, 1, Purpose::Time, 0).bits());
    }
}
