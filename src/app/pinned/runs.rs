//! The pinned design and the present one run in pairs under the same random numbers, aside from what is drawn. What the pairs show is
//! [`crate::display::paired`]'s to say.

use super::super::css::percent;
use super::super::page::Page;
use super::super::run::trial;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use crate::display::paired::{Verdict, rows, to_run};
use crate::display::unbroken;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::lesson::Seen;
use loadscape_sim::scenario::Scenario;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// Pairs that are run.
const PAIRS: usize = 10;

/// Both designs, and what has been seen of them so far.
pub struct Pairs {
    then: (Scenario, Arc<Analysis>),
    now: (Scenario, Arc<Analysis>),
    per_second: f64,
    pub seen: (Vec<Seen>, Vec<Seen>),
}

/// How far the pairs are.
#[derive(Clone)]
enum Stand {
    /// Nobody has asked for them.
    Unasked,
    /// So many are run.
    Running(usize),
    /// They are all run.
    Done(Rc<Pairs>),
    /// They couldn't be.
    Failed,
}

thread_local! {
    // Pairs of designs that have been changed since, or that nobody waits for any more, say nothing.
    static TURN: Cell<u32> = const { Cell::new(0) };
    // The last pairs that were all run.
    static DONE: ArcRwSignal<Option<Rc<Pairs>>> = ArcRwSignal::new(None);
}

fn give_up() {
    TURN.set(TURN.get().wrapping_add(1));
}

/// The pairs that were run of exactly what is pinned and what is drawn.
pub fn done(page: Page) -> Option<Rc<Pairs>> {
    let pairs = DONE.with(ArcRwSignal::get)?;
    let pinned = page.pinned.get()?;
    page.steps.track();
    let are_these = pairs.then.0 == pinned.scenario && page.read(|drawn| *drawn == pairs.now.0);
    are_these.then_some(pairs)
}

/// Asks for the pairs, says how far they are, and what they show.
pub fn section(page: Page) -> AnyView {
    let stand = ArcRwSignal::new(Stand::Unasked);
    let (shown, reset) = (stand.clone(), stand);
    follow(Box::new(move || {
        page.pinned.track();
        page.answer.track();
        give_up();
        reset.set(done(page).map_or(Stand::Unasked, Stand::Done));
    }));
    on_cleanup(give_up);
    (move || match shown.get() {
        Stand::Unasked => {
            let stand = shown.clone();
            view! {
                <p class="compare-pairs">
                    <button type="button" class="button" data-testid="compare-run" on:click=move |_| begin(page, &stand)>"Run both in pairs"</button>
                    <span class="mute">{format!("{PAIRS} runs of each, the same chance for both")}</span>
                </p>
            }
        }
        Stand::Running(done) => {
            let stand = shown.clone();
            let cancel = move |_| {
                give_up();
                stand.set(Stand::Unasked);
            };
            view! {
                <p class="compare-pairs">
                    <span class="lesson-bar" role="progressbar" aria-label="Runs in pairs" aria-valuenow=format!("{done}") aria-valuemax=format!("{PAIRS}")><i style:width=percent(done as f64 / PAIRS as f64)></i></span>
                    <span class="mute">{format!("{done} of {PAIRS}")}</span>
                    <button type="button" class="button" data-testid="compare-cancel" on:click=cancel>"Cancel"</button>
                </p>
            }
        }
        Stand::Failed => view! { <p class="mute" data-testid="compare-pairs">"The runs could not be made: this browser started no thread for them, or the page lost its connection. Change something, then ask again."</p> },
        Stand::Done(pairs) => table(&pairs),
    })
    .into_any()
}

fn begin(page: Page, stand: &ArcRwSignal<Stand>) {
    let (Some(pinned), Some(answer)) = (page.pinned.get_untracked(), page.answer.get_untracked())
    else {
        return;
    };
    let rates = answer.report.classes.iter().map(|class| class.offered.0);
    let pairs = Pairs {
        per_second: rates.sum(),
        then: (pinned.scenario.clone(), Arc::new(pinned.analysis.clone())),
        now: (page.read(Scenario::clone), answer),
        seen: (Vec::new(), Vec::new()),
    };
    go_on(pairs, stand.clone(), TURN.get());
}

/// Runs the next of the pairs, one design after the other.
fn go_on(mut pairs: Pairs, stand: ArcRwSignal<Stand>, own: u32) {
    if TURN.get() != own {
        return;
    }
    let done = pairs.seen.1.len();
    if done == PAIRS {
        let pairs = Rc::new(pairs);
        DONE.with(|done| done.set(Some(pairs.clone())));
        return stand.set(Stand::Done(pairs));
    }
    stand.set(Stand::Running(done));
    let is_first = pairs.seen.0.len() == done;
    let (design, analysis) = if is_first { &pairs.then } else { &pairs.now };
    // A seed a pair, counted on from the design's own.
    let seed = pairs.now.0.run.seed.wrapping_add(done as u64);
    let design = to_run(design, seed, pairs.per_second);
    let analysis = analysis.clone();
    trial(&design, &analysis, move |seen| {
        let Some(seen) = seen else {
            if TURN.get() == own {
                stand.set(Stand::Failed);
            }
            return;
        };
        if is_first {
            pairs.seen.0.push(seen);
        } else {
            pairs.seen.1.push(seen);
        }
        go_on(pairs, stand, own);
    });
}

fn table(pairs: &Pairs) -> AnyView {
    let rows = rows(
        (&pairs.then.0, &pairs.seen.0),
        (&pairs.now.0, &pairs.seen.1),
    );
    view! {
        <table data-testid="compare-pairs">
            <thead><tr><th>"By simulation"</th><th>"Pinned"</th><th>"Now"</th><th>"Difference"</th></tr></thead>
            <tbody>
                {rows.into_iter().map(|row| {
                    let class = match row.verdict {
                        Verdict::Better => "good",
                        Verdict::Worse => "bad",
                        Verdict::Same | Verdict::Chance | Verdict::Incomparable => "mute",
                    };
                    view! {
                        <tr>
                            <td>{row.what}</td>
                            <td class="number">{unbroken(&row.then)}</td>
                            <td class="number"><b>{unbroken(&row.now)}</b></td>
                            <td class=format!("number {class}")>{unbroken(&row.difference)}" "{row.says}</td>
                        </tr>
                    }
                }).collect_view()}
            </tbody>
        </table>
        <p class="mute">{format!("{PAIRS} whole runs of each from an empty system, in pairs of one seed; ± is the 95 % interval of the difference.")}</p>
    }
}
