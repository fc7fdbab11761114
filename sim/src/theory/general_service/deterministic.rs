//! M/D/1: a single server whose service always takes the same time.

use super::super::special::{increasing_root, poisson_pmf, survival_quantile};

/// Levels, in units of the service time, up to which the waiting-time distribution of M/D/1 is summed; beyond, all but its
/// slowest exponential has died out to less than 1e-12 of the rest.
pub(super) const EXACT_LEVELS: usize = 24;

/// The waiting-time distribution of a stable M/D/1 queue, to about 1e-12.
#[derive(Clone, Debug, PartialEq)]
pub struct DeterministicServer {
    arrival_rate: f64,
    service: f64,
    /// P(at most n waiting), n = 0, 1, ….
    at_most: [f64; EXACT_LEVELS + 1],
    /// Exponent of the tail per service time.
    pub(super) decay: f64,
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
