//! What goes wrong, and when: the timeline of a run's faults, and those of them that need no look at jobs. Whose instances go away is
//! `outages`' to say, whose service slows `slowing`'s. It doesn't know how anybody copes.
//!
//! Faults nest: each is taken back by itself, in any order. A run without faults neither looks here nor draws anything.

use super::agenda::{Serial, Topic};
use super::copies::Copies;
use super::engine::Engine;
use super::failover::OF_COPIES;
use super::job::Doing;
use super::links::LinkState;
use super::names::Registry;
use super::planned::Planned;
use super::program::{Cause, NONE};
use super::random::{Purpose, Stream};
use crate::network::{Disturbance, Effect};
use crate::report::LossCause;
use crate::scenario::ComponentId;
use std::collections::BTreeMap;
use std::ops::Range;

/// A user whose request is over in no time at all, and who thinks for no time, waits so long before the next, seconds: else time would stand still.
pub(super) const BREATH: f64 = 1e-3;

/// The faults of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    /// Whether there are any.
    pub any: bool,
    /// Numbers of the agenda for the beginnings of faults that the document gets later.
    pub set_aside: std::ops::Range<u64>,
    /// Whether some are on links just now.
    pub on_links: bool,
    /// Whether some meet requests where they enter a component just now.
    pub at_entries: bool,
    pub timeline: Vec<Planned>,
    /// Before the first of them, from there on, or after the last.
    phase: u8,
    pub links: Vec<LinkState>,
    pub entries: Vec<EntryState>,
    /// Causes of failure by component: nobody there, lost with the instance.
    pub causes: BTreeMap<u32, (u32, u32)>,
    /// Components that don't replicate just now, each as often as a fault says so.
    unreplicated: Vec<u32>,
    /// Queues some of whose messages can't be worked off just now: share and draws.
    pub poisoned: Vec<Poisoned>,
    /// Jobs that would apply a write where replication stands still, in their order.
    pub held_back: Vec<u32>,
    /// Jobs that carry a write along a link that lets nothing through, in their order.
    pub parted: Vec<u32>,
}

/// Messages that can't be worked off.
#[derive(Clone, Debug)]
pub(super) struct Poisoned {
    pub component: u32,
    pub share: f64,
    pub stream: Stream,
}

/// What is wrong where a component is entered.
#[derive(Clone, Debug)]
pub(super) struct EntryState {
    /// How many faults keep all of the component away.
    pub down: u32,
    /// Whether it may be served by another's machine, which says itself whether it is there.
    pub acted: bool,
    unreachable: u32,
    errors: f64,
    error: u32,
    stream: Stream,
}

/// Gives the failures that faults may cause their places, which a network without faults doesn't have.
pub(super) fn register<'a>(
    disturbances: impl Iterator<Item = &'a Disturbance>,
    registry: &mut Registry,
) {
    let mut place = |component: ComponentId, why| {
        let component = Some(component);
        registry.causes.place(Cause { component, why })
    };
    for disturbance in disturbances {
        match &disturbance.effect {
            Effect::Kill { components, .. } => {
                for component in components {
                    place(*component, LossCause::Unreachable);
                    place(*component, LossCause::InstanceLost);
                }
            }
            Effect::Deploy { component, .. } => {
                place(*component, LossCause::Unreachable);
                place(*component, LossCause::InstanceLost);
            }
            Effect::Errors { component, .. } => {
                place(*component, LossCause::Error);
            }
            Effect::Drop { links, .. } | Effect::Stale { links } => {
                for (_, called) in links {
                    place(*called, LossCause::Unreachable);
                }
            }
            _ => {}
        }
    }
}

/// The places of the causes that are registered.
fn known_causes(registry: &Registry) -> BTreeMap<Cause, u32> {
    let causes = registry.causes.iter();
    causes.map(|(cause, place)| (*cause, place)).collect()
}

fn cause_at(component: ComponentId, why: LossCause) -> Cause {
    Cause {
        component: Some(component),
        why,
    }
}

impl Faults {
    /// Sets the timeline up; the causes are registered.
    pub fn new(seed: u64, disturbances: &[Disturbance], registry: &Registry) -> Self {
        if disturbances.is_empty() {
            return Faults::default();
        }
        let mut faults = Faults {
            any: true,
            timeline: disturbances.iter().cloned().map(Planned::new).collect(),
            ..Faults::default()
        };
        faults.find_places(seed, registry);
        faults
    }

