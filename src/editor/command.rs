//! The command table: one list feeds menu, command palette and shortcuts; it knows no menu and no keyboard.

use super::Editor;
use super::effects::Effects;
use super::geometry::GRID;
use super::input::{Direction, Input, ToolKey};
use super::keys::{KeyPress, Keys, plain, primary};
use super::refusal::Refusal;
use super::tool::Tool;
use loadscape_sim::catalog::{Kind, ZoneKind};

/// Names a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table holds each command's label")]
pub enum CommandId {
    New,
    Scenarios,
    OpenFile,
    SaveFile,
    CopyLink,
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    Duplicate,
    Delete,
    SelectAll,
    SelectNone,
    Inspect,
    Rename,
    Connect,
    FindPart,
    /// Adds a part of this kind; not in the table, for the catalog is the table of kinds.
    AddPart(Kind),
    /// Adds a zone of this kind around the selection; likewise not in the table.
    AddZone(ZoneKind),
    Next,
    Previous,
    NextLink,
    PreviousLink,
    Focus(Direction),
    Extend(Direction),
    Nudge(Direction),
    NudgeFinely(Direction),
    Pan(Direction),
    ZoomIn,
    ZoomOut,
    ZoomToFit,
    ZoomToNaturalSize,
    CommandPalette,
    Help,
    ToggleTheme,
    Why,
    Pin,
    ShowPinned,
    Unpin,
    PlayOrPause,
    StepOnce,
    Restart,
    EndRun,
    Incidents,
    Lessons,
    /// Tries the incident of this identifier; not in the table, for the simulation core has the table of incidents.
    TryIncident(&'static str),
}

impl CommandId {
    /// Whether a drag or connection under way may go on while it runs. Undo gives the tool up in its own way, and what
    /// only the screen can do is the screen's affair.
    fn lets_a_tool_go_on(self) -> bool {
        !matches!(
            self,
            CommandId::Duplicate
                | CommandId::Delete
                | CommandId::SelectAll
                | CommandId::SelectNone
                | CommandId::Connect
                | CommandId::AddPart(_)
                | CommandId::AddZone(_)
                | CommandId::Next
                | CommandId::Previous
                | CommandId::NextLink
                | CommandId::PreviousLink
                | CommandId::Focus(_)
                | CommandId::Extend(_)
                | CommandId::Nudge(_)
                | CommandId::NudgeFinely(_)
        )
    }
}

impl CommandId {
    /// Whether it can wait until the other end of a connection is chosen.
    fn waits_for_a_choice(self) -> bool {
        matches!(
            self,
            CommandId::Next
                | CommandId::Previous
                | CommandId::NextLink
                | CommandId::PreviousLink
                | CommandId::Focus(_)
                | CommandId::Extend(_)
                | CommandId::Nudge(_)
                | CommandId::NudgeFinely(_)
        )
    }
}

/// Where menu and palette show a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Documents.
    File,
    /// The drawing.
    Edit,
    /// Getting about by keyboard.
    Navigate,
    /// Pan and zoom.
    View,
    /// What the design comes to.
    Results,
    /// The run.
    Run,
    /// The app itself.
    App,
}

impl Group {
    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Group::File => "File",
            Group::Edit => "Edit",
            Group::Navigate => "Navigate",
            Group::View => "View",
            Group::Results => "Results",
            Group::Run => "Run",
            Group::App => "Loadscape",
        }
    }
}

/// When a command can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At any time.
    Always,
    /// When anything is selected.
    Selection,
    /// When a component or zone is selected.
    MovableSelection,
    /// When exactly one component has the selection or the focus, or one link is selected.
    Connectable,
    /// When the drawing has a component.
    AnyComponent,
    /// When there is something to undo.
    CanUndo,
    /// When there is something to redo.
    CanRedo,
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Which.
    pub id: CommandId,
    /// What menu and palette call it.
    pub label: &'static str,
    /// Where they show it.
    pub group: Group,
    /// Its keys; the first is the one to show.
    pub keys: &'static [Keys],
    /// When it can be run.
    pub when: When,
}

const fn command(
    id: CommandId,
    label: &'static str,
    group: Group,
    keys: &'static [Keys],
    when: When,
) -> Command {
    Command {
        id,
        label,
        group,
        keys,
        when,
    }
}

