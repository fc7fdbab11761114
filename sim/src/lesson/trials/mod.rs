//! What would make a row of a task hold that its run has shown to fail: changes at the parts where that showed, each run as the task is run, and
//! then further changes of those that came nearest. Which are run first is a matter of rules; what a change brings is what its run shows. It runs
//! nothing itself: whoever asks is told what to run next, and tells what came of it.

mod near;
mod places;

use super::aim::aimed_anew;
use super::bounds::bounds;
use super::figure::{Known, Measure, class};
use super::forms::Task;
use super::grade::{Graded, graded};
use super::same::{altered, is_given};
use super::seen::Seen;
use super::why::subject;
use crate::analysis::{Analysis, analyse_with};
use crate::insight::{Bounds, Change, Edit, Remedy, Search, Subject, changes_at, savings_at};
use crate::report::Report;
use crate::scenario::{Scenario, validate};
use crate::steady::{Precision, Solver};
use near::{Knob, LEAST, bound, expected, far, further, knob, whole};
use places::{dear, places, strains};
use std::collections::VecDeque;

/// Changes of the design that are run, and of each changed design that is changed once more; fewer where runs are long.
const FIRST: usize = 24;
const THEN: usize = 8;
/// Changed designs that are changed once more.
const MOST_GROWN: usize = 4;
/// Two designs whose rows are all as far from their bounds, to so much, are changed once more only once.
const ALIKE: f64 = 0.02;
/// Changes one after the other.
const MOST_STEPS: usize = 3;
/// Requests that all runs together may send, beyond which no more than the fewest are made.
const MOST_REQUESTS: f64 = 8e6;
const FEWEST: usize = 16;
/// After so many changes that keep all rows nobody looks for more.
const ENOUGH: usize = 3;
/// Changes that are weighed at most.
const MOST_WEIGHED: usize = 300;
/// What helps in theory that is tried before anything else.
const MOST_STEADY: usize = 4;
/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    /// A design has been solved; there is more to be done.
    Solving,
    /// A design is to be run: [`Trials::running`].
    Run,
    /// Nothing.
    Over,
}

/// A design that is to be run.
#[derive(Clone, Debug)]
pub struct Running {
    /// The changes that lead to it.
    pub title: String,
    /// The design.
    pub scenario: Scenario,
    /// What theory says of it.
    pub analysis: Analysis,
    of: Step,
}

/// A change of a design that has been run.
#[derive(Clone, Debug)]
struct Step {
    /// The place of that design among those that have been run.
    parent: usize,
    /// The change of it.
    last: Change,
    /// The change of the first design.
    whole: Change,
}

/// A design that has been run.
#[derive(Clone, Debug)]
struct Ran {
    step: Option<Step>,
    scenario: Scenario,
    analysis: Analysis,
    seen: Seen,
    rows: Vec<Graded>,
    /// By row, how far it is from its bound, 0 where it holds.
    far: Vec<f64>,
    grown: bool,
    /// What is offered of it, where anything is.
    offered: Option<Remedy>,
}

impl Ran {
    fn missed(&self) -> usize {
        self.rows.iter().filter(|row| !row.met).count()
    }

    fn is_changed_once(&self) -> bool {
        self.step.as_ref().is_some_and(|step| step.parent == 0)
    }
}

/// A change with what theory expects of it.
struct Weighed {
    change: Change,
    /// Rows that are missed in calm.
    missed: usize,
    /// How much nearer the row that is asked about comes to its bound, at worst.
    gain: f64,
    /// Dollars that it adds to a month.
    cost: f64,
}

/// What is being done.
enum Doing {
    /// Looks for what helps in theory.
    Seeking(Box<Search>),
    /// Weighs changes, the last of these first.
    Weighing(Vec<Change>, Vec<Weighed>, Vec<Report>),
    /// Runs them.
    Running,
    Over,
}

/// The changes that are tried for the sake of a row.
pub struct Trials {
    task: Task,
    given: Scenario,
    index: usize,
    subject: Subject,
    ran: Vec<Ran>,
    doing: Doing,
    /// Which design is being changed.
    grows: usize,
    waiting: VecDeque<Step>,
    running: Option<Box<Running>>,
    failed: usize,
    most: usize,
    problems: usize,
    remarks: usize,
}