    /// Gives every link and entry a state at its place, a new one where it has none yet. The causes are registered.
    pub fn find_places(&mut self, seed: u64, registry: &Registry) {
        let known = known_causes(registry);
        let cause = |component, why| known.get(&cause_at(component, why)).copied();
        self.causes = known
            .iter()
            .filter(|(known, _)| known.why == LossCause::InstanceLost)
            .filter_map(|(known, lost)| {
                let component = known.component?;
                let unreachable = cause(component, LossCause::Unreachable)?;
                Some((component.0, (unreachable, *lost)))
            })
            .collect();
        let mut called = BTreeMap::new();
        for planned in &self.timeline {
            if let Effect::Drop { links, .. } | Effect::Stale { links } =
                &planned.disturbance.effect
            {
                called.extend(links.iter().copied());
            }
        }
        for (place, link) in registry.links.all().iter().enumerate() {
            let called = called.get(link).copied();
            let unreachable = called.and_then(|called| cause(called, LossCause::Unreachable));
            if let Some(own) = self.links.get_mut(place)
                && !registry.links.is_fresh(place as u32)
            {
                // Calls may hang for what isn't planned any more.
                own.cause = unreachable.unwrap_or(own.cause);
                own.called = called.map_or(own.called, |called| called.0);
                continue;
            }
            let mut state = LinkState::new(seed, link.0, unreachable.unwrap_or(NONE));
            state.called = called.map_or(NONE, |called| called.0);
            match self.links.get_mut(place) {
                Some(own) => *own = state,
                None => self.links.push(state),
            }
        }
        for (place, component) in registry.entries.all().iter().enumerate() {
            let unreachable = cause(*component, LossCause::Unreachable);
            let error = cause(*component, LossCause::Error);
            if let Some(own) = self.entries.get_mut(place)
                && !registry.entries.is_fresh(place as u32)
            {
                own.unreachable = unreachable.unwrap_or(own.unreachable);
                own.error = error.unwrap_or(own.error);
                continue;
            }
            let state = EntryState {
                down: 0,
                acted: false,
                unreachable: unreachable.unwrap_or(NONE),
                errors: 0.0,
                error: error.unwrap_or(NONE),
                stream: Stream::named(seed, component.0, Purpose::Fault, 0),
            };
            match self.entries.get_mut(place) {
                Some(own) => *own = state,
                None => self.entries.push(state),
            }
        }
    }

    /// Why a request that enters a component fails at once, if it does.
    #[inline(never)]
    pub fn at_entry(&mut self, entry: u32) -> Option<u32> {
        let state = &mut self.entries[entry as usize];
        if state.down > 0 && !state.acted {
            return Some(state.unreachable);
        }
        (state.errors > 0.0 && state.stream.happens(state.errors)).then_some(state.error)
    }

    /// Whether a job that would apply a write has to wait, since replication stands still on one of these sides.
    pub fn holds_back(&mut self, job: u32, sides: [u32; 2]) -> bool {
        let stopped = sides.iter().any(|side| self.unreplicated.contains(side));
        if stopped {
            self.held_back.push(job);
        }
        stopped
    }

    /// The causes of failure that requests may have for them.
    pub fn known_causes(&self) -> Vec<u32> {
        let of_components = self.causes.values().flat_map(|(one, other)| [*one, *other]);
        let of_entries = self
            .entries
            .iter()
            .flat_map(|entry| [entry.unreachable, entry.error]);
        let of_links = self.links.iter().map(|link| link.cause);
        let all = of_components.chain(of_entries).chain(of_links);
        all.filter(|cause| *cause != NONE).collect()
    }

    pub fn active(&self) -> impl Iterator<Item = &Planned> {
        self.timeline.iter().filter(|planned| planned.is_active())
    }

    /// Works out anew what is wrong where components are entered; `entered` are their numbers.
    pub fn look_at_entries(&mut self, entered: &[u32]) {
        let mut well = vec![1.0; self.entries.len()];
        for planned in self.active() {
            if let Effect::Errors {
                component,
                probability,
            } = &planned.disturbance.effect
            {
                for (well, entered) in well.iter_mut().zip(entered) {
                    if *entered == component.0 {
                        *well *= 1.0 - probability;
                    }
                }
            }
        }
        for (entry, well) in self.entries.iter_mut().zip(well) {
            entry.errors = 1.0 - well;
        }
        self.at_entries = self
            .entries
            .iter()
            .any(|entry| entry.down > 0 || entry.errors > 0.0);
    }
}

