//! Messages that come back: the figures take each as tried until it succeeds or was handed out often enough, and all work as done within
//! the visibility time-out. Here stands whether that was right. It knows no queues.

use super::Solver;
use super::assumption::push;
use crate::network::{Network, Step};
use crate::quantities::time;
use crate::report::{Assumption, Standing};
use crate::units::Seconds;

/// So many times the mean is more than exponential work takes in one case of a thousand: e^−7.
const SELDOM: f64 = 7.0;

impl Solver {
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
                "work takes {} on average, and after {} a message is visible again and done twice",
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
                Step::Detach(_) => {}
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
