//! Scenario files made ready to simulate.

use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::{Compiled, compile};
use loadscape_sim::scenario::{Scenario, read};
use std::path::PathBuf;

/// A scenario of the repository: `validation/scenarios/mm1-0.8`, `scenarios/stage-2`.
pub fn scenario(name: &str) -> Scenario {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.json"));
    let reading = read(&std::fs::read_to_string(path).unwrap());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

/// Its network.
pub fn compiled(name: &str) -> Compiled {
    compile(&scenario(name))
}

/// A simulation of it with this seed.
pub fn simulation(name: &str, seed: u64) -> Simulation {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    Simulation::new(&compiled(name), &settings)
}

/// Runs to this time and checks that the books balance.
pub fn run(simulation: &mut Simulation, seconds: f64) {
    assert!(simulation.run_until(seconds, u64::MAX));
    let violations = simulation.violations();
    assert!(violations.is_empty(), "{violations:?}");
}

/// That a figure is within this share of what is known exactly.
#[track_caller]
pub fn close(found: f64, exact: f64, tolerance: f64) {
    assert!(
        (found / exact - 1.0).abs() < tolerance,
        "{found} against {exact}"
    );
}
