//! Every step's time as terms: which part of it is constant, which transform the rest has, and what its moments are. It knows single
//! steps; how they compose stands in `route`.

use super::outcome::{Law as _, Moments, Outcome};
use super::plan::{LawMoments, Op};
use super::route::{Probe, retry};
use super::station_rows::Stations;
use super::terms::{Instruction, List, Row, Term, Terms};
use crate::theory::complex::real;

/// A point beyond everything that takes this long: there only what takes no time is left.
fn beyond(mean: f64) -> f64 {
    1e12 / mean
}

/// Answers the composition with what transforms are made of.
pub(super) struct TermProbe<'a> {
    pub terms: &'a mut Terms,
    pub stations: Stations<'a>,
    /// The constant part of the time of each node so far, seconds.
    pub shifts: &'a [f64],
}

impl TermProbe<'_> {
    /// A time with these moments whose constant part is known; `row` is asked for where anything varies.
    fn time(
        &mut self,
        constant: f64,
        whole: Moments,
        atom: impl FnOnce(&Self, f64) -> f64,
        row: impl FnOnce(&mut Terms) -> Row,
    ) -> List {
        let rest = whole.then(Moments::constant(-constant));
        if rest.first <= 1e-12 * whole.first {
            return self.terms.constant(constant);
        }
        let atom = atom(self, beyond(rest.first)).clamp(0.0, 1.0);
        let row = row(self.terms);
        self.terms.single(Term {
            lag: constant,
            row,
            weight: 1.0,
            rest: Moments {
                second: rest.second.max(rest.first * rest.first),
                ..rest
            },
            atom,
        })
    }
}

impl Probe for TermProbe<'_> {
    type Law = List;

    fn never(&self) -> List {
        List::NEVER
    }

    fn at_once(&self) -> List {
        List::AT_ONCE
    }

    fn or(&mut self, one: List, other: List) -> List {
        self.terms.or(one, other)
    }

    fn then(&mut self, first: List, next: List) -> List {
        self.terms.then(first, next)
    }

    fn weighted(&mut self, law: List, probability: f64) -> List {
        self.terms.weighted(law, probability)
    }

    fn constant(&mut self, seconds: f64) -> List {
        self.terms.constant(seconds)
    }

    fn delay(&mut self, law: u32) -> List {
        let LawMoments {
            mean,
            second,
            shift,
            exponential,
            ..
        } = self.stations.solver.plan.laws[law as usize];
        let atom = |probe: &Self, s| match exponential {
            true => 0.0,
            false => probe.stations.service(law, real(s)).re,
        };
        self.time(shift, Moments::sure(mean, second), atom, |_| Row::Law(law))
    }

    fn visit(&mut self, node: u32, station: u32, law: u32) -> List {
        let LawMoments {
            shift, exponential, ..
        } = self.stations.solver.plan.laws[law as usize];
        let whole = self.stations.solver.visit_moments(node, station, law);
        let solver = self.stations.solver;
        if solver.own_part(node, station).is_some() || solver.divides_by_class(station) {
            let own = Instruction::Own { node, station, law };
            let atom = |probe: &Self, s| probe.stations.own(node, station, law, real(s)).re;
            return self.time(shift, whole, atom, |terms| terms.make(own));
        }
        let atom = |probe: &Self, s| {
            if exponential {
                return 0.0;
            }
            probe.stations.law_at(law, s)
        };
        self.time(shift, whole, atom, |_| Row::Law(law))
    }

    fn token(&mut self, _node: u32, pool: u32) -> List {
        let whole = self.stations.solver.token_moments(pool);
        let atom = |probe: &Self, s| probe.stations.wait_at(pool, s);
        self.time(0.0, whole, atom, |_| Row::Wait(pool))
    }

    fn backoff(&mut self, mean: f64) -> List {
        let whole = Moments::sure(mean, 2.0 * mean * mean);
        self.time(
            0.0,
            whole,
            |_, _| 0.0,
            |terms| terms.make(Instruction::Backoff(mean)),
        )
    }

    /// The table that was made last is this node's.
    fn special(&mut self, node: u32) -> Outcome<List> {
        let place = self.stations.tables.len() as u32 - 1;
        let table = &self.stations.tables[place as usize];
        let solver = self.stations.solver;
        let shift = solver.special_shift(node, self.shifts);
        let (first, second) = table.moments();
        let Op::Attempt { index } = solver.plan.nodes[node as usize].op else {
            let whole = solver.outcomes[node as usize];
            let time = Moments::constant(shift).then(Moments::sure(first, second));
            let time = self.time(
                shift,
                time,
                |probe, s| probe.stations.tables[place as usize].within(s),
                |terms| terms.make(Instruction::Table(place)),
            );
            return Outcome {
                success: self.weighted(time, whole.success.mass),
                error: self.weighted(time, whole.error.mass),
                refused: self.weighted(time, whole.refused.mass),
            };
        };
        // What ends in time, by how it ends, and what is given up at the time-out.
        let rule = solver.plan.attempts[index as usize];
        let plan = &solver.plan;
        let body = solver.outcomes[plan.children(&plan.nodes[node as usize])[0].node as usize];
        let (end, late) = (table.end(), table.beyond());
        let rest = Moments {
            mass: 1.0 - late,
            first: first - end * late,
            second: second - end * end * late,
        };
        let atom = table.within(beyond(first)).clamp(0.0, 1.0);
        let row = self.terms.make(Instruction::Within(place));
        let within = self.terms.single(Term {
            lag: shift,
            row,
            weight: 1.0,
            rest,
            atom,
        });
        let given_up = 1.0 - body.ended().mass * (1.0 - late);
        let timeout = self.terms.constant(shift + table.cut());
        let timeout = self.weighted(timeout, given_up);
        let error = self.weighted(within, body.error.mass);
        let attempt = Outcome {
            success: self.weighted(within, body.success.mass),
            error: self.or(error, timeout),
            refused: self.weighted(within, body.refused.mass),
        };
        retry(attempt, rule, solver.granted[index as usize], self)
    }
}
