//! The network's routes unrolled by flow into flat arrays that the passes sweep over; it knows the shape of routes, no rates.
//!
//! A flow is one class of all open sources together, or one class of one closed source. Each flow has its own copy of every
//! step that it reaches, because rates, losses and waits differ by class. Nodes stand in post-order: children before parents, so
//! an ascending sweep works bottom-up and a descending one top-down, without recursion.

use super::together::only_queue;
use super::upward::Lists;
use crate::distribution::Distribution;
use crate::network::{Arrivals, Mark, Network, Role, Step, StepId};
use crate::scenario::{Jitter, RetryBudget};

/// What a node does, with what the sweeps need at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Op {
    /// Takes no time and can't fail.
    Done,
    /// A constant span in seconds.
    Constant { seconds: f64 },
    /// A random span; its law stands in the step.
    Delay { law: u32 },
    /// A visit to a station.
    Serve { station: u32, law: u32 },
    /// A token of a pool, held while the only child runs.
    Hold { pool: u32 },
    /// Children in order.
    Sequence,
    /// Children at once.
    Parallel,
    /// Children at once, until this many have ended well.
    Quorum { needed: u32 },
    /// One child, by the weights.
    Branch,
    /// The only child, this often.
    Repeat { count: f64 },
    /// First child on a hit, second on a miss.
    Lookup { store: u32 },
    /// The only child is started and not waited for.
    Detach,
    /// Fails with this probability.
    Fail { probability: f64 },
    /// The only child, tried again as `attempts[index]` says.
    Attempt { index: u32 },
}

/// One step of one flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub op: Op,
    /// Where its children start in [`Plan::children`].
    pub first: u32,
    /// How many children it has.
    pub count: u32,
    /// Which step of the network it came from.
    pub step: u32,
    /// Which flow it belongs to.
    pub flow: u32,
}

/// A child with its probability under a branch (1 elsewhere).
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub node: u32,
    pub weight: f64,
}

/// The retry rule of one attempt node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retrying {
    /// Seconds, infinite without a time-out.
    pub timeout: f64,
    pub retries: u32,
    /// Seconds before the first retry.
    pub backoff: f64,
    /// Each wait is so many times as long as the one before.
    pub growth: f64,
    pub jitter: Jitter,
    pub budget: Option<RetryBudget>,
}

/// Who drives a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// All open sources.
    Open,
    /// The closed source with this index in the network.
    Closed(u32),
}

/// One class of the open sources, or of one closed source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    pub class: u32,
    pub driver: Driver,
    /// Range of its nodes.
    pub start: u32,
    pub end: u32,
    /// Range of its roots in [`Plan::roots`].
    pub first_root: u32,
    pub end_root: u32,
}

/// Where a source's requests enter a flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub node: u32,
    pub source: u32,
    /// Share of the source's requests.
    pub share: f64,
}

/// A visit of a flow to a station, or to a pool (then without a service time of its own).
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub node: u32,
    pub station: u32,
    pub class: u32,
    pub law: u32,
}

/// The first three moments and the nature of a service law.
#[derive(Clone, Copy, Debug)]
pub(super) struct LawMoments {
    pub mean: f64,
    pub second: f64,
    pub third: f64,
    pub exponential: bool,
    /// The part of it that is the same every time, seconds.
    pub shift: f64,
}

/// A message that is handed out again when its work has failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivered {
    pub node: u32,
    /// Its place in [`Plan::attempts`].
    pub attempt: u32,
    /// Seconds for which it is invisible once it was taken.
    pub visibility: f64,
}

/// Where a copy has applied a write, which shows when all before it are applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applied {
    pub node: u32,
    /// The log, and which of its replicas.
    pub copy: (u32, u32),
    /// How the write has come there: so many of [`Plan::children`] from the first.
    pub first: u32,
    pub count: u32,
}

/// Several equal calls made at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub node: u32,
    /// Where each of them queues.
    pub station: u32,
    pub calls: u32,
}

