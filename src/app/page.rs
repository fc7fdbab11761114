//! What every view shares: the editor, and a signal for each thing on the screen that can change by itself.
//!
//! The document lives in the editor. Signals only mirror it: one for each node's place, one for its face, one for its load, and so on,
//! so that an edit wakes the views of what it changed and nothing else. [`super::sync`] keeps them in step.

use super::dialog::{Dialog, Toast};
use super::ui::prelude::*;
use crate::display::node::Load;
use crate::display::plots::Choice;
use crate::editor::geometry::Curve;
use crate::editor::session::Session;
use crate::editor::{Canvas, Change, Editor, Effects, Input, Item, Refusal, Table, Tool, Viewport};
use loadscape_player::{Course, Estimates, Frame, Pace, Question, Slowest};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::catalog::{Kind, ZoneKind};
use loadscape_sim::insight::{Price, Remedy, Setting, Subject};
use loadscape_sim::scenario::{
    ComponentId, Fault, LinkId, Objective, Point, Problem, Rectangle, RequestClass, RunSettings,
    Scenario, ZoneId,
};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

/// A handle to everything that the views share; as cheap to copy as a pointer.
#[derive(Clone, Copy)]
pub struct Page(&'static Shared);

impl Deref for Page {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        self.0
    }
}

/// See [`Page`].
pub struct Shared {
    editor: Mutex<Editor>,
    /// What is kept where, and what waits for an answer.
    pub session: Mutex<Session>,
    /// The signals of each node.
    pub nodes: Mutex<Table<ComponentId, NodeSignals>>,
    /// The signals of each link.
    pub links: Mutex<Table<LinkId, LinkSignals>>,
    /// The signals of each zone.
    pub zones: Mutex<Table<ZoneId, ZoneSignals>>,
    /// Which nodes there are, in drawing order.
    pub node_ids: RwSignal<Vec<ComponentId>>,
    /// Which links there are.
    pub link_ids: RwSignal<Vec<LinkId>>,
    /// Which zones there are.
    pub zone_ids: RwSignal<Vec<ZoneId>>,
    /// The request classes.
    pub classes: RwSignal<Vec<RequestClass>>,
    /// The objectives.
    pub objectives: RwSignal<Vec<Objective>>,
    /// What goes wrong in a run.
    pub faults: RwSignal<Vec<Fault>>,
    /// How the document wants to be simulated.
    pub run_settings: RwSignal<RunSettings>,
    /// The title.
    pub title: RwSignal<String>,
    /// The notes.
    pub notes: RwSignal<String>,
    /// What is selected.
    pub selection: RwSignal<Vec<Item>>,
    /// The item that the keyboard is at.
    pub focus: RwSignal<Option<Item>>,
    /// Pan and zoom.
    pub viewport: RwSignal<Viewport>,
    /// What the tool under way shows.
    pub tool: RwSignal<Tool>,
    /// Counts every step made, undone or made again.
    pub steps: RwSignal<u32>,
    /// What undo and redo would do.
    pub history: RwSignal<HistoryLabels>,
    /// A sentence for those who listen.
    pub announcement: RwSignal<String>,
    /// What the design does under its load; `None` before the first answer.
    pub answer: RwSignal<Option<Arc<Analysis>>>,
    /// Whether everything that is fetched later is there ([`super::later`]).
    pub complete: RwSignal<bool>,
    /// Whether the work is kept.
    pub saved: RwSignal<SavedState>,
    /// The dialog that is open.
    pub dialog: RwSignal<Option<Dialog>>,
    /// Short messages.
    pub toasts: RwSignal<Vec<Toast>>,
    /// Whether the page is dark at the moment.
    pub dark: RwSignal<bool>,
    /// The drawer or sheet that is open on a narrow screen.
    pub drawer: RwSignal<Option<Drawer>>,
    /// Which setting is looked at over its range; `None` where none is.
    pub what_if: RwSignal<Option<Setting>>,
    /// Whether a lesson stands beside the drawing.
    pub learns: RwSignal<bool>,
    /// Whether the parts are shown there, and of the lesson only its head.
    pub lesson_folded: RwSignal<bool>,
    /// What is asked "why?"; `None` where nothing is.
    pub why: RwSignal<Option<Subject>>,
    /// The design that the present one is compared with; `None` where none is pinned.
    pub pinned: RwSignal<Option<Arc<Pinned>>>,
    /// Whether the comparison is to be seen.
    pub compares: RwSignal<bool>,
    /// Whether the results are folded away.
    pub folded: RwSignal<bool>,
    /// What the inspector shows of a component.
    pub pane: RwSignal<Pane>,
    /// Counts everything that may change what the inspector shows of a component, link or zone.
    pub revision: RwSignal<u32>,
    /// What is wrong with the document as it stands.
    pub problems: RwSignal<Vec<Problem>>,
    /// What would move the bottleneck, once that is found, and which part that was.
    pub remedies: RwSignal<(Option<ComponentId>, Vec<Remedy>)>,
    /// What the design costs in every coin, once that is found.
    pub price: RwSignal<Option<Arc<Price>>>,
    /// The same before the last change; `None` for a document that hasn't been changed.
    pub price_before: RwSignal<Option<Arc<Price>>>,
    /// Whether that is still of the design as it was before.
    pub stale: RwSignal<bool>,
    /// The run of the event simulation.
    pub run: RunSignals,
}

