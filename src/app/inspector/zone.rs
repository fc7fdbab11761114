//! The inspector of one zone: its name, what lying inside means, and where it is.

use super::super::icons;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::parameter::{Holder, parameters};
use super::{actions, faults};
use crate::editor::Item;
use loadscape_sim::catalog;
use loadscape_sim::scenario::ZoneId;

/// The inspector of one zone.
pub fn zone(page: Page, id: ZoneId) -> AnyView {
    let Some(signals) = page.zone(id) else {
        return ().into_any();
    };
    let face = RwSignal::from(signals.face);
    let kind = face.with_untracked(|(kind, _)| *kind);
    let specification = catalog::zone_specification(kind);
    let inside = move || {
        page.revision.get();
        page.history.with(|_| ());
        page.read(|scenario| {
            let zone = scenario.zone(id)?;
            Some(
                scenario
                    .components
                    .iter()
                    .filter(|component| zone.rectangle.contains(component.centre()))
                    .count(),
            )
        })
    };
    view! {
        <div class="inspector-head">
            <span class="badge">{icons::of_zone(kind)}</span>
            <input
                id="inspector-name"
                class="title-field"
                aria-label="Name"
                maxlength="80"
                spellcheck="false"
                data-testid="inspector-name"
                prop:value=move || face.with(|(_, name)| name.clone())
                on:input:target=move |event| {
                    let name = event.target().value();
                    let now = super::super::dom::now_ms();
                    page.try_act(|editor| editor.rename_zone(id, name, now));
                }
                on:keydown=super::super::dom::blur_on_enter
            />
        </div>
        <p class="summary">{specification.label}": "{specification.summary}</p>
        <table class="figures"><tbody><tr><th>"Parts inside"</th><td>{move || inside().unwrap_or_default()}</td></tr></tbody></table>
        <section class="section" hidden=specification.parameters.is_empty()>
            <h3>"Parameters"</h3>
            {parameters(page, Holder::Zone(id, kind))}
        </section>
        {faults::faults(page, Some(Item::Zone(id)))}
        {actions(page)}
    }
    .into_any()
}
