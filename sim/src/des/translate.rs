//! From a network to a program: routes become operations, and every station, stream and cause gets its place in the simulation's tables.
//! It knows nothing of jobs or time.

mod copies;
mod places;

use super::balancer::{BalancerSpec, By};
use super::names::Registry;
use super::program::{
    Cause, DeliverySpec, Mark, NONE, Op, Program, RuleSpec, SamplerSpec, Small, SourceSpec,
    StationSpec, Way,
};
use crate::network::{
    Arrivals, Aside, Compiled, Discipline, Dispatch, Log, Network, Original, Picks, Quorum, Step,
    StepId, Store,
};
use crate::report::LossCause;
use crate::scenario::ComponentId;
use std::collections::BTreeMap;

/// A network made ready to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Blueprint {
    pub program: Program,
    /// With its place, as all that follow.
    pub stations: Vec<(u32, StationSpec)>,
    pub samplers: Vec<(u32, SamplerSpec)>,
    pub sources: Vec<(u32, SourceSpec)>,
    pub stores: Vec<(u32, Store)>,
    pub logs: Vec<(u32, Log)>,
    pub quorums: Vec<(u32, Quorum)>,
    pub originals: Vec<(u32, Original)>,
    pub rules: Vec<(u32, RuleSpec)>,
    pub deliveries: Vec<(u32, DeliverySpec)>,
    pub balancers: Vec<(u32, BalancerSpec)>,
    /// The place of each of the network's classes, stations and stores.
    pub class_places: Vec<u32>,
    /// See [`Blueprint::class_places`].
    pub station_places: Vec<u32>,
    /// See [`Blueprint::class_places`].
    pub store_places: Vec<u32>,
}

/// How a block of operations ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Somebody called it.
    Return,
    /// A job of its own.
    End,
}

/// What is left to write, last first.
enum Task {
    Step(StepId),
    Op(Op),
    /// Here is a label's place.
    Label(u32),
}

struct Writer<'a> {
    network: &'a Network,
    registry: &'a mut Registry,
    blueprint: Blueprint,
    /// Whose step each is: the component that is entered last on the way to it.
    owners: Vec<ComponentId>,
    /// The component that is entered at a step.
    entered: Vec<Option<ComponentId>>,
    /// How many steps lead to each.
    parents: Vec<u32>,
    samplers: Vec<u32>,
    choices: Vec<u32>,
    rules: Vec<u32>,
    /// Which stores stand for a function's environments: those that are told when one is idle again.
    environments: Vec<bool>,
    /// Places of labels, by label.
    labels: Vec<u32>,
    blocks: BTreeMap<(StepId, Ending), u32>,
    unwritten: Vec<(StepId, Ending, u32)>,
    tasks: Vec<Task>,
}

/// Translates a network.
pub(super) fn translate(compiled: &Compiled, registry: &mut Registry) -> Blueprint {
    let network = &compiled.network;
    registry.begin();
    let mut writer = Writer {
        network,
        registry,
        blueprint: Blueprint::default(),
        owners: vec![ComponentId(0); network.steps.len()],
        entered: vec![None; network.steps.len()],
        parents: vec![0; network.steps.len()],
        samplers: vec![NONE; network.steps.len()],
        choices: vec![NONE; network.steps.len()],
        rules: vec![NONE; network.steps.len()],
        environments: vec![false; network.stores.len()],
        labels: Vec::new(),
        blocks: BTreeMap::new(),
        unwritten: Vec::new(),
        tasks: Vec::new(),
    };
    for step in &network.steps {
        if let Step::Mark(crate::network::Mark::Idle(store)) = step {
            writer.environments[store.0 as usize] = true;
        }
    }
    for entry in &compiled.entries {
        writer.entered[entry.step.0 as usize] = Some(entry.component);
        writer.registry.entries.place(entry.component);
    }
    writer.place_classes();
    writer.find_owners();
    writer.place_stations();
    writer.place_draws();
    writer.write_sources();
    writer.write_blocks();
    writer.resolve_labels();
    let ops = &mut writer.blueprint.program.ops;
    spare_calls(ops);
    join_calls(ops);
    lead_on(ops);
    writer.blueprint
}

