//! Instances that are asked by the key of each request: a hot key makes a hot instance. It doesn't know who takes part.
//!
//! A request has one key for all who divide by it, also when it is tried again: of some popularity in its class, drawn by Zipf's law.

use super::engine::Engine;
use super::job::Job;
use super::random::{Purpose, Stream};
use super::station::Spread;
use super::zipf::{Laws, Zipf};
use crate::network::{self, claim, key};
use crate::scenario::{ClassId, ComponentId};

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

    /// Stations whose instances are asked by keys divide them as these rings say.
    pub(super) fn change_rings(&mut self, compiled: &network::Network, class_places: &[u32]) {
        let mut laws = Laws::default();
        self.draws_keys = !compiled.rings.is_empty();
        for ring in &compiled.rings {
            let last = class_places
                .iter()
                .max()
                .map_or(0, |last| *last as usize + 1);
            let mut classes = vec![None; last];
            let known = compiled.classes.iter().zip(class_places);
            for ((class, place), law) in known.zip(&ring.classes) {
                let zipf = laws.zipf(law.keys, law.exponent);
                classes[*place as usize] = Some((class.class, zipf));
            }
            let ring = Ring {
                component: ring.component,
                classes: classes.into(),
                hot: 0,
            };
            for station in &mut self.stations {
                let divides = matches!(
                    station.spread,
                    Spread::Shares(_) | Spread::Keyed(_) | Spread::Hot(_)
                );
                if divides && station.component == ring.component.0 {
                    station.spread = Spread::Keyed(Box::new(ring.clone()));
                }
            }
        }
    }
}
