//! Which objectives nothing that could be drawn would meet, because of what the users are and not of what serves them: the price of
//! their answers, how far away they are, how much they ask for. It grades nothing.

use crate::catalog::{self, Choice, Kind, Parameter, Value};
use crate::quantities::{dollars, rate, time};
use crate::report::{ClassReport, Report};
use crate::scenario::{Component, Scenario, Target};
use crate::units::{PerSecond, Seconds};

/// Why no part that could be added or changed would meet this target, and what would; `None` when one might.
pub(super) fn out_of_reach<'a>(
    scenario: &Scenario,
    report: &Report,
    target: Target,
    mut sent: impl Iterator<Item = &'a ClassReport>,
) -> Option<String> {
    match target {
        Target::CostAtMostDollarsPerMonth(bound) => {
            let least = report.cost.least;
            (least.0 > bound).then(|| {
                format!(
                    "Out of reach for any design: sending the answers to the users costs at least {} a month at today's prices and load, before a single machine is paid. Allow more, make the answers smaller, or expect fewer requests.",
                    dollars(least)
                )
            })
        }
        Target::GoodputAtLeastPerSecond(bound) => {
            let offered: f64 = sent.map(|class| class.offered.0).sum();
            (offered < bound * (1.0 - 1e-9) && every_source_is_open(scenario)).then(|| {
                format!(
                    "Out of reach for any design: the users send only {}. Ask for less, or let them send more.",
                    rate(PerSecond(offered))
                )
            })
        }
        Target::MeanAtMostSeconds(bound)
        | Target::P95AtMostSeconds(bound)
        | Target::P99AtMostSeconds(bound) => {
            let way = shortest_way(scenario).filter(|way| way.0 > bound)?;
            sent.next().map(|_| {
                format!(
                    "Out of reach for any design: the way from the users and back takes {} at the least, even to an edge near them. Allow more.",
                    time(way)
                )
            })
        }
        Target::SuccessAtLeast(_) | Target::UtilisationAtMost(_) => None,
    }
}

fn clients(scenario: &Scenario) -> impl Iterator<Item = &Component> {
    let components = scenario.components.iter();
    components.filter(|component| component.kind == Kind::Clients)
}

fn every_source_is_open(scenario: &Scenario) -> bool {
    clients(scenario).all(|clients| clients.choice(Parameter::Traffic) != Some(Choice::Closed))
}

/// The shortest round trip that any user could have: to the nearest place that can be reached, or to an edge, drawn or not.
fn shortest_way(scenario: &Scenario) -> Option<Seconds> {
    let own = clients(scenario).map(|clients| clients.seconds(Parameter::ClientRoundTrip));
    let set = scenario.links.iter().filter_map(|link| {
        let from = scenario.component(link.from)?;
        (from.kind == Kind::Clients).then_some(())?;
        link.round_trip_seconds.map(Seconds)
    });
    let edges = scenario
        .components
        .iter()
        .filter(|component| component.kind == Kind::Cdn)
        .map(|edge| edge.seconds(Parameter::EdgeRoundTrip));
    // The catalog's edge, in its unit.
    let usual = default_number(Kind::Cdn, Parameter::EdgeRoundTrip)
        .map(|milliseconds| Seconds(milliseconds / 1e3));
    let shortest = |one: Seconds, other: Seconds| if other < one { other } else { one };
    let ways = own.chain(set).reduce(shortest)?;
    Some(edges.chain(usual).fold(ways, shortest))
}

/// The least that a gigabyte for these clients could cost: by their own price or an edge's, drawn or not.
pub(super) fn cheapest_gigabyte(scenario: &Scenario, clients: &Component) -> f64 {
    let edges = scenario
        .components
        .iter()
        .filter(|component| component.kind == Kind::Cdn)
        .map(|edge| edge.number(Parameter::TransferPrice));
    let usual = default_number(Kind::Cdn, Parameter::TransferPrice);
    edges
        .chain(usual)
        .fold(clients.number(Parameter::TransferPrice), f64::min)
}

fn default_number(kind: Kind, parameter: Parameter) -> Option<f64> {
    match catalog::parameter(kind, parameter)?.default {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::analyse;
    use crate::catalog::{Kind, Parameter, Value};
    use crate::report::ObjectiveOutcome;
    use crate::scenario::{
        ClassId, Component, ComponentId, Link, LinkId, Objective, Operation, Point, RequestClass,
        Scenario, Target,
    };

    /// 100 requests a second of 1 MB each, 0.09 $/GB for the users and 0.085 $/GB from an edge.
    fn graded(target: Target) -> ObjectiveOutcome {
        let part = |id, kind| Component::new(ComponentId(id), kind, "part", Point::default());
        let mut clients = part(1, Kind::Clients);
        let rate = Value::Number(100.0);
        clients.parameters.insert(Parameter::RequestRate, rate);
        let mut scenario = Scenario {
            components: vec![clients, part(2, Kind::Station)],
            links: vec![Link::new(LinkId(1), ComponentId(1), ComponentId(2))],
            classes: vec![RequestClass {
                response_bytes: 1e6,
                ..RequestClass::new(ClassId(1), "read", Operation::Read)
            }],
            ..Scenario::default()
        };
        let objective = Objective {
            class: None,
            target,
        };
        scenario.objectives.push(objective);
        analyse(&scenario).report.objectives.remove(0)
    }

    #[test]
    fn a_budget_below_the_price_of_the_answers_is_out_of_reach() {
        // 100/s × 1 MB × 2,628,000 s = 262,800 GB, at 0.085 $ each 22,338 $.
        let reason = graded(Target::CostAtMostDollarsPerMonth(22_300.0)).out_of_reach;
        let reason = reason.expect("nothing drawn brings that down");
        assert!(reason.contains("at least $22,338 a month"), "{reason}");
        // With an edge it could be met, as it isn't today.
        let outcome = graded(Target::CostAtMostDollarsPerMonth(22_400.0));
        assert!(!outcome.met && outcome.out_of_reach.is_none());
    }

    #[test]
    fn more_answers_than_requests_are_out_of_reach() {
        let reason = graded(Target::GoodputAtLeastPerSecond(101.0)).out_of_reach;
        let reason = reason.expect("nobody asks so often");
        assert!(reason.contains("send only 100 /s"), "{reason}");
        assert_eq!(
            graded(Target::GoodputAtLeastPerSecond(100.0)).out_of_reach,
            None
        );
    }

    #[test]
    fn an_answer_before_the_request_can_have_arrived_is_out_of_reach() {
        let reason = graded(Target::MeanAtMostSeconds(0.001)).out_of_reach;
        let reason = reason.expect("an edge is 20 ms away");
        assert!(reason.contains("takes 20 ms at the least"), "{reason}");
        let possible = graded(Target::MeanAtMostSeconds(0.021));
        assert!(!possible.met && possible.out_of_reach.is_none());
    }
}
