//! What may help a design that does badly in a run: whatever the catalog lets somebody set at the parts where that showed, at those that call them
//! and along the calls between them, and parts beside them. It says nothing about whether it would help.

use super::turns::{less, more, set, switch};
use super::{Candidate, Edit, calls, dedup_edits, lower_first, spare, turns};
use crate::catalog::{
    self, Condition, Domain, Group, Kind, Parameter, ParameterSpecification, Unit,
};
use crate::quantities::number;
use crate::report::Report;
use crate::scenario::{Component, ComponentId, Scenario};

/// A part at which changes are tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which.
    pub component: ComponentId,
    /// How much of what it can do it is asked for, at worst.
    pub asked: f64,
}

/// Whether the owner of a part of this kind is free to set this.
pub type Free<'a> = dyn Fn(Kind, Parameter) -> bool + 'a;

/// A change that may help, and how near at hand it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What to do.
    pub title: String,
    /// The change.
    pub edit: Edit,
    /// Whether it is tried for its being cheaper.
    pub saves: bool,
    /// How far off it is: 0 for what gives the likeliest part more room or protects it from failures, more for the rest and for other parts.
    pub far: usize,
}

/// So many times as much or as little is tried of what can be set.
const STEP: f64 = 2.0;
/// The same of times.
const TIMES: f64 = 10.0;
/// At least this share of the instances may be left out at once, where that is tried.
const MOST_LEFT_OUT: f64 = 0.5;
/// An autoscaler may go so many times beyond what there is.
const ROOM: f64 = 4.0;

/// What may be tried at these parts.
pub fn changes_at(
    scenario: &Scenario,
    report: &Report,
    places: &[Place],
    free: &Free<'_>,
) -> Vec<Change> {
    let mut tried = Tried {
        scenario,
        free,
        place: 0,
        found: Vec::new(),
    };
    for (index, place) in places.iter().enumerate() {
        tried.place = index;
        let Some(part) = scenario.component(place.component) else {
            continue;
        };
        tried.named(part, 0, more(part, place.asked));
        tried.all(0, spare::candidates_at(scenario, part, place.asked));
        tried.knobs(part);
        for link in scenario.links_to(part.id) {
            if let Some(caller) = scenario.component(link.from) {
                if spreads(caller) {
                    tried.knobs(caller);
                }
                tried.all(1, calls::along(scenario, report, link));
                tried.all(1, calls::of_all(scenario, report, caller));
            }
        }
        for link in scenario.links_from(part.id) {
            tried.all(1, calls::along(scenario, report, link));
        }
        tried.all(1, calls::of_all(scenario, report, part));
    }
    dedup_edits(&mut tried.found, |change| &change.edit);
    tried.found
}

/// What may be tried for less money at these parts.
pub fn savings_at(scenario: &Scenario, places: &[Place], free: &Free<'_>) -> Vec<Change> {
    let mut tried = Tried {
        scenario,
        free,
        place: 0,
        found: Vec::new(),
    };
    for place in places {
        if let Some(part) = scenario.component(place.component) {
            tried.named(part, 0, less(part, place.asked));
            tried.named(part, 0, turns::far_less(part));
            tried.named(part, 0, grown(part).into_iter().collect());
        }
    }
    let mut found = tried.found;
    found.iter_mut().for_each(|change| change.saves = true);
    dedup_edits(&mut found, |change| &change.edit);
    found
}

/// Whether it is a part's affair over which instances its calls spread.
fn spreads(part: &Component) -> bool {
    catalog::parameter(part.kind, Parameter::BalancingPolicy).is_some()
}

struct Tried<'a> {
    scenario: &'a Scenario,
    free: &'a Free<'a>,
    /// The place of the part for whose sake it is tried among all of them.
    place: usize,
    found: Vec<Change>,
}

