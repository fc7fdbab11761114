//! Calls that are jobs of their own: several at once, with a time-out, or with nobody waiting. It doesn't know what they do.

use super::agenda::Serial;
use super::engine::{Engine, Next};
use super::job::{Doing, Job, Join, Kind};
use super::program::{self, NONE};

impl Engine {
    /// A new job in the same request as another; `None` when there are too many.
    pub(super) fn spawn(&mut self, parent: u32, at: u32, kind: Kind) -> Option<u32> {
        if self.jobs.used() >= self.most_jobs {
            return None;
        }
        let parent = self.jobs[parent].clone();
        Some(self.jobs.put(Job {
            at,
            frame: NONE,
            kind,
            doing: Doing::Nothing,
            join: NONE,
            pending: Serial::NONE,
            ..parent
        }))
    }

    pub(super) fn detach(&mut self, id: u32, to: u32) {
        match self.spawn(id, to, Kind::Detached) {
            Some(job) => self.ready.push(job),
            None => {
                let class = self.jobs[id].class;
                self.tally.detached_failed(class, self.overflow);
            }
        }
    }

    pub(super) fn fork(
        &mut self,
        id: u32,
        first: u32,
        count: u32,
        needed: u32,
        choice: program::Join,
    ) -> Next {
        if count == 0 {
            self.jobs[id].at += 1;
            return Next::Operation;
        }
        if self.jobs.used() + count as usize > self.most_jobs {
            return self.fail(id, self.overflow);
        }
        let join = self.wait_for(id, count, needed, choice == program::Join::All);
        let generation = self.joins[join].generation;
        // Pushed last first, so that they start in their order.
        for way in (first..first + count).rev() {
            let to = self.program.ways[way as usize].1;
            if let Some(call) = self.spawn(id, to, Kind::Call) {
                let job = &mut self.jobs[call];
                job.join = join;
                job.generation = generation;
                self.ready.push(call);
            }
        }
        Next::Later
    }

    /// A job starts to wait for so many calls.
    pub(super) fn wait_for(&mut self, id: u32, running: u32, needed: u32, all: bool) -> u32 {
        let place = self.joins.take_or(Join::default);
        let join = &mut self.joins[place];
        join.waiter = id;
        join.running = running;
        join.needed = needed;
        join.all = all;
        join.failure = NONE;
        join.rule = NONE;
        join.deadline = f64::INFINITY;
        self.jobs[id].doing = Doing::Joining;
        place
    }

    pub(super) fn launch(&mut self, id: u32, rule: u32, to: u32) -> Next {
        let Some(call) = self.spawn(id, to, Kind::Call) else {
            return self.fail(id, self.overflow);
        };
        let join = self.wait_for(id, 1, 1, true);
        let generation = self.joins[join].generation;
        let job = &mut self.jobs[call];
        job.join = join;
        job.generation = generation;
        let timeout = self.rules[rule as usize].spec.timeout;
        if timeout.is_finite() {
            let state = &mut self.rules[rule as usize];
            state.add(&mut self.joins, join, self.now + timeout, rule);
            state.plan(&self.joins, rule, &mut self.agenda);
        }
        self.ready.push(call);
        Next::Later
    }

    /// A call has ended, well or with a cause of failure.
    pub(super) fn call_ended(&mut self, place: u32, generation: u32, cause: u32) {
        let join = &mut self.joins[place];
        if join.generation != generation {
            self.tally.orphans += 1;
            return;
        }
        join.running -= 1;
        if cause == NONE {
            join.needed = join.needed.saturating_sub(1);
        } else if join.failure == NONE {
            join.failure = cause;
        }
        let over = if join.all {
            join.running == 0
        } else {
            join.needed == 0 || join.running < join.needed
        };
        if !over {
            return;
        }
        let failed = if join.all {
            join.failure != NONE
        } else {
            join.needed > 0
        };
        let (waiter, failure) = (join.waiter, join.failure);
        self.stop_waiting(place);
        self.jobs[waiter].doing = Doing::Nothing;
        if failed {
            self.fail_later(waiter, failure);
        } else {
            self.jobs[waiter].at += 1;
            self.ready.push(waiter);
        }
    }

    /// A waiter fails, and goes on from there if it can.
    pub(super) fn fail_later(&mut self, waiter: u32, cause: u32) {
        if let Next::Operation = self.fail(waiter, cause) {
            self.ready.push(waiter);
        }
    }

    /// Nobody waits at this join any more; calls that are still running find nobody.
    pub(super) fn stop_waiting(&mut self, place: u32) {
        let rule = self.joins[place].rule;
        if rule != NONE {
            self.rules[rule as usize].remove(&mut self.joins, place);
        }
        self.joins[place].generation = self.joins[place].generation.wrapping_add(1);
        self.joins.free(place);
    }

    /// The first deadlines of a rule are due.
    pub(super) fn deadlines(&mut self, rule: u32, serial: Serial) {
        if self.rules[rule as usize].pending != serial {
            return;
        }
        self.rules[rule as usize].pending = Serial::NONE;
        while let Some(place) = self.rules[rule as usize].due(&self.joins, self.now) {
            let waiter = self.joins[place].waiter;
            self.stop_waiting(place);
            self.jobs[waiter].doing = Doing::Nothing;
            self.tally.timeouts += 1;
            let cause = self.rules[rule as usize].spec.cause;
            self.fail_later(waiter, cause);
        }
        self.rules[rule as usize].plan(&self.joins, rule, &mut self.agenda);
    }
}
