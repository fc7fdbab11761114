//! What a store holds in the long run, drawn key by key under independent references: where a simulation may begin without a warm-up of its
//! own. It knows rates, not where they come from.
//!
//! Least recently used: the time since each key's last use is exponential with its rate, and the cache holds those used last up to its
//! capacity. First in, first out: sets of keys by the product of their rates (King 1971; Gelenbe 1973), in any order alike. Least
//! frequently used: the most popular. A time to live from the fetch: the key's last use was a fetch as often as renewal theory says
//! (Jung, Berger & Balakrishnan 2003), else a hit at any age alike; where keys are pushed out, the uses since they came are drawn one by one.

use super::super::random::Stream;
use super::{KeyStore, KeysOf};
use crate::network::{Eviction, Expiry};

/// Sets of keys drawn at most, to find one that fills a store of first in, first out just so.
const MOST_TRIES: u32 = 400;
/// Stores that hold fewer keys are worth trying for.
const FEW: usize = 2_000;
/// A key asked for so many times on average within the time that it stays isn't pushed out.
const SAFE: f64 = 4.0;

/// Ranks beyond the hot ones that are looked at, at most: where so many would be held, those after them begin outside.
const MOST_SAMPLED: u64 = 1 << 20;

/// A key that may be held.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Seconds since it was used last (first in, first out: since it came).
    age: f64,
    /// Look-ups and refreshes of it a second.
    rate: f64,
    bytes: f64,
    rank: u64,
    class: u16,
}

/// Simulated ranks at equal distances.
#[derive(Clone, Copy)]
struct Sampled {
    first: u64,
    width: u64,
    count: u64,
}

impl Sampled {
    fn rank(&self, index: u64) -> u64 {
        self.first + index * self.width
    }
}

/// The law of the ages: even from 0 to `flat`, and exponential beyond, as far as `limit`; seconds.
#[derive(Clone, Copy)]
struct Ages {
    flat: f64,
    limit: f64,
}

impl Ages {
    /// The age of a key with this rate (1/s), when it is within the limit.
    fn draw(&self, rate: f64, stream: &mut Stream) -> Option<f64> {
        let level = rate * self.flat;
        let point = if level > 0.0 {
            stream.uniform() * (1.0 + level)
        } else {
            1.0
        };
        let age = if point < level {
            point / rate
        } else {
            self.flat + stream.exponential() / rate
        };
        (age <= self.limit).then_some(age)
    }

    /// The probability that it is within the limit.
    fn within(&self, rate: f64) -> f64 {
        if self.limit.is_infinite() {
            return 1.0;
        }
        let level = rate * self.flat;
        if self.limit <= self.flat {
            rate * self.limit / (1.0 + level)
        } else {
            (level - libm::expm1(-rate * (self.limit - self.flat))) / (1.0 + level)
        }
    }

    /// The age, when it is known to be within the limit, which is as likely as told.
    fn draw_within(&self, rate: f64, within: f64, stream: &mut Stream) -> f64 {
        let level = rate * self.flat;
        let point = stream.uniform() * within * (1.0 + level);
        if point < level {
            point / rate
        } else {
            self.flat - libm::log(1.0 - (point - level)) / rate
        }
    }
}

impl KeyStore {
    /// Fills the store as it is in the long run, for look-ups a second by class (all copies together), when keys stay about so many
    /// seconds.
    pub(super) fn settle(&mut self, lookups: &[f64], real: f64, stay: f64) {
        let mut tenants: Vec<(u16, f64)> = Vec::new();
        for (class, (keys, rate)) in self.classes.all().zip(lookups).enumerate() {
            match (keys, tenants.first_mut()) {
                (Some(_), Some(first)) if self.shared => first.1 += rate / real,
                (Some(_), _) => tenants.push((class as u16, rate / real)),
                (None, _) => {}
            }
        }
        tenants.retain(|(_, rate)| *rate > 0.0);
        let mut found = vec![[0.0; 2]; self.classes.count()];
        for copy in 0..self.copies {
            if self.eviction == Eviction::LeastFrequentlyUsed {
                self.settle_popular(copy, &tenants, &mut found);
            } else {
                self.settle_used(copy, &tenants, stay, &mut found);
            }
        }
        // Keys that aren't simulated are found as often as those here would be.
        for (class, keys) in self.classes.all_mut().enumerate() {
            let from = if self.shared {
                tenants
                    .first()
                    .map_or(class, |(first, _)| usize::from(*first))
            } else {
                class
            };
            if let Some(keys) = keys {
                keys.expect(found[from].map(|sum| sum / f64::from(self.copies)));
            }
        }
    }

