//! A change to a design as data, so that whoever shows it can make it, and undo it, in his own way.

use crate::catalog::{Parameter, Value};
use crate::scenario::{
    CallPlan, Component, ComponentId, Fault, Link, LinkId, Point, Scenario, Zone,
};

/// A change to the design.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Set a parameter.
    Set {
        /// Of this component.
        component: ComponentId,
        /// Which.
        parameter: Parameter,
        /// To this.
        value: Value,
    },
    /// Put a new part beside another one, with links.
    Add {
        /// The part, with an id that the document doesn't use yet.
        component: Component,
        /// Its links, with ids that the document doesn't use yet.
        links: Vec<Link>,
    },
    /// Replace the link of the same id.
    Link(Link),
    /// Draw a link, with an id that the document doesn't use yet.
    Connect(Link),
    /// Take a link away, with the calls along it and its faults.
    Cut(LinkId),
    /// Take a part away, with its links, the calls along them, and the faults of all of them.
    Remove(ComponentId),
    /// Put a component elsewhere.
    Move {
        /// Which.
        component: ComponentId,
        /// Its top left corner from then on.
        position: Point,
    },
    /// Set the call plans of a component.
    Plans {
        /// Which.
        component: ComponentId,
        /// At most one for each class.
        plans: Vec<CallPlan>,
    },
    /// Draw a zone, with an id that the document doesn't use yet.
    Zone(Zone),
    /// Make the zone of the same id as large as this one.
    Rezone(Zone),
    /// Several, one after the other, as one change.
    Several(Vec<Edit>),
}

impl Edit {
    /// Makes the change in the document.
    pub fn apply(&self, scenario: &mut Scenario) {
        let find = |scenario: &'_ mut Scenario, id: ComponentId| {
            scenario
                .components
                .iter()
                .position(|candidate| candidate.id == id)
        };
        match self {
            Edit::Set {
                component,
                parameter,
                value,
            } => {
                if let Some(place) = find(scenario, *component) {
                    scenario.components[place]
                        .parameters
                        .insert(*parameter, *value);
                }
            }
            Edit::Add { component, links } => {
                scenario.components.push(component.clone());
                scenario.links.extend(links.iter().cloned());
            }
            Edit::Link(link) => {
                if let Some(own) = scenario.links.iter_mut().find(|own| own.id == link.id) {
                    *own = link.clone();
                }
            }
            Edit::Connect(link) => scenario.links.push(link.clone()),
            Edit::Cut(link) => cut(scenario, |own| own.id == *link),
            Edit::Remove(id) => {
                cut(scenario, |link| link.from == *id || link.to == *id);
                scenario
                    .faults
                    .retain(|fault| !fault.speaks_of_component(*id));
                scenario.components.retain(|component| component.id != *id);
            }
            Edit::Move {
                component,
                position,
            } => {
                if let Some(place) = find(scenario, *component) {
                    scenario.components[place].position = *position;
                }
            }
            Edit::Plans { component, plans } => {
                if let Some(place) = find(scenario, *component) {
                    scenario.components[place].plans.clone_from(plans);
                }
            }
            Edit::Zone(zone) => scenario.zones.push(zone.clone()),
            Edit::Rezone(zone) => {
                if let Some(own) = scenario.zones.iter_mut().find(|own| own.id == zone.id) {
                    own.rectangle = zone.rectangle;
                }
            }
            Edit::Several(edits) => edits.iter().for_each(|edit| edit.apply(scenario)),
        }
    }
}

impl Edit {
    /// Whether it makes every change that the other makes, and more.
    pub(super) fn goes_further_than(&self, other: &Edit) -> bool {
        let (own, others) = (self.leaves(), other.leaves());
        own.len() > others.len() && others.iter().all(|edit| own.contains(edit))
    }

    /// The changes of which it consists.
    pub(super) fn leaves(&self) -> Vec<&Edit> {
        match self {
            Edit::Several(edits) => edits.iter().flat_map(Edit::leaves).collect(),
            edit => vec![edit],
        }
    }
}

/// Takes links away, with the calls along them and their faults.
fn cut(scenario: &mut Scenario, is_meant: impl Fn(&Link) -> bool) {
    let links = scenario.links.iter().filter(|link| is_meant(link));
    let doomed: Vec<LinkId> = links.map(|link| link.id).collect();
    for component in &mut scenario.components {
        for plan in &mut component.plans {
            for step in &mut plan.steps {
                step.calls.retain(|call| !doomed.contains(&call.link));
            }
            plan.steps.retain(|step| !step.calls.is_empty());
        }
    }
    let speaks = |fault: &Fault| doomed.iter().any(|link| fault.speaks_of_link(*link));
    scenario.faults.retain(|fault| !speaks(fault));
    scenario.links.retain(|link| !doomed.contains(&link.id));
}
