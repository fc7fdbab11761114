//! What protected calls and watched instances have come to, as tables for people; it computes nothing.

use crate::table::{align, component_name};
use loadscape_sim::des::{BreakerFindings, CallFindings, Findings};
use loadscape_sim::quantities::whole;
use loadscape_sim::scenario::Scenario;

/// The tables; empty where there is neither.
pub fn render(scenario: &Scenario, findings: &Findings) -> String {
    let count = |count: u64| whole(count as f64);
    let mut text = String::new();
    let header = [
        "calls",
        "made",
        "tried again",
        "not allowed to",
        "timed out",
        "second calls",
        "stopped",
        "breaker",
    ]
    .map(str::to_owned);
    let made = findings.calls.iter().filter(|calls| calls.calls > 0);
    let rows: Vec<_> = made
        .map(|calls| {
            [
                name(scenario, calls),
                count(calls.calls),
                count(calls.retries),
                count(calls.withheld),
                count(calls.timeouts),
                count(calls.hedges),
                count(calls.stopped),
                calls.breaker.map_or("–".to_owned(), breaker),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    let header = [
        "watched instances",
        "missed probes",
        "answered again",
        "ejected",
        "out at the end",
    ]
    .map(str::to_owned);
    let watches = findings.watches.iter();
    let rows: Vec<_> = watches
        .map(|watch| {
            [
                component_name(scenario, watch.component),
                count(watch.left_out),
                count(watch.returned),
                count(watch.ejected),
                count(u64::from(watch.out)),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    text
}

/// Who calls whom.
fn name(scenario: &Scenario, calls: &CallFindings) -> String {
    let caller = component_name(scenario, calls.component);
    let mut links = scenario.links.iter();
    match links.find(|link| Some(link.id) == calls.link) {
        Some(link) => format!("{caller} → {}", component_name(scenario, link.to)),
        None => caller,
    }
}

fn breaker(breaker: BreakerFindings) -> String {
    let now = if breaker.open { ", and is open" } else { "" };
    match breaker.opened {
        0 => "never opened".to_owned(),
        1 => format!("opened once{now}"),
        opened => format!("opened {} times{now}", whole(opened as f64)),
    }
}
