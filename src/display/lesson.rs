//! How far somebody has come in the lessons, the links to their steps, and what stands beside one another in them. It knows no lesson's contents.

mod beside;

use super::compared::Row;
use loadscape_sim::lesson::{Bet, Closeness, Guess, Measure, Seen};
use loadscape_sim::report::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use beside::{aligned, beside, coins_beside, price_of};

/// The steps of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A bet is placed.
    #[default]
    Bet,
    /// What was bet on happens.
    Reveal,
    /// Something is to be done.
    Task,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Step; 3] = [Step::Bet, Step::Reveal, Step::Task];

    /// What links call it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Bet => "bet",
            Step::Reveal => "reveal",
            Step::Task => "task",
        }
    }

    /// What the screen calls it.
    pub fn label(self) -> &'static str {
        match self {
            Step::Bet => "Bet",
            Step::Reveal => "See",
            Step::Task => "Mend",
        }
    }
}

/// What a link says of the lesson that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It is one of those that come with the page.
    Name(String),
    /// All of it, as [`loadscape_sim::share::encode_lesson`] packs it.
    Whole(String),
}

/// Which step of which lesson a link leads to, where the fragment is such a link: `lesson=NAME`, `lesson=NAME/STEP`, or the same with
/// `lesson-of=` and all of the lesson. A step that there isn't comes back as it was written.
pub fn read_link(fragment: &str) -> Option<(Linked, Result<Step, String>)> {
    let fragment = fragment.trim_start_matches('#');
    let (rest, linked): (&str, fn(String) -> Linked) = match fragment.strip_prefix(NAMED) {
        Some(rest) => (rest, Linked::Name),
        None => (fragment.strip_prefix(WHOLE)?, Linked::Whole),
    };
    let (what, step) = rest.split_once('/').unwrap_or((rest, ""));
    let known = Step::ALL.into_iter().find(|known| known.name() == step);
    let step = match known {
        Some(step) => Ok(step),
        None if step.is_empty() => Ok(Step::default()),
        None => Err(step.to_owned()),
    };
    Some((linked(what.to_owned()), step))
}

/// The fragment of a link to this step.
pub fn write_link(linked: &Linked, step: Step) -> String {
    let (begins, what) = match linked {
        Linked::Name(name) => (NAMED, name),
        Linked::Whole(packed) => (WHOLE, packed),
    };
    format!("#{begins}{what}/{}", step.name())
}

const NAMED: &str = "lesson=";
const WHOLE: &str = "lesson-of=";

/// How far somebody has come in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Where they are.
    pub step: Step,
    /// What they bet.
    pub bet: Option<Bet>,
    /// Whether that was placed, so that they may see what comes out.
    pub placed: bool,
    /// Hints that they have read.
    pub hints: usize,
    /// Whether the task is done.
    pub passed: bool,
    /// Their design of the task, as a share link's text.
    pub design: Option<String>,
}

/// How far somebody has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The lesson that is open.
    pub open: Option<String>,
    /// By lesson.
    pub lessons: BTreeMap<String, Record>,
}

impl Progress {
    /// What was kept; whatever can't be read has not been learned.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text to keep.
    pub fn write(&self) -> String {
        // Plain data with string keys always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Which of these lessons to go on with: the one that is open, else the first that isn't done; none where all are.
    pub fn next<'a>(&self, mut names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
        let open = self.open.as_deref();
        (names.clone().find(|name| Some(*name) == open)).or_else(|| {
            names.find(|name| self.lessons.get(*name).is_none_or(|record| !record.passed))
        })
    }

    /// How far they are in this one.
    pub fn of(&self, name: &str) -> Record {
        self.lessons.get(name).cloned().unwrap_or_default()
    }

    /// Changes how far they are in the lesson that is open here, and in what is stored by now, which comes back to be stored: another tab may
    /// have come further since, in others or in this one. Here stands of this lesson what this tab has seen, of all others what is stored.
    pub fn note(
        &mut self,
        stored: Option<Progress>,
        name: &str,
        change: impl Fn(&mut Record),
    ) -> Progress {
        self.open = Some(name.to_owned());
        let own = self.lessons.entry(name.to_owned()).or_default();
        let stored = stored.map(|mut stored| {
            let kept = stored.lessons.entry(name.to_owned());
            change(kept.or_insert_with(|| own.clone()));
            stored
        });
        change(own);
        let step = own.step;
        let Some(mut stored) = stored else {
            return self.clone();
        };
        let kept = stored.lessons.entry(name.to_owned()).or_default();
        kept.step = step;
        kept.passed |= own.passed;
        own.passed = kept.passed;
        stored.open.clone_from(&self.open);
        self.adopt(&stored, Some(name));
        stored
    }

    /// Nothing is open here any more. What is stored by now comes back without it, to be stored.
    pub fn leave(&mut self, stored: Option<Progress>) -> Progress {
        let left = self.open.take();
        let Some(mut stored) = stored else {
            return self.clone();
        };
        if stored.open == left {
            stored.open = None;
        }
        self.adopt(&stored, None);
        stored
    }

