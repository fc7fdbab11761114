//! Jobs: what moves through the network, with the frames of what they have begun. It knows neither stations nor time.

use super::agenda::Serial;
use super::program::NONE;

/// A thread of work: a request, a user, one of several calls at once, or work that nobody waits for.
///
/// What nearly every step of it needs stands in the first of its two cache lines.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Job {
    /// The operation it is at.
    pub at: u32,
    /// The frame of what it began last; [`NONE`] when nothing is open.
    pub frame: u32,
    /// Its request class.
    pub class: u16,
    /// How urgent it is where there are priorities; 0 first.
    pub level: u8,
    /// What it is doing.
    pub doing: Doing,
    /// The component whose instance it has been bound to.
    pub bound_to: u32,
    /// That instance; [`NONE`] until one was chosen.
    pub bound: u32,
    /// The instance of the station at which it is.
    pub instance: u32,
    /// The agenda's entry about it.
    pub pending: Serial,
    /// When it came to the station, seconds.
    pub since: f64,
    /// Waiting: how long it has been served before it was interrupted. Being served: when that would have begun without interruptions. Sharing
    /// servers: 1 when all were busy as it came, else 0.
    pub begun: f64,
    /// Its service time at the station, seconds.
    pub work: f64,
    /// The station at which it is served, or waits to be.
    pub station: u32,
    /// The visit that is nothing but that service; [`NONE`] when there is none.
    pub entry: u32,
    // A second line: what it needs when it begins, ends, and waits.
    /// The trace of its request; [`NONE`] when it isn't traced.
    pub trace: u32,
    /// What it is.
    pub kind: Kind,
    /// The next in the same queue.
    pub next: u32,
    /// The one before it in the same queue.
    pub previous: u32,
    /// What it waits for, or whose call it is.
    pub join: u32,
    /// Which use of the join that is.
    pub generation: u32,
    /// When its request began, seconds.
    pub born: f64,
    /// The open store key of its last look-up, and the source it is of.
    pub source: u32,
    /// The number of the write that it makes or carries to a copy.
    pub write: u32,
    /// The copy to which it carries that write, or that it reads, where parts may be another's; [`NONE`] is the primary.
    pub copy: u32,
    /// Random bits from which its request's key follows, where instances are asked by keys.
    pub key: u32,
}

const _: () = assert!(std::mem::offset_of!(Job, trace) == 64);

impl Default for Job {
    fn default() -> Self {
        Job {
            at: 0,
            frame: NONE,
            next: NONE,
            previous: NONE,
            class: 0,
            level: 0,
            doing: Doing::Nothing,
            kind: Kind::Request,
            bound_to: NONE,
            bound: NONE,
            instance: 0,
            join: NONE,
            generation: 0,
            pending: Serial::NONE,
            since: 0.0,
            begun: 0.0,
            work: 0.0,
            station: NONE,
            entry: NONE,
            born: 0.0,
            write: 0,
            copy: NONE,
            key: 0,
            trace: NONE,
            source: 0,
        }
    }
}

impl Job {
    /// A request of this class and urgency begins.
    #[inline(always)]
    pub fn begin(&mut self, class: u16, level: u8, now: f64) {
        self.class = class;
        self.level = level;
        self.born = now;
    }
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Doing {
    /// Nothing: the place is free, or the job is about to go on.
    #[default]
    Nothing,
    /// Being served, with an entry in the agenda.
    Serving,
    /// Passing time, with an entry in the agenda.
    Sleeping,
    /// In a queue.
    Waiting,
    /// Being served together with others.
    Sharing,
    /// Waiting for calls that are jobs of their own.
    Joining,
    /// Waiting for an answer that won't come, with an entry in the agenda for when it gives up.
    Hanging,
}

/// What a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request of an open source.
    #[default]
    Request,
    /// A user of a closed source, request by request.
    User,
    /// A call that another job waits for.
    Call,
    /// Work that was handed over for later.
    Detached,
    /// Other work that nobody waits for.
    OwnAccord,
    /// A message that is handed out; its source is the rule by which it comes back.
    Delivery,
}

