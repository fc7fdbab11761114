//! What lies with a provider: object storage, slow to the first byte and limited by prefix, and third-party APIs.

use super::door::{take_token, token_bucket};
use super::{amount, share};
use crate::catalog::Parameter;
use crate::network::compile::{Lowering, constant, law};
use crate::network::{Step, StepId};
use crate::scenario::Operation;
use crate::units::Seconds;

/// Limits that are quoted by the second let a second's worth through at once.
const BURST_SECONDS: f64 = 1.0;

pub(super) fn prepare_objects(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let prefixes = f64::from(this.count(Parameter::Prefixes));
    let read_rate = this.number(Parameter::RateLimit) * prefixes;
    let write_rate = this.number(Parameter::WriteRateLimit) * prefixes;
    let reading = token_bucket(lowering, component, read_rate, read_rate * BURST_SECONDS);
    let writing = token_bucket(lowering, component, write_rate, write_rate * BURST_SECONDS);
    let read = reading.map(|bucket| take_token(lowering, bucket));
    let write = writing.map(|bucket| take_token(lowering, bucket));
    let resources = &mut lowering.resources[component];
    resources.limit = reading;
    resources.write_limit = writing;
    resources.read = read;
    resources.write = write;
}

pub(super) fn enter_objects(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let this = lowering.topology.component(component);
    let requested = lowering.topology.class(class);
    let resources = &lowering.resources[component];
    let (token, bytes) = match requested.operation {
        Operation::Read | Operation::Static => (resources.read, requested.response_bytes),
        Operation::Write | Operation::Asynchronous => (resources.write, requested.request_bytes),
    };
    let bytes_per_second = this.number(Parameter::TransferSpeed) * 1e6;
    let transfer = if bytes_per_second > 0.0 {
        amount(bytes) / bytes_per_second
    } else {
        0.0
    };
    let time = constant(this.seconds(Parameter::FirstByteTime) + Seconds(transfer));
    let mut steps: Vec<StepId> = token.into_iter().collect();
    if time.mean() > 0.0 {
        steps.push(lowering.shared(
            component,
            Step::Delay {
                component: this.id,
                time,
            },
        ));
    }
    lowering.follow(component, class, &mut steps);
    lowering.way_in(component, steps)
}

pub(super) fn prepare_third_party(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let rate = this.number(Parameter::RateLimit);
    let bucket = token_bucket(lowering, component, rate, rate * BURST_SECONDS);
    let token = bucket.map(|bucket| take_token(lowering, bucket));
    let time = law(
        this.seconds(Parameter::ResponseTime),
        this.number(Parameter::ResponseVariability),
    );
    let work = lowering.delay(component, time);
    let failure = lowering.failure(component, share(this.number(Parameter::ErrorShare)));
    let resources = &mut lowering.resources[component];
    resources.limit = bucket;
    resources.read = token;
    resources.work = work;
    resources.failure = failure;
}

pub(super) fn enter_third_party(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
) -> StepId {
    let resources = &lowering.resources[component];
    let mut steps: Vec<StepId> = resources
        .read
        .into_iter()
        .chain(resources.work)
        .chain(resources.failure)
        .collect();
    lowering.follow(component, class, &mut steps);
    lowering.way_in(component, steps)
}