impl Trials {
    /// Begins with a design that was run, of which this row is missed; `None` where it isn't, or nothing answers for it.
    pub fn begin(
        task: &Task,
        given: &Scenario,
        (drawn, analysis, seen): (&Scenario, &Analysis, &Seen),
        index: usize,
    ) -> Option<Trials> {
        let known = Known {
            scenario: drawn,
            report: &analysis.report,
            seen: Some(seen),
        };
        let objective = task.objectives.get(index)?;
        if graded(objective, &known).met {
            return None;
        }
        let subject = subject(objective, &known)?;
        let root = ran(task, None, (drawn.clone(), analysis.clone(), seen.clone()));
        let sent: f64 = seen.classes.iter().map(|(_, own)| own.offered).sum();
        let affordable = (MOST_REQUESTS / sent.max(1.0)) as usize;
        let mut trials = Trials {
            task: task.clone(),
            given: given.clone(),
            index,
            subject,
            problems: validate(drawn).len(),
            remarks: analysis.compiled.notes.len(),
            ran: vec![root],
            doing: Doing::Over,
            grows: 0,
            waiting: VecDeque::new(),
            running: None,
            failed: 0,
            most: affordable.clamp(FEWEST, FIRST + MOST_GROWN * THEN),
        };
        trials.grow(0);
        Some(trials)
    }

    /// How many changes have been run.
    pub fn tried(&self) -> usize {
        self.ran.len() - 1 + self.failed
    }

