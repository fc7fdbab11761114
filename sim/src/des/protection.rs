//! Retry budgets and circuit breakers: what they remember and when they say no. It knows no jobs.

use crate::scenario::{BreakerWindow, CircuitBreaker, RetryBudget};

/// Slices into which a span of time is cut: what they hold is forgotten slice by slice.
const SLICES: usize = 10;

/// Two sums over the last so many seconds.
#[derive(Clone, Debug)]
struct Recent {
    /// Seconds of a slice.
    width: f64,
    /// Which slice of all time each of these is, and its sums.
    slices: [(u64, [f64; 2]); SLICES],
}

impl Recent {
    fn over(seconds: f64) -> Self {
        Recent {
            width: seconds / SLICES as f64,
            slices: [(0, [0.0; 2]); SLICES],
        }
    }

    fn slice(&self, now: f64) -> u64 {
        libm::floor(now / self.width) as u64
    }

    fn add(&mut self, now: f64, amounts: [f64; 2]) {
        let slice = self.slice(now);
        let (which, sums) = &mut self.slices[(slice % SLICES as u64) as usize];
        if *which != slice {
            (*which, *sums) = (slice, [0.0; 2]);
        }
        sums[0] += amounts[0];
        sums[1] += amounts[1];
    }

    fn sums(&self, now: f64) -> [f64; 2] {
        let slice = self.slice(now);
        let recent = |which: u64| which + SLICES as u64 > slice;
        self.slices
            .iter()
            .filter(|(which, _)| recent(*which))
            .fold([0.0; 2], |sums, (_, of)| [sums[0] + of[0], sums[1] + of[1]])
    }
}

/// The tokens of a retry budget. As in Finagle's `RetryBudget`, what is taken out counts against the slice in which it is taken, and a
/// reserve that is always there lets the least number of retries through.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    share: f64,
    reserve: f64,
    tokens: Recent,
}

impl Budget {
    /// What is missing of a whole token by rounding alone.
    const ROUNDING: f64 = 1e-9;

    pub fn new(spec: RetryBudget) -> Self {
        Budget {
            share: spec.share,
            reserve: spec.minimum_per_second * RetryBudget::LIFE_SECONDS,
            tokens: Recent::over(RetryBudget::LIFE_SECONDS),
        }
    }

    /// A call is made.
    pub fn deposit(&mut self, now: f64) {
        self.tokens.add(now, [self.share, 0.0]);
    }

    /// Takes a retry's token out, if there is one.
    pub fn withdraw(&mut self, now: f64) -> bool {
        let balance = self.reserve + self.tokens.sums(now)[0];
        let enough = balance >= 1.0 - Self::ROUNDING;
        if enough {
            self.tokens.add(now, [-1.0, 0.0]);
        }
        enough
    }
}

/// A circuit breaker. An attempt that it has let through counts only if the state hasn't changed since.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    spec: CircuitBreaker,
    state: State,
    counted: Counted,
    /// Changes with the state; the permit of those let through.
    generation: u32,
    /// How often it has opened.
    pub opened: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Closed,
    Open { until: f64 },
    HalfOpen { begun: u32, ended: u32, failed: u32 },
}

impl Breaker {
    /// Takes the place of another: what that one has let through doesn't count for it.
    pub fn go_on_from(&mut self, other: &Breaker) {
        self.generation = other.generation.wrapping_add(1);
        self.opened = other.opened;
    }
}

/// What a closed breaker has counted.
#[derive(Clone, Debug)]
enum Counted {
    /// Whether each of the last calls failed; the next one goes to this place, of which so many are filled and failed.
    Calls {
        failed: Box<[bool]>,
        next: usize,
        filled: u32,
        failures: u32,
    },
    Seconds(Box<Recent>),
}

impl Counted {
    fn new(window: BreakerWindow) -> Self {
        match window {
            BreakerWindow::Calls(count) => Counted::Calls {
                failed: vec![false; count.max(1) as usize].into(),
                next: 0,
                filled: 0,
                failures: 0,
            },
            BreakerWindow::Seconds(span) => Counted::Seconds(Box::new(Recent::over(span))),
        }
    }

