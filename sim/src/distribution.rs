//! Distributions of service times, think times and delays: moments, transforms, distribution functions and quantiles.
//!
//! All values are in seconds. Knows nothing of stations or scenarios.

use crate::theory::complex::Complex64;
use crate::theory::special::{
    gamma_p, gamma_quantile, increasing_root, normal_cdf, normal_quantile,
};
mod transform;

pub use transform::{MOST_ALONE, Transform};

use serde::{Deserialize, Serialize};
use std::fmt;

/// The law of a non-negative time in seconds. Build it with the constructors, which check the ranges; a value read from a
/// file is checked with [`Distribution::check`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "law")]
pub enum Distribution {
    /// Memoryless, squared coefficient of variation 1.
    Exponential {
        /// Mean, seconds, ≥ 0.
        mean: f64,
    },
    /// Always the same.
    Deterministic {
        /// The value, seconds, ≥ 0.
        value: f64,
    },
    /// The sum of equal exponential stages, squared coefficient of variation 1 / stages.
    Erlang {
        /// Mean of the sum, seconds, ≥ 0.
        mean: f64,
        /// Number of stages, ≥ 1.
        stages: u32,
    },
    /// The sum of k − 1 or of k equal exponential stages by chance, with 1/k below the squared coefficient of variation and 1/(k − 1) at least
    /// it: the mixture of two Erlang laws with a common rate (Tijms 1994, "Stochastic Models: An Algorithmic Approach", section 5.1.4).
    MixedErlang {
        /// Mean, seconds, ≥ 0.
        mean: f64,
        /// Squared coefficient of variation, from 0.000001 to 1.
        scv: f64,
    },
    /// A mixture of two exponentials that contribute equally to the mean ("balanced means").
    HyperExponential {
        /// Mean, seconds, ≥ 0.
        mean: f64,
        /// Squared coefficient of variation, ≥ 1.
        scv: f64,
    },
    /// Gamma.
    Gamma {
        /// Mean, seconds, ≥ 0.
        mean: f64,
        /// Squared coefficient of variation, > 0.
        scv: f64,
    },
    /// Log-normal.
    LogNormal {
        /// Mean, seconds, ≥ 0.
        mean: f64,
        /// Squared coefficient of variation, > 0.
        scv: f64,
    },
    /// Pareto type I: P(X > t) = (minimum / t)^shape for t above the minimum, mean · (shape − 1) / shape.
    Pareto {
        /// Mean, seconds, ≥ 0.
        mean: f64,
        /// Tail exponent, > 1; the variance is infinite up to 2, the third moment up to 3.
        shape: f64,
    },
    /// Each of the measured values with the same probability.
    Empirical {
        /// The measured times, seconds, each ≥ 0; at least one.
        values: Vec<f64>,
    },
}

/// A parameter of a distribution that lies outside its range.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfRange {
    /// The parameter's name.
    pub parameter: &'static str,
    /// The value given.
    pub value: f64,
    /// The allowed range in words.
    pub range: &'static str,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is {}, but must be {}",
            self.parameter, self.value, self.range
        )
    }
}

impl std::error::Error for OutOfRange {}

/// The longest time that a distribution accepts, seconds (about 31 years).
pub const LONGEST_SECONDS: f64 = 1e9;
const TIME_RANGE: &str = "a number of seconds from 0 to 1,000,000,000";

fn check_time(parameter: &'static str, value: f64) -> Result<(), OutOfRange> {
    if (0.0..=LONGEST_SECONDS).contains(&value) {
        Ok(())
    } else {
        Err(OutOfRange {
            parameter,
            value,
            range: TIME_RANGE,
        })
    }
}

fn check_between(
    parameter: &'static str,
    value: f64,
    low: f64,
    high: f64,
    range: &'static str,
) -> Result<(), OutOfRange> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(OutOfRange {
            parameter,
            value,
            range,
        })
    }
}

