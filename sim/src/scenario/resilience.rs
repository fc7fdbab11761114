//! What protects a call and its target from failures: retries with their waits and budget, circuit breakers. It doesn't know how they are run.

use serde::{Deserialize, Serialize};

/// Retries after a failed or timed-out call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Further attempts after the first; from 1 to 10.
    pub retries: u32,
    /// Mean wait before the first retry in seconds; doubles with each further one.
    pub backoff_seconds: f64,
    /// How the waits vary around their means.
    #[serde(default, skip_serializing_if = "Jitter::is_exponential")]
    pub jitter: Jitter,
    /// How many retries all calls together may make; `None` sets no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<RetryBudget>,
}

impl Retry {
    /// So many further attempts after waits of this mean, without a budget.
    pub fn new(retries: u32, backoff_seconds: f64) -> Self {
        Retry {
            retries,
            backoff_seconds,
            jitter: Jitter::Exponential,
            budget: None,
        }
    }
}

/// How waits before retries vary around their mean m, which is the same for all of them. (Brooker 2015, "Exponential Backoff And
/// Jitter", names full and equal jitter by their longest wait; here that is 2 m and 4/3 m.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jitter {
    /// Exponentially distributed.
    #[default]
    Exponential,
    /// Not at all: always m.
    None,
    /// Anywhere from 0 to 2 m.
    Full,
    /// A half that is fixed and a half that varies: from 2/3 m to 4/3 m.
    Equal,
}

impl Jitter {
    /// All of them; the place in this list is the code in share links.
    pub const ALL: &'static [Jitter] = &[
        Jitter::Exponential,
        Jitter::None,
        Jitter::Full,
        Jitter::Equal,
    ];

    /// The name under which files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Jitter::Exponential => "exponential",
            Jitter::None => "none",
            Jitter::Full => "full",
            Jitter::Equal => "equal",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Jitter> {
        Self::ALL
            .iter()
            .copied()
            .find(|jitter| jitter.name() == name)
    }

    fn is_exponential(&self) -> bool {
        *self == Jitter::Exponential
    }
}

/// A bucket of tokens: each call puts a share of one in, each retry takes a whole one out, and what isn't used within
/// [`RetryBudget::LIFE_SECONDS`] is gone (Finagle 6.31, `RetryBudget`; Linkerd and tower have the same).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetryBudget {
    /// Retries for each call, 0 to 1.
    pub share: f64,
    /// Retries a second that are allowed besides, however few calls there are.
    pub minimum_per_second: f64,
}

impl RetryBudget {
    /// How long a call's share may be used: Finagle's default.
    pub const LIFE_SECONDS: f64 = 10.0;
    /// Finagle's defaults: 20 % of the calls, and 10 a second.
    pub const USUAL: RetryBudget = RetryBudget {
        share: 0.2,
        minimum_per_second: 10.0,
    };
}

/// Stops calling a target of which too many calls fail, and tries it again after a while (Nygard 2007, "Release It!"), with the rules
/// and defaults of Resilience4j 2: closed, open and half open. One breaker stands for all instances of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CircuitBreaker {
    /// Opens when this share of the attempts in the window failed, above 0 to 1.
    pub failure_share: f64,
    /// Which attempts are counted.
    pub window: BreakerWindow,
    /// As long as fewer attempts are in the window it stays closed; at least 1.
    pub minimum_calls: u32,
    /// How long it refuses everything, seconds.
    pub open_seconds: f64,
    /// Attempts that it then lets through to find out; it closes when fewer than the failure share of them fail. At least 1.
    pub trials: u32,
}

impl CircuitBreaker {
    /// Resilience4j's defaults.
    pub const USUAL: CircuitBreaker = CircuitBreaker {
        failure_share: 0.5,
        window: BreakerWindow::Calls(100),
        minimum_calls: 100,
        open_seconds: 60.0,
        trials: 10,
    };
}

/// Which attempts a breaker counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerWindow {
    /// The last ones, this many; at most 1,000.
    Calls(u32),
    /// Those that ended within the last seconds, counted in ten slices.
    Seconds(f64),
}
