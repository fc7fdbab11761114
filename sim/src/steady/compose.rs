//! Mean and second moment of every step's time, composed from the stations' answers; and what doesn't compose by sums and products, by
//! fits of two moments. It knows no transforms.

use super::Solver;
use super::fit::{Fit, order_statistic};
use super::flow::at_least;
use super::outcome::{Law as _, Moments, Outcome};
use super::plan::{Op, Plan};
use super::route::{Probe, retry};
use super::station::{Basis, Load, Part, Queue};
use crate::network::{Discipline, Instances, Network};
use crate::theory::fork_join::{ForkJoin, several_branches};

impl Solver {
    /// Mean and second moment of every node's time.
    pub(super) fn compose(&mut self, network: &Network) {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        let mut unsteady = std::mem::take(&mut self.unsteady);
        let mut forks = std::mem::take(&mut self.forks);
        outcomes.clear();
        unsteady.clear();
        forks.clear();
        outcomes.reserve(self.plan.nodes.len());
        unsteady.reserve(self.plan.nodes.len());
        let (mut applied, mut delivered) = (0, 0);
        for index in 0..self.plan.nodes.len() as u32 {
            if self
                .plan
                .applied
                .get(applied)
                .is_some_and(|known| known.node == index)
            {
                let seconds = self.held_up(network, applied, &outcomes);
                self.plan.nodes[index as usize].op = Op::Constant { seconds };
                applied += 1;
            }
            if let Some(known) = self.plan.deliveries.get(delivered)
                && known.node == index
            {
                let invisible = self.invisible_after_failure(*known, &outcomes);
                self.plan.attempts[known.attempt as usize].backoff = invisible;
                delivered += 1;
            }
            let common = match self.rates.lossless {
                true => self.compose_common::<true>(index, &outcomes, &unsteady),
                false => self.compose_common::<false>(index, &outcomes, &unsteady),
            };
            let (outcome, stays) = match common {
                Some((success, stays)) => (Outcome::sure(success), stays),
                None => {
                    let (outcome, stays, fork) = match self.rates.lossless {
                        true => self.compose_node::<true>(network, index, &outcomes, &unsteady),
                        false => self.compose_node::<false>(network, index, &outcomes, &unsteady),
                    };
                    forks.extend(fork.map(|ratio| (index, ratio)));
                    (outcome, stays)
                }
            };
            outcomes.push(outcome);
            unsteady.push(stays);
        }
        (self.outcomes, self.unsteady, self.forks) = (outcomes, unsteady, forks);
    }

    /// The time of one of the common kinds of nodes where it surely ends well (as all do if `SURE`), and whether it has no steady state: the same as
    /// [`Self::compose_node`] says, without what other ends and kinds need.
    #[inline(always)]
    fn compose_common<const SURE: bool>(
        &self,
        index: u32,
        outcomes: &[Outcome<Moments>],
        unsteady: &[bool],
    ) -> Option<(Moments, bool)> {
        let node = &self.plan.nodes[index as usize];
        let lets_all_in = |station: u32| {
            let flow = &self.plan.flows[node.flow as usize];
            let classes = self.admissions.len() / self.queues.len();
            SURE || self.admissions[station as usize * classes + flow.class as usize].pass >= 1.0
        };
        let ends_well = |child: u32| SURE || outcomes[child as usize].is_sure();
        Some(match node.op {
            Op::Done | Op::Detach => (Moments::AT_ONCE, false),
            Op::Constant { seconds } => (Moments::constant(seconds), false),
            Op::Serve { station, law } => {
                let queue = &self.queues[station as usize];
                if queue.starving || !lets_all_in(station) {
                    return None;
                }
                let time = if queue.parts == 1 && !queue.by_class && !self.closed.active() {
                    let law = &self.plan.laws[law as usize];
                    self.parts[queue.first_part as usize].visit(law.mean, law.second)
                } else {
                    self.visit_moments(index, station, law)
                };
                (time, queue.unbounded)
            }
            Op::Hold { pool } => {
                let child = self.plan.children(node)[0].node as usize;
                if !lets_all_in(pool) || !ends_well(child as u32) {
                    return None;
                }
                let queue = &self.queues[pool as usize];
                let token = match &self.parts[queue.first_part as usize..][..queue.parts as usize] {
                    [part] => Moments::sure(part.wait, part.second),
                    _ => self.token_moments(pool),
                };
                let held = token.then(outcomes[child].success);
                (held, queue.unbounded || unsteady[child])
            }
            Op::Sequence => {
                let (mut time, mut stays) = (Moments::AT_ONCE, false);
                for child in self.plan.children(node) {
                    if !ends_well(child.node) {
                        return None;
                    }
                    time = time.then(outcomes[child.node as usize].success);
                    stays |= unsteady[child.node as usize];
                }
                (time, stays)
            }
            _ => return None,
        })
    }

