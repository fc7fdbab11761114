//! What is said where a run's figures aren't of the design that is drawn.

use super::run::clock;
use loadscape_player::{Frame, Pace, RunOf, State};

/// What stands beside a run's figures that aren't all of the design that is drawn; `None` where they are.
pub fn ran_words(frame: &Frame, pace: Pace) -> Option<String> {
    match frame.of {
        RunOf::Drawn => None,
        RunOf::Before if frame.state == State::Ended => {
            Some("This run is of the design before your change.".to_owned())
        }
        RunOf::Before => Some(
            "So far this is of the design before your change. Played on, the run goes on with the new one."
                .to_owned(),
        ),
        RunOf::Both(since) => Some(format!(
            "The design changed at {}: plots and incidents are of the whole run, all other figures of the time since.",
            clock(since, pace)
        )),
    }
}

/// Whether the drawing shows what this frame is of: a run's moment that somebody looks at, or a run of what is drawn; else it shows the steady
/// state of what is drawn.
pub fn is_drawn(frame: &Frame) -> bool {
    frame.of != RunOf::Before || frame.looking.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(of: RunOf, state: State, looking: Option<f64>) -> Frame {
        Frame {
            run: 1,
            at: 50.0,
            end: Some(50.0),
            state,
            speed: 0.0,
            lingers: false,
            events: 0,
            of,
            picture: Default::default(),
            booting: Vec::new(),
            warming: Vec::new(),
            looking,
            searched: None,
            flow: Default::default(),
            happened: None,
        }
    }

    #[test]
    fn a_run_of_another_design_says_so_and_leaves_the_drawing_to_theory() {
        let said = |of, state| {
            let words = ran_words(&frame(of, state, None), Pace::Fastest);
            words.unwrap_or_default()
        };
        assert_eq!(said(RunOf::Drawn, State::Ended), "");
        assert!(said(RunOf::Before, State::Ended).ends_with("before your change."));
        assert!(said(RunOf::Before, State::Paused).contains("Played on"));
        assert!(said(RunOf::Both(30.0), State::Playing).contains("changed at 0:30"));
        assert!(is_drawn(&frame(RunOf::Drawn, State::Ended, None)));
        assert!(is_drawn(&frame(RunOf::Both(30.0), State::Playing, None)));
        assert!(!is_drawn(&frame(RunOf::Before, State::Ended, None)));
        assert!(is_drawn(&frame(RunOf::Before, State::Paused, Some(20.0))));
    }
}
