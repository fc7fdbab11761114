//! Hit ratios of stores that several classes share: one characteristic time for all that competes for the same bytes. It knows
//! keys and look-up rates, nothing of what a hit saves.

use crate::network::{Eviction, Expiry, KeySpace, Store};
use crate::theory::cache::{self, Popularity, TimeToLive, ttl_hit_ratio};

/// Room for fewer keys than this is room for whole ones; beyond, a part of one more isn't seen.
const HANDFUL: f64 = 1_000.0;
/// Keys whose rates are closer than this share of them are asked for alike.
const ALIKE: f64 = 1e-9;
/// Most answers remembered; one edit changes one or two stores.
const REMEMBERED: usize = 256;

/// Solves stores and remembers answers: between two edits most stores are asked the very same question.
#[derive(Clone, Debug, Default)]
pub(super) struct Stores {
    pub(super) popularities: Vec<(u64, u64, Popularity)>,
    answers: Vec<(Vec<u64>, Vec<f64>)>,
    next: usize,
    question: Vec<u64>,
}

impl Stores {
    /// Hit ratios by class for look-ups at `rates` (1/s, by class, all copies together), written to `hits`.
    pub fn solve(&mut self, store: &Store, rates: &[f64], hits: &mut [f64]) {
        self.ask(store, rates);
        if let Some((_, answer)) = self
            .answers
            .iter()
            .find(|(question, _)| *question == self.question)
        {
            hits.copy_from_slice(answer);
            return;
        }
        self.work_out(store, rates, hits);
        let entry = (self.question.clone(), hits.to_vec());
        if self.answers.len() < REMEMBERED {
            self.answers.push(entry);
        } else {
            self.answers[self.next] = entry;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }

    /// The question as numbers. Only ratios of rates matter unless something expires; they are rounded so that noise in the last
    /// bits doesn't make a new question.
    fn ask(&mut self, store: &Store, rates: &[f64]) {
        const ROUNDING: u64 = 0xffff;
        let total: f64 = rates.iter().sum();
        let unit = match store.expiry {
            Expiry::Never if total > 0.0 => total,
            _ => 1.0,
        };
        let (kind, time) = match store.expiry {
            Expiry::Never => (0, 0.0),
            Expiry::AfterFetch(time) => (1, time.0),
            Expiry::AfterLastUse(time) => (2, time.0),
        };
        self.question.clear();
        self.question.extend([
            store.copies.to_bits(),
            store.capacity_bytes.to_bits(),
            f64::to_bits(time),
            kind | (store.eviction as u64) << 8 | u64::from(store.keys_are_shared) << 16,
        ]);
        for (keys, rate) in store.keys.iter().zip(rates) {
            self.question
                .push((rate / unit).to_bits().wrapping_add(ROUNDING / 2) & !ROUNDING);
            match keys {
                Some(keys) => self.question.extend([
                    keys.keys.to_bits(),
                    keys.zipf_exponent.to_bits(),
                    keys.item_bytes.to_bits(),
                    keys.invalidations_per_lookup.to_bits(),
                    keys.refreshes_per_lookup.to_bits(),
                ]),
                None => self.question.push(0),
            }
        }
    }

    fn work_out(&mut self, store: &Store, rates: &[f64], hits: &mut [f64]) {
        hits.fill(0.0);
        let copies = store.copies.max(1.0);
        let mut tenants: Vec<Tenant> = Vec::new();
        for (class, keys) in store.keys.iter().enumerate() {
            let Some(keys) = keys else { continue };
            let rate = rates[class] / copies;
            if store.keys_are_shared
                && let Some(first) = tenants.first_mut()
            {
                first.rate += rate;
                continue;
            }
            let popularity = self.popularity(keys);
            tenants.push(Tenant {
                class,
                rate,
                keys: *keys,
                popularity,
            });
        }
        // What is larger than the whole store is never held.
        tenants
            .retain(|tenant| tenant.rate > 0.0 && tenant.keys.item_bytes <= store.capacity_bytes);
        let stay = self.stay(store, &tenants);
        let staying = self.staying(store, &tenants, stay);
        for (tenant, staying) in tenants.iter().zip(staying) {
            hits[tenant.class] = self.hit_ratio(store, tenant, stay, staying);
        }
        if store.keys_are_shared {
            let shared = tenants.first().map_or(0.0, |tenant| hits[tenant.class]);
            for (hit, keys) in hits.iter_mut().zip(&store.keys) {
                *hit = if keys.is_some() { shared } else { 0.0 };
            }
        }
    }

    /// The popularity of a key space, remembered because its tables take longer than its use.
    fn popularity(&mut self, keys: &KeySpace) -> usize {
        let (count, exponent) = (
            keys.keys.clamp(1.0, 1e12).round() as u64,
            keys.zipf_exponent.clamp(0.0, 10.0),
        );
        let known = self
            .popularities
            .iter()
            .position(|(n, e, _)| *n == count && *e == exponent.to_bits());
        known.unwrap_or_else(|| {
            if let Some(popularity) = Popularity::zipf(count, exponent) {
                self.popularities
                    .push((count, exponent.to_bits(), popularity));
            }
            self.popularities.len() - 1
        })
    }

    fn popular(&self, tenant: &Tenant) -> &Popularity {
        &self.popularities[tenant.popularity].2
    }

    /// How long a key stays: seconds since its last use (least recently used) or entry (first in, first out), or the least rate
    /// that keeps its place (least frequently used).
    fn stay(&self, store: &Store, tenants: &[Tenant]) -> f64 {
        let wanted: f64 = tenants
            .iter()
            .map(|tenant| tenant.keys.item_bytes * self.popular(tenant).keys())
            .sum();
        if wanted <= store.capacity_bytes {
            return if store.eviction == Eviction::LeastFrequentlyUsed {
                0.0
            } else {
                f64::INFINITY
            };
        }
        match store.eviction {
            Eviction::LeastFrequentlyUsed => self.least_rate(store, tenants),
            _ => self.characteristic_time(store, tenants),
        }
    }

    /// Bytes that can be filled: where all keys are alike and few fit, those of whole ones.
    fn room(store: &Store, tenants: &[Tenant]) -> f64 {
        let bytes = tenants.first().map_or(1.0, |first| first.keys.item_bytes);
        if tenants.iter().all(|tenant| tenant.keys.item_bytes == bytes) {
            whole(store.capacity_bytes / bytes) * bytes
        } else {
            store.capacity_bytes
        }
    }

    /// Solves Σ bytes · presence(rate · T) = capacity for T: Che's approximation for several classes of objects of different
    /// sizes (Fricker, Robert & Roberts 2012). Newton's method climbs from the left, presence being concave.
    fn characteristic_time(&self, store: &Store, tenants: &[Tenant]) -> f64 {
        let room = Self::room(store, tenants);
        let mut time = 0.0;
        for _ in 0..500 {
            let (mut held, mut rise) = (0.0, 0.0);
            for tenant in tenants {
                let writes = Writes::of(&tenant.keys);
                let (rate, bytes) = (tenant.rate, tenant.keys.item_bytes);
                let (present, rising) = self.popular(tenant).sums(|p| {
                    let (present, slope) = presence(store.eviction, rate * p * time, writes);
                    (present, rate * p * slope)
                });
                held += bytes * present;
                rise += bytes * rising;
            }
            if rise <= 0.0 || rise.is_nan() {
                return f64::INFINITY;
            }
            let step = (room - held) / rise;
            time += step;
            // Invalidated keys leave room: then everything that is there at all fits.
            if !time.is_finite() || time > 1e15 {
                return f64::INFINITY;
            }
            if step.abs() <= 1e-13 * time {
                break;
            }
        }
        time
    }

    /// The least rate of a key that still finds room when the most often used keys stay.
    fn least_rate(&self, store: &Store, tenants: &[Tenant]) -> f64 {
        let held = |threshold: f64| -> f64 {
            tenants
                .iter()
                .map(|tenant| tenant.keys.item_bytes * self.keys_above(tenant, threshold))
                .sum()
        };
        let (mut low, mut high) = (1e-30_f64, 1.0_f64);
        while held(high) > 0.0 && high < 1e30 {
            high *= 16.0;
        }
        for _ in 0..200 {
            let middle = (low * high).sqrt();
            if held(middle) > store.capacity_bytes {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// How many of a tenant's keys are asked for more often than this.
    fn keys_above(&self, tenant: &Tenant, threshold: f64) -> f64 {
        let popularity = self.popular(tenant);
        let top = popularity.probability(1) * tenant.rate;
        if top <= threshold {
            0.0
        } else if tenant.keys.zipf_exponent <= 0.0 {
            popularity.keys()
        } else {
            let ranks = libm::pow(top / threshold, 1.0 / tenant.keys.zipf_exponent);
            whole(ranks.min(popularity.keys()))
        }
    }

    /// How many keys of each tenant stay when the most often used do: those that are asked for more often than the least rate, and of those
    /// that are asked for just so often (of uniform popularity all are) as many whole ones as there is room left for, each tenant's in
    /// proportion. Elsewhere all that there are.
    fn staying(&self, store: &Store, tenants: &[Tenant], least_rate: f64) -> Vec<f64> {
        if store.eviction != Eviction::LeastFrequentlyUsed || least_rate <= 0.0 {
            return tenants
                .iter()
                .map(|tenant| self.popular(tenant).keys())
                .collect();
        }
        let (mut stays, mut alike) = (Vec::new(), Vec::new());
        let (mut left, mut keys, mut bytes) = (store.capacity_bytes, 0.0, 0.0);
        for tenant in tenants {
            let above = self.keys_above(tenant, least_rate);
            let others = self.keys_above(tenant, least_rate * (1.0 - ALIKE)) - above;
            left -= tenant.keys.item_bytes * above;
            keys += others;
            bytes += tenant.keys.item_bytes * others;
            stays.push(above);
            alike.push(others);
        }
        let share = if bytes > 0.0 {
            (whole(left.max(0.0) * keys / bytes) / keys).min(1.0)
        } else {
            0.0
        };
        for (stays, alike) in stays.iter_mut().zip(alike) {
            *stays += share * alike;
        }
        stays
    }

    /// The hit ratio of a tenant of which, where the most often used stay, so many keys do.
    fn hit_ratio(&self, store: &Store, tenant: &Tenant, stay: f64, staying: f64) -> f64 {
        let (popularity, rate) = (self.popular(tenant), tenant.rate);
        let invalidations = tenant.keys.invalidations_per_lookup;
        let kept = 1.0 + invalidations;
        let writes = Writes::of(&tenant.keys);
        let present = |p: f64, stay: f64| presence(store.eviction, p * rate * stay, writes).0;
        let limit = match store.expiry {
            Expiry::Never => f64::INFINITY,
            Expiry::AfterFetch(time) | Expiry::AfterLastUse(time) => time.0,
        };
        let hit = match (store.eviction, store.expiry) {
            (Eviction::LeastFrequentlyUsed, _) => {
                let top = popularity.top_share(staying);
                if limit.is_infinite() {
                    top / kept
                } else {
                    // Of the look-ups of keys that stay, those that find them fresh.
                    let least = if stay > 0.0 { stay / rate } else { 0.0 };
                    let stays = |p: f64| p >= least;
                    let asked = popularity.sum(|p| if stays(p) { p } else { 0.0 });
                    // A key that writes remove and don't put back lives until that or its time, whichever is first.
                    let removed = invalidations > 0.0 && writes.puts == 0.0;
                    let found = |p: f64| match store.expiry {
                        Expiry::AfterFetch(time) if removed => {
                            let uses =
                                -libm::expm1(-invalidations * p * rate * time.0) / invalidations;
                            uses / (1.0 + uses)
                        }
                        expiry => fresh(expiry, p * rate, writes.puts) / kept,
                    };
                    let hits = popularity.sum(|p| if stays(p) { p * found(p) } else { 0.0 });
                    if asked > 0.0 {
                        top * (hits / asked)
                    } else {
                        // Only the most popular key, or a share of it.
                        let most = popularity.probability(1);
                        top * found(most)
                    }
                }
            }
            (Eviction::FirstInFirstOut, _) => popularity.sum(|p| {
                let r = p * rate;
                let life = if invalidations > 0.0 {
                    // Until it is pushed out, expires or is invalidated, whichever is first.
                    let x = invalidations * r;
                    if x > 0.0 {
                        -libm::expm1(-x * stay.min(limit)) / x
                    } else {
                        stay.min(limit)
                    }
                } else {
                    stay.min(limit)
                };
                let uses = r * life * (1.0 + writes.puts);
                p * if uses.is_finite() {
                    uses / (1.0 + uses)
                } else {
                    1.0
                }
            }),
            (Eviction::LeastRecentlyUsed, Expiry::Never) => {
                popularity.sum(|p| p * present(p, stay))
            }
            (Eviction::LeastRecentlyUsed, Expiry::AfterLastUse(_)) => {
                popularity.sum(|p| p * present(p, stay.min(limit)))
            }
            (Eviction::LeastRecentlyUsed, Expiry::AfterFetch(_)) => {
                let held = if stay.is_finite() {
                    popularity.sum(|p| -libm::expm1(-p * rate * stay))
                } else {
                    popularity.keys()
                };
                let plain =
                    cache::lru_with_ttl(popularity, held, rate, limit, TimeToLive::FromFetch)
                        .map_or(0.0, |cache| cache.hit_ratio);
                if invalidations > 0.0 || writes.puts > 0.0 {
                    let none = Writes {
                        puts: 0.0,
                        removals: 0.0,
                    };
                    let shares = |writes: Writes| {
                        popularity.sum(|p| {
                            let present = presence(store.eviction, p * rate * stay, writes).0;
                            let fresh = if writes.puts > 0.0 || invalidations == 0.0 {
                                fresh(store.expiry, p * rate, writes.puts)
                            } else {
                                1.0
                            };
                            // The shorter of both lives counts.
                            p * present.min(fresh)
                        })
                    };
                    let (without, with) = (shares(none), shares(writes));
                    if without > 0.0 {
                        plain * with / without
                    } else {
                        0.0
                    }
                } else {
                    plain
                }
            }
        };
        hit.clamp(0.0, 1.0)
    }
}

/// As many keys as can be held of so many, for a part of one is none.
fn whole(keys: f64) -> f64 {
    if keys < HANDFUL {
        libm::floor(keys)
    } else {
        keys
    }
}

/// One class in a store.
struct Tenant {
    class: usize,
    /// Look-ups a second at one copy.
    rate: f64,
    keys: KeySpace,
    popularity: usize,
}

/// What writes do to the keys of a class, for each look-up of a key: put it in, and remove it.
#[derive(Clone, Copy)]
struct Writes {
    puts: f64,
    removals: f64,
}

impl Writes {
    fn of(keys: &KeySpace) -> Self {
        Writes {
            puts: keys.refreshes_per_lookup,
            removals: keys.invalidations_per_lookup,
        }
    }
}

/// Share of time that a key asked for x times on average during the characteristic time is present, and its derivative. Puts count as uses.
fn presence(eviction: Eviction, x: f64, writes: Writes) -> (f64, f64) {
    let uses = 1.0 + writes.puts;
    match eviction {
        Eviction::FirstInFirstOut => {
            let y = uses * x;
            if y.is_infinite() {
                (1.0, 0.0)
            } else {
                (y / (1.0 + y), uses / ((1.0 + y) * (1.0 + y)))
            }
        }
        _ => {
            let events = uses + writes.removals;
            (
                -libm::expm1(-events * x) * uses / events,
                uses * libm::exp(-events * x),
            )
        }
    }
}

/// Share of look-ups (at this rate, 1/s) of a key that stays which find it fresh, when each is met by so many puts: by renewal between puts and
/// fetches, each of which begins its time anew.
fn fresh(expiry: Expiry, rate: f64, puts: f64) -> f64 {
    match expiry {
        Expiry::Never => 1.0,
        Expiry::AfterLastUse(time) => {
            ttl_hit_ratio(rate * (1.0 + puts), time.0, TimeToLive::FromLastUse).unwrap_or(0.0)
        }
        Expiry::AfterFetch(time) if puts > 0.0 => {
            let x = rate * time.0;
            let lasts = -libm::expm1(-puts * x) / puts;
            let missing = libm::exp(-puts * x) / (1.0 + puts);
            lasts / (lasts + missing)
        }
        Expiry::AfterFetch(time) => {
            ttl_hit_ratio(rate, time.0, TimeToLive::FromFetch).unwrap_or(0.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ComponentId;
    use crate::units::Seconds;

    fn store(capacity_bytes: f64, expiry: Expiry, keys: Vec<Option<KeySpace>>) -> Store {
        Store {
            component: ComponentId(1),
            copies: 1.0,
            capacity_bytes,
            eviction: Eviction::LeastRecentlyUsed,
            expiry,
            keys,
            keys_are_shared: false,
            coalesces: false,
            is_write_buffer: false,
            nodes: 1,
        }
    }

    fn keys(keys: f64, zipf_exponent: f64) -> Option<KeySpace> {
        Some(KeySpace {
            keys,
            zipf_exponent,
            item_bytes: 100.0,
            invalidations_per_lookup: 0.0,
            refreshes_per_lookup: 0.0,
        })
    }

    #[test]
    fn one_class_gets_ches_hit_ratio() {
        let mut hits = [0.0];
        Stores::default().solve(
            &store(100_000.0, Expiry::Never, vec![keys(10_000.0, 0.8)]),
            &[37.0],
            &mut hits,
        );
        assert!(
            (hits[0] - 0.436_659_722_230_718_03).abs() < 1e-9,
            "{hits:?}"
        );
    }

    #[test]
    fn two_equal_classes_share_the_room_evenly() {
        let (mut hits, mut alone) = ([0.0; 2], [0.0]);
        let pair = store(
            200_000.0,
            Expiry::Never,
            vec![keys(10_000.0, 0.8), keys(10_000.0, 0.8)],
        );
        Stores::default().solve(&pair, &[5.0, 5.0], &mut hits);
        Stores::default().solve(
            &store(100_000.0, Expiry::Never, vec![keys(10_000.0, 0.8)]),
            &[5.0],
            &mut alone,
        );
        assert!(
            (hits[0] - alone[0]).abs() < 1e-12 && (hits[1] - alone[0]).abs() < 1e-12,
            "{hits:?} {alone:?}"
        );
    }

    #[test]
    fn a_name_with_a_time_to_live_follows_renewal_theory_over_all_classes() {
        let mut hits = [0.0; 2];
        let mut resolver = store(
            f64::INFINITY,
            Expiry::AfterFetch(Seconds(4.0)),
            vec![keys(1.0, 0.0), keys(1.0, 0.0)],
        );
        resolver.keys_are_shared = true;
        Stores::default().solve(&resolver, &[0.3, 0.2], &mut hits);
        assert!(
            (hits[0] - 2.0 / 3.0).abs() < 1e-12 && hits[0] == hits[1],
            "{hits:?}"
        );
    }

    #[test]
    fn the_most_often_used_keys_give_the_static_hit_ratio() {
        let mut hits = [0.0];
        let mut lfu = store(100_000.0, Expiry::Never, vec![keys(10_000.0, 0.8)]);
        lfu.eviction = Eviction::LeastFrequentlyUsed;
        Stores::default().solve(&lfu, &[1.0], &mut hits);
        assert!((hits[0] - 0.570_617_585_512_989_7).abs() < 1e-6, "{hits:?}");
    }

    /// The hit ratios of classes that ask so often, each for keys of 100 bytes.
    fn hits<const CLASSES: usize>(
        eviction: Eviction,
        bytes: f64,
        classes: [(Option<KeySpace>, f64); CLASSES],
    ) -> [f64; CLASSES] {
        let (keys, rates): (Vec<_>, Vec<f64>) = classes.into_iter().unzip();
        let mut store = store(bytes, Expiry::Never, keys);
        store.eviction = eviction;
        let mut hits = [0.0; CLASSES];
        Stores::default().solve(&store, &rates, &mut hits);
        hits
    }

    #[test]
    fn the_most_often_used_of_a_handful_of_keys_are_whole_ones() {
        let weights: Vec<f64> = (1..=8)
            .map(|rank| libm::pow(f64::from(rank), -0.9))
            .collect();
        let all: f64 = weights.iter().sum();
        for room in 1..8 {
            let exact = weights[..room].iter().sum::<f64>() / all;
            // A part of one more key is room for none.
            for bytes in [100.0 * room as f64, 100.0 * room as f64 + 50.0] {
                let [hit] = hits(
                    Eviction::LeastFrequentlyUsed,
                    bytes,
                    [(keys(8.0, 0.9), 1000.0)],
                );
                assert!((hit - exact).abs() < 1e-9, "{bytes} bytes: {hit} {exact}");
            }
        }
        let lfu = Eviction::LeastFrequentlyUsed;
        assert_eq!(hits(lfu, 50.0, [(keys(8.0, 0.9), 1000.0)]), [0.0]);
        // Of eight that are asked for alike any two.
        let [hit] = hits(lfu, 250.0, [(keys(8.0, 0.0), 3.0)]);
        assert!((hit - 0.25).abs() < 1e-9, "{hit}");
        // One place for the first of two classes that are alike is half of each one's; of one that is asked for more, all its.
        let class = |rate| (keys(8.0, 0.9), rate);
        let alike = hits(lfu, 100.0, [class(2.0), class(2.0)]);
        for hit in alike {
            assert!((hit - 0.5 / all).abs() < 1e-9, "{alike:?}");
        }
        let parted = hits(lfu, 100.0, [class(3.0), class(2.0)]);
        assert!((parted[0] - 1.0 / all).abs() < 1e-9 && parted[1] == 0.0);
    }

    #[test]
    fn a_part_of_a_key_has_no_room() {
        for eviction in [Eviction::LeastRecentlyUsed, Eviction::FirstInFirstOut] {
            let one = |bytes| hits(eviction, bytes, [(keys(8.0, 0.9), 1000.0)]);
            assert_eq!(one(150.0), one(100.0));
            assert!(one(100.0)[0] > 0.0 && one(200.0)[0] > one(150.0)[0]);
            assert_eq!(one(50.0), [0.0]);
        }
    }

    #[test]
    fn the_same_question_gets_the_same_answer_at_another_load() {
        let mut stores = Stores::default();
        let cache = store(
            100_000.0,
            Expiry::Never,
            vec![keys(10_000.0, 0.8), keys(500.0, 1.1)],
        );
        let (mut first, mut second) = ([0.0; 2], [0.0; 2]);
        stores.solve(&cache, &[3.0, 1.0], &mut first);
        stores.solve(&cache, &[30.3, 10.1], &mut second);
        assert_eq!(first, second);
        assert_eq!(stores.answers.len(), 1);
    }
}
