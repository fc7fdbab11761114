//! Parameters that several kinds have, with the defaults of a small general-purpose cloud machine; each kind adapts what differs.

use crate::catalog::build::{WrittenParameter, choice, count, flag, number, option};
use crate::catalog::{Choice, ChoiceSpecification, Parameter, Unit};

pub(super) const INSTANCES: WrittenParameter =
    count(Parameter::Instances, "Instances", 1.0, 1.0, 10_000.0)
        .help("How many equal machines run side by side. More of them add capacity only if something spreads the load over them.")
        .recalled("one machine is the smallest design");

/// Instances of a kind that can also follow the load.
pub(super) const FIXED_INSTANCES: WrittenParameter =
    INSTANCES.help("How many equal machines run side by side while autoscaling is off. More of them add capacity only if something spreads the load over them.");

pub(super) const CORES: WrittenParameter = count(Parameter::Cores, "Cores", 2.0, 1.0, 192.0)
    .help("Processor cores of each machine: how many requests are worked on at full speed at once. A bigger machine buys time, but it has a largest size.")
    .read("EC2 m7g.large has 2 vCPU");

pub(super) const CORE_SPEED: WrittenParameter =
    number(Parameter::CoreSpeed, "Core speed", Unit::None, 1.0, 0.1, 10.0)
        .help("Speed of a core relative to the one on which the service times were measured: 2 halves every processor time.")
        .recalled("1 by definition: the reference machine");

pub(super) const MEMORY: WrittenParameter =
    number(Parameter::Memory, "Memory", Unit::Gigabytes, 32.0, 0.1, 24_576.0)
        .help("Memory of each machine. A database keeps its most popular rows here; what doesn't fit is read from disk.")
        .read("RDS db.r8g.xlarge has 32 GiB");

pub(super) const THREADS: WrittenParameter =
    count(Parameter::Threads, "Threads", 64.0, 1.0, 100_000.0)
        .help("Requests that each machine has in progress at once. A request keeps its thread while it waits for a synchronous call below.")
        .recalled("modelling choice: enough to hide short calls on 2 cores (Tomcat's own default is 200)");

pub(super) const QUEUE_LIMIT: WrittenParameter =
    number(Parameter::QueueLimit, "Queue limit", Unit::Count, 1000.0, 0.0, 10_000_000.0)
        .help("Most requests that wait for a thread of one machine; what comes on top is refused. A short queue turns overload into errors, a long one into waiting.")
        .unlimited()
        .whole()
        .recalled("modelling choice: unlimited, so that overload shows as a backlog");

pub(super) const QUEUE_TIMEOUT: WrittenParameter =
    number(Parameter::QueueTimeout, "Queue time-out", Unit::Milliseconds, 1000.0, 0.1, 600_000.0)
        .help("A request that has waited longer for a thread is dropped when its turn comes, so that no work goes into answers nobody waits for.")
        .unlimited()
        .recalled("modelling choice: most servers have none until one is set")
        .through_time();

const SHEDDING_WAYS: &[ChoiceSpecification] = &[
    option(Choice::Off, "Off", "Whoever is let in is served."),
    option(
        Choice::ControlledDelay,
        "Controlled delay",
        "Once the queue hasn't been empty for an interval, newcomers may wait for the target alone.",
    ),
    option(
        Choice::AdaptiveLastFirst,
        "Controlled delay, last first",
        "As controlled delay, and meanwhile the last to come is served first: it has the best chance that its caller still waits.",
    ),
];

pub(super) const SHEDDING: WrittenParameter =
    choice(Parameter::Shedding, "Load shedding", SHEDDING_WAYS)
        .help("How the service gets rid of a queue that stands, instead of serving everybody late.")
        .recalled("modelling choice: off until it is set")
        .through_time();

const SHEDS: &[Choice] = &[Choice::ControlledDelay, Choice::AdaptiveLastFirst];

