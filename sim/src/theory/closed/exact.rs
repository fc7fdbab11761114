//! Exact solution of closed networks: mean-value analysis and convolution; knows nothing of when each is worth its steps.

use super::super::special::ln_factorial;
use super::{Method, Solution, Station, collect, linearizer};

/// The population vectors from nobody to everybody, numbered in mixed radix, so that the one with a user less comes earlier.
struct Lattice {
    /// Distance to the vector with one user of class r less.
    stride: Vec<usize>,
    /// For each vector, the classes with users present, as bits.
    present: Vec<u32>,
}

impl Lattice {
    fn new(population: &[u32]) -> Self {
        let mut stride = vec![1_usize; population.len()];
        for r in 1..population.len() {
            stride[r] = stride[r - 1] * (population[r - 1] as usize + 1);
        }
        let points = population
            .iter()
            .map(|n| *n as usize + 1)
            .product::<usize>();
        let mut users = vec![0_u32; population.len()];
        let mut present = vec![0_u32; points];
        for entry in present.iter_mut().skip(1) {
            for (r, count) in users.iter_mut().enumerate() {
                if *count < population[r] {
                    *count += 1;
                    break;
                }
                *count = 0;
            }
            *entry = users
                .iter()
                .enumerate()
                .map(|(r, n)| u32::from(*n > 0) << r)
                .sum();
        }
        Self { stride, present }
    }

    /// Σ over the classes present of weight[r] × values[point − one user of r].
    #[inline]
    fn weighed(&self, values: &[f64], weight: &[f64], point: usize) -> f64 {
        let mut sum = 0.0;
        for (r, weight) in weight.iter().enumerate() {
            if self.present[point] & (1 << r) != 0 {
                sum += weight * values[point - self.stride[r]];
            }
        }
        sum
    }

    /// Multiplies the series by Σ_r weight[r] z_r, times `factor`.
    fn multiply(&self, series: &mut [f64], weight: &[f64], factor: f64) {
        for point in (0..series.len()).rev() {
            series[point] = factor * self.weighed(series, weight, point);
        }
    }

    /// Divides the series by 1 − Σ_r weight[r] z_r.
    fn divide(&self, series: &mut [f64], weight: &[f64]) {
        for point in 1..series.len() {
            series[point] += self.weighed(series, weight, point);
        }
    }
}

/// Exact mean-value analysis over every population vector up to the full one (Reiser & Lavenberg 1980), for single-server
/// queues and delays.
pub(super) fn mean_value_analysis(
    population: &[u32],
    think_time: &[f64],
    stations: &[Station],
) -> Solution {
    let (classes, k) = (population.len(), stations.len());
    let lattice = Lattice::new(population);
    // One class needs the previous point only.
    let rows = if classes == 1 {
        2
    } else {
        lattice.present.len()
    };
    let mut number = vec![0.0_f64; rows * k];
    let mut users = vec![0_u32; classes];
    let mut throughput = vec![0.0; classes];
    let mut residence = vec![vec![0.0; classes]; k];
    for point in 1..lattice.present.len() {
        for (count, most) in users.iter_mut().zip(population) {
            if *count < *most {
                *count += 1;
                break;
            }
            *count = 0;
        }
        for r in 0..classes {
            throughput[r] = 0.0;
            if users[r] == 0 {
                residence.iter_mut().for_each(|station| station[r] = 0.0);
                continue;
            }
            let before = (point - lattice.stride[r]) % rows * k;
            let mut cycle = think_time[r];
            for (i, station) in stations.iter().enumerate() {
                let queue = if station.servers().is_some() {
                    number[before + i]
                } else {
                    0.0
                };
                let demand = station.demand[r] / station.free();
                residence[i][r] = f64::from(station.copies) * demand * (1.0 + queue);
                cycle += residence[i][r];
            }
            throughput[r] = f64::from(users[r]) / cycle;
        }
        for i in 0..k {
            let all: f64 = (0..classes).map(|r| throughput[r] * residence[i][r]).sum();
            // An arrival at one copy finds those at that copy.
            number[point % rows * k + i] = all / f64::from(stations[i].copies);
        }
    }
    // Open arrivals find the users as they are on average, on the share of the server that they leave to each other.
    let last = (lattice.present.len() - 1) % rows * k;
    let open = stations.iter().enumerate().map(|(i, station)| {
        let found = 1.0 + number[last + i];
        f64::from(station.copies) * station.background * found / station.free()
    });
    let open = open.collect();
    collect(
        population,
        stations,
        throughput,
        residence,
        open,
        Method::Exact,
    )
}

