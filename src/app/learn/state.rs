//! The open lesson: its designs, how far one is in it, and going from step to step. It draws nothing.

use super::super::dialog::{self, tell};
use super::super::dom;
use super::super::keep as documents;
use super::super::page::{Drawer, Page, lock};
use super::super::pinned;
use super::super::run::{self, Control};
use super::super::slot::storage;
use super::super::solve;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::fetch::with_shelf;
use super::grading::{self, Graded, Watching};
use super::own;
use crate::display::lesson::{
    Linked, Progress, Record, Run, Runs, Step, read_link, unknown, write_link,
};
use crate::editor::session::Source;
use crate::editor::{Change, Editor};
use loadscape_sim::analysis::{Analysis, analyse};
use loadscape_sim::insight::{Price, price};
use loadscape_sim::lesson::{Bet, Closeness, Known, Lesson, Seen, Shelf, Speaks, fact, judge};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::share;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// Where the browser keeps how far somebody has come.
const KEPT: &str = "loadscape.lessons";

/// A design, and the solver's answer once somebody asks: a lesson is open before all of its designs are solved.
#[derive(Debug)]
pub struct Solved {
    /// The design.
    pub scenario: Scenario,
    analysis: OnceCell<Analysis>,
    price: OnceCell<Price>,
}

impl Solved {
    /// A design that nobody has asked about.
    pub fn new(scenario: Scenario) -> Self {
        Solved {
            analysis: OnceCell::new(),
            scenario,
            price: OnceCell::new(),
        }
    }

    /// The solver's answer.
    pub fn analysis(&self) -> &Analysis {
        self.analysis.get_or_init(|| analyse(&self.scenario))
    }

    /// What it pays in every coin; worked out when somebody asks first.
    pub fn price(&self) -> &Price {
        self.price
            .get_or_init(|| price(&self.scenario, self.analysis()))
    }

    /// What is known of it, with a run or without.
    pub fn known<'a>(&'a self, seen: Option<&'a Seen>) -> Known<'a> {
        Known {
            scenario: &self.scenario,
            report: &self.analysis().report,
            seen,
        }
    }
}

/// A lesson with the designs that it goes through.
#[derive(Debug)]
pub struct Open {
    /// All of them.
    pub shelf: Rc<Shelf>,
    /// Its place among them.
    pub index: usize,
    /// What it begins with.
    pub start: Solved,
    /// What becomes of that.
    pub event: Solved,
    /// What the task is about.
    pub task: Solved,
    ways: OnceCell<Vec<WayTried>>,
}

/// A way of a lesson.
#[derive(Debug)]
pub struct WayTried {
    /// Its place in the lesson's list.
    pub index: usize,
    /// Its design.
    pub solved: Solved,
    /// What its run came to.
    pub run: RefCell<Tried>,
}

/// What a way's run came to.
#[derive(Clone, Debug, Default)]
pub enum Tried {
    /// Nobody has wanted to know yet.
    #[default]
    NotYet,
    /// It couldn't be run.
    Failed,
    /// This.
    Seen(Rc<Seen>),
}

impl Open {
    fn new(shelf: Rc<Shelf>, index: usize) -> Result<Self, String> {
        let lesson = &shelf.lessons[index];
        let [start, event, task] = shelf.designs(lesson)?;
        Ok(Open {
            ways: OnceCell::new(),
            start: Solved::new(start),
            event: Solved::new(event),
            task: Solved::new(task),
            shelf,
            index,
        })
    }

    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.shelf.lessons[self.index]
    }

    /// The lesson's ways, solved, in their order; none that can't be drawn. They are solved when somebody asks first.
    pub fn ways(&self) -> &[WayTried] {
        self.ways.get_or_init(|| {
            let ways = self.lesson().ways.iter().enumerate();
            let ways = ways.filter_map(|(index, way)| {
                Some(WayTried {
                    index,
                    solved: Solved::new(self.shelf.way(self.lesson(), way).ok()?),
                    run: RefCell::default(),
                })
            });
            ways.collect()
        })
    }

    /// The one after it.
    pub fn next(&self) -> Option<&Lesson> {
        self.shelf.lessons.get(self.index + 1)
    }

    /// What is drawn for whoever comes to a step: at the task their own design, where they have one.
    fn drawn_at(&self, step: Step, record: &Record) -> Scenario {
        let own = record.design.as_ref().filter(|_| step == Step::Task);
        own.and_then(|design| share::decode(design).ok()?.scenario)
            .unwrap_or_else(|| self.design(step).scenario.clone())
    }

    /// The design that a step begins with.
    pub fn design(&self, step: Step) -> &Solved {
        match step {
            Step::Bet => &self.start,
            Step::Reveal => &self.event,
            Step::Task => &self.task,
        }
    }

    /// How close a bet is to what the event's run has shown, in words.
    pub fn judged(&self, bet: Option<&Bet>, seen: &Seen) -> Option<(Closeness, String)> {
        let guess = &self.lesson().prediction.guess;
        let known = self.event.known(Some(seen));
        let fact = fact(guess, &known)?;
        Some(judge(known.scenario, guess, bet?, &fact))
    }

    /// What the texts of a step speak of.
    pub fn speaks<'a>(&'a self, step: Step, seen: Option<&'a Seen>) -> Speaks<'a> {
        Speaks {
            now: self.design(step).known(seen),
            before: self.start.known(None),
            objectives: &self.lesson().task.objectives,
        }
    }
}

