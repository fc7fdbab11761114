//! Figures by which lessons bet, grade and tell: what they are called, and what they are of a design. It doesn't know how they came about.

use super::capacity::capacity;
use super::check::EVENT_SECONDS;
use super::seen::Seen;
use crate::des::{Outcome, Phase};
use crate::insight::{BilledBy, bill, billed_by, consistency, security, success};
use crate::network::compile;
use crate::quantities::{beside, dollars, percent, rate, share, time, whole};
use crate::report::{ClassReport, Report};
use crate::scenario::{ClassId, ComponentId, Scenario};
use crate::units::{DollarsPerMonth, PerSecond, Seconds};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Mean response time.
    Mean,
    /// Half of the response times are below it.
    P50,
    /// 95 % are.
    P95,
    /// 99 % are.
    P99,
    /// Share of requests that are answered well.
    Success,
    /// Requests a second that are answered well.
    Goodput,
    /// Mean time until what was handed over for later is done, from then on; of who hands nothing over, until he is answered.
    Completion,
    /// Share of those answered whose work for later, if they have any, is done by the end; only a run shows it.
    Done,
    /// How busy a part's busiest resource is.
    Utilisation,
    /// Share of look-ups that a part answers from its own keys.
    HitRatio,
    /// Share of reads that find what is out of date; only a run shows it.
    StaleReads,
    /// Dollars a month.
    Cost,
    /// Requests a second at which something is full.
    HighestLoad,
    /// Requests a second at which a part is full, were nothing else full before; without a name, as the highest load.
    Capacity,
    /// By how much the load can grow until a part is full, as a share of today's; without a name, until anything is.
    HeadRoom,
    /// Longest time from the end of a fault until all was as before; only a run shows it.
    Recovery,
    /// Requests that were lost for faults; only a run shows it.
    Lost,
    /// Writes that were confirmed and are gone for faults; only a run shows it.
    LostWrites,
    /// Longest time for which an answer may have been out of date; worked out, whatever a run happened to show.
    OldestAnswer,
    /// What the outside can get at that it needn't, counted in security findings.
    LeftOpen,
    /// The part that gives way first.
    Bottleneck,
}

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// A class, or all of them.
    Class,
    /// A part; without a name, all that have it.
    Part,
    /// The whole design.
    Whole,
}

impl Measure {
    const ALL: [(Measure, &'static str, Of); 21] = [
        (Measure::Mean, "mean", Of::Class),
        (Measure::P50, "p50", Of::Class),
        (Measure::P95, "p95", Of::Class),
        (Measure::P99, "p99", Of::Class),
        (Measure::Success, "success", Of::Class),
        (Measure::Goodput, "goodput", Of::Class),
        (Measure::Completion, "completion", Of::Class),
        (Measure::Done, "done", Of::Class),
        (Measure::Utilisation, "utilisation", Of::Part),
        (Measure::HitRatio, "hit ratio", Of::Part),
        (Measure::StaleReads, "stale reads", Of::Part),
        (Measure::Cost, "cost", Of::Whole),
        (Measure::HighestLoad, "highest load", Of::Whole),
        (Measure::Capacity, "capacity", Of::Part),
        (Measure::HeadRoom, "head room", Of::Part),
        (Measure::Recovery, "recovery", Of::Whole),
        (Measure::Lost, "lost requests", Of::Whole),
        (Measure::LostWrites, "lost writes", Of::Whole),
        (Measure::OldestAnswer, "oldest answer", Of::Class),
        (Measure::LeftOpen, "left open", Of::Whole),
        (Measure::Bottleneck, "bottleneck", Of::Whole),
    ];

    /// All that there are.
    pub fn all() -> impl Iterator<Item = Measure> {
        Measure::ALL.iter().map(|(measure, ..)| *measure)
    }

    fn row(self) -> (&'static str, Of) {
        let row = Measure::ALL.iter().find(|(measure, ..)| *measure == self);
        row.map_or(("", Of::Whole), |(_, name, of)| (*name, *of))
    }

    /// What files call it.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether more of it is better.
    pub fn is_better_when_higher(self) -> bool {
        matches!(
            self,
            Measure::Success
                | Measure::Goodput
                | Measure::Done
                | Measure::HitRatio
                | Measure::HighestLoad
                | Measure::Capacity
                | Measure::HeadRoom
        )
    }

    /// Whether only a run can show it.
    pub fn needs_a_run(self) -> bool {
        matches!(
            self,
            Measure::Done
                | Measure::StaleReads
                | Measure::Recovery
                | Measure::Lost
                | Measure::LostWrites
        )
    }

    /// Whether equal factors are equally far apart: times, rates and money; shares aren't.
    pub fn spans_decades(self) -> bool {
        !matches!(
            self,
            Measure::Success
                | Measure::Done
                | Measure::Utilisation
                | Measure::HitRatio
                | Measure::StaleReads
                | Measure::HeadRoom
        )
    }

    /// What is said where a run has shown no value.
    pub fn unseen(self) -> &'static str {
        match self {
            Measure::Completion | Measure::Done => "none of it was done",
            _ => "too few requests to say",
        }
    }

