//! A lesson's task isn't done by a design that leaves its work undone: that asks nobody for the data, waits for nobody, or refuses those who come.
//! And each has a fault to survive that a design can fail by.

mod shelf;

use loadscape_sim::catalog::{self, Kind, Parameter, Value as ParameterValue};
use loadscape_sim::insight::fault_words;
use loadscape_sim::lesson::{
    Bound, Checked, Graded, Hindrance, Lesson, Measure, Mistake, Shelf, aim_words, aimed,
    aimed_anew, aims, altered, check, grade, play, put_back,
};
use loadscape_sim::network::infer_plan;
use loadscape_sim::scenario::{Call, CallMode, ComponentId, Incident, LinkId, Scenario};
use serde_json::{Value, json};
use shelf::shelf;
use std::collections::BTreeMap;

/// A way of a lesson, with these changes instead of its own.
fn altered_by(name: &str, changes: Value) -> Vec<String> {
    let shelf = shelf();
    let lesson: &Lesson = shelf.lesson(name).expect("there is one");
    let mut way = lesson.ways[0].clone();
    way.changes = serde_json::from_value(changes).expect("changes");
    let task = shelf.task(lesson).expect("a design");
    let now = shelf.way(lesson, &way).expect("a design");
    let found = altered(&lesson.task, &task, &now);
    found.into_iter().map(|altered| altered.what).collect()
}

#[test]
fn a_design_that_leaves_the_work_undone_is_no_solution() {
    assert_eq!(
        altered_by(
            "database",
            json!([{ "unlink": { "from": "Server", "to": "Database" } }])
        ),
        ["View page no longer gets to any database or storage."]
    );
    assert_eq!(
        altered_by(
            "message-queue",
            json!([{ "unlink": { "from": "Workers", "to": "Mail provider" } }])
        ),
        ["Order no longer gets to Mail provider."]
    );
    assert_eq!(
        altered_by(
            "microservices",
            json!([{ "unlink": { "from": "Front", "to": "Reviews" } }])
        ),
        ["View product no longer gets to Reviews."]
    );
    // Asked by somebody else, it is still asked.
    assert_eq!(
        altered_by(
            "message-queue",
            json!([
                { "remove": "Workers" },
                { "remove": "Mail queue" },
                { "link": { "from": "Shop", "to": "Mail provider" } }
            ])
        ),
        [""; 0]
    );
}

#[test]
fn a_lesson_says_which_links_are_encrypted_and_who_travels_along_them() {
    let shelf = shelf();
    let lesson = shelf.lesson("database").expect("there is one");
    let mut way = lesson.ways[0].clone();
    let mut drawn = |changes: Value| {
        way.changes = serde_json::from_value(changes).expect("changes");
        shelf.way(lesson, &way)
    };
    let between = json!({ "from": "Server", "to": "Database" });
    let with = |field: &str, value: Value| {
        let mut own = between.clone();
        own[field] = value;
        own
    };
    let own = |design: &Scenario| design.links[1].clone();
    let set = drawn(json!([{ "set_link": with("encrypted", json!(false)) }])).expect("a design");
    assert!(own(&set).unencrypted && own(&set).classes.is_empty());
    let anew = drawn(json!([
        { "unlink": between },
        { "link": with("encrypted", json!(false)) },
        { "set_link": with("encrypted", json!(true)) },
        { "set_link": with("weight", json!(3)) },
        { "set_link": with("classes", json!(["View page"])) }
    ]));
    let anew = own(&anew.expect("a design"));
    assert_eq!(
        (anew.unencrypted, anew.weight, anew.classes.len()),
        (false, 3.0, 1)
    );
    let nowhere =
        json!([{ "set_link": { "from": "Database", "to": "Server", "encrypted": false } }]);
    assert!(
        drawn(nowhere)
            .expect_err("there is none")
            .contains("no link")
    );
}

/// What becomes of the task's faults in this design, in words.
fn aimed_at(name: &str, changes: Value) -> Vec<String> {
    let shelf = shelf();
    let lesson = shelf.lesson(name).expect("there is one");
    let mut way = lesson.ways[0].clone();
    way.changes = serde_json::from_value(changes).expect("changes");
    let task = shelf.task(lesson).expect("a design");
    let now = shelf.way(lesson, &way).expect("a design");
    assert_eq!(altered(&lesson.task, &task, &now), []);
    assert_eq!(now.faults, aimed(&task, &now));
    (now.faults.iter())
        .map(|fault| fault_words(&now, fault))
        .chain(
            aims(&task, &now)
                .iter()
                .filter_map(|aim| aim_words(&task, &now, aim)),
        )
        .collect()
}

