//! The event simulation: runs a network through time, event by event, and says what it saw and how sure it is. It knows neither a screen
//! nor a clock on the wall.
//!
//! The same network and seed give the same bits natively and in WebAssembly: one thread, a stable order at equal times, mathematical
//! functions of `libm` alone, and one random stream for each purpose of each component.
//!
//! A simulation is controlled by few calls. It runs to a time, at most so many steps at once, so that whoever waits can stop at any moment;
//! not calling it is a pause, and never again a cancellation. Its network and its faults may be changed while it runs, a copy is a
//! snapshot, and a run that goes on from a snapshot is the unbroken run. (A snapshot of twenty parts takes some 20 MB, most of it figures through time; `sim/tests/allocation.rs` measures it.)
//!
//! ```
//! use loadscape_sim::des::{Settings, Simulation};
//! use loadscape_sim::{network::compile, scenario::read};
//! use loadscape_sim::scenario::{ClientsFault, Fault, Incident};
//! # use loadscape_sim::catalog::{Kind, Parameter, Value};
//!
//! let mut scenario = read(loadscape_sim::builtin::builtin()[0].text()).scenario.unwrap();
//! let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
//!
//! // Run: a second of simulated time, in slices of 1,000 steps.
//! while !simulation.run_until(1.0, 1_000) {
//!     // The page draws a frame here, or nobody calls any more: cancelled.
//! }
//! // Step.
//! let happened = simulation.step().unwrap();
//! assert!(happened.at_seconds >= 1.0);
//! // Snapshot, and go on.
//! let snapshot = simulation.clone();
//! simulation.run_until(2.0, u64::MAX);
//! // Change a parameter.
//! for component in &mut scenario.components {
//!     if component.kind == Kind::Clients {
//!         component.parameters.insert(Parameter::RequestRate, Value::Number(5.0));
//!     }
//! }
//! simulation.change(&compile(&scenario));
//! simulation.run_until(30.0, u64::MAX);
//! // Break something now: the document then says what has happened, and replays it.
//! scenario.faults.push(Fault {
//!     start_seconds: simulation.now(),
//!     duration_seconds: Some(5.0),
//!     incident: Incident::Clients { id: None, what: ClientsFault::Multiply { factor: 3.0 } },
//! });
//! simulation.change(&compile(&scenario));
//! simulation.run_until(60.0, u64::MAX);
//! assert_eq!(simulation.findings().faults[0].ended_seconds, Some(35.0));
//! assert!(simulation.violations().is_empty());
//! let rates = &simulation.series(1.0).classes[0].offered;
//! assert!(!rates.is_empty());
//! // Resume: the snapshot knows nothing of the change.
//! let mut resumed = snapshot;
//! resumed.run_until(2.0, u64::MAX);
//! ```

mod agenda;
mod arriving;
mod balancer;
mod books;
mod buffers;
mod called;
mod calls;
mod change;
mod columns;
mod copies;
mod course;
mod data;
mod delivering;
mod ending;
mod engine;
mod environments;
mod estimate;
mod failover;
mod faults;
mod fetching;
mod findings;
mod frames;
mod harm;
mod histogram;
mod history;
mod job;
mod keys;
mod law;
mod links;
mod names;
mod originals;
mod outages;
mod over_runs;
mod parted;
mod picture;
mod planned;
mod program;
mod protection;
mod quorums;
mod random;
mod recorder;
mod recovery;
mod replicating;
mod replications;
mod ring;
mod rounds;
mod rules;
mod scaling;
mod series;
mod serving;
mod shadow;
mod sharing;
mod shedding;
mod slowing;
mod source;
mod spoiling;
mod standby;
mod station;
mod step;
mod tally;
mod trace;
mod translate;
mod trend;
mod varying;
mod verdict;
mod watch;
mod ziggurat;
mod zipf;

