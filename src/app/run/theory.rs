//! The solver's answer beside the run's, class by class: how far they are apart, and where they part, which assumption fails. It doesn't
//! know how either was worked out.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::ran::run_of;
use crate::display::beside::{Pair, Verdict, doubts, pairs, pairs_then, standing, uncompared};
use crate::display::pools::pool_words;
use crate::display::run::clock;
use loadscape_player::{Frame, RunOf};
use loadscape_sim::quantities::time;
use loadscape_sim::units::Seconds;
use std::sync::Arc;

/// What scales by itself, and what that saves.
fn pools(page: Page) -> AnyView {
    let rows = Memo::new(move |_| {
        page.run.estimates.with(|estimates| {
            let pools = estimates
                .as_ref()
                .map_or(&[][..], |estimates| &estimates.pools);
            page.read(|scenario| {
                (pools.iter())
                    .filter_map(|pool| {
                        let component = scenario.component(pool.component)?;
                        Some((pool.component.0, component.name.clone(), pool_words(pool)))
                    })
                    .collect::<Vec<_>>()
            })
        })
    });
    (move || {
        let rows = rows.get();
        (!rows.is_empty()).then(|| view! {
            <table class="theory-table" data-testid="pools">
                <thead><tr><th scope="col">"Scales"</th><th scope="col">"mean"</th><th scope="col">"most"</th><th scope="col">"a month"</th><th scope="col">"fixed"</th><th scope="col">"saves"</th></tr></thead>
                <tbody>
                    {rows.into_iter().map(|(id, name, words)| view! {
                        <tr data-testid=format!("pool-{id}")>
                            <th scope="row">{name}</th>
                            <td title="serving or booting">{words.mean}</td>
                            <td title="serving">{words.most}</td>
                            <td title="as the run went">{words.scaled}</td>
                            <td title="with the most all the time">{words.fixed}</td>
                            <td>{words.saves}</td>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
        })
    })
    .into_any()
}

/// What stands there of a run that isn't of the design that is solved.
const ANOTHER: &str = "Solved is what is drawn; simulated is what ran, which was another design.";

/// The table.
pub fn beside(page: Page) -> AnyView {
    let classes = Memo::new(move |_| {
        page.classes.with(|classes| {
            classes
                .iter()
                .map(|class| (class.id, class.name.clone()))
                .collect::<Vec<_>>()
        })
    });
    // The frame of the moment that is looked back at.
    let then = Memo::new(move |_| page.run.frame.get().filter(|frame| frame.looking.is_some()));
    let rows = move || -> Arc<[(String, u32, Vec<Pair>)]> {
        let answer = page.answer.get();
        let Some(answer) = answer else {
            return Arc::from([]);
        };
        let report = &answer.report;
        let told = |id| match then.get() {
            Some(frame) => page.run.course.with(|course| {
                let course = course.as_ref();
                course.map(|course| pairs_then(report, &frame.picture, course, id))
            }),
            None => page.run.estimates.with(|estimates| {
                let estimates = estimates.as_ref();
                estimates.map(|estimates| pairs(report, estimates, id))
            }),
        };
        classes
            .get()
            .into_iter()
            .map(|(id, name)| {
                let pairs = told(id).unwrap_or_default();
                let of_another = !matches!(run_of(page), None | Some(RunOf::Drawn));
                let pairs = if of_another { uncompared(pairs) } else { pairs };
                (name, id.0, pairs)
            })
            .filter(|(_, _, pairs)| !pairs.is_empty())
            .collect()
    };
    let state = move || {
        if let Some(frame) = then.get() {
            return looked_at(page, &frame);
        }
        page.run.estimates.with(|estimates| match estimates {
            Some(estimates) => match run_of(page) {
                Some(RunOf::Before | RunOf::Both(_)) => ANOTHER.to_owned(),
                _ => standing(estimates, page.faults.with(Vec::len)),
            },
            None => {
                "Press play: the first estimates come with the first answered requests.".to_owned()
            }
        })
    };
    let reasons = move || {
        if then.get().is_some() {
            return Vec::new();
        }
        let apart = rows()
            .iter()
            .any(|(_, _, pairs)| pairs.iter().any(|pair| pair.verdict == Verdict::Apart));
        let (estimates, answer) = (page.run.estimates.get(), page.answer.get());
        match (apart, estimates, answer) {
            (true, Some(estimates), Some(answer)) => {
                let faults = page.faults.with(Vec::len);
                page.read(|scenario| doubts(&answer.report, scenario, &estimates, faults))
            }
            _ => Vec::new(),
        }
    };
    view! {
        <h3>"Theory and simulation"</h3>
        <p class="theory-standing" data-testid="theory-standing">{state}</p>
        {move || {
            let rows = rows();
            if rows.is_empty() {
                return ().into_any();
            }
            view! {
                <table class="theory-table">
                    <thead><tr><th scope="col">"Class"</th><th scope="col"></th><th scope="col">"solved"</th><th scope="col">{move || if then.get().is_some() { "then" } else { "simulated" }}</th><th scope="col">"apart"</th></tr></thead>
                    <tbody>
                        {rows.iter().flat_map(|(name, id, pairs)| {
                            let (name, id) = (name.clone(), *id);
                            pairs.iter().enumerate().map(move |(place, pair)| {
                                let name = if place == 0 { name.clone() } else { String::new() };
                                view! {
                                    <tr data-testid=format!("theory-{id}-{}", pair.figure) class:first=place == 0>
                                        <th scope="row">{name}</th>
                                        <td class="mute">{pair.figure}</td>
                                        <td>{pair.solved.clone()}</td>
                                        <td>{pair.simulated.clone()}</td>
                                        <td class=verdict_class(pair.verdict) title=pair.verdict.words()>{pair.apart.clone()}</td>
                                    </tr>
                                }
                            }).collect::<Vec<_>>()
                        }).collect_view()}
                    </tbody>
                </table>
            }
            .into_any()
        }}
        {pools(page)}
        {move || reasons().into_iter().map(|reason| view! { <p class="theory-doubt">{reason}</p> }).collect_view()}
    }
    .into_any()
}

/// Which moment the figures are of.
fn looked_at(page: Page, frame: &Frame) -> String {
    let pace = page.run.pace.get();
    let picture = &frame.picture;
    format!(
        "As it was at {}: {} from {} on, and percentiles of some more. A moment is no steady state.",
        clock(frame.looking.unwrap_or(frame.at), pace),
        time(Seconds(picture.seconds)),
        clock(picture.start, pace),
    )
}

fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agrees => "good",
        Verdict::Unsure => "mute",
        Verdict::Apart => "bad",
    }
}
