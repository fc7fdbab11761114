//! Estimates from independent runs: ratios of sums and quantiles of all times together, with intervals from how the runs differ. It doesn't
//! know what is estimated.

use super::estimate::{
    Estimate, LEAST_BEYOND, SAME, counts_up_to, mean, residual, square, student_t,
};
use super::histogram::Histogram;

/// Requests that each run has to show on either side of a quantile, on average, for its interval: what lies beyond comes in crowds, and runs that
/// met none of the large ones don't know how large they are. (Measured with M/M/1: with half as many, one interval in nine misses the 99th
/// percentile at 0.9.)
const LEAST_IN_EACH: f64 = 200.0;
/// An interval that reaches further than this share of its figure says that the runs are too short.
const WIDEST: f64 = 0.5;
/// Parts in which runs are taken when there are more: a jackknife of thirty knows its variance well enough.
const SECTIONS: usize = 30;
/// By how much one side of a quantile's interval is wider than the other where there is a gap between two kinds of requests.
const LOPSIDED: f64 = 2.0;

/// The ratio of two sums, each given by run, with its interval from how the runs differ (Cochran 1977, eq. 6.13; Student's t with a degree
/// less than there are runs). A mean time is the sum of times over the number of requests, so that a run counts by the requests in it: the mean
/// of the runs' means is too short, since runs that are slow have more requests. `None` when the lower sum is 0.
pub(super) fn ratio(rows: &[(f64, f64)]) -> Option<Estimate> {
    let (above, below) = rows
        .iter()
        .fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    if below <= 0.0 {
        return None;
    }
    let (value, count) = (above / below, rows.len() as f64);
    let half_width = (rows.len() > 1).then(|| {
        let squares: f64 = rows.iter().map(|row| square(residual(row, value))).sum();
        let error = libm::sqrt(squares / (count * (count - 1.0))) * count / below;
        student_t(0.975, rows.len() as u32 - 1) * error
    });
    Some(Estimate { value, half_width })
}

/// The mean time of so many requests, by run; no interval where the runs are too short for one.
pub(super) fn mean_time(rows: &[(f64, f64)]) -> Option<Estimate> {
    let estimate = ratio(rows)?;
    let requests = rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
    // As of a median.
    Some(match requests < 2.0 * LEAST_IN_EACH {
        true => Estimate {
            half_width: None,
            ..estimate
        },
        false => as_reciprocal(estimate),
    })
}

/// The same estimate with an interval that is symmetric for its reciprocal, as far both ways as that reaches up.
///
/// How long requests wait in the long run, and how much runs differ in it, goes together: near saturation a mean time grows like 1/(1 − ρ) and the
/// standard deviation of a run's like 1/(1 − ρ)² (Whitt 1989, section 4), so with its square. Runs that met little think themselves too sure of
/// it: of M/M/1 at 0.8, ten runs of 1,600 requests, 6.8 % of plain intervals lie too low and 0.6 % too high. Of the reciprocal the standard deviation is
/// the same whatever it is (the transformation that makes variances equal; Bartlett 1947).
pub(super) fn as_reciprocal(estimate: Estimate) -> Estimate {
    let widened = |half_width: f64| {
        if half_width <= 0.0 {
            return Some(half_width);
        }
        let share = half_width / estimate.value;
        (0.0..=WIDEST)
            .contains(&share)
            .then(|| half_width / (1.0 - share))
    };
    Estimate {
        half_width: estimate.half_width.and_then(widened),
        ..estimate
    }
}

