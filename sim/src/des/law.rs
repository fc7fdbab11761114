//! Distributions made ready for drawing, each with a stream of its own. It knows nothing of what the times are for.

use super::random::Stream;
use crate::distribution::{Distribution, MixedStages, mixed_stages};

/// Draws times in seconds. Of thousands of them, each is in as few cache lines as it can be.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Sampler {
    law: Law,
    stream: Stream,
    /// Delays take so many times as long as drawn; services don't look here, but at their instance.
    pub slow: f64,
}

/// A distribution with its constants worked out.
#[derive(Clone, Debug)]
enum Law {
    Exponential(f64),
    Constant(f64),
    Erlang {
        stage_mean: f64,
        stages: u32,
    },
    /// As many stages or one less.
    MixedErlang(Box<Staged>),
    /// A mixture of two exponentials.
    Mixture(Box<Mixture>),
    Gamma {
        shape: f64,
        scale: f64,
    },
    LogNormal {
        location: f64,
        deviation: f64,
    },
    Pareto {
        minimum: f64,
        inverse_shape: f64,
    },
    Empirical(Box<[f64]>),
}

/// So many stages, or one less with this probability.
#[derive(Clone, Debug)]
struct Staged {
    stage_mean: f64,
    stages: u32,
    fewer: f64,
}

/// Two means: the first with this probability.
#[derive(Clone, Debug)]
struct Mixture {
    probability: f64,
    means: (f64, f64),
}

const _: () = assert!(size_of::<Sampler>() == 64);

/// Erlang with more stages is drawn as the gamma distribution that it is.
const MOST_STAGES: u32 = 12;

impl Sampler {
    /// Draws from the distribution with this stream.
    pub fn new(distribution: &Distribution, stream: Stream) -> Self {
        let mean = distribution.mean();
        let law = match distribution {
            _ if mean == 0.0 => Law::Constant(0.0),
            Distribution::Exponential { mean } => Law::Exponential(*mean),
            Distribution::Deterministic { value } => Law::Constant(*value),
            Distribution::Erlang { mean, stages } if *stages <= MOST_STAGES => Law::Erlang {
                stage_mean: mean / f64::from(*stages),
                stages: *stages,
            },
            Distribution::Erlang { .. } | Distribution::Gamma { .. } => {
                let shape = 1.0 / distribution.scv();
                Law::Gamma {
                    shape,
                    scale: mean / shape,
                }
            }
            Distribution::MixedErlang { mean, scv } => {
                let MixedStages { most, fewer } = mixed_stages(*scv);
                Law::MixedErlang(Box::new(Staged {
                    stage_mean: mean / (f64::from(most) - fewer),
                    stages: most,
                    fewer,
                }))
            }
            Distribution::HyperExponential { mean, scv } => {
                let spread = libm::sqrt((scv - 1.0).max(0.0) / (scv + 1.0));
                let smaller = 1.0 / (scv + 1.0) / (1.0 + spread);
                Law::Mixture(Box::new(Mixture {
                    probability: smaller,
                    means: (mean / (2.0 * smaller), mean / (2.0 * (1.0 - smaller))),
                }))
            }
            Distribution::LogNormal { mean, scv } => {
                let variance = libm::log1p(*scv);
                Law::LogNormal {
                    location: libm::log(*mean) - 0.5 * variance,
                    deviation: libm::sqrt(variance),
                }
            }
            Distribution::Pareto { mean, shape } => Law::Pareto {
                minimum: mean * (shape - 1.0) / shape,
                inverse_shape: 1.0 / shape,
            },
            Distribution::Empirical { values } => Law::Empirical(values.clone().into()),
        };
        Sampler {
            law,
            stream,
            slow: 1.0,
        }
    }

    /// Draws with the stream of another, whose place it takes.
    pub fn go_on_from(&mut self, other: Sampler) {
        let Sampler {
            law: _,
            stream,
            slow: _,
        } = other;
        self.stream = stream;
    }

