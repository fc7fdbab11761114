//! The document being edited: the scenario itself with an index by id, changed only by [`Change`]s; it knows no history.
//!
//! Looking up, moving or setting one component of a thousand costs the same as one of ten; only
//! inserting and removing walk the list.

use super::allowed;
use super::change::Change;
use super::effects::Effects;
use super::refusal::Refusal;
use loadscape_sim::catalog::Value;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Point, Rectangle, Scenario, Zone, ZoneId, limits,
};
use std::collections::HashMap;

/// A scenario with an index. Its ids are unique and its links have both ends (the reader sees to that).
#[derive(Clone, Debug)]
pub struct Document {
    scenario: Scenario,
    component_places: HashMap<ComponentId, usize>,
    link_places: HashMap<LinkId, usize>,
    zone_places: HashMap<ZoneId, usize>,
    links_by_end: HashMap<ComponentId, Vec<LinkId>>,
}

impl Document {
    /// Takes a scenario in.
    pub fn new(scenario: Scenario) -> Self {
        let mut document = Document {
            scenario,
            component_places: HashMap::new(),
            link_places: HashMap::new(),
            zone_places: HashMap::new(),
            links_by_end: HashMap::new(),
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
            Change::SetName { component, name } => {
                allowed::text(&name)?;
                let target = self.component_mut(component)?;
                let previous = std::mem::replace(&mut target.name, name);
                effects.components_changed.insert(component);
                // Stations carry the component's name into messages and the report.
                effects.model = true;
                Ok(Change::SetName {
                    component,
                    name: previous,
                })
            }
            Change::SetParameter {
                component,
                parameter,
                value,
            } => {
                if matches!(value, Some(Value::Number(number)) if !number.is_finite()) {
                    return Err(Refusal::NotANumber);
                }
                let target = self.component_mut(component)?;
                let previous = match value {
                    Some(value) => target.parameters.insert(parameter, value),
                    None => target.parameters.remove(&parameter),
                };
                effects.components_changed.insert(component);
                effects.model = true;
                Ok(Change::SetParameter {
                    component,
                    parameter,
                    value: previous,
                })
            }
            Change::SetMix { component, mix } => {
                mix.iter()
                    .try_for_each(|(_, weight)| allowed::weight(*weight))?;
                self.require_classes(mix.iter().map(|(class, _)| *class))?;
                let previous = std::mem::replace(&mut self.component_mut(component)?.mix, mix);
                effects.components_changed.insert(component);
                effects.model = true;
                Ok(Change::SetMix {
                    component,
                    mix: previous,
                })
            }
            Change::SetPlans { component, plans } => {
                self.require_classes(plans.iter().map(|plan| plan.class))?;
                allowed::plans(&plans)?;
                let previous = std::mem::replace(&mut self.component_mut(component)?.plans, plans);
                effects.components_changed.insert(component);
                effects.model = true;
                Ok(Change::SetPlans {
                    component,
                    plans: previous,
                })
            }
            Change::InsertLink { index, link } => self.insert_link(index, link, effects),
            Change::RemoveLink(id) => self.remove_link(id, effects),
            Change::SetLink(link) => self.set_link(link, effects),
            Change::InsertZone { index, zone } => {
                if self.zone_places.contains_key(&zone.id) {
                    return Err(Refusal::IdTaken(zone.id.0));
                }
                allowed::room("zones", self.scenario.zones.len(), limits::ZONES)?;
                allowed::text(&zone.name)?;
                allowed::rectangle(zone.rectangle)?;
                let id = zone.id;
                let index = index.min(self.scenario.zones.len());
                self.scenario.zones.insert(index, zone);
                self.index_zones(index);
                effects.zone_list = true;
                effects.zones_moved.insert(id);
                effects.zones_changed.insert(id);
                effects.model = true;
                Ok(Change::RemoveZone(id))
            }
            Change::RemoveZone(id) => {
                let index = *self.zone_places.get(&id).ok_or(Refusal::NoZone(id))?;
                let zone = self.scenario.zones.remove(index);
                self.zone_places.remove(&id);
                self.index_zones(index);
                effects.zone_list = true;
                effects.model = true;
                Ok(Change::InsertZone { index, zone })
            }
            Change::SetZone {
                zone,
                kind,
                name,
                parameters,
            } => {
                allowed::text(&name)?;
                let target = self.zone_mut(zone)?;
                let previous = Change::SetZone {
                    zone,
                    kind: std::mem::replace(&mut target.kind, kind),
                    name: std::mem::replace(&mut target.name, name),
                    parameters: std::mem::replace(&mut target.parameters, parameters),
                };
                effects.zones_changed.insert(zone);
                effects.model = true;
                Ok(previous)
            }
            Change::InsertClass { index, class } => {
                if self.scenario.class(class.id).is_some() {
                    return Err(Refusal::IdTaken(class.id.0));
                }
                allowed::room(
                    "request classes",
                    self.scenario.classes.len(),
                    limits::CLASSES,
                )?;
                allowed::class(&class)?;
                let id = class.id;
                let index = index.min(self.scenario.classes.len());
                self.scenario.classes.insert(index, class);
                effects.classes = true;
                effects.model = true;
                Ok(Change::RemoveClass(id))
            }
            Change::RemoveClass(id) => self.remove_class(id, effects),
            Change::SetClass(class) => {
                allowed::class(&class)?;
                let target = self
                    .scenario
                    .classes
                    .iter_mut()
                    .find(|candidate| candidate.id == class.id)
                    .ok_or(Refusal::NoClass(class.id))?;
                let previous = std::mem::replace(target, class);
                effects.classes = true;
                effects.model = true;
                Ok(Change::SetClass(previous))
            }
            Change::InsertObjective { index, objective } => {
                allowed::room(
                    "objectives",
                    self.scenario.objectives.len(),
                    limits::OBJECTIVES,
                )?;
                self.require_classes(objective.class.into_iter())?;
                allowed::objective(&objective)?;
                let index = index.min(self.scenario.objectives.len());
                self.scenario.objectives.insert(index, objective);
                effects.objectives = true;
                effects.model = true;
                Ok(Change::RemoveObjective(index))
            }
            Change::RemoveObjective(index) => {
                if index >= self.scenario.objectives.len() {
                    return Err(Refusal::NoObjective(index));
                }
                let objective = self.scenario.objectives.remove(index);
                effects.objectives = true;
                effects.model = true;
                Ok(Change::InsertObjective { index, objective })
            }
            Change::SetObjective { index, objective } => {
                self.require_classes(objective.class.into_iter())?;
                allowed::objective(&objective)?;
                let target = self
                    .scenario
                    .objectives
                    .get_mut(index)
                    .ok_or(Refusal::NoObjective(index))?;
                let previous = std::mem::replace(target, objective);
                effects.objectives = true;
                effects.model = true;
                Ok(Change::SetObjective {
                    index,
                    objective: previous,
                })
            }
            Change::SetTitle(title) => {
                allowed::text(&title)?;
                effects.title = true;
                Ok(Change::SetTitle(std::mem::replace(
                    &mut self.scenario.title,
                    title,
                )))
            }
            Change::SetNotes(notes) => {
                allowed::text(&notes)?;
                effects.notes = true;
                Ok(Change::SetNotes(std::mem::replace(
                    &mut self.scenario.notes,
                    notes,
                )))
            }
            Change::ReplaceScenario(scenario) => {
                let previous = std::mem::replace(&mut self.scenario, *scenario);
                self.index_all();
                self.everything_changed(effects);
                Ok(Change::ReplaceScenario(Box::new(previous)))
            }
        }
    }

