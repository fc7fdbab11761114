//! Whether a design still does all the work of the task's: a design that asks nobody for the data is fast, and of no use. It judges no figures.

use super::forms::Task;
use super::same::{Altered, given_alike, is_as_given};
use crate::catalog::{Choice, Kind, Parameter, Value};
use crate::network::{infer_plan, plan_in_force};
use crate::quantities::time;
use crate::scenario::{
    Call, CallMode, ClassId, Component, ComponentId, LinkId, Operation, PlanStep, Scenario,
};
use crate::units::Seconds;
use std::collections::{BTreeMap, BTreeSet};

/// What keeps data itself, and not a copy of what others keep for a while.
const KEEPERS: [Kind; 7] = [
    Kind::SingleBox,
    Kind::SqlPrimary,
    Kind::ReadReplica,
    Kind::ShardedDatabase,
    Kind::FederatedDatabase,
    Kind::KeyValueStore,
    Kind::ObjectStorage,
];

/// What has no answer of its own, and only passes on what somebody else says.
const PASSES_ON: [Kind; 6] = [
    Kind::Clients,
    Kind::Dns,
    Kind::Cdn,
    Kind::LoadBalancer,
    Kind::ApiGateway,
    Kind::ReverseProxy,
];

/// Calls one behind the other that are followed; a diagram that goes round has no end.
const MOST_HOPS: u32 = 16;

/// A share of the calls that counts as none: what is left of rounding.
const NONE: f64 = 1e-6;

/// How often a request asks a part, if no copy answers before and nothing fails.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Asked {
    /// On average, of all senders together.
    times: f64,
    /// As often as somebody waits for the answer all the way up to the sender.
    awaited: f64,
    /// As often as somebody waits, or it lies in a queue or a cache until it is done.
    sure: f64,
}

/// Whether there is less now, further than by rounding.
fn is_less(now: f64, before: f64) -> bool {
    now < before * (1.0 - NONE)
}

/// The parts that requests get to.
pub(super) fn in_use(scenario: &Scenario) -> BTreeSet<ComponentId> {
    let classes = scenario.classes.iter();
    let asked = classes.flat_map(|class| asked(scenario, class.id));
    let used = asked.filter(|(_, asked)| asked.times > NONE);
    used.map(|(id, _)| id).collect()
}

