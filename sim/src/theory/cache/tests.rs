//! What cache hit ratios promise, held against second methods and values worked out by hand.

use super::*;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got} against {expected}"
    );
}

fn every_key(keys: u32, exponent: f64) -> Popularity {
    let weights: Vec<f64> = (1..=keys)
        .map(|i| libm::pow(f64::from(i), -exponent))
        .collect();
    Popularity::from_weights(&weights).unwrap()
}

#[test]
fn grouped_popularity_equals_the_sum_over_every_key() {
    for (keys, exponent) in [
        (401, 0.8),
        (10_000, 0.0),
        (10_000, 0.8),
        (10_000, 1.0),
        (50_000, 1.7),
        (3_000, 3.0),
    ] {
        let (grouped, plain) = (
            Popularity::zipf(keys, exponent).unwrap(),
            every_key(keys as u32, exponent),
        );
        close(grouped.sum(|p| p), 1.0, 1e-13);
        close(grouped.sum(|_| 1.0), keys as f64, 1e-9);
        for rank in [1, 128, 129, 400] {
            close(grouped.probability(rank), plain.probability(rank), 1e-9);
        }
        for capacity in [1.0, 30.0, 200.0, 399.0] {
            let (a, b) = (
                lru(&grouped, capacity).unwrap(),
                lru(&plain, capacity).unwrap(),
            );
            close(a.characteristic_requests, b.characteristic_requests, 2e-9);
            close(a.hit_ratio, b.hit_ratio, 2e-9);
            close(grouped.top_share(capacity), plain.top_share(capacity), 1e-9);
        }
    }
}

#[test]
fn ten_million_keys_are_summed_with_few_terms() {
    let popularity = Popularity::zipf(10_000_000, 0.9).unwrap();
    assert!(popularity.groups.len() < 300);
    let answer = lru(&popularity, 1e6).unwrap();
    assert!(answer.hit_ratio < popularity.top_share(1e6));
    close(
        popularity.sum(|p| -libm::expm1(-p * answer.characteristic_requests)),
        1e6,
        1e-9,
    );
}

#[test]
fn lru_exact_equals_a_sum_over_ordered_pairs() {
    // Capacity 2: Σ p_i p_j/(1 − p_i) (p_i + p_j).
    let weights: Vec<f64> = (1..=5).map(|i| libm::pow(f64::from(i), -1.4)).collect();
    let total: f64 = weights.iter().sum();
    let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let mut by_pairs = 0.0;
    for (i, a) in p.iter().enumerate() {
        for (j, b) in p.iter().enumerate() {
            if i != j {
                by_pairs += a * b / (1.0 - a) * (a + b);
            }
        }
    }
    close(lru_exact(&weights, 2).unwrap(), by_pairs, 1e-13);
    close(by_pairs, 0.616_626_725_443_650_3, 1e-12);
    // The best policy under independent references bounds it, and it grows with the capacity.
    let ratios: Vec<f64> = (0..=5).map(|m| lru_exact(&weights, m).unwrap()).collect();
    assert!(
        ratios.windows(2).all(|pair| pair[0] < pair[1]) && ratios[0] == 0.0 && ratios[5] == 1.0
    );
}

#[test]
fn fifo_exact_equals_the_sum_over_sets() {
    let weights: Vec<f64> = (1..=5).map(|i| libm::pow(f64::from(i), -1.4)).collect();
    let (mut held, mut norm) = (0.0, 0.0);
    for i in 0..5 {
        for j in 0..i {
            norm += weights[i] * weights[j];
            held +=
                weights[i] * weights[j] * (weights[i] + weights[j]) / weights.iter().sum::<f64>();
        }
    }
    close(fifo_exact(&weights, 2).unwrap(), held / norm, 1e-13);
    // Uniform keys: the hit ratio is capacity / keys whatever the policy.
    close(fifo_exact(&[1.0; 3000], 600).unwrap(), 0.2, 1e-10);
    close(
        fifo_or_random(&Popularity::zipf(3000, 0.0).unwrap(), 600.0)
            .unwrap()
            .hit_ratio,
        0.2,
        1e-10,
    );
}

