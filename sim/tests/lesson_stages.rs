//! Each stage opens on the solution of the one before: only the load may grow unsaid, and whatever else has become of it stands in the stage's own words.

mod shelf;

use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{self, Kind, Parameter};
use loadscape_sim::des::{Measure, Settings, Simulation};
use loadscape_sim::insight::{BilledBy, tariff};
use loadscape_sim::lesson::{
    Change, Figure, Known, Lesson, Measured, Shelf, altered, glance, graded, play, put_back, untold,
};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::SECONDS_PER_MONTH;
use serde_json::{Value, json};

const STAGES: [&str; 7] = [
    "stage-0", "stage-1", "stage-2", "stage-3", "stage-4", "stage-5", "stage-6",
];

fn changes(list: Value) -> Vec<Change> {
    serde_json::from_value(list).expect("changes")
}

/// What is said of a stage of which something is different.
fn said(name: &str, change: impl FnOnce(&mut Lesson)) -> Vec<String> {
    let mut shelf: Shelf = shelf::shelf();
    let mut lesson = shelf.lesson(name).expect("there is one").clone();
    change(&mut lesson);
    shelf.lessons.retain(|own| own.name != name);
    shelf.lessons.push(lesson.clone());
    let found = untold(&shelf, &lesson).expect("its designs open");
    // Whoever opens such a file is told without a run.
    let glanced = glance(&shelf, &lesson);
    assert!(found.iter().all(|own| glanced.contains(own)), "{glanced:?}");
    found.iter().map(ToString::to_string).collect()
}

/// A design without what stands in it for people alone.
fn drawn(design: &Scenario) -> Scenario {
    let mut drawn = design.clone();
    drawn.title.clear();
    drawn.notes.clear();
    drawn.faults.clear();
    drawn.objectives.clear();
    drawn
}

#[test]
fn every_stage_tells_what_has_become_of_the_last_ones_solution() {
    let shelf = shelf::shelf();
    for pair in STAGES.windows(2) {
        let lesson = shelf.lesson(pair[1]).expect("there is one");
        let (before, way) = shelf.begins_with(lesson).expect("another's solution");
        assert_eq!((before.name.as_str(), way.passes), (pair[0], true));
        assert_eq!(untold(&shelf, lesson), Ok(Vec::new()), "{}", lesson.name);
        // What a stage needs is there from where it first appears, so that there is little to tell.
        let solved = shelf.way(before, way).expect("a design");
        let start = shelf.start(lesson).expect("a design");
        let is_the_same = drawn(&solved) == drawn(&start);
        let has_a_story = ["stage-4", "stage-6"].contains(&lesson.name.as_str());
        assert_eq!(is_the_same, !has_a_story, "{}", lesson.name);
    }
}

