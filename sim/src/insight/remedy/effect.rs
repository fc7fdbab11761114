//! What a change brings, before against after, in figures and in words; and how much that is for the money.

use super::{Bounds, Edit};
use crate::insight::objectives;
use crate::insight::sought::{SECONDS_PER_YEAR, Sought};
use crate::insight::subject::Subject;
use crate::quantities::{dollars, number, rate, share, time};
use crate::report::{Latency, ObjectiveOutcome, Report};
use crate::scenario::{ClassId, Scenario, Target};
use crate::units::{DollarsPerMonth, PerSecond, Seconds};

/// What a change brings, before against after.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The highest sustainable load after, as a multiple of before.
    pub sustainable_ratio: f64,
    /// The p99 of the class that was asked about, else of the slowest, before and after; `None` where there is no steady state.
    pub p99: (Option<Seconds>, Option<Seconds>),
    /// Share of requests of the class that was asked about, else of all, that isn't answered well, before and after.
    pub lost: (f64, f64),
    /// What the objective that was asked about measures, or else a figure that stands in no report, before and after, turned so that less is
    /// better; `None` where nothing is measured, or neither was asked about.
    pub measured: (Option<f64>, Option<f64>),
    /// Kinds, hops and stateful parts before and after, where they were asked about.
    pub counts: Option<([u32; 3], [u32; 3])>,
    /// Other figures that stand in no report, before and after, where one of those was asked about.
    pub beside: Vec<(Subject, [Option<f64>; 2])>,
    /// What that objective bounds.
    pub target: Option<Target>,
    /// What it adds to the monthly cost; negative when it saves.
    pub cost: DollarsPerMonth,
    /// Cost after over cost before.
    pub cost_ratio: f64,
    /// Whether the objective that was asked about is met after; with none, whether all are.
    pub meets: bool,
    /// Objectives that are met before and missed after.
    pub breaks: usize,
    /// What limits the design then, and from which load on; `None` when nothing does.
    pub next: Option<(String, PerSecond)>,
    /// Whether what limits is another part than before.
    pub passes_on: bool,
    /// Whether some objective bounds a time.
    bounds_time: bool,
}

/// A change with its words and its effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What to do, e.g. "Cores: 8 → 16".
    pub title: String,
    /// The change.
    pub edit: Edit,
    /// What it gives up that none of the figures shows.
    pub caveat: Option<&'static str>,
    /// Whether it takes work that no bill shows, so that its being cheap says little.
    pub unpriced: bool,
    /// Whether it is offered because it is cheaper.
    pub saves: bool,
    /// What was asked about.
    pub subject: Subject,
    /// What becomes of the bounds of whoever asked, where he has any.
    pub bounds: Option<Bounds>,
    /// What it brings.
    pub effect: Effect,
}

impl Effect {
    pub(super) fn between(
        scenario: &Scenario,
        before: &Report,
        changed: &Scenario,
        after: &Report,
        subject: Subject,
        sought: (Option<Sought>, Option<Sought>),
    ) -> Self {
        let class = subject.class(scenario);
        let graded = |report: &Report| objectives::asked(scenario, report, subject);
        let (was, is) = (graded(before), graded(after));
        let measured = |report: &Report,
                        outcome: &Option<ObjectiveOutcome>,
                        sought: Option<Sought>| match (outcome, subject) {
            (Some(outcome), _) => measured(report, outcome),
            (None, Subject::Median(class)) => times(report, class).map(|times| times.p50.0),
            (None, _) => sought.map(|sought| sought.value),
        };
        let met =
            |report: &Report, place: usize| report.objectives.get(place).is_some_and(|own| own.met);
        let places = 0..before.objectives.len();
        let limit = |report: &Report| report.bottleneck.as_ref().map(|found| found.component);
        Effect {
            sustainable_ratio: after.sustainable.0 / before.sustainable.0,
            p99: (p99(before, class), p99(after, class)),
            lost: (lost(before, class), lost(after, class)),
            measured: (
                measured(before, &was, sought.0),
                measured(after, &is, sought.1),
            ),
            counts: sought
                .0
                .and_then(|own| own.counts)
                .zip(sought.1.and_then(|own| own.counts)),
            beside: Vec::new(),
            target: subject.target(scenario),
            cost: after.cost.total - before.cost.total,
            cost_ratio: after.cost.total.0 / before.cost.total.0,
            meets: match &is {
                Some(outcome) => outcome.met,
                None => after.objectives.iter().all(|own| own.met),
            },
            breaks: places
                .filter(|place| met(before, *place) && !met(after, *place))
                .count(),
            next: after.bottleneck.as_ref().and_then(|found| {
                let component = changed.component(found.component)?;
                Some((component.name.clone(), found.saturates_at))
            }),
            passes_on: limit(before) != limit(after),
            bounds_time: bounds_time(scenario),
        }
    }

