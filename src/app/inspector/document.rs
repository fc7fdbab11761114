//! The inspector of the document: notes, request classes, objectives and what all of it costs.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::{classes, faults, objectives, run};
use crate::editor::Change;
use loadscape_sim::quantities::dollars;

/// The inspector when nothing is selected.
pub fn document(page: Page) -> AnyView {
    let empty = Memo::new(move |_| page.node_ids.with(Vec::is_empty));
    view! {
        <p class="summary">{move || if empty.get() { super::NOTHING_DRAWN } else { "Select a part to see and change it. This is about the whole drawing." }}</p>
        <section class="section">
            <h3><label for="notes">"Notes"</label></h3>
            <textarea
                id="notes"
                class="field notes"
                placeholder="What to look at, what to try"
                maxlength="10000"
                data-testid="notes"
                prop:value=move || page.notes.get()
                on:input:target=move |event| page.type_change(Change::SetNotes(event.target().value()))
            ></textarea>
        </section>
        {classes::classes(page)}
        {objectives::objectives(page)}
        {run::settings(page)}
        {faults::faults(page, None)}
        <section class="section" hidden=move || empty.get() || page.answer.with(Option::is_none)>
            <h3>"Cost a month"</h3>
            {cost(page)}
        </section>
    }
    .into_any()
}

/// What everything costs, the dearest first.
fn cost(page: Page) -> AnyView {
    let rows = Memo::new(move |_| {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            let cost = &answer.report.cost;
            let mut rows: Vec<(String, f64)> = page.read(|scenario| {
                cost.components
                    .iter()
                    .map(|(id, amount)| {
                        (
                            scenario
                                .component(*id)
                                .map(|component| component.name.clone())
                                .unwrap_or_default(),
                            amount.0,
                        )
                    })
                    .collect()
            });
            if cost.traffic.0 > 0.0 {
                rows.push(("Traffic".to_owned(), cost.traffic.0));
            }
            rows.sort_by(|left, right| right.1.total_cmp(&left.1));
            rows.push(("All together".to_owned(), cost.total.0));
            rows
        })
    });
    view! {
        <table class="figures" data-testid="cost-table">
            <tbody>
                {move || rows.get().into_iter().map(|(name, amount)| view! { <tr><th>{name}</th><td>{dollars(loadscape_sim::units::DollarsPerMonth(amount))}</td></tr> }).collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}
