//! Percentiles end to end: the routes' transforms, made of the stations' and shared by all classes, and inverted. It knows how steps'
//! transforms come about, neither how waits do nor how jumps are told apart.

use super::Solver;
use super::evaluate::{Run, Sheet, needed};
use super::mixed::{Inversion, Mixed, Share};
use super::outcome::{Law as _, Moments, Outcome};
use super::route::Context;
use super::station_rows::Stations;
use super::table::Table;
use super::term_probe::TermProbe;
use super::terms::{List, Row, Terms};
use crate::distribution::Transform;
use crate::network::Network;
use crate::theory::complex::{Complex64, real};
use crate::theory::transform::{Outline, Panel, Precision, distribution, quantiles};

/// What the inversion needs beside the solver's state, reused between solves.
#[derive(Clone, Debug, Default)]
pub(super) struct Workspace {
    /// Every node's law.
    pub laws: Vec<Outcome<List>>,
    /// The constant part of each node's time, seconds.
    pub shifts: Vec<f64>,
    terms: Terms,
    transforms: Vec<Transform>,
    /// Which station a law belongs to (`u32::MAX` for delays), by law.
    station_of_law: Vec<u32>,
    /// Station by station, the laws of its visits with their shares of its arrivals.
    mixture_start: Vec<u32>,
    mixture: Vec<(f64, u32)>,
    tables: Vec<Table>,
    sheets: Vec<Sheet>,
    runs: Vec<Run>,
    /// How many sheets and runs are in use.
    in_use: (usize, usize),
    marked: Vec<bool>,
}

/// Most sheets kept in one solve: one for each size of time that occurs.
const MOST_SHEETS: usize = 32;
/// Most runs kept for one class.
const MOST_RUNS: usize = 16;

/// A class's answer as a mixture of roots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mixture {
    pub outline: Outline,
    /// Mean and variance of the whole.
    pub mean: f64,
    pub variance: f64,
    /// Rate of answers, 1/s: the roots' weights add up to it.
    total: f64,
}

impl Solver {
    /// Prepares the laws of all nodes for the network as [`Solver::means`] left it.
    pub(super) fn prepare_transforms(&mut self, network: &Network, precision: Precision) {
        if !self.refined.is_empty() {
            // What was refined before is worked out anew.
            self.refined.clear();
            self.compose(network);
        }
        let mut work = std::mem::take(&mut self.transforms);
        work.in_use = (0, 0);
        work.terms.clear();
        work.transforms.clear();
        work.transforms.extend(
            (0..self.plan.laws.len() as u32).map(|law| self.plan.law(network, law).prepare()),
        );
        work.station_of_law.clear();
        work.station_of_law.resize(self.plan.laws.len(), u32::MAX);
        for visit in &self.plan.visits {
            work.station_of_law[visit.law as usize] = visit.station;
        }
        self.mixtures(&mut work, network.stations.len());
        work.shifts.clear();
        work.laws.clear();
        work.tables.clear();
        for index in 0..self.plan.nodes.len() as u32 {
            // What nobody reaches is in nobody's answer.
            let idle = self.rates.rate[index as usize] <= 0.0 || self.unsteady[index as usize];
            let law = if idle {
                Outcome {
                    success: List::AT_ONCE,
                    error: List::NEVER,
                    refused: List::NEVER,
                }
            } else {
                if self.is_special(index) {
                    let shift = self.special_shift(index, &work.shifts);
                    work.shifts.push(shift);
                    let table = self.tabulate(network, &mut work, index, precision);
                    work.shifts.pop();
                    if !self.fits_exactly(&work.shifts, index) {
                        let (first, second) = table.moments();
                        let time = Moments::constant(shift).then(Moments::sure(first, second));
                        self.refined.push((index, time));
                    }
                    work.tables.push(table);
                }
                let mut probe = TermProbe {
                    terms: &mut work.terms,
                    stations: Stations {
                        solver: self,
                        transforms: &work.transforms,
                        station_of_law: &work.station_of_law,
                        mixture_start: &work.mixture_start,
                        mixture: &work.mixture,
                        tables: &work.tables,
                    },
                    shifts: &work.shifts,
                };
                self.context(network).compose(index, &work.laws, &mut probe)
            };
            let least = [law.success, law.error, law.refused]
                .into_iter()
                .filter_map(|list| work.terms.of(list).first())
                .map(|term| term.lag)
                .fold(f64::INFINITY, f64::min);
            work.shifts
                .push(if least.is_finite() { least } else { 0.0 });
            work.laws.push(law);
        }
        self.compose_refined(network);
        self.transforms = work;
    }

