//! Keys in order: few in a sorted row, many in a heap. It doesn't know what they stand for.

use super::heap::Heap;
use super::{Key, Keys};

/// Up to so many keys a sorted row is quicker than a heap.
pub(super) const MOST_FEW: usize = 32;
/// With fewer keys than this a heap becomes a row again.
const LEAST_MANY: usize = 16;

/// The half of a key that nearly always decides.
#[inline(always)]
fn upper(key: u128) -> u64 {
    (key >> 64) as u64
}

/// The keys.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Order {
    /// When there are few: the next one last.
    few: Vec<u128>,
    /// When there are many, all of them. Stays for the next time they are.
    many: Option<Box<Heap>>,
    are_many: bool,
}

impl Order {
    /// No keys, with room for so many, or a row of them, before more memory is asked for.
    pub fn with_room(keys: usize) -> Self {
        Order {
            few: Vec::with_capacity(keys.min(MOST_FEW)),
            ..Order::default()
        }
    }

    /// How many keys stand in the row; `None` when they are too many for one.
    #[inline(always)]
    pub fn in_row(&self) -> Option<usize> {
        (!self.are_many).then_some(self.few.len())
    }

    /// Puts a key in, whatever its lower half.
    #[inline]
    pub fn put_any(&mut self, key: u128) {
        if !self.put_behind(key, |other| other < key) {
            self.put_beyond(key);
        }
    }

    /// The row becomes a heap, with one more key.
    #[cold]
    #[inline(never)]
    fn become_many(&mut self, key: u128) {
        let many = self.many.get_or_insert_default();
        for key in self.few.drain(..).rev() {
            many.put(key);
        }
        many.put(key);
        self.are_many = true;
    }

    /// The heap becomes a row.
    #[cold]
    #[inline(never)]
    fn become_few(&mut self) {
        let many = self.many.get_or_insert_default();
        while let Some(key) = many.next() {
            many.take();
            self.few.push(key);
        }
        self.few.reverse();
        self.are_many = false;
    }

    /// Puts the key, which is greater than all others with the same upper half, into the row if that has room for it.
    #[inline(always)]
    pub fn put_in_row(&mut self, key: u128) -> bool {
        self.put_behind(key, |other| upper(other) <= upper(key))
    }

    /// Puts the key into the row, if that has room for it, so that those that are less come before it.
    #[inline(always)]
    fn put_behind(&mut self, key: u128, is_less: impl Fn(u128) -> bool) -> bool {
        if self.are_many || self.few.len() == self.few.capacity() {
            return false;
        }
        self.few.push(key);
        let row = self.few.as_mut_slice();
        let mut at = row.len() - 1;
        while at > 0 && is_less(row[at - 1]) {
            row[at] = row[at - 1];
            at -= 1;
        }
        row[at] = key;
        true
    }

    /// Puts the key among many, or lets the row grow first, up to the most that it may hold.
    #[inline(never)]
    fn put_beyond(&mut self, key: u128) {
        let few = self.few.len();
        if self.are_many {
            self.many.get_or_insert_default().put(key);
        } else if few < MOST_FEW {
            self.few.reserve_exact(few.max(4).min(MOST_FEW - few));
            self.put_behind(key, |other| other < key);
        } else {
            self.become_many(key);
        }
    }

    #[inline(never)]
    fn take_of_many_until(&mut self, latest: u64) -> Option<Key> {
        let key = self.next_of_many()?;
        if upper(key) > latest {
            return None;
        }
        if self.are_many {
            self.many.get_or_insert_default().take();
        } else {
            self.few.pop();
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
                self.few.last().copied()
            }
        }
    }
}

impl Keys for Order {
    #[inline(always)]
    fn put(&mut self, key: u128) {
        if !self.put_in_row(key) {
            self.put_beyond(key);
        }
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u128> {
        if self.are_many {
            return self.next_of_many();
        }
        self.few.last().copied()
    }

    #[inline(always)]
    fn take_until(&mut self, latest: u64) -> Option<u128> {
        if self.are_many {
            return self.take_of_many_until(latest).map(Key::get);
        }
        let key = *self.few.last()?;
        if upper(key) > latest {
            return None;
        }
        self.few.pop();
        Some(key)
    }

    fn take_all(&mut self) -> Vec<u128> {
        let mut keys = std::mem::take(&mut self.few);
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
        keys.shrink_to(MOST_FEW);
        keys.reverse();
        self.few = keys;
    }
}
