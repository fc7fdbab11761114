//! Priority queues: mean waits of classes that are served in strict order of importance.

use super::multi_server::MultiServer;
use super::special::{non_negative, positive};

/// One priority class of an M/G/1 queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorityClass {
    /// Arrival rate, 1/s, ≥ 0.
    pub arrival_rate: f64,
    /// Mean service time, seconds, ≥ 0.
    pub mean_service: f64,
    /// `E[S²]`, seconds².
    pub service_second_moment: f64,
}

impl PriorityClass {
    /// A class with exponential service times.
    pub fn exponential(arrival_rate: f64, mean_service: f64) -> Self {
        Self {
            arrival_rate,
            mean_service,
            service_second_moment: 2.0 * mean_service * mean_service,
        }
    }

    fn usable(&self) -> bool {
        non_negative(self.arrival_rate)
            && non_negative(self.mean_service)
            && self.service_second_moment >= 0.0
    }

    /// Mean remaining service of this class that an arrival meets, seconds.
    fn residual(&self) -> f64 {
        if self.arrival_rate == 0.0 {
            0.0
        } else {
            0.5 * self.arrival_rate * self.service_second_moment
        }
    }
}

/// Mean wait in the queue of each class, seconds, in M/G/1 where a service once begun is finished (Cobham 1954). Classes in
/// order of importance, the first being the most important.
///
/// W_k = W₀ / (1 − σ_{k−1})(1 − σ_k), W₀ the mean residual service, σ_k the load of classes 1 to k. A class whose σ_k reaches 1
/// has no steady state and gets `None`; the ones above it then wait for a server that is never idle. `None` altogether for
/// negative or NaN numbers.
pub fn non_preemptive_waits(classes: &[PriorityClass]) -> Option<Vec<Option<f64>>> {
    if !classes.iter().all(PriorityClass::usable) {
        return None;
    }
    let mut residual = 0.0;
    let mut load = 0.0;
    for class in classes {
        let next = load + class.arrival_rate * class.mean_service;
        if next >= 1.0 {
            // The first saturated class fills the rest of the time.
            if class.mean_service > 0.0 {
                residual += (1.0 - load) * class.service_second_moment / (2.0 * class.mean_service);
            }
            break;
        }
        residual += class.residual();
        load = next;
    }
    let mut above = 0.0;
    let waits = classes.iter().map(|class| {
        let with = above + class.arrival_rate * class.mean_service;
        let wait = (with < 1.0).then(|| residual / ((1.0 - above) * (1.0 - with)));
        above = with;
        wait
    });
    Some(waits.collect())
}

/// What arrives a second at an M/G/1 queue of some or all classes: work, and the sum of services' squares (seconds²/s).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Load, 0 to 1.
    pub load: f64,
    /// Σ λ_i `E[S_i²]`, seconds.
    pub squares: f64,
}

/// Second moment of the wait of a class in M/G/1 where a service once begun is finished, seconds² (Kesten & Runnenburg 1957):
/// λ `E[S³]` / 3(1 − σ_{k−1})²(1 − σ_k) + λ `E[S²]` Σ_{i≤k} λ_i `E[S_i²]` / 2(1 − σ_{k−1})²(1 − σ_k)²
/// + λ `E[S²]` Σ_{i<k} λ_i `E[S_i²]` / 2(1 − σ_{k−1})³(1 − σ_k).
///
/// `squares` and `cubes` are λ `E[S²]` (seconds) and λ `E[S³]` (seconds²) of all classes, `above` the more important ones, `with` those and the class. `None`
/// where the class has no steady state.
pub fn non_preemptive_wait_square(
    squares: f64,
    cubes: f64,
    above: Level,
    with: Level,
) -> Option<f64> {
    let (before, free) = (1.0 - above.load, 1.0 - with.load);
    let usable = non_negative(squares) && non_negative(cubes) && before >= free && free > 0.0;
    usable.then(|| {
        cubes / (3.0 * before * before * free)
            + squares * with.squares / (2.0 * before * before * free * free)
            + squares * above.squares / (2.0 * before * before * before * free)
    })
}