    /// Whether the lesson that is open here waits for a bet, so that nothing of what comes out may be seen yet.
    pub fn awaits_bet(&self, name: &str) -> bool {
        let record = self.lessons.get(name);
        record.is_none_or(|record| record.step == Step::Bet && !record.placed)
    }

    /// Takes over how far they have come by what is stored, but for the lesson that is open here.
    pub fn adopt(&mut self, stored: &Progress, open: Option<&str>) {
        let own = open.and_then(|name| self.lessons.remove_entry(name));
        self.lessons.clone_from(&stored.lessons);
        self.lessons.extend(own);
    }
}

/// What a lesson's last runs have shown, to be shown again to whoever comes back to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    /// That of what the event made of the design.
    pub event: Option<Run>,
    /// That of what was drawn at the task.
    pub task: Option<Run>,
}

/// A run that has been played to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What was drawn, as a share link's text.
    pub design: String,
    /// What it has shown.
    pub seen: Seen,
}

impl Runs {
    /// What was kept; what can't be read is to be run again.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text to keep.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is said of a lesson, or of a step of one, that a link names and that there isn't; as much of the name as can be read.
pub fn unknown(name: &str) -> String {
    const LONGEST: usize = 40;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Where a value stands on a guess's scale, from 0 to 1.
pub fn place(measure: Measure, from: f64, to: f64, value: f64) -> f64 {
    let value = value.clamp(from, to);
    let along = if measure.spans_decades() {
        (value / from).ln() / (to / from).ln()
    } else {
        (value - from) / (to - from)
    };
    along.clamp(0.0, 1.0)
}

/// The value at this place of a guess's scale, at three figures, as nobody guesses finer.
pub fn value_at(measure: Measure, from: f64, to: f64, place: f64) -> f64 {
    let place = place.clamp(0.0, 1.0);
    let value = if measure.spans_decades() {
        from * (to / from).powf(place)
    } else {
        from + (to - from) * place
    };
    rounded(value).clamp(from, to)
}

fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let step = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / step).round() * step
}

/// What a bet begins with: nothing is suggested, so a number stands in the middle and a curve is flat.
pub fn first_bet(guess: &Guess) -> Option<Bet> {
    match guess {
        Guess::Number {
            figure, from, to, ..
        } => Some(Bet::Number(value_at(figure.measure, *from, *to, 0.5))),
        Guess::Part { .. } => None,
        Guess::Curve {
            figure,
            values,
            from,
            to,
            ..
        } => {
            let low = value_at(figure.measure, *from, *to, 0.3);
            Some(Bet::Curve(vec![low; values.len()]))
        }
    }
}

/// What a bet so close is called.
pub fn called(closeness: Closeness) -> &'static str {
    match closeness {
        Closeness::Right => "Right",
        Closeness::Near => "Close",
        Closeness::Off => "A surprise",
    }
}

/// Whether anybody is answered well. A design that answers nobody costs nothing, leaks nothing and is no better for that.
pub fn serves(report: &Report) -> bool {
    report.classes.iter().any(|class| class.goodput.0 > 0.0)
}

