//! Call plans: inferred ones, and what counts, probabilities, parallel groups, time-outs and retries become.

use crate::support::*;
use loadscape_sim::catalog::Kind;
use loadscape_sim::network::{Remark, Role, Step, infer_plan};
use loadscape_sim::scenario::{
    Call, CallMode, CallPlan, ClassId, ComponentId, LinkId, Operation, PlanStep, Retry, Scenario,
};

fn links(plan: &CallPlan) -> Vec<Vec<u32>> {
    plan.steps
        .iter()
        .map(|step| step.calls.iter().map(|call| call.link.0).collect())
        .collect()
}

/// Clients, a service with two services behind it.
fn caller() -> (Drawing, ComponentId, [ComponentId; 2]) {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    let called = [
        drawing.below(service, Kind::Service),
        drawing.below(service, Kind::Service),
    ];
    (drawing, service, called)
}

fn with_plan(drawing: &mut Drawing, component: ComponentId, steps: Vec<Vec<Call>>) -> Route {
    let steps = steps.into_iter().map(|calls| PlanStep { calls }).collect();
    drawing.component(component).plans = vec![CallPlan {
        class: ClassId(1),
        steps,
    }];
    drawing.compile()
}

#[test]
fn a_drawing_suggests_sensible_plans() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.below(service, Kind::SqlPrimary);
    drawing.below(service, Kind::ReadReplica);
    drawing.below(service, Kind::ReadReplica);
    drawing.last_link().weight = 3.0;
    drawing.below(service, Kind::Cache);
    drawing.below(service, Kind::ObjectStorage);
    drawing.below(service, Kind::Service);
    drawing.below(service, Kind::Queue);
    let plan = |class: u32| infer_plan(&drawing.scenario, service, ClassId(class));
    assert_eq!(
        links(&plan(1)),
        [vec![5], vec![3, 4], vec![7]],
        "cache, then one of the replicas, then the service"
    );
    assert_eq!(plan(1).steps[1].calls[1].probability, 0.75);
    assert_eq!(
        links(&plan(2)),
        [vec![2], vec![5], vec![7]],
        "primary, then invalidation, then the service"
    );
    assert_eq!(links(&plan(3)), [vec![6]]);
    assert_eq!(links(&plan(4)), [vec![8]], "accepted now, done later");
    assert!(
        infer_plan(&Scenario::default(), service, ClassId(1))
            .steps
            .is_empty()
    );
    let route = drawing.compile();
    assert_eq!(route.along(&route.visits(READ, 0.5), 3), 0.5 * 0.25);
}

#[test]
fn a_user_s_plan_replaces_the_inferred_one() {
    let (mut drawing, service, [first, second]) = caller();
    let route = with_plan(&mut drawing, service, vec![vec![Call::once(LinkId(3))]]);
    let visits = route.visits(READ, 1.0);
    close(route.arrivals(&visits, first), 0.0);
    close(route.arrivals(&visits, second), 1.0);
    close(route.arrivals(&route.visits(WRITE, 1.0), first), 1.0);
    let route = with_plan(&mut drawing, service, vec![]);
    close(route.arrivals(&route.visits(READ, 1.0), first), 0.0);
}

#[test]
fn counts_and_probabilities_multiply_visits() {
    let (mut drawing, service, [first, second]) = caller();
    let calls = vec![
        vec![Call {
            count: 2.5,
            ..Call::once(LinkId(2))
        }],
        vec![Call {
            probability: 0.3,
            count: 4.0,
            ..Call::once(LinkId(3))
        }],
    ];
    let route = with_plan(&mut drawing, service, calls);
    let visits = route.visits(READ, 1.0);
    close(route.arrivals(&visits, first), 2.5);
    close(route.arrivals(&visits, second), 1.2);
}

