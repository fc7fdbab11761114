//! Composing a route's time from its steps' times: the same rules for moments and for transforms. It knows what steps mean, not
//! how stations behave.

use super::outcome::{Law, Outcome};
use super::plan::{Op, Plan};

/// What the composition asks about single steps.
pub(super) trait Probe {
    /// Moments, or the transform at one point.
    type Law: Law;
    /// A constant time.
    fn constant(&mut self, seconds: f64) -> Self::Law;
    /// A random time with this law.
    fn delay(&mut self, law: u32) -> Self::Law;
    /// Wait and service of a served visit.
    fn visit(&mut self, node: u32, station: u32, law: u32) -> Self::Law;
    /// The wait for a token.
    fn token(&mut self, node: u32, pool: u32) -> Self::Law;
    /// An exponential wait before a retry with this mean.
    fn backoff(&mut self, mean: f64) -> Self::Law;
    /// The answer for steps that don't compose by sums and products (parallel groups, time-outs), worked out beforehand.
    fn special(&mut self, node: u32) -> Outcome<Self::Law>;
}

/// What the routes depend on besides the laws of single steps.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    /// Hit ratios by store, then class.
    pub hits: &'a [f64],
    /// Probability of a good end, by node.
    pub pass: &'a [f64],
    /// Admissions by station, then class.
    pub admissions: &'a [super::flow::Admission],
    pub classes: usize,
    /// The constant part of every node's time, seconds, left out of its law; empty when laws are whole.
    pub shifts: &'a [f64],
}

impl Context<'_> {
    fn shift(&self, node: u32) -> f64 {
        if self.shifts.is_empty() {
            0.0
        } else {
            self.shifts[node as usize]
        }
    }

    fn admission(&self, station: u32, flow: u32) -> super::flow::Admission {
        self.admissions
            [station as usize * self.classes + self.plan.flows[flow as usize].class as usize]
    }

    /// The hit ratio of a look-up by this flow.
    pub fn hit(&self, store: u32, flow: u32) -> f64 {
        self.hits[store as usize * self.classes + self.plan.flows[flow as usize].class as usize]
    }

    /// Composes the node from its children, which `values` holds already.
    #[inline]
    pub fn compose<P: Probe>(
        &self,
        index: u32,
        values: &[Outcome<P::Law>],
        probe: &mut P,
    ) -> Outcome<P::Law> {
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node);
        let value = |child: usize| values[children[child].node as usize];
        match node.op {
            Op::Done | Op::Detach => Outcome::AT_ONCE,
            Op::Constant { seconds } => Outcome::well(if self.shifts.is_empty() {
                probe.constant(seconds)
            } else {
                P::Law::AT_ONCE
            }),
            Op::Delay { law } => Outcome::well(probe.delay(law)),
            Op::Serve { station, law } => {
                let admission = self.admission(station, node.flow);
                let visit = probe.visit(index, station, law);
                if admission.pass >= 1.0 {
                    Outcome::well(visit)
                } else {
                    Outcome {
                        success: visit.weighted(admission.pass),
                        error: P::Law::NEVER,
                        refused: P::Law::AT_ONCE.weighted(admission.refuse),
                    }
                }
            }
            Op::Hold { pool } => {
                let admission = self.admission(pool, node.flow);
                let token = probe.token(index, pool);
                let held = value(0).after(token);
                if admission.pass >= 1.0 {
                    held
                } else {
                    let mut held = held.weighted(admission.pass);
                    held.refused = held.refused.or(P::Law::AT_ONCE.weighted(admission.refuse));
                    held
                }
            }
            Op::Sequence => self.sequence(children.iter().map(|child| child.node), values, probe),
            Op::Parallel | Op::Quorum { .. } => probe.special(index),
            Op::Branch => children.iter().fold(NOTHING::<P::Law>(), |sum, child| {
                if child.weight <= 0.0 {
                    return sum;
                }
                let late = self.shift(child.node) - self.shift(index);
                sum.or(later(values[child.node as usize], late, probe).weighted(child.weight))
            }),
            Op::Lookup { store } => {
                let hit = self.hit(store, node.flow);
                let mut sum = NOTHING::<P::Law>();
                for (child, weight) in [(0, hit), (1, 1.0 - hit)] {
                    if weight > 0.0 {
                        let late = self.shift(children[child].node) - self.shift(index);
                        sum = sum.or(later(value(child), late, probe).weighted(weight));
                    }
                }
                sum
            }
            Op::Repeat { count } => {
                let body = children[0].node;
                let (whole, part) = (count.floor(), count - count.floor());
                let mut all = match whole as u32 {
                    0 => Outcome::AT_ONCE,
                    times if self.pass[body as usize] < 1.0 => {
                        let further = later(value(0), self.shift(body), probe);
                        value(0).then(power(further, times - 1))
                    }
                    times => power(value(0), times),
                };
                if part > 0.0 {
                    // The last, begun by chance, comes later than the constant part that is left out of the whole.
                    let last = later(value(0), self.shift(body), probe).weighted(part);
                    all = all.then(last.or(Outcome::AT_ONCE.weighted(1.0 - part)));
                }
                all
            }
            Op::Fail { probability } => Outcome {
                success: P::Law::AT_ONCE.weighted(1.0 - probability),
                error: P::Law::AT_ONCE.weighted(probability),
                refused: P::Law::NEVER,
            },
            Op::Attempt { index: attempt } => {
                let rule = self.plan.attempts[attempt as usize];
                if rule.timeout.is_finite() {
                    return probe.special(index);
                }
                let body = children[0].node;
                let first = value(0);
                let again = later(first, self.shift(body), probe);
                retry(
                    first,
                    again,
                    rule.retries,
                    |mean| probe.backoff(mean),
                    rule.backoff,
                )
            }
        }
    }

    /// One after the other. The constant part left out is the whole sum while nothing can fail before; after the first child that can
    /// fail, later children carry their own constants (see [`Context::shifts`]).
    fn sequence<P: Probe>(
        &self,
        children: impl Iterator<Item = u32>,
        values: &[Outcome<P::Law>],
        probe: &mut P,
    ) -> Outcome<P::Law> {
        let mut all = Outcome::AT_ONCE;
        let mut fallible = false;
        for child in children {
            let next = values[child as usize];
            if fallible {
                all = all.then(later(next, self.shift(child), probe));
            } else {
                all = all.then(next);
            }
            fallible |= self.pass[child as usize] < 1.0;
        }
        all
    }

    /// The constant part of a node's time, from its children's; `special` nodes and stations are asked for theirs.
    pub fn shift_of(&self, index: u32, shifts: &[f64], own: impl Fn(u32) -> f64) -> f64 {
        let node = &self.plan.nodes[index as usize];
        let children = self.plan.children(node);
        let of = |child: u32| shifts[child as usize];
        match node.op {
            Op::Done | Op::Detach | Op::Fail { .. } => 0.0,
            Op::Constant { seconds } => seconds,
            Op::Delay { .. } | Op::Serve { .. } => {
                let refusing = matches!(node.op, Op::Serve { station, .. } if self.admission(station, node.flow).pass < 1.0);
                if refusing { 0.0 } else { own(index) }
            }
            Op::Hold { pool } => {
                if self.admission(pool, node.flow).pass < 1.0 {
                    0.0
                } else {
                    of(children[0].node)
                }
            }
            Op::Sequence => {
                let mut sum = 0.0;
                for child in children {
                    sum += of(child.node);
                    if self.pass[child.node as usize] < 1.0 {
                        break;
                    }
                }
                sum
            }
            Op::Parallel | Op::Quorum { .. } => own(index),
            Op::Branch => least(
                children
                    .iter()
                    .filter(|child| child.weight > 0.0)
                    .map(|child| of(child.node)),
            ),
            Op::Lookup { store } => {
                let hit = self.hit(store, node.flow);
                least(
                    [(0, hit), (1, 1.0 - hit)]
                        .into_iter()
                        .filter(|(_, weight)| *weight > 0.0)
                        .map(|(child, _)| of(children[child].node)),
                )
            }
            Op::Repeat { count } => {
                let body = children[0].node;
                if count < 1.0 {
                    0.0
                } else if self.pass[body as usize] < 1.0 {
                    of(body)
                } else {
                    count.floor() * of(body)
                }
            }
            Op::Attempt { index: attempt } => {
                of(children[0].node).min(self.plan.attempts[attempt as usize].timeout)
            }
        }
    }
}

