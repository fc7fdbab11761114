//! Lessons on the screen: which one is open, at which step, and what its run came to. What is in them is the lessons' files' affair.
//!
//! Everything here is in the page's second half; the lessons themselves are fetched when somebody opens the first.

mod aim;
mod fetch;
mod grading;
mod guess;
mod list;
mod onward;
mod own;
mod panel;
mod rows;
mod state;
mod task;
mod ways;
mod words;

pub use aim::take_aim;
pub use grading::{Graded, differs};
pub use list::dialog;
pub use own::open_text;
pub use panel::panel;
pub use rows::{NOT_RUN, Row, at_the_task, bound, is_old, row};
pub use state::{Open, awaits_bet, awaits_bet_now, keep, learning, leave, open_link};
pub use task::wonder;
