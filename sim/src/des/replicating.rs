//! What happens in a request's way where it meets the copies of data: writes take their place, are applied and confirmed, and reads look at
//! what has been applied. It doesn't know how long anything takes.

use super::copies::Copies;
use super::engine::{Engine, Next};
use super::job::{Doing, Job, Open};
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
                let copies = &mut self.copies[log as usize];
                job.write = copies.write(now, waits);
                if self.originals.any {
                    let key = copies.key(job.write);
                    let original = self.originals.of_logs.get(log as usize).copied();
                    self.outdate(id, original, key);
                }
            }
            Mark::Taken => self.taken(id),
            Mark::Quorum { quorum, moment } => return self.at_quorum(id, quorum, moment),
            Mark::Answered { entry } => self.answered(id, entry),
            Mark::WrittenBack { buffer } => self.written_back(id, buffer),
            Mark::Idle => {
                if let Open::Environment { function, version } = self.close(id) {
                    self.environments[function as usize].give_back(version, now);
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
                let log = log.get();
                if self.faults.any {
                    let copies = &self.copies[log as usize];
                    // A replica may have left while this was under way.
                    let of_replica = copies.replicas.get(replica as usize);
                    let sides = [copies.primary, of_replica.copied().unwrap_or(NONE)];
                    if self.faults.holds_back(id, sides) {
                        job.at -= 1;
                        job.doing = Doing::Hanging;
                        return Next::Later;
                    }
                }
                let copies = &self.copies[log as usize];
                let copy = copy_of(copies, replica, job);
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
                let class = job.class;
                let copies = &mut self.copies[log.get() as usize];
                let copy = copy_of(copies, replica, job);
                let age = copies.read(replica, copy, class, now);
                self.tally.read_at(seen, class, age);
                if self.originals.any {
                    self.has_read_copy(id, log.get(), copy, age);
                }
            }
        }
        Next::Operation
    }

    /// Instances of a component that were away learn what has been written meanwhile: all, or those that are told.
    pub(super) fn catch_up(&mut self, component: u32, is_concerned: impl Fn(u32) -> bool) {
        for log in 0..self.copies.len() {
            if self.copies[log].parts.is_some() {
                continue;
            }
            for replica in 0..self.copies[log].replicas.len() as u32 {
                if self.copies[log].replicas[replica as usize] != component {
                    continue;
                }
                for instance in 0..self.copies[log].instances(replica) {
                    if !is_concerned(instance) {
                        continue;
                    }
                    let (jobs, ready) = (&mut self.jobs, &mut self.ready);
                    let copy = self.copies[log].copy(replica, instance);
                    self.copies[log].catch_up_copy(copy, self.now, |_, waiter| {
                        if waiter != NONE {
                            jobs[waiter].doing = Doing::Nothing;
                            ready.push(waiter);
                        }
                    });
                }
            }
        }
    }
}

/// The copy that a job reads of a replica, or carries a write to.
fn copy_of(copies: &Copies, replica: u32, job: &Job) -> u32 {
    match &copies.parts {
        Some(_) => job.copy,
        None => copies.copy(replica, if job.bound == NONE { 0 } else { job.bound }),
    }
}
