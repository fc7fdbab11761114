//! Replay processes of replicas. Writes are taken to have a process each: with few of them behind cores that reads keep busy, what they can
//! apply hangs on how those are shared, and what waits there is nobody's time but a synchronous writer's. Here stands how busy they are, and
//! whether that was right. It knows no waits.

use super::Solver;
use super::assumption::push;
use super::fit::Fit;
use super::outcome::{Moments, Outcome};
use super::plan::{Applied, Op};
use super::station::Law;
use crate::network::{Mark, Network, Role, Step};
use crate::quantities::share;
use crate::report::{Assumption, Saturation, Standing, StationReport};
use crate::theory::resequencing::waiting_for_earlier;
use crate::units::{PerSecond, Seconds};

/// Below this share of busy processes hardly anything waits for one.
const IDLE: f64 = 0.3;
/// Above it waits are no longer small against the work.
const BUSY: f64 = 0.7;

/// With fewer writes than this held up at a time nobody notices.
const NOBODY: f64 = 0.01;
/// With more, those that go on together make batches that show; from this share of a response time on.
const MANY: f64 = 0.3;
const WEIGHTY_ORDER: f64 = 0.03;
/// By so much of itself the time for which writes are held up may be off, and what that may change of the time until all is done without showing.
const OFF_BY: f64 = 0.3;
const TELLING: f64 = 0.05;
/// So many going on together make everybody wait behind them.
const BATCHES: f64 = 2.0;

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

    /// The variance of a node's time that it doesn't share with those who come a little earlier, seconds²: they find much the same queue, in
    /// which nobody overtakes by waiting, and are slowed down alike; what differs is what each asks for.
    fn own_variance(&self, node: u32, outcomes: &[Outcome<Moments>]) -> f64 {
        let at = &self.plan.nodes[node as usize];
        match at.op {
            Op::Serve { station, law } => {
                let law = &self.plan.laws[law as usize];
                let variance = (law.second - law.mean * law.mean).max(0.0);
                let slower = match self.parts_of(&self.queues[station as usize]) {
                    [part, ..] => match part.law {
                        Law::Sharing(slowdown) => slowdown.mean,
                        _ => 1.0,
                    },
                    [] => 1.0,
                };
                variance * slower * slower
            }
            Op::Sequence | Op::Hold { .. } => {
                let children = self.plan.children(at).iter();
                children
                    .map(|child| self.own_variance(child.node, outcomes))
                    .sum()
            }
            _ => outcomes
                .get(node as usize)
                .map_or(0.0, |outcome| outcome.ended().variance()),
        }
    }

    /// How long a write that a copy has applied is held up there by those before it, seconds: from what is known of its way so far.
    pub(super) fn held_up(
        &self,
        network: &Network,
        applied: usize,
        outcomes: &[Outcome<Moments>],
    ) -> f64 {
        let Applied {
            copy, first, count, ..
        } = self.plan.applied[applied];
        let (log, replica) = (&network.logs[copy.0 as usize], copy.1 as usize);
        let copies = f64::from(log.replicas[replica].instances.max(1));
        let alike = self.plan.applied.iter().filter(|other| other.copy == copy);
        let rate: f64 = alike
            .map(|other| self.rates.rate[other.node as usize])
            .sum();
        let way = &self.plan.children[first as usize..(first + count) as usize];
        let (mut mean, mut variance) = (0.0, 0.0);
        for child in way {
            let Some(outcome) = outcomes.get(child.node as usize) else {
                continue;
            };
            mean += outcome.ended().mean();
            variance += self.own_variance(child.node, outcomes);
        }
        if !(mean.is_finite() && variance.is_finite() && variance > 1e-12 * mean * mean) {
            return 0.0;
        }
        let fit = Fit::new(mean, variance);
        let law = |t: f64| (fit.survival(t), fit.until(t).0);
        waiting_for_earlier(rate / copies, (mean, libm::sqrt(variance)), law)
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

    /// What holds writes up that are applied in their order, and what they do when they go on together.
    fn of_order(&self, network: &Network, found: &mut Vec<Assumption>) {
        for (index, log) in network.logs.iter().enumerate() {
            let here = self
                .plan
                .applied
                .iter()
                .filter(|applied| applied.copy.0 as usize == index);
            let (mut crowd, mut part, mut late) = (0.0_f64, 0.0_f64, 0.0_f64);
            for applied in here {
                let Op::Constant { seconds } = self.plan.nodes[applied.node as usize].op else {
                    continue;
                };
                let class =
                    self.plan.flows[self.plan.nodes[applied.node as usize].flow as usize].class;
                let waits = network.steps.iter().any(|step| {
                    matches!(step, Step::Mark(Mark::Written { log, waits: true }) if log.0 as usize == index)
                });
                let (rate, time) = self
                    .class_roots(class)
                    .fold((0.0, 0.0), |sum, (rate, node)| {
                        let mean = self.outcomes[node as usize].ended().mean();
                        (sum.0 + rate, sum.1 + rate * mean)
                    });
                crowd += self.rates.rate[applied.node as usize] * seconds;
                if waits && time > 0.0 {
                    part = part.max(rate * seconds / time);
                } else if !waits {
                    // Nobody waits for it, but it is over only then.
                    let way = applied.first as usize..(applied.first + applied.count) as usize;
                    let way = self.plan.children[way].iter();
                    let way = way.map(|child| self.outcomes[child.node as usize].ended().mean());
                    late = late.max(seconds / (seconds + way.sum::<f64>()).max(1e-300));
                }
            }
            if crowd <= NOBODY {
                continue;
            }
            let waited_for = crowd > MANY && part > WEIGHTY_ORDER;
            let standing = match waited_for || crowd > MANY && OFF_BY * late > TELLING {
                true => Standing::Doubtful,
                false => Standing::Approximate,
            };
            // What goes on together crowds whatever it meets, for everybody else as well.
            let place = (!waited_for || crowd < BATCHES).then_some(log.primary);
            push(
                found,
                "Copies apply writes in their order, each held up by those before it as behind M/G/∞ (Harrus & Plateau 1982)",
                place,
                standing,
                format!(
                    "{crowd:.1} writes at a time are held up, for up to {} of a response time, or {} of the time until they are applied; they go on together, and what they come to next finds a batch",
                    share(part.min(1.0)),
                    share(late.min(1.0))
                ),
            );
        }
    }

    /// Whether writes have had to wait for a process.
    pub(super) fn of_replay(&self, network: &Network, found: &mut Vec<Assumption>) {
        self.of_order(network, found);
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
