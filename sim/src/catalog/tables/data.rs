//! Data stores that aren't relational: key-value store, cache and object storage.

use super::{shared, sql};
use crate::catalog::build::{WrittenKind, choice, count, flag, number, option};
use crate::catalog::{Choice, Group, Kind, Parameter, Unit};

pub(super) const KEY_VALUE_STORE: WrittenKind = WrittenKind {
    kind: Kind::KeyValueStore,
    label: "Key-value store",
    summary: "Keys spread by hash over nodes, each kept several times; reads and writes wait for a quorum.",
    group: Group::Data,
    parameters: &[
        shared::INSTANCES
            .with(3.0)
            .label("Nodes")
            .help("Nodes over which the keys spread; at least as many as copies of a key.")
            .recalled("modelling choice: one node for each copy"),
        shared::CORES,
        sql::READ_TIME
            .with(0.1)
            .help("Processor time of a read at one node.")
            .recalled("modelling choice: half a relational point read"),
        sql::WRITE_TIME
            .with(0.1)
            .help("Processor time of a write at one node.")
            .recalled("modelling choice: an append to memory and log, as a read"),
        count(Parameter::ReplicationFactor, "Copies of a key", 3.0, 1.0, 10.0)
            .linear()
            .help("Nodes that keep each key; every one of them works on every write.")
            .recalled("3 is the usual choice (DeCandia et al., Dynamo, SOSP 2007)"),
        count(Parameter::ReadQuorum, "Read quorum", 2.0, 1.0, 10.0)
            .linear()
            .help("Nodes that have to answer a read. Read and write quorum together above the copies give the latest value.")
            .recalled("(N, R, W) = (3, 2, 2) (DeCandia et al., Dynamo, SOSP 2007)"),
        count(Parameter::WriteQuorum, "Write quorum", 2.0, 1.0, 10.0)
            .linear()
            .help("Nodes that have to confirm a write before it counts.")
            .recalled("(N, R, W) = (3, 2, 2) (DeCandia et al., Dynamo, SOSP 2007)"),
        number(Parameter::ReplicationLag, "Propagation time", Unit::Milliseconds, 0.0, 0.0, 3_600_000.0)
            .help("Mean time until a node shows a write, beside its work; exponential, and each copy's its own. Where the quorums needn't meet, reads miss what hasn't got there.")
            .recalled("modelling choice: none; the law is that of Bailis et al. (PBS, VLDB 2012), who fit 1 to 10 ms"),
        shared::STORED_DATA,
        shared::STORAGE_PRICE,
        shared::INSTANCE_PRICE.label("Price per node"),
        shared::AVAILABILITY.with(0.9999).help(shared::OF_PROVIDER).read("DynamoDB SLA: 99.99 % (cloudonaut.io 2019-01-31)"),
    ],
};

