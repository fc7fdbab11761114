//! What is going to happen, in order of time and, at equal times, in the order in which it was planned. It doesn't know what the
//! entries mean.
//!
//! Keys are 128 bits: the time's bits (of a non-negative number they sort as the number does), the serial number of the entry, and what it is
//! about. Few keys stand sorted in a row; many lie in a wheel of short spans of time.

mod few;
mod heap;
mod order;
mod row;
mod wheel;

use few::Few;
use wheel::Wheel;

/// What an entry is about, with its index in a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// A job's service or sleep ends.
    Job(u32),
    /// A source's next request arrives.
    Source(u32),
    /// The next of those who share an instance's servers is done.
    Sharing(u32),
    /// The first deadline of a list is due.
    Deadline(u32),
    /// Something planned by the clock: windows, scaling.
    Clock(u32),
    /// A fault begins, goes on or ends.
    Fault(u32),
    /// A point of the series is due.
    Series,
    /// The probes of a component's instances are due.
    Probe(u32),
}

const KIND_BITS: u32 = 3;
const INDEX_BITS: u32 = 21;
const SERIAL_BITS: u32 = 40;

/// More things of one kind can't be told apart.
pub(super) const MOST_OF_A_KIND: u32 = 1 << INDEX_BITS;

/// The serial number of an entry; never 0, which stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serial(u64);

impl Serial {
    /// No entry.
    pub const NONE: Serial = Serial(0);
}

/// An entry that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    /// When, seconds.
    pub time: f64,
    /// Its serial number.
    pub serial: Serial,
    /// What it is about.
    pub topic: Topic,
}

/// A key that is never 0, since no serial number is: that leaves 0 for "none", so that functions give one back in registers.
type Key = std::num::NonZeroU128;

/// Keys that come out in order, the least first.
pub(super) trait Keys {
    /// Puts a key in that is greater than all others with the same upper half.
    fn put(&mut self, key: u128);
    /// The least key.
    fn next(&mut self) -> Option<u128>;
    /// Takes the least key if the number in its upper half is at most this.
    fn take_until(&mut self, latest: u64) -> Option<u128>;
    /// Takes all keys, in no order.
    fn take_all(&mut self) -> Vec<u128>;
    /// Puts these keys in, the least first, where there are none.
    fn put_all(&mut self, keys: Vec<u128>);
}

/// The pending entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending<K> {
    keys: K,
    serial: u64,
}

/// What is going to happen: of the order of as many entries as there are requests in the system.
pub(super) type Agenda = Pending<Wheel>;

/// Those at one instance: usually one or none, and now and then set back to the beginning.
pub(super) type Members = Pending<Few>;

impl<K: Keys> Pending<K> {
    /// Plans something for this time (not negative) and returns the entry's serial number.
    #[inline(always)]
    pub fn plan(&mut self, time: f64, topic: Topic) -> Serial {
        self.serial += 1;
        self.keys.put(key_of(time, Serial(self.serial), topic));
        Serial(self.serial)
    }

    /// Sets so many serial numbers aside for entries that are planned later and come, among those for the same time, where entries come that are
    /// planned now; says the first.
    pub fn set_aside(&mut self, count: u64) -> u64 {
        self.serial += count;
        self.serial + 1 - count
    }

    /// Plans something for this time (not negative) with a serial number that was set aside and isn't in use.
    pub fn plan_as(&mut self, number: u64, time: f64, topic: Topic) -> Serial {
        debug_assert!(number <= self.serial);
        let serial = Serial(number);
        let mut keys = self.keys.take_all();
        keys.push(key_of(time, serial, topic));
        keys.sort_unstable();
        self.keys.put_all(keys);
        serial
    }

    /// The time of the next entry.
    #[inline]
    pub fn next_time(&mut self) -> Option<f64> {
        self.keys.next().map(time_of)
    }

    /// The next entry.
    pub fn peek(&mut self) -> Option<Entry> {
        self.keys.next().map(entry_of)
    }

    /// Takes the next entry if it isn't later than `end`.
    #[inline(always)]
    pub fn take(&mut self, end: f64) -> Option<Entry> {
        // No time is before 0.
        if end < 0.0 {
            return None;
        }
        self.keys.take_until((end + 0.0).to_bits()).map(entry_of)
    }

    /// Changes when entries are due and what they are about, or drops them (`None`); at equal times they keep the order of planning.
    pub fn revise(&mut self, mut change: impl FnMut(Entry) -> Option<(f64, Topic)>) {
        let mut keys = self.keys.take_all();
        keys.retain_mut(|key| {
            let entry = entry_of(*key);
            let changed = change(entry);
            if let Some((time, topic)) = changed {
                *key = key_of(time, entry.serial, topic);
            }
            changed.is_some()
        });
        keys.sort_unstable();
        self.keys.put_all(keys);
    }

