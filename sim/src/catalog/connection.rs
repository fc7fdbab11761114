//! What a link between two kinds means, or why it means nothing; it knows kinds alone, no document and no route.

use super::Kind;

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkMeaning {
    /// The caller sends a request and waits for the answer.
    Calls,
    /// The caller asks for an address when its resolver's copy has expired.
    AsksForAddress,
    /// The edge fetches from the origin what it doesn't hold.
    FetchesMisses,
    /// The caller looks keys up and falls back on a data store.
    LooksUp,
    /// The caller reads and writes data.
    ReadsAndWrites,
    /// The caller reads data that may be slightly old.
    Reads,
    /// The caller fetches and keeps files.
    KeepsFiles,
    /// The caller hands a message over and goes on.
    Publishes,
    /// Messages go to whoever works on them.
    Delivers,
    /// Every write is applied to the copy as well.
    Replicates,
    /// Requests go on to the next station after service.
    GoesOn,
}

impl LinkMeaning {
    /// What the caller does, to stand between two names: "API *reads and writes* Orders".
    pub const fn verb(self) -> &'static str {
        match self {
            LinkMeaning::Calls => "calls",
            LinkMeaning::AsksForAddress => "gets addresses from",
            LinkMeaning::FetchesMisses => "fetches what it doesn't hold from",
            LinkMeaning::LooksUp => "looks keys up in",
            LinkMeaning::ReadsAndWrites => "reads and writes",
            LinkMeaning::Reads => "reads",
            LinkMeaning::KeepsFiles => "keeps files in",
            LinkMeaning::Publishes => "publishes to",
            LinkMeaning::Delivers => "delivers to",
            LinkMeaning::Replicates => "replicates to",
            LinkMeaning::GoesOn => "goes on to",
        }
    }

    /// Whether the caller goes on without an answer from what stands behind the link.
    pub const fn is_asynchronous(self) -> bool {
        matches!(self, LinkMeaning::Delivers | LinkMeaning::Replicates)
    }
}

/// What a link from one kind to another means.
///
/// # Errors
/// Why it means nothing, in one sentence that names what to draw instead.
pub const fn connection(from: Kind, to: Kind) -> Result<LinkMeaning, &'static str> {
    match from {
        Kind::Clients => from_clients(to),
        Kind::Dns => Err(
            "DNS answers with addresses, traffic doesn't pass through it: link the clients to the target as well.",
        ),
        Kind::Cdn => from_cdn(to),
        Kind::LoadBalancer => from_balancer(to),
        Kind::ApiGateway | Kind::ReverseProxy => from_proxy(to),
        Kind::Service | Kind::Function | Kind::Worker => from_program(to),
        Kind::SingleBox => {
            Err("A single box does everything by itself: use a service to call other parts.")
        }
        Kind::SqlPrimary => match to {
            Kind::ReadReplica => Ok(LinkMeaning::Replicates),
            Kind::SqlPrimary => Err(
                "Two primaries can't feed each other: make one a read replica, or use a sharded database.",
            ),
            _ => Err(
                "A database answers and calls nobody, but a primary feeds its read replicas: link the caller to both.",
            ),
        },
        Kind::ReadReplica => Err(
            "A replica answers reads and calls nobody: link the primary to each replica, and the service to both.",
        ),
        Kind::ShardedDatabase | Kind::FederatedDatabase | Kind::KeyValueStore => Err(
            "A database answers and calls nobody: draw the link from the caller to the database.",
        ),
        Kind::Cache => {
            Err("The caller asks the cache and the data store itself: link the service to both.")
        }
        Kind::ObjectStorage => {
            Err("Object storage answers and calls nobody: draw the link from the caller to it.")
        }
        Kind::Queue => from_queue(to),
        Kind::Topic => from_topic(to),
        Kind::ThirdPartyApi => {
            Err("Somebody else's API calls nobody of yours: draw the link from your caller to it.")
        }
        Kind::Station => match to {
            Kind::Station => Ok(LinkMeaning::GoesOn),
            Kind::Clients => Err(ANSWERS_COME_BACK),
            _ => Err(
                "A station of the theory books goes on to other stations alone: use a service to call other parts.",
            ),
        },
    }
}

const ANSWERS_COME_BACK: &str =
    "Nobody calls the clients: answers come back along the link by which the request came.";
const NAMES_ARE_FOR_CLIENTS: &str =
    "Only clients ask DNS for addresses here: link the clients to it.";
const CDN_STANDS_BEFORE: &str = "A CDN stands before the door, not behind it: link the clients to the CDN, and the CDN to this part.";
const WORKERS_TAKE_MESSAGES: &str =
    "Workers take messages, not calls: put a queue or a topic between.";

const fn from_clients(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::Dns => Ok(LinkMeaning::AsksForAddress),
        Kind::Cdn
        | Kind::LoadBalancer
        | Kind::ApiGateway
        | Kind::ReverseProxy
        | Kind::Service
        | Kind::Function
        | Kind::SingleBox
        | Kind::ObjectStorage
        | Kind::ThirdPartyApi
        | Kind::Station => Ok(LinkMeaning::Calls),
        Kind::Clients => {
            Err("Clients don't call one another: link each to the door of the system.")
        }
        Kind::SqlPrimary
        | Kind::ReadReplica
        | Kind::ShardedDatabase
        | Kind::FederatedDatabase
        | Kind::KeyValueStore
        | Kind::Cache => Err("Clients don't talk to data stores: put a service between."),
        Kind::Queue | Kind::Topic => {
            Err("Clients don't publish messages themselves: put a service between.")
        }
        Kind::Worker => Err(WORKERS_TAKE_MESSAGES),
    }
}