    /// Whether it is the same for less: cheaper by a hundredth or more, every objective kept, nobody without a steady state who had one, no
    /// more lost, and nothing slower where no objective says how slow it may be.
    pub(super) fn saves(&self) -> bool {
        let slower = match self.p99 {
            (Some(before), Some(after)) => is_slower(before, after),
            (Some(_), None) => return false,
            (None, _) => false,
        };
        is_cheaper(self.cost_ratio)
            && self.breaks == 0
            && !loses_more(self.lost)
            && (self.bounds_time || !slower)
    }
}

/// Whether so many times the bill is worth speaking of as a saving.
pub(super) fn is_cheaper(cost_ratio: f64) -> bool {
    cost_ratio < 0.99
}

pub(super) fn is_slower(before: Seconds, after: Seconds) -> bool {
    after.0 > before.0 * 1.01
}

/// Whether more is lost after than before.
pub(super) fn loses_more((before, after): (f64, f64)) -> bool {
    after > before + 1e-6
}

/// Whether a time is so much shorter that it counts as a gain.
pub(super) fn shortens(before: Seconds, after: Seconds) -> bool {
    (before.0 / after.0).ln() > f64::ln_1p(super::LEAST)
}

/// Whether some objective says how long something may take.
pub(super) fn bounds_time(scenario: &Scenario) -> bool {
    scenario.objectives.iter().any(|objective| {
        matches!(
            objective.target,
            Target::MeanAtMostSeconds(_)
                | Target::P95AtMostSeconds(_)
                | Target::P99AtMostSeconds(_)
        )
    })
}

/// The p99 of this class, or of the slowest when it is about all.
pub(super) fn p99(report: &Report, class: Option<ClassId>) -> Option<Seconds> {
    match class {
        None => report.slowest().map(|(_, latency)| latency.p99),
        Some(class) => times(report, class).map(|latency| latency.p99),
    }
}

/// The times of a class that is answered.
fn times(report: &Report, class: ClassId) -> Option<Latency> {
    let own = report.classes.iter().find(|own| own.class == class)?;
    own.answered()
}

pub(super) fn lost(report: &Report, class: Option<ClassId>) -> f64 {
    let own = || {
        report
            .classes
            .iter()
            .filter(|own| class.is_none_or(|class| own.class == class))
    };
    let offered: f64 = own().map(|own| own.offered.0).sum();
    let goodput: f64 = own().map(|own| own.goodput.0).sum();
    if offered > 0.0 {
        (1.0 - goodput / offered).max(0.0)
    } else {
        0.0
    }
}

fn measured(report: &Report, outcome: &ObjectiveOutcome) -> Option<f64> {
    let value = outcome.measured?;
    Some(match outcome.objective.target {
        Target::SuccessAtLeast(_) => 1.0 - value,
        Target::GoodputAtLeastPerSecond(_) => 1.0 / value,
        // Busy all the time says nothing of how much more is asked.
        Target::UtilisationAtMost(_) => {
            let asked = report
                .bottleneck
                .as_ref()
                .map_or(0.0, |own| own.utilisation);
            value.max(asked)
        }
        _ => value,
    })
}

