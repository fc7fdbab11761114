//! The curve that a population's traffic follows, as rows of text. It knows nothing of what the rates do.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::traffic::follows_curve;
use crate::editor::Change;
use loadscape_sim::scenario::{ComponentId, Rows, read_rows, write_rows};

/// The rows, while the traffic follows a curve.
pub fn curve(page: Page, id: ComponentId) -> AnyView {
    let shown = Memo::new(move |_| {
        page.revision.get();
        page.editor().component(id).is_some_and(follows_curve)
    });
    let rows = Memo::new(move |_| {
        page.revision.get();
        page.editor()
            .component(id)
            .map(|component| write_rows(&component.curve))
            .unwrap_or_default()
    });
    let wrong = RwSignal::new(None::<String>);
    let set = move |text: String| {
        let curve = match read_rows(&text) {
            _ if text.trim().is_empty() => Ok(Vec::new()),
            Ok(Rows::Rates(curve)) => Ok(curve),
            Ok(Rows::Moments(_)) => {
                Err("Each row has two numbers: seconds, and requests a second then.".to_owned())
            }
            Err(problem) => Err(format!("In {problem}.")),
        };
        match curve {
            Ok(curve) => {
                wrong.set(None);
                page.change(Change::SetCurve {
                    component: id,
                    curve,
                });
            }
            Err(problem) => wrong.set(Some(problem)),
        }
    };
    view! {
        <section class="section" hidden=move || !shown.get() data-testid="curve">
            <h3><label for="curve">"Curve"</label></h3>
            <textarea
                id="curve"
                class="field notes"
                placeholder="seconds, requests a second"
                prop:value=move || rows.get()
                on:change:target=move |event| set(event.target().value())
            ></textarea>
            {move || wrong.get().map(|problem| view! { <p class="problem-text" role="alert">{problem}</p> })}
        </section>
    }
    .into_any()
}
