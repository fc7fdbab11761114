//! Arrivals that aren't Poisson: how much of a source's burstiness, or regularity, is left where it arrives. It knows rates, no waits.
//!
//! After Whitt's queueing network analyser (1983): a share p of a stream with squared coefficient of variation c² has 1 + p(c² − 1);
//! streams that meet average by their rates; a station that is busy a share ρ of the time lets 1 − ρ² of c² − 1 through. What
//! irregular service times add to departures is left out: streams inside are taken to be Poisson otherwise. A batch of b that has come
//! apart, by being served or by a time of chance, still counts as b requests in the long run: c² becomes b c².

use super::flow::{Feedback, hand_down};
use super::plan::{Op, Plan};
use super::pool::{HARDLY, is_shared, most_loaded};
use super::turns::{AtPool, in_turn};
use super::{Solver, refill};
use crate::network::{Arrivals, Discipline, Network, Pattern};
use crate::theory::finite_buffer::FiniteBuffer;

/// Rate and what is left of the source's variability, by node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stream {
    pub rate: f64,
    /// Rate × share of (c² − 1) left.
    pub kept: f64,
    /// Rate × share of those who still come together with their batch.
    pub together: f64,
    /// Rate × share of the variability of batches that have come apart, one request behind the other.
    pub apart: f64,
    /// Rate × variance of the time since they were sent, as far as each has its own, seconds².
    pub displaced: f64,
    /// Rate × square of how far requests of a batch have come apart, seconds².
    pub parted: f64,
    /// Rate × (c² − 1) that irregular services have made on the way.
    pub made: f64,
}

impl Stream {
    /// Over how long a time, in seconds, its requests come as at random, since each was displaced on its own: of those displaced by a
    /// deviation of σ 2σ/√π.
    pub fn blur(&self) -> f64 {
        2.0 * libm::sqrt(self.displaced / self.rate / core::f64::consts::PI)
    }
}

/// What a step lets through of a stream, and what it does to its times.
#[derive(Clone, Copy, Debug)]
struct Damping {
    /// Shares of variability, and of batches, that come through.
    kept: f64,
    together: f64,
    /// Variance by which each request is displaced on its own, and square of how far those who come together go apart, seconds².
    displaced: f64,
    parted: f64,
    /// c² − 1 that services make of what comes out, and the share of what was made before that comes through.
    made: f64,
    passed: f64,
}

impl Damping {
    const NONE: Self = Damping {
        kept: 1.0,
        together: 1.0,
        displaced: 0.0,
        parted: 0.0,
        made: 0.0,
        passed: 1.0,
    };

    fn then(self, next: Self) -> Self {
        Damping {
            kept: self.kept * next.kept,
            together: self.together * next.together,
            displaced: self.displaced + next.displaced,
            parted: self.parted + next.parted,
            made: self.made * next.passed + next.made,
            passed: self.passed * next.passed,
        }
    }

    fn weighted(self, weight: f64) -> Self {
        Damping {
            kept: weight * self.kept,
            together: weight * self.together,
            displaced: weight * self.displaced,
            parted: weight * self.parted,
            made: weight * self.made,
            passed: weight * self.passed,
        }
    }

    fn plus(self, other: Self) -> Self {
        Damping {
            kept: self.kept + other.kept,
            together: self.together + other.together,
            displaced: self.displaced + other.displaced,
            parted: self.parted + other.parted,
            made: self.made + other.made,
            passed: self.passed + other.passed,
        }
    }
}

/// Whether arrivals are anything but Poisson.
pub(super) fn irregular(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Renewal { scv } => (scv - 1.0).abs() > 1e-9,
        Pattern::Bursts(_) => true,
        Pattern::Replayed(_) => false,
    }
}

/// Buffers, reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Bursts {
    streams: Vec<Stream>,
    /// By node: what its time lets through.
    damping: Vec<Damping>,
    pub arriving: Vec<Stream>,
    /// By station: what its refusals make of what it lets through, as c² − 1; nothing where nobody asks what is made on the way.
    refusing: Vec<f64>,
    /// What arrives at pools, source by source: the pool, the source, and what is left of its variability.
    pub tokens: Vec<(u32, u32, Stream)>,
    /// What arrives at pools from targets that take turns.
    pub turns: Vec<AtPool>,
}

