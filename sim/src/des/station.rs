//! The state of stations: queues, servers, and those who share them. It knows jobs, but not what they do afterwards.

use super::job::{Job, Line};
use super::program::{NONE, StationSpec};
use super::random::Stream;
use super::ring::{Asked, Ring};
use super::sharing::Sharing;
use super::shedding::Patience;
use super::watch::Watchers;
use crate::network::{Discipline, Dispatch, Instances};

/// A station. What every visit needs stands first, close together.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Station {
    /// Its instances' queues: this and the following.
    pub first: u32,
    /// How many queues it has; those beyond `count` only finish what they have begun.
    pub slots: u32,
    /// The component, as a number for bindings.
    pub component: u32,
    /// Requests in it, in service and waiting.
    pub present: u32,
    /// Busy servers.
    pub busy: u32,
    /// How many queues arrivals spread over.
    pub count: u32,
    /// Until when the areas are counted, seconds.
    pub counted: f64,
    /// Time integral of the requests in it.
    pub present_area: f64,
    /// Time integral of its busy servers.
    pub busy_area: f64,
    pub rule: Rule,
    /// How long those who wait may wait; `None` when it doesn't matter.
    pub patience: Option<Box<Patience>>,
    // A second line: what choosing an instance needs.
    pub spread: Spread,
    /// Draws instances.
    pub stream: Stream,
    /// Where the next one goes in turn.
    pub turn: u32,
    /// Who watches its instances; [`NONE`] when nobody does.
    pub watcher: u32,
    // A third: what there is of it, as every window asks.
    /// Instances that serve.
    pub instances: u32,
    /// How many of the instances that should serve are away.
    pub away: u32,
    /// Servers of each.
    pub servers: u32,
    /// The cause of failure of those it refuses.
    pub refusal: u32,
    /// Servers that are still busy though what they belong to is away, has been removed, or has fewer: they finish what they have begun.
    pub leaving: u32,
    /// Until when the servers there were are counted, seconds.
    pub capacity_counted: f64,
    /// Time integral of its servers.
    pub capacity_area: f64,
    /// Time integral of its instances that serve.
    pub instance_area: f64,
    /// The instances that divide data, in the order in which calls made at once were last spread over them.
    pub order: Box<[u32]>,
    // What few need.
    /// On how many of these each key lies, any of which may answer for it.
    pub copies: u32,
    /// Most requests that an instance holds.
    pub room: Option<u32>,
    /// Whether all instances have one queue.
    pub central: bool,
    /// The cause of failure of those who find an instance away; without faults there is none.
    pub unreachable: u32,
    /// Whether those who wait for it stand elsewhere, in a queue that outlives it.
    pub waits_elsewhere: bool,
    /// Of one queue for all: how many instances are away, and how many faults keep all of them away.
    pub down: u32,
    /// See [`Station::down`].
    pub all_down: u32,
    /// What it was set up as.
    pub spec: StationSpec,
}

/// How a station is set up, beside what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Its place.
    pub place: u32,
    /// How many priorities there are.
    pub levels: usize,
    /// Instances that serve; `None` for as many as specified, or the fewest that an autoscaler may leave.
    pub running: Option<u32>,
    /// Queues at least, for those who are still in them.
    pub least_slots: u32,
}

/// Who is served next, as the simulation does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The first, or the first of the most urgent.
    Queue,
    /// The first of the most urgent, who interrupts the less urgent.
    Interrupting,
    /// All at once.
    Sharing,
    /// Everybody at once at full speed.
    Infinite,
    /// Tokens.
    Bucket,
}

/// How arrivals spread over the queues.
#[derive(Clone, Debug)]
pub(super) enum Spread {
    /// There is one queue.
    One,
    Random,
    RoundRobin,
    Fewest,
    TwoChoices,
    /// The share of this or an earlier queue.
    Shares(Box<[f64]>),
    /// By the key of each request.
    Keyed(Box<Ring>),
    /// This share to the first, and what is left as by the sums of shares.
    Hot(Box<(f64, Box<[f64]>)>),
}

