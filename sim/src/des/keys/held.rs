//! Keys that are held, found by number, in their order of eviction. It knows neither time nor popularity.
//!
//! The hot keys, for which nearly everybody asks, have places of their own in the order of their ranks: those that are asked for most lie side
//! by side, and nobody has to search. The others take places as they come, and are found by a table.

use super::{COPY_BITS, RANK_BITS, copy_of};
use crate::network::Eviction;

/// Where a key stands that is held: all that most look-ups need of it, sixteen to a cache line. Hundreds of stores are asked in turn, and which
/// of their lines are still near when they are asked again is a matter of how many there are.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// The one before it in the order of eviction; under least frequently used its place in the heap.
    previous: u16,
    next: u16,
}

/// Stands for "none" among places.
const NOWHERE: u16 = u16::MAX;

/// Stands in a hot key's place while it isn't held.
const VACANT: Link = Link {
    previous: NOWHERE - 1,
    next: NOWHERE,
};

/// Places of a store at most: more than it takes to hold as many keys as [`super::most_keys`] says, with the few more of [`HeldKeys::new`].
const MOST_PLACES: usize = VACANT.previous as usize;

const _: () = assert!(super::MOST_KEYS + super::MOST_KEYS / 8 <= MOST_PLACES);

/// A key that is held; in a vacant place 0, which no key is, since ranks begin with 1.
#[derive(Clone, Copy, Debug)]
struct Held {
    key: u64,
    bytes: f64,
}

const NOTHING: Held = Held { key: 0, bytes: 0.0 };

/// Where the hot keys of a class are.
#[derive(Clone, Copy, Debug)]
struct Hot {
    first: u32,
    /// Ranks of each copy.
    ranks: u32,
}

/// One copy's order of eviction.
#[derive(Clone, Debug)]
#[repr(C)]
struct Order {
    /// The next to be evicted, and the last.
    head: u16,
    tail: u16,
    bytes: f64,
    /// Under least frequently used: a heap of popularities and places, the least popular first.
    heap: Vec<(f64, u32)>,
}

/// So many classes' hot keys are known in place.
const NEAR: usize = 4;

/// The keys that the copies of a store hold. What every look-up needs stands first, close together.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct HeldKeys {
    /// By class, the first few and the others.
    hot: [Hot; NEAR],
    /// By place, of which those of the hot keys are the first.
    links: Vec<Link>,
    /// Bytes of each copy.
    capacity: f64,
    // A second line.
    /// When each was fetched or last used, by the expiry rule; seconds.
    stamps: Vec<f64>,
    orders: Orders,
    // What few look-ups need.
    held: Vec<Held>,
    free: Vec<u32>,
    table: Table,
    more_hot: Box<[Hot]>,
    eviction: Eviction,
}

/// Every copy's order of eviction: the first one's, which is all that many stores have, in place.
#[derive(Clone, Debug)]
#[repr(C)]
struct Orders {
    first: Order,
    others: Vec<Order>,
}

impl Orders {
    #[inline]
    fn of(&self, copy: u32) -> &Order {
        match copy {
            0 => &self.first,
            copy => &self.others[copy as usize - 1],
        }
    }

    #[inline]
    fn of_mut(&mut self, copy: u32) -> &mut Order {
        match copy {
            0 => &mut self.first,
            copy => &mut self.others[copy as usize - 1],
        }
    }
}

