//! The results below the drawing: what gets through, how fast, where the time goes, what it costs, and what the numbers rest on.

mod chart;
mod load_chart;
mod names;
mod overview;
mod pages;
mod percentiles;
pub mod plot;
mod price;
mod what_if;

use super::dom;
use super::icons::icon;
use super::later;
use super::learn;
use super::page::{Drawer, Page};
use super::run;
use super::sheet::sheet;
use super::ui::follow;
use super::ui::prelude::*;
use crate::display::price::Coin;
use crate::display::run::stands_out;
use crate::editor::Item;
use loadscape_sim::insight::Subject;
use loadscape_sim::quantities::{percent, rate, share};
use loadscape_sim::report::Standing;

pub use pages::target_words;
pub use plot::probes;

/// The pages of the results.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tab {
    Overview,
    Objectives,
    Assumptions,
    Run,
    WhatIf,
    Why,
    Price,
    Compare,
}

/// The results.
pub fn results(page: Page) -> AnyView {
    let empty = Memo::new(move |_| page.node_ids.with(Vec::is_empty));
    view! {
        <section class="panel results" class:folded=move || page.folded.get() || empty.get() class:open=move || page.drawer.get() == Some(Drawer::Results) aria-label="Results" data-testid="results">
            {move || if empty.get() { first(page) } else { later::view(page, first, move |later| (later.results)(page)) }}
        </section>
    }
    .into_any()
}

/// What stands there while nothing is drawn.
fn first(_: Page) -> AnyView {
    instead(NOTHING_SENT)
}

fn instead(words: &'static str) -> AnyView {
    view! {
        <div class="results-bar">
            <span class="tab" aria-selected="true">"Results"</span>
            <p class="headline">{words}</p>
        </div>
    }
    .into_any()
}

/// Instead of results.
const NOTHING_SENT: &str = "Nobody sends anything yet. Place clients and link them to something.";

/// The same while a lesson waits for a bet on them.
const BET_FIRST: &str = "What comes out is shown once your bet is placed.";

/// Brings the results into sight. Where they always stand below the drawing, a drawer beside it stays: it may be what they were asked from.
pub fn bring(page: Page) {
    begin_at_the_top();
    page.folded.set(false);
    if sheet().is_some() {
        page.drawer.set(Some(Drawer::Results));
    }
}

/// On a phone whole pages are scrolled, and what-if on other narrow screens, too; another one is read from its beginning.
fn begin_at_the_top() {
    for scrolled in [".results-body", ".what-if"] {
        if let Ok(Some(scrolled)) = dom::document().query_selector(scrolled) {
            scrolled.set_scroll_top(0);
        }
    }
}

/// What stands in the results.
pub fn contents(page: Page) -> AnyView {
    let awaits_bet = Memo::new(|_| learn::awaits_bet());
    (move || {
        if awaits_bet.get() {
            instead(BET_FIRST)
        } else {
            whole(page)
        }
    })
    .into_any()
}

