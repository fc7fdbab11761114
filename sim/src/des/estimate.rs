//! From counted figures to estimates with intervals: where the warm-up ends, batch means, quantiles. It doesn't know what is estimated.

use super::histogram::Histogram;
use crate::theory::special::increasing_root;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::f64::consts::FRAC_2_PI;

/// A figure from a simulation, with how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Half the width of the 95 % confidence interval around it; `None` when the run was too short to say.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// Whether the interval holds this value; false without an interval.
    pub fn holds(&self, value: f64) -> bool {
        self.half_width
            .is_some_and(|half_width| (value - self.value).abs() <= half_width)
    }

    /// Whether it is further from a value than chance explains, and by more than quantiles are counted in buckets; `None` without an interval.
    pub fn parts_from(&self, value: f64) -> Option<bool> {
        /// Half-widths of the 95 % interval between figures that part: by chance alone one pair in ten thousand, and a table has dozens.
        const WIDTHS: f64 = 2.0;
        /// Figures closer than this share of each other never part.
        const CLOSE: f64 = 0.005;
        let apart = (self.value - value).abs();
        self.half_width
            .map(|half_width| apart > (WIDTHS * half_width).max(CLOSE * value.abs()))
    }

    /// The half-width as a share of the value; `None` without an interval or when the value is 0.
    pub fn relative(&self) -> Option<f64> {
        self.half_width
            .filter(|_| self.value != 0.0)
            .map(|half_width| half_width / self.value.abs())
    }
}

/// Batches that a run is cut into: enough for a stable variance, few enough that each is long (Schmeiser 1982 advises 10 to 30).
const BATCHES: usize = 20;
/// Fewer don't give an interval.
const LEAST_BATCHES: usize = 8;
/// An interval that reaches further than this share of its figure, before it is widened, says nothing: the run is too short.
const WIDEST: f64 = 2.0 / 3.0;
/// Times that are no further apart than this share of them are the same.
pub(super) const SAME: f64 = 1e-6;
/// Samples that have to lie beyond a quantile.
pub(super) const LEAST_BEYOND: f64 = 10.0;
/// Independent samples that those beyond a quantile have to come to for an interval: the spread of fewer, which come in crowds, isn't known.
const LEAST_INDEPENDENT: f64 = 5.0;
/// Where fewer samples lie beyond a quantile than this, the size of crowds is hardly known, and they have to come to more independent ones: of runs in
/// which they come to two, one in sixty thinks that they come to five, and half of those are wrong (p999 of M/M/1 at 0.8, 119 beyond).
const FEW_BEYOND: f64 = 200.0;
/// So many.
const LEAST_INDEPENDENT_OF_FEW: f64 = 10.0;
/// By how much larger a share beyond tells how large crowds of slow requests are.
const MILDER: f64 = 5.0;
/// By how much larger a share beyond is near enough for crowds of nearly the same size.
const NEAR: f64 = 2.0;
/// By how much one side of a quantile's interval is wider than the other where the density doesn't merely fall.
const LOPSIDED: f64 = 2.0;

/// How many observations at the beginning to leave out (MSER-5: White 1997; White, Cobb & Spratt 2000): of all cut-offs in the first half,
/// the one for which the standard error of the rest's mean, taken over means of five, is least. `None` when it lies at the very end
/// of what may be left out, so that the run is too short.
///
/// That rule likes to cut right behind a busy period, which makes what is left too quiet (M/M/1 at 0.8 by 0.9 % over 60,000 services). So a
/// beginning that was busier than the rest only counts as warm-up when nothing as busy came later.
pub(super) fn warm_up(observations: &[f64]) -> Option<usize> {
    const GROUP: usize = 5;
    let means: Vec<f64> = observations
        .chunks_exact(GROUP)
        .map(|group| group.iter().sum::<f64>() / GROUP as f64)
        .collect();
    if means.len() < 4 {
        return None;
    }
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    // Deviations from a middle value, so that a large mean doesn't hide a small variance.
    let middle = means[means.len() / 2];
    let mut best = (f64::INFINITY, 0);
    for start in (0..means.len()).rev() {
        let deviation = means[start] - middle;
        sum += deviation;
        squares += deviation * deviation;
        count += 1.0;
        if start > means.len() / 2 {
            continue;
        }
        let statistic = (squares - sum * sum / count).max(0.0) / (count * count);
        if statistic <= best.0 {
            best = (statistic, start);
        }
    }
    let cut = best.1;
    if cut >= means.len() / 2 {
        None
    } else if is_busy_by_chance(&means, cut) {
        Some(0)
    } else {
        Some(cut * GROUP)
    }
}

