//! Scenarios made up from a seed, for property tests and benchmarks: valid, of every kind, without circles. It uses no clock and no global
//! state, and the same seed gives the same scenario for ever.

mod faults;
mod protection;

pub use faults::generate_with_faults;

use super::validate::contradictory_parameters;
use super::{
    Call, CallMode, CallPlan, ClassId, Component, ComponentId, CurvePoint, Link, LinkId, Objective,
    Operation, PlanStep, Point, Rectangle, RequestClass, Retry, Scenario, Target, Zone, ZoneId,
};
use crate::catalog::{
    self, Choice, Domain, KINDS, Kind, LinkMeaning, Parameter, ParameterSpecification, Unlimited,
    Value, ZONE_KINDS,
};
use std::collections::{BTreeMap, BTreeSet};

/// What came to the catalog when documents that were made up had been pinned: it draws from random numbers of its own, and they stay as they were.
const LATE: [Parameter; 2] = [Parameter::Availability, Parameter::RepairTime];

/// A scenario of this many components with about twice as many links, several classes, zones, call plans and objectives, and with parameters anywhere
/// in their ranges. From 3 components on [`validate`](super::validate()) has nothing to say about it.
pub fn generate(seed: u64, components: usize) -> Scenario {
    let mut generator = Generator {
        random: Random(seed ^ 0x4c6f_6164_7363_6170),
        late: Random(seed ^ 0x6c61_7465_7220_6f6e),
        linked: BTreeSet::new(),
    };
    let mut scenario = Scenario {
        title: generator.name("Made up"),
        notes: generator.notes(),
        ..Scenario::default()
    };
    scenario.classes = generator.classes();
    for index in 0..components {
        generator.add(&mut scenario, index, components);
    }
    generator.more_links(&mut scenario);
    generator.plans(&mut scenario);
    generator.zones(&mut scenario);
    generator.objectives(&mut scenario);
    scenario
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): small, fast, and good enough to make things up.
#[derive(Clone, Copy, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 up to, and without, this one; 0 when there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            0
        } else {
            (self.bits() % bound as u64) as usize
        }
    }

    /// A number from 0 up to, and without, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True this often.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of these; `None` when there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// Whether the one kind can bring the other into a design: a replica comes with its primary.
fn calls(from: Kind, to: Kind) -> bool {
    catalog::connection(from, to).is_ok() && (to != Kind::ReadReplica || from == Kind::SqlPrimary)
}

struct Generator {
    random: Random,
    /// For what is [`LATE`].
    late: Random,
    linked: BTreeSet<(ComponentId, ComponentId)>,
}

const WORDS: [&str; 10] = [
    "orders",
    "Überblick",
    "検索",
    "cart",
    "a \"quoted\" name",
    "x",
    "emoji 🦀",
    "billing & tax",
    "back\\slash",
    "tab\there",
];

impl Generator {
    fn name(&mut self, prefix: &str) -> String {
        let word = self.random.pick(&WORDS).copied().unwrap_or_default();
        if self.random.chance(0.3) {
            format!("{prefix} {word}")
        } else {
            prefix.to_owned()
        }
    }

