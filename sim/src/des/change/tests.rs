//! A change to the same network, and what is left after many changes.

use super::super::{Settings, Simulation};
use crate::network::compile;
use crate::scenario::generate::generate;

fn simulation(seed: u64) -> (Simulation, crate::network::Compiled) {
    let compiled = compile(&generate(seed, 10));
    let settings = Settings {
        seed,
        most_in_flight: 5_000,
        ..Settings::default()
    };
    (Simulation::new(&compiled, &settings), compiled)
}

#[test]
fn a_change_to_the_same_network_changes_nothing() {
    for seed in 0..60 {
        let (mut changed, compiled) = simulation(seed);
        let mut unbroken = changed.clone();
        // By time: an entry of the agenda that belongs to nothing any more counts as a step.
        for cut in [1_000, 1, 7_000, 300, 20_000] {
            unbroken.run_until(unbroken.now() + 20.0, cut);
            unbroken.run_until(unbroken.now(), u64::MAX);
            changed.run_until(unbroken.now(), u64::MAX);
            changed.become_other(&compiled);
            assert_eq!(changed.events(), unbroken.events(), "seed {seed}");
        }
        unbroken.run_until(unbroken.now(), u64::MAX);
        changed.run_until(unbroken.now(), u64::MAX);
        assert_eq!(changed.findings(), unbroken.findings(), "seed {seed}");
        assert_eq!(changed.violations(), []);
    }
}

#[test]
fn what_nobody_is_in_any_more_leaves_nothing_behind() {
    let (mut simulation, one) = simulation(3);
    let other = compile(&generate(4, 12));
    let mut sizes = Vec::new();
    for round in 0..300 {
        simulation.run_until(simulation.now() + 1.0, 300);
        simulation.become_other(if round % 2 == 0 { &other } else { &one });
        let engine = &simulation.engine;
        sizes.push((
            engine.program.generations.len(),
            engine.stations.len() + engine.samplers.len() + engine.choices.len(),
            engine.tally.columns().count(),
        ));
    }
    let most = |sizes: &[(usize, usize, usize)]| {
        let largest = |of: fn(&(usize, usize, usize)) -> usize| sizes.iter().map(of).max();
        (
            largest(|size| size.0),
            largest(|size| size.1),
            largest(|size| size.2),
        )
    };
    assert_eq!(most(&sizes[250..]), most(&sizes[..50]));
    assert!(sizes[299].0 <= 2, "{:?}", sizes[299]);
}
