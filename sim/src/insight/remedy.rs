//! What would move the bottleneck: candidate changes to the design, each solved anew and ranked by what it brings; it never guesses.

use crate::analysis::analyse;
use crate::catalog::{self, Condition, Domain, Kind, Parameter, Unit, Value, connection};
use crate::quantities::{dollars, number, share, time};
use crate::report::Report;
use crate::scenario::{
    Component, ComponentId, Link, LinkId, NODE_HEIGHT, NODE_WIDTH, Point, Scenario,
};
use crate::units::{DollarsPerMonth, Seconds};

/// A change to the design.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Set a parameter.
    Set {
        /// Of this component.
        component: ComponentId,
        /// Which.
        parameter: Parameter,
        /// To this.
        value: Value,
    },
    /// Put a new part beside another one, with links.
    Add {
        /// The part, with an id that the document doesn't use yet.
        component: Component,
        /// Its links, with ids that the document doesn't use yet.
        links: Vec<Link>,
    },
}

impl Edit {
    /// Makes the change in the document.
    pub fn apply(&self, scenario: &mut Scenario) {
        match self {
            Edit::Set {
                component,
                parameter,
                value,
            } => {
                if let Some(component) = scenario
                    .components
                    .iter_mut()
                    .find(|candidate| candidate.id == *component)
                {
                    component.parameters.insert(*parameter, *value);
                }
            }
            Edit::Add { component, links } => {
                scenario.components.push(component.clone());
                scenario.links.extend(links.iter().cloned());
            }
        }
    }
}

/// What a change brings, before against after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The highest sustainable load after, as a multiple of before.
    pub sustainable_ratio: f64,
    /// The slowest class's p99 before and after; `None` where there is no steady state.
    pub p99: (Option<Seconds>, Option<Seconds>),
    /// What it adds to the monthly cost; negative when it saves.
    pub cost: DollarsPerMonth,
}

/// A change with its words and its effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What to do, e.g. "Cores: 8 → 16".
    pub title: String,
    /// The change.
    pub edit: Edit,
    /// What it brings.
    pub effect: Effect,
}

impl Remedy {
    /// What it brings, e.g. "p99 −38 ms", "limit +80 %".
    pub fn gain(&self) -> String {
        match self.effect.p99 {
            (Some(before), Some(after)) if after.0 < before.0 * 0.99 => {
                format!("p99 −{}", time(before - after))
            }
            (None, Some(after)) => format!("then p99 {}", time(after)),
            _ => format!("limit +{}", share(self.effect.sustainable_ratio - 1.0)),
        }
    }

    /// What it costs, e.g. "+$70 a month".
    pub fn price(&self) -> String {
        match self.effect.cost.0 {
            cost if cost.abs() < 0.005 => "no extra cost".to_owned(),
            cost if cost > 0.0 => format!("+{} a month", dollars(self.effect.cost)),
            _ => format!("{} a month", dollars(self.effect.cost)),
        }
    }
}

/// A knob that gives a bottleneck more room, and how far to turn it.
enum Turn {
    Double,
    /// As many as today's load keeps busy for [`COMFORTABLE`] of the time, one more at least.
    Enough,
    Halve,
}

/// Utilisation up to which waiting grows slowly; from there on a node is called busy.
const COMFORTABLE: f64 = 0.7;

const LEVERS: &[(Parameter, Turn)] = &[
    (Parameter::Instances, Turn::Enough),
    (Parameter::MaximumInstances, Turn::Double),
    (Parameter::Cores, Turn::Double),
    (Parameter::Threads, Turn::Double),
    (Parameter::Connections, Turn::Double),
    (Parameter::Memory, Turn::Double),
    (Parameter::CacheSize, Turn::Double),
    (Parameter::Shards, Turn::Double),
    (Parameter::Databases, Turn::Double),
    (Parameter::DiskChannels, Turn::Double),
    (Parameter::UnindexedShare, Turn::Halve),
    (Parameter::RateLimit, Turn::Double),
    (Parameter::ConcurrencyLimit, Turn::Double),
    (Parameter::Prefixes, Turn::Double),
    (Parameter::Servers, Turn::Double),
];

