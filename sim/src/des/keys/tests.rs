//! Stores against theory, without a network around them.

use super::*;
use crate::network::{
    Arrivals, ClassIndex, KeySpace, Network, NetworkClass, Route, Source, Step, StoreId,
};
use crate::scenario::{ClassId, ComponentId, Operation};
use crate::theory::cache::{Popularity, lru};
use crate::units::{PerSecond, Seconds};

fn keys(keys: f64, zipf_exponent: f64) -> KeySpace {
    KeySpace {
        keys,
        zipf_exponent,
        item_bytes: 1.0,
        invalidations_per_lookup: 0.0,
        refreshes_per_lookup: 0.0,
    }
}

fn store(keys: &[KeySpace], capacity_bytes: f64, eviction: Eviction, expiry: Expiry) -> Store {
    Store {
        component: ComponentId(1),
        copies: 1.0,
        capacity_bytes,
        eviction,
        expiry,
        keys: keys.iter().copied().map(Some).collect(),
        keys_are_shared: false,
        coalesces: false,
        is_write_buffer: false,
        nodes: 1,
    }
}

/// A store that is asked at these rates (1/s, by class), and how it begins.
struct Run<'a> {
    store: &'a Store,
    rates: &'a [f64],
    most: usize,
    cold: bool,
}

impl Run<'_> {
    fn demand(&self) -> Demand {
        let mut network = Network {
            stores: vec![self.store.clone()],
            ..Network::default()
        };
        let done = network.push(Step::Done);
        let step = network.push(Step::Lookup {
            store: StoreId(0),
            hit: done,
            miss: done,
        });
        let total: f64 = self.rates.iter().sum();
        let routes = (0..)
            .zip(self.rates)
            .map(|(class, rate)| Route {
                class: ClassIndex(class),
                share: rate / total,
                step,
            })
            .collect();
        network.classes = (0..)
            .zip(self.rates)
            .map(|(class, _)| NetworkClass {
                class: ClassId(class),
                name: String::new(),
                operation: Operation::Read,
                priority: 0,
            })
            .collect();
        network.sources.push(Source {
            component: ComponentId(2),
            arrivals: Arrivals::poisson(PerSecond(total)),
            routes,
        });
        Demand::of(&network)
    }

    fn begin(&self, seed: u64, demand: &Demand) -> KeyStore {
        let mut keys = KeyStore::new(
            seed,
            0,
            self.store,
            self.rates,
            self.most,
            &mut Tables::default(),
        );
        if !self.cold {
            keys.warm(demand.lookups(0), demand.stay(0));
        }
        keys
    }

    /// Hit ratios in these spans of seconds (one after the other), all classes together, over so many seeds.
    fn hit_ratios(&self, seeds: u64, spans: &[(f64, f64)]) -> Vec<f64> {
        let demand = self.demand();
        let total: f64 = self.rates.iter().sum();
        let mut sums = vec![(0_u64, 0_u64); spans.len()];
        for seed in 0..seeds {
            let mut keys = self.begin(seed, &demand);
            let mut arrivals = Stream::named(seed, 7, Purpose::Arrival, 0);
            let mut now = 0.0;
            let mut span = 0;
            while span < spans.len() {
                now += arrivals.exponential() / total;
                if now > spans[span].1 {
                    span += 1;
                    continue;
                }
                let mut class = 0;
                let mut point = arrivals.uniform() * total;
                while class + 1 < self.rates.len() && point >= self.rates[class] {
                    point -= self.rates[class];
                    class += 1;
                }
                let asked = keys.look_up(class as u16, now);
                if !asked.found {
                    keys.keep(class as u16, asked.key, now);
                }
                if now >= spans[span].0 {
                    sums[span].0 += 1;
                    sums[span].1 += u64::from(asked.found);
                }
            }
        }
        sums.iter()
            .map(|(asked, found)| *found as f64 / *asked as f64)
            .collect()
    }
}

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value / expected - 1.0).abs() < tolerance,
        "{value} against {expected}: {}",
        value / expected - 1.0
    );
}

const ALL: usize = 1 << 20;

