//! Stores that hold keys: caches, edges, buffer pools and resolvers, key by key. It doesn't know what a miss costs.
//!
//! Memory is bounded. Of a store with more copies than can be held, some are simulated. Of a store with more keys than can be held, the most
//! popular are simulated, and one in so many of the others, each as large as those for which it stands (spatial sampling: Waldspurger,
//! Park, Garthwaite & Ahmad 2015, "Efficient MRC Construction with SHARDS"). Requests for what isn't simulated are answered as often as
//! those for their like.

mod carry;
mod demand;
mod flights;
mod held;
mod of_classes;
mod stationary;
mod strides;
#[cfg(test)]
mod tests;
mod versions;

use super::job::{Job, Line, Places};
use super::random::{Purpose, Stream, scramble};
use super::zipf::Zipf;
use crate::network::{Eviction, Expiry, Store};
pub(super) use demand::Demand;
use flights::Flights;
use held::HeldKeys;
use of_classes::OfClasses;
use std::ops::Range;
use std::sync::Arc;
use strides::Stride;
pub(super) use strides::Tables;
use versions::Versions;
pub(super) use versions::{Through, Vintage};

/// Most keys that one store holds in the simulation, all copies together, when there are few stores.
const MOST_KEYS: usize = 1 << 15;
/// With more stores than this, each holds half as many keys with every doubling.
const FEW_STORES: usize = 8;
const LEAST_KEYS: usize = 1 << 10;
const MOST_COPIES: f64 = 64.0;
/// Look-ups whose outcome is remembered, at most, to answer those for keys that aren't simulated; then the older half counts half.
const REMEMBERED: f64 = 16_384.0;
/// Of more nodes than this it doesn't matter which one a key is on.
const MOST_NODES: u32 = 256;
const RANK_BITS: u32 = 40;
const COPY_BITS: u32 = 12;

/// Most keys that each of so many stores holds.
pub(super) fn most_keys(stores: usize) -> usize {
    let doublings = stores.div_ceil(FEW_STORES).next_power_of_two();
    (MOST_KEYS / doublings).max(LEAST_KEYS)
}

/// A store. What every look-up needs stands first, close together.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct KeyStore {
    chance: Stream,
    expiry: Expiry,
    /// Copies that are simulated, and the probability that a request goes to one of them.
    simulated: f64,
    copies: u32,
    shared: bool,
    /// Whether look-ups wait for somebody else's fetch.
    coalesces: bool,
    eviction: Eviction,
    /// Whether anybody has to know how old what is found or fetched is.
    pub is_watched: bool,
    held: HeldKeys,
    classes: OfClasses<KeysOf>,
    /// Whose it is, as a number.
    pub component: u32,
    /// The share of the keys that isn't kept just now, 0 to 1.
    pub lost_share: f64,
    capacity: f64,
    /// What is being fetched; `None` when nobody has ever waited for somebody else's fetch.
    flights: Option<Flights>,
    /// Since when its keys are out of date; `None` where they can't be.
    versions: Option<Box<Versions>>,
    /// What it was set up as.
    spec: Store,
}

const _: () = assert!(std::mem::offset_of!(KeyStore, held) == 64);

/// The keys of one class. What every look-up needs stands first, in two cache lines.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct KeysOf {
    stream: Stream,
    zipf: Zipf,
    /// Ranks up to this one are all simulated.
    hot: u64,
    /// The last stride, which goes on to the end.
    last: Stride,
    // A second line.
    /// Look-ups of the hot and of the other keys that were simulated, each as many as its key stands for.
    seen: [Seen; 2],
    /// When the last of them was looked up, seconds.
    before: f64,
    invalidations: f64,
    refreshes: f64,
    /// How many keys one that isn't hot stands for at most.
    largest: f64,
    // What few look-ups need.
    /// Of the others, which ones; from the first, each to the next, the last one to the end.
    strides: Arc<[Stride]>,
    /// Misses of them, and how many found their key being fetched.
    missed: [Seen; 2],
    item_bytes: f64,
    /// Look-ups a second at a copy, by which popularity is compared among classes.
    rate: f64,
}

