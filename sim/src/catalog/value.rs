//! Values that parameters take, and the names of parameters and choices; their meaning stands in the tables beside this file.

use serde::{Deserialize, Serialize};

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number in the parameter's unit.
    Number(f64),
    /// On or off.
    Flag(bool),
    /// One of the parameter's choices.
    Choice(Choice),
    /// No limit, where the parameter allows that.
    Unlimited(Unlimited),
}

/// The word that stands for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlimited {
    /// No limit.
    Unlimited,
}

/// Every parameter of every kind. A parameter means the same wherever it appears; its default and range may differ by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    // Traffic
    /// Open or closed traffic (`open`, `closed`).
    Traffic,
    /// Requests a second at the daily peak.
    RequestRate,
    /// When requests come (`poisson`, `regular`, `bursty`, `bursts`).
    ArrivalPattern,
    /// Squared coefficient of variation of inter-arrival times when bursty.
    Burstiness,
    /// Rate during a burst over the rate between bursts.
    BurstFactor,
    /// Mean length of a burst.
    BurstLength,
    /// Share of the time in bursts.
    BurstShare,
    /// Requests that arrive together.
    BatchSize,
    /// How the rate goes through time (`constant`, `ramp`, …).
    TrafficProfile,
    /// Time from one nightly low to the next.
    DayLength,
    /// Traffic before a rise or beside a spike, as a share of the peak.
    LowTraffic,
    /// When a ramp, step or spike begins.
    ChangeStart,
    /// How long a ramp or spike lasts.
    ChangeLength,
    /// Night traffic as a share of the peak.
    NightShare,
    /// Number of users of closed traffic.
    Users,
    /// Mean think time of a user.
    ThinkTime,
    /// Round trip between the clients and the first thing they reach.
    ClientRoundTrip,
    // Machines
    /// Number of equal instances (nodes).
    Instances,
    /// Cores of each instance.
    Cores,
    /// Speed of a core relative to the reference machine.
    CoreSpeed,
    /// Memory of each instance in GB.
    Memory,
    /// Threads (requests in progress) of each instance.
    Threads,
    /// Most requests waiting for an instance.
    QueueLimit,
    /// Processor time for each request.
    ServiceTime,
    /// Squared coefficient of variation of the service time.
    ServiceVariability,
    /// Share of requests that end in an error.
    ErrorShare,
    /// Price of one instance.
    InstancePrice,
    // Autoscaling
    /// Whether instances follow the load.
    Autoscaling,
    /// Fewest instances.
    MinimumInstances,
    /// Most instances.
    MaximumInstances,
    /// How the autoscaler decides (`target_tracking`, `step_scaling`).
    ScalingPolicy,
    /// Utilisation that the autoscaler aims at.
    TargetUtilisation,
    /// Utilisation above which step scaling adds instances.
    UpperThreshold,
    /// Utilisation below which step scaling removes instances.
    LowerThreshold,
    /// How much further out the utilisation has to be for one more step.
    StepWidth,
    /// Instances in a step.
    StepInstances,
    // Spreading
    /// How requests spread over targets (balancing policy).
    BalancingPolicy,
    /// Answer policy of DNS.
    DnsPolicy,
    /// How long an answer or key may be used.
    TimeToLive,
    /// Time of one lookup at the resolver.
    LookupTime,
    /// Resolvers with a cache of their own over which the clients spread.
    Resolvers,
    /// Time added by a hop through a managed service.
    AddedLatency,
    /// Processor time to authenticate a request.
    AuthenticationTime,
    /// Requests a second that are let through.
    RateLimit,
    /// Requests above the rate that a bucket lets through at once.
    BurstAllowance,
    /// Whether static files are answered here.
    ServesStatic,
    // Edge
    /// Edge locations.
    EdgeLocations,
    /// Round trip between a client and its edge.
    EdgeRoundTrip,
    /// Size of a cache in GB for each location or node.
    CacheSize,
    /// Which key leaves a full cache (`least_recently_used`, …).
    Eviction,
    /// How writes meet the cache (`cache_aside`, `write_through`, `write_behind`).
    WriteMode,
    /// Whether a request for a key that is being fetched waits for that fetch.
    Coalescing,
    /// How long a request may wait for a thread, seconds.
    QueueTimeout,
    /// How a standing queue is cut down.
    Shedding,
    /// Longest wait that a standing queue allows.
    SheddingTarget,
    /// When a queue counts as standing.
    SheddingInterval,
    /// Whether instances are probed.
    HealthChecks,
    /// Time between probes.
    HealthInterval,
    /// Missed probes until an instance is left out.
    UnhealthyAfter,
    /// Answered probes until it takes part again.
    HealthyAfter,
    /// Whether instances that fail are left out.
    OutlierEjection,
    /// Failures in a row until then.
    OutlierFailures,
    /// How long an instance is left out.
    EjectionTime,
    /// Most instances left out at once.
    MostEjected,
    /// How long a new instance takes to its full share.
    SlowStart,
    // Functions
    /// Most concurrent executions.
    ConcurrencyLimit,
    /// Time of a cold start.
    ColdStartTime,
    /// How long an idle execution environment is kept.
    KeepAlive,
    // Databases
    /// Processor time of a read query with its index.
    ReadTime,
    /// Processor time of a write.
    WriteTime,
    /// Time to make a write durable.
    CommitTime,
    /// Connections that the database (each node) serves at once.
    Connections,
    /// Parallel requests that the disk serves at full speed.
    DiskChannels,
    /// Time of one random disk read.
    DiskReadTime,
    /// Bytes of a row with its share of page and index.
    RowSize,
    /// Rows that a read touches.
    RowsPerRead,
    /// Share of reads without a fitting index.
    UnindexedShare,
    /// Processor time of a read that scans.
    ScanTime,
    /// Indexes that each write has to keep up.
    Indexes,
    /// Extra write work for each index as a share of the plain write.
    IndexOverhead,
    /// Joins of a read.
    JoinsPerRead,
    /// Processor time of one join.
    JoinTime,
    /// Whether joins are stored in advance.
    Denormalised,
    /// Copies that a write has to update when denormalised.
    CopiesPerWrite,
    /// How replicas are fed (`asynchronous`, `synchronous`, `quorum`).
    Replication,
    /// Mean lag of an asynchronous replica.
    ReplicationLag,
    /// Share of the primary's write work that applying a write costs a replica.
    ReplayShare,
    /// Writes that each replica applies at once.
    ReplayProcesses,
    /// Number of shards.
    Shards,
    /// How keys are assigned to shards (`by_hash`, `by_range`).
    ShardingScheme,
    /// Share of queries that have to ask every shard.
    CrossShardShare,
    /// Processor time of the shard router for each query.
    RouterTime,
    /// Databases of a federation.
    Databases,
    /// Share of reads that join across databases.
    CrossDatabaseShare,
    /// Copies of each key in a key-value store.
    ReplicationFactor,
    /// Nodes that have to answer a key-value read.
    ReadQuorum,
    /// Nodes that have to confirm a key-value write.
    WriteQuorum,
    /// Stored data in GB (for its price).
    StoredData,
    // Storage, queues, third parties
    /// Time to the first byte.
    FirstByteTime,
    /// Bytes a second of one transfer, in MB/s.
    TransferSpeed,
    /// Prefixes over which object keys spread.
    Prefixes,
    /// Time until a message is accepted.
    SendTime,
    /// Time between acceptance and delivery when nobody waits.
    DeliveryTime,
    /// Most messages held.
    DepthLimit,
    /// Whether messages that weren't worked off are handed out again.
    Redelivery,
    /// How long a message that was taken stays invisible to others.
    VisibilityTimeout,
    /// Most times that a message is handed out.
    MaximumReceives,
    /// Share of messages that nobody can work off.
    PoisonShare,
    /// Whether a replica takes the place of a primary that has died.
    AutomaticFailover,
    /// How long the primary is away before it is given up.
    DetectionTime,
    /// From then until the replica takes writes.
    PromotionTime,
    /// How long a write waits in a cache before it goes to the store.
    WriteDelay,
    // Failures
    /// Share of the time that an instance, a service or a zone works.
    Availability,
    /// How long an instance that failed is away.
    RepairTime,
    /// Mean response time of somebody else's service.
    ResponseTime,
    /// Squared coefficient of variation of that response time.
    ResponseVariability,
    /// Requests a second that change data and are let through.
    WriteRateLimit,
    // Prices
    /// Price of a million calls.
    MillionCallsPrice,
    /// Price of a million gigabyte-seconds of execution.
    GigabyteSecondsPrice,
    /// Price of a GB kept for a month.
    StoragePrice,
    /// Price of a GB that leaves.
    TransferPrice,
    // Single box
    /// Processor time of the application for each request.
    ApplicationTime,
    /// Processor time to serve a file.
    StaticTime,
    /// Memory that each busy thread takes, in MB.
    ThreadMemory,
    // Theory
    /// Servers of a station.
    Servers,
    /// Most requests in a station, in service and waiting.
    Capacity,
    /// Shape of the service time.
    ServiceDistribution,
    /// Order of service.
    Discipline,
    // Zones
    /// Where a region is.
    Location,
    // Through time
    /// Time from the decision for a new machine until it serves.
    BootTime,
    /// How long the autoscaler averages the utilisation before it decides.
    MetricWindow,
    /// How long the autoscaler waits after it has removed machines.
    ScalingCooldown,
}