    /// How many are run at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// What is to be run, as long as nobody has told what came of it.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_deref()
    }

    /// Tells what the run has shown; `None` where it couldn't be made.
    pub fn told(&mut self, seen: Option<Seen>) {
        let Some(running) = self.running.take() else {
            return;
        };
        match seen {
            None => self.failed += 1,
            Some(seen) => {
                let Running {
                    scenario,
                    analysis,
                    of,
                    ..
                } = *running;
                let own = ran(&self.task, Some(of), (scenario, analysis, seen));
                let place = self.ran.len();
                self.ran.push(own);
                if self.is_offered(place) {
                    self.ran[place].offered = Some(self.remedy(place));
                }
            }
        }
    }

    /// Goes on until a design has been solved or is to be run.
    pub fn go_on(&mut self, solver: &mut Solver) -> Going {
        if self.running.is_some() {
            return Going::Run;
        }
        match std::mem::replace(&mut self.doing, Doing::Over) {
            Doing::Over => return Going::Over,
            Doing::Seeking(mut search) => {
                let design = &self.ran[self.grows];
                let (scenario, report) = (&design.scenario, &design.analysis.report);
                let objectives = &self.task.objectives;
                let judge = |scenario: &Scenario, report: &Report| {
                    bounds(objectives, &calm(scenario, report))
                };
                let more = search.go_on_judged(solver, scenario, report, Some(&judge));
                self.doing = match more {
                    true => Doing::Seeking(search),
                    false => self.candidates(solver, search.finish(report)),
                };
            }
            Doing::Weighing(mut changes, mut weighed, strains) => {
                if let Some(change) = changes.pop() {
                    weighed.extend(self.weigh(solver, change, &strains));
                    self.doing = Doing::Weighing(changes, weighed, strains);
                } else {
                    self.choose(weighed);
                    self.doing = Doing::Running;
                }
            }
            Doing::Running => return self.run_next(solver),
        }
        Going::Solving
    }

    /// Begins to change the design at this place.
    fn grow(&mut self, place: usize) {
        self.grows = place;
        let design = &mut self.ran[place];
        design.grown = true;
        let search = Search::begin(&design.scenario, &design.analysis, self.subject);
        self.doing = Doing::Seeking(Box::new(search));
    }

    /// What may be tried: what helps in theory, and what the run suggests.
    fn candidates(&self, solver: &mut Solver, steady: Vec<Remedy>) -> Doing {
        let design = &self.ran[self.grows];
        let (scenario, analysis) = (&design.scenario, &design.analysis);
        let strains = strains(solver, scenario, analysis);
        let steady = steady.into_iter().take(MOST_STEADY).map(|own| Change {
            title: own.title,
            edit: own.edit,
            saves: own.saves,
            far: 0,
        });
        let mut changes: Vec<Change> = steady.collect();
        let free = |kind, parameter| !is_given(kind, parameter);
        let figure = &self.task.objectives[self.index].figure;
        if figure.measure == Measure::Cost {
            changes.extend(savings_at(scenario, &dear(analysis), &free));
        } else if figure.is_of_runs(scenario) {
            let class = (figure.of.as_ref()).and_then(|name| class(scenario, name));
            let places = places(scenario, analysis, &strains, (&design.seen, class));
            changes.extend(changes_at(scenario, &analysis.report, &places, &free));
        }
        let mut kept: Vec<Change> = Vec::with_capacity(changes.len());
        for change in changes {
            if kept.iter().all(|other| other.edit != change.edit) {
                kept.push(change);
            }
        }
        kept.truncate(MOST_WEIGHED);
        kept.reverse();
        Doing::Weighing(kept, Vec::new(), strains)
    }

    /// The design with a change, as it would be run; `None` where that is no design that could be graded.
    fn changed(&self, scenario: &Scenario, edit: &Edit) -> Option<Scenario> {
        let mut changed = scenario.clone();
        edit.apply(&mut changed);
        if let Some(faults) = aimed_anew(&self.given, &changed) {
            changed.faults = faults;
        }
        let is_sound = validate(&changed).len() <= self.problems;
        (is_sound && altered(&self.task, &self.given, &changed).is_empty()).then_some(changed)
    }

    /// What theory expects of a change; `None` where it makes no design that could be graded, or one that does nothing where something is asked for.
    fn weigh(&self, solver: &mut Solver, change: Change, strains: &[Report]) -> Option<Weighed> {
        let design = &self.ran[self.grows];
        let changed = self.changed(&design.scenario, &change.edit)?;
        let analysis = analyse_with(solver, &changed, Precision::Fast);
        if analysis.compiled.notes.len() > self.remarks {
            return None;
        }
        let own = places::strains(solver, &changed, &analysis);
        let objective = &self.task.objectives[self.index];
        let worst = |scenario: &Scenario, report: &Report, strains: &[Report]| {
            let all = strains.iter().chain([report]);
            all.map(|report| expected(objective, &calm(scenario, report)))
                .fold(0.0, f64::max)
        };
        let before = worst(&design.scenario, &design.analysis.report, strains);
        let after = worst(&changed, &analysis.report, &own);
        let known = calm(&changed, &analysis.report);
        let rows = self.task.objectives.iter();
        let missed =
            rows.filter(|row| !row.figure.measure.needs_a_run() && !graded(row, &known).met);
        Some(Weighed {
            missed: missed.count(),
            gain: before - after,
            cost: (analysis.report.cost.total - design.analysis.report.cost.total).0,
            change,
        })
    }

    /// Puts those first that theory expects most of, in turn with those that are nearest at hand; of a design that was changed, in turn with what has
    /// helped the rows that it misses, and with what goes on with its change.
    fn choose(&mut self, weighed: Vec<Weighed>) {
        let design = &self.ran[self.grows];
        let bill = design.analysis.report.cost.total.0;
        let least = (0.01 * bill).max(1.0);
        let objective = &self.task.objectives[self.index];
        let is_money = objective.figure.measure == Measure::Cost;
        let (mut expected, mut others): (Vec<Weighed>, Vec<Weighed>) =
            (weighed.into_iter()).partition(|own| own.gain > LEAST || is_money);
        let worth = |own: &Weighed| match is_money {
            true => -own.cost,
            false => own.gain / own.cost.max(least),
        };
        expected.sort_by(|one, other| {
            let key = |own: &Weighed| own.missed;
            (key(one).cmp(&key(other))).then_with(|| worth(other).total_cmp(&worth(one)))
        });
        others.sort_by_key(|own| (own.missed, own.change.far));
        let changes = |all: Vec<Weighed>| knob_by_knob(all.into_iter().map(|own| own.change));
        let (expected, others) = (changes(expected), changes(others));
        let place = self.grows;
        let (ranked, most) = match &design.step {
            None => (in_turn([expected, others]), FIRST.min(self.most)),
            Some(step) => {
                let all = || expected.iter().chain(&others);
                let helped = self.helped(place);
                let known = helped
                    .iter()
                    .filter_map(|title| all().find(|own| own.title == *title));
                let known = knob_by_knob(known.cloned());
                let on = all().filter(|own| further(&step.last, own).is_some());
                let on: Vec<Change> = on.cloned().collect();
                let is_new = |own: &&Change| !known.contains(own) && !on.contains(own);
                let new = expected.iter().filter(is_new).cloned().collect();
                (in_turn([new, known, on]), THEN)
            }
        };
        let parent = self.grows;
        let steps = ranked.into_iter().take(most).map(|last| Step {
            parent,
            whole: whole(design.step.as_ref().map(|step| &step.whole), &last),
            last,
        });
        self.waiting = steps.collect();
    }

    /// The changes of the first design that brought a row nearer to its bound which this one misses, by how near.
    fn helped(&self, place: usize) -> Vec<String> {
        let (root, own) = (&self.ran[0], &self.ran[place]);
        let mut found: Vec<(f64, String)> = Vec::new();
        for (row, _) in own.far.iter().enumerate().filter(|(_, far)| **far > 0.0) {
            for other in self.ran.iter().filter(|other| other.is_changed_once()) {
                if let Some(step) = &other.step
                    && other.far[row] < root.far[row] - LEAST
                {
                    found.push((other.far[row], step.last.title.clone()));
                }
            }
        }
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        found.into_iter().map(|(_, title)| title).collect()
    }

    fn run_next(&mut self, solver: &mut Solver) -> Going {
        let passed = self.ran.iter().filter(|own| own.missed() == 0).count();
        if passed >= ENOUGH || self.tried() >= self.most {
            return Going::Over;
        }
        self.doing = Doing::Running;
        let Some(of) = self.waiting.pop_front() else {
            let Some(place) = self.nearest() else {
                self.doing = Doing::Over;
                return Going::Over;
            };
            self.grow(place);
            return Going::Solving;
        };
        let parent = &self.ran[of.parent].scenario;
        if let Some(scenario) = self.changed(parent, &of.last.edit)
            && self.ran.iter().all(|own| own.scenario != scenario)
        {
            let analysis = analyse_with(solver, &scenario, Precision::Fast);
            self.running = Some(Box::new(Running {
                title: of.whole.title.clone(),
                scenario,
                analysis,
                of,
            }));
            return Going::Run;
        }
        Going::Solving
    }

    /// The changed design that comes nearest to what is asked for and hasn't been changed once more.
    fn nearest(&self) -> Option<usize> {
        let grown = self.ran.iter().skip(1).filter(|own| own.grown).count();
        if grown >= MOST_GROWN {
            return None;
        }
        let root = &self.ran[0];
        let all_far = |own: &Ran| own.far.iter().fold(0.0, |sum, far| sum + far);
        // By turns what keeps most rows, and what keeps the row that was asked about.
        let key = |own: &Ran| {
            let (missed, asked) = (own.missed(), usize::from(!own.rows[self.index].met));
            let first = match grown % 2 {
                0 => (missed, asked),
                _ => (asked, missed),
            };
            (first, all_far(own))
        };
        let nearer = |own: &Ran| {
            let alike = |other: &Ran| {
                let mut pairs = own.far.iter().zip(&other.far);
                pairs.all(|(one, other)| (one - other).abs() < ALIKE)
            };
            let is_new = !self.ran.iter().any(|other| other.grown && alike(other));
            let asked = own.far[self.index] < root.far[self.index] - LEAST;
            let is_new = is_new && self.adds(own);
            is_new && (asked || own.missed() < root.missed())
        };
        let all = self.ran.iter().enumerate();
        let own = all.filter(|(place, own)| {
            let steps = self.steps(*place);
            (1..MOST_STEPS).contains(&steps) && !own.grown && own.missed() > 0
        });
        own.filter(|(_, own)| nearer(own))
            .min_by(|(_, one), (_, other)| {
                let (one, other) = (key(one), key(other));
                one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
            })
            .map(|(place, _)| place)
    }

    /// How many changes lead to the design at this place.
    fn steps(&self, place: usize) -> usize {
        let parents = std::iter::successors(self.ran[place].step.as_ref(), |step| {
            self.ran[step.parent].step.as_ref()
        });
        parents.count()
    }

    /// What is offered: what theory found, with what its runs have shown of it, and what helped in a run besides. While there is more to run, in the
    /// order in which it was found, so that nothing jumps; then those first that keep all rows, then those that keep the row that was asked
    /// about, of these those that keep most, and of these by how much nearer to its bound they bring that for the money. What its run has shown not to help isn't offered.
    pub fn remedies(&self, steady: &[Remedy]) -> Vec<Remedy> {
        let is_over = matches!(self.doing, Doing::Over) && self.running.is_none();
        let root = &self.ran[0];
        let mut found: Vec<(Option<usize>, Remedy)> = Vec::new();
        for own in steady {
            let run = self.ran.iter().position(|ran| {
                let step = ran.step.as_ref();
                step.is_some_and(|step| step.whole.edit == own.edit)
            });
            match run {
                None => found.push((None, own.clone())),
                Some(place) => {
                    let offered = self.ran[place].offered.clone();
                    found.extend(offered.map(|remedy| (Some(place), remedy)));
                }
            }
        }
        for (place, own) in self.ran.iter().enumerate() {
            let known = found.iter().any(|(known, _)| *known == Some(place));
            let offered = own.offered.clone().filter(|_| !known);
            found.extend(offered.map(|remedy| (Some(place), remedy)));
        }
        if is_over {
            let least = (0.01 * root.analysis.report.cost.total.0).max(1.0);
            let key = |(place, remedy): &(Option<usize>, Remedy)| {
                let (missed, own, worth) = match place {
                    // Nobody knows what it would come to.
                    None => (usize::MAX, false, 0.0),
                    Some(place) => {
                        let own = &self.ran[*place];
                        let gain = root.far[self.index] - own.far[self.index];
                        let cost = remedy.effect.cost.0;
                        let worth = match remedy.saves {
                            true => -cost,
                            false => gain / cost.max(least),
                        };
                        (own.missed(), !own.rows[self.index].met, worth)
                    }
                };
                ((missed > 0, own, missed, remedy.unpriced), worth)
            };
            found.sort_by(|one, other| {
                let (one, other) = (key(one), key(other));
                one.0.cmp(&other.0).then(other.1.total_cmp(&one.1))
            });
        }
        found.into_iter().map(|(_, remedy)| remedy).collect()
    }

    /// Whether a change brings the row nearer to its bound; one of two steps only where it keeps more rows than the first of them, or comes nearer.
    fn is_offered(&self, place: usize) -> bool {
        let (root, own) = (&self.ran[0], &self.ran[place]);
        let row = self.index;
        let nearer = own.rows[row].met || own.far[row] < root.far[row] - LEAST;
        own.step.is_some() && nearer && self.adds(own)
    }

    /// Whether the last of several changes makes more rows hold, or brings the one that was asked about nearer to its bound.
    fn adds(&self, own: &Ran) -> bool {
        own.step.as_ref().is_none_or(|step| {
            let (parent, row) = (&self.ran[step.parent], self.index);
            let fewer = own.missed() < parent.missed();
            let nearer = own.far[row] < parent.far[row] - LEAST;
            step.parent == 0 || fewer || own.missed() == parent.missed() && nearer
        })
    }

    fn remedy(&self, place: usize) -> Remedy {
        let (root, own) = (&self.ran[0], &self.ran[place]);
        let figure = &self.task.objectives[self.index].figure;
        let written = |ran: &Ran| {
            let row = &ran.rows[self.index];
            row.measured.map_or_else(
                || figure.measure.unseen().to_owned(),
                |value| figure.measure.write_beside(value, bound(&row.objective)),
            )
        };
        let missed = own.rows.iter().filter(|row| !row.met);
        let bounds = Bounds {
            hold: own.rows.len() - own.missed(),
            missed: missed.map(ToString::to_string).collect(),
            ran: Some(format!("{figure} {} → {}", written(root), written(own))),
            ..Bounds::default()
        };
        let change = own.step.as_ref().map(|step| &step.whole);
        let nothing = Change {
            title: String::new(),
            edit: Edit::Several(Vec::new()),
            saves: false,
            far: 0,
        };
        Remedy::tried(
            change.unwrap_or(&nothing),
            self.subject,
            (&root.scenario, &root.analysis),
            (&own.scenario, &own.analysis),
            bounds,
        )
    }
}