/// Something that a job has begun and has to end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Open {
    /// A visit of a component: since when, and the binding before.
    Visit {
        entry: u32,
        since: f64,
        bound_to: u32,
        bound: u32,
    },
    /// A server of a pool is kept.
    Held {
        pool: u32,
        instance: u32,
        arrived: f64,
        since: f64,
    },
    /// A balancer has sent it to this one of its targets.
    Sent { balancer: u32, target: u32 },
    /// Called from the operation before this one.
    Called { back: u32 },
    /// A body that runs so many times more.
    Repeating { left: u32 },
    /// An attempt: where it starts again, how many have failed, and a breaker's permit for this one; [`NONE`] without.
    Attempting {
        rule: u32,
        again: u32,
        failed: u32,
        permit: u32,
    },
    /// A message that was handed out so many times.
    Delivering { rule: u32, handed: u32 },
    /// Copies of a key are read: the key, and since when the latest answer so far is out of date; infinite when it isn't. `fetched` says the
    /// same of the key for whose fetch that is done.
    Reading { key: u64, since: f64, fetched: f64 },
    /// An execution environment of this version is used.
    Environment { function: u32, version: u32 },
    /// A key is being fetched; others may wait for the flight, unless it is [`NONE`]. When it was read, and whether it was out of date, is
    /// known where a [`super::keys::Vintage`] is.
    Fetching {
        store: u32,
        key: u64,
        flight: u32,
        time: f64,
        outdated: bool,
    },
}

/// Calls that a job waits for.
#[derive(Clone, Debug, Default)]
pub(super) struct Join {
    /// Who waits.
    pub waiter: u32,
    /// Changes when the waiter stops waiting, so that late calls find nobody.
    pub generation: u32,
    /// Calls that haven't ended.
    pub running: u32,
    /// Of an attempt: the jobs that are its calls, the second where it is made once more; [`NONE`] where there is none.
    pub calls: [u32; 2],
    /// Successes still needed.
    pub needed: u32,
    /// Whether all have to end first.
    pub all: bool,
    /// The first failure's cause; [`NONE`] when none has failed.
    pub failure: u32,
    /// When the waiter gives up, or calls once more, seconds.
    pub deadline: f64,
    /// The list of deadlines that it stands in; [`NONE`] when it has no deadline.
    pub list: u32,
    /// The rule by which a message comes back; [`NONE`] for calls.
    pub delivers: u32,
    /// The next and the one before in that list.
    pub next: u32,
    /// See [`Join::next`].
    pub previous: u32,
}

/// Something that has a number to spare while nobody uses it, by which free places are linked.
pub(super) trait Linked {
    /// That number.
    fn link(&mut self) -> &mut u32;
    /// The same, to be read.
    fn linked(&self) -> u32;
}

impl Linked for Job {
    #[inline(always)]
    fn link(&mut self) -> &mut u32 {
        &mut self.next
    }

    #[inline(always)]
    fn linked(&self) -> u32 {
        self.next
    }
}

impl Linked for Join {
    #[inline(always)]
    fn link(&mut self) -> &mut u32 {
        &mut self.next
    }

    #[inline(always)]
    fn linked(&self) -> u32 {
        self.next
    }
}

/// Values with stable places, which are used again when freed, the last one first.
#[derive(Clone, Debug)]
pub(super) struct Places<T> {
    values: Vec<T>,
    /// The free place to be used next; [`NONE`] when there is none.
    free: u32,
    used: u32,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        // Little, since there are many of these, and snapshots of them.
        const ROOM: usize = 64;
        Places {
            values: Vec::with_capacity(ROOM),
            free: NONE,
            used: 0,
        }
    }
}

impl<T: Linked> Places<T> {
    /// Puts the value into a free place.
    #[inline]
    pub fn put(&mut self, value: T) -> u32 {
        let place = self.free;
        match self.values.get_mut(place as usize) {
            Some(free) => {
                self.used += 1;
                self.free = free.linked();
                *free = value;
                place
            }
            None => self.add(value),
        }
    }

