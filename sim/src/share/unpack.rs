//! The compact form, reading: from bytes that may be anything to a document as JSON has it, which then goes through the same
//! reading as a file. Nothing is allocated that wasn't paid for by bytes and by a budget.

use super::ShareError;
use super::bytes::{NumberOrWord, Reader};
use super::wire;
use crate::catalog::{Choice, Kind, Parameter, ZoneKind};
use crate::scenario::read::{self, read_value};
use crate::scenario::{CallMode, Operation, Reading, Target, limits};
use serde_json::{Map, Value, json};

/// Memory that the JSON form may take, in bytes, roughly: the largest document that the limits allow stays below it.
const BUDGET: usize = 64 * 1024 * 1024;
/// What an object with its fields takes, roughly.
pub(super) const OBJECT: usize = 1024;
/// What a field or entry takes, roughly.
pub(super) const ENTRY: usize = 128;

/// Reads a document.
pub(super) fn unpack(version: u8, bytes: &[u8]) -> Result<Reading> {
    let mut unpacker = Unpacker {
        reader: Reader::new(bytes),
        budget: BUDGET,
    };
    let mut document = unpacker.document()?;
    let mut problems = Vec::new();
    if version == super::SECTIONED {
        unpacker.sections(&mut document, &mut problems)?;
    }
    unpacker.reader.finish()?;
    let document =
        read::Value::bounded(Value::Object(document)).map_err(|_| ShareError::Damaged)?;
    Ok(read_value(document, problems))
}

/// Takes bytes apart into JSON, as far as the budget reaches.
pub(super) struct Unpacker<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) budget: usize,
}