    /// Composes one node anew from its children; returns whether anything changed.
    pub(super) fn compose_again(&mut self, network: &Network, index: u32) -> bool {
        let (outcome, stays, fork) =
            self.compose_node::<false>(network, index, &self.outcomes, &self.unsteady);
        match (
            self.forks.binary_search_by_key(&index, |(fork, _)| *fork),
            fork,
        ) {
            (Ok(place), Some(ratio)) => self.forks[place].1 = ratio,
            (Ok(place), None) => {
                self.forks.remove(place);
            }
            (Err(place), Some(ratio)) => self.forks.insert(place, (index, ratio)),
            (Err(_), None) => {}
        }
        let place = index as usize;
        let changed = self.outcomes[place] != outcome || self.unsteady[place] != stays;
        (self.outcomes[place], self.unsteady[place]) = (outcome, stays);
        changed
    }

    /// A node's outcome and whether it has no steady state, from its children's; and the ratio of a fork-join queue.
    fn compose_node<const SURE: bool>(
        &self,
        network: &Network,
        index: u32,
        outcomes: &[Outcome<Moments>],
        unsteady: &[bool],
    ) -> (Outcome<Moments>, bool, Option<f64>) {
        let context = self.context(network);
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node);
        let mut fork = None;
        let mut probe = MomentProbe::<SURE> {
            solver: self,
            special: Outcome::AT_ONCE,
        };
        if matches!(
            node.op,
            Op::Parallel | Op::Quorum { .. } | Op::Attempt { .. }
        ) {
            let special = special_moments(
                &self.plan,
                index,
                outcomes,
                (&self.timeouts, &self.granted),
                &mut probe,
            );
            let lock_step = fork_join(
                &self.plan,
                network,
                index,
                &self.rates.rate,
                &self.loads,
                &self.queues,
            );
            probe.special = match lock_step {
                Some((constant, mean)) if special.ended().mean() > constant => {
                    let ratio = mean / (special.ended().mean() - constant);
                    fork = Some(ratio);
                    special.stretched(constant, ratio)
                }
                _ => {
                    let whole = special.ended().mean();
                    let together = self.together(network, index, outcomes, whole);
                    fork = together.map(|(_, ratio)| ratio);
                    let known = self
                        .refined
                        .binary_search_by_key(&index, |(refined, _)| *refined);
                    match (known, together) {
                        // The tables know what goes together.
                        (Ok(place), _) => special.with_time(self.refined[place].1),
                        (Err(_), Some((constant, ratio))) => special.stretched(constant, ratio),
                        (Err(_), None) => special,
                    }
                }
            };
        }
        let outcome = context.compose(index, outcomes, &mut probe);
        let stays = match node.op {
            Op::Serve { station, .. } => {
                let queue = &self.queues[station as usize];
                let class = self.plan.flows[node.flow as usize].class;
                queue.unbounded
                    || (queue.starving
                        && self.parts[(queue.first_part + class) as usize].pass < 1.0)
            }
            Op::Hold { pool } => {
                self.queues[pool as usize].unbounded || unsteady[children[0].node as usize]
            }
            Op::Detach => false,
            _ => children
                .iter()
                .any(|child| child.weight > 0.0 && unsteady[child.node as usize]),
        };
        (outcome, stays, fork)
    }
}

