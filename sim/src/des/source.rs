//! When populations send, and what. It doesn't know what becomes of their requests.

use super::agenda::Serial;
use super::law::Sampler;
use super::program::SourceSpec;
use super::random::{Purpose, Stream};
use crate::distribution::Distribution;
use crate::network::Arrivals;

/// A population.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Share of this or an earlier class, the class, and where its route starts.
    routes: Vec<(f64, u16, u32)>,
    mix: Stream,
    gaps: Option<Sampler>,
    batch: f64,
    batches: Stream,
    think: Option<Sampler>,
    /// Where its jobs start.
    pub start: u32,
    /// The agenda's entry for its next arrival.
    pub pending: Serial,
    /// Users, when it is closed.
    pub users: u32,
}

impl Source {
    /// Sets a population up.
    pub fn new(seed: u64, spec: &SourceSpec) -> Self {
        let component = spec.component.0;
        let stream = |purpose, ordinal| Stream::named(seed, component, purpose, ordinal);
        let mut source = Source {
            routes: spec
                .routes
                .iter()
                .map(|(sum, class, start)| (*sum, class.0 as u16, *start))
                .collect(),
            mix: stream(Purpose::Mix, 0),
            gaps: None,
            batch: 1.0,
            batches: stream(Purpose::Arrival, 1),
            think: None,
            start: spec.start,
            pending: Serial::NONE,
            users: 0,
        };
        match spec.arrivals {
            Arrivals::Open {
                peak,
                interarrival_scv,
                batch,
                ..
            } => {
                source.batch = batch.max(1.0);
                if peak.0 > 0.0 {
                    let gap = (source.batch / peak.0).min(crate::distribution::LONGEST_SECONDS);
                    source.gaps = Distribution::with_moments(gap, interarrival_scv.clamp(0.0, 1e6))
                        .ok()
                        .map(|gaps| Sampler::new(&gaps, stream(Purpose::Arrival, 0)));
                }
            }
            Arrivals::Closed { users, think } => {
                source.users = users;
                source.think = Distribution::exponential(think.0)
                    .ok()
                    .map(|think| Sampler::new(&think, stream(Purpose::Think, 0)));
            }
        }
        source
    }

    /// When the next batch arrives; `None` when never.
    #[inline]
    pub fn next_arrival(&mut self, now: f64) -> Option<f64> {
        Some(now + self.gaps.as_mut()?.draw())
    }

    /// How many requests arrive together.
    #[inline]
    pub fn draw_batch(&mut self) -> u32 {
        if self.batch == 1.0 {
            return 1;
        }
        let whole = libm::floor(self.batch);
        whole as u32 + u32::from(self.batches.happens(self.batch - whole))
    }

    /// The class of the next request, and where its route starts.
    #[inline]
    pub fn draw_route(&mut self) -> (u16, u32) {
        let route = if self.routes.len() == 1 {
            0
        } else {
            let point = self.mix.uniform();
            self.routes
                .iter()
                .position(|(sum, ..)| point < *sum)
                .unwrap_or(self.routes.len() - 1)
        };
        let (_, class, start) = self.routes[route];
        (class, start)
    }

    /// How long a user thinks, seconds.
    #[inline]
    pub fn think(&mut self) -> f64 {
        self.think.as_mut().map_or(0.0, Sampler::draw)
    }
}