/// A quantile of the response times of all runs together, with an interval from a jackknife over the runs (Asmussen & Glynn 2007, section III.5:
/// each is left out in turn); `None` when too few samples lie beyond it, no interval when there are too few of them in each run. Runs of a steady
/// state need more of them, and their interval is that of the reciprocal.
pub(super) fn quantile(share: f64, runs: &[&Histogram], steady: bool) -> Option<Estimate> {
    let mut all = Histogram::default();
    for run in runs {
        all.add(run);
    }
    let tail = share.min(1.0 - share);
    let beyond = all.total() as f64 * tail;
    if beyond < LEAST_BEYOND {
        return None;
    }
    let value = all.quantile(share)?;
    let of = |half_width| Some(Estimate { value, half_width });
    if all.range() <= SAME * value {
        return of(Some(all.range()));
    }
    let least = if steady { LEAST_IN_EACH } else { LEAST_BEYOND };
    if runs.len() < 2 || beyond < least * runs.len() as f64 {
        return of(None);
    }
    let sections = sections(runs);
    let count = sections.len() as f64;
    let without = sections
        .iter()
        .map(|section| all.since(section).quantile(share));
    let without: Option<Vec<f64>> = without.collect();
    let pseudo: Vec<f64> = without?
        .into_iter()
        .map(|without| count * value - (count - 1.0) * without)
        .collect();
    let jackknife = mean(&pseudo)?.half_width;
    // Where there is a gap, leaving runs out reaches over it never or, multiplied by their number, far beyond it.
    let half_width = match across_gap(share, value, &all, &sections) {
        Some(gap) => jackknife.map(|own| {
            if own > LOPSIDED * gap {
                gap
            } else {
                own.max(gap)
            }
        }),
        None => jackknife,
    };
    let found = Estimate { value, half_width };
    let found = if steady { as_reciprocal(found) } else { found };
    let blur = all.blur(share);
    of(found
        .half_width
        .map(|own| if own < blur { blur } else { own }))
}

/// The runs themselves, or a few at a time where there are many.
fn sections(runs: &[&Histogram]) -> Vec<Histogram> {
    let count = runs.len().min(SECTIONS);
    (0..count)
        .map(|section| {
            let mut sum = Histogram::default();
            for run in &runs[section * runs.len() / count..(section + 1) * runs.len() / count] {
                sum.add(run);
            }
            sum
        })
        .collect()
}