#[test]
fn small_stores_hit_as_exact_theory_says() {
    for (eviction, expected) in [
        (Eviction::LeastRecentlyUsed, 0.616_626_725_443_650_3),
        (Eviction::FirstInFirstOut, 0.590_395_995_582_986_7),
    ] {
        let store = store(&[keys(5.0, 1.4)], 2.0, eviction, Expiry::Never);
        let run = Run {
            store: &store,
            rates: &[1_000.0],
            most: ALL,
            cold: false,
        };
        close(run.hit_ratios(1, &[(0.0, 1_000.0)])[0], expected, 0.005);
        // The start itself, drawn anew for each of many short runs: standard error 0.0035.
        let begun = run.hit_ratios(20_000, &[(0.0, 0.001)])[0];
        assert!((begun - expected).abs() < 0.014, "{eviction:?}: {begun}");
    }
}

#[test]
fn stores_hit_as_often_as_che_says_and_the_most_popular_as_often_as_they_are_asked_for() {
    for (count, exponent, room, che, top) in [
        (
            10_000.0,
            0.8,
            1_000.0,
            0.436_659_722_230_718_03,
            0.570_617_585_512_989_7,
        ),
        (
            10_000.0,
            1.0,
            100.0,
            0.390_525_485_410_650_6,
            0.529_994_515_363_235_6,
        ),
        (
            1_000.0,
            0.6,
            200.0,
            0.362_917_354_449_823_3,
            0.501_145_936_865_042_4,
        ),
    ] {
        for (eviction, expected) in [
            (Eviction::LeastRecentlyUsed, che),
            (Eviction::LeastFrequentlyUsed, top),
        ] {
            for cold in [false, true] {
                let store = store(&[keys(count, exponent)], room, eviction, Expiry::Never);
                let run = Run {
                    store: &store,
                    rates: &[1_000.0],
                    most: ALL,
                    cold,
                };
                let from = if cold { 100.0 } else { 0.0 };
                close(run.hit_ratios(1, &[(from, 400.0)])[0], expected, 0.01);
            }
        }
    }
}

#[test]
fn a_key_lives_as_long_as_renewal_theory_says() {
    for (expiry, expected) in [
        (Expiry::AfterLastUse(Seconds(4.0)), 0.864_664_716_763_387_3),
        (Expiry::AfterFetch(Seconds(4.0)), 0.666_666_666_666_666_6),
    ] {
        for eviction in [
            Eviction::LeastRecentlyUsed,
            Eviction::FirstInFirstOut,
            Eviction::LeastFrequentlyUsed,
        ] {
            let store = store(&[keys(1.0, 0.0)], f64::INFINITY, eviction, expiry);
            let run = Run {
                store: &store,
                rates: &[0.5],
                most: ALL,
                cold: false,
            };
            close(run.hit_ratios(1, &[(0.0, 1e6)])[0], expected, 0.005);
        }
    }
}

#[test]
fn an_empty_store_warms_up_as_theory_says() {
    let store = store(
        &[keys(10_000.0, 0.8)],
        f64::INFINITY,
        Eviction::LeastRecentlyUsed,
        Expiry::Never,
    );
    let run = Run {
        store: &store,
        rates: &[200.0],
        most: ALL,
        cold: true,
    };
    // Spans around 1, 10, 60 and 300 s, short enough that the ratio rises evenly in them.
    let spans = [(0.9, 1.1), (9.5, 10.5), (58.0, 62.0), (295.0, 305.0)];
    let early = run.hit_ratios(1_000, &spans[..1]);
    let soon = run.hit_ratios(200, &spans[..2]);
    let late = run.hit_ratios(30, &spans);
    let expected = [
        0.206_981_258_716_460_73,
        0.480_789_687_077_417_76,
        0.770_739_110_195_653_9,
        0.968_894_179_893_634_6,
    ];
    close(early[0], expected[0], 0.02);
    close(soon[1], expected[1], 0.015);
    close(late[2], expected[2], 0.01);
    close(late[3], expected[3], 0.01);
}