#[test]
fn what_is_changed_unsaid_is_found_with_the_words_that_would_say_it() {
    let begins = "It doesn't tell what is different from the solution that it begins with:";
    let slower = |lesson: &mut Lesson| {
        lesson.start.changes = changes(json!([
            { "set": { "part": "Replica", "to": { "read_time": 9.0 } } }
        ]));
    };
    assert_eq!(
        said("stage-3", slower),
        [format!(
            "start: {begins} the read time of Replica, write {{read_time of Replica}}."
        )]
    );
    let told = |lesson: &mut Lesson| {
        slower(lesson);
        lesson
            .situation
            .push_str(" A read takes {read_time of replica}.");
    };
    assert_eq!(said("stage-3", told), [""; 0]);
    // What the situation says of it is how it was before the event.
    let later = |lesson: &mut Lesson| {
        told(lesson);
        lesson.event.changes.append(&mut lesson.start.changes);
    };
    let of_the_event =
        format!("event: {begins} the read time of Replica, write {{read_time of Replica}}.");
    assert_eq!(said("stage-3", later), [of_the_event]);
    let then = |lesson: &mut Lesson| {
        later(lesson);
        (lesson.event.says).push_str(", and a read takes {read_time of Replica}");
    };
    assert_eq!(said("stage-3", then), [""; 0]);

    let cases: [(Value, &str); 7] = [
        (
            json!({ "add": { "kind": "cache", "name": "Helper", "at": [832, 448] } }),
            "Helper is new, name it",
        ),
        (
            json!({ "remove": "Web servers" }),
            "Web servers is gone, name it",
        ),
        (
            json!({ "rename": { "part": "Load balancer", "to": "Splitter" } }),
            "Splitter was Load balancer, name it",
        ),
        (
            json!({ "class": { "name": "View post", "to": { "zipf_exponent": 1.1 } } }),
            "what View post asks for, add a class for what is new",
        ),
        (
            json!({ "class": { "name": "View post", "to": { "keys": 1000 } } }),
            "the keys of View post, write {keys of View post}",
        ),
        (
            json!({ "unlink": { "from": "Web servers", "to": "Images" } }),
            "Web servers → Images is gone, name both ends",
        ),
        (
            json!({ "remove_zone": "Blog network" }),
            "Blog network is gone, name it",
        ),
    ];
    for (change, what) in cases {
        let found = said("stage-3", |lesson| {
            lesson.start.changes = changes(json!([change]));
        });
        let expected = format!("start: {begins} {what}.");
        assert!(found.contains(&expected), "{expected}\nbut: {found:?}");
    }
    // More users, at other hours, with more posts are what a stage is about.
    let grown = said("stage-3", |lesson| {
        lesson.start.changes = changes(json!([
            { "set": { "part": "Users", "to": { "request_rate": 900.0, "traffic_profile": "daily", "night_share": 0.2 } } },
            { "class": { "name": "View post", "to": { "keys": 3000000, "share": 70 } } },
            { "set": { "part": "Images", "to": { "stored_data": 5000.0 } } }
        ]));
    });
    assert_eq!(grown, [""; 0]);
    let nearer = said("stage-3", |lesson| {
        lesson.start.changes = changes(json!([
            { "set": { "part": "Users", "to": { "client_round_trip": 5.0 } } }
        ]));
    });
    assert_eq!(nearer.len(), 1, "{nearer:?}");
}

/// What comes and goes in a run is paid for as long as it is there, and not for as long as theory would have it.
#[test]
fn machines_that_come_and_go_cost_what_the_run_had_of_them() {
    let shelf = shelf::shelf();
    let lesson = shelf.lesson("stage-4").expect("there is one");
    let way = lesson.ways.iter().find(|way| way.passes).expect("a way");
    let design = shelf.way(lesson, way).expect("a design");
    let seconds = design.run.duration_seconds.expect("its task says how long");
    let analysis = analyse(&design);
    let settings = Settings {
        seed: design.run.seed,
        ..Settings::default()
    };
    let mut run = Simulation::new(&analysis.compiled, &settings);
    for (component, instances) in analysis.first_instances(&design) {
        run.run_instances(component, instances);
    }
    run.run_until(seconds, u64::MAX);
    let mut expected = analysis.report.cost.total.0;
    let mut pools = 0;
    for (measure, dollars) in tariff(&design).charges {
        let Measure::InstanceSeconds(id) = measure else {
            continue;
        };
        let theory = analysis.report.cost.components.iter();
        let theory = theory.filter(|(own, _)| *own == id).map(|(_, own)| own.0);
        let there = run.instance_seconds(id) + run.boot_seconds(id).expect("it scales");
        expected += dollars * SECONDS_PER_MONTH * there / seconds - theory.sum::<f64>();
        pools += 1;
    }
    assert_eq!(pools, 2);
    let (_, seen) = play(&design, 0.0);
    let known = Known {
        scenario: &design,
        report: &analysis.report,
        seen: Some(&seen),
    };
    let cost = Figure::parse("cost").expect("a figure");
    let of_run = cost.of(&known).and_then(Measured::number).expect("dollars");
    assert!(
        (of_run - expected).abs() < 1e-6 * expected,
        "{of_run} {expected}"
    );
    // It takes a while to come and to go, and the evening is above the usual peak.
    assert!(of_run > 1.1 * analysis.report.cost.total.0, "{of_run}");
    assert_eq!(cost.billed_by(&design), Some(BilledBy::Run));
    assert!(cost.is_of_runs(&design));
    // Without the run it is theory's.
    let calm = Known {
        seen: None,
        ..known
    };
    let of_theory = cost.of(&calm).and_then(Measured::number);
    assert_eq!(of_theory, Some(analysis.report.cost.total.0));
    // A run of the busiest hour shows nothing of the night, and one in which nothing scales has nothing to add.
    for (name, by) in [("stage-5", BilledBy::Day), ("cache", BilledBy::Drawing)] {
        let lesson = shelf.lesson(name).expect("there is one");
        let task = shelf.task(lesson).expect("a design");
        assert_eq!(cost.billed_by(&task), Some(by), "{name}");
        assert!(!cost.is_of_runs(&task));
    }
}

