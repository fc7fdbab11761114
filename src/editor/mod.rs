//! The document editor: document, history, selection, viewport and tools in plain Rust; it knows no signals and no DOM.
//!
//! # How a view uses it
//! One [`Editor`] holds everything. Whatever the view does to it returns [`Effects`]: which ids moved, which changed,
//! which lists differ, whether to solve again. The view reads those from the editor and nothing else, so that moving
//! one node of a thousand touches one node.
//!
//! - Pointer, wheel and Escape: translate the event to an [`Input`] and call [`Editor::input`]. Pixels count from the
//!   canvas's top left corner. Capture the pointer on `Down`. What lies under it is the [`Hit`] of the element, or
//!   [`Editor::hit`]. Tell the editor its [`Canvas`] on resize ([`Editor::set_canvas`]).
//! - Keys: [`Editor::key`] gives a [`KeyPress`] first to the tool under way, then to the command table
//!   ([`COMMANDS`]); a command that only the screen can carry out (save, copy, help …) comes back for the screen.
//!   Menu and palette list the same table and call [`Editor::run`].
//! - Palette: [`Editor::start_placing`] when a part is dragged out of it, [`Editor::add_part`] on click or Enter.
//! - Inspector: [`Editor::set_parameter`], [`Editor::rename`], [`Editor::set_plan`] …, or [`Editor::apply`] with any
//!   [`Change`]. Around a slide: [`Editor::begin_gesture`], then [`Editor::commit_gesture`] or
//!   [`Editor::cancel_gesture`].
//! - Drawing: node positions from [`Editor::component`], link paths from [`geometry::link_curve`], the ghost, marquee,
//!   loose connection and its verdict from [`Editor::tool`].
//! - Keeping: [`session::Session`] decides when to save and when to ask.
//!
//! # Invariants
//! The document changes only by [`Change`]s, each with an exact inverse; undo restores it bit for bit. A refused edit
//! changes nothing. No order of inputs panics. While a gesture of a tool is open, that tool is under way.

mod allowed;
mod change;
mod clipboard;
mod command;
mod connect;
pub mod crowd;
mod document;
mod effects;
pub mod geometry;
mod history;
mod hit;
mod input;
mod insertion;
mod keys;
mod navigate;
mod operations;
mod placement;
mod refusal;
pub mod remedy;
mod selection;
pub mod session;
mod set;
mod setting;
mod tool;
mod viewport;

pub use allowed::accepted;
pub use change::Change;
pub use command::{COMMANDS, Command, CommandId, Group, Ran, When};
pub use connect::{Loose, Verdict};
pub use effects::{Effects, Item};
pub use geometry::GRID;
pub use history::{StateId, TYPING_PAUSE_MS};
pub use hit::zone_name_rectangle;
pub use input::{Button, Device, Direction, Handle, Hit, Input, Modifiers, Pointer, Port, ToolKey};
pub use keys::{KeyPress, Keys};
pub use refusal::Refusal;
pub use selection::Selection;
pub use set::{Set, Table};
pub use setting::setting_change;
pub use tool::{Connection, Grip, Tool};
pub use viewport::{Canvas, Detail, Insets, MAXIMUM_ZOOM, MINIMUM_ZOOM, Viewport};

use document::Document;
use history::{History, Step};
use loadscape_sim::scenario::{
    Component, ComponentId, Link, LinkId, Point, Rectangle, Scenario, Zone, ZoneId,
};

/// Farthest from the origin that a pointer reaches, in drawing units: beyond it the grid drowns in rounding.
const FARTHEST: f64 = 5e5;

/// Everything that is being edited.
#[derive(Clone, Debug)]
pub struct Editor {
    document: Document,
    history: History,
    selection: Selection,
    focus: Option<Item>,
    viewport: Viewport,
    canvas: Canvas,
    tool: Tool,
}

