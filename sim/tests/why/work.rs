//! Why, of work that is handed over to be done later: what it waits for, what grows without end, what is handed out again.

use super::{asked, changed, found, number, row, says, stage};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::insight::Subject;
use loadscape_sim::quantities::time;
use loadscape_sim::scenario::{
    ClassId, ClientsFault, Fault, Incident, Operation, RequestClass, Scenario,
};

/// Orders that a worker does later.
fn queued(rate: f64, queue: &[(Parameter, Value)]) -> Scenario {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(rate))],
        ),
        (Kind::Service, "API", &[(Parameter::Cores, number(16.0))]),
        (Kind::Queue, "Orders", queue),
        (
            Kind::Worker,
            "Workers",
            &[
                (Parameter::Cores, number(1.0)),
                (Parameter::ServiceTime, number(20.0)),
            ],
        ),
    ]);
    scenario.classes = vec![RequestClass::new(
        ClassId(1),
        "order",
        Operation::Asynchronous,
    )];
    scenario
}

#[test]
fn work_for_later_is_told_with_what_it_waits_for() {
    let scenario = queued(45.0, &[]);
    let report = analyse(&scenario).report;
    let completion = report.classes[0].completion.expect("it is steady");
    let words = asked(&scenario, Subject::Completion(None));
    says(
        &words,
        &[
            &format!(
                "Work of order is done {} after it was handed over",
                time(completion)
            ),
            "of that is waiting for the only core of Workers, 90 % busy, because 45 /s come and each takes 20 ms.",
        ],
    );
    let offered = found(&scenario, Subject::Completion(None));
    assert!(
        offered
            .iter()
            .any(|own| own.title == "Workers: Cores: 1 → 2")
    );
    for remedy in &offered {
        let after = analyse(&changed(&scenario, remedy)).report.classes[0].completion;
        assert_eq!(
            remedy.effect.measured,
            (Some(completion.0), after.map(|after| after.0)),
            "{}",
            remedy.title
        );
    }
    let mut scenario = scenario;
    scenario.faults = vec![Fault {
        start_seconds: 10.0,
        duration_seconds: Some(20.0),
        incident: Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 3.0 },
        },
    }];
    // A steady state knows nothing of it, and says so.
    says(
        &asked(&scenario, Subject::Completion(None)),
        &["What goes wrong in a run of this is no part of it: "],
    );
    let words = asked(&stage("stage-1"), Subject::Completion(None));
    says(&words, &["Nobody hands anything over"]);
    // Whoever does it before he answers takes as long as the answer.
    let stage = stage("stage-1");
    let class = &stage.classes[0];
    let report = analyse(&stage).report;
    let mean = report.classes[0].latency.expect("it is steady").mean;
    let words = asked(&stage, Subject::Completion(Some(class.id)));
    says(
        &words,
        &[
            &format!(
                "{} hands nothing over: its work is done when it is answered",
                class.name
            ),
            &format!("The mean of {} is {}", class.name, time(mean)),
        ],
    );
}

#[test]
fn a_backlog_without_end_is_told_and_what_ends_it_is_offered() {
    let scenario = queued(75.0, &[]);
    assert_eq!(analyse(&scenario).report.classes[0].completion, None);
    let words = asked(&scenario, Subject::Completion(Some(ClassId(1))));
    says(
        &words,
        &[
            "Work of order is done ever later",
            "150 % of what the 16 threads of Workers can do: 75 /s arrive, 50 /s get through, and the backlog grows by 25 /s.",
            "What holds them is further on: the only core of Workers is asked for 150 % of what it can do.",
        ],
    );
    let offered = found(&scenario, Subject::Completion(Some(ClassId(1))));
    let first = offered.first().expect("something helps");
    assert!(
        first.gain().starts_with("then done in "),
        "{}",
        first.gain()
    );
}

#[test]
fn what_is_handed_out_again_and_given_up_is_told() {
    let scenario = queued(
        20.0,
        &[
            (Parameter::Redelivery, Value::Flag(true)),
            (Parameter::PoisonShare, number(0.1)),
            (Parameter::MaximumReceives, number(3.0)),
        ],
    );
    let words = asked(&scenario, Subject::Completion(None));
    // Nine of ten are taken once, and one of ten three times.
    says(
        &words,
        &[
            "Orders hands a message out 1.2 times on average",
            "10 % always fails, up to 3 times",
        ],
    );
}
