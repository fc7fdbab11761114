//! Edits as somebody makes them who tries a design out: parameters, links, parts, classes; drawn at random.

use loadscape_sim::catalog::{self, Domain, KINDS, Kind, LinkMeaning, Parameter, Unlimited, Value};
use loadscape_sim::scenario::generate::Random;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Operation, Point, RequestClass, Scenario,
    validate,
};

/// Makes an edit; tries others when the first isn't possible here.
pub fn edit(scenario: &mut Scenario, random: &mut Random) {
    for _ in 0..20 {
        let mut edited = scenario.clone();
        let done = match random.below(12) {
            0 => remove_component(&mut edited, random),
            1 => add_component(&mut edited, random),
            2 => remove_link(&mut edited, random),
            3 => add_link(&mut edited, random),
            4 => change_classes(&mut edited, random),
            5 => change_link(&mut edited, random),
            _ => set_parameter(&mut edited, random),
        };
        if done
            && validate(&edited)
                .iter()
                .all(|problem| problem.severity != loadscape_sim::scenario::Severity::Error)
        {
            *scenario = edited;
            return;
        }
    }
}

fn set_parameter(scenario: &mut Scenario, random: &mut Random) -> bool {
    let place = random.below(scenario.components.len());
    let Some(component) = scenario.components.get_mut(place) else {
        return false;
    };
    let specifications = catalog::specification(component.kind).parameters;
    let Some(specification) = random.pick(specifications) else {
        return false;
    };
    let value = match specification.domain {
        Domain::Flag => Value::Flag(random.chance(0.5)),
        Domain::Choice(choices) => match random.pick(choices) {
            Some(choice) => Value::Choice(choice.choice),
            None => return false,
        },
        Domain::Number {
            may_be_unlimited: true,
            ..
        } if random.chance(0.2) => Value::Unlimited(Unlimited::Unlimited),
        Domain::Number {
            minimum,
            maximum,
            whole,
            ..
        } => {
            let near = match component.value(specification.parameter) {
                Some(Value::Number(now)) if now > 0.0 => now,
                _ => 10.0,
            };
            let number = (near * (random.unit() * 3.0 - 1.5).exp()).clamp(minimum, maximum);
            Value::Number(if whole { number.round() } else { number })
        }
    };
    component.parameters.insert(specification.parameter, value);
    true
}

fn remove_component(scenario: &mut Scenario, random: &mut Random) -> bool {
    let removable: Vec<ComponentId> = (scenario.components.iter())
        .skip(1)
        .map(|component| component.id)
        .collect();
    let Some(id) = random.pick(&removable).copied() else {
        return false;
    };
    let gone: Vec<LinkId> = (scenario.links.iter())
        .filter(|link| link.from == id || link.to == id)
        .map(|link| link.id)
        .collect();
    scenario.components.retain(|component| component.id != id);
    remove_links(scenario, &gone);
    true
}

fn remove_links(scenario: &mut Scenario, gone: &[LinkId]) {
    scenario.links.retain(|link| !gone.contains(&link.id));
    for component in &mut scenario.components {
        for plan in &mut component.plans {
            for step in &mut plan.steps {
                step.calls.retain(|call| !gone.contains(&call.link));
            }
        }
    }
}

fn remove_link(scenario: &mut Scenario, random: &mut Random) -> bool {
    let place = random.below(scenario.links.len());
    let Some(id) = scenario.links.get(place).map(|link| link.id) else {
        return false;
    };
    remove_links(scenario, &[id]);
    true
}

fn add_component(scenario: &mut Scenario, random: &mut Random) -> bool {
    let Some(kind) = random.pick(KINDS).map(|listed| listed.kind) else {
        return false;
    };
    let id = scenario.next_component_id();
    let callers: Vec<ComponentId> = (scenario.components.iter())
        .filter(|caller| catalog::connection(caller.kind, kind).is_ok())
        .map(|caller| caller.id)
        .collect();
    let doors: Vec<ComponentId> = (scenario.components.iter())
        .filter(|door| catalog::connection(kind, door.kind).is_ok())
        .map(|door| door.id)
        .collect();
    let at = Point {
        x: random.unit() * 1_000.0,
        y: 5_000.0,
    };
    let mut component = Component::new(id, kind, format!("New {}", id.0), at);
    if kind == Kind::Clients && random.chance(0.5) {
        component
            .parameters
            .insert(Parameter::RequestRate, Value::Number(50.0));
    }
    scenario.components.push(component);
    let link = scenario.next_link_id();
    if kind == Kind::Clients {
        if let Some(door) = random.pick(&doors) {
            scenario.links.push(Link::new(link, id, *door));
        }
    } else if let Some(caller) = random.pick(&callers) {
        scenario.links.push(Link::new(link, *caller, id));
    }
    true
}

fn add_link(scenario: &mut Scenario, random: &mut Random) -> bool {
    let count = scenario.components.len();
    let later = random.below(count);
    let earlier = random.below(later);
    let (Some(from), Some(to)) = (
        scenario.components.get(earlier),
        scenario.components.get(later),
    ) else {
        return false;
    };
    let (from_id, to_id) = (from.id, to.id);
    if from_id == to_id
        || matches!(
            catalog::connection(from.kind, to.kind),
            Err(_) | Ok(LinkMeaning::Replicates)
        )
        || (scenario.links.iter()).any(|link| (link.from, link.to) == (from_id, to_id))
    {
        return false;
    }
    let id = scenario.next_link_id();
    scenario.links.push(Link::new(id, from_id, to_id));
    true
}

fn change_link(scenario: &mut Scenario, random: &mut Random) -> bool {
    let place = random.below(scenario.links.len());
    let Some(link) = scenario.links.get_mut(place) else {
        return false;
    };
    link.round_trip_seconds = Some(random.unit() * 0.05);
    true
}

fn change_classes(scenario: &mut Scenario, random: &mut Random) -> bool {
    match random.below(4) {
        0 => {
            let id = scenario.next_class_id();
            let operation = *random.pick(&Operation::ALL).unwrap_or(&Operation::Read);
            let mut class = RequestClass::new(id, format!("class {}", id.0), operation);
            class.priority = random.below(4) as u8;
            // Not always the last, so that the others are counted otherwise than before.
            let place = random.below(scenario.classes.len() + 1);
            scenario.classes.insert(place, class);
            true
        }
        1 if scenario.classes.len() > 1 => {
            let id = scenario.classes[random.below(scenario.classes.len())].id;
            forget_class(scenario, id);
            true
        }
        _ => {
            let place = random.below(scenario.classes.len());
            let class = &mut scenario.classes[place];
            match random.below(4) {
                0 => class.priority = random.below(4) as u8,
                1 => class.share = 0.1 + random.unit() * 10.0,
                2 => class.keys = (10.0 + random.unit() * 1e5).round(),
                _ => class.zipf_exponent = random.unit() * 2.0,
            }
            true
        }
    }
}

fn forget_class(scenario: &mut Scenario, id: ClassId) {
    scenario.classes.retain(|class| class.id != id);
    scenario
        .objectives
        .retain(|objective| objective.class != Some(id));
    for component in &mut scenario.components {
        component.mix.retain(|(class, _)| *class != id);
        component.plans.retain(|plan| plan.class != id);
    }
    for link in &mut scenario.links {
        link.classes.retain(|class| *class != id);
    }
}