    /// Counts one and says how many there are and how many of them failed.
    fn count(&mut self, now: f64, bad: bool) -> (f64, f64) {
        match self {
            Counted::Calls {
                failed,
                next,
                filled,
                failures,
            } => {
                *failures -= u32::from(failed[*next]);
                *failures += u32::from(bad);
                failed[*next] = bad;
                *filled = (*filled + 1).min(failed.len() as u32);
                *next = (*next + 1) % failed.len();
                (f64::from(*filled), f64::from(*failures))
            }
            Counted::Seconds(recent) => {
                recent.add(now, [1.0, f64::from(u8::from(bad))]);
                let [all, failures] = recent.sums(now);
                (all, failures)
            }
        }
    }

    fn clear(&mut self) {
        match self {
            Counted::Calls {
                failed,
                next,
                filled,
                failures,
            } => {
                failed.fill(false);
                (*next, *filled, *failures) = (0, 0, 0);
            }
            Counted::Seconds(recent) => **recent = Recent::over(recent.width * SLICES as f64),
        }
    }
}

impl Breaker {
    pub fn new(spec: CircuitBreaker) -> Self {
        Breaker {
            spec,
            state: State::Closed,
            counted: Counted::new(spec.window),
            generation: 0,
            opened: 0,
        }
    }

    /// Whether it refuses what comes now (it may be about to let the first trial through).
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Asks to be let through; a permit to be shown at the end.
    pub fn ask(&mut self, now: f64) -> Option<u32> {
        if let State::Open { until } = self.state
            && now >= until
        {
            self.become_(State::HalfOpen {
                begun: 0,
                ended: 0,
                failed: 0,
            });
        }
        match &mut self.state {
            State::Closed => Some(self.generation),
            State::Open { .. } => None,
            State::HalfOpen { begun, .. } if *begun < self.spec.trials => {
                *begun += 1;
                Some(self.generation)
            }
            State::HalfOpen { .. } => None,
        }
    }

    /// An attempt with this permit has ended.
    pub fn ended(&mut self, now: f64, permit: u32, bad: bool) {
        if permit != self.generation {
            return;
        }
        let share = self.spec.failure_share;
        match &mut self.state {
            State::Open { .. } => {}
            State::Closed => {
                let (all, failures) = self.counted.count(now, bad);
                let least = match self.spec.window {
                    BreakerWindow::Calls(most) => self.spec.minimum_calls.min(most),
                    BreakerWindow::Seconds(_) => self.spec.minimum_calls,
                };
                if all >= f64::from(least) && failures >= share * all {
                    self.open(now);
                }
            }
            State::HalfOpen { ended, failed, .. } => {
                *ended += 1;
                *failed += u32::from(bad);
                if *ended == self.spec.trials {
                    if f64::from(*failed) >= share * f64::from(*ended) {
                        self.open(now);
                    } else {
                        self.counted.clear();
                        self.become_(State::Closed);
                    }
                }
            }
        }
    }

    fn open(&mut self, now: f64) {
        self.opened += 1;
        self.become_(State::Open {
            until: now + self.spec.open_seconds,
        });
    }

