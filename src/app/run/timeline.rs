//! Faults as bars on the run's line of time: moved, made longer and taken away by mouse, finger and keys, and the run replayed. What a drag
//! makes of a fault is `display::timeline`'s to say.

use super::super::css::percent;
use super::super::dom;
use super::super::page::{Page, Pane};
use super::super::ui::prelude::*;
use super::Control;
use super::verdict::title;
use crate::display::faults::ends_by_itself;
use crate::display::timeline::{Bar, Grip, Line, moment_words};
use crate::editor::{Change, Item};
use loadscape_sim::scenario::{Fault, Incident};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, PointerEvent};

/// A bar of what ends by itself that is no longer than this share of the line is a mark without words.
const AT_ONCE: f64 = 0.02;

/// Width of a letter of a bar's words and of the room around them, pixels: wide enough, as measuring them would force a layout.
const LETTER: f64 = 5.6;
const AROUND: f64 = 14.0;

/// How long a fault has to stay where it is before the run is played again, milliseconds.
const QUIET_MS: u32 = 350;
/// A press that moves less than this many pixels is no drag.
const STILL: f64 = 3.0;

thread_local! {
    static PLANNED: Cell<u32> = const { Cell::new(0) };
}

/// A drag under way.
#[derive(Clone)]
struct Drag {
    pointer: i32,
    began_x: f64,
    width: f64,
    line: Line,
    grip: Grip,
    fault: Fault,
    moved: bool,
}

/// A fault's time has been changed that begins, or began, at this moment (seconds): where the run has passed that, it begins again.
pub fn replay(page: Page, moment: f64) {
    let passed = move || {
        page.run.open.get_untracked()
            && page
                .run
                .frame
                .with_untracked(|frame| frame.as_ref().is_some_and(|frame| frame.at >= moment))
    };
    if !passed() {
        return;
    }
    let number = PLANNED.get().wrapping_add(1);
    PLANNED.set(number);
    dom::later(QUIET_MS, move || {
        if PLANNED.get() == number && page.run.open.get_untracked() {
            super::control(page, Control::Restart);
            let why = "The run had passed that moment: it plays it again from the beginning.";
            super::super::dialog::tell(page, why, false);
        }
    });
}

/// Begins the run again where a fault that was added meanwhile came later than the document says, since the run had passed that moment when it
/// heard of it: what is seen would be another run than the one that a link replays.
pub fn replay_what_came_late(page: Page) {
    /// Clocks of runs are exact; what differs by less was written so.
    const SAME: f64 = 1e-6;
    if page.run.changes.get_untracked() == 0 {
        return;
    }
    let late = page.run.estimates.with_untracked(|estimates| {
        let verdicts = &estimates.as_ref()?.verdicts;
        page.faults.with_untracked(|faults| {
            let starts = verdicts.iter().filter_map(|verdict| {
                let fault = faults.get(verdict.number.checked_sub(1)?)?;
                let late = verdict.began_seconds > fault.start_seconds + SAME;
                late.then_some(fault.start_seconds)
            });
            starts.reduce(f64::min)
        })
    });
    if let Some(moment) = late {
        replay(page, moment);
    }
}

fn fault_at(page: Page, index: usize) -> Option<Fault> {
    page.faults
        .with_untracked(|faults| faults.get(index).cloned())
}

/// Sets a fault's times, and plays the run again where it has passed them; `typed` is one undo step with what was typed just before.
pub fn set_fault(page: Page, index: usize, fault: Fault, typed: bool) {
    let Some(before) = fault_at(page, index).filter(|before| *before != fault) else {
        return;
    };
    let earliest = before.start_seconds.min(fault.start_seconds);
    // Its end alone is felt from there on.
    let earliest = if before.start_seconds == fault.start_seconds {
        let end = |fault: &Fault| fault.end_seconds().unwrap_or(f64::INFINITY);
        end(&before).min(end(&fault)).max(earliest)
    } else {
        earliest
    };
    let change = Change::SetFault { index, fault };
    if typed {
        page.type_change(change);
    } else {
        page.change(change);
    }
    replay(page, earliest);
}

