//! Changes of what is drawn: components, links and zones, and where they lie.

use super::super::allowed;
use super::super::change::Change;
use super::super::effects::Effects;
use super::super::refusal::Refusal;
use super::{Document, same_point, same_rectangle};
use loadscape_sim::catalog::{Parameter, Value, ZoneKind};
use loadscape_sim::scenario::{
    Component, ComponentId, Fault, Link, LinkId, Point, Rectangle, Zone, ZoneId, limits,
};
use std::collections::BTreeMap;

impl Document {
    pub(super) fn insert_component(
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

    pub(super) fn remove_component(
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
        self.require_no_fault(|fault| fault.speaks_of_component(id))?;
        let component = Box::new(self.scenario.components.remove(index));
        self.component_places.remove(&id);
        self.links_by_end.remove(&id);
        self.index_components(index);
        effects.component_list = true;
        effects.model = true;
        Ok(Change::InsertComponent { index, component })
    }

    pub(super) fn arrange(
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
            let Some(&place) = self.component_places.get(id) else {
                continue;
            };
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
            let Some(&place) = self.zone_places.get(id) else {
                continue;
            };
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

    pub(super) fn insert_link(
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

    pub(super) fn remove_link(
        &mut self,
        id: LinkId,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        let index = *self.link_places.get(&id).ok_or(Refusal::NoLink(id))?;
        let caller = self.component(self.scenario.links[index].from);
        if caller.is_some_and(|caller| calls_along(caller, id)) {
            return Err(Refusal::StillCalled(id));
        }
        self.require_no_fault(|fault| fault.speaks_of_link(id))?;
        let link = self.scenario.links.remove(index);
        self.detach(&link);
        self.link_places.remove(&id);
        self.index_links(index);
        effects.link_list = true;
        effects.model = true;
        Ok(Change::InsertLink { index, link })
    }

    pub(super) fn set_link(
        &mut self,
        link: Link,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
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

    pub(super) fn insert_zone(
        &mut self,
        index: usize,
        zone: Zone,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
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

    pub(super) fn remove_zone(
        &mut self,
        id: ZoneId,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        let index = *self.zone_places.get(&id).ok_or(Refusal::NoZone(id))?;
        self.require_no_fault(|fault| fault.speaks_of_zone(id))?;
        let zone = self.scenario.zones.remove(index);
        self.zone_places.remove(&id);
        self.index_zones(index);
        effects.zone_list = true;
        effects.model = true;
        Ok(Change::InsertZone { index, zone })
    }

    pub(super) fn set_zone(
        &mut self,
        zone: ZoneId,
        kind: ZoneKind,
        name: String,
        parameters: BTreeMap<Parameter, Value>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
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

    fn require_no_fault(&self, of: impl Fn(&Fault) -> bool) -> Result<(), Refusal> {
        if self.scenario.faults.iter().any(of) {
            Err(Refusal::StillFaulty)
        } else {
            Ok(())
        }
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
}

fn calls_along(caller: &Component, link: LinkId) -> bool {
    caller
        .plans
        .iter()
        .flat_map(|plan| &plan.steps)
        .flat_map(|step| &step.calls)
        .any(|call| call.link == link)
}
