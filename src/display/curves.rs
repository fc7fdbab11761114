//! The curves of a run's plots and what they say at a moment. It knows neither canvas nor DOM.

use super::plots::What;
use loadscape_player::{Band, ClassCourse, ComponentCourse, Course, QuantileCourse};
use loadscape_sim::quantities::time;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ClassId, ComponentId};
use loadscape_sim::units::{SECONDS_PER_MONTH, Seconds};

/// Causes of failure that have a curve of their own; the rarer ones share one.
const CAUSES: usize = 4;

/// The colours that a plot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What it is about.
    Accent,
    /// What goes wrong.
    Hot,
    /// What to compare with.
    Mute,
    /// The same, quieter.
    Soft,
    /// Something else that goes wrong, and two more.
    Second,
    /// See [`Tone::Second`].
    Third,
    /// See [`Tone::Second`].
    Fourth,
}

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is.
    pub name: &'static str,
    /// How it looks.
    pub tone: Tone,
    /// When its first point's span begins, seconds since the start of the run.
    pub start: f64,
    /// Length of each point's span, seconds.
    pub seconds: f64,
    /// Its points; `None` where it says nothing.
    pub points: Vec<Option<f64>>,
    /// In which band each of them lies with 95 %; nothing where that isn't said.
    pub bands: Vec<Option<(f64, f64)>>,
}

impl Curve {
    fn place(&self, moment: f64) -> Option<usize> {
        let place = (moment - self.start) / self.seconds;
        (place >= 0.0).then_some(place as usize)
    }

    /// What it says at a moment.
    pub fn at(&self, moment: f64) -> Option<f64> {
        self.points.get(self.place(moment)?).copied().flatten()
    }

    /// The band there.
    pub fn band_at(&self, moment: f64) -> Option<(f64, f64)> {
        self.bands.get(self.place(moment)?).copied().flatten()
    }

    /// The moment in the middle of its last point.
    fn last_moment(&self) -> f64 {
        self.start + self.seconds * (self.points.len() as f64 - 0.5)
    }

    /// The span of time of the point at a moment; `None` outside.
    pub fn span_at(&self, moment: f64) -> Option<(f64, f64)> {
        let place = self.place(moment).filter(|own| *own < self.points.len())?;
        let from = self.start + place as f64 * self.seconds;
        Some((from, from + self.seconds))
    }
}

/// A plot's contents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// The curves, the most important one last.
    pub curves: Vec<Curve>,
    /// What is told of a moment in their place, in their order, where their points are of different lengths; else empty.
    pub told: Vec<Curve>,
    /// Least that the upper end of the scale is.
    pub least_top: f64,
}

/// What a curve says at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which curve.
    pub name: &'static str,
    /// How it looks.
    pub tone: Tone,
    /// The figure, or a dash.
    pub value: String,
    /// The band in words; empty without one.
    pub band: String,
}

impl Lines {
    /// Of how long a time each point is, as a sentence; nothing where there is no curve.
    pub fn spans(&self) -> String {
        let span = |curve: &Curve| format!("{} of {}", curve.name, time(Seconds(curve.seconds)));
        let spans: Vec<String> = self.curves.iter().map(span).collect();
        if spans.is_empty() {
            return String::new();
        }
        let told = self.told.first().map_or_else(String::new, |told| {
            let span = time(Seconds(told.seconds));
            format!(" What is told of a moment is of the same {span} for all of them.")
        });
        format!(
            ". Points are long enough to say something: {}.{told}",
            spans.join(", ")
        )
    }

    /// What the curves say at a moment, or last of all.
    pub fn read(&self, what: What, moment: Option<f64>) -> Vec<Reading> {
        let read = |curve: &Curve| {
            // The last point isn't over yet: what follows it says what it says.
            let last = curve.last_moment();
            let moment = moment.map_or(last, |moment| match moment - last {
                after if after > 0.0 && after < 2.0 * curve.seconds => last,
                _ => moment,
            });
            let band = curve.band_at(moment);
            Reading {
                name: curve.name,
                tone: curve.tone,
                value: (curve.at(moment)).map_or_else(|| "–".to_owned(), |value| what.words(value)),
                band: band.map_or_else(String::new, |(least, most)| {
                    format!("{} to {}", what.words(least), what.words(most))
                }),
            }
        };
        let curves = match self.told.is_empty() {
            true => &self.curves,
            false => &self.told,
        };
        let mut all: Vec<Reading> = curves.iter().map(read).collect();
        // What matters most stands first, lest it be cut off; percentiles go upwards.
        if what != What::Times {
            all.reverse();
        }
        all
    }
}