impl Editor {
    /// Starts to edit a document that the reader has passed: its ids are unique, its links have both ends.
    pub fn new(scenario: Scenario) -> Self {
        Editor {
            document: Document::new(scenario),
            history: History::new(),
            selection: Selection::none(),
            focus: None,
            viewport: Viewport::default(),
            canvas: Canvas::default(),
            tool: Tool::Idle,
        }
    }

    /// The document as it is now. It is the store itself: reading it costs nothing.
    pub fn scenario(&self) -> &Scenario {
        self.document.scenario()
    }

    /// The component with this id.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.document.component(id)
    }

    /// The link with this id.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.document.link(id)
    }

    /// The zone with this id.
    pub fn zone(&self, id: ZoneId) -> Option<&Zone> {
        self.document.zone(id)
    }

    /// The links that start or end at a component.
    pub fn links_of(&self, id: ComponentId) -> &[LinkId] {
        self.document.links_of(id)
    }

    /// A component's name; empty when there is no such component.
    pub fn name_of(&self, id: ComponentId) -> &str {
        self.component(id)
            .map_or("", |component| component.name.as_str())
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The item that has the keyboard's focus.
    pub fn focus(&self) -> Option<Item> {
        self.focus
    }

    /// Pan and zoom.
    pub fn viewport(&self) -> Viewport {
        self.viewport
    }

    /// The canvas's size and what covers it.
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// What is under way.
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// The state that the document is in; equal ids mean equal documents.
    pub fn state(&self) -> StateId {
        self.history.state()
    }

    /// What undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo_label()
    }

    /// What redo would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo_label()
    }

    // ------------------------------------------------------------------ changes

    /// Makes one change as a step of its own, or as part of the gesture under way.
    ///
    /// # Errors
    /// When the document can't take it; nothing has changed then.
    pub fn apply(&mut self, change: Change) -> Result<Effects, Refusal> {
        let label = change.label();
        self.commit(label, vec![change])
    }

    /// Makes one change of a text or number that is being typed: keystrokes within [`TYPING_PAUSE_MS`] are one step.
    ///
    /// # Errors
    /// When the document can't take it; nothing has changed then.
    pub fn apply_typed(&mut self, change: Change, at_ms: f64) -> Result<Effects, Refusal> {
        let label = change.label();
        self.commit_typing(label, change, at_ms)
    }

    /// Makes several changes as one step: all of them, or none when one is refused.
    ///
    /// # Errors
    /// The first refusal.
    pub fn commit(&mut self, label: &str, changes: Vec<Change>) -> Result<Effects, Refusal> {
        let (inverses, mut effects) = self.make(changes)?;
        let before = self.selection.clone();
        effects.merge(self.prune_selection());
        self.remember(label, inverses, &before, &mut effects);
        Ok(effects)
    }

    /// Makes several changes as one step and selects something, so that undo and redo select along.
    fn commit_selecting(
        &mut self,
        label: &str,
        changes: Vec<Change>,
        selection: Selection,
    ) -> Result<Effects, Refusal> {
        let (inverses, mut effects) = self.make(changes)?;
        let before = self.selection.clone();
        effects.merge(self.select(selection));
        effects.merge(self.prune_selection());
        self.remember(label, inverses, &before, &mut effects);
        Ok(effects)
    }

    fn commit_typing(
        &mut self,
        label: &str,
        change: Change,
        at_ms: f64,
    ) -> Result<Effects, Refusal> {
        if change.key().is_none() {
            return self.commit(label, vec![change]);
        }
        let (inverses, mut effects) = self.make(vec![change])?;
        for inverse in inverses {
            self.history
                .record_typing(label, inverse, &self.selection, at_ms);
            effects.history = !self.history.in_gesture();
        }
        Ok(effects)
    }

    fn remember(
        &mut self,
        label: &str,
        inverses: Vec<Change>,
        before: &Selection,
        effects: &mut Effects,
    ) {
        if !inverses.is_empty() {
            self.history
                .record(label, inverses, before, &self.selection);
            effects.history |= !self.history.in_gesture();
        }
    }

    /// Makes the changes and returns their inverses in the order made; takes all back when one is refused.
    fn make(&mut self, changes: Vec<Change>) -> Result<(Vec<Change>, Effects), Refusal> {
        // A transition has taken the tool out, so that its own changes pass.
        if matches!(self.tool, Tool::Dragging { .. } | Tool::ResizingZone { .. }) {
            return Err(Refusal::Busy);
        }
        let mut effects = Effects::none();
        let mut inverses = Vec::with_capacity(changes.len());
        for change in changes {
            match self.document.apply(change, &mut effects) {
                Ok(Some(inverse)) => inverses.push(inverse),
                Ok(None) => {}
                Err(refusal) => {
                    self.make_reversed(inverses, &mut effects);
                    return Err(refusal);
                }
            }
        }
        Ok((inverses, effects))
    }

    /// Applies inverses last to first and returns the inverses of those, which lead the other way.
    fn make_reversed(&mut self, inverses: Vec<Change>, effects: &mut Effects) -> Vec<Change> {
        // The document is in the very state in which these inverses were made, so none is refused; if one were, the
        // others would still leave a sound document.
        inverses
            .into_iter()
            .rev()
            .filter_map(|inverse| self.document.apply(inverse, effects).ok().flatten())
            .collect()
    }

    // ------------------------------------------------------------------ history

    /// Starts a gesture: every change until it is committed becomes one undo step. A tool under way is given up, an
    /// open gesture is committed first.
    pub fn begin_gesture(&mut self, label: impl Into<String>) -> Effects {
        let settled = self.settle_tool();
        let committed = self.commit_gesture();
        self.history
            .begin_gesture(label.into(), self.selection.clone());
        settled.then(committed)
    }

    /// Ends the gesture as one undo step; one that in the end changed nothing leaves no step.
    pub fn commit_gesture(&mut self) -> Effects {
        let document = &self.document;
        self.history
            .drop_idle_gesture(|inverse| document.would_change_nothing(inverse));
        let history = self.history.in_gesture();
        self.history.commit_gesture(self.selection.clone());
        Effects {
            history,
            ..Effects::none()
        }
    }

    /// Ends the gesture and takes back all of it.
    pub fn cancel_gesture(&mut self) -> Effects {
        let Some((inverses, selection)) = self.history.cancel_gesture() else {
            return Effects::none();
        };
        let mut effects = Effects::none();
        self.make_reversed(inverses, &mut effects);
        effects.merge(self.select(selection));
        effects.history = true;
        effects
    }

    /// Whether a gesture is under way.
    pub fn in_gesture(&self) -> bool {
        self.history.in_gesture()
    }

    /// Ends a run of typing (the field lost the focus): the next keystroke starts a step of its own.
    pub fn end_typing(&mut self) {
        self.history.end_typing();
    }

    /// Takes back the last step; while a gesture or tool is under way, that.
    pub fn undo(&mut self) -> Effects {
        if let Some(effects) = self.abandon() {
            return effects;
        }
        match self.history.take_undo() {
            Some(step) => self.replay(step, Way::Back),
            None => Effects::say("There is nothing to undo."),
        }
    }

    /// Brings back the step that was undone last.
    pub fn redo(&mut self) -> Effects {
        if let Some(effects) = self.abandon() {
            return effects;
        }
        match self.history.take_redo() {
            Some(step) => self.replay(step, Way::Forth),
            None => Effects::say("There is nothing to redo."),
        }
    }

    fn replay(&mut self, mut step: Step, way: Way) -> Effects {
        let mut effects = Effects::none();
        step.inverses = self.make_reversed(std::mem::take(&mut step.inverses), &mut effects);
        let (selection, sentence) = match way {
            Way::Back => (&step.selection_before, format!("Undone: {}.", step.label)),
            Way::Forth => (&step.selection_after, format!("Redone: {}.", step.label)),
        };
        effects.merge(self.select(selection.clone()));
        effects.merge(self.prune_selection());
        match way {
            Way::Back => self.history.put_redo(step),
            Way::Forth => self.history.put_undo(step),
        }
        effects.history = true;
        effects.then(Effects::say(sentence))
    }

    /// Gives up the gesture or tool under way, if there is one.
    fn abandon(&mut self) -> Option<Effects> {
        if self.tool != Tool::Idle {
            return Some(self.settle_tool());
        }
        self.in_gesture().then(|| self.cancel_gesture())
    }

    /// Gives up the tool under way, so that nothing pulls at the document from two sides.
    fn settle_tool(&mut self) -> Effects {
        let tool = std::mem::take(&mut self.tool);
        if tool == Tool::Idle {
            return Effects::none();
        }
        let (idle, effects) = tool.cancelled(self);
        self.tool = idle;
        effects
    }

    // ------------------------------------------------------------------ selection

    /// Selects exactly this; items that don't exist are left out.
    pub fn select(&mut self, mut selection: Selection) -> Effects {
        selection.retain(|item| self.exists(*item));
        if selection == self.selection {
            return Effects::none();
        }
        self.history.end_typing();
        let difference = selection.difference(&self.selection);
        let focus = match selection.sole() {
            Some(item) => Some(item),
            None => self.focus.filter(|item| selection.contains(*item)),
        };
        self.selection = selection;
        let effects = Effects {
            selection: difference,
            ..Effects::none()
        };
        effects.then(self.set_focus(focus))
    }

    /// Selects exactly one item.
    pub fn select_only(&mut self, item: Item) -> Effects {
        self.select(Selection::only(item))
    }

    /// Selects an item or deselects it.
    pub fn toggle(&mut self, item: Item) -> Effects {
        let mut selection = self.selection.clone();
        selection.toggle(item);
        self.select(selection)
    }

    /// Selects nothing.
    pub fn select_none(&mut self) -> Effects {
        self.select(Selection::none())
    }

    /// Gives an item the keyboard's focus without selecting it.
    pub fn set_focus(&mut self, focus: Option<Item>) -> Effects {
        let focus = focus.filter(|item| self.exists(*item));
        let differs = focus != self.focus;
        self.focus = focus;
        Effects {
            focus: differs,
            ..Effects::none()
        }
    }

    /// Whether the document has this item.
    pub fn exists(&self, item: Item) -> bool {
        match item {
            Item::Component(id) => self.component(id).is_some(),
            Item::Link(id) => self.link(id).is_some(),
            Item::Zone(id) => self.zone(id).is_some(),
        }
    }

    fn prune_selection(&mut self) -> Effects {
        let effects = self.select(self.selection.clone());
        effects.then(self.set_focus(self.focus))
    }

    // ------------------------------------------------------------------ view

    /// The point of the drawing under a pixel, within bounds.
    pub fn world(&self, pixel: Point) -> Point {
        let point = self.viewport.to_world(pixel);
        let bounded = |value: f64| {
            if value.is_nan() {
                0.0
            } else {
                value.clamp(-FARTHEST, FARTHEST)
            }
        };
        Point {
            x: bounded(point.x),
            y: bounded(point.y),
        }
    }

    /// Tells the editor how large the canvas is. A drawing that just fitted into it before fits into it afterwards.
    pub fn set_canvas(&mut self, canvas: Canvas) -> Effects {
        let finite = [canvas.width, canvas.height]
            .iter()
            .all(|length| length.is_finite());
        if !finite || canvas == self.canvas {
            return Effects::none();
        }
        let fitted = self.fits();
        let before = std::mem::replace(&mut self.canvas, canvas);
        if fitted {
            return self.zoom_to_fit();
        }
        // The results unfold when there is a first part; it stays where it was put, in the middle or to one side.
        match &self.scenario().components[..] {
            [only] if self.scenario().zones.is_empty() => {
                let at = self.viewport.to_screen(only.centre());
                let (from, to) = (before.free(), canvas.free());
                let right = to.x + (at.x - from.x) * to.width / from.width - at.x;
                let down = to.y + (at.y - from.y) * to.height / from.height - at.y;
                self.pan_by(right, down)
            }
            // Other parts of the drawing are in sight now.
            _ => Effects::of_viewport(),
        }
    }

    /// Whether the drawing just fits into the canvas's free part: it then does so whatever becomes of the canvas.
    pub fn fits(&self) -> bool {
        self.bounds()
            .is_some_and(|bounds| self.viewport == Viewport::fitting(bounds, &self.canvas))
    }

    /// Whether something is drawn, but none of its parts (or, where there are none, of its zones) lies in sight.
    pub fn shows_nothing(&self) -> bool {
        let visible = self.viewport.visible(&self.canvas);
        let scenario = self.scenario();
        let unseen = |rectangle: Rectangle| !geometry::overlap(visible, rectangle);
        match (&scenario.components[..], &scenario.zones[..]) {
            ([], []) => false,
            ([], zones) => zones.iter().all(|zone| unseen(zone.rectangle)),
            (components, _) => components
                .iter()
                .all(|component| unseen(geometry::node_rectangle(component.position))),
        }
    }

    /// Sets pan and zoom.
    pub fn set_viewport(&mut self, viewport: Viewport) -> Effects {
        let sound = viewport.x.is_finite()
            && viewport.y.is_finite()
            && (MINIMUM_ZOOM..=MAXIMUM_ZOOM).contains(&viewport.zoom);
        if !sound || viewport == self.viewport {
            return Effects::none();
        }
        self.viewport = viewport;
        Effects::of_viewport()
    }

    /// Moves the drawing by so many pixels.
    pub fn pan_by(&mut self, right: f64, down: f64) -> Effects {
        self.set_viewport(self.viewport.panned(right, down))
    }

    /// Zooms by a factor about a pixel.
    pub fn zoom_about(&mut self, pixel: Point, factor: f64) -> Effects {
        self.set_viewport(self.viewport.zoomed_about(pixel, factor))
    }

    /// Zooms so that everything shows.
    pub fn zoom_to_fit(&mut self) -> Effects {
        match self.bounds() {
            Some(bounds) => self.set_viewport(Viewport::fitting(bounds, &self.canvas)),
            None => self.set_viewport(Viewport::default()),
        }
    }

    /// The smallest rectangle around the whole drawing; `None` when it is empty.
    pub fn bounds(&self) -> Option<Rectangle> {
        let zones = self.scenario().zones.iter().map(|zone| zone.rectangle);
        geometry::bounds(self.node_rectangles().into_iter().chain(zones))
    }

    fn pinch(&mut self, before: (Point, Point), after: (Point, Point)) -> Effects {
        self.set_viewport(self.viewport.pinched(before, after))
    }

    // ------------------------------------------------------------------ input

    /// Whether time matters while the pointer stays at this pixel: the view then sends [`Input::Linger`] at every frame.
    pub fn lingers(&self, pixel: Point) -> bool {
        self.tool.reaches_beyond() && input::edge_speed(pixel, &self.canvas).is_some()
    }

    /// Takes one input. Ignores inputs whose coordinates aren't finite.
    pub fn input(&mut self, input: &Input) -> Effects {
        if !input.is_finite() {
            return Effects::none();
        }
        let (tool, effects) = std::mem::take(&mut self.tool).transition(input, self);
        self.tool = tool;
        effects
    }
}

/// Which way a step is replayed.
#[derive(Clone, Copy)]
enum Way {
    Back,
    Forth,
}
