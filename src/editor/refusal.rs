//! Why an edit was not made, in words for the person who tried it.

use loadscape_sim::scenario::{ClassId, ComponentId, LinkId, ZoneId};
use std::fmt;

/// Why an edit was refused. A refused edit has changed nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There is no such component.
    NoComponent(ComponentId),
    /// There is no such link.
    NoLink(LinkId),
    /// There is no such zone.
    NoZone(ZoneId),
    /// There is no such request class.
    NoClass(ClassId),
    /// There is no objective at this place of the list.
    NoObjective(usize),
    /// Something else already has this id.
    IdTaken(u32),
    /// Links still hang on the component; they go first.
    StillLinked(ComponentId),
    /// A call plan still takes the link; the call goes first.
    StillCalled(LinkId),
    /// A fault still happens to it; that goes first.
    StillFaulty,
    /// There is no fault at this place of the list.
    NoFault(usize),
    /// A mix, plan, link or objective still speaks of the class; that goes first.
    StillUsed(ClassId),
    /// A document needs at least one request class.
    LastClass,
    /// A coordinate, weight or parameter is not a finite number.
    NotANumber,
    /// The value lies outside what the catalog allows; the sentence says what it allows.
    OutOfRange(String),
    /// The kind has no such parameter.
    NoParameter,
    /// A component can't call itself.
    SelfLink,
    /// These two are already linked in this direction.
    DuplicateLink,
    /// Such a link means nothing, for this reason.
    Meaningless(&'static str),
    /// Nothing is selected that this could act on.
    NothingSelected,
    /// Something is being dragged; nothing else may pull at the document meanwhile.
    Busy,
    /// The clipboard holds nothing that can be pasted.
    Clipboard(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NoComponent(id) => write!(formatter, "There is no component {id}."),
            Refusal::NoLink(id) => write!(formatter, "There is no link {id}."),
            Refusal::NoZone(id) => write!(formatter, "There is no zone {id}."),
            Refusal::NoClass(id) => write!(formatter, "There is no request class {id}."),
            Refusal::NoObjective(index) => {
                write!(formatter, "There is no objective {}.", index + 1)
            }
            Refusal::IdTaken(id) => write!(formatter, "The id {id} is already taken."),
            Refusal::StillLinked(id) => {
                write!(
                    formatter,
                    "Component {id} still has links; delete them first."
                )
            }
            Refusal::StillCalled(id) => {
                write!(
                    formatter,
                    "A call plan still takes link {id}; remove the call first."
                )
            }
            Refusal::StillFaulty => {
                formatter.write_str("A fault still happens to it; remove the fault first.")
            }
            Refusal::NoFault(index) => write!(formatter, "There is no fault {}.", index + 1),
            Refusal::StillUsed(id) => {
                write!(
                    formatter,
                    "Request class {id} is still used; remove those uses first."
                )
            }
            Refusal::LastClass => formatter
                .write_str("A design needs at least one request class; add another one first."),
            Refusal::NotANumber => formatter.write_str("That is not a finite number."),
            Refusal::OutOfRange(allowed) => formatter.write_str(allowed),
            Refusal::NoParameter => formatter.write_str("This kind has no such parameter."),
            Refusal::SelfLink => formatter.write_str("A part can't be connected to itself."),
            Refusal::DuplicateLink => {
                formatter.write_str("These two are already connected in this direction.")
            }
            Refusal::Meaningless(reason) => formatter.write_str(reason),
            Refusal::NothingSelected => formatter.write_str("Nothing is selected."),
            Refusal::Busy => formatter.write_str("Something is being dragged; let go of it first."),
            Refusal::Clipboard(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for Refusal {}
