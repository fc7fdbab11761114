//! How long a design takes to compile and to solve: 20 components with four classes, 1,000 components, 1,000 services in a row, and what
//! once took for ever.
#![allow(
    missing_docs,
    reason = "the benchmark runner makes an undocumented main"
)]

#[path = "../tests/hard/mod.rs"]
mod hard;

mod systems;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Operation, Point, RequestClass, Scenario, read,
};
use loadscape_sim::steady::{Precision, Solver};
use std::hint::black_box;
use systems::design;

/// One population of clients and services that each call the next, at a load that the last of them bear.
fn chain(components: u32) -> Scenario {
    let mut scenario = Scenario {
        classes: vec![RequestClass::new(ClassId(1), "read", Operation::Read)],
        ..Scenario::default()
    };
    for id in 1..=components {
        let kind = if id == 1 {
            Kind::Clients
        } else {
            Kind::Service
        };
        let position = Point {
            x: f64::from(id % 40) * 240.0,
            y: f64::from(id / 40) * 130.0,
        };
        let mut component = Component::new(ComponentId(id), kind, "part", position);
        if kind == Kind::Clients {
            component
                .parameters
                .insert(Parameter::RequestRate, Value::Number(3.0));
        } else {
            let (from, to) = (ComponentId(id - 1), ComponentId(id));
            scenario.links.push(Link::new(LinkId(id), from, to));
        }
        scenario.components.push(component);
    }
    scenario
}

fn benchmark(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("steady");
    for components in [20, 1_000] {
        let scenario = design(components);
        let compiled = compile(&scenario);
        let network = &compiled.network;
        let mut solver = Solver::new();
        group.bench_function(BenchmarkId::new("compile", components), |bencher| {
            bencher.iter(|| compile(black_box(&scenario)));
        });
        group.bench_function(BenchmarkId::new("means", components), |bencher| {
            bencher.iter(|| solver.means(black_box(network)));
        });
        let name = BenchmarkId::new("means, bottleneck and head-room", components);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                solver.means(black_box(network));
                black_box(solver.limits(network))
            });
        });
        solver.means(network);
        group.bench_function(BenchmarkId::new("percentiles", components), |bencher| {
            bencher.iter(|| black_box(solver.percentiles(black_box(network), Precision::Fast)));
        });
        group.bench_function(BenchmarkId::new("whole report", components), |bencher| {
            bencher.iter(|| black_box(solver.solve(&scenario, &compiled, Precision::Fast)));
        });
        group.bench_function(BenchmarkId::new("whole analysis", components), |bencher| {
            bencher.iter(|| black_box(analyse_with(&mut solver, &scenario, Precision::Fast)));
        });
    }
    let scenario = chain(1_000);
    let mut solver = Solver::new();
    group.bench_function("whole analysis/1000 in a row", |bencher| {
        bencher.iter(|| black_box(analyse_with(&mut solver, &scenario, Precision::Fast)));
    });
    group.finish();
    let mut group = criterion.benchmark_group("once for ever");
    // Some take a second still.
    group.sample_size(10);
    for (name, text) in hard::documents() {
        let scenario = read(&text).scenario.expect("it is readable");
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(analyse_with(&mut solver, &scenario, Precision::Fast)));
        });
    }
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