fn whole(page: Page) -> AnyView {
    let tab = RwSignal::new(Tab::Overview);
    let coin = RwSignal::new(Coin::Money);
    // A run is shown when it begins, and what stood there before when it has ended.
    follow(Box::new(move || {
        let (runs, shown) = (page.run.open.get(), tab.get_untracked());
        match (runs, shown) {
            (true, _) => tab.set(Tab::Run),
            (false, Tab::Run) => tab.set(Tab::Overview),
            (false, _) => {}
        }
    }));
    // Where there isn't room for all, the one that is shown is in sight.
    follow(Box::new(move || {
        tab.track();
        begin_at_the_top();
        dom::next_frame(|| {
            let chosen = ".results-bar [role=tab][aria-selected=true]";
            if let Ok(Some(chosen)) = dom::document().query_selector(chosen) {
                dom::bring_into_view(&chosen);
            }
        });
    }));
    // A row that is taken away while it is looked at points at nothing any more.
    follow(Box::new(move || {
        tab.track();
        coin.track();
        page.point(&[]);
    }));
    // Whoever asks what if wants to see it.
    follow(Box::new(move || {
        let asked = page.what_if.get().is_some();
        if asked {
            // Another setting on the same page leaves it, and the focus, where they are.
            if tab.get_untracked() != Tab::WhatIf {
                tab.set(Tab::WhatIf);
            }
            page.folded.set(false);
        } else if tab.get_untracked() == Tab::WhatIf {
            tab.set(Tab::Overview);
        }
    }));
    follow(Box::new(move || {
        let asked = page.why.get().is_some();
        if asked {
            tab.set(Tab::Why);
            page.folded.set(false);
        } else if tab.get_untracked() == Tab::Why {
            tab.set(Tab::Overview);
        }
    }));
    follow(Box::new(move || {
        let (pinned, compares) = (page.pinned.get().is_some(), page.compares.get());
        if pinned && compares {
            tab.set(Tab::Compare);
            // Once asked for, it is left for other pages as any other.
            page.compares.set(false);
        } else if !pinned && tab.get_untracked() == Tab::Compare {
            tab.set(Tab::Overview);
        }
    }));
    let is_old = learn::is_old(page);
    let missed = Memo::new(move |_| pages::kept(page, is_old));
    let doubtful = Memo::new(move |_| {
        page.answer.with(|answer| {
            answer.as_ref().map_or((0, 0), |answer| {
                let all = pages::alike(answer.report.assumptions.clone());
                let doubtful = all
                    .iter()
                    .filter(|alike| alike[0].standing == Standing::Doubtful);
                (doubtful.count(), all.len())
            })
        })
    });
    let button = move |which: Tab, label: &'static str, mark: Signal<(String, &'static str)>| {
        view! {
            <button
                type="button"
                class="tab"
                role="tab"
                aria-selected=move || (tab.get() == which).to_string()
                data-testid=format!("tab-{}", label.to_lowercase())
                on:click=move |_| { tab.set(which); page.folded.set(false); }
            >
                {label}
                <span class=move || format!("mark {}", mark.get().1)>{move || mark.get().0}</span>
            </button>
        }
    };
    let objectives_mark = Signal::derive(move || match missed.get() {
        (_, 0) => (String::new(), ""),
        (met, all) => (
            format!("{met}/{all}"),
            if met == all { "good" } else { "bad" },
        ),
    });
    let assumptions_mark = Signal::derive(move || match doubtful.get() {
        (0, 0) => (String::new(), ""),
        (0, all) => (all.to_string(), "mute"),
        (doubtful, _) => (format!("{doubtful} doubtful"), "fair"),
    });
    view! {
            <div class="results-bar">
                <div role="tablist" aria-label="Results">
                    {move || page.run.open.get().then(|| button(Tab::Run, "Run", Signal::derive(|| (String::new(), ""))))}
                    {button(Tab::Overview, "Results", Signal::derive(|| (String::new(), "")))}
                    {button(Tab::Objectives, "Objectives", objectives_mark)}
                    {button(Tab::Price, "Price", Signal::derive(|| (String::new(), "")))}
                    {button(Tab::Assumptions, "Assumptions", assumptions_mark)}
                    {move || page.pinned.get().is_some().then(|| button(Tab::Compare, "Compare", Signal::derive(|| (String::new(), ""))))}
                    {move || page.why.get().is_some().then(|| button(Tab::Why, "Why", Signal::derive(|| (String::new(), ""))))}
                    {move || page.what_if.get().is_some().then(|| button(Tab::WhatIf, "What-if", Signal::derive(|| (String::new(), ""))))}
                </div>
                {headline(page)}
                {move || page.pinned.get().is_none().then(|| view! {
                    <button type="button" class="button pin" title="Pin this design: every change then stands beside it (K)" data-testid="pin" on:click=move |_| super::pinned::control(page, super::pinned::Control::Pin)>"Pin"<span class="wide">"to compare"</span></button>
                })}
                <button type="button" class="icon-button fold" aria-label="Fold the results" aria-expanded=move || (!page.folded.get()).to_string() title="Fold or unfold" data-testid="fold" on:click=move |_| page.folded.update(|folded| *folded = !*folded)>
                    {move || icon(if page.folded.get() { "up" } else { "down" })}
                </button>
            </div>
            {price::strip(page, coin, Signal::derive(move || tab.get() == Tab::Price), move |chosen| {
                coin.set(chosen);
                tab.set(Tab::Price);
                page.folded.set(false);
            })}
            <div class="results-body">
                {move || match tab.get() {
                    Tab::Overview => overview::overview(page),
                    Tab::Objectives => pages::objectives(page),
                    Tab::Assumptions => pages::assumptions(page),
                    Tab::Run => super::run::contents(page),
                    Tab::WhatIf => what_if::page(page),
                    Tab::Why => super::why::page(page),
                    Tab::Price => price::page(page, coin.get()),
                    Tab::Compare => super::pinned::page(page),
                }}
            </div>
    }
    .into_any()
}

