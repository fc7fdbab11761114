//! A network becomes another one while it runs. Whatever kept its name keeps its state; what is new begins empty; what has left lets those
//! finish who are in it. It doesn't know what was changed in the drawing.
//!
//! - Requests under way follow the program by which they began (`code`), with the times, rules and servers that its parts have now.
//! - Queues, servers kept, turns, tokens, random streams, deadlines, autoscalers and figures stay. Where there are fewer servers, instances
//!   or rooms than before, those who are there finish there (`stations`).
//! - Copies of data keep what they have applied, unless there are others than before: then all of them are up to date.
//! - Stores keep the keys for which there is room, and whose node is the same; new ones begin empty.
//! - Times to the next arrival and of thinking are stretched as their means are, so that a new rate holds from now on. Users too many leave:
//!   those who think at once, the others at the end of their request.
//! - Faults go on where what they befell is still there (`faults`), and follow the document from now on (`timeline`).
//! - A place that nobody uses any more keeps its figures until a new part gets it (`names`), so that memory is bounded over any number
//!   of changes.
//!
//! [`Engine::change`] names every field of the engine: a new one doesn't compile until somebody has said here how it is carried over. Setting
//! a simulation up is a change from nothing.

mod code;
mod faults;
mod figures;
mod originals;
mod stations;
#[cfg(test)]
mod tests;
mod timeline;

pub(super) use code::Generation;

use super::agenda::{Serial, Topic};
use super::buffers::Buffer;
use super::copies::Copies;
use super::delivering::{Delivery, VISIBILITY};
use super::engine::Engine;
use super::environments::{self, Environments};
use super::failover::OF_COPIES;
use super::faults::{Faults, register};
use super::job::{Doing, Kind, Open};
use super::keys::{self, Demand, KeyStore, Tables};
use super::law::Sampler;
use super::names::{Registry, Table, Used};
use super::program::{Cause, DeliverySpec, NONE, Op, RuleSpec, SamplerSpec, SourceSpec};
use super::quorums::Quorums;
use super::random::Stream;
use super::rules::{Rule, of_list};
use super::scaling::{self, Scaler};
use super::source::{Source, Stretch};
use super::translate::{Blueprint, translate};
use super::zipf::Laws;
use super::{Purpose, Stores};
use crate::network::{Compiled, Log, Network, Quorum, Store};
use crate::report::LossCause;

/// The simulation's place of each of the network's parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub classes: Vec<u32>,
    pub stations: Vec<u32>,
    pub stores: Vec<u32>,
}

/// How much longer what is under way takes, by source.
type Stretches = Vec<Stretch>;