/// A design that is kept beside the present one, with what it does.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// What was drawn.
    pub scenario: Scenario,
    /// What that does.
    pub analysis: Analysis,
}

/// What is seen of the run.
#[derive(Clone, Copy)]
pub struct RunSignals {
    /// Whether there is one.
    pub open: RwSignal<bool>,
    /// How it stands; `None` until its worker has said so.
    pub frame: RwSignal<Option<Arc<Frame>>>,
    /// How its figures went through time.
    pub course: RwSignal<Option<Arc<Course>>>,
    /// What it says about the steady state.
    pub estimates: RwSignal<Option<Arc<Estimates>>>,
    /// How often it has gone on with a changed design since it began.
    pub changes: RwSignal<u32>,
    /// How fast time is to go.
    pub pace: RwSignal<Pace>,
    /// What somebody has chosen to see of it.
    pub choice: RwSignal<Choice>,
    /// Whose slowest requests are looked for, or shown.
    pub question: RwSignal<Option<Question>>,
    /// Those requests, once they are found.
    pub slowest: RwSignal<Option<Arc<Slowest>>>,
}

/// The signals of one node.
#[derive(Clone)]
pub struct NodeSignals {
    /// The top left corner.
    pub position: ArcRwSignal<Point>,
    /// What it is.
    pub face: ArcRwSignal<Face>,
    /// What it says of its load.
    pub load: ArcRwSignal<Load>,
    /// How it is marked.
    pub mark: ArcRwSignal<Mark>,
    /// Whether it has been near enough to be drawn in full.
    pub near: ArcRwSignal<bool>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub struct Face {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// How a node is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Part of the selection.
    pub selected: bool,
    /// The keyboard is here.
    pub focused: bool,
    /// What limits the whole design.
    pub bottleneck: bool,
    /// A row of a list elsewhere is about this.
    pub pointed: bool,
    /// A loose connection would mean something here.
    pub lit: bool,
    /// A loose connection hovers here.
    pub target: bool,
    /// A loose connection would mean nothing here.
    pub refused: bool,
}

/// The signals of one link.
#[derive(Clone)]
pub struct LinkSignals {
    /// The places of its two ends.
    pub ends: ArcRwSignal<(ArcRwSignal<Point>, ArcRwSignal<Point>)>,
    /// What travels along it.
    pub flow: ArcRwSignal<Flow>,
    /// Part of the selection, or at the keyboard.
    pub selected: ArcRwSignal<bool>,
    /// The curve for which the label found a place clear of every node, and that place.
    pub label: ArcRwSignal<Option<(Curve, Point)>>,
}

/// What travels along a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// Calls, e.g. "1.2 k/s"; empty before the first answer.
    pub label: String,
    /// Width of the line in drawing units.
    pub width: f64,
    /// Whether nobody waits for the answer.
    pub asynchronous: bool,
    /// Whether nothing travels.
    pub idle: bool,
    /// Whether it leads into the bottleneck.
    pub hot: bool,
}