/// The answer in a line: what gives way first, how far away that is, and what comes next.
fn headline(page: Page) -> AnyView {
    let words = move || {
        page.answer.with(|answer| {
            let report = &answer.as_ref()?.report;
            let first = report.bottleneck.as_ref()?;
            let name = |id| {
                page.read(|scenario| {
                    scenario
                        .component(id)
                        .map(|component| component.name.clone())
                        .unwrap_or_default()
                })
            };
            let next = report.next_bottleneck.as_ref().map(|next| {
                format!(
                    "then {} at {}",
                    name(next.component),
                    rate(next.saturates_at)
                )
            });
            // The drawing shows how busy today's instances are, which of an autoscaled part isn't how much of its most is in use.
            let stations = &report.stations;
            let busy = stations
                .iter()
                .find(|station| station.station == first.station)
                .map_or(first.utilisation, |station| station.busiest_utilisation);
            let (verb, figure) = if first.utilisation >= 1.0 {
                (
                    "Saturated: ",
                    format!("asked for {} of what it can do", share(first.utilisation)),
                )
            } else {
                (
                    "Bottleneck: ",
                    format!(
                        "{} busy, full at {}",
                        percent(busy),
                        rate(first.saturates_at)
                    ),
                )
            };
            Some((
                verb,
                first.component,
                name(first.component),
                figure,
                next,
                first.utilisation >= 1.0,
            ))
        })
    };
    // While something runs, what is seen of it; theory's word is on the page of results.
    let seen = Memo::new(move |_| {
        page.run.frame.with(|frame| {
            let frame = frame.as_ref().filter(|_| run::shows(page))?;
            let own = stands_out(&frame.picture)?;
            let id = own.component;
            let name =
                page.read(|scenario| scenario.component(id).map(|part| part.name.clone()))?;
            let verb = own.how.words(frame.looking.is_some());
            Some((verb, id, name, own.words, None, own.fails))
        })
    });
    let words = move || {
        if run::shows(page) {
            seen.get()
        } else {
            words()
        }
    };
    // Nobody can listen to what changes all the time.
    let live = move || if run::shows(page) { "off" } else { "polite" };
    view! {
        <p class="headline" data-testid="headline" aria-live=live>
            {move || words().map(|(verb, id, name, figure, next, saturated)| view! {
                <span class:bad=saturated>{verb}</span>
                <button type="button" class="link" on:click=move |_| { page.select(Some(Item::Component(id))); page.act(|editor| editor.reveal_component(id)); }>{name}</button>
                <span>{figure}{next.map(|next| format!(", {next}"))}</span>
                {super::why::button(page, Subject::Bottleneck, "what limits the design".to_owned())}
            })}
        </p>
    }
    .into_any()
}