impl HeldKeys {
    /// Nothing is held; every copy has room for these ranks of each class, and there is room for `others` in all.
    pub fn new(
        eviction: Eviction,
        copies: u32,
        capacity: f64,
        others: usize,
        hot_ranks: &[u32],
    ) -> Self {
        let order = Order {
            head: NOWHERE,
            tail: NOWHERE,
            bytes: 0.0,
            heap: Vec::new(),
        };
        let mut places = 0;
        let mut hot_of = |ranks: &u32| {
            let first = places;
            // Of more classes than there are places for, the last ones' keys take them as they come.
            let fits = first as usize + *ranks as usize * copies as usize <= MOST_PLACES;
            let ranks = if fits { *ranks } else { 0 };
            places += ranks * copies;
            Hot { first, ranks }
        };
        let hot = std::array::from_fn(|class| hot_of(hot_ranks.get(class).unwrap_or(&0)));
        let more_hot = hot_ranks.iter().skip(NEAR).map(hot_of).collect();
        // Ranks that stand for fewer than others make a few more.
        let room = places as usize + others + others / 8;
        HeldKeys {
            eviction,
            capacity,
            hot,
            more_hot,
            links: places_with(room, places, VACANT),
            stamps: places_with(room, places, 0.0),
            held: places_with(room, places, NOTHING),
            table: Table::new(others),
            free: Vec::with_capacity(others),
            orders: Orders {
                others: vec![order.clone(); (copies as usize).saturating_sub(1)],
                first: order,
            },
        }
    }

    /// Where a key is held.
    #[inline]
    pub fn find(&self, key: u64) -> Option<u32> {
        match self.own_place(key) {
            Some(place) => {
                let is_held = self.links[place as usize].previous != VACANT.previous;
                is_held.then_some(place)
            }
            None => self.table.find(key, &self.held),
        }
    }

    /// The place that a hot key has to itself.
    #[inline]
    fn own_place(&self, key: u64) -> Option<u32> {
        let rank = key & ((1 << RANK_BITS) - 1);
        let class = (key >> (RANK_BITS + COPY_BITS)) as usize;
        let hot = match self.hot.get(class) {
            Some(hot) => hot,
            None => self.more_hot.get(class - NEAR)?,
        };
        (rank <= u64::from(hot.ranks))
            .then(|| hot.first + copy_of(key) * hot.ranks + rank as u32 - 1)
    }

    /// The stamp of the key at this place.
    #[inline]
    pub fn stamp(&self, place: u32) -> f64 {
        self.stamps[place as usize]
    }

    /// Changes it.
    #[inline]
    pub fn set_stamp(&mut self, place: u32, stamp: f64) {
        self.stamps[place as usize] = stamp;
    }

    /// The key at this place is the last to be evicted.
    #[inline]
    pub fn move_last(&mut self, place: u32, copy: u32) {
        if u32::from(self.orders.of(copy).tail) != place {
            self.unlink(place, copy);
            self.link_last(place, copy);
        }
    }

    /// Holds a key that isn't held, and evicts what has no room any more; `popularity` counts under least frequently used alone.
    pub fn insert(&mut self, key: u64, copy: u32, stamp: f64, bytes: f64, popularity: f64) {
        if bytes > self.capacity {
            return;
        }
        let place = match self.own_place(key) {
            Some(place) => place,
            None if self.free.is_empty() && self.held.len() == MOST_PLACES => return,
            None => {
                let place = self.free.pop().unwrap_or_else(|| {
                    self.links.push(VACANT);
                    self.stamps.push(0.0);
                    self.held.push(NOTHING);
                    self.held.len() as u32 - 1
                });
                self.table.insert(key, place);
                place
            }
        };
        self.held[place as usize] = Held { key, bytes };
        self.stamps[place as usize] = stamp;
        self.links[place as usize] = Link {
            previous: NOWHERE,
            next: NOWHERE,
        };
        self.orders.of_mut(copy).bytes += bytes;
        if self.eviction == Eviction::LeastFrequentlyUsed {
            let heap = &mut self.orders.of_mut(copy).heap;
            heap.push((popularity, place));
            let last = heap.len() - 1;
            self.rise(copy, last);
        } else {
            self.link_last(place, copy);
        }
        while self.orders.of(copy).bytes > self.capacity {
            let order = self.orders.of(copy);
            let first = match order.heap.first() {
                Some((_, place)) => *place,
                None if order.head == NOWHERE => break,
                None => u32::from(order.head),
            };
            self.remove(first, copy);
        }
    }

