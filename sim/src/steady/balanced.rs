//! Balancers that look at queues before they choose one. It knows one station, no routes.

use super::flow::Admission;
use super::queueing::{Single, queued};
use super::sharing::shared;
use super::slowdown::Slowdown;
use super::station::{Basis, Load, slowed_part, waiting_part};
use crate::network::{Dispatch, Station};
use crate::theory::balancing::{ShorterOfTwo, shortest_queue_sojourn, shortest_queue_spread};
use crate::theory::multi_server::{MultiServer, erlang_c};

/// The shortest of all queues, or of two.
///
/// With one server an instance the sojourn time is known from simulation and refined mean field. With c servers each, its surplus
/// over one queue for all shrinks with the chance that an instance has all of them busy, and with their joint speed.
pub(super) fn balanced(station: &Station, instances: u32, sharing: bool, load: &Load) -> Single {
    let (mean, c) = (load.mean_service(), f64::from(station.servers));
    let servers = station.servers.saturating_mul(instances);
    let utilisation = load.work / f64::from(servers);
    let pooled = if sharing {
        shared(servers, load)
    } else {
        queued(servers, load)
    };
    // Sharing keeps nearly the mean of exponential service whatever the law; queues wait longer behind irregular services.
    let irregular = if sharing {
        1.0
    } else {
        0.5 * (load.arrival_scv() + load.service_scv())
    };
    let crowded =
        erlang_c(utilisation * c, station.servers).unwrap_or(1.0) / utilisation.max(1e-300);
    let exponential =
        erlang_c(load.work, servers).unwrap_or(1.0) * mean / (f64::from(servers) - load.work);
    let pair = (station.dispatch == Dispatch::TwoChoices && instances > 2)
        .then(|| ShorterOfTwo::new(utilisation, instances, station.servers))
        .flatten();
    let two = pair.is_some();
    let surplus = match pair {
        Some(pair) => ((pair.sojourn - 1.0) * mean - exponential).max(0.0),
        None => {
            let central = MultiServer::new(utilisation * f64::from(instances), 1.0, instances);
            let surplus = match (shortest_queue_sojourn(utilisation, instances), central) {
                (Some(sojourn), Some(central)) => (sojourn - central.mean_sojourn()).max(0.0),
                _ => 0.0,
            };
            surplus * mean / c * crowded
        }
    };
    let drawn = pair.map(|pair| {
        drawn_regular(load.arrival_scv(), load.service_scv(), instances)
            * (pair.sojourn - 1.0)
            * mean
    });
    let wait = (pooled.part.wait + surplus * irregular).max(drawn.unwrap_or(0.0));
    let all_busy = erlang_c(load.work, servers).unwrap_or(1.0);
    let probability = if two {
        (crowded * utilisation * utilisation).max(all_busy)
    } else {
        all_busy
    };
    let part = if sharing {
        let slowdown = 1.0 + wait / mean;
        let spread = pair.map_or_else(|| shortest_queue_spread(slowdown), |pair| pair.spread());
        let slowdown = Slowdown::new(slowdown, spread);
        slowed_part(load.second / load.rate, probability, wait, slowdown)
    } else {
        waiting_part(probability.max(1e-300), wait)
    };
    let formula = if two {
        "shortest of two queues, refined mean field (Gast & Van Houdt 2017)"
    } else {
        "join the shortest queue: M/M/c and a simulated surplus"
    };
    Single {
        part,
        admission: Admission::ALL,
        utilisation,
        unbounded: false,
        formula,
        basis: Basis::Balancing,
    }
}

/// What at least is waited where regular arrivals go to the shorter of two queues that are drawn by lot, as a share of what is waited there behind arrivals
/// and services at random. Both vary by these squared coefficients of variation.
///
/// Who draws two of n instances passes 2/n of a stream on to each, which is the more irregular for it (thinning; Whitt 1983, eq. 23), and the wait goes with
/// the variance of both (Kingman 1961). 0 for arrivals at random and bursts, which lose nothing so.
pub(super) fn drawn_regular(arrivals: f64, services: f64, instances: u32) -> f64 {
    if arrivals >= 1.0 || instances < 3 {
        return 0.0;
    }
    let drawn = 1.0 - 2.0 / f64::from(instances) * (1.0 - arrivals);
    0.5 * (drawn + services.min(1.0))
}
