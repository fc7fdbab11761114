//! Approximate solution of closed networks whose populations are too large for an exact one.

use super::super::multi_server::erlang_c;
use super::{Method, Solution, Station, collect};

/// Beyond this many entries (classes² × visits) the Linearizer's correction costs more than it gains, and Bard-Schweitzer's plain
/// fixed point is taken.
const MOST_CORRECTIONS: usize = 20_000;
/// Evaluations of a visit's residence time that one fixed point may take, a few milliseconds; only populations of many classes whose
/// throughputs hang closely together ever ask for that many.
const MOST_EVALUATIONS: usize = 400_000;

/// Linearizer (Chandy & Neuse 1982): Bard-Schweitzer's fixed point, corrected by how the share of each class at each station
/// changes when one user is taken away.
///
/// A station of c servers counts as a server c times as fast, the time in it weighted by Erlang C at its utilisation, plus
/// the plain service time: exact for one server (with open traffic beside, which takes its share of the servers), in the limit of many users far from saturation, and at saturation.
pub(super) fn linearizer(population: &[u32], think_time: &[f64], stations: &[Station]) -> Solution {
    let classes = population.len();
    let full: Vec<f64> = population.iter().map(|n| f64::from(*n)).collect();
    let network = Queues::new(think_time, stations);
    let entries = network.visits.len();
    let passes = if classes * classes * entries > MOST_CORRECTIONS {
        1
    } else {
        3
    };
    // change[r][visit]: share of the visit's class at its station with one user of class r away, less the share with all present.
    let mut change = vec![vec![0.0; if passes > 1 { entries } else { 0 }]; classes];
    let mut whole = Point::start(&network, &full);
    for pass in 0..passes {
        network.settle(&full, &change, &mut whole);
        if pass + 1 == passes {
            break;
        }
        for r in 0..classes {
            if full[r] < 1.0 {
                continue;
            }
            let mut fewer = full.clone();
            fewer[r] -= 1.0;
            let mut part = Point::start(&network, &fewer);
            network.settle(&fewer, &change, &mut part);
            for (entry, visit) in network.visits.iter().enumerate() {
                let s = visit.class;
                change[r][entry] = if fewer[s] > 0.0 {
                    part.queue[entry] / fewer[s] - whole.queue[entry] / full[s]
                } else {
                    0.0
                };
            }
        }
    }
    // Open arrivals find the users as they are on average.
    let mut found = vec![1.0; stations.len()];
    let mut loads = vec![0.0; stations.len()];
    for (visit, queue) in network.visits.iter().zip(&whole.queue) {
        if full[visit.class] > 0.0 {
            found[visit.station] += queue;
            loads[visit.station] += whole.throughput[visit.class] * visit.demand;
        }
    }
    let open = stations.iter().zip(found.iter().zip(&loads));
    let open = open.map(|(station, (found, load))| match station.servers() {
        Some(servers) if station.background > 0.0 => {
            let quick = found / station.free();
            let time = match servers {
                1 => quick,
                _ => {
                    let load = (load + station.background).min(f64::from(servers));
                    1.0 + erlang_c(load, servers).unwrap_or(1.0) * quick
                }
            };
            f64::from(station.copies) * station.background * time
        }
        _ => 0.0,
    });
    let open = open.collect();
    let mut residence = vec![vec![0.0; classes]; stations.len()];
    for (station, times) in stations.iter().zip(&mut residence) {
        if station.servers().is_none() {
            for (r, time) in times.iter_mut().enumerate() {
                if full[r] > 0.0 {
                    *time = station.demand[r] * f64::from(station.copies);
                }
            }
        }
    }
    for (visit, time) in network.visits.iter().zip(&whole.residence) {
        if full[visit.class] > 0.0 {
            residence[visit.station][visit.class] = visit.copies * time;
        }
    }
    collect(
        population,
        stations,
        whole.throughput,
        residence,
        open,
        Method::Linearizer,
    )
}

/// A class's demand at a station where it may have to queue.
struct Visit {
    class: usize,
    station: usize,
    /// Seconds at each copy of the station.
    demand: f64,
    servers: u32,
    /// Servers that open traffic leaves, and erlangs that it takes.
    free: f64,
    background: f64,
    copies: f64,
}

