//! What the holder of a token does meanwhile: a small closed network, and its throughput for every number of holders. It knows demands,
//! neither routes nor tokens.

/// Most multiplications that an exact X(n) may take; above, Bard and Schweitzer's fixed point over Seidmann's split, which is good for
/// many customers.
const EXACT_WORK: f64 = 60_000.0;

/// Largest delay in units of the slowest place's service whose terms Zⁿ/n! stay within a float's range.
const LONGEST_DELAY: f64 = 600.0;

/// A pool passes at most this share of what the slowest station below could, so that the station keeps a steady state.
pub(super) const BELOW_CAPACITY: f64 = 1.0 - 1e-7;

/// A place below a pool where its holders queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Service that a holder asks for, all visits together, seconds.
    pub demand: f64,
    /// Servers of each queue, less what others keep busy; above 0, not necessarily whole.
    pub servers: f64,
    /// Over how many equal queues the visits spread.
    pub queues: f64,
    /// The station.
    pub station: u32,
}

impl Place {
    /// Seidmann's fast server: the demand on one server as fast as all of a queue's, seconds.
    fn fast(&self) -> f64 {
        self.demand / self.servers
    }

    /// Time of a lone holder, seconds.
    fn alone(&self) -> f64 {
        self.demand / self.servers.min(1.0)
    }
}

/// What a holder of a token does.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub places: Vec<Place>,
    /// Time without queueing, seconds.
    pub delay: f64,
}

impl Body {
    /// Mean time of a lone holder, seconds.
    pub fn alone(&self) -> f64 {
        self.delay + self.places.iter().map(Place::alone).sum::<f64>()
    }

    /// What of a lone holder's time is spent without competing, by Seidmann's split, seconds.
    fn uncontended(&self) -> f64 {
        self.alone() - self.places.iter().map(Place::fast).sum::<f64>()
    }

    /// The most that the slowest place could pass, 1/s, and its station.
    pub fn limit(&self) -> Option<(f64, u32)> {
        let slowest = self.places.iter().max_by(|one, other| {
            (one.fast() / one.queues).total_cmp(&(other.fast() / other.queues))
        })?;
        Some((slowest.queues / slowest.fast(), slowest.station))
    }

    /// Waiting time of a holder if any number were let in, seconds, at a throughput below every limit.
    pub fn open_wait(&self, rate: f64) -> f64 {
        self.places
            .iter()
            .map(|place| {
                let busy = (rate * place.fast() / place.queues).min(BELOW_CAPACITY);
                place.fast() * busy / (1.0 - busy)
            })
            .sum()
    }

    /// Throughput for each number of holders of one instance, 1/s of that instance; `copies` instances are equally full.
    pub fn throughputs(&self, tokens: f64, copies: f64, states: usize, passes: &mut Vec<f64>) {
        passes.clear();
        let most = self
            .limit()
            .map_or(f64::INFINITY, |(limit, _)| limit * BELOW_CAPACITY);
        let exact = self.constants((tokens * copies).ceil());
        let mut last = 0.0;
        for state in 1..=states {
            let holders = tokens * state as f64 / states as f64 * copies;
            last = match &exact {
                Some(constants) => self.exactly(holders, constants),
                None => self.schweitzer(holders, last),
            };
            passes.push(last.min(most) / copies);
        }
    }

    /// Throughput with this many customers, 1/s.
    pub fn throughput(&self, customers: f64) -> f64 {
        match self.constants(customers.ceil()) {
            Some(constants) => self.exactly(customers, &constants),
            None => self.schweitzer(customers, 0.0),
        }
    }

    /// X(n) = G(n − 1) / G(n), between whole customers by interpolation; where G has left a float's range nobody queues yet.
    fn exactly(&self, customers: f64, constants: &[f64]) -> f64 {
        let whole = |n: usize| {
            let free = n as f64 / self.alone();
            match (n, constants.get(n.wrapping_sub(1)), constants.get(n)) {
                (0, ..) => 0.0,
                (_, Some(before), Some(now)) if *before > 0.0 && *now > 0.0 => {
                    (before / now / self.unit()).min(free)
                }
                _ => free,
            }
        };
        let below = customers.floor();
        let (low, high) = (whole(below as usize), whole(customers.ceil() as usize));
        low + (high - low) * (customers - below)
    }

    /// The time in which the constants count: the slowest place's service, seconds.
    fn unit(&self) -> f64 {
        self.places
            .iter()
            .map(|place| place.fast() / place.queues)
            .fold(0.0, f64::max)
    }

