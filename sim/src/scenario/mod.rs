//! The document: what the user drew and set, as plain data with stable ids; it doesn't know how any of it behaves under load.

mod curve;
mod cycles;
mod fault;
pub mod generate;
mod ids;
pub mod limits;
mod number;
mod objective;
mod parameters;
pub(crate) mod places;
mod plan;
mod problem;
mod queries;
pub(crate) mod read;
mod request_class;
mod resilience;
mod validate;
mod write;
mod zone;

pub use curve::{CurvePoint, RowProblem, Rows, check_curve, read_rows, write_rows};
pub use cycles::{Cycle, cycles};
pub use fault::{ClientsFault, ComponentFault, Fault, Incident, LinkFault, RunSettings, ZoneFault};
pub use ids::{ClassId, ComponentId, LinkId, ZoneId};
pub use number::{
    CALL_NUMBERS, CLASS_NUMBERS, CLASS_SHARE, LINK_NUMBERS, LINK_WEIGHT, Number, ROUND_TRIP,
    call_number,
};
pub use objective::{Objective, Target, TargetConstructor};
pub use plan::{Call, CallMode, CallNumber, CallPlan, PlanStep};
pub use problem::{Place, Problem, Severity};
pub use read::{Reading, read};
pub use request_class::{Operation, RequestClass};
pub use resilience::{BreakerWindow, CircuitBreaker, Jitter, Retry, RetryBudget};
pub use validate::validate;
pub use write::write;
pub use zone::{Rectangle, Zone};

use crate::catalog::{Kind, Parameter, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the file format that this build writes. Older versions are migrated on reading; newer ones are reported.
pub const FORMAT_VERSION: u32 = 1;

/// A whole document. Documents from outside are read by a function that reports what is wrong and keeps what is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What the document is called; shown in the title bar and the saved file's name.
    pub title: String,
    /// Free text of the author: what to look at, what to try.
    pub notes: String,
    /// The parts of the drawing, in drawing order (later ones lie on top).
    pub components: Vec<Component>,
    /// The directed connections: the caller is `from`, the called `to`.
    pub links: Vec<Link>,
    /// Regions, networks and subnets; a component belongs to every zone whose rectangle holds its centre.
    pub zones: Vec<Zone>,
    /// The kinds of request that clients send. Never empty in a document that is read or new.
    pub classes: Vec<RequestClass>,
    /// What the design must achieve.
    pub objectives: Vec<Objective>,
    /// What goes wrong when it is simulated, in the order in which it was written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// How it wants to be simulated.
    #[serde(default, skip_serializing_if = "RunSettings::is_default")]
    pub run: RunSettings,
}

impl Default for Scenario {
    /// An empty drawing with one read class, so that the first client has something to send.
    fn default() -> Self {
        Scenario {
            title: "Untitled".to_owned(),
            notes: String::new(),
            components: Vec::new(),
            links: Vec::new(),
            zones: Vec::new(),
            classes: vec![RequestClass::new(ClassId(1), "request", Operation::Read)],
            objectives: Vec::new(),
            faults: Vec::new(),
            run: RunSettings::default(),
        }
    }
}

impl Scenario {
    /// The component with this id, if the document has one.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.iter().find(|component| component.id == id)
    }

    /// The link with this id, if the document has one.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.iter().find(|link| link.id == id)
    }

    /// The request class with this id, if the document has one.
    pub fn class(&self, id: ClassId) -> Option<&RequestClass> {
        self.classes.iter().find(|class| class.id == id)
    }

    /// The zone with this id, if the document has one.
    pub fn zone(&self, id: ZoneId) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }
}

/// A point on the drawing, in drawing units (one unit is a CSS pixel at zoom 1); x grows to the right, y downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Distance from the origin to the right.
    pub x: f64,
    /// Distance from the origin downwards.
    pub y: f64,
}

/// The size of every node on the drawing, in drawing units; zones use it to find a node's centre.
pub const NODE_WIDTH: f64 = 176.0;
/// See [`NODE_WIDTH`].
pub const NODE_HEIGHT: f64 = 70.0;

/// One part of the architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Stable across edits, saves and links.
    pub id: ComponentId,
    /// What it is; decides which parameters it has and how it behaves.
    pub kind: Kind,
    /// What the user calls it.
    pub name: String,
    /// The top left corner of its node.
    pub position: Point,
    /// Only what differs from the catalog's default; keys are parameters of the kind, values lie in the catalog's range.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<Parameter, Value>,
    /// For client populations: relative weight of each class it sends; empty means every class by its own share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mix: Vec<(ClassId, f64)>,
    /// For client populations whose traffic follows a curve: its rate through time, in rising order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
    /// What it does for a class where the user changed the inferred plan; at most one plan for each class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<CallPlan>,
}

impl Component {
    /// A component with every parameter at its default.
    pub fn new(id: ComponentId, kind: Kind, name: impl Into<String>, position: Point) -> Self {
        Component {
            id,
            kind,
            name: name.into(),
            position,
            parameters: BTreeMap::new(),
            mix: Vec::new(),
            curve: Vec::new(),
            plans: Vec::new(),
        }
    }

    /// The centre of its node, which decides the zones it belongs to.
    pub fn centre(&self) -> Point {
        Point {
            x: self.position.x + NODE_WIDTH / 2.0,
            y: self.position.y + NODE_HEIGHT / 2.0,
        }
    }
}

/// A directed connection along which one component calls another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Stable across edits, saves and links.
    pub id: LinkId,
    /// The caller.
    pub from: ComponentId,
    /// The called.
    pub to: ComponentId,
    /// Relative share of the caller's traffic under weighted policies; 1 unless told; not negative.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// The classes that travel along it; empty means every class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassId>,
    /// Round-trip time in seconds where the user overrides what the zones imply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_seconds: Option<f64>,
    /// Whether what travels along it can be read on its way. Links are encrypted (TLS) unless told; it takes no time that is counted here.
    #[serde(default, skip_serializing_if = "is_off")]
    pub unencrypted: bool,
}

fn is_off(flag: &bool) -> bool {
    !flag
}

impl Link {
    /// An encrypted link that carries every class, with weight 1 and the zones' latency.
    pub fn new(id: LinkId, from: ComponentId, to: ComponentId) -> Self {
        Link {
            id,
            from,
            to,
            weight: 1.0,
            classes: Vec::new(),
            round_trip_seconds: None,
            unencrypted: false,
        }
    }

    /// Whether requests of this class travel along it.
    pub fn carries(&self, class: ClassId) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

fn one() -> f64 {
    1.0
}

fn is_one(weight: &f64) -> bool {
    *weight == 1.0
}
