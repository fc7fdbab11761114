//! Percentiles end to end: the routes' transforms, evaluated where the inversion wants them and shared by all classes. It knows
//! transforms of steps and how they compose, nothing of how waits come about.

use super::outcome::{Law as _, Moments, Outcome};
use super::plan::{Op, Plan};
use super::route::{Context, Probe, retry};
use super::station::{self, Law};
use super::table::Table;
use super::{Solver, refill};
use crate::distribution::Transform;
use crate::network::Network;
use crate::theory::complex::{Complex64, exp, inverse, real};
use crate::theory::transform::{Outline, Precision, distribution, quantiles};

/// What the inversion needs beside the solver's state, reused between solves.
#[derive(Clone, Debug, Default)]
pub(super) struct Workspace {
    /// The constant part of each node's time, seconds.
    pub shifts: Vec<f64>,
    transforms: Vec<Transform>,
    /// Which station a law belongs to (`u32::MAX` for delays), by law.
    station_of_law: Vec<u32>,
    /// Station by station, the laws of its visits with their shares of its arrivals.
    mixture_start: Vec<u32>,
    mixture: Vec<(f64, u32)>,
    tables: Vec<(u32, Table)>,
    needed: Vec<bool>,
    order: Vec<u32>,
    values: Vec<Outcome<Complex64>>,
    sheets: Vec<Sheet>,
}

/// Everything that all classes share at one set of points.
#[derive(Clone, Debug)]
struct Sheet {
    key: (u64, usize),
    /// Sojourn transforms by point, then law.
    visits: Vec<Complex64>,
    /// Transforms of the wait for a token by point, then station.
    tokens: Vec<Complex64>,
}

