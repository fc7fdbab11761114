//! What a view has to redraw after an edit, as sets of ids; it knows nothing of how anything is drawn.

use super::set::Set;
use loadscape_sim::scenario::{ComponentId, LinkId, ZoneId};

/// Something on the drawing that can be selected or focused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// A component's node.
    Component(ComponentId),
    /// A link's line.
    Link(LinkId),
    /// A zone's border.
    Zone(ZoneId),
}

/// What changed, so that a view touches that and nothing else. Merging the effects of a sequence of
/// edits gives the effects of the whole: a view that applies them equals a view made from scratch.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a view that drops effects no longer shows the document"]
pub struct Effects {
    /// Whether the answer under load may differ: solve again. A move within the same zones leaves it.
    pub model: bool,
    /// Whether anything that is saved differs.
    pub document: bool,
    /// Components came, went or changed order: reconcile the list of ids, then the two sets below.
    pub component_list: bool,
    /// Components whose position to read again (new ones are among them).
    pub components_moved: Set<ComponentId>,
    /// Components whose name, parameters, mix or plans to read again (new ones are among them).
    pub components_changed: Set<ComponentId>,
    /// Links came, went or changed order.
    pub link_list: bool,
    /// Links whose ends, weight, classes or round trip to read again. A link whose end only *moved*
    /// is not among them: its path follows from the positions of its two ends.
    pub links_changed: Set<LinkId>,
    /// Zones came, went or changed order.
    pub zone_list: bool,
    /// Zones whose rectangle to read again (new ones are among them).
    pub zones_moved: Set<ZoneId>,
    /// Zones whose kind, name or parameters to read again (new ones are among them).
    pub zones_changed: Set<ZoneId>,
    /// The request classes, their order or anything in them.
    pub classes: bool,
    /// The objectives.
    pub objectives: bool,
    /// The faults.
    pub faults: bool,
    /// How it wants to be simulated.
    pub run: bool,
    /// The title.
    pub title: bool,
    /// The notes.
    pub notes: bool,
    /// Items that were selected or deselected: read whether each is selected now.
    pub selection: Set<Item>,
    /// The item with the keyboard's focus.
    pub focus: bool,
    /// Pan or zoom.
    pub viewport: bool,
    /// The tool or what it shows: marquee, loose connection, ghost, lit target.
    pub tool: bool,
    /// What undo and redo would do, or whether they can.
    pub history: bool,
    /// A sentence for the live region (and, when something was refused, for the eye).
    pub announcement: Option<String>,
}

impl Effects {
    /// No effect at all: nothing to redraw, nothing to say.
    pub fn none() -> Self {
        Effects::default()
    }

    /// Whether there is nothing to redraw and nothing to say.
    pub fn is_none(&self) -> bool {
        *self == Effects::default()
    }

    /// Whether another document has taken the place of the one before, by opening it or by taking that back.
    pub fn is_of_another_document(&self) -> bool {
        self.component_list
            && self.link_list
            && self.zone_list
            && self.classes
            && self.objectives
            && self.faults
            && self.run
            && self.title
            && self.notes
    }

    /// Only a sentence.
    pub fn say(sentence: impl Into<String>) -> Self {
        Effects {
            announcement: Some(sentence.into()),
            ..Effects::default()
        }
    }

    /// Only the tool.
    pub fn of_tool() -> Self {
        Effects {
            tool: true,
            ..Effects::default()
        }
    }

    /// Only pan or zoom.
    pub fn of_viewport() -> Self {
        Effects {
            viewport: true,
            ..Effects::default()
        }
    }

    /// Adds the effects of what happened afterwards; the later sentence wins.
    pub fn merge(&mut self, later: Effects) {
        self.model |= later.model;
        self.document |= later.document;
        self.component_list |= later.component_list;
        self.components_moved.extend(later.components_moved);
        self.components_changed.extend(later.components_changed);
        self.link_list |= later.link_list;
        self.links_changed.extend(later.links_changed);
        self.zone_list |= later.zone_list;
        self.zones_moved.extend(later.zones_moved);
        self.zones_changed.extend(later.zones_changed);
        self.classes |= later.classes;
        self.objectives |= later.objectives;
        self.faults |= later.faults;
        self.run |= later.run;
        self.title |= later.title;
        self.notes |= later.notes;
        self.selection.extend(later.selection);
        self.focus |= later.focus;
        self.viewport |= later.viewport;
        self.tool |= later.tool;
        self.history |= later.history;
        if later.announcement.is_some() {
            self.announcement = later.announcement;
        }
    }

    /// These effects followed by those.
    pub fn then(mut self, later: Effects) -> Self {
        self.merge(later);
        self
    }
}
