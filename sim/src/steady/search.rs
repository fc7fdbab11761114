//! The search for how long closed users are away from stations. It knows what each trial asked for, and nothing of networks.
//!
//! The longer users are away, the fewer there are at stations, and the shorter are the waits (and tokens, retries, parallel parts) that they
//! spend away: what a trial asks for falls as the trial grows, and there is one time that asks for itself. Taking what was asked for as the
//! next trial finds it where that falls slowly; else, with one population, the root lies between trials that asked for more and for
//! less. (A search over the rate wouldn't do: what it answers with depends on the time away that was assumed, too.)

/// From this round on what is asked for isn't taken at its word.
const PATIENT: usize = 4;

/// Times away of all populations, seconds.
#[derive(Clone, Debug)]
pub(super) struct Search {
    away: Vec<f64>,
    /// By population: the trial before and by how much more it asked for.
    before: Vec<(f64, f64)>,
    /// Of one population: the longest trial that asked for more, the shortest that asked for less, each with by how much.
    low: Option<(f64, f64)>,
    high: Option<(f64, f64)>,
    /// Whether straight lines between the two have been of no use.
    halves: bool,
}

impl Search {
    /// Begins with these.
    pub fn new(away: Vec<f64>) -> Self {
        Search {
            before: vec![(0.0, 0.0); away.len()],
            away,
            low: None,
            high: None,
            halves: false,
        }
    }

    /// The present trial.
    pub fn away(&self) -> &[f64] {
        &self.away
    }

    /// Earlier trials were about something else.
    pub fn forget(&mut self) {
        (self.low, self.high, self.halves) = (None, None, false);
        self.before.fill((0.0, 0.0));
    }

    /// Whether nothing is left between the trials: what is asked for jumps there.
    pub fn is_over(&self) -> bool {
        between(self.low, self.high) <= 1e-13
    }

    /// Goes back to the shortest time that was enough, where there was one.
    pub fn back_to_enough(&mut self) {
        if let ([away], Some((high, _))) = (&mut self.away[..], self.high) {
            *away = high;
        }
    }

    /// Moves on, knowing what the present trial asked for, and whether it kept something from ever ending.
    pub fn step(&mut self, round: usize, wanted: &[f64], held_back: bool) {
        if let ([away], [wanted]) = (&mut self.away[..], wanted) {
            let trial = *away;
            let more = more(trial, *wanted, held_back);
            let before = between(self.low, self.high);
            // Trials that prove each other wrong were about networks that weren't settled yet.
            if more > 0.0 {
                self.high = self.high.filter(|high| high.0 > trial);
                self.low = Some((trial, more));
            } else {
                self.low = self.low.filter(|low| low.0 < trial);
                self.high = Some((trial, more));
            }
            *away = match (self.low, self.high) {
                _ if round < PATIENT => trial + more,
                (Some(low), Some(high)) => {
                    // Where a straight line between the two would be right; halfway where that says nothing, or has hardly come closer.
                    self.halves |= held_back || between(self.low, self.high) > 0.5 * before;
                    let share = match self.halves {
                        true => 0.5,
                        false => (low.1 / (low.1 - high.1)).clamp(0.05, 0.95),
                    };
                    low.0 + share * (high.0 - low.0)
                }
                _ => trial + more,
            };
            return;
        }
        let step = if round < PATIENT { 1.0 } else { 0.5 };
        for ((away, before), wanted) in self.away.iter_mut().zip(&mut self.before).zip(wanted) {
            let more = more(*away, *wanted, held_back);
            let (trial, asked) = *before;
            // What has gone too far lies between this trial and the last.
            let share = match more * asked < 0.0 && *away != trial {
                true => (*away - trial) / (asked - more),
                false => step,
            };
            *before = (*away, more);
            *away += share * more;
        }
    }
}

/// By how much more than the trial was asked for; what never ends asks for twice as much.
fn more(trial: f64, wanted: f64, held_back: bool) -> f64 {
    match (wanted.is_finite(), held_back) {
        (false, _) => trial.max(1e-6),
        (true, true) => (wanted - trial).max(0.1 * trial).max(1e-9),
        (true, false) => wanted - trial,
    }
}

/// How far apart two trials are between which the answer lies, as a share of it.
fn between(low: Option<(f64, f64)>, high: Option<(f64, f64)>) -> f64 {
    match (low, high) {
        (Some((low, _)), Some((high, _))) => (high - low) / high,
        _ => f64::INFINITY,
    }
}
