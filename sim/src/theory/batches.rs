//! Requests that arrive in batches at several exponential servers: `M^[X]/M/c`, exactly.

use super::multi_server::erlang_c;

/// What requests that come in batches find.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batches {
    /// Mean wait, in mean service times.
    pub wait: f64,
    /// Probability that a request waits, be it for others of its own batch.
    pub probability: f64,
}

/// More servers than this are never all busy by one batch alone; the time to solve goes with their number.
const MOST_SERVERS: u32 = 4_096;

impl Batches {
    /// For `load` erlangs (all requests together) at `servers` servers, a request having `company` others in its batch on average
    /// (E\[X(X − 1)\]/E\[X\]); batches are of the two neighbouring sizes that make it so. `None` without a steady state.
    ///
    /// The number present crosses n upwards as often as downwards, min(n, c) μ p_n = λ Σ_j p_j P(X ≥ n − j), which gives p_0 to p_{c−1} but
    /// for a factor that the mean number of busy servers fixes; their generating function's derivative at 1 gives the mean number
    /// present, (Σ_{n<c} (c − n) n p_n + a (1 + E\[X(X − 1)\]/(2 E\[X\]))) / (c − a). For one server that is Burke's (1975)
    /// ρ (1 + E\[X²\]/E\[X\]) / (2 (1 − ρ)), for batches of one Erlang's.
    pub fn new(load: f64, servers: u32, company: f64) -> Option<Self> {
        let c = f64::from(servers);
        let usable = load > 0.0 && load < c && company >= 0.0 && company.is_finite();
        if !usable || servers > MOST_SERVERS {
            return None;
        }
        // Batches of `size`, or with this chance of one more.
        let size = libm::floor(company) + 1.0;
        let larger = (size * (company - size + 1.0) / (2.0 * size - company)).clamp(0.0, 1.0);
        let mean = size + larger;
        // p_n in terms of p_0, and the sum over the states from which a batch of `size` gets there.
        let rate = load / mean;
        let reach = size.min(c) as usize;
        let mut chances: Vec<f64> = Vec::with_capacity(servers as usize);
        chances.push(1.0);
        let mut recent = 1.0;
        for n in 1..servers as usize {
            let beyond = if n > reach {
                chances[n - reach - 1]
            } else {
                0.0
            };
            let chance = rate * (recent + larger * beyond) / n as f64;
            recent += chance - if n >= reach { chances[n - reach] } else { 0.0 };
            chances.push(chance);
            if chance > 1e200 {
                chances.iter_mut().for_each(|chance| *chance *= 1e-200);
                recent *= 1e-200;
            }
        }
        let (mut free, mut moment, mut at_once) = (0.0, 0.0, 0.0);
        for (n, chance) in chances.iter().enumerate() {
            let n = n as f64;
            free += (c - n) * chance;
            moment += (c - n) * n * chance;
            // Of a batch so many find a server.
            let served = (1.0 - larger) * size.min(c - n) + larger * (size + 1.0).min(c - n);
            at_once += served / mean * chance;
        }
        let scale = (c - load) / free;
        let number = (moment * scale + load * (1.0 + 0.5 * company)) / (c - load);
        Some(Batches {
            wait: (number / load - 1.0).max(0.0),
            probability: (1.0 - at_once * scale).clamp(0.0, 1.0),
        })
    }

    /// The same for batches of one: Erlang's C and its wait.
    pub fn of_one(load: f64, servers: u32) -> Option<Self> {
        let probability = erlang_c(load, servers)?;
        Some(Batches {
            wait: probability / (f64::from(servers) - load),
            probability,
        })
    }
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
    fn one_server_is_burkes() {
        for (load, size) in [(0.3, 3.0), (0.8, 5.0), (0.95, 10.0)] {
            let number = load * (1.0 + size) / (2.0 * (1.0 - load));
            let got = Batches::new(load, 1, size - 1.0).unwrap();
            close(got.wait, number / load - 1.0, 1e-12);
            // Only the first of a batch that finds nobody goes ahead.
            close(got.probability, 1.0 - (1.0 - load) / size, 1e-12);
        }
    }

    #[test]
    fn batches_of_one_are_erlangs() {
        for (load, servers) in [(0.7, 1), (3.2, 4), (58.0, 64)] {
            let (got, erlang) = (
                Batches::new(load, servers, 0.0).unwrap(),
                Batches::of_one(load, servers).unwrap(),
            );
            close(got.wait, erlang.wait, 1e-9);
            close(got.probability, erlang.probability, 1e-9);
        }
    }

    #[test]
    fn several_servers_match_the_chain_solved_state_by_state() {
        for (load, servers, sizes) in [
            (1.2_f64, 2_usize, [(3_usize, 1.0_f64), (4_usize, 0.0_f64)]),
            (6.0, 8, [(10, 1.0), (11, 0.0)]),
            (2.5, 4, [(2, 0.4), (3, 0.6)]),
            (4.0, 16, [(5, 0.5), (6, 0.5)]),
        ] {
            let mean: f64 = sizes.iter().map(|(x, chance)| *x as f64 * chance).sum();
            let square: f64 = sizes
                .iter()
                .map(|(x, chance)| *x as f64 * (*x as f64 - 1.0) * chance)
                .sum();
            let rate = load / mean;
            let states = 4_000_usize;
            let mut p: Vec<f64> = vec![1.0];
            for n in 1..states {
                let ups: f64 = sizes
                    .iter()
                    .map(|(x, chance)| chance * p[n.saturating_sub(*x)..n].iter().sum::<f64>())
                    .sum();
                p.push(rate * ups / n.min(servers) as f64);
            }
            let total: f64 = p.iter().sum();
            let number: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            let waiting: f64 = p
                .iter()
                .enumerate()
                .map(|(n, p)| {
                    let ahead = |(x, chance): &(usize, f64)| {
                        let at_once = servers.saturating_sub(n).min(*x);
                        chance * (x - at_once) as f64
                    };
                    p * sizes.iter().map(ahead).sum::<f64>()
                })
                .sum();
            let got = Batches::new(load, servers as u32, square / mean).unwrap();
            close(got.wait, number / total / load - 1.0, 1e-9);
            close(got.probability, waiting / total / mean, 1e-9);
        }
    }
}
