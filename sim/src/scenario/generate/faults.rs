//! Faults made up from a seed, on top of a scenario that was made up before; it knows nothing of what they do.

use super::{Generator, Random, generate};
use crate::catalog::Kind;
use crate::scenario::validate::impossible_fault;
use crate::scenario::{
    ClientsFault, ComponentFault, ComponentId, Fault, Incident, LinkFault, RunSettings, Scenario,
    ZoneFault,
};
use std::collections::BTreeSet;

/// The scenario of [`generate`] with settings of the run, up to a dozen faults anywhere and of every kind, and protected calls on top.
/// From 3 components on [`validate`](crate::scenario::validate()) has nothing to say about it.
pub fn generate_with_faults(seed: u64, components: usize) -> Scenario {
    let mut scenario = generate(seed, components);
    let mut generator = Generator {
        random: Random(seed ^ 0x6661_756c_7473),
        late: Random(0),
        linked: BTreeSet::new(),
    };
    generator.faults(&mut scenario);
    generator.protection(&mut scenario);
    scenario
}

impl Generator {
    fn faults(&mut self, scenario: &mut Scenario) {
        if self.random.chance(0.7) {
            scenario.run = RunSettings {
                seed: self.random.bits() >> self.random.below(64),
                duration_seconds: self
                    .random
                    .chance(0.7)
                    .then(|| self.between(10.0, 1e6).max(10.0)),
            };
        }
        let end = scenario.run.duration_seconds.unwrap_or(1000.0);
        for _ in 0..self.random.below(12) {
            let Some(incident) = self.incident(scenario) else {
                continue;
            };
            let ends_by_itself =
                matches!(&incident, Incident::Component { what, .. } if what.ends_by_itself());
            let lasts = !ends_by_itself && self.random.chance(0.8);
            scenario.faults.push(Fault {
                start_seconds: self.between(0.0, end * 0.9),
                duration_seconds: lasts.then(|| self.between(1e-3, end)),
                incident,
            });
        }
    }

    fn incident(&mut self, scenario: &Scenario) -> Option<Incident> {
        let zone = self.random.pick(&scenario.zones).map(|zone| zone.id);
        Some(match self.random.below(6) {
            0 => Incident::Link {
                id: self.random.pick(&scenario.links)?.id,
                what: if self.random.chance(0.5) {
                    LinkFault::Drop {
                        probability: self.random.unit(),
                    }
                } else {
                    LinkFault::Delay {
                        seconds: self.between(0.0, 2.0),
                    }
                },
            },
            1 => Incident::Zone {
                id: zone?,
                what: match self.random.below(3) {
                    0 => ZoneFault::Kill,
                    1 => ZoneFault::Slow {
                        factor: self.between(1.0, 100.0),
                    },
                    _ => {
                        let other = self.random.pick(&scenario.zones).map(|zone| zone.id);
                        ZoneFault::Partition {
                            from: other.filter(|other| Some(*other) != zone),
                        }
                    }
                },
            },
            2 => {
                let clients: Vec<ComponentId> = scenario
                    .components
                    .iter()
                    .filter(|component| component.kind == Kind::Clients)
                    .map(|component| component.id)
                    .collect();
                let id = self.random.pick(&clients).copied();
                Incident::Clients {
                    id: id.filter(|_| self.random.chance(0.5)),
                    what: ClientsFault::Multiply {
                        factor: self.between(0.0, 10.0),
                    },
                }
            }
            _ => {
                let component = self.random.pick(&scenario.components)?;
                let what = self.component_fault();
                if impossible_fault(scenario, component, &what).is_some() {
                    return None;
                }
                Incident::Component {
                    id: component.id,
                    what,
                }
            }
        })
    }

    fn component_fault(&mut self) -> ComponentFault {
        let instances = self.random.chance(0.5).then_some(1);
        match self.random.below(11) {
            0 => ComponentFault::Kill { instances },
            1 => ComponentFault::Slow {
                factor: self.between(0.5, 100.0),
                instances,
            },
            2 => ComponentFault::Flush { instances },
            3 => ComponentFault::LoseMemory { instances },
            4 => ComponentFault::StopReplication,
            5 => ComponentFault::ErrorRate {
                probability: self.random.unit(),
            },
            6 => ComponentFault::LeakConnections {
                per_second: self.between(0.01, 100.0),
            },
            7 => ComponentFault::Poison {
                probability: self.random.unit(),
            },
            8 => ComponentFault::StaleAddress,
            9 => ComponentFault::HotKey {
                share: self.random.unit(),
            },
            _ => ComponentFault::RollingDeploy {
                restart_seconds: self.between(0.1, 60.0),
            },
        }
    }
}