    /// The entries' times and topics, in order; all those that were planned and not taken.
    pub fn entries(&mut self) -> Vec<(f64, Topic)> {
        let mut entries = Vec::new();
        self.revise(|entry| {
            entries.push((entry.time, entry.topic));
            Some((entry.time, entry.topic))
        });
        entries
    }

    /// Changes the time of every entry, or takes it out (`None`); entries at equal times keep their order.
    pub fn change(&mut self, new_time: impl Fn(f64, Topic) -> Option<f64>) {
        self.revise(|entry| Some((new_time(entry.time, entry.topic)?, entry.topic)));
    }
}

impl Members {
    /// Nobody, with room for so many (or a row of them) before more memory is asked for.
    pub fn with_room(entries: usize) -> Self {
        Pending {
            keys: Few::with_room(entries),
            serial: 0,
        }
    }
}

#[inline(always)]
fn key_of(time: f64, serial: Serial, topic: Topic) -> u128 {
    let (kind, index) = match topic {
        Topic::Job(index) => (0, index),
        Topic::Source(index) => (1, index),
        Topic::Sharing(index) => (2, index),
        Topic::Deadline(index) => (3, index),
        Topic::Clock(index) => (4, index),
        Topic::Fault(index) => (5, index),
        Topic::Series => (6, 0),
        Topic::Probe(index) => (7, index),
    };
    debug_assert!(index < MOST_OF_A_KIND && time >= 0.0);
    let low = (serial.0 << (KIND_BITS + INDEX_BITS)) | (kind << INDEX_BITS) | u64::from(index);
    (u128::from(time.to_bits()) << 64) | u128::from(low)
}

#[inline(always)]
fn entry_of(key: u128) -> Entry {
    let low = key as u64;
    let index = (low as u32) & (MOST_OF_A_KIND - 1);
    // Nearly all are about jobs or sources: told apart before the others are.
    let kind = low & (((1 << KIND_BITS) - 1) << INDEX_BITS);
    Entry {
        time: time_of(key),
        serial: Serial((low >> (KIND_BITS + INDEX_BITS)) & ((1 << SERIAL_BITS) - 1)),
        topic: match (low >> INDEX_BITS) & ((1 << KIND_BITS) - 1) {
            _ if kind == 0 => Topic::Job(index),
            _ if kind == 1 << INDEX_BITS => Topic::Source(index),
            2 => Topic::Sharing(index),
            3 => Topic::Deadline(index),
            4 => Topic::Clock(index),
            5 => Topic::Fault(index),
            6 => Topic::Series,
            _ => Topic::Probe(index),
        },
    }
}

