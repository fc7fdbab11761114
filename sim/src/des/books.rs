//! Whether a run's books balance: nothing is lost or made up. It doesn't know what the figures are for.

use super::Simulation;
use super::job::{Doing, Kind, Open};
use super::program::{NONE, Op};
use super::tally::StationTally;
use std::fmt;

/// Something in a run's books that doesn't balance: a fault of the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where.
    pub place: String,
    /// What should be equal.
    pub law: &'static str,
    /// Both sides.
    pub sides: (f64, f64),
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {} ({} against {})",
            self.place, self.law, self.sides.0, self.sides.1
        )
    }
}

pub(super) fn violations(simulation: &Simulation) -> Vec<Violation> {
    let engine = &simulation.engine;
    let tally = &engine.tally;
    let classes = tally.columns().classes;
    let mut found = Vec::new();
    // Who is at which station now, and for how long.
    let mut here = vec![(0_u64, 0.0); engine.stations.len()];
    let mut requests = vec![0_u64; classes];
    // Messages that are there, and times that they are handed out and being worked on.
    let mut messages = vec![(0_u64, 0_u64); tally.messages.len()];
    for job in engine.jobs.in_use() {
        let at_begin = matches!(
            engine.program.ops[job.at as usize],
            Op::Begin { .. } | Op::Think { .. }
        );
        if matches!(job.kind, Kind::Request | Kind::User) && !at_begin {
            requests[usize::from(job.class)] += 1;
        }
        if matches!(job.doing, Doing::Waiting | Doing::Serving | Doing::Sharing) {
            let station = match engine.program.ops[job.at as usize] {
                Op::Serve { station, .. } => station,
                Op::Acquire { pool } => pool,
                _ => NONE,
            };
            if let Some(present) = here.get_mut(station as usize) {
                present.0 += 1;
                present.1 += engine.now - job.since;
            }
        }
        let of_class = |rule: u32| {
            engine.deliveries[rule as usize].spec.queue as usize * classes + usize::from(job.class)
        };
        if job.kind == Kind::Delivery {
            messages[of_class(job.source)].1 += 1;
        }
        let mut frame = job.frame;
        while frame != NONE {
            let open = engine.frames[frame];
            if let Open::Held { pool, arrived, .. } = open {
                here[pool as usize].0 += 1;
                here[pool as usize].1 += engine.now - arrived;
            }
            if let Open::Delivering { rule, .. } = open {
                messages[of_class(rule)].0 += 1;
            }
            frame = engine.frames.below(frame);
        }
    }
    for (place, (present, span)) in here.into_iter().enumerate() {
        let rows = &tally.stations[place * classes..(place + 1) * classes];
        let sum = |figure: fn(&StationTally) -> u64| rows.iter().map(figure).sum::<u64>();
        let (lost, lost_time) = tally.lost[place];
        let (arrived, left) = (
            sum(|row| row.arrivals),
            sum(|row| row.served + row.refused) + lost,
        );
        let name = || {
            format!(
                "station {place} of component {}",
                engine.stations[place].component
            )
        };
        if arrived != left + present || present != u64::from(engine.stations[place].present) {
            found.push(Violation {
                place: name(),
                law: "arrivals are those who left and those who are there",
                sides: (arrived as f64, (left + present) as f64),
            });
        }
        let station = &engine.stations[place];
        let area =
            station.present_area + f64::from(station.present) * (engine.now - station.counted);
        let times = rows
            .iter()
            .map(|row| row.sojourn + row.dropped)
            .sum::<f64>()
            + lost_time
            + span;
        if (area - times).abs() > 1e-9 * (1.0 + area) * (1.0 + engine.now).log2() {
            found.push(Violation {
                place: name(),
                law: "the integral of the number present is the sum of the times (Little)",
                sides: (area, times),
            });
        }
    }
    for (cell, (row, (there, worked_on))) in tally.messages.iter().zip(messages).enumerate() {
        let left = row.done + row.dead + row.lost;
        for (law, sides) in [
            (
                "messages are those done, dead or lost and those there",
                (row.begun, left + there),
            ),
            (
                "deliveries are those that ended and those under way",
                (row.handed, row.ended + worked_on),
            ),
        ] {
            if sides.0 != sides.1 {
                found.push(Violation {
                    place: format!("queue {} of class {}", cell / classes, cell % classes),
                    law,
                    sides: (sides.0 as f64, sides.1 as f64),
                });
            }
        }
    }
    let (keys, jobs) = engine.unwritten();
    if keys != jobs {
        found.push(Violation {
            place: "caches".to_owned(),
            law: "keys that wait are those that somebody is about to write",
            sides: (keys as f64, jobs as f64),
        });
    }
    for (class, answer) in tally.answers.iter().enumerate() {
        let ended = answer.succeeded + answer.errors + answer.refused;
        if answer.offered != ended + requests[class] {
            found.push(Violation {
                place: format!("class {class}"),
                law: "requests sent are those that ended and those in flight",
                sides: (answer.offered as f64, (ended + requests[class]) as f64),
            });
        }
    }
    found
}
