//! Deadlines of attempts: since all of one rule have the same span, they fall due in the order in which they were set, and one entry of
//! the agenda for the first of them is enough. It doesn't know what is attempted.

use super::agenda::{Agenda, Serial, Topic};
use super::job::{Join, Places};
use super::program::{NONE, RuleSpec};

/// The deadlines of one rule.
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    /// The rule.
    pub spec: RuleSpec,
    /// The agenda's entry for the first.
    pub pending: Serial,
    head: u32,
    tail: u32,
}

impl Deadlines {
    /// No deadlines yet.
    pub fn new(spec: RuleSpec) -> Self {
        Deadlines {
            spec,
            pending: Serial::NONE,
            head: NONE,
            tail: NONE,
        }
    }

    /// Adds a deadline, which isn't earlier than those before unless the rule's time-out was shortened meanwhile.
    pub fn add(&mut self, joins: &mut Places<Join>, place: u32, deadline: f64, rule: u32) {
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
        join.rule = rule;
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
        joins[place].rule = NONE;
    }

    /// The first, if it is due.
    pub fn due(&self, joins: &Places<Join>, now: f64) -> Option<u32> {
        (self.head != NONE && joins[self.head].deadline <= now).then_some(self.head)
    }

    /// Puts the first into the agenda, unless an entry that isn't later is there.
    pub fn plan(&mut self, joins: &Places<Join>, rule: u32, agenda: &mut Agenda) {
        if self.head != NONE && self.pending == Serial::NONE {
            self.pending = agenda.plan(joins[self.head].deadline, Topic::Deadline(rule));
        }
    }
}
