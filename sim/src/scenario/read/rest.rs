//! Reading request classes, links, zones and objectives; it knows no component's inside.

use super::Reader;
use super::component::{Ids, report_duplicate};
use super::fields::{Fields, kind_of, plain, quoted};
use super::value::Value;
use crate::catalog::{self, ZoneKind};
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{
    ClassId, ComponentId, Link, LinkId, Objective, Operation, Rectangle, RequestClass, Scenario,
    Target, Zone, ZoneId, limits,
};
use std::collections::BTreeMap;

impl Reader {
    pub(super) fn read_classes(&mut self, values: Vec<Value>) -> Vec<RequestClass> {
        let mut ids = Ids::of(&values);
        let mut classes = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let Some(map) = self.object(value, "Class", index + 1) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Document);
            let (id, taken) = ids.claim(self, &mut fields);
            let id = ClassId(id);
            fields.place = Place::Class {
                id,
                name: format!("number {}", index + 1),
            };
            let name = fields.text(self, "name", &format!("Class {id}"));
            fields.place = Place::Class {
                id,
                name: name.clone(),
            };
            if let Some(taken) = taken {
                report_duplicate(self, fields.place.clone(), taken, id.0);
            }
            let names = || {
                Operation::ALL
                    .iter()
                    .map(|operation| operation.name())
                    .collect()
            };
            let operation = fields
                .word(
                    self,
                    "operation",
                    Operation::from_name,
                    names,
                    "read is used",
                )
                .unwrap_or(Operation::Read);
            let mut class = RequestClass::new(id, name, operation);
            class.share = fields.number(self, "share", &limits::WEIGHT, class.share);
            class.request_bytes =
                fields.number(self, "request_bytes", &limits::BYTES, class.request_bytes);
            class.response_bytes =
                fields.number(self, "response_bytes", &limits::BYTES, class.response_bytes);
            class.keys = fields.number(self, "keys", &limits::KEYS, class.keys);
            class.zipf_exponent = fields.number(
                self,
                "zipf_exponent",
                &limits::ZIPF_EXPONENT,
                class.zipf_exponent,
            );
            class.priority = fields
                .optional_number(self, "priority", &limits::PRIORITY)
                .unwrap_or(0.0)
                .round() as u8;
            fields.finish(self);
            classes.push(class);
        }
        classes
    }

    pub(super) fn links(&mut self, values: Vec<Value>, scenario: &Scenario) -> Vec<Link> {
        let names: BTreeMap<ComponentId, &str> = scenario
            .components
            .iter()
            .map(|component| (component.id, component.name.as_str()))
            .collect();
        let mut ids = Ids::of(&values);
        let mut links = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let Some(map) = self.object(value, "Link", index + 1) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Document);
            let (id, taken) = ids.claim(self, &mut fields);
            let id = LinkId(id);
            fields.place = Place::Link {
                id,
                name: format!("number {}", index + 1),
            };
            let ends = (
                fields.id(self, "from").map(ComponentId),
                fields.id(self, "to").map(ComponentId),
            );
            let (Some(from), Some(to)) = ends else {
                continue;
            };
            let name = |id: ComponentId| {
                names
                    .get(&id)
                    .map_or_else(|| format!("component {id}"), |name| (*name).to_owned())
            };
            fields.place = Place::Link {
                id,
                name: format!("{} → {}", name(from), name(to)),
            };
            if let Some(taken) = taken {
                report_duplicate(self, fields.place.clone(), taken, id.0);
            }
            let dangling = [from, to].into_iter().find(|end| !names.contains_key(end));
            if let Some(end) = dangling {
                self.report(Problem::error(
                    fields.place.clone(),
                    format!(
                        "Its end, component {end}, isn't in the document; the link is left out."
                    ),
                    "Draw the link anew between parts that are there.",
                ));
                continue;
            }
            if from == to {
                self.report(Problem::error(
                    fields.place.clone(),
                    "It leads back to where it starts, which means nothing; it is left out.",
                    "Link the part to another one.",
                ));
                continue;
            }
            let mut link = Link::new(id, from, to);
            link.weight = fields
                .optional_number(self, "weight", &limits::WEIGHT)
                .unwrap_or(1.0);
            link.classes = self.link_classes(&mut fields, scenario);
            link.round_trip_seconds =
                fields.optional_number(self, "round_trip_seconds", &limits::ROUND_TRIP_SECONDS);
            link.unencrypted = fields.flag(self, "unencrypted");
            fields.finish(self);
            links.push(link);
        }
        links
    }

    fn link_classes(&mut self, fields: &mut Fields, scenario: &Scenario) -> Vec<ClassId> {
        let mut classes = Vec::new();
        for value in fields.list(self, "classes", limits::CLASSES) {
            let id = value
                .as_u64()
                .and_then(|id| u32::try_from(id).ok())
                .map(ClassId);
            match id.filter(|id| scenario.class(*id).is_some()) {
                Some(id) if classes.contains(&id) => {}
                Some(id) => classes.push(id),
                None => self.report(
                    Problem::error(
                        fields.place.clone(),
                        format!(
                            "There is no class {}; it is left out of those that the link carries.",
                            quoted(&value)
                        ),
                        "Choose the classes of the link anew; none means all.",
                    )
                    .of_field("classes"),
                ),
            }
        }
        classes
    }

    pub(super) fn zones(&mut self, values: Vec<Value>) -> Vec<Zone> {
        let mut ids = Ids::of(&values);
        let mut zones = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let Some(map) = self.object(value, "Zone", index + 1) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Document);
            let (id, taken) = ids.claim(self, &mut fields);
            let id = ZoneId(id);
            fields.place = Place::Zone {
                id,
                name: format!("number {}", index + 1),
            };
            let name = fields.text(self, "name", &format!("Zone {id}"));
            fields.place = Place::Zone {
                id,
                name: name.clone(),
            };
            if let Some(taken) = taken {
                report_duplicate(self, fields.place.clone(), taken, id.0);
            }
            let names = || ZoneKind::ALL.iter().map(|kind| kind.name()).collect();
            let Some(kind) = fields.word(
                self,
                "kind",
                ZoneKind::from_name,
                names,
                "the zone is left out",
            ) else {
                continue;
            };
            let Some(rectangle) = self.rectangle(&mut fields) else {
                continue;
            };
            let specification = catalog::zone_specification(kind);
            let parameters =
                self.parameters(&mut fields, specification.label, specification.parameters);
            fields.finish(self);
            zones.push(Zone {
                id,
                kind,
                name,
                rectangle,
                parameters,
            });
        }
        zones
    }

    fn rectangle(&mut self, fields: &mut Fields) -> Option<Rectangle> {
        match fields.take("rectangle") {
            Some(Value::Object(map)) => {
                let mut fields = Fields::new(map, fields.place.clone());
                let rectangle = Rectangle {
                    x: fields.number(self, "x", &limits::COORDINATE, 0.0),
                    y: fields.number(self, "y", &limits::COORDINATE, 0.0),
                    width: fields.number(self, "width", &limits::EXTENT, 400.0),
                    height: fields.number(self, "height", &limits::EXTENT, 300.0),
                };
                fields.finish(self);
                Some(rectangle)
            }
            other => {
                let what = other.as_ref().map_or("missing", kind_of);
                self.report(
                    Problem::error(
                        fields.place.clone(),
                        format!("It has to be an object with x, y, width and height, and it is {what}; the zone is left out."),
                        "Draw the zone anew.",
                    )
                    .of_field("rectangle"),
                );
                None
            }
        }
    }

    pub(super) fn objectives(
        &mut self,
        values: Vec<Value>,
        classes: &[RequestClass],
    ) -> Vec<Objective> {
        let mut objectives = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let number = index + 1;
            let Some(map) = self.object(value, "Objective", number) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Objective { number });
            let speaks_of_class = fields.take("class");
            let target = fields.take("target");
            fields.finish(self);
            let place = Place::Objective { number };
            let class = match &speaks_of_class {
                None => None,
                Some(value) => {
                    let id = value
                        .as_u64()
                        .and_then(|id| u32::try_from(id).ok())
                        .map(ClassId);
                    let known = id.filter(|id| classes.iter().any(|class| class.id == *id));
                    if known.is_none() {
                        self.report(
                            Problem::error(
                                place,
                                format!(
                                    "There is no class {}; the objective is left out.",
                                    quoted(value)
                                ),
                                "Choose a class that is there, or all.",
                            )
                            .of_field("class"),
                        );
                        continue;
                    }
                    known
                }
            };
            if let Some(target) = self.target(&place, target) {
                objectives.push(Objective { class, target });
            }
        }
        objectives
    }

    fn target(&mut self, place: &Place, value: Option<Value>) -> Option<Target> {
        let entry = match value {
            Some(Value::Object(map)) if map.fields.len() == 1 => map.fields.into_iter().next(),
            _ => None,
        };
        let target = entry
            .as_ref()
            .and_then(|(name, value)| Some((Target::constructor(name)?, value.as_f64()?)));
        let Some(((make, range), number)) = target else {
            self.report(
                Problem::error(
                    place.clone(),
                    "Its target isn't one that this Loadscape knows, with a number; the objective is left out.",
                    format!("Use one of {}.", Target::NAMES.join(", ")),
                )
                .of_field("target"),
            );
            return None;
        };
        let clamped = number.clamp(*range.start(), *range.end());
        if clamped != number {
            self.report(
                Problem::error(
                    place.clone(),
                    format!(
                        "{} lies outside {} to {}; {} is used.",
                        plain(number),
                        plain(*range.start()),
                        plain(*range.end()),
                        plain(clamped)
                    ),
                    "Set a bound in that range.",
                )
                .of_field("target"),
            );
        }
        Some(make(clamped))
    }
}
