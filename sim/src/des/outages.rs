//! Instances that go away and come back: killed with all that they do, or restarted one after the other. It doesn't know when, nor what
//! callers make of it.
//!
//! An instance that is away refuses whoever comes, at once, and nobody is kept from coming: that is for those to mend who watch over it.
//! Who was there when it was killed fails; what such a request had asked of others by itself is given up, too, while calls with a time-out,
//! which are nobody's once their caller is gone, run on.

use super::agenda::Serial;
use super::engine::{Engine, Next};
use super::job::{Doing, Open};
use super::program::{NONE, Op};
use super::random::{Purpose, Stream};
use super::station::Rule;
use crate::network::Effect;

/// What is away of one component for one fault.
#[derive(Clone, Debug, Default)]
pub(super) struct Outage {
    pub component: u32,
    /// Whether that is all of it.
    pub whole: bool,
    /// Instances with queues of their own: station and instance.
    pub taken: Vec<(u32, u32)>,
    /// Instances behind one queue: station and how many.
    pub pooled: Vec<(u32, u32)>,
}

/// Which instances.
#[derive(Clone, Copy)]
enum Which {
    /// All, also those that may be added meanwhile.
    All,
    /// The first so many that are there.
    First(u32),
    /// This one.
    Only(u32),
}

impl Outage {
    fn has(&self, station: u32, instance: u32) -> bool {
        self.whole || self.taken.contains(&(station, instance))
    }

    fn binds(&self, instance: u32) -> bool {
        self.taken.iter().any(|(_, taken)| *taken == instance)
    }
}

impl Engine {
    /// The stations that a component has in the network as it is.
    pub(super) fn stations_of(&self, component: u32) -> Vec<u32> {
        let is_own = |place: &u32| {
            let station = &self.stations[*place as usize];
            station.component == component && station.instances > 0
        };
        (0..self.stations.len() as u32).filter(is_own).collect()
    }

    /// How many instances a component has; 1 when it has no stations.
    pub(super) fn most_instances(&self, component: u32) -> u32 {
        let own = self
            .stations
            .iter()
            .filter(|station| station.component == component);
        own.map(|station| station.instances).max().unwrap_or(1)
    }

    /// How long an instance of a component takes from its start until it serves, seconds.
    pub(super) fn boot_of(&self, component: u32) -> f64 {
        let scaler = self.scalers.iter().find(|scaler| {
            scaler
                .stations
                .iter()
                .any(|place| self.stations[*place as usize].component == component)
        });
        scaler.map_or(0.0, |scaler| scaler.pace.boot.0)
    }

    /// Kills instances for a fault.
    pub(super) fn kill(&mut self, fault: u32, component: u32, instances: Option<u32>) {
        let outage = self.take_down(component, instances.map_or(Which::All, Which::First));
        let share = self.share_of_instances(component, instances);
        self.forget(component, 0.0..share);
        self.fail_those_in(fault, &outage);
        self.faults.timeline[fault as usize].outages.push(outage);
    }

    /// Those whom a fault has taken away are back.
    pub(super) fn bring_back(&mut self, fault: u32) {
        for outage in std::mem::take(&mut self.faults.timeline[fault as usize].outages) {
            self.bring_up(&outage);
        }
    }

    /// The instance of a deploy whose turn it was is back, and the next one goes: it serves those who are there, and lets nobody in.
    pub(super) fn deploy_next(&mut self, fault: u32, component: u32) {
        self.bring_back(fault);
        let planned = &mut self.faults.timeline[fault as usize];
        let turn = planned.turn;
        planned.turn = turn.saturating_add(1);
        let Effect::Deploy { restart, .. } = planned.disturbance.effect else {
            return;
        };
        let most = self.most_instances(component);
        if turn >= most {
            self.faults.timeline[fault as usize].ended = Some(self.now);
            return;
        }
        let which = if most == 1 {
            Which::All
        } else {
            Which::Only(turn)
        };
        let outage = self.take_down(component, which);
        let part = |turn: u32| f64::from(turn) / f64::from(most);
        self.forget(component, part(turn)..part(turn + 1));
        self.faults.timeline[fault as usize].outages.push(outage);
        let back = self.now + restart.0 + self.boot_of(component);
        self.plan_fault(fault, back);
    }

