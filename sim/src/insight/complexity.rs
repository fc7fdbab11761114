//! What has to be run and understood: kinds of parts, parts that keep something, hops that a request makes. It counts and weighs nothing.

use crate::catalog::Kind;
use crate::network::{Compiled, Network, Step, StepId};
use crate::report::Report;
use crate::scenario::{ClassId, ComponentId, Scenario};
use serde::Serialize;

/// How much there is to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Complexity {
    /// Different kinds of parts, clients apart, in the catalog's order: each has to be set up, watched and known.
    #[serde(serialize_with = "names")]
    pub kinds: Vec<Kind>,
    /// Parts, clients apart.
    pub parts: u32,
    /// Machines, nodes and databases of all parts at this load.
    pub instances: u32,
    /// Parts that keep data, keys or messages, in the document's order: they can't simply be replaced.
    pub stateful: Vec<ComponentId>,
    /// By class that is sent, in the document's order: its longest way.
    pub ways: Vec<LongestWay>,
}

/// The most hops that a request of a class makes while its sender waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LongestWay {
    /// Which class.
    pub class: ClassId,
    /// Whom it passes, from the clients to the last one called; hops are one fewer.
    pub components: Vec<ComponentId>,
}

impl LongestWay {
    /// Hops between components.
    pub fn hops(&self) -> u32 {
        self.components.len().saturating_sub(1) as u32
    }
}

impl Complexity {
    /// The most hops of any class.
    pub fn hops(&self) -> u32 {
        self.ways.iter().map(LongestWay::hops).max().unwrap_or(0)
    }
}

fn names<S: serde::Serializer>(kinds: &[Kind], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kinds.iter().map(|kind| kind.name()))
}

/// Counts what a design consists of.
pub fn complexity(scenario: &Scenario, compiled: &Compiled, report: &Report) -> Complexity {
    let parts = || {
        let components = scenario.components.iter();
        components.filter(|component| component.kind != Kind::Clients)
    };
    let instances = |id: ComponentId| {
        let row = report.components.iter().find(|row| row.component == id);
        row.and_then(|row| row.instances).unwrap_or(1)
    };
    Complexity {
        kinds: (Kind::ALL.iter().copied())
            .filter(|kind| parts().any(|part| part.kind == *kind))
            .collect(),
        parts: parts().count() as u32,
        instances: parts().map(|part| instances(part.id)).sum(),
        stateful: parts()
            .filter(|part| part.kind.is_stateful())
            .map(|part| part.id)
            .collect(),
        ways: ways(scenario, &compiled.network),
    }
}

/// The longest chain of drawn links that a class takes and waits for, by class.
fn ways(scenario: &Scenario, network: &Network) -> Vec<LongestWay> {
    let mut ways = Vec::new();
    for (place, class) in network.classes.iter().enumerate() {
        let mut longest: Vec<ComponentId> = Vec::new();
        for source in &network.sources {
            let routes = source.routes.iter();
            for route in routes.filter(|route| route.class.0 as usize == place) {
                let links = links_below(network, route.step);
                let way = longest_chain(scenario, source.component, &links);
                if way.len() > longest.len() {
                    longest = way;
                }
            }
        }
        if !longest.is_empty() {
            ways.push(LongestWay {
                class: class.class,
                components: longest,
            });
        }
    }
    ways
}

/// The links of the hops that a step waits for: caller and called, each once.
fn links_below(network: &Network, root: StepId) -> Vec<u32> {
    let mut wanted = vec![false; root.0 as usize + 1];
    wanted[root.0 as usize] = true;
    let mut links = Vec::new();
    for place in (0..wanted.len()).rev() {
        if !wanted[place] {
            continue;
        }
        match &network.steps[place] {
            Step::Detach(..) => {}
            Step::Hop {
                link: Some(link), ..
            } => links.push(link.0),
            step => step.for_each_child(|child| wanted[child.0 as usize] = true),
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// The longest chain from a component along these links, which form no circle; of equal ones the one drawn first.
fn longest_chain(scenario: &Scenario, from: ComponentId, links: &[u32]) -> Vec<ComponentId> {
    let own: Vec<(ComponentId, ComponentId)> = (scenario.links.iter())
        .filter(|link| links.binary_search(&link.id.0).is_ok())
        .map(|link| (link.from, link.to))
        .collect();
    // Distances grow until none does; at most one round for each link, for a broken document's circle.
    let mut reached: Vec<(ComponentId, u32, Option<ComponentId>)> = vec![(from, 0, None)];
    for _ in 0..own.len() {
        let mut grew = false;
        for (caller, called) in &own {
            // A link of the DNS is taken by the clients that asked it.
            let Some(depth) = reached.iter().find(|row| row.0 == *caller).map(|row| row.1) else {
                continue;
            };
            match reached.iter_mut().find(|row| row.0 == *called) {
                Some(row) if row.1 > depth => {}
                Some(row) if *called != from => {
                    (row.1, row.2) = (depth + 1, Some(*caller));
                    grew = true;
                }
                Some(_) => {}
                None => {
                    reached.push((*called, depth + 1, Some(*caller)));
                    grew = true;
                }
            }
        }
        if !grew {
            break;
        }
    }
    let mut last: Option<(ComponentId, u32)> = None;
    for (component, depth, _) in &reached {
        if last.is_none_or(|(_, most)| *depth > most) {
            last = Some((*component, *depth));
        }
    }
    let mut chain = Vec::new();
    let mut here = last.map(|(component, _)| component);
    while let Some(component) = here.filter(|_| chain.len() <= reached.len()) {
        chain.push(component);
        here = reached
            .iter()
            .find(|row| row.0 == component)
            .and_then(|row| row.2);
    }
    chain.reverse();
    chain
}
