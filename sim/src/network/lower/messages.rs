//! Queues and topics: the sender waits for acceptance and goes on; what the takers do is nobody's wait. Messages wait at the takers'
//! slots, and the wait is shown here.

use super::{Nature, share};
use crate::catalog::Parameter;
use crate::network::compile::{Lowering, constant};
use crate::network::note::Remark;
use crate::network::{Aside, Mark, Step, StepId};
use crate::units::Seconds;

pub(super) fn prepare(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let send = lowering.delay(component, constant(this.seconds(Parameter::SendTime)));
    let delivery = lowering.delay(component, constant(this.seconds(Parameter::DeliveryTime)));
    let resources = &mut lowering.resources[component];
    resources.work = send;
    resources.read = delivery;
}

pub(super) fn enter(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let resources = &lowering.resources[component];
    let mut steps: Vec<StepId> = resources.work.into_iter().collect();
    if lowering.plan(component, class).is_empty() {
        lowering.note(Remark::NoWorkers, component, None, Some(class));
    } else {
        let mut taken: Vec<StepId> = resources.read.into_iter().collect();
        lowering.follow(component, class, &mut taken);
        let taken = lowering.shared_sequence(component, taken);
        steps.push(lowering.shared(component, Step::Detach(taken, Aside::HandedOver)));
    }
    lowering.way_in(component, steps)
}

/// What the component hands to somebody, handed out again where it does that; a share of the messages can't be worked off by anybody.
pub(in crate::network) fn handed_out(
    lowering: &mut Lowering<'_>,
    component: usize,
    body: StepId,
) -> StepId {
    let this = lowering.topology.component(component);
    if !hands_out_again(lowering, component) {
        return body;
    }
    let visibility = Seconds(this.seconds(Parameter::VisibilityTimeout).0.max(1e-6));
    let receives = this.count(Parameter::MaximumReceives).max(1);
    let poison = share(this.number(Parameter::PoisonShare));
    let (id, deliver) = (this.id, |body| Step::Deliver {
        component: this.id,
        body,
        visibility,
        receives,
    });
    let sound = lowering.shared(component, deliver(body));
    if poison <= 0.0 {
        return sound;
    }
    let fails = lowering.network.push(Step::Fail {
        component: id,
        probability: 1.0,
    });
    let failing = lowering.sequence(vec![body, fails]);
    let poisoned = lowering.network.push(deliver(failing));
    lowering.branch(vec![(1.0 - poison, sound), (poison, poisoned)])
}

/// Whether messages that weren't worked off come back.
pub(in crate::network) fn hands_out_again(lowering: &Lowering<'_>, component: usize) -> bool {
    Nature::of(lowering.topology.kind(component)) == Nature::Messages
        && lowering
            .topology
            .component(component)
            .flag(Parameter::Redelivery)
}

/// The beginning of the work on a message, for components that take some that come back.
pub(super) fn taken(lowering: &mut Lowering<'_>, component: usize) -> Option<StepId> {
    let topology = &lowering.topology;
    let takes = topology
        .incoming(component)
        .any(|link| hands_out_again(lowering, topology.caller(link)));
    takes.then(|| lowering.shared(component, Step::Mark(Mark::Taken)))
}
