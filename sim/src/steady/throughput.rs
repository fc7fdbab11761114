//! Throughput of a small closed network for every number of customers. It knows demands, neither tokens nor what a customer is.

use super::body::Place;

/// Most multiplications that an exact X(n) may take; above, Bard and Schweitzer's fixed point over Seidmann's split, which is good for
/// many customers.
const EXACT_WORK: f64 = 60_000.0;

/// Largest delay in units of the slowest place's service whose terms Zⁿ/n! stay within a float's range.
const LONGEST_DELAY: f64 = 600.0;

/// A closed network: places where its customers queue, and a delay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed<'a> {
    pub places: &'a [Place],
    /// Throughputs of the places that aren't plain servers.
    pub tables: &'a [f64],
    /// Seconds.
    pub delay: f64,
}

/// Its throughputs, by whichever way is feasible.
pub(super) struct Rates<'a> {
    closed: Closed<'a>,
    constants: Option<Vec<f64>>,
    /// Mean time of a lone customer, and what of it is spent without competing, seconds.
    alone: f64,
    uncontended: f64,
    /// The unit of the constants, seconds.
    unit: f64,
    /// By place, what [`Place::fast`] says.
    fast: Vec<f64>,
}

impl<'a> Closed<'a> {
    /// Prepares the throughputs of up to so many customers.
    pub fn rates(self, customers: f64) -> Rates<'a> {
        Rates {
            constants: self.constants(customers),
            alone: self.alone(),
            uncontended: self.uncontended(),
            unit: self.unit(),
            fast: self.places.iter().map(Place::fast).collect(),
            closed: self,
        }
    }

    /// Mean time of a lone customer, seconds.
    fn alone(&self) -> f64 {
        self.delay + self.places.iter().map(|place| place.alone).sum::<f64>()
    }

    /// What of a lone customer's time is spent without competing, by Seidmann's split, seconds.
    fn uncontended(&self) -> f64 {
        self.alone() - self.places.iter().map(Place::fast).sum::<f64>()
    }

    /// The time in which the constants count: the slowest place's service, seconds; with it the most that passes is 1 per unit.
    fn unit(&self) -> f64 {
        self.places
            .iter()
            .map(|place| place.fast() / place.queues)
            .fold(0.0, f64::max)
    }

    /// Normalising constants G(0..=n) of the closed network in units of [`Closed::unit`], up to a common factor (Buzen 1973), or `None` where
    /// they would take too long or leave a float's range.
    fn constants(&self, customers: f64) -> Option<Vec<f64>> {
        let unit = self.unit();
        let work: f64 = self
            .places
            .iter()
            .map(|place| queues(place) * terms(place, customers) * customers)
            .sum();
        if unit <= 0.0 || self.delay / unit > LONGEST_DELAY || work + customers > EXACT_WORK {
            return None;
        }
        let size = customers as usize + 1;
        let mut constants = Vec::with_capacity(size);
        let mut term = 1.0;
        for n in 0..size {
            constants.push(term);
            term *= self.delay / unit / (n + 1) as f64;
        }
        let mut next = vec![0.0; size];
        for place in self.places {
            fold(place, self.tables, unit, &mut constants, &mut next)?;
        }
        Some(constants)
    }

    /// The same by Bard and Schweitzer's approximation.
    #[cfg(test)]
    fn schweitzer(self, customers: f64, start: f64) -> f64 {
        Rates {
            constants: None,
            ..self.rates(0.0)
        }
        .schweitzer(customers, start, start)
    }
}

