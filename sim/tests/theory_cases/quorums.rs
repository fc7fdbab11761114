//! The cases of quorums under random delays, which the theory answers by drawing.

use crate::Case;
use loadscape_sim::distribution::Distribution;
use loadscape_sim::theory::staleness::{DelayMixture, ReplicaDelays, Staleness};

/// The delays of the quorum cases in milliseconds, as the file's text gives them.
fn quorum_delays(id: &str) -> Option<ReplicaDelays> {
    let pareto = |minimum: f64, shape: f64| {
        Distribution::pareto(minimum * shape / (shape - 1.0), shape).ok()
    };
    let exponential = |rate: f64| Distribution::exponential(1.0 / rate).ok();
    let mix = |weight: f64, body: Option<Distribution>, tail: Option<Distribution>| {
        DelayMixture::new(vec![(weight, body?), (1.0 - weight, tail?)])
    };
    let ssd = mix(0.9122, pareto(0.235, 10.0), exponential(1.66))?;
    let (write, others) = match id {
        "pbs-wars-lnkd-ssd" => (ssd.clone(), ssd),
        "pbs-wars-lnkd-disk" => (mix(0.38, pareto(1.05, 1.51), exponential(0.183))?, ssd),
        "pbs-wars-ymmr" => (
            mix(0.939, pareto(3.0, 3.35), exponential(0.0028))?,
            mix(0.982, pareto(1.5, 3.8), exponential(0.0217))?,
        ),
        _ => return None,
    };
    Some(ReplicaDelays {
        write,
        acknowledge: others.clone(),
        read: others.clone(),
        respond: others,
    })
}

/// Two simulations of the same thing: each quantity with our value and four standard errors of their difference.
pub fn quorums(case: &Case) -> Option<Vec<(String, f64, f64)>> {
    const TRIALS: u32 = 1_000_000;
    /// Trials behind the file's figures.
    const FILE_TRIALS: f64 = 2e6;
    let delays = quorum_delays(case.id)?;
    let got = Staleness::simulate(
        case.whole("N"),
        case.whole("R"),
        case.whole("W"),
        &delays,
        TRIALS,
        2012,
    )?;
    let spread = |p: f64| (p * (1.0 - p) * (1.0 / f64::from(TRIALS) + 1.0 / FILE_TRIALS)).sqrt();
    let mut answers = Vec::new();
    for name in case.expected.as_object()?.keys() {
        if name == "t_visibility_999_ms" {
            // The spread of a quantile: that of its probability, carried over by the quantiles on either side.
            let error = 4.0 * spread(0.999);
            let width = got.visibility_time(0.999 + error)? - got.visibility_time(0.999 - error)?;
            answers.push((name.clone(), got.visibility_time(0.999)?, 0.5 * width));
        } else {
            let elapsed: f64 = name
                .trim_start_matches("P_consistent_t")
                .trim_end_matches("ms")
                .parse()
                .ok()?;
            let p = got.fresh_probability(elapsed);
            answers.push((name.clone(), p, 4.0 * spread(p) + 4.0 / f64::from(TRIALS)));
        }
    }
    Some(answers)
}
