//! Whoever asks about a row that his run has missed is offered a change, or two or three one after the other, with which it holds when that is run; and
//! what is said of each is what its run comes to.

mod shelf;

use loadscape_sim::insight::Remedy;
use loadscape_sim::lesson::{Going, Known, Lesson, Seen, Trials, altered, graded, play};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::steady::Solver;
use shelf::shelf;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Lessons whose wrong ways are asked about, too: this one misses rows of each kind, by too little of anything and by what is left open.
const ASKED: [&str; 3] = ["stage-1", "load-balancer", "cdn"];

/// A row for which nothing that is offered makes it hold: of which lesson, of which of its designs, and which.
type Row = (String, String, String);

/// Designs that have been run.
#[derive(Default)]
struct Runs(HashMap<String, Seen>);

impl Runs {
    fn of(&mut self, scenario: &Scenario) -> Seen {
        let own = self.0.entry(format!("{scenario:?}"));
        own.or_insert_with(|| play(scenario, 60.0).1).clone()
    }
}

/// What is offered for this row of a design in the end, and what was run for it.
fn offered(
    runs: &mut Runs,
    (lesson, task): (&Lesson, &Scenario),
    design: &Scenario,
    index: usize,
) -> (Vec<Remedy>, usize) {
    let mut solver = Solver::new();
    let analysis = loadscape_sim::analysis::analyse(design);
    let seen = runs.of(design);
    let known = (design, &analysis, &seen);
    let mut trials = Trials::begin(&lesson.task, task, known, index).expect("it is missed");
    loop {
        match trials.go_on(&mut solver) {
            Going::Solving => {}
            Going::Over => break,
            Going::Run => {
                let scenario = &trials.running().expect("it is to be run").scenario;
                let seen = runs.of(scenario);
                trials.told(Some(seen));
            }
        }
    }
    assert!(trials.tried() <= trials.most());
    (trials.remedies(&[]), trials.tried())
}

/// The rows that this design misses, each with whether something that is offered makes it hold, and all of them.
fn held(runs: &mut Runs, (lesson, task): (&Lesson, &Scenario), design: &Scenario) -> Vec<String> {
    let objectives = &lesson.task.objectives;
    let analysis = loadscape_sim::analysis::analyse(design);
    let seen = runs.of(design);
    let known = Known {
        scenario: design,
        report: &analysis.report,
        seen: Some(&seen),
    };
    let mut without = Vec::new();
    for (index, row) in objectives.iter().enumerate() {
        if graded(row, &known).met {
            continue;
        }
        let (found, _) = offered(runs, (lesson, task), design, index);
        let mut holds = false;
        for remedy in found.iter().take(10) {
            let bounds = remedy.bounds.as_ref().expect("its rows are judged");
            // What is said of it is what comes of it when it is made and run.
            let mut changed = design.clone();
            remedy.edit.apply(&mut changed);
            changed.faults = loadscape_sim::lesson::aimed(task, &changed);
            assert_eq!(
                altered(&lesson.task, task, &changed),
                [],
                "{}",
                remedy.title
            );
            let (report, seen) = (
                loadscape_sim::analysis::analyse(&changed).report,
                runs.of(&changed),
            );
            let known = Known {
                scenario: &changed,
                report: &report,
                seen: Some(&seen),
            };
            let rows: Vec<_> = objectives.iter().map(|row| graded(row, &known)).collect();
            let missed = rows.iter().filter(|row| !row.met);
            let missed: Vec<String> = missed.map(ToString::to_string).collect();
            assert_eq!(bounds.missed, missed, "{}: {}", lesson.name, remedy.title);
            assert_eq!(bounds.hold + missed.len(), rows.len());
            holds |= rows[index].met;
        }
        if !holds {
            without.push(row.figure.to_string());
        }
    }
    without
}

/// Does this with each lesson, on all cores, and says of which rows it says that nothing makes them hold.
fn without(lessons: &[&Lesson], of: impl Fn(&Lesson) -> Vec<Row> + Sync) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let without = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(own) = lessons.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = of(own);
                    let mut without = without.lock().unwrap_or_else(PoisonError::into_inner);
                    without.extend(found);
                }
            });
        }
    });
    let mut without = without.into_inner().unwrap_or_else(PoisonError::into_inner);
    without.sort();
    without
}

/// Of every lesson, the design that its task begins with.
#[test]
fn every_row_that_is_missed_is_offered_a_change_that_makes_it_hold() {
    let shelf = shelf();
    let all: Vec<&Lesson> = shelf.lessons.iter().collect();
    let found = without(&all, |lesson| {
        let task = shelf.task(lesson).expect("a design");
        let found = held(&mut Runs::default(), (lesson, &task), &task);
        let row = |row| (lesson.name.clone(), "task".to_owned(), row);
        found.into_iter().map(row).collect()
    });
    assert_eq!(found, []);
}

/// Of some lessons, the designs of the ways that don't pass.
#[test]
fn every_row_that_a_wrong_way_misses_is_offered_a_change_that_makes_it_hold() {
    let shelf = shelf();
    let asked = ASKED.map(|name| shelf.lesson(name).expect("it is there"));
    let found = without(&asked, |lesson| {
        let task = shelf.task(lesson).expect("a design");
        let mut runs = Runs::default();
        let mut all = Vec::new();
        for way in lesson.ways.iter().filter(|way| !way.passes) {
            let design = shelf.way(lesson, way).expect("a design");
            let found = held(&mut runs, (lesson, &task), &design);
            let row = |row| (lesson.name.clone(), way.title.clone(), row);
            all.extend(found.into_iter().map(row));
        }
        all
    });
    assert_eq!(found, []);
}
