//! What a primary and its replicas do in each other's place after a failover: the same queries on the machines of the others. It knows
//! neither who fails nor when.

use super::sql::{Node, touch_rows, write_work};
use super::{replication, share};
use crate::catalog::{Kind, Parameter};
use crate::network::compile::Lowering;
use crate::network::{Failover, LogId, Mark, Rejoin, Step, StepId, Task};
use crate::units::Seconds;

/// How the primary's place is taken; `None` when everybody waits for it.
pub(super) fn rule(lowering: &Lowering<'_>, primary: usize) -> Option<Failover> {
    let this = lowering.topology.component(primary);
    let seconds = |parameter| Seconds(super::amount(this.seconds(parameter).0));
    let topology = &lowering.topology;
    let callers = |part: usize| {
        let links = topology.incoming(part);
        let links = links.filter(|link| topology.kind(topology.caller(*link)) != Kind::SqlPrimary);
        links.map(|link| topology.link(link).id).collect()
    };
    this.flag(Parameter::AutomaticFailover).then(|| Failover {
        detection: seconds(Parameter::DetectionTime),
        promotion: seconds(Parameter::PromotionTime),
        rejoin: Vec::new(),
        callers: [primary]
            .into_iter()
            .chain(
                (replication::replicas(lowering, primary).into_iter()).map(|(_, replica)| replica),
            )
            .map(callers)
            .collect(),
    })
}

/// The log of a primary that fails over, and who has a part in it: the primary, then the replicas in the log's order.
fn parts(lowering: &Lowering<'_>, primary: usize) -> Option<(LogId, Vec<usize>)> {
    let log = lowering.resources[primary].log?;
    lowering.network.logs[log.0 as usize].failover.as_ref()?;
    let replicas = replication::replicas(lowering, primary);
    let replicas = replicas.into_iter().map(|(_, replica)| replica);
    Some((log, [primary].into_iter().chain(replicas).collect()))
}

/// The primary that a replica follows: the first of those that feed it.
fn primary_of(lowering: &Lowering<'_>, replica: usize) -> Option<usize> {
    let topology = &lowering.topology;
    topology
        .incoming(replica)
        .map(|link| topology.caller(link))
        .find(|caller| topology.kind(*caller) == Kind::SqlPrimary)
}

/// Says that the class touches rows of everybody who may act for the primary.
pub(super) fn touch_all_rows(lowering: &mut Lowering<'_>, primary: usize, class: usize) {
    let Some((_, parts)) = parts(lowering, primary) else {
        return;
    };
    for part in parts {
        if let Some(store) = lowering.resources[part].store {
            touch_rows(lowering, part, store, class);
        }
    }
}

/// A read or a write of the primary, by whoever acts as it; `own` is what the primary itself does, and `after` follows every commit.
pub(super) fn query(
    lowering: &mut Lowering<'_>,
    primary: usize,
    own: StepId,
    after: Option<&[StepId]>,
) -> StepId {
    let Some((log, parts)) = parts(lowering, primary) else {
        return own;
    };
    let mut ways = vec![own];
    for part in parts.into_iter().skip(1) {
        let Some(node) = Node::of(lowering, part) else {
            return own;
        };
        ways.push(match after {
            None => node.read(lowering, part, None),
            Some(after) => {
                let mut body = node.write_body(lowering, part, primary);
                body.extend_from_slice(after);
                node.connected(lowering, body)
            }
        });
    }
    lowering.network.push(Step::Acting {
        log,
        part: 0,
        task: Task::Query,
        ways,
    })
}

/// A read of a replica, by whoever keeps its copies; `own` is what the replica itself does.
pub(super) fn read(lowering: &mut Lowering<'_>, replica: usize, own: StepId) -> StepId {
    let Some(primary) = primary_of(lowering, replica) else {
        return own;
    };
    let (Some((log, parts)), Some(pool)) =
        (parts(lowering, primary), lowering.resources[replica].pool)
    else {
        return own;
    };
    let Some(place) = parts.iter().position(|part| *part == replica) else {
        return own;
    };
    let mut ways = Vec::with_capacity(parts.len());
    for part in parts {
        if part == replica {
            ways.push(own);
            continue;
        }
        let Some(node) = Node::of(lowering, part) else {
            return own;
        };
        let look = lowering.network.push(Step::Mark(Mark::Read {
            log,
            replica: place as u32 - 1,
        }));
        ways.push(node.read(lowering, part, Some(look)));
    }
    lowering.network.push(Step::Acting {
        log,
        part: place as u32,
        task: Task::Read(pool),
        ways,
    })
}

/// Applying a write of the primary at a copy of its replica of this place, by whoever keeps the copy; nothing of it waits for a process but
/// at replicas. Also says how long a copy that was away takes: `lag` until it gets what it has missed.
pub(super) fn apply(
    lowering: &mut Lowering<'_>,
    primary: usize,
    place: usize,
    lag: Seconds,
) -> Option<StepId> {
    let (log, parts) = parts(lowering, primary)?;
    let done = lowering.done();
    let replica = lowering.topology.component(parts[place + 1]);
    let work = write_work(lowering.topology.component(primary))
        * share(replica.number(Parameter::ReplayShare));
    let at_once = replica
        .count(Parameter::ReplayProcesses)
        .min(replica.count(Parameter::Cores))
        .max(1);
    let node = Node::of(lowering, parts[place + 1])?;
    let rejoin = Rejoin {
        lag,
        write: work * (1.0 / (node.machine.speed * f64::from(at_once))),
    };
    let node = Node::of(lowering, primary)?;
    let by_primary = node
        .machine
        .work(lowering.topology.component(primary), work);
    let by_primary = lowering.serve(node.cores, by_primary).unwrap_or(done);
    let by_replicas = parts[1..]
        .iter()
        .map(|part| lowering.resources[*part].work.unwrap_or(done));
    let ways = [by_primary].into_iter().chain(by_replicas).collect();
    if let Some(failover) = &mut lowering.network.logs[log.0 as usize].failover {
        failover.rejoin.push(rejoin);
    }
    Some(lowering.network.push(Step::Acting {
        log,
        part: place as u32 + 1,
        task: Task::Apply,
        ways,
    }))
}