/// The unrolled routes; all vectors are reused from one network to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub nodes: Vec<Node>,
    pub children: Vec<Child>,
    pub flows: Vec<Flow>,
    pub roots: Vec<Root>,
    pub attempts: Vec<Retrying>,
    /// The nodes of the attempts.
    pub attempt_nodes: Vec<u32>,
    /// Visits to stations that serve, in node order.
    pub visits: Vec<Visit>,
    /// Nodes that hold a token, in node order (inner before outer within a flow).
    pub holds: Vec<Visit>,
    /// Nodes that look a key up.
    pub lookups: Vec<u32>,
    /// Where messages are handed out, by node.
    pub deliveries: Vec<Delivered>,
    /// Where writes are applied, by node.
    pub applied: Vec<Applied>,
    /// Distinct service and delay laws: the step that has the law, and its moments.
    pub laws: Vec<LawMoments>,
    pub law_steps: Vec<u32>,
    pub has_failures: bool,
    pub has_parallel: bool,
    /// Calls made at once that each pay one visit to the same station, in node order.
    pub groups: Vec<Group>,
    /// By station, the places in [`Plan::groups`] of those that visit it.
    pub groups_at: Lists,
    law_of_step: Vec<u32>,
    node_of_step: Vec<u32>,
    /// Steps of the flow at hand.
    reached: Vec<u32>,
}

const NONE: u32 = u32::MAX;
/// A step of the flow at hand whose node doesn't stand yet.
const REACHED: u32 = u32::MAX - 1;

impl Plan {
    /// Unrolls the network's routes.
    pub fn load(&mut self, network: &Network) {
        self.clear(network.steps.len());
        for class in 0..network.classes.len() as u32 {
            self.begin(class, Driver::Open);
            for (index, source) in network.sources.iter().enumerate() {
                if matches!(source.arrivals, Arrivals::Open { .. }) {
                    for route in source.routes.iter().filter(|route| route.class.0 == class) {
                        self.root(index as u32, route.share, route.step.0);
                    }
                }
            }
            self.finish(network);
        }
        for (index, source) in network.sources.iter().enumerate() {
            if matches!(source.arrivals, Arrivals::Closed { .. }) {
                for route in &source.routes {
                    self.begin(route.class.0, Driver::Closed(index as u32));
                    self.root(index as u32, route.share, route.step.0);
                    self.finish(network);
                }
            }
        }
        if self.has_parallel {
            self.groups = self.equal_calls();
            let groups = self.groups.iter().zip(0..);
            let places = groups.map(|(group, place)| (group.station, place));
            self.groups_at.fill(network.stations.len(), places);
        }
    }

    fn equal_calls(&self) -> Vec<Group> {
        let nodes = self.nodes.iter().zip(0..);
        let groups = nodes.filter(|(node, _)| matches!(node.op, Op::Parallel | Op::Quorum { .. }));
        let groups = groups.filter_map(|(node, index)| {
            let (first, others) = self.children(node).split_first()?;
            let alike = !others.is_empty() && others.iter().all(|one| one.node == first.node);
            let queue = alike.then(|| only_queue(self, first.node)).flatten()?;
            Some(Group {
                node: index,
                station: queue.station,
                calls: node.count,
            })
        });
        groups.collect()
    }

    /// The children of a node.
    #[inline]
    pub fn children(&self, node: &Node) -> &[Child] {
        &self.children[node.first as usize..(node.first + node.count) as usize]
    }

    /// The roots of a flow.
    pub fn roots(&self, flow: &Flow) -> &[Root] {
        &self.roots[flow.first_root as usize..flow.end_root as usize]
    }

