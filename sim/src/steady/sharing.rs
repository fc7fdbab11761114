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
        wait += longer * mean * shared_for(load.service_scv());
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

/// How long two who begin together share, in units of how long they do with exponential services: 2 `E[min(S, S′)]/E[S]`, of gamma services with
/// this squared coefficient of variation. `E[min]` is the mean less Gini's mean difference, Γ(k + ½)/(√π Γ(k + 1)) of it with k = 1/c²
/// (McDonald & Jensen 1979): 2 for constant services, whose companions stay as long as they do, 1 for exponential ones.
fn shared_for(scv: f64) -> f64 {
    if scv < 1e-3 {
        return 2.0;
    }
    let k = 1.0 / scv;
    let gini = libm::exp(libm::lgamma(k + 0.5) - libm::lgamma(k + 1.0))
        / libm::sqrt(core::f64::consts::PI);
    2.0 * (1.0 - gini).clamp(0.0, 1.0)
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

#[cfg(test)]
mod tests {
    use super::shared_for;

    #[test]
    fn those_who_begin_together_share_for_the_shorter_service() {
        // E[min] of two: constant 1, Erlang-2 5/8 (∫ (1 + 2t)² e^{-4t} dt), exponential 1/2.
        for (scv, min) in [(0.0, 1.0), (0.5, 0.625), (1.0, 0.5)] {
            assert!((shared_for(scv) - 2.0 * min).abs() < 1e-9, "{scv}");
        }
    }
}
