//! The bare station of the theory books.

use super::{amount, instances};
use crate::catalog::{Choice, Parameter};
use crate::distribution::Distribution;
use crate::network::compile::{Lowering, law};
use crate::network::{Discipline, Dispatch, Instances, Role, Station, StepId};
use crate::scenario::Component;

pub(super) fn prepare(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let servers = this.count(Parameter::Servers);
    let capacity = this.number(Parameter::Capacity);
    let instances = instances(this, Parameter::Instances);
    let station = lowering.station(Station {
        component: this.id,
        role: Role::Servers,
        instances: Instances::Fixed(instances),
        servers,
        capacity: capacity
            .is_finite()
            .then(|| (amount(capacity).min(f64::from(u32::MAX)) as u32).max(servers)),
        discipline: match this.choice(Parameter::Discipline) {
            Some(Choice::ProcessorSharing) => Discipline::ProcessorSharing,
            Some(Choice::Priority) => Discipline::Priority,
            Some(Choice::PreemptivePriority) => Discipline::PreemptivePriority,
            Some(Choice::Infinite) => Discipline::Infinite,
            _ => Discipline::FirstComeFirstServed,
        },
        dispatch: Dispatch::Central,
        waits_at: None,
    });
    let time = service(this);
    let rate = if time.mean() > 0.0 {
        Some(f64::from(servers) * f64::from(instances) / time.mean())
    } else {
        None
    };
    let work = lowering.serve(station, time);
    let resources = &mut lowering.resources[component];
    resources.instances = f64::from(instances);
    resources.capacity = rate;
    resources.cores = Some(station);
    resources.work = work;
}

/// The service time of the chosen shape with the station's mean and variability.
fn service(station: &Component) -> Distribution {
    let mean = station.seconds(Parameter::ServiceTime);
    let variability = amount(station.number(Parameter::ServiceVariability));
    let exponential = law(mean, 1.0);
    let seconds = exponential.mean();
    match station.choice(Parameter::ServiceDistribution) {
        Some(Choice::Deterministic) => law(mean, 0.0),
        Some(Choice::Erlang) if variability > 0.0 => {
            Distribution::erlang_with_scv(seconds, variability.clamp(1e-6, 1.0))
                .unwrap_or(exponential)
        }
        Some(Choice::HyperExponential) => {
            Distribution::hyper_exponential(seconds, variability.clamp(1.0, 1e6))
                .unwrap_or(exponential)
        }
        Some(Choice::Gamma) if variability > 0.0 => {
            Distribution::gamma(seconds, variability).unwrap_or(exponential)
        }
        Some(Choice::LogNormal) if variability > 0.0 => {
            Distribution::log_normal(seconds, variability).unwrap_or(exponential)
        }
        // The tail exponent with this variability: scv = 1 / (a (a − 2)).
        Some(Choice::Pareto) if variability > 0.0 => {
            let shape = 1.0 + (1.0 + 1.0 / variability).sqrt();
            Distribution::pareto(seconds, shape.clamp(1.01, 1000.0)).unwrap_or(exponential)
        }
        Some(Choice::Erlang | Choice::Gamma | Choice::LogNormal | Choice::Pareto) => law(mean, 0.0),
        _ => exponential,
    }
}

pub(super) fn enter(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let mut steps: Vec<StepId> = lowering.resources[component].work.into_iter().collect();
    lowering.follow(component, class, &mut steps);
    lowering.way_in(component, steps)
}
