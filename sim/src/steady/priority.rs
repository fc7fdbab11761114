//! Stations that serve classes by importance; it knows classes, and leaves the queue as a whole to the plain formulas.

use super::queueing::{queued, solve};
use super::station::{ClassLoad, Law, Load, Part, Queue, waiting_part};
use crate::network::{Discipline, Dispatch, Station};
use crate::theory::multi_server::erlang_c;
use crate::theory::priority::{Level, non_preemptive_wait_square};

/// Waits of a squared coefficient of variation so near 1 are exponential.
const LIKE_EXPONENTIAL: f64 = 1e-9;

/// Solves a station that serves classes by priority (0 first): appends a part for each class, in the classes' order.
///
/// Waits without interruption are W₀ / (1 − σ_{k−1})(1 − σ_k) (Cobham 1954), with W₀ = (1 − ρ) times the wait without priorities: exact for
/// M/G/1 and for M/M/c with one mean. With interruption classes 1 to k are a queue of their own (White & Christie 1958), exact for the same.
pub(super) fn solve_priority(
    station: &Station,
    instances: u32,
    load: &Load,
    classes: &[ClassLoad],
    priorities: impl Fn(usize) -> u8,
    parts: &mut Vec<Part>,
) -> Queue {
    let mut queue = solve(station, instances, load, parts);
    parts.truncate(queue.first_part as usize);
    queue.by_class = true;
    queue.parts = classes.len() as u32;
    let shared = instances == 1 || station.dispatch == Dispatch::Central;
    let (servers, share) = if shared {
        (station.servers.saturating_mul(instances), 1.0)
    } else {
        (station.servers, 1.0 / f64::from(instances))
    };
    let capacity = f64::from(servers);
    let preemptive = station.discipline == Discipline::PreemptivePriority;
    let finite = station.capacity.is_some();
    // All that is at least as important as a level, as one queue.
    let up_to = |level: u8, strictly: bool| {
        let mut sum = Load {
            exponential: load.exponential,
            ..Load::EMPTY
        };
        for (class, of_class) in classes.iter().enumerate() {
            let priority = priorities(class);
            if priority < level || (priority == level && !strictly) {
                sum.rate += of_class.rate * share;
                sum.work += of_class.work * share;
                sum.second += of_class.second * share;
            }
        }
        if load.rate > 0.0 {
            // Of a stream that isn't Poisson they are a share like any other.
            let part = load.share(sum.rate / load.rate);
            sum.third = part.third;
            (sum.burstiness, sum.lasting, sum.company) =
                (part.burstiness, part.lasting, part.company);
        }
        sum.mean = sum.mean_service();
        sum
    };
    let everything = load.share(share);
    let steady = (everything.work < capacity).then(|| queued(servers, &everything));
    // Mean time until a server comes free for an arrival that finds all busy, as often as that happens.
    let residual = match &steady {
        Some(single) => single.part.wait * (1.0 - everything.work / capacity),
        None if everything.work > 0.0 => everything.second / (2.0 * everything.work * capacity),
        None => 0.0,
    };
    for (class, of_class) in classes.iter().enumerate() {
        let level = priorities(class);
        let (above, with) = (up_to(level, true), up_to(level, false));
        let (sigma_above, sigma) = (above.work / capacity, with.work / capacity);
        let mut part = Part::IDLE;
        if sigma >= 1.0 && !finite {
            part.pass = if sigma > sigma_above {
                ((1.0 - sigma_above) / (sigma - sigma_above)).clamp(0.0, 1.0)
            } else {
                0.0
            };
        } else if of_class.rate > 0.0 && sigma < 1.0 {
            let wait = if !preemptive {
                residual / ((1.0 - sigma_above) * (1.0 - sigma))
            } else if servers == 1 || !load.exponential {
                let mean = of_class.work / of_class.rate / capacity;
                let second = with.second / (capacity * capacity);
                let single = mean * sigma_above / (1.0 - sigma_above)
                    + 0.5 * second / ((1.0 - sigma_above) * (1.0 - sigma));
                single * several(&with, servers)
            } else {
                // The level's number present is the difference of the two queues'.
                let number = |load: &Load| {
                    if load.rate > 0.0 {
                        load.work + load.rate * queued(servers, load).part.wait
                    } else {
                        0.0
                    }
                };
                let of_level = with.rate - above.rate;
                ((number(&with) - number(&above)) / of_level - (with.work - above.work) / of_level)
                    .max(0.0)
            };
            let busy = if preemptive {
                erlang_c(with.work, servers)
            } else {
                erlang_c(everything.work, servers)
            };
            let probability = busy.unwrap_or(1.0);
            part = waiting_part(probability, wait);
            if !preemptive {
                part = spread_out(part, servers, &everything, &above, &with);
            }
        }
        parts.push(part);
    }
    if finite {
        // A finite room is filled by all alike; priorities only order those inside.
        let fill = finite_wait(station, instances, load);
        let (mut sum, mut rate) = (0.0, 0.0);
        for (part, of_class) in parts[queue.first_part as usize..].iter().zip(classes) {
            sum += part.wait * of_class.rate;
            rate += of_class.rate;
        }
        let factor = if sum > 0.0 { fill * rate / sum } else { 1.0 };
        parts[queue.first_part as usize..]
            .iter_mut()
            .for_each(|part| *part = part.relieved(factor));
    }
    if queue.unbounded {
        queue.unbounded = false;
        queue.starving = true;
    }
    queue.formula = match (preemptive, finite) {
        (_, true) => "priorities in a finite queue, waits scaled to M/M/c/K's",
        (true, _) => "preemptive-resume priorities (White & Christie 1958)",
        (false, _) => "non-preemptive priorities (Cobham 1954)",
    };
    queue
}

