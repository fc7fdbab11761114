//! Token buckets: what they refuse of Poisson requests for a token each. Knows neither who asks nor what the token is for.

/// From this depth on (tokens beyond the first) two exponentials give the shape to 1e-10; the next ones fall by e⁻² a token and more.
const DEEP: f64 = 12.0;
/// From this pressure on they do from the second token on.
const PRESSED: f64 = 20.0;

/// Share of requests that a token bucket refuses. `pressure` (≥ 0) is their rate over that of the tokens, `burst` (≥ 1) the most tokens
/// saved up; tokens drip in continuously, and a request takes a whole one or is refused. `None` outside these ranges.
///
/// The tokens that are missing are the work of an M/D/1 queue whose customers leave when they find more than `burst` − 1 ahead (Berger,
/// IEEE Trans. Commun. 39, 1991). Below that bound its distribution is that of the queue without one, H(x)/H(∞), which solves
/// H'(x) = ρ (H(x) − H(x − 1)), H(0) = 1 (Erlang 1909), and counting crossings of the bound gives a loss of
/// (1 − (1 − ρ) H) / (1 + ρ H) at H = H(burst − 1): for a whole `burst` that of M/D/1/K (Brun & Garcia 2000). Exact also at and above a
/// pressure of 1.
pub fn refused(pressure: f64, burst: f64) -> Option<f64> {
    if !(pressure >= 0.0 && burst >= 1.0) {
        return None;
    }
    let (rho, depth) = (pressure, burst - 1.0);
    if rho.is_infinite() || depth.is_infinite() {
        return Some((1.0 - 1.0 / rho).max(0.0));
    }
    let shape = if depth < 1.0 {
        libm::exp(rho * depth)
    } else if depth > DEEP || rho > PRESSED {
        let (rate, lag) = exponent(rho);
        if rho < 1.0 {
            // What is missing to H(∞) = 1/(1 − ρ), without the difference of nearly equal numbers.
            let missing = libm::exp(rate * depth) / -(rate - lag);
            if missing * (1.0 - rho) < 0.5 {
                let all = 1.0 / (1.0 - rho);
                return Some(missing * (1.0 - rho) / (1.0 + rho * (all - missing)));
            }
        }
        deep(depth, rate, lag)
    } else {
        shallow(rho, depth)
    };
    // 1/H, so that a shape beyond every number means what it should.
    let scarce = 1.0 / shape;
    Some(((scarce - (1.0 - rho)) / (scarce + rho)).clamp(0.0, 1.0))
}

/// H(x) by Erlang's sum, for x up to [`DEEP`].
fn shallow(rho: f64, depth: f64) -> f64 {
    let mut sum = 0.0;
    let mut factorial = 1.0;
    for k in 0..=libm::floor(depth) as u32 {
        let k = f64::from(k);
        if k > 0.0 {
            factorial *= k;
        }
        let left = rho * (depth - k);
        sum += libm::pow(-left, k) / factorial * libm::exp(left);
    }
    sum
}

/// H(x) from its two slowest exponentials, 1 and e^{ηx}: (e^{ηx} − 1)/(η − δ) + (2δ − η)/(δ (η − δ)) with δ = ρ − 1.
fn deep(depth: f64, rate: f64, lag: f64) -> f64 {
    let (spread, constant) = if rate.abs() < 1e-4 {
        // Both vanish as η does; by the series of δ = η/2 + η²/12 − …
        (0.5 - rate / 12.0, 2.0 / 3.0)
    } else {
        (
            (rate - lag) / rate,
            (2.0 * lag - rate) / (lag * (rate - lag)),
        )
    };
    let growth = if (rate * depth).abs() < 1e-12 {
        depth
    } else {
        libm::expm1(rate * depth) / rate
    };
    growth / spread + constant
}

