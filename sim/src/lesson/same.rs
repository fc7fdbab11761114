//! What of a task isn't the learner's to change: who sends how much, what the work is, what breaks, and how it is run. It judges no design.

use super::aim::aimed;
use super::forms::Task;
use super::served::{call_again, may_share, undone};
use crate::catalog::{self, Kind, Parameter, Value, format_value};
use crate::scenario::{Component, Scenario};

/// How long things take by nature, how large they are and what they cost, beside the work of databases. A design that gets better by these hasn't got better.
const GIVEN: [Parameter; 36] = [
    Parameter::ClientRoundTrip,
    Parameter::InstancePrice,
    Parameter::MillionCallsPrice,
    Parameter::GigabyteSecondsPrice,
    Parameter::StoragePrice,
    Parameter::TransferPrice,
    Parameter::ServiceTime,
    Parameter::ServiceVariability,
    Parameter::ErrorShare,
    Parameter::ApplicationTime,
    Parameter::StaticTime,
    Parameter::ThreadMemory,
    Parameter::CopiesPerWrite,
    Parameter::ReplicationLag,
    Parameter::ReplayShare,
    Parameter::CrossShardShare,
    Parameter::CrossDatabaseShare,
    Parameter::RouterTime,
    Parameter::StoredData,
    Parameter::FirstByteTime,
    Parameter::TransferSpeed,
    Parameter::RateLimit,
    Parameter::WriteRateLimit,
    Parameter::SendTime,
    Parameter::DeliveryTime,
    Parameter::PoisonShare,
    Parameter::ResponseTime,
    Parameter::ResponseVariability,
    Parameter::LookupTime,
    Parameter::Resolvers,
    Parameter::AddedLatency,
    Parameter::AuthenticationTime,
    Parameter::EdgeRoundTrip,
    Parameter::ColdStartTime,
    Parameter::BootTime,
    Parameter::PromotionTime,
];

/// What a database is asked for, whoever keeps it: a new one that had it easier wouldn't do the same work.
const WORK: [Parameter; 10] = [
    Parameter::ReadTime,
    Parameter::WriteTime,
    Parameter::CommitTime,
    Parameter::DiskReadTime,
    Parameter::RowSize,
    Parameter::RowsPerRead,
    Parameter::ScanTime,
    Parameter::IndexOverhead,
    Parameter::JoinsPerRead,
    Parameter::JoinTime,
];

/// What of that work a single box does as well: a database to which its data moves is asked for the same. Disks and commits are the machine's own.
const WORK_OF_A_BOX: [Parameter; 3] = [
    Parameter::ReadTime,
    Parameter::WriteTime,
    Parameter::RowSize,
];

/// Whether this parameter of such a part is given.
pub(super) fn is_given(kind: Kind, parameter: Parameter) -> bool {
    match parameter {
        // A limit that somebody else sets; a gateway's is its owner's.
        Parameter::RateLimit => kind != Kind::ApiGateway,
        // What a queue is told; what the messages are isn't.
        _ => GIVEN.contains(&parameter) || WORK.contains(&parameter),
    }
}

/// Whether all that is given of two parts of one kind is the same, but for these.
pub(super) fn given_alike(one: &Component, other: &Component, but: &[Parameter]) -> bool {
    let specification = catalog::specification(one.kind);
    let mut given = (specification.parameters.iter())
        .map(|own| own.parameter)
        .filter(|parameter| is_given(one.kind, *parameter) && !but.contains(parameter));
    given.all(|parameter| one.value(parameter) == other.value(parameter))
}

/// Something that was changed and isn't the learner's to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Altered {
    /// What, as a sentence.
    pub what: String,
}

fn said(what: String) -> Altered {
    Altered { what }
}

/// What was changed of this design of the task and isn't the learner's to change.
pub fn altered(lesson: &Task, task: &Scenario, now: &Scenario) -> Vec<Altered> {
    let mut found = Vec::new();
    if task.classes != now.classes {
        found.push(said(
            "What is asked for was changed: the classes.".to_owned(),
        ));
    }
    if now.faults != aimed(task, now) {
        found.push(said("What goes wrong was changed.".to_owned()));
    }
    if task.run != now.run {
        found.push(said("The run's seed or length was changed.".to_owned()));
    }
    for clients in senders(task) {
        match now.component(clients.id) {
            None => found.push(said(format!("{} is gone.", clients.name))),
            Some(own) if !sends_the_same(clients, own) => {
                found.push(said(format!("What {} sends was changed.", clients.name)));
            }
            Some(_) => {}
        }
    }
    for clients in senders(now) {
        if task.component(clients.id).is_none() {
            found.push(said(format!(
                "{} sends more than the task has it.",
                clients.name
            )));
        }
    }
    for part in now
        .components
        .iter()
        .filter(|part| part.kind != Kind::Clients)
    {
        for specification in catalog::specification(part.kind).parameters {
            let parameter = specification.parameter;
            // Whether less work for each request is made up for elsewhere is seen where all work is.
            let shared = parameter == Parameter::ServiceTime && may_share(lesson, task, part);
            if is_given(part.kind, parameter) && !shared && !is_as_given(task, part, parameter) {
                let label = specification.label.to_lowercase();
                found.push(said(match asked_anew(task, part, parameter) {
                    Some((other, own, given)) => format!(
                        "The {label} of {} is {}, and that of {} is {}: it is asked for the same.",
                        part.name,
                        format_value(specification, own),
                        other.name,
                        format_value(specification, given),
                    ),
                    None => format!("The {label} of {} was changed.", part.name),
                }));
            }
        }
    }
    for link in &now.links {
        let before = task.link(link.id);
        let given = before.and_then(|before| before.round_trip_seconds);
        if link.round_trip_seconds != given {
            found.push(said("A link's round trip was changed.".to_owned()));
        }
    }
    found.extend(undone(lesson, task, now));
    found
}