const _: () = assert!(std::mem::offset_of!(KeysOf, strides) == 2 * 64);

/// Look-ups of late, and how many of them were hits.
#[derive(Clone, Copy, Debug)]
struct Seen {
    asked: f64,
    found: f64,
}

impl Seen {
    #[inline]
    fn count(&mut self, found: bool, weight: f64, most: f64) {
        self.asked += weight;
        if found {
            self.found += weight;
        }
        if self.asked >= most {
            self.asked *= 0.5;
            self.found *= 0.5;
        }
    }
}

impl KeysOf {
    /// Where a rank beyond the hot ones lies.
    #[inline]
    fn stride(&self, rank: u64) -> Stride {
        if rank >= self.last.first {
            return self.last;
        }
        let next = self.strides.partition_point(|stride| stride.first <= rank);
        self.strides[next - 1]
    }

    /// How many keys a rank stands for; 0 when it isn't simulated.
    #[inline]
    fn stands_for(&self, rank: u64) -> u64 {
        if rank <= self.hot {
            return 1;
        }
        let Stride { first, width } = self.stride(rank);
        if width == 1 || (rank - first) % width == width / 2 {
            width
        } else {
            0
        }
    }

    /// How many keys one of the hot (0) or of the others (1) stands for at most.
    #[inline]
    fn largest(&self, part: usize) -> f64 {
        if part == 0 { 1.0 } else { self.largest }
    }

    /// How many bytes a simulated key stands for.
    #[inline]
    fn bytes(&self, rank: u64) -> f64 {
        self.item_bytes * self.stands_for(rank) as f64
    }

    /// How many writes come between two look-ups, when there are so many for each on average: as both come at random, each next one of
    /// them is a write with the same probability. (A long gap gets no more of them than a short one: look-ups of a class are taken to
    /// come in quick succession against a time to live.)
    #[inline]
    fn writes(&mut self, mean: f64) -> u64 {
        let mut count = 0;
        if mean > 0.0 {
            while self.stream.happens(mean / (1.0 + mean)) {
                count += 1;
            }
        }
        count
    }
}

/// A key that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its number; 0 for a key that isn't simulated.
    pub key: u64,
    /// Whether it was there.
    pub found: bool,
    /// Whether it is one of the hot ones (0) or of the others (1), and how many it stands for.
    part: u8,
    stands_for: u64,
}

/// What becomes of a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetch {
    /// The key is fetched, and nobody will wait for that.
    Alone,
    /// The key is fetched as this flight.
    Watched(u32),
    /// Somebody is fetching it as this flight.
    Waits(u32),
}

/// The ranks of each class that have places of their own in every copy, and how many keys that have none are expected, of so many.
fn own_places(store: &Store, classes: &OfClasses<KeysOf>, expected: usize) -> (Vec<u32>, usize) {
    // Of equally popular ones those with lower places are evicted first, which are to be those that came first.
    if store.eviction == Eviction::LeastFrequentlyUsed {
        return (Vec::new(), expected);
    }
    let ranks = classes
        .all()
        .map(|keys| keys.map_or(0, |keys| keys.hot as u32));
    let hot = if store.keys_are_shared {
        // They are named by the first place.
        ranks.max().into_iter().collect()
    } else {
        ranks.collect()
    };
    let all_are_hot = |keys: &KeysOf| keys.hot as f64 >= keys.zipf.count();
    let others = if classes.all().flatten().all(all_are_hot) {
        0
    } else {
        expected
    };
    (hot, others)
}