/// Of each knob the first way to turn it, in this order, before the second of any.
fn knob_by_knob(changes: impl Iterator<Item = Change>) -> Vec<Change> {
    let mut seen: Vec<(Option<Knob>, usize)> = Vec::new();
    let mut ranked: Vec<(usize, Change)> = Vec::new();
    for change in changes {
        let own = knob(&change.edit);
        let times = match seen
            .iter_mut()
            .find(|(known, _)| own.is_some() && *known == own)
        {
            Some((_, times)) => {
                *times += 1;
                *times
            }
            None => {
                seen.push((own, 0));
                0
            }
        };
        ranked.push((times, change));
    }
    ranked.sort_by_key(|(times, _)| *times);
    ranked.into_iter().map(|(_, change)| change).collect()
}

/// One of each after the other.
fn in_turn<const LISTS: usize>(lists: [Vec<Change>; LISTS]) -> Vec<Change> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let all = (0..longest).flat_map(|place| lists.iter().filter_map(move |list| list.get(place)));
    all.cloned().collect()
}

fn ran(
    task: &Task,
    step: Option<Step>,
    (scenario, analysis, seen): (Scenario, Analysis, Seen),
) -> Ran {
    let known = Known {
        scenario: &scenario,
        report: &analysis.report,
        seen: Some(&seen),
    };
    let rows: Vec<Graded> = (task.objectives.iter())
        .map(|objective| graded(objective, &known))
        .collect();
    Ran {
        step,
        far: rows
            .iter()
            .map(|row| far(&row.objective, row.measured))
            .collect(),
        rows,
        scenario,
        analysis,
        seen,
        grown: false,
        offered: None,
    }
}

/// What is known of a design that hasn't been run.
fn calm<'a>(scenario: &'a Scenario, report: &'a Report) -> Known<'a> {
    Known {
        scenario,
        report,
        seen: None,
    }
}
