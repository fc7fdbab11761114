//! Kinds that compute: service, function, worker and the single box.

use super::{shared, sql};
use crate::catalog::build::{WrittenKind, count, number};
use crate::catalog::{Group, Kind, Parameter, Unit};

pub(super) const SERVICE: WrittenKind = WrittenKind {
    kind: Kind::Service,
    label: "Service",
    summary: "An application server: works on requests and calls what stands behind it.",
    group: Group::Compute,
    parameters: &[
        shared::FIXED_INSTANCES,
        shared::CORES,
        shared::CORE_SPEED,
        shared::SERVICE_TIME,
        shared::SERVICE_VARIABILITY,
        shared::THREADS,
        shared::QUEUE_LIMIT,
        shared::QUEUE_TIMEOUT,
        shared::SHEDDING,
        shared::SHEDDING_TARGET,
        shared::SHEDDING_INTERVAL,
        shared::ERROR_SHARE,
        shared::AUTOSCALING,
        shared::MINIMUM_INSTANCES,
        shared::MAXIMUM_INSTANCES,
        shared::SCALING_POLICY,
        shared::TARGET_UTILISATION,
        shared::UPPER_THRESHOLD,
        shared::LOWER_THRESHOLD,
        shared::STEP_WIDTH,
        shared::STEP_INSTANCES,
        shared::BOOT_TIME,
        shared::METRIC_WINDOW,
        shared::SCALING_COOLDOWN,
        shared::INSTANCE_PRICE,
        shared::AVAILABILITY,
    ],
};

pub(super) const FUNCTION: WrittenKind = WrittenKind {
    kind: Kind::Function,
    label: "Function",
    summary: "A serverless function: an environment for each request in progress, paid by use, slow at first.",
    group: Group::Compute,
    parameters: &[
        shared::SERVICE_TIME
            .help("Mean execution time of one request in a warm environment, without calls to others.")
            .recalled("modelling choice: the same work as a service's"),
        shared::SERVICE_VARIABILITY,
        shared::MEMORY
            .with(0.5)
            .between(0.125, 10.0)
            .help("Memory of each environment; you pay for it by the second.")
            .recalled("modelling choice: 512 MB"),
        count(Parameter::ConcurrencyLimit, "Concurrency limit", 1000.0, 1.0, 1_000_000.0)
            .help("Most executions at once; what comes on top is refused. An execution counts for as long as the calls it waits for.")
            .recalled("AWS Lambda's default limit of an account and region"),
        number(Parameter::ColdStartTime, "Cold start", Unit::Milliseconds, 200.0, 0.0, 60_000.0)
            .help("What a request waits on top when no idle environment is left and a new one has to start.")
            .read("Node or Python on x86: 150 to 300 ms (hivebook.wiki, April 2026)"),
        number(Parameter::KeepAlive, "Keep alive", Unit::Seconds, 600.0, 0.0, 86_400.0)
            .help("How long an idle environment waits for its next request before it is taken away.")
            .recalled("5 to 15 minutes are reported; not documented by providers"),
        shared::ERROR_SHARE,
        shared::MILLION_CALLS_PRICE
            .with(0.2)
            .read("AWS Lambda: 0.20 $ per million requests in us-east-1 (projecthelena.com 2026)"),
        number(Parameter::GigabyteSecondsPrice, "Price per million GB-seconds", Unit::DollarsPerMillion, 16.6667, 0.0, 100_000.0)
            .help("What a million seconds of execution with 1 GB of memory cost.")
            .read("AWS Lambda: 0.0000166667 $ per GB-second in us-east-1 (projecthelena.com 2026)"),
        shared::AVAILABILITY.with(0.9995).help(shared::OF_PROVIDER).read("AWS Lambda SLA: 99.95 % (cloudonaut.io 2019-01-31)"),
    ],
};

pub(super) const WORKER: WrittenKind = WrittenKind {
    kind: Kind::Worker,
    label: "Worker",
    summary: "Takes messages from a queue or topic and works them off in its own time.",
    group: Group::Compute,
    parameters: &[
        shared::FIXED_INSTANCES
            .help("How many equal machines take messages while autoscaling is off; whoever is free takes the next."),
        shared::CORES,
        shared::CORE_SPEED,
        shared::SERVICE_TIME
            .with(50.0)
            .help("Mean processor time of one message, without calls to others.")
            .recalled("modelling choice: work that was worth taking out of the request"),
        shared::SERVICE_VARIABILITY,
        shared::THREADS
            .with(16.0)
            .label("Slots")
            .help("Messages that each machine has in progress at once. A message keeps its slot while it waits for a synchronous call.")
            .recalled("modelling choice: 8 for each core"),
        shared::ERROR_SHARE.help("Share of messages whose work ends in an error."),
        shared::AUTOSCALING,
        shared::MINIMUM_INSTANCES.with(1.0).help("Machines that stay up when there is little to do."),
        shared::MAXIMUM_INSTANCES,
        shared::SCALING_POLICY,
        shared::TARGET_UTILISATION,
        shared::UPPER_THRESHOLD,
        shared::LOWER_THRESHOLD,
        shared::STEP_WIDTH,
        shared::STEP_INSTANCES,
        shared::BOOT_TIME,
        shared::METRIC_WINDOW,
        shared::SCALING_COOLDOWN,
        shared::INSTANCE_PRICE,
        shared::AVAILABILITY,
    ],
};

pub(super) const SINGLE_BOX: WrittenKind = WrittenKind {
    kind: Kind::SingleBox,
    label: "Single box",
    summary: "Web server, application, database and files on one machine, competing for its cores, memory and disk.",
    group: Group::Compute,
    parameters: &[
        shared::CORES,
        shared::CORE_SPEED,
        shared::MEMORY
            .with(8.0)
            .help("Memory for everything: what the threads don't take is left for the database's rows.")
            .read("EC2 m7g.large has 8 GiB"),
        shared::THREADS,
        number(Parameter::ThreadMemory, "Memory per thread", Unit::Megabytes, 20.0, 0.0, 16_384.0)
            .help("What each thread takes from the memory in which the database would keep rows."),
        shared::QUEUE_LIMIT,
        number(Parameter::ApplicationTime, "Application time", Unit::Milliseconds, 20.0, 0.0, 600_000.0)
            .help("Mean processor time of the application for each request that isn't a static file, without its queries.")
            .recalled("modelling choice: a typical dynamic page, 1 to 200 ms"),
        shared::STATIC_TIME,
        shared::SERVICE_VARIABILITY,
        sql::READ_TIME,
        sql::WRITE_TIME,
        sql::COMMIT_TIME
            .with(0.5)
            .read("NVMe fsync 0.05 to 0.2 ms, commit up to 0.5 ms (kb.ekarisky.com)"),
        sql::DISK_READ_TIME,
        sql::DISK_CHANNELS
            .with(4.0)
            .recalled("modelling choice: one small cloud disk"),
        sql::ROW_SIZE,
        shared::STORED_DATA.with(20.0),
        shared::STORAGE_PRICE
            .with(0.08)
            .read("EBS gp3: 0.08 $/GB-month in us-east-1 (aws.amazon.com/ebs/pricing 2026-09-29)"),
        shared::INSTANCE_PRICE,
        shared::AVAILABILITY,
    ],
};
