//! The moments at which a route meets the copies of data, and what others may do in somebody's place.

use super::super::program::{Acting, Mark, Op, Small};
use super::Writer;
use crate::network::{LogId, Mark as Meant, Quorum, StepId, Task};

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
        let first = self.ways(&ways);
        self.emit(Op::Act { acting, first });
    }
}
