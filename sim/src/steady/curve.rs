//! Curves for plots: a class's response-time distribution, and how all classes respond as the load grows. It solves nothing anew that
//! the solver can't; it samples.

use super::{Precision, Solver};
use crate::network::{Network, StationId};
use crate::report::Latency;
use crate::units::{PerSecond, Seconds};

/// A point of a response-time distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResponsePoint {
    /// Response time.
    pub time: Seconds,
    /// Share of answers that take at most this long, 0 to 1.
    pub cumulative: f64,
    /// Density there, 1/s.
    pub density: f64,
}

/// All classes at one load.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadPoint {
    /// Today's load times this.
    pub factor: f64,
    /// Requests a second, all classes together.
    pub load: PerSecond,
    /// Latencies by class, in the network's order; `None` without traffic or steady state.
    pub latencies: Vec<Option<Latency>>,
}

/// How latency grows with load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadCurve {
    /// By rising load.
    pub points: Vec<LoadPoint>,
    /// Today's load: where "you are here" belongs.
    pub today: PerSecond,
    /// Where something saturates; infinite when nothing does.
    pub saturates_at: PerSecond,
    /// What saturates there.
    pub bottleneck: Option<StationId>,
}

/// How near to saturation the curve goes.
const NEAREST: f64 = 0.995;

impl Solver {
    /// The response-time distribution of a class (its place in the network) at `points` times from the fastest answer to a little
    /// beyond `latency`'s p999, of the network that [`Solver::means`] solved last. Empty without a steady state.
    pub fn response_curve(
        &mut self,
        network: &Network,
        class: usize,
        latency: &Latency,
        points: usize,
    ) -> Vec<ResponsePoint> {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        self.prepare_transforms(network, Precision::Fast);
        let Some(mixture) = self.mixture(class as u32) else {
            return Vec::new();
        };
        let from = mixture.outline.shift;
        let to = latency.p999.0 + 0.05 * (latency.p999.0 - from);
        let steps = points.max(2) - 1;
        let times: Vec<f64> = (0..=steps)
            .map(|step| from + (to - from) * step as f64 / steps as f64)
            .collect();
        if mixture.outline.mean == 0.0 {
            return times
                .into_iter()
                .map(|time| ResponsePoint {
                    time: Seconds(time),
                    cumulative: 1.0,
                    density: 0.0,
                })
                .collect();
        }
        let Some(law) = self.class_distribution(network, class as u32, &mixture, &times) else {
            return Vec::new();
        };
        let mut highest = 0.0_f64;
        let point = |(time, (survival, density)): (f64, (f64, f64))| {
            // What the inversion leaves of noise must not make the curve fall.
            highest = highest.max(1.0 - survival);
            ResponsePoint {
                time: Seconds(time),
                cumulative: highest,
                density,
            }
        };
        times.into_iter().zip(law).map(point).collect()
    }

    /// How a class's response time is distributed: P(T > t) and the density (per second) at each of `times` (seconds).
    /// `None` where it has no steady state or nobody sends it. Speaks of the network of which [`Solver::percentiles`] was asked last.
    pub fn distribution(
        &mut self,
        network: &Network,
        class: usize,
        times: &[f64],
    ) -> Option<Vec<(f64, f64)>> {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        let class = u32::try_from(class).ok()?;
        let mixture = self.mixture(class)?;
        if mixture.outline.mean == 0.0 {
            let late = |time: &f64| {
                if *time < mixture.outline.shift {
                    (1.0, 0.0)
                } else {
                    (0.0, 0.0)
                }
            };
            return Some(times.iter().map(late).collect());
        }
        self.class_distribution(network, class, &mixture, times)
    }

    /// Latencies at `points` loads from a fraction of today's up to where something saturates, today's mix kept; twice today's where
    /// nothing does. Leaves the solver at today's load again.
    pub fn load_curve(&mut self, network: &Network, points: usize) -> LoadCurve {
        self.means(network);
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        let limits = self.limits(network);
        let today: f64 = self.sources.iter().sum();
        let open = !self.has_closed_sources(network);
        // Closed users slow down by themselves: there is no load beyond which their answers never come.
        let most = if open && limits.sustainable.0.is_finite() && today > 0.0 {
            NEAREST * limits.sustainable.0 / today
        } else {
            2.0
        };
        let count = points.max(2);
        let mut curve = LoadCurve {
            points: Vec::with_capacity(count),
            today: PerSecond(today),
            saturates_at: limits.sustainable,
            bottleneck: limits.bottleneck.map(|bottleneck| bottleneck.station),
        };
        if today <= 0.0 {
            return curve;
        }
        for index in 1..=count {
            // Denser towards saturation, where the curve bends.
            let part = index as f64 / count as f64;
            let factor = most * part * (2.0 - part);
            self.scaled_means(network, factor);
            let latencies = self.percentiles(network, Precision::Fast);
            curve.points.push(LoadPoint {
                factor,
                load: PerSecond(self.sources.iter().sum()),
                latencies,
            });
        }
        self.scaled_means(network, 1.0);
        curve
    }
}