/// The same where nothing but filling up can make a beginning unlike the rest: one that was busier than that was so by chance, and leaving it out would make the
/// rest too quiet (M/M/1 at 0.8, 16,000 steps: with it, the interval of the mean holds in 91 of 100 runs instead of 89).
pub(super) fn filling_up(observations: &[f64]) -> Option<usize> {
    let cut = warm_up(observations)?;
    let (before, after) = observations.split_at(cut);
    let sum = |stretch: &[f64]| stretch.iter().sum::<f64>();
    let is_busier = sum(before) * after.len() as f64 > sum(after) * before.len() as f64;
    Some(if is_busier { 0 } else { cut })
}

/// Whether the means before the cut are higher than those after it on average, but not higher than every single one of them.
fn is_busy_by_chance(means: &[f64], cut: usize) -> bool {
    let (before, after) = means.split_at(cut);
    let mean = |stretch: &[f64]| stretch.iter().sum::<f64>() / stretch.len() as f64;
    cut > 0 && mean(before) > mean(after) && after.iter().any(|later| *later >= mean(before))
}

/// The ratio of two sums, each given by batch, with its interval from the batches' spread (Cochran 1977, eq. 6.13). A figure per request is
/// the sum of it over the number of requests; a figure per second has the batches' lengths below. `None` when the lower sum is 0.
pub(super) fn ratio(windows: usize, of: impl Fn(usize) -> (f64, f64)) -> Option<Estimate> {
    let batches = windows.min(BATCHES);
    let mut sums = [(0.0, 0.0); BATCHES];
    for (batch, sum) in sums.iter_mut().enumerate().take(batches) {
        for window in batch * windows / batches..(batch + 1) * windows / batches {
            let (above, below) = of(window);
            sum.0 += above;
            sum.1 += below;
        }
    }
    let sums = &sums[..batches];
    let above: f64 = sums.iter().map(|sum| sum.0).sum();
    let below: f64 = sums.iter().map(|sum| sum.1).sum();
    if below <= 0.0 {
        return None;
    }
    let value = above / below;
    if batches < LEAST_BATCHES {
        return Some(Estimate {
            value,
            half_width: None,
        });
    }
    let count = batches as f64;
    let mean_below = below / count;
    let squares: f64 = sums
        .iter()
        .map(|batch| square(residual(batch, value)))
        .sum();
    let error = libm::sqrt(squares * inflation(sums, value) / (count * (count - 1.0))) / mean_below;
    Some(Estimate {
        value,
        half_width: Some(student_t(0.975, batches as u32 - 1) * error),
    })
}

/// The same estimate of a time or of how many wait, with an interval that also holds where a run is short.
///
/// How long requests wait in the long run, and how much runs differ in it, goes together: near saturation a mean time grows like 1/(1 − ρ) and the
/// standard deviation of a run's like 1/(1 − ρ)² (Whitt 1989, "Planning queueing simulations", section 4). Runs that met little think themselves too
/// sure of it, and their intervals lie too low. Of the reciprocal the standard deviation is the same whatever it is (Bartlett 1947): its interval reaches up by
/// h / (1 − h) for a half-width of h, relative to the figure. A symmetric interval misses more on that side and less on the other, which cancels to the first order of h
/// (Hall 1992, "The Bootstrap and Edgeworth Expansion"): so it is widened by the square of h, up to the reciprocal's at a half. Beyond [`WIDEST`] it says nothing.
pub(super) fn widened(estimate: Estimate) -> Estimate {
    let wider = |half_width: f64| {
        let share = half_width / estimate.value.abs();
        if half_width <= 0.0 {
            Some(half_width)
        } else if share <= 0.5 {
            Some(half_width * (1.0 + 4.0 * share * share))
        } else {
            (share <= WIDEST).then(|| half_width / (1.0 - share))
        }
    };
    Estimate {
        half_width: estimate.half_width.and_then(wider),
        ..estimate
    }
}

