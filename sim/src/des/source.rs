//! When populations send, and what. It doesn't know what becomes of their requests.

use super::agenda::Serial;
use super::law::Sampler;
use super::program::SourceSpec;
use super::random::{Purpose, Stream};
use super::varying::{Next, Varying};
use crate::distribution::Distribution;
use crate::network::{Arrivals, Pattern, Profile};

/// A population.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Share of this or an earlier class, the class, and where its route starts.
    routes: Vec<(f64, u16, u32)>,
    mix: Stream,
    gaps: Option<Sampler>,
    /// When the rate changes through time; `gaps` is empty then.
    varying: Option<Box<Varying>>,
    /// Whether the planned entry is an arrival, and not only a time to look again.
    pub arrives: bool,
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
            varying: None,
            arrives: true,
            batch: 1.0,
            batches: stream(Purpose::Arrival, 1),
            think: None,
            start: spec.start,
            pending: Serial::NONE,
            users: 0,
        };
        match &spec.arrivals {
            Arrivals::Open {
                peak,
                pattern,
                batch,
                profile,
                ..
            } => {
                source.batch = batch.max(1.0);
                if peak.0 > 0.0 {
                    let gap = (source.batch / peak.0).min(crate::distribution::LONGEST_SECONDS);
                    source.come(pattern, profile, gap, stream);
                }
            }
            Arrivals::Closed { users, think } => {
                source.users = *users;
                source.think = Distribution::exponential(think.0)
                    .ok()
                    .map(|think| Sampler::new(&think, stream(Purpose::Think, 0)));
            }
        }
        source
    }

    /// Sets up when batches come, on average this far apart in seconds while the rate is highest.
    fn come(
        &mut self,
        pattern: &Pattern,
        profile: &Profile,
        gap: f64,
        stream: impl Fn(Purpose, u32) -> Stream,
    ) {
        let arrivals = stream(Purpose::Arrival, 0);
        let gaps = |scv: f64| Distribution::with_moments(gap, scv.clamp(0.0, 1e6)).ok();
        let varying = match (pattern, profile) {
            (Pattern::Renewal { scv }, Profile::Constant) => {
                self.gaps = gaps(*scv).map(|gaps| Sampler::new(&gaps, arrivals));
                return;
            }
            (Pattern::Renewal { scv }, _) if *scv != 1.0 => match gaps(*scv) {
                Some(gaps) => Varying::stretched(profile.clone(), Sampler::new(&gaps, arrivals)),
                None => return,
            },
            (Pattern::Replayed(moments), _) => Varying::replayed(moments.clone()),
            (Pattern::Renewal { .. } | Pattern::Bursts(_), _) => {
                let bursts = match pattern {
                    Pattern::Bursts(bursts) => Some((*bursts, stream(Purpose::Burst, 0))),
                    _ => None,
                };
                let streams = (arrivals, stream(Purpose::Thinning, 0));
                Varying::thinned(profile.clone(), 1.0 / gap, bursts, streams)
            }
        };
        self.varying = Some(Box::new(varying));
    }

    /// When the next batch arrives, or when to look again; `None` when never.
    #[inline]
    pub fn next_arrival(&mut self, now: f64) -> Option<f64> {
        match &mut self.gaps {
            Some(gaps) => Some(now + gaps.draw()),
            None => self.next_varying(now),
        }
    }

    #[inline(never)]
    fn next_varying(&mut self, now: f64) -> Option<f64> {
        let next = self.varying.as_mut()?.next(now);
        self.arrives = matches!(next, Next::Arrival(_));
        match next {
            Next::Arrival(time) | Next::Nothing(time) => Some(time),
            Next::Never => None,
        }
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