/// The changes that help the bottleneck, best first: those that raise the sustainable load or cut the slowest p99 by 1 % or more.
/// Every candidate is solved, so this takes as long as ten or so solves.
pub fn remedies(scenario: &Scenario, report: &Report) -> Vec<Remedy> {
    let Some(bottleneck) = &report.bottleneck else {
        return Vec::new();
    };
    let Some(component) = scenario.component(bottleneck.component) else {
        return Vec::new();
    };
    let mut candidates: Vec<(String, Edit)> = LEVERS
        .iter()
        .filter_map(|(parameter, turn)| turned(component, *parameter, turn, bottleneck.utilisation))
        .collect();
    if component.kind == Kind::SqlPrimary {
        candidates.push((
            "Add a read replica".to_owned(),
            beside(scenario, component, Kind::ReadReplica, "Read replica"),
        ));
    }
    if matches!(
        component.kind,
        Kind::SqlPrimary
            | Kind::ReadReplica
            | Kind::ShardedDatabase
            | Kind::FederatedDatabase
            | Kind::KeyValueStore
    ) && !has_cache(scenario, component)
    {
        candidates.push((
            "Add a cache".to_owned(),
            beside(scenario, component, Kind::Cache, "Cache"),
        ));
    }
    let mut helpful: Vec<Remedy> = candidates
        .into_iter()
        .filter_map(|(title, edit)| {
            let mut changed = scenario.clone();
            edit.apply(&mut changed);
            let after = analyse(&changed).report;
            let effect = effect(report, &after);
            helps(&effect).then_some(Remedy {
                title,
                edit,
                effect,
            })
        })
        .collect();
    helpful.sort_by(|left, right| rank(&right.effect).total_cmp(&rank(&left.effect)));
    helpful
}

fn effect(before: &Report, after: &Report) -> Effect {
    Effect {
        sustainable_ratio: after.sustainable.0 / before.sustainable.0,
        p99: (slowest(before), slowest(after)),
        cost: after.cost.total - before.cost.total,
    }
}

/// The slowest class's p99; `None` when any class that is sent has no steady state.
fn slowest(report: &Report) -> Option<Seconds> {
    let mut worst: Option<f64> = None;
    for class in report.classes.iter().filter(|class| class.offered.0 > 0.0) {
        let p99 = class.latency?.p99.0;
        worst = Some(worst.map_or(p99, |worst| worst.max(p99)));
    }
    worst.map(Seconds)
}

fn helps(effect: &Effect) -> bool {
    let faster = match effect.p99 {
        (Some(before), Some(after)) => after.0 < before.0 * 0.99,
        (None, Some(_)) => true,
        (Some(_), None) => return false,
        (None, None) => false,
    };
    faster || effect.sustainable_ratio > 1.01
}

/// Room to grow counts as a ratio, and so does time saved: their product ranks a change that does both above one that does either.
fn rank(effect: &Effect) -> f64 {
    let speed = match effect.p99 {
        (Some(before), Some(after)) if after.0 > 0.0 => before.0 / after.0,
        (None, Some(_)) => 10.0,
        _ => 1.0,
    };
    effect.sustainable_ratio.min(100.0) * speed
}

