//! The price of a design: money, and what is paid otherwise: time in which it doesn't work, answers out of date, doors left open, things to
//! run. It puts together what the modules beside it find out.

use super::availability::{Availability, availability};
use super::complexity::{Complexity, complexity};
use super::consistency::{Consistency, consistency};
use super::security::{SecurityFinding, security};
use crate::analysis::Analysis;
use crate::report::Cost;
use crate::scenario::Scenario;
use serde::Serialize;

/// What a design costs, in every coin. Two of them stand beside each other as before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Price {
    /// Dollars a month, by component.
    pub cost: Cost,
    /// How much of the time it works.
    pub availability: Availability,
    /// How far its answers may be out of date, and which writes may be lost.
    pub consistency: Consistency,
    /// What it leaves open, the worst first.
    pub security: Vec<SecurityFinding>,
    /// What there is to run.
    pub complexity: Complexity,
}

/// The price of an analysed design. Not part of its report: it takes longer than a solve, and is asked for when somebody looks.
pub fn price(scenario: &Scenario, analysis: &Analysis) -> Price {
    let Analysis { compiled, report } = analysis;
    Price {
        cost: report.cost.clone(),
        availability: availability(scenario, compiled, report),
        consistency: consistency(scenario, compiled, report),
        security: security(scenario, report),
        complexity: complexity(scenario, compiled, report),
    }
}
