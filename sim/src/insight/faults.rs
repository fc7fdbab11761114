//! Faults in words. It doesn't know what becomes of requests in them.

use crate::catalog::{Unit, format_number};
use crate::quantities::share;
use crate::scenario::{
    ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, Scenario,
    ZoneFault, ZoneId,
};

/// What goes wrong where, e.g. "1 instance of Replicas killed"; not when.
pub fn fault_words(scenario: &Scenario, fault: &Fault) -> String {
    let name = |id: ComponentId| {
        let component = scenario.component(id);
        component.map_or("?".to_owned(), |component| component.name.clone())
    };
    let zone = |id: ZoneId| {
        let zone = scenario.zone(id);
        zone.map_or("?".to_owned(), |zone| zone.name.clone())
    };
    let link = |id: LinkId| {
        scenario.link(id).map_or("?".to_owned(), |link| {
            format!("{} → {}", name(link.from), name(link.to))
        })
    };
    let times = |factor: f64| format!("{} times", format_number(Unit::None, factor));
    match fault.incident {
        Incident::Component { id, what } => {
            let name = name(id);
            let some = match what.instances() {
                None => name.clone(),
                Some(1) => format!("1 instance of {name}"),
                Some(count) => format!("{count} instances of {name}"),
            };
            match what {
                ComponentFault::Kill { .. } => format!("{some} killed"),
                ComponentFault::Slow { factor, .. } => {
                    format!("{some} slowed, service takes {} as long", times(factor))
                }
                ComponentFault::Flush { .. } => format!("{some} flushed"),
                ComponentFault::LoseMemory { .. } => format!("{some} without memory"),
                ComponentFault::StopReplication => format!("replication of {name} stopped"),
                ComponentFault::ErrorRate { probability } => {
                    format!("{} of the answers of {name} are errors", share(probability))
                }
                ComponentFault::RollingDeploy { restart_seconds } => format!(
                    "instances of {name} restarted in turn, {} each",
                    format_number(Unit::Seconds, restart_seconds)
                ),
                ComponentFault::LeakConnections { per_second } => format!(
                    "{} connections a second leaked by {name}",
                    format_number(Unit::None, per_second)
                ),
                ComponentFault::Poison { probability } => {
                    format!(
                        "{} of the messages in {name} are poison",
                        share(probability)
                    )
                }
                ComponentFault::StaleAddress => {
                    format!("{name} moved, and callers still know its old address")
                }
                ComponentFault::HotKey { share: hot } => {
                    format!("{} of what {name} is asked is one hot key", share(hot))
                }
            }
        }
        Incident::Zone { id, what } => match what {
            ZoneFault::Kill => format!("all of {} killed", zone(id)),
            ZoneFault::Slow { factor } => {
                format!(
                    "all of {} slowed, service takes {} as long",
                    zone(id),
                    times(factor)
                )
            }
            ZoneFault::Partition { from: None } => format!("{} cut off", zone(id)),
            ZoneFault::Partition { from: Some(from) } => {
                format!("{} cut off from {}", zone(id), zone(from))
            }
        },
        Incident::Link { id, what } => match what {
            LinkFault::Drop { probability } => {
                format!("{} loses {} of the calls", link(id), share(probability))
            }
            LinkFault::Delay { seconds } => format!(
                "{} takes {} longer",
                link(id),
                format_number(Unit::Seconds, seconds)
            ),
        },
        Incident::Clients { id, what } => {
            let who = id.map_or("everybody".to_owned(), &name);
            let ClientsFault::Multiply { factor } = what;
            match factor {
                0.0 => format!("no requests from {who}"),
                factor => format!("{} as many requests from {who}", times(factor)),
            }
        }
    }
}
