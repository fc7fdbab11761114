//! Replay processes of replicas. Writes are taken to have a process each: with few of them behind cores that reads keep busy, what they can
//! apply hangs on how those are shared, and what waits there is nobody's time but a synchronous writer's. Here stands how busy they are, and
//! whether that was right. It knows no waits.

use super::Solver;
use super::assumption::push;
use crate::network::{Network, Role, Step};
use crate::quantities::share;
use crate::report::{Assumption, Saturation, Standing, StationReport};
use crate::units::{PerSecond, Seconds};

/// Below this share of busy processes hardly anything waits for one.
const IDLE: f64 = 0.3;
/// Above it waits are no longer small against the work.
const BUSY: f64 = 0.7;

impl Solver {
    /// Writes a second, and how many are being applied on average when none waits for a process.
    fn applied(&self, network: &Network, station: usize) -> (f64, f64) {
        let (mut rate, mut work) = (0.0, 0.0);
        for (index, node) in self.plan.nodes.iter().enumerate() {
            match &network.steps[node.step as usize] {
                Step::Hold { pool, .. } if pool.0 as usize == station => {
                    rate += self.rates.rate[index];
                    work += self.rates.rate[index] * self.outcomes[index].success.mean();
                }
                _ => {}
            }
        }
        (rate, work)
    }

    /// Fills in what is known of replay processes.
    pub(super) fn report_replay(&self, network: &Network, report: &mut StationReport) {
        let (rate, work) = self.applied(network, report.station.0 as usize);
        let all = f64::from(report.servers) * f64::from(report.instances);
        let service = if rate > 0.0 { work / rate } else { 0.0 };
        report.arrival = PerSecond(rate);
        report.offered_load = work;
        report.utilisation = (work / all).min(1.0);
        report.busiest_utilisation = report.utilisation;
        report.service = Seconds(service);
        report.throughput = PerSecond(if work > all { all / service } else { rate });
        (report.queue_length, report.wait_probability) = (None, None);
        (report.waiting, report.sojourn) = (None, None);
        report.saturation = (work >= all).then_some(Saturation {
            growth: PerSecond(rate - report.throughput.0),
            time_to_overflow: None,
            passes: report.throughput,
        });
        report.formula = "a process for each write (Little 1961)";
    }

    /// Whether writes have had to wait for a process.
    pub(super) fn of_replay(&self, network: &Network, found: &mut Vec<Assumption>) {
        for (index, station) in network.stations.iter().enumerate() {
            if station.role != Role::Replay {
                continue;
            }
            let (_, work) = self.applied(network, index);
            let busy = work / (f64::from(station.servers) * f64::from(self.instances[index]));
            if busy < IDLE {
                continue;
            }
            let standing = if busy > BUSY {
                Standing::Doubtful
            } else {
                Standing::Approximate
            };
            let because = if busy >= 1.0 {
                format!(
                    "the writes ask for {} of the processes: the replica falls behind for ever, and whoever waits for it waits for ever",
                    share(busy)
                )
            } else {
                format!("{} of the processes are busy", share(busy))
            };
            push(
                found,
                "No write waits for a replay process of a replica",
                Some(station.component),
                standing,
                because,
            );
        }
    }
}
