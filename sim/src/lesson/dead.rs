//! Whether a design sends its requests to a machine that is dead for the very reason that it is dead. It doesn't run it.

use crate::catalog::{Choice, Parameter};
use crate::scenario::{Component, ComponentFault, Incident, Scenario};

/// What draws requests to a dead machine, in words: who picks the emptiest target asks one that refuses at once, for it never has anything in
/// progress, unless something notices that it fails. (Google's Site Reliability Engineering, 2016, chapter 20 "Load Balancing in the
/// Datacenter", calls it the sinkhole effect of least-loaded round robin.) `None` where no machine dies in a run of this many seconds, or something notices, or nobody
/// looks at how empty it is.
pub fn drawn_to_the_dead(scenario: &Scenario, run_seconds: Option<f64>) -> Option<String> {
    let begins = |start: f64| run_seconds.is_none_or(|seconds| start < seconds);
    let killed = scenario
        .faults
        .iter()
        .filter_map(|fault| match fault.incident {
            Incident::Component {
                id,
                what: ComponentFault::Kill { instances },
            } if begins(fault.start_seconds) => Some((scenario.component(id)?, instances)),
            _ => None,
        });
    killed.into_iter().find_map(|(part, instances)| {
        let door = scenario
            .links
            .iter()
            .filter(|link| link.to == part.id)
            .filter_map(|link| scenario.component(link.from))
            .find(|door| picks_unwatched(door))?;
        let siblings = scenario.links.iter().filter(|link| link.from == door.id);
        let some_stay = match instances {
            Some(instances) => part.count(Parameter::Instances) > instances,
            None => false,
        };
        if !some_stay && siblings.count() < 2 {
            return None;
        }
        Some(format!(
            "{} sends each request to whoever has the fewest in progress, and a dead machine of {} refuses at once, so that it always has none: it draws far more than its share to itself. Nothing tells {0} that it is dead.",
            door.name, part.name
        ))
    })
}

/// Whether it looks at how much its targets have in progress, and at nothing else about them.
fn picks_unwatched(door: &Component) -> bool {
    let by_load = matches!(
        door.choice(Parameter::BalancingPolicy),
        Some(Choice::LeastConnections | Choice::TwoChoices)
    );
    by_load && !door.flag(Parameter::HealthChecks) && !door.flag(Parameter::OutlierEjection)
}