#[test]
fn a_store_that_begins_warm_hits_from_the_first_request_as_in_the_long_run() {
    let never = Expiry::Never;
    let fetch = Expiry::AfterFetch(Seconds(6.0));
    let soon = Expiry::AfterFetch(Seconds(1.5));
    let use_ = Expiry::AfterLastUse(Seconds(3.0));
    let (lru, fifo, lfu) = (
        Eviction::LeastRecentlyUsed,
        Eviction::FirstInFirstOut,
        Eviction::LeastFrequentlyUsed,
    );
    for (eviction, expiry, invalidations) in [
        (lru, never, 0.0),
        (lru, fetch, 0.0),
        (lru, soon, 0.0),
        (lru, use_, 0.0),
        (lru, never, 0.4),
        (lru, soon, 0.4),
        (fifo, never, 0.0),
        (fifo, fetch, 0.0),
        (fifo, soon, 0.0),
        (lfu, never, 0.0),
        (lfu, fetch, 0.0),
        (lfu, soon, 0.0),
    ] {
        let key_space = KeySpace {
            invalidations_per_lookup: invalidations,
            ..keys(2_000.0, 0.8)
        };
        let store = store(&[key_space], 300.0, eviction, expiry);
        let run = Run {
            store: &store,
            rates: &[100.0],
            most: ALL,
            cold: false,
        };
        let ratios = run.hit_ratios(40, &[(0.0, 3.0), (40.0, 80.0)]);
        // 12,000 look-ups: standard error 0.0045.
        assert!(
            (ratios[0] - ratios[1]).abs() < 0.015,
            "{eviction:?} {expiry:?} {invalidations}: {ratios:?}"
        );
    }
}

#[test]
fn a_store_behind_another_begins_with_what_that_lets_through_in_the_long_run() {
    let key_space = keys(2_000.0, 0.8);
    let (lru, fifo, lfu) = (
        Eviction::LeastRecentlyUsed,
        Eviction::FirstInFirstOut,
        Eviction::LeastFrequentlyUsed,
    );
    let (rate, time) = (100.0, 6.0);
    let weights = (1..=2_000).map(|rank| libm::pow(f64::from(rank), -0.8));
    let total: f64 = weights.clone().sum();
    // All keys find room, so that one is there as often as renewal theory says (Jung, Berger & Balakrishnan 2003), however room is made.
    let missed: f64 = weights
        .map(|weight| weight / total)
        .map(|share| share / (1.0 + share * rate * time))
        .sum();
    for eviction in [lru, fifo, lfu] {
        let expiry = Expiry::AfterFetch(Seconds(time));
        let mut network = Network {
            stores: vec![
                store(&[key_space], 2_000.0, eviction, expiry),
                store(&[key_space], 2_000.0, lru, Expiry::Never),
            ],
            classes: vec![NetworkClass {
                class: ClassId(0),
                name: String::new(),
                operation: Operation::Read,
                priority: 0,
            }],
            ..Network::default()
        };
        let done = network.push(Step::Done);
        let look_up = |store: u32, miss| Step::Lookup {
            store: StoreId(store),
            hit: done,
            miss,
        };
        let behind = network.push(look_up(1, done));
        let step = network.push(look_up(0, behind));
        network.sources.push(Source {
            component: ComponentId(2),
            arrivals: Arrivals::poisson(PerSecond(rate)),
            routes: vec![Route {
                class: ClassIndex(0),
                share: 1.0,
                step,
            }],
        });
        let demand = Demand::of(&network);
        let asked = demand.lookups(1)[0];
        close(asked, missed * rate, 0.01);
        let mut all = KeyStore::new(
            1,
            0,
            &network.stores[1],
            demand.lookups(1),
            ALL,
            &mut Tables::default(),
        );
        all.warm(demand.lookups(1), demand.stay(1));
        for rank in 0..500 {
            assert!(all.look_up(0, f64::from(rank)).found, "{eviction:?}");
        }
    }
}

#[test]
fn invalidated_keys_miss_once() {
    let key_space = KeySpace {
        invalidations_per_lookup: 0.25,
        ..keys(50.0, 0.7)
    };
    let store = store(
        &[key_space],
        f64::INFINITY,
        Eviction::LeastRecentlyUsed,
        Expiry::Never,
    );
    let run = Run {
        store: &store,
        rates: &[100.0],
        most: ALL,
        cold: false,
    };
    close(run.hit_ratios(1, &[(0.0, 4_000.0)])[0], 1.0 / 1.25, 0.005);
}

