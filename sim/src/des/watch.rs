//! Instances that are left out, or get less than their share: those that don't answer probes, that fail again and again, or that have just
//! come. It knows how instances are picked, but not what they do.
//!
//! As long as none is left out or new, requests spread as if nobody watched, draw for draw. What balancers are known to do stands at
//! [`crate::network::Watch`] and its parts.

#[cfg(test)]
mod tests;

mod unreached;

use super::agenda::{Serial, Topic};
use super::engine::Engine;
use super::job::{Join, Kind, Open};
use super::program::{Cause, NONE};
use super::random::{Purpose, Stream};
use super::ring::Asked;
use super::station::{Queue, Rule, Spread, Station};
use crate::network::{OutlierEjection, Watch};
use crate::report::LossCause;
use crate::scenario::ComponentId;
use serde::Serialize;

/// How often an instance is drawn anew until one takes part, before all are looked at in turn.
pub(super) const TRIES: u32 = 32;
/// The part of its share with which an instance starts slowly (Envoy, `slow_start_config.min_weight_percent`: 10 %).
const FIRST_SHARE: f64 = 0.1;
/// Seconds without an ejection that make up for one (Envoy, `outlier_detection.interval`: 10 s), and the longest ejection
/// (`outlier_detection.max_ejection_time`: 300 s, or the time of the first if that is longer).
const REMEMBERED: f64 = 10.0;
const LONGEST: f64 = 300.0;

/// Whose instances are watched, and by whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Watchers {
    all: Vec<Watcher>,
    /// By entry: who watches the instances that its visits are bound to; empty when nobody watches any.
    of_entries: Vec<u32>,
    /// Who watches each component that is watched, by its number in rising order.
    of_components: Vec<(u32, u32)>,
}

/// What watching a component's instances has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WatchFindings {
    /// Whose instances.
    pub component: ComponentId,
    /// How often one was left out for not answering probes.
    pub left_out: u64,
    /// How often one that had been took part again.
    pub returned: u64,
    /// How often one was ejected for failing.
    pub ejected: u64,
    /// How many get no requests at this moment.
    pub out: u32,
}

/// The instances of a component as those see them who send requests there.
#[derive(Clone, Debug)]
struct Watcher {
    spec: Watch,
    /// The station whose instances they are.
    station: u32,
    instances: Vec<Watched>,
    /// How many of them there are.
    known: u32,
    /// Until when somebody gets less than the full share; infinite when that isn't known.
    uneven_until: f64,
    /// Draws whether somebody who starts slowly is taken.
    stream: Stream,
    /// Draws which probes are lost on their way.
    lost: Stream,
    /// The agenda's entry for the next probes.
    probes: Serial,
    left_out: u64,
    returned: u64,
    ejected: u64,
}

/// One instance.
#[derive(Clone, Copy, Debug)]
struct Watched {
    healthy: bool,
    /// Probes in a row that said otherwise.
    contrary: u32,
    /// Failures in a row.
    failures: u32,
    /// How often it was ejected lately, and until when.
    ejections: u32,
    ejected_until: f64,
    /// Since when it takes part.
    joined: f64,
}

impl Watched {
    /// One that has always been there.
    const OLD: Watched = Watched {
        healthy: true,
        contrary: 0,
        failures: 0,
        ejections: 0,
        ejected_until: f64::NEG_INFINITY,
        joined: f64::NEG_INFINITY,
    };

    /// Which part of its share it gets, 0 to 1.
    fn weight(&self, slow_start: f64, now: f64) -> f64 {
        if !self.healthy || self.ejected_until > now {
            0.0
        } else if now - self.joined < slow_start {
            ((now - self.joined) / slow_start).max(FIRST_SHARE)
        } else {
            1.0
        }
    }

    /// Until when it gets less than its share.
    fn uneven_until(&self, slow_start: f64) -> f64 {
        if self.healthy {
            self.ejected_until.max(self.joined + slow_start)
        } else {
            f64::INFINITY
        }
    }
}

