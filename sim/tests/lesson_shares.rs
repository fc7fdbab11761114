//! The work of a part that a task names may be shared out, as long as all of it is done and waited for; and who only passes requests on can't answer
//! them.

use loadscape_sim::catalog::Parameter;
use loadscape_sim::lesson::{Lesson, ReadLesson, Shelf, altered, put_back, read_lesson};
use loadscape_sim::scenario::Scenario;
use serde_json::{Value, json};
use std::path::Path;

fn lesson(file: &str) -> (Shelf, Lesson) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../src/lessons")
        .join(file);
    let text = std::fs::read_to_string(path).expect("it can be read");
    let ReadLesson { lesson, .. } = read_lesson(&text);
    let lesson = lesson.expect("a lesson");
    let shelf = Shelf {
        lessons: vec![lesson.clone()],
        terms: Vec::new(),
    };
    (shelf, lesson)
}

/// What is said of the task's design with these changes.
fn said(file: &str, changes: Value) -> Vec<String> {
    let (shelf, lesson) = lesson(file);
    let mut way = lesson.ways[0].clone();
    way.changes = serde_json::from_value(changes).expect("changes");
    let task = shelf.task(&lesson).expect("a design");
    let now = shelf.way(&lesson, &way).expect("a design");
    let found = altered(&lesson.task, &task, &now);
    found.into_iter().map(|altered| altered.what).collect()
}

/// Some of the work of a part of the lesson of the gateway is done by another, which it calls.
fn shared(part: &str, left: f64, taken: f64, classes: Value, plan: Option<Value>) -> Vec<String> {
    let mut changes = vec![
        json!({ "set": { "part": part, "to": { "service_time": left } } }),
        json!({ "add": { "kind": "service", "name": "Helper", "at": [832, 448], "with": { "service_time": taken } } }),
        json!({ "link": { "from": part, "to": "Helper", "classes": classes } }),
    ];
    changes.extend(plan);
    said("10a-api-gateway.json", Value::Array(changes))
}

#[test]
fn work_that_is_shared_out_is_all_done() {
    let order = || json!(["Order"]);
    assert_eq!(shared("Orders", 14.0, 10.0, order(), None), [""; 0]);
    // More than has to be is nobody's loss.
    assert_eq!(shared("Orders", 14.0, 12.0, order(), None), [""; 0]);
    let less = "Of the work that Order is for Orders, 19 ms of 24 ms are done and waited for.";
    assert_eq!(shared("Orders", 14.0, 5.0, order(), None)[0], less);
    let alone = json!([{ "set": { "part": "Orders", "to": { "service_time": 14.0 } } }]);
    assert_eq!(
        said("10a-api-gateway.json", alone)[0],
        "Of the work that Order is for Orders, 14 ms of 24 ms are done and waited for."
    );
}

#[test]
fn work_that_is_shared_out_is_waited_for() {
    let later = json!({ "plan": { "part": "Orders", "class": "Order", "steps": [[{ "to": "Helper", "mode": "fire_and_forget" }]] } });
    let found = shared("Orders", 14.0, 10.0, json!(["Order"]), Some(later));
    assert_eq!(
        found[0],
        "Of the work that Order is for Orders, 14 ms of 24 ms are done and waited for."
    );
}

#[test]
fn work_that_is_shared_out_is_done_for_each_class_that_asks_for_it() {
    assert_eq!(
        shared("Catalogue", 6.0, 6.0, json!(["Search", "Home"]), None),
        [""; 0]
    );
    let found = shared("Catalogue", 6.0, 6.0, json!(["Search"]), None);
    assert_eq!(
        found[0],
        "Of the work that Home is for Catalogue, 6 ms of 12 ms are done and waited for."
    );
    assert!(
        found.iter().all(|what| !what.contains("Search")),
        "{found:?}"
    );
}

#[test]
fn what_is_put_back_leaves_work_shared_out_where_all_of_it_is_done() {
    let (shelf, lesson) = lesson("10a-api-gateway.json");
    let task = shelf.task(&lesson).expect("a design");
    let drawn = |taken: f64| {
        let mut way = lesson.ways[0].clone();
        let changes = json!([
            { "set": { "part": "Orders", "to": { "service_time": 14.0 } } },
            { "add": { "kind": "service", "name": "Helper", "at": [832, 448], "with": { "service_time": taken } } },
            { "link": { "from": "Orders", "to": "Helper", "classes": ["Order"] } },
        ]);
        way.changes = serde_json::from_value(changes).expect("changes");
        shelf.way(&lesson, &way).expect("a design")
    };
    let shared = drawn(10.0);
    let mut longer = shared.clone();
    longer.run.duration_seconds = Some(5.0);
    assert_ne!(altered(&lesson.task, &task, &longer), []);
    assert_eq!(put_back(&lesson.task, &task, &longer), shared);
    // Of work that isn't all done, nothing is kept.
    let back = put_back(&lesson.task, &task, &drawn(5.0));
    assert_eq!(altered(&lesson.task, &task, &back), []);
    let work = |own: &Scenario| {
        let orders = own.components.iter().find(|part| part.name == "Orders");
        orders.expect("it is drawn").number(Parameter::ServiceTime)
    };
    assert_eq!(work(&back), work(&task));
}

#[test]
fn work_of_a_part_that_is_not_named_is_not_shared_out() {
    let found = said(
        "09a-message-queue.json",
        json!([{ "set": { "part": "Shop", "to": { "service_time": 1.0 } } }]),
    );
    assert!(
        found.contains(&"The service time of Shop was changed.".to_owned()),
        "{found:?}"
    );
}

#[test]
fn who_only_passes_requests_on_waits_for_the_answer() {
    let plan = |part: &str, class: &str, to: &str| json!([{ "plan": { "part": part, "class": class, "steps": [[{ "to": to, "mode": "fire_and_forget" }]] } }]);
    assert_eq!(
        said(
            "04a-load-balancer.json",
            plan("Balancer", "Request", "Servers")
        )[0],
        "Balancer answers Request before it has an answer: it waits for nobody."
    );
    // Work for somebody outside that no queue keeps and nobody waits for may never be done.
    assert_eq!(
        said(
            "09a-message-queue.json",
            plan("Workers", "Order", "Mail provider")
        )[0],
        "Order is handed to Mail provider, and nobody waits until that has it, nor keeps it until then."
    );
}
