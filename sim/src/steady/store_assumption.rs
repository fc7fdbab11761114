//! Whether what is assumed of stores holds. It judges, and changes nothing.

use super::Solver;
use super::assumption::push;
use super::outcome::{Law as _, Moments};
use super::plan::Op;
use super::store::Stores;
use crate::network::{Eviction, Expiry, KeySpace, Mark, Network, Role, Step, Store};
use crate::quantities::share;
use crate::report::{Assumption, Standing};

/// What an assumption may change of a figure without showing.
const TELLING: f64 = 0.05;

/// Fewer cold starts than a fifth of the slowest hundredth don't show in it.
const FEWEST_COLD: f64 = 0.002;

/// Utilisation that doesn't show.
const LEAST_LOAD: f64 = 0.01;

/// Longest life of a key, seconds, and most steps to the one that gives a hit ratio.
const LONGEST_LIFE: f64 = 1e12;
const MOST_STEPS: usize = 100;

/// More fetches than that are worth a word.
const SEEN: f64 = 0.005;

/// What look-ups of keys that are being fetched come to.
#[derive(Clone, Copy, Debug, Default)]
struct Again {
    /// More fetches, for each that the hit ratio knows of.
    fetching: f64,
    /// What they, or waits for somebody else's fetch, are of a mean response time.
    time: f64,
    /// How busy they would keep what is asked for misses, beyond what is known of it.
    load: f64,
    /// What more or fewer fetches make of the waits for these, as a share of a mean response time: a wait goes with ρ/(1 − ρ).
    waits: f64,
}

impl Solver {
    pub(super) fn of_stores(&self, network: &Network, found: &mut Vec<Assumption>) {
        let classes = network.classes.len();
        for (index, store) in network.stores.iter().enumerate() {
            let asked: f64 = self
                .lookups
                .iter()
                .skip(index * classes)
                .take(classes)
                .sum();
            if asked <= 0.0 {
                continue;
            }
            let again = self.asked_again(index, store, classes);
            let telling = again.time > TELLING || again.load > LEAST_LOAD || again.waits > TELLING;
            let because = match store.coalesces {
                true => "who waits for somebody else's fetch of the same key counts as a hit that doesn't wait"
                    .to_owned(),
                false => format!(
                    "requests for a key that is on its way are fetched as well, up to {} more than the hit ratio says",
                    share(again.fetching)
                ),
            };
            if store.coalesces || again.fetching > SEEN {
                push(
                    found,
                    "A key is fetched before it is asked for again",
                    Some(store.component),
                    if telling {
                        Standing::Doubtful
                    } else {
                        Standing::Approximate
                    },
                    because,
                );
            }
            let bytes: f64 = store
                .keys
                .iter()
                .flatten()
                .map(|keys| keys.keys * keys.item_bytes)
                .sum();
            let single = store.keys.iter().flatten().all(|keys| keys.keys <= 1.0);
            if store.capacity_bytes < bytes {
                let smallest = store
                    .keys
                    .iter()
                    .flatten()
                    .map(|keys| store.capacity_bytes / keys.item_bytes)
                    .fold(f64::INFINITY, f64::min);
                let both =
                    store.eviction == Eviction::LeastRecentlyUsed && store.expiry != Expiry::Never;
                // What has expired comes back with no uses to its name, which a few places feel.
                let recalled = store.eviction == Eviction::LeastFrequentlyUsed
                    && store.expiry != Expiry::Never;
                let few = if recalled { 1_000.0 } else { 20.0 };
                let standing = if smallest < few {
                    Standing::Doubtful
                } else {
                    Standing::Approximate
                };
                let because = format!(
                    "room for {:.0} keys{}; within 0.1 % of simulations from a thousand keys on, 2 % for a handful",
                    smallest,
                    if both { " that also expire" } else { "" }
                );
                push(
                    found,
                    "Keys are asked for independently, by a Zipf law, and stay for a characteristic time (Che, Tung & Wang 2002)",
                    Some(store.component),
                    standing,
                    because,
                );
            } else if !single && store.expiry == Expiry::Never {
                push(
                    found,
                    "Keys are asked for independently, by a Zipf law",
                    Some(store.component),
                    Standing::Approximate,
                    "every key fits: in the long run all are there, and only invalidations miss"
                        .to_owned(),
                );
            }
        }
    }