    fn become_(&mut self, state: State) {
        self.state = state;
        self.generation = (self.generation + 1) & (u32::MAX >> 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: CircuitBreaker = CircuitBreaker {
        failure_share: 0.5,
        window: BreakerWindow::Calls(4),
        minimum_calls: 3,
        open_seconds: 10.0,
        trials: 2,
    };

    /// Lets a call through at this time and ends it at once.
    fn call(breaker: &mut Breaker, now: f64, bad: bool) -> bool {
        let permit = breaker.ask(now);
        if let Some(permit) = permit {
            breaker.ended(now, permit, bad);
        }
        permit.is_some()
    }

    #[test]
    fn a_breaker_goes_through_its_states_as_by_hand() {
        let mut breaker = Breaker::new(SPEC);
        // Two failures are too few calls to judge by; one of three is below a half; two of the last four aren't.
        assert!(call(&mut breaker, 0.0, true));
        assert!(call(&mut breaker, 1.0, false));
        assert!(call(&mut breaker, 2.0, false));
        assert_eq!(breaker.state, State::Closed);
        assert!(call(&mut breaker, 3.0, true));
        assert_eq!(breaker.state, State::Open { until: 13.0 });
        assert!(!call(&mut breaker, 12.9, false));
        // Two trials, of which one fails: a half again.
        let (one, other) = (breaker.ask(13.0).unwrap(), breaker.ask(13.5).unwrap());
        assert_eq!(breaker.ask(13.6), None);
        breaker.ended(14.0, one, false);
        assert!(!breaker.is_open());
        breaker.ended(15.0, other, true);
        assert_eq!(breaker.state, State::Open { until: 25.0 });
        assert!(call(&mut breaker, 25.0, false) && call(&mut breaker, 25.1, false));
        assert_eq!(breaker.state, State::Closed);
        assert_eq!(breaker.opened, 2);
        // It has forgotten what was before: two failures are too few again.
        assert!(call(&mut breaker, 26.0, true) && call(&mut breaker, 26.1, true));
        assert_eq!(breaker.state, State::Closed);
        assert!(call(&mut breaker, 26.2, true));
        assert!(breaker.is_open());
    }

    #[test]
    fn what_was_let_through_in_another_state_no_longer_counts() {
        let mut breaker = Breaker::new(SPEC);
        let early = breaker.ask(0.0).unwrap();
        for now in [1.0, 2.0, 3.0] {
            call(&mut breaker, now, true);
        }
        assert!(breaker.is_open());
        let trial = breaker.ask(20.0).unwrap();
        breaker.ended(20.5, early, true);
        breaker.ended(21.0, trial, false);
        assert!(call(&mut breaker, 21.5, false));
        assert_eq!(breaker.state, State::Closed);
    }

    #[test]
    fn a_window_of_seconds_forgets_what_is_older() {
        let mut breaker = Breaker::new(CircuitBreaker {
            window: BreakerWindow::Seconds(10.0),
            minimum_calls: 4,
            ..SPEC
        });
        for now in [0.5, 1.5, 2.5] {
            call(&mut breaker, now, true);
        }
        // At 11.2 only the slices from 2 on are left: one failure of three calls, then of four.
        call(&mut breaker, 11.2, false);
        call(&mut breaker, 11.3, false);
        call(&mut breaker, 11.4, false);
        assert_eq!(breaker.state, State::Closed);
        call(&mut breaker, 11.5, true);
        assert_eq!(breaker.state, State::Closed);
        call(&mut breaker, 11.6, true);
        assert_eq!(breaker.state, State::Open { until: 21.6 });
    }

    #[test]
    fn a_budget_lets_its_share_through_and_forgets_what_is_unused() {
        let mut budget = Budget::new(RetryBudget {
            share: 0.2,
            minimum_per_second: 0.0,
        });
        assert!(!budget.withdraw(0.0));
        (0..10).for_each(|_| budget.deposit(0.5));
        assert!(budget.withdraw(0.6) && budget.withdraw(0.7) && !budget.withdraw(0.8));
        (0..5).for_each(|_| budget.deposit(5.0));
        assert!(budget.withdraw(9.9) && !budget.withdraw(9.9));
        (0..5).for_each(|_| budget.deposit(20.0));
        // Ten slices later it is gone.
        assert!(!budget.withdraw(30.0));
        let mut reserve = Budget::new(RetryBudget {
            share: 0.0,
            minimum_per_second: 0.3,
        });
        let taken = (0..10_000).filter(|step| reserve.withdraw(f64::from(*step) * 0.01));
        assert_eq!(taken.count(), 30);
    }
}
