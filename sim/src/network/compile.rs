//! From a scenario to its network: finds out who is reached by what, and lowers each once, callees before callers. What each kind
//! means stands in `lower`, what calls it makes in `plan`; this module only keeps the order and the shared parts.

use super::disturbance::{self, Disturbance};
use super::geometry::Geometry;
use super::lower::{self, Resources};
use super::note::{Note, Remark};
use super::plan::{self, PlannedCall};
use super::popularity::Popularity;
use super::topology::Topology;
use super::{
    ClassIndex, KeySpace, Network, NetworkClass, Station, StationId, Step, StepId, Store, StoreId,
};
use crate::distribution::{Distribution, LONGEST_SECONDS};
use crate::scenario::{ComponentId, LinkId, Scenario};
use crate::units::Seconds;
use std::collections::BTreeMap;
use std::ops::Range;

/// A scenario's network, and what a report needs to lead its figures back to the drawing.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// What the engines run.
    pub network: Network,
    /// How the drawing was understood.
    pub notes: Vec<Note>,
    /// Where requests, calls and messages reach a component: the visits of these steps are its arrivals, and the time of such a step is
    /// the time of a visit in and below it. A step stands here once; several classes may share it. By rising component of the document.
    pub entries: Vec<Entry>,
    /// Whether nobody waits for what travels along a link (behind queues, replication, fire and forget), in the document's order of links;
    /// `false` for links that carry nothing.
    pub asynchronous_links: Vec<bool>,
    /// What goes wrong when it is simulated, in the document's order; a steady state knows nothing of it.
    pub disturbances: Vec<Disturbance>,
}

/// A step at which a component is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Place of the component in the document.
    pub place: u32,
    /// The component.
    pub component: ComponentId,
    /// The step.
    pub step: StepId,
}

/// Lowers a scenario. Any scenario: what is broken in it becomes a note and, where requests can't go on, a failing step.
pub fn compile(scenario: &Scenario) -> Compiled {
    let mut lowering = Lowering::new(scenario);
    let order = lowering.discover();
    lower::divide_keys(&mut lowering);
    for (component, class) in order {
        let step = lower::enter(&mut lowering, component, class);
        lowering.enters[component * scenario.classes.len() + class] = Some(step);
    }
    lower::sources(&mut lowering);
    lower::without_data(&mut lowering);
    lowering.finish()
}

/// The state of one compilation.
pub(super) struct Lowering<'a> {
    pub topology: Topology<'a>,
    pub geometry: Geometry,
    pub popularity: Popularity,
    pub network: Network,
    pub notes: Vec<Note>,
    entries: Vec<Entry>,
    /// What each component has, by its place in the document.
    pub resources: Vec<Resources>,
    /// Entry steps by component and class.
    enters: Vec<Option<StepId>>,
    /// Whether requests of a class reach a component, by component and class.
    reached: Vec<bool>,
    /// The plans of everything that is reached, in `plan_of`'s ranges.
    calls: Vec<PlannedCall>,
    plan_of: Vec<(u32, u32)>,
    hops: Vec<Option<StepId>>,
    dead_ends: Vec<Option<StepId>>,
}

const DONE: StepId = StepId(0);

impl<'a> Lowering<'a> {
    /// Resolves the document and sets up what each component has, whether it is reached or not.
    pub fn new(scenario: &'a Scenario) -> Self {
        let topology = Topology::new(scenario);
        let geometry = Geometry::new(&topology);
        let popularity = Popularity::new(&topology);
        let (components, classes) = (scenario.components.len(), scenario.classes.len());
        let network = Network {
            classes: scenario
                .classes
                .iter()
                .map(|class| NetworkClass {
                    class: class.id,
                    name: class.name.clone(),
                    operation: class.operation,
                    priority: class.priority,
                })
                .collect(),
            // Room for an ordinary drawing, so that growing seldom has to move everything.
            stations: Vec::with_capacity(components * 3),
            steps: Vec::with_capacity(components * (4 + 3 * classes)),
            ..Network::default()
        };
        let mut lowering = Lowering {
            topology,
            geometry,
            popularity,
            network,
            notes: Vec::new(),
            entries: Vec::with_capacity(components * classes),
            resources: vec![Resources::default(); components],
            enters: vec![None; components * classes],
            reached: vec![false; components * classes],
            calls: Vec::with_capacity(scenario.links.len() * classes),
            plan_of: vec![(0, 0); components * classes],
            hops: vec![None; scenario.links.len()],
            dead_ends: vec![None; components],
        };
        lowering.network.push(Step::Done);
        for component in 0..components {
            lower::prepare(&mut lowering, component);
        }
        lowering
    }

