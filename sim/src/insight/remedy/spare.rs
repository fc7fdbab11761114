//! What may keep a design answering while something is away: one more, somebody who watches, a copy that takes over, another data centre. It
//! knows what fails and who needs it, not whether a change would help.

use super::parts::{Fresh, additions, beside, free_place};
use super::turns::{set, switch};
use super::{Candidate, Edit, asked};
use crate::analysis::Analysis;
use crate::catalog::{Footing, Kind, Parameter, Value, ZoneKind, connection};
use crate::insight::Cause;
use crate::insight::availability::{Blame, blame};
use crate::scenario::{
    ClassId, Component, Link, NODE_HEIGHT, NODE_WIDTH, Point, Rectangle, Scenario, Zone,
};
use std::collections::BTreeMap;

/// Parts at which something is tried, and parts that are tried in another data centre.
const MOST_PARTS: usize = 6;
const MOST_MOVED: usize = 3;

/// Changes for the sake of what costs most requests of a class, or of all.
pub(super) fn candidates(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Vec<Candidate> {
    let report = &analysis.report;
    let Some(blame) = blame(scenario, &analysis.compiled, report, class) else {
        return Vec::new();
    };
    let mut tried = Tried(Vec::new());
    for component in blamed(scenario, &blame).into_iter().take(MOST_PARTS) {
        at(scenario, component, asked(report, component.id), &mut tried);
    }
    let is_a_place = |cause: &Cause| matches!(cause, Cause::DataCentre(_));
    if blame.causes.iter().any(|(cause, _)| is_a_place(cause)) {
        elsewhere(scenario, blamed(scenario, &blame), &mut tried);
    }
    tried.0
}

/// The same for the sake of one part, which is asked for this share of what it can do.
pub(super) fn candidates_at(
    scenario: &Scenario,
    component: &Component,
    asked: f64,
) -> Vec<Candidate> {
    let mut tried = Tried(Vec::new());
    at(scenario, component, asked, &mut tried);
    elsewhere(scenario, vec![component], &mut tried);
    tried.0
}

fn at(scenario: &Scenario, component: &Component, asked: f64, tried: &mut Tried) {
    let watched = watching(scenario, component);
    if let Some((title, edit)) = &watched {
        tried.push(title.clone(), edit.clone());
    }
    let instances = component.number(Parameter::Instances);
    if let Some((title, grown)) = set(component, Parameter::Instances, instances + 1.0) {
        // Of several that nobody watches, each that is away keeps getting its share.
        if let Some((watch, edit)) = &watched {
            let title = format!("{title}; {watch}");
            tried.add(
                component,
                Some((title, several(vec![grown.clone(), edit.clone()]))),
            );
        }
        if let Some(door) = door(scenario, component) {
            let title = format!("{title}, behind a balancer that watches them");
            tried.add(component, Some((title, several(vec![grown.clone(), door]))));
        }
        tried.add(component, Some((title, grown)));
    }
    if component.kind == Kind::SqlPrimary {
        standby(scenario, component, tried);
    }
    for addition in additions(scenario, component, asked) {
        tried.add(component, Some(addition));
    }
}

/// The changes that are tried.
struct Tried(Vec<Candidate>);

impl Tried {
    fn add(&mut self, component: &Component, change: Option<(String, Edit)>) {
        if let Some((title, edit)) = change {
            self.push(format!("{}: {title}", component.name), edit);
        }
    }

    fn push(&mut self, title: String, edit: Edit) {
        self.0.push(Candidate {
            title,
            edit,
            saves: false,
        });
    }
}

fn several(edits: Vec<Edit>) -> Edit {
    Edit::Several(edits)
}

/// The parts that cost most, the most first. Those without which hardly anything would be better aren't among them.
fn blamed<'a>(scenario: &'a Scenario, blame: &Blame) -> Vec<&'a Component> {
    let mut parts: Vec<&Component> = Vec::new();
    let worth = |gain: f64| gain > super::LEAST * blame.lost.share;
    for (cause, _) in blame.causes.iter().filter(|(_, gain)| worth(*gain)) {
        let component = cause.component().and_then(|id| scenario.component(id));
        if let Some(component) = component.filter(|own| parts.iter().all(|part| part.id != own.id))
        {
            parts.push(component);
        }
    }
    parts
}

/// Health checks by everybody who spreads requests over its instances and doesn't look after them.
fn watching(scenario: &Scenario, component: &Component) -> Option<(String, Edit)> {
    let mut edits = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for link in scenario.links_to(component.id) {
        let Some(door) = scenario.component(link.from) else {
            continue;
        };
        if let Some((_, edit)) = switch(door, Parameter::HealthChecks, true)
            && !edits.contains(&edit)
        {
            edits.push(edit);
            names.push(&door.name);
        }
    }
    let title = format!("{}: Health checks: on", names.join(", "));
    (!edits.is_empty()).then(|| (title, several(edits)))
}