    fn take_down(&mut self, component: u32, which: Which) -> Outage {
        let stations = self.stations_of(component);
        let most = self.most_instances(component);
        let mut outage = Outage {
            component,
            whole: match which {
                Which::All => true,
                Which::First(count) => count >= most,
                Which::Only(_) => false,
            },
            ..Outage::default()
        };
        for place in stations {
            self.count_station_to_now(place);
            let station = &mut self.stations[place as usize];
            if let Some((unreachable, _)) = self.faults.causes.get(&component) {
                station.unreachable = *unreachable;
            }
            let own = station.first..station.first + station.slots;
            if outage.whole {
                if station.central {
                    station.all_down += 1;
                } else {
                    for queue in own {
                        self.queues[queue as usize].down += 1;
                    }
                }
            } else if station.instances > 1 {
                let (first, count) = match which {
                    Which::Only(instance) => (instance, 1),
                    Which::First(count) => (0, count),
                    Which::All => continue,
                };
                if station.central {
                    let count = count.min(station.instances - station.down.min(station.instances));
                    station.down += count;
                    outage.pooled.push((place, count));
                } else {
                    let mut left = count;
                    for instance in first..station.count {
                        let queue = &mut self.queues[(station.first + instance) as usize];
                        let chosen = queue.is_up() || matches!(which, Which::Only(_));
                        if left > 0 && chosen {
                            queue.down += 1;
                            outage.taken.push((place, instance));
                            left -= 1;
                        }
                    }
                }
            }
            self.fit(place);
        }
        if outage.whole {
            self.close_entries(component, true);
            self.replace_environments(component);
        }
        self.machines_lost(component);
        outage
    }

    /// What executes a function has gone, or goes with what it is doing: whatever comes afterwards finds nothing warm.
    fn replace_environments(&mut self, component: u32) {
        for (store, environments) in self.stores.iter().zip(&mut self.environments) {
            if store.component == component {
                environments.replace();
            }
        }
    }

    fn bring_up(&mut self, outage: &Outage) {
        for place in self.stations_of(outage.component) {
            self.count_station_to_now(place);
            let station = &mut self.stations[place as usize];
            if outage.whole {
                if station.central {
                    station.all_down -= 1;
                } else {
                    for queue in station.first..station.first + station.slots {
                        self.queues[queue as usize].down -= 1;
                    }
                }
            }
            for (_, count) in outage.pooled.iter().filter(|(of, _)| *of == place) {
                station.down -= count;
            }
            for (_, instance) in outage.taken.iter().filter(|(of, _)| *of == place) {
                self.queues[(station.first + instance) as usize].down -= 1;
            }
            self.fit(place);
        }
        if outage.whole {
            self.close_entries(outage.component, false);
        }
        // What a replica has missed it fetches from the primary's log when it is back.
        let is_concerned = |instance| outage.whole || outage.binds(instance);
        self.catch_up(outage.component, is_concerned);
        self.heal_quorums(outage.component);
        self.machines_back(outage.component, is_concerned);
    }

    fn count_station_to_now(&mut self, place: u32) {
        let station = &mut self.stations[place as usize];
        station.count_to(self.now);
        station.count_capacity_to(self.now);
    }

    /// Whether those who come to a component wait in another's queue.
    pub(super) fn waits_elsewhere(&self, component: u32) -> bool {
        let mut stations = self.stations.iter();
        stations.any(|station| station.component == component && station.waits_elsewhere)
    }

    /// Who enters a component of which nothing is left fails there. Where those who come wait in another's queue, they may come.
    fn close_entries(&mut self, component: u32, close: bool) {
        if self.waits_elsewhere(component) {
            return;
        }
        for (entry, entered) in self.entries.iter().enumerate() {
            if *entered == component {
                let down = &mut self.faults.entries[entry].down;
                *down = if close { *down + 1 } else { *down - 1 };
            }
        }
        self.faults.look_at_entries(&self.entries);
    }

    /// Gives a station's queues the servers and the room of the instances that are there.
    pub(super) fn fit(&mut self, place: u32) {
        let station = &self.stations[place as usize];
        if station.central {
            self.fit_central(place);
            return;
        }
        for index in station.first..station.first + station.slots {
            let queue = &mut self.queues[index as usize];
            queue.capacity = match station.room {
                _ if !queue.is_up() => 0,
                Some(room) => room,
                None => u32::MAX,
            };
        }
        self.count_away(place);
    }

    /// Counts how many of the instances with queues of their own are away.
    pub(super) fn count_away(&mut self, place: u32) {
        let station = &mut self.stations[place as usize];
        let own = station.first as usize..(station.first + station.count) as usize;
        let away = self.queues[own].iter().filter(|queue| !queue.is_up());
        station.away = (away.count() as u32).min(station.instances);
        self.count_leaving(place);
    }

