//! What the holders of a pool's tokens do meanwhile, gathered from the routes below the pool. It knows what they ask of which station,
//! not how long that makes them wait.

use super::body::{Body, Place};
use super::company::Company;
use super::flow::{Feedback, hand_down};
use super::plan::Op;
use super::pool::{is_shared, most_loaded};
use super::{Solver, refill};
use crate::network::{Discipline, Dispatch, Network, Station};
use crate::theory::multi_server::erlang_c;
use std::collections::BinaryHeap;

impl Solver {
    /// What holders of this pool do, visits worked out from the pool downwards (in `pools.below`, visits a second, until
    /// [`Solver::forget_body`] clears them); `copies` instances have tokens of their own. Inner pools that bind stand for what is in them:
    /// where that matters, [`Solver::look_inside`] follows it further.
    pub(super) fn body(&mut self, network: &Network, pool: u32, copies: f64) -> Body {
        let mut below = std::mem::take(&mut self.pools.below);
        let mut waiting = std::mem::take(&mut self.pools.waiting);
        let mut followed = std::mem::take(&mut self.pools.followed);
        let mut inner_bodies = std::mem::take(&mut self.pools.inner_bodies);
        inner_bodies.clear();
        if below.len() != self.plan.nodes.len() {
            refill(&mut below, self.plan.nodes.len(), 0.0);
        }
        let classes = network.classes.len();
        let mut through = 0.0;
        for place in self.pools.holds_of(pool) {
            let visit = &self.plan.holds[*place as usize];
            let node = &self.plan.nodes[visit.node as usize];
            let admitted = self.rates.rate[visit.node as usize]
                * self.admissions[pool as usize * classes + visit.class as usize].pass;
            if admitted > 0.0 {
                let child = self.plan.children(node)[0].node;
                hand(&mut below, &mut waiting, child, admitted);
                through += admitted;
            }
        }
        let feedback = Feedback {
            admissions: &self.admissions,
            hits: &self.hits,
            timeouts: &self.timeouts,
            granted: &self.granted,
            classes,
            lossy: true,
        };
        let mut delays = Demand::default();
        let mut demands: Vec<(u32, Demand)> = Vec::new();
        // The highest first: whatever leads to a node has handed its visits on before the node is followed.
        while let Some(index) = waiting.pop() {
            followed.push(index);
            let visits = below[index as usize];
            let node = &self.plan.nodes[index as usize];
            if matches!(node.op, Op::Detach) {
                continue;
            }
            let often = visits / through;
            match node.op {
                Op::Constant { seconds } => delays.add(often, seconds, seconds * seconds),
                Op::Delay { law } => {
                    let law = &self.plan.laws[law as usize];
                    delays.add(often, law.mean, law.second);
                }
                Op::Serve { station, law } => {
                    let law = &self.plan.laws[law as usize];
                    of_station(&mut demands, station).add(often, law.mean, law.second);
                }
                // An inner pool that binds stands for everything below it.
                Op::Hold { pool: inner } if self.pools.binding[inner as usize].is_some() => {
                    of_station(&mut demands, inner).held += often;
                    inner_bodies.push((index, visits));
                    continue;
                }
                Op::Parallel | Op::Quorum { .. } if !self.unsteady[index as usize] => {
                    let (time, variance, followed) = self.group(index);
                    delays.add(often, time, time * time + variance);
                    if let Some(child) = followed {
                        hand(&mut below, &mut waiting, child, visits);
                    }
                    continue;
                }
                _ => {}
            }
            hand_down(
                &self.plan,
                node,
                visits,
                &self.rates,
                &feedback,
                &mut |child, visits| hand(&mut below, &mut waiting, child, visits),
            );
        }
        let mut body = Body {
            copies,
            ..Body::default()
        };
        for (station, demand) in demands {
            let spec = &network.stations[station as usize];
            let (_, time, unsteady) = self.pools.held[station as usize];
            let roomless = spec.capacity.is_some_and(|room| room <= spec.servers);
            if demand.held > 0.0 && roomless && !unsteady {
                // Whoever finds no token there is turned away: nobody waits for one.
                let often = demand.held * self.queues[station as usize].admission.pass;
                let held = self.loads[station as usize].mean;
                let varies = time.variance() / (time.mean() * time.mean()).max(1e-300);
                delays.add(often, held, held * held * (1.0 + varies));
                continue;
            }
            match self.pools.binding[station as usize] {
                Some(inner) if demand.held > 0.0 => {
                    let wanted = self.pools.held[station as usize].0;
                    let others = (wanted - demand.held * through).max(0.0) / inner.most;
                    // Where all together ask for too much, others get no more than their share of it.
                    let others = others / (wanted / inner.most).max(1.0);
                    let free = (1.0 - others).max(1e-3);
                    let held = self.loads[station as usize].mean;
                    body.inside += demand.held * (held - inner.alone).max(0.0);
                    // Pools that hold each other in turn may know each other from the last round only.
                    let (start, length) = inner.table;
                    let range = start as usize..(start + length) as usize;
                    let table = self.pools.tables.get(range).unwrap_or_default();
                    let most = table.last().copied().unwrap_or(inner.most);
                    let mut passage = Demand::default();
                    let square = inner.alone * inner.alone * (1.0 + inner.irregularity);
                    passage.add(demand.held, inner.alone, square);
                    // As many servers as the tokens of the inner pool come to at its best.
                    body.places.push(Place {
                        demand: passage.time,
                        variability: passage.variability(),
                        servers: most * inner.alone * free,
                        queues: 1.0,
                        table: (body.tables.len() as u32, table.len() as u32),
                        alone: passage.time / (most * inner.alone * free).min(1.0),
                        station,
                    });
                    beside_others(table, others, free * most, &mut body.tables);
                }
                _ => self.place(
                    network,
                    station,
                    demand,
                    through,
                    pool,
                    &mut delays,
                    &mut body,
                ),
            }
        }
        body.delay = delays.time;
        body.delay_variance = delays.variance();
        self.pools.below = below;
        self.pools.waiting = waiting;
        self.pools.followed = followed;
        self.pools.inner_bodies = inner_bodies;
        body
    }

