//! What people do to a drawing, put together from changes: delete, duplicate, nudge, set, rename; it knows no tool.

use super::Editor;
use super::allowed::accepted;
use super::change::Change;
use super::effects::{Effects, Item};
use super::geometry::encloses;
use super::input::Direction;
use super::refusal::Refusal;
use super::selection::Selection;
use super::set::Set;
use loadscape_sim::catalog::{self, Parameter, Value};
use loadscape_sim::scenario::{
    CallPlan, ClassId, ComponentId, Fault, Incident, LinkId, Objective, Operation, Point,
    Rectangle, RequestClass, Scenario, ZoneId,
};

impl Editor {
    /// Deletes what is selected, together with the links of deleted components, the calls along deleted links and the faults of all of them.
    ///
    /// # Errors
    /// When nothing is selected.
    pub fn delete_selection(&mut self) -> Result<Effects, Refusal> {
        if self.selection().is_empty() {
            return Err(Refusal::NothingSelected);
        }
        let selection = self.selection().clone();
        let effects =
            self.commit_selecting("Delete", self.deletion(&selection), Selection::none())?;
        let sentence = match selection.len() {
            1 => "Deleted 1 item.".to_owned(),
            count => format!("Deleted {count} items."),
        };
        Ok(effects.then(Effects::say(sentence)))
    }

    /// The changes that delete these items, in an order in which nothing is left dangling.
    fn deletion(&self, selection: &Selection) -> Vec<Change> {
        let mut links: Set<LinkId> = selection.links().collect();
        for component in selection.components() {
            links.extend(self.document.links_of(component).iter().copied());
        }
        let mut changes = self.call_removals(&links);
        let scenario = self.scenario();
        changes.extend(self.fault_removals(|fault| {
            match fault.incident {
                Incident::Link { id, .. } => links.contains(&id),
                Incident::Component { .. } | Incident::Clients { .. } => selection
                    .components()
                    .any(|id| fault.speaks_of_component(id)),
                Incident::Zone { .. } => selection.zones().any(|id| fault.speaks_of_zone(id)),
            }
        }));
        // Last to first, so that what is removed is seldom followed by much.
        let doomed = scenario.links.iter().rev().map(|link| link.id);
        changes.extend(
            doomed
                .filter(|id| links.contains(id))
                .map(Change::RemoveLink),
        );
        let doomed = scenario
            .components
            .iter()
            .rev()
            .map(|component| component.id);
        changes.extend(
            doomed
                .filter(|id| selection.contains(Item::Component(*id)))
                .map(Change::RemoveComponent),
        );
        let doomed = scenario.zones.iter().rev().map(|zone| zone.id);
        changes.extend(
            doomed
                .filter(|id| selection.contains(Item::Zone(*id)))
                .map(Change::RemoveZone),
        );
        changes
    }

    /// The changes that take calls along these links out of their callers' plans.
    pub(super) fn call_removals(&self, links: &Set<LinkId>) -> Vec<Change> {
        let callers: Set<ComponentId> = links
            .iter()
            .filter_map(|&id| self.link(id))
            .map(|link| link.from)
            .collect();
        callers
            .into_iter()
            .filter_map(|id| self.component(id))
            .filter_map(|caller| {
                let mut plans = caller.plans.clone();
                for plan in &mut plans {
                    for step in &mut plan.steps {
                        step.calls.retain(|call| !links.contains(&call.link));
                    }
                    plan.steps.retain(|step| !step.calls.is_empty());
                }
                (plans != caller.plans).then_some(Change::SetPlans {
                    component: caller.id,
                    plans,
                })
            })
            .collect()
    }

    /// The changes that take these faults away, last to first.
    fn fault_removals(&self, doomed: impl Fn(&Fault) -> bool) -> Vec<Change> {
        let faults = self.scenario().faults.iter().enumerate().rev();
        faults
            .filter(|(_, fault)| doomed(fault))
            .map(|(index, _)| Change::RemoveFault(index))
            .collect()
    }

