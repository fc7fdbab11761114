//! Moving about the drawing without a pointer: reading order, neighbours by direction, focus.

use super::Editor;
use super::effects::{Effects, Item};
use super::geometry::node_rectangle;
use super::input::Direction;
use super::selection::Selection;
use super::set::{Table, in_order};
use loadscape_sim::catalog;
use loadscape_sim::scenario::{
    Component, ComponentId, Link, LinkId, NODE_HEIGHT, Point, Rectangle, ZoneId,
};

/// Most targets of a component that a sentence names one by one.
const MOST_NAMED: usize = 5;

/// The element after (or before) the current one, round and round.
pub(super) fn step<Id: Copy + Eq>(list: &[Id], current: Option<Id>, forwards: bool) -> Option<Id> {
    let last = list.len().checked_sub(1)?;
    let place = current.and_then(|current| list.iter().position(|id| *id == current));
    let next = match (place, forwards) {
        (None, true) => 0,
        (None, false) => last,
        (Some(place), true) if place == last => 0,
        (Some(place), true) => place + 1,
        (Some(0), false) => last,
        (Some(place), false) => place - 1,
    };
    list.get(next).copied()
}

/// How far away a point lies in a direction: its distance ahead, with what lies aside counted double; `None` behind.
fn distance_towards(from: Point, to: Point, direction: Direction) -> Option<f64> {
    let unit = direction.unit();
    let (x, y) = (to.x - from.x, to.y - from.y);
    let ahead = x * unit.x + y * unit.y;
    let aside = (x * unit.y).abs() + (y * unit.x).abs();
    // Outside a cone of 63 degrees to either side, "left" no longer feels like left.
    (ahead > 0.5 && aside <= 2.0 * ahead).then_some(ahead + 2.0 * aside)
}

impl Editor {
    /// Every component row by row from the top, each row from the left.
    pub fn reading_order(&self) -> Vec<ComponentId> {
        let components = in_order(&self.scenario().components, |a, b| {
            let row = |component: &Component| (component.position.y / NODE_HEIGHT).round();
            row(a)
                .total_cmp(&row(b))
                .then(a.position.x.total_cmp(&b.position.x))
                .then(a.id.cmp(&b.id))
                .is_lt()
        });
        components.iter().map(|component| component.id).collect()
    }

