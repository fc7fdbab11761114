//! Laws of times as mixtures of constants with something smooth on top: the constants are kept as numbers, the rest as instructions
//! for working its transform out. It knows sums and products, neither routes nor stations.
//!
//! A transform with e^{−sd} in it makes a jump at d, around which numerical inversion swings. Kept apart, every jump is exact, and each
//! rest is inverted on its own scale. Constants that lie close together beside what varies after them are folded into one.

use super::outcome::{Law as _, Moments};

/// Most constants that a law keeps apart.
const MOST_TERMS: usize = 8;

/// Most products of terms that two laws in a row are worth: a query may read a million rows.
const MOST_PRODUCTS: usize = 24;

/// A term this near to the one before, in units of its own deviation, is folded into it.
const NEAR: f64 = 0.3;

/// A transform, by where its values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// That of no time at all.
    One,
    /// A visit with this law, its constant part left out.
    Law(u32),
    /// The wait for a token of this pool, or for a server of this station.
    Wait(u32),
    /// What this instruction gives.
    Made(u32),
}

/// How to make a transform from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Instruction {
    /// One after the other.
    Product(Row, Row),
    /// One or the other, by weights; the other this much later, seconds.
    Sum {
        one: (Row, f64),
        other: (Row, f64),
        late: f64,
    },
    /// A visit whose wait is the visitor's own, its service's constant part left out.
    Own { node: u32, station: u32, law: u32 },
    /// Exponential with this mean, seconds.
    Backoff(f64),
    /// All of this table.
    Table(u32),
    /// Of this table what happens before it is cut off.
    Within(u32),
}

/// A constant with something on top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// The constant, seconds.
    pub lag: f64,
    /// What is on top has `weight` times this transform.
    pub row: Row,
    pub weight: f64,
    /// Moments of what is on top.
    pub rest: Moments,
    /// Probability of the term with nothing on top.
    pub atom: f64,
}

impl Term {
    const AT_ONCE: Self = Term {
        lag: 0.0,
        row: Row::One,
        weight: 1.0,
        rest: Moments::AT_ONCE,
        atom: 1.0,
    };

    /// Deviation of what is on top, seconds.
    fn deviation(&self) -> f64 {
        libm::sqrt(self.rest.variance())
    }
}

/// The terms of one law, by rising constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    start: u32,
    end: u32,
}

impl List {
    /// Never happens.
    pub const NEVER: Self = List { start: 0, end: 0 };
    /// Happens at once, surely.
    pub const AT_ONCE: Self = List { start: 0, end: 1 };

    fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// All laws of one network, with the instructions that they need; reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    terms: Vec<Term>,
    pub instructions: Vec<Instruction>,
}

impl Terms {
    /// Forgets everything but what happens at once.
    pub fn clear(&mut self) {
        self.instructions.clear();
        self.terms.clear();
        self.terms.push(Term::AT_ONCE);
    }

    /// The terms of a law.
    pub fn of(&self, list: List) -> &[Term] {
        &self.terms[list.start as usize..list.end as usize]
    }

    /// A constant time.
    pub fn constant(&mut self, seconds: f64) -> List {
        if seconds <= 0.0 {
            return List::AT_ONCE;
        }
        self.single(Term {
            lag: seconds,
            ..Term::AT_ONCE
        })
    }

    /// A law of one term.
    pub fn single(&mut self, term: Term) -> List {
        let start = self.terms.len();
        self.terms.push(term);
        self.list(start)
    }

    /// Adds an instruction and gives what it makes.
    pub fn make(&mut self, instruction: Instruction) -> Row {
        self.instructions.push(instruction);
        Row::Made(self.instructions.len() as u32 - 1)
    }

    fn list(&self, start: usize) -> List {
        List {
            start: start as u32,
            end: self.terms.len() as u32,
        }
    }

    /// Either of two exclusive cases.
    pub fn or(&mut self, one: List, other: List) -> List {
        if one.is_empty() {
            return other;
        }
        if other.is_empty() {
            return one;
        }
        let start = self.terms.len();
        for list in [one, other] {
            self.terms
                .extend_from_within(list.start as usize..list.end as usize);
        }
        self.settle(start)
    }

