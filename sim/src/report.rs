//! What an engine found out, by class, station, component and link, in plain numbers with units; it doesn't know how they were computed.

use crate::network::{Role, StationId};
use crate::scenario::{ClassId, ComponentId, LinkId, Objective};
use crate::units::{DollarsPerMonth, PerSecond, Seconds};
use serde::{Deserialize, Serialize};

/// The answer to "what does this design do under this load?".
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// By class, in the document's order; classes that nobody sends have an offered rate of 0.
    pub classes: Vec<ClassReport>,
    /// By station, in the network's order.
    pub stations: Vec<StationReport>,
    /// By component, in the document's order: what its node shows.
    pub components: Vec<ComponentReport>,
    /// By link, in the document's order.
    pub links: Vec<LinkReport>,
    /// What gives way first, and how far away that is; `None` when nothing can.
    pub bottleneck: Option<Bottleneck>,
    /// What would give way next if the bottleneck didn't.
    pub next_bottleneck: Option<Bottleneck>,
    /// The highest load that every station sustains, as requests a second over all classes at today's mix; infinite when nothing saturates.
    pub sustainable: PerSecond,
    /// How much the load can grow before something saturates, as a share of today's load: 0.5 is half as much again; negative above saturation.
    pub head_room: f64,
    /// Cost of everything drawn.
    pub cost: Cost,
    /// Each objective of the document, in its order.
    pub objectives: Vec<ObjectiveOutcome>,
    /// What the numbers rest on, and whether it holds here.
    pub assumptions: Vec<Assumption>,
}

/// One class from end to end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    /// Which.
    pub class: ClassId,
    /// Requests that clients send.
    pub offered: PerSecond,
    /// Requests that are answered, well or with an error.
    pub throughput: PerSecond,
    /// Requests that are answered without error.
    pub goodput: PerSecond,
    /// Response time of answered requests; `None` where the class crosses a saturated station, for then there is none.
    pub latency: Option<Latency>,
    /// Where the mean goes; empty when there is no latency.
    pub breakdown: Vec<BreakdownPart>,
    /// Mean time from the moment that work is handed over for later (to a queue, or by a call that nobody waits for) until it is done well,
    /// where the class has any that completes.
    pub completion: Option<Seconds>,
    /// Whether it hands any over.
    #[serde(skip)]
    pub hands_over: bool,
    /// Probability that a request is refused, by who refuses it.
    pub losses: Vec<Loss>,
    /// The same of what is handed over for later, or is done on a part's own accord: failures for each of the class's requests, which fail on top.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses_later: Vec<Loss>,
}

impl ClassReport {
    /// How long it takes those who are answered; `None` where it has no steady state, or nobody answers: the time until then is no response time.
    pub fn answered(&self) -> Option<Latency> {
        self.latency.filter(|_| self.goodput.0 > 0.0)
    }
}

impl Report {
    /// The class with the highest p99 of those that are sent, and its response times; `None` when one of them has none, or none is sent.
    pub fn slowest(&self) -> Option<(ClassId, Latency)> {
        let mut slowest: Option<(ClassId, Latency)> = None;
        for class in self.classes.iter().filter(|class| class.offered.0 > 0.0) {
            let latency = class.answered()?;
            if slowest.is_none_or(|(_, before)| latency.p99.0 > before.p99.0) {
                slowest = Some((class.class, latency));
            }
        }
        slowest
    }
}

/// A response-time distribution in figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Mean.
    pub mean: Seconds,
    /// Standard deviation.
    pub deviation: Seconds,
    /// Median.
    pub p50: Seconds,
    /// 95th percentile.
    pub p95: Seconds,
    /// 99th percentile.
    pub p99: Seconds,
    /// 99.9th percentile.
    pub p999: Seconds,
}

/// One part of a class's mean response time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BreakdownPart {
    /// Whose time it is; `None` for the network between components.
    pub component: Option<ComponentId>,
    /// What the time is spent on.
    pub cause: TimeCause,
    /// Mean for each request of the class (visits included; parallel branches count by the share they add).
    pub mean: Seconds,
}