#[test]
fn a_sample_of_the_keys_hits_as_all_of_them_do() {
    for eviction in [
        Eviction::LeastRecentlyUsed,
        Eviction::FirstInFirstOut,
        Eviction::LeastFrequentlyUsed,
    ] {
        for expiry in [Expiry::Never, Expiry::AfterFetch(Seconds(20.0))] {
            let store = store(&[keys(100_000.0, 0.8)], 20_000.0, eviction, expiry);
            let [whole, sampled] = [ALL, 4_096].map(|most| {
                let run = Run {
                    store: &store,
                    rates: &[2_000.0],
                    most,
                    cold: false,
                };
                run.hit_ratios(1, &[(0.0, 200.0)])[0]
            });
            close(sampled, whole, 0.01);
        }
    }
}

#[test]
fn stores_of_more_keys_than_could_be_listed_hit_as_che_says() {
    for (count, room, exponent) in [(1e9, 1e6, 0.9), (1e12, 2_000.0, 1.0), (4e7, 1.2e7, 0.7)] {
        let store = store(
            &[keys(count, exponent)],
            room,
            Eviction::LeastRecentlyUsed,
            Expiry::Never,
        );
        let run = Run {
            store: &store,
            rates: &[1_000.0],
            most: most_keys(1),
            cold: false,
        };
        let popularity = Popularity::zipf(count as u64, exponent).unwrap();
        let expected = lru(&popularity, room).unwrap().hit_ratio;
        close(run.hit_ratios(1, &[(0.0, 300.0)])[0], expected, 0.02);
    }
}

#[test]
fn some_of_many_copies_hit_as_each_of_them_does() {
    let mut many = store(
        &[keys(1_000.0, 0.8)],
        100.0,
        Eviction::LeastRecentlyUsed,
        Expiry::AfterFetch(Seconds(50.0)),
    );
    let one = Run {
        store: &many,
        rates: &[20.0],
        most: ALL,
        cold: false,
    }
    .hit_ratios(1, &[(0.0, 20_000.0)])[0];
    many.copies = 100.0;
    for most in [ALL, 1_000] {
        let run = Run {
            store: &many,
            rates: &[2_000.0],
            most,
            cold: false,
        };
        close(run.hit_ratios(1, &[(0.0, 800.0)])[0], one, 0.01);
    }
}

#[test]
fn classes_that_share_keys_keep_them_fresh_for_one_another() {
    let mut name = store(
        &[keys(1.0, 0.0), keys(1.0, 0.0)],
        f64::INFINITY,
        Eviction::LeastRecentlyUsed,
        Expiry::AfterFetch(Seconds(10.0)),
    );
    name.keys_are_shared = true;
    name.copies = 50.0;
    let run = Run {
        store: &name,
        rates: &[6.0, 14.0],
        most: ALL,
        cold: false,
    };
    // Each of 50 resolvers is asked 0.4 times a second.
    close(run.hit_ratios(1, &[(0.0, 20_000.0)])[0], 4.0 / 5.0, 0.005);
}

#[test]
fn rarely_used_frequently_used_keys_leave_by_their_rate_and_not_by_their_size() {
    let large = KeySpace {
        item_bytes: 10.0,
        ..keys(10.0, 0.0)
    };
    let store = store(
        &[large, keys(1_000.0, 0.0)],
        100.0,
        Eviction::LeastFrequentlyUsed,
        Expiry::Never,
    );
    // Each large key is asked for 1 time a second, each small one 0.5 times: the large ones fill the store.
    let run = Run {
        store: &store,
        rates: &[10.0, 500.0],
        most: ALL,
        cold: true,
    };
    close(
        run.hit_ratios(1, &[(200.0, 2_000.0)])[0],
        10.0 / 510.0,
        0.05,
    );
}

#[test]
fn keys_that_writes_put_in_are_found_more_often() {
    for (expiry, puts, expected) in [
        // By renewal between puts and fetches, with one look-up of each key a second and 4 s to live.
        (Expiry::AfterFetch(Seconds(4.0)), 0.5, 0.950_414_5),
        (Expiry::AfterFetch(Seconds(4.0)), 0.0, 0.8),
    ] {
        let key_space = KeySpace {
            refreshes_per_lookup: puts,
            ..keys(50.0, 0.0)
        };
        let store = store(
            &[key_space],
            f64::INFINITY,
            Eviction::LeastRecentlyUsed,
            expiry,
        );
        let run = Run {
            store: &store,
            rates: &[50.0],
            most: ALL,
            cold: false,
        };
        close(run.hit_ratios(1, &[(0.0, 8_000.0)])[0], expected, 0.005);
    }
}
