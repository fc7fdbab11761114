//! Closed queueing networks: a fixed number of users who think, ask and wait. Exact mean-value analysis, exact convolution
//! for one class with multi-server stations, good approximations for populations too large for either, and the
//! operational bounds.
//!
//! Exact results hold for product-form networks (Baskett, Chandy, Muntz & Palacios 1975): processor sharing or
//! infinite-server stations with any service time, first-come-first-served ones with exponential times of one mean.

use super::multi_server::erlang_c;
use super::special::ln_factorial;

/// What a station of a closed network does with those who find its servers busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationKind {
    /// A queue for this many servers (≥ 1).
    Queue {
        /// Number of servers.
        servers: u32,
    },
    /// Infinitely many servers: a pure delay.
    Delay,
}

/// A station and what each class asks of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Kind of station.
    pub kind: StationKind,
    /// Service demand of each class: visits × mean service time, seconds, ≥ 0.
    pub demand: Vec<f64>,
}

impl Station {
    /// A single-server queue.
    pub fn queue(demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Queue { servers: 1 },
            demand,
        }
    }

    /// A queue for several servers.
    pub fn multi_server(servers: u32, demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Queue { servers },
            demand,
        }
    }

    /// A delay.
    pub fn delay(demand: Vec<f64>) -> Self {
        Self {
            kind: StationKind::Delay,
            demand,
        }
    }

    fn servers(&self) -> Option<u32> {
        match self.kind {
            StationKind::Queue { servers } => Some(servers),
            StationKind::Delay => None,
        }
    }
}

/// How a closed network was solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Exact mean-value analysis or convolution.
    Exact,
    /// Linearizer (Chandy & Neuse 1982), several servers by the open-queue correction: usually within 1 %, with several
    /// servers within 5 %.
    Linearizer,
}

/// The steady state of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Throughput of each class, 1/s.
    pub throughput: Vec<f64>,
    /// Response time of each class (all stations, without think time), seconds.
    pub response_time: Vec<f64>,
    /// Residence time, seconds: `[station][class]`, all visits together.
    pub residence_time: Vec<Vec<f64>>,
    /// Mean number present: `[station][class]`.
    pub number: Vec<Vec<f64>>,
    /// Utilisation of each server of each station, all classes; for a delay, the mean number present.
    pub utilisation: Vec<f64>,
    /// How these were obtained.
    pub method: Method,
}

/// Solves a closed network of `population[r]` users of class r with mean think time `think_time[r]` (seconds, ≥ 0).
///
/// Exact when that takes at most about `exact_steps` elementary steps (1e6 is about 2 ms), by [`Method::Linearizer`]
/// otherwise. `None` when lengths differ, a number is negative or not finite, or a class with users has neither think time nor
/// demand.
pub fn solve(
    population: &[u32],
    think_time: &[f64],
    stations: &[Station],
    exact_steps: u64,
) -> Option<Solution> {
    let classes = population.len();
    let good = |x: &f64| *x >= 0.0 && x.is_finite();
    let shapes = think_time.len() == classes
        && think_time.iter().all(good)
        && stations.iter().all(|s| {
            s.demand.len() == classes && s.demand.iter().all(good) && s.servers() != Some(0)
        });
    if !shapes {
        return None;
    }
    for class in 0..classes {
        let cycle = think_time[class] + stations.iter().map(|s| s.demand[class]).sum::<f64>();
        if population[class] > 0 && cycle <= 0.0 {
            return None;
        }
    }
    let steps = |users: u64| {
        let passes = stations
            .iter()
            .map(|s| u64::from(s.servers().unwrap_or(0).min(1 << 20)) + 1);
        let several = stations
            .iter()
            .filter(|s| s.servers().is_some_and(|c| c > 1))
            .count() as u64;
        users
            .saturating_mul(classes as u64)
            .saturating_mul(passes.sum::<u64>())
            .saturating_mul(several + 1)
    };
    let points = population.iter().fold(1_u64, |product, n| {
        product.saturating_mul(u64::from(*n) + 1)
    });
    if steps(points) > exact_steps || classes > 32 {
        return Some(linearizer(population, think_time, stations));
    }
    if stations.iter().any(|s| s.servers().is_some_and(|c| c > 1)) {
        return convolution(population, think_time, stations);
    }
    Some(mean_value_analysis(population, think_time, stations))
}

