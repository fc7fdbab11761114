//! A quantile of what was seen in a span, with the band in which it lies in 95 of 100 cases. It doesn't know what was seen.
//!
//! Of n independent times, the number that stay below the p-quantile is binomial, whatever the times' law: so the band reaches from one
//! order statistic to another (David & Nagaraja 2003, "Order Statistics", section 7.1; Le Boudec 2010, "Performance Evaluation", theorem 2.1).
//! Response times aren't independent: whoever queues behind each other waits alike. So n counts as many as the spread between the pieces
//! of a span says: it is divided by the design effect of a sample in clusters (Kish 1965, "Survey Sampling", section 5.4).

use loadscape_sim::des::Histogram;
use serde::{Deserialize, Serialize};

/// The chance that the true value is outside on either side.
const OUTSIDE: f64 = 0.025;
/// The standard normal law's quantile of that.
const WIDTHS: f64 = 1.959_963_984_540_054;
/// From so many on, expected on either side of the quantile, the binomial law is close to a normal one.
const MANY: f64 = 50.0;

/// A quantile with its band, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// What was seen.
    pub value: f64,
    /// The true value isn't less in 97.5 of 100 cases.
    pub least: f64,
    /// Nor more.
    pub most: f64,
}

/// The quantile of this share (above 0, below 1) of the times of a span, of which so many count as independent; `None` where these are too
/// few for a band with two ends: what is beyond the slowest, nobody has seen.
pub fn band(share: f64, times: &Histogram, independent: f64) -> Option<Band> {
    let (least, most) = ranks(share, independent)?;
    // Half of a rank lies on either side of what it stands for.
    let at = |rank: f64| times.quantile((rank - 0.5) / independent);
    Some(Band {
        value: times.quantile(share)?,
        least: at(least)?,
        most: at(most)?,
    })
}

/// The ranks, from 1, of the two order statistics of a sample of this size; `None` where there are none.
pub fn ranks(share: f64, sample: f64) -> Option<(f64, f64)> {
    let (below, above) = (sample * share, sample * (1.0 - share));
    if below.min(above) >= MANY {
        let spread = WIDTHS * (below * (1.0 - share)).sqrt();
        return Some(((below - spread).floor(), (below + spread).ceil() + 1.0));
    }
    let sample = sample.floor();
    if sample < 1.0 {
        return None;
    }
    if share > 0.5 {
        // Counted from the other end, where the law's first term isn't too small to be written.
        let (least, most) = ranks(1.0 - share, sample)?;
        return Some((sample + 1.0 - most, sample + 1.0 - least));
    }
    // The binomial law's terms one after the other.
    let mut term = (sample * (-share).ln_1p()).exp();
    let mut sum = term;
    let (mut least, mut most) = (0.0, None);
    let mut count = 0.0;
    while count < sample {
        // `sum` is the chance that no more than `count` lie below.
        if sum <= OUTSIDE {
            least = count + 1.0;
        }
        if sum >= 1.0 - OUTSIDE && most.is_none() {
            most = Some(count + 1.0);
        }
        term *= (sample - count) / (count + 1.0) * share / (1.0 - share);
        count += 1.0;
        sum += term;
    }
    (least >= 1.0).then_some(least).zip(most)
}

/// By how many times more a share varies from piece to piece than if all were independent, at least 1: `pieces` are groups of neighbouring
/// pieces, each piece as how many were seen in it and how many of them stayed below the group's quantile of this share.
pub fn design_effect(share: f64, groups: &[&[(f64, f64)]]) -> f64 {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for pieces in groups {
        let all: f64 = pieces.iter().map(|(seen, _)| seen).sum();
        let below: f64 = pieces.iter().map(|(_, below)| below).sum();
        if all <= 0.0 {
            continue;
        }
        let mean = below / all;
        let of = |(seen, below): &(f64, f64)| match *seen {
            seen if seen > 0.0 => (below - mean * seen).powi(2) / seen,
            _ => 0.0,
        };
        squares += pieces.iter().map(of).sum::<f64>();
        freedom += pieces.iter().filter(|(seen, _)| *seen > 0.0).count() as f64 - 1.0;
    }
    if freedom < 1.0 {
        return 1.0;
    }
    (squares / freedom / (share * (1.0 - share))).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_tables() {
        // Le Boudec 2010, appendix A, tables A.1 and A.2 (confidence 95 %).
        assert_eq!(ranks(0.5, 5.0), None);
        assert_eq!(ranks(0.5, 6.0), Some((1.0, 6.0)));
        assert_eq!(ranks(0.5, 20.0), Some((6.0, 15.0)));
        assert_eq!(ranks(0.5, 50.0), Some((18.0, 33.0)));
        assert_eq!(ranks(0.5, 70.0), Some((27.0, 44.0)));
        // Where the normal law takes over: theorem 2.1 gives j = ⌊0.5 n − 0.98 √n⌋ and k = ⌈0.5 n + 0.98 √n⌉ + 1.
        assert_eq!(ranks(0.5, 100.0), Some((40.0, 61.0)));
        // The slowest of n is above the p-quantile with chance 1 − pⁿ: 97.5 % from 72 and from 368 on.
        assert_eq!(ranks(0.95, 71.0), None);
        assert_eq!(ranks(0.95, 72.0).unwrap().1, 72.0);
        assert_eq!(ranks(0.99, 367.0), None);
        assert_eq!(ranks(0.99, 368.0).unwrap().1, 368.0);
    }

    /// Numbers between 0 and 1 without any order (Steele & Vigna's SplitMix64).
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn the_band_holds_the_true_quantile_as_often_as_it_says() {
        let mut state = 7;
        for (share, count) in [(0.5, 40), (0.95, 150), (0.99, 600), (0.95, 2_000)] {
            let truth = -(1.0_f64 - share).ln();
            let mut held = 0;
            const TIMES: u32 = 2_000;
            for _ in 0..TIMES {
                let mut times = Histogram::default();
                for _ in 0..count {
                    times.record(-(1.0 - uniform(&mut state)).ln());
                }
                let band = band(share, &times, f64::from(count)).unwrap();
                held += u32::from((band.least..=band.most).contains(&truth));
            }
            let held = f64::from(held) / f64::from(TIMES);
            // Ranks are whole: it is rather more than 95 %.
            assert!((0.94..=0.985).contains(&held), "{share} of {count}: {held}");
        }
    }

    #[test]
    fn alike_neighbours_count_less() {
        // Pieces as different as chance makes them, and pieces of which each is all below or all above.
        let even = vec![(100.0, 93.0), (100.0, 97.0), (100.0, 95.0), (100.0, 95.0)];
        assert_eq!(design_effect(0.95, &[&even]), 1.0);
        // Clusters of 20 that are all alike count as one each (Kish 1965: the effect is the clusters' size).
        let mut state = 3;
        let alike: Vec<(f64, f64)> = (0..4_000)
            .map(|_| (20.0, if uniform(&mut state) < 0.9 { 20.0 } else { 0.0 }))
            .collect();
        let effect = design_effect(0.9, &[&alike]);
        assert!((18.0..=22.0).contains(&effect), "{effect}");
    }
}
