//! Whatever of a design can be turned: a part's or a zone's parameter, a number of a request class, of a link or of a call, and how much of a class
//! a population sends. Each is read, named and set here; its range is the catalog's, or that of the document's plain numbers.

mod owner;

pub use owner::{Owner, SettingGroup};

use crate::catalog::{self, Domain, Parameter, ParameterSpecification, Value};
use crate::network::{plan_in_force, round_trip};
use crate::scenario::{
    CLASS_SHARE, Call, CallPlan, ClassId, Component, ComponentId, Link, LinkId, Number, ROUND_TRIP,
    RequestClass, Scenario, ZoneId,
};
use std::collections::BTreeMap;

/// One setting of a design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// A part's parameter.
    Component(ComponentId, Parameter),
    /// A zone's.
    Zone(ZoneId, Parameter),
    /// A number of a request class.
    Class(ClassId, &'static Number<RequestClass>),
    /// How much of what a population sends is of this class.
    Mix(ComponentId, ClassId),
    /// A number of a link.
    Link(LinkId, &'static Number<Link>),
    /// A number of a call.
    Call(CallPlace, &'static Number<Call>),
}

/// Where a call stands: in the plan that is in force, the user's or the inferred one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallPlace {
    /// Who calls.
    pub component: ComponentId,
    /// For requests of which class.
    pub class: ClassId,
    /// In which step of the plan.
    pub step: usize,
    /// Its place in that step.
    pub call: usize,
}

impl Setting {
    /// Whose it is.
    pub fn owner(self) -> Owner {
        match self {
            Setting::Component(id, _) | Setting::Mix(id, _) => Owner::Component(id),
            Setting::Zone(id, _) => Owner::Zone(id),
            Setting::Class(id, _) => Owner::Class(id),
            Setting::Link(id, _) => Owner::Link(id),
            Setting::Call(place, _) => Owner::Component(place.component),
        }
    }

    /// What values it takes; `None` where the document has no such setting.
    pub fn domain(self, scenario: &Scenario) -> Option<Domain> {
        Some(match self {
            Setting::Component(id, parameter) => {
                catalog::parameter(scenario.component(id)?.kind, parameter)?.domain
            }
            Setting::Zone(id, parameter) => {
                catalog::zone_parameter(scenario.zone(id)?.kind, parameter)?.domain
            }
            Setting::Class(_, number) => number.domain(),
            Setting::Mix(..) => CLASS_SHARE.domain(),
            Setting::Link(_, number) => number.domain(),
            Setting::Call(_, number) => number.domain(),
        })
    }

    /// Its name beside its owner's, e.g. "Request rate", "Weight of View post" or "Database: times (View post)".
    pub fn label(self, scenario: &Scenario) -> Option<String> {
        Some(match self {
            Setting::Component(id, parameter) => {
                let kind = scenario.component(id)?.kind;
                catalog::parameter(kind, parameter)?.label.to_owned()
            }
            Setting::Zone(id, parameter) => {
                let kind = scenario.zone(id)?.kind;
                catalog::zone_parameter(kind, parameter)?.label.to_owned()
            }
            Setting::Class(_, number) => number.label.to_owned(),
            Setting::Mix(_, class) => {
                format!("{} of {}", CLASS_SHARE.label, scenario.class(class)?.name)
            }
            Setting::Link(_, number) => number.label.to_owned(),
            Setting::Call(place, number) => {
                let class = &scenario.class(place.class)?.name;
                let target = place.target(scenario)?;
                format!("{target}: {} ({class})", lower(number.label))
            }
        })
    }

    /// Whether only what happens through time depends on it: a steady state is the same for every value.
    pub fn is_through_time(self, scenario: &Scenario) -> bool {
        match self {
            Setting::Component(id, parameter) => scenario
                .component(id)
                .and_then(|part| catalog::parameter(part.kind, parameter))
                .is_some_and(|known| known.through_time),
            Setting::Zone(id, parameter) => scenario
                .zone(id)
                .and_then(|zone| catalog::zone_parameter(zone.kind, parameter))
                .is_some_and(|known| known.through_time),
            Setting::Class(_, number) => number.through_time,
            Setting::Mix(..) => CLASS_SHARE.through_time,
            Setting::Link(_, number) => number.through_time,
            Setting::Call(_, number) => number.through_time,
        }
    }

    /// Its value in force: the document's own, else what follows without; `None` where the document has no such setting.
    pub fn value(self, scenario: &Scenario) -> Option<Value> {
        match self {
            Setting::Component(id, parameter) => scenario.component(id)?.value(parameter),
            Setting::Zone(id, parameter) => scenario.zone(id)?.value(parameter),
            Setting::Class(id, number) => number.of(scenario.class(id)?).map(Value::Number),
            Setting::Mix(id, class) => {
                scenario.class(class)?;
                let weights = weights(scenario, scenario.component(id)?);
                let mut weights = weights.into_iter().filter(|(own, _)| *own == class);
                weights.next().map(|(_, weight)| Value::Number(weight))
            }
            Setting::Link(id, number) => {
                let own = number.of(scenario.link(id)?);
                let implied = || {
                    (number == ROUND_TRIP).then_some(())?;
                    Some(number.shown(round_trip(scenario, id)?.0))
                };
                own.or_else(implied).map(Value::Number)
            }
            Setting::Call(place, number) => {
                let plan = plan_in_force(scenario, place.component, place.class);
                number.of(place.of(&plan)?).map(Value::Number)
            }
        }
    }

    /// Sets it. What follows from the rest of the drawing becomes the document's own by that: a mix, a round trip, a plan. Without effect where the
    /// document has no such setting, or it has that value.
    pub fn set(self, scenario: &mut Scenario, value: Value) {
        if self.value(scenario) == Some(value) {
            return;
        }
        match (self, value) {
            (Setting::Component(id, parameter), _) => {
                let mut components = scenario.components.iter_mut();
                let Some(part) = components.find(|part| part.id == id) else {
                    return;
                };
                let known = catalog::parameter(part.kind, parameter);
                store(&mut part.parameters, known, parameter, value);
            }
            (Setting::Zone(id, parameter), _) => {
                let Some(zone) = scenario.zones.iter_mut().find(|zone| zone.id == id) else {
                    return;
                };
                let known = catalog::zone_parameter(zone.kind, parameter);
                store(&mut zone.parameters, known, parameter, value);
            }
            (Setting::Class(id, number), Value::Number(value)) => {
                if let Some(class) = scenario.classes.iter_mut().find(|class| class.id == id) {
                    number.set(class, value);
                }
            }
            (Setting::Mix(id, class), Value::Number(value)) => {
                let Some(place) = scenario.components.iter().position(|part| part.id == id) else {
                    return;
                };
                let mut mix = weights(scenario, &scenario.components[place]);
                for (own, weight) in &mut mix {
                    if *own == class {
                        *weight = value;
                    }
                }
                scenario.components[place].mix = mix;
            }
            (Setting::Link(id, number), Value::Number(value)) => {
                if let Some(link) = scenario.links.iter_mut().find(|link| link.id == id) {
                    number.set(link, value);
                }
            }
            (Setting::Call(place, number), Value::Number(value)) => {
                let mut plan = plan_in_force(scenario, place.component, place.class);
                let steps = plan.steps.get_mut(place.step);
                let call = steps.and_then(|step| step.calls.get_mut(place.call));
                let mut components = scenario.components.iter_mut();
                let part = components.find(|part| part.id == place.component);
                let (Some(call), Some(part)) = (call, part) else {
                    return;
                };
                number.set(call, value);
                match part.plans.iter_mut().find(|own| own.class == place.class) {
                    Some(own) => *own = plan,
                    None => part.plans.push(plan),
                }
            }
            // Only numbers are values of these.
            _ => {}
        }
    }
}

impl CallPlace {
    /// Every call of the plan that is in force, with where it stands, in the plan's order.
    pub fn all(scenario: &Scenario, component: ComponentId, class: ClassId) -> Vec<(Self, Call)> {
        let plan = plan_in_force(scenario, component, class);
        let steps = plan.steps.into_iter().enumerate();
        let all = steps.flat_map(|(step, own)| {
            let calls = own.calls.into_iter().enumerate();
            calls.map(move |(place, call)| {
                let place = CallPlace {
                    component,
                    class,
                    step,
                    call: place,
                };
                (place, call)
            })
        });
        all.collect()
    }

    /// The call of this plan that stands there.
    fn of(self, plan: &CallPlan) -> Option<&Call> {
        plan.steps.get(self.step)?.calls.get(self.call)
    }

    /// Whom it calls, e.g. "Database"; where the plan calls the same part several times, in which step.
    fn target(self, scenario: &Scenario) -> Option<String> {
        let plan = plan_in_force(scenario, self.component, self.class);
        let link = self.of(&plan)?.link;
        let target = scenario.component(scenario.link(link)?.to)?;
        let calls = plan.steps.iter().flat_map(|step| &step.calls);
        let several = calls.filter(|call| call.link == link).count() > 1;
        Some(if several {
            format!("{}, step {}", target.name, self.step + 1)
        } else {
            target.name.clone()
        })
    }
}

/// A document says only what its author decided: a default isn't stored.
fn store(
    parameters: &mut BTreeMap<Parameter, Value>,
    known: Option<&ParameterSpecification>,
    parameter: Parameter,
    value: Value,
) {
    if known.map(|known| known.default) == Some(value) {
        parameters.remove(&parameter);
    } else {
        parameters.insert(parameter, value);
    }
}

/// What a population sends of each class, by weight: its own mix, else the classes' shares.
fn weights(scenario: &Scenario, part: &Component) -> Vec<(ClassId, f64)> {
    let classes = scenario.classes.iter();
    classes
        .map(|class| (class.id, class.weight_in(&part.mix)))
        .collect()
}

/// A label within a sentence.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::builtin::{builtin, named};
    use crate::catalog::Kind;
    use crate::insight::{WhatIf, WhatIfPoint, values_to_try};
    use crate::scenario::{
        BreakerWindow, CALL_NUMBERS, CLASS_NUMBERS, CircuitBreaker, PlanStep, Point, Retry,
        RetryBudget, read,
    };
    use crate::steady::Solver;

    fn stage(name: &str) -> Scenario {
        let builtin = named(name).expect("it is built in");
        read(builtin.text()).scenario.expect("it is sound")
    }

    fn part(scenario: &Scenario, name: &str) -> ComponentId {
        let mut parts = scenario.components.iter();
        parts
            .find(|part| part.name == name)
            .expect("it is drawn")
            .id
    }

    /// Each point of a sweep is what the design does in which somebody changed that by hand; whether it changes anything.
    fn swept_as_changed_by_hand(
        scenario: &Scenario,
        setting: Setting,
        by_hand: impl Fn(&mut Scenario, f64),
    ) -> bool {
        let domain = setting.domain(scenario).expect("it has that");
        let mut what_if = WhatIf::begin(scenario, setting).expect("it has a value");
        let mut solver = Solver::new();
        for value in values_to_try(domain, what_if.here, 6) {
            what_if.extend(&mut solver, scenario, value);
        }
        assert!(what_if.points.len() >= 5, "{setting:?}");
        for point in &what_if.points {
            let mut changed = scenario.clone();
            by_hand(&mut changed, point.number().expect("it is a number"));
            // The engine that solves whole analyses, with a solver that knows nothing of the points before.
            let report = analyse(&changed).report;
            let expected = WhatIfPoint::of(point.value, &report);
            assert_eq!(*point, expected, "{setting:?}");
        }
        let today = what_if.today().expect("today's is among them");
        let report = analyse(scenario).report;
        assert_eq!(
            *today,
            WhatIfPoint::of(what_if.here, &report),
            "{setting:?}"
        );
        what_if.points.iter().any(|point| {
            let same = WhatIfPoint {
                value: today.value,
                ..point.clone()
            };
            same != *today
        })
    }

    #[test]
    fn each_point_of_a_class_number_is_what_the_changed_design_does() {
        let scenario = stage("stage-2");
        for (place, class) in scenario.classes.iter().enumerate() {
            for (number, by_hand) in [
                (
                    "share",
                    (|class, value| class.share = value) as fn(&mut RequestClass, f64),
                ),
                ("response_size", |class, value| class.response_bytes = value),
            ] {
                let mut numbers = CLASS_NUMBERS.iter();
                let number = numbers
                    .find(|own| own.name == number)
                    .expect("there is one");
                let setting = Setting::Class(class.id, number);
                let moved = swept_as_changed_by_hand(&scenario, setting, |changed, value| {
                    by_hand(&mut changed.classes[place], value);
                });
                assert!(moved, "{setting:?}");
            }
        }
    }

    #[test]
    fn each_point_of_a_mix_is_what_the_changed_design_does() {
        let mut scenario = stage("stage-2");
        let users = part(&scenario, "Users");
        let shares: Vec<(ClassId, f64)> = (scenario.classes.iter())
            .map(|class| (class.id, class.share))
            .collect();
        for own in [false, true] {
            if own {
                let halved = shares.iter().map(|(class, share)| (*class, share / 2.0));
                scenario.components[0].mix = halved.collect();
            }
            for (place, (class, share)) in shares.iter().enumerate() {
                let setting = Setting::Mix(users, *class);
                let expected = if own { share / 2.0 } else { *share };
                assert_eq!(setting.value(&scenario), Some(Value::Number(expected)));
                let moved = swept_as_changed_by_hand(&scenario, setting, |changed, value| {
                    let part = &mut changed.components[0];
                    if part.mix.is_empty() {
                        part.mix = shares.clone();
                    }
                    part.mix[place].1 = value;
                });
                assert!(moved, "{setting:?}");
            }
        }
    }

    #[test]
    fn each_point_of_a_link_is_what_the_changed_design_does_whether_its_round_trip_is_its_own_or_not()
     {
        let scenario = stage("stage-2");
        for place in 0..scenario.links.len() {
            let id = scenario.links[place].id;
            let implied = Setting::Link(id, ROUND_TRIP).value(&scenario);
            let Some(Value::Number(milliseconds)) = implied else {
                panic!("every link has a round trip");
            };
            let mut own = scenario.clone();
            own.links[place].round_trip_seconds = Some(milliseconds / 1e3);
            assert_eq!(analyse(&own).report, analyse(&scenario).report);
            for scenario in [&scenario, &own] {
                let setting = Setting::Link(id, ROUND_TRIP);
                let moved = swept_as_changed_by_hand(scenario, setting, |changed, value| {
                    changed.links[place].round_trip_seconds = Some(value / 1e3);
                });
                // Nobody waits for what is copied.
                let from = scenario
                    .component(scenario.links[place].from)
                    .map(|part| part.kind);
                assert_eq!(moved, from != Some(Kind::SqlPrimary), "{setting:?}");
            }
        }
    }

    #[test]
    fn each_point_of_a_call_is_what_the_design_with_that_plan_does() {
        let scenario = stage("stage-2");
        let api = part(&scenario, "Read API");
        let class = scenario.classes[0].id;
        let plan = plan_in_force(&scenario, api, class);
        assert!(
            scenario
                .component(api)
                .expect("it is drawn")
                .plans
                .is_empty()
        );
        let place = CallPlace {
            component: api,
            class,
            step: plan.steps.len() - 1,
            call: 0,
        };
        for number in &CALL_NUMBERS[..2] {
            let setting = Setting::Call(place, number);
            let moved = swept_as_changed_by_hand(&scenario, setting, |changed, value| {
                let mut plan = plan.clone();
                let call = &mut plan.steps[place.step].calls[0];
                match number.name {
                    "count" => call.count = value,
                    _ => call.probability = value,
                }
                let mut parts = changed.components.iter_mut();
                parts
                    .find(|part| part.id == api)
                    .expect("it is drawn")
                    .plans = vec![plan];
            });
            assert!(moved, "{setting:?}");
        }
    }

    #[test]
    fn an_inferred_plan_does_the_same_as_the_documents_own() {
        for built_in in builtin() {
            let scenario = read(built_in.text()).scenario.expect("it is sound");
            let mut own = scenario.clone();
            for place in 0..own.components.len() {
                if !own.components[place].kind.plans_calls() {
                    continue;
                }
                for class in &scenario.classes {
                    let id = own.components[place].id;
                    let plan = plan_in_force(&scenario, id, class.id);
                    let plans = &mut own.components[place].plans;
                    if plans.iter().all(|known| known.class != class.id) {
                        plans.push(plan);
                    }
                }
            }
            let (before, after) = (analyse(&scenario).report, analyse(&own).report);
            assert_eq!(before.classes, after.classes, "{}", scenario.title);
        }
    }

    /// Clients whose service calls another that fails now and then, protected by everything there is.
    fn protected() -> (Scenario, CallPlace) {
        let part = |id, kind, name: &str| {
            Component::new(ComponentId(id), kind, name, Point { x: 0.0, y: 0.0 })
        };
        let mut retry = Retry::new(2, 0.05);
        retry.budget = Some(RetryBudget {
            share: 0.1,
            minimum_per_second: 1.0,
        });
        let mut scenario = Scenario {
            components: vec![
                part(1, Kind::Clients, "Users"),
                part(2, Kind::Service, "App"),
                part(3, Kind::Service, "Other"),
            ],
            links: vec![
                Link::new(LinkId(1), ComponentId(1), ComponentId(2)),
                Link::new(LinkId(2), ComponentId(2), ComponentId(3)),
            ],
            ..Scenario::default()
        };
        let users = &mut scenario.components[0].parameters;
        users.insert(Parameter::RequestRate, Value::Number(5.0));
        let other = &mut scenario.components[2].parameters;
        other.insert(Parameter::ErrorShare, Value::Number(0.3));
        other.insert(Parameter::ServiceTime, Value::Number(50.0));
        let class = scenario.classes[0].id;
        scenario.components[1].plans.push(CallPlan {
            class,
            steps: vec![PlanStep {
                calls: vec![Call {
                    timeout_seconds: Some(0.2),
                    retry: Some(retry),
                    hedge_after_seconds: Some(0.1),
                    circuit_breaker: Some(CircuitBreaker {
                        window: BreakerWindow::Calls(100),
                        ..CircuitBreaker::USUAL
                    }),
                    ..Call::once(LinkId(2))
                }],
            }],
        });
        let place = CallPlace {
            component: ComponentId(2),
            class,
            step: 0,
            call: 0,
        };
        (scenario, place)
    }

    #[test]
    fn a_steady_state_depends_on_a_number_of_a_call_where_that_is_said() {
        let (scenario, place) = protected();
        let before = analyse(&scenario).report.classes;
        let all = Owner::Component(place.component).settings(&scenario);
        let calls = all.iter().flat_map(|group| &group.settings);
        let calls: Vec<Setting> = calls
            .copied()
            .filter(|setting| matches!(setting, Setting::Call(..)))
            .collect();
        // All but the window by time, which this breaker doesn't have.
        assert_eq!(calls.len(), CALL_NUMBERS.len() - 1);
        for setting in calls {
            let domain = setting.domain(&scenario).expect("it is there");
            let here = setting.value(&scenario).expect("it is there");
            let values = values_to_try(domain, here, 4);
            let moves = values.into_iter().any(|value| {
                let mut changed = scenario.clone();
                setting.set(&mut changed, value);
                analyse(&changed).report.classes != before
            });
            assert_eq!(moves, !setting.is_through_time(&scenario), "{setting:?}");
        }
    }

    #[test]
    fn settings_have_names_of_their_own_and_those_that_are_gone_have_none() {
        let scenario = stage("stage-2");
        let mut labels = Vec::new();
        for owner in Owner::all(&scenario) {
            let name = owner.name(&scenario).expect("it is there");
            for setting in owner
                .settings(&scenario)
                .into_iter()
                .flat_map(|own| own.settings)
            {
                assert_eq!(setting.owner(), owner);
                let label = setting.label(&scenario).expect("it is there");
                labels.push(format!("{name}, {label}"));
            }
        }
        let link = &scenario.links[0];
        let ends = [link.from, link.to].map(|id| scenario.component(id).expect("it is there"));
        let named = format!("{} → {}, Round trip", ends[0].name, ends[1].name);
        assert!(labels.contains(&named), "{labels:?}");
        let class = &scenario.classes[0].name;
        assert!(labels.contains(&format!("Users, Weight of {class}")));
        assert!(
            labels.contains(&format!("Read API, Replica: times ({class})")),
            "{labels:?}"
        );
        let count = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), count);
        let empty = Scenario::default();
        for owner in Owner::all(&scenario) {
            let settings = owner
                .settings(&scenario)
                .into_iter()
                .flat_map(|own| own.settings);
            for setting in settings.filter(|own| !matches!(own, Setting::Class(..))) {
                assert_eq!(setting.value(&empty), None, "{setting:?}");
                let mut same = empty.clone();
                setting.set(&mut same, Value::Number(1.0));
                assert_eq!(same, empty, "{setting:?}");
            }
        }
    }
}
