//! One station at a given load: who waits how long, who is refused, what gets through. It picks the formula by arrivals, service,
//! discipline, room and balancing policy; it knows no routes.

use super::arrivals::{in_turns, regularity, together};
use super::balanced::balanced;
use super::confine::Room;
use super::flow::Admission;
use super::sharing::{as_of_exponential_services, shared};
use super::station::{Basis, Law, Load, Part, Queue, sharing_part};
use crate::network::{Discipline, Dispatch, Station};
use crate::theory::balancing::RoundRobin;
use crate::theory::finite_buffer::FiniteBuffer;
use crate::theory::general_service::{SingleServer, general_mean_wait};
use crate::theory::multi_server::{MultiServer, erlang_c};
use crate::theory::regular::Regularity;
use crate::theory::renewal_loss::renewal_loss;

/// A queue would hold more than there is room for less often than that, if it could: the 99th percentile hardly knows.
const SELDOM: f64 = 1e-3;

/// One queue with its servers.
pub(super) struct Single {
    pub part: Part,
    pub admission: Admission,
    pub utilisation: f64,
    pub unbounded: bool,
    pub formula: &'static str,
    pub basis: Basis,
}

/// Solves a station with `instances` instances under `load`; appends its parts to `parts`.
pub(super) fn solve(
    station: &Station,
    instances: u32,
    load: &Load,
    parts: &mut Vec<Part>,
) -> Queue {
    let first_part = parts.len() as u32;
    let servers = f64::from(station.servers) * f64::from(instances);
    let pressure = load.work / servers;
    let mut queue = Queue {
        pressure,
        busiest_pressure: pressure,
        first_part,
        ..Queue::IDLE
    };
    match station.discipline {
        Discipline::Infinite if station.capacity.is_some() => {
            // Everybody who is let in is served at once: as many servers as there is room.
            let room = Station {
                discipline: Discipline::FirstComeFirstServed,
                servers: station.capacity.unwrap_or(0),
                ..station.clone()
            };
            spread(&room, instances, load, parts, &mut queue);
        }
        Discipline::Infinite => {
            queue.formula = "M/G/∞: nobody waits";
            queue.pressure = 0.0;
            queue.busiest_pressure = 0.0;
            parts.push(Part::IDLE);
        }
        Discipline::TokenBucket { rate, burst } => {
            queue.pressure = if rate.0 > 0.0 {
                load.rate / rate.0
            } else {
                f64::INFINITY
            };
            queue.busiest_pressure = queue.pressure;
            (queue.admission, queue.formula, queue.basis) =
                super::bucket::admit(load, queue.pressure, burst);
            queue.utilisation = if queue.pressure.is_finite() {
                (queue.pressure * queue.admission.pass).min(1.0)
            } else {
                1.0
            };
            queue.busiest = queue.utilisation;
            parts.push(Part::IDLE);
        }
        _ => spread(station, instances, load, parts, &mut queue),
    }
    queue.parts = parts.len() as u32 - first_part;
    queue
}

