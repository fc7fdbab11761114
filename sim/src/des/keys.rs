//! Stores that hold keys: caches, edges, buffer pools and resolvers, key by key. It doesn't know what a miss costs.
//!
//! Memory is bounded. Of a store with more copies than can be held, some are simulated. Of a store with more keys than can be held, the most
//! popular are simulated, and one in so many of the others, each as large as those for which it stands (spatial sampling: Waldspurger,
//! Park, Garthwaite & Ahmad 2015, "Efficient MRC Construction with SHARDS"). Requests for what isn't simulated are answered as often as
//! those for their like.

use super::program::NONE;
use super::random::{Purpose, Stream, scramble};
use super::zipf::Zipf;
use crate::network::{Eviction, Expiry, Store};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Most keys that one store holds in the simulation, all copies together.
const MOST_KEYS: f64 = 131_072.0;
const MOST_COPIES: f64 = 64.0;
/// What a key is taken to be worth when nothing like it has been asked for: as if so many requests had been answered by what fits.
const PRIOR: f64 = 16.0;
const RANK_BITS: u32 = 40;
const COPY_BITS: u32 = 12;

/// A store.
#[derive(Clone, Debug)]
pub(super) struct KeyStore {
    classes: Vec<Option<KeysOf>>,
    shared: bool,
    /// Copies that are simulated, and the probability that a request goes to one of them.
    copies: u32,
    simulated: f64,
    capacity: f64,
    eviction: Eviction,
    expiry: Expiry,
    places: HashMap<u64, u32, BuildHasherDefault<KeyHasher>>,
    held: Vec<Held>,
    free: Vec<u32>,
    order: Vec<Order>,
    chance: Stream,
}

/// The keys of one class.
#[derive(Clone, Debug)]
struct KeysOf {
    zipf: Zipf,
    item_bytes: f64,
    invalidations: f64,
    stream: Stream,
    /// Ranks up to this one are all simulated; of the others one in `stride`.
    hot: u64,
    stride: u64,
    /// Ranks up to this one fit.
    room: u64,
    /// Look-ups of the hot and of the other keys that were simulated.
    seen: [Seen; 2],
}

/// Look-ups so far, and how many of them were hits.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    asked: u64,
    found: u64,
}

impl KeysOf {
    /// Whether a rank is simulated.
    fn holds(&self, rank: u64) -> bool {
        rank <= self.hot || scramble(rank).is_multiple_of(self.stride)
    }

    /// How many bytes a simulated key stands for.
    fn bytes(&self, rank: u64) -> f64 {
        if rank <= self.hot {
            self.item_bytes
        } else {
            self.item_bytes * self.stride as f64
        }
    }

    /// How often keys like this one have been found.
    fn ratio(&self, rank: u64) -> f64 {
        let seen = &self.seen[usize::from(rank > self.hot)];
        let fits = f64::from(u8::from(rank <= self.room));
        (seen.found as f64 + PRIOR * fits) / (seen.asked as f64 + PRIOR)
    }
}

/// A key that is held, or whose frequency is remembered.
#[derive(Clone, Debug)]
struct Held {
    key: u64,
    /// When it was fetched or last used, by the expiry rule.
    stamp: f64,
    bytes: f64,
    previous: u32,
    next: u32,
    /// How often it was asked for.
    uses: u64,
    resident: bool,
}

/// One copy's order of eviction.
#[derive(Clone, Debug)]
struct Order {
    /// The next to be evicted, and the last.
    head: u32,
    tail: u32,
    bytes: f64,
    /// Uses when last looked at, and the key's place: a heap with the least used first.
    least_used: std::collections::BinaryHeap<std::cmp::Reverse<(u64, u32)>>,
}

/// A key's number scrambled: numbers of keys lie close together.
#[derive(Clone, Copy, Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = scramble(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = scramble(number);
    }
}