/// One instance. What every visit needs stands in the first of its three cache lines, who shares in the second, who waits in the third.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Queue {
    /// Requests waiting.
    pub length: u32,
    /// Servers that are busy.
    pub busy: u32,
    /// Servers.
    pub servers: u32,
    /// How many faults keep this instance away; it is up when there is none.
    pub down: u32,
    /// Most requests at once, waiting and in service; there are never so many as [`u32::MAX`].
    pub capacity: u32,
    /// The station's place.
    pub station: u32,
    /// Service takes so many times as long as drawn.
    pub slow: f64,
    /// Those who share the servers, where they do.
    pub sharing: Sharing,
    pub waiting: Line,
    /// Rows of the more and less urgent, where there are priorities; empty else.
    pub levels: Box<[Line]>,
    /// Who is being served, where they can be interrupted; empty else.
    pub serving: Vec<u32>,
    /// Tokens left, and when they were counted, where there are any.
    pub tokens: Option<Box<(f64, f64)>>,
    /// Since when somebody has been waiting, where that matters.
    pub standing_since: f64,
}

const _: () = assert!(size_of::<Queue>() == 3 * 64);

// In a browser addresses are half as long, and all lies closer together.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(std::mem::offset_of!(Station, spread) == 64);
    assert!(std::mem::offset_of!(Station, instances) == 2 * 64);
};

impl Station {
    /// Counts the areas up to now.
    #[inline]
    pub fn count_to(&mut self, now: f64) {
        let span = now - self.counted;
        // Signed, for that is the conversion which processors have.
        self.present_area += f64::from(self.present as i32) * span;
        self.busy_area += f64::from(self.busy as i32) * span;
        self.counted = now;
    }

    /// Counts all areas up to now.
    #[inline]
    pub fn count_all_to(&mut self, now: f64) {
        self.count_to(now);
        self.count_capacity_to(now);
    }

    /// The areas up to a moment that may be later than what is counted: of requests, busy servers, servers, and instances that serve.
    pub fn areas_at(&self, now: f64) -> [f64; 4] {
        let span = now - self.counted;
        let there = f64::from(self.instances - self.away);
        let of_capacity = now - self.capacity_counted;
        let instances = there * of_capacity;
        let leaving = f64::from(self.leaving) * of_capacity;
        [
            self.present_area + f64::from(self.present) * span,
            self.busy_area + f64::from(self.busy) * span,
            self.capacity_area + (f64::from(self.servers) * instances + leaving),
            self.instance_area + instances,
        ]
    }

    /// Counts how many instances behind one queue are away, and says how many are there.
    pub fn count_away_of_central(&mut self) -> u32 {
        self.away = if self.all_down > 0 {
            self.instances
        } else {
            self.down.min(self.instances)
        };
        self.instances - self.away
    }

    /// Why an instance of it refuses somebody: it is away, or full.
    pub fn cause_of_refusal(&self, queue: &Queue) -> u32 {
        if queue.is_up() {
            self.refusal
        } else {
            self.unreachable
        }
    }

    /// Counts the servers there were up to now, those among them that only finish what they have begun.
    #[inline]
    pub fn count_capacity_to(&mut self, now: f64) {
        let there = f64::from(self.instances - self.away);
        let span = now - self.capacity_counted;
        let instances = there * span;
        self.instance_area += instances;
        self.capacity_area += f64::from(self.servers) * instances + f64::from(self.leaving) * span;
        self.capacity_counted = now;
    }

    /// How many servers of the queue at this place are only there to finish; see [`Station::leaving`].
    pub fn leaving_of(&self, place: u32, queue: &Queue) -> u32 {
        let working = match self.rule {
            Rule::Sharing => queue.busy.min(queue.servers),
            Rule::Infinite | Rule::Bucket => 0,
            Rule::Queue | Rule::Interrupting => queue.busy,
        };
        let stay = if self.central {
            self.servers.saturating_mul(self.instances - self.away)
        } else if queue.is_up() && place < self.count && self.instances > 0 {
            self.servers
        } else {
            0
        };
        working.saturating_sub(stay)
    }
}

