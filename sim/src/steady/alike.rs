//! Parts that a balancer picks among and that are alike in everything: solved as one part of all their instances, which is what the balancer sees. It
//! knows networks and says which stations stand for which; it solves nothing.
//!
//! Whoever takes turns among n equal parts, or looks at what they have in progress, does so as among n instances of one part: the same queues get
//! the same requests. What each part is told in the report is its even share.

use super::Solver;
use crate::network::{
    Balancing, Discipline, Dispatch, Instances, Network, Picks, Role, Station, Step, StepId,
};
use crate::report::{Assumption, BreakdownPart, Loss, Report, StationReport};
use crate::scenario::ComponentId;
use crate::units::Seconds;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A network in which the first of several parts that are alike does what all of them do.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    pub network: Arc<Network>,
    /// The stations of each such part by those of the first, which come first themselves.
    stations: Vec<Vec<u32>>,
    /// The parts, the first of each kind first.
    components: Vec<Vec<ComponentId>>,
}

/// What is found while parts are compared with the first.
struct Comparison<'a> {
    network: &'a Network,
    /// Steps of another part by the first's.
    steps: BTreeMap<StepId, StepId>,
    /// The stations of another part by the first's.
    stations: BTreeMap<u32, u32>,
}

impl Alike {
    /// The network with parts that are alike as one; `None` where there are none.
    pub fn of(network: &Network) -> Option<Self> {
        let balances = |own: &&Balancing| dispatch(&own.picks).is_some();
        if !network.balancings.iter().any(|own| balances(&own)) {
            return None;
        }
        let parents = Parents::of(network);
        let mut merged = None::<Network>;
        let (mut stations, mut components) = (Vec::new(), Vec::new());
        let mut seen: Vec<(ComponentId, Vec<ComponentId>)> = Vec::new();
        for balancing in network.balancings.iter().filter(balances) {
            let targets: Vec<ComponentId> =
                balancing.targets.iter().map(|own| own.component).collect();
            let name = (balancing.door, targets);
            if seen.contains(&name) {
                continue;
            }
            let of_group: Vec<&Balancing> = (network.balancings.iter())
                .filter(|own| {
                    own.door == name.0
                        && own
                            .targets
                            .iter()
                            .map(|own| own.component)
                            .eq(name.1.iter().copied())
                })
                .collect();
            if let Some(by_part) = compared(network, &of_group, &parents) {
                let network = merged.get_or_insert_with(|| network.clone());
                merge(network, &by_part, &balancing.picks);
                let steps = of_group.iter().map(|own| own.step);
                let steps: Vec<StepId> = steps.collect();
                network.balancings.retain(|own| !steps.contains(&own.step));
                let firsts = by_part[0].stations.keys();
                stations.extend(firsts.map(|first| {
                    let others = by_part.iter().map(|part| part.stations[first]);
                    std::iter::once(*first).chain(others).collect::<Vec<u32>>()
                }));
                components.push(name.1.clone());
            }
            seen.push(name);
        }
        Some(Alike {
            network: Arc::new(merged?),
            stations,
            components,
        })
    }

    /// The station that stands for this one, and for how many; for most, itself alone.
    fn station(&self, index: u32) -> (u32, u32) {
        let known = self.stations.iter().find(|alike| alike.contains(&index));
        known.map_or((index, 1), |alike| (alike[0], alike.len() as u32))
    }
}

/// How the instances of one part would be picked by such a balancer.
fn dispatch(picks: &Picks) -> Option<Dispatch> {
    match picks {
        Picks::InTurn => Some(Dispatch::RoundRobin),
        Picks::Fewest => Some(Dispatch::LeastConnections),
        Picks::FewerOfTwo => Some(Dispatch::TwoChoices),
        Picks::ByLot | Picks::ByKey(_) | Picks::FirstThere { .. } => None,
    }
}

/// Who leads to each step that is reached, and which steps serve at each station.
struct Parents {
    of_steps: Vec<Vec<StepId>>,
    of_stations: Vec<Vec<StepId>>,
}