impl Tried<'_> {
    fn push(&mut self, far: usize, title: String, edit: Edit) {
        let far = far + self.place;
        // What watches, takes over or grows does so after a while, which may be a short one.
        let sooner = self.sooner(&edit).map(|(how, edit)| Change {
            title: format!("{title}, {how}"),
            edit,
            saves: false,
            far,
        });
        self.found.push(Change {
            title,
            edit,
            saves: false,
            far,
        });
        self.found.extend(sooner);
    }

    fn named(&mut self, part: &Component, far: usize, list: Vec<(String, Edit)>) {
        for (title, edit) in list {
            self.push(far, format!("{}: {title}", part.name), edit);
        }
    }

    fn all(&mut self, far: usize, list: Vec<Candidate>) {
        for candidate in list {
            self.push(far, candidate.title, candidate.edit);
        }
    }

    /// All that can be set at a part, otherwise.
    fn knobs(&mut self, part: &Component) {
        let specification = catalog::specification(part.kind);
        if matches!(specification.group, Group::Theory) || part.kind == Kind::Clients {
            return;
        }
        for own in specification.parameters {
            let parameter = own.parameter;
            // An index is kept up for the sake of reads, which then scan less: neither is set without the other.
            let in_pairs = matches!(parameter, Parameter::Indexes | Parameter::UnindexedShare);
            if own.of_failures() || in_pairs || !(self.free)(part.kind, parameter) {
                continue;
            }
            let list = match own.domain {
                Domain::Flag => {
                    let on = !part.flag(parameter);
                    let turned = switch(part, parameter, on).into_iter();
                    // What protects is put on; the other way it is one thing less to run.
                    let far = if on { 0 } else { 2 };
                    self.named(part, far, turned.collect());
                    if parameter == Parameter::Autoscaling && on {
                        self.named(part, 0, grown(part).into_iter().collect());
                    }
                    continue;
                }
                Domain::Choice(choices) => {
                    let others = choices.iter();
                    let list: Vec<_> = others
                        .filter_map(|other| turns::choose(part, parameter, other.choice))
                        .collect();
                    // What decides who gets a request decides who waits for a slow one.
                    let far = usize::from(parameter != Parameter::BalancingPolicy);
                    self.named(part, far, list);
                    continue;
                }
                Domain::Number { whole, .. } => {
                    let now = part.number(parameter);
                    let by: &[f64] = match is_time(own) {
                        true => &[1.0 / TIMES, 1.0 / STEP, STEP, TIMES],
                        false => &[1.0 / STEP, STEP, STEP * STEP, STEP * STEP * STEP],
                    };
                    let then = by.iter().map(|by| match whole {
                        true => (now * by).floor(),
                        false => now * by,
                    });
                    then.filter_map(|then| set(part, parameter, then))
                        .collect::<Vec<_>>()
                }
            };
            self.named(part, if own.through_time { 1 } else { 2 }, list);
        }
    }

    /// The same change with what it puts on acting sooner: every time that has an effect only with it a tenth as long, and every share that may be
    /// left out for its sake half at least. With what that comes to, in words.
    fn sooner(&self, edit: &Edit) -> Option<(String, Edit)> {
        let mut words: Vec<String> = Vec::new();
        let mut edits = Vec::new();
        let mut any = false;
        let leaves: Vec<Edit> = edit.leaves().into_iter().cloned().collect();
        for leaf in leaves {
            let part = match &leaf {
                Edit::Set {
                    component,
                    parameter,
                    value: catalog::Value::Flag(true),
                } => {
                    let mut part = self.scenario.component(*component)?.clone();
                    part.parameters
                        .insert(*parameter, catalog::Value::Flag(true));
                    Some((part, vec![*parameter]))
                }
                Edit::Add { component, .. } => {
                    let on = component.parameters.iter();
                    let on = on.filter(|(_, value)| **value == catalog::Value::Flag(true));
                    let on = on.map(|(parameter, _)| *parameter).collect();
                    Some((component.clone(), on))
                }
                _ => None,
            };
            edits.push(leaf);
            let Some((part, flags)) = part else {
                continue;
            };
            for flag in flags {
                for (title, quick) in quicker(&part, flag, self.free) {
                    any = true;
                    if !words.contains(&title) {
                        words.push(title);
                    }
                    edits.push(quick);
                }
            }
        }
        any.then(|| (lower_first(&words.join(", ")), Edit::Several(edits)))
    }
}

/// The times and shares that have an effect only with this switch of the part, which is on: sooner, and larger.
fn quicker(part: &Component, flag: Parameter, free: &Free<'_>) -> Vec<(String, Edit)> {
    let own = catalog::specification(part.kind).parameters.iter();
    let own = own.filter(|own| {
        matches!(own.applies_when, Some(Condition::FlagIsOn(other)) if other == flag)
            && own.through_time
            && !own.of_failures()
            && free(part.kind, own.parameter)
    });
    own.filter_map(|own| {
        let Domain::Number { unit, .. } = own.domain else {
            return None;
        };
        let now = part.number(own.parameter);
        let then = match unit {
            Unit::Share => now.max(MOST_LEFT_OUT),
            _ if is_time(own) => now / TIMES,
            _ => return None,
        };
        set(part, own.parameter, then)
    })
    .collect()
}

/// An autoscaler with room below and above what there is.
fn grown(part: &Component) -> Option<(String, Edit)> {
    let instances = part.number(Parameter::Instances);
    let (title, on) = switch(part, Parameter::Autoscaling, true)?;
    let mut scaled = part.clone();
    scaled
        .parameters
        .insert(Parameter::Autoscaling, catalog::Value::Flag(true));
    let fewest = (instances / STEP).ceil();
    let most = instances * ROOM;
    let limits = [
        (Parameter::MinimumInstances, fewest),
        (Parameter::MaximumInstances, most),
    ];
    let limits = limits.map(|(parameter, limit)| set(&scaled, parameter, limit));
    let edits = std::iter::once(on).chain(limits.into_iter().flatten().map(|(_, edit)| edit));
    Some((
        format!(
            "{title}, from {} to {} instances",
            number(fewest),
            number(most)
        ),
        Edit::Several(edits.collect()),
    ))
}

fn is_time(own: &ParameterSpecification) -> bool {
    matches!(
        own.domain,
        Domain::Number {
            unit: Unit::Seconds | Unit::Milliseconds,
            ..
        }
    )
}
