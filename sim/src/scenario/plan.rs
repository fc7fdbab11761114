//! Call plans: what a component does for a class, as the user wrote it; it doesn't know how a plan is inferred or costed.

use super::{ClassId, LinkId};
use serde::{Deserialize, Serialize};

/// What a component does for one class after its own work: steps in order, the calls of a step in parallel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallPlan {
    /// The class this plan serves.
    pub class: ClassId,
    /// One after the other; empty means that the component answers by itself.
    pub steps: Vec<PlanStep>,
}

/// One step of a plan: its calls start together, and the step ends when the last synchronous one has answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanStep {
    /// The calls; one call is the ordinary case, more than one is a parallel group.
    pub calls: Vec<Call>,
}

/// Whether the caller waits for the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallMode {
    /// The caller waits, and keeps its thread while it does.
    #[default]
    Synchronous,
    /// The caller goes on at once.
    FireAndForget,
}

impl CallMode {
    /// The name under which files have it.
    pub const fn name(self) -> &'static str {
        match self {
            CallMode::Synchronous => "synchronous",
            CallMode::FireAndForget => "fire_and_forget",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<CallMode> {
        match name {
            "synchronous" => Some(CallMode::Synchronous),
            "fire_and_forget" => Some(CallMode::FireAndForget),
            _ => None,
        }
    }
}

/// One call along a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Which of the component's outgoing links it takes.
    pub link: LinkId,
    /// How many times, one after the other; from 0, not necessarily whole (a mean).
    #[serde(default = "once")]
    pub count: f64,
    /// Probability that this call is made at all, 0 to 1.
    #[serde(default = "once")]
    pub probability: f64,
    /// Whether the caller waits.
    #[serde(default)]
    pub mode: CallMode,
    /// Seconds after which the caller gives up; `None` waits for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// What the caller does after a failure or time-out; `None` passes the error on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

impl Call {
    /// One synchronous call along this link, without time-out or retry.
    pub fn once(link: LinkId) -> Self {
        Call {
            link,
            count: 1.0,
            probability: 1.0,
            mode: CallMode::Synchronous,
            timeout_seconds: None,
            retry: None,
        }
    }
}

/// Retries after a failed or timed-out call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Further attempts after the first; from 1 to 10.
    pub retries: u32,
    /// Mean wait before the first retry in seconds; doubles with each further one.
    pub backoff_seconds: f64,
}

fn once() -> f64 {
    1.0
}
