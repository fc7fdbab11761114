//! The cursor over the drawing says what a press would do: the editor that decides the press is asked. It decides nothing.

use super::super::dom;
use super::super::page::Page;
use super::pointer;
use crate::editor::{Device, Handle, Hit, Port, Tool};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

/// What the style sheet turns into a cursor.
const CURSOR: &str = "data-cursor";
/// What a port wears while a press would connect from it.
const NEAR: &str = "near";

thread_local! {
    // What lies under the pointer, the element that wears its cursor, and the port that is lit.
    static SHOWN: RefCell<Option<(Hit, Element, Option<Element>)>> = const { RefCell::new(None) };
}

/// Shows what a press here would do. While a gesture is under way, what it began with stays.
pub fn show(page: Page, event: &PointerEvent) {
    let pointer = pointer(event);
    let under = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(under) = under.filter(|_| pointer.device != Device::Touch) else {
        return;
    };
    let (tool, hit) = {
        let editor = page.editor();
        let tool = match editor.tool() {
            Tool::Idle => Some(true),
            Tool::Connecting(connection) if connection.grip.is_none() => Some(false),
            _ => None,
        };
        (tool, editor.hit(pointer.at, pointer.device))
    };
    let Some(idle) = tool else { return };
    SHOWN.with_borrow_mut(|shown| {
        let same = |(before, element, _): &(Hit, Element, _)| *before == hit && *element == under;
        if idle && shown.as_ref().is_some_and(same) {
            return;
        }
        if let Some((_, element, port)) = shown.take() {
            // The element may have left the page with its part meanwhile; then nobody sees it.
            let _ = element.remove_attribute(CURSOR);
            let _ = port.map(|port| port.class_list().remove_1(NEAR));
        }
        if idle {
            let _ = under.set_attribute(CURSOR, name(hit));
            let port = port(hit);
            let _ = port.as_ref().map(|port| port.class_list().add_1(NEAR));
            *shown = Some((hit, under, port));
        }
    });
}

fn port(hit: Hit) -> Option<Element> {
    let Hit::Port(id, side) = hit else {
        return None;
    };
    let port = match side {
        Port::In => ".port.in",
        Port::Out => ".port.out",
    };
    let node = dom::document().get_element_by_id(&format!("node-{id}"))?;
    node.query_selector(port).ok().flatten()
}

fn name(hit: Hit) -> &'static str {
    match hit {
        Hit::Canvas => "default",
        Hit::Component(_) | Hit::LinkEnd(..) => "grab",
        Hit::Port(..) => "crosshair",
        Hit::Link(_) => "pointer",
        Hit::ZoneBorder(_) => "move",
        Hit::ZoneHandle(_, handle) => match handle {
            Handle::TopLeft | Handle::BottomRight => "nwse-resize",
            Handle::TopRight | Handle::BottomLeft => "nesw-resize",
            Handle::Top | Handle::Bottom => "ns-resize",
            Handle::Left | Handle::Right => "ew-resize",
        },
    }
}