/// The lessons' state; one for the page.
#[derive(Clone)]
pub struct Learning {
    /// The lesson that is open.
    pub open: ArcRwSignal<Option<Rc<Open>>>,
    /// How far somebody has come in all of them.
    pub progress: ArcRwSignal<Progress>,
    /// What the event's run has shown.
    pub seen: ArcRwSignal<Option<Rc<Seen>>>,
    /// What the task's last run came to.
    pub graded: ArcRwSignal<Option<Rc<Graded>>>,
    /// The run that is waited for.
    pub watching: ArcRwSignal<Option<Rc<Watching>>>,
    /// Whether what was drawn changed while the last run went on, so that it shows nothing of any one design.
    pub mixed: ArcRwSignal<bool>,
    /// Whether the ways stand side by side, over the drawing.
    pub abreast: ArcRwSignal<bool>,
}

thread_local! {
    static LEARNING: Learning = Learning {
        open: ArcRwSignal::new(None),
        progress: ArcRwSignal::new(stored().unwrap_or_default()),
        seen: ArcRwSignal::new(None),
        graded: ArcRwSignal::new(None),
        watching: ArcRwSignal::new(None),
        mixed: ArcRwSignal::new(false),
        abreast: ArcRwSignal::new(false),
    };
}

/// The lessons' state.
pub fn learning() -> Learning {
    LEARNING.with(Clone::clone)
}