/// Most sheets kept in one solve: one for each size of time that occurs.
const MOST_SHEETS: usize = 48;

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
    /// Prepares shifts, transforms and tables for the network as [`Solver::means`] left it.
    pub(super) fn prepare_transforms(&mut self, network: &Network, precision: Precision) {
        let mut work = std::mem::take(&mut self.transforms);
        work.sheets.clear();
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
        for index in 0..self.plan.nodes.len() as u32 {
            let shift = {
                let context = self.context(network, &[]);
                context.shift_of(index, &work.shifts, |own| self.own_shift(own, &work.shifts))
            };
            work.shifts.push(shift);
        }
        refill(&mut work.values, self.plan.nodes.len(), Outcome::AT_ONCE);
        work.tables.clear();
        if self.plan.has_parallel || !self.plan.attempts.is_empty() {
            for index in 0..self.plan.nodes.len() as u32 {
                if self.is_special(index)
                    && self.rates.rate[index as usize] > 0.0
                    && !self.unsteady[index as usize]
                {
                    let table = self.tabulate(network, &mut work, index, precision);
                    if !self.fits_exactly(&work.shifts, index) {
                        let (shift, (first, second)) =
                            (work.shifts[index as usize], table.moments());
                        let time = Moments::constant(shift).then(Moments::sure(first, second));
                        self.refined.push((index, time));
                    }
                    work.tables.push((index, table));
                }
            }
            if !self.refined.is_empty() {
                self.compose(network);
            }
        }
        self.transforms = work;
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

    pub(super) fn context<'a>(&'a self, network: &Network, shifts: &'a [f64]) -> Context<'a> {
        Context {
            plan: &self.plan,
            hits: &self.hits,
            pass: &self.rates.pass,
            admissions: &self.admissions,
            classes: network.classes.len(),
            shifts,
        }
    }

    /// Lists the nodes that the given ones are composed of, children first, in `work.order`.
    pub(super) fn order(&self, work: &mut Workspace, roots: &[u32]) {
        refill(&mut work.needed, self.plan.nodes.len(), false);
        for root in roots {
            work.needed[*root as usize] = true;
        }
        work.order.clear();
        let top = roots.iter().copied().max().unwrap_or(0);
        for index in (0..=top).rev() {
            if !work.needed[index as usize] {
                continue;
            }
            work.order.push(index);
            let node = &self.plan.nodes[index as usize];
            if matches!(node.op, Op::Detach) || self.is_special(index) {
                continue;
            }
            for child in self.plan.children(node) {
                if child.weight > 0.0 {
                    work.needed[child.node as usize] = true;
                }
            }
        }
        work.order.reverse();
    }

    /// Evaluates the ordered nodes at every point and hands the values to `read`.
    pub(super) fn evaluate(
        &self,
        network: &Network,
        work: &mut Workspace,
        points: &[Complex64],
        read: impl Fn(&[Outcome<Complex64>], Complex64) -> Complex64,
        out: &mut [Complex64],
    ) {
        let sheet = self.sheet(work, network, points);
        let Workspace {
            shifts,
            tables,
            order,
            values,
            sheets,
            transforms,
            ..
        } = work;
        let sheet = &sheets[sheet];
        let (laws, stations) = (self.plan.laws.len(), network.stations.len());
        let context = self.context(network, shifts);
        for (place, (s, out)) in points.iter().zip(out.iter_mut()).enumerate() {
            let mut probe = TransformProbe {
                s: *s,
                plan: &self.plan,
                visits: &sheet.visits[place * laws..(place + 1) * laws],
                tokens: &sheet.tokens[place * stations..(place + 1) * stations],
                tables,
                transforms,
                solver: self,
            };
            for index in order.iter() {
                values[*index as usize] = context.compose(*index, values, &mut probe);
            }
            *out = read(values, *s);
        }
    }

    /// The sheet for these points, worked out if it isn't there yet.
    fn sheet(&self, work: &mut Workspace, network: &Network, points: &[Complex64]) -> usize {
        let key = (points[0].re.to_bits(), points.len());
        if let Some(known) = work.sheets.iter().position(|sheet| sheet.key == key) {
            return known;
        }
        let (laws, stations) = (self.plan.laws.len(), network.stations.len());
        let mut visits = Vec::with_capacity(points.len() * laws);
        let mut tokens = Vec::with_capacity(points.len() * stations);
        let mut waits = vec![real(1.0); stations];
        for s in points {
            for (station, wait) in waits.iter_mut().enumerate() {
                *wait = self.wait_transform(work, station, *s);
            }
            for (law, transform) in work.transforms.iter().enumerate() {
                let shift = self.plan.laws[law].shift;
                let service = |s: Complex64| {
                    if shift > 0.0 {
                        real(1.0)
                    } else {
                        transform.at(s)
                    }
                };
                let station = work.station_of_law[law];
                visits.push(if station == u32::MAX {
                    service(*s)
                } else {
                    self.visit_transform(
                        station as usize,
                        *s,
                        waits[station as usize],
                        shift,
                        &service,
                    )
                });
            }
            tokens.extend_from_slice(&waits);
        }
        if work.sheets.len() >= MOST_SHEETS {
            work.sheets.clear();
        }
        work.sheets.push(Sheet {
            key,
            visits,
            tokens,
        });
        work.sheets.len() - 1
    }

    /// Whether waits at the station differ by who visits it.
    fn has_own_parts(&self, station: usize) -> bool {
        self.queues[station].by_class || matches!(self.closed.whole.get(station), Some(Some(_)))
    }

    /// `E[e^{−s·wait}]` at a station, over its groups of instances.
    fn wait_transform(&self, work: &Workspace, station: usize, s: Complex64) -> Complex64 {
        let queue = &self.queues[station];
        let parts =
            &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize];
        let visits = &work.mixture
            [work.mixture_start[station] as usize..work.mixture_start[station + 1] as usize];
        if self.has_own_parts(station) {
            return real(1.0);
        }
        let mut mixture = |u: Complex64| {
            visits
                .iter()
                .map(|(share, law)| work.transforms[*law as usize].at(u) * *share)
                .sum()
        };
        match parts {
            [only] => station::wait_transform(&only.law, s, &mut mixture),
            _ => parts
                .iter()
                .map(|part| station::wait_transform(&part.law, s, &mut mixture) * part.share)
                .sum(),
        }
    }

    /// The sojourn at a station: wait then service, or service slowed down. The law's constant part is left out.
    fn visit_transform(
        &self,
        station: usize,
        s: Complex64,
        wait: Complex64,
        shift: f64,
        service: &impl Fn(Complex64) -> Complex64,
    ) -> Complex64 {
        let queue = &self.queues[station];
        let parts =
            &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize];
        if self.has_own_parts(station) {
            // The wait is the visitor's own: the probe puts it before the service.
            return service(s);
        }
        if !parts.iter().any(|part| matches!(part.law, Law::Sharing(_))) {
            return wait * service(s);
        }
        parts
            .iter()
            .map(|part| {
                let Law::Sharing(slowdown) = part.law else {
                    return service(s) * part.share;
                };
                slowdown.transform(shift, s, service) * part.share
            })
            .sum()
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
        self.with_transform(network, class, mixture, |transform, outline| {
            quantiles(
                &mut |points: &[Complex64], values: &mut [Complex64]| transform(points, values),
                outline,
                probabilities,
                precision,
                out,
            )
        })
    }

    /// P(T > t) and the density of the class's response time at each of `times`, seconds.
    pub(super) fn class_distribution(
        &mut self,
        network: &Network,
        class: u32,
        mixture: &Mixture,
        times: &[f64],
    ) -> Option<Vec<(f64, f64)>> {
        self.with_transform(network, class, mixture, |transform, outline| {
            distribution(
                &mut |points: &[Complex64], values: &mut [Complex64]| transform(points, values),
                outline,
                times,
                Precision::Fast,
            )
        })
    }

    fn with_transform<R>(
        &mut self,
        network: &Network,
        class: u32,
        mixture: &Mixture,
        invert: impl FnOnce(&mut dyn FnMut(&[Complex64], &mut [Complex64]), &Outline) -> R,
    ) -> R {
        let mut work = std::mem::take(&mut self.transforms);
        let roots: Vec<(f64, u32)> = self.class_roots(class).collect();
        let nodes: Vec<u32> = roots.iter().map(|(_, node)| *node).collect();
        self.order(&mut work, &nodes);
        let late: Vec<f64> = nodes
            .iter()
            .map(|node| work.shifts[*node as usize] - mixture.outline.shift)
            .collect();
        let mut transform = |points: &[Complex64], values: &mut [Complex64]| {
            let read = |values: &[Outcome<Complex64>], s: Complex64| {
                let mut sum = real(0.0);
                for ((rate, node), late) in roots.iter().zip(&late) {
                    let answered = values[*node as usize].answered() * (*rate / mixture.total);
                    sum += if *late > 0.0 {
                        answered * exp(-s * *late)
                    } else {
                        answered
                    };
                }
                sum
            };
            self.evaluate(network, &mut work, points, read, values);
        };
        let result = invert(&mut transform, &mixture.outline);
        self.transforms = work;
        result
    }
}

