//! What queues of general service time promise, held against second methods and values worked out by hand.

use super::super::multi_server::MultiServer;
use super::super::transform::{Outline, Precision, batched, quantiles};
use super::deterministic::EXACT_LEVELS;
use super::*;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got} against {expected}"
    );
}

#[test]
fn pollaczek_khinchine_holds_for_the_textbook_laws() {
    // ρ = 0.8: exponential waits 4, constant 2, squared coefficient of variation 16 waits 34.
    let exponential = SingleServer::new(0.8, &Distribution::exponential(1.0).unwrap()).unwrap();
    close(exponential.mean_wait(), 4.0, 1e-14);
    close(
        exponential.wait_variance(),
        MultiServer::new(0.8, 1.0, 1).unwrap().wait_variance(),
        1e-13,
    );
    close(
        SingleServer::new(0.8, &Distribution::deterministic(1.0).unwrap())
            .unwrap()
            .mean_wait(),
        2.0,
        1e-14,
    );
    close(
        SingleServer::new(0.8, &Distribution::gamma(1.0, 16.0).unwrap())
            .unwrap()
            .mean_wait(),
        34.0,
        1e-13,
    );
    assert!(SingleServer::new(1.0, &Distribution::exponential(1.0).unwrap()).is_none());
    let heavy = SingleServer::new(0.5, &Distribution::pareto(1.0, 1.5).unwrap()).unwrap();
    assert_eq!(
        (heavy.mean_wait(), heavy.wait_variance()),
        (f64::INFINITY, f64::INFINITY)
    );
}

#[test]
fn constant_service_percentiles_match_erlangs_distribution() {
    let queue = DeterministicServer::new(0.8, 1.0).unwrap();
    close(
        queue.wait_quantile(0.5).unwrap(),
        1.275_939_873_376_235_3,
        1e-11,
    );
    close(
        queue.wait_quantile(0.95).unwrap(),
        6.620_324_996_840_724,
        1e-11,
    );
    close(
        queue.wait_quantile(0.99).unwrap(),
        10.355_886_791_994_953,
        1e-11,
    );
}

#[test]
fn constant_service_distribution_joins_its_tail_and_integrates_to_the_mean() {
    for load in [0.05, 0.3, 0.8, 0.95, 0.999] {
        let queue = DeterministicServer::new(load * 50.0, 0.02).unwrap();
        let edge = EXACT_LEVELS as f64 * 0.02;
        let (before, after) = (
            queue.wait_survival(edge * (1.0 - 1e-12)),
            queue.wait_survival(edge),
        );
        assert!((before - after).abs() < 1e-12, "{load}: {before} {after}");
        let body: f64 = (0..EXACT_LEVELS)
            .map(|k| {
                let start = k as f64 * 0.02;
                super::super::special::integrate(
                    |t| queue.wait_survival(t),
                    start,
                    start + 0.02 * (1.0 - 1e-15),
                    4,
                )
            })
            .sum();
        let tail = queue.wait_survival(edge) * 0.02 / queue.decay;
        close(body + tail, load * 0.02 / (2.0 * (1.0 - load)), 1e-10);
    }
    let idle = DeterministicServer::new(0.0, 1.0).unwrap();
    assert_eq!(idle.wait_quantile(0.999), Some(0.0));
    assert!(DeterministicServer::new(1.0, 1.0).is_none());
}

#[test]
fn constant_service_transform_inverts_to_the_same_percentiles() {
    let law = Distribution::deterministic(1.0).unwrap();
    let (queue, service) = (SingleServer::new(0.8, &law).unwrap(), law.prepare());
    let outline = Outline {
        mean: queue.mean_wait(),
        variance: queue.wait_variance(),
        shift: 1.0,
    };
    let exact = DeterministicServer::new(0.8, 1.0).unwrap();
    for (precision, tolerance) in [(Precision::Fast, 2e-3), (Precision::Exact, 2e-4)] {
        let mut out = [0.0; 4];
        let probabilities = [0.5, 0.95, 0.99, 0.999];
        let mut transform = batched(|s| queue.wait_transform(s, service.at(s)));
        quantiles(
            &mut transform,
            &outline,
            &probabilities,
            precision,
            &mut out,
        )
        .unwrap();
        for (got, p) in out.iter().zip(probabilities) {
            close(*got, exact.sojourn_quantile(p).unwrap(), tolerance);
        }
    }
}