/// Adds a fault, and plays the run again where the fault begins at a moment of the past that is looked at.
pub fn add_fault(page: Page, fault: Fault) {
    let (index, start) = (page.faults.with_untracked(Vec::len), fault.start_seconds);
    let looks_back = super::looking(page).is_some();
    page.change(Change::InsertFault { index, fault });
    if looks_back {
        replay(page, start);
    }
}

/// Takes a fault away, and plays the run again where it has passed its beginning.
pub fn remove_fault(page: Page, index: usize) {
    if let Some(fault) = fault_at(page, index) {
        page.change(Change::RemoveFault(index));
        replay(page, fault.start_seconds);
    }
}

/// The line with its bars; nothing while the drawing has no faults.
pub fn strip(page: Page) -> AnyView {
    let any = Memo::new(move |_| page.faults.with(|faults| !faults.is_empty()));
    (move || any.get().then(|| bars(page))).into_any()
}

/// How far the line reaches, seconds; `None` while there is none.
pub fn reach(page: Page) -> Option<f64> {
    let (end, at) = (page.run.frame).with_untracked(|frame| {
        let frame = frame.as_ref();
        frame.map_or((None, 0.0), |frame| (frame.end, frame.at))
    });
    let end = end.or_else(|| page.run_settings.with_untracked(|run| run.duration_seconds));
    page.faults
        .with_untracked(|faults| (!faults.is_empty()).then(|| Line::of(end, at, faults).seconds))
}

/// How wide the line is, pixels; before it is there, as wide as the page.
fn track_width() -> f64 {
    let track = dom::document().query_selector(".fault-track");
    let width = track.ok().flatten().map(|track| track.client_width());
    let page = || dom::window_size().map_or(1_000.0, |(width, _)| width);
    width.map_or_else(page, f64::from).max(1.0)
}