/// A balancer with health checks before a program that others call by themselves.
fn door(scenario: &Scenario, component: &Component) -> Option<Edit> {
    let links: Vec<&Link> = scenario.links_to(component.id).collect();
    let may = |link: &&&Link| {
        let caller = scenario.component(link.from);
        caller.is_some_and(|caller| {
            connection(caller.kind, Kind::LoadBalancer).is_ok()
                && catalog_spreads(caller.kind).is_none()
        })
    };
    let called = connection(Kind::LoadBalancer, component.kind).is_ok();
    if links.is_empty() || !called || links.iter().filter(may).count() != links.len() {
        return None;
    }
    let mut fresh = Fresh::of(scenario);
    let id = fresh.component();
    let mut balancer = Component::new(
        id,
        Kind::LoadBalancer,
        scenario.next_component_name(Kind::LoadBalancer),
        free_place(scenario, component),
    );
    balancer
        .parameters
        .insert(Parameter::HealthChecks, Value::Flag(true));
    let mut edits = vec![Edit::Add {
        component: balancer,
        links: vec![fresh.link(id, component.id)],
    }];
    edits.extend(links.into_iter().map(|link| {
        Edit::Link(Link {
            to: id,
            ..link.clone()
        })
    }));
    Some(several(edits))
}

/// What spreads requests by itself has health checks of its own.
fn catalog_spreads(kind: Kind) -> Option<()> {
    crate::catalog::parameter(kind, Parameter::HealthChecks).map(|_| ())
}

/// Somebody who takes the place of a primary: a replica that is there, or a new one, be it in another data centre.
fn standby(scenario: &Scenario, primary: &Component, tried: &mut Tried) {
    let takes_over = switch(primary, Parameter::AutomaticFailover, true).map(|(_, edit)| edit);
    let replicas = scenario.links_from(primary.id);
    let replicas: Vec<&Component> = replicas
        .filter_map(|link| scenario.component(link.to))
        .filter(|part| part.kind == Kind::ReadReplica)
        .collect();
    if !replicas.is_empty() {
        let own = takes_over.clone();
        tried.add(
            primary,
            own.map(|edit| ("Automatic failover: on".to_owned(), edit)),
        );
    }
    let added = beside(scenario, primary, Kind::ReadReplica, "Read replica");
    let title = match takes_over {
        None => "Add a read replica",
        Some(_) => "Add a read replica that takes over",
    };
    let edits: Vec<Edit> = takes_over.into_iter().chain([added]).collect();
    tried.add(primary, Some((title.to_owned(), several(edits))));
    if let Some(edit) = standby_elsewhere(scenario, primary) {
        tried.add(
            primary,
            Some((format!("{title}, in another data centre"), edit)),
        );
    }
}

/// A replica in another data centre that takes over from this primary.
fn standby_elsewhere(scenario: &Scenario, primary: &Component) -> Option<Edit> {
    let Edit::Add {
        mut component,
        links,
    } = beside(scenario, primary, Kind::ReadReplica, "Read replica")
    else {
        return None;
    };
    let (place, zone) = other_place(scenario, primary)?;
    component.position = place;
    let takes_over = switch(primary, Parameter::AutomaticFailover, true).map(|(_, edit)| edit);
    let mut edits: Vec<Edit> = takes_over.into_iter().collect();
    edits.push(Edit::Add { component, links });
    edits.extend(zone.map(Edit::Zone));
    Some(several(edits))
}

/// Twins in another data centre of programs that a balancer reaches.
fn elsewhere(scenario: &Scenario, parts: Vec<&Component>, tried: &mut Tried) {
    let parts = parts.into_iter().filter(|part| {
        part.kind.footing() == Footing::Machines && matches!(part.kind, Kind::Service)
    });
    for part in parts.take(MOST_MOVED) {
        if let Some(edit) = twin_elsewhere(scenario, part) {
            let title = "another one in another data centre, watched".to_owned();
            tried.add(part, Some((title, edit)));
        }
    }
}

/// A twin in another data centre of a program that somebody spreads requests over, who looks after both from then on.
fn twin_elsewhere(scenario: &Scenario, part: &Component) -> Option<Edit> {
    let callers: Vec<&Link> = scenario.links_to(part.id).collect();
    let spreads = |link: &&Link| {
        let caller = scenario.component(link.from);
        caller.is_some_and(|caller| catalog_spreads(caller.kind).is_some())
    };
    if callers.is_empty() || !callers.iter().all(spreads) {
        return None;
    }
    let (place, zone) = other_place(scenario, part)?;
    let mut fresh = Fresh::of(scenario);
    let id = fresh.component();
    let mut twin = Component {
        id,
        position: place,
        name: scenario.next_component_name(part.kind),
        ..part.clone()
    };
    let mut links: Vec<Link> = Vec::new();
    let own = scenario.links.iter();
    for link in own.filter(|link| link.from == part.id || link.to == part.id) {
        let (from, to) = match link.to == part.id {
            true => (link.from, id),
            false => (id, link.to),
        };
        let twins = fresh.link(from, to).id;
        // Plans speak of links that the twin has its own of.
        let calls = twin.plans.iter_mut().flat_map(|plan| &mut plan.steps);
        for call in calls.flat_map(|step| &mut step.calls) {
            if call.link == link.id {
                call.link = twins;
            }
        }
        links.push(Link {
            id: twins,
            from,
            to,
            ..link.clone()
        });
    }
    let mut edits = vec![Edit::Add {
        component: twin,
        links,
    }];
    edits.extend(zone.map(Edit::Zone));
    edits.extend(watching(scenario, part).map(|(_, edit)| edit));
    Some(several(edits))
}

