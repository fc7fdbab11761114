//! Pools of single servers with a queue each, behind a balancer: random split, round robin, the shortest of d, and the shortest
//! of all. Service is exponential; times come in units of the mean service time where a function says so.

mod sharing;

pub use sharing::{ShorterOfTwo, shortest_queue_spread};

use super::multi_server::{MultiServer, erlang_c};
use super::special::increasing_root;

/// Mean sojourn time in units of the mean service time when a balancer in front of n exponential servers sends each request to
/// a server at random: M/M/1 at the same utilisation (0 ≤ ρ < 1).
pub fn random_split_sojourn(utilisation: f64) -> Option<f64> {
    (0.0..1.0)
        .contains(&utilisation)
        .then(|| 1.0 / (1.0 - utilisation))
}

/// A server that gets every k-th request of a Poisson stream: E_k/M/1, the exact view of round robin over k exponential servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundRobin {
    service_rate: f64,
    sigma: f64,
}

impl RoundRobin {
    /// Round robin of `arrival_rate` requests (1/s, all servers together) over `servers` (≥ 1) exponential servers of
    /// `service_rate` each. `None` at or above saturation.
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u32) -> Option<Self> {
        let usable =
            arrival_rate >= 0.0 && service_rate > 0.0 && service_rate.is_finite() && servers > 0;
        let k = f64::from(servers);
        let stable = arrival_rate < service_rate * k;
        if !usable || !stable {
            return None;
        }
        if arrival_rate == 0.0 {
            return Some(Self {
                service_rate,
                sigma: 0.0,
            });
        }
        // σ = (λ / (λ + μ(1 − σ)))^k, the root below 1; in δ = 1 − σ so that it keeps its digits near saturation.
        let ratio = service_rate / arrival_rate;
        let f = |delta: f64| delta + libm::expm1(-k * libm::log1p(ratio * delta));
        // f falls from 0, then rises to f(1) > 0: start right of its lowest point.
        let lowest = (libm::exp(libm::log(k * ratio) / (k + 1.0)) - 1.0) / ratio;
        let delta = increasing_root(f, lowest.clamp(0.0, 1.0), 1.0, 1e-16)?;
        Some(Self {
            service_rate,
            sigma: 1.0 - delta,
        })
    }

    /// The probability σ that a request finds its server busy.
    pub fn wait_probability(&self) -> f64 {
        self.sigma
    }

    /// The rate of the sojourn time, which is exponential, 1/s.
    pub fn sojourn_rate(&self) -> f64 {
        self.service_rate * (1.0 - self.sigma)
    }

    /// Mean sojourn time, seconds.
    pub fn mean_sojourn(&self) -> f64 {
        1.0 / self.sojourn_rate()
    }

    /// Mean wait, seconds.
    pub fn mean_wait(&self) -> f64 {
        self.sigma / self.sojourn_rate()
    }
}

/// Mean sojourn time, in units of the mean service time, with infinitely many servers when each request goes to the shortest
/// of d queues chosen at random (Vvedenskaya, Dobrushin & Karpelevich 1996; Mitzenmacher 2001): Σ ρ^{(d^i − d)/(d − 1)}.
///
/// Right within 0.3 % for 100 servers up to ρ = 0.8; far too good for few ([`shortest_of_few`]).
pub fn mean_field_sojourn(utilisation: f64, choices: u32) -> Option<f64> {
    if !(0.0..1.0).contains(&utilisation) || choices == 0 {
        return None;
    }
    if choices == 1 {
        return random_split_sojourn(utilisation);
    }
    Some(
        1.0 + tail_shares(utilisation, choices)
            .skip(1)
            .map(|x| x / utilisation.max(1e-300))
            .sum::<f64>(),
    )
}

/// The shares of servers with at least i = 1, 2, … customers in the mean field, ρ^{(d^i − 1)/(d − 1)}.
fn tail_shares(utilisation: f64, choices: u32) -> impl Iterator<Item = f64> {
    let d = f64::from(choices);
    let log = libm::log(utilisation.max(1e-300));
    // Exponents 1, 1 + d, 1 + d + d², …
    std::iter::successors(Some((1.0, d)), move |(sum, power)| {
        Some((sum + power, power * d))
    })
    .map(move |(exponent, _)| libm::exp(exponent * log))
    .take_while(|share| *share > 1e-17)
    .take(5000)
}

