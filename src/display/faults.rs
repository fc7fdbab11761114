//! What can be broken on the drawing, as buttons to press: faults that begin now and end by themselves after a while. It breaks nothing.

use crate::editor::Item;
use loadscape_sim::catalog::Parameter;
use loadscape_sim::scenario::{
    ClientsFault, ComponentFault, Fault, Incident, LinkFault, Scenario, ZoneFault,
};

/// How long a fault lasts that nobody has said more about, seconds.
const USUAL_SECONDS: f64 = 30.0;

/// Something to press.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What it does, for the button.
    pub label: &'static str,
    /// The fault, beginning at the moment that was asked for.
    pub fault: Fault,
}

/// What can go wrong there; of the whole drawing (`None`), with everybody who sends. Begins at this moment of the run, in seconds.
pub fn offers(scenario: &Scenario, place: Option<Item>, start_seconds: f64) -> Vec<Offer> {
    let offer = |label, incident| Offer {
        label,
        fault: Fault {
            start_seconds,
            duration_seconds: Some(USUAL_SECONDS),
            incident,
        },
    };
    let all = match place {
        Some(Item::Component(id)) => {
            let several = scenario.component(id).is_some_and(|component| {
                component.number(Parameter::Instances) > 1.0
                    || component.flag(Parameter::Autoscaling)
            });
            let one = several.then_some(1);
            let fault = |label, what| offer(label, Incident::Component { id, what });
            let clients = |label, factor| {
                let what = ClientsFault::Multiply { factor };
                offer(label, Incident::Clients { id: Some(id), what })
            };
            let mut all = Vec::new();
            if several {
                all.push(fault(
                    "Kill one instance",
                    ComponentFault::Kill { instances: one },
                ));
            }
            all.extend([
                fault("Kill it", ComponentFault::Kill { instances: None }),
                fault(
                    "Make it five times slower",
                    ComponentFault::Slow {
                        factor: 5.0,
                        instances: None,
                    },
                ),
            ]);
            if several {
                all.push(fault(
                    "Make one instance five times slower",
                    ComponentFault::Slow {
                        factor: 5.0,
                        instances: one,
                    },
                ));
            }
            all.extend([
                fault(
                    "Let half fail with an error",
                    ComponentFault::ErrorRate { probability: 0.5 },
                ),
                fault("Forget all keys", ComponentFault::Flush { instances: None }),
                fault(
                    "Remember nothing",
                    ComponentFault::LoseMemory { instances: None },
                ),
                fault("Stop replication", ComponentFault::StopReplication),
                fault(
                    "Restart one instance after the other",
                    ComponentFault::RollingDeploy {
                        restart_seconds: 5.0,
                    },
                ),
                fault(
                    "Leak ten connections a second",
                    ComponentFault::LeakConnections { per_second: 10.0 },
                ),
                fault(
                    "Poison a message in ten",
                    ComponentFault::Poison { probability: 0.1 },
                ),
                fault(
                    "Ask it for one key half of the time",
                    ComponentFault::HotKey { share: 0.5 },
                ),
                fault(
                    "Move it; callers learn slowly",
                    ComponentFault::StaleAddress,
                ),
                clients("Send three times as much", 3.0),
                clients("Send nothing", 0.0),
            ]);
            all
        }
        Some(Item::Link(id)) => {
            let fault = |label, what| offer(label, Incident::Link { id, what });
            vec![
                fault("Cut it", LinkFault::Drop { probability: 1.0 }),
                fault(
                    "Lose one call in twenty",
                    LinkFault::Drop { probability: 0.05 },
                ),
                fault("Take 200 ms longer", LinkFault::Delay { seconds: 0.2 }),
            ]
        }
        Some(Item::Zone(id)) => {
            let fault = |label, what| offer(label, Incident::Zone { id, what });
            vec![
                fault("Kill all inside", ZoneFault::Kill),
                fault(
                    "Make all inside five times slower",
                    ZoneFault::Slow { factor: 5.0 },
                ),
                fault("Cut it off", ZoneFault::Partition { from: None }),
            ]
        }
        None => vec![offer(
            "Three times the traffic",
            Incident::Clients {
                id: None,
                what: ClientsFault::Multiply { factor: 3.0 },
            },
        )],
    };
    all.into_iter()
        .map(without_a_needless_end)
        .filter(|offer| offer.fault.can_happen(scenario))
        .collect()
}

fn without_a_needless_end(mut offer: Offer) -> Offer {
    if ends_by_itself(&offer.fault) {
        offer.fault.duration_seconds = None;
    }
    offer
}

/// Whether how long it lasts isn't for the document to say.
pub fn ends_by_itself(fault: &Fault) -> bool {
    matches!(&fault.incident, Incident::Component { what, .. } if what.ends_by_itself())
}

/// Whether a fault happens there; everything happens in the whole drawing.
pub fn is_of(fault: &Fault, place: Option<Item>) -> bool {
    match place {
        None => true,
        Some(Item::Component(id)) => fault.speaks_of_component(id),
        Some(Item::Link(id)) => fault.speaks_of_link(id),
        Some(Item::Zone(id)) => fault.speaks_of_zone(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::builtin::{builtin, named};
    use loadscape_sim::catalog::Kind;
    use loadscape_sim::network::compile;
    use loadscape_sim::scenario::{Severity, read, validate};

    #[test]
    fn every_offer_is_a_fault_that_the_document_takes_and_that_does_something() {
        let mut seen = std::collections::BTreeSet::new();
        for stage in builtin() {
            let scenario = read(stage.text()).scenario.unwrap();
            let parts = scenario
                .components
                .iter()
                .map(|part| Some(Item::Component(part.id)));
            let links = scenario.links.iter().map(|link| Some(Item::Link(link.id)));
            let zones = scenario.zones.iter().map(|zone| Some(Item::Zone(zone.id)));
            for place in parts.chain(links).chain(zones).chain([None]) {
                let offers = offers(&scenario, place, 12.0);
                assert!(!offers.is_empty(), "{place:?} of {}", stage.name);
                for offer in offers {
                    assert!(is_of(&offer.fault, place));
                    let mut broken = scenario.clone();
                    broken.faults = vec![offer.fault];
                    let problems = validate(&broken);
                    assert!(
                        !problems
                            .iter()
                            .any(|problem| problem.severity == Severity::Error),
                        "{}: {problems:?}",
                        offer.label
                    );
                    assert_eq!(compile(&broken).disturbances.len(), 1, "{}", offer.label);
                    seen.insert(offer.label);
                }
            }
        }
        assert!(seen.len() >= 14, "{seen:?}");
    }

    #[test]
    fn only_what_can_happen_is_offered() {
        let scenario = read(named("stage-5").unwrap().text()).scenario.unwrap();
        let labels = |kind: Kind| -> Vec<&str> {
            let part = scenario
                .components
                .iter()
                .find(|part| part.kind == kind)
                .unwrap();
            offers(&scenario, Some(Item::Component(part.id)), 0.0)
                .into_iter()
                .map(|offer| offer.label)
                .collect()
        };
        assert_eq!(
            labels(Kind::Clients),
            ["Send three times as much", "Send nothing"]
        );
        let service = labels(Kind::Service);
        assert!(
            service.contains(&"Kill one instance") && !service.contains(&"Forget all keys"),
            "{service:?}"
        );
    }
}
