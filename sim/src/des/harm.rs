//! What a run shows beside answers and times, point by point: reads that found what is out of date, work that failed when its request had
//! been answered, and look-ups that found nothing. It doesn't know what is to blame.
//!
//! Events of so many chances have the control limits of a chart for defects per unit (Shewhart 1931; Montgomery 2009, "Introduction to
//! Statistical Quality Control", section 7.3): three standard deviations from the mean, which are those of chance, √(u/n) of n units, or those
//! that were seen where they are more. What is rare may not have happened yet at all, so that one more is added to what was seen (Laplace's rule of
//! succession).

use super::Simulation;
use super::columns::OfClass;
use super::course::SIGMAS;
use super::trend::lessens;
use super::verdict::Worse;

/// More events of so many chances than their limit are worth a word: reads out of date, work that failed later.
pub(super) const MORE_STALE: f64 = 0.01;
const MORE_FAILED: f64 = 0.002;
/// What reads find is older than before when it is so many times as old.
pub(super) const OLDER: f64 = 2.0;

/// Events of so many chances.
#[derive(Clone, Copy, Debug, Default)]
struct Events {
    count: f64,
    chances: f64,
}

impl Events {
    fn share(&self) -> Option<f64> {
        (self.chances > 0.0).then(|| self.count / self.chances)
    }
}

/// How often an event usually is.
#[derive(Clone, Copy, Debug)]
struct Usual {
    share: f64,
    variance: f64,
}

impl Usual {
    /// At these points; `None` where there were no chances.
    fn of(points: impl Iterator<Item = Events> + Clone) -> Option<Self> {
        let all = points.clone().fold(Events::default(), |sum, own| Events {
            count: sum.count + own.count,
            chances: sum.chances + own.chances,
        });
        let mean = all.share()?;
        let shares = points.filter_map(|own| own.share());
        let squares = shares
            .clone()
            .map(|share| (share - mean) * (share - mean))
            .sum::<f64>();
        Some(Usual {
            share: (all.count + 1.0) / (all.chances + 1.0),
            variance: squares / (shares.count() as f64 - 1.0).max(1.0),
        })
    }

    /// Whether there are no more now, but for this share.
    fn holds(&self, now: Events, more: f64) -> bool {
        now.share().is_none_or(|share| {
            let variance = self.variance.max(self.share / now.chances);
            share <= self.share + SIGMAS * libm::sqrt(variance) + more
        })
    }
}

/// What there was at one point of time.
#[derive(Clone, Debug)]
pub(super) struct Harm {
    /// By copy that is read: reads, and those of what was out of date.
    stale: Vec<Events>,
    /// And for how long that had been so, on average of all reads, seconds.
    ages: Vec<Option<f64>>,
    /// By class: work that failed later, of the requests sent.
    later: Vec<Events>,
    /// By store: look-ups that found nothing.
    missed: Vec<Events>,
}

impl Harm {
    /// From this window up to that one.
    pub fn of(simulation: &Simulation, from: usize, to: usize) -> Self {
        let tally = &simulation.engine.tally;
        let (windows, columns) = (&tally.windows, tally.columns());
        let sum = |column: usize| -> f64 {
            let cells = (from..to).map(|window| windows.cell(window, column));
            cells.fold(0.0, std::ops::Add::add)
        };
        let places = &simulation.places.classes;
        let reads: Vec<[f64; 3]> = simulation
            .copies_read()
            .map(|(_, copy)| {
                let mut all = [0.0; 3];
                for class in places {
                    let (asked, stale, age) = columns.reads(copy, *class as usize);
                    for (own, column) in all.iter_mut().zip([asked, stale, age]) {
                        *own += sum(column);
                    }
                }
                all
            })
            .collect();
        let later = places.iter().map(|place| {
            let place = *place as usize;
            let of = |figure| sum(columns.class(place, figure));
            let causes = 0..simulation.engine.causes.len();
            let failed: f64 = causes
                .map(|cause| sum(columns.failures(place, cause)))
                .sum();
            Events {
                count: (failed - of(OfClass::Errors) - of(OfClass::Refused)).max(0.0),
                chances: of(OfClass::Offered),
            }
        });
        let stores = simulation.places.stores.iter();
        let missed = stores.map(|store| {
            let mut all = Events::default();
            for class in places {
                let (asked, found, _) = columns.lookups(*store as usize, *class as usize);
                all.chances += sum(asked);
                all.count += sum(asked) - sum(found);
            }
            all
        });
        Harm {
            stale: (reads.iter())
                .map(|[asked, stale, _]| Events {
                    count: *stale,
                    chances: *asked,
                })
                .collect(),
            ages: (reads.iter())
                .map(|[asked, _, age]| (*asked > 0.0).then(|| age / asked))
                .collect(),
            later: later.collect(),
            missed: missed.collect(),
        }
    }
}

