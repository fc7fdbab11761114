//! Knobs that can be turned at a part: how far, and whether that is possible. It says nothing about whether it would help.

use super::Edit;
use crate::catalog::{self, Choice, Domain, Kind, Parameter, Unit, Value};
use crate::quantities::{number, share};
use crate::scenario::Component;

/// Utilisation up to which waiting grows slowly; from there on a node is called busy.
pub(super) const COMFORTABLE: f64 = 0.7;
/// Of so many instances, one more is a step worth taking.
const SMALL_STEP: f64 = 0.1;

/// How far a knob is turned.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    Double,
    /// As many as today's load keeps busy for [`COMFORTABLE`] of the time, one more at least.
    Enough,
    Halve,
}

/// Knobs that give a part more room or less to do.
const LEVERS: &[(Parameter, Turn)] = &[
    (Parameter::Instances, Turn::Enough),
    (Parameter::MaximumInstances, Turn::Double),
    (Parameter::Cores, Turn::Double),
    (Parameter::CoreSpeed, Turn::Double),
    (Parameter::Threads, Turn::Double),
    (Parameter::Connections, Turn::Double),
    (Parameter::Memory, Turn::Double),
    (Parameter::CacheSize, Turn::Double),
    (Parameter::TimeToLive, Turn::Double),
    (Parameter::Shards, Turn::Double),
    (Parameter::Databases, Turn::Double),
    (Parameter::DiskChannels, Turn::Double),
    (Parameter::ReplayProcesses, Turn::Double),
    (Parameter::UnindexedShare, Turn::Halve),
    (Parameter::RateLimit, Turn::Double),
    (Parameter::WriteRateLimit, Turn::Double),
    (Parameter::ConcurrencyLimit, Turn::Double),
    (Parameter::QueueLimit, Turn::Double),
    (Parameter::Prefixes, Turn::Double),
    (Parameter::Servers, Turn::Double),
];

/// Knobs that cost money and may be turned back where there is more than is needed.
const SAVINGS: &[Parameter] = &[
    Parameter::Instances,
    Parameter::MinimumInstances,
    Parameter::MaximumInstances,
    Parameter::Cores,
    Parameter::Memory,
    Parameter::CacheSize,
    Parameter::Shards,
    Parameter::Databases,
];

/// Policies that may be chosen instead.
const POLICIES: &[(Parameter, Choice)] = &[
    (Parameter::BalancingPolicy, Choice::LeastConnections),
    (Parameter::BalancingPolicy, Choice::RoundRobin),
    (Parameter::Eviction, Choice::LeastFrequentlyUsed),
    (Parameter::ShardingScheme, Choice::ByHash),
    (Parameter::Replication, Choice::Asynchronous),
    (Parameter::WriteMode, Choice::WriteBehind),
];

/// Switches that may be put on.
const SWITCHES: &[Parameter] = &[
    Parameter::Coalescing,
    Parameter::ServesStatic,
    Parameter::Autoscaling,
    Parameter::Denormalised,
];

/// Every knob of the part that gives it more room, turned; it is asked for this share of what it can do.
pub(super) fn more(component: &Component, asked: f64) -> Vec<(String, Edit)> {
    let mut turned: Vec<(String, Edit)> = LEVERS
        .iter()
        .filter_map(|(parameter, turn)| {
            let now = component.number(*parameter);
            let then = match turn {
                Turn::Double => now * 2.0,
                Turn::Halve => now / 2.0,
                Turn::Enough => {
                    let wanted = (now * asked / COMFORTABLE - 1e-9).ceil().max(now + 1.0);
                    let maximum = maximum(component.kind, *parameter)?;
                    wanted.min(maximum)
                }
            };
            let turned = set(component, *parameter, then)?;
            Some(match parameter {
                Parameter::UnindexedShare => with_an_index(component, turned),
                _ => turned,
            })
        })
        .collect();
    // A small step is often the better bargain; of many, one more is none.
    let instances = component.number(Parameter::Instances);
    if asked > COMFORTABLE && instances < 1.0 / SMALL_STEP {
        let one_more = set(component, Parameter::Instances, instances + 1.0);
        turned.extend(one_more);
    }
    turned
}

/// Fewer reads that scan take an index more, which every write then has to keep up. A replica has the indexes of its primary, where that is
/// counted.
fn with_an_index(component: &Component, (title, edit): (String, Edit)) -> (String, Edit) {
    let one_more = component.number(Parameter::Indexes) + 1.0;
    match set(component, Parameter::Indexes, one_more) {
        None => (title, edit),
        Some((_, index)) => (
            format!("{title}, one index more"),
            Edit::Several(vec![edit, index]),
        ),
    }
}

/// Policies and switches of the part, chosen otherwise.
pub(super) fn otherwise(component: &Component) -> Vec<(String, Edit)> {
    let policies = POLICIES
        .iter()
        .filter_map(|(parameter, choice)| choose(component, *parameter, *choice));
    let switches = SWITCHES
        .iter()
        .filter_map(|parameter| switch(component, *parameter, true));
    policies.chain(switches).collect()
}

