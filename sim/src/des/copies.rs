//! Copies that lag behind: a primary's writes in their order, what each copy has applied of them, and whether a read finds its key as it
//! should be. It doesn't know how long writes take to get there, nor who waits for that.
//!
//! Only writes that some copy hasn't applied are remembered, by their keys: a key that isn't among them is up to date everywhere.

#[cfg(test)]
mod tests;

use super::failover::Parts;
use super::program::NONE;
use super::random::{Purpose, Stream, scramble};
use super::zipf::{Laws, Zipf};
use crate::network::Log;
use crate::scenario::LinkId;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// Most writes that are remembered; of more, the oldest count as applied.
const MOST_WRITES: usize = 1 << 21;
/// When so many have overtaken a write at a copy, it isn't under way any more: it was lost.
const MOST_AHEAD: usize = 1 << 12;
const RANK_BITS: u32 = 40;
/// Most keys of a class that are told apart.
pub(super) const MOST_KEYS: f64 = ((1_u64 << RANK_BITS) - 1) as f64;
/// Of more writes than this there is a table by key, until there are as few as that: few stand in fewer cache lines than a table would touch.
const MOST_FEW: usize = 16;
const FEW_AGAIN: usize = 4;

/// The writes of one primary.
#[derive(Clone, Debug)]
pub(super) struct Copies {
    /// Whose writes, as a number.
    pub primary: u32,
    /// The replicas, as numbers.
    pub replicas: Vec<u32>,
    /// The classes that read, with the sum of their shares in the writes so far.
    classes: Vec<(f64, u16)>,
    /// The keys of each class; `None` for classes that don't read.
    keys: Vec<Option<Zipf>>,
    /// Draws what each write changes.
    written: Stream,
    /// Draws what is read, by replica and class.
    read: Vec<Stream>,
    /// The first copy of each replica, and where those of the last end.
    first_copies: Vec<u32>,
    /// What it was set up as.
    log: Log,
    /// Who acts as what; `None` when everybody does as drawn whatever happens.
    pub parts: Option<Box<Parts>>,
    /// Up to which write, in the numbers of [`Write`]s, each copy shows them.
    applied: Vec<u32>,
    /// Writes that a copy has applied but doesn't show, for one before them isn't applied yet; with the jobs that wait for that.
    ahead: Vec<Vec<Ahead>>,
    /// Writes that some copy hasn't applied, and the number of the first; numbers go up by one, and round after 2³².
    writes: VecDeque<Write>,
    first: u32,
    /// The first and the last of the remembered writes of a key, where there are so many writes that one doesn't look through all of them.
    of_key: HashMap<u64, (u32, u32), BuildHasherDefault<KeyHasher>>,
    is_many: bool,
}

/// A write that is applied before its turn.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    number: u32,
    /// Who waits; [`NONE`] when nobody does.
    job: u32,
}

/// A write that isn't everywhere yet.
#[derive(Clone, Copy, Debug)]
struct Write {
    key: u64,
    /// When it was committed at the primary, seconds.
    committed: f64,
    /// Since when whoever reads should see it, seconds; infinite until enough copies have confirmed it.
    counts: f64,
    /// The next write of the same key, when this isn't the last.
    next: u32,
    /// Whether it is gone for good.
    lost: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = scramble(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = scramble(self.0 ^ number);
    }
}

