//! What protects calls, made up from a seed on top of a scenario that was made up before; it knows nothing of what it does.

use super::Generator;
use crate::scenario::{BreakerWindow, CircuitBreaker, Jitter, RetryBudget, Scenario};

impl Generator {
    pub(super) fn protection(&mut self, scenario: &mut Scenario) {
        let calls = scenario
            .components
            .iter_mut()
            .flat_map(|component| &mut component.plans)
            .flat_map(|plan| &mut plan.steps)
            .flat_map(|step| &mut step.calls);
        for call in calls {
            if self.random.chance(0.3) {
                call.hedge_after_seconds = Some(self.between(0.001, 5.0));
            }
            if self.random.chance(0.3) {
                call.circuit_breaker = Some(CircuitBreaker {
                    failure_share: self.between(0.01, 1.0),
                    window: if self.random.chance(0.5) {
                        BreakerWindow::Calls(1 + self.random.below(1000) as u32)
                    } else {
                        BreakerWindow::Seconds(self.between(0.01, 600.0))
                    },
                    minimum_calls: 1 + self.random.below(1000) as u32,
                    open_seconds: self.between(0.01, 600.0),
                    trials: 1 + self.random.below(20) as u32,
                });
            }
            if let Some(retry) = &mut call.retry {
                retry.jitter = self.random.pick(Jitter::ALL).copied().unwrap_or_default();
                if self.random.chance(0.5) {
                    retry.budget = Some(RetryBudget {
                        share: self.random.unit(),
                        minimum_per_second: self.between(0.0, 20.0),
                    });
                }
            }
        }
    }
}
