//! A design that makes no sense is told so, with the parts' names and what to do; a sensible one is left in peace.

use loadscape_sim::catalog::ZoneKind;
use loadscape_sim::catalog::{
    Choice, KINDS, Kind, LinkMeaning, Parameter, Unlimited, Value, connection,
};
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::scenario::{
    Call, CallMode, CallPlan, ClassId, Component, ComponentId, CurvePoint, Link, LinkId, Objective,
    Operation, PlanStep, Point, Rectangle, RequestClass, Scenario, Severity, Target, Zone, ZoneId,
    cycles, validate,
};

/// A design of these kinds, numbered from 1 and named by their labels, with links between these numbers.
fn design(kinds: &[Kind], links: &[(u32, u32)]) -> Scenario {
    let mut scenario = Scenario::default();
    for kind in kinds {
        let id = scenario.next_component_id();
        let name = scenario.next_component_name(*kind);
        scenario.components.push(Component::new(
            id,
            *kind,
            name,
            Point {
                x: f64::from(id.0) * 200.0,
                y: 0.0,
            },
        ));
    }
    for (from, to) in links {
        let id = LinkId(scenario.links.len() as u32 + 1);
        scenario
            .links
            .push(Link::new(id, ComponentId(*from), ComponentId(*to)));
    }
    scenario
}

fn texts(scenario: &Scenario) -> Vec<String> {
    validate(scenario)
        .iter()
        .map(|problem| format!("{}: {problem}", problem.severity))
        .collect()
}

/// That there is one problem, and that its text has these parts.
fn assert_told(scenario: &Scenario, parts: &[&str]) {
    let texts = texts(scenario);
    assert_eq!(texts.len(), 1, "{texts:#?}");
    for part in parts {
        assert!(texts[0].contains(part), "{part} in {}", texts[0]);
    }
}

#[test]
fn an_empty_drawing_and_a_sensible_design_have_no_problems() {
    assert_eq!(texts(&Scenario::default()), [""; 0]);
    let sensible = design(
        &[
            Kind::Clients,
            Kind::Dns,
            Kind::LoadBalancer,
            Kind::Service,
            Kind::Cache,
            Kind::SqlPrimary,
            Kind::ReadReplica,
            Kind::Queue,
            Kind::Worker,
        ],
        &[
            (1, 2),
            (1, 3),
            (3, 4),
            (4, 5),
            (4, 6),
            (4, 7),
            (6, 7),
            (4, 8),
            (8, 9),
            (9, 6),
        ],
    );
    assert_eq!(texts(&sensible), [""; 0]);
}

#[test]
fn generated_scenarios_have_no_problems() {
    for seed in 0..300 {
        let scenario = generate(seed, 3 + seed as usize % 70);
        assert_eq!(texts(&scenario), [""; 0], "seed {seed}");
        assert_eq!(scenario.components.len(), 3 + seed as usize % 70);
        assert_eq!(generate(seed, 3 + seed as usize % 70), scenario);
    }
    let kinds: std::collections::BTreeSet<Kind> = generate(5, 300)
        .components
        .iter()
        .map(|component| component.kind)
        .collect();
    assert_eq!(kinds.len(), KINDS.len(), "a large one has every kind");
}

#[test]
fn a_circle_of_synchronous_calls_is_named_in_calling_order() {
    let circle = design(
        &[
            Kind::Clients,
            Kind::Service,
            Kind::Service,
            Kind::ApiGateway,
        ],
        &[(1, 2), (2, 3), (3, 4), (4, 2)],
    );
    assert_told(
        &circle,
        &[
            "error",
            "Service → Service 2 → API gateway → Service",
            "each waits for the next",
            "Remove one",
        ],
    );
    assert!(cycles(&circle)[0].synchronous);
    assert_eq!(cycles(&circle)[0].links, [LinkId(2), LinkId(3), LinkId(4)]);
}

#[test]
fn a_circle_of_messages_is_reported_too() {
    let circle = design(
        &[Kind::Clients, Kind::Service, Kind::Queue, Kind::Worker],
        &[(1, 2), (2, 3), (3, 4), (4, 3)],
    );
    assert_told(
        &circle,
        &["Message queue → Worker → Message queue", "begets another"],
    );
    assert!(!cycles(&circle)[0].synchronous);
}

#[test]
fn links_that_carry_different_classes_make_no_circle() {
    let mut scenario = design(
        &[Kind::Clients, Kind::Service, Kind::Service],
        &[(1, 2), (2, 3), (3, 2)],
    );
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    assert_eq!(cycles(&scenario).len(), 1);
    scenario.links[1].classes = vec![ClassId(1)];
    scenario.links[2].classes = vec![ClassId(2)];
    assert_eq!(cycles(&scenario), []);
}