pub(super) const CACHE: WrittenKind = WrittenKind {
    kind: Kind::Cache,
    label: "Cache",
    summary: "Keeps popular answers in memory in front of a data store.",
    group: Group::Data,
    parameters: &[
        number(Parameter::CacheSize, "Cache size", Unit::Gigabytes, 13.0, 0.000_001, 10_000.0)
            .help("What each node holds. With the popularity of the keys it decides the hit ratio; past the popular ones more memory buys little.")
            .recalled("ElastiCache cache.r7g.large has 13 GiB"),
        shared::INSTANCES
            .label("Nodes")
            .help("Nodes over which the keys are divided by consistent hash: one more or less moves the keys of that one alone."),
        shared::SERVICE_TIME
            .with(0.01)
            .help("Time of one operation; a node works on one at a time.")
            .recalled("1 / 100,000 operations a second (the method of redis.io/topics/benchmarks, without pipelining)"),
        shared::EVICTION,
        shared::TIME_TO_LIVE,
        choice(
            Parameter::WriteMode,
            "Write mode",
            &[
                option(Choice::CacheAside, "Cache-aside", "Writes go to the store and then remove the key from the cache; the next read fetches it."),
                option(Choice::WriteThrough, "Write-through", "Writes go to the store and the cache, and wait for both."),
                option(Choice::WriteBehind, "Write-behind", "Writes go to the cache alone and reach the store later; fast, and lost if the cache dies before."),
            ],
        )
        .help("How writes meet the cache.")
        .recalled("cache-aside is the usual start"),
        number(Parameter::WriteDelay, "Write delay", Unit::Seconds, 0.0, 0.0, 86_400.0)
            .help("How long a write waits in the cache before it goes to the store. Writes of the same key become one meanwhile, which spares the store; what waits is lost when the cache loses its memory.")
            .recalled("modelling choice: none, so that as little as possible is lost")
            .when(Parameter::WriteMode, &[Choice::WriteBehind]),
        flag(Parameter::Coalescing, "Request coalescing", false)
            .help("Who misses a key that somebody is fetching already waits for that fetch (a lock, a single flight) instead of asking the store too. Without it, a popular key that has just left is fetched by all who ask meanwhile: a stampede.")
            .recalled("modelling choice: off, for callers have to be written so")
            .through_time(),
        shared::INSTANCE_PRICE
            .with(159.87)
            .label("Price per node")
            .help("What one node of the default size costs a month; a larger one costs in proportion to its size.")
            .recalled("ElastiCache cache.r7g.large: 0.219 $/h in us-east-1 (price list of 2025)"),
        shared::AVAILABILITY.read("a node in one zone, MemoryDB SLA of 2024-06-07: 99.5 % (aws.amazon.com/memorydb/sla)"),
        shared::REPAIR_TIME.when(Parameter::WriteMode, &[Choice::WriteBehind]),
    ],
};

pub(super) const OBJECT_STORAGE: WrittenKind = WrittenKind {
    kind: Kind::ObjectStorage,
    label: "Object storage",
    summary: "Keeps files of any size; slow to the first byte, without a limit but the rate on each prefix.",
    group: Group::Data,
    parameters: &[
        number(Parameter::FirstByteTime, "Time to first byte", Unit::Milliseconds, 150.0, 0.0, 60_000.0)
            .help("What every request waits before bytes flow.")
            .read("100 to 200 ms, AWS S3 performance guidance quoted by atakan-erdonmez.com; small objects are often faster"),
        number(Parameter::TransferSpeed, "Transfer speed", Unit::MegabytesPerSecond, 85.0, 0.001, 100_000.0)
            .help("Speed of one transfer; large files take size / speed on top.")
            .recalled("85 to 90 MB/s on one connection, AWS S3 performance guidance"),
        count(Parameter::Prefixes, "Prefixes", 1.0, 1.0, 100_000.0)
            .help("Prefixes over which the keys of objects spread; the rate limits hold for each."),
        shared::RATE_LIMIT
            .with(5500.0)
            .or_unlimited()
            .label("Read limit per prefix")
            .help("Reads a second that one prefix lets through; the rest is refused.")
            .read("5,500 GET a second and prefix, AWS S3 performance guidance quoted by atakan-erdonmez.com"),
        number(Parameter::WriteRateLimit, "Write limit per prefix", Unit::PerSecond, 3500.0, 0.01, 100_000_000.0)
            .or_unlimited()
            .help("Writes a second that one prefix lets through; the rest is refused.")
            .read("3,500 PUT a second and prefix, AWS S3 performance guidance quoted by atakan-erdonmez.com"),
        shared::STORED_DATA.with(1000.0),
        shared::STORAGE_PRICE.with(0.023).recalled("S3 Standard: 0.023 $/GB-month in us-east-1 (price list of 2025)"),
        shared::MILLION_CALLS_PRICE.recalled("S3 Standard: 0.40 $ per million reads in us-east-1 (price list of 2025)"),
        shared::AVAILABILITY.with(0.999).help(shared::OF_PROVIDER).read("S3 SLA: 99.9 % (cloudonaut.io 2019-01-31)"),
    ],
};
