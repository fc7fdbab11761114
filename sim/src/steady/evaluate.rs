//! Values of transforms at all points of one inversion at once: the instructions of the routes carried out row by row. It knows
//! numbers, not what they stand for; [`Source`] works the stations' own out.

use super::terms::{Instruction, Row};
use crate::theory::complex::{Complex64, exp};

/// Where the values come from that no instruction makes.
pub(super) trait Source {
    /// A visit with this law; `wait` is the transform of the wait there, if it has any.
    fn law(&self, law: u32, points: &Points, wait: Option<&[f64]>, out: &mut [f64]);
    /// The station whose wait [`Source::law`] wants.
    fn waits_at(&self, law: u32) -> Option<u32>;
    /// The wait at a station, or for a token.
    fn wait(&self, station: u32, points: &Points, out: &mut [f64]);
    /// What stands for itself: neither a product nor a sum.
    fn made(&self, instruction: Instruction, points: &Points, out: &mut [f64]);
}

/// Where transforms are wanted: points equally spaced above each other in the plane. A row of values has their real parts first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Points {
    pub re: Vec<f64>,
    pub im: Vec<f64>,
}

impl Points {
    fn set(&mut self, points: &[Complex64]) {
        self.re.clear();
        self.im.clear();
        self.re.extend(points.iter().map(|point| point.re));
        self.im.extend(points.iter().map(|point| point.im));
    }

    fn are(&self, points: &[Complex64]) -> bool {
        self.re.len() == points.len()
            && self.re.first().copied() == points.first().map(|point| point.re)
    }

    /// The points one by one.
    pub fn each(&self) -> impl Iterator<Item = Complex64> {
        let points = self.re.iter().zip(&self.im);
        points.map(|(re, im)| Complex64::new(*re, *im))
    }
}

/// Rows of complex values, real parts first, each found by a number.
#[derive(Clone, Debug, Default)]
struct Rows {
    lanes: usize,
    place: Vec<u32>,
    data: Vec<f64>,
}

impl Rows {
    fn clear(&mut self, lanes: usize, numbers: usize) {
        self.lanes = lanes;
        self.data.clear();
        self.place.clear();
        self.place.resize(numbers, u32::MAX);
    }

    fn knows(&self, number: usize) -> bool {
        self.place[number] != u32::MAX
    }

    fn row(&self, number: usize) -> &[f64] {
        let start = self.place[number] as usize * 2 * self.lanes;
        &self.data[start..start + 2 * self.lanes]
    }

    /// Room for a row, and where it begins.
    fn add(&mut self, number: usize) -> usize {
        let start = self.data.len();
        self.place[number] = (start / (2 * self.lanes)) as u32;
        self.data.resize(start + 2 * self.lanes, 0.0);
        start
    }
}

/// What the stations' laws are at one set of points, shared by all classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    points: Points,
    rows: Rows,
    ones: Vec<f64>,
    laws: usize,
}

impl Sheet {
    /// Starts anew at these points.
    pub fn clear(&mut self, points: &[Complex64], laws: usize, stations: usize) {
        self.points.set(points);
        self.laws = laws;
        self.rows.clear(points.len(), laws + stations);
        self.ones.clear();
        self.ones.resize(points.len(), 1.0);
        self.ones.resize(2 * points.len(), 0.0);
    }

    /// Whether it is for these points.
    pub fn is_for(&self, points: &[Complex64]) -> bool {
        self.points.are(points)
    }

    fn number(&self, row: Row) -> Option<usize> {
        match row {
            Row::Law(law) => Some(law as usize),
            Row::Wait(station) => Some(self.laws + station as usize),
            Row::One | Row::Made(_) => None,
        }
    }

    fn fill(&mut self, source: &impl Source, row: Row) {
        let Some(number) = self.number(row) else {
            return;
        };
        if self.rows.knows(number) {
            return;
        }
        let wait = match row {
            Row::Law(law) => source.waits_at(law).map(Row::Wait),
            _ => None,
        };
        if let Some(wait) = wait {
            self.fill(source, wait);
        }
        let wait = wait.and_then(|wait| self.number(wait));
        let start = self.rows.add(number);
        let lanes = self.rows.lanes;
        let (known, fresh) = self.rows.data.split_at_mut(start);
        match row {
            Row::Law(law) => {
                let wait = wait.map(|wait| {
                    let start = self.rows.place[wait] as usize * 2 * lanes;
                    &known[start..start + 2 * lanes]
                });
                source.law(law, &self.points, wait, fresh);
            }
            Row::Wait(station) => source.wait(station, &self.points, fresh),
            Row::One | Row::Made(_) => {}
        }
    }
}

/// What instructions made at one set of points, for one class.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    points: Points,
    rows: Rows,
}

impl Run {
    /// Starts anew at these points.
    pub fn clear(&mut self, points: &[Complex64], instructions: usize) {
        self.points.set(points);
        self.rows.clear(points.len(), instructions);
    }

    /// Whether it is for these points.
    pub fn is_for(&self, points: &[Complex64]) -> bool {
        self.points.are(points)
    }

