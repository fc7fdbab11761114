//! A change to a design as data, so that whoever shows it can make it, and undo it, in his own way.

use crate::catalog::{Parameter, Value};
use crate::scenario::{CallPlan, Component, ComponentId, Link, Point, Scenario, Zone};

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
