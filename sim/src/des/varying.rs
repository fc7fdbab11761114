//! Arrivals whose rate changes through time: the next one after another. It doesn't know what arrives.
//!
//! Poisson arrivals, with or without bursts, are thinned (Lewis & Shedler 1979): candidates come at the highest rate of the stretch of time at
//! hand, and each is taken with the share that the rate has of it. Stretches are short where the rate goes far, so that most are taken.
//! Gaps of any other law are stretched by the time change that makes the rate constant: clockwork at twice the rate ticks twice as
//! often, and gaps vary as much at night as at noon (Çinlar 1975, section 4.7). Bursts come and go by the clock, whatever the rate.

use super::law::Sampler;
use super::random::Stream;
use crate::network::{Bursts, Profile};
use crate::theory::special::increasing_root;
use crate::units::Seconds;
use std::sync::Arc;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// An arrival at this time, seconds.
    Arrival(f64),
    /// Nothing up to this time; look again then.
    Nothing(f64),
    /// Nothing ever again.
    Never,
}

/// Ends of stretches, of bursts and of calm, and candidates, that are passed in one go: where hardly anybody comes, time goes on in between.
const MOST_AT_ONCE: u32 = 64;

/// Parts of a period, each of which rises or falls alone.
const PARTS: f64 = 32.0;

/// Arrivals by a profile.
#[derive(Clone, Debug)]
pub(super) struct Varying {
    profile: Profile,
    /// The line that time is on: the number of points that it has come to.
    line: usize,
    /// Arrivals are so many times as frequent as the profile says.
    factor: f64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Thinned(Thinned),
    /// Gaps in seconds at the peak's rate, and what is left of the present one.
    Stretched {
        gaps: Sampler,
        left: Option<f64>,
    },
    /// The moments, and how many of them are over.
    Replayed {
        moments: Arc<[Seconds]>,
        over: usize,
    },
}

#[derive(Clone, Debug)]
struct Thinned {
    /// Arrivals a second at the peak.
    rate: f64,
    arrivals: Stream,
    /// Candidates that are still to come before the next, on average.
    left: Option<f64>,
    choice: Stream,
    bursts: Option<Modulation>,
}

/// Bursts that come and go.
#[derive(Clone, Debug)]
struct Modulation {
    /// As multiples of the mean rate: between bursts, and in them.
    rates: [f64; 2],
    /// How often each ends, a second.
    ends: [f64; 2],
    stream: Stream,
    bursting: bool,
    until: f64,
}

/// A stretch of time in which the rate only rises or only falls.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: f64,
    end: f64,
    /// Shares of the peak at its start and before its end.
    shares: (f64, f64),
}

impl Stretch {
    fn most(&self) -> f64 {
        self.shares.0.max(self.shares.1)
    }
}

impl Varying {
    /// Poisson arrivals at this rate a second at the peak.
    pub fn thinned(
        profile: Profile,
        rate: f64,
        bursts: Option<(Bursts, Stream)>,
        (arrivals, choice): (Stream, Stream),
    ) -> Self {
        let bursts = bursts.map(|(bursts, mut stream)| {
            let ends = bursts.ends();
            let bursting = stream.happens(bursts.share);
            let until = stream.exponential() / ends[usize::from(bursting)];
            Modulation {
                rates: bursts.rates(),
                ends,
                stream,
                bursting,
                until,
            }
        });
        Varying::of(
            profile,
            Kind::Thinned(Thinned {
                rate,
                arrivals,
                left: None,
                choice,
                bursts,
            }),
        )
    }

    /// Gaps of any law, as they are at the peak.
    pub fn stretched(profile: Profile, gaps: Sampler) -> Self {
        Varying::of(profile, Kind::Stretched { gaps, left: None })
    }

    /// Arrivals at these moments.
    pub fn replayed(moments: Arc<[Seconds]>) -> Self {
        Varying::of(Profile::Constant, Kind::Replayed { moments, over: 0 })
    }

    fn of(profile: Profile, kind: Kind) -> Self {
        Varying {
            profile,
            line: 0,
            factor: 1.0,
            kind,
        }
    }