impl Bursts {
    fn refusing(&self, station: u32) -> f64 {
        self.refusing.get(station as usize).copied().unwrap_or(0.0)
    }
}

/// Services that vary less let out no more regular streams than those that vary by this squared coefficient of variation (Whitt 1983, section 4.5).
const LEAST_IRREGULAR: f64 = 0.2;

impl Solver {
    /// By station: what irregular services upstream make of arrivals that are otherwise taken for Poisson, as c² − 1: at most ρ²(cs² − 1), of which the next
    /// station lets 1 − ρ² through (Whitt 1983, equation 38). That divides by √m behind m servers, for the next gap alone: several servers that are busy let out
    /// as many as all of them together serve, which over longer than a service varies as one server's do (the asymptotic method; Whitt 1982).
    pub(super) fn made_by_services(&self, network: &Network) -> Vec<f64> {
        let mut made = vec![0.0; network.stations.len()];
        let mut bursts = Bursts {
            refusing: (0..network.stations.len())
                .map(|station| self.let_through(network, station))
                .collect(),
            ..Bursts::default()
        };
        self.damp(network, &mut bursts);
        for (source, sent) in self.sources.iter().enumerate() {
            if *sent <= 0.0 {
                continue;
            }
            self.follow(network, &mut bursts, source as u32);
            for (made, stream) in made.iter_mut().zip(&bursts.arriving) {
                *made += stream.made;
            }
        }
        for (made, load) in made.iter_mut().zip(&self.loads) {
            *made /= load.rate.max(1e-300);
        }
        made
    }

    /// By station, requests a second that this source sends there.
    pub(super) fn arriving_from(&self, network: &Network, source: usize) -> Vec<f64> {
        let mut bursts = Bursts::default();
        self.damp(network, &mut bursts);
        self.follow(network, &mut bursts, source as u32);
        bursts.arriving.iter().map(|stream| stream.rate).collect()
    }

    /// Adds to the stations' loads what bursty, regular and batched sources, and balancers that take turns, do to their arrivals.
    pub(super) fn burst(&mut self, network: &Network) {
        let special = |arrivals: &Arrivals| match arrivals {
            Arrivals::Open { pattern, batch, .. } => irregular(pattern) || *batch > 1.0,
            Arrivals::Closed { .. } => false,
        };
        self.bursts.tokens.clear();
        self.bursts.turns.clear();
        let in_turn = in_turn(network);
        let by_sources = (network.sources.iter()).any(|source| special(&source.arrivals));
        if in_turn.is_empty() && !by_sources {
            return;
        }
        let mut bursts = std::mem::take(&mut self.bursts);
        self.damp(network, &mut bursts);
        self.take_turns(network, &in_turn, &mut bursts);
        for (index, source) in network.sources.iter().enumerate() {
            let Arrivals::Open { pattern, batch, .. } = &source.arrivals else {
                continue;
            };
            if special(&source.arrivals) && self.sources[index] > 0.0 {
                self.follow(network, &mut bursts, index as u32);
                for (station, stream) in bursts.arriving.iter().enumerate() {
                    if !self.pools.holds_of(station as u32).is_empty() {
                        if stream.rate > 0.0 {
                            let token = (station as u32, index as u32, *stream);
                            bursts.tokens.push(token);
                        }
                    } else if stream.rate > 0.0 {
                        let scv = match pattern {
                            Pattern::Renewal { scv } => scv.max(0.0),
                            Pattern::Bursts(bursts) => {
                                let share = stream.rate / self.sources[index];
                                self.dispersion(
                                    network,
                                    station,
                                    bursts,
                                    self.sources[index],
                                    share,
                                )
                            }
                            Pattern::Replayed(_) => 1.0,
                        };
                        let (blurred, near) = self.blurred(network, station, stream);
                        let load = &mut self.loads[station];
                        let share = (stream.rate / self.sources[index]).min(1.0);
                        let others = batch.max(1.0) - 1.0;
                        let (kept, apart) = (
                            stream.kept * (1.0 - blurred),
                            stream.apart * (1.0 - blurred) * (1.0 - near),
                        );
                        load.burstiness += share * (kept * (scv - 1.0) + apart * others * scv);
                        load.blurred += share * stream.kept * blurred * (scv - 1.0).max(0.0);
                        if matches!(pattern, Pattern::Bursts(_)) {
                            load.lasting += share * kept * (scv - 1.0).max(0.0);
                        }
                        load.company += (stream.together + stream.apart * near) * share * others;
                    }
                }
            }
        }
        self.bursts = bursts;
    }

