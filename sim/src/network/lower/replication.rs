//! Replication of a relational primary: every replica instance applies every write, in order, and the writer waits for none, all or a
//! majority of them.

use super::{amount, failover, instances, reads};
use crate::catalog::{Choice, Kind, Parameter};
use crate::network::compile::{Lowering, constant};
use crate::network::popularity::key_space;
use crate::network::{Aside, Log, LogCopies, LogId, Mark, Step, StepId, WrittenKeys};
use crate::units::Seconds;

/// Instances of a replica that are told apart; of those beyond, the writes are applied somewhere among them, and nobody waits for that.
const MOST_TOLD_APART: u32 = 64;

/// The links to replicas, and the replicas, in the document's order.
pub(super) fn replicas(lowering: &Lowering<'_>, primary: usize) -> Vec<(usize, usize)> {
    let topology = &lowering.topology;
    topology
        .outgoing(primary)
        .map(|link| (link, topology.target(link)))
        .filter(|(_, target)| topology.kind(*target) == Kind::ReadReplica)
        .collect()
}

fn instances_of(lowering: &Lowering<'_>, replica: usize) -> u32 {
    instances(lowering.topology.component(replica), Parameter::Instances)
}

/// The log of a primary, made when it is first asked for; `None` without replicas.
fn log(lowering: &mut Lowering<'_>, primary: usize) -> Option<LogId> {
    if let Some(log) = lowering.resources[primary].log {
        return Some(log);
    }
    if lowering.topology.kind(primary) != Kind::SqlPrimary {
        return None;
    }
    let replicas: Vec<LogCopies> = replicas(lowering, primary)
        .into_iter()
        .map(|(link, replica)| LogCopies {
            component: lowering.topology.component(replica).id,
            link: lowering.topology.link(link).id,
            instances: instances_of(lowering, replica).min(MOST_TOLD_APART),
        })
        .collect();
    if replicas.is_empty() {
        return None;
    }
    let id = LogId(lowering.network.logs.len() as u32);
    let failover = failover::rule(lowering, primary);
    lowering.network.logs.push(Log {
        primary: lowering.topology.component(primary).id,
        replicas,
        keys: Vec::new(),
        failover,
    });
    lowering.resources[primary].log = Some(id);
    Some(id)
}

/// Which copies of the primary's log a replica keeps.
pub(super) fn copies(
    lowering: &mut Lowering<'_>,
    primary: usize,
    replica: usize,
) -> Option<(LogId, u32)> {
    let log = log(lowering, primary)?;
    let id = lowering.topology.component(replica).id;
    let replicas = &lowering.network.logs[log.0 as usize].replicas;
    let place = replicas.iter().position(|copies| copies.component == id)?;
    Some((log, place as u32))
}

/// Says that a class, if it reads, reads what the primary or one of its replicas holds.
pub(super) fn read_by(lowering: &mut Lowering<'_>, primary: usize, class: usize) {
    if !reads(lowering, class) {
        return;
    }
    let Some(log) = log(lowering, primary) else {
        return;
    };
    let written = written_keys(lowering, class);
    let classes = lowering.network.classes.len();
    let log = &mut lowering.network.logs[log.0 as usize];
    log.keys.resize(classes, None);
    log.keys[class] = Some(written);
}

/// The keys of a class that reads, as writes change them; its share is a weight until all are known.
pub(super) fn written_keys(lowering: &Lowering<'_>, class: usize) -> WrittenKeys {
    let described = lowering.topology.class(class);
    let (keys, zipf_exponent) = key_space(described.keys, described.zipf_exponent);
    WrittenKeys {
        share: lowering.popularity.rates[class],
        keys,
        zipf_exponent,
    }
}

/// What follows a primary's commit.
pub(super) fn after_commit(lowering: &mut Lowering<'_>, primary: usize) -> Vec<StepId> {
    let Some(log) = log(lowering, primary) else {
        return Vec::new();
    };
    let mode = lowering
        .topology
        .component(primary)
        .choice(Parameter::Replication);
    let waits = matches!(mode, Some(Choice::Synchronous | Choice::Quorum));
    // Of each instance that is told apart, how a write gets there and is applied; and of the others, with how many there are.
    let (mut ways, mut others) = (Vec::new(), Vec::new());
    let mut all = 0;
    for (place, (link, replica)) in replicas(lowering, primary).into_iter().enumerate() {
        let component = lowering.topology.component(replica);
        let lag = component.seconds(Parameter::ReplicationLag);
        let id = component.id;
        let (there, back) = lowering.one_way(link);
        let on_the_way = match lowering.network.step(there) {
            Step::Hop { round_trip, .. } => round_trip.0,
            _ => 0.0,
        };
        let behind = Seconds(on_the_way + amount(lag.0));
        let lag = lowering.delay(replica, constant(lag));
        let replay = match failover::apply(lowering, primary, place, behind) {
            Some(acting) => Some(acting),
            None => lowering.resources[replica].work,
        };
        let applied = lowering.network.push(Step::Mark(Mark::Applied {
            log,
            replica: place as u32,
        }));
        let count = instances_of(lowering, replica);
        let told_apart = count.min(MOST_TOLD_APART);
        for instance in 0..told_apart {
            let at = lowering.network.push(Step::Mark(Mark::At {
                component: id,
                instance,
            }));
            let steps = [there].into_iter().chain(lag).chain([at]).chain(replay);
            let steps = steps.chain([applied]).chain(waits.then_some(back));
            ways.push(lowering.sequence(steps.collect()));
        }
        if count > told_apart {
            let steps = [there].into_iter().chain(lag).chain(replay).collect();
            others.push((lowering.sequence(steps), count - told_apart));
        }
        all += count;
    }
    let mut steps = vec![
        lowering
            .network
            .push(Step::Mark(Mark::Written { log, waits })),
    ];
    for (way, count) in others {
        let detached = lowering.network.push(Step::Detach(way, Aside::OwnAccord));
        steps.push(lowering.repeat(f64::from(count), detached));
    }
    if !waits {
        steps.extend(
            ways.into_iter()
                .map(|way| lowering.network.push(Step::Detach(way, Aside::OwnAccord))),
        );
        return steps;
    }
    // The primary is one of those that make a majority. As many of those told apart as correspond to the needed of all.
    let told_apart = ways.len() as u32;
    let needed = match mode {
        Some(Choice::Quorum) => {
            let needed = f64::from(all.div_ceil(2)) * f64::from(told_apart) / f64::from(all);
            (needed.ceil() as u32).clamp(1, told_apart)
        }
        _ => told_apart,
    };
    let fails_over = lowering.network.logs[log.0 as usize].failover.is_some();
    steps.push(match ways.as_slice() {
        // A call that nobody needs any more ends by itself, so it has to be one.
        [one] if !fails_over => *one,
        _ if needed == told_apart => lowering.network.push(Step::Parallel(ways)),
        _ => lowering.network.push(Step::Quorum {
            needed,
            calls: ways,
        }),
    });
    steps.push(lowering.network.push(Step::Mark(Mark::Confirmed(log))));
    steps
}
