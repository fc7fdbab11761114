//! What closed networks promise, held against second methods and values worked out by hand.

use super::*;

const PLENTY: u64 = 10_000_000;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got} against {expected}"
    );
}

/// M/M/c//N by its birth-death chain: throughput and mean number at the station.
fn repairmen(users: u32, think_time: f64, demand: f64, servers: u32) -> (f64, f64) {
    let mut weight = 1.0_f64;
    let (mut total, mut number, mut busy) = (1.0, 0.0, 0.0);
    for n in 1..=users {
        weight *= f64::from(users - n + 1) / think_time * demand / f64::from(n.min(servers));
        total += weight;
        number += f64::from(n) * weight;
        busy += f64::from(n.min(servers)) * weight;
    }
    (busy / total / demand, number / total)
}

#[test]
fn interactive_users_match_pdq() {
    let got = solve(&[100], &[300.0], &[Station::queue(vec![0.63])], PLENTY).unwrap();
    close(got.throughput[0], 0.332_453_152_876_945_5, 1e-12);
    close(got.response_time[0], 0.794_259_686_308_592_3, 1e-11);
    close(got.utilisation[0], 0.209_445_486_312_475_67, 1e-12);
}

#[test]
fn several_classes_match_allens_example() {
    let stations = [
        Station::queue(vec![0.5, 0.4, 1.2]),
        Station::queue(vec![0.04, 0.2, 0.05]),
        Station::queue(vec![0.06, 0.3, 0.06]),
    ];
    let got = solve(&[5, 10, 5], &[20.0, 30.0, 0.0], &stations, PLENTY).unwrap();
    assert_eq!(got.method, Method::Exact);
    close(got.throughput[2], 0.646_510_298_793_468_1, 1e-11);
    close(got.response_time[1], 3.557_424_813_647_501, 1e-11);
    close(got.number[0].iter().sum(), 6.586_663_955_358_775, 1e-11);
    let rough = solve(&[5, 10, 5], &[20.0, 30.0, 0.0], &stations, 0).unwrap();
    assert_eq!(rough.method, Method::Linearizer);
    for r in 0..3 {
        close(rough.throughput[r], got.throughput[r], 0.01);
        close(rough.response_time[r], got.response_time[r], 0.02);
    }
}

#[test]
fn several_servers_match_the_birth_death_chain() {
    for (users, think, demand, servers) in [
        (3, 2.0, 0.25, 2),
        (40, 1.0, 0.3, 8),
        (200, 1.0, 1.0, 10),
        (60, 1.0, 2.0, 64),
    ] {
        let (x, number) = repairmen(users, think, demand, servers);
        let stations = [Station::multi_server(servers, vec![demand])];
        let got = solve(&[users], &[think], &stations, PLENTY).unwrap();
        assert_eq!(got.method, Method::Exact);
        close(got.throughput[0], x, 1e-11);
        close(got.number[0][0], number, 1e-11);
        // The same users split into two classes.
        if users <= 60 {
            let two = [Station::multi_server(servers, vec![demand, demand])];
            let split = solve(&[users - 1, 1], &[think, think], &two, PLENTY).unwrap();
            close(split.throughput.iter().sum(), x, 1e-11);
            close(split.number[0].iter().sum(), number, 1e-11);
        }
        let rough = solve(&[users], &[think], &stations, 0).unwrap();
        close(rough.throughput[0], x, 0.05);
    }
}

#[test]
fn convolution_and_mean_values_agree() {
    let stations = [
        Station::queue(vec![0.02, 0.1]),
        Station::queue(vec![0.05, 0.0]),
        Station::delay(vec![0.5, 0.1]),
    ];
    for population in [[1, 0], [5, 3], [50, 20]] {
        let a = convolution(&population, &[1.0, 0.3], &stations).unwrap();
        let b = mean_value_analysis(&population, &[1.0, 0.3], &stations);
        for r in 0..2 {
            assert!((a.throughput[r] - b.throughput[r]).abs() <= 1e-12 * b.throughput[r]);
            for i in 0..3 {
                assert!((a.number[i][r] - b.number[i][r]).abs() < 1e-11 * (1.0 + b.number[i][r]));
            }
        }
    }
}

