//! Two designs run in pairs under the same random numbers: what they differ by, and how sure that is. It runs nothing.
//!
//! What both owe to chance alike falls out of the difference of a pair (common random numbers, Law & Kelton 1982, section 11.2); the interval
//! is that of the mean of the differences (paired t, the same section).

use super::compared::points;
use loadscape_sim::des::{MEAN_LEAVES_OUT, Phase, answers_fewer, mean};
use loadscape_sim::insight::success;
use loadscape_sim::lesson::Seen;
use loadscape_sim::quantities::{rate, share, time};
use loadscape_sim::scenario::{ClassId, Scenario};
use loadscape_sim::units::{PerSecond, Seconds};

/// Requests that a run of a pair has time for when the design doesn't say how long it is to be run.
const REQUESTS: f64 = 100_000.0;
/// Such a run lasts so long at least and at most, seconds.
const SECONDS: (f64, f64) = (20.0, 600.0);

/// What to run of a pair: the design with this seed, for so long as it says, else for so long that enough requests come at this many a second.
pub fn to_run(design: &Scenario, seed: u64, per_second: f64) -> Scenario {
    let mut design = design.clone();
    design.run.seed = seed;
    design.run.duration_seconds.get_or_insert_with(|| {
        let wanted = REQUESTS / per_second.max(f64::MIN_POSITIVE);
        wanted.clamp(SECONDS.0, SECONDS.1)
    });
    design
}

/// Whether a run of the one is a run of the other. What a drawing is called, what is asked of it, and where its parts stand within their zones
/// makes no difference.
pub fn runs_alike(one: &Scenario, other: &Scenario) -> bool {
    if one == other {
        return true;
    }
    let zones = |design: &Scenario, place: usize| -> Vec<bool> {
        let centre = design.components[place].centre();
        let zones = design.zones.iter();
        zones.map(|zone| zone.rectangle.contains(centre)).collect()
    };
    let mut moved = other.clone();
    moved.title.clone_from(&one.title);
    moved.notes.clone_from(&one.notes);
    moved.objectives.clone_from(&one.objectives);
    for (place, (to, from)) in (moved.components.iter_mut().zip(&one.components)).enumerate() {
        if one.zones.len() == other.zones.len() && zones(one, place) == zones(other, place) {
            to.position = from.position;
        }
    }
    moved == *one
}

/// One figure of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which, e.g. "p99 of read".
    pub what: String,
    /// The first design's mean over its runs.
    pub then: String,
    /// The second's.
    pub now: String,
    /// The mean difference with its 95 % interval, e.g. "−12 ms ± 3 ms".
    pub difference: String,
    /// What can be said of it.
    pub verdict: Verdict,
    /// The same in words.
    pub says: String,
}

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The second design is better.
    Better,
    /// It is worse.
    Worse,
    /// There is no difference at all, or surely less than a millionth of the figure.
    Same,
    /// The interval holds 0: the two can't be told from each other by these runs.
    Chance,
    /// The one whose time is less answers clearly fewer well: it is a time of others.
    Incomparable,
}

impl Verdict {
    const fn words(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Same => "the same",
            Verdict::Chance => "can't be told from chance",
            Verdict::Incomparable => "can't be compared",
        }
    }
}

/// What more of a figure is.
#[derive(Clone, Copy, Debug)]
enum More {
    /// Better.
    Better,
    /// Worse, as it is a time: of the answered, and leaving out this share of them.
    Slower(f64),
}

/// A figure of a class's run.
type Figure = (
    &'static str,
    fn(&Phase) -> Option<f64>,
    fn(f64) -> String,
    More,
);

/// By name: how it is read off, how it is written, and what more of it is.
const FIGURES: [Figure; 4] = [
    (
        "mean",
        |phase| phase.mean,
        |value| time(Seconds(value)),
        More::Slower(MEAN_LEAVES_OUT),
    ),
    (
        "p99",
        |phase| phase.p99,
        |value| time(Seconds(value)),
        More::Slower(0.01),
    ),
    ("success", success, share, More::Better),
    (
        "served",
        |phase| Some(phase.succeeded / phase.seconds),
        |value| rate(PerSecond(value)),
        More::Better,
    ),
];