    /// Follows the plans from the clients and returns what is reached, callees before callers. Iterative, so that a chain of any length
    /// needs no stack; a call that closes a circle is noted, and finds no entry when it is lowered.
    fn discover(&mut self) -> Vec<(usize, usize)> {
        let classes = self.network.classes.len();
        let mut finished = vec![false; self.reached.len()];
        let mut order = Vec::with_capacity(self.reached.len());
        let mut stack: Vec<(usize, usize, u32)> = Vec::new();
        for clients in 0..self.topology.scenario.components.len() {
            if !lower::sends(self, clients) {
                continue;
            }
            for (class, share) in lower::mix_of(self, clients).into_iter().enumerate() {
                if share == 0.0 {
                    continue;
                }
                self.reach(clients, class);
                stack.push((clients, class, self.plan_of[clients * classes + class].0));
                while let Some(top) = stack.last_mut() {
                    let (component, class, next) = *top;
                    if next == self.plan_of[component * classes + class].1 {
                        finished[component * classes + class] = true;
                        order.push((component, class));
                        stack.pop();
                        continue;
                    }
                    top.2 += 1;
                    let link = self.calls[next as usize].link as usize;
                    let target = self.topology.target(link);
                    let slot = target * classes + class;
                    if !self.reached[slot] {
                        self.reach(target, class);
                        stack.push((target, class, self.plan_of[slot].0));
                    } else if !finished[slot] {
                        self.note(Remark::CyclicCall, component, Some(link), Some(class));
                    }
                }
            }
        }
        order
    }

    fn reach(&mut self, component: usize, class: usize) {
        let slot = component * self.network.classes.len() + class;
        self.reached[slot] = true;
        let start = self.calls.len() as u32;
        let mut calls = std::mem::take(&mut self.calls);
        plan::calls(self, component, class, &mut calls);
        self.calls = calls;
        self.plan_of[slot] = (start, self.calls.len() as u32);
    }

    /// Where the calls of the plan of this component and class stand.
    pub fn plan(&self, component: usize, class: usize) -> Range<usize> {
        let (start, end) = self.plan_of[component * self.network.classes.len() + class];
        start as usize..end as usize
    }

    /// A call of a plan.
    pub fn planned(&self, call: usize) -> PlannedCall {
        self.calls[call]
    }

    /// Whether requests of this class reach the component.
    pub fn is_reached(&self, component: usize, class: usize) -> bool {
        self.reached[component * self.network.classes.len() + class]
    }

    /// Where requests of this class enter the component; `None` for a call that closes a circle.
    pub fn entered(&self, component: usize, class: usize) -> Option<StepId> {
        self.enters[component * self.network.classes.len() + class]
    }

    /// Says that requests reach the component at this step.
    pub fn entry(&mut self, component: usize, step: StepId) {
        let entry = Entry {
            place: component as u32,
            component: self.topology.component(component).id,
            step,
        };
        // The classes of a component are lowered apart, so a doubled entry may stand further back: removed in `finish`.
        if self.entries.last() != Some(&entry) {
            self.entries.push(entry);
        }
    }

    /// Leaves a note.
    pub fn note(
        &mut self,
        about: Remark,
        component: usize,
        link: Option<usize>,
        class: Option<usize>,
    ) {
        self.notes.push(Note {
            about,
            component: self.topology.component(component).id,
            link: link.map(|link| self.topology.link(link).id),
            class: class.map(|class| self.topology.class(class).id),
        });
    }

    /// Adds a station.
    pub fn station(&mut self, station: Station) -> StationId {
        self.network.stations.push(station);
        StationId(self.network.stations.len() as u32 - 1)
    }

    /// Adds a store, without keys yet.
    pub fn store(&mut self, mut store: Store) -> StoreId {
        store.keys = vec![None; self.network.classes.len()];
        self.network.stores.push(store);
        StoreId(self.network.stores.len() as u32 - 1)
    }

    /// Says that this class looks keys up in the store.
    pub fn keys(&mut self, store: StoreId, class: usize, keys: KeySpace) {
        self.network.stores[store.0 as usize].keys[class] = Some(keys);
    }