/// The network as the fixed point sees it: who queues where, class by class.
struct Queues {
    visits: Vec<Visit>,
    /// Where the visits of each class start; one more entry for the end.
    first: Vec<usize>,
    /// Think time and delays of each class, seconds.
    away: Vec<f64>,
    stations: usize,
}

/// A candidate for the steady state.
struct Point {
    /// Mean number of the visit's class at each copy of its station. With several servers only those count who wait, as a server as fast
    /// as all of them would have them.
    queue: Vec<f64>,
    /// Seconds at each copy.
    residence: Vec<f64>,
    throughput: Vec<f64>,
}

impl Point {
    fn start(network: &Queues, users: &[f64]) -> Self {
        let queues = network.stations.max(1) as f64;
        Point {
            queue: network
                .visits
                .iter()
                .map(|visit| users[visit.class] / (queues * visit.copies))
                .collect(),
            residence: vec![0.0; network.visits.len()],
            throughput: vec![0.0; users.len()],
        }
    }
}

/// A visit while all classes but its own are held fixed.
struct Held {
    demand: f64,
    /// Demand over servers that open traffic leaves.
    quick: f64,
    servers: u32,
    copies: f64,
    /// One more than the number found of other classes, corrected.
    found: f64,
    /// Erlangs of other classes and of open traffic.
    load: f64,
}

impl Held {
    /// Number at each copy and seconds there for each request, at this throughput of the class; `kept` is the share of its own queue that a
    /// user finds. `None` from where on no queue is long enough.
    fn at(&self, throughput: f64, kept: f64) -> Option<(f64, f64)> {
        let load = throughput * self.quick;
        let free = 1.0 - kept * load;
        if free <= 0.0 {
            return None;
        }
        // Nobody finds fewer than nobody, whatever the correction says.
        let queue = f64::max(load * self.found / free, load);
        let quick = self.quick * f64::max(self.found + kept * queue, 1.0);
        let time = if self.servers == 1 {
            quick
        } else {
            let load = self.load + throughput * self.demand;
            self.demand + erlang_c(load, self.servers).unwrap_or(1.0) * quick
        };
        Some((queue, time))
    }
}

impl Queues {
    fn new(think_time: &[f64], stations: &[Station]) -> Self {
        let (mut visits, mut first, mut away) = (Vec::new(), vec![0], think_time.to_vec());
        for (class, away) in away.iter_mut().enumerate() {
            for (index, station) in stations.iter().enumerate() {
                let demand = station.demand[class];
                let copies = f64::from(station.copies);
                match station.servers() {
                    None => *away += demand * copies,
                    Some(servers) if demand > 0.0 => visits.push(Visit {
                        class,
                        station: index,
                        demand,
                        servers,
                        free: station.free(),
                        background: station.background,
                        copies,
                    }),
                    Some(_) => {}
                }
            }
            first.push(visits.len());
        }
        Queues {
            visits,
            first,
            away,
            stations: stations.len(),
        }
    }

    /// The fixed point of the mean-value equations for given changes of shares. Class by class in turn, each at the very throughput that
    /// answers the others' present queues: one class alone needs a single turn, however long its queue.
    fn settle(&self, users: &[f64], change: &[Vec<f64>], point: &mut Point) {
        let classes = users.len();
        let (mut present, mut loads) = (vec![0.0; self.stations], vec![0.0; self.stations]);
        for (visit, queue) in self.visits.iter().zip(&point.queue) {
            if users[visit.class] > 0.0 {
                present[visit.station] += queue;
                loads[visit.station] += point.throughput[visit.class] * visit.demand;
            }
        }
        let corrections = self.corrections(users, change);
        let mut held = Vec::new();
        let mut evaluations = 0;
        for turn in 0.. {
            let mut moved = 0.0_f64;
            for (r, users_here) in users.iter().copied().enumerate() {
                let range = self.first[r]..self.first[r + 1];
                if users_here <= 0.0 {
                    point.throughput[r] = 0.0;
                    continue;
                }
                held.clear();
                for entry in range.clone() {
                    let visit = &self.visits[entry];
                    let load = loads[visit.station] - point.throughput[r] * visit.demand;
                    held.push(Held {
                        demand: visit.demand,
                        quick: visit.demand / visit.free,
                        servers: visit.servers,
                        copies: visit.copies,
                        found: 1.0 + present[visit.station] - point.queue[entry]
                            + corrections[entry],
                        load: load.max(0.0) + visit.background,
                    });
                }
                let kept = (users_here - 1.0) / users_here;
                let answer = |throughput: f64| {
                    let mut cycle = self.away[r];
                    for visit in &held {
                        match visit.at(throughput, kept) {
                            Some((_, time)) => cycle += visit.copies * time,
                            None => return 0.0,
                        }
                    }
                    users_here / cycle
                };
                let fewest = self.away[r]
                    + held
                        .iter()
                        .map(|visit| visit.copies * visit.demand)
                        .sum::<f64>();
                let (throughput, steps) = meeting(answer, point.throughput[r], users_here / fewest);
                evaluations += steps * held.len().max(1);
                // Many classes at one station may swing; half steps calm them.
                let step = if turn < 30 { 1.0 } else { 0.5 };
                let old = point.throughput[r];
                let new = old + step * (throughput - old);
                moved = moved.max(((new - old) / new.max(1e-300)).abs());
                point.throughput[r] = new;
                for (entry, held) in range.zip(&held) {
                    let station = self.visits[entry].station;
                    let (queue, time) = held.at(throughput, kept).unwrap_or((
                        users_here / held.copies,
                        users_here / throughput.max(1e-300),
                    ));
                    let before = point.queue[entry];
                    let next = before + step * (queue - before);
                    moved = moved.max((next - before).abs() / users_here);
                    point.queue[entry] = next;
                    point.residence[entry] = time;
                    present[station] += next - before;
                    loads[station] += (new - old) * held.demand;
                }
            }
            if moved < 1e-12 || classes == 1 || evaluations > MOST_EVALUATIONS {
                break;
            }
        }
    }