/// The class whose requests take longest, by its 95th percentiles so far, or its medians as long as there are none.
pub fn slowest(course: &Course) -> Option<ClassId> {
    let mean = |quantile: &QuantileCourse| {
        let there = quantile.points.iter().flatten();
        let count = there.clone().count();
        (count > 0).then(|| there.map(|band| band.value).sum::<f64>() / count as f64)
    };
    let slow = course.classes.iter().filter_map(|own| {
        let times = mean(&own.quantiles[1]).or_else(|| mean(&own.quantiles[0]))?;
        Some((own.class, times))
    });
    slow.max_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(class, _)| class)
}

/// A plot's curves: requests are those of one class, or of all, resources those of this part.
pub fn lines(
    course: &Course,
    what: What,
    class: Option<ClassId>,
    part: Option<ComponentId>,
) -> Lines {
    // Of a class that isn't there any more nothing was seen.
    let class = class.filter(|class| course.classes.iter().any(|own| own.class == *class));
    let own = part.and_then(|part| course.components.iter().find(|own| own.component == part));
    let plot = Plot { course, class, own };
    let mut told = Vec::new();
    let (curves, least_top) = match what {
        What::Rates => (plot.rates(), 0.0),
        What::Times => {
            let curves = plot.times(|own| &own.quantiles);
            let uneven = |pair: &[Curve]| pair[0].seconds != pair[1].seconds;
            if curves.windows(2).any(uneven) {
                told = plot.times(|own| &own.common);
            }
            (curves, 0.0)
        }
        What::Errors => (plot.errors(), 0.0),
        What::Use => (
            plot.maybe("busy", Tone::Accent, |own| &own.utilisation),
            1.0,
        ),
        What::Waiting => (
            plot.always("waiting", Tone::Accent, |own| &own.waiting),
            1.0,
        ),
        What::Backlog => (
            plot.always("messages", Tone::Accent, |own| &own.waiting),
            1.0,
        ),
        What::Instances => {
            let mut curves = plot.always("starting", Tone::Mute, |own| &own.booting);
            curves.extend(plot.always("serving", Tone::Accent, |own| &own.instances));
            (curves, 1.0)
        }
        What::Hits => (plot.maybe("found", Tone::Accent, |own| &own.hit_ratio), 1.0),
        What::Lag => (plot.maybe("behind", Tone::Accent, |own| &own.lag), 0.0),
        What::Stale => (plot.maybe("stale", Tone::Hot, |own| &own.stale), 0.01),
        What::Cost => {
            let a_month = course
                .cost
                .iter()
                .map(|rate| Some(rate * SECONDS_PER_MONTH));
            (
                vec![plot.curve("now", Tone::Accent, a_month.collect())],
                0.0,
            )
        }
        What::Spent => {
            let sum = course.cost.iter().scan(course.cost_before, |sum, rate| {
                *sum += rate * course.seconds;
                Some(Some(*sum))
            });
            (vec![plot.curve("in all", Tone::Accent, sum.collect())], 0.0)
        }
    };
    Lines {
        curves,
        told,
        least_top,
    }
}

struct Plot<'a> {
    course: &'a Course,
    class: Option<ClassId>,
    own: Option<&'a ComponentCourse>,
}