/// Every choice of every choice parameter; the catalog says which belong to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "each choice's label and help stand in the catalog's tables"
)]
pub enum Choice {
    Open,
    Closed,
    Poisson,
    Regular,
    Bursty,
    RoundRobin,
    Weighted,
    Random,
    LeastConnections,
    TwoChoices,
    ConsistentHash,
    Failover,
    Nearest,
    LeastRecentlyUsed,
    LeastFrequentlyUsed,
    FirstInFirstOut,
    CacheAside,
    WriteThrough,
    WriteBehind,
    Asynchronous,
    Synchronous,
    Quorum,
    ByHash,
    ByRange,
    Exponential,
    Deterministic,
    Erlang,
    HyperExponential,
    Gamma,
    LogNormal,
    Pareto,
    FirstComeFirstServed,
    ProcessorSharing,
    Priority,
    PreemptivePriority,
    Infinite,
    UsEast,
    UsWest,
    Ireland,
    Frankfurt,
    Singapore,
    Bursts,
    Constant,
    Ramp,
    Step,
    Spike,
    Daily,
    TargetTracking,
    StepScaling,
    /// Not at all.
    Off,
    /// Controlled delay.
    ControlledDelay,
    /// Controlled delay, the last to come first.
    AdaptiveLastFirst,
    /// By a curve of points.
    Curve,
}
