//! Objectives: what a design must achieve, as data; grading them is the report's work.

use super::ClassId;
use serde::{Deserialize, Serialize};

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