pub(super) const SHEDDING_TARGET: WrittenParameter = number(
    Parameter::SheddingTarget,
    "Target wait",
    Unit::Milliseconds,
    5.0,
    0.01,
    60_000.0,
)
.help("Longest wait for a thread that a standing queue allows.")
.recalled("Facebook: 5 ms fits many services (Maurer 2015, Fail at Scale)")
.when(Parameter::Shedding, SHEDS)
.through_time();

pub(super) const SHEDDING_INTERVAL: WrittenParameter = number(
    Parameter::SheddingInterval,
    "Interval",
    Unit::Milliseconds,
    100.0,
    0.1,
    600_000.0,
)
.help("A queue that hasn't been empty for this long stands; else this is the longest wait.")
.recalled("Facebook: 100 ms fits many services (Maurer 2015, Fail at Scale)")
.when(Parameter::Shedding, SHEDS)
.through_time();

pub(super) const SERVICE_TIME: WrittenParameter =
    number(Parameter::ServiceTime, "Service time", Unit::Milliseconds, 20.0, 0.0001, 600_000.0)
        .help("Mean processor time of one request, without waiting and without calls to others. One core serves at most 1 / service time requests a second.")
        .recalled("modelling choice: a typical dynamic page, 1 to 200 ms");

pub(super) const SERVICE_VARIABILITY: WrittenParameter =
    number(Parameter::ServiceVariability, "Service variability", Unit::None, 1.0, 0.0, 100.0)
        .help("Squared coefficient of variation of the service time: 0 always the same, 1 exponential, more has a long tail. Waiting grows with it.")
        .recalled("modelling choice: coefficient of variation 1");

pub(super) const ERROR_SHARE: WrittenParameter = number(
    Parameter::ErrorShare,
    "Error share",
    Unit::Share,
    0.0,
    0.0,
    1.0,
)
.help("Share of requests that end in an error answer through no fault of load.")
.recalled("modelling choice: errors come from overload alone");

pub(super) const INSTANCE_PRICE: WrittenParameter =
    number(Parameter::InstancePrice, "Price per instance", Unit::DollarsPerMonth, 59.57, 0.0, 1_000_000.0)
        .help("What one machine of the default size costs a month, running all the time. A larger one costs in proportion to its cores or memory, a faster one in proportion to its speed.")
        .read("EC2 m7g.large, 2 vCPU, 8 GiB: 0.0816 $/h in us-east-1 (factualminds.com 2026-06-17)");

pub(super) const AUTOSCALING: WrittenParameter =
    flag(Parameter::Autoscaling, "Autoscaling", false)
        .help("Lets the number of machines follow the load, between the two limits below; you pay for the machines that run.");

pub(super) const MINIMUM_INSTANCES: WrittenParameter = count(
    Parameter::MinimumInstances,
    "Fewest instances",
    2.0,
    1.0,
    10_000.0,
)
.help("Machines that stay up at night; two survive the failure of one.")
.when_on(Parameter::Autoscaling);

pub(super) const MAXIMUM_INSTANCES: WrittenParameter = count(
    Parameter::MaximumInstances,
    "Most instances",
    20.0,
    1.0,
    10_000.0,
)
.help("The autoscaler stops here, whatever the load; protects the budget and the database behind.")
.when_on(Parameter::Autoscaling);

pub(super) const TARGET_UTILISATION: WrittenParameter =
    number(Parameter::TargetUtilisation, "Target utilisation", Unit::Share, 0.6, 0.05, 0.95)
        .linear()
        .help("The autoscaler adds machines above this utilisation and removes them below. Lower costs more and leaves more room for a spike.")
        .recalled("modelling choice: 60 %, a common target-tracking setting")
        .when(Parameter::ScalingPolicy, &[Choice::TargetTracking]);

