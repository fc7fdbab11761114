//! What came after the first compact form: sections of a tag, a length in bytes and so many bytes each, written only where there is
//! something to write. A tag that isn't known is skipped and reported, and so is a part of a known section that is newer than this build.
//!
//! A new section takes the next free tag, a line in [`write`] and one in [`Unpacker::section`]; its reading may put its own field
//! into the document, or fields into the components and links that are there. Tags never change their meaning.

use super::ShareError;
use super::bytes::{NumberOrWord, Reader, Writer};
use super::calls;
use super::unpack::{ENTRY, OBJECT, Result, Unpacker, number};
use crate::scenario::{
    ClientsFault, ComponentFault, Fault, Incident, LinkFault, Place, Problem, RunSettings,
    Scenario, Severity, ZoneFault, limits,
};
use serde_json::{Map, Value};

/// Seed and duration of the run.
const RUN: u64 = 1;
/// What goes wrong in it.
const FAULTS: u64 = 2;
/// What protects calls.
const CALLS: u64 = 3;
/// Curves of clients' traffic.
const CURVES: u64 = 4;
/// Links that aren't encrypted.
const UNENCRYPTED: u64 = 5;

/// Where a fault happens, as its entry's first byte.
const IN_COMPONENT: u8 = 0;
const IN_ZONE: u8 = 1;
const ON_LINK: u8 = 2;
const WITH_CLIENTS: u8 = 3;
const WITH_ALL_CLIENTS: u8 = 4;

/// Writes the sections that the document needs; whether there were any.
pub(super) fn write(writer: &mut Writer, scenario: &Scenario) -> bool {
    let mut any = false;
    let mut section = |tag: u64, needed: bool, fill: &dyn Fn(&mut Writer)| {
        if needed {
            any = true;
            writer.unsigned(tag);
            writer.measured(fill);
        }
    };
    section(RUN, !scenario.run.is_default(), &|writer| {
        run(writer, &scenario.run);
    });
    section(FAULTS, !scenario.faults.is_empty(), &|writer| {
        writer.count(scenario.faults.len());
        for fault in &scenario.faults {
            // Each by itself, so that one that an older build doesn't know can be left out.
            writer.measured(&|writer: &mut Writer| self::fault(writer, fault));
        }
    });
    let protected = calls::protected(scenario);
    section(CALLS, !protected.is_empty(), &|writer| {
        calls::write(writer, &protected);
    });
    let curved = || {
        let places = scenario.components.iter().enumerate();
        places.filter(|(_, component)| !component.curve.is_empty())
    };
    section(CURVES, curved().next().is_some(), &|writer| {
        writer.count(curved().count());
        for (place, component) in curved() {
            writer.id(place as u32, 0);
            writer.count(component.curve.len());
            let points = || component.curve.iter();
            points().for_each(|point| writer.number(point.seconds));
            points().for_each(|point| writer.number(point.per_second));
        }
    });
    let unencrypted = || {
        let places = scenario.links.iter().enumerate();
        places.filter(|(_, link)| link.unencrypted)
    };
    section(UNENCRYPTED, unencrypted().next().is_some(), &|writer| {
        writer.count(unencrypted().count());
        unencrypted().for_each(|(place, _)| writer.count(place));
    });
    any
}

fn run(writer: &mut Writer, run: &RunSettings) {
    writer.unsigned(run.seed);
    optional(writer, run.duration_seconds);
}

fn optional(writer: &mut Writer, number: Option<f64>) {
    match number {
        Some(number) => writer.number(number),
        None => writer.word(0),
    }
}