/// A block that is a single operation stands where it is called, instead of the call.
fn spare_calls(ops: &mut [Op]) {
    for place in 0..ops.len() {
        if let Op::Call { to } = ops[place]
            && let [
                body @ (Op::Serve { .. } | Op::Token { .. } | Op::Delay { .. }),
                Op::Return,
                ..,
            ] = ops[to as usize..]
        {
            ops[place] = body;
        }
    }
}

/// A call that takes no time and the service that it asks for become one operation. The service stays where it is, for those who have been
/// held up on the way.
fn join_calls(ops: &mut [Op]) {
    for place in 1..ops.len() {
        if let [
            Op::Hop { link, seconds: 0.0 },
            Op::Serve {
                station,
                sampler,
                entry,
            },
        ] = ops[place - 1..=place]
            && link < Small::MOST.get()
        {
            ops[place - 1] = Op::Reach {
                link: Small::new(link),
                station,
                sampler,
                entry,
            };
        }
    }
}

/// Who has found something goes on at once where there is nothing to do with it, and not by way of a jump.
fn lead_on(ops: &mut [Op]) {
    for place in 0..ops.len() {
        if let Op::Lookup { store, miss, hit } = ops[place]
            && let Some(Op::Jump { to }) = ops.get(hit as usize).copied()
        {
            ops[place] = Op::Lookup {
                store,
                miss,
                hit: to,
            };
        }
    }
}

