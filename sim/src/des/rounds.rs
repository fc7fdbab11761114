//! What is done again and again: a query's rows, one after the other. It doesn't know what is repeated.
//!
//! A million rows that are all in memory take no time, but whoever waits for the step has to wait for all of them. So a job lets others go on
//! after every so many rounds at one instant: the agenda comes in between at the same instant, and nothing else changes.

use super::engine::{Engine, Next};
use super::job::Open;

/// Most repetitions at one instant until the agenda comes in between.
const AT_ONCE: u32 = 1_024;

/// How often something has been repeated at one instant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rounds {
    /// When, seconds.
    now: f64,
    count: u32,
}

impl Rounds {
    /// One more; whether it is time to let others go on.
    fn are_many(&mut self, now: f64) -> bool {
        if self.now != now {
            *self = Rounds { now, count: 0 };
        }
        self.count += 1;
        let many = self.count == AT_ONCE;
        if many {
            self.count = 0;
        }
        many
    }
}

impl Engine {
    /// Goes back to the beginning of what is repeated, or on behind it.
    pub(super) fn again(&mut self, id: u32, to: u32) -> Next {
        let frame = self.jobs[id].frame;
        let many = self.rounds.are_many(self.now);
        match &mut self.frames[frame] {
            Open::Repeating { left } if *left > 0 => {
                *left -= 1;
                self.jobs[id].at = to;
                if many {
                    return self.sleep_at_least(id, 0.0);
                }
            }
            _ => {
                self.close(id);
                self.jobs[id].at += 1;
            }
        }
        Next::Operation
    }
}
