//! Ways round in a circle that requests of one class would follow for ever; it doesn't know what a request does on the way.

use super::{CallMode, ClassId, ComponentId, Link, LinkId, Scenario};
use crate::catalog::{LinkMeaning, connection};
use std::collections::{BTreeMap, BTreeSet};

/// A circle of components along which requests of a class would go for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// The first class that would go round.
    pub class: ClassId,
    /// The components in calling order; the last one calls the first.
    pub components: Vec<ComponentId>,
    /// The links from each component to the next, and from the last to the first.
    pub links: Vec<LinkId>,
    /// Whether every caller on the way waits for the answer; otherwise messages beget messages without end.
    pub synchronous: bool,
}

/// Most circles that are reported; a tangle has more of them than anyone reads.
const MOST_CYCLES: usize = 20;

/// One circle for each set of components that form one, class by class in the document's order. A component with a call plan for the class is
/// left along the plan's links, any other along every link that carries the class, whatever the kinds make of it: a design without
/// circles in this sense has finite routes.
pub fn cycles(scenario: &Scenario) -> Vec<Cycle> {
    let mut found: BTreeSet<Vec<ComponentId>> = BTreeSet::new();
    let mut cycles = Vec::new();
    // Most drawings have no circle at all, whatever the class: found out once, and quickly.
    if is_acyclic(scenario) {
        return cycles;
    }
    let mut outgoing: BTreeMap<ComponentId, Vec<&Link>> = BTreeMap::new();
    for link in &scenario.links {
        outgoing.entry(link.from).or_default().push(link);
    }
    for class in &scenario.classes {
        let graph = Graph::of(scenario, &outgoing, class.id);
        graph.search(&mut |components: &[ComponentId], steps: &[Step]| {
            let mut set = components.to_vec();
            set.sort_unstable();
            if cycles.len() < MOST_CYCLES && found.insert(set) {
                cycles.push(Cycle {
                    class: class.id,
                    components: components.to_vec(),
                    links: steps.iter().map(|step| step.link).collect(),
                    synchronous: steps.iter().all(|step| step.synchronous),
                });
            }
        });
    }
    cycles
}

/// Whether the links, taken all together, lead round nowhere: components that nobody calls are taken away until none is left (Kahn 1962).
fn is_acyclic(scenario: &Scenario) -> bool {
    let places: BTreeMap<ComponentId, usize> = scenario
        .components
        .iter()
        .enumerate()
        .map(|(place, component)| (component.id, place))
        .collect();
    let mut callers = vec![0usize; scenario.components.len()];
    let mut called: Vec<Vec<usize>> = vec![Vec::new(); scenario.components.len()];
    for link in &scenario.links {
        if let (Some(from), Some(to)) = (places.get(&link.from), places.get(&link.to)) {
            called[*from].push(*to);
            callers[*to] += 1;
        }
    }
    let mut uncalled: Vec<usize> = (0..callers.len())
        .filter(|place| callers[*place] == 0)
        .collect();
    let mut left = callers.len();
    while let Some(place) = uncalled.pop() {
        left -= 1;
        for to in &called[place] {
            callers[*to] -= 1;
            if callers[*to] == 0 {
                uncalled.push(*to);
            }
        }
    }
    left == 0
}

/// One way on.
#[derive(Clone, Copy)]
struct Step {
    link: LinkId,
    to: ComponentId,
    synchronous: bool,
}

/// Where requests of one class go from each component.
struct Graph {
    steps: BTreeMap<ComponentId, Vec<Step>>,
}

impl Graph {
    fn of(
        scenario: &Scenario,
        outgoing: &BTreeMap<ComponentId, Vec<&Link>>,
        class: ClassId,
    ) -> Self {
        let kinds: BTreeMap<ComponentId, crate::catalog::Kind> = scenario
            .components
            .iter()
            .map(|component| (component.id, component.kind))
            .collect();
        let waits = |link: &Link| {
            let (Some(from), Some(to)) = (kinds.get(&link.from), kinds.get(&link.to)) else {
                return true;
            };
            connection(*from, *to).map_or(true, |meaning| {
                !meaning.is_asynchronous() && meaning != LinkMeaning::Publishes
            })
        };
        let mut steps = BTreeMap::new();
        for component in &scenario.components {
            let links: &[&Link] = outgoing.get(&component.id).map_or(&[], Vec::as_slice);
            let plan = component.plans.iter().find(|plan| plan.class == class);
            let next: Vec<Step> = match plan {
                Some(plan) => plan
                    .steps
                    .iter()
                    .flat_map(|step| &step.calls)
                    .filter_map(|call| {
                        let link = links.iter().find(|link| link.id == call.link)?;
                        Some(Step {
                            link: link.id,
                            to: link.to,
                            synchronous: call.mode == CallMode::Synchronous && waits(link),
                        })
                    })
                    .collect(),
                None => links
                    .iter()
                    .filter(|link| link.carries(class))
                    .map(|link| Step {
                        link: link.id,
                        to: link.to,
                        synchronous: waits(link),
                    })
                    .collect(),
            };
            steps.insert(component.id, next);
        }
        Graph { steps }
    }

    /// Depth-first without recursion, for chains may be thousands long; tells of every way back to a component that is on the path.
    fn search(&self, tell: &mut impl FnMut(&[ComponentId], &[Step])) {
        let mut done: BTreeSet<ComponentId> = BTreeSet::new();
        for root in self.steps.keys() {
            if done.contains(root) {
                continue;
            }
            // The path, how many of each component's steps were taken, and the step that led on from it.
            let mut path: Vec<ComponentId> = vec![*root];
            let mut taken: Vec<usize> = vec![0];
            let mut on_path: BTreeMap<ComponentId, usize> = BTreeMap::from([(*root, 0)]);
            let mut steps: Vec<Step> = Vec::new();
            while let (Some(here), Some(index)) = (path.last().copied(), taken.last_mut()) {
                let next = self
                    .steps
                    .get(&here)
                    .and_then(|steps| steps.get(*index))
                    .copied();
                *index += 1;
                match next {
                    None => {
                        done.insert(here);
                        on_path.remove(&here);
                        path.pop();
                        taken.pop();
                        steps.pop();
                    }
                    Some(step) => {
                        if let Some(start) = on_path.get(&step.to) {
                            let mut round: Vec<Step> =
                                steps.get(*start..).unwrap_or_default().to_vec();
                            round.push(step);
                            tell(path.get(*start..).unwrap_or_default(), &round);
                        } else if !done.contains(&step.to) && self.steps.contains_key(&step.to) {
                            on_path.insert(step.to, path.len());
                            path.push(step.to);
                            taken.push(0);
                            steps.push(step);
                        }
                    }
                }
            }
        }
    }
}
