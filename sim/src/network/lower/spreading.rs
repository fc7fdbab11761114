//! How requests reach the instances of one component: by the most capable of those that spread them; it knows nothing of the choice
//! between components.

use crate::catalog::{Choice, Kind, Parameter};
use crate::network::compile::Lowering;
use crate::network::lower::{Nature, amount, share};
use crate::network::note::Remark;
use crate::network::popularity::{Coming, key_space};
use crate::network::topology::Topology;
use crate::network::{Dispatch, HealthChecks, Instances, KeyLaw, OutlierEjection, Ring, Watch};
use crate::scenario::{RequestClass, Scenario};
use crate::units::Seconds;

/// Ways of spreading, from the least to the most capable. A component's instances are one station, so one way holds for all its callers:
/// the most capable that any of them uses. (A queue in front of everything beats looking at queues, which beats not looking.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    OnlyFirst,
    ByHash,
    Random,
    RoundRobin,
    TwoChoices,
    LeastConnections,
    Central,
}

/// How the callers of a component spread over its instances, and the instances as far as they are reached at all.
pub(super) fn dispatch(
    lowering: &mut Lowering<'_>,
    component: usize,
    instances: Instances,
) -> (Instances, Dispatch) {
    let alone = instances == Instances::Fixed(1);
    if let Some(watch) = watch(lowering, component, alone) {
        lowering.network.watches.push(watch);
    }
    if alone {
        return (instances, Dispatch::Central);
    }
    let (best, agreed) = way(lowering, component);
    if !agreed {
        lowering.note(Remark::SeveralPolicies, component, None, None);
    }
    match (best, instances) {
        (Way::OnlyFirst, Instances::Fixed(count) | Instances::Scaled { minimum: count, .. }) => {
            lowering.note(Remark::OnlyFirstInstance, component, None, None);
            // An autoscaler sees the average of its machines, of which one works: it adds none.
            let mut shares = vec![0.0; count as usize];
            shares[0] = 1.0;
            if count == 1 {
                return (Instances::Fixed(1), Dispatch::Central);
            }
            (Instances::Fixed(count), Dispatch::Shares(shares))
        }
        (Way::ByHash, Instances::Fixed(count)) => {
            let shares = by_key(lowering, component, count);
            (instances, Dispatch::Shares(shares))
        }
        (Way::ByHash, Instances::Scaled { .. }) => {
            lowering.note(Remark::HashNeedsFixedInstances, component, None, None);
            let classes = key_laws(lowering.topology.scenario);
            note_ring(lowering, component, classes, Vec::new());
            (instances, Dispatch::Random)
        }
        (Way::Random, _) => (instances, Dispatch::Random),
        (Way::RoundRobin, _) => (instances, Dispatch::RoundRobin),
        (Way::TwoChoices, _) => (instances, Dispatch::TwoChoices),
        (Way::LeastConnections, _) => (instances, Dispatch::LeastConnections),
        (Way::Central, _) => (instances, Dispatch::Central),
    }
}

/// Whether a door leaves those of its targets out that don't answer or fail, or lets them start slowly.
pub(in super::super) fn watches_targets(topology: &Topology<'_>, component: usize) -> bool {
    let door = topology.component(component);
    Nature::of(door.kind) == Nature::Door
        && (door.flag(Parameter::HealthChecks)
            || door.flag(Parameter::OutlierEjection)
            || door.seconds(Parameter::SlowStart).0 > 0.0)
}