    fn notes(&mut self) -> String {
        let words = self.random.below(30);
        (0..words)
            .map(|_| *self.random.pick(&WORDS).unwrap_or(&""))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// A number between bounds that are not negative: plain, short or with all its digits, small or large.
    fn between(&mut self, minimum: f64, maximum: f64) -> f64 {
        let floor = minimum.max(1e-9);
        let number = match self.random.below(4) {
            0 => minimum + (maximum - minimum) * self.random.unit(),
            1 => floor * libm::pow(maximum / floor, self.random.unit()),
            2 => (floor * libm::pow(maximum / floor, self.random.unit())).round(),
            _ => {
                let drawn = floor * libm::pow(maximum / floor, self.random.unit());
                format!("{drawn:.2e}").parse().unwrap_or(drawn)
            }
        };
        number.clamp(minimum, maximum)
    }

    fn classes(&mut self) -> Vec<RequestClass> {
        let count = 1 + self.random.below(6);
        let mut id = 0;
        let mut classes = Vec::new();
        for _ in 0..count {
            id += 1 + if self.random.chance(0.2) {
                self.random.below(1000) as u32
            } else {
                0
            };
            let operation = *self
                .random
                .pick(&Operation::ALL)
                .unwrap_or(&Operation::Read);
            let mut class = RequestClass::new(ClassId(id), self.name(operation.name()), operation);
            class.share = self.between(0.01, 100.0);
            class.request_bytes = self.between(0.0, 1e6);
            class.response_bytes = self.between(0.0, 1e8);
            class.keys = self.between(1.0, 1e9);
            class.zipf_exponent = self.between(0.0, 3.0);
            class.priority = self.random.below(4) as u8;
            classes.push(class);
        }
        classes
    }

    /// Adds a component that something before it calls, and the link from there.
    fn add(&mut self, scenario: &mut Scenario, index: usize, components: usize) {
        let unfinished = scenario
            .components
            .last()
            .filter(|last| matches!(last.kind, Kind::Queue | Kind::Topic))
            .map(|last| last.id);
        let kind = match index {
            0 => Kind::Clients,
            1 => Kind::LoadBalancer,
            2 => Kind::Service,
            _ if unfinished.is_some() => Kind::Worker,
            _ => self.kind(scenario, index + 1 == components),
        };
        let callers: Vec<ComponentId> = scenario
            .components
            .iter()
            .filter(|caller| {
                calls(caller.kind, kind)
                    && (index > 2 || caller.kind != Kind::Clients || index == 1)
            })
            .map(|caller| caller.id)
            .collect();
        let doors: Vec<ComponentId> = scenario
            .components
            .iter()
            .filter(|door| door.kind != Kind::Dns && catalog::connection(kind, door.kind).is_ok())
            .map(|door| door.id)
            .collect();
        let after_last = scenario.next_component_id().0;
        let gap = if self.random.chance(0.1) {
            self.random.below(50) as u32
        } else {
            0
        };
        let id = ComponentId(after_last.saturating_add(gap));
        let shift = if self.random.chance(0.2) {
            self.random.unit() * 50.0
        } else {
            0.0
        };
        let column = (index % 40) as f64 * 240.0;
        let row = (index / 40) as f64 * 120.0;
        let position = match self.random.below(20) {
            0 => Point {
                x: -0.0,
                y: -column,
            },
            _ => Point {
                x: column + shift,
                y: row - shift,
            },
        };
        let prefix = catalog::specification(kind).label;
        let mut component = Component::new(id, kind, self.name(prefix), position);
        component.parameters = self.parameters(catalog::specification(kind).parameters);
        while let Some(parameter) = contradictory_parameters(&component).first().copied() {
            // A contradiction with a default goes away only with what contradicts it.
            if component.parameters.remove(&parameter).is_none() {
                component.parameters.clear();
            }
        }
        if component.choice(Parameter::TrafficProfile) == Some(Choice::Curve) {
            let mut seconds = 0.0;
            for _ in 0..=self.random.below(6) {
                component.curve.push(CurvePoint {
                    seconds,
                    per_second: self.between(0.0, 1e4),
                });
                seconds += self.between(1e-3, 1e4);
            }
        }
        if kind == Kind::Clients && self.random.chance(0.5) {
            component.mix = scenario
                .classes
                .iter()
                .map(|class| (class.id, self.between(0.1, 10.0)))
                .collect();
        }
        scenario.components.push(component);
        if kind == Kind::Clients {
            if let Some(door) = self.random.pick(&doors).copied() {
                self.link(scenario, id, door);
            }
        } else if let Some(caller) = unfinished.or_else(|| self.random.pick(&callers).copied()) {
            self.link(scenario, caller, id);
        }
    }

    /// A kind that something drawn already can call.
    fn kind(&mut self, scenario: &Scenario, is_last: bool) -> Kind {
        let start = self.random.below(KINDS.len());
        let rotated = KINDS
            .iter()
            .cycle()
            .skip(start)
            .take(KINDS.len())
            .map(|listed| listed.kind);
        rotated
            .into_iter()
            .filter(|kind| !(is_last && matches!(kind, Kind::Queue | Kind::Topic)))
            .find(|kind| {
                *kind == Kind::Clients
                    || scenario
                        .components
                        .iter()
                        .any(|caller| calls(caller.kind, *kind))
            })
            .unwrap_or(Kind::Service)
    }

    fn parameters(
        &mut self,
        specifications: &[ParameterSpecification],
    ) -> BTreeMap<Parameter, Value> {
        let often = self.random.unit() * 0.6;
        let mut parameters = BTreeMap::new();
        for specification in specifications {
            let is_late = LATE.contains(&specification.parameter);
            if is_late {
                std::mem::swap(&mut self.random, &mut self.late);
            }
            let value = self.value(specification, often);
            if is_late {
                std::mem::swap(&mut self.random, &mut self.late);
            }
            if let Some(value) = value {
                parameters.insert(specification.parameter, value);
            }
        }
        parameters
    }

    /// A value of this parameter so often.
    fn value(&mut self, specification: &ParameterSpecification, often: f64) -> Option<Value> {
        if !self.random.chance(often) {
            return None;
        }
        Some(match specification.domain {
            Domain::Flag => Value::Flag(self.random.chance(0.5)),
            Domain::Choice(choices) => Value::Choice(self.random.pick(choices)?.choice),
            Domain::Number {
                may_be_unlimited: true,
                ..
            } if self.random.chance(0.3) => Value::Unlimited(Unlimited::Unlimited),
            Domain::Number {
                minimum,
                maximum,
                whole,
                ..
            } => {
                let near = match specification.default {
                    Value::Number(default) if default > 0.0 && self.random.chance(0.7) => (default
                        * libm::exp(self.random.unit() * 4.0 - 2.0))
                    .clamp(minimum, maximum),
                    _ => self.between(minimum, maximum),
                };
                Value::Number(if whole { near.round() } else { near })
            }
        })
    }

    fn link(&mut self, scenario: &mut Scenario, from: ComponentId, to: ComponentId) {
        if from != to && self.linked.insert((from, to)) {
            let id =
                LinkId(scenario.next_link_id().0 + if self.random.chance(0.05) { 7 } else { 0 });
            scenario.links.push(Link::new(id, from, to));
        }
    }

    /// Links on top of those by which every component is reached, always from earlier to later ones.
    fn more_links(&mut self, scenario: &mut Scenario) {
        let count = scenario.components.len();
        for _ in 0..count * 4 {
            let later = self.random.below(count);
            let earlier = self.random.below(later);
            let (Some(caller), Some(called)) = (
                scenario.components.get(earlier),
                scenario.components.get(later),
            ) else {
                continue;
            };
            let (from, to, meaning) = (
                caller.id,
                called.id,
                catalog::connection(caller.kind, called.kind),
            );
            let enough = scenario.links.len() >= count * 19 / 10;
            if enough
                || from == to
                || matches!(meaning, Err(_) | Ok(LinkMeaning::Replicates))
                || self.linked.contains(&(from, to))
            {
                continue;
            }
            self.link(scenario, from, to);
            let classes: Vec<ClassId> = scenario
                .classes
                .iter()
                .map(|class| class.id)
                .filter(|_| self.random.chance(0.4))
                .collect();
            let weight = if self.random.chance(0.3) {
                self.between(0.1, 100.0)
            } else {
                1.0
            };
            let round_trip = self.random.chance(0.1).then(|| self.between(0.0, 1.0));
            if let Some(link) = scenario.links.last_mut() {
                link.classes = classes;
                link.weight = weight;
                link.round_trip_seconds = round_trip;
            }
        }
    }

    fn plans(&mut self, scenario: &mut Scenario) {
        let mut outgoing: BTreeMap<ComponentId, Vec<LinkId>> = BTreeMap::new();
        for link in &scenario.links {
            outgoing.entry(link.from).or_default().push(link.id);
        }
        let classes: Vec<ClassId> = scenario.classes.iter().map(|class| class.id).collect();
        for component in &mut scenario.components {
            let Some(links) = outgoing.get(&component.id) else {
                continue;
            };
            if !matches!(
                component.kind,
                Kind::Service | Kind::Function | Kind::Worker
            ) || !self.random.chance(0.2)
            {
                continue;
            }
            for class in &classes {
                if !self.random.chance(0.4) {
                    continue;
                }
                let count = self.random.below(4);
                let steps = (0..count).map(|_| self.step(links)).collect();
                component.plans.push(CallPlan {
                    class: *class,
                    steps,
                });
            }
        }
    }

    fn step(&mut self, links: &[LinkId]) -> PlanStep {
        let calls = (0..1 + self.random.below(3))
            .filter_map(|_| self.random.pick(links).copied())
            .map(Call::once);
        let mut calls: Vec<Call> = calls.collect();
        for call in &mut calls {
            if self.random.chance(0.3) {
                call.count = self.between(0.0, 5.0);
            }
            if self.random.chance(0.3) {
                call.probability = self.random.unit();
            }
            if self.random.chance(0.2) {
                call.mode = CallMode::FireAndForget;
            }
            if self.random.chance(0.3) {
                call.timeout_seconds = Some(self.between(0.01, 10.0));
            }
            if self.random.chance(0.3) {
                let retries = 1 + self.random.below(10) as u32;
                call.retry = Some(Retry::new(retries, self.between(0.0, 1.0)));
            }
        }
        PlanStep { calls }
    }

    fn zones(&mut self, scenario: &mut Scenario) {
        for index in 0..self.random.below(6) {
            let Some(specification) = ZONE_KINDS.get(index % ZONE_KINDS.len()) else {
                continue;
            };
            let kind = specification.kind;
            let rectangle = Rectangle {
                x: self.random.unit() * 2000.0 - 1000.0,
                y: (self.random.unit() * 100.0).round(),
                width: self.between(0.0, 3000.0),
                height: self.between(0.0, 3000.0),
            };
            let id = ZoneId(scenario.next_zone_id().0);
            let parameters = self.parameters(specification.parameters);
            scenario.zones.push(Zone {
                id,
                kind,
                name: self.name(specification.label),
                rectangle,
                parameters,
            });
        }
    }

    fn objectives(&mut self, scenario: &mut Scenario) {
        let classes: Vec<ClassId> = scenario.classes.iter().map(|class| class.id).collect();
        for _ in 0..self.random.below(5) {
            let constructor = self
                .random
                .pick(&Target::NAMES)
                .and_then(|name| Target::constructor(name));
            let Some((target, range)) = constructor else {
                continue;
            };
            let target = target(self.between(*range.start(), range.end().min(1e6)));
            let class = if target.is_of_whole_design() || self.random.chance(0.5) {
                None
            } else {
                self.random.pick(&classes).copied()
            };
            scenario.objectives.push(Objective { class, target });
        }
    }
}
