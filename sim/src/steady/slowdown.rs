//! How many times longer than alone a request takes where all present share the servers: a random factor of at least 1. It knows the
//! factor's first two moments, neither queues nor policies.

use crate::theory::complex::{Complex64, inverse, powf, real};

/// Gauss-Laguerre nodes and weights: an exponential factor of mean 1 in four pieces.
const LAGUERRE: [(f64, f64); 4] = [
    (0.322_547_689_619_392_3, 0.603_154_104_341_633_6),
    (1.745_761_101_158_346_6, 0.357_418_692_437_799_7),
    (4.536_620_296_921_128, 0.038_887_908_515_005_38),
    (9.395_070_912_301_133, 0.000_539_294_705_561_327_5),
];

/// Below this squared coefficient of variation the excess is as good as constant.
const CONSTANT: f64 = 1e-4;

/// A slowdown R that doesn't depend on the service asked for: 1, or with a chance 1 plus a gamma-distributed excess.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slowdown {
    /// Its mean.
    pub mean: f64,
    /// Probability of being slowed down at all.
    chance: f64,
    /// Squared coefficient of variation of the excess of those who are; 1 is the exponential law.
    scv: f64,
    /// The law of their excess over its mean in four pieces, with their weights.
    pieces: [(f64, f64); 4],
}

impl Slowdown {
    /// The slowdown with this mean (≥ 1) whose excess over 1 has this second moment in units of its squared mean (≥ 1): 0 or
    /// exponential where that is 2 or more, gamma below.
    pub fn new(mean: f64, second: f64) -> Self {
        if second >= 2.0 {
            return Slowdown {
                mean,
                chance: 2.0 / second,
                scv: 1.0,
                pieces: LAGUERRE,
            };
        }
        let scv = (second - 1.0).clamp(CONSTANT, 1.0);
        Slowdown {
            mean,
            chance: 1.0,
            scv,
            pieces: gamma_pieces(1.0 / scv),
        }
    }

    /// That of M/M/1 with this mean slowdown: 1/(1 − ρ), with the squared coefficient of variation ρ/(2 − ρ)
    /// (Coffman, Muntz & Trotter 1970), so that what exceeds 1 has 1/(ρ(2 − ρ)). With more cores that of the single core with the same
    /// mean is taken. Percentiles from the median to p999 came within 5 % of simulations of 1 to 16 cores at 50 to 95 % load.
    pub fn of_poisson_arrivals(mean: f64) -> Self {
        let equivalent = 1.0 - 1.0 / mean;
        if equivalent <= 0.0 {
            return Slowdown {
                mean,
                chance: 0.0,
                scv: 1.0,
                pieces: LAGUERRE,
            };
        }
        Self::new(mean, 1.0 + 1.0 / (equivalent * (2.0 - equivalent)))
    }

    /// The same law with the excess scaled by a factor.
    pub fn relieved(self, factor: f64) -> Self {
        Slowdown {
            mean: 1.0 + factor * (self.mean - 1.0),
            ..self
        }
    }

    /// The same for those who are slowed down, who are fewer by this factor (0 to 1).
    pub fn rarer(self, factor: f64) -> Self {
        Slowdown {
            mean: 1.0 + factor * (self.mean - 1.0),
            chance: self.chance * factor,
            ..self
        }
    }

    /// Whether nobody is slowed down.
    fn idle(&self) -> bool {
        self.chance <= 0.0 || self.mean <= 1.0
    }

    /// E[(R − 1)²].
    pub fn square_excess(&self) -> f64 {
        if self.idle() {
            return 0.0;
        }
        let excess = self.mean - 1.0;
        (1.0 + self.scv) * excess * excess / self.chance
    }

    /// E[(R − 1)²] over E[R − 1]²; 0 when nobody is slowed down.
    pub fn relative_square(&self) -> f64 {
        if self.idle() {
            0.0
        } else {
            (1.0 + self.scv) / self.chance
        }
    }

    /// E[R²].
    pub fn second(&self) -> f64 {
        1.0 + 2.0 * (self.mean - 1.0) + self.square_excess()
    }

    /// E[wait²] of a service time with this second moment, the wait being what the service is slowed down by, seconds².
    pub fn wait_square(&self, second: f64) -> f64 {
        second * self.square_excess()
    }

    /// Factors by which a service is slowed down, with their probabilities: [`Slowdown::transform`] in pieces.
    pub fn factors(&self) -> impl Iterator<Item = (f64, f64)> {
        let (chance, scale) = if self.idle() {
            (0.0, 0.0)
        } else {
            (self.chance, (self.mean - 1.0) / self.chance)
        };
        let slowed = self
            .pieces
            .into_iter()
            .map(move |(excess, weight)| (1.0 + scale * excess, chance * weight));
        std::iter::once((1.0, 1.0 - chance))
            .chain(slowed)
            .filter(|(_, probability)| *probability > 0.0)
    }

