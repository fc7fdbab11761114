//! What is going to happen, in order of time and, at equal times, in the order in which it was planned. It doesn't know what the
//! entries mean.
//!
//! A 4-ary heap of 128-bit keys: the time's bits (of a non-negative number they sort as the number does), the serial number of the entry,
//! and what it is about. The root of an entry that was taken stays open until the next one is put in, since an event nearly always plans
//! another: one sift instead of two.

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
    /// Something planned by the clock: windows, faults, scaling.
    Clock(u32),
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

/// The pending entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    heap: Vec<u128>,
    open: bool,
    serial: u64,
}

impl Agenda {
    /// Nothing pending, with room for so many entries before more memory is asked for.
    pub fn with_room(entries: usize) -> Self {
        Agenda {
            heap: Vec::with_capacity(entries),
            ..Agenda::default()
        }
    }

    /// Plans something for this time (not negative) and returns the entry's serial number.
    #[inline]
    pub fn plan(&mut self, time: f64, topic: Topic) -> Serial {
        self.serial += 1;
        let (kind, index) = match topic {
            Topic::Job(index) => (0, index),
            Topic::Source(index) => (1, index),
            Topic::Sharing(index) => (2, index),
            Topic::Deadline(index) => (3, index),
            Topic::Clock(index) => (4, index),
        };
        debug_assert!(index < MOST_OF_A_KIND && time >= 0.0);
        let low =
            (self.serial << (KIND_BITS + INDEX_BITS)) | (kind << INDEX_BITS) | u64::from(index);
        let key = (u128::from(time.to_bits()) << 64) | u128::from(low);
        if self.open {
            self.open = false;
            self.sink(key);
        } else {
            self.heap.push(key);
            self.rise();
        }
        Serial(self.serial)
    }

    /// The time of the next entry.
    #[inline]
    pub fn next_time(&mut self) -> Option<f64> {
        self.close();
        self.heap.first().map(|key| time_of(*key))
    }

    /// Takes the next entry if it isn't later than `end`.
    #[inline]
    pub fn take(&mut self, end: f64) -> Option<Entry> {
        self.close();
        let key = *self.heap.first()?;
        let time = time_of(key);
        if time > end {
            return None;
        }
        self.open = true;
        let low = key as u64;
        let index = (low as u32) & (MOST_OF_A_KIND - 1);
        Some(Entry {
            time,
            serial: Serial((low >> (KIND_BITS + INDEX_BITS)) & ((1 << SERIAL_BITS) - 1)),
            topic: match (low >> INDEX_BITS) & ((1 << KIND_BITS) - 1) {
                0 => Topic::Job(index),
                1 => Topic::Source(index),
                2 => Topic::Sharing(index),
                3 => Topic::Deadline(index),
                _ => Topic::Clock(index),
            },
        })
    }

    /// Fills the root that the last taken entry left.
    #[inline]
    fn close(&mut self) {
        if self.open {
            self.open = false;
            if let Some(last) = self.heap.pop()
                && !self.heap.is_empty()
            {
                self.sink(last);
            }
        }
    }

    /// Puts the key into the root's place and lets it sink.
    #[inline]
    fn sink(&mut self, key: u128) {
        let heap = self.heap.as_mut_slice();
        let mut at = 0;
        loop {
            let first = 4 * at + 1;
            let mut least = first;
            if let Some(children) = heap.get(first..first + 4) {
                let (left, right) = (
                    usize::from(children[1] < children[0]),
                    2 + usize::from(children[3] < children[2]),
                );
                least += if children[right] < children[left] {
                    right
                } else {
                    left
                };
            } else {
                if first >= heap.len() {
                    break;
                }
                for child in first + 1..heap.len() {
                    if heap[child] < heap[least] {
                        least = child;
                    }
                }
            }
            if heap[least] >= key {
                break;
            }
            heap[at] = heap[least];
            at = least;
        }
        heap[at] = key;
    }

    /// Lets the last key rise to its place.
    #[inline]
    fn rise(&mut self) {
        let heap = self.heap.as_mut_slice();
        let mut at = heap.len() - 1;
        let key = heap[at];
        while at > 0 {
            let parent = (at - 1) / 4;
            if heap[parent] <= key {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = key;
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
            if agenda.heap.len() < 10 {
                agenda.plan(now + 1.0, Topic::Deadline(round));
            }
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
