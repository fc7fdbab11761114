//! The document's faults are edited while a run goes on: which of the new ones are those of before, which begin and which end now. It
//! doesn't know what they do.
//!
//! What is over stays as it was; from now on, what goes wrong is what the document says. A fault is known by its incident: where it is,
//! what it does there and how much; documents have no other name for it.
//!
//! - One that is under way goes on as long as the document has the same incident under way at this moment, with the end that it has there.
//!   Otherwise it ends now: what was killed boots, and so does the instance of a deploy that is away, unless it is back earlier.
//! - One that has begun with the same start and is over by what the document says isn't begun anew.
//! - Every other begins at its start; now, if that has passed and its end hasn't. Among what is planned for the very same instant it comes
//!   where it would if the run had had it from its beginning, after the faults that the run had. One that would be over by now, and a flush or
//!   a deploy whose start has passed, never happens.

use super::super::agenda::{Serial, Topic};
use super::super::engine::Engine;
use super::super::planned::{Listed, NO_TURN, Planned};
use crate::network::{Disturbance, Effect};
use crate::scenario::ComponentId;
use crate::units::Seconds;

/// Most faults that are over and not in the document that are remembered.
const MOST_REMEMBERED: usize = 200;

/// A fault that goes on elsewhere than before: its place in the timeline, and what it was before.
pub(super) type Amended = (u32, Effect);

impl Planned {
    /// Whether the document's fault is this one, which it had before.
    fn is(&self, new: &Disturbance, now: f64) -> bool {
        let undone = self.ended.is_some() && new.lasts_at(now);
        self.is_about(new) && self.disturbance.start == new.start && !undone
    }

    /// Whether the document's fault, which lasts at this moment, is this one under way.
    fn goes_on_as(&self, new: &Disturbance, now: f64) -> bool {
        let lasts = new.start.0 <= now && new.end.is_none_or(|end| end.0 > now);
        self.is_about(new) && self.is_active() && lasts
    }

    fn is_about(&self, new: &Disturbance) -> bool {
        let goes_on = self.listed != Listed::InPart && self.turn != NO_TURN;
        goes_on && self.disturbance.incident == new.incident
    }
}

impl Engine {
    /// The timeline becomes that of these faults. What is to happen now is planned; where those under way have moved, somebody has to follow
    /// when all is in its place ([`Engine::amend_faults`]).
    pub(super) fn edit_faults(&mut self, disturbances: &[Disturbance]) -> Vec<Amended> {
        let now = self.now;
        let before = std::mem::take(&mut self.faults.timeline);
        let mut before: Vec<Option<Planned>> = before.into_iter().map(Some).collect();
        let mut own: Vec<Option<Planned>> = vec![None; disturbances.len()];
        for is_own in [Planned::is, Planned::goes_on_as] {
            for (own, new) in own.iter_mut().zip(disturbances) {
                let mut all = before.iter_mut();
                let same = |planned: &&mut Option<Planned>| {
                    let planned = planned.as_ref();
                    planned.is_some_and(|planned| is_own(planned, new, now))
                };
                if own.is_none()
                    && let Some(found) = all.find(same)
                {
                    *own = found.take();
                }
            }
        }
        // In the order of before: what ends now ends in it, and before anything begins.
        let left: Vec<Planned> = before.into_iter().flatten().collect();
        let first = left
            .iter()
            .filter(|planned| planned.ended.is_some())
            .count()
            .saturating_sub(MOST_REMEMBERED);
        let mut over = 0;
        let mut gone: Vec<Planned> = Vec::new();
        for mut planned in left {
            if planned.ended.is_some() {
                over += 1;
                if over <= first || planned.listed == Listed::InPart {
                    continue;
                }
            } else if planned.began.is_none() {
                continue;
            }
            if planned.listed == Listed::There {
                planned.listed = Listed::Before;
                let index = (disturbances.len() + gone.len()) as u32;
                self.end_now(&mut planned, index);
            }
            gone.push(planned);
        }
        let mut amended = Vec::new();
        for (index, (own, new)) in (0..).zip(own.into_iter().zip(disturbances)) {
            let mut planned = own.unwrap_or_else(|| Planned::new(new.clone()));
            let old = std::mem::replace(&mut planned.disturbance, new.clone());
            let was_there = planned.listed == Listed::There;
            planned.listed = Listed::There;
            if planned.is_active() {
                let end = new.end.map_or(f64::INFINITY, |end| end.0);
                let boots_on = planned.boots && end <= now;
                let ends_otherwise = old.end != new.end || !was_there;
                if let Effect::Leak { every, .. } = new.effect {
                    if ends_otherwise {
                        let next = if planned.leaks {
                            planned.due
                        } else {
                            now + every.0
                        };
                        planned.leaks = next < end;
                        let time = if planned.leaks { next } else { end.max(now) };
                        self.plan_later(&mut planned, index, time);
                    }
                } else if ends_otherwise && !boots_on && !new.ends_by_itself() {
                    planned.boots = false;
                    self.plan_later(&mut planned, index, end.max(now));
                }
                if old.effect != new.effect {
                    amended.push((index, old.effect));
                }
            } else if planned.began.is_none() {
                let start = new.start.0;
                let is_planned = planned.pending != Serial::NONE;
                planned.missed = start < now && !new.lasts_at(now);
                if !is_planned && !planned.missed {
                    self.plan_beginning(&mut planned, index, start.max(now));
                }
            }
            self.faults.timeline.push(planned);
        }
        self.faults.timeline.extend(gone);
        amended
    }

