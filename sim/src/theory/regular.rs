//! Arrivals more regular than Poisson, as an instance sees them that gets every k-th request of a stream, and burstier ones: what becomes of
//! the wait and of the chance to wait.

/// What regular arrivals leave of a queue behind Poisson arrivals of the same rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regularity {
    /// Mean wait as a share of that behind Poisson arrivals.
    pub wait: f64,
    /// Probability of waiting as a share of that behind Poisson arrivals.
    pub probability: f64,
}

impl Regularity {
    /// Arrivals that are Poisson.
    pub const POISSON: Self = Regularity {
        wait: 1.0,
        probability: 1.0,
    };

    /// For `servers` servers of this utilisation (0 to 1), at which `wait_probability` (Erlang's C) of Poisson arrivals would wait, with
    /// squared coefficients of variation of the times between arrivals (0 to 1) and of service.
    ///
    /// Exponential service and one server is E_k/M/1, exactly: of the arrivals σ wait, σ being the root of σ = A*(μ(1 − σ)) (Takács 1962),
    /// each for an exponential time. With c servers the decay is the same; the chance to wait shrinks by (C/ρ)^β more, β = (1 − ca²)(½ − ca²/4)(0.8/ρ)^0.6
    /// fitted to exact values of E_k/M/c for 2 to 64 servers (k = 2 to 32, ρ = 0.5 to 0.95: the wait within 4 % where more than 20 % wait). Other
    /// service scales the wait by its heavy-traffic limit (ca² + cs²)/(1 + cs²) (Kingman 1961), and the exponent of what is left at lower
    /// load by 1/(ca² + cs²) (Krämer & Langenbach-Belz 1976). Where requests share the servers (`sharing`), the limit holds for the
    /// number present, and the exponent goes with the power 0.6 of that, which comes within 4 % of simulated mean sojourn times for cs² of 0, 1
    /// and 4, 2 to 8 instances of 1 to 4 cores at 60 and 85 % load.
    pub fn new(
        utilisation: f64,
        wait_probability: f64,
        arrival_scv: f64,
        service_scv: f64,
        sharing: bool,
    ) -> Self {
        let usable = utilisation > 0.0
            && utilisation < 1.0
            && (0.0..1.0).contains(&arrival_scv)
            && service_scv >= 0.0
            && wait_probability > 0.0;
        if !usable {
            return Self::POISSON;
        }
        let Some(sigma) = busy_arrivals(utilisation, arrival_scv) else {
            return Self::POISSON;
        };
        let decay = (1.0 - utilisation) / (1.0 - sigma);
        let servers = (wait_probability / utilisation).min(1.0);
        let exponent = (1.0 - arrival_scv)
            * (0.5 - 0.25 * arrival_scv)
            * libm::pow(0.8 / utilisation, 0.6).min(4.0);
        let probability = sigma / utilisation * libm::pow(servers, exponent);
        // What is left of the wait beyond its heavy-traffic limit, as an exponent.
        let limit = 0.5 * (1.0 + arrival_scv);
        let beyond = libm::log(probability * decay / limit).min(0.0);
        let both = arrival_scv + service_scv;
        if both <= 0.0 {
            return Regularity {
                wait: 0.0,
                probability: 0.0,
            };
        }
        let general_limit = both / (1.0 + service_scv);
        let power = if sharing { 0.6 } else { 1.0 };
        let stronger = libm::pow((1.0 + arrival_scv) / both, power);
        let wait = general_limit * libm::exp(beyond * stronger);
        let general_decay = general_limit * decay / limit;
        Regularity {
            wait,
            probability: (wait / general_decay).min(1.0),
        }
    }
}

impl Regularity {
    /// Arrivals burstier than Poisson, hyperexponential of balanced means with this squared coefficient of variation (≥ 1), at `servers` servers;
    /// the rest as in [`Regularity::new`].
    ///
    /// Exponential service and one server is H2/M/1, exactly: σ of the arrivals wait, 1 − σ being the root of a quadratic (Takács 1962).
    /// With c servers those who wait do so for as long as behind one that is c times as fast; the chance to wait is Erlang's C times (σ/ρ)^γ,
    /// γ = c^(0.99 − 0.8 ρ + 0.29 ρ² + 0.038 ln(ca²/4)) fitted to the exact chain of H2/M/c with 2 to 32 servers, ca² = 2 to 10, ρ = 0.3 to
    /// 0.92 (the wait within 8 % where more than one in fifty waits). Other service scales it by its heavy-traffic limit (Kingman 1961).
    pub fn bursty(
        utilisation: f64,
        wait_probability: f64,
        servers: u32,
        arrival_scv: f64,
        service_scv: f64,
    ) -> Self {
        let usable = utilisation > 0.0
            && utilisation < 1.0
            && arrival_scv > 1.0
            && arrival_scv.is_finite()
            && wait_probability > 0.0;
        if !usable {
            return Self::POISSON;
        }
        let (free, gap) = (1.0 - utilisation, 1.0 - 2.0 * utilisation);
        let square = gap * gap + 8.0 / (arrival_scv + 1.0) * utilisation * free;
        let delta = 0.5 * (gap + libm::sqrt(square));
        let rise = (1.0 - delta) / utilisation;
        let power = 0.99 - 0.8 * utilisation
            + 0.29 * utilisation * utilisation
            + 0.038 * libm::log(arrival_scv / 4.0);
        let exponent = libm::pow(f64::from(servers), power.clamp(0.3, 1.0));
        let probability = libm::pow(rise, exponent).min(1.0 / wait_probability);
        let general = (arrival_scv + service_scv) / (1.0 + arrival_scv);
        // As other service behind Poisson arrivals has its own scale already.
        let own = 0.5 * (1.0 + service_scv);
        Regularity {
            wait: probability * free / delta * general / own.max(1e-9),
            probability,
        }
    }
}

