//! What bursts that last make of waits beside what one variance says of them. It judges, and changes nothing.

use super::Solver;
use super::assumption::push;
use crate::network::{Arrivals, Bursts, Discipline, Network, Pattern};
use crate::quantities::time;
use crate::report::{Assumption, Standing};
use crate::theory::bursts::mean_present;
use crate::units::Seconds;

/// A wait that differs by less than this share of itself is told well enough.
const TELLING: f64 = 0.1;

/// A wait at a station as it is solved, and as it would be at one server.
#[derive(Clone, Copy)]
struct Behind {
    solved: f64,
    exact: f64,
}

impl Solver {
    /// Sources whose rate jumps up for a while, and where that tells most.
    pub(super) fn of_bursts(&self, network: &Network, found: &mut Vec<Assumption>) {
        for (index, source) in network.sources.iter().enumerate() {
            let Arrivals::Open {
                pattern: Pattern::Bursts(bursts),
                ..
            } = &source.arrivals
            else {
                continue;
            };
            let sent = format!(
                "rates are right; bursts of {} at {:.1} times the mean rate make waits of two kinds, which one variance can't tell",
                time(bursts.length),
                bursts.rates()[1]
            );
            let because = match self.worst_behind(network, index, bursts) {
                Some(Behind { solved, exact }) if (exact - solved).abs() > TELLING * exact => {
                    format!(
                        "{sent}: where it matters most a wait is solved as {}, and would be {} behind one exponential server as fast as all that serve there (MMPP/M/1; Yechiali & Naor 1971)",
                        time(Seconds(solved)),
                        time(Seconds(exact)),
                    )
                }
                _ => sent,
            };
            push(
                found,
                "Bursts enter by their dispersion over the time that a queue takes to forget (Fendick & Whitt 1989)",
                Some(source.component),
                Standing::Doubtful,
                because,
            );
        }
    }

    /// The wait that differs most, by its length times those who wait, from that behind one server as fast as all of a station's together: behind bursts
    /// that last these are as busy as it is.
    fn worst_behind(&self, network: &Network, source: usize, bursts: &Bursts) -> Option<Behind> {
        let ([calm, burst], ends) = (bursts.rates(), bursts.ends());
        let arriving = self.arriving_from(network, source);
        let of = |(index, rate): (usize, &f64)| {
            let (station, load) = (&network.stations[index], &self.loads[index]);
            let queues = !matches!(
                station.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            );
            // What is refused or never served waits by other laws.
            let queues = queues
                && station.capacity.is_none()
                && self.pools.holds_of(index as u32).is_empty()
                && !self.queues[index].unbounded;
            if !queues || *rate <= 0.0 || load.work <= 0.0 {
                return None;
            }
            let others = (load.rate - rate).max(0.0);
            let served = self.server_counts[index].max(1.0) * load.rate / load.work;
            let present =
                mean_present([others + rate * calm, others + rate * burst], ends, served)?;
            let exact = present / load.rate - 1.0 / served;
            let solved = self.mean_extra(index, load.mean_service());
            Some((load.rate * (exact - solved).abs(), Behind { solved, exact }))
        };
        let all = arriving.iter().enumerate().filter_map(of);
        all.max_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, behind)| behind)
    }
}
