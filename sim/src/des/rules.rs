//! The rules of attempts, with their deadlines: since all of one rule have the same span, they fall due in the order in which they were set,
//! and one entry of the agenda for the first of them is enough. It doesn't know what is attempted.

use super::agenda::{Agenda, Serial, Topic};
use super::job::{Join, Places};
use super::program::{NONE, RuleSpec};
use super::protection::{Breaker, Budget};

/// A rule with all that it remembers.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub spec: RuleSpec,
    /// When attempts are given up (0), and when they are made once more (1).
    pub deadlines: [Deadlines; 2],
    pub budget: Option<Box<Budget>>,
    pub breaker: Option<Box<Breaker>>,
    pub counts: Counts,
}

/// What has become of a rule's attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Calls, however often they were tried.
    pub calls: u64,
    /// Further attempts.
    pub retries: u64,
    /// Further attempts that the budget didn't allow.
    pub withheld: u64,
    /// Attempts that were given up.
    pub timeouts: u64,
    /// Attempts that were made once more.
    pub hedges: u64,
    /// Attempts that the breaker stopped.
    pub stopped: u64,
}

/// The list of a rule's deadlines: 0 to give up, 1 to call once more.
pub(super) const fn list(rule: u32, which: u32) -> u32 {
    2 * rule + which
}

/// The rule of a list, and which of its two it is.
pub(super) const fn of_list(list: u32) -> (u32, u32) {
    (list / 2, list % 2)
}

impl Rule {
    pub fn new(spec: RuleSpec) -> Self {
        Rule {
            spec,
            deadlines: [Deadlines::new(), Deadlines::new()],
            budget: spec.budget.map(|budget| Box::new(Budget::new(budget))),
            breaker: spec.breaker.map(|breaker| Box::new(Breaker::new(breaker))),
            counts: Counts::default(),
        }
    }

    /// Becomes as specified; deadlines that were set stay, and so do the budget and the breaker unless they are others.
    pub fn change(&mut self, spec: RuleSpec) {
        if spec.budget != self.spec.budget {
            self.budget = spec.budget.map(|budget| Box::new(Budget::new(budget)));
        }
        if spec.breaker != self.spec.breaker {
            let mut breaker = spec.breaker.map(|breaker| Box::new(Breaker::new(breaker)));
            if let (Some(own), Some(old)) = (&mut breaker, &self.breaker) {
                own.go_on_from(old);
            }
            self.breaker = breaker;
        }
        self.spec = spec;
    }
}

/// Deadlines of the same span.
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    /// The agenda's entry for the first.
    pub pending: Serial,
    head: u32,
    tail: u32,
}

impl Deadlines {
    /// No deadlines yet.
    pub fn new() -> Self {
        Deadlines {
            pending: Serial::NONE,
            head: NONE,
            tail: NONE,
        }
    }

    /// Adds a deadline, which isn't earlier than those before unless the rule's time-out was shortened meanwhile.
    pub fn add(&mut self, joins: &mut Places<Join>, place: u32, deadline: f64, list: u32) {
        let mut after = self.tail;
        while after != NONE && joins[after].deadline > deadline {
            after = joins[after].previous;
        }
        let before = if after == NONE {
            std::mem::replace(&mut self.head, place)
        } else {
            std::mem::replace(&mut joins[after].next, place)
        };
        if before == NONE {
            self.tail = place;
        } else {
            joins[before].previous = place;
        }
        let join = &mut joins[place];
        join.deadline = deadline;
        join.list = list;
        join.previous = after;
        join.next = before;
    }

    /// Takes a deadline back.
    pub fn remove(&mut self, joins: &mut Places<Join>, place: u32) {
        let (previous, next) = (joins[place].previous, joins[place].next);
        if previous == NONE {
            self.head = next;
        } else {
            joins[previous].next = next;
        }
        if next == NONE {
            self.tail = previous;
        } else {
            joins[next].previous = previous;
        }
        joins[place].list = NONE;
    }

    /// The first, if it is due.
    pub fn due(&self, joins: &Places<Join>, now: f64) -> Option<u32> {
        (self.head != NONE && joins[self.head].deadline <= now).then_some(self.head)
    }

    /// Puts the first into the agenda, unless an entry that isn't later is there.
    pub fn plan(&mut self, joins: &Places<Join>, list: u32, agenda: &mut Agenda) {
        if self.head != NONE && self.pending == Serial::NONE {
            self.pending = agenda.plan(joins[self.head].deadline, Topic::Deadline(list));
        }
    }
}