impl Distribution {
    /// The same law of a time that is so many times as long (above 0).
    pub fn stretched(&self, factor: f64) -> Self {
        let mut longer = self.clone();
        match &mut longer {
            Distribution::Exponential { mean }
            | Distribution::Erlang { mean, .. }
            | Distribution::MixedErlang { mean, .. }
            | Distribution::HyperExponential { mean, .. }
            | Distribution::Gamma { mean, .. }
            | Distribution::LogNormal { mean, .. }
            | Distribution::Pareto { mean, .. } => *mean *= factor,
            Distribution::Deterministic { value } => *value *= factor,
            Distribution::Empirical { values } => {
                values.iter_mut().for_each(|value| *value *= factor);
            }
        }
        longer
    }

    /// Exponential with the given mean (seconds, ≥ 0).
    pub fn exponential(mean: f64) -> Result<Self, OutOfRange> {
        Self::Exponential { mean }.checked()
    }

    /// The constant `value` (seconds, ≥ 0).
    pub fn deterministic(value: f64) -> Result<Self, OutOfRange> {
        Self::Deterministic { value }.checked()
    }

    /// Erlang with the given mean (seconds, ≥ 0) and number of stages (≥ 1).
    pub fn erlang(mean: f64, stages: u32) -> Result<Self, OutOfRange> {
        Self::Erlang { mean, stages }.checked()
    }

    /// Erlang with any squared coefficient of variation from 0.000001 to 1: of the stages that this takes where it is one by a whole number, else
    /// [a mixture](Distribution::MixedErlang) of one stage more and one less.
    pub fn erlang_with_scv(mean: f64, scv: f64) -> Result<Self, OutOfRange> {
        check_between("scv", scv, 1e-6, 1.0, "from 0.000001 to 1")?;
        let stages = libm::round(1.0 / scv);
        if (stages * scv - 1.0).abs() < 1e-9 {
            Self::erlang(mean, stages as u32)
        } else {
            Self::MixedErlang { mean, scv }.checked()
        }
    }

    /// Two-branch hyperexponential with balanced means, squared coefficient of variation ≥ 1.
    pub fn hyper_exponential(mean: f64, scv: f64) -> Result<Self, OutOfRange> {
        Self::HyperExponential { mean, scv }.checked()
    }

    /// Gamma with the given mean (seconds, ≥ 0) and squared coefficient of variation (1e-6 to 1e6).
    pub fn gamma(mean: f64, scv: f64) -> Result<Self, OutOfRange> {
        Self::Gamma { mean, scv }.checked()
    }

    /// Log-normal with the given mean (seconds, ≥ 0) and squared coefficient of variation (1e-6 to 1e6).
    pub fn log_normal(mean: f64, scv: f64) -> Result<Self, OutOfRange> {
        Self::LogNormal { mean, scv }.checked()
    }

    /// Pareto type I with the given mean (seconds, ≥ 0) and tail exponent (1.01 to 1,000).
    pub fn pareto(mean: f64, shape: f64) -> Result<Self, OutOfRange> {
        Self::Pareto { mean, shape }.checked()
    }

    /// The measured values (seconds, each ≥ 0), all equally likely.
    pub fn empirical(values: Vec<f64>) -> Result<Self, OutOfRange> {
        Self::Empirical { values }.checked()
    }

    /// The simplest law of the catalog with this mean and squared coefficient of variation (≥ 0): constant at 0, Erlang
    /// where the stages come out whole, exponential at 1, hyperexponential above, gamma between.
    pub fn with_moments(mean: f64, scv: f64) -> Result<Self, OutOfRange> {
        check_between("scv", scv, 0.0, 1e6, "from 0 to 1,000,000")?;
        if scv < 1e-6 {
            return Self::deterministic(mean);
        }
        if (scv - 1.0).abs() < 1e-12 {
            return Self::exponential(mean);
        }
        if scv > 1.0 {
            return Self::hyper_exponential(mean, scv);
        }
        let stages = libm::round(1.0 / scv);
        if (stages * scv - 1.0).abs() < 1e-9 {
            Self::erlang(mean, stages as u32)
        } else {
            Self::gamma(mean, scv)
        }
    }

