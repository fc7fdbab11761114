//! The same bits everywhere: a hash over everything that runs of many scenarios have found, the same natively and in the browser. The
//! browser's tests include this file.

use loadscape_sim::builtin::builtin;
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{Scenario, generate, read};

/// Hashes that every build has to find. After a change that is meant to change runs, the test says the new ones.
const EXPECTED: &str = include_str!("bits.txt");

/// Drawings of what the built-in ones lack.
const EXTRA: [(&str, &str); 3] = [
    ("replication", include_str!("drawings/replication.json")),
    ("protection", include_str!("drawings/protection.json")),
    ("messages", include_str!("drawings/messages.json")),
];

/// A hash of a run's findings as JSON, in which every number stands with all its digits (Fowler, Noll & Vo, FNV-1a).
fn fingerprint(scenario: &Scenario, seed: u64) -> u64 {
    let settings = Settings {
        seed,
        most_in_flight: 20_000,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    simulation.run_until(30.0, 20_000);
    let findings = serde_json::to_string(&simulation.findings()).unwrap_or_default();
    findings.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A line for each run: what ran, and its hash.
pub fn fingerprints() -> String {
    let mut lines = String::new();
    let mut add = |name: String, scenario: &Scenario, seed| {
        lines.push_str(&format!("{name} {:016x}\n", fingerprint(scenario, seed)));
    };
    for builtin in builtin() {
        let scenario = read(builtin.text()).scenario.unwrap_or_default();
        add(builtin.name.to_owned(), &scenario, 1);
    }
    for (name, text) in EXTRA {
        let scenario = read(text).scenario.unwrap_or_default();
        add(name.to_owned(), &scenario, 1);
    }
    for seed in 0..24 {
        add(
            format!("generated-{seed}"),
            &generate::generate(seed, 12),
            seed,
        );
    }
    lines
}

/// Fails with the new hashes when they aren't the expected ones.
pub fn check() {
    let found = fingerprints();
    assert!(
        found == EXPECTED,
        "runs have changed; if they were meant to, sim/tests/events/bits.txt is now:\n{found}"
    );
}
