//! What the holder of a token does meanwhile: a small closed network, and its throughput for every number of holders. It knows demands,
//! neither routes nor tokens.

/// Up to this many customers X(n) is exact mean-value analysis; above, Bard and Schweitzer's fixed point, which is good there.
const EXACT_CUSTOMERS: u32 = 768;

/// A pool passes at most this share of what the slowest station below could, so that the station keeps a steady state.
pub(super) const BELOW_CAPACITY: f64 = 1.0 - 1e-7;

/// A place below a pool where its holders queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Queueing demand of a holder: visits × service over servers, background included, seconds.
    pub demand: f64,
    /// Over how many equal queues the visits spread.
    pub queues: f64,
    /// The station.
    pub station: u32,
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
        self.delay + self.places.iter().map(|place| place.demand).sum::<f64>()
    }

    /// The most that the slowest place could pass, 1/s, and its station.
    pub fn limit(&self) -> Option<(f64, u32)> {
        let slowest = self.places.iter().max_by(|one, other| {
            (one.demand / one.queues).total_cmp(&(other.demand / other.queues))
        })?;
        Some((slowest.queues / slowest.demand, slowest.station))
    }

    /// Waiting time of a holder if any number were let in, seconds, at a throughput below every limit.
    pub fn open_wait(&self, rate: f64) -> f64 {
        self.places
            .iter()
            .map(|place| {
                let busy = (rate * place.demand / place.queues).min(BELOW_CAPACITY);
                place.demand * busy / (1.0 - busy)
            })
            .sum()
    }

    /// Throughput for each number of holders of one instance, 1/s of that instance; `copies` instances are equally full.
    pub fn throughputs(&self, tokens: f64, copies: f64, states: usize, passes: &mut Vec<f64>) {
        passes.clear();
        let most = self
            .limit()
            .map_or(f64::INFINITY, |(limit, _)| limit * BELOW_CAPACITY);
        let whole = copies.round().max(1.0);
        let exact = tokens * whole <= f64::from(EXACT_CUSTOMERS);
        let mut present = vec![0.0; self.places.len()];
        let mut done = 0.0;
        let mut last = 0.0;
        for state in 1..=states {
            let holders = tokens * state as f64 / states as f64;
            let throughput = if exact {
                let mut pass = 0.0;
                while done < holders * whole {
                    done += 1.0;
                    pass = self.one_more(done, &mut present);
                }
                pass
            } else {
                last = self.schweitzer(holders * copies, last);
                last
            };
            passes.push(throughput.min(most) / copies);
        }
    }

    /// A step of mean-value analysis (Reiser & Lavenberg 1980): the throughput with one customer more.
    fn one_more(&self, customers: f64, present: &mut [f64]) -> f64 {
        let mut cycle = self.delay;
        for (place, present) in self.places.iter().zip(present.iter()) {
            cycle += place.demand * (1.0 + present);
        }
        let throughput = if cycle > 0.0 {
            customers / cycle
        } else {
            f64::INFINITY
        };
        for (place, present) in self.places.iter().zip(present.iter_mut()) {
            *present = throughput * place.demand * (1.0 + *present) / place.queues;
        }
        throughput
    }

    /// Throughput with this many customers by Bard and Schweitzer's approximation, 1/s; `start` is the throughput with fewer.
    pub fn schweitzer(&self, customers: f64, start: f64) -> f64 {
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
            let (mut time, mut slope) = (self.delay, 0.0);
            for place in &self.places {
                let busy = (x * place.demand / place.queues * others).min(1.0 - 1e-15);
                let sojourn = place.demand / (1.0 - busy);
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
