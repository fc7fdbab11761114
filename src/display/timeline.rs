//! Faults as bars on a line of time: where each lies, which lane it has, and what dragging it makes of it. It knows no pixels and no DOM.

use super::faults::ends_by_itself;
use loadscape_sim::des::{Outcome, Verdict};
use loadscape_sim::scenario::{Fault, limits};

/// Steps of the arrow keys over the whole line, about; drags snap to them.
const STEPS: f64 = 200.0;

/// A line of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How long it is, seconds from the beginning of the run; above 0.
    pub seconds: f64,
}

/// A fault's place on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Which fault of the document, from 0.
    pub fault: usize,
    /// Where it begins and ends, 0 to 1; where it is over at once, twice the same.
    pub from: f64,
    /// See [`Bar::from`].
    pub to: f64,
    /// Which lane, from 0.
    pub lane: usize,
    /// Until when its consequences are seen, 0 to 1, and whether they go on without an end; `None` where there are none.
    pub tail: Option<(f64, bool)>,
    /// Whether its words stand before it, as there is no room for them from its beginning to the line's end.
    pub words_before: bool,
}

/// What dragging does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// Moves it.
    Whole,
    /// Makes it longer or shorter.
    End,
}

impl Line {
    /// Long enough for the run's end where it has one, for what has been played, and for all faults.
    pub fn of(end: Option<f64>, reached: f64, faults: &[Fault]) -> Self {
        let of_faults = faults.iter().map(|fault| {
            let end = fault.end_seconds().unwrap_or(fault.start_seconds);
            end * 1.1
        });
        let longest = of_faults.fold(reached, f64::max);
        Line {
            seconds: end.unwrap_or(longest).max(reached).max(1e-3),
        }
    }

    /// Where a moment lies, 0 to 1.
    pub fn along(&self, moment: f64) -> f64 {
        (moment / self.seconds).clamp(0.0, 1.0)
    }

    /// A step of the keys: 1, 2 or 5 times a power of ten seconds.
    pub fn step(&self) -> f64 {
        let wanted = self.seconds / STEPS;
        let unit = 10_f64.powf(wanted.log10().floor());
        let times = [1.0, 2.0, 5.0, 10.0];
        let enough = times
            .into_iter()
            .find(|times| times * unit >= wanted * (1.0 - 1e-9));
        enough.unwrap_or(10.0) * unit
    }

    /// A share of it, in seconds: whole ones where it is long enough for that.
    pub fn rounded(&self, share: f64) -> f64 {
        let unit = if self.seconds >= 10.0 { 1.0 } else { 1e3 };
        (share * self.seconds * unit).round() / unit
    }

    fn snapped(&self, seconds: f64) -> f64 {
        let step = self.step();
        let snapped = (seconds / step).round() * step;
        // Without the dust of the multiplication.
        (snapped * 1e6).round() / 1e6
    }

    /// The faults' bars: in lanes, so that none lies on another or on another's words, of which `words` says for each what share of the line they take.
    pub fn bars(
        &self,
        faults: &[Fault],
        verdicts: &[Verdict],
        now: f64,
        words: &[f64],
    ) -> Vec<Bar> {
        let mut ends: Vec<f64> = Vec::new();
        let mut bars = Vec::with_capacity(faults.len());
        for (place, fault) in faults.iter().enumerate() {
            let verdict = verdicts.iter().find(|verdict| verdict.number == place + 1);
            let seen = verdict.and_then(|verdict| verdict.ended_seconds);
            let to = match fault.end_seconds() {
                Some(end) => end,
                // A deploy is over when its last instance is back.
                None if ends_by_itself(fault) => match verdict {
                    Some(_) => seen.unwrap_or(now),
                    None => fault.start_seconds,
                },
                None => self.seconds,
            };
            let tail = verdict
                .zip(seen)
                .and_then(|(verdict, ended)| match verdict.outcome {
                    Outcome::Recovered => verdict
                        .recovered_seconds
                        .filter(|at| *at > ended)
                        .map(|at| (self.along(at), false)),
                    // What may be the traffic's doing isn't drawn as the fault's.
                    Outcome::Busier if verdict.recovered_seconds.is_some() => None,
                    Outcome::Recovering
                    | Outcome::Draining
                    | Outcome::Unsettled
                    | Outcome::Impaired
                    | Outcome::Busier
                    | Outcome::Growing => Some((self.along(now), false)),
                    Outcome::Down => Some((self.along(now), true)),
                    Outcome::Lasting
                    | Outcome::Unharmed
                    | Outcome::Interrupted
                    | Outcome::Unknown => None,
                });
            let (from, to) = (self.along(fault.start_seconds), self.along(to));
            let written = words.get(place).copied().unwrap_or(0.0);
            let words_before = from + written > 1.0 && written <= from;
            let (begin, written) = match words_before {
                true => (from - written, 0.0),
                false => (from, written),
            };
            let far = tail.map_or(to, |tail| tail.0.max(to));
            let far = far.max(from + written.max(0.01));
            let free = ends.iter().position(|end| *end <= begin + 1e-9);
            let lane = free.unwrap_or_else(|| {
                ends.push(0.0);
                ends.len() - 1
            });
            ends[lane] = far;
            bars.push(Bar {
                fault: place,
                from,
                to,
                lane,
                tail,
                words_before,
            });
        }
        bars
    }

