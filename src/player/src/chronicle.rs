//! Response times and booting instances through a run, in equal spans of its time. It knows neither the screen nor how long the run will be.
//!
//! Memory is bounded: when all spans are used, each two neighbours become one, twice as long.

use crate::band::{Band, band, design_effect};
use loadscape_sim::des::{Histogram, Simulation};
use loadscape_sim::scenario::{ClassId, ComponentId};
use serde::{Deserialize, Serialize};

/// Most spans.
const MOST: usize = 512;
/// The quantiles that are told.
pub const SHARES: [f64; 3] = [0.5, 0.95, 0.99];
/// So many independent times beyond a quantile are wished for in a point, so that the band has two ends and room.
const BEYOND: f64 = 6.0;
/// Fewer points aren't made of a view for that.
const FEWEST: usize = 8;
/// A point is put together of so many pieces at least, whose spread says how much alike neighbours are.
const PIECES: usize = 4;
/// Points on either side whose pieces count for that, too.
const NEIGHBOURS: usize = 2;

/// A class's times by bucket.
type Times = Vec<(u16, u32)>;

#[derive(Clone, Debug, Default)]
struct Piece {
    times: Vec<(ClassId, Times)>,
    /// Seconds for which instances booted.
    boots: Vec<(ComponentId, f64)>,
}

/// What has been written down.
#[derive(Clone, Debug)]
pub struct Chronicle {
    width: f64,
    pieces: Vec<Piece>,
    /// The totals at the last piece's end.
    times: Vec<(ClassId, Histogram)>,
    boots: Vec<(ComponentId, f64)>,
}

/// One quantile of a class through time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuantileCourse {
    /// When the first point's span begins, seconds since the start of the run.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// Point by point; `None` where too few were answered to say.
    pub points: Vec<Option<Band>>,
}

/// The quantiles of a class through time, by [`SHARES`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantiles {
    /// Each in points of its own length: the further out, the longer it takes to see something.
    pub own: [QuantileCourse; 3],
    /// All in the longest of those, so that they are of the same requests.
    pub common: [QuantileCourse; 3],
}

impl Chronicle {
    /// Nothing has been written yet; the first spans are so long (seconds, above 0).
    pub fn new(width: f64) -> Self {
        Chronicle {
            width,
            pieces: Vec::new(),
            times: Vec::new(),
            boots: Vec::new(),
        }
    }

    /// When the next piece is to be written, seconds.
    pub fn next_end(&self) -> f64 {
        self.width * (self.pieces.len() + 1) as f64
    }

    /// Writes a piece down. A step that leads beyond its end leaves to it what it brought.
    pub fn write(&mut self, simulation: &Simulation) {
        let mut piece = Piece::default();
        let times: Vec<(ClassId, Histogram)> = simulation
            .classes()
            .filter_map(|class| Some((class, simulation.response_times(class)?)))
            .collect();
        for (class, now) in &times {
            let before = self.times.iter().find(|(own, _)| own == class);
            let nothing = Histogram::default();
            // What is less than before has begun anew.
            let before = before
                .map(|(_, before)| before)
                .filter(|before| before.total() <= now.total());
            let since = now.buckets_since(before.unwrap_or(&nothing));
            if !since.is_empty() {
                piece.times.push((*class, since));
            }
        }
        self.times = times;
        let boots = simulation.autoscaled().into_iter();
        let boots: Vec<(ComponentId, f64)> = boots
            .filter_map(|component| Some((component, simulation.boot_seconds(component)?)))
            .collect();
        for (component, now) in &boots {
            let before = self.boots.iter().find(|(own, _)| own == component);
            let grown = now - before.map_or(0.0, |(_, before)| *before);
            if grown > 0.0 {
                piece.boots.push((*component, grown));
            }
        }
        self.boots = boots;
        self.pieces.push(piece);
        if self.pieces.len() == MOST {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let pairs = self.pieces.chunks(2);
        self.pieces = pairs
            .map(|pair| {
                let (first, rest) = pair
                    .split_first()
                    .map_or((Piece::default(), pair), |pair| (pair.0.clone(), pair.1));
                rest.iter().fold(first, joined)
            })
            .collect();
        self.width *= 2.0;
    }

    /// The pieces of which anything lies in this span of time.
    fn pieces_in(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let first = (from / self.width + 1e-9).floor().max(0.0) as usize;
        let end = (to / self.width - 1e-9).ceil().max(0.0) as usize;
        let end = end.min(self.pieces.len());
        first.min(end)..end
    }

    /// Instances of a component that booted, in points of this length from this moment on (seconds): a mean over the pieces that a point
    /// touches.
    pub fn booting(
        &self,
        component: ComponentId,
        start: f64,
        seconds: f64,
        points: usize,
    ) -> Vec<f64> {
        let of = |piece: &Piece| {
            let own = piece.boots.iter().find(|(own, _)| *own == component);
            own.map_or(0.0, |(_, boot)| *boot)
        };
        let mean = |point: usize| {
            let from = start + point as f64 * seconds;
            let own = self.pieces_in(from, from + seconds);
            let count = own.len();
            let sum: f64 = self.pieces[own].iter().map(of).sum();
            if count > 0 {
                sum / (count as f64 * self.width)
            } else {
                0.0
            }
        };
        (0..points).map(mean).collect()
    }

    /// A class's quantiles through a span of time, in points fine enough to see something and long enough to say something, and at most so
    /// many.
    pub fn quantiles(&self, class: ClassId, (from, to): (f64, f64), most: usize) -> Quantiles {
        let range = self.pieces_in(from, to);
        let own: Vec<Option<&Times>> = self.pieces[range.clone()]
            .iter()
            .map(|piece| {
                let own = piece.times.iter().find(|(own, _)| *own == class);
                own.map(|(_, times)| times)
            })
            .collect();
        let least = own.len().div_ceil(most.max(1)).max(PIECES);
        let least = least.next_power_of_two().min(own.len().max(1));
        let view = |share: f64, in_point: usize| {
            // Points begin where they would without a span: they don't change when the span moves on.
            let skipped = range.start.next_multiple_of(in_point) - range.start;
            View {
                start: (range.start + skipped) as f64 * self.width,
                in_point,
                share,
                groups: own[skipped.min(own.len())..]
                    .chunks_exact(in_point)
                    .map(|pieces| Group::of(pieces, share))
                    .collect(),
            }
        };
        let fine = SHARES.map(|share| {
            let mut in_point = least;
            loop {
                let view = view(share, in_point);
                // A longer run changes the length of points seldom: they double.
                if view.says_something() {
                    return view;
                }
                in_point *= 2;
            }
        });
        let longest = fine.iter().map(|view| view.in_point).max().unwrap_or(least);
        let course = |view: &View| view.course(self.width);
        Quantiles {
            common: fine.each_ref().map(|own| match own.in_point == longest {
                true => course(own),
                false => course(&view(own.share, longest)),
            }),
            own: fine.each_ref().map(course),
        }
    }
}

/// A class's quantiles in points of some length.
struct View {
    start: f64,
    in_point: usize,
    share: f64,
    groups: Vec<Group>,
}

impl View {
    fn effect(&self) -> f64 {
        usual_effect(&self.groups, self.share)
    }