impl Watcher {
    fn new(spec: Watch, station: u32, count: u32, seed: u64) -> Self {
        Watcher {
            spec,
            station,
            instances: vec![Watched::OLD; count as usize],
            known: count,
            uneven_until: f64::NEG_INFINITY,
            stream: Stream::named(seed, spec.component.0, Purpose::Watch, 0),
            lost: Stream::named(seed, spec.component.0, Purpose::Watch, 1),
            probes: Serial::NONE,
            left_out: 0,
            returned: 0,
            ejected: 0,
        }
    }

    /// There are so many instances from now on: those that have come start now.
    fn have(&mut self, count: u32, now: f64) {
        if self.instances.len() < count as usize {
            self.instances.resize(count as usize, Watched::OLD);
        }
        for new in self.known..count {
            self.instances[new as usize] = Watched {
                joined: now,
                ..Watched::OLD
            };
        }
        self.known = count;
        self.look_at_shares();
    }

    /// Becomes another of the same component, with what it has seen.
    fn change(&mut self, spec: Watch, now: f64) {
        for watched in &mut self.instances {
            if spec.health.is_none() {
                if !watched.healthy {
                    watched.joined = now;
                }
                watched.healthy = true;
                watched.contrary = 0;
            }
            if spec.outliers.is_none() {
                watched.failures = 0;
                watched.ejections = 0;
                watched.ejected_until = watched.ejected_until.min(now);
                watched.joined = watched.joined.min(now);
            }
        }
        self.spec = spec;
    }

    fn known(&self) -> &[Watched] {
        &self.instances[..self.known as usize]
    }

    fn look_at_shares(&mut self) {
        let slow_start = self.spec.slow_start.0;
        let ends = self.known().iter().map(|one| one.uneven_until(slow_start));
        self.uneven_until = ends.fold(f64::NEG_INFINITY, f64::max);
    }

    fn weight(&self, instance: u32, now: f64) -> f64 {
        self.instances[instance as usize].weight(self.spec.slow_start.0, now)
    }

    /// Picks an instance for the station's next request.
    fn choose(&mut self, station: &mut Station, queues: &[Queue], asked: Asked, now: f64) -> u32 {
        if now >= self.uneven_until || station.count > self.known {
            return station.choose(queues, || asked);
        }
        if let Spread::Keyed(ring) = &station.spread {
            let key = ring.key(asked);
            let owner = ring.owner(key, station.count, |instance| self.takes(instance, now));
            let anybody = || ring.owner(key, station.count, |_| true);
            return owner.or_else(anybody).unwrap_or_default();
        }
        if matches!(station.spread, Spread::Fewest) {
            return self
                .fewest(station, queues, now)
                .unwrap_or_else(|| station.choose(queues, || asked));
        }
        let first = self.draw(station, queues, asked, now);
        if !matches!(station.spread, Spread::TwoChoices) {
            return first;
        }
        let mut second = self.draw(station, queues, asked, now);
        for _ in 0..TRIES {
            if second != first {
                break;
            }
            second = self.draw(station, queues, asked, now);
        }
        let present = |queue: u32| queues[(station.first + queue) as usize].present();
        if present(second) < present(first) {
            second
        } else {
            first
        }
    }

    /// Whether an instance that was picked is taken.
    fn takes(&mut self, instance: u32, now: f64) -> bool {
        let weight = self.weight(instance, now);
        weight >= 1.0 || (weight > 0.0 && self.stream.happens(weight))
    }

    /// Draws by the station's policy until one takes part; any when none does.
    fn draw(&mut self, station: &mut Station, queues: &[Queue], asked: Asked, now: f64) -> u32 {
        // The policy's one candidate; of two choices either one.
        let candidate = |station: &mut Station| match station.spread {
            Spread::TwoChoices => station.stream.below(station.count),
            _ => station.choose(queues, || asked),
        };
        let mut drawn = candidate(station);
        for _ in 0..TRIES {
            if self.takes(drawn, now) {
                return drawn;
            }
            drawn = candidate(station);
        }
        (0..station.count)
            .map(|step| (drawn + step) % station.count)
            .find(|instance| self.weight(*instance, now) > 0.0)
            .unwrap_or(drawn)
    }

