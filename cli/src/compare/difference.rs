//! What two designs differ in, run by run under the same random numbers; it prints nothing.

use crate::simulate::beside::Figure;
use loadscape_sim::des::{Findings, MEAN_LEAVES_OUT, answers_fewer, mean};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{RequestClass, Scenario};
use serde::Serialize;

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Mean response time, seconds.
    Mean,
    /// Its 95th percentile, seconds.
    P95,
    /// Its 99th percentile, seconds.
    P99,
    /// Requests answered well, a second.
    Goodput,
    /// Dollars a month.
    Cost,
}

impl What {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            What::Mean => "mean",
            What::P95 => "p95",
            What::P99 => "p99",
            What::Goodput => "goodput",
            What::Cost => "cost",
        }
    }

    /// Of a time, which is of those who were answered: the share of the requests that it leaves out of itself.
    const fn leaves_out(self) -> Option<f64> {
        match self {
            What::Mean => Some(MEAN_LEAVES_OUT),
            What::P95 => Some(0.05),
            What::P99 => Some(0.01),
            What::Goodput | What::Cost => None,
        }
    }

    const fn is_better_when_more(self) -> bool {
        matches!(self, What::Goodput)
    }
}

/// Which design is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The first.
    A,
    /// The second.
    B,
    /// There is no difference at all.
    Same,
    /// The interval of the difference holds 0: it can't be told from chance.
    Chance,
    /// The one whose time is less answers clearly fewer well: it is a time of others.
    Incomparable,
    /// Too few samples to say.
    Unknown,
}

/// One figure of both designs.
#[derive(Serialize)]
pub struct Difference {
    /// Whose; `None` for the design as a whole.
    pub class: Option<String>,
    /// Which.
    pub what: What,
    /// The first design's: the mean over its runs.
    pub a: Option<f64>,
    /// The second design's.
    pub b: Option<f64>,
    /// The second's less the first's.
    pub difference: Option<f64>,
    /// Half the width of the difference's 95 % interval; `None` where nothing is drawn by lot.
    pub half_width: Option<f64>,
    /// What it would be if the two designs had had seeds of their own.
    pub independent_half_width: Option<f64>,
    /// Which is better.
    pub verdict: Verdict,
    /// Where they can't be compared: the share that is answered well of the requests of the one whose time is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_well: Option<f64>,
}

/// A design and what its runs have shown.
pub struct Side<'a> {
    /// The design.
    pub scenario: &'a Scenario,
    /// What the solver says, for the cost.
    pub report: &'a Report,
    /// Its runs, in the order of their seeds.
    pub runs: &'a [Findings],
}

/// Classes of both that have the same name and are sent in one of them, by their places.
pub fn common_classes(a: &Side, b: &Side) -> Vec<(usize, usize)> {
    let is_sent = |side: &Side, place: usize| {
        let class = side.report.classes.get(place);
        class.is_some_and(|class| class.offered.0 > 0.0)
    };
    let places = a.scenario.classes.iter().enumerate();
    places
        .filter_map(|(place, class): (usize, &RequestClass)| {
            let other = b
                .scenario
                .classes
                .iter()
                .position(|other| other.name == class.name)?;
            (is_sent(a, place) || is_sent(b, other)).then_some((place, other))
        })
        .collect()
}

/// Every figure of every class that both have, and the cost.
pub fn differences(a: &Side, b: &Side) -> Vec<Difference> {
    let mut found = Vec::new();
    for (place, other) in common_classes(a, b) {
        for (what, figure) in [
            (What::Mean, Figure::Mean),
            (What::P95, Figure::P95),
            (What::P99, Figure::P99),
            (What::Goodput, Figure::Goodput),
        ] {
            let seen = |side: &Side, place: usize| -> Option<Vec<f64>> {
                let figures = side.runs.iter().map(|run| {
                    let class = run.classes.get(place)?;
                    Some(figure.simulated(class)?.value)
                });
                figures.collect()
            };
            let name = a.scenario.classes[place].name.clone();
            let own = paired(name, what, seen(a, place), seen(b, other));
            found.push(judged(own, success(a, place), success(b, other)));
        }
    }
    let (a, b) = (a.report.cost.total.0, b.report.cost.total.0);
    found.push(Difference {
        class: None,
        what: What::Cost,
        a: Some(a),
        b: Some(b),
        difference: Some(b - a),
        half_width: None,
        independent_half_width: None,
        verdict: verdict(What::Cost, b - a, 0.0),
        answered_well: None,
    });
    found
}