    /// Counts the servers that only finish what they have begun, from now on.
    #[cold]
    pub(super) fn count_leaving(&mut self, place: u32) {
        let station = &mut self.stations[place as usize];
        let own = station.first as usize..(station.first + station.slots) as usize;
        let leaving = (0..).zip(&self.queues[own]);
        let leaving = leaving.map(|(place, queue)| station.leaving_of(place, queue));
        let leaving: u32 = leaving.sum();
        // Where nothing changes nothing is counted, so that no sum is made of other parts.
        if leaving != station.leaving {
            station.count_capacity_to(self.now);
            station.leaving = leaving;
        }
    }

    /// Everybody who was in what has gone fails.
    fn fail_those_in(&mut self, fault: u32, outage: &Outage) {
        let Some((_, cause)) = self.faults.causes.get(&outage.component).copied() else {
            return;
        };
        let seed_of_draws = self.seed;
        let mut stream = Stream::named(
            seed_of_draws,
            outage.component,
            Purpose::Fault,
            fault.wrapping_add(1),
        );
        let mut pools: Vec<(u32, u32, u32)> = outage
            .pooled
            .iter()
            .map(|(place, gone)| {
                let station = &self.stations[*place as usize];
                let all = station.instances - station.down + gone;
                (
                    *place,
                    gone.saturating_mul(station.servers),
                    all.saturating_mul(station.servers),
                )
            })
            .collect();
        let mut lost: Vec<(u32, u32)> = Vec::new();
        let all: Vec<u32> = self.jobs.places_in_use().collect();
        for id in all {
            if let Some(cut) = self.cut(id, outage, &mut pools, &mut stream) {
                lost.push((id, cut));
            }
        }
        let mut waits: Vec<(u32, u32)> = self
            .joins
            .places_in_use()
            .map(|place| (self.joins[place].waiter, place))
            .collect();
        waits.sort_unstable();
        let mut touched: Vec<u32> = Vec::new();
        // All are taken out first, so that nothing is handed on to one who is about to fail.
        for (id, _) in &lost {
            self.take_out(*id, &waits, &mut touched);
        }
        for (id, cut) in lost {
            self.fail_from(id, cut, outage, cause, &mut touched);
        }
        touched.sort_unstable();
        touched.dedup();
        for place in touched {
            self.fill_servers(place);
        }
    }

    /// Down to which frame a job has to fall, since what is above has gone; `None` when it isn't concerned.
    fn cut(
        &self,
        id: u32,
        outage: &Outage,
        pools: &mut [(u32, u32, u32)],
        stream: &mut Stream,
    ) -> Option<u32> {
        let job = &self.jobs[id];
        let station_of = |place: u32| &self.stations[place as usize];
        // The outermost place at which it is gone for sure, and the outermost at which it may be.
        let (mut sure, mut perhaps) = (None, None);
        let at = match (job.doing, self.program.ops[job.at as usize]) {
            (Doing::Waiting | Doing::Serving | Doing::Sharing, Op::Serve { station, .. }) => {
                station
            }
            (Doing::Waiting, Op::Acquire { pool }) => pool,
            _ => NONE,
        };
        if at != NONE && station_of(at).component == outage.component {
            let waits = job.doing == Doing::Waiting;
            if waits && station_of(at).waits_elsewhere {
                return None;
            }
            if outage.has(at, job.instance) {
                sure = Some(job.frame);
            } else if !waits {
                perhaps = Some((at, job.frame));
            }
        }
        let (mut bound_to, mut bound) = (job.bound_to, job.bound);
        let mut frame = job.frame;
        while frame != NONE {
            let below = self.frames.below(frame);
            match self.frames[frame] {
                Open::Held { pool, instance, .. }
                    if station_of(pool).component == outage.component =>
                {
                    if outage.has(pool, instance) {
                        sure = Some(below);
                    } else {
                        perhaps = Some((pool, below));
                    }
                }
                Open::Visit {
                    entry,
                    bound_to: to_before,
                    bound: before,
                    ..
                } => {
                    let of_component = self.entries[entry as usize] == outage.component;
                    let bound_there =
                        bound_to == outage.component && bound != NONE && outage.binds(bound);
                    // Served by another's machine, it goes with that.
                    let acted =
                        self.faults.entries[entry as usize].acted && bound_to != outage.component;
                    if of_component && !acted && (outage.whole || bound_there) {
                        sure = Some(below);
                    }
                    (bound_to, bound) = (to_before, before);
                }
                _ => {}
            }
            frame = below;
        }
        if sure.is_some() {
            return sure;
        }
        let (place, below) = perhaps?;
        // Of the servers behind one queue, those of the gone instances are drawn without putting back.
        let pool = pools.iter_mut().find(|pool| pool.0 == place)?;
        let limited = matches!(station_of(place).rule, Rule::Queue | Rule::Interrupting);
        let gone = stream.below(pool.2.max(1)) < pool.1;
        if limited {
            pool.2 = pool.2.saturating_sub(1);
            pool.1 -= u32::from(gone);
        }
        gone.then_some(below)
    }

