//! Stations become what a changed network says, with those who are in them: who is in service goes on being served, and who waits keeps
//! the place in the row. It doesn't know what the jobs do afterwards.

use super::super::agenda::{Serial, Topic};
use super::super::engine::Engine;
use super::super::job::{Doing, Open};
use super::super::names::Registry;
use super::super::program::{NONE, Op, StationSpec};
use super::super::random::{Purpose, Stream};
use super::super::station::{Queue, Rule, Setting, Station};
use crate::network::Discipline;
use crate::network::{Dispatch, Instances};
use std::collections::BTreeMap;

/// A station that has become another, with its queues as they were.
struct Moving {
    place: u32,
    station: Station,
    queues: Vec<Queue>,
}

/// Who is at a station that has become another, besides those in its queues.
#[derive(Default)]
struct There {
    /// In service with an entry of the agenda.
    serving: Vec<u32>,
    /// Frames of servers kept.
    holding: Vec<u32>,
}

impl Engine {
    /// Stations become as specified; those that aren't any more let those who are there finish, and count no servers. `levels` is how many
    /// priorities there are, and `reordered` whether somebody's has changed.
    pub(super) fn change_stations(
        &mut self,
        specs: Vec<(u32, StationSpec)>,
        registry: &Registry,
        seed: u64,
        levels: usize,
        reordered: bool,
    ) {
        let now = self.now;
        let mut ordinals = BTreeMap::<u32, u32>::new();
        let mut specified: Vec<Option<(StationSpec, Stream)>> = Vec::new();
        specified.resize_with(registry.stations.len(), || None);
        for (place, spec) in specs {
            let component = spec.component.0;
            let ordinal = ordinals.entry(component).or_default();
            let stream = Stream::named(seed, component, Purpose::Dispatch, *ordinal);
            *ordinal += 1;
            specified[place as usize] = Some((spec, stream));
        }
        let mut before = std::mem::take(&mut self.queues).into_iter();
        let mut stations = std::mem::take(&mut self.stations).into_iter();
        let mut moved_to = Vec::with_capacity(before.len());
        let (mut moving, mut renewed) = (Vec::new(), Vec::new());
        for (place, specified) in (0..).zip(specified) {
            let first = self.queues.len() as u32;
            let station = stations.next();
            let slots = station.as_ref().map_or(0, |station| station.slots as usize);
            let queues: Vec<Queue> = before.by_ref().take(slots).collect();
            let setting = Setting {
                place,
                levels,
                running: None,
                least_slots: 0,
            };
            let station = match (station, specified) {
                (Some(mut station), None) if registry.stations.is_idle(place) => {
                    renewed.push(place);
                    station.leave(now);
                    station.slots = 0;
                    moved_to.extend(queues.iter().map(|_| NONE));
                    self.stations.push(Station { first, ..station });
                    continue;
                }
                (Some(mut station), specified) if !registry.stations.is_fresh(place) => {
                    let same = specified.as_ref().is_none_or(|(spec, _)| {
                        *spec == station.spec
                            && station.instances > 0
                            && !(reordered && station.is_prioritised())
                    });
                    if same {
                        let leaves = specified.is_none() && station.instances > 0;
                        if leaves {
                            station.leave(now);
                            renewed.push(place);
                        }
                        for (slot, mut queue) in (0..).zip(queues) {
                            if leaves {
                                station.let_go_on(&mut queue);
                            }
                            moved_to.push(first + slot);
                            self.queues.push(queue);
                        }
                        Station { first, ..station }
                    } else if let Some((spec, _)) = specified {
                        station.count_to(now);
                        station.count_capacity_to(now);
                        moved_to.extend(queues.iter().map(|_| NONE));
                        let setting = Setting {
                            running: running(&spec, station.instances),
                            least_slots: still_needed(&queues, station.central, &spec),
                            ..setting
                        };
                        let stream = station.stream.clone();
                        renewed.push(place);
                        moving.push(Moving {
                            place,
                            station,
                            queues,
                        });
                        Station::new(&spec, setting, stream, &mut self.queues)
                    } else {
                        continue;
                    }
                }
                (_, Some((spec, stream))) => {
                    moved_to.extend(queues.iter().map(|_| NONE));
                    let mut station = Station::new(&spec, setting, stream, &mut self.queues);
                    station.counted = now;
                    station.capacity_counted = now;
                    renewed.push(place);
                    station
                }
                // Every place has a station or gets one.
                (_, None) => continue,
            };
            self.stations.push(station);
        }
        let unmoved = (0..).zip(&moved_to).all(|(from, to)| from == *to);
        if !unmoved {
            self.agenda.revise(|entry| match entry.topic {
                Topic::Sharing(queue) => match moved_to.get(queue as usize) {
                    Some(to) if *to != NONE => Some((entry.time, Topic::Sharing(*to))),
                    _ => None,
                },
                topic => Some((entry.time, topic)),
            });
        }
        if self.faults.any {
            self.carry_outages(&renewed, registry);
        }
        if !moving.is_empty() {
            let mut there = self.who_is_there(&moving);
            for moving in moving {
                let there = there.remove(&moving.place).unwrap_or_default();
                self.move_in(moving, there);
            }
        }
        for place in 0..self.stations.len() as u32 {
            self.count_leaving(place);
        }
    }