/// The wait of a class that interrupts nobody, as spread out as those who wait do behind one server as fast as all together: who is less important
/// waits for busy periods of the others. With one mean service behind several servers, that is exact of exponential services.
fn spread_out(part: Part, servers: u32, all: &Load, above: &Load, with: &Load) -> Part {
    let capacity = f64::from(servers);
    // Where all ask for more than there is, the servers are always busy, with what is asked for.
    let busy = (all.work / capacity).max(1.0);
    let squares = all.second / (capacity * capacity * busy);
    let cubes = all.third / (capacity * capacity * capacity * busy);
    let level = |load: &Load| Level {
        load: load.work / capacity,
        squares: load.second / (capacity * capacity),
    };
    let (above, with) = (level(above), level(with));
    let mean = 0.5 * squares / ((1.0 - above.load) * (1.0 - with.load));
    let square = non_preemptive_wait_square(squares, cubes, above, with);
    let waits = (all.work / capacity).min(1.0);
    // Of those who wait.
    let scv = match square {
        Some(square) if mean > 0.0 => waits * square / (mean * mean) - 1.0,
        _ => return part,
    };
    if part.wait <= 0.0 || (scv - 1.0).abs() < LIKE_EXPONENTIAL {
        return part;
    }
    let (probability, mean) = (part.probability, part.wait / part.probability);
    let scv = scv.max(1e-4);
    Part {
        second: probability * mean * mean * (1.0 + scv),
        law: Law::Delayed {
            probability,
            mean,
            scv,
        },
        ..part
    }
}

/// How many times as long as behind one server that is as fast as all together, and Poisson arrivals, the wait is without priorities. With
/// interruption waits have much the same ratio (Bondi & Buzen 1984).
fn several(load: &Load, servers: u32) -> f64 {
    let capacity = f64::from(servers);
    let free = 1.0 - load.work / capacity;
    let single = 0.5 * load.second / (capacity * capacity) / free;
    if single > 0.0 {
        queued(servers, load).part.wait / single
    } else {
        1.0
    }
}

/// Mean wait of a finite queue without priorities, seconds.
fn finite_wait(station: &Station, instances: u32, load: &Load) -> f64 {
    let mut parts = Vec::new();
    let plain = Station {
        discipline: Discipline::FirstComeFirstServed,
        ..station.clone()
    };
    solve(&plain, instances, load, &mut parts);
    parts.iter().map(|part| part.share * part.wait).sum()
}
