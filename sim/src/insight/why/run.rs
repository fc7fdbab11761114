//! Why there is so much to run, and what is left open: what is counted, by name. It proposes nothing.

use super::{class_name, name};
use crate::analysis::Analysis;
use crate::catalog::Kind;
use crate::insight::complexity::complexity;
use crate::insight::security::security;
use crate::quantities::whole;
use crate::scenario::{ComponentId, Scenario};

/// Names that are told one by one.
const MOST: usize = 6;

pub(super) fn complexity_of(scenario: &Scenario, analysis: &Analysis) -> Vec<String> {
    let found = complexity(scenario, &analysis.compiled, &analysis.report);
    let stateful = found.stateful.len();
    let mut sentences = vec![format!(
        "There {} to know, {} on the longest way, and {} that can't simply be replaced: {} in all, {} at this load.",
        match found.kinds.len() {
            1 => "is 1 kind of part".to_owned(),
            kinds => format!("are {kinds} kinds of parts"),
        },
        counted(found.hops() as usize, "hop", "hops"),
        counted(stateful, "part", "parts"),
        counted(found.parts as usize, "part", "parts"),
        counted(found.instances as usize, "machine", "machines"),
    )];
    let of_kind = |kind: Kind| {
        let parts = scenario.components.iter();
        parts.filter(move |part| part.kind == kind)
    };
    let mut alone: Vec<&str> = Vec::new();
    for kind in &found.kinds {
        let mut own = of_kind(*kind);
        if let (Some(only), None) = (own.next(), own.next()) {
            alone.push(only.name.as_str());
        }
    }
    if !alone.is_empty() && found.kinds.len() > 1 {
        sentences.push(format!(
            "{} kind: {}.",
            match alone.len() {
                1 => "One part is the only one of its".to_owned(),
                count => format!("{count} parts are each the only one of their"),
            },
            listed(&alone)
        ));
    }
    if stateful > 0 {
        let names: Vec<&str> = found
            .stateful
            .iter()
            .map(|id| name(scenario, *id))
            .collect();
        sentences.push(format!(
            "What keeps data, keys or messages: {}.",
            listed(&names)
        ));
    }
    let longest = found.ways.iter().max_by_key(|way| way.hops());
    if let Some(way) = longest.filter(|way| way.hops() > 0) {
        let names = |ids: &[ComponentId]| {
            let names: Vec<&str> = ids.iter().map(|id| name(scenario, *id)).collect();
            names.join(" → ")
        };
        sentences.push(format!(
            "{} goes the longest way: {}.",
            class_name(scenario, way.class),
            names(&way.components)
        ));
    }
    sentences
}

pub(super) fn left_open(scenario: &Scenario, analysis: &Analysis) -> Vec<String> {
    let found = security(scenario, &analysis.report);
    let open: Vec<_> = (found.into_iter())
        .filter(|finding| finding.weakness.lets_in())
        .collect();
    if open.is_empty() {
        return vec!["The outside gets at nothing that it needn't.".to_owned()];
    }
    let mut sentences = vec![format!(
        "{} open that needn't be.",
        match open.len() {
            1 => "One thing is".to_owned(),
            count => format!("{count} things are"),
        }
    )];
    sentences.extend(
        open.into_iter()
            .map(|finding| format!("{}. {}", finding.title, finding.why)),
    );
    sentences
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {many}", whole(count as f64)),
    }
}

/// "A, B and C", or so many of them and how many more.
fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
