//! Operational bounds of closed networks, which need no distribution at all.

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
