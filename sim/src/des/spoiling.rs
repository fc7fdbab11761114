//! Faults that spoil something bit by bit or for some: connections that leak away, messages that can't be worked off, a key that everybody
//! asks for. It doesn't know when they begin and end.

use super::engine::Engine;
use super::faults::Poisoned;
use super::program::Op;
use super::random::{Purpose, Stream};
use super::station::{Rule, Spread};
use crate::network::{Effect, Instances};
use crate::scenario::ComponentId;

/// The draws of poison are the owner's second of this purpose after those of its errors; losses by instance have smaller ordinals.
const POISON: u32 = 1 << 31;

impl Engine {
    /// A fault takes another server of a component's pool, and goes on after `every` (seconds), or ends.
    pub(super) fn leak_next(&mut self, fault: u32, component: u32, every: f64) {
        let taken = self.next_to_leak(component);
        let now = self.now;
        let planned = &mut self.faults.timeline[fault as usize];
        if let Some((place, queue)) = taken {
            let own = planned.leaked.iter_mut();
            match own.into_iter().find(|own| (own.0, own.1) == (place, queue)) {
                Some((.., count)) => *count += 1,
                None => planned.leaked.push((place, queue, 1)),
            }
        }
        let end = planned.disturbance.end.map_or(f64::INFINITY, |end| end.0);
        let next = now + every;
        planned.leaks = taken.is_some() && next < end;
        let time = if planned.leaks { next } else { end.max(now) };
        if time.is_finite() {
            self.plan_fault(fault, time);
        }
        self.leak_anew(component);
    }

    /// The queue from which the next server is taken: of the component's smallest pool, the instance that has lost the fewest.
    fn next_to_leak(&self, component: u32) -> Option<(u32, u32)> {
        let pool = self.pools_of(component).into_iter().min_by_key(|place| {
            let station = &self.stations[*place as usize];
            (station.servers, *place)
        })?;
        let station = &self.stations[pool as usize];
        let has_any = |queue: &u32| self.queues[(station.first + queue) as usize].servers > 0;
        let count = if station.central { 1 } else { station.count };
        let queue = (0..count)
            .filter(has_any)
            .min_by_key(|queue| (self.leaked(pool, *queue), *queue))?;
        Some((pool, queue))
    }

    /// The component's stations whose servers are kept while something else is asked.
    fn pools_of(&self, component: u32) -> Vec<u32> {
        let mut pools = self.stations_of(component);
        let is_pool = |place: &u32| {
            let mut ops = self.program.ops.iter();
            ops.any(|op| matches!(op, Op::Acquire { pool } if pool == place))
        };
        pools.retain(is_pool);
        pools
    }

    /// How many servers of a queue have leaked away.
    pub(super) fn leaked(&self, place: u32, queue: u32) -> u32 {
        let all = self.faults.active().flat_map(|planned| &planned.leaked);
        let own = all.filter(|leaked| (leaked.0, leaked.1) == (place, queue));
        own.map(|leaked| leaked.2).sum()
    }

    /// Gives the queues of a component's pools as many servers as have not leaked away. Who has one of them keeps it until it is done.
    pub(super) fn leak_anew(&mut self, component: u32) {
        for place in 0..self.stations.len() as u32 {
            let station = &self.stations[place as usize];
            if station.component != component || station.rule != Rule::Queue {
                continue;
            }
            if station.instances == 0 {
                // It has left: whoever waits there is served to the end.
                let together = match station.spec.instances {
                    _ if !station.central => 1,
                    Instances::Fixed(count) => count,
                    Instances::Scaled { minimum, .. } => minimum,
                };
                let servers = station.servers.saturating_mul(together.max(1));
                for queue in station.first..station.first + station.slots {
                    let queue = &mut self.queues[queue as usize];
                    queue.servers = queue.servers.max(servers);
                }
                self.fill_servers(place);
            } else if station.central {
                self.fit_central(place);
            } else {
                let (first, slots, servers) = (station.first, station.slots, station.servers);
                for queue in 0..slots {
                    let left = servers.saturating_sub(self.leaked(place, queue));
                    self.queues[(first + queue) as usize].servers = left;
                }
                self.fill_servers(place);
            }
        }
    }

    /// Works out anew which queues get messages that can't be worked off.
    pub(super) fn poison_anew(&mut self) {
        let mut poisoned: Vec<Poisoned> = Vec::new();
        for planned in self.faults.active() {
            let Effect::Poison {
                component,
                probability,
            } = &planned.disturbance.effect
            else {
                continue;
            };
            let component = component.0;
            if let Some(own) = poisoned.iter_mut().find(|own| own.component == component) {
                own.share = 1.0 - (1.0 - own.share) * (1.0 - probability);
                continue;
            }
            let mut before = self.faults.poisoned.iter();
            let stream = before.find(|own| own.component == component).map_or_else(
                || Stream::named(self.seed, component, Purpose::Fault, POISON),
                |own| own.stream.clone(),
            );
            poisoned.push(Poisoned {
                component,
                share: *probability,
                stream,
            });
        }
        self.faults.poisoned = poisoned;
    }

    /// Whether a message that a queue hands out for the first time can't be worked off; `cause` is that of its failures.
    #[inline(never)]
    pub(super) fn is_poison(&mut self, cause: u32) -> bool {
        let queue = self.causes[cause as usize].component;
        let own = |poisoned: &&mut Poisoned| queue == Some(ComponentId(poisoned.component));
        let mut poisoned = self.faults.poisoned.iter_mut();
        let found = poisoned.find(own);
        found.is_some_and(|poisoned| poisoned.stream.happens(poisoned.share))
    }

    /// Works out anew which share of what a component is asked is for one key.
    pub(super) fn heat_anew(&mut self, component: u32) {
        let others: f64 = self
            .faults
            .active()
            .filter_map(|planned| match &planned.disturbance.effect {
                Effect::HotKey {
                    component: of,
                    share,
                } if of.0 == component => Some(1.0 - share),
                _ => None,
            })
            .product();
        for station in &mut self.stations {
            if station.component != component {
                continue;
            }
            match &mut station.spread {
                Spread::Keyed(ring) => ring.heat(1.0 - others),
                Spread::Shares(sums) if others < 1.0 => {
                    let sums = std::mem::take(sums);
                    station.spread = Spread::Hot(Box::new((1.0 - others, sums)));
                }
                Spread::Hot(hot) if others < 1.0 => hot.0 = 1.0 - others,
                Spread::Hot(hot) => station.spread = Spread::Shares(std::mem::take(&mut hot.1)),
                _ => {}
            }
        }
    }
}