    /// A group of parallel calls as its holder sees it, who waits for all of them at the same time and not for one after the other: the call
    /// that takes longest, and for as long as the group ends later than it, a delay with the rest of the variance. Where the first
    /// few calls are enough no single call is waited for, and the group is a delay (as for closed users, in whose mean-value analysis parallel
    /// parts are delays as well). The delay's mean, seconds, its variance, seconds², and the call.
    fn group(&self, index: u32) -> (f64, f64, Option<u32>) {
        let node = &self.plan.nodes[index as usize];
        let all = self.outcomes[index as usize].ended();
        let time = |child: &u32| self.outcomes[*child as usize].ended().mean();
        let children = self.plan.children(node).iter().map(|child| child.node);
        let longest = children.max_by(|one, other| time(one).total_cmp(&time(other)));
        match longest.filter(|child| node.op == Op::Parallel && time(child) <= all.mean()) {
            Some(child) => {
                let call = self.outcomes[child as usize].ended();
                let variance = (all.variance() - call.variance()).max(0.0);
                (all.mean() - call.mean(), variance, Some(child))
            }
            None => (all.mean(), all.variance(), None),
        }
    }

    /// Follows the holders of the pool at hand into the inner pools that bind (in `pools.inside`, visits a second, until
    /// [`Solver::forget_body`] clears them); the stations that they visit there, or nothing where following them would take too long.
    pub(super) fn look_inside(&mut self, network: &Network) -> Vec<u32> {
        let mut inside = std::mem::take(&mut self.pools.inside);
        let mut waiting = std::mem::take(&mut self.pools.waiting);
        let mut followed = std::mem::take(&mut self.pools.followed_inside);
        if inside.len() != self.plan.nodes.len() {
            refill(&mut inside, self.plan.nodes.len(), 0.0);
        }
        let feedback = Feedback {
            admissions: &self.admissions,
            hits: &self.hits,
            timeouts: &self.timeouts,
            granted: &self.granted,
            classes: network.classes.len(),
            lossy: true,
        };
        let mut stations = Vec::new();
        for (node, visits) in &self.pools.inner_bodies {
            let node = &self.plan.nodes[*node as usize];
            hand_down(
                &self.plan,
                node,
                *visits,
                &self.rates,
                &feedback,
                &mut |child, visits| hand(&mut inside, &mut waiting, child, visits),
            );
        }
        while let Some(index) = waiting.pop() {
            followed.push(index);
            if followed.len() > MOST_INSIDE {
                stations.clear();
                break;
            }
            let node = &self.plan.nodes[index as usize];
            match node.op {
                Op::Detach => continue,
                Op::Serve { station, .. } | Op::Hold { pool: station, .. } => {
                    stations.push(station);
                }
                _ => {}
            }
            let visits = inside[index as usize];
            hand_down(
                &self.plan,
                node,
                visits,
                &self.rates,
                &feedback,
                &mut |child, visits| hand(&mut inside, &mut waiting, child, visits),
            );
        }
        // Where it was broken off, what waits has visits to be forgotten as well.
        followed.extend(waiting.drain());
        stations.sort_unstable();
        stations.dedup();
        self.pools.inside = inside;
        self.pools.waiting = waiting;
        self.pools.followed_inside = followed;
        stations
    }

