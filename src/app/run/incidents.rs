//! The menu of named incidents, and what happens when one is tried. What each comes to is `display::incidents`' to say.

use super::super::dialog;
use super::super::page::Page;
use super::super::results;
use super::super::ui::prelude::*;
use super::Control;
use crate::display::incidents::{self, Entry};
use loadscape_sim::incident::named;
use web_sys::KeyboardEvent;

const NO_ANSWER: &str = "Nobody sends anything yet: there is nothing to break.";

/// Every incident on the drawing as it is; none before there is an answer.
pub fn entries(page: Page) -> Vec<Entry> {
    let selection = page.selection.get_untracked();
    page.answer.get_untracked().map_or_else(Vec::new, |answer| {
        page.read(|scenario| incidents::entries(scenario, &answer, &selection))
    })
}

/// Puts an incident into the document, as one step, and plays it from the beginning of a run, where its verdict is seen.
pub fn try_it(page: Page, id: &str) {
    let (Some(incident), Some(answer)) = (named(id), page.answer.get_untracked()) else {
        return dialog::tell(page, NO_ANSWER, true);
    };
    let selection = page.selection.get_untracked();
    let changes = page.read(|scenario| incidents::changes(incident, scenario, &answer, &selection));
    match changes {
        Err(why) => dialog::tell(page, format!("{}: {why}", incident.name), true),
        Ok(changes) => {
            page.change_all(&format!("Try {}", incident.name), changes);
            super::control(page, Control::Restart);
            results::bring(page);
            page.announcement.set(format!(
                "{} is in the drawing. The run plays it from the beginning; the run's page says what becomes of it.",
                incident.name
            ));
        }
    }
}

/// The menu: found by typing, chosen by arrows or a press.
pub fn dialog(page: Page) -> AnyView {
    let all = StoredValue::new(entries(page));
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let words: Vec<String> = query
            .read()
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        all.with_value(|all| {
            (0..all.len())
                .filter(|index| all[*index].matches(&words))
                .collect::<Vec<_>>()
        })
    });
    let choose = move |index: usize| {
        let id = all.with_value(|all| {
            let entry = all.get(index)?;
            entry.here.is_ok().then_some(entry.id)
        });
        if let Some(id) = id {
            dialog::close(page);
            try_it(page, id);
        }
    };
    let keys =
        move |event: KeyboardEvent| dialog::list_keys(&event, at, found, ".incident-list", &choose);
    let rows = move || {
        let mut group = "";
        let mut rows = Vec::new();
        for (place, index) in found.get().into_iter().enumerate() {
            let entry = all.with_value(|all| all[index].clone());
            if entry.group != group {
                group = entry.group;
                rows.push(
                    view! { <h3 class="incident-group" role="presentation">{group}</h3> }
                        .into_any(),
                );
            }
            let unavailable = entry.here.is_err();
            let here = match entry.here {
                Ok(words) => words,
                Err(why) => format!("Not here: {why}"),
            };
            rows.push(
                view! {
                    <button
                        type="button"
                        class="incident"
                        class:unavailable=unavailable
                        role="option"
                        tabindex="-1"
                        id=format!("incident-{place}")
                        aria-selected=move || (at.get() == place).to_string()
                        aria-disabled=unavailable.to_string()
                        data-testid=format!("incident-{}", entry.id)
                        on:pointermove=move |_| if at.get_untracked() != place { at.set(place) }
                        on:click=move |_| choose(index)
                    >
                        <b>{entry.name}</b>
                        <span>{entry.happens}</span>
                        <span class="incident-watch">"Watch: "{entry.watch}</span>
                        <span class="incident-here">{here}</span>
                    </button>
                }
                .into_any(),
            );
        }
        rows
    };
    let nothing = move || {
        if all.with_value(Vec::is_empty) {
            Some(NO_ANSWER)
        } else {
            found
                .with(Vec::is_empty)
                .then_some("No incident is called that.")
        }
    };
    view! {
        <div class="dialog incidents" role="dialog" aria-modal="true" aria-label="Try an incident" data-testid="incidents">
            <input
                class="command-field"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="incident-list"
                aria-activedescendant=move || format!("incident-{}", at.get())
                placeholder="What is to go wrong?"
                aria-label="Find an incident"
                autocomplete="off"
                spellcheck="false"
                data-testid="incident-field"
                prop:value=move || query.get()
                on:input:target=move |event| { query.set(event.target().value()); at.set(0); }
                on:keydown=keys
            />
            <div class="command-list incident-list scrolls" role="listbox" aria-label="Incidents" id="incident-list">
                {rows}
                {move || nothing().map(|words| view! { <p class="empty dialog-body">{words}</p> })}
            </div>
            <p class="incident-foot">"It goes into the drawing as faults that can be moved and taken back, and the run begins anew. One undo takes all of it back."</p>
        </div>
    }
    .into_any()
}
