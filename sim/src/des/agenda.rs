//! What is going to happen, in order of time and, at equal times, in the order in which it was planned. It doesn't know what the
//! entries mean.
//!
//! Keys are 128 bits: the time's bits (of a non-negative number they sort as the number does), the serial number of the entry, and what it is
//! about. Few keys stand sorted in a row; many in a heap.

mod many;

use many::Many;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// Up to so many entries a sorted row is quicker than a heap.
const MOST_FEW: usize = 32;
/// With fewer entries than this a heap becomes a row again.
const LEAST_MANY: usize = 16;

/// The pending entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    /// When there are few: the next one last.
    few: Vec<u128>,
    /// When there are many, all of them. Stays for the next time they are.
    many: Option<Box<Many>>,
    are_many: bool,
    serial: u64,
}

impl Agenda {
    /// Nothing pending, with room for so many entries, or a row of them, before more memory is asked for.
    pub fn with_room(entries: usize) -> Self {
        Agenda {
            few: Vec::with_capacity(entries.min(MOST_FEW)),
            ..Agenda::default()
        }
    }

    /// Plans something for this time (not negative) and returns the entry's serial number.
    #[inline]
    pub fn plan(&mut self, time: f64, topic: Topic) -> Serial {
        self.serial += 1;
        let key = key_of(time, Serial(self.serial), topic);
        if self.are_many {
            self.many.get_or_insert_default().plan(key);
        } else if self.few.len() < MOST_FEW {
            self.few.push(key);
            let mut at = self.few.len() - 1;
            let row = self.few.as_mut_slice();
            while at > 0 && row[at - 1] < key {
                row[at] = row[at - 1];
                at -= 1;
            }
            row[at] = key;
        } else {
            self.become_many(key);
        }
        Serial(self.serial)
    }

    /// The time of the next entry.
    #[inline]
    pub fn next_time(&mut self) -> Option<f64> {
        self.next().map(time_of)
    }

    /// Takes the next entry if it isn't later than `end`.
    #[inline(always)]
    pub fn take(&mut self, end: f64) -> Option<Entry> {
        let key = self.next()?;
        let time = time_of(key);
        if time > end {
            return None;
        }
        if self.are_many {
            self.many.get_or_insert_default().take();
        } else {
            self.few.pop();
        }
        Some(entry_of(key))
    }

    /// Changes when entries are due and what they are about, or drops them (`None`); at equal times they keep the order of planning.
    pub fn revise(&mut self, mut change: impl FnMut(Entry) -> Option<(f64, Topic)>) {
        let mut keys = std::mem::take(&mut self.few);
        if self.are_many {
            let many = self.many.get_or_insert_default();
            while let Some(key) = many.next() {
                many.take();
                keys.push(key);
            }
        }
        keys.retain_mut(|key| {
            let entry = entry_of(*key);
            let changed = change(entry);
            if let Some((time, topic)) = changed {
                *key = key_of(time, entry.serial, topic);
            }
            changed.is_some()
        });
        keys.sort_unstable_by(|one, other| other.cmp(one));
        self.are_many = keys.len() > MOST_FEW;
        if self.are_many {
            let many = self.many.get_or_insert_default();
            for key in keys.drain(..).rev() {
                many.plan(key);
            }
            keys.shrink_to(MOST_FEW);
        }
        self.few = keys;
    }

    /// How many entries are pending.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        if self.are_many {
            self.many.as_ref().map_or(0, |many| many.len())
        } else {
            self.few.len()
        }
    }

    /// The entries' times and topics, in no order; all those that were planned and not taken.
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

    /// The next key.
    #[inline]
    fn next(&mut self) -> Option<u128> {
        if self.are_many {
            let many = self.many.get_or_insert_default();
            match many.next() {
                Some(key) if many.len() >= LEAST_MANY => return Some(key),
                _ => self.become_few(),
            }
        }
        self.few.last().copied()
    }

    /// The row becomes a heap, with one more key.
    #[cold]
    fn become_many(&mut self, key: u128) {
        let many = self.many.get_or_insert_default();
        for key in self.few.drain(..).rev() {
            many.plan(key);
        }
        many.plan(key);
        self.are_many = true;
    }

    /// The heap becomes a row.
    #[cold]
    fn become_few(&mut self) {
        let many = self.many.get_or_insert_default();
        while let Some(key) = many.next() {
            many.take();
            self.few.push(key);
        }
        self.few.reverse();
        self.are_many = false;
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
    Entry {
        time: time_of(key),
        serial: Serial((low >> (KIND_BITS + INDEX_BITS)) & ((1 << SERIAL_BITS) - 1)),
        topic: match (low >> INDEX_BITS) & ((1 << KIND_BITS) - 1) {
            0 => Topic::Job(index),
            1 => Topic::Source(index),
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
            if agenda.few.len() < 10 && !agenda.are_many {
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
        assert_eq!(agenda.len(), 200);
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
