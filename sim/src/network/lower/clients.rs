//! Client populations: when they send; they ask the DNS where it is drawn, choose a way in, and wait.

use super::{amount, edge, share};
use crate::catalog::{Choice, Parameter};
use crate::network::compile::Lowering;
use crate::network::lower::Nature;
use crate::network::{Bursts, Pattern, Profile, RatePoint, Step, StepId};
use crate::scenario::Component;
use crate::units::{PerSecond, Seconds};

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

/// How the requests of open traffic follow one another.
pub(super) fn pattern(clients: &Component) -> Pattern {
    match clients.choice(Parameter::ArrivalPattern) {
        Some(Choice::Regular) => Pattern::Renewal { scv: 0.0 },
        Some(Choice::Bursty) => Pattern::Renewal {
            scv: amount(clients.number(Parameter::Burstiness)).max(1.0),
        },
        Some(Choice::Bursts) => {
            let bursts = Bursts {
                factor: amount(clients.number(Parameter::BurstFactor)),
                length: time(clients, Parameter::BurstLength),
                share: share(clients.number(Parameter::BurstShare)),
            };
            // A burst that is always there, never, or no faster, is none.
            if bursts.factor > 1.0 && bursts.share > 0.0 && bursts.share < 1.0 {
                Pattern::Bursts(bursts)
            } else {
                Pattern::POISSON
            }
        }
        _ => Pattern::POISSON,
    }
}

/// The highest that their rate goes, and how it goes through time.
pub(super) fn rate(clients: &Component) -> (PerSecond, Profile) {
    let usual = PerSecond(amount(clients.number(Parameter::RequestRate)));
    if clients.choice(Parameter::TrafficProfile) != Some(Choice::Curve) || clients.curve.is_empty()
    {
        return (usual, profile(clients));
    }
    let rates = || clients.curve.iter().map(|point| amount(point.per_second));
    let peak = rates().fold(0.0, f64::max);
    if peak <= 0.0 {
        return (PerSecond(0.0), Profile::Constant);
    }
    let mut latest = 0.0;
    let points = clients.curve.iter().map(|point| {
        // Whatever a broken document says, time doesn't go back.
        latest = f64::max(latest, amount(point.seconds));
        RatePoint {
            at: Seconds(latest),
            share: amount(point.per_second) / peak,
        }
    });
    (PerSecond(peak), Profile::Lines(points.collect()))
}

/// How their rate goes through time.
fn profile(clients: &Component) -> Profile {
    let low = || share(clients.number(Parameter::LowTraffic));
    let start = || amount(clients.seconds(Parameter::ChangeStart).0);
    let end = || start() + amount(clients.seconds(Parameter::ChangeLength).0);
    let lines = |points: &[(f64, f64)]| {
        let points = points.iter().map(|(at, share)| RatePoint {
            at: Seconds(*at),
            share: *share,
        });
        Profile::Lines(points.collect())
    };
    match clients.choice(Parameter::TrafficProfile) {
        Some(Choice::Ramp) => lines(&[(start(), low()), (end(), 1.0)]),
        Some(Choice::Step) => lines(&[(start(), low()), (start(), 1.0)]),
        Some(Choice::Spike) => lines(&[
            (start(), low()),
            (start(), 1.0),
            (end(), 1.0),
            (end(), low()),
        ]),
        Some(Choice::Daily) => Profile::Daily {
            low: share(clients.number(Parameter::NightShare)),
            period: time(clients, Parameter::DayLength),
        },
        _ => Profile::Constant,
    }
}

/// A time that isn't nought.
fn time(clients: &Component, parameter: Parameter) -> Seconds {
    Seconds(amount(clients.seconds(parameter).0).max(1e-3))
}
