//! A document's values before anybody knows what they mean: like JSON's, but lists and objects end where the limits do, however long the
//! text goes on.

use crate::scenario::limits;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use std::cell::Cell;
use std::fmt;

/// Most fields of one object that are kept; no part of a document has nearly as many.
const FIELDS: usize = 300;
/// Most entries that are kept of a list inside a list; the longest that a document has is a pair.
const NESTED: usize = 2;

/// Any value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(List),
    Object(Object),
}

/// A list as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct List {
    /// The first entries.
    pub values: Vec<Value>,
    /// How many there are in the text.
    pub there: usize,
}

/// An object as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object {
    /// Names with values as they stand in the text; the last one of a name counts.
    pub fields: Vec<(String, Value)>,
    /// How many more fields the text has.
    pub more: usize,
}

impl Value {
    /// Takes a text or tree apart, keeping at most [`limits::VALUES`] values and of each list as many entries as may be in it.
    pub(crate) fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let left = Cell::new(limits::VALUES);
        Bounded {
            entries: 0,
            left: &left,
        }
        .deserialize(deserializer)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(super) fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The number when it is whole, not negative and written so.
    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entry at this place of a list.
    pub(super) fn at(&self, place: usize) -> Option<&Value> {
        match self {
            Value::Array(list) => list.values.get(place),
            _ => None,
        }
    }
}

impl Object {
    /// The value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .rev()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Takes the value of this name out.
    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        let last = self.fields.iter().rposition(|(known, _)| known == name)?;
        let (_, value) = self.fields.remove(last);
        // Earlier ones of the same name never counted.
        if self.get(name).is_some() {
            self.fields.retain(|(known, _)| known != name);
        }
        Some(value)
    }
}

/// Most entries of the list that a field of this name holds.
fn entries(field: &str) -> usize {
    match field {
        "components" => limits::COMPONENTS,
        "links" => limits::LINKS,
        "zones" => limits::ZONES,
        "classes" | "mix" | "plans" => limits::CLASSES,
        "objectives" => limits::OBJECTIVES,
        "curve" => limits::CURVE_POINTS,
        "faults" => limits::FAULTS,
        "steps" | "calls" => limits::STEPS,
        _ => 0,
    }
}

/// Reads a value of which a list keeps so many entries.
#[derive(Clone, Copy)]
struct Bounded<'a> {
    entries: usize,
    /// How many values the document may still have.
    left: &'a Cell<usize>,
}

impl Bounded<'_> {
    fn spend(&self) {
        self.left.set(self.left.get().saturating_sub(1));
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend();
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while values.len() < self.entries && self.left.get() > 0 {
            let nested = Bounded {
                entries: NESTED,
                ..self
            };
            match sequence.next_element_seed(nested)? {
                Some(value) => values.push(value),
                None => break,
            }
        }
        let mut there = values.len();
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            there += 1;
        }
        Ok(Value::Array(List { values, there }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Object::default();
        while object.fields.len() < FIELDS {
            let Some(name) = map.next_key::<String>()? else {
                return Ok(Value::Object(object));
            };
            let of_field = Bounded {
                entries: entries(&name),
                ..self
            };
            let value = map.next_value_seed(of_field)?;
            object.fields.push((name, value));
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            object.more += 1;
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Object {
        let value = Value::bounded(&mut serde_json::Deserializer::from_str(text));
        match value.expect("it is JSON") {
            Value::Object(object) => object,
            other => panic!("{other:?}"),
        }
    }

    fn list<'a>(object: &'a Object, name: &str) -> &'a List {
        match object.get(name) {
            Some(Value::Array(list)) => list,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_list_keeps_what_may_be_in_it_and_counts_the_rest() {
        let components = vec!["{}"; limits::COMPONENTS + 70_000].join(",");
        let object = parse(&format!(
            r#"{{"components": [{components}], "other": [1, 2]}}"#
        ));
        let components = list(&object, "components");
        assert_eq!(components.values.len(), limits::COMPONENTS);
        assert_eq!(components.there, limits::COMPONENTS + 70_000);
        assert_eq!(list(&object, "other").values.len(), 0);
        assert_eq!(list(&object, "other").there, 2);
    }

    #[test]
    fn a_document_keeps_no_more_values_than_it_may_have() {
        let calls = vec!["1"; limits::STEPS].join(",");
        let steps = vec![format!(r#"{{"calls": [{calls}]}}"#); limits::STEPS].join(",");
        let plans = vec![format!(r#"{{"steps": [{steps}]}}"#); limits::CLASSES].join(",");
        let object = parse(&format!(
            r#"{{"components": [{{"plans": [{plans}]}}, {{"plans": [{plans}]}}]}}"#
        ));
        fn count(value: &Value) -> usize {
            1 + match value {
                Value::Array(list) => list.values.iter().map(count).sum(),
                Value::Object(object) => object.fields.iter().map(|(_, value)| count(value)).sum(),
                _ => 0,
            }
        }
        let kept = count(&Value::Object(object));
        // Objects that are open when the last value is spent still get their fields.
        assert!(
            (limits::VALUES..limits::VALUES + 300).contains(&kept),
            "{kept}"
        );
    }

    #[test]
    fn an_object_keeps_its_first_fields_and_counts_the_rest() {
        let fields: Vec<String> = (0..FIELDS + 5)
            .map(|index| format!(r#""{index}": 0"#))
            .collect();
        let object = parse(&format!("{{{}}}", fields.join(",")));
        assert_eq!((object.fields.len(), object.more), (FIELDS, 5));
    }

    #[test]
    fn the_last_field_of_a_name_counts() {
        let mut object = parse(r#"{"a": 1, "b": 2, "a": 3}"#);
        assert_eq!(object.remove("a").and_then(|value| value.as_u64()), Some(3));
        assert_eq!(object.fields.len(), 1);
    }
}
