//! Balancers that don't pick among several parts by lot: the solver sends each part its share at random. It judges, and changes nothing.

use super::Solver;
use super::assumption::{doubt_wait, push};
use super::doubts::{TELLING, TELLING_FAR_OUT, far_out};
use crate::network::{Balancing, Network, Picks, Step, StepId};
use crate::report::{Assumption, Standing};
use std::collections::BTreeSet;

impl Solver {
    /// Balancers that pick by what is in progress, or in turn, among parts that don't count as one.
    pub(super) fn of_picking(
        &self,
        network: &Network,
        (weights, held): (&[f64], &[f64]),
        found: &mut Vec<Assumption>,
    ) {
        for balancing in &network.balancings {
            let looks = match balancing.picks {
                Picks::InTurn => false,
                Picks::Fewest | Picks::FewerOfTwo => true,
                Picks::ByLot | Picks::ByKey(_) | Picks::FirstThere { .. } => continue,
            };
            if looks {
                push(
                    found,
                    "Who looks at what is in progress sends each part as much as it can do",
                    Some(balancing.door),
                    Standing::Doubtful,
                    "its targets aren't alike: at little load each gets the same for each of its instances, and the slower ones less the more there is to do".to_owned(),
                );
            }
            let waits = stations_behind(network, balancing.step)
                .map(|index| weights[index].max(held[index]))
                .fold(0.0, f64::max);
            if waits > TELLING || far_out(waits) > TELLING_FAR_OUT {
                doubt_waits(balancing, looks, waits, found);
            }
        }
    }
}

/// The stations that are come to from this step on.
fn stations_behind(network: &Network, step: StepId) -> impl Iterator<Item = usize> {
    let (mut open, mut stations) = (BTreeSet::from([step]), BTreeSet::new());
    // Children come before their parents.
    while let Some(id) = open.pop_last() {
        let step = network.step(id);
        if let Step::Serve { station, .. } | Step::Hold { pool: station, .. } = step {
            stations.insert(station.0 as usize);
        }
        step.for_each_child(|child| {
            open.insert(child);
        });
    }
    stations.into_iter()
}

fn doubt_waits(balancing: &Balancing, looks: bool, waits: f64, found: &mut Vec<Assumption>) {
    let (rests_on, why) = match looks {
        true => (
            "Each of several parts gets its share by lot, whatever it has in progress",
            "it sends requests to the part that has the fewest in progress, which waits less than is reckoned here",
        ),
        false => (
            "Each of several parts gets its share by lot, and not in turn",
            "its targets take turns, so that requests come to each, and to what is behind it, more evenly and wait less than is reckoned here",
        ),
    };
    doubt_wait(found, balancing.door, waits, rests_on, why);
}