    fn checked(self) -> Result<Self, OutOfRange> {
        self.check()?;
        Ok(self)
    }

    /// Whether every parameter lies in its range; the error names the first that doesn't.
    pub fn check(&self) -> Result<(), OutOfRange> {
        match self {
            Self::Exponential { mean } => check_time("mean", *mean),
            Self::Deterministic { value } => check_time("value", *value),
            Self::Erlang { mean, stages } => {
                check_time("mean", *mean)?;
                check_between(
                    "stages",
                    f64::from(*stages),
                    1.0,
                    1e6,
                    "a whole number from 1 to 1,000,000",
                )
            }
            Self::MixedErlang { mean, scv } => {
                check_time("mean", *mean)?;
                check_between("scv", *scv, 1e-6, 1.0, "from 0.000001 to 1")
            }
            Self::HyperExponential { mean, scv } => {
                check_time("mean", *mean)?;
                check_between("scv", *scv, 1.0, 1e6, "from 1 to 1,000,000")
            }
            Self::Gamma { mean, scv } | Self::LogNormal { mean, scv } => {
                check_time("mean", *mean)?;
                check_between("scv", *scv, 1e-6, 1e6, "from 0.000001 to 1,000,000")
            }
            Self::Pareto { mean, shape } => {
                check_time("mean", *mean)?;
                check_between("shape", *shape, 1.01, 1000.0, "from 1.01 to 1,000")
            }
            Self::Empirical { values } => {
                if values.is_empty() {
                    return Err(OutOfRange {
                        parameter: "values",
                        value: 0.0,
                        range: "a list of at least one time",
                    });
                }
                values
                    .iter()
                    .try_for_each(|value| check_time("values", *value))
            }
        }
    }

