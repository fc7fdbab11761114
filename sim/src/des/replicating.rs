//! What happens in a request's way where it meets the copies of data: writes take their place, are applied and confirmed, and reads look at
//! what has been applied. It doesn't know how long anything takes.

use super::engine::{Engine, Next};
use super::job::{Doing, Open};
use super::program::{Mark, NONE};

impl Engine {
    /// Something that takes no time.
    #[inline(never)]
    pub(super) fn mark(&mut self, id: u32, mark: Mark) -> Next {
        let now = self.now;
        let job = &mut self.jobs[id];
        job.at += 1;
        match mark {
            Mark::Written { log, waits } => {
                job.write = self.copies[log as usize].write(now, waits);
            }
            Mark::Taken => self.taken(id),
            Mark::Idle => {
                if let Open::Environment { function } = self.close(id) {
                    self.environments[function as usize].give_back(now);
                }
            }
            Mark::Confirmed { log } => self.copies[log as usize].confirm(job.write, now),
            Mark::At {
                component,
                instance,
            } => {
                job.bound_to = component;
                job.bound = instance;
            }
            Mark::Applied { log, replica, seen } => {
                let copy = (replica, if job.bound == NONE { 0 } else { job.bound });
                let write = job.write;
                let (lags, ready) = (&mut self.tally.lags[seen as usize], &mut self.ready);
                let jobs = &mut self.jobs;
                let shown = |lag, waiter| {
                    lags.applied(lag);
                    if waiter != NONE {
                        jobs[waiter].doing = Doing::Nothing;
                        ready.push(waiter);
                    }
                };
                if self.copies[log as usize].apply(copy, write, id, now, shown) {
                    self.jobs[id].doing = Doing::Joining;
                    return Next::Later;
                }
            }
            Mark::Read { log, replica, seen } => {
                let instance = if job.bound == NONE { 0 } else { job.bound };
                let class = job.class;
                let age = self.copies[log as usize].read(replica, instance, class, now);
                self.tally.read_at(seen, class, age);
            }
        }
        Next::Operation
    }
}