    /// Begins at this time instead of 0: what was to come before it doesn't.
    pub fn begin_at(&mut self, now: f64) {
        match &mut self.kind {
            Kind::Replayed { moments, over } => {
                *over = moments.partition_point(|moment| moment.0 < now);
            }
            Kind::Thinned(Thinned {
                bursts: Some(bursts),
                ..
            }) => bursts.until += now,
            Kind::Thinned(_) | Kind::Stretched { .. } => {}
        }
    }

    /// Takes the place of another, with its streams and its bursts under way.
    pub fn go_on_from(&mut self, other: Varying) {
        match (&mut self.kind, other.kind) {
            (Kind::Thinned(own), Kind::Thinned(old)) => {
                own.arrivals = old.arrivals;
                own.choice = old.choice;
                if let (Some(own), Some(old)) = (&mut own.bursts, old.bursts) {
                    own.stream = old.stream;
                    own.bursting = old.bursting;
                    own.until = old.until;
                }
            }
            (Kind::Stretched { gaps, .. }, Kind::Stretched { gaps: old, .. }) => {
                gaps.go_on_from(old);
            }
            _ => {}
        }
    }

    /// Whether moments are replayed.
    pub fn is_replayed(&self) -> bool {
        matches!(self.kind, Kind::Replayed { .. })
    }

    /// From now on arrivals are so many times as frequent as the profile says; the next one that was told, or the time to look again, is `due`,
    /// and counts no longer. (What is left of a wait without memory is drawn anew. Bursts go by the clock, which may already have been
    /// followed up to the arrival that was told.)
    pub fn multiply(&mut self, now: f64, due: f64, factor: f64) {
        // Time may go back to before the arrival that was told.
        self.line = 0;
        match &mut self.kind {
            Kind::Thinned(thinned) => thinned.left = None,
            Kind::Stretched { left, .. } => {
                let (mut at, mut ahead) = (now, 0.0);
                while at < due {
                    let stretch = stretch(&self.profile, &mut self.line, at);
                    let end = stretch.end.min(due);
                    ahead += integral(&self.profile, &stretch, at, end);
                    at = end;
                }
                self.line = 0;
                *left = Some(left.take().unwrap_or(0.0) + self.factor * ahead);
            }
            Kind::Replayed { .. } => {}
        }
        self.factor = factor;
    }

    /// What comes after this time, which isn't before what came last.
    pub fn next(&mut self, now: f64) -> Next {
        match &mut self.kind {
            Kind::Thinned(thinned) => thinned.next(&self.profile, &mut self.line, now, self.factor),
            Kind::Stretched { gaps, left } => {
                let mut gap = left.take().unwrap_or_else(|| gaps.draw());
                let mut at = now;
                for _ in 0..MOST_AT_ONCE {
                    let stretch = stretch(&self.profile, &mut self.line, at);
                    let whole = self.factor * integral(&self.profile, &stretch, at, stretch.end);
                    if gap <= whole && whole > 0.0 {
                        let gap = gap / self.factor;
                        return Next::Arrival(reached(&self.profile, &stretch, at, gap));
                    }
                    if stretch.end == f64::INFINITY {
                        *left = Some(gap);
                        return Next::Never;
                    }
                    gap -= whole;
                    at = stretch.end;
                }
                *left = Some(gap);
                Next::Nothing(at)
            }
            Kind::Replayed { moments, over } => match moments.get(*over) {
                Some(moment) => {
                    *over += 1;
                    Next::Arrival(moment.0.max(now))
                }
                None => Next::Never,
            },
        }
    }
}

impl Thinned {
    fn next(&mut self, profile: &Profile, line: &mut usize, now: f64, times: f64) -> Next {
        let mut at = now;
        let mut left = match self.left.take() {
            Some(left) => left,
            None => self.arrivals.exponential(),
        };
        for _ in 0..MOST_AT_ONCE {
            let stretch = stretch(profile, line, at);
            let (factor, until) = match &mut self.bursts {
                Some(bursts) => bursts.at(at),
                None => (1.0, f64::INFINITY),
            };
            let end = stretch.end.min(until);
            let most = stretch.most();
            let rate = self.rate * times * factor * most;
            if rate > 0.0 {
                let candidate = at + left / rate;
                if candidate < end {
                    let share = profile.share_at(candidate);
                    if share >= most || self.choice.uniform() * most < share {
                        return Next::Arrival(candidate);
                    }
                    at = candidate;
                    left = self.arrivals.exponential();
                    continue;
                }
                left = (left - rate * (end - at)).max(0.0);
            }
            if end == f64::INFINITY {
                return Next::Never;
            }
            at = end;
        }
        self.left = Some(left);
        Next::Nothing(at)
    }
}