/// Every command but those of the catalog's kinds, in the menu's order.
pub const COMMANDS: &[Command] = &{
    use CommandId as Id;
    use Direction::{Down, Left, Right, Up};
    use Group::{App, Edit, File, Navigate, Results, Run, View};
    use When::{Always, AnyComponent, CanRedo, CanUndo, Connectable, MovableSelection, Selection};
    [
        command(Id::New, "New drawing", File, &[], Always),
        command(
            Id::Scenarios,
            "Open a built-in scenario…",
            File,
            &[],
            Always,
        ),
        command(Id::OpenFile, "Open file…", File, &[primary("o")], Always),
        command(Id::SaveFile, "Save file", File, &[primary("s")], Always),
        command(Id::CopyLink, "Copy link", File, &[plain("l")], Always),
        command(Id::Undo, "Undo", Edit, &[primary("z")], CanUndo),
        command(
            Id::Redo,
            "Redo",
            Edit,
            &[primary("z").shift(), primary("y")],
            CanRedo,
        ),
        command(Id::Cut, "Cut", Edit, &[primary("x")], MovableSelection),
        command(Id::Copy, "Copy", Edit, &[primary("c")], MovableSelection),
        command(Id::Paste, "Paste", Edit, &[primary("v")], Always),
        command(
            Id::Duplicate,
            "Duplicate",
            Edit,
            &[primary("d")],
            MovableSelection,
        ),
        command(
            Id::Delete,
            "Delete",
            Edit,
            &[plain("Delete"), plain("Backspace")],
            Selection,
        ),
        command(
            Id::SelectAll,
            "Select all",
            Edit,
            &[primary("a")],
            AnyComponent,
        ),
        command(
            Id::SelectNone,
            "Select nothing",
            Edit,
            &[plain("Escape")],
            Selection,
        ),
        command(
            Id::Inspect,
            "Edit parameters",
            Edit,
            &[plain("Enter")],
            Selection,
        ),
        command(Id::Rename, "Rename", Edit, &[plain("F2")], Selection),
        command(Id::Connect, "Connect to…", Edit, &[plain("c")], Connectable),
        command(
            Id::FindPart,
            "Find and add a part",
            Edit,
            &[plain("/")],
            Always,
        ),
        command(
            Id::Nudge(Left),
            "Nudge left",
            Edit,
            &[plain("ArrowLeft").shift()],
            MovableSelection,
        ),
        command(
            Id::Nudge(Right),
            "Nudge right",
            Edit,
            &[plain("ArrowRight").shift()],
            MovableSelection,
        ),
        command(
            Id::Nudge(Up),
            "Nudge up",
            Edit,
            &[plain("ArrowUp").shift()],
            MovableSelection,
        ),
        command(
            Id::Nudge(Down),
            "Nudge down",
            Edit,
            &[plain("ArrowDown").shift()],
            MovableSelection,
        ),
        command(
            Id::NudgeFinely(Left),
            "Nudge finely left",
            Edit,
            &[plain("ArrowLeft").shift().alt()],
            MovableSelection,
        ),
        command(
            Id::NudgeFinely(Right),
            "Nudge finely right",
            Edit,
            &[plain("ArrowRight").shift().alt()],
            MovableSelection,
        ),
        command(
            Id::NudgeFinely(Up),
            "Nudge finely up",
            Edit,
            &[plain("ArrowUp").shift().alt()],
            MovableSelection,
        ),
        command(
            Id::NudgeFinely(Down),
            "Nudge finely down",
            Edit,
            &[plain("ArrowDown").shift().alt()],
            MovableSelection,
        ),
        command(Id::Next, "Next part", Navigate, &[plain("]")], AnyComponent),
        command(
            Id::Previous,
            "Previous part",
            Navigate,
            &[plain("[")],
            AnyComponent,
        ),
        command(
            Id::NextLink,
            "Next link",
            Navigate,
            &[plain(".")],
            AnyComponent,
        ),
        command(
            Id::PreviousLink,
            "Previous link",
            Navigate,
            &[plain(",")],
            AnyComponent,
        ),
        command(
            Id::Focus(Left),
            "Part to the left",
            Navigate,
            &[plain("ArrowLeft")],
            AnyComponent,
        ),
        command(
            Id::Focus(Right),
            "Part to the right",
            Navigate,
            &[plain("ArrowRight")],
            AnyComponent,
        ),
        command(
            Id::Focus(Up),
            "Part above",
            Navigate,
            &[plain("ArrowUp")],
            AnyComponent,
        ),
        command(
            Id::Focus(Down),
            "Part below",
            Navigate,
            &[plain("ArrowDown")],
            AnyComponent,
        ),
        command(
            Id::Extend(Left),
            "Add part to the left to the selection",
            Navigate,
            &[primary("ArrowLeft").shift()],
            AnyComponent,
        ),
        command(
            Id::Extend(Right),
            "Add part to the right to the selection",
            Navigate,
            &[primary("ArrowRight").shift()],
            AnyComponent,
        ),
        command(
            Id::Extend(Up),
            "Add part above to the selection",
            Navigate,
            &[primary("ArrowUp").shift()],
            AnyComponent,
        ),
        command(
            Id::Extend(Down),
            "Add part below to the selection",
            Navigate,
            &[primary("ArrowDown").shift()],
            AnyComponent,
        ),
        command(
            Id::ZoomIn,
            "Zoom in",
            View,
            &[plain("+"), plain("="), primary("+"), primary("=")],
            Always,
        ),
        command(
            Id::ZoomOut,
            "Zoom out",
            View,
            &[plain("-"), primary("-")],
            Always,
        ),
        command(Id::ZoomToFit, "Zoom to fit", View, &[plain("f")], Always),
        command(
            Id::ZoomToNaturalSize,
            "Zoom to 100 %",
            View,
            &[plain("0"), primary("0")],
            Always,
        ),
        command(
            Id::Pan(Left),
            "Pan left",
            View,
            &[plain("ArrowLeft").alt()],
            Always,
        ),
        command(
            Id::Pan(Right),
            "Pan right",
            View,
            &[plain("ArrowRight").alt()],
            Always,
        ),
        command(
            Id::Pan(Up),
            "Pan up",
            View,
            &[plain("ArrowUp").alt(), plain("PageUp")],
            Always,
        ),
        command(
            Id::Pan(Down),
            "Pan down",
            View,
            &[plain("ArrowDown").alt(), plain("PageDown")],
            Always,
        ),
        command(
            Id::Why,
            "Why? And what would move it",
            Results,
            &[plain("w")],
            AnyComponent,
        ),
        command(
            Id::Pin,
            "Pin this design to compare with",
            Results,
            &[plain("k")],
            AnyComponent,
        ),
        command(
            Id::ShowPinned,
            "Show the pinned design, or go back",
            Results,
            &[plain("j")],
            AnyComponent,
        ),
        command(Id::Unpin, "Unpin the design", Results, &[], AnyComponent),
        command(
            Id::PlayOrPause,
            "Play or pause",
            Run,
            &[plain("p")],
            AnyComponent,
        ),
        command(
            Id::StepOnce,
            "Let the next thing happen",
            Run,
            &[plain("n")],
            AnyComponent,
        ),
        command(
            Id::Restart,
            "Run again from the start",
            Run,
            &[plain("r")],
            AnyComponent,
        ),
        command(
            Id::Incidents,
            "Try an incident…",
            Run,
            &[plain("b")],
            AnyComponent,
        ),
        command(Id::Lessons, "Lessons…", App, &[], Always),
        command(Id::EndRun, "End the run", Run, &[], AnyComponent),
        command(
            Id::CommandPalette,
            "All commands…",
            App,
            &[primary("k")],
            Always,
        ),
        command(Id::Help, "Help and keys", App, &[plain("?")], Always),
        command(Id::ToggleTheme, "Light or dark", App, &[plain("t")], Always),
    ]
};