impl KeyStore {
    /// Sets a store up, holding the most popular keys that fit: closer to what it holds in the long run than nothing.
    pub fn new(seed: u64, ordinal: u32, store: &Store) -> Self {
        let component = store.component.0;
        let real = libm::floor(store.copies.max(1.0));
        let kinds = store.keys.iter().flatten().count().max(1) as f64;
        // A store that holds little is simulated in many copies, one that holds much in one.
        let in_a_copy: f64 = store
            .keys
            .iter()
            .flatten()
            .map(|keys| keys.keys.min(store.capacity_bytes / keys.item_bytes))
            .sum::<f64>()
            .max(1.0);
        let copies = real
            .min(MOST_COPIES)
            .min(libm::floor(MOST_KEYS / in_a_copy).max(1.0));
        let most = MOST_KEYS / copies / kinds;
        let classes: Vec<Option<KeysOf>> = store
            .keys
            .iter()
            .enumerate()
            .map(|(class, keys)| {
                let stream = class as u32 | (ordinal << 16);
                keys.as_ref().map(|keys| {
                    let zipf = Zipf::new(
                        keys.keys.min((1_u64 << RANK_BITS) as f64 - 1.0),
                        keys.zipf_exponent,
                    );
                    let room = zipf
                        .count()
                        .min(store.capacity_bytes / kinds / keys.item_bytes);
                    // All that is ever asked for may be held for a while where nothing limits the bytes.
                    let most_held = zipf.count().min(store.capacity_bytes / keys.item_bytes);
                    let hot = libm::floor(most / 2.0);
                    let stride = if most_held <= most {
                        1.0
                    } else {
                        libm::ceil((most_held - hot) / (most - hot))
                    };
                    KeysOf {
                        hot: if stride == 1.0 { u64::MAX } else { hot as u64 },
                        stride: stride as u64,
                        room: room as u64,
                        zipf,
                        item_bytes: keys.item_bytes,
                        invalidations: keys.invalidations_per_lookup.max(0.0),
                        stream: Stream::named(seed, component, Purpose::Key, stream),
                        seen: [Seen::default(); 2],
                    }
                })
            })
            .collect();
        let mut keys = KeyStore {
            classes,
            shared: store.keys_are_shared,
            copies: copies as u32,
            simulated: copies / real,
            capacity: store.capacity_bytes,
            eviction: store.eviction,
            expiry: store.expiry,
            places: HashMap::default(),
            held: Vec::new(),
            free: Vec::new(),
            order: vec![
                Order {
                    head: NONE,
                    tail: NONE,
                    bytes: 0.0,
                    least_used: Default::default(),
                };
                copies as usize
            ],
            chance: Stream::named(seed, component, Purpose::Key, u32::MAX - ordinal),
        };
        keys.fill();
        keys
    }

    /// Puts the most popular keys in, the most popular last.
    fn fill(&mut self) {
        let span = match self.expiry {
            Expiry::Never => 0.0,
            Expiry::AfterFetch(span) | Expiry::AfterLastUse(span) => span.0,
        };
        for copy in 0..self.copies {
            let mut ranks: Vec<Vec<u64>> = Vec::with_capacity(self.classes.len());
            for keys in &self.classes {
                let Some(keys) = keys else {
                    ranks.push(Vec::new());
                    continue;
                };
                let exact = 1..=keys.room.min(keys.hot);
                let others = (keys.hot.saturating_add(1)..=keys.room)
                    .filter(|rank| keys.stride < 1_000 && keys.holds(*rank));
                ranks.push(exact.chain(others).collect());
                if self.shared {
                    break;
                }
            }
            // The classes take turns, the most popular of each last.
            while let Some(class) = (0..ranks.len())
                .filter(|class| !ranks[*class].is_empty())
                .max_by_key(|class| ranks[*class].last().copied())
            {
                let rank = ranks[class].pop().unwrap_or(1);
                let age = self.chance.uniform() * span;
                let key = self.name(copy, class as u16, rank);
                self.insert(key, class as u16, -age);
            }
        }
    }

    fn name(&self, copy: u32, class: u16, rank: u64) -> u64 {
        let class = if self.shared { 0 } else { u64::from(class) };
        (class << (RANK_BITS + COPY_BITS)) | (u64::from(copy) << RANK_BITS) | rank
    }

    /// Draws the key that a request of this class asks for, and says whether it is there.
    pub fn look_up(&mut self, class: u16, now: f64) -> (u64, bool) {
        let simulated = self.simulated == 1.0 || self.chance.happens(self.simulated);
        let copy = if self.copies == 1 {
            0
        } else {
            self.chance.below(self.copies)
        };
        let Some(Some(keys)) = self.classes.get_mut(usize::from(class)) else {
            return (0, true);
        };
        let rank = keys.zipf.draw(&mut keys.stream);
        if !simulated || !keys.holds(rank) {
            let ratio = keys.ratio(rank);
            return (0, self.chance.happens(ratio));
        }
        let rate = keys.invalidations;
        let mut invalidated = libm::floor(rate) as u64;
        if rate > 0.0 {
            invalidated += u64::from(keys.stream.happens(rate - libm::floor(rate)));
        }
        for _ in 0..invalidated {
            let Some(Some(keys)) = self.classes.get_mut(usize::from(class)) else {
                break;
            };
            let stale = keys.zipf.draw(&mut keys.stream);
            if keys.holds(stale) {
                let stale = self.name(copy, class, stale);
                self.forget(stale);
            }
        }
        let key = self.name(copy, class, rank);
        let found = self.touch(key, now);
        if let Some(Some(keys)) = self.classes.get_mut(usize::from(class)) {
            let seen = &mut keys.seen[usize::from(rank > keys.hot)];
            seen.asked += 1;
            seen.found += u64::from(found);
        }
        (key, found)
    }