impl Rates<'_> {
    /// Throughput with this many customers by Bard and Schweitzer's approximation, 1/s; `start` is the throughput with fewer.
    fn schweitzer(&self, customers: f64, start: f64, guess: f64) -> f64 {
        // Where nobody queues there is nothing to solve; a body that takes no time passes as good as everything.
        let places = self.closed.places;
        if places.is_empty() {
            return customers / self.closed.delay.max(1e-12);
        }
        let most = if self.unit > 0.0 {
            1.0 / self.unit
        } else {
            f64::INFINITY
        };
        let others = ((customers - 1.0) / customers).max(0.0);
        // n = X (Z + Σ d / (1 − X d (n − 1)/n)) is convex in X: Newton's method, kept between what is known of the root.
        let (mut low, mut high) = (
            start,
            (customers / self.alone.max(1e-300)).min(if others > 0.0 {
                most / others
            } else {
                f64::INFINITY
            }),
        );
        let mut x = match (start > 0.0, guess > low && guess < high) {
            (true, true) => guess,
            (true, false) => start,
            (false, _) => 0.5 * high,
        };
        for _ in 0..60 {
            let (mut time, mut slope) = (self.uncontended, 0.0);
            for (place, fast) in places.iter().zip(&self.fast) {
                let busy = (x * fast / place.queues * others).min(1.0 - 1e-15);
                let sojourn = fast / (1.0 - busy);
                time += sojourn;
                slope += sojourn * busy / (1.0 - busy);
            }
            let excess = x * time - customers;
            if excess < 0.0 {
                low = x;
            } else {
                high = x;
            }
            if excess.abs() <= 1e-13 * customers {
                break;
            }
            let next = x - excess / (time + slope);
            // Nearer than that a float can't come, whatever the excess says.
            if (next - x).abs() <= f64::EPSILON * x {
                break;
            }
            x = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
        }
        x.min(most)
    }
}

impl Rates<'_> {
    /// Whether they are exact.
    pub fn exact(&self) -> bool {
        self.constants.is_some() || self.closed.places.is_empty()
    }

    /// Throughput with this many customers, 1/s; `fewer` is the throughput with fewer, near which it is looked for.
    pub fn at(&self, customers: f64, fewer: f64) -> f64 {
        self.near(customers, fewer, fewer)
    }

    /// The same, looked for near a guess.
    pub fn near(&self, customers: f64, fewer: f64, guess: f64) -> f64 {
        match &self.constants {
            Some(constants) => self.exactly(customers, constants),
            None => self.schweitzer(customers, fewer, guess),
        }
    }

    /// X(n) = G(n − 1) / G(n), between whole customers by interpolation; where G has left a float's range nobody queues yet.
    fn exactly(&self, customers: f64, constants: &[f64]) -> f64 {
        let whole = |n: usize| {
            let free = n as f64 / self.alone;
            match (n, constants.get(n.wrapping_sub(1)), constants.get(n)) {
                (0, ..) => 0.0,
                (_, Some(before), Some(now)) if *before > 0.0 && *now > 0.0 => {
                    (before / now / self.unit).min(free)
                }
                _ => free,
            }
        };
        let below = customers.floor();
        let low = whole(below as usize);
        if below == customers {
            return low;
        }
        let high = whole(customers.ceil() as usize);
        low + (high - low) * (customers - below)
    }
}

/// How many queues a place has, the last of which may be visited less than the others; at least 1.
fn queues(place: &Place) -> f64 {
    (place.queues - 1e-9).ceil().max(1.0)
}

fn terms(place: &Place, customers: f64) -> f64 {
    let levels = match place.table {
        (_, 0) => place.servers.ceil(),
        (_, length) => f64::from(length),
    };
    levels.min(customers + 1.0)
}

