//! Processor sharing: all customers present are served at once and share the servers equally, as threads share cores.

use super::complex::{Complex64, exp, inverse, real, sqrt};
use super::multi_server::MultiServer;
use crate::distribution::Transform;

/// M/G/1 under processor sharing (Kleinrock 1967; insensitive to the service time distribution).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedServer {
    arrival_rate: f64,
    mean_service: f64,
}

impl SharedServer {
    /// The queue with this arrival rate (1/s, ≥ 0) and mean service time when alone (seconds, > 0); `None` at or above
    /// saturation.
    pub fn new(arrival_rate: f64, mean_service: f64) -> Option<Self> {
        let usable = arrival_rate >= 0.0 && mean_service > 0.0 && arrival_rate * mean_service < 1.0;
        usable.then_some(Self {
            arrival_rate,
            mean_service,
        })
    }

    /// Share of time that the server is busy.
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// Mean sojourn time, seconds: `E[S]` / (1 − ρ).
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_service / (1.0 - self.utilisation())
    }

    /// Mean sojourn time of a customer that needs `service` seconds when alone: service / (1 − ρ).
    pub fn mean_sojourn_given(&self, service: f64) -> f64 {
        service / (1.0 - self.utilisation())
    }

    /// How many times longer than alone everything takes on average, 1 / (1 − ρ).
    pub fn slowdown(&self) -> f64 {
        1.0 / (1.0 - self.utilisation())
    }

    /// Mean number present.
    pub fn mean_number(&self) -> f64 {
        self.utilisation() / (1.0 - self.utilisation())
    }

    /// Variance of the sojourn time for exponential service, seconds² (Coffman, Muntz & Trotter 1970):
    /// (2 + ρ) / (2 − ρ) times the squared mean.
    pub fn exponential_sojourn_variance(&self) -> f64 {
        let rho = self.utilisation();
        let mean = self.mean_sojourn();
        (2.0 + rho) / (2.0 - rho) * mean * mean
    }

    /// `E[e^{−s·sojourn}]` for exponential service (Coffman, Muntz & Trotter 1970, "Waiting time distributions for
    /// processor-sharing systems"): their transform for a given service time, integrated term by term. Takes about
    /// 30 / −log₁₀ ρ steps at worst.
    pub fn exponential_sojourn_transform(&self, s: Complex64) -> Complex64 {
        let (lambda, mu, rho) = (
            self.arrival_rate,
            1.0 / self.mean_service,
            self.utilisation(),
        );
        if s.norm_sqr() == 0.0 {
            return real(1.0);
        }
        if lambda == 0.0 {
            return inverse(s / mu + 1.0);
        }
        // The root of λr² − (λ + μ + s)r + μ = 0 inside the unit circle; the larger one divides, so nothing cancels.
        let b = s + (lambda + mu);
        let root = sqrt(b * b - 4.0 * lambda * mu);
        let outer = if (b.conj() * root).re >= 0.0 {
            b + root
        } else {
            b - root
        };
        let r = inverse(outer) * (2.0 * mu);
        let one = real(1.0);
        let bulk = (one - r * r * rho) * (1.0 - rho);
        let edge = one - r * rho;
        let scale = inverse(edge * edge);
        let q = (one - r) * (one - r) * rho * scale;
        let a = (one - r) * lambda + s + mu;
        let step = inverse(r) * mu - r * lambda;
        let mut sum = real(0.0);
        let mut power = one;
        let mut rate = a;
        for _ in 0..100_000 {
            let term = power * inverse(rate);
            sum += term;
            if term.norm_sqr() < 1e-30 * sum.norm_sqr() {
                break;
            }
            power *= q;
            rate += step;
        }
        sum * bulk * scale * mu
    }

    /// `E[e^{−s·sojourn}]` of a customer that needs `service` seconds when alone, other service times being exponential.
    pub fn sojourn_transform_given(&self, service: f64, s: Complex64) -> Complex64 {
        let (lambda, mu, rho) = (
            self.arrival_rate,
            1.0 / self.mean_service,
            self.utilisation(),
        );
        if lambda == 0.0 {
            return exp(-s * service);
        }
        let b = s + (lambda + mu);
        let root = sqrt(b * b - 4.0 * lambda * mu);
        let outer = if (b.conj() * root).re >= 0.0 {
            b + root
        } else {
            b - root
        };
        let r = inverse(outer) * (2.0 * mu);
        let one = real(1.0);
        let (edge, gap) = (one - r * rho, one - r);
        let fade = exp(-(inverse(r) * mu - r * lambda) * service);
        let numerator = (one - r * r * rho) * (1.0 - rho) * exp(-(gap * lambda + s) * service);
        numerator * inverse(edge * edge - gap * gap * rho * fade)
    }
}

