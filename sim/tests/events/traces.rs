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
