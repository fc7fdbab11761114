//! How often a network asks its stores, and how long they keep what they hold, near enough to start from: from the sources' rates down the
//! routes, with hit ratios by characteristic times. The simulation itself rests on none of this.

use crate::network::{Arrivals, Eviction, Expiry, KeySpace, Network, Step, StepId, Store};
use crate::theory::cache::Popularity;

/// What the stores are asked.
#[derive(Clone, Debug)]
pub(in super::super) struct Demand {
    classes: usize,
    /// Look-ups a second by store and class, all copies together.
    lookups: Vec<f64>,
    /// Requests a second by step and class.
    rates: Vec<f64>,
    /// By store: seconds that a key stays without being used (first in, first out: at all); infinite when everything fits.
    stays: Vec<f64>,
}

impl Demand {
    /// Follows the requests of the network's sources.
    pub fn of(network: &Network) -> Self {
        let classes = network.classes.len();
        let mut solver = Solver::default();
        let mut hits = vec![0.5; network.stores.len() * classes];
        let mut demand = Demand {
            classes,
            lookups: Vec::new(),
            rates: Vec::new(),
            stays: vec![f64::INFINITY; network.stores.len()],
        };
        // What lies behind a miss is asked by that store's hit ratio: known from the second time on.
        for _ in 0..2 {
            (demand.lookups, demand.rates) = lookups(network, &hits);
            for (index, store) in network.stores.iter().enumerate() {
                let cells = index * classes..(index + 1) * classes;
                let rates = &demand.lookups[cells.clone()];
                demand.stays[index] = solver.solve(store, rates, &mut hits[cells]);
            }
        }
        demand
    }

    /// Look-ups a second of each class in a store, all copies together.
    pub fn lookups(&self, store: usize) -> &[f64] {
        &self.lookups[store * self.classes..(store + 1) * self.classes]
    }

    /// Requests a second of a class that come to a step.
    pub fn rate(&self, step: StepId, class: usize) -> f64 {
        self.rates[step.0 as usize * self.classes + class]
    }

    /// Seconds that a key stays in a store without being used (first in, first out: at all).
    pub fn stay(&self, store: usize) -> f64 {
        self.stays[store]
    }
}

/// Look-ups by store and class, and requests by step and class: children come before their parents, so one pass down the list visits each step once.
fn lookups(network: &Network, hits: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let classes = network.classes.len();
    let mut lookups = vec![0.0; network.stores.len() * classes];
    let mut rates = vec![0.0; network.steps.len() * classes];
    for source in &network.sources {
        let rate = match source.arrivals {
            Arrivals::Open { peak, .. } => peak.0,
            // A tenth of a second stands for the answer.
            Arrivals::Closed { users, think } => f64::from(users) / (think.0 + 0.1),
        };
        for route in &source.routes {
            rates[route.step.0 as usize * classes + route.class.0 as usize] += rate * route.share;
        }
    }
    for (index, step) in network.steps.iter().enumerate().rev() {
        let (below, own) = rates.split_at_mut(index * classes);
        for (class, rate) in own[..classes].iter().enumerate() {
            let rate = *rate;
            if rate <= 0.0 {
                continue;
            }
            let mut add = |step: StepId, factor: f64| {
                below[step.0 as usize * classes + class] += rate * factor;
            };
            match step {
                Step::Branch(branches) => branches
                    .iter()
                    .for_each(|(probability, step)| add(*step, *probability)),
                Step::Repeat { count, body } => add(*body, *count),
                Step::Lookup { store, hit, miss } => {
                    let cell = store.0 as usize * classes + class;
                    lookups[cell] += rate;
                    add(*hit, hits[cell]);
                    add(*miss, 1.0 - hits[cell]);
                }
                _ => step.for_each_child(|step| add(step, 1.0)),
            }
        }
    }
    (lookups, rates)
}

/// Characteristic times (Che, Tung & Wang 2002; Fricker, Robert & Roberts 2012), to a thousandth.
#[derive(Default)]
struct Solver {
    popularities: Vec<(u64, u64, Popularity)>,
}

/// A class in a store: look-ups a second at one copy, its keys and where its popularity stands.
struct Tenant<'a> {
    class: usize,
    rate: f64,
    keys: &'a KeySpace,
    popularity: usize,
}

impl Solver {
    /// How long a key stays, for look-ups a second by class; writes hit ratios.
    fn solve(&mut self, store: &Store, rates: &[f64], hits: &mut [f64]) -> f64 {
        let mut tenants: Vec<Tenant> = Vec::new();
        for (class, (keys, rate)) in store.keys.iter().zip(rates).enumerate() {
            let rate = rate / store.copies.max(1.0);
            match (keys, tenants.first_mut()) {
                (Some(_), Some(first)) if store.keys_are_shared => first.rate += rate,
                (Some(keys), _) => {
                    let popularity = self.popularity(keys);
                    tenants.push(Tenant {
                        class,
                        rate,
                        keys,
                        popularity,
                    });
                }
                (None, _) => {}
            }
        }
        let stay = self.stay(store, &tenants);
        for tenant in &tenants {
            hits[tenant.class] = self.hit_ratio(store, tenant, stay, tenants.len() as f64);
        }
        if store.keys_are_shared
            && let Some(first) = tenants.first()
        {
            let shared = hits[first.class];
            hits.fill(shared);
        }
        stay
    }