/// The probability that a request joins a server as its i-th customer, i = 1, 2, …, in the mean field; the sojourn time is
/// then Erlang with i stages. Probabilities sum to 1 within 1e-12.
pub fn mean_field_positions(utilisation: f64, choices: u32) -> Option<Vec<f64>> {
    if !(0.0..1.0).contains(&utilisation) || choices < 2 {
        return None;
    }
    let d = f64::from(choices);
    let mut before = 1.0;
    let mut positions = Vec::new();
    for share in tail_shares(utilisation, choices) {
        let power = libm::pow(share, d);
        positions.push(before - power);
        before = power;
    }
    if positions.is_empty() {
        positions.push(1.0);
    }
    Some(positions)
}

/// How the d candidates are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// d different servers.
    Distinct,
    /// d independent draws, in which a server may come up twice.
    WithReplacement,
}

/// Mean sojourn time, in units of the mean service time, of `servers` exponential servers when each request goes to the shortest of
/// `choices` (≥ 2) queues.
///
/// The refined mean field (Gast & Van Houdt 2017) T∞ + V/n, with a term 0.75 V²/(n² T∞) fitted to simulation; close to saturation
/// the surplus over M/M/n is extrapolated. Within 1.2 % of simulation for 3 to 100 servers up to ρ = 0.9, 2.5 % beyond. All servers
/// as candidates is [`shortest_queue_sojourn`].
pub fn shortest_of_few(
    utilisation: f64,
    servers: u32,
    choices: u32,
    candidates: Candidates,
) -> Option<f64> {
    if !(0.0..1.0).contains(&utilisation) || servers == 0 || choices < 2 {
        return None;
    }
    if choices >= servers && candidates == Candidates::Distinct || servers == 1 {
        return shortest_queue_sojourn(utilisation, servers);
    }
    if utilisation < 1e-3 {
        return mean_field_sojourn(utilisation, choices);
    }
    let n = f64::from(servers);
    let refined = |rho: f64| {
        let (limit, spread, replaced) = refinement(rho, choices, candidates)?;
        Some(limit + spread / n + 0.75 * replaced * replaced / (n * n * limit))
    };
    let edge = 1.0 - 0.3 / n;
    let central = |rho: f64| Some(1.0 + erlang_c(rho * n, servers)? / (n * (1.0 - rho)));
    let sojourn = if utilisation <= edge {
        refined(utilisation)?
    } else {
        // The surplus of customers over M/M/n grows almost linearly towards saturation.
        let surplus = |rho: f64| Some((refined(rho)? - central(rho)?) * rho);
        let step = 0.1 / n;
        let (near, before) = (surplus(edge)?, surplus(edge - step)?);
        let extrapolated = near + (near - before) / step * (utilisation - edge);
        central(utilisation)? + extrapolated / utilisation
    };
    Some(sojourn.clamp(central(utilisation)?, 1.0 / (1.0 - utilisation)))
}

