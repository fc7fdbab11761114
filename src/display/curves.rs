//! What a run's plots show: which there are for a drawing, of whom they are, and their curves. It knows neither canvas nor DOM.

use loadscape_player::{Band, ClassCourse, ComponentCourse, Course, QuantileCourse};
use loadscape_sim::catalog::Kind;
use loadscape_sim::network::{Discipline, Instances, Network};
use loadscape_sim::quantities::{Decimal, dollars, number, rate, share, time};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ClassId, ComponentId, Scenario};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, SECONDS_PER_MONTH, Seconds};

/// Causes of failure that have a curve of their own; the rarer ones share one.
const CAUSES: usize = 4;

/// What a plot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Requests sent, answered well and failed.
    Rates,
    /// Response times.
    Times,
    /// Failures by cause.
    Errors,
    /// How busy a part is.
    Use,
    /// How many wait in it.
    Waiting,
    /// Instances that serve and that start.
    Instances,
    /// Look-ups that find their key.
    Hits,
    /// How far a replica is behind.
    Lag,
    /// Reads that find what is out of date.
    Stale,
    /// Messages in a queue.
    Backlog,
    /// What it costs.
    Cost,
    /// What it has cost.
    Spent,
}

impl What {
    /// All, in the order in which they are offered.
    pub const ALL: [What; 12] = [
        What::Rates,
        What::Times,
        What::Errors,
        What::Use,
        What::Waiting,
        What::Instances,
        What::Hits,
        What::Lag,
        What::Stale,
        What::Backlog,
        What::Cost,
        What::Spent,
    ];
    /// Those that are shown before anybody has chosen, where the drawing has such a thing.
    pub const FIRST: [What; 5] = [
        What::Rates,
        What::Times,
        What::Use,
        What::Waiting,
        What::Instances,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            What::Rates => "Requests",
            What::Times => "Response time",
            What::Errors => "Errors by cause",
            What::Use => "Use",
            What::Waiting => "Waiting",
            What::Instances => "Instances",
            What::Hits => "Hit ratio",
            What::Lag => "Replication lag",
            What::Stale => "Stale reads",
            What::Backlog => "Backlog",
            What::Cost => "Cost",
            What::Spent => "Spent so far",
        }
    }

    /// What tests and style sheets call it.
    pub fn id(self) -> &'static str {
        match self {
            What::Rates => "rates",
            What::Times => "times",
            What::Errors => "errors",
            What::Use => "use",
            What::Waiting => "waiting",
            What::Instances => "instances",
            What::Hits => "hits",
            What::Lag => "lag",
            What::Stale => "stale",
            What::Backlog => "backlog",
            What::Cost => "cost",
            What::Spent => "spent",
        }
    }

    /// A figure of it in words.
    pub fn words(self, value: f64) -> String {
        match self {
            What::Rates | What::Errors => rate(PerSecond(value)),
            What::Times | What::Lag => time(Seconds(value)),
            What::Use | What::Hits | What::Stale => share(value),
            What::Waiting | What::Backlog | What::Instances => {
                number((value * 10.0).round() / 10.0)
            }
            What::Cost => format!("{} a month", dollars(DollarsPerMonth(value))),
            What::Spent => cents(value),
        }
    }

    /// The same where it stands at an axis, with little room.
    pub fn tick(self, value: f64) -> String {
        match self {
            What::Cost => dollars(DollarsPerMonth(value)),
            _ => self.words(value),
        }
    }

    /// Whether its scale has an upper end by nature.
    pub fn is_share(self) -> bool {
        matches!(self, What::Use | What::Hits)
    }
}

/// An amount of money that may be less than a cent.
fn cents(value: f64) -> String {
    if value > 0.0 && value < 0.1 {
        format!("${}", Decimal::up_to(value, 5))
    } else {
        dollars(DollarsPerMonth(value))
    }
}

/// The parts of a drawing that have something to plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    limited: Vec<ComponentId>,
    scaled: Vec<ComponentId>,
    stores: Vec<ComponentId>,
    replicas: Vec<ComponentId>,
    stale: Vec<ComponentId>,
    queues: Vec<ComponentId>,
}

impl Offers {
    /// Those of a document and its network.
    pub fn of(scenario: &Scenario, network: &Network) -> Self {
        let mut offers = Offers::default();
        let add = |to: &mut Vec<ComponentId>, component| {
            if !to.contains(&component) {
                to.push(component);
            }
        };
        for station in &network.stations {
            if let Some(queue) = station.waits_at {
                add(&mut offers.queues, queue);
            }
            if !matches!(
                station.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            ) {
                add(&mut offers.limited, station.component);
            }
            if matches!(station.instances, Instances::Scaled { .. }) {
                add(&mut offers.scaled, station.component);
            }
        }
        let stores = network.stores.iter();
        // What a function keeps warm are environments.
        let keeps_keys = |id| {
            let part = scenario.component(id);
            part.is_some_and(|part| part.kind != Kind::Function)
        };
        for store in stores.filter(|store| !store.is_write_buffer) {
            if keeps_keys(store.component) {
                add(&mut offers.stores, store.component);
            }
        }
        // Somebody who looks for a hit ratio means a cache rather than a database's memory, and that rather than names.
        offers
            .stores
            .sort_by_key(|id| match scenario.component(*id).map(|part| part.kind) {
                Some(Kind::Cache | Kind::Cdn) => 0,
                Some(Kind::Dns) => 2,
                _ => 1,
            });
        for replica in network.logs.iter().flat_map(|log| &log.replicas) {
            add(&mut offers.replicas, replica.component);
            add(&mut offers.stale, replica.component);
        }
        for quorum in &network.quorums {
            add(&mut offers.stale, quorum.component);
        }
        offers
    }

