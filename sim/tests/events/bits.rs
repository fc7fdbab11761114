//! The same bits everywhere: a hash over everything that runs of many scenarios have found, the same natively and in the browser. The
//! browser's tests include this file.

use loadscape_sim::builtin::builtin;
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    ClientsFault, ComponentFault, Fault, Incident, LinkFault, Scenario, generate, read,
};

/// Hashes that every build has to find. After a change that is meant to change runs, the test says the new ones.
const EXPECTED: &str = include_str!("bits.txt");

/// Drawings of what the built-in ones lack.
const EXTRA: [(&str, &str); 7] = [
    ("balancing", include_str!("drawings/balancing.json")),
    ("replication", include_str!("drawings/replication.json")),
    ("protection", include_str!("drawings/protection.json")),
    ("messages", include_str!("drawings/messages.json")),
    ("failover", include_str!("drawings/failover.json")),
    ("behind", include_str!("drawings/behind.json")),
    ("hashing", include_str!("drawings/hashing.json")),
];

/// A hash of a run's findings as JSON, in which every number stands with all its digits (Fowler, Noll & Vo, FNV-1a).
fn fingerprint(scenario: &Scenario, seed: u64) -> u64 {
    let settings = Settings {
        seed,
        most_in_flight: 20_000,
        series_seconds: (!scenario.faults.is_empty()).then_some(0.125),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    simulation.run_until(30.0, 20_000);
    let findings = serde_json::to_string(&simulation.findings()).unwrap_or_default();
    findings.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Lets a bit of everything go wrong in the first half second, here and there.
fn beset(mut scenario: Scenario) -> Scenario {
    let whats = [
        ComponentFault::Kill { instances: Some(1) },
        ComponentFault::Slow {
            factor: 2.5,
            instances: None,
        },
        ComponentFault::ErrorRate { probability: 0.1 },
        ComponentFault::Kill { instances: None },
        ComponentFault::LoseMemory { instances: None },
        ComponentFault::RollingDeploy {
            restart_seconds: 0.03,
        },
        ComponentFault::Flush { instances: None },
    ];
    let clients = Incident::Clients {
        id: None,
        what: ClientsFault::Multiply { factor: 1.5 },
    };
    let mut incidents = vec![clients];
    for (component, what) in scenario.components.iter().skip(1).zip(whats.iter().cycle()) {
        incidents.push(Incident::Component {
            id: component.id,
            what: *what,
        });
    }
    for (place, link) in scenario.links.iter().enumerate().skip(1).step_by(2) {
        incidents.push(Incident::Link {
            id: link.id,
            what: if place % 4 == 1 {
                LinkFault::Drop { probability: 0.2 }
            } else {
                LinkFault::Delay { seconds: 0.01 }
            },
        });
    }
    let faults = incidents.into_iter().enumerate();
    scenario.faults = faults
        .map(|(place, incident)| Fault {
            start_seconds: 0.02 * place as f64,
            duration_seconds: Some(0.1),
            incident,
        })
        .collect();
    scenario
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
    for name in ["stage-2", "stage-6"] {
        let builtin = builtin().iter().find(|builtin| builtin.name == name);
        let scenario = builtin.and_then(|builtin| read(builtin.text()).scenario);
        add(
            format!("{name}-beset"),
            &beset(scenario.unwrap_or_default()),
            1,
        );
    }
    for seed in 0..4 {
        add(
            format!("generated-{seed}-beset"),
            &beset(generate::generate(seed, 12)),
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