/// What the pairs show, for every class that both designs have. The runs are in pairs of one seed.
pub fn rows(then: (&Scenario, &[Seen]), now: (&Scenario, &[Seen])) -> Vec<Row> {
    let mut rows = Vec::new();
    for class in &now.0.classes {
        let mut others = then.0.classes.iter();
        let Some(before) = others.find(|other| other.name == class.name) else {
            continue;
        };
        let well = figures(then.1, before.id, success).zip(figures(now.1, class.id, success));
        for (name, get, write, more) in FIGURES {
            let (Some(was), Some(is)) = (
                figures(then.1, before.id, get),
                figures(now.1, class.id, get),
            ) else {
                continue;
            };
            let pairs: Vec<f64> = was.iter().zip(&is).map(|(was, is)| is - was).collect();
            let (Some(was), Some(is), Some(by)) = (mean(&was), mean(&is), mean(&pairs)) else {
                continue;
            };
            let half_width = by.half_width.unwrap_or(f64::INFINITY);
            // Otherwise one would read “−0 ms ± 0.002 µs” of 65 ms.
            let dust = 1e-6 * was.value.abs().max(is.value.abs());
            let verdict = if by.value.abs() + half_width <= dust {
                Verdict::Same
            } else if by.value.abs() <= half_width {
                Verdict::Chance
            } else if (by.value > 0.0) == matches!(more, More::Better) {
                Verdict::Better
            } else {
                Verdict::Worse
            };
            let fewer = match (more, &well) {
                (More::Slower(leaves_out), Some(well)) => fewer(verdict, well, leaves_out),
                _ => None,
            };
            let (verdict, says) = match fewer {
                Some(says) => (Verdict::Incomparable, says),
                None => (verdict, verdict.words().to_owned()),
            };
            let sign = if by.value < 0.0 { "−" } else { "+" };
            let difference = match verdict {
                Verdict::Same => "0".to_owned(),
                _ => {
                    let (by, bound) = (write(by.value.abs()), write(half_width));
                    let by = by.strip_suffix(" %").unwrap_or(&by);
                    points(format!("{sign}{by} ± {bound}"))
                }
            };
            rows.push(Row {
                what: format!("{name} of {}", class.name),
                then: write(was.value),
                now: write(is.value),
                difference,
                verdict,
                says,
            });
        }
    }
    rows
}

/// Why a time isn't better in one of the two where it is less: what it says where that one answers clearly fewer well.
fn fewer(verdict: Verdict, well: &(Vec<f64>, Vec<f64>), leaves_out: f64) -> Option<String> {
    let (faster, slower, whose) = match verdict {
        Verdict::Better => (&well.1, &well.0, "now"),
        Verdict::Worse => (&well.0, &well.1, "of the pinned"),
        Verdict::Same | Verdict::Chance | Verdict::Incomparable => return None,
    };
    let answered = mean(faster).filter(|_| answers_fewer(faster, slower, leaves_out))?;
    let (words, answered) = (Verdict::Incomparable.words(), share(answered.value));
    Some(format!(
        "{words}: only {answered} are answered well {whose}"
    ))
}

