//! Kinds before the door: client populations, DNS and CDN.

use super::shared;
use crate::catalog::build::{WrittenKind, choice, count, flag, number, option, share};
use crate::catalog::{Choice, Group, Kind, Parameter, Unit};

pub(super) const CLIENTS: WrittenKind = WrittenKind {
    kind: Kind::Clients,
    label: "Clients",
    summary: "A population of people or programs that sends requests.",
    group: Group::Traffic,
    parameters: &[
        choice(
            Parameter::Traffic,
            "Traffic",
            &[
                option(Choice::Open, "Open", "Requests come at a given rate, whether or not earlier ones are answered: the public."),
                option(Choice::Closed, "Closed", "A fixed number of users: each waits for the answer, thinks, and sends the next."),
            ],
        )
        .help("Whether the load depends on the answers. Open traffic goes on growing a backlog; closed traffic slows down with the system.")
        .recalled("open traffic is the usual model of the public internet"),
        number(Parameter::RequestRate, "Request rate", Unit::PerSecond, 50.0, 0.0, 100_000_000.0)
            .help("Requests a second at the daily peak, all classes together.")
            .when(Parameter::TrafficProfile, &[Choice::Constant, Choice::Daily, Choice::Ramp, Choice::Step, Choice::Spike]),
        choice(
            Parameter::ArrivalPattern,
            "Arrival pattern",
            &[
                option(Choice::Poisson, "Poisson", "Independently of one another, as from many people."),
                option(Choice::Regular, "Regular", "Like clockwork, as from a poller."),
                option(Choice::Bursty, "Bursty", "In bursts: more varied than chance alone."),
                option(Choice::Bursts, "Long bursts", "Poisson at a rate that jumps up for a while now and then: crowds that come and go."),
            ],
        )
        .help("When requests come. The more irregular, the longer the queues at the same rate.")
        .recalled("many independent users superpose to a Poisson process (Palm-Khintchine theorem)")
        .when(Parameter::Traffic, &[Choice::Open]),
        number(Parameter::Burstiness, "Burstiness", Unit::None, 4.0, 1.0, 1000.0)
            .help("Squared coefficient of variation of the time between requests: 1 is Poisson, 4 is twice as irregular.")
            .when(Parameter::ArrivalPattern, &[Choice::Bursty]),
        number(Parameter::BurstFactor, "Burst factor", Unit::None, 5.0, 1.0, 1_000_000.0)
            .help("How many times the rate between bursts comes during one. The request rate stays the mean of both.")
            .when(Parameter::ArrivalPattern, &[Choice::Bursts]),
        number(Parameter::BurstLength, "Burst length", Unit::Seconds, 10.0, 0.001, 86_400.0)
            .help("Mean length of a burst; lengths are exponential, as are the gaps between bursts. What is longer than the queue takes to fill is met as an overload.")
            .when(Parameter::ArrivalPattern, &[Choice::Bursts]),
        share(Parameter::BurstShare, "Time in bursts", 0.1)
            .help("Share of the time during which a burst is on.")
            .when(Parameter::ArrivalPattern, &[Choice::Bursts]),
        number(Parameter::BatchSize, "Batch size", Unit::Count, 1.0, 1.0, 10_000.0)
            .help("Requests that arrive together, as when a page asks for several things at once.")
            .recalled("1: single arrivals")
            .when(Parameter::Traffic, &[Choice::Open]),
        choice(
            Parameter::TrafficProfile,
            "Through time",
            &[
                option(Choice::Constant, "Constant", "The request rate all the time."),
                option(Choice::Daily, "Daily", "A sinusoid between the night traffic and the request rate; a simulation begins in the night."),
                option(Choice::Ramp, "Ramp", "Rises steadily from the low traffic to the request rate."),
                option(Choice::Step, "Step", "Jumps from the low traffic to the request rate."),
                option(Choice::Spike, "Spike", "The low traffic, but for a while the request rate."),
                option(Choice::Curve, "Curve", "Rates of its own at given times, in straight lines between them; the last stays."),
            ],
        )
        .help("How the rate goes in a simulation, up to the request rate or the highest of a curve. A steady state is that of this peak; the cost of a month goes by the night traffic.")
        .recalled("modelling choice: constant, so that there is a steady state")
        .when(Parameter::Traffic, &[Choice::Open]),
        share(Parameter::NightShare, "Night traffic", 1.0)
            .help("The nightly low as a share of the peak; the day between follows a sinusoid. Decides what autoscaling saves and what paying by the call costs.")
            .recalled("100 %: the same all day, until said otherwise")
            .when(Parameter::Traffic, &[Choice::Open]),
        number(Parameter::DayLength, "Day length", Unit::Seconds, 86_400.0, 1.0, 31_536_000.0)
            .help("From one night to the next. A shorter day shows the same rise and fall in less time, to what needs minutes to follow.")
            .recalled("a day")
            .when(Parameter::TrafficProfile, &[Choice::Daily])
            .through_time(),
        share(Parameter::LowTraffic, "Low traffic", 0.2)
            .help("Traffic before a ramp or step, or beside a spike, as a share of the request rate.")
            .when(Parameter::TrafficProfile, &[Choice::Ramp, Choice::Step, Choice::Spike])
            .through_time(),
        number(Parameter::ChangeStart, "Begins after", Unit::Seconds, 300.0, 0.0, 31_536_000.0)
            .help("When the ramp, step or spike begins.")
            .when(Parameter::TrafficProfile, &[Choice::Ramp, Choice::Step, Choice::Spike])
            .through_time(),
        number(Parameter::ChangeLength, "Lasts", Unit::Seconds, 300.0, 0.0, 31_536_000.0)
            .help("How long the ramp rises, or the spike stays.")
            .when(Parameter::TrafficProfile, &[Choice::Ramp, Choice::Spike])
            .through_time(),
        count(Parameter::Users, "Users", 100.0, 1.0, 10_000_000.0)
            .help("How many users take turns between waiting and thinking.")
            .when(Parameter::Traffic, &[Choice::Closed]),
        number(Parameter::ThinkTime, "Think time", Unit::Seconds, 5.0, 0.0, 86_400.0)
            .help("Mean time between an answer and the same user's next request.")
            .when(Parameter::Traffic, &[Choice::Closed]),
        number(Parameter::ClientRoundTrip, "Client round trip", Unit::Milliseconds, 40.0, 0.0, 10_000.0)
            .help("Network time, both ways together, between the clients and the first thing they reach. A third-party API's response time and a DNS lookup's contain theirs, and an edge has its own.")
            .recalled("modelling choice: a home connection within one continent"),
        shared::TRANSFER_PRICE
            .label("Egress price")
            .help("What a gigabyte costs that leaves the cloud for these clients.")
            .read("internet egress: 0.09 $/GB in us-east-1 (projecthelena.com 2026)"),
    ],
};

