//! A store that has become another keeps what it can of the keys that it holds. It doesn't know what was changed about it.

use super::{HeldKeys, KeyStore, KeysOf, MOST_NODES, Tables, node_of};
use crate::network::{Eviction, KeySpace, Store};

impl KeyStore {
    /// Becomes as specified, with its streams and its keys. Keys that have no room any more are evicted; those of classes that don't look
    /// anything up any more are gone.
    pub fn change(
        &mut self,
        seed: u64,
        ordinal: u32,
        store: &Store,
        lookups: &[f64],
        most: usize,
        tables: &mut Tables,
    ) {
        if self.is(store, lookups) {
            return;
        }
        let other = KeyStore::new(seed, ordinal, store, lookups, most, tables);
        let KeyStore {
            component: _,
            lost_share: _,
            classes,
            shared,
            copies,
            simulated: _,
            capacity: _,
            eviction: _,
            expiry: _,
            held,
            flights,
            coalesces: _,
            is_watched: _,
            versions,
            chance,
            spec: old,
        } = std::mem::replace(self, other);
        self.chance = chance;
        for (own, old) in self.classes.all_mut().zip(classes.into_all()) {
            if let (Some(own), Some(old)) = (own, old) {
                own.go_on_from(old);
            }
        }
        if let Some(flights) = flights.filter(|flights| self.coalesces || !flights.is_empty()) {
            self.flights = Some(flights);
        }
        if shared == self.shared {
            for copy in 0..copies {
                for (key, stamp) in held.in_order(copy) {
                    if old.nodes != self.spec.nodes && moves(key, old.nodes, self.spec.nodes) {
                        continue;
                    }
                    let class = (key >> (super::RANK_BITS + super::COPY_BITS)) as u16;
                    self.keep(self.class_of(class), key, stamp);
                }
            }
        }
        self.inherit(versions, &held, copies);
    }

    /// The class whose keys those named by this one are.
    fn class_of(&self, class: u16) -> u16 {
        if self.shared {
            self.classes
                .all()
                .position(|keys| keys.is_some())
                .unwrap_or(0) as u16
        } else {
            class
        }
    }

    /// Forgets all keys: the component has left, and nobody is in it.
    pub fn empty(&mut self) {
        self.held = HeldKeys::new(self.eviction, self.copies, self.capacity, 0, &[]);
        self.flights = self.coalesces.then(Default::default);
    }

    /// Whether it is as specified. How popular classes are matters where the popular stay.
    fn is(&self, store: &Store, lookups: &[f64]) -> bool {
        let plain = |keys: &Store| Store {
            keys: Vec::new(),
            ..keys.clone()
        };
        let of = |keys: &[Option<KeySpace>], class: usize| keys.get(class).copied().flatten();
        let classes = self.spec.keys.len().max(store.keys.len());
        plain(&self.spec) == plain(store)
            && (0..classes).all(|class| of(&self.spec.keys, class) == of(&store.keys, class))
            && (self.eviction != Eviction::LeastFrequentlyUsed
                || self.classes.all().zip(lookups).all(|(keys, lookups)| {
                    keys.is_none_or(|keys| keys.rate == rate(*lookups, store.copies))
                }))
    }
}

impl KeysOf {
    /// Takes the place of another: draws with its stream, and answers for keys that aren't simulated as often as it did.
    fn go_on_from(&mut self, other: KeysOf) {
        let KeysOf {
            zipf: _,
            item_bytes: _,
            invalidations: _,
            refreshes: _,
            rate: _,
            stream,
            before,
            hot: _,
            strides: _,
            last: _,
            seen,
            missed,
            largest,
        } = other;
        self.stream = stream;
        self.before = before;
        for (own, old) in [(&mut self.seen, seen), (&mut self.missed, missed)] {
            for part in 0..2 {
                let scale = if part == 0 {
                    1.0
                } else {
                    self.largest / largest
                };
                own[part].asked = old[part].asked * scale;
                own[part].found = old[part].found * scale;
            }
        }
    }
}

/// Whether a key is on another node of so many than it was of the others; it isn't held there yet.
fn moves(key: u64, before: u32, after: u32) -> bool {
    let [before, after] = [before, after].map(|nodes| node_of(key, nodes.clamp(1, MOST_NODES)));
    before != after
}