#[test]
fn uniform_keys_hit_in_proportion_to_capacity() {
    let uniform = Popularity::zipf(5000, 0.0).unwrap();
    for capacity in [0.0, 1.0, 2500.0, 4999.0, 5000.0, 1e9] {
        close(
            lru(&uniform, capacity).unwrap().hit_ratio,
            (capacity / 5000.0).min(1.0),
            1e-9,
        );
    }
    assert_eq!(lru(&uniform, f64::NAN), None);
    assert_eq!(lru(&uniform, -1.0), None);
}

#[test]
fn hits_before_expiry_agree_with_the_renewal_equation() {
    // h(τ) = ∫_0^{min(τ, P)} e^{−u} (1 + h(τ − u)) du on a fine grid.
    let (patience, life, steps) = (1.5, 6.0, 6000_usize);
    let step = life / steps as f64;
    let mut h = vec![0.0_f64; steps + 1];
    for i in 1..=steps {
        let reach = ((patience / step) as usize).min(i);
        let mut sum = 0.0;
        for u in 0..reach {
            let middle = (u as f64 + 0.5) * step;
            let later = 0.5 * (h[i - u - 1] + if u == 0 { h[i - 1] } else { h[i - u] });
            sum += libm::exp(-middle) * (1.0 + later) * step;
        }
        h[i] = sum;
    }
    close(hits_before_expiry(life, patience), h[steps], 1e-3);
    close(hits_before_expiry(0.7, 3.0), 0.7, 1e-15);
    close(hits_before_expiry(1e6, 2.0), libm::expm1(2.0), 1e-12);
    // Continuity where the method changes.
    let patience = 3.0;
    let edge = 12.0 * libm::exp(patience);
    close(
        hits_before_expiry(edge * 0.9999, patience),
        libm::expm1(patience),
        1e-3,
    );
}

#[test]
fn expiry_never_helps_and_long_lives_change_nothing() {
    let popularity = Popularity::zipf(20_000, 0.9).unwrap();
    let plain = lru(&popularity, 2000.0).unwrap().hit_ratio;
    for kind in [TimeToLive::FromFetch, TimeToLive::FromLastUse] {
        let mut before = 0.0;
        for ttl in [0.0, 0.1, 1.0, 10.0, 60.0, 600.0, 1e5, f64::INFINITY] {
            let got = lru_with_ttl(&popularity, 2000.0, 300.0, ttl, kind)
                .unwrap()
                .hit_ratio;
            assert!(
                got >= before - 1e-9 && got <= plain + 1e-9,
                "{kind:?} {ttl}: {before} {got} {plain}"
            );
            before = got;
        }
        close(before, plain, 1e-9);
    }
    // Without a size limit the single-key formula holds.
    let one = Popularity::zipf(1, 1.0).unwrap();
    let got = lru_with_ttl(&one, 1.0, 0.5, 4.0, TimeToLive::FromFetch)
        .unwrap()
        .hit_ratio;
    close(
        got,
        ttl_hit_ratio(0.5, 4.0, TimeToLive::FromFetch).unwrap(),
        1e-14,
    );
}

#[test]
fn warm_up_ends_at_the_steady_state() {
    let popularity = Popularity::zipf(10_000, 0.8).unwrap();
    let steady = lru(&popularity, 1000.0).unwrap().hit_ratio;
    close(
        warm_up(&popularity, 1000.0, 200.0, 1e6).unwrap().hit_ratio,
        steady,
        1e-12,
    );
    assert_eq!(
        warm_up(&popularity, f64::INFINITY, 200.0, 0.0)
            .unwrap()
            .hit_ratio,
        0.0
    );
    assert!(warm_up(&popularity, f64::INFINITY, f64::NAN, 1.0).is_none());
}