/// The design with everything put back that isn't the learner's to change. Work that may be shared out, and of which all is done, stays so.
pub fn put_back(lesson: &Task, task: &Scenario, now: &Scenario) -> Scenario {
    let may = |part: &Component| may_share(lesson, task, part);
    let shared = put_back_but(task, now, may);
    if altered(lesson, task, &shared).is_empty() {
        return shared;
    }
    put_back_but(task, now, |_| false)
}

/// The same; the work that a call of these parts is stays as it is.
fn put_back_but(
    task: &Scenario,
    now: &Scenario,
    keeps_work: impl Fn(&Component) -> bool,
) -> Scenario {
    let mut design = now.clone();
    design.classes.clone_from(&task.classes);
    design.run = task.run;
    design
        .components
        .retain(|part| part.kind != Kind::Clients || task.component(part.id).is_some());
    for clients in senders(task) {
        match design
            .components
            .iter_mut()
            .find(|part| part.id == clients.id)
        {
            Some(own) => {
                own.parameters.clone_from(&clients.parameters);
                own.mix.clone_from(&clients.mix);
                own.curve.clone_from(&clients.curve);
            }
            None => design.components.push(clients.clone()),
        }
    }
    for part in &mut design.components {
        if part.kind == Kind::Clients {
            continue;
        }
        for specification in catalog::specification(part.kind).parameters {
            let parameter = specification.parameter;
            let stays = parameter == Parameter::ServiceTime && keeps_work(part);
            if is_given(part.kind, parameter) && !stays && !is_as_given(task, part, parameter) {
                let before = task.component(part.id);
                let before = before.filter(|own| own.kind == part.kind);
                let before = before.or_else(|| asked_alike(task, part, parameter));
                match before.and_then(|before| before.parameters.get(&parameter)) {
                    Some(value) => part.parameters.insert(parameter, *value),
                    None => part.parameters.remove(&parameter),
                };
            }
        }
    }
    let is_there = |id| design.components.iter().any(|part| part.id == id);
    let mut links: Vec<_> = (design.links.iter())
        .filter(|link| is_there(link.from) && is_there(link.to))
        .cloned()
        .collect();
    for link in &task.links {
        let client = task.component(link.from).map(|part| part.kind) == Some(Kind::Clients);
        let was_lost = client && now.component(link.from).is_none();
        if was_lost && is_there(link.to) && links.iter().all(|own| own.id != link.id) {
            links.push(link.clone());
        }
    }
    for link in &mut links {
        link.round_trip_seconds = task.link(link.id).and_then(|own| own.round_trip_seconds);
    }
    design.links = links;
    call_again(task, &mut design);
    design.faults = aimed(task, &design);
    design
}

fn senders(scenario: &Scenario) -> impl Iterator<Item = &Component> {
    let parts = scenario.components.iter();
    parts.filter(|part| part.kind == Kind::Clients)
}

fn sends_the_same(one: &Component, other: &Component) -> bool {
    let specification = catalog::specification(Kind::Clients);
    let same = |parameter: Parameter| one.value(parameter) == other.value(parameter);
    one.mix == other.mix
        && one.curve == other.curve
        && (specification.parameters.iter()).all(|own| same(own.parameter))
}

/// Whether a part has the value that the task gives it; a new part the usual one, or that of a part of the task. What a database is asked for is the
/// task's, where that has any that is asked for the like.
pub(super) fn is_as_given(task: &Scenario, part: &Component, parameter: Parameter) -> bool {
    let now = part.value(parameter);
    if let Some(before) = task.component(part.id).filter(|own| own.kind == part.kind) {
        return before.value(parameter) == now;
    }
    let usual: Option<Value> =
        catalog::parameter(part.kind, parameter).map(|specification| specification.default);
    let is_known = |other: &Component| other.value(parameter) == now;
    let free = asked_alike(task, part, parameter).is_none() && now == usual;
    free || task.components.iter().any(is_known)
}

/// The part of the task whose work a new one has easier or harder, with both values.
fn asked_anew<'a>(
    task: &'a Scenario,
    part: &Component,
    parameter: Parameter,
) -> Option<(&'a Component, Value, Value)> {
    let is_old = task
        .component(part.id)
        .is_some_and(|own| own.kind == part.kind);
    let other = asked_alike(task, part, parameter).filter(|_| !is_old)?;
    Some((other, part.value(parameter)?, other.value(parameter)?))
}

/// The part of the task that is asked for what this new one is, where the parameter says how much work that is: one of its kind before others, and a
/// single box where there is no database.
fn asked_alike<'a>(
    task: &'a Scenario,
    part: &Component,
    parameter: Parameter,
) -> Option<&'a Component> {
    let asks = |part: &Component| {
        part.kind.is_database() && catalog::parameter(part.kind, parameter).is_some()
    };
    if !WORK.contains(&parameter) || !asks(part) {
        return None;
    }
    let mut others = task.components.iter().filter(|other| asks(other));
    let same = others.clone().find(|other| other.kind == part.kind);
    let boxed = || {
        let mut boxes = task.components.iter();
        let is_box = |other: &&Component| other.kind == Kind::SingleBox;
        (boxes.find(is_box)).filter(|_| WORK_OF_A_BOX.contains(&parameter))
    };
    same.or_else(|| others.next()).or_else(boxed)
}