#[inline]
fn time_of(key: u128) -> f64 {
    f64::from_bits((key >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_order_of_time_and_then_of_planning() {
        let mut agenda = Agenda::default();
        let mut expected: Vec<(f64, u32)> = Vec::new();
        let mut state = 1_u64;
        for round in 0..2_000_u32 {
            state = super::super::random::scramble(state);
            let time = 1000.0 + (state % 97) as f64;
            agenda.plan(time, Topic::Job(round));
            expected.push((time, round));
        }
        // Stable: equal times keep the order of planning.
        expected.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (time, index) in expected {
            let entry = agenda.take(f64::INFINITY).unwrap();
            assert_eq!((entry.time, entry.topic), (time, Topic::Job(index)));
        }
        assert_eq!(agenda.take(f64::INFINITY), None);
    }

    #[test]
    fn planning_between_takes_keeps_the_order() {
        let mut agenda = Agenda::default();
        for index in 0..50 {
            agenda.plan(f64::from(index % 7), Topic::Source(index));
        }
        let (mut now, mut state) = (0.0, 9_u64);
        for round in 0..20_000 {
            let entry = agenda.take(f64::INFINITY).unwrap();
            assert!(entry.time >= now);
            now = entry.time;
            state = super::super::random::scramble(state);
            for _ in 0..state % 3 {
                agenda.plan(now + (state % 11) as f64, Topic::Clock(round));
            }
            if agenda.clone().entries().len() < 10 {
                agenda.plan(now + 1.0, Topic::Deadline(round));
            }
        }
    }

    #[test]
    fn many_and_few_in_turn_come_in_order() {
        let mut agenda = Agenda::default();
        let (mut expected, mut state) = (std::collections::BTreeSet::new(), 5_u64);
        for round in 0..40_u32 {
            // Fills up to some hundred, then empties to a few.
            for step in 0..(round % 5) * 37 + 3 {
                state = super::super::random::scramble(state);
                let time = f64::from(round) * 50.0 + (state % 100) as f64;
                agenda.plan(time, Topic::Job(step));
                expected.insert((time as u64, agenda.serial));
            }
            for _ in 0..expected.len() - (round % 3) as usize {
                let entry = agenda.take(f64::INFINITY).unwrap();
                let key = (entry.time as u64, entry.serial.0);
                assert_eq!(Some(key), expected.pop_first());
            }
        }
    }

    #[test]
    fn times_of_very_different_lengths_and_many_at_once_come_in_order() {
        let mut agenda = Agenda::default();
        let (mut expected, mut state, mut now) = (std::collections::BTreeSet::new(), 3_u64, 0.0);
        for round in 0..400_000_u32 {
            // The rate changes by orders of magnitude, and now and then hundreds are due at the same moment, or in a very long time.
            state = super::super::random::scramble(state);
            let unit = (state >> 40) as f64 / f64::from(1 << 24);
            let scale = [1e-6, 1.0, 3e-4, 50.0][round as usize / 50_000 % 4];
            let ahead = match state % 64 {
                0 => 1e9,
                1 => 0.0,
                2 => scale,
                _ => unit * scale,
            };
            let batch = if round % 10_000 == 0 { 700 } else { 1 };
            for _ in 0..batch {
                let serial = agenda.plan(now + ahead, Topic::Job(round));
                expected.insert(((now + ahead).to_bits(), serial.0));
            }
            if expected.len() > 20 + (round as usize / 1_000 % 7) * 300 {
                for _ in 0..2 {
                    let entry = agenda.take(f64::INFINITY).unwrap();
                    now = entry.time;
                    let key = (entry.time.to_bits(), entry.serial.0);
                    assert_eq!(Some(key), expected.pop_first());
                }
            }
        }
        let left = agenda.entries().len();
        assert_eq!(left, expected.len());
        while let Some(entry) = agenda.take(f64::INFINITY) {
            let key = (entry.time.to_bits(), entry.serial.0);
            assert_eq!(Some(key), expected.pop_first());
        }
        assert!(expected.is_empty());
    }

    #[test]
    fn revised_entries_come_at_their_new_times_and_dropped_ones_not_at_all() {
        let mut agenda = Agenda::default();
        for index in 0..300_u32 {
            agenda.plan(f64::from(index % 10), Topic::Job(index));
        }
        assert!(agenda.take(0.0).is_some());
        agenda.revise(|entry| match entry.topic {
            Topic::Job(index) if index % 3 == 0 => None,
            Topic::Job(index) if index % 3 == 1 => Some((9.5 - entry.time, Topic::Source(index))),
            topic => Some((entry.time, topic)),
        });
        assert_eq!(agenda.entries().len(), 200);
        let (mut before, mut seen) = ((0.0, Serial::NONE), 0);
        while let Some(entry) = agenda.take(f64::INFINITY) {
            assert!((entry.time, entry.serial.0) > (before.0, before.1.0));
            before = (entry.time, entry.serial);
            match entry.topic {
                Topic::Job(index) => assert_eq!((index % 3, entry.time % 1.0), (2, 0.0)),
                Topic::Source(index) => assert_eq!((index % 3, entry.time % 1.0), (1, 0.5)),
                _ => panic!("nothing else was planned"),
            }
            seen += 1;
        }
        assert_eq!(seen, 200);
    }

    #[test]
    fn what_takes_a_number_that_was_set_aside_comes_where_that_stands() {
        for others in [3, 200] {
            let mut agenda = Agenda::default();
            for index in 0..others {
                agenda.plan(f64::from(index % 7), Topic::Job(index));
            }
            let first = agenda.set_aside(2);
            for index in 0..others {
                agenda.plan(f64::from(index % 7), Topic::Source(index));
            }
            agenda.plan_as(first, 2.0, Topic::Fault(0));
            agenda.plan_as(first + 1, 2.0, Topic::Fault(1));
            let mut topics = Vec::new();
            while let Some(entry) = agenda.take(f64::INFINITY) {
                if entry.time == 2.0 {
                    topics.push(entry.topic);
                }
            }
            let of = |topic: fn(u32) -> Topic| (0..others).filter(|i| i % 7 == 2).map(topic);
            let expected: Vec<Topic> = of(Topic::Job)
                .chain([Topic::Fault(0), Topic::Fault(1)])
                .chain(of(Topic::Source))
                .collect();
            assert_eq!(topics, expected);
        }
    }

    #[test]
    fn nothing_is_taken_beyond_the_end() {
        let mut agenda = Agenda::default();
        agenda.plan(2.0, Topic::Job(3));
        assert_eq!(agenda.take(1.5), None);
        assert_eq!(agenda.next_time(), Some(2.0));
        assert_eq!(
            agenda.take(2.0).map(|entry| entry.topic),
            Some(Topic::Job(3))
        );
        assert_eq!(agenda.next_time(), None);
    }
}
