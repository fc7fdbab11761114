//! The results' further pages: each objective with its margin, and what the numbers rest on.

use super::super::page::Page;
use super::super::run::{counts, run_of};
use super::super::ui::prelude::*;
use crate::display::beside::with_interval;
use crate::display::unbroken;
use crate::editor::Item;
use loadscape_player::RunOf;
use loadscape_sim::insight::{Subject, distance_words, judged};
use loadscape_sim::quantities::{beside, dollars, rate, share, time};
use loadscape_sim::report::{ObjectiveOutcome, Standing};
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

/// The objectives: by the run that is open, or else by theory.
fn rows(page: Page) -> Vec<Row> {
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
        objectives.enumerate().map(row).collect()
    })
}

/// How many objectives are kept, and how many there are.
pub fn kept(page: Page) -> (usize, usize) {
    let rows = rows(page);
    let kept = rows.iter().filter(|row| row.met == Some(true)).count();
    (kept, rows.len())
}

/// Each objective, passed or failed, with its margin.
pub fn objectives(page: Page) -> AnyView {
    let note = move || match (run_of(page), page.learns.get()) {
        (Some(RunOf::Both(_)), _) => {
            "As the run has measured it since the design changed, faults and all, and beside it what theory says of a steady load; cost is theory's."
        }
        (Some(RunOf::Before), _) => {
            "By theory, of a steady load without faults. The run was of the design before your change: run it again to see what it measures now."
        }
        (Some(RunOf::Drawn), true) => {
            "As the run has measured it so far, faults and all, and beside it what theory says of a steady load; cost is theory's. The lesson's task has rows of its own: see the lesson."
        }
        (Some(RunOf::Drawn), false) => {
            "As the run has measured it so far, faults and all, and beside it what theory says of a steady load; cost is theory's."
        }
        (None, true) => {
            "By theory, of a steady load without faults. What the lesson counts is its run, faults and all: see the lesson."
        }
        (None, false) => "By theory, of a steady load without faults.",
    };
    view! {
        <div class="results-page scrolls" data-testid="objectives-page">
            {move || {
                let rows = rows(page);
                if rows.is_empty() {
                    return view! { <p class="empty">"The drawing has no objectives. Select nothing, and add one on the right: the results will grade it."</p> }.into_any();
                }
                view! {
                    <p class="mute" data-testid="objectives-of-lesson">{note}</p>
                    <table class="objectives-table">
                        <thead><tr><th>"Verdict"</th><th>"Objective"</th><th>"Bound"</th><th>{if counts(page) { "In the run" } else { "In theory" }}</th><th>"Margin"</th><th></th></tr></thead>
                        <tbody>
                            {rows.into_iter().map(|row| view! {
                                <tr>
                                    <td class="verdict" class:good=row.met == Some(true) class:bad=row.met == Some(false)>{match row.met { Some(true) => "✓ met", Some(false) => "✗ missed", None => "· not yet" }}</td>
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
                }.into_any()
            }}
        </div>
    }
    .into_any()
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
            assumptions
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
            {move || rows().into_iter().map(|assumption| {
                let (word, class) = match assumption.standing {
                    Standing::Exact => ("● exact", "good"),
                    Standing::Approximate => ("◐ approximate", "mute"),
                    Standing::Doubtful => ("○ doubtful", "fair"),
                };
                let place = assumption.component.and_then(|id| page.read(|scenario| scenario.component(id).map(|component| (id, component.name.clone()))));
                view! {
                    <details class="assumption">
                        <summary>
                            <span class=format!("standing {class}")>{word}</span>
                            <span>{assumption.rests_on}</span>
                            {place.as_ref().map(|(_, name)| view! { <span class="mute">{name.clone()}</span> })}
                        </summary>
                        <p>
                            {place.map(|(id, name)| view! { <button type="button" class="link" on:click=move |_| page.select(Some(Item::Component(id)))>{name}</button>": " })}
                            {assumption.because}
                        </p>
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
