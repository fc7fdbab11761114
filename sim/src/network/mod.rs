//! The queueing network: what a scenario means to a queueing theorist. It knows stations, routes and classes, but neither how they
//! were drawn nor how they are solved: the steady-state solver and the event simulation run this same network.

mod balancing;
mod compile;
mod disturbance;
mod geometry;
mod lower;
mod measured;
mod note;
mod plan;
mod popularity;
mod replication;
mod ring;
mod scaling;
mod topology;
mod traffic;
mod watch;

pub use balancing::{Balancing, Picks, Target};
pub use compile::{Compiled, Entry, compile};
pub use disturbance::{Disturbance, Effect};
pub use geometry::{BETWEEN_ZONES, WITHIN_ZONE, between_regions, round_trip};
pub use lower::arrivals;
pub use measured::Unmeasured;
pub use note::{Note, Remark};
pub use plan::{infer_plan, plan_in_force};
pub use replication::{
    Copying, Failover, Log, LogCopies, LogId, Mark, Original, Quorate, Quorum, QuorumId, Rejoin,
    Replicated, Task, WrittenKeys,
};
pub use ring::{KeyLaw, Ring};
pub(crate) use ring::{claim, key, scramble, wants};
pub use scaling::{ScalingPolicy, ScalingSteps};
pub use traffic::{Arrivals, Bursts, Pattern, Profile, RatePoint};
pub use watch::{HealthChecks, OutlierEjection, Watch};

use crate::distribution::Distribution;
use crate::scenario::{
    CircuitBreaker, ClassId, ComponentId, Jitter, LinkId, Operation, RetryBudget,
};
use crate::units::{PerSecond, Seconds};

/// Index into [`Network::stations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StationId(pub u32);

/// Index into [`Network::steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// Index into [`Network::stores`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreId(pub u32);

/// Index into [`Network::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassIndex(pub u32);

/// Everything that both engines need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Where requests queue, are served, or hold a token.
    pub stations: Vec<Station>,
    /// What holds keys and answers some requests by itself: caches, CDN edges, buffer pools, resolvers.
    pub stores: Vec<Store>,
    /// What primaries pass on to their replicas.
    pub logs: Vec<Log>,
    /// What holds several copies of each key and may answer with an old one.
    pub quorums: Vec<Quorum>,
    /// Databases whose data caches may hold when they are out of date.
    pub originals: Vec<Original>,
    /// Where each key lies on several instances, any of which may answer for it.
    pub replicated: Vec<Replicated>,
    /// The request classes, in the document's order.
    pub classes: Vec<NetworkClass>,
    /// Who sends what; each source has one route for each class it sends.
    pub sources: Vec<Source>,
    /// The routes as one shared acyclic graph: a step's children always have smaller ids than itself.
    pub steps: Vec<Step>,
    /// The [`Step::Fail`]s that stand for a missing route (nothing there could answer), in rising order; all others are error answers.
    pub dead_ends: Vec<StepId>,
    /// Where waiting requests may be dropped, in rising order of stations; elsewhere they wait however long it takes.
    pub shedding: Vec<Shedding>,
    /// Whose instances are watched by who spreads requests over them.
    pub watches: Vec<Watch>,
    /// Whose instances are asked by the key of each request.
    pub rings: Vec<Ring>,
    /// Branches by which balancers pick among several targets, where more than a fixed share of each decides.
    pub balancings: Vec<Balancing>,
}

impl Network {
    /// Whether requests fare in it as in the other one, whatever their classes are called.
    pub fn does_as(&self, other: &Network) -> bool {
        fn plain(network: &Network) -> Network {
            let mut plain = network.clone();
            for class in &mut plain.classes {
                class.name.clear();
            }
            plain
        }
        self == other
            || self.classes.len() == other.classes.len()
                && (self.classes.iter().zip(&other.classes))
                    .any(|(own, other)| own.name != other.name)
                && plain(self) == plain(other)
    }
}

/// A request class as the network sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkClass {
    /// The document's class.
    pub class: ClassId,
    /// Its name, for messages.
    pub name: String,
    /// What it does to data.
    pub operation: Operation,
    /// 0 is served first where a station has priorities.
    pub priority: u8,
}

/// A population that sends requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The client population it stands for.
    pub component: ComponentId,
    /// When it sends.
    pub arrivals: Arrivals,
    /// For each class it sends: the share of its requests (shares add up to 1) and the route they take.
    pub routes: Vec<Route>,
}

/// The way that one class's requests of one source take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    /// Whose requests.
    pub class: ClassIndex,
    /// Share of the source's requests, 0 to 1.
    pub share: f64,
    /// The route's root.
    pub step: StepId,
}

