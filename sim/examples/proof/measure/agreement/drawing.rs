//! A design being drawn: parts with values that the catalog allows, links, call plans. It knows nothing of loads.

use loadscape_sim::catalog::{Choice, Domain, Kind, Parameter, Value, specification};
use loadscape_sim::scenario::generate::Random;
use loadscape_sim::scenario::{
    Call, CallPlan, ClassId, Component, ComponentId, Link, LinkId, PlanStep, Point, Scenario,
};

/// What has been drawn so far, and chance.
pub struct Drawing {
    pub scenario: Scenario,
    pub random: Random,
    /// Populations that are to be closed, with users as a multiple of the requests in flight: few make the answers' times decide
    /// the rate, many hardly know of each other.
    pub closed: Vec<(ComponentId, f64)>,
}

impl Drawing {
    /// An empty one.
    pub fn new(seed: u64) -> Self {
        Drawing {
            scenario: Scenario {
                classes: Vec::new(),
                ..Scenario::default()
            },
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x6167_7265_656d_656e),
            closed: Vec::new(),
        }
    }

    /// A part of this kind, named after it.
    pub fn part(&mut self, kind: Kind) -> ComponentId {
        let id = self.scenario.next_component_id();
        let position = Point {
            x: 240.0 * f64::from(id.0),
            y: 0.0,
        };
        let name = format!("{} {}", specification(kind).label, id.0);
        self.scenario
            .components
            .push(Component::new(id, kind, name, position));
        id
    }

    /// The part with this id.
    pub fn at(&mut self, id: ComponentId) -> &mut Component {
        let mut parts = self.scenario.components.iter_mut();
        parts.find(|part| part.id == id).expect("a drawn part")
    }

    /// A link that all classes take.
    pub fn link(&mut self, from: ComponentId, to: ComponentId) -> LinkId {
        let id = self.scenario.next_link_id();
        self.scenario.links.push(Link::new(id, from, to));
        id
    }

    /// Sets a number, as near as the catalog allows.
    pub fn set(&mut self, id: ComponentId, parameter: Parameter, number: f64) {
        set(self.at(id), parameter, number);
    }

    /// Sets a choice.
    pub fn choose(&mut self, id: ComponentId, parameter: Parameter, choice: Choice) {
        self.at(id)
            .parameters
            .insert(parameter, Value::Choice(choice));
    }

    /// Sets a flag.
    pub fn flag(&mut self, id: ComponentId, parameter: Parameter, flag: bool) {
        self.at(id).parameters.insert(parameter, Value::Flag(flag));
    }

    /// One of these.
    pub fn any<T: Copy>(&mut self, of: &[T]) -> T {
        *self.random.pick(of).expect("something to choose from")
    }

    /// A number between these, all magnitudes alike.
    pub fn magnitude(&mut self, least: f64, most: f64) -> f64 {
        least * libm::pow(most / least, self.random.unit())
    }

    /// A number between these.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.random.unit()
    }

    /// A whole number from the one to the other.
    pub fn whole(&mut self, least: usize, most: usize) -> f64 {
        (least + self.random.below(most + 1 - least)) as f64
    }

    /// Writes a plan down: steps of calls.
    pub fn plan(&mut self, id: ComponentId, class: ClassId, steps: Vec<Vec<Call>>) {
        let steps = steps.into_iter().map(|calls| PlanStep { calls }).collect();
        self.at(id).plans.push(CallPlan { class, steps });
    }
}

/// Sets a number, as near as the catalog allows.
pub fn set(component: &mut Component, parameter: Parameter, number: f64) {
    let known = specification(component.kind).parameters.iter();
    let mut known = known.filter(|known| known.parameter == parameter);
    if let Some(Domain::Number {
        minimum,
        maximum,
        whole,
        ..
    }) = known.next().map(|known| known.domain)
    {
        let number = number.clamp(minimum, maximum);
        let number = if whole { number.round() } else { number };
        component
            .parameters
            .insert(parameter, Value::Number(number));
    }
}
