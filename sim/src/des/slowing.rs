//! Service that takes longer: what is under way and what waits is stretched when a fault begins and shrinks back when it ends. It doesn't
//! know when that is.
//!
//! A queue that several instances share slows as a whole when some of them do, so that it gets as much done as they would together.

use super::agenda::Topic;
use super::engine::Engine;
use super::job::Doing;
use super::station::Rule;
use crate::network::Effect;

impl Engine {
    /// Notes which queues a fault slows, and how much.
    pub(super) fn slow(&mut self, fault: u32, component: u32, factor: f64, instances: Option<u32>) {
        for place in self.stations_of(component) {
            let slowed = self.slowed_queues(place, factor, instances);
            self.faults.timeline[fault as usize].slowed.extend(slowed);
        }
    }

    /// The queues of a station that a fault slows, by station and number there, and how much.
    pub(super) fn slowed_queues(
        &self,
        place: u32,
        factor: f64,
        instances: Option<u32>,
    ) -> Vec<(u32, u32, f64)> {
        let station = &self.stations[place as usize];
        let all = f64::from(station.instances);
        let some = instances.map_or(all, f64::from).min(all);
        if station.central {
            vec![(place, 0, all / (all - some + some / factor))]
        } else {
            // Also those that may be added meanwhile, where all are slow.
            let count = instances.map_or(station.slots, |count| count.min(station.count));
            (0..count).map(|queue| (place, queue, factor)).collect()
        }
    }

    /// Works out anew how slow a component is.
    pub(super) fn slow_anew(&mut self, component: u32) {
        let (mut delays, mut queues) = (1.0, Vec::new());
        for planned in &self.faults.timeline {
            if !planned.is_active() {
                continue;
            }
            if let Effect::Slow {
                components,
                factor,
                instances: None,
            } = &planned.disturbance.effect
                && components.iter().any(|slow| slow.0 == component)
            {
                delays *= factor;
            }
            queues.extend(planned.slowed.iter().copied());
        }
        // Delays have no instances: only what befalls all of them slows these.
        for (sampler, owner) in self.samplers.iter_mut().zip(&self.sampler_owners) {
            if *owner == component {
                sampler.slow = delays;
            }
        }
        for place in 0..self.stations.len() as u32 {
            let station = &self.stations[place as usize];
            if station.component != component {
                continue;
            }
            let first = station.first;
            for queue in 0..station.slots {
                let slow = queues
                    .iter()
                    .filter(|slowed| (slowed.0, slowed.1) == (place, queue))
                    .map(|slowed| slowed.2)
                    .product();
                self.stretch(place, first + queue, slow);
            }
        }
    }

    /// Whoever is in a queue takes so many times its drawn time from now on.
    fn stretch(&mut self, place: u32, index: u32, slow: f64) {
        let now = self.now;
        let queue = &mut self.queues[index as usize];
        if queue.slow == slow {
            return;
        }
        let ratio = slow / queue.slow;
        queue.slow = slow;
        let (rule, first) = {
            let station = &self.stations[place as usize];
            (station.rule, station.first)
        };
        let servers = queue.servers;
        if rule == Rule::Sharing {
            queue.sharing.count_to(now, servers);
            let done = queue.sharing.done;
            let left: Vec<(u32, f64)> = queue
                .sharing
                .members
                .entries()
                .into_iter()
                .filter_map(|(target, topic)| match topic {
                    Topic::Job(job) => Some((job, (target - done).max(0.0))),
                    _ => None,
                })
                .collect();
            queue
                .sharing
                .stretch(now, (index, servers), ratio, &mut self.agenda);
            for (id, left) in left {
                self.add_work(place, id, left * (ratio - 1.0));
            }
            return;
        }
        let mut waiting = queue.waiting.members(&self.jobs);
        for level in &queue.levels {
            waiting.extend(level.members(&self.jobs));
        }
        for id in waiting {
            let job = &self.jobs[id];
            if self.is_served_at(id, place) {
                // What an interrupted one has had is done.
                let left = (job.work - job.begun).max(0.0);
                self.add_work(place, id, left * (ratio - 1.0));
            }
        }
        let all: Vec<u32> = self.jobs.places_in_use().collect();
        for id in all {
            let job = &self.jobs[id];
            let here = job.doing == Doing::Serving
                && first + job.instance == index
                && self.is_served_at(id, place);
            if here {
                let left = (job.begun + job.work - now).max(0.0);
                self.add_work(place, id, left * (ratio - 1.0));
                let job = &mut self.jobs[id];
                job.pending = self.agenda.plan(now + left * ratio, Topic::Job(id));
            }
        }
    }

    fn is_served_at(&self, id: u32, place: u32) -> bool {
        matches!(
            self.program.ops[self.jobs[id].at as usize],
            super::program::Op::Serve { station, .. } if station == place
        )
    }

    fn add_work(&mut self, place: u32, id: u32, more: f64) {
        let job = &mut self.jobs[id];
        job.work += more;
        let class = job.class;
        self.tally.at(place, class).work += more;
    }
}
