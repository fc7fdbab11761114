//! How each incident is prepared on a drawing: on which part, how strong, for how long. It runs nothing.

use super::parts::{has_disks, is_program};
use super::subject::{Subject, rounded};
use super::{Setting, Trial};
use crate::catalog::{Kind, Parameter, Value, ZoneKind};
use crate::network::infer_plan;
use crate::scenario::{
    CallMode, CallPlan, ClientsFault, Component, ComponentFault, ComponentId, Fault, Incident,
    Link, LinkFault, LinkId, Retry, ZoneFault,
};

type Prepared = Result<Trial, &'static str>;

/// How many times slower an instance is in a gray failure.
const GRAY: f64 = 10.0;
/// What a slow network adds to a round trip, seconds.
const DELAY_SECONDS: f64 = 0.2;
/// Calls that a bad network loses.
const LOST: f64 = 0.05;
/// Requests that ask for the hot key.
const HOT: f64 = 0.5;
/// Messages that are poison.
const POISON: f64 = 0.2;
/// Requests that a bad version answers with an error.
const BAD: f64 = 1.0 / 3.0;
/// How many times the usual traffic a limit allows that is too low, and how many times as much comes.
const LIMIT: f64 = 1.2;
const GOOD_DAY: f64 = 1.6;
/// Retries of a storm without a budget; at most what a plan allows.
const STORM_RETRIES: f64 = 10.0;

fn trial(subject: &Subject, faults: Vec<Fault>) -> Trial {
    Trial {
        faults,
        settings: Vec::new(),
        least_run_seconds: subject.timing.run,
    }
}

fn of(component: &Component, what: ComponentFault) -> Incident {
    Incident::Component {
        id: component.id,
        what,
    }
}

fn one(subject: &Subject, incident: Incident) -> Prepared {
    Ok(trial(subject, vec![subject.fault(incident)]))
}

/// A fault that is over at once, or finds its end by itself.
fn by_itself(subject: &Subject, incident: Incident) -> Fault {
    Fault {
        duration_seconds: None,
        ..subject.fault(incident)
    }
}

fn everybody(factor: f64) -> Incident {
    Incident::Clients {
        id: None,
        what: ClientsFault::Multiply { factor },
    }
}

fn set(component: ComponentId, parameter: Parameter, value: Value) -> Setting {
    Setting::Parameter {
        component,
        parameter,
        value,
    }
}

pub(super) fn instance_loss(subject: &Subject) -> Prepared {
    let found = subject.component(|own| own.kind != Kind::Clients && own.first_instances() > 1.0);
    let component = found.ok_or("No part has more than one instance.")?;
    let what = ComponentFault::Kill { instances: Some(1) };
    one(subject, of(component, what))
}

pub(super) fn zone_loss(subject: &Subject) -> Prepared {
    // A subnet lies in one availability zone (AWS VPC user guide, "Subnets"), and goes with it.
    let kinds = [
        ZoneKind::AvailabilityZone,
        ZoneKind::PrivateSubnet,
        ZoneKind::PublicSubnet,
    ];
    let zone = subject
        .zone(&kinds, |zone| subject.is_inhabited(zone))
        .ok_or("No availability zone or subnet with a busy part in it is drawn.")?;
    let what = ZoneFault::Kill;
    one(subject, Incident::Zone { id: zone.id, what })
}

pub(super) fn region_loss(subject: &Subject) -> Prepared {
    // A virtual private cloud spans one region, and goes with it.
    let zone = subject
        .zone(&[ZoneKind::Region, ZoneKind::Vpc], |zone| {
            subject.is_inhabited(zone)
        })
        .ok_or("No region or private network with a busy part in it is drawn.")?;
    let what = ZoneFault::Kill;
    one(subject, Incident::Zone { id: zone.id, what })
}

pub(super) fn slow_disk(subject: &Subject) -> Prepared {
    let component = subject
        .component(has_disks)
        .ok_or("Nothing here stores anything.")?;
    let what = ComponentFault::Slow {
        factor: Subject::overload(subject.utilisation(component.id), 4.0, 20.0),
        instances: None,
    };
    one(subject, of(component, what))
}

pub(super) fn gray_failure(subject: &Subject) -> Prepared {
    let found = subject.component(|own| own.kind != Kind::Clients && own.first_instances() > 1.0);
    let component = found.ok_or(
        "No part has several instances, of which one could be ill while the others are well.",
    )?;
    let what = ComponentFault::Slow {
        factor: GRAY,
        instances: Some(1),
    };
    one(subject, of(component, what))
}

