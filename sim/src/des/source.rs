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
    /// Who they are, as a number.
    pub component: u32,
    /// Share of this or an earlier class, the class, and where its route starts.
    routes: Vec<(f64, u16, u32)>,
    mix: Stream,
    /// Which keys its requests ask their balancers for.
    pub asked: Stream,
    /// As specified; `None` when it has left.
    arrivals: Option<Arrivals>,
    gaps: Option<Sampler>,
    /// Mean time between arrivals, seconds.
    gap: f64,
    /// When the rate changes through time; `gaps` is empty then.
    varying: Option<Box<Varying>>,
    /// Whether requests come one by one, after gaps of which each is drawn like the others.
    pub is_plain: bool,
    /// Whether the planned entry is an arrival, and not only a time to look again.
    pub arrives: bool,
    /// Requests that arrive together, usually and now.
    usual_batch: f64,
    batch: f64,
    batches: Stream,
    think: Option<Sampler>,
    /// Mean think time, seconds.
    think_seconds: f64,
    /// Where its jobs start.
    pub start: u32,
    /// The agenda's entry for its next arrival.
    pub pending: Serial,
    /// When that is, seconds.
    pub due: f64,
    /// It sends so many times as much as usual.
    pub factor: f64,
    /// Gaps are so many times as long as drawn, where their law is always the same.
    stretch: f64,
    /// Seconds to the next arrival at the usual rate when the factor was last changed.
    left: f64,
    /// Users, when it is closed.
    pub users: u32,
    /// Users in the middle of a request who will leave at its end.
    pub leaving: u32,
    /// Users for whom there was no room.
    pub unseated: u32,
}

/// How much longer the times under way have become when a population was changed: 1 when they stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    /// Until the next arrival; `None` when none was under way or none will be.
    pub gap: Option<f64>,
    /// Until users have thought.
    pub think: f64,
}