    /// Adds a station to a body, with the servers that others leave.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, which has all of them at hand"
    )]
    fn place(
        &self,
        network: &Network,
        station: u32,
        demand: Demand,
        through: f64,
        pool: u32,
        delays: &mut Demand,
        body: &mut Body,
    ) {
        if demand.time <= 0.0 {
            return;
        }
        let spec = &network.stations[station as usize];
        let instances = self.instances[station as usize];
        if matches!(
            spec.discipline,
            Discipline::Infinite | Discipline::TokenBucket { .. }
        ) {
            delays.take(demand);
            return;
        }
        // An instance's holders stay on its own cores.
        let own = spec.component == network.stations[pool as usize].component
            && !is_shared(spec, instances);
        let alone = own && body.copies > 1.0;
        let evenly = own && !matches!(spec.dispatch, Dispatch::Shares(_));
        let (servers, queues) = if alone {
            (f64::from(spec.servers), 1.0)
        } else if evenly || self.pooled(spec, station) {
            (f64::from(spec.servers) * f64::from(instances), 1.0)
        } else {
            (
                f64::from(spec.servers),
                1.0 / most_loaded(self.keyed.dispatch(network, station as usize), instances),
            )
        };
        let capacity = f64::from(spec.servers) * f64::from(instances);
        let offered = self.loads[station as usize].work;
        let others = (offered - through * demand.time).max(0.0) / capacity;
        // Where all together ask for too much, others get no more than their share of it.
        let others = others / (offered / capacity).max(1.0);
        // Where all who can come keep less than half of it busy hardly anybody waits: like a delay it doesn't depend on how full other instances are.
        let tokens = &network.stations[pool as usize];
        let most = f64::from(tokens.servers) * f64::from(self.instances[pool as usize]);
        if body.copies > 1.0 && !alone && servers * queues * (1.0 - others) > 2.0 * most {
            delays.take(demand);
            return;
        }
        body.beside = body.beside.max(others);
        let start = body.tables.len();
        let company = Company::new(servers, others);
        if let Some(company) = company {
            company.passes(demand.time, &mut body.tables);
        }
        let free = servers * (1.0 - others).max(1e-3);
        let lone = match body.tables.get(start) {
            Some(rate) => 1.0 / rate,
            None => demand.time / free.min(1.0),
        };
        // Others who stay for long make several passages one after the other slow, or fast.
        let load = &self.loads[station as usize];
        let (work, rate) = (
            load.work - through * demand.time,
            load.rate - through * demand.visits,
        );
        let in_crowds = match company {
            Some(company) if work > 0.0 && rate > 0.0 => {
                let tokens = f64::from(tokens.servers).min(Company::MOST_HOLDERS);
                company.dispersion(tokens, demand.time, work / rate)
            }
            _ => 0.0,
        };
        let place = Place {
            demand: demand.time,
            variability: demand.variability() + in_crowds,
            servers: free,
            queues,
            table: (start as u32, (body.tables.len() - start) as u32),
            alone: lone,
            station,
        };
        if alone {
            body.own.push(place);
        } else if queues > 1.0 && others <= 0.0 {
            body.places.extend(by_share(
                place,
                self.keyed.dispatch(network, station as usize),
            ));
        } else {
            body.places.push(place);
        }
    }

    /// Whether an instance's own places are waited at as if they were everybody's.
    pub(super) fn own_pooled(&self, network: &Network, body: &Body) -> bool {
        let mut own = body.own.iter();
        own.all(|place| self.pooled(&network.stations[place.station as usize], place.station))
    }

    /// Whether visitors of a station wait more as in one queue for all instances than as in one of each.
    fn pooled(&self, spec: &Station, station: u32) -> bool {
        let instances = self.instances[station as usize];
        if is_shared(spec, instances) || spec.dispatch != Dispatch::RoundRobin {
            return is_shared(spec, instances);
        }
        let load = &self.loads[station as usize];
        let (mean, all) = (load.mean_service(), spec.servers.saturating_mul(instances));
        let wait = |servers: u32, work: f64| {
            erlang_c(work, servers).map(|busy| busy * mean / (f64::from(servers) - work))
        };
        let each = wait(spec.servers, load.work / f64::from(instances));
        match (wait(all, load.work), each) {
            (Some(one), Some(each)) => {
                let extra = self.parts[self.queues[station as usize].first_part as usize].wait;
                extra * extra < one * each
            }
            _ => false,
        }
    }

    /// Clears the visits that [`Solver::body`] has worked out.
    pub(super) fn forget_body(&mut self) {
        for node in self.pools.followed.drain(..) {
            self.pools.below[node as usize] = 0.0;
        }
        for node in self.pools.followed_inside.drain(..) {
            self.pools.inside[node as usize] = 0.0;
        }
    }
}

