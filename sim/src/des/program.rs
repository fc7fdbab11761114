//! What the jobs of a simulation execute: a network's routes as one list of small operations. It knows no state and no time.

use super::agenda::MOST_OF_A_KIND;
use super::change::Generation;
use super::shedding::Patience;
use crate::distribution::Distribution;
use crate::network::{Arrivals, Discipline, Dispatch, Instances, Quorate};
use crate::report::LossCause;
use crate::scenario::{CircuitBreaker, ComponentId, Jitter, LinkId, RetryBudget};

/// Stands for "none" wherever an index is expected.
pub(super) const NONE: u32 = u32::MAX;

/// A number of three bytes, which is enough for places in tables: there are never more things of a kind than an agenda tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Small([u8; 3]);

const _: () = assert!(MOST_OF_A_KIND <= Small::MOST.get());

impl Small {
    /// The greatest.
    pub const MOST: Small = Small([u8::MAX; 3]);

    /// This number, or the greatest when it is greater.
    pub const fn new(number: u32) -> Self {
        let [first, second, third, fourth] = number.to_le_bytes();
        if fourth > 0 {
            return Small::MOST;
        }
        Small([first, second, third])
    }

    /// As a number like others.
    #[inline(always)]
    pub const fn get(self) -> u32 {
        let Small([first, second, third]) = self;
        u32::from_le_bytes([first, second, third, 0])
    }
}

/// One operation; `u32`s are indices into tables of the simulation, `to` and `body` places in the program. Four of them fill a cache line:
/// nearly every one that is executed in a large system has to be fetched from afar.
#[derive(Clone, Copy, Debug, PartialEq)]
// A number of its own, and not one hidden in a field, says which it is: looked at for every step of every request.
#[repr(u8)]
pub(super) enum Op {
    /// A call along a link (or an undrawn one) takes this long.
    Hop { link: u32, seconds: f64 },
    /// A visit of a component, a number for bindings, begins here.
    Enter { entry: u32, component: u32 },
    /// The visit ends.
    Leave,
    /// Queue for a server and be served; where that is all of a visit of a component (`entry`, else [`NONE`]), the visit begins and ends here.
    Serve {
        station: u32,
        sampler: u32,
        entry: u32,
    },
    /// A call along a link that takes no time, and what comes next: the service that also stands behind it.
    Reach {
        link: Small,
        station: u32,
        sampler: u32,
        entry: u32,
    },
    /// Queue for a server and keep it.
    Acquire { pool: u32 },
    /// Give back the server kept last.
    Release,
    /// Go on elsewhere.
    Jump { to: u32 },
    /// Go on elsewhere and come back.
    Call { to: u32 },
    /// Come back.
    Return,
    /// The job's end.
    End,
    // Those before are in nearly every request: in this order they are told from the others by one comparison.
    /// Take a token of a bucket, or be refused.
    Token { station: u32 },
    /// Go on at one of these places of the branch table, by chance.
    Branch { first: u32, count: u32, choice: u32 },
    /// Go on at one of these places of the branch table: at a target of this balancer that takes part, by chance or by the request's key.
    Choose {
        count: Small,
        first: u32,
        choice: u32,
        door: u32,
    },
    /// Go on at one of these places of the branch table: at the target that this balancer picks. `counted`: what it has sent there is counted
    /// until [`Op::Came`].
    Pick {
        count: Small,
        first: u32,
        balancer: u32,
        counted: bool,
    },
    /// What a balancer has sent on is over.
    Came,
    /// The body that follows as often as drawn (this mean); `to` is behind it.
    Repeat { choice: Small, to: u32, count: f64 },
    /// The end of such a body, which starts at `to`.
    Again { to: u32 },
    /// Start jobs at the places of the branch table and wait: for all ([`Small::MOST`]), or for the first `needed`. Each goes to an instance of
    /// its own of the station `over`, where there is one.
    Fork {
        needed: Small,
        first: u32,
        count: u32,
        over: u32,
    },
    /// Start a job and go on; whether it is work that was handed over for later.
    Detach { to: u32, handed_over: bool },
    /// Fail by chance.
    Fail {
        cause: Small,
        choice: u32,
        probability: f64,
    },
    /// What follows, up to [`Op::Succeed`], is tried again when it fails.
    Attempt { rule: u32 },
    /// Ask the rule's breaker to be let through, or be refused.
    Permit { rule: u32 },
    /// Run the body as a job of its own and wait for it, up to the time-out.
    Launch { rule: u32, to: u32 },
    /// The attempt went well.
    Succeed,
    /// Look the class's key up: go on at `hit` when it is there, else at `miss`.
    Lookup { store: u32, miss: u32, hit: u32 },
    /// Write some key behind: go on when it waits already, else at `miss`.
    Buffer { store: u32, miss: u32 },
    /// The key that was missed has been fetched.
    Keep,
    /// Something that takes no time.
    Mark(Mark),
    /// Go on at the place of the branch table that belongs to whoever acts.
    Act { acting: Acting, first: u32 },
    /// Use an idle execution environment and go on, or else start one, at `cold`.
    Environment { function: u32, cold: u32 },
    /// Hand a message out as a job of its own, again when it wasn't worked off in time.
    Deliver { rule: u32, to: u32 },
    /// A user of this source thinks.
    Think { source: u32 },
    /// A request of this source begins: its class is drawn, and with it the way it takes.
    Begin { source: u32 },
    /// A span without queueing.
    Delay { sampler: u32 },
}

