//! Traces: where the time of single requests went.

use crate::support::{run, simulation};
use loadscape_sim::des::{Activity, Trace};
use loadscape_sim::report::TimeCause;

fn spans(trace: &Trace, cause: TimeCause) -> f64 {
    trace
        .spans
        .iter()
        .filter(|span| span.activity == Activity::Part(cause))
        .map(|span| span.end - span.start)
        .sum()
}

#[test]
fn the_spans_of_a_chain_add_up_to_the_response_time() {
    let mut simulation = simulation("validation/scenarios/jackson-3tier", 1);
    run(&mut simulation, 50.0);
    simulation.trace_next(200);
    run(&mut simulation, 100.0);
    let traces = simulation.traces();
    assert_eq!(traces.len(), 200);
    for trace in &traces {
        let response = trace.ended.unwrap() - trace.began;
        let known = spans(trace, TimeCause::Waiting) + spans(trace, TimeCause::Service);
        assert!((response - known).abs() < 1e-9, "{trace:?}");
        // Each tier's visit holds all below it: the first lasts as long as the request.
        let longest = trace
            .spans
            .iter()
            .filter(|span| span.activity == Activity::Visit)
            .map(|span| span.end - span.start)
            .fold(0.0, f64::max);
        assert!((longest - response).abs() < 1e-9);
    }
}

#[test]
fn every_span_lies_within_its_request_where_everybody_waits() {
    let mut simulation = simulation("scenarios/stage-1", 2);
    simulation.trace_next(100);
    run(&mut simulation, 30.0);
    let traces = simulation.traces();
    assert_eq!(traces.len(), 100);
    for trace in &traces {
        let ended = trace.ended.unwrap();
        assert!(!trace.spans.is_empty());
        assert!(trace.spans.iter().all(|span| {
            span.start >= trace.began && span.end <= ended + 1e-9 && span.start < span.end
        }));
    }
}

#[test]
fn tracing_does_not_change_the_run() {
    let mut traced = simulation("scenarios/stage-2", 3);
    traced.trace_next(50);
    run(&mut traced, 5.0);
    let mut plain = simulation("scenarios/stage-2", 3);
    run(&mut plain, 5.0);
    assert_eq!(traced.findings(), plain.findings());
}

#[test]
fn a_shadow_takes_the_course_of_the_run() {
    // Long enough for windows to be put together several times, and with an autoscaler, which looks at sums.
    for name in ["scenarios/stage-4", "validation/scenarios/mm1-0.8"] {
        let mut original = simulation(name, 3);
        let end = if name.ends_with("0.8") { 4_000.0 } else { 12.0 };
        run(&mut original, end / 3.0);
        let mut plain = original.clone();
        let mut shadow = original.shadow();
        assert_eq!(
            original.findings(),
            plain.findings(),
            "looking changes nothing"
        );
        run(&mut original, end);
        run(&mut plain, end);
        assert_eq!(original.findings(), plain.findings());
        assert!(shadow.run_until(end, u64::MAX));
        assert_eq!(shadow.events(), original.events());
        let (one, other) = (shadow.sums(), original.sums());
        let picture = original.picture_since(&other);
        assert_eq!(picture.seconds, 0.0);
        assert_eq!(format!("{one:?}"), format!("{other:?}"), "{name}");
    }
}

/// The slowest of a span, found by tracing everybody.
#[test]
fn the_slowest_of_a_span_are_those_that_took_longest() {
    let mut simulation = simulation("scenarios/stage-1", 2);
    run(&mut simulation, 20.0);
    let mut shadow = simulation.shadow();
    simulation.trace_next(100_000);
    run(&mut simulation, 70.0);
    let took = |trace: &Trace| trace.ended.unwrap_or(f64::INFINITY) - trace.began;
    let mut all = simulation.traces();
    all.retain(|trace| {
        trace
            .ended
            .is_some_and(|ended| (50.0..60.0).contains(&ended))
    });
    assert!(all.len() > 50);
    all.sort_by(|one, other| took(other).total_cmp(&took(one)));
    shadow.trace_slowest(None, (50.0, 60.0), 12);
    assert!(shadow.untraced() < 50);
    assert!(shadow.run_until(50.0, u64::MAX));
    assert_eq!(shadow.untraced(), 0, "nobody is left from before");
    assert!(shadow.run_until(60.0, u64::MAX));
    let slowest = shadow.slowest();
    assert_eq!(slowest, all[..12]);
    assert!(took(&slowest[0]) > took(&slowest[11]));
    let network = |trace: &Trace| {
        trace
            .spans
            .iter()
            .filter(|span| span.link.is_some())
            .count()
    };
    assert!(
        slowest.iter().all(|trace| network(trace) > 0),
        "links are named"
    );
    // Of one class alone.
    let class = slowest[0].class;
    let mut shadow = simulation.shadow();
    shadow.trace_slowest(Some(class), (80.0, 90.0), 5);
    assert!(shadow.run_until(95.0, u64::MAX));
    assert_eq!(shadow.slowest().len(), 5);
    assert!(shadow.slowest().iter().all(|trace| trace.class == class));
}