impl Modulation {
    /// The rate at this time as a multiple of the mean, and until when.
    fn at(&mut self, time: f64) -> (f64, f64) {
        while self.until <= time {
            self.bursting = !self.bursting;
            let end = self.ends[usize::from(self.bursting)];
            self.until += self.stream.exponential() / end;
        }
        (self.rates[usize::from(self.bursting)], self.until)
    }
}

/// The stretch of this profile in which a time lies; `line` moves along with the time.
fn stretch(profile: &Profile, line: &mut usize, at: f64) -> Stretch {
    match profile {
        Profile::Constant => Stretch {
            start: 0.0,
            end: f64::INFINITY,
            shares: (1.0, 1.0),
        },
        Profile::Daily { period, .. } => {
            let part = period.0 / PARTS;
            let mut nth = libm::floor(at / part);
            // Rounding must not end a stretch before it begins.
            while (nth + 1.0) * part <= at {
                nth += 1.0;
            }
            let (start, end) = (nth * part, (nth + 1.0) * part);
            Stretch {
                start,
                end,
                shares: (profile.share_at(start), profile.share_at(end)),
            }
        }
        Profile::Lines(points) => {
            while points.get(*line).is_some_and(|point| point.at.0 <= at) {
                *line += 1;
            }
            let before = line.checked_sub(1).map(|place| points[place]);
            let after = points.get(*line).copied();
            let share = |point: Option<crate::network::RatePoint>| point.map(|point| point.share);
            let first = share(before).or(share(after)).unwrap_or(1.0);
            Stretch {
                start: before.map_or(0.0, |point| point.at.0),
                end: after.map_or(f64::INFINITY, |point| point.at.0),
                // Before the first point the rate is that of the first.
                shares: (first, before.and(share(after)).unwrap_or(first)),
            }
        }
    }
}

/// The integral of the share of the peak from one time to another, both in the stretch: seconds at the peak's rate.
fn integral(profile: &Profile, stretch: &Stretch, from: f64, to: f64) -> f64 {
    let span = to - from;
    match profile {
        Profile::Daily { low, period } => {
            let turn = 2.0 * std::f64::consts::PI / period.0;
            let swing = (libm::sin(turn * to) - libm::sin(turn * from)) / turn;
            (0.5 * (1.0 + low) * span - 0.5 * (1.0 - low) * swing).max(0.0)
        }
        _ if stretch.shares.0 == stretch.shares.1 => {
            if stretch.shares.0 > 0.0 {
                stretch.shares.0 * span
            } else {
                0.0
            }
        }
        _ => span * 0.5 * (on_line(stretch, from) + on_line(stretch, to)),
    }
}

fn on_line(stretch: &Stretch, at: f64) -> f64 {
    let (first, last) = stretch.shares;
    if stretch.end == f64::INFINITY {
        return first;
    }
    first + (last - first) * ((at - stretch.start) / (stretch.end - stretch.start))
}

/// When the integral from this time on comes to so much, within the stretch.
fn reached(profile: &Profile, stretch: &Stretch, from: f64, gap: f64) -> f64 {
    match profile {
        Profile::Daily { .. } => increasing_root(
            |to| integral(profile, stretch, from, to) - gap,
            from,
            stretch.end,
            1e-13,
        )
        .unwrap_or(stretch.end),
        _ => {
            let slope = if stretch.end == f64::INFINITY {
                0.0
            } else {
                (stretch.shares.1 - stretch.shares.0) / (stretch.end - stretch.start)
            };
            let share = on_line(stretch, from);
            // Of the two roots of share · x + slope · x² / 2 = gap the first that time comes to, without a difference of near equals.
            let root = libm::sqrt((share * share + 2.0 * slope * gap).max(0.0));
            (from + 2.0 * gap / (share + root)).min(stretch.end)
        }
    }
}