    /// Carries out those of the needed instructions (in rising order) that haven't been yet.
    pub fn carry_out(
        &mut self,
        instructions: &[Instruction],
        needed: &[u32],
        sheet: &mut Sheet,
        source: &impl Source,
    ) {
        for number in needed {
            if self.rows.knows(*number as usize) {
                continue;
            }
            let instruction = instructions[*number as usize];
            let operands = match instruction {
                Instruction::Product(one, other) => [one, other],
                Instruction::Sum { one, other, .. } => [one.0, other.0],
                _ => [Row::One; 2],
            };
            operands
                .into_iter()
                .for_each(|operand| sheet.fill(source, operand));
            let start = self.rows.add(*number as usize);
            let (known, fresh) = self.rows.data.split_at_mut(start);
            let lanes = self.points.re.len();
            let row = |row: Row| match row {
                Row::One => &sheet.ones[..],
                Row::Made(made) => {
                    let start = self.rows.place[made as usize] as usize * 2 * lanes;
                    &known[start..start + 2 * lanes]
                }
                row => sheet.number(row).map_or(&[][..], |row| sheet.rows.row(row)),
            };
            match instruction {
                Instruction::Product(one, other) => multiply(fresh, row(one), row(other)),
                Instruction::Sum { one, other, late } => {
                    let step = self.points.im.get(1).copied().unwrap_or(0.0);
                    let first = Complex64::new(self.points.re[0], self.points.im[0]);
                    add(
                        fresh,
                        (row(one.0), one.1),
                        (row(other.0), other.1),
                        (exp(-first * late), exp_of_angle(-step * late)),
                    );
                }
                own => {
                    source.made(own, &self.points, fresh);
                }
            }
        }
    }

    /// The values of a row at all points, times a factor.
    pub fn values(
        &self,
        row: Row,
        factor: f64,
        sheet: &mut Sheet,
        source: &impl Source,
        out: &mut [Complex64],
    ) {
        sheet.fill(source, row);
        let values = match row {
            Row::One => &sheet.ones[..],
            Row::Made(made) => self.rows.row(made as usize),
            row => match sheet.number(row) {
                Some(number) => sheet.rows.row(number),
                None => return,
            },
        };
        let (re, im) = values.split_at(self.points.re.len());
        for (out, (re, im)) in out.iter_mut().zip(re.iter().zip(im)) {
            *out = Complex64::new(re * factor, im * factor);
        }
    }
}

fn exp_of_angle(angle: f64) -> Complex64 {
    let (sin, cos) = libm::sincos(angle);
    Complex64::new(cos, sin)
}

/// One row times another.
pub(super) fn multiply(out: &mut [f64], one: &[f64], other: &[f64]) {
    let lanes = out.len() / 2;
    let (re, im) = out.split_at_mut(lanes);
    let (one_re, one_im) = one.split_at(lanes);
    let (other_re, other_im) = other.split_at(lanes);
    let (one_im, other_re) = (&one_im[..lanes], &other_re[..lanes]);
    let (other_im, im) = (&other_im[..lanes], &mut im[..lanes]);
    for lane in 0..lanes {
        re[lane] = one_re[lane] * other_re[lane] - one_im[lane] * other_im[lane];
        im[lane] = one_re[lane] * other_im[lane] + one_im[lane] * other_re[lane];
    }
}

/// Both times their weights, the other also times a factor that turns by the same angle from point to point.
fn add(
    out: &mut [f64],
    (one, weight): (&[f64], f64),
    (other, share): (&[f64], f64),
    (first, turn): (Complex64, Complex64),
) {
    let lanes = out.len() / 2;
    let (re, im) = out.split_at_mut(lanes);
    let mut factor = first * share;
    if turn == Complex64::new(1.0, 0.0) {
        for lane in 0..lanes {
            re[lane] = weight * one[lane] + factor.re * other[lane];
            im[lane] = weight * one[lanes + lane] + factor.re * other[lanes + lane];
        }
        return;
    }
    for lane in 0..lanes {
        let value = Complex64::new(other[lane], other[lanes + lane]) * factor;
        re[lane] = weight * one[lane] + value.re;
        im[lane] = weight * one[lanes + lane] + value.im;
        factor *= turn;
    }
}

/// The instructions that this row depends on, in rising order, appended to `needed`; `marked` is left as it was found.
pub(super) fn needed(
    instructions: &[Instruction],
    row: Row,
    marked: &mut Vec<bool>,
    needed: &mut Vec<u32>,
) {
    marked.resize(instructions.len(), false);
    let first = needed.len();
    let mut next = first;
    let mut mark = |row: Row, needed: &mut Vec<u32>| {
        if let Row::Made(made) = row
            && !std::mem::replace(&mut marked[made as usize], true)
        {
            needed.push(made);
        }
    };
    mark(row, needed);
    while next < needed.len() {
        match instructions[needed[next] as usize] {
            Instruction::Product(one, other) => {
                mark(one, needed);
                mark(other, needed);
            }
            Instruction::Sum { one, other, .. } => {
                mark(one.0, needed);
                mark(other.0, needed);
            }
            _ => {}
        }
        next += 1;
    }
    needed[first..].sort_unstable();
    for made in &needed[first..] {
        marked[*made as usize] = false;
    }
}
