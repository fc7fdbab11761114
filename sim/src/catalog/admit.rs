//! Whether a value is one that a parameter takes, and the nearest that it does take; it knows no document.

use super::{Domain, ParameterSpecification, Value};

/// Why a value isn't taken, and what to use instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// The nearest value that is taken: a number clamped or rounded, else the default.
    pub instead: Value,
    /// What is wrong with it, e.g. "-5 ms is below the smallest value".
    pub reason: String,
}

/// Why a value isn't one of a domain's, and which of those is the nearest, where one is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    instead: Option<Value>,
    /// What is wrong with it.
    pub reason: String,
}

impl ParameterSpecification {
    /// Whether the parameter takes this value.
    ///
    /// # Errors
    /// The nearest value that it takes, and why not this one.
    pub fn admit(&self, value: Value) -> Result<(), Rejected> {
        match self.domain.refuses(value) {
            None => Ok(()),
            Some(refused) => Err(Rejected {
                instead: refused.instead.unwrap_or(self.default),
                reason: refused.reason,
            }),
        }
    }

    /// What values the parameter takes, e.g. "0.1 ms to 1,000 ms, or unlimited" or "round robin, weighted or random".
    pub fn allowed(&self) -> String {
        self.domain.allowed()
    }
}

impl Domain {
    /// Why this value isn't one of these; `None` where it is.
    pub(super) fn refuses(&self, value: Value) -> Option<Refused> {
        let refuse = |instead, reason: &str| {
            Some(Refused {
                instead,
                reason: format!("{} {reason}", self.format(value)),
            })
        };
        let number = |number| Some(Value::Number(number));
        match (*self, value) {
            (
                Domain::Number {
                    minimum,
                    maximum,
                    whole,
                    ..
                },
                Value::Number(given),
            ) => {
                if given.is_nan() {
                    refuse(None, "isn't a number")
                } else if given < minimum {
                    refuse(number(minimum), "is below the smallest value")
                } else if given > maximum {
                    refuse(number(maximum), "is above the largest value")
                } else if whole && given.fract() != 0.0 {
                    refuse(
                        number(given.round().clamp(minimum, maximum)),
                        "isn't a whole number",
                    )
                } else {
                    None
                }
            }
            (
                Domain::Number {
                    may_be_unlimited: true,
                    ..
                },
                Value::Unlimited(_),
            )
            | (Domain::Flag, Value::Flag(_)) => None,
            (Domain::Number { maximum, .. }, Value::Unlimited(_)) => {
                refuse(number(maximum), "isn't possible here")
            }
            (Domain::Choice(choices), Value::Choice(choice))
                if choices.iter().any(|known| known.choice == choice) =>
            {
                None
            }
            _ => refuse(None, "isn't a value of this parameter"),
        }
    }

    /// What values these are, e.g. "0.1 ms to 1,000 ms, or unlimited" or "round robin, weighted or random".
    pub fn allowed(&self) -> String {
        match *self {
            Domain::Number {
                minimum,
                maximum,
                whole,
                may_be_unlimited,
                ..
            } => {
                let bound = |number| self.format(Value::Number(number));
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