    /// With this probability.
    pub fn weighted(&mut self, list: List, probability: f64) -> List {
        if list.is_empty() || probability == 1.0 {
            return list;
        }
        if probability <= 0.0 {
            return List::NEVER;
        }
        let start = self.terms.len();
        for place in list.start as usize..list.end as usize {
            let term = self.terms[place];
            self.terms.push(Term {
                weight: term.weight * probability,
                rest: term.rest.weighted(probability),
                atom: term.atom * probability,
                ..term
            });
        }
        self.list(start)
    }

    /// One after the other.
    pub fn then(&mut self, first: List, next: List) -> List {
        if first.is_empty() || next.is_empty() {
            return List::NEVER;
        }
        if first == List::AT_ONCE {
            return next;
        }
        if next == List::AT_ONCE {
            return first;
        }
        let (first, next) = if self.of(first).len() * self.of(next).len() > MOST_PRODUCTS {
            (
                self.shortened(first, MOST_TERMS / 2),
                self.shortened(next, MOST_TERMS / 2),
            )
        } else {
            (first, next)
        };
        let start = self.terms.len();
        for one in first.start as usize..first.end as usize {
            for other in next.start as usize..next.end as usize {
                let (one, other) = (self.terms[one], self.terms[other]);
                let row = match (one.row, other.row) {
                    (Row::One, row) | (row, Row::One) => row,
                    (one, other) => self.make(Instruction::Product(one, other)),
                };
                self.terms.push(Term {
                    lag: one.lag + other.lag,
                    row,
                    weight: one.weight * other.weight,
                    rest: one.rest.then(other.rest),
                    atom: one.atom * other.atom,
                });
            }
        }
        self.settle(start)
    }

    /// Brings the terms from `start` on into order, and folds those that needn't or can't be kept apart.
    fn settle(&mut self, start: usize) -> List {
        if self.terms.len() - start < 2 {
            return self.list(start);
        }
        self.terms[start..].sort_by(|one, other| one.lag.total_cmp(&other.lag));
        let mut kept = start;
        for place in start + 1..self.terms.len() {
            let (before, term) = (self.terms[kept], self.terms[place]);
            let late = term.lag - before.lag;
            let same = late <= 1e-12 * term.lag;
            let smooth = term.atom <= 1e-7 && late <= NEAR * term.deviation();
            if same || smooth {
                self.terms[kept] = self.folded(before, term);
            } else {
                kept += 1;
                self.terms[kept] = term;
            }
        }
        self.terms.truncate(kept + 1);
        self.shorten(start, MOST_TERMS)
    }

    /// The same law in no more than this many terms.
    fn shortened(&mut self, list: List, most: usize) -> List {
        if self.of(list).len() <= most {
            return list;
        }
        let start = self.terms.len();
        self.terms
            .extend_from_within(list.start as usize..list.end as usize);
        self.shorten(start, most)
    }

    /// Folds the terms from `start` on until no more than `most` are left.
    fn shorten(&mut self, start: usize, most: usize) -> List {
        while self.terms.len() - start > most {
            // The one that loses least by it: its jump would be smeared over the way to the one before.
            let cost = |pair: &[Term]| {
                (pair[1].atom + 0.1 * pair[1].rest.mass) * (pair[1].lag - pair[0].lag)
            };
            let pairs = self.terms[start..].windows(2).map(cost);
            let cheapest = pairs
                .enumerate()
                .min_by(|(_, one), (_, other)| one.total_cmp(other))
                .map_or(0, |(pair, _)| start + pair);
            self.terms[cheapest] = self.folded(self.terms[cheapest], self.terms[cheapest + 1]);
            self.terms.remove(cheapest + 1);
        }
        self.list(start)
    }