    /// Whether a key is there; if so it has been used.
    fn touch(&mut self, key: u64, now: f64) -> bool {
        let Some(place) = self.places.get(&key).copied() else {
            return false;
        };
        let held = &mut self.held[place as usize];
        held.uses += 1;
        if !held.resident {
            return false;
        }
        match self.expiry {
            Expiry::Never => {}
            Expiry::AfterFetch(span) => {
                if now - held.stamp >= span.0 {
                    return false;
                }
            }
            Expiry::AfterLastUse(span) => {
                if now - held.stamp >= span.0 {
                    return false;
                }
                held.stamp = now;
            }
        }
        if self.eviction == Eviction::LeastRecentlyUsed {
            self.unlink(place);
            self.link_last(place);
        }
        true
    }

    /// A key that was missed has been fetched.
    pub fn keep(&mut self, class: u16, key: u64, now: f64) {
        // Key 0 stands for a copy that isn't simulated.
        if key != 0 {
            self.insert(key, class, now);
        }
    }

    fn insert(&mut self, key: u64, class: u16, now: f64) {
        let bytes = match self.classes.get(usize::from(class)) {
            Some(Some(keys)) => keys.bytes(key & ((1 << RANK_BITS) - 1)),
            _ => return,
        };
        let copy = self.copy_of(key);
        if bytes > self.capacity {
            return;
        }
        let place = match self.places.get(&key).copied() {
            Some(place) => {
                let held = &mut self.held[place as usize];
                held.stamp = now;
                if held.resident {
                    if self.eviction == Eviction::LeastRecentlyUsed {
                        self.unlink(place);
                        self.link_last(place);
                    }
                    return;
                }
                held.resident = true;
                place
            }
            None => {
                let held = Held {
                    key,
                    stamp: now,
                    bytes,
                    previous: NONE,
                    next: NONE,
                    uses: 1,
                    resident: true,
                };
                let place = match self.free.pop() {
                    Some(place) => {
                        self.held[place as usize] = held;
                        place
                    }
                    None => {
                        self.held.push(held);
                        self.held.len() as u32 - 1
                    }
                };
                self.places.insert(key, place);
                place
            }
        };
        self.order[copy].bytes += bytes;
        if self.eviction == Eviction::LeastFrequentlyUsed {
            let uses = self.held[place as usize].uses;
            self.order[copy]
                .least_used
                .push(std::cmp::Reverse((uses, place)));
        } else {
            self.link_last(place);
        }
        while self.order[copy].bytes > self.capacity {
            if !self.evict(copy) {
                break;
            }
        }
    }

    /// Removes the next in the copy's order; false when there is none.
    fn evict(&mut self, copy: usize) -> bool {
        if self.eviction == Eviction::LeastFrequentlyUsed {
            while let Some(std::cmp::Reverse((uses, place))) = self.order[copy].least_used.pop() {
                let held = &mut self.held[place as usize];
                if !held.resident {
                    continue;
                }
                if held.uses > uses {
                    let entry = std::cmp::Reverse((held.uses, place));
                    self.order[copy].least_used.push(entry);
                    continue;
                }
                // Its frequency is remembered.
                held.resident = false;
                self.order[copy].bytes -= held.bytes;
                return true;
            }
            return false;
        }
        let place = self.order[copy].head;
        if place == NONE {
            return false;
        }
        self.remove(place);
        true
    }

    /// A write makes a key invalid.
    fn forget(&mut self, key: u64) {
        let Some(place) = self.places.get(&key).copied() else {
            return;
        };
        if self.eviction == Eviction::LeastFrequentlyUsed {
            let copy = self.copy_of(key);
            let held = &mut self.held[place as usize];
            if held.resident {
                held.resident = false;
                self.order[copy].bytes -= held.bytes;
            }
        } else {
            self.remove(place);
        }
    }

    fn remove(&mut self, place: u32) {
        self.unlink(place);
        let held = &self.held[place as usize];
        let (key, bytes) = (held.key, held.bytes);
        let copy = self.copy_of(key);
        self.order[copy].bytes -= bytes;
        self.places.remove(&key);
        self.free.push(place);
    }

    fn copy_of(&self, key: u64) -> usize {
        ((key >> RANK_BITS) & ((1 << COPY_BITS) - 1)) as usize
    }

    fn unlink(&mut self, place: u32) {
        let copy = self.copy_of(self.held[place as usize].key);
        let (previous, next) = {
            let held = &self.held[place as usize];
            (held.previous, held.next)
        };
        if previous == NONE {
            self.order[copy].head = next;
        } else {
            self.held[previous as usize].next = next;
        }
        if next == NONE {
            self.order[copy].tail = previous;
        } else {
            self.held[next as usize].previous = previous;
        }
    }

    fn link_last(&mut self, place: u32) {
        let copy = self.copy_of(self.held[place as usize].key);
        let tail = std::mem::replace(&mut self.order[copy].tail, place);
        if tail == NONE {
            self.order[copy].head = place;
        } else {
            self.held[tail as usize].next = place;
        }
        let held = &mut self.held[place as usize];
        held.previous = tail;
        held.next = NONE;
    }
}
