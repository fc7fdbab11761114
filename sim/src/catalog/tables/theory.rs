//! The bare queueing station, in which every case of the theory books can be written.

use super::shared;
use crate::catalog::build::{WrittenKind, choice, count, number, option};
use crate::catalog::{Choice, Group, Kind, Parameter, Unit};

pub(super) const STATION: WrittenKind = WrittenKind {
    kind: Kind::Station,
    label: "Station",
    summary: "A bare queueing station of the theory books: any servers, capacity, service and order.",
    group: Group::Theory,
    parameters: &[
        count(Parameter::Servers, "Servers", 1.0, 1.0, 100_000.0)
            .help("Parallel servers: the c of M/M/c.")
            .recalled("1: the M/M/1 queue"),
        number(Parameter::Capacity, "Capacity", Unit::Count, 10.0, 1.0, 10_000_000.0)
            .whole()
            .unlimited()
            .help("Most requests in the station, in service and waiting: the K of M/M/c/K. As many as servers makes it a pure loss station.")
            .recalled("unlimited: the M/M/1 queue"),
        choice(
            Parameter::ServiceDistribution,
            "Service distribution",
            &[
                option(Choice::Exponential, "Exponential", "Without memory: the second M of M/M/c."),
                option(Choice::Deterministic, "Deterministic", "Always the same: M/D/c."),
                option(Choice::Erlang, "Erlang", "A sum of equal exponential phases; less varied than exponential."),
                option(Choice::HyperExponential, "Hyperexponential", "Short or long by chance (two phases, balanced means); more varied than exponential."),
                option(Choice::Gamma, "Gamma", "Any variability, light tail."),
                option(Choice::LogNormal, "Lognormal", "Any variability, heavier tail: as measured service times often look."),
                option(Choice::Pareto, "Pareto", "A power-law tail: rare requests that take very long."),
            ],
        )
        .help("Shape of the service time.")
        .recalled("exponential: the M/M/1 queue"),
        number(Parameter::ServiceTime, "Service time", Unit::Milliseconds, 10.0, 0.000_001, 1_000_000_000.0)
            .help("Mean service time: 1/μ."),
        number(Parameter::ServiceVariability, "Service variability", Unit::None, 1.0, 0.0, 1000.0)
            .help("Squared coefficient of variation of the service time: below 1 for Erlang, above 1 for hyperexponential.")
            .when(
                Parameter::ServiceDistribution,
                &[Choice::Erlang, Choice::HyperExponential, Choice::Gamma, Choice::LogNormal, Choice::Pareto],
            ),
        choice(
            Parameter::Discipline,
            "Discipline",
            &[
                option(Choice::FirstComeFirstServed, "First come, first served", "In the order of arrival."),
                option(Choice::ProcessorSharing, "Processor sharing", "All at once, at equal shares of the servers."),
                option(Choice::Priority, "Priority", "The class with the smallest priority number first; nobody in service is interrupted."),
                option(Choice::PreemptivePriority, "Preemptive priority", "The class with the smallest priority number first; interrupts the one in service, who resumes later."),
                option(Choice::Infinite, "Infinite servers", "Nobody waits: a pure delay (M/G/∞)."),
            ],
        )
        .help("Who is served next when several wait, and whether the one in service is interrupted.")
        .recalled("first come, first served"),
        shared::INSTANCES.help("Equal stations behind one common queue: the same as that many times the servers."),
    ],
};
