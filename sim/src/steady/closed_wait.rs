//! Waits beside those that mean-value analysis gives: of stations that aren't of product form, and of open traffic. It knows one station.

use super::population::taken;
use super::station::{self, Load, Part};
use super::{Solver, queueing};
use crate::network::{Discipline, Dispatch, Network, Station};

/// Busier than this open queues say little about closed users, who wait for each other.
const BUSIEST: f64 = 0.95;

impl Solver {
    /// How many times as long as in a network of product form the wait at a station is: as that of open traffic of the same rate. A network of
    /// product form knows exponential services, instances that requests choose at random, or a queue in front of all, and arrivals at random:
    /// what comes beside the closed users in batches, bursts or regularly makes the wait as much longer as it does where all traffic is open.
    pub(super) fn length_of_wait(
        &self,
        network: &Network,
        index: usize,
        scratch: &mut Vec<Part>,
    ) -> f64 {
        let (spec, load) = (&network.stations[index], &self.loads[index]);
        let instances = self.instances[index];
        let pressure = load.work / self.server_counts[index];
        let sharing = spec.discipline == Discipline::ProcessorSharing;
        let random = load.burstiness == 0.0 && load.company == 0.0;
        let plain = random
            && (sharing || load.exponential)
            && (instances == 1
                || matches!(
                    spec.dispatch,
                    Dispatch::Random | Dispatch::Central | Dispatch::Shares(_)
                ));
        let known = sharing || self.serves_in_order(network, index);
        if plain || !known || pressure <= 0.0 {
            return 1.0;
        }
        let mean = load.mean_service();
        let load = load.share((BUSIEST / pressure).min(1.0));
        let dispatch = match &spec.dispatch {
            Dispatch::RoundRobin => Dispatch::Random,
            Dispatch::LeastConnections | Dispatch::TwoChoices => Dispatch::Central,
            other => other.clone(),
        };
        let simple = Station {
            dispatch,
            capacity: None,
            ..spec.clone()
        };
        let exponential = Load {
            burstiness: 0.0,
            lasting: 0.0,
            company: 0.0,
            exponential: true,
            mean,
            second: 2.0 * load.rate * mean * mean,
            third: 6.0 * load.rate * mean * mean * mean,
            ..load
        };
        let mut wait = |spec: &Station, load: &Load| -> f64 {
            scratch.clear();
            queueing::solve(spec, instances, load, scratch);
            let waits = scratch.iter().map(|part| part.share * part.wait);
            waits.sum()
        };
        let (here, there) = (wait(spec, &load), wait(&simple, &exponential));
        if there > 1e-12 * mean {
            (here / there).min(1e3)
        } else {
            1.0
        }
    }

    /// The wait of open traffic at a station where closed users are, of which so many are there on average. Their wait is `length` times as long
    /// as in a network of product form.
    pub(super) fn open_part(
        &self,
        spec: &Station,
        index: usize,
        servers: u32,
        number: f64,
        length: f64,
        busy: f64,
    ) -> Part {
        let others = self.background(index);
        if others <= 0.0 {
            return Part::IDLE;
        }
        // In units of the service time, so that it doesn't matter whose that is.
        let service = self.loads[index].mean_service();
        let wait = length * service * (number / others - 1.0).max(0.0);
        if matches!(spec.discipline, Discipline::ProcessorSharing) {
            let square = (1.0 + self.loads[index].service_scv()) * service * service;
            station::sharing_part((servers, busy), service, square, taken(servers, busy), wait)
        } else {
            station::waiting_part(busy, wait)
        }
    }
}
