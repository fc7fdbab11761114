//! The pinned design and the present one run in pairs under the same random numbers, aside from what is drawn. What the pairs show is
//! [`crate::display::paired`]'s to say.

use super::super::css::percent;
use super::super::page::Page;
use super::super::run::trial_while;
use super::super::solve;
use super::super::ui::prelude::*;
use crate::display::paired::{Verdict, rows, runs_alike, to_run};
use crate::display::unbroken;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::lesson::Seen;
use loadscape_sim::scenario::Scenario;
use std::rc::Rc;
use std::sync::Arc;

/// Pairs that are run.
const PAIRS: usize = 10;

/// Fewer pairs than these have no interval.
const ENOUGH: usize = 2;

/// Both designs.
struct Designs {
    then: (Scenario, Arc<Analysis>),
    now: (Scenario, Arc<Analysis>),
    per_second: f64,
}

impl Designs {
    /// Whether they are what is pinned and what is drawn. Who reads this in a view is told when they aren't any more.
    fn are_these(&self, page: Page) -> bool {
        page.steps.track();
        (page.pinned.get()).is_some_and(|pinned| runs_alike(&self.then.0, &pinned.scenario))
            && page.read(|drawn| runs_alike(&self.now.0, drawn))
    }
}

/// Both designs, and what has been seen of each of them, a run a pair.
#[derive(Clone)]
pub struct Pairs {
    designs: Rc<Designs>,
    pub seen: (Vec<Seen>, Vec<Seen>),
}

/// How far the pairs are.
#[derive(Clone)]
enum Stand {
    /// Nobody has asked for any, or nobody waits for them any more.
    Unasked,
    /// So many are run.
    Running(Pairs),
    /// They are all run.
    Done(Pairs),
    /// These couldn't be.
    Failed(Rc<Designs>),
}

impl Stand {
    fn designs(&self) -> Option<&Rc<Designs>> {
        match self {
            Stand::Unasked => None,
            Stand::Running(pairs) | Stand::Done(pairs) => Some(&pairs.designs),
            Stand::Failed(designs) => Some(designs),
        }
    }
}

thread_local! {
    // One for the whole page: a tab that is closed meanwhile, and an answer that says the same again, stop nothing.
    static STAND: ArcRwSignal<Stand> = ArcRwSignal::new(Stand::Unasked);
}

fn stand() -> ArcRwSignal<Stand> {
    STAND.with(Clone::clone)
}

/// How far the pairs are of exactly what is pinned and what is drawn.
fn of_these(page: Page) -> Stand {
    let stand = stand().get();
    let are_these = (stand.designs()).is_some_and(|designs| designs.are_these(page));
    if are_these { stand } else { Stand::Unasked }
}

/// Whether exactly these are still being run, and of what is pinned and drawn.
fn wanted(page: Page, designs: &Rc<Designs>) -> bool {
    let is_own = stand().with_untracked(
        |stand| matches!(stand, Stand::Running(pairs) if Rc::ptr_eq(&pairs.designs, designs)),
    );
    is_own && designs.are_these(page)
}

/// The pairs that were run by now of exactly what is pinned and what is drawn, once there are enough to say anything.
pub fn so_far(page: Page) -> Option<Pairs> {
    match of_these(page) {
        Stand::Running(pairs) | Stand::Done(pairs) if pairs.seen.1.len() >= ENOUGH => Some(pairs),
        _ => None,
    }
}

/// Asks for the pairs, says how far they are, and what they show.
pub fn section(page: Page) -> AnyView {
    (move || match of_these(page) {
        Stand::Unasked => view! {
            <p class="compare-pairs">
                <button type="button" class="button" data-testid="compare-run" on:click=move |_| begin(page)>"Run both in pairs"</button>
                <span class="mute">{format!("{PAIRS} runs of each, the same chance for both")}</span>
            </p>
        },
        Stand::Running(pairs) => {
            let done = pairs.seen.1.len();
            view! {
                <p class="compare-pairs">
                    <span class="lesson-bar" role="progressbar" aria-label="Runs in pairs" aria-valuenow=format!("{done}") aria-valuemax=format!("{PAIRS}")><i style:width=percent(done as f64 / PAIRS as f64)></i></span>
                    <span class="mute">{format!("{done} of {PAIRS}")}</span>
                    <button type="button" class="button" data-testid="compare-cancel" on:click=move |_| stand().set(Stand::Unasked)>"Cancel"</button>
                </p>
            }
        }
        Stand::Failed(_) => view! { <p class="mute" data-testid="compare-pairs">"The runs could not be made: this browser started no thread for them, or the page lost its connection. Change something, then ask again."</p> },
        Stand::Done(pairs) => table(&pairs),
    })
    .into_any()
}

fn begin(page: Page) {
    let (Some(pinned), Some(answer)) = (page.pinned.get_untracked(), solve::answer(page)) else {
        return;
    };
    let rates = answer.report.classes.iter().map(|class| class.offered.0);
    let pairs = Pairs {
        designs: Rc::new(Designs {
            per_second: rates.sum(),
            then: (pinned.scenario.clone(), Arc::new(pinned.analysis.clone())),
            now: (page.read(Scenario::clone), answer),
        }),
        seen: (Vec::new(), Vec::new()),
    };
    stand().set(Stand::Running(pairs.clone()));
    go_on(page, pairs);
}

/// Runs the next of the pairs, one design after the other, for as long as they are wanted.
fn go_on(page: Page, mut pairs: Pairs) {
    let done = pairs.seen.1.len();
    if done == PAIRS {
        return stand().set(Stand::Done(pairs));
    }
    let designs = pairs.designs.clone();
    let is_first = pairs.seen.0.len() == done;
    let (design, analysis) = if is_first {
        &designs.then
    } else {
        &designs.now
    };
    // A seed a pair, counted on from the design's own.
    let seed = designs.now.0.run.seed.wrapping_add(done as u64);
    let design = to_run(design, seed, designs.per_second);
    let still = designs.clone();
    trial_while(
        &design,
        analysis,
        move || wanted(page, &still),
        move |seen| {
            if !wanted(page, &pairs.designs) {
                return;
            }
            let Some(seen) = seen else {
                return stand().set(Stand::Failed(pairs.designs));
            };
            if is_first {
                pairs.seen.0.push(seen);
            } else {
                pairs.seen.1.push(seen);
                stand().set(Stand::Running(pairs.clone()));
            }
            go_on(page, pairs);
        },
    );
}

fn table(pairs: &Pairs) -> AnyView {
    let (then, now) = (&pairs.designs.then.0, &pairs.designs.now.0);
    let rows = rows((then, &pairs.seen.0), (now, &pairs.seen.1));
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
