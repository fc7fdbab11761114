//! The document's faults, with zones resolved to the components and links that they touch: what the event simulation is to do, and
//! when. It doesn't know how it is done.

use crate::catalog::Kind;
use crate::scenario::{
    ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, Scenario, Zone,
    ZoneFault, ZoneId,
};
use crate::units::Seconds;

/// One fault as the simulation runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Disturbance {
    /// Its place in the document's list, from 0.
    pub fault: usize,
    /// What the document says of it: by this it is known when the document is edited while a run goes on.
    pub incident: Incident,
    /// When it begins, from the beginning of the run.
    pub start: Seconds,
    /// When it is mended; `None` when it isn't, or when that is for the simulation to find.
    pub end: Option<Seconds>,
    /// What it does.
    pub effect: Effect,
}

/// What a fault does. Components that nobody reaches and links that carry nothing are listed as well; nothing happens to them.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Instances stop with all that they do.
    Kill {
        /// Of which components.
        components: Vec<ComponentId>,
        /// How many of each; `None` is all.
        instances: Option<u32>,
    },
    /// Service takes so many times as long.
    Slow {
        /// In which components.
        components: Vec<ComponentId>,
        /// Times the usual; above 0.
        factor: f64,
        /// At how many instances of each; `None` is all.
        instances: Option<u32>,
    },
    /// Keys are forgotten.
    Forget {
        /// Whose.
        component: ComponentId,
        /// By how many instances; `None` is all.
        instances: Option<u32>,
        /// Whether no key is kept until the end either.
        keeps_none: bool,
    },
    /// Replicas learn nothing new.
    StopReplication {
        /// Whose, or of whom.
        component: ComponentId,
    },
    /// Requests that reach it are answered with an error.
    Errors {
        /// Which.
        component: ComponentId,
        /// Share of requests, 0 to 1.
        probability: f64,
    },
    /// Instances are away for a while, one after the other.
    Deploy {
        /// Whose.
        component: ComponentId,
        /// How long each is, apart from its boot time.
        restart: Seconds,
    },
    /// Calls are lost on their way.
    Drop {
        /// Along which links, and who is called there.
        links: Vec<(LinkId, ComponentId)>,
        /// Share of the calls, 0 to 1.
        probability: f64,
    },
    /// Calls take longer on their way.
    Delay {
        /// Along which links.
        links: Vec<LinkId>,
        /// On top of the round trip.
        added: Seconds,
    },
    /// Servers of a pool are taken one after the other.
    Leak {
        /// Whose.
        component: ComponentId,
        /// From one to the next.
        every: Seconds,
    },
    /// Messages that come meanwhile can't be worked off.
    Poison {
        /// In which queue.
        component: ComponentId,
        /// Share of the messages, 0 to 1.
        probability: f64,
    },
    /// Calls go to an address where nobody is, by a share that falls evenly from 1 to 0 until the end.
    Stale {
        /// Along which links, and who is called there.
        links: Vec<(LinkId, ComponentId)>,
    },
    /// One key is asked for by a share of the requests.
    HotKey {
        /// Of whom.
        component: ComponentId,
        /// Share of the requests, 0 to 1.
        share: f64,
    },
    /// Clients send so many times as much.
    Traffic {
        /// Which populations.
        clients: Vec<ComponentId>,
        /// Times the usual; not negative.
        factor: f64,
    },
}

impl Disturbance {
    /// Whether its end is for the simulation to find.
    pub fn ends_by_itself(&self) -> bool {
        matches!(&self.incident, Incident::Component { what, .. } if what.ends_by_itself())
    }

    /// Whether it lasts at this moment (seconds from the beginning of the run), as far as the document says.
    pub fn lasts_at(&self, now: f64) -> bool {
        let ends_later = match self.end {
            Some(end) => end.0 > now,
            None => !self.ends_by_itself(),
        };
        self.start.0 <= now && ends_later
    }
}

/// The document's faults in its order; those whose place isn't there are left out, and numbers that are none count as no fault at all.
pub(super) fn lower(scenario: &Scenario) -> Vec<Disturbance> {
    let lowered = scenario
        .faults
        .iter()
        .enumerate()
        .filter_map(|(place, fault)| {
            let start = fault.start_seconds;
            let sound = start >= 0.0
                && start.is_finite()
                && fault.duration_seconds.is_none_or(|span| span >= 0.0);
            (sound && fault.has_its_place(scenario)).then(|| Disturbance {
                fault: place,
                incident: fault.incident,
                start: Seconds(start),
                end: fault.end_seconds().map(Seconds),
                effect: effect(scenario, fault),
            })
        });
    lowered.collect()
}