impl Parents {
    fn of(network: &Network) -> Self {
        let mut reached = vec![false; network.steps.len()];
        for route in network.sources.iter().flat_map(|source| &source.routes) {
            reached[route.step.0 as usize] = true;
        }
        let mut of_steps = vec![Vec::new(); network.steps.len()];
        let mut of_stations = vec![Vec::new(); network.stations.len()];
        // Children come before their parents.
        for place in (0..network.steps.len()).rev() {
            if !reached[place] {
                continue;
            }
            let (step, id) = (&network.steps[place], StepId(place as u32));
            let mut lead = |child: StepId| {
                reached[child.0 as usize] = true;
                of_steps[child.0 as usize].push(id);
            };
            match step {
                Step::Acting { ways, .. } => ways.iter().for_each(|way| lead(*way)),
                _ => step.for_each_child(&mut lead),
            }
            if let Step::Serve { station, .. } | Step::Hold { pool: station, .. } = step {
                of_stations[station.0 as usize].push(id);
            }
        }
        Parents {
            of_steps,
            of_stations,
        }
    }
}

/// The parts among which these balancings pick, each but the first compared with that; `None` unless they are alike and nobody else comes to them.
fn compared<'a>(
    network: &'a Network,
    balancings: &[&Balancing],
    parents: &Parents,
) -> Option<Vec<Comparison<'a>>> {
    let first = balancings.first()?;
    let mut by_part: Vec<Comparison<'_>> = (1..first.targets.len())
        .map(|_| Comparison {
            network,
            steps: BTreeMap::new(),
            stations: BTreeMap::new(),
        })
        .collect();
    let same = |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.abs().max(other.abs());
    for own in balancings {
        let Step::Branch(ways) = network.step(own.step) else {
            return None;
        };
        let (share, way) = *ways.first()?;
        if own.picks != first.picks || ways.len() != own.targets.len() {
            return None;
        }
        for (place, ((other, other_way), target)) in
            ways.iter().zip(&own.targets).enumerate().skip(1)
        {
            let even = same(share, *other) && same(own.targets[0].weight, target.weight);
            if !even || !by_part[place - 1].alike(way, *other_way) {
                return None;
            }
        }
    }
    // Nothing of them is reached but by this balancer.
    let among = |step: &StepId| balancings.iter().any(|own| own.step == *step);
    let own: Vec<&StepId> = by_part[..1]
        .iter()
        .flat_map(|part| part.steps.keys())
        .collect();
    let inside = |step: &StepId| {
        among(step)
            || own.contains(&step)
            || by_part
                .iter()
                .any(|part| part.steps.values().any(|own| own == step))
    };
    let only_here = |step: &StepId| parents.of_steps[step.0 as usize].iter().all(inside);
    let alone = |station: &u32| parents.of_stations[*station as usize].iter().all(inside);
    let all = by_part.iter().all(|part| {
        part.steps
            .iter()
            .all(|(one, other)| only_here(one) && only_here(other))
            && part
                .stations
                .iter()
                .all(|(one, other)| alone(one) && alone(other))
    });
    let some = by_part
        .first()
        .is_some_and(|part| !part.stations.is_empty());
    let by = dispatch(&first.picks)?;
    let spread = by_part.iter().all(|part| {
        let mut own = part.stations.keys();
        own.all(|station| can_be_spread(&network.stations[*station as usize], &by))
    });
    (all && some && spread).then_some(by_part)
}

/// Whether a station's instances can count as some of many that are picked so.
fn can_be_spread(station: &Station, by: &Dispatch) -> bool {
    let kind = matches!(station.role, Role::Cores | Role::Threads | Role::Servers);
    let served = !matches!(station.discipline, Discipline::TokenBucket { .. });
    let picked = match station.instances {
        Instances::Fixed(1) => station.dispatch == Dispatch::Central,
        // Of two that are drawn, the one that is picked would draw two of its own.
        Instances::Fixed(_) => station.dispatch == *by && *by != Dispatch::TwoChoices,
        Instances::Scaled { .. } => false,
    };
    kind && served && picked
}