pub(super) const SCALING_POLICY: WrittenParameter = choice(
    Parameter::ScalingPolicy,
    "Scaling policy",
    &[
        option(
            Choice::TargetTracking,
            "Target tracking",
            "As many machines as bring the utilisation to a target.",
        ),
        option(
            Choice::StepScaling,
            "Step scaling",
            "Some more machines above one threshold, some fewer below another.",
        ),
    ],
)
.help("How the autoscaler decides. Tracking gets to any size in one decision; steps get there one after the other.")
.recalled("target tracking is what the large clouds advise")
.when_on(Parameter::Autoscaling);

pub(super) const UPPER_THRESHOLD: WrittenParameter = number(
    Parameter::UpperThreshold,
    "Upper threshold",
    Unit::Share,
    0.7,
    0.05,
    0.99,
)
.linear()
.help("Above this utilisation machines are added. A steady state has as many as bring it below.")
.when(Parameter::ScalingPolicy, &[Choice::StepScaling]);

pub(super) const LOWER_THRESHOLD: WrittenParameter =
    number(Parameter::LowerThreshold, "Lower threshold", Unit::Share, 0.35, 0.0, 0.95)
        .linear()
        .help("Below this utilisation a step of machines is removed. Too near to the upper threshold, and each step calls for the opposite one.")
        .when(Parameter::ScalingPolicy, &[Choice::StepScaling])
        .through_time();

pub(super) const STEP_WIDTH: WrittenParameter =
    number(Parameter::StepWidth, "Step width", Unit::Share, 0.1, 0.01, 0.95)
        .linear()
        .help("For each such width that the utilisation lies further above the upper threshold, one more step is added at once.")
        .when(Parameter::ScalingPolicy, &[Choice::StepScaling])
        .through_time();

pub(super) const STEP_INSTANCES: WrittenParameter = count(
    Parameter::StepInstances,
    "Instances in a step",
    1.0,
    1.0,
    10_000.0,
)
.help("Machines that one step adds or removes.")
.when(Parameter::ScalingPolicy, &[Choice::StepScaling])
.through_time();

pub(super) const BOOT_TIME: WrittenParameter =
    number(Parameter::BootTime, "Boot time", Unit::Seconds, 26.0, 0.0, 3_600.0)
        .help("From the decision for another machine until it serves its first request. A spike that is over sooner finds only the machines that ran already.")
        .read("EC2 from the call to a login: 25.8 s on average (brevdev/ec2-coldboot-research); 22.6 to 60 s; add what the program takes to start")
        .when_on(Parameter::Autoscaling)
        .through_time();

pub(super) const METRIC_WINDOW: WrittenParameter =
    number(Parameter::MetricWindow, "Metric window", Unit::Seconds, 180.0, 1.0, 3_600.0)
        .help("Over how long the autoscaler averages the utilisation. It decides three times in a window; a short one follows every spike.")
        .recalled("target tracking waits for three points of one minute")
        .when_on(Parameter::Autoscaling)
        .through_time();

pub(super) const SCALING_COOLDOWN: WrittenParameter =
    number(Parameter::ScalingCooldown, "Cooldown", Unit::Seconds, 300.0, 0.0, 86_400.0)
        .help("How long after any change the autoscaler removes no machine, so that it doesn't swing. Target tracking never waits to add; steps only for more than they have just added.")
        .recalled("the usual default of scaling groups is 300 s")
        .when_on(Parameter::Autoscaling)
        .through_time();

const BALANCING_POLICIES: &[ChoiceSpecification] = &[
    option(Choice::RoundRobin, "Round robin", "Each target in turn."),
    option(
        Choice::Weighted,
        "Weighted",
        "In proportion to the weights of the outgoing links.",
    ),
    option(
        Choice::Random,
        "Random",
        "A target drawn at random for each request.",
    ),
    option(
        Choice::LeastConnections,
        "Least connections",
        "The target with the fewest requests in progress.",
    ),
    option(
        Choice::TwoChoices,
        "Two random choices",
        "The emptier of two targets drawn at random.",
    ),
    option(
        Choice::ConsistentHash,
        "Consistent hash",
        "By a hash of the key: the same key always meets the same target, and a hot key makes a hot target.",
    ),
];

