//! Replication as both engines see it: a primary's log of writes, the copies that show them in their order, and the moments in a
//! route at which writes and reads meet the log. It knows neither stations nor time.

use super::{StationId, StoreId};
use crate::scenario::{ComponentId, LinkId};
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

/// How a replica takes the place of a primary that has died, or that most of its callers don't reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Failover {
    /// From its death until it is given up.
    pub detection: Seconds,
    /// From then until the replica takes writes.
    pub promotion: Seconds,
    /// How a copy of each replica comes up to date when it is back, in the order of the replicas.
    pub rejoin: Vec<Rejoin>,
    /// The links by which the primary, and then each replica, is called by others than one another: from there they are watched.
    pub callers: Vec<Vec<LinkId>>,
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

/// A database whose data are held by caches that some of its writers don't tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Original {
    /// The database; of replicas their primary.
    pub component: ComponentId,
    /// Its log, where it has one: a write then changes the same key for the caches as for the replicas.
    pub log: Option<LogId>,
    /// The same of a store whose quorums needn't meet.
    pub quorum: Option<QuorumId>,
    /// What the writes change, as of [`Log::keys`].
    pub keys: Vec<Option<WrittenKeys>>,
    /// Whether requests write there, by class.
    pub writes: Vec<bool>,
    /// The caches that are filled from there.
    pub caches: Vec<Copying>,
}

/// A cache as the copy of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Copying {
    /// What it holds.
    pub store: StoreId,
    /// The classes that read the database's data through it. Files never change, so none of theirs.
    pub reads: Vec<bool>,
    /// Replicas and other caches that may give it what they hold.
    pub filled_by: Vec<ComponentId>,
    /// The classes whose writes come by, so that it holds nothing that they have outdated.
    pub told: Vec<bool>,
}

impl super::Network {
    /// The caches that may answer what is out of date, in the order of the stores.
    pub fn caches_untold(&self) -> Vec<ComponentId> {
        let mut stores: Vec<StoreId> = Vec::new();
        for original in &self.originals {
            let caches = original.caches.iter();
            let untold = caches.filter(|cache| original.untold(cache).next().is_some());
            stores.extend(untold.map(|cache| cache.store));
        }
        stores.sort_unstable();
        stores.dedup();
        let of = |store: &StoreId| self.stores[store.0 as usize].component;
        stores.iter().map(of).collect()
    }
}

impl Original {
    /// The classes whose writes the cache isn't told of.
    pub fn untold<'a>(&'a self, cache: &'a Copying) -> impl Iterator<Item = usize> + 'a {
        let classes = self.writes.iter().zip(&cache.told).enumerate();
        classes.filter_map(|(class, (writes, told))| (*writes && !*told).then_some(class))
    }
}

/// The copies that one replica keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCopies {
    /// The replica.
    pub component: ComponentId,
    /// Its instances that are told apart; at least 1.
    pub instances: u32,
    /// Along which the writes get there. They travel in a stream (TCP): what is lost on the way is sent again, and what is parted from the
    /// primary gets them when it isn't any more.
    pub link: LinkId,
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

/// A station each of whose keys lies on several of its instances. Who asks one or a few of them knows which are there (by gossip, as in
/// Dynamo and Cassandra) and asks those: a read fails for want of a copy only when fewer are there than it needs (DeCandia et al. 2007,
/// "Dynamo", sections 4.5 and 4.8; Lakshman & Malik 2010, "Cassandra", section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicated {
    /// Which.
    pub station: StationId,
    /// On how many instances each key lies; at least 2.
    pub copies: u32,
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