/// What a part of the response time is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeCause {
    /// Travelling.
    Network,
    /// Being served.
    Service,
    /// Waiting for a server.
    Waiting,
    /// Waiting for a thread or connection.
    WaitingForToken,
    /// Waiting before a retry, and attempts that came to nothing.
    Retrying,
}

/// Requests lost on the way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loss {
    /// Who refuses or fails.
    pub component: ComponentId,
    /// Why.
    pub cause: LossCause,
    /// Share of the class's requests, 0 to 1.
    pub share: f64,
}

/// Why a request is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCause {
    /// No room in a finite queue.
    QueueFull,
    /// Over the rate limit.
    RateLimited,
    /// An error answer.
    Error,
    /// The caller gave up: at the component that was called and hadn't answered by then.
    TimedOut,
    /// Still in a backlog that grows without end.
    Backlog,
    /// No link leads on to anything that could answer.
    NoRoute,
    /// The caller's circuit breaker was open: at the component that wasn't called for it.
    BreakerOpen,
    /// It had waited too long for a server.
    QueueTimedOut,
    /// Too many waited for too long, and this was one of them.
    Shed,
    /// Nobody listened there: the instance was away, or the call was lost on its way.
    Unreachable,
    /// It was there when its instance was killed.
    InstanceLost,
    /// A simulation holds only so many requests, calls and users at once, and this was one more: nobody's failure but its own.
    TooManyInFlight,
    /// A message that was handed out as often as may be, and never worked off in time.
    DeadLetter,
}

/// One station.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StationReport {
    /// Which, in the network.
    #[serde(skip)]
    pub station: StationId,
    /// Whose.
    pub component: ComponentId,
    /// Which of its resources.
    #[serde(serialize_with = "role_name")]
    pub role: Role,
    /// Instances at this load (of an autoscaled pool: as many as the load wants).
    pub instances: u32,
    /// Servers of each instance.
    pub servers: u32,
    /// Arrivals at the station.
    pub arrival: PerSecond,
    /// Arrival rate times service time over all instances, in busy servers (erlangs); may exceed the servers there are.
    pub offered_load: f64,
    /// Share of busy servers, 0 to 1.
    pub utilisation: f64,
    /// Utilisation of the busiest instance where the load isn't spread evenly; else the same.
    pub busiest_utilisation: f64,
    /// Mean time in service.
    pub service: Seconds,
    /// Mean requests waiting, all instances; `None` when saturated, be it itself or by a backlog that something before it holds back.
    pub queue_length: Option<f64>,
    /// Probability that an arrival has to wait; `None` when saturated.
    pub wait_probability: Option<f64>,
    /// Mean wait; `None` when saturated.
    pub waiting: Option<Seconds>,
    /// Mean wait and service; `None` when saturated.
    pub sojourn: Option<Seconds>,
    /// Requests that leave served.
    pub throughput: PerSecond,
    /// Share of arrivals that are refused.
    pub loss: f64,
    /// By class: what it brings.
    pub by_class: Vec<StationClassReport>,
    /// What happens when it can't keep up.
    pub saturation: Option<Saturation>,
    /// The formula that gave these figures and its source, e.g. "M/M/c, Erlang C (Erlang 1917)".
    pub formula: &'static str,
}

/// Writes a role under its name.
pub(crate) fn role_name<S: serde::Serializer>(
    role: &Role,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match role {
        Role::Cores => "cores",
        Role::Threads => "threads",
        Role::Connections => "connections",
        Role::Disk => "disk",
        Role::Replay => "replay",
        Role::RateLimit => "rate_limit",
        Role::Servers => "servers",
    })
}

/// One class at one station.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StationClassReport {
    /// Which class.
    pub class: ClassId,
    /// Its arrivals.
    pub arrival: PerSecond,
    /// Busy servers it needs, in erlangs.
    pub offered_load: f64,
    /// Mean time in service.
    pub service: Seconds,
    /// Mean wait; `None` when saturated.
    pub waiting: Option<Seconds>,
}

/// A station that can't keep up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saturation {
    /// How fast its backlog grows.
    pub growth: PerSecond,
    /// Until a finite queue overflows; `None` when the queue is unbounded.
    pub time_to_overflow: Option<Seconds>,
    /// What gets through.
    pub passes: PerSecond,
}

