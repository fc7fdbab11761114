//! A design that is pinned, and the present one beside it: figures, the parts that differ marked on the drawing, and either shown in the
//! other's place. What differs, and in which words, is [`crate::display::pinned`]'s affair.

mod aside;
mod kept;
mod runs;
mod strips;

pub use aside::{banner, own_while_shown};
pub use kept::make_room;

use super::css::moved_to;
use super::icons::icon;
use super::learn;
use super::page::{Page, Pinned};
use super::results;
use super::solve::with_solver;
use super::ui::follow;
use super::ui::prelude::*;
use crate::display::abreast;
use crate::display::pinned::{Design, Part, are_related, lines, links, objectives_met, parts};
use crate::display::price;
use crate::display::unbroken;
use crate::editor::Item;
use loadscape_sim::analysis::analyse_with;
use loadscape_sim::scenario::{Point, Scenario, write};
use loadscape_sim::steady::Precision;
use std::cell::Cell;
use std::sync::Arc;

/// Where it is kept.
const KEY: &str = "loadscape.pinned";

/// What can be done with a pinned design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Pins the present design, in place of what was pinned.
    Pin,
    /// Shows the pinned design in place of the present one, or goes back.
    Swap,
    /// Forgets it.
    Unpin,
}

/// Does that.
pub fn control(page: Page, control: Control) {
    match control {
        Control::Pin => {
            let kept = kept::keep(KEY, &page.read(write));
            hold(page, page.read(Clone::clone));
            page.compares.set(true);
            results::bring(page);
            page.announcement.set(
                if kept {
                    "Pinned: every change now stands beside this design."
                } else {
                    "Pinned until the page is reloaded: the browser keeps nothing for it."
                }
                .to_owned(),
            );
        }
        Control::Swap => aside::swap(page),
        Control::Unpin => {
            kept::forget(KEY);
            page.pinned.set(None);
            page.compares.set(false);
            page.announcement
                .set("Nothing is pinned any more.".to_owned());
        }
    }
}

/// What was pinned before the page was reloaded; or, in a tab that has just been opened, what was pinned last to what is drawn in it.
pub fn restore(page: Page) {
    if page.pinned.with_untracked(Option::is_some) {
        return;
    }
    if let Some(scenario) = kept::of_this_tab(KEY) {
        hold(page, scenario);
        return aside::restore(kept::of_this_tab);
    }
    if kept::knows(KEY) {
        return;
    }
    let Some(scenario) = kept::of_any_tab(KEY) else {
        return;
    };
    // The drawing may still be on its way.
    let waits = Cell::new(Some(scenario));
    follow(Box::new(move || {
        if page.node_ids.with(Vec::is_empty) {
            return;
        }
        let Some(scenario) = waits.take() else {
            return;
        };
        let own = kept::of_any_tab(aside::KEY);
        let is_of_it = page.read(|drawn| {
            are_related(&scenario, drawn) && own.as_ref().is_none_or(|own| are_related(own, drawn))
        });
        if is_of_it && page.pinned.with_untracked(Option::is_none) {
            kept::keep(KEY, &write(&scenario));
            hold(page, scenario);
            aside::restore(kept::of_any_tab);
        }
    }));
}

fn hold(page: Page, scenario: Scenario) {
    let analysis = with_solver(|solver| analyse_with(solver, &scenario, Precision::Fast));
    page.pinned
        .set(Some(Arc::new(Pinned { scenario, analysis })));
}

/// Whether the drawing is the pinned design at the moment.
fn is_shown(page: Page, pinned: &Pinned) -> bool {
    page.read(|scenario| *scenario == pinned.scenario)
}

