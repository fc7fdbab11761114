//! Kinds that pass messages, and somebody else's API.

use super::shared;
use crate::catalog::build::{WrittenKind, WrittenParameter, count, flag, number, share};
use crate::catalog::{Group, Kind, Parameter, Unit};

const SEND_TIME: WrittenParameter = number(
    Parameter::SendTime,
    "Send time",
    Unit::Milliseconds,
    16.0,
    0.0,
    60_000.0,
)
.help("What the sender waits until its message is accepted.")
.read("SQS, 1 kB: 16 ms (Stony Brook benchmark, revised by Amazon 2012, paperzz.com/doc/8847683)");

const DELIVERY_TIME: WrittenParameter =
    number(Parameter::DeliveryTime, "Delivery time", Unit::Milliseconds, 14.0, 0.0, 3_600_000.0)
        .help("Time between acceptance and delivery while nobody is waiting; the sender doesn't notice.")
        .read("SQS, send to receive 30 ms (systemdesigner.net: 20 to 100 ms) less the 16 ms of sending; Kafka 2 to 10 ms, RabbitMQ 1 to 5 ms");

const DEPTH_LIMIT: WrittenParameter =
    number(Parameter::DepthLimit, "Depth limit", Unit::Count, 100_000.0, 1.0, 1_000_000_000.0)
        .help("Most messages that wait; what comes on top is lost. Without a limit a backlog grows for as long as workers are too slow.")
        .unlimited()
        .whole()
        .recalled("SQS holds any number of messages that wait");

const REDELIVERY: WrittenParameter = flag(Parameter::Redelivery, "Redelivery", false)
    .help("Hands a message out again when its work has failed or takes too long, and gives it up as a dead letter after some times. Without it a message whose work fails is gone.")
    .recalled("modelling choice: off, so that each message is work once");

const VISIBILITY_TIMEOUT: WrittenParameter =
    number(Parameter::VisibilityTimeout, "Visibility time-out", Unit::Seconds, 30.0, 0.001, 43_200.0)
        .help("How long after it was taken a message becomes visible again, unless its work has ended well by then. Work that takes longer goes on, and the message is handed out and worked on again: once somebody else has it, the first one's good end no longer takes it out of the queue.")
        .when_on(Parameter::Redelivery)
        .recalled("SQS: 30 s, up to 12 h");

const MAXIMUM_RECEIVES: WrittenParameter = count(
    Parameter::MaximumReceives,
    "Most deliveries",
    10.0,
    1.0,
    1000.0,
)
.help("Times that a message is handed out before it is put aside as a dead letter: because its work failed each time, or because it took longer each time than the visibility time-out, however well it ended.")
.when_on(Parameter::Redelivery)
.recalled("10: what the SQS console proposes for a dead-letter queue");

const POISON_SHARE: WrittenParameter = share(Parameter::PoisonShare, "Poison messages", 0.0)
    .help("Share of messages whose work always fails, however often they are handed out.")
    .when_on(Parameter::Redelivery)
    .recalled("modelling choice: 0");

pub(super) const QUEUE: WrittenKind = WrittenKind {
    kind: Kind::Queue,
    label: "Message queue",
    summary: "Cuts the caller loose from its workers: each message goes to one of them, later.",
    group: Group::Messaging,
    parameters: &[
        SEND_TIME,
        DELIVERY_TIME,
        DEPTH_LIMIT,
        REDELIVERY,
        VISIBILITY_TIMEOUT,
        MAXIMUM_RECEIVES,
        POISON_SHARE,
        shared::MILLION_CALLS_PRICE
            .label("Price per million messages")
            .help("What a million messages cost, sending and receiving together.")
            .with(0.8)
            .recalled("SQS standard: 0.40 $ per million requests, one to send and one to receive (price list of 2025)"),
        shared::AVAILABILITY
            .with(0.999)
            .help(shared::OF_PROVIDER)
            .recalled("Amazon Messaging SLA (SQS, SNS): 99.9 %"),
    ],
};

pub(super) const TOPIC: WrittenKind = WrittenKind {
    kind: Kind::Topic,
    label: "Topic",
    summary: "Fans messages out: each subscriber gets a copy of every message.",
    group: Group::Messaging,
    parameters: &[
        SEND_TIME.recalled("modelling choice: as a queue's"),
        DELIVERY_TIME.recalled("modelling choice: as a queue's"),
        DEPTH_LIMIT.help("Most messages that wait for each subscriber; what comes on top is lost."),
        REDELIVERY,
        VISIBILITY_TIMEOUT,
        MAXIMUM_RECEIVES,
        POISON_SHARE,
        shared::MILLION_CALLS_PRICE
            .label("Price per million messages")
            .help("What a million published messages cost.")
            .with(0.5)
            .recalled("SNS: 0.50 $ per million requests (price list of 2025)"),
        shared::AVAILABILITY
            .with(0.999)
            .help(shared::OF_PROVIDER)
            .recalled("Amazon Messaging SLA (SQS, SNS): 99.9 %"),
    ],
};

pub(super) const THIRD_PARTY_API: WrittenKind = WrittenKind {
    kind: Kind::ThirdPartyApi,
    label: "Third-party API",
    summary: "Somebody else's service: you know its response time and its limits, and can change neither.",
    group: Group::Messaging,
    parameters: &[
        number(Parameter::ResponseTime, "Response time", Unit::Milliseconds, 200.0, 0.0, 600_000.0)
            .help("Mean time of its answer, whatever your load."),
        number(Parameter::ResponseVariability, "Response variability", Unit::None, 1.0, 0.0, 100.0)
            .help("Squared coefficient of variation of its response time: 0 always the same, 1 exponential, more has a long tail."),
        shared::RATE_LIMIT.help("Calls a second that it accepts from you; the rest is refused."),
        shared::ERROR_SHARE.help("Share of your calls that it answers with an error."),
        shared::MILLION_CALLS_PRICE
            .with(0.0)
            .recalled("0 until its price list is known"),
        shared::AVAILABILITY.with(0.999).help(shared::OF_PROVIDER).recalled("modelling choice: 99.9 %, what many providers promise"),
    ],
};