/// What the first balancer in front that watches anything watches; one that watches is enough for all. An instance that is alone is
/// watched where it is one of several targets.
fn watch(lowering: &Lowering<'_>, component: usize, alone: bool) -> Option<Watch> {
    let topology = &lowering.topology;
    let id = topology.component(component).id;
    let known = lowering.network.watches.iter();
    if known.into_iter().any(|watch| watch.component == id) {
        return None;
    }
    topology.incoming(component).find_map(|link| {
        let door = topology.component(topology.caller(link));
        let has_others = topology.outgoing(topology.caller(link)).nth(1).is_some();
        if Nature::of(door.kind) != Nature::Door || (alone && !has_others) {
            return None;
        }
        let seconds = |parameter| Seconds(amount(door.seconds(parameter).0));
        let health = door.flag(Parameter::HealthChecks).then(|| HealthChecks {
            interval: Seconds(seconds(Parameter::HealthInterval).0.max(1e-3)),
            unhealthy_after: door.count(Parameter::UnhealthyAfter).max(1),
            healthy_after: door.count(Parameter::HealthyAfter).max(1),
        });
        let outliers = door
            .flag(Parameter::OutlierEjection)
            .then(|| OutlierEjection {
                failures: door.count(Parameter::OutlierFailures).max(1),
                time: seconds(Parameter::EjectionTime),
                most: share(door.number(Parameter::MostEjected)),
            });
        let slow_start = seconds(Parameter::SlowStart);
        let watches = health.is_some() || outliers.is_some() || slow_start.0 > 0.0;
        watches.then_some(Watch {
            component: id,
            link: Some(topology.link(link).id),
            health,
            outliers,
            slow_start,
        })
    })
}

/// The shares of a component's instances that are asked by the key of each request.
fn by_key(lowering: &mut Lowering<'_>, component: usize, instances: u32) -> Vec<f64> {
    let topology = &lowering.topology;
    let scenario = topology.scenario;
    let id = topology.component(component).id;
    let coming = scenario.classes.iter().map(|class| {
        let mut links = topology.incoming(component);
        match links.any(|link| topology.link(link).carries(class.id)) {
            true => Coming::All,
            false => Coming::Not,
        }
    });
    let coming: Vec<Coming> = coming.collect();
    let (together, shares) =
        lowering
            .popularity
            .ring_shares(scenario, id, instances as usize, &coming);
    note_ring(lowering, component, key_laws(scenario), shares);
    together
}

/// Divides the keys of instances anew where a door that picks its target by the key gives a component only some of them: these are the same keys each
/// time, so that who has the hottest of all is known. Once all plans stand.
pub(in super::super) fn divide_keys(lowering: &mut Lowering<'_>) {
    for place in 0..lowering.network.rings.len() {
        let ring = &lowering.network.rings[place];
        let (id, shares) = (ring.component, &ring.shares);
        let instances = shares.iter().map(Vec::len).max().unwrap_or(0);
        let component = lowering.topology.scenario.components.iter();
        let Some(component) = component.into_iter().position(|known| known.id == id) else {
            continue;
        };
        let classes = shares.iter().enumerate();
        let coming = classes.map(|(class, shares)| match shares.is_empty() {
            true => Coming::Not,
            false => coming(lowering, component, class),
        });
        let coming: Vec<Coming> = coming.collect();
        let divided = |coming: &Coming| matches!(coming, Coming::ByKey { .. });
        if instances < 2 || !coming.iter().any(divided) {
            continue;
        }
        let scenario = lowering.topology.scenario;
        let (together, shares) =
            (lowering.popularity).ring_shares(scenario, id, instances, &coming);
        lowering.network.rings[place].shares = shares;
        let stations = lowering.network.stations.iter_mut();
        for station in stations.filter(|station| station.component == id) {
            if let Dispatch::Shares(shares) = &mut station.dispatch
                && shares.len() == instances
            {
                shares.clone_from(&together);
            }
        }
    }
}

/// Which requests of a class come to a component, as the plans have it: those that its only caller picks it for by their keys, else all.
fn coming(lowering: &Lowering<'_>, component: usize, class: usize) -> Coming {
    let topology = &lowering.topology;
    let mut callers = (topology.incoming(component))
        .map(|link| topology.caller(link))
        .filter(|caller| lowering.is_reached(*caller, class))
        .filter(|caller| {
            let mut calls = lowering.plan(*caller, class);
            calls.any(|call| topology.target(lowering.planned(call).link as usize) == component)
        });
    let (Some(door), None) = (callers.next(), callers.next()) else {
        return Coming::All;
    };
    let calls = lowering
        .plan(door, class)
        .map(|call| lowering.planned(call));
    let targets: Option<Vec<(u32, f64)>> = calls
        .map(|call| {
            let target = topology.target(call.link as usize);
            Some((topology.component(target).id.0, call.key_weight?))
        })
        .collect();
    match targets {
        Some(targets) if targets.len() > 1 => Coming::ByKey {
            door: topology.component(door).id,
            targets,
        },
        _ => Coming::All,
    }
}

