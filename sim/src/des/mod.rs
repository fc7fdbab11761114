//! The event simulation: runs a network through time, event by event, and says what it saw and how sure it is. It knows neither a screen
//! nor a clock on the wall.
//!
//! The same network and seed give the same bits natively and in WebAssembly: one thread, a stable order at equal times, mathematical
//! functions of `libm` alone, and one random stream for each purpose of each component.

mod agenda;
mod called;
mod calls;
mod copies;
mod engine;
mod estimate;
mod fetching;
mod findings;
mod histogram;
mod job;
mod keys;
mod law;
mod program;
mod protection;
mod random;
mod replicating;
mod replications;
mod rules;
mod scaling;
mod serving;
mod shedding;
mod source;
mod station;
mod tally;
mod trace;
mod translate;
mod varying;
mod ziggurat;
mod zipf;

pub use called::{BreakerFindings, CallFindings};
pub use estimate::{Estimate, mean};
pub use findings::{
    ClassFindings, ComponentFindings, FailureFindings, Findings, LinkFindings, Quantiles,
    ReplicaFindings, StaleFindings, StationFindings, StoreFindings, Violation,
};
pub use histogram::Histogram;
pub use program::Cause;
pub use replications::pool;
pub use trace::{Activity, Span, Trace};

use crate::network::{Arrivals, Compiled, Instances, Network, StationId};
use crate::report::LossCause;
use crate::scenario::ComponentId;
use agenda::{Agenda, Topic};
use engine::Engine;
use keys::{Demand, KeyStore};
use law::Sampler;
use random::{Purpose, Stream};
use rules::Rule;
use scaling::Scaler;
use source::Source;
use station::Station;
use tally::{Columns, Tally};
use translate::Registry;
use zipf::Laws;

/// How a simulation is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// What all random numbers follow from.
    pub seed: u64,
    /// Most requests (and calls made at once) in flight; those beyond are refused, and counted as such. At most 2²¹.
    pub most_in_flight: usize,
    /// Windows in which figures are kept, 64 or more; when they are all used, each two become one.
    pub windows: usize,
    /// Length of the first windows in seconds; `None` chooses it by the load.
    pub window_seconds: Option<f64>,
    /// What stores hold at the beginning.
    pub stores: Stores,
}

/// What stores hold when a simulation begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stores {
    /// What they hold in the long run.
    #[default]
    Warm,
    /// Nothing.
    Cold,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 1,
            most_in_flight: 1_000_000,
            windows: 1_024,
            window_seconds: None,
            stores: Stores::Warm,
        }
    }
}

/// A network that runs through time.
#[derive(Clone, Debug)]
pub struct Simulation {
    engine: Engine,
    registry: Registry,
    network: Network,
    /// The simulation's place of each of the network's stations.
    station_places: Vec<u32>,
}