    /// The number as people read it; what grows without end has no number.
    pub fn write(self, value: f64) -> String {
        match self {
            _ if value == f64::INFINITY => "without end".to_owned(),
            Measure::Mean
            | Measure::P50
            | Measure::P95
            | Measure::P99
            | Measure::Completion
            | Measure::Recovery
            | Measure::OldestAnswer => time(Seconds(value)),
            Measure::Utilisation => percent(value),
            Measure::Success
            | Measure::Done
            | Measure::HitRatio
            | Measure::StaleReads
            | Measure::HeadRoom => share(value),
            Measure::Goodput | Measure::HighestLoad | Measure::Capacity => rate(PerSecond(value)),
            Measure::Cost => format!("{} a month", dollars(DollarsPerMonth(value))),
            Measure::Lost | Measure::LostWrites | Measure::LeftOpen | Measure::Bottleneck => {
                whole(value)
            }
        }
    }
}

impl Measure {
    /// Whether it is a time that answers, or what is handed over, take.
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Measure::Mean | Measure::P50 | Measure::P95 | Measure::P99 | Measure::Completion
        )
    }

    /// The number beside its bound: with as many digits as it takes to see on which side of it that lies.
    pub fn write_beside(self, value: f64, bound: f64) -> String {
        beside(value, bound, |value| self.write(value))
    }
}

/// A figure: what is measured, and of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What.
    pub measure: Measure,
    /// The name of a class or part; without one, the class or part that fares worst, or the whole.
    pub of: Option<String>,
}

impl Figure {
    /// The figure that a text like "p99", "p99 of read" or "utilisation of Server" means.
    ///
    /// # Errors
    /// Why it means none, and which there are.
    pub fn parse(text: &str) -> Result<Figure, String> {
        let text = text.trim();
        let (name, of) = match text.split_once(" of ") {
            Some((name, of)) => (name.trim(), Some(of.trim())),
            None => (text, None),
        };
        let row = Measure::ALL.iter().find(|(_, known, _)| *known == name);
        let Some((measure, _, kind)) = row else {
            let all: Vec<&str> = Measure::ALL.iter().map(|(_, name, _)| *name).collect();
            return Err(format!(
                "\"{name}\" is no figure. There are: {}.",
                all.join(", ")
            ));
        };
        if of.is_some() && *kind == Of::Whole {
            return Err(format!(
                "\"{name}\" is of the whole design. Leave \"of …\" out."
            ));
        }
        Ok(Figure {
            measure: *measure,
            of: of.map(str::to_owned),
        })
    }

    /// The class that it is of, where it names one that is there.
    pub fn class(&self, scenario: &Scenario) -> Option<ClassId> {
        let of = self.of.as_deref()?;
        let named = self.measure.row().1 == Of::Class;
        class(scenario, of).filter(|_| named)
    }

    /// What is wrong with it on this design: a name that isn't there.
    pub fn missing(&self, scenario: &Scenario) -> Option<String> {
        let of = self.of.as_deref()?;
        match self.measure.row().1 {
            Of::Class if class(scenario, of).is_none() => {
                let all: Vec<&str> = (scenario.classes.iter())
                    .map(|class| class.name.as_str())
                    .collect();
                Some(format!(
                    "there is no class \"{of}\"; there are: {}",
                    all.join(", ")
                ))
            }
            Of::Part if part(scenario, of).is_none() => {
                Some(format!("there is no part \"{of}\" on the drawing"))
            }
            _ => None,
        }
    }