impl Queue {
    /// Requests in it.
    #[inline]
    pub fn present(&self) -> u32 {
        self.length + self.busy
    }

    /// Puts a job at the end of its row.
    #[inline]
    pub fn push(&mut self, jobs: &mut [Job], job: u32) {
        self.length += 1;
        if self.levels.is_empty() {
            self.waiting.push_back(jobs, job);
        } else {
            let level = usize::from(jobs[job as usize].level).min(self.levels.len() - 1);
            self.levels[level].push_back(jobs, job);
        }
    }

    /// Puts an interrupted job at the front of its row.
    pub fn push_front(&mut self, jobs: &mut [Job], job: u32) {
        self.length += 1;
        if self.levels.is_empty() {
            self.waiting.push_front(jobs, job);
        } else {
            let level = usize::from(jobs[job as usize].level).min(self.levels.len() - 1);
            self.levels[level].push_front(jobs, job);
        }
    }

    /// Takes a job out of its row.
    pub fn remove(&mut self, jobs: &mut [Job], job: u32) {
        self.length -= 1;
        if self.levels.is_empty() {
            self.waiting.remove(jobs, job);
        } else {
            let level = usize::from(jobs[job as usize].level).min(self.levels.len() - 1);
            self.levels[level].remove(jobs, job);
        }
    }

    /// Whether the instance is there: calls to one that isn't fail at once.
    pub fn is_up(&self) -> bool {
        self.down == 0
    }

    /// Takes whoever is next.
    #[inline(always)]
    pub fn pop(&mut self, jobs: &mut [Job]) -> Option<u32> {
        if self.length == 0 {
            return None;
        }
        self.length -= 1;
        if self.levels.is_empty() {
            self.waiting.pop_front(jobs)
        } else {
            self.levels.iter_mut().find_map(|line| line.pop_front(jobs))
        }
    }
}

impl Station {
    /// Sets a station up, with its queues at the end of the list.
    pub fn new(
        spec: &StationSpec,
        setting: Setting,
        stream: Stream,
        queues: &mut Vec<Queue>,
    ) -> Station {
        let Setting {
            place,
            levels,
            running,
            least_slots,
        } = setting;
        let (instances, slots) = match spec.instances {
            Instances::Fixed(count) => (count.max(1), count.max(1)),
            // The fewest, until the autoscaler wants more.
            Instances::Scaled {
                minimum, maximum, ..
            } => (minimum.max(1), maximum.max(minimum).max(1)),
        };
        let instances = running.unwrap_or(instances);
        let central = spec.dispatch == Dispatch::Central;
        let slots = if central { 1 } else { slots };
        let slots = slots.max(least_slots);
        let together = if central { instances } else { 1 };
        let room = spec.capacity.map(|capacity| capacity.max(spec.servers));
        let rule = match spec.discipline {
            Discipline::FirstComeFirstServed | Discipline::Priority => Rule::Queue,
            Discipline::PreemptivePriority => Rule::Interrupting,
            Discipline::ProcessorSharing => Rule::Sharing,
            Discipline::Infinite => Rule::Infinite,
            Discipline::TokenBucket { .. } => Rule::Bucket,
        };
        let prioritised = matches!(
            spec.discipline,
            Discipline::Priority | Discipline::PreemptivePriority
        );
        let spread = match &spec.dispatch {
            _ if slots == 1 => Spread::One,
            Dispatch::Central => Spread::One,
            Dispatch::Random => Spread::Random,
            Dispatch::RoundRobin => Spread::RoundRobin,
            Dispatch::LeastConnections => Spread::Fewest,
            Dispatch::TwoChoices => Spread::TwoChoices,
            Dispatch::Shares(shares) => {
                let mut sum = 0.0;
                let total: f64 = shares.iter().sum();
                Spread::Shares(
                    shares
                        .iter()
                        .map(|share| {
                            sum += share / total;
                            sum
                        })
                        .collect(),
                )
            }
        };
        let first = queues.len() as u32;
        for _ in 0..slots {
            queues.push(Queue {
                waiting: Line::EMPTY,
                levels: if prioritised && levels > 1 {
                    vec![Line::EMPTY; levels].into()
                } else {
                    Box::default()
                },
                length: 0,
                busy: 0,
                servers: spec.servers.saturating_mul(together),
                capacity: room.map_or(u32::MAX, |room| room.saturating_mul(together)),
                station: place,
                serving: Vec::new(),
                // Of many instances none is expected to hold many.
                sharing: Sharing::with_room(if rule == Rule::Sharing && slots <= 64 {
                    64
                } else {
                    0
                }),
                tokens: (rule == Rule::Bucket).then(|| Box::new((f64::INFINITY, 0.0))),
                standing_since: 0.0,
                slow: 1.0,
                down: 0,
            });
        }
        Station {
            rule,
            spread,
            first,
            count: if central { 1 } else { instances },
            slots,
            instances,
            servers: spec.servers,
            leaving: 0,
            room,
            central,
            component: spec.component.0,
            refusal: spec.refusal,
            patience: spec.patience.map(Box::new),
            copies: spec.copies,
            unreachable: NONE,
            waits_elsewhere: spec.waits_elsewhere,
            down: 0,
            all_down: 0,
            away: 0,
            watcher: NONE,
            turn: 0,
            order: match &spec.dispatch {
                Dispatch::Shares(shares) if slots > 1 => (0..shares.len() as u32).collect(),
                _ => Box::default(),
            },
            stream,
            present: 0,
            busy: 0,
            counted: 0.0,
            present_area: 0.0,
            busy_area: 0.0,
            capacity_counted: 0.0,
            capacity_area: 0.0,
            instance_area: 0.0,
            spec: spec.clone(),
        }
    }

