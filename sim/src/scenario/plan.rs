//! Call plans: what a component does for a class, as the user wrote it; it doesn't know how a plan is inferred or costed.

use super::resilience::{BreakerWindow, CircuitBreaker, Retry};
use super::{ClassId, LinkId, limits};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

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
    /// Seconds after which an attempt that hasn't answered is sent once more, the first good answer winning; `None` never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hedge_after_seconds: Option<f64>,
    /// What stops calls to a target that fails; `None` calls whatever happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit_breaker: Option<CircuitBreaker>,
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
            hedge_after_seconds: None,
            circuit_breaker: None,
        }
    }
}

/// One of a call's numbers with what it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct CallNumber {
    /// The field's name in files.
    pub field: &'static str,
    /// What it is, as the beginning of a sentence.
    pub words: &'static str,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub range: RangeInclusive<f64>,
}

impl Call {
    /// All numbers that the call has.
    pub fn numbers(&self) -> Vec<CallNumber> {
        let mut numbers = Vec::with_capacity(12);
        let mut add = |field, words, value, range: &RangeInclusive<f64>| {
            numbers.push(CallNumber {
                field,
                words,
                value,
                range: range.clone(),
            });
        };
        add(
            "count",
            "The number of calls",
            self.count,
            &limits::CALL_COUNT,
        );
        add(
            "probability",
            "The probability of a call",
            self.probability,
            &limits::PROBABILITY,
        );
        if let Some(seconds) = self.timeout_seconds {
            add(
                "timeout_seconds",
                "A time-out in seconds",
                seconds,
                &limits::TIMEOUT_SECONDS,
            );
        }
        if let Some(seconds) = self.hedge_after_seconds {
            add(
                "hedge_after_seconds",
                "A wait before a second call in seconds",
                seconds,
                &limits::HEDGE_SECONDS,
            );
        }
        if let Some(retry) = self.retry {
            let retries = f64::from(retry.retries);
            add(
                "retries",
                "The number of retries",
                retries,
                &limits::RETRIES,
            );
            add(
                "backoff_seconds",
                "A back-off in seconds",
                retry.backoff_seconds,
                &limits::BACKOFF_SECONDS,
            );
            if let Some(budget) = retry.budget {
                add(
                    "share",
                    "The share of a retry budget",
                    budget.share,
                    &limits::PROBABILITY,
                );
                add(
                    "minimum_per_second",
                    "The least retries a second of a budget",
                    budget.minimum_per_second,
                    &limits::BUDGET_RATE,
                );
            }
        }
        if let Some(breaker) = self.circuit_breaker {
            let (calls, seconds) = (&limits::BREAKER_CALLS, &limits::BREAKER_SECONDS);
            let share = breaker.failure_share;
            add(
                "failure_share",
                "The share of failures that opens a breaker",
                share,
                &limits::FAILURE_SHARE,
            );
            match breaker.window {
                BreakerWindow::Calls(count) => {
                    add("window", "A breaker's calls", f64::from(count), calls);
                }
                BreakerWindow::Seconds(span) => {
                    add("window", "A breaker's window in seconds", span, seconds);
                }
            }
            let (minimum, trials) = (breaker.minimum_calls, breaker.trials);
            add(
                "minimum_calls",
                "The fewest calls of a breaker",
                f64::from(minimum),
                calls,
            );
            add(
                "open_seconds",
                "The seconds that a breaker stays open",
                breaker.open_seconds,
                seconds,
            );
            add(
                "trials",
                "A breaker's trial calls",
                f64::from(trials),
                calls,
            );
        }
        numbers
    }
}

fn once() -> f64 {
    1.0
}
