//! Call plans: what a component calls for a class, as the user wrote it or as the drawing suggests; nothing of what the called do.

mod follow;
mod infer;

use super::compile::Lowering;
use super::lower::Nature;
use super::note::Remark;
use crate::scenario::{
    Call, CallMode, CallPlan, CircuitBreaker, ClassId, ComponentId, PlanStep, Retry, Scenario,
};

/// One call of a plan, with its link as a place in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PlannedCall {
    /// Calls of the same step have the same number; steps follow one another in rising order.
    pub step: u32,
    /// The link's place in the document.
    pub link: u32,
    /// Mean number of calls one after the other; not negative.
    pub count: f64,
    /// Probability that the call is made at all, 0 to 1.
    pub probability: f64,
    /// Whether the caller waits.
    pub mode: CallMode,
    /// Seconds after which the caller gives up.
    pub timeout: Option<f64>,
    /// What happens after a failure.
    pub retry: Option<Retry>,
    /// Seconds after which it is made once more.
    pub hedge_after: Option<f64>,
    /// What stops it.
    pub breaker: Option<CircuitBreaker>,
    /// Where the request's key picks the target: its share of the keys, as a weight.
    pub key_weight: Option<f64>,
    /// Whether it is made instead of the calls before it in its step when none of their targets is there.
    pub stands_by: bool,
}

impl PlannedCall {
    /// Whether it is simply made, once and for better or worse.
    pub fn is_plain(&self) -> bool {
        self.timeout.is_none()
            && self.retry.is_none()
            && self.hedge_after.is_none()
            && self.breaker.is_none()
    }

    fn once(step: u32, link: usize) -> Self {
        PlannedCall {
            step,
            link: link as u32,
            count: 1.0,
            probability: 1.0,
            mode: CallMode::Synchronous,
            timeout: None,
            retry: None,
            hedge_after: None,
            breaker: None,
            key_weight: None,
            stands_by: false,
        }
    }
}

/// What a component does for a class when its user hasn't said otherwise: what the drawing suggests, for the inspector to show and change.
///
/// Two rules make plain steps and calls express what diagrams mean:
/// - For reads (and static files), the step after a call to a cache is made only when the cache misses, and the cache is filled afterwards.
/// - Calls of one step whose probabilities are each below 1 and add up to 1 are alternatives: exactly one of them is made.
///
/// Empty when the component answers by itself, or when the document has no such component or class.
pub fn infer_plan(scenario: &Scenario, component: ComponentId, class: ClassId) -> CallPlan {
    let mut plan = CallPlan {
        class,
        steps: Vec::new(),
    };
    let mut lowering = Lowering::new(scenario);
    let place = lowering.topology.place(component);
    let class_place = scenario
        .classes
        .iter()
        .position(|candidate| candidate.id == class);
    let (Some(place), Some(class_place)) = (place, class_place) else {
        return plan;
    };
    let mut calls = Vec::new();
    infer::calls(&mut lowering, place, class_place, &mut calls);
    calls.retain(|call| !call.stands_by);
    for (index, call) in calls.iter().enumerate() {
        if index == 0 || calls[index - 1].step != call.step {
            plan.steps.push(PlanStep { calls: Vec::new() });
        }
        if let Some(step) = plan.steps.last_mut() {
            step.calls.push(Call {
                count: call.count,
                probability: call.probability,
                mode: call.mode,
                ..Call::once(scenario.links[call.link as usize].id)
            });
        }
    }
    plan
}

/// The plan in force: the user's own, else the inferred one.
pub fn plan_in_force(scenario: &Scenario, component: ComponentId, class: ClassId) -> CallPlan {
    let own = scenario
        .component(component)
        .and_then(|component| component.plans.iter().find(|plan| plan.class == class));
    own.cloned()
        .unwrap_or_else(|| infer_plan(scenario, component, class))
}

/// The calls that the component makes for the class: the user's plan where there is one, else the inferred one.
pub(super) fn calls(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    calls: &mut Vec<PlannedCall>,
) {
    let topology = &lowering.topology;
    let id = topology.class(class).id;
    match topology
        .component(component)
        .plans
        .iter()
        .find(|plan| plan.class == id)
    {
        Some(plan) => written(lowering, component, class, plan, calls),
        None => infer::calls(lowering, component, class, calls),
    }
}

/// Whether the user wrote a plan for this component and class.
pub(super) fn is_written(lowering: &Lowering<'_>, component: usize, class: usize) -> bool {
    let id = lowering.topology.class(class).id;
    lowering
        .topology
        .component(component)
        .plans
        .iter()
        .any(|plan| plan.class == id)
}

fn written(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    plan: &CallPlan,
    calls: &mut Vec<PlannedCall>,
) {
    for (step, call) in plan
        .steps
        .iter()
        .enumerate()
        .flat_map(|(step, s)| s.calls.iter().map(move |call| (step, call)))
    {
        let place =
            links(lowering, component).find(|link| lowering.topology.link(*link).id == call.link);
        let Some(link) = place else {
            lowering.note(Remark::ForeignCall, component, None, Some(class));
            continue;
        };
        let target = Nature::of(lowering.topology.kind(lowering.topology.target(link)));
        let from_clients = Nature::of(lowering.topology.kind(component)) == Nature::Clients;
        if target == Nature::Clients || (target == Nature::Resolver && from_clients) {
            lowering.note(Remark::WithoutMeaning, component, Some(link), Some(class));
            continue;
        }
        calls.push(PlannedCall {
            step: step as u32,
            link: link as u32,
            count: if call.count.is_finite() {
                call.count.clamp(0.0, 1e6)
            } else {
                1.0
            },
            probability: if call.probability.is_finite() {
                call.probability.clamp(0.0, 1.0)
            } else {
                1.0
            },
            mode: call.mode,
            timeout: call
                .timeout_seconds
                .filter(|seconds| seconds.is_finite() && *seconds > 0.0),
            retry: call.retry,
            hedge_after: call
                .hedge_after_seconds
                .filter(|seconds| seconds.is_finite() && *seconds > 0.0),
            breaker: call.circuit_breaker,
            key_weight: None,
            stands_by: false,
        });
    }
}

/// The links along which the component may call: its own, and for clients those of the DNS they ask.
pub(super) fn links<'b>(
    lowering: &'b Lowering<'_>,
    component: usize,
) -> impl Iterator<Item = usize> + 'b {
    let topology = &lowering.topology;
    let resolved = (Nature::of(topology.kind(component)) == Nature::Clients)
        .then(|| {
            topology
                .outgoing(component)
                .map(|link| topology.target(link))
                .find(|target| Nature::of(topology.kind(*target)) == Nature::Resolver)
        })
        .flatten()
        .into_iter()
        .flat_map(|resolver| topology.outgoing(resolver));
    topology.outgoing(component).chain(resolved)
}