    /// Composes anew what depends on refined nodes.
    fn compose_refined(&mut self, network: &Network) {
        let Some((first, _)) = self.refined.first().copied() else {
            return;
        };
        let mut changed = vec![false; self.plan.nodes.len()];
        for (index, _) in &self.refined {
            changed[*index as usize] = true;
        }
        for index in first as usize..self.plan.nodes.len() {
            let children = self.plan.children(&self.plan.nodes[index]);
            if changed[index] || children.iter().any(|child| changed[child.node as usize]) {
                changed[index] = self.compose_again(network, index as u32);
            }
        }
    }

    fn mixtures(&self, work: &mut Workspace, stations: usize) {
        work.mixture_start.clear();
        work.mixture_start.resize(stations + 1, 0);
        for visit in &self.plan.visits {
            work.mixture_start[visit.station as usize + 1] += 1;
        }
        for station in 0..stations {
            work.mixture_start[station + 1] += work.mixture_start[station];
        }
        work.mixture.clear();
        work.mixture.resize(self.plan.visits.len(), (0.0, 0));
        let mut next = work.mixture_start.clone();
        for visit in &self.plan.visits {
            let rate = self.loads[visit.station as usize].rate;
            let share = if rate > 0.0 {
                self.rates.rate[visit.node as usize] / rate
            } else {
                0.0
            };
            work.mixture[next[visit.station as usize] as usize] = (share, visit.law);
            next[visit.station as usize] += 1;
        }
    }

