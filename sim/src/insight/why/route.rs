//! What lies on the way of a class's requests: stores, calls at once, attempts, hops. It knows no figures.

use crate::network::{Aside, AttemptRule, Network, StationId, Step, StepId, StoreId};
use crate::scenario::{ClassId, ComponentId, LinkId, Scenario};
use crate::units::Seconds;

/// Several calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// How many have to end.
    pub needed: usize,
    /// Of how many.
    pub calls: usize,
    /// Who makes them, where a link is drawn for one of them.
    pub caller: Option<ComponentId>,
}

/// What is on the way; each thing once, in the order in which a request comes to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way<'a> {
    /// What keys are looked up in.
    pub stores: Vec<StoreId>,
    /// Calls at once, two or more of which are waited for.
    pub groups: Vec<Group>,
    /// Attempts that are limited or repeated.
    pub attempts: Vec<&'a AttemptRule>,
    /// Hops with what they take there and back.
    pub hops: Vec<(Option<LinkId>, Seconds)>,
}

/// The way of this class as far as the answer depends on it: what is only started isn't followed.
pub(super) fn way<'a>(scenario: &Scenario, network: &'a Network, class: ClassId) -> Way<'a> {
    let mut way = Way::default();
    let mut seen = vec![false; network.steps.len()];
    let routes = network.sources.iter().flat_map(|source| &source.routes);
    let own = routes.filter(|route| network.classes[route.class.0 as usize].class == class);
    let mut waiting: Vec<StepId> = own.map(|route| route.step).collect();
    waiting.reverse();
    while let Some(id) = waiting.pop() {
        if std::mem::replace(&mut seen[id.0 as usize], true) {
            continue;
        }
        let step = network.step(id);
        match step {
            Step::Detach(..) => continue,
            Step::Lookup { store, .. } if !network.stores[store.0 as usize].is_write_buffer => {
                way.stores.push(*store);
            }
            Step::Parallel(calls) => way.add(scenario, network, calls.len(), calls),
            Step::Quorum { needed, calls } => {
                way.add(scenario, network, *needed as usize, calls);
            }
            Step::Attempt { rule, .. } => way.attempts.push(rule),
            Step::Hop { link, round_trip } => way.hops.push((*link, *round_trip)),
            _ => {}
        }
        let from = waiting.len();
        step.for_each_child(|child| waiting.push(child));
        waiting[from..].reverse();
    }
    way
}

impl Way<'_> {
    fn add(&mut self, scenario: &Scenario, network: &Network, needed: usize, calls: &[StepId]) {
        // What is only started is in the group but isn't waited for.
        let waited: Vec<StepId> = calls
            .iter()
            .copied()
            .filter(|call| !matches!(network.step(*call), Step::Detach(..) | Step::Done))
            .collect();
        if waited.len() < 2 {
            return;
        }
        let caller = waited
            .iter()
            .find_map(|call| first_hop(network, *call))
            .and_then(|link| scenario.link(link))
            .map(|link| link.from);
        let group = Group {
            needed: needed.min(waited.len()),
            calls: waited.len(),
            caller,
        };
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }
}

/// The first link that this step goes along.
fn first_hop(network: &Network, step: StepId) -> Option<LinkId> {
    // As deep as routes nest before their first hop.
    const DEPTH: usize = 12;
    let mut here = step;
    for _ in 0..DEPTH {
        match network.step(here) {
            Step::Hop { link, .. } => return *link,
            step => {
                let mut first = None;
                step.for_each_child(|child| {
                    first.get_or_insert(child);
                });
                here = first?;
            }
        }
    }
    None
}

/// What becomes of the work that a class hands over to be done later.
#[derive(Clone, Debug, Default)]
pub(in crate::insight) struct Afterwards {
    /// Where it waits or is done, each once.
    pub stations: Vec<StationId>,
    /// The queues and topics that hand it out.
    pub handed_by: Vec<ComponentId>,
}

/// The parts that do what this class hands over, and what that hands over in turn.
pub fn done_later_by(network: &Network, class: ClassId) -> Vec<ComponentId> {
    let stations = afterwards(network, class).stations;
    let mut parts: Vec<ComponentId> = Vec::new();
    for station in stations {
        let part = network.stations[station.0 as usize].component;
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// The way of what this class hands over, and of what that hands over in turn.
pub(in crate::insight) fn afterwards(network: &Network, class: ClassId) -> Afterwards {
    let mut found = Afterwards::default();
    // By step, whether it is reached by who waits and by who doesn't.
    let mut seen = vec![[false; 2]; network.steps.len()];
    let routes = network.sources.iter().flat_map(|source| &source.routes);
    let own = routes.filter(|route| network.classes[route.class.0 as usize].class == class);
    let mut waiting: Vec<(StepId, bool)> = own.map(|route| (route.step, false)).collect();
    while let Some((id, later)) = waiting.pop() {
        if std::mem::replace(&mut seen[id.0 as usize][usize::from(later)], true) {
            continue;
        }
        match network.step(id) {
            Step::Detach(body, Aside::HandedOver) => {
                waiting.push((*body, true));
                continue;
            }
            Step::Detach(_, Aside::OwnAccord) => continue,
            Step::Serve { station, .. } | Step::Hold { pool: station, .. }
                if later && !found.stations.contains(station) =>
            {
                found.stations.push(*station);
            }
            Step::Deliver { component, .. } | Step::Delay { component, .. }
                if later && !found.handed_by.contains(component) =>
            {
                found.handed_by.push(*component);
            }
            _ => {}
        }
        network
            .step(id)
            .for_each_child(|child| waiting.push((child, later)));
    }
    found
}