impl Engine {
    /// A fault begins, goes on or ends.
    #[inline(never)]
    pub(super) fn fault_due(&mut self, index: u32) {
        if index >= OF_COPIES {
            return self.copies_due(index - OF_COPIES);
        }
        if !self.faults.any {
            return;
        }
        let planned = &mut self.faults.timeline[index as usize];
        planned.pending = Serial::NONE;
        planned.due = f64::INFINITY;
        if planned.began.is_none() {
            planned.began = Some(self.now);
            match self.faults.phase {
                0 => self.tally.mark_phase(self.now),
                1 => {}
                // One that the document hadn't when all others were over.
                _ => self.tally.take_back_phase(),
            }
            self.faults.phase = 1;
            self.note_beginning(index);
            self.begin_fault(index);
        } else {
            self.go_on_with_fault(index);
        }
        self.note_end(index);
        self.see_whether_faults_are_over();
    }

    /// After the last fault the third phase begins.
    pub(super) fn see_whether_faults_are_over(&mut self) {
        if self.faults.phase == 1 && self.faults.timeline.iter().all(Planned::is_over) {
            self.faults.phase = 2;
            self.tally.mark_phase(self.now);
        }
    }

    fn begin_fault(&mut self, index: u32) {
        let planned = &self.faults.timeline[index as usize];
        let (effect, end) = (
            planned.disturbance.effect.clone(),
            planned.disturbance.end.map(|end| end.0),
        );
        match &effect {
            Effect::Kill {
                components,
                instances,
            } => {
                for component in components {
                    self.kill(index, component.0, *instances);
                }
            }
            Effect::Deploy { component, .. } => {
                self.deploy_next(index, component.0);
                return;
            }
            Effect::Forget {
                component,
                instances,
                keeps_none,
            } => {
                let share = self.share_of_instances(component.0, *instances);
                self.forget(component.0, 0.0..share);
                if !keeps_none {
                    self.faults.timeline[index as usize].ended = Some(self.now);
                    return;
                }
            }
            Effect::Slow {
                components,
                factor,
                instances,
            } => {
                for component in components {
                    self.slow(index, component.0, *factor, *instances);
                }
            }
            Effect::Leak { component, every } => {
                self.leak_next(index, component.0, every.0);
                return;
            }
            _ => {}
        }
        self.look_again(&effect);
        if let Some(end) = end {
            self.plan_fault(index, end.max(self.now));
        }
    }

    fn go_on_with_fault(&mut self, index: u32) {
        let now = self.now;
        let effect = self.faults.timeline[index as usize]
            .disturbance
            .effect
            .clone();
        match &effect {
            Effect::Deploy { component, .. } => {
                self.deploy_next(index, component.0);
                return;
            }
            Effect::Leak { component, every } if self.faults.timeline[index as usize].leaks => {
                self.leak_next(index, component.0, every.0);
                return;
            }
            Effect::Kill { components, .. } if !self.faults.timeline[index as usize].boots => {
                // The slowest to boot is back last; each by itself would be another fault.
                let boot = components
                    .iter()
                    .map(|component| self.boot_of(component.0))
                    .fold(0.0, f64::max);
                if boot > 0.0 {
                    self.faults.timeline[index as usize].boots = true;
                    self.plan_fault(index, now + boot);
                    return;
                }
            }
            _ => {}
        }
        self.faults.timeline[index as usize].ended = Some(now);
        if matches!(effect, Effect::Kill { .. }) {
            self.bring_back(index);
        }
        self.look_again(&effect);
    }