fn fault(writer: &mut Writer, fault: &Fault) {
    writer.number(fault.start_seconds);
    optional(writer, fault.duration_seconds);
    let instances = |writer: &mut Writer, instances: Option<u32>| {
        optional(writer, instances.map(f64::from));
    };
    match fault.incident {
        Incident::Component { id, what } => {
            writer.byte(IN_COMPONENT);
            writer.id(id.0, 0);
            match what {
                ComponentFault::Kill { instances: many } => {
                    writer.byte(0);
                    instances(writer, many);
                }
                ComponentFault::Slow {
                    factor,
                    instances: many,
                } => {
                    writer.byte(1);
                    writer.number(factor);
                    instances(writer, many);
                }
                ComponentFault::Flush { instances: many } => {
                    writer.byte(2);
                    instances(writer, many);
                }
                ComponentFault::LoseMemory { instances: many } => {
                    writer.byte(3);
                    instances(writer, many);
                }
                ComponentFault::StopReplication => writer.byte(4),
                ComponentFault::ErrorRate { probability } => {
                    writer.byte(5);
                    writer.number(probability);
                }
                ComponentFault::RollingDeploy { restart_seconds } => {
                    writer.byte(6);
                    writer.number(restart_seconds);
                }
                ComponentFault::LeakConnections { per_second } => {
                    writer.byte(7);
                    writer.number(per_second);
                }
                ComponentFault::Poison { probability } => {
                    writer.byte(8);
                    writer.number(probability);
                }
                ComponentFault::StaleAddress => writer.byte(9),
                ComponentFault::HotKey { share } => {
                    writer.byte(10);
                    writer.number(share);
                }
            }
        }
        Incident::Zone { id, what } => {
            writer.byte(IN_ZONE);
            writer.id(id.0, 0);
            match what {
                ZoneFault::Kill => writer.byte(0),
                ZoneFault::Slow { factor } => {
                    writer.byte(1);
                    writer.number(factor);
                }
                ZoneFault::Partition { from } => {
                    writer.byte(2);
                    optional(writer, from.map(|zone| f64::from(zone.0)));
                }
            }
        }
        Incident::Link { id, what } => {
            writer.byte(ON_LINK);
            writer.id(id.0, 0);
            match what {
                LinkFault::Drop { probability } => {
                    writer.byte(0);
                    writer.number(probability);
                }
                LinkFault::Delay { seconds } => {
                    writer.byte(1);
                    writer.number(seconds);
                }
            }
        }
        Incident::Clients { id, what } => {
            match id {
                Some(id) => {
                    writer.byte(WITH_CLIENTS);
                    writer.id(id.0, 0);
                }
                None => writer.byte(WITH_ALL_CLIENTS),
            }
            match what {
                ClientsFault::Multiply { factor } => {
                    writer.byte(0);
                    writer.number(factor);
                }
            }
        }
    }
}

impl<'a> Unpacker<'a> {
    /// Reads sections up to the end into the document.
    pub(super) fn sections(
        &mut self,
        document: &mut Map<String, Value>,
        problems: &mut Vec<Problem>,
    ) -> Result<()> {
        while !self.reader.is_at_the_end() {
            self.spend(OBJECT)?;
            let tag = self.reader.unsigned()?;
            let bytes = self.reader.measured()?;
            let known = self.inside(bytes, |unpacker| unpacker.section(tag, document, problems))?;
            if !known {
                left_out(
                    problems,
                    &format!("Section {tag} of the link is of a newer Loadscape; it is left out."),
                );
            }
        }
        Ok(())
    }

    /// Reads what is inside so many bytes, which pay from the same budget.
    pub(super) fn inside<T>(
        &mut self,
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outside = std::mem::replace(&mut self.reader, Reader::new(bytes));
        let read = read(self);
        self.reader = outside;
        read
    }