thread_local! {
    // Whether the browser wouldn't keep what was to be stored last: then what is known here is newer than what is stored.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// How far somebody has come by what is stored, by this tab or another.
fn stored() -> Option<Progress> {
    let storage = storage()?;
    let text = storage.get_item(KEPT).ok().flatten()?;
    (!REFUSED.get()).then(|| Progress::read(&text))
}

fn store(page: Page, progress: &Progress) {
    let storage = storage();
    let refused = storage.is_none_or(|storage| storage.set_item(KEPT, &progress.write()).is_err());
    REFUSED.set(refused);
    if refused {
        thread_local! {
            static TOLD: Cell<bool> = const { Cell::new(false) };
        }
        if !TOLD.replace(true) {
            tell(
                page,
                "This browser keeps nothing for this page, or its storage is full: how far you come in the lessons is forgotten when the page is closed.",
                true,
            );
        }
    }
}

impl Learning {
    /// How far somebody is in the lesson that is open.
    pub fn record(&self) -> Record {
        let name = self
            .open
            .with(|open| open.as_ref().map(|open| open.lesson().name.clone()));
        name.map_or_else(Record::default, |name| {
            self.progress.with(|progress| progress.of(&name))
        })
    }

    /// The same for once: whoever asks isn't woken when it changes.
    pub fn record_now(&self) -> Record {
        let open = self.open.get_untracked();
        open.map_or_else(Record::default, |open| {
            self.progress
                .with_untracked(|progress| progress.of(&open.lesson().name))
        })
    }

    /// Changes how far somebody is in the lesson that is open.
    pub fn note(&self, page: Page, change: impl Fn(&mut Record)) {
        let Some(open) = self.open.get_untracked() else {
            return;
        };
        self.note_of(page, &open.lesson().name, change);
    }

    fn note_of(&self, page: Page, name: &str, change: impl Fn(&mut Record)) {
        let mut progress = self.progress.get_untracked();
        store(page, &progress.note(stored(), name, change));
        self.progress.set(progress);
    }

    /// Forgets how far somebody is in a lesson, and what its runs have shown: there is another one of that name, or none.
    pub fn forget(&self, page: Page, name: &str) {
        self.note_of(page, name, |record| *record = Record::default());
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&runs_key(name));
        }
    }

    fn awaits_bet(&self, progress: &Progress) -> bool {
        self.open.with_untracked(|open| {
            (open.as_ref()).is_some_and(|open| progress.awaits_bet(&open.lesson().name))
        })
    }

    /// Sees how far somebody has come in other tabs, in all lessons but the one that is open here.
    pub fn look(&self) {
        if let Some(stored) = stored() {
            let open = self.open.get_untracked();
            let open = open.as_ref().map(|open| open.lesson().name.as_str());
            self.progress
                .update(|progress| progress.adopt(&stored, open));
        }
    }

    /// Writes down the learner's design, where they are at the task.
    pub fn keep_design(&self, page: Page) {
        if let Some(open) = self.open.get_untracked() {
            self.keep_design_of(page, &open.lesson().name);
        }
    }

    fn keep_design_of(&self, page: Page, name: &str) {
        let step = (self.progress).with_untracked(|progress| progress.of(name).step);
        if step == Step::Task {
            // While the pinned design is looked at, one's own is the one to keep.
            let own = pinned::own_while_shown(page);
            let design = own.map_or_else(|| page.read(share::encode), |own| share::encode(&own));
            self.note_of(page, name, |record| record.design = Some(design.clone()));
            // It is kept there, whatever is opened next.
            let state = page.editor().state();
            lock(&page.session).exported(state);
        }
    }

    fn forget_runs(&self) {
        self.seen.set(None);
        self.graded.set(None);
        self.watching.set(None);
        self.mixed.set(false);
        self.abreast.set(false);
    }

    /// Keeps what a run has shown for whoever comes back. Where the browser keeps nothing it is run again.
    pub fn keep_run(&self, open: &Open, step: Step, drawn: &Scenario, seen: &Seen) {
        let mut runs = kept_runs(open);
        let run = Some(Run {
            design: share::encode(drawn),
            seen: seen.clone(),
        });
        match step {
            Step::Bet | Step::Reveal => runs.event = run,
            Step::Task => runs.task = run,
        }
        if let Some(storage) = storage() {
            let _ = storage.set_item(&runs_key(&open.lesson().name), &runs.write());
        }
    }

    /// Shows again what the lesson's runs have shown, as far as they were of what the lesson has today.
    fn recall_runs(&self, open: &Open) {
        let runs = kept_runs(open);
        let drawn = |run: &Run| share::decode(&run.design).ok()?.scenario;
        if let Some(run) = runs.event
            && drawn(&run).is_some_and(|drawn| !grading::differs(&drawn, &open.event.scenario))
        {
            self.seen.set(Some(Rc::new(run.seen)));
        }
        if let Some(run) = runs.task
            && let Some(drawn) = drawn(&run)
        {
            let graded = grading::graded(open, drawn, &run.seen);
            self.graded.set(Some(Rc::new(graded)));
        }
    }
}

/// Where the browser keeps what a lesson's runs have shown: each by itself, so that tabs don't take each other's away.
fn runs_key(name: &str) -> String {
    format!("{KEPT}.{name}")
}

fn kept_runs(open: &Open) -> Runs {
    let storage = storage();
    let text = storage.and_then(|storage| {
        storage
            .get_item(&runs_key(&open.lesson().name))
            .ok()
            .flatten()
    });
    text.map_or_else(Runs::default, |text| Runs::read(&text))
}

/// Whether what comes out isn't to be seen yet, as the lesson that is open waits for a bet.
pub fn awaits_bet() -> bool {
    let learning = learning();
    learning.open.with(|_| ());
    (learning.progress).with(|progress| learning.awaits_bet(progress))
}

/// The same for once: whoever asks isn't woken when it changes.
pub fn awaits_bet_now() -> bool {
    let learning = learning();
    (learning.progress).with_untracked(|progress| learning.awaits_bet(progress))
}

/// Opens a lesson where somebody left it, or at this step.
pub fn open(page: Page, name: &str, step: Option<Step>) {
    let name = name.to_owned();
    with_shelf(move |shelf| match shelf {
        Err(why) => tell(page, why, true),
        Ok(shelf) => open_on(page, shelf, &name, step),
    });
}