/// The work of the task's design that this one leaves undone: a class whose data nobody keeps or waits for any more, and somebody outside or a part
/// that the task names who isn't asked as often, nor others that do the same in its place.
pub(super) fn undone(task: &Task, before: &Scenario, now: &Scenario) -> Vec<Altered> {
    let mut found = Vec::new();
    for class in &before.classes {
        let known = found.len();
        let mut say = |what: String| found.push(Altered { what });
        let (was, is) = (asked(before, class.id), asked(now, class.id));
        let kept = |scenario: &Scenario, asked: &BTreeMap<ComponentId, Asked>| {
            let mut all = Asked::default();
            for (id, own) in asked {
                let kind = scenario.component(*id).map(|part| part.kind);
                if kind.is_some_and(|kind| KEEPERS.contains(&kind)) {
                    all.times += own.times;
                    all.awaited += own.awaited;
                    all.sure += own.sure;
                }
            }
            all
        };
        let (kept_before, kept_now) = (kept(before, &was), kept(now, &is));
        let reads = matches!(class.operation, Operation::Read | Operation::Static);
        let name = &class.name;
        if is_less(kept_now.times, kept_before.times) {
            say(if kept_now.times <= NONE {
                format!("{name} no longer gets to any database or storage.")
            } else {
                format!("{name} gets to a database or storage less often than it has to.")
            });
        } else if reads && is_less(kept_now.awaited, kept_before.awaited) {
            say(format!("{name} no longer waits for what it reads."));
        } else if !reads && is_less(kept_now.sure, kept_before.sure) {
            say(format!(
                "{name} is answered before anybody has it: nobody waits for what is written, and no queue holds it."
            ));
        }
        // What new parts do in the place of others, each call once.
        let mut spare: BTreeMap<ComponentId, f64> =
            is.iter().map(|(id, asked)| (*id, asked.times)).collect();
        let named = task.asks.get(name).into_iter().flatten();
        let mut named: Vec<&str> = named.map(String::as_str).collect();
        // Whose work is shared out is asked for it by all that asked it.
        let shares = |part: &&Component| {
            let own = now.component(part.id);
            may_share(task, before, part) && own.is_some_and(|own| works(own) != works(part))
        };
        let shared = before.components.iter().filter(shares);
        named.extend(shared.map(|part| part.name.as_str()));
        let mut whole: Vec<ComponentId> = Vec::new();
        for (id, own) in &was {
            let Some(part) = before.component(*id) else {
                continue;
            };
            let has_to_be = part.kind == Kind::ThirdPartyApi || named.contains(&part.name.as_str());
            if !has_to_be {
                continue;
            }
            let others: Vec<&Component> = (now.components.iter())
                .filter(|other| match other.id == *id {
                    true => works(other) == works(part),
                    false => stands_for(before, part, other),
                })
                .collect();
            let kept = spare.clone();
            let times = taken(&mut spare, &others, own.times, |_| 1.0);
            if !is_less(times, own.times) {
                whole.extend(others.iter().map(|other| other.id));
                whole.push(*id);
            } else if works(part).is_some() {
                // Others may take over some of the work of each request: then all of them together do as much of it, and it is waited for as it was.
                spare = kept;
                let seconds = |other: &Component| works(other).unwrap_or(0.0);
                let helpers: Vec<&Component> = (now.components.iter())
                    .filter(|other| other.id == *id || takes_over(before, part, other))
                    .collect();
                if !is_less(own.awaited, own.times) {
                    for (id, asked) in &is {
                        spare
                            .entry(*id)
                            .and_modify(|spare| *spare = spare.min(asked.awaited));
                    }
                }
                let work = own.times * seconds(part);
                let done = taken(&mut spare, &helpers, work, seconds);
                if !is_less(done, work) {
                    continue;
                }
                let is_asked = is.get(id).is_some_and(|now| !is_less(now.times, own.times));
                if is_asked {
                    let [done, work] = [done, work].map(|span| time(Seconds(span)));
                    say(format!(
                        "Of the work that {name} is for {}, {done} of {work} are done and waited for.",
                        part.name
                    ));
                    continue;
                }
            }
            // What is to be done by somebody outside is waited for, or kept until it is done.
            let sure = now.components.iter().filter(|other| {
                part.kind == Kind::ThirdPartyApi
                    && (other.id == *id || stands_for(before, part, other))
            });
            let sure = sure.filter_map(|other| is.get(&other.id));
            let sure = sure.fold(0.0, |sum, asked| sum + asked.sure);
            let unsure = part.kind == Kind::ThirdPartyApi && is_less(sure, own.sure);
            if is_less(times, own.times) {
                say(if times <= NONE {
                    format!("{name} no longer gets to {}.", part.name)
                } else {
                    format!("{name} gets to {} less often than it has to.", part.name)
                });
            } else if unsure {
                say(format!(
                    "{name} is handed to {}, and nobody waits until that has it, nor keeps it until then.",
                    part.name
                ));
            }
        }
        for part in is.keys().filter_map(|id| now.component(*id)) {
            if answers_for_others(now, part, class.id)
                && !answers_for_others(before, part, class.id)
            {
                say(format!(
                    "{} answers {name} before it has an answer: it waits for nobody.",
                    part.name
                ));
            }
        }
        // Where nobody keeps anything the work is that of the programs.
        let outside = |id: &ComponentId| {
            before.component(*id).map(|part| part.kind) == Some(Kind::ThirdPartyApi)
        };
        let programs_do_it = [kept_before, kept_now]
            .iter()
            .all(|kept| kept.times <= NONE)
            && !was.keys().any(outside);
        // Where work is shared out, what isn't asked for as it was does as much as before, and is waited for.
        let shared_out = now.components.iter().any(|part| {
            works(part).is_some() && !is_as_given(before, part, Parameter::ServiceTime)
        });
        let rest = |scenario: &Scenario, asked: &BTreeMap<ComponentId, Asked>| {
            let rest = asked.iter().filter(|(id, _)| !whole.contains(id));
            let rest = rest.filter_map(|(id, own)| Some((works(scenario.component(*id)?)?, own)));
            rest.fold(0.0, |sum, (seconds, own)| sum + seconds * own.awaited)
        };
        let (rest_before, rest_now) = (rest(before, &was), rest(now, &is));
        let (work_before, work_now) = match shared_out {
            true => (rest_before, rest_now),
            false => (worked(before, &was), worked(now, &is)),
        };
        let programs_do_it = programs_do_it || shared_out;
        if programs_do_it && found.len() == known && is_less(work_now, work_before) {
            found.push(Altered {
                what: format!(
                    "{name} is less work than it was: {} for a request instead of {}.",
                    time(Seconds(work_now)),
                    time(Seconds(work_before))
                ),
            });
        }
    }
    found
}

