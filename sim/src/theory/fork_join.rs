//! Requests that split over several servers and wait for the last part: maxima of independent times, and fork-join queues.

use super::special::non_negative;

/// The harmonic number H_k = 1 + 1/2 + … + 1/k.
pub fn harmonic(k: u32) -> f64 {
    if k <= 1000 {
        return (1..=k).rev().map(|i| 1.0 / f64::from(i)).sum();
    }
    let n = f64::from(k);
    let n2 = n * n;
    libm::log(n) + 0.577_215_664_901_532_9 + 0.5 / n - 1.0 / (12.0 * n2) + 1.0 / (120.0 * n2 * n2)
}

/// Mean of the largest of k independent exponential times of the same mean, seconds: H_k × mean.
pub fn largest_of_exponentials_mean(k: u32, mean: f64) -> Option<f64> {
    (k > 0 && mean >= 0.0 && mean.is_finite()).then(|| harmonic(k) * mean)
}

/// The quantile of the largest of k independent exponential times of the same mean, seconds: −mean · ln(1 − p^{1/k}).
pub fn largest_of_exponentials_quantile(k: u32, mean: f64, probability: f64) -> Option<f64> {
    if k == 0 || !(mean >= 0.0 && mean.is_finite()) || !(0.0..1.0).contains(&probability) {
        return None;
    }
    // ln(1 − e^x) with x = ln p / k ≤ 0.
    let x = libm::log(probability) / f64::from(k);
    Some(-mean * libm::log(-libm::expm1(x)))
}

/// P(the largest of independent times exceeds t), from P(each exceeds t): 1 − Π(1 − s_i), without cancellation.
pub fn largest_survival(survivals: impl IntoIterator<Item = f64>) -> f64 {
    -libm::expm1(
        survivals
            .into_iter()
            .map(|s| libm::log1p(-s.clamp(0.0, 1.0)))
            .sum::<f64>(),
    )
}

/// The probability that at least one of n calls is slow when each is with probability p (0 to 1), independently: 1 − (1 − p)^n (Dean
/// & Barroso 2013, "The tail at scale").
pub fn any_slow(slow_probability: f64, calls: f64) -> Option<f64> {
    let usable = (0.0..=1.0).contains(&slow_probability) && non_negative(calls);
    usable.then(|| {
        if calls == 0.0 {
            0.0
        } else {
            -libm::expm1(calls * libm::log1p(-slow_probability))
        }
    })
}

/// The mean of a non-negative time from its survival function, ∫ P(X > t) dt, by Gauss-Legendre panels that double in width, for a
/// time of typical size `scale` (seconds, > 0). Relative error about 1e-9 for laws with exponential tails.
pub fn mean_from_survival(mut survival: impl FnMut(f64) -> f64, scale: f64) -> Option<f64> {
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let (mut from, mut width, mut sum) = (0.0, scale / 64.0, 0.0);
    for panel in 0..2000 {
        let part = super::special::integrate(&mut survival, from, from + width, 1);
        sum += part;
        from += width;
        if part < 1e-14 * sum && from > scale {
            return sum.is_finite().then_some(sum);
        }
        if panel % 4 == 3 && width < 0.5 * scale {
            width *= 1.5;
        }
    }
    None
}

/// A fork-join queue: every arrival puts one task into each of k equal M/M/1 queues and is done when the last task is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForkJoin {
    arrival_rate: f64,
    service_rate: f64,
    branches: u32,
}

impl ForkJoin {
    /// The queue with these rates (1/s; service of each branch) and number of branches (≥ 1); `None` at or above saturation.
    pub fn new(arrival_rate: f64, service_rate: f64, branches: u32) -> Option<Self> {
        let usable = arrival_rate >= 0.0
            && service_rate.is_finite()
            && arrival_rate < service_rate
            && branches > 0;
        usable.then_some(Self {
            arrival_rate,
            service_rate,
            branches,
        })
    }