pub(super) fn residual((above, below): &(f64, f64), value: f64) -> f64 {
    above - value * below
}

pub(super) fn square(number: f64) -> f64 {
    number * number
}

/// By how much the batches' spread understates the variance of their mean, at least 1: neighbouring batches of a busy system resemble each
/// other. With a correlation φ from each to the next it is (1 + φ) / (1 − φ) (as in N-Skart: Tafazzoli & Wilson 2011, eq. 8).
fn inflation(sums: &[(f64, f64)], value: f64) -> f64 {
    let squares: f64 = sums
        .iter()
        .map(|batch| square(residual(batch, value)))
        .sum();
    if squares <= 0.0 {
        return 1.0;
    }
    let products: f64 = sums
        .windows(2)
        .map(|pair| residual(&pair[0], value) * residual(&pair[1], value))
        .sum();
    let correlation = (products / squares).clamp(0.0, 0.9);
    (1.0 + correlation) / (1.0 - correlation)
}

/// A quantile of the response times, with its interval from the spread over the run's segments; `None` when too few samples lie beyond it.
///
/// The segments say how sure the share below the value is, which is a mean like any other; the interval reaches from the quantile of the
/// share less that to the quantile of the share and that. (Quantiles of the segments themselves are biased where those are short.) It is
/// no narrower than the bucket leaves the value open.
pub(super) fn quantile<'a>(
    share: f64,
    all: &Histogram,
    segments: impl Iterator<Item = &'a Histogram>,
) -> Option<Estimate> {
    let segments: Vec<&Histogram> = segments.collect();
    let total = all.total() as f64;
    if total * share.min(1.0 - share) < LEAST_BEYOND {
        return None;
    }
    let value = all.quantile(share)?;
    let spread = spread_below(share, all, &segments);
    let spread = spread.filter(|_| {
        let mild = 1.0 - (MILDER * (1.0 - share)).min(0.5);
        let alike = all.range() <= SAME * value;
        let beyond = || independent_beyond(share, mild, all, &segments);
        let least = match total * share.min(1.0 - share) < FEW_BEYOND {
            true => LEAST_INDEPENDENT_OF_FEW,
            false => LEAST_INDEPENDENT,
        };
        alike || beyond().is_none_or(|number| number >= least)
    });
    let half_width = spread.and_then(|spread| {
        // Where all are the same but for their last digits, no share of them is below any.
        let range = all.range();
        if range <= SAME * value {
            return Some(range);
        }
        let (least, most) = (share - spread, share + spread);
        // Beyond the ends nothing was seen that could say how far the quantile may lie.
        if total * least < 1.0 || total * (1.0 - most) < 1.0 {
            return None;
        }
        let (above, below) = (all.quantile(most)? - value, value - all.quantile(least)?);
        let half_width = either_way(above, below);
        let blur = all.blur(share);
        Some(if half_width < blur { blur } else { half_width })
    });
    Some(Estimate { value, half_width })
}

/// The half-width of an interval that reaches so far above and below: the root mean square of both, which differ as the density falls. Where one is
/// much the wider there is a gap between two kinds of requests, or few samples are left: then it reaches as far both ways.
fn either_way(above: f64, below: f64) -> f64 {
    let (wider, narrower) = (above.max(below), above.min(below));
    if wider > LOPSIDED * narrower {
        wider
    } else {
        libm::sqrt((wider * wider + narrower * narrower) / 2.0)
    }
}