    /// Works out anew what a beginning or ending fault has changed.
    pub(super) fn look_again(&mut self, effect: &Effect) {
        match effect {
            Effect::Drop { .. } | Effect::Delay { .. } | Effect::Stale { .. } => {
                let places = std::mem::take(&mut self.link_places);
                let streams: Vec<u32> = self.copies.iter().flat_map(Copies::links).collect();
                self.faults.look_at_links(&places, &streams);
                self.link_places = places;
                self.look_at_parted();
                self.send_parted();
            }
            Effect::Errors { .. } => self.faults.look_at_entries(&self.entries),
            Effect::Slow { components, .. } => {
                for component in components {
                    self.slow_anew(component.0);
                }
            }
            Effect::StopReplication { .. } => {
                let stopped =
                    self.faults
                        .active()
                        .filter_map(|planned| match planned.disturbance.effect {
                            Effect::StopReplication { component } => Some(component.0),
                            _ => None,
                        });
                self.faults.unreplicated = stopped.collect();
                // All try again, the first first; who still may not is held back anew.
                for held in std::mem::take(&mut self.faults.held_back).into_iter().rev() {
                    self.jobs[held].doing = Doing::Nothing;
                    self.ready.push(held);
                }
            }
            Effect::Forget { component, .. } => {
                let component = component.0;
                let shares =
                    self.faults
                        .active()
                        .filter_map(|planned| match &planned.disturbance.effect {
                            Effect::Forget {
                                component: of,
                                instances,
                                keeps_none: true,
                            } if of.0 == component => Some(*instances),
                            _ => None,
                        });
                let shares: Vec<Option<u32>> = shares.collect();
                let share = shares
                    .into_iter()
                    .map(|instances| self.share_of_instances(component, instances))
                    .fold(0.0, f64::max);
                for store in &mut self.stores {
                    if store.component == component {
                        store.lost_share = share;
                    }
                }
            }
            Effect::Traffic { clients, .. } => {
                for client in clients {
                    self.send_anew(client.0);
                }
            }
            Effect::Leak { component, .. } => self.leak_anew(component.0),
            Effect::Poison { .. } => self.poison_anew(),
            Effect::HotKey { component, .. } => self.heat_anew(component.0),
            Effect::Kill { .. } | Effect::Deploy { .. } => {}
        }
    }

    /// Works out anew how much a population sends.
    fn send_anew(&mut self, component: u32) {
        let factor: f64 = self
            .faults
            .active()
            .filter_map(|planned| match &planned.disturbance.effect {
                Effect::Traffic { clients, factor }
                    if clients.iter().any(|client| client.0 == component) =>
                {
                    Some(*factor)
                }
                _ => None,
            })
            .product();
        for place in 0..self.sources.len() {
            let source = &mut self.sources[place];
            if source.component != component {
                continue;
            }
            if source.factor == factor {
                continue;
            }
            if source.users > 0 {
                let before = source.wanted_users();
                source.factor = factor;
                let after = source.wanted_users();
                self.have_users(place as u32, before, after);
            } else {
                match source.multiply(self.now, factor) {
                    Some(time) => {
                        source.pending = self.agenda.plan(time, Topic::Source(place as u32));
                    }
                    None => source.pending = Serial::NONE,
                }
            }
        }
    }

    /// Users come, or leave as soon as they have their answers.
    fn have_users(&mut self, place: u32, before: u32, after: u32) {
        let source = &mut self.sources[place as usize];
        if after < before {
            // Those who never came are gone at once.
            let absent = source.unseated.min(before - after);
            source.unseated -= absent;
            source.leaving += before - after - absent;
        } else {
            // Who was about to leave stays.
            let stay = source.leaving.min(after - before);
            source.leaving -= stay;
            self.seat(place, after - before - stay);
        }
    }

    /// A user whose request has failed in no time waits for a moment.
    #[inline(never)]
    pub(super) fn user_takes_breath(&mut self, id: u32) {
        let source = &mut self.sources[self.jobs[id].source as usize];
        if source.leaving > 0 {
            source.leaving -= 1;
            self.discard(id);
            return;
        }
        self.jobs[id].at = source.start;
        self.sleep_at_least(id, BREATH);
    }

    /// Which share of a component's instances this many are, 0 to 1.
    pub(super) fn share_of_instances(&self, component: u32, instances: Option<u32>) -> f64 {
        match instances {
            None => 1.0,
            Some(count) => (f64::from(count) / f64::from(self.most_instances(component))).min(1.0),
        }
    }

    /// A component's stores forget this part of their keys, from 0 to 1: that of some instances, by their order.
    pub(super) fn forget(&mut self, component: u32, part: Range<f64>) {
        for store in &mut self.stores {
            if store.component == component {
                store.forget(&part);
            }
        }
        self.lose_unwritten(component, &part);
    }
}
