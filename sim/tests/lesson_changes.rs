//! Changes that a lesson's file names are made in the document, and what can't be made is said.

mod shelf;

use serde_json::{Value, json};
use shelf::shelf;

/// A lesson's task after these changes, as the document that was written and read again.
fn task_after(name: &str, changes: Value) -> Result<loadscape_sim::scenario::Scenario, String> {
    let shelf = shelf();
    let mut lesson = shelf.lesson(name).expect("there is one").clone();
    lesson.task.changes = serde_json::from_value(changes).expect("changes");
    shelf.task(&lesson)
}

#[test]
fn changes_rename_parts_and_set_classes_and_call_plans() {
    let changed = task_after(
        "microservices",
        json!([
            { "rename": { "part": "Front", "to": "Door" } },
            { "class": { "name": "Buy", "to": { "keys": 7 } } },
            { "class": { "name": "Return", "to": {
                "operation": "write", "share": 2, "request_bytes": 10, "response_bytes": 20, "keys": 5, "zipf_exponent": 0.5
            } } },
            { "plan": { "part": "Door", "class": "Buy", "steps": [
                [ { "to": "Prices", "timeout_seconds": 0.5 } ],
                [ { "to": "Catalogue" } ]
            ] } },
            { "fault": { "at": 5, "part": "Users", "what": { "multiply": { "factor": 2 } } } }
        ]),
    );
    let changed = changed.expect("a design");
    let by_name = |name: &str| {
        let mut parts = changed.components.iter();
        parts.find(|part| part.name == name).expect("it is drawn")
    };
    let door = by_name("Door");
    assert!(changed.components.iter().all(|part| part.name != "Front"));
    let class = |name: &str| {
        let mut classes = changed.classes.iter();
        classes.find(|class| class.name == name).expect("a class")
    };
    assert_eq!(class("Buy").keys, 7.0);
    assert_eq!(class("Return").share, 2.0);
    let mut plans = door.plans.iter();
    let plan = plans
        .find(|plan| plan.class == class("Buy").id)
        .expect("a plan");
    let calls: Vec<_> = (plan.steps.iter().flat_map(|step| &step.calls))
        .map(|call| {
            let link = changed.link(call.link).expect("a link");
            (link.to, call.timeout_seconds)
        })
        .collect();
    assert_eq!(
        calls,
        [
            (by_name("Prices").id, Some(0.5)),
            (by_name("Catalogue").id, None)
        ]
    );
    // The other class's plan stays as it was.
    assert_eq!(door.plans.len(), 2);
    let incident = format!("{:?}", changed.faults[0].incident);
    assert!(incident.starts_with("Clients"), "{incident}");

    let wrong = |changes: Value| task_after("microservices", changes).expect_err("it is wrong");
    assert_eq!(
        wrong(
            json!([{ "plan": { "part": "Front", "class": "Buy", "steps": [[{ "mode": "fire_and_forget" }]] } }])
        ),
        "change 1 can't be made: a call says whom it calls: \"to\""
    );
    assert_eq!(
        wrong(
            json!([{ "plan": { "part": "Front", "class": "Buy", "steps": [[{ "to": "Users" }]] } }])
        ),
        "change 1 can't be made: there is no link from \"Front\" to \"Users\""
    );
}
