//! Whether a value is one that a parameter takes, and the nearest that it does take; it knows no document.

use super::{Domain, ParameterSpecification, Value, format_value};

/// Why a value isn't taken, and what to use instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// The nearest value that is taken: a number clamped or rounded, else the default.
    pub instead: Value,
    /// What is wrong with it, e.g. "-5 ms is below the smallest value".
    pub reason: String,
}

impl ParameterSpecification {
    /// Whether the parameter takes this value.
    ///
    /// # Errors
    /// The nearest value that it takes, and why not this one.
    pub fn admit(&self, value: Value) -> Result<(), Rejected> {
        let reject = |instead, reason: &str| {
            Err(Rejected {
                instead,
                reason: format!("{} {reason}", format_value(self, value)),
            })
        };
        match (self.domain, value) {
            (
                Domain::Number {
                    minimum,
                    maximum,
                    whole,
                    ..
                },
                Value::Number(number),
            ) => {
                if number.is_nan() {
                    reject(self.default, "isn't a number")
                } else if number < minimum {
                    reject(Value::Number(minimum), "is below the smallest value")
                } else if number > maximum {
                    reject(Value::Number(maximum), "is above the largest value")
                } else if whole && number.fract() != 0.0 {
                    reject(
                        Value::Number(number.round().clamp(minimum, maximum)),
                        "isn't a whole number",
                    )
                } else {
                    Ok(())
                }
            }
            (
                Domain::Number {
                    may_be_unlimited: true,
                    ..
                },
                Value::Unlimited(_),
            )
            | (Domain::Flag, Value::Flag(_)) => Ok(()),
            (Domain::Number { maximum, .. }, Value::Unlimited(_)) => {
                reject(Value::Number(maximum), "isn't possible here")
            }
            (Domain::Choice(choices), Value::Choice(choice))
                if choices.iter().any(|known| known.choice == choice) =>
            {
                Ok(())
            }
            _ => reject(self.default, "isn't a value of this parameter"),
        }
    }

    /// What values the parameter takes, e.g. "0.1 ms to 1,000 ms, or unlimited" or "round robin, weighted or random".
    pub fn allowed(&self) -> String {
        match self.domain {
            Domain::Number {
                minimum,
                maximum,
                whole,
                may_be_unlimited,
                ..
            } => {
                let bound = |number| format_value(self, Value::Number(number));
                format!(
                    "{}{} to {}{}",
                    if whole { "a whole number from " } else { "" },
                    bound(minimum),
                    bound(maximum),
                    if may_be_unlimited {
                        ", or unlimited"
                    } else {
                        ""
                    }
                )
            }
            Domain::Flag => "on or off".to_owned(),
            Domain::Choice(choices) => {
                let labels: Vec<&str> = choices.iter().map(|choice| choice.label).collect();
                match labels.split_last() {
                    Some((last, [])) => (*last).to_owned(),
                    Some((last, others)) => format!("{} or {last}", others.join(", ")),
                    None => String::new(),
                }
            }
        }
    }
}