    /// Mean, seconds.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Exponential { mean }
            | Self::Erlang { mean, .. }
            | Self::MixedErlang { mean, .. }
            | Self::HyperExponential { mean, .. }
            | Self::Gamma { mean, .. }
            | Self::LogNormal { mean, .. }
            | Self::Pareto { mean, .. } => *mean,
            Self::Deterministic { value } => *value,
            Self::Empirical { values } => moment(values, 1),
        }
    }

    /// The squared coefficient of variation, variance / mean²; 0 for a zero mean, infinite where there is no variance.
    pub fn scv(&self) -> f64 {
        match self {
            Self::Exponential { .. } => 1.0,
            Self::Deterministic { .. } => 0.0,
            Self::Erlang { stages, .. } => 1.0 / f64::from(*stages),
            Self::MixedErlang { scv, .. }
            | Self::HyperExponential { scv, .. }
            | Self::Gamma { scv, .. }
            | Self::LogNormal { scv, .. } => *scv,
            Self::Pareto { mean, .. } if *mean == 0.0 => 0.0,
            Self::Pareto { shape, .. } if *shape <= 2.0 => f64::INFINITY,
            Self::Pareto { shape, .. } => 1.0 / (shape * (shape - 2.0)),
            Self::Empirical { values } => {
                let mean = moment(values, 1);
                if mean == 0.0 {
                    return 0.0;
                }
                values
                    .iter()
                    .map(|v| (v / mean - 1.0) * (v / mean - 1.0))
                    .sum::<f64>()
                    / values.len() as f64
            }
        }
    }

    /// `E[X²]`, seconds²; infinite where it doesn't exist.
    pub fn second_moment(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 {
            return 0.0;
        }
        // Kept apart from the product, in which the square of a tiny mean vanishes.
        let scv = self.scv();
        if scv.is_infinite() {
            scv
        } else {
            mean * mean * (1.0 + scv)
        }
    }

    /// Variance, seconds²; infinite where it doesn't exist.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 {
            return 0.0;
        }
        let scv = self.scv();
        if scv.is_infinite() {
            scv
        } else {
            mean * mean * scv
        }
    }

    /// `E[X³]`, seconds³; infinite where it doesn't exist.
    pub fn third_moment(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 {
            return 0.0;
        }
        let cube = mean * mean * mean;
        match self {
            Self::Exponential { .. } => 6.0 * cube,
            Self::Deterministic { .. } => cube,
            Self::Erlang { .. } | Self::Gamma { .. } => {
                let scv = self.scv();
                cube * (1.0 + scv) * (1.0 + 2.0 * scv)
            }
            Self::MixedErlang { scv, .. } => {
                let own = mixed_stages(*scv);
                let stages = f64::from(own.most);
                let scale = 1.0 / (stages - own.fewer);
                let branches = own.fewer * (stages - 1.0) + (1.0 - own.fewer) * (stages + 2.0);
                cube * scale * scale * scale * stages * (stages + 1.0) * branches
            }
            Self::HyperExponential { scv, .. } => {
                // With balanced means each branch contributes p_i (m / 2 p_i)³ · 6.
                let (p, q) = balanced_branches(*scv);
                0.75 * cube * (1.0 / (p * p) + 1.0 / (q * q))
            }
            Self::LogNormal { scv, .. } => cube * (1.0 + scv) * (1.0 + scv) * (1.0 + scv),
            Self::Pareto { shape, .. } if *shape <= 3.0 => f64::INFINITY,
            Self::Pareto { shape, .. } => {
                let minimum = mean * (shape - 1.0) / shape;
                shape * minimum * minimum * minimum / (shape - 3.0)
            }
            Self::Empirical { values } => moment(values, 3),
        }
    }

    /// `E[e^{-sX}]` for Re s ≥ 0. Convenient for one point; prepare once with [`Distribution::prepare`] for many (the
    /// log-normal and empirical laws have tables to set up).
    pub fn transform(&self, s: Complex64) -> Complex64 {
        self.prepare().at(s)
    }

    /// The Laplace-Stieltjes transform with its constants worked out.
    pub fn prepare(&self) -> Transform {
        Transform::of(self)
    }

    /// The constant part of the law: the smallest possible value where it carries a jump that would spoil numerical
    /// inversion, else 0. Only the deterministic law has one.
    pub fn shift(&self) -> f64 {
        match self {
            Self::Deterministic { value } => *value,
            _ => 0.0,
        }
    }

    /// P(X ≤ t).
    pub fn cdf(&self, t: f64) -> f64 {
        if t < 0.0 || t.is_nan() {
            return 0.0;
        }
        let mean = self.mean();
        if mean == 0.0 {
            return 1.0;
        }
        match self {
            Self::Exponential { .. } => -libm::expm1(-t / mean),
            Self::Deterministic { value } => f64::from(u8::from(t >= *value)),
            Self::Erlang { .. } | Self::Gamma { .. } => {
                let shape = 1.0 / self.scv();
                gamma_p(shape, t * shape / mean)
            }
            Self::MixedErlang { scv, .. } => {
                let own = mixed_stages(*scv);
                let stages = f64::from(own.most);
                let time = t * (stages - own.fewer) / mean;
                own.fewer * gamma_p(stages - 1.0, time) + (1.0 - own.fewer) * gamma_p(stages, time)
            }
            Self::HyperExponential { scv, .. } => {
                let (p, q) = balanced_branches(*scv);
                -p * libm::expm1(-2.0 * p * t / mean) - q * libm::expm1(-2.0 * q * t / mean)
            }
            Self::LogNormal { scv, .. } => {
                let variance = libm::log1p(*scv);
                if t == 0.0 {
                    0.0
                } else {
                    normal_cdf((libm::log(t / mean) + 0.5 * variance) / libm::sqrt(variance))
                }
            }
            Self::Pareto { shape, .. } => {
                let minimum = mean * (shape - 1.0) / shape;
                if t <= minimum {
                    0.0
                } else {
                    1.0 - libm::pow(minimum / t, *shape)
                }
            }
            Self::Empirical { values } => {
                values.iter().filter(|value| **value <= t).count() as f64 / values.len() as f64
            }
        }
    }

    /// The smallest t with P(X ≤ t) ≥ `probability`, for 0 ≤ probability < 1; `None` outside.
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&probability) {
            return None;
        }
        let mean = self.mean();
        if mean == 0.0 {
            return Some(0.0);
        }
        Some(match self {
            Self::Exponential { .. } => -mean * libm::log1p(-probability),
            Self::Deterministic { value } => *value,
            Self::Erlang { .. } | Self::Gamma { .. } => {
                let shape = 1.0 / self.scv();
                gamma_quantile(shape, probability) * mean / shape
            }
            Self::MixedErlang { scv, .. } => {
                let own = mixed_stages(*scv);
                let stages = f64::from(own.most);
                let stage_mean = mean / (stages - own.fewer);
                // Between those of the two laws.
                let low = gamma_quantile(stages - 1.0, probability) * stage_mean;
                let high = gamma_quantile(stages, probability) * stage_mean;
                increasing_root(|t| self.cdf(t) - probability, low, high, 1e-15).unwrap_or(high)
            }
            Self::HyperExponential { scv, .. } => {
                let (p, q) = balanced_branches(*scv);
                let survival = |t: f64| {
                    p * libm::exp(-2.0 * p * t / mean) + q * libm::exp(-2.0 * q * t / mean)
                };
                let high = -mean / (2.0 * p.min(q)) * libm::log1p(-probability);
                let target = libm::log1p(-probability);
                increasing_root(|t| target - libm::log(survival(t)), 0.0, high, 1e-15)
                    .unwrap_or(high)
            }
            Self::LogNormal { scv, .. } => {
                let variance = libm::log1p(*scv);
                mean * libm::exp(
                    normal_quantile(probability) * libm::sqrt(variance) - 0.5 * variance,
                )
            }
            Self::Pareto { shape, .. } => {
                mean * (shape - 1.0) / shape * libm::exp(-libm::log1p(-probability) / shape)
            }
            Self::Empirical { values } => {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                let rank = libm::ceil(probability * sorted.len() as f64) as usize;
                *sorted.get(rank.saturating_sub(1))?
            }
        })
    }
}

