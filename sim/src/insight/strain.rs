//! What a design is like for as long as a fault of it lasts, were that for ever: where the fault changes loads and times alone, a steady state has
//! it, too. It knows neither how long a fault lasts nor what waits when it ends.

use crate::network::{Arrivals, Compiled, Effect, Step};
use crate::report::Report;
use crate::scenario::Scenario;
use crate::steady::{Precision, Solver};

/// The figures of a steady state in which the fault at this place of the document's list never ends; `None` where it is of another kind: where
/// instances are away, keys are forgotten or calls are lost.
pub fn while_it_lasts(
    solver: &mut Solver,
    scenario: &Scenario,
    compiled: &Compiled,
    fault: usize,
) -> Option<Report> {
    let mut disturbances = compiled.disturbances.iter();
    let effect = &disturbances.find(|own| own.fault == fault)?.effect;
    let mut strained = compiled.clone();
    let network = &mut strained.network;
    match effect {
        Effect::Traffic { clients, factor } if *factor > 0.0 => {
            let own = network.sources.iter_mut();
            for source in own.filter(|source| clients.contains(&source.component)) {
                match &mut source.arrivals {
                    Arrivals::Open { peak, .. } => peak.0 *= factor,
                    Arrivals::Closed { users, .. } => {
                        *users = libm::round(f64::from(*users) * factor) as u32;
                    }
                }
            }
        }
        Effect::Slow {
            components,
            factor,
            instances: None,
        } => {
            let stations = &network.stations;
            for step in &mut network.steps {
                match step {
                    Step::Serve { station, time }
                        if components.contains(&stations[station.0 as usize].component) =>
                    {
                        *time = time.stretched(*factor);
                    }
                    Step::Delay { component, time } if components.contains(component) => {
                        *time = time.stretched(*factor);
                    }
                    _ => {}
                }
            }
        }
        Effect::Delay { links, added } => {
            for step in &mut network.steps {
                if let Step::Hop {
                    link: Some(link),
                    round_trip,
                } = step
                    && links.contains(link)
                {
                    round_trip.0 += added.0;
                }
            }
        }
        _ => return None,
    }
    Some(solver.figures(scenario, &strained, Precision::Fast))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::catalog::{Kind, Parameter, Value};
    use crate::network::compile;
    use crate::scenario::{ClientsFault, ComponentFault, Fault, Incident, read};

    fn knee() -> Scenario {
        let built_in = crate::builtin::named("knee").expect("it is built in");
        read(built_in.text()).scenario.expect("it is sound")
    }

    fn strained(incident: Incident) -> Option<Report> {
        let mut scenario = knee();
        scenario.faults = vec![Fault {
            start_seconds: 10.0,
            duration_seconds: Some(5.0),
            incident,
        }];
        while_it_lasts(&mut Solver::new(), &scenario, &compile(&scenario), 0)
    }

    /// The design with a parameter of this kind of part so many times as large.
    fn scaled(kind: Kind, parameter: Parameter, by: f64) -> Report {
        let mut scenario = knee();
        for part in scenario
            .components
            .iter_mut()
            .filter(|own| own.kind == kind)
        {
            let value = Value::Number(part.number(parameter) * by);
            part.parameters.insert(parameter, value);
        }
        analyse(&scenario).report
    }

    fn same(one: &Report, other: &Report) {
        let p99 = |report: &Report| report.classes[0].latency.expect("it is steady").p99.0;
        assert!(
            (p99(one) / p99(other) - 1.0).abs() < 1e-3,
            "{} {}",
            p99(one),
            p99(other)
        );
    }

    #[test]
    fn a_fault_that_never_ends_is_another_design() {
        let server = knee().components[1].clone();
        let more = Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 1.5 },
        };
        let more = strained(more).expect("a steady state has it");
        same(&more, &scaled(Kind::Clients, Parameter::RequestRate, 1.5));
        let slow = |instances| Incident::Component {
            id: server.id,
            what: ComponentFault::Slow {
                factor: 1.25,
                instances,
            },
        };
        let slower = strained(slow(None)).expect("a steady state has it");
        same(&slower, &scaled(server.kind, Parameter::CoreSpeed, 0.8));
        // One of several, or none there at all, is no steady state of this form.
        assert_eq!(strained(slow(Some(1))), None);
        let killed = Incident::Component {
            id: server.id,
            what: ComponentFault::Kill { instances: None },
        };
        assert_eq!(strained(killed), None);
    }
}