#[test]
fn what_breaks_in_a_task_hits_whatever_stands_in_the_place_of_what_it_names() {
    let add = |name: &str, with: Value| {
        json!([
            { "add": { "kind": "service", "name": name, "at": [304, 176], "with": with } },
            { "link": { "from": "Users", "to": name } }
        ])
    };
    let both = |one: Value, other: Value| {
        let all = [one, other].into_iter();
        Value::Array(
            all.flat_map(|own| own.as_array().cloned().unwrap_or_default())
                .collect(),
        )
    };
    let gone = json!([{ "remove": "Server" }]);
    // Of the same name.
    assert_eq!(
        aimed_at(
            "vertical-scaling",
            both(gone.clone(), add("Server", json!({ "cores": 2 })))
        )[0],
        "Server killed"
    );
    // The busiest: each has a half of the requests, and one has fewer cores for them.
    let two = both(
        add("Left", json!({ "cores": 8 })),
        add("Right", json!({ "cores": 2 })),
    );
    let said = aimed_at("vertical-scaling", both(two.clone(), gone));
    assert_eq!(said[0], "Right killed");
    assert!(
        said[2].contains("“Server killed”") && said[2].contains("Right killed"),
        "{said:?}"
    );
    // The named one is there, but nobody asks it any more.
    let idle = both(
        json!([{ "unlink": { "from": "Users", "to": "Server" } }]),
        two,
    );
    assert_eq!(aimed_at("vertical-scaling", idle)[0], "Right killed");
    // Whoever checks a lesson with such a way is told.
    let shelf = shelf();
    let mut lesson = shelf
        .lesson("vertical-scaling")
        .expect("there is one")
        .clone();
    lesson.ways[0].changes = serde_json::from_value(json!([
        { "add": { "kind": "service", "name": "Left", "at": [304, 176], "with": { "cores": 8, "service_time": 20 } } },
        { "link": { "from": "Users", "to": "Left" } },
        { "remove": "Server" }
    ]))
    .expect("changes");
    let Checked {
        mistakes, texts, ..
    } = check(&shelf, &lesson);
    let spoken = |mistake: &Mistake| mistake.to_string().contains("isn't the learner's");
    assert!(!mistakes.iter().any(spoken), "{mistakes:?}");
    let hits = texts
        .iter()
        .filter(|(place, text)| place == "way 1" && text.contains("Left killed"));
    assert_eq!(hits.count(), 1, "{texts:?}");
    // There is none of its kind: only the rush is left.
    let functions = json!([
        { "remove": "Server" },
        { "add": { "kind": "function", "name": "Answer", "at": [304, 40], "with": { "service_time": 20 } } },
        { "link": { "from": "Users", "to": "Answer" } }
    ]);
    let said = aimed_at("vertical-scaling", functions);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[1].contains("“Server killed” has nothing to hit") && said[1].contains("no service"),
        "{said:?}"
    );
}

/// The design with a part taken away and drawn anew under another name, as somebody does who tidies up.
fn rebuilt(design: &Scenario, id: ComponentId) -> Scenario {
    let mut built = design.clone();
    let new = built.next_component_id();
    let mut names = BTreeMap::new();
    let mut next = built.next_link_id().0;
    for link in &mut built.links {
        if link.from == id || link.to == id {
            names.insert(link.id, LinkId(next));
            link.id = LinkId(next);
            next += 1;
            for end in [&mut link.from, &mut link.to] {
                if *end == id {
                    *end = new;
                }
            }
        }
    }
    for part in &mut built.components {
        if part.id == id {
            (part.id, part.name) = (new, format!("{} anew", part.name));
        }
        let steps = part.plans.iter_mut().flat_map(|plan| &mut plan.steps);
        for call in steps.flat_map(|step| &mut step.calls) {
            call.link = names.get(&call.link).copied().unwrap_or(call.link);
        }
    }
    let mut faults = std::mem::take(&mut built.faults);
    faults.retain(|fault| fault.has_its_place(&built));
    built.faults = faults;
    built
}

