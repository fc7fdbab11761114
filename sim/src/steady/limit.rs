//! What gives way first when the load grows: the station that saturates at the smallest multiple of today's load. It knows demands,
//! no waits.

use super::Solver;
use super::flow::{Admission, Feedback, Rates};
use super::plan::Op;
use crate::network::{Discipline, Instances, Network, StationId};
use crate::report::Bottleneck;
use crate::units::PerSecond;

/// What limits the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// What saturates first as the load grows; `None` when nothing does.
    pub bottleneck: Option<Bottleneck>,
    /// What saturates next, of another component.
    pub next: Option<Bottleneck>,
    /// The highest load that everything keeps up with, today's mix kept; infinite when nothing saturates.
    pub sustainable: PerSecond,
    /// How much more than today's load that is: 1 is twice as much, below 0 something is saturated already.
    pub head_room: f64,
    /// By station: what today's load asks of it over what it can do; 0 for pools whose tokens wait for something below them.
    pub(super) pressures: Vec<f64>,
}

/// Utilisation from which a station that is asked for more than it can do is full: what holds requests back before it lets through what
/// it can do, as nearly as the fixed point comes to that.
const FULL: f64 = 0.999;

/// The load at which pools' limits are looked at when today's is too high, as a share of the highest that is known so far; how often at most, and
/// what difference of the highest ends that.
const ORDINARY: f64 = 0.5;
const MOST_LOOKS: usize = 4;
const SAME: f64 = 0.01;

impl Solver {
    /// Ranks stations by the multiple of today's load at which they saturate, today's mix and hit ratios kept, autoscaled ones at
    /// their most instances; of the network that [`Solver::means`] solved last.
    pub fn limits(&mut self, network: &Network) -> Limits {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        let limits = self.limits_at(network, None);
        let held_back = self.admissions.iter().any(|admission| admission.pass < 1.0);
        let users = self.has_closed_sources(network);
        if limits.head_room >= 0.0 || !held_back || users || self.plan.holds.is_empty() {
            return limits;
        }
        // Pools that are full take what lies below from one another, and what one of them passes then is no property of its own: what it could
        // pass is looked at where all of them keep up.
        let (mut apart, mut limits) = (self.apart.take().unwrap_or_default(), limits);
        for _ in 0..MOST_LOOKS {
            let before = 1.0 + limits.head_room;
            apart.scaled_means(network, self.factor * ORDINARY * before);
            limits = self.limits_at(network, Some(&mut apart));
            if ((1.0 + limits.head_room) / before - 1.0).abs() < SAME {
                break;
            }
        }
        self.apart = Some(apart);
        limits
    }