const fn from_cdn(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::LoadBalancer
        | Kind::ApiGateway
        | Kind::ReverseProxy
        | Kind::Service
        | Kind::Function
        | Kind::SingleBox
        | Kind::ObjectStorage
        | Kind::Station => Ok(LinkMeaning::FetchesMisses),
        Kind::Clients => Err(ANSWERS_COME_BACK),
        Kind::Dns => Err(NAMES_ARE_FOR_CLIENTS),
        Kind::Cdn => Err("One CDN doesn't fetch from another: link it to the origin."),
        Kind::Worker => Err(WORKERS_TAKE_MESSAGES),
        _ => Err(
            "A CDN fetches from an origin that speaks HTTP: a balancer, proxy, service or object storage.",
        ),
    }
}

const fn from_balancer(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::LoadBalancer
        | Kind::ApiGateway
        | Kind::ReverseProxy
        | Kind::Service
        | Kind::Function
        | Kind::SingleBox
        | Kind::Station => Ok(LinkMeaning::Calls),
        Kind::Clients => Err(ANSWERS_COME_BACK),
        Kind::Dns => Err(NAMES_ARE_FOR_CLIENTS),
        Kind::Cdn => Err(CDN_STANDS_BEFORE),
        Kind::Worker => Err(WORKERS_TAKE_MESSAGES),
        Kind::ReadReplica => {
            Err("A service spreads its reads over the replicas itself: link the service to each.")
        }
        Kind::Queue | Kind::Topic => {
            Err("A balancer passes requests on and publishes nothing: put a service between.")
        }
        Kind::ObjectStorage | Kind::ThirdPartyApi => {
            Err("A balancer spreads over machines of yours: use a reverse proxy or an API gateway.")
        }
        Kind::SqlPrimary
        | Kind::ShardedDatabase
        | Kind::FederatedDatabase
        | Kind::KeyValueStore
        | Kind::Cache => {
            Err("A balancer passes web requests on, not queries: put a service between.")
        }
    }
}

const fn from_proxy(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::LoadBalancer
        | Kind::ApiGateway
        | Kind::ReverseProxy
        | Kind::Service
        | Kind::Function
        | Kind::SingleBox
        | Kind::ThirdPartyApi
        | Kind::Station => Ok(LinkMeaning::Calls),
        Kind::ObjectStorage => Ok(LinkMeaning::KeepsFiles),
        Kind::Clients => Err(ANSWERS_COME_BACK),
        Kind::Dns => Err(NAMES_ARE_FOR_CLIENTS),
        Kind::Cdn => Err(CDN_STANDS_BEFORE),
        Kind::Worker => Err(WORKERS_TAKE_MESSAGES),
        Kind::Queue | Kind::Topic => {
            Err("A door passes requests on and publishes nothing: put a service between.")
        }
        Kind::SqlPrimary
        | Kind::ReadReplica
        | Kind::ShardedDatabase
        | Kind::FederatedDatabase
        | Kind::KeyValueStore
        | Kind::Cache => Err("A door passes web requests on, not queries: put a service between."),
    }
}

const fn from_program(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::LoadBalancer
        | Kind::ApiGateway
        | Kind::ReverseProxy
        | Kind::Service
        | Kind::Function
        | Kind::SingleBox
        | Kind::ThirdPartyApi
        | Kind::Station => Ok(LinkMeaning::Calls),
        Kind::SqlPrimary
        | Kind::ShardedDatabase
        | Kind::FederatedDatabase
        | Kind::KeyValueStore => Ok(LinkMeaning::ReadsAndWrites),
        Kind::ReadReplica => Ok(LinkMeaning::Reads),
        Kind::Cache => Ok(LinkMeaning::LooksUp),
        Kind::ObjectStorage => Ok(LinkMeaning::KeepsFiles),
        Kind::Queue | Kind::Topic => Ok(LinkMeaning::Publishes),
        Kind::Clients => Err(ANSWERS_COME_BACK),
        Kind::Dns => Err(NAMES_ARE_FOR_CLIENTS),
        Kind::Cdn => Err(CDN_STANDS_BEFORE),
        Kind::Worker => Err(WORKERS_TAKE_MESSAGES),
    }
}

const fn from_queue(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::Worker | Kind::Function => Ok(LinkMeaning::Delivers),
        Kind::Service => Err(
            "A service answers calls: let a worker take the messages, and call the service if it needs it.",
        ),
        Kind::Queue | Kind::Topic => Err(
            "A queue hands messages to workers alone: put a worker between that publishes them again.",
        ),
        _ => Err("A queue hands its messages to workers or functions alone."),
    }
}

const fn from_topic(to: Kind) -> Result<LinkMeaning, &'static str> {
    match to {
        Kind::Worker | Kind::Function | Kind::Queue => Ok(LinkMeaning::Delivers),
        Kind::Service => Err(
            "A service answers calls: let a worker take the messages, and call the service if it needs it.",
        ),
        _ => Err("A topic hands a copy of each message to workers, functions or queues alone."),
    }
}