    /// Mean sojourn time of one task, seconds: M/M/1.
    pub fn task_sojourn(&self) -> f64 {
        1.0 / (self.service_rate - self.arrival_rate)
    }

    /// Mean response time to the last task, seconds (Nelson & Tantawi 1988): exact for one and two branches; 1.5 to 2.3 % too
    /// short for 4 to 32 at ρ = 0.7 (simulated).
    pub fn response_time(&self) -> f64 {
        if self.branches == 1 {
            return self.task_sojourn();
        }
        let rho = self.arrival_rate / self.service_rate;
        let pair = (12.0 - rho) / 8.0 * self.task_sojourn();
        let growth = harmonic(self.branches) / 1.5;
        pair * (growth + 4.0 / 11.0 * (1.0 - growth) * rho)
    }

    /// Upper limit of the mean response time, seconds: the tasks as if independent, H_k times one task's. (They are associated
    /// through their common arrivals, which shortens the longest.)
    pub fn independent_bound(&self) -> f64 {
        harmonic(self.branches) * self.task_sojourn()
    }

    /// Lower limit of the mean response time, seconds: one queue's wait, then the longest of k services.
    pub fn lower_bound(&self) -> f64 {
        let wait = self.arrival_rate / self.service_rate * self.task_sojourn();
        wait + harmonic(self.branches) / self.service_rate
    }
}

/// Mean response time of a fork-join of two M/M/1 queues of different speeds, seconds: the mean of max(n₁, n₂) in the two-dimensional
/// chain, by Little's law. Rates in 1/s; `None` at or above saturation.
///
/// Numerically exact (about 1e-10) up to a utilisation of 0.8 of the slower queue, which takes 0.1 ms at low and 10 ms at high load.
/// Above, the mean minimum of independent
/// sojourns a ≥ b is raised by the factor 1 + ρ_b ab/(a + b)², which is exact for equal queues and within 0.2 % of the chain
/// for others.
pub fn two_branches(arrival_rate: f64, first_rate: f64, second_rate: f64) -> Option<f64> {
    let slowest = first_rate.min(second_rate);
    if !(arrival_rate >= 0.0
        && first_rate.is_finite()
        && second_rate.is_finite()
        && arrival_rate < slowest)
    {
        return None;
    }
    let independent = |a: f64, b: f64| 1.0 / a + 1.0 / b - 1.0 / (a + b);
    if arrival_rate == 0.0 {
        return Some(independent(first_rate, second_rate));
    }
    if arrival_rate > 0.8 * slowest {
        let (a, b) = (first_rate - arrival_rate, second_rate - arrival_rate);
        let sum = 1.0 / a + 1.0 / b;
        let independent_shortest = 1.0 / (a + b);
        let lighter_load = arrival_rate / first_rate.max(second_rate);
        let association = 1.0 + lighter_load * independent_shortest / sum;
        return Some(sum - independent_shortest * association);
    }
    two_branch_chain(arrival_rate, first_rate, second_rate)
}

/// Mean response time of a fork-join of M/M/1 queues of any speeds, seconds. Rates in 1/s; `None` at or above saturation or without branches.
///
/// What the other branches add to the slowest one's sojourn a is less than if they were independent, since all see the same arrivals. For two
/// branches it shrinks by ρ_b a²/(a + b)² (exact for equal ones, see [`two_branches`]); with more, by the mean of that over the others, each
/// weighted with what it would add alone. Within 1 % of simulations of three and four branches at 55 to 90 % load of the slowest, of
/// which independence is up to 8 % too long.
pub fn several_branches(arrival_rate: f64, service_rates: &[f64]) -> Option<f64> {
    if let [one, other] = service_rates {
        return two_branches(arrival_rate, *one, *other);
    }
    let stable = |rate: &f64| rate.is_finite() && arrival_rate < *rate;
    if !(arrival_rate >= 0.0 && service_rates.iter().all(stable)) {
        return None;
    }
    let slowest = service_rates.iter().copied().min_by(f64::total_cmp)?;
    let longest = 1.0 / (slowest - arrival_rate);
    let survival = |t: f64| {
        largest_survival(
            service_rates
                .iter()
                .map(|rate| libm::exp(-(rate - arrival_rate) * t)),
        )
    };
    let independent = mean_from_survival(survival, longest)?;
    let (mut weight, mut shrinking, mut seen) = (0.0, 0.0, false);
    for rate in service_rates {
        if *rate == slowest && !seen {
            seen = true;
            continue;
        }
        let other = 1.0 / (rate - arrival_rate);
        let both = longest + other;
        let adds = other * other / both;
        weight += adds;
        shrinking += adds * arrival_rate / rate * longest * longest / (both * both);
    }
    let added = (independent - longest).max(0.0);
    Some(
        longest
            + added
                * (1.0
                    - if weight > 0.0 {
                        shrinking / weight
                    } else {
                        0.0
                    }),
    )
}