/// Moments of parallel groups, quorums and attempts with a time-out, by two-moment fits of their parts.
fn special_moments<const SURE: bool>(
    plan: &Plan,
    index: u32,
    outcomes: &[Outcome<Moments>],
    (timeouts, granted): (&[f64], &[f64]),
    probe: &mut MomentProbe<'_, SURE>,
) -> Outcome<Moments> {
    let node = &plan.nodes[index as usize];
    let children = plan.children(node);
    match node.op {
        Op::Attempt { index: attempt } => {
            let rule = plan.attempts[attempt as usize];
            if rule.timeout.is_infinite() {
                return Outcome::AT_ONCE;
            }
            let body = outcomes[children[0].node as usize];
            let cut = cut_off(body, timeouts[attempt as usize], rule.timeout);
            retry(cut, rule, granted[attempt as usize], probe)
        }
        _ => {
            let needed = match node.op {
                Op::Quorum { needed } => needed,
                _ => children.len() as u32,
            };
            let fits: Vec<Fit> = children
                .iter()
                .map(|child| {
                    let ended = outcomes[child.node as usize].ended();
                    Fit::new(ended.mean(), ended.variance())
                })
                .collect();
            let time = order_statistic(&fits, needed);
            let of = |part: fn(&Outcome<Moments>) -> f64| {
                at_least(
                    needed,
                    children
                        .iter()
                        .map(|child| part(&outcomes[child.node as usize])),
                )
            };
            let good = of(|outcome| outcome.success.mass);
            let not_refused = of(|outcome| outcome.answered().mass);
            let ended = of(|outcome| outcome.ended().mass);
            Outcome {
                success: time.weighted(good),
                error: time.weighted((not_refused - good).max(0.0)),
                refused: time.weighted((ended - not_refused).max(0.0)),
            }
        }
    }
}

/// The constant part and the mean of the rest of the response time of a parallel group whose calls go to single exponential servers that serve nothing else: a fork-join queue,
/// whose branches wait together and so end closer together than independent ones.
fn fork_join(
    plan: &Plan,
    network: &Network,
    index: u32,
    rates: &[f64],
    loads: &[Load],
    queues: &[Queue],
) -> Option<(f64, f64)> {
    let node = &plan.nodes[index as usize];
    let (children, rate) = (plan.children(node), rates[index as usize]);
    if node.op != Op::Parallel || rate <= 0.0 {
        return None;
    }
    let mut services = Vec::with_capacity(children.len());
    let mut constant = None;
    for (place, child) in children.iter().enumerate() {
        let (station, law, before) = only_visit(plan, child.node)?;
        if *constant.get_or_insert(before) != before {
            return None;
        }
        let (spec, load) = (
            &network.stations[station as usize],
            &loads[station as usize],
        );
        let plain = spec.discipline == Discipline::FirstComeFirstServed
            && spec.servers == 1
            && spec.instances == Instances::Fixed(1)
            && spec.capacity.is_none()
            && load.exponential
            && queues[station as usize].basis == Basis::Exact
            && (load.rate / rate - 1.0).abs() < 1e-9
            && !children[..place]
                .iter()
                .any(|other| other.node == child.node);
        if !plain {
            return None;
        }
        services.push(1.0 / plan.laws[law as usize].mean);
    }
    let first = *services.first()?;
    let mean = if services.iter().all(|service| *service == first) {
        ForkJoin::new(rate, first, services.len() as u32).map(|queue| queue.response_time())
    } else {
        several_branches(rate, &services)
    };
    Some((constant?, mean?))
}

/// The visit that a node consists of, beside constant times (which are returned last, in seconds).
pub(super) fn only_visit(plan: &Plan, node: u32) -> Option<(u32, u32, f64)> {
    let at = &plan.nodes[node as usize];
    match at.op {
        Op::Serve { station, law } => Some((station, law, 0.0)),
        Op::Sequence => {
            let (mut found, mut constant) = (None, 0.0);
            for child in plan.children(at) {
                match plan.nodes[child.node as usize].op {
                    Op::Constant { seconds } => constant += seconds,
                    Op::Done => {}
                    _ if found.is_none() => found = Some(only_visit(plan, child.node)?),
                    _ => return None,
                }
            }
            let (station, law, before) = found?;
            Some((station, law, before + constant))
        }
        _ => None,
    }
}

/// Mean time of a first attempt, seconds.
pub(super) fn first_attempt(body: &Outcome<Moments>, late: f64, timeout: f64) -> f64 {
    if timeout.is_finite() {
        cut_off(*body, late, timeout).ended().mean()
    } else {
        body.ended().mean()
    }
}

