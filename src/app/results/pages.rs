//! The results' further pages: each objective with its margin, and what the numbers rest on.

use super::super::learn::{self, Open};
use super::super::page::Page;
use super::super::run::{counts, run_of};
use super::super::ui::prelude::*;
use crate::display::beside::with_interval;
use crate::display::unbroken;
use crate::editor::Item;
use loadscape_player::RunOf;
use loadscape_sim::insight::{Subject, distance_words, judged};
use loadscape_sim::lesson::Objective;
use loadscape_sim::quantities::{beside, dollars, rate, share, time};
use loadscape_sim::report::{Assumption, ObjectiveOutcome, Standing};
use loadscape_sim::scenario::Target;
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};

/// A target in words, its bound, and how what is measured is written.
pub fn target_words(target: Target) -> (&'static str, String, fn(f64) -> String) {
    let seconds: fn(f64) -> String = |value| time(Seconds(value));
    match target {
        Target::MeanAtMostSeconds(bound) => ("mean at most", seconds(bound), seconds),
        Target::P95AtMostSeconds(bound) => ("p95 at most", seconds(bound), seconds),
        Target::P99AtMostSeconds(bound) => ("p99 at most", seconds(bound), seconds),
        Target::SuccessAtLeast(bound) => ("success at least", share(bound), share),
        Target::GoodputAtLeastPerSecond(bound) => {
            ("goodput at least", rate(PerSecond(bound)), |value| {
                rate(PerSecond(value))
            })
        }
        Target::CostAtMostDollarsPerMonth(bound) => {
            ("cost at most", dollars(DollarsPerMonth(bound)), |value| {
                dollars(DollarsPerMonth(value))
            })
        }
        Target::UtilisationAtMost(bound) => ("every station at most", share(bound), share),
    }
}

/// While a run goes on, or was of another design.
const NOT_YET: &str = "not yet";

/// An objective as a row.
struct Row {
    place: usize,
    whose: String,
    words: &'static str,
    bound: String,
    /// What counts: what the run that is open has measured, else the solver's figure.
    measured: String,
    /// The solver's figure, where a run's counts.
    theory: Option<String>,
    margin: String,
    /// `None` where the run has too little to say yet.
    met: Option<bool>,
    reach: Option<String>,
}

/// The drawing's objectives: by the run that is open, or else by theory. In a lesson's task all but those that the task gives, whose rows it has.
fn rows(page: Page) -> Vec<Row> {
    let task = learn::at_the_task();
    let runs = counts(page);
    let seen = (page.run.estimates).with(|estimates| {
        (estimates.as_ref()).map_or_else(Vec::new, |estimates| estimates.objectives.clone())
    });
    let row = |(place, outcome): (usize, &ObjectiveOutcome)| {
        let target = outcome.objective.target;
        let of_the_whole = matches!(
            target,
            Target::CostAtMostDollarsPerMonth(_) | Target::UtilisationAtMost(_)
        );
        let whose = match outcome.objective.class {
            None if of_the_whole => "the design".to_owned(),
            None => "every class".to_owned(),
            Some(id) => page
                .read(|scenario| scenario.class(id).map(|class| class.name.clone()))
                .unwrap_or_default(),
        };
        let (words, bound, written) = target_words(target);
        let limit = target.name_and_bound().1;
        let margin = |outcome: &ObjectiveOutcome| {
            let distance = distance_words(outcome);
            match outcome.met {
                true => distance
                    .trim_start_matches(" with ")
                    .trim_start_matches(": ")
                    .to_owned(),
                false if distance.is_empty() => distance,
                false => format!("misses{distance}"),
            }
        };
        let theory = match outcome.measured {
            Some(value) => beside(value, limit, written),
            None => "no steady state".to_owned(),
        };
        let own = Row {
            place,
            whose,
            words,
            bound,
            measured: theory.clone(),
            theory: None,
            margin: margin(outcome),
            met: Some(outcome.met),
            reach: outcome.out_of_reach.clone(),
        };
        if !runs {
            return own;
        }
        // Nothing of what costs money is measured.
        if matches!(target, Target::CostAtMostDollarsPerMonth(_)) {
            return Row {
                theory: Some("in theory".to_owned()),
                ..own
            };
        }
        let seen = seen.get(place).copied().flatten();
        let theory = Some(format!("in theory {theory}"));
        let Some(seen) = seen else {
            return Row {
                measured: "too few yet".to_owned(),
                theory,
                margin: String::new(),
                met: None,
                reach: None,
                ..own
            };
        };
        let (met, distance) = judged(&outcome.objective, seen.value);
        let in_the_run = ObjectiveOutcome {
            met,
            measured: Some(seen.value),
            margin: Some(distance),
            out_of_reach: None,
            ..outcome.clone()
        };
        Row {
            measured: with_interval(seen, written),
            theory,
            margin: margin(&in_the_run),
            met: Some(met),
            reach: None,
            ..own
        }
    };
    page.answer.with(|answer| {
        let Some(answer) = answer else {
            return Vec::new();
        };
        let objectives = answer.report.objectives.iter();
        let is_own = |outcome: &ObjectiveOutcome| {
            let task = task.as_ref();
            !task.is_some_and(|task| task.gives(&outcome.objective))
        };
        let own = objectives.enumerate().filter(|(_, own)| is_own(own));
        own.map(row).collect()
    })
}