/// The η ≠ 0 (0 for ρ = 1) that solves η = ρ (1 − e^{−η}), and δ = ρ − 1.
fn exponent(rho: f64) -> (f64, f64) {
    let lag = rho - 1.0;
    if lag.abs() < 1e-3 {
        // δ = η/2 + η²/12 − η⁴/720 + …, turned round by Newton's steps.
        let mut rate = 2.0 * lag;
        for _ in 0..4 {
            let cube = rate * rate * rate;
            let value = rate * (0.5 + rate / 12.0) - cube * rate / 720.0;
            let slope = 0.5 + rate / 6.0 - cube / 180.0;
            rate -= (value - lag) / slope;
        }
        return (rate, lag);
    }
    let mut rate = if rho > 1.0 {
        rho
    } else {
        2.0 * libm::log(rho) - 1.0
    };
    for _ in 0..80 {
        let free = -libm::expm1(-rate);
        let step = (rate - rho * free) / (1.0 - rho * (1.0 - free));
        rate -= step;
        if step.abs() <= 1e-15 * rate.abs() {
            break;
        }
    }
    (rate, lag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M/D/1/K by the stationary numbers at departures, from crossings of levels (all terms positive), a second method.
    fn finite_queue(rho: f64, places: usize) -> f64 {
        let mut arrivals = vec![(-rho).exp()];
        for k in 1..places + 40 {
            arrivals.push(arrivals[k - 1] * rho / k as f64);
        }
        let more_than = |k: usize| -> f64 { arrivals[k..].iter().sum() };
        let mut left = vec![1.0];
        for level in 0..places - 1 {
            let up: f64 = (1..=level)
                .map(|from| left[from] * more_than(level + 2 - from))
                .sum();
            left.push((more_than(level + 1) + up) / arrivals[0]);
        }
        let total: f64 = left.iter().sum();
        1.0 - 1.0 / (left[0] / total + rho)
    }

    #[test]
    fn a_whole_bucket_is_a_finite_queue_of_missing_tokens() {
        for rho in [
            0.3, 0.7, 0.9, 0.99, 0.999, 0.9999, 1.0, 1.0001, 1.01, 1.3, 2.0,
        ] {
            for places in [1, 2, 3, 5, 8, 10, 13, 14, 20, 40] {
                let expected = finite_queue(rho, places);
                let got = refused(rho, places as f64).unwrap();
                assert!(
                    (got - expected).abs() <= 1e-8 * expected + 2e-11,
                    "{rho} of {places}: {got} against {expected}"
                );
            }
        }
    }

    /// An event-driven simulation of 200 million requests each, 4,000 million for the last two (xoshiro256++), apart from this program.
    #[test]
    fn buckets_refuse_what_simulated_ones_do() {
        for (rho, burst, expected, tolerance) in SIMULATED {
            let got = refused(rho, burst).unwrap();
            assert!(
                (got / expected - 1.0).abs() < tolerance,
                "{rho} of {burst}: {got} against {expected}"
            );
        }
    }

    const SIMULATED: [(f64, f64, f64, f64); 9] = [
        (0.99, 10.0, 0.046_336, 3e-3),
        (1.0, 10.0, 0.050_816, 3e-3),
        (1.5, 10.0, 0.333_388, 5e-4),
        (0.5, 1.0, 0.333_341, 5e-4),
        (0.9, 2.5, 0.178_503, 5e-4),
        (0.8, 5.0, 0.035_295, 2e-3),
        (1.2, 7.3, 0.178_899, 1e-3),
        (0.95, 30.0, 0.002_660, 5e-3),
        (1.0, 100.0, 0.005_015, 5e-3),
    ];

    #[test]
    fn a_single_token_is_a_server_without_a_queue() {
        for rho in [0.0, 1e-9, 0.5, 1.0, 3.0, 1e6] {
            let got = refused(rho, 1.0).unwrap();
            assert!((got - rho / (1.0 + rho)).abs() < 1e-15, "{rho}: {got}");
        }
    }

    #[test]
    fn a_deep_bucket_refuses_the_excess_alone() {
        for (rho, expected) in [
            (0.5, 0.0),
            (0.99, 0.0),
            (1.25, 0.2),
            (4.0, 0.75),
            (1e9, 1.0),
        ] {
            for burst in [1e4, 1e9, f64::INFINITY] {
                let got = refused(rho, burst).unwrap();
                assert!((got - expected).abs() < 1e-8, "{rho} of {burst}: {got}");
            }
        }
        // At the rate itself the bucket is anywhere with the same chance: 1 of 2b + 2/3 finds nothing.
        let got = refused(1.0, 1001.0).unwrap();
        assert!(
            (got * (2000.0 + 2.0 / 3.0 + 1.0) - 1.0).abs() < 1e-9,
            "{got}"
        );
    }

    #[test]
    fn refusals_rise_with_pressure_and_fall_with_depth_without_a_jump() {
        let mut pressures: Vec<f64> = (1..400).map(|step| f64::from(step) * 0.01).collect();
        pressures.extend([
            0.999, 0.998_999, 1.001, 1.001_001, 19.999, 20.001, 50.0, 1e4, 1e12,
        ]);
        pressures.sort_by(f64::total_cmp);
        let depths = [
            1.0, 1.3, 1.999, 2.0, 2.5, 7.7, 12.9, 13.0, 13.001, 20.0, 300.0, 1e6,
        ];
        for depth in depths {
            let mut last = 0.0;
            for rho in &pressures {
                let got = refused(*rho, depth).unwrap();
                assert!(got >= last - 1e-9, "{rho} of {depth}: {got} after {last}");
                assert!(got >= 1.0 - 1.0 / rho - 1e-12, "{rho} of {depth}: {got}");
                last = got;
            }
        }
        for rho in &pressures {
            let all = depths.map(|depth| refused(*rho, depth).unwrap());
            assert!(
                all.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9),
                "{rho}: {all:?}"
            );
        }
        assert_eq!(refused(-1.0, 2.0), None);
        assert_eq!(refused(1.0, 0.5), None);
        assert_eq!(refused(f64::NAN, 2.0), None);
    }
}
