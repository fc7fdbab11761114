//! What would move a figure: changed designs, each solved, offered as a change to make; what is wrong with the document, and what the design
//! costs in every coin. All are found when the page is idle, a few designs at a time, so that typing never waits for them.

use super::dom;
use super::page::Page;
use super::solve::with_solver;
use super::ui::prelude::*;
use crate::display::unbroken;
use crate::editor::remedy;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::insight::{self, Bounds, Judge, Remedy, Search, Subject};
use loadscape_sim::scenario::{ComponentId, validate};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// Remedies shown at most.
const MOST: usize = 4;
/// How long the design has to stay as it is before remedies are looked for, in milliseconds.
const QUIET_MS: u32 = 250;
/// Milliseconds of solving before the page gets its turn.
const SLICE_MS: f64 = 8.0;

thread_local! {
    static GENERATION: Cell<u32> = const { Cell::new(0) };
    // The title of the document whose price is known.
    static PRICED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Looks for problems and remedies once the design has stopped changing.
pub fn request(page: Page) {
    let generation = GENERATION.get().wrapping_add(1);
    GENERATION.set(generation);
    // What was found for the design before stays to be read until there is better, so that nothing below it jumps.
    if !page.stale.get_untracked() {
        page.stale.set(true);
    }
    dom::later(QUIET_MS, move || {
        if GENERATION.get() != generation {
            return;
        }
        advise(page, generation);
    });
}

/// Looks for problems and remedies now.
fn advise(page: Page, generation: u32) {
    let problems = page.read(validate);
    if page.problems.with_untracked(|before| *before != problems) {
        page.problems.set(problems);
    }
    let Some(answer) = page.answer.get_untracked() else {
        return;
    };
    let bottleneck = answer.report.bottleneck.as_ref();
    let limits = bottleneck.map(|bottleneck| bottleneck.component);
    let wanted = move || GENERATION.get() == generation;
    price(page, &answer);
    seek(
        page,
        Subject::Bottleneck,
        None,
        answer,
        wanted,
        move |found, _| {
            page.remedies.set((limits, found));
            page.stale.set(false);
        },
    );
}

/// Finds what the design costs in every coin.
fn price(page: Page, answer: &Analysis) {
    let price = page.read(|scenario| insight::price(scenario, answer));
    let before = page.price.get_untracked();
    if before.as_deref() != Some(&price) {
        // Another document is no change of this one.
        let title = page.title.get_untracked();
        let is_other = PRICED.replace(title.clone()) != title;
        page.price_before.set(before.filter(|_| !is_other));
        page.price.set(Some(Arc::new(price)));
    }
}

/// Looks for what would move the subject, a slice at a time for as long as it is wanted, and hands it over with how many changes were tried; judged
/// by whoever has bounds of his own.
pub fn seek(
    page: Page,
    subject: Subject,
    judge: Option<Box<Judge<'static>>>,
    analysis: Arc<Analysis>,
    wanted: impl Fn() -> bool + 'static,
    found: impl FnOnce(Vec<Remedy>, usize) + 'static,
) {
    let search = page.read(|scenario| Search::begin(scenario, &analysis, subject));
    let sought = (search, judge);
    go_on(page, sought, analysis, Box::new(wanted), Box::new(found));
}

fn go_on(
    page: Page,
    (mut search, judge): (Search, Option<Box<Judge<'static>>>),
    analysis: Arc<Analysis>,
    wanted: Box<dyn Fn() -> bool>,
    found: Box<dyn FnOnce(Vec<Remedy>, usize)>,
) {
    if !wanted() {
        return;
    }
    let started = dom::now_ms();
    let mut more = true;
    while more && dom::now_ms() - started < SLICE_MS {
        more = page.read(|scenario| {
            let judge = judge.as_deref();
            with_solver(|solver| search.go_on_judged(solver, scenario, &analysis.report, judge))
        });
    }
    if more {
        let sought = (search, judge);
        dom::later(0, move || go_on(page, sought, analysis, wanted, found));
    } else {
        let tried = search.tried();
        found(search.finish(&analysis.report), tried);
    }
}

/// The remedies for this component, where it is the bottleneck.
pub fn list(page: Page, id: ComponentId) -> AnyView {
    let limits = Memo::new(move |_| {
        page.answer.with(|answer| {
            answer
                .as_ref()
                .and_then(|answer| answer.report.bottleneck.as_ref())
                .is_some_and(|bottleneck| bottleneck.component == id)
        })
    });
    (move || {
        let (of, remedies) = page.remedies.get();
        (limits.get() && of == Some(id) && !remedies.is_empty()).then(|| view! {
            <section class="section" class:stale=move || page.stale.get() data-testid="remedies">
                <h3>"What would move it"</h3>
                {remedies.into_iter().take(MOST).enumerate().map(|(index, remedy)| row(page, &format!("remedy-{index}"), remedy, page.stale, Length::Brief)).collect_view()}
            </section>
        })
    })
    .into_any()
}

/// How much is said of a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// What it costs; the rest when somebody points at it.
    Brief,
    /// Everything that changes.
    Full,
}

/// One of them, as a button that makes the change as one step; not while it is of a design that is no more.
pub fn row(
    page: Page,
    test_name: &str,
    remedy: Remedy,
    stale: RwSignal<bool>,
    length: Length,
) -> AnyView {
    let (title, gain, price) = (remedy.title.clone(), remedy.gain(), remedy.price());
    let (besides, rows) = (remedy.besides(), remedy.bounds.as_ref().map(Bounds::words));
    let (besides, hint) = match length {
        Length::Full if !besides.is_empty() => {
            (format!("{price}; {besides}"), "Make this change".to_owned())
        }
        Length::Brief if !besides.is_empty() => (price, format!("Make this change: {besides}")),
        _ => (price, "Make this change".to_owned()),
    };
    // One line of text goes on in the other, also for whoever hears it.
    let besides = match rows {
        Some(_) => format!("; {besides}"),
        None => besides,
    };
    let make = move |_| {
        if !stale.get_untracked() {
            page.try_act(|editor| remedy::make(editor, &remedy.title, &remedy.edit));
        }
    };
    view! {
        <button type="button" class="remedy" title=hint data-testid=test_name.to_owned() on:click=make>
            <span><b>{title}</b>{rows.map(|rows| view! { <small data-testid="remedy-rows">{unbroken(&rows)}</small> })}<small>{unbroken(&besides)}</small></span>
            <em>{unbroken(&gain)}</em>
        </button>
    }
    .into_any()
}
