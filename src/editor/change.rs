//! Changes: the only way in which a document differs from one moment to the next; each has an exact inverse.

use loadscape_sim::catalog::{Parameter, Value, ZoneKind};
use loadscape_sim::scenario::{
    CallPlan, ClassId, Component, ComponentId, CurvePoint, Fault, Link, LinkId, Objective, Point,
    Rectangle, RequestClass, RunSettings, Scenario, Zone, ZoneId,
};
use std::collections::BTreeMap;

/// One change of a document. Applying it yields its inverse, which restores the document bit for bit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Puts a component at this place of the drawing order (the end, when the list is shorter).
    InsertComponent {
        /// Place in the drawing order.
        index: usize,
        /// The component, with an id that is free.
        component: Box<Component>,
    },
    /// Takes a component away; its links and faults have gone before.
    RemoveComponent(ComponentId),
    /// Puts components and zones where they are told to be.
    Arrange {
        /// New top left corners.
        components: Vec<(ComponentId, Point)>,
        /// New rectangles.
        zones: Vec<(ZoneId, Rectangle)>,
    },
    /// Renames a component.
    SetName {
        /// Which.
        component: ComponentId,
        /// What it is called from now on.
        name: String,
    },
    /// Sets one parameter of a component; `None` returns to the catalog's default.
    SetParameter {
        /// Which component.
        component: ComponentId,
        /// Which parameter.
        parameter: Parameter,
        /// Its value in the parameter's own unit.
        value: Option<Value>,
    },
    /// Sets what a client population sends.
    SetMix {
        /// Which.
        component: ComponentId,
        /// Relative weight of each class; empty sends every class by its own share.
        mix: Vec<(ClassId, f64)>,
    },
    /// Sets the curve that a client population's traffic follows.
    SetCurve {
        /// Which.
        component: ComponentId,
        /// Its points, in rising order of time.
        curve: Vec<CurvePoint>,
    },
    /// Sets the call plans that the user wrote for a component.
    SetPlans {
        /// Which.
        component: ComponentId,
        /// At most one for each class.
        plans: Vec<CallPlan>,
    },
    /// Puts a link at this place of the list; both ends exist.
    InsertLink {
        /// Place in the list.
        index: usize,
        /// The link, with an id that is free.
        link: Link,
    },
    /// Takes a link away; calls along it and its faults have gone before.
    RemoveLink(LinkId),
    /// Replaces the link of the same id.
    SetLink(Link),
    /// Puts a zone at this place of the list.
    InsertZone {
        /// Place in the list.
        index: usize,
        /// The zone, with an id that is free.
        zone: Zone,
    },
    /// Takes a zone away, whose faults have gone before; what lay inside stays.
    RemoveZone(ZoneId),
    /// Sets what a zone is, but not where it lies.
    SetZone {
        /// Which.
        zone: ZoneId,
        /// What it stands for.
        kind: ZoneKind,
        /// What it is called.
        name: String,
        /// What differs from the catalog's default.
        parameters: BTreeMap<Parameter, Value>,
    },
    /// Puts a request class at this place of the list.
    InsertClass {
        /// Place in the list.
        index: usize,
        /// The class, with an id that is free.
        class: RequestClass,
    },
    /// Takes a request class away; every use of it has gone before.
    RemoveClass(ClassId),
    /// Replaces the request class of the same id.
    SetClass(RequestClass),
    /// Puts an objective at this place of the list.
    InsertObjective {
        /// Place in the list.
        index: usize,
        /// The objective.
        objective: Objective,
    },
    /// Takes the objective at this place away.
    RemoveObjective(usize),
    /// Replaces the objective at this place.
    SetObjective {
        /// Place in the list.
        index: usize,
        /// The objective.
        objective: Objective,
    },
    /// Puts a fault at this place of the list; what it happens to is there.
    InsertFault {
        /// Place in the list.
        index: usize,
        /// The fault.
        fault: Fault,
    },
    /// Takes the fault at this place away.
    RemoveFault(usize),
    /// Makes the fault at this place another one.
    SetFault {
        /// Place in the list.
        index: usize,
        /// The fault; what it happens to is there.
        fault: Fault,
    },
    /// Sets how the document wants to be simulated.
    SetRun(RunSettings),
    /// Sets the title.
    SetTitle(String),
    /// Sets the notes.
    SetNotes(String),
    /// Replaces the whole document (new, open), so that even that can be undone.
    ReplaceScenario(Box<Scenario>),
}

/// What a change sets, where a later setting of the same thing makes the earlier one pointless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Arrangement,
    Name(ComponentId),
    Parameter(ComponentId, Parameter),
    Mix(ComponentId),
    Curve(ComponentId),
    Plans(ComponentId),
    Link(LinkId),
    Zone(ZoneId),
    Class(ClassId),
    Objective(usize),
    Fault(usize),
    Run,
    Title,
    Notes,
}

