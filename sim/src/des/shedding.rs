//! Requests that have waited too long for a server to keep are dropped when their turn comes. It doesn't know what they wait for.

use super::engine::Engine;
use super::job::{Doing, Job, Line};
use super::program::{NONE, Op};
use super::station::{Queue, Station};
use super::trace::Activity;
use crate::network::{ControlledDelay, Shedding};
use crate::report::TimeCause;

/// How long those who wait for a server of a station may wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Patience {
    rule: Shedding,
    /// The causes of failure of those who have waited for longer than the time-out, and of those who are shed.
    late: u32,
    shed: u32,
}

impl Patience {
    pub fn new(rule: Shedding, late: u32, shed: u32) -> Self {
        Patience { rule, late, shed }
    }

    /// The causes of failure of those who are dropped.
    pub fn causes(&self) -> [u32; 2] {
        [self.late, self.shed]
    }

    /// Whether a queue hasn't been empty for an interval.
    fn stands(&self, queue: &Queue, now: f64) -> Option<ControlledDelay> {
        self.rule
            .controlled_delay
            .filter(|control| queue.length > 0 && now - queue.standing_since > control.interval.0)
    }

    /// How long somebody who comes to the queue now may wait, in seconds.
    pub fn of_newcomer(&self, queue: &Queue, now: f64) -> f64 {
        let controlled = match (self.stands(queue, now), self.rule.controlled_delay) {
            (Some(control), _) => control.target.0,
            (None, Some(control)) => control.interval.0,
            (None, None) => f64::INFINITY,
        };
        controlled.min(self.rule.queue_timeout.0)
    }

    /// Why somebody who could wait for so long is dropped.
    fn cause(&self, patience: f64) -> u32 {
        if patience < self.rule.queue_timeout.0 {
            self.shed
        } else {
            self.late
        }
    }
}

impl Engine {
    /// Somebody comes to wait for a server of an impatient station.
    pub(super) fn wait_with_patience(&mut self, id: u32, place: u32, instance: u32) {
        let station = &self.stations[place as usize];
        let queue = &mut self.queues[(station.first + instance) as usize];
        if let Some(patience) = &station.patience {
            self.jobs[id].work = patience.of_newcomer(queue, self.now);
        }
        if queue.length == 0 {
            queue.standing_since = self.now;
        }
    }

    /// The next who waits for a server of this queue and hasn't waited for too long; those before it are set aside to be dropped.
    pub(super) fn next_patient(&mut self, place: u32, queue: u32) -> Option<u32> {
        let now = self.now;
        loop {
            let station = &mut self.stations[place as usize];
            let queue = &mut self.queues[queue as usize];
            let Some(patience) = &station.patience else {
                return queue.pop(self.jobs.all_mut());
            };
            let last_first = patience
                .stands(queue, now)
                .is_some_and(|control| control.last_first);
            let next = if last_first {
                queue.pop_last(self.jobs.all_mut())?
            } else {
                queue.pop(self.jobs.all_mut())?
            };
            let job = &mut self.jobs[next];
            let waited = now - job.since;
            if waited <= job.work {
                return Some(next);
            }
            job.doing = Doing::Nothing;
            let tally = self.tally.at(place, job.class);
            tally.refused += 1;
            tally.dropped += waited;
            station.count_to(now);
            station.present -= 1;
            self.dropped.push_back(self.jobs.all_mut(), next);
        }
    }

    /// Those who were set aside fail.
    pub(super) fn fail_dropped(&mut self) {
        while let Some(id) = self.dropped.pop_front(self.jobs.all_mut()) {
            let Op::Acquire { pool } = self.program.ops[self.jobs[id].at as usize] else {
                continue;
            };
            let Station {
                component,
                patience,
                ..
            } = &self.stations[pool as usize];
            let owner = *component;
            let patient_for = self.jobs[id].work;
            let cause = patience
                .as_ref()
                .map_or(NONE, |patience| patience.cause(patient_for));
            if self.jobs[id].trace != NONE {
                let since = self.jobs[id].since;
                let waited = Activity::Part(TimeCause::WaitingForToken);
                self.trace(id, owner, waited, since, self.now);
            }
            if cause != NONE {
                self.fail_later(id, cause);
            }
        }
    }
}

impl Queue {
    /// Takes whoever came last, where nobody is more urgent than others.
    fn pop_last(&mut self, jobs: &mut [Job]) -> Option<u32> {
        if !self.levels.is_empty() || self.length == 0 {
            return self.pop(jobs);
        }
        self.length -= 1;
        self.waiting.pop_back(jobs)
    }
}

impl Line {
    /// Takes the last.
    fn pop_back(&mut self, jobs: &mut [Job]) -> Option<u32> {
        if self.tail == NONE {
            return None;
        }
        let job = self.tail;
        self.tail = jobs[job as usize].previous;
        if self.tail == NONE {
            self.head = NONE;
        } else {
            jobs[self.tail as usize].next = NONE;
        }
        Some(job)
    }
}
