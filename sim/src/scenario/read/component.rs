//! Reading components with their parameters, mixes and call plans; it knows no other part of a document.

use super::Reader;
use super::fields::{Fields, kind_of, plain, quoted, report_surplus};
use super::value::{Object, Value};
use crate::catalog::{self, Choice, Domain, Kind, Parameter, ParameterSpecification, Unlimited};
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{
    Call, CallMode, CallPlan, ClassId, Component, ComponentId, CurvePoint, LinkId, PlanStep, Point,
    RequestClass, Scenario, limits,
};
use std::collections::{BTreeMap, BTreeSet};

/// Ids that are taken, and fresh ones.
pub(super) struct Ids {
    seen: BTreeSet<u32>,
    reserved: BTreeSet<u32>,
    /// No id below this one is free.
    smallest_free: u32,
}

impl Ids {
    /// For a list of objects that may have ids: fresh ones avoid them all.
    pub(super) fn of(values: &[Value]) -> Self {
        let ids = values.iter().filter_map(|value| match value {
            Value::Object(fields) => fields.get("id")?.as_u64(),
            _ => None,
        });
        Ids {
            seen: BTreeSet::new(),
            smallest_free: 0,
            reserved: ids.filter_map(|id| u32::try_from(id).ok()).collect(),
        }
    }

    fn fresh(&mut self) -> u32 {
        let after_last = self
            .reserved
            .last()
            .map_or(Some(1), |last| last.checked_add(1));
        let id = after_last.unwrap_or_else(|| {
            // Lists are capped far below 2^32, so that a gap is there when the largest id is taken.
            while self.reserved.contains(&self.smallest_free) {
                self.smallest_free += 1;
            }
            self.smallest_free
        });
        self.reserved.insert(id);
        self.seen.insert(id);
        id
    }

    /// The object's own id, or a fresh one when it has none or another object has the same; `taken` tells of the latter.
    pub(super) fn claim(&mut self, reader: &mut Reader, fields: &mut Fields) -> (u32, Option<u32>) {
        match fields.id(reader, "id") {
            Some(id) if self.seen.insert(id) => (id, None),
            Some(id) => (self.fresh(), Some(id)),
            None => (self.fresh(), None),
        }
    }
}

/// Reports an id that an earlier object has already.
pub(super) fn report_duplicate(reader: &mut Reader, place: Place, taken: u32, given: u32) {
    reader.report(
        Problem::error(
            place,
            format!("The id {taken} belongs to an earlier one already; this one gets {given}, and whatever refers to {taken} means the first."),
            "Give each an id of its own.",
        )
        .of_field("id"),
    );
}

/// What a parameter may be as files write it, which name choices otherwise than the screen.
fn in_files(specification: &ParameterSpecification) -> String {
    match specification.domain {
        Domain::Choice(choices) => {
            let names: Vec<String> = choices
                .iter()
                .map(|known| format!("\"{}\"", known.choice.name()))
                .collect();
            match names.split_last() {
                Some((last, others)) if !others.is_empty() => {
                    format!("{} or {last}", others.join(", "))
                }
                _ => names.concat(),
            }
        }
        Domain::Flag => "true or false".to_owned(),
        Domain::Number { .. } => specification.allowed(),
    }
}

impl Reader {
    /// An object, or nothing and a problem.
    pub(super) fn object(&mut self, value: Value, what: &str, number: usize) -> Option<Object> {
        match value {
            Value::Object(map) => Some(map),
            other => {
                self.report(Problem::error(
                    Place::Document,
                    format!("{what} number {number} has to be an object, and this is {}; it is left out.", kind_of(&other)),
                    "Remove it.",
                ));
                None
            }
        }
    }

