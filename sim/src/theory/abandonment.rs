//! Queues whose customers give up: M/M/c with exponential patience (Erlang A) and with a fixed time-out. Those who give up leave
//! the queue and cost no service. Valid at any load.

use super::multi_server::erlang_b;
use super::special::{gamma_p, non_negative, poisson_pmf, positive, relative_decay};

/// The steady state of a queue with abandonment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Abandonment {
    /// Probability that an arrival gives up before service.
    pub abandon_probability: f64,
    /// Probability that an arrival finds all servers busy.
    pub wait_probability: f64,
    /// Mean number waiting.
    pub mean_queue: f64,
    /// Mean time in the queue over all arrivals, those who give up included, seconds.
    pub mean_wait: f64,
    /// Share of time that each server is busy.
    pub utilisation: f64,
    /// Served customers, 1/s.
    pub throughput: f64,
}

/// M/M/c+M, "Erlang A" (Palm 1946; Garnett, Mandelbaum & Reiman 2002): every waiting customer gives up at `patience_rate` (1/s,
/// ≥ 0; 0 needs a stable queue). Rates in 1/s, `servers` ≥ 1.
pub fn exponential_patience(
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    patience_rate: f64,
) -> Option<Abandonment> {
    let usable =
        non_negative(arrival_rate) && non_negative(patience_rate) && positive(service_rate);
    if !usable || servers == 0 {
        return None;
    }
    let capacity = service_rate * f64::from(servers);
    let idle_side = 1.0 / erlang_b(arrival_rate / service_rate, servers)?;
    if patience_rate == 0.0 && arrival_rate >= capacity {
        return None;
    }
    if arrival_rate == 0.0 || idle_side.is_infinite() {
        return Some(Abandonment {
            abandon_probability: 0.0,
            wait_probability: 0.0,
            mean_queue: 0.0,
            mean_wait: 0.0,
            utilisation: arrival_rate / capacity,
            throughput: arrival_rate,
        });
    }
    // In units of P(all busy, none waiting): 1/B up to there, then w_j = Π_{i ≤ j} λ/(cμ + iθ) with j waiting. Sums are rescaled
    // on the way, in deep overload the weights pass the range of a double.
    let (mut waiting, mut first, mut unit, mut term) = (1.0, 0.0, 1.0, 1.0);
    let mut j = 0.0;
    let mut settled = false;
    for _ in 0..300_000 {
        j += 1.0;
        let ratio = arrival_rate / (capacity + j * patience_rate);
        term *= ratio;
        waiting += term;
        first += j * term;
        if ratio < 1.0 && j * term <= 1e-17 * first * (1.0 - ratio) {
            settled = true;
            break;
        }
        if term > 1e250 {
            for x in [&mut waiting, &mut first, &mut unit, &mut term] {
                *x *= 1e-250;
            }
        }
    }
    let (wait_probability, mean_queue);
    if settled {
        let total = unit * (idle_side - 1.0) + waiting;
        wait_probability = waiting / total;
        mean_queue = first / total;
    } else if patience_rate > 0.0 {
        // Very patient customers: Σ w_j by the incomplete gamma function, Σ j w_j from the balance of flows.
        let (x, y) = (capacity / patience_rate, arrival_rate / patience_rate);
        if !x.is_finite() || !y.is_finite() {
            return None;
        }
        let density = poisson_pmf(x, y);
        let below = gamma_p(x, y);
        // Both multiplied by the density, which may be as small as zero.
        let total = density * (idle_side - 1.0) + below;
        wait_probability = below / total;
        mean_queue = ((arrival_rate - capacity) * below + capacity * density).max(0.0)
            / (patience_rate * total);
    } else {
        return None;
    }
    let abandon_probability = (patience_rate * mean_queue / arrival_rate).min(1.0);
    let throughput = arrival_rate - patience_rate * mean_queue;
    Some(Abandonment {
        abandon_probability,
        wait_probability,
        mean_queue,
        mean_wait: mean_queue / arrival_rate,
        utilisation: throughput / capacity,
        throughput,
    })
}

/// M/M/c+D (Barrer 1957): a customer still waiting after `patience` seconds (≥ 0) gives up. Rates in 1/s, `servers` ≥ 1.
///
/// The wait that a patient arrival would have has density ∝ e^{−(cμ − λ)x} up to the time-out and e^{−cμx} beyond.
pub fn fixed_patience(
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    patience: f64,
) -> Option<Abandonment> {
    let usable = non_negative(arrival_rate) && non_negative(patience) && positive(service_rate);
    if !usable || servers == 0 {
        return None;
    }
    let capacity = service_rate * f64::from(servers);
    // In units of P(c − 1 busy).
    let idle_side = 1.0 / erlang_b(arrival_rate / service_rate, servers - 1)?;
    if arrival_rate == 0.0 || idle_side.is_infinite() {
        return Some(Abandonment {
            abandon_probability: 0.0,
            wait_probability: 0.0,
            mean_queue: 0.0,
            mean_wait: 0.0,
            utilisation: arrival_rate / capacity,
            throughput: arrival_rate,
        });
    }
    // ∫_0^τ e^{(λ − cμ)x} dx and ∫_0^τ x e^{(λ − cμ)x} dx, and the weight at τ, all divided by e^{(λ − cμ)τ} in overload.
    let drift = (arrival_rate - capacity) * patience;
    let overload = drift > 0.0;
    let decay = drift.abs();
    let scale = if overload { libm::exp(-decay) } else { 1.0 };
    let at_timeout = if overload { 1.0 } else { libm::exp(-decay) };
    let within = patience * relative_decay(decay);
    // ∫_0^τ x e^{−δx/τ} dx from either end.
    let lean = if decay > 1.0 {
        (-libm::expm1(-decay) - decay * libm::exp(-decay)) * (patience / decay) * (patience / decay)
    } else {
        patience * patience * first_moment(decay)
    };
    let weighted = if overload {
        patience * within - lean
    } else {
        lean
    };
    let gave_up = arrival_rate * at_timeout / capacity;
    let total = scale * idle_side + arrival_rate * within + gave_up;
    let abandon_probability = (gave_up / total).min(1.0);
    let mean_wait = (arrival_rate * weighted + gave_up * patience) / total;
    let throughput = arrival_rate * (1.0 - abandon_probability);
    Some(Abandonment {
        abandon_probability,
        wait_probability: (arrival_rate * within + gave_up) / total,
        mean_queue: arrival_rate * mean_wait,
        mean_wait,
        utilisation: (throughput / capacity).min(1.0),
        throughput,
    })
}