    /// E[e^{−s R S}] over a service time S with this transform; a constant service time (`constant` > 0 seconds) is left out, and only
    /// what it is slowed down by remains.
    #[inline]
    pub fn transform(
        &self,
        constant: f64,
        s: Complex64,
        service: &impl Fn(Complex64) -> Complex64,
    ) -> Complex64 {
        if self.idle() {
            return if constant > 0.0 {
                real(1.0)
            } else {
                service(s)
            };
        }
        let scale = (self.mean - 1.0) / self.chance;
        if constant > 0.0 {
            let base = real(1.0) + s * (constant * scale * self.scv);
            let slowed = if self.scv == 1.0 {
                inverse(base)
            } else {
                powf(base, -1.0 / self.scv)
            };
            return slowed * self.chance + (1.0 - self.chance);
        }
        let mut sum = if self.chance < 1.0 {
            service(s) * (1.0 - self.chance)
        } else {
            real(0.0)
        };
        for (excess, weight) in self.pieces {
            sum += service(s * (1.0 + scale * excess)) * (self.chance * weight);
        }
        sum
    }
}

/// Gaussian quadrature for the gamma law of mean 1 and this shape (≥ 1): the zeros of the Laguerre polynomial of degree 4 with
/// parameter shape − 1, over the shape, from the smallest on.
fn gamma_pieces(shape: f64) -> [(f64, f64); 4] {
    let offset = |k: f64| 2.0 * k + shape;
    let scale = |k: f64| k * (k + shape - 1.0);
    // The monic polynomial of degree 4, its slope, and that of degree 3.
    let polynomial = |x: f64| {
        let (mut before, mut now) = (0.0, 1.0);
        let (mut slope_before, mut slope) = (0.0, 0.0);
        for k in 0..4 {
            let k = f64::from(k);
            let next = (x - offset(k)) * now - scale(k) * before;
            let next_slope = now + (x - offset(k)) * slope - scale(k) * slope_before;
            (before, now) = (now, next);
            (slope_before, slope) = (slope, next_slope);
        }
        (now, slope, before)
    };
    let norm = scale(1.0) * scale(2.0) * scale(3.0);
    let mut pieces = [(0.0, 0.0); 4];
    for found in 0..4 {
        // From the left of all zeros that are left Newton's method climbs to the next without passing it.
        let mut x = if found == 0 { 0.0 } else { pieces[found - 1].0 };
        x += 1e-9 * shape;
        for _ in 0..60 {
            let (value, slope, _) = polynomial(x);
            let others: f64 = pieces[..found]
                .iter()
                .map(|(zero, _)| 1.0 / (x - zero))
                .sum();
            let step = value / (slope - value * others);
            x -= step;
            if step.abs() <= 1e-13 * x {
                break;
            }
        }
        let (_, slope, third) = polynomial(x);
        pieces[found] = (x, norm / (slope * third));
    }
    pieces.map(|(zero, weight)| (zero / shape, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_an_exponential_are_laguerres() {
        for ((node, weight), (expected, share)) in gamma_pieces(1.0).into_iter().zip(LAGUERRE) {
            assert!((node / expected - 1.0).abs() < 1e-12, "{node} {expected}");
            assert!((weight / share - 1.0).abs() < 1e-10, "{weight} {share}");
        }
    }

    #[test]
    fn the_pieces_have_the_moments_of_a_gamma_law() {
        for shape in [1.0, 1.3, 2.0, 7.5, 100.0, 10_000.0] {
            let pieces = gamma_pieces(shape);
            let mut expected = 1.0;
            for power in 0..8 {
                let got: f64 = pieces
                    .iter()
                    .map(|(node, weight)| weight * node.powi(power))
                    .sum();
                assert!(
                    (got / expected - 1.0).abs() < 1e-7,
                    "{shape} {power}: {got} {expected}"
                );
                expected *= (shape + f64::from(power)) / shape;
            }
        }
    }

    #[test]
    fn transforms_have_the_moments_of_the_slowdown() {
        for (mean, second) in [(1.3, 5.0), (4.0, 2.0), (4.9, 1.2), (2.0, 1.0)] {
            let slowdown = Slowdown::new(mean, second);
            let service = |s: Complex64| inverse(real(1.0) + s);
            for constant in [0.0, 1.0] {
                let at = |s: f64| slowdown.transform(constant, real(s), &service).re;
                let (first, step) = if constant > 0.0 {
                    (mean - 1.0, 1e-5)
                } else {
                    (mean, 1e-5)
                };
                let slope = (at(0.0) - at(step)) / step;
                assert!((slope / first - 1.0).abs() < 1e-3, "{slope} {first}");
            }
            let square = (slowdown.second() - (2.0 * mean - 1.0)) / (mean - 1.0) / (mean - 1.0);
            assert!((square / second.max(1.0001) - 1.0).abs() < 1e-9, "{square}");
        }
    }
}
