//! How many times longer than alone a request takes where all present share the servers: a random factor of at least 1. It knows the
//! factor's first two moments, neither queues nor policies.

use crate::distribution::Transform;
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

    /// That of `cores` cores at this utilisation that are all taken with this probability, with this mean, for services with this squared coefficient of variation.
    ///
    /// Somebody who comes finds an excess of requests over cores that is geometric where there is one: of E[X²]/E[X]² = (1 + σ)/C, which is
    /// what each moment of his service goes through. What he goes through in all is the mean over his service, and the excess forgets itself at
    /// the rate α = (1 − ρ)(1 + (c − 1)(1 − ρ)) for each mean service: that of M/M/1 in attained service (Coffman, Muntz & Trotter 1970), and of
    /// the queue of c servers in time, slowed down by its mean excess. More or less regular arrivals change both times alike. Averaging leaves 2(αx − 1 + e^(−αx))/(αx)² of the variance at x mean
    /// services, taken over services by their squares and a gamma law. With one core and exponential services that is
    /// E[(R − 1)²]/E[R − 1]² = 1 + 1/(ρ(2 − ρ)), exactly.
    pub fn shared(
        mean: f64,
        cores: f64,
        probability: f64,
        utilisation: f64,
        service_scv: f64,
    ) -> Self {
        let excess = mean - 1.0;
        if excess <= 0.0 || probability <= 0.0 {
            return Slowdown {
                mean,
                chance: 0.0,
                scv: 1.0,
                pieces: LAGUERRE,
            };
        }
        let (idle, free) = (
            1.0 - utilisation.min(1.0),
            (probability / (cores * excess)).min(1.0),
        );
        let forgets = idle * (1.0 + (cores - 1.0) * idle);
        let varies = ((2.0 - free) / probability.min(1.0) - 1.0).max(0.0);
        Self::new(mean, 1.0 + varies * averaged(forgets, service_scv))
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

    /// The same of a law of services. Of measured ones each is constant, or nearly so: in pieces their steps would become steps of what they are
    /// slowed down to, where there are none.
    #[inline]
    pub fn of(&self, law: &Transform, constant: f64, s: Complex64) -> Complex64 {
        self.of_measured(law, s)
            .unwrap_or_else(|| self.transform(constant, s, &|s| law.at(s)))
    }

    /// That of services that were measured; `None` of all others.
    pub fn of_measured(&self, law: &Transform, s: Complex64) -> Option<Complex64> {
        law.with_more(s, |seconds| match seconds > 0.0 {
            true => self.transform(seconds, s, &|_| real(1.0)),
            false => real(1.0),
        })
    }
}

/// Probability that all of so many cores are taken where those who come find this mean excess of requests for each core: as in M/M/c with that
/// excess, by Sakasegawa's C = ρ^(√(2(c + 1)) − 1) (1977), which with one core is exact for any renewal arrivals of exponential services.
pub(super) fn taken_by(cores: f64, excess: f64) -> f64 {
    let queued = cores * excess;
    if queued.is_nan() || queued <= 1e-300 {
        return 0.0;
    }
    if queued > 1e9 {
        return 1.0;
    }
    let mut load = queued / (1.0 + queued);
    if cores <= 1.0 {
        return load;
    }
    let power = libm::sqrt(2.0 * (cores + 1.0)) - 1.0;
    for _ in 0..6 {
        let off = power * libm::log(load) - libm::log((1.0 - load) * queued);
        let slope = power / load + 1.0 / (1.0 - load);
        // A step that would leave the range goes half of the way to its end.
        load = (load - off / slope).clamp(0.5 * load, 0.5 * (1.0 + load));
    }
    libm::pow(load, power)
}

