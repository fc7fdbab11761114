//! Messages handed to whoever works on them, and handed out again when they weren't worked off in time. It doesn't know what the work is.

use super::Simulation;
use super::agenda::Serial;
use super::engine::{Engine, Next};
use super::job::{Doing, Join, Kind, Open};
use super::program::{DeliverySpec, NONE, Op};
use super::rules::Deadlines;
use crate::report::LossCause;
use crate::scenario::ComponentId;

/// Lists of deadlines from this one on are those of messages.
pub(super) const VISIBILITY: u32 = 1 << 20;

/// Added to how often a message was handed out when it can't be worked off.
const POISON: u32 = 1 << 31;

/// How messages come back, and those that have been taken, in the order in which they will.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub spec: DeliverySpec,
    pub deadlines: Deadlines,
}

impl Delivery {
    pub fn new(spec: DeliverySpec) -> Self {
        Delivery {
            spec,
            deadlines: Deadlines::new(),
        }
    }
}

impl Engine {
    /// The first messages of a list are visible again.
    pub(super) fn visibilities(&mut self, list: u32, serial: Serial) {
        let rule = (list - VISIBILITY) as usize;
        if self.deliveries[rule].deadlines.pending != serial {
            return;
        }
        self.deliveries[rule].deadlines.pending = Serial::NONE;
        while let Some(place) = self.deliveries[rule].deadlines.due(&self.joins, self.now) {
            self.visible_again(place);
        }
        self.deliveries[rule]
            .deadlines
            .plan(&self.joins, list, &mut self.agenda);
    }

    /// A message won't become visible again.
    pub(super) fn drop_visibility(&mut self, join: u32) {
        let Join { list, delivers, .. } = self.joins[join];
        if list != NONE {
            self.deliveries[delivers as usize]
                .deadlines
                .remove(&mut self.joins, join);
        }
    }

    /// A message is handed out for the first time.
    pub(super) fn deliver(&mut self, id: u32, rule: u32, to: u32) -> Next {
        let class = self.jobs[id].class;
        let DeliverySpec { queue, cause, .. } = self.deliveries[rule as usize].spec;
        self.tally.messages_at(queue, class).begun += 1;
        let is_poison = !self.faults.poisoned.is_empty() && self.is_poison(cause);
        let handed = if is_poison { POISON } else { 0 };
        self.open(id, Open::Delivering { rule, handed });
        self.hand_out(id, rule, to)
    }

    fn hand_out(&mut self, id: u32, rule: u32, to: u32) -> Next {
        let class = self.jobs[id].class;
        let queue = self.deliveries[rule as usize].spec.queue;
        let Some(delivery) = self.spawn(id, to, Kind::Delivery) else {
            self.tally.messages_at(queue, class).lost += 1;
            return self.fail(id, self.overflow);
        };
        let frame = self.jobs[id].frame;
        if let Open::Delivering { handed, .. } = &mut self.frames[frame] {
            *handed += 1;
        }
        self.tally.messages_at(queue, class).handed += 1;
        let join = self.wait_for(id, 1, 1, true);
        self.joins[join].delivers = rule;
        let generation = self.joins[join].generation;
        let job = &mut self.jobs[delivery];
        job.join = join;
        job.generation = generation;
        // Deliveries come from no source: the place is free for the rule.
        job.source = rule;
        self.ready.push(delivery);
        Next::Later
    }

    /// Work on the message of this job begins: its visibility time-out runs from here.
    pub(super) fn taken(&mut self, mut id: u32) {
        // The work may be a call of the delivery's.
        loop {
            let job = &self.jobs[id];
            let join = job.join;
            match job.kind {
                Kind::Delivery | Kind::Call => {}
                _ => return,
            }
            if self.joins[join].generation != job.generation {
                return;
            }
            if job.kind == Kind::Call {
                id = self.joins[join].waiter;
                continue;
            }
            let rule = job.source;
            self.begin_visibility(join, rule);
            return;
        }
    }

    /// A message's visibility time-out runs from here, where it doesn't yet.
    fn begin_visibility(&mut self, join: u32, rule: u32) {
        if self.joins[join].list == NONE {
            let list = VISIBILITY + rule;
            let delivery = &mut self.deliveries[rule as usize];
            let deadline = self.now + delivery.spec.visibility;
            delivery
                .deadlines
                .add(&mut self.joins, join, deadline, list);
            delivery.deadlines.plan(&self.joins, list, &mut self.agenda);
        }
    }

