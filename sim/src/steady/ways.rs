//! What a visit of a step means to the request it belongs to: whose time is waited for, whose failure is the request's. It knows routes
//! and rates, and gives shares of latency and loss.

use super::Solver;
use super::plan::{Op, Plan};
use crate::network::{Discipline, Network, Step, StepId};
use crate::report::{BreakdownPart, Loss, LossCause, TimeCause};
use crate::scenario::ComponentId;
use crate::scenario::places::Places;
use crate::units::Seconds;

/// What a visit of a node means to the request it belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// Rate of visits whose time the caller waits for, parallel parts by the share they add.
    pub time: f64,
    /// Probability that a failure here fails the request.
    pub failing: f64,
    /// Probability that a failure here is that of work that was handed over for later, or is done on a part's own accord.
    pub later: f64,
    /// Probability that a backlog here keeps the request for ever.
    pub staying: f64,
    /// Probability that giving up on a visit of an attempt node is for the last time.
    pub giving_up: f64,
    /// Mean time that further attempts add to a visit of an attempt node, seconds.
    pub retrying: f64,
}

/// Most causes of a loss or of time spent.
const CAUSES: usize = 6;

/// Sums by component and cause, in the order in which they are first met.
pub(super) struct Ledger<'a, T> {
    places: &'a Places,
    /// By component (the last for none) and cause, where its entry stands, or `u32::MAX`.
    known: Vec<u32>,
    pub entries: Vec<T>,
}

impl<'a, T> Ledger<'a, T> {
    /// An empty ledger for `components` components with these places.
    pub fn new(places: &'a Places, components: usize) -> Self {
        Ledger {
            places,
            known: vec![u32::MAX; (components + 1) * CAUSES],
            entries: Vec::new(),
        }
    }

    /// The entry of this component and cause, `fresh` if there was none.
    fn entry(&mut self, component: Option<ComponentId>, cause: usize, fresh: T) -> &mut T {
        let last = self.known.len() / CAUSES - 1;
        let owner = component.map_or(Some(last), |component| self.places.of(component.0));
        let place = &mut self.known[owner.unwrap_or(last) * CAUSES + cause];
        if *place == u32::MAX {
            *place = self.entries.len() as u32;
            self.entries.push(fresh);
        }
        &mut self.entries[*place as usize]
    }
}

/// The ways of all nodes.
pub(super) struct Ways {
    pub of: Vec<Way>,
}

impl Ways {
    pub fn new(solver: &Solver, network: &Network) -> Self {
        let plan = &solver.plan;
        let mut of = vec![Way::default(); plan.nodes.len()];
        // Failing and staying are means over the visits of a node, weighted by rate: several ways may lead to it.
        for root in &plan.roots {
            let rate = solver.sources[root.source as usize] * root.share;
            let way = &mut of[root.node as usize];
            way.time += rate;
            way.failing += rate;
            way.staying += rate;
        }
        for index in (0..plan.nodes.len()).rev() {
            let rate = solver.rates.rate[index];
            if rate <= 0.0 {
                continue;
            }
            of[index].failing = (of[index].failing / rate).min(1.0);
            of[index].later = (of[index].later / rate).min(1.0);
            of[index].staying = (of[index].staying / rate).min(1.0);
            spread(solver, network, index, &mut of);
        }
        Ways { of }
    }
}