pub(super) const DNS: WrittenKind = WrittenKind {
    kind: Kind::Dns,
    label: "DNS",
    summary: "Answers names with addresses; asked only when a resolver's copy has expired.",
    group: Group::Traffic,
    parameters: &[
        choice(
            Parameter::DnsPolicy,
            "Answer policy",
            &[
                option(Choice::RoundRobin, "Round robin", "Each resolver gets the next of the clients' other links and keeps it: to the requests of many clients that is as if each went by lot."),
                option(Choice::Weighted, "Weighted", "In proportion to the weights of the clients' links."),
                option(Choice::Nearest, "Nearest", "The target with the shortest round trip."),
                option(Choice::Failover, "Failover", "The first target; the others only when it is down."),
            ],
        )
        .help("Which of the things that the clients link to they are sent to.")
        .recalled("round robin is the plain answer of a name with several addresses"),
        shared::TIME_TO_LIVE
            .help("How long a resolver reuses an answer. Longer asks less often, and makes a change of address reach clients later.")
            .recalled("modelling choice: 300 s, common for records that may have to change"),
        number(Parameter::LookupTime, "Lookup time", Unit::Milliseconds, 60.0, 0.0, 10_000.0)
            .help("What a request waits for the answer when its resolver has no copy.")
            .recalled("uncached recursive lookup, 20 to 200 ms; not found in a page"),
        count(Parameter::Resolvers, "Resolvers", 50.0, 1.0, 1_000_000.0)
            .help("Resolvers with a copy of their own over which the clients spread; each asks once per time to live."),
        shared::MILLION_CALLS_PRICE
            .label("Price per million queries")
            .help("What a million queries cost; only those that miss the resolvers' copies reach this server.")
            .recalled("Route 53: 0.40 $ per million queries, zone fee left out (price list of 2025)"),
        shared::AVAILABILITY.with(1.0).help(shared::OF_PROVIDER).read("Route 53 SLA: 100 % (cloudonaut.io 2019-01-31)"),
    ],
};

pub(super) const CDN: WrittenKind = WrittenKind {
    kind: Kind::Cdn,
    label: "CDN",
    summary: "Edge caches near the clients that answer what they hold and fetch the rest from the origin.",
    group: Group::Traffic,
    parameters: &[
        count(Parameter::EdgeLocations, "Edge locations", 20.0, 1.0, 10_000.0)
            .help("Locations with a cache of their own. More are nearer to the clients, but each has to fetch every file once."),
        number(Parameter::EdgeRoundTrip, "Edge round trip", Unit::Milliseconds, 20.0, 0.0, 10_000.0)
            .help("Network time, both ways together, between a client and its edge; replaces the client round trip for what the edge answers.")
            .recalled("5 to 50 ms; Cloudflare publishes rankings (blog 2025-09-26) but no median was found"),
        number(Parameter::CacheSize, "Cache size", Unit::Gigabytes, 100.0, 0.000_001, 1_000_000.0)
            .help("What each location holds. With the popularity of the files it decides the hit ratio."),
        shared::TIME_TO_LIVE
            .with(86_400.0)
            .help("How long a location reuses a file before it asks the origin again.")
            .recalled("modelling choice: one day"),
        shared::EVICTION,
        flag(Parameter::Coalescing, "Request coalescing", true)
            .help("A request for a file that its location is fetching already waits for that fetch instead of asking the origin too.")
            .read("cache misses qualify for request collapsing by default (fastly.com documentation, Request collapsing)")
            .through_time(),
        shared::SERVICE_TIME
            .with(0.5)
            .help("Time that an edge takes to answer, without the network.")
            .recalled("modelling choice: an edge answers from memory or local disk within a millisecond"),
        shared::TRANSFER_PRICE
            .help("What a gigabyte costs that the edges send to clients.")
            .with(0.085)
            .recalled("CloudFront egress, first 10 TB in the US and EU: 0.085 $/GB (price list of 2025)"),
        shared::AVAILABILITY.with(0.999).help(shared::OF_PROVIDER).read("CloudFront SLA: 99.9 % (cloudonaut.io 2019-01-31)"),
    ],
};