/// The most groups of occupancies that a [`SharedServers`] distinguishes.
const MOST_GROUPS: usize = 24;

/// M/G/c under processor sharing: n customers on c servers each progress at rate min(1, c/n).
///
/// Means are exact and insensitive to the service time distribution (Cohen 1979): those of M/M/c. The distribution is the
/// snapshot approximation, in which a customer meets for its whole stay the crowd that it found (exact in heavy traffic,
/// Reiman 1982): the mean, also for a given service time, stays exact; the standard deviation of M/M/1 comes out up to 10 %
/// too large (at half load), 6 % at 80 % load.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedServers {
    queue: MultiServer,
    mean_service: f64,
    /// Probability and slowdown of each group.
    groups: Vec<(f64, f64)>,
}

impl SharedServers {
    /// The queue with this arrival rate (1/s, ≥ 0), mean service time when alone (seconds, > 0) and number of servers; `None`
    /// at or above saturation.
    pub fn new(arrival_rate: f64, mean_service: f64, servers: u32) -> Option<Self> {
        let queue = MultiServer::new(arrival_rate, 1.0 / mean_service, servers)?;
        let wait = queue.wait_probability();
        let rho = queue.utilisation();
        let c = f64::from(servers);
        let mut groups = vec![(1.0 - wait, 1.0)];
        if wait > 0.0 {
            // Found c + j with probability C(1 − ρ)ρ^j: slowdown 1 + (j + 1)/c. Groups double in width.
            let (mut from, mut width) = (0.0_f64, 1.0_f64);
            while groups.len() < MOST_GROUPS {
                let (head, tail) = (libm::pow(rho, from), libm::pow(rho, from + width));
                let last = groups.len() + 1 == MOST_GROUPS || head < 1e-14;
                let mass = if last { head } else { head - tail };
                if mass <= 0.0 {
                    break;
                }
                // Mean of j over [from, from + width), or over the whole rest.
                let rest = rho / (1.0 - rho);
                let mean = if last {
                    from + rest
                } else {
                    (head * (from + rest) - tail * (from + width + rest)) / mass
                };
                groups.push((wait * mass, 1.0 + (mean + 1.0) / c));
                if last {
                    break;
                }
                from += width;
                if groups.len() > 6 {
                    width *= 1.5;
                }
            }
        }
        Some(Self {
            queue,
            mean_service,
            groups,
        })
    }

    /// Share of time that each server is busy.
    pub fn utilisation(&self) -> f64 {
        self.queue.utilisation()
    }

    /// Mean sojourn time, seconds.
    pub fn mean_sojourn(&self) -> f64 {
        self.queue.mean_sojourn()
    }

    /// Mean sojourn time of a customer that needs `service` seconds when alone.
    pub fn mean_sojourn_given(&self, service: f64) -> f64 {
        service * self.slowdown()
    }

    /// How many times longer than alone everything takes on average.
    pub fn slowdown(&self) -> f64 {
        self.queue.mean_sojourn() / self.mean_service
    }

    /// Mean number present.
    pub fn mean_number(&self) -> f64 {
        self.queue.mean_number()
    }

    /// Variance of the sojourn time in the snapshot approximation, seconds², for a service time of this second moment.
    pub fn sojourn_variance(&self, service_second_moment: f64) -> f64 {
        let square: f64 = self.groups.iter().map(|(p, k)| p * k * k).sum();
        let mean = self.mean_sojourn();
        (square * service_second_moment - mean * mean).max(0.0)
    }

    /// `E[e^{−s·sojourn}]` in the snapshot approximation, with the prepared transform of the service time.
    pub fn sojourn_transform(&self, s: Complex64, service: &Transform) -> Complex64 {
        self.groups
            .iter()
            .fold(real(0.0), |sum, (p, k)| sum + service.at(s * *k) * *p)
    }
}