    /// The one with the fewest requests of those that take part.
    fn fewest(&mut self, station: &mut Station, queues: &[Queue], now: f64) -> Option<u32> {
        let start = station.stream.below(station.count);
        let mut best: Option<(u32, u32)> = None;
        for step in 0..station.count {
            let instance = (start + step) % station.count;
            if !self.takes(instance, now) {
                continue;
            }
            let present = queues[(station.first + instance) as usize].present();
            if best.is_none_or(|(least, _)| present < least) {
                best = Some((present, instance));
            }
        }
        best.map(|(_, instance)| instance)
    }

    /// Whether any of the instances is to get a request that a balancer has for one of several components.
    fn any_takes(&mut self, now: f64) -> bool {
        if now >= self.uneven_until {
            return true;
        }
        let slow_start = self.spec.slow_start.0;
        let weights = self.known().iter().map(|one| one.weight(slow_start, now));
        let most = weights.fold(0.0, f64::max);
        most >= 1.0 || (most > 0.0 && self.stream.happens(most))
    }

    /// The probes of all instances have been answered, or not.
    fn probed(&mut self, mut answers: impl FnMut(u32) -> bool, now: f64) {
        let Some(health) = self.spec.health else {
            return;
        };
        for instance in 0..self.known {
            let answers = answers(instance);
            let watched = &mut self.instances[instance as usize];
            if answers == watched.healthy {
                watched.contrary = 0;
                continue;
            }
            watched.contrary += 1;
            let enough = if watched.healthy {
                health.unhealthy_after
            } else {
                health.healthy_after
            };
            if watched.contrary < enough {
                continue;
            }
            watched.healthy = answers;
            watched.contrary = 0;
            if answers {
                watched.joined = now.max(watched.ejected_until);
                self.returned += 1;
            } else {
                self.left_out += 1;
            }
        }
        self.look_at_shares();
    }

    /// A request to an instance has ended.
    fn ended(&mut self, spec: OutlierEjection, instance: u32, failed: bool, now: f64) {
        let out = |watched: &&Watched| watched.ejected_until > now;
        let others = self.known().iter().filter(out).count() as f64;
        let most = (spec.most * f64::from(self.known)).max(1.0);
        let Some(watched) = self.instances[..self.known as usize].get_mut(instance as usize) else {
            return;
        };
        // What was under way when it was ejected says nothing new.
        if watched.ejected_until > now {
            return;
        }
        watched.failures = if failed { watched.failures + 1 } else { 0 };
        if watched.failures < spec.failures {
            return;
        }
        watched.failures = 0;
        if others + 1.0 > most {
            return;
        }
        let quiet = ((now - watched.ejected_until) / REMEMBERED).min(1e9) as u32;
        watched.ejections = watched.ejections.saturating_sub(quiet) + 1;
        let longest = LONGEST.max(spec.time.0);
        let span = (spec.time.0 * f64::from(watched.ejections)).min(longest);
        watched.ejected_until = now + span;
        watched.joined = watched.ejected_until;
        self.ejected += 1;
        self.look_at_shares();
    }
}

impl Watchers {
    /// Whether anybody watches anything.
    #[inline]
    pub fn are_any(&self) -> bool {
        !self.of_entries.is_empty()
    }

    /// Whether a component, as one of several targets, gets the request that would be its own.
    pub fn takes(&mut self, component: u32, now: f64) -> bool {
        let known = &self.of_components;
        match known.binary_search_by_key(&component, |known| known.0) {
            Ok(place) => self.all[known[place].1 as usize].any_takes(now),
            Err(_) => true,
        }
    }

    /// Picks an instance of a station whose instances are watched.
    #[inline(never)]
    pub fn choose(
        &mut self,
        station: &mut Station,
        queues: &[Queue],
        asked: Asked,
        now: f64,
    ) -> u32 {
        self.all[station.watcher as usize].choose(station, queues, asked, now)
    }

    /// A watched component has so many instances from now on. Those beyond what there were start now.
    pub fn have(&mut self, watcher: u32, count: u32, now: f64) {
        self.all[watcher as usize].have(count, now);
    }

    /// Whose probes an entry of the agenda stands for, if it isn't of something that has left.
    pub fn probing(&self, serial: Serial) -> Option<u32> {
        let place = self.all.iter().position(|watcher| watcher.probes == serial);
        place.map(|place| place as u32)
    }

