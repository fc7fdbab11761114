//! Reads what protects a call: retries, their budget, circuit breakers.

use super::Reader;
use super::fields::{Fields, quoted};
use super::value::Value;
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{BreakerWindow, CircuitBreaker, Jitter, Retry, RetryBudget, limits};

impl Reader {
    pub(super) fn retry(&mut self, place: &Place, value: Value) -> Option<Retry> {
        let mut fields = Fields::new(self.object(value, "A call's retry", 1)?, place.clone());
        let retries = fields
            .number(self, "retries", &limits::RETRIES, 1.0)
            .round() as u32;
        let backoff_seconds = fields.number(self, "backoff_seconds", &limits::BACKOFF_SECONDS, 0.1);
        let mut retry = Retry::new(retries, backoff_seconds);
        if let Some(jitter) = fields.take("jitter") {
            match jitter.as_str().and_then(Jitter::from_name) {
                Some(jitter) => retry.jitter = jitter,
                None => self.report(
                    Problem::error(
                        place.clone(),
                        format!(
                            "{} isn't a jitter; the waits vary exponentially.",
                            quoted(&jitter)
                        ),
                        "Use exponential, none, full or equal.",
                    )
                    .of_field("jitter"),
                ),
            }
        }
        let budget = fields.take("budget");
        fields.finish(self);
        retry.budget = budget.and_then(|budget| self.budget(place, budget));
        Some(retry)
    }

    fn budget(&mut self, place: &Place, value: Value) -> Option<RetryBudget> {
        let map = self.object(value, "A retry's budget", 1)?;
        let mut fields = Fields::new(map, place.clone());
        let usual = RetryBudget::USUAL;
        let minimum = usual.minimum_per_second;
        let budget = RetryBudget {
            share: fields.number(self, "share", &limits::PROBABILITY, usual.share),
            minimum_per_second: fields.number(
                self,
                "minimum_per_second",
                &limits::BUDGET_RATE,
                minimum,
            ),
        };
        fields.finish(self);
        Some(budget)
    }

    pub(super) fn circuit_breaker(
        &mut self,
        place: &Place,
        value: Value,
    ) -> Option<CircuitBreaker> {
        let map = self.object(value, "A call's circuit breaker", 1)?;
        let mut fields = Fields::new(map, place.clone());
        let usual = CircuitBreaker::USUAL;
        let window = fields.take("window");
        let window = window.and_then(|window| self.breaker_window(place, window));
        let calls = &limits::BREAKER_CALLS;
        let minimum = f64::from(usual.minimum_calls);
        let breaker = CircuitBreaker {
            failure_share: fields.number(
                self,
                "failure_share",
                &limits::FAILURE_SHARE,
                usual.failure_share,
            ),
            window: window.unwrap_or_else(|| {
                self.report(
                    Problem::error(
                        place.clone(),
                        "Its circuit breaker has no window; the last 100 calls are counted.",
                        "Set a number of calls, or of seconds.",
                    )
                    .of_field("window"),
                );
                usual.window
            }),
            minimum_calls: fields.number(self, "minimum_calls", calls, minimum).round() as u32,
            open_seconds: fields.number(
                self,
                "open_seconds",
                &limits::BREAKER_SECONDS,
                usual.open_seconds,
            ),
            trials: fields
                .number(self, "trials", calls, f64::from(usual.trials))
                .round() as u32,
        };
        fields.finish(self);
        Some(breaker)
    }

    fn breaker_window(&mut self, place: &Place, value: Value) -> Option<BreakerWindow> {
        let map = self.object(value, "A circuit breaker's window", 1)?;
        let mut fields = Fields::new(map, place.clone());
        let calls = fields.optional_number(self, "calls", &limits::BREAKER_CALLS);
        let seconds = match calls {
            Some(_) => None,
            None => fields.optional_number(self, "seconds", &limits::BREAKER_SECONDS),
        };
        fields.finish(self);
        calls
            .map(|calls| BreakerWindow::Calls(calls.round() as u32))
            .or(seconds.map(BreakerWindow::Seconds))
    }
}