/// What is usual of it.
#[derive(Clone, Debug)]
pub(super) struct Usually {
    stale: Vec<Option<Usual>>,
    ages: Vec<Option<f64>>,
    later: Vec<Option<Usual>>,
    missed: Vec<Option<Usual>>,
}

impl Usually {
    /// At these points.
    pub fn of(points: &[&Harm]) -> Self {
        let each = |get: fn(&Harm) -> &Vec<Events>| -> Vec<Option<Usual>> {
            let count = points.first().map_or(0, |first| get(first).len());
            (0..count)
                .map(|place| Usual::of(points.iter().map(|point| get(point)[place])))
                .collect()
        };
        let oldest = |place: usize| {
            let ages = points.iter().filter_map(|point| point.ages[place]);
            ages.reduce(f64::max)
        };
        let copies = points.first().map_or(0, |first| first.ages.len());
        Usually {
            stale: each(|harm| &harm.stale),
            ages: (0..copies).map(oldest).collect(),
            later: each(|harm| &harm.later),
            missed: each(|harm| &harm.missed),
        }
    }

    /// What is worse at a point than usual, if anything is.
    pub fn worse(&self, now: &Harm) -> Option<Worse> {
        let more = |own: &[Events], usual: &[Option<Usual>], than: f64| {
            let mut pairs = own.iter().zip(usual);
            pairs.any(|(now, usual)| usual.is_some_and(|usual| !usual.holds(*now, than)))
        };
        // Where nearly all is out of date anyway, how old it is shows that it is worse.
        let mut aged = (now.ages.iter().zip(&self.ages)).zip(&now.stale);
        let older = aged.any(|((age, usual), stale)| match (age, usual) {
            (Some(age), Some(usual)) => {
                *age > OLDER * usual && stale.share().is_some_and(|share| share > MORE_STALE)
            }
            _ => false,
        });
        if older || more(&now.stale, &self.stale, MORE_STALE) {
            Some(Worse::Stale)
        } else if more(&now.later, &self.later, MORE_FAILED) {
            Some(Worse::Later)
        } else {
            None
        }
    }

    /// Whether less and less of what is worse than usual is so: copies come up to date, less fails later, stores fill.
    pub fn mends(&self, points: &[Harm]) -> bool {
        lessen(points, |harm| &harm.stale, &self.stale)
            || lessen(points, |harm| &harm.later, &self.later)
            || self.fills(points)
    }

    /// Whether a store that finds less than usual finds more and more.
    pub fn fills(&self, points: &[Harm]) -> bool {
        lessen(points, |harm| &harm.missed, &self.missed)
    }
}

/// Whether some events that are more often than usual in the second half of these points are fewer there than in the first.
fn lessen(points: &[Harm], get: fn(&Harm) -> &Vec<Events>, usual: &[Option<Usual>]) -> bool {
    let mut places = usual.iter().enumerate();
    places.any(|(place, usual)| {
        let shares = points.iter().filter_map(|point| get(point)[place].share());
        let shares: Vec<f64> = shares.collect();
        let last = &shares[shares.len() / 2..];
        let mean = last.iter().sum::<f64>() / last.len().max(1) as f64;
        usual.is_some_and(|usual| mean > usual.share) && lessens(&shares)
    })
}
