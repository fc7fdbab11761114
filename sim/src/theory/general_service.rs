//! Queues whose service time follows any distribution: M/G/1 exactly (Pollaczek-Khinchine), M/D/1 with its waiting-time
//! distribution, and the usual approximations for several servers and other arrival processes.

use super::complex::{Complex64, inverse, real};
use super::multi_server::erlang_c;
use super::special::{increasing_root, poisson_pmf, survival_quantile};
use crate::distribution::{Distribution, Transform};

/// A stable M/G/1 queue, first come first served (Pollaczek 1930, Khinchine 1932).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SingleServer {
    arrival_rate: f64,
    mean_service: f64,
    second_moment: f64,
    third_moment: f64,
}

impl SingleServer {
    /// The queue with this arrival rate (1/s, ≥ 0) and service time; `None` at or above saturation.
    pub fn new(arrival_rate: f64, service: &Distribution) -> Option<Self> {
        Self::with_moments(
            arrival_rate,
            service.mean(),
            service.second_moment(),
            service.third_moment(),
        )
    }

    /// The queue from the first three moments of its service time (s, s², s³; the last two may be infinite).
    pub fn with_moments(
        arrival_rate: f64,
        mean: f64,
        second_moment: f64,
        third_moment: f64,
    ) -> Option<Self> {
        let usable =
            arrival_rate >= 0.0 && mean >= 0.0 && second_moment >= mean * mean * (1.0 - 1e-12);
        if !usable || third_moment.is_nan() || !(arrival_rate * mean < 1.0) {
            return None;
        }
        Some(Self {
            arrival_rate,
            mean_service: mean,
            second_moment,
            third_moment,
        })
    }

    /// Share of time that the server is busy.
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// Mean wait, seconds: λ `E[S²]` / 2(1 − ρ). Infinite where the service time has no second moment.
    pub fn mean_wait(&self) -> f64 {
        if self.arrival_rate == 0.0 {
            return 0.0;
        }
        self.arrival_rate * self.second_moment / (2.0 * (1.0 - self.utilisation()))
    }

    /// `E[wait²]`, seconds² (Takács 1962): 2 `E[W]²` + λ `E[S³]` / 3(1 − ρ).
    pub fn wait_second_moment(&self) -> f64 {
        if self.arrival_rate == 0.0 {
            return 0.0;
        }
        let mean = self.mean_wait();
        2.0 * mean * mean
            + self.arrival_rate * self.third_moment / (3.0 * (1.0 - self.utilisation()))
    }

    /// Variance of the wait, seconds²; infinite where the service time has no third moment.
    pub fn wait_variance(&self) -> f64 {
        let (mean, square) = (self.mean_wait(), self.wait_second_moment());
        if square.is_finite() {
            square - mean * mean
        } else {
            f64::INFINITY
        }
    }

    /// Mean sojourn time (wait and service), seconds.
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + self.mean_service
    }

    /// Variance of the sojourn time, seconds².
    pub fn sojourn_variance(&self) -> f64 {
        self.wait_variance() + (self.second_moment - self.mean_service * self.mean_service).max(0.0)
    }

    /// Mean number waiting.
    pub fn mean_queue(&self) -> f64 {
        self.arrival_rate * self.mean_wait()
    }

    /// Mean number waiting or in service.
    pub fn mean_number(&self) -> f64 {
        self.mean_queue() + self.utilisation()
    }

    /// `E[e^{−s·wait}]` from `service` = `E[e^{−sS}]` at the same s: (1 − ρ) / (1 − ρ (1 − B(s)) / (s `E[S]`)).
    #[inline]
    pub fn wait_transform(&self, s: Complex64, service: Complex64) -> Complex64 {
        if s.norm_sqr() == 0.0 {
            return real(1.0);
        }
        let busy = (real(1.0) - service) * inverse(s) * self.arrival_rate;
        inverse(real(1.0) - busy) * (1.0 - self.utilisation())
    }

    /// `E[e^{−s·sojourn}]` from `service` = `E[e^{−sS}]` at the same s.
    #[inline]
    pub fn sojourn_transform(&self, s: Complex64, service: Complex64) -> Complex64 {
        self.wait_transform(s, service) * service
    }
}