pub use arriving::UnseatedFindings;
pub use books::Violation;
pub use buffers::WriteBehindFindings;
pub use called::{BreakerFindings, CallFindings};
pub use data::{CacheFindings, MessageFindings, QuorumFindings, ReplicaFindings, StaleFindings};
pub use estimate::{Estimate, MEAN_LEAVES_OUT, answers_fewer, mean};
pub use failover::FailoverFindings;
pub use findings::{
    ClassFindings, ComponentFindings, Extent, FailureFindings, Findings, LinkFindings, Quantiles,
    StationFindings, StoreFindings,
};
pub use histogram::Histogram;
pub use history::{ClassHistory, ComponentHistory, FailureHistory, History, HistorySpan, Measure};
pub use links::CONNECT_TIMEOUT_SECONDS;
pub use picture::{
    ClassPicture, ComponentPicture, FailurePicture, LinkPicture, Passed, Picture, Sums,
};
pub use program::Cause;
pub use recorder::MOST_POINTS;
pub use recovery::{FaultFindings, Phase, Recovery};
pub use replications::pool;
pub use series::{ClassSeries, FailureSeries, LinkSeries, Series, StationSeries, StoreSeries};
pub use step::{Happening, What};
pub use trace::{Activity, Span, Trace};
pub use verdict::{ClassVerdict, Outcome, Verdict, Worse};
pub use watch::WatchFindings;

use crate::network::{Arrivals, Compiled, Disturbance, Network, StationId};
use crate::scenario::{ClassId, ComponentId, LinkId};
use change::Places;
use engine::Engine;
use names::Registry;
use random::Purpose;
use tally::Tally;

/// The largest bound on requests in flight: 2²¹.
pub const MOST_IN_FLIGHT: usize = engine::MOST_JOBS;

/// How a simulation is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// What all random numbers follow from.
    pub seed: u64,
    /// Most requests (and calls made at once, and users) in flight; those beyond are refused, and counted as such. At most
    /// [`MOST_IN_FLIGHT`].
    pub most_in_flight: usize,
    /// Windows in which figures are kept, 64 or more; when they are all used, each two become one.
    pub windows: usize,
    /// Length of the first windows in seconds; `None` chooses it by the load.
    pub window_seconds: Option<f64>,
    /// Seconds for which it is going to run, where that is known: windows chosen by the load are then no longer than it takes to have enough of
    /// them at the end.
    pub expected_seconds: Option<f64>,
    /// What stores hold at the beginning.
    pub stores: Stores,
    /// Seconds (above 0) from one point of the time series to the next; `None` records none.
    pub series_seconds: Option<f64>,
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
            expected_seconds: None,
            stores: Stores::Warm,
            series_seconds: None,
        }
    }
}

/// A network that runs through time.
#[derive(Clone, Debug)]
pub struct Simulation {
    engine: Engine,
    registry: Registry,
    network: Network,
    disturbances: Vec<Disturbance>,
    places: Places,
    seed: u64,
    /// When the network was changed last, seconds since the start.
    changed: f64,
}

impl Simulation {
    /// Sets a network up at time 0: nobody is in it, users think, and stores hold what the settings say.
    pub fn new(compiled: &Compiled, settings: &Settings) -> Self {
        let network = &compiled.network;
        let tally = Tally::new(1.0, settings.windows);
        let most_jobs = settings.most_in_flight.min(engine::MOST_JOBS);
        let mut engine = Engine::new(tally, most_jobs);
        engine.tally.start(&mut engine.agenda);
        let mut registry = Registry::default();
        let places = engine.change(compiled, &mut registry, settings.seed, settings.stores);
        let width = settings
            .window_seconds
            .filter(|width| *width > 0.0)
            .unwrap_or_else(|| {
                let width = window_by_load(network, engine.tally.columns().count());
                no_longer_than_needed(width, settings)
            });
        engine.first_window(width);
        if let Some(width) = settings.series_seconds.filter(|width| *width > 0.0) {
            engine.tally.record_series(width, &mut engine.agenda);
        }
        engine.start_faults();
        Simulation {
            engine,
            registry,
            network: network.clone(),
            disturbances: compiled.disturbances.clone(),
            places,
            seed: settings.seed,
            changed: 0.0,
        }
    }