fn effect(scenario: &Scenario, fault: &Fault) -> Effect {
    match fault.incident {
        Incident::Component { id, what } => of_component(scenario, id, what),
        Incident::Zone { id, what } => match what {
            ZoneFault::Kill => Effect::Kill {
                components: inside(scenario, id),
                instances: None,
            },
            ZoneFault::Slow { factor } => Effect::Slow {
                components: inside(scenario, id),
                factor: sound_factor(factor),
                instances: None,
            },
            ZoneFault::Partition { from } => Effect::Drop {
                links: crossing(scenario, id, from),
                probability: 1.0,
            },
        },
        Incident::Link { id, what } => match what {
            LinkFault::Drop { probability } => Effect::Drop {
                links: scenario
                    .link(id)
                    .map(|link| (id, link.to))
                    .into_iter()
                    .collect(),
                probability: share(probability),
            },
            LinkFault::Delay { seconds } => Effect::Delay {
                links: vec![id],
                added: Seconds(if seconds > 0.0 { seconds } else { 0.0 }),
            },
        },
        Incident::Clients { id, what } => {
            let ClientsFault::Multiply { factor } = what;
            let clients = scenario
                .components
                .iter()
                .filter(|component| component.kind == Kind::Clients)
                .map(|component| component.id)
                .filter(|clients| id.is_none_or(|id| id == *clients));
            Effect::Traffic {
                clients: clients.collect(),
                factor: if factor >= 0.0 { factor } else { 1.0 },
            }
        }
    }
}

fn of_component(scenario: &Scenario, component: ComponentId, what: ComponentFault) -> Effect {
    match what {
        ComponentFault::Kill { instances } => Effect::Kill {
            components: vec![component],
            instances,
        },
        ComponentFault::Slow { factor, instances } => Effect::Slow {
            components: vec![component],
            factor: sound_factor(factor),
            instances,
        },
        ComponentFault::Flush { instances } => Effect::Forget {
            component,
            instances,
            keeps_none: false,
        },
        ComponentFault::LoseMemory { instances } => Effect::Forget {
            component,
            instances,
            keeps_none: true,
        },
        ComponentFault::StopReplication => Effect::StopReplication { component },
        ComponentFault::ErrorRate { probability } => Effect::Errors {
            component,
            probability: share(probability),
        },
        ComponentFault::RollingDeploy { restart_seconds } => Effect::Deploy {
            component,
            restart: Seconds(if restart_seconds > 0.0 {
                restart_seconds
            } else {
                0.0
            }),
        },
        ComponentFault::LeakConnections { per_second } => Effect::Leak {
            component,
            every: Seconds(if per_second > 0.0 {
                1.0 / per_second
            } else {
                f64::INFINITY
            }),
        },
        ComponentFault::Poison { probability } => Effect::Poison {
            component,
            probability: share(probability),
        },
        ComponentFault::StaleAddress => {
            let links = scenario.links.iter();
            let called = links.filter(|link| link.to == component);
            Effect::Stale {
                links: called.map(|link| (link.id, component)).collect(),
            }
        }
        ComponentFault::HotKey { share } => Effect::HotKey {
            component,
            share: self::share(share),
        },
    }
}

fn sound_factor(factor: f64) -> f64 {
    if factor > 0.0 && factor.is_finite() {
        factor
    } else {
        1.0
    }
}

fn share(probability: f64) -> f64 {
    super::lower::share(probability)
}

/// The components inside a zone; clients, who are drawn there and not run there, aren't among them.
fn inside(scenario: &Scenario, id: ZoneId) -> Vec<ComponentId> {
    let Some(zone) = scenario.zone(id) else {
        return Vec::new();
    };
    scenario
        .components
        .iter()
        .filter(|component| component.kind != Kind::Clients)
        .filter(|component| zone.rectangle.contains(component.centre()))
        .map(|component| component.id)
        .collect()
}

/// The links of which one end lies in the zone and the other beyond it, or in that other zone alone.
fn crossing(scenario: &Scenario, id: ZoneId, from: Option<ZoneId>) -> Vec<(LinkId, ComponentId)> {
    let here = scenario.zone(id);
    let there = from.and_then(|from| scenario.zone(from));
    let lies = |zone: Option<&Zone>, component: ComponentId| {
        zone.is_some_and(|zone| {
            scenario
                .component(component)
                .is_some_and(|component| zone.rectangle.contains(component.centre()))
        })
    };
    let crosses = |one: ComponentId, other: ComponentId| {
        let (one_here, other_here) = (lies(here, one), lies(here, other));
        match there {
            None => one_here != other_here,
            // What lies in both zones is parted from neither.
            Some(_) => one_here && !other_here && lies(there, other) && !lies(there, one),
        }
    };
    scenario
        .links
        .iter()
        .filter(|link| crosses(link.from, link.to) || crosses(link.to, link.from))
        .map(|link| (link.id, link.to))
        .collect()
}
