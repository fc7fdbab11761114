//! What may make work done sooner that was handed over: the knobs of whoever does it and of what it calls, and of what hands it out. It says
//! nothing about whether it would help.

use super::turns::{more, otherwise, set, switch};
use super::{Candidate, asked, dedup, parts};
use crate::analysis::Analysis;
use crate::catalog::{Kind, Parameter};
use crate::insight::sought::latest;
use crate::insight::why::{Holder, afterwards, holder};
use crate::scenario::{ClassId, ComponentId, Scenario};

/// Parts at which something is tried.
const MOST_PARTS: usize = 5;

/// Changes along the way of what a class, or the one that waits longest, hands over.
pub(super) fn candidates(
    scenario: &Scenario,
    analysis: &Analysis,
    class: Option<ClassId>,
) -> Vec<Candidate> {
    let report = &analysis.report;
    let Some(own) = latest(report, class) else {
        return Vec::new();
    };
    let way = afterwards(&analysis.compiled.network, own.class);
    let mut waits: Vec<(ComponentId, f64)> = Vec::new();
    let mut below = Vec::new();
    for station in report
        .stations
        .iter()
        .filter(|station| way.stations.contains(&station.station))
    {
        let wait = match station.saturation {
            Some(_) => f64::INFINITY,
            None => station.waiting.map_or(0.0, |wait| wait.0) * station.arrival.0,
        };
        waits.push((station.component, wait));
        if let Some((Holder::Below(id), _)) = holder(scenario, analysis, station) {
            below.push(id);
        }
    }
    waits.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut parts: Vec<ComponentId> = waits.into_iter().map(|(id, _)| id).collect();
    dedup(&mut parts);
    parts.truncate(MOST_PARTS);
    parts.extend(below);
    parts.extend(report.bottleneck.as_ref().map(|found| found.component));
    dedup(&mut parts);
    let mut tried = Vec::new();
    for id in parts {
        let Some(component) = scenario.component(id) else {
            continue;
        };
        let busy = asked(report, id);
        let knobs = more(component, busy).into_iter();
        let added = parts::additions(scenario, component, busy);
        let other = otherwise(component);
        let changes = knobs.chain(added).chain(other);
        tried.extend(changes.map(|(title, edit)| Candidate {
            title: format!("{}: {title}", component.name),
            edit,
            saves: false,
        }));
    }
    for door in scenario.components.iter().filter(|part| {
        matches!(part.kind, Kind::Queue | Kind::Topic) && way.handed_by.contains(&part.id)
    }) {
        let times =
            |parameter: Parameter, by: f64| set(door, parameter, door.number(parameter) * by);
        // What is done twice takes twice.
        let changes = [
            times(Parameter::VisibilityTimeout, 2.0),
            times(Parameter::VisibilityTimeout, 0.5),
            times(Parameter::MaximumReceives, 2.0),
            set(
                door,
                Parameter::MaximumReceives,
                (door.number(Parameter::MaximumReceives) / 2.0).floor(),
            ),
            switch(door, Parameter::Redelivery, false),
        ];
        tried.extend(
            changes
                .into_iter()
                .flatten()
                .map(|(title, edit)| Candidate {
                    title: format!("{}: {title}", door.name),
                    edit,
                    saves: false,
                }),
        );
    }
    tried
}
