//! What tokens of a pool take away from the waits at the stations below it, or add to them: fully for those who come through the pool, and for
//! whoever else comes there as far as they meet fewer holders. It knows by how much, not why.

use super::Solver;
use super::company::Company;
use super::confine::Room;
use super::pool::is_shared;
use super::station::{Law, Part};
use crate::network::Network;
use crate::theory::multi_server::erlang_c;

/// Classes whose shares of visitors through a pool differ by less are alike.
const ALIKE: f64 = 0.02;

/// What a pool does to waits below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relief {
    /// By how much holders' waits are scaled.
    pub factor: f64,
    /// Whether what is scaled is met inside inner pools that bind.
    pub inside: bool,
    /// Whether the pool keeps requests back.
    pub holds_back: bool,
    /// Most of them that may be at the station at once.
    pub tokens: f64,
    /// Where the holders queue.
    pub room: Option<Room>,
}

/// Those who come to a station, by whether they hold a token of the pool at hand.
#[derive(Clone, Copy, Debug, Default)]
struct Visitors {
    /// All, 1/s.
    all: f64,
    /// Those through the pool, 1/s.
    through: f64,
    /// Mean service, seconds.
    service: f64,
}

impl Visitors {
    fn share(&self) -> f64 {
        match self.all > 0.0 {
            true => (self.through / self.all).min(1.0),
            false => 0.0,
        }
    }
}

impl Solver {
    /// Scales the waits of a station, as far as its visitors come through the pool at hand.
    ///
    /// Where some classes come through it and others don't, each has its own wait from then on.
    pub(super) fn relieve(&mut self, network: &Network, station: u32, relief: Relief) {
        let classes = self.class_loads.len() / self.loads.len().max(1);
        let of_classes = self.visitors(station, relief.inside, classes);
        let mut total = Visitors::default();
        for class in &of_classes {
            total.all += class.all;
            total.through += class.through;
            total.service += class.all * class.service;
        }
        let share = total.share();
        self.pools.sheltered[station as usize] |=
            !relief.inside && relief.holds_back && share > 1.0 - 1e-9;
        let queue = self.queues[station as usize];
        let range = queue.first_part as usize..(queue.first_part + queue.parts) as usize;
        let apart = of_classes
            .iter()
            .any(|class| class.all > 0.0 && (class.share() - share).abs() > ALIKE)
            && relief.factor != 1.0;
        // Who waits for a token is one of all who do.
        let divisible = queue.by_class
            || queue.parts == 1
                && !self.closed.active()
                && self.pools.holds_of(station).is_empty()
                && self.parts[range.start].is_the_same_for_all();
        if !(apart && divisible) {
            let factor = 1.0 - share * (1.0 - relief.factor);
            let mut changed = factor != 1.0;
            for part in &mut self.parts[range] {
                let eased = part.eased(factor, share, relief.room);
                changed |= eased != *part;
                *part = eased;
            }
            if changed {
                self.touch(station);
            }
            return;
        }
        let mut own = Vec::with_capacity(of_classes.len());
        let mean = total.service / total.all.max(1e-300);
        let others = self.of_others(network, station, &of_classes, relief);
        for (class, visitors) in of_classes.iter().enumerate() {
            let part = match queue.by_class {
                true => self.parts[range.start + class],
                false => self.parts[range.start],
            };
            let share = visitors.share();
            let factor = share * relief.factor + (1.0 - share) * others;
            let eased = part.eased(factor, share, relief.room);
            own.push(match (queue.by_class, part.law) {
                (true, _) => eased,
                (false, Law::Sharing(_)) => Part {
                    share: visitors.all / total.all,
                    ..eased.of_service(visitors.service / mean.max(1e-300))
                },
                (false, _) => Part {
                    share: visitors.all / total.all,
                    ..eased
                },
            });
        }
        if queue.by_class {
            self.parts[range].copy_from_slice(&own);
        } else {
            let queue = &mut self.queues[station as usize];
            (queue.first_part, queue.parts) = (self.parts.len() as u32, own.len() as u32);
            queue.by_class = true;
            self.parts.append(&mut own);
        }
        self.touch(station);
    }

    /// By how much the waits of those who hold no token of the pool are scaled.
    ///
    /// Where a lone holder may be at their queue that is known, beside one or none. Otherwise theirs falls with the number of those they meet: of one
    /// server's work w₀ = (n₀ + n₁) s and so n₀ = λ₀ (s + w₀), of which only n₁, the holders, is relieved.
    fn of_others(
        &self,
        network: &Network,
        station: u32,
        of_classes: &[Visitors],
        relief: Relief,
    ) -> f64 {
        let (spec, instances) = (
            &network.stations[station as usize],
            self.instances[station as usize],
        );
        let (servers, queues) = match is_shared(spec, instances) {
            true => (self.server_counts[station as usize], 1.0),
            false => (f64::from(spec.servers), f64::from(instances)),
        };
        let (mut all, mut others, mut before, mut after) = (0.0, 0.0, 0.0, 0.0);
        for (class, visitors) in of_classes.iter().enumerate() {
            let wait = self.class_extra(station as usize, class, visitors.service);
            let through = visitors.through.min(visitors.all);
            all += visitors.all * visitors.service / queues;
            others += (visitors.all - through) * visitors.service / queues;
            before += through * (visitors.service + wait) / queues;
            after += through * (visitors.service + relief.factor * wait) / queues;
        }
        let alone = relief.tokens <= queues && all < servers;
        match Company::new(servers, others / servers).filter(|_| alone) {
            Some(company) => {
                let busy = erlang_c(all, servers as u32).unwrap_or(1.0);
                // What their wait is in M/M/c where nobody is limited, as a number of them.
                let open = others * busy / (servers - all);
                (company.others(after) - others).max(0.0) / open.max(1e-300)
            }
            None => (others + after) / (others + before).max(1e-300),
        }
    }

    /// Who comes to the station, by class.
    fn visitors(&self, station: u32, inside: bool, classes: usize) -> Vec<Visitors> {
        let place = station as usize * classes;
        let loads = &self.class_loads[place..place + classes];
        let mut visitors: Vec<Visitors> = loads
            .iter()
            .map(|load| Visitors {
                all: load.rate,
                through: 0.0,
                service: load.work / load.rate.max(1e-300),
            })
            .collect();
        let visits = match inside {
            true => &self.pools.inside,
            false => &self.pools.below,
        };
        for node in self.pools.upward.callers(station) {
            let flow = self.plan.nodes[*node as usize].flow as usize;
            visitors[self.plan.flows[flow].class as usize].through += visits[*node as usize];
        }
        visitors
    }
}

impl Part {
    /// Scaled by the factor, in this room as far as that share queues there.
    fn eased(&self, factor: f64, share: f64, room: Option<Room>) -> Part {
        let relieved = match factor {
            1.0 => *self,
            factor => self.relieved(factor),
        };
        match room {
            Some(room) => relieved.confined(Room {
                share: share * room.share,
                ..room
            }),
            None => relieved,
        }
    }

    /// Of somebody who is served so much longer than all on average, where waits are in proportion to that.
    fn of_service(self, ratio: f64) -> Part {
        Part {
            wait: self.wait * ratio,
            second: self.second * ratio * ratio,
            ..self
        }
    }

    /// Whether its law says what a single visitor meets, whoever he is.
    fn is_the_same_for_all(&self) -> bool {
        matches!(
            self.law,
            Law::None | Law::Exponential { .. } | Law::Delayed { .. } | Law::Sharing(_)
        )
    }
}