    /// Selects every component and zone.
    pub fn select_all(&mut self) -> Effects {
        let scenario = self.scenario();
        let components = scenario
            .components
            .iter()
            .map(|component| Item::Component(component.id));
        let zones = scenario.zones.iter().map(|zone| Item::Zone(zone.id));
        let all = components.chain(zones).collect();
        self.select(all)
    }

    /// Moves what is selected by so many units; a run of nudges within a moment is one undo step.
    ///
    /// # Errors
    /// When nothing is selected that has a position.
    pub fn nudge(
        &mut self,
        direction: Direction,
        units: f64,
        at_ms: f64,
    ) -> Result<Effects, Refusal> {
        let (components, zones) = self.moving_with_selection();
        if components.is_empty() && zones.is_empty() {
            return Err(Refusal::NothingSelected);
        }
        let unit = direction.unit();
        let shift = Point {
            x: unit.x * units,
            y: unit.y * units,
        };
        self.commit_typing("Nudge", shifted(&components, &zones, shift), at_ms)
    }

    /// The selected components and zones, and with each zone what lies inside it, with where they are now.
    #[allow(clippy::type_complexity, reason = "two lists of an id and its place")]
    pub fn moving_with_selection(&self) -> (Vec<(ComponentId, Point)>, Vec<(ZoneId, Rectangle)>) {
        let scenario = self.scenario();
        let carriers: Vec<Rectangle> = self
            .selection()
            .zones()
            .filter_map(|id| self.zone(id))
            .map(|zone| zone.rectangle)
            .collect();
        if carriers.is_empty() {
            let components = self
                .selection()
                .components()
                .filter_map(|id| self.component(id))
                .map(|component| (component.id, component.position))
                .collect();
            return (components, Vec::new());
        }
        let components = scenario
            .components
            .iter()
            .filter(|component| {
                let centre = component.centre();
                self.selection().contains(Item::Component(component.id))
                    || carriers.iter().any(|carrier| carrier.contains(centre))
            })
            .map(|component| (component.id, component.position))
            .collect();
        let zones = scenario
            .zones
            .iter()
            .filter(|zone| {
                self.selection().contains(Item::Zone(zone.id))
                    || carriers
                        .iter()
                        .any(|carrier| encloses(*carrier, zone.rectangle))
            })
            .map(|zone| (zone.id, zone.rectangle))
            .collect();
        (components, zones)
    }

    /// Puts what is being dragged so far from where it was.
    pub(super) fn shift_in_gesture(
        &mut self,
        components: &[(ComponentId, Point)],
        zones: &[(ZoneId, Rectangle)],
        shift: Point,
    ) -> Effects {
        self.commit("Move", vec![shifted(components, zones, shift)])
            .unwrap_or_else(|refusal| Effects::say(refusal.to_string()))
    }

    /// Puts a zone that is being resized.
    pub(super) fn resize_in_gesture(&mut self, zone: ZoneId, rectangle: Rectangle) -> Effects {
        let change = Change::Arrange {
            components: Vec::new(),
            zones: vec![(zone, rectangle)],
        };
        self.commit("Resize zone", vec![change])
            .unwrap_or_else(|refusal| Effects::say(refusal.to_string()))
    }

    /// Renames a component as it is typed: keystrokes within a moment are one undo step.
    ///
    /// # Errors
    /// When there is no such component.
    pub fn rename(
        &mut self,
        component: ComponentId,
        name: impl Into<String>,
        at_ms: f64,
    ) -> Result<Effects, Refusal> {
        let name = name.into();
        self.commit_typing("Rename", Change::SetName { component, name }, at_ms)
    }

