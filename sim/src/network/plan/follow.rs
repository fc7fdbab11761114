//! Call plans as steps of a route: calls in order, side by side, by chance, on a miss only, again and again, or unwatched.

use super::PlannedCall;
use crate::catalog::{Choice, Kind, Parameter};
use crate::network::Aside;
use crate::network::AttemptRule;
use crate::network::Balancing;
use crate::network::HealthChecks;
use crate::network::Picks;
use crate::network::Step;
use crate::network::StepId;
use crate::network::Target;
use crate::network::Watch;
use crate::network::compile::Lowering;
use crate::network::lower::{self, Nature};
use crate::scenario::{
    BreakerWindow, CallMode, CircuitBreaker, Operation, Retry, RetryBudget, limits,
};
use crate::units::Seconds;
use std::ops::{Range, RangeInclusive};

/// Probabilities that differ from 1 by less than this in sum stand for a choice among alternatives.
const ROUNDING: f64 = 1e-6;

/// Caches that may stand one behind the other in one plan; later ones are plain calls.
const MOST_CACHES: u32 = 8;

impl Lowering<'_> {
    /// Appends what the component's plan for the class says. Everything it calls has been lowered already.
    pub fn follow(&mut self, component: usize, class: usize, steps: &mut Vec<StepId>) {
        let plan = self.plan(component, class);
        let mut next = plan.start;
        while next < plan.end {
            next = self.unit(component, class, next, plan.end, MOST_CACHES, steps);
        }
    }

    /// Appends the step that starts at `start`, with all that depends on it, and returns where the next one starts.
    fn unit(
        &mut self,
        component: usize,
        class: usize,
        start: usize,
        plan_end: usize,
        caches: u32,
        steps: &mut Vec<StepId>,
    ) -> usize {
        let first = self.planned(start);
        let end = (start + 1..plan_end)
            .find(|call| self.planned(*call).step != first.step)
            .unwrap_or(plan_end);
        if end == start + 1 && end < plan_end && caches > 0 && self.is_look_up(class, &first) {
            return self.cache_aside(component, class, start, plan_end, caches - 1, steps);
        }
        if let [only] = [first]
            && end == start + 1
        {
            self.call(component, class, &only, steps);
            return end;
        }
        let probabilities = (start..end).map(|call| self.planned(call).probability);
        let stand_by = (start + 1..end).any(|call| self.planned(call).stands_by);
        let alternatives = stand_by
            || (probabilities.clone().all(|probability| probability < 1.0)
                && (probabilities.sum::<f64>() - 1.0).abs() < ROUNDING);
        if alternatives {
            let branches: Vec<(f64, StepId)> = (start..end)
                .map(|call| {
                    let call = self.planned(call);
                    let mut body = Vec::new();
                    self.call(
                        component,
                        class,
                        &PlannedCall {
                            probability: 1.0,
                            ..call
                        },
                        &mut body,
                    );
                    (call.probability, self.sequence(body))
                })
                .collect();
            if stand_by {
                // Those who stand by have no share, and are there.
                let branch = self.network.push(Step::Branch(branches));
                self.note_standby(component, class, start..end, branch);
                steps.push(branch);
                return end;
            }
            let branch = self.branch(branches);
            self.note_balancing(component, start..end, branch);
            steps.push(branch);
            return end;
        }
        let mut together = Vec::with_capacity(end - start);
        for call in start..end {
            let call = self.planned(call);
            let mut body = Vec::new();
            self.call(component, class, &call, &mut body);
            if call.mode == CallMode::FireAndForget {
                steps.extend(body);
            } else {
                let body = self.sequence(body);
                if body != self.done() {
                    together.push(body);
                }
            }
        }
        match together.as_slice() {
            [] => {}
            [one] => steps.push(*one),
            _ => steps.push(self.network.push(Step::Parallel(together))),
        }
        end
    }

    /// These calls are the branches of a step, one of which is made: by a door's choice among them it may be another one through time.
    fn note_balancing(&mut self, component: usize, calls: Range<usize>, branch: StepId) {
        let keyed = calls
            .clone()
            .all(|call| self.planned(call).key_weight.is_some());
        let policy = self.balancing_policy(component);
        let leaves_out = lower::watches_targets(&self.topology, component);
        let picks = match policy {
            _ if keyed => Picks::ByKey(lower::key_laws(self.topology.scenario)),
            Some(Choice::RoundRobin) => Picks::InTurn,
            Some(Choice::LeastConnections) => Picks::Fewest,
            Some(Choice::TwoChoices) => Picks::FewerOfTwo,
            _ if leaves_out => Picks::ByLot,
            _ => return,
        };
        let made = calls.map(|call| self.planned(call));
        let targets: Vec<Target> = made
            .filter(|call| call.probability > 0.0)
            .map(|call| {
                let target = self.topology.target(call.link as usize);
                let weight = match &picks {
                    Picks::ByKey(_) => call.key_weight.unwrap_or(0.0),
                    Picks::InTurn => call.probability,
                    Picks::Fewest | Picks::FewerOfTwo => self.resources[target].instances.max(1.0),
                    Picks::ByLot | Picks::FirstThere { .. } => 0.0,
                };
                Target {
                    component: self.topology.component(target).id,
                    weight,
                }
            })
            .collect();
        match self.network.step(branch) {
            Step::Branch(branches) if branches.len() == targets.len() => {}
            _ => return,
        }
        self.network.balancings.push(Balancing {
            step: branch,
            door: self.topology.component(component).id,
            targets,
            picks,
            leaves_out,
        });
    }

    /// By what a component that spreads requests picks among its targets.
    fn balancing_policy(&self, component: usize) -> Option<Choice> {
        let component = self.topology.component(component);
        let is_door = Nature::of(component.kind) == Nature::Door;
        let policy = component.choice(Parameter::BalancingPolicy);
        policy.filter(|_| is_door)
    }

    /// Of these branches of a step the first is taken whose target is there, as clients were last told by the DNS that probes the targets.
    fn note_standby(
        &mut self,
        component: usize,
        class: usize,
        calls: Range<usize>,
        branch: StepId,
    ) {
        let dns = super::infer::resolver(self, component, class);
        let kept = dns.map_or(Seconds(0.0), |dns| {
            let dns = self.topology.component(dns);
            Seconds(lower::amount(dns.seconds(Parameter::TimeToLive).0))
        });
        let mut targets = Vec::with_capacity(calls.len());
        for call in calls {
            let link = self.planned(call).link as usize;
            let target = self.topology.component(self.topology.target(link)).id;
            targets.push(Target {
                component: target,
                weight: 0.0,
            });
            let watches = &mut self.network.watches;
            if watches.iter().all(|known| known.component != target) {
                watches.push(Watch {
                    component: target,
                    link: Some(self.topology.link(link).id),
                    health: Some(HealthChecks::BY_DNS),
                    outliers: None,
                    slow_start: Seconds(0.0),
                });
            }
        }
        self.network.balancings.push(Balancing {
            step: branch,
            door: self.topology.component(component).id,
            targets,
            picks: Picks::FirstThere { kept },
            leaves_out: true,
        });
    }

    /// Appends one call.
    fn call(
        &mut self,
        component: usize,
        class: usize,
        call: &PlannedCall,
        steps: &mut Vec<StepId>,
    ) {
        let link = call.link as usize;
        let target = self.topology.target(link);
        let hop = self.hop_of(component, link);
        let entry = match self.entered(target, class) {
            Some(entry) => entry,
            // The call would close a circle.
            None => self.dead_end(component),
        };
        if call.count == 1.0
            && call.probability >= 1.0
            && call.mode == CallMode::Synchronous
            && call.is_plain()
            && !lower::hands_out_again(self, component)
        {
            steps.extend([hop, entry]);
            return;
        }
        let body = self.sequence(vec![hop, entry]);
        let body = self.attempt(call, body);
        let body = lower::handed_out(self, component, body);
        let body = self.repeat(call.count, body);
        let mut body = self.perhaps(call.probability, body);
        if call.mode == CallMode::FireAndForget && body != self.done() {
            body = match lower::written_behind(self, component, class, target, body) {
                Some(waiting) => waiting,
                None => self.network.push(Step::Detach(body, Aside::HandedOver)),
            };
        }
        if body != self.done() {
            steps.push(body);
        }
    }

    fn attempt(&mut self, call: &PlannedCall, body: StepId) -> StepId {
        if call.is_plain() {
            return body;
        }
        let retry = call.retry.unwrap_or(Retry::new(0, 0.0));
        let budget = retry.budget.map(|budget| RetryBudget {
            share: lower::share(budget.share),
            minimum_per_second: lower::amount(budget.minimum_per_second),
        });
        let rule = AttemptRule {
            link: Some(self.topology.link(call.link as usize).id),
            called: Some(
                self.topology
                    .component(self.topology.target(call.link as usize))
                    .id,
            ),
            timeout: call.timeout.map(Seconds),
            retries: retry.retries.min(100),
            backoff: Seconds(lower::amount(retry.backoff_seconds)),
            jitter: retry.jitter,
            budget,
            hedge_after: call.hedge_after.map(Seconds),
            breaker: call.breaker.map(in_range),
        };
        self.network.push(Step::Attempt {
            body,
            rule: Box::new(rule),
        })
    }

    fn hop_of(&mut self, component: usize, link: usize) -> StepId {
        if self.topology.caller(link) == component {
            return self.hop(link);
        }
        // A link of the DNS, taken by the clients that asked it.
        let round_trip = self
            .geometry
            .way_of_clients(&self.topology, component, link);
        self.hop_taking(link, round_trip)
    }

    /// Whether the call looks something up in a cache that leaves it to the caller to fetch what is missing.
    fn is_look_up(&self, class: usize, call: &PlannedCall) -> bool {
        let cache = self.topology.target(call.link as usize);
        self.topology.kind(cache) == Kind::Cache
            && call.mode == CallMode::Synchronous
            && call.count > 0.0
            && matches!(
                self.topology.class(class).operation,
                Operation::Read | Operation::Static
            )
            && self.plan(cache, class).is_empty()
            && self.entered(cache, class).is_some()
    }

    /// Appends a look-up whose miss does the rest of the unit and fills the cache.
    fn cache_aside(
        &mut self,
        component: usize,
        class: usize,
        start: usize,
        plan_end: usize,
        caches: u32,
        steps: &mut Vec<StepId>,
    ) -> usize {
        let call = self.planned(start);
        let mut miss = Vec::new();
        let next = self.unit(component, class, start + 1, plan_end, caches, &mut miss);
        let hop = self.hop_of(component, call.link as usize);
        let cache = self.topology.target(call.link as usize);
        let (Some(operation), Some(store)) =
            (self.resources[cache].work, self.resources[cache].store)
        else {
            steps.extend(miss);
            return next;
        };
        let without_cache = (call.probability < 1.0).then(|| self.sequence(miss.clone()));
        miss.extend([hop, operation]);
        let miss = self.sequence(miss);
        lower::look_up_keys(self, cache, class);
        let asked = self.sequence(vec![hop, operation]);
        let asked = self.attempt(&call, asked);
        let hit = self.done();
        let lookup = self.network.push(Step::Lookup { store, hit, miss });
        let body = self.sequence(vec![asked, lookup]);
        let body = self.repeat(call.count, body);
        steps.push(match without_cache {
            Some(without_cache) => self.branch(vec![
                (call.probability, body),
                (1.0 - call.probability, without_cache),
            ]),
            None => body,
        });
        next
    }
}

/// The breaker with numbers that it can work with, whatever a broken document says.
fn in_range(breaker: CircuitBreaker) -> CircuitBreaker {
    let within = |number: f64, range: &RangeInclusive<f64>, usual: f64| match number.is_nan() {
        true => usual,
        false => number.clamp(*range.start(), *range.end()),
    };
    let usual = CircuitBreaker::USUAL;
    let calls = |count: u32| count.clamp(1, *limits::BREAKER_CALLS.end() as u32);
    let seconds = |span| within(span, &limits::BREAKER_SECONDS, usual.open_seconds);
    CircuitBreaker {
        failure_share: within(
            breaker.failure_share,
            &limits::FAILURE_SHARE,
            usual.failure_share,
        ),
        window: match breaker.window {
            BreakerWindow::Calls(count) => BreakerWindow::Calls(calls(count)),
            BreakerWindow::Seconds(span) => BreakerWindow::Seconds(seconds(span)),
        },
        minimum_calls: calls(breaker.minimum_calls),
        open_seconds: seconds(breaker.open_seconds),
        trials: calls(breaker.trials),
    }
}
