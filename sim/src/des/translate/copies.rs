//! The moments at which a route meets the copies of data, and what others may do in somebody's place.

use super::super::program::{Acting, Mark, Op, Small};
use super::Writer;
use crate::network::{
    Copying, LogId, Mark as Meant, Original, Quorum, QuorumId, StepId, StoreId, Task,
};
use crate::scenario::ComponentId;

impl Writer<'_> {
    /// Stores whose quorums needn't meet are counted like a replica of their own.
    pub(super) fn place_quorums(&mut self) {
        for quorum in &self.network.quorums {
            let place = self.registry.replicas.place((quorum.component, 0));
            let mut keys = vec![None; self.registry.classes.len()];
            for (own, class) in quorum.keys.iter().zip(&self.blueprint.class_places) {
                keys[*class as usize] = *own;
            }
            let quorum = Quorum {
                keys,
                ..quorum.clone()
            };
            self.blueprint.quorums.push((place, quorum));
        }
    }

    /// Databases with all of theirs by their places. Reads through caches that may hold what is out of date are counted like those of a
    /// replica.
    pub(super) fn place_originals(&mut self) {
        let (classes, count) = (&self.blueprint.class_places, self.registry.classes.len());
        fn placed<T: Clone>(of: &[T], classes: &[u32], mut to: Vec<T>) -> Vec<T> {
            for (own, class) in of.iter().zip(classes) {
                to[*class as usize] = own.clone();
            }
            to
        }
        for original in &self.network.originals {
            let place = self.registry.entries.place(original.component);
            let caches = original.caches.iter().map(|cache| {
                if original.untold(cache).next().is_some() {
                    let store = &self.network.stores[cache.store.0 as usize];
                    self.registry.replicas.place((store.component, 0));
                }
                Copying {
                    store: StoreId(self.blueprint.store_places[cache.store.0 as usize]),
                    reads: placed(&cache.reads, classes, vec![false; count]),
                    told: placed(&cache.told, classes, vec![true; count]),
                    filled_by: cache.filled_by.clone(),
                }
            });
            let caches = caches.collect();
            let of_log = |log: LogId| LogId(self.blueprint.logs[log.0 as usize].0);
            let of_quorum = |own: QuorumId| QuorumId(self.blueprint.quorums[own.0 as usize].0);
            let original = Original {
                component: original.component,
                log: original.log.map(of_log),
                quorum: original.quorum.map(of_quorum),
                keys: placed(&original.keys, classes, vec![None; count]),
                writes: placed(&original.writes, classes, vec![false; count]),
                caches,
            };
            self.blueprint.originals.push((place, original));
        }
    }

    /// Whether somebody has to know when a visit there ends.
    pub(super) fn is_original(&self, component: ComponentId) -> bool {
        let mut originals = self.network.originals.iter();
        originals.any(|original| original.component == component)
    }

    pub(super) fn mark(&mut self, mark: Meant) -> Mark {
        let network = self.network;
        let log = |log: LogId| self.blueprint.logs[log.0 as usize].0;
        let primary = |log: LogId| network.logs[log.0 as usize].primary;
        match mark {
            Meant::Written { log: own, waits } => Mark::Written {
                log: log(own),
                waits,
            },
            Meant::Taken => Mark::Taken,
            Meant::Quorum(own, moment) => Mark::Quorum {
                quorum: self.blueprint.quorums[own.0 as usize].0,
                moment,
            },
            Meant::WrittenBack(store) => Mark::WrittenBack {
                buffer: self.blueprint.store_places[store.0 as usize],
            },
            Meant::Idle(_) => Mark::Idle,
            Meant::Confirmed(own) => Mark::Confirmed { log: log(own) },
            Meant::At {
                component,
                instance,
            } => Mark::At {
                component: component.0,
                instance,
            },
            Meant::Applied { log: own, replica } => Mark::Applied {
                log: Small::new(log(own)),
                replica,
                seen: self.registry.replicas.place((primary(own), replica)),
            },
            Meant::Read { log: own, replica } => Mark::Read {
                log: Small::new(log(own)),
                replica,
                seen: self.registry.replicas.place((primary(own), replica)),
            },
        }
    }

    pub(super) fn acting(&mut self, log: LogId, part: u32, task: Task, ways: &[StepId]) {
        let log = Small::new(self.blueprint.logs[log.0 as usize].0);
        let replica = Small::new(part.saturating_sub(1));
        let acting = match task {
            Task::Query => Acting::Query { log },
            Task::Read(pool) => Acting::Read {
                log,
                replica,
                pool: Small::new(self.blueprint.station_places[pool.0 as usize]),
            },
            Task::Apply => Acting::Apply { log, replica },
        };
        let ways: Vec<(f64, StepId)> = ways.iter().map(|way| (0.0, *way)).collect();
        let first = self.ways(&ways, None);
        self.emit(Op::Act { acting, first });
    }
}