/// Takes a place into the normalising constants; `None` where they leave a float's range. A place of rates x_j, which stay x_c from c customers
/// on, has the generating function Σ_{j<c} a_j (1 − x_j/x_c) z^j / (1 − z/x_c), a_j = 1/(x_1 … x_j): a few terms and one pole, all of them
/// positive, so that nothing cancels. c servers have x_j = min(j, c)/D.
fn fold(
    place: &Place,
    tables: &[f64],
    unit: f64,
    constants: &mut [f64],
    next: &mut [f64],
) -> Option<()> {
    let size = constants.len();
    let table = &tables[place.table.0 as usize..(place.table.0 + place.table.1) as usize];
    let levels = terms(place, size as f64) as usize;
    let all = queues(place) as usize;
    // Queues that aren't whole in number: the last is visited as much less.
    let demand = |queue: usize| {
        let visited = (place.queues - queue as f64).clamp(0.0, 1.0);
        visited * place.demand / place.queues / unit
    };
    if levels == 1 && all > 1 {
        let poles: Vec<f64> = (0..all)
            .map(|queue| demand(queue) / place.servers)
            .collect();
        for group in poles.chunks(SIDE_BY_SIDE) {
            let largest = match group.len() {
                1 => divide::<1>(group, constants),
                2 => divide::<2>(group, constants),
                3 => divide::<3>(group, constants),
                _ => divide::<SIDE_BY_SIDE>(group, constants),
            };
            scale(largest, constants)?;
        }
        return Some(());
    }
    let mut coefficients = Vec::with_capacity(levels);
    for queue in 0..all {
        let demand = demand(queue);
        let pole = demand / place.servers;
        let mut product = 1.0;
        coefficients.clear();
        for j in 0..levels {
            // x_j/x_c and 1/x_{j+1}.
            let (share, next) = match table {
                [] => (
                    (j as f64 / place.servers).min(1.0),
                    demand / (j as f64 + 1.0).min(place.servers),
                ),
                _ => {
                    let most = table[table.len() - 1];
                    let before = if j > 0 { table[j - 1] } else { 0.0 };
                    ((before / most).min(1.0), pole * most / table[j])
                }
            };
            coefficients.push(product * (1.0 - share));
            product *= next;
        }
        let largest = convolve(&coefficients, pole, constants, next);
        constants.copy_from_slice(next);
        scale(largest, constants)?;
    }
    Some(())
}

/// Constants as large, or as small, as that are made smaller, or larger, before the next place.
const LARGE: f64 = 1e10;

/// Keeps constants in a float's range, the largest of which is this; `None` where they have left it.
fn scale(largest: f64, constants: &mut [f64]) -> Option<()> {
    if !largest.is_finite() || largest <= 0.0 {
        return None;
    }
    if !(1.0 / LARGE..LARGE).contains(&largest) {
        for constant in constants {
            *constant /= largest;
        }
    }
    Some(())
}

/// Divides the series by 1 − p z for each of these poles p, one behind the other in a single pass, so that none waits for another; the largest of
/// what comes out.
fn divide<const POLES: usize>(poles: &[f64], series: &mut [f64]) -> f64 {
    let (mut before, mut largest) = ([0.0; POLES], 0.0);
    for value in series {
        let mut passed = *value;
        for (before, pole) in before.iter_mut().zip(poles) {
            passed += pole * *before;
            *before = passed;
        }
        if passed > largest {
            largest = passed;
        }
        *value = passed;
    }
    largest
}

/// Sums that are worked out side by side, so that none waits for another.
pub(super) const SIDE_BY_SIDE: usize = 4;

/// Σ_j `coefficients`[j] · `constants`[n − j] for each n, each added up by rising j, all of that over 1 − `pole` z; the largest of what comes out.
fn convolve(coefficients: &[f64], pole: f64, constants: &[f64], series: &mut [f64]) -> f64 {
    let alone = |n: usize| {
        let pairs = coefficients.iter().zip(constants[..=n].iter().rev());
        pairs.fold(0.0, |sum, (coefficient, constant)| {
            sum + coefficient * constant
        })
    };
    // Each needs the one before, which is waited for while the next sums are added up.
    let (mut before, mut largest) = (0.0, 0.0);
    let mut divided = |sum: f64| {
        before = sum + pole * before;
        if before > largest {
            largest = before;
        }
        before
    };
    // The first have fewer terms than there are coefficients.
    let first = coefficients.len().saturating_sub(1).min(series.len());
    let (fewer, rest) = series.split_at_mut(first);
    let mut n = 0;
    for value in fewer {
        *value = divided(alone(n));
        n += 1;
    }
    let mut blocks = rest.chunks_exact_mut(SIDE_BY_SIDE);
    for block in &mut blocks {
        let windows = constants[..n + SIDE_BY_SIDE].windows(SIDE_BY_SIDE).rev();
        let mut together = [0.0; SIDE_BY_SIDE];
        for (coefficient, window) in coefficients.iter().zip(windows) {
            together[0] += coefficient * window[0];
            together[1] += coefficient * window[1];
            together[2] += coefficient * window[2];
            together[3] += coefficient * window[3];
        }
        for (value, sum) in block.iter_mut().zip(together) {
            *value = divided(sum);
        }
        n += SIDE_BY_SIDE;
    }
    for value in blocks.into_remainder() {
        *value = divided(alone(n));
        n += 1;
    }
    largest
}