impl Source {
    /// Sets a population up.
    pub fn new(seed: u64, spec: &SourceSpec) -> Self {
        let component = spec.component.0;
        let stream = |purpose, ordinal| Stream::named(seed, component, purpose, ordinal);
        let mut source = Source {
            component,
            routes: spec
                .routes
                .iter()
                .map(|(sum, class, start)| (*sum, *class as u16, *start))
                .collect(),
            mix: stream(Purpose::Mix, 0),
            asked: stream(Purpose::Asked, 0),
            arrivals: Some(spec.arrivals.clone()),
            gaps: None,
            gap: f64::INFINITY,
            varying: None,
            is_plain: false,
            arrives: true,
            usual_batch: 1.0,
            batch: 1.0,
            batches: stream(Purpose::Arrival, 1),
            think: None,
            think_seconds: 0.0,
            start: spec.start,
            pending: Serial::NONE,
            due: 0.0,
            factor: 1.0,
            stretch: 1.0,
            left: 0.0,
            users: 0,
            leaving: 0,
            unseated: 0,
        };
        match &spec.arrivals {
            Arrivals::Open {
                peak,
                pattern,
                batch,
                profile,
                ..
            } => {
                source.usual_batch = batch.max(1.0);
                source.batch = source.usual_batch;
                if peak.0 > 0.0 {
                    let gap = (source.batch / peak.0).min(crate::distribution::LONGEST_SECONDS);
                    source.gap = gap;
                    source.come(pattern, profile, gap, stream);
                }
                source.is_plain = source.gaps.is_some() && source.batch == 1.0;
            }
            Arrivals::Closed { users, think } => {
                source.users = *users;
                source.think_seconds = think.0;
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

    /// Becomes as specified, with the streams it has. Times under way are stretched as their means are, which leaves exponential ones
    /// without memory, and others as if their clock went at another speed. Where rates change through time, the next arrival is drawn anew.
    pub fn change(&mut self, seed: u64, spec: &SourceSpec, now: f64) -> Stretch {
        let mut other = Source::new(seed, spec);
        if self.arrivals == other.arrivals {
            self.routes = other.routes;
            self.start = other.start;
            return Stretch {
                gap: Some(1.0),
                think: 1.0,
            };
        }
        if let Some(varying) = &mut other.varying {
            varying.begin_at(now);
        }
        let Source {
            component: _,
            usual_batch: _,
            due,
            factor,
            stretch,
            left,
            routes: _,
            mix,
            asked,
            arrivals: _,
            gaps,
            gap,
            varying,
            is_plain: _,
            arrives: _,
            batch: _,
            batches,
            think,
            think_seconds,
            start: _,
            pending,
            users: _,
            leaving: _,
            unseated: _,
        } = std::mem::replace(self, other);
        self.mix = mix;
        self.asked = asked;
        self.batches = batches;
        self.pending = pending;
        let had_gaps = gaps.is_some();
        let ratio = self.gap / gap;
        if had_gaps && self.gaps.is_some() {
            // A fault that multiplies goes on doing so.
            self.factor = factor;
            self.stretch = stretch;
            self.due = now + (due - now) * ratio;
            self.left = left * ratio;
        } else if self.users > 0 {
            self.factor = factor;
        }
        for (own, old) in [(&mut self.gaps, gaps), (&mut self.think, think)] {
            if let (Some(own), Some(old)) = (own, old) {
                own.go_on_from(old);
            }
        }
        if let (Some(own), Some(old)) = (&mut self.varying, varying) {
            own.go_on_from(*old);
        }
        Stretch {
            gap: (had_gaps && self.gaps.is_some()).then_some(ratio),
            think: if think_seconds > 0.0 {
                self.think_seconds / think_seconds
            } else {
                1.0
            },
        }
    }

    /// How many users there are to be, as often as a fault says.
    pub fn wanted_users(&self) -> u32 {
        libm::round(f64::from(self.users) * self.factor).min(f64::from(u32::MAX)) as u32
    }

    /// Nobody is sent any more; users leave at the end of what they are doing.
    pub fn leave(&mut self) {
        self.arrivals = None;
        self.gaps = None;
        self.is_plain = false;
        self.varying = None;
        self.pending = Serial::NONE;
        self.users = 0;
        self.unseated = 0;
        self.leaving = u32::MAX;
        self.routes.clear();
    }

    /// When the next batch arrives, or when to look again; `None` when never.
    #[inline]
    pub fn next_arrival(&mut self, now: f64) -> Option<f64> {
        match &mut self.gaps {
            Some(gaps) => {
                self.due = now + gaps.draw() * self.stretch;
                Some(self.due)
            }
            None => self.next_varying(now),
        }
    }

    #[inline(never)]
    fn next_varying(&mut self, now: f64) -> Option<f64> {
        let next = self.varying.as_mut()?.next(now);
        self.arrives = matches!(next, Next::Arrival(_));
        match next {
            Next::Arrival(time) | Next::Nothing(time) => {
                self.due = time;
                Some(time)
            }
            Next::Never => None,
        }
    }

    /// From now on it sends so many times as much as usual: the time to the next arrival passes so much faster. Says when that comes, or
    /// when to look again; `None` when never.
    pub fn multiply(&mut self, now: f64, factor: f64) -> Option<f64> {
        let before = std::mem::replace(&mut self.factor, factor);
        if let Some(varying) = &mut self.varying {
            if varying.is_replayed() {
                // Moments stay where they are, and more or fewer requests come in each.
                self.batch = self.usual_batch * factor;
                return (self.pending != Serial::NONE).then_some(self.due);
            }
            varying.multiply(now, self.due, factor);
            return self.next_varying(now);
        }
        self.gaps.as_ref()?;
        if before > 0.0 {
            self.left = (self.due - now).max(0.0) * before;
        }
        if factor > 0.0 {
            self.stretch = 1.0 / factor;
            self.due = now + self.left / factor;
            Some(self.due)
        } else {
            None
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