/// The same this many times in a row, by squaring: a query may read a million rows.
fn power<L: Law>(value: Outcome<L>, times: u32) -> Outcome<L> {
    let (mut all, mut squared, mut left) = (Outcome::AT_ONCE, value, times);
    while left > 0 {
        if left & 1 == 1 {
            all = all.then(squared);
        }
        left >>= 1;
        if left > 0 {
            squared = squared.then(squared);
        }
    }
    all
}

#[allow(
    non_snake_case,
    reason = "reads as the constant that a generic const can't be"
)]
fn NOTHING<L: Law>() -> Outcome<L> {
    Outcome {
        success: L::NEVER,
        error: L::NEVER,
        refused: L::NEVER,
    }
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    let least = values.fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 0.0 }
}

/// The same, this much later.
#[inline]
fn later<P: Probe>(value: Outcome<P::Law>, seconds: f64, probe: &mut P) -> Outcome<P::Law> {
    if seconds > 0.0 && seconds.is_finite() {
        value.after(probe.constant(seconds))
    } else {
        value
    }
}

/// Up to `retries` further attempts, each after a failure and a wait whose mean doubles.
pub(super) fn retry<L: Law>(
    first: Outcome<L>,
    again: Outcome<L>,
    retries: u32,
    mut wait: impl FnMut(f64) -> L,
    backoff: f64,
) -> Outcome<L> {
    let mut success = first.success;
    let (mut error, mut refused) = (first.error, first.refused);
    let mut mean = backoff;
    for _ in 0..retries {
        let pause = if mean > 0.0 {
            error.or(refused).then(wait(mean))
        } else {
            error.or(refused)
        };
        success = success.or(pause.then(again.success));
        (error, refused) = (pause.then(again.error), pause.then(again.refused));
        mean *= 2.0;
    }
    Outcome {
        success,
        error,
        refused,
    }
}