pub(super) fn open_on(page: Page, shelf: Rc<Shelf>, name: &str, step: Option<Step>) {
    let Some(index) = shelf.lessons.iter().position(|lesson| lesson.name == name) else {
        page.dialog.set(Some(dialog::Dialog::Lessons));
        let lacks = match name {
            "" => "The link names no lesson.".to_owned(),
            name => format!("There is no lesson “{}”.", unknown(name)),
        };
        return tell(
            page,
            format!("{lacks} These are the lessons there are."),
            true,
        );
    };
    let opened = match Open::new(shelf.clone(), index) {
        Ok(opened) => Rc::new(opened),
        Err(why) => return tell(page, format!("This lesson can't be opened: {why}."), true),
    };
    let learning = learning();
    // What was drawn in another lesson is kept with that one, so that nobody is asked about it.
    match left_open(page, &shelf) {
        Some(left) => learning.keep_design_of(page, &shelf.lessons[left].name),
        None => keep(page),
    }
    learning.look();
    let record = learning
        .progress
        .with_untracked(|progress| progress.of(name));
    let step = step.unwrap_or(record.step);
    let design = opened.drawn_at(step, &record);
    // Where work would be lost the page asks first, and the lesson begins when its design is there.
    let wanted = design.clone();
    when_drawn(page, wanted, move || begin(page, opened, step));
    documents::open(page, design, Source::Lesson);
}

/// The place of the lesson that was open when the page was closed, where what is drawn is its drawing and no other has been opened since.
fn left_open(page: Page, shelf: &Shelf) -> Option<usize> {
    let learning = learning();
    if learning.open.with_untracked(Option::is_some) {
        return None;
    }
    let name = (learning.progress).with_untracked(|progress| progress.open.clone())?;
    let left = shelf.lessons.iter().position(|own| own.name == name)?;
    page.read(|drawn| drawn.title == shelf.lessons[left].title)
        .then_some(left)
}

/// Does something once this design is what is drawn; never where somebody decides against it. Then it waits no longer.
fn when_drawn(page: Page, wanted: Scenario, then: impl FnOnce() + 'static) {
    let then = RefCell::new(Some(then));
    dom::next_frame(move || {
        let owner = leptos::prelude::Owner::new();
        let waiting = owner.clone();
        owner.with(|| {
            follow(Box::new(move || {
                if page
                    .dialog
                    .with(|dialog| matches!(dialog, Some(dialog::Dialog::Question(_))))
                {
                    return;
                }
                let Some(then) = then.take() else {
                    return;
                };
                let is_drawn = page.read(|drawn| *drawn == wanted);
                let waiting = waiting.clone();
                dom::next_frame(move || {
                    waiting.cleanup();
                    if is_drawn {
                        then();
                    }
                });
            }));
        });
    });
}

fn begin(page: Page, opened: Rc<Open>, step: Step) {
    let learning = learning();
    learning.forget_runs();
    learning.recall_runs(&opened);
    page.lesson_folded.set(false);
    let title = opened.lesson().title.clone();
    plot_the_class(page, Some(&opened));
    learning.open.set(Some(opened));
    learning.note(page, |record| record.step = step);
    page.learns.set(true);
    solve::request(page);
    if page.run.open.get_untracked() {
        run::control(page, Control::End);
    }
    page.select(None);
    page.announcement
        .set(format!("The lesson “{title}” stands beside the drawing."));
    dom::next_frame(move || {
        show(page);
        // A drawer that comes takes the focus only once it has begun to come.
        dom::focus_soon("lesson");
    });
}

/// Places the bet, and lets happen what was bet on.
pub fn place_bet(page: Page) {
    learning().note(page, |record| record.placed = true);
    go_to(page, Step::Reveal, Some("lesson-hurry"));
    grading::run(page);
}

/// Goes to another step of the open lesson.
pub fn go(page: Page, step: Step) {
    go_to(page, step, None);
}