    /// Who is at these stations, but not in their queues.
    fn who_is_there(&self, moving: &[Moving]) -> BTreeMap<u32, There> {
        let mut all: BTreeMap<u32, There> = moving
            .iter()
            .map(|moving| (moving.place, There::default()))
            .collect();
        for id in self.jobs.places_in_use() {
            let job = &self.jobs[id];
            if job.doing == Doing::Serving
                && let Op::Serve { station, .. } = self.program.ops[job.at as usize]
                && let Some(there) = all.get_mut(&station)
            {
                there.serving.push(id);
            }
            let mut frame = job.frame;
            while frame != NONE {
                if let Open::Held { pool, .. } = self.frames[frame]
                    && let Some(there) = all.get_mut(&pool)
                {
                    there.holding.push(frame);
                }
                frame = self.frames.below(frame);
            }
        }
        for there in all.values_mut() {
            let jobs = &self.jobs;
            (there.serving).sort_by(|one, other| jobs[*one].begun.total_cmp(&jobs[*other].begun));
        }
        all
    }

    /// Those who were at a station go on there now that it has become another.
    fn move_in(&mut self, moving: Moving, there: There) {
        let now = self.now;
        let Moving {
            place,
            station,
            queues,
        } = moving;
        let Station {
            rule: _,
            spread: _,
            first: _,
            count: _,
            slots: _,
            instances: _,
            servers: _,
            leaving: _,
            room: _,
            central: was_central,
            component: _,
            refusal: _,
            turn,
            order: _,
            stream: _,
            // By change_watchers.
            watcher: _,
            present,
            busy: _,
            counted,
            present_area,
            busy_area,
            capacity_counted,
            capacity_area,
            instance_area,
            patience,
            spec: old_spec,
            // By carry_outages.
            unreachable: _,
            waits_elsewhere: _,
            down: _,
            all_down: _,
            away: _,
            copies: _,
        } = station;
        let own = &mut self.stations[place as usize];
        own.turn = turn;
        own.present = present;
        own.counted = counted;
        own.present_area = present_area;
        own.busy_area = busy_area;
        own.capacity_counted = capacity_counted;
        own.capacity_area = capacity_area;
        own.instance_area = instance_area;
        let (first, count, slots) = (own.first, own.count, own.slots);
        let (central, rule) = (own.central, own.rule);
        for queue in &mut self.queues[first as usize..(first + slots) as usize] {
            queue.standing_since = now;
        }
        // From many queues to one and back, in turn.
        let mut turn = 0;
        let mut target = |old: u32| {
            if central {
                0
            } else if was_central {
                turn += 1;
                (turn - 1) % count
            } else {
                old
            }
        };
        for frame in there.holding {
            if let Open::Held { instance, .. } = &mut self.frames[frame] {
                *instance = target(*instance);
                self.queues[(first + *instance) as usize].busy += 1;
            }
        }
        for id in there.serving {
            let job = &mut self.jobs[id];
            job.instance = target(job.instance);
            self.go_on_being_served(id, place);
        }
        // With whether they had to wait, as they say who share servers.
        let mut waiting: Vec<(u32, u32, bool)> = Vec::new();
        for (slot, queue) in (0..).zip(queues) {
            let mut queue = queue;
            while let Some(id) = queue.pop(self.jobs.all_mut()) {
                waiting.push((id, target(slot), true));
            }
            let Queue {
                waiting: _,
                levels: _,
                length: _,
                busy: _,
                servers,
                capacity: _,
                station: _,
                serving: _,
                mut sharing,
                tokens,
                standing_since,
                slow,
                // By carry_outages.
                down: _,
            } = queue;
            // What is under way takes as long as it took; how slow its new queue is to be is looked at when all are there.
            if was_central != central {
                for own in &mut self.queues[first as usize..(first + slots) as usize] {
                    own.slow = slow;
                }
            } else if slot < slots {
                self.queues[(first + slot) as usize].slow = slow;
            }
            if was_central == central
                && let Some(own) = self.queues.get_mut((first + slot) as usize)
                && slot < slots
            {
                own.standing_since = standing_since;
            }
            if let (Discipline::TokenBucket { rate, burst }, Some(own), Some(tokens)) = (
                old_spec.discipline,
                self.queues.get_mut((first + slot) as usize),
                tokens,
            ) && rule == Rule::Bucket
                && slot < count
            {
                let tokens = (tokens.0 + rate.0 * (now - tokens.1)).min(burst);
                own.tokens = Some(Box::new((tokens, now)));
            }
            sharing.count_to(now, servers);
            while let Some(entry) = sharing.members.take(f64::INFINITY) {
                if let Topic::Job(id) = entry.topic {
                    let job = &mut self.jobs[id];
                    let slowed = job.begun > 0.0;
                    // As much as is done counts as served, should it have to wait.
                    job.begun = (job.work - (entry.time - sharing.done).max(0.0)).max(0.0);
                    job.doing = Doing::Waiting;
                    waiting.push((id, target(slot), slowed));
                }
            }
        }
        let jobs = &self.jobs;
        waiting.sort_by(|one, other| jobs[one.0].since.total_cmp(&jobs[other.0].since));
        for (id, instance, waited) in waiting {
            let job = &mut self.jobs[id];
            job.instance = instance;
            if patience.is_none() && matches!(self.program.ops[job.at as usize], Op::Acquire { .. })
            {
                // Who came when nobody looked at the time waits for as long as it takes.
                job.work = f64::INFINITY;
            }
            self.be_served_or_wait(id, place);
            let job = &mut self.jobs[id];
            if job.doing == Doing::Sharing {
                job.begun = f64::from(u8::from(waited));
            }
        }
        let own = &mut self.stations[place as usize];
        own.busy = (self.queues[first as usize..(first + own.slots) as usize].iter())
            .map(|queue| match rule {
                Rule::Sharing => queue.busy.min(queue.servers),
                _ => queue.busy,
            })
            .sum();
    }

