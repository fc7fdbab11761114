//! Faults and the settings of a run: what goes wrong when, where and for how long, as data; what it does to requests is the event
//! simulation's to say.

use super::{ComponentId, LinkId, Scenario, ZoneId};
use serde::{Deserialize, Serialize};

/// How the document wants to be simulated, where whoever starts the run doesn't say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    /// The seed of the random streams.
    pub seed: u64,
    /// Simulated time in seconds; `None` lets the load and the faults decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
}

impl Default for RunSettings {
    fn default() -> Self {
        RunSettings {
            seed: 1,
            duration_seconds: None,
        }
    }
}

impl RunSettings {
    /// Whether nobody has set anything, so that files and links needn't have it.
    pub fn is_default(&self) -> bool {
        *self == RunSettings::default()
    }
}

/// Something that goes wrong in a run, and is mended after a while or never.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Seconds from the beginning of the run.
    pub start_seconds: f64,
    /// Seconds until it is mended; `None` is never. A flush is over at once and a deploy when its last instance is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Where, and what.
    #[serde(flatten)]
    pub incident: Incident,
}

/// Where something goes wrong, with what can go wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incident {
    /// In one component.
    Component {
        /// Which.
        id: ComponentId,
        /// What.
        what: ComponentFault,
    },
    /// In everything inside a zone, or at its border.
    Zone {
        /// Which.
        id: ZoneId,
        /// What.
        what: ZoneFault,
    },
    /// On the way between two components.
    Link {
        /// Which.
        id: LinkId,
        /// What.
        what: LinkFault,
    },
    /// With those who send requests.
    Clients {
        /// Which population; `None` is every one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ComponentId>,
        /// What.
        what: ClientsFault,
    },
}

/// What can go wrong in a component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentFault {
    /// Instances stop at once with all that they were doing; they come back empty.
    Kill {
        /// How many; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instances: Option<u32>,
    },
    /// Everything takes longer, though nothing fails.
    Slow {
        /// Times the usual service time, above 0.
        factor: f64,
        /// How many instances are slow; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instances: Option<u32>,
    },
    /// All keys are forgotten, once; new ones are kept at once.
    Flush {
        /// How many instances forget theirs; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instances: Option<u32>,
    },
    /// All keys are forgotten and none is kept until it is mended, though instances answer.
    LoseMemory {
        /// How many instances lose theirs; `None` is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instances: Option<u32>,
    },
    /// Replicas learn nothing new.
    StopReplication,
    /// Requests are answered with an error.
    ErrorRate {
        /// Share of requests, 0 to 1.
        probability: f64,
    },
    /// Instances are stopped and started again, one after the other.
    RollingDeploy {
        /// Seconds that each is away, apart from what the component takes to boot.
        restart_seconds: f64,
    },
    /// Connections (where it has none, threads) are taken one after the other and not given back before it is mended.
    LeakConnections {
        /// How many a second, all instances together; above 0.
        per_second: f64,
    },
    /// Some of the messages that come meanwhile can't be worked off, however often they are handed out.
    Poison {
        /// Share of the messages, 0 to 1.
        probability: f64,
    },
    /// It has moved to another address, and callers' resolvers forget the old one, where nobody answers, evenly over the duration.
    StaleAddress,
    /// A share of what is asked of it is for one and the same key, and goes to the instance that has it.
    HotKey {
        /// Share of the requests, 0 to 1.
        share: f64,
    },
}

/// What can go wrong in or around a zone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneFault {
    /// Every component inside stops with all its instances.
    Kill,
    /// Every component inside takes longer.
    Slow {
        /// Times the usual service time, above 0.
        factor: f64,
    },
    /// No call crosses the border.
    Partition {
        /// The zone on the other side; `None` is everything outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ZoneId>,
    },
}

/// What can go wrong on a link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkFault {
    /// Calls are lost on the way.
    Drop {
        /// Share of calls, 0 to 1.
        probability: f64,
    },
    /// Calls take longer on the way.
    Delay {
        /// Seconds on top of the round trip.
        seconds: f64,
    },
}

/// What can go wrong with clients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientsFault {
    /// They send more, or less.
    Multiply {
        /// Times the usual rate, or the usual number of users; not negative.
        factor: f64,
    },
}

impl ComponentFault {
    /// The names under which files have them, in the order of their codes in share links, which start at 0.
    pub const NAMES: [&'static str; 11] = [
        "kill",
        "slow",
        "flush",
        "lose_memory",
        "stop_replication",
        "error_rate",
        "rolling_deploy",
        "leak_connections",
        "poison",
        "stale_address",
        "hot_key",
    ];

    /// How many instances it is about, where somebody said so.
    pub fn instances(&self) -> Option<u32> {
        match self {
            ComponentFault::Kill { instances }
            | ComponentFault::Slow { instances, .. }
            | ComponentFault::Flush { instances }
            | ComponentFault::LoseMemory { instances } => *instances,
            _ => None,
        }
    }

    /// Whether it ends by itself, so that a duration has no effect.
    pub fn ends_by_itself(&self) -> bool {
        matches!(
            self,
            ComponentFault::Flush { .. } | ComponentFault::RollingDeploy { .. }
        )
    }
}

impl ZoneFault {
    /// See [`ComponentFault::NAMES`].
    pub const NAMES: [&'static str; 3] = ["kill", "slow", "partition"];
}

impl LinkFault {
    /// See [`ComponentFault::NAMES`].
    pub const NAMES: [&'static str; 2] = ["drop", "delay"];
}

impl ClientsFault {
    /// See [`ComponentFault::NAMES`].
    pub const NAMES: [&'static str; 1] = ["multiply"];
}

impl Fault {
    /// When it is mended, in seconds from the beginning; `None` when it is never, or when that isn't for the document to say.
    pub fn end_seconds(&self) -> Option<f64> {
        if let Incident::Component { what, .. } = &self.incident
            && what.ends_by_itself()
        {
            return None;
        }
        self.duration_seconds
            .map(|duration| self.start_seconds + duration)
    }

    /// Whether it can't be without this component.
    pub fn speaks_of_component(&self, component: ComponentId) -> bool {
        match &self.incident {
            Incident::Component { id, .. } => *id == component,
            Incident::Clients { id, .. } => *id == Some(component),
            Incident::Zone { .. } | Incident::Link { .. } => false,
        }
    }

    /// Whether it can't be without this link.
    pub fn speaks_of_link(&self, link: LinkId) -> bool {
        matches!(&self.incident, Incident::Link { id, .. } if *id == link)
    }

    /// Whether it can't be without this zone.
    pub fn speaks_of_zone(&self, zone: ZoneId) -> bool {
        match &self.incident {
            Incident::Zone { id, what } => {
                *id == zone
                    || matches!(what, ZoneFault::Partition { from: Some(other) } if *other == zone)
            }
            _ => false,
        }
    }

    /// Whether everything that it speaks of is in the document.
    pub fn has_its_place(&self, scenario: &Scenario) -> bool {
        let zone = |id: ZoneId| scenario.zones.iter().any(|zone| zone.id == id);
        match &self.incident {
            Incident::Component { id, .. } | Incident::Clients { id: Some(id), .. } => {
                scenario.component(*id).is_some()
            }
            Incident::Clients { id: None, .. } => true,
            Incident::Link { id, .. } => scenario.link(*id).is_some(),
            Incident::Zone {
                id,
                what: ZoneFault::Partition { from: Some(from) },
            } => zone(*id) && zone(*from),
            Incident::Zone { id, .. } => zone(*id),
        }
    }
}