    /// Components, and the plans of each as they stand in the file.
    pub(super) fn components(
        &mut self,
        values: Vec<Value>,
        classes: &[RequestClass],
    ) -> (Vec<Component>, Vec<Vec<Value>>) {
        let mut ids = Ids::of(&values);
        let mut components = Vec::new();
        let mut plans = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let Some(map) = self.object(value, "Component", index + 1) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Document);
            let (id, taken) = ids.claim(self, &mut fields);
            let id = ComponentId(id);
            fields.place = Place::Component {
                id,
                name: format!("number {}", index + 1),
            };
            let fallback = format!("Component {id}");
            let name = fields.text(self, "name", &fallback);
            let place = Place::Component {
                id,
                name: name.clone(),
            };
            fields.place = place.clone();
            if let Some(taken) = taken {
                report_duplicate(self, place.clone(), taken, id.0);
            }
            let names = || Kind::ALL.iter().map(|kind| kind.name()).collect();
            let kind = fields.word(
                self,
                "kind",
                Kind::from_name,
                names,
                "the component is left out, with its links",
            );
            let Some(kind) = kind else { continue };
            let mut component = Component::new(id, kind, name, self.position(&mut fields));
            component.parameters = self.parameters(
                &mut fields,
                catalog::specification(kind).label,
                catalog::specification(kind).parameters,
            );
            component.mix = self.mix(&mut fields, classes);
            component.curve = self.curve(&mut fields);
            plans.push(fields.list(self, "plans", limits::CLASSES));
            fields.finish(self);
            components.push(component);
        }
        (components, plans)
    }

    fn position(&mut self, fields: &mut Fields) -> Point {
        match fields.take("position") {
            Some(Value::Object(map)) => {
                let mut position = Fields::new(map, fields.place.clone());
                let x = position.number(self, "x", &limits::COORDINATE, 0.0);
                let y = position.number(self, "y", &limits::COORDINATE, 0.0);
                position.finish(self);
                Point { x, y }
            }
            other => {
                let what = other.as_ref().map_or("missing", kind_of);
                self.report(
                    Problem::error(
                        fields.place.clone(),
                        format!("It has to be an object with x and y, and it is {what}; it is put at the origin."),
                        "Move it to its place.",
                    )
                    .of_field("position"),
                );
                Point::default()
            }
        }
    }

    /// The parameters of a component or zone of which the catalog says these.
    pub(super) fn parameters(
        &mut self,
        fields: &mut Fields,
        kind: &str,
        specifications: &[ParameterSpecification],
    ) -> BTreeMap<Parameter, catalog::Value> {
        let place = fields.place.clone();
        let map = match fields.take("parameters") {
            None => return BTreeMap::new(),
            Some(Value::Object(map)) => map,
            Some(other) => {
                self.report(
                    Problem::error(
                        place,
                        format!("It has to be an object, and this is {}; every parameter keeps its default.", kind_of(&other)),
                        "Set the parameters anew.",
                    )
                    .of_field("parameters"),
                );
                return BTreeMap::new();
            }
        };
        report_surplus(self, &place, map.more);
        let mut parameters = BTreeMap::new();
        for (name, value) in map.fields {
            let parameter = Parameter::from_name(&name);
            let specification = parameter.and_then(|parameter| {
                specifications
                    .iter()
                    .find(|known| known.parameter == parameter)
            });
            let Some(specification) = specification else {
                let shown: String = name.chars().take(60).collect();
                self.report(
                    Problem::error(
                        place.clone(),
                        format!("{kind} has no parameter \"{shown}\"; it is left out."),
                        "Remove it, or open the file with the version of Loadscape that wrote it.",
                    )
                    .of_field(shown),
                );
                continue;
            };
            if let Some(value) = self.value(&place, specification, &value) {
                parameters.insert(specification.parameter, value);
            }
        }
        parameters
    }

    fn value(
        &mut self,
        place: &Place,
        specification: &ParameterSpecification,
        value: &Value,
    ) -> Option<catalog::Value> {
        let read = match value {
            Value::Number(number) => number.as_f64().map(catalog::Value::Number),
            Value::Bool(on) => Some(catalog::Value::Flag(*on)),
            Value::String(word) if word == "unlimited" => {
                Some(catalog::Value::Unlimited(Unlimited::Unlimited))
            }
            Value::String(word) => Choice::from_name(word).map(catalog::Value::Choice),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let allowed = in_files(specification);
        let remedy = format!("Set {allowed}.");
        let Some(read) = read else {
            self.report(
                Problem::error(
                    place.clone(),
                    format!(
                        "{} isn't a value of this parameter; allowed is {}, and the default of {} is used.",
                        quoted(value),
                        allowed,
                        catalog::format_value(specification, specification.default)
                    ),
                    remedy,
                )
                .of_parameter(specification.parameter, specification.label),
            );
            return None;
        };
        let rejected = match specification.admit(read) {
            Ok(()) => return Some(read),
            Err(rejected) => rejected,
        };
        self.report(
            Problem::error(
                place.clone(),
                format!(
                    "{}; allowed is {}, and {} is used.",
                    rejected.reason,
                    allowed,
                    catalog::format_value(specification, rejected.instead)
                ),
                remedy,
            )
            .of_parameter(specification.parameter, specification.label),
        );
        Some(rejected.instead)
    }

    fn mix(&mut self, fields: &mut Fields, classes: &[RequestClass]) -> Vec<(ClassId, f64)> {
        let place = fields.place.clone();
        let mut mix: Vec<(ClassId, f64)> = Vec::new();
        for entry in fields.list(self, "mix", limits::CLASSES) {
            let id = entry
                .at(0)
                .and_then(Value::as_u64)
                .and_then(|id| u32::try_from(id).ok())
                .map(ClassId);
            let weight = entry.at(1).and_then(Value::as_f64);
            let problem = match (id, weight) {
                (Some(id), _) if classes.iter().all(|class| class.id != id) => {
                    format!("There is no class {id}; it is left out of the mix.")
                }
                (Some(id), _) if mix.iter().any(|(known, _)| *known == id) => {
                    format!("Class {id} stands in the mix twice; the first weight counts.")
                }
                (Some(id), Some(weight)) => {
                    let clamped = weight.clamp(*limits::WEIGHT.start(), *limits::WEIGHT.end());
                    mix.push((id, clamped));
                    if clamped == weight {
                        continue;
                    }
                    format!(
                        "The weight {} of class {id} lies outside {} to {}; {} is used.",
                        plain(weight),
                        plain(*limits::WEIGHT.start()),
                        plain(*limits::WEIGHT.end()),
                        plain(clamped)
                    )
                }
                _ => "An entry isn't a pair of class id and weight; it is left out.".to_owned(),
            };
            self.report(
                Problem::error(place.clone(), problem, "Set the mix of these clients anew.")
                    .of_field("mix"),
            );
        }
        mix
    }

    fn curve(&mut self, fields: &mut Fields) -> Vec<CurvePoint> {
        let place = fields.place.clone();
        let mut curve: Vec<CurvePoint> = Vec::new();
        let entries = fields.list(self, "curve", limits::CURVE_POINTS);
        for (index, entry) in entries.into_iter().enumerate() {
            let point = match entry {
                Value::Object(map) => {
                    let mut entry = Fields::new(map, place.clone());
                    let mut number = |field| entry.take(field).and_then(|value| value.as_f64());
                    let (seconds, per_second) = (number("seconds"), number("per_second"));
                    entry.finish(self);
                    match (seconds, per_second) {
                        (Some(seconds), Some(per_second)) => Ok(CurvePoint {
                            seconds,
                            per_second,
                        }),
                        _ => Err("seconds and per_second have to be numbers".to_owned()),
                    }
                }
                other => Err(format!(
                    "it has to be an object with seconds and per_second, and it is {}",
                    kind_of(&other)
                )),
            };
            match point.and_then(|point| point.follows(curve.last()).map(|()| point)) {
                Ok(point) => curve.push(point),
                Err(why) => self.report(
                    Problem::error(
                        place.clone(),
                        format!("Point {} of the curve is left out: {why}.", index + 1),
                        "Set the curve anew.",
                    )
                    .of_field("curve"),
                ),
            }
        }
        curve
    }

    /// Reads the plans of each component; `plans` has one entry for each component of the scenario.
    pub(super) fn plans(&mut self, plans: Vec<Vec<Value>>, scenario: &mut Scenario) {
        let classes: BTreeSet<ClassId> = scenario.classes.iter().map(|class| class.id).collect();
        let mut outgoing: BTreeMap<ComponentId, BTreeSet<LinkId>> = BTreeMap::new();
        for link in &scenario.links {
            outgoing.entry(link.from).or_default().insert(link.id);
        }
        let none = BTreeSet::new();
        for (component, values) in scenario.components.iter_mut().zip(plans) {
            let place = Place::component(component);
            let own = outgoing.get(&component.id).unwrap_or(&none);
            for (index, value) in values.into_iter().enumerate() {
                let Some(map) = self.object(value, "Call plan", index + 1) else {
                    continue;
                };
                let mut fields = Fields::new(map, place.clone());
                let class = fields.id(self, "class").map(ClassId);
                let steps = fields.list(self, "steps", limits::STEPS);
                fields.finish(self);
                let problem = match class {
                    None => continue,
                    Some(class) if !classes.contains(&class) => {
                        format!("There is no class {class}; its call plan is left out.")
                    }
                    Some(class) if component.plans.iter().any(|plan| plan.class == class) => {
                        format!("There is a second call plan for class {class}; it is left out.")
                    }
                    Some(class) => {
                        let steps = steps
                            .into_iter()
                            .filter_map(|step| self.step(&place, step, own))
                            .collect();
                        component.plans.push(CallPlan { class, steps });
                        continue;
                    }
                };
                self.report(
                    Problem::error(place.clone(), problem, "Set the call plan anew.")
                        .of_field("plans"),
                );
            }
        }
    }

    fn step(&mut self, place: &Place, value: Value, own: &BTreeSet<LinkId>) -> Option<PlanStep> {
        let map = self.object(value, "A call plan's step", 1)?;
        let mut fields = Fields::new(map, place.clone());
        let calls = fields.list(self, "calls", limits::STEPS);
        fields.finish(self);
        let calls: Vec<Call> = calls
            .into_iter()
            .filter_map(|call| self.call(place, call, own))
            .collect();
        (!calls.is_empty()).then_some(PlanStep { calls })
    }

    fn call(&mut self, place: &Place, value: Value, own: &BTreeSet<LinkId>) -> Option<Call> {
        let map = self.object(value, "A call plan's call", 1)?;
        let mut fields = Fields::new(map, place.clone());
        let link = LinkId(fields.id(self, "link")?);
        let mut call = Call::once(link);
        call.count = fields
            .optional_number(self, "count", &limits::CALL_COUNT)
            .unwrap_or(1.0);
        call.probability = fields
            .optional_number(self, "probability", &limits::PROBABILITY)
            .unwrap_or(1.0);
        if let Some(mode) = fields.take("mode") {
            match mode.as_str().and_then(CallMode::from_name) {
                Some(mode) => call.mode = mode,
                None => self.report(
                    Problem::error(
                        place.clone(),
                        format!("{} isn't a way to call; the caller waits.", quoted(&mode)),
                        "Use synchronous or fire_and_forget.",
                    )
                    .of_field("mode"),
                ),
            }
        }
        call.timeout_seconds =
            fields.optional_number(self, "timeout_seconds", &limits::TIMEOUT_SECONDS);
        let retry = fields.take("retry");
        call.retry = retry.and_then(|retry| self.retry(place, retry));
        call.hedge_after_seconds =
            fields.optional_number(self, "hedge_after_seconds", &limits::HEDGE_SECONDS);
        let breaker = fields.take("circuit_breaker");
        call.circuit_breaker = breaker.and_then(|breaker| self.circuit_breaker(place, breaker));
        fields.finish(self);
        if own.contains(&link) {
            return Some(call);
        }
        self.report(
            Problem::error(place.clone(), format!("Its call plan takes link {link}, which isn't one of its own outgoing links; the call is left out."), "Choose one of its own links.")
                .of_field("plans"),
        );
        None
    }
}
