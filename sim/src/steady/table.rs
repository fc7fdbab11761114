//! A time known by its survival function on a grid, with the transform that follows: for steps that don't compose by sums and
//! products (the last of several, the one that is cut off). It knows no routes.

use crate::theory::complex::{Complex64, exp, inverse, real};
use crate::theory::special::GAUSS_8;
use crate::theory::transform::MOST_POINTS;

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

    /// `E[e^{−sT}]` at points with the same real part and equally spaced imaginary parts, real and imaginary parts apart. What lies beyond
    /// the grid is taken to happen at its end, or left out (`within`); from 1 − s ∫ e^{−st} P(T > t) dt.
    pub fn values(
        &self,
        re: f64,
        im: &[f64],
        within: bool,
        (out_re, out_im): (&mut [f64], &mut [f64]),
    ) {
        let lanes = im.len().min(MOST_POINTS);
        let points = im.iter().map(|im| Complex64::new(re, *im));
        let outs = out_re.iter_mut().zip(out_im);
        if !self.stages.is_empty() {
            for (s, (out_re, out_im)) in points.zip(outs) {
                let all = self.stages.iter().fold(real(1.0), |all, stage| {
                    all * inverse(real(1.0) + s * *stage)
                });
                (*out_re, *out_im) = (all.re, all.im);
            }
            return;
        }
        let mut last = Lanes::NONE;
        last.turn(re, im, self.end);
        let lost = if within { self.beyond } else { 0.0 };
        // Far beyond the grid's resolution only what happens at once is left: the inversion asks for it.
        if self.runs.first().is_none_or(|run| re * run.width > 300.0) {
            for (out_re, out_im) in outs {
                (*out_re, *out_im) = (1.0 - self.first, 0.0);
            }
            return;
        }
        let mut integral = Lanes::NONE;
        let (mut offsets, mut start, mut step) = ([Lanes::NONE; NODES], Lanes::NONE, Lanes::NONE);
        let mut place = 0;
        for run in &self.runs {
            for (offset, (node, _)) in offsets.iter_mut().zip(nodes()) {
                offset.turn(re, im, run.width * node);
            }
            step.turn(re, im, run.width);
            start.turn(re, im, run.start);
            for _ in 0..run.panels {
                let mut panel = Lanes::NONE;
                for (offset, value) in offsets.iter().zip(&self.values[place..]) {
                    for lane in 0..lanes {
                        panel.re[lane] += offset.re[lane] * value;
                        panel.im[lane] += offset.im[lane] * value;
                    }
                }
                place += NODES;
                for lane in 0..lanes {
                    let (re, im) = (start.re[lane], start.im[lane]);
                    integral.re[lane] += re * panel.re[lane] - im * panel.im[lane];
                    integral.im[lane] += re * panel.im[lane] + im * panel.re[lane];
                    start.re[lane] = re * step.re[lane] - im * step.im[lane];
                    start.im[lane] = re * step.im[lane] + im * step.re[lane];
                }
            }
        }
        for (lane, (s, (out_re, out_im))) in points.zip(outs).enumerate().take(lanes) {
            let value = real(1.0) - s * integral.at(lane) - last.at(lane) * lost;
            (*out_re, *out_im) = (value.re, value.im);
        }
    }

    /// The part of [`Table::values`] within the grid at one real point: what happens at once, where the point lies far out.
    pub fn within(&self, s: f64) -> f64 {
        let (mut re, mut im) = ([0.0], [0.0]);
        self.values(s, &[0.0], true, (&mut re, &mut im));
        re[0]
    }
}

/// Complex values at all points of one inversion.
#[derive(Clone, Copy)]
struct Lanes {
    re: [f64; MOST_POINTS],
    im: [f64; MOST_POINTS],
}

impl Lanes {
    const NONE: Self = Lanes {
        re: [0.0; MOST_POINTS],
        im: [0.0; MOST_POINTS],
    };

    fn at(&self, lane: usize) -> Complex64 {
        Complex64::new(self.re[lane], self.im[lane])
    }

    /// e^{−st} at every point: from one to the next it turns by the same angle.
    fn turn(&mut self, re: f64, im: &[f64], t: f64) {
        let first = im.first().copied().unwrap_or(0.0);
        let step = im.get(1).map_or(0.0, |next| next - first);
        let mut value = exp(Complex64::new(-re * t, -first * t));
        let turn = exp(Complex64::new(0.0, -step * t));
        for (re, im) in self.re.iter_mut().zip(&mut self.im).take(im.len()) {
            (*re, *im) = (value.re, value.im);
            value *= turn;
        }
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
            let mut got = [[0.0; 2]; 2];
            let [re, im] = &mut got;
            // The second of two points, so that the turn from one to the next counts.
            table.values(s.re, &[0.0, s.im], false, (re, im));
            let got = Complex64::new(got[0][1], got[1][1]);
            assert!(
                (got - exact).norm_sqr() < 1e-10,
                "{s}: {got} against {exact}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_is_left_out() {
        let (mut table, places) = Table::grid(1.0, 1.0, 0.5);
        let survival: Vec<f64> = places.iter().map(|t| libm::exp(-t)).collect();
        table.fill(&survival);
        assert!((table.beyond() - libm::exp(-0.5)).abs() < 1e-12);
        let within = table.within(1e-9);
        assert!((within - (1.0 - libm::exp(-0.5))).abs() < 1e-8, "{within}");
    }
}