/// The probability σ that an arrival finds a single exponential server busy, for gamma-distributed times between arrivals.
fn busy_arrivals(utilisation: f64, arrival_scv: f64) -> Option<f64> {
    // In δ = 1 − σ: δ = 1 − A*(μδ), whose trivial root 0 is left out. The difference of both sides is convex, so that Newton's method comes
    // down to the root from the right; it starts from heavy traffic's value, the larger of which and the next step lies right of it.
    let mut delta = (2.0 * (1.0 - utilisation) / (1.0 + arrival_scv)).min(1.0);
    for _ in 0..30 {
        let (none, slope) = if arrival_scv > 1e-9 {
            let stage = arrival_scv * delta / utilisation;
            let none = libm::exp(-libm::log1p(stage) / arrival_scv);
            (none, none / (1.0 + stage) / utilisation)
        } else {
            let none = libm::exp(-delta / utilisation);
            (none, none / utilisation)
        };
        let step = (delta - 1.0 + none) / (1.0 - slope);
        let next = (delta - step).min(1.0);
        if next <= 0.0 || next.is_nan() {
            return None;
        }
        let done = (next - delta).abs() <= 1e-13 * next;
        delta = next;
        if done {
            break;
        }
    }
    Some(1.0 - delta)
}

#[cfg(test)]
mod tests {
    use super::super::balancing::RoundRobin;
    use super::super::multi_server::erlang_c;
    use super::*;

    #[test]
    fn one_exponential_server_is_taken_in_turn_exactly() {
        for (utilisation, instances) in [(0.3, 2), (0.75, 8), (0.95, 3), (0.9, 100)] {
            let exact =
                RoundRobin::new(utilisation * f64::from(instances), 1.0, instances).unwrap();
            let got = Regularity::new(
                utilisation,
                utilisation,
                1.0 / f64::from(instances),
                1.0,
                false,
            );
            let poisson = utilisation / (1.0 - utilisation);
            assert!((got.wait * poisson / exact.mean_wait() - 1.0).abs() < 1e-9);
            assert!((got.probability * utilisation / exact.wait_probability() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn several_exponential_servers_are_close_to_the_chain() {
        // Mean wait of E_k/M/c over that of M/M/c: cut equations of the chain (number present and phase), solved numerically.
        for (utilisation, servers, phases, exact) in [
            (0.8, 2, 8.0, 0.4725),
            (0.8, 4, 2.0, 0.6726),
            (0.8, 4, 8.0, 0.4396),
            (0.9, 4, 8.0, 0.5059),
            (0.6, 2, 4.0, 0.4361),
            (0.8, 16, 8.0, 0.3227),
        ] {
            let wait_probability = erlang_c(utilisation * f64::from(servers), servers).unwrap();
            let got = Regularity::new(utilisation, wait_probability, 1.0 / phases, 1.0, false).wait;
            assert!(
                (got / exact - 1.0).abs() < 0.04,
                "{utilisation} {servers} {phases}: {got} for {exact}"
            );
        }
    }

    #[test]
    fn poisson_arrivals_change_nothing_and_odd_input_neither() {
        assert_eq!(
            Regularity::new(0.8, 0.7, 1.0, 2.0, false),
            Regularity::POISSON
        );
        assert_eq!(
            Regularity::new(0.0, 0.0, 0.5, 1.0, false),
            Regularity::POISSON
        );
        assert_eq!(
            Regularity::new(1.2, 1.0, 0.5, 1.0, false),
            Regularity::POISSON
        );
        assert_eq!(
            Regularity::new(f64::NAN, 1.0, 0.5, 1.0, false),
            Regularity::POISSON
        );
        let constant = Regularity::new(0.8, 0.8, 0.0, 0.0, false);
        assert_eq!((constant.wait, constant.probability), (0.0, 0.0));
    }

    #[test]
    fn bursts_wait_as_the_chain_of_h2_m_c_says() {
        // Wait and chance to wait over those of M/M/c, from the chain of the number present and the phase of arrivals (a program apart).
        for (arrival_scv, servers, utilisation, wait, probability) in [
            (4.0, 1, 0.5, 2.16, 1.37),
            (4.0, 2, 0.7, 2.62, 1.33),
            (4.0, 4, 0.85, 2.73, 1.21),
            (2.0, 8, 0.7, 1.83, 1.37),
            (10.0, 4, 0.7, 7.03, 1.86),
            (10.0, 16, 0.92, 6.82, 1.33),
            (2.0, 32, 0.92, 1.67, 1.15),
        ] {
            let load = utilisation * f64::from(servers);
            let erlang = erlang_c(load, servers).unwrap();
            let got = Regularity::bursty(utilisation, erlang, servers, arrival_scv, 1.0);
            assert!((got.wait / wait - 1.0).abs() < 0.06, "{got:?} {wait}");
            let chance = got.probability / probability;
            assert!((chance - 1.0).abs() < 0.06, "{got:?} {probability}");
        }
    }
}