/// Half the width of the interval of the share below a quantile.
///
/// The batches that saw few large crowds of slow requests put the quantile too low and think themselves sure of it (M/M/8 at 0.8, 240,000 steps:
/// of 3,000 intervals of the 99th percentile from their spread alone 6.9 % lie too low, 0.3 % too high). Beyond a milder quantile more is seen of
/// such crowds, which are nearly as large there (see [`independent_beyond`]). So the variance is the mean of two: that which the batches' spread
/// gives, and that which crowds as large as those beyond [`NEAR`] times the share would give.
fn spread_below(share: f64, all: &Histogram, segments: &[&Histogram]) -> Option<f64> {
    let spread_at = |share: f64| share_below(all.quantile(share)?, segments)?.half_width;
    let own = spread_at(share)?;
    let tail = share.min(1.0 - share);
    let near = NEAR * tail;
    if near >= 0.5 {
        return Some(own);
    }
    let milder = spread_at(if share < 0.5 { near } else { 1.0 - near })?;
    // In crowds of one size variances are in proportion to those of independent samples.
    let milder = milder * libm::sqrt(tail * (1.0 - tail) / (near * (1.0 - near)));
    Some(libm::sqrt((own * own + milder * milder) / 2.0))
}

/// The share of all that is up to this value, by the segments.
fn share_below(value: f64, segments: &[&Histogram]) -> Option<Estimate> {
    let counts = counts_up_to(value, segments);
    ratio(counts.len(), |segment| counts[segment])
}

/// How many of each of these are up to this value, and how many there are.
pub(super) fn counts_up_to<H: Borrow<Histogram>>(value: f64, of: &[H]) -> Vec<(f64, f64)> {
    let counts = of.iter().map(Borrow::borrow).map(|own| {
        let total = own.total() as f64;
        (total * own.share_up_to(value), total)
    });
    counts.collect()
}

/// So many independent samples as those beyond a quantile come to: slow requests come in crowds, which are as large beyond a milder quantile, where
/// more of them tell how large (excesses over a high level form clusters whose size tends to a limit; Leadbetter 1983). `None` where the milder quantile
/// can't say.
fn independent_beyond(
    share: f64,
    mild: f64,
    all: &Histogram,
    segments: &[&Histogram],
) -> Option<f64> {
    let total = all.total() as f64;
    let below = share_below(all.quantile(mild)?, segments)?;
    let batches = segments.len().min(BATCHES) as u32;
    let error = below.half_width? / student_t(0.975, batches.saturating_sub(1).max(1));
    // The variance of a share of so many independent samples, and what that of these is of it.
    let crowd = (error * error * total / (mild * (1.0 - mild))).max(1.0);
    Some(total * (1.0 - share) / crowd)
}

/// The mean of independent figures (replications) with its interval; `None` when there are none.
pub fn mean(figures: &[f64]) -> Option<Estimate> {
    if figures.is_empty() {
        return None;
    }
    let count = figures.len() as f64;
    let value = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures
        .iter()
        .map(|figure| (figure - value) * (figure - value))
        .sum();
    let half_width = (figures.len() > 1).then(|| {
        student_t(0.975, figures.len() as u32 - 1) * libm::sqrt(squares / (count * (count - 1.0)))
    });
    Some(Estimate { value, half_width })
}

/// What is left out of a mean response time without making it another's, as a share of the requests: what a 99th percentile leaves out.
pub const MEAN_LEAVES_OUT: f64 = 0.01;

/// Whether clearly fewer of one design's requests end well than of another's, by the shares in runs that are in pairs: the mean of the pairs'
/// differences is beyond chance (paired t, Law & Kelton 1982, section 11.2) and more than a figure leaves out itself.
///
/// Response times are of those who were answered. Whoever fails most of its slow requests is faster only by whom it leaves out, so no time of
/// such a design can be called better than the other's.
pub fn answers_fewer(these: &[f64], those: &[f64], leaves_out: f64) -> bool {
    let fewer: Vec<f64> = (those.iter().zip(these))
        .map(|(those, these)| those - these)
        .collect();
    mean(&fewer).is_some_and(|by| {
        let beyond_chance = by.half_width.is_some_and(|width| by.value > width);
        beyond_chance && by.value > leaves_out
    })
}