/// A place as those of its groups of queues that get the same share each; as it is where all do, or where there are many groups.
fn by_share(place: Place, dispatch: &Dispatch) -> Vec<Place> {
    let Dispatch::Shares(shares) = dispatch else {
        return vec![place];
    };
    let mut groups: Vec<(f64, f64)> = Vec::new();
    for share in shares.iter().filter(|share| **share > 0.0) {
        match groups.iter_mut().find(|group| group.0 == *share) {
            Some(group) => group.1 += 1.0,
            None => groups.push((*share, 1.0)),
        }
    }
    if groups.len() > MOST_GROUPS {
        return vec![place];
    }
    let of_group = |(share, queues): (f64, f64)| Place {
        demand: place.demand * share * queues,
        alone: place.alone * share * queues,
        queues,
        ..place
    };
    groups.into_iter().map(of_group).collect()
}

/// Most groups of queues of one station that are places of their own.
const MOST_GROUPS: usize = 8;

/// Most nodes inside inner pools that are followed for one pool: of a chain of hundreds of full pools, each would follow all below it.
const MOST_INSIDE: usize = 256;

/// Hands visits to a node, which waits to be followed from its first ones on.
fn hand(to: &mut [f64], waiting: &mut BinaryHeap<u32>, node: u32, visits: f64) {
    let all = &mut to[node as usize];
    if *all == 0.0 && visits > 0.0 {
        waiting.push(node);
    }
    *all += visits;
}

/// What a holder asks of a station, or spends in delays, in one passage.
#[derive(Clone, Copy, Debug, Default)]
struct Demand {
    /// Mean number of visits.
    visits: f64,
    /// Mean time of all of them together, seconds.
    time: f64,
    /// Visits times `E[S²]`, seconds².
    second: f64,
    /// Sum of the squares of the means of visits that are paid one after the other, seconds².
    squares: f64,
    /// Passages of an inner pool that binds.
    held: f64,
}

impl Demand {
    fn add(&mut self, visits: f64, mean: f64, second: f64) {
        self.visits += visits;
        self.time += visits * mean;
        self.second += visits * second;
        self.squares += visits * visits.min(1.0) * mean * mean;
    }

    /// Another's as a part of this.
    fn take(&mut self, other: Demand) {
        self.visits += other.visits;
        self.time += other.time;
        self.second += other.second;
        self.squares += other.squares;
    }

    /// Variance of the time of a passage, seconds²: of visits one after the other, each of which is paid with its own chance, or, where that is less,
    /// of as many that are drawn alike. The first is exact of visits that everybody pays, the second of one that is one of several.
    fn variance(&self) -> f64 {
        let alike = self.time * self.time / self.visits.max(1.0);
        (self.second - self.squares.max(alike)).max(0.0)
    }

    /// Squared coefficient of variation of the time of a passage.
    fn variability(&self) -> f64 {
        if self.time > 0.0 {
            self.variance() / (self.time * self.time)
        } else {
            0.0
        }
    }
}

fn of_station(demands: &mut Vec<(u32, Demand)>, station: u32) -> &mut Demand {
    let place = demands
        .iter()
        .position(|(known, _)| *known == station)
        .unwrap_or_else(|| {
            demands.push((station, Demand::default()));
            demands.len() - 1
        });
    &mut demands[place].1
}
/// What an inner pool passes of 1, 2, … holders of the pool at hand, 1/s, from what it `passes` of all together, while others keep this share of
/// it busy and leave `most`: each of all who are there gets on alike, and nobody alone the slower for tokens that stay free.
fn beside_others(passes: &[f64], others: f64, most: f64, into: &mut Vec<f64>) {
    if others <= 0.0 {
        return into.extend_from_slice(passes);
    }
    let others = others * passes.len() as f64;
    let at = |holders: f64| {
        let below = holders.floor() as usize;
        let pass = |holders: usize| match holders {
            0 => 0.0,
            holders => passes[holders.min(passes.len()) - 1],
        };
        pass(below) + (pass(below + 1) - pass(below)) * (holders - holders.floor())
    };
    into.extend((1..=passes.len()).map(|own| {
        let all = own as f64 + others;
        (at(all) * own as f64 / all).min(most)
    }));
}