fn collect(
    population: &[u32],
    stations: &[Station],
    throughput: Vec<f64>,
    residence_time: Vec<Vec<f64>>,
    method: Method,
) -> Solution {
    let classes = population.len();
    let response_time = (0..classes)
        .map(|r| residence_time.iter().map(|station| station[r]).sum())
        .collect();
    let number = residence_time
        .iter()
        .map(|station| {
            station
                .iter()
                .zip(&throughput)
                .map(|(time, x)| time * x)
                .collect()
        })
        .collect();
    let utilisation = stations
        .iter()
        .map(|station| {
            let load: f64 = station
                .demand
                .iter()
                .zip(&throughput)
                .map(|(d, x)| d * x)
                .sum();
            load / station.servers().map_or(1.0, f64::from)
        })
        .collect();
    Solution {
        throughput,
        response_time,
        residence_time,
        number,
        utilisation,
        method,
    }
}

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
fn mean_value_analysis(population: &[u32], think_time: &[f64], stations: &[Station]) -> Solution {
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
                residence[i][r] = station.demand[r] * (1.0 + queue);
                cycle += residence[i][r];
            }
            throughput[r] = f64::from(users[r]) / cycle;
        }
        for i in 0..k {
            number[point % rows * k + i] =
                (0..classes).map(|r| throughput[r] * residence[i][r]).sum();
        }
    }
    collect(population, stations, throughput, residence, Method::Exact)
}

/// Exact solution by convolution (Buzen 1973, Reiser & Kobayashi 1975) of the stations' generating functions.
///
/// With u = Σ_r D_r z_r a delay contributes e^u, a single server 1/(1 − u), and c servers N(u)/(1 − u/c) with
/// N(u) = Σ_{j<c} (1 − j/c) u^j/j!. Every term is positive, so nothing cancels however loaded a station is (mean-value analysis
/// with marginal probabilities does cancel there). Demands are tilted by a guess of the throughputs and the series scaled,
/// so that populations of 10⁵ neither overflow nor lose the part that matters.
fn convolution(population: &[u32], think_time: &[f64], stations: &[Station]) -> Option<Solution> {
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
    let base = delays(population, think_time, stations, tilt);
    let constants = |without: Option<usize>| {
        let mut g = base.clone();
        for (i, station) in stations.iter().enumerate() {
            match station.servers() {
                Some(1) => lattice.divide(&mut g, &tilted[i]),
                Some(c) if without != Some(i) => {
                    let parallel: Vec<f64> = tilted[i].iter().map(|d| d / f64::from(c)).collect();
                    g = busy_servers(&lattice, g, &tilted[i], c).0;
                    lattice.divide(&mut g, &parallel);
                }
                _ => {}
            }
            rescale(&mut g);
        }
        g
    };
    let all = constants(None);
    let ratio =
        |series: &[f64], r: usize, whole: f64| series[everybody - lattice.stride[r]] / whole;
    let mut residence = vec![vec![0.0; classes]; stations.len()];
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
                residence[i].clone_from(&station.demand);
                continue;
            }
            Some(1) => {
                let mut twice = all.clone();
                lattice.divide(&mut twice, &tilted[i]);
                (twice, all[everybody])
            }
            Some(c) => {
                let parallel: Vec<f64> = tilted[i].iter().map(|d| d / f64::from(c)).collect();
                let (mut whole, mut derivative) =
                    busy_servers(&lattice, constants(Some(i)), &tilted[i], c);
                lattice.divide(&mut whole, &parallel);
                derivative
                    .iter_mut()
                    .zip(&whole)
                    .for_each(|(d, w)| *d += w / f64::from(c));
                lattice.divide(&mut derivative, &parallel);
                (derivative, whole[everybody])
            }
        };
        for r in 0..classes {
            if population[r] > 0 && throughput[r] > 0.0 {
                residence[i][r] = tilted[i][r] * ratio(&series, r, whole) / throughput[r];
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
        Method::Exact,
    ))
}

