//! Servers without a queue behind arrivals that aren't Poisson: who finds all of them taken is lost. It knows a stream by its mean and variance.

use super::multi_server::erlang_b;

/// More servers than that are behind Poisson arrivals, as far as this is concerned: the time to solve goes with their number.
const MOST_SERVERS: u32 = 4_096;

/// The probability that an arrival is lost in GI/M/c/c: `load` erlangs (> 0) come to `servers` servers (≥ 1) at independent times of this squared coefficient of
/// variation (≥ 0), gamma-distributed up to 1, hyperexponential of balanced means above. `None` outside these ranges, and for more than 4,096 servers.
///
/// 1/B = Σ_k C(c, k) Π_{j ≤ k} (1 − φ(jμ))/φ(jμ) with the transform φ of the times between arrivals (Palm 1943, Takács 1957). For Poisson arrivals the factors
/// are jμ/λ, and B is Erlang's; for one server it is φ(μ).
pub fn renewal_loss(load: f64, servers: u32, arrival_scv: f64) -> Option<f64> {
    let usable = load > 0.0 && load.is_finite() && arrival_scv >= 0.0 && arrival_scv.is_finite();
    if !usable || servers == 0 || servers > MOST_SERVERS {
        return None;
    }
    if (arrival_scv - 1.0).abs() < 1e-9 {
        return erlang_b(load, servers);
    }
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..=servers {
        term *= f64::from(servers - k + 1) / f64::from(k) * odds(f64::from(k) / load, arrival_scv);
        sum += term;
        if sum > 1e300 {
            return Some(0.0);
        }
    }
    Some(1.0 / sum)
}

/// (1 − φ(s))/φ(s) of times between arrivals of mean 1 and this squared coefficient of variation.
fn odds(s: f64, scv: f64) -> f64 {
    if scv > 1.0 {
        let share = 0.5 * (1.0 + libm::sqrt((scv - 1.0) / (scv + 1.0)));
        // One of the two phases as often as its rate goes: each is half of the time between arrivals.
        let phase = |share: f64| 2.0 * share * share / (2.0 * share + s);
        let missed = |share: f64| share * s / (2.0 * share + s);
        return (missed(share) + missed(1.0 - share)) / (phase(share) + phase(1.0 - share));
    }
    match scv > 1e-6 {
        true => libm::expm1(libm::log1p(scv * s) / scv),
        false => libm::expm1(s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got / expected - 1.0).abs() < tolerance,
            "{got} against {expected}"
        );
    }

    #[test]
    fn arrivals_at_random_lose_what_erlang_says() {
        for (load, servers) in [(0.5, 1), (8.0, 10), (120.0, 100)] {
            let erlang = erlang_b(load, servers).unwrap();
            // By the general sum, just beside 1.
            for scv in [1.0, 1.0 - 1e-7, 1.0 + 1e-7] {
                close(renewal_loss(load, servers, scv).unwrap(), erlang, 1e-5);
            }
        }
    }

    #[test]
    fn regular_arrivals_at_one_server_are_lost_while_a_service_lasts() {
        // D/M/1/1: the service is longer than the time between arrivals.
        close(renewal_loss(0.5, 1, 0.0).unwrap(), libm::exp(-2.0), 1e-12);
        // E2/M/1/1: longer than both stages, (2λ/(2λ + μ))².
        close(renewal_loss(0.5, 1, 0.5).unwrap(), 0.25, 1e-12);
    }

    #[test]
    fn bursts_lose_as_the_chain_of_h2_m_c_c_says() {
        for (load, servers, scv) in [(0.51, 1_usize, 1.763), (3.0, 4, 4.0), (20.0, 12, 9.0)] {
            // States: number present and the phase of the next arrival; its rates are 2p and 2(1 − p) at a rate of 1.
            let share = 0.5 * (1.0 + f64::sqrt((scv - 1.0) / (scv + 1.0)));
            let (shares, rates) = ([share, 1.0 - share], [2.0 * share, 2.0 * (1.0 - share)]);
            let leave = 1.0 / load;
            let mut chances = vec![[1.0; 2]; servers + 1];
            for _ in 0..200_000 {
                // Gauss and Seidel: what flows into each state over the rate at which it is left.
                let mut change = 0.0_f64;
                for n in 0..=servers {
                    for phase in 0..2 {
                        let mut inflow = 0.0;
                        for before in 0..2 {
                            if n > 0 {
                                inflow += chances[n - 1][before] * rates[before] * shares[phase];
                            }
                            if n == servers && before != phase {
                                inflow += chances[n][before] * rates[before] * shares[phase];
                            }
                        }
                        if n < servers {
                            inflow += chances[n + 1][phase] * leave * (n + 1) as f64;
                        }
                        let stays = if n == servers { shares[phase] } else { 0.0 };
                        let outflow = rates[phase] * (1.0 - stays) + leave * n as f64;
                        let next = inflow / outflow;
                        change = change.max((next / chances[n][phase] - 1.0).abs());
                        chances[n][phase] = next;
                    }
                }
                if change < 1e-13 {
                    break;
                }
            }
            let arrivals = |states: &[[f64; 2]]| -> f64 {
                let each = states.iter();
                each.map(|state| state[0] * rates[0] + state[1] * rates[1])
                    .sum()
            };
            let lost = arrivals(&chances[servers..]) / arrivals(&chances);
            close(renewal_loss(load, servers as u32, scv).unwrap(), lost, 1e-8);
        }
    }

    #[test]
    fn extremes_stay_finite() {
        assert_eq!(renewal_loss(1.0, 4_096, 4.0), Some(0.0));
        assert!(renewal_loss(1e-9, 3, 9.0).unwrap() < 1e-15);
        close(renewal_loss(1e9, 2, 9.0).unwrap(), 1.0, 1e-6);
        assert_eq!(renewal_loss(0.0, 1, 2.0), None);
        assert_eq!(renewal_loss(1.0, 0, 2.0), None);
    }
}