    /// A delivery has ended, well or with a cause of failure.
    pub(super) fn delivery_ended(&mut self, id: u32, cause: u32) {
        let job = &self.jobs[id];
        let (place, generation, rule, class) = (job.join, job.generation, job.source, job.class);
        self.discard(id);
        let turned_away = cause != NONE && self.finds_no_room(cause);
        let queue = self.deliveries[rule as usize].spec.queue;
        let tally = self.tally.messages_at(queue, class);
        tally.ended += 1;
        let join = &mut self.joins[place];
        if join.generation != generation {
            // Somebody else has the message by now, or it was given up. SQS doesn't promise to delete it for a receipt that isn't the latest,
            // though it says that it has (Amazon SQS API reference, DeleteMessage), and counts it as received in vain.
            tally.late += u64::from(cause == NONE);
            self.tally.orphans += 1;
            return;
        }
        let waiter = join.waiter;
        let is_poison = matches!(
            self.frames[self.jobs[waiter].frame],
            Open::Delivering { handed, .. } if handed >= POISON
        );
        let cause = if cause == NONE && is_poison {
            self.deliveries[rule as usize].spec.cause
        } else {
            cause
        };
        let join = &mut self.joins[place];
        if cause == NONE {
            tally.done += 1;
            self.stop_waiting(place);
            self.close(waiter);
            self.jobs[waiter].doing = Doing::Nothing;
            self.jobs[waiter].at += 1;
            self.ready.push(waiter);
        } else if join.list == NONE && turned_away {
            // Nobody has begun with it.
            tally.lost += 1;
            self.stop_waiting(place);
            self.jobs[waiter].doing = Doing::Nothing;
            self.fail_later(waiter, cause);
        } else {
            // It isn't deleted, and comes back when its time is up: from here where who took it failed before he began.
            join.running = 0;
            join.failure = cause;
            self.begin_visibility(place, rule);
            let spec = &self.deliveries[rule as usize].spec;
            let comes_back = matches!(
                self.frames[self.jobs[waiter].frame],
                Open::Delivering { handed, .. } if handed & !POISON < spec.receives
            );
            if !comes_back {
                return;
            }
            let cause = self.causes[cause as usize];
            match self.returned.iter_mut().find(|(own, _)| *own == cause) {
                Some((_, count)) => *count += 1,
                None => self.returned.push((cause, 1)),
            }
        }
    }

    /// Whether somebody is turned away because there is no room for him, or no room for him any more.
    fn finds_no_room(&self, cause: u32) -> bool {
        matches!(
            self.causes[cause as usize].why,
            LossCause::QueueFull
                | LossCause::RateLimited
                | LossCause::QueueTimedOut
                | LossCause::Shed
                | LossCause::TooManyInFlight
        )
    }

    /// A message's visibility time-out is over: it is handed out again, or has been often enough.
    fn visible_again(&mut self, place: u32) {
        let join = &self.joins[place];
        let (waiter, rule, failure) = (join.waiter, join.delivers, join.failure);
        self.stop_waiting(place);
        let job = &mut self.jobs[waiter];
        job.doing = Doing::Nothing;
        let (class, frame, at) = (job.class, job.frame, job.at);
        let spec = self.deliveries[rule as usize].spec;
        let often = match self.frames[frame] {
            Open::Delivering { handed, .. } => handed & !POISON >= spec.receives,
            _ => true,
        };
        let tally = self.tally.messages_at(spec.queue, class);
        let next = match self.program.ops[at as usize] {
            Op::Deliver { rule, to } if !often => {
                tally.again += 1;
                self.hand_out(waiter, rule, to)
            }
            _ => {
                tally.dead += 1;
                // Who worked on it may be to blame; poison is nobody's failure but the message's.
                let blamed = (failure != NONE).then(|| self.causes[failure as usize].component);
                let by_itself = self.causes[spec.cause as usize].component;
                let cause = match blamed {
                    Some(who) if who != by_itself => failure,
                    _ => spec.cause,
                };
                self.fail(waiter, cause)
            }
        };
        if let Next::Operation = next {
            self.ready.push(waiter);
        }
    }
}

impl Simulation {
    /// How often work on a message has failed, so that a queue hands that out again when its time is up, by who failed and why. What comes of the
    /// message in the end is told with the failures, where it fails.
    pub fn returned(&self) -> impl Iterator<Item = (ComponentId, LossCause, u64)> {
        let all = self.engine.returned.iter();
        all.filter_map(|(cause, count)| Some((cause.component?, cause.why, *count)))
    }
}