/// The signals of one zone.
#[derive(Clone)]
pub struct ZoneSignals {
    /// Where it lies.
    pub rectangle: ArcRwSignal<Rectangle>,
    /// What it is, and what it is called.
    pub face: ArcRwSignal<(ZoneKind, String)>,
    /// Part of the selection.
    pub selected: ArcRwSignal<bool>,
}

/// What undo and redo would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryLabels {
    /// The step that undo takes back.
    pub undo: Option<String>,
    /// The step that redo makes again.
    pub redo: Option<String>,
}

/// Whether the work is kept in this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedState {
    /// Nothing has been done yet.
    Untouched,
    /// Written.
    Saved,
    /// About to be written.
    Pending,
    /// The browser's storage refused it.
    Failed,
}

/// The drawers of a narrow screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// The palette.
    Parts,
    /// The inspector.
    Properties,
    /// The results.
    Results,
}

/// What the inspector shows of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// What can be set.
    Parameters,
    /// What it calls.
    Calls,
    /// What it does under load.
    Figures,
    /// What can go wrong with it in a run.
    Break,
}

impl Page {
    /// A page over an editor. It lives as long as the browser's page does.
    pub fn new(editor: Editor, session: Session) -> Self {
        let scenario = editor.scenario();
        let shared = Shared {
            nodes: Mutex::default(),
            links: Mutex::default(),
            zones: Mutex::default(),
            node_ids: RwSignal::default(),
            link_ids: RwSignal::default(),
            zone_ids: RwSignal::default(),
            classes: RwSignal::new(scenario.classes.clone()),
            objectives: RwSignal::new(scenario.objectives.clone()),
            faults: RwSignal::new(scenario.faults.clone()),
            run_settings: RwSignal::new(scenario.run),
            title: RwSignal::new(scenario.title.clone()),
            notes: RwSignal::new(scenario.notes.clone()),
            selection: RwSignal::default(),
            focus: RwSignal::new(None),
            viewport: RwSignal::new(editor.viewport()),
            tool: RwSignal::new(editor.tool().clone()),
            steps: RwSignal::new(0),
            history: RwSignal::default(),
            announcement: RwSignal::default(),
            answer: RwSignal::new(None),
            complete: RwSignal::new(super::later::loaded().is_some()),
            saved: RwSignal::new(SavedState::Untouched),
            dialog: RwSignal::new(None),
            toasts: RwSignal::default(),
            dark: RwSignal::new(false),
            drawer: RwSignal::new(None),
            what_if: RwSignal::new(None),
            learns: RwSignal::new(false),
            lesson_folded: RwSignal::new(false),
            why: RwSignal::new(None),
            pinned: RwSignal::new(None),
            compares: RwSignal::new(false),
            folded: RwSignal::new(false),
            pane: RwSignal::new(Pane::Parameters),
            revision: RwSignal::new(0),
            problems: RwSignal::default(),
            remedies: RwSignal::default(),
            price: RwSignal::default(),
            price_before: RwSignal::default(),
            stale: RwSignal::new(false),
            run: RunSignals {
                open: RwSignal::new(false),
                frame: RwSignal::new(None),
                course: RwSignal::new(None),
                estimates: RwSignal::new(None),
                changes: RwSignal::new(0),
                choice: RwSignal::new(Choice::default()),
                question: RwSignal::new(None),
                slowest: RwSignal::new(None),
                pace: RwSignal::new(Pace::Times(1.0)),
            },
            session: Mutex::new(session),
            editor: Mutex::new(editor),
        };
        Page(Box::leak(Box::new(shared)))
    }