/// A link between two parts, else the one that clients come by.
fn inside<'a>(subject: &Subject<'a>) -> Option<&'a Link> {
    let selected = subject.link(|link| subject.selected == Some(super::At::Link(link.id)));
    let waited_for = |link: &Link| subject.is_inside(link) && subject.is_waited_for(link.id);
    selected
        .or_else(|| subject.link(waited_for))
        .or_else(|| subject.link(|link| subject.kind(link.to) != Some(Kind::Dns)))
}

pub(super) fn network_delay(subject: &Subject) -> Prepared {
    let link = inside(subject).ok_or("Nothing calls anything here.")?;
    let what = LinkFault::Delay {
        seconds: DELAY_SECONDS,
    };
    one(subject, Incident::Link { id: link.id, what })
}

pub(super) fn network_loss(subject: &Subject) -> Prepared {
    let link = inside(subject).ok_or("Nothing calls anything here.")?;
    let what = LinkFault::Drop { probability: LOST };
    one(subject, Incident::Link { id: link.id, what })
}

pub(super) fn partition(subject: &Subject) -> Prepared {
    let kinds = [
        ZoneKind::PrivateSubnet,
        ZoneKind::AvailabilityZone,
        ZoneKind::Region,
        ZoneKind::PublicSubnet,
        ZoneKind::Vpc,
    ];
    if let Some(zone) = subject.zone(&kinds, |zone| subject.is_crossed(zone)) {
        let what = ZoneFault::Partition { from: None };
        return one(subject, Incident::Zone { id: zone.id, what });
    }
    let link = inside(subject).ok_or("Nothing calls anything here.")?;
    let what = LinkFault::Drop { probability: 1.0 };
    one(subject, Incident::Link { id: link.id, what })
}

pub(super) fn stale_dns(subject: &Subject) -> Prepared {
    let is_dns = |own: &&Component| own.kind == Kind::Dns;
    let dns = subject.scenario.components.iter().find(is_dns);
    let dns = dns.ok_or("There is no DNS whose answers could be stale.")?;
    let from_clients = |link: &Link| {
        subject.kind(link.from) == Some(Kind::Clients) && subject.kind(link.to) != Some(Kind::Dns)
    };
    let link = subject
        .link(from_clients)
        .ok_or("Clients reach nothing whose address they could have from DNS.")?;
    let entrance = subject
        .scenario
        .component(link.to)
        .ok_or("Clients reach nothing.")?;
    let lives = dns.number(Parameter::TimeToLive);
    let mut fault = subject.fault(of(entrance, ComponentFault::StaleAddress));
    fault.duration_seconds = Some(lives.clamp(1.0, 2.0 * subject.timing.lasts));
    Ok(trial(subject, vec![fault]))
}

pub(super) fn third_party_down(subject: &Subject) -> Prepared {
    let link = subject
        .link(|link| subject.kind(link.to) == Some(Kind::ThirdPartyApi))
        .ok_or("No third party's API is called.")?;
    let what = LinkFault::Drop { probability: 1.0 };
    one(subject, Incident::Link { id: link.id, what })
}

pub(super) fn primary_failover(subject: &Subject) -> Prepared {
    let primary = subject
        .replicated_primary()
        .ok_or("There is no primary with a replica that could take its place.")?;
    let lasts = subject.timing.lasts;
    let what = ComponentFault::Kill { instances: None };
    let mut trial = trial(subject, vec![subject.fault(of(primary, what))]);
    // It stays away for longer than the failover takes.
    let span = rounded(lasts / 4.0);
    for parameter in [Parameter::DetectionTime, Parameter::PromotionTime] {
        if primary.number(parameter) > span {
            trial
                .settings
                .push(set(primary.id, parameter, Value::Number(span)));
        }
    }
    if !primary.flag(Parameter::AutomaticFailover) {
        let on = set(primary.id, Parameter::AutomaticFailover, Value::Flag(true));
        trial.settings.insert(0, on);
    }
    Ok(trial)
}

pub(super) fn replication_stopped(subject: &Subject) -> Prepared {
    let found = subject.replicated_primary();
    let component = found.ok_or("Nothing here has replicas.")?;
    one(subject, of(component, ComponentFault::StopReplication))
}

fn cache<'a>(subject: &Subject<'a>) -> Result<&'a Component, &'static str> {
    let found = subject.component(|own| own.kind == Kind::Cache);
    found.ok_or("There is no cache.")
}

fn flushed(subject: &Subject, component: &Component) -> Fault {
    by_itself(
        subject,
        of(component, ComponentFault::Flush { instances: None }),
    )
}

pub(super) fn cache_flush(subject: &Subject) -> Prepared {
    Ok(trial(subject, vec![flushed(subject, cache(subject)?)]))
}

