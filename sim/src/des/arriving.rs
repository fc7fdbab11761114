//! Requests and users come from their populations. It doesn't know what becomes of them.

use super::agenda::{Serial, Topic};
use super::engine::Engine;
use super::job::{Job, Kind};
use super::program::NONE;
use super::source::Source;
use crate::scenario::ComponentId;
use serde::Serialize;

/// Users of a population who are missing, since a simulation holds only so many requests, calls and users at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UnseatedFindings {
    /// Whose.
    pub component: ComponentId,
    /// How many.
    pub users: u32,
}

impl Engine {
    /// Populations with users for whom there is no room.
    pub(super) fn unseated(&self) -> Vec<UnseatedFindings> {
        let missing = self.sources.iter().filter(|source| source.unseated > 0);
        let row = |source: &Source| UnseatedFindings {
            component: ComponentId(source.component),
            users: source.unseated,
        };
        missing.map(row).collect()
    }

    /// Requests arrive from an open source; says who goes on: the last of them, when the others have.
    #[inline(always)]
    pub(super) fn arrive_from(&mut self, place: u32, serial: Serial) -> Option<u32> {
        let source = &mut self.sources[place as usize];
        if source.pending != serial {
            return None;
        }
        // As nearly always.
        if source.is_plain
            && let Some(time) = source.next_arrival(self.now)
        {
            source.pending = self.agenda.plan(time, Topic::Source(place));
            let route = source.draw_route();
            return self.request(place, route);
        }
        self.arrive_otherwise(place)
    }

    /// Requests arrive of which it isn't certain how many they are, or when the next ones come.
    #[inline(never)]
    fn arrive_otherwise(&mut self, place: u32) -> Option<u32> {
        let source = &mut self.sources[place as usize];
        let batch = if source.arrives {
            source.draw_batch()
        } else {
            0
        };
        if let Some(time) = source.next_arrival(self.now) {
            source.pending = self.agenda.plan(time, Topic::Source(place));
        }
        let mut arrived = None;
        for _ in 0..batch {
            if let Some(job) = arrived {
                self.advance(job);
            }
            let route = self.sources[place as usize].draw_route();
            arrived = self.request(place, route);
        }
        arrived
    }

    /// A request of a source, of a class and from a place in the program on, begins, unless there are too many.
    #[inline(always)]
    fn request(&mut self, place: u32, (class, at): (u16, u32)) -> Option<u32> {
        self.tally.answers[class as usize].offered += 1;
        self.tally.sent[place as usize] += 1;
        if self.jobs.used() >= self.most_jobs {
            self.tally.failed(class, self.overflow, 0.0, false);
            return None;
        }
        let level = self.levels[class as usize];
        let (id, job) = self.jobs.take_or(Job::default);
        job.at = at;
        job.frame = NONE;
        job.kind = Kind::Request;
        job.trace = NONE;
        job.bound_to = NONE;
        job.source = place;
        job.begin(class, level, self.now);
        self.begun(id);
        Some(id)
    }

    /// A job's request has begun.
    #[inline(always)]
    pub(super) fn begun(&mut self, id: u32) {
        self.events += 1;
        if self.traces.wanted > 0 {
            self.begin_trace(id);
        }
        if self.draws_keys {
            self.draw_key(id);
        }
    }

    /// Puts the users of a closed source to their first thought, as far as there is room.
    pub(super) fn seat(&mut self, source: u32, users: u32) {
        for seated in 0..users {
            if self.jobs.used() >= self.most_jobs {
                self.sources[source as usize].unseated += users - seated;
                return;
            }
            let at = self.sources[source as usize].start;
            let id = self.jobs.put(Job {
                at,
                frame: NONE,
                kind: Kind::User,
                bound_to: NONE,
                source,
                // It has asked for nothing yet.
                born: f64::NEG_INFINITY,
                ..Job::default()
            });
            self.advance(id);
        }
    }
}