/// The quantile (of a probability from 0.5 to below 1) of Student's t distribution with a whole number of degrees of freedom (≥ 1), from the
/// finite series of Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.
pub(super) fn student_t(probability: f64, degrees: u32) -> f64 {
    let nu = f64::from(degrees.max(1));
    // P(|T| ≤ t) as a function of the angle atan(t / √ν).
    let within = |angle: f64| {
        let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
        let square = cosine * cosine;
        if degrees % 2 == 1 {
            let (mut sum, mut term) = (0.0, cosine);
            let mut k = 1;
            while k + 2 <= degrees {
                sum += term;
                term *= square * f64::from(k + 1) / f64::from(k + 2);
                k += 2;
            }
            FRAC_2_PI * (angle + sine * sum)
        } else {
            let (mut sum, mut term) = (0.0, 1.0);
            let mut k = 2;
            while k <= degrees {
                sum += term;
                term *= square * f64::from(k - 1) / f64::from(k);
                k += 2;
            }
            sine * sum
        }
    };
    let target = 2.0 * probability - 1.0;
    let angle = increasing_root(
        |angle| within(angle) - target,
        0.0,
        std::f64::consts::FRAC_PI_2,
        1e-14,
    )
    .unwrap_or(0.0);
    libm::tan(angle) * libm::sqrt(nu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        // Abramowitz & Stegun 1964, table 26.10.
        for (degrees, expected) in [
            (1, 12.706),
            (2, 4.303),
            (5, 2.571),
            (9, 2.262),
            (29, 2.045),
            (30, 2.042),
            (120, 1.980),
        ] {
            let got = student_t(0.975, degrees);
            assert!((got - expected).abs() < 5e-4, "{degrees}: {got}");
        }
    }

    #[test]
    fn fewer_are_answered_beyond_chance_and_beyond_what_a_figure_leaves_out() {
        let all = [1.0; 3];
        // Differences of 0.2, 0.2 and 0.3: 0.233 ± 4.303 × 0.0577 / √3 = 0.143; of 0.1, 0.2 and 0.3: 0.2 ± 4.303 × 0.1 / √3 = 0.248.
        let (clear, chance) = ([0.8, 0.8, 0.7], [0.9, 0.8, 0.7]);
        assert!(answers_fewer(&clear, &all, 0.01));
        assert!(!answers_fewer(&chance, &all, 0.01));
        assert!(
            !answers_fewer(&clear, &all, 0.24),
            "the figure leaves more out"
        );
        assert!(!answers_fewer(&all, &clear, 0.01), "more are no fewer");
        assert!(
            !answers_fewer(&[0.0], &[1.0], 0.01),
            "one pair shows nothing"
        );
    }

    #[test]
    fn the_warm_up_ends_where_the_level_is_reached() {
        let mut state = 1_u64;
        let mut noise = || {
            state = super::super::random::scramble(state);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let rising: Vec<f64> = (0..600)
            .map(|step| 10.0 - 10.0 * (-f64::from(step) / 20.0).exp() + noise())
            .collect();
        let cut = warm_up(&rising).unwrap();
        assert!((40..=120).contains(&cut), "{cut}");
        let level: Vec<f64> = (0..600).map(|_| 10.0 + noise()).collect();
        assert!(warm_up(&level).unwrap() < 60);
        // A busy period right at the beginning is no warm-up where later ones are as busy; a level that never comes back is one.
        let wave = |step: i32| 10.0 + 5.0 * (f64::from(step) / 25.0).cos();
        let waves: Vec<f64> = (0..600).map(|step| wave(step) + noise()).collect();
        assert_eq!(warm_up(&waves), Some(0));
        let falling: Vec<f64> = (0..600)
            .map(|step| 10.0 + 10.0 * (-f64::from(step) / 20.0).exp() + noise())
            .collect();
        assert!((40..=120).contains(&warm_up(&falling).unwrap()));
        let growing: Vec<f64> = (0..600).map(f64::from).collect();
        assert_eq!(warm_up(&growing), None);
        // Where only filling up takes time, being busy at first is chance.
        assert_eq!(filling_up(&falling), Some(0));
        assert_eq!(filling_up(&rising), Some(cut));
        assert_eq!(filling_up(&growing), None);
    }

    #[test]
    fn a_wide_interval_reaches_as_far_as_that_of_the_reciprocal_and_a_narrow_one_stays() {
        let of = |half_width| {
            let estimate = Estimate {
                value: 5.0,
                half_width: Some(half_width),
            };
            widened(estimate).half_width
        };
        // 1/5 ± 1/10 reaches down to 1/10: up to 10, and of 60 % to 12.5.
        assert!((of(2.5).unwrap() - 5.0).abs() < 1e-12);
        assert!((of(3.0).unwrap() - 7.5).abs() < 1e-12);
        // A hundredth is widened by four ten-thousandths of it.
        assert!((of(0.05).unwrap() - 0.05002).abs() < 1e-12);
        assert_eq!((of(0.0), of(3.5)), (Some(0.0), None));
    }

    #[test]
    fn a_ratio_of_sums_is_not_a_mean_of_ratios() {
        let estimate = ratio(40, |window| {
            if window % 2 == 0 {
                (10.0, 1.0)
            } else {
                (0.0, 9.0)
            }
        })
        .unwrap();
        assert!((estimate.value - 1.0).abs() < 1e-12);
        assert!(
            estimate.half_width.unwrap() < 1e-12,
            "all batches are alike"
        );
        assert_eq!(ratio(60, |_| (1.0, 0.0)), None);
    }

    #[test]
    fn an_interval_across_a_gap_reaches_over_it() {
        // Batches of 1,000 of which 940 to 959 take 1 ms and the others 100 ms: whether the 95th percentile is quick or slow isn't known.
        let (mut all, mut batches) = (Histogram::default(), Vec::new());
        for batch in 0..20 {
            let mut own = Histogram::default();
            for request in 0..1_000 {
                let seconds = if request < 940 + batch { 0.001 } else { 0.1 };
                own.record(seconds);
                all.record(seconds);
            }
            batches.push(own);
        }
        let found = quantile(0.95, &all, batches.iter()).unwrap();
        let quickest = found.value - found.half_width.unwrap();
        assert!(found.value > 0.099 && quickest < 0.0011, "{found:?}");
        // What falls off like an exponential is between both sides.
        assert!((either_way(1.2, 1.0) - (1.22_f64).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn crowds_beyond_a_milder_quantile_count_for_half_of_the_variance() {
        // Shares of 1 % and of 2 % beyond, in batches of 1,000: the first are all alike, the second come in crowds.
        let (mut all, mut batches) = (Histogram::default(), Vec::new());
        for batch in 0..20 {
            let mut own = Histogram::default();
            let medium = if batch % 2 == 0 { 20 } else { 0 };
            for request in 0..1_000 {
                let seconds = match request {
                    0..10 => 1.0,
                    10..30 if request < 10 + medium => 0.1,
                    _ => 0.01,
                };
                own.record(seconds);
                all.record(seconds);
            }
            batches.push(own);
        }
        let batches: Vec<&Histogram> = batches.iter().collect();
        let own = share_below(all.quantile(0.99).unwrap(), &batches).unwrap();
        let milder = share_below(all.quantile(0.98).unwrap(), &batches).unwrap();
        assert!(own.half_width.unwrap() < 1e-12);
        let expected = milder.half_width.unwrap() * (0.01 * 0.99 / (0.02 * 0.98) / 2.0_f64).sqrt();
        let found = spread_below(0.99, &all, &batches).unwrap();
        assert!(
            expected > 0.0 && (found - expected).abs() < 1e-12,
            "{found} {expected}"
        );
    }

    #[test]
    fn a_quantile_needs_samples_beyond_it() {
        let mut histogram = Histogram::default();
        for step in 0..200 {
            histogram.record(0.01 + 0.001 * f64::from(step));
        }
        assert!(quantile(0.95, &histogram, std::iter::empty()).is_some());
        assert_eq!(quantile(0.999, &histogram, std::iter::empty()), None);
    }
}