/// Levels, in units of the service time, up to which the waiting-time distribution of M/D/1 is summed; beyond, all but its
/// slowest exponential has died out to less than 1e-12 of the rest.
const EXACT_LEVELS: usize = 24;

/// The waiting-time distribution of a stable M/D/1 queue, to about 1e-12.
#[derive(Clone, Debug, PartialEq)]
pub struct DeterministicServer {
    arrival_rate: f64,
    service: f64,
    /// P(at most n waiting), n = 0, 1, ….
    at_most: [f64; EXACT_LEVELS + 1],
    /// Exponent of the tail per service time.
    decay: f64,
    /// Weight of the tail.
    weight: f64,
}

impl DeterministicServer {
    /// The queue with this arrival rate (1/s, ≥ 0) and constant service time (seconds, ≥ 0); `None` at or above saturation.
    pub fn new(arrival_rate: f64, service: f64) -> Option<Self> {
        let load = arrival_rate * service;
        if !(arrival_rate >= 0.0 && service >= 0.0 && load < 1.0) {
            return None;
        }
        // Number present at departures, by Ramaswami's recursion, whose terms are all positive:
        // π(j+1) a(0) = π(0) Ā(j) + Σ_{i=1..j} π(i) Ā(j + 1 − i), with Ā(k) = P(more than k arrivals in a service time).
        let mut more_than = [0.0; EXACT_LEVELS + 2];
        for (k, entry) in more_than.iter_mut().enumerate() {
            let mut n = k as f64 + 1.0;
            let mut term = poisson_pmf(n, load);
            while term > 0.0 {
                let before = *entry;
                *entry += term;
                if *entry == before {
                    break;
                }
                n += 1.0;
                term *= load / n;
            }
        }
        let none = libm::exp(-load);
        let mut present = [0.0; EXACT_LEVELS + 2];
        present[0] = 1.0 - load;
        for j in 0..=EXACT_LEVELS {
            let mut sum = present[0] * more_than[j];
            for i in 1..=j {
                sum += present[i] * more_than[j + 1 - i];
            }
            present[j + 1] = sum / none;
        }
        let mut at_most = [0.0; EXACT_LEVELS + 1];
        let mut sum = present[0];
        for (entry, probability) in at_most.iter_mut().zip(&present[1..]) {
            sum += probability;
            *entry = sum;
        }
        // The tail: P(W > t) ~ (1 − ρ) / (ρ + η − 1) e^{−ηt/D}, where ρ(e^η − 1) = η (Cramér-Lundberg).
        let (decay, weight) = if load > 0.0 {
            let equation = |eta: f64| eta - libm::log1p(eta / load);
            let mut high = 1.0;
            while equation(high) <= 0.0 {
                high *= 2.0;
            }
            let decay = increasing_root(equation, 1.0 - load, high, 1e-16)?;
            (decay, (1.0 - load) / (load + decay - 1.0))
        } else {
            (f64::INFINITY, 0.0)
        };
        Some(Self {
            arrival_rate,
            service,
            at_most,
            decay,
            weight,
        })
    }

    /// P(wait > t), t in seconds (Erlang 1909; the stable sum is Franx 2001, "A simple solution for the M/D/c waiting time
    /// distribution", with c = 1).
    pub fn wait_survival(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 1.0;
        }
        if self.weight == 0.0 {
            return 0.0;
        }
        let level = t / self.service;
        if level >= EXACT_LEVELS as f64 {
            return self.weight * libm::exp(-self.decay * level);
        }
        // For (k − 1)D ≤ t < kD: P(W ≤ t) = e^{−y} Σ_{j<k} P(at most k − 1 − j waiting) y^j / j!, y = λ(kD − t).
        let k = libm::floor(level) as usize + 1;
        let y = self.arrival_rate * self.service * (k as f64 - level);
        let mut term = libm::exp(-y);
        let mut below = 0.0;
        for j in 0..k {
            below += term * self.at_most[k - 1 - j];
            term *= y / (j as f64 + 1.0);
        }
        (1.0 - below).max(0.0)
    }

    /// The quantile of the wait, seconds; 0 up to 1 − ρ. `None` unless 0 ≤ probability < 1.
    pub fn wait_quantile(&self, probability: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&probability) {
            return None;
        }
        if self.wait_survival(0.0) <= 1.0 - probability {
            return Some(0.0);
        }
        survival_quantile(|t| self.wait_survival(t), 1.0 - probability, self.service)
    }

    /// The quantile of the sojourn time, seconds.
    pub fn sojourn_quantile(&self, probability: f64) -> Option<f64> {
        Some(self.wait_quantile(probability)? + self.service)
    }
}

