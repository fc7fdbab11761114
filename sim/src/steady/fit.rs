//! Two-moment stand-ins for times that run in parallel, where means are wanted quickly. It knows moments, no routes.

use super::flow::at_least;
use super::outcome::Moments;
use crate::theory::special::GAUSS_8;

/// A simple law with a given mean and variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// Nothing is faster than this, seconds.
    pub shift: f64,
    /// Weight and mean of the first exponential; the second has the rest.
    weight: f64,
    first: f64,
    second: f64,
}

impl Fit {
    /// A constant and an exponential where the coefficient of variation is at most 1, two exponentials with balanced means above.
    /// Exact for an exponential time after a constant one.
    pub fn new(mean: f64, variance: f64) -> Self {
        let mean = mean.max(0.0);
        let deviation = libm::sqrt(variance.max(0.0));
        if deviation <= mean || mean == 0.0 {
            let spread = deviation.min(mean);
            return Fit {
                shift: mean - spread,
                weight: 1.0,
                first: spread,
                second: spread,
            };
        }
        let scv = (variance / (mean * mean)).min(1e6);
        let weight = 0.5 * (1.0 + libm::sqrt((scv - 1.0) / (scv + 1.0)));
        Fit {
            shift: 0.0,
            weight,
            first: mean / (2.0 * weight),
            second: mean / (2.0 * (1.0 - weight)),
        }
    }

    /// P(T > t), t in seconds.
    pub fn survival(&self, t: f64) -> f64 {
        if t < self.shift {
            return 1.0;
        }
        let late = t - self.shift;
        let of = |mean: f64| {
            if mean > 0.0 {
                libm::exp(-late / mean)
            } else {
                0.0
            }
        };
        if self.weight >= 1.0 {
            of(self.first)
        } else {
            self.weight * of(self.first) + (1.0 - self.weight) * of(self.second)
        }
    }

    /// E[min(T, t)] and E[min(T, t)²], t in seconds.
    pub fn until(&self, t: f64) -> (f64, f64) {
        if t <= self.shift {
            return (t, t * t);
        }
        let late = t - self.shift;
        let (mut first, mut second) = (self.shift, self.shift * self.shift);
        for (weight, mean) in [(self.weight, self.first), (1.0 - self.weight, self.second)] {
            if weight > 0.0 && mean > 0.0 {
                let ended = -libm::expm1(-late / mean);
                first += weight * mean * ended;
                let square = mean * mean * ended - mean * late * (1.0 - ended);
                second += weight * 2.0 * (self.shift * mean * ended + square);
            }
        }
        (first, second)
    }

    /// Whether it is a constant and then one exponential, as another one is.
    fn is_alike(&self, other: &Fit) -> bool {
        let near = |one: f64, two: f64| (one - two).abs() <= 1e-9 * (one.abs() + two.abs());
        self.weight >= 1.0
            && other.weight >= 1.0
            && near(self.shift, other.shift)
            && near(self.first, other.first)
    }

    fn longest(&self) -> f64 {
        if self.weight >= 1.0 {
            self.first
        } else {
            self.first.max(self.second)
        }
    }
}

/// The time until `needed` of `count` equal exponential times of this mean have passed is a sum of exponential stages: one ends after
/// another, and ever fewer are left (Rényi 1953).
pub(super) fn stages(mean: f64, count: usize, needed: u32) -> impl Iterator<Item = f64> {
    (0..needed as usize).map(move |ended| mean / (count - ended).max(1) as f64)
}

/// Mean and second moment of the time until `needed` of these independent times have passed.
pub(super) fn order_statistic(fits: &[Fit], needed: u32) -> Moments {
    if let Some(alike) = fits
        .first()
        .filter(|first| fits.iter().all(|fit| first.is_alike(fit)))
    {
        let (mut mean, mut variance) = (alike.shift, 0.0);
        for stage in stages(alike.first, fits.len(), needed) {
            mean += stage;
            variance += stage * stage;
        }
        return Moments::sure(mean, mean * mean + variance);
    }
    let everything = needed as usize == fits.len();
    let survival = |t: f64| {
        if everything {
            1.0 - fits
                .iter()
                .map(|fit| 1.0 - fit.survival(t))
                .product::<f64>()
        } else {
            1.0 - at_least(needed, fits.iter().map(|fit| 1.0 - fit.survival(t)))
        }
    };
    // Up to the last constant the integrand has corners; beyond, it falls like its slowest exponential.
    let mut corners: Vec<f64> = fits.iter().map(|fit| fit.shift).collect();
    corners.push(0.0);
    corners.sort_by(f64::total_cmp);
    let scale = fits.iter().map(Fit::longest).fold(0.0, f64::max);
    let shortest = fits
        .iter()
        .map(|fit| fit.first)
        .filter(|mean| *mean > 0.0)
        .fold(scale, f64::min);
    let (mut first, mut second) = (0.0, 0.0);
    let mut add = |low: f64, high: f64| {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        for (node, weight) in GAUSS_8 {
            for t in [middle - half * node, middle + half * node] {
                let value = weight * half * survival(t);
                first += value;
                second += 2.0 * t * value;
            }
        }
    };
    let reach = 36.0 + libm::log(fits.len() as f64 + 1.0);
    let steps = |from: f64, to: f64, add: &mut dyn FnMut(f64, f64)| {
        let (mut low, mut width) = (from, 0.5 * shortest.max(1e-3 * scale));
        while low < to {
            // So far from the last corner nothing changes any more until the next: one panel is exact, however long.
            let settled = low - from > reach * scale || low + width == low;
            let high = if settled || to - low < 1.5 * width {
                to
            } else {
                low + width
            };
            add(low, high);
            low = high;
            width = (width * 1.5).min(2.0 * scale).max(1e-300);
        }
    };
    for pair in corners.windows(2) {
        if pair[1] > pair[0] {
            steps(pair[0], pair[1], &mut add);
        }
    }
    if scale > 0.0 {
        let last = corners[corners.len() - 1];
        steps(last, last + reach * scale, &mut add);
    }
    Moments::sure(first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_ten_exponentials_takes_the_tenth_harmonic_number() {
        let all = order_statistic(&[Fit::new(1.0, 1.0); 10], 10);
        assert!(
            (all.first - 2.928_968_253_968_253_8).abs() < 1e-6,
            "{all:?}"
        );
        let first = order_statistic(&[Fit::new(1.0, 1.0); 10], 1);
        assert!((first.first - 0.1).abs() < 1e-6, "{first:?}");
    }

    #[test]
    fn constants_before_exponentials_are_kept() {
        let fit = Fit::new(5.0 + 2.0, 4.0);
        assert!((fit.shift - 5.0).abs() < 1e-12);
        let one = order_statistic(&[fit], 1);
        assert!(
            (one.first - 7.0).abs() < 1e-6 && (one.variance() - 4.0).abs() < 1e-5,
            "{one:?}"
        );
    }

    #[test]
    fn a_wide_law_keeps_its_moments() {
        let one = order_statistic(&[Fit::new(2.0, 40.0)], 1);
        assert!(
            (one.first - 2.0).abs() < 1e-6 && (one.variance() - 40.0).abs() < 1e-3,
            "{one:?}"
        );
    }
}
