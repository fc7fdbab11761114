//! What is wrong with a document: where, what, and what to do about it; it doesn't know how problems are found.

use super::{ClassId, ComponentId, LinkId, Scenario, ZoneId};
use crate::catalog::Parameter;
use serde::Serialize;
use std::fmt;

/// Something wrong in a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// The parameter or field in question as people read it, e.g. "Service time"; `None` when the whole place is meant.
    pub field: Option<String>,
    /// The catalog's parameter when the field is one, so that an inspector can mark it.
    pub parameter: Option<Parameter>,
    /// What is wrong, with the allowed range where there is one; a sentence.
    pub message: String,
    /// What to do about it; a sentence.
    pub remedy: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The design can be solved as it stands, but something in it has no effect or is hardly meant.
    Warning,
    /// Something was lost or changed in reading, or the design can't be solved as it stands.
    Error,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The document as a whole.
    Document,
    /// A lesson around a document; the field says where in it.
    Lesson,
    /// One component.
    Component {
        /// Its id.
        id: ComponentId,
        /// Its name.
        name: String,
    },
    /// One link.
    Link {
        /// Its id.
        id: LinkId,
        /// The names of its ends, e.g. "API → Orders".
        name: String,
    },
    /// One zone.
    Zone {
        /// Its id.
        id: ZoneId,
        /// Its name.
        name: String,
    },
    /// One request class.
    Class {
        /// Its id.
        id: ClassId,
        /// Its name.
        name: String,
    },
    /// One objective.
    Objective {
        /// Its place in the document's list, from 1.
        number: usize,
    },
    /// One fault.
    Fault {
        /// Its place in the document's list, from 1.
        number: usize,
    },
}

impl Problem {
    pub(super) fn error(
        place: Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Problem {
            severity: Severity::Error,
            place,
            field: None,
            parameter: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn warning(
        place: Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(place, message, remedy)
        }
    }

    pub(super) fn of_field(self, field: impl Into<String>) -> Self {
        Problem {
            field: Some(field.into()),
            ..self
        }
    }

    pub(super) fn of_parameter(self, parameter: Parameter, label: &str) -> Self {
        Problem {
            parameter: Some(parameter),
            ..self.of_field(label)
        }
    }
}

impl Place {
    /// The place of a component.
    pub fn component(component: &super::Component) -> Self {
        Place::Component {
            id: component.id,
            name: component.name.clone(),
        }
    }

    /// The place of a link, named by its ends.
    pub fn link(scenario: &Scenario, link: &super::Link) -> Self {
        let name = |id: ComponentId| {
            scenario.component(id).map_or_else(
                || format!("component {id}"),
                |component| component.name.clone(),
            )
        };
        Place::Link {
            id: link.id,
            name: format!("{} → {}", name(link.from), name(link.to)),
        }
    }

    /// The place of a zone.
    pub fn zone(zone: &super::Zone) -> Self {
        Place::Zone {
            id: zone.id,
            name: zone.name.clone(),
        }
    }

    /// The place of a request class.
    pub fn class(class: &super::RequestClass) -> Self {
        Place::Class {
            id: class.id,
            name: class.name.clone(),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Document => formatter.write_str("Document"),
            Place::Lesson => formatter.write_str("Lesson"),
            Place::Component { id, name } => write!(formatter, "Component \"{name}\" ({id})"),
            Place::Link { id, name } => write!(formatter, "Link \"{name}\" ({id})"),
            Place::Zone { id, name } => write!(formatter, "Zone \"{name}\" ({id})"),
            Place::Class { id, name } => write!(formatter, "Class \"{name}\" ({id})"),
            Place::Objective { number } => write!(formatter, "Objective {number}"),
            Place::Fault { number } => write!(formatter, "Fault {number}"),
        }
    }
}

impl fmt::Display for Problem {
    /// `Component "API" (3), Service time: -5 ms is below the smallest value; allowed is … Set a value in that range.`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.place)?;
        if let Some(field) = &self.field {
            write!(formatter, ", {field}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if !self.remedy.is_empty() {
            write!(formatter, " {}", self.remedy)?;
        }
        Ok(())
    }
}
