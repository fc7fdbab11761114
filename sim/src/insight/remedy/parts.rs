//! Parts that could be added to a drawing, and where: it knows which links mean something, not whether the part would help.

use super::Edit;
use super::turns::COMFORTABLE;
use crate::catalog::{self, Choice, Kind, Parameter, Value, connection};
use crate::scenario::{
    Call, CallMode, CallPlan, Component, ComponentId, Link, LinkId, NODE_HEIGHT, NODE_WIDTH,
    Operation, Point, Scenario,
};

/// Every part that could be added for this one's sake; it is asked for this share of what it can do.
pub(super) fn additions(
    scenario: &Scenario,
    component: &Component,
    asked: f64,
) -> Vec<(String, Edit)> {
    let mut found = Vec::new();
    if component.kind == Kind::SqlPrimary {
        found.push((
            "Add a read replica".to_owned(),
            beside(scenario, component, Kind::ReadReplica, "Read replica"),
        ));
    }
    if component.kind.is_database() && !has_cache(scenario, component) {
        found.push((
            "Add a cache".to_owned(),
            beside(scenario, component, Kind::Cache, "Cache"),
        ));
    }
    found.extend(balancer(scenario, component, asked));
    found.extend(edge(scenario, component));
    found.extend(queue(scenario, component));
    found
}

/// Gives out ids that the document doesn't use yet.
pub(super) struct Fresh {
    component: u32,
    link: u32,
}

impl Fresh {
    pub(super) fn of(scenario: &Scenario) -> Self {
        Fresh {
            component: scenario.next_component_id().0,
            link: scenario.next_link_id().0,
        }
    }

    pub(super) fn component(&mut self) -> ComponentId {
        let id = ComponentId(self.component);
        self.component = self.component.wrapping_add(1);
        id
    }

    pub(super) fn link(&mut self, from: ComponentId, to: ComponentId) -> Link {
        let id = LinkId(self.link);
        self.link = self.link.wrapping_add(1);
        Link::new(id, from, to)
    }
}

/// A new part below another one, called by the same callers; a replica is fed by the part it stands beside.
pub(super) fn beside(scenario: &Scenario, component: &Component, kind: Kind, name: &str) -> Edit {
    let mut fresh = Fresh::of(scenario);
    let id = fresh.component();
    let mut links: Vec<Link> = Vec::new();
    for caller in scenario
        .links_to(component.id)
        .filter(|candidate| may_call(scenario, candidate.from, kind))
    {
        links.push(Link {
            classes: caller.classes.clone(),
            ..fresh.link(caller.from, id)
        });
    }
    if kind == Kind::ReadReplica {
        links.push(fresh.link(component.id, id));
    }
    let mut added = Component::new(id, kind, name, free_place(scenario, component));
    if kind == Kind::ReadReplica {
        // It keeps what the other keeps, is asked for the same work, and is as large a machine.
        let own = component.parameters.iter();
        let shared = own.filter(|(parameter, _)| catalog::parameter(kind, **parameter).is_some());
        added
            .parameters
            .extend(shared.map(|(parameter, value)| (*parameter, *value)));
    }
    Edit::Add {
        component: added,
        links,
    }
}

/// A balancer before a program that clients call directly, and as many instances as it then wants.
fn balancer(scenario: &Scenario, component: &Component, asked: f64) -> Option<(String, Edit)> {
    let doors: Vec<&Link> = scenario
        .links_to(component.id)
        .filter(|link| kind_of(scenario, link.from) == Some(Kind::Clients))
        .collect();
    if doors.is_empty()
        || !matches!(component.kind, Kind::Service | Kind::ReverseProxy)
        || connection(Kind::LoadBalancer, component.kind).is_err()
    {
        return None;
    }
    let mut fresh = Fresh::of(scenario);
    let id = fresh.component();
    let mut edits = vec![Edit::Add {
        component: Component::new(
            id,
            Kind::LoadBalancer,
            "Load balancer",
            free_place(scenario, component),
        ),
        links: vec![fresh.link(id, component.id)],
    }];
    edits.extend(doors.into_iter().map(|door| {
        Edit::Link(Link {
            to: id,
            ..door.clone()
        })
    }));
    let now = component.number(Parameter::Instances).max(1.0);
    if !component.flag(Parameter::Autoscaling) {
        let then = (now * asked / COMFORTABLE - 1e-9).ceil().max(now + 1.0);
        edits.push(super::turns::set(component, Parameter::Instances, then)?.1);
        return Some((
            format!(
                "Add a balancer and {} more",
                crate::quantities::number(then - now)
            ),
            Edit::Several(edits),
        ));
    }
    Some(("Add a balancer".to_owned(), Edit::Several(edits)))
}

