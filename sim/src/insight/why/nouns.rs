//! What a station's servers are called, alone and all together; it knows no figures but how many there are.

use crate::network::Role;
use crate::quantities::number;
use crate::report::StationReport;

/// "all 2 × 1,024 threads are", "the only thread is".
pub(super) fn all(station: &StationReport) -> String {
    if station.servers.saturating_mul(station.instances) == 1 {
        format!("the only {} is", resource(station).trim_start_matches("1 "))
    } else {
        format!("all {} are", resource(station))
    }
}

pub(super) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// "8 cores", "3 × 2 cores", "40 connections".
pub(super) fn resource(station: &StationReport) -> String {
    if station.role == Role::RateLimit {
        return "rate limit".to_owned();
    }
    let noun = noun(
        station.role,
        station.servers.saturating_mul(station.instances),
    );
    if station.instances > 1 {
        format!(
            "{} × {} {noun}",
            station.instances,
            number(f64::from(station.servers))
        )
    } else {
        format!("{} {noun}", number(f64::from(station.servers)))
    }
}

/// "core", "cores", "connections": what so many of them are called.
pub(super) fn noun(role: Role, count: u32) -> &'static str {
    match (role, count) {
        (Role::Cores, 1) => "core",
        (Role::Cores, _) => "cores",
        (Role::Threads, 1) => "thread",
        (Role::Threads, _) => "threads",
        (Role::Connections, 1) => "connection",
        (Role::Connections, _) => "connections",
        (Role::Disk, 1) => "disk channel",
        (Role::Disk, _) => "disk channels",
        (Role::Replay, 1) => "replay process",
        (Role::Replay, _) => "replay processes",
        (Role::Servers, 1) => "server",
        (Role::Servers, _) => "servers",
        (Role::RateLimit, _) => "rate limit",
    }
}

/// "one of 8 connections", "the only core".
pub(super) fn one_of(station: &StationReport) -> String {
    if station.role == Role::RateLimit {
        "its turn".to_owned()
    } else if station.servers.saturating_mul(station.instances) == 1 {
        format!("the only {}", noun(station.role, 1))
    } else {
        format!("one of the {}", resource(station))
    }
}