/// T∞ and the coefficients of 1/n for the given way of drawing and for drawing with replacement.
fn refinement(rho: f64, choices: u32, candidates: Candidates) -> Option<(f64, f64, f64)> {
    let d = f64::from(choices);
    let mut x = vec![1.0];
    x.extend(tail_shares(rho, choices).take_while(|share| *share > 1e-13));
    let m = x.len() - 1;
    x.extend([0.0, 0.0]);
    // The Jacobian of x_i' = ρ(x_{i−1}^d − x_i^d) − (x_i − x_{i+1}), tridiagonal: below, on and above the diagonal.
    let slope: Vec<f64> = x.iter().map(|x| rho * d * libm::pow(*x, d - 1.0)).collect();
    let entry = |i: usize, j: usize| -> f64 {
        if i == j {
            -slope[i] - 1.0
        } else if j + 1 == i {
            slope[j]
        } else if i + 1 == j {
            1.0
        } else {
            0.0
        }
    };
    // The covariance W of the fluctuations solves A W + W Aᵀ + Q = 0; W is symmetric, so one unknown for each i ≤ j.
    let index = |i: usize, j: usize| {
        let (i, j) = (i.min(j) - 1, i.max(j) - 1);
        i * m - i * (i + 1) / 2 + j
    };
    let unknowns = m * (m + 1) / 2;
    let mut matrix = vec![vec![0.0; unknowns + 1]; unknowns];
    for i in 1..=m {
        for j in i..=m {
            let row = &mut matrix[index(i, j)];
            for l in i.saturating_sub(1).max(1)..=(i + 1).min(m) {
                row[index(l, j)] += entry(i, l);
            }
            for l in j.saturating_sub(1).max(1)..=(j + 1).min(m) {
                row[index(i, l)] += entry(j, l);
            }
            if i == j {
                // At the fixed point arrivals to and departures from level i balance.
                row[unknowns] = -2.0 * (x[i] - x[i + 1]);
            }
        }
    }
    let covariance = eliminate(matrix)?;
    let curvature = |i: usize| {
        if i == 0 {
            0.0
        } else {
            0.5 * rho * d * (d - 1.0) * libm::pow(x[i], d - 2.0) * covariance[index(i, i)]
        }
    };
    // Without replacement P(all d candidates have i or more) = x^d − d(d − 1)/2 · x^{d−1}(1 − x)/n + …
    let distinct = |i: usize| -0.5 * rho * d * (d - 1.0) * libm::pow(x[i], d - 1.0) * (1.0 - x[i]);
    let solve = |with_distinct: bool| -> Option<f64> {
        let rows = (1..=m)
            .map(|i| {
                let mut row: Vec<f64> = (1..=m).map(|j| entry(i, j)).collect();
                let mut drive = curvature(i - 1) - curvature(i);
                if with_distinct {
                    drive += distinct(i - 1) - distinct(i);
                }
                row.push(-drive);
                row
            })
            .collect();
        Some(eliminate(rows)?.iter().sum::<f64>() / rho)
    };
    let limit = x[1..].iter().sum::<f64>() / rho;
    let replaced = solve(false)?;
    let spread = if candidates == Candidates::Distinct {
        solve(true)?
    } else {
        replaced
    };
    Some((limit, spread, replaced))
}

/// Gaussian elimination with row pivoting; each row carries its right-hand side at the end.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()))?;
        rows.swap(i, pivot);
        let (done, rest) = rows.split_at_mut(i + 1);
        let lead = &done[i];
        if lead[i] == 0.0 {
            return None;
        }
        for row in rest {
            let factor = row[i] / lead[i];
            if factor != 0.0 {
                for j in i..=n {
                    row[j] -= factor * lead[j];
                }
            }
        }
    }
    let mut solution = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][n] - known) / rows[i][i];
    }
    Some(solution)
}

/// Numbers of servers of the rows of [`SURPLUS`].
const SURPLUS_SERVERS: [f64; 11] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0, 128.0];
/// Utilisations of the columns of [`SURPLUS`].
const SURPLUS_UTILISATION: [f64; 8] = [0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0];
/// Surplus of customers of join-the-shortest-queue over M/M/n, divided by n and Erlang's C: an event simulation of 2·10⁸ events each,
/// coupled to M/M/n event by event so that only the difference fluctuates (standard error below 1 %). The last column is
/// extrapolated; where nobody ever waits in M/M/n the entries repeat their neighbours.
const SURPLUS: [[f64; 8]; 11] = [
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [
        0.0728, 0.1194, 0.1588, 0.2000, 0.2238, 0.2367, 0.2434, 0.248,
    ],
    [
        0.0999, 0.1595, 0.2069, 0.2553, 0.2856, 0.3020, 0.3149, 0.322,
    ],
    [
        0.1148, 0.1796, 0.2280, 0.2784, 0.3092, 0.3277, 0.3402, 0.349,
    ],
    [
        0.1272, 0.1996, 0.2459, 0.2942, 0.3269, 0.3491, 0.3650, 0.376,
    ],
    [
        0.1387, 0.2091, 0.2520, 0.2972, 0.3303, 0.3529, 0.3671, 0.378,
    ],
    [
        0.1467, 0.2147, 0.2519, 0.2924, 0.3256, 0.3492, 0.3687, 0.382,
    ],
    [
        0.1467, 0.2235, 0.2479, 0.2836, 0.3171, 0.3424, 0.3660, 0.382,
    ],
    [
        0.1467, 0.2235, 0.2386, 0.2452, 0.2810, 0.3146, 0.3457, 0.370,
    ],
    [
        0.1467, 0.2235, 0.2386, 0.2022, 0.2239, 0.2678, 0.3134, 0.350,
    ],
    [
        0.1467, 0.2235, 0.2386, 0.1748, 0.1673, 0.2032, 0.2647, 0.320,
    ],
];