    fn insert_component(
        &mut self,
        index: usize,
        component: Component,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        let id = component.id;
        if self.component_places.contains_key(&id) {
            return Err(Refusal::IdTaken(id.0));
        }
        allowed::room(
            "components",
            self.scenario.components.len(),
            limits::COMPONENTS,
        )?;
        allowed::text(&component.name)?;
        allowed::position(component.position)?;
        let index = index.min(self.scenario.components.len());
        self.scenario.components.insert(index, component);
        self.index_components(index);
        effects.component_list = true;
        effects.components_moved.insert(id);
        effects.components_changed.insert(id);
        effects.model = true;
        Ok(Change::RemoveComponent(id))
    }

    fn remove_component(
        &mut self,
        id: ComponentId,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        let index = *self
            .component_places
            .get(&id)
            .ok_or(Refusal::NoComponent(id))?;
        if !self.links_of(id).is_empty() {
            return Err(Refusal::StillLinked(id));
        }
        let component = Box::new(self.scenario.components.remove(index));
        self.component_places.remove(&id);
        self.links_by_end.remove(&id);
        self.index_components(index);
        effects.component_list = true;
        effects.model = true;
        Ok(Change::InsertComponent { index, component })
    }

    fn arrange(
        &mut self,
        mut components: Vec<(ComponentId, Point)>,
        mut zones: Vec<(ZoneId, Rectangle)>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        for (id, position) in &components {
            if !self.component_places.contains_key(id) {
                return Err(Refusal::NoComponent(*id));
            }
            allowed::position(*position)?;
        }
        for (id, rectangle) in &zones {
            if !self.zone_places.contains_key(id) {
                return Err(Refusal::NoZone(*id));
            }
            allowed::rectangle(*rectangle)?;
        }
        // Zones move seldom: only then is the membership of every component worth comparing.
        let memberships_before = (!zones.is_empty()).then(|| self.memberships());
        for (id, position) in &mut components {
            let place = self.component_places[id];
            let component = &mut self.scenario.components[place];
            if same_point(component.position, *position) {
                continue;
            }
            let before = component.centre();
            std::mem::swap(&mut component.position, position);
            let after = component.centre();
            effects.components_moved.insert(*id);
            effects.model |=
                memberships_before.is_none()
                    && self.scenario.zones.iter().any(|zone| {
                        zone.rectangle.contains(before) != zone.rectangle.contains(after)
                    });
        }
        for (id, rectangle) in &mut zones {
            let place = self.zone_places[id];
            let zone = &mut self.scenario.zones[place];
            if same_rectangle(zone.rectangle, *rectangle) {
                continue;
            }
            std::mem::swap(&mut zone.rectangle, rectangle);
            effects.zones_moved.insert(*id);
        }
        if let Some(before) = memberships_before {
            effects.model |= before != self.memberships();
        }
        // An id may be listed twice: taken back, the last place goes first.
        components.reverse();
        zones.reverse();
        Ok(Change::Arrange { components, zones })
    }