/// What a node on the drawing shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComponentReport {
    /// Which.
    pub component: ComponentId,
    /// Requests, calls or messages that reach it.
    pub arrival: PerSecond,
    /// Utilisation of its busiest resource, 0 to 1; `None` for parts without a limit.
    pub utilisation: Option<f64>,
    /// What its most wanted resource is asked for over what that can do, 1 and more when it is too much: of the bottleneck as if nothing
    /// before it held requests back, of others by what reaches them; `None` for parts without a limit.
    pub asked: Option<f64>,
    /// The busiest resource.
    #[serde(skip)]
    pub busiest: Option<StationId>,
    /// How fast a backlog grows in it; `None` where none does.
    pub backlog_growth: Option<PerSecond>,
    /// Requests waiting in it; `None` when there is no steady state.
    pub queue_length: Option<f64>,
    /// Mean time that a visit spends in it and below it; `None` when there is no steady state or nobody calls it.
    pub sojourn: Option<Seconds>,
    /// Share of look-ups that it answers by itself, where it holds keys.
    pub hit_ratio: Option<f64>,
    /// Instances at this load, where it has any.
    pub instances: Option<u32>,
    /// How it stands.
    pub state: ComponentState,
}

impl ComponentReport {
    /// A component that nobody calls.
    pub fn idle(component: ComponentId) -> Self {
        ComponentReport {
            component,
            arrival: PerSecond(0.0),
            utilisation: None,
            asked: None,
            busiest: None,
            backlog_growth: None,
            queue_length: Some(0.0),
            sojourn: None,
            hit_ratio: None,
            instances: None,
            state: ComponentState::Idle,
        }
    }
}

/// How a component stands, for a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// Nobody calls it.
    Idle,
    /// Below 70 % utilisation.
    Healthy,
    /// From 70 to 90 %: waiting grows quickly from here.
    Busy,
    /// From 90 % up to its limit.
    Hot,
    /// Offered as much as it can do, or more.
    Saturated,
}

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LinkReport {
    /// Which.
    pub link: LinkId,
    /// Calls that travel along it.
    pub rate: PerSecond,
    /// Whether callers don't wait for the answer (queues, replication).
    pub asynchronous: bool,
}

/// A station that limits the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bottleneck {
    /// Which, in [`Report::stations`].
    #[serde(skip)]
    pub station: StationId,
    /// Whose.
    pub component: ComponentId,
    /// Its utilisation at today's load; above 1 when it is offered more than it can do.
    pub utilisation: f64,
    /// The load (requests a second over all classes at today's mix) at which it saturates.
    pub saturates_at: PerSecond,
}

/// What everything costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// All together.
    pub total: DollarsPerMonth,
    /// By component, in the document's order; parts that cost nothing are left out.
    pub components: Vec<(ComponentId, DollarsPerMonth)>,
    /// Traffic between zones and to the outside.
    pub traffic: DollarsPerMonth,
    /// What sending the answers to clients costs whatever is drawn: by the cheapest way there is, theirs or an edge's.
    pub least: DollarsPerMonth,
}

/// An objective with its grade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectiveOutcome {
    /// Which.
    pub objective: Objective,
    /// Whether it is met.
    pub met: bool,
    /// What was measured, in the objective's unit; `None` when there is no steady state to measure.
    pub measured: Option<f64>,
    /// Distance to the bound as a share of it; negative when missed; `None` when nothing was measured.
    pub margin: Option<f64>,
    /// Where it is missed and no part that could be added or changed would meet it: why, and what would; `None` where one might.
    pub out_of_reach: Option<String>,
}

/// Something that the numbers rest on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assumption {
    /// What is assumed, and its source.
    pub rests_on: &'static str,
    /// Where; `None` is everywhere.
    pub component: Option<ComponentId>,
    /// Whether it holds here.
    pub standing: Standing,
    /// Why it stands so, in one sentence with its numbers.
    pub because: String,
}

/// Whether an assumption holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The figure is exact under the model.
    Exact,
    /// An approximation within its known range of a few percent.
    Approximate,
    /// Outside the range in which the approximation is known to be good.
    Doubtful,
}