    /// Whether runs are what it is graded by on this design; the rest is worked out, whatever a run happens to show. What a design costs is a run's
    /// to say where machines come and go in it.
    pub fn is_of_runs(&self, scenario: &Scenario) -> bool {
        match self.billed_by(scenario) {
            Some(by) => by == BilledBy::Run,
            None => !matches!(
                self.measure,
                Measure::HighestLoad
                    | Measure::Capacity
                    | Measure::HeadRoom
                    | Measure::OldestAnswer
                    | Measure::LeftOpen
                    | Measure::Bottleneck
            ),
        }
    }

    /// Who says how many machines it is of, where it is what a design costs.
    pub fn billed_by(&self, scenario: &Scenario) -> Option<BilledBy> {
        let seconds = scenario.run.duration_seconds.unwrap_or(EVENT_SECONDS);
        (self.measure == Measure::Cost).then(|| billed_by(scenario, seconds))
    }

    /// What it is; `None` where there is no such figure: of a class that nobody sends, or that only a run shows.
    pub fn of(&self, known: &Known) -> Option<Measured> {
        let number = |value: f64| Some(Measured::Number(value));
        match self.measure {
            Measure::Bottleneck => {
                let bottleneck = known.report.bottleneck.as_ref()?;
                Some(Measured::Part(bottleneck.component))
            }
            Measure::Cost => number(cost(known, self.is_of_runs(known.scenario))),
            Measure::HighestLoad => number(known.report.sustainable.0),
            Measure::Capacity => number(self.bears(known)?),
            Measure::HeadRoom => {
                let offered = known.report.classes.iter().map(|own| own.offered.0);
                let today: f64 = offered.sum();
                let most = self.bears(known).filter(|_| today > 0.0)?;
                number(most / today - 1.0)
            }
            Measure::Recovery => {
                let verdicts = known.seen?.verdicts.iter();
                let spans = verdicts.map(|verdict| match verdict.outcome {
                    Outcome::Unharmed => 0.0,
                    // In the end all is as before, which is as long as it took at most.
                    Outcome::Interrupted if verdict.recovered_seconds.is_none() => f64::INFINITY,
                    Outcome::Recovered | Outcome::Interrupted => {
                        let ended = verdict.ended_seconds.unwrap_or(0.0);
                        (verdict.recovered_seconds.unwrap_or(ended) - ended).max(0.0)
                    }
                    _ => f64::INFINITY,
                });
                number(spans.fold(0.0, f64::max))
            }
            Measure::Lost => {
                let verdicts = known.seen?.verdicts.iter();
                number(verdicts.map(|verdict| verdict.lost.max(0.0)).sum())
            }
            Measure::LostWrites => number(known.seen?.lost_writes as f64),
            Measure::OldestAnswer => {
                let of = self.of.as_ref().map(|name| class(known.scenario, name));
                match of {
                    Some(None) => None,
                    of => number(oldest_answer(known, of.flatten())),
                }
            }
            Measure::LeftOpen => number(left_open(known) as f64),
            Measure::Completion => self.worst_of_later(known, completions(known), f64::max),
            Measure::Done => self.worst_of_later(known, done(known.seen?), f64::min),
            // Where nothing can be out of date, nothing is.
            Measure::StaleReads if self.of.is_none() && known.seen.is_some() => {
                number(self.of_parts(known).unwrap_or(0.0))
            }
            Measure::Utilisation | Measure::HitRatio | Measure::StaleReads => {
                self.of_parts(known).map(Measured::Number)
            }
            _ => self.of_classes(known).map(Measured::Number),
        }
    }

    /// The load that the part bears, or without a name all of them.
    fn bears(&self, known: &Known) -> Option<f64> {
        match &self.of {
            None => Some(known.report.sustainable.0),
            Some(name) => capacity(known.scenario, known.report, part(known.scenario, name)?),
        }
    }

