//! What can be asked "why?", and what it is called; it knows no answers.

use crate::report::Report;
use crate::scenario::{ClassId, ComponentId, Scenario, Target};

/// Whom or what somebody asks about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// What limits the whole design.
    Bottleneck,
    /// One part of the drawing.
    Component(ComponentId),
    /// The response times of a class, by its p99.
    Latency(ClassId),
    /// The same, by its p50.
    Median(ClassId),
    /// The requests of a class that aren't answered well.
    Failures(ClassId),
    /// The highest load that the design sustains.
    SustainableLoad,
    /// The objective at this place of the document's list.
    Objective(usize),
    /// An objective that stands in no document, a lesson's say: of this class, or of all.
    Asked(Option<ClassId>, Target),
    /// What a month costs.
    Cost,
    /// How much of what this class sends, or all do, is answered though parts fail.
    Availability(Option<ClassId>),
    /// How much of what this class reads, or all do, is out of date.
    StaleReads(Option<ClassId>),
    /// For how long what this class reads, or all do, may have been out of date.
    OldestAnswer(Option<ClassId>),
    /// Writes that were confirmed and are lost when something dies.
    LostWrites,
    /// How long work of this class, or of the one that waits longest, takes that is handed over to be done later.
    Completion(Option<ClassId>),
    /// What the outside can get at, and what else is left open.
    LeftOpen,
    /// What there is to run.
    Complexity,
}

impl Subject {
    /// What the answer stands under, e.g. "Why is the p99 of read as it is?"; `None` for what the document doesn't have.
    pub fn question(self, scenario: &Scenario, report: &Report) -> Option<String> {
        let class = |id: ClassId| scenario.class(id).map(|class| class.name.as_str());
        let component = |id: ComponentId| {
            let component = scenario.component(id);
            component.map(|component| component.name.as_str())
        };
        Some(match self {
            Subject::Bottleneck => {
                let bottleneck = report.bottleneck.as_ref()?;
                format!("Why does {} limit it?", component(bottleneck.component)?)
            }
            Subject::Component(id) => format!("Why is {} as it is?", component(id)?),
            Subject::Latency(id) => format!("Why does {} take so long?", class(id)?),
            Subject::Median(id) => format!("Why is the p50 of {} as it is?", class(id)?),
            Subject::Failures(id) => format!("Why does {} fail?", class(id)?),
            Subject::SustainableLoad => "Why does it sustain no more?".to_owned(),
            Subject::Objective(place) => {
                if report.objectives.get(place)?.met {
                    "Why is this objective met?".to_owned()
                } else {
                    "Why is this objective missed?".to_owned()
                }
            }
            // Whoever asks of a figure that he was told elsewhere needn't have been told the same.
            Subject::Asked(whose, target) => {
                let figure = match target {
                    Target::MeanAtMostSeconds(_) => "mean time",
                    Target::P95AtMostSeconds(_) => "p95",
                    Target::P99AtMostSeconds(_) => "p99",
                    Target::SuccessAtLeast(_) => "success",
                    Target::GoodputAtLeastPerSecond(_) => "goodput",
                    Target::CostAtMostDollarsPerMonth(_) => "bill",
                    Target::UtilisationAtMost(_) => "highest utilisation",
                };
                match whose {
                    Some(id) => format!("Why is the {figure} of {} as it is?", class(id)?),
                    None => format!("Why is the {figure} as it is?"),
                }
            }
            Subject::Cost => "Why does it cost so much?".to_owned(),
            Subject::Availability(None) => "Why isn't it always available?".to_owned(),
            Subject::Availability(Some(id)) => format!("Why isn't {} always answered?", class(id)?),
            Subject::StaleReads(None) => "Why are reads out of date?".to_owned(),
            Subject::StaleReads(Some(id)) => format!("Why is {} out of date?", class(id)?),
            Subject::OldestAnswer(None) => "Why are answers as old as they are?".to_owned(),
            Subject::OldestAnswer(Some(id)) => {
                format!("Why are answers to {} as old as they are?", class(id)?)
            }
            Subject::LostWrites => "Why are writes lost?".to_owned(),
            Subject::Completion(None) => "Why is work for later done so late?".to_owned(),
            Subject::Completion(Some(id)) => {
                format!("Why is the work of {} done so late?", class(id)?)
            }
            Subject::LeftOpen => "Why is it left open?".to_owned(),
            Subject::Complexity => "Why is there so much to run?".to_owned(),
        })
    }

    /// The class that the question is about; `None` where it is about all of them.
    pub fn class(self, scenario: &Scenario) -> Option<ClassId> {
        match self {
            Subject::Latency(class) | Subject::Median(class) | Subject::Failures(class) => {
                Some(class)
            }
            Subject::Objective(place) => scenario.objectives.get(place)?.class,
            Subject::Asked(class, _)
            | Subject::Availability(class)
            | Subject::StaleReads(class)
            | Subject::OldestAnswer(class)
            | Subject::Completion(class) => class,
            _ => None,
        }
    }

    /// What is bounded, where an objective is asked about.
    pub(super) fn target(self, scenario: &Scenario) -> Option<Target> {
        match self {
            Subject::Objective(place) => scenario.objectives.get(place).map(|own| own.target),
            Subject::Asked(_, target) => Some(target),
            _ => None,
        }
    }
}