/// How many objectives are kept, and how many there are; of a lesson's task none as long as no run of what is drawn has said it.
pub fn kept(page: Page, is_old: Memo<bool>) -> (usize, usize) {
    let own = rows(page).into_iter().map(|row| row.met);
    let own: Vec<Option<bool>> = own.collect();
    let mut all = match learn::at_the_task() {
        Some(open) => {
            let rows = of_the_task(page, &open, is_old);
            let unknown = |row: &learn::Row| row.by_design || row.met().is_none();
            if rows.iter().all(|(_, row)| unknown(row)) {
                return (0, 0);
            }
            rows.iter().map(|(_, row)| row.met()).collect()
        }
        None => Vec::new(),
    };
    all.extend(own);
    let kept = all.iter().filter(|met| **met == Some(true)).count();
    (kept, all.len())
}

fn of_the_task(page: Page, open: &Open, is_old: Memo<bool>) -> Vec<(Objective, learn::Row)> {
    let rows = open.lesson().task.objectives.iter().enumerate();
    let rows = rows.map(|(index, objective)| {
        let row = learn::row(page, index, objective, is_old);
        (objective.clone(), row)
    });
    rows.collect()
}

/// A verdict as it stands in its column; `until_then` before there is one.
fn verdict(met: Option<bool>, until_then: &str) -> AnyView {
    let words = match met {
        Some(true) => "✓ met".to_owned(),
        Some(false) => "✗ missed".to_owned(),
        None => format!("· {until_then}"),
    };
    view! { <td class="verdict" class:good=met == Some(true) class:bad=met == Some(false)>{words}</td> }
}

/// The rows of the task at which somebody is, as the lesson has them.
fn task(page: Page, open: &Open, is_old: Memo<bool>) -> AnyView {
    let rows = of_the_task(page, open, is_old).into_iter().enumerate();
    view! {
        <p class="mute" data-testid="objectives-of-lesson">"What the lesson's task asks for. Its run decides, faults and all; what theory says is of a steady load."</p>
        <table class="objectives-table" data-testid="objectives-of-task">
            <thead><tr><th>"Verdict"</th><th>"Objective"</th><th class="number">"Bound"</th><th>"In the run"</th><th>"In theory"</th><th></th></tr></thead>
            <tbody>
                {rows.map(|(index, (objective, row))| {
                    let (sign, bound) = learn::bound(&objective);
                    let (met, run) = (row.met(), row.of_run());
                    let until_then = if run.is_some() { NOT_YET } else { learn::NOT_RUN };
                    let unrun = if row.by_design { "no run decides it" } else { "–" };
                    view! {
                        <tr>
                            {verdict(met, until_then)}
                            <td>{objective.figure.to_string()}</td>
                            <td class="number">{sign}" "{bound}</td>
                            <td class:mute=run.is_none() || met.is_none()>{run.unwrap_or_else(|| unrun.to_owned())}</td>
                            <td class="mute">{row.solved.unwrap_or_else(|| "only a run shows it".to_owned())}</td>
                            <td>{learn::wonder(page, index, &objective, "table-why")}</td>
                        </tr>
                    }
                }).collect_view()}
            </tbody>
        </table>
    }
}

/// Each objective, passed or failed, with its margin.
pub fn objectives(page: Page) -> AnyView {
    let is_old = learn::is_old(page);
    view! {
        <div class="results-page scrolls" data-testid="objectives-page">
            {move || learn::at_the_task().map(|open| task(page, &open, is_old))}
            {move || of_the_drawing(page)}
        </div>
    }
    .into_any()
}

