//! Cores that all present share. It knows one queue at a given load, no routes.

use super::arrivals::{regularity, together};
use super::flow::Admission;
use super::queueing::Single;
use super::slowdown::{Slowdown, taken_by};
use super::station::{Basis, Load, Part, sharing_part, slowed_part};
use crate::theory::multi_server::erlang_c;

/// Processor sharing on c cores, a request using one core at most: as many present as in M/M/c whatever the service time's
/// law (a symmetric queue; Kelly 1979), and the sojourn time proportional to the service asked for.
pub(super) fn shared(servers: u32, load: &Load) -> Single {
    let mean = load.mean_service();
    let utilisation = load.work / f64::from(servers);
    let probability = erlang_c(load.work, servers).unwrap_or(1.0);
    let wait = probability * mean / (f64::from(servers) - load.work);
    let poisson = (load.arrival_scv() - 1.0).abs() < 1e-9;
    if poisson && load.company == 0.0 {
        return Single {
            part: sharing_part(
                (servers, utilisation),
                mean,
                load.second / load.rate,
                probability,
                wait,
            ),
            admission: Admission::ALL,
            utilisation,
            unbounded: false,
            formula: if servers == 1 {
                "M/G/1 processor sharing (Kleinrock 1967)"
            } else {
                "processor sharing on c cores, insensitive (Kelly 1979)"
            },
            basis: Basis::Sharing,
        };
    }
    // Exponential services leave at the same rate in whatever order, so that as many are there as in a queue; others hardly differ.
    let (mut wait, mut probability) = (wait, probability);
    if !poisson {
        let scv = if load.arrival_scv() > 1.0 {
            1.0
        } else {
            load.service_scv()
        };
        let found = regularity(load, servers, probability, scv, true);
        wait *= found.wait;
        probability = (probability * found.probability).min(1.0);
    }
    if load.company > 0.0 {
        let (longer, chance) = together(load, servers, load.company / load.rate, utilisation);
        wait += longer * mean;
        probability = probability.max(chance);
    }
    Single {
        part: shared_by_excess(servers, load, probability, wait),
        admission: Admission::ALL,
        utilisation,
        unbounded: false,
        formula: "processor sharing: as many as in G/M/c (Takács 1962) or M^[X]/M/c (Burke 1975)",
        basis: Basis::SharingGeneralArrivals,
    }
}

/// Cores that all present share behind arrivals that aren't Poisson, by the mean wait that they make.
fn shared_by_excess(servers: u32, load: &Load, probability: f64, wait: f64) -> Part {
    let (mean, second) = (load.mean_service(), load.second / load.rate);
    let cores = f64::from(servers);
    let taken = taken_by(cores, wait / mean);
    let scv = load.service_scv();
    let utilisation = load.work / cores;
    let slowdown = Slowdown::shared(1.0 + wait / mean, cores, taken, utilisation, scv);
    slowed_part(second, probability, wait, slowdown)
}

/// The same mean wait with the law that it has for exponential services: the more regular services are, the less turns leave of how much
/// sharing varies.
pub(super) fn as_of_exponential_services(
    part: Part,
    (servers, utilisation): (u32, f64),
    load: &Load,
) -> Part {
    if part.wait <= 0.0 {
        return part;
    }
    let (mean, square) = (load.mean_service(), load.second / load.rate);
    let slowdown = Slowdown::shared(
        1.0 + part.wait / mean,
        f64::from(servers),
        part.probability,
        utilisation,
        1.0,
    );
    slowed_part(square, part.probability, part.wait, slowdown)
}