pub(super) fn cold_cache(subject: &Subject) -> Prepared {
    let component = cache(subject)?;
    let what = ComponentFault::RollingDeploy {
        restart_seconds: rounded(subject.timing.lasts / subject.instances_at_the_peak(component)),
    };
    Ok(trial(
        subject,
        vec![by_itself(subject, of(component, what))],
    ))
}

pub(super) fn stampede(subject: &Subject) -> Prepared {
    let component = cache(subject)?;
    let mut trial = trial(subject, vec![flushed(subject, component)]);
    if component.flag(Parameter::Coalescing) {
        let alone = set(component.id, Parameter::Coalescing, Value::Flag(false));
        trial.settings.push(alone);
    }
    // With everybody there: as many as come on a busy day ask for what has just been forgotten.
    trial.faults.push(subject.fault(everybody(1.5)));
    Ok(trial)
}

pub(super) fn hot_key(subject: &Subject) -> Prepared {
    let what = ComponentFault::HotKey { share: HOT };
    let component = subject
        .component(|own| subject.fault(of(own, what)).can_happen(subject.scenario))
        .ok_or("Nothing here divides keys over several instances.")?;
    one(subject, of(component, what))
}

pub(super) fn cdn_purge(subject: &Subject) -> Prepared {
    let found = subject.component(|own| own.kind == Kind::Cdn);
    let component = found.ok_or("There is no CDN.")?;
    Ok(trial(subject, vec![flushed(subject, component)]))
}

pub(super) fn connection_leak(subject: &Subject) -> Prepared {
    let databases = |own: &Component| own.value(Parameter::Connections).is_some();
    let threads = |own: &Component| own.value(Parameter::Threads).is_some();
    let found = subject
        .component(databases)
        .or_else(|| subject.component(threads))
        .ok_or("Nothing here has connections or threads that could be taken.")?;
    let each = [Parameter::Connections, Parameter::Threads]
        .into_iter()
        .filter_map(|parameter| match found.value(parameter) {
            Some(Value::Number(number)) if number.is_finite() => Some(number),
            _ => None,
        })
        .next()
        .ok_or("Its connections are without number.")?;
    // The last is gone after two thirds of the time.
    let rate = each * found.first_instances() / (subject.timing.lasts * 2.0 / 3.0);
    let what = ComponentFault::LeakConnections {
        per_second: rounded(rate).max(0.01),
    };
    one(subject, of(found, what))
}

pub(super) fn consumer_stopped(subject: &Subject) -> Prepared {
    let found = subject.component(|own| own.kind == Kind::Worker);
    let component = found.ok_or("There is no worker that takes messages.")?;
    one(
        subject,
        of(component, ComponentFault::Kill { instances: None }),
    )
}

pub(super) fn poison_message(subject: &Subject) -> Prepared {
    let found = subject.component(|own| matches!(own.kind, Kind::Queue | Kind::Topic));
    let component = found.ok_or("There is no queue or topic.")?;
    let what = ComponentFault::Poison {
        probability: POISON,
    };
    let mut trial = trial(subject, vec![subject.fault(of(component, what))]);
    if !component.flag(Parameter::Redelivery) {
        let set = |parameter, value| set(component.id, parameter, value);
        trial.settings = vec![
            set(Parameter::Redelivery, Value::Flag(true)),
            set(
                Parameter::VisibilityTimeout,
                Value::Number(rounded(subject.timing.lasts / 5.0)),
            ),
            set(Parameter::MaximumReceives, Value::Number(4.0)),
        ];
    }
    Ok(trial)
}

pub(super) fn traffic_spike(subject: &Subject) -> Prepared {
    if subject
        .report
        .classes
        .iter()
        .all(|class| class.offered.0 <= 0.0)
    {
        return Err("Nobody sends anything.");
    }
    let factor = Subject::overload(subject.highest_utilisation(), 2.0, 10.0);
    one(subject, everybody(factor))
}

/// A component's plans with so many retries after this time-out on every call along a link that is waited for.
fn insistent(
    subject: &Subject,
    caller: &Component,
    link: LinkId,
    timeout: f64,
    retries: u32,
) -> Vec<CallPlan> {
    let mut plans = caller.plans.clone();
    for class in &subject.scenario.classes {
        if !plans.iter().any(|plan| plan.class == class.id) {
            plans.push(infer_plan(subject.scenario, caller.id, class.id));
        }
    }
    let own = caller.plans.len();
    let mut place = 0;
    plans.retain_mut(|plan| {
        let calls = plan.steps.iter_mut().flat_map(|step| &mut step.calls);
        let mut any = false;
        for call in calls {
            if call.link == link && call.mode == CallMode::Synchronous {
                any = true;
                call.timeout_seconds = Some(timeout);
                call.circuit_breaker = None;
                call.retry = Some(Retry::new(retries, timeout / 4.0));
            }
        }
        place += 1;
        any || place <= own
    });
    plans
}