/// Copies in another data centre of every program behind a balancer and of every primary; `None` where there is nothing of which one could be added.
pub fn copies_elsewhere(scenario: &Scenario) -> Option<Edit> {
    let mut grown = scenario.clone();
    let mut edits = Vec::new();
    for part in &scenario.components {
        // Each finds its place beside those before it.
        let copy = match part.kind {
            Kind::Service => twin_elsewhere(&grown, part),
            Kind::SqlPrimary => standby_elsewhere(&grown, part),
            _ => None,
        };
        if let Some(copy) = copy {
            copy.apply(&mut grown);
            edits.push(copy);
        }
    }
    (!edits.is_empty()).then(|| several(edits))
}

/// Room between what is drawn and a new data centre, and around the part in it.
const GAP: f64 = 60.0;
const ROOM: f64 = 24.0;

/// A free place in another data centre of the same region than this part's, with a zone to be drawn there where there is none.
fn other_place(scenario: &Scenario, part: &Component) -> Option<(Point, Option<Zone>)> {
    let zone_of = |component: &Component, kind: ZoneKind| {
        let zones = scenario.zones_of(component);
        zones
            .into_iter()
            .find(|zone| zone.kind == kind)
            .map(|zone| zone.id)
    };
    let probe = |position: Point| Component {
        position,
        ..part.clone()
    };
    let (own, region) = (
        zone_of(part, ZoneKind::AvailabilityZone),
        zone_of(part, ZoneKind::Region),
    );
    let fits = |position: &Point| {
        is_free(scenario, *position) && zone_of(&probe(*position), ZoneKind::Region) == region
    };
    for zone in scenario
        .zones
        .iter()
        .filter(|zone| zone.kind == ZoneKind::AvailabilityZone && Some(zone.id) != own)
    {
        let inside = |position: &Point| {
            zone_of(&probe(*position), ZoneKind::AvailabilityZone) == Some(zone.id)
        };
        let found = places(zone.rectangle).find(|place| inside(place) && fits(place));
        if let Some(place) = found {
            return Some((place, None));
        }
    }
    // Where no data centre is drawn, or all are full: a new one below everything.
    let lowest = scenario
        .components
        .iter()
        .map(|own| own.position.y + NODE_HEIGHT);
    let zones = scenario.zones.iter();
    let ends = zones.map(|zone| zone.rectangle.y + zone.rectangle.height);
    let lowest = lowest.chain(ends).fold(f64::NEG_INFINITY, f64::max);
    let place = Point {
        x: part.position.x,
        y: lowest + GAP + ROOM,
    };
    let zone = Zone {
        id: scenario.next_zone_id(),
        kind: ZoneKind::AvailabilityZone,
        name: new_name(scenario),
        rectangle: Rectangle {
            x: place.x - ROOM,
            y: place.y - ROOM,
            width: NODE_WIDTH + 2.0 * ROOM,
            height: NODE_HEIGHT + 2.0 * ROOM,
        },
        parameters: BTreeMap::new(),
    };
    fits(&place).then_some((place, Some(zone)))
}

fn new_name(scenario: &Scenario) -> String {
    let label = crate::catalog::zone_specification(ZoneKind::AvailabilityZone).label;
    let taken = |name: &str| scenario.zones.iter().any(|zone| zone.name == name);
    let mut names = (1..).map(|number| match number {
        1 => label.to_owned(),
        _ => format!("{label} {number}"),
    });
    names.find(|name| !taken(name)).unwrap_or_default()
}

/// Places for a node in a rectangle, from its top left.
fn places(rectangle: Rectangle) -> impl Iterator<Item = Point> {
    const STEP: f64 = 20.0;
    let rows = ((rectangle.height - NODE_HEIGHT) / STEP)
        .floor()
        .clamp(0.0, 200.0) as u32;
    let columns = ((rectangle.width - NODE_WIDTH) / STEP)
        .floor()
        .clamp(0.0, 200.0) as u32;
    (0..=rows).flat_map(move |row| {
        (0..=columns).map(move |column| Point {
            x: rectangle.x + STEP * f64::from(column),
            y: rectangle.y + STEP * f64::from(row),
        })
    })
}

fn is_free(scenario: &Scenario, place: Point) -> bool {
    scenario.components.iter().all(|other| {
        (other.position.x - place.x).abs() >= NODE_WIDTH + 10.0
            || (other.position.y - place.y).abs() >= NODE_HEIGHT + 10.0
    })
}
