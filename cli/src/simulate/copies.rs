//! How far replicas are behind, how stale their reads are and what waits in caches, as tables for people; it computes nothing.

use super::table::uncertain;
use crate::table::{align, class_name, component_name};
use loadscape_sim::des::{Estimate, Findings};
use loadscape_sim::quantities::{rate, share, time, whole};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::{PerSecond, Seconds};

/// The tables; empty without replicas and caches that something is written to.
pub fn render(scenario: &Scenario, findings: &Findings) -> String {
    let replicas = || {
        let written = |estimate: Option<Estimate>| estimate.is_some_and(|rate| rate.value > 0.0);
        findings
            .replicas
            .iter()
            .filter(move |replica| written(replica.applied))
    };
    let span = |seconds: f64| time(Seconds(seconds));
    let seen = |estimate: Option<Estimate>, figure: &dyn Fn(f64) -> String| {
        estimate.map_or("–".to_owned(), |seen| {
            uncertain(seen.value, seen.half_width, figure)
        })
    };
    let mut text = String::new();
    let header = ["replica", "applies", "lag", "longest"].map(str::to_owned);
    let rows: Vec<_> = replicas()
        .map(|replica| {
            [
                component_name(scenario, replica.component),
                seen(replica.applied, &|value| rate(PerSecond(value))),
                seen(replica.lag, &span),
                span(replica.longest_lag),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    let header = [
        "reads at", "class", "reads", "stale", "by", "p99", "longest",
    ]
    .map(str::to_owned);
    let of_replicas =
        replicas().flat_map(|own| own.reads.iter().map(|reads| (own.component, reads)));
    let of_quorums = findings
        .quorums
        .iter()
        .flat_map(|own| own.reads.iter().map(|reads| (own.component, reads)));
    let of_caches = findings
        .caches
        .iter()
        .flat_map(|own| own.reads.iter().map(|reads| (own.component, reads)));
    let rows: Vec<_> = of_replicas
        .chain(of_quorums)
        .chain(of_caches)
        .map(|(component, reads)| {
            let age = |age: Option<f64>| age.map_or("–".to_owned(), span);
            [
                component_name(scenario, component),
                class_name(scenario, reads.class),
                reads
                    .rate
                    .map_or("–".to_owned(), |seen| rate(PerSecond(seen.value))),
                seen(reads.stale, &share),
                seen(reads.age, &span),
                age(reads.age_p99),
                age(reads.age_longest),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    let header = ["written behind", "class", "writes", "merged", "lost"].map(str::to_owned);
    let rows: Vec<_> = findings
        .write_behind
        .iter()
        .filter(|behind| behind.writes.is_some_and(|writes| writes.value > 0.0))
        .map(|behind| {
            [
                component_name(scenario, behind.component),
                class_name(scenario, behind.class),
                seen(behind.writes, &|value| rate(PerSecond(value))),
                seen(behind.merged, &share),
                whole(behind.lost as f64),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push_str(&align(header, rows));
    }
    text
}
