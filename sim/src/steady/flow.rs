//! The traffic equations: how many requests a second reach every node, given what stations let through and stores answer. It
//! knows nothing of waiting.

use super::plan::{Node, Op, Plan};

/// What becomes of a class's arrivals at a station or pool: let in, refused, or (the rest) left in a backlog for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Admission {
    /// Probability of being served.
    pub pass: f64,
    /// Probability of being refused.
    pub refuse: f64,
}

impl Admission {
    /// Everybody is served.
    pub const ALL: Self = Admission {
        pass: 1.0,
        refuse: 0.0,
    };
}

/// The feedback that the rates depend on.
pub(super) struct Feedback<'a> {
    /// By station, then class.
    pub admissions: &'a [Admission],
    /// Hit ratios by store, then class.
    pub hits: &'a [f64],
    /// Probability that an attempt times out, given that it ends at all, by attempt.
    pub timeouts: &'a [f64],
    /// Probability that a budget allows a retry, by attempt.
    pub granted: &'a [f64],
    /// Number of classes.
    pub classes: usize,
    /// Whether anything can fail, be refused or stay behind.
    pub lossy: bool,
}

/// Rates and end probabilities by node.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    /// Arrivals a second.
    pub rate: Vec<f64>,
    /// Probability that the node ends well.
    pub pass: Vec<f64>,
    /// Probability that it ends badly, but ends.
    pub fail: Vec<f64>,
    /// Whether everything surely ends well.
    pub lossless: bool,
}

impl Rates {
    /// Works the rates out; `sources` are the sources' rates in requests a second.
    pub fn solve(&mut self, plan: &Plan, sources: &[f64], feedback: &Feedback<'_>) {
        // Without losses they are the same for all nodes, and may stand from last time.
        let known = self.lossless && !feedback.lossy && self.pass.len() == plan.nodes.len();
        if !known {
            self.pass.clear();
            self.fail.clear();
        }
        self.lossless = !feedback.lossy;
        if feedback.lossy {
            self.bottom_up(plan, feedback);
        } else if !known {
            self.pass.resize(plan.nodes.len(), 1.0);
            self.fail.resize(plan.nodes.len(), 0.0);
        }
        self.rate.clear();
        self.rate.resize(plan.nodes.len(), 0.0);
        for root in &plan.roots {
            self.rate[root.node as usize] += sources[root.source as usize] * root.share;
        }
        if feedback.lossy {
            self.top_down::<false>(plan, feedback);
        } else {
            self.top_down::<true>(plan, feedback);
        }
    }

    fn bottom_up(&mut self, plan: &Plan, feedback: &Feedback<'_>) {
        for node in &plan.nodes {
            let children = plan.children(node);
            let ends = |child: u32| (self.pass[child as usize], self.fail[child as usize]);
            let class = plan.flows[node.flow as usize].class as usize;
            let (pass, fail) = match node.op {
                Op::Done | Op::Constant { .. } | Op::Delay { .. } | Op::Detach => (1.0, 0.0),
                Op::Serve { station, .. } => {
                    let admission =
                        feedback.admissions[station as usize * feedback.classes + class];
                    (admission.pass, admission.refuse)
                }
                Op::Hold { pool } => {
                    let admission = feedback.admissions[pool as usize * feedback.classes + class];
                    let (pass, fail) = ends(children[0].node);
                    (
                        admission.pass * pass,
                        admission.refuse + admission.pass * fail,
                    )
                }
                Op::Sequence => children
                    .iter()
                    .fold((1.0, 0.0), |(through, failed), child| {
                        let (pass, fail) = ends(child.node);
                        (through * pass, failed + through * fail)
                    }),
                Op::Parallel => {
                    let (through, ended) =
                        children.iter().fold((1.0, 1.0), |(through, ended), child| {
                            let (pass, fail) = ends(child.node);
                            (through * pass, ended * (pass + fail))
                        });
                    (through, ended - through)
                }
                Op::Quorum { needed } => {
                    let through = at_least(
                        needed,
                        children.iter().map(|child| self.pass[child.node as usize]),
                    );
                    let ended = at_least(
                        needed,
                        children
                            .iter()
                            .map(|child| ends(child.node))
                            .map(|(pass, fail)| pass + fail),
                    );
                    (through, (ended - through).max(0.0))
                }
                Op::Branch => children
                    .iter()
                    .fold((0.0, 0.0), |(through, failed), child| {
                        let (pass, fail) = ends(child.node);
                        (through + child.weight * pass, failed + child.weight * fail)
                    }),
                Op::Repeat { count } => {
                    let (pass, fail) = ends(children[0].node);
                    let (whole, part) = (count.floor(), count - count.floor());
                    let through = libm::pow(pass, whole);
                    // Every time that it is reached, a repetition may fail.
                    let begun = repetitions(pass, count);
                    (through * (1.0 - part + part * pass), begun * fail)
                }
                Op::Lookup { store } => {
                    let hit = feedback.hits[store as usize * feedback.classes + class];
                    let (hit_pass, hit_fail) = ends(children[0].node);
                    let (miss_pass, miss_fail) = ends(children[1].node);
                    (
                        hit * hit_pass + (1.0 - hit) * miss_pass,
                        hit * hit_fail + (1.0 - hit) * miss_fail,
                    )
                }
                Op::Fail { probability } => (1.0 - probability, probability),
                Op::Attempt { index } => {
                    let (pass, fail) =
                        attempt(ends(children[0].node), feedback.timeouts[index as usize]);
                    let retries = plan.attempts[index as usize].retries;
                    let granted = feedback.granted[index as usize];
                    (
                        pass * attempts(granted * fail, retries),
                        final_failure(fail, retries, granted),
                    )
                }
            };
            self.pass.push(pass);
            self.fail.push(fail);
        }
    }