/// Run by run: what both have in common by their seeds falls out of the difference.
fn paired(class: String, what: What, a: Option<Vec<f64>>, b: Option<Vec<f64>>) -> Difference {
    let (mean_a, mean_b) = (a.as_deref().and_then(mean), b.as_deref().and_then(mean));
    let pairs: Option<Vec<f64>> = a
        .zip(b)
        .map(|(a, b)| a.iter().zip(&b).map(|(a, b)| b - a).collect());
    let difference = pairs.as_deref().and_then(mean);
    Difference {
        class: Some(class),
        what,
        a: mean_a.map(|mean| mean.value),
        b: mean_b.map(|mean| mean.value),
        difference: difference.map(|difference| difference.value),
        half_width: difference.and_then(|difference| difference.half_width),
        independent_half_width: mean_a
            .and_then(|mean| mean.half_width)
            .zip(mean_b.and_then(|mean| mean.half_width))
            .map(|(a, b)| a.hypot(b)),
        verdict: match difference {
            Some(difference) => match difference.half_width {
                Some(half_width) => verdict(what, difference.value, half_width),
                None => Verdict::Unknown,
            },
            None => Verdict::Unknown,
        },
        answered_well: None,
    }
}

/// The share of a class's requests that ended well, run by run; `None` where a run sent none.
fn success(side: &Side, place: usize) -> Option<Vec<f64>> {
    let shares = side
        .runs
        .iter()
        .map(|run| Some(run.classes.get(place)?.success?.value));
    shares.collect()
}

/// The same difference, but that no time is better where clearly fewer are answered well.
fn judged(own: Difference, a: Option<Vec<f64>>, b: Option<Vec<f64>>) -> Difference {
    let (Some(leaves_out), Some((a, b))) = (own.what.leaves_out(), a.zip(b)) else {
        return own;
    };
    let (faster, slower) = match own.verdict {
        Verdict::A => (a, b),
        Verdict::B => (b, a),
        _ => return own,
    };
    match mean(&faster).filter(|_| answers_fewer(&faster, &slower, leaves_out)) {
        Some(well) => Difference {
            verdict: Verdict::Incomparable,
            answered_well: Some(well.value),
            ..own
        },
        None => own,
    }
}

fn verdict(what: What, difference: f64, half_width: f64) -> Verdict {
    if difference == 0.0 && half_width == 0.0 {
        Verdict::Same
    } else if difference.abs() <= half_width {
        Verdict::Chance
    } else if (difference > 0.0) == what.is_better_when_more() {
        Verdict::B
    } else {
        Verdict::A
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_designs_have_in_common_falls_out_of_the_difference() {
        let a = vec![1.0, 2.0, 3.0, 4.0];
        let b = vec![0.9, 1.91, 2.89, 3.9];
        let difference = paired("read".to_owned(), What::Mean, Some(a), Some(b));
        assert_eq!(difference.verdict, Verdict::B);
        assert!((difference.difference.unwrap() + 0.1).abs() < 1e-9);
        assert!(difference.half_width.unwrap() < 0.02);
        assert!(difference.independent_half_width.unwrap() > 2.0);
    }

    #[test]
    fn more_goodput_and_less_time_and_money_are_better() {
        assert_eq!(verdict(What::Goodput, 1.0, 0.5), Verdict::B);
        assert_eq!(verdict(What::P99, 1.0, 0.5), Verdict::A);
        assert_eq!(verdict(What::Cost, -1.0, 0.0), Verdict::B);
        assert_eq!(verdict(What::Mean, -0.4, 0.5), Verdict::Chance);
        assert_eq!(verdict(What::Cost, 0.0, 0.0), Verdict::Same);
    }

    #[test]
    fn no_time_is_better_where_clearly_fewer_are_answered_well() {
        let faster = || {
            let (a, b) = (vec![1.0, 1.1, 1.2], vec![0.5, 0.6, 0.7]);
            paired("read".to_owned(), What::P95, Some(a), Some(b))
        };
        assert_eq!(faster().verdict, Verdict::B);
        let all = || Some(vec![1.0, 1.0, 1.0]);
        let half = judged(faster(), all(), Some(vec![0.5, 0.52, 0.48]));
        assert_eq!(half.verdict, Verdict::Incomparable);
        assert!((half.answered_well.unwrap() - 0.5).abs() < 1e-12);
        // Less than the figure itself leaves out, by chance, by the slower one, or unknown.
        for (a, b) in [
            (all(), Some(vec![0.96, 0.96, 0.96])),
            (all(), Some(vec![1.0, 1.0, 0.1])),
            (Some(vec![0.5, 0.52, 0.48]), all()),
            (all(), None),
        ] {
            let own = judged(faster(), a, b);
            assert_eq!((own.verdict, own.answered_well), (Verdict::B, None));
        }
    }

    #[test]
    fn too_few_samples_leave_nothing_to_say() {
        let difference = paired("read".to_owned(), What::P99, Some(vec![1.0, 2.0]), None);
        assert_eq!(difference.verdict, Verdict::Unknown);
    }
}
