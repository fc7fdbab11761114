//! Composing a route's time from its steps' times: the same rules for moments and for transforms. It knows what steps mean, not
//! how stations behave.

use super::outcome::Outcome;
use super::plan::{Op, Plan, Retrying};
use crate::scenario::Jitter;

/// What the composition asks about single steps, and how it puts them together.
pub(super) trait Probe {
    /// A (possibly defective) law of a time: its moments, or what its transform is made of.
    type Law: Copy;
    /// Whether everything surely ends well, so that other ends needn't be followed.
    const SURE: bool = false;
    /// Never happens.
    fn never(&self) -> Self::Law;
    /// Happens at once, surely.
    fn at_once(&self) -> Self::Law;
    /// Either of two exclusive cases.
    fn or(&mut self, one: Self::Law, other: Self::Law) -> Self::Law;
    /// One after the other.
    fn then(&mut self, first: Self::Law, next: Self::Law) -> Self::Law;
    /// With this probability.
    fn weighted(&mut self, law: Self::Law, probability: f64) -> Self::Law;
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

    /// This, and after a good end the next.
    #[inline]
    fn both(&mut self, first: Outcome<Self::Law>, next: Outcome<Self::Law>) -> Outcome<Self::Law> {
        if Self::SURE {
            let success = self.then(first.success, next.success);
            return self.well(success);
        }
        let error = self.then(first.success, next.error);
        let refused = self.then(first.success, next.refused);
        Outcome {
            success: self.then(first.success, next.success),
            error: self.or(first.error, error),
            refused: self.or(first.refused, refused),
        }
    }

    /// Either of two exclusive cases.
    #[inline]
    fn either(&mut self, one: Outcome<Self::Law>, other: Outcome<Self::Law>) -> Outcome<Self::Law> {
        if Self::SURE {
            let success = self.or(one.success, other.success);
            return self.well(success);
        }
        Outcome {
            success: self.or(one.success, other.success),
            error: self.or(one.error, other.error),
            refused: self.or(one.refused, other.refused),
        }
    }

    /// With this probability.
    #[inline]
    fn perhaps(&mut self, outcome: Outcome<Self::Law>, probability: f64) -> Outcome<Self::Law> {
        if Self::SURE {
            let success = self.weighted(outcome.success, probability);
            return self.well(success);
        }
        Outcome {
            success: self.weighted(outcome.success, probability),
            error: self.weighted(outcome.error, probability),
            refused: self.weighted(outcome.refused, probability),
        }
    }

    /// After a time that passes in any case.
    #[inline]
    fn after(&mut self, time: Self::Law, outcome: Outcome<Self::Law>) -> Outcome<Self::Law> {
        if Self::SURE {
            let success = self.then(time, outcome.success);
            return self.well(success);
        }
        Outcome {
            success: self.then(time, outcome.success),
            error: self.then(time, outcome.error),
            refused: self.then(time, outcome.refused),
        }
    }

    /// Always ends well, after this.
    #[inline]
    fn well(&self, success: Self::Law) -> Outcome<Self::Law> {
        Outcome {
            success,
            error: self.never(),
            refused: self.never(),
        }
    }
}

/// What the routes depend on besides the laws of single steps.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    /// Hit ratios by store, then class.
    pub hits: &'a [f64],
    /// Admissions by station, then class.
    pub admissions: &'a [super::flow::Admission],
    /// Probability that a budget allows a retry, by attempt.
    pub granted: &'a [f64],
    pub classes: usize,
}

