//! Caches that may hold what is out of date go on knowing since when it is. What a cache holds that begins to be one counts as up to date, and one
//! that is told of all writes from now on forgets what it has missed.

use super::super::Stores;
use super::super::engine::Engine;
use super::super::keys::Through;
use super::super::names::Registry;
use super::super::originals::{Original, Originals};
use super::super::program::NONE;
use super::super::zipf::Laws;
use super::Beginning;
use crate::network::{self, Compiled, Copying};
use crate::scenario::ComponentId;

impl Engine {
    pub(super) fn change_originals(
        &mut self,
        specs: Vec<(u32, network::Original)>,
        compiled: &Compiled,
        registry: &Registry,
        seed: u64,
        beginning: &Beginning<'_>,
        laws: &mut Laws,
    ) {
        if specs.is_empty() && !self.originals.any {
            return;
        }
        let parts: Vec<Vec<Vec<f64>>> = specs.iter().map(|(_, spec)| self.parts(spec)).collect();
        let classes = registry.classes.len();
        // By store: how classes read through it; `None` where nothing is fetched that may be out of date.
        let mut through: Vec<Option<Vec<Through>>> = vec![None; registry.stores.len()];
        let old = std::mem::replace(
            &mut self.originals,
            Originals {
                any: !specs.is_empty(),
                of_entries: vec![None; registry.entries.len()],
                of_logs: vec![NONE; registry.logs.len()],
                of_quorums: vec![NONE; registry.replicas.len()],
            },
        );
        let mut old = old.of_entries;
        for ((place, spec), parts) in specs.iter().zip(&parts) {
            for (cache, parts) in spec.caches.iter().zip(parts) {
                let of_store = through[cache.store.0 as usize]
                    .get_or_insert_with(|| vec![Through::Nothing; classes]);
                if spec.untold(cache).next().is_none() {
                    continue;
                }
                for (own, part) in of_store.iter_mut().zip(parts) {
                    *own = match *part {
                        0.0 => *own,
                        1.0 => Through::All,
                        _ => Through::Some,
                    };
                }
            }
            let mut original = Original::new(seed, spec, parts, laws);
            let before = old.get_mut(*place as usize).and_then(Option::take);
            if let Some(before) = before.filter(|_| !registry.entries.is_fresh(*place)) {
                original.written = before.written;
            }
            self.originals.of_entries[*place as usize] = Some(Box::new(original));
            if let Some(log) = spec.log {
                self.originals.of_logs[log.0 as usize] = *place;
            }
            if let Some(quorum) = spec.quorum {
                self.originals.of_quorums[quorum.0 as usize] = *place;
            }
        }
        for (place, through) in through.into_iter().enumerate() {
            let store = &mut self.stores[place];
            let relays = through.is_some();
            let is_any =
                |through: &Vec<Through>| through.iter().any(|own| *own != Through::Nothing);
            let seen = registry.replicas.find(&(ComponentId(store.component), 0));
            match through.filter(is_any).zip(seen) {
                Some((through, seen)) => {
                    let ordinal = registry.stores.all()[place].1 + 1;
                    store.watch(seed, ordinal, seen, through);
                }
                None => store.watch_hits(relays),
            }
        }
        if beginning.stores == Stores::Warm {
            self.age_stores(&specs, &parts, compiled, registry, beginning);
        }
    }

    /// By cache of a database and by class, which part of the class's keys comes there; of classes that read nothing through it 0.
    fn parts(&self, spec: &network::Original) -> Vec<Vec<f64>> {
        let part = |cache: &Copying, class: usize| {
            let held = self.stores[cache.store.0 as usize].keys_of(class);
            let written = spec.keys[class].as_ref();
            let part = held
                .zip(written)
                .map(|(held, all)| (held / all.keys).min(1.0));
            part.filter(|_| cache.reads[class]).unwrap_or(0.0)
        };
        let of_cache = |cache: &Copying| {
            (0..cache.reads.len())
                .map(|class| part(cache, class))
                .collect()
        };
        spec.caches.iter().map(of_cache).collect()
    }

    /// What stores hold from the beginning is as old as it is in the long run.
    fn age_stores(
        &mut self,
        specs: &[(u32, network::Original)],
        parts: &[Vec<Vec<f64>>],
        compiled: &Compiled,
        registry: &Registry,
        beginning: &Beginning<'_>,
    ) {
        for ((_, spec), parts) in specs.iter().zip(parts) {
            let entries = compiled.entries.iter();
            let own = entries.filter(|entry| entry.component == spec.component);
            let own: Vec<_> = own.map(|entry| entry.step).collect();
            for (cache, parts) in spec.caches.iter().zip(parts) {
                if !registry.stores.is_fresh(cache.store.0) {
                    continue;
                }
                let mut writes = 0.0;
                for (class, place) in beginning.classes.iter().enumerate() {
                    if spec.untold(cache).any(|own| own == *place as usize) {
                        let rates = own.iter().map(|step| beginning.demand.rate(*step, class));
                        writes += rates.sum::<f64>();
                    }
                }
                for (class, keys) in spec.keys.iter().enumerate() {
                    let share = keys.as_ref().map_or(0.0, |keys| keys.share);
                    let rate = writes * share * parts[class];
                    if rate > 0.0 {
                        self.stores[cache.store.0 as usize].age(class as u16, rate);
                    }
                }
            }
        }
    }
}