/// Gauss-Seidel on the truncated chain, swept against the flow of probability so that it settles in few passes.
fn two_branch_chain(lambda: f64, first: f64, second: f64) -> Option<f64> {
    let size = |mu: f64| (libm::ceil(-30.0 / libm::log(lambda / mu)) as usize).clamp(8, 200) + 2;
    let (rows, columns) = (size(first), size(second));
    let at = |i: usize, j: usize| i * columns + j;
    // Started from independent queues.
    let (r, s) = (lambda / first, lambda / second);
    let mut p: Vec<f64> = (0..rows * columns)
        .map(|k| libm::pow(r, (k / columns) as f64) * libm::pow(s, (k % columns) as f64))
        .collect();
    let mut before = f64::NAN;
    for pass in 0..4000 {
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                let mut inflow = 0.0;
                if i > 0 && j > 0 {
                    inflow += lambda * p[at(i - 1, j - 1)];
                }
                let mut outflow = if i + 1 < rows && j + 1 < columns {
                    lambda
                } else {
                    0.0
                };
                if i + 1 < rows {
                    inflow += first * p[at(i + 1, j)];
                }
                if j + 1 < columns {
                    inflow += second * p[at(i, j + 1)];
                }
                if i > 0 {
                    outflow += first;
                }
                if j > 0 {
                    outflow += second;
                }
                if outflow > 0.0 {
                    p[at(i, j)] = inflow / outflow;
                }
            }
        }
        let total: f64 = p.iter().sum();
        let number: f64 = p
            .iter()
            .enumerate()
            .map(|(k, p)| p * (k / columns).max(k % columns) as f64)
            .sum::<f64>()
            / total;
        p.iter_mut().for_each(|p| *p /= total);
        let response = number / lambda;
        if (response - before).abs() < 1e-13 * response && pass > 20 {
            return Some(response);
        }
        before = response;
    }
    before.is_finite().then_some(before)
}

/// The quantile of the largest of independent times, seconds, from P(each exceeds t) as a function of t; `scale` is a typical size
/// (seconds, > 0).
pub fn largest_quantile(
    mut survival: impl FnMut(f64) -> f64,
    probability: f64,
    scale: f64,
) -> Option<f64> {
    if !(0.0..1.0).contains(&probability) {
        return None;
    }
    super::special::survival_quantile(&mut survival, 1.0 - probability, scale)
}