/// What is left of the variance of something that forgets itself at this rate, averaged over services of mean 1.
fn averaged(rate: f64, scv: f64) -> f64 {
    if (scv - 1.0).abs() < 1e-9 {
        return 1.0 / (1.0 + rate);
    }
    // Below that differences of what is nearly the same say nothing.
    if rate < 1e-3 {
        return 1.0;
    }
    let transform = if scv > 1e-6 {
        libm::pow(1.0 + rate * scv, -1.0 / scv)
    } else {
        libm::exp(-rate)
    };
    (2.0 * (rate - 1.0 + transform) / (rate * rate * (1.0 + scv))).clamp(0.0, 1.0)
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
    use crate::distribution::Distribution;

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
    fn one_core_slows_services_down_as_theory_says() {
        for load in [0.2_f64, 0.5, 0.8, 0.95] {
            let mean = 1.0 / (1.0 - load);
            let of = |scv: f64| Slowdown::shared(mean, 1.0, load, load, scv);
            // Exponential services: R has the squared coefficient of variation ρ/(2 − ρ) (Coffman, Muntz & Trotter 1970).
            let scv = of(1.0).second() / (mean * mean) - 1.0;
            assert!((scv - load / (2.0 - load)).abs() < 1e-9, "{load}: {scv}");
            // Constant ones: Var T(x) = 2/(1 − ρ)² ∫(x − u) P(W > u) du with the wait of M/D/1 (Yashkov 1983), P(W > u) = 1 − (1 − ρ) e^(ρu) for
            // u up to one service.
            let scv = of(0.0).second() / (mean * mean) - 1.0;
            let exact = 1.0 - 2.0 * (1.0 - load) * (libm::exp(load) - 1.0 - load) / (load * load);
            assert!((scv / exact - 1.0).abs() < 0.09, "{load}: {scv} {exact}");
        }
    }

    #[test]
    fn several_cores_slow_services_down_as_simulated() {
        // E[(R − 1)²]/E[R − 1]² from six million events of the event simulation, exponential and constant services.
        for (cores, load, scv, simulated) in [
            (2, 0.8, 1.0, 2.24),
            (4, 0.8, 1.0, 2.58),
            (8, 0.8, 1.0, 3.15),
            (2, 0.9, 1.0, 2.12),
            (8, 0.9, 1.0, 2.52),
            (2, 0.8, 0.0, 2.39),
            (4, 0.8, 0.0, 2.80),
            (8, 0.8, 0.0, 3.55),
            (2, 0.5, 0.0, 3.70),
            (8, 0.6, 0.0, 8.30),
        ] {
            let c = f64::from(cores);
            let taken = crate::theory::multi_server::erlang_c(load * c, cores).unwrap();
            let mean = 1.0 + taken / (c * (1.0 - load));
            let got = Slowdown::shared(mean, c, taken, load, scv).relative_square();
            assert!(
                (got / simulated - 1.0).abs() < 0.08,
                "{cores} {load} {scv}: {got} {simulated}"
            );
        }
    }

    #[test]
    fn as_many_cores_are_taken_as_make_the_excess() {
        for (cores, load) in [
            (1.0_f64, 0.3),
            (2.0, 0.05),
            (4.0, 0.8),
            (64.0, 0.99),
            (1000.0, 0.9),
        ] {
            let power = libm::sqrt(2.0 * (cores + 1.0)) - 1.0;
            let taken = libm::pow(load, power);
            let got = taken_by(cores, taken / (cores * (1.0 - load)));
            assert!(
                (got / taken - 1.0).abs() < 1e-6,
                "{cores} {load}: {got} {taken}"
            );
        }
    }

    #[test]
    fn averages_of_a_service_are_those_of_its_law() {
        for rate in [0.01_f64, 0.3, 2.0] {
            // ∫ x² f(αx) e^(−x) dx / 2 = 1/(1 + α), and continuous on both sides of exponential and constant services.
            for (scv, expected) in [
                (1.0, 1.0 / (1.0 + rate)),
                (1.0001, 1.0 / (1.0 + rate)),
                (1e-5, averaged(rate, 0.0)),
            ] {
                assert!(
                    (averaged(rate, scv) / expected - 1.0).abs() < 1e-3,
                    "{rate} {scv}"
                );
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
            // Measured services are slowed down by the same.
            let measured = Distribution::empirical(vec![0.0, 0.5, 2.5])
                .unwrap()
                .prepare();
            let at = |s: f64| slowdown.of(&measured, 0.0, real(s)).re;
            let slope = (at(0.0) - at(1e-5)) / 1e-5;
            assert!((slope / mean - 1.0).abs() < 1e-3, "{slope} {mean}");
            let square = (slowdown.second() - (2.0 * mean - 1.0)) / (mean - 1.0) / (mean - 1.0);
            assert!((square / second.max(1.0001) - 1.0).abs() < 1e-9, "{square}");
        }
    }
}