pub(super) fn retry_storm(subject: &Subject) -> Prepared {
    let calls = |link: &Link| {
        let plans = matches!(
            subject.kind(link.from),
            Some(Kind::Service | Kind::Function | Kind::SingleBox)
        );
        let passes = subject.kind(link.to) != Some(Kind::Cache);
        plans && passes && subject.is_waited_for(link.id) && subject.calls(link.id) > 0.0
    };
    // The busier the callee, the less it takes.
    let called = subject
        .component(|own| {
            subject
                .scenario
                .links
                .iter()
                .any(|link| link.to == own.id && calls(link))
        })
        .ok_or("No service here calls anything that it could call again.")?;
    let link = subject
        .link(|link| link.to == called.id && calls(link))
        .ok_or("No service here calls anything that it could call again.")?;
    let caller = subject
        .scenario
        .component(link.from)
        .ok_or("Nobody calls it.")?;
    let mut visits = subject.report.components.iter();
    let usual = visits
        .find(|own| own.component == called.id)
        .and_then(|own| own.sojourn)
        .map_or(0.1, |sojourn| sojourn.0);
    let timeout = rounded((10.0 * usual).clamp(0.02, 5.0));
    let busy = subject.utilisation(called.id);
    let retries = Subject::overload(busy, 3.0, STORM_RETRIES);
    let plans = insistent(subject, caller, link.id, timeout, retries as u32);
    let what = ComponentFault::Slow {
        factor: Subject::overload(busy, 10.0, 50.0),
        instances: None,
    };
    let mut trial = trial(subject, vec![subject.fault(of(called, what))]);
    trial.settings.push(Setting::Plans {
        component: caller.id,
        plans,
    });
    Ok(trial)
}

pub(super) fn thundering_herd(subject: &Subject) -> Prepared {
    let found = subject.component(|own| is_program(own) && own.kind != Kind::Worker);
    let component = found.ok_or("There is no service that could be away.")?;
    let half = rounded(subject.timing.lasts / 2.0);
    let mut away = subject.fault(of(component, ComponentFault::Kill { instances: None }));
    away.duration_seconds = Some(half);
    // Who was turned away comes within half that time, beside those who would have come.
    let mut back = subject.fault(everybody(3.0));
    back.start_seconds = rounded(away.start_seconds + half);
    back.duration_seconds = Some(rounded(half / 2.0));
    Ok(trial(subject, vec![away, back]))
}

pub(super) fn bad_deploy(subject: &Subject) -> Prepared {
    let component = subject
        .component(|own| is_program(own) && own.kind != Kind::Function)
        .ok_or("There is no program of one's own to deploy.")?;
    let half = subject.timing.lasts / 2.0;
    let what = ComponentFault::RollingDeploy {
        restart_seconds: rounded(half / subject.instances_at_the_peak(component)).max(0.01),
    };
    let mut bad = subject.fault(of(
        component,
        ComponentFault::ErrorRate { probability: BAD },
    ));
    bad.start_seconds = rounded(bad.start_seconds + half);
    Ok(trial(
        subject,
        vec![by_itself(subject, of(component, what)), bad],
    ))
}

pub(super) fn rate_limit_too_low(subject: &Subject) -> Prepared {
    let component = subject
        .component(|own| own.kind == Kind::ApiGateway)
        .ok_or("There is no API gateway that limits anything.")?;
    let rate = subject.arrivals(component.id);
    let limit = rounded(LIMIT * rate);
    let mut trial = trial(subject, vec![subject.fault(everybody(GOOD_DAY))]);
    trial.settings = vec![
        set(component.id, Parameter::RateLimit, Value::Number(limit)),
        set(
            component.id,
            Parameter::BurstAllowance,
            Value::Number(libm::ceil(rate).clamp(1.0, 1e6)),
        ),
    ];
    Ok(trial)
}

pub(super) fn slow_autoscaler(subject: &Subject) -> Prepared {
    let found = subject.component(|own| own.flag(Parameter::Autoscaling));
    let component = found.ok_or("Nothing here scales by itself.")?;
    let mut rise = subject.fault(everybody(2.5));
    let lasts = 2.0 * subject.timing.lasts;
    rise.duration_seconds = Some(lasts);
    let mut trial = trial(subject, vec![rise]);
    let window =
        rounded((3.0 * lasts).clamp(1.0, 3600.0)).max(component.number(Parameter::MetricWindow));
    trial.settings = vec![set(
        component.id,
        Parameter::MetricWindow,
        Value::Number(window.min(3600.0)),
    )];
    Ok(trial)
}