/// Exact solution by convolution (Buzen 1973, Reiser & Kobayashi 1975) of the stations' generating functions.
///
/// With u = Σ_r D_r z_r a delay contributes e^u, a single server 1/(1 − u), and c servers N(u)/(1 − u/c) with
/// N(u) = Σ_{j<c} (1 − j/c) u^j/j!. Every term is positive, so nothing cancels however loaded a station is (mean-value analysis
/// with marginal probabilities does cancel there). Open traffic of a erlangs beside the users makes f(u) of a station f(u + a), the sum
/// over its number present, and has itself the mean number a f'(u + a). Demands are tilted by a guess of the throughputs and the series scaled,
/// so that populations of 10⁵ neither overflow nor lose the part that matters.
pub(super) fn convolution(
    population: &[u32],
    think_time: &[f64],
    stations: &[Station],
) -> Option<Solution> {
    let classes = population.len();
    let mut rough = linearizer(population, think_time, stations);
    if population.iter().all(|n| *n == 0) {
        rough.method = Method::Exact;
        return Some(rough);
    }
    let lattice = Lattice::new(population);
    let everybody = lattice.present.len() - 1;
    let tilt = &rough.throughput;
    let tilted: Vec<Vec<f64>> = stations
        .iter()
        .map(|s| s.demand.iter().zip(tilt).map(|(d, x)| d * x).collect())
        .collect();
    // What is divided by: the users' erlangs as a share of the servers that are left.
    let parallel: Vec<Vec<f64>> = stations
        .iter()
        .zip(&tilted)
        .map(|(station, load)| load.iter().map(|d| d / station.free()).collect())
        .collect();
    let base = delays(population, think_time, stations, tilt);
    let constants = |without: Option<usize>| {
        let mut g = base.clone();
        for (i, station) in stations.iter().enumerate() {
            let all_but_one = without == Some(i);
            for _ in u32::from(all_but_one)..station.copies {
                match station.servers() {
                    None => break,
                    Some(1) => lattice.divide(&mut g, &parallel[i]),
                    Some(c) => {
                        let weights = weights(c, station.background);
                        g = busy_servers(&lattice, g, &tilted[i], &weights).0;
                        lattice.divide(&mut g, &parallel[i]);
                    }
                }
                rescale(&mut g);
            }
        }
        g
    };
    let all = constants(None);
    let ratio =
        |series: &[f64], r: usize, whole: f64| series[everybody - lattice.stride[r]] / whole;
    let mut residence = vec![vec![0.0; classes]; stations.len()];
    let mut open = vec![0.0; stations.len()];
    let throughput: Vec<f64> = (0..classes)
        .map(|r| {
            if population[r] > 0 {
                tilt[r] * ratio(&all, r, all[everybody])
            } else {
                0.0
            }
        })
        .collect();
    if throughput.iter().any(|x| !x.is_finite()) {
        return None;
    }
    for (i, station) in stations.iter().enumerate() {
        // Mean number of class r: D_r z_r times the derivative of the station's function by u, in place of the function.
        let (series, whole) = match station.servers() {
            None => {
                residence[i] = station
                    .demand
                    .iter()
                    .map(|demand| demand * f64::from(station.copies))
                    .collect();
                continue;
            }
            Some(1) => {
                let mut twice = all.clone();
                lattice.divide(&mut twice, &parallel[i]);
                twice.iter_mut().for_each(|x| *x /= station.free());
                (twice, all[everybody])
            }
            Some(c) => {
                let weights = weights(c, station.background);
                let (mut whole, mut derivative) =
                    busy_servers(&lattice, constants(Some(i)), &tilted[i], &weights);
                lattice.divide(&mut whole, &parallel[i]);
                derivative
                    .iter_mut()
                    .zip(&whole)
                    .for_each(|(d, w)| *d += w / station.free());
                lattice.divide(&mut derivative, &parallel[i]);
                (derivative, whole[everybody])
            }
        };
        if station.background > 0.0 {
            open[i] = f64::from(station.copies) * station.background * series[everybody] / whole;
        }
        for r in 0..classes {
            if population[r] > 0 && throughput[r] > 0.0 {
                let at_one = tilted[i][r] * ratio(&series, r, whole) / throughput[r];
                residence[i][r] = f64::from(station.copies) * at_one;
            }
        }
    }
    for (r, users) in population.iter().enumerate() {
        if *users == 0 {
            residence.iter_mut().for_each(|station| station[r] = 0.0);
        }
    }
    Some(collect(
        population,
        stations,
        throughput,
        residence,
        open,
        Method::Exact,
    ))
}