    /// How much the arrivals of a source with bursts vary over the time that this station takes to forget a queue, as an index of dispersion
    /// (Fendick & Whitt 1989: the wait depends on the dispersion over just that time). The time is where the supremum of robust queueing
    /// is assumed, (c² + s²) τ / (2 (1 − ρ)²) for a dispersion c² and service of mean τ and variability s² (Whitt & You 2018, section 2).
    fn dispersion(
        &self,
        network: &Network,
        station: usize,
        bursts: &crate::network::Bursts,
        rate: f64,
        share: f64,
    ) -> f64 {
        let load = &self.loads[station];
        let (servers, free) = self.fullest(network, station);
        let time = 0.5 * load.mean_service() / servers / (free * free);
        let mut dispersion = 1.0;
        for _ in 0..40 {
            let thinned = 1.0 + share.min(1.0) * (dispersion - 1.0);
            dispersion = bursts.dispersion(rate, time * (thinned + load.service_scv()));
        }
        dispersion
    }

    /// How much of a stream's variability can't be seen by this station any more, since requests have been displaced each on its own by more than
    /// the time over which the station forgets a queue; and which share of those who have come apart still come together, for its services.
    ///
    /// Over a time t ≫ σ the number of requests displaced by a deviation of σ varies by that of a stream at random over 2σ/√π, and by its own
    /// over the rest: who is sent regularly and displaced for longer comes as at random (the time scales of Whitt & You 2018).
    pub(super) fn blurred(&self, network: &Network, station: usize, stream: &Stream) -> (f64, f64) {
        let load = &self.loads[station];
        let (servers, free) = self.fullest(network, station);
        let service = load.mean_service();
        let forgets = 0.5 * service / servers / (free * free) * (1.0 + load.service_scv());
        let displaced = stream.blur();
        let parted = libm::sqrt(stream.parted / stream.rate);
        (
            displaced / (displaced + forgets).max(1e-300),
            service / (service + parted).max(1e-300),
        )
    }

    /// What a station's refusals make of what it lets through, as c² − 1: 0 where it refuses hardly anybody.
    fn let_through(&self, network: &Network, index: usize) -> f64 {
        let (station, load) = (&network.stations[index], &self.loads[index]);
        let instances = self.instances[index];
        let Some(room) = station.capacity else {
            return 0.0;
        };
        if self.refused(network, index) < HARDLY || load.work <= 0.0 {
            return 0.0;
        }
        // Of several instances each lets through its part, and what all let through varies as that does.
        let (all, servers, room) = match is_shared(station, instances) {
            true => (
                1.0,
                station.servers.saturating_mul(instances),
                room.saturating_mul(instances),
            ),
            false => (1.0 / f64::from(instances), station.servers, room),
        };
        let queue = FiniteBuffer::new(load.work * all, 1.0, servers, room);
        let dispersion = queue.and_then(|queue| queue.departure_dispersion());
        dispersion.map_or(0.0, |dispersion| dispersion - 1.0)
    }

