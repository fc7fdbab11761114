//! What a station's servers are called, alone and all together; it knows no figures but how many there are.

use crate::catalog::Kind;
use crate::network::Role;
use crate::quantities::number;
use crate::report::StationReport;

/// How a station's load is spread over its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    /// Evenly, or there is only one.
    Even,
    /// One gets more than the others.
    Uneven,
    /// One gets all of it.
    OnOne,
}

/// See [`Spread`].
pub(super) fn spread(station: &StationReport) -> Spread {
    let (all, busiest) = (station.utilisation, station.busiest_utilisation);
    if busiest <= all * 1.02 {
        Spread::Even
    } else if busiest >= all * f64::from(station.instances) * 0.999 {
        Spread::OnOne
    } else {
        Spread::Uneven
    }
}

/// What more comes to than it can do: "4 × 2 cores of Server", "2 cores of the one instance of Server that is reached".
pub(super) fn limited(name: &str, station: &StationReport) -> String {
    let one = || {
        format!(
            "{} {}",
            number(f64::from(station.servers)),
            noun(station.role, station.servers)
        )
    };
    match spread(station) {
        _ if station.role == Role::RateLimit => format!("rate limit of {name}"),
        Spread::Even if station.servers.saturating_mul(station.instances) == 1 => {
            format!("only {} of {name}", noun(station.role, 1))
        }
        Spread::Even => format!("{} of {name}", resource(station)),
        Spread::Uneven => format!("{} of the busiest instance of {name}", one()),
        Spread::OnOne => format!("{} of the one instance of {name} that is reached", one()),
    }
}

/// "all 2 × 1,024 threads are", "the only thread is", "all 64 threads of the one instance that is reached are".
pub(super) fn all(station: &StationReport) -> String {
    let whose = match spread(station) {
        Spread::Even => {
            return match station.servers.saturating_mul(station.instances) {
                1 => format!("the only {} is", noun(station.role, 1)),
                _ => format!("all {} are", resource(station)),
            };
        }
        Spread::Uneven => "of the busiest instance",
        Spread::OnOne => "of the one instance that is reached",
    };
    match station.servers {
        1 => format!("the only {} {whose} is", noun(station.role, 1)),
        servers => format!(
            "all {} {} {whose} are",
            number(f64::from(servers)),
            noun(station.role, servers)
        ),
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

/// "its 8 cores", "its only core".
pub(super) fn its(station: &StationReport) -> String {
    match station.servers.saturating_mul(station.instances) {
        1 if station.role != Role::RateLimit => format!("its only {}", noun(station.role, 1)),
        _ => format!("its {}", resource(station)),
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

/// Why some of its instances get more than others, where they do.
pub(super) fn uneven(kind: Kind) -> &'static str {
    match kind.is_database() || kind == Kind::Cache {
        true => "some keys are asked for far more often than others",
        false => "some clients or keys are far busier than others",
    }
}

/// "once", "twice", "2.6 times": how often, of a figure that isn't a count.
pub(super) fn times(count: f64) -> String {
    match number(count).as_str() {
        "1" => "once".to_owned(),
        "2" => "twice".to_owned(),
        written => format!("{written} times"),
    }
}

/// "1 write", "120 writes".
pub(super) fn counted(count: f64, one: &str, many: &str) -> String {
    match number(count).as_str() {
        "1" => format!("1 {one}"),
        written => format!("{written} {many}"),
    }
}
