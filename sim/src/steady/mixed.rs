//! Survival and quantiles of a time that is one of several, each a constant with something smooth on top: jumps are met exactly, and
//! every rest is inverted on its own scale. It knows panels, not what the transforms are made of.

use super::terms::{Row, Term};
use crate::theory::special::root_between;
use crate::theory::transform::{Outline, Panel, Precision};

/// A constant and what is on top of it.
#[derive(Clone, Debug)]
pub(super) struct Share {
    /// How likely it is.
    pub probability: f64,
    /// The constant (`shift`) and what is on top, given that this share happens; a mean of 0 is nothing on top.
    pub outline: Outline,
    /// Probability of nothing on top, given that this share happens.
    pub atom: f64,
    /// What is on top has `factor` times this transform.
    pub row: Row,
    pub factor: f64,
    /// The instructions that the row depends on.
    pub needed: Vec<u32>,
}

/// The shares of one time, by rising constants; their probabilities add up to 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixed {
    pub shares: Vec<Share>,
}

impl Mixed {
    /// The time with these terms, given that it ends.
    pub fn new(terms: &[Term], mut needed: impl FnMut(Row) -> Vec<u32>) -> Self {
        let total: f64 = terms.iter().map(|term| term.rest.mass).sum();
        let likely = terms.iter().filter(|term| term.rest.mass > 1e-12 * total);
        let shares = likely
            .map(|term| {
                let mass = term.rest.mass;
                let constant = term.rest.mean() <= 1e-12 * term.lag || term.row == Row::One;
                Share {
                    probability: mass / total,
                    outline: Outline {
                        mean: if constant { 0.0 } else { term.rest.mean() },
                        variance: term.rest.variance(),
                        shift: term.lag,
                    },
                    atom: if constant {
                        1.0
                    } else {
                        (term.atom / mass).clamp(0.0, 1.0)
                    },
                    row: term.row,
                    factor: term.weight / mass,
                    needed: needed(term.row),
                }
            })
            .collect();
        Mixed { shares }
    }
}

/// Panels of the shares as far as they have been wanted.
pub(super) struct Inversion<'a, F> {
    mixed: &'a Mixed,
    precision: Precision,
    /// Makes the panel of a share's rest for a half period in seconds.
    make: F,
    panels: Vec<Vec<(f64, Panel)>>,
    /// By share, from where on next to nothing of it is left, seconds.
    gone: Vec<f64>,
}

impl<'a, F: FnMut(&Share, f64) -> Panel> Inversion<'a, F> {
    pub fn new(mixed: &'a Mixed, precision: Precision, make: F) -> Self {
        Inversion {
            mixed,
            precision,
            make,
            panels: vec![Vec::new(); mixed.shares.len()],
            gone: vec![f64::INFINITY; mixed.shares.len()],
        }
    }

    /// P(T > t), where about `need` of it is what matters (a quantile's share of later ones; 1 for all alike).
    pub fn survival(&mut self, t: f64, need: f64) -> f64 {
        (0..self.mixed.shares.len())
            .map(|share| {
                let late = t - self.mixed.shares[share].outline.shift;
                self.mixed.shares[share].probability * self.rest(share, late, need)
            })
            .sum()
    }

    /// P(rest > t) of one share.
    fn rest(&mut self, index: usize, t: f64, need: f64) -> f64 {
        let share = &self.mixed.shares[index];
        if t < 0.0 {
            return 1.0;
        }
        if share.outline.mean <= 0.0 || t >= self.gone[index] {
            return 0.0;
        }
        if t == 0.0 {
            return 1.0 - share.atom;
        }
        let (tolerance, nothing) = match self.precision {
            Precision::Fast => (5e-5, 2e-7),
            Precision::Exact => (0.0, 1e-11),
        };
        let at = t.max(share.outline.mean * 1e-6);
        let half_period = Panel::half_period_for(at, self.precision);
        let mut found = None;
        for (half, panel) in &self.panels[index] {
            let fits = *half == half_period
                || (self.precision == Precision::Fast && at > 0.1 * half && at <= panel.range());
            if fits {
                let (survival, error) = panel.at(at);
                if *half == half_period || error * share.probability <= tolerance * need {
                    found = Some(survival);
                    break;
                }
            }
        }
        let survival = found.unwrap_or_else(|| {
            let panel = (self.make)(share, half_period);
            let survival = panel.at(at).0;
            self.panels[index].push((half_period, panel));
            survival
        });
        let survival = survival.max(0.0).min(1.0 - share.atom);
        if survival * share.probability < nothing {
            self.gone[index] = t;
        }
        survival
    }