pub(super) const BALANCING_POLICY: WrittenParameter =
    choice(Parameter::BalancingPolicy, "Balancing policy", BALANCING_POLICIES)
        .help("How requests spread over the targets and over the instances of each. Policies that look at the queues wait less than those that don't.")
        .recalled("round robin is the usual default of balancers");

pub(super) const HEALTH_CHECKS: WrittenParameter =
    flag(Parameter::HealthChecks, "Health checks", false)
        .help("Probes the instances behind it and leaves out those that don't answer. Where it stands before several parts, each part's instances are watched, and a part of which none answers is left out.")
        .recalled("modelling choice: off until it is set")
        .through_time();

pub(super) const HEALTH_INTERVAL: WrittenParameter = number(
    Parameter::HealthInterval,
    "Probe interval",
    Unit::Seconds,
    30.0,
    0.1,
    3_600.0,
)
.help("Time from one probe to the next.")
.recalled("ALB target groups: 30 s")
.when_on(Parameter::HealthChecks)
.through_time();

pub(super) const UNHEALTHY_AFTER: WrittenParameter =
    count(Parameter::UnhealthyAfter, "Unhealthy after", 2.0, 1.0, 100.0)
        .help("Missed probes in a row until an instance is left out. Until then its share of the requests fails.")
        .recalled("ALB target groups: 2")
        .when_on(Parameter::HealthChecks)
        .through_time();

pub(super) const HEALTHY_AFTER: WrittenParameter =
    count(Parameter::HealthyAfter, "Healthy after", 5.0, 1.0, 100.0)
        .help("Answered probes in a row until an instance takes part again.")
        .recalled("ALB target groups: 5")
        .when_on(Parameter::HealthChecks)
        .through_time();

pub(super) const OUTLIER_EJECTION: WrittenParameter =
    flag(Parameter::OutlierEjection, "Outlier ejection", false)
        .help("Leaves out instances whose answers fail again and again, without asking them. A call that is given up is a failure, too: with a time-out on the calls slow instances are ejected.")
        .recalled("modelling choice: off until it is set")
        .through_time();

pub(super) const OUTLIER_FAILURES: WrittenParameter = count(
    Parameter::OutlierFailures,
    "Failures in a row",
    5.0,
    1.0,
    1_000.0,
)
.help("So many failed requests in a row eject an instance.")
.read("Envoy, outlier_detection.consecutive_5xx: 5")
.when_on(Parameter::OutlierEjection)
.through_time();

pub(super) const EJECTION_TIME: WrittenParameter = number(
    Parameter::EjectionTime,
    "Ejection time",
    Unit::Seconds,
    30.0,
    0.1,
    3_600.0,
)
.help("How long an instance is left out the first time; twice as long the second time, and so on.")
.read("Envoy, outlier_detection.base_ejection_time: 30 s")
.when_on(Parameter::OutlierEjection)
.through_time();

pub(super) const MOST_EJECTED: WrittenParameter = number(
    Parameter::MostEjected,
    "Most ejected",
    Unit::Share,
    0.1,
    0.0,
    1.0,
)
.linear()
.help("Share of the instances that may be left out for failing at once; one may be in any case.")
.read("Envoy, outlier_detection.max_ejection_percent: 10 %, at least one")
.when_on(Parameter::OutlierEjection)
.through_time();

pub(super) const SLOW_START: WrittenParameter =
    number(Parameter::SlowStart, "Slow start", Unit::Seconds, 0.0, 0.0, 3_600.0)
        .help("How long an instance that joins, or joins again, takes until it gets its full share of the requests; 0 is at once.")
        .recalled("ALB and Envoy: off by default")
        .through_time();