    /// Plans how a fault goes on, when it will have its place; never at an infinite time.
    fn plan_later(&mut self, planned: &mut Planned, index: u32, time: f64) {
        planned.due = time;
        planned.pending = if time.is_finite() {
            self.agenda.plan(time, Topic::Fault(index))
        } else {
            Serial::NONE
        };
    }

    /// A fault that the document has no longer is to end.
    fn end_now(&mut self, planned: &mut Planned, index: u32) {
        let now = self.now;
        if planned.ended.is_some() || planned.boots {
            return;
        }
        let mut end = now;
        planned.leaks = false;
        if let Effect::Deploy { component, .. } = planned.disturbance.effect {
            planned.turn = NO_TURN;
            end = planned.due.min(now + self.boot_of(component.0));
        }
        self.plan_later(planned, index, end);
    }

    /// The entries of the agenda that belong to faults, in order, with the places that these have.
    pub(super) fn faults_by_serial(&self) -> Vec<(Serial, u32)> {
        let all = (0..).zip(&self.faults.timeline);
        let mut found: Vec<(Serial, u32)> = all
            .filter(|(_, planned)| planned.pending != Serial::NONE)
            .map(|(place, planned)| (planned.pending, place))
            .collect();
        found.sort_unstable();
        found
    }

    /// Faults under way befall others than before: zones have other components in them, there are other links and other clients.
    pub(super) fn amend_faults(&mut self, amended: Vec<Amended>) {
        for (index, before) in amended {
            let planned = &mut self.faults.timeline[index as usize];
            let effect = planned.disturbance.effect.clone();
            match (&before, &effect) {
                (
                    Effect::Kill {
                        components: old, ..
                    },
                    Effect::Kill {
                        components,
                        instances,
                    },
                ) => {
                    let outages = std::mem::take(&mut planned.outages);
                    let is_left = |component: u32| components.contains(&ComponentId(component));
                    let (left, gone) = outages
                        .into_iter()
                        .partition(|outage| is_left(outage.component));
                    planned.outages = left;
                    let mut part = planned.clone();
                    part.outages = gone;
                    if !part.outages.is_empty() {
                        part.listed = Listed::InPart;
                        part.disturbance.end = Some(Seconds(self.now));
                        part.disturbance.effect = Effect::Kill {
                            components: (part.outages.iter())
                                .map(|outage| ComponentId(outage.component))
                                .collect(),
                            instances: *instances,
                        };
                        let place = self.faults.timeline.len() as u32;
                        if part.boots {
                            // Already on its way.
                            part.pending = self.agenda.plan(part.due, Topic::Fault(place));
                        } else {
                            self.plan_later(&mut part, place, self.now);
                        }
                        self.faults.timeline.push(part);
                    }
                    let boots = self.faults.timeline[index as usize].boots;
                    let is_new = |new: &&ComponentId| !boots && !old.contains(new);
                    for component in components.iter().filter(is_new) {
                        self.kill(index, component.0, *instances);
                    }
                }
                (
                    _,
                    Effect::Slow {
                        components,
                        factor,
                        instances,
                    },
                ) => {
                    planned.slowed.clear();
                    for component in components {
                        self.slow(index, component.0, *factor, *instances);
                    }
                }
                _ => {}
            }
            self.look_again(&before);
            self.look_again(&effect);
        }
        self.see_whether_faults_are_over();
    }
}