    /// Whether it serves the urgent first.
    pub fn is_prioritised(&self) -> bool {
        matches!(
            self.spec.discipline,
            Discipline::Priority | Discipline::PreemptivePriority
        )
    }

    /// The network has it no longer: whoever is there finishes, but no servers are counted, and nothing is away any more.
    pub fn leave(&mut self, now: f64) {
        self.count_capacity_to(now);
        self.instances = 0;
        self.away = 0;
        self.down = 0;
        self.all_down = 0;
    }

    /// A queue of a station that has left is as it was specified, whatever was away.
    pub fn let_go_on(&self, queue: &mut Queue) {
        let together = match self.spec.instances {
            _ if !self.central => 1,
            Instances::Fixed(count) => count.max(1),
            Instances::Scaled { minimum, .. } => minimum.max(1),
        };
        if queue.down > 0 || (self.central && queue.servers == 0) {
            queue.servers = queue.servers.max(self.servers.saturating_mul(together));
            queue.capacity = u32::MAX;
        }
        queue.down = 0;
    }

    /// Shuffles the instances and gives a point between 0 and 1, from which calls made at once are spread by [`Self::apart`].
    pub fn shuffle(&mut self) -> f64 {
        for place in (1..self.order.len()).rev() {
            let other = self.stream.below(place as u32 + 1) as usize;
            self.order.swap(place, other);
        }
        self.stream.uniform()
    }

    /// The instance for one of so many calls that are made at once, each to an instance of its own: by systematic sampling in random order
    /// (Goodman & Kish 1950), which gives every instance its share of the calls, and none two of them unless its share is larger than one
    /// call's. [`NONE`] where instances don't have shares.
    pub fn apart(&self, point: f64, call: u32, calls: u32) -> u32 {
        let sums = match &self.spread {
            Spread::Shares(sums) => sums,
            // Who asks all asks each for its own.
            Spread::Hot(hot) => &hot.1,
            _ => return NONE,
        };
        let point = point + f64::from(call) / f64::from(calls);
        let mut left = if point < 1.0 { point } else { point - 1.0 };
        let share = |instance: u32| match instance as usize {
            0 => sums[0],
            instance => sums[instance] - sums[instance - 1],
        };
        let mut found = NONE;
        for instance in &self.order {
            found = *instance;
            left -= share(*instance);
            if left < 0.0 {
                break;
            }
        }
        found
    }