/// Spreads the load over the instances and solves each kind of instance.
fn spread(
    station: &Station,
    instances: u32,
    load: &Load,
    parts: &mut Vec<Part>,
    queue: &mut Queue,
) {
    let sharing = station.discipline == Discipline::ProcessorSharing;
    let equal = 1.0 / f64::from(instances);
    let fill = |queue: &mut Queue, single: &Single| {
        queue.admission = single.admission;
        queue.utilisation = single.utilisation;
        queue.busiest = single.utilisation;
        queue.unbounded = single.unbounded;
        queue.formula = single.formula;
        queue.basis = single.basis;
    };
    match &station.dispatch {
        Dispatch::Shares(shares) if instances > 1 && !shares.is_empty() => {
            let (mut pass, mut refuse, mut busy) = (0.0, 0.0, 0.0);
            let first = parts.len();
            let mut index = 0;
            while index < shares.len() {
                let share = shares[index];
                let alike = shares[index..]
                    .iter()
                    .take_while(|other| **other == share)
                    .count();
                index += alike;
                let part_load = load.share(share);
                let single = one_queue(station.servers, station.capacity, sharing, &part_load);
                let weight = share * alike as f64;
                pass += weight * single.admission.pass;
                refuse += weight * single.admission.refuse;
                busy += single.utilisation * alike as f64 * equal;
                queue.busiest = queue.busiest.max(single.utilisation);
                queue.busiest_pressure = queue
                    .busiest_pressure
                    .max(part_load.work / f64::from(station.servers));
                queue.unbounded |= single.unbounded;
                // Instances that nobody comes to say nothing of the others.
                if share > 0.0 {
                    queue.formula = single.formula;
                    queue.basis = single.basis;
                }
                parts.push(Part {
                    share: weight * single.admission.pass,
                    ..single.part
                });
            }
            if pass > 0.0 {
                parts[first..]
                    .iter_mut()
                    .for_each(|part| part.share /= pass);
            }
            queue.admission = Admission { pass, refuse };
            queue.utilisation = busy;
        }
        Dispatch::Random if instances > 1 => {
            let single = one_queue(
                station.servers,
                station.capacity,
                sharing,
                &load.share(equal),
            );
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::LeastConnections | Dispatch::TwoChoices
            if instances > 1
                && station.capacity.is_none()
                && load.work > 0.0
                && queue.pressure < 1.0 =>
        {
            let single = balanced(station, instances, sharing, load);
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::RoundRobin
            if instances > 1
                && station.servers == 1
                && !sharing
                && turns_exactly(station, load)
                && queue.pressure < 1.0 =>
        {
            let single = in_turn(instances, load);
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::RoundRobin
            if instances > 1
                && station.capacity.is_none()
                && load.work > 0.0
                && queue.pressure < 1.0
                && in_turns(load, instances).0 < 1.0
                && in_turns(load, instances).1 == 0.0 =>
        {
            let mut part_load = load.share(equal);
            part_load.lasting = 0.0;
            (part_load.burstiness, part_load.company) = (0.0, 0.0);
            let random = one_queue(station.servers, None, sharing, &part_load);
            let regularity = Regularity::new(
                queue.pressure,
                random.part.probability,
                in_turns(load, instances).0,
                load.service_scv(),
                sharing,
            );
            let part = match sharing {
                true => {
                    as_of_exponential_services(random.part, (station.servers, queue.pressure), load)
                }
                false => random.part,
            };
            let part = part.regular(regularity);
            let single = Single {
                part,
                formula: "round robin: waits as E_n/M/c to M/M/c (Takács 1962, Krämer & Langenbach-Belz 1976)",
                basis: Basis::Balancing,
                ..random
            };
            fill(queue, &single);
            parts.push(single.part);
        }
        Dispatch::RoundRobin if instances > 1 => {
            let mut part_load = load.share(equal);
            let (scv, company) = in_turns(load, instances);
            part_load.burstiness = (scv - 1.0) * part_load.rate;
            part_load.company = company * part_load.rate;
            let single = one_queue(station.servers, station.capacity, sharing, &part_load);
            fill(queue, &single);
            parts.push(single.part);
        }
        _ => {
            let capacity = station
                .capacity
                .map(|capacity| capacity.saturating_mul(instances));
            let single = one_queue(
                station.servers.saturating_mul(instances),
                capacity,
                sharing,
                load,
            );
            fill(queue, &single);
            parts.push(single.part);
        }
    }
}

/// Whether round robin over single servers is E_n/M/1.
fn turns_exactly(station: &Station, load: &Load) -> bool {
    load.rate > 0.0
        && load.exponential
        && station.capacity.is_none()
        && (load.arrival_scv() - 1.0).abs() < 1e-9
        && load.company == 0.0
}

/// Round robin over single exponential servers: every instance is an E_n/M/1 queue, whose wait is exponential for those who wait.
fn in_turn(instances: u32, load: &Load) -> Single {
    let mean = load.mean_service();
    let utilisation = load.work / f64::from(instances);
    let part = RoundRobin::new(load.rate, 1.0 / mean, instances).map_or(Part::IDLE, |queue| {
        let (probability, rate, wait) = (
            queue.wait_probability(),
            queue.sojourn_rate(),
            queue.mean_wait(),
        );
        Part {
            probability,
            wait,
            second: 2.0 * wait / rate,
            law: Law::Exponential { probability, rate },
            ..Part::IDLE
        }
    });
    let (formula, basis) = (
        "round robin over single servers, E_n/M/1 (Takács 1962)",
        Basis::Exact,
    );
    Single {
        part,
        admission: Admission::ALL,
        utilisation,
        unbounded: false,
        formula,
        basis,
    }
}

/// One queue in front of `servers` servers.
fn one_queue(servers: u32, capacity: Option<u32>, sharing: bool, load: &Load) -> Single {
    let pressure = load.work / f64::from(servers);
    let idle = Single {
        part: Part::IDLE,
        admission: Admission::ALL,
        utilisation: 0.0,
        unbounded: false,
        formula: "idle",
        basis: Basis::Exact,
    };
    if load.work <= 0.0 {
        return idle;
    }
    if let Some(capacity) = capacity {
        return finite(servers, capacity, sharing, load);
    }
    if pressure >= 1.0 {
        let pass = 1.0 / pressure;
        return Single {
            admission: Admission { pass, refuse: 0.0 },
            utilisation: 1.0,
            unbounded: true,
            formula: "saturated: λ ≥ cμ, the backlog grows by λ − cμ",
            ..idle
        };
    }
    let mut single = if sharing {
        shared(servers, load)
    } else {
        queued(servers, load)
    };
    single.utilisation = pressure;
    single
}

/// First come, first served, unbounded, stable.
pub(super) fn queued(servers: u32, load: &Load) -> Single {
    let (mean, scv) = (load.mean_service(), load.service_scv());
    let arrival_scv = load.arrival_scv();
    let poisson = (arrival_scv - 1.0).abs() < 1e-9;
    let (utilisation, c) = (load.work / f64::from(servers), f64::from(servers));
    let probability = erlang_c(load.work, servers).unwrap_or(1.0);
    let company = if load.rate > 0.0 {
        load.company / load.rate
    } else {
        0.0
    };
    let (formula, basis, wait);
    if load.exponential {
        wait =
            MultiServer::new(load.rate, 1.0 / mean, servers).map_or(0.0, |queue| queue.mean_wait());
        (formula, basis) = if servers == 1 {
            ("M/M/1 (Erlang 1917)", Basis::Exact)
        } else {
            ("M/M/c, Erlang C (Erlang 1917)", Basis::Exact)
        };
    } else if servers == 1 {
        wait = SingleServer::with_moments(
            load.rate,
            mean,
            load.second / load.rate,
            load.third / load.rate,
        )
        .map_or(0.0, |queue| queue.mean_wait());
        (formula, basis) = ("M/G/1 (Pollaczek 1930, Khinchine 1932)", Basis::Exact);
    } else {
        let third = load.third / load.rate / (mean * mean * mean);
        wait = general_mean_wait(load.rate, mean, servers, scv, third).unwrap_or(0.0);
        (formula, basis) = (
            "M/G/c, interpolated (Page 1972, Cosmetatos 1975, Kimura 1986)",
            Basis::GeneralService,
        );
    }
    let (mut wait, mut probability) = (wait, probability);
    let (mut formula, mut basis) = (formula, basis);
    if !poisson {
        let found = regularity(load, servers, probability, scv, false);
        wait *= found.wait;
        probability = (probability * found.probability).min(1.0);
        (formula, basis) = (
            "G/G/c: waits as GI/M/c to M/M/c (Takács 1962, Krämer & Langenbach-Belz 1976)",
            Basis::GeneralArrivals,
        );
    }
    if company > 0.0 {
        let (longer, chance) = together(load, servers, company, utilisation);
        wait += longer * mean;
        probability = probability.max(chance);
    }
    let part = if load.exponential && poisson && company == 0.0 {
        let rate = c / mean - load.rate;
        Part {
            share: 1.0,
            pass: 1.0,
            probability,
            wait,
            second: 2.0 * wait / rate,
            law: Law::Exponential { probability, rate },
        }
    } else {
        general_part(load, c, utilisation, probability, wait)
    };
    if company > 0.0 {
        (formula, basis) = ("M^[X]/G/c: batches (Burke 1975)", Basis::GeneralArrivals);
    }
    Single {
        part,
        admission: Admission::ALL,
        utilisation,
        unbounded: false,
        formula,
        basis,
    }
}

/// A wait with the shape of M/G/1's (with a server c times as fast) and the given probability and mean
/// (Tijms, van Hoorn & Federgruen 1981).
fn general_part(load: &Load, c: f64, utilisation: f64, probability: f64, wait: f64) -> Part {
    if probability <= 0.0 || wait <= 0.0 {
        return Part::IDLE;
    }
    let mean = load.mean_service();
    let (second, third) = (load.second / load.rate, load.third / load.rate);
    let raw = second / (2.0 * mean * c * (1.0 - utilisation));
    let raw_square =
        2.0 * utilisation * raw * raw + third / (3.0 * mean * c * c * (1.0 - utilisation));
    let factor = if raw.is_finite() && raw > 0.0 {
        wait / probability / raw
    } else {
        1.0
    };
    let square = probability * raw_square * factor * factor;
    Part {
        share: 1.0,
        pass: 1.0,
        probability,
        wait,
        second: if square.is_nan() {
            f64::INFINITY
        } else {
            square
        },
        law: Law::General {
            probability,
            utilisation,
            stretch: factor / c,
            mean_service: mean,
        },
    }
}

/// A finite queue: M/M/c/K, with the waiting places rescaled where the service time isn't exponential.
fn finite(servers: u32, capacity: u32, sharing: bool, load: &Load) -> Single {
    let (mean, scv, arrival_scv) = (load.mean_service(), load.service_scv(), load.arrival_scv());
    let company = if load.rate > 0.0 {
        load.company / load.rate
    } else {
        0.0
    };
    let at_random = (arrival_scv - 1.0).abs() < 1e-9 && company == 0.0;
    // Shared, as many are there as in a queue of exponential services.
    let scv = if sharing { 1.0 } else { scv };
    let plain = at_random && (sharing || load.exponential);
    let capacity = capacity.max(servers);
    let places = f64::from(capacity - servers);
    let loss_system = capacity == servers && at_random;
    // The queue's tail falls by (ca² + cs²)/2 more slowly in general, so that q places do what 2q/(ca² + cs²) do for M/M/c.
    let spread = if plain || loss_system {
        1.0
    } else {
        (0.5 * (arrival_scv + scv) + 0.5 * company).max(1e-3)
    };
    let wanted = (places / spread).min(4e9);
    let low = FiniteBuffer::new(
        load.rate,
        1.0 / mean,
        servers,
        servers.saturating_add(wanted.floor() as u32),
    );
    let high = FiniteBuffer::new(
        load.rate,
        1.0 / mean,
        servers,
        servers.saturating_add(wanted.ceil() as u32),
    );
    let (Some(low), Some(high)) = (low, high) else {
        return Single {
            part: Part::IDLE,
            admission: Admission::ALL,
            utilisation: 0.0,
            unbounded: false,
            formula: "idle",
            basis: Basis::Exact,
        };
    };
    let between = wanted - wanted.floor();
    let mix = |low: f64, high: f64| low + between * (high - low);
    // Without a queue nobody waits for the arrivals' variability, but they are refused for it.
    let renewal = (capacity == servers && !at_random && company == 0.0)
        .then(|| renewal_loss(load.work, servers, arrival_scv))
        .flatten();
    let refuse = renewal.unwrap_or_else(|| mix(low.blocking(), high.blocking()));
    let wait = mix(
        low.mean_wait().unwrap_or(0.0),
        high.mean_wait().unwrap_or(0.0),
    ) * spread;
    let probability = mix(low.wait_probability(), high.wait_probability());
    let buffer = if between < 0.5 { low } else { high };
    let buffer_wait = buffer.mean_wait().unwrap_or(0.0);
    let stretch = if buffer_wait > 0.0 {
        wait / buffer_wait
    } else {
        spread
    };
    let square = buffer.wait_variance().unwrap_or(0.0) + buffer_wait * buffer_wait;
    let pass = match renewal {
        Some(lost) => 1.0 - lost,
        None => mix(low.throughput(), high.throughput()) / load.rate,
    };
    // Where there is nearly always room those who are let in wait as if there always were: in M/G/1/K as in M/G/1 where fewer than K are there (Keilson 1966).
    let seldom_full = refuse < SELDOM * (1.0 - load.work / f64::from(servers));
    let part = if sharing {
        let busy = load.work * pass / f64::from(servers);
        // Nobody shares with more than there is room for.
        let room = Room {
            most: places,
            pace: f64::from(servers) / mean,
            share: 1.0,
        };
        sharing_part(
            (servers, busy),
            mean,
            load.second / load.rate,
            probability,
            wait,
        )
        .confined(room)
    } else if seldom_full && places > 0.0 && at_random && !plain {
        let c = f64::from(servers);
        general_part(load, c, load.work / c, probability, wait)
    } else {
        Part {
            share: 1.0,
            pass: 1.0,
            probability,
            wait,
            second: square * stretch * stretch,
            law: Law::Finite { buffer, stretch },
        }
    };
    let (formula, basis) = if sharing {
        (
            "processor sharing with room for K, M/M/c/K (Kelly 1979)",
            Basis::Sharing,
        )
    } else if loss_system {
        (
            "M/G/c/c, Erlang B (Erlang 1917, Sevastyanov 1957)",
            Basis::Exact,
        )
    } else if renewal.is_some() {
        ("GI/M/c/c (Palm 1943, Takács 1957)", Basis::GeneralArrivals)
    } else if plain {
        ("M/M/c/K (Erlang 1917)", Basis::Exact)
    } else {
        (
            "M/G/c/K by M/M/c/K with rescaled places",
            Basis::GeneralService,
        )
    };
    let basis = match (at_random, sharing) {
        (true, _) => basis,
        (false, true) => Basis::SharingGeneralArrivals,
        (false, false) => Basis::GeneralArrivals,
    };
    Single {
        part,
        admission: Admission {
            pass: pass.clamp(0.0, 1.0),
            refuse: refuse.clamp(0.0, 1.0),
        },
        utilisation: (load.work * pass / f64::from(servers)).min(1.0),
        unbounded: false,
        formula,
        basis,
    }
}
