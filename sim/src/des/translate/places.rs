//! The places of stations, stores, rules and streams in the simulation's tables, each by the name that it keeps. It knows no operations.

use super::super::program::{Cause, DeliverySpec, NONE, RuleSpec, StationSpec};
use super::super::random::Purpose;
use super::super::shedding::Patience;
use super::Writer;
use crate::network::{Log, Role, StationId, Step, StepId, Store};
use crate::report::LossCause;
use crate::scenario::ComponentId;
use crate::units::Seconds;
use std::collections::BTreeMap;

impl Writer<'_> {
    pub(super) fn place_stations(&mut self) {
        let mut ordinals: BTreeMap<(ComponentId, Role), u32> = BTreeMap::new();
        for station in &self.network.stations {
            let ordinal = ordinals
                .entry((station.component, station.role))
                .or_default();
            let place = self
                .registry
                .stations
                .place((station.component, station.role, *ordinal));
            *ordinal += 1;
            let why = if station.role == Role::RateLimit {
                LossCause::RateLimited
            } else {
                LossCause::QueueFull
            };
            let refusal = self.registry.causes.place(Cause {
                component: Some(station.component),
                why,
            });
            let id = StationId(self.blueprint.station_places.len() as u32);
            let patience = self.patience(id, station.component);
            self.blueprint.station_places.push(place);
            self.blueprint.stations.push((
                place,
                StationSpec {
                    component: station.component,
                    instances: station.instances,
                    servers: station.servers,
                    capacity: station.capacity,
                    discipline: station.discipline,
                    dispatch: station.dispatch.clone(),
                    copies: self.copies(id),
                    refusal,
                    patience,
                    waits_elsewhere: station.waits_at.is_some(),
                },
            ));
        }
        let mut ordinals: BTreeMap<ComponentId, u32> = BTreeMap::new();
        for store in &self.network.stores {
            let ordinal = ordinals.entry(store.component).or_default();
            let place = self.registry.stores.place((store.component, *ordinal));
            *ordinal += 1;
            self.blueprint.store_places.push(place);
            // Its classes by their places.
            let mut keys = vec![None; self.registry.classes.len()];
            for (own, class) in store.keys.iter().zip(&self.blueprint.class_places) {
                keys[*class as usize] = *own;
            }
            let store = Store {
                keys,
                ..store.clone()
            };
            self.blueprint.stores.push((place, store));
        }
        for log in &self.network.logs {
            let place = self.registry.logs.place(log.primary);
            for replica in 0..log.replicas.len() as u32 {
                self.registry.replicas.place((log.primary, replica));
            }
            let mut keys = vec![None; self.registry.classes.len()];
            for (own, class) in log.keys.iter().zip(&self.blueprint.class_places) {
                keys[*class as usize] = *own;
            }
            let log = Log {
                keys,
                ..log.clone()
            };
            self.blueprint.logs.push((place, log));
        }
        self.place_quorums();
        self.place_originals();
    }

    /// On how many of its instances each key of a station lies.
    fn copies(&self, station: StationId) -> u32 {
        let mut replicated = self.network.replicated.iter();
        let known = replicated.find(|known| known.station == station);
        known.map_or(1, |known| known.copies)
    }

    fn patience(&mut self, station: StationId, component: ComponentId) -> Option<Patience> {
        let shedding = &self.network.shedding;
        let rule = shedding.iter().find(|rule| rule.station == station)?;
        let mut cause = |why| {
            self.registry.causes.place(Cause {
                component: Some(component),
                why,
            })
        };
        let late = cause(LossCause::QueueTimedOut);
        let shed = cause(LossCause::Shed);
        Some(Patience::new(*rule, late, shed))
    }

    /// Gives every step that draws numbers its sampler or stream, in the order of its owner's steps.
    pub(super) fn place_draws(&mut self) {
        let mut deliveries: BTreeMap<ComponentId, u32> = BTreeMap::new();
        let mut ordinals: BTreeMap<(ComponentId, Purpose), u32> = BTreeMap::new();
        let mut next = |component: ComponentId, purpose: Purpose| {
            let ordinal = ordinals.entry((component, purpose)).or_default();
            *ordinal += 1;
            *ordinal - 1
        };
        for (index, step) in self.network.steps.iter().enumerate() {
            if self.parents[index] == 0 {
                continue;
            }
            let owner = self.owners[index];
            let (place, distribution) = match step {
                Step::Serve { station, time } => (self.network.station(*station).component, time),
                Step::Delay { component, time } => (*component, time),
                Step::Branch(_) | Step::Repeat { .. } => {
                    self.choice(index, owner, Purpose::Choice, &mut next);
                    continue;
                }
                Step::Fail { component, .. } => {
                    self.choice(index, *component, Purpose::Choice, &mut next);
                    continue;
                }
                Step::Attempt { rule, .. } => {
                    let ordinal = self.choice(index, owner, Purpose::Backoff, &mut next);
                    let place = self.registry.rules.place((owner, ordinal));
                    self.rules[index] = place;
                    // Whose answer doesn't come in time, as the solver books it.
                    let component = self.network.called(StepId(index as u32));
                    let cause = self.registry.causes.place(Cause {
                        component,
                        why: LossCause::TimedOut,
                    });
                    let stopped = match rule.breaker {
                        None => NONE,
                        Some(_) => self.registry.causes.place(Cause {
                            component,
                            why: LossCause::BreakerOpen,
                        }),
                    };
                    let seconds = |span: Option<Seconds>| span.map_or(f64::INFINITY, |span| span.0);
                    self.blueprint.rules.push((
                        place,
                        RuleSpec {
                            link: rule.link,
                            component: owner,
                            timeout: seconds(rule.timeout),
                            hedge_after: seconds(rule.hedge_after),
                            retries: rule.retries,
                            backoff: rule.backoff.0,
                            jitter: rule.jitter,
                            budget: rule.budget,
                            breaker: rule.breaker,
                            choice: self.choices[index],
                            cause,
                            stopped,
                        },
                    ));
                    continue;
                }
                Step::Deliver {
                    component,
                    visibility,
                    receives,
                    ..
                } => {
                    let ordinal = deliveries.entry(*component).or_default();
                    let place = self.registry.deliveries.place((*component, *ordinal));
                    *ordinal += 1;
                    self.rules[index] = place;
                    let cause = self.registry.causes.place(Cause {
                        component: Some(*component),
                        why: LossCause::DeadLetter,
                    });
                    self.blueprint.deliveries.push((
                        place,
                        DeliverySpec {
                            visibility: visibility.0,
                            receives: *receives,
                            cause,
                            queue: self.registry.queues.place(*component),
                        },
                    ));
                    continue;
                }
                _ => continue,
            };
            let ordinal = next(place, Purpose::Time);
            let sampler = self.registry.samplers.place((place, ordinal));
            self.samplers[index] = sampler;
            self.blueprint
                .samplers
                .push((sampler, distribution.clone()));
        }
    }

    fn choice(
        &mut self,
        step: usize,
        owner: ComponentId,
        purpose: Purpose,
        next: &mut impl FnMut(ComponentId, Purpose) -> u32,
    ) -> u32 {
        let ordinal = next(owner, purpose);
        self.choices[step] = self.registry.choices.place((owner, purpose, ordinal));
        ordinal
    }
}
