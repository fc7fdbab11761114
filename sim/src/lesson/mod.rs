//! Lessons: a design, a bet on what it will do, what it did, and a task that a run grades. It doesn't know the screen, nor which lessons there are.
//!
//! A lesson is one JSON file that a teacher writes (`docs/lessons.md` says how); every number that it shows is worked out from its designs.

mod aim;
mod bet;
mod bounds;
mod capacity;
mod change;
mod check;
mod figure;
mod forms;
mod grade;
mod read;
mod same;
mod seen;
mod served;
mod shelf;
mod shown;
mod slip;
mod told;
mod trials;
mod why;
mod words;

pub use aim::{Aim, aim_words, aimed, aimed_anew, aims};
pub use bet::{Bet, Closeness, Fact, describe, fact, judge};
pub use bounds::bounds;
pub use change::Change;
pub use check::{Checked, check, glance};
pub use figure::{Figure, Known, Measure, Measured};
pub use forms::{Bound, Event, Guess, Lesson, Objective, Prediction, Start, Task, Way};
pub use grade::{Grade, Graded, grade, graded};
pub use read::{Mistake, ReadLesson, dense, is_lesson, read_lesson};
pub use same::{Altered, altered, put_back};
pub use seen::{PartSeen, PoolSeen, Seen, play};
pub use shelf::{Hindrance, Shelf, Term};
pub use told::untold;
pub use trials::{Going, Running, Trials};
pub use why::{Answer, answer, subject};
pub use words::{Span, Speaks, words};