    /// Sets one parameter of a component, or returns it to its default. Whole numbers are rounded; what equals the
    /// default isn't stored. Inside a gesture (a slider) the whole slide is one undo step.
    ///
    /// # Errors
    /// When the kind has no such parameter or the catalog doesn't allow the value.
    pub fn set_parameter(
        &mut self,
        component: ComponentId,
        parameter: Parameter,
        value: Option<Value>,
    ) -> Result<Effects, Refusal> {
        let target = self
            .component(component)
            .ok_or(Refusal::NoComponent(component))?;
        let specification =
            catalog::parameter(target.kind, parameter).ok_or(Refusal::NoParameter)?;
        let value = accepted(specification, value)?;
        let label = format!("Change {}", lower_first(specification.label));
        self.commit(
            &label,
            vec![Change::SetParameter {
                component,
                parameter,
                value,
            }],
        )
    }

    /// Sets one parameter of a zone, or returns it to its default.
    ///
    /// # Errors
    /// When the kind of zone has no such parameter or the catalog doesn't allow the value.
    pub fn set_zone_parameter(
        &mut self,
        zone: ZoneId,
        parameter: Parameter,
        value: Option<Value>,
    ) -> Result<Effects, Refusal> {
        let target = self.zone(zone).ok_or(Refusal::NoZone(zone))?;
        let specification =
            catalog::zone_parameter(target.kind, parameter).ok_or(Refusal::NoParameter)?;
        let mut parameters = target.parameters.clone();
        match accepted(specification, value)? {
            Some(value) => parameters.insert(parameter, value),
            None => parameters.remove(&parameter),
        };
        let change = Change::SetZone {
            zone,
            kind: target.kind,
            name: target.name.clone(),
            parameters,
        };
        self.commit("Change zone", vec![change])
    }