    /// Instances that take part with less than their share, since they have just come, by component that has any.
    pub fn warming(&self, now: f64) -> Vec<(ComponentId, u32)> {
        let of = |watcher: &Watcher| {
            let slow_start = watcher.spec.slow_start.0;
            let warms = |one: &&Watched| (1e-300..1.0).contains(&one.weight(slow_start, now));
            watcher.known().iter().filter(warms).count() as u32
        };
        let all = self.all.iter().filter(|watcher| watcher.uneven_until > now);
        let counts = all.map(|watcher| (watcher.spec.component, of(watcher)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// What watching has come to, by component.
    pub fn findings(&self, now: f64) -> Vec<WatchFindings> {
        let found = self.all.iter().map(|watcher| {
            let out = |one: &&Watched| one.weight(0.0, now) == 0.0;
            WatchFindings {
                component: watcher.spec.component,
                left_out: watcher.left_out,
                returned: watcher.returned,
                ejected: watcher.ejected,
                out: watcher.known().iter().filter(out).count() as u32,
            }
        });
        found.collect()
    }
}

impl Engine {
    /// Watches the instances of these components, those that are alone or have one queue together as a whole; what was seen of them before stays
    /// known.
    pub(super) fn change_watchers(&mut self, watches: &[Watch], seed: u64) {
        for station in &mut self.stations {
            station.watcher = NONE;
        }
        let mut before = std::mem::take(&mut self.watchers).all;
        for watch in watches {
            let index = self.watchers.all.len();
            let mut found = None;
            for (place, station) in self.stations.iter_mut().enumerate() {
                let of_component = station.component == watch.component.0 && station.instances > 0;
                if of_component && station.slots > 1 {
                    station.watcher = index as u32;
                    found = found.or(Some((place as u32, station.count)));
                }
            }
            let whole = || {
                let is_whole = |station: &Station| {
                    station.component == watch.component.0
                        && station.instances > 0
                        && station.rule != Rule::Bucket
                };
                let place = self.stations.iter().position(is_whole)?;
                Some((place as u32, 1))
            };
            let Some((station, count)) = found.or_else(whole) else {
                continue;
            };
            let now = self.now;
            let known = before
                .iter()
                .position(|watcher| watcher.spec.component == watch.component);
            let mut watcher = match known {
                None => Watcher::new(*watch, station, count, seed),
                Some(known) => before.swap_remove(known),
            };
            let interval = |watch: &Watch| watch.health.map(|health| health.interval);
            let probes_as_before = interval(&watcher.spec) == interval(watch);
            watcher.station = station;
            watcher.change(*watch, now);
            watcher.have(count, now);
            self.watchers.all.push(watcher);
            if known.is_none() || !probes_as_before {
                self.start_watcher(index);
            }
        }
        let watchers = &self.watchers.all;
        if !watchers.is_empty() {
            let watching = |entered: &u32| {
                let of = |watcher: &Watcher| watcher.spec.component.0 == *entered;
                let place = watchers.iter().position(of);
                place.map_or(NONE, |place| place as u32)
            };
            self.watchers.of_entries = self.entries.iter().map(watching).collect();
            let known = watchers.iter().zip(0..);
            let mut of_components: Vec<(u32, u32)> = known
                .map(|(watcher, place)| (watcher.spec.component.0, place))
                .collect();
            of_components.sort_unstable();
            self.watchers.of_components = of_components;
        }
    }

    /// Instances that have come just now count as having been there for long.
    pub(super) fn start_no_instance_slowly(&mut self, component: ComponentId) {
        let of = |watcher: &&mut Watcher| watcher.spec.component == component;
        if let Some(watcher) = self.watchers.all.iter_mut().find(of) {
            for watched in &mut watcher.instances {
                if watched.joined == self.now {
                    watched.joined = f64::NEG_INFINITY;
                }
            }
            watcher.look_at_shares();
        }
    }

    /// Plans a watcher's next probes.
    fn start_watcher(&mut self, index: usize) {
        let watcher = &mut self.watchers.all[index];
        watcher.probes = match watcher.spec.health {
            None => Serial::NONE,
            Some(health) => {
                let time = self.now + health.interval.0;
                self.agenda.plan(time, Topic::Probe(index as u32))
            }
        };
    }

    /// Picks an instance of a station whose instances are watched.
    fn choose_watched(&mut self, place: u32, asked: Asked) -> u32 {
        let station = &mut self.stations[place as usize];
        self.watchers.choose(station, &self.queues, asked, self.now)
    }

    /// The calls of an attempt are given up: each is a failure of the instance that was asked. What that one has asked of others isn't over
    /// for them.
    pub(super) fn gave_up_on(&mut self, join: u32) {
        let Join {
            calls, generation, ..
        } = self.joins[join];
        for call in calls.into_iter().filter(|call| *call != NONE) {
            let job = &self.jobs[call];
            if job.kind != Kind::Call || (job.join, job.generation) != (join, generation) {
                continue;
            }
            let (mut bound_to, mut bound) = (job.bound_to, job.bound);
            let mut asked = None;
            let mut frame = job.frame;
            while frame != NONE {
                if let Open::Visit {
                    entry,
                    bound_to: to_before,
                    bound: before,
                    ..
                } = self.frames[frame]
                {
                    if self.watchers.of_entries[entry as usize] != NONE {
                        asked = Some((entry, bound_to, bound));
                    }
                    (bound_to, bound) = (to_before, before);
                }
                frame = self.frames.below(frame);
            }
            if asked.is_none() {
                self.lost_on_the_way(call);
            }
            if let Some((entry, bound_to, bound)) = asked
                && bound_to == self.entries[entry as usize]
            {
                let watcher = self.watchers.of_entries[entry as usize];
                let watcher = &mut self.watchers.all[watcher as usize];
                let is_whole = self.stations[watcher.station as usize].slots == 1;
                let bound = if is_whole { 0 } else { bound };
                if bound != NONE
                    && let Some(outliers) = watcher.spec.outliers
                {
                    watcher.ended(outliers, bound, true, self.now);
                }
            }
        }
    }

    /// Whether nobody waits for a job any more, and nobody else watches an instance within its call: that has been counted.
    pub(super) fn is_given_up(&self, id: u32) -> bool {
        let job = &self.jobs[id];
        let left = job.kind == Kind::Call
            && job.join != NONE
            && self.joins[job.join].generation != job.generation;
        if !left {
            return false;
        }
        let mut frame = job.frame;
        while frame != NONE {
            if let Open::Visit { entry, .. } = self.frames[frame]
                && self.watchers.of_entries[entry as usize] != NONE
            {
                return false;
            }
            frame = self.frames.below(frame);
        }
        true
    }

    /// A visit has ended at the instance to which it was bound: well, or for a cause of failure.
    #[inline(never)]
    pub(super) fn saw(&mut self, id: u32, entry: u32, failure: Option<u32>) {
        let component = self.entries[entry as usize];
        let watcher = self.watchers.of_entries[entry as usize];
        if watcher == NONE || self.is_given_up(id) {
            return;
        }
        let Some(Watcher {
            spec: Watch {
                outliers: Some(outliers),
                ..
            },
            station,
            ..
        }) = self.watchers.all.get(watcher as usize)
        else {
            return;
        };
        let (outliers, station) = (*outliers, *station);
        let mut instance = self.jobs[id].bound;
        // Another's machine has acted for it.
        if self.jobs[id].bound_to != component {
            return;
        }
        if self.stations[station as usize].slots == 1 {
            instance = 0;
        }
        if let Some(cause) = failure {
            // Who asks for too much is told so by one that works (429, which Envoy doesn't count), and the simulation's own bound is
            // nobody's failure.
            let Cause { component: of, why } = self.causes[cause as usize];
            let too_much = why == LossCause::RateLimited && of == Some(ComponentId(component));
            if too_much || why == LossCause::TooManyInFlight {
                return;
            }
            // It has failed on the way in, at whichever instance the balancer would have sent it to.
            if instance == NONE {
                instance = self.choose_watched(station, self.jobs[id].asked());
            }
        }
        let watcher = &mut self.watchers.all[watcher as usize];
        watcher.ended(outliers, instance, failure.is_some(), self.now);
    }
}
