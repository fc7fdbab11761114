//! The compact form, writing: field by field in columns, for equal things side by side compress best. Its reading stands in
//! `unpack`; both must change together.
//!
//! Version 1 is fixed for ever. What came later stands in sections behind it, each a tag, a length in bytes and so many bytes
//! (`sections`); a document with sections has version 2, one without stays the version-1 document that it always was.
//!
//! Kinds, parameters and choices are written by their codes in the catalog, which never change, so that a newer build's additions
//! are unknown codes to an older one, and are reported as such.

use super::bytes::Writer;
use super::sections;
use crate::catalog::Value;
use crate::scenario::{
    Call, CallMode, CallPlan, Component, Link, Objective, Operation, RequestClass, Scenario,
    Target, Zone,
};

/// Words where a number could stand; choices follow with their code on top.
pub(super) const OFF: u64 = 0;
pub(super) const ON: u64 = 1;
pub(super) const UNLIMITED: u64 = 2;
pub(super) const CHOICE: u64 = 3;

/// What a component has apart from parameters.
pub(super) const HAS_MIX: u8 = 1;
pub(super) const HAS_PLANS: u8 = 2;
/// What a link has beyond its ends.
pub(super) const HAS_WEIGHT: u8 = 1;
pub(super) const HAS_CLASSES: u8 = 2;
pub(super) const HAS_ROUND_TRIP: u8 = 4;
/// What a call has beyond its link.
pub(super) const HAS_COUNT: u8 = 1;
pub(super) const HAS_PROBABILITY: u8 = 2;
pub(super) const FIRE_AND_FORGET: u8 = 4;
pub(super) const HAS_TIMEOUT: u8 = 8;
pub(super) const HAS_RETRY: u8 = 16;
/// What an objective speaks of.
pub(super) const OF_CLASS: u8 = 0x80;

/// The version and the document in bytes.
pub(super) fn pack(scenario: &Scenario) -> (u8, Vec<u8>) {
    let mut writer = Writer::default();
    writer.text(&scenario.title);
    writer.text(&scenario.notes);
    classes(&mut writer, &scenario.classes);
    components(&mut writer, &scenario.components);
    links(&mut writer, &scenario.links);
    zones(&mut writer, &scenario.zones);
    objectives(&mut writer, &scenario.objectives);
    let version = if sections::write(&mut writer, scenario) {
        super::SECTIONED
    } else {
        super::FIRST
    };
    (version, writer.finish())
}

/// Ids in sequence are zeros.
fn ids(writer: &mut Writer, ids: impl Iterator<Item = u32>) {
    let mut expected = 1;
    for id in ids {
        writer.id(id, expected);
        expected = id.wrapping_add(1);
    }
}

fn classes(writer: &mut Writer, classes: &[RequestClass]) {
    writer.count(classes.len());
    ids(writer, classes.iter().map(|class| class.id.0));
    for class in classes {
        writer.text(&class.name);
        let operation = Operation::ALL
            .iter()
            .position(|operation| *operation == class.operation);
        writer.byte(operation.unwrap_or(0) as u8);
        writer.number(class.share);
        writer.number(class.request_bytes);
        writer.number(class.response_bytes);
        writer.number(class.keys);
        writer.number(class.zipf_exponent);
        writer.byte(class.priority);
    }
}

fn components(writer: &mut Writer, components: &[Component]) {
    writer.count(components.len());
    ids(writer, components.iter().map(|component| component.id.0));
    components
        .iter()
        .for_each(|component| writer.byte(component.kind.code()));
    components
        .iter()
        .for_each(|component| writer.text(&component.name));
    components
        .iter()
        .for_each(|component| writer.number(component.position.x));
    components
        .iter()
        .for_each(|component| writer.number(component.position.y));
    components
        .iter()
        .for_each(|component| writer.count(component.parameters.len()));
    components
        .iter()
        .for_each(|component| parameters(writer, &component.parameters));
    components
        .iter()
        .for_each(|component| writer.byte(extras(component)));
    for component in components {
        if !component.mix.is_empty() {
            writer.count(component.mix.len());
            for (class, weight) in &component.mix {
                writer.id(class.0, 0);
                writer.number(*weight);
            }
        }
        if !component.plans.is_empty() {
            writer.count(component.plans.len());
            component
                .plans
                .iter()
                .for_each(|plan| self::plan(writer, plan));
        }
    }
}

