//! Parallel groups, quorums and time-outs: their laws from their parts' distribution functions, as tables that have a transform. It
//! knows which steps need that, nothing of stations.

use super::Solver;
use super::fit::{self, Fit};
use super::flow::at_least;
use super::mixed::{Inversion, Share};
use super::percentile::Workspace;
use super::plan::Op;
use super::table::Table;
use crate::network::Network;
use crate::theory::fork_join::largest_survival;
use crate::theory::special::survival_quantile;
use crate::theory::transform::{Outline, Precision};

impl Solver {
    /// Whether the node's law is tabulated rather than composed.
    pub(super) fn is_special(&self, index: u32) -> bool {
        match self.plan.nodes[index as usize].op {
            Op::Parallel | Op::Quorum { .. } => true,
            Op::Attempt { index } => self.plan.attempts[index as usize].timeout.is_finite(),
            _ => false,
        }
    }

    /// The constant part of a tabulated node's time, seconds.
    pub(super) fn special_shift(&self, index: u32, shifts: &[f64]) -> f64 {
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node).iter();
        let mut of_children = children.map(|child| shifts[child.node as usize]);
        match node.op {
            Op::Parallel => of_children.fold(0.0, f64::max),
            Op::Quorum { needed } => {
                let mut shifts: Vec<f64> = of_children.by_ref().collect();
                shifts.sort_by(f64::total_cmp);
                shifts[needed as usize - 1]
            }
            Op::Attempt { index } => {
                of_children.fold(self.plan.attempts[index as usize].timeout, f64::min)
            }
            _ => 0.0,
        }
    }

    /// Whether the two-moment fits of a group's parts are their laws: exponentials after constants. Time-outs keep their fits.
    pub(super) fn fits_exactly(&self, shifts: &[f64], index: u32) -> bool {
        let node = &self.plan.nodes[index as usize];
        matches!(node.op, Op::Attempt { .. })
            || self.plan.children(node).iter().all(|child| {
                let ended = self.outcomes[child.node as usize].ended();
                let rest = ended.mean() - shifts[child.node as usize];
                (ended.variance() - rest * rest).abs() <= 1e-9 * ended.mean() * ended.mean()
            })
    }

    /// The law of a parallel group, quorum or cut-off attempt, beside its constant part.
    pub(super) fn tabulate(
        &self,
        network: &Network,
        work: &mut Workspace,
        index: u32,
        precision: Precision,
    ) -> Table {
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node);
        let own = work.shifts[index as usize];
        let (limit, needed) = match node.op {
            Op::Attempt { index } => (self.plan.attempts[index as usize].timeout - own, 1),
            Op::Quorum { needed } => (f64::INFINITY, needed),
            _ => (f64::INFINITY, children.len() as u32),
        };
        if let Some(stages) = self.stages(&work.shifts, index, needed, precision) {
            return Table::of_stages(stages);
        }
        let mut mean = 0.0_f64;
        let mut deviation = 0.0_f64;
        for child in children {
            let ended = self.outcomes[child.node as usize].ended();
            mean = mean.max(ended.mean() - work.shifts[child.node as usize]);
            deviation = deviation.max(libm::sqrt(ended.variance()));
        }
        let (mut table, places) = Table::grid(mean, deviation, limit);
        let ratio = self.fork_ratio(index);
        let mut at = |ratio: f64| {
            let places: Vec<f64> = places.iter().map(|place| place / ratio).collect();
            self.group_survival(network, work, (index, needed), &places, precision)
        };
        let whole = self.outcomes[index as usize].ended().mean();
        let survival = match self.together(network, index, &self.outcomes, whole) {
            None => at(ratio),
            // Here beside the law that the parts have, whose constant part may be more than constant times.
            Some(_) => {
                let independent = at(1.0);
                let mean = own + integral(&places, &independent);
                match self.together(network, index, &self.outcomes, mean) {
                    Some((constant, ratio)) if mean > own => {
                        let together = constant + ratio * (mean - constant);
                        at(((together - own) / (mean - own)).max(1e-3))
                    }
                    _ => independent,
                }
            }
        };
        table.fill(&survival);
        table
    }

    /// P(T > constant part + t) at these places of a group that waits for so many of its calls, each of them independent.
    fn group_survival(
        &self,
        network: &Network,
        work: &mut Workspace,
        (index, needed): (u32, u32),
        places: &[f64],
        precision: Precision,
    ) -> Vec<f64> {
        let children = self.plan.children(&self.plan.nodes[index as usize]);
        let own = work.shifts[index as usize];
        let mut survivals: Vec<Vec<f64>> = Vec::with_capacity(children.len());
        for (position, child) in children.iter().enumerate() {
            // Equal calls (a quorum's) have equal laws.
            if let Some(same) = children[..position]
                .iter()
                .position(|other| other.node == child.node)
            {
                survivals.push(survivals[same].clone());
                continue;
            }
            let lead = own - work.shifts[child.node as usize];
            survivals.push(self.survival(network, work, child.node, lead, places, precision));
        }
        (0..places.len())
            .map(|place| {
                1.0 - at_least(
                    needed,
                    survivals.iter().map(|survival| 1.0 - survival[place]),
                )
            })
            .collect()
    }

    /// Stages whose sum a group's time is, where its parts are equal exponentials after equal constants, or nearly so.
    fn stages(
        &self,
        shifts: &[f64],
        index: u32,
        needed: u32,
        precision: Precision,
    ) -> Option<Vec<f64>> {
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node);
        if matches!(node.op, Op::Attempt { .. }) {
            return None;
        }
        // The second moment tells how far from exponential a time is; a few per cent move percentiles by less.
        let slack = match precision {
            Precision::Fast => 0.05,
            Precision::Exact => 1e-9,
        };
        let whole = self.outcomes[index as usize].ended();
        if precision == Precision::Fast && libm::sqrt(whole.variance()) <= 0.01 * whole.mean() {
            // All but constant: one stage for the little that varies.
            return Some(vec![(whole.mean() - shifts[index as usize]).max(0.0)]);
        }
        let mut alike: Option<(f64, f64)> = None;
        for child in children {
            let ended = self.outcomes[child.node as usize].ended();
            let shift = shifts[child.node as usize];
            let rest = ended.mean() - shift;
            let exponential = (ended.variance() - rest * rest).abs() <= slack * rest * rest;
            let (first_shift, first) = *alike.get_or_insert((shift, rest));
            let same = (shift - first_shift).abs() <= 1e-9 * (shift + rest)
                && (rest - first).abs() <= 1e-9 * rest;
            if !exponential || !same || rest <= 0.0 {
                return None;
            }
        }
        let ratio = self.fork_ratio(index);
        let mean = alike?.1 * ratio;
        Some(fit::stages(mean, children.len(), needed).collect())
    }

    /// A fork-join queue's time as a share of what independent branches would take; 1 elsewhere.
    pub(super) fn fork_ratio(&self, index: u32) -> f64 {
        self.forks
            .iter()
            .find(|(fork, _)| *fork == index)
            .map_or(1.0, |(_, ratio)| *ratio)
    }

    /// P(T > constant part + t + lead) of a node's time, given that it ends, at each of the places.
    pub(super) fn survival(
        &self,
        network: &Network,
        work: &mut Workspace,
        node: u32,
        lead: f64,
        places: &[f64],
        precision: Precision,
    ) -> Vec<f64> {
        let ended = self.outcomes[node as usize].ended();
        let outline = Outline {
            mean: ended.mean() - work.shifts[node as usize],
            variance: ended.variance(),
            shift: 0.0,
        };
        if outline.mean <= 1e-12 * ended.mean() || ended.mass <= 0.0 {
            return places
                .iter()
                .map(|t| if *t + lead < 0.0 { 1.0 } else { 0.0 })
                .collect();
        }
        let visit = super::compose::only_visit(&self.plan, node).is_some();
        if precision == Precision::Fast && visit {
            // One visit after constants: two moments say nearly all.
            let fit = Fit::new(outline.mean, outline.variance);
            return places.iter().map(|t| fit.survival(t + lead)).collect();
        }
        let constant = work.shifts[node as usize];
        let mixed = self.mixed(work, std::iter::once((1.0, node)), true);
        let mut inversion = Inversion::new(&mixed, precision, |share: &Share, half_period: f64| {
            self.panel(network, work, share, half_period, precision)
        });
        // From the largest time down, so that a panel serves all within its reach.
        let mut result: Vec<f64> = places
            .iter()
            .rev()
            .map(|place| inversion.survival(constant + place + lead, 1.0))
            .collect();
        result.reverse();
        result
    }

    /// The parallel group that a class's time consists of, beside constants, where that is all and it can't fail.
    pub(super) fn only_parallel(&self, class: u32) -> Option<u32> {
        let mut roots = self.class_roots(class).map(|(_, node)| node);
        let (Some(mut node), None) = (roots.next(), roots.next()) else {
            return None;
        };
        loop {
            let at = &self.plan.nodes[node as usize];
            match at.op {
                Op::Parallel if self.rates.pass[node as usize] >= 1.0 => return Some(node),
                Op::Sequence => {
                    let mut random = self
                        .plan
                        .children(at)
                        .iter()
                        .map(|child| child.node)
                        .filter(|child| {
                            let child = self.plan.nodes[*child as usize].op;
                            !matches!(child, Op::Done | Op::Constant { .. } | Op::Detach)
                        });
                    let (Some(only), None) = (random.next(), random.next()) else {
                        return None;
                    };
                    node = only;
                }
                _ => return None,
            }
        }
    }

    /// Quantiles of a parallel group from its branches' own distributions, without the table between: as precise as those are.
    pub(super) fn parallel_quantiles(
        &mut self,
        network: &Network,
        node: u32,
        shift: f64,
        probabilities: &[f64],
        out: &mut [f64],
    ) -> Option<()> {
        let mut work = std::mem::take(&mut self.transforms);
        let children: Vec<u32> = self
            .plan
            .children(&self.plan.nodes[node as usize])
            .iter()
            .map(|child| child.node)
            .collect();
        let (own, ratio) = (work.shifts[node as usize], self.fork_ratio(node));
        let scale = self.outcomes[node as usize].ended().mean() - own;
        let mut survival = |t: f64| {
            let each = children.iter().map(|child| {
                let lead = own - work.shifts[*child as usize];
                self.survival(
                    network,
                    &mut work,
                    *child,
                    lead,
                    &[t / ratio],
                    Precision::Exact,
                )[0]
            });
            largest_survival(each.collect::<Vec<f64>>())
        };
        let found: Option<Vec<f64>> = probabilities
            .iter()
            .map(|probability| {
                survival_quantile(&mut survival, 1.0 - probability, scale.max(1e-300))
            })
            .collect();
        self.transforms = work;
        for (out, quantile) in out.iter_mut().zip(found?) {
            *out = shift + quantile;
        }
        Some(())
    }
}

/// The integral of a survival function that is 1 at the beginning, told at these places.
fn integral(places: &[f64], survival: &[f64]) -> f64 {
    let (mut sum, mut before) = (0.0, (0.0, 1.0));
    for (place, here) in places.iter().zip(survival) {
        sum += 0.5 * (before.1 + here) * (place - before.0);
        before = (*place, *here);
    }
    sum
}