#[test]
fn copies_are_so_many_equal_stations() {
    let apart = |copies: usize| {
        let mut stations = vec![Station::queue(vec![0.02, 0.1]); copies];
        stations.extend(vec![Station::multi_server(2, vec![0.3, 0.1]); copies]);
        stations.extend(vec![Station::delay(vec![0.1, 0.0]); copies]);
        stations
    };
    let together = |copies| {
        vec![
            Station::queue(vec![0.02, 0.1]).times(copies),
            Station::multi_server(2, vec![0.3, 0.1]).times(copies),
            Station::delay(vec![0.1, 0.0]).times(copies),
        ]
    };
    let think = [1.0, 0.3];
    for (population, steps) in [([7, 5], PLENTY), ([70, 50], 0), ([7_000, 5], 0)] {
        let a = solve(&population, &think, &apart(3), steps).unwrap();
        let b = solve(&population, &think, &together(3), steps).unwrap();
        assert_eq!(a.method, b.method);
        for r in 0..2 {
            close(b.throughput[r], a.throughput[r], 1e-9);
            for i in 0..3 {
                let one = a.residence_time[3 * i][r];
                assert!((b.residence_time[i][r] - 3.0 * one).abs() <= 1e-7 * one + 1e-300);
                close(b.utilisation[i], a.utilisation[3 * i], 1e-9);
            }
        }
    }
    // Single servers only: mean-value analysis.
    let single = |copies| vec![Station::queue(vec![0.02, 0.1]).times(copies)];
    let a = solve(
        &[9, 4],
        &think,
        &vec![Station::queue(vec![0.02, 0.1]); 4],
        PLENTY,
    )
    .unwrap();
    let b = solve(&[9, 4], &think, &single(4), PLENTY).unwrap();
    close(b.throughput[0], a.throughput[0], 1e-13);
    close(b.residence_time[0][1], 4.0 * a.residence_time[2][1], 1e-13);
}

#[test]
fn a_long_queue_is_found_at_once() {
    // One bottleneck: whatever users there are wait there, so X = 1/D and R = N D − Z to within a user.
    for users in [1_000, 1_000_000, 10_000_000_u32] {
        let stations = [
            Station::queue(vec![0.01]),
            Station::multi_server(40, vec![0.3]),
        ];
        let got = solve(&[users], &[1e-5], &stations, 0).unwrap();
        close(got.throughput[0], 100.0, 1e-6);
        close(got.response_time[0], f64::from(users) * 0.01, 1e-6);
    }
}

#[test]
fn nobody_is_lost_in_a_mixed_network_of_two_classes() {
    let stations = [
        Station::queue(vec![0.02, 0.01]),
        Station::multi_server(4, vec![0.1, 0.3]),
        Station::multi_server(2, vec![0.03, 0.0]),
        Station::delay(vec![0.5, 0.0]),
    ];
    for population in [[1, 1], [9, 30], [120, 2]] {
        let got = solve(&population, &[1.0, 2.0], &stations, 100 * PLENTY).unwrap();
        assert_eq!(got.method, Method::Exact);
        for (r, think) in [1.0, 2.0].iter().enumerate() {
            let users: f64 =
                got.number.iter().map(|n| n[r]).sum::<f64>() + got.throughput[r] * think;
            close(users, f64::from(population[r]), 1e-11);
        }
        let rough = solve(&population, &[1.0, 2.0], &stations, 0).unwrap();
        for r in 0..2 {
            close(rough.throughput[r], got.throughput[r], 0.05);
        }
    }
}

#[test]
fn huge_populations_neither_overflow_nor_take_for_ever() {
    let stations = [
        Station::queue(vec![1e-5]),
        Station::multi_server(16, vec![2e-4]),
    ];
    let got = solve(&[100_000], &[1.0], &stations, PLENTY).unwrap();
    assert_eq!(got.method, Method::Exact);
    close(got.throughput[0], 16.0 / 2e-4, 1e-6);
    let total: f64 = got.number.iter().flatten().sum::<f64>() + got.throughput[0];
    close(total, 100_000.0, 1e-9);
    let rough = solve(
        &[1_000_000, 500_000],
        &[10.0, 1.0],
        &[Station::queue(vec![1e-5, 2e-6])],
        1000,
    )
    .unwrap();
    assert_eq!(rough.method, Method::Linearizer);
    assert!(rough.utilisation[0] <= 1.0 + 1e-9 && rough.utilisation[0] > 0.99);
}

#[test]
fn bounds_enclose_the_exact_answer() {
    let bounds = asymptotic_bounds(&[0.005, 0.01, 0.02], 1.0).unwrap();
    close(bounds.saturation_population, 51.75, 1e-12);
    close(bounds.most_throughput, 50.0, 1e-14);
    let stations = [0.005, 0.01, 0.02].map(|d| Station::queue(vec![d]));
    for users in [1_u32, 20, 52, 200] {
        let got = solve(&[users], &[1.0], &stations, PLENTY).unwrap();
        assert!(got.throughput[0] <= bounds.throughput(f64::from(users), 1.0) * (1.0 + 1e-12));
        assert!(
            got.response_time[0] >= bounds.response_time(f64::from(users), 1.0) * (1.0 - 1e-12)
        );
    }
}

