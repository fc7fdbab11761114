//! How unevenly servers without end are taken by arrivals that aren't Poisson: the variance of the number taken over its mean. Whoever
//! has few servers meets a crowd that varies as much (Wilkinson 1956). It knows a stream by its dispersion, no routes.

use super::special::ln_gamma;

/// Peakedness of arrivals with this index of dispersion (variance over mean of their number during a service; 1 for Poisson) at services
/// with this squared coefficient of variation: `z = 1 + (I − 1) E[min(S₁, S₂)]/E[S]`, with `E[min]/E[S] = ∫(1 − G)²/E[S]` (Eckberg 1983; the heavy-traffic
/// peakedness of Whitt 1984, where the stream forgets sooner than a service lasts). For gamma services of shape k that is 1 − Γ(k + ½)/(Γ(k + 1)√π): a half for
/// exponential services, 1 for constant ones. At least 0.
pub fn peakedness(dispersion: f64, service_scv: f64) -> f64 {
    (1.0 + (dispersion - 1.0) * common(service_scv)).max(0.0)
}

/// E[min(S₁, S₂)]/E[S] of two independent gamma services.
fn common(scv: f64) -> f64 {
    if scv < 1e-4 {
        return 1.0;
    }
    // Shorter than a hundredth of the mean nearly all of the time: as good as never together.
    let shape = 1.0 / scv.min(1e4);
    let apart = libm::exp(ln_gamma(shape + 0.5) - ln_gamma(shape + 1.0));
    (1.0 - apart / libm::sqrt(core::f64::consts::PI)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_services_are_together_as_long_as_the_shorter() {
        // Exponential: half of the mean; two phases: 5/8; a quarter of the variance of an exponential: 1 − 35/128.
        for (scv, expected) in [
            (1.0, 0.5),
            (0.5, 0.625),
            (0.25, 1.0 - 35.0 / 128.0),
            (0.0, 1.0),
        ] {
            assert!((common(scv) - expected).abs() < 1e-9, "{scv}");
        }
        // Continuous where constant services begin.
        assert!((common(1.1e-4) - 1.0).abs() < 0.01);
    }

    #[test]
    fn renewal_streams_at_exponential_services_have_nearly_the_known_peakedness() {
        // z = 1/(1 − φ(μ)) − λ/μ of a renewal stream with transform φ; two-phase gaps with balanced means, λ = 1, μ = 1/load.
        for (scv, load) in [(2.0, 10.0), (4.0, 40.0), (9.0, 100.0), (0.5, 10.0)] {
            let transform = |s: f64| {
                if scv < 1.0 {
                    return (2.0 / (2.0 + s)) * (2.0 / (2.0 + s));
                }
                let share = 0.5 * (1.0 + libm::sqrt((scv - 1.0) / (scv + 1.0)));
                let fast = 2.0 * share / (2.0 * share + s);
                let slow = 2.0 * (1.0 - share) / (2.0 * (1.0 - share) + s);
                share * fast + (1.0 - share) * slow
            };
            let exact = 1.0 / (1.0 - transform(1.0 / load)) - load;
            let got = peakedness(scv, 1.0);
            assert!(
                (got / exact - 1.0).abs() < 0.12,
                "{scv} {load}: {got} {exact}"
            );
        }
    }
}