    /// What the changes of shares add to the number that each visit finds.
    fn corrections(&self, users: &[f64], change: &[Vec<f64>]) -> Vec<f64> {
        let mut corrections = vec![0.0; self.visits.len()];
        if change.iter().all(Vec::is_empty) {
            return corrections;
        }
        let mut at_station = vec![0.0; self.stations];
        for (r, change) in change.iter().enumerate() {
            at_station.fill(0.0);
            for (visit, change) in self.visits.iter().zip(change) {
                let others = users[visit.class] - if visit.class == r { 1.0 } else { 0.0 };
                at_station[visit.station] += others.max(0.0) * change;
            }
            for entry in self.first[r]..self.first[r + 1] {
                corrections[entry] = at_station[self.visits[entry].station];
            }
        }
        corrections
    }
}

/// Where a falling function meets its argument, between 0 and `most`, to the last digits, and how often the function was asked.
/// Chandrupatla 1997: inverse quadratic interpolation where it is safe, bisection elsewhere.
fn meeting(function: impl Fn(f64) -> f64, guess: f64, most: f64) -> (f64, usize) {
    let excess = |x: f64| function(x) - x;
    let (mut b, mut at_b) = (most, excess(most));
    if at_b >= 0.0 {
        return (most, 1);
    }
    let (mut a, mut at_a) = (0.0, excess(0.0));
    let mut steps = 2;
    if guess > 0.0 && guess < most {
        let at_guess = excess(guess);
        steps += 1;
        if at_guess == 0.0 {
            return (guess, steps);
        }
        // The end on the guess's own side is left behind.
        if at_guess > 0.0 {
            (a, at_a) = (guess, at_guess);
        } else {
            (b, at_b) = (guess, at_guess);
        }
    }
    let mut part = 0.5;
    for _ in 0..80 {
        let x = a + part * (b - a);
        let at_x = excess(x);
        steps += 1;
        let (c, at_c);
        if (at_x > 0.0) == (at_a > 0.0) {
            (c, at_c) = (a, at_a);
        } else {
            (c, at_c) = (b, at_b);
            (b, at_b) = (a, at_a);
        }
        (a, at_a) = (x, at_x);
        let (best, at_best) = if at_a.abs() < at_b.abs() {
            (a, at_a)
        } else {
            (b, at_b)
        };
        let width = (b - a).abs();
        let finest = 2.0 * f64::EPSILON * best.abs() / width.max(1e-300);
        if at_best == 0.0 || finest > 0.5 {
            return (best, steps);
        }
        let (xi, phi) = ((a - b) / (c - b), (at_a - at_b) / (at_c - at_b));
        part = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            at_a / (at_b - at_a) * at_c / (at_b - at_c)
                + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
        } else {
            0.5
        };
        part = part.clamp(finest, 1.0 - finest);
    }
    (a, steps)
}
