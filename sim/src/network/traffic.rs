//! When populations send: in which pattern, and at which rate through time. It draws nothing and knows no requests.

use super::{Network, Source};
use crate::units::{PerSecond, Seconds};
use std::sync::Arc;

/// When a source sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Independent of the answers.
    Open {
        /// Requests a second, all classes together, at the highest that the rate goes: bursts and calm together where there are bursts.
        peak: PerSecond,
        /// How they follow one another.
        pattern: Pattern,
        /// Requests that arrive together; 1 for single arrivals.
        batch: f64,
        /// The nightly trough as a share of the peak, 0 to 1; the day between is a sinusoid. 1 is the same all day.
        trough_share: f64,
        /// How the rate goes through time. A steady state is that of the peak.
        profile: Profile,
    },
    /// Each user waits for the answer, thinks, and sends the next.
    Closed {
        /// Number of users.
        users: u32,
        /// Mean think time.
        think: Seconds,
    },
}

impl Arrivals {
    /// Single arrivals, independent of one another, always at this rate.
    pub fn poisson(rate: PerSecond) -> Self {
        Arrivals::Open {
            peak: rate,
            pattern: Pattern::POISSON,
            batch: 1.0,
            trough_share: 1.0,
            profile: Profile::Constant,
        }
    }

    /// Whether the rate changes in the first so many seconds.
    pub fn varies_before(&self, seconds: f64) -> bool {
        match self {
            Arrivals::Open {
                pattern, profile, ..
            } => matches!(pattern, Pattern::Replayed(_)) || profile.varies_before(seconds),
            Arrivals::Closed { .. } => false,
        }
    }
}

impl Network {
    /// The network with every source at the rate with which it begins, always; `None` when none of them ever changes it.
    pub fn as_begun(&self) -> Option<Network> {
        let changes = |source: &Source| source.arrivals.varies_before(f64::INFINITY);
        if !self.sources.iter().any(changes) {
            return None;
        }
        let mut begun = self.clone();
        for source in &mut begun.sources {
            if let Arrivals::Open { peak, profile, .. } = &mut source.arrivals {
                *peak = *peak * profile.share_at(0.0);
                *profile = Profile::Constant;
            }
        }
        Some(begun)
    }
}

/// How arrivals follow one another.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Independent gaps of one law.
    Renewal {
        /// Squared coefficient of variation of the gaps: 0 clockwork, 1 Poisson, more is bursty.
        scv: f64,
    },
    /// Poisson at a rate that is higher now and then.
    Bursts(Bursts),
    /// At these moments since the beginning, in rising order, and never again.
    Replayed(Arc<[Seconds]>),
}

impl Pattern {
    /// Independently of one another.
    pub const POISSON: Pattern = Pattern::Renewal { scv: 1.0 };
}

/// A Poisson process whose rate switches between calm and burst at times that are exponential: the two-state Markov-modulated Poisson process
/// (Fischer & Meier-Hellstern 1993, "The Markov-modulated Poisson process (MMPP) cookbook").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bursts {
    /// The rate of a burst over the rate between bursts; above 1.
    pub factor: f64,
    /// Mean length of a burst; above 0.
    pub length: Seconds,
    /// Share of the time in bursts, above 0 and below 1.
    pub share: f64,
}

impl Bursts {
    /// The rates between bursts and in them, as multiples of the mean rate.
    pub fn rates(&self) -> [f64; 2] {
        let calm = 1.0 / (1.0 - self.share + self.share * self.factor);
        [calm, calm * self.factor]
    }

    /// How often calm ends, and a burst, each a second while it lasts.
    pub fn ends(&self) -> [f64; 2] {
        let burst = 1.0 / self.length.0;
        [burst * self.share / (1.0 - self.share), burst]
    }

    /// Index of dispersion of the arrivals in this span, at this mean rate a second: variance over mean of their number (Fischer &
    /// Meier-Hellstern 1993, the variance of the number of arrivals of the stationary process). 1 is Poisson; it grows with the span up to what
    /// an infinite one gives.
    pub fn dispersion(&self, rate: f64, span: f64) -> f64 {
        let ([calm, burst], [begin, end]) = (self.rates(), self.ends());
        let switching = begin + end;
        let difference = rate * (burst - calm);
        let most = 2.0 * difference * difference * begin * end
            / (switching * switching * switching)
            / rate;
        let x = switching * span;
        let reached = if x.is_infinite() {
            1.0
        } else if x > 1e-6 {
            1.0 + libm::expm1(-x) / x
        } else {
            0.5 * x
        };
        1.0 + most * reached
    }
}

/// How a rate goes through time, as a share of its peak.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Profile {
    /// Always the peak.
    #[default]
    Constant,
    /// A sinusoid, lowest at time 0 and highest half a period later.
    Daily {
        /// The lowest, as a share of the peak, 0 to 1.
        low: f64,
        /// From one low to the next; above 0.
        period: Seconds,
    },
    /// Straight lines between these points, which don't go back in time (two at one time are a jump); as the first before it, and as the last
    /// from there on.
    Lines(Arc<[RatePoint]>),
}

/// The rate at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// Since the beginning.
    pub at: Seconds,
    /// As a share of the peak, 0 to 1.
    pub share: f64,
}

impl Profile {
    /// The rate at a moment (seconds since the beginning) as a share of the peak; at a jump, what it jumps to.
    pub fn share_at(&self, seconds: f64) -> f64 {
        match self {
            Profile::Constant => 1.0,
            Profile::Daily { low, period } => {
                let turn = 2.0 * std::f64::consts::PI * (seconds / period.0);
                0.5 * (1.0 + low) - 0.5 * (1.0 - low) * libm::cos(turn)
            }
            Profile::Lines(points) => {
                let next = points.partition_point(|point| point.at.0 <= seconds);
                match (next.checked_sub(1), points.get(next)) {
                    (None, first) => first.map_or(1.0, |first| first.share),
                    (Some(last), None) => points[last].share,
                    (Some(before), Some(after)) => {
                        let before = points[before];
                        let part = (seconds - before.at.0) / (after.at.0 - before.at.0);
                        before.share + (after.share - before.share) * part
                    }
                }
            }
        }
    }

    /// Whether the rate changes in the first so many seconds.
    pub fn varies_before(&self, seconds: f64) -> bool {
        match self {
            Profile::Constant => false,
            Profile::Daily { low, .. } => *low < 1.0 && seconds > 0.0,
            Profile::Lines(points) => points.windows(2).any(|pair| {
                pair[0].at.0 < seconds && pair[1].at.0 > 0.0 && pair[0].share != pair[1].share
            }),
        }
    }
}
