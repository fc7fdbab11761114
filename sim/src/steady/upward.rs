//! Composing anew only what depends on stations that have changed, from the steps that visit them upwards. It knows who depends on
//! whom, not what a composition is.

use super::Solver;
use super::plan::{Op, Plan};
use crate::network::Network;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Lists by an index, all in one vector.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    start: Vec<u32>,
    items: Vec<u32>,
    next: Vec<u32>,
}

impl Lists {
    /// Sorts `items` (list, item) into `lists` lists, each in the order given.
    pub fn fill(&mut self, lists: usize, items: impl Iterator<Item = (u32, u32)> + Clone) {
        self.start.clear();
        self.start.resize(lists + 1, 0);
        for (list, _) in items.clone() {
            self.start[list as usize + 1] += 1;
        }
        for list in 0..lists {
            self.start[list + 1] += self.start[list];
        }
        self.next.clone_from(&self.start);
        self.items.clear();
        self.items.resize(self.start[lists] as usize, 0);
        for (list, item) in items {
            let next = &mut self.next[list as usize];
            self.items[*next as usize] = item;
            *next += 1;
        }
    }

    fn range(&self, list: u32) -> Range<usize> {
        self.start[list as usize] as usize..self.start[list as usize + 1] as usize
    }

    /// The items of one list.
    pub fn of(&self, list: u32) -> &[u32] {
        &self.items[self.range(list)]
    }
}

/// Who depends on whom, and what waits to be composed anew; reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Upward {
    /// Whether the lists are those of the plan at hand.
    loaded: bool,
    /// By station, the nodes that visit it or hold its tokens.
    callers: Lists,
    /// By node, those that it is a child of.
    parents: Lists,
    /// Nodes to compose, lowest level first, children before parents.
    queue: BinaryHeap<Reverse<(u32, u32)>>,
    queued: Vec<bool>,
}

impl Upward {
    /// Forgets the last network.
    pub fn forget(&mut self) {
        self.loaded = false;
        self.queue.clear();
    }

    /// Finds out who depends on whom, if that isn't known yet.
    pub fn load(&mut self, plan: &Plan, stations: usize) {
        if self.loaded {
            return;
        }
        self.loaded = true;
        let visits = plan.visits.iter().chain(&plan.holds);
        self.callers
            .fill(stations, visits.map(|visit| (visit.station, visit.node)));
        let links = plan.nodes.iter().enumerate().flat_map(|(index, node)| {
            // What is detached holds nobody up.
            let children = match node.op {
                Op::Detach => &[],
                _ => plan.children(node),
            };
            children.iter().map(move |child| (child.node, index as u32))
        });
        self.parents.fill(plan.nodes.len(), links);
        self.queued.clear();
        self.queued.resize(plan.nodes.len(), false);
    }

    /// The nodes that visit the station or hold its tokens.
    pub fn callers(&self, station: u32) -> &[u32] {
        self.callers.of(station)
    }

    fn push(&mut self, node: u32, plan: &Plan, levels: &[u32]) {
        if !std::mem::replace(&mut self.queued[node as usize], true) {
            let step = plan.nodes[node as usize].step;
            self.queue.push(Reverse((levels[step as usize], node)));
        }
    }

    /// Takes the next node that lies below this level.
    fn pop(&mut self, below: u32) -> Option<u32> {
        let Reverse((level, node)) = *self.queue.peek()?;
        if level >= below {
            return None;
        }
        self.queue.pop();
        self.queued[node as usize] = false;
        Some(node)
    }
}

impl Solver {
    /// Notes that a station's answer has changed.
    pub(super) fn touch(&mut self, station: u32) {
        let mut upward = std::mem::take(&mut self.pools.upward);
        for place in upward.callers.range(station) {
            let node = upward.callers.items[place];
            upward.push(node, &self.plan, self.pools.step_levels());
        }
        self.pools.upward = upward;
    }

    /// Composes anew whatever has changed below this level of pools.
    pub(super) fn compose_upward(&mut self, network: &Network, level: u32) {
        let mut upward = std::mem::take(&mut self.pools.upward);
        while let Some(node) = upward.pop(level) {
            if self.compose_again(network, node) {
                for place in upward.parents.range(node) {
                    let parent = upward.parents.items[place];
                    upward.push(parent, &self.plan, self.pools.step_levels());
                }
            }
        }
        self.pools.upward = upward;
    }
}
