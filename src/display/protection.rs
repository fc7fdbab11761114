//! What protects a call, in words and as numbers that can be set; it knows no DOM and doesn't know what protection does.

use loadscape_sim::catalog::Unit;
use loadscape_sim::scenario::{BreakerWindow, Call, CircuitBreaker, Jitter, RetryBudget, limits};
use std::ops::RangeInclusive;

/// A number of a call's protection.
#[derive(Clone)]
pub struct Number {
    /// What tells it apart, for ids.
    pub name: &'static str,
    /// What it is.
    pub label: &'static str,
    /// The unit in which it is shown.
    pub unit: Unit,
    /// How many of these are one of the document's.
    pub scale: f64,
    /// What it may be, as the document has it.
    pub range: RangeInclusive<f64>,
    /// Whether only whole numbers are values.
    pub whole: bool,
    /// As shown.
    pub get: fn(&Call) -> f64,
    /// Sets it from what is shown; without effect where the call has no such protection.
    pub set: fn(&mut Call, f64),
}

/// Milliseconds in a second.
const MILLISECONDS: f64 = 1e3;

/// When a call is made once more.
pub const HEDGE: Number = Number {
    name: "hedge",
    label: "sent again after",
    unit: Unit::Milliseconds,
    scale: MILLISECONDS,
    range: limits::HEDGE_SECONDS,
    whole: false,
    get: |call| call.hedge_after_seconds.unwrap_or(0.0) * MILLISECONDS,
    set: |call, value| call.hedge_after_seconds = Some(value / MILLISECONDS),
};

/// The numbers of a retry budget.
pub const BUDGET: [Number; 2] = [
    Number {
        name: "budget-share",
        label: "of the calls",
        unit: Unit::Share,
        scale: 1.0,
        range: limits::PROBABILITY,
        whole: false,
        get: |call| budget(call).share,
        set: |call, value| with_budget(call, |budget| budget.share = value),
    },
    Number {
        name: "budget-minimum",
        label: "and besides",
        unit: Unit::PerSecond,
        scale: 1.0,
        range: limits::BUDGET_RATE,
        whole: false,
        get: |call| budget(call).minimum_per_second,
        set: |call, value| with_budget(call, |budget| budget.minimum_per_second = value),
    },
];

/// The numbers of a circuit breaker but its window.
pub const BREAKER: [Number; 4] = [
    Number {
        name: "breaker-share",
        label: "opens when failing",
        unit: Unit::Share,
        scale: 1.0,
        range: limits::FAILURE_SHARE,
        whole: false,
        get: |call| breaker(call).failure_share,
        set: |call, value| with_breaker(call, |breaker| breaker.failure_share = value),
    },
    Number {
        name: "breaker-minimum",
        label: "of at least (calls)",
        unit: Unit::Count,
        scale: 1.0,
        range: limits::BREAKER_CALLS,
        whole: true,
        get: |call| f64::from(breaker(call).minimum_calls),
        set: |call, value| with_breaker(call, |breaker| breaker.minimum_calls = value as u32),
    },
    Number {
        name: "breaker-open",
        label: "stays open for",
        unit: Unit::Seconds,
        scale: 1.0,
        range: limits::BREAKER_SECONDS,
        whole: false,
        get: |call| breaker(call).open_seconds,
        set: |call, value| with_breaker(call, |breaker| breaker.open_seconds = value),
    },
    Number {
        name: "breaker-trials",
        label: "then tries (calls)",
        unit: Unit::Count,
        scale: 1.0,
        range: limits::BREAKER_CALLS,
        whole: true,
        get: |call| f64::from(breaker(call).trials),
        set: |call, value| with_breaker(call, |breaker| breaker.trials = value as u32),
    },
];

/// A breaker's window in calls.
pub const WINDOW_OF_CALLS: Number = Number {
    name: "breaker-calls",
    label: "of the last (calls)",
    unit: Unit::Count,
    scale: 1.0,
    range: limits::BREAKER_CALLS,
    whole: true,
    get: window,
    set: |call, value| {
        with_breaker(call, |breaker| {
            breaker.window = BreakerWindow::Calls(value as u32)
        })
    },
};

/// A breaker's window in seconds.
pub const WINDOW_OF_SECONDS: Number = Number {
    name: "breaker-seconds",
    label: "of the last",
    unit: Unit::Seconds,
    scale: 1.0,
    range: limits::BREAKER_SECONDS,
    whole: false,
    get: window,
    set: |call, value| {
        with_breaker(call, |breaker| {
            breaker.window = BreakerWindow::Seconds(value)
        })
    },
};

/// How waits before retries vary, in a word or two.
pub const fn jitter(jitter: Jitter) -> &'static str {
    match jitter {
        Jitter::Exponential => "exponentially",
        Jitter::None => "not at all",
        Jitter::Full => "fully",
        Jitter::Equal => "by a half",
    }
}

fn budget(call: &Call) -> RetryBudget {
    let budget = call.retry.and_then(|retry| retry.budget);
    budget.unwrap_or(RetryBudget::USUAL)
}

fn with_budget(call: &mut Call, change: impl FnOnce(&mut RetryBudget)) {
    if let Some(budget) = call.retry.as_mut().and_then(|retry| retry.budget.as_mut()) {
        change(budget);
    }
}

fn breaker(call: &Call) -> CircuitBreaker {
    call.circuit_breaker.unwrap_or(CircuitBreaker::USUAL)
}

fn with_breaker(call: &mut Call, change: impl FnOnce(&mut CircuitBreaker)) {
    if let Some(breaker) = &mut call.circuit_breaker {
        change(breaker);
    }
}

fn window(call: &Call) -> f64 {
    match breaker(call).window {
        BreakerWindow::Calls(calls) => f64::from(calls),
        BreakerWindow::Seconds(seconds) => seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::{LinkId, Retry};

    fn protected() -> Call {
        let mut retry = Retry::new(2, 0.1);
        retry.budget = Some(RetryBudget::USUAL);
        Call {
            retry: Some(retry),
            hedge_after_seconds: Some(0.1),
            circuit_breaker: Some(CircuitBreaker::USUAL),
            ..Call::once(LinkId(1))
        }
    }

    fn all() -> Vec<Number> {
        let mut numbers = vec![HEDGE, WINDOW_OF_CALLS, WINDOW_OF_SECONDS];
        numbers.extend(BUDGET);
        numbers.extend(BREAKER);
        numbers
    }

    #[test]
    fn what_is_set_is_what_is_shown_and_what_the_document_takes() {
        for number in all() {
            for bound in [*number.range.start(), *number.range.end()] {
                let mut call = protected();
                let shown = bound * number.scale;
                (number.set)(&mut call, shown);
                assert_eq!((number.get)(&call), shown, "{}", number.name);
                for known in call.numbers() {
                    assert!(known.range.contains(&known.value), "{known:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_protected_by_setting_numbers_alone() {
        for number in all() {
            let mut call = Call::once(LinkId(1));
            (number.set)(&mut call, 1.0);
            if number.name != HEDGE.name {
                assert_eq!(call, Call::once(LinkId(1)), "{}", number.name);
            }
        }
    }

    #[test]
    fn every_jitter_has_words_of_its_own() {
        let mut words: Vec<&str> = Jitter::ALL.iter().map(|known| jitter(*known)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Jitter::ALL.len());
    }
}