/// The knob turned, for a component that is asked for this share of what it can do.
fn turned(
    component: &Component,
    parameter: Parameter,
    turn: &Turn,
    asked: f64,
) -> Option<(String, Edit)> {
    let specification = catalog::parameter(component.kind, parameter)?;
    let Domain::Number {
        unit,
        maximum,
        minimum,
        ..
    } = specification.domain
    else {
        return None;
    };
    let applies = match specification.applies_when {
        None => true,
        Some(Condition::FlagIsOn(flag)) => component.flag(flag),
        Some(Condition::ChoiceIs(choice, allowed)) => component
            .choice(choice)
            .is_some_and(|choice| allowed.contains(&choice)),
    };
    // The limit of a storage service is the provider's; what can be chosen is over how many prefixes the files are spread.
    let given = component.kind == Kind::ObjectStorage && parameter == Parameter::RateLimit;
    // Instances of an autoscaled pool follow the load; turning them would do nothing.
    let overruled = parameter == Parameter::Instances && component.flag(Parameter::Autoscaling);
    let now = component.number(parameter);
    let then = match turn {
        Turn::Double => now * 2.0,
        Turn::Enough => (now * asked / COMFORTABLE - 1e-9)
            .ceil()
            .max(now + 1.0)
            .min(maximum),
        Turn::Halve => now / 2.0,
    };
    let possible =
        now.is_finite() && now > 0.0 && (minimum..=maximum).contains(&then) && then != now;
    if !applies || given || overruled || !possible {
        return None;
    }
    let shown = |value: f64| match unit {
        Unit::Share => share(value),
        Unit::Gigabytes => format!("{} GB", number(value)),
        _ => number(value),
    };
    let title = format!("{}: {} → {}", specification.label, shown(now), shown(then));
    Some((
        title,
        Edit::Set {
            component: component.id,
            parameter,
            value: Value::Number(then),
        },
    ))
}

/// A new part below another one, called by the same callers; a replica is fed by the part it stands beside.
fn beside(scenario: &Scenario, component: &Component, kind: Kind, name: &str) -> Edit {
    let id = ComponentId(
        scenario
            .components
            .iter()
            .map(|component| component.id.0)
            .max()
            .unwrap_or(0)
            + 1,
    );
    let mut next_link = scenario
        .links
        .iter()
        .map(|link| link.id.0)
        .max()
        .unwrap_or(0);
    let mut link = |from, to, classes: &[_]| {
        next_link += 1;
        Link {
            classes: classes.to_vec(),
            ..Link::new(LinkId(next_link), from, to)
        }
    };
    let mut links: Vec<Link> = Vec::new();
    for caller in scenario
        .links
        .iter()
        .filter(|candidate| candidate.to == component.id)
        .filter(|candidate| may_call(scenario, candidate.from, kind))
    {
        links.push(link(caller.from, id, &caller.classes));
    }
    if kind == Kind::ReadReplica {
        links.push(link(component.id, id, &[]));
    }
    Edit::Add {
        component: Component::new(id, kind, name, free_place(scenario, component)),
        links,
    }
}

/// Whether a link from this component to such a part means something: a primary copies to a replica, but calls no cache.
fn may_call(scenario: &Scenario, caller: ComponentId, kind: Kind) -> bool {
    let caller = scenario.component(caller);
    caller.is_some_and(|caller| connection(caller.kind, kind).is_ok())
}

/// Whether everything that calls the component has a cache to ask first.
fn has_cache(scenario: &Scenario, component: &Component) -> bool {
    let asks_cache = |caller: ComponentId| {
        let mut calls = scenario.links.iter().filter(|link| link.from == caller);
        calls.any(|link| {
            let called = scenario.component(link.to);
            called.is_some_and(|called| called.kind == Kind::Cache)
        })
    };
    let mut callers = scenario
        .links
        .iter()
        .filter(|link| link.to == component.id)
        .filter(|link| may_call(scenario, link.from, Kind::Cache));
    callers.all(|link| asks_cache(link.from))
}

/// The first free place below the component, in steps of a node and a gap.
fn free_place(scenario: &Scenario, component: &Component) -> Point {
    const GAP: f64 = 40.0;
    let mut place = component.position;
    loop {
        place.y += NODE_HEIGHT + GAP;
        let taken = scenario.components.iter().any(|other| {
            (other.position.x - place.x).abs() < NODE_WIDTH + GAP / 2.0
                && (other.position.y - place.y).abs() < NODE_HEIGHT + GAP / 2.0
        });
        if !taken {
            return place;
        }
    }
}