/// The instances of a component are asked by keys.
fn note_ring(
    lowering: &mut Lowering<'_>,
    component: usize,
    classes: Vec<KeyLaw>,
    shares: Vec<Vec<f64>>,
) {
    let component = lowering.topology.component(component).id;
    let rings = &mut lowering.network.rings;
    if rings.iter().all(|known| known.component != component) {
        rings.push(Ring {
            component,
            classes,
            shares,
        });
    }
}

/// What the requests of each class ask for.
pub(in super::super) fn key_laws(scenario: &Scenario) -> Vec<KeyLaw> {
    let law = |class: &RequestClass| {
        let (keys, exponent) = key_space(class.keys, class.zipf_exponent);
        KeyLaw { keys, exponent }
    };
    scenario.classes.iter().map(law).collect()
}

/// The shares of nodes over which the keys of everything that reaches the component divide by hash.
pub(super) fn hashed(lowering: &mut Lowering<'_>, component: usize, nodes: u32) -> Vec<f64> {
    let topology = &lowering.topology;
    let carried = |class: usize| {
        let id = topology.class(class).id;
        topology
            .incoming(component)
            .any(|link| topology.link(link).carries(id))
    };
    lowering
        .popularity
        .shares(topology.scenario, nodes as usize, Choice::ByHash, carried)
}

/// The most capable way among the callers, and whether all use the same.
fn way(lowering: &Lowering<'_>, component: usize) -> (Way, bool) {
    let topology = &lowering.topology;
    let mut ways = topology.incoming(component).filter_map(|link| {
        let caller = topology.caller(link);
        let policy = |parameter| topology.component(caller).choice(parameter);
        match topology.kind(caller) {
            Kind::Clients => Some(from_clients(lowering, caller, component)),
            Kind::Dns => Some(by_dns(
                policy(Parameter::DnsPolicy),
                topology.kind(component),
            )),
            Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy => {
                Some(match policy(Parameter::BalancingPolicy) {
                    Some(Choice::LeastConnections) => Way::LeastConnections,
                    Some(Choice::TwoChoices) => Way::TwoChoices,
                    Some(Choice::ConsistentHash) => Way::ByHash,
                    Some(Choice::Random) => Way::Random,
                    // Weights tell components apart; the instances of one are equal and take turns.
                    _ => Way::RoundRobin,
                })
            }
            Kind::Queue | Kind::Topic => Some(Way::Central),
            // Replication feeds every replica; it spreads nothing.
            Kind::SqlPrimary => None,
            // Client-side balancing: each caller picks one at random.
            _ => Some(Way::Random),
        }
    });
    let Some(first) = ways.next() else {
        return (Way::Random, true);
    };
    ways.fold((first, true), |(best, agreed), way| {
        (best.max(way), agreed && best == way)
    })
}

/// Whether the provider of this kind spreads requests over its nodes by itself.
fn is_managed(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::ReverseProxy | Kind::Service | Kind::Worker | Kind::SingleBox
    )
}

fn from_clients(lowering: &Lowering<'_>, clients: usize, target: usize) -> Way {
    let topology = &lowering.topology;
    let resolver = topology
        .outgoing(clients)
        .map(|link| topology.target(link))
        .find(|target| Nature::of(topology.kind(*target)) == Nature::Resolver);
    match resolver {
        Some(dns) => by_dns(
            topology.component(dns).choice(Parameter::DnsPolicy),
            topology.kind(target),
        ),
        None if is_managed(topology.kind(target)) => Way::Random,
        None => Way::OnlyFirst,
    }
}

/// Clients that were told one of several addresses.
fn by_dns(policy: Option<Choice>, target: Kind) -> Way {
    if policy == Some(Choice::Failover) && !is_managed(target) {
        Way::OnlyFirst
    } else {
        Way::Random
    }
}