/// How many of k parallel copies to send so that the fastest answers within `t` with the wanted probability, each doing so with
/// probability `single` (0 < single < 1): ln(1 − wanted)/ln(1 − single), rounded up. For hedged requests.
pub fn copies_needed(single: f64, wanted: f64) -> Option<u32> {
    let usable = single > 0.0 && single < 1.0 && (0.0..1.0).contains(&wanted);
    usable.then(|| libm::ceil(libm::log1p(-wanted) / libm::log1p(-single)).max(1.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn the_largest_of_ten_exponentials_matches_the_order_statistics() {
        close(
            largest_of_exponentials_mean(10, 1.0).unwrap(),
            7381.0 / 2520.0,
            1e-14,
        );
        close(
            largest_of_exponentials_quantile(10, 1.0, 0.5).unwrap(),
            2.703_555_191_862_404_3,
            1e-13,
        );
        let survival = |t: f64| largest_survival([libm::exp(-t); 10]);
        close(
            mean_from_survival(survival, 1.0).unwrap(),
            7381.0 / 2520.0,
            1e-8,
        );
        close(
            largest_quantile(survival, 0.99, 1.0).unwrap(),
            6.903_236_794_476_113,
            1e-12,
        );
        close(harmonic(1001), harmonic(1000) + 1.0 / 1001.0, 1e-14);
    }

    #[test]
    fn tails_at_scale_keep_their_digits() {
        close(
            any_slow(0.01, 100.0).unwrap(),
            0.633_967_658_726_770_5,
            1e-13,
        );
        close(any_slow(1e-12, 1000.0).unwrap(), 1e-9, 1e-8);
        assert_eq!(any_slow(1.0, 3.0), Some(1.0));
        assert_eq!(any_slow(0.5, 0.0), Some(0.0));
        assert_eq!(any_slow(1.5, 3.0), None);
        assert_eq!(copies_needed(0.9, 0.999), Some(3));
    }

    #[test]
    fn nelson_and_tantawi_lie_between_the_bounds() {
        let pair = ForkJoin::new(0.7, 1.0, 2).unwrap();
        close(pair.response_time(), 4.708_333_333_333_333, 1e-14);
        for k in [1, 2, 4, 32, 1000] {
            for rho in [0.0, 0.3, 0.7, 0.99] {
                let queue = ForkJoin::new(rho, 1.0, k).unwrap();
                let response = queue.response_time();
                assert!(queue.lower_bound() <= response * (1.0 + 1e-12));
                assert!(response <= queue.independent_bound() * (1.0 + 1e-12));
            }
        }
        assert!(ForkJoin::new(1.0, 1.0, 2).is_none());
    }

    #[test]
    fn two_equal_branches_reproduce_the_exact_pair() {
        for rho in [0.05, 0.4, 0.7, 0.8, 0.9] {
            let exact = ForkJoin::new(rho, 1.0, 2).unwrap().response_time();
            close(two_branches(rho, 1.0, 1.0).unwrap(), exact, 1e-9);
        }
        close(
            two_branches(0.0, 1.0, 2.0).unwrap(),
            1.0 + 0.5 - 1.0 / 3.0,
            1e-14,
        );
        // The two methods meet.
        let (chain, formula) = (
            two_branches(0.7999, 1.0, 1.3).unwrap(),
            two_branches(0.8001, 1.0, 1.3).unwrap(),
        );
        close(formula, chain, 0.003);
        assert!(two_branches(1.0, 1.0, 2.0).is_none());
    }

    #[test]
    fn unequal_branches_meet_simulations() {
        // Arrival rate, mean services in ms, simulated mean in ms and half of a 95 % interval (independent event simulation, four seeds of 800,000
        // arrivals).
        for (rate, services, simulated, error) in [
            (30.0, vec![20.0, 25.0, 15.0], 114.32, 0.8),
            (25.0, vec![10.0, 20.0, 25.0, 30.0], 141.0, 1.1),
            (35.0, vec![20.0, 25.0], 209.98, 2.6),
            (35.0, vec![20.0, 20.0, 20.0, 25.0], 221.64, 3.1),
            (20.0, vec![5.0, 10.0, 20.0, 40.0], 201.99, 1.8),
            (30.0, vec![10.0, 30.0, 30.0], 417.98, 6.3),
        ] {
            let rates: Vec<f64> = services.iter().map(|service| 1e3 / service).collect();
            let got = several_branches(rate, &rates).unwrap() * 1e3;
            assert!(
                (got - simulated).abs() < error + 0.005 * simulated,
                "{services:?}: {got} for {simulated}"
            );
        }
        assert!(several_branches(1.0, &[]).is_none());
        assert!(several_branches(40.0, &[50.0, 60.0, 40.0]).is_none());
    }
}