/// A moment of the network's; `seen` is the replica's place among all that are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    Written { log: u32, waits: bool },
    Confirmed { log: u32 },
    Idle,
    Taken,
    WrittenBack { buffer: u32 },
    Quorum { quorum: u32, moment: Quorate },
    Answered { entry: u32 },
    At { component: u32, instance: u32 },
    Applied { log: Small, replica: u32, seen: u32 },
    Read { log: Small, replica: u32, seen: u32 },
}

/// As whom somebody acts who may be another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Acting {
    /// The primary, asked for something.
    Query { log: Small },
    /// A replica that is read; the pool tells which of its instances.
    Read {
        log: Small,
        replica: Small,
        pool: Small,
    },
    /// A copy that gets a write.
    Apply { log: Small, replica: Small },
}

const _: () = assert!(size_of::<Op>() == 16);

impl Op {
    /// Calls the function with the places in the program to which it leads by itself; branches and forks lead where the branch table says.
    pub fn for_each_target(&mut self, mut visit: impl FnMut(&mut u32)) {
        match self {
            Op::Lookup { hit, miss, .. } => {
                visit(hit);
                visit(miss);
            }
            Op::Jump { to }
            | Op::Call { to }
            | Op::Repeat { to, .. }
            | Op::Again { to }
            | Op::Detach { to, .. }
            | Op::Launch { to, .. }
            | Op::Deliver { to, .. }
            | Op::Environment { cold: to, .. }
            | Op::Buffer { miss: to, .. } => visit(to),
            Op::Branch { .. }
            | Op::Choose { .. }
            | Op::Pick { .. }
            | Op::Came
            | Op::Fork { .. }
            | Op::Act { .. }
            | Op::Think { .. }
            | Op::Begin { .. }
            | Op::Hop { .. }
            | Op::Delay { .. }
            | Op::Enter { .. }
            | Op::Leave
            | Op::Serve { .. }
            | Op::Reach { .. }
            | Op::Token { .. }
            | Op::Acquire { .. }
            | Op::Release
            | Op::Return
            | Op::Fail { .. }
            | Op::Attempt { .. }
            | Op::Permit { .. }
            | Op::Succeed
            | Op::Keep
            | Op::Mark(_)
            | Op::End => {}
        }
    }
}

/// Where one of several ways leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    /// The probability of this or an earlier one of the same branch.
    pub sum: f64,
    /// The place in the program.
    pub to: u32,
    /// The target that it leads to, as a number, where a balancer picks; else [`NONE`].
    pub target: u32,
    /// How much that target counts among the others, where a balancer picks by that; else 0.
    pub weight: f64,
}

impl Way {
    /// A way to this place, with the probability of it or an earlier one.
    pub fn new(sum: f64, to: u32) -> Self {
        Way {
            sum,
            to,
            target: NONE,
            weight: 0.0,
        }
    }

    /// The same in a program that stands so many places further back.
    pub fn moved(self, at: u32) -> Self {
        Way {
            to: self.to.wrapping_add(at),
            ..self
        }
    }
}

/// The operations with the tables that belong to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Program {
    /// What is executed.
    pub ops: Vec<Op>,
    /// Where branches and forks lead.
    pub ways: Vec<Way>,
    /// Whose the parts of both lists are: a network's program stands behind those of earlier ones that somebody is still in.
    pub generations: Vec<Generation>,
}

/// A station as the simulation sets it up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StationSpec {
    /// Whose it is.
    pub component: ComponentId,
    /// Its instances.
    pub instances: Instances,
    /// Servers of each.
    pub servers: u32,
    /// Most requests that an instance holds.
    pub capacity: Option<u32>,
    /// Who is served next.
    pub discipline: Discipline,
    /// Which instance serves.
    pub dispatch: Dispatch,
    /// On how many instances each key lies, any of which may answer for it.
    pub copies: u32,
    /// The cause of failure of those it refuses.
    pub refusal: u32,
    /// How long those who wait may wait.
    pub patience: Option<Patience>,
    /// Whether those who wait for it stand in another component's queue.
    pub waits_elsewhere: bool,
}

/// A population as the simulation sets it up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceSpec {
    /// Who they are.
    pub component: ComponentId,
    /// When they send.
    pub arrivals: Arrivals,
    /// Share of this or an earlier class, the class's place, and where its route starts.
    pub routes: Vec<(f64, u32, u32)>,
    /// Where their jobs start.
    pub start: u32,
}

/// How an attempt is limited and repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RuleSpec {
    /// The link that is called along.
    pub link: Option<LinkId>,
    /// Who calls.
    pub component: ComponentId,
    /// Seconds until an attempt is given up; infinite when never.
    pub timeout: f64,
    /// Seconds until it is made once more; infinite when never.
    pub hedge_after: f64,
    /// Further attempts.
    pub retries: u32,
    /// Mean wait before the first of them, seconds.
    pub backoff: f64,
    /// How the waits vary.
    pub jitter: Jitter,
    /// How many retries there may be.
    pub budget: Option<RetryBudget>,
    /// What stops attempts.
    pub breaker: Option<CircuitBreaker>,
    /// The stream of the waits.
    pub choice: u32,
    /// The cause of failure of those who are given up.
    pub cause: u32,
    /// The cause of failure of those whom the breaker stops; [`NONE`] without one.
    pub stopped: u32,
}

/// How messages come back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DeliverySpec {
    /// Seconds for which a message that was taken stays invisible.
    pub visibility: f64,
    /// Most times that it is handed out.
    pub receives: u32,
    /// The cause of failure of those that took too long the last time.
    pub cause: u32,
    /// The place of the queue among those that do so.
    pub queue: u32,
}

/// Why a request may fail, and whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
}

/// A sampler's distribution.
pub(super) type SamplerSpec = Distribution;
