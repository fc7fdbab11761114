//! Key-value stores whose quorums needn't meet: which copies of a key have which write, and whether a read has asked one that has the latest.
//! It doesn't know how long reads and writes take, nor on which nodes the copies are.
//!
//! A write counts when as many copies as it needs have it; a read that begins then should see it, and is stale when none of the copies
//! that it asks has it or a later one (partial quorums: Bailis, Venkataraman, Franklin, Hellerstein & Stoica 2012, "Probabilistically Bounded
//! Staleness for Practical Partial Quorums"). Only writes that some copy hasn't are remembered. A copy that a write couldn't reach has
//! it as soon as the node is back (hinted handoff: DeCandia et al. 2007, "Dynamo"), and until then no read asks it either.

use super::copies::KeyHasher;
use super::engine::{Engine, Next};
use super::job::{Kind, Open};
use super::keys::Vintage;
use super::random::{Purpose, Stream};
use super::zipf::{Laws, Zipf};
use crate::network::{Quorate, Quorum};
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasherDefault;

/// Most writes that are remembered; of more, the oldest count as applied.
const MOST_WRITES: usize = 1 << 20;
const RANK_BITS: u32 = 40;
/// Which of the copies a read asks first stands above its key.
const OFFSET_BITS: u32 = 56;

/// The writes of one store.
#[derive(Clone, Debug, Default)]
pub(super) struct Quorums {
    /// Whose it is, as a number.
    component: u32,
    /// What it was set up as.
    spec: Option<Quorum>,
    /// The classes that read, with the sum of their shares in the writes so far.
    classes: Vec<(f64, u16)>,
    /// The keys of each class; `None` for classes that don't read.
    keys: Vec<Option<(Zipf, Stream)>>,
    /// Draws what each write changes.
    written: Option<Stream>,
    /// Writes from the first that some copy hasn't, and its number; numbers go up by one, and round after 2³².
    writes: VecDeque<Write>,
    first: u32,
    /// The first and the last of the remembered writes of a key.
    of_key: HashMap<u64, (u32, u32), BuildHasherDefault<KeyHasher>>,
}

/// A write that isn't everywhere yet.
#[derive(Clone, Copy, Debug)]
struct Write {
    key: u64,
    /// Since when whoever reads should see it, seconds; infinite until enough copies have it.
    counts: f64,
    /// The copies that have it, a bit for each.
    applied: u32,
    /// The copies whose nodes were away when it was made.
    missed: u32,
    /// The next write of the same key, when this isn't the last.
    next: u32,
}

impl Quorums {
    /// No writes yet.
    pub fn new(seed: u64, quorum: &Quorum, laws: &mut Laws) -> Self {
        let component = quorum.component.0;
        let stream = |ordinal| Stream::named(seed, component, Purpose::Copy, ordinal);
        let mut sum = 0.0;
        let mut classes = Vec::new();
        let keys = (0..).zip(&quorum.keys).map(|(class, keys)| {
            let keys = keys.as_ref()?;
            sum += keys.share;
            classes.push((sum, class as u16));
            let most = (1_u64 << RANK_BITS) as f64 - 1.0;
            Some((
                laws.zipf(keys.keys.min(most), keys.zipf_exponent),
                stream(class),
            ))
        });
        Quorums {
            component,
            keys: keys.collect(),
            classes,
            written: Some(stream(u32::MAX)),
            spec: Some(quorum.clone()),
            ..Quorums::default()
        }
    }

    /// Becomes as specified, with its streams. When there are as many copies as before, they keep what they have; else all have everything.
    pub fn change(&mut self, seed: u64, quorum: &Quorum, laws: &mut Laws) {
        if self.spec.as_ref() == Some(quorum) {
            return;
        }
        let old = std::mem::replace(self, Quorums::new(seed, quorum, laws));
        self.written = old.written;
        for (own, old) in self.keys.iter_mut().zip(old.keys) {
            if let (Some((_, own)), Some((_, old))) = (own, old) {
                *own = old;
            }
        }
        self.first = old.first;
        if old.spec.is_some_and(|old| old.copies == quorum.copies) {
            self.writes = old.writes;
            self.of_key = old.of_key;
        } else {
            self.first = self.first.wrapping_add(old.writes.len() as u32);
        }
    }

