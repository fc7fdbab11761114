//! Instances and targets that are asked by the key of each request: a hot key makes a hot one. It doesn't know who takes part.
//!
//! A request has one key for all who divide by it, also when it is tried again: of some popularity in its class, drawn by Zipf's law.

use super::engine::{Engine, Next};
use super::job::Job;
use super::random::{Purpose, Stream};
use super::station::Spread;
use super::watch::TRIES;
use super::zipf::{Laws, Zipf};
use crate::network::{self, Instances, Picks, claim, key};
use crate::scenario::{ClassId, ComponentId};
use std::ops::Range;

/// What a request asks for: its class, and random bits from which its key follows.
pub(super) type Asked = (u16, u32);

/// How the instances of a component divide keys.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    component: ComponentId,
    /// By class place, where the network has one there.
    classes: Box<[Option<(ClassId, Zipf)>]>,
    /// Requests of which the bits are below this ask for one and the same key.
    hot: u64,
}

impl Ring {
    /// This share of the requests, 0 to 1, asks for one and the same key from now on.
    pub fn heat(&mut self, share: f64) {
        self.hot = (share * 2.0_f64.powi(32)) as u64;
    }

    /// The hash of the key that is asked for.
    pub fn key(&self, (class, bits): Asked) -> u64 {
        if u64::from(bits) < self.hot {
            return network::scramble(u64::from(self.component.0));
        }
        let law = self.classes.get(usize::from(class));
        let Some((class, zipf)) = law.and_then(Option::as_ref) else {
            return network::scramble(u64::from(bits));
        };
        let mut stream = Stream::named(u64::from(bits), class.0, Purpose::Asked, 1);
        key(self.component, *class, zipf.draw(&mut stream))
    }

    /// The first in line for a key among so many instances, of those that are taken.
    pub fn owner(&self, key: u64, count: u32, mut takes: impl FnMut(u32) -> bool) -> Option<u32> {
        let taken = (0..count).filter(|instance| takes(*instance));
        taken.max_by_key(|instance| claim(key, *instance))
    }
}

impl Job {
    /// What its request asks for.
    pub fn asked(&self) -> Asked {
        (self.class, self.key)
    }
}

impl Engine {
    /// A request asks for a key.
    #[inline(never)]
    pub(super) fn draw_key(&mut self, id: u32) {
        let job = &mut self.jobs[id];
        job.key = self.sources[job.source as usize].asked.below(u32::MAX);
    }

    /// A balancer picks one of these ways: of those whose targets take part, by chance, or the one to which the request's key belongs. When
    /// none takes part, any may be picked.
    #[inline(never)]
    pub(super) fn choose_target(
        &mut self,
        id: u32,
        ways: Range<u32>,
        choice: u32,
        door: u32,
    ) -> Next {
        if !self.standbys.is_empty()
            && let Some(next) = self.choose_named(id, ways.clone(), door)
        {
            return next;
        }
        let now = self.now;
        let ways = &self.program.ways[ways.start as usize..ways.end as usize];
        let watchers = &mut self.watchers;
        let rings = &self.rings;
        let ring = match rings.binary_search_by_key(&door, |ring| ring.component.0) {
            Ok(place) if ways[0].weight > 0.0 => Some(&rings[place]),
            _ => None,
        };
        let way = if let Some(ring) = ring {
            let key = ring.key(self.jobs[id].asked());
            let mut owner = |any: bool| {
                let mut best: Option<(f64, usize)> = None;
                for (place, way) in ways.iter().enumerate() {
                    let wants = network::wants(key, way.target, way.weight);
                    let first = best.is_none_or(|(most, _)| wants > most);
                    if first && (any || watchers.takes(way.target, now)) {
                        best = Some((wants, place));
                    }
                }
                best.map(|(_, place)| place)
            };
            owner(false).or_else(|| owner(true)).unwrap_or_default()
        } else {
            let stream = &mut self.choices[choice as usize];
            let mut draw = || {
                let point = stream.uniform();
                let way = ways.iter().position(|way| point < way.sum);
                way.unwrap_or(ways.len() - 1)
            };
            let first = draw();
            let (mut way, mut tries) = (first, 0);
            while !watchers.takes(ways[way].target, now) {
                if tries == TRIES {
                    let takes = |place: &usize| watchers.takes(ways[*place].target, now);
                    way = (0..ways.len()).find(takes).unwrap_or(first);
                    break;
                }
                tries += 1;
                way = draw();
            }
            way
        };
        self.jobs[id].at = ways[way].to;
        Next::Operation
    }

    /// Stations whose instances, and balancers whose targets, are asked by keys divide them as the network says.
    pub(super) fn change_rings(&mut self, compiled: &network::Network, class_places: &[u32]) {
        let mut laws = Laws::default();
        let last = class_places
            .iter()
            .max()
            .map_or(0, |last| *last as usize + 1);
        let mut ring_of = |component: ComponentId, own: &[network::KeyLaw]| {
            let mut classes = vec![None; last];
            let known = compiled.classes.iter().zip(class_places);
            for ((class, place), law) in known.zip(own) {
                let zipf = laws.zipf(law.keys, law.exponent);
                classes[*place as usize] = Some((class.class, zipf));
            }
            Ring {
                component,
                classes: classes.into(),
                hot: 0,
            }
        };
        let balancings = compiled.balancings.iter();
        self.rings = balancings
            .filter_map(|balancing| match &balancing.picks {
                Picks::ByKey(classes) => Some(ring_of(balancing.door, classes)),
                _ => None,
            })
            .collect();
        self.rings.sort_by_key(|ring| ring.component);
        self.rings.dedup_by_key(|ring| ring.component);
        self.draws_keys = !compiled.rings.is_empty() || !self.rings.is_empty();
        for ring in &compiled.rings {
            let ring = ring_of(ring.component, &ring.classes);
            for station in &mut self.stations {
                let divides = match station.spread {
                    Spread::Shares(_) | Spread::Keyed(_) | Spread::Hot(_) => true,
                    // Whoever is there divides the keys.
                    Spread::Random => {
                        matches!(station.spec.instances, Instances::Scaled { .. })
                    }
                    _ => false,
                };
                if divides && station.component == ring.component.0 {
                    station.spread = Spread::Keyed(Box::new(ring.clone()));
                }
            }
        }
    }
}