/// The objectives of what is drawn; in a lesson's task those beyond the task's.
fn of_the_drawing(page: Page) -> Option<AnyView> {
    let rows = rows(page);
    let beside_a_task = learn::at_the_task().is_some();
    if rows.is_empty() {
        return (!beside_a_task).then(|| view! { <p class="empty">"The drawing has no objectives. Select nothing, and add one on the right: the results will grade it."</p> });
    }
    let note = match run_of(page) {
        Some(RunOf::Both(_)) => {
            "As the run has measured it since the design changed, faults and all, and beside it what theory says of a steady load; cost is theory's."
        }
        Some(RunOf::Before) => {
            "By theory, of a steady load without faults. The run was of the design before your change: run it again to see what it measures now."
        }
        Some(RunOf::Drawn) => {
            "As the run has measured it so far, faults and all, and beside it what theory says of a steady load; cost is theory's."
        }
        None => "By theory, of a steady load without faults.",
    };
    let whose = if beside_a_task {
        "What the drawing asks for besides. "
    } else {
        ""
    };
    Some(view! {
        <p class="mute" data-testid="objectives-of-drawing">{whose}{note}</p>
        <table class="objectives-table">
            <thead><tr><th>"Verdict"</th><th>"Objective"</th><th class="number">"Bound"</th><th class="number">{if counts(page) { "In the run" } else { "In theory" }}</th><th>"Margin"</th><th></th></tr></thead>
            <tbody>
                {rows.into_iter().map(|row| view! {
                    <tr>
                        {verdict(row.met, NOT_YET)}
                        <td>{row.whose}": "{row.words}</td>
                        <td class="number">{row.bound}</td>
                        <td class="number"><b class:bad=row.met == Some(false)>{row.measured}</b>{row.theory.map(|theory| view! { <small class="mute beside-theory">{theory}</small> })}</td>
                        <td class="mute">{row.margin}</td>
                        <td>{super::super::why::button(page, Subject::Objective(row.place), format!("objective {}", row.place + 1))}</td>
                    </tr>
                    {row.reach.map(|reason| view! { <tr class="reason"><td></td><td colspan="5" data-testid="out-of-reach">{unbroken(&reason)}</td></tr> })}
                }).collect_view()}
            </tbody>
        </table>
    })
}

/// Those that rest on the same, and stand the same, together, in the order of the first of each.
pub fn alike(assumptions: Vec<Assumption>) -> Vec<Vec<Assumption>> {
    let mut groups: Vec<Vec<Assumption>> = Vec::new();
    for assumption in assumptions {
        let own = groups.iter_mut().find(|group| {
            let first = &group[0];
            first.standing == assumption.standing && first.rests_on == assumption.rests_on
        });
        match own {
            Some(group) => group.push(assumption),
            None => groups.push(vec![assumption]),
        }
    }
    groups
}

/// What the numbers rest on, the doubtful first.
pub fn assumptions(page: Page) -> AnyView {
    let rows = move || {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            let mut assumptions = answer.report.assumptions.clone();
            assumptions.sort_by_key(|assumption| std::cmp::Reverse(assumption.standing));
            alike(assumptions)
        })
    };
    let notes = move || {
        page.answer.with(|answer| {
            answer
                .as_ref()
                .map(|answer| {
                    page.read(|scenario| {
                        answer
                            .compiled
                            .notes
                            .iter()
                            .map(|note| note.text(scenario))
                            .collect::<Vec<_>>()
                    })
                })
                .unwrap_or_default()
        })
    };
    view! {
        <div class="results-page scrolls" data-testid="assumptions-page">
            {move || (rows().is_empty() && notes().is_empty()).then(|| view! { <p class="empty">"Nothing is solved yet."</p> })}
            {move || rows().into_iter().map(|alike| {
                let first = &alike[0];
                let (word, class) = match first.standing {
                    Standing::Exact => ("● exact", "good"),
                    Standing::Approximate => ("◐ approximate", "mute"),
                    Standing::Doubtful => ("○ doubtful", "fair"),
                };
                let rests_on = first.rests_on;
                let places = alike.into_iter().map(|assumption| {
                    let place = assumption.component.and_then(|id| page.read(|scenario| scenario.component(id).map(|component| (id, component.name.clone()))));
                    (place, assumption.because)
                });
                let places: Vec<_> = places.collect();
                let names = places.iter().filter_map(|(place, _)| Some(place.as_ref()?.1.as_str()));
                let names = names.collect::<Vec<_>>().join(", ");
                view! {
                    <details class="assumption">
                        <summary>
                            <span class=format!("standing {class}")>{word}</span>
                            <span>{rests_on}</span>
                            <span class="mute">{names}</span>
                        </summary>
                        {places.into_iter().map(|(place, because)| view! {
                            <p>
                                {place.map(|(id, name)| view! { <button type="button" class="link" on:click=move |_| page.select(Some(Item::Component(id)))>{name}</button>": " })}
                                {because}
                            </p>
                        }).collect_view()}
                    </details>
                }
            }).collect_view()}
            {move || {
                let notes = notes();
                (!notes.is_empty()).then(|| view! {
                    <h3 class="panel-title notes-title">"How the drawing was understood"</h3>
                    <ul class="understood">{notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
                })
            }}
        </div>
    }
    .into_any()
}