    /// The nearest component in a direction that passes the test.
    pub fn neighbour(
        &self,
        from: ComponentId,
        direction: Direction,
        passes: impl Fn(ComponentId) -> bool,
    ) -> Option<ComponentId> {
        let start = self.component(from)?.centre();
        self.scenario()
            .components
            .iter()
            .filter(|component| component.id != from && passes(component.id))
            .filter_map(|component| {
                let distance = distance_towards(start, component.centre(), direction)?;
                Some((distance, component.id))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }

    /// Moves the focus to the neighbour in a direction and selects it (or adds it to the selection).
    /// From nowhere it goes to the first component in reading order.
    pub fn focus_towards(&mut self, direction: Direction, extends: bool) -> Effects {
        let target = match self.focused_component() {
            Some(from) => self.neighbour(from, direction, |_| true),
            None => self.reading_order().first().copied(),
        };
        match target {
            Some(target) => self.focus_on(target, extends),
            None => Effects::none(),
        }
    }

    /// Moves the focus to the next (or previous) component in reading order, or behind the last of them to the zones, and selects it.
    pub fn focus_next(&mut self, forwards: bool) -> Effects {
        let zones = self.scenario().zones.iter().map(|zone| Item::Zone(zone.id));
        let parts = self.reading_order().into_iter().map(Item::Component);
        let all: Vec<Item> = parts.chain(zones).collect();
        let current = match self.focus() {
            zone @ Some(Item::Zone(_)) => zone,
            _ => self.focused_component().map(Item::Component),
        };
        match step(&all, current, forwards) {
            Some(Item::Component(id)) => self.focus_on(id, false),
            Some(Item::Zone(id)) => self.focus_on_zone(id),
            _ => Effects::none(),
        }
    }

    fn focus_on_zone(&mut self, id: ZoneId) -> Effects {
        let Some(zone) = self.zone(id) else {
            return Effects::none();
        };
        let kind = catalog::zone_specification(zone.kind).label;
        let (sentence, area) = (format!("{}, {kind}.", zone.name), zone.rectangle);
        let mut effects = self.select(Selection::only(Item::Zone(id)));
        effects.merge(self.set_focus(Some(Item::Zone(id))));
        effects.merge(self.reveal(area));
        effects.then(Effects::say(sentence))
    }

    /// Every link by its caller in reading order, then by what it calls.
    fn links_in_reading_order(&self) -> Vec<LinkId> {
        let order = self.reading_order();
        let places: Table<ComponentId, usize> = order.into_iter().zip(0..).collect();
        let key = |link: &Link| (places.get(&link.from), places.get(&link.to), link.id);
        let links = in_order(&self.scenario().links, |a, b| key(a) < key(b));
        links.iter().map(|link| link.id).collect()
    }

    /// Moves the focus to the next (or previous) link and selects it. From a component it goes to the first (or last)
    /// link to what it calls, or where it calls nothing, to one that calls it.
    pub fn focus_next_link(&mut self, forwards: bool) -> Effects {
        let links = self.links_in_reading_order();
        let current = match self.focus() {
            Some(Item::Link(id)) => Some(id),
            _ => None,
        };
        let own: Vec<LinkId> = match (current, self.focused_component()) {
            (None, Some(component)) => {
                let called: Vec<LinkId> = links
                    .iter()
                    .copied()
                    .filter(|&id| self.link(id).is_some_and(|link| link.from == component))
                    .collect();
                if called.is_empty() {
                    self.links_of(component).to_vec()
                } else {
                    called
                }
            }
            _ => Vec::new(),
        };
        let among = if own.is_empty() { &links } else { &own };
        let Some(target) = step(among, current, forwards) else {
            return Effects::say("There is no link yet.");
        };
        let Some((from, to)) = self.link(target).map(|link| (link.from, link.to)) else {
            return Effects::none();
        };
        let meaning = match (self.component(from), self.component(to)) {
            (Some(caller), Some(called)) => catalog::connection(caller.kind, called.kind).ok(),
            _ => None,
        };
        let sentence = meaning.map_or_else(
            || format!("Link from {} to {}.", self.name_of(from), self.name_of(to)),
            |meaning| format!("Link: {}.", self.clause(from, meaning, to)),
        );
        let mut effects = self.select(Selection::only(Item::Link(target)));
        effects.merge(self.set_focus(Some(Item::Link(target))));
        effects.merge(self.reveal_component(to));
        effects.merge(self.reveal_component(from));
        effects.then(Effects::say(sentence))
    }

    /// Selects a component, gives it the focus and brings it into view.
    pub fn focus_on(&mut self, id: ComponentId, extends: bool) -> Effects {
        if self.component(id).is_none() {
            return Effects::none();
        }
        let mut selection = if extends {
            self.selection().clone()
        } else {
            Selection::none()
        };
        selection.insert(Item::Component(id));
        let sentence = self.describe(id);
        let mut effects = self.select(selection);
        effects.merge(self.set_focus(Some(Item::Component(id))));
        effects.merge(self.reveal_component(id));
        effects.then(Effects::say(sentence))
    }

    /// Brings a component into view.
    pub fn reveal_component(&mut self, id: ComponentId) -> Effects {
        let Some(component) = self.component(id) else {
            return Effects::none();
        };
        self.reveal(node_rectangle(component.position))
    }

    fn reveal(&mut self, area: Rectangle) -> Effects {
        let viewport = self.viewport().revealing(area, self.canvas());
        self.set_viewport(viewport)
    }

    /// Brings this part of the drawing into view, by as little as shows it where it fits, and else, or where that is wished, with all of the drawing.
    pub(super) fn bring_into_view(&mut self, area: Rectangle, whole: bool) -> Effects {
        let visible = self.viewport().visible(self.canvas());
        if whole || area.width > visible.width || area.height > visible.height {
            return self.zoom_to_fit();
        }
        self.reveal(area)
    }

    fn focused_component(&self) -> Option<ComponentId> {
        match self.focus() {
            Some(Item::Component(id)) => Some(id),
            _ => self.selection().components().next(),
        }
    }

    /// A component's name, kind and links, as a screen reader says it.
    fn describe(&self, id: ComponentId) -> String {
        let Some(component) = self.component(id) else {
            return String::new();
        };
        let kind = super::placement::kind_label(component.kind);
        let mut sentence = if component.name == kind {
            component.name.clone()
        } else {
            format!("{}, {kind}", component.name)
        };
        let called: Vec<&str> = self
            .document
            .links_of(id)
            .iter()
            .filter_map(|&link| self.link(link))
            .filter(|link| link.from == id)
            .map(|link| self.name_of(link.to))
            .collect();
        match called.len() {
            0 => sentence.push('.'),
            1..=MOST_NAMED => sentence.push_str(&format!("; linked to {}.", called.join(", "))),
            count => sentence.push_str(&format!("; linked to {count} parts.")),
        }
        sentence
    }
}
