//! Calls that are jobs of their own: several at once, with a time-out, or with nobody waiting. It doesn't know what they do.

use super::agenda::Serial;
use super::delivering::VISIBILITY;
use super::engine::{Engine, Next};
use super::job::{Doing, Job, Join, Kind, Open};
use super::program::{NONE, Op, RuleSpec, Small};
use super::rules;
use crate::scenario::Jitter;
use std::ops::Range;

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

    pub(super) fn detach(&mut self, id: u32, to: u32, handed_over: bool) {
        let kind = if handed_over {
            Kind::Detached
        } else {
            Kind::OwnAccord
        };
        match self.spawn(id, to, kind) {
            Some(job) => {
                // Its time counts from here: its request goes on without it.
                self.jobs[job].born = self.now;
                self.ready.push(job);
            }
            None => {
                let class = self.jobs[id].class;
                self.tally.detached_failed(class, self.overflow);
            }
        }
    }

    pub(super) fn fork(&mut self, id: u32, ways: Range<u32>, needed: Small, over: u32) -> Next {
        let count = ways.len() as u32;
        if count == 0 {
            self.jobs[id].at += 1;
            return Next::Operation;
        }
        if self.jobs.used() + count as usize > self.most_jobs {
            return self.fail(id, self.overflow);
        }
        let point = match over {
            NONE => 0.0,
            over => self.stations[over as usize].shuffle(),
        };
        let copies = match self.stations.get(over as usize) {
            Some(station) if station.away > 0 && station.copies > 1 => {
                match self.copies_asked(id, over, point, count) {
                    Some(copies) => copies,
                    None => return self.fail(id, self.stations[over as usize].unreachable),
                }
            }
            _ => Vec::new(),
        };
        let join = self.wait_for(id, count, needed.get(), needed == Small::MOST);
        let generation = self.joins[join].generation;
        // Pushed last first, so that they start in their order.
        for (call, way) in ways.enumerate().rev() {
            let to = self.program.ways[way as usize].to;
            let instance = match over {
                NONE => NONE,
                _ if !copies.is_empty() => copies[call],
                over => self.stations[over as usize].apart(point, call as u32, count),
            };
            let place = call as u32;
            if let Some(call) = self.spawn(id, to, Kind::Call) {
                let job = &mut self.jobs[call];
                if instance != NONE {
                    job.bound = instance;
                }
                job.copy = place;
                job.join = join;
                job.generation = generation;
                self.ready.push(call);
            }
        }
        Next::Later
    }

    /// A job starts to wait for so many calls.
    pub(super) fn wait_for(&mut self, id: u32, running: u32, needed: u32, all: bool) -> u32 {
        let (place, join) = self.joins.take_or(Join::default);
        join.waiter = id;
        join.running = running;
        join.calls = [NONE; 2];
        join.needed = needed;
        join.all = all;
        join.failure = NONE;
        join.list = NONE;
        join.delivers = NONE;
        join.deadline = f64::INFINITY;
        self.jobs[id].doing = Doing::Joining;
        place
    }

    pub(super) fn launch(&mut self, id: u32, rule: u32, to: u32) -> Next {
        let Some(call) = self.spawn(id, to, Kind::Call) else {
            return self.fail(id, self.overflow);
        };
        let RuleSpec {
            timeout,
            hedge_after,
            ..
        } = self.rules[rule as usize].spec;
        // With a second call the first good answer is enough.
        let hedged = hedge_after < timeout;
        let join = self.wait_for(id, 1, 1, !hedged);
        self.joins[join].calls[0] = call;
        let generation = self.joins[join].generation;
        let job = &mut self.jobs[call];
        job.join = join;
        job.generation = generation;
        if hedged {
            self.set_deadline(join, self.now + hedge_after, rules::list(rule, 1));
        } else if timeout.is_finite() {
            self.set_deadline(join, self.now + timeout, rules::list(rule, 0));
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
        self.drop_deadline(place);
        self.joins[place].generation = self.joins[place].generation.wrapping_add(1);
        self.joins.free(place);
    }

    fn set_deadline(&mut self, join: u32, time: f64, list: u32) {
        let (rule, which) = rules::of_list(list);
        let deadlines = &mut self.rules[rule as usize].deadlines[which as usize];
        deadlines.add(&mut self.joins, join, time, list);
        deadlines.plan(&self.joins, list, &mut self.agenda);
    }

    fn drop_deadline(&mut self, join: u32) {
        let list = self.joins[join].list;
        if self.joins[join].delivers != NONE {
            self.drop_visibility(join);
        } else if list != NONE {
            let (rule, which) = rules::of_list(list);
            let deadlines = &mut self.rules[rule as usize].deadlines[which as usize];
            deadlines.remove(&mut self.joins, join);
        }
    }

    /// The first deadlines of a list are due.
    #[inline(never)]
    pub(super) fn deadlines(&mut self, list: u32, serial: Serial) {
        if list >= VISIBILITY {
            return self.visibilities(list, serial);
        }
        let (rule, which) = rules::of_list(list);
        let (rule, which) = (rule as usize, which as usize);
        if self.rules[rule].deadlines[which].pending != serial {
            return;
        }
        self.rules[rule].deadlines[which].pending = Serial::NONE;
        while let Some(place) = self.rules[rule].deadlines[which].due(&self.joins, self.now) {
            if which == 0 {
                self.give_up(place, rule);
            } else {
                self.call_once_more(place, rule);
            }
        }
        self.rules[rule].deadlines[which].plan(&self.joins, list, &mut self.agenda);
    }

    fn give_up(&mut self, join: u32, rule: usize) {
        let waiter = self.joins[join].waiter;
        if self.watchers.are_any() {
            self.gave_up_on(join);
        }
        self.stop_waiting(join);
        self.jobs[waiter].doing = Doing::Nothing;
        self.tally.timeouts += 1;
        self.rules[rule].counts.timeouts += 1;
        let cause = self.rules[rule].spec.cause;
        self.fail_later(waiter, cause);
    }

    /// Nobody has answered yet: the call is made a second time, and from now on only the time-out is waited for.
    fn call_once_more(&mut self, join: u32, rule: usize) {
        let sent_again = self.joins[join].deadline;
        self.drop_deadline(join);
        let Join {
            waiter, generation, ..
        } = self.joins[join];
        let Op::Launch { to, .. } = self.program.ops[self.jobs[waiter].at as usize] else {
            return;
        };
        if let Some(call) = self.spawn(waiter, to, Kind::Call) {
            self.joins[join].running += 1;
            self.joins[join].calls[1] = call;
            let job = &mut self.jobs[call];
            job.join = join;
            job.generation = generation;
            self.rules[rule].counts.hedges += 1;
            self.ready.push(call);
        }
        let RuleSpec {
            timeout,
            hedge_after,
            ..
        } = self.rules[rule].spec;
        if timeout.is_finite() {
            let time = sent_again + (timeout - hedge_after);
            self.set_deadline(join, time, rules::list(rule as u32, 0));
        }
    }

    /// A call begins that may be tried several times.
    pub(super) fn attempt(&mut self, id: u32, place: u32) -> Next {
        let rule = &mut self.rules[place as usize];
        rule.counts.calls += 1;
        if let Some(budget) = &mut rule.budget {
            budget.deposit(self.now);
        }
        let again = self.jobs[id].at + 1;
        self.open(
            id,
            Open::Attempting {
                rule: place,
                again,
                failed: 0,
                permit: NONE,
            },
        );
        self.jobs[id].at = again;
        Next::Operation
    }

    /// Asks the breaker whether an attempt may be made.
    pub(super) fn ask_breaker(&mut self, id: u32, place: u32) -> Next {
        let rule = &mut self.rules[place as usize];
        let Some(breaker) = &mut rule.breaker else {
            // It was taken away while this was under way.
            self.jobs[id].at += 1;
            return Next::Operation;
        };
        let Some(given) = breaker.ask(self.now) else {
            rule.counts.stopped += 1;
            let cause = rule.spec.stopped;
            return self.fail(id, cause);
        };
        let frame = self.jobs[id].frame;
        if let Open::Attempting { permit, .. } = &mut self.frames[frame] {
            *permit = given;
        }
        self.jobs[id].at += 1;
        Next::Operation
    }

    /// Tells the breaker how an attempt that it had let through has ended.
    pub(super) fn tell_breaker(&mut self, place: u32, permit: u32, bad: bool) {
        if let Some(breaker) = &mut self.rules[place as usize].breaker {
            breaker.ended(self.now, permit, bad);
        }
    }

    /// An attempt has failed: how many seconds to wait before the next, to which the job is sent back; `None` when there is none.
    pub(super) fn try_again(&mut self, id: u32, frame: u32) -> Option<f64> {
        let Open::Attempting {
            rule: place,
            again,
            failed,
            permit,
        } = &mut self.frames[frame]
        else {
            return None;
        };
        let (place, at, nth) = (*place, *again, *failed);
        let shown = std::mem::replace(permit, NONE);
        *failed += 1;
        if shown != NONE {
            self.tell_breaker(place, shown, true);
        }
        let rule = &mut self.rules[place as usize];
        if nth >= rule.spec.retries {
            return None;
        }
        if let Some(budget) = &mut rule.budget
            && !budget.withdraw(self.now)
        {
            rule.counts.withheld += 1;
            return None;
        }
        rule.counts.retries += 1;
        self.tally.retries += 1;
        self.jobs[id].at = at;
        let mean = rule.spec.backoff * libm::exp2(f64::from(nth));
        let stream = &mut self.choices[rule.spec.choice as usize];
        Some(match rule.spec.jitter {
            _ if mean <= 0.0 => 0.0,
            Jitter::Exponential => mean * stream.exponential(),
            Jitter::None => mean,
            Jitter::Full => 2.0 * mean * stream.uniform(),
            Jitter::Equal => mean * (2.0 / 3.0) * (1.0 + stream.uniform()),
        })
    }
}