/// The same with the focus at this part of what stands there then, where it does.
fn go_to(page: Page, step: Step, focus: Option<&'static str>) {
    let learning = learning();
    let Some(opened) = learning.open.get_untracked() else {
        return;
    };
    learning.keep_design(page);
    if page.run.open.get_untracked() {
        run::control(page, Control::End);
    }
    learning.watching.set(None);
    learning.mixed.set(false);
    learning.abreast.set(false);
    learning.note(page, |record| record.step = step);
    let design = opened.drawn_at(step, &learning.record_now());
    draw(page, step.label(), design);
    // It is the lesson's own, or kept there: nothing is lost with it.
    let state = page.editor().state();
    lock(&page.session).exported(state);
    solve::request(page);
    dom::next_frame(move || {
        show(page);
        dom::focus_soon("lesson");
        if let Some(focus) = focus {
            dom::focus_soon(focus);
        }
    });
}

/// Brings the whole design into sight, beside the lesson where that takes room from the drawing.
pub fn show(page: Page) {
    // What fits still does so beside a drawer or above a sheet that opens.
    page.act(Editor::zoom_to_fit);
    page.drawer.set(Some(Drawer::Parts));
}

/// Draws another design, as one step that can be undone. What is drawn in a lesson is kept with it, so nothing is asked.
pub fn draw(page: Page, label: &str, design: Scenario) {
    if page.read(|drawn| *drawn == design) {
        return;
    }
    page.change_all(label, vec![Change::ReplaceScenario(Box::new(design))]);
}

/// Keeps what is drawn with the lesson that is open, where one is.
pub fn keep(page: Page) {
    let learning = learning();
    if learning.open.with_untracked(Option::is_some) {
        learning.keep_design(page);
    }
}

/// Lets the plots show the class that the lesson is about, rather than the slowest; outside of lessons that of nobody in particular.
fn plot_the_class(page: Page, opened: Option<&Open>) {
    let class = opened.and_then(|opened| {
        let design = &opened.design(Step::Task).scenario;
        opened.lesson().subject(design)
    });
    page.run.choice.update(|choice| choice.class = class);
}

/// Leaves the lesson; the drawing stays, and the lesson can be come back to.
pub fn leave(page: Page) {
    let learning = learning();
    learning.keep_design(page);
    let mut progress = learning.progress.get_untracked();
    store(page, &progress.leave(stored()));
    learning.progress.set(progress);
    learning.open.set(None);
    learning.forget_runs();
    page.learns.set(false);
    solve::request(page);
    plot_the_class(page, None);
    page.announcement
        .set("You are out of the lesson. The drawing is yours, and Lessons leads back.".to_owned());
    dom::focus("canvas");
}

/// Opens the lesson of a link.
pub fn open_link(page: Page, fragment: &str) {
    let Some((linked, step)) = read_link(fragment) else {
        return open(page, "", None);
    };
    if let Err(step) = &step {
        tell(
            page,
            format!(
                "A lesson has no step “{}”: its steps are bet, reveal and task. It opens at its beginning.",
                unknown(step)
            ),
            true,
        );
    }
    let step = step.unwrap_or_default();
    match linked {
        Linked::Name(name) => open(page, &name, Some(step)),
        Linked::Whole(packed) => own::open_packed(page, &packed, step),
    }
}

/// The link to the step at which somebody is; it holds the lesson where that isn't one that comes with the page.
pub fn link(learning: &Learning) -> Option<String> {
    let open = learning.open.get_untracked()?;
    let step = learning.record_now().step;
    let address = dom::window().location().href().ok()?;
    let address = address.split('#').next().unwrap_or_default();
    let name = &open.lesson().name;
    let linked = match own::text(name) {
        Some(text) => Linked::Whole(share::encode_lesson(&text)),
        None => Linked::Name(name.clone()),
    };
    Some(format!("{address}{}", write_link(&linked, step)))
}

/// Goes on with the lesson that was open when the page was closed, and listens.
pub fn start(page: Page) {
    let learning = learning();
    dom::listen(&dom::window(), "pagehide", move |_: web_sys::Event| {
        keep(page)
    });
    if (learning.progress).with_untracked(|progress| progress.open.is_none()) {
        return;
    }
    with_shelf(move |shelf| {
        // What is drawn was kept with the page; the lesson only takes its place beside it. A link may have opened another meanwhile.
        let Ok(shelf) = shelf else {
            return;
        };
        if let Some(left) = left_open(page, &shelf)
            && let Ok(opened) = Open::new(shelf, left)
        {
            learning.recall_runs(&opened);
            learning.open.set(Some(Rc::new(opened)));
            page.learns.set(true);
            solve::request(page);
            // What was drawn is the lesson's, and nobody is asked about it.
            keep(page);
        }
    });
}
