//! How jobs end: well, or by a failure that undoes what they have begun. It doesn't know what they were doing.

use super::agenda::Serial;
use super::engine::{Engine, Next};
use super::job::{Doing, Kind, Open};
use super::program::NONE;
use crate::report::{LossCause, TimeCause};

impl Engine {
    /// A job comes to its end.
    #[inline(always)]
    pub(super) fn end(&mut self, id: u32) -> Next {
        let job = &self.jobs[id];
        if job.trace != NONE && matches!(job.kind, Kind::Request | Kind::User) {
            self.end_trace(id, true);
        }
        let job = &self.jobs[id];
        match job.kind {
            Kind::Request => {
                self.tally.succeeded(job.class, self.now - job.born);
                self.discard(id);
                Next::Later
            }
            Kind::User => {
                self.tally.succeeded(job.class, self.now - job.born);
                self.next_cycle(id)
            }
            _ => self.end_otherwise(id),
        }
    }

    /// What nobody asked for himself comes to its end.
    #[inline(never)]
    fn end_otherwise(&mut self, id: u32) -> Next {
        let job = &self.jobs[id];
        match job.kind {
            Kind::Call => {
                let (join, generation) = (job.join, job.generation);
                self.discard(id);
                self.call_ended(join, generation, NONE);
            }
            Kind::Delivery => self.delivery_ended(id, NONE),
            Kind::Detached => {
                self.tally.detached(job.class, self.now - job.born);
                self.discard(id);
            }
            Kind::OwnAccord => self.discard(id),
            // Ended before.
            Kind::Request | Kind::User => {}
        }
        Next::Later
    }

    /// A user thinks again, or leaves when there are to be fewer.
    #[inline(always)]
    fn next_cycle(&mut self, id: u32) -> Next {
        let source = &mut self.sources[self.jobs[id].source as usize];
        if source.leaving > 0 {
            source.leaving -= 1;
            self.discard(id);
            return Next::Later;
        }
        self.jobs[id].at = source.start;
        Next::Operation
    }

    /// Frees a job's place.
    #[inline(always)]
    pub(super) fn discard(&mut self, id: u32) {
        let job = self.jobs.free(id);
        job.doing = Doing::Nothing;
        job.pending = Serial::NONE;
    }

    /// What a job had begun ends by a failure.
    pub(super) fn undo(&mut self, id: u32, open: Open) {
        match open {
            Open::Held {
                pool,
                instance,
                arrived,
                since,
            } => self.release(id, pool, instance, arrived, since),
            Open::Visit {
                entry,
                since,
                bound_to,
                bound,
            } => self.left(id, entry, since, bound_to, bound),
            Open::Sent { balancer, target } => self.came_back(balancer, target),
            Open::Environment { function, version } => {
                self.environments[function as usize].give_back(version, self.now);
            }
            Open::Fetching { store, flight, .. } if flight != NONE => {
                self.fetch_failed(store, flight);
            }
            Open::Attempting { rule, permit, .. } if permit != NONE => {
                self.tell_breaker(rule, permit, true);
            }
            _ => {}
        }
    }

    /// What a job is doing fails: everything it has begun is undone, up to the attempt that tries again or to the job's end.
    pub(super) fn fail(&mut self, id: u32, cause: u32) -> Next {
        while self.jobs[id].frame != NONE {
            let frame = self.jobs[id].frame;
            if matches!(self.frames[frame], Open::Attempting { .. })
                && let Some(wait) = self.try_again(id, frame)
            {
                self.trace_sleep(id, NONE, TimeCause::Retrying, wait);
                return self.sleep(id, wait);
            }
            let open = self.close(id);
            if self.watchers.are_any()
                && let Open::Visit { entry, .. } = open
            {
                self.saw(id, entry, Some(cause));
            }
            self.undo(id, open);
        }
        let job = &self.jobs[id];
        if job.trace != NONE && matches!(job.kind, Kind::Request | Kind::User) {
            self.end_trace(id, false);
        }
        let job = &self.jobs[id];
        match job.kind {
            Kind::Request => {
                let answered = self.is_answer(cause);
                self.tally
                    .failed(job.class, cause, self.now - job.born, answered);
                self.discard(id);
                Next::Later
            }
            Kind::User => {
                let answered = self.is_answer(cause);
                self.tally
                    .failed(job.class, cause, self.now - job.born, answered);
                if self.faults.any && self.now == self.jobs[id].born {
                    self.user_takes_breath(id);
                    return Next::Later;
                }
                self.next_cycle(id)
            }
            Kind::Call => {
                let (join, generation) = (job.join, job.generation);
                self.discard(id);
                self.call_ended(join, generation, cause);
                Next::Later
            }
            Kind::Delivery => {
                self.delivery_ended(id, cause);
                Next::Later
            }
            Kind::Detached | Kind::OwnAccord => {
                self.tally.detached_failed(job.class, cause);
                self.discard(id);
                Next::Later
            }
        }
    }

    /// Whether a failure counts as an answer (an error, a time-out), or as a refusal.
    fn is_answer(&self, cause: u32) -> bool {
        matches!(
            self.causes[cause as usize].why,
            LossCause::Error | LossCause::TimedOut | LossCause::NoRoute
        )
    }
}
