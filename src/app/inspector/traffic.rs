//! The traffic of a population as a curve whose points are dragged, and rows of numbers that are dropped on it. What a point stands for is
//! [`crate::display::traffic`]'s to say.

use super::super::css::percent;
use super::super::dialog;
use super::super::dom;
use super::super::ground;
use super::super::page::Page;
use super::super::ui::prelude::*;
use crate::display::room::ticks;
use crate::display::run::clock;
use crate::display::traffic::{
    Grip, Handle, Scale, Traffic, curve_of_rows, drawn_freely, following, moved, step, traffic,
    with_point, without_point,
};
use crate::editor::{Change, Editor};
use loadscape_player::Pace;
use loadscape_sim::catalog::{Choice, Parameter, Unit, format_number};
use loadscape_sim::scenario::{Component, ComponentId};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, KeyboardEvent, MouseEvent, PointerEvent};

/// Class of the element whose corners are the axes' ends.
const GROUND: &str = "traffic-ground";

#[derive(Clone, Copy)]
struct Curve {
    page: Page,
    id: ComponentId,
    /// `None` for users who wait for their answers.
    drawn: Memo<Option<Traffic>>,
    /// While a point is dragged, the axes stay as they were.
    held: RwSignal<Option<(Grip, Scale)>>,
}

/// The curve of this population.
pub fn curve(page: Page, id: ComponentId) -> AnyView {
    let drawn = Memo::new(move |_| {
        page.revision.track();
        let seconds = page.run_settings.get().duration_seconds;
        let editor = page.editor();
        traffic(editor.component(id)?, seconds)
    });
    let curve = Curve {
        page,
        id,
        drawn,
        held: RwSignal::new(None),
    };
    let there = Memo::new(move |_| drawn.with(Option::is_some));
    (move || there.get().then(|| curve.view())).into_any()
}

impl Curve {
    fn scale(self) -> Scale {
        let held = self.held.get().map(|(_, scale)| scale);
        held.or_else(|| {
            self.drawn
                .with(|drawn| drawn.as_ref().map(|drawn| drawn.scale))
        })
        .unwrap_or(Scale {
            seconds: 1.0,
            per_second: 1.0,
        })
    }

    fn read<T: Default>(self, read: impl FnOnce(&Component) -> T) -> T {
        let editor = self.page.editor();
        editor.component(self.id).map(read).unwrap_or_default()
    }

    /// Makes these changes as one step; within a gesture as part of it.
    fn make(self, label: &str, changes: Vec<Change>) {
        let alone = !self.page.editor().in_gesture();
        if alone {
            self.page.act(|editor| editor.begin_gesture(label));
        }
        for change in changes {
            self.page.change(change);
        }
        if alone {
            self.page.act(Editor::commit_gesture);
        }
    }

    fn is_free(self) -> bool {
        self.drawn.with(|drawn| {
            drawn.as_ref().is_some_and(|drawn| {
                let first = drawn.handles.first();
                matches!(first.map(|handle| handle.grip), Some(Grip::Point(_)))
            })
        })
    }