    /// Renames a zone as it is typed.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn rename_zone(
        &mut self,
        zone: ZoneId,
        name: impl Into<String>,
        at_ms: f64,
    ) -> Result<Effects, Refusal> {
        let target = self.zone(zone).ok_or(Refusal::NoZone(zone))?;
        let change = Change::SetZone {
            zone,
            kind: target.kind,
            name: name.into(),
            parameters: target.parameters.clone(),
        };
        self.commit_typing("Rename zone", change, at_ms)
    }

    /// Sets what a component does for one class; `None` returns to the plan that its links imply.
    ///
    /// # Errors
    /// When there is no such component or class.
    pub fn set_plan(
        &mut self,
        component: ComponentId,
        class: ClassId,
        plan: Option<CallPlan>,
    ) -> Result<Effects, Refusal> {
        let target = self
            .component(component)
            .ok_or(Refusal::NoComponent(component))?;
        let mut plans = target.plans.clone();
        let place = plans.iter().position(|plan| plan.class == class);
        match (place, plan) {
            (Some(place), Some(plan)) => plans[place] = plan,
            (Some(place), None) => {
                plans.remove(place);
            }
            (None, Some(plan)) => plans.push(plan),
            (None, None) => {}
        }
        self.commit(
            "Change call plan",
            vec![Change::SetPlans { component, plans }],
        )
    }

    /// Adds a request class with a free id and name at the end of the list.
    ///
    /// # Errors
    /// Never.
    pub fn add_class(&mut self, operation: Operation) -> Result<Effects, Refusal> {
        let classes = &self.scenario().classes;
        let id = ClassId(super::placement::fresh_id(
            classes.iter().map(|class| class.id.0),
        ));
        let wanted = match operation {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Static => "file",
            Operation::Asynchronous => "job",
        };
        let name =
            super::placement::unique_name(wanted, classes.iter().map(|class| class.name.as_str()));
        let index = classes.len();
        let class = RequestClass::new(id, name, operation);
        self.commit(
            "Add request class",
            vec![Change::InsertClass { index, class }],
        )
    }

    /// Deletes a request class with everything that speaks of it: mixes, plans, objectives, and links that carried
    /// only it (left behind, they would carry everything).
    ///
    /// # Errors
    /// When it is the last class or there is no such class.
    pub fn delete_class(&mut self, id: ClassId) -> Result<Effects, Refusal> {
        let scenario = self.scenario();
        if scenario.class(id).is_none() {
            return Err(Refusal::NoClass(id));
        }
        if scenario.classes.len() == 1 {
            return Err(Refusal::LastClass);
        }
        let (mut doomed, mut thinned) = (Set::new(), Vec::new());
        for link in scenario
            .links
            .iter()
            .filter(|link| link.classes.contains(&id))
        {
            let mut link = link.clone();
            link.classes.retain(|class| *class != id);
            if link.classes.is_empty() {
                doomed.insert(link.id);
            } else {
                thinned.push(Change::SetLink(link));
            }
        }
        let mut changes = thinned;
        for component in &scenario.components {
            if component.mix.iter().any(|(class, _)| *class == id) {
                let mut mix = component.mix.clone();
                mix.retain(|(class, _)| *class != id);
                changes.push(Change::SetMix {
                    component: component.id,
                    mix,
                });
            }
            let mut plans = component.plans.clone();
            plans.retain(|plan| plan.class != id);
            for step in plans.iter_mut().flat_map(|plan| &mut plan.steps) {
                step.calls.retain(|call| !doomed.contains(&call.link));
            }
            for plan in &mut plans {
                plan.steps.retain(|step| !step.calls.is_empty());
            }
            if plans != component.plans {
                changes.push(Change::SetPlans {
                    component: component.id,
                    plans,
                });
            }
        }
        changes.extend(self.fault_removals(
            |fault| matches!(fault.incident, Incident::Link { id, .. } if doomed.contains(&id)),
        ));
        changes.extend(doomed.into_iter().map(Change::RemoveLink));
        let objectives = scenario.objectives.iter().enumerate().rev();
        changes.extend(
            objectives
                .filter(|(_, objective)| objective.class == Some(id))
                .map(|(index, _)| Change::RemoveObjective(index)),
        );
        changes.push(Change::RemoveClass(id));
        self.commit("Delete request class", changes)
    }

    /// Adds an objective at the end of the list.
    ///
    /// # Errors
    /// When it speaks of a class that there isn't.
    pub fn add_objective(&mut self, objective: Objective) -> Result<Effects, Refusal> {
        let index = self.scenario().objectives.len();
        self.commit(
            "Add objective",
            vec![Change::InsertObjective { index, objective }],
        )
    }

    /// Replaces the whole drawing, as one step that can be undone, and fits it to the canvas.
    pub fn open(&mut self, scenario: Scenario) -> Effects {
        let settled = self.settle_tool();
        let change = Change::ReplaceScenario(Box::new(scenario));
        let effects = self
            .commit_selecting("Open drawing", vec![change], Selection::none())
            .unwrap_or_else(|refusal| Effects::say(refusal.to_string()));
        settled.then(effects).then(self.zoom_to_fit())
    }
}

/// Everything so far from where it is listed.
fn shifted(
    components: &[(ComponentId, Point)],
    zones: &[(ZoneId, Rectangle)],
    shift: Point,
) -> Change {
    Change::Arrange {
        components: components
            .iter()
            .map(|(id, position)| {
                let position = Point {
                    x: position.x + shift.x,
                    y: position.y + shift.y,
                };
                (*id, position)
            })
            .collect(),
        zones: zones
            .iter()
            .map(|(id, rectangle)| {
                let rectangle = Rectangle {
                    x: rectangle.x + shift.x,
                    y: rectangle.y + shift.y,
                    ..*rectangle
                };
                (*id, rectangle)
            })
            .collect(),
    }
}

fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match letters.next() {
        // "TTL" and "CPU time" stay as they are.
        Some(first)
            if letters
                .clone()
                .next()
                .is_some_and(|letter| letter.is_ascii_lowercase()) =>
        {
            std::iter::once(first.to_ascii_lowercase())
                .chain(letters)
                .collect()
        }
        _ => label.to_owned(),
    }
}