impl Change {
    /// What it sets; `None` for a change of structure, across which nothing may be squashed.
    pub(super) fn key(&self) -> Option<Key> {
        Some(match self {
            Change::Arrange { .. } => Key::Arrangement,
            Change::SetName { component, .. } => Key::Name(*component),
            Change::SetParameter {
                component,
                parameter,
                ..
            } => Key::Parameter(*component, *parameter),
            Change::SetMix { component, .. } => Key::Mix(*component),
            Change::SetCurve { component, .. } => Key::Curve(*component),
            Change::SetPlans { component, .. } => Key::Plans(*component),
            Change::SetLink(link) => Key::Link(link.id),
            Change::SetZone { zone, .. } => Key::Zone(*zone),
            Change::SetClass(class) => Key::Class(class.id),
            Change::SetObjective { index, .. } => Key::Objective(*index),
            Change::SetFault { index, .. } => Key::Fault(*index),
            Change::SetRun(_) => Key::Run,
            Change::SetTitle(_) => Key::Title,
            Change::SetNotes(_) => Key::Notes,
            Change::InsertComponent { .. }
            | Change::RemoveComponent(_)
            | Change::InsertLink { .. }
            | Change::RemoveLink(_)
            | Change::InsertZone { .. }
            | Change::RemoveZone(_)
            | Change::InsertClass { .. }
            | Change::RemoveClass(_)
            | Change::InsertObjective { .. }
            | Change::RemoveObjective(_)
            | Change::InsertFault { .. }
            | Change::RemoveFault(_)
            | Change::ReplaceScenario(_) => return None,
        })
    }

    /// What undo calls it when nobody gave the step a better name.
    pub fn label(&self) -> &'static str {
        match self {
            Change::InsertComponent { .. } => "Add part",
            Change::RemoveComponent(_) => "Delete part",
            Change::Arrange { .. } => "Move",
            Change::SetName { .. } => "Rename",
            Change::SetParameter { .. } => "Change parameter",
            Change::SetMix { .. } => "Change mix",
            Change::SetCurve { .. } => "Change curve",
            Change::SetPlans { .. } => "Change call plan",
            Change::InsertLink { .. } => "Connect",
            Change::RemoveLink(_) => "Delete link",
            Change::SetLink(_) => "Change link",
            Change::InsertZone { .. } => "Add zone",
            Change::RemoveZone(_) => "Delete zone",
            Change::SetZone { .. } => "Change zone",
            Change::InsertClass { .. } => "Add request class",
            Change::RemoveClass(_) => "Delete request class",
            Change::SetClass(_) => "Change request class",
            Change::InsertObjective { .. } => "Add objective",
            Change::RemoveObjective(_) => "Delete objective",
            Change::SetObjective { .. } => "Change objective",
            Change::SetFault { .. } => "Change fault",
            Change::InsertFault { .. } => "Add fault",
            Change::RemoveFault(_) => "Delete fault",
            Change::SetRun(_) => "Change run",
            Change::SetTitle(_) => "Change title",
            Change::SetNotes(_) => "Change notes",
            Change::ReplaceScenario(_) => "Replace drawing",
        }
    }

    /// Roughly how many bytes it takes to remember it, so that the history can keep within bounds.
    pub(super) fn weight_in_bytes(&self) -> usize {
        const RECORD: usize = 64;
        RECORD
            + match self {
                Change::InsertComponent { component, .. } => component_weight(component),
                Change::Arrange { components, zones } => components.len() * 24 + zones.len() * 40,
                Change::SetName { name, .. } => name.len(),
                Change::SetMix { mix, .. } => mix.len() * 16,
                Change::SetCurve { curve, .. } => curve.len() * 16,
                Change::SetPlans { plans, .. } => plans_weight(plans),
                Change::InsertLink { link, .. } | Change::SetLink(link) => {
                    64 + link.classes.len() * 4
                }
                Change::InsertZone { zone, .. } => {
                    RECORD + zone.name.len() + zone.parameters.len() * 48
                }
                Change::SetZone {
                    name, parameters, ..
                } => name.len() + parameters.len() * 48,
                Change::InsertClass { class, .. } | Change::SetClass(class) => {
                    RECORD + class.name.len()
                }
                Change::SetTitle(text) | Change::SetNotes(text) => text.len(),
                Change::ReplaceScenario(scenario) => {
                    scenario
                        .components
                        .iter()
                        .map(component_weight)
                        .sum::<usize>()
                        + scenario.links.len() * RECORD
                        + scenario.zones.len() * RECORD
                        + scenario.classes.len() * RECORD
                        + scenario.faults.len() * RECORD
                        + scenario.notes.len()
                }
                _ => 0,
            }
    }
}

fn component_weight(component: &Component) -> usize {
    128 + component.name.len()
        + component.parameters.len() * 48
        + component.mix.len() * 16
        + component.curve.len() * 16
        + plans_weight(&component.plans)
}

fn plans_weight(plans: &[CallPlan]) -> usize {
    plans
        .iter()
        .map(|plan| {
            32 + plan
                .steps
                .iter()
                .map(|step| 24 + step.calls.len() * 80)
                .sum::<usize>()
        })
        .sum()
}
