//! Replication as both engines see it: a primary's log of writes, the copies that show them in their order, and the moments in a
//! route at which writes and reads meet the log. It knows neither stations nor time.

use super::{StationId, StoreId};
use crate::scenario::ComponentId;
use crate::units::Seconds;

/// Index into [`super::Network::quorums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuorumId(pub u32);

/// A store of several copies of each key whose reads and writes ask so few that they needn't meet. Where they have to (Gifford 1979,
/// "Weighted Voting for Replicated Data"), nothing is ever stale, and there is none of these.
#[derive(Clone, Debug, PartialEq)]
pub struct Quorum {
    /// Whose.
    pub component: ComponentId,
    /// Copies of a key, up to 32.
    pub copies: u32,
    /// Copies that a read asks.
    pub reads: u32,
    /// What the writes change, as of [`Log::keys`].
    pub keys: Vec<Option<WrittenKeys>>,
}

/// A moment in the way of a read or a write of such a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorate {
    /// A write begins.
    Write,
    /// One of the copies has it.
    Stored,
    /// Enough copies have it.
    Counts,
    /// A read begins.
    Ask,
    /// It looks at one of its copies.
    Look,
    /// It has been answered.
    Answered,
}

/// Index into [`super::Network::logs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId(pub u32);

/// The writes of one primary, which its replicas apply in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// The primary.
    pub primary: ComponentId,
    /// Its replicas; their copies are numbered one after the other.
    pub replicas: Vec<LogCopies>,
    /// What the writes change: by class that reads, in the order of [`super::Network::classes`]; `None` for classes that don't read.
    /// Empty when nobody reads.
    pub keys: Vec<Option<WrittenKeys>>,
    /// What happens when the primary dies; `None` when everybody waits for it.
    pub failover: Option<Failover>,
}

/// How a replica takes the place of a primary that has died.
#[derive(Clone, Debug, PartialEq)]
pub struct Failover {
    /// From its death until it is given up.
    pub detection: Seconds,
    /// From then until the replica takes writes.
    pub promotion: Seconds,
    /// How a copy of each replica comes up to date when it is back, in the order of the replicas.
    pub rejoin: Vec<Rejoin>,
}

/// How long a copy that was away takes to come up to date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rejoin {
    /// Until it gets what it has missed.
    pub lag: Seconds,
    /// For each write that it has missed, in addition.
    pub write: Seconds,
}

/// What somebody does who may act for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A query of the primary.
    Query,
    /// A read of a replica; this pool tells which instance it goes to.
    Read(StationId),
    /// A write that has come to a copy ([`Mark::At`]) is applied there.
    Apply,
}

/// The copies that one replica keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCopies {
    /// The replica.
    pub component: ComponentId,
    /// Its instances that are told apart; at least 1.
    pub instances: u32,
}

/// The keys of one reading class that writes change. A write falls on a class as often as the class reads, and on a key of it as often as
/// that key is read: the same as caches take for the writes that pass them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenKeys {
    /// Share of the writes that change a key of this class, 0 to 1.
    pub share: f64,
    /// Number of keys; at least 1.
    pub keys: f64,
    /// Zipf exponent of their popularity, 0 to 3.
    pub zipf_exponent: f64,
}

/// A moment in a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A write takes its place in the log. When nobody waits for copies it counts from here on.
    Written {
        /// Where.
        log: LogId,
        /// Whether it counts only when enough copies have confirmed it ([`Mark::Confirmed`]).
        waits: bool,
    },
    /// Work on a message begins.
    Taken,
    /// The function's execution environment that was looked up in this store is idle again.
    Idle(StoreId),
    /// A write that has waited in this buffer goes to its store.
    WrittenBack(StoreId),
    /// A read or a write meets the copies of a key-value store.
    Quorum(QuorumId, Quorate),
    /// Enough copies have the write.
    Confirmed(LogId),
    /// What follows happens at this instance of a component.
    At {
        /// Whose.
        component: ComponentId,
        /// Which, from 0.
        instance: u32,
    },
    /// The instance has applied the write; it shows it when it has applied all before it.
    Applied {
        /// Of which log.
        log: LogId,
        /// Which of its replicas.
        replica: u32,
    },
    /// A read looks at what the instance has applied.
    Read {
        /// Of which log.
        log: LogId,
        /// Which of its replicas.
        replica: u32,
    },
}
