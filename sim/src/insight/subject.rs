//! What can be asked "why?", and what it is called; it knows no answers.

use crate::report::Report;
use crate::scenario::{ClassId, ComponentId, Scenario};

/// Whom or what somebody asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// What limits the whole design.
    Bottleneck,
    /// One part of the drawing.
    Component(ComponentId),
    /// The response times of a class.
    Latency(ClassId),
    /// The requests of a class that aren't answered well.
    Failures(ClassId),
    /// The highest load that the design sustains.
    SustainableLoad,
    /// The objective at this place of the document's list.
    Objective(usize),
    /// What a month costs.
    Cost,
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
            Subject::Failures(id) => format!("Why does {} fail?", class(id)?),
            Subject::SustainableLoad => "Why does it sustain no more?".to_owned(),
            Subject::Objective(place) => {
                let outcome = report.objectives.get(place)?;
                if outcome.met {
                    "Why is this objective met?".to_owned()
                } else {
                    "Why is this objective missed?".to_owned()
                }
            }
            Subject::Cost => "Why does it cost so much?".to_owned(),
        })
    }

    /// The class that the question is about; `None` where it is about all of them.
    pub fn class(self, scenario: &Scenario) -> Option<ClassId> {
        match self {
            Subject::Latency(class) | Subject::Failures(class) => Some(class),
            Subject::Objective(place) => scenario.objectives.get(place)?.class,
            _ => None,
        }
    }
}
