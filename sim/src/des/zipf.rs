//! Draws ranks by Zipf's law. It knows no keys.

use super::random::Stream;

/// Rank k of 1 to n with a probability proportional to k^−exponent, by rejection-inversion (Hörmann & Derflinger 1996,
/// "Rejection-inversion to generate variates from monotone discrete distributions"): the time doesn't depend on n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Zipf {
    exponent: f64,
    count: f64,
    /// The integral of the hat at the first and beyond the last rank.
    first: f64,
    last: f64,
    /// Ranks that are accepted at once.
    squeeze: f64,
}

impl Zipf {
    /// Over `count` ranks (1 or more) with this exponent (not negative).
    pub fn new(count: f64, exponent: f64) -> Self {
        let mut zipf = Zipf {
            exponent,
            count: libm::floor(count.max(1.0)),
            first: 0.0,
            last: 0.0,
            squeeze: 0.0,
        };
        zipf.first = zipf.integral(1.5) - 1.0;
        zipf.last = zipf.integral(zipf.count + 0.5);
        zipf.squeeze = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.density(2.0));
        zipf
    }

    /// Number of ranks.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// A rank, from 1.
    pub fn draw(&self, stream: &mut Stream) -> u64 {
        if self.exponent == 0.0 {
            return (stream.uniform() * self.count) as u64 + 1;
        }
        loop {
            let u = self.last + stream.uniform() * (self.first - self.last);
            let x = self.inverse(u);
            let rank = libm::floor(x + 0.5).clamp(1.0, self.count);
            if rank - x <= self.squeeze || u >= self.integral(rank + 0.5) - self.density(rank) {
                return rank as u64;
            }
        }
    }

    /// x^−exponent.
    fn density(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The integral of the density, up to a constant.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        let power = (1.0 - self.exponent) * log;
        let relative = if power.abs() > 1e-8 {
            libm::expm1(power) / power
        } else {
            1.0 + 0.5 * power
        };
        relative * log
    }

    /// Where the integral has this value.
    fn inverse(&self, u: f64) -> f64 {
        let power = (u * (1.0 - self.exponent)).max(-1.0);
        let relative = if power.abs() > 1e-8 {
            libm::log1p(power) / power
        } else {
            1.0 - 0.5 * power
        };
        libm::exp(relative * u)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    #[test]
    fn ranks_come_as_often_as_zipf_says() {
        for exponent in [0.0, 0.6, 1.0, 1.4, 2.5] {
            const RANKS: usize = 50;
            let zipf = Zipf::new(RANKS as f64, exponent);
            let mut stream = Stream::named(3, 1, Purpose::Key, 0);
            let mut counts = [0_u32; RANKS];
            const DRAWS: u32 = 500_000;
            for _ in 0..DRAWS {
                counts[zipf.draw(&mut stream) as usize - 1] += 1;
            }
            let weight = |rank: usize| (rank as f64).powf(-exponent);
            let total: f64 = (1..=RANKS).map(weight).sum();
            // Pearson's statistic with 49 degrees of freedom: below 85.4 in 999 of 1,000 samples.
            let statistic: f64 = counts
                .iter()
                .enumerate()
                .map(|(index, count)| {
                    let expected = f64::from(DRAWS) * weight(index + 1) / total;
                    (f64::from(*count) - expected).powi(2) / expected
                })
                .sum();
            assert!(statistic < 85.4, "exponent {exponent}: {statistic}");
        }
    }

    #[test]
    fn a_single_rank_is_always_drawn() {
        let zipf = Zipf::new(1.0, 1.1);
        let mut stream = Stream::named(3, 1, Purpose::Key, 0);
        assert!((0..100).all(|_| zipf.draw(&mut stream) == 1));
    }
}
