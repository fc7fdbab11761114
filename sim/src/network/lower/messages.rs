//! Queues and topics: the sender waits for acceptance and goes on; what the takers do is nobody's wait. Messages wait at the takers'
//! slots, and the wait is shown here.

use crate::catalog::Parameter;
use crate::network::compile::{Lowering, constant};
use crate::network::note::Remark;
use crate::network::{Step, StepId};

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
        steps.push(lowering.shared(component, Step::Detach(taken)));
    }
    lowering.way_in(component, steps)
}