/// Answers the composition with transforms at one point.
struct TransformProbe<'a> {
    s: Complex64,
    plan: &'a Plan,
    visits: &'a [Complex64],
    tokens: &'a [Complex64],
    tables: &'a [(u32, Table)],
    transforms: &'a [Transform],
    solver: &'a Solver,
}

impl Probe for TransformProbe<'_> {
    type Law = Complex64;

    fn constant(&mut self, seconds: f64) -> Complex64 {
        exp(-self.s * seconds)
    }

    fn delay(&mut self, law: u32) -> Complex64 {
        self.visits[law as usize]
    }

    fn visit(&mut self, node: u32, station: u32, law: u32) -> Complex64 {
        let solver = self.solver;
        let queue = &solver.queues[station as usize];
        let Some(part) = super::compose::own_part(
            self.plan,
            queue,
            &solver.parts,
            &solver.closed,
            node,
            station,
        ) else {
            return self.visits[law as usize];
        };
        match part.law {
            Law::Sharing(slowdown) => {
                let shift = self.plan.laws[law as usize].shift;
                slowdown.transform(shift, self.s, &|s| self.transforms[law as usize].at(s))
            }
            _ => {
                station::wait_transform(&part.law, self.s, &mut |_| real(1.0))
                    * self.visits[law as usize]
            }
        }
    }

    fn token(&mut self, _node: u32, pool: u32) -> Complex64 {
        self.tokens[pool as usize]
    }

    fn backoff(&mut self, mean: f64) -> Complex64 {
        inverse(real(1.0) + self.s * mean)
    }

    fn special(&mut self, node: u32) -> Outcome<Complex64> {
        let Ok(place) = self.tables.binary_search_by_key(&node, |(index, _)| *index) else {
            return Outcome::AT_ONCE;
        };
        let table = &self.tables[place].1;
        let whole = self.solver.outcomes[node as usize];
        let Op::Attempt { index } = self.plan.nodes[node as usize].op else {
            let time = table.at(self.s);
            return Outcome {
                success: time * whole.success.mass,
                error: time * whole.error.mass,
                refused: time * whole.refused.mass,
            };
        };
        // What ends in time, by how it ends, and what is given up at the time-out.
        let rule = self.plan.attempts[index as usize];
        let body = self.solver.outcomes
            [self.plan.children(&self.plan.nodes[node as usize])[0].node as usize];
        let within = table.within(self.s);
        let given_up = 1.0 - body.ended().mass * (1.0 - table.beyond());
        let attempt = Outcome {
            success: within * body.success.mass,
            error: within * body.error.mass + self.constant(table.cut()) * given_up,
            refused: within * body.refused.mass,
        };
        let again = attempt.after(self.constant(rule.timeout - table.cut()));
        retry(
            attempt,
            again,
            rule.retries,
            |mean| self.backoff(mean),
            rule.backoff,
        )
    }
}
