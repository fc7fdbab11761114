//! Taking a single box apart: its application stays the door, and what it keeps moves to parts of their own that the outside doesn't reach. It knows
//! no load: each part is the kind's usual one where the box doesn't say how large it is.

use super::super::remedy::{Edit, GAP, free_place};
use super::fixes::{NETWORK_ROOM, around_both, bounds, make_private};
use super::grounds::Grounds;
use super::{Fix, exposed_data, exposed_programs, open_ways};
use crate::catalog::{Kind, Parameter, Value, ZoneKind};
use crate::scenario::{
    ClassId, Component, ComponentId, Link, NODE_HEIGHT, Operation, Point, Scenario,
};

/// Columns of a drawing are so far apart, and rows.
const COLUMN: f64 = 264.0;
const ROW: f64 = 136.0;
/// How far below what it is looked for from the first free place is.
const STEP: f64 = NODE_HEIGHT + GAP;

/// What the application has of the box, and what the database has.
const OF_THE_APPLICATION: [Parameter; 5] = [
    Parameter::Cores,
    Parameter::CoreSpeed,
    Parameter::Threads,
    Parameter::QueueLimit,
    Parameter::ServiceVariability,
];
const OF_THE_DATABASE: [Parameter; 6] = [
    Parameter::Memory,
    Parameter::ReadTime,
    Parameter::WriteTime,
    Parameter::RowSize,
    Parameter::ServiceVariability,
    Parameter::StoredData,
];

/// A program and a database in the place of this box, in a network of their own. Where there are files, a storage has them, and a proxy at the door
/// sends them past the program, as the box did. `None` where something would still be left open.
pub(super) fn take_apart(scenario: &Scenario, grounds: &Grounds, own: &Component) -> Option<Fix> {
    let hidden = grounds.is_in(own.id, ZoneKind::PrivateSubnet);
    let mut parts = Parts {
        drawn: scenario.clone(),
        next: scenario.next_component_id().0,
        links: Vec::new(),
    };
    // Its place is free.
    parts.drawn.components.retain(|part| part.id != own.id);
    let is_file = |id: &ClassId| {
        let class = scenario.class(*id);
        class.is_some_and(|class| class.operation == Operation::Static)
    };
    let classes = scenario.classes.iter().map(|class| class.id);
    let (files, pages): (Vec<ClassId>, Vec<ClassId>) = classes.partition(is_file);
    // Behind a wall the data stays at the box's place, and the door is drawn before it.
    let (door, from) = match hidden {
        true => (free_place(scenario, own), own.position.x - COLUMN),
        false => (own.position, own.position.x),
    };
    let at = |column: f64, row: f64| Point {
        x: from + column * COLUMN,
        y: own.position.y + row * ROW,
    };
    let mut kept = Vec::new();
    let application = |parts: &mut Parts, position: Point| {
        parts.add(Kind::Service, position, |part| {
            take(own, part, &OF_THE_APPLICATION);
            if let Some(time) = own.value(Parameter::ApplicationTime) {
                set(part, Parameter::ServiceTime, time);
            }
        })
    };
    let (door, program) = if files.is_empty() {
        let door = application(&mut parts, door);
        (door, door)
    } else {
        let door = parts.add(Kind::ReverseProxy, door, |_| {});
        let program = application(&mut parts, at(1.0, 0.0));
        let storage = parts.add(Kind::ObjectStorage, at(1.0, 1.0), |_| {});
        parts.link(door, program, pages);
        parts.link(door, storage, files);
        kept.extend([program, storage]);
        (door, program)
    };
    let place = at(if door == program { 1.0 } else { 2.0 }, 0.0);
    let database = parts.add(Kind::SqlPrimary, place, |part| {
        take(own, part, &OF_THE_DATABASE);
    });
    parts.link(program, database, Vec::new());
    kept.push(database);
    let Parts { drawn, links, .. } = parts;
    let is_new = |part: &&Component| scenario.component(part.id).is_none();
    let new: Vec<&Component> = drawn.components.iter().filter(is_new).collect();

    // All ends are there before the first link is drawn.
    let added = new.iter().map(|part| Edit::Add {
        component: (*part).clone(),
        links: Vec::new(),
    });
    let mut edits: Vec<Edit> = added.collect();
    edits.extend(links.into_iter().map(Edit::Connect));
    edits.extend(scenario.links_to(own.id).map(|caller| {
        Edit::Link(Link {
            to: door,
            ..caller.clone()
        })
    }));
    edits.push(Edit::Remove(own.id));
    if hidden && let Some(network) = grounds.network(own.id) {
        let mut zone = scenario.zone(network)?.clone();
        zone.rectangle = around_both(zone.rectangle, bounds(&new, NETWORK_ROOM)?);
        edits.push(Edit::Rezone(zone));
    }
    let mut apart = scenario.clone();
    Edit::Several(edits.clone()).apply(&mut apart);
    let lies = Grounds::of(&apart);
    let is_bare = |part: &&Component| {
        kept.contains(&part.id) && !lies.is_in(part.id, ZoneKind::PrivateSubnet)
    };
    let bare: Vec<&Component> = apart.components.iter().filter(is_bare).collect();
    if let Some(walls) = make_private(&apart, &bare) {
        walls.edit.apply(&mut apart);
        edits.push(walls.edit);
    }
    let lies = Grounds::of(&apart);
    let is_closed = exposed_data(&apart, &lies).is_none()
        && exposed_programs(&apart, &lies).is_none()
        && open_ways(&apart, &lies).is_none();
    let is_own = |part: &Component| {
        // Who calls from outside lies in nobody's network.
        !matches!(part.kind, Kind::Clients | Kind::Dns | Kind::Cdn)
            || lies.network(part.id) == grounds.network(part.id)
    };
    (is_closed && apart.components.iter().all(is_own)).then(|| Fix {
        title: match kept.len() {
            1 => "Move its data to a database in a private subnet".to_owned(),
            _ => "Take it apart: a proxy at the door, the rest in a private subnet".to_owned(),
        },
        edit: Edit::Several(edits),
    })
}

/// What is drawn, part after part.
struct Parts {
    drawn: Scenario,
    /// A number that no part has.
    next: u32,
    links: Vec<Link>,
}

impl Parts {
    /// A part at this place, or at the first free one below.
    fn add(
        &mut self,
        kind: Kind,
        position: Point,
        set: impl FnOnce(&mut Component),
    ) -> ComponentId {
        let id = ComponentId(self.next);
        self.next += 1;
        let name = self.drawn.next_component_name(kind);
        let mut part = Component::new(id, kind, name, position);
        // The first free place below what is a step above it.
        part.position.y -= STEP;
        part.position = free_place(&self.drawn, &part);
        set(&mut part);
        self.drawn.components.push(part);
        id
    }

    /// A link for these classes; of none, for all.
    fn link(&mut self, from: ComponentId, to: ComponentId, classes: Vec<ClassId>) {
        let link = Link {
            classes,
            ..Link::new(self.drawn.next_link_id(), from, to)
        };
        self.drawn.links.push(link.clone());
        self.links.push(link);
    }
}

fn take(from: &Component, to: &mut Component, parameters: &[Parameter]) {
    for parameter in parameters {
        if let Some(value) = from.value(*parameter) {
            set(to, *parameter, value);
        }
    }
}

/// Only what differs from the kind's usual value stands in a document.
fn set(part: &mut Component, parameter: Parameter, value: Value) {
    let usual = part.value(parameter);
    if usual.is_some() && usual != Some(value) {
        part.parameters.insert(parameter, value);
    }
}
