//! The marks beside nodes where something fails, each saying why when it is pointed at, focused or tapped. What fails, and why, is
//! `display::trouble`'s to say.

use super::super::css::moved_to;
use super::super::dom;
use super::super::page::Page;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::flow::REMEMBERED_MS;
use crate::display::ran::is_drawn;
use crate::display::trouble::{Trouble, broken, troubles, with_broken};
use crate::editor::Detail;
use loadscape_player::{Frame, State};
use loadscape_sim::scenario::{ComponentId, NODE_HEIGHT, Point};
use web_sys::KeyboardEvent;

/// Marks on the drawing, at most: those where most fails.
const MOST: usize = 24;
/// From a node's lower left corner to its mark, in CSS pixels.
const ASIDE: f64 = 4.0;
/// Room that the reasons need to the right of the mark and below it, in CSS pixels.
const WIDTH: f64 = 270.0;
const HEIGHT: f64 = 130.0;

/// What went wrong lately, and when that was seen last, milliseconds.
type Lately = Vec<(f64, Trouble)>;

/// The marks.
pub fn marks(page: Page) -> AnyView {
    let lately = RwSignal::new(Lately::new());
    let asked = RwSignal::new(None::<ComponentId>);
    follow(Box::new(move || {
        page.run.frame.with(|frame| {
            let before = lately.get_untracked();
            let frame = frame.as_ref().filter(|frame| is_drawn(frame));
            let now = frame.map_or_else(Lately::new, |frame| {
                remembered(page, before.clone(), frame, dom::now_ms())
            });
            if now != before {
                lately.set(now);
            }
        });
    }));
    let parts = Memo::new(move |_| {
        // A part that was deleted takes its mark along.
        let there = page.node_ids.get();
        let parts = lately.with(|all| all.iter().map(|(_, own)| own.component).collect::<Vec<_>>());
        let mut parts: Vec<ComponentId> = (parts.into_iter().filter(|id| there.contains(id)))
            .take(MOST)
            .collect();
        // In an order of their own: where most fails changes all the time.
        parts.sort_unstable();
        parts
    });
    view! {
        <For each=move || parts.get() key=|id| *id children=move |id| mark(page, id, lately, asked) />
    }
    .into_any()
}

/// What is to be seen after this frame: what goes wrong now, and what did until just now.
fn remembered(page: Page, mut before: Lately, frame: &Frame, now_ms: f64) -> Lately {
    let broken = page.read(|scenario| broken(scenario, frame));
    let fresh = with_broken(troubles(frame), broken);
    // Who reached the end in a hurry sees what is there now, and not what passed on the way.
    if frame.looking.is_some() || frame.state == State::Ended {
        before.clear();
    } else if frame.state == State::Playing {
        before.retain(|(seen, _)| now_ms - seen < REMEMBERED_MS);
    }
    before.retain(|(_, old)| fresh.iter().all(|own| own.component != old.component));
    before.iter_mut().for_each(|(_, old)| old.is_over());
    let mut all: Lately = fresh.into_iter().map(|own| (now_ms, own)).collect();
    all.append(&mut before);
    all
}

fn mark(
    page: Page,
    id: ComponentId,
    lately: RwSignal<Lately>,
    asked: RwSignal<Option<ComponentId>>,
) -> AnyView {
    let Some(position) = page.node(id).map(|node| node.position) else {
        return ().into_any();
    };
    let own = Memo::new(move |_| {
        lately.with(|all| {
            let own = all.iter().find(|(_, own)| own.component == id);
            own.map(|(_, own)| own.clone())
        })
    });
    let place = Memo::new(move |_| {
        let (viewport, corner) = (page.viewport.get(), position.get());
        let below = viewport.to_screen(Point {
            x: corner.x,
            y: corner.y + NODE_HEIGHT,
        });
        Point {
            x: below.x + ASIDE,
            y: below.y + ASIDE,
        }
    });
    let room = move |place: Point| {
        let editor = page.editor();
        let canvas = editor.canvas();
        (canvas.width - place.x, canvas.height - place.y)
    };
    let out_of_sight = move || {
        let place = place.get();
        let (right, below) = room(place);
        place.x < 0.0 || place.y < 0.0 || right < 0.0 || below < 0.0
    };
    let leftwards = move || room(place.get()).0 < WIDTH;
    let upwards = move || room(place.get()).1 < HEIGHT;
    let label = move || {
        own.with(|own| {
            let own = own.as_ref()?;
            let far = page.viewport.get().detail() != Detail::Full;
            Some(if far { own.marks.clone() } else { own.label() })
        })
        .unwrap_or_default()
    };
    let lines = Memo::new(move |_| {
        own.with(|own| own.as_ref().map_or_else(Vec::new, |own| own.lines.clone()))
    });
    let spoken = move || {
        page.revision.track();
        let name = page.read(|scenario| {
            let part = scenario.component(id);
            part.map_or_else(String::new, |part| part.name.clone())
        });
        format!("{name}: {}", lines.get().join(" "))
    };
    let is_asked = move || asked.get() == Some(id);
    let ask = move |_| {
        let now = asked.get_untracked();
        asked.set((now != Some(id)).then_some(id));
    };
    let close = move || {
        if asked.get_untracked() == Some(id) {
            asked.set(None);
        }
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && asked.get_untracked() == Some(id) {
            event.stop_propagation();
            close();
        }
    };
    view! {
        <button
            type="button"
            class="trouble"
            class:asked=is_asked
            class:leftwards=leftwards
            class:upwards=upwards
            hidden=out_of_sight
            aria-label=spoken
            aria-expanded=move || is_asked().to_string()
            data-testid=format!("trouble-{id}")
            style:transform=move || moved_to(place.get())
            on:click=ask
            on:blur=move |_| close()
            on:keydown=keys
        >
            <span aria-hidden="true">{label}</span>
            <span class="trouble-why" aria-hidden="true" data-testid=format!("trouble-{id}-why")>
                {move || lines.get().into_iter().map(|line| view! { <span>{line}</span> }).collect_view()}
            </span>
        </button>
    }
    .into_any()
}