    fn top_down<const SURE: bool>(&mut self, plan: &Plan, feedback: &Feedback<'_>) {
        let mut rates = std::mem::take(&mut self.rate);
        for index in (0..plan.nodes.len()).rev() {
            let rate = rates[index];
            if rate != 0.0 {
                hand_down_when::<SURE>(
                    plan,
                    &plan.nodes[index],
                    rate,
                    self,
                    feedback,
                    &mut |child, rate| rates[child as usize] += rate,
                );
            }
        }
        self.rate = rates;
    }
}

/// Hands a node's visits a second on to its children.
#[inline]
pub(super) fn hand_down(
    plan: &Plan,
    node: &Node,
    rate: f64,
    ends: &Rates,
    feedback: &Feedback<'_>,
    hand: &mut impl FnMut(u32, f64),
) {
    hand_down_when::<false>(plan, node, rate, ends, feedback, hand);
}

/// The same, where everything surely ends well (`SURE`) without asking how it ends.
#[inline(always)]
fn hand_down_when<const SURE: bool>(
    plan: &Plan,
    node: &Node,
    rate: f64,
    ends: &Rates,
    feedback: &Feedback<'_>,
    hand: &mut impl FnMut(u32, f64),
) {
    let children = plan.children(node);
    match node.op {
        Op::Done | Op::Constant { .. } | Op::Delay { .. } | Op::Serve { .. } | Op::Fail { .. } => {}
        Op::Sequence if SURE => children.iter().for_each(|child| hand(child.node, rate)),
        Op::Attempt { .. } | Op::Hold { .. } if SURE => hand(children[0].node, rate),
        Op::Repeat { count } if SURE => hand(children[0].node, rate * count),
        Op::Sequence => {
            let mut through = rate;
            for child in children {
                hand(child.node, through);
                through *= ends.pass[child.node as usize];
            }
        }
        Op::Parallel | Op::Quorum { .. } | Op::Detach => {
            children.iter().for_each(|child| hand(child.node, rate))
        }
        Op::Branch => children
            .iter()
            .for_each(|child| hand(child.node, rate * child.weight)),
        Op::Hold { pool } => {
            let class = plan.flows[node.flow as usize].class as usize;
            let admission = feedback.admissions[pool as usize * feedback.classes + class];
            hand(children[0].node, rate * admission.pass);
        }
        Op::Repeat { count } => {
            let body = children[0].node;
            hand(body, rate * repetitions(ends.pass[body as usize], count));
        }
        Op::Lookup { store } => {
            let class = plan.flows[node.flow as usize].class as usize;
            let hit = feedback.hits[store as usize * feedback.classes + class];
            hand(children[0].node, rate * hit);
            hand(children[1].node, rate * (1.0 - hit));
        }
        Op::Attempt { index } => {
            let body = children[0].node;
            let (_, fail) = attempt(
                (ends.pass[body as usize], ends.fail[body as usize]),
                feedback.timeouts[index as usize],
            );
            let again = fail * feedback.granted[index as usize];
            hand(
                body,
                rate * attempts(again, plan.attempts[index as usize].retries),
            );
        }
    }
}

