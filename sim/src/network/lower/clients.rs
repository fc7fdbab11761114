//! Client populations: they ask the DNS where it is drawn, choose a way in, and wait.

use super::edge;
use crate::network::compile::Lowering;
use crate::network::lower::Nature;
use crate::network::{Step, StepId};

pub(super) fn enter(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let topology = &lowering.topology;
    let id = topology.class(class).id;
    let asked = topology
        .outgoing(component)
        .filter(|link| topology.link(*link).carries(id))
        .find(|link| Nature::of(topology.kind(topology.target(*link))) == Nature::Resolver);
    let mut steps = Vec::with_capacity(3);
    if let Some(link) = asked {
        steps.push(edge::look_up_name(lowering, link, class));
    }
    lowering.follow_or_fail(component, class, &mut steps);
    // Nobody reaches the clients: no entry, but a step of their own.
    lowering.shared(component, Step::Sequence(steps))
}
