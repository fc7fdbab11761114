//! One case of `validation/cases.json` and its inputs; it doesn't know what answers it.

use serde_json::Value;

/// A case with its inputs.
pub struct Case<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub inputs: &'a Value,
    pub expected: &'a Value,
}

impl Case<'_> {
    /// An input; panics where the file has none of this name.
    pub fn number(&self, name: &str) -> f64 {
        number(&self.inputs[name]).unwrap_or_else(|| panic!("{}: no number {name}", self.id))
    }

    /// A whole input.
    pub fn whole(&self, name: &str) -> u32 {
        self.number(name) as u32
    }

    /// A list of inputs.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.inputs[name]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no list {name}", self.id));
        list.iter()
            .map(|value| {
                number(value).unwrap_or_else(|| panic!("{}: not a number in {name}", self.id))
            })
            .collect()
    }
}

/// A JSON number, or a text that starts with a number or a fraction ("1/3", "2/3 (Erlang)").
fn number(value: &Value) -> Option<f64> {
    if let Some(number) = value.as_f64() {
        return Some(number);
    }
    let first = value.as_str()?.split_whitespace().next()?;
    match first.split_once('/') {
        Some((above, below)) => Some(above.parse::<f64>().ok()? / below.parse::<f64>().ok()?),
        None => first.parse().ok(),
    }
}
