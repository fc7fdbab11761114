//! Pointers and wheels as the editor's inputs: mouse, finger and pen alike; it decides nothing.

use super::super::page::Page;
use super::super::{dom, later};
use crate::editor::{Button, Device, Input, Modifiers, Pointer};
use loadscape_sim::scenario::Point;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

thread_local! {
    // Measuring forces layout, so it happens on resize and on press, not on each move.
    static ORIGIN: Cell<Point> = const { Cell::new(Point { x: 0.0, y: 0.0 }) };
    static SPACE: Cell<bool> = const { Cell::new(false) };
    // The pointer that is held at the edge, and when that was last looked at; none while none is.
    static LINGERS: Cell<Option<(Pointer, f64)>> = const { Cell::new(None) };
}

/// Measures where the drawing's top left corner is in the window.
pub fn remember_origin(surface: &Element) {
    let rectangle = surface.get_bounding_client_rect();
    ORIGIN.set(Point {
        x: rectangle.left(),
        y: rectangle.top(),
    });
}

/// A place in the window as pixels from the drawing's corner.
pub fn on_canvas(event: &MouseEvent) -> Point {
    let origin = ORIGIN.get();
    Point {
        x: f64::from(event.client_x()) - origin.x,
        y: f64::from(event.client_y()) - origin.y,
    }
}

/// The pointer of an event.
pub fn pointer(event: &PointerEvent) -> Pointer {
    Pointer {
        id: event.pointer_id(),
        device: device(event),
        at: on_canvas(event),
        modifiers: modifiers(event),
    }
}

fn device(event: &PointerEvent) -> Device {
    match event.pointer_type().as_str() {
        "touch" => Device::Touch,
        "pen" => Device::Pen,
        _ => Device::Mouse,
    }
}

fn modifiers(event: &MouseEvent) -> Modifiers {
    Modifiers {
        shift: event.shift_key(),
        alt: event.alt_key(),
        primary: event.ctrl_key() || event.meta_key(),
        space: SPACE.get(),
    }
}

/// Lets the drawing come towards a pointer that drags something to the edge, frame by frame for as long as it stays there.
fn linger(page: Page, pointer: Pointer) {
    if !page.editor().lingers(pointer.at) {
        LINGERS.set(None);
        return;
    }
    let begun = LINGERS.get();
    LINGERS.set(Some((
        pointer,
        begun.map_or_else(dom::now_ms, |(_, since)| since),
    )));
    if begun.is_none() {
        dom::next_frame(move || lingered(page));
    }
}

fn lingered(page: Page) {
    let Some((pointer, since)) = LINGERS.get() else {
        return;
    };
    if !page.editor().lingers(pointer.at) {
        LINGERS.set(None);
        return;
    }
    let now = dom::now_ms();
    LINGERS.set(Some((pointer, now)));
    page.input(Input::Linger {
        pointer,
        elapsed_ms: now - since,
    });
    dom::next_frame(move || lingered(page));
}

/// Listens to everything that points at the drawing.
pub fn listen(page: Page, surface: &Element) {
    let target: &EventTarget = surface;
    let element = surface.clone();
    dom::listen(target, "pointerdown", move |event: PointerEvent| {
        remember_origin(&element);
        // Without capture a fast drag loses its pointer at the edge; a pointer that is gone already needs none.
        let _ = element.set_pointer_capture(event.pointer_id());
        if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
            let _ = element.focus();
        }
        let button = match event.button() {
            1 => Button::Middle,
            2 => Button::Secondary,
            _ => Button::Primary,
        };
        if button == Button::Middle {
            event.prevent_default();
        }
        let pointer = pointer(&event);
        let target = page.editor().hit(pointer.at, pointer.device);
        page.input(Input::Down {
            pointer,
            button,
            target,
        });
    });
    dom::listen(target, "pointermove", move |event: PointerEvent| {
        let pointer = pointer(&event);
        page.input(Input::Move(pointer));
        if let Some(later) = later::loaded() {
            (later.cursor)(page, &event);
        }
        linger(page, pointer);
    });
    dom::listen(target, "pointerup", move |event: PointerEvent| {
        LINGERS.set(None);
        page.input(Input::Up(pointer(&event)))
    });
    dom::listen(target, "pointercancel", move |event: PointerEvent| {
        page.input(Input::Lost(event.pointer_id()))
    });
    dom::listen(target, "dblclick", move |event: MouseEvent| {
        let hit = page.editor().hit(on_canvas(&event), Device::Mouse);
        super::super::inspector::open(page, hit);
    });
    dom::listen_actively(target, "wheel", move |event: WheelEvent| {
        event.prevent_default();
        // A wheel may count lines or pages instead of pixels.
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => 16.0,
            WheelEvent::DOM_DELTA_PAGE => 400.0,
            _ => 1.0,
        };
        let delta = Point {
            x: event.delta_x() * unit,
            y: event.delta_y() * unit,
        };
        page.input(Input::Wheel {
            at: on_canvas(&event),
            delta,
            modifiers: modifiers(&event),
        });
    });
    for (name, down) in [("keydown", true), ("keyup", false)] {
        dom::listen(&dom::window(), name, move |event: KeyboardEvent| {
            if event.key() == " " && !dom::takes_keys(&event) {
                SPACE.set(down);
            }
        });
    }
}