/// A place where requests compete for something.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Whose it is.
    pub component: ComponentId,
    /// Which of the component's resources it is.
    pub role: Role,
    /// Equal instances, each with its own queue unless the dispatch is [`Dispatch::Central`].
    pub instances: Instances,
    /// Servers (cores, threads, connections, disk channels) of each instance; at least 1.
    pub servers: u32,
    /// Most requests that an instance holds, in service and waiting; `None` is unbounded. Not less than `servers`.
    pub capacity: Option<u32>,
    /// Who is served next.
    pub discipline: Discipline,
    /// How arrivals spread over the instances.
    pub dispatch: Dispatch,
    /// Where waiting requests are shown when it isn't the component itself: the queue in front of workers.
    pub waits_at: Option<ComponentId>,
}

/// What a station stands for within its component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Processor cores.
    Cores,
    /// Threads or other concurrency slots, held through calls below.
    Threads,
    /// Database connections, held through the query.
    Connections,
    /// Disk or log channels.
    Disk,
    /// The processes of a replica that apply its primary's writes.
    Replay,
    /// A limit on requests a second, without waiting.
    RateLimit,
    /// A generic station of the theory group.
    Servers,
}

/// How many equal instances a station has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instances {
    /// As many as drawn; at least 1.
    Fixed(u32),
    /// As many as the autoscaler wants at this load.
    Scaled {
        /// At least this many; at least 1.
        minimum: u32,
        /// At most this many.
        maximum: u32,
        /// How it decides.
        policy: ScalingPolicy,
        /// How long it takes.
        pace: ScalingPace,
    },
}

/// How fast an autoscaler acts; a steady state doesn't depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalingPace {
    /// From the decision for another instance until it serves.
    pub boot: Seconds,
    /// Over how long the utilisation is averaged; it decides three times in this span.
    pub window: Seconds,
    /// How long after any change no instance is removed, and by steps none added either unless more steps are wanted than were taken.
    pub cooldown: Seconds,
}

/// Which of those who wait for a server of a pool are dropped instead. It is found out when their turn comes: a server looks at a request
/// only when a thread takes it. Who is served is the same as if they left at their deadlines; they only stand in the queue for longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shedding {
    /// The pool.
    pub station: StationId,
    /// Those who have waited longer than this; infinite when nobody is dropped for that.
    pub queue_timeout: Seconds,
    /// Those who have waited longer than a queue that doesn't empty lets them.
    pub controlled_delay: Option<ControlledDelay>,
}

/// Controlled delay for requests (Maurer 2015, "Fail at Scale", after Nichols & Jacobson 2012): who comes to a queue that was empty within
/// the last interval may wait for that interval, who comes to one that wasn't only for the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlledDelay {
    /// Longest wait in a queue that hasn't been empty for an interval.
    pub target: Seconds,
    /// Longest wait else.
    pub interval: Seconds,
    /// Whether the last to come is served first while the queue hasn't been empty for an interval ("adaptive LIFO").
    pub last_first: bool,
}

/// Who is served next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discipline {
    /// First come, first served.
    FirstComeFirstServed,
    /// All at once, each at an equal share of the servers (a server works on one request at most at full speed).
    ProcessorSharing,
    /// The smallest class priority first, without interrupting the one in service.
    Priority,
    /// The smallest class priority first, interrupting and later resuming the one in service.
    PreemptivePriority,
    /// No queue: every request is served at once.
    Infinite,
    /// No service: passes this many a second and refuses the rest (token bucket with room for `burst` tokens).
    TokenBucket {
        /// Tokens a second.
        rate: PerSecond,
        /// Most tokens saved up; at least 1.
        burst: f64,
    },
}

/// How arrivals spread over the instances of a station.
#[derive(Clone, Debug, PartialEq)]
pub enum Dispatch {
    /// One queue for all instances: whoever is free takes the next.
    Central,
    /// Each arrival to an instance drawn at random.
    Random,
    /// In turn.
    RoundRobin,
    /// To the instance with the fewest requests.
    LeastConnections,
    /// To the emptier of two drawn at random.
    TwoChoices,
    /// Fixed shares (adding up to 1), as many as instances: a hash of the key, weights, or sticky sessions. Where there is a [`Ring`], they
    /// are what comes of it.
    Shares(Vec<f64>),
}