/// Whether this part of the design, which only passes on what others say, doesn't wait for them.
fn answers_for_others(scenario: &Scenario, part: &Component, class: ClassId) -> bool {
    let passes = scenario
        .component(part.id)
        .is_some_and(|own| PASSES_ON.contains(&own.kind));
    let plan = || plan_in_force(scenario, part.id, class);
    passes
        && plan()
            .steps
            .iter()
            .flat_map(|step| &step.calls)
            .any(|call| {
                call.mode == CallMode::FireAndForget && call.count * call.probability > NONE
            })
}

/// Whether a part that the task doesn't have does what this one of the task's does: it is of its kind, and all that it is given is the same.
pub(super) fn stands_for(task: &Scenario, part: &Component, other: &Component) -> bool {
    let is_new = task
        .component(other.id)
        .is_none_or(|own| own.kind != other.kind);
    is_new && other.kind == part.kind && given_alike(part, other, &[])
}

/// Lets parts call as often as the task has it written, or else as the drawing suggests, and wait for data.
pub(super) fn call_again(task: &Scenario, now: &mut Scenario) {
    let design = now.clone();
    for part in &mut now.components {
        for plan in &mut part.plans {
            let written = task.component(part.id).map(|part| part.plans.iter());
            let written = written.and_then(|mut plans| plans.find(|own| own.class == plan.class));
            let given = written
                .cloned()
                .unwrap_or_else(|| infer_plan(&design, part.id, plan.class));
            let there = |call: &&Call| design.link(call.link).is_some();
            for given in given
                .steps
                .iter()
                .flat_map(|step| &step.calls)
                .filter(there)
            {
                let mut calls = plan.steps.iter_mut().flat_map(|step| &mut step.calls);
                match calls.find(|call| call.link == given.link) {
                    Some(call) => {
                        if call.count * call.probability < given.count * given.probability {
                            (call.count, call.probability) = (given.count, given.probability);
                        }
                        if keeps(&design, call.link) {
                            call.mode = given.mode;
                        }
                    }
                    None => plan.steps.push(PlanStep {
                        calls: vec![given.clone()],
                    }),
                }
            }
        }
    }
}

/// Whether this link leads to a part that keeps data.
fn keeps(scenario: &Scenario, link: LinkId) -> bool {
    let to = scenario.link(link).map(|link| link.to);
    let part = to.and_then(|to| scenario.component(to));
    part.is_some_and(|part| KEEPERS.contains(&part.kind))
}

/// Seconds of work that a request is for all programs that it gets to, at the speed of a usual core.
fn worked(scenario: &Scenario, asked: &BTreeMap<ComponentId, Asked>) -> f64 {
    let parts = asked.iter().filter_map(|(id, asked)| {
        let part = scenario.component(*id)?;
        Some(asked.times * works(part)?)
    });
    parts.fold(0.0, |sum, own| sum + own)
}

/// Seconds of work that a call is for a program, at the speed of a usual core; `None` of what is none.
fn works(part: &Component) -> Option<f64> {
    let is_program = matches!(part.kind, Kind::Service | Kind::Worker | Kind::Function);
    is_program.then(|| part.number(Parameter::ServiceTime) / 1e3)
}

/// Whether others may take over some of the work of this part, or it some of others': the task asks for the work of this one, or it is new and of the
/// kind of one that is asked for.
pub(super) fn may_share(task: &Task, before: &Scenario, part: &Component) -> bool {
    let asked = |own: &Component| {
        let mut names = task.asks.values().flatten();
        works(own).is_some() && names.any(|name| *name == own.name)
    };
    match before.component(part.id) {
        Some(own) => own.kind == part.kind && asked(own),
        None => (before.components.iter()).any(|own| own.kind == part.kind && asked(own)),
    }
}

