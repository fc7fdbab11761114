//! What may be done about calls that fail, take long or pile up: how often they are repeated, how long somebody waits for them, and whether he does.
//! It knows how calls are written, not whether a change would help.

use super::{Candidate, Edit};
use crate::catalog::Kind;
use crate::network::plan_in_force;
use crate::quantities::time;
use crate::report::Report;
use crate::scenario::{
    BreakerWindow, Call, CallMode, CallPlan, CircuitBreaker, Component, Jitter, Link, LinkId,
    Retry, RetryBudget, Scenario,
};
use crate::units::Seconds;

/// Further attempts that are tried where there are none, after a first wait of so many seconds.
const RETRIES: u32 = 2;
const BACKOFF_SECONDS: f64 = 0.1;
/// So many times as long, or as short, is tried of waits.
const LONGER: f64 = 4.0;
const FAR_LONGER: f64 = 10.0;
/// How long a caller waits who gives up, where nobody does; seconds.
const TIMEOUT_SECONDS: f64 = 1.0;
/// A breaker that sees sooner than the usual one that calls fail, and tries sooner again.
const QUICK: CircuitBreaker = CircuitBreaker {
    window: BreakerWindow::Calls(20),
    minimum_calls: 20,
    open_seconds: 5.0,
    trials: 5,
    ..CircuitBreaker::USUAL
};

/// Changes of the calls along one link, for all classes that travel along it.
pub(super) fn along(scenario: &Scenario, report: &Report, link: &Link) -> Vec<Candidate> {
    let (Some(caller), Some(called)) = (scenario.component(link.from), scenario.component(link.to))
    else {
        return Vec::new();
    };
    of(scenario, report, caller, (&[link.id], &called.name))
}

/// Changes of all calls that a part makes, where it makes several.
pub(super) fn of_all(scenario: &Scenario, report: &Report, caller: &Component) -> Vec<Candidate> {
    let links: Vec<LinkId> = scenario.links_from(caller.id).map(|link| link.id).collect();
    match links.len() {
        0 | 1 => Vec::new(),
        _ => of(scenario, report, caller, (&links, "whatever it calls")),
    }
}

/// Changes of what this part calls along these links. Who only passes requests on makes no calls of his own, and what clients do is their affair.
fn of(
    scenario: &Scenario,
    report: &Report,
    caller: &Component,
    (links, name): (&[LinkId], &str),
) -> Vec<Candidate> {
    if !matches!(caller.kind, Kind::Service | Kind::Function | Kind::Worker) {
        return Vec::new();
    }
    let plans = plans(scenario, caller, links);
    let mut tried = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Call) -> bool| {
        let edit = changed(caller, &plans, links, change);
        tried.extend(edit.map(|edit| Candidate {
            title: format!("{}: {what}", caller.name),
            edit,
            saves: false,
        }));
    };
    // A worker whose work isn't waited for is done before it is.
    if caller.kind != Kind::Worker {
        add(format!("don't wait for {name}"), &|call| {
            std::mem::replace(&mut call.mode, CallMode::FireAndForget) == CallMode::Synchronous
        });
    }
    add(format!("don't retry calls to {name}"), &|call| {
        call.retry.take().is_some()
    });
    add(format!("retry calls to {name} once at most"), &|call| {
        retries(call, |retry| std::mem::replace(&mut retry.retries, 1) > 1)
    });
    add(
        format!("retry at most a fifth of the calls to {name}"),
        &|call| {
            retries(call, |retry| {
                retry.budget.replace(RetryBudget::USUAL).is_none()
            })
        },
    );
    add(
        format!("wait ten times as long before calls to {name} are repeated, and not all alike"),
        &|call| {
            retries(call, |retry| {
                retry.backoff_seconds *= FAR_LONGER;
                retry.jitter = Jitter::Full;
                true
            })
        },
    );
    add(
        format!("retry calls to {name} that fail, twice at most"),
        &|call| {
            let is_new = call.retry.is_none() && call.mode == CallMode::Synchronous;
            if is_new {
                call.retry = Some(Retry {
                    budget: Some(RetryBudget::USUAL),
                    ..Retry::new(RETRIES, BACKOFF_SECONDS)
                });
            }
            is_new
        },
    );
    for (breaker, how) in [(CircuitBreaker::USUAL, ""), (QUICK, " that opens sooner")] {
        add(format!("a circuit breaker{how} before {name}"), &|call| {
            call.circuit_breaker.replace(breaker).is_none()
        });
    }
    add(
        format!(
            "give up calls to {name} after {}",
            time(Seconds(TIMEOUT_SECONDS))
        ),
        &|call| call.timeout_seconds.replace(TIMEOUT_SECONDS).is_none(),
    );
    for (by, how) in [(LONGER, "four times as long"), (1.0 / LONGER, "a quarter")] {
        add(format!("wait {how} for {name} before giving up"), &|call| {
            call.timeout_seconds
                .as_mut()
                .map(|limit| *limit *= by)
                .is_some()
        });
    }
    // A second attempt when the first is slower than 95 % of them (Dean & Barroso 2013, "The Tail at Scale").
    let slowest = report.slowest().map(|(_, times)| times.p95);
    if let Some(after) = slowest {
        add(
            format!("ask {name} once more after {}", time(after)),
            &|call| call.hedge_after_seconds.replace(after.0).is_none(),
        );
    }
    tried
}

/// Whether the call is repeated and the change to that is one.
fn retries(call: &mut Call, change: impl FnOnce(&mut Retry) -> bool) -> bool {
    call.retry.as_mut().is_some_and(change)
}

/// What the caller does for each class that travels along these links, as written or as the drawing suggests.
fn plans(scenario: &Scenario, caller: &Component, links: &[LinkId]) -> Vec<CallPlan> {
    let classes = scenario.classes.iter().map(|class| class.id);
    let own: Vec<&Link> = scenario
        .links_from(caller.id)
        .filter(|link| links.contains(&link.id))
        .collect();
    let plans = classes
        .filter(|class| own.iter().any(|link| link.carries(*class)))
        .map(|class| plan_in_force(scenario, caller.id, class));
    let calls = |plan: &CallPlan| {
        let mut calls = plan.steps.iter().flat_map(|step| &step.calls);
        calls.any(|call| links.contains(&call.link))
    };
    plans.filter(calls).collect()
}

/// The plans with calls along these links changed; `None` where that changes nothing.
fn changed(
    caller: &Component,
    plans: &[CallPlan],
    links: &[LinkId],
    change: &dyn Fn(&mut Call) -> bool,
) -> Option<Edit> {
    let mut all = caller.plans.clone();
    let mut any = false;
    for plan in plans {
        let mut plan = plan.clone();
        let mut own = false;
        let calls = plan.steps.iter_mut().flat_map(|step| &mut step.calls);
        for call in calls.filter(|call| links.contains(&call.link)) {
            own |= change(call);
        }
        if !own {
            continue;
        }
        any = true;
        match all.iter_mut().find(|known| known.class == plan.class) {
            Some(known) => *known = plan,
            None => all.push(plan),
        }
    }
    any.then_some(Edit::Plans {
        component: caller.id,
        plans: all,
    })
}
