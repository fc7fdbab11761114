//! Relational databases: primary, replica, sharded and federated, which share most of their parameters.

use super::shared;
use crate::catalog::build::{
    WrittenKind, WrittenParameter, choice, count, flag, number, option, share,
};
use crate::catalog::{Choice, Group, Kind, Parameter, Unit};

pub(super) const READ_TIME: WrittenParameter =
    number(Parameter::ReadTime, "Read time", Unit::Milliseconds, 0.2, 0.0001, 600_000.0)
        .help("Processor time of a read query that finds its rows by an index, without joins.")
        .read("1 / 5,000 point reads a second per vCPU (kb.ekarisky.com, pgbench read-only; 0.1 ms in the engine)");

pub(super) const WRITE_TIME: WrittenParameter = number(
    Parameter::WriteTime,
    "Write time",
    Unit::Milliseconds,
    0.4,
    0.0001,
    600_000.0,
)
.help("Processor time of a write before its indexes and copies.")
.recalled("modelling choice: twice a read");

pub(super) const COMMIT_TIME: WrittenParameter =
    number(Parameter::CommitTime, "Commit time", Unit::Milliseconds, 2.0, 0.0, 60_000.0)
        .help("Time in which the disk makes a write durable; the writer waits for it and keeps its connection.")
        .recalled("network disk, 1 to 5 ms (napkin-math: fsync of 8 KiB 5 ms; local NVMe 0.05 to 0.5 ms)");

pub(super) const DISK_READ_TIME: WrittenParameter = number(
    Parameter::DiskReadTime,
    "Disk read time",
    Unit::Milliseconds,
    0.1,
    0.0001,
    60_000.0,
)
.help("Time of one random read when a row isn't in memory.")
.read("SSD, 8 KiB random read: 100 µs (sirupsen/napkin-math README)");

pub(super) const DISK_CHANNELS: WrittenParameter = count(
    Parameter::DiskChannels,
    "Disk channels",
    16.0,
    1.0,
    4096.0,
)
.help("Reads and commits that the disk works on at full speed at once.")
.recalled("modelling choice: a network SSD volume; 16 channels of 2 ms are 8,000 commits a second");

pub(super) const ROW_SIZE: WrittenParameter =
    number(Parameter::RowSize, "Row size", Unit::Bytes, 500.0, 1.0, 1_000_000_000.0)
        .help("Bytes that a row takes in memory with its share of page and index; with the number of keys it decides what fits.");

const CORES: WrittenParameter = shared::CORES.with(4.0).read("RDS db.r8g.xlarge has 4 vCPU");

const CONNECTIONS: WrittenParameter =
    count(Parameter::Connections, "Connections", 100.0, 1.0, 1_000_000.0)
        .help("Queries that the database serves at once; a caller beyond that waits for a connection before its query starts.")
        .recalled("PostgreSQL's default max_connections");

const SERVICE_VARIABILITY: WrittenParameter = shared::SERVICE_VARIABILITY
    .label("Query variability")
    .help("Squared coefficient of variation of a query's processor time: 0 always the same, 1 exponential, more has a long tail.");

const ROWS_PER_READ: WrittenParameter = number(
    Parameter::RowsPerRead,
    "Rows per read",
    Unit::Count,
    1.0,
    1.0,
    1_000_000.0,
)
.help("Rows that a read touches; each that isn't in memory costs a disk read.")
.recalled("1: a point read");

const UNINDEXED_SHARE: WrittenParameter =
    number(Parameter::UnindexedShare, "Unindexed reads", Unit::Share, 0.0, 0.0, 1.0)
        .help("Share of reads without a fitting index, which scan instead. A missing index on a hot query is the classic cause of a full database.")
        .recalled("0: a tuned schema");

const SCAN_TIME: WrittenParameter = number(
    Parameter::ScanTime,
    "Scan time",
    Unit::Milliseconds,
    50.0,
    0.0001,
    3_600_000.0,
)
.help("Processor time of a read that scans the table.")
.recalled("modelling choice: some 100,000 rows");

const INDEXES: WrittenParameter = number(Parameter::Indexes, "Indexes", Unit::Count, 2.0, 0.0, 100.0)
    .whole()
    .linear()
    .help("Indexes that each write has to keep up. They speed reads up (fewer unindexed reads) and slow writes down.");

const INDEX_OVERHEAD: WrittenParameter = number(
    Parameter::IndexOverhead,
    "Work per index",
    Unit::Share,
    0.25,
    0.0,
    10.0,
)
.linear()
.help("Extra work of a write for each index, as a share of the plain write.");

const JOINS_PER_READ: WrittenParameter = number(
    Parameter::JoinsPerRead,
    "Joins per read",
    Unit::Count,
    0.0,
    0.0,
    100.0,
)
.linear()
.help("Joins that a read makes on average; none when the tables are denormalised.")
.recalled("0: a point read of one table");