    fn view(self) -> AnyView {
        let free = Memo::new(move |_| self.is_free());
        let count = Memo::new(move |_| {
            self.drawn
                .with(|drawn| drawn.as_ref().map_or(0, |drawn| drawn.handles.len()))
        });
        let path = move |factor: f64| {
            let scale = self.scale();
            self.drawn.with(|drawn| {
                let line = drawn.as_ref().map(|drawn| &drawn.line[..]);
                path(line.unwrap_or_default(), scale, factor)
            })
        };
        let bursts = move || {
            let factors = self
                .drawn
                .with(|drawn| drawn.as_ref().and_then(|drawn| drawn.bursts))?;
            Some(
                factors
                    .map(|factor| view! { <path class="traffic-burst" d=path(factor)></path> })
                    .into_iter()
                    .collect_view(),
            )
        };
        let area = move || {
            let line = path(1.0);
            if line.is_empty() {
                line
            } else {
                format!("{line}V100H0Z")
            }
        };
        let now = move || {
            let at = self.page.run.frame.with(|frame| {
                frame
                    .as_ref()
                    .map(|frame| frame.looking.unwrap_or(frame.at))
            })?;
            let period = self
                .drawn
                .with(|drawn| drawn.as_ref().and_then(|drawn| drawn.period));
            let along = period.map_or(at, |period| at % period) / self.scale().seconds;
            (along <= 1.0).then(|| {
                view! { <i class="traffic-now" style:left=percent(along)></i> }
            })
        };
        let tick = move || {
            let top = self.scale().per_second;
            let highest = ticks(top).pop()?;
            Some(view! {
                <span class="traffic-tick" style:bottom=percent(highest / top)>{format_number(Unit::PerSecond, highest)}</span>
            })
        };
        let end = move || {
            let words = clock(self.scale().seconds, Pace::Fastest);
            match words.strip_suffix(" 00:00:00") {
                Some(days) => days.to_owned(),
                None => words,
            }
        };
        let repeats = move || {
            let period = self
                .drawn
                .with(|drawn| drawn.as_ref().and_then(|drawn| drawn.period));
            period.map(|_| "and again")
        };
        let add = move |at: Option<(f64, f64)>| {
            let scale = self.scale();
            if let Some((place, change)) = self.read(|clients| with_point(clients, at, scale)) {
                self.make("Add a point", vec![change]);
                dom::next_frame(move || dom::focus(&handle_id(place)));
            }
        };
        let double = move |event: MouseEvent| {
            if free.get_untracked()
                && let Some(at) = place(&event, self.scale())
            {
                add(Some(at));
            }
        };
        let free_it = move |_| {
            let drawn = self.drawn.get_untracked();
            if let Some(drawn) = drawn {
                let changes = self.read(|clients| drawn_freely(clients, &drawn));
                self.make("Draw the traffic freely", changes);
            }
        };
        let over = RwSignal::new(false);
        let drop = move |event: web_sys::Event| {
            over.set(false);
            let file = event
                .dyn_ref::<DragEvent>()
                .and_then(DragEvent::data_transfer)
                .and_then(|data| data.files())
                .and_then(|files| files.get(0));
            if let Some(file) = file {
                event.prevent_default();
                // The window would open it as a drawing.
                event.stop_propagation();
                self.take_file(file);
            }
        };
        let hover = move |event: web_sys::Event, is_over: bool| {
            event.prevent_default();
            over.set(is_over);
        };
        view! {
            <section class="section traffic" class:over=move || over.get() data-testid="traffic" on:dragover=move |event| hover(event, true) on:dragleave=move |event| hover(event, false) on:drop=drop>
                <h3>
                    "Traffic through time"
                    <span class="traffic-tools">
                        {move || if free.get() {
                            view! { <button class="link" type="button" data-testid="traffic-add" title="Add a point where the way between two is longest; a double click adds one where it is made" on:click=move |_| add(None)>"Add a point"</button> }
                        } else {
                            view! { <button class="link" type="button" data-testid="traffic-free" title="Turn this into a curve with points of its own" on:click=free_it>"Draw freely"</button> }
                        }}
                        <button class="link" type="button" data-testid="traffic-file" title="Rows of seconds and requests a second, or of the seconds of arrivals; a file can be dropped here, too" on:click=move |_| self.choose_file()>"CSV"</button>
                    </span>
                </h3>
                <div class="traffic-plot">
                    <div class=GROUND on:dblclick=double>
                        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                            <path class="traffic-area" d=area></path>
                            <path class="traffic-line" d=move || path(1.0)></path>
                            {bursts}
                        </svg>
                        {tick}
                        {now}
                        {move || (0..count.get()).map(|index| self.handle(index)).collect_view()}
                    </div>
                    <span class="traffic-from">"0:00"</span>
                    <span class="traffic-to">{end}{move || repeats().map(|words| format!(" {words}"))}</span>
                </div>
            </section>
        }
        .into_any()
    }