    /// The step that does nothing.
    pub fn done(&self) -> StepId {
        DONE
    }

    /// One after the other; nothing and a single step need no sequence.
    pub fn sequence(&mut self, steps: Vec<StepId>) -> StepId {
        match steps.as_slice() {
            [] => DONE,
            [step] => *step,
            _ => self.network.push(Step::Sequence(steps)),
        }
    }

    /// As [`Lowering::sequence`], and the very same step when the component does just this for another class already: classes that are
    /// treated alike share their route, which keeps the network small.
    pub fn shared_sequence(&mut self, component: usize, steps: Vec<StepId>) -> StepId {
        if steps.len() < 2 {
            return self.sequence(steps);
        }
        let known =
            self.resources[component]
                .bodies
                .iter()
                .find(|body| match self.network.step(**body) {
                    Step::Sequence(known) => *known == steps,
                    _ => false,
                });
        if let Some(known) = known {
            return *known;
        }
        let body = self.network.push(Step::Sequence(steps));
        self.resources[component].bodies.push(body);
        body
    }

    /// One of these, by weight; nothing of the kind when there is only one.
    pub fn branch(&mut self, mut branches: Vec<(f64, StepId)>) -> StepId {
        let total: f64 = branches.iter().map(|(weight, _)| weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return branches.first().map_or(DONE, |(_, step)| *step);
        }
        branches.retain(|(weight, _)| *weight > 0.0);
        if let [(_, step)] = branches.as_slice() {
            return *step;
        }
        branches.iter_mut().for_each(|(weight, _)| *weight /= total);
        self.network.push(Step::Branch(branches))
    }

    /// This with a probability, else nothing.
    pub fn perhaps(&mut self, probability: f64, step: StepId) -> StepId {
        self.branch(vec![(probability, step), (1.0 - probability, DONE)])
    }

    /// This a mean number of times.
    pub fn repeat(&mut self, count: f64, body: StepId) -> StepId {
        if count == 1.0 {
            body
        } else if count > 0.0 && count.is_finite() {
            self.network.push(Step::Repeat { count, body })
        } else {
            DONE
        }
    }

    /// Service at a station, as a part of a sequence: nothing when it takes no time.
    pub fn serve(&mut self, station: StationId, time: Distribution) -> Option<StepId> {
        (time.mean() > 0.0).then(|| self.network.push(Step::Serve { station, time }))
    }

    /// A delay without queueing, as a part of a sequence: nothing when it takes no time.
    pub fn delay(&mut self, component: usize, time: Distribution) -> Option<StepId> {
        let component = self.topology.component(component).id;
        (time.mean() > 0.0).then(|| self.network.push(Step::Delay { component, time }))
    }

    /// An error answer with a probability, as a part of a sequence: nothing when there is none.
    pub fn failure(&mut self, component: usize, probability: f64) -> Option<StepId> {
        let component = self.topology.component(component).id;
        (probability > 0.0).then(|| {
            self.network.push(Step::Fail {
                component,
                probability: probability.min(1.0),
            })
        })
    }

    /// The failure of requests that the component has nowhere to send.
    pub fn dead_end(&mut self, component: usize) -> StepId {
        if let Some(step) = self.dead_ends[component] {
            return step;
        }
        let id = self.topology.component(component).id;
        let step = self.network.push(Step::Fail {
            component: id,
            probability: 1.0,
        });
        self.network.dead_ends.push(step);
        self.dead_ends[component] = Some(step);
        step
    }

    /// The hop along a link, the same for every class.
    pub fn hop(&mut self, link: usize) -> StepId {
        if let Some(step) = self.hops[link] {
            return step;
        }
        let round_trip = self.geometry.round_trip(&self.topology, link);
        let step = self.hop_taking(link, round_trip);
        self.hops[link] = Some(step);
        step
    }

    /// A hop along a link that takes this long, whatever the zones say.
    pub fn hop_taking(&mut self, link: usize, round_trip: Seconds) -> StepId {
        let link = Some(self.topology.link(link).id);
        let seconds = if round_trip.0.is_finite() {
            round_trip.0.clamp(0.0, LONGEST_SECONDS)
        } else {
            0.0
        };
        self.network.push(Step::Hop {
            link,
            round_trip: Seconds(seconds),
        })
    }