    /// The smallest times by which the time has passed with these probabilities (each in [0, 1)), seconds.
    /// `None` where the time's law isn't known.
    pub fn quantiles(&mut self, probabilities: &[f64], out: &mut [f64]) -> Option<()> {
        if self.mixed.shares.iter().any(|share| share.atom.is_nan()) {
            return None;
        }
        let lags: Vec<f64> = self
            .mixed
            .shares
            .iter()
            .map(|share| share.outline.shift)
            .collect();
        let least = probabilities
            .iter()
            .fold(1.0, |least: f64, p| least.min(1.0 - p));
        let after: Vec<f64> = lags.iter().map(|lag| self.survival(*lag, least)).collect();
        for (p, out) in probabilities.iter().zip(out.iter_mut()) {
            *out = self.quantile(1.0 - p, &lags, &after)?;
        }
        // Whatever noise the inversion left, later percentiles aren't earlier.
        for i in 0..out.len() {
            for j in 0..out.len() {
                if probabilities[j] < probabilities[i] && out[j] > out[i] {
                    out[i] = out[j];
                }
            }
        }
        Some(())
    }

    /// Where no more than `left` is left; `after` is what is left after each of the `lags`.
    fn quantile(&mut self, left: f64, lags: &[f64], after: &[f64]) -> Option<f64> {
        let enough = left * (1.0 + 1e-9);
        let Some(passed) = after.iter().position(|after| *after <= enough) else {
            let from = *lags.last()?;
            let mut step = self
                .mixed
                .shares
                .iter()
                .map(|share| share.outline.mean)
                .fold(0.0, f64::max);
            for _ in 0..200 {
                if self.survival(from + step, left) <= left {
                    return Some(self.between(from, from + step, left));
                }
                step *= 2.0;
            }
            return None;
        };
        let share = &self.mixed.shares[passed];
        let before = after[passed] + share.probability * share.atom;
        if passed == 0 || before > enough {
            return Some(lags[passed]);
        }
        Some(self.between(lags[passed - 1], lags[passed], left))
    }

    /// Where between two times `left` is left, by regula falsi on the logarithm (Illinois variant).
    fn between(&mut self, low: f64, high: f64, left: f64) -> f64 {
        let tolerance = match self.precision {
            Precision::Fast => 2e-7,
            Precision::Exact => 1e-13,
        };
        let target = libm::log(left);
        let mut passed = |t: f64| target - libm::log(self.survival(t, left).max(left * 1e-6));
        let at_low = passed(low).min(0.0);
        // Just before the end: what jumps there is still to come.
        let at_high = passed(high * (1.0 - 1e-15)).max(0.0);
        root_between(passed, (low, at_low), (high, at_high), tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steady::outcome::Moments;
    use crate::theory::complex::{Complex64, inverse, real};

    fn term(lag: f64, row: Row, weight: f64, mean: f64) -> Term {
        Term {
            lag,
            row,
            weight,
            rest: Moments {
                mass: weight,
                first: weight * mean,
                second: weight * 2.0 * mean * mean,
            },
            atom: if row == Row::One { weight } else { 0.0 },
        }
    }

    fn quantiles(terms: &[Term], precision: Precision, probabilities: &[f64]) -> Vec<f64> {
        let mixed = Mixed::new(terms, |_| Vec::new());
        let make = |share: &Share, half_period: f64| {
            let mean = share.outline.mean;
            Panel::survival(
                half_period,
                precision,
                &mut |points: &[Complex64], values| {
                    for (value, s) in values.iter_mut().zip(points) {
                        *value = inverse(real(1.0) + s * mean);
                    }
                },
            )
        };
        let mut out = vec![0.0; probabilities.len()];
        Inversion::new(&mixed, precision, make)
            .quantiles(probabilities, &mut out)
            .unwrap();
        out
    }

    #[test]
    fn percentiles_on_a_jump_are_the_jump() {
        let terms = [
            term(0.01, Row::One, 0.7, 0.0),
            term(0.1, Row::One, 0.3, 0.0),
        ];
        for precision in [Precision::Fast, Precision::Exact] {
            let got = quantiles(&terms, precision, &[0.5, 0.7, 0.95, 0.999]);
            assert_eq!(got, [0.01, 0.01, 0.1, 0.1]);
        }
    }

    #[test]
    fn a_narrow_rest_behind_a_late_constant_keeps_its_percentiles() {
        // 90 % take an exponential millisecond, 10 % start after 200 ms.
        let terms = [
            term(0.0, Row::Law(0), 0.9, 1e-3),
            term(0.2, Row::Law(0), 0.1, 1e-3),
        ];
        for (precision, tolerance) in [(Precision::Fast, 1e-5), (Precision::Exact, 1e-9)] {
            let got = quantiles(&terms, precision, &[0.5, 0.95, 0.99, 0.999]);
            let expected = [
                -1e-3 * (0.4f64 / 0.9).ln(),
                0.2 - 1e-3 * (0.5f64).ln(),
                0.2 - 1e-3 * (0.1f64).ln(),
                0.2 - 1e-3 * (0.01f64).ln(),
            ];
            for (got, expected) in got.iter().zip(expected) {
                assert!(
                    (got / expected - 1.0).abs() < tolerance,
                    "{got} for {expected}"
                );
            }
        }
    }
}
