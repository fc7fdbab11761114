//! Keys of which there are usually one or none, so that the least stands in place and only the others somewhere else. It doesn't know what
//! they stand for.

use super::order::{Order, upper};
use super::{Key, Keys};

/// The keys.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Few {
    /// The least; `None` when there is none.
    least: Option<Key>,
    others: Order<Vec<u128>>,
}

impl Few {
    /// No keys, with room for so many, or a row of them, before more memory is asked for.
    pub fn with_room(keys: usize) -> Self {
        Few {
            least: None,
            others: Order::with_room(keys),
        }
    }
}

impl Keys for Few {
    #[inline]
    fn put(&mut self, key: u128) {
        match self.least {
            None => self.least = Key::new(key),
            Some(least) if upper(key) < upper(least.get()) => {
                self.least = Key::new(key);
                self.others.put_any(least.get());
            }
            Some(_) => self.others.put(key),
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u128> {
        self.least.map(Key::get)
    }

    #[inline]
    fn take_until(&mut self, latest: u64) -> Option<u128> {
        let least = self.least?.get();
        if upper(least) > latest {
            return None;
        }
        self.least = self.others.take_until(u64::MAX).and_then(Key::new);
        Some(least)
    }

    fn take_all(&mut self) -> Vec<u128> {
        let mut keys = self.others.take_all();
        keys.extend(self.least.take().map(Key::get));
        keys
    }

    fn put_all(&mut self, mut keys: Vec<u128>) {
        self.least = (!keys.is_empty()).then(|| keys.remove(0)).and_then(Key::new);
        self.others.put_all(keys);
    }
}
