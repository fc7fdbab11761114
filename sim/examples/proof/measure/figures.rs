//! Figures of cases, read from findings.

use super::cases::Standing;
use loadscape_sim::des::{Estimate, Findings};
use loadscape_sim::network::Compiled;

/// Reads a figure.
pub type Reader = Box<dyn Fn(&Findings) -> Option<Estimate> + Send + Sync>;

/// A figure of a case and how it is read.
pub struct Reading {
    pub name: String,
    pub standing: Standing,
    pub of: Reader,
}

/// A network whose run gives some of a case's figures.
pub struct Model {
    pub compiled: Compiled,
    pub readings: Vec<Reading>,
}

impl Reading {
    /// A figure by this name.
    pub fn new(
        name: &str,
        standing: Standing,
        of: impl Fn(&Findings) -> Option<Estimate> + Send + Sync + 'static,
    ) -> Self {
        Reading {
            name: name.to_owned(),
            standing,
            of: Box::new(of),
        }
    }
}

/// The figure times a constant.
pub fn scaled(estimate: Option<Estimate>, factor: f64) -> Option<Estimate> {
    estimate.map(|estimate| Estimate {
        value: estimate.value * factor,
        half_width: estimate.half_width.map(|width| width * factor.abs()),
    })
}

/// The figure plus a constant.
pub fn shifted(estimate: Option<Estimate>, by: f64) -> Option<Estimate> {
    estimate.map(|estimate| Estimate {
        value: estimate.value + by,
        ..estimate
    })
}

/// The mean response time of the first class.
pub fn first_mean(findings: &Findings) -> Option<Estimate> {
    findings.classes.first()?.mean
}

/// The share of the first class's requests that fail, by any cause.
pub fn failing(findings: &Findings) -> Option<Estimate> {
    Some(sum(findings
        .classes
        .first()?
        .failures
        .iter()
        .map(|failure| failure.share)))
}

/// The sum of figures of one run; the half-widths add up, which is never too narrow.
pub fn sum(figures: impl Iterator<Item = Estimate>) -> Estimate {
    let none = Estimate {
        value: 0.0,
        half_width: Some(0.0),
    };
    figures.fold(none, |sum, figure| Estimate {
        value: sum.value + figure.value,
        half_width: sum
            .half_width
            .zip(figure.half_width)
            .map(|(one, other)| one + other),
    })
}