/// An edge for what is static, before the door that clients call for it.
fn edge(scenario: &Scenario, component: &Component) -> Option<(String, Edit)> {
    let kept: Vec<_> = scenario
        .classes
        .iter()
        .filter(|class| class.operation == Operation::Static)
        .map(|class| class.id)
        .collect();
    let door = scenario
        .links_to(component.id)
        .find(|link| kind_of(scenario, link.from) == Some(Kind::Clients))?;
    let has_edge = scenario
        .links_from(door.from)
        .any(|link| kind_of(scenario, link.to) == Some(Kind::Cdn));
    if has_edge || kept.is_empty() || connection(Kind::Cdn, component.kind).is_err() {
        return None;
    }
    let mut fresh = Fresh::of(scenario);
    let id = fresh.component();
    let links = vec![
        Link {
            classes: kept.clone(),
            ..fresh.link(door.from, id)
        },
        Link {
            classes: kept.clone(),
            ..fresh.link(id, component.id)
        },
    ];
    let add = Edit::Add {
        component: Component::new(id, Kind::Cdn, "CDN", free_place(scenario, component)),
        links,
    };
    // What went past the edge goes through it now.
    let others: Vec<_> = scenario
        .classes
        .iter()
        .map(|class| class.id)
        .filter(|class| door.carries(*class) && !kept.contains(class))
        .collect();
    let rest = Edit::Link(Link {
        classes: others.clone(),
        ..door.clone()
    });
    let edits = if others.is_empty() {
        vec![add]
    } else {
        vec![add, rest]
    };
    Some(("Add a CDN".to_owned(), Edit::Several(edits)))
}

/// A queue with a worker before a database, for what needn't be done before the answer: asynchronous classes that a service hands to it directly.
fn queue(scenario: &Scenario, component: &Component) -> Option<(String, Edit)> {
    if !component.kind.is_database() && component.kind != Kind::ThirdPartyApi {
        return None;
    }
    let later: Vec<_> = scenario
        .classes
        .iter()
        .filter(|class| class.operation == Operation::Asynchronous)
        .map(|class| class.id)
        .collect();
    let link = scenario.links_to(component.id).find(|link| {
        kind_of(scenario, link.from).is_some_and(|kind| connection(kind, Kind::Queue).is_ok())
            && kind_of(scenario, link.from) != Some(Kind::Worker)
            && later.iter().any(|class| link.carries(*class))
    })?;
    let has_queue = scenario
        .links_from(link.from)
        .any(|other| matches!(kind_of(scenario, other.to), Some(Kind::Queue | Kind::Topic)));
    if has_queue || connection(Kind::Worker, component.kind).is_err() {
        return None;
    }
    let mut fresh = Fresh::of(scenario);
    let (queue, worker) = (fresh.component(), fresh.component());
    let place = free_place(scenario, component);
    let beside = Point {
        x: place.x - NODE_WIDTH - GAP,
        ..place
    };
    let kept: Vec<_> = scenario
        .classes
        .iter()
        .map(|class| class.id)
        .filter(|class| link.carries(*class) && !later.contains(class))
        .collect();
    // Who does it later does all of it: it needs whatever else was asked for its sake.
    let mut calls = vec![fresh.link(queue, worker), fresh.link(worker, component.id)];
    for other in scenario.links_from(link.from) {
        let needed = other.to != component.id && later.iter().any(|class| other.carries(*class));
        let stores = kind_of(scenario, other.to)
            .is_some_and(|kind| kind.is_database() && connection(Kind::Worker, kind).is_ok());
        if needed && stores {
            calls.push(fresh.link(worker, other.to));
        }
    }
    // What is for later alone goes no other way any more.
    let before = match kept.is_empty() {
        true => Edit::Cut(link.id),
        false => Edit::Link(Link {
            classes: kept,
            ..link.clone()
        }),
    };
    let edits = vec![
        Edit::Add {
            component: Component::new(queue, Kind::Queue, "Queue", beside),
            links: vec![Link {
                classes: later.clone(),
                ..fresh.link(link.from, queue)
            }],
        },
        Edit::Add {
            component: Component::new(worker, Kind::Worker, "Worker", place),
            links: calls,
        },
        before,
    ];
    Some((
        "Put a queue and a worker before it".to_owned(),
        Edit::Several(edits),
    ))
}