/// Puts places in front of a flow-equivalent server with these rates, of 1, 2, … times `step` customers each: `rates` become the throughputs
/// of both together.
pub(super) fn behind(places: &[Place], tables: &[f64], step: f64, rates: &mut [f64]) {
    let most = |rates: &[f64]| {
        let slowest = places
            .iter()
            .map(|place| place.queues / place.fast())
            .fold(f64::INFINITY, f64::min);
        slowest.min(rates.last().copied().unwrap_or(0.0))
    };
    let customers = rates.len() as f64;
    let work: f64 = places
        .iter()
        .map(|place| terms(place, customers) * customers)
        .sum();
    let unit = 1.0 / most(rates);
    if step == 1.0 && work <= EXACT_WORK && unit.is_finite() && unit > 0.0 {
        let mut constants = Vec::with_capacity(rates.len() + 1);
        let mut term = 1.0;
        constants.push(term);
        for rate in &*rates {
            term /= rate * unit;
            constants.push(term);
        }
        let mut next = vec![0.0; constants.len()];
        let exact = places
            .iter()
            .try_for_each(|place| fold(place, tables, unit, &mut constants, &mut next));
        if exact.is_some() && constants.iter().all(|constant| *constant > 0.0) {
            for (rate, pair) in rates.iter_mut().zip(constants.windows(2)) {
                *rate = pair[0] / pair[1] / unit;
            }
            return;
        }
    }
    // Many customers: the places as a time that each spends before, which the slower of both limits.
    let time: f64 = places.iter().map(|place| place.alone).sum();
    let limit = places
        .iter()
        .map(|place| place.queues / place.fast())
        .fold(f64::INFINITY, f64::min);
    for (state, rate) in rates.iter_mut().enumerate() {
        let holders = step * (state + 1) as f64;
        *rate = (holders / (time + holders / *rate)).min(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(demand: f64, servers: f64, queues: f64) -> Place {
        Place {
            demand,
            variability: 1.0,
            servers,
            queues,
            alone: demand / servers.min(1.0),
            table: (0, 0),
            station: 0,
        }
    }

    fn passes(places: &[Place], delay: f64, tokens: u32) -> Vec<f64> {
        let closed = Closed {
            places,
            tables: &[],
            delay,
        };
        let rates = closed.rates(f64::from(tokens));
        (1..=tokens).map(|n| rates.at(f64::from(n), 0.0)).collect()
    }

    #[test]
    fn sums_side_by_side_are_the_sums_one_by_one() {
        let number = |n: usize| 1.0 / (n as f64 + 0.7);
        for terms in [0, 1, 2, 3, 5, 9, 40] {
            for size in [1, 2, 4, 5, 7, 8, 23, 33] {
                let coefficients: Vec<f64> = (0..terms).map(number).collect();
                let constants: Vec<f64> = (0..size).map(|n| number(3 * n)).collect();
                let mut sums = vec![f64::NAN; size];
                for pole in [0.0, 0.9] {
                    let largest = convolve(&coefficients, pole, &constants, &mut sums);
                    assert_eq!(largest, sums.iter().copied().fold(0.0, f64::max));
                    let mut before = 0.0;
                    for (n, sum) in sums.iter().enumerate() {
                        let mut expected = 0.0;
                        for j in (0..terms).take_while(|j| *j <= n) {
                            expected += coefficients[j] * constants[n - j];
                        }
                        expected += pole * before;
                        before = expected;
                        assert_eq!(*sum, expected, "{terms} terms, {n} of {size}");
                    }
                }
            }
        }
    }

    #[test]
    fn poles_one_behind_the_other_are_poles_one_by_one() {
        let series: Vec<f64> = (0..40).map(|n| 1.0 / (n as f64 + 0.7)).collect();
        let poles = [1.0, 0.9, 0.3, 0.0];
        let (mut together, mut apart) = (series.clone(), series.clone());
        let mut largest = 0.0;
        for pole in &poles {
            let mut next = vec![0.0; apart.len()];
            largest = convolve(&[1.0], *pole, &apart, &mut next);
            apart = next;
        }
        assert_eq!(divide::<4>(&poles, &mut together), largest);
        assert_eq!(together, apart);
        // Far beyond a float's range they are the same but for a factor.
        let mut scaled = together.clone();
        scaled.iter_mut().for_each(|value| *value *= 1e12);
        scale(largest * 1e12, &mut scaled).expect("it is within the range");
        for (scaled, value) in scaled.iter().zip(&together) {
            assert!((scaled * largest / value - 1.0).abs() < 1e-14);
        }
        assert_eq!(scale(f64::INFINITY, &mut scaled), None);
    }

    #[test]
    fn holders_of_several_servers_slow_each_other_only_above_their_number() {
        let (places, delay) = ([place(0.02, 2.0, 1.0)], 0.0);
        let got = passes(&places, delay, 4);
        for (got, expected) in got.iter().zip([50.0, 100.0, 100.0, 100.0]) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{got} for {expected}");
        }
    }

    #[test]
    fn a_delay_and_a_server_are_as_mean_value_analysis_has_them() {
        let (places, delay) = ([place(1.0, 1.0, 1.0)], 2.0);
        // X(1) = 1/3; R(2) = 1 + Q(1) = 4/3, X(2) = 2 / (2 + 4/3) = 3/5; Q(2) = 4/5, X(3) = 3 / (2 + 9/5) = 15/19.
        for (got, expected) in passes(&places, delay, 3)
            .iter()
            .zip([1.0 / 3.0, 0.6, 15.0 / 19.0])
        {
            assert!((got / expected - 1.0).abs() < 1e-12, "{got} for {expected}");
        }
    }

    #[test]
    fn equal_queues_are_so_many_servers_that_can_stand_empty() {
        let (places, delay) = ([place(1.0, 1.0, 2.0)], 0.0);
        // n customers over two equal exponential queues: X(n) = 2 n / (n + 1).
        for (n, got) in passes(&places, delay, 5).iter().enumerate() {
            let n = n as f64 + 1.0;
            assert!(
                (got / (2.0 * n / (n + 1.0)) - 1.0).abs() < 1e-6,
                "{got} for {n}"
            );
        }
    }

    #[test]
    fn queues_that_are_not_whole_in_number_are_an_unequal_last_one() {
        // Two equal queues and one that is visited half as often: of 2.5 visits 1, 1 and 0.5. By hand, G(1) = Σ y = 1 and G(2) = Σ y² + Σ y y′ =
        // 0.36 + 0.32 with y = 0.4, 0.4, 0.2: X(1) = 1, X(2) = 1 / 0.68.
        let got = passes(&[place(1.0, 1.0, 2.5)], 0.0, 2);
        assert!((got[0] - 1.0).abs() < 1e-9, "{got:?}");
        assert!((got[1] - 1.0 / 0.68).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn many_customers_come_to_the_same_by_either_way() {
        let (places, delay) = ([place(0.030, 4.0, 1.0), place(0.004, 1.0, 1.0)], 0.010);
        let closed = Closed {
            places: &places,
            tables: &[],
            delay,
        };
        let exact = closed.rates(200.0).at(200.0, 0.0);
        let approximate = closed.schweitzer(200.0, 0.0);
        assert!(
            (exact / approximate - 1.0).abs() < 0.01,
            "{exact} and {approximate}"
        );
    }

    #[test]
    fn places_before_a_flow_equivalent_server_are_the_whole_network() {
        let (first, second) = (place(0.030, 4.0, 1.0), place(0.010, 1.0, 1.0));
        let mut rates = passes(&[second], 0.005, 12);
        behind(&[first], &[], 1.0, &mut rates);
        for (got, whole) in rates.iter().zip(passes(&[first, second], 0.005, 12)) {
            assert!((got / whole - 1.0).abs() < 1e-9, "{got} for {whole}");
        }
    }
}
