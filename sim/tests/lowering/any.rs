//! What holds of every drawing, however long, tangled or broken.

use crate::support::*;
use loadscape_sim::catalog::{KINDS, Kind, Parameter, Unlimited, Value};
use loadscape_sim::network::{compile, infer_plan};
use loadscape_sim::scenario::{
    Call, CallMode, CallPlan, CircuitBreaker, ClassId, ComponentId, Link, LinkId, PlanStep, Retry,
};

/// xorshift64*, good enough to draw nonsense.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn number(&mut self) -> f64 {
        [
            0.0,
            1.0,
            0.5,
            -1.0,
            3.0,
            1e300,
            1e-300,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            17.0,
        ][self.below(11)]
    }
}

/// Any components with any links, values in and out of range, dangling and doubled ids, circles.
fn nonsense(seed: u64) -> Drawing {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut drawing = Drawing::new();
    let count = 1 + chance.below(14);
    for _ in 0..count {
        let kind = KINDS[chance.below(KINDS.len())].kind;
        let id = drawing.add(kind);
        let parameters = loadscape_sim::catalog::specification(kind).parameters;
        for _ in 0..chance.below(4) {
            if parameters.is_empty() {
                break;
            }
            let parameter = &parameters[chance.below(parameters.len())];
            let value = match chance.below(5) {
                0 => Value::Unlimited(Unlimited::Unlimited),
                1 => Value::Flag(true),
                _ => Value::Number(chance.number()),
            };
            drawing
                .component(id)
                .parameters
                .insert(parameter.parameter, value);
        }
        if chance.below(6) == 0 {
            drawing.component(id).mix =
                vec![(ClassId(1), chance.number()), (ClassId(9), chance.number())];
        }
    }
    drawing.add(Kind::Clients);
    for _ in 0..chance.below(30) {
        let any = |chance: &mut Chance| ComponentId(1 + chance.below(count + 2) as u32);
        let (from, to) = (any(&mut chance), any(&mut chance));
        drawing.link(from, to);
        let link: &mut Link = drawing.last_link();
        link.weight = chance.number();
        if chance.below(4) == 0 {
            link.classes = vec![ClassId(1 + chance.below(5) as u32)];
        }
        if chance.below(8) == 0 {
            link.round_trip_seconds = Some(chance.number());
        }
        if chance.below(8) == 0 {
            link.id = LinkId(1);
        }
    }
    for id in 1..=count as u32 {
        if chance.below(4) == 0 {
            let call = |chance: &mut Chance| Call {
                link: LinkId(chance.below(30) as u32),
                count: chance.number(),
                probability: chance.number(),
                mode: if chance.below(3) == 0 {
                    CallMode::FireAndForget
                } else {
                    CallMode::Synchronous
                },
                timeout_seconds: (chance.below(3) == 0).then(|| chance.number()),
                retry: (chance.below(3) == 0)
                    .then(|| Retry::new(chance.below(12) as u32, chance.number())),
                hedge_after_seconds: (chance.below(3) == 0).then(|| chance.number()),
                circuit_breaker: (chance.below(3) == 0).then_some(CircuitBreaker::USUAL),
            };
            let steps = (0..chance.below(4))
                .map(|_| PlanStep {
                    calls: (0..chance.below(4)).map(|_| call(&mut chance)).collect(),
                })
                .collect();
            drawing.component(ComponentId(id)).plans = vec![CallPlan {
                class: ClassId(1),
                steps,
            }];
        }
    }
    if chance.below(10) == 0 {
        drawing.component(ComponentId(1)).id = ComponentId(u32::MAX);
    }
    for class in &mut drawing.scenario.classes {
        if chance.below(8) == 0 {
            class.keys = chance.number();
            class.zipf_exponent = chance.number();
            class.response_bytes = chance.number();
            class.share = chance.number();
        }
    }
    if chance.below(20) == 0 {
        drawing.scenario.classes.clear();
    }
    drawing
}

#[test]
fn no_drawing_panics_and_every_network_is_sound() {
    for seed in 0..1500 {
        let drawing = nonsense(seed);
        let route = drawing.compile();
        for note in &route.compiled.notes {
            assert!(!note.text(&drawing.scenario).is_empty());
        }
        for component in &drawing.scenario.components {
            infer_plan(&drawing.scenario, component.id, ClassId(1));
        }
    }
}

#[test]
fn compiling_is_deterministic() {
    for seed in 0..100 {
        let drawing = nonsense(seed);
        assert_eq!(
            format!("{:?}", compile(&drawing.scenario)),
            format!("{:?}", compile(&drawing.scenario))
        );
    }
}

#[test]
fn a_chain_of_any_length_needs_no_stack() {
    let mut drawing = Drawing::new();
    let mut last = drawing.add(Kind::Clients);
    for _ in 0..20_000 {
        last = drawing.below(last, Kind::Service);
    }
    // A thread with the stack that a browser gives.
    let compiled = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || drawing.compile().compiled)
        .expect("a thread starts")
        .join()
        .expect("nothing overflows");
    assert_eq!(compiled.network.stations.len(), 40_000);
}

#[test]
fn diamonds_do_not_blow_the_network_up() {
    let mut drawing = Drawing::new();
    let mut last = drawing.add(Kind::Clients);
    for _ in 0..60 {
        let (left, right) = (
            drawing.below(last, Kind::Service),
            drawing.below(last, Kind::Service),
        );
        last = drawing.add(Kind::Service);
        drawing.link(left, last);
        drawing.link(right, last);
    }
    // 2^60 ways through, but each component is lowered once.
    let steps = drawing.compile().compiled.network.steps.len();
    assert!(steps < 180 * 12, "{steps} steps");
}

#[test]
fn a_missing_instance_count_is_one() {
    let mut drawing = Drawing::new();
    let clients = drawing.add(Kind::Clients);
    let service = drawing.below(clients, Kind::Service);
    drawing.number(service, Parameter::Instances, f64::NAN);
    drawing.compile();
}