impl Engine {
    /// Becomes the engine of this network. New stores hold what is told.
    pub(super) fn change(
        &mut self,
        compiled: &Compiled,
        registry: &mut Registry,
        seed: u64,
        stores: Stores,
    ) -> Places {
        let network = &compiled.network;
        let is_first = self.program.ops.is_empty();
        let blueprint = translate(compiled, registry);
        register(compiled.disturbances.iter(), registry);
        // Those that the document hasn't any more may still be under way.
        let timeline = self.faults.timeline.iter();
        register(timeline.map(|planned| &planned.disturbance), registry);
        let overflow = registry.causes.place(Cause {
            component: None,
            why: LossCause::TooManyInFlight,
        });
        let Blueprint {
            program,
            stations: station_specs,
            samplers: sampler_specs,
            sources: mut source_specs,
            stores: store_specs,
            logs,
            quorums,
            originals,
            rules: rule_specs,
            deliveries: delivery_specs,
            balancers: balancer_specs,
            class_places,
            station_places,
            store_places,
        } = blueprint;
        let scaler_specs: Vec<(u32, Scaler)> = scaling::scalers(network, &station_places)
            .into_iter()
            .map(|(component, scaler)| (registry.scalers.place(component), scaler))
            .collect();

        // Every field, so that a new one is carried over by somebody's decision. Those with `_` are dealt with below.
        let Engine {
            // Goes on.
            now: _,
            events: _,
            // Of this instant.
            rounds: _,
            // Of requests under way: they stay. Their urgency follows their class.
            jobs: _,
            frames: _,
            joins: _,
            // Nobody, between two entries of the agenda.
            ready: _,
            dropped: _,
            // A limit of the run, not of the network.
            most_jobs: _,
            // Spans seen so far, by places that stay.
            traces: _,
            // By names, which stay.
            returned: _,
            // Set up below for the first network, carried over by edit_faults, change_faults, carry_outages, look_at_all_faults and
            // amend_faults.
            faults: _,
            link_places: _,
            seed: _,
            // By change_code.
            program: _,
            // By change_stations.
            stations: _,
            queues: _,
            // By change_sources, change_stores, change_copies, change_originals and change_scalers.
            sources: _,
            stores: _,
            buffers: _,
            copies: _,
            quorums: _,
            originals: _,
            environments: _,
            scalers: _,
            // By change_watchers and change_rings.
            watchers: _,
            draws_keys: _,
            standbys: _,
            rings: _,
            // By change_balancers.
            balancers: _,
            // By change_draws and change_rules.
            samplers: _,
            sampler_owners: _,
            choices: _,
            rules: _,
            deliveries: _,
            // By change_levels.
            levels: _,
            priorities: _,
            // What belongs to nothing any more leaves it at the end.
            agenda: _,
            tally: _,
            causes,
            entries,
            overflow: own_overflow,
        } = self;
        *own_overflow = overflow;
        causes.clone_from(&registry.causes.all().to_vec());
        *entries = (registry.entries.all().iter())
            .map(|component| component.0)
            .collect();
        self.tally.change(registry, &mut self.agenda);
        let mut amended = Vec::new();
        if is_first && !compiled.disturbances.is_empty() {
            self.seed = seed;
            self.faults = Faults::new(seed, &compiled.disturbances, registry);
        } else if self.faults.any || !compiled.disturbances.is_empty() {
            self.seed = seed;
            self.faults.any = true;
            amended = self.edit_faults(&compiled.disturbances);
            self.change_faults(seed, registry);
        }
        if self.faults.any {
            let links = registry.links.iter();
            self.link_places = links.map(|(link, place)| (link.0, place)).collect();
        }

        let (levels, reordered) = self.change_levels(network, &class_places, registry);
        self.change_draws(sampler_specs, registry, seed);
        self.change_rules(rule_specs, registry);
        self.change_deliveries(delivery_specs, registry);
        let demand = match network.as_begun() {
            Some(begun) => Demand::of(&begun),
            None => Demand::of(network),
        };
        let beginning = Beginning {
            demand: &demand,
            classes: &class_places,
            stores,
        };
        self.change_environments(network, &store_places, registry, seed, &beginning);
        let mut tables = Tables::default();
        self.change_stores(store_specs, registry, seed, &beginning, &mut tables);
        let laws = &mut tables.laws;
        self.change_copies(logs, registry, seed, laws);
        self.change_quorums(quorums, registry, seed, laws);
        self.change_originals(originals, compiled, registry, seed, &beginning, laws);
        let main = self.change_code(&program);
        for (_, source) in &mut source_specs {
            source.start += main;
            for (_, _, start) in &mut source.routes {
                *start += main;
            }
        }
        self.change_stations(station_specs, registry, seed, levels, reordered);
        self.change_scalers(scaler_specs, registry);
        self.change_watchers(&network.watches, seed);
        self.change_rings(network, &class_places);
        self.change_standbys(network, seed);
        self.change_balancers(balancer_specs, registry, seed);
        let stretches = self.change_sources(source_specs, registry, seed);
        if self.faults.any && !is_first {
            self.look_at_all_faults();
            self.amend_faults(amended);
        }
        self.advance_ready();
        self.tidy_agenda(&stretches);
        registry.settle(&self.used(registry, main));
        for place in 0..registry.stores.len() as u32 {
            if registry.stores.is_idle(place) {
                self.stores[place as usize].empty();
            }
        }
        Places {
            classes: class_places,
            stations: station_places,
            stores: store_places,
        }
    }

