//! How large a document and its plain fields may be; the ranges of parameters stand in the catalog.

use std::ops::RangeInclusive;

/// Most components that are read.
pub const COMPONENTS: usize = 5_000;
/// Most links that are read.
pub const LINKS: usize = 20_000;
/// Most zones that are read.
pub const ZONES: usize = 1_000;
/// Most request classes that are read.
pub const CLASSES: usize = 100;
/// Most objectives that are read.
pub const OBJECTIVES: usize = 200;
/// Most faults that are read.
pub const FAULTS: usize = 200;
/// Most steps of a call plan, and most calls of a step.
pub const STEPS: usize = 100;
/// Most points of a curve.
pub const CURVE_POINTS: usize = 1_000;
/// Most characters of a name or text.
pub const CHARACTERS: usize = 10_000;
/// Most pairs of a client population with a fixed number of users and a class: each pair has a throughput of its own to be found.
pub const CLOSED_FLOWS: usize = 200;
/// Most values of all kinds in a document: numbers, texts, lists and objects.
pub const VALUES: usize = 1_000_000;
/// Largest text that is read, in bytes.
pub const TEXT_BYTES: usize = 32 * 1024 * 1024;

/// A coordinate on the drawing, in drawing units.
pub const COORDINATE: RangeInclusive<f64> = -1e6..=1e6;
/// Width and height of a zone, in drawing units.
pub const EXTENT: RangeInclusive<f64> = 0.0..=1e6;
/// Weight of a link or of a class in a mix.
pub const WEIGHT: RangeInclusive<f64> = 0.0..=1e9;
/// When a curve has a point, in seconds since the beginning of a run.
pub const CURVE_SECONDS: RangeInclusive<f64> = 0.0..=1e9;
/// What a curve's rate may be, a second; a request rate goes as far.
pub const CURVE_RATE: RangeInclusive<f64> = 0.0..=1e8;
/// Round-trip time of a link in seconds.
pub const ROUND_TRIP_SECONDS: RangeInclusive<f64> = 0.0..=3600.0;
/// Mean size of a request or response in bytes.
pub const BYTES: RangeInclusive<f64> = 0.0..=1e12;
/// Number of keys.
pub const KEYS: RangeInclusive<f64> = 1.0..=1e12;
/// Zipf exponent of the keys' popularity.
pub const ZIPF_EXPONENT: RangeInclusive<f64> = 0.0..=3.0;
/// Queueing priority.
pub const PRIORITY: RangeInclusive<f64> = 0.0..=255.0;
/// Mean number of times that a call is made.
pub const CALL_COUNT: RangeInclusive<f64> = 0.0..=10_000.0;
/// A probability or share.
pub const PROBABILITY: RangeInclusive<f64> = 0.0..=1.0;
/// Time-out of a call in seconds.
pub const TIMEOUT_SECONDS: RangeInclusive<f64> = 1e-6..=86_400.0;
/// Retries after the first attempt.
pub const RETRIES: RangeInclusive<f64> = 1.0..=10.0;
/// Mean wait before the first retry in seconds.
pub const BACKOFF_SECONDS: RangeInclusive<f64> = 0.0..=3600.0;
/// Wait before a call is sent once more, in seconds.
pub const HEDGE_SECONDS: RangeInclusive<f64> = 1e-6..=3600.0;
/// Retries that a budget allows for each second.
pub const BUDGET_RATE: RangeInclusive<f64> = 0.0..=1e6;
/// Share of failed calls at which a breaker opens.
pub const FAILURE_SHARE: RangeInclusive<f64> = 0.001..=1.0;
/// Calls that a breaker counts, wants at least, or tries.
pub const BREAKER_CALLS: RangeInclusive<f64> = 1.0..=1000.0;
/// Seconds over which a breaker counts, and for which it stays open.
pub const BREAKER_SECONDS: RangeInclusive<f64> = 0.001..=86_400.0;
/// Latency that an objective asks for, in seconds.
pub const OBJECTIVE_SECONDS: RangeInclusive<f64> = 0.0..=1e6;
/// Goodput that an objective asks for, a second.
pub const OBJECTIVE_RATE: RangeInclusive<f64> = 0.0..=1e12;
/// Cost that an objective allows, in dollars a month.
pub const OBJECTIVE_DOLLARS: RangeInclusive<f64> = 0.0..=1e12;
/// Simulated time of a run in seconds.
pub const RUN_SECONDS: RangeInclusive<f64> = 1e-3..=1e9;
/// When a fault begins, in seconds from the beginning of the run.
pub const FAULT_START_SECONDS: RangeInclusive<f64> = 0.0..=1e9;
/// How long a fault lasts, or a restart takes, in seconds.
pub const FAULT_SECONDS: RangeInclusive<f64> = 1e-3..=1e9;
/// How many times longer service takes.
pub const SLOWDOWN: RangeInclusive<f64> = 1e-3..=1e6;
/// How many times as much clients send.
pub const TRAFFIC_FACTOR: RangeInclusive<f64> = 0.0..=1e3;
/// What a fault adds to a round trip, in seconds.
pub const DELAY_SECONDS: RangeInclusive<f64> = 0.0..=3600.0;
/// Connections that a fault takes each second.
pub const LEAK_RATE: RangeInclusive<f64> = 1e-3..=1e6;
/// Instances that a fault is about.
pub const FAULTY_INSTANCES: RangeInclusive<f64> = 1.0..=1e6;
