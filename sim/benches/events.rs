//! How many events a second the simulation runs, beside a peer on the same models in the same run. An event is an arrival or the end of a
//! service. Each iteration lets a simulation that has settled go on for so many more events, with all its statistics.
#![allow(
    missing_docs,
    reason = "the benchmark runner makes an undocumented main"
)]

mod peer;
mod systems;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::{Compiled, compile};
use loadscape_sim::scenario::read;
use std::hint::black_box;

/// A case of the theory books, as its scenario file has it.
fn case(name: &str) -> Compiled {
    let path = format!(
        "{}/validation/scenarios/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).unwrap_or_default();
    compile(&read(&text).scenario.unwrap_or_default())
}

/// Some 200,000 events more of a simulation that has run as long already.
fn measure(criterion: &mut Criterion, name: &str, compiled: &Compiled) {
    const EVENTS: f64 = 200_000.0;
    let mut simulation = Simulation::new(compiled, &Settings::default());
    simulation.run_until(1.0, u64::MAX);
    let mut span = 1.0;
    while simulation.events() < EVENTS as u64 {
        let before = simulation.events();
        simulation.run_until(simulation.now() + span, u64::MAX);
        let came = (simulation.events() - before) as f64;
        span *= (EVENTS / came.max(1.0)).min(16.0);
    }
    let before = simulation.events();
    simulation.run_until(simulation.now() + span, u64::MAX);
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Elements(simulation.events() - before));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            simulation.run_until(simulation.now() + span, u64::MAX);
            black_box(simulation.events())
        });
    });
    group.finish();
}

/// The same of the peer, from an empty system each time, for it can't go on.
fn measure_peer(criterion: &mut Criterion, name: &str, model: &peer::Model, seconds: f64) {
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Elements(peer::run(model, seconds).events));
    group.bench_function(format!("desru/{name}"), |bencher| {
        bencher.iter(|| black_box(peer::run(model, seconds)));
    });
    group.finish();
}

fn benchmark(criterion: &mut Criterion) {
    measure(criterion, "M/M/1", &case("mm1-0.8"));
    measure_peer(criterion, "M/M/1", &peer::one_server(), 125_000.0);
    measure(criterion, "three tiers", &case("jackson-3tier"));
    measure_peer(criterion, "three tiers", &peer::three_tiers(), 625.0);
    measure(criterion, "20 parts", &compile(&systems::design(20)));
    measure(criterion, "1000 parts", &compile(&systems::design(1_000)));
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
