//! Connecting: whether a link would mean something, what, and which parts are worth aiming at.

use super::Editor;
use super::change::Change;
use super::effects::{Effects, Item};
use super::refusal::Refusal;
use super::selection::Selection;
use super::set::Set;
use super::tool::{Connection, Tool};
use loadscape_sim::catalog::{self, LinkMeaning};
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point};

/// Which end of a connection is still loose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loose {
    /// The end that is called: the drag began at an outgoing port.
    Called,
    /// The end that calls: the drag began at an incoming port.
    Caller,
}

impl Loose {
    /// Caller and called, when the fixed end is this component and the loose one reaches that.
    pub fn ends(self, fixed: ComponentId, other: ComponentId) -> (ComponentId, ComponentId) {
        match self {
            Loose::Called => (fixed, other),
            Loose::Caller => (other, fixed),
        }
    }
}

/// What letting go here would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing: there is no part under the loose end.
    Nowhere,
    /// A link that means this, in words: "Read API reads Replica".
    Means(String),
    /// No link, for this reason.
    Refused(String),
}

impl Verdict {
    /// Whether letting go would make a link.
    pub fn is_valid(&self) -> bool {
        matches!(self, Verdict::Means(_))
    }
}

impl Editor {
    /// What a link from one component to the other would mean, or why there can be none.
    ///
    /// # Errors
    /// Why not, for the person who draws.
    pub fn link_meaning(&self, from: ComponentId, to: ComponentId) -> Result<LinkMeaning, Refusal> {
        self.meaning_without(from, to, None)
    }

    /// The same as if one link were not there: the one that is being plugged in elsewhere.
    fn meaning_without(
        &self,
        from: ComponentId,
        to: ComponentId,
        moved: Option<LinkId>,
    ) -> Result<LinkMeaning, Refusal> {
        let caller = self.component(from).ok_or(Refusal::NoComponent(from))?;
        let called = self.component(to).ok_or(Refusal::NoComponent(to))?;
        if from == to {
            return Err(Refusal::SelfLink);
        }
        let between = self.document.link_between(from, to);
        if between.is_some_and(|link| Some(link.id) != moved) {
            return Err(Refusal::DuplicateLink);
        }
        catalog::connection(caller.kind, called.kind).map_err(Refusal::Meaningless)
    }

    /// What letting the loose end go over this component would do.
    pub fn verdict_for(&self, connection: &Connection, other: ComponentId) -> Verdict {
        let (from, to) = connection.loose.ends(connection.fixed, other);
        match self.meaning_without(from, to, connection.moved) {
            Ok(meaning) => Verdict::Means(self.clause(from, meaning, to)),
            Err(refusal) => Verdict::Refused(refusal.to_string()),
        }
    }

    /// Every component that the loose end could be let go over, in reading order: what the view lights up.
    pub fn targets_of(&self, connection: &Connection) -> Vec<ComponentId> {
        self.reading_order()
            .into_iter()
            .filter(|&other| self.verdict_for(connection, other).is_valid())
            .collect()
    }

    /// Links one component to another.
    ///
    /// # Errors
    /// When such a link exists already or means nothing.
    pub fn connect(&mut self, from: ComponentId, to: ComponentId) -> Result<Effects, Refusal> {
        let meaning = self.link_meaning(from, to)?;
        let link = Link::new(self.fresh_link_id(), from, to);
        let index = self.scenario().links.len();
        let sentence = format!("Connected: {}.", self.clause(from, meaning, to));
        let effects = self.commit("Connect", vec![Change::InsertLink { index, link }])?;
        Ok(effects.then(Effects::say(sentence)))
    }

    /// Plugs one end of a link in elsewhere. What the link carries stays; calls that its former caller had planned along it go.
    ///
    /// # Errors
    /// When there is such a link already or it would mean nothing.
    pub fn plug_in(
        &mut self,
        link: LinkId,
        from: ComponentId,
        to: ComponentId,
    ) -> Result<Effects, Refusal> {
        let old = self.link(link).ok_or(Refusal::NoLink(link))?.clone();
        if (old.from, old.to) == (from, to) {
            return Ok(Effects::none());
        }
        let meaning = self.meaning_without(from, to, Some(link))?;
        let mut changes = if old.from == from {
            Vec::new()
        } else {
            self.call_removals(&Set::from([link]))
        };
        changes.push(Change::SetLink(Link { from, to, ..old }));
        let sentence = format!("Connected: {}.", self.clause(from, meaning, to));
        let effects = self.commit("Plug link in elsewhere", changes)?;
        Ok(effects.then(Effects::say(sentence)))
    }

