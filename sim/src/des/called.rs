//! What has become of protected calls over a whole run: retries made and withheld, second calls, what breakers stopped. It judges nothing.

use super::Simulation;
use crate::scenario::{ComponentId, LinkId};
use serde::Serialize;

/// The calls of one rule since the run began, as plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CallFindings {
    /// Who calls.
    pub component: ComponentId,
    /// Along which link; `None` where none is drawn.
    pub link: Option<LinkId>,
    /// Calls, however often each was tried.
    pub calls: u64,
    /// Further attempts after failures.
    pub retries: u64,
    /// Further attempts that the retry budget didn't allow.
    pub withheld: u64,
    /// Attempts that were given up.
    pub timeouts: u64,
    /// Attempts that were made a second time, for the first hadn't answered yet.
    pub hedges: u64,
    /// Attempts that an open circuit breaker stopped.
    pub stopped: u64,
    /// The circuit breaker; `None` without one.
    pub breaker: Option<BreakerFindings>,
}

/// A circuit breaker as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BreakerFindings {
    /// Whether it refuses all calls at this moment.
    pub open: bool,
    /// How often it has opened.
    pub opened: u64,
}

impl Simulation {
    /// What has become of the calls that are limited, repeated or protected, by calling rule.
    pub fn calls(&self) -> Vec<CallFindings> {
        self.engine
            .rules
            .iter()
            .zip(0..)
            .filter(|(_, place)| self.registry.rules.is_current(*place))
            .map(|(rule, _)| CallFindings {
                component: rule.spec.component,
                link: rule.spec.link,
                calls: rule.counts.calls,
                retries: rule.counts.retries,
                withheld: rule.counts.withheld,
                timeouts: rule.counts.timeouts,
                hedges: rule.counts.hedges,
                stopped: rule.counts.stopped,
                breaker: rule.breaker.as_ref().map(|breaker| BreakerFindings {
                    open: breaker.is_open(),
                    opened: breaker.opened,
                }),
            })
            .collect()
    }
}