#[cfg(test)]
mod tests {
    use super::super::special::integrate;
    use super::super::transform::{Outline, Precision, batched, quantiles};
    use super::*;
    use crate::distribution::Distribution;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn a_customer_three_times_as_long_stays_three_times_as_long() {
        let queue = SharedServer::new(0.8, 1.0).unwrap();
        close(queue.mean_sojourn(), 5.0, 1e-14);
        close(queue.mean_sojourn_given(3.0), 15.0, 1e-14);
        assert!(SharedServer::new(1.0, 1.0).is_none());
        let shared = SharedServers::new(0.8, 1.0, 1).unwrap();
        close(shared.slowdown(), 5.0, 1e-13);
        close(shared.mean_sojourn_given(3.0), 15.0, 1e-13);
    }

    #[test]
    fn the_exact_transform_has_the_known_mean_and_variance() {
        for rho in [0.2, 0.5, 0.8, 0.95] {
            let queue = SharedServer::new(rho, 1.0).unwrap();
            let h = 1e-3 / queue.mean_sojourn();
            let f = |x: f64| queue.exponential_sojourn_transform(real(x)).re;
            let (f0, f1, f2, f3) = (1.0, f(h), f(2.0 * h), f(3.0 * h));
            let slope = (-11.0 * f0 + 18.0 * f1 - 9.0 * f2 + 2.0 * f3) / (6.0 * h);
            let bend = (2.0 * f0 - 5.0 * f1 + 4.0 * f2 - f3) / (h * h);
            close(-slope, queue.mean_sojourn(), 1e-6);
            let square =
                queue.exponential_sojourn_variance() + queue.mean_sojourn() * queue.mean_sojourn();
            close(bend, square, 2e-3);
        }
    }

    #[test]
    fn the_unconditional_transform_is_the_conditional_one_averaged() {
        let queue = SharedServer::new(0.7, 1.0).unwrap();
        for s in [
            real(0.2),
            Complex64::new(0.1, 0.9),
            Complex64::new(1.0, 6.0),
        ] {
            let at = |x: f64| queue.sojourn_transform_given(x, s) * libm::exp(-x);
            let re = integrate(|x| at(x).re, 0.0, 40.0, 4000);
            let im = integrate(|x| at(x).im, 0.0, 40.0, 4000);
            let got = queue.exponential_sojourn_transform(s);
            assert!(
                (got - Complex64::new(re, im)).norm_sqr().sqrt() < 1e-10,
                "{s}: {got} {re} {im}"
            );
        }
    }

    #[test]
    fn the_snapshot_keeps_the_exact_mean_and_comes_near_the_exact_tail() {
        for (rho, tolerance) in [(0.5, 0.12), (0.8, 0.09), (0.95, 0.05)] {
            let exact = SharedServer::new(rho, 1.0).unwrap();
            let snapshot = SharedServers::new(rho, 1.0, 1).unwrap();
            let service = Distribution::exponential(1.0).unwrap().prepare();
            let mean: f64 = snapshot.groups.iter().map(|(p, k)| p * k).sum();
            close(mean, exact.mean_sojourn(), 1e-12);
            let outline = Outline::new(exact.mean_sojourn(), exact.exponential_sojourn_variance());
            let (mut a, mut b) = ([0.0; 3], [0.0; 3]);
            let p = [0.5, 0.95, 0.99];
            let mut f = batched(|s| exact.exponential_sojourn_transform(s));
            quantiles(&mut f, &outline, &p, Precision::Exact, &mut a).unwrap();
            let mut f = batched(|s| snapshot.sojourn_transform(s, &service));
            quantiles(&mut f, &outline, &p, Precision::Exact, &mut b).unwrap();
            for (exact, near) in a.iter().zip(b) {
                close(near, *exact, tolerance);
            }
        }
    }

    #[test]
    fn several_shared_servers_have_the_mean_of_the_queue() {
        for (rate, servers) in [(6.4, 8), (0.0, 3), (990.0, 1000), (999.9, 1000)] {
            let shared = SharedServers::new(rate, 1.0, servers).unwrap();
            let mean: f64 = shared.groups.iter().map(|(p, k)| p * k).sum();
            close(mean, shared.mean_sojourn(), 1e-12);
            let mass: f64 = shared.groups.iter().map(|(p, _)| p).sum();
            close(mass, 1.0, 1e-12);
        }
        assert!(SharedServers::new(3.0, 1.0, 3).is_none());
    }
}