    /// That of the class that is asked for; without a name, the worst of those that hand work over, or of all where none does. `None` where one
    /// of them has none.
    fn worst_of_later(
        &self,
        known: &Known,
        all: Vec<Later>,
        worse: fn(f64, f64) -> f64,
    ) -> Option<Measured> {
        let any = all.iter().any(|own| own.hands_over);
        let wanted = match &self.of {
            Some(name) => Some(class(known.scenario, name)?),
            None => None,
        };
        let own = all.iter().filter(|own| match wanted {
            Some(wanted) => own.class == wanted,
            None => own.hands_over == any,
        });
        let values: Option<Vec<f64>> = own.map(|own| own.value).collect();
        values?.into_iter().reduce(worse).map(Measured::Number)
    }

    fn of_parts(&self, known: &Known) -> Option<f64> {
        let wanted = match &self.of {
            Some(name) => Some(part(known.scenario, name)?),
            None => None,
        };
        let is_wanted = |id: ComponentId| wanted.is_none_or(|wanted| wanted == id);
        let worst = |values: &mut dyn Iterator<Item = f64>| {
            let higher = self.measure.is_better_when_higher();
            values.reduce(|one, other| {
                if higher {
                    one.min(other)
                } else {
                    one.max(other)
                }
            })
        };
        match known.seen {
            Some(seen) => {
                let parts = seen.parts.iter().filter(|part| is_wanted(part.component));
                worst(&mut parts.filter_map(|part| match self.measure {
                    Measure::Utilisation => part.utilisation,
                    Measure::HitRatio => part.hit_ratio,
                    _ => part.stale_reads,
                }))
            }
            None => {
                let parts = known.report.components.iter();
                let parts = parts.filter(|part| is_wanted(part.component));
                worst(&mut parts.filter_map(|part| match self.measure {
                    Measure::Utilisation => part.utilisation,
                    Measure::HitRatio => part.hit_ratio,
                    _ => None,
                }))
            }
        }
    }

    fn of_classes(&self, known: &Known) -> Option<f64> {
        let wanted = match &self.of {
            Some(name) => Some(class(known.scenario, name)?),
            None => None,
        };
        let mut result: Option<f64> = None;
        let mut add = |value: f64| {
            result = Some(match (result, self.measure) {
                (None, _) => value,
                (Some(before), Measure::Goodput) => before + value,
                (Some(before), Measure::Success) => before.min(value),
                (Some(before), _) => before.max(value),
            });
        };
        match known.seen {
            Some(seen) => {
                for (class, phase) in &seen.classes {
                    if phase.offered == 0.0 || wanted.is_some_and(|wanted| wanted != *class) {
                        continue;
                    }
                    add(match self.measure {
                        Measure::Goodput => phase.succeeded / phase.seconds,
                        // Whoever is on the way at the end neither failed nor was answered; a backlog that grows wasn't answered.
                        Measure::Success => success(phase)?,
                        Measure::Mean => phase.mean?,
                        Measure::P50 => phase.p50?,
                        Measure::P95 => phase.p95?,
                        _ => phase.p99?,
                    });
                }
            }
            None => {
                for class in &known.report.classes {
                    if class.offered.0 == 0.0 || wanted.is_some_and(|wanted| wanted != class.class)
                    {
                        continue;
                    }
                    // Where no time is right for all, it grows for as long as one waits.
                    let latency = |get: fn(&crate::report::Latency) -> Seconds| {
                        class
                            .latency
                            .as_ref()
                            .map_or(f64::INFINITY, |all| get(all).0)
                    };
                    add(match self.measure {
                        Measure::Goodput => class.goodput.0,
                        Measure::Success => class.goodput.0 / class.offered.0,
                        Measure::Mean => latency(|all| all.mean),
                        Measure::P50 => latency(|all| all.p50),
                        Measure::P95 => latency(|all| all.p95),
                        _ => latency(|all| all.p99),
                    });
                }
            }
        }
        result
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.measure.name())?;
        match &self.of {
            Some(of) => write!(formatter, " of {of}"),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Figure::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What there is to measure on.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The design.
    pub scenario: &'a Scenario,
    /// What the solver says of it.
    pub report: &'a Report,
    /// What a run of it has shown; without one, the solver's figures count.
    pub seen: Option<&'a Seen>,
}

/// What a figure came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Measured {
    /// A number in the figure's unit; infinite where it grows without end.
    Number(f64),
    /// A part.
    Part(ComponentId),
}

