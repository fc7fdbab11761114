//! Approximate solution of closed networks whose populations are too large for an exact one.

use super::super::multi_server::erlang_c;
use super::{Method, Solution, Station, collect};

/// Linearizer (Chandy & Neuse 1982): Bard-Schweitzer's fixed point, corrected by how the share of each class at each station
/// changes when one user is taken away.
///
/// A station of c servers counts as a server c times as fast, the time in it weighted by Erlang C at its utilisation, plus
/// the plain service time: exact for one server, in the limit of many users far from saturation, and at saturation.
pub(super) fn linearizer(population: &[u32], think_time: &[f64], stations: &[Station]) -> Solution {
    let (classes, k) = (population.len(), stations.len());
    let full: Vec<f64> = population.iter().map(|n| f64::from(*n)).collect();
    let flat = |i: usize, r: usize| i * classes + r;
    let start = |users: &[f64]| -> Vec<f64> {
        let queues = stations
            .iter()
            .filter(|s| s.servers().is_some())
            .count()
            .max(1) as f64;
        (0..k * classes)
            .map(|j| {
                if stations[j / classes].servers().is_some() {
                    users[j % classes] / queues
                } else {
                    0.0
                }
            })
            .collect()
    };
    // change[r][i, s]: share of class s at station i with one user of class r away, less the share with all present.
    let mut change = vec![vec![0.0; k * classes]; classes];
    let mut whole = start(&full);
    let mut throughput = vec![0.0; classes];
    let mut residence = vec![vec![0.0; classes]; k];
    // Beyond this size the Linearizer's correction costs more than it gains.
    let passes = if classes * classes * k > 20_000 { 1 } else { 3 };
    for pass in 0..passes {
        core(
            &full,
            think_time,
            stations,
            &change,
            &mut whole,
            &mut throughput,
            &mut residence,
        );
        if pass + 1 == passes {
            break;
        }
        for r in 0..classes {
            if full[r] < 1.0 {
                continue;
            }
            let mut fewer = full.clone();
            fewer[r] -= 1.0;
            let mut part = start(&fewer);
            let (mut x, mut times) = (vec![0.0; classes], vec![vec![0.0; classes]; k]);
            core(
                &fewer, think_time, stations, &change, &mut part, &mut x, &mut times,
            );
            for i in 0..k {
                for s in 0..classes {
                    let share = |queue: &[f64], users: f64| {
                        if users > 0.0 {
                            queue[flat(i, s)] / users
                        } else {
                            0.0
                        }
                    };
                    change[r][flat(i, s)] = if fewer[s] > 0.0 {
                        share(&part, fewer[s]) - share(&whole, full[s])
                    } else {
                        0.0
                    };
                }
            }
        }
    }
    collect(
        population,
        stations,
        throughput,
        residence,
        Method::Linearizer,
    )
}

/// The Linearizer's core: the fixed point of the mean-value equations for given changes of shares.
fn core(
    users: &[f64],
    think_time: &[f64],
    stations: &[Station],
    change: &[Vec<f64>],
    queue: &mut [f64],
    throughput: &mut [f64],
    residence: &mut [Vec<f64>],
) {
    let classes = users.len();
    let mut fast = vec![0.0; queue.len()];
    let mut waiting = vec![1.0; stations.len()];
    for _ in 0..2000 {
        for r in 0..classes {
            if users[r] <= 0.0 {
                throughput[r] = 0.0;
                residence.iter_mut().for_each(|station| station[r] = 0.0);
                continue;
            }
            let mut cycle = think_time[r];
            for (i, station) in stations.iter().enumerate() {
                let demand = station.demand[r];
                let time = match station.servers() {
                    None => demand,
                    Some(servers) => {
                        let mut found = 0.0;
                        for s in 0..classes {
                            let present = users[s] - if s == r { 1.0 } else { 0.0 };
                            if present > 0.0 && users[s] > 0.0 {
                                let share =
                                    queue[i * classes + s] / users[s] + change[r][i * classes + s];
                                found += present * share;
                            }
                        }
                        let fast_time = demand / f64::from(servers) * (1.0 + found.max(0.0));
                        fast[i * classes + r] = fast_time;
                        if servers == 1 {
                            fast_time
                        } else {
                            demand + waiting[i] * fast_time
                        }
                    }
                };
                residence[i][r] = time;
                cycle += time;
            }
            throughput[r] = users[r] / cycle;
        }
        let mut moved = 0.0_f64;
        for (i, station) in stations.iter().enumerate() {
            let Some(servers) = station.servers() else {
                continue;
            };
            for r in 0..classes {
                let next = throughput[r] * fast[i * classes + r];
                let entry = &mut queue[i * classes + r];
                moved = moved.max((next - *entry).abs() / users[r].max(1.0));
                // Multi-server stations feed back through Erlang C; half steps keep them from swinging.
                *entry = if servers == 1 {
                    next
                } else {
                    0.5 * (*entry + next)
                };
            }
            if servers > 1 {
                let load: f64 = station
                    .demand
                    .iter()
                    .zip(&*throughput)
                    .map(|(d, x)| d * x)
                    .sum();
                let next = erlang_c(load, servers).unwrap_or(1.0);
                moved = moved.max((next - waiting[i]).abs());
                waiting[i] = 0.5 * (waiting[i] + next);
            }
        }
        if moved < 1e-11 {
            break;
        }
    }
}