    /// The instances for so many calls that are made at once about one key, from a point that [`Self::shuffle`] gave: the first of its copies
    /// that are there. `None` when there aren't so many.
    pub fn asked(&self, queues: &[Queue], point: f64, calls: u32) -> Option<Vec<u32>> {
        let copies = (0..self.copies).map(|copy| self.apart(point, copy, self.copies));
        let is_there =
            |instance: &u32| *instance != NONE && queues[(self.first + instance) as usize].is_up();
        let mut asked: Vec<u32> = copies.filter(is_there).collect();
        // An instance whose share is larger than one call's has several of the copies.
        if (asked.len() as u32) < calls {
            return None;
        }
        asked.truncate(calls as usize);
        Some(asked)
    }

    /// The instance for a call about a key, of which several instances have copies and some of these are away: one that is there, if any is.
    fn choose_there(&mut self, queues: &[Queue]) -> u32 {
        let point = self.shuffle();
        let asked = self.asked(queues, point, 1);
        asked.map_or_else(|| self.apart(point, 0, 1), |asked| asked[0])
    }

    /// The instance that serves a job: the one that its visit is bound to, else one that is chosen now.
    #[inline(always)]
    pub fn instance(
        &mut self,
        job: &mut Job,
        queues: &[Queue],
        watchers: &mut Watchers,
        now: f64,
    ) -> u32 {
        if self.slots == 1 {
            return 0;
        }
        let is_bound = job.bound_to == self.component;
        if is_bound && job.bound < self.slots {
            return job.bound;
        }
        let chosen = if self.watcher == NONE {
            self.choose(queues, || job.asked())
        } else {
            watchers.choose(self, queues, job.asked(), now)
        };
        // An instance that is going finishes what it has begun.
        if is_bound {
            job.bound = chosen;
        }
        chosen
    }

    /// Which queue the next arrival goes to, counted from the station's first.
    pub fn choose(&mut self, queues: &[Queue], asked: impl FnOnce() -> Asked) -> u32 {
        match &self.spread {
            Spread::One => 0,
            Spread::Random => self.stream.below(self.count),
            Spread::RoundRobin => {
                // Instances may have gone since the last turn.
                let chosen = if self.turn < self.count { self.turn } else { 0 };
                self.turn = chosen + 1;
                chosen
            }
            Spread::Fewest => {
                // The search starts anywhere, so that ties go to each in the end.
                let start = self.stream.below(self.count);
                let mut best = (u32::MAX, NONE);
                for step in 0..self.count {
                    let queue = (start + step) % self.count;
                    let present = queues[(self.first + queue) as usize].present();
                    if present < best.0 {
                        best = (present, queue);
                        if present == 0 {
                            break;
                        }
                    }
                }
                best.1
            }
            Spread::TwoChoices if self.count == 1 => 0,
            Spread::TwoChoices => {
                let one = self.stream.below(self.count);
                let other = (one + 1 + self.stream.below(self.count - 1)) % self.count;
                let present = |queue: u32| queues[(self.first + queue) as usize].present();
                if present(other) < present(one) {
                    other
                } else {
                    one
                }
            }
            Spread::Keyed(ring) => {
                let owner = ring.owner(ring.key(asked()), self.count, |_| true);
                owner.unwrap_or_default()
            }
            Spread::Shares(_) | Spread::Hot(_) if self.away > 0 && self.copies > 1 => {
                self.choose_there(queues)
            }
            Spread::Shares(sums) => {
                let point = self.stream.uniform();
                (sums.partition_point(|sum| *sum <= point) as u32).min(self.count - 1)
            }
            Spread::Hot(hot) => {
                let point = self.stream.uniform();
                let (share, sums) = &**hot;
                if point < *share {
                    return 0;
                }
                let point = (point - share) / (1.0 - share);
                (sums.partition_point(|sum| *sum <= point) as u32).min(self.count - 1)
            }
        }
    }
}