/// Mean sojourn time of each class, seconds, in M/G/1 where a more important arrival interrupts, and the interrupted service
/// resumes later (White & Christie 1958): T_k = `E[S_k]`/(1 − σ_{k−1}) + Σ_{i≤k} λ_i `E[S_i²]` / 2(1 − σ_{k−1})(1 − σ_k).
pub fn preemptive_sojourns(classes: &[PriorityClass]) -> Option<Vec<Option<f64>>> {
    if !classes.iter().all(PriorityClass::usable) {
        return None;
    }
    let (mut above, mut residual) = (0.0, 0.0);
    let sojourns = classes.iter().map(|class| {
        let with = above + class.arrival_rate * class.mean_service;
        residual += class.residual();
        let sojourn = (with < 1.0).then(|| {
            class.mean_service / (1.0 - above) + residual / ((1.0 - above) * (1.0 - with))
        });
        above = with;
        sojourn
    });
    Some(sojourns.collect())
}

/// Mean wait of each class, seconds, in M/M/c with one exponential service time for all classes and no interruption (Cobham 1954,
/// Kella & Yechiali 1985): W_k = C / cμ (1 − σ_{k−1})(1 − σ_k), with σ_k the load of a server by classes 1 to k.
pub fn multi_server_waits(
    arrival_rates: &[f64],
    service_rate: f64,
    servers: u32,
) -> Option<Vec<Option<f64>>> {
    let capacity = service_rate * f64::from(servers);
    if !positive(capacity) || !arrival_rates.iter().all(|rate| *rate >= 0.0) {
        return None;
    }
    let total: f64 = arrival_rates.iter().sum();
    // At saturation an arrival always finds the servers busy.
    let wait_probability =
        MultiServer::new(total, service_rate, servers).map_or(1.0, |q| q.wait_probability());
    let mut above = 0.0;
    let waits = arrival_rates.iter().map(|rate| {
        let with = above + rate / capacity;
        let wait =
            (with < 1.0).then(|| wait_probability / (capacity * (1.0 - above) * (1.0 - with)));
        above = with;
        wait
    });
    Some(waits.collect())
}