impl Context<'_> {
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
            Op::Done | Op::Detach => probe.well(probe.at_once()),
            Op::Constant { seconds } => {
                let time = probe.constant(seconds);
                probe.well(time)
            }
            Op::Delay { law } => {
                let time = probe.delay(law);
                probe.well(time)
            }
            Op::Serve { station, law } => {
                let admission = self.admission(station, node.flow);
                let visit = probe.visit(index, station, law);
                if admission.pass >= 1.0 {
                    probe.well(visit)
                } else {
                    Outcome {
                        success: probe.weighted(visit, admission.pass),
                        error: probe.never(),
                        refused: probe.weighted(probe.at_once(), admission.refuse),
                    }
                }
            }
            Op::Hold { pool } => {
                let admission = self.admission(pool, node.flow);
                let token = probe.token(index, pool);
                let held = probe.after(token, value(0));
                if admission.pass >= 1.0 {
                    held
                } else {
                    let mut held = probe.perhaps(held, admission.pass);
                    let refused = probe.weighted(probe.at_once(), admission.refuse);
                    held.refused = probe.or(held.refused, refused);
                    held
                }
            }
            Op::Sequence => {
                let mut all = probe.well(probe.at_once());
                for child in children {
                    all = probe.both(all, values[child.node as usize]);
                }
                all
            }
            Op::Parallel | Op::Quorum { .. } => probe.special(index),
            Op::Branch => {
                let mut sum = nothing(probe);
                for child in children.iter().filter(|child| child.weight > 0.0) {
                    let case = probe.perhaps(values[child.node as usize], child.weight);
                    sum = probe.either(sum, case);
                }
                sum
            }
            Op::Lookup { store } => {
                let hit = self.hit(store, node.flow);
                let mut sum = nothing(probe);
                for (child, weight) in [(0, hit), (1, 1.0 - hit)] {
                    if weight > 0.0 {
                        let case = probe.perhaps(value(child), weight);
                        sum = probe.either(sum, case);
                    }
                }
                sum
            }
            Op::Repeat { count } => {
                let (whole, part) = (count.floor(), count - count.floor());
                let mut all = power(value(0), whole as u32, probe);
                if part > 0.0 {
                    let again = probe.perhaps(value(0), part);
                    let enough = probe.weighted(probe.at_once(), 1.0 - part);
                    let enough = probe.well(enough);
                    let last = probe.either(again, enough);
                    all = probe.both(all, last);
                }
                all
            }
            Op::Fail { probability } => Outcome {
                success: probe.weighted(probe.at_once(), 1.0 - probability),
                error: probe.weighted(probe.at_once(), probability),
                refused: probe.never(),
            },
            Op::Attempt { index: attempt } => {
                let rule = self.plan.attempts[attempt as usize];
                if rule.timeout.is_finite() {
                    return probe.special(index);
                }
                retry(value(0), rule, self.granted[attempt as usize], probe)
            }
        }
    }
}

/// The same this many times in a row, by squaring: a query may read a million rows.
fn power<P: Probe>(value: Outcome<P::Law>, times: u32, probe: &mut P) -> Outcome<P::Law> {
    let (mut all, mut squared, mut left) = (probe.well(probe.at_once()), value, times);
    while left > 0 {
        if left & 1 == 1 {
            all = probe.both(all, squared);
        }
        left >>= 1;
        if left > 0 {
            squared = probe.both(squared, squared);
        }
    }
    all
}

fn nothing<P: Probe>(probe: &P) -> Outcome<P::Law> {
    Outcome {
        success: probe.never(),
        error: probe.never(),
        refused: probe.never(),
    }
}

/// A wait of this mean, by the first two moments where it is uniform: a uniform time from 0 to 2 m varies as three exponential ones in
/// a row do, by c² = 1/3.
fn wait<P: Probe>(jitter: Jitter, mean: f64, probe: &mut P) -> P::Law {
    let stages = |mean: f64, probe: &mut P| {
        let stage = probe.backoff(mean / 3.0);
        let two = probe.then(stage, stage);
        probe.then(two, stage)
    };
    match jitter {
        Jitter::Exponential => probe.backoff(mean),
        Jitter::None => probe.constant(mean),
        Jitter::Full => stages(mean, probe),
        Jitter::Equal => {
            let varying = stages(mean / 3.0, probe);
            let fixed = probe.constant(mean * 2.0 / 3.0);
            probe.then(fixed, varying)
        }
    }
}

