//! What the faults of a task hit in a design that has no longer what they name: a task is graded whatever was placed. It judges no design.

use super::served::{in_use, stands_for};
use crate::analysis::analyse;
use crate::catalog::{self, Kind};
use crate::insight::fault_words;
use crate::report::Report;
use crate::scenario::{
    Component, ComponentId, Fault, Incident, Link, LinkId, Scenario, Zone, ZoneFault, ZoneId,
};
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// A fault of a task, and what becomes of it in another design.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    /// As the task has it.
    pub given: Fault,
    /// As it happens there; `None` where there is nothing that it could happen to.
    pub now: Option<Fault>,
}

/// What becomes of each of the task's faults in this design: it happens to the part that it names, where requests still get to that; else to one
/// of its kind and name, else to the busiest new one that does the same, else to the busiest of its kind. A link stands for one between the same ends, else for the busiest between two of
/// their kinds; a zone for the busiest of its kind.
pub fn aims(task: &Scenario, now: &Scenario) -> Vec<Aim> {
    let drawn = Drawn {
        task,
        now,
        used: OnceCell::new(),
        report: OnceCell::new(),
    };
    let faults = task.faults.iter();
    faults.map(|fault| drawn.aim(fault)).collect()
}

/// The task's faults as they happen in this design.
pub fn aimed(task: &Scenario, now: &Scenario) -> Vec<Fault> {
    let aims = aims(task, now).into_iter();
    aims.filter_map(|aim| aim.now).collect()
}

/// The same where the design has something else, though nothing but what may have gone with the parts that it happened to, or happens to parts that
/// have been replaced since. Where somebody has added faults or changed them, that stays.
pub fn aimed_anew(task: &Scenario, now: &Scenario) -> Option<Vec<Fault>> {
    let aims = aims(task, now);
    let wanted: Vec<Fault> = aims.iter().filter_map(|aim| aim.now.clone()).collect();
    if wanted == now.faults {
        return None;
    }
    let mut left = now.faults.clone();
    for aim in aims {
        let same = left.iter().position(|own| *own == aim.given);
        let alike = || left.iter().position(|own| is_alike(own, &aim.given));
        if let Some(place) = same.or_else(alike) {
            left.remove(place);
        }
    }
    left.is_empty().then_some(wanted)
}

/// What there is to say of a fault that happens to something else than the task names, or to nothing; `None` where it happens as the task has it.
pub fn aim_words(task: &Scenario, now: &Scenario, aim: &Aim) -> Option<String> {
    let given = fault_words(task, &aim.given);
    let named = match aim.given.incident {
        Incident::Component { id, .. } => {
            let part = task.component(id)?;
            (
                part.name.clone(),
                catalog::specification(part.kind).label.to_lowercase(),
            )
        }
        Incident::Link { id, .. } => {
            let link = task.link(id)?;
            let name = |id: ComponentId| task.component(id).map(|part| part.name.as_str());
            (
                format!("{} → {}", name(link.from)?, name(link.to)?),
                "link between such parts".to_owned(),
            )
        }
        Incident::Zone { id, .. } => {
            let zone = task.zone(id)?;
            let label = catalog::zone_specification(zone.kind).label;
            (zone.name.clone(), label.to_lowercase())
        }
        Incident::Clients { .. } => return None,
    };
    let (name, kind) = named;
    match &aim.now {
        None => Some(format!(
            "“{given}” has nothing to hit: requests in your design get to no {kind}. The rest is graded."
        )),
        Some(fault) if *fault != aim.given => Some(format!(
            "“{given}”: nothing gets to {name} any more, so it is {}, the {kind} that stands in its place or is the busiest.",
            fault_words(now, fault)
        )),
        Some(_) => None,
    }
}

/// Whether two faults differ in their place alone.
fn is_alike(one: &Fault, other: &Fault) -> bool {
    let same = match (&one.incident, &other.incident) {
        (Incident::Component { what, .. }, Incident::Component { what: other, .. }) => {
            what == other
        }
        (Incident::Link { what, .. }, Incident::Link { what: other, .. }) => what == other,
        (Incident::Zone { what, .. }, Incident::Zone { what: other, .. }) => what == other,
        (one, other) => one == other,
    };
    same && one.start_seconds == other.start_seconds
        && one.duration_seconds == other.duration_seconds
}

/// The task's design and the learner's, with what is known of that once somebody asks.
struct Drawn<'a> {
    task: &'a Scenario,
    now: &'a Scenario,
    used: OnceCell<BTreeSet<ComponentId>>,
    report: OnceCell<Report>,
}