#[test]
fn calls_of_one_step_run_side_by_side_or_stand_for_a_choice() {
    let (mut drawing, service, called) = caller();
    let side_by_side = vec![vec![Call::once(LinkId(2)), Call::once(LinkId(3))]];
    let route = with_plan(&mut drawing, service, side_by_side);
    assert!(
        route
            .compiled
            .network
            .steps
            .iter()
            .any(|step| matches!(step, Step::Parallel(calls) if calls.len() == 2))
    );
    let half = |link| Call {
        probability: 0.5,
        ..Call::once(LinkId(link))
    };
    let route = with_plan(&mut drawing, service, vec![vec![half(2), half(3)]]);
    assert!(
        !route
            .compiled
            .network
            .steps
            .iter()
            .any(|step| matches!(step, Step::Parallel(_)))
    );
    for component in called {
        close(route.arrivals(&route.visits(READ, 1.0), component), 0.5);
    }
}

#[test]
fn fire_and_forget_holds_nothing() {
    let (mut drawing, service, [first, _]) = caller();
    let call = Call {
        mode: CallMode::FireAndForget,
        ..Call::once(LinkId(2))
    };
    let route = with_plan(&mut drawing, service, vec![vec![call]]);
    let visits = route.visits(READ, 1.0);
    close(route.at(&visits, first, Role::Cores), 1.0);
    close(route.awaited(&visits, first, Role::Cores), 0.0);
}

#[test]
fn time_outs_and_retries_become_attempts() {
    let (mut drawing, service, _) = caller();
    let call = Call {
        timeout_seconds: Some(0.2),
        retry: Some(Retry::new(3, 0.05)),
        ..Call::once(LinkId(2))
    };
    let route = with_plan(&mut drawing, service, vec![vec![call]]);
    let found = route.compiled.network.steps.iter().any(|step| {
        matches!(step, Step::Attempt { rule, .. } if rule.timeout.map(|timeout| timeout.0) == Some(0.2) && rule.retries == 3 && rule.backoff.0 == 0.05)
    });
    assert!(found);
}

#[test]
fn a_plan_with_a_foreign_link_loses_that_call_and_says_so() {
    let (mut drawing, service, [first, _]) = caller();
    let calls = vec![
        vec![Call::once(LinkId(1))],
        vec![Call::once(LinkId(99))],
        vec![Call::once(LinkId(2))],
    ];
    let route = with_plan(&mut drawing, service, calls);
    close(route.arrivals(&route.visits(READ, 1.0), first), 1.0);
    assert_eq!(
        route
            .compiled
            .notes
            .iter()
            .filter(|note| note.about == Remark::ForeignCall)
            .count(),
        2
    );
}

#[test]
fn a_circle_of_calls_ends_in_a_failure_and_a_note() {
    let (mut drawing, service, [first, _]) = caller();
    drawing.link(first, service);
    let route = drawing.compile();
    assert!(
        route
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::CyclicCall)
    );
    close(route.dead_ends(&route.visits(READ, 1.0)), 1.0);
    // A component that calls itself.
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.link(service, service);
    assert!(
        drawing
            .compile()
            .compiled
            .notes
            .iter()
            .any(|note| note.about == Remark::CyclicCall)
    );
}

#[test]
fn a_service_without_anything_below_answers_by_itself() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    drawing.below(clients, Kind::Service);
    let route = drawing.compile();
    for class in [READ, WRITE, STATIC, ASYNCHRONOUS] {
        close(route.dead_ends(&route.visits(class, 1.0)), 0.0);
    }
    assert!(route.compiled.notes.is_empty());
}

#[test]
fn classes_that_are_treated_alike_share_their_route() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.below(service, Kind::SqlPrimary);
    let before = drawing.compile().compiled.network.steps.len();
    drawing.scenario.classes[STATIC].operation = Operation::Read;
    let after = drawing.compile().compiled.network.steps.len();
    assert!(after <= before, "{after} steps instead of {before}");
    let routes = drawing.compile().compiled.network.sources[0].routes.clone();
    assert_eq!(routes[READ].step, routes[STATIC].step);
    assert_ne!(routes[READ].step, routes[WRITE].step);
}
