//! What protects a call, in words; it knows no DOM and doesn't know what protection does.

use loadscape_sim::scenario::Jitter;

/// A number of a call as a line of what is said of it: what tells it apart, for ids; its words there; the name of the number.
pub type Line = (&'static str, &'static str, &'static str);

/// When a call is made once more.
pub const HEDGE: Line = ("hedge", "sent again after", "hedge_after");

/// The numbers of a retry budget.
pub const BUDGET: [Line; 2] = [
    ("budget-share", "of the calls", "budget_share"),
    ("budget-minimum", "and besides", "budget_minimum"),
];

/// The numbers of a circuit breaker but its window.
pub const BREAKER: [Line; 4] = [
    ("breaker-share", "opens when failing", "breaker_failures"),
    ("breaker-minimum", "of at least (calls)", "breaker_minimum"),
    ("breaker-open", "stays open for", "breaker_open"),
    ("breaker-trials", "then tries (calls)", "breaker_trials"),
];

/// A breaker's window in calls.
pub const WINDOW_OF_CALLS: Line = ("breaker-calls", "of the last (calls)", "breaker_calls");

/// A breaker's window in seconds.
pub const WINDOW_OF_SECONDS: Line = ("breaker-seconds", "of the last", "breaker_seconds");

/// How waits before retries vary, in a word or two.
pub const fn jitter(jitter: Jitter) -> &'static str {
    match jitter {
        Jitter::Exponential => "exponentially",
        Jitter::None => "not at all",
        Jitter::Full => "fully",
        Jitter::Equal => "by a half",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::call_number;

    #[test]
    fn every_line_is_of_a_number_that_a_call_has() {
        let mut lines = vec![HEDGE, WINDOW_OF_CALLS, WINDOW_OF_SECONDS];
        lines.extend(BUDGET);
        lines.extend(BREAKER);
        for (id, _, number) in lines {
            assert!(call_number(number).is_some(), "{id}");
        }
    }

    #[test]
    fn every_jitter_has_words_of_its_own() {
        let mut words: Vec<&str> = Jitter::ALL.iter().map(|known| jitter(*known)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Jitter::ALL.len());
    }
}
