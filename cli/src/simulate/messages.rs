//! Messages that came back, and functions that started cold, as tables for people; it computes nothing.

use super::table::uncertain;
use crate::table::{align, class_name, component_name};
use loadscape_sim::des::{Estimate, Findings};
use loadscape_sim::quantities::{rate, share};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::PerSecond;

/// The tables; empty where there are neither.
pub fn render(scenario: &Scenario, findings: &Findings) -> String {
    let seen = |estimate: Option<Estimate>, figure: &dyn Fn(f64) -> String| {
        estimate.map_or("–".to_owned(), |seen| {
            uncertain(seen.value, seen.half_width, figure)
        })
    };
    let often = |estimate| seen(estimate, &|value| rate(PerSecond(value)));
    let mut text = String::new();
    let header = [
        "messages",
        "class",
        "deliveries",
        "again",
        "done twice",
        "dead letters",
    ]
    .map(str::to_owned);
    let rows: Vec<_> = findings
        .messages
        .iter()
        .map(|messages| {
            [
                component_name(scenario, messages.component),
                class_name(scenario, messages.class),
                often(messages.deliveries),
                often(messages.redeliveries),
                often(messages.duplicates),
                often(messages.dead_letters),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    let header = ["function", "executions", "start cold"].map(str::to_owned);
    let rows: Vec<_> = findings
        .components
        .iter()
        .filter(|component| component.cold_starts.is_some())
        .map(|component| {
            [
                component_name(scenario, component.component),
                often(component.arrivals),
                seen(component.cold_starts, &share),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    text
}
