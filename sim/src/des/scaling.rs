//! Autoscaling: a component's instances follow its utilisation, late and in whole machines. It doesn't know what the instances do.
//!
//! The utilisation is measured in three points to a window, and an instance serves after its boot time; the removed finish what they have begun.
//! Instances that are away serve nothing: they count neither in the utilisation nor among the instances that the load needs, but they keep
//! their places until they are back, as a group does that replaces none.
//!
//! By the large clouds' rule of target tracking, instances are added when all three points lie above the target, until the last point would lie
//! at the target. When all three lie below nine tenths of it and nothing has changed for the cooldown, instances are removed until the highest
//! would.
//!
//! By the rule of step scaling (AWS, Application Auto Scaling user guide, "How step scaling works" and "Cooldown period"), instances are added
//! when all three points lie above the upper threshold: as many as the steps say for the last point, on top of how many there were. Within the
//! cooldown after that, what it added counts as part of what the steps add, so that only more steps add more. One step is removed when
//! all three lie below the lower threshold and nothing has changed for the cooldown.

use super::agenda::Topic;
use super::engine::Engine;
use super::program::NONE;
use super::station::{Rule, Station};
use crate::network::{Instances, Network, ScalingPace, ScalingPolicy};
use crate::scenario::ComponentId;

const POINTS: usize = 3;
const SLACK: f64 = 0.9;

/// The autoscaler of a component.
#[derive(Clone, Debug)]
pub(super) struct Scaler {
    /// Its stations, which scale together.
    pub stations: Vec<u32>,
    /// Fewest instances.
    pub minimum: u32,
    /// Most instances.
    pub maximum: u32,
    /// How it decides.
    pub policy: ScalingPolicy,
    /// How fast.
    pub pace: ScalingPace,
    /// Instances that serve.
    pub running: u32,
    /// How many of these were away when last looked at.
    away: u32,
    /// When instances that boot will serve, earliest first, and how many.
    booting: Vec<(f64, u32)>,
    /// Time integral of those that boot up to a moment, and that moment, seconds.
    boot_area: (f64, f64),
    /// Of each station: busy and whole server time when last looked at, seconds.
    looked: Vec<(f64, f64)>,
    /// The last points, newest last.
    points: Vec<f64>,
    /// When the next point is due.
    next: f64,
    /// When instances were last added or removed.
    changed: f64,
    /// How often they were.
    pub changes: u64,
    /// How many there were, or were to come, before the steps that the cooldown is of.
    before: u32,
}

impl Scaler {
    /// An autoscaler that runs the fewest instances.
    pub fn new(
        station: u32,
        (minimum, maximum): (u32, u32),
        policy: ScalingPolicy,
        pace: ScalingPace,
    ) -> Self {
        Scaler {
            looked: vec![(0.0, 0.0)],
            stations: vec![station],
            minimum: minimum.max(1),
            maximum: maximum.max(minimum).max(1),
            policy,
            pace,
            running: minimum.max(1),
            away: 0,
            booting: Vec::new(),
            boot_area: (0.0, 0.0),
            points: Vec::with_capacity(POINTS + 1),
            next: 0.0,
            changed: f64::NEG_INFINITY,
            changes: 0,
            before: minimum.max(1),
        }
    }

    /// Becomes another of the same component, with what it has seen and what it has begun. A station that is new is looked at from now on.
    pub fn change(&mut self, other: Scaler, stations: &[Station]) {
        let Scaler {
            stations: others,
            minimum,
            maximum,
            policy,
            pace,
            running: _,
            away: _,
            booting: _,
            boot_area: _,
            looked: _,
            points: _,
            next: _,
            changed: _,
            changes: _,
            before: _,
        } = other;
        self.looked = others
            .iter()
            .map(|place| {
                let known = self.stations.iter().position(|own| own == place);
                let station = &stations[*place as usize];
                known.map_or((station.busy_area, station.capacity_area), |known| {
                    self.looked[known]
                })
            })
            .collect();
        self.stations = others;
        self.minimum = minimum;
        self.maximum = maximum;
        self.policy = policy;
        self.pace = pace;
    }

    /// Begins with the instances that serve now.
    pub fn begin(&mut self, stations: &[Station]) {
        if let Some(first) = self.stations.first() {
            self.running = stations[*first as usize].instances;
            self.before = self.running;
        }
        for (place, looked) in self.stations.iter().zip(&mut self.looked) {
            let station = &stations[*place as usize];
            *looked = (station.busy_area, station.capacity_area);
        }
    }

    /// Instances that have been started and don't serve yet.
    pub fn boots(&self) -> u32 {
        self.booting.iter().map(|(_, count)| count).sum()
    }