    /// A write begins, of a key that is drawn; says its number.
    fn write(&mut self) -> u32 {
        if self.writes.len() >= MOST_WRITES {
            self.forget_first();
        }
        let number = self.first.wrapping_add(self.writes.len() as u32);
        let key = self.written_key();
        if key != 0 {
            match self.of_key.get_mut(&key) {
                Some((_, last)) => {
                    let before = std::mem::replace(last, number);
                    self.writes[before.wrapping_sub(self.first) as usize].next = number;
                }
                None => {
                    self.of_key.insert(key, (number, number));
                }
            }
        }
        self.writes.push_back(Write {
            key,
            counts: f64::INFINITY,
            applied: 0,
            missed: 0,
            next: number,
        });
        number
    }

    /// Draws which key a write changes; 0 when nobody reads any.
    fn written_key(&mut self) -> u64 {
        let (Some(stream), Some((_, last))) = (&mut self.written, self.classes.last()) else {
            return 0;
        };
        let mut class = *last;
        if self.classes.len() > 1 {
            let point = stream.uniform();
            let found = self.classes.iter().find(|(sum, _)| point < *sum);
            class = found.map_or(class, |(_, class)| *class);
        }
        match &self.keys[usize::from(class)] {
            Some((zipf, _)) => name(class, zipf.draw(stream)),
            None => 0,
        }
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Write> {
        let place = number.wrapping_sub(self.first) as usize;
        self.writes.get_mut(place)
    }

    /// A copy has a write.
    fn apply(&mut self, number: u32, copy: u32) {
        if let Some(write) = self.get_mut(number) {
            write.applied |= 1 << (copy & 31);
        }
        self.forget_applied();
    }

    /// A write is made while the node of a copy is away.
    fn miss(&mut self, number: u32, copy: u32) {
        if let Some(write) = self.get_mut(number) {
            write.missed |= 1 << (copy & 31);
        }
    }

    /// Forgets the first writes as far as all have them who are asked.
    fn forget_applied(&mut self) {
        let all = self.all();
        let is_everywhere = |write: &Write| (write.applied | write.missed) & all == all;
        while self.writes.front().is_some_and(is_everywhere) {
            self.forget_first();
        }
    }

    /// A bit for each copy.
    fn all(&self) -> u32 {
        let copies = self.spec.as_ref().map_or(1, |spec| spec.copies);
        u32::MAX >> (32 - copies.clamp(1, 32))
    }

    /// Enough copies have this write: who reads from now on should see it.
    fn confirm(&mut self, number: u32, now: f64) {
        if let Some(write) = self.get_mut(number) {
            write.counts = now;
        }
    }

    /// All copies have everything.
    fn heal(&mut self) {
        while !self.writes.is_empty() {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(write) = self.writes.pop_front() else {
            return;
        };
        let number = self.first;
        self.first = number.wrapping_add(1);
        if write.key == 0 {
            return;
        }
        if write.next == number {
            self.of_key.remove(&write.key);
        } else if let Some((first, _)) = self.of_key.get_mut(&write.key) {
            *first = write.next;
        }
    }

    /// Draws which key a request of this class reads, and which of its copies it asks first.
    fn asked_key(&mut self, class: u16) -> u64 {
        let copies = self.spec.as_ref().map_or(1, |spec| spec.copies);
        match self.keys.get_mut(usize::from(class)) {
            Some(Some((zipf, stream))) => {
                let key = name(class, zipf.draw(stream));
                key | (u64::from(stream.below(copies)) << OFFSET_BITS)
            }
            _ => 0,
        }
    }

    /// What a read that began at a time finds at one of the copies that it asks, by their order: since when that is out of date, seconds;
    /// infinite when it isn't.
    fn look(&self, asked: u64, which: u32, began: f64) -> f64 {
        let all = self.all();
        let place = (asked >> OFFSET_BITS) as u32 + which;
        let key = asked & ((1 << OFFSET_BITS) - 1);
        let Some((mut number, last)) = self.of_key.get(&key).copied() else {
            return f64::INFINITY;
        };
        let mut since = f64::INFINITY;
        loop {
            let Some(write) = self.writes.get(number.wrapping_sub(self.first) as usize) else {
                return since;
            };
            // Those copies alone are asked whose nodes are there.
            let copy = nth_bit(all & !write.missed, place);
            if write.applied & copy != 0 {
                since = f64::INFINITY;
            } else if write.counts <= began {
                since = since.min(write.counts);
            }
            if number == last {
                return since;
            }
            number = write.next;
        }
    }
}

/// The bit at a place among those that are set, counted round and round; none when none is set.
fn nth_bit(bits: u32, place: u32) -> u32 {
    let Some(place) = place.checked_rem(bits.count_ones()) else {
        return 0;
    };
    let left = (0..place).fold(bits, |left, _| left & (left - 1));
    left & left.wrapping_neg()
}

fn name(class: u16, rank: u64) -> u64 {
    (u64::from(class) << RANK_BITS) | rank
}

impl Engine {
    /// A read or a write of a store with quorums comes to one of its moments.
    #[inline(never)]
    pub(super) fn at_quorum(&mut self, id: u32, place: u32, moment: Quorate) -> Next {
        let now = self.now;
        let quorums = &mut self.quorums[place as usize];
        let job = &mut self.jobs[id];
        match moment {
            Quorate::Write => job.write = quorums.write(),
            Quorate::Stored => quorums.apply(job.write, job.copy),
            Quorate::Counts => {
                quorums.confirm(job.write, now);
                if self.originals.any {
                    let key = quorums.get_mut(job.write).map_or(0, |write| write.key);
                    let original = self.originals.of_quorums.get(place as usize).copied();
                    self.outdate(id, original, key);
                }
            }
            Quorate::Ask => {
                let key = quorums.asked_key(job.class);
                // Older than all that there is, until a copy has answered.
                let since = f64::NEG_INFINITY;
                let fetched = since;
                self.open(
                    id,
                    Open::Reading {
                        key,
                        since,
                        fetched,
                    },
                );
            }
            Quorate::Look => {
                let several = quorums.spec.as_ref().is_some_and(|spec| spec.reads > 1);
                let (reader, which) = if several && job.kind == Kind::Call {
                    let join = &self.joins[job.join];
                    if join.generation != job.generation {
                        return Next::Operation;
                    }
                    (join.waiter, job.copy)
                } else {
                    (id, 0)
                };
                let began = job.since;
                let frame = self.jobs[reader].frame;
                if let Some(open) = self.frames.get(frame)
                    && let Open::Reading {
                        key,
                        since,
                        fetched,
                    } = *open
                {
                    // The latest answer holds.
                    let found = quorums.look(key, which, began);
                    let own = match self.originals.any {
                        true => self.key_fetched(reader),
                        false => None,
                    };
                    // The same copies of the key that is fetched.
                    let own = own.map(|own| own | (key >> OFFSET_BITS << OFFSET_BITS));
                    let quorums = &self.quorums[place as usize];
                    let of_own = own.map_or(found, |own| quorums.look(own, which, began));
                    self.frames[frame] = Open::Reading {
                        key,
                        since: since.max(found),
                        fetched: fetched.max(of_own),
                    };
                }
            }
            Quorate::Answered => {
                let class = job.class;
                if let Open::Reading { since, fetched, .. } = self.close(id) {
                    let age = |since: f64| since.is_finite().then_some(now - since);
                    self.tally.read_at(place, class, age(since));
                    if self.originals.any {
                        self.has_read(id, Vintage::read(now, age(fetched)));
                    }
                }
            }
        }
        Next::Operation
    }

    /// Some nodes are away: the instances for calls about copies of one key that are made at once. A read asks copies that are there; a
    /// write goes to all copies, and to those that aren't there in vain. `None` when there are too few copies to read.
    pub(super) fn copies_asked(
        &mut self,
        id: u32,
        over: u32,
        point: f64,
        calls: u32,
    ) -> Option<Vec<u32>> {
        let station = &self.stations[over as usize];
        if calls < station.copies {
            return station.asked(&self.queues, point, calls);
        }
        let instances = (0..calls).map(|call| station.apart(point, call, calls));
        let instances: Vec<u32> = instances.collect();
        // Where reads need all copies nothing is remembered: it is a write.
        let write = self.jobs[id].write;
        let mut quorums = self.quorums.iter_mut();
        if let Some(quorums) = quorums.find(|own| own.component == station.component) {
            for (copy, instance) in (0..).zip(&instances) {
                if !self.queues[(station.first + instance) as usize].is_up() {
                    quorums.miss(write, copy);
                }
            }
        }
        Some(instances)
    }

    /// Nodes of a component are back, and get the writes that couldn't reach them.
    pub(super) fn heal_quorums(&mut self, component: u32) {
        for quorums in &mut self.quorums {
            if quorums.component == component {
                quorums.heal();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::WrittenKeys;
    use crate::scenario::ComponentId;

    fn quorums(copies: u32) -> Quorums {
        let key = WrittenKeys {
            share: 1.0,
            keys: 1.0,
            zipf_exponent: 0.0,
        };
        let quorum = Quorum {
            component: ComponentId(1),
            copies,
            reads: 1,
            keys: vec![Some(key)],
        };
        Quorums::new(1, &quorum, &mut Laws::default())
    }

    #[test]
    fn a_copy_is_out_of_date_since_the_first_write_that_counts_and_that_it_lacks() {
        let mut quorums = quorums(2);
        let first = quorums.write();
        let look = |quorums: &Quorums, copy, began| quorums.look(name(0, 1), copy, began);
        assert_eq!(look(&quorums, 0, 1.0), f64::INFINITY, "it doesn't count");
        quorums.apply(first, 0);
        quorums.confirm(first, 2.0);
        let second = quorums.write();
        quorums.apply(second, 0);
        quorums.confirm(second, 3.0);
        assert_eq!(look(&quorums, 0, 4.0), f64::INFINITY);
        assert_eq!(look(&quorums, 1, 4.0), 2.0);
        assert_eq!(look(&quorums, 1, 1.0), f64::INFINITY, "it began before");
        // The later write makes the earlier one unnecessary.
        quorums.apply(second, 1);
        assert_eq!(look(&quorums, 1, 4.0), f64::INFINITY);
        quorums.apply(first, 1);
        assert_eq!((quorums.writes.len(), quorums.of_key.len()), (0, 0));
    }

    #[test]
    fn quorums_that_meet_always_see_the_latest_write() {
        let (copies, write, read) = (5_u32, 3, 3);
        for first in 0..copies {
            let mut quorums = quorums(copies);
            let number = quorums.write();
            (first..first + write).for_each(|copy| quorums.apply(number, copy % copies));
            quorums.confirm(number, 1.0);
            for offset in 0..copies {
                let asked = name(0, 1) | (u64::from(offset) << OFFSET_BITS);
                let seen = |read| (0..read).map(|which| quorums.look(asked, which, 2.0));
                assert_eq!(seen(read).fold(0.0, f64::max), f64::INFINITY);
            }
            let misses = |offset: u32| {
                let asked = name(0, 1) | (u64::from(offset) << OFFSET_BITS);
                (0..read - 1).all(|which| quorums.look(asked, which, 2.0) == 1.0)
            };
            assert_eq!((0..copies).filter(|offset| misses(*offset)).count(), 1);
        }
    }
}