/// Mean wait in G/G/1 in heavy traffic (Kingman 1961): ρ/(1 − ρ) · (ca² + cs²)/2 · `E[S]`, seconds. `arrival_scv` and
/// `service_scv` are squared coefficients of variation. `None` at or above saturation.
///
/// An upper bound is close to it; the error vanishes as ρ → 1 and was −0.2 % at ρ = 0.9, ca² = 4, cs² = 2 (simulated), but
/// reaches tens of per cent at low load.
pub fn kingman_mean_wait(
    arrival_rate: f64,
    mean_service: f64,
    arrival_scv: f64,
    service_scv: f64,
) -> Option<f64> {
    let load = arrival_rate * mean_service;
    let usable = load >= 0.0 && load < 1.0 && arrival_scv >= 0.0 && service_scv >= 0.0;
    usable.then(|| load / (1.0 - load) * 0.5 * (arrival_scv + service_scv) * mean_service)
}

/// Mean wait in G/G/c (Allen & Cunneen; Allen 1978): the M/M/c wait times (ca² + cs²)/2, seconds.
///
/// Exact for M/M/c and M/G/1. Simulated errors: −6.9 % (4 servers, ρ = 0.8, ca² = 2, cs² = 0.5), −3.4 % (M/D/4, ρ = 0.8).
pub fn allen_cunneen_mean_wait(
    arrival_rate: f64,
    mean_service: f64,
    servers: u32,
    arrival_scv: f64,
    service_scv: f64,
) -> Option<f64> {
    let usable = arrival_scv >= 0.0 && service_scv >= 0.0;
    let poisson = exponential_mean_wait(arrival_rate, mean_service, servers)?;
    usable.then_some(poisson * 0.5 * (arrival_scv + service_scv))
}

/// Mean wait in M/M/c, seconds.
fn exponential_mean_wait(arrival_rate: f64, mean_service: f64, servers: u32) -> Option<f64> {
    if !(mean_service >= 0.0 && mean_service.is_finite()) {
        return None;
    }
    let load = arrival_rate * mean_service;
    let c = f64::from(servers);
    Some(erlang_c(load, servers)? * mean_service / (c - load))
}

/// Mean wait in M/D/c (Cosmetatos 1975), seconds: half the M/M/c wait times 1 + (1 − ρ)(c − 1)(√(4 + 5c) − 2)/(16ρc).
///
/// Exact for one server; −0.2 % for 4 servers at ρ = 0.8. The correction is held at its limit of 1 at very low load, where
/// nobody waits.
pub fn cosmetatos_mean_wait(arrival_rate: f64, service: f64, servers: u32) -> Option<f64> {
    let poisson = exponential_mean_wait(arrival_rate, service, servers)?;
    Some(poisson * 0.5 * (1.0 + cosmetatos_correction(arrival_rate * service, servers)))
}

fn cosmetatos_correction(load: f64, servers: u32) -> f64 {
    let c = f64::from(servers);
    let utilisation = load / c;
    if utilisation <= 0.0 {
        return if servers > 1 { 1.0 } else { 0.0 };
    }
    let correction = (1.0 - utilisation) * (c - 1.0) * (libm::sqrt(4.0 + 5.0 * c) - 2.0)
        / (16.0 * utilisation * c);
    correction.min(1.0)
}