#[test]
fn a_call_plan_can_break_a_circle_and_make_one_asynchronous() {
    let mut scenario = design(
        &[Kind::Clients, Kind::Service, Kind::Service],
        &[(1, 2), (2, 3), (3, 2)],
    );
    let plan = |calls: Vec<Call>| {
        vec![CallPlan {
            class: ClassId(1),
            steps: vec![PlanStep { calls }],
        }]
    };
    scenario.components[2].plans = plan(vec![]);
    assert_eq!(cycles(&scenario), []);
    scenario.components[2].plans = plan(vec![Call {
        mode: CallMode::FireAndForget,
        ..Call::once(LinkId(3))
    }]);
    assert!(!cycles(&scenario)[0].synchronous);
}

#[test]
fn chains_of_any_length_are_searched_without_exhausting_the_stack() {
    let links: Vec<(u32, u32)> = (1..5_000)
        .map(|from| (from, from + 1))
        .chain([(5_000, 1)])
        .collect();
    let mut scenario = design(&[], &links);
    scenario.components = (1..=5_000)
        .map(|id| Component::new(ComponentId(id), Kind::Service, "", Point::default()))
        .collect();
    let found = cycles(&scenario);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].components.len(), 5_000);
}

#[test]
fn clients_without_a_way_in_are_told() {
    assert_told(
        &design(&[Kind::Clients], &[]),
        &[
            "Component \"Clients\" (1)",
            "No link leads from these clients",
        ],
    );
    assert_told(
        &design(&[Kind::Clients, Kind::Dns], &[(1, 2)]),
        &["from DNS"],
    );
    let mut scenario = design(&[Kind::Clients, Kind::Service], &[(1, 2)]);
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "upload", Operation::Write));
    scenario.links[0].classes = vec![ClassId(1)];
    assert_told(
        &scenario,
        &["class \"upload\"", "none of their links carries"],
    );
    scenario.components[0].mix = vec![(ClassId(1), 1.0)];
    assert_eq!(texts(&scenario), [""; 0]);
}

#[test]
fn parts_that_nobody_reaches_are_told() {
    let with = |kind| design(&[Kind::Clients, Kind::Service, kind], &[(1, 2)]);
    assert_told(
        &with(Kind::SqlPrimary),
        &["SQL primary", "No request reaches this data store"],
    );
    assert_told(&with(Kind::Dns), &["No clients ask it"]);
    assert_told(&with(Kind::Worker), &["has no queue"]);
    assert_told(&with(Kind::ReadReplica), &["has no primary"]);
    assert_told(
        &design(
            &[Kind::Clients, Kind::Service, Kind::Queue],
            &[(1, 2), (2, 3)],
        ),
        &["Message queue", "never worked off"],
    );
    assert_told(
        &design(
            &[Kind::Clients, Kind::Service, Kind::Topic],
            &[(1, 2), (2, 3)],
        ),
        &["no subscribers"],
    );
    // Without clients nothing is reached, which needs no saying.
    assert_eq!(
        texts(&design(&[Kind::Service, Kind::SqlPrimary], &[])),
        [""; 0]
    );
}

#[test]
fn a_link_that_means_nothing_says_why() {
    let scenario = design(
        &[Kind::Clients, Kind::Service, Kind::SqlPrimary],
        &[(1, 2), (2, 3), (1, 3)],
    );
    assert_told(
        &scenario,
        &["warning", "Clients → SQL primary", "put a service between"],
    );
}

#[test]
fn two_links_between_the_same_parts_are_told() {
    assert_told(
        &design(&[Kind::Clients, Kind::Service], &[(1, 2), (1, 2)]),
        &["second link"],
    );
}

#[test]
fn broken_references_within_a_document_are_errors() {
    let mut scenario = design(&[Kind::Clients, Kind::Service], &[(1, 2), (1, 9), (2, 2)]);
    let plan = CallPlan {
        class: ClassId(1),
        steps: vec![PlanStep {
            calls: vec![Call::once(LinkId(1))],
        }],
    };
    scenario.components[1].plans = vec![
        plan.clone(),
        plan,
        CallPlan {
            class: ClassId(8),
            steps: vec![],
        },
    ];
    scenario.components[0].mix = vec![(ClassId(4), 1.0)];
    scenario.links[0].classes = vec![ClassId(5), ClassId(1)];
    scenario.objectives = vec![Objective {
        class: Some(ClassId(3)),
        target: Target::P99AtMostSeconds(1.0),
    }];
    let again = scenario.components[1].clone();
    scenario.components.push(again);
    let errors: Vec<String> = validate(&scenario)
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    for part in [
        "component 9",
        "back to where it starts",
        "several call plans",
        "class 8",
        "link 1, which isn't",
        "class 4",
        "class 5",
        "class 3",
        "id 2 as well",
    ] {
        assert!(
            errors.iter().any(|error| error.contains(part)),
            "{part} in {errors:#?}"
        );
    }
}