    /// A fault after a drag by so many seconds.
    pub fn dragged(&self, fault: &Fault, grip: Grip, by: f64) -> Fault {
        let mut fault = fault.clone();
        match grip {
            Grip::Whole => {
                let start = self.snapped(fault.start_seconds + by);
                fault.start_seconds = start.clamp(
                    *limits::FAULT_START_SECONDS.start(),
                    self.seconds.min(*limits::FAULT_START_SECONDS.end()),
                );
            }
            Grip::End if ends_by_itself(&fault) => {}
            Grip::End => {
                let lasts = fault
                    .duration_seconds
                    .unwrap_or(self.seconds - fault.start_seconds);
                let end = self.snapped(fault.start_seconds + lasts + by);
                let shortest = self.step().max(*limits::FAULT_SECONDS.start());
                let lasts = (end - fault.start_seconds).max(shortest);
                fault.duration_seconds =
                    Some(((lasts * 1e6).round() / 1e6).min(*limits::FAULT_SECONDS.end()));
            }
        }
        fault
    }
}

/// A moment as the run's clock has it, with tenths (or less) only where there are any: "0:15", "0:03.4", "1:02:03".
pub fn moment_words(seconds: f64) -> String {
    let seconds = (seconds.max(0.0) * 1e4).round() / 1e4;
    let (full, rest) = (seconds.floor(), seconds.fract());
    let ticks = (rest * 1e4).round() as u64;
    let fraction = if ticks == 0 {
        String::new()
    } else {
        let digits = format!(".{ticks:04}");
        digits.trim_end_matches('0').to_owned()
    };
    let (hours, minutes) = (
        (full / 3_600.0).floor() as u64,
        (full / 60.0).floor() as u64 % 60,
    );
    let seconds = full as u64 % 60;
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}{fraction}")
    } else {
        format!("{minutes}:{seconds:02}{fraction}")
    }
}