    /// The editor. Never hold it across a signal's update: views read it in turn.
    pub fn editor(&self) -> MutexGuard<'_, Editor> {
        lock(&self.0.editor)
    }

    /// Reads something from the document as it is now.
    pub fn read<T>(&self, read: impl FnOnce(&Scenario) -> T) -> T {
        read(self.editor().scenario())
    }

    /// The signals of a node, while it exists.
    pub fn node(&self, id: ComponentId) -> Option<NodeSignals> {
        lock(&self.nodes).get(&id).cloned()
    }

    /// The signals of a link, while it exists.
    pub fn link(&self, id: LinkId) -> Option<LinkSignals> {
        lock(&self.links).get(&id).cloned()
    }

    /// The signals of a zone, while it exists.
    pub fn zone(&self, id: ZoneId) -> Option<ZoneSignals> {
        lock(&self.zones).get(&id).cloned()
    }

    /// Does something with the editor and shows what it changed.
    pub fn act(&self, action: impl FnOnce(&mut Editor) -> Effects) {
        let effects = action(&mut self.editor());
        super::sync::show(*self, effects);
    }

    /// The same with something that may be refused; says why when it is.
    pub fn try_act(&self, action: impl FnOnce(&mut Editor) -> Result<Effects, Refusal>) {
        self.act(|editor| action(editor).unwrap_or_else(refused));
    }

    /// Makes a change that can be undone.
    pub fn change(&self, change: Change) {
        self.try_act(|editor| editor.apply(change));
    }

    /// Makes several changes as one step.
    pub fn change_all(&self, label: &str, changes: Vec<Change>) {
        self.try_act(|editor| editor.commit(label, changes));
    }

    /// Makes a change while typing: keystrokes that set the same thing join into one step.
    pub fn type_change(&self, change: Change) {
        let now = super::dom::now_ms();
        self.try_act(|editor| editor.apply_typed(change, now));
    }

    /// Something that pointers, wheels or tool keys did.
    pub fn input(&self, input: Input) {
        self.act(|editor| editor.input(&input));
    }

    /// Takes the last step back.
    pub fn undo(&self) {
        self.act(Editor::undo);
    }

    /// Makes the last undone step again.
    pub fn redo(&self) {
        self.act(Editor::redo);
    }

    /// Shows on the drawing which parts a row of a list is about; none when it isn't looked at any more.
    pub fn point(&self, parts: &[ComponentId]) {
        let nodes: Vec<(ComponentId, ArcRwSignal<Mark>)> = lock(&self.nodes)
            .iter()
            .map(|(id, node)| (*id, node.mark.clone()))
            .collect();
        for (id, mark) in nodes {
            let before = mark.get_untracked();
            let pointed = parts.contains(&id);
            if before.pointed != pointed {
                mark.set(Mark { pointed, ..before });
            }
        }
    }

    /// Selects one item, or nothing.
    pub fn select(&self, item: Option<Item>) {
        self.act(|editor| match item {
            Some(item) => editor.select_only(item),
            None => editor.select_none(),
        });
    }

    /// Renames the document as it is typed.
    pub fn set_title(&self, title: String) {
        self.type_change(Change::SetTitle(title));
    }

    /// Tells the editor how large the drawing's window is.
    pub fn set_canvas(&self, canvas: Canvas) {
        self.act(|editor| editor.set_canvas(canvas));
    }
}

/// A refusal as something to say.
pub fn refused(refusal: Refusal) -> Effects {
    Effects::say(refusal.to_string())
}

/// Locks what only one thread ever touches; a panic elsewhere must not take the document with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