#[test]
fn impossible_networks_are_refused() {
    let queue = [Station::queue(vec![1.0])];
    assert!(solve(&[1], &[f64::NAN], &queue, PLENTY).is_none());
    assert!(solve(&[1, 2], &[1.0], &queue, PLENTY).is_none());
    assert!(solve(&[1], &[0.0], &[Station::queue(vec![0.0])], PLENTY).is_none());
    assert!(solve(&[1], &[0.0], &[Station::multi_server(0, vec![1.0])], PLENTY).is_none());
    let nobody = solve(&[0], &[1.0], &queue, PLENTY).unwrap();
    assert_eq!(nobody.throughput, vec![0.0]);
    assert!(asymptotic_bounds(&[-1.0], 0.0).is_none());
}

/// Users and open requests at one station of several servers that all share, by the chain of both numbers, swept until it stands still:
/// throughput of the users, and mean numbers there of both.
fn mixed_chain(
    users: usize,
    think_time: f64,
    (demand, open_rate, open_demand): (f64, f64, f64),
    servers: usize,
) -> (f64, f64, f64) {
    let most = 120;
    let pace = |n: usize, m: usize, own: usize| {
        let all = n + m;
        if all == 0 {
            0.0
        } else {
            all.min(servers) as f64 * own as f64 / all as f64
        }
    };
    let mut p = vec![vec![1.0_f64; most + 1]; users + 1];
    for _ in 0..4_000 {
        for n in 0..=users {
            for m in 0..=most {
                let comes = |n: usize| (users - n) as f64 / think_time;
                let mut into = 0.0;
                if n > 0 {
                    into += p[n - 1][m] * comes(n - 1);
                }
                if m > 0 {
                    into += p[n][m - 1] * open_rate;
                }
                if n < users {
                    into += p[n + 1][m] * pace(n + 1, m, n + 1) / demand;
                }
                if m < most {
                    into += p[n][m + 1] * pace(n, m + 1, m + 1) / open_demand;
                }
                let mut out = comes(n) + pace(n, m, n) / demand + pace(n, m, m) / open_demand;
                if m < most {
                    out += open_rate;
                }
                p[n][m] = into / out;
            }
        }
        let total: f64 = p.iter().flatten().sum();
        p.iter_mut().flatten().for_each(|p| *p /= total);
    }
    let mean = |of: &dyn Fn(usize, usize) -> f64| -> f64 {
        let rows = p.iter().enumerate();
        rows.flat_map(|(n, row)| row.iter().enumerate().map(move |(m, p)| p * of(n, m)))
            .sum()
    };
    let there = mean(&|n, _| n as f64);
    (
        (users as f64 - there) / think_time,
        there,
        mean(&|_, m| m as f64),
    )
}

#[test]
fn users_beside_open_traffic_match_the_chain_of_both() {
    for (users, think, demand, open, servers) in [
        (5, 2.0, 0.6, (1.5, 0.4), 2),
        (6, 1.0, 0.5, (2.0, 0.9), 4),
        (4, 1.0, 0.8, (0.3, 1.0), 1),
    ] {
        let chain = mixed_chain(users, think, (demand, open.0, open.1), servers);
        let station = Station::multi_server(servers as u32, vec![demand]).beside(open.0 * open.1);
        let got = solve(&[users as u32], &[think], &[station], PLENTY).unwrap();
        assert_eq!(got.method, Method::Exact);
        close(got.throughput[0], chain.0, 1e-6);
        close(got.number[0][0], chain.1, 1e-6);
        close(got.open[0], chain.2, 1e-6);
    }
}

#[test]
fn many_users_beside_open_traffic_are_nearly_as_in_the_exact_solution() {
    let stations = [
        Station::multi_server(8, vec![0.05]).beside(3.0),
        Station::queue(vec![0.004]).beside(0.3),
    ];
    let exact = solve(&[120], &[1.5], &stations, PLENTY).unwrap();
    let rough = solve(&[120], &[1.5], &stations, 0).unwrap();
    assert_eq!(
        (exact.method, rough.method),
        (Method::Exact, Method::Linearizer)
    );
    close(rough.throughput[0], exact.throughput[0], 0.01);
    close(rough.response_time[0], exact.response_time[0], 0.03);
    close(rough.open[0], exact.open[0], 0.05);
}
