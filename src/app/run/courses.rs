//! What the run's plots draw: which figures, of whom, in which colours. It knows no canvas.

use super::super::page::Page;
use crate::editor::Item;
use loadscape_player::Course;
use loadscape_sim::quantities::{number, rate, share, time};
use loadscape_sim::scenario::{ClassId, ComponentId};
use loadscape_sim::units::{PerSecond, Seconds};

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
}

/// One curve.
pub struct Curve {
    /// What it is.
    pub name: &'static str,
    pub tone: Tone,
    /// When its first point's span begins, and how long each is, seconds.
    pub start: f64,
    pub seconds: f64,
    pub points: Vec<Option<f64>>,
}

impl Curve {
    /// What it says at a moment; `None` where it says nothing.
    pub fn at(&self, moment: f64) -> Option<f64> {
        let place = (moment - self.start) / self.seconds;
        if place < 0.0 {
            return None;
        }
        self.points.get(place as usize).copied().flatten()
    }

    /// What it says at the end; `None` where it says nothing there.
    pub fn last(&self) -> Option<f64> {
        self.points.last().copied().flatten()
    }
}

/// A plot's contents.
#[derive(Default)]
pub struct Lines {
    pub curves: Vec<Curve>,
    /// Least that the upper end of the scale is.
    pub least_top: f64,
}

/// What a plot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Requests sent, answered well and failed.
    Rates,
    /// Response times.
    Times,
    /// How busy a part is.
    Use,
    /// How many wait in it.
    Waiting,
}

impl What {
    /// A figure of it in words.
    pub fn words(self, value: f64) -> String {
        match self {
            What::Rates => rate(PerSecond(value)),
            What::Times => time(Seconds(value)),
            What::Use => share(value),
            What::Waiting => number((value * 10.0).round() / 10.0),
        }
    }
}

/// Whose resources are shown: the part that is selected, else the bottleneck.
pub fn subject(page: Page) -> Option<ComponentId> {
    let selected = page
        .selection
        .with_untracked(|selection| match selection[..] {
            [Item::Component(id)] => Some(id),
            _ => None,
        });
    let bottleneck = || {
        let answer = page.answer.get_untracked()?;
        answer
            .report
            .bottleneck
            .as_ref()
            .map(|first| first.component)
    };
    selected.or_else(bottleneck)
}

/// The class whose requests take longest, by its 95th percentiles so far, or its medians as long as there are none.
pub fn slowest(course: &Course) -> Option<ClassId> {
    let mean = |points: &[Option<f64>]| {
        let there = points.iter().flatten();
        let count = there.clone().count();
        (count > 0).then(|| there.sum::<f64>() / count as f64)
    };
    let slow = course.classes.iter().filter_map(|own| {
        let times = mean(&own.p95).or_else(|| mean(&own.p50))?;
        Some((own.class, times))
    });
    slow.max_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(class, _)| class)
}

/// A plot's curves; requests are those of one class, or of all.
pub fn lines(course: &Course, what: What, class: Option<ClassId>) -> Lines {
    let curve = |name, tone, points| Curve {
        name,
        tone,
        start: course.start,
        seconds: course.seconds,
        points,
    };
    let classes = || {
        course
            .classes
            .iter()
            .filter(move |own| class.is_none_or(|class| own.class == class))
    };
    let sum = |of: fn(&loadscape_player::ClassCourse) -> &Vec<f64>| -> Vec<Option<f64>> {
        let length = classes().map(|own| of(own).len()).max().unwrap_or(0);
        (0..length)
            .map(|point| Some(classes().filter_map(|own| of(own).get(point)).sum()))
            .collect()
    };
    // Percentiles of several classes can't be put together.
    let slow = class.or_else(|| slowest(course));
    let slow = course.classes.iter().find(|own| Some(own.class) == slow);
    let times = |of: fn(&loadscape_player::ClassCourse) -> &Vec<Option<f64>>| {
        slow.map_or_else(Vec::new, |own| of(own).clone())
    };
    let quantile = |name, tone, points| Curve {
        seconds: course.quantile_seconds,
        ..curve(name, tone, points)
    };
    let part = course.components.first();
    match what {
        What::Rates => Lines {
            curves: vec![
                curve("sent", Tone::Mute, sum(|own| &own.offered)),
                curve("served", Tone::Accent, sum(|own| &own.succeeded)),
                curve("failed", Tone::Hot, sum(|own| &own.failed)),
            ],
            least_top: 0.0,
        },
        What::Times => Lines {
            curves: vec![
                quantile("p50", Tone::Soft, times(|own| &own.p50)),
                quantile("p95", Tone::Mute, times(|own| &own.p95)),
                quantile("p99", Tone::Accent, times(|own| &own.p99)),
            ],
            least_top: 0.0,
        },
        What::Use => Lines {
            curves: part
                .map(|part| curve("busy", Tone::Accent, part.utilisation.clone()))
                .into_iter()
                .collect(),
            least_top: 1.0,
        },
        What::Waiting => Lines {
            curves: part
                .map(|part| {
                    let points = part.waiting.iter().map(|waiting| Some(*waiting));
                    curve("waiting", Tone::Accent, points.collect())
                })
                .into_iter()
                .collect(),
            least_top: 1.0,
        },
    }
}
