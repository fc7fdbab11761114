//! What would move the bottleneck: changed designs, each solved, offered as a change to make; and what is wrong with the document.
//! Both are found when the page is idle.

use super::dom;
use super::page::Page;
use super::ui::prelude::*;
use crate::editor::Change;
use loadscape_sim::insight::{self, Edit, Remedy};
use loadscape_sim::scenario::{ComponentId, validate};
use std::cell::Cell;

/// Remedies shown at most.
const MOST: usize = 4;
/// How long the design has to stay as it is before remedies are looked for, in milliseconds.
const QUIET_MS: u32 = 250;

thread_local! {
    static GENERATION: Cell<u32> = const { Cell::new(0) };
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
        advise(page);
    });
}

/// Looks for problems and remedies now.
fn advise(page: Page) {
    let Some(answer) = page.answer.get_untracked() else {
        return;
    };
    let problems = page.read(validate);
    if page.problems.with_untracked(|before| *before != problems) {
        page.problems.set(problems);
    }
    let found = page.read(|scenario| insight::remedies(scenario, &answer.report));
    let bottleneck = answer.report.bottleneck.as_ref();
    let limits = bottleneck.map(|bottleneck| bottleneck.component);
    page.remedies.set((limits, found));
    page.stale.set(false);
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
                {remedies.into_iter().take(MOST).enumerate().map(|(index, remedy)| row(page, index, remedy)).collect_view()}
            </section>
        })
    })
    .into_any()
}

fn row(page: Page, index: usize, remedy: Remedy) -> AnyView {
    let (title, gain, price) = (remedy.title.clone(), remedy.gain(), remedy.price());
    view! {
        <button type="button" class="remedy" title="Make this change" data-testid=format!("remedy-{index}") on:click=move |_| make(page, &remedy)>
            <span><b>{title}</b><small>{price}</small></span>
            <em>{gain}</em>
        </button>
    }
    .into_any()
}

fn make(page: Page, remedy: &Remedy) {
    if page.stale.get_untracked() {
        return;
    }
    let changes = match &remedy.edit {
        Edit::Set {
            component,
            parameter,
            value,
        } => vec![Change::SetParameter {
            component: *component,
            parameter: *parameter,
            value: Some(*value),
        }],
        Edit::Add { component, links } => {
            let (parts, lines) =
                page.read(|scenario| (scenario.components.len(), scenario.links.len()));
            let added = Change::InsertComponent {
                index: parts,
                component: Box::new(component.clone()),
            };
            let links = links
                .iter()
                .enumerate()
                .map(|(index, link)| Change::InsertLink {
                    index: lines + index,
                    link: link.clone(),
                });
            std::iter::once(added).chain(links).collect()
        }
    };
    page.change_all(&remedy.title, changes);
}
