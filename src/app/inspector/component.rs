//! The inspector of one component: name, why it limits the design, parameters, traffic or calls, and its figures.

use super::super::icons;
use super::super::page::{Page, Pane};
use super::super::ui::prelude::*;
use super::figures::figures;
use super::parameter::{Holder, parameters};
use super::{actions, classes, curve, faults, plan, traffic};
use crate::display::unbroken;
use crate::editor::{Change, Item};
use loadscape_sim::catalog::{self, Kind};
use loadscape_sim::insight;
use loadscape_sim::scenario::ComponentId;

/// What stands above the controls and follows the answer.
const ADVICE: &str = "advice";

/// Keeps what stands above the controls as high as it is, whatever it comes to say, so that no control moves away from under the
/// hand that slides it; until it is let go.
pub fn hold_still(holds: bool) {
    use wasm_bindgen::JsCast;
    let advice = super::super::dom::document()
        .get_element_by_id(ADVICE)
        .and_then(|advice| advice.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(advice) = advice {
        let height = if holds {
            format!("{}px", advice.get_bounding_client_rect().height())
        } else {
            String::new()
        };
        // Where the browser refuses a height, the control moves as it would have.
        let _ = advice.style().set_property("height", &height);
    }
}

/// The inspector of one component.
pub fn component(page: Page, id: ComponentId) -> AnyView {
    let Some(node) = page.node(id) else {
        return ().into_any();
    };
    let face = RwSignal::from(node.face);
    let load = RwSignal::from(node.load);
    let kind = face.with_untracked(|face| face.kind);
    let specification = catalog::specification(kind);
    let state = move || {
        load.with(|load| {
            load.state
                .map(crate::display::node::state_word)
                .unwrap_or_default()
        })
    };
    view! {
        <div class="inspector-head" class:hot=move || matches!(state(), "hot" | "saturated")>
            <span class="badge">{icons::of_kind(kind)}</span>
            <input
                id="inspector-name"
                class="title-field"
                aria-label="Name"
                maxlength="80"
                spellcheck="false"
                data-testid="inspector-name"
                prop:value=move || face.with(|face| face.name.clone())
                on:input:target=move |event| page.type_change(Change::SetName { component: id, name: event.target().value() })
                on:keydown=super::super::dom::blur_on_enter
            />
        </div>
        <p class="summary">{move || face.with(|face| (face.name != specification.label).then(|| format!("{}. ", specification.label)))}{specification.summary}{super::super::why::button(page, insight::Subject::Component(id), "this part".to_owned())}</p>
        <div class="advice" id=ADVICE>
            {why(page, id)}
            {notes(page, id)}
        </div>
        {panes(page, id, kind)}
        {actions(page)}
    }
    .into_any()
}

/// Where the drawing was read otherwise than it may have been meant.
fn notes(page: Page, id: ComponentId) -> AnyView {
    let notes = Memo::new(move |_| {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            page.read(|scenario| {
                answer
                    .compiled
                    .notes
                    .iter()
                    .filter(|note| note.component == id)
                    .map(|note| unbroken(&note.text(scenario)))
                    .collect::<Vec<_>>()
            })
        })
    });
    (move || {
        let notes = notes.get();
        (!notes.is_empty()).then(|| view! { <div class="why mild" data-testid="notes-on-part">{notes.into_iter().map(|note| view! { <p>{note}</p> }).collect_view()}</div> })
    })
    .into_any()
}

/// Parameters, calls and figures, one at a time; which one stays from part to part.
fn panes(page: Page, id: ComponentId, kind: Kind) -> AnyView {
    let calls = kind.plans_calls();
    let measured = Memo::new(move |_| {
        page.answer.with(|answer| {
            answer.as_ref().is_some_and(|answer| {
                answer
                    .report
                    .stations
                    .iter()
                    .any(|station| station.component == id)
            })
        })
    });
    let there = move |pane: Pane| match pane {
        Pane::Parameters => true,
        Pane::Calls => calls,
        Pane::Figures => measured.get(),
        Pane::Break => true,
    };
    let shown = Memo::new(move |_| {
        Some(page.pane.get())
            .filter(|pane| there(*pane))
            .unwrap_or(Pane::Parameters)
    });
    let tab = move |pane: Pane, label: &'static str| {
        view! {
            <button
                type="button"
                role="tab"
                hidden=move || !there(pane)
                aria-selected=move || (shown.get() == pane).to_string()
                data-testid=format!("pane-{}", label.to_lowercase())
                on:click=move |_| page.pane.set(pane)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="segments" role="tablist" aria-label="What to show">
            {tab(Pane::Parameters, "Parameters")}
            {tab(Pane::Calls, "Calls")}
            {tab(Pane::Figures, "Figures")}
            {tab(Pane::Break, "Break")}
        </div>
        {move || match shown.get() {
            Pane::Parameters => view! {
                {(kind == Kind::Clients).then(|| traffic::curve(page, id))}
                {parameters(page, Holder::Component(id, kind))}
                {(kind == Kind::Clients).then(|| curve::curve(page, id))}
                {(kind == Kind::Clients).then(|| classes::mix(page, id))}
            }.into_any(),
            Pane::Calls => plan::plans(page, id),
            Pane::Figures => figures(page, id),
            Pane::Break => faults::faults(page, Some(Item::Component(id))),
        }}
    }
    .into_any()
}

/// Why this component limits the design, and what would move it; nothing when it doesn't.
fn why(page: Page, id: ComponentId) -> AnyView {
    let words = Memo::new(move |_| {
        page.answer.with(|answer| {
            let answer = answer.as_ref()?;
            let bottleneck = answer
                .report
                .bottleneck
                .as_ref()
                .filter(|bottleneck| bottleneck.component == id)?;
            let sentence =
                page.read(|scenario| insight::why_bottleneck(scenario, &answer.report))?;
            Some((unbroken(&sentence), bottleneck.utilisation))
        })
    });
    view! {
        {move || words.get().map(|(sentence, utilisation)| view! {
            <div class="why" class:mild=utilisation < 0.7 data-testid="why">
                <p><b>"Bottleneck. "</b>{sentence}</p>
            </div>
        })}
        {super::super::remedies::list(page, id)}
    }
    .into_any()
}