#[test]
fn values_out_of_range_are_errors_that_name_the_range() {
    let mut scenario = design(&[Kind::Clients, Kind::Service], &[(1, 2)]);
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, Value::Number(-1.0));
    assert_told(
        &scenario,
        &[
            "error",
            "Request rate: -1 /s is below the smallest value; allowed is 0 /s to 100,000,000 /s",
        ],
    );
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, Value::Number(f64::NAN));
    assert_told(&scenario, &["NaN /s isn't a number"]);
    scenario.components[0].parameters.clear();
    scenario.classes[0].keys = 0.0;
    assert_told(
        &scenario,
        &["Class \"request\" (1), keys: 0 lies outside 1 to 1,000,000,000,000"],
    );
}

#[test]
fn values_that_contradict_one_another_are_told() {
    let with = |kind, values: &[(Parameter, Value)]| {
        let mut scenario = design(&[kind], &[]);
        scenario.components[0]
            .parameters
            .extend(values.iter().copied());
        scenario
    };
    let number = Value::Number;
    assert_told(
        &with(Kind::KeyValueStore, &[(Parameter::ReadQuorum, number(4.0))]),
        &["Read quorum", "only 3 keep the key"],
    );
    assert_told(
        &with(Kind::KeyValueStore, &[(Parameter::Instances, number(2.0))]),
        &["3 copies"],
    );
    let scaled = [
        (Parameter::Autoscaling, Value::Flag(true)),
        (Parameter::MinimumInstances, number(30.0)),
    ];
    assert_told(&with(Kind::Service, &scaled), &["30", "20"]);
    assert_eq!(
        texts(&with(Kind::Service, &scaled[1..])),
        [""; 0],
        "without autoscaling the limits mean nothing"
    );
    let lossy = [
        (Parameter::Servers, number(4.0)),
        (Parameter::Capacity, number(2.0)),
    ];
    assert_told(
        &with(Kind::Station, &lossy),
        &["Capacity", "Set at least 4"],
    );
    assert_told(
        &with(Kind::SingleBox, &[(Parameter::Threads, number(1000.0))]),
        &["20 GB of the machine's 8 GB"],
    );
    let mut costs = design(&[], &[]);
    costs.objectives = vec![Objective {
        class: Some(ClassId(1)),
        target: Target::CostAtMostDollarsPerMonth(1.0),
    }];
    assert_told(&costs, &["whole design"]);
}

#[test]
fn every_ordered_pair_of_kinds_means_something_or_says_why_not() {
    for from in Kind::ALL {
        for to in Kind::ALL {
            match connection(*from, *to) {
                Ok(meaning) => assert!(!meaning.verb().is_empty()),
                Err(reason) => assert!(
                    reason.len() > 30 && reason.ends_with('.'),
                    "{from:?} to {to:?}: {reason}"
                ),
            }
        }
    }
    assert_eq!(
        connection(Kind::Clients, Kind::Dns),
        Ok(LinkMeaning::AsksForAddress)
    );
    assert_eq!(
        connection(Kind::SqlPrimary, Kind::ReadReplica),
        Ok(LinkMeaning::Replicates)
    );
    assert!(connection(Kind::ReadReplica, Kind::SqlPrimary).is_err());
    assert!(connection(Kind::Service, Kind::Worker).is_err_and(|reason| reason.contains("queue")));
}

#[test]
fn the_editor_learns_why_a_link_cannot_be_drawn() {
    let scenario = design(
        &[
            Kind::Clients,
            Kind::Service,
            Kind::Service,
            Kind::SqlPrimary,
        ],
        &[(1, 2), (2, 3)],
    );
    let connect = |from, to| scenario.connection(ComponentId(from), ComponentId(to));
    assert_eq!(connect(3, 4), Ok(LinkMeaning::ReadsAndWrites));
    assert!(connect(2, 2).is_err_and(|reason| reason.contains("itself")));
    assert!(connect(1, 2).is_err_and(|reason| reason.contains("linked already")));
    assert!(connect(3, 2).is_err_and(|reason| reason.contains("for ever")));
    assert!(connect(1, 4).is_err_and(|reason| reason.contains("service between")));
    assert!(connect(1, 99).is_err());
}

