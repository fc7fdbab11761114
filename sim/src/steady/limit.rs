//! What gives way first when the load grows: the station that saturates at the smallest multiple of today's load. It knows demands,
//! no waits.

use super::Solver;
use super::answer::most_instances;
use super::flow::{Admission, Feedback, Rates};
use crate::network::{Discipline, Network, StationId};
use crate::report::Bottleneck;
use crate::units::PerSecond;

/// What limits the whole.
pub(super) struct Limits {
    pub bottleneck: Option<Bottleneck>,
    pub next: Option<Bottleneck>,
    pub sustainable: PerSecond,
    pub head_room: f64,
}

impl Solver {
    /// Ranks stations by the multiple of today's load at which they saturate, today's mix and hit ratios kept, autoscaled ones at
    /// their most instances.
    pub(super) fn limits(&self, network: &Network) -> Limits {
        let today: f64 = self.sources.iter().sum();
        let pressures = self.full_pressures(network);
        let mut order: Vec<(usize, f64)> =
            pressures.iter().copied().enumerate().filter(|(_, pressure)| *pressure > 0.0 && pressure.is_finite()).collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1));
        let describe = |(station, pressure): (usize, f64)| Bottleneck {
            station: StationId(station as u32),
            component: network.stations[station].component,
            utilisation: pressure,
            saturates_at: PerSecond(today / pressure),
        };
        let bottleneck = order.first().copied().map(describe);
        // The next one is another component's: relieving one resource of a machine seldom leaves the rest of it as it was.
        let next = bottleneck.as_ref().and_then(|first| {
            order.iter().copied().find(|(station, _)| network.stations[*station].component != first.component).map(describe)
        });
        let multiple = order.first().map_or(f64::INFINITY, |(_, pressure)| 1.0 / pressure);
        Limits {
            bottleneck,
            next,
            sustainable: PerSecond(if multiple.is_finite() { today * multiple } else { f64::INFINITY }),
            head_room: multiple - 1.0,
        }
    }

    /// Offered load over capacity by station (busiest instance), as if nothing before it refused or held anything back.
    fn full_pressures(&self, network: &Network) -> Vec<f64> {
        let held_back = self.admissions.iter().any(|admission| admission.pass < 1.0);
        let mut fresh;
        let rates = if held_back {
            let free = vec![Admission::ALL; self.admissions.len()];
            let timeouts = vec![0.0; self.timeouts.len()];
            fresh = Rates::default();
            fresh.solve(
                &self.plan,
                &self.sources,
                &Feedback { admissions: &free, hits: &self.hits, timeouts: &timeouts, classes: network.classes.len(), lossy: self.plan.has_failures },
            );
            &fresh
        } else {
            &self.rates
        };
        let mut work = vec![(0.0, 0.0); network.stations.len()];
        for visit in &self.plan.visits {
            let rate = rates.rate[visit.node as usize];
            let (arrivals, busy) = &mut work[visit.station as usize];
            *arrivals += rate;
            *busy += rate * self.plan.laws[visit.law as usize].mean;
        }
        network
            .stations
            .iter()
            .zip(&work)
            .enumerate()
            .map(|(index, (station, (arrivals, busy)))| match station.discipline {
                Discipline::Infinite => 0.0,
                Discipline::TokenBucket { rate, .. } => arrivals / rate.0,
                _ => {
                    let instances = f64::from(most_instances(&station.instances, self.instances[index]));
                    let queue = &self.queues[index];
                    let skew = if queue.pressure > 0.0 { queue.busiest_pressure / queue.pressure } else { 1.0 };
                    busy / (f64::from(station.servers) * instances) * skew
                }
            })
            .collect()
    }
}