impl Writer<'_> {
    /// Steps' children come before them: from the last to the first, everybody's parents are known.
    fn find_owners(&mut self) {
        let mut known = vec![false; self.network.steps.len()];
        for source in &self.network.sources {
            for route in &source.routes {
                let root = route.step.0 as usize;
                self.parents[root] += 1;
                self.owners[root] = self.entered[root].unwrap_or(source.component);
                known[root] = true;
            }
        }
        for index in (0..self.network.steps.len()).rev() {
            if !known[index] {
                continue;
            }
            let owner = self.owners[index];
            let (parents, owners, entered) = (&mut self.parents, &mut self.owners, &self.entered);
            let mut lead = |child: StepId| {
                let child = child.0 as usize;
                parents[child] += 1;
                if !known[child] {
                    known[child] = true;
                    owners[child] = entered[child].unwrap_or(owner);
                }
            };
            match &self.network.steps[index] {
                Step::Acting { ways, .. } => ways.iter().for_each(|way| lead(*way)),
                step => step.for_each_child(lead),
            }
        }
    }

    fn place_classes(&mut self) {
        for class in &self.network.classes {
            let place = self.registry.classes.place(class.class);
            self.blueprint.class_places.push(place);
        }
    }

    fn write_sources(&mut self) {
        for source in &self.network.sources {
            let place = self.registry.sources.place(source.component);
            let start = self.blueprint.program.ops.len() as u32;
            if matches!(source.arrivals, Arrivals::Closed { .. }) {
                self.emit(Op::Think { source: place });
            }
            self.emit(Op::Begin { source: place });
            let mut sum = 0.0;
            let classes = self.blueprint.class_places.clone();
            let routes = source
                .routes
                .iter()
                .map(|route| {
                    sum += route.share;
                    (
                        sum,
                        classes[route.class.0 as usize],
                        self.block(route.step, Ending::End),
                    )
                })
                .collect();
            self.blueprint.sources.push((
                place,
                SourceSpec {
                    component: source.component,
                    arrivals: source.arrivals.clone(),
                    routes,
                    start,
                },
            ));
        }
    }

    fn emit(&mut self, op: Op) {
        self.blueprint.program.ops.push(op);
    }

    fn label(&mut self) -> u32 {
        self.labels.push(NONE);
        self.labels.len() as u32 - 1
    }

    /// The label of the block of a step, which will be written once.
    fn block(&mut self, step: StepId, ending: Ending) -> u32 {
        if let Some(label) = self.blocks.get(&(step, ending)) {
            return *label;
        }
        let label = self.label();
        self.blocks.insert((step, ending), label);
        self.unwritten.push((step, ending, label));
        label
    }

    fn write_blocks(&mut self) {
        while let Some((step, ending, label)) = self.unwritten.pop() {
            self.labels[label as usize] = self.blueprint.program.ops.len() as u32;
            self.body(step);
            self.write_tasks();
            self.emit(match ending {
                Ending::Return => Op::Return,
                Ending::End => Op::End,
            });
        }
    }

    fn write_tasks(&mut self) {
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Op(op) => self.emit(op),
                Task::Label(label) => {
                    self.labels[label as usize] = self.blueprint.program.ops.len() as u32;
                }
                Task::Step(step) if self.is_called(step) => {
                    let to = self.block(step, Ending::Return);
                    self.emit(Op::Call { to });
                }
                Task::Step(step) => self.body(step),
            }
        }
    }

    /// Writes a service, which may be all of a visit (`entry`, else [`NONE`]).
    fn serve(&mut self, step: StepId, entry: u32) {
        let Step::Serve { station, .. } = self.network.step(step) else {
            return;
        };
        let place = self.blueprint.station_places[station.0 as usize];
        let station = self.network.station(*station);
        self.emit(
            if matches!(station.discipline, Discipline::TokenBucket { .. }) {
                Op::Token { station: place }
            } else {
                Op::Serve {
                    station: place,
                    sampler: self.samplers[step.0 as usize],
                    entry,
                }
            },
        );
    }

    /// Whether the step is written once and called, since several lead to it and it isn't a single operation.
    fn is_called(&self, step: StepId) -> bool {
        // What is kept beyond the step can't be kept within a call.
        let environment = matches!(
            self.network.step(step),
            Step::Lookup { store, .. } if self.environments[store.0 as usize]
        );
        self.parents[step.0 as usize] > 1
            && !environment
            && (self.entered[step.0 as usize].is_some()
                || !matches!(
                    self.network.step(step),
                    Step::Done
                        | Step::Mark(_)
                        | Step::Hop { .. }
                        | Step::Delay { .. }
                        | Step::Serve { .. }
                        | Step::Fail { .. }
                ))
    }

    /// The service, where that is all of a visit. Where instances are watched, visits are told apart from services.
    fn service_alone(&self, visit: StepId, component: ComponentId) -> Option<StepId> {
        let mut step = visit;
        while let Step::Sequence(steps) = self.network.step(step) {
            let [only] = steps.as_slice() else {
                return None;
            };
            if self.parents[only.0 as usize] > 1 || self.entered[only.0 as usize].is_some() {
                return None;
            }
            step = *only;
        }
        let Step::Serve { station, .. } = self.network.step(step) else {
            return None;
        };
        let station = self.network.station(*station);
        let alone = station.component == component
            && !matches!(station.discipline, Discipline::TokenBucket { .. })
            && self.network.watches.is_empty();
        alone.then_some(step)
    }

    /// Writes a step, or leaves the tasks that will.
    fn body(&mut self, id: StepId) {
        let index = id.0 as usize;
        let network = self.network;
        if let Some(component) = self.entered[index] {
            let entry = self.registry.entries.place(component);
            if let Some(service) = self.service_alone(id, component) {
                self.serve(service, entry);
                if self.is_original(component) {
                    self.emit(Op::Mark(Mark::Answered { entry }));
                }
                return;
            }
            if self.is_original(component) {
                self.tasks
                    .push(Task::Op(Op::Mark(Mark::Answered { entry })));
            }
            let component = component.0;
            self.emit(Op::Enter { entry, component });
            self.tasks.push(Task::Op(Op::Leave));
        }
        match network.step(id) {
            Step::Done => {}
            Step::Mark(mark) => {
                let mark = self.mark(*mark);
                self.emit(Op::Mark(mark));
            }
            Step::Hop { link, round_trip } => {
                let link = link.map_or(NONE, |link| self.registry.links.place(link));
                if link != NONE || round_trip.0 > 0.0 {
                    self.emit(Op::Hop {
                        link,
                        seconds: round_trip.0,
                    });
                }
            }
            Step::Delay { .. } => self.emit(Op::Delay {
                sampler: self.samplers[index],
            }),
            Step::Serve { .. } => self.serve(id, NONE),
            Step::Hold { pool, body } => {
                let pool = self.blueprint.station_places[pool.0 as usize];
                self.emit(Op::Acquire { pool });
                self.tasks.push(Task::Op(Op::Release));
                self.tasks.push(Task::Step(*body));
            }
            Step::Sequence(steps) => {
                self.tasks
                    .extend(steps.iter().rev().map(|step| Task::Step(*step)));
            }
            Step::Parallel(calls) => self.fork(calls, Small::MOST),
            Step::Quorum { needed, calls } => {
                // With so many calls that their number has no place it would begin none.
                let needed = Small::new((*needed).min(Small::MOST.get() - 1));
                self.fork(calls, needed);
            }
            Step::Branch(branches) => self.branch(id, branches, self.choices[index]),
            Step::Repeat { count, body } => {
                let (behind, start) = (self.label(), self.label());
                self.emit(Op::Repeat {
                    choice: Small::new(self.choices[index]),
                    to: behind,
                    count: *count,
                });
                self.tasks.push(Task::Label(behind));
                self.tasks.push(Task::Op(Op::Again { to: start }));
                self.tasks.push(Task::Step(*body));
                self.tasks.push(Task::Label(start));
            }
            Step::Lookup { store, hit, miss } => {
                let place = self.blueprint.store_places[store.0 as usize];
                let (found, missed, behind) = (self.label(), self.label(), self.label());
                let environment = self.environments[store.0 as usize];
                let buffer = network.stores[store.0 as usize].is_write_buffer;
                self.emit(if buffer {
                    Op::Buffer {
                        store: place,
                        miss: missed,
                    }
                } else if environment {
                    Op::Environment {
                        function: place,
                        cold: missed,
                    }
                } else {
                    Op::Lookup {
                        store: place,
                        miss: missed,
                        hit: found,
                    }
                });
                self.tasks.push(Task::Label(behind));
                if !environment && !buffer {
                    self.tasks.push(Task::Op(Op::Keep));
                }
                self.tasks.push(Task::Step(*miss));
                self.tasks.push(Task::Label(missed));
                self.tasks.push(Task::Op(Op::Jump { to: behind }));
                self.tasks.push(Task::Step(*hit));
                self.tasks.push(Task::Label(found));
            }
            Step::Acting {
                log,
                part,
                task,
                ways,
            } => self.acting(*log, *part, *task, ways),
            Step::Detach(body, why) => {
                let to = self.block(*body, Ending::End);
                let handed_over = *why == Aside::HandedOver;
                self.emit(Op::Detach { to, handed_over });
            }
            Step::Fail {
                component,
                probability,
            } => {
                let dead_end = network.dead_ends.binary_search(&id).is_ok();
                let cause = self.registry.causes.place(Cause {
                    component: Some(*component),
                    why: if dead_end {
                        LossCause::NoRoute
                    } else {
                        LossCause::Error
                    },
                });
                self.emit(Op::Fail {
                    cause: Small::new(cause),
                    choice: self.choices[index],
                    probability: *probability,
                });
            }
            Step::Deliver { body, .. } => {
                let rule = self.rules[index];
                let to = self.block(*body, Ending::End);
                self.emit(Op::Deliver { rule, to });
            }
            Step::Attempt { body, rule: limits } => {
                let rule = self.rules[index];
                self.emit(Op::Attempt { rule });
                if limits.breaker.is_some() {
                    self.emit(Op::Permit { rule });
                }
                self.tasks.push(Task::Op(Op::Succeed));
                if limits.timeout.is_some() || limits.hedge_after.is_some() {
                    let to = self.block(*body, Ending::End);
                    self.tasks.push(Task::Op(Op::Launch { rule, to }));
                } else {
                    self.tasks.push(Task::Step(*body));
                }
            }
        }
    }

    fn fork(&mut self, calls: &[StepId], needed: Small) {
        let ways: Vec<Way> = calls
            .iter()
            .map(|call| Way::new(0.0, self.block(*call, Ending::End)))
            .collect();
        let first = self.blueprint.program.ways.len() as u32;
        self.blueprint.program.ways.extend(ways);
        self.emit(Op::Fork {
            needed,
            first,
            count: calls.len() as u32,
            over: self.divided(calls).unwrap_or(NONE),
        });
    }

    /// The station whose instances divide data, where a component asks several of them at once: copies of one key, or all shards.
    fn divided(&self, calls: &[StepId]) -> Option<u32> {
        let (first, others) = calls.split_first()?;
        if others.is_empty() || others.iter().any(|call| call != first) {
            return None;
        }
        let mut step = *first;
        loop {
            // Calls of another component are about keys of their own.
            if self.entered[step.0 as usize].is_some() {
                return None;
            }
            step = match self.network.step(step) {
                Step::Sequence(steps) => *steps.first()?,
                Step::Serve { station, .. } | Step::Hold { pool: station, .. } => {
                    let divides =
                        matches!(self.network.station(*station).dispatch, Dispatch::Shares(_));
                    return divides.then(|| self.blueprint.station_places[station.0 as usize]);
                }
                _ => return None,
            };
        }
    }

    fn branch(&mut self, step: StepId, branches: &[(f64, StepId)], choice: u32) {
        let mut balancings = self.network.balancings.iter();
        let balancing = balancings.find(|balancing| balancing.step == step);
        let counted = balancing
            .is_some_and(|balancing| matches!(balancing.picks, Picks::Fewest | Picks::FewerOfTwo));
        let first = self.ways(branches, counted.then_some(Op::Came));
        let count = branches.len() as u32;
        let Some(balancing) = balancing else {
            self.emit(Op::Branch {
                first,
                count,
                choice,
            });
            return;
        };
        let ways = self.blueprint.program.ways[first as usize..].iter_mut();
        for (way, target) in ways.zip(&balancing.targets) {
            way.target = target.component.0;
            way.weight = target.weight;
        }
        let Some(by) = By::of(&balancing.picks) else {
            self.emit(Op::Choose {
                count: Small::new(count),
                first,
                choice,
                door: balancing.door.0,
            });
            return;
        };
        let targets = balancing.targets.iter().map(|target| target.component);
        let targets: Vec<ComponentId> = targets.collect();
        let name = (balancing.door, targets.clone());
        let place = self.registry.balancers.place(name);
        let known = &mut self.blueprint.balancers;
        if known.iter().all(|(known, _)| *known != place) {
            let spec = BalancerSpec {
                door: balancing.door,
                targets,
                by,
                leaves_out: balancing.leaves_out,
            };
            known.push((place, spec));
        }
        self.emit(Op::Pick {
            count: Small::new(count),
            first,
            balancer: place,
            counted,
        });
    }

    /// Leaves the tasks of writing these bodies, each with that at its end, and says from where on in the branch table they stand.
    fn ways(&mut self, branches: &[(f64, StepId)], end: Option<Op>) -> u32 {
        let behind = self.label();
        let first = self.blueprint.program.ways.len() as u32;
        let starts: Vec<u32> = branches.iter().map(|_| self.label()).collect();
        let mut sum = 0.0;
        for ((probability, _), start) in branches.iter().zip(&starts) {
            sum += probability;
            self.blueprint.program.ways.push(Way::new(sum, *start));
        }
        self.tasks.push(Task::Label(behind));
        for ((_, step), start) in branches.iter().zip(&starts).rev() {
            self.tasks.push(Task::Op(Op::Jump { to: behind }));
            self.tasks.extend(end.map(Task::Op));
            self.tasks.push(Task::Step(*step));
            self.tasks.push(Task::Label(*start));
        }
        first
    }

    /// Puts places where labels stand.
    fn resolve_labels(&mut self) {
        let place = |label: u32| self.labels[label as usize];
        for op in &mut self.blueprint.program.ops {
            op.for_each_target(|to| *to = place(*to));
        }
        for way in &mut self.blueprint.program.ways {
            way.to = place(way.to);
        }
        for (_, source) in &mut self.blueprint.sources {
            for (_, _, to) in &mut source.routes {
                *to = place(*to);
            }
        }
    }
}
