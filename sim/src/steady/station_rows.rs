//! Transforms of what single steps take, at many points at once: visits, waits, and what has an instruction of its own. It knows the
//! stations' answers, neither routes nor what becomes of the values.

use super::Solver;
use super::evaluate::{Points, Source, multiply};
use super::station::{self, Law};
use super::table::Table;
use super::terms::Instruction;
use crate::distribution::Transform;
use crate::theory::complex::{Complex64, inverse, real};
use crate::theory::transform::MOST_POINTS;

/// The stations' own transforms.
#[derive(Clone, Copy)]
pub(super) struct Stations<'a> {
    pub solver: &'a Solver,
    pub transforms: &'a [Transform],
    /// Which station a law belongs to (`u32::MAX` for delays), by law.
    pub station_of_law: &'a [u32],
    /// Station by station, the laws of its visits with their shares of its arrivals.
    pub mixture_start: &'a [u32],
    pub mixture: &'a [(f64, u32)],
    pub tables: &'a [Table],
}

impl Stations<'_> {
    /// Whether waits at the station differ by who visits it.
    fn has_own_parts(&self, station: u32) -> bool {
        self.solver.queues[station as usize].by_class
            || matches!(
                self.solver.closed.whole.get(station as usize),
                Some(Some(_))
            )
            || self.solver.divides_by_class(station)
    }

    /// The service at one point, a constant one left out.
    pub fn service(&self, law: u32, s: Complex64) -> Complex64 {
        if self.solver.plan.laws[law as usize].shift > 0.0 {
            real(1.0)
        } else {
            self.transforms[law as usize].at(s)
        }
    }

    /// A visit whose wait is the visitor's own, at one point; its service's constant part left out.
    pub fn own(&self, node: u32, station: u32, law: u32, s: Complex64) -> Complex64 {
        let Some(part) = self.solver.own_part(node, station) else {
            return self.among_own(node, station, law, s);
        };
        match part.law {
            Law::Sharing(slowdown) => {
                let shift = self.solver.plan.laws[law as usize].shift;
                slowdown.of(&self.transforms[law as usize], shift, s)
            }
            _ => station::wait_transform(&part.law, s, &mut |_| real(1.0)) * self.service(law, s),
        }
    }

    /// The same over the groups of instances that the visitor's class meets, each with its share.
    fn among_own(&self, node: u32, station: u32, law: u32, s: Complex64) -> Complex64 {
        let flow = self.solver.plan.nodes[node as usize].flow as usize;
        let class = self.solver.plan.flows[flow].class as usize;
        let visits = &self.mixture[self.mixture_start[station as usize] as usize
            ..self.mixture_start[station as usize + 1] as usize];
        let mut services = |s: Complex64| {
            visits.iter().fold(real(0.0), |sum, (share, law)| {
                sum + self.transforms[*law as usize].at(s) * *share
            })
        };
        let shift = self.solver.plan.laws[law as usize].shift;
        let transform = &self.transforms[law as usize];
        let mut value = real(0.0);
        for (share, part) in self.solver.met_by(station, class) {
            let visit = match part.law {
                Law::Sharing(slowdown) => slowdown.of(transform, shift, s),
                _ => station::wait_transform(&part.law, s, &mut services) * self.service(law, s),
            };
            value += visit * share;
        }
        value
    }

    /// The real value of a visit's transform at a real point.
    pub fn law_at(&self, law: u32, s: f64) -> f64 {
        let points = Points {
            re: vec![s],
            im: vec![0.0],
        };
        let (mut wait, mut value) = ([0.0; 2], [0.0; 2]);
        let station = self.waits_at(law);
        if let Some(station) = station {
            self.wait(station, &points, &mut wait);
        }
        self.law(law, &points, station.map(|_| &wait[..]), &mut value);
        value[0]
    }

    /// The real value of a wait's transform at a real point.
    pub fn wait_at(&self, station: u32, s: f64) -> f64 {
        let points = Points {
            re: vec![s],
            im: vec![0.0],
        };
        let mut value = [0.0; 2];
        self.wait(station, &points, &mut value);
        value[0]
    }
}