    /// Somebody in service stays so, even when there are fewer servers now.
    fn go_on_being_served(&mut self, id: u32, place: u32) {
        let now = self.now;
        let station = &self.stations[place as usize];
        let job = &mut self.jobs[id];
        let queue = &mut self.queues[(station.first + job.instance) as usize];
        queue.busy += 1;
        match station.rule {
            Rule::Sharing => {
                let left = (job.begun + job.work - now).max(0.0);
                job.begun = f64::from(u8::from(job.begun > job.since));
                job.doing = Doing::Sharing;
                job.pending = Serial::NONE;
                let own = (station.first + job.instance, queue.servers);
                queue.sharing.join(now, own, (id, left), &mut self.agenda);
            }
            Rule::Interrupting => queue.serving.push(id),
            Rule::Queue | Rule::Infinite | Rule::Bucket => {}
        }
    }

    /// Somebody who isn't in service, but may have been for some time, is served if there is a server, and waits else.
    fn be_served_or_wait(&mut self, id: u32, place: u32) {
        let now = self.now;
        let station = &self.stations[place as usize];
        let job = &mut self.jobs[id];
        let instance = job.instance;
        let queue = &mut self.queues[(station.first + instance) as usize];
        let has_server = match station.rule {
            Rule::Queue | Rule::Interrupting => queue.busy < queue.servers,
            Rule::Sharing | Rule::Infinite | Rule::Bucket => true,
        };
        let keeps = matches!(self.program.ops[job.at as usize], Op::Acquire { .. });
        if !has_server {
            queue.push(self.jobs.all_mut(), id);
            return;
        }
        queue.busy += 1;
        if keeps {
            self.keep_server(id, place, instance);
        } else if station.rule == Rule::Sharing {
            job.doing = Doing::Sharing;
            let left = (job.work - job.begun).max(0.0);
            let own = (station.first + instance, queue.servers);
            queue.sharing.join(now, own, (id, left), &mut self.agenda);
        } else {
            job.begun = now - job.begun;
            job.doing = Doing::Serving;
            let end = (job.begun + job.work).max(now);
            job.pending = self.agenda.plan(end, Topic::Job(id));
            if station.rule == Rule::Interrupting {
                queue.serving.push(id);
            }
        }
    }
}

/// How many instances run when so many did before: as many as are specified, or as an autoscaler has left there, within its limits.
fn running(spec: &StationSpec, before: u32) -> Option<u32> {
    match spec.instances {
        Instances::Fixed(_) => None,
        Instances::Scaled { .. } if before == 0 => None,
        Instances::Scaled {
            minimum, maximum, ..
        } => Some(before.clamp(minimum.max(1), maximum.max(minimum).max(1))),
    }
}

/// Queues that are still needed by those who are in them.
fn still_needed(queues: &[Queue], was_central: bool, spec: &StationSpec) -> u32 {
    if was_central || spec.dispatch == Dispatch::Central {
        return 0;
    }
    let last = queues.iter().rposition(|queue| queue.present() > 0);
    last.map_or(0, |last| last as u32 + 1)
}
