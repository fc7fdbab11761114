//! Faults go on when the network changes, where what they befell is still there. It doesn't know what they do.
//!
//! Stations that stay as they are keep what is wrong with them. One that has become another has as many instances away as before; one that
//! has left lets everybody finish.

use super::super::engine::Engine;
use super::super::names::Registry;
use super::super::outages::Outage;
use super::super::program::NONE;
use crate::network::Effect;
use crate::scenario::ComponentId;

impl Engine {
    /// Faults find their places; the outages of components that have left are over.
    pub(super) fn change_faults(&mut self, seed: u64, registry: &Registry) {
        self.faults.find_places(seed, registry);
        let is_there = |outage: &Outage| {
            let component = ComponentId(outage.component);
            let mut stations = registry.stations.iter();
            registry.entries.find(&component).is_some()
                || stations.any(|((own, ..), _)| *own == component)
        };
        for planned in &mut self.faults.timeline {
            planned.outages.retain(is_there);
        }
    }

    /// Stations that are new, have become others or have left: what is away of them, and who is slow, is noted anew. Nobody is in those that
    /// are new or others yet.
    pub(super) fn carry_outages(&mut self, renewed: &[u32], registry: &Registry) {
        let mut timeline = std::mem::take(&mut self.faults.timeline);
        for place in renewed {
            let is_there = registry.stations.is_current(*place);
            let mut touched = !is_there;
            for planned in &mut timeline {
                let active = planned.began.is_some() && planned.ended.is_none();
                for outage in &mut planned.outages {
                    touched |= self.carry_outage(outage, *place, is_there);
                }
                planned.slowed.retain(|slowed| slowed.0 != *place);
                let component = ComponentId(self.stations[*place as usize].component);
                if let Effect::Slow {
                    components,
                    factor,
                    instances,
                } = &planned.disturbance.effect
                    && active
                    && is_there
                    && components.contains(&component)
                {
                    let slowed = self.slowed_queues(*place, *factor, *instances);
                    planned.slowed.extend(slowed);
                }
            }
            let station = &self.stations[*place as usize];
            if !touched || station.slots == 0 {
                continue;
            }
            if is_there {
                self.fit(*place);
            } else {
                self.fill_servers(*place);
            }
        }
        self.faults.timeline = timeline;
    }

    /// Whether something of a station is away by an outage.
    fn carry_outage(&mut self, outage: &mut Outage, place: u32, is_there: bool) -> bool {
        let mut instances: Vec<u32> = Vec::new();
        for (_, instance) in outage.taken.iter().filter(|taken| taken.0 == place) {
            instances.push(*instance);
        }
        let pooled = outage.pooled.iter().filter(|pooled| pooled.0 == place);
        let pooled: u32 = pooled.map(|pooled| pooled.1).sum();
        outage.taken.retain(|taken| taken.0 != place);
        outage.pooled.retain(|pooled| pooled.0 != place);
        let station = &mut self.stations[place as usize];
        if !is_there || station.component != outage.component {
            return false;
        }
        if let Some((unreachable, _)) = self.faults.causes.get(&outage.component) {
            station.unreachable = *unreachable;
        } else {
            station.unreachable = NONE;
        }
        let queues = station.first as usize..(station.first + station.slots) as usize;
        if outage.whole {
            if station.central {
                station.all_down += 1;
            } else {
                self.queues[queues]
                    .iter_mut()
                    .for_each(|queue| queue.down += 1);
            }
            return true;
        }
        if station.central {
            let left = station.instances - station.down.min(station.instances);
            let count = (pooled + instances.len() as u32).min(left);
            station.down += count;
            outage.pooled.push((place, count));
            return count > 0;
        }
        instances.extend(0..pooled);
        instances.retain(|instance| *instance < station.count);
        for instance in &instances {
            self.queues[(station.first + instance) as usize].down += 1;
            outage.taken.push((place, *instance));
        }
        !instances.is_empty()
    }

    /// Works out anew what faults have changed, now that everything is in its place.
    pub(super) fn look_at_all_faults(&mut self) {
        let mut down = vec![0; self.entries.len()];
        for outage in self.faults.active().flat_map(|planned| &planned.outages) {
            if !outage.whole || self.waits_elsewhere(outage.component) {
                continue;
            }
            for (down, entered) in down.iter_mut().zip(&self.entries) {
                *down += u32::from(*entered == outage.component);
            }
        }
        for (state, down) in self.faults.entries.iter_mut().zip(down) {
            state.down = down;
        }
        self.faults.look_at_entries(&self.entries);
        let outages = self.faults.active().flat_map(|planned| &planned.outages);
        let dead: Vec<u32> = outages.map(|outage| outage.component).collect();
        dead.into_iter()
            .for_each(|component| self.machines_lost(component));
        self.let_in_whoever_acts();
        let effects: Vec<Effect> = self
            .faults
            .active()
            .map(|planned| planned.disturbance.effect.clone())
            .collect();
        for effect in effects {
            // Those who wait for replication go on waiting.
            if !matches!(effect, Effect::StopReplication { .. }) {
                self.look_again(&effect);
            }
        }
        // Those who have left are slow no longer.
        let left: Vec<u32> = (self.stations.iter())
            .filter(|station| station.instances == 0 && station.slots > 0)
            .map(|station| station.component)
            .collect();
        left.into_iter()
            .for_each(|component| self.slow_anew(component));
    }
}
