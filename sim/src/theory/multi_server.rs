//! Poisson arrivals to c parallel exponential servers: Erlang's loss and delay formulas and the M/M/c queue with its
//! waiting and sojourn time distributions.

use super::complex::{Complex64, inverse, real};
use super::special::{poisson_pmf, relative_decay, survival_quantile};

/// Up to this many servers the recursion is used; above it, sums of about √c terms.
const RECURSION_LIMIT: u32 = 128;

/// Erlang B: the probability that an arrival to `servers` servers without waiting room finds them all busy, for an offered
/// load (arrival rate × mean service time, in erlangs) ≥ 0. Holds for every service time distribution.
///
/// Erlang 1917; the recursion is the classical one, above 128 servers the Poisson tail is summed instead, so that 100,000
/// servers cost a few microseconds. Relative error about 1e-14 × √servers. `None` for a negative or non-finite load.
pub fn erlang_b(offered_load: f64, servers: u32) -> Option<f64> {
    if !(offered_load >= 0.0 && offered_load.is_finite()) {
        return None;
    }
    Some(blocking(offered_load, servers))
}

fn blocking(load: f64, servers: u32) -> f64 {
    if servers == 0 {
        return 1.0;
    }
    if load == 0.0 {
        return 0.0;
    }
    if servers <= RECURSION_LIMIT {
        // B(n) = a B(n−1) / (n + a B(n−1)).
        let mut b = 1.0;
        for n in 1..=servers {
            let product = load * b;
            b = product / (f64::from(n) + product);
        }
        return b;
    }
    let c = f64::from(servers);
    if load >= c {
        // 1/B = 1 + c/a + c(c−1)/a² + …, all terms positive and falling.
        let mut sum = 1.0;
        let mut term = 1.0;
        let mut factor = c;
        while factor > 0.0 {
            term *= factor / load;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
            factor -= 1.0;
        }
        return 1.0 / sum;
    }
    // B = p(c) / P(N ≤ c) with N Poisson; the complement's terms fall geometrically.
    let probability = poisson_pmf(c, load);
    let mut tail = 0.0;
    let mut term = 1.0;
    let mut n = c;
    loop {
        n += 1.0;
        term *= load / n;
        tail += term;
        if term <= tail * 1e-17 {
            break;
        }
    }
    probability / (1.0 - probability * tail)
}

/// Erlang C: the probability that an arrival to M/M/c has to wait, for an offered load (erlangs) below the number of
/// servers. `None` at or above saturation and for a negative or non-finite load.
///
/// Erlang 1917; C = B / (1 − ρ(1 − B)).
pub fn erlang_c(offered_load: f64, servers: u32) -> Option<f64> {
    let c = f64::from(servers);
    if !(offered_load >= 0.0 && offered_load < c) {
        return None;
    }
    let b = blocking(offered_load, servers);
    let utilisation = offered_load / c;
    Some(b / (1.0 - utilisation * (1.0 - b)))
}

/// A loss system M/G/c/c: arrivals that find all servers busy are lost (Erlang 1917; insensitive to the service time
/// distribution, Sevastyanov 1957).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossSystem {
    /// Probability that an arrival is lost.
    pub blocking: f64,
    /// Carried load: mean number of busy servers.
    pub carried_load: f64,
    /// Utilisation of each server, 0 to 1.
    pub utilisation: f64,
}

impl LossSystem {
    /// The loss system with this offered load (erlangs, ≥ 0) and number of servers (≥ 1).
    pub fn new(offered_load: f64, servers: u32) -> Option<Self> {
        if servers == 0 {
            return None;
        }
        let blocking = erlang_b(offered_load, servers)?;
        let carried_load = offered_load * (1.0 - blocking);
        Some(Self {
            blocking,
            carried_load,
            utilisation: carried_load / f64::from(servers),
        })
    }
}

/// A stable M/M/c queue, first come first served (Erlang 1917; Gross & Harris, "Fundamentals of Queueing Theory", ch. 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiServer {
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    wait_probability: f64,
}