impl Drawn<'_> {
    fn aim(&self, fault: &Fault) -> Aim {
        let incident = match fault.incident {
            Incident::Component { id, what } => {
                let named = self.task.component(id);
                let at = |id: ComponentId| Incident::Component { id, what };
                let fits = |part: &Component| {
                    let fault = Fault {
                        incident: at(part.id),
                        ..fault.clone()
                    };
                    fault.is_possible(self.now)
                };
                named.and_then(|named| self.part_for(named, &fits)).map(at)
            }
            Incident::Link { id, what } => {
                let named = self.task.link(id);
                let link = named.and_then(|named| self.link_for(named));
                link.map(|id| Incident::Link { id, what })
            }
            Incident::Zone { id, what } => self.zone_for(id).and_then(|id| {
                let what = match what {
                    ZoneFault::Partition { from: Some(from) } => ZoneFault::Partition {
                        from: Some(self.zone_for(from).filter(|from| *from != id)?),
                    },
                    what => what,
                };
                Some(Incident::Zone { id, what })
            }),
            // Who sends what is no part of a design.
            incident @ Incident::Clients { .. } => Some(incident),
        };
        let now = incident.map(|incident| Fault {
            incident,
            ..fault.clone()
        });
        Aim {
            given: fault.clone(),
            now: now.filter(|now| now.has_its_place(self.now)),
        }
    }

    fn is_used(&self, id: ComponentId) -> bool {
        self.used.get_or_init(|| in_use(self.now)).contains(&id)
    }

    fn report(&self) -> &Report {
        self.report.get_or_init(|| analyse(self.now).report)
    }

    /// How busy a part is: what it is asked for over what it can do, and where nothing limits it how often it is asked.
    fn load(&self, id: ComponentId) -> (f64, f64) {
        let parts = self.report().components.iter();
        let mut own = parts.filter(|part| part.component == id);
        own.next().map_or((0.0, 0.0), |part| {
            (part.asked.unwrap_or(0.0), part.arrival.0)
        })
    }

    fn part_for(
        &self,
        named: &Component,
        fits: &dyn Fn(&Component) -> bool,
    ) -> Option<ComponentId> {
        let stands =
            |part: &Component| part.kind == named.kind && self.is_used(part.id) && fits(part);
        if let Some(own) = self.now.component(named.id).filter(|part| stands(part)) {
            return Some(own.id);
        }
        let all = || self.now.components.iter().filter(|part| stands(part));
        let heir = all().find(|part| part.name.eq_ignore_ascii_case(&named.name));
        let heir = heir.or_else(|| {
            let new = all().filter(|part| stands_for(self.task, named, part));
            self.busiest(new).or_else(|| self.busiest(all()))
        });
        heir.map(|part| part.id)
    }

    /// Of two that are as busy, the one that was drawn first.
    fn busiest<'a>(&self, parts: impl Iterator<Item = &'a Component>) -> Option<&'a Component> {
        parts.max_by(|one, other| {
            let (own, others) = (self.load(one.id), self.load(other.id));
            let busier = own.0.total_cmp(&others.0).then(own.1.total_cmp(&others.1));
            busier.then(other.id.cmp(&one.id))
        })
    }

    fn link_for(&self, named: &Link) -> Option<LinkId> {
        let links = || self.now.links.iter();
        let same_ends = |link: &&Link| link.from == named.from && link.to == named.to;
        if let Some(own) = links().filter(same_ends).find(|link| link.id == named.id) {
            return Some(own.id);
        }
        if let Some(own) = links().find(same_ends) {
            return Some(own.id);
        }
        let kind = |scenario: &Scenario, id: ComponentId| -> Option<Kind> {
            scenario.component(id).map(|part| part.kind)
        };
        let kinds = |scenario: &Scenario, link: &Link| {
            Some((kind(scenario, link.from)?, kind(scenario, link.to)?))
        };
        let wanted = kinds(self.task, named)?;
        let rate = |link: &Link| {
            let rates = self.report().links.iter();
            let rates = rates.filter(|own| own.link == link.id);
            rates.map(|own| own.rate.0).fold(0.0, f64::max)
        };
        let alike = links().filter(|link| kinds(self.now, link) == Some(wanted));
        let used = alike.map(|link| (rate(link), link.id));
        let used = used.filter(|(rate, _)| *rate > 0.0);
        used.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)))
            .map(|(_, id)| id)
    }

    fn zone_for(&self, id: ZoneId) -> Option<ZoneId> {
        let named = self.task.zone(id)?;
        if self.now.zone(id).is_some_and(|own| own.kind == named.kind) {
            return Some(id);
        }
        let calls = |zone: &Zone| {
            let parts = self.now.components.iter().filter(|part| {
                let zones = self.now.zones_of(part);
                zones.iter().any(|own| own.id == zone.id)
            });
            parts
                .map(|part| self.load(part.id).1)
                .fold(0.0, |sum, own| sum + own)
        };
        let alike = self.now.zones.iter().filter(|zone| zone.kind == named.kind);
        let weighed = alike.map(|zone| (calls(zone), zone.id));
        weighed
            .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)))
            .map(|(_, id)| id)
    }
}