impl Source for Stations<'_> {
    fn waits_at(&self, law: u32) -> Option<u32> {
        let station = self.station_of_law[law as usize];
        (station != u32::MAX && !self.has_own_parts(station)).then_some(station)
    }

    /// The sojourn at a station: wait then service, or service slowed down. The law's constant part is left out.
    fn law(&self, law: u32, points: &Points, wait: Option<&[f64]>, out: &mut [f64]) {
        let lanes = points.re.len();
        let transform = &self.transforms[law as usize];
        let shift = self.solver.plan.laws[law as usize].shift;
        let mut service = [0.0; 2 * MOST_POINTS];
        let service = &mut service[..2 * lanes];
        let add = |out: &mut [f64], factor: f64, weight: f64| {
            let (re, im) = out.split_at_mut(lanes);
            if shift > 0.0 {
                re.iter_mut().for_each(|re| *re += weight);
            } else {
                transform.accumulate(factor, weight, (&points.re, &points.im), (re, im));
            }
        };
        // A wait that is the visitor's own has an instruction of its own.
        let Some(wait) = wait else {
            return add(out, 1.0, 1.0);
        };
        let station = self.station_of_law[law as usize];
        let parts = self.solver.parts_of(&self.solver.queues[station as usize]);
        if !parts.iter().any(|part| matches!(part.law, Law::Sharing(_))) {
            add(service, 1.0, 1.0);
            return multiply(out, wait, service);
        }
        for part in parts {
            match part.law {
                Law::Sharing(slowdown) if shift > 0.0 || transform.is_measured() => {
                    for (lane, s) in points.each().enumerate() {
                        let value = slowdown.of(transform, shift, s) * part.share;
                        out[lane] += value.re;
                        out[lanes + lane] += value.im;
                    }
                }
                Law::Sharing(slowdown) => {
                    for (factor, probability) in slowdown.factors() {
                        add(out, factor, probability * part.share);
                    }
                }
                _ => add(out, 1.0, part.share),
            }
        }
    }

    /// `E[e^{−s·wait}]` at a station, over its groups of instances.
    fn wait(&self, station: u32, points: &Points, out: &mut [f64]) {
        let lanes = points.re.len();
        let (out_re, out_im) = out.split_at_mut(lanes);
        if self.has_own_parts(station) {
            return out_re.fill(1.0);
        }
        let visits = &self.mixture[self.mixture_start[station as usize] as usize
            ..self.mixture_start[station as usize + 1] as usize];
        for part in self.solver.parts_of(&self.solver.queues[station as usize]) {
            let share = part.share;
            if let Law::Exponential { probability, rate } = part.law {
                let (constant, weight) = (share * (1.0 - probability), share * probability * rate);
                let points = points.re.iter().zip(&points.im);
                for ((re, im), out) in points.zip(out_re.iter_mut().zip(out_im.iter_mut())) {
                    let a = re + rate;
                    let scale = weight / (a * a + im * im);
                    *out.0 += constant + a * scale;
                    *out.1 -= im * scale;
                }
                continue;
            }
            let mut mixture = [0.0; 2 * MOST_POINTS];
            let (re, im) = mixture.split_at_mut(MOST_POINTS);
            let (re, im) = (&mut re[..lanes], &mut im[..lanes]);
            if let Law::General { stretch, .. } = part.law {
                for (share, law) in visits {
                    let transform = &self.transforms[*law as usize];
                    let points = (&points.re[..], &points.im[..]);
                    transform.accumulate(stretch, *share, points, (re, im));
                }
            }
            for (lane, s) in points.each().enumerate() {
                let service = Complex64::new(re[lane], im[lane]);
                let value = station::wait_transform(&part.law, s, &mut |_| service) * share;
                out_re[lane] += value.re;
                out_im[lane] += value.im;
            }
        }
    }

    fn made(&self, instruction: Instruction, points: &Points, out: &mut [f64]) {
        let lanes = points.re.len();
        let (out_re, out_im) = out.split_at_mut(lanes);
        match instruction {
            Instruction::Own { node, station, law } => {
                for (lane, s) in points.each().enumerate() {
                    let value = self.own(node, station, law, s);
                    (out_re[lane], out_im[lane]) = (value.re, value.im);
                }
            }
            Instruction::Backoff(mean) => {
                for (lane, s) in points.each().enumerate() {
                    let value = inverse(real(1.0) + s * mean);
                    (out_re[lane], out_im[lane]) = (value.re, value.im);
                }
            }
            Instruction::Table(table) | Instruction::Within(table) => {
                let within = matches!(instruction, Instruction::Within(_));
                let table = &self.tables[table as usize];
                table.values(points.re[0], &points.im, within, (out_re, out_im));
            }
            Instruction::Product(..) | Instruction::Sum { .. } => {}
        }
    }
}