    /// The way along a link and the way back, each half of the round trip; the link is counted on the way there.
    pub fn one_way(&mut self, link: usize) -> (StepId, StepId) {
        let round_trip = self.geometry.round_trip(&self.topology, link);
        let half = round_trip * 0.5;
        let there = self.hop_taking(link, half);
        let Step::Hop { round_trip, .. } = *self.network.step(there) else {
            return (there, self.done());
        };
        let back = self.network.push(Step::Hop {
            link: None,
            round_trip,
        });
        (there, back)
    }

    fn finish(mut self) -> Compiled {
        let logs = self.network.logs.iter_mut().map(|log| &mut log.keys);
        let quorums = self.network.quorums.iter_mut();
        for keys in logs.chain(quorums.map(|quorum| &mut quorum.keys)) {
            let total: f64 = keys.iter().flatten().map(|keys| keys.share).sum();
            for keys in keys.iter_mut().flatten() {
                keys.share = if total > 0.0 { keys.share / total } else { 0.0 };
            }
        }
        self.network.originals = lower::originals(&self, &self.entries);
        let asynchronous_links = self.asynchronous_links();
        let entries = sorted(self.entries, self.resources.len());
        Compiled {
            network: self.network,
            notes: self.notes,
            entries,
            asynchronous_links,
            disturbances: disturbance::lower(self.topology.scenario),
        }
    }

    /// Marks the steps that someone waits for; links that only others pass are asynchronous.
    fn asynchronous_links(&self) -> Vec<bool> {
        const DETACHED: u8 = 1;
        const AWAITED: u8 = 2;
        let steps = &self.network.steps;
        let mut marks = vec![0_u8; steps.len()];
        for route in self
            .network
            .sources
            .iter()
            .flat_map(|source| &source.routes)
        {
            marks[route.step.0 as usize] |= AWAITED;
        }
        let topology = &self.topology;
        let mut of_link = vec![0_u8; topology.scenario.links.len()];
        let places: BTreeMap<LinkId, usize> = topology
            .scenario
            .links
            .iter()
            .enumerate()
            .map(|(place, link)| (link.id, place))
            .collect();
        for index in (0..steps.len()).rev() {
            let mark = marks[index];
            if mark == 0 {
                continue;
            }
            match &steps[index] {
                Step::Hop { link, .. } => {
                    if let Some(place) = link.and_then(|link| places.get(&link)) {
                        of_link[*place] |= mark;
                    }
                }
                Step::Detach(body, _) => marks[body.0 as usize] |= DETACHED,
                step => step.for_each_child(|child| marks[child.0 as usize] |= mark),
            }
        }
        of_link.into_iter().map(|mark| mark == DETACHED).collect()
    }
}

/// The entries by rising component and step, each once. There are few for each component, so they are
/// dealt out to their components first.
fn sorted(entries: Vec<Entry>, components: usize) -> Vec<Entry> {
    let mut next = vec![0_usize; components + 1];
    for entry in &entries {
        next[entry.place as usize + 1] += 1;
    }
    for component in 0..components {
        next[component + 1] += next[component];
    }
    let mut dealt = entries.clone();
    for entry in &entries {
        let slot = &mut next[entry.place as usize];
        dealt[*slot] = *entry;
        *slot += 1;
    }
    // Each component has a handful.
    dealt
        .chunk_by_mut(|one, other| one.place == other.place)
        .for_each(|of_one| of_one.sort_unstable());
    dealt.dedup();
    dealt
}

/// A law with this mean (seconds) and squared coefficient of variation, whatever a broken document says.
pub(super) fn law(mean: Seconds, scv: f64) -> Distribution {
    let mean = if mean.0.is_finite() {
        mean.0.clamp(0.0, LONGEST_SECONDS)
    } else {
        0.0
    };
    let scv = if scv.is_finite() {
        scv.clamp(0.0, 1e6)
    } else {
        1.0
    };
    Distribution::with_moments(mean, scv).unwrap_or(Distribution::Deterministic { value: mean })
}

/// Always this long.
pub(super) fn constant(time: Seconds) -> Distribution {
    law(time, 0.0)
}

/// Exponential with this mean.
pub(super) fn exponential(time: Seconds) -> Distribution {
    law(time, 1.0)
}

/// The class at this place as the network's index.
pub(super) fn class_index(class: usize) -> ClassIndex {
    ClassIndex(class as u32)
}
