//! The fields of one JSON object, taken one by one with their type and range checked; it knows no field's meaning.

use super::Reader;
use super::value::{List, Object, Value};
use crate::scenario::limits;
use crate::scenario::problem::{Place, Problem};
use std::ops::RangeInclusive;

/// An object of which fields are taken; what is left over at the end is reported.
pub(super) struct Fields {
    map: Object,
    pub(super) place: Place,
}

/// What a JSON value is, for messages.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value for a message, shortened.
pub(super) fn quoted(value: &Value) -> String {
    let text = match value {
        Value::Array(_) | Value::Object(_) | Value::Null => return kind_of(value).to_owned(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let start: String = text.chars().take(60).collect();
            serde_json::Value::String(start).to_string()
        }
    };
    if text.chars().count() > 60 {
        format!("{}…", text.chars().take(60).collect::<String>())
    } else {
        text
    }
}

/// A number for a message.
pub(super) fn plain(number: f64) -> String {
    crate::catalog::format_number(crate::catalog::Unit::None, number)
}

/// Reports fields that weren't even looked at, as an object had too many.
pub(super) fn report_surplus(reader: &mut Reader, place: &Place, more: usize) {
    if more > 0 {
        let more = plain(more as f64);
        reader.report(Problem::error(
            place.clone(),
            format!("It has {more} fields more than any part of a scenario; they are left out."),
            "Remove what doesn't belong here.",
        ));
    }
}

impl Fields {
    pub(super) fn new(map: Object, place: Place) -> Self {
        Fields { map, place }
    }

    fn error(&self, reader: &mut Reader, field: &str, message: String, remedy: String) {
        reader.report(Problem::error(self.place.clone(), message, remedy).of_field(field));
    }

