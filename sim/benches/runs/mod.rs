//! Simulations that have settled and go on for as many events as a measurement wants, with all their statistics. An event is an arrival or
//! the end of a service. It doesn't know a clock, so that the native and the browser's benchmark measure the same.

use crate::systems;
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::{Compiled, compile};
use loadscape_sim::scenario::read;

/// Events before a measurement, at least, and of one, about: few enough that a busy machine leaves some measurements undisturbed.
const BEFORE: u64 = 400_000;
const EVENTS: f64 = 20_000.0;

/// A simulation under way.
pub struct Run {
    simulation: Simulation,
    span: f64,
}

impl Run {
    /// Lets the simulation settle, and finds out how long a measurement has to be.
    pub fn of(compiled: &Compiled) -> Self {
        let mut simulation = Simulation::new(compiled, &Settings::default());
        while simulation.events() < BEFORE {
            simulation.run_until(f64::INFINITY, BEFORE / 8);
        }
        let span = simulation.now() * EVENTS / simulation.events() as f64;
        Run { simulation, span }
    }

    /// Some 20,000 events more; says how many there were.
    pub fn go_on(&mut self) -> u64 {
        let before = self.simulation.events();
        self.simulation
            .run_until(self.simulation.now() + self.span, u64::MAX);
        self.simulation.events() - before
    }
}

/// What is measured, by name: two cases of the theory books as their scenario files have them, and ordinary systems.
pub fn models() -> [(&'static str, Compiled); 4] {
    let case = |text: &str| compile(&read(text).scenario.unwrap_or_default());
    [
        (
            "M/M/1",
            case(include_str!("../../validation/scenarios/mm1-0.8.json")),
        ),
        (
            "three tiers",
            case(include_str!(
                "../../validation/scenarios/jackson-3tier.json"
            )),
        ),
        ("20 parts", compile(&systems::design(20))),
        ("1000 parts", compile(&systems::design(1_000))),
    ]
}

/// The best of these and the one in the middle: the best turn says what the code takes, the median what the machine lets through.
pub fn best_and_median(mut turns: Vec<f64>) -> (f64, f64) {
    turns.sort_by(f64::total_cmp);
    let at = |place: usize| turns.get(place).copied().unwrap_or_default();
    (at(turns.len().saturating_sub(1)), at(turns.len() / 2))
}