impl Simulation {
    /// Sets a network up at time 0: nobody is in it, users think, and stores hold what the settings say.
    pub fn new(compiled: &Compiled, settings: &Settings) -> Self {
        let network = &compiled.network;
        let mut registry = Registry::default();
        let blueprint = translate::translate(compiled, &mut registry);
        let overflow = registry.causes.place(Cause {
            component: None,
            why: LossCause::QueueFull,
        });
        let seed = settings.seed;
        let mut urgencies: Vec<u8> = network.classes.iter().map(|class| class.priority).collect();
        urgencies.sort_unstable();
        urgencies.dedup();
        let levels = network
            .classes
            .iter()
            .map(|class| urgencies.partition_point(|level| *level < class.priority) as u8)
            .collect();
        let mut causes = vec![
            Cause {
                component: None,
                why: LossCause::QueueFull
            };
            registry.causes.len()
        ];
        for (cause, place) in registry.causes.iter() {
            causes[place as usize] = *cause;
        }
        let mut entries = vec![0; registry.entries.len()];
        for (component, place) in registry.entries.iter() {
            entries[place as usize] = component.0;
        }
        let mut queues = Vec::new();
        let mut ordinals = std::collections::BTreeMap::<u32, u32>::new();
        let stations: Vec<Station> = blueprint
            .stations
            .iter()
            .map(|(place, spec)| {
                let ordinal = ordinals.entry(spec.component.0).or_default();
                *ordinal += 1;
                let stream = Stream::named(seed, spec.component.0, Purpose::Dispatch, *ordinal - 1);
                Station::new(*place, spec, urgencies.len(), stream, &mut queues)
            })
            .collect();
        let mut choices: Vec<Option<Stream>> = vec![None; registry.choices.len()];
        for ((component, purpose, ordinal), place) in registry.choices.iter() {
            let purpose = if *purpose == Purpose::Backoff as u8 {
                Purpose::Backoff
            } else {
                Purpose::Choice
            };
            choices[place as usize] = Some(Stream::named(seed, component.0, purpose, *ordinal));
        }
        let names: std::collections::BTreeMap<u32, translate::Own> = registry
            .samplers
            .iter()
            .map(|(name, place)| (place, *name))
            .collect();
        let own_stores: std::collections::BTreeMap<u32, translate::Own> = registry
            .stores
            .iter()
            .map(|(name, place)| (place, *name))
            .collect();
        let samplers = blueprint
            .samplers
            .iter()
            .map(|(place, law)| {
                let (component, ordinal) = names[place];
                Sampler::new(
                    law,
                    Stream::named(seed, component.0, Purpose::Time, ordinal),
                )
            })
            .collect();
        let sampler_owners = names.values().map(|(component, _)| component.0).collect();
        let counted = Columns {
            classes: network.classes.len(),
            stations: stations.len(),
            causes: causes.len(),
            visits: entries.len(),
            links: registry.links.len(),
            stores: network.stores.len(),
            replicas: registry.replicas.len(),
        };
        let width = settings
            .window_seconds
            .filter(|width| *width > 0.0)
            .unwrap_or_else(|| window_by_load(network, counted.count()));
        let demand = match network.as_begun() {
            Some(begun) => Demand::of(&begun),
            None => Demand::of(network),
        };
        let mut laws = Laws::default();
        let most_keys = keys::most_keys(network.stores.len());
        let tally = Tally::new(counted, 0.0, width, settings.windows);
        let mut engine = Engine {
            now: 0.0,
            events: 0,
            agenda: Agenda::with_room(usize::MAX),
            program: blueprint.program,
            jobs: Default::default(),
            frames: Default::default(),
            joins: Default::default(),
            ready: Vec::with_capacity(1_024),
            dropped: job::Line::EMPTY,
            samplers,
            choices: choices.into_iter().flatten().collect(),
            stations,
            queues,
            sources: blueprint
                .sources
                .iter()
                .map(|(_, spec)| Source::new(seed, spec))
                .collect(),
            stores: blueprint
                .stores
                .iter()
                .enumerate()
                .map(|(index, (place, store))| {
                    let lookups = demand.lookups(index);
                    let ordinal = own_stores[place].1;
                    let mut keys =
                        KeyStore::new(seed, ordinal, store, lookups, most_keys, &mut laws);
                    if settings.stores == Stores::Warm {
                        keys.warm(lookups, demand.stay(index));
                    }
                    keys
                })
                .collect(),
            copies: blueprint
                .logs
                .iter()
                .map(|(_, log)| copies::Copies::new(seed, log))
                .collect(),
            rules: blueprint
                .rules
                .iter()
                .map(|(_, spec)| Rule::new(*spec))
                .collect(),
            scalers: scalers(network, &blueprint.station_places),
            causes,
            entries,
            overflow,
            most_jobs: settings.most_in_flight.min(engine::MOST_JOBS),
            levels,
            tally,
            traces: Default::default(),
            sampler_owners,
        };
        engine.tally.start(&mut engine.agenda);
        for scaler in 0..engine.scalers.len() {
            engine.start_scaler(scaler);
        }
        for place in 0..engine.sources.len() as u32 {
            let source = &mut engine.sources[place as usize];
            if let Some(time) = source.next_arrival(0.0) {
                source.pending = engine.agenda.plan(time, Topic::Source(place));
            }
            let users = source.users;
            engine.seat(place, users);
        }
        Simulation {
            engine,
            registry,
            network: network.clone(),
            station_places: blueprint.station_places,
        }
    }

    /// Lets so many instances of an autoscaled component serve from now on, within its limits; the autoscaler goes on from there. A run that
    /// starts with as many as a steady state needs doesn't begin with the backlog of the minutes in which they would have been started.
    /// Components that don't scale stay as they are.
    pub fn run_instances(&mut self, component: ComponentId, instances: u32) {
        if let Some(scaler) = self.scaler(component) {
            self.engine.run_instances(scaler, instances);
        }
    }

    fn scaler(&self, component: ComponentId) -> Option<usize> {
        self.engine.scalers.iter().position(|scaler| {
            scaler
                .stations
                .iter()
                .any(|place| self.engine.stations[*place as usize].component == component.0)
        })
    }