/// The part moved beside whoever calls it most from another zone, so that the way between them is short.
pub(super) fn closer(scenario: &Scenario, link: &Link) -> Option<(String, Edit)> {
    let (caller, called) = (scenario.component(link.from)?, scenario.component(link.to)?);
    if caller.kind == Kind::Clients || called.kind == Kind::ReadReplica {
        return None;
    }
    let zones = |component: &Component| -> Vec<_> {
        let zones = scenario.zones_of(component);
        zones.iter().map(|zone| zone.id).collect()
    };
    if zones(caller) == zones(called) {
        return None;
    }
    let mut place = free_place(scenario, caller);
    // Within the zones of the caller, or it would be no nearer.
    let within = |place: Point| {
        let probe = Component {
            position: place,
            ..called.clone()
        };
        zones(&probe) == zones(caller)
    };
    if !within(place) {
        place = Point {
            x: caller.position.x + GAP / 4.0,
            y: caller.position.y + GAP / 4.0,
        };
    }
    within(place).then(|| {
        (
            format!("Move beside {}", caller.name),
            Edit::Move {
                component: called.id,
                position: place,
            },
        )
    })
}

fn kind_of(scenario: &Scenario, id: ComponentId) -> Option<Kind> {
    scenario.component(id).map(|component| component.kind)
}

/// Whether a link from this component to such a part means something: a primary copies to a replica, but calls no cache.
fn may_call(scenario: &Scenario, caller: ComponentId, kind: Kind) -> bool {
    kind_of(scenario, caller).is_some_and(|caller| connection(caller, kind).is_ok())
}

/// Whether everything that calls the component has a cache to ask first.
fn has_cache(scenario: &Scenario, component: &Component) -> bool {
    let asks_cache = |caller: ComponentId| {
        let mut calls = scenario.links_from(caller);
        calls.any(|link| kind_of(scenario, link.to) == Some(Kind::Cache))
    };
    let mut callers = scenario
        .links_to(component.id)
        .filter(|link| may_call(scenario, link.from, Kind::Cache));
    callers.all(|link| asks_cache(link.from))
}

/// Between a node and the next.
pub(in crate::insight) const GAP: f64 = 40.0;

/// The first free place below the component, in steps of a node and a gap.
pub(in crate::insight) fn free_place(scenario: &Scenario, component: &Component) -> Point {
    let mut place = component.position;
    loop {
        place.y += NODE_HEIGHT + GAP;
        let taken = scenario.components.iter().any(|other| {
            (other.position.x - place.x).abs() < NODE_WIDTH + GAP / 2.0
                && (other.position.y - place.y).abs() < NODE_HEIGHT + GAP / 2.0
        });
        if !taken {
            return place;
        }
    }
}

/// The part's calls without retries, where it makes any.
pub(super) fn without_retries(component: &Component) -> Option<(String, Edit)> {
    let mut plans = component.plans.clone();
    let mut changed = false;
    for call in plans
        .iter_mut()
        .flat_map(|plan| &mut plan.steps)
        .flat_map(|step| &mut step.calls)
    {
        changed |= call.retry.take().is_some();
    }
    changed.then(|| {
        (
            "Don't retry".to_owned(),
            Edit::Plans {
                component: component.id,
                plans,
            },
        )
    })
}

/// Whether a change is paid for with work that no bill shows: other tables, other programs, or an index whose upkeep isn't counted.
pub(super) fn is_unpriced(edit: &Edit) -> bool {
    match edit {
        Edit::Set { parameter, .. } => matches!(
            parameter,
            Parameter::Denormalised | Parameter::Coalescing | Parameter::UnindexedShare
        ),
        // With the index, its upkeep is part of what is solved.
        Edit::Several(edits) => !edits.iter().any(adds_an_index) && edits.iter().any(is_unpriced),
        _ => false,
    }
}