/// The moment in a text: "0:03.4", "1:02:03", or seconds alone.
///
/// # Errors
/// What would be accepted instead.
pub fn read_moment(text: &str) -> Result<f64, String> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let number = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|number| *number >= 0.0 && number.is_finite())
    };
    let numbers: Option<Vec<f64>> = parts.iter().map(|part| number(part.trim())).collect();
    let below_sixty = |numbers: &[f64]| numbers.iter().skip(1).all(|number| *number < 60.0);
    match numbers {
        Some(numbers) if numbers.len() <= 3 && below_sixty(&numbers) => {
            Ok(numbers.iter().fold(0.0, |sum, number| sum * 60.0 + number))
        }
        _ => Err(format!(
            "\"{}\" is no moment of the run. Type minutes and seconds, like 1:30.",
            text.trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::{ComponentFault, ComponentId, Incident};

    fn fault(start: f64, duration: Option<f64>, what: ComponentFault) -> Fault {
        Fault {
            start_seconds: start,
            duration_seconds: duration,
            incident: Incident::Component {
                id: ComponentId(1),
                what,
            },
        }
    }

    const KILL: ComponentFault = ComponentFault::Kill { instances: None };
    const FLUSH: ComponentFault = ComponentFault::Flush { instances: None };

    #[test]
    fn bars_lie_in_lanes_and_reach_as_far_as_their_consequences() {
        let faults = [
            fault(10.0, Some(10.0), KILL),
            fault(15.0, Some(10.0), KILL),
            fault(40.0, None, FLUSH),
            fault(50.0, None, KILL),
        ];
        let line = Line::of(Some(60.0), 30.0, &faults);
        assert_eq!(line.seconds, 60.0);
        let verdict = Verdict {
            number: 1,
            began_seconds: 10.0,
            ended_seconds: Some(20.0),
            outcome: Outcome::Recovered,
            recovered_seconds: Some(45.0),
            drained_in_seconds: None,
            overlapped: true,
            failed: 1.0,
            lost: 1.0,
            beyond_bound: 0.0,
            stale_before: None,
            stale_during: None,
            stale_seconds_before: None,
            stale_seconds_during: None,
            dead_letters: 0.0,
            failed_later: 0.0,
            writes_lost: 0,
            worse: None,
            classes: Vec::new(),
        };
        let bars = line.bars(&faults, &[verdict], 60.0, &[]);
        let lanes: Vec<usize> = bars.iter().map(|bar| bar.lane).collect();
        assert_eq!(lanes, [0, 1, 1, 0]);
        assert_eq!(bars[0].tail, Some((0.75, false)));
        assert_eq!((bars[2].from, bars[2].to), (40.0 / 60.0, 40.0 / 60.0));
        assert_eq!(bars[3].to, 1.0, "it stays");
        // Without an end the line is as long as it has to be.
        let open = Line::of(None, 30.0, &faults);
        assert!((open.seconds - 55.0).abs() < 1e-9);
    }

    #[test]
    fn no_words_lie_on_another_bar_or_go_beyond_the_line() {
        let faults = [
            fault(10.0, Some(2.0), KILL),
            fault(12.0, Some(4.0), KILL),
            fault(50.0, Some(4.0), KILL),
        ];
        let line = Line { seconds: 60.0 };
        let lanes = |words: &[f64]| -> Vec<usize> {
            let bars = line.bars(&faults, &[], 0.0, words);
            bars.iter().map(|bar| bar.lane).collect()
        };
        assert_eq!(lanes(&[]), [0, 0, 0]);
        assert_eq!(lanes(&[0.1, 0.1, 0.1]), [0, 1, 0]);
        // The last one's words have no room up to the line's end, and stand before it where the first one's end.
        let bars = line.bars(&faults, &[], 0.0, &[0.3, 0.5, 0.3]);
        assert!(bars[2].words_before && !bars[0].words_before && !bars[1].words_before);
        assert_eq!(bars[2].lane, 0);
        assert_eq!(lanes(&[0.4, 0.5, 0.4]), [0, 1, 2]);
    }

    #[test]
    fn drags_snap_and_stay_within_the_run() {
        let line = Line { seconds: 60.0 };
        assert_eq!(line.step(), 0.5);
        let own = fault(15.0, Some(10.0), KILL);
        assert_eq!(line.dragged(&own, Grip::Whole, 3.3).start_seconds, 18.5);
        assert_eq!(line.dragged(&own, Grip::Whole, -99.0).start_seconds, 0.0);
        assert_eq!(line.dragged(&own, Grip::Whole, 99.0).start_seconds, 60.0);
        let longer = line.dragged(&own, Grip::End, 2.2);
        assert_eq!(
            (longer.start_seconds, longer.duration_seconds),
            (15.0, Some(12.0))
        );
        assert_eq!(
            line.dragged(&own, Grip::End, -99.0).duration_seconds,
            Some(0.5)
        );
        let flush = fault(15.0, None, FLUSH);
        assert_eq!(line.dragged(&flush, Grip::End, 9.0), flush);
        let stays = fault(15.0, None, KILL);
        assert_eq!(
            line.dragged(&stays, Grip::End, -5.0).duration_seconds,
            Some(40.0)
        );
    }

    #[test]
    fn moments_are_written_as_the_clock_has_them_and_read_back() {
        for (seconds, words) in [
            (0.0, "0:00"),
            (3.4, "0:03.4"),
            (15.0, "0:15"),
            (59.99999, "1:00"),
            (3_723.25, "1:02:03.25"),
        ] {
            assert_eq!(moment_words(seconds), words);
            assert!((read_moment(words).unwrap() - seconds).abs() < 1e-4);
        }
        assert_eq!(read_moment("90"), Ok(90.0));
        for wrong in ["", "1:75", "soon", "-3", "1:2:3:4"] {
            assert!(read_moment(wrong).unwrap_err().contains("1:30"), "{wrong}");
        }
    }
}