#[test]
fn fresh_ids_and_names_are_free() {
    let mut scenario = design(&[Kind::Service, Kind::Service], &[(1, 2)]);
    assert_eq!(scenario.next_component_id(), ComponentId(3));
    assert_eq!(scenario.next_link_id(), LinkId(2));
    assert_eq!(scenario.next_component_name(Kind::Service), "Service 3");
    assert_eq!(scenario.next_component_name(Kind::Cache), "Cache");
    scenario.components[1].id = ComponentId(u32::MAX);
    assert_eq!(scenario.next_component_id(), ComponentId(2));
    assert_eq!(Scenario::default().next_class_id(), ClassId(2));
    assert_eq!(Scenario::default().next_zone_id(), ZoneId(1));
}

#[test]
fn the_innermost_zone_comes_first() {
    let mut scenario = design(&[Kind::Service], &[]);
    let zone = |id, kind, size: f64| Zone {
        id: ZoneId(id),
        kind,
        name: String::new(),
        rectangle: Rectangle {
            x: 100.0,
            y: -20.0,
            width: size,
            height: size,
        },
        parameters: Default::default(),
    };
    scenario.zones = vec![
        zone(1, ZoneKind::Region, 900.0),
        zone(2, ZoneKind::PrivateSubnet, 300.0),
        zone(3, ZoneKind::Vpc, 500.0),
        zone(4, ZoneKind::Vpc, 10.0),
    ];
    let around: Vec<ZoneId> = scenario
        .zones_of(&scenario.components[0])
        .iter()
        .map(|zone| zone.id)
        .collect();
    assert_eq!(around, [ZoneId(2), ZoneId(3), ZoneId(1)]);
}

#[test]
fn a_parameter_applies_only_while_what_it_depends_on_does() {
    let mut clients = Component::new(ComponentId(1), Kind::Clients, "", Point::default());
    assert!(clients.applies(Parameter::RequestRate) && clients.applies(Parameter::ArrivalPattern));
    assert!(!clients.applies(Parameter::Burstiness) && !clients.applies(Parameter::Users));
    clients.parameters.insert(
        Parameter::ArrivalPattern,
        Value::Choice(loadscape_sim::catalog::Choice::Bursty),
    );
    assert!(clients.applies(Parameter::Burstiness));
    clients.parameters.insert(
        Parameter::Traffic,
        Value::Choice(loadscape_sim::catalog::Choice::Closed),
    );
    assert!(!clients.applies(Parameter::Burstiness) && clients.applies(Parameter::Users));
    assert!(
        !clients.applies(Parameter::Shards),
        "clients have no shards"
    );
    clients.parameters.insert(
        Parameter::RequestRate,
        Value::Unlimited(Unlimited::Unlimited),
    );
}

#[test]
fn a_curve_without_points_or_that_goes_back_or_is_of_no_clients_is_told() {
    let mut scenario = design(&[Kind::Clients, Kind::Service], &[(1, 2)]);
    assert_eq!(texts(&scenario), Vec::<String>::new());
    let follow = Value::Choice(Choice::Curve);
    scenario.components[0]
        .parameters
        .insert(Parameter::TrafficProfile, follow);
    let point = |seconds| CurvePoint {
        seconds,
        per_second: 1.0,
    };
    let said = |scenario: &Scenario| texts(scenario).join("\n");
    assert!(said(&scenario).contains("The curve has no points"));
    scenario.components[0].curve = vec![point(1.0), point(2.0)];
    assert_eq!(said(&scenario), "");
    scenario.components[0].curve.reverse();
    assert!(said(&scenario).contains("1 s doesn't come after 2 s"));
    scenario.components[0].curve.clear();
    scenario.components[0].parameters.clear();
    scenario.components[1].curve = vec![point(1.0)];
    assert!(said(&scenario).contains("Only the traffic of clients"));
}

#[test]
fn thresholds_that_cross_are_told() {
    let mut scenario = design(&[Kind::Clients, Kind::Service], &[(1, 2)]);
    let parameters = &mut scenario.components[1].parameters;
    parameters.insert(Parameter::Autoscaling, Value::Flag(true));
    parameters.insert(Parameter::LowerThreshold, Value::Number(0.8));
    assert_eq!(texts(&scenario), Vec::<String>::new(), "nothing goes by it");
    let parameters = &mut scenario.components[1].parameters;
    let steps = Value::Choice(Choice::StepScaling);
    parameters.insert(Parameter::ScalingPolicy, steps);
    let said = texts(&scenario).join("\n");
    assert!(
        said.contains("removed below 80 % and added above 70 %"),
        "{said}"
    );
}