impl MultiServer {
    /// The queue with these rates (1/s; arrival ≥ 0, service of one server > 0) and number of servers; `None` unless the
    /// arrival rate is below servers × service rate.
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u32) -> Option<Self> {
        if !(service_rate > 0.0 && service_rate.is_finite()) {
            return None;
        }
        let wait_probability = erlang_c(arrival_rate / service_rate, servers)?;
        Some(Self {
            arrival_rate,
            service_rate,
            servers,
            wait_probability,
        })
    }

    /// Mean number of busy servers, erlangs.
    pub fn offered_load(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Share of time that each server is busy.
    pub fn utilisation(&self) -> f64 {
        self.offered_load() / f64::from(self.servers)
    }

    /// Probability that an arrival waits (Erlang C).
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The rate at which the wait of those who wait runs out, cμ − λ, 1/s.
    pub fn spare_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate - self.arrival_rate
    }

    /// Mean wait in the queue over all arrivals, seconds.
    pub fn mean_wait(&self) -> f64 {
        self.wait_probability / self.spare_rate()
    }

    /// Mean number waiting.
    pub fn mean_queue(&self) -> f64 {
        self.arrival_rate * self.mean_wait()
    }

    /// Mean sojourn time (wait and service), seconds.
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + 1.0 / self.service_rate
    }

    /// Mean number waiting or in service.
    pub fn mean_number(&self) -> f64 {
        self.mean_queue() + self.offered_load()
    }

    /// Variance of the wait, seconds².
    pub fn wait_variance(&self) -> f64 {
        let mean_of_those = 1.0 / self.spare_rate();
        self.wait_probability * (2.0 - self.wait_probability) * mean_of_those * mean_of_those
    }

    /// Variance of the sojourn time, seconds².
    pub fn sojourn_variance(&self) -> f64 {
        self.wait_variance() + 1.0 / (self.service_rate * self.service_rate)
    }

    /// Probability that no customer is present; 0 where it is too small for a double.
    pub fn empty_probability(&self) -> f64 {
        // p(0) = C (1 − ρ) c! / a^c.
        let a = self.offered_load();
        if a == 0.0 {
            return 1.0;
        }
        let c = f64::from(self.servers);
        if a < 700.0 && self.servers <= 4096 {
            // 1/p(0) = Σ a^n/n! over n < c, plus a^c/c! / (1 − ρ).
            let mut term = 1.0;
            let mut sum = 0.0;
            for n in 1..=self.servers {
                sum += term;
                term *= a / f64::from(n);
            }
            return 1.0 / (sum + term / (1.0 - self.utilisation()));
        }
        let log = libm::log(self.wait_probability)
            + libm::log1p(-self.utilisation())
            + super::special::ln_factorial(c)
            - c * libm::log(a);
        libm::exp(log)
    }

    /// P(wait > t), t in seconds.
    pub fn wait_survival(&self, t: f64) -> f64 {
        if t < 0.0 {
            1.0
        } else {
            self.wait_probability * libm::exp(-self.spare_rate() * t)
        }
    }

    /// The quantile of the wait, seconds; exactly 0 up to the probability of not waiting. `None` unless 0 ≤ probability < 1.
    pub fn wait_quantile(&self, probability: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&probability) {
            return None;
        }
        let survival = 1.0 - probability;
        if survival >= self.wait_probability {
            return Some(0.0);
        }
        Some(libm::log(self.wait_probability / survival) / self.spare_rate())
    }

    /// P(sojourn time > t), t in seconds.
    pub fn sojourn_survival(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return 1.0;
        }
        let (mu, theta) = (self.service_rate, self.spare_rate());
        // P(wait + service > t | wait) = e^{−μt} + μ∫e^{−μu}e^{−θ(t−u)}du, written without cancellation at μ = θ.
        let slower = mu.min(theta);
        let overlap = mu * t * libm::exp(-slower * t) * relative_decay((mu - theta).abs() * t);
        libm::exp(-mu * t) + self.wait_probability * overlap
    }

    /// P(sojourn time ≤ t), t in seconds.
    pub fn sojourn_cdf(&self, t: f64) -> f64 {
        1.0 - self.sojourn_survival(t)
    }

    /// The quantile of the sojourn time, seconds, relative error about 1e-14; `None` unless 0 ≤ probability < 1.
    pub fn sojourn_quantile(&self, probability: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&probability) {
            return None;
        }
        if self.servers == 1 {
            return Some(-libm::log1p(-probability) / self.spare_rate());
        }
        survival_quantile(
            |t| self.sojourn_survival(t),
            1.0 - probability,
            self.mean_sojourn(),
        )
    }

    /// `E[e^{−s·wait}]`.
    #[inline]
    pub fn wait_transform(&self, s: Complex64) -> Complex64 {
        let theta = self.spare_rate();
        real(1.0 - self.wait_probability) + inverse(s + theta) * (self.wait_probability * theta)
    }

    /// `E[e^{−s·sojourn}]`.
    #[inline]
    pub fn sojourn_transform(&self, s: Complex64) -> Complex64 {
        self.wait_transform(s) * inverse(s + self.service_rate) * self.service_rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::transform::{Outline, Precision, batched, quantiles};
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    /// The inverse recursion 1/B(n) = 1 + n/a · 1/B(n−1), a second method.
    fn slow_erlang_b(load: f64, servers: u32) -> f64 {
        1.0 / (1..=servers).fold(1.0, |inverse, n| 1.0 + f64::from(n) / load * inverse)
    }

    #[test]
    fn erlang_b_matches_the_published_table() {
        // 2 erlangs on 3 servers: 4/19; 10 erlangs on 15: 3.65 %.
        close(erlang_b(2.0, 3).unwrap(), 4.0 / 19.0, 1e-15);
        close(erlang_b(10.0, 15).unwrap(), 0.036_496_945_472_370_79, 1e-14);
        close(
            erlang_b(500.0, 500).unwrap(),
            0.034_847_777_414_685_505,
            1e-12,
        );
    }

    #[test]
    fn erlang_b_of_many_servers_agrees_with_the_recursion() {
        for (load, servers) in [
            (120.0, 129),
            (250.0, 257),
            (990.0, 1000),
            (1000.0, 1000),
            (1100.0, 1000),
            (50_000.0, 1000),
            (99_900.0, 100_000),
            (100_000.0, 100_000),
            (120_000.0, 100_000),
        ] {
            close(
                erlang_b(load, servers).unwrap(),
                slow_erlang_b(load, servers),
                1e-11,
            );
        }
        assert!(erlang_b(1.0, 100_000).unwrap() >= 0.0);
    }

    #[test]
    fn loads_out_of_range_are_refused() {
        assert_eq!(erlang_b(-1.0, 3), None);
        assert_eq!(erlang_b(f64::NAN, 3), None);
        assert_eq!(erlang_c(3.0, 3), None);
        assert_eq!(erlang_c(0.0, 0), None);
        assert_eq!(erlang_c(0.0, 4), Some(0.0));
        assert_eq!(erlang_b(0.0, 0), Some(1.0));
        assert!(MultiServer::new(1.0, 0.0, 2).is_none());
        assert!(MultiServer::new(f64::INFINITY, 1.0, 2).is_none());
    }

    #[test]
    fn a_single_server_is_the_textbook_exponential() {
        let queue = MultiServer::new(0.8, 1.0, 1).unwrap();
        close(queue.wait_probability(), 0.8, 1e-15);
        close(queue.mean_sojourn(), 5.0, 1e-14);
        close(queue.mean_number(), 4.0, 1e-14);
        close(
            queue.sojourn_quantile(0.99).unwrap(),
            5.0 * libm::log(100.0),
            1e-14,
        );
        close(
            queue.wait_quantile(0.99).unwrap(),
            5.0 * libm::log(80.0),
            1e-14,
        );
        close(queue.empty_probability(), 0.2, 1e-14);
    }

    #[test]
    fn sojourn_quantiles_satisfy_the_survival_function_also_where_the_two_rates_meet() {
        // c = 3, λ = 2, μ = 1 makes the spare rate equal to the service rate.
        for (lambda, c) in [
            (2.0, 3),
            (2.000_000_1, 3),
            (6.4, 8),
            (990.0, 1000),
            (999.9, 1000),
            (0.0, 5),
        ] {
            let queue = MultiServer::new(lambda, 1.0, c).unwrap();
            for p in [0.0, 0.5, 0.95, 0.99, 0.999, 0.999_999] {
                let t = queue.sojourn_quantile(p).unwrap();
                close(queue.sojourn_survival(t), 1.0 - p, 1e-12);
            }
        }
    }

    #[test]
    fn transforms_invert_to_the_closed_form() {
        let queue = MultiServer::new(80.0, 50.0, 2).unwrap();
        let outline = Outline::new(queue.mean_sojourn(), queue.sojourn_variance());
        let probabilities = [0.5, 0.95, 0.99, 0.999];
        for (precision, tolerance) in [(Precision::Fast, 1e-5), (Precision::Exact, 1e-9)] {
            let mut out = [0.0; 4];
            let mut transform = batched(|s| queue.sojourn_transform(s));
            quantiles(
                &mut transform,
                &outline,
                &probabilities,
                precision,
                &mut out,
            )
            .unwrap();
            for (got, p) in out.iter().zip(probabilities) {
                close(*got, queue.sojourn_quantile(p).unwrap(), tolerance);
            }
        }
    }
}