    /// The parts of which there is such a plot; `None` for plots that are of no part.
    pub fn parts(&self, what: What) -> Option<&[ComponentId]> {
        match what {
            What::Rates | What::Times | What::Errors | What::Cost | What::Spent => None,
            What::Use | What::Waiting => Some(&self.limited),
            What::Instances => Some(&self.scaled),
            What::Hits => Some(&self.stores),
            What::Lag => Some(&self.replicas),
            What::Stale => Some(&self.stale),
            What::Backlog => Some(&self.queues),
        }
    }

    /// Whether the drawing has such a thing.
    pub fn has(&self, what: What) -> bool {
        self.parts(what).is_none_or(|parts| !parts.is_empty())
    }

    /// All parts of which there is a plot.
    pub fn all_parts(&self) -> Vec<ComponentId> {
        let mut all: Vec<ComponentId> = What::ALL
            .iter()
            .filter_map(|what| self.parts(*what))
            .flatten()
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Of whom a plot is: of the first of these wishes that has such a thing, else of whoever has.
    pub fn subject(&self, what: What, wishes: &[Option<ComponentId>]) -> Option<ComponentId> {
        let parts = self.parts(what)?;
        let mut wished = wishes.iter().flatten().copied();
        wished
            .find(|wish| parts.contains(wish))
            .or_else(|| parts.first().copied())
    }
}

/// What somebody has chosen to see of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The plots; `None` before anybody has chosen.
    pub plots: Option<Vec<What>>,
    /// Of whom; `None` follows the selection, and else the bottleneck.
    pub part: Option<ComponentId>,
    /// Whose requests; `None` is all.
    pub class: Option<ClassId>,
    /// From when to when, seconds; `None` is the whole run.
    pub span: Option<(f64, f64)>,
}

impl Choice {
    /// The plots that are shown, of those that there are.
    pub fn shown(&self, offers: &Offers) -> Vec<What> {
        let chosen = self.plots.as_deref().unwrap_or(&What::FIRST);
        let all = What::ALL.iter().copied();
        all.filter(|what| chosen.contains(what) && offers.has(*what))
            .collect()
    }

    /// Shows a plot, or no longer. One stays.
    pub fn toggle(&mut self, what: What, offers: &Offers) {
        let mut plots = self.shown(offers);
        match plots.iter().position(|own| *own == what) {
            Some(place) if plots.len() > 1 => {
                plots.remove(place);
            }
            Some(_) => {}
            None => plots.push(what),
        }
        self.plots = Some(plots);
    }
}

/// The span a factor (above 0) as long as another, around a moment that stays where it is, within the run so far. `None` is the whole run.
pub fn zoomed(
    span: Option<(f64, f64)>,
    reached: f64,
    around: f64,
    factor: f64,
) -> Option<(f64, f64)> {
    /// Shorter, and the shortest run has nothing to show.
    const SHORTEST: f64 = 0.01;
    let (from, to) = span.unwrap_or((0.0, reached));
    let length = ((to - from) * factor).max(SHORTEST);
    if length >= reached {
        return None;
    }
    let along = ((around - from) / (to - from).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let from = (around - along * length).clamp(0.0, reached - length);
    Some((from, from + length))
}

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
        self.curves.iter().map(read).collect()
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
    let own = part.and_then(|part| course.components.iter().find(|own| own.component == part));
    let plot = Plot { course, class, own };
    let (curves, least_top) = match what {
        What::Rates => (plot.rates(), 0.0),
        What::Times => (plot.times(), 0.0),
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
    Lines { curves, least_top }
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
    fn times(&self) -> Vec<Curve> {
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
        let curves = own.quantiles.iter().zip(tones);
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
        LossCause::QueueFull => "refused",
        LossCause::RateLimited => "rate limited",
        LossCause::Error => "error",
        LossCause::TimedOut => "timed out",
        LossCause::Backlog => "in the backlog",
        LossCause::NoRoute => "no route",
        LossCause::BreakerOpen => "breaker open",
        LossCause::QueueTimedOut => "waited too long",
        LossCause::Shed => "shed",
        LossCause::Unreachable => "unreachable",
        LossCause::InstanceLost => "lost",
        LossCause::TooManyInFlight => "too many in flight",
    }
}

#[cfg(test)]
mod tests;