/// The probability that at least `needed` of these independent events happen.
pub(super) fn at_least(needed: u32, probabilities: impl Iterator<Item = f64>) -> f64 {
    const MOST: usize = 32;
    // How likely each number of successes is, the last entry standing for all that are enough.
    let mut counts = [0.0; MOST + 1];
    counts[0] = 1.0;
    let enough = (needed as usize).min(MOST);
    for probability in probabilities {
        counts[enough] += counts[enough - 1] * probability;
        for count in (1..enough).rev() {
            counts[count] = counts[count] * (1.0 - probability) + counts[count - 1] * probability;
        }
        counts[0] *= 1.0 - probability;
    }
    counts[enough]
}

/// Mean number of repetitions begun: each needs the one before to have ended well.
pub(super) fn repetitions(pass: f64, count: f64) -> f64 {
    let (whole, part) = (count.floor(), count - count.floor());
    if pass >= 1.0 {
        return count;
    }
    let through = libm::pow(pass, whole);
    (1.0 - through) / (1.0 - pass) + part * through
}

/// How one attempt ends for its caller, who gives up some of those that would have ended, and all that never would.
pub(super) fn attempt((pass, fail): (f64, f64), timeout: f64) -> (f64, f64) {
    let given_up = if timeout > 0.0 {
        1.0 - (pass + fail) * (1.0 - timeout)
    } else {
        0.0
    };
    (pass * (1.0 - timeout), fail * (1.0 - timeout) + given_up)
}

/// Mean number of attempts: each further one needs all before it to have failed (and to be followed by another, `again` being the
/// probability of both).
pub(super) fn attempts(again: f64, retries: u32) -> f64 {
    if again >= 1.0 {
        return f64::from(retries) + 1.0;
    }
    (1.0 - libm::pow(again, f64::from(retries) + 1.0)) / (1.0 - again)
}

/// The probability that the last attempt that is made fails.
pub(super) fn final_failure(fail: f64, retries: u32, granted: f64) -> f64 {
    if granted >= 1.0 || retries == 0 {
        return libm::pow(fail, f64::from(retries) + 1.0);
    }
    let again = granted * fail;
    // All were made and failed, or the next one wasn't allowed.
    fail * (libm::pow(again, f64::from(retries)) + (1.0 - granted) * attempts(again, retries - 1))
}

/// The probability with which a budget of so many retries for each call allows one, where attempts fail with this probability: the one at
/// which as many are made as it allows; 1 when it allows all that are wanted.
pub(super) fn granted(fail: f64, retries: u32, budget: f64) -> f64 {
    let made = |granted: f64| attempts(granted * fail, retries) - 1.0;
    if made(1.0) <= budget {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if made(middle) <= budget {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_follow_the_truncated_geometric_law() {
        assert!((attempts(0.1, 3) - 1.111).abs() < 1e-12);
        assert!((attempts(0.5, 3) - 1.875).abs() < 1e-12);
        assert_eq!(attempts(1.0, 3), 4.0);
        assert_eq!(attempts(0.0, 3), 1.0);
    }

    #[test]
    fn a_budget_grants_as_many_retries_as_it_allows() {
        // Everything fails: g + g² + g³ = 0.2.
        let share = granted(1.0, 3, 0.2);
        assert!((share + share * share + share.powi(3) - 0.2).abs() < 1e-12);
        assert!((final_failure(1.0, 3, share) - 1.0).abs() < 1e-15);
        // A half fails and one retry is allowed for every ten calls: 0.5 g = 0.1.
        assert!((granted(0.5, 1, 0.1) - 0.2).abs() < 1e-12);
        assert!((final_failure(0.5, 1, 0.2) - (1.0 - 0.5 - 0.1 * 0.5)).abs() < 1e-15);
        assert_eq!(granted(0.1, 3, 0.2), 1.0);
        assert!(granted(1.0, 3, 0.0) < 1e-15);
    }

    #[test]
    fn a_quorum_succeeds_when_enough_calls_do() {
        assert!(
            (at_least(2, [0.9; 3].into_iter()) - (0.9f64.powi(3) + 3.0 * 0.81 * 0.1)).abs() < 1e-15
        );
        assert!((at_least(1, [0.5, 0.2].into_iter()) - 0.6).abs() < 1e-15);
        assert!((at_least(3, [0.9; 3].into_iter()) - 0.729).abs() < 1e-15);
    }

    #[test]
    fn repetitions_stop_at_the_first_failure() {
        assert_eq!(repetitions(1.0, 2.5), 2.5);
        assert!((repetitions(0.5, 2.0) - 1.5).abs() < 1e-15);
        assert!((repetitions(0.5, 0.25) - 0.25).abs() < 1e-15);
    }
}