#[test]
fn published_approximations_give_their_published_values() {
    close(
        allen_cunneen_mean_wait(3.2, 1.0, 4, 2.0, 0.5).unwrap(),
        0.931_925_737_167_819_5,
        1e-13,
    );
    close(kingman_mean_wait(0.9, 1.0, 4.0, 2.0).unwrap(), 27.0, 1e-13);
    // By hand: M/M/4 at 0.8 waits 0.745541; half of it times 1.033972.
    close(cosmetatos_mean_wait(3.2, 1.0, 4).unwrap(), 0.385_434, 2e-6);
    close(cosmetatos_mean_wait(0.8, 1.0, 1).unwrap(), 2.0, 1e-14);
    assert_eq!(kingman_mean_wait(1.0, 1.0, 1.0, 1.0), None);
    assert_eq!(allen_cunneen_mean_wait(4.0, 1.0, 4, 1.0, 1.0), None);
    assert_eq!(general_mean_wait(0.0, 1.0, 4, 0.3, 1.9), Some(0.0));
}

#[test]
fn several_general_servers_reduce_to_the_exact_cases() {
    let s = Complex64::new(0.3, 1.7);
    let exponential = Distribution::exponential(0.5).unwrap();
    let approximate = GeneralMultiServer::new(5.0, 1.0, 4, &exponential).unwrap();
    let exact = MultiServer::new(5.0, 2.0, 4).unwrap();
    close(approximate.mean_wait(), exact.mean_wait(), 1e-13);
    close(approximate.wait_variance(), exact.wait_variance(), 1e-12);
    let (a, b) = (
        approximate.wait_transform(s, &exponential.prepare()),
        exact.wait_transform(s),
    );
    assert!((a - b).norm_sqr() < 1e-26);

    let law = Distribution::gamma(0.5, 3.0).unwrap();
    let approximate = GeneralMultiServer::new(1.2, 1.0, 1, &law).unwrap();
    let exact = SingleServer::new(1.2, &law).unwrap();
    close(approximate.mean_wait(), exact.mean_wait(), 1e-13);
    close(approximate.wait_variance(), exact.wait_variance(), 1e-12);
    let (a, b) = (
        approximate.wait_transform(s, &law.prepare()),
        exact.wait_transform(s, law.transform(s)),
    );
    assert!((a - b).norm_sqr() < 1e-26);
}

#[test]
fn the_mean_of_the_approximate_wait_is_the_stated_one() {
    for (scv, servers) in [(0.0, 4), (0.3, 16), (4.0, 3)] {
        let law = Distribution::with_moments(0.2, scv).unwrap();
        let queue = GeneralMultiServer::new(4.0 * f64::from(servers), 1.0, servers, &law).unwrap();
        let service = law.prepare();
        let slope = |h: f64| (1.0 - queue.wait_transform(real(h), &service).re) / h;
        close(2.0 * slope(5e-4) - slope(1e-3), queue.mean_wait(), 1e-5);
    }
}

#[test]
fn several_servers_with_hyperexponential_service_are_close_to_the_chain() {
    // Mean wait over M/M/c's: M/H₂/c with balanced means solved exactly as a quasi-birth-death process (load of each server, servers, c²).
    for (utilisation, servers, scv, exact) in [
        (0.5, 2, 4.0, 2.214),
        (0.8, 2, 10.0, 5.176),
        (0.7, 4, 2.0, 1.407),
        (0.7, 4, 4.0, 2.185),
        (0.9, 4, 10.0, 5.182),
        (0.7, 8, 4.0, 1.979),
        (0.8, 16, 4.0, 1.988),
        (0.9, 32, 4.0, 2.129),
        (0.9, 32, 10.0, 4.225),
    ] {
        let third = 3.0 * scv * (1.0 + scv);
        let got = general_wait_ratio(utilisation * f64::from(servers), servers, scv, third);
        let tolerance = if scv > 4.0 { 0.11 } else { 0.07 };
        assert!(
            (got / exact - 1.0).abs() < tolerance,
            "{utilisation} {servers} {scv}: {got} for {exact}"
        );
    }
    // Another law of the same variance: gamma at c² = 4 keeps to the line.
    let gamma = general_wait_ratio(3.2, 4, 4.0, 45.0);
    close(gamma, 2.5 - 1.5 * cosmetatos_correction(3.2, 4), 1e-12);
}