    /// Goes on with a changed network: parameters, parts and links may be others from now on. A change to the same network changes nothing.
    ///
    /// Whatever kept its name (a component its id, with the resources that it has) keeps its state: who is in its queues and in service, held
    /// threads and connections, turns, tokens, keys, deadlines, random streams and figures. New parts begin empty. Requests under way
    /// go on by the routes by which they began, new ones by the new routes. Where capacity is taken away, and where parts are removed, those
    /// who are there finish there. A changed rate holds from now on; of users too many those who think leave at once, the others after the
    /// request that they are waiting for.
    ///
    /// Faults are from now on those of the changed document, and what has happened has happened. A fault is known by what it does and where:
    /// one that is under way goes on where what it befell is still there, up to the end that the document gives it; one that the document
    /// has no longer (or elsewhere, stronger, at another time) ends now, and what it killed boots. A new one begins at its start; now, if only
    /// its end is still to come. To break something now is to add a fault that starts at [`now`](Simulation::now) and to call this: the
    /// document then replays the same.
    ///
    /// [`findings`](Simulation::findings) speak of the time since the last change, in which everything but the faults was as it is now.
    pub fn change(&mut self, compiled: &Compiled) {
        let same_network = compiled.network.does_as(&self.network);
        if compiled.network == self.network && compiled.disturbances == self.disturbances {
            return;
        }
        self.become_other(compiled);
        if !same_network {
            self.changed = self.engine.now;
        }
    }

    /// Changes the engine even when the network is the same.
    fn become_other(&mut self, compiled: &Compiled) {
        let (engine, registry) = (&mut self.engine, &mut self.registry);
        self.places = engine.change(compiled, registry, self.seed, Stores::Cold);
        self.network = compiled.network.clone();
        self.disturbances.clone_from(&compiled.disturbances);
    }

