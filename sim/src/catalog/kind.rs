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

/// What stands behind a kind, and so what brings it down at once with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Nothing that fails: users, and stations of the books.
    Nothing,
    /// Machines in one data centre, which fail one by one and all with the data centre.
    Machines,
    /// A service that its provider spreads over the data centres of a region.
    Region,
    /// A service that its provider has all over the world.
    World,
}

impl Kind {
    /// What stands behind it.
    pub const fn footing(self) -> Footing {
        match self {
            Kind::Clients | Kind::Station => Footing::Nothing,
            Kind::ReverseProxy
            | Kind::Service
            | Kind::Worker
            | Kind::SqlPrimary
            | Kind::ReadReplica
            | Kind::ShardedDatabase
            | Kind::FederatedDatabase
            | Kind::Cache
            | Kind::SingleBox => Footing::Machines,
            Kind::LoadBalancer
            | Kind::ApiGateway
            | Kind::Function
            | Kind::KeyValueStore
            | Kind::ObjectStorage
            | Kind::Queue
            | Kind::Topic => Footing::Region,
            Kind::Dns | Kind::Cdn | Kind::ThirdPartyApi => Footing::World,
        }
    }
}

impl Kind {
    /// Whether what it calls is its user's to plan; what the others call follows from what they are.
    pub const fn plans_calls(self) -> bool {
        matches!(
            self,
            Kind::Service | Kind::Function | Kind::Worker | Kind::SingleBox
        )
    }

    /// Whether it is a store of records that are asked for by key or query.
    pub const fn is_database(self) -> bool {
        matches!(
            self,
            Kind::SqlPrimary
                | Kind::ReadReplica
                | Kind::ShardedDatabase
                | Kind::FederatedDatabase
                | Kind::KeyValueStore
        )
    }

    /// Whether it holds something that isn't anywhere else or has to agree with something elsewhere, so that it can't simply be replaced:
    /// data, keys, messages.
    pub const fn is_stateful(self) -> bool {
        match self {
            Kind::SqlPrimary
            | Kind::ReadReplica
            | Kind::ShardedDatabase
            | Kind::FederatedDatabase
            | Kind::KeyValueStore
            | Kind::Cache
            | Kind::ObjectStorage
            | Kind::Queue
            | Kind::Topic
            | Kind::SingleBox => true,
            Kind::Clients
            | Kind::Dns
            | Kind::Cdn
            | Kind::LoadBalancer
            | Kind::ApiGateway
            | Kind::ReverseProxy
            | Kind::Service
            | Kind::Function
            | Kind::Worker
            | Kind::ThirdPartyApi
            | Kind::Station => false,
        }
    }
}