/// What came of running a command.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a view that drops effects no longer shows the document"]
pub enum Ran {
    /// The editor did it.
    Done(Effects),
    /// Only the screen can: files, clipboard, panels, theme.
    ForTheScreen(CommandId),
}

/// How far a panning key moves the view, in pixels.
const PAN_STEP: f64 = 80.0;

impl Editor {
    /// Whether a command can be run now.
    pub fn available(&self, when: When) -> bool {
        let movable = || {
            self.selection().components().next().is_some()
                || self.selection().zones().next().is_some()
        };
        match when {
            When::Always => true,
            When::Selection => !self.selection().is_empty(),
            When::MovableSelection => movable(),
            When::Connectable => {
                self.selection().sole_component().is_some()
                    || matches!(self.selection().sole(), Some(super::Item::Link(_)))
                    || matches!(self.focus(), Some(super::Item::Component(_)))
            }
            When::AnyComponent => !self.scenario().components.is_empty(),
            When::CanUndo => self.undo_label().is_some() || self.in_gesture(),
            When::CanRedo => self.redo_label().is_some(),
        }
    }

    /// Takes a key: first the tool under way, then the command table. `None` means that the key is nobody's and the
    /// browser may have it. For cut, copy and paste let the browser have the key as well: its clipboard events follow.
    pub fn key(&mut self, press: &KeyPress, at_ms: f64) -> Option<Ran> {
        if let Some(key) = press.tool_key().filter(|key| self.tool().wants(*key)) {
            return Some(Ran::Done(self.input(&Input::Key(key))));
        }
        let command = COMMANDS
            .iter()
            .find(|command| command.keys.iter().any(|keys| keys.matches(press)))?;
        if !self.available(command.when) {
            return Some(Ran::Done(Effects::none()));
        }
        Some(self.run(command.id, at_ms))
    }

