//! The kinds of part and zone there are; what parameters they have stands in the tables beside this file.

use serde::{Deserialize, Serialize};

/// What a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A population of clients that sends requests.
    Clients,
    /// Answers names with addresses, and is asked only when the resolver's copy has expired.
    Dns,
    /// Edge caches near the clients.
    Cdn,
    /// Spreads requests over its targets.
    LoadBalancer,
    /// One door to many services: routes by class, authenticates, limits rates.
    ApiGateway,
    /// A web server that terminates connections and passes requests on; may serve files itself.
    ReverseProxy,
    /// An application server or service.
    Service,
    /// A serverless function.
    Function,
    /// Takes messages from a queue or topic and works them off.
    Worker,
    /// A relational database that takes writes (and reads).
    SqlPrimary,
    /// A read-only copy of a primary, slightly behind.
    ReadReplica,
    /// A database split by key over several equal shards, with its router.
    ShardedDatabase,
    /// A database split by function: each class has its own.
    FederatedDatabase,
    /// A partitioned key-value store.
    KeyValueStore,
    /// An in-memory cache in front of a data store.
    Cache,
    /// Stores files.
    ObjectStorage,
    /// A message queue: each message goes to one worker.
    Queue,
    /// A topic: each message goes to every subscriber.
    Topic,
    /// Somebody else's API.
    ThirdPartyApi,
    /// Web server, application, database and files on one machine.
    SingleBox,
    /// A bare queueing station of the theory books.
    Station,
}

/// What a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// A geographic region.
    Region,
    /// A data centre within a region, failing by itself.
    AvailabilityZone,
    /// A private network.
    Vpc,
    /// Part of a network that the outside reaches.
    PublicSubnet,
    /// Part of a network that only the network itself reaches.
    PrivateSubnet,
}