    /// Lets so many instances of an autoscaled component serve from now on, within its limits; the autoscaler goes on from there. A run that
    /// starts with as many as a steady state needs doesn't begin with the backlog of the minutes in which they would have been started.
    /// Components that don't scale stay as they are.
    pub fn run_instances(&mut self, component: ComponentId, instances: u32) {
        if let Some(scaler) = self.scaler(component) {
            self.engine.run_instances(scaler, instances);
            self.engine.start_no_instance_slowly(component);
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
                let there = station.instances - station.away;
                station.instance_area + f64::from(there) * since
            })
            .fold(0.0, f64::max)
    }

    /// What health checks, ejections and slow starts have come to, by component whose instances are watched.
    pub fn watches(&self) -> Vec<WatchFindings> {
        self.engine.watchers.findings(self.engine.now)
    }

    /// Instances that serve with less than their full share of the requests, since they have just come or come back (slow start), by component
    /// that has any.
    pub fn warming(&self) -> Vec<(ComponentId, u32)> {
        self.engine.watchers.warming(self.engine.now)
    }

    /// Traces the next requests, this many; traces from before are forgotten. The run's course stays the same.
    pub fn trace_next(&mut self, requests: u32) {
        for job in self.engine.jobs.all_mut() {
            job.trace = program::NONE;
        }
        self.engine.traces = trace::Traces {
            wanted: requests,
            ..trace::Traces::default()
        };
    }

    /// What was traced, in the order in which the requests began; some may still be under way.
    pub fn traces(&self) -> Vec<Trace> {
        let class = |place: u16| self.registry.classes.all()[usize::from(place)];
        let link = |place: LinkId| self.registry.links.all()[place.0 as usize];
        let seen = self.engine.traces.seen.values();
        seen.map(|(index, trace)| {
            let mut trace = trace.clone();
            trace.class = class(*index);
            for span in &mut trace.spans {
                span.link = span.link.map(link);
            }
            trace
        })
        .collect()
    }

    /// Seconds since the start.
    pub fn now(&self) -> f64 {
        self.engine.now
    }

    /// Users of closed populations, thinking or waiting for an answer.
    pub fn users(&self) -> u32 {
        let is_user = |job: &&job::Job| job.kind == job::Kind::User;
        self.engine.jobs.in_use().filter(is_user).count() as u32
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
        let place = self.places.stations.get(station.0 as usize);
        place.map_or(0, |place| self.engine.stations[*place as usize].present)
    }

    /// How each class's requests fared from the beginning of the run until now, whatever changed or broke meanwhile, in the document's order.
    pub fn whole(&self) -> Vec<(ClassId, Phase)> {
        recovery::whole(self)
    }

    /// Work that was handed over for later and has ended well, and the mean of the seconds that it took from then, by class in the document's
    /// order.
    pub fn done_later(&self) -> Vec<(ClassId, u64, f64)> {
        let classes = self.network.classes.iter().zip(&self.places.classes);
        classes
            .map(|(class, place)| {
                let answers = &self.engine.tally.answers[*place as usize];
                let mean = answers.detached_sum / (answers.detached as f64).max(1.0);
                (class.class, answers.detached, mean)
            })
            .collect()
    }

    /// The classes whose requests hand work over for later.
    pub fn handing_over(&self) -> Vec<ClassId> {
        let classes = self.network.classes.iter().enumerate();
        let own = classes.filter(|(place, _)| self.network.hands_over(*place));
        own.map(|(_, class)| class.class).collect()
    }

    /// What was seen so far: in the steady state, where there is one.
    pub fn findings(&self) -> Findings {
        let (extent, settled) = findings::extent(self);
        findings::find(self, extent, settled)
    }

    /// The part of the run that [`findings`](Simulation::findings) speak of.
    pub fn extent(&self) -> Extent {
        findings::extent(self).0
    }

    /// What was seen so far in another part of the run, such as that of a run with which it is compared.
    pub fn findings_over(&self, extent: Extent) -> Findings {
        let (_, settled) = findings::extent(self);
        findings::find(self, extent, settled && extent != Extent::Whole)
    }

    /// The same in this part of the run, which is of a steady state or isn't: what [`common_extent`] says of several runs.
    pub fn findings_in(&self, extent: Extent, settled: bool) -> Findings {
        findings::find(self, extent, settled)
    }

    /// How many windows of figures there is room for, and how long each is at the moment, in seconds. Two runs with as many and as long ones
    /// from their beginning look at the same moments.
    pub fn windows(&self) -> (usize, f64) {
        let windows = &self.engine.tally.windows;
        (windows.most, windows.width)
    }

    /// Checks that nothing was lost or made up: every arrival has left, been refused or is still there, and the time integral of the requests
    /// in each station is the sum of their times there (Little 1961, as an identity of this run). Returns what doesn't hold; a sound engine
    /// returns nothing.
    pub fn violations(&self) -> Vec<Violation> {
        books::violations(self)
    }
}

/// The part that several runs of one network are spoken of together, and whether it is of a steady state: from where all of them together have
/// warmed up.
pub fn common_extent(runs: &[Simulation]) -> (Extent, bool) {
    findings::common_extent(runs)
}

/// The width, halved while a run of so many seconds would have less than half of the windows that there is room for, as long as a request may come in
/// each. (What a run leaves out as warm-up is a whole number of segments, which are a thirty-second of all windows: a run that filled only two of them would
/// leave out half of it or nothing.)
fn no_longer_than_needed(width: f64, settings: &Settings) -> f64 {
    const HALVINGS: usize = 4;
    let Some(seconds) = settings.expected_seconds else {
        return width;
    };
    let enough = settings.windows as f64 / 2.0;
    let widths = std::iter::successors(Some(width), |width| Some(width / 2.0)).take(HALVINGS + 1);
    let mut last = width;
    for width in widths {
        last = width;
        if seconds / width >= enough {
            break;
        }
    }
    last
}

/// A first window in which some sixteen requests come: more where so many figures are kept that writing them down would take longer than
/// the requests do.
fn window_by_load(network: &Network, figures: usize) -> f64 {
    const MOST_FIGURES: f64 = 4_096.0;
    let many = (figures as f64 / MOST_FIGURES).max(1.0);
    let requests = 16.0 * many * many;
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