/// Mean wait in M/G/c by interpolation between M/D/c and M/M/c in the squared coefficient of variation (Björklund & Elldin
/// 1964, Page 1972, with Cosmetatos' M/D/c), seconds.
///
/// Exact for c = 1 and for exponential service. For cs² ≤ 1 within about 2 % of tables; above 1 the law's third moment
/// matters too and errors of 5 to 15 % are usual at moderate load.
pub fn general_mean_wait(
    arrival_rate: f64,
    mean_service: f64,
    servers: u32,
    service_scv: f64,
) -> Option<f64> {
    if !(service_scv >= 0.0) {
        return None;
    }
    let poisson = exponential_mean_wait(arrival_rate, mean_service, servers)?;
    let correction = cosmetatos_correction(arrival_rate * mean_service, servers);
    if poisson == 0.0 {
        return Some(0.0);
    }
    if service_scv <= 1.0 {
        return Some(poisson * (service_scv + (1.0 - service_scv) * 0.5 * (1.0 + correction)));
    }
    // Above 1 the same line continues; it never falls below half of Allen-Cunneen's value since the correction is ≤ 1.
    Some(poisson * (0.5 * (1.0 + service_scv) - 0.5 * (service_scv - 1.0) * correction.min(0.5)))
}

/// The waiting time in G/G/c (first come first served) with its approximate distribution.
///
/// The probability of waiting is Erlang's C. The wait of those who wait has the shape of M/G/1's with a server c times as
/// fast (Nozaki & Ross 1978; Tijms, van Hoorn & Federgruen 1981) and is stretched to the mean given by
/// [`general_mean_wait`] for Poisson arrivals, by [`allen_cunneen_mean_wait`] otherwise. Exact for M/M/c and M/G/1.
#[derive(Clone, Debug)]
pub struct GeneralMultiServer {
    arrival_rate: f64,
    mean_service: f64,
    servers: u32,
    wait_probability: f64,
    mean_wait: f64,
    /// `E[wait²]`.
    wait_square: f64,
    /// Factor from the argument s to the argument of the service transform.
    stretch: f64,
    service_variance: f64,
}

impl GeneralMultiServer {
    /// The queue with this arrival rate (1/s, ≥ 0), squared coefficient of variation of the times between arrivals (1 for
    /// Poisson), number of servers (≥ 1) and service time; `None` at or above saturation.
    pub fn new(
        arrival_rate: f64,
        arrival_scv: f64,
        servers: u32,
        service: &Distribution,
    ) -> Option<Self> {
        let mean_service = service.mean();
        let load = arrival_rate * mean_service;
        let wait_probability = erlang_c(load, servers)?;
        let scv = service.scv();
        let poisson = (arrival_scv - 1.0).abs() < 1e-9;
        let mean_wait = if servers == 1 || !poisson {
            allen_cunneen_mean_wait(arrival_rate, mean_service, servers, arrival_scv, scv)?
        } else {
            general_mean_wait(arrival_rate, mean_service, servers, scv)?
        };
        let c = f64::from(servers);
        let utilisation = load / c;
        let (mut stretch, mut wait_square) = (1.0 / c, 0.0);
        if wait_probability > 0.0 {
            // Moments of the wait of those who wait in the fast single server, E[V²] = 2ρE[V]² + E[S³]/3E[S](1 − ρ).
            let raw_mean = service.second_moment() / (2.0 * mean_service * c * (1.0 - utilisation));
            let raw_square = 2.0 * utilisation * raw_mean * raw_mean
                + service.third_moment() / (3.0 * mean_service * c * c * (1.0 - utilisation));
            let wanted = mean_wait / wait_probability;
            let factor = if raw_mean.is_finite() && raw_mean > 0.0 {
                wanted / raw_mean
            } else {
                1.0
            };
            stretch = factor / c;
            wait_square = wait_probability * raw_square * factor * factor;
            if wait_square.is_nan() {
                wait_square = f64::INFINITY;
            }
        }
        Some(Self {
            arrival_rate,
            mean_service,
            servers,
            wait_probability,
            mean_wait,
            wait_square,
            stretch,
            service_variance: service.variance(),
        })
    }

