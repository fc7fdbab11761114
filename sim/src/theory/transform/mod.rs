//! Numerical inversion of Laplace-Stieltjes transforms: distribution functions and percentiles of a non-negative time
//! from `E[e^{-sX}]`; knows nothing of where the transform comes from.
//!
//! A [`Panel`] evaluates the transform at one fixed set of points and then answers for every t in its range by a
//! continued fraction (de Hoog, Knight & Stokes 1982, "An improved method for numerical inversion of Laplace
//! transforms"), so that all percentiles of a class usually cost 22 transform evaluations, and stations shared by several
//! classes can be evaluated once for all of them. [`euler_survival`] (Abate & Whitt 1995) needs fresh points for each t; it
//! is the independent second method, and the fallback for heavy-tailed laws.
//!
//! Limits: a distribution function with jumps away from zero (a constant that can't be factored out as a shift) is
//! answered near a jump only to within the width of the jump's oscillation, a few per cent of t; results stay finite,
//! non-negative and in the order of their probabilities.

mod panel;

pub use panel::Panel;

use super::complex::{Complex64, inverse, real};
use super::special::wilson_hilferty;
use std::f64::consts::PI;

/// How precisely to invert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Error of the distribution function about 1e-6 or less for smooth laws; about 21 transform evaluations for all
    /// percentiles together, 42 to 63 when they lie far apart.
    #[default]
    Fast,
    /// Relative error of percentiles about 1e-9 for smooth laws; 39 evaluations for each group of percentiles that lie
    /// within a factor of three of each other, and as many again while they are being located.
    Exact,
}

impl Precision {
    /// Half the number of terms of the continued fraction.
    const fn half_terms(self) -> usize {
        match self {
            Self::Fast => 10,
            Self::Exact => 19,
        }
    }

    /// The number of points at which a panel wants the transform.
    pub const fn points(self) -> usize {
        2 * self.half_terms() + 1
    }

    /// γT: aliases of the survival function are weighted by e^{-2γT}, rounding errors by e^{γt}.
    const fn damping(self) -> f64 {
        match self {
            Self::Fast => 6.5,
            Self::Exact => 10.5,
        }
    }

    /// The accepted estimate of the survival function's error, relative to the survival itself. The estimate compares two
    /// orders of approximation, so that the error of the better one is usually a hundred times smaller.
    const fn tolerance(self) -> f64 {
        match self {
            Self::Fast => 5e-5,
            Self::Exact => 1e-9,
        }
    }
}

/// The most points that any panel uses.
pub const MOST_POINTS: usize = Precision::Exact.points();

/// What is known beforehand of the variable X = shift + Y whose percentiles are wanted. The transform given is that of Y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline {
    /// Mean of Y, seconds, > 0.
    pub mean: f64,
    /// Variance of Y, seconds²; infinite when there is none.
    pub variance: f64,
    /// The constant part of X, seconds, ≥ 0, factored out of the transform.
    pub shift: f64,
}

impl Outline {
    /// An outline without a constant part.
    pub fn new(mean: f64, variance: f64) -> Self {
        Self {
            mean,
            variance,
            shift: 0.0,
        }
    }

    /// A first guess of the quantile of Y: that of a gamma variable of the same mean and variance.
    pub fn guess(&self, probability: f64) -> f64 {
        let scv = self.variance / (self.mean * self.mean);
        let scv = if scv.is_finite() {
            scv.clamp(1e-4, 25.0)
        } else {
            4.0
        };
        self.mean * scv * wilson_hilferty(1.0 / scv, probability)
    }

    fn usable(&self) -> bool {
        self.mean.is_finite()
            && self.mean > 0.0
            && self.variance >= 0.0
            && self.shift >= 0.0
            && self.shift.is_finite()
    }
}

/// The quantiles of X = shift + Y at `probabilities` (each in [0, 1), any order), written to `out` in the same order.
///
/// `transform` fills its second argument with `E[e^{-sY}]` for every s of the first; the points of one call are a panel's
/// ([`Panel::points`]), or a single large real one to find the mass of Y at zero. Returns `None`, leaving `out` unspecified,
/// when the outline is not usable, a probability lies outside the range, or no quantile could be located.
pub fn quantiles(
    transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    outline: &Outline,
    probabilities: &[f64],
    precision: Precision,
    out: &mut [f64],
) -> Option<()> {
    let in_range = probabilities.iter().all(|p| (0.0..1.0).contains(p));
    if !outline.usable() || !in_range || out.len() != probabilities.len() {
        return None;
    }
    let mut at_zero = [real(0.0)];
    transform(&[real(1e12 / outline.mean)], &mut at_zero);
    let mass_at_zero = at_zero[0].re;
    let mut panels = PanelCache { held: None };
    let largest = probabilities.iter().fold(0.0_f64, |a, b| a.max(*b));
    let mut shared = Panel::half_period_for(outline.guess(largest).max(outline.mean), precision);
    for (p, out) in probabilities.iter().zip(out.iter_mut()) {
        if *p <= mass_at_zero + 1e-12 {
            *out = outline.shift;
            continue;
        }
        let survival = 1.0 - p;
        let guess = outline.guess(*p);
        let mut half_period = match precision {
            Precision::Fast => shared,
            Precision::Exact => Panel::half_period_for(guess.max(outline.mean * 1e-9), precision),
        };
        let mut best: Option<(f64, f64)> = None;
        for _attempt in 0..60 {
            let panel = panels.get(half_period, precision, transform);
            let Some((t, error)) = panel.quantile(survival, guess) else {
                half_period *= 2.0;
                if best.is_none() && precision == Precision::Fast {
                    shared = half_period;
                }
                if !half_period.is_finite() {
                    break;
                }
                continue;
            };
            let place = t / half_period;
            // Accuracy falls towards both ends of a panel: move the panel so that the quantile lies in its middle.
            let settled = match precision {
                Precision::Fast => error <= precision.tolerance() * survival || place > 0.6,
                Precision::Exact => place > 0.3 && place <= 1.02,
            };
            if settled {
                best = Some((t, error));
                break;
            }
            if best.is_none_or(|(_, before)| error < before) {
                best = Some((t, error));
            }
            let next = Panel::half_period_for(t.max(half_period * 1e-3), precision);
            if next == half_period {
                break;
            }
            half_period = next;
        }
        *out = outline.shift + best?.0;
    }
    settle_order(probabilities, out);
    Some(())
}