/// A number as JSON has it; NaN and infinity become null, which reading reports.
pub(super) fn number(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// The name of a code, or one that reading reports as unknown.
fn name(known: Option<&'static str>, code: u64) -> Value {
    known.map_or_else(
        || Value::String(unknown(code)),
        |name| Value::String(name.to_owned()),
    )
}

pub(super) fn unknown(code: u64) -> String {
    format!("code {code} of a newer Loadscape")
}

pub(super) type Result<T> = std::result::Result<T, ShareError>;

impl Unpacker<'_> {
    fn document(&mut self) -> Result<Map<String, Value>> {
        let title = self.text()?;
        let notes = self.text()?;
        let classes = self.classes()?;
        let components = self.components()?;
        let links = self.links()?;
        let zones = self.zones()?;
        let objectives = self.objectives()?;
        let mut document = Map::new();
        document.insert(
            "format_version".to_owned(),
            Value::from(crate::scenario::FORMAT_VERSION),
        );
        document.insert("title".to_owned(), title);
        document.insert("notes".to_owned(), notes);
        document.insert("classes".to_owned(), classes);
        document.insert("components".to_owned(), components);
        document.insert("links".to_owned(), links);
        document.insert("zones".to_owned(), zones);
        document.insert("objectives".to_owned(), objectives);
        Ok(document)
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<()> {
        self.budget = self.budget.checked_sub(bytes).ok_or(ShareError::TooLarge)?;
        Ok(())
    }

    pub(super) fn count(&mut self, limit: usize, each: usize) -> Result<usize> {
        let count = self.reader.count(limit)?;
        self.spend(count * each)?;
        Ok(count)
    }

    pub(super) fn text(&mut self) -> Result<Value> {
        let text = self.reader.text()?;
        self.spend(text.len())?;
        Ok(Value::String(text.to_owned()))
    }

    pub(super) fn number(&mut self) -> Result<Value> {
        self.reader.number().map(number)
    }

    fn ids(&mut self, count: usize) -> Result<Vec<u32>> {
        let mut expected = 1;
        let mut ids = Vec::with_capacity(count);
        for _ in 0..count {
            let id = self.reader.id(expected)?;
            expected = id.wrapping_add(1);
            ids.push(id);
        }
        Ok(ids)
    }

    pub(super) fn column<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut column = Vec::with_capacity(count);
        for _ in 0..count {
            column.push(read(self)?);
        }
        Ok(column)
    }

    fn class_id(&mut self) -> Result<Value> {
        self.reader.id(0).map(Value::from)
    }

    fn classes(&mut self) -> Result<Value> {
        let count = self.count(limits::CLASSES, OBJECT)?;
        let mut classes = Vec::with_capacity(count);
        for id in self.ids(count)? {
            let title = self.text()?;
            let operation = self.reader.byte()?;
            let known = Operation::ALL
                .get(usize::from(operation))
                .map(|operation| operation.name());
            classes.push(json!({
                "id": id,
                "name": title,
                "operation": name(known, u64::from(operation)),
                "share": self.number()?,
                "request_bytes": self.number()?,
                "response_bytes": self.number()?,
                "keys": self.number()?,
                "zipf_exponent": self.number()?,
                "priority": self.reader.byte()?,
            }));
        }
        Ok(Value::Array(classes))
    }

    fn components(&mut self) -> Result<Value> {
        let count = self.count(limits::COMPONENTS, OBJECT)?;
        let ids = self.ids(count)?;
        let kinds = self.column(count, |unpacker| unpacker.reader.byte())?;
        let names = self.column(count, Self::text)?;
        let xs = self.column(count, Self::number)?;
        let ys = self.column(count, Self::number)?;
        let sizes = self.column(count, |unpacker| {
            unpacker.count(usize::from(u8::MAX), ENTRY)
        })?;
        let parameters = sizes
            .into_iter()
            .map(|size| self.parameters(size))
            .collect::<Result<Vec<_>>>()?;
        let extras = self.column(count, |unpacker| unpacker.reader.byte())?;
        let mut components = Vec::with_capacity(count);
        let columns = ids
            .into_iter()
            .zip(kinds)
            .zip(names)
            .zip(xs)
            .zip(ys)
            .zip(parameters)
            .zip(extras);
        for ((((((id, kind), title), x), y), parameters), extras) in columns {
            let mix = if extras & wire::HAS_MIX == 0 {
                Vec::new()
            } else {
                self.mix()?
            };
            let plans = if extras & wire::HAS_PLANS == 0 {
                Vec::new()
            } else {
                self.plans()?
            };
            components.push(json!({
                "id": id,
                "kind": name(Kind::from_code(kind).map(Kind::name), u64::from(kind)),
                "name": title,
                "position": {"x": x, "y": y},
                "parameters": parameters,
                "mix": mix,
                "plans": plans,
            }));
        }
        Ok(Value::Array(components))
    }

    fn parameters(&mut self, count: usize) -> Result<Value> {
        let mut parameters = Map::new();
        for _ in 0..count {
            let code = self.reader.byte()?;
            let parameter = Parameter::from_code(code)
                .map_or_else(|| unknown(u64::from(code)), |known| known.name().to_owned());
            let value = match self.reader.number_or_word()? {
                NumberOrWord::Number(value) => number(value),
                NumberOrWord::Word(wire::OFF) => Value::Bool(false),
                NumberOrWord::Word(wire::ON) => Value::Bool(true),
                NumberOrWord::Word(wire::UNLIMITED) => Value::String("unlimited".to_owned()),
                NumberOrWord::Word(word) => {
                    let code = word - wire::CHOICE;
                    let known = u8::try_from(code)
                        .ok()
                        .and_then(Choice::from_code)
                        .map(Choice::name);
                    name(known, code)
                }
            };
            parameters.insert(parameter, value);
        }
        Ok(Value::Object(parameters))
    }

    fn mix(&mut self) -> Result<Vec<Value>> {
        let count = self.count(limits::CLASSES, 2 * ENTRY)?;
        self.column(count, |unpacker| {
            Ok(Value::Array(vec![unpacker.class_id()?, unpacker.number()?]))
        })
    }

    fn plans(&mut self) -> Result<Vec<Value>> {
        let count = self.count(limits::CLASSES, OBJECT)?;
        self.column(count, |unpacker| {
            let class = unpacker.class_id()?;
            let steps = unpacker.count(limits::STEPS, OBJECT)?;
            let steps = unpacker.column(steps, |unpacker| {
                let calls = unpacker.count(limits::STEPS, OBJECT)?;
                Ok(json!({"calls": unpacker.column(calls, Self::call)?}))
            })?;
            Ok(json!({"class": class, "steps": steps}))
        })
    }

    fn call(&mut self) -> Result<Value> {
        let has = self.reader.byte()?;
        let mut call = Map::new();
        call.insert("link".to_owned(), self.class_id()?);
        if has & wire::HAS_COUNT != 0 {
            call.insert("count".to_owned(), self.number()?);
        }
        if has & wire::HAS_PROBABILITY != 0 {
            call.insert("probability".to_owned(), self.number()?);
        }
        if has & wire::FIRE_AND_FORGET != 0 {
            call.insert(
                "mode".to_owned(),
                Value::from(CallMode::FireAndForget.name()),
            );
        }
        if has & wire::HAS_TIMEOUT != 0 {
            call.insert("timeout_seconds".to_owned(), self.number()?);
        }
        if has & wire::HAS_RETRY != 0 {
            let retries = self.reader.unsigned()?;
            call.insert(
                "retry".to_owned(),
                json!({"retries": retries, "backoff_seconds": self.number()?}),
            );
        }
        Ok(Value::Object(call))
    }

    fn links(&mut self) -> Result<Value> {
        let count = self.count(limits::LINKS, OBJECT)?;
        let ids = self.ids(count)?;
        let from = self.ids(count)?;
        let mut to = Vec::with_capacity(count);
        for from in &from {
            to.push(self.reader.id(from.wrapping_add(1))?);
        }
        let beyond = self.column(count, |unpacker| unpacker.reader.byte())?;
        let mut links = Vec::with_capacity(count);
        for (((id, from), to), beyond) in ids.into_iter().zip(from).zip(to).zip(beyond) {
            let mut link = Map::new();
            link.insert("id".to_owned(), Value::from(id));
            link.insert("from".to_owned(), Value::from(from));
            link.insert("to".to_owned(), Value::from(to));
            if beyond & wire::HAS_WEIGHT != 0 {
                link.insert("weight".to_owned(), self.number()?);
            }
            if beyond & wire::HAS_CLASSES != 0 {
                let count = self.count(limits::CLASSES, ENTRY)?;
                link.insert(
                    "classes".to_owned(),
                    Value::Array(self.column(count, Self::class_id)?),
                );
            }
            if beyond & wire::HAS_ROUND_TRIP != 0 {
                link.insert("round_trip_seconds".to_owned(), self.number()?);
            }
            links.push(Value::Object(link));
        }
        Ok(Value::Array(links))
    }

    fn zones(&mut self) -> Result<Value> {
        let count = self.count(limits::ZONES, 2 * OBJECT)?;
        let mut zones = Vec::with_capacity(count);
        for id in self.ids(count)? {
            let kind = self.reader.byte()?;
            let title = self.text()?;
            let (x, y) = (self.number()?, self.number()?);
            let (width, height) = (self.number()?, self.number()?);
            let size = self.count(usize::from(u8::MAX), ENTRY)?;
            zones.push(json!({
                "id": id,
                "kind": name(ZoneKind::from_code(kind).map(ZoneKind::name), u64::from(kind)),
                "name": title,
                "rectangle": {"x": x, "y": y, "width": width, "height": height},
                "parameters": self.parameters(size)?,
            }));
        }
        Ok(Value::Array(zones))
    }

    fn objectives(&mut self) -> Result<Value> {
        let count = self.count(limits::OBJECTIVES, OBJECT)?;
        let objectives = self.column(count, |unpacker| {
            let head = unpacker.reader.byte()?;
            let class = if head & wire::OF_CLASS == 0 {
                Value::Null
            } else {
                unpacker.class_id()?
            };
            let code = head & !wire::OF_CLASS;
            let target = Target::NAMES
                .get(usize::from(code))
                .map_or_else(|| unknown(u64::from(code)), |name| (*name).to_owned());
            let mut bound = Map::new();
            bound.insert(target, unpacker.number()?);
            Ok(json!({"class": class, "target": bound}))
        })?;
        Ok(Value::Array(objectives))
    }
}