/// Hands a node's way on to its children.
fn spread(solver: &Solver, network: &Network, index: usize, of: &mut [Way]) {
    let plan = &solver.plan;
    let (node, rate, way) = (&plan.nodes[index], solver.rates.rate[index], of[index]);
    let children = plan.children(node);
    // Of the failures of a child, a share counts as failures here.
    let mut hand = |child: u32, visits: f64, time: f64, failures: f64, staying: f64| {
        let below = &mut of[child as usize];
        below.time += time;
        below.failing += visits * way.failing * failures;
        below.later += visits * way.later * failures;
        below.staying += visits * staying;
    };
    match node.op {
        Op::Sequence => {
            let mut through = 1.0;
            for child in children {
                hand(
                    child.node,
                    rate * through,
                    way.time * through,
                    1.0,
                    way.staying,
                );
                through *= solver.rates.pass[child.node as usize];
            }
        }
        Op::Branch => {
            for child in children {
                hand(
                    child.node,
                    rate * child.weight,
                    way.time * child.weight,
                    1.0,
                    way.staying,
                );
            }
        }
        Op::Lookup { store } => {
            let hit = solver.context(network).hit(store, node.flow);
            for (child, weight) in children.iter().zip([hit, 1.0 - hit]) {
                hand(
                    child.node,
                    rate * weight,
                    way.time * weight,
                    1.0,
                    way.staying,
                );
            }
        }
        Op::Hold { pool } => {
            let class = plan.flows[node.flow as usize].class as usize;
            let pass = solver.admissions[pool as usize * network.classes.len() + class].pass;
            hand(
                children[0].node,
                rate * pass,
                way.time * pass,
                1.0,
                way.staying,
            );
        }
        Op::Repeat { count } => {
            let times =
                super::flow::repetitions(solver.rates.pass[children[0].node as usize], count);
            hand(
                children[0].node,
                rate * times,
                way.time * times,
                1.0,
                way.staying,
            );
        }
        // Whoever handed it over has gone on.
        Op::Detach => of[children[0].node as usize].later += rate,
        Op::Parallel | Op::Quorum { .. } => {
            // Several children may fail or stay at once, which the request does but once.
            let once = |of: &dyn Fn(usize) -> f64| {
                let all: f64 = children.iter().map(|child| of(child.node as usize)).sum();
                if all > 0.0 {
                    (of(index) / all).min(1.0)
                } else {
                    1.0
                }
            };
            let rates = &solver.rates;
            let failing = once(&|node| rates.fail[node]);
            let staying = once(&|node| (1.0 - rates.pass[node] - rates.fail[node]).max(0.0));
            let means: Vec<f64> = children
                .iter()
                .map(|child| solver.outcomes[child.node as usize].ended().mean())
                .collect();
            let whole = solver.outcomes[index].ended().mean();
            let (mut longest, mut sum) = (0, 0.0);
            for (place, mean) in means.iter().enumerate() {
                sum += mean;
                if *mean > means[longest] {
                    longest = place;
                }
            }
            for (place, child) in children.iter().enumerate() {
                // The longest counts as it is (or as far as a quorum waits for it), the others by what they add.
                let counted = if place == longest {
                    whole.min(means[longest])
                } else if sum > means[longest] {
                    (whole - means[longest]).max(0.0) * means[place] / (sum - means[longest])
                } else {
                    0.0
                };
                let factor = if means[place] > 0.0 {
                    counted / means[place]
                } else {
                    0.0
                };
                hand(
                    child.node,
                    rate,
                    way.time * factor,
                    failing,
                    way.staying * staying,
                );
            }
        }
        Op::Attempt { index: attempt } => {
            let body = children[0].node;
            let rule = plan.attempts[attempt as usize];
            let fail = solver.attempt_fails(index as u32);
            let granted = solver.granted[attempt as usize];
            let tried = super::flow::attempts(granted * fail, rule.retries);
            // Of all failed attempts only the last one fails the request.
            let last = if fail > 0.0 {
                super::flow::final_failure(fail, rule.retries, granted) / (fail * tried)
            } else {
                0.0
            };
            let whole = solver.outcomes[index].ended().mean();
            let once = solver.outcomes[body as usize].ended().mean();
            let first = super::compose::first_attempt(
                &solver.outcomes[body as usize],
                solver.timeouts[attempt as usize],
                rule.timeout,
            );
            let factor = if once > 0.0 { first / once } else { 0.0 };
            let staying = if rule.timeout.is_finite() {
                0.0
            } else {
                way.staying
            };
            // A failure that comes after the time-out is none: the caller has given up by then.
            let in_time = 1.0 - solver.timeouts[attempt as usize];
            hand(
                body,
                rate * tried,
                way.time * factor,
                last * in_time,
                staying,
            );
            of[index].giving_up = last;
            of[index].retrying = (whole - first).max(0.0);
        }
        Op::Done | Op::Constant { .. } | Op::Delay { .. } | Op::Serve { .. } | Op::Fail { .. } => {}
    }
}

impl Solver {
    /// What is lost at one node, as shares of the class's requests: of these themselves, and of what they leave to be done later.
    pub(super) fn losses_at(
        &self,
        network: &Network,
        ways: &Ways,
        index: u32,
        offered: f64,
        [losses, later]: [&mut Ledger<Loss>; 2],
    ) {
        let node = &self.plan.nodes[index as usize];
        let (rate, way) = (self.rates.rate[index as usize], ways.of[index as usize]);
        let add =
            |losses: &mut Ledger<Loss>, component: ComponentId, cause: LossCause, share: f64| {
                if share > 1e-15 {
                    let fresh = Loss {
                        component,
                        cause,
                        share: 0.0,
                    };
                    losses.entry(Some(component), cause as usize, fresh).share += share;
                }
            };
        let mut fail = |component: ComponentId, cause: LossCause, share: f64| {
            add(losses, component, cause, share * way.failing);
            add(later, component, cause, share * way.later);
        };
        match node.op {
            Op::Serve { station, .. } | Op::Hold { pool: station } => {
                let spec = &network.stations[station as usize];
                let class = self.plan.flows[node.flow as usize].class as usize;
                let admission = self.admissions[station as usize * network.classes.len() + class];
                let limited = matches!(spec.discipline, Discipline::TokenBucket { .. });
                let cause = if limited {
                    LossCause::RateLimited
                } else {
                    LossCause::QueueFull
                };
                fail(spec.component, cause, rate * admission.refuse / offered);
                let behind = (1.0 - admission.pass - admission.refuse).max(0.0);
                add(
                    losses,
                    spec.component,
                    LossCause::Backlog,
                    rate * behind * way.staying / offered,
                );
            }
            Op::Fail { probability } => {
                if let Step::Fail { component, .. } = &network.steps[node.step as usize] {
                    let dead_end = network.dead_ends.binary_search(&StepId(node.step)).is_ok();
                    let cause = if dead_end {
                        LossCause::NoRoute
                    } else {
                        LossCause::Error
                    };
                    fail(*component, cause, rate * probability / offered);
                }
            }
            Op::Attempt { index: attempt } if self.timeouts[attempt as usize] > 0.0 => {
                let body = self.plan.children(node)[0].node as usize;
                let tried = self.rates.rate[index as usize]
                    * super::flow::attempts(
                        self.attempt_fails(index) * self.granted[attempt as usize],
                        self.plan.attempts[attempt as usize].retries,
                    );
                let ends = self.rates.pass[body] + self.rates.fail[body];
                let given_up = 1.0 - ends * (1.0 - self.timeouts[attempt as usize]);
                if let Some(component) = network.called(StepId(node.step)) {
                    fail(
                        component,
                        LossCause::TimedOut,
                        tried * given_up * way.giving_up / offered,
                    );
                }
            }
            _ => {}
        }
    }

