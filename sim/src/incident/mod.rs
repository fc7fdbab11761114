//! Named incidents, ready to try: what happens in each, what to watch, and what it comes to on a given drawing. It changes no document and
//! doesn't know what becomes of requests.
//!
//! Where an incident happens and how strong it is follows from the drawing: the selected part where it fits, else the one with the most load
//! of those that fit, and as much as pushes it a little beyond what it can do. All magnitudes are modelling choices.

mod entries;
mod parts;
mod prepare;
mod subject;

pub use entries::INCIDENTS;
pub use subject::{At, Subject, Timing};

use crate::catalog::{Parameter, Value, format_value, parameter};
use crate::insight::fault_words;
use crate::scenario::{CallPlan, ComponentId, Fault, Scenario};

/// What incidents are about, as a menu groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Machines and places that are lost or ill.
    Machines,
    /// What lies between parts.
    Network,
    /// Databases, caches and keys.
    Data,
    /// Messages and those who work on them.
    Messages,
    /// Who sends too much, and what makes it worse.
    Load,
    /// What people change.
    Operation,
}

impl Group {
    /// All of them, in a menu's order.
    pub const ALL: [Group; 6] = [
        Group::Machines,
        Group::Network,
        Group::Data,
        Group::Messages,
        Group::Load,
        Group::Operation,
    ];

    /// Its name in a menu.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Machines => "Machines and places",
            Group::Network => "Network",
            Group::Data => "Data and caches",
            Group::Messages => "Messages",
            Group::Load => "Load",
            Group::Operation => "Operation",
        }
    }
}

/// One incident.
#[derive(Clone, Copy, Debug)]
pub struct NamedIncident {
    /// By which programs and addresses know it.
    pub id: &'static str,
    /// By which people know it.
    pub name: &'static str,
    /// Where a menu has it.
    pub group: Group,
    /// What happens, in a sentence.
    pub happens: &'static str,
    /// What to watch, in a sentence.
    pub watch: &'static str,
    prepare: fn(&Subject) -> Result<Trial, &'static str>,
}

/// An incident on a drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// What goes wrong, to be added to the document's faults.
    pub faults: Vec<Fault>,
    /// What has to be set for it.
    pub settings: Vec<Setting>,
    /// Seconds that the run has to last at least, so that what follows is seen.
    pub least_run_seconds: f64,
}

/// Something that an incident sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A parameter.
    Parameter {
        /// Of which component.
        component: ComponentId,
        /// Which.
        parameter: Parameter,
        /// To what.
        value: Value,
    },
    /// What a component calls, and how it tries again.
    Plans {
        /// Which component.
        component: ComponentId,
        /// All its plans.
        plans: Vec<CallPlan>,
    },
}

impl NamedIncident {
    /// What it comes to there.
    ///
    /// # Errors
    /// Why this drawing has none: what is missing, as a sentence.
    pub fn prepare(&self, subject: &Subject) -> Result<Trial, &'static str> {
        let trial = (self.prepare)(subject).map_err(|why| {
            if subject.is_silent() {
                "Nobody sends anything here. Give the clients a request rate first."
            } else {
                why
            }
        })?;
        let fits = |fault: &Fault| fault.can_happen(subject.scenario);
        // What a setting makes possible can't happen before it is set.
        if trial.settings.is_empty() && !trial.faults.iter().all(fits) {
            return Err("What it would happen to can't have it.");
        }
        Ok(trial)
    }
}

/// The incident of this identifier.
pub fn named(id: &str) -> Option<&'static NamedIncident> {
    INCIDENTS.iter().find(|incident| incident.id == id)
}

impl Trial {
    /// The document with it: what a person who tries it ends up with.
    pub fn applied(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        for setting in &self.settings {
            let id = match setting {
                Setting::Parameter { component, .. } | Setting::Plans { component, .. } => {
                    component
                }
            };
            let mut components = scenario.components.iter_mut();
            let Some(component) = components.find(|own| own.id == *id) else {
                continue;
            };
            match setting {
                Setting::Parameter {
                    parameter, value, ..
                } => {
                    component.parameters.insert(*parameter, *value);
                }
                Setting::Plans { plans, .. } => component.plans.clone_from(plans),
            }
        }
        scenario.faults.extend(self.faults.iter().cloned());
        if let Some(seconds) = self.run_seconds(&scenario) {
            scenario.run.duration_seconds = Some(seconds);
        }
        scenario
    }

    /// How long the run is to last for it, seconds; `None` where the document's run lasts long enough.
    pub fn run_seconds(&self, scenario: &Scenario) -> Option<f64> {
        let lasts = scenario.run.duration_seconds.unwrap_or(0.0);
        (lasts < self.least_run_seconds).then_some(self.least_run_seconds)
    }

    /// What it does to this drawing, a phrase for each fault and setting.
    pub fn words(&self, scenario: &Scenario) -> Vec<String> {
        let name = |id: ComponentId| {
            let component = scenario.component(id);
            component.map_or("?".to_owned(), |component| component.name.clone())
        };
        let settings = self.settings.iter().map(|setting| match setting {
            Setting::Parameter {
                component,
                parameter: which,
                value,
            } => {
                let kind = scenario.component(*component).map(|own| own.kind);
                let found = kind.and_then(|kind| parameter(kind, *which));
                let words = found.map(|found| {
                    format!(
                        "{} of {} set to {}",
                        found.label,
                        name(*component),
                        format_value(found, *value)
                    )
                });
                words.unwrap_or_default()
            }
            Setting::Plans { component, .. } => {
                format!("{} repeats failed calls without a budget", name(*component))
            }
        });
        let faults = self.faults.iter().map(|fault| fault_words(scenario, fault));
        settings.chain(faults).collect()
    }
}
