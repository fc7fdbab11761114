//! The document being edited: the scenario itself with an index by id, changed only by [`Change`]s; it knows no history.
//!
//! Looking up, moving or setting one component of a thousand costs the same as one of ten; only
//! inserting and removing walk the list.

mod drawing;
mod settings;

use super::change::Change;
use super::effects::Effects;
use super::refusal::Refusal;
use super::set::Table;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Point, Rectangle, Scenario, Zone, ZoneId,
};

/// A scenario with an index. Its ids are unique and its links have both ends (the reader sees to that).
#[derive(Clone, Debug)]
pub struct Document {
    scenario: Scenario,
    component_places: Table<ComponentId, usize>,
    link_places: Table<LinkId, usize>,
    zone_places: Table<ZoneId, usize>,
    links_by_end: Table<ComponentId, Vec<LinkId>>,
}

impl Document {
    /// Takes a scenario in.
    pub fn new(scenario: Scenario) -> Self {
        let mut document = Document {
            scenario,
            component_places: Table::new(),
            link_places: Table::new(),
            zone_places: Table::new(),
            links_by_end: Table::new(),
        };
        document.index_all();
        document
    }

    /// The scenario as it is now; this is the store itself, so it costs nothing.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The component with this id.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.scenario
            .components
            .get(*self.component_places.get(&id)?)
    }

    /// The link with this id.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.scenario.links.get(*self.link_places.get(&id)?)
    }

    /// The zone with this id.
    pub fn zone(&self, id: ZoneId) -> Option<&Zone> {
        self.scenario.zones.get(*self.zone_places.get(&id)?)
    }

    /// The links that start or end at this component.
    pub fn links_of(&self, id: ComponentId) -> &[LinkId] {
        self.links_by_end.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The link from one component to another, if there is one.
    pub fn link_between(&self, from: ComponentId, to: ComponentId) -> Option<&Link> {
        self.links_of(from)
            .iter()
            .filter_map(|&id| self.link(id))
            .find(|link| link.from == from && link.to == to)
    }

    /// Makes the change and returns its inverse, or `None` (and no effects) when it changes nothing.
    /// A refused change leaves everything as it was.
    pub(super) fn apply(
        &mut self,
        change: Change,
        effects: &mut Effects,
    ) -> Result<Option<Change>, Refusal> {
        if self.would_change_nothing(&change) {
            return Ok(None);
        }
        let inverse = self.make(change, effects)?;
        effects.document = true;
        Ok(Some(inverse))
    }

    /// Whether the document is already as the change would make it.
    pub(super) fn would_change_nothing(&self, change: &Change) -> bool {
        match change {
            Change::Arrange { components, zones } => {
                components.iter().all(|(id, position)| {
                    self.component(*id)
                        .is_some_and(|component| same_point(component.position, *position))
                }) && zones.iter().all(|(id, rectangle)| {
                    self.zone(*id)
                        .is_some_and(|zone| same_rectangle(zone.rectangle, *rectangle))
                })
            }
            Change::SetName { component, name } => self
                .component(*component)
                .is_some_and(|component| component.name == *name),
            Change::SetParameter {
                component,
                parameter,
                value,
            } => self
                .component(*component)
                .is_some_and(|component| component.parameters.get(parameter) == value.as_ref()),
            Change::SetMix { component, mix } => self
                .component(*component)
                .is_some_and(|component| component.mix == *mix),
            Change::SetCurve { component, curve } => self
                .component(*component)
                .is_some_and(|component| component.curve == *curve),
            Change::SetPlans { component, plans } => self
                .component(*component)
                .is_some_and(|component| component.plans == *plans),
            Change::SetLink(link) => self.link(link.id) == Some(link),
            Change::SetZone {
                zone,
                kind,
                name,
                parameters,
            } => self.zone(*zone).is_some_and(|zone| {
                zone.kind == *kind && zone.name == *name && zone.parameters == *parameters
            }),
            Change::SetClass(class) => self.scenario.class(class.id) == Some(class),
            Change::SetObjective { index, objective } => {
                self.scenario.objectives.get(*index) == Some(objective)
            }
            Change::SetFault { index, fault } => self.scenario.faults.get(*index) == Some(fault),
            Change::SetRun(run) => self.scenario.run == *run,
            Change::SetTitle(title) => self.scenario.title == *title,
            Change::SetNotes(notes) => self.scenario.notes == *notes,
            Change::ReplaceScenario(scenario) => self.scenario == **scenario,
            _ => false,
        }
    }

    fn make(&mut self, change: Change, effects: &mut Effects) -> Result<Change, Refusal> {
        match change {
            Change::InsertComponent { index, component } => {
                self.insert_component(index, *component, effects)
            }
            Change::RemoveComponent(id) => self.remove_component(id, effects),
            Change::Arrange { components, zones } => self.arrange(components, zones, effects),
            Change::SetName { component, name } => self.set_name(component, name, effects),
            Change::SetParameter {
                component,
                parameter,
                value,
            } => self.set_parameter(component, parameter, value, effects),
            Change::SetMix { component, mix } => self.set_mix(component, mix, effects),
            Change::SetCurve { component, curve } => self.set_curve(component, curve, effects),
            Change::SetPlans { component, plans } => self.set_plans(component, plans, effects),
            Change::InsertLink { index, link } => self.insert_link(index, link, effects),
            Change::RemoveLink(id) => self.remove_link(id, effects),
            Change::SetLink(link) => self.set_link(link, effects),
            Change::InsertZone { index, zone } => self.insert_zone(index, zone, effects),
            Change::RemoveZone(id) => self.remove_zone(id, effects),
            Change::SetZone {
                zone,
                kind,
                name,
                parameters,
            } => self.set_zone(zone, kind, name, parameters, effects),
            Change::InsertClass { index, class } => self.insert_class(index, class, effects),
            Change::RemoveClass(id) => self.remove_class(id, effects),
            Change::SetClass(class) => self.set_class(class, effects),
            Change::InsertObjective { index, objective } => {
                self.insert_objective(index, objective, effects)
            }
            Change::RemoveObjective(index) => self.remove_objective(index, effects),
            Change::SetObjective { index, objective } => {
                self.set_objective(index, objective, effects)
            }
            Change::InsertFault { index, fault } => self.insert_fault(index, fault, effects),
            Change::RemoveFault(index) => self.remove_fault(index, effects),
            Change::SetFault { index, fault } => self.set_fault(index, fault, effects),
            Change::SetRun(run) => self.set_run(run, effects),
            Change::SetTitle(title) => self.set_title(title, effects),
            Change::SetNotes(notes) => self.set_notes(notes, effects),
            Change::ReplaceScenario(scenario) => {
                let previous = std::mem::replace(&mut self.scenario, *scenario);
                self.index_all();
                self.everything_changed(effects);
                Ok(Change::ReplaceScenario(Box::new(previous)))
            }
        }
    }

    fn require_classes(&self, mut classes: impl Iterator<Item = ClassId>) -> Result<(), Refusal> {
        match classes.find(|class| self.scenario.class(*class).is_none()) {
            Some(class) => Err(Refusal::NoClass(class)),
            None => Ok(()),
        }
    }

    fn component_mut(&mut self, id: ComponentId) -> Result<&mut Component, Refusal> {
        self.component_places
            .get(&id)
            .and_then(|&place| self.scenario.components.get_mut(place))
            .ok_or(Refusal::NoComponent(id))
    }

    fn zone_mut(&mut self, id: ZoneId) -> Result<&mut Zone, Refusal> {
        self.zone_places
            .get(&id)
            .and_then(|&place| self.scenario.zones.get_mut(place))
            .ok_or(Refusal::NoZone(id))
    }

    fn attach(&mut self, link: &Link) {
        self.links_by_end.entry(link.from, Vec::new).push(link.id);
        if link.to != link.from {
            self.links_by_end.entry(link.to, Vec::new).push(link.id);
        }
    }

    fn detach(&mut self, link: &Link) {
        for end in [link.from, link.to] {
            if let Some(links) = self.links_by_end.get_mut(&end) {
                links.retain(|id| *id != link.id);
            }
        }
    }

    fn index_all(&mut self) {
        self.component_places.clear();
        self.link_places.clear();
        self.zone_places.clear();
        self.links_by_end.clear();
        self.index_components(0);
        self.index_links(0);
        self.index_zones(0);
        let links = std::mem::take(&mut self.scenario.links);
        for link in &links {
            self.attach(link);
        }
        self.scenario.links = links;
    }

    fn index_components(&mut self, from: usize) {
        for (place, component) in self.scenario.components.iter().enumerate().skip(from) {
            self.component_places.insert(component.id, place);
        }
    }

    fn index_links(&mut self, from: usize) {
        for (place, link) in self.scenario.links.iter().enumerate().skip(from) {
            self.link_places.insert(link.id, place);
        }
    }

    fn index_zones(&mut self, from: usize) {
        for (place, zone) in self.scenario.zones.iter().enumerate().skip(from) {
            self.zone_places.insert(zone.id, place);
        }
    }

    fn everything_changed(&self, effects: &mut Effects) {
        effects.model = true;
        effects.component_list = true;
        effects.link_list = true;
        effects.zone_list = true;
        effects.classes = true;
        effects.objectives = true;
        effects.faults = true;
        effects.run = true;
        effects.title = true;
        effects.notes = true;
        for component in &self.scenario.components {
            effects.components_moved.insert(component.id);
            effects.components_changed.insert(component.id);
        }
        for link in &self.scenario.links {
            effects.links_changed.insert(link.id);
        }
        for zone in &self.scenario.zones {
            effects.zones_moved.insert(zone.id);
            effects.zones_changed.insert(zone.id);
        }
    }
}

// Bits, not values: undo restores a document bit for bit, and -0.0 == 0.0.
fn same_point(a: Point, b: Point) -> bool {
    a.x.to_bits() == b.x.to_bits() && a.y.to_bits() == b.y.to_bits()
}

fn same_rectangle(a: Rectangle, b: Rectangle) -> bool {
    a.x.to_bits() == b.x.to_bits()
        && a.y.to_bits() == b.y.to_bits()
        && a.width.to_bits() == b.width.to_bits()
        && a.height.to_bits() == b.height.to_bits()
}