    /// The same, with what pools could pass as in another solver, at another load, where there is one.
    fn limits_at(&mut self, network: &Network, apart: Option<&mut Solver>) -> Limits {
        let today: f64 = self.sources.iter().sum();
        let (mut pressures, holders) = self.full_pressures(network);
        self.pool_pressures(network, &holders, &mut pressures, apart);
        let mut order: Vec<(usize, f64)> = pressures
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, pressure)| *pressure > 0.0 && pressure.is_finite())
            .collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1));
        let describe = |(station, pressure): (usize, f64)| Bottleneck {
            station: StationId(station as u32),
            component: network.stations[station].component,
            utilisation: pressure,
            saturates_at: PerSecond(today / pressure),
        };
        let bottleneck = order.first().copied().map(describe);
        // The next one is another component's: relieving one resource of a machine seldom leaves the rest of it as it was.
        let next = bottleneck.as_ref().and_then(|first| {
            order
                .iter()
                .copied()
                .find(|(station, _)| network.stations[*station].component != first.component)
                .map(describe)
        });
        let multiple = order
            .first()
            .map_or(f64::INFINITY, |(_, pressure)| 1.0 / pressure);
        Limits {
            bottleneck,
            next,
            sustainable: PerSecond(if multiple.is_finite() {
                today * multiple
            } else {
                f64::INFINITY
            }),
            head_room: multiple - 1.0,
            pressures,
        }
    }

    /// The nodes that never come to rest at today's load although their own stations show no backlog: they visit a full station that
    /// would be asked for more than it can do if nothing before it held requests back. Empty when there are none.
    pub(super) fn crowded(&self, network: &Network, limits: &Limits) -> Vec<bool> {
        let first = limits.bottleneck.as_ref();
        let saturated = first.is_some_and(|first| first.utilisation >= 1.0);
        // Users who wait for each other fill a station as well, and never overfill it.
        if !saturated || !self.queues.iter().any(|queue| queue.unbounded) {
            return Vec::new();
        }
        let full = |station: u32| {
            let (spec, queue) = (
                &network.stations[station as usize],
                &self.queues[station as usize],
            );
            // What refuses the excess has a steady state for the rest.
            let refuses = spec.capacity.is_some()
                || matches!(spec.discipline, Discipline::TokenBucket { .. });
            !refuses && queue.busiest >= FULL && limits.pressures[station as usize] >= 1.0
        };
        let mut crowded = Vec::with_capacity(self.plan.nodes.len());
        for node in &self.plan.nodes {
            let children = self.plan.children(node);
            let below = || {
                children
                    .iter()
                    .any(|child| child.weight > 0.0 && crowded[child.node as usize])
            };
            let stays = match node.op {
                Op::Serve { station, .. } => full(station),
                Op::Hold { pool } => full(pool) || below(),
                Op::Detach => false,
                _ => below(),
            };
            crowded.push(stays);
        }
        crowded
    }

    /// Offered load over capacity by station (busiest instance), as if nothing before it refused or held anything back, and the rate
    /// at which tokens of each pool are asked for.
    fn full_pressures(&self, network: &Network) -> (Vec<f64>, Vec<f64>) {
        let held_back = self.admissions.iter().any(|admission| admission.pass < 1.0);
        let mut fresh;
        let rates = if held_back {
            let free = vec![Admission::ALL; self.admissions.len()];
            let timeouts = vec![0.0; self.timeouts.len()];
            fresh = Rates::default();
            fresh.solve(
                &self.plan,
                &self.sources,
                &Feedback {
                    admissions: &free,
                    hits: &self.hits,
                    timeouts: &timeouts,
                    granted: &self.granted,
                    classes: network.classes.len(),
                    lossy: self.plan.has_failures,
                },
            );
            &fresh
        } else {
            &self.rates
        };
        let mut work = vec![(0.0, 0.0); network.stations.len()];
        for visit in &self.plan.visits {
            let rate = rates.rate[visit.node as usize];
            let (arrivals, busy) = &mut work[visit.station as usize];
            *arrivals += rate;
            *busy += rate * self.plan.laws[visit.law as usize].mean;
        }
        let mut holders = vec![0.0; network.stations.len()];
        for visit in &self.plan.holds {
            holders[visit.station as usize] += rates.rate[visit.node as usize];
        }
        let pressures = network
            .stations
            .iter()
            .zip(&work)
            .enumerate()
            .map(
                |(index, (station, (arrivals, busy)))| match station.discipline {
                    Discipline::Infinite => 0.0,
                    Discipline::TokenBucket { rate, .. } => arrivals / rate.0,
                    _ => {
                        let instances =
                            f64::from(most_instances(&station.instances, self.instances[index]));
                        let queue = &self.queues[index];
                        let skew = if queue.pressure > 0.0 {
                            queue.busiest_pressure / queue.pressure
                        } else {
                            1.0
                        };
                        busy / (f64::from(station.servers) * instances) * skew
                    }
                },
            )
            .collect();
        (pressures, holders)
    }

    /// Adds the pools: the multiple of today's load at which all tokens are taken. Where a station below is what holds them, that
    /// station is charged: more tokens wouldn't raise the throughput.
    fn pool_pressures(
        &mut self,
        network: &Network,
        holders: &[f64],
        pressures: &mut [f64],
        mut apart: Option<&mut Solver>,
    ) {
        let highest = pressures
            .iter()
            .copied()
            .filter(|pressure| pressure.is_finite())
            .fold(0.0, f64::max);
        let mut charged: Vec<Charge> = Vec::new();
        let stations = 0..network.stations.len() as u32;
        let mut culprits = [stations.clone().collect::<Vec<u32>>(), stations.collect()];
        for (pool, demand) in holders
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, demand)| *demand > 0.0)
        {
            let station = &network.stations[pool];
            let scale = f64::from(most_instances(&station.instances, self.instances[pool]))
                / f64::from(self.instances[pool]);
            let queue = &self.queues[pool];
            // What is held back before it asks for no tokens now, and would.
            let arriving = self.pools.held.get(pool).map_or(0.0, |held| held.0);
            let held_back = (demand / arriving.max(1e-300)).max(1.0);
            let rough = queue.busiest_pressure * held_back / scale;
            // Far from binding the tokens' utilisation says enough.
            if rough < highest / 4.0 && !queue.unbounded {
                pressures[pool] = rough;
                continue;
            }
            let limit_of = |solver: &mut Solver| {
                let scale = f64::from(most_instances(&station.instances, solver.instances[pool]))
                    / f64::from(solver.instances[pool]);
                let limit = solver.pool_limit(network, pool as u32)?;
                Some((demand / (limit.most * scale), limit))
            };
            let Some((mut pressure, mut limit)) = limit_of(self) else {
                continue;
            };
            let own = pool as u32;
            culprits[TODAY][pool] = limit.culprit.unwrap_or(own);
            let mut load = TODAY;
            if let Some((lower, other)) = apart.as_deref_mut().and_then(limit_of) {
                culprits[APART][pool] = other.culprit.unwrap_or(own);
                // Others only ever leave less.
                if lower < pressure {
                    (pressure, limit, load) = (lower, other, APART);
                }
            }
            match limit.culprit {
                Some(_) => charged.push(Charge {
                    pool: own,
                    pressure,
                    load,
                }),
                None => pressures[pool] = pressure,
            }
        }
        for charge in &charged {
            pressures[charge.pool as usize] = 0.0;
        }
        for Charge {
            pool,
            pressure,
            load,
        } in charged
        {
            // A pool that limits another one may itself be limited by what lies below it: each hands on to its culprit, as things stand at
            // the load at which the first was looked at.
            let hands_on = &mut culprits[load];
            let mut last = hands_on[pool as usize];
            // Two pools that each lie within the other's calls end the search, too.
            while hands_on[last as usize] != last && last != pool {
                // Every second is skipped from now on, so that a long chain stays as quick as a short one.
                hands_on[last as usize] = hands_on[hands_on[last as usize] as usize];
                last = hands_on[last as usize];
            }
            pressures[last as usize] = pressures[last as usize].max(pressure);
        }
    }
}

/// The loads at which pools' limits are looked at: today's, and that of another solver.
const TODAY: usize = 0;
const APART: usize = 1;

/// A pool whose tokens wait for something below it.
struct Charge {
    pool: u32,
    /// What is asked of it over what it passes.
    pressure: f64,
    /// The load at which it passes that.
    load: usize,
}

/// Most instances a station may have.
fn most_instances(instances: &Instances, now: u32) -> u32 {
    match instances {
        Instances::Fixed(_) => now,
        Instances::Scaled { maximum, .. } => (*maximum).max(1),
    }
}