/// How far the quantiles of the shares that the runs' spread leaves open lie from the quantile, where that is much further on one side than on the other:
/// there the density is no smooth one. `None` where it is, and where nothing was seen so far out.
fn across_gap(share: f64, value: f64, all: &Histogram, sections: &[Histogram]) -> Option<f64> {
    let spread = ratio(&counts_up_to(value, sections))?.half_width?;
    let (least, most) = (share - spread, share + spread);
    if least <= 0.0 || most >= 1.0 {
        return None;
    }
    let (above, below) = (all.quantile(most)? - value, value - all.quantile(least)?);
    let (wider, narrower) = (above.max(below), above.min(below));
    (wider > LOPSIDED * narrower).then_some(wider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_by_the_requests_in_it() {
        // 100 requests of 1 s, 300 of 2 s: 700 s over 400 requests. Residuals 100 - 175 = -75 and 600 - 525 = 75: their variance of the mean is
        // 75² · 2 / 2 = 5,625, and over 200 requests a run 75 / 200 = 0.375, times t of one degree.
        let found = ratio(&[(100.0, 100.0), (600.0, 300.0)]).unwrap();
        assert_eq!(found.value, 1.75);
        assert!(
            (found.half_width.unwrap() - 12.706 * 0.375).abs() < 1e-3,
            "{found:?}"
        );
        assert_eq!(ratio(&[(0.0, 0.0), (0.0, 0.0)]), None);
        assert_eq!(ratio(&[(3.0, 2.0)]).unwrap().half_width, None);
    }

    #[test]
    fn an_interval_is_that_of_the_reciprocal_or_none_where_runs_are_too_short() {
        let of = |half_width| {
            as_reciprocal(Estimate {
                value: 5.0,
                half_width: Some(half_width),
            })
            .half_width
        };
        // 1/5 ± 1/25 reaches down to 4/25: up to 6.25.
        assert!((of(1.0).unwrap() - 1.25).abs() < 1e-12);
        assert_eq!(of(2.6), None);
        assert_eq!(of(0.0), Some(0.0));
        let short = [(1_500.0, 300.0), (1_400.0, 299.0)];
        assert_eq!(mean_time(&short).unwrap().half_width, None);
        let longer = [(4_500.0, 900.0), (4_500.0, 903.0)];
        assert!(mean_time(&longer).unwrap().half_width.is_some());
    }

    /// So many times, evenly spread over an exponential law with this mean.
    fn exponential(count: u32, mean: f64) -> Histogram {
        let mut histogram = Histogram::default();
        for rank in 0..count {
            histogram.record(-mean * libm::log1p(-(f64::from(rank) + 0.5) / f64::from(count)));
        }
        histogram
    }

    #[test]
    fn a_quantile_is_of_all_times_together_and_its_interval_of_leaving_runs_out() {
        let runs = [
            exponential(10_000, 1.0),
            exponential(10_000, 1.2),
            exponential(20_000, 0.9),
        ];
        let refs: Vec<&Histogram> = runs.iter().collect();
        let found = quantile(0.95, &refs, false).unwrap();
        // The median time of the mixture, by bisection.
        let below = |time: f64| {
            0.25 * (1.0 - (-time).exp())
                + 0.25 * (1.0 - (-time / 1.2).exp())
                + 0.5 * (1.0 - (-time / 0.9).exp())
        };
        assert!((below(found.value) - 0.95).abs() < 1e-4, "{found:?}");
        let pseudo: Vec<f64> = (0..3)
            .map(|left| {
                let mut others = Histogram::default();
                for (place, run) in runs.iter().enumerate() {
                    if place != left {
                        others.add(run);
                    }
                }
                3.0 * found.value - 2.0 * others.quantile(0.95).unwrap()
            })
            .collect();
        let expected = mean(&pseudo).unwrap().half_width.unwrap();
        assert!((found.half_width.unwrap() / expected - 1.0).abs() < 1e-9);
        let steady = quantile(0.95, &refs, true).unwrap();
        assert_eq!(steady, as_reciprocal(found));
    }

    #[test]
    fn a_quantile_of_runs_that_are_too_short_has_no_interval_and_one_of_too_few_samples_is_none() {
        let runs = [exponential(10_000, 1.0), exponential(10_000, 1.1)];
        let refs: Vec<&Histogram> = runs.iter().collect();
        // 100 beyond in each.
        assert_eq!(quantile(0.99, &refs, true).unwrap().half_width, None);
        assert!(quantile(0.99, &refs, false).unwrap().half_width.is_some());
        let few = [exponential(4_000, 1.0), exponential(4_000, 1.1)];
        let refs: Vec<&Histogram> = few.iter().collect();
        assert_eq!(quantile(0.999, &refs, true), None);
    }

    #[test]
    fn an_interval_across_a_gap_reaches_over_it() {
        // Between 9,405 and 9,585 of 10,000 take 1 ms, the others 100: whether the 95th percentile is quick or slow isn't known.
        let runs: Vec<Histogram> = (0..10)
            .map(|run| {
                let mut own = Histogram::default();
                for request in 0..10_000 {
                    own.record(if request < 9_405 + 20 * run {
                        0.001
                    } else {
                        0.1
                    });
                }
                own
            })
            .collect();
        let refs: Vec<&Histogram> = runs.iter().collect();
        let found = quantile(0.95, &refs, false).unwrap();
        let half_width = found.half_width.unwrap();
        assert!(found.value > 0.099, "{found:?}");
        assert!(
            found.value - half_width < 0.0011 && half_width < 0.2,
            "{found:?}"
        );
    }

    #[test]
    fn many_runs_are_taken_a_few_at_a_time_and_none_is_lost() {
        let runs: Vec<Histogram> = (0..95).map(|run| exponential(100 + run, 1.0)).collect();
        let refs: Vec<&Histogram> = runs.iter().collect();
        let all: u64 = runs.iter().map(Histogram::total).sum();
        let sections = sections(&refs);
        assert_eq!(sections.len(), SECTIONS);
        assert_eq!(sections.iter().map(Histogram::total).sum::<u64>(), all);
    }
}
