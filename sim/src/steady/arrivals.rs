//! Arrivals at a station that aren't Poisson, as its queues meet them: bursts, regular streams and batches. It knows one load, no routes.

use super::station::Load;
use crate::theory::batches::Batches;
use crate::theory::regular::Regularity;

/// What arrivals that aren't Poisson make of the wait and of its chance.
pub(super) fn regularity(
    load: &Load,
    servers: u32,
    probability: f64,
    service_scv: f64,
    sharing: bool,
) -> Regularity {
    let utilisation = load.work / f64::from(servers);
    let lasting = if load.rate > 0.0 {
        load.lasting / load.rate
    } else {
        0.0
    };
    let arrival_scv = load.arrival_scv() - lasting;
    let mut found = if arrival_scv > 1.0 {
        Regularity::bursty(utilisation, probability, servers, arrival_scv, service_scv)
    } else {
        Regularity::new(utilisation, probability, arrival_scv, service_scv, sharing)
    };
    // Bursts that last add to the wait as in heavy traffic: (ca² + cs²) / (1 + cs²) of M/G/c's (Allen & Cunneen 1978).
    found.wait += lasting / (1.0 + service_scv);
    found
}

/// By how many mean service times requests wait longer for others of their batches and of earlier ones, and how likely they wait.
pub(super) fn together(load: &Load, servers: u32, company: f64, utilisation: f64) -> (f64, f64) {
    let batches = Batches::new(load.work, servers, company);
    match batches.zip(Batches::of_one(load.work, servers)) {
        Some((batches, single)) => ((batches.wait - single.wait).max(0.0), batches.probability),
        // As at one server as fast as all together.
        None => (
            0.5 * company / f64::from(servers) / (1.0 - utilisation),
            0.0,
        ),
    }
}

/// What one of so many instances that take turns sees: the squared coefficient of variation of the times between arrivals (or batches), and
/// how many others come with each. The time between is the sum of as many as pass before its next turn; batches that are larger than
/// a turn reach everybody.
pub(super) fn in_turns(load: &Load, instances: u32) -> (f64, f64) {
    let together = if load.rate > 0.0 {
        (1.0 + load.company / load.rate) / f64::from(instances)
    } else {
        1.0
    };
    (
        load.arrival_scv() * together.min(1.0),
        (together - 1.0).max(0.0),
    )
}
