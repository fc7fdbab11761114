//! A time known by its survival function on a grid, with the transform that follows: for steps that don't compose by sums and
//! products (the last of several, the one that is cut off). It knows no routes.

use crate::theory::complex::{Complex64, exp, inverse, real};
use crate::theory::special::GAUSS_8;

/// Nodes a panel of the grid has.
const NODES: usize = 8;

/// P(T > t) at the nodes of Gauss-Legendre panels whose widths double in a few steps, so that the transform needs few exponentials.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Runs of panels of one width.
    runs: Vec<Run>,
    /// Weight times survival at each node, run by run.
    values: Vec<f64>,
    /// The end of the grid, seconds.
    end: f64,
    /// Where the time is cut off: the end unless the limit lies further out.
    cut: f64,
    /// Means of the exponential stages that the time is the sum of, where it is; then there is no grid.
    stages: Vec<f64>,
    /// P(T > t) at the first node.
    first: f64,
    /// P(T > end): what lies beyond is taken to happen at the end.
    beyond: f64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    start: f64,
    width: f64,
    panels: u32,
}

/// The eight nodes on [0, 1], ascending, with their weights.
fn nodes() -> [(f64, f64); NODES] {
    let mut nodes = [(0.0, 0.0); NODES];
    for (index, (node, weight)) in GAUSS_8.iter().enumerate() {
        nodes[3 - index] = (0.5 * (1.0 - node), 0.5 * weight);
        nodes[4 + index] = (0.5 * (1.0 + node), 0.5 * weight);
    }
    nodes
}

impl Table {
    /// A sum of exponential stages of these means (seconds), which needs no grid.
    pub fn of_stages(stages: Vec<f64>) -> Self {
        Table {
            stages,
            ..Table::default()
        }
    }

    /// The places (seconds) at which the survival function is wanted, for a time of this mean and deviation that is cut off at `limit`
    /// (infinite: not at all).
    pub fn grid(mean: f64, deviation: f64, limit: f64) -> (Self, Vec<f64>) {
        let scale = mean.max(1e-12);
        let reach = (mean + 14.0 * deviation.max(mean)).min(limit);
        let mut table = Table {
            end: 0.0,
            ..Table::default()
        };
        // Fine near the start, where corners and fast parts are; then as coarse as the slowest part allows.
        for (width, panels) in [(0.02, 5), (0.1, 5), (0.3, 10), (0.6, 400)] {
            let width = (width * scale).min((reach - table.end) / 2.0);
            if width <= 0.0 || table.end >= reach * (1.0 - 1e-12) {
                break;
            }
            let fitting = ((reach - table.end) / width).round().max(1.0);
            let panels = if panels == 400 {
                fitting.min(400.0)
            } else {
                fitting.min(f64::from(panels))
            };
            // The last run ends exactly at the reach.
            let width = if panels == fitting {
                (reach - table.end) / panels
            } else {
                width
            };
            table.runs.push(Run {
                start: table.end,
                width,
                panels: panels as u32,
            });
            table.end += width * panels;
        }
        table.cut = if limit.is_finite() {
            limit.max(table.end)
        } else {
            table.end
        };
        let mut places = Vec::new();
        for run in &table.runs {
            for panel in 0..run.panels {
                places.extend(
                    nodes().map(|(node, _)| run.start + run.width * (f64::from(panel) + node)),
                );
            }
        }
        places.push(table.end);
        (table, places)
    }

    /// Fills in the survival function at the places of the grid.
    pub fn fill(&mut self, survival: &[f64]) {
        self.values.clear();
        let mut place = 0;
        for run in &self.runs {
            for _ in 0..run.panels {
                for (_, weight) in nodes() {
                    self.values.push(weight * run.width * survival[place]);
                    place += 1;
                }
            }
        }
        self.beyond = survival[place];
        self.first = survival[0];
    }

    /// `E[T; T ≤ end]` + end · P(T > end), and the same of T².
    pub fn moments(&self) -> (f64, f64) {
        if !self.stages.is_empty() {
            let mean: f64 = self.stages.iter().sum();
            let variance: f64 = self.stages.iter().map(|stage| stage * stage).sum();
            return (mean, mean * mean + variance);
        }
        let (mut first, mut second, mut place) = (0.0, 0.0, 0);
        for run in &self.runs {
            for panel in 0..run.panels {
                for (node, _) in nodes() {
                    let t = run.start + run.width * (f64::from(panel) + node);
                    first += self.values[place];
                    second += 2.0 * t * self.values[place];
                    place += 1;
                }
            }
        }
        (first, second)
    }

    /// P(T > end).
    pub fn beyond(&self) -> f64 {
        self.beyond
    }

    /// The end of the grid, seconds.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// Where the time is cut off, seconds.
    pub fn cut(&self) -> f64 {
        self.cut
    }

    /// `E[e^{−sT}; T ≤ end]`, from 1 − s ∫ e^{−st} P(T > t) dt.
    pub fn within(&self, s: Complex64) -> Complex64 {
        // Far beyond the grid's resolution only what happens at once is left: the inversion asks for it.
        if self.runs.first().is_none_or(|run| s.re * run.width > 300.0) {
            return real(1.0 - self.first);
        }
        let mut integral = real(0.0);
        let mut place = 0;
        for run in &self.runs {
            let offsets = nodes().map(|(node, _)| exp(-s * (run.width * node)));
            let step = exp(-s * run.width);
            let mut start = exp(-s * run.start);
            for _ in 0..run.panels {
                let mut panel = real(0.0);
                for offset in &offsets {
                    panel += offset * self.values[place];
                    place += 1;
                }
                integral += start * panel;
                start *= step;
            }
        }
        real(1.0) - s * integral - exp(-s * self.end) * self.beyond
    }

    /// `E[e^{−sT}]`, what lies beyond the grid taken to happen at its end.
    pub fn at(&self, s: Complex64) -> Complex64 {
        if !self.stages.is_empty() {
            return self.stages.iter().fold(real(1.0), |all, stage| {
                all * inverse(real(1.0) + s * *stage)
            });
        }
        self.within(s) + exp(-s * self.end) * self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_keeps_its_moments_and_transform() {
        let (mut table, places) = Table::grid(2.0, 2.0, f64::INFINITY);
        let survival: Vec<f64> = places.iter().map(|t| libm::exp(-t / 2.0)).collect();
        table.fill(&survival);
        let (first, second) = table.moments();
        assert!(
            (first - 2.0).abs() < 1e-5 && (second - 8.0).abs() < 1e-4,
            "{first} {second}"
        );
        for s in [
            Complex64::new(0.3, 0.0),
            Complex64::new(0.2, 3.0),
            Complex64::new(0.5, 9.0),
        ] {
            let exact = inverse(real(1.0) + s * 2.0);
            assert!(
                (table.at(s) - exact).norm_sqr() < 1e-10,
                "{s}: {} against {exact}",
                table.at(s)
            );
        }
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        let (mut table, places) = Table::grid(1.0, 1.0, 0.5);
        let survival: Vec<f64> = places.iter().map(|t| libm::exp(-t)).collect();
        table.fill(&survival);
        assert!((table.beyond() - libm::exp(-0.5)).abs() < 1e-12);
        let within = table.within(real(1e-9)).re;
        assert!((within - (1.0 - libm::exp(-0.5))).abs() < 1e-8, "{within}");
    }
}