impl Copies {
    /// No writes yet.
    pub fn new(seed: u64, log: &Log, laws: &mut Laws) -> Self {
        let mut sum = 0.0;
        let classes = log
            .keys
            .iter()
            .enumerate()
            .filter_map(|(class, keys)| {
                sum += keys.as_ref()?.share;
                Some((sum, class as u16))
            })
            .collect();
        let stream = |component, ordinal| Stream::named(seed, component, Purpose::Copy, ordinal);
        let mut first_copies = vec![0];
        let mut read = Vec::new();
        for replica in &log.replicas {
            first_copies.push(first_copies[first_copies.len() - 1] + replica.instances);
            read.extend((0..log.keys.len() as u32).map(|class| stream(replica.component.0, class)));
        }
        Copies {
            primary: log.primary.0,
            replicas: log.replicas.iter().map(|own| own.component.0).collect(),
            classes,
            keys: log
                .keys
                .iter()
                .map(|keys| {
                    let keys = keys.as_ref()?;
                    Some(laws.zipf(keys.keys.min(MOST_KEYS), keys.zipf_exponent))
                })
                .collect(),
            written: stream(log.primary.0, 0),
            read,
            applied: vec![0; first_copies[first_copies.len() - 1] as usize],
            ahead: vec![Vec::new(); first_copies[first_copies.len() - 1] as usize],
            parts: log.failover.as_ref().map(|failover| {
                let copies = first_copies[first_copies.len() - 1] as usize;
                Box::new(Parts::new(failover, copies, 0))
            }),
            first_copies,
            log: log.clone(),
            writes: VecDeque::with_capacity(1_024),
            first: 0,
            of_key: HashMap::with_capacity_and_hasher(1_024, Default::default()),
            is_many: false,
        }
    }

    /// Becomes as specified, with its streams. The same copies keep what they have applied; when there are others than before, all of them
    /// have everything, and the jobs returned wait no longer.
    pub fn change(&mut self, seed: u64, log: &Log, laws: &mut Laws) -> Vec<u32> {
        if self.log == *log {
            return Vec::new();
        }
        let Copies {
            primary: _,
            replicas: _,
            classes: _,
            keys: old_keys,
            written,
            read,
            first_copies: _,
            log: old,
            applied,
            ahead,
            writes,
            first,
            of_key,
            is_many,
            parts,
        } = std::mem::replace(self, Copies::new(seed, log, laws));
        self.written = written;
        for (replica, own) in log.replicas.iter().enumerate() {
            let known = (old.replicas.iter()).position(|old| old.component == own.component);
            let Some(known) = known else {
                continue;
            };
            for class in 0..old_keys.len().min(self.keys.len()) {
                self.read[replica * self.keys.len() + class] =
                    read[known * old_keys.len() + class].clone();
            }
        }
        // Whoever acts for another goes on doing so; without a failover everybody has all, and acts as himself.
        let stay = parts.is_none() || log.failover.is_some();
        if old.replicas == log.replicas && stay {
            self.parts = (log.failover.as_ref()).map(|failover| match parts {
                Some(mut parts) => {
                    parts.spec = failover.clone();
                    parts
                }
                None => Box::new(Parts::new(failover, applied.len(), first)),
            });
            self.applied = applied;
            self.ahead = ahead;
            self.writes = writes;
            self.first = first;
            self.of_key = of_key;
            self.is_many = is_many;
            return Vec::new();
        }
        self.first = first.wrapping_add(writes.len() as u32);
        self.applied.fill(self.first);
        self.parts = (log.failover.as_ref())
            .map(|failover| Box::new(Parts::new(failover, self.applied.len(), self.first)));
        let waiting = ahead.into_iter().flatten().map(|ahead| ahead.job);
        waiting.filter(|job| *job != NONE).collect()
    }

    /// A write is committed, and counts from now on unless it `waits` for copies. Says its number.
    pub fn write(&mut self, now: f64, waits: bool) -> u32 {
        if self.writes.len() >= MOST_WRITES {
            // Those that have fallen so far behind show the oldest untold.
            let next = self.first.wrapping_add(1);
            for applied in &mut self.applied {
                if *applied == self.first {
                    *applied = next;
                }
            }
            self.forget();
        }
        let number = self.first.wrapping_add(self.writes.len() as u32);
        let key = self.changed_key();
        if key != 0 {
            let mut first = number;
            if let Some((known, before)) = self.ends(key) {
                first = known;
                let place = before.wrapping_sub(self.first) as usize;
                self.writes[place].next = number;
            }
            if self.is_many {
                self.of_key.insert(key, (first, number));
            }
        }
        self.writes.push_back(Write {
            key,
            committed: now,
            counts: if waits { f64::INFINITY } else { now },
            next: number,
            lost: false,
        });
        if !self.is_many && self.writes.len() > MOST_FEW {
            self.are_many();
        }
        number
    }