    /// Share of time that each server is busy.
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.mean_service / f64::from(self.servers)
    }

    /// Probability that an arrival waits.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// Mean wait over all arrivals, seconds.
    pub fn mean_wait(&self) -> f64 {
        self.mean_wait
    }

    /// Variance of the wait, seconds²; infinite where the service time has no third moment.
    pub fn wait_variance(&self) -> f64 {
        if self.wait_square.is_finite() {
            (self.wait_square - self.mean_wait * self.mean_wait).max(0.0)
        } else {
            f64::INFINITY
        }
    }

    /// Mean number waiting.
    pub fn mean_queue(&self) -> f64 {
        self.arrival_rate * self.mean_wait
    }

    /// Mean sojourn time, seconds.
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait + self.mean_service
    }

    /// Variance of the sojourn time, seconds².
    pub fn sojourn_variance(&self) -> f64 {
        self.wait_variance() + self.service_variance
    }

    /// `E[e^{−s·wait}]`, with the prepared transform of the service time.
    #[inline]
    pub fn wait_transform(&self, s: Complex64, service: &Transform) -> Complex64 {
        if self.wait_probability == 0.0 || s.norm_sqr() == 0.0 {
            return real(1.0);
        }
        let u = s * self.stretch;
        let residual = (real(1.0) - service.at(u)) * inverse(u * self.mean_service);
        let utilisation = self.utilisation();
        let waiting = residual * inverse(real(1.0) - residual * utilisation) * (1.0 - utilisation);
        waiting * self.wait_probability + (1.0 - self.wait_probability)
    }

    /// `E[e^{−s·sojourn}]`, with the prepared transform of the service time.
    #[inline]
    pub fn sojourn_transform(&self, s: Complex64, service: &Transform) -> Complex64 {
        self.wait_transform(s, service) * service.at(s)
    }
}

#[cfg(test)]
mod tests {
    use super::super::multi_server::MultiServer;
    use super::super::transform::{Outline, Precision, batched, quantiles};
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn pollaczek_khinchine_holds_for_the_textbook_laws() {
        // ρ = 0.8: exponential waits 4, constant 2, squared coefficient of variation 16 waits 34.
        let exponential = SingleServer::new(0.8, &Distribution::exponential(1.0).unwrap()).unwrap();
        close(exponential.mean_wait(), 4.0, 1e-14);
        close(
            exponential.wait_variance(),
            MultiServer::new(0.8, 1.0, 1).unwrap().wait_variance(),
            1e-13,
        );
        close(
            SingleServer::new(0.8, &Distribution::deterministic(1.0).unwrap())
                .unwrap()
                .mean_wait(),
            2.0,
            1e-14,
        );
        close(
            SingleServer::new(0.8, &Distribution::gamma(1.0, 16.0).unwrap())
                .unwrap()
                .mean_wait(),
            34.0,
            1e-13,
        );
        assert!(SingleServer::new(1.0, &Distribution::exponential(1.0).unwrap()).is_none());
        let heavy = SingleServer::new(0.5, &Distribution::pareto(1.0, 1.5).unwrap()).unwrap();
        assert_eq!(
            (heavy.mean_wait(), heavy.wait_variance()),
            (f64::INFINITY, f64::INFINITY)
        );
    }

    #[test]
    fn constant_service_percentiles_match_erlangs_distribution() {
        let queue = DeterministicServer::new(0.8, 1.0).unwrap();
        close(
            queue.wait_quantile(0.5).unwrap(),
            1.275_939_873_376_235_3,
            1e-11,
        );
        close(
            queue.wait_quantile(0.95).unwrap(),
            6.620_324_996_840_724,
            1e-11,
        );
        close(
            queue.wait_quantile(0.99).unwrap(),
            10.355_886_791_994_953,
            1e-11,
        );
    }

    #[test]
    fn constant_service_distribution_joins_its_tail_and_integrates_to_the_mean() {
        for load in [0.05, 0.3, 0.8, 0.95, 0.999] {
            let queue = DeterministicServer::new(load * 50.0, 0.02).unwrap();
            let edge = EXACT_LEVELS as f64 * 0.02;
            let (before, after) = (
                queue.wait_survival(edge * (1.0 - 1e-12)),
                queue.wait_survival(edge),
            );
            assert!((before - after).abs() < 1e-12, "{load}: {before} {after}");
            let body: f64 = (0..EXACT_LEVELS)
                .map(|k| {
                    let start = k as f64 * 0.02;
                    super::super::special::integrate(
                        |t| queue.wait_survival(t),
                        start,
                        start + 0.02 * (1.0 - 1e-15),
                        4,
                    )
                })
                .sum();
            let tail = queue.wait_survival(edge) * 0.02 / queue.decay;
            close(body + tail, load * 0.02 / (2.0 * (1.0 - load)), 1e-10);
        }
        let idle = DeterministicServer::new(0.0, 1.0).unwrap();
        assert_eq!(idle.wait_quantile(0.999), Some(0.0));
        assert!(DeterministicServer::new(1.0, 1.0).is_none());
    }