    /// Whether enough lies beyond the quantile in most points, or there would be too few of them if they were longer.
    fn says_something(&self) -> bool {
        let beyond = usual(self.groups.iter().map(|group| group.times.total() as f64))
            * self.share.min(1.0 - self.share)
            / self.effect();
        beyond >= BEYOND || self.groups.len() < 2 * FEWEST
    }

    fn course(&self, width: f64) -> QuantileCourse {
        let effect = self.effect();
        let independent = |group: &Group| group.times.total() as f64 / effect;
        QuantileCourse {
            start: self.start,
            seconds: self.in_point as f64 * width,
            points: (self.groups.iter())
                .map(|group| band(self.share, &group.times, independent(group)))
                .collect(),
        }
    }
}

/// The middle one of what isn't nought; 0 without any.
fn usual(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.filter(|figure| *figure > 0.0).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// The design effect of most of a view's points, each looked at with its neighbours. One for all: if each had its own, those would be gaps
/// that are restless, and what is left would look too quiet.
fn usual_effect(groups: &[Group], share: f64) -> f64 {
    let effects = (0..groups.len()).map(|place| {
        let near = place.saturating_sub(NEIGHBOURS)..(place + NEIGHBOURS + 1).min(groups.len());
        let near: Vec<&[(f64, f64)]> = groups[near].iter().map(|own| &own.pieces[..]).collect();
        design_effect(share, &near)
    });
    usual(effects).max(1.0)
}

/// The pieces of a point.
struct Group {
    times: Histogram,
    /// How many were seen in each piece, and how many of them were below the quantile of all.
    pieces: Vec<(f64, f64)>,
}

impl Group {
    fn of(pieces: &[Option<&Times>], share: f64) -> Self {
        let mut times = Histogram::default();
        for own in pieces.iter().flatten() {
            times.add_buckets(own);
        }
        let quantile = times.quantile(share).unwrap_or(0.0);
        let counts = pieces.iter().map(|own| {
            let mut histogram = Histogram::default();
            if let Some(own) = own {
                histogram.add_buckets(own);
            }
            let total = histogram.total() as f64;
            (total, total * histogram.share_up_to(quantile))
        });
        let counts = counts.collect();
        Group {
            times,
            pieces: counts,
        }
    }
}

fn joined(mut sum: Piece, more: &Piece) -> Piece {
    for (class, times) in &more.times {
        match sum.times.iter_mut().find(|(own, _)| own == class) {
            Some((_, own)) => *own = merged(own, times),
            None => sum.times.push((*class, times.clone())),
        }
    }
    for (component, boot) in &more.boots {
        match sum.boots.iter_mut().find(|(own, _)| own == component) {
            Some((_, own)) => *own += boot,
            None => sum.boots.push((*component, *boot)),
        }
    }
    sum
}

/// Two sorted lists of buckets as one.
fn merged(one: &[(u16, u32)], other: &[(u16, u32)]) -> Times {
    let mut all: Times = one.iter().chain(other).copied().collect();
    all.sort_unstable_by_key(|(bucket, _)| *bucket);
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
    all
}
