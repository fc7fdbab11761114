//! How long it takes to say why and what would move it, and to look at one number over its range: 20 and 50 components with four classes.
#![allow(
    missing_docs,
    reason = "the benchmark runner makes an undocumented main"
)]

mod asked;
mod systems;

use asked::{SUBJECTS, ask, drawn, sweep};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::steady::{Precision, Solver};
use std::hint::black_box;

fn benchmark(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("insight");
    for components in [20, 50] {
        let scenario = drawn(components);
        let mut solver = Solver::new();
        let analysis = analyse_with(&mut solver, &scenario, Precision::Fast);
        for (name, subject) in SUBJECTS {
            group.bench_function(BenchmarkId::new(name, components), |bencher| {
                bencher.iter(|| black_box(ask(&mut solver, &scenario, &analysis, subject)));
            });
        }
        let name = BenchmarkId::new("sweep of 40 points", components);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(sweep(&mut solver, &scenario)));
        });
    }
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
