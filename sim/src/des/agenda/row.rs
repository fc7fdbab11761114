//! A few keys in a sorted row, the least last. It doesn't know what they stand for.

/// Up to so many keys a row is quicker than anything else.
pub(super) const MOST_FEW: usize = 32;

/// A row of at most [`MOST_FEW`] keys.
pub(in super::super) trait Row: Default {
    /// How many keys there are.
    fn count(&self) -> usize;
    /// Whether there is no place for another one.
    fn is_full(&self) -> bool;
    /// The least key.
    fn least(&self) -> Option<u128>;
    /// Takes the least key away.
    fn drop_least(&mut self);
    /// Puts a key in, for which there is a place, so that those that are less come after it.
    fn insert(&mut self, key: u128, is_less: impl Fn(u128) -> bool);
    /// Makes more places in a row that is full; `false` when it has as many as it may have.
    fn grow(&mut self) -> bool;
    /// Takes all keys, the least last.
    fn take_all(&mut self) -> Vec<u128>;
    /// Puts these keys in, the least last, where there are none: as many as there may be, or fewer.
    fn put_all(&mut self, keys: Vec<u128>);
}

/// A row with all its places in itself, of which there are few, so that nothing is between it and its keys.
#[derive(Clone, Debug)]
pub(in super::super) struct Fixed {
    keys: [u128; MOST_FEW],
    count: u32,
}

impl Default for Fixed {
    fn default() -> Self {
        Fixed {
            keys: [0; MOST_FEW],
            count: 0,
        }
    }
}

// Places are taken modulo their number, which changes nothing, and spares the processor a comparison.
impl Row for Fixed {
    #[inline(always)]
    fn count(&self) -> usize {
        self.count as usize
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.count == MOST_FEW as u32
    }

    #[inline(always)]
    fn least(&self) -> Option<u128> {
        let last = self.count.checked_sub(1)?;
        Some(self.keys[last as usize % MOST_FEW])
    }

    #[inline(always)]
    fn drop_least(&mut self) {
        self.count -= 1;
    }

    #[inline(always)]
    fn insert(&mut self, key: u128, is_less: impl Fn(u128) -> bool) {
        let mut at = self.count as usize;
        self.count += 1;
        while at > 0 {
            let before = self.keys[(at - 1) % MOST_FEW];
            if !is_less(before) {
                break;
            }
            self.keys[at % MOST_FEW] = before;
            at -= 1;
        }
        self.keys[at % MOST_FEW] = key;
    }

    fn grow(&mut self) -> bool {
        false
    }

    fn take_all(&mut self) -> Vec<u128> {
        let count = std::mem::take(&mut self.count);
        self.keys[..count as usize].to_vec()
    }

    fn put_all(&mut self, keys: Vec<u128>) {
        self.keys[..keys.len()].copy_from_slice(&keys);
        self.count = keys.len() as u32;
    }
}

/// A row that takes as many places as it needs, for which many may be there at once.
impl Row for Vec<u128> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    #[inline(always)]
    fn least(&self) -> Option<u128> {
        self.last().copied()
    }

    #[inline(always)]
    fn drop_least(&mut self) {
        self.pop();
    }

    #[inline(always)]
    fn insert(&mut self, key: u128, is_less: impl Fn(u128) -> bool) {
        self.push(key);
        let row = self.as_mut_slice();
        let mut at = row.len() - 1;
        while at > 0 && is_less(row[at - 1]) {
            row[at] = row[at - 1];
            at -= 1;
        }
        row[at] = key;
    }

    fn grow(&mut self) -> bool {
        let places = self.capacity();
        if places >= MOST_FEW {
            return false;
        }
        self.reserve_exact(places.max(4).min(MOST_FEW - places));
        true
    }

    fn take_all(&mut self) -> Vec<u128> {
        std::mem::take(self)
    }

    fn put_all(&mut self, mut keys: Vec<u128>) {
        keys.shrink_to(MOST_FEW);
        *self = keys;
    }
}