/// The series of all delays together, Π_r (Z_r x_r)^{n_r} / n_r!, scaled to a largest value of 1.
fn delays(population: &[u32], think_time: &[f64], stations: &[Station], tilt: &[f64]) -> Vec<f64> {
    let mut series = vec![1.0];
    for (r, most) in population.iter().enumerate() {
        let delayed: f64 = stations
            .iter()
            .filter(|s| s.servers().is_none())
            .map(|s| s.demand[r])
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

/// The series times N(u) and times N'(u), see [`convolution`], both in the same scale.
fn busy_servers(
    lattice: &Lattice,
    mut term: Vec<f64>,
    load: &[f64],
    servers: u32,
) -> (Vec<f64>, Vec<f64>) {
    let c = f64::from(servers);
    let mut value = vec![0.0; term.len()];
    let mut derivative = value.clone();
    for j in 0..servers {
        let j = f64::from(j);
        let mut largest = 0.0_f64;
        for ((term, value), derivative) in term.iter().zip(&mut value).zip(&mut derivative) {
            *value += (1.0 - j / c) * term;
            *derivative += (1.0 - (j + 1.0) / c) * term;
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

/// Linearizer (Chandy & Neuse 1982): Bard-Schweitzer's fixed point, corrected by how the share of each class at each station
/// changes when one user is taken away.
///
/// A station of c servers counts as a server c times as fast, the time in it weighted by Erlang C at its utilisation, plus
/// the plain service time: exact for one server, in the limit of many users far from saturation, and at saturation.
fn linearizer(population: &[u32], think_time: &[f64], stations: &[Station]) -> Solution {
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

/// Operational bounds of a closed network of one class (Denning & Buzen 1978), from single-server demands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Population at which the two asymptotes of the throughput meet.
    pub saturation_population: f64,
    /// Upper limit of the throughput for any population, 1/s; infinite without a queue.
    pub most_throughput: f64,
    /// Lower limit of the response time for any population, seconds.
    pub least_response_time: f64,
}

/// The asymptotic bounds for these demands (seconds; of a c-server station give demand / c to bound the throughput) and think
/// time. `None` for negative or non-finite numbers.
pub fn asymptotic_bounds(demands: &[f64], think_time: f64) -> Option<Bounds> {
    if !(think_time >= 0.0 && think_time.is_finite())
        || demands.iter().any(|d| !(*d >= 0.0 && d.is_finite()))
    {
        return None;
    }
    let total: f64 = demands.iter().sum();
    let largest = demands.iter().fold(0.0_f64, |a, b| a.max(*b));
    let reciprocal = |x: f64| {
        if largest > 0.0 {
            x / largest
        } else {
            f64::INFINITY
        }
    };
    Some(Bounds {
        saturation_population: reciprocal(total + think_time),
        most_throughput: reciprocal(1.0),
        least_response_time: total,
    })
}

impl Bounds {
    /// Upper limit of the throughput with this population, 1/s.
    pub fn throughput(&self, population: f64, think_time: f64) -> f64 {
        let cycle = self.least_response_time + think_time;
        if cycle > 0.0 {
            self.most_throughput.min(population / cycle)
        } else {
            self.most_throughput
        }
    }

    /// Lower limit of the response time with this population, seconds.
    pub fn response_time(&self, population: f64, think_time: f64) -> f64 {
        self.least_response_time
            .max(population / self.most_throughput - think_time)
    }
}

#[cfg(test)]
mod tests {
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
                    assert!(
                        (a.number[i][r] - b.number[i][r]).abs() < 1e-11 * (1.0 + b.number[i][r])
                    );
                }
            }
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
}