/// Look-ups a second at a copy, of which there are so many (never none).
pub(super) fn rate(lookups: f64, copies: f64) -> f64 {
    (lookups / libm::floor(copies.max(1.0))).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Expiry;
    use crate::scenario::ComponentId;

    fn store(capacity_bytes: f64, eviction: Eviction) -> Store {
        Store {
            component: ComponentId(1),
            copies: 1.0,
            capacity_bytes,
            eviction,
            expiry: Expiry::Never,
            keys: vec![Some(KeySpace {
                keys: 1_000.0,
                zipf_exponent: 0.8,
                item_bytes: 1.0,
                invalidations_per_lookup: 0.0,
                refreshes_per_lookup: 0.0,
            })],
            keys_are_shared: false,
            coalesces: false,
            is_write_buffer: false,
            nodes: 1,
        }
    }

    fn held(keys: &KeyStore) -> Vec<u64> {
        let held = keys.held.in_order(0);
        held.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_smaller_store_keeps_what_would_leave_last_and_a_larger_one_everything() {
        for eviction in [
            Eviction::LeastRecentlyUsed,
            Eviction::FirstInFirstOut,
            Eviction::LeastFrequentlyUsed,
        ] {
            let change = |keys: &mut KeyStore, capacity| {
                keys.change(
                    1,
                    0,
                    &store(capacity, eviction),
                    &[100.0],
                    1 << 15,
                    &mut Tables::default(),
                );
            };
            let mut keys = KeyStore::new(
                1,
                0,
                &store(300.0, eviction),
                &[100.0],
                1 << 15,
                &mut Tables::default(),
            );
            keys.warm(&[100.0], f64::INFINITY);
            for use_ in 0..2_000 {
                let asked = keys.look_up(0, f64::from(use_));
                if !asked.found {
                    keys.keep(0, asked.key, f64::from(use_));
                }
            }
            let before = held(&keys);
            assert_eq!(before.len(), 300);
            let mut larger = keys.clone();
            change(&mut keys, 100.0);
            assert_eq!(held(&keys), before[200..]);
            change(&mut larger, 500.0);
            assert_eq!(held(&larger), before);
            // The same key comes next, whatever the size.
            assert_eq!(keys.look_up(0, 3e3).key, larger.look_up(0, 3e3).key);
        }
    }

    #[test]
    fn another_node_takes_its_part_of_the_keys_from_each_of_the_others_and_no_other_key_moves() {
        for nodes in [1_u32, 2, 3, 10, 50] {
            let mut from = vec![0; nodes as usize];
            let (mut moved, keys) = (0, 100_000_u64);
            for key in 1..=keys {
                let (before, after) = (node_of(key, nodes), node_of(key, nodes + 1));
                from[before as usize] += 1;
                if after != before {
                    assert_eq!(after, nodes, "only to the new one");
                    moved += 1;
                }
            }
            // Binomial: within five deviations.
            let near = |count: i32, share: f64| {
                let mean = keys as f64 * share;
                let deviation = (mean * (1.0 - share)).sqrt();
                (f64::from(count) - mean).abs() <= 5.0 * deviation
            };
            assert!(
                near(moved, 1.0 / f64::from(nodes + 1)),
                "{moved} of {nodes}"
            );
            assert!(
                from.iter()
                    .all(|count| near(*count, 1.0 / f64::from(nodes)))
            );
        }
    }

    #[test]
    fn a_cache_with_one_node_more_misses_that_nodes_keys_alone() {
        let mut of_three = store(300.0, Eviction::LeastRecentlyUsed);
        of_three.nodes = 3;
        let mut of_four = store(400.0, Eviction::LeastRecentlyUsed);
        of_four.nodes = 4;
        let mut tables = Tables::default();
        let mut keys = KeyStore::new(1, 0, &of_three, &[100.0], 1 << 15, &mut tables);
        for use_ in 0..5_000 {
            let asked = keys.look_up(0, f64::from(use_));
            if !asked.found {
                keys.keep(0, asked.key, f64::from(use_));
            }
        }
        let before = held(&keys);
        let stay = |nodes: u32| -> Vec<u64> {
            let stays = |key: &u64| node_of(*key, 4) < nodes;
            before.iter().copied().filter(stays).collect()
        };
        keys.change(1, 0, &of_four, &[100.0], 1 << 15, &mut tables);
        assert_eq!(held(&keys), stay(3));
        let share = stay(3).len() as f64 / before.len() as f64;
        assert!((share - 0.75).abs() < 0.1, "{share}");
        // And back: the new node is empty, so nothing is missed.
        keys.change(1, 0, &of_three, &[100.0], 1 << 15, &mut tables);
        assert_eq!(held(&keys), stay(3));
        // The second of the nodes loses its own alone.
        keys.forget(&(1.0 / 3.0..2.0 / 3.0));
        let others: Vec<u64> = stay(3)
            .into_iter()
            .filter(|key| node_of(*key, 3) != 1)
            .collect();
        assert_eq!(held(&keys), others);
    }

    #[test]
    fn keys_stay_when_another_class_begins_to_ask_and_go_with_their_class() {
        let one = store(300.0, Eviction::LeastRecentlyUsed);
        let mut two = one.clone();
        two.keys.push(two.keys[0]);
        let mut other = two.clone();
        other.keys[0] = None;
        let mut keys = KeyStore::new(1, 0, &one, &[100.0], 1 << 15, &mut Tables::default());
        keys.warm(&[100.0], 3.0);
        let before = held(&keys);
        assert!(before.len() > 250);
        keys.change(1, 0, &two, &[100.0, 50.0], 1 << 15, &mut Tables::default());
        assert_eq!(held(&keys), before);
        keys.change(1, 0, &other, &[0.0, 50.0], 1 << 15, &mut Tables::default());
        assert!(held(&keys).is_empty());
        // What the class had begun to fetch comes too late.
        keys.keep(0, before[0], 9.0);
        assert!(held(&keys).is_empty());
    }
}
