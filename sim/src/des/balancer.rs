//! Balancers that pick among several parts in turn, or by how much each has in progress. It knows what a balancer has sent where and not heard
//! back from, and nothing else of what its targets do.
//!
//! A balancer of today knows instances, and a drawing's part stands for several: an instance of a target is taken to have its even share of
//! what the target has in progress, rounded down or up.

use super::engine::{Engine, Next};
use super::job::Open;
use super::names::Registry;
use super::program::{NONE, Way};
use super::random::{Purpose, Stream};
use super::watch::{TRIES, Watchers};
use crate::network::{Instances, Picks, scramble};
use crate::scenario::ComponentId;
use std::collections::BTreeMap;
use std::ops::Range;

/// By what such a balancer picks; see [`Picks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Turn,
    Fewest,
    FewerOfTwo,
}

impl By {
    /// What that is, where it is for a balancer of this kind.
    pub fn of(picks: &Picks) -> Option<Self> {
        match picks {
            Picks::InTurn => Some(By::Turn),
            Picks::Fewest => Some(By::Fewest),
            Picks::FewerOfTwo => Some(By::FewerOfTwo),
            Picks::ByLot | Picks::ByKey(_) | Picks::FirstThere { .. } => None,
        }
    }
}

/// A balancer as the simulation sets it up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BalancerSpec {
    pub door: ComponentId,
    /// Among whom it picks.
    pub targets: Vec<ComponentId>,
    pub by: By,
    /// Whether those that are watched and out get nothing, as long as there is another.
    pub leaves_out: bool,
}

/// What a balancer knows of its targets.
#[derive(Clone, Debug)]
pub(super) struct Balancer {
    by: By,
    leaves_out: bool,
    peers: Box<[Peer]>,
    /// Decides between equals, and draws two.
    stream: Stream,
}

/// A target.
#[derive(Clone, Copy, Debug)]
struct Peer {
    /// The station that says how many instances there are by now, and how many there are at least; [`NONE`] where there are always as many.
    scaled: (u32, f64),
    /// How much it is due for a turn.
    credit: f64,
    /// Requests sent there that aren't over.
    outstanding: u32,
}

/// What is there to be picked from.
struct Offer<'a> {
    ways: &'a [Way],
    /// How many times as many instances there are of each as were drawn.
    grown: &'a dyn Fn(&Peer) -> f64,
    now: f64,
}

impl Offer<'_> {
    /// How much a target counts.
    fn weight(&self, place: usize, peer: &Peer) -> f64 {
        self.ways[place].weight * (self.grown)(peer)
    }
}

impl Balancer {
    fn new(spec: &BalancerSpec, seed: u64) -> Self {
        let name = (spec.targets.iter()).fold(0, |sum, own| scramble(sum ^ u64::from(own.0)));
        let peer = Peer {
            scaled: (NONE, 1.0),
            credit: 0.0,
            outstanding: 0,
        };
        Balancer {
            by: spec.by,
            leaves_out: spec.leaves_out,
            peers: vec![peer; spec.targets.len()].into(),
            stream: Stream::named(seed, spec.door.0, Purpose::Pick, name as u32),
        }
    }

    /// The place of the target that gets the next request.
    fn pick(&mut self, offer: &Offer<'_>, watchers: &mut Watchers) -> usize {
        let leaves_out = self.leaves_out;
        let mut takes =
            |place: usize| !leaves_out || watchers.takes(offer.ways[place].target, offer.now);
        let some = match self.by {
            By::Turn => self.next(offer, &mut takes),
            By::Fewest => self.emptiest(offer, &mut takes),
            By::FewerOfTwo => self.emptier_of_two(offer, &mut takes),
        };
        // Where nobody takes part, everybody may be asked.
        some.or_else(|| match self.by {
            By::Turn => self.next(offer, &mut |_| true),
            By::Fewest => self.emptiest(offer, &mut |_| true),
            By::FewerOfTwo => self.emptier_of_two(offer, &mut |_| true),
        })
        .unwrap_or_default()
    }

    /// The one that is due most. Everybody's due grows by the weight, and who has a turn pays for all.
    fn next(&mut self, offer: &Offer<'_>, takes: &mut dyn FnMut(usize) -> bool) -> Option<usize> {
        let (mut best, mut total) = (None::<usize>, 0.0);
        for place in 0..self.peers.len() {
            if !takes(place) {
                continue;
            }
            let weight = offer.weight(place, &self.peers[place]);
            self.peers[place].credit += weight;
            total += weight;
            if best.is_none_or(|best| self.is_due_before(place, best)) {
                best = Some(place);
            }
        }
        self.peers[best?].credit -= total;
        best
    }