impl Comparison<'_> {
    /// Whether two steps do the same, each at its own part.
    fn alike(&mut self, one: StepId, other: StepId) -> bool {
        if one == other {
            return true;
        }
        if let Some(known) = self.steps.get(&one) {
            return *known == other;
        }
        let network = self.network;
        let same = match (network.step(one), network.step(other)) {
            (Step::Done, Step::Done) => true,
            (
                Step::Hop {
                    round_trip: own, ..
                },
                Step::Hop { round_trip, .. },
            ) => own == round_trip,
            (Step::Delay { time: own, .. }, Step::Delay { time, .. }) => own == time,
            (
                Step::Serve {
                    station: own_station,
                    time: own,
                },
                Step::Serve { station, time },
            ) => own == time && self.stations_alike(own_station.0, station.0),
            (
                Step::Hold {
                    pool: own_pool,
                    body: own,
                },
                Step::Hold { pool, body },
            ) => self.stations_alike(own_pool.0, pool.0) && self.alike(*own, *body),
            (Step::Sequence(own), Step::Sequence(steps))
            | (Step::Parallel(own), Step::Parallel(steps)) => self.all_alike(own, steps),
            (
                Step::Quorum {
                    needed: own_needed,
                    calls: own,
                },
                Step::Quorum { needed, calls },
            ) => own_needed == needed && self.all_alike(own, calls),
            (Step::Branch(own), Step::Branch(ways)) => {
                own.len() == ways.len()
                    && (own.iter().zip(ways)).all(|((own_share, own), (share, way))| {
                        own_share == share && self.alike(*own, *way)
                    })
            }
            (
                Step::Repeat {
                    count: own_count,
                    body: own,
                },
                Step::Repeat { count, body },
            ) => own_count == count && self.alike(*own, *body),
            (Step::Detach(own, own_aside), Step::Detach(body, aside)) => {
                own_aside == aside && self.alike(*own, *body)
            }
            (
                Step::Fail {
                    probability: own, ..
                },
                Step::Fail { probability, .. },
            ) => own == probability,
            (
                Step::Attempt {
                    body: own,
                    rule: own_rule,
                },
                Step::Attempt { body, rule },
            ) => {
                let mut rule = rule.clone();
                rule.link = own_rule.link;
                *own_rule == rule && self.alike(*own, *body)
            }
            // What holds keys or data of its own is nobody else's.
            _ => false,
        };
        same && self
            .steps
            .insert(one, other)
            .is_none_or(|known| known == other)
    }

    fn all_alike(&mut self, one: &[StepId], other: &[StepId]) -> bool {
        one.len() == other.len()
            && (one.iter().zip(other)).all(|(one, other)| self.alike(*one, *other))
    }

    fn stations_alike(&mut self, one: u32, other: u32) -> bool {
        if one == other {
            return true;
        }
        if let Some(known) = self.stations.get(&one) {
            return *known == other;
        }
        let network = self.network;
        let (own, station) = (
            &network.stations[one as usize],
            &network.stations[other as usize],
        );
        let unlike = Station {
            component: own.component,
            ..station.clone()
        };
        let sheds = |index: u32| {
            let mut known = network.shedding.iter();
            let known = known.find(|own| own.station.0 == index);
            known.map(|own| (own.queue_timeout, own.controlled_delay))
        };
        let taken = self.stations.values().any(|known| *known == other);
        let keyed = network
            .rings
            .iter()
            .any(|ring| ring.component == own.component || ring.component == station.component);
        let same = !taken && !keyed && *own == unlike && sheds(one) == sheds(other);
        if same {
            self.stations.insert(one, other);
        }
        same
    }
}

