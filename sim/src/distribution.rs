//! Distributions of service times, think times and delays: moments, transforms, distribution functions and quantiles.
//!
//! All values are in seconds. Knows nothing of stations or scenarios.

use crate::theory::complex::{Complex64, exp, inverse, powf, powu, real};
use crate::theory::special::{
    gamma_p, gamma_quantile, increasing_root, normal_cdf, normal_quantile,
};
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
            Self::HyperExponential { scv, .. }
            | Self::Gamma { scv, .. }
            | Self::LogNormal { scv, .. } => *scv,
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
            0.0
        } else {
            mean * mean * (1.0 + self.scv())
        }
    }

    /// Variance, seconds²; infinite where it doesn't exist.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 {
            0.0
        } else {
            mean * mean * self.scv()
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

/// A Laplace-Stieltjes transform with its constants worked out; evaluate it with [`Transform::at`].
///
/// Exponential, Erlang, hyperexponential, gamma and deterministic laws are closed forms (5 to 60 ns). Pareto is exact to
/// about 1e-10 (series or continued fraction of the generalised exponential integral, about 200 ns). Log-normal is a
/// mixture of Erlang laws on a logarithmic grid with the same first two moments (about 500 ns; transform within 6e-5,
/// see the tests). Empirical laws of more than 32 values are grouped into 32 gamma variables of the groups' own means
/// and variances, which keeps the first two moments and smooths the steps.
#[derive(Clone, Debug)]
pub struct Transform {
    kind: TransformKind,
}

#[derive(Clone, Debug)]
enum TransformKind {
    Exponential {
        mean: f64,
    },
    Deterministic {
        value: f64,
    },
    Erlang {
        stage_mean: f64,
        stages: u32,
    },
    HyperExponential {
        p: f64,
        q: f64,
        mean_p: f64,
        mean_q: f64,
    },
    Gamma {
        scale: f64,
        shape: f64,
    },
    ErlangMixture {
        stages_log2: u32,
        parts: Vec<(f64, f64)>,
    },
    Pareto {
        minimum: f64,
        shape: f64,
        gamma: f64,
    },
    Groups {
        parts: Vec<Group>,
    },
}

#[derive(Clone, Debug)]
struct Group {
    weight: f64,
    mean: f64,
    /// Variance over mean, 0 for a point.
    scale: f64,
}

impl Transform {
    fn of(law: &Distribution) -> Self {
        let mean = law.mean();
        let kind = match law {
            _ if mean <= 0.0 => TransformKind::Deterministic { value: 0.0 },
            Distribution::Exponential { .. } => TransformKind::Exponential { mean },
            Distribution::Deterministic { value } => TransformKind::Deterministic { value: *value },
            Distribution::Erlang { stages, .. } => TransformKind::Erlang {
                stage_mean: mean / f64::from(*stages),
                stages: *stages,
            },
            Distribution::HyperExponential { scv, .. } => {
                let (p, q) = balanced_branches(*scv);
                TransformKind::HyperExponential {
                    p,
                    q,
                    mean_p: mean / (2.0 * p),
                    mean_q: mean / (2.0 * q),
                }
            }
            Distribution::Gamma { scv, .. } => TransformKind::Gamma {
                scale: mean * scv,
                shape: 1.0 / scv,
            },
            Distribution::LogNormal { scv, .. } => log_normal_mixture(mean, *scv),
            Distribution::Pareto { shape, .. } => {
                // Whole exponents put a pole on a pole in the series: step aside by an amount that costs 1e-9.
                let whole = libm::round(*shape);
                let shape = if (shape - whole).abs() < 1e-7 {
                    whole + 1e-7
                } else {
                    *shape
                };
                let minimum = mean * (shape - 1.0) / shape;
                TransformKind::Pareto {
                    minimum,
                    shape,
                    gamma: libm::tgamma(1.0 - shape),
                }
            }
            Distribution::Empirical { values } => TransformKind::Groups {
                parts: groups(values),
            },
        };
        Self { kind }
    }

    /// `E[e^{-sX}]` at s (1/s, Re s ≥ 0).
    #[inline]
    pub fn at(&self, s: Complex64) -> Complex64 {
        match &self.kind {
            TransformKind::Exponential { mean } => inverse(real(1.0) + s * *mean),
            TransformKind::Deterministic { value } => exp(-s * *value),
            TransformKind::Erlang { stage_mean, stages } => {
                powu(inverse(real(1.0) + s * *stage_mean), *stages)
            }
            TransformKind::HyperExponential {
                p,
                q,
                mean_p,
                mean_q,
            } => inverse(real(1.0) + s * *mean_p) * *p + inverse(real(1.0) + s * *mean_q) * *q,
            TransformKind::Gamma { scale, shape } => powf(real(1.0) + s * *scale, -shape),
            TransformKind::ErlangMixture { stages_log2, parts } => {
                let mut sum = real(0.0);
                for (weight, stage_mean) in parts {
                    let mut stage = inverse(real(1.0) + s * *stage_mean);
                    for _ in 0..*stages_log2 {
                        stage *= stage;
                    }
                    sum += stage * *weight;
                }
                sum
            }
            TransformKind::Pareto {
                minimum,
                shape,
                gamma,
            } => pareto_transform(s * *minimum, *shape, *gamma),
            TransformKind::Groups { parts } => {
                let mut sum = real(0.0);
                for group in parts {
                    let part = if group.scale * 1e6 > group.mean {
                        powf(real(1.0) + s * group.scale, -group.mean / group.scale)
                    } else {
                        exp(-s * group.mean)
                    };
                    sum += part * group.weight;
                }
                sum
            }
        }
    }
}

/// The log-normal law as a mixture of Erlang laws whose means lie on a logarithmic grid.
///
/// An Erlang variable of k stages is nearly log-normal with log-variance ψ'(k); mixing over the remaining log-variance gives
/// the rest. The mixing density is normal, corrected by Gram-Charlier terms for the third and fourth cumulants of the
/// Erlang's logarithm, and the grid is finally scaled and spread so that mean and variance are exact.
fn log_normal_mixture(mean: f64, scv: f64) -> TransformKind {
    let log_variance = libm::log1p(scv);
    // Enough stages that an Erlang takes up at most a tenth of the log-variance.
    let mut stages_log2: u32 = 3;
    while stages_log2 < 24 && 10.0 > log_variance * libm::exp2(f64::from(stages_log2)) {
        stages_log2 += 1;
    }
    let stages = libm::exp2(f64::from(stages_log2));
    // The polygamma functions of orders 1, 2 and 3 at the number of stages, by their asymptotic series (1e-6 from eight on).
    let i = 1.0 / stages;
    let kernel_variance = i * (1.0 + i * (0.5 + i * (1.0 / 6.0 - i * i / 30.0)));
    let kernel_third = -i * i * (1.0 + i * (1.0 + i * (0.5 - i * i / 6.0)));
    let kernel_fourth = i * i * i * (2.0 + i * (3.0 + i * (2.0 - i * i)));
    let spread = libm::sqrt(log_variance - kernel_variance);
    let skewness = -kernel_third / (spread * spread * spread);
    let excess = -kernel_fourth / (spread * spread * spread * spread);
    // With steps 1.2 times as wide as the kernel the trapezoidal rule errs by about 1e-6. The second moment of the law
    // gathers around z = 2 spread, so the grid reaches further to the right.
    let step = 1.2 * libm::sqrt(kernel_variance) / spread;
    let left = libm::ceil(4.8 / step) as i32;
    let right = libm::ceil((4.8 + 2.0 * spread) / step) as i32;
    let nodes: Vec<(f64, f64)> = (-left..=right)
        .map(|node| {
            let z = f64::from(node) * step;
            let z2 = z * z;
            let third = skewness / 6.0 * z * (z2 - 3.0);
            let fourth = excess / 24.0 * (z2 * (z2 - 6.0) + 3.0);
            let sixth = skewness * skewness / 72.0 * (z2 * (z2 * (z2 - 15.0) + 45.0) - 15.0);
            (z, libm::exp(-0.5 * z2) * (1.0 + third + fourth + sixth))
        })
        .collect();
    let total: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    // scv of the mixture = (1 + scv of the grid)(1 + 1/k) − 1: choose the spread that makes it exact.
    let wanted = (1.0 + scv) / (1.0 + i);
    let ratio = |spread: f64| {
        let first: f64 = nodes
            .iter()
            .map(|(z, w)| w * libm::exp(spread * z))
            .sum::<f64>()
            / total;
        let second: f64 = nodes
            .iter()
            .map(|(z, w)| w * libm::exp(2.0 * spread * z))
            .sum::<f64>()
            / total;
        second / (first * first) - wanted
    };
    let spread = increasing_root(ratio, spread * 0.9, spread * 1.1, 1e-13).unwrap_or(spread);
    let first: f64 = nodes
        .iter()
        .map(|(z, w)| w * libm::exp(spread * z))
        .sum::<f64>()
        / total;
    let parts = nodes
        .iter()
        .map(|(z, weight)| {
            (
                weight / total,
                mean / first * libm::exp(spread * z) / stages,
            )
        })
        .collect();
    TransformKind::ErlangMixture { stages_log2, parts }
}

/// a E_{a+1}(z), the transform of a Pareto law with tail exponent a and minimum 1; `gamma` is Γ(1 − a).
fn pareto_transform(z: Complex64, a: f64, gamma: f64) -> Complex64 {
    if z.norm_sqr() == 0.0 {
        return real(1.0);
    }
    if z.norm_sqr() > 4.0 {
        // E_n(z) = e^{-z} / (z + n − 1·n/(z + n + 2 − 2(n + 1)/(z + n + 4 − …))), Lentz's method.
        let n = a + 1.0;
        let mut b = z + n;
        let mut c = real(1e300);
        let mut d = inverse(b);
        let mut h = d;
        for i in 1..200 {
            let i = f64::from(i);
            let factor = -i * (n - 1.0 + i);
            b += 2.0;
            d = inverse(d * factor + b);
            c = b + inverse(c) * factor;
            let delta = c * d;
            h *= delta;
            if (delta - real(1.0)).norm_sqr() < 1e-26 {
                break;
            }
        }
        return exp(-z) * h * a;
    }
    // a E_{a+1}(z) = a Γ(−a) z^a − a Σ (−z)^k / (k! (k − a)), and a Γ(−a) = −Γ(1 − a).
    let mut sum = real(1.0);
    let mut term = real(1.0);
    for k in 1..60 {
        let k = f64::from(k);
        term *= -z / k;
        let part = term * (a / (a - k));
        sum += part;
        if part.norm_sqr() < 1e-34 && k > a {
            break;
        }
    }
    sum - powf(z, a) * gamma
}

/// At most 32 groups of neighbouring values.
fn groups(values: &[f64]) -> Vec<Group> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let size = sorted.len().div_ceil(32).max(1);
    sorted
        .chunks(size)
        .map(|chunk| {
            let count = chunk.len() as f64;
            let mean = chunk.iter().sum::<f64>() / count;
            let variance = chunk.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
            let scale = if mean > 0.0 { variance / mean } else { 0.0 };
            Group {
                weight: count / values.len() as f64,
                mean,
                scale,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::special::integrate;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs().max(1e-300),
            "{got} against {expected}"
        );
    }

    fn laws() -> Vec<Distribution> {
        vec![
            Distribution::exponential(0.3).unwrap(),
            Distribution::erlang(2.0, 3).unwrap(),
            Distribution::hyper_exponential(1.5, 4.0).unwrap(),
            Distribution::gamma(0.7, 0.35).unwrap(),
            Distribution::gamma(0.7, 16.0).unwrap(),
            Distribution::log_normal(1.2, 0.3).unwrap(),
            Distribution::log_normal(1.2, 2.0).unwrap(),
            Distribution::log_normal(1.2, 8.0).unwrap(),
            Distribution::log_normal(1.2, 0.01).unwrap(),
            Distribution::pareto(1.0, 3.7).unwrap(),
        ]
    }

    #[test]
    fn quantiles_invert_the_distribution_function() {
        for law in laws() {
            for p in [0.01, 0.5, 0.95, 0.999] {
                let t = law.quantile(p).unwrap();
                assert!((law.cdf(t) - p).abs() < 1e-10, "{law:?} {p}");
            }
        }
    }

    /// `E[g(X)]` = ∫ g(F⁻¹(u)) du by quadrature in u = v⁸/2 on the left and 1 − v⁸/2 on the right, which resolves both ends.
    fn expectation(law: &Distribution, g: impl Fn(f64) -> f64) -> f64 {
        integrate(
            |v| {
                let tail = 0.5 * libm::pow(v, 8.0);
                let left = g(law.quantile(tail).unwrap());
                let right = g(law.quantile((1.0 - tail).min(1.0 - 1e-16)).unwrap());
                (left + right) * 4.0 * libm::pow(v, 7.0)
            },
            0.0,
            1.0,
            400,
        )
    }

    #[test]
    fn moments_match_quadrature_over_the_quantiles() {
        for law in laws() {
            if law.scv() < 3.0 {
                close(expectation(&law, |x| x), law.mean(), 1e-6);
                close(expectation(&law, |x| x * x), law.second_moment(), 1e-3);
            }
        }
        // By hand: a balanced hyperexponential of scv 3 has p = (1 ± √½)/2 and E X³ = 6 Σ p (m / 2p)³.
        let (p, q) = (0.5 * (1.0 + 0.5_f64.sqrt()), 0.5 * (1.0 - 0.5_f64.sqrt()));
        let by_hand = 6.0 * (p * (0.5 / p).powi(3) + q * (0.5 / q).powi(3));
        close(
            Distribution::hyper_exponential(1.0, 3.0)
                .unwrap()
                .third_moment(),
            by_hand,
            1e-13,
        );
        assert_eq!(
            Distribution::pareto(3.0, 1.5).unwrap().second_moment(),
            f64::INFINITY
        );
    }

    #[test]
    fn transforms_match_quadrature_over_the_quantiles() {
        for law in laws() {
            let prepared = law.prepare();
            for s in [(0.05, 0.0), (0.7, 0.0), (0.3, 1.1), (2.0, 4.0)] {
                let s = Complex64::new(s.0, s.1) / law.mean();
                let got = prepared.at(s);
                let re = expectation(&law, |x| exp(-s * x).re);
                let im = expectation(&law, |x| exp(-s * x).im);
                let tolerance = if matches!(law, Distribution::LogNormal { .. }) {
                    6e-5
                } else {
                    2e-6
                };
                let error = (got - Complex64::new(re, im)).norm_sqr().sqrt();
                assert!(
                    error < tolerance,
                    "{law:?} at {s}: {got} against {re} + {im}i"
                );
            }
        }
    }

    #[test]
    fn transforms_start_at_one_and_fall_with_the_mean() {
        let mut all = laws();
        all.push(Distribution::deterministic(0.4).unwrap());
        all.push(
            Distribution::empirical((0..1000).map(|i| 0.1 + f64::from(i) * 1e-3).collect())
                .unwrap(),
        );
        all.push(Distribution::pareto(1.0, 2.0).unwrap());
        for law in all {
            let h = 1e-7 / law.mean();
            let prepared = law.prepare();
            close(prepared.at(real(0.0)).re, 1.0, 1e-12);
            close((1.0 - prepared.at(real(h)).re) / h, law.mean(), 2e-5);
        }
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        let error = Distribution::hyper_exponential(1.0, 0.5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "scv is 0.5, but must be from 1 to 1,000,000"
        );
        assert!(Distribution::exponential(f64::NAN).is_err());
        assert!(Distribution::exponential(-1.0).is_err());
        assert!(Distribution::empirical(vec![]).is_err());
        assert!(Distribution::pareto(1.0, 1.0).is_err());
        assert!(Distribution::erlang(1.0, 0).is_err());
    }

    #[test]
    fn a_zero_mean_is_zero_throughout() {
        for law in [
            Distribution::exponential(0.0).unwrap(),
            Distribution::log_normal(0.0, 2.0).unwrap(),
        ] {
            assert_eq!(law.quantile(0.99), Some(0.0));
            assert_eq!(law.second_moment(), 0.0);
            close(law.transform(Complex64::new(3.0, 4.0)).re, 1.0, 1e-12);
        }
    }
}