fn bars(page: Page) -> AnyView {
    let preview = RwSignal::new(None::<(usize, Fault)>);
    let about = RwSignal::new(None::<usize>);
    let shown = Memo::new(move |_| {
        let mut faults = page.faults.get();
        if let Some((index, fault)) = preview.get()
            && let Some(own) = faults.get_mut(index)
        {
            *own = fault;
        }
        faults
    });
    let reached = Memo::new(move |_| {
        page.run.frame.with(|frame| {
            frame
                .as_ref()
                .map_or((None, 0.0), |frame| (frame.end, frame.at))
        })
    });
    let looking = Memo::new(move |_| super::looking(page));
    let line = Memo::new(move |_| {
        let (end, at) = reached.get();
        let end = end.or_else(|| page.run_settings.with(|run| run.duration_seconds));
        shown.with(|faults| Line::of(end, at, faults))
    });
    let bars = Memo::new(move |_| {
        let (line, now) = (line.get(), reached.get().1);
        page.run.estimates.with(|estimates| {
            let verdicts = estimates
                .as_ref()
                .map_or(&[][..], |estimates| &estimates.verdicts);
            shown.with(|faults| {
                let width = track_width();
                let words = faults.iter().map(|fault| match ends_by_itself(fault) {
                    true => 0.0,
                    false => {
                        let letters = title(page, fault).chars().count() as f64;
                        (letters * LETTER + AROUND) / width
                    }
                });
                line.bars(faults, verdicts, now, &words.collect::<Vec<f64>>())
            })
        })
    });
    let lanes = move || bars.with(|bars| bars.iter().map(|bar| bar.lane + 1).max().unwrap_or(1));
    let caption = move || {
        let index = about.get()?;
        page.revision.track();
        shown.with(|faults| faults.get(index).map(|fault| title(page, fault)))
    };
    let count = Memo::new(move |_| page.faults.with(Vec::len));
    let view = Strip {
        page,
        preview,
        about,
        shown,
        line,
        bars,
    };
    view! {
        <section class="timeline" aria-label="Faults through time" data-testid="timeline">
            <div class="timeline-head">
                <b>"Faults"</b>
                <span class="mute" data-testid="timeline-caption">
                    {move || caption().unwrap_or_else(|| "Drag a bar to move it, its right end to make it longer.".to_owned())}
                    {move || about.get().is_none().then(|| view! { <span class="by-keys">" By keys: arrows, Shift with arrows, Delete."</span> })}
                </span>
            </div>
            <div class="fault-track" style:height=move || format!("{}px", lanes() * 22 + 4)>
                <div class="fault-reached" style:width=move || percent(line.get().along(reached.get().1))></div>
                {move || page.run.choice.with(|choice| choice.span).map(|(from, to)| view! {
                    <div class="fault-span" title="What the plots show" data-testid="timeline-span" style:left=percent(line.get().along(from)) style:width=percent(line.get().along(to) - line.get().along(from))></div>
                })}
                {move || looking.get().map(|moment| view! {
                    <div class="fault-moment" data-testid="timeline-moment" style:left=percent(line.get().along(moment))></div>
                })}
                <For each=move || 0..count.get() key=|index| *index children=move |index| view.bar(index) />
            </div>
            <div class="fault-axis" aria-hidden="true">
                <span>"0:00"</span>
                <span>{move || moment_words(line.get().rounded(0.5))}</span>
                <span>{move || moment_words(line.get().rounded(1.0))}</span>
            </div>
        </section>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Strip {
    page: Page,
    preview: RwSignal<Option<(usize, Fault)>>,
    about: RwSignal<Option<usize>>,
    shown: Memo<Vec<Fault>>,
    line: Memo<Line>,
    bars: Memo<Vec<Bar>>,
}

impl Strip {
    fn remove(self, index: usize) {
        self.about.set(None);
        remove_fault(self.page, index);
        dom::focus("canvas");
    }

    /// Shows where it happens, and its exact times.
    fn show(self, index: usize) {
        let item = fault_at(self.page, index).and_then(|fault| match fault.incident {
            Incident::Component { id, .. } | Incident::Clients { id: Some(id), .. } => {
                Some(Item::Component(id))
            }
            Incident::Link { id, .. } => Some(Item::Link(id)),
            Incident::Zone { id, .. } => Some(Item::Zone(id)),
            Incident::Clients { id: None, .. } => None,
        });
        self.page.select(item);
        self.page.pane.set(Pane::Break);
    }

    fn bar(self, index: usize) -> AnyView {
        let Strip {
            page,
            preview,
            about,
            shown,
            line,
            bars,
        } = self;
        let bar = Memo::new(move |_| bars.with(|bars| bars.get(index).copied()));
        let of_bar = move |get: fn(&Bar) -> f64| bar.with(|bar| bar.as_ref().map_or(0.0, get));
        let words = move || {
            page.revision.track();
            shown.with(|faults| faults.get(index).map(|fault| title(page, fault)))
        };
        let lasts = Memo::new(move |_| {
            shown.with(|faults| {
                faults
                    .get(index)
                    .is_some_and(|fault| !ends_by_itself(fault))
            })
        });
        let start =
            move || shown.with(|faults| faults.get(index).map_or(0.0, |fault| fault.start_seconds));
        let drag = StoredValue::new(None::<Drag>);
        let grab = move |event: PointerEvent, grip: Grip| {
            if event.button() != 0 {
                return;
            }
            event.stop_propagation();
            let target = event
                .current_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let track = target
                .as_ref()
                .and_then(|target| target.closest(".fault-track").ok().flatten());
            let (Some(target), Some(track), Some(fault)) =
                (target, track, fault_at(self.page, index))
            else {
                return;
            };
            // Without a capture the drag ends at the bar's edge.
            let _ = target.set_pointer_capture(event.pointer_id());
            drag.set_value(Some(Drag {
                pointer: event.pointer_id(),
                began_x: f64::from(event.client_x()),
                width: f64::from(track.client_width()).max(1.0),
                line: line.get_untracked(),
                grip,
                fault,
                moved: false,
            }));
        };
        let dragged = move |event: PointerEvent| {
            let Some(mut own) = drag
                .get_value()
                .filter(|own| own.pointer == event.pointer_id())
            else {
                return;
            };
            let by = f64::from(event.client_x()) - own.began_x;
            own.moved |= by.abs() > STILL;
            if own.moved {
                let seconds = by / own.width * own.line.seconds;
                preview.set(Some((
                    index,
                    own.line.dragged(&own.fault, own.grip, seconds),
                )));
                about.set(Some(index));
            }
            drag.set_value(Some(own));
        };
        let let_go = move |event: PointerEvent| {
            let Some(own) = drag
                .get_value()
                .filter(|own| own.pointer == event.pointer_id())
            else {
                return;
            };
            drag.set_value(None);
            let fault = preview.get_untracked().filter(|(of, _)| *of == index);
            preview.set(None);
            match fault {
                Some((_, fault)) if own.moved => set_fault(page, index, fault, false),
                _ => self.show(index),
            }
        };
        let give_up = move || {
            drag.set_value(None);
            preview.set(None);
        };
        let keys = move |event: KeyboardEvent| {
            let (step, line) = (line.get_untracked().step(), line.get_untracked());
            let by = match event.key().as_str() {
                "ArrowLeft" => -step,
                "ArrowRight" => step,
                "PageDown" => -10.0 * step,
                "PageUp" => 10.0 * step,
                "Delete" | "Backspace" => {
                    event.prevent_default();
                    return self.remove(index);
                }
                "Enter" => {
                    event.prevent_default();
                    return self.show(index);
                }
                "Escape" if preview.with_untracked(Option::is_some) => {
                    event.prevent_default();
                    return give_up();
                }
                _ => return,
            };
            event.prevent_default();
            let grip = if event.shift_key() {
                Grip::End
            } else {
                Grip::Whole
            };
            if let Some(fault) = fault_at(self.page, index) {
                set_fault(page, index, line.dragged(&fault, grip, by), true);
            }
        };
        let top = move || bar.with(|bar| bar.as_ref().map_or(0, |bar| bar.lane * 22 + 2));
        let tail = move || {
            let bar = bar.get()?;
            let (until, stays) = bar.tail?;
            Some((bar.to, (until - bar.to).max(0.0), stays))
        };
        view! {
            {move || tail().map(|(from, width, stays)| view! {
                <div
                    class="fault-tail"
                    class:stays=stays
                    data-testid=format!("tail-{index}")
                    title=if stays { "Over, and down without it" } else { "Until all was as before" }
                    style:left=percent(from)
                    style:width=percent(width)
                    style:top=format!("{}px", top())
                ></div>
            })}
            <div
                class="fault-bar"
                class:words-before=move || bar.with(|bar| bar.is_some_and(|bar| bar.words_before))
                class:at-once=move || !lasts.get() && bar.with(|bar| bar.is_none_or(|bar| bar.to - bar.from < AT_ONCE))
                role="slider"
                tabindex="0"
                aria-label=move || words().unwrap_or_default()
                aria-valuemin="0"
                aria-valuemax=move || loadscape_sim::quantities::number(line.get().seconds)
                aria-valuenow=move || loadscape_sim::quantities::number(start())
                aria-valuetext=move || words().unwrap_or_default()
                title=move || words().unwrap_or_default()
                data-testid=format!("bar-{index}")
                style:left=move || percent(of_bar(|bar| bar.from))
                style:width=move || percent(of_bar(|bar| bar.to - bar.from))
                style:top=move || format!("{}px", top())
                on:pointerdown=move |event: PointerEvent| grab(event, Grip::Whole)
                on:pointermove=dragged
                on:pointerup=let_go
                on:pointercancel=move |_: PointerEvent| give_up()
                on:pointerenter=move |_: PointerEvent| about.set(Some(index))
                on:pointerleave=move |_: PointerEvent| if preview.with_untracked(Option::is_none) { about.set(None) }
                on:focus=move |_| about.set(Some(index))
                on:blur=move |_| about.set(None)
                on:keydown=keys
            >
                <span class="fault-bar-words">{move || words().unwrap_or_default()}</span>
                {move || lasts.get().then(|| view! {
                    <span
                        class="fault-bar-end"
                        aria-hidden="true"
                        data-testid=format!("bar-{index}-end")
                        on:pointerdown=move |event: PointerEvent| grab(event, Grip::End)
                    ></span>
                })}
            </div>
        }
        .into_any()
    }
}
