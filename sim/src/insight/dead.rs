//! Whether a design sends its requests to a machine that is dead for the very reason that it is dead. It doesn't run it.

use crate::catalog::{Choice, Parameter};
use crate::scenario::{ClassId, Component, ComponentFault, ComponentId, Fault, Incident, Scenario};

/// What draws requests to the machine that this fault kills or restarts, in words: who picks the emptiest target asks one that refuses at once, for it
/// never has anything in progress, unless something notices that it fails. (Google's Site Reliability Engineering, 2016, chapter 20 "Load
/// Balancing in the Datacenter", calls it the sinkhole effect of least-loaded round robin.) `None` where it does neither, or something notices,
/// or nobody looks at how empty it is.
pub fn drawn_to_the_dead(scenario: &Scenario, fault: &Fault) -> Option<String> {
    let (id, instances) = match fault.incident {
        Incident::Component {
            id,
            what: ComponentFault::Kill { instances },
        } => (id, instances),
        // One after the other.
        Incident::Component {
            id,
            what: ComponentFault::RollingDeploy { .. },
        } => (id, Some(1)),
        _ => return None,
    };
    let part = scenario.component(id)?;
    let mut doors = (scenario.links.iter().filter(|link| link.to == id))
        .filter_map(|link| scenario.component(link.from));
    let door = doors.find(|door| picks_unwatched(door))?;
    let reaches = |part: ComponentId, class: ClassId| {
        let mut links = scenario.links.iter();
        links.any(|link| link.from == door.id && link.to == part && link.carries(class))
    };
    // Only who takes the same requests can lose them to it.
    let siblings = (scenario.links.iter()).any(|link| {
        let mut classes = scenario.classes.iter().map(|class| class.id);
        link.from == door.id
            && link.to != id
            && classes.any(|class| link.carries(class) && reaches(id, class))
    });
    let some_stay = instances.is_some_and(|killed| part.first_instances() > f64::from(killed));
    (some_stay || siblings).then(|| {
        format!(
            "At {} each request goes to whoever has the fewest in progress, and a dead machine of {} refuses at once, so that it always has none: it draws far more than its share to itself. Nothing there notices that it is dead.",
            door.name, part.name
        )
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