#[test]
fn a_part_that_was_taken_away_and_built_anew_leaves_the_grade_as_it_was() {
    for_each_lesson(|shelf, lesson| {
        let task = shelf.task(lesson).expect("a design");
        let hit: Vec<ComponentId> = (task.faults.iter())
            .filter_map(|fault| match fault.incident {
                Incident::Component { id, .. } => Some(id),
                _ => None,
            })
            .collect();
        let passing = lesson.ways.iter().find(|way| way.passes);
        let failing = lesson.ways.iter().find(|way| !way.passes);
        for way in passing.into_iter().chain(failing) {
            let design = shelf.way(lesson, way).expect("a design");
            for id in &hit {
                if design.component(*id).is_none() {
                    continue;
                }
                let mut built = rebuilt(&design, *id);
                let at = format!("{}: {}", lesson.name, way.title);
                built.faults = aimed_anew(&task, &built).expect(&at);
                assert_eq!(built.faults.len(), task.faults.len(), "{at}");
                assert_eq!(altered(&lesson.task, &task, &built), [], "{at}");
                let (analysis, seen) = play(&built, 60.0);
                let grade = grade(&lesson.task, &built, &analysis.report, &seen);
                assert_eq!(grade.passed(), way.passes, "{at}: {grade:?}");
            }
        }
    });
}

#[test]
fn a_database_drawn_anew_has_the_same_work_to_do() {
    let shelf = shelf();
    let mut redrawn = 0;
    for lesson in &shelf.lessons {
        let task = shelf.task(lesson).expect("a design");
        for part in task
            .components
            .iter()
            .filter(|part| part.kind.is_database())
        {
            let usual = |parameter| {
                catalog::parameter(part.kind, parameter).map(|specification| specification.default)
            };
            if part.value(Parameter::ReadTime) == usual(Parameter::ReadTime) {
                continue;
            }
            redrawn += 1;
            let mut drawn = rebuilt(&task, part.id);
            let new = drawn.next_component_id().0 - 1;
            let mut parts = drawn.components.iter_mut();
            let new = parts.find(|own| own.id.0 == new).expect("it is drawn");
            new.parameters.clear();
            let name = new.name.clone();
            let said = format!("The read time of {name} is ");
            let found = altered(&lesson.task, &task, &drawn);
            assert!(
                (found.iter()).any(|own| own.what.starts_with(&said)),
                "{}: {found:?}",
                lesson.name
            );
            let mended = put_back(&lesson.task, &task, &drawn);
            let found = altered(&lesson.task, &task, &mended);
            assert!(
                (found.iter()).all(|own| !own.what.starts_with(&said)),
                "{}: {found:?}",
                lesson.name
            );
        }
    }
    assert!(redrawn > 5, "{redrawn}");
}

#[test]
fn a_stage_can_be_gone_on_with_by_other_solutions_of_the_one_before_than_its_own() {
    let shelf = shelf();
    let mut others = 0;
    for lesson in &shelf.lessons {
        let Some(before) = &lesson.start.solution_of else {
            continue;
        };
        let before = shelf.lesson(before).expect("it is there");
        let task = shelf.task(lesson).expect("a design");
        for (place, way) in before.ways.iter().filter(|way| way.passes).enumerate() {
            let own = shelf.way(before, way).expect("a design");
            let design = shelf.go_on_with(lesson, &own);
            if place == 0 {
                // The first is what the lesson begins with.
                assert_eq!(design.as_ref(), Ok(&task), "{}", lesson.name);
            } else if let Ok(design) = design {
                assert_eq!(altered(&lesson.task, &task, &design), [], "{}", lesson.name);
                assert_eq!(design.run, task.run);
                // Where there is no part of the kind, there is nothing to hit.
                assert_eq!(design.faults, aimed(&task, &design));
                others += 1;
            }
        }
    }
    assert!(others >= 3, "{others}");
    // Where nothing is begun with another's solution there is nothing to go on with.
    let alone = shelf.lesson("database").expect("it is there");
    let design = shelf.task(alone).expect("a design");
    assert_eq!(shelf.go_on_with(alone, &design), Err(Hindrance::Alone));
}

