//! Keys in order: few in a sorted row, many in a heap. It doesn't know what they stand for.

use super::heap::Heap;
use super::row::{MOST_FEW, Row};
use super::{Key, Keys};

/// With fewer keys than this a heap becomes a row again.
const LEAST_MANY: usize = 16;

/// The half of a key that nearly always decides.
#[inline(always)]
pub(super) fn upper(key: u128) -> u64 {
    (key >> 64) as u64
}

/// The keys.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Order<R> {
    /// When there are few; else empty.
    few: R,
    /// When there are many, all of them. Stays for the next time they are.
    many: Option<Box<Heap>>,
    are_many: bool,
}

impl Order<Vec<u128>> {
    /// No keys, with room for so many, or a row of them, before more memory is asked for.
    pub fn with_room(keys: usize) -> Self {
        Order {
            few: Vec::with_capacity(keys.min(MOST_FEW)),
            ..Order::default()
        }
    }
}

impl<R: Row> Order<R> {
    /// How many keys stand in the row, which are none when they are too many for one.
    #[inline(always)]
    pub fn in_row(&self) -> usize {
        self.few.count()
    }

    /// Whether none stands in the row, since there are too many for one.
    #[inline(always)]
    pub fn are_many(&self) -> bool {
        self.are_many
    }

    /// Puts a key in, whatever its lower half.
    #[inline]
    pub fn put_any(&mut self, key: u128) {
        if self.are_many || self.few.is_full() {
            self.put_beyond(key);
        } else {
            self.few.insert(key, |other| other < key);
        }
    }

    /// The row becomes a heap, with one more key.
    #[cold]
    #[inline(never)]
    fn become_many(&mut self, key: u128) {
        let many = self.many.get_or_insert_default();
        while let Some(key) = self.few.least() {
            many.put(key);
            self.few.drop_least();
        }
        many.put(key);
        self.are_many = true;
    }

    /// The heap becomes a row.
    #[cold]
    #[inline(never)]
    fn become_few(&mut self) {
        self.are_many = false;
        let mut many = self.many.take();
        while let Some(many) = &mut many
            && let Some(key) = many.next()
        {
            many.take();
            self.put_any(key);
        }
        self.many = many;
    }

    /// Puts the key, which is greater than all others with the same upper half, into the row, which has a place for it.
    #[inline(always)]
    pub fn put_in_row(&mut self, key: u128) {
        self.few.insert(key, |other| upper(other) <= upper(key));
    }

    /// Puts the key among many, or lets the row grow first, up to the most that it may hold.
    #[inline(never)]
    fn put_beyond(&mut self, key: u128) {
        if self.are_many {
            self.many.get_or_insert_default().put(key);
        } else if self.few.grow() {
            self.few.insert(key, |other| other < key);
        } else {
            self.become_many(key);
        }
    }

    /// Takes the least key when none stands in the row, if it is due.
    #[inline(never)]
    fn take_of_many_until(&mut self, latest: u64) -> Option<Key> {
        if !self.are_many {
            return None;
        }
        let key = self.next_of_many()?;
        if upper(key) > latest {
            return None;
        }
        if self.are_many {
            self.many.get_or_insert_default().take();
        } else {
            self.few.drop_least();
        }
        Key::new(key)
    }

    #[inline(never)]
    fn next_of_many(&mut self) -> Option<u128> {
        let many = self.many.get_or_insert_default();
        match many.next() {
            Some(key) if many.len() >= LEAST_MANY => Some(key),
            _ => {
                self.become_few();
                self.few.least()
            }
        }
    }
}

impl<R: Row> Keys for Order<R> {
    #[inline(always)]
    fn put(&mut self, key: u128) {
        if self.are_many || self.few.is_full() {
            self.put_beyond(key);
        } else {
            self.put_in_row(key);
        }
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u128> {
        match self.few.least() {
            None if self.are_many => self.next_of_many(),
            least => least,
        }
    }

    #[inline(always)]
    fn take_until(&mut self, latest: u64) -> Option<u128> {
        let Some(key) = self.few.least() else {
            return self.take_of_many_until(latest).map(Key::get);
        };
        if upper(key) > latest {
            return None;
        }
        self.few.drop_least();
        Some(key)
    }

    fn take_all(&mut self) -> Vec<u128> {
        let mut keys = self.few.take_all();
        if self.are_many {
            let many = self.many.get_or_insert_default();
            while let Some(key) = many.next() {
                many.take();
                keys.push(key);
            }
            self.are_many = false;
        }
        keys
    }

    fn put_all(&mut self, mut keys: Vec<u128>) {
        self.are_many = keys.len() > MOST_FEW;
        if self.are_many {
            let many = self.many.get_or_insert_default();
            for key in keys.drain(..) {
                many.put(key);
            }
        }
        keys.reverse();
        self.few.put_all(keys);
    }
}