/// The derivatives of N at the open traffic's erlangs a, N⁽ʲ⁾(a) = Σ_{m < c − j} (1 − (j + m)/c) aᵐ/m!, for j from 0 to c, times e^−a; without
/// open traffic they are 1 − j/c.
fn weights(servers: u32, background: f64) -> Vec<f64> {
    let c = f64::from(servers);
    if background <= 0.0 {
        return (0..=servers).map(|j| 1.0 - f64::from(j) / c).collect();
    }
    // Partial sums of the Poisson law: fewer than k are there.
    let mut fewer = Vec::with_capacity(servers as usize + 1);
    let mut sum = 0.0;
    for k in 0..=servers {
        fewer.push(sum);
        let k = f64::from(k);
        sum += libm::exp(k * libm::log(background) - background - ln_factorial(k));
    }
    (0..=servers)
        .map(|j| {
            let left = (servers - j) as usize;
            let below = if left > 0 { fewer[left - 1] } else { 0.0 };
            (1.0 - f64::from(j) / c) * fewer[left] - background / c * below
        })
        .map(|weight| weight.max(0.0))
        .collect()
}

/// The series of all delays together, Π_r (Z_r x_r)^{n_r} / n_r!, scaled to a largest value of 1.
fn delays(population: &[u32], think_time: &[f64], stations: &[Station], tilt: &[f64]) -> Vec<f64> {
    let mut series = vec![1.0];
    for (r, most) in population.iter().enumerate() {
        let delayed: f64 = stations
            .iter()
            .filter(|s| s.servers().is_none())
            .map(|s| s.demand[r] * f64::from(s.copies))
            .sum();
        let load = (think_time[r] + delayed) * tilt[r];
        let log_of = |n: f64| {
            if n == 0.0 {
                0.0
            } else {
                n * libm::log(load) - ln_factorial(n)
            }
        };
        let largest = log_of(libm::floor(load).min(f64::from(*most)));
        let column: Vec<f64> = (0..=*most)
            .map(|n| libm::exp(log_of(f64::from(n)) - largest))
            .collect();
        series = column
            .iter()
            .flat_map(|factor| series.iter().map(move |value| value * factor))
            .collect();
    }
    series
}

/// The series times N(u) and times N'(u), see [`convolution`], both in the same scale; N by its [`weights`].
fn busy_servers(
    lattice: &Lattice,
    mut term: Vec<f64>,
    load: &[f64],
    weights: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let mut value = vec![0.0; term.len()];
    let mut derivative = value.clone();
    for (j, weights) in (0_u32..).zip(weights.windows(2)) {
        let j = f64::from(j);
        let mut largest = 0.0_f64;
        for ((term, value), derivative) in term.iter().zip(&mut value).zip(&mut derivative) {
            *value += weights[0] * term;
            *derivative += weights[1] * term;
            largest = largest.max(*term);
        }
        if largest == 0.0 {
            break;
        }
        if largest > 1e200 {
            for series in [&mut term, &mut value, &mut derivative] {
                series.iter_mut().for_each(|x| *x *= 1e-200);
            }
        }
        lattice.multiply(&mut term, load, 1.0 / (j + 1.0));
    }
    (value, derivative)
}

fn rescale(g: &mut [f64]) {
    let largest = g.iter().fold(0.0_f64, |a, b| a.max(*b));
    if largest > 0.0 {
        g.iter_mut().for_each(|x| *x /= largest);
    }
}