#[test]
fn who_cannot_go_on_with_a_design_is_told_what_it_lacks_and_can_by_its_name() {
    let shelf = shelf();
    let lesson = shelf.lesson("stage-4").expect("it is there");
    let task = shelf.task(lesson).expect("a design");
    let before = shelf.lesson("stage-3").expect("it is there");
    let way = before.ways.iter().find(|way| way.passes).expect("a way");
    let mut own = shelf.way(before, way).expect("a design");
    let part = |design: &mut Scenario, name: &str, to: &str| {
        let part = design.components.iter_mut().find(|part| part.name == name);
        part.expect("it is there").name = to.to_owned();
    };
    part(&mut own, "Read API", "Readers");
    let Err(Hindrance::Change(why)) = shelf.go_on_with(lesson, &own) else {
        panic!("the part that changes has another name");
    };
    assert!(
        why.contains("no part \"Read API\"") && why.contains("Readers"),
        "{why}"
    );
    part(&mut own, "Readers", "Read API");
    assert_eq!(shelf.go_on_with(lesson, &own), Ok(task));
    // Work that is less than the lesson's is no ground to be graded on.
    let users = own
        .components
        .iter_mut()
        .find(|part| part.kind == Kind::Clients);
    let users = users.expect("somebody sends");
    users
        .parameters
        .insert(Parameter::ClientRoundTrip, ParameterValue::Number(1.0));
    assert!(matches!(
        shelf.go_on_with(lesson, &own),
        Err(Hindrance::Work(_))
    ));
}

/// What each part of a design but the senders calls, all of it, with something done to each call.
fn every_call(design: &Scenario, change: fn(&mut Call)) -> Scenario {
    let mut changed = design.clone();
    for part in &mut changed.components {
        // Which machine of several answers is the balancer's affair.
        if matches!(part.kind, Kind::Clients | Kind::LoadBalancer) {
            continue;
        }
        for class in &design.classes {
            let mut plan = infer_plan(design, part.id, class.id);
            if let Some(written) = part.plans.iter().find(|plan| plan.class == class.id) {
                plan = written.clone();
            }
            (plan.steps.iter_mut())
                .flat_map(|step| &mut step.calls)
                .for_each(change);
            part.plans.retain(|plan| plan.class != class.id);
            if !plan.steps.is_empty() {
                part.plans.push(plan);
            }
        }
    }
    changed
}

#[test]
fn no_lesson_is_passed_by_calling_nobody_or_by_waiting_for_nobody() {
    let shelf = shelf();
    for lesson in &shelf.lessons {
        let task = shelf.task(lesson).expect("a design");
        for way in lesson.ways.iter().filter(|way| way.passes) {
            let solved = shelf.way(lesson, way).expect("a design");
            assert_eq!(
                altered(&lesson.task, &task, &solved),
                [],
                "{}: {}",
                lesson.name,
                way.title
            );
            let idle = every_call(&solved, |call| call.probability = 0.0);
            let hasty = every_call(&solved, |call| call.mode = CallMode::FireAndForget);
            let by_half = every_call(&solved, |call| call.count *= 0.5);
            let mut left_undone = vec![];
            if calls_for_work(&task, lesson) {
                left_undone.extend([("no calls", &idle), ("half of the calls", &by_half)]);
            }
            let keeps = |kind: Kind| {
                matches!(
                    kind,
                    Kind::SqlPrimary
                        | Kind::ShardedDatabase
                        | Kind::FederatedDatabase
                        | Kind::KeyValueStore
                        | Kind::ObjectStorage
                )
            };
            if task.components.iter().any(|part| keeps(part.kind)) {
                left_undone.push(("nobody who waits", &hasty));
            }
            for (how, design) in left_undone {
                let found = altered(&lesson.task, &task, design);
                assert_ne!(found, [], "{}: {} with {how}", lesson.name, way.title);
            }
            let back = put_back(&lesson.task, &task, &idle);
            let left = altered(&lesson.task, &task, &back);
            assert_eq!(left, [], "{}: {} put back", lesson.name, way.title);
        }
    }
}

/// Whether a task's requests ask anybody who keeps data, is outside, or is named.
fn calls_for_work(task: &Scenario, lesson: &Lesson) -> bool {
    let has = |kind: Kind| task.components.iter().any(|part| part.kind == kind);
    !lesson.task.asks.is_empty()
        || [
            Kind::SqlPrimary,
            Kind::ShardedDatabase,
            Kind::ThirdPartyApi,
            Kind::ObjectStorage,
        ]
        .into_iter()
        .any(has)
}