impl KeyStore {
    /// Sets an empty store up that holds so many keys at most; `lookups` a second by class, all copies together.
    pub fn new(
        seed: u64,
        ordinal: u32,
        store: &Store,
        lookups: &[f64],
        most: usize,
        tables: &mut Tables,
    ) -> Self {
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
            .min(libm::floor(most as f64 / in_a_copy).max(1.0));
        let expected = (copies * in_a_copy).min(most as f64) as usize;
        let most = libm::floor(most as f64 / copies / kinds).max(2.0);
        let classes: OfClasses<KeysOf> = store
            .keys
            .iter()
            .enumerate()
            .map(|(class, keys)| {
                let stream = class as u32 | (ordinal << 16);
                keys.as_ref().map(|keys| {
                    let zipf = tables.laws.zipf(
                        keys.keys.min((1_u64 << RANK_BITS) as f64 - 1.0),
                        keys.zipf_exponent,
                    );
                    // All that is ever asked for may be held for a while where nothing limits the bytes.
                    let most_held = zipf.count().min(store.capacity_bytes / keys.item_bytes);
                    let hot = if zipf.count() <= most {
                        zipf.count()
                    } else {
                        libm::floor(most / 2.0)
                    };
                    let stride = if most_held <= most {
                        1.0
                    } else {
                        libm::ceil((most_held - hot) / (most - hot))
                    };
                    let lookups = lookups.get(class).copied().unwrap_or(0.0);
                    let strides = tables.strides(hot as u64, stride as u64);
                    KeysOf {
                        hot: hot as u64,
                        last: strides[strides.len() - 1],
                        strides,
                        zipf,
                        item_bytes: keys.item_bytes,
                        invalidations: keys.invalidations_per_lookup.max(0.0),
                        refreshes: keys.refreshes_per_lookup.max(0.0),
                        rate: carry::rate(lookups, store.copies),
                        stream: Stream::named(seed, component, Purpose::Key, stream),
                        before: 0.0,
                        seen: [1.0, stride].map(|asked| Seen { asked, found: 0.0 }),
                        missed: [1.0, stride].map(|asked| Seen { asked, found: 0.0 }),
                        largest: stride,
                    }
                })
            })
            .collect();
        let (hot, others) = own_places(store, &classes, expected);
        KeyStore {
            component,
            lost_share: 0.0,
            classes,
            shared: store.keys_are_shared,
            copies: copies as u32,
            simulated: copies / real,
            capacity: store.capacity_bytes,
            eviction: store.eviction,
            expiry: store.expiry,
            held: HeldKeys::new(
                store.eviction,
                copies as u32,
                store.capacity_bytes,
                others,
                &hot,
            ),
            flights: store.coalesces.then(Flights::default),
            coalesces: store.coalesces,
            is_watched: false,
            versions: None,
            chance: Stream::named(seed, component, Purpose::Key, u32::MAX - ordinal),
            spec: store.clone(),
        }
    }

    /// Fills an empty store as it is in the long run, when it is asked `lookups` a second by class (all copies together) and keys stay
    /// about so many seconds.
    pub fn warm(&mut self, lookups: &[f64], stay: f64) {
        let real = f64::from(self.copies) / self.simulated;
        self.settle(lookups, real, stay);
    }

    #[inline]
    fn name(&self, copy: u32, class: u16, rank: u64) -> u64 {
        let class = if self.shared { 0 } else { u64::from(class) };
        (class << (RANK_BITS + COPY_BITS)) | (u64::from(copy) << RANK_BITS) | rank
    }

    /// Draws the key that a request of this class asks for, and says whether it is there.
    pub fn look_up(&mut self, class: u16, now: f64) -> Asked {
        let simulated = self.simulated == 1.0 || self.chance.happens(self.simulated);
        let copy = if self.copies == 1 {
            0
        } else {
            self.chance.below(self.copies)
        };
        let Some(keys) = self.classes.get_mut(usize::from(class)) else {
            return Asked {
                key: 0,
                found: true,
                part: 0,
                stands_for: 0,
            };
        };
        let rank = keys.zipf.draw(&mut keys.stream);
        let part = usize::from(rank > keys.hot);
        let stands_for = if simulated { keys.stands_for(rank) } else { 0 };
        if stands_for == 0 {
            let seen = keys.seen[part];
            return Asked {
                key: 0,
                found: self.chance.uniform() * seen.asked < seen.found,
                part: part as u8,
                stands_for,
            };
        }
        let written = (keys.writes(keys.invalidations), keys.writes(keys.refreshes));
        let before = std::mem::replace(&mut keys.before, now);
        if written != (0, 0) {
            self.write(copy, class, written, (before, now));
        }
        let key = self.name(copy, class, rank);
        let found = self.touch(key, copy, now);
        if let Some(keys) = self.classes.get_mut(usize::from(class)) {
            // As many look-ups as this one stands for are remembered as if they had been made.
            let weight = stands_for as f64;
            let most = REMEMBERED * keys.largest(part);
            keys.seen[part].count(found, weight, most);
        }
        Asked {
            key,
            found,
            part: part as u8,
            stands_for,
        }
    }

