//! Shards by hash and by range under Zipf keys: both engines give each shard what the sums over its keys say.

use crate::support::{close, run};
use loadscape_sim::analysis::analyse;
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::{Dispatch, Role, compile};
use loadscape_sim::scenario::{Scenario, read};

const KEYS: u32 = 10_000;
const SERVICE: f64 = 0.01;

fn design(scheme: &str, exponent: f64, rate: f64) -> Scenario {
    let document = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
        "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": {KEYS}, "zipf_exponent": {exponent}, "priority": 0}}],
        "components": [
        {{"id": 1, "kind": "clients", "name": "clients", "position": {{"x": 0, "y": 0}}, "parameters": {{"request_rate": {rate}}}}},
        {{"id": 2, "kind": "service", "name": "service", "position": {{"x": 200, "y": 0}}, "parameters": {{"cores": 64, "threads": 100000, "service_time": 0.001}}}},
        {{"id": 3, "kind": "sharded_database", "name": "shards", "position": {{"x": 400, "y": 0}}, "parameters": {{"shards": 4, "sharding_scheme": "{scheme}", "cross_shard_share": 0, "cores": 1, "connections": 100000, "memory": 100, "read_time": {}}}}}],
        "links": [{{"id": 1, "from": 1, "to": 2}}, {{"id": 2, "from": 2, "to": 3}}]}}"#,
        SERVICE * 1e3
    );
    let reading = read(&document);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.scenario.unwrap()
}

/// Each key's share of the requests, the most popular first.
fn masses(exponent: f64) -> Vec<f64> {
    let powers: Vec<f64> = (1..=KEYS)
        .map(|rank| f64::from(rank).powf(-exponent))
        .collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// The shares that the network has.
fn shares(design: &Scenario) -> Vec<f64> {
    let compiled = compile(design);
    let mut stations = compiled.network.stations.iter();
    let cores = stations.find(|station| matches!(station.dispatch, Dispatch::Shares(_)));
    match &cores.unwrap().dispatch {
        Dispatch::Shares(shares) => shares.clone(),
        _ => Vec::new(),
    }
}

#[test]
fn a_range_has_the_sum_of_its_keys_and_a_hash_spreads_all_but_the_hottest() {
    for exponent in [0.0, 0.6, 0.9, 1.2] {
        let masses = masses(exponent);
        let by_range = shares(&design("by_range", exponent, 1.0));
        for (share, range) in by_range.iter().zip(masses.chunks(KEYS as usize / 4)) {
            close(*share, range.iter().sum(), 1e-5);
        }
        let by_hash = shares(&design("by_hash", exponent, 1.0));
        // Popular keys go to the shards in turn, and the rest is as good as even.
        for (place, share) in by_hash.iter().enumerate() {
            let own: f64 = masses[..64].iter().skip(place).step_by(4).sum();
            let rest = masses[64..].iter().sum::<f64>() / 4.0;
            close(*share, own + rest, 1e-5);
        }
        assert!(by_hash[0] >= masses[0] && by_hash[0] <= by_range[0] + 1e-9);
        close(by_hash.iter().sum(), 1.0, 1e-9);
    }
}

#[test]
fn both_engines_queue_at_each_shard_for_its_own_share() {
    for scheme in ["by_range", "by_hash"] {
        let exponent = 0.9;
        let masses = masses(exponent);
        let by_key: Vec<f64> = if scheme == "by_range" {
            masses
                .chunks(KEYS as usize / 4)
                .map(|range| range.iter().sum())
                .collect()
        } else {
            let rest = masses[64..].iter().sum::<f64>() / 4.0;
            (0..4)
                .map(|place| masses[..64].iter().skip(place).step_by(4).sum::<f64>() + rest)
                .collect()
        };
        // The hottest is busy for three quarters of the time.
        let rate = 0.75 / SERVICE / by_key[0];
        let design = design(scheme, exponent, rate);
        // Every shard is M/M/1 with processor sharing.
        let at_shard = |share: &f64| share * SERVICE / (1.0 - rate * share * SERVICE);
        let exact: f64 = by_key.iter().map(at_shard).sum();
        let mut simulation = Simulation::new(&compile(&design), &Settings::default());
        run(&mut simulation, 4_000.0);
        let findings = simulation.findings();
        let mut stations = findings.stations.iter();
        let cores = stations.find(|own| own.component.0 == 3 && own.role == Role::Cores);
        let cores = cores.unwrap();
        close(cores.arrivals.unwrap().value, rate, 0.01);
        close(cores.sojourn.unwrap().value, exact, 0.03);
        let report = analyse(&design).report;
        let mut stations = report.stations.iter();
        let cores = stations.find(|own| own.component.0 == 3 && own.role == Role::Cores);
        let sojourn = cores.unwrap().sojourn;
        close(sojourn.unwrap().0, exact, 0.01);
    }
}