    /// The look-ups of keys that are being fetched.
    fn asked_again(&self, place: usize, store: &Store, classes: usize) -> Again {
        let mut all = Again::default();
        let (mut fetched, mut more, mut busiest) = (0.0, 0.0, 0.0_f64);
        let copies = store.copies.max(1.0);
        let mut busiest_below = None;
        for node in &self.plan.lookups {
            let node = &self.plan.nodes[*node as usize];
            let class = self.plan.flows[node.flow as usize].class as usize;
            let (Op::Lookup { store: here }, Some(keys)) = (node.op, &store.keys[class]) else {
                continue;
            };
            let (asked, hit) = (
                self.lookups[place * classes + class],
                self.hits[place * classes + class],
            );
            let miss = self.plan.children(node)[1].node as usize;
            if here as usize != place || asked <= 0.0 || self.unsteady[miss] {
                continue;
            }
            let fetch = self.outcomes[miss].ended().mean();
            let again = self.stores.asked_again(keys, asked / copies, hit, fetch);
            if again <= 0.0 {
                continue;
            }
            all.fetching = all.fetching.max(again);
            let roots = self.class_roots(class as u32);
            let time: f64 = roots
                .map(|(rate, node)| rate * self.outcomes[node as usize].ended().first)
                .sum();
            let missed = asked * (1.0 - hit);
            // Whoever waits for a fetch that has begun waits for half of it.
            let each = if store.coalesces { 0.5 } else { 1.0 };
            all.time = all
                .time
                .max(missed * again * each * fetch / time.max(1e-300));
            let below = busiest_below.get_or_insert_with(|| self.busiest_below());
            let busy = below[miss].min(0.999);
            // Coalesced, those who join make fetches that the hit ratio knows of fewer, since a key stays from its arrival on.
            let changes = again / (1.0 + again) * busy / (1.0 - busy);
            all.waits = all.waits.max(missed * fetch / time.max(1e-300) * changes);
            if !store.coalesces {
                busiest = busiest.max(below[miss]);
                (fetched, more) = (fetched + missed, more + missed * again);
            }
        }
        if fetched > 0.0 {
            all.load = busiest * (more / fetched - TELLING);
        }
        all
    }
}

impl Solver {
    /// Functions of which several executions overlap: when more do than for a while the last of them starts cold, which the time since the last use
    /// doesn't tell.
    ///
    /// By the birth-death chain of M/M/∞, in which a level that is reached is reached again after its first passage time, exponential beyond the few
    /// returns at once (Keilson 1979): of all starts Σ λ π_{k−1} P(passage > keep)/λ find no environment.
    pub(super) fn of_cold_starts(&self, network: &Network, found: &mut Vec<Assumption>) {
        for (index, store) in network.stores.iter().enumerate() {
            let told = Step::Mark(Mark::Idle(crate::network::StoreId(index as u32)));
            let Expiry::AfterLastUse(keep) = store.expiry else {
                continue;
            };
            let pool = network
                .stations
                .iter()
                .position(|pool| pool.component == store.component && pool.role == Role::Threads);
            let Some(&(rate, time, false)) = pool.and_then(|pool| self.pools.held.get(pool)) else {
                continue;
            };
            if rate <= 0.0 || !network.steps.contains(&told) {
                continue;
            }
            let cold = cold_starts(rate, time.mean(), keep.0);
            if self.shows(index as u32, cold) {
                push(
                    found,
                    "A function starts cold when it was used last before its environment's time",
                    Some(store.component),
                    Standing::Doubtful,
                    format!(
                        "{} of the executions overlap with more others than for as long as environments are kept, and start cold as well",
                        share(cold)
                    ),
                );
            }
        }
    }
}

impl Solver {
    /// Whether so many more misses of a store show: in the mean, or, where a miss takes longer than nearly all requests, in the slowest hundredth.
    fn shows(&self, store: u32, missed: f64) -> bool {
        self.plan.lookups.iter().any(|node| {
            let node = &self.plan.nodes[*node as usize];
            let class = self.plan.flows[node.flow as usize].class;
            let time = self.outcomes[self.plan.children(node)[1].node as usize]
                .ended()
                .mean();
            let (mut all, mut sent) = (Moments::NEVER, 0.0);
            for (rate, root) in self.class_roots(class) {
                all = all.or(self.outcomes[root as usize].ended().weighted(rate));
                sent += rate;
            }
            let slow = time > 2.0 * libm::sqrt(all.variance());
            node.op == Op::Lookup { store }
                && sent > 0.0
                && (missed * time > TELLING * all.mean() || slow && missed > FEWEST_COLD)
        })
    }
}