    /// Takes the called end of a link out, to be plugged in elsewhere by key or by a click.
    fn start_plugging(&mut self, link: LinkId) -> Result<Effects, Refusal> {
        let old = self.link(link).ok_or(Refusal::NoLink(link))?;
        let (fixed, over) = (old.from, old.to);
        let at = self
            .component(over)
            .map_or(Point::default(), Component::centre);
        let connection = Connection {
            fixed,
            loose: Loose::Called,
            moved: Some(link),
            grip: None,
            at,
            over: None,
            verdict: Verdict::Nowhere,
        };
        let sentence = format!(
            "Plugging the link from {} in elsewhere. Choose the other end with the arrow keys or Tab, Enter connects, Escape leaves it.",
            self.name_of(fixed)
        );
        let settled = self.settle_tool();
        self.tool = Tool::Connecting(connection);
        Ok(settled
            .then(Effects::of_tool())
            .then(Effects::say(sentence)))
    }

    /// Starts to connect from the selected component by key or by a click on the other end; from a selected link, to plug its
    /// called end in elsewhere.
    ///
    /// # Errors
    /// When no single component or link is selected.
    pub fn start_connecting(&mut self) -> Result<Effects, Refusal> {
        if let Some(Item::Link(link)) = self.selection().sole() {
            return self.start_plugging(link);
        }
        let fixed = match self.selection().sole_component().map(Item::Component) {
            Some(Item::Component(id)) => id,
            _ => match self.focus() {
                Some(Item::Component(id)) => id,
                _ => return Err(Refusal::NothingSelected),
            },
        };
        let Some(component) = self.component(fixed) else {
            return Err(Refusal::NoComponent(fixed));
        };
        let connection = Connection {
            fixed,
            loose: Loose::Called,
            moved: None,
            grip: None,
            at: component.centre(),
            over: None,
            verdict: Verdict::Nowhere,
        };
        let sentence = format!(
            "Connecting from {}. Choose the other end with the arrow keys or Tab, Enter connects, Escape cancels.",
            component.name
        );
        let settled = self.settle_tool();
        self.tool = Tool::Connecting(connection);
        let selected = self.select(Selection::only(Item::Component(fixed)));
        Ok(settled
            .then(selected)
            .then(Effects::of_tool())
            .then(Effects::say(sentence)))
    }

    /// The next (or previous) component that the connection could end at, in reading order, round and round.
    /// When none is left, every other component in turn, so that one can learn why not.
    pub(super) fn next_target(
        &self,
        connection: &Connection,
        forwards: bool,
    ) -> Option<ComponentId> {
        let mut targets = self.targets_of(connection);
        if targets.is_empty() {
            targets = self.reading_order();
            targets.retain(|id| *id != connection.fixed);
        }
        super::navigate::step(&targets, connection.over, forwards)
    }

    /// That a connection still waits for its other end.
    pub(super) fn describe_choice(&self, connection: &Connection) -> String {
        format!(
            "Still connecting from {}. Choose the other end with the arrow keys or Tab, Enter connects, Escape cancels.",
            self.name_of(connection.fixed)
        )
    }

    /// Where the connection stands, in one sentence.
    pub(super) fn describe_connection(&self, connection: &Connection) -> String {
        let Some(other) = connection.over else {
            return "No part chosen.".to_owned();
        };
        match &connection.verdict {
            Verdict::Means(meaning) => format!("{meaning}. Enter connects."),
            Verdict::Refused(reason) => format!("{}: {reason}", self.name_of(other)),
            Verdict::Nowhere => "No part chosen.".to_owned(),
        }
    }

    /// "Read API reads Replica".
    pub(super) fn clause(
        &self,
        from: ComponentId,
        meaning: LinkMeaning,
        to: ComponentId,
    ) -> String {
        format!(
            "{} {} {}",
            self.name_of(from),
            meaning.verb(),
            self.name_of(to)
        )
    }
}