    /// For how many keys there are places so far.
    pub fn places(&self) -> usize {
        self.held.len()
    }

    /// Places and keys that a copy holds.
    pub fn all_of(&self, copy: u32) -> Vec<(u32, u64)> {
        let order = self.orders.of(copy);
        let mut all: Vec<(u32, u64)> = order
            .heap
            .iter()
            .map(|(_, place)| (*place, self.held[*place as usize].key))
            .collect();
        let mut place = order.head;
        while place != NOWHERE {
            all.push((u32::from(place), self.held[usize::from(place)].key));
            place = self.links[usize::from(place)].next;
        }
        all
    }

    /// The key at this place is held no longer.
    pub fn remove(&mut self, place: u32, copy: u32) {
        if self.eviction == Eviction::LeastFrequentlyUsed {
            let at = usize::from(self.links[place as usize].previous);
            let heap = &mut self.orders.of_mut(copy).heap;
            heap.swap_remove(at);
            if at < heap.len() {
                self.rise(copy, at);
                self.sink(copy, at);
            }
        } else {
            self.unlink(place, copy);
        }
        let Held { key, bytes } = self.held[place as usize];
        self.orders.of_mut(copy).bytes -= bytes;
        if self.own_place(key).is_some() {
            self.held[place as usize] = NOTHING;
            self.links[place as usize] = VACANT;
        } else {
            self.table.remove(key, &self.held);
            self.free.push(place);
        }
    }

    /// The keys that a copy holds with their stamps, the first to be evicted first.
    pub fn in_order(&self, copy: u32) -> Vec<(u64, f64)> {
        let order = self.orders.of(copy);
        let mut keys = Vec::new();
        if self.eviction == Eviction::LeastFrequentlyUsed {
            let mut heap = order.heap.clone();
            heap.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
            for (_, place) in heap {
                keys.push((self.held[place as usize].key, self.stamp(place)));
            }
        }
        let mut place = order.head;
        while place != NOWHERE {
            keys.push((
                self.held[usize::from(place)].key,
                self.stamp(u32::from(place)),
            ));
            place = self.links[usize::from(place)].next;
        }
        keys
    }

    /// Moves an entry of the heap up to where it belongs, and notes the places of all that it passes.
    fn rise(&mut self, copy: u32, mut at: usize) {
        let heap = &mut self.orders.of_mut(copy).heap;
        while at > 0 && heap[at] < heap[(at - 1) / 2] {
            heap.swap(at, (at - 1) / 2);
            self.links[heap[at].1 as usize].previous = at as u16;
            at = (at - 1) / 2;
        }
        self.links[heap[at].1 as usize].previous = at as u16;
    }

    /// Moves an entry of the heap down.
    fn sink(&mut self, copy: u32, mut at: usize) {
        let heap = &mut self.orders.of_mut(copy).heap;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            for child in [left, right] {
                if child < heap.len() && heap[child] < heap[least] {
                    least = child;
                }
            }
            if least == at {
                break;
            }
            heap.swap(at, least);
            self.links[heap[at].1 as usize].previous = at as u16;
            at = least;
        }
        self.links[heap[at].1 as usize].previous = at as u16;
    }

    #[inline]
    fn unlink(&mut self, place: u32, copy: u32) {
        let Link { previous, next } = self.links[place as usize];
        let order = self.orders.of_mut(copy);
        if previous == NOWHERE {
            order.head = next;
        } else {
            self.links[usize::from(previous)].next = next;
        }
        if next == NOWHERE {
            order.tail = previous;
        } else {
            self.links[usize::from(next)].previous = previous;
        }
    }

    #[inline]
    fn link_last(&mut self, place: u32, copy: u32) {
        // There are no more than [`MOST_PLACES`].
        let short = place as u16;
        let order = self.orders.of_mut(copy);
        let tail = std::mem::replace(&mut order.tail, short);
        if tail == NOWHERE {
            order.head = short;
        } else {
            self.links[usize::from(tail)].next = short;
        }
        self.links[place as usize] = Link {
            previous: tail,
            next: NOWHERE,
        };
    }

    /// How many keys are held, all copies together.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        let held = self.held.iter().filter(|held| held.key != NOTHING.key);
        held.count() - self.free.len()
    }
}