fn extras(component: &Component) -> u8 {
    let mix = if component.mix.is_empty() { 0 } else { HAS_MIX };
    let plans = if component.plans.is_empty() {
        0
    } else {
        HAS_PLANS
    };
    mix | plans
}

fn parameters(
    writer: &mut Writer,
    parameters: &std::collections::BTreeMap<crate::catalog::Parameter, Value>,
) {
    for (parameter, value) in parameters {
        writer.byte(parameter.code());
        match value {
            Value::Number(number) => writer.number(*number),
            Value::Flag(false) => writer.word(OFF),
            Value::Flag(true) => writer.word(ON),
            Value::Unlimited(_) => writer.word(UNLIMITED),
            Value::Choice(choice) => writer.word(CHOICE + u64::from(choice.code())),
        }
    }
}

fn plan(writer: &mut Writer, plan: &CallPlan) {
    writer.id(plan.class.0, 0);
    writer.count(plan.steps.len());
    for step in &plan.steps {
        writer.count(step.calls.len());
        step.calls.iter().for_each(|call| self::call(writer, call));
    }
}

fn call(writer: &mut Writer, call: &Call) {
    let once = |number: f64| number.to_bits() == 1f64.to_bits();
    let mut has = 0;
    has |= if once(call.count) { 0 } else { HAS_COUNT };
    has |= if once(call.probability) {
        0
    } else {
        HAS_PROBABILITY
    };
    has |= if call.mode == CallMode::FireAndForget {
        FIRE_AND_FORGET
    } else {
        0
    };
    has |= if call.timeout_seconds.is_some() {
        HAS_TIMEOUT
    } else {
        0
    };
    has |= if call.retry.is_some() { HAS_RETRY } else { 0 };
    writer.byte(has);
    writer.id(call.link.0, 0);
    if has & HAS_COUNT != 0 {
        writer.number(call.count);
    }
    if has & HAS_PROBABILITY != 0 {
        writer.number(call.probability);
    }
    if let Some(timeout) = call.timeout_seconds {
        writer.number(timeout);
    }
    if let Some(retry) = call.retry {
        writer.unsigned(u64::from(retry.retries));
        writer.number(retry.backoff_seconds);
    }
}

fn links(writer: &mut Writer, links: &[Link]) {
    writer.count(links.len());
    ids(writer, links.iter().map(|link| link.id.0));
    ids(writer, links.iter().map(|link| link.from.0));
    links
        .iter()
        .for_each(|link| writer.id(link.to.0, link.from.0.wrapping_add(1)));
    links.iter().for_each(|link| writer.byte(beyond_ends(link)));
    for link in links {
        if beyond_ends(link) & HAS_WEIGHT != 0 {
            writer.number(link.weight);
        }
        if !link.classes.is_empty() {
            writer.count(link.classes.len());
            link.classes.iter().for_each(|class| writer.id(class.0, 0));
        }
        if let Some(round_trip) = link.round_trip_seconds {
            writer.number(round_trip);
        }
    }
}

fn beyond_ends(link: &Link) -> u8 {
    let weight = if link.weight.to_bits() == 1f64.to_bits() {
        0
    } else {
        HAS_WEIGHT
    };
    let classes = if link.classes.is_empty() {
        0
    } else {
        HAS_CLASSES
    };
    let round_trip = if link.round_trip_seconds.is_some() {
        HAS_ROUND_TRIP
    } else {
        0
    };
    weight | classes | round_trip
}

fn zones(writer: &mut Writer, zones: &[Zone]) {
    writer.count(zones.len());
    ids(writer, zones.iter().map(|zone| zone.id.0));
    for zone in zones {
        writer.byte(zone.kind.code());
        writer.text(&zone.name);
        writer.number(zone.rectangle.x);
        writer.number(zone.rectangle.y);
        writer.number(zone.rectangle.width);
        writer.number(zone.rectangle.height);
        writer.count(zone.parameters.len());
        parameters(writer, &zone.parameters);
    }
}

fn objectives(writer: &mut Writer, objectives: &[Objective]) {
    writer.count(objectives.len());
    for objective in objectives {
        let (name, bound) = objective.target.name_and_bound();
        let target = Target::NAMES
            .iter()
            .position(|known| *known == name)
            .unwrap_or(0) as u8;
        match objective.class {
            Some(class) => {
                writer.byte(target | OF_CLASS);
                writer.id(class.0, 0);
            }
            None => writer.byte(target),
        }
        writer.number(bound);
    }
}