/// Does this with every lesson, on two threads.
fn for_each_lesson(what: impl Fn(&Shelf, &Lesson) + Sync) {
    let shelf = shelf();
    std::thread::scope(|scope| {
        for lessons in shelf.lessons.chunks(shelf.lessons.len().div_ceil(2)) {
            let (shelf, what) = (&shelf, &what);
            scope.spawn(move || lessons.iter().for_each(|lesson| what(shelf, lesson)));
        }
    });
}

#[test]
fn no_lesson_is_passed_by_refusing_those_who_come() {
    for_each_lesson(|shelf, lesson| {
        let task = shelf.task(lesson).expect("a design");
        for threads in [1.0, 8.0] {
            let mut closed = task.clone();
            for part in &mut closed.components {
                if part.kind == Kind::Service {
                    part.parameters
                        .insert(Parameter::Threads, ParameterValue::Number(threads));
                    part.parameters
                        .insert(Parameter::QueueLimit, ParameterValue::Number(0.0));
                }
            }
            let (analysis, seen) = play(&closed, 60.0);
            let grade = grade(&lesson.task, &closed, &analysis.report, &seen);
            assert!(
                !grade.passed(),
                "{} with {threads} threads: {grade:?}",
                lesson.name
            );
        }
    });
}

#[test]
fn every_task_bounds_latency_success_and_cost_and_has_a_fault_within_its_run() {
    let shelf = shelf();
    for lesson in &shelf.lessons {
        let name = &lesson.name;
        let bounds = |measures: &[Measure]| {
            let mut objectives = lesson.task.objectives.iter();
            objectives.any(|objective| measures.contains(&objective.figure.measure))
        };
        // Where work is handed over, the time until it is done is what somebody waits for.
        let latency = [
            Measure::Mean,
            Measure::P50,
            Measure::P95,
            Measure::P99,
            Measure::Completion,
        ];
        assert!(bounds(&latency), "{name} bounds no latency");
        assert!(
            bounds(&[Measure::Success, Measure::Goodput]),
            "{name} bounds no success"
        );
        assert!(bounds(&[Measure::Cost]), "{name} bounds no cost");
        let task = shelf.task(lesson).expect("a design");
        assert!(!task.faults.is_empty(), "{name} has no fault to survive");
        let seconds = task.run.duration_seconds.expect("its task says how long");
        for fault in &task.faults {
            let last = fault.end_seconds().unwrap_or(fault.start_seconds);
            assert!(last < seconds, "{name} ends before its fault: {fault:?}");
        }
    }
}

/// By how much a figure is worse in one run than in another, as a share of its bound; of requests that succeed, it is those that don't that count.
fn worse(now: &Graded, before: &Graded) -> f64 {
    let (Some(is), Some(was)) = (now.measured, before.measured) else {
        // What too few are left to measure is as bad as can be.
        return if before.measured.is_some() { 1.0 } else { 0.0 };
    };
    match now.objective.bound() {
        Bound::AtMost(most) if most > 0.0 => (is - was) / most,
        Bound::AtMost(_) => is - was,
        Bound::AtLeast(least) if least < 1.0 => (was - is) / (1.0 - least),
        Bound::AtLeast(least) => (was - is) / least,
    }
}

#[test]
fn what_goes_wrong_in_a_task_is_felt_by_a_design_that_fails() {
    for_each_lesson(|shelf, lesson| {
        let graded = |design: &Scenario| {
            let (analysis, seen) = play(design, 60.0);
            grade(&lesson.task, design, &analysis.report, &seen)
        };
        let failing = lesson.ways.iter().filter(|way| !way.passes);
        let mut designs = std::iter::once(shelf.task(lesson))
            .chain(failing.map(|way| shelf.way(lesson, way)))
            .map(|design| design.expect("a design"));
        let is_felt = designs.any(|design| {
            let mut spared = design.clone();
            spared.faults.clear();
            let (now, before) = (graded(&design), graded(&spared));
            // As clearly as docs/lessons.md asks a way to miss its bounds.
            (now.objectives.iter().zip(&before.objectives))
                .any(|(now, before)| !now.met && worse(now, before) >= 1.0 / 6.0)
        });
        assert!(is_felt, "{}: nobody feels what goes wrong", lesson.name);
    });
}