    /// The next time, seconds.
    #[inline]
    pub fn draw(&mut self) -> f64 {
        match self.law {
            Law::Exponential(mean) => mean * self.stream.exponential(),
            Law::Constant(value) => value,
            _ => self.draw_other(),
        }
    }

    #[inline(never)]
    fn draw_other(&mut self) -> f64 {
        let stream = &mut self.stream;
        match &self.law {
            Law::Exponential(mean) => mean * stream.exponential(),
            Law::Constant(value) => *value,
            Law::Erlang { stage_mean, stages } => {
                stage_mean * (0..*stages).map(|_| stream.exponential()).sum::<f64>()
            }
            Law::MixedErlang(own) => {
                let stages = own.stages - u32::from(stream.happens(own.fewer));
                let sum = if stages <= MOST_STAGES {
                    (0..stages).map(|_| stream.exponential()).sum::<f64>()
                } else {
                    stream.gamma(f64::from(stages))
                };
                own.stage_mean * sum
            }
            Law::Mixture(mixture) => {
                let mean = if stream.happens(mixture.probability) {
                    mixture.means.0
                } else {
                    mixture.means.1
                };
                mean * stream.exponential()
            }
            Law::Gamma { shape, scale } => scale * stream.gamma(*shape),
            Law::LogNormal {
                location,
                deviation,
            } => libm::exp(location + deviation * stream.normal()),
            Law::Pareto {
                minimum,
                inverse_shape,
            } => minimum * libm::exp(stream.exponential() * inverse_shape),
            Law::Empirical(values) => {
                values[stream.below(u32::try_from(values.len()).unwrap_or(u32::MAX)) as usize]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    #[test]
    fn draws_follow_the_distribution_function() {
        let laws = [
            Distribution::exponential(2.0),
            Distribution::erlang(0.5, 3),
            Distribution::erlang(0.5, 40),
            Distribution::erlang_with_scv(2.0, 0.7),
            Distribution::erlang_with_scv(2.0, 0.3),
            Distribution::erlang_with_scv(0.5, 0.013),
            Distribution::hyper_exponential(1.0, 4.0),
            Distribution::gamma(1.0, 0.0625),
            Distribution::gamma(1.0, 16.0),
            Distribution::log_normal(3.0, 2.0),
            Distribution::pareto(1.0, 2.5),
        ];
        for (index, law) in laws.into_iter().enumerate() {
            let law = law.unwrap();
            let mut sampler = Sampler::new(&law, Stream::named(11, index as u32, Purpose::Time, 0));
            const DRAWS: usize = 200_000;
            let mut draws: Vec<f64> = (0..DRAWS).map(|_| sampler.draw()).collect();
            draws.sort_by(f64::total_cmp);
            // The distance of Kolmogorov: below 1.95 / √n in 999 of 1,000 samples.
            let distance = draws
                .iter()
                .enumerate()
                .map(|(rank, draw)| {
                    let cdf = law.cdf(*draw);
                    let (below, above) = (rank as f64, rank as f64 + 1.0);
                    (cdf - below / DRAWS as f64)
                        .abs()
                        .max((cdf - above / DRAWS as f64).abs())
                })
                .fold(0.0, f64::max);
            assert!(
                distance < 1.95 / (DRAWS as f64).sqrt(),
                "{law:?}: {distance}"
            );
        }
    }

    #[test]
    fn constants_and_measured_values_come_as_they_are() {
        let stream = || Stream::named(1, 1, Purpose::Time, 0);
        let constant = Distribution::deterministic(0.3).unwrap();
        assert_eq!(Sampler::new(&constant, stream()).draw(), 0.3);
        let measured = Distribution::empirical(vec![1.0, 2.0, 5.0]).unwrap();
        let mut sampler = Sampler::new(&measured, stream());
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            match sampler.draw() {
                1.0 => counts[0] += 1,
                2.0 => counts[1] += 1,
                5.0 => counts[2] += 1,
                other => panic!("{other} was never measured"),
            }
        }
        assert!(
            counts.iter().all(|count| (9_600..10_400).contains(count)),
            "{counts:?}"
        );
    }
}