/// The first part does what all do.
fn merge(network: &mut Network, by_part: &[Comparison<'_>], picks: &Picks) {
    let parts = by_part.len() as u32 + 1;
    for first in by_part[0].stations.keys() {
        let station = &mut network.stations[*first as usize];
        if let (Instances::Fixed(count), Some(by)) = (station.instances, dispatch(picks)) {
            station.instances = Instances::Fixed(count.saturating_mul(parts));
            station.dispatch = by;
        }
    }
    for part in by_part {
        for (first, own) in &part.steps {
            let stands_for = network.steps[first.0 as usize].clone();
            match (&mut network.steps[own.0 as usize], stands_for) {
                (Step::Serve { station, .. }, Step::Serve { station: first, .. }) => {
                    *station = first;
                }
                (Step::Hold { pool, .. }, Step::Hold { pool: first, .. }) => *pool = first,
                _ => {}
            }
        }
    }
}

impl Solver {
    /// The network that is solved: this one, or the one in which parts that are alike are one.
    pub(super) fn view(&self) -> Option<Arc<Network>> {
        self.alike.as_ref().map(|alike| alike.network.clone())
    }

    /// The station that a station is solved as, by their places.
    pub(super) fn solved_as(&self, index: usize) -> usize {
        let alike = self.alike.as_ref();
        alike.map_or(index, |alike| alike.station(index as u32).0 as usize)
    }

    /// Tells each station of parts that are alike its even share of what the first was told of all.
    pub(super) fn even_out_stations(&self, stations: &mut [StationReport]) {
        let Some(alike) = &self.alike else {
            return;
        };
        for group in &alike.stations {
            let parts = group.len() as u32;
            let each = 1.0 / f64::from(parts);
            let mut even = stations[group[0] as usize].clone();
            even.instances /= parts;
            for rate in [&mut even.arrival, &mut even.throughput] {
                *rate = *rate * each;
            }
            even.offered_load *= each;
            even.queue_length = even.queue_length.map(|length| length * each);
            for class in &mut even.by_class {
                class.arrival = class.arrival * each;
                class.offered_load *= each;
            }
            if let Some(saturation) = &mut even.saturation {
                saturation.growth = saturation.growth * each;
                saturation.passes = saturation.passes * each;
            }
            for index in group {
                let own = &mut stations[*index as usize];
                *own = StationReport {
                    station: own.station,
                    component: own.component,
                    ..even.clone()
                };
            }
        }
    }

    /// Shares out evenly what classes spend and lose at parts that are alike.
    pub(super) fn even_out_classes(&self, report: &mut Report) {
        let Some(alike) = &self.alike else {
            return;
        };
        for group in &alike.components {
            let each = 1.0 / group.len() as f64;
            let of_group = |component: ComponentId| group.contains(&component);
            for class in &mut report.classes {
                let mut spent = BTreeMap::new();
                class.breakdown.retain(|part| {
                    let own = part.component.is_some_and(of_group);
                    if own {
                        *spent.entry(part.cause).or_insert(0.0) += part.mean.0 * each;
                    }
                    !own
                });
                let even = spent.into_iter().flat_map(|(cause, mean)| {
                    group.iter().map(move |component| BreakdownPart {
                        component: Some(*component),
                        cause,
                        mean: Seconds(mean),
                    })
                });
                class.breakdown.extend(even);
                let mut lost = BTreeMap::new();
                class.losses.retain(|loss| {
                    let own = of_group(loss.component);
                    if own {
                        *lost.entry(loss.cause).or_insert(0.0) += loss.share * each;
                    }
                    !own
                });
                let even = lost.into_iter().flat_map(|(cause, share)| {
                    group.iter().map(move |component| Loss {
                        component: *component,
                        cause,
                        share,
                    })
                });
                class.losses.extend(even);
                let most_first = |one: &Loss, other: &Loss| other.share.total_cmp(&one.share);
                class.losses.sort_by(most_first);
            }
        }
    }

    /// What the figures of the first of parts that are alike rest on, those of the others rest on as well.
    pub(super) fn even_out_assumptions(&self, found: &mut Vec<Assumption>) {
        let Some(alike) = &self.alike else {
            return;
        };
        for group in &alike.components {
            let of_first = found.iter().filter(|own| own.component == Some(group[0]));
            let of_others: Vec<Assumption> = of_first
                .flat_map(|own| {
                    group[1..].iter().map(|component| Assumption {
                        component: Some(*component),
                        ..own.clone()
                    })
                })
                .collect();
            for own in of_others {
                let known = |other: &Assumption| {
                    (other.component, other.rests_on) == (own.component, own.rests_on)
                };
                if !found.iter().any(known) {
                    found.push(own);
                }
            }
        }
    }
}