/// How much better the asked figure is, as the logarithm of a ratio; not positive when it isn't.
pub(super) fn gain(subject: Subject, effect: &Effect) -> f64 {
    let load = effect.sustainable_ratio.min(100.0).ln();
    let load = if load.is_nan() { 0.0 } else { load };
    // Less than one in a million, or a millionth of a second, is nothing: none at all is the best that there is.
    let floor = |figure: f64| figure.max(1e-6);
    let less = |(before, after): (Option<f64>, Option<f64>)| match (before, after) {
        (Some(before), Some(after)) => (floor(before) / floor(after)).ln(),
        // A figure where there was none counts as ten times as good.
        (None, Some(_)) => 10.0_f64.ln(),
        // Nearer to where there is one.
        (None, None) => load,
        _ => 0.0,
    };
    let seconds = |(before, after): (Option<Seconds>, Option<Seconds>)| {
        (before.map(|span| span.0), after.map(|span| span.0))
    };
    let failures = || (floor(effect.lost.0) / floor(effect.lost.1)).ln();
    match subject {
        // Room to grow counts, and so does time saved; neither is bought with the other.
        Subject::Bottleneck | Subject::Component(_) => {
            let faster = match effect.p99 {
                (None, None) => 0.0,
                p99 => less(seconds(p99)),
            };
            let helps = faster > f64::ln_1p(super::LEAST) || load > f64::ln_1p(super::LEAST);
            if helps {
                (faster + load).max(1.1 * f64::ln_1p(super::LEAST))
            } else {
                0.0
            }
        }
        Subject::Latency(_) => less(seconds(effect.p99)),
        Subject::Failures(_) => failures(),
        Subject::SustainableLoad => load,
        Subject::Objective(_)
        | Subject::Asked(..)
        | Subject::Median(_)
        | Subject::Completion(_) => less(effect.measured),
        Subject::Availability(_)
        | Subject::StaleReads(_)
        | Subject::OldestAnswer(_)
        | Subject::LostWrites
        | Subject::LeftOpen
        | Subject::Complexity => better(subject, effect.measured),
        Subject::Cost => -effect.cost_ratio.ln(),
    }
}

/// How much better a figure is that stands in no report, as the logarithm of a ratio.
pub(super) fn better(subject: Subject, (before, after): (Option<f64>, Option<f64>)) -> f64 {
    let least = least(subject);
    match (before, after) {
        (Some(before), Some(after)) => (before.max(least) / after.max(least)).ln(),
        // A bound where there was none counts as ten times as good.
        (None, Some(_)) => 10.0_f64.ln(),
        _ => 0.0,
    }
}

/// Less of it is as good as none: nobody would tell it from that.
fn least(subject: Subject) -> f64 {
    match subject {
        // A hundredth of a second a year.
        Subject::Availability(_) => 0.01 / SECONDS_PER_YEAR,
        Subject::StaleReads(_) => 1e-6,
        Subject::OldestAnswer(_) => 1e-3,
        Subject::Completion(_) => 1e-6,
        // One in a hundred months.
        Subject::LostWrites => 0.01,
        // What is counted: the last one is more than the one before it.
        _ => 0.5,
    }
}

/// The gain for each dollar that it adds to a month; a hundredth of today's bill, or a dollar, is the least that counts.
pub(super) fn worth(subject: Subject, effect: &Effect, before: &Report) -> f64 {
    let least = (0.01 * before.cost.total.0).max(1.0);
    gain(subject, effect) / effect.cost.0.max(least)
}

/// A figure that a change moves, in words.
struct Moved {
    of: Of,
    words: String,
    /// Whether it is worse after than before.
    worse: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Time,
    Load,
    Failures,
    Asked,
    Else,
}

impl Remedy {
    /// What it brings to the figure that was asked about, e.g. "p99 −38 ms", "limit +80 %", "failures 3 % → 0.1 %", "saves $70 a month".
    pub fn gain(&self) -> String {
        let ran = self.bounds.as_ref().and_then(|own| own.ran.clone());
        if let Some(ran) = ran.filter(|_| !self.saves) {
            return ran;
        }
        if self.saves {
            return format!(
                "saves {} a month",
                dollars(DollarsPerMonth(-self.effect.cost.0))
            );
        }
        let first = self.moved().into_iter().next();
        first.map_or_else(|| "no other figure".to_owned(), |moved| moved.words)
    }