    /// Instances of an autoscaled component that serve at this moment, and how often its autoscaler has changed its mind so far; `None` for
    /// components that don't scale.
    pub fn scaling(&self, component: ComponentId) -> Option<(u32, u64)> {
        let scaler = &self.engine.scalers[self.scaler(component)?];
        Some((scaler.running, scaler.changes))
    }

    /// Time for which a component's instances have served so far, all together, in seconds: what they cost; 0 for components without any.
    pub fn instance_seconds(&self, component: ComponentId) -> f64 {
        let engine = &self.engine;
        engine
            .stations
            .iter()
            .filter(|station| station.component == component.0)
            .map(|station| {
                let since = engine.now - station.capacity_counted;
                station.capacity_area / f64::from(station.servers)
                    + f64::from(station.instances) * since
            })
            .fold(0.0, f64::max)
    }

    /// Traces the next requests, this many; traces from before are forgotten. The run's course stays the same.
    pub fn trace_next(&mut self, requests: u32) {
        for job in self.engine.jobs.all_mut() {
            job.trace = program::NONE;
        }
        self.engine.traces = trace::Traces {
            wanted: requests,
            seen: Vec::with_capacity(requests as usize),
        };
    }

    /// What was traced, in the order in which the requests began; some may still be under way.
    pub fn traces(&self) -> Vec<Trace> {
        let class = |index: u16| self.network.classes[usize::from(index)].class;
        self.engine
            .traces
            .seen
            .iter()
            .map(|(index, trace)| Trace {
                class: class(*index),
                ..trace.clone()
            })
            .collect()
    }

    /// Seconds since the start.
    pub fn now(&self) -> f64 {
        self.engine.now
    }

    /// Arrivals and ended services so far.
    pub fn events(&self) -> u64 {
        self.engine.events
    }

    /// Lets everything happen that is due up to this time (seconds since the start), or `most` steps of it; true when the time was reached.
    /// Calling it again goes on where it stopped: however a run is cut, its course is the same.
    pub fn run_until(&mut self, end: f64, most: u64) -> bool {
        self.engine.run(end, most) < most
    }

    /// Requests that are at a station at this moment, waiting or in service; 0 for a station that isn't this network's.
    pub fn present(&self, station: StationId) -> u32 {
        let place = self.station_places.get(station.0 as usize);
        place.map_or(0, |place| self.engine.stations[*place as usize].present)
    }

    /// What was seen so far.
    pub fn findings(&self) -> Findings {
        findings::find(self)
    }

    /// Checks that nothing was lost or made up: every arrival has left, been refused or is still there, and the time integral of the requests
    /// in each station is the sum of their times there (Little 1961, as an identity of this run). Returns what doesn't hold; a sound engine
    /// returns nothing.
    pub fn violations(&self) -> Vec<Violation> {
        findings::violations(self)
    }
}

/// A first window in which some sixteen requests come: more where so many figures are kept that writing them down would take longer than
/// the requests do.
fn window_by_load(network: &Network, figures: usize) -> f64 {
    const MOST_FIGURES: f64 = 4_096.0;
    let requests = 16.0 * (figures as f64 / MOST_FIGURES).max(1.0);
    let rate: f64 = network
        .sources
        .iter()
        .map(|source| match source.arrivals {
            Arrivals::Open { peak, .. } => peak.0,
            Arrivals::Closed { users, think } => f64::from(users) / (think.0 + 0.1),
        })
        .sum();
    if rate > 0.0 {
        libm::exp2(libm::ceil(libm::log2(requests / rate))).clamp(1e-6, 1e6)
    } else {
        1.0
    }
}

/// An autoscaler for each component whose stations scale.
fn scalers(network: &Network, places: &[u32]) -> Vec<Scaler> {
    let mut scalers: Vec<(ComponentId, Scaler)> = Vec::new();
    for (station, place) in network.stations.iter().zip(places) {
        let Instances::Scaled {
            minimum,
            maximum,
            policy,
            pace,
        } = station.instances
        else {
            continue;
        };
        match scalers
            .iter_mut()
            .find(|(component, _)| *component == station.component)
        {
            Some((_, scaler)) => scaler.add_station(*place),
            None => scalers.push((
                station.component,
                Scaler::new(*place, (minimum, maximum), policy, pace),
            )),
        }
    }
    scalers.into_iter().map(|(_, scaler)| scaler).collect()
}