/// Mean sojourn time of each class, seconds, in M/M/c with one exponential service time for all classes where more important
/// arrivals interrupt: classes 1 to k together behave as an M/M/c of their own, so differences of its mean number give
/// each class's (exact).
pub fn multi_server_preemptive_sojourns(
    arrival_rates: &[f64],
    service_rate: f64,
    servers: u32,
) -> Option<Vec<Option<f64>>> {
    if !positive(service_rate) || !arrival_rates.iter().all(|rate| *rate >= 0.0) {
        return None;
    }
    let (mut rate_above, mut number_above) = (0.0, 0.0);
    let sojourns = arrival_rates.iter().map(|rate| {
        let with = rate_above + rate;
        let queue = MultiServer::new(with, service_rate, servers)?;
        let number = queue.mean_number();
        let sojourn = if *rate > 0.0 {
            (number - number_above) / rate
        } else {
            // The limit of a rare class: the derivative of the mean number.
            let step = 1e-5 * (service_rate * f64::from(servers) - with);
            (MultiServer::new(with + step, service_rate, servers)?.mean_number() - number) / step
        };
        (rate_above, number_above) = (with, number);
        Some(sojourn)
    });
    Some(sojourns.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_moment_of_a_wait_is_that_of_its_transform() {
        // Two classes with exponential service: the less important wait as (1 − ρ) σ / (s − λ₂ + λ₂ B₂(σ)) says, σ = s + λ₁ − λ₁ Γ(s) with the busy periods
        // Γ of the more important (Conway, Maxwell & Miller 1967), whose second derivative at 0 is taken by differences.
        for (one, other, first, second) in [
            (0.5, 0.3, 1.0, 1.0),
            (2.0, 0.1, 0.3, 2.0),
            (0.05, 0.4, 4.0, 1.5),
        ] {
            let (load, all) = (one * first, one * first + other * second);
            let transform = |s: f64| {
                let mut busy = 1.0;
                for _ in 0..20_000 {
                    busy = 1.0 / (1.0 + first * (s + one - one * busy));
                }
                let sigma = s + one - one * busy;
                (1.0 - all) * sigma / (s - other + other / (1.0 + second * sigma))
            };
            let mean =
                (one * first * first + other * second * second) / ((1.0 - load) * (1.0 - all));
            let step = 0.01 / mean;
            // (f(2h) − 2 f(h) + 1) / h² is that at h: what is left goes with h, and half the step leaves half.
            let differences = |h: f64| (transform(2.0 * h) - 2.0 * transform(h) + 1.0) / (h * h);
            let fine: Vec<f64> = (0..3)
                .map(|halves| differences(step / f64::from(1 << halves)))
                .collect();
            let better = [2.0 * fine[1] - fine[0], 2.0 * fine[2] - fine[1]];
            let exact = (4.0 * better[1] - better[0]) / 3.0;
            let (of_first, of_second) = (2.0 * one * first * first, 2.0 * other * second * second);
            let cubes = 6.0 * (one * first.powi(3) + other * second.powi(3));
            let above = Level {
                load,
                squares: of_first,
            };
            let with = Level {
                load: all,
                squares: of_first + of_second,
            };
            let square =
                non_preemptive_wait_square(of_first + of_second, cubes, above, with).unwrap();
            assert!((square / exact - 1.0).abs() < 1e-3, "{square} {exact}");
        }
        // One class alone: the second moment of M/M/1's wait, 2ρ / (μ (1 − ρ))².
        let none = Level {
            load: 0.0,
            squares: 0.0,
        };
        let alone = Level {
            load: 0.8,
            squares: 1.6,
        };
        let square = non_preemptive_wait_square(1.6, 4.8, none, alone).unwrap();
        assert!((square - 1.6 / 0.04).abs() < 1e-12);
    }

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    #[test]
    fn cobhams_formula_conserves_the_work() {
        let classes = [
            PriorityClass::exponential(0.3, 1.0),
            PriorityClass::exponential(0.5, 1.0),
        ];
        let waits = non_preemptive_waits(&classes).unwrap();
        close(waits[0].unwrap(), 0.8 / 0.7, 1e-14);
        close(waits[1].unwrap(), 0.8 / (0.7 * 0.2), 1e-14);
        close(
            (0.3 * waits[0].unwrap() + 0.5 * waits[1].unwrap()) / 0.8,
            4.0,
            1e-13,
        );
        let same = multi_server_waits(&[0.3, 0.5], 1.0, 1).unwrap();
        close(same[1].unwrap(), waits[1].unwrap(), 1e-13);
    }

    #[test]
    fn several_servers_conserve_the_mean_wait() {
        let waits = multi_server_waits(&[1.0, 2.0, 3.4], 1.0, 8).unwrap();
        let mean: f64 = waits
            .iter()
            .zip([1.0, 2.0, 3.4])
            .map(|(w, rate)| w.unwrap() * rate)
            .sum::<f64>()
            / 6.4;
        close(
            mean,
            MultiServer::new(6.4, 1.0, 8).unwrap().mean_wait(),
            1e-13,
        );
    }

    #[test]
    fn the_most_important_class_ignores_the_others_when_it_interrupts() {
        let classes = [
            PriorityClass::exponential(0.3, 1.0),
            PriorityClass::exponential(0.5, 1.0),
        ];
        let sojourns = preemptive_sojourns(&classes).unwrap();
        close(sojourns[0].unwrap(), 1.0 / 0.7, 1e-14);
        // Exponential services of one mean: the total is M/M/1's.
        close(
            (0.3 * sojourns[0].unwrap() + 0.5 * sojourns[1].unwrap()) / 0.8,
            5.0,
            1e-13,
        );
        let several = multi_server_preemptive_sojourns(&[0.3, 0.5, 0.0], 1.0, 1).unwrap();
        close(several[0].unwrap(), sojourns[0].unwrap(), 1e-13);
        close(several[1].unwrap(), sojourns[1].unwrap(), 1e-13);
        assert!(several[2].unwrap() > several[1].unwrap());
    }

    #[test]
    fn a_saturated_class_has_no_wait_but_those_above_it_have() {
        let classes = [
            PriorityClass::exponential(0.3, 1.0),
            PriorityClass::exponential(0.9, 1.0),
        ];
        let waits = non_preemptive_waits(&classes).unwrap();
        // The server is always busy, and the residual of an exponential service is one mean.
        close(waits[0].unwrap(), 1.0 / 0.7, 1e-14);
        assert_eq!(waits[1], None);
        assert_eq!(preemptive_sojourns(&classes).unwrap()[1], None);
        assert_eq!(multi_server_waits(&[0.3, 0.9], 1.0, 1).unwrap()[1], None);
        assert!(non_preemptive_waits(&[PriorityClass::exponential(-1.0, 1.0)]).is_none());
    }
}