/// The share of executions that find no idle environment, when `rate` a second take `time` seconds each and environments are kept for `keep`.
fn cold_starts(rate: f64, time: f64, keep: f64) -> f64 {
    let busy = rate * time;
    // Of so many at once none is ever idle for long.
    if !(busy > 0.01 && busy < 1e4 && keep > 0.0) {
        return 0.0;
    }
    let last = (busy + 10.0 * libm::sqrt(busy) + 10.0) as usize;
    let (mut probability, mut up_to) = (libm::exp(-busy), 0.0);
    let (mut from_mean, mut cold) = (0.0, 0.0);
    for level in 0..last {
        up_to += probability;
        let reached = rate * probability;
        if reached <= 0.0 {
            break;
        }
        // First passage to the next level: from this one, and from the mean number on.
        let passage = up_to / reached;
        let from_typical = match level as f64 >= busy.floor() {
            true => {
                from_mean += passage;
                from_mean
            }
            false => passage,
        };
        cold += reached * (passage / from_typical) * libm::exp(-keep / from_typical);
        probability *= busy / (level + 1) as f64;
    }
    cold / rate
}

impl Stores {
    /// How many more look-ups of a key come, for each miss, until it has been fetched: of a class's keys that are asked for at this `rate` (1/s, at
    /// each copy) with this hit ratio, when a fetch takes `time` seconds.
    ///
    /// With lives T of one length a key of rate λ is found with λT/(1 + λT) (a miss, then λT hits; Jung, Berger & Balakrishnan 2003), or as
    /// many hits as come before a write removes it; T is what gives the hit ratio. Of all misses a key's share goes with λ/(1 + λT), and λD more
    /// look-ups come in the D seconds of its fetch.
    fn asked_again(&self, keys: &KeySpace, rate: f64, hit_ratio: f64, time: f64) -> f64 {
        let asked = |known: &&(u64, u64, crate::theory::cache::Popularity)| {
            known.0 == keys.keys.clamp(1.0, 1e12).round() as u64
                && known.1 == keys.zipf_exponent.clamp(0.0, 10.0).to_bits()
        };
        let Some((_, _, popularity)) = self.popularities.iter().find(asked) else {
            return 0.0;
        };
        // No key is asked for more often than the first.
        let first = rate * popularity.probability(1) * time;
        if first < SEEN || !(0.0..1.0).contains(&hit_ratio) {
            return 0.0;
        }
        // Look-ups in a life: until it ends, or a write removes the key.
        let removed = keys.invalidations_per_lookup;
        let uses = |p: f64, life: f64| match removed > 0.0 {
            true => -libm::expm1(-removed * p * rate * life) / removed,
            false => p * rate * life,
        };
        // What is found grows with the life, ever more slowly: Newton's method climbs to it from nothing.
        let mut life = 0.0;
        for _ in 0..MOST_STEPS {
            let (found, rise) = popularity.sums(|p| {
                let uses = uses(p, life);
                let more = p * rate * (1.0 - removed * uses);
                let rest = 1.0 / (1.0 + uses);
                (p * uses * rest, p * more * rest * rest)
            });
            let step = (hit_ratio - found) / rise;
            // Writes that remove keys may leave less than the hit ratio however long they live.
            let next = match step.is_finite() {
                true => (life + step).min(LONGEST_LIFE),
                false => LONGEST_LIFE,
            };
            let close = (next - life).abs() <= 1e-12 * next;
            life = next;
            if close || life >= LONGEST_LIFE {
                break;
            }
        }
        let (more, all) = popularity.sums(|p| {
            let missed = p / (1.0 + uses(p, life));
            (missed * p * rate * time, missed)
        });
        more / all
    }
}

#[cfg(test)]
mod tests {
    use super::cold_starts;

    #[test]
    fn one_execution_now_and_then_starts_cold_when_the_last_is_long_ago() {
        // Hardly any overlap: e^{-λ keep} find the only environment gone (Poisson), and those that overlap start another.
        let (rate, time, keep) = (0.1, 0.2, 20.0);
        let cold = cold_starts(rate, time, keep);
        let alone = f64::exp(-rate * keep);
        assert!(cold > alone && cold < alone + rate * time, "{cold}");
    }

    #[test]
    fn environments_that_are_kept_for_long_are_there_when_most_overlap() {
        let often = [1.0, 10.0, 100.0].map(|keep| cold_starts(100.0, 0.1, keep));
        assert!(
            often[0] > 3.0 * often[1] && often[1] > 3.0 * often[2],
            "{often:?}"
        );
    }
}