    /// Classes are as urgent as the network says; how many priorities there are, and whether somebody's has changed.
    fn change_levels(
        &mut self,
        network: &Network,
        places: &[u32],
        registry: &Registry,
    ) -> (usize, bool) {
        let mut urgencies: Vec<u8> = network.classes.iter().map(|class| class.priority).collect();
        urgencies.sort_unstable();
        urgencies.dedup();
        let before = self.levels.clone();
        let priorities = std::mem::replace(&mut self.priorities, urgencies.len());
        self.levels.resize(registry.classes.len(), 0);
        for (class, place) in network.classes.iter().zip(places) {
            let level = urgencies.partition_point(|level| *level < class.priority);
            self.levels[*place as usize] = level as u8;
        }
        let reordered = before[..] != self.levels[..before.len()] || priorities != urgencies.len();
        if reordered {
            for job in self.jobs.in_use_mut() {
                job.level = self.levels[usize::from(job.class)];
            }
        }
        (urgencies.len(), reordered)
    }

    /// Times are drawn from the distributions specified, with the streams there are.
    fn change_draws(&mut self, specs: Vec<(u32, SamplerSpec)>, registry: &Registry, seed: u64) {
        for (place, law) in specs {
            let (component, ordinal) = registry.samplers.all()[place as usize];
            let stream = Stream::named(seed, component.0, Purpose::Time, ordinal);
            let mut sampler = Sampler::new(&law, stream);
            match self.samplers.get_mut(place as usize) {
                None => self.samplers.push(sampler),
                Some(own) if registry.samplers.is_fresh(place) => *own = sampler,
                Some(own) => {
                    std::mem::swap(own, &mut sampler);
                    own.go_on_from(sampler);
                }
            }
        }
        self.sampler_owners = (registry.samplers.all().iter())
            .map(|(component, _)| component.0)
            .collect();
        for (place, (component, purpose, ordinal)) in registry.choices.all().iter().enumerate() {
            if place < self.choices.len() && !registry.choices.is_fresh(place as u32) {
                continue;
            }
            let stream = Stream::named(seed, component.0, *purpose, *ordinal);
            match self.choices.get_mut(place) {
                None => self.choices.push(stream),
                Some(own) => *own = stream,
            }
        }
    }

    /// Attempts follow the rules specified from the next one on; deadlines that were set stay.
    fn change_rules(&mut self, specs: Vec<(u32, RuleSpec)>, registry: &Registry) {
        for (place, spec) in specs {
            match self.rules.get_mut(place as usize) {
                None => self.rules.push(Rule::new(spec)),
                Some(own) if registry.rules.is_fresh(place) => *own = Rule::new(spec),
                Some(own) => own.change(spec),
            }
        }
    }

    /// Messages come back as specified from the next one that is taken on.
    fn change_deliveries(&mut self, specs: Vec<(u32, DeliverySpec)>, registry: &Registry) {
        for (place, spec) in specs {
            match self.deliveries.get_mut(place as usize) {
                None => self.deliveries.push(Delivery::new(spec)),
                Some(own) if registry.deliveries.is_fresh(place) => *own = Delivery::new(spec),
                Some(own) => own.spec = spec,
            }
        }
    }

    /// Functions keep the environments that there are, for as long as they are kept now.
    fn change_environments(
        &mut self,
        network: &Network,
        places: &[u32],
        registry: &Registry,
        seed: u64,
        beginning: &Beginning,
    ) {
        self.environments
            .resize_with(registry.stores.len(), Environments::default);
        for (index, (store, place)) in network.stores.iter().zip(places).enumerate() {
            let rate = beginning.demand.lookups(index).iter().sum();
            let stream = Stream::named(seed, store.component.0, Purpose::Key, environments::STREAM);
            let warm = beginning.stores == Stores::Warm && registry.stores.is_fresh(*place);
            let now = self.now;
            let new = environments::of(network, index as u32, rate, now, warm.then_some(stream));
            let own = &mut self.environments[*place as usize];
            if registry.stores.is_fresh(*place) {
                *own = new;
            } else {
                own.go_on_as(new);
            }
        }
    }