const JOIN_TIME: WrittenParameter = number(
    Parameter::JoinTime,
    "Time per join",
    Unit::Milliseconds,
    0.2,
    0.0,
    600_000.0,
)
.help("Processor time of one join.")
.recalled("modelling choice: one more indexed read");

const DENORMALISED: WrittenParameter = flag(Parameter::Denormalised, "Denormalised", false)
    .help("Stores joins in advance: reads need none, writes have copies to update, which may be stale for a moment.")
    .recalled("normalised tables are the usual start");

const COPIES_PER_WRITE: WrittenParameter = number(
    Parameter::CopiesPerWrite,
    "Copies per write",
    Unit::Count,
    2.0,
    0.0,
    1000.0,
)
.help("Copies of a value that a write has to update as well.")
.when_on(Parameter::Denormalised);

const INSTANCE_PRICE: WrittenParameter = shared::INSTANCE_PRICE
    .with(348.94)
    .read("RDS PostgreSQL db.r8g.xlarge, single zone: 0.478 $/h in us-east-1 (usage.ai 2026)");

const AVAILABILITY: WrittenParameter = shared::AVAILABILITY
    .read("RDS SLA of a single instance: 99.5 % (aws.amazon.com/rds/sla, 2024-01-22)");

pub(super) const SQL_PRIMARY: WrittenKind = WrittenKind {
    kind: Kind::SqlPrimary,
    label: "SQL primary",
    summary: "A relational database: takes every write, and reads where it has no replicas.",
    group: Group::Data,
    parameters: &[
        CORES,
        shared::CORE_SPEED,
        shared::MEMORY,
        CONNECTIONS,
        READ_TIME,
        WRITE_TIME,
        SERVICE_VARIABILITY,
        COMMIT_TIME,
        choice(
            Parameter::Replication,
            "Replication",
            &[
                option(Choice::Asynchronous, "Asynchronous", "A write is done when the primary has it; replicas follow, and a crash may lose the latest."),
                option(Choice::Synchronous, "Synchronous", "A write is done when every replica has it; the slowest decides."),
                option(Choice::Quorum, "Quorum", "A write is done when a majority has it."),
            ],
        )
        .help("What a write waits for. Without replicas it makes no difference.")
        .recalled("asynchronous is PostgreSQL's default"),
        flag(Parameter::AutomaticFailover, "Automatic failover", false)
            .help("When the primary dies, the replica that has received most takes its place, and the old primary comes back as a replica. What it hadn't received is lost. While a copy is away, no write waits for it.")
            .recalled("modelling choice: off, for something has to watch over the primary")
            .through_time(),
        number(Parameter::DetectionTime, "Detection time", Unit::Seconds, 30.0, 0.0, 3_600.0)
            .help("How long the primary is away before it is given up. Shorter means less time without writes, and more failovers for nothing.")
            .recalled("Patroni's default time to live of the leader's lock (ttl: 30)")
            .when_on(Parameter::AutomaticFailover)
            .through_time(),
        number(Parameter::PromotionTime, "Promotion time", Unit::Seconds, 30.0, 0.0, 3_600.0)
            .help("From giving the primary up until the replica takes writes and everybody has been told.")
            .recalled("with the detection 60 s: failovers of RDS Multi-AZ typically take 60 to 120 s (AWS RDS user guide)")
            .when_on(Parameter::AutomaticFailover)
            .through_time(),
        DISK_CHANNELS,
        DISK_READ_TIME,
        ROW_SIZE,
        ROWS_PER_READ,
        UNINDEXED_SHARE,
        SCAN_TIME,
        INDEXES,
        INDEX_OVERHEAD,
        JOINS_PER_READ,
        JOIN_TIME,
        DENORMALISED,
        COPIES_PER_WRITE,
        shared::ERROR_SHARE,
        shared::STORED_DATA,
        shared::STORAGE_PRICE,
        INSTANCE_PRICE,
        AVAILABILITY,
        shared::REPAIR_TIME.when_on(Parameter::AutomaticFailover),
    ],
};

