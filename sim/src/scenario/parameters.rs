//! Reading a component's parameters: what the document says, else what the catalog's default says; it knows no meaning.

use super::{Component, Zone};
use crate::catalog::{self, Choice, Domain, Parameter, ParameterSpecification, Unit, Value};
use crate::units::Seconds;

impl Component {
    /// The value in force: the document's, else the catalog's default; `None` when the kind has no such parameter.
    pub fn value(&self, parameter: Parameter) -> Option<Value> {
        let specification = catalog::parameter(self.kind, parameter)?;
        Some(
            self.parameters
                .get(&parameter)
                .copied()
                .unwrap_or(specification.default),
        )
    }

    /// The number in force in the parameter's own unit; infinite when unlimited, 0 when the kind has no such number.
    pub fn number(&self, parameter: Parameter) -> f64 {
        number(self.value(parameter))
    }

    /// How many instances it has, or begins with where it scales by itself; 1 at least.
    pub fn first_instances(&self) -> f64 {
        let number = if self.flag(Parameter::Autoscaling) {
            self.number(Parameter::MinimumInstances)
        } else {
            self.number(Parameter::Instances)
        };
        if number.is_finite() {
            number.max(1.0)
        } else {
            1.0
        }
    }

    /// The number in force as a whole count of at least 1; saturates at `u32::MAX` when unlimited.
    pub fn count(&self, parameter: Parameter) -> u32 {
        // A number that is none casts to 0.
        (self
            .number(parameter)
            .round()
            .clamp(1.0, f64::from(u32::MAX)) as u32)
            .max(1)
    }

    /// The time in force, whatever unit it is stored in; infinite when unlimited, 0 when the kind has no such time.
    pub fn seconds(&self, parameter: Parameter) -> Seconds {
        let Some(specification) = catalog::parameter(self.kind, parameter) else {
            return Seconds(0.0);
        };
        let value = self
            .parameters
            .get(&parameter)
            .copied()
            .unwrap_or(specification.default);
        Seconds(
            number(Some(value))
                * if in_milliseconds(specification) {
                    1e-3
                } else {
                    1.0
                },
        )
    }

    /// Whether the flag is on; off when the kind has no such flag.
    pub fn flag(&self, parameter: Parameter) -> bool {
        matches!(self.value(parameter), Some(Value::Flag(true)))
    }

    /// The choice in force; `None` when the kind has no such choice.
    pub fn choice(&self, parameter: Parameter) -> Option<Choice> {
        match self.value(parameter) {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        }
    }
}

impl Zone {
    /// The value in force: the document's, else the catalog's default; `None` when the zone's kind has no such parameter.
    pub fn value(&self, parameter: Parameter) -> Option<Value> {
        let specification = catalog::zone_parameter(self.kind, parameter)?;
        let own = self.parameters.get(&parameter).copied();
        Some(own.unwrap_or(specification.default))
    }

    /// The choice in force; `None` when the zone's kind has no such choice.
    pub fn choice(&self, parameter: Parameter) -> Option<Choice> {
        match self.value(parameter) {
            Some(Value::Choice(choice)) => Some(choice),
            _ => None,
        }
    }
}

fn number(value: Option<Value>) -> f64 {
    match value {
        Some(Value::Number(number)) => number,
        Some(Value::Unlimited(_)) => f64::INFINITY,
        _ => 0.0,
    }
}

fn in_milliseconds(specification: &ParameterSpecification) -> bool {
    matches!(
        specification.domain,
        Domain::Number {
            unit: Unit::Milliseconds,
            ..
        }
    )
}
