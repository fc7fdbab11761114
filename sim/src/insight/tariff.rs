//! What a run is charged by, and how much of each: the prices of [`super::cost()`] as factors of what is counted. It knows no run.

use super::cost::{
    BYTES_PER_GIGABYTE, Place, bytes_passed_on, fixed_count, price_between, size, storage,
};
use crate::catalog::{Kind, Parameter};
use crate::des::Measure;
use crate::scenario::Scenario;
use crate::units::{DollarsPerMonth, SECONDS_PER_MONTH};

/// What a design's run costs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tariff {
    /// Machines that are always there, and what is kept.
    pub fixed: DollarsPerMonth,
    /// Dollars for each unit of what is counted: a second of an instance, a visit, a second of a visit, a call.
    pub charges: Vec<(Measure, f64)>,
}

/// The tariff of a document. Against [`super::cost()`] it has no day's average: autoscaled machines are paid for as long as they are there.
pub fn tariff(scenario: &Scenario) -> Tariff {
    let mut fixed = 0.0;
    let mut charges = Vec::new();
    for component in &scenario.components {
        let machine = component.number(Parameter::InstancePrice) * size(component);
        match fixed_count(component) {
            Some(count) => fixed += count.max(0.0) * machine,
            None => charges.push((
                Measure::InstanceSeconds(component.id),
                machine / SECONDS_PER_MONTH,
            )),
        }
        fixed += storage(component);
        let by_call = component.number(Parameter::MillionCallsPrice) / 1e6;
        charges.push((Measure::Visits(component.id), by_call));
        let by_time = component.number(Parameter::Memory)
            * component.number(Parameter::GigabyteSecondsPrice)
            / 1e6;
        charges.push((Measure::VisitSeconds(component.id), by_time));
    }
    let has_zones = !scenario.zones.is_empty();
    for link in &scenario.links {
        let (Some(caller), Some(called)) =
            (scenario.component(link.from), scenario.component(link.to))
        else {
            continue;
        };
        let places = has_zones.then(|| (Place::of(scenario, caller), Place::of(scenario, called)));
        for class in &scenario.classes {
            let between =
                price_between(caller, called, class, places.as_ref().map(|(a, b)| (a, b)));
            let passed_on = if called.kind == Kind::Clients {
                0.0
            } else {
                bytes_passed_on(called, class) * called.number(Parameter::TransferPrice)
            };
            let dollars = (between + passed_on) / BYTES_PER_GIGABYTE;
            charges.push((Measure::Calls(link.id, class.id), dollars));
        }
    }
    charges.retain(|(_, dollars)| *dollars > 0.0);
    Tariff {
        fixed: DollarsPerMonth(fixed),
        charges,
    }
}