    /// Whether one target is due more than another, by more than what sums of weights are rounded by.
    fn is_due_before(&self, one: usize, other: usize) -> bool {
        const ROUNDING: f64 = 1e-9;
        self.peers[one].credit > self.peers[other].credit + ROUNDING
    }

    /// The one that has the instance with the fewest in progress; where several do, each as likely as it has such instances.
    fn emptiest(
        &mut self,
        offer: &Offer<'_>,
        takes: &mut dyn FnMut(usize) -> bool,
    ) -> Option<usize> {
        let mut best = None::<usize>;
        let (mut least, mut among) = (f64::INFINITY, 0.0);
        for place in 0..self.peers.len() {
            if !takes(place) {
                continue;
            }
            let peer = &self.peers[place];
            let instances = offer.weight(place, peer);
            let (each, more) = peer.in_progress(instances);
            let as_empty = instances - more;
            if each < least {
                (best, least, among) = (Some(place), each, as_empty);
            } else if each == least {
                among += as_empty;
                if self.stream.uniform() * among < as_empty {
                    best = Some(place);
                }
            }
        }
        best
    }

    /// Of two different instances drawn by lot, the target of the one with fewer in progress.
    fn emptier_of_two(
        &mut self,
        offer: &Offer<'_>,
        takes: &mut dyn FnMut(usize) -> bool,
    ) -> Option<usize> {
        let one = self.drawn(offer, NONE as usize, takes)?;
        let Some(other) = self.drawn(offer, one, takes) else {
            return Some(one);
        };
        let mut has = |place: usize| {
            let peer = &self.peers[place];
            let instances = offer.weight(place, peer);
            let (each, more) = peer.in_progress(instances);
            each + f64::from(u8::from(
                more > 0.0 && self.stream.happens(more / instances),
            ))
        };
        let (has_one, has_other) = (has(one), has(other));
        Some(if has_other < has_one { other } else { one })
    }

    /// The target of an instance drawn by lot, of which one of `besides` has been drawn before.
    fn drawn(
        &mut self,
        offer: &Offer<'_>,
        besides: usize,
        takes: &mut dyn FnMut(usize) -> bool,
    ) -> Option<usize> {
        let weight = |place: usize, peers: &[Peer]| {
            let drawn = f64::from(u8::from(place == besides));
            (offer.weight(place, &peers[place]) - drawn).max(0.0)
        };
        let all = 0..self.peers.len();
        let total: f64 = all.clone().map(|place| weight(place, &self.peers)).sum();
        if total <= 0.0 {
            return None;
        }
        for _ in 0..TRIES {
            let mut point = self.stream.uniform() * total;
            let mut found = None;
            for place in all.clone() {
                let own = weight(place, &self.peers);
                if own > 0.0 {
                    found = Some(place);
                    if point < own {
                        break;
                    }
                }
                point -= own;
            }
            if let Some(place) = found
                && takes(place)
            {
                return Some(place);
            }
        }
        all.clone()
            .find(|place| weight(*place, &self.peers) > 0.0 && takes(*place))
    }
}

impl Peer {
    /// What each of so many instances has in progress at least, and how many of them have one more.
    fn in_progress(&self, instances: f64) -> (f64, f64) {
        let all = f64::from(self.outstanding);
        let each = libm::floor(all / instances);
        (each, all - each * instances)
    }
}

impl Engine {
    /// A balancer picks one of these ways.
    #[inline(never)]
    pub(super) fn pick_target(
        &mut self,
        id: u32,
        ways: Range<u32>,
        balancer: u32,
        counted: bool,
    ) -> Next {
        let stations = &self.stations;
        let grown = |peer: &Peer| match peer.scaled {
            (NONE, _) => 1.0,
            (station, drawn) => f64::from(stations[station as usize].instances).max(1.0) / drawn,
        };
        let offer = Offer {
            ways: &self.program.ways[ways.start as usize..ways.end as usize],
            grown: &grown,
            now: self.now,
        };
        let own = &mut self.balancers[balancer as usize];
        let target = own.pick(&offer, &mut self.watchers);
        self.jobs[id].at = offer.ways[target].to;
        if counted {
            own.peers[target].outstanding += 1;
            let target = target as u32;
            self.open(id, Open::Sent { balancer, target });
        }
        Next::Operation
    }