    /// What it costs, e.g. "+$70 a month".
    pub fn price(&self) -> String {
        match self.effect.cost.0 {
            cost if cost.abs() < 0.005 && self.unpriced => "no higher bill, but work".to_owned(),
            cost if cost.abs() < 0.005 => "no extra cost".to_owned(),
            cost if cost > 0.0 => format!("+{} a month", dollars(self.effect.cost)),
            _ => format!("{} a month", dollars(self.effect.cost)),
        }
    }

    /// Everything else that changes, e.g. "limit +80 %, then Cache is next, at 1,400 /s, misses one objective that is met now".
    pub fn besides(&self) -> String {
        let effect = &self.effect;
        // The first of them has been said, unless something else was.
        let ran = self.bounds.as_ref().is_some_and(|own| own.ran.is_some());
        let said = usize::from(!self.saves && !ran);
        let moved = self.moved().into_iter().skip(said);
        let mut clauses: Vec<String> = moved.map(|moved| moved.words).collect();
        if let Some((name, at)) = &effect.next {
            let words = if effect.passes_on {
                format!("then {name} is next, at {}", rate(*at))
            } else {
                format!("{name} is still what gives way first, at {}", rate(*at))
            };
            clauses.push(words);
        }
        // Whose bounds were judged one by one knows which of them are missed.
        match effect.breaks {
            _ if self.bounds.is_some() => {}
            0 => {}
            1 => clauses.push("misses one objective that is met now".to_owned()),
            count => clauses.push(format!("misses {count} objectives that are met now")),
        }
        clauses.extend(self.caveat.map(str::to_owned));
        clauses.join(", ")
    }

    /// The figures that it moves by a hundredth or more: first those that it makes better, of them the one that was asked about.
    fn moved(&self) -> Vec<Moved> {
        let effect = &self.effect;
        let mut moved = Vec::new();
        let mut push = |of: Of, words: String, worse: bool| moved.push(Moved { of, words, worse });
        let is_worse = |before: Option<f64>, after: Option<f64>| match (before, after) {
            (Some(before), Some(after)) => after > before,
            (before, after) => before.is_some() && after.is_none(),
        };
        match effect.p99 {
            (Some(before), Some(after)) if (after.0 - before.0).abs() >= 0.01 * before.0 => push(
                Of::Time,
                format!(
                    "p99 {}",
                    signed(after.0 - before.0, |span| time(Seconds(span)))
                ),
                after.0 > before.0,
            ),
            (None, Some(after)) => push(Of::Time, format!("then p99 {}", time(after)), false),
            (Some(_), None) => push(Of::Time, "no steady state any more".to_owned(), true),
            _ => {}
        }
        let grows = effect.sustainable_ratio - 1.0;
        if grows.is_finite() && grows.abs() >= 0.01 {
            // The search for the limit knows no more than that of it: what doubles it reads so.
            let known = (grows * 1e3).round() / 1e3;
            push(
                Of::Load,
                match known {
                    // Ten times as much and more is said as that.
                    known if known >= 9.0 => format!("limit × {}", number(1.0 + known)),
                    known => format!("limit {}", signed(known, share)),
                },
                grows < 0.0,
            );
        }
        let (before, after) = effect.lost;
        if (after - before).abs() > 0.01 * before + 1e-6 {
            push(
                Of::Failures,
                format!("failures {} → {}", share(before), share(after)),
                after > before,
            );
        }
        match effect.target {
            Some(_) => push_measured(effect, &mut push),
            None => push(
                Of::Asked,
                sought_words(self.subject, effect.measured, effect.counts),
                is_worse(effect.measured.0, effect.measured.1),
            ),
        }
        for (subject, [before, after]) in &effect.beside {
            push(
                Of::Else,
                sought_words(*subject, (*before, *after), None),
                is_worse(*before, *after),
            );
        }
        moved.retain(|moved| !moved.words.is_empty());
        let first = match (self.subject, effect.target) {
            (Subject::Failures(_), _) | (_, Some(Target::SuccessAtLeast(_))) => Of::Failures,
            (Subject::SustainableLoad, _) => Of::Load,
            (Subject::Latency(_) | Subject::Component(_), _) => Of::Time,
            (Subject::Bottleneck | Subject::Cost, _) | (_, Some(Target::P99AtMostSeconds(_))) => {
                Of::Time
            }
            _ => Of::Asked,
        };
        // What is given for the gain, time for room to grow, say, isn't the gain.
        moved.sort_by_key(|moved| (moved.worse, moved.of != first));
        moved
    }
}

