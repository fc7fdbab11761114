//! What holds for every scenario, however odd: made-up documents are solved and the reports held to laws that don't depend on the answer.

use loadscape_sim::analysis::{analyse, analyse_with};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::steady::{Precision, Solver};

fn finite(value: f64, what: &str, seed: u64) {
    assert!(
        value.is_finite() && value >= 0.0,
        "seed {seed}: {what} is {value}"
    );
}

fn check(report: &Report, seed: u64) {
    for class in &report.classes {
        finite(class.offered.0, "offered", seed);
        finite(class.throughput.0, "throughput", seed);
        finite(class.goodput.0, "goodput", seed);
        let slack = 1e-9 * class.offered.0;
        assert!(
            class.goodput.0 <= class.throughput.0 + slack,
            "seed {seed}: {class:?}"
        );
        assert!(
            class.throughput.0 <= class.offered.0 + slack,
            "seed {seed}: {class:?}"
        );
        if let Some(latency) = class.latency {
            let figures = [latency.p50.0, latency.p95.0, latency.p99.0, latency.p999.0];
            figures
                .iter()
                .for_each(|figure| finite(*figure, "a percentile", seed));
            assert!(
                figures.windows(2).all(|pair| pair[0] <= pair[1]),
                "seed {seed}: {latency:?}"
            );
            finite(latency.mean.0, "mean", seed);
            let sum: f64 = class.breakdown.iter().map(|part| part.mean.0).sum();
            assert!(
                (sum - latency.mean.0).abs() <= 1e-6 * latency.mean.0 + 1e-12,
                "seed {seed}: parts {sum} of {}",
                latency.mean.0
            );
        }
        let lost: f64 = class.losses.iter().map(|loss| loss.share).sum();
        let good = class.goodput.0 / class.offered.0.max(1e-300);
        assert!(
            lost <= 1.0 + 1e-6 && (class.offered.0 <= 0.0 || (good + lost - 1.0).abs() < 1e-6),
            "seed {seed}: {good} good, {lost} lost: {:?}",
            class.losses
        );
        for loss in &class.losses {
            assert!(
                (0.0..=1.0 + 1e-9).contains(&loss.share),
                "seed {seed}: {loss:?}"
            );
        }
    }
    for station in &report.stations {
        finite(station.arrival.0, "arrival", seed);
        finite(station.throughput.0, "station throughput", seed);
        finite(station.service.0, "service", seed);
        assert!(
            (0.0..=1.0 + 1e-9).contains(&station.utilisation),
            "seed {seed}: {station:?}"
        );
        assert!(
            (0.0..=1.0 + 1e-9).contains(&station.loss),
            "seed {seed}: {station:?}"
        );
        assert!(
            station.throughput.0 <= station.arrival.0 * (1.0 + 1e-9),
            "seed {seed}: {station:?}"
        );
        if let Some(waiting) = station.waiting {
            finite(waiting.0, "waiting", seed);
        }
    }
    for component in &report.components {
        finite(component.arrival.0, "component arrival", seed);
    }
    assert!(
        report.head_room >= -1.0 && !report.head_room.is_nan(),
        "seed {seed}"
    );
    finite(report.cost.total.0, "cost", seed);
}

#[test]
fn made_up_scenarios_are_solved_without_panic_or_nonsense() {
    for seed in 0..400 {
        let scenario = generate(seed, 3 + (seed % 30) as usize);
        check(&analyse(&scenario).report, seed);
    }
}

#[test]
fn the_same_document_always_gets_the_same_report() {
    for seed in 0..20 {
        let scenario = generate(seed, 20);
        assert_eq!(
            analyse(&scenario).report,
            analyse(&scenario).report,
            "seed {seed}"
        );
    }
}

#[test]
fn a_solver_that_has_solved_other_designs_answers_like_a_new_one() {
    let mut solver = Solver::new();
    for seed in 0..100 {
        let scenario = generate(seed, 3 + (seed % 20) as usize);
        let again = analyse_with(&mut solver, &scenario, Precision::Fast).report;
        assert!(again == analyse(&scenario).report, "seed {seed}");
    }
}