    /// What a balancer has sent to one of its targets is over, well or not.
    pub(super) fn came_back(&mut self, balancer: u32, target: u32) {
        self.balancers[balancer as usize].peers[target as usize].outstanding -= 1;
    }

    /// Balancers pick as specified from now on. Those that pick among the same targets as before know what they have sent there.
    pub(super) fn change_balancers(
        &mut self,
        specs: Vec<(u32, BalancerSpec)>,
        registry: &Registry,
        seed: u64,
    ) {
        let scaled: BTreeMap<u32, (u32, f64)> = (0..)
            .zip(&self.stations)
            .filter_map(|(place, station)| match station.spec.instances {
                Instances::Scaled { minimum, .. } if registry.stations.is_current(place) => {
                    Some((station.component, (place, f64::from(minimum.max(1)))))
                }
                _ => None,
            })
            .collect();
        for (place, spec) in specs {
            let mut fresh = Balancer::new(&spec, seed);
            let own = match self.balancers.get_mut(place as usize) {
                None => {
                    self.balancers.push(fresh);
                    let last = self.balancers.len() - 1;
                    &mut self.balancers[last]
                }
                Some(own) => {
                    if !registry.balancers.is_fresh(place) {
                        std::mem::swap(&mut fresh.peers, &mut own.peers);
                        std::mem::swap(&mut fresh.stream, &mut own.stream);
                    }
                    *own = fresh;
                    own
                }
            };
            for (peer, target) in own.peers.iter_mut().zip(&spec.targets) {
                peer.scaled = scaled.get(&target.0).copied().unwrap_or((NONE, 1.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::des::{Settings, Simulation};
    use crate::network::{Compiled, compile};
    use crate::scenario::read;

    /// So many requests a second for a balancer that picks so among these services.
    fn compiled(policy: &str, rate: f64, services: &[u32]) -> Compiled {
        let parts = services.iter().map(|id| {
            format!(
                r#", {{"id": {id}, "kind": "service", "name": "s{id}", "position": {{"x": 0, "y": 0}}, "parameters": {{"cores": 1, "service_time": 10, "threads": 5, "queue_limit": 3}}}}"#
            )
        });
        let links = services
            .iter()
            .map(|id| format!(r#", {{"id": {id}, "from": 2, "to": {id}}}"#));
        let text = format!(
            r#"{{"format_version": 1, "title": "", "notes": "", "objectives": [], "zones": [],
            "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 100, "zipf_exponent": 0, "priority": 0}}],
            "components": [
            {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}, "client_round_trip": 0}}}},
            {{"id": 2, "kind": "load_balancer", "name": "balancer", "position": {{"x": 0, "y": 0}}, "parameters": {{"balancing_policy": "{policy}"}}}}
            {}],
            "links": [{{"id": 1, "from": 1, "to": 2}}{}]}}"#,
            parts.collect::<String>(),
            links.collect::<String>(),
        );
        let reading = read(&text);
        assert_eq!(reading.problems, []);
        compile(&reading.scenario.expect("a design"))
    }

    fn outstanding(simulation: &Simulation) -> u32 {
        let balancers = simulation.engine.balancers.iter();
        balancers
            .flat_map(|balancer| balancer.peers.iter())
            .map(|peer| peer.outstanding)
            .sum()
    }

    #[test]
    fn all_that_was_sent_comes_back_through_changes_of_policy_and_of_targets() {
        let settings = Settings {
            seed: 9,
            ..Settings::default()
        };
        let first = compiled("least_connections", 190.0, &[10, 11]);
        let mut simulation = Simulation::new(&first, &settings);
        let mut most = 0;
        for round in 1..120_u32 {
            simulation.run_until(f64::from(round), u64::MAX);
            assert_eq!(simulation.violations(), []);
            most = most.max(outstanding(&simulation));
            let policy = ["round_robin", "two_choices", "least_connections"][round as usize % 3];
            let services: &[u32] = if round % 5 == 0 {
                &[10, 11, 12]
            } else {
                &[10, 11]
            };
            simulation.become_other(&compiled(policy, 190.0, services));
        }
        // A service holds five requests and three that wait.
        assert!((4..=24).contains(&most), "{most}");
        simulation.become_other(&compiled("least_connections", 0.0, &[10, 11]));
        simulation.run_until(200.0, u64::MAX);
        assert_eq!(outstanding(&simulation), 0);
    }
}