fn adds_an_index(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::Set {
            parameter: Parameter::Indexes,
            ..
        }
    )
}

/// What a part does that no figure here shows, and that is gone with it.
fn given_up(part: &Component) -> Option<&'static str> {
    match part.kind {
        Kind::LoadBalancer | Kind::ReverseProxy => Some(match part.flag(Parameter::HealthChecks) {
            true => "nothing passes by a machine any more that fails",
            false => "whoever asks picks a machine for himself, whatever it has to do",
        }),
        Kind::ApiGateway => Some("there is no one place any more that checks and limits who asks"),
        Kind::Dns => Some("clients know one fixed address, and can't be led elsewhere"),
        _ => None,
    }
}

/// What a change gives up that no figure here shows.
pub(super) fn caveat(scenario: &Scenario, edit: &Edit) -> Option<&'static str> {
    match edit {
        Edit::Set {
            component,
            parameter,
            value,
        } => match (parameter, value) {
            (Parameter::Replication, Value::Choice(Choice::Asynchronous)) => {
                Some("reads may be old, and a failover loses writes")
            }
            (Parameter::WriteMode, Value::Choice(Choice::WriteBehind)) => {
                Some("what isn't written yet is lost with the cache")
            }
            (Parameter::TimeToLive, Value::Number(then))
                if scenario
                    .component(*component)
                    .is_some_and(|own| own.number(Parameter::TimeToLive) < *then) =>
            {
                Some("answers are older")
            }
            (Parameter::Instances, Value::Number(1.0)) => {
                Some("nothing takes over when the only one fails")
            }
            (Parameter::CoreSpeed, _) => Some("if cores so fast are to be had"),
            (Parameter::Denormalised, _) => {
                Some("tables and queries are written anew, and writes have copies to keep in step")
            }
            (Parameter::UnindexedShare, _) => Some("every write has to keep the index up"),
            (Parameter::Coalescing, _) => Some("whoever asks has to be written so"),
            _ => None,
        },
        Edit::Add { component, .. } if component.kind == Kind::Cache => {
            Some("answers are as old as it keeps them")
        }
        Edit::Several(edits) => edits.iter().find_map(|edit| caveat(scenario, edit)),
        Edit::Plans { component, plans } => {
            let before = &scenario.component(*component)?.plans;
            let any = |plans: &[CallPlan], is: fn(&Call) -> bool| {
                let steps = plans.iter().flat_map(|plan| &plan.steps);
                steps
                    .flat_map(|step| &step.calls)
                    .filter(|call| is(call))
                    .count()
            };
            let fewer = |is| any(plans, is) < any(before, is);
            let more = |is| any(plans, is) > any(before, is);
            if more(|call| call.mode == CallMode::FireAndForget) {
                Some("nobody hears of what fails there")
            } else if fewer(|call| call.retry.is_some()) {
                Some("what fails once stays failed")
            } else {
                None
            }
        }
        Edit::Remove(id) => scenario.component(*id).and_then(given_up),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, beside};
    use crate::catalog::{Kind, Parameter, Value};
    use crate::scenario::{Component, ComponentId, Point, Scenario};

    #[test]
    fn a_replica_is_asked_for_the_work_of_the_database_that_it_copies() {
        let mut primary = Component::new(
            ComponentId(1),
            Kind::SqlPrimary,
            "Database",
            Point { x: 0.0, y: 0.0 },
        );
        for (parameter, value) in [(Parameter::ReadTime, 30.0), (Parameter::Cores, 8.0)] {
            primary.parameters.insert(parameter, Value::Number(value));
        }
        let mut scenario = Scenario::default();
        scenario.components.push(primary.clone());
        let Edit::Add { component, .. } =
            beside(&scenario, &primary, Kind::ReadReplica, "Read replica")
        else {
            panic!("a part is added");
        };
        for parameter in [Parameter::ReadTime, Parameter::Cores] {
            assert_eq!(component.value(parameter), primary.value(parameter));
        }
    }
}