    /// For every component in order, whether each zone in order holds its centre.
    fn memberships(&self) -> Vec<bool> {
        let zones = &self.scenario.zones;
        self.scenario
            .components
            .iter()
            .flat_map(|component| {
                let centre = component.centre();
                zones
                    .iter()
                    .map(move |zone| zone.rectangle.contains(centre))
            })
            .collect()
    }

    fn insert_link(
        &mut self,
        index: usize,
        link: Link,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        if self.link_places.contains_key(&link.id) {
            return Err(Refusal::IdTaken(link.id.0));
        }
        allowed::room("links", self.scenario.links.len(), limits::LINKS)?;
        self.require_link_sound(&link)?;
        let id = link.id;
        let index = index.min(self.scenario.links.len());
        self.attach(&link);
        self.scenario.links.insert(index, link);
        self.index_links(index);
        effects.link_list = true;
        effects.links_changed.insert(id);
        effects.model = true;
        Ok(Change::RemoveLink(id))
    }

    fn remove_link(&mut self, id: LinkId, effects: &mut Effects) -> Result<Change, Refusal> {
        let index = *self.link_places.get(&id).ok_or(Refusal::NoLink(id))?;
        let caller = self.component(self.scenario.links[index].from);
        if caller.is_some_and(|caller| calls_along(caller, id)) {
            return Err(Refusal::StillCalled(id));
        }
        let link = self.scenario.links.remove(index);
        self.detach(&link);
        self.link_places.remove(&id);
        self.index_links(index);
        effects.link_list = true;
        effects.model = true;
        Ok(Change::InsertLink { index, link })
    }

    fn set_link(&mut self, link: Link, effects: &mut Effects) -> Result<Change, Refusal> {
        let index = *self
            .link_places
            .get(&link.id)
            .ok_or(Refusal::NoLink(link.id))?;
        self.require_link_sound(&link)?;
        let old = self.scenario.links[index].clone();
        if old.from != link.from
            && self
                .component(old.from)
                .is_some_and(|caller| calls_along(caller, link.id))
        {
            return Err(Refusal::StillCalled(link.id));
        }
        self.detach(&old);
        self.attach(&link);
        effects.links_changed.insert(link.id);
        effects.model = true;
        self.scenario.links[index] = link;
        Ok(Change::SetLink(old))
    }

    fn remove_class(&mut self, id: ClassId, effects: &mut Effects) -> Result<Change, Refusal> {
        let index = self
            .scenario
            .classes
            .iter()
            .position(|class| class.id == id)
            .ok_or(Refusal::NoClass(id))?;
        if self.scenario.classes.len() == 1 {
            return Err(Refusal::LastClass);
        }
        let used = self.scenario.components.iter().any(|component| {
            component.mix.iter().any(|(class, _)| *class == id)
                || component.plans.iter().any(|plan| plan.class == id)
        }) || self
            .scenario
            .links
            .iter()
            .any(|link| link.classes.contains(&id))
            || self
                .scenario
                .objectives
                .iter()
                .any(|objective| objective.class == Some(id));
        if used {
            return Err(Refusal::StillUsed(id));
        }
        let class = self.scenario.classes.remove(index);
        effects.classes = true;
        effects.model = true;
        Ok(Change::InsertClass { index, class })
    }

    fn require_link_sound(&self, link: &Link) -> Result<(), Refusal> {
        for end in [link.from, link.to] {
            if !self.component_places.contains_key(&end) {
                return Err(Refusal::NoComponent(end));
            }
        }
        allowed::link(link)?;
        self.require_classes(link.classes.iter().copied())
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
        self.links_by_end
            .entry(link.from)
            .or_default()
            .push(link.id);
        if link.to != link.from {
            self.links_by_end.entry(link.to).or_default().push(link.id);
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

fn calls_along(caller: &Component, link: LinkId) -> bool {
    caller
        .plans
        .iter()
        .flat_map(|plan| &plan.steps)
        .flat_map(|step| &step.calls)
        .any(|call| call.link == link)
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
