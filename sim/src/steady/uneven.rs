//! Pools of tokens whose instances aren't alike: with unequal shares, each group of them waits as its own share has it; where a balancer looks for the
//! least busy, they wait longer than if they shared their tokens. It knows a pool's answer, not how that is found.

use super::Solver;
use super::balanced::{balanced, drawn_regular};
use super::flow::Admission;
use super::station::{Load, Part};
use super::tokens::{Process, Spread};
use crate::network::{Dispatch, Network};
use crate::theory::multi_server::erlang_c;
use crate::theory::regular::Regularity;

/// What unequal instances come to together.
pub(super) struct Uneven {
    pub admission: Admission,
    /// Mean holding time, and what it would be if any number were let in; seconds.
    pub holding: f64,
    pub open_time: f64,
}

/// The parts of instances that get unequal shares, group by group of neighbours that get the same, and what they come to; `None` where all get the
/// same. The fullest has been solved, as a pool of its own with this share; `each` solves any other.
pub(super) fn uneven(
    dispatch: &Dispatch,
    fullest: (&Process, f64),
    most: f64,
    mut each: impl FnMut(f64) -> (Process, f64),
    parts: &mut Vec<Part>,
) -> Option<Uneven> {
    let Dispatch::Shares(shares) = dispatch else {
        return None;
    };
    if shares.iter().all(|share| *share == most) {
        return None;
    }
    let mut rest = &shares[..];
    let (mut pass, mut refuse, mut holding, mut open_time) = (0.0, 0.0, 0.0, 0.0);
    while let Some(share) = rest.first() {
        let alike = rest.iter().take_while(|other| *other == share).count();
        rest = &rest[alike..];
        let weight = share * alike as f64;
        if weight <= 0.0 {
            parts.push(Part {
                share: 0.0,
                ..Part::IDLE
            });
            continue;
        }
        let own;
        let (process, time) = match *share == most {
            true => fullest,
            false => {
                own = each(*share);
                (&own.0, own.1)
            }
        };
        let let_in = weight * process.admission.pass;
        pass += let_in;
        refuse += weight * process.admission.refuse;
        holding += let_in * process.holding;
        open_time += let_in * time;
        parts.push(Part {
            share: let_in,
            ..process.part
        });
    }
    parts.iter_mut().for_each(|part| part.share /= pass);
    Some(Uneven {
        admission: Admission { pass, refuse },
        holding: holding / pass,
        open_time: open_time / pass,
    })
}

impl Solver {
    /// The wait for a token of instances among which a balancer looks for the least busy, as it is longer than for tokens that all share: by as much
    /// as behind the same balancer before as many servers, each as busy as a token.
    pub(super) fn among_instances(
        &self,
        network: &Network,
        pool: u32,
        rate: f64,
        (process, spread): (&Process, Spread),
    ) -> Part {
        let station = &network.stations[pool as usize];
        let instances = self.instances[pool as usize];
        let all = station.servers.saturating_mul(instances);
        let rate = rate * process.admission.pass;
        let work = rate * process.holding;
        let looks = matches!(
            station.dispatch,
            Dispatch::LeastConnections | Dispatch::TwoChoices
        );
        if !(looks && work > 0.0 && work < f64::from(all) && process.part.probability > 0.0) {
            return process.part;
        }
        let mean = process.holding;
        let load = Load {
            rate,
            work,
            second: 2.0 * rate * mean * mean,
            third: 6.0 * rate * mean * mean * mean,
            mean,
            ..Load::EMPTY
        };
        let apart = balanced(station, instances, false, &load).part;
        let Some(busy) = erlang_c(work, all) else {
            return process.part;
        };
        let together = busy * mean / (f64::from(all) - work);
        let probability = (apart.probability / busy).clamp(1.0, 1.0 / process.part.probability);
        // Where little of the wait for tokens comes of as many servers, what it is longer by there rather than by how much.
        let times = (apart.wait / together).max(1.0);
        let more = 1.0 + (apart.wait - together).max(0.0) / process.part.wait.max(1e-300);
        let least = match station.dispatch {
            Dispatch::TwoChoices => {
                apart.wait * drawn_regular(spread.peak, spread.departures, instances)
            }
            _ => 0.0,
        };
        let usual = times.min(more);
        let least = least / process.part.wait.max(1e-300);
        process.part.regular(match least > usual {
            // Two that are drawn are as often taken as behind arrivals at random.
            true => Regularity {
                wait: least,
                probability: apart.probability / process.part.probability,
            },
            false => Regularity {
                wait: usual,
                probability: probability.min(usual),
            },
        })
    }
}