/// The two side by side, as the results' page.
pub fn page(page: Page) -> AnyView {
    let price_then = Memo::new(move |_| {
        let pinned = page.pinned.get()?;
        Some(loadscape_sim::insight::price(
            &pinned.scenario,
            &pinned.analysis,
        ))
    });
    let rows = Memo::new(move |_| {
        let (pinned, answer) = (page.pinned.get(), page.answer.get());
        let (Some(pinned), Some(answer)) = (pinned, answer) else {
            return Vec::new();
        };
        let at_a_task = learn::at_the_task().is_some();
        let mut rows = page.read(|scenario| {
            let (pinned, now) = (
                Design {
                    scenario: &pinned.scenario,
                    report: &pinned.analysis.report,
                },
                Design {
                    scenario,
                    report: &answer.report,
                },
            );
            let mut rows = lines(pinned, now);
            // At a lesson's task its own rows count, and a run decides them.
            rows.extend(objectives_met(pinned, now).filter(|_| !at_a_task));
            rows.extend(abreast::rows(pinned, now));
            rows
        });
        // What else is paid for the change: money stands there already.
        page.price.with(|now| {
            price_then.with(|then| {
                let both = then.as_ref().zip(now.as_ref());
                let coins = both.map_or_else(Vec::new, |(then, now)| price::beside(then, now));
                let others = coins.into_iter();
                rows.extend(
                    others.filter(|row| row.label != price::COST && row.before != row.after),
                );
            });
        });
        rows
    });
    let differing = Memo::new(move |_| {
        page.answer.track();
        page.steps.track();
        page.pinned.get().map_or_else(Vec::new, |pinned| {
            page.read(|scenario| {
                let name = |id| {
                    let own = scenario.component(id);
                    own.map_or_else(String::new, |own| own.name.clone())
                };
                let own = parts(&pinned.scenario, scenario).into_iter();
                let parts = own.map(|(id, part)| match part {
                    Part::New => (Some(id), name(id), "new".to_owned()),
                    Part::Changed(words) => (Some(id), name(id), words.join(", ")),
                    Part::Gone(name, _) => (None, name, "gone".to_owned()),
                });
                let links = links(&pinned.scenario, scenario).into_iter();
                parts
                    .chain(links.map(|words| (None, "Link".to_owned(), words)))
                    .collect::<Vec<_>>()
            })
        })
    });
    let another = Memo::new(move |_| {
        page.steps.track();
        (page.pinned.get())
            .is_some_and(|pinned| page.read(|now| !are_related(&pinned.scenario, now)))
    });
    let shown = aside::is_away;
    view! {
        <div class="compare" data-testid="compare">
            <section class="scrolls results-page" aria-label="Pinned and now">
                <table>
                    <thead><tr><th>"Figure"</th><th>"Pinned"</th><th>"Now"</th><th>"Difference"</th></tr></thead>
                    <tbody>
                        {move || rows.get().into_iter().map(|line| {
                            let (class, mark) = match line.better {
                                Some(true) => ("good", " better"),
                                Some(false) => ("bad", " worse"),
                                None => ("mute", ""),
                            };
                            view! {
                                <tr>
                                    <td>{line.label}</td>
                                    <td class="number">{unbroken(&line.before)}</td>
                                    <td class="number"><b>{unbroken(&line.after)}</b></td>
                                    <td class=format!("number {class}")>{unbroken(&line.change)}{mark}</td>
                                </tr>
                            }
                        }).collect_view()}
                    </tbody>
                </table>
                <p class="mute">"Both under the steady state, each at its own load."</p>
                {runs::section(page)}
            </section>
            <section class="scrolls" aria-label="What differs">
                <div class="compare-actions">
                    <button type="button" class="button" data-testid="pinned-swap" aria-pressed=move || shown().to_string() on:click=move |_| control(page, Control::Swap)>{move || if shown() { "Back to your design" } else { "Show the pinned design" }}<span class="by-keys">"(J)"</span></button>
                    <button type="button" class="button" data-testid="pinned-again" on:click=move |_| control(page, Control::Pin)>"Pin this one instead"<span class="by-keys">"(K)"</span></button>
                    {strips::toggle()}
                    <button type="button" class="icon-button" aria-label="Unpin" title="Unpin" data-testid="unpin" on:click=move |_| control(page, Control::Unpin)>{icon("close")}</button>
                </div>
                {move || another.get().then(|| view! { <p class="mute" data-testid="compare-another">"Another drawing was opened since: only parts of the same kind and name count as the same."</p> })}
                {move || {
                    let differing = differing.get();
                    if differing.is_empty() {
                        return view! { <p class="empty" data-testid="compare-same">"Nothing differs yet. What you change from here on is marked on the drawing and compared here."</p> }.into_any();
                    }
                    view! {
                        <ul class="compare-parts" data-testid="compare-parts">
                            {differing.into_iter().map(|(id, name, words)| view! {
                                <li>
                                    {match id {
                                        Some(id) => view! { <button type="button" class="link" on:click=move |_| { page.select(Some(Item::Component(id))); page.act(|editor| editor.reveal_component(id)); }>{name}</button> }.into_any(),
                                        None => view! { <b>{name}</b> }.into_any(),
                                    }}
                                    <span>{unbroken(&words)}</span>
                                </li>
                            }).collect_view()}
                        </ul>
                    }.into_any()
                }}
            </section>
        </div>
    }
    .into_any()
}

/// On the drawing: the parts that differ, with a word each, and where parts were that are gone.
pub fn ghosts(page: Page) -> AnyView {
    restore(page);
    let marks = Memo::new(move |_| {
        page.steps.track();
        page.node_ids.track();
        page.pinned.get().map_or_else(Vec::new, |pinned| {
            page.read(|scenario| {
                // On another drawing everything would be marked, and nothing said by it.
                if are_related(&pinned.scenario, scenario) {
                    parts(&pinned.scenario, scenario)
                } else {
                    Vec::new()
                }
            })
        })
    });
    let marked = move || {
        marks.get().into_iter().map(|(id, part)| {
            let (class, word, place) = match part {
                Part::New => ("ghost new", "new".to_owned(), None),
                Part::Changed(_) => ("ghost", "changed".to_owned(), None),
                Part::Gone(name, place) => ("ghost gone", format!("{name}: gone"), Some(place)),
            };
            let follows = page.node(id).filter(|_| place.is_none()).map(|node| node.position);
            let at = move || -> Point {
                follows.as_ref().map_or_else(|| place.unwrap_or_default(), |follows| follows.get())
            };
            view! {
                <div class=class aria-hidden="true" data-testid=format!("ghost-{id}") style:transform=move || moved_to(at())>
                    <span class="ghost-word">{word}</span>
                </div>
            }
        }).collect_view()
    };
    view! { {marked}{strips::strips(page)} }.into_any()
}