fn push_measured(effect: &Effect, push: &mut impl FnMut(Of, String, bool)) {
    let (Some(target), (Some(before), Some(after))) = (effect.target, effect.measured) else {
        return;
    };
    if (after - before).abs() < 0.01 * before.abs() {
        return;
    }
    let span = |value: f64| time(Seconds(value));
    let words = match target {
        // Said already.
        Target::P99AtMostSeconds(_)
        | Target::SuccessAtLeast(_)
        | Target::CostAtMostDollarsPerMonth(_) => return,
        Target::MeanAtMostSeconds(_) => format!("mean {}", signed(after - before, span)),
        Target::P95AtMostSeconds(_) => format!("p95 {}", signed(after - before, span)),
        Target::GoodputAtLeastPerSecond(_) => format!(
            "served {} → {}",
            rate(PerSecond(1.0 / before)),
            rate(PerSecond(1.0 / after))
        ),
        Target::UtilisationAtMost(_) => {
            format!("busiest {} → {}", share(before), share(after))
        }
    };
    push(Of::Asked, words, after > before);
}

/// What a change does to a figure that stands in no report, where that is a hundredth or more.
fn sought_words(
    subject: Subject,
    (before, after): (Option<f64>, Option<f64>),
    counts: Option<([u32; 3], [u32; 3])>,
) -> String {
    let span = |value: f64| time(Seconds(value));
    if let Some((was, is)) = counts {
        let names = ["kinds", "hops", "stateful parts"];
        let rows = names.into_iter().zip(was.into_iter().zip(is));
        let rows = rows.filter(|(_, (was, is))| was != is);
        let clauses: Vec<String> = rows
            .map(|(name, (was, is))| format!("{name} {was} → {is}"))
            .collect();
        return clauses.join(", ");
    }
    if let (Some(before), Some(after)) = (before, after)
        && (after - before).abs() <= (0.01 * before.abs()).max(0.01 * least(subject))
    {
        return String::new();
    }
    match (subject, before, after) {
        (Subject::Availability(_), Some(before), Some(after)) => format!(
            "downtime {} a year",
            signed((after - before) * SECONDS_PER_YEAR, span)
        ),
        (Subject::StaleReads(_), Some(before), Some(after)) => {
            format!("stale {} → {}", share(before), share(after))
        }
        (Subject::OldestAnswer(_), Some(before), Some(after)) => {
            format!("oldest {} → {}", span(before), span(after))
        }
        (Subject::OldestAnswer(_), None, Some(after)) => format!("then {} at most", span(after)),
        (Subject::LostWrites, Some(before), Some(after)) => {
            format!("lost {} → {} a month", number(before), number(after))
        }
        (Subject::Median(_), Some(before), Some(after)) => {
            format!("p50 {}", signed(after - before, span))
        }
        (Subject::Median(_), None, Some(after)) => format!("then p50 {}", span(after)),
        (Subject::Completion(_), Some(before), Some(after)) => {
            format!("completion {}", signed(after - before, span))
        }
        (Subject::Completion(_), None, Some(after)) => format!("then done in {}", span(after)),
        (Subject::LeftOpen, Some(before), Some(after)) => {
            format!("left open {} → {}", number(before), number(after))
        }
        _ => String::new(),
    }
}

fn signed(value: f64, write: impl Fn(f64) -> String) -> String {
    if value >= 0.0 {
        format!("+{}", write(value))
    } else {
        format!("−{}", write(-value))
    }
}