    /// Normalising constants G(0..=n) of the closed network in units of [`Body::unit`], up to a common factor (Buzen 1973), or `None` where
    /// they would take too long or leave a float's range. The generating function of a place with rates min(j, c)/D is
    /// Σ_{j<c} D^j/j! (1 − j/c) z^j / (1 − (D/c) z): a few terms and one pole, all of them positive, so that nothing cancels.
    fn constants(&self, customers: f64) -> Option<Vec<f64>> {
        let unit = self.unit();
        let terms = |place: &Place| place.servers.ceil().min(customers + 1.0);
        let work: f64 = self
            .places
            .iter()
            .map(|place| place.queues.round().max(1.0) * terms(place) * customers)
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
        let mut coefficients = Vec::new();
        let mut next = vec![0.0; size];
        for place in &self.places {
            let queues = place.queues.round().max(1.0);
            let demand = place.demand / place.queues / unit;
            coefficients.clear();
            let mut product = 1.0;
            for j in 0..terms(place) as usize {
                coefficients.push(product * (1.0 - (j as f64 / place.servers).min(1.0)));
                product *= demand / (j as f64 + 1.0).min(place.servers);
            }
            for _ in 0..queues as usize {
                let mut before = 0.0;
                let mut largest: f64 = 0.0;
                for n in 0..size {
                    let fresh: f64 = coefficients
                        .iter()
                        .zip(constants[..=n].iter().rev())
                        .map(|(coefficient, constant)| coefficient * constant)
                        .sum();
                    before = fresh + demand / place.servers * before;
                    next[n] = before;
                    largest = largest.max(before);
                }
                if !largest.is_finite() || largest <= 0.0 {
                    return None;
                }
                for (constant, next) in constants.iter_mut().zip(&next) {
                    *constant = next / largest;
                }
            }
        }
        Some(constants)
    }

    /// Throughput with this many customers by Bard and Schweitzer's approximation, 1/s; `start` is the throughput with fewer.
    pub fn schweitzer(&self, customers: f64, start: f64) -> f64 {
        // Where nobody queues there is nothing to solve; a body that takes no time passes as good as everything.
        if self.places.is_empty() {
            return customers / self.delay.max(1e-12);
        }
        let most = self.limit().map_or(f64::INFINITY, |(limit, _)| limit);
        let others = ((customers - 1.0) / customers).max(0.0);
        // n = X (Z + Σ d / (1 − X d (n − 1)/n)) is convex in X: Newton's method, kept between what is known of the root.
        let (mut low, mut high) = (
            start,
            (customers / self.alone().max(1e-300)).min(if others > 0.0 {
                most / others
            } else {
                f64::INFINITY
            }),
        );
        let mut x = if start > 0.0 { start } else { 0.5 * high };
        for _ in 0..60 {
            let (mut time, mut slope) = (self.uncontended(), 0.0);
            for place in &self.places {
                let busy = (x * place.fast() / place.queues * others).min(1.0 - 1e-15);
                let sojourn = place.fast() / (1.0 - busy);
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
            x = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
        }
        x.min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(demand: f64, servers: f64, queues: f64) -> Place {
        Place {
            demand,
            servers,
            queues,
            station: 0,
        }
    }

    fn passes(body: &Body, tokens: u32) -> Vec<f64> {
        let mut passes = Vec::new();
        body.throughputs(f64::from(tokens), 1.0, tokens as usize, &mut passes);
        passes
    }

    #[test]
    fn holders_of_several_servers_slow_each_other_only_above_their_number() {
        let body = Body {
            places: vec![place(0.02, 2.0, 1.0)],
            delay: 0.0,
        };
        let got = passes(&body, 4);
        for (got, expected) in got.iter().zip([50.0, 100.0, 100.0, 100.0]) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{got} for {expected}");
        }
    }

    #[test]
    fn a_delay_and_a_server_are_as_mean_value_analysis_has_them() {
        let body = Body {
            places: vec![place(1.0, 1.0, 1.0)],
            delay: 2.0,
        };
        // X(1) = 1/3; R(2) = 1 + Q(1) = 4/3, X(2) = 2 / (2 + 4/3) = 3/5; Q(2) = 4/5, X(3) = 3 / (2 + 9/5) = 15/19.
        for (got, expected) in passes(&body, 3).iter().zip([1.0 / 3.0, 0.6, 15.0 / 19.0]) {
            assert!((got / expected - 1.0).abs() < 1e-12, "{got} for {expected}");
        }
    }

    #[test]
    fn equal_queues_are_so_many_servers_that_can_stand_empty() {
        let body = Body {
            places: vec![place(1.0, 1.0, 2.0)],
            delay: 0.0,
        };
        // n customers over two equal exponential queues: X(n) = 2 n / (n + 1).
        for (n, got) in passes(&body, 5).iter().enumerate() {
            let n = n as f64 + 1.0;
            assert!(
                (got / (2.0 * n / (n + 1.0)) - 1.0).abs() < 1e-6,
                "{got} for {n}"
            );
        }
    }

    #[test]
    fn many_customers_come_to_the_same_by_either_way() {
        let body = Body {
            places: vec![place(0.030, 4.0, 1.0), place(0.004, 1.0, 1.0)],
            delay: 0.010,
        };
        let exact = body.throughput(200.0);
        let approximate = body.schweitzer(200.0, 0.0);
        assert!(
            (exact / approximate - 1.0).abs() < 0.01,
            "{exact} and {approximate}"
        );
    }
}
