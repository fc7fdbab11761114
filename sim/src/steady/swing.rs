//! How far the fixed point goes in each round, and when it gives up. It knows how much changed, not what.
//!
//! Losses that feed back on each other may swing, which half steps calm. Where even these come no closer the answer jumps, or creeps on for ever:
//! then the mean of what is asked for from round to round is taken (steps of 1/2, 1/3, …; Mann 1953), which comes to rest at a jump.

use super::MOST_ROUNDS;

/// From the first of these rounds on steps are halved; by the second they have helped, or the mean of what is asked for before the third is taken.
const HALVED: usize = 12;
const JUDGED: usize = 16;
const LAST: usize = 24;

/// It has helped where changes are so much smaller than those of whole steps, or hardly show.
const HELPED: f64 = 0.5;
const SHOWS: f64 = 1e-4;

/// What comes so close while the mean is taken only creeps, and is followed to the end.
const CREEPS: f64 = 1e-3;

/// How far to go towards what is asked for, as a share of the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// So far; where that was too far last time, to where a straight line says.
    Towards(f64),
    /// So far in any case.
    Mean(f64),
}

/// The smallest changes of rounds so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Swing {
    whole: f64,
    halved: f64,
    mean: f64,
    may_give_up: bool,
    gives_up: bool,
}

impl Swing {
    /// Before the first round; a search beyond this one that compares answers may want none of them given up early.
    pub fn new(may_give_up: bool) -> Self {
        Swing {
            whole: f64::INFINITY,
            halved: f64::INFINITY,
            mean: f64::INFINITY,
            may_give_up,
            gives_up: false,
        }
    }

    /// The step of this round.
    pub fn step(&self, round: usize) -> Step {
        match round {
            JUDGED..LAST if self.gives_up => Step::Mean(1.0 / (round - JUDGED + 2) as f64),
            0..HALVED => Step::Towards(1.0),
            HALVED..LAST => Step::Towards(0.5),
            // Where an answer jumps, ever smaller steps come to rest at the jump.
            _ => Step::Towards(4.0 / round as f64),
        }
    }

    /// By how much this round's figures changed at most.
    pub fn note(&mut self, round: usize, change: f64) {
        match round {
            0..HALVED => self.whole = self.whole.min(change),
            HALVED..JUDGED => self.halved = self.halved.min(change),
            _ => self.mean = self.mean.min(change),
        }
        if round + 1 == JUDGED {
            self.gives_up = self.may_give_up
                && self.whole.is_finite()
                && self.halved > SHOWS.max(HELPED * self.whole);
        }
    }

    /// After how many rounds it ends at the latest.
    pub fn last_round(&self) -> usize {
        if self.gives_up && self.mean >= CREEPS {
            LAST
        } else {
            MOST_ROUNDS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds until a share hardly changes any more, and the share, when `ask` says what is asked for.
    fn settle(ask: impl Fn(f64) -> f64) -> (usize, f64) {
        let (mut swing, mut share) = (Swing::new(true), 1.0);
        for round in 0..MOST_ROUNDS {
            let off: f64 = ask(share) - share;
            if off.abs() < 1e-9 || round + 1 == swing.last_round() {
                return (round + 1, share);
            }
            let (Step::Towards(step) | Step::Mean(step)) = swing.step(round);
            share += step * off;
            swing.note(round, off.abs());
        }
        (MOST_ROUNDS, share)
    }

    #[test]
    fn what_half_steps_calm_is_found() {
        // By whole steps this would swing for ever, or away.
        for slope in [-1.0, -1.4] {
            let (rounds, share) = settle(|share| 0.5 + slope * (share - 0.5));
            assert!(
                rounds < MOST_ROUNDS && (share - 0.5).abs() < 1e-8,
                "{slope}: {share}"
            );
        }
    }

    #[test]
    fn what_jumps_is_given_up_early_and_comes_to_rest_at_the_jump() {
        let (rounds, share) = settle(|share| 0.5 * share + if share > 0.6 { 0.2 } else { 0.4 });
        assert_eq!(rounds, LAST);
        assert!((share - 0.6).abs() < 0.03, "{share}");
    }
}