pub(super) const RATE_LIMIT: WrittenParameter = number(
    Parameter::RateLimit,
    "Rate limit",
    Unit::PerSecond,
    1000.0,
    0.01,
    100_000_000.0,
)
.help("Requests a second that are let through; the rest is refused at once, without queueing.")
.unlimited()
.recalled("modelling choice: no limit until one is set");

const EVICTIONS: &[ChoiceSpecification] = &[
    option(
        Choice::LeastRecentlyUsed,
        "Least recently used",
        "The key that nobody asked for the longest leaves first.",
    ),
    option(
        Choice::LeastFrequentlyUsed,
        "Least frequently used",
        "The keys that are asked for most stay; best under steady popularity.",
    ),
    option(
        Choice::FirstInFirstOut,
        "First in, first out",
        "The key that came first leaves first, however popular; random eviction hits as often.",
    ),
];

pub(super) const EVICTION: WrittenParameter = choice(Parameter::Eviction, "Eviction", EVICTIONS)
    .help("Which key leaves when there is no room for the next.")
    .recalled("least recently used is the usual default");

pub(super) const TIME_TO_LIVE: WrittenParameter =
    number(Parameter::TimeToLive, "Time to live", Unit::Seconds, 300.0, 0.0, 31_536_000.0)
        .help("How long an answer may be used before it is fetched anew. Longer hits more often and serves older data.")
        .recalled("modelling choice: five minutes");

pub(super) const MILLION_CALLS_PRICE: WrittenParameter = number(
    Parameter::MillionCallsPrice,
    "Price per million calls",
    Unit::DollarsPerMillion,
    0.4,
    0.0,
    1_000_000.0,
)
.help("What a million calls cost, whoever makes them.");

pub(super) const TRANSFER_PRICE: WrittenParameter = number(
    Parameter::TransferPrice,
    "Transfer price",
    Unit::DollarsPerGigabyte,
    0.09,
    0.0,
    100.0,
);

pub(super) const STORED_DATA: WrittenParameter = number(
    Parameter::StoredData,
    "Stored data",
    Unit::Gigabytes,
    100.0,
    0.0,
    100_000_000.0,
)
.help("How much is kept; it decides the price of storage alone, not the speed.");

pub(super) const STORAGE_PRICE: WrittenParameter = number(
    Parameter::StoragePrice,
    "Storage price",
    Unit::DollarsPerGigabyteMonth,
    0.115,
    0.0,
    100.0,
)
.help("What a gigabyte costs a month.")
.read("RDS gp3 storage: 0.115 $/GB-month in us-east-1 (usage.ai June 2026)");

pub(super) const STATIC_TIME: WrittenParameter =
    number(Parameter::StaticTime, "Static file time", Unit::Milliseconds, 0.025, 0.0001, 10_000.0)
        .help("Processor time to send one static file.")
        .read("1 / 40,207 requests/s per core, HTTPS, 1 kB (NGINX test tables, nginx.com blog, transcribed at e-whisper.com/posts/56821)");

pub(super) const AVAILABILITY: WrittenParameter =
    number(Parameter::Availability, "Availability", Unit::Share, 0.995, 0.9, 1.0)
        .linear()
        .help("Share of the time that one instance works, repairs included. What a contract promises is a floor and no forecast: most machines do better.")
        .read("EC2 SLA of an instance: 99.5 % (javadeveloper.io 2022)")
        .through_time();

/// Of parts that fail as a whole, for their provider keeps spares.
pub(super) const OF_PROVIDER: &str = "Share of the time that the service works as a whole; its provider keeps the spares. What a contract promises is a floor and no forecast.";

pub(super) const REPAIR_TIME: WrittenParameter =
    number(Parameter::RepairTime, "Repair time", Unit::Seconds, 13_140.0, 1.0, 2_628_000.0)
        .help("How long an instance that failed is away. With the availability it says how often one fails, and so how often writes are lost.")
        .recalled("modelling choice: 3 h 39 min, as if the 0.5 % of a month that an instance may be away were one outage")
        .through_time();