    /// Takes the raw value; null counts as missing.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.map.remove(field).filter(|value| !value.is_null())
    }

    /// Whether the field is missing or null.
    pub(super) fn lacks(&self, field: &str) -> bool {
        self.map.get(field).is_none_or(Value::is_null)
    }

    /// Drops a field that was dealt with elsewhere.
    pub(super) fn skip(&mut self, field: &str) {
        self.map.remove(field);
    }

    /// Reports what nobody took.
    pub(super) fn finish(self, reader: &mut Reader) {
        for (field, _) in &self.map.fields {
            let name: String = field.chars().take(60).collect();
            reader.report(Problem::error(
                self.place.clone(),
                format!("There is no field \"{name}\" here; it is left out."),
                "Remove it, or open the file with the version of Loadscape that wrote it.",
            ));
        }
        report_surplus(reader, &self.place, self.map.more);
    }

    /// A number in its range; a missing or impossible one becomes the default, one outside is clamped.
    pub(super) fn number(
        &mut self,
        reader: &mut Reader,
        field: &str,
        range: &RangeInclusive<f64>,
        default: f64,
    ) -> f64 {
        if self.map.get(field).is_some() {
            return self
                .optional_number(reader, field, range)
                .unwrap_or(default);
        }
        let (smallest, largest) = (plain(*range.start()), plain(*range.end()));
        self.error(
            reader,
            field,
            format!("It is missing; {} is used.", plain(default)),
            format!("Set a number from {smallest} to {largest}."),
        );
        default
    }

    /// A number in its range that may be missing; anything but a number counts as missing, one outside is clamped.
    pub(super) fn optional_number(
        &mut self,
        reader: &mut Reader,
        field: &str,
        range: &RangeInclusive<f64>,
    ) -> Option<f64> {
        let value = self.map.remove(field)?;
        let number = value.as_f64();
        if let Some(number) = number.filter(|number| range.contains(number)) {
            return Some(number);
        }
        let range_text = format!("{} to {}", plain(*range.start()), plain(*range.end()));
        let remedy = format!("Set a number from {range_text}.");
        let Some(number) = number else {
            let message = format!(
                "It has to be a number from {range_text}, and {} isn't; the default is used.",
                quoted(&value)
            );
            self.error(reader, field, message, remedy);
            return None;
        };
        let clamped = number.clamp(*range.start(), *range.end());
        let message = format!(
            "{} lies outside {range_text}; {} is used.",
            plain(number),
            plain(clamped)
        );
        self.error(reader, field, message, remedy);
        Some(clamped)
    }

    /// Whether something is so; it isn't where nothing is said.
    pub(super) fn flag(&mut self, reader: &mut Reader, field: &str) -> bool {
        match self.take(field) {
            None => false,
            Some(Value::Bool(on)) => on,
            Some(other) => {
                let message = format!(
                    "True or false is expected, not {}; false is used.",
                    kind_of(&other)
                );
                self.error(reader, field, message, "Write true or false.".to_owned());
                false
            }
        }
    }

    /// A text that has to be there.
    pub(super) fn text(&mut self, reader: &mut Reader, field: &str, default: &str) -> String {
        if self.map.get(field).is_some() {
            return self.text_or(reader, field, default);
        }
        self.error(
            reader,
            field,
            format!("It is missing; \"{default}\" is used."),
            "Set a text.".to_owned(),
        );
        default.to_owned()
    }

    /// A text that may be missing, and is empty then.
    pub(super) fn optional_text(&mut self, reader: &mut Reader, field: &str) -> String {
        self.text_or(reader, field, "")
    }

    fn text_or(&mut self, reader: &mut Reader, field: &str, default: &str) -> String {
        match self.map.remove(field) {
            None => default.to_owned(),
            Some(Value::String(text)) => {
                if text.len() <= limits::CHARACTERS || text.chars().count() <= limits::CHARACTERS {
                    return text;
                }
                let limit = plain(limits::CHARACTERS as f64);
                self.error(
                    reader,
                    field,
                    format!("It is longer than {limit} characters; the rest is cut off."),
                    format!("Keep it below {limit} characters."),
                );
                text.chars().take(limits::CHARACTERS).collect()
            }
            Some(other) => {
                self.error(
                    reader,
                    field,
                    format!(
                        "It has to be a text, and this is {}; \"{default}\" is used.",
                        kind_of(&other)
                    ),
                    "Set a text.".to_owned(),
                );
                default.to_owned()
            }
        }
    }

    /// A list that may be missing, and is empty then; what exceeds the limit is cut off.
    pub(super) fn list(&mut self, reader: &mut Reader, field: &str, limit: usize) -> Vec<Value> {
        match self.take(field) {
            None => Vec::new(),
            Some(Value::Array(List { mut values, there })) => {
                values.truncate(limit);
                if there > values.len() {
                    let remedy = if values.len() == limit {
                        format!("Keep to {}.", plain(limit as f64))
                    } else {
                        let most = plain(limits::VALUES as f64);
                        format!("Keep to {most} numbers, texts and lists in the whole document.")
                    };
                    let (there, read) = (plain(there as f64), plain(values.len() as f64));
                    self.error(
                        reader,
                        field,
                        format!("There are {there}; the first {read} are read."),
                        remedy,
                    );
                }
                values
            }
            Some(other) => {
                self.error(
                    reader,
                    field,
                    format!(
                        "It has to be a list, and this is {}; it is left out.",
                        kind_of(&other)
                    ),
                    "Set a list.".to_owned(),
                );
                Vec::new()
            }
        }
    }

    /// An id; `None`, reported, when it is missing or no whole number from 0 to 4,294,967,295.
    pub(super) fn id(&mut self, reader: &mut Reader, field: &str) -> Option<u32> {
        let value = self.map.remove(field);
        let id = value
            .as_ref()
            .and_then(Value::as_u64)
            .and_then(|id| u32::try_from(id).ok());
        if id.is_none() {
            let what = value.as_ref().map_or("nothing".to_owned(), quoted);
            // The place of what has no id yet is the document; its name tells people which it is.
            let whose = match self.map.get("name").map(quoted) {
                Some(name) => format!("that of {name}"),
                None => "this".to_owned(),
            };
            self.error(
                reader,
                field,
                format!("An id is a whole number from 0 to 4,294,967,295, and {whose} is {what}."),
                "Give it a number of its own.".to_owned(),
            );
        }
        id
    }

    /// A word that has to be one of those that `parse` knows; `None`, reported, when it isn't.
    pub(super) fn word<T>(
        &mut self,
        reader: &mut Reader,
        field: &str,
        parse: impl Fn(&str) -> Option<T>,
        known: impl FnOnce() -> Vec<&'static str>,
        consequence: &str,
    ) -> Option<T> {
        let value = self.map.remove(field);
        let found = value.as_ref().and_then(Value::as_str).and_then(parse);
        if found.is_none() {
            let what = value.as_ref().map_or("It is missing".to_owned(), |value| {
                format!("{} isn't known", quoted(value))
            });
            self.error(
                reader,
                field,
                format!("{what}; {consequence}."),
                format!("Use one of {}.", known().join(", ")),
            );
        }
        found
    }
}