impl Plot<'_> {
    fn curve(&self, name: &'static str, tone: Tone, points: Vec<Option<f64>>) -> Curve {
        Curve {
            name,
            tone,
            start: self.course.start,
            seconds: self.course.seconds,
            points,
            bands: Vec::new(),
        }
    }

    fn rates(&self) -> Vec<Curve> {
        let classes = || {
            let all = self.course.classes.iter();
            all.filter(|own| self.class.is_none_or(|class| own.class == class))
        };
        let sum = |of: fn(&ClassCourse) -> &Vec<f64>| -> Vec<Option<f64>> {
            let length = classes().map(|own| of(own).len()).max().unwrap_or(0);
            (0..length)
                .map(|point| Some(classes().filter_map(|own| of(own).get(point)).sum()))
                .collect()
        };
        vec![
            self.curve("sent", Tone::Mute, sum(|own| &own.offered)),
            self.curve("failed", Tone::Hot, sum(|own| &own.failed)),
            self.curve("served", Tone::Accent, sum(|own| &own.succeeded)),
        ]
    }

    /// Percentiles of several classes can't be put together: of all, the slowest is shown.
    fn times(&self, of: fn(&ClassCourse) -> &[QuantileCourse; 3]) -> Vec<Curve> {
        let slow = self.class.or_else(|| slowest(self.course));
        let own = (self.course.classes.iter()).find(|own| Some(own.class) == slow);
        let Some(own) = own else {
            return Vec::new();
        };
        let tones = [
            ("p50", Tone::Soft),
            ("p95", Tone::Mute),
            ("p99", Tone::Accent),
        ];
        let curves = of(own).iter().zip(tones);
        curves
            .map(|(quantile, (name, tone))| Curve {
                name,
                tone,
                start: quantile.start,
                seconds: quantile.seconds,
                points: (quantile.points.iter())
                    .map(|band| band.map(|band| band.value))
                    .collect(),
                bands: (quantile.points.iter())
                    .map(|band| band.map(|Band { least, most, .. }| (least, most)))
                    .collect(),
            })
            .collect()
    }

    /// By cause, whoever it was: those that happened most.
    fn errors(&self) -> Vec<Curve> {
        let mut causes: Vec<(LossCause, Vec<f64>)> = Vec::new();
        for failure in &self.course.failures {
            match causes.iter_mut().find(|(why, _)| *why == failure.why) {
                Some((_, sum)) => add(sum, &failure.per_second),
                None => causes.push((failure.why, failure.per_second.clone())),
            }
        }
        let total = |points: &[f64]| points.iter().sum::<f64>();
        causes.sort_by(|one, other| total(&other.1).total_cmp(&total(&one.1)));
        let rare = causes.split_off(causes.len().min(CAUSES));
        let tones = [Tone::Hot, Tone::Second, Tone::Third, Tone::Fourth];
        let points = |points: Vec<f64>| points.into_iter().map(Some).collect();
        let mut curves: Vec<Curve> = (causes.into_iter().zip(tones))
            .map(|((why, own), tone)| self.curve(cause(why), tone, points(own)))
            .collect();
        let mut rest = rare.into_iter().map(|(_, own)| own);
        if let Some(mut sum) = rest.next() {
            rest.for_each(|more| add(&mut sum, &more));
            curves.push(self.curve("other", Tone::Mute, points(sum)));
        }
        // The most important is drawn last.
        curves.reverse();
        curves
    }

    fn maybe(
        &self,
        name: &'static str,
        tone: Tone,
        of: fn(&ComponentCourse) -> &Option<Vec<Option<f64>>>,
    ) -> Vec<Curve> {
        let points = self.own.and_then(|own| of(own).clone());
        let points = points.map(|points| self.curve(name, tone, points));
        points.into_iter().collect()
    }

    fn always(
        &self,
        name: &'static str,
        tone: Tone,
        of: fn(&ComponentCourse) -> &Option<Vec<f64>>,
    ) -> Vec<Curve> {
        let points = self.own.and_then(|own| of(own).as_ref());
        let points = points.map(|points| {
            let points = points.iter().map(|point| Some(*point)).collect();
            self.curve(name, tone, points)
        });
        points.into_iter().collect()
    }
}

fn add(sum: &mut [f64], more: &[f64]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

/// A cause of failure in a word or two.
pub fn cause(why: LossCause) -> &'static str {
    match why {
        LossCause::QueueFull => "queue full",
        LossCause::RateLimited => "rate limited",
        LossCause::Error => "error",
        LossCause::TimedOut => "timed out",
        // What theory lets wait for ever, and what a run has no more room to hold.
        LossCause::Backlog | LossCause::TooManyInFlight => "in the backlog",
        LossCause::NoRoute => "no route",
        LossCause::BreakerOpen => "breaker open",
        LossCause::QueueTimedOut => "waited too long",
        LossCause::Shed => "shed",
        LossCause::Unreachable => "unreachable",
        LossCause::InstanceLost => "instance lost",
        LossCause::DeadLetter => "dead letters",
    }
}

#[cfg(test)]
mod tests;