/// A switch put on, or off; `None` where it is, has no effect, or there is none.
pub(super) fn switch(
    component: &Component,
    parameter: Parameter,
    on: bool,
) -> Option<(String, Edit)> {
    let specification = catalog::parameter(component.kind, parameter)?;
    let is_other = matches!(specification.domain, Domain::Flag) && component.flag(parameter) != on;
    (is_other && component.applies(parameter)).then(|| {
        (
            format!("{}: {}", specification.label, if on { "on" } else { "off" }),
            Edit::Set {
                component: component.id,
                parameter,
                value: Value::Flag(on),
            },
        )
    })
}

/// Every knob of the part that costs money, turned back: to half, by one, and of instances to as many as the load keeps comfortably busy.
pub(super) fn less(component: &Component, asked: f64) -> Vec<(String, Edit)> {
    let mut turned = Vec::new();
    for parameter in SAVINGS {
        let now = component.number(*parameter);
        let Some(specification) = catalog::parameter(component.kind, *parameter) else {
            continue;
        };
        let Domain::Number { whole, .. } = specification.domain else {
            continue;
        };
        let mut steps = vec![if whole { (now / 2.0).ceil() } else { now / 2.0 }];
        if whole {
            steps.push(now - 1.0);
            if *parameter == Parameter::Instances {
                steps.push((now * asked / COMFORTABLE - 1e-9).ceil().max(1.0));
            }
        }
        steps.retain(|step| *step < now && *step > 0.0);
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        turned.extend(
            steps
                .into_iter()
                .filter_map(|step| set(component, *parameter, step)),
        );
    }
    turned
}

/// The same knobs turned back further than by half.
pub(super) fn far_less(component: &Component) -> Vec<(String, Edit)> {
    let steps = |now: f64| [now / 4.0, now / 8.0, now / 16.0];
    let turned = SAVINGS.iter().flat_map(|parameter| {
        let own = catalog::parameter(component.kind, *parameter);
        let whole = own.is_some_and(|own| matches!(own.domain, Domain::Number { whole: true, .. }));
        let now = component.number(*parameter);
        let steps = steps(now).map(|step| if whole { step.ceil() } else { step });
        steps.map(|step| set(component, *parameter, step))
    });
    turned.flatten().collect()
}

fn maximum(kind: Kind, parameter: Parameter) -> Option<f64> {
    match catalog::parameter(kind, parameter)?.domain {
        Domain::Number { maximum, .. } => Some(maximum),
        _ => None,
    }
}

/// The number set to this; `None` where it has no effect, isn't the owner's to choose, or can't be that.
pub(super) fn set(
    component: &Component,
    parameter: Parameter,
    then: f64,
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
    // The limit of a storage service is the provider's; what can be chosen is over how many prefixes the files are spread.
    let given = component.kind == Kind::ObjectStorage
        && matches!(parameter, Parameter::RateLimit | Parameter::WriteRateLimit)
        || component.kind == Kind::ThirdPartyApi;
    // Instances of an autoscaled pool follow the load; turning them would do nothing.
    let overruled = parameter == Parameter::Instances && component.flag(Parameter::Autoscaling);
    // A faster core costs in proportion to its speed, of a machine that has a price. Where none has, it would be had for nothing.
    let unpriced =
        parameter == Parameter::CoreSpeed && component.number(Parameter::InstancePrice) <= 0.0;
    let now = component.number(parameter);
    let possible =
        now.is_finite() && now > 0.0 && (minimum..=maximum).contains(&then) && then != now;
    if !component.applies(parameter) || given || overruled || unpriced || !possible {
        return None;
    }
    let shown = |value: f64| match unit {
        Unit::Share => share(value),
        Unit::Gigabytes => format!("{} GB", number(value)),
        Unit::Seconds => format!("{} s", number(value)),
        _ => number(value),
    };
    Some((
        format!("{}: {} → {}", specification.label, shown(now), shown(then)),
        Edit::Set {
            component: component.id,
            parameter,
            value: Value::Number(then),
        },
    ))
}

/// This chosen instead; `None` where it is chosen, has no effect, or can't be.
pub(super) fn choose(
    component: &Component,
    parameter: Parameter,
    choice: Choice,
) -> Option<(String, Edit)> {
    let specification = catalog::parameter(component.kind, parameter)?;
    let Domain::Choice(choices) = specification.domain else {
        return None;
    };
    let offered = choices.iter().find(|known| known.choice == choice)?;
    if !component.applies(parameter) || component.choice(parameter) == Some(choice) {
        return None;
    }
    Some((
        format!("{}: {}", specification.label, offered.label.to_lowercase()),
        Edit::Set {
            component: component.id,
            parameter,
            value: Value::Choice(choice),
        },
    ))
}