    fn settle_used(
        &mut self,
        copy: u32,
        tenants: &[(u16, f64)],
        stay: f64,
        found: &mut [[f64; 2]],
    ) {
        let to_live = match self.expiry {
            Expiry::AfterFetch(time) => time.0,
            _ => f64::INFINITY,
        };
        // Where every key is drawn anyway, the law is exact and its limit is the room alone.
        let all = tenants.iter().all(|(class, _)| {
            self.classes
                .get(usize::from(*class))
                .is_none_or(|keys| keys.zipf.count() <= keys.hot as f64)
        });
        let by_age = stay.is_finite() && self.eviction == Eviction::FirstInFirstOut;
        let ages = if by_age && stay <= to_live {
            Ages {
                flat: stay,
                limit: stay,
            }
        } else {
            let flat = if self.eviction == Eviction::FirstInFirstOut && to_live.is_finite() {
                to_live
            } else {
                0.0
            };
            // As far as the room may vary.
            let limit = if all {
                f64::INFINITY
            } else {
                stay * (1.25 + 6.0 / libm::sqrt(self.room(tenants)))
            };
            Ages { flat, limit }
        };
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut tries = 0;
        let held = loop {
            candidates.clear();
            for (class, rate) in tenants {
                if let Some(keys) = self.classes.get(usize::from(*class)) {
                    let rate = *rate * (1.0 + keys.refreshes);
                    keys.draw_candidates(*class, rate, ages, &mut self.chance, &mut candidates);
                }
            }
            candidates.sort_unstable_by(|a, b| a.age.total_cmp(&b.age));
            let (mut bytes, mut held) = (0.0, candidates.len());
            for (index, candidate) in candidates.iter().enumerate() {
                bytes += candidate.bytes;
                if bytes > self.capacity {
                    held = index;
                    break;
                }
            }
            tries += 1;
            let just_so = !(by_age && stay <= to_live)
                || candidates.len() > FEW
                || (held == candidates.len()
                    && held > 0
                    && candidates
                        .iter()
                        .all(|candidate| bytes + candidate.bytes > self.capacity));
            if just_so || tries >= MOST_TRIES {
                break held;
            }
        };
        let stays = candidates
            .get(held)
            .map_or(f64::INFINITY, |first| first.age);
        let mut uses = Vec::new();
        for candidate in candidates[..held].iter().rev() {
            let since_fetch = match (self.expiry, self.eviction) {
                (Expiry::AfterFetch(_), Eviction::LeastRecentlyUsed) => {
                    candidate.age
                        + since_fetch(candidate.rate, to_live, stays, &mut self.chance, &mut uses)
                }
                _ => candidate.age,
            };
            self.start_with(copy, *candidate, since_fetch, found);
        }
    }

    /// How many of the largest keys a copy has room for.
    fn room(&self, tenants: &[(u16, f64)]) -> f64 {
        let largest = tenants
            .iter()
            .filter_map(|(class, _)| self.classes.get(usize::from(*class)))
            .map(|keys| keys.item_bytes)
            .fold(0.0, f64::max);
        (self.capacity / largest).max(1.0)
    }

    fn settle_popular(&mut self, copy: u32, tenants: &[(u16, f64)], found: &mut [[f64; 2]]) {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (class, rate) in tenants {
            let Some(keys) = self.classes.get(usize::from(*class)) else {
                continue;
            };
            let mut bytes = 0.0;
            for rank in keys.simulated_ranks() {
                let own = keys.bytes(rank);
                bytes += own;
                if bytes > self.capacity {
                    break;
                }
                let of_key = rate * keys.zipf.share(rank as f64);
                let rate = of_key * (1.0 + keys.refreshes);
                let leaving = of_key * keys.invalidations;
                if self.chance.happens(rate / (rate + leaving)) {
                    candidates.push(Candidate {
                        age: self.chance.exponential() / (rate + leaving),
                        rate,
                        bytes: own,
                        rank,
                        class: *class,
                    });
                }
            }
        }
        candidates.sort_unstable_by(|a, b| b.rate.total_cmp(&a.rate));
        let mut bytes = 0.0;
        let held = candidates
            .iter()
            .position(|candidate| {
                bytes += candidate.bytes;
                bytes > self.capacity
            })
            .unwrap_or(candidates.len());
        let mut uses = Vec::new();
        for candidate in candidates[..held].iter().rev() {
            let before = match self.expiry {
                Expiry::AfterFetch(time) => since_fetch(
                    candidate.rate,
                    time.0,
                    f64::INFINITY,
                    &mut self.chance,
                    &mut uses,
                ),
                _ => 0.0,
            };
            self.start_with(copy, *candidate, candidate.age + before, found);
        }
    }

    /// Holds a key from the beginning, since so many seconds.
    fn start_with(&mut self, copy: u32, candidate: Candidate, since: f64, found: &mut [[f64; 2]]) {
        let Candidate {
            bytes, rank, class, ..
        } = candidate;
        let key = self.name(copy, class, rank);
        let Some(keys) = self.classes.get(usize::from(class)) else {
            return;
        };
        let share = keys.zipf.share(rank as f64);
        let fresh = match self.expiry {
            Expiry::Never => true,
            Expiry::AfterFetch(time) | Expiry::AfterLastUse(time) => since < time.0,
        };
        if fresh {
            let part = usize::from(rank > keys.hot);
            found[usize::from(class)][part] += share * keys.stands_for(rank) as f64;
        }
        let popularity = keys.rate * share;
        self.held.insert(key, copy, -since, bytes, popularity);
    }
}