/// What a request does; routes are built of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing; takes no time.
    Done,
    /// A hop along a link: counts the call, and takes the round trip.
    Hop {
        /// The link; `None` for a hop that isn't drawn.
        link: Option<LinkId>,
        /// Both ways together.
        round_trip: Seconds,
    },
    /// A fixed or random span without queueing (transfer of bytes, a third party's latency, a cold start).
    Delay {
        /// Who causes it.
        component: ComponentId,
        /// How long.
        time: Distribution,
    },
    /// Queue for one server of the station and be served.
    Serve {
        /// Where.
        station: StationId,
        /// Service time.
        time: Distribution,
    },
    /// Queue for one server of the station and keep it while the body runs.
    Hold {
        /// The pool of threads or connections.
        pool: StationId,
        /// What runs meanwhile.
        body: StepId,
    },
    /// One after the other; a failure ends the sequence.
    Sequence(Vec<StepId>),
    /// All at once; ends when the last has ended, fails when any fails.
    Parallel(Vec<StepId>),
    /// All at once; ends when the first `needed` have ended, and the rest run on unwatched; fails when fewer than `needed` succeed.
    Quorum {
        /// How many have to end; from 1 to the number of calls.
        needed: u32,
        /// What is started; the same step may stand here several times.
        calls: Vec<StepId>,
    },
    /// One of these, by probability; the probabilities add up to 1.
    Branch(Vec<(f64, StepId)>),
    /// The body this many times on average, one after the other: whole part always, the rest by chance.
    Repeat {
        /// Mean number of times; not negative.
        count: f64,
        /// What is repeated.
        body: StepId,
    },
    /// Look a key up: found, or not.
    Lookup {
        /// Where.
        store: StoreId,
        /// When the key is there.
        hit: StepId,
        /// When it isn't; the key is there afterwards.
        miss: StepId,
    },
    /// Start this and go on without waiting for it.
    Detach(StepId, Aside),
    /// Fails with this probability (an error answer), 0 to 1; takes no time.
    Fail {
        /// Who fails.
        component: ComponentId,
        /// How often.
        probability: f64,
    },
    /// Try the body, again after a failure or time-out; fails when every attempt has failed.
    Attempt {
        /// What is tried.
        body: StepId,
        /// How often, for how long, and when not.
        rule: Box<AttemptRule>,
    },
    /// Hand a message to the body, and again when it wasn't worked off in time or failed, from then on as if fresh; it fails when it was
    /// handed out so many times.
    Deliver {
        /// The queue or topic.
        component: ComponentId,
        /// What is done with it.
        body: StepId,
        /// How long after it was taken ([`Mark::Taken`]) it becomes visible again.
        visibility: Seconds,
        /// Most times that it is handed out; at least 1.
        receives: u32,
    },
    /// Something that takes no time and leads nowhere, but that a run through time has to know.
    Mark(Mark),
    /// What whichever machine does that acts as the primary of a log, or as a copy of it. As drawn, everybody acts as himself: to a steady
    /// state that is the only way.
    Acting {
        /// The log; it has a failover.
        log: LogId,
        /// As whom: 0 is the primary, then follow the log's replicas.
        part: u32,
        /// What is done.
        task: Task,
        /// The way of each machine: the primary's, then those of the replicas; as many as parts.
        ways: Vec<StepId>,
    },
}

/// How an attempt is limited, repeated, doubled and withheld.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttemptRule {
    /// The link that is called along, where one is drawn.
    pub link: Option<LinkId>,
    /// Where it leads; `None` where none is drawn: then whoever is reached first is the one that is called.
    pub called: Option<ComponentId>,
    /// Gives up an attempt after this; the work below goes on (no cancellation).
    pub timeout: Option<Seconds>,
    /// Further attempts after the first.
    pub retries: u32,
    /// Mean wait before the first retry; doubles with each further one.
    pub backoff: Seconds,
    /// How the waits vary.
    pub jitter: Jitter,
    /// How many retries all requests together may make.
    pub budget: Option<RetryBudget>,
    /// Starts an attempt's body once more when it hasn't answered after this; the first to end well ends the attempt, and the other goes
    /// on unwatched (no cancellation). Dean & Barroso 2013, "The Tail at Scale".
    pub hedge_after: Option<Seconds>,
    /// Refuses attempts while too many fail.
    pub breaker: Option<CircuitBreaker>,
}

/// What holds keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Whose it is.
    pub component: ComponentId,
    /// Equal and independent copies over which the requests spread evenly (edge locations, resolvers); at least 1.
    pub copies: f64,
    /// Bytes that each copy holds; infinite when unbounded.
    pub capacity_bytes: f64,
    /// Which key leaves when it is full.
    pub eviction: Eviction,
    /// When a key leaves by itself.
    pub expiry: Expiry,
    /// Keys of each class that looks something up here, in the order of [`Network::classes`]; `None` for classes that don't.
    pub keys: Vec<Option<KeySpace>>,
    /// Whether all classes look up the very same keys (a resolver's one name), so that their rates add up on each key;
    /// else every class has keys of its own and they only compete for room.
    pub keys_are_shared: bool,
    /// Whether a look-up of a key that is being fetched waits for that fetch, instead of fetching it too.
    pub coalesces: bool,
    /// Whether its keys are writes that wait: one that isn't there is put there and goes on by itself, one that is there already is the
    /// same write. It answers nobody.
    pub is_write_buffer: bool,
    /// Nodes over which the keys of each copy are divided by consistent hash, at least 1: with one more or less, only the keys of that one
    /// move.
    pub nodes: u32,
}

