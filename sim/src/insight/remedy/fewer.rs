//! Parts that a drawing may do without, and what takes their calls then. It says nothing about what would be lost by it. Parts that do work of
//! their own aren't among them: without them there would be less to run for there being less done.

use super::turns;
use super::{Candidate, Edit};
use crate::catalog::{Kind, Parameter, connection};
use crate::scenario::{ClassId, Component, ComponentId, Link, LinkId, Scenario};

/// Everything that could be left out, or put together with its like.
pub(super) fn candidates(scenario: &Scenario) -> Vec<Candidate> {
    let mut found = Vec::new();
    for component in &scenario.components {
        let title = format!("Without {}", component.name);
        found.extend(without(scenario, component).map(|edit| (title, edit)));
        found.extend(as_one(scenario, component));
    }
    let tried = found.into_iter().map(|(title, edit)| Candidate {
        title,
        edit,
        saves: false,
    });
    tried.collect()
}

/// The drawing without this part, whose callers ask for themselves what it passed on, or kept a copy of; `None` where nobody could.
pub(super) fn without(scenario: &Scenario, component: &Component) -> Option<Edit> {
    match component.kind {
        // Whoever asks these goes on to the data or the door himself.
        Kind::Cache | Kind::Dns => Some(Edit::Remove(component.id)),
        Kind::ReadReplica => {
            let primary = primary_of(scenario, component.id)?;
            let mut edits = from_the_primary(scenario, component.id, primary, |_| true)?;
            edits.push(Edit::Remove(component.id));
            Some(Edit::Several(edits))
        }
        Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy | Kind::Cdn => {
            past(scenario, component)
        }
        _ => None,
    }
}

/// Whom a replica follows.
pub(super) fn primary_of(scenario: &Scenario, replica: ComponentId) -> Option<ComponentId> {
    let mut callers = scenario.links_to(replica).map(|link| link.from);
    callers.find(|id| kind_of(scenario, *id) == Some(Kind::SqlPrimary))
}

/// What reads these classes from the primary and no more from its replica; `None` where nobody reads any of them there.
pub(super) fn from_the_primary(
    scenario: &Scenario,
    replica: ComponentId,
    primary: ComponentId,
    is_meant: impl Fn(ClassId) -> bool,
) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    let mut next = scenario.next_link_id().0;
    let readers = scenario
        .links_to(replica)
        .filter(|link| link.from != primary);
    for link in readers {
        let (moved, kept): (Vec<ClassId>, Vec<ClassId>) = (scenario.classes.iter())
            .map(|class| class.id)
            .filter(|class| link.carries(*class))
            .partition(|class| is_meant(*class));
        if moved.is_empty() {
            continue;
        }
        let mut direct = scenario.links_from(link.from);
        let direct = direct.find(|own| own.to == primary);
        let carried = |class: &ClassId| direct.is_some_and(|direct| direct.carries(*class));
        let missing: Vec<ClassId> = (moved.iter().copied())
            .filter(|class| !carried(class))
            .collect();
        match direct {
            None if kept.is_empty() => edits.push(Edit::Link(Link {
                to: primary,
                ..link.clone()
            })),
            None => {
                edits.push(Edit::Connect(Link {
                    classes: moved,
                    ..Link::new(LinkId(next), link.from, primary)
                }));
                next = next.wrapping_add(1);
            }
            Some(direct) if !missing.is_empty() => edits.push(Edit::Link(Link {
                classes: (direct.classes.iter().copied()).chain(missing).collect(),
                ..direct.clone()
            })),
            Some(_) => {}
        }
        match (kept.is_empty(), direct) {
            (true, Some(_)) => edits.push(Edit::Cut(link.id)),
            (true, None) => {}
            (false, _) => edits.push(Edit::Link(Link {
                classes: kept,
                ..link.clone()
            })),
        }
    }
    (!edits.is_empty()).then_some(edits)
}

/// Its callers call what it calls, and it is gone.
fn past(scenario: &Scenario, component: &Component) -> Option<Edit> {
    let called: Vec<&Link> = scenario.links_from(component.id).collect();
    let mut edits = Vec::new();
    let mut next = scenario.next_link_id().0;
    for caller in scenario.links_to(component.id) {
        let kind = kind_of(scenario, caller.from)?;
        // The first goes along the link that is there, so that the calls of a plan stay.
        let mut first = true;
        for onward in &called {
            let classes: Vec<ClassId> = (scenario.classes.iter())
                .map(|class| class.id)
                .filter(|class| caller.carries(*class) && onward.carries(*class))
                .collect();
            let mut own = scenario.links_from(caller.from);
            let is_there = own.any(|link| link.to == onward.to);
            if classes.is_empty() || is_there {
                continue;
            }
            connection(kind, kind_of(scenario, onward.to)?).ok()?;
            let all = caller.classes.is_empty() && onward.classes.is_empty();
            let classes = if all { Vec::new() } else { classes };
            let link = Link {
                to: onward.to,
                classes,
                ..caller.clone()
            };
            if std::mem::replace(&mut first, false) {
                edits.push(Edit::Link(link));
            } else {
                edits.push(Edit::Connect(Link {
                    id: LinkId(next),
                    ..link
                }));
                next = next.wrapping_add(1);
            }
        }
    }
    if edits.is_empty() {
        return None;
    }
    edits.push(Edit::Remove(component.id));
    Some(Edit::Several(edits))
}

/// Two parts that keep the same for the same callers, as one with the instances of both.
fn as_one(scenario: &Scenario, component: &Component) -> Option<(String, Edit)> {
    if !matches!(component.kind, Kind::ReadReplica | Kind::Cache) {
        return None;
    }
    let callers = |id: ComponentId| {
        let mut callers: Vec<ComponentId> = scenario.links_to(id).map(|link| link.from).collect();
        callers.sort_unstable();
        callers
    };
    let mut others = scenario.components.iter();
    let other = others.find(|other| {
        other.id > component.id
            && other.kind == component.kind
            && other.parameters == component.parameters
            && callers(other.id) == callers(component.id)
    })?;
    let both = 2.0 * component.number(Parameter::Instances);
    let (_, grown) = turns::set(component, Parameter::Instances, both)?;
    let title = format!("{} and {} as one", component.name, other.name);
    Some((title, Edit::Several(vec![grown, Edit::Remove(other.id)])))
}

fn kind_of(scenario: &Scenario, id: ComponentId) -> Option<Kind> {
    scenario.component(id).map(|component| component.kind)
}
