//! Arrivals that aren't Poisson: how much of a source's burstiness, or regularity, is left where it arrives. It knows rates, no waits.
//!
//! After Whitt's queueing network analyser (1983): a share p of a stream with squared coefficient of variation c² has 1 + p(c² − 1);
//! streams that meet average by their rates; a station that is busy a share ρ of the time lets 1 − ρ² of c² − 1 through. What
//! irregular service times add to departures is left out: streams inside are taken to be Poisson otherwise. A batch of b that has come
//! apart, by being served or by a time of chance, still counts as b requests in the long run: c² becomes b c².

use super::flow::{Feedback, hand_down};
use super::plan::{Op, Plan};
use super::{Solver, refill};
use crate::network::{Arrivals, Network, Pattern};

/// Rate and what is left of the source's variability, by node.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    rate: f64,
    /// Rate × share of (c² − 1) left.
    kept: f64,
    /// Rate × share of those who still come together with their batch.
    together: f64,
    /// Rate × share of the variability of batches that have come apart, one request behind the other.
    apart: f64,
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
    /// By node: the share of variability, and of batches, that its time lets through.
    damping: Vec<(f64, f64)>,
    arriving: Vec<Stream>,
}

impl Solver {
    /// Adds to the stations' loads what bursty, regular and batched sources do to their arrivals.
    pub(super) fn burst(&mut self, network: &Network) {
        let special = |arrivals: &Arrivals| match arrivals {
            Arrivals::Open { pattern, batch, .. } => irregular(pattern) || *batch > 1.0,
            Arrivals::Closed { .. } => false,
        };
        if !network
            .sources
            .iter()
            .any(|source| special(&source.arrivals))
        {
            return;
        }
        let mut bursts = std::mem::take(&mut self.bursts);
        self.damp(&mut bursts);
        for (index, source) in network.sources.iter().enumerate() {
            let Arrivals::Open { pattern, batch, .. } = &source.arrivals else {
                continue;
            };
            if special(&source.arrivals) && self.sources[index] > 0.0 {
                self.follow(network, &mut bursts, index as u32);
                for (station, stream) in bursts.arriving.iter().enumerate() {
                    if stream.rate > 0.0 {
                        let scv = match pattern {
                            Pattern::Renewal { scv } => scv.max(0.0),
                            Pattern::Bursts(bursts) => {
                                let share = stream.rate / self.sources[index];
                                self.dispersion(station, bursts, self.sources[index], share)
                            }
                            Pattern::Replayed(_) => 1.0,
                        };
                        let load = &mut self.loads[station];
                        let share = (stream.rate / self.sources[index]).min(1.0);
                        let others = batch.max(1.0) - 1.0;
                        load.burstiness +=
                            share * (stream.kept * (scv - 1.0) + stream.apart * others * scv);
                        if matches!(pattern, Pattern::Bursts(_)) {
                            load.lasting += share * stream.kept * (scv - 1.0).max(0.0);
                        }
                        load.company += stream.together * share * others;
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
        station: usize,
        bursts: &crate::network::Bursts,
        rate: f64,
        share: f64,
    ) -> f64 {
        let load = &self.loads[station];
        let servers = self.servers_of(station as u32);
        let free = (1.0 - load.work / servers).max(1e-3);
        let time = 0.5 * load.mean_service() / servers / (free * free);
        let mut dispersion = 1.0;
        for _ in 0..40 {
            let thinned = 1.0 + share.min(1.0) * (dispersion - 1.0);
            dispersion = bursts.dispersion(rate, time * (thinned + load.service_scv()));
        }
        dispersion
    }

    fn damp(&self, bursts: &mut Bursts) {
        bursts.damping.clear();
        for node in &self.plan.nodes {
            let children = self.plan.children(node);
            let of = |child: u32| bursts.damping[child as usize];
            let damping = match node.op {
                Op::Serve { station, .. } => {
                    let load = &self.loads[station as usize];
                    let busy = (load.work / self.servers_of(station)).min(1.0);
                    (1.0 - busy * busy, 0.0)
                }
                Op::Sequence => children.iter().fold((1.0, 1.0), |(kept, together), child| {
                    let (k, t) = of(child.node);
                    (kept * k, together * t)
                }),
                // Who came together leaves one by one.
                Op::Delay { .. } => (1.0, 0.0),
                Op::Hold { .. } | Op::Attempt { .. } => of(children[0].node),
                Op::Repeat { count } if count >= 1.0 => of(children[0].node),
                Op::Branch => children.iter().fold((0.0, 0.0), |(kept, together), child| {
                    let (k, t) = of(child.node);
                    (kept + child.weight * k, together + child.weight * t)
                }),
                Op::Parallel | Op::Quorum { .. } => {
                    children.iter().fold((1.0, 1.0), |(kept, together), child| {
                        let (k, t) = of(child.node);
                        (f64::min(kept, k), f64::min(together, t))
                    })
                }
                _ => (1.0, 1.0),
            };
            bursts.damping.push(damping);
        }
    }

    fn servers_of(&self, station: u32) -> f64 {
        (self.server_counts[station as usize]).max(1.0)
    }

    fn follow(&self, network: &Network, bursts: &mut Bursts, source: u32) {
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
        for root in self.plan.roots.iter().filter(|root| root.source == source) {
            let rate = self.sources[source as usize] * root.share;
            let stream = &mut bursts.streams[root.node as usize];
            stream.rate += rate;
            stream.kept += rate;
            stream.together += rate;
        }
        for index in (0..self.plan.nodes.len()).rev() {
            let stream = bursts.streams[index];
            if stream.rate <= 0.0 {
                continue;
            }
            let node = &self.plan.nodes[index];
            let shares = Shares {
                kept: stream.kept / stream.rate,
                together: stream.together / stream.rate,
                apart: stream.apart / stream.rate,
            };
            let (streams, damping) = (&mut bursts.streams, &bursts.damping);
            let mut add = |child: u32, rate: f64, shares: Shares| {
                let below = &mut streams[child as usize];
                below.rate += rate;
                below.kept += rate * shares.kept;
                below.together += rate * shares.together;
                below.apart += rate * shares.apart;
            };
            match node.op {
                Op::Serve { station, .. } => {
                    let at = &mut bursts.arriving[station as usize];
                    at.rate += stream.rate;
                    at.kept += stream.kept;
                    at.together += stream.together;
                    at.apart += stream.apart;
                }
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
}

impl Shares {
    /// Behind something that lets these shares of variability and of batches through.
    fn behind(self, (kept, together): (f64, f64)) -> Self {
        Shares {
            kept: self.kept * kept,
            together: self.together * together,
            apart: (self.apart + self.together * (1.0 - together)) * kept,
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
    damping: &[(f64, f64)],
    add: &mut impl FnMut(u32, f64, Shares),
) {
    for child in plan.children(&plan.nodes[index]) {
        add(child.node, rate, shares);
        rate *= pass[child.node as usize];
        shares = shares.behind(damping[child.node as usize]);
    }
}