    fn damp(&self, network: &Network, bursts: &mut Bursts) {
        bursts.damping.clear();
        for node in &self.plan.nodes {
            let children = self.plan.children(node);
            let of = |child: u32| bursts.damping[child as usize];
            let damping = match node.op {
                Op::Serve { station, law } => {
                    let served = self.served(network, station, law);
                    let refusing = bursts.refusing(station);
                    Damping {
                        made: served.made + refusing,
                        passed: served.passed * (1.0 + refusing),
                        ..served
                    }
                }
                Op::Sequence => children
                    .iter()
                    .fold(Damping::NONE, |all, child| all.then(of(child.node))),
                // Who came together leaves one by one.
                Op::Delay { law } => {
                    let law = &self.plan.laws[law as usize];
                    let variance = law.second - law.mean * law.mean;
                    Damping {
                        together: 0.0,
                        displaced: variance,
                        parted: variance,
                        ..Damping::NONE
                    }
                }
                Op::Hold { pool } => {
                    let below = of(children[0].node);
                    let refusing = bursts.refusing(pool);
                    Damping {
                        made: below.made + below.passed * refusing,
                        passed: below.passed * (1.0 + refusing),
                        ..below
                    }
                }
                Op::Attempt { .. } => of(children[0].node),
                Op::Repeat { count } if count >= 1.0 => of(children[0].node),
                Op::Branch => children
                    .iter()
                    .map(|child| of(child.node).weighted(child.weight))
                    .reduce(Damping::plus)
                    .unwrap_or(Damping::NONE),
                Op::Parallel | Op::Quorum { .. } => {
                    children.iter().fold(Damping::NONE, |all, child| {
                        let one = of(child.node);
                        Damping {
                            kept: f64::min(all.kept, one.kept),
                            together: f64::min(all.together, one.together),
                            displaced: f64::max(all.displaced, one.displaced),
                            parted: f64::max(all.parted, one.parted),
                            made: match all.made.abs() > one.made.abs() {
                                true => all.made,
                                false => one.made,
                            },
                            passed: f64::min(all.passed, one.passed),
                        }
                    })
                }
                _ => Damping::NONE,
            };
            bursts.damping.push(damping);
        }
    }

    /// What a service lets through. A single server that takes one after the other keeps them in their order; anywhere else each is
    /// displaced by its own service, slowed down as by Sakasegawa's wait (1977) where it is shared.
    fn served(&self, network: &Network, station: u32, law: u32) -> Damping {
        let spec = &network.stations[station as usize];
        let load = &self.loads[station as usize];
        let servers = self.servers_of(station);
        let busy = (load.work / servers).min(1.0);
        let law = &self.plan.laws[law as usize];
        let variance = (law.second - law.mean * law.mean).max(0.0);
        let sharing = spec.discipline == Discipline::ProcessorSharing;
        let mut damping = Damping {
            kept: 1.0 - busy * busy,
            together: 0.0,
            displaced: variance,
            parted: variance,
            made: 0.0,
            passed: 1.0,
        };
        if spec.discipline != Discipline::Infinite {
            damping.passed = 1.0 - busy * busy;
        }
        if !sharing && spec.discipline != Discipline::Infinite {
            let irregular = load.service_scv().max(LEAST_IRREGULAR) - 1.0;
            damping.made = busy * busy * irregular;
        }
        if servers <= 1.0 && !sharing && spec.discipline != Discipline::Infinite {
            damping.displaced = 0.0;
            damping.parted = law.mean * law.mean;
            return damping;
        }
        damping.kept = 1.0;
        if sharing {
            let each = f64::from(spec.servers);
            let slower = 1.0
                + libm::pow(busy, libm::sqrt(2.0 * (each + 1.0)) - 1.0)
                    / (each * (1.0 - busy).max(0.02));
            damping.displaced *= slower * slower;
            damping.parted *= slower * slower;
        }
        damping
    }

    /// Servers of the station's fullest queue, and the share of the time that one of them is free: what it takes to forget a queue is up to the
    /// queue, where instances have one of their own.
    pub(super) fn fullest(&self, network: &Network, station: usize) -> (f64, f64) {
        let (spec, instances) = (&network.stations[station], self.instances[station]);
        let (servers, share) = match is_shared(spec, instances) {
            true => (self.servers_of(station as u32), 1.0),
            false => (
                f64::from(spec.servers),
                most_loaded(self.keyed.dispatch(network, station), instances),
            ),
        };
        let free = 1.0 - self.loads[station].work * share / servers;
        (servers, free.max(1e-3))
    }

    fn servers_of(&self, station: u32) -> f64 {
        (self.server_counts[station as usize]).max(1.0)
    }

    fn follow(&self, network: &Network, bursts: &mut Bursts, source: u32) {
        let roots = self.plan.roots.iter().filter(|root| root.source == source);
        let begun = roots.map(|root| (root.node, self.sources[source as usize] * root.share));
        self.follow_from(network, bursts, begun);
    }

