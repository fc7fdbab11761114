//! Both designs side by side on the drawing: below each part that both have, how busy it was and is, and what runs in pairs say of that.

use super::super::css::moved_to;
use super::super::dom;
use super::super::page::Page;
use super::super::run;
use super::super::ui::prelude::*;
use super::runs;
use crate::display::abreast::{Abreast, abreast};
use crate::display::pinned::{Design, are_related};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::ComponentId;

/// Narrower screens have no room for them until somebody asks, in CSS pixels.
const WIDE: f64 = 641.0;
/// Words are no smaller than at this zoom, however far the drawing is away; and no larger than so many times their size in it.
const LEGIBLE: f64 = 0.72;
const LARGEST: f64 = 2.4;
/// Below this zoom there is room for the figures alone.
const ROOMY: f64 = 0.7;

thread_local! {
    static SHOWN: ArcRwSignal<bool> = ArcRwSignal::new({
        dom::window_size().is_none_or(|(width, _)| width >= WIDE)
    });
}

fn shown() -> ArcRwSignal<bool> {
    SHOWN.with(Clone::clone)
}

/// The button that shows and hides them.
pub fn toggle() -> AnyView {
    let (pressed, press) = (shown(), shown());
    view! {
        <button type="button" class="chip" aria-pressed=move || pressed.get().to_string() title="How busy each part is in both designs, on the drawing" data-testid="abreast-toggle" on:click=move |_| press.update(|shown| *shown = !*shown)>"Both on the drawing"</button>
    }
    .into_any()
}

/// Those of all parts that both designs have.
pub fn strips(page: Page) -> AnyView {
    let wanted = shown();
    let all = Memo::new(move |_| {
        // What a run shows is no steady state.
        if !wanted.get() || run::shows(page) {
            return Vec::new();
        }
        page.steps.track();
        let (Some(pinned), Some(answer)) = (page.pinned.get(), page.answer.get()) else {
            return Vec::new();
        };
        let pairs = runs::so_far(page);
        let pairs = pairs
            .as_ref()
            .map(|pairs| (&pairs.seen.0[..], &pairs.seen.1[..]));
        page.read(|scenario| {
            // Beside the same design, or another drawing, there is nothing to compare.
            if *scenario == pinned.scenario || !are_related(&pinned.scenario, scenario) {
                return Vec::new();
            }
            let then = Design {
                scenario: &pinned.scenario,
                report: &pinned.analysis.report,
            };
            let now = Design {
                scenario,
                report: &answer.report,
            };
            abreast(then, now, pairs)
        })
    });
    let ids = Memo::new(move |_| all.with(|all| all.iter().map(|own| own.0).collect::<Vec<_>>()));
    view! { <For each=move || ids.get() key=|id| *id children=move |id| strip(page, id, all) /> }
        .into_any()
}

fn strip(page: Page, id: ComponentId, all: Memo<Vec<(ComponentId, Abreast)>>) -> AnyView {
    let Some(position) = page.node(id).map(|node| node.position) else {
        return ().into_any();
    };
    let zoom = Memo::new(move |_| (page.viewport.get().zoom * 100.0).round() / 100.0);
    let scale = move || {
        let scale = (LEGIBLE / zoom.get()).clamp(1.0, LARGEST);
        format!("scale({})", Decimal::up_to(scale, 3))
    };
    let own = Memo::new(move |_| {
        all.with(|all| all.iter().find(|own| own.0 == id).map(|own| own.1.clone()))
    });
    let word = move |get: fn(&Abreast) -> &String| {
        move || {
            own.with(|own| {
                own.as_ref()
                    .map_or_else(String::new, |own| get(own).clone())
            })
        }
    };
    let pairs = move || own.with(|own| own.as_ref().and_then(|own| own.pairs.clone()));
    view! {
        <div class="pinned-strip" class:short=move || zoom.get() < ROOMY aria-hidden="true" data-testid=format!("abreast-{id}") style:transform=move || moved_to(position.get())>
            <span style:transform=scale>
                <span><i>"pinned "</i>{word(|own| &own.then)}<i class="between">" | "</i><i>"now "</i><b>{word(|own| &own.now)}</b></span>
                {move || pairs().map(|(count, pairs)| view! { <span class="in-pairs"><i>{format!("in {count} pairs ")}</i>{pairs}</span> })}
            </span>
        </div>
    }
    .into_any()
}