    /// The first and the last of the remembered writes of a key.
    #[inline]
    fn ends(&self, key: u64) -> Option<(u32, u32)> {
        if self.is_many {
            return self.of_key.get(&key).copied();
        }
        let number = |place: usize| self.first.wrapping_add(place as u32);
        let first = self.writes.iter().position(|write| write.key == key)?;
        let last = self.writes.iter().rposition(|write| write.key == key)?;
        Some((number(first), number(last)))
    }

    /// From now on the writes are found by a table.
    #[cold]
    fn are_many(&mut self) {
        self.is_many = true;
        for (place, write) in (0..).zip(&self.writes) {
            let number = self.first.wrapping_add(place);
            if write.key != 0 {
                let ends = self.of_key.entry(write.key).or_insert((number, number));
                ends.1 = number;
            }
        }
    }

    /// Draws which key a write changes; 0 when nobody reads any.
    fn changed_key(&mut self) -> u64 {
        let class = match self.classes.as_slice() {
            [] => return 0,
            [(_, only)] => *only,
            several => {
                let point = self.written.uniform();
                let place = several.partition_point(|(sum, _)| *sum <= point);
                several[place.min(several.len() - 1)].1
            }
        };
        match &self.keys[usize::from(class)] {
            Some(zipf) => name(class, zipf.draw(&mut self.written)),
            None => 0,
        }
    }

    fn get(&self, number: u32) -> Option<&Write> {
        self.writes.get(number.wrapping_sub(self.first) as usize)
    }

    /// Enough copies have this write: whoever reads from now on should see it.
    pub fn confirm(&mut self, number: u32, now: f64) {
        let place = number.wrapping_sub(self.first) as usize;
        if let Some(write) = self.writes.get_mut(place) {
            write.counts = now;
        }
    }

    /// An instance of a replica has applied this write. It shows it when it has applied all before it: then, as for those after it whose
    /// turn has come with it, `shown` is called with the time since the commit (seconds) and with the job that waits for that ([`NONE`] when
    /// none does). Returns whether the job has to wait.
    pub fn apply(
        &mut self,
        copy: u32,
        number: u32,
        job: u32,
        now: f64,
        mut shown: impl FnMut(f64, u32),
    ) -> bool {
        let copy = copy as usize;
        if copy >= self.applied.len() {
            // It isn't a copy any more.
            return false;
        }
        if self.before(number, self.applied[copy]) {
            // It was given up for lost.
            return false;
        }
        let ahead = &mut self.ahead[copy];
        if number != self.applied[copy] && ahead.len() < MOST_AHEAD {
            ahead.push(Ahead { number, job });
            return true;
        }
        if number != self.applied[copy] {
            let first = self.first;
            let next = ahead
                .iter()
                .map(|ahead| ahead.number)
                .chain([number])
                .min_by_key(|number| number.wrapping_sub(first));
            self.applied[copy] = next.unwrap_or(number);
            if self.applied[copy] != number {
                self.ahead[copy].push(Ahead { number, job });
            }
        }
        let waits = self.applied[copy] != number;
        let mut turn = (!waits).then_some(NONE);
        loop {
            let next = self.applied[copy];
            let ahead = &mut self.ahead[copy];
            let waiter = turn.take().or_else(|| {
                let place = ahead.iter().position(|ahead| ahead.number == next)?;
                Some(ahead.swap_remove(place).job)
            });
            let Some(waiter) = waiter else {
                break;
            };
            if let Some(write) = self.get(next) {
                shown(now - write.committed, waiter);
            }
            self.applied[copy] = next.wrapping_add(1);
        }
        self.forget();
        waits
    }

    /// A job waits no longer for its write's turn; the write stays applied.
    pub fn stop_waiting(&mut self, job: u32) {
        for ahead in self.ahead.iter_mut().flatten() {
            if ahead.job == job {
                ahead.job = NONE;
            }
        }
    }