    /// Takes a job out of wherever it waits or is served; it has failed, and nothing has been handed on yet.
    fn take_out(&mut self, id: u32, waits: &[(u32, u32)], touched: &mut Vec<u32>) {
        let (doing, op) = (
            self.jobs[id].doing,
            self.program.ops[self.jobs[id].at as usize],
        );
        match (doing, op) {
            (Doing::Joining, _) => {
                match waits.binary_search_by_key(&id, |(waiter, _)| *waiter) {
                    Ok(found) => self.stop_waiting(waits[found].1),
                    // Not for calls, but for a write's turn.
                    Err(_) => {
                        for copies in &mut self.copies {
                            copies.stop_waiting(id);
                        }
                    }
                }
            }
            (Doing::Hanging, _) => {
                self.faults.held_back.retain(|held| *held != id);
                self.faults.parted.retain(|held| *held != id);
            }
            (Doing::Waiting, Op::Lookup { store, .. }) => {
                self.stores[store as usize].stop_waiting(&mut self.jobs, id);
            }
            (
                Doing::Waiting | Doing::Serving | Doing::Sharing,
                Op::Serve { station, entry, .. },
            ) => {
                self.leave_unserved(id, station);
                self.visit_over(id, entry, self.jobs[id].since);
                touched.push(station);
            }
            (Doing::Waiting, Op::Acquire { pool }) => {
                self.leave_unserved(id, pool);
                touched.push(pool);
            }
            _ => {}
        }
        let job = &mut self.jobs[id];
        job.doing = Doing::Nothing;
        job.pending = Serial::NONE;
    }

    fn leave_unserved(&mut self, id: u32, place: u32) {
        let now = self.now;
        let station = &mut self.stations[place as usize];
        let job = &self.jobs[id];
        let queue = &mut self.queues[(station.first + job.instance) as usize];
        station.count_to(now);
        station.present -= 1;
        let lost = &mut self.tally.lost[place as usize];
        lost.0 += 1;
        lost.1 += now - job.since;
        let (doing, class, work) = (job.doing, job.class, job.work);
        if matches!(self.program.ops[job.at as usize], Op::Serve { .. }) {
            self.tally.at(place, class).work -= work;
        }
        match doing {
            Doing::Waiting => queue.remove(self.jobs.all_mut(), id),
            Doing::Sharing => {
                let servers = queue.servers;
                let own = (station.first + job.instance, servers);
                queue.sharing.leave(now, own, id, &mut self.agenda);
                queue.busy -= 1;
                if queue.busy < servers {
                    station.busy = station.busy.saturating_sub(1);
                }
            }
            _ => {
                queue.serving.retain(|other| *other != id);
                queue.busy -= 1;
                station.busy -= 1;
            }
        }
        self.count_leaving(place);
    }

    /// A job falls: all that it has begun above the cut has gone with the instance, the rest fails in its turn.
    fn fail_from(
        &mut self,
        id: u32,
        cut: u32,
        outage: &Outage,
        cause: u32,
        touched: &mut Vec<u32>,
    ) {
        while self.jobs[id].frame != cut {
            match self.close(id) {
                Open::Held {
                    pool,
                    instance,
                    arrived,
                    ..
                } if self.stations[pool as usize].component == outage.component => {
                    self.give_back_unserved(pool, instance, arrived);
                    touched.push(pool);
                }
                // What it had asked of others hasn't failed there: nobody holds it against them.
                open => {
                    if self.watchers.are_any()
                        && let Open::Visit { entry, .. } = open
                        && self.entries[entry as usize] == outage.component
                    {
                        self.saw(id, entry, Some(cause));
                    }
                    self.undo(id, open);
                }
            }
        }
        if let Next::Operation = self.fail(id, cause) {
            self.ready.push(id);
        }
    }

    /// A server that was kept has gone, or is free without having served.
    fn give_back_unserved(&mut self, place: u32, instance: u32, arrived: f64) {
        let now = self.now;
        let station = &mut self.stations[place as usize];
        station.count_to(now);
        station.present -= 1;
        station.busy -= 1;
        self.queues[(station.first + instance) as usize].busy -= 1;
        let lost = &mut self.tally.lost[place as usize];
        lost.0 += 1;
        lost.1 += now - arrived;
        self.count_leaving(place);
    }
}