/// The last panel built, kept because neighbouring percentiles mostly want the same one.
struct PanelCache {
    held: Option<Panel>,
}

impl PanelCache {
    fn get(
        &mut self,
        half_period: f64,
        precision: Precision,
        transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    ) -> &Panel {
        let fresh = match self.held.take() {
            Some(panel) if panel.half_period == half_period => panel,
            _ => Panel::survival(half_period, precision, transform),
        };
        self.held.insert(fresh)
    }
}

/// Makes the quantiles non-decreasing in their probabilities, whatever noise the inversion left.
fn settle_order(probabilities: &[f64], out: &mut [f64]) {
    for i in 0..out.len() {
        for j in 0..out.len() {
            if probabilities[j] < probabilities[i] && out[j] > out[i] {
                out[i] = out[j];
            }
        }
    }
}

/// P(X > t) and the density of X at each of `times` (seconds, > 0), from one panel for every group of times within a factor
/// of eight of each other; for plots of the response-time distribution. Values are clamped to what is possible.
pub fn distribution(
    transform: &mut impl FnMut(&[Complex64], &mut [Complex64]),
    outline: &Outline,
    times: &[f64],
    precision: Precision,
) -> Option<Vec<(f64, f64)>> {
    if !outline.usable() || times.iter().any(|t| !t.is_finite()) {
        return None;
    }
    let mut result = vec![(1.0, 0.0); times.len()];
    let mut order: Vec<usize> = (0..times.len())
        .filter(|i| times[*i] > outline.shift)
        .collect();
    order.sort_by(|a, b| times[*b].total_cmp(&times[*a]));
    let mut panels: Option<(Panel, Panel)> = None;
    let mut points = [real(0.0); MOST_POINTS];
    let mut values = [real(0.0); MOST_POINTS];
    for index in order {
        let t = times[index] - outline.shift;
        let reusable = panels
            .as_ref()
            .is_some_and(|(panel, _)| t > 0.12 * panel.half_period && t <= panel.range());
        if !reusable {
            // Short times gain nothing from a panel much narrower than the law itself.
            let half_period = Panel::half_period_for(t.max(outline.mean * 1e-6), precision);
            let count = Panel::points(half_period, precision, &mut points);
            transform(&points[..count], &mut values[..count]);
            panels = Some((
                Panel::survival_from(half_period, precision, &values[..count]),
                Panel::density_from(half_period, precision, &values[..count]),
            ));
        }
        if let Some((survival, density)) = &panels {
            result[index] = (survival.at(t).0.clamp(0.0, 1.0), density.at(t).0.max(0.0));
        }
    }
    Some(result)
}

/// P(Y > t) by the Euler method (Abate & Whitt 1995, "Numerical inversion of Laplace transforms of probability
/// distributions"): the trapezoidal rule on the Bromwich integral, its alternating series summed by binomial averages.
/// About 55 transform evaluations for one t (seconds, > 0); absolute error about 1e-11 where the survival function is smooth.
pub fn euler_survival(transform: &mut impl FnMut(Complex64) -> Complex64, t: f64) -> f64 {
    const DAMPING: f64 = 23.0;
    const PLAIN_TERMS: usize = 38;
    const AVERAGED_TERMS: usize = 16;
    let mut value = |s: Complex64| ((real(1.0) - transform(s)) * inverse(s)).re;
    let scale = libm::exp(0.5 * DAMPING) / t;
    let mut partial = 0.5 * value(real(DAMPING / (2.0 * t)));
    let mut average = 0.0;
    let mut binomial = 1.0;
    for k in 1..=PLAIN_TERMS + AVERAGED_TERMS {
        let s = Complex64::new(DAMPING, 2.0 * PI * k as f64) / (2.0 * t);
        partial += if k % 2 == 0 { value(s) } else { -value(s) };
        if k >= PLAIN_TERMS {
            let j = k - PLAIN_TERMS;
            average += binomial * partial;
            binomial *= (AVERAGED_TERMS - j) as f64 / (j + 1) as f64;
        }
    }
    average * libm::exp2(-(AVERAGED_TERMS as f64)) * scale
}

/// Turns a transform of one point into one of many.
pub fn batched(
    mut transform: impl FnMut(Complex64) -> Complex64,
) -> impl FnMut(&[Complex64], &mut [Complex64]) {
    move |points, values| {
        for (value, s) in values.iter_mut().zip(points) {
            *value = transform(*s);
        }
    }
}

#[cfg(test)]
mod tests;
