//! Keys of which there are usually one or none, so that the least stands in place and only the others somewhere else. It doesn't know what
//! they stand for.

use super::Keys;
use super::order::{Order, upper};

/// The keys.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Few {
    /// The halves of the least, which take fewer bytes than the whole would among others; both 0 when there is none, which no key is.
    least: [u64; 2],
    others: Order<Vec<u128>>,
}

impl Few {
    /// No keys, with room for so many, or a row of them, before more memory is asked for.
    pub fn with_room(keys: usize) -> Self {
        Few {
            least: [0; 2],
            others: Order::with_room(keys),
        }
    }

    /// The least key; 0 when there is none.
    #[inline(always)]
    fn least(&self) -> u128 {
        u128::from(self.least[0]) << 64 | u128::from(self.least[1])
    }

    #[inline(always)]
    fn set_least(&mut self, key: u128) {
        self.least = [upper(key), key as u64];
    }
}

impl Keys for Few {
    #[inline]
    fn put(&mut self, key: u128) {
        let least = self.least();
        if least == 0 {
            self.set_least(key);
        } else if upper(key) < upper(least) {
            self.set_least(key);
            self.others.put_any(least);
        } else {
            self.others.put(key);
        }
    }

    #[inline]
    fn next(&mut self) -> Option<u128> {
        Some(self.least()).filter(|least| *least != 0)
    }

    #[inline]
    fn take_until(&mut self, latest: u64) -> Option<u128> {
        let least = self.next().filter(|least| upper(*least) <= latest)?;
        let next = self.others.take_until(u64::MAX);
        self.set_least(next.unwrap_or(0));
        Some(least)
    }

    fn take_all(&mut self) -> Vec<u128> {
        let mut keys = self.others.take_all();
        keys.extend(self.next());
        self.set_least(0);
        keys
    }

    fn put_all(&mut self, mut keys: Vec<u128>) {
        if !keys.is_empty() {
            self.set_least(keys.remove(0));
        }
        self.others.put_all(keys);
    }
}