/// The figure of each run; `None` where one of them has none, or nobody sends the class.
fn figures(runs: &[Seen], class: ClassId, get: fn(&Phase) -> Option<f64>) -> Option<Vec<f64>> {
    let figures = runs.iter().map(|run| {
        let mut classes = run.classes.iter();
        let (_, phase) = classes.find(|(own, _)| *own == class)?;
        if phase.offered > 0.0 {
            get(phase)
        } else {
            None
        }
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::builtin::named;
    use loadscape_sim::catalog::{Parameter, Value};
    use loadscape_sim::lesson::play;
    use loadscape_sim::scenario::read;

    fn knee() -> Scenario {
        let text = named("knee").expect("it is built in").text();
        read(text).scenario.expect("it is one")
    }

    fn runs(design: &Scenario) -> Vec<Seen> {
        (1..=6)
            .map(|seed| play(&to_run(design, seed, 1_000.0), 20.0).1)
            .collect()
    }

    #[test]
    fn names_and_places_make_no_other_run_and_all_else_does() {
        let stage = named("stage-2").expect("it is built in").text();
        let design = read(stage).scenario.expect("it is one");
        let changed = |change: fn(&mut Scenario)| {
            let mut other = design.clone();
            change(&mut other);
            other
        };
        let alike = [
            changed(|_| {}),
            changed(|own| own.title.push('!')),
            changed(|own| own.notes.push('!')),
            changed(|own| own.objectives.clear()),
            changed(|own| own.components[0].position.x += 1.0),
        ];
        assert!(alike.iter().all(|other| runs_alike(&design, other)));
        let others = [
            changed(|own| own.run.seed += 1),
            changed(|own| own.components.truncate(3)),
            changed(|own| own.links.truncate(3)),
            changed(|own| own.zones.truncate(1)),
            // Out of its zones, or into some.
            changed(|own| {
                own.components
                    .iter_mut()
                    .for_each(|own| own.position.x += 1e5)
            }),
            changed(|own| {
                let replica = own.components.iter_mut().find(|own| own.name == "Replica");
                let cores = (Parameter::Cores, Value::Number(8.0));
                replica.expect("it is drawn").parameters.extend([cores]);
            }),
        ];
        for (place, other) in others.iter().enumerate() {
            assert!(!runs_alike(&design, other), "{place}");
        }
    }

    #[test]
    fn a_design_is_the_same_as_itself_and_better_than_a_slower_one() {
        let design = knee();
        let seen = runs(&design);
        let same = rows((&design, &seen), (&design, &seen));
        assert!(!same.is_empty());
        assert!(same.iter().all(|row| row.verdict == Verdict::Same));
        // So it is where they differ by what nothing that is written shows.
        let mut dusty = seen.clone();
        for (place, run) in dusty.iter_mut().enumerate() {
            for (_, phase) in &mut run.classes {
                phase.mean = phase.mean.map(|mean| mean * (1.0 + 1e-9 * place as f64));
            }
        }
        let dusty = rows((&design, &seen), (&design, &dusty));
        assert!(dusty.iter().all(|row| row.difference == "0"), "{dusty:?}");

        let mut faster = design.clone();
        for part in &mut faster.components {
            if part.value(Parameter::CoreSpeed).is_some() {
                part.parameters
                    .insert(Parameter::CoreSpeed, Value::Number(3.0));
            }
            if part.value(Parameter::Servers).is_some() {
                part.parameters
                    .insert(Parameter::Servers, Value::Number(4.0));
            }
        }
        let better = rows((&design, &seen), (&faster, &runs(&faster)));
        let mean = better.iter().find(|row| row.what.starts_with("mean"));
        let mean = mean.expect("it is measured");
        assert_eq!(mean.verdict, Verdict::Better, "{mean:?}");
        assert!(mean.difference.starts_with('−'), "{mean:?}");
        let back = rows((&faster, &runs(&faster)), (&design, &seen));
        let mean = back.iter().find(|row| row.what.starts_with("mean"));
        assert_eq!(mean.expect("it is measured").verdict, Verdict::Worse);
    }

    #[test]
    fn whoever_fails_is_not_faster_for_it() {
        let design = knee();
        let seen = runs(&design);
        // Of the same runs nine in ten requests fail, and those who are left are answered in half of the time.
        let mut failing = seen.clone();
        for run in &mut failing {
            for (_, phase) in &mut run.classes {
                phase.mean = phase.mean.map(|mean| 0.5 * mean);
                phase.p99 = phase.p99.map(|p99| 0.5 * p99);
                phase.success = phase.success.map(|success| 0.1 * success);
            }
        }
        let find = |rows: &[Row], what: &str| {
            let row = rows.iter().find(|row| row.what.starts_with(what));
            row.expect("it is measured").clone()
        };
        let now = rows((&design, &seen), (&design, &failing));
        let then = rows((&design, &failing), (&design, &seen));
        for time in ["mean", "p99"] {
            for (rows, whose) in [(&now, "now"), (&then, "of the pinned")] {
                let row = find(rows, time);
                assert_eq!(row.verdict, Verdict::Incomparable, "{row:?}");
                assert_eq!(
                    row.says,
                    format!("can't be compared: only 10 % are answered well {whose}")
                );
            }
        }
        assert_eq!(find(&now, "success").verdict, Verdict::Worse);
        assert_eq!(find(&then, "success").verdict, Verdict::Better);

        // Whoever fails and is slower as well is worse.
        for run in &mut failing {
            for (_, phase) in &mut run.classes {
                phase.mean = phase.mean.map(|mean| 4.0 * mean);
            }
        }
        let slower = rows((&design, &seen), (&design, &failing));
        assert_eq!(find(&slower, "mean").verdict, Verdict::Worse);
    }

    #[test]
    fn one_pair_alone_can_not_be_told_from_chance() {
        let design = knee();
        let (one, other) = (
            play(&to_run(&design, 1, 1_000.0), 20.0).1,
            play(&to_run(&design, 2, 1_000.0), 20.0).1,
        );
        let rows = rows((&design, &[one]), (&design, &[other]));
        assert!(
            rows.iter()
                .all(|row| matches!(row.verdict, Verdict::Chance | Verdict::Same))
        );
    }

    #[test]
    fn a_run_lasts_as_long_as_the_design_says_or_its_load_wants() {
        let mut design = knee();
        design.run.duration_seconds = Some(7.0);
        assert_eq!(to_run(&design, 3, 1.0).run.duration_seconds, Some(7.0));
        assert_eq!(to_run(&design, 3, 1.0).run.seed, 3);
        design.run.duration_seconds = None;
        assert_eq!(
            to_run(&design, 3, 1_000.0).run.duration_seconds,
            Some(100.0)
        );
        assert_eq!(to_run(&design, 3, 0.0).run.duration_seconds, Some(600.0));
        assert_eq!(to_run(&design, 3, 1e9).run.duration_seconds, Some(20.0));
    }
}
