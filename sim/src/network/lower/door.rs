//! Doors: load balancer, API gateway and reverse proxy. Which of its targets a door chooses stands in its plan, and its policy decides how
//! requests reach the targets' instances.

use super::program::{Machine, prepare_pool};
use super::spreading::dispatch;
use super::{amount, share};
use crate::catalog::Parameter;
use crate::network::compile::{Lowering, constant, exponential};
use crate::network::note::Remark;
use crate::network::{Discipline, Dispatch, Instances, Role, Station, StationId, Step, StepId};
use crate::scenario::Operation;
use crate::units::{PerSecond, Seconds};

/// A bucket of tokens that lets through so many a second; `None` when there is no limit.
pub(super) fn token_bucket(
    lowering: &mut Lowering<'_>,
    component: usize,
    rate: f64,
    burst: f64,
) -> Option<StationId> {
    if !rate.is_finite() {
        return None;
    }
    let component = lowering.topology.component(component).id;
    Some(lowering.station(Station {
        component,
        role: Role::RateLimit,
        instances: Instances::Fixed(1),
        servers: 1,
        capacity: None,
        discipline: Discipline::TokenBucket {
            rate: PerSecond(amount(rate)),
            burst: amount(burst).max(1.0),
        },
        dispatch: Dispatch::Central,
        waits_at: None,
    }))
}

/// Taking a token.
pub(super) fn take_token(lowering: &mut Lowering<'_>, bucket: StationId) -> StepId {
    lowering.network.push(Step::Serve {
        station: bucket,
        time: constant(Seconds(0.0)),
    })
}

pub(super) fn prepare_balancer(lowering: &mut Lowering<'_>, component: usize) {
    let balancer = lowering.topology.component(component);
    let time = balancer.seconds(Parameter::ServiceTime);
    let cores = managed_cores(lowering, component, time);
    let work = lowering.serve(cores, exponential(time));
    let added = lowering.delay(
        component,
        constant(balancer.seconds(Parameter::AddedLatency)),
    );
    let resources = &mut lowering.resources[component];
    resources.work = work;
    resources.read = added;
}

pub(super) fn prepare_gateway(lowering: &mut Lowering<'_>, component: usize) {
    let gateway = lowering.topology.component(component);
    let bucket = token_bucket(
        lowering,
        component,
        gateway.number(Parameter::RateLimit),
        gateway.number(Parameter::BurstAllowance),
    );
    let time =
        gateway.seconds(Parameter::ServiceTime) + gateway.seconds(Parameter::AuthenticationTime);
    let cores = managed_cores(lowering, component, time);
    let token = bucket.map(|bucket| take_token(lowering, bucket));
    let work = lowering.serve(cores, exponential(time));
    let failure = lowering.failure(component, share(gateway.number(Parameter::ErrorShare)));
    let resources = &mut lowering.resources[component];
    resources.limit = bucket;
    resources.read = token;
    resources.work = work;
    resources.failure = failure;
}

/// The cores of a managed door: its provider spreads requests over its nodes.
fn managed_cores(lowering: &mut Lowering<'_>, component: usize, time: Seconds) -> StationId {
    let machine = Machine::read(lowering.topology.component(component));
    let (instances, dispatch) = dispatch(lowering, component, machine.instances);
    let cores = machine.cores_station(lowering, component, instances, dispatch, None);
    lowering.resources[component].capacity = machine.capacity(time);
    cores
}

/// Balancer and gateway: pass on without holding anything.
pub(super) fn enter_managed(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let resources = &lowering.resources[component];
    let mut steps = Vec::with_capacity(6);
    // A gateway refuses before it works; what a balancer adds comes after.
    let is_gateway = resources.limit.is_some();
    if is_gateway {
        steps.extend(resources.read);
    }
    steps.extend(resources.work);
    steps.extend(resources.failure);
    if !is_gateway {
        steps.extend(resources.read);
    }
    lowering.follow_or_fail(component, class, &mut steps);
    lowering.way_in(component, steps)
}

pub(super) fn prepare_proxy(lowering: &mut Lowering<'_>, component: usize) {
    prepare_pool(lowering, component);
    let proxy = lowering.topology.component(component);
    let Some(cores) = lowering.resources[component].cores else {
        return;
    };
    if proxy.flag(Parameter::ServesStatic) {
        let machine = Machine::read(proxy);
        let time = machine.work(proxy, proxy.seconds(Parameter::StaticTime));
        lowering.resources[component].read = lowering.serve(cores, time);
    }
}

/// A proxy keeps a connection while it passes a request on; static files it may answer by itself.
pub(super) fn enter_proxy(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let topology = &lowering.topology;
    let proxy = topology.component(component);
    let has_links = topology.outgoing(component).next().is_some();
    let calls_none = lowering.plan(component, class).is_empty();
    let answers_file = topology.class(class).operation == Operation::Static
        && proxy.flag(Parameter::ServesStatic)
        && calls_none;
    let resources = &lowering.resources[component];
    let mut body = Vec::with_capacity(4);
    body.extend(if answers_file {
        resources.read
    } else {
        resources.work
    });
    body.extend(resources.failure);
    if !answers_file {
        if calls_none && !has_links {
            lowering.note(Remark::AnswersItself, component, None, Some(class));
        } else {
            lowering.follow_or_fail(component, class, &mut body);
        }
    }
    super::program::hold(lowering, component, body)
}