/// How many stages a mixed Erlang law has.
pub(crate) struct MixedStages {
    /// At most so many: k, 2 or more.
    pub most: u32,
    /// The probability of one less.
    pub fewer: f64,
}

/// The stages of a mixed Erlang law with this squared coefficient of variation (0.000001 to 1): each takes mean / (k − p) seconds on average (Tijms 1994,
/// eq. 5.1.13).
pub(crate) fn mixed_stages(scv: f64) -> MixedStages {
    let stages = libm::ceil(1.0 / scv).max(2.0);
    let root = libm::sqrt((stages * (1.0 + scv) - stages * stages * scv).max(0.0));
    MixedStages {
        most: stages as u32,
        fewer: ((stages * scv - root) / (1.0 + scv)).clamp(0.0, 1.0),
    }
}

/// The branch probabilities of a balanced-means hyperexponential: each branch i has mean m / (2 p_i).
fn balanced_branches(scv: f64) -> (f64, f64) {
    let spread = libm::sqrt((scv - 1.0).max(0.0) / (scv + 1.0));
    // 1 − spread without cancellation for very large spreads.
    let smaller = 0.5 * (2.0 / (scv + 1.0)) / (1.0 + spread);
    (1.0 - smaller, smaller)
}

fn moment(values: &[f64], order: i32) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().map(|v| v.powi(order)).sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests;