    /// Calls the function with the place of each operation that has begun a fetch.
    pub fn for_each_code_place(&mut self, visit: &mut impl FnMut(&mut u32)) {
        if let Some(flights) = &mut self.flights {
            flights.for_each_code_place(visit);
        }
    }

    /// A key that was asked for by the operation at this place wasn't there.
    pub fn fetch(&mut self, asked: Asked, class: u16, at: u32) -> Fetch {
        let (true, Some(flights), Some(keys)) = (
            self.coalesces,
            &mut self.flights,
            self.classes.get_mut(usize::from(class)),
        ) else {
            return Fetch::Alone;
        };
        let part = usize::from(asked.part);
        let most = REMEMBERED * keys.largest(part);
        let missed = &mut keys.missed[part];
        let flight = if asked.key == 0 {
            // As often as those for its like find their key being fetched.
            if self.chance.uniform() * missed.asked < missed.found {
                flights.any(at, class, &mut self.chance)
            } else {
                None
            }
        } else {
            let flight = flights.of(asked.key, at);
            missed.count(flight.is_some(), asked.stands_for as f64, most);
            flight
        };
        match flight {
            Some(flight) => Fetch::Waits(flight),
            None => Fetch::Watched(flights.begin(asked.key, at, class)),
        }
    }

    /// Writes since the last look-up, between these times, have made so many keys invalid, and put so many in.
    fn write(&mut self, copy: u32, class: u16, written: (u64, u64), span: (f64, f64)) {
        for write in 0..written.0 + written.1 {
            let Some(keys) = self.classes.get_mut(usize::from(class)) else {
                return;
            };
            let rank = keys.zipf.draw(&mut keys.stream);
            if keys.stands_for(rank) == 0 {
                continue;
            }
            let time = span.0 + (span.1 - span.0) * keys.stream.uniform();
            let key = self.name(copy, class, rank);
            if write >= written.0 {
                self.keep(class, key, time);
            } else if let Some(place) = self.held.find(key) {
                self.held.remove(place, copy);
            }
        }
    }

    /// Whether a key is there; if so it has been used.
    #[inline]
    fn touch(&mut self, key: u64, copy: u32, now: f64) -> bool {
        let Some(place) = self.held.find(key) else {
            return false;
        };
        if self.expired(place, now) {
            return false;
        }
        if matches!(self.expiry, Expiry::AfterLastUse(_)) {
            self.held.set_stamp(place, now);
        }
        if self.eviction == Eviction::LeastRecentlyUsed {
            self.held.move_last(place, copy);
        }
        true
    }

    #[inline]
    fn expired(&self, place: u32, now: f64) -> bool {
        match self.expiry {
            Expiry::Never => false,
            Expiry::AfterFetch(span) | Expiry::AfterLastUse(span) => {
                now - self.held.stamp(place) >= span.0
            }
        }
    }

    /// A key that was missed has been fetched.
    pub fn keep(&mut self, class: u16, key: u64, now: f64) {
        // Key 0 stands for one that isn't simulated; another may have been fetched for what the store was before a change.
        if key == 0 || !self.simulates(key) {
            return;
        }
        let copy = copy_of(key);
        if self.lost_share > 0.0 && self.is_among(key, copy, &(0.0..self.lost_share)) {
            return;
        }
        if let Some(place) = self.held.find(key) {
            // What has expired comes in anew; what somebody else has fetched meanwhile was used.
            let anew = match self.eviction {
                Eviction::LeastRecentlyUsed => true,
                Eviction::FirstInFirstOut => self.expired(place, now),
                Eviction::LeastFrequentlyUsed => false,
            };
            self.held.set_stamp(place, now);
            if anew {
                self.held.move_last(place, copy);
            }
            if self.is_watched {
                self.renew(key);
            }
            return;
        }
        let Some(keys) = self.classes.get(usize::from(class)) else {
            return;
        };
        let rank = rank_of(key);
        let popularity = if self.eviction == Eviction::LeastFrequentlyUsed {
            keys.rate * keys.zipf.share(rank as f64)
        } else {
            0.0
        };
        self.held
            .insert(key, copy, now, keys.bytes(rank), popularity);
        if self.is_watched {
            self.renew(key);
        }
    }