/// So many places with this in them, and room for more.
fn places_with<T: Clone>(room: usize, places: u32, value: T) -> Vec<T> {
    let mut all = Vec::with_capacity(room);
    all.resize(places as usize, value);
    all
}

/// From keys to places: an open table with linear probing, never more than three quarters full. A cell holds the upper half of the key's product with
/// Knuth's constant, whose first bits say where the cell should stand, and the place.
#[derive(Clone, Debug)]
struct Table {
    cells: Vec<u64>,
    /// How far a hash is shifted to give a cell.
    shift: u32,
    used: usize,
}

const EMPTY: u64 = u64::MAX;

impl Table {
    fn new(expected: usize) -> Self {
        let size = (2 * expected).next_power_of_two().max(16);
        Table {
            cells: vec![EMPTY; size],
            shift: 32 - size.trailing_zeros().min(31),
            used: 0,
        }
    }

    /// 32 bits in which keys that lie close together are far apart (Knuth 1998, vol. 3, 6.4, Fibonacci hashing).
    #[inline]
    fn hash(key: u64) -> u32 {
        ((key ^ (key >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }

    #[inline]
    fn find(&self, key: u64, held: &[Held]) -> Option<u32> {
        self.cell_of(key, held).map(|cell| self.cells[cell] as u32)
    }

    #[inline]
    fn cell_of(&self, key: u64, held: &[Held]) -> Option<usize> {
        let hash = Self::hash(key);
        let mask = self.cells.len() - 1;
        let mut at = self.home(hash);
        loop {
            let cell = self.cells[at];
            if cell == EMPTY {
                return None;
            }
            if (cell >> 32) as u32 == hash && held[cell as u32 as usize].key == key {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// Enters a key that isn't there.
    fn insert(&mut self, key: u64, place: u32) {
        if 4 * (self.used + 1) > 3 * self.cells.len() {
            let mut larger = Table::new(self.cells.len());
            for cell in &self.cells {
                if *cell != EMPTY {
                    larger.put(*cell);
                }
            }
            larger.used = self.used;
            *self = larger;
        }
        self.used += 1;
        self.put(u64::from(Self::hash(key)) << 32 | u64::from(place));
    }

    fn put(&mut self, cell: u64) {
        let mask = self.cells.len() - 1;
        let mut at = self.home((cell >> 32) as u32);
        while self.cells[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.cells[at] = cell;
    }

    /// Removes a key, and moves those behind it up to where they should stand (Knuth 1998, algorithm 6.4 R).
    fn remove(&mut self, key: u64, held: &[Held]) {
        let Some(mut hole) = self.cell_of(key, held) else {
            return;
        };
        self.used -= 1;
        let mask = self.cells.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let cell = self.cells[at];
            if cell == EMPTY {
                break;
            }
            let home = self.home((cell >> 32) as u32);
            // It may move unless its home lies behind the hole, up to where it stands.
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.cells[hole] = cell;
                hole = at;
            }
        }
        self.cells[hole] = EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::random::scramble;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_found_is_what_a_plain_list_would_hold() {
        for eviction in [
            Eviction::LeastRecentlyUsed,
            Eviction::FirstInFirstOut,
            Eviction::LeastFrequentlyUsed,
        ] {
            // Fewer ranks than there are, and some of them the hot ones.
            let mut keys = HeldKeys::new(eviction, 2, 40.0, 4, &[0, 50]);
            // By copy: the keys in their order of eviction, with their popularity.
            let mut plain: [Vec<(u64, f64)>; 2] = Default::default();
            let mut state = 5;
            for step in 0..60_000_u64 {
                state = scramble(state);
                let copy = (state & 1) as u32;
                let rank = (state >> 8) % 120;
                let key = 1 << (RANK_BITS + COPY_BITS) | u64::from(copy) << RANK_BITS | (rank + 1);
                let order = &mut plain[copy as usize];
                let known = order.iter().position(|(known, _)| *known == key);
                let place = keys.find(key);
                assert_eq!(place.is_some(), known.is_some(), "step {step}");
                match (place, known) {
                    (Some(place), Some(known)) if state.is_multiple_of(11) => {
                        keys.remove(place, copy);
                        order.remove(known);
                    }
                    (Some(place), Some(known)) if eviction == Eviction::LeastRecentlyUsed => {
                        keys.move_last(place, copy);
                        let entry = order.remove(known);
                        order.push(entry);
                    }
                    (None, _) => {
                        let popularity = 1.0 / (rank as f64 + 1.0);
                        keys.insert(key, copy, 0.0, 1.0, popularity);
                        order.push((key, popularity));
                        if order.len() > 40 {
                            let first = if eviction == Eviction::LeastFrequentlyUsed {
                                (0..order.len())
                                    .min_by(|a, b| order[*a].1.total_cmp(&order[*b].1))
                                    .unwrap()
                            } else {
                                0
                            };
                            order.remove(first);
                        }
                    }
                    _ => {}
                }
                assert_eq!(keys.len(), plain[0].len() + plain[1].len());
            }
        }
    }

    #[test]
    fn a_store_without_a_place_left_holds_no_more_and_goes_on() {
        let key = |class: u64, rank: u64| class << (RANK_BITS + COPY_BITS) | rank;
        // The second class's hot keys have no places of their own any more.
        let lru = Eviction::LeastRecentlyUsed;
        let mut keys = HeldKeys::new(lru, 1, 1e9, 0, &[40_000, 40_000]);
        for (class, rank) in (0..2).flat_map(|class| (1..=40_000).map(move |rank| (class, rank))) {
            keys.insert(key(class, rank), 0, 0.0, 1.0, 0.0);
        }
        let fits = MOST_PLACES as u64 - 40_000;
        assert_eq!(keys.len(), MOST_PLACES);
        assert!(keys.find(key(1, fits)).is_some());
        assert!(keys.find(key(1, fits + 1)).is_none());
        let first = keys.find(key(0, 1)).unwrap();
        keys.move_last(first, 0);
        let freed = keys.find(key(1, 1)).unwrap();
        keys.remove(freed, 0);
        keys.insert(key(1, fits + 1), 0, 0.0, 1.0, 0.0);
        assert_eq!(keys.find(key(1, fits + 1)), Some(freed));
        let order = keys.in_order(0);
        assert_eq!(order.len(), MOST_PLACES);
        assert_eq!(order[0].0, key(0, 2));
        assert_eq!(order[order.len() - 2].0, key(0, 1));
    }

    #[test]
    fn keys_are_found_however_many_come_and_go() {
        let mut table = Table::new(1);
        let mut held: Vec<Held> = Vec::new();
        let mut plain: BTreeMap<u64, u32> = BTreeMap::new();
        let mut state = 9;
        for _ in 0..50_000 {
            state = scramble(state);
            let key = (state % 700) << (state % 3 * 20);
            match plain.remove(&key) {
                Some(_) => table.remove(key, &held),
                None => {
                    let place = held.len() as u32;
                    held.push(Held { key, bytes: 0.0 });
                    table.insert(key, place);
                    plain.insert(key, place);
                }
            }
        }
        for (key, place) in &plain {
            assert_eq!(table.find(*key, &held), Some(*place));
        }
        assert_eq!(table.used, plain.len());
    }
}
