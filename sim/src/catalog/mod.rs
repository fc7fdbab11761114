//! The catalog: every kind of part with its parameters, each with unit, range, default, source, help and price; it knows no document.

mod admit;
mod build;
mod connection;
mod kind;
mod names;
mod places;
mod reference;
mod tables;
mod text;
mod value;

pub use admit::Rejected;
pub use connection::{LinkMeaning, connection};
pub use kind::{Footing, Kind, ZoneKind};
pub use reference::reference_markdown;
pub use tables::{KINDS, ZONE_KINDS, specification, zone_specification};
pub use text::{format_number, format_value, parse_number, parse_value};
pub use value::{Choice, Parameter, Unlimited, Value};

/// A kind of part as the palette, the inspector and the docs show it.
#[derive(Clone, Copy, Debug)]
pub struct KindSpecification {
    /// Which.
    pub kind: Kind,
    /// Its name, e.g. "SQL primary".
    pub label: &'static str,
    /// One line: what it is for.
    pub summary: &'static str,
    /// Where the palette shows it.
    pub group: Group,
    /// Its parameters, in the order in which the inspector shows them.
    pub parameters: &'static [ParameterSpecification],
}

/// A group of the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Clients and what stands before the door.
    Traffic,
    /// The door.
    Edge,
    /// What computes.
    Compute,
    /// What keeps data.
    Data,
    /// What passes messages.
    Messaging,
    /// Stations of the theory books.
    Theory,
}

/// One parameter of one kind.
#[derive(Clone, Copy, Debug)]
pub struct ParameterSpecification {
    /// Which.
    pub parameter: Parameter,
    /// Its name, e.g. "Service time".
    pub label: &'static str,
    /// What values it takes.
    pub domain: Domain,
    /// The value when nothing else is said.
    pub default: Value,
    /// Whether the source of the default was read, or recalled and not confirmed.
    pub confidence: Confidence,
    /// When it has an effect: only if this other parameter of the same kind has one of these choices (or flag).
    pub applies_when: Option<Condition>,
    /// Whether only what happens through time depends on it: the event simulation reads it, a steady state is the same for every value.
    pub through_time: bool,
    /// The place of its words.
    words: u16,
}

impl ParameterSpecification {
    /// What it means and what changing it does, in one or two sentences.
    pub fn help(&self) -> &'static str {
        tables::words(self.words).help
    }

    /// Whether it says how often something fails or for how long: how much of the time a design works depends on it, no load and no run does.
    pub const fn of_failures(&self) -> bool {
        matches!(
            self.parameter,
            Parameter::Availability | Parameter::RepairTime
        )
    }

    /// Where the default is from.
    pub fn source(&self) -> &'static str {
        tables::words(self.words).source
    }
}

/// What is said of a parameter. Apart from what it is, so that a page can draw and edit before it has these words.
#[derive(Clone, Copy, Debug)]
struct Words {
    help: &'static str,
    source: &'static str,
}

/// When a parameter has an effect.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// Only when that choice parameter has one of these values.
    ChoiceIs(Parameter, &'static [Choice]),
    /// Only when that flag is on.
    FlagIsOn(Parameter),
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Domain {
    /// A number.
    Number {
        /// Its unit.
        unit: Unit,
        /// Smallest value.
        minimum: f64,
        /// Largest value.
        maximum: f64,
        /// Whether only whole numbers make sense.
        whole: bool,
        /// How a slider moves.
        scale: Scale,
        /// Whether "unlimited" is a value too.
        may_be_unlimited: bool,
    },
    /// On or off.
    Flag,
    /// One of these.
    Choice(&'static [ChoiceSpecification]),
}

/// One choice.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceSpecification {
    /// Which.
    pub choice: Choice,
    /// Its name.
    pub label: &'static str,
    /// What it means.
    pub help: &'static str,
}

/// The unit in which a parameter is stored and shown (milliseconds are shown, and stored, as milliseconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the units")]
pub enum Unit {
    None,
    Count,
    Milliseconds,
    Seconds,
    PerSecond,
    Share,
    Bytes,
    Gigabytes,
    Megabytes,
    MegabytesPerSecond,
    DollarsPerMonth,
    DollarsPerMillion,
    DollarsPerGigabyte,
    DollarsPerGigabyteMonth,
}

/// How a slider moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// In equal steps.
    Linear,
    /// In equal ratios, for ranges that span decades; zero (where the range has it) is the leftmost stop.
    Logarithmic,
}

/// How far the source of a default is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The number stands in the named source.
    Read,
    /// Recalled, not confirmed; or a modelling choice.
    Recalled,
}

/// A kind of zone as the palette and the docs show it.
#[derive(Clone, Copy, Debug)]
pub struct ZoneSpecification {
    /// Which.
    pub kind: ZoneKind,
    /// Its name, e.g. "Private subnet".
    pub label: &'static str,
    /// One line: what lying inside means.
    pub summary: &'static str,
    /// Its parameters.
    pub parameters: &'static [ParameterSpecification],
}

/// The parameter of this kind, if the kind has it.
pub fn parameter(kind: Kind, parameter: Parameter) -> Option<&'static ParameterSpecification> {
    places::place(kind, parameter).map(|place| &specification(kind).parameters[place])
}

/// The parameter of this kind of zone, if the kind has it.
pub fn zone_parameter(
    kind: ZoneKind,
    parameter: Parameter,
) -> Option<&'static ParameterSpecification> {
    zone_specification(kind)
        .parameters
        .iter()
        .find(|candidate| candidate.parameter == parameter)
}
