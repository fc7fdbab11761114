//! Words in which the tables are written: builders that fill in a parameter's specification at compile time; they know no parameter.

use super::{
    Choice, ChoiceSpecification, Condition, Confidence, Domain, Group, Kind, Parameter,
    ParameterSpecification, Scale, Unit, Unlimited, Value, Words, ZoneKind,
};

/// A kind as its table has it.
pub(super) struct WrittenKind {
    pub(super) kind: Kind,
    pub(super) label: &'static str,
    pub(super) summary: &'static str,
    pub(super) group: Group,
    pub(super) parameters: &'static [WrittenParameter],
}

/// A kind of zone as its table has it.
pub(super) struct WrittenZone {
    pub(super) kind: ZoneKind,
    pub(super) label: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [WrittenParameter],
}

/// A parameter as its table has it: what it is and what is said of it in one place.
#[derive(Clone, Copy)]
pub(super) struct WrittenParameter {
    parameter: Parameter,
    label: &'static str,
    help: &'static str,
    domain: Domain,
    default: Value,
    source: &'static str,
    confidence: Confidence,
    applies_when: Option<Condition>,
    through_time: bool,
}

impl WrittenParameter {
    /// What it is, with the place of what is said of it.
    pub(super) const fn specification(&self, words: u16) -> ParameterSpecification {
        ParameterSpecification {
            parameter: self.parameter,
            label: self.label,
            domain: self.domain,
            default: self.default,
            confidence: self.confidence,
            applies_when: self.applies_when,
            through_time: self.through_time,
            words,
        }
    }

    /// What is said of it.
    pub(super) const fn words(&self) -> Words {
        Words {
            help: self.help,
            source: self.source,
        }
    }
}

/// A number with its default and range; moved on a logarithmic slider unless told otherwise. Its source is a modelling choice until said.
pub(super) const fn number(
    parameter: Parameter,
    label: &'static str,
    unit: Unit,
    default: f64,
    minimum: f64,
    maximum: f64,
) -> WrittenParameter {
    WrittenParameter {
        parameter,
        label,
        help: "",
        domain: Domain::Number {
            unit,
            minimum,
            maximum,
            whole: false,
            scale: Scale::Logarithmic,
            may_be_unlimited: false,
        },
        default: Value::Number(default),
        source: "modelling choice",
        confidence: Confidence::Recalled,
        applies_when: None,
        through_time: false,
    }
}

/// A whole number with its default and range.
pub(super) const fn count(
    parameter: Parameter,
    label: &'static str,
    default: f64,
    minimum: f64,
    maximum: f64,
) -> WrittenParameter {
    let mut specification = number(parameter, label, Unit::Count, default, minimum, maximum);
    specification.domain = Domain::Number {
        unit: Unit::Count,
        minimum,
        maximum,
        whole: true,
        scale: Scale::Logarithmic,
        may_be_unlimited: false,
    };
    specification
}

/// A share of a whole: stored from 0 to 1, shown in percent, moved in equal steps.
pub(super) const fn share(
    parameter: Parameter,
    label: &'static str,
    default: f64,
) -> WrittenParameter {
    number(parameter, label, Unit::Share, default, 0.0, 1.0).linear()
}

/// On or off.
pub(super) const fn flag(
    parameter: Parameter,
    label: &'static str,
    default: bool,
) -> WrittenParameter {
    WrittenParameter {
        parameter,
        label,
        help: "",
        domain: Domain::Flag,
        default: Value::Flag(default),
        source: "modelling choice",
        confidence: Confidence::Recalled,
        applies_when: None,
        through_time: false,
    }
}

/// One of several choices, of which the first is the default.
pub(super) const fn choice(
    parameter: Parameter,
    label: &'static str,
    choices: &'static [ChoiceSpecification],
) -> WrittenParameter {
    WrittenParameter {
        parameter,
        label,
        help: "",
        domain: Domain::Choice(choices),
        default: Value::Choice(choices[0].choice),
        source: "modelling choice",
        confidence: Confidence::Recalled,
        applies_when: None,
        through_time: false,
    }
}

/// One choice with its name and meaning.
pub(super) const fn option(
    choice: Choice,
    label: &'static str,
    help: &'static str,
) -> ChoiceSpecification {
    ChoiceSpecification {
        choice,
        label,
        help,
    }
}

impl WrittenParameter {
    /// With this help text.
    pub(super) const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// With this name.
    pub(super) const fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// With a default whose number stands in this source.
    pub(super) const fn read(mut self, source: &'static str) -> Self {
        self.source = source;
        self.confidence = Confidence::Read;
        self
    }

    /// With a default that is recalled, or chosen for the reason given.
    pub(super) const fn recalled(mut self, source: &'static str) -> Self {
        self.source = source;
        self.confidence = Confidence::Recalled;
        self
    }

    /// With this number as default; whoever changes it names its source as well.
    pub(super) const fn with(mut self, default: f64) -> Self {
        self.default = Value::Number(default);
        self
    }

    /// With a slider in equal steps.
    pub(super) const fn linear(mut self) -> Self {
        if let Domain::Number {
            unit,
            minimum,
            maximum,
            whole,
            may_be_unlimited,
            ..
        } = self.domain
        {
            self.domain = Domain::Number {
                unit,
                minimum,
                maximum,
                whole,
                scale: Scale::Linear,
                may_be_unlimited,
            };
        }
        self
    }

    /// With whole numbers alone.
    pub(super) const fn whole(mut self) -> Self {
        if let Domain::Number {
            unit,
            minimum,
            maximum,
            scale,
            may_be_unlimited,
            ..
        } = self.domain
        {
            self.domain = Domain::Number {
                unit,
                minimum,
                maximum,
                whole: true,
                scale,
                may_be_unlimited,
            };
        }
        self
    }

    /// With this range.
    pub(super) const fn between(mut self, minimum: f64, maximum: f64) -> Self {
        if let Domain::Number {
            unit,
            whole,
            scale,
            may_be_unlimited,
            ..
        } = self.domain
        {
            self.domain = Domain::Number {
                unit,
                minimum,
                maximum,
                whole,
                scale,
                may_be_unlimited,
            };
        }
        self
    }

    /// With "unlimited" as a value, and as the default.
    pub(super) const fn unlimited(mut self) -> Self {
        self.default = Value::Unlimited(Unlimited::Unlimited);
        self.or_unlimited()
    }

    /// With "unlimited" as a value.
    pub(super) const fn or_unlimited(mut self) -> Self {
        if let Domain::Number {
            unit,
            minimum,
            maximum,
            whole,
            scale,
            ..
        } = self.domain
        {
            self.domain = Domain::Number {
                unit,
                minimum,
                maximum,
                whole,
                scale,
                may_be_unlimited: true,
            };
        }
        self
    }

    /// With an effect only when that parameter of the same kind has one of these choices.
    pub(super) const fn when(mut self, parameter: Parameter, choices: &'static [Choice]) -> Self {
        self.applies_when = Some(Condition::ChoiceIs(parameter, choices));
        self
    }

    /// Only what happens through time depends on it.
    pub(super) const fn through_time(mut self) -> Self {
        self.through_time = true;
        self
    }

    /// With an effect only when that flag of the same kind is on.
    pub(super) const fn when_on(mut self, parameter: Parameter) -> Self {
        self.applies_when = Some(Condition::FlagIsOn(parameter));
        self
    }
}