    /// The law with this index.
    pub fn law<'n>(&self, network: &'n Network, law: u32) -> &'n Distribution {
        match &network.steps[self.law_steps[law as usize] as usize] {
            Step::Serve { time, .. } | Step::Delay { time, .. } => time,
            _ => &Distribution::Deterministic { value: 0.0 },
        }
    }

    fn clear(&mut self, steps: usize) {
        self.nodes.clear();
        self.children.clear();
        self.flows.clear();
        self.roots.clear();
        self.attempts.clear();
        self.attempt_nodes.clear();
        self.visits.clear();
        self.holds.clear();
        self.lookups.clear();
        self.deliveries.clear();
        self.applied.clear();
        self.laws.clear();
        self.law_steps.clear();
        self.has_failures = false;
        self.has_parallel = false;
        self.groups.clear();
        self.law_of_step.clear();
        self.law_of_step.resize(steps, NONE);
        self.reached.clear();
        self.node_of_step.clear();
        self.node_of_step.resize(steps, NONE);
    }

    fn begin(&mut self, class: u32, driver: Driver) {
        let start = self.nodes.len() as u32;
        let first_root = self.roots.len() as u32;
        self.flows.push(Flow {
            class,
            driver,
            start,
            end: start,
            first_root,
            end_root: first_root,
        });
    }

    fn finish(&mut self, network: &Network) {
        self.unroll(network);
        let Some(flow) = self.flows.last_mut() else {
            return;
        };
        for root in &mut self.roots[flow.first_root as usize..] {
            root.node = self.node_of_step[root.node as usize];
        }
        flow.end = self.nodes.len() as u32;
        flow.end_root = self.roots.len() as u32;
        // Only the steps of this flow have to be forgotten, not the whole table.
        for node in &self.nodes[flow.start as usize..] {
            self.node_of_step[node.step as usize] = NONE;
        }
        if flow.first_root == flow.end_root {
            self.flows.pop();
        }
    }

    /// A way into the flow; until the flow is finished the root's step stands for its node.
    fn root(&mut self, source: u32, share: f64, step: u32) {
        self.reach(step);
        self.roots.push(Root {
            node: step,
            source,
            share,
        });
    }

    fn reach(&mut self, step: u32) {
        let node = &mut self.node_of_step[step as usize];
        if *node == NONE {
            *node = REACHED;
            self.reached.push(step);
        }
    }

    /// Appends the nodes of everything that the flow reaches. Steps stand in the network with their children before them, and so do the
    /// nodes here.
    fn unroll(&mut self, network: &Network) {
        let mut next = 0;
        while next < self.reached.len() {
            let step = self.reached[next];
            network.steps[step as usize].for_each_child(|child| self.reach(child.0));
            next += 1;
        }
        let mut reached = std::mem::take(&mut self.reached);
        if reached.len() * 16 > network.steps.len() {
            for step in 0..network.steps.len() as u32 {
                if self.node_of_step[step as usize] == REACHED {
                    self.append(network, step);
                }
            }
        } else {
            reached.sort_unstable();
            for step in &reached {
                self.append(network, *step);
            }
        }
        reached.clear();
        self.reached = reached;
    }

    fn append(&mut self, network: &Network, id: u32) {
        let step = &network.steps[id as usize];
        let first = self.children.len() as u32;
        let nodes = &self.node_of_step;
        let child = |child: StepId, weight: f64| Child {
            node: nodes[child.0 as usize],
            weight,
        };
        match step {
            Step::Sequence(children)
            | Step::Parallel(children)
            | Step::Quorum {
                calls: children, ..
            } => self
                .children
                .extend(children.iter().map(|step| child(*step, 1.0))),
            Step::Branch(children) => self
                .children
                .extend(children.iter().map(|(weight, step)| child(*step, *weight))),
            _ => step.for_each_child(|step| self.children.push(child(step, 1.0))),
        }
        let count = self.children.len() - first as usize;
        let node = self.nodes.len() as u32;
        let flow = self.flows.len() as u32 - 1;
        let class = self.flows[flow as usize].class;
        let op = match step {
            Step::Done | Step::Mark(_) => Op::Done,
            Step::Hop { round_trip, .. } => Op::Constant {
                seconds: round_trip.0,
            },
            Step::Delay { time, .. } => match time {
                Distribution::Deterministic { value } => Op::Constant { seconds: *value },
                _ => Op::Delay {
                    law: self.law_index(id, time),
                },
            },
            Step::Serve { station, time } => {
                let law = self.law_index(id, time);
                self.visits.push(Visit {
                    node,
                    station: station.0,
                    class,
                    law,
                });
                Op::Serve {
                    station: station.0,
                    law,
                }
            }
            // Its waits are left out, and said to be (`replay.rs`).
            Step::Hold { pool, .. } if network.station(*pool).role == Role::Replay => Op::Sequence,
            Step::Hold { pool, .. } => {
                self.holds.push(Visit {
                    node,
                    station: pool.0,
                    class,
                    law: NONE,
                });
                Op::Hold { pool: pool.0 }
            }
            Step::Sequence(children) => {
                self.note_applied(network, children, first);
                match children.is_empty() {
                    true => Op::Done,
                    false => Op::Sequence,
                }
            }
            Step::Acting { .. } => Op::Sequence,
            Step::Parallel(_) if count == 0 => Op::Done,
            Step::Parallel(_) if count == 1 => Op::Sequence,
            Step::Parallel(_) => {
                self.has_parallel = true;
                Op::Parallel
            }
            Step::Quorum { calls, .. } if calls.is_empty() => Op::Done,
            Step::Quorum { needed, .. } => {
                self.has_parallel = true;
                Op::Quorum {
                    needed: (*needed).clamp(1, count as u32),
                }
            }
            Step::Branch(_) => Op::Branch,
            Step::Repeat { count, .. } => Op::Repeat {
                count: count.max(0.0),
            },
            Step::Lookup { store, .. } => {
                self.lookups.push(node);
                Op::Lookup { store: store.0 }
            }
            Step::Detach(..) => Op::Detach,
            Step::Fail { probability, .. } if *probability > 0.0 => {
                self.has_failures = true;
                Op::Fail {
                    probability: probability.min(1.0),
                }
            }
            Step::Fail { .. } => Op::Done,
            // Work that takes longer than the visibility time-out is left out, and said to be.
            Step::Deliver {
                receives,
                visibility,
                ..
            } => {
                self.deliveries.push(Delivered {
                    node,
                    attempt: self.attempts.len() as u32,
                    visibility: visibility.0,
                });
                self.attempt_nodes.push(node);
                self.attempts.push(Retrying {
                    timeout: f64::INFINITY,
                    retries: receives.saturating_sub(1),
                    // Known when the work is.
                    backoff: 0.0,
                    growth: 1.0,
                    jitter: Jitter::None,
                    budget: None,
                });
                Op::Attempt {
                    index: self.attempts.len() as u32 - 1,
                }
            }
            Step::Attempt { rule, .. } => {
                self.has_failures |= rule.timeout.is_some();
                let timeout = rule.timeout.map_or(f64::INFINITY, |timeout| timeout.0);
                self.attempt_nodes.push(node);
                self.attempts.push(Retrying {
                    timeout,
                    retries: rule.retries,
                    backoff: rule.backoff.0,
                    growth: 2.0,
                    jitter: rule.jitter,
                    budget: rule.budget,
                });
                Op::Attempt {
                    index: self.attempts.len() as u32 - 1,
                }
            }
        };
        self.nodes.push(Node {
            op,
            first,
            count: count as u32,
            step: id,
            flow,
        });
        self.node_of_step[id as usize] = node;
    }

    /// Notes the writes that are applied in a sequence, whose children start here.
    fn note_applied(&mut self, network: &Network, children: &[StepId], first: u32) {
        for (count, step) in (0..).zip(children) {
            let Step::Mark(Mark::Applied { log, replica }) = network.step(*step) else {
                continue;
            };
            let node = self.node_of_step[step.0 as usize];
            let place = self.applied.partition_point(|known| known.node < node);
            if self
                .applied
                .get(place)
                .is_none_or(|known| known.node != node)
            {
                let copy = (log.0, *replica);
                let applied = Applied {
                    node,
                    copy,
                    first,
                    count,
                };
                self.applied.insert(place, applied);
            }
        }
    }

    fn law_index(&mut self, step: u32, time: &Distribution) -> u32 {
        let known = self.law_of_step[step as usize];
        if known != NONE {
            return known;
        }
        let law = self.laws.len() as u32;
        self.laws.push(LawMoments {
            mean: time.mean(),
            second: time.second_moment(),
            third: time.third_moment(),
            exponential: matches!(
                time,
                Distribution::Exponential { .. } | Distribution::Erlang { stages: 1, .. }
            ),
            shift: time.shift(),
        });
        self.law_steps.push(step);
        self.law_of_step[step as usize] = law;
        law
    }
}