/// A row of a design that answers so or doesn't: what answers nobody gains nothing.
pub fn gained(row: Row, serves: bool) -> Row {
    Row {
        better: row.better.filter(|better| serves || !better),
        ..row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::ClassId;

    fn named(name: &str) -> Linked {
        Linked::Name(name.to_owned())
    }

    #[test]
    fn links_name_a_lesson_and_a_step() {
        for step in Step::ALL {
            for linked in [
                named("client-and-server"),
                Linked::Whole("AXja-_".to_owned()),
            ] {
                let link = write_link(&linked, step);
                assert_eq!(read_link(&link), Some((linked, Ok(step))));
            }
        }
        assert_eq!(
            read_link("#lesson=cache"),
            Some((named("cache"), Ok(Step::Bet)))
        );
        assert_eq!(
            read_link("#lesson=cache/"),
            Some((named("cache"), Ok(Step::Bet)))
        );
        assert_eq!(
            read_link("#lesson=cache/nonsense"),
            Some((named("cache"), Err("nonsense".to_owned())))
        );
        assert_eq!(read_link("#AQxyz"), None);
    }

    #[test]
    fn progress_comes_back_and_rubbish_is_no_progress() {
        let mut progress = Progress {
            open: Some("cache".to_owned()),
            ..Progress::default()
        };
        let record = Record {
            step: Step::Task,
            bet: Some(Bet::Number(0.3)),
            placed: true,
            hints: 2,
            passed: true,
            design: Some("abc".to_owned()),
        };
        progress.lessons.insert("cache".to_owned(), record);
        assert_eq!(Progress::read(&progress.write()), progress);
        for rubbish in ["", "{", "[1]", "{\"lessons\": 3}"] {
            assert_eq!(Progress::read(rubbish), Progress::default());
        }
    }

    #[test]
    fn the_lesson_to_go_on_with_is_the_open_one_or_the_first_that_is_not_done() {
        let names = || ["cache", "queue", "door"].into_iter();
        let mut progress = Progress::default();
        assert_eq!(progress.next(names()), Some("cache"));
        progress.note(None, "cache", |record| record.passed = true);
        assert_eq!(progress.next(names()), Some("cache"), "it is open");
        progress.leave(None);
        assert_eq!(progress.next(names()), Some("queue"));
        for name in names() {
            progress.note(None, name, |record| record.passed = true);
        }
        progress.leave(None);
        assert_eq!(progress.next(names()), None);
    }

    #[test]
    fn runs_come_back_and_rubbish_is_to_be_run_again() {
        let seen = Seen {
            seconds: 120.0,
            lost_writes: 3,
            completions: vec![(ClassId(2), 0.25)],
            ..Seen::default()
        };
        let run = Run {
            design: "abc".to_owned(),
            seen,
        };
        let runs = Runs {
            event: None,
            task: Some(run),
        };
        assert_eq!(Runs::read(&runs.write()), runs);
        for rubbish in ["", "{", "[1]", "{\"task\": {\"design\": 3}}"] {
            assert_eq!(Runs::read(rubbish), Runs::default());
        }
    }

    #[test]
    fn each_tab_writes_its_own_lesson_alone() {
        let stored = |text: &str| Some(Progress::read(text));
        let (mut one, mut other) = (Progress::default(), Progress::default());
        let mut kept = one.note(None, "cache", |record| record.hints += 1).write();
        // The other was opened before that was written.
        kept = other
            .note(stored(&kept), "queue", |record| record.step = Step::Task)
            .write();
        assert_eq!(Progress::read(&kept).of("cache").hints, 1);
        kept = one
            .note(stored(&kept), "cache", |record| record.passed = true)
            .write();
        let both = Progress::read(&kept);
        assert_eq!(both.of("queue").step, Step::Task);
        assert!(both.of("cache").passed && both.of("cache").hints == 1);
        assert_eq!(both.open.as_deref(), Some("cache"));
        assert_eq!(one.lessons, both.lessons);

        // Both in one lesson: what only the other did stays, and what is done stays done; each is at its own step here.
        kept = other
            .note(stored(&kept), "cache", |record| {
                record.bet = Some(Bet::Number(0.3))
            })
            .write();
        let record = Progress::read(&kept).of("cache");
        assert!(record.passed && record.hints == 1 && record.bet.is_some());
        assert!(other.of("cache").passed);
        kept = other
            .note(stored(&kept), "cache", |record| record.step = Step::Task)
            .write();
        kept = one.note(stored(&kept), "cache", |_| {}).write();
        assert_eq!(one.of("cache").step, Step::Bet);

        // Leaving closes what is open here, not what another tab has open.
        assert_eq!(other.leave(stored(&kept)).open, None);
        kept = one.note(stored(&kept), "queue", |_| {}).write();
        other.open = Some("cache".to_owned());
        let left = other.leave(stored(&kept));
        assert_eq!(left.open.as_deref(), Some("queue"));
        assert_eq!((other.open, other.lessons), (None, left.lessons));
    }

    #[test]
    fn a_lesson_waits_for_a_bet_until_it_is_placed() {
        let mut progress = Progress::default();
        assert!(progress.awaits_bet("cache"));
        progress.note(None, "cache", |record| record.bet = Some(Bet::Number(0.3)));
        assert!(progress.awaits_bet("cache"), "it may still be changed");
        progress.note(None, "cache", |record| record.step = Step::Task);
        assert!(!progress.awaits_bet("cache"), "whoever goes on may see");
        progress.note(None, "cache", |record| {
            (record.step, record.placed) = (Step::Bet, true)
        });
        assert!(!progress.awaits_bet("cache"));
    }

    #[test]
    fn what_cannot_be_stored_is_still_known_here() {
        let mut progress = Progress::default();
        progress.note(None, "cache", |record| record.passed = true);
        let kept = progress.note(None, "queue", |record| record.hints += 1);
        assert_eq!(kept, progress);
        assert!(kept.of("cache").passed && kept.of("queue").hints == 1);
        // Where what was stored is gone, what is known of the lesson is stored again.
        let kept = progress.note(Some(Progress::default()), "queue", |record| {
            record.hints += 1
        });
        assert_eq!(kept.of("queue").hints, 2);
        assert_eq!(progress.of("queue").hints, 2);
    }

    #[test]
    fn a_name_that_there_is_not_is_told_no_longer_than_it_is_read() {
        assert_eq!(unknown("nonsense"), "nonsense");
        let forty = "ö".repeat(40);
        assert_eq!(unknown(&forty), forty);
        assert_eq!(unknown(&"ö".repeat(3_000)), format!("{forty}…"));
    }

    #[test]
    fn places_and_values_are_each_others_inverse() {
        for (measure, from, to) in [(Measure::P99, 0.01, 10.0), (Measure::Success, 0.0, 1.0)] {
            for step in 0..=20 {
                let along = f64::from(step) / 20.0;
                let value = value_at(measure, from, to, along);
                // Three figures are within half a percent.
                assert!(
                    (place(measure, from, to, value) - along).abs() < 0.005,
                    "{value}"
                );
            }
            assert_eq!(place(measure, from, to, f64::INFINITY), 1.0);
        }
    }
}