    /// A free place and what was left there, or a new one with this value.
    #[inline]
    pub fn take_or(&mut self, new: impl FnOnce() -> T) -> (u32, &mut T) {
        let mut place = self.free;
        if place as usize >= self.values.len() {
            place = self.add(new());
        } else {
            self.used += 1;
            self.free = self.values[place as usize].linked();
        }
        (place, &mut self.values[place as usize])
    }

    #[cold]
    fn add(&mut self, value: T) -> u32 {
        self.used += 1;
        self.values.push(value);
        self.values.len() as u32 - 1
    }

    /// The value at this place, which may be free.
    pub fn get(&self, place: u32) -> Option<&T> {
        self.values.get(place as usize)
    }

    /// Frees a place; its value stays until it is used again, but for its link.
    #[inline]
    pub fn free(&mut self, place: u32) -> &mut T {
        let value = &mut self.values[place as usize];
        *value.link() = self.free;
        self.free = place;
        self.used -= 1;
        value
    }

    /// How many places are in use.
    #[inline]
    pub fn used(&self) -> usize {
        self.used as usize
    }

    /// All values, in use or not.
    pub fn all_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// The values in use, in the order of their places.
    pub fn in_use_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let free = self.are_free();
        self.values
            .iter_mut()
            .zip(free)
            .filter_map(|(value, free)| (!free).then_some(value))
    }

    /// Places in use, in rising order.
    pub fn places_in_use(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(self.are_free())
            .filter_map(|(place, free)| (!free).then_some(place))
    }

    fn are_free(&self) -> Vec<bool> {
        let mut free = vec![false; self.values.len()];
        let mut place = self.free;
        while let Some(value) = self.values.get(place as usize) {
            free[place as usize] = true;
            place = value.linked();
        }
        free
    }

    /// The values in use, in the order of their places.
    pub fn in_use(&self) -> impl Iterator<Item = &T> {
        self.values
            .iter()
            .zip(self.are_free())
            .filter_map(|(value, free)| (!free).then_some(value))
    }
}

impl<T> std::ops::Index<u32> for Places<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: u32) -> &T {
        &self.values[place as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Places<T> {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut T {
        &mut self.values[place as usize]
    }
}

/// Jobs in a row, linked through themselves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// The first; [`NONE`] when empty.
    pub head: u32,
    /// The last; [`NONE`] when empty.
    pub tail: u32,
}

impl Line {
    /// Nobody.
    pub const EMPTY: Line = Line {
        head: NONE,
        tail: NONE,
    };

    /// Puts a job at the end.
    #[inline]
    pub fn push_back(&mut self, jobs: &mut [Job], job: u32) {
        jobs[job as usize].next = NONE;
        jobs[job as usize].previous = self.tail;
        if self.tail == NONE {
            self.head = job;
        } else {
            jobs[self.tail as usize].next = job;
        }
        self.tail = job;
    }

    /// Puts a job at the front.
    pub fn push_front(&mut self, jobs: &mut [Job], job: u32) {
        jobs[job as usize].previous = NONE;
        jobs[job as usize].next = self.head;
        if self.head == NONE {
            self.tail = job;
        } else {
            jobs[self.head as usize].previous = job;
        }
        self.head = job;
    }

    /// Takes a job out, wherever in this row it stands.
    pub fn remove(&mut self, jobs: &mut [Job], job: u32) {
        let (previous, next) = (jobs[job as usize].previous, jobs[job as usize].next);
        if previous == NONE {
            self.head = next;
        } else {
            jobs[previous as usize].next = next;
        }
        if next == NONE {
            self.tail = previous;
        } else {
            jobs[next as usize].previous = previous;
        }
    }

    /// The jobs in it, the first first.
    pub fn members(&self, jobs: &Places<Job>) -> Vec<u32> {
        let mut members = Vec::new();
        let mut job = self.head;
        while job != NONE {
            members.push(job);
            job = jobs[job].next;
        }
        members
    }

    /// Takes the first.
    #[inline]
    pub fn pop_front(&mut self, jobs: &mut [Job]) -> Option<u32> {
        if self.head == NONE {
            return None;
        }
        let job = self.head;
        self.head = jobs[job as usize].next;
        if self.head == NONE {
            self.tail = NONE;
        } else {
            jobs[self.head as usize].previous = NONE;
        }
        Some(job)
    }
}
