//! How long it takes to say why and what would move it, and to look at one number over its range: 20 and 50 components with four classes.
#![allow(
    missing_docs,
    reason = "the benchmark runner makes an undocumented main"
)]

mod systems;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::catalog::{Kind, Parameter, Value, parameter};
use loadscape_sim::insight::{Subject, WhatIf, remedies, values_to_try, why};
use loadscape_sim::scenario::{ClassId, Scenario};
use loadscape_sim::steady::{Precision, Solver};
use std::hint::black_box;
use systems::design;

/// Points of a sweep, as the page has them.
const POINTS: usize = 40;

/// So many parts of those systems, which are whole up to the last, at a load at which something waits.
fn drawn(components: usize) -> Scenario {
    let mut scenario = design(components.next_multiple_of(20));
    scenario.components.truncate(components);
    let last = components as u32;
    scenario
        .links
        .retain(|link| link.from.0 <= last && link.to.0 <= last);
    for component in &mut scenario.components {
        if component.kind == Kind::Clients {
            component
                .parameters
                .insert(Parameter::RequestRate, Value::Number(160.0));
        }
    }
    scenario
}

fn benchmark(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("insight");
    for components in [20, 50] {
        let scenario = drawn(components);
        let mut solver = Solver::new();
        let analysis = analyse_with(&mut solver, &scenario, Precision::Fast);
        for (name, subject) in [
            ("why with remedies, a class", Subject::Latency(ClassId(1))),
            ("why with remedies, the bottleneck", Subject::Bottleneck),
            ("why with remedies, the bill", Subject::Cost),
        ] {
            group.bench_function(BenchmarkId::new(name, components), |bencher| {
                bencher.iter(|| {
                    black_box(why(&mut solver, &scenario, &analysis, subject));
                    black_box(remedies(&mut solver, &scenario, &analysis, subject))
                });
            });
        }
        let clients = &scenario.components[0];
        let specification =
            parameter(clients.kind, Parameter::RequestRate).expect("clients have a rate");
        let name = BenchmarkId::new("sweep of 40 points", components);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut what_if =
                    WhatIf::begin(clients, Parameter::RequestRate).expect("it is a number");
                for value in values_to_try(specification, what_if.here, POINTS) {
                    what_if.extend(&mut solver, &scenario, value);
                }
                black_box(what_if)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