    /// One point to take hold of, by its place.
    fn handle(self, index: usize) -> AnyView {
        let handle = Memo::new(move |_| {
            self.drawn.with(|drawn| {
                drawn
                    .as_ref()
                    .and_then(|drawn| drawn.handles.get(index).copied())
            })
        });
        let grip = move || handle.get_untracked().map(|handle| handle.grip);
        let words = move || {
            handle.get().map(|handle| {
                format!(
                    "{}: {} at {}",
                    handle.grip.words(),
                    format_number(Unit::PerSecond, handle.per_second),
                    clock(handle.seconds, Pace::Fastest)
                )
            })
        };
        let along =
            move || handle.get().map_or(0.0, |handle| handle.seconds) / self.scale().seconds;
        let up =
            move || handle.get().map_or(0.0, |handle| handle.per_second) / self.scale().per_second;
        let take = move |event: PointerEvent| {
            let Some(grip) = grip().filter(|_| event.button() == 0) else {
                return;
            };
            event.prevent_default();
            if let Some(target) = ground::element(&event) {
                // Where the browser doesn't capture it, the point follows for as long as the pointer is over it.
                let _ = target.set_pointer_capture(event.pointer_id());
                if let Some(target) = target.dyn_ref::<web_sys::HtmlElement>() {
                    let _ = target.focus();
                }
            }
            self.held.set(Some((grip, self.scale())));
            self.page
                .act(|editor| editor.begin_gesture("Change the traffic"));
        };
        let drag = move |event: PointerEvent| {
            let Some((held, scale)) = self.held.get_untracked() else {
                return;
            };
            // Escape has taken it back.
            if !self.page.editor().in_gesture() {
                return self.held.set(None);
            }
            if grip() == Some(held)
                && let Some(at) = place(&event, scale)
            {
                let changes = self.read(|clients| moved(clients, held, at, scale));
                self.make("", changes);
            }
        };
        let release = move |_: PointerEvent| {
            if self.held.get_untracked().is_some() {
                self.held.set(None);
                self.page.act(Editor::commit_gesture);
            }
        };
        let keys = move |event: KeyboardEvent| {
            let Some(handle) = handle.get_untracked() else {
                return;
            };
            if self.key(&event.key(), event.shift_key(), handle) {
                event.prevent_default();
                event.stop_propagation();
            }
        };
        view! {
            <button
                type="button"
                class="traffic-handle"
                id=handle_id(index)
                data-testid=handle_id(index)
                aria-label=move || words().unwrap_or_default()
                aria-description="Arrow keys move it, with Shift ten times as far"
                title=move || words().unwrap_or_default()
                style:left=move || percent(along().clamp(0.0, 1.0))
                style:bottom=move || percent(up().clamp(0.0, 1.0))
                on:pointerdown=take
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=release
                on:keydown=keys
            ></button>
        }
        .into_any()
    }

    /// Whether this key does something with a point.
    fn key(self, key: &str, far: bool, handle: Handle) -> bool {
        let scale = self.scale();
        let times = if far { 10.0 } else { 1.0 };
        let (seconds, per_second) = (step(scale.seconds) * times, step(scale.per_second) * times);
        let (along, up) = match key {
            "ArrowLeft" => (-seconds, 0.0),
            "ArrowRight" => (seconds, 0.0),
            "ArrowUp" => (0.0, per_second),
            "ArrowDown" => (0.0, -per_second),
            "Delete" | "Backspace" => {
                if let Grip::Point(index) = handle.grip
                    && let Some(change) = self.read(|clients| without_point(clients, index))
                {
                    self.make("Remove a point", vec![change]);
                    dom::next_frame(move || dom::focus(&handle_id(index.saturating_sub(1))));
                    return true;
                }
                return false;
            }
            _ => return false,
        };
        let to = (handle.seconds + along, handle.per_second + up);
        let changes = self.read(|clients| moved(clients, handle.grip, to, scale));
        self.make("Change the traffic", changes);
        true
    }

    fn choose_file(self) {
        dom::choose_file(".csv,.txt,.tsv,text/csv,text/plain", move |file| {
            self.take_file(file);
        });
    }

    fn take_file(self, file: web_sys::File) {
        dom::read_text(file, move |text| {
            let page = self.page;
            let read = text
                .ok_or_else(|| "That file could not be read.".to_owned())
                .and_then(|text| curve_of_rows(&text));
            match read {
                Ok((curve, said)) => {
                    let changes = self.read(|clients| following(clients, curve));
                    self.make("Take the traffic from a file", changes);
                    dialog::tell(page, said, false);
                }
                Err(problem) => {
                    dialog::tell(page, format!("{problem} The traffic is as it was."), true)
                }
            }
        });
    }
}

/// Whether the traffic of this population follows a curve of its own.
pub fn follows_curve(clients: &Component) -> bool {
    clients.choice(Parameter::TrafficProfile) == Some(Choice::Curve)
        && clients.applies(Parameter::TrafficProfile)
}

fn handle_id(index: usize) -> String {
    format!("traffic-point-{index}")
}

fn path(line: &[(f64, f64)], scale: Scale, factor: f64) -> String {
    ground::path(line.iter().map(|(seconds, per_second)| {
        (
            (seconds / scale.seconds).clamp(0.0, 10.0),
            (per_second * factor / scale.per_second).clamp(0.0, 1.0),
        )
    }))
}

/// Where over the axes a pointer is: seconds, requests a second.
fn place(event: &MouseEvent, scale: Scale) -> Option<(f64, f64)> {
    let (along, up) = ground::place(event, GROUND)?;
    Some((
        along.max(0.0) * scale.seconds,
        up.max(0.0) * scale.per_second,
    ))
}