    /// An instance of a replica fetches all that it has missed, and shows it: `shown` is called as by [`Copies::apply`], with those that
    /// wait in their order.
    pub fn catch_up_copy(&mut self, copy: u32, now: f64, mut shown: impl FnMut(f64, u32)) {
        let copy = copy as usize;
        let first = self.first;
        let mut ahead = std::mem::take(&mut self.ahead[copy]);
        ahead.sort_unstable_by_key(|ahead| ahead.number.wrapping_sub(first));
        for Ahead { number, job } in ahead {
            if let Some(write) = self.get(number) {
                shown(now - write.committed, job);
            }
        }
        self.applied[copy] = self.next();
        self.forget();
    }

    /// The first write that is remembered.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// The number of the next write.
    pub fn next(&self) -> u32 {
        self.first.wrapping_add(self.writes.len() as u32)
    }

    /// The first write that a copy doesn't show.
    pub fn shows(&self, copy: u32) -> u32 {
        self.applied[copy as usize]
    }

    /// How many writes a copy doesn't show.
    pub fn missed(&self, copy: u32) -> u32 {
        self.next().wrapping_sub(self.applied[copy as usize])
    }

    /// How many of the remembered writes come before this one.
    pub fn after_first(&self, number: u32) -> u32 {
        let after = number.wrapping_sub(self.first);
        if after > u32::MAX / 2 { 0 } else { after }
    }

    /// Since when a replica has missed the oldest write that one of its copies doesn't show and that isn't gone, seconds.
    pub fn behind_since(&self, replica: u32) -> Option<f64> {
        let own = self
            .first_copies
            .get(replica as usize..replica as usize + 2)?;
        let applied = self.applied.get(own[0] as usize..own[1] as usize)?;
        let shown = applied.iter().map(|next| next.wrapping_sub(self.first));
        let mut missed = self.writes.iter().skip(shown.min()? as usize);
        missed
            .find(|write| !write.lost)
            .map(|write| write.committed)
    }

    /// The links by which the primary (0) or a replica is called by others, where somebody may take its part.
    pub fn callers(&self, way: usize) -> &[LinkId] {
        let failover = self.log.failover.as_ref();
        let callers = failover.and_then(|failover| failover.callers.get(way));
        callers.map_or(&[], Vec::as_slice)
    }

    /// The links along which the writes get to the replicas, as numbers.
    pub fn links(&self) -> impl Iterator<Item = u32> {
        self.log.replicas.iter().map(|replica| replica.link.0)
    }

    /// Whether a copy shows a write.
    pub fn has_applied(&self, copy: u32, number: u32) -> bool {
        self.before(number, self.applied[copy as usize])
    }

    /// Whether a write is gone for good.
    pub fn is_lost(&self, number: u32) -> bool {
        self.get(number).is_some_and(|write| write.lost)
    }

    /// The writes from this one on are gone for good: nobody will see them, and nobody misses them. Says how many of them counted.
    pub fn lose(&mut self, from: u32, now: f64) -> u64 {
        let mut counted = 0;
        // The last first, so that each is the last of its key when its turn comes.
        for place in (self.after_first(from) as usize..self.writes.len()).rev() {
            let number = self.first.wrapping_add(place as u32);
            let write = &mut self.writes[place];
            counted += u64::from(!write.lost && write.counts <= now);
            write.lost = true;
            let key = write.key;
            let Some((first, _)) = (key != 0).then(|| self.ends(key)).flatten() else {
                continue;
            };
            self.writes[place].key = 0;
            if first == number {
                self.of_key.remove(&key);
                continue;
            }
            let mut before = first;
            loop {
                let place = before.wrapping_sub(self.first) as usize;
                let next = self.writes[place].next;
                if next == number || next == before {
                    self.writes[place].next = before;
                    break;
                }
                before = next;
            }
            if self.is_many {
                self.of_key.insert(key, (first, before));
            }
        }
        counted
    }