    /// Both terms as one with the constant of the first.
    fn folded(&mut self, one: Term, other: Term) -> Term {
        let late = other.lag - one.lag;
        if late <= 1e-12 * other.lag {
            let rest = one.rest.or(other.rest);
            let atom = one.atom + other.atom;
            let (row, weight) = if one.row == other.row {
                (one.row, one.weight + other.weight)
            } else {
                let sum = Instruction::Sum {
                    one: (one.row, one.weight),
                    other: (other.row, other.weight),
                    late: 0.0,
                };
                (self.make(sum), 1.0)
            };
            return Term {
                lag: one.lag,
                row,
                weight,
                rest,
                atom,
            };
        }
        let row = self.make(Instruction::Sum {
            one: (one.row, one.weight),
            other: (other.row, other.weight),
            late,
        });
        Term {
            lag: one.lag,
            row,
            weight: 1.0,
            rest: one.rest.or(other.rest.then(Moments::constant(late))),
            atom: one.atom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(terms: &mut Terms, law: u32, mean: f64) -> List {
        terms.single(Term {
            lag: 0.0,
            row: Row::Law(law),
            weight: 1.0,
            rest: Moments::sure(mean, 2.0 * mean * mean),
            atom: 0.0,
        })
    }

    #[test]
    fn a_mixture_of_constants_keeps_each() {
        let mut terms = Terms::default();
        terms.clear();
        let (hit, miss) = (terms.constant(0.01), terms.constant(0.1));
        let (hit, miss) = (terms.weighted(hit, 0.7), terms.weighted(miss, 0.3));
        let either = terms.or(miss, hit);
        let twice = terms.then(either, either);
        let lags: Vec<f64> = terms.of(twice).iter().map(|term| term.lag).collect();
        let atoms: Vec<f64> = terms.of(twice).iter().map(|term| term.atom).collect();
        assert!(
            lags.len() == 3 && (lags[1] - 0.11).abs() < 1e-15,
            "{lags:?}"
        );
        for (atom, expected) in atoms.iter().zip([0.49, 0.42, 0.09]) {
            assert!((atom - expected).abs() < 1e-15, "{atoms:?}");
        }
        assert!(terms.instructions.is_empty(), "numbers are all it takes");
    }

    #[test]
    fn what_is_near_beside_its_spread_is_folded_and_keeps_its_moments() {
        let mut terms = Terms::default();
        terms.clear();
        let service = exponential(&mut terms, 0, 1.0);
        let late = terms.constant(0.1);
        let late = terms.then(late, service);
        let (one, other) = (terms.weighted(service, 0.5), terms.weighted(late, 0.5));
        let either = terms.or(one, other);
        let [term] = terms.of(either) else {
            panic!("{:?}", terms.of(either));
        };
        assert!((term.rest.mean() - 1.05).abs() < 1e-12);
        assert!((term.rest.variance() - (1.0 + 0.05 * 0.05)).abs() < 1e-12);
    }

    #[test]
    fn a_million_repetitions_take_few_instructions() {
        let mut terms = Terms::default();
        terms.clear();
        let service = exponential(&mut terms, 0, 1.0);
        let miss = terms.constant(100.0);
        let miss = terms.then(miss, service);
        let (hit, miss) = (
            terms.weighted(List::AT_ONCE, 0.9),
            terms.weighted(miss, 0.1),
        );
        let mut all = terms.or(hit, miss);
        for _ in 0..20 {
            all = terms.then(all, all);
        }
        let mean: f64 = terms
            .of(all)
            .iter()
            .map(|term| term.lag * term.rest.mass + term.rest.first)
            .sum();
        assert!((mean / (10.1 * 1_048_576.0) - 1.0).abs() < 1e-9, "{mean}");
        let work = terms.instructions.len();
        assert!(work < 20 * (MOST_PRODUCTS + MOST_TERMS + 8), "{work}");
    }

    #[test]
    fn a_law_keeps_a_handful_of_constants() {
        let mut terms = Terms::default();
        terms.clear();
        let mut all = List::NEVER;
        for place in 0..100 {
            let constant = terms.constant(1.0 + f64::from(place));
            let constant = terms.weighted(constant, 0.01);
            all = terms.or(all, constant);
        }
        let kept = terms.of(all);
        assert_eq!(kept.len(), MOST_TERMS);
        let mean: f64 = kept
            .iter()
            .map(|term| term.lag * term.rest.mass + term.rest.first)
            .sum();
        assert!((mean - 50.5).abs() < 1e-9, "{mean}");
    }
}