    /// Time for which instances have booted up to now, all together, in seconds.
    pub fn boot_seconds(&self, now: f64) -> f64 {
        self.boot_area.0 + f64::from(self.boots()) * (now - self.boot_area.1)
    }

    /// Others boot from now on.
    fn count_boots_to(&mut self, now: f64) {
        self.boot_area = (self.boot_seconds(now), now);
    }

    /// The component doesn't scale any more.
    pub fn leave(&mut self) {
        self.stations.clear();
        self.looked.clear();
        self.booting.clear();
        self.points.clear();
    }

    /// Whether there is anything to scale.
    pub fn is_active(&self) -> bool {
        !self.stations.is_empty()
    }

    /// This many instances, within the limits.
    pub fn clamp(&self, running: u32) -> u32 {
        running.clamp(self.minimum, self.maximum)
    }

    /// Another station of the component.
    pub fn add_station(&mut self, station: u32) {
        self.stations.push(station);
        self.looked.push((0.0, 0.0));
    }

    fn point_every(&self) -> f64 {
        (self.pace.window.0 / POINTS as f64).max(1e-3)
    }

    /// How many instances there should be, from the last points; `None` when as many as there are.
    fn wanted(&self, now: f64) -> Option<u32> {
        let newest = *self.points.last()?;
        if self.points.len() < POINTS {
            return None;
        }
        let (lowest, highest) = self
            .points
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), point| {
                (low.min(*point), high.max(*point))
            });
        let coming = self.coming();
        let away = self.away.min(self.running);
        let serving = self.running - away;
        let cooling = now - self.changed < self.pace.cooldown.0;
        let calm = !cooling && self.booting.is_empty();
        match self.policy {
            ScalingPolicy::TargetTracking {
                utilisation: target,
            } => {
                let for_load = |utilisation: f64| {
                    let count = libm::ceil(f64::from(serving) * utilisation / target - 1e-9);
                    self.clamp((count as u32).max(self.minimum).saturating_add(away))
                };
                if lowest > target {
                    return Some(for_load(newest)).filter(|wanted| *wanted > coming);
                }
                if highest < SLACK * target && calm {
                    return Some(for_load(highest)).filter(|wanted| *wanted < self.running);
                }
            }
            ScalingPolicy::Steps(steps) => {
                if lowest > steps.upper {
                    let before = if cooling { self.before } else { coming };
                    let wanted = before.saturating_add(steps.added_at(newest));
                    return Some(wanted.min(self.maximum)).filter(|wanted| *wanted > coming);
                }
                if highest < steps.lower && calm {
                    let wanted = self.running.saturating_sub(steps.instances);
                    let wanted = self.clamp(wanted.max(self.minimum.saturating_add(away)));
                    return Some(wanted).filter(|wanted| *wanted < self.running);
                }
            }
        }
        None
    }

    /// Whether it hasn't come to rest: instances are on their way, or it has more to decide once it has seen enough or its cooldown is over.
    pub fn is_under_way(&self, now: f64) -> bool {
        let cooling = now - self.changed < self.pace.cooldown.0;
        let decides = self.points.len() < POINTS || self.wanted(now).is_some();
        self.is_active() && (cooling || decides || !self.booting.is_empty())
    }

    /// Instances that serve or boot.
    fn coming(&self) -> u32 {
        self.running + self.boots()
    }
}

/// An autoscaler for each component whose stations scale; stations stand at these places.
pub(super) fn scalers(network: &Network, places: &[u32]) -> Vec<(ComponentId, Scaler)> {
    let mut scalers: Vec<(ComponentId, Scaler)> = Vec::new();
    for (station, place) in network.stations.iter().zip(places) {
        let Instances::Scaled {
            minimum,
            maximum,
            policy,
            pace,
        } = station.instances
        else {
            continue;
        };
        match scalers
            .iter_mut()
            .find(|(component, _)| *component == station.component)
        {
            Some((_, scaler)) => scaler.add_station(*place),
            None => scalers.push((
                station.component,
                Scaler::new(*place, (minimum, maximum), policy, pace),
            )),
        }
    }
    scalers
}

impl Engine {
    /// Plans an autoscaler's first point.
    pub fn start_scaler(&mut self, index: usize) {
        let scaler = &mut self.scalers[index];
        scaler.next = self.now + scaler.point_every();
        let time = scaler.next;
        self.agenda.plan(time, Topic::Clock(index as u32 + 1));
    }

