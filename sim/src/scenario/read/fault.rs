//! Reading faults and the settings of a run; it knows nothing of what faults do.

use super::Reader;
use super::fields::{Fields, kind_of, quoted};
use super::value::{Object, Value};
use crate::scenario::problem::{Place, Problem};
use crate::scenario::{
    ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, RunSettings,
    Scenario, ZoneFault, ZoneId, limits,
};

/// The places that a fault can have.
const PLACES: [&str; 4] = ["component", "zone", "link", "clients"];

impl Reader {
    pub(super) fn run(&mut self, value: Option<Value>) -> RunSettings {
        let usual = RunSettings::default();
        let map = match value {
            None => return usual,
            Some(Value::Object(map)) => map,
            Some(other) => {
                let what = kind_of(&other);
                self.report(
                    Problem::error(
                        Place::Document,
                        format!("It has to be an object with a seed and a duration, and this is {what}; it is left out."),
                        "Set an object.",
                    )
                    .of_field("run"),
                );
                return usual;
            }
        };
        let mut fields = Fields::new(map, Place::Document);
        let seed = match fields.take("seed") {
            None => usual.seed,
            Some(value) => value.as_u64().unwrap_or_else(|| {
                self.report(
                    Problem::error(
                        Place::Document,
                        format!(
                            "A seed is a whole number from 0 on, and this is {}; {} is used.",
                            quoted(&value),
                            usual.seed
                        ),
                        "Set a whole number.",
                    )
                    .of_field("seed"),
                );
                usual.seed
            }),
        };
        let duration_seconds =
            fields.optional_number(self, "duration_seconds", &limits::RUN_SECONDS);
        fields.finish(self);
        RunSettings {
            seed,
            duration_seconds,
        }
    }

    pub(super) fn faults(&mut self, values: Vec<Value>, scenario: &Scenario) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let number = index + 1;
            let Some(map) = self.object(value, "Fault", number) else {
                continue;
            };
            let mut fields = Fields::new(map, Place::Fault { number });
            let start_seconds =
                fields.number(self, "start_seconds", &limits::FAULT_START_SECONDS, 0.0);
            let duration_seconds =
                fields.optional_number(self, "duration_seconds", &limits::FAULT_SECONDS);
            let incident = self.incident(&mut fields);
            fields.finish(self);
            let Some(incident) = incident else {
                continue;
            };
            let fault = Fault {
                start_seconds,
                duration_seconds,
                incident,
            };
            if fault.has_its_place(scenario) {
                faults.push(fault);
            } else {
                self.report(Problem::error(
                    Place::Fault { number },
                    "What it happens to isn't in the document; the fault is left out.",
                    "Choose a part that is there.",
                ));
            }
        }
        faults
    }

    fn incident(&mut self, fields: &mut Fields) -> Option<Incident> {
        let found: Vec<(&str, Value)> = PLACES
            .into_iter()
            .filter_map(|place| Some((place, fields.take(place)?)))
            .collect();
        let [(place, value)] = <[(&str, Value); 1]>::try_from(found)
            .map_err(|found| {
                let what = if found.is_empty() {
                    "It doesn't say where it happens"
                } else {
                    "It says several places where it happens"
                };
                self.report(Problem::error(
                    fields.place.clone(),
                    format!("{what}; it is left out."),
                    format!("Set one of {}.", PLACES.join(", ")),
                ));
            })
            .ok()?;
        let Value::Object(map) = value else {
            let what = quoted(&value);
            self.report(
                Problem::error(
                    fields.place.clone(),
                    format!("It has to be an object with an id and what happens, and {what} isn't; the fault is left out."),
                    "Set an object.",
                )
                .of_field(place),
            );
            return None;
        };
        let mut inside = Fields::new(map, fields.place.clone());
        let id = if place == "clients" && inside.lacks("id") {
            None
        } else {
            // Without an id it happens nowhere, which has been reported then.
            Some(inside.id(self, "id")?)
        };
        let what = inside.take("what");
        inside.finish(self);
        let place_of_fault = fields.place.clone();
        Some(match (place, id) {
            ("component", Some(id)) => Incident::Component {
                id: ComponentId(id),
                what: self.what(
                    what,
                    place_of_fault,
                    &ComponentFault::NAMES,
                    component_fault,
                )?,
            },
            ("zone", Some(id)) => Incident::Zone {
                id: ZoneId(id),
                what: self.what(what, place_of_fault, &ZoneFault::NAMES, zone_fault)?,
            },
            ("link", Some(id)) => Incident::Link {
                id: LinkId(id),
                what: self.what(what, place_of_fault, &LinkFault::NAMES, link_fault)?,
            },
            (_, id) => Incident::Clients {
                id: id.map(ComponentId),
                what: self.what(what, place_of_fault, &ClientsFault::NAMES, clients_fault)?,
            },
        })
    }

    /// What happens: a name with an object of numbers, or the name alone where none is needed.
    fn what<T>(
        &mut self,
        value: Option<Value>,
        place: Place,
        names: &[&'static str],
        make: impl FnOnce(&mut Reader, &str, &mut Fields) -> Option<T>,
    ) -> Option<T> {
        let said = match value {
            Some(Value::String(name)) => Some((name, Object::default())),
            Some(Value::Object(mut map)) if map.fields.len() == 1 => match map.fields.remove(0) {
                (name, Value::Object(numbers)) => Some((name, numbers)),
                (name, Value::Null) => Some((name, Object::default())),
                _ => None,
            },
            _ => None,
        };
        let known = said.filter(|(name, _)| names.contains(&name.as_str()));
        let Some((name, numbers)) = known else {
            self.report(
                Problem::error(
                    place,
                    "That isn't something that this Loadscape knows to happen there; the fault is left out.",
                    format!("Use one of {}.", names.join(", ")),
                )
                .of_field("what"),
            );
            return None;
        };
        let mut fields = Fields::new(numbers, place);
        let made = make(self, &name, &mut fields);
        fields.finish(self);
        made
    }
}

