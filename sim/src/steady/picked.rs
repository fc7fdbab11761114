//! Balancers that don't pick among several parts by lot: the solver sends each part its share at random. It judges, and changes nothing.

use super::Solver;
use super::assumption::{doubt_wait, push};
use super::doubts::{TELLING, TELLING_FAR_OUT, far_out};
use crate::network::{Balancing, Network, Picks};
use crate::quantities::share;
use crate::report::{Assumption, Standing};

/// Targets that are as busy as each other to within this share of themselves get their even parts whoever looks at what they have in progress.
const AS_BUSY: f64 = 0.02;

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
            let (mut waits, mut least, mut most) = (0.0_f64, f64::INFINITY, 0.0_f64);
            for target in &balancing.targets {
                let mut busiest = 0.0_f64;
                for (index, station) in network.stations.iter().enumerate() {
                    if station.component == target.component && self.loads[index].rate > 0.0 {
                        waits = waits.max(weights[index].max(held[index]));
                        busiest = busiest.max(self.queues[index].busiest_pressure);
                    }
                }
                (least, most) = (least.min(busiest), most.max(busiest));
            }
            if waits > TELLING || far_out(waits) > TELLING_FAR_OUT {
                doubt_waits(balancing, looks, waits, found);
            }
            if looks && most - least > AS_BUSY * most {
                push(
                    found,
                    "Who looks at what is in progress sends each part as much as it can do",
                    Some(balancing.door),
                    Standing::Doubtful,
                    format!(
                        "its targets are {} to {} busy so: whoever is slower gets less than is reckoned here, and at little load all get the same",
                        share(least),
                        share(most)
                    ),
                );
            }
        }
    }
}

fn doubt_waits(balancing: &Balancing, looks: bool, waits: f64, found: &mut Vec<Assumption>) {
    let (rests_on, why) = match looks {
        true => (
            "Each of several parts gets its share by lot, whatever it has in progress",
            "it sends requests to the part that has the fewest in progress, which waits less than is reckoned here",
        ),
        false => (
            "Each of several parts gets its share by lot, and not in turn",
            "its targets take turns, so that requests come to each more evenly and wait less than is reckoned here",
        ),
    };
    doubt_wait(found, balancing.door, waits, rests_on, why);
}