    /// Runs a command. A refusal comes back as a sentence. While the other end of a connection is being chosen by key, what
    /// merely looks about or nudges waits for that; what edits ends it and says so.
    pub fn run(&mut self, command: CommandId, at_ms: f64) -> Ran {
        if let Tool::Connecting(connection) = self.tool()
            && connection.grip.is_none()
            && command.waits_for_a_choice()
        {
            return Ran::Done(Effects::say(self.describe_choice(connection)));
        }
        let said = |result: Result<Effects, Refusal>| {
            result.unwrap_or_else(|refusal| Effects::say(refusal.to_string()))
        };
        let centre = self.canvas().centre();
        let settled = if command.lets_a_tool_go_on() {
            Effects::none()
        } else {
            self.settle_tool()
        };
        let effects = match command {
            CommandId::Undo => self.undo(),
            CommandId::Redo => self.redo(),
            CommandId::Duplicate => said(self.duplicate()),
            CommandId::Delete => said(self.delete_selection()),
            CommandId::SelectAll => self.select_all(),
            CommandId::SelectNone => self.select_none(),
            CommandId::Connect => said(self.start_connecting()),
            CommandId::AddPart(kind) => said(self.add_part(kind)),
            CommandId::AddZone(kind) => said(self.add_zone(kind)),
            CommandId::Next => self.focus_next(true),
            CommandId::Previous => self.focus_next(false),
            CommandId::NextLink => self.focus_next_link(true),
            CommandId::PreviousLink => self.focus_next_link(false),
            CommandId::Focus(direction) => self.focus_towards(direction, false),
            CommandId::Extend(direction) => self.focus_towards(direction, true),
            CommandId::Nudge(direction) => said(self.nudge(direction, GRID, at_ms)),
            CommandId::NudgeFinely(direction) => said(self.nudge(direction, 1.0, at_ms)),
            CommandId::Pan(direction) => {
                let unit = direction.unit();
                self.pan_by(-unit.x * PAN_STEP, -unit.y * PAN_STEP)
            }
            CommandId::ZoomIn => self.set_viewport(self.viewport().zoomed_in(centre)),
            CommandId::ZoomOut => self.set_viewport(self.viewport().zoomed_out(centre)),
            CommandId::ZoomToNaturalSize => {
                self.set_viewport(self.viewport().zoomed_to(centre, 1.0))
            }
            CommandId::ZoomToFit => self.zoom_to_fit(),
            CommandId::New
            | CommandId::Scenarios
            | CommandId::OpenFile
            | CommandId::SaveFile
            | CommandId::CopyLink
            | CommandId::Cut
            | CommandId::Copy
            | CommandId::Paste
            | CommandId::Inspect
            | CommandId::Rename
            | CommandId::FindPart
            | CommandId::CommandPalette
            | CommandId::Help
            | CommandId::ToggleTheme
            | CommandId::Why
            | CommandId::Pin
            | CommandId::ShowPinned
            | CommandId::Unpin
            | CommandId::PlayOrPause
            | CommandId::StepOnce
            | CommandId::Restart
            | CommandId::EndRun
            | CommandId::Incidents
            | CommandId::Lessons
            | CommandId::TryIncident(_) => return Ran::ForTheScreen(command),
        };
        // Both sentences: that the tool was given up, and what came of the command.
        let both = match (&settled.announcement, &effects.announcement) {
            (Some(gave_up), Some(did)) => Effects::say(format!("{gave_up} {did}")),
            _ => Effects::none(),
        };
        Ran::Done(settled.then(effects).then(both))
    }

    /// Gives up the tool under way, as Escape does.
    pub fn cancel(&mut self) -> Effects {
        match self.tool() {
            Tool::Idle => Effects::none(),
            _ => self.input(&Input::Key(ToolKey::Escape)),
        }
    }
}