    /// Whether this key may be held here.
    #[inline]
    fn simulates(&self, key: u64) -> bool {
        let class = (key >> (RANK_BITS + COPY_BITS)) as usize;
        let rank = rank_of(key);
        copy_of(key) < self.copies
            && match self.classes.get(class) {
                // Classes that share their keys name them by the first place, be it anybody's.
                _ if self.shared => class == 0,
                Some(keys) => keys.stands_for(rank) > 0,
                _ => false,
            }
    }

    /// Whether a key is among those that some instances hold, which are this part of all from 0 to 1: of several copies those of these, of
    /// several nodes by consistent hash, else by the key's own hash.
    fn is_among(&self, key: u64, copy: u32, part: &Range<f64>) -> bool {
        let place = if self.copies > 1 {
            (f64::from(copy) + 0.5) / f64::from(self.copies)
        } else if (2..=MOST_NODES).contains(&self.spec.nodes) {
            (f64::from(node_of(key, self.spec.nodes)) + 0.5) / f64::from(self.spec.nodes)
        } else {
            (scramble(key) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
        };
        part.contains(&place)
    }

    /// This part of the keys is held no longer.
    pub fn forget(&mut self, part: &Range<f64>) {
        let share = (part.end - part.start).clamp(0.0, 1.0);
        for copy in 0..self.copies {
            for (place, key) in self.held.all_of(copy) {
                if self.is_among(key, copy, part) {
                    self.held.remove(place, copy);
                }
            }
        }
        // Keys that aren't simulated are found as seldom as their like are from now on.
        for keys in self.classes.all_mut().flatten() {
            for (seen, weight) in keys.seen.iter_mut().zip([1.0, keys.largest]) {
                let found = seen.found / seen.asked * (1.0 - share);
                *seen = Seen {
                    asked: weight,
                    found: found * weight,
                };
            }
        }
    }

    /// A job that waits for a flight waits no longer.
    pub fn stop_waiting(&mut self, jobs: &mut Places<Job>, job: u32) {
        if let Some(flights) = &mut self.flights {
            flights.stop_waiting(jobs, job);
        }
    }

    /// Who waits for a flight; nobody but those that [`KeyStore::fetch`] has sent there.
    pub fn waiting(&mut self, flight: u32) -> &mut Line {
        self.flights.get_or_insert_default().waiting(flight)
    }

    /// The key of a flight.
    pub fn key_of(&self, flight: u32) -> u64 {
        self.flights
            .as_ref()
            .map_or(0, |flights| flights.key(flight))
    }

    /// A flight ends; says who has waited.
    pub fn end_flight(&mut self, flight: u32) -> Line {
        self.flights
            .as_mut()
            .map_or(Line::EMPTY, |flights| flights.end(flight))
    }
}

/// The node on which a key is, of so many: the one whose hash together with the key's is highest (rendezvous hashing: Thaler & Ravishankar
/// 1998, "Using Name-Based Mappings to Increase Hit Rates"). One node more takes its part from all the others, and nothing else moves.
fn node_of(key: u64, nodes: u32) -> u32 {
    let weight = |node: u32| scramble(key ^ scramble(u64::from(node) + 1));
    (0..nodes).max_by_key(|node| weight(*node)).unwrap_or(0)
}

/// The class whose key it is, and its rank.
pub(super) fn name_of(key: u64) -> (u16, u64) {
    ((key >> (RANK_BITS + COPY_BITS)) as u16, rank_of(key))
}

#[inline]
fn rank_of(key: u64) -> u64 {
    key & ((1 << RANK_BITS) - 1)
}

/// The copy that a key is of.
#[inline]
fn copy_of(key: u64) -> u32 {
    ((key >> RANK_BITS) & ((1 << COPY_BITS) - 1)) as u32
}
