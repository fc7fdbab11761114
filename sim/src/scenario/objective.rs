//! Objectives: what a design must achieve, as data; grading them is the report's work.

use super::{ClassId, limits};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// One thing the design must achieve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// The class it speaks of; `None` is every class (each must meet it) or the whole design.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassId>,
    /// What must hold.
    pub target: Target,
}

/// A bound on something the report measures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Mean response time at most this many seconds.
    MeanAtMostSeconds(f64),
    /// 95th percentile of the response time at most this many seconds.
    P95AtMostSeconds(f64),
    /// 99th percentile of the response time at most this many seconds.
    P99AtMostSeconds(f64),
    /// Share of requests answered without error, 0 to 1, at least this.
    SuccessAtLeast(f64),
    /// Requests answered without error at least this many a second.
    GoodputAtLeastPerSecond(f64),
    /// Cost at most this many dollars a month; speaks of the whole design.
    CostAtMostDollarsPerMonth(f64),
    /// Utilisation of every station at most this, 0 to 1; speaks of the whole design.
    UtilisationAtMost(f64),
}

/// Makes a target of its bound.
pub type TargetConstructor = fn(f64) -> Target;

impl Target {
    /// The names under which files have the targets, in the order of their codes in share links, which start at 0.
    pub const NAMES: [&'static str; 7] = [
        "mean_at_most_seconds",
        "p95_at_most_seconds",
        "p99_at_most_seconds",
        "success_at_least",
        "goodput_at_least_per_second",
        "cost_at_most_dollars_per_month",
        "utilisation_at_most",
    ];

    /// The target of this name, to be completed by its bound, and the range of that bound.
    pub fn constructor(name: &str) -> Option<(TargetConstructor, RangeInclusive<f64>)> {
        match name {
            "mean_at_most_seconds" => Some((Target::MeanAtMostSeconds, limits::OBJECTIVE_SECONDS)),
            "p95_at_most_seconds" => Some((Target::P95AtMostSeconds, limits::OBJECTIVE_SECONDS)),
            "p99_at_most_seconds" => Some((Target::P99AtMostSeconds, limits::OBJECTIVE_SECONDS)),
            "success_at_least" => Some((Target::SuccessAtLeast, limits::PROBABILITY)),
            "goodput_at_least_per_second" => {
                Some((Target::GoodputAtLeastPerSecond, limits::OBJECTIVE_RATE))
            }
            "cost_at_most_dollars_per_month" => {
                Some((Target::CostAtMostDollarsPerMonth, limits::OBJECTIVE_DOLLARS))
            }
            "utilisation_at_most" => Some((Target::UtilisationAtMost, limits::PROBABILITY)),
            _ => None,
        }
    }

    /// Its name in files, and its bound in the unit that the name ends with.
    pub const fn name_and_bound(self) -> (&'static str, f64) {
        match self {
            Target::MeanAtMostSeconds(bound) => ("mean_at_most_seconds", bound),
            Target::P95AtMostSeconds(bound) => ("p95_at_most_seconds", bound),
            Target::P99AtMostSeconds(bound) => ("p99_at_most_seconds", bound),
            Target::SuccessAtLeast(bound) => ("success_at_least", bound),
            Target::GoodputAtLeastPerSecond(bound) => ("goodput_at_least_per_second", bound),
            Target::CostAtMostDollarsPerMonth(bound) => ("cost_at_most_dollars_per_month", bound),
            Target::UtilisationAtMost(bound) => ("utilisation_at_most", bound),
        }
    }

    /// Whether it speaks of the whole design and never of one class.
    pub const fn is_of_whole_design(self) -> bool {
        matches!(
            self,
            Target::CostAtMostDollarsPerMonth(_) | Target::UtilisationAtMost(_)
        )
    }
}