    fn change_stores(
        &mut self,
        specs: Vec<(u32, Store)>,
        registry: &Registry,
        seed: u64,
        beginning: &Beginning,
        tables: &mut Tables,
    ) {
        let most = keys::most_keys(specs.len());
        for (index, (place, store)) in specs.into_iter().enumerate() {
            let lookups = beginning.lookups(index, registry.classes.len());
            let ordinal = registry.stores.all()[place as usize].1;
            let buffer = Buffer::new(seed, ordinal, &store, &mut tables.laws);
            match self.buffers.get_mut(place as usize) {
                None => self.buffers.push(buffer),
                Some(own) if registry.stores.is_fresh(place) => *own = buffer,
                Some(own) => own.change(buffer),
            }
            // What waits is held there.
            let buffers = store.is_write_buffer;
            let most = if buffers { 1 } else { most };
            let mut new = || {
                let mut keys = KeyStore::new(seed, ordinal, &store, &lookups, most, tables);
                if beginning.stores == Stores::Warm && !buffers {
                    keys.warm(&lookups, beginning.demand.stay(index));
                }
                keys
            };
            match self.stores.get_mut(place as usize) {
                None => self.stores.push(new()),
                Some(own) if registry.stores.is_fresh(place) => *own = new(),
                Some(own) => own.change(seed, ordinal, &store, &lookups, most, tables),
            }
        }
    }

    /// Copies of data are those specified; who waits for his turn at one that isn't any more goes on.
    fn change_copies(
        &mut self,
        specs: Vec<(u32, Log)>,
        registry: &Registry,
        seed: u64,
        laws: &mut Laws,
    ) {
        for (place, log) in specs {
            match self.copies.get_mut(place as usize) {
                None => self.copies.push(Copies::new(seed, &log, laws)),
                Some(own) if registry.logs.is_fresh(place) => *own = Copies::new(seed, &log, laws),
                Some(own) => {
                    for waiter in own.change(seed, &log, laws) {
                        self.jobs[waiter].doing = Doing::Nothing;
                        self.ready.push(waiter);
                    }
                }
            }
        }
    }

    /// Copies of keys keep the writes that they have.
    fn change_quorums(
        &mut self,
        specs: Vec<(u32, Quorum)>,
        registry: &Registry,
        seed: u64,
        laws: &mut Laws,
    ) {
        self.quorums
            .resize_with(registry.replicas.len(), Quorums::default);
        for (place, quorum) in specs {
            let own = &mut self.quorums[place as usize];
            if registry.replicas.is_fresh(place) {
                *own = Quorums::new(seed, &quorum, laws);
            } else {
                own.change(seed, &quorum, laws);
            }
        }
    }

    /// Autoscalers aim at what is specified; where there was none, one begins with the instances that serve.
    fn change_scalers(&mut self, specs: Vec<(u32, Scaler)>, registry: &Registry) {
        for place in 0..self.scalers.len() as u32 {
            if !registry.scalers.is_current(place) {
                self.scalers[place as usize].leave();
            }
        }
        for (place, spec) in specs {
            let index = place as usize;
            if index == self.scalers.len() {
                self.scalers.push(spec);
            } else if registry.scalers.is_fresh(place) || !self.scalers[index].is_active() {
                self.scalers[index] = spec;
            } else {
                let running = self.scalers[index].running;
                self.scalers[index].change(spec, &self.stations);
                if running != self.scalers[index].clamp(running) {
                    self.run_instances(index, running);
                }
                continue;
            }
            self.scalers[index].begin(&self.stations);
            self.start_scaler(index);
        }
    }