/// ∫_0^1 u e^{−xu} du, for x ≥ 0.
fn first_moment(x: f64) -> f64 {
    if x < 0.02 {
        0.5 - x / 3.0 + x * x / 8.0 - x * x * x / 30.0 + x * x * x * x / 144.0
    } else {
        (-libm::expm1(-x) - x * libm::exp(-x)) / (x * x)
    }
}

#[cfg(test)]
mod tests {
    use super::super::multi_server::MultiServer;
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    /// The birth-death chain up to `most` customers.
    fn chain(lambda: f64, mu: f64, c: u32, theta: f64, most: u32) -> (f64, f64) {
        let (mut p, mut total, mut waiting, mut queue) = (1.0, 1.0, 0.0, 0.0);
        for n in 1..=most {
            let over = f64::from(n.saturating_sub(c));
            p *= lambda / (f64::from(n.min(c)) * mu + over * theta);
            total += p;
            queue += over * p;
            if n >= c {
                waiting += p;
            }
        }
        (waiting / total, queue / total)
    }

    #[test]
    fn exponential_patience_matches_the_birth_death_chain() {
        for (lambda, c, theta) in [
            (10.0, 10, 0.5),
            (14.0, 10, 0.5),
            (8.0, 10, 0.01),
            (3.0, 1, 2.0),
        ] {
            let (wait, queue) = chain(lambda, 1.0, c, theta, 2000);
            let got = exponential_patience(lambda, 1.0, c, theta).unwrap();
            close(got.wait_probability, wait, 1e-11);
            close(got.mean_queue, queue, 1e-11);
            close(got.abandon_probability, theta * queue / lambda, 1e-11);
            close(got.throughput, lambda - theta * queue, 1e-11);
        }
    }

    #[test]
    fn impatience_vanishing_gives_the_plain_queue_and_patience_in_overload_the_fluid() {
        let plain = MultiServer::new(8.0, 1.0, 10).unwrap();
        close(
            exponential_patience(8.0, 1.0, 10, 0.0).unwrap().mean_queue,
            plain.mean_queue(),
            1e-9,
        );
        close(
            exponential_patience(8.0, 1.0, 10, 1e-9).unwrap().mean_queue,
            plain.mean_queue(),
            1e-6,
        );
        close(
            fixed_patience(8.0, 1.0, 10, 1e4).unwrap().mean_queue,
            plain.mean_queue(),
            1e-9,
        );
        assert_eq!(exponential_patience(10.0, 1.0, 10, 0.0), None);
        // Fluid: (λ − cμ)/θ wait.
        close(
            exponential_patience(1000.0, 1.0, 500, 1e-3)
                .unwrap()
                .mean_queue,
            5e5,
            1e-6,
        );
        close(
            exponential_patience(1e6, 1.0, 1000, 1e-6)
                .unwrap()
                .throughput,
            1000.0,
            1e-6,
        );
    }

    #[test]
    fn fixed_patience_conserves_customers() {
        // Busy servers by Little's law equal the sum over the states: p_n below c, all c otherwise.
        for (lambda, c, patience) in [
            (10.0, 10, 0.3),
            (0.5, 1, 2.0),
            (20.0, 10, 0.4),
            (10.0, 10, 0.0),
            (500.0, 10, 30.0),
        ] {
            let got = fixed_patience(lambda, 1.0, c, patience).unwrap();
            let load = lambda;
            let mut states = vec![1.0_f64];
            for n in 1..c {
                states.push(states[n as usize - 1] * load / f64::from(n));
            }
            let below: f64 = states.iter().sum();
            let free = 1.0 - got.wait_probability;
            let busy: f64 = states
                .iter()
                .enumerate()
                .map(|(n, p)| n as f64 * p / below * free)
                .sum::<f64>()
                + f64::from(c) * got.wait_probability;
            close(busy, lambda * (1.0 - got.abandon_probability), 1e-10);
        }
        // No patience at all is the loss system.
        close(
            fixed_patience(10.0, 1.0, 15, 0.0)
                .unwrap()
                .abandon_probability,
            0.036_496_945_472_370_79,
            1e-12,
        );
    }

    #[test]
    fn impossible_rates_are_refused() {
        assert_eq!(exponential_patience(-1.0, 1.0, 1, 1.0), None);
        assert_eq!(exponential_patience(1.0, 1.0, 0, 1.0), None);
        assert_eq!(fixed_patience(1.0, 0.0, 1, 1.0), None);
        assert_eq!(fixed_patience(1.0, 1.0, 1, f64::NAN), None);
        assert_eq!(
            exponential_patience(0.0, 1.0, 3, 1.0).unwrap().mean_queue,
            0.0
        );
    }
}
