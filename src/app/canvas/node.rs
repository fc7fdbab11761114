//! A node: what a part is, how big, how busy and how slow, in one glance.

use super::super::css::moved_to;
use super::super::icons;
use super::super::page::{Face, Mark, Page};
use super::super::ui::prelude::*;
use crate::display::node::{Load, SLOTS, state_word};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::report::ComponentState;
use loadscape_sim::scenario::ComponentId;

/// The node of one component. Moving it touches its `transform` alone.
pub fn node(page: Page, id: ComponentId) -> AnyView {
    let Some(signals) = page.node(id) else {
        return ().into_any();
    };
    let position = signals.position;
    let face = RwSignal::from(signals.face);
    let load = RwSignal::from(signals.load);
    let mark = RwSignal::from(signals.mark);
    let near = signals.near;
    // Another drawing may have another kind of part under the same number.
    let kind = move || face.with(|face| face.kind.name());
    let state = Memo::new(move |_| load.with(|load| load.state));
    view! {
        <div
            id=format!("node-{id}")
            class=move || classes(state.get(), mark.get())
            data-testid=format!("node-{id}")
            data-kind=kind
            data-state=move || state.get().map(state_word)
            role="button"
            aria-pressed=move || if mark.get().selected { "true" } else { "false" }
            aria-label=move || spoken(&load.read(), &face.read(), mark.get())
            style:transform=move || {
                let place = position.get();
                moved_to(place)
            }
        >
            {move || near.get().then(|| inside(face, load, state, mark))}
        </div>
    }
    .into_any()
}

/// Everything that can be read on a node.
fn inside(
    face: RwSignal<Face>,
    load: RwSignal<Load>,
    state: Memo<Option<ComponentState>>,
    mark: RwSignal<Mark>,
) -> AnyView {
    view! {
        <span class="badge">{icons::following(move || face.with(|face| face.kind.name()))}</span>
        <span class="node-name">
            <strong>{move || face.with(|face| face.name.clone())}</strong>
            <small>{move || load.with(|load| load.secondary.clone())}</small>
        </span>
        {meter(load)}
        {figures(load, state)}
        {tags(state, mark)}
        <i class="port in"></i>
        <i class="port out"></i>
    }
    .into_any()
}

fn classes(state: Option<ComponentState>, mark: Mark) -> String {
    let mut classes = String::from("node");
    if let Some(state) = state {
        classes.push_str(" state-");
        classes.push_str(state_word(state));
    }
    for (on, class) in [
        (mark.selected, " selected"),
        (mark.focused, " focused"),
        (mark.bottleneck, " bottleneck"),
        (mark.pointed, " pointed"),
        (mark.lit, " may-connect"),
        (mark.target, " target"),
        (mark.refused, " refused"),
    ] {
        if on {
            classes.push_str(class);
        }
    }
    classes
}

fn spoken(load: &Load, face: &Face, mark: Mark) -> String {
    load.spoken(face.kind, &face.name, mark.bottleneck)
}

/// A bar for what has a limit, slots for what queues, nothing for the rest.
fn meter(load: RwSignal<Load>) -> AnyView {
    #[derive(Clone, Copy, PartialEq)]
    enum Shape {
        Bar,
        Slots,
        None,
    }
    let shape = Memo::new(move |_| {
        load.with(|load| match (load.slots, load.fill) {
            (Some(_), _) => Shape::Slots,
            (None, Some(_)) => Shape::Bar,
            (None, None) => Shape::None,
        })
    });
    let fill = Memo::new(move |_| load.with(|load| load.fill.unwrap_or(0.0)));
    (move || match shape.get() {
        Shape::Bar => view! {
            <span class="use">
                <i style:transform=move || format!("scaleX({})", Decimal::up_to(fill.get(), 3))></i>
            </span>
        }
        .into_any(),
        Shape::Slots => view! {
            <span class="slots" title="Messages waiting">
                {(0..SLOTS)
                    .map(|slot| {
                        let full = Memo::new(move |_| load.with(|load| load.slots.is_some_and(|taken| slot < taken)));
                        view! { <i class:full=move || full.get()></i> }
                    })
                    .collect_view()}
            </span>
        }
        .into_any(),
        Shape::None => view! { <span class="use-none"></span> }.into_any(),
    })
    .into_any()
}

fn figures(load: RwSignal<Load>, state: Memo<Option<ComponentState>>) -> AnyView {
    let figure = move |get: fn(&Load) -> &String| move || load.with(|load| get(load).clone());
    view! {
        <span class="node-figures">
            <b>{figure(|load| if load.percent.is_empty() { &load.rate } else { &load.percent })}</b>
            <span class="extra">
                {move || load.with(|load| if load.percent.is_empty() || load.is_crowded() { String::new() } else { load.rate.clone() })}
            </span>
            <span class="extra">{figure(|load| &load.queue)}</span>
            <span class="end">
                {move || if state.get() == Some(ComponentState::Idle) { "idle".to_owned() } else { load.with(|load| load.time.clone()) }}
            </span>
        </span>
    }
    .into_any()
}

/// The words that a state wears, so that nothing rests on colour alone. A healthy node needs none; an idle one says so below.
fn tags(state: Memo<Option<ComponentState>>, mark: RwSignal<Mark>) -> AnyView {
    let bottleneck = Memo::new(move |_| mark.get().bottleneck);
    let word = move || match state.get() {
        Some(state @ (ComponentState::Busy | ComponentState::Hot | ComponentState::Saturated)) => {
            Some(state_word(state))
        }
        Some(ComponentState::Idle | ComponentState::Healthy) | None => None,
    };
    view! {
        <span class="tags">
            {move || word().map(|word| view! { <span class=format!("tag {word}")>{word}</span> })}
            {move || bottleneck.get().then(|| view! { <span class="tag bottleneck">"bottleneck"</span> })}
        </span>
    }
    .into_any()
}
