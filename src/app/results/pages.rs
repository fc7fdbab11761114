//! The results' further pages: each objective with its margin, and what the numbers rest on.

use super::super::page::Page;
use super::super::ui::prelude::*;
use crate::display::unbroken;
use crate::editor::Item;
use loadscape_sim::insight::{Subject, distance_words};
use loadscape_sim::quantities::{beside, dollars, rate, share, time};
use loadscape_sim::report::Standing;
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

/// Each objective, passed or failed, with its margin.
pub fn objectives(page: Page) -> AnyView {
    let rows = move || {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            answer
                .report
                .objectives
                .iter()
                .enumerate()
                .map(|(place, outcome)| {
                    let whose = outcome.objective.class.map_or_else(
                        || {
                            if matches!(
                                outcome.objective.target,
                                Target::CostAtMostDollarsPerMonth(_) | Target::UtilisationAtMost(_)
                            ) {
                                "the design".to_owned()
                            } else {
                                "every class".to_owned()
                            }
                        },
                        |id| {
                            page.read(|scenario| {
                                scenario
                                    .class(id)
                                    .map(|class| class.name.clone())
                                    .unwrap_or_default()
                            })
                        },
                    );
                    let (words, bound, written) = target_words(outcome.objective.target);
                    let limit = outcome.objective.target.name_and_bound().1;
                    let measured = outcome.measured.map_or_else(
                        || "no steady state".to_owned(),
                        |value| beside(value, limit, written),
                    );
                    let distance = distance_words(outcome);
                    let margin = match outcome.met {
                        true => distance
                            .trim_start_matches(" with ")
                            .trim_start_matches(": ")
                            .to_owned(),
                        false if distance.is_empty() => distance,
                        false => format!("misses{distance}"),
                    };
                    let reach = outcome.out_of_reach.clone();
                    (
                        place,
                        whose,
                        words,
                        bound,
                        measured,
                        margin,
                        outcome.met,
                        reach,
                    )
                })
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class="results-page scrolls" data-testid="objectives-page">
            {move || {
                let rows = rows();
                if rows.is_empty() {
                    return view! { <p class="empty">"The drawing has no objectives. Select nothing, and add one on the right: the results will grade it."</p> }.into_any();
                }
                let note = page.learns.get().then(|| view! {
                    <p class="mute" data-testid="objectives-of-lesson">"By theory, of a steady load without faults. What the lesson counts is its run, faults and all: see the lesson."</p>
                });
                view! {
                    {note}
                    <table class="objectives-table">
                        <thead><tr><th>"Verdict"</th><th>"Objective"</th><th>"Bound"</th><th>"Measured"</th><th>"Margin"</th><th></th></tr></thead>
                        <tbody>
                            {rows.into_iter().map(|(place, whose, words, bound, measured, margin, met, reach)| view! {
                                <tr>
                                    <td class="verdict" class:good=met class:bad=!met>{if met { "✓ met" } else { "✗ missed" }}</td>
                                    <td>{whose}": "{words}</td>
                                    <td class="number">{bound}</td>
                                    <td class="number"><b class:bad=!met>{measured}</b></td>
                                    <td class="mute">{margin}</td>
                                    <td>{super::super::why::button(page, Subject::Objective(place), format!("objective {}", place + 1))}</td>
                                </tr>
                                {reach.map(|reason| view! { <tr class="reason"><td></td><td colspan="5" data-testid="out-of-reach">{unbroken(&reason)}</td></tr> })}
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