impl Measured {
    /// Its number; `None` of a part.
    pub fn number(self) -> Option<f64> {
        match self {
            Measured::Number(value) => Some(value),
            Measured::Part(_) => None,
        }
    }
}

/// A figure of the work that a class's requests leave for later.
struct Later {
    class: ClassId,
    /// Whether they leave any.
    hands_over: bool,
    /// `None` where nothing was seen of it.
    value: Option<f64>,
}

/// How long work takes from when it is handed over, by class that is sent. Whoever hands nothing over has done it when he answers.
fn completions(known: &Known) -> Vec<Later> {
    let Some(seen) = known.seen else {
        let classes = known.report.classes.iter();
        let sent = classes.filter(|class| class.offered.0 > 0.0);
        let of = |class: &ClassReport| match class.hands_over {
            true => class.completion,
            false => class.latency.map(|all| all.mean),
        };
        // Where no time is right for all, it grows for as long as one waits.
        return sent
            .map(|class| Later {
                class: class.class,
                hands_over: class.hands_over,
                value: Some(of(class).map_or(f64::INFINITY, |time| time.0)),
            })
            .collect();
    };
    let done = |class: ClassId| {
        let mut all = seen.completions.iter();
        all.find(|own| own.0 == class).map(|own| own.1)
    };
    later(seen, |class, phase, hands_over| match hands_over {
        true => done(class),
        false => phase.mean,
    })
}

/// Which share of those answered has its work done by the end. Whoever hands nothing over has done it when he answers.
fn done(seen: &Seen) -> Vec<Later> {
    let share = |class: ClassId| {
        let mut all = seen.done.iter();
        all.find(|own| own.0 == class).map(|own| own.1)
    };
    later(seen, |class, phase, hands_over| match hands_over {
        true => share(class),
        false => (phase.succeeded > 0.0).then_some(1.0),
    })
}

fn later(seen: &Seen, value: impl Fn(ClassId, &Phase, bool) -> Option<f64>) -> Vec<Later> {
    let sent = seen.classes.iter().filter(|own| own.1.offered > 0.0);
    let all = sent.map(|(class, phase)| {
        let hands_over = seen.handing.contains(class);
        Later {
            class: *class,
            hands_over,
            value: value(*class, phase, hands_over),
        }
    });
    all.collect()
}

/// Dollars a month: by the machines that the run has shown, where it shows what the bill is of.
fn cost(known: &Known, by_run: bool) -> f64 {
    let Some(seen) = known.seen.filter(|_| by_run) else {
        return known.report.cost.total.0;
    };
    let pools = seen.pools.iter().map(|own| (own.component, own.mean));
    let network = compile(known.scenario).network;
    bill(known.scenario, &network, known.report, pools).0
}

/// The longest time for which anything that is read, by this class or any, may have been out of date, seconds; infinite where nothing bounds it.
fn oldest_answer(known: &Known, of: Option<ClassId>) -> f64 {
    let consistency = consistency(known.scenario, &compile(known.scenario), known.report);
    let rows = consistency.reads.iter();
    let rows = rows.filter(|row| of.is_none_or(|of| row.class == of));
    rows.map(|row| row.longest.map_or(f64::INFINITY, |longest| longest.0))
        .fold(0.0, f64::max)
}

/// Findings by which the outside gets at something that it needn't.
fn left_open(known: &Known) -> usize {
    let found = security(known.scenario, known.report).into_iter();
    found.filter(|finding| finding.weakness.lets_in()).count()
}

/// The class of this name.
pub(super) fn class(scenario: &Scenario, name: &str) -> Option<ClassId> {
    let mut classes = scenario.classes.iter();
    classes
        .find(|class| class.name.eq_ignore_ascii_case(name))
        .map(|class| class.id)
}

/// The part of this name.
pub(super) fn part(scenario: &Scenario, name: &str) -> Option<ComponentId> {
    let mut parts = scenario.components.iter();
    parts
        .find(|part| part.name.eq_ignore_ascii_case(name))
        .map(|part| part.id)
}