/// Mean sojourn time, in units of the mean service time, of `servers` (≥ 1) exponential servers when each request joins the shortest
/// queue (least connections).
///
/// M/M/n plus a surplus tabulated from simulation; within 0.3 % of simulation up to 128 servers, which is a lower limit of
/// the surplus beyond. (Least connections is not M/M/n: 13 % slower for 8 servers at ρ = 0.8.)
pub fn shortest_queue_sojourn(utilisation: f64, servers: u32) -> Option<f64> {
    if !(0.0..1.0).contains(&utilisation) || servers == 0 {
        return None;
    }
    if utilisation == 0.0 {
        return Some(1.0);
    }
    let n = f64::from(servers);
    let central = MultiServer::new(utilisation * n, 1.0, servers)?;
    let place = |grid: &[f64], value: f64, scale: fn(f64) -> f64| {
        let last = grid.len() - 2;
        let low = grid
            .iter()
            .rposition(|x| *x <= value)
            .unwrap_or(0)
            .min(last);
        let part = (scale(value) - scale(grid[low])) / (scale(grid[low + 1]) - scale(grid[low]));
        (low, part.clamp(0.0, 1.0))
    };
    let (row, down) = place(&SURPLUS_SERVERS, n, libm::log);
    let (column, right) = place(&SURPLUS_UTILISATION, utilisation, |x| x);
    let mix = |row: &[f64; 8]| row[column] + right * (row[column + 1] - row[column]);
    let surplus = mix(&SURPLUS[row]) * (1.0 - down) + mix(&SURPLUS[row + 1]) * down;
    Some(central.mean_sojourn() + surplus * central.wait_probability() / utilisation)
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
    fn round_robin_over_two_servers_has_its_closed_form() {
        // σ² + … for k = 2, λ = 1, μ = 2: σ = 1 − √3/2.
        let got = RoundRobin::new(1.0, 2.0, 2).unwrap();
        close(got.wait_probability(), 1.0 - 0.75_f64.sqrt(), 1e-13);
        close(got.mean_sojourn(), 1.0 / 3.0_f64.sqrt(), 1e-13);
        close(
            RoundRobin::new(0.8, 1.0, 1).unwrap().mean_sojourn(),
            5.0,
            1e-12,
        );
        assert!(RoundRobin::new(2.0, 1.0, 2).is_none());
        assert_eq!(RoundRobin::new(0.0, 1.0, 2).unwrap().mean_sojourn(), 1.0);
    }

    #[test]
    fn round_robin_over_many_servers_approaches_constant_gaps() {
        // D/M/1 at ρ = 0.8: σ = e^{−(1 − σ)/0.8}, σ = 0.6286.
        let got = RoundRobin::new(80_000.0, 1.0, 100_000).unwrap();
        let sigma = got.wait_probability();
        close(sigma, libm::exp(-(1.0 - sigma) / 0.8), 1e-4);
        // Near saturation 1 − σ ≈ 2(1 − ρ)/(1 + 1/k).
        let near = RoundRobin::new(2.0 * (1.0 - 1e-9), 1.0, 2).unwrap();
        close(near.sojourn_rate(), 2e-9 / 1.5, 1e-6);
    }

    #[test]
    fn the_mean_field_sums_its_series() {
        close(mean_field_sojourn(0.5, 1).unwrap(), 2.0, 1e-14);
        close(
            mean_field_sojourn(0.9, 2).unwrap(),
            2.614_057_377_323_875_6,
            1e-12,
        );
        close(
            mean_field_sojourn(0.99, 3).unwrap(),
            3.857_846_519_658_392_6,
            1e-12,
        );
        assert_eq!(mean_field_sojourn(0.0, 2), Some(1.0));
        assert_eq!(mean_field_sojourn(1.0, 2), None);
        let positions = mean_field_positions(0.9, 2).unwrap();
        close(positions.iter().sum(), 1.0, 1e-12);
        let mean: f64 = positions
            .iter()
            .enumerate()
            .map(|(i, p)| (i as f64 + 1.0) * p)
            .sum();
        close(mean, mean_field_sojourn(0.9, 2).unwrap(), 1e-12);
    }

    /// Mean sojourn time of a simulated pool of `n` servers at `rho`, `choices` candidates each (0: all), in service times.
    fn simulated(n: usize, rho: f64, choices: usize, distinct: bool, events: u32) -> f64 {
        let mut state = 7_u64;
        let mut random = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) >> 11
        };
        let mut queues = vec![0_u32; n];
        let (mut present, mut sum) = (0_u64, 0.0);
        let arrival = (rho / (1.0 + rho) * 2.0_f64.powi(53)) as u64;
        for event in 0..events {
            if random() < arrival {
                let mut chosen: Vec<usize> = Vec::new();
                while chosen.len() < if choices == 0 { n } else { choices } {
                    let candidate = if choices == 0 {
                        chosen.len()
                    } else {
                        random() as usize % n
                    };
                    if !distinct || !chosen.contains(&candidate) {
                        chosen.push(candidate);
                    }
                }
                if let Some(best) = chosen.into_iter().min_by_key(|i| queues[*i]) {
                    queues[best] += 1;
                    present += 1;
                }
            } else {
                let server = random() as usize % n;
                if queues[server] > 0 {
                    queues[server] -= 1;
                    present -= 1;
                }
            }
            if event > events / 10 {
                sum += present as f64;
            }
        }
        sum / f64::from(events) / 0.9 / (n as f64 * rho)
    }

    #[test]
    fn few_servers_agree_with_simulation() {
        for (n, rho, choices) in [(10, 0.8, 2), (5, 0.7, 2), (20, 0.9, 3)] {
            for (candidates, distinct) in [
                (Candidates::Distinct, true),
                (Candidates::WithReplacement, false),
            ] {
                let got = shortest_of_few(rho, n, choices, candidates).unwrap();
                close(
                    got,
                    simulated(n as usize, rho, choices as usize, distinct, 3_000_000),
                    0.02,
                );
            }
        }
        for (n, rho) in [(5, 0.7), (10, 0.85)] {
            close(
                shortest_queue_sojourn(rho, n).unwrap(),
                simulated(n as usize, rho, 0, false, 3_000_000),
                0.015,
            );
        }
    }

    #[test]
    fn longer_simulations_done_once_are_met() {
        // 10⁸ to 4·10⁸ events, coupled with M/M/n.
        for (n, rho, simulated) in [
            (10, 0.5, 1.3257),
            (10, 0.9, 3.1139),
            (10, 0.97, 6.1046),
            (10, 0.995, 23.245),
            (100, 0.95, 3.4781),
        ] {
            close(
                shortest_of_few(rho, n, 2, Candidates::WithReplacement).unwrap(),
                simulated,
                0.012,
            );
        }
        for (n, rho, simulated) in [
            (3, 0.9, 4.2753),
            (4, 0.8, 2.3299),
            (4, 0.98, 13.971),
            (6, 0.95, 5.1888),
            (20, 0.9, 2.7837),
            (20, 0.99, 8.7254),
        ] {
            close(
                shortest_of_few(rho, n, 2, Candidates::Distinct).unwrap(),
                simulated,
                0.025,
            );
        }
    }

    #[test]
    fn pools_never_beat_one_queue_nor_lose_to_chance() {
        for n in [1, 2, 3, 7, 50, 400] {
            for rho in [0.0, 0.01, 0.3, 0.7, 0.95, 0.999, 0.999_999] {
                let central = MultiServer::new(rho * f64::from(n), 1.0, n)
                    .unwrap()
                    .mean_sojourn();
                let all = shortest_queue_sojourn(rho, n).unwrap();
                let two = shortest_of_few(rho, n, 2, Candidates::Distinct).unwrap();
                let chance = random_split_sojourn(rho).unwrap();
                assert!(
                    central <= all * (1.0 + 1e-12)
                        && all <= two * 1.01
                        && two <= chance * (1.0 + 1e-12),
                    "{n} {rho}: {central} {all} {two} {chance}"
                );
            }
        }
    }
}