/// A body whose caller gives up after `timeout` seconds, which happens with probability `late` to those that end.
fn cut_off(body: Outcome<Moments>, late: f64, timeout: f64) -> Outcome<Moments> {
    let ended = body.ended();
    if ended.mass <= 0.0 {
        return Outcome {
            success: Moments::NEVER,
            error: Moments::constant(timeout),
            refused: Moments::NEVER,
        };
    }
    let in_time = 1.0 - late;
    // E[min(T, timeout)] of the fitted law, less what those who gave up contribute.
    let fit = Fit::new(ended.mean(), ended.variance());
    let (first, second) = fit.until(timeout);
    let first = (first - late * timeout).max(0.0);
    let second = (second - late * timeout * timeout).max(0.0);
    let share = |mass: f64| {
        let part = mass / ended.mass;
        Moments {
            mass: mass * in_time,
            first: ended.mass * part * first,
            second: ended.mass * part * second,
        }
    };
    let given_up = 1.0 - ended.mass * in_time;
    Outcome {
        success: share(body.success.mass),
        error: share(body.error.mass).or(Moments::constant(timeout).weighted(given_up)),
        refused: share(body.refused.mass),
    }
}

/// Answers the composition with moments; where everything surely ends well (`SURE`) other ends cost nothing.
struct MomentProbe<'a, const SURE: bool> {
    solver: &'a Solver,
    special: Outcome<Moments>,
}

impl Solver {
    /// Moments of the wait for a token.
    pub(super) fn token_moments(&self, pool: u32) -> Moments {
        self.parts_of(&self.queues[pool as usize])
            .iter()
            .fold(Moments::NEVER, |sum, part| {
                sum.or(Moments::sure(part.wait, part.second).weighted(part.share))
            })
    }

    /// Moments of a visit's wait and service.
    pub(super) fn visit_moments(&self, node: u32, station: u32, law: u32) -> Moments {
        let law = &self.plan.laws[law as usize];
        if let Some(part) = self.own_part(node, station) {
            return part.visit(law.mean, law.second);
        }
        let mut time = Moments::NEVER;
        let flow = self.plan.nodes[node as usize].flow as usize;
        for (share, part) in self.met_by(station, self.plan.flows[flow].class as usize) {
            time = time.or(part.visit(law.mean, law.second).weighted(share));
        }
        time
    }

    /// The part that is the visitor's own, where waits differ by class or population rather than by group of instances.
    pub(super) fn own_part(&self, node: u32, station: u32) -> Option<&Part> {
        let flow = &self.plan.flows[self.plan.nodes[node as usize].flow as usize];
        if self.closed.active()
            && let Some(part) = self.closed.part(station, flow.driver)
        {
            return Some(part);
        }
        let queue = &self.queues[station as usize];
        queue
            .by_class
            .then(|| &self.parts[(queue.first_part + flow.class) as usize])
    }
}

impl<const SURE: bool> Probe for MomentProbe<'_, SURE> {
    type Law = Moments;

    const SURE: bool = SURE;

    #[inline]
    fn never(&self) -> Moments {
        Moments::NEVER
    }

    #[inline]
    fn at_once(&self) -> Moments {
        Moments::AT_ONCE
    }

    #[inline]
    fn or(&mut self, one: Moments, other: Moments) -> Moments {
        one.or(other)
    }

    #[inline]
    fn then(&mut self, first: Moments, next: Moments) -> Moments {
        first.then(next)
    }

    #[inline]
    fn weighted(&mut self, law: Moments, probability: f64) -> Moments {
        law.weighted(probability)
    }

    fn constant(&mut self, seconds: f64) -> Moments {
        Moments::constant(seconds)
    }

    fn delay(&mut self, law: u32) -> Moments {
        let law = &self.solver.plan.laws[law as usize];
        Moments::sure(law.mean, law.second)
    }

    fn visit(&mut self, node: u32, station: u32, law: u32) -> Moments {
        self.solver.visit_moments(node, station, law)
    }

    fn token(&mut self, _node: u32, pool: u32) -> Moments {
        self.solver.token_moments(pool)
    }

    fn backoff(&mut self, mean: f64) -> Moments {
        Moments::sure(mean, 2.0 * mean * mean)
    }

    fn special(&mut self, _node: u32) -> Outcome<Moments> {
        self.special
    }
}