pub(super) const READ_REPLICA: WrittenKind = WrittenKind {
    kind: Kind::ReadReplica,
    label: "Read replica",
    summary: "A copy of a primary that answers reads, slightly behind.",
    group: Group::Data,
    parameters: &[
        shared::INSTANCES.help("Equal replicas; reads spread over them, while each has to apply every write."),
        CORES,
        shared::CORE_SPEED,
        shared::MEMORY,
        CONNECTIONS,
        READ_TIME,
        SERVICE_VARIABILITY,
        number(Parameter::ReplicationLag, "Replication lag", Unit::Milliseconds, 10.0, 0.0, 3_600_000.0)
            .help("How far a replica is behind on average; a synchronous write waits this long for it.")
            .read("asynchronous in the same data centre: below 10 ms (kb.ekarisky.com)"),
        share(Parameter::ReplayShare, "Replay work", 0.5)
            .help("Work of applying a write, as a share of the primary's work for it. Replicas scale reads, never writes.")
            .recalled("modelling choice: half, for it skips parsing and planning"),
        count(Parameter::ReplayProcesses, "Replay processes", 32.0, 1.0, 1024.0)
            .help("Writes that each replica applies at once; reads see them in their order. When they can't keep up, the replica falls behind for ever.")
            .recalled("modelling choice: enough for the cores; MySQL starts with 4 (replica_parallel_workers since 8.0.27), PostgreSQL has one"),
        DISK_CHANNELS,
        DISK_READ_TIME,
        ROW_SIZE,
        ROWS_PER_READ,
        UNINDEXED_SHARE,
        SCAN_TIME,
        JOINS_PER_READ,
        JOIN_TIME,
        DENORMALISED,
        shared::ERROR_SHARE,
        shared::STORED_DATA,
        shared::STORAGE_PRICE,
        INSTANCE_PRICE,
        AVAILABILITY,
    ],
};

pub(super) const SHARDED_DATABASE: WrittenKind = WrittenKind {
    kind: Kind::ShardedDatabase,
    label: "Sharded database",
    summary: "A relational database split by key over equal shards, with its router.",
    group: Group::Data,
    parameters: &[
        count(Parameter::Shards, "Shards", 4.0, 1.0, 1024.0)
            .help("Databases over which the keys are divided. More take more writes, except for a key that is hot by itself."),
        choice(
            Parameter::ShardingScheme,
            "Sharding scheme",
            &[
                option(Choice::ByHash, "By hash", "Keys are scattered: neighbours part, and only single hot keys stay hot."),
                option(Choice::ByRange, "By range", "Neighbouring keys stay together: popular ranges make a hot shard."),
            ],
        )
        .help("How keys are assigned to shards.")
        .recalled("hashing is the usual start"),
        share(Parameter::CrossShardShare, "Cross-shard queries", 0.05)
            .help("Share of queries that have to ask every shard and wait for the slowest."),
        number(Parameter::RouterTime, "Router time", Unit::Milliseconds, 0.05, 0.0, 10_000.0)
            .help("Time in which the router finds the shard of a query."),
        CORES.help("Processor cores of each shard."),
        shared::CORE_SPEED,
        shared::MEMORY.help("Memory of each shard, in which it keeps its most popular rows."),
        CONNECTIONS.help("Queries that each shard serves at once; a caller beyond that waits for a connection."),
        READ_TIME,
        WRITE_TIME,
        SERVICE_VARIABILITY,
        COMMIT_TIME,
        DISK_CHANNELS,
        DISK_READ_TIME,
        ROW_SIZE,
        ROWS_PER_READ,
        UNINDEXED_SHARE,
        SCAN_TIME,
        INDEXES,
        INDEX_OVERHEAD,
        JOINS_PER_READ,
        JOIN_TIME,
        DENORMALISED,
        COPIES_PER_WRITE,
        shared::ERROR_SHARE,
        shared::STORED_DATA,
        shared::STORAGE_PRICE,
        INSTANCE_PRICE.label("Price per shard").help("What the machine of one shard costs a month at the default size; a larger one costs in proportion."),
        AVAILABILITY,
    ],
};

pub(super) const FEDERATED_DATABASE: WrittenKind = WrittenKind {
    kind: Kind::FederatedDatabase,
    label: "Federated database",
    summary: "A relational database split by function: each request class lives in one of its databases.",
    group: Group::Data,
    parameters: &[
        count(Parameter::Databases, "Databases", 3.0, 1.0, 64.0)
            .linear()
            .help("Databases over which the request classes are dealt out in the document's order."),
        share(Parameter::CrossDatabaseShare, "Cross-database reads", 0.05)
            .help("Share of reads that join across functions and so ask a second database too."),
        CORES.help("Processor cores of each database."),
        shared::CORE_SPEED,
        shared::MEMORY.help("Memory of each database, in which it keeps its most popular rows."),
        CONNECTIONS.help("Queries that each database serves at once; a caller beyond that waits for a connection."),
        READ_TIME,
        WRITE_TIME,
        SERVICE_VARIABILITY,
        COMMIT_TIME,
        DISK_CHANNELS,
        DISK_READ_TIME,
        ROW_SIZE,
        ROWS_PER_READ,
        UNINDEXED_SHARE,
        SCAN_TIME,
        INDEXES,
        INDEX_OVERHEAD,
        JOINS_PER_READ,
        JOIN_TIME,
        DENORMALISED,
        COPIES_PER_WRITE,
        shared::ERROR_SHARE,
        shared::STORED_DATA,
        shared::STORAGE_PRICE,
        INSTANCE_PRICE.label("Price per database").help("What the machine of one database costs a month at the default size; a larger one costs in proportion."),
        AVAILABILITY,
    ],
};