/// Whether a part that the task doesn't have does some of what this one of the task's does: it is of its kind, and all that it is given is the same but
/// for how much work a call is.
fn takes_over(task: &Scenario, part: &Component, other: &Component) -> bool {
    task.component(other.id).is_none()
        && other.kind == part.kind
        && given_alike(part, other, &[Parameter::ServiceTime])
}

/// Takes as much as is wanted of what these parts are asked for and nobody has taken yet, each call counting for so much; how much there was.
fn taken(
    spare: &mut BTreeMap<ComponentId, f64>,
    parts: &[&Component],
    wanted: f64,
    each: impl Fn(&Component) -> f64,
) -> f64 {
    let mut all = 0.0;
    for part in parts {
        let each = each(part);
        if let Some(spare) = spare.get_mut(&part.id).filter(|_| each > 0.0) {
            let taken = spare.min((wanted - all) / each).max(0.0);
            *spare -= taken;
            all += taken * each;
        }
    }
    all
}

/// How often each part is asked by a request of a class.
fn asked(scenario: &Scenario, class: ClassId) -> BTreeMap<ComponentId, Asked> {
    let mut walk = Walk {
        scenario,
        class,
        plans: BTreeMap::new(),
        asked: BTreeMap::new(),
    };
    for part in &scenario.components {
        let sends = part.mix.is_empty()
            || (part.mix.iter()).any(|(own, weight)| *own == class && *weight > 0.0);
        if part.kind == Kind::Clients && sends {
            walk.call(part.id, 1.0, Held::Awaited, MOST_HOPS);
        }
    }
    walk.asked
}

/// By whom a call is held until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    /// By nobody: whatever becomes of it, who sent it goes on.
    Nowhere,
    /// By a queue that hands it out until it is done, or by a cache that writes behind.
    Stored,
    /// By whoever waits for it, all the way up to the sender.
    Awaited,
}

struct Walk<'a> {
    scenario: &'a Scenario,
    class: ClassId,
    plans: BTreeMap<ComponentId, Vec<(LinkId, f64, CallMode)>>,
    asked: BTreeMap<ComponentId, Asked>,
}

impl Walk<'_> {
    fn call(&mut self, part: ComponentId, times: f64, held: Held, hops: u32) {
        if hops == 0 || times <= NONE {
            return;
        }
        let asked = self.asked.entry(part).or_default();
        asked.times += times;
        if held == Held::Awaited {
            asked.awaited += times;
        }
        if held != Held::Nowhere {
            asked.sure += times;
        }
        let (scenario, class) = (self.scenario, self.class);
        let calls = self.plans.entry(part).or_insert_with(|| {
            let plan = plan_in_force(scenario, part, class);
            let calls = plan.steps.iter().flat_map(|step| &step.calls);
            let calls = calls.map(|call| (call.link, call.count * call.probability, call.mode));
            calls.collect()
        });
        let calls = calls.clone();
        // A cache that writes behind holds what its caller, or it itself, passes on later.
        let writes_behind = |id: ComponentId| {
            scenario.component(id).is_some_and(|part| {
                part.kind == Kind::Cache
                    && part.value(Parameter::WriteMode) == Some(Value::Choice(Choice::WriteBehind))
            })
        };
        let to = |link: LinkId| scenario.link(link).map(|link| link.to);
        let mut targets = calls.iter().filter_map(|(link, ..)| to(*link));
        let is_behind = writes_behind(part) || targets.any(writes_behind);
        let kind = scenario.component(part).map(|part| part.kind);
        for (link, often, mode) in calls {
            let Some(link) = scenario.link(link) else {
                continue;
            };
            let below = match (kind, mode) {
                (Some(Kind::Queue | Kind::Topic), _) => Held::Stored,
                (_, CallMode::FireAndForget) if is_behind => Held::Stored.min(held),
                (_, CallMode::FireAndForget) => Held::Nowhere,
                (_, CallMode::Synchronous) => held,
            };
            self.call(link.to, times * often, below, hops - 1);
        }
    }
}