    /// Populations send as specified; says by how much the times that are under way become longer.
    fn change_sources(
        &mut self,
        specs: Vec<(u32, SourceSpec)>,
        registry: &Registry,
        seed: u64,
    ) -> Stretches {
        let new = Stretch {
            gap: None,
            think: 1.0,
        };
        let mut stretches = vec![new; registry.sources.len()];
        let mut users = vec![0_u32; registry.sources.len()];
        let mut thinking: Vec<Vec<u32>> = vec![Vec::new(); registry.sources.len()];
        for id in self.jobs.places_in_use() {
            let job = &self.jobs[id];
            if job.kind != Kind::User {
                continue;
            }
            users[job.source as usize] += 1;
            if job.doing == Doing::Sleeping
                && matches!(self.program.ops[job.at as usize], Op::Begin { .. })
            {
                thinking[job.source as usize].push(id);
            }
        }
        for (place, (source, thinking)) in (0..).zip(self.sources.iter_mut().zip(&thinking)) {
            if !registry.sources.is_current(place) {
                source.leave();
                for id in thinking {
                    discard(&mut self.jobs, *id);
                }
            }
        }
        for (place, spec) in specs {
            let index = place as usize;
            if index == self.sources.len() {
                self.sources.push(Source::new(seed, &spec));
            } else if registry.sources.is_fresh(place) {
                self.sources[index] = Source::new(seed, &spec);
            } else {
                stretches[index] = self.sources[index].change(seed, &spec, self.now);
            }
            let now = self.now;
            let source = &mut self.sources[index];
            if stretches[index].gap.is_none() {
                source.pending = Serial::NONE;
                if let Some(time) = source.next_arrival(now) {
                    source.pending = self.agenda.plan(time, Topic::Source(place));
                }
                stretches[index].gap = Some(1.0);
            }
            source.unseated = 0;
            let (wanted, there) = (source.wanted_users(), users[index]);
            if wanted < there {
                let gone = self.dismiss(&thinking[index], there - wanted);
                self.sources[index].leaving = there - wanted - gone;
            } else {
                self.seat(place, wanted - there);
            }
        }
        stretches
    }

    /// So many of these users leave at once; says how many have.
    fn dismiss(&mut self, thinking: &[u32], most: u32) -> u32 {
        let mut gone = 0;
        for id in thinking.iter().take(most as usize) {
            discard(&mut self.jobs, *id);
            gone += 1;
        }
        gone
    }

    /// Drops what belongs to nothing any more, and stretches times under way.
    fn tidy_agenda(&mut self, stretches: &Stretches) {
        let faults = self.faults_by_serial();
        let Engine {
            now,
            agenda,
            program,
            jobs,
            sources,
            queues,
            rules,
            deliveries,
            scalers,
            watchers,
            ..
        } = self;
        let stretched = |time: f64, by: f64| {
            if by == 1.0 {
                time
            } else {
                *now + (time - *now) * by
            }
        };
        agenda.revise(|entry| {
            let keep = |pending: Serial| (pending == entry.serial).then_some(entry.time);
            let time = match entry.topic {
                Topic::Job(id) => {
                    let job = &jobs[id];
                    let time = keep(job.pending)?;
                    let thinks = job.kind == Kind::User
                        && job.doing == Doing::Sleeping
                        && matches!(program.ops[job.at as usize], Op::Begin { .. });
                    if thinks {
                        stretched(time, stretches[job.source as usize].think)
                    } else {
                        time
                    }
                }
                Topic::Source(place) => stretched(
                    keep(sources[place as usize].pending)?,
                    stretches[place as usize].gap.unwrap_or(1.0),
                ),
                Topic::Sharing(place) => keep(queues[place as usize].sharing.pending)?,
                Topic::Deadline(list) if list >= VISIBILITY => {
                    keep(deliveries[(list - VISIBILITY) as usize].deadlines.pending)?
                }
                Topic::Deadline(list) => {
                    let (rule, which) = of_list(list);
                    keep(rules[rule as usize].deadlines[which as usize].pending)?
                }
                Topic::Probe(_) => {
                    let index = watchers.probing(entry.serial)?;
                    return Some((entry.time, Topic::Probe(index)));
                }
                Topic::Fault(index) if index < OF_COPIES => {
                    let found = faults.binary_search_by_key(&entry.serial, |fault| fault.0);
                    return Some((entry.time, Topic::Fault(faults[found.ok()?].1)));
                }
                Topic::Clock(0) | Topic::Series | Topic::Fault(_) => entry.time,
                Topic::Clock(scaler) => scalers[scaler as usize - 1]
                    .is_active()
                    .then_some(entry.time)?,
            };
            Some((time, entry.topic))
        });
    }