    /// One section; whether its tag is known. Bytes left over at its end are of a newer build, and count for nothing.
    fn section(
        &mut self,
        tag: u64,
        document: &mut Map<String, Value>,
        problems: &mut Vec<Problem>,
    ) -> Result<bool> {
        match tag {
            RUN => {
                let seed = self.reader.unsigned()?;
                let duration = self.optional_number()?;
                let run = object([
                    ("seed", Some(Value::from(seed))),
                    ("duration_seconds", duration),
                ]);
                document.insert("run".to_owned(), run);
            }
            FAULTS => {
                let count = self.count(limits::FAULTS, OBJECT)?;
                let mut faults = Vec::with_capacity(count);
                for number in 1..=count {
                    let bytes = self.reader.measured()?;
                    match self.inside(bytes, Self::fault)? {
                        Some(fault) => faults.push(fault),
                        None => left_out(
                            problems,
                            &format!(
                                "Fault {number} is one that only a newer Loadscape knows; it is left out."
                            ),
                        ),
                    }
                }
                document.insert("faults".to_owned(), Value::Array(faults));
            }
            CALLS => {
                let newer = self.protected_calls(document)?;
                if newer > 0 {
                    left_out(
                        problems,
                        &format!(
                            "{newer} calls have something that only a newer Loadscape knows; it is left out."
                        ),
                    );
                }
            }
            CURVES => {
                for _ in 0..self.count(limits::COMPONENTS, ENTRY)? {
                    let place = self.reader.id(0)? as usize;
                    let points = self.count(limits::CURVE_POINTS, OBJECT)?;
                    let seconds = self.column(points, Self::number)?;
                    let rates = self.column(points, Self::number)?;
                    let curve = seconds.into_iter().zip(rates).map(|(seconds, rate)| {
                        object([("seconds", Some(seconds)), ("per_second", Some(rate))])
                    });
                    let component = document
                        .get_mut("components")
                        .and_then(|components| components.get_mut(place))
                        .and_then(Value::as_object_mut)
                        .ok_or(ShareError::Damaged)?;
                    component.insert("curve".to_owned(), Value::Array(curve.collect()));
                }
            }
            UNENCRYPTED => {
                for _ in 0..self.count(limits::LINKS, ENTRY)? {
                    let place = self.reader.unsigned()? as usize;
                    let link = document
                        .get_mut("links")
                        .and_then(|links| links.get_mut(place))
                        .and_then(Value::as_object_mut)
                        .ok_or(ShareError::Damaged)?;
                    link.insert("unencrypted".to_owned(), Value::Bool(true));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A number that may be missing.
    fn optional_number(&mut self) -> Result<Option<Value>> {
        self.spend(ENTRY)?;
        self.reader.number_or_word().map(|found| match found {
            NumberOrWord::Number(found) => Some(number(found)),
            NumberOrWord::Word(_) => None,
        })
    }

    /// A whole number that may be missing, as ids and counts are in JSON.
    fn optional_whole(&mut self) -> Result<Option<Value>> {
        match self.reader.number_or_word()? {
            NumberOrWord::Word(_) => Ok(None),
            NumberOrWord::Number(found) if found >= 0.0 && found == found.trunc() => {
                Ok(Some(Value::from(found as u64)))
            }
            NumberOrWord::Number(_) => Err(ShareError::Damaged),
        }
    }

    /// A fault as JSON has it; `None` when it is of a newer build.
    fn fault(&mut self) -> Result<Option<Value>> {
        let start = self.number()?;
        let duration = self.optional_number()?;
        let place = self.reader.byte()?;
        let id = match place {
            IN_COMPONENT | IN_ZONE | ON_LINK | WITH_CLIENTS => Some(self.reader.id(0)?),
            WITH_ALL_CLIENTS => None,
            _ => return Ok(None),
        };
        let code = usize::from(self.reader.byte()?);
        let (place, names): (&str, &[&str]) = match place {
            IN_COMPONENT => ("component", &ComponentFault::NAMES),
            IN_ZONE => ("zone", &ZoneFault::NAMES),
            ON_LINK => ("link", &LinkFault::NAMES),
            _ => ("clients", &ClientsFault::NAMES),
        };
        let Some(name) = names.get(code) else {
            return Ok(None);
        };
        let numbers = match (place, *name) {
            ("component", "kill" | "flush" | "lose_memory") => {
                object([("instances", self.optional_whole()?)])
            }
            ("component", "slow") => object([
                ("factor", Some(self.number()?)),
                ("instances", self.optional_whole()?),
            ]),
            ("component", "error_rate" | "poison") | ("link", "drop") => {
                object([("probability", Some(self.number()?))])
            }
            ("component", "rolling_deploy") => object([("restart_seconds", Some(self.number()?))]),
            ("component", "leak_connections") => object([("per_second", Some(self.number()?))]),
            ("component", "hot_key") => object([("share", Some(self.number()?))]),
            ("zone", "partition") => object([("from", self.optional_whole()?)]),
            ("zone", "slow") | ("clients", "multiply") => {
                object([("factor", Some(self.number()?))])
            }
            ("link", "delay") => object([("seconds", Some(self.number()?))]),
            _ => object([]),
        };
        let incident = object([
            ("id", id.map(Value::from)),
            ("what", Some(object([(name, Some(numbers))]))),
        ]);
        Ok(Some(object([
            ("start_seconds", Some(start)),
            ("duration_seconds", duration),
            (place, Some(incident)),
        ])))
    }
}

/// An object of the fields that are there.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}

fn left_out(problems: &mut Vec<Problem>, message: &str) {
    // A link can have a thousand sections that nobody knows.
    const MOST: usize = 20;
    if problems.len() < MOST {
        problems.push(Problem {
            severity: Severity::Error,
            place: Place::Document,
            field: None,
            parameter: None,
            message: message.to_owned(),
            remedy: "Reload the page to update Loadscape, then open the link again.".to_owned(),
        });
    }
}