impl KeysOf {
    /// All simulated ranks, the most popular first.
    fn simulated_ranks(&self) -> impl Iterator<Item = u64> {
        let sampled = |span: Sampled| (0..span.count).map(move |index| span.rank(index));
        (1..=self.hot).chain(self.sampled().flat_map(sampled))
    }

    /// The simulated ranks beyond the hot ones, stride by stride.
    fn sampled(&self) -> impl Iterator<Item = Sampled> {
        let end = self.zipf.count() as u64 + 1;
        self.strides.iter().enumerate().map(move |(index, stride)| {
            let next = self.strides.get(index + 1).map_or(end, |next| next.first);
            let ranks = next.min(end).saturating_sub(stride.first);
            Sampled {
                first: stride.first + stride.width / 2,
                width: stride.width,
                count: (ranks + stride.width - 1 - stride.width / 2) / stride.width,
            }
        })
    }

    /// Draws which keys were used recently enough, and how long ago.
    fn draw_candidates(
        &self,
        class: u16,
        rate: f64,
        ages: Ages,
        stream: &mut Stream,
        candidates: &mut Vec<Candidate>,
    ) {
        let leaving = self.invalidations / (1.0 + self.refreshes);
        let mut take = |rank: u64, rate: f64, age: f64, stream: &mut Stream| {
            // Unless it has been invalidated since.
            if leaving == 0.0 || stream.exponential() > leaving * rate * age {
                candidates.push(Candidate {
                    age,
                    rate,
                    bytes: self.bytes(rank),
                    rank,
                    class,
                });
            }
        };
        let of = |rank: u64| rate * self.zipf.share(rank as f64);
        for rank in 1..=self.hot {
            let own = of(rank);
            if let Some(age) = ages.draw(own, stream) {
                take(rank, own, age, stream);
            }
        }
        let (mut within, mut looked_at) = (1.0, 0);
        for span in self.sampled() {
            let mut index = 0;
            while index < span.count && looked_at < MOST_SAMPLED {
                looked_at += 1;
                if within > 0.25 {
                    let rank = span.rank(index);
                    let own = of(rank);
                    within = ages.within(own);
                    if let Some(age) = ages.draw(own, stream) {
                        take(rank, own, age, stream);
                    }
                    index += 1;
                    continue;
                }
                // Rare ones: skip those that fail even at the probability of the last, and thin out the rest.
                let skipped = libm::floor(-stream.exponential() / libm::log1p(-within));
                if skipped >= (span.count - index) as f64 {
                    break;
                }
                index += skipped as u64;
                let rank = span.rank(index);
                let own = of(rank);
                let less = ages.within(own);
                if stream.happens(less / within) {
                    let age = ages.draw_within(own, less, stream);
                    take(rank, own, age, stream);
                }
                within = less;
                index += 1;
            }
        }
    }

    /// The hot and the other keys are found with these probabilities of a request, as far as is known.
    fn expect(&mut self, found: [f64; 2]) {
        const WORTH: f64 = 1_000.0;
        let count = self.zipf.count() as u64;
        let hot: f64 = if self.hot >= count {
            1.0
        } else {
            (1..=self.hot)
                .map(|rank| self.zipf.share(rank as f64))
                .sum()
        };
        let parts = self.seen.iter_mut().zip([1.0, self.largest]);
        for (((seen, largest), found), all) in parts.zip(found).zip([hot, 1.0 - hot]) {
            let ratio = if all > 0.0 {
                (found / all).min(1.0)
            } else {
                0.0
            };
            seen.asked = WORTH * largest;
            seen.found = seen.asked * ratio;
        }
    }
}

/// Seconds between a key's last use and the fetch that it still lived on, for uses at this rate (1/s), when fetches serve for `to_live` seconds
/// and a key that isn't used for `stays` seconds is gone.
fn since_fetch(
    rate: f64,
    to_live: f64,
    stays: f64,
    stream: &mut Stream,
    uses: &mut Vec<f64>,
) -> f64 {
    if rate * stays > SAFE {
        let level = rate * to_live;
        return if stream.uniform() * (1.0 + level) < 1.0 {
            0.0
        } else {
            to_live * stream.uniform()
        };
    }
    // Back to the use that found nothing, and from there on again.
    uses.clear();
    let mut back = 0.0;
    loop {
        uses.push(back);
        let gap = stream.exponential() / rate;
        if gap > stays {
            break;
        }
        back += gap;
    }
    let mut fetch = f64::INFINITY;
    for back in uses.iter().rev() {
        if fetch - back >= to_live {
            fetch = *back;
        }
    }
    fetch
}
