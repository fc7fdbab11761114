//! What users of a closed population find at a station; it knows one station and what mean-value analysis says of it.

use super::station::{self, Law, Part};
use crate::network::{Discipline, Station};
use crate::theory::closed;
use crate::theory::finite_source::FiniteSourceWait;

/// The wait at one copy of a station as that of users who are away from it for the time that they think and spend elsewhere, whatever its
/// law: exact for one queue and any delays (arrival theorem), an approximation where several queues share the users, since those
/// who wait elsewhere aren't delayed independently of one another. Populations are taken together; waits get the mean that mean-value
/// analysis says.
pub(super) fn finite_source(
    solution: &closed::Solution,
    station: &closed::Station,
    place: usize,
    population: &[u32],
) -> Option<FiniteSourceWait> {
    let closed::StationKind::Queue { servers } = station.kind else {
        return None;
    };
    let copies = f64::from(station.copies);
    let (mut users, mut throughput, mut demand, mut residence) = (0_u32, 0.0, 0.0, 0.0);
    for (chain, chain_throughput) in solution.throughput.iter().enumerate() {
        if station.demand[chain] > 0.0 {
            users = users.saturating_add(population[chain]);
            throughput += chain_throughput;
            demand += chain_throughput * station.demand[chain];
            residence += chain_throughput * solution.residence_time[place][chain] / copies;
        }
    }
    if throughput <= 0.0 {
        return None;
    }
    let away = (f64::from(users) - residence) / throughput;
    FiniteSourceWait::new(users, away.max(0.0), demand / throughput, servers)
}

/// A closed user's wait at a station of which this share is busy.
pub(super) fn closed_part(
    spec: &Station,
    service: f64,
    wait: f64,
    busy: f64,
    found: Option<FiniteSourceWait>,
) -> Part {
    if spec.discipline == Discipline::ProcessorSharing {
        return if service > 0.0 {
            station::sharing_part(service, 2.0 * service * service, busy, wait)
        } else {
            Part::IDLE
        };
    }
    match found {
        Some(found) if wait > 0.0 && service > 0.0 && found.wait_probability() > 0.0 => {
            let source = found.with_mean(wait);
            Part {
                probability: source.wait_probability(),
                wait,
                second: source.second_moment(),
                law: Law::FiniteSource {
                    source,
                    stretch: 1.0,
                },
                ..Part::IDLE
            }
        }
        _ => station::waiting_part(busy.clamp(0.0, 1.0), wait.max(0.0)),
    }
}