fn instances(reader: &mut Reader, fields: &mut Fields) -> Option<u32> {
    fields
        .optional_number(reader, "instances", &limits::FAULTY_INSTANCES)
        .map(|instances| instances.round() as u32)
}

fn factor(reader: &mut Reader, fields: &mut Fields) -> f64 {
    fields.number(reader, "factor", &limits::SLOWDOWN, 2.0)
}

fn probability(reader: &mut Reader, fields: &mut Fields) -> f64 {
    fields.number(reader, "probability", &limits::PROBABILITY, 1.0)
}

fn component_fault(reader: &mut Reader, name: &str, fields: &mut Fields) -> Option<ComponentFault> {
    Some(match name {
        "kill" => ComponentFault::Kill {
            instances: instances(reader, fields),
        },
        "slow" => ComponentFault::Slow {
            factor: factor(reader, fields),
            instances: instances(reader, fields),
        },
        "flush" => ComponentFault::Flush {
            instances: instances(reader, fields),
        },
        "lose_memory" => ComponentFault::LoseMemory {
            instances: instances(reader, fields),
        },
        "stop_replication" => ComponentFault::StopReplication,
        "error_rate" => ComponentFault::ErrorRate {
            probability: probability(reader, fields),
        },
        "rolling_deploy" => ComponentFault::RollingDeploy {
            restart_seconds: fields.number(reader, "restart_seconds", &limits::FAULT_SECONDS, 30.0),
        },
        "leak_connections" => ComponentFault::LeakConnections {
            per_second: fields.number(reader, "per_second", &limits::LEAK_RATE, 1.0),
        },
        "poison" => ComponentFault::Poison {
            probability: probability(reader, fields),
        },
        "stale_address" => ComponentFault::StaleAddress,
        "hot_key" => ComponentFault::HotKey {
            share: fields.number(reader, "share", &limits::PROBABILITY, 0.5),
        },
        _ => return None,
    })
}

fn zone_fault(reader: &mut Reader, name: &str, fields: &mut Fields) -> Option<ZoneFault> {
    Some(match name {
        "kill" => ZoneFault::Kill,
        "slow" => ZoneFault::Slow {
            factor: factor(reader, fields),
        },
        "partition" if fields.lacks("from") => ZoneFault::Partition { from: None },
        "partition" => ZoneFault::Partition {
            from: Some(ZoneId(fields.id(reader, "from")?)),
        },
        _ => return None,
    })
}

fn link_fault(reader: &mut Reader, name: &str, fields: &mut Fields) -> Option<LinkFault> {
    Some(match name {
        "drop" => LinkFault::Drop {
            probability: probability(reader, fields),
        },
        "delay" => LinkFault::Delay {
            seconds: fields.number(reader, "seconds", &limits::DELAY_SECONDS, 0.1),
        },
        _ => return None,
    })
}

fn clients_fault(reader: &mut Reader, name: &str, fields: &mut Fields) -> Option<ClientsFault> {
    Some(match name {
        "multiply" => ClientsFault::Multiply {
            factor: fields.number(reader, "factor", &limits::TRAFFIC_FACTOR, 2.0),
        },
        _ => return None,
    })
}