/// There is no number of machines that is right all day: as few as bear this evening cost too much.
#[test]
fn no_fixed_number_of_machines_does_for_a_day_and_its_night() {
    let shelf = shelf::shelf();
    let lesson = shelf.lesson("stage-4").expect("there is one");
    let task = shelf.task(lesson).expect("a design");
    let missed = |machines: f64| -> Vec<String> {
        let mut design = task.clone();
        let mut parts = design.components.iter_mut();
        let readers = parts.find(|part| part.name == "Read API");
        let more = (Parameter::Instances, catalog::Value::Number(machines));
        readers.expect("it is drawn").parameters.extend([more]);
        assert_eq!(altered(&lesson.task, &task, &design), []);
        let (analysis, seen) = play(&design, 600.0);
        let known = Known {
            scenario: &design,
            report: &analysis.report,
            seen: Some(&seen),
        };
        let rows = lesson.task.objectives.iter();
        rows.map(|row| graded(row, &known))
            .filter(|row| !row.met)
            .map(|row| row.objective.figure.to_string())
            .collect()
    };
    let (few, enough) = (missed(23.0), missed(24.0));
    assert_eq!(few, ["p95 of View post", "cost"]);
    assert_eq!(enough, ["cost"]);
}

/// Whoever moves the data out of the box doesn't get easier work by that.
#[test]
fn a_database_that_takes_over_a_boxs_data_has_its_work() {
    let shelf = shelf::shelf();
    let lesson = shelf.lesson("stage-1").expect("there is one");
    let task = shelf.task(lesson).expect("a design");
    let mut ways = lesson.ways.iter();
    let way = ways.find(|way| way.passes).expect("it can be passed");
    let solved = shelf.way(lesson, way).expect("a design");
    assert_eq!(altered(&lesson.task, &task, &solved), []);
    let mut easier = solved.clone();
    let mut parts = easier.components.iter_mut();
    let database = parts.find(|part| part.kind == Kind::SqlPrimary);
    let database = database.expect("it is drawn");
    for work in [
        Parameter::ReadTime,
        Parameter::WriteTime,
        Parameter::RowSize,
    ] {
        database.parameters.remove(&work);
    }
    let said: Vec<String> = altered(&lesson.task, &task, &easier)
        .into_iter()
        .map(|own| own.what)
        .collect();
    assert_eq!(
        said,
        [
            "The read time of Blog database is 0.2 ms, and that of Blog server is 4.4 ms: it is asked for the same.",
            "The write time of Blog database is 0.4 ms, and that of Blog server is 2 ms: it is asked for the same.",
            "The row size of Blog database is 500 B, and that of Blog server is 32,000 B: it is asked for the same.",
        ]
    );
    assert_eq!(put_back(&lesson.task, &task, &easier), solved);
}