/// Up to as many further attempts as the rule says, each after a failure and a wait whose mean grows as it says, if the budget grants it.
pub(super) fn retry<P: Probe>(
    attempt: Outcome<P::Law>,
    rule: Retrying,
    granted: f64,
    probe: &mut P,
) -> Outcome<P::Law> {
    let mut success = attempt.success;
    let (mut error, mut refused) = (attempt.error, attempt.refused);
    let mut withheld = (probe.never(), probe.never());
    let mut mean = rule.backoff;
    for _ in 0..rule.retries {
        let mut pause = probe.or(error, refused);
        if granted < 1.0 {
            let (errors, refusals) = (
                probe.weighted(error, 1.0 - granted),
                probe.weighted(refused, 1.0 - granted),
            );
            withheld = (probe.or(withheld.0, errors), probe.or(withheld.1, refusals));
            pause = probe.weighted(pause, granted);
        }
        if mean > 0.0 {
            let wait = wait(rule.jitter, mean, probe);
            pause = probe.then(pause, wait);
        }
        let better = probe.then(pause, attempt.success);
        success = probe.or(success, better);
        error = probe.then(pause, attempt.error);
        refused = probe.then(pause, attempt.refused);
        mean *= rule.growth;
    }
    if granted < 1.0 {
        error = probe.or(error, withheld.0);
        refused = probe.or(refused, withheld.1);
    }
    Outcome {
        success,
        error,
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steady::outcome::{Law as _, Moments};

    /// Composes moments and knows no steps.
    struct Plain;

    impl Probe for Plain {
        type Law = Moments;

        fn never(&self) -> Moments {
            Moments::NEVER
        }

        fn at_once(&self) -> Moments {
            Moments::AT_ONCE
        }

        fn or(&mut self, one: Moments, other: Moments) -> Moments {
            one.or(other)
        }

        fn then(&mut self, first: Moments, next: Moments) -> Moments {
            first.then(next)
        }

        fn weighted(&mut self, law: Moments, probability: f64) -> Moments {
            law.weighted(probability)
        }

        fn constant(&mut self, seconds: f64) -> Moments {
            Moments::constant(seconds)
        }

        fn delay(&mut self, _law: u32) -> Moments {
            Moments::NEVER
        }

        fn visit(&mut self, _node: u32, _station: u32, _law: u32) -> Moments {
            Moments::NEVER
        }

        fn token(&mut self, _node: u32, _pool: u32) -> Moments {
            Moments::NEVER
        }

        fn backoff(&mut self, mean: f64) -> Moments {
            Moments::sure(mean, 2.0 * mean * mean)
        }

        fn special(&mut self, _node: u32) -> Outcome<Moments> {
            Outcome::AT_ONCE
        }
    }

    const FAILING: Outcome<Moments> = Outcome {
        success: Moments {
            mass: 0.9,
            first: 0.9,
            second: 0.9,
        },
        error: Moments {
            mass: 0.1,
            first: 0.1,
            second: 0.1,
        },
        refused: Moments::NEVER,
    };

    #[test]
    fn a_failure_ends_a_sequence_and_keeps_the_time_until_then() {
        let after = Plain.well(Moments::constant(2.0));
        let route = Plain.both(FAILING, after);
        assert!((route.success.mean() - 3.0).abs() < 1e-15);
        assert!((route.error.mean() - 1.0).abs() < 1e-15);
        assert!((route.ended().mass - 1.0).abs() < 1e-15);
    }

    const RULE: Retrying = Retrying {
        timeout: f64::INFINITY,
        retries: 2,
        backoff: 10.0,
        growth: 2.0,
        jitter: Jitter::None,
        budget: None,
    };

    #[test]
    fn what_a_budget_withholds_fails_at_once() {
        let tried = retry(FAILING, RULE, 0.5, &mut Plain);
        // 0.1 fail, half of which are tried again, and so on.
        let good = 0.9 * (1.0 + 0.05 + 0.0025);
        assert!((tried.success.mass - good).abs() < 1e-15);
        assert!((tried.ended().mass - 1.0).abs() < 1e-15);
        assert!((tried.error.mass - (0.05 + 0.0025 + 0.1 * 0.0025)).abs() < 1e-15);
    }

    #[test]
    fn jitter_changes_the_variance_of_a_wait_alone() {
        for (jitter, variance) in [
            (Jitter::None, 0.0),
            (Jitter::Full, 4.0 / 12.0),
            (Jitter::Equal, 4.0 / 9.0 / 12.0),
        ] {
            let law = wait(jitter, 1.0, &mut Plain);
            assert!((law.mean() - 1.0).abs() < 1e-15, "{jitter:?}");
            assert!((law.variance() - variance).abs() < 1e-15, "{jitter:?}");
        }
    }

    #[test]
    fn retries_wait_longer_each_time() {
        let tried = retry(FAILING, RULE, 1.0, &mut Plain);
        assert!((tried.success.mass - 0.999).abs() < 1e-15);
        // Three attempts of a second, with waits of ten and twenty seconds between them.
        assert!((tried.error.mean() - 33.0).abs() < 1e-12);
    }
}