    /// Places that what is under way needs, be they the network's or not; the current program starts at `main`.
    fn used(&self, registry: &Registry, main: u32) -> Used {
        let mut used = Used::default();
        for op in self.program.ops_outside(main) {
            op.for_each_place(|table, place| used.mark(table, place));
        }
        for job in self.jobs.in_use() {
            used.mark(Table::Classes, u32::from(job.class));
            let table = if job.kind == Kind::Delivery {
                Table::Deliveries
            } else {
                Table::Sources
            };
            used.mark(table, job.source);
            let mut frame = job.frame;
            while frame != NONE {
                match self.frames[frame] {
                    Open::Visit { entry, .. } => used.mark(Table::Entries, entry),
                    Open::Held { pool, .. } => used.mark(Table::Stations, pool),
                    Open::Attempting { rule, .. } => used.mark(Table::Rules, rule),
                    Open::Fetching { store, .. } => used.mark(Table::Stores, store),
                    Open::Delivering { rule, .. } => used.mark(Table::Deliveries, rule),
                    Open::Environment { function, .. } => used.mark(Table::Stores, function),
                    Open::Sent { balancer, .. } => used.mark(Table::Balancers, balancer),
                    Open::Called { .. } | Open::Repeating { .. } | Open::Reading { .. } => {}
                }
                frame = self.frames.below(frame);
            }
        }
        for join in self.joins.in_use() {
            if join.delivers != NONE {
                used.mark(Table::Deliveries, join.delivers);
            } else if join.list != NONE {
                used.mark(Table::Rules, of_list(join.list).0);
            }
            used.mark(Table::Causes, join.failure);
        }
        for (place, delivery) in (0..).zip(&self.deliveries) {
            if used.has(Table::Deliveries, place) {
                used.mark(Table::Causes, delivery.spec.cause);
                used.mark(Table::Queues, delivery.spec.queue);
            }
        }
        for (place, rule) in (0..).zip(&self.rules) {
            if used.has(Table::Rules, place) {
                used.mark(Table::Choices, rule.spec.choice);
                used.mark(Table::Causes, rule.spec.cause);
                used.mark(Table::Causes, rule.spec.stopped);
            }
        }
        for cause in self.faults.known_causes() {
            used.mark(Table::Causes, cause);
        }
        for (place, station) in (0..).zip(&self.stations) {
            if registry.stations.is_current(place) || used.has(Table::Stations, place) {
                used.mark(Table::Causes, station.refusal);
                used.mark(Table::Causes, station.unreachable);
                let patience = station.patience.iter();
                for cause in patience.flat_map(|patience| patience.causes()) {
                    used.mark(Table::Causes, cause);
                }
            }
        }
        used
    }
}

/// Frees the place of a job that has begun nothing.
fn discard(jobs: &mut super::job::Places<super::job::Job>, id: u32) {
    let job = jobs.free(id);
    job.doing = Doing::Nothing;
    job.pending = Serial::NONE;
}

/// What new stores begin with.
struct Beginning<'a> {
    demand: &'a Demand,
    /// Places of the network's classes.
    classes: &'a [u32],
    stores: Stores,
}

impl Beginning<'_> {
    /// Look-ups a second in a store (the network's number) by class place.
    fn lookups(&self, store: usize, classes: usize) -> Vec<f64> {
        let mut lookups = vec![0.0; classes];
        for (rate, class) in self.demand.lookups(store).iter().zip(self.classes) {
            lookups[*class as usize] = *rate;
        }
        lookups
    }
}
