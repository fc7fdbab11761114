//! Calls made at once to nodes that get the same requests: how much their times go together. It knows visits and loads, no routes beyond
//! a group's own.

use super::Solver;
use super::outcome::{Moments, Outcome};
use super::plan::{Group, Op, Plan};
use super::station::Law;
use crate::network::{Dispatch, Network};

/// Times that go together less than that are as good as independent.
const NEGLIGIBLE: f64 = 0.02;

impl Solver {
    /// The constant part of a group's time, seconds, and what the rest of it is as a share of what it would be if its calls, each a single visit,
    /// took `independent` times.
    ///
    /// Two nodes that share a part f of their arrivals have waits with the correlation f ca²/(ca² + cs²), as queues in heavy traffic have that
    /// see the same arrivals and serve independently (Nguyen 1993): of Poisson arrivals f/(1 + cs²). The service that a call asks for
    /// itself is its own. With the same correlation r between all, times are as a common part and independent ones of √(1 − r) times the
    /// spread, and so is what their largest (or smallest) has beyond their mean: two exponential servers come to 1.35 to 1.5 times the mean of
    /// one, exactly (12 − ρ)/8 (Flatto & Hahn 1984).
    pub(super) fn together(
        &self,
        network: &Network,
        index: u32,
        outcomes: &[Outcome<Moments>],
        independent: f64,
    ) -> Option<(f64, f64)> {
        let node = &self.plan.nodes[index as usize];
        let groups = &self.plan.groups;
        let place = groups.binary_search_by_key(&index, |group| group.node);
        let Group { station, calls, .. } = groups[place.ok()?];
        let needed = match node.op {
            Op::Quorum { needed } => needed,
            _ => calls,
        };
        let first = self.plan.children(node)[0];
        let Visit {
            law,
            constant,
            delayed,
            ..
        } = only_queue(&self.plan, first.node)?;
        let (spec, load) = (
            &network.stations[station as usize],
            &self.loads[station as usize],
        );
        let nodes = self.instances[station as usize];
        // Only nodes that divide data are asked by one request once each.
        if !matches!(spec.dispatch, Dispatch::Shares(_)) || nodes < calls || load.rate <= 0.0 {
            return None;
        }
        // Of one node's arrivals those that another gets as well, whoever makes the calls.
        let common = self.plan.groups_at.of(station).iter();
        let common = common.map(|place| {
            let group = &groups[*place as usize];
            let calls = f64::from(group.calls.min(nodes));
            self.rates.rate[group.node as usize] * calls * (calls - 1.0)
        });
        let common = common.sum::<f64>() / (load.rate * f64::from(nodes - 1));
        let time = outcomes[first.node as usize].ended();
        let law = &self.plan.laws[law as usize];
        let slower = match self.parts_of(&self.queues[station as usize]).first()?.law {
            Law::Sharing(slowdown) => slowdown.mean,
            _ => 1.0,
        };
        let own = (law.second - law.mean * law.mean).max(0.0) * slower * slower + delayed;
        let waiting = 1.0 - (own / time.variance()).min(1.0);
        let alike = common.min(1.0) * waiting / (1.0 + load.service_scv());
        if !(alike > NEGLIGIBLE && needed > 0) {
            return None;
        }
        let mean = time.mean();
        let whole = mean + (independent - mean) * libm::sqrt(1.0 - alike.min(1.0));
        let ratio = (whole - constant) / (independent - constant);
        (ratio.is_finite() && ratio > 0.0).then_some((constant, ratio))
    }
}

/// A visit to a queue, and what a call does beside it.
pub(super) struct Visit {
    pub station: u32,
    law: u32,
    /// Constant times, seconds.
    constant: f64,
    /// The variance of delays of its own, seconds².
    delayed: f64,
}

/// The one visit of a queue in a node.
pub(super) fn only_queue(plan: &Plan, node: u32) -> Option<Visit> {
    let at = &plan.nodes[node as usize];
    match at.op {
        Op::Serve { station, law } => Some(Visit {
            station,
            law,
            constant: 0.0,
            delayed: 0.0,
        }),
        Op::Sequence => {
            let (mut found, mut constant, mut delayed) = (None, 0.0, 0.0);
            for child in plan.children(at) {
                match plan.nodes[child.node as usize].op {
                    Op::Constant { seconds } => constant += seconds,
                    Op::Delay { law } => {
                        let law = &plan.laws[law as usize];
                        delayed += (law.second - law.mean * law.mean).max(0.0);
                    }
                    Op::Done => {}
                    _ if found.is_none() => found = Some(only_queue(plan, child.node)?),
                    _ => return None,
                }
            }
            let visit: Visit = found?;
            Some(Visit {
                constant: visit.constant + constant,
                delayed: visit.delayed + delayed,
                ..visit
            })
        }
        _ => None,
    }
}
