//! Messages that come back: the figures take each as tried until it succeeds or was handed out often enough, again when its visibility
//! time-out is over, and all work as done within that. Here stands whether that was right. It knows no queues.

use super::Solver;
use super::assumption::push;
use super::outcome::{Law as _, Moments, Outcome};
use super::plan::{Delivered, Op};
use crate::network::{Network, Step};
use crate::quantities::time;
use crate::report::{Assumption, Standing};
use crate::units::Seconds;

/// So many times the mean is more than exponential work takes in one case of a thousand: e^−7.
const SELDOM: f64 = 7.0;

impl Solver {
    /// How long a message of which the work has failed still stays invisible on average, seconds: the time-out runs from when it was taken,
    /// which is when the first pool below gave it a token; where there is none, from the beginning. From the times known so far.
    pub(super) fn invisible_after_failure(
        &self,
        delivered: Delivered,
        outcomes: &[Outcome<Moments>],
    ) -> f64 {
        let children = |node: u32| self.plan.children(&self.plan.nodes[node as usize]);
        let failed = |node: u32| {
            let outcome = outcomes[node as usize];
            outcome.error.or(outcome.refused)
        };
        let mut next: Vec<u32> = children(delivered.node)
            .iter()
            .map(|child| child.node)
            .collect();
        let whole = next.first().map_or(Moments::NEVER, |body| failed(*body));
        let (mut held, mut any) = (Moments::NEVER, false);
        while let Some(node) = next.pop() {
            match self.plan.nodes[node as usize].op {
                Op::Detach => {}
                Op::Hold { .. } => {
                    any = true;
                    held = held.or(failed(children(node)[0].node));
                }
                _ => next.extend(children(node).iter().map(|child| child.node)),
            }
        }
        let work = if any { held } else { whole };
        (delivered.visibility - work.mean()).max(0.0)
    }

    /// Whether the work on what this node hands out may take longer than it is invisible.
    pub(super) fn of_delivery(&self, network: &Network, node: usize, found: &mut Vec<Assumption>) {
        let Step::Deliver {
            component,
            visibility,
            ..
        } = network.steps[self.plan.nodes[node].step as usize]
        else {
            return;
        };
        let Some(work) = self.work_below(network, node) else {
            return;
        };
        let standing = if work * SELDOM > visibility.0 {
            Standing::Doubtful
        } else {
            Standing::Approximate
        };
        push(
            found,
            "All messages are worked off before their visibility time-out",
            Some(component),
            standing,
            format!(
                "work takes {} on average, and after {} a message is visible again and done once more",
                time(Seconds(work)),
                time(visibility)
            ),
        );
    }

    /// Mean time for which the first pool below is held, seconds: what the time-out covers. All below where nothing is held.
    fn work_below(&self, network: &Network, node: usize) -> Option<f64> {
        let mut next = vec![node as u32];
        let mut longest: Option<f64> = None;
        while let Some(index) = next.pop() {
            let node = &self.plan.nodes[index as usize];
            let children = self.plan.children(node);
            match &network.steps[node.step as usize] {
                Step::Detach(..) => {}
                Step::Hold { .. } => {
                    let work = self.outcomes[children[0].node as usize].success.mean();
                    longest = Some(longest.map_or(work, |most| most.max(work)));
                }
                _ => next.extend(children.iter().map(|child| child.node)),
            }
        }
        longest
    }
}
