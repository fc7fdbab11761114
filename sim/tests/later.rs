//! What is handed over to be done later, and what a run can't know: the figures that lessons ask for, of designs that differ in nothing else.

use loadscape_sim::analysis::Analysis;
use loadscape_sim::lesson::{Figure, Known, Measured, Seen, play};
use loadscape_sim::scenario::{Scenario, read};

/// How long the provider takes, seconds.
const MAIL: f64 = 1.5;

/// Users who order and look at 20 a second, a shop, and a primary with a copy that is 5 s behind. Mails are sent by the shop itself, or by workers
/// who get them from a queue.
fn shop(queue: bool, more: &str) -> Scenario {
    let links = match queue {
        true => {
            r#"{"id": 4, "from": 2, "to": 5, "classes": [1]}, {"id": 5, "from": 5, "to": 6}, {"id": 6, "from": 6, "to": 7}"#
        }
        false => r#"{"id": 4, "from": 2, "to": 7, "classes": [1]}"#,
    };
    let parts = match queue {
        true => {
            r#"{"id": 5, "kind": "queue", "name": "Queue", "position": {"x": 0, "y": 0}},
            {"id": 6, "kind": "worker", "name": "Workers", "position": {"x": 0, "y": 0}, "parameters": {"instances": 20, "threads": 16}},"#
        }
        false => "",
    };
    let text = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
        "classes": [
            {{"id": 1, "name": "Order", "operation": "write", "share": 1, "request_bytes": 500, "response_bytes": 500, "keys": 100, "zipf_exponent": 0.5, "priority": 0}},
            {{"id": 2, "name": "Look", "operation": "read", "share": 1, "request_bytes": 500, "response_bytes": 500, "keys": 100, "zipf_exponent": 0.5, "priority": 0}}],
        "components": [
            {{"id": 1, "kind": "clients", "name": "Users", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": 20, "client_round_trip": 0}}}},
            {{"id": 2, "kind": "service", "name": "Shop", "position": {{"x": 0, "y": 0}}, "parameters": {{"cores": 8, "threads": 4000, "service_time": 2}}}},
            {{"id": 3, "kind": "sql_primary", "name": "Primary", "position": {{"x": 0, "y": 0}}}},
            {{"id": 4, "kind": "read_replica", "name": "Replica", "position": {{"x": 0, "y": 0}}, "parameters": {{"replication_lag": 5000}}}},
            {parts}
            {{"id": 7, "kind": "third_party_api", "name": "Provider", "position": {{"x": 0, "y": 0}}, "parameters": {{"response_time": 1500}}}}
            {more}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}, {{"id": 3, "from": 3, "to": 4}}, {{"id": 7, "from": 2, "to": 4}}, {links}]}}"#
    );
    let reading = read(&text);
    assert_eq!(reading.problems, []);
    reading.scenario.expect("a design")
}

fn figure(
    text: &str,
    scenario: &Scenario,
    analysis: &Analysis,
    seen: Option<&Seen>,
) -> Option<f64> {
    let known = Known {
        scenario,
        report: &analysis.report,
        seen,
    };
    let figure = Figure::parse(text).expect("a figure");
    figure.of(&known).and_then(Measured::number)
}

/// Whether it is about the provider's time, which is a random one: 1200 of them are so well known, and the rest of the way is short.
fn is_a_mail(seconds: f64) -> bool {
    (0.85 * MAIL..1.2 * MAIL).contains(&seconds)
}

#[test]
fn copying_to_a_replica_is_no_work_that_was_handed_over() {
    let scenario = shop(false, "");
    let (analysis, seen) = play(&scenario, 120.0);
    let order = &analysis.report.classes[0];
    assert_eq!((order.hands_over, order.completion), (false, None));
    assert_eq!((seen.handing.len(), seen.completions.len()), (0, 0));
    // The copy has each order 5 s later; the mail is sent when the order is answered.
    let of = |text: &str, seen| figure(text, &scenario, &analysis, seen).expect("it is known");
    for seen in [None, Some(&seen)] {
        let completion = of("completion of Order", seen);
        assert_eq!(completion, of("mean of Order", seen));
        assert!(is_a_mail(completion), "{completion}");
        // Without a name it is the slowest class's.
        assert_eq!(of("completion", seen), completion);
    }
    assert_eq!(of("done of Order", Some(&seen)), 1.0);
    assert_eq!(of("done", Some(&seen)), 1.0);
}

#[test]
fn what_a_queue_is_given_is_done_when_its_worker_has_done_it() {
    let scenario = shop(true, "");
    let (analysis, seen) = play(&scenario, 120.0);
    assert!(analysis.report.classes[0].hands_over);
    assert!(!analysis.report.classes[1].hands_over);
    let of = |text: &str, seen| figure(text, &scenario, &analysis, seen).expect("it is known");
    for seen in [None, Some(&seen)] {
        let completion = of("completion of Order", seen);
        assert!(is_a_mail(completion), "{completion}");
        let answer = of("mean of Order", seen);
        assert!(answer < 0.2, "{answer}");
        // Of who hands nothing over it is the answer, which counts beside others only by name.
        assert_eq!(of("completion of Look", seen), of("mean of Look", seen));
        assert_eq!(of("completion", seen), completion);
    }
    let done = of("done", Some(&seen));
    // The last few are under way.
    assert!((0.95..1.0).contains(&done), "{done}");
    assert_eq!(of("done of Look", Some(&seen)), 1.0);
}

#[test]
fn a_run_says_how_many_reads_a_cache_answers_out_of_date() {
    let plain = shop(false, "");
    let (analysis, seen) = play(&plain, 60.0);
    let stale = |text: &str| figure(text, &plain, &analysis, Some(&seen));
    assert!(stale("stale reads").is_some_and(|share| share > 0.1));
    let mut cached = shop(
        false,
        r#", {"id": 8, "kind": "cache", "name": "Cache", "position": {"x": 0, "y": 0}, "parameters": {"time_to_live": 300}}"#,
    );
    let mut link = cached.links[0].clone();
    link.id = loadscape_sim::scenario::LinkId(8);
    (link.from, link.to) = (
        cached.components[1].id,
        cached.components.last().expect("the cache").id,
    );
    link.classes = vec![loadscape_sim::scenario::ClassId(2)];
    cached.links.push(link);
    let (analysis, seen) = play(&cached, 60.0);
    let stale = |text: &str| figure(text, &cached, &analysis, Some(&seen));
    let (all, cache) = (stale("stale reads"), stale("stale reads of Cache"));
    let replica = stale("stale reads of Replica").expect("it is read");
    let [all, cache] = [all, cache].map(|share| share.expect("the cache is read"));
    assert!(cache > 0.1, "{cache}");
    assert_eq!(all, cache.max(replica));
}