    #[test]
    fn constant_service_transform_inverts_to_the_same_percentiles() {
        let law = Distribution::deterministic(1.0).unwrap();
        let (queue, service) = (SingleServer::new(0.8, &law).unwrap(), law.prepare());
        let outline = Outline {
            mean: queue.mean_wait(),
            variance: queue.wait_variance(),
            shift: 1.0,
        };
        let exact = DeterministicServer::new(0.8, 1.0).unwrap();
        for (precision, tolerance) in [(Precision::Fast, 2e-3), (Precision::Exact, 2e-4)] {
            let mut out = [0.0; 4];
            let probabilities = [0.5, 0.95, 0.99, 0.999];
            let mut transform = batched(|s| queue.wait_transform(s, service.at(s)));
            quantiles(
                &mut transform,
                &outline,
                &probabilities,
                precision,
                &mut out,
            )
            .unwrap();
            for (got, p) in out.iter().zip(probabilities) {
                close(*got, exact.sojourn_quantile(p).unwrap(), tolerance);
            }
        }
    }

    #[test]
    fn published_approximations_give_their_published_values() {
        close(
            allen_cunneen_mean_wait(3.2, 1.0, 4, 2.0, 0.5).unwrap(),
            0.931_925_737_167_819_5,
            1e-13,
        );
        close(kingman_mean_wait(0.9, 1.0, 4.0, 2.0).unwrap(), 27.0, 1e-13);
        // By hand: M/M/4 at 0.8 waits 0.745541; half of it times 1.033972.
        close(cosmetatos_mean_wait(3.2, 1.0, 4).unwrap(), 0.385_434, 2e-6);
        close(cosmetatos_mean_wait(0.8, 1.0, 1).unwrap(), 2.0, 1e-14);
        assert_eq!(kingman_mean_wait(1.0, 1.0, 1.0, 1.0), None);
        assert_eq!(allen_cunneen_mean_wait(4.0, 1.0, 4, 1.0, 1.0), None);
        assert_eq!(general_mean_wait(0.0, 1.0, 4, 0.3), Some(0.0));
    }

    #[test]
    fn several_general_servers_reduce_to_the_exact_cases() {
        let s = Complex64::new(0.3, 1.7);
        let exponential = Distribution::exponential(0.5).unwrap();
        let approximate = GeneralMultiServer::new(5.0, 1.0, 4, &exponential).unwrap();
        let exact = MultiServer::new(5.0, 2.0, 4).unwrap();
        close(approximate.mean_wait(), exact.mean_wait(), 1e-13);
        close(approximate.wait_variance(), exact.wait_variance(), 1e-12);
        let (a, b) = (
            approximate.wait_transform(s, &exponential.prepare()),
            exact.wait_transform(s),
        );
        assert!((a - b).norm_sqr() < 1e-26);

        let law = Distribution::gamma(0.5, 3.0).unwrap();
        let approximate = GeneralMultiServer::new(1.2, 1.0, 1, &law).unwrap();
        let exact = SingleServer::new(1.2, &law).unwrap();
        close(approximate.mean_wait(), exact.mean_wait(), 1e-13);
        close(approximate.wait_variance(), exact.wait_variance(), 1e-12);
        let (a, b) = (
            approximate.wait_transform(s, &law.prepare()),
            exact.wait_transform(s, law.transform(s)),
        );
        assert!((a - b).norm_sqr() < 1e-26);
    }

    #[test]
    fn the_mean_of_the_approximate_wait_is_the_stated_one() {
        for (scv, servers) in [(0.0, 4), (0.3, 16), (4.0, 3)] {
            let law = Distribution::with_moments(0.2, scv).unwrap();
            let queue =
                GeneralMultiServer::new(4.0 * f64::from(servers), 1.0, servers, &law).unwrap();
            let service = law.prepare();
            let slope = |h: f64| (1.0 - queue.wait_transform(real(h), &service).re) / h;
            close(2.0 * slope(5e-4) - slope(1e-3), queue.mean_wait(), 1e-5);
        }
    }
}