/// The keys of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeySpace {
    /// Number of keys; at least 1.
    pub keys: f64,
    /// Zipf exponent of their popularity, 0 to 3.
    pub zipf_exponent: f64,
    /// Size of each in bytes; above 0.
    pub item_bytes: f64,
    /// Rate, relative to this class's look-ups, at which keys are invalidated by writes; 0 when never.
    pub invalidations_per_lookup: f64,
    /// Rate, relative to this class's look-ups, at which writes put keys in; 0 when never.
    pub refreshes_per_lookup: f64,
}

/// Which key leaves a full store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// The least recently used.
    LeastRecentlyUsed,
    /// The least often used, in the long run: the most popular keys stay.
    LeastFrequentlyUsed,
    /// The oldest (first in, first out), or a random one: the hit ratio is the same.
    FirstInFirstOut,
}

/// When a key leaves a store by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expiry {
    /// Never.
    Never,
    /// This long after it was fetched.
    AfterFetch(Seconds),
    /// This long after it was last used: a function's idle execution environment.
    AfterLastUse(Seconds),
}

impl Network {
    /// The step with this id.
    ///
    /// # Panics
    /// When the id is of another network; ids are only made by [`Network::push`].
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0 as usize]
    }

    /// Whom a step calls that is an attempt, and whom any other reaches first; `None` where nobody is reached.
    pub fn called(&self, id: StepId) -> Option<ComponentId> {
        match self.step(id) {
            Step::Attempt { body, rule } => rule.called.or_else(|| self.called(*body)),
            Step::Delay { component, .. } | Step::Fail { component, .. } => Some(*component),
            Step::Serve { station, .. } | Step::Hold { pool: station, .. } => {
                Some(self.station(*station).component)
            }
            step => {
                let mut first = None;
                step.for_each_child(|child| first = first.or_else(|| self.called(child)));
                first
            }
        }
    }

    /// The station with this id; panics as [`Network::step`] does.
    pub fn station(&self, id: StationId) -> &Station {
        &self.stations[id.0 as usize]
    }

    /// Appends a step whose children are already there and returns its id.
    pub fn push(&mut self, step: Step) -> StepId {
        self.steps.push(step);
        StepId(self.steps.len() as u32 - 1)
    }
}

/// Why nobody waits for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// It is work that was handed over to be done later: a message, or a call that its caller doesn't wait for.
    HandedOver,
    /// Somebody does it for himself: data that is copied, or what is like others that are waited for.
    OwnAccord,
}

impl Network {
    /// Whether requests of the class at this place hand anything over to be done later.
    pub fn hands_over(&self, class: usize) -> bool {
        let routes = self.sources.iter().flat_map(|source| &source.routes);
        let own = routes.filter(|route| route.class.0 as usize == class);
        let mut wanted = vec![false; self.steps.len()];
        own.for_each(|route| wanted[route.step.0 as usize] = true);
        // Children come before their parents.
        for place in (0..wanted.len()).rev() {
            if !wanted[place] {
                continue;
            }
            let step = &self.steps[place];
            if matches!(step, Step::Detach(_, Aside::HandedOver)) {
                return true;
            }
            step.for_each_child(|child| wanted[child.0 as usize] = true);
        }
        false
    }
}

impl Step {
    /// Calls the function with each child, as often as it stands there; of what others do as well as the drawn one, with his alone.
    pub fn for_each_child(&self, mut visit: impl FnMut(StepId)) {
        match self {
            Step::Done
            | Step::Mark(_)
            | Step::Hop { .. }
            | Step::Delay { .. }
            | Step::Serve { .. }
            | Step::Fail { .. } => {}
            Step::Hold { body, .. }
            | Step::Repeat { body, .. }
            | Step::Attempt { body, .. }
            | Step::Deliver { body, .. }
            | Step::Detach(body, _) => {
                visit(*body);
            }
            Step::Sequence(steps) | Step::Parallel(steps) | Step::Quorum { calls: steps, .. } => {
                steps.iter().for_each(|step| visit(*step));
            }
            Step::Branch(branches) => branches.iter().for_each(|(_, step)| visit(*step)),
            Step::Acting { part, ways, .. } => visit(ways[*part as usize]),
            Step::Lookup { hit, miss, .. } => {
                visit(*hit);
                visit(*miss);
            }
        }
    }
}
