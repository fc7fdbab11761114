//! Where a run has shown that something might be changed, and what theory expects of a change while a fault lasts. It is for choosing what is run
//! first: what a change brings is what its run shows.

use crate::analysis::Analysis;
use crate::catalog::{Kind, Parameter, Value};
use crate::insight::{Place, while_it_lasts};
use crate::lesson::seen::Seen;
use crate::network::compile;
use crate::report::Report;
use crate::scenario::{ClassId, Component, ComponentFault, ComponentId, Incident, Scenario};
use crate::steady::{Precision, Solver};

/// Parts at which changes are tried.
const MOST_PLACES: usize = 6;
/// Of what it can do, a part that is asked for less isn't what anybody waits for.
const BUSY: f64 = 0.5;
/// What a part that a fault hits counts for, beside one that is busy all the time.
const HIT: f64 = 3.0;
/// Of all requests a part that loses this share counts as if it were busy all the time.
const LOSES: f64 = 0.05;
/// What a cache still holds that has just forgotten everything.
const COLD: f64 = 0.01;

/// The parts that had to do with what was seen, the likeliest first: which a fault hits, which were busy, would be while a fault lasts, or lost
/// requests.
pub(super) fn places(
    scenario: &Scenario,
    analysis: &Analysis,
    strains: &[Report],
    (seen, class): (&Seen, Option<ClassId>),
) -> Vec<Place> {
    let time = time_in(&analysis.report, class);
    let sent: f64 = seen.classes.iter().map(|(_, own)| own.offered).sum();
    let sent = (sent / seen.seconds.max(1e-9)).max(1e-9);
    let hit = |part: &Component| {
        let faults = scenario.faults.iter();
        faults
            .filter(|fault| hits(scenario, &fault.incident, part))
            .count()
            > 0
    };
    let weighed = scenario.components.iter().filter_map(|part| {
        if part.kind == Kind::Clients {
            return None;
        }
        let asked = strains
            .iter()
            .chain([&analysis.report])
            .map(|report| asked(report, part.id))
            .fold(0.0, f64::max);
        let own = seen.parts.iter().find(|own| own.component == part.id);
        let busy = own.and_then(|own| own.utilisation).unwrap_or(0.0);
        let lost = own.map_or(0.0, |own| own.lost) / sent;
        let mut weight = (lost / LOSES).min(HIT);
        for share in [busy, asked.min(HIT)] {
            weight += if share >= BUSY { share } else { 0.0 };
        }
        if hit(part) {
            weight += HIT;
        }
        let own = time.iter().filter(|(id, _)| *id == part.id);
        weight += own.map(|(_, share)| share).sum::<f64>().max(0.0);
        let place = Place {
            component: part.id,
            asked: asked.max(busy),
        };
        (weight > 0.0).then_some((weight, place))
    });
    let mut weighed: Vec<(f64, Place)> = weighed.collect();
    weighed.sort_by(|one, other| other.0.total_cmp(&one.0));
    weighed.truncate(MOST_PLACES);
    weighed.into_iter().map(|(_, place)| place).collect()
}

/// The shares of a class's time, or of the slowest's, that it spends at parts.
fn time_in(report: &Report, class: Option<ClassId>) -> Vec<(ComponentId, f64)> {
    let class = class.or_else(|| report.slowest().map(|(class, _)| class));
    let own = report.classes.iter().find(|own| Some(own.class) == class);
    let parts = own.map_or(&[][..], |own| &own.breakdown);
    let all = parts.iter().fold(0.0, |sum, part| sum + part.mean.0);
    let at = parts
        .iter()
        .filter_map(|part| Some((part.component?, part.mean.0 / all.max(1e-12))));
    at.collect()
}

/// What costs most, the most first.
pub(super) fn dear(analysis: &Analysis) -> Vec<Place> {
    let report = &analysis.report;
    let mut parts = report.cost.components.clone();
    parts.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    let parts = parts.into_iter().map(|(component, _)| Place {
        component,
        asked: asked(report, component),
    });
    parts.take(MOST_PLACES).collect()
}

fn hits(scenario: &Scenario, incident: &Incident, part: &Component) -> bool {
    match incident {
        Incident::Component { id, .. } => *id == part.id,
        Incident::Link { id, .. } => {
            let link = scenario.link(*id);
            link.is_some_and(|link| link.from == part.id || link.to == part.id)
        }
        Incident::Zone { id, .. } => {
            let zones = scenario.zones_of(part);
            zones.iter().any(|zone| zone.id == *id)
        }
        Incident::Clients { .. } => false,
    }
}

/// How much of what it can do the part is asked for.
fn asked(report: &Report, id: ComponentId) -> f64 {
    let limits = report.bottleneck.iter().filter(|own| own.component == id);
    let parts = report.components.iter().filter(|own| own.component == id);
    let all = (limits.map(|own| own.utilisation)).chain(parts.filter_map(|own| own.asked));
    all.fold(0.0, f64::max)
}

/// What it is like while each of its faults lasts, as far as a steady state has that or one that is near it.
pub(super) fn strains(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
) -> Vec<Report> {
    let faults = 0..scenario.faults.len();
    let strains = faults.filter_map(|fault| {
        let exact = while_it_lasts(solver, scenario, &analysis.compiled, fault);
        exact.or_else(|| {
            let near = nearly(scenario, fault)?;
            let compiled = compile(&near);
            Some(solver.figures(&near, &compiled, Precision::Fast))
        })
    });
    strains.collect()
}

/// The design without the instances that are away, or that are slow, and with a cache that has just forgotten its keys.
fn nearly(scenario: &Scenario, fault: usize) -> Option<Scenario> {
    let Incident::Component { id, what } = &scenario.faults.get(fault)?.incident else {
        return None;
    };
    let place = scenario.components.iter().position(|own| own.id == *id)?;
    let mut near = scenario.clone();
    let part = &mut near.components[place];
    let there = part.number(Parameter::Instances);
    let left = |away: &Option<u32>| away.map_or(0.0, |away| there - f64::from(away)).max(0.0);
    let (parameter, value) = match what {
        ComponentFault::Kill { instances } => (Parameter::Instances, left(instances)),
        ComponentFault::Slow { instances, .. } => (Parameter::Instances, left(instances)),
        ComponentFault::RollingDeploy { .. } => (Parameter::Instances, there - 1.0),
        ComponentFault::Flush { instances } | ComponentFault::LoseMemory { instances } => {
            let warm = if there > 0.0 {
                left(instances) / there
            } else {
                0.0
            };
            let size = part.number(Parameter::CacheSize);
            (Parameter::CacheSize, size * warm.max(COLD))
        }
        _ => return None,
    };
    // Nobody serves.
    if value.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
        return None;
    }
    part.parameters.insert(parameter, Value::Number(value));
    Some(near)
}