    /// Something of an autoscaler is due: instances have booted, or the next point is to be measured.
    #[inline(never)]
    pub fn scale(&mut self, index: usize) {
        let now = self.now;
        let scaler = &mut self.scalers[index];
        scaler.count_boots_to(now);
        let mut running = scaler.running;
        scaler.booting.retain(|(ready, count)| {
            let serves = *ready <= now;
            if serves {
                running += count;
            }
            !serves
        });
        let booted = running != scaler.running;
        if booted {
            self.run_instances(index, running);
        }
        if now < self.scalers[index].next {
            return;
        }
        self.measure(index);
        let scaler = &mut self.scalers[index];
        if let Some(wanted) = scaler.wanted(now) {
            let coming = scaler.coming();
            // What is removed, or added after the cooldown, is where further steps begin.
            if wanted < coming || now - scaler.changed >= scaler.pace.cooldown.0 {
                scaler.before = coming.min(wanted);
            }
            scaler.changed = now;
            scaler.changes += 1;
            if wanted < scaler.running {
                self.run_instances(index, wanted);
            } else if wanted > coming {
                let ready = now + scaler.pace.boot.0;
                scaler.booting.push((ready, wanted - coming));
                self.agenda.plan(ready, Topic::Clock(index as u32 + 1));
            }
        }
        let scaler = &mut self.scalers[index];
        scaler.next = now + scaler.point_every();
        let time = scaler.next;
        self.agenda.plan(time, Topic::Clock(index as u32 + 1));
    }

    /// Measures the utilisation since the last point: that of the busiest station.
    fn measure(&mut self, index: usize) {
        let scaler = &mut self.scalers[index];
        let mut point = 0.0_f64;
        let stations = scaler.stations.iter();
        let away = stations.map(|place| self.stations[*place as usize].away);
        scaler.away = away.max().unwrap_or_default();
        for (place, looked) in scaler.stations.iter().zip(&mut scaler.looked) {
            let station = &mut self.stations[*place as usize];
            station.count_to(self.now);
            station.count_capacity_to(self.now);
            let (busy, whole) = (station.busy_area, station.capacity_area);
            if whole > looked.1 {
                point = point.max((busy - looked.0) / (whole - looked.1));
            }
            *looked = (busy, whole);
        }
        if scaler.points.len() == POINTS {
            scaler.points.remove(0);
        }
        scaler.points.push(point);
    }

    /// Lets so many instances of a component serve.
    pub fn run_instances(&mut self, index: usize, running: u32) {
        let scaler = &mut self.scalers[index];
        scaler.running = scaler.clamp(running);
        let running = scaler.running;
        for station in 0..scaler.stations.len() {
            let place = self.scalers[index].stations[station];
            self.set_instances(place, running);
        }
    }

    /// Lets so many instances of a station serve; those who wait for the new ones go on.
    fn set_instances(&mut self, place: u32, instances: u32) {
        let now = self.now;
        let station = &mut self.stations[place as usize];
        station.count_to(now);
        station.count_capacity_to(now);
        station.instances = instances;
        if !station.central {
            station.count = instances.min(station.slots);
            let (watcher, count) = (station.watcher, station.count);
            if watcher != NONE {
                self.watchers.have(watcher, count, now);
            }
            if self.faults.any {
                self.count_away(place);
            } else {
                self.count_leaving(place);
            }
            return;
        }
        self.fit_central(place);
    }

    /// Gives the one queue of a station as many servers, and as much room, as its instances have that are there.
    pub(super) fn fit_central(&mut self, place: u32) {
        let now = self.now;
        let leaked = if self.faults.any {
            self.leaked(place, 0)
        } else {
            0
        };
        let station = &mut self.stations[place as usize];
        let there = station.count_away_of_central();
        let queue = &mut self.queues[station.first as usize];
        let servers = match station.rule {
            // Those who are served together are served to their end, also by what is about to go.
            Rule::Sharing => station.servers.saturating_mul(there.max(1)),
            Rule::Queue if leaked > 0 => {
                (station.servers.saturating_mul(there)).saturating_sub(leaked)
            }
            _ => station.servers.saturating_mul(there),
        };
        if station.rule == Rule::Sharing {
            queue.sharing.count_to(now, queue.servers);
        }
        queue.servers = servers;
        // Who waits in another component's queue may do so when nobody serves.
        let refuses = there == 0 && !station.waits_elsewhere;
        let holding = if station.waits_elsewhere {
            station.instances
        } else {
            there
        };
        queue.down = u32::from(refuses);
        queue.capacity = match station.room {
            _ if refuses => 0,
            Some(room) => room.saturating_mul(holding),
            None => u32::MAX,
        };
        match station.rule {
            Rule::Sharing => {
                station.busy = queue.busy.min(servers);
                queue
                    .sharing
                    .plan((station.first, servers), &mut self.agenda);
            }
            _ => self.fill_servers(place),
        }
        self.count_leaving(place);
    }
}