    pub(super) fn attempt_fails(&self, index: u32) -> f64 {
        let node = &self.plan.nodes[index as usize];
        let Op::Attempt { index: attempt } = node.op else {
            return 0.0;
        };
        let body = self.plan.children(node)[0].node as usize;
        super::flow::attempt(
            (self.rates.pass[body], self.rates.fail[body]),
            self.timeouts[attempt as usize],
        )
        .1
    }

    /// What one node adds to the class's mean response time.
    pub(super) fn parts_at(
        &self,
        network: &Network,
        ways: &Ways,
        index: u32,
        offered: f64,
        parts: &mut Ledger<BreakdownPart>,
    ) {
        let weight = ways.of[index as usize].time / offered;
        if weight <= 0.0 {
            return;
        }
        let mut add = |component: Option<ComponentId>, cause: TimeCause, mean: f64| {
            if mean > 0.0 {
                let fresh = BreakdownPart {
                    component,
                    cause,
                    mean: Seconds(0.0),
                };
                let part = parts.entry(component, cause as usize, fresh);
                part.mean = part.mean + Seconds(mean);
            }
        };
        let node = &self.plan.nodes[index as usize];
        match (node.op, &network.steps[node.step as usize]) {
            (Op::Constant { seconds }, Step::Delay { component, .. }) => {
                add(Some(*component), TimeCause::Service, weight * seconds)
            }
            (Op::Constant { seconds }, _) => add(None, TimeCause::Network, weight * seconds),
            (Op::Delay { law }, Step::Delay { component, .. }) => {
                add(
                    Some(*component),
                    TimeCause::Service,
                    weight * self.plan.laws[law as usize].mean,
                );
            }
            (Op::Serve { station, law }, _) => {
                let spec = &network.stations[station as usize];
                let service = self.plan.laws[law as usize].mean;
                let outcome = self.outcomes[index as usize].success;
                let pass = outcome.mass;
                add(
                    Some(spec.component),
                    TimeCause::Service,
                    weight * pass * service,
                );
                let shown = spec.waits_at.unwrap_or(spec.component);
                add(
                    Some(shown),
                    TimeCause::Waiting,
                    weight * (outcome.first - pass * service),
                );
            }
            (Op::Hold { pool }, _) => {
                let spec = &network.stations[pool as usize];
                let class = self.plan.flows[node.flow as usize].class as usize;
                let pass = self.admissions[pool as usize * network.classes.len() + class].pass;
                let shown = spec.waits_at.unwrap_or(spec.component);
                add(
                    Some(shown),
                    TimeCause::WaitingForToken,
                    weight * pass * self.mean_wait(pool as usize),
                );
            }
            (Op::Attempt { .. }, _) => {
                let component = network.called(StepId(node.step));
                add(
                    component,
                    TimeCause::Retrying,
                    weight * ways.of[index as usize].retrying,
                );
            }
            _ => {}
        }
    }
}

/// By node, the component that a route through it reaches first.
pub(super) fn first_components(plan: &Plan, network: &Network) -> Vec<Option<ComponentId>> {
    let mut first: Vec<Option<ComponentId>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        first.push(match (&network.steps[node.step as usize], node.op) {
            (Step::Delay { component, .. } | Step::Fail { component, .. }, _) => Some(*component),
            (_, Op::Serve { station, .. } | Op::Hold { pool: station }) => {
                Some(network.stations[station as usize].component)
            }
            _ => {
                let children = plan.children(node).iter();
                children
                    .map(|child| first[child.node as usize])
                    .find(Option::is_some)
                    .flatten()
            }
        });
    }
    first
}
