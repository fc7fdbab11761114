//! How much load a part itself could bear, were nothing else full before it. It knows reports, not what the parts are for.

use crate::network::{Arrivals, Instances, Network, Role, compile};
use crate::report::{Report, StationReport};
use crate::scenario::{ComponentId, Scenario};
use crate::steady::{Precision, Solver};

/// The share of the highest load at which a design is looked at that is asked for more than it can do: there nothing is held back.
const ORDINARY: f64 = 0.5;

/// The load (requests a second over all classes, today's mix and hit ratios kept) at which this part is full; infinite where nothing limits it,
/// `None` where nobody asks it.
///
/// A part is full at today's load over its utilisation (the utilisation law: Denning and Buzen 1978, eq. 3), scaled parts at their most instances.
pub(super) fn capacity(scenario: &Scenario, report: &Report, part: ComponentId) -> Option<f64> {
    let limits = [&report.bottleneck, &report.next_bottleneck];
    let mut limits = limits.into_iter().flatten();
    if let Some(own) = limits.find(|own| own.component == part) {
        return Some(own.saturates_at.0);
    }
    let mut compiled = compile(scenario);
    if report.head_room >= 0.0 {
        return by_utilisation(&compiled.network, report, part);
    }
    // What holds requests back lets this part seem less busy than it would be.
    let factor = ORDINARY * (1.0 + report.head_room);
    for source in &mut compiled.network.sources {
        if let Arrivals::Open { peak, .. } = &mut source.arrivals {
            peak.0 *= factor;
        }
    }
    let calm = Solver::new().figures(scenario, &compiled, Precision::Fast);
    by_utilisation(&compiled.network, &calm, part)
}

fn by_utilisation(network: &Network, report: &Report, part: ComponentId) -> Option<f64> {
    let today: f64 = report.classes.iter().map(|own| own.offered.0).sum();
    let own = || report.stations.iter().filter(|own| own.component == part);
    let is_pool = |own: &&StationReport| matches!(own.role, Role::Threads | Role::Connections);
    // Tokens are held for as long as the work below them takes: where a part has work of its own, that says when it is full.
    let works = own().filter(|own| !is_pool(own) && own.offered_load > 0.0);
    let pressure = |own: &StationReport| {
        let instances = match network.station(own.station).instances {
            Instances::Scaled { maximum, .. } => maximum.max(1),
            Instances::Fixed(_) => own.instances,
        };
        let skew = match own.utilisation > 0.0 {
            true => own.busiest_utilisation / own.utilisation,
            false => 1.0,
        };
        own.offered_load / (f64::from(own.servers) * f64::from(instances)) * skew
    };
    let most = |stations: &mut dyn Iterator<Item = &StationReport>| {
        stations.map(pressure).reduce(f64::max)
    };
    let highest = most(&mut works.into_iter()).or_else(|| most(&mut own()))?;
    Some(if highest > 0.0 {
        today / highest
    } else {
        f64::INFINITY
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::catalog::{Kind, Parameter, Value};
    use crate::scenario::read;

    /// Without a cache, whose hit ratio would be another at another load.
    fn stage() -> Scenario {
        let built_in = crate::builtin::named("stage-2").expect("it is built in");
        read(built_in.text()).scenario.expect("it is sound")
    }

    /// The load at which the solver says that a part is full whose cores are so many times as slow that nothing else is full before: as many times
    /// as much are enough for the part as it is.
    fn alone(scenario: &Scenario, part: ComponentId) -> f64 {
        const SLOWER: f64 = 400.0;
        let mut slow = scenario.clone();
        let own = slow.components.iter_mut().find(|own| own.id == part);
        let own = own.expect("it is drawn");
        let speed = Value::Number(own.number(Parameter::CoreSpeed) / SLOWER);
        own.parameters.insert(Parameter::CoreSpeed, speed);
        let limit = analyse(&slow).report.bottleneck.expect("a limit");
        assert_eq!(limit.component, part);
        SLOWER * limit.saturates_at.0
    }

    #[test]
    fn a_part_bears_what_the_solver_says_of_it_where_it_is_full_first() {
        let mut scenario = stage();
        for factor in [1.0, 4.0] {
            for own in &mut scenario.components {
                if own.kind == Kind::Clients {
                    let value = Value::Number(own.number(Parameter::RequestRate) * factor);
                    own.parameters.insert(Parameter::RequestRate, value);
                }
            }
            let report = analyse(&scenario).report;
            assert_eq!(report.head_room < 0.0, factor > 1.0, "{}", report.head_room);
            for kind in [Kind::SqlPrimary, Kind::ReadReplica] {
                let part = scenario.components.iter().find(|own| own.kind == kind);
                let part = part.expect("it is drawn").id;
                let (own, alone) = (capacity(&scenario, &report, part), alone(&scenario, part));
                let own = own.expect("it is asked");
                assert!((own / alone - 1.0).abs() < 0.02, "{kind:?}: {own} {alone}");
            }
        }
    }
}
