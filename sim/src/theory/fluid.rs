//! Backlogs as fluids: what builds up above capacity, how long it takes to overflow and to drain.

/// A backlog after some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backlog {
    /// Rate at which the backlog changes: arrivals less capacity, 1/s.
    pub growth_rate: f64,
    /// Served, 1/s, while there is a backlog.
    pub throughput: f64,
}

impl Backlog {
    /// The balance of arrivals against capacity (both 1/s, ≥ 0).
    pub fn new(arrival_rate: f64, capacity: f64) -> Option<Self> {
        let good = |x: f64| x >= 0.0 && x.is_finite();
        (good(arrival_rate) && good(capacity)).then_some(Self {
            growth_rate: arrival_rate - capacity,
            throughput: capacity,
        })
    }

    /// The backlog `elapsed` seconds after it was `now` (both ≥ 0); never negative.
    pub fn after(&self, now: f64, elapsed: f64) -> f64 {
        (now + self.growth_rate * elapsed).max(0.0)
    }

    /// Seconds until a backlog of `room` more customers has built up; `None` when it doesn't grow.
    pub fn time_to_overflow(&self, room: f64) -> Option<f64> {
        (self.growth_rate > 0.0 && room >= 0.0).then(|| room / self.growth_rate)
    }

    /// Seconds until a backlog has drained; `None` when it doesn't shrink.
    pub fn time_to_drain(&self, backlog: f64) -> Option<f64> {
        if backlog == 0.0 {
            return Some(0.0);
        }
        (self.growth_rate < 0.0 && backlog > 0.0).then(|| backlog / -self.growth_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_drains_with_the_spare_capacity() {
        let outage = Backlog::new(500.0, 0.0).unwrap();
        let backlog = outage.after(0.0, 600.0);
        assert_eq!(backlog, 300_000.0);
        assert_eq!(
            Backlog::new(500.0, 800.0).unwrap().time_to_drain(backlog),
            Some(1000.0)
        );
        assert_eq!(
            Backlog::new(500.0, 400.0).unwrap().time_to_drain(backlog),
            None
        );
        assert_eq!(
            Backlog::new(500.0, 400.0).unwrap().time_to_overflow(1000.0),
            Some(10.0)
        );
        assert_eq!(
            Backlog::new(500.0, 500.0).unwrap().time_to_overflow(1000.0),
            None
        );
        assert_eq!(Backlog::new(f64::NAN, 1.0), None);
    }
}
