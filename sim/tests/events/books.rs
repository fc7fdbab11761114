//! Cases with known answers: the interval holds the exact value, and the estimate lies within the case's tolerance.

use crate::support::{run, simulation};
use loadscape_sim::des::Estimate;

#[track_caller]
fn agrees(estimate: Option<Estimate>, exact: f64, tolerance: f64) {
    let estimate = estimate.expect("an estimate");
    let error = (estimate.value / exact - 1.0).abs();
    assert!(error < tolerance, "{estimate:?} against {exact}: {error}");
    // Two intervals wide: of the many figures here, one in twenty lies outside its own interval by chance alone.
    let half_width = estimate.half_width.expect("an interval");
    assert!(
        (estimate.value - exact).abs() < 2.0 * half_width,
        "{estimate:?} against {exact}"
    );
}

#[test]
fn one_server_waits_as_the_books_say() {
    let mut simulation = simulation("validation/scenarios/mm1-0.8", 1);
    run(&mut simulation, 24_000_000.0);
    let findings = simulation.findings();
    let (class, station) = (&findings.classes[0], &findings.stations[0]);
    agrees(class.mean, 5.0, 0.01);
    agrees(class.quantiles.p50, 3.465_735_902_799_726_5, 0.01);
    agrees(class.quantiles.p99, 23.025_850_929_940_457, 0.02);
    agrees(station.utilisation, 0.8, 0.002);
    agrees(station.waiting, 4.0, 0.01);
    agrees(station.queue_length, 3.2, 0.01);
    agrees(station.wait_probability, 0.8, 0.002);
}

#[test]
fn three_tiers_take_as_long_as_jackson_says() {
    let mut simulation = simulation("validation/scenarios/jackson-3tier", 1);
    run(&mut simulation, 60_000.0);
    let findings = simulation.findings();
    agrees(findings.classes[0].mean, 0.159_524_758_349_395, 0.01);
    let sojourn = |station: usize| findings.stations[station].sojourn;
    agrees(sojourn(0), 0.001_086_956_521_739_13, 0.01);
    agrees(sojourn(1), 0.102_882_246_272_100_81, 0.01);
    agrees(sojourn(2), 0.055_555_555_555_555_55, 0.01);
}

#[test]
fn priorities_and_sharing_treat_classes_as_the_books_say() {
    let mut simulation_of_priorities = simulation("validation/scenarios/priority-nonpreemptive", 1);
    run(&mut simulation_of_priorities, 4_000_000.0);
    let findings = simulation_of_priorities.findings();
    let station = &findings.stations[0];
    agrees(station.waiting_by_class[0], 1.142_857_142_857_142_8, 0.015);
    agrees(station.waiting_by_class[1], 5.714_285_714_285_714, 0.015);
    let mut sharing = simulation("validation/scenarios/ps-mg1", 1);
    run(&mut sharing, 4_000_000.0);
    agrees(sharing.findings().classes[0].mean, 5.0, 0.02);
}

#[test]
fn losses_are_those_of_erlang() {
    for (case, blocked) in [
        ("erlangB-10-15", 0.036_496_945_472_370_79),
        ("erlangB-2-3", 0.210_526_315_789_473_67),
        ("mm1k-0.8-10", 0.023_492_857_579_905_605),
    ] {
        let mut simulation = simulation(&format!("validation/scenarios/{case}"), 1);
        run(&mut simulation, 4_000_000.0);
        agrees(simulation.findings().stations[0].loss, blocked, 0.02);
    }
}

#[test]
fn users_who_think_are_served_as_mean_value_analysis_says() {
    let mut simulation = simulation("validation/scenarios/mva-interactive-3tier", 1);
    run(&mut simulation, 100_000.0);
    let findings = simulation.findings();
    agrees(findings.classes[0].throughput, 50.0, 0.01);
    agrees(findings.classes[0].mean, 3.0, 0.01);
}