    fn popularity(&mut self, keys: &KeySpace) -> usize {
        let (count, exponent) = (
            libm::round(keys.keys.clamp(1.0, 1e12)) as u64,
            keys.zipf_exponent.clamp(0.0, 10.0),
        );
        let known = self
            .popularities
            .iter()
            .position(|(n, s, _)| *n == count && *s == exponent.to_bits());
        known.unwrap_or_else(|| {
            if let Some(popularity) = Popularity::zipf(count, exponent) {
                self.popularities
                    .push((count, exponent.to_bits(), popularity));
            }
            self.popularities.len() - 1
        })
    }

    fn sum(&self, tenant: &Tenant, f: impl FnMut(f64) -> f64) -> f64 {
        self.popularities[tenant.popularity].2.sum(f)
    }

    fn stay(&self, store: &Store, tenants: &[Tenant]) -> f64 {
        let wanted: f64 = tenants
            .iter()
            .map(|tenant| tenant.keys.item_bytes * tenant.keys.keys)
            .sum();
        if wanted <= store.capacity_bytes || store.eviction == Eviction::LeastFrequentlyUsed {
            return f64::INFINITY;
        }
        // Newton's method climbs from the left, presence being concave.
        let mut time = 0.0;
        for _ in 0..200 {
            let (mut held, mut rise) = (0.0, 0.0);
            for tenant in tenants {
                let bytes = tenant.keys.item_bytes;
                let at = |p: f64| presence(store.eviction, tenant.keys, p * tenant.rate, time);
                held += bytes * self.sum(tenant, |p| at(p).0);
                rise += bytes * self.sum(tenant, |p| at(p).1);
            }
            if rise <= 0.0 || rise.is_nan() {
                return f64::INFINITY;
            }
            let step = (store.capacity_bytes - held) / rise;
            time += step;
            if !time.is_finite() || time > 1e15 {
                return f64::INFINITY;
            }
            if step.abs() <= 1e-3 * time {
                break;
            }
        }
        time
    }

    fn hit_ratio(&self, store: &Store, tenant: &Tenant, stay: f64, tenants: f64) -> f64 {
        let popularity = &self.popularities[tenant.popularity].2;
        let fresh = |rate: f64| match store.expiry {
            Expiry::AfterFetch(time) => rate * time.0 / (1.0 + rate * time.0),
            Expiry::AfterLastUse(time) if store.eviction == Eviction::LeastFrequentlyUsed => {
                -libm::expm1(-rate * time.0)
            }
            _ => 1.0,
        };
        if store.eviction == Eviction::LeastFrequentlyUsed {
            let room = store.capacity_bytes / tenants / tenant.keys.item_bytes;
            let last = libm::floor(room).clamp(1.0, popularity.keys());
            let least = popularity.probability(last as u64);
            // Of the look-ups of keys that stay, those that find them fresh.
            let stays = |p: f64| if p >= least { p } else { 0.0 };
            let asked = popularity.sum(stays);
            let found = popularity.sum(|p| stays(p) * fresh(p * tenant.rate));
            let share = if asked > 0.0 {
                found / asked
            } else {
                fresh(least * tenant.rate)
            };
            let kept = 1.0 + tenant.keys.invalidations_per_lookup;
            return popularity.top_share(room) * share / kept;
        }
        let stay = match store.expiry {
            Expiry::AfterLastUse(time) => stay.min(time.0),
            _ => stay,
        };
        let hit = popularity.sum(|p| {
            let rate = p * tenant.rate;
            let present = presence(store.eviction, tenant.keys, rate, stay).0;
            p * present.min(fresh(rate))
        });
        if hit.is_nan() {
            0.0
        } else {
            hit.clamp(0.0, 1.0)
        }
    }
}

/// The share of time that a key asked for at this rate (1/s) is present when it stays so long (seconds), and its derivative by the time.
fn presence(eviction: Eviction, keys: &KeySpace, rate: f64, stay: f64) -> (f64, f64) {
    if rate <= 0.0 {
        return (0.0, 0.0);
    }
    if eviction == Eviction::FirstInFirstOut {
        if stay.is_infinite() {
            return (1.0, 0.0);
        }
        let absent = 1.0 / (1.0 + rate * stay);
        return (1.0 - absent, rate * absent * absent);
    }
    let leaving = 1.0 + keys.invalidations_per_lookup;
    let gone = libm::exp(-leaving * rate * stay);
    ((1.0 - gone) / leaving, rate * gone)
}