    /// Where streams arrive that begin at these nodes at these rates, as variable as they can be.
    pub(super) fn follow_from(
        &self,
        network: &Network,
        bursts: &mut Bursts,
        begun: impl Iterator<Item = (u32, f64)>,
    ) {
        refill(
            &mut bursts.streams,
            self.plan.nodes.len(),
            Stream::default(),
        );
        refill(
            &mut bursts.arriving,
            network.stations.len(),
            Stream::default(),
        );
        let feedback = Feedback {
            admissions: &self.admissions,
            hits: &self.hits,
            timeouts: &self.timeouts,
            granted: &self.granted,
            classes: network.classes.len(),
            lossy: true,
        };
        let mut first = 0;
        for (node, rate) in begun {
            let stream = &mut bursts.streams[node as usize];
            stream.rate += rate;
            stream.kept += rate;
            stream.together += rate;
            first = first.max(node as usize + 1);
        }
        // Children come before their parents.
        for index in (0..first).rev() {
            let stream = bursts.streams[index];
            if stream.rate <= 0.0 {
                continue;
            }
            let node = &self.plan.nodes[index];
            // Whoever is let in to a pool comes as regularly as he leaves (the chain is reversible).
            let refusing = match node.op {
                Op::Hold { pool } => bursts.refusing(pool),
                _ => 0.0,
            };
            let shares = Shares {
                kept: stream.kept / stream.rate,
                together: stream.together / stream.rate,
                apart: stream.apart / stream.rate,
                displaced: stream.displaced / stream.rate,
                parted: stream.parted / stream.rate,
                made: stream.made / stream.rate * (1.0 + refusing) + refusing,
            };
            let (streams, damping) = (&mut bursts.streams, &bursts.damping);
            // Of what a part of a stream gets, c² − 1 is left in that proportion.
            let mut add = |child: u32, rate: f64, shares: Shares| {
                let made = shares.made * (rate / stream.rate).min(1.0);
                let below = &mut streams[child as usize];
                below.rate += rate;
                below.kept += rate * shares.kept;
                below.together += rate * shares.together;
                below.apart += rate * shares.apart;
                below.displaced += rate * shares.displaced;
                below.parted += rate * shares.parted;
                below.made += rate * made;
            };
            if let Op::Serve { station, .. } | Op::Hold { pool: station } = node.op {
                let at = &mut bursts.arriving[station as usize];
                at.rate += stream.rate;
                at.kept += stream.kept;
                at.together += stream.together;
                at.apart += stream.apart;
                at.displaced += stream.displaced;
                at.parted += stream.parted;
                at.made += stream.made;
            }
            match node.op {
                Op::Serve { .. } => {}
                Op::Sequence => sequence(
                    &self.plan,
                    index,
                    &self.rates.pass,
                    stream.rate,
                    shares,
                    damping,
                    &mut add,
                ),
                _ => hand_down(
                    &self.plan,
                    node,
                    stream.rate,
                    &self.rates,
                    &feedback,
                    &mut |child, rate| add(child, rate, shares),
                ),
            }
        }
    }
}

/// What is left of a stream's variability, as shares.
#[derive(Clone, Copy, Debug)]
struct Shares {
    kept: f64,
    together: f64,
    apart: f64,
    displaced: f64,
    parted: f64,
    made: f64,
}

impl Shares {
    /// Behind something that lets through as much as this.
    fn behind(self, damping: Damping) -> Self {
        Shares {
            kept: self.kept * damping.kept,
            together: self.together * damping.together,
            apart: (self.apart + self.together * (1.0 - damping.together)) * damping.kept,
            displaced: self.displaced + damping.displaced,
            parted: self.parted + damping.parted,
            made: self.made * damping.passed + damping.made,
        }
    }
}

/// Each child hands on to the next what it lets through.
fn sequence(
    plan: &Plan,
    index: usize,
    pass: &[f64],
    mut rate: f64,
    mut shares: Shares,
    damping: &[Damping],
    add: &mut impl FnMut(u32, f64, Shares),
) {
    for child in plan.children(&plan.nodes[index]) {
        add(child.node, rate, shares);
        rate *= pass[child.node as usize];
        shares = shares.behind(damping[child.node as usize]);
    }
}