    /// The replica and instance of a copy.
    pub fn whose(&self, copy: u32) -> (u32, u32) {
        let replica = self.first_copies.partition_point(|first| *first <= copy) - 1;
        (replica as u32, copy - self.first_copies[replica])
    }

    /// Copies of a replica.
    pub fn instances(&self, replica: u32) -> u32 {
        let replica = replica as usize;
        self.first_copies[replica + 1] - self.first_copies[replica]
    }

    /// Whether a write comes before another.
    #[inline]
    fn before(&self, number: u32, other: u32) -> bool {
        number.wrapping_sub(self.first) < other.wrapping_sub(self.first)
            || number.wrapping_sub(self.first) > u32::MAX / 2
    }

    /// Forgets what all copies have applied.
    fn forget(&mut self) {
        let first = self.first;
        let everywhere = self
            .applied
            .iter()
            .map(|applied| applied.wrapping_sub(first))
            .min()
            .unwrap_or(0);
        for _ in 0..everywhere {
            let Some(write) = self.writes.pop_front() else {
                return;
            };
            let number = self.first;
            self.first = number.wrapping_add(1);
            if write.key == 0 || !self.is_many {
                continue;
            }
            if write.next == number {
                self.of_key.remove(&write.key);
            } else if let Some((first, _)) = self.of_key.get_mut(&write.key) {
                *first = write.next;
            }
        }
        if self.writes.is_empty() {
            // The next ones stand where others have stood of late, and not behind.
            self.writes.clear();
        }
        if self.is_many && self.writes.len() <= FEW_AGAIN {
            self.of_key.clear();
            self.is_many = false;
        }
    }

    #[inline]
    pub fn copy(&self, replica: u32, instance: u32) -> u32 {
        if replica as usize + 1 >= self.first_copies.len() {
            // It isn't a replica any more.
            return NONE;
        }
        let first = self.first_copies[replica as usize];
        let count = self.first_copies[replica as usize + 1] - first;
        // Those that aren't told apart are like one of those that are.
        first + instance % count.max(1)
    }

    /// A request of this class reads a key of a replica at a copy: for how long, in seconds, what it finds there has been out of date; `None`
    /// when it is up to date, as all is at the primary ([`NONE`]).
    pub fn read(&mut self, replica: u32, copy: u32, class: u16, now: f64) -> Option<f64> {
        if replica as usize + 1 >= self.first_copies.len() {
            return None;
        }
        let place = replica as usize * self.keys.len() + usize::from(class);
        let zipf = self.keys.get(usize::from(class))?.as_ref()?;
        let key = name(class, zipf.draw(&mut self.read[place]));
        let counts = self.missed_of(copy, key)?.counts;
        (counts <= now).then_some(now - counts)
    }

    /// The first write of a key that a copy doesn't show; `None` when it shows all of them.
    fn missed_of(&self, copy: u32, key: u64) -> Option<&Write> {
        let (mut number, last) = self.ends(key)?;
        let applied = self.applied.get(copy as usize)?.wrapping_sub(self.first);
        while number.wrapping_sub(self.first) < applied {
            if number == last {
                return None;
            }
            number = self.get(number)?.next;
        }
        self.get(number)
    }

    /// When that was committed, seconds.
    pub fn first_missed(&self, copy: u32, key: u64) -> Option<f64> {
        self.missed_of(copy, key).map(|write| write.committed)
    }

    /// The key that a write changes; 0 when nobody reads any.
    pub fn key(&self, number: u32) -> u64 {
        self.get(number).map_or(0, |write| write.key)
    }

    /// Writes that some copy hasn't applied.
    #[cfg(test)]
    pub fn behind(&self) -> usize {
        self.writes.len()
    }
}

/// The key of a class that has this rank.
#[inline]
pub(super) fn name(class: u16, rank: u64) -> u64 {
    (u64::from(class) << RANK_BITS) | rank
}

/// The class and the rank of a key.
pub(super) fn split(key: u64) -> (u16, u64) {
    ((key >> RANK_BITS) as u16, key & ((1 << RANK_BITS) - 1))
}