    pub(super) fn context<'a>(&'a self, network: &Network) -> Context<'a> {
        Context {
            plan: &self.plan,
            hits: &self.hits,
            admissions: &self.admissions,
            granted: &self.granted,
            classes: network.classes.len(),
        }
    }

    /// The terms of several nodes together, each with its weight; refusals count or don't.
    pub(super) fn mixed(
        &self,
        work: &mut Workspace,
        nodes: impl Iterator<Item = (f64, u32)>,
        refusals: bool,
    ) -> Mixed {
        let terms = &mut work.terms;
        let mut all = List::NEVER;
        for (weight, node) in nodes {
            let law = work.laws[node as usize];
            let mut ended = terms.or(law.success, law.error);
            if refusals {
                ended = terms.or(ended, law.refused);
            }
            let ended = terms.weighted(ended, weight);
            all = terms.or(all, ended);
        }
        work.in_use.1 = 0;
        let Workspace { terms, marked, .. } = work;
        Mixed::new(terms.of(all), |row| {
            let mut list = Vec::new();
            needed(&terms.instructions, row, marked, &mut list);
            list
        })
    }

    /// The values of a row at these points, times a factor.
    pub(super) fn values(
        &self,
        network: &Network,
        work: &mut Workspace,
        (row, factor): (Row, f64),
        needed: &[u32],
        points: &[Complex64],
        out: &mut [Complex64],
    ) {
        let Workspace {
            terms,
            transforms,
            station_of_law,
            mixture_start,
            mixture,
            tables,
            sheets,
            runs,
            in_use,
            ..
        } = work;
        let source = Stations {
            solver: self,
            transforms,
            station_of_law,
            mixture_start,
            mixture,
            tables,
        };
        let sheet = sheets[..in_use.0]
            .iter()
            .position(|sheet| sheet.is_for(points))
            .unwrap_or_else(|| {
                in_use.0 = in_use.0 % MOST_SHEETS + 1;
                if sheets.len() < in_use.0 {
                    sheets.push(Sheet::default());
                }
                let (laws, stations) = (self.plan.laws.len(), network.stations.len());
                sheets[in_use.0 - 1].clear(points, laws, stations);
                in_use.0 - 1
            });
        let run = runs[..in_use.1]
            .iter()
            .position(|run| run.is_for(points))
            .unwrap_or_else(|| {
                in_use.1 = in_use.1 % MOST_RUNS + 1;
                if runs.len() < in_use.1 {
                    runs.push(Run::default());
                }
                runs[in_use.1 - 1].clear(points, terms.instructions.len());
                in_use.1 - 1
            });
        runs[run].carry_out(&terms.instructions, needed, &mut sheets[sheet], &source);
        runs[run].values(row, factor, &mut sheets[sheet], &source, out);
    }

    /// The panel of the survival function of a term's rest, given that it happens.
    pub(super) fn panel(
        &self,
        network: &Network,
        work: &mut Workspace,
        part: &Share,
        half_period: f64,
        precision: Precision,
    ) -> Panel {
        Panel::survival(half_period, precision, &mut |points, values| {
            let row = (part.row, part.factor);
            self.values(network, work, row, &part.needed, points, values);
        })
    }

    /// The mixture of a class's roots, `None` without a steady state or answers.
    pub(super) fn mixture(&self, class: u32) -> Option<Mixture> {
        let (mut total, mut first, mut second, mut shift) = (0.0, 0.0, 0.0, f64::INFINITY);
        for (rate, node) in self.class_roots(class) {
            if self.unsteady[node as usize] {
                return None;
            }
            let answered: Moments = self.outcomes[node as usize].answered();
            total += rate * answered.mass;
            first += rate * answered.first;
            second += rate * answered.second;
            shift = shift.min(self.transforms.shifts[node as usize]);
        }
        if total <= 0.0 {
            return None;
        }
        let mean = first / total;
        let variance = (second / total - mean * mean).max(0.0);
        let rest = mean - shift;
        let rest = if rest > 1e-9 * mean { rest } else { 0.0 };
        Some(Mixture {
            outline: Outline {
                mean: rest,
                variance,
                shift,
            },
            mean,
            variance,
            total,
        })
    }

    /// The roots of a class with the rates of their sources.
    pub(super) fn class_roots(&self, class: u32) -> impl Iterator<Item = (f64, u32)> {
        let flows = self
            .plan
            .flows
            .iter()
            .filter(move |flow| flow.class == class);
        flows
            .flat_map(|flow| self.plan.roots(flow))
            .map(|root| (self.sources[root.source as usize] * root.share, root.node))
            .filter(|(rate, _)| *rate > 0.0)
    }

    /// The class's quantiles at `probabilities`, seconds.
    pub(super) fn class_quantiles(
        &mut self,
        network: &Network,
        class: u32,
        mixture: &Mixture,
        probabilities: &[f64],
        precision: Precision,
        out: &mut [f64],
    ) -> Option<()> {
        if mixture.outline.mean == 0.0 {
            out.fill(mixture.outline.shift);
            return Some(());
        }
        if precision == Precision::Exact
            && let Some(parallel) = self.only_parallel(class)
        {
            return self.parallel_quantiles(
                network,
                parallel,
                mixture.outline.shift,
                probabilities,
                out,
            );
        }
        let mut work = std::mem::take(&mut self.transforms);
        let roots = self
            .class_roots(class)
            .map(|(rate, node)| (rate / mixture.total, node));
        let mixed = self.mixed(&mut work, roots, false);
        let found = match &mixed.shares[..] {
            [only] if only.outline.mean > 0.0 => quantiles(
                &mut |points: &[Complex64], values: &mut [Complex64]| {
                    if let ([_], [at_zero]) = (points, &mut *values) {
                        *at_zero = real(only.atom);
                        return;
                    }
                    let row = (only.row, only.factor);
                    self.values(network, &mut work, row, &only.needed, points, values);
                },
                &only.outline,
                probabilities,
                precision,
                out,
            ),
            _ => Inversion::new(&mixed, precision, |share: &Share, half_period: f64| {
                self.panel(network, &mut work, share, half_period, precision)
            })
            .quantiles(probabilities, out),
        };
        self.transforms = work;
        found
    }

    /// P(T > t) and the density of the class's response time at each of `times`, seconds.
    pub(super) fn class_distribution(
        &mut self,
        network: &Network,
        class: u32,
        mixture: &Mixture,
        times: &[f64],
    ) -> Option<Vec<(f64, f64)>> {
        let mut work = std::mem::take(&mut self.transforms);
        let roots = self
            .class_roots(class)
            .map(|(rate, node)| (rate / mixture.total, node));
        let mixed = self.mixed(&mut work, roots, false);
        let mut all = vec![(0.0, 0.0); times.len()];
        for share in &mixed.shares {
            let own = if share.outline.mean > 0.0 {
                distribution(
                    &mut |points: &[Complex64], values: &mut [Complex64]| {
                        let row = (share.row, share.factor);
                        self.values(network, &mut work, row, &share.needed, points, values);
                    },
                    &share.outline,
                    times,
                    Precision::Fast,
                )
            } else {
                let jump = |time: &f64| {
                    (
                        if *time < share.outline.shift {
                            1.0
                        } else {
                            0.0
                        },
                        0.0,
                    )
                };
                Some(times.iter().map(jump).collect())
            };
            let Some(own) = own else {
                self.transforms = work;
                return None;
            };
            for ((survival, density), (own_survival, own_density)) in all.iter_mut().zip(own) {
                *survival += share.probability * own_survival;
                *density += share.probability * own_density;
            }
        }
        self.transforms = work;
        Some(all)
    }
}
