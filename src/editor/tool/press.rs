//! What a press becomes: a click, or one of the drags; it draws nothing.

use super::super::Editor;
use super::super::connect::{Loose, Verdict};
use super::super::effects::{Effects, Item};
use super::super::input::{Button, Device, Hit, Pointer, Port};
use super::super::selection::Selection;
use super::{Connection, Grip, Tool};

pub(super) fn pressed(
    grip: Grip,
    pointer: &Pointer,
    button: Button,
    target: Hit,
    editor: &mut Editor,
) -> (Tool, Effects) {
    let pans = button == Button::Middle || (button == Button::Primary && pointer.modifiers.space);
    if pans {
        return (Tool::Panning { grip }, Effects::of_tool());
    }
    if button == Button::Secondary {
        return (Tool::Idle, Effects::none());
    }
    // Selecting on the press, not on the release, is what makes a click feel immediate.
    let effects = match item_of(target) {
        Some(item) if !pointer.modifiers.shift && !editor.selection().contains(item) => {
            editor.select(Selection::only(item))
        }
        _ => Effects::none(),
    };
    (
        Tool::Pressing { grip, target },
        effects.then(Effects::of_tool()),
    )
}

pub(super) fn clicked(target: Hit, toggles: bool, editor: &mut Editor) -> Effects {
    match item_of(target) {
        Some(item) if toggles => editor.toggle(item),
        Some(item) => editor.select(Selection::only(item)),
        None if toggles => Effects::none(),
        None => editor.select(Selection::none()),
    }
}

pub(super) fn drag_begun(
    grip: Grip,
    target: Hit,
    pointer: &Pointer,
    editor: &mut Editor,
) -> (Tool, Effects) {
    match target {
        Hit::Canvas if grip.device == Device::Touch => (Tool::Panning { grip }, Effects::of_tool()),
        // A line's middle can't be dragged: what starts there is a marquee, as if the line were not there.
        Hit::Canvas | Hit::Link(_) => {
            let tool = Tool::Marquee {
                grip,
                to: grip.world,
                before: editor.selection().clone(),
                adds: pointer.modifiers.shift,
            };
            (tool, Effects::of_tool())
        }
        Hit::Port(component, port) => {
            let connection = Connection {
                fixed: component,
                loose: match port {
                    Port::Out => Loose::Called,
                    Port::In => Loose::Caller,
                },
                moved: None,
                grip: Some(grip),
                at: grip.world,
                over: None,
                verdict: Verdict::Nowhere,
            };
            (Tool::Connecting(connection), Effects::of_tool())
        }
        Hit::LinkEnd(id, loose) => {
            let Some(link) = editor.link(id) else {
                return (Tool::Idle, Effects::of_tool());
            };
            let connection = Connection {
                fixed: match loose {
                    Loose::Called => link.from,
                    Loose::Caller => link.to,
                },
                loose,
                moved: Some(id),
                grip: Some(grip),
                at: grip.world,
                over: None,
                verdict: Verdict::Nowhere,
            };
            (Tool::Connecting(connection), Effects::of_tool())
        }
        Hit::Component(_) | Hit::ZoneBorder(_) => {
            let item = item_of(target);
            let effects = match item {
                Some(item) if !editor.selection().contains(item) => {
                    let mut selection = if pointer.modifiers.shift {
                        editor.selection().clone()
                    } else {
                        Selection::none()
                    };
                    selection.insert(item);
                    editor.select(selection)
                }
                _ => Effects::none(),
            };
            let Some(anchor) = item.and_then(|item| editor.corner_of(item)) else {
                return (Tool::Idle, effects.then(Effects::of_tool()));
            };
            let (components, zones) = editor.moving_with_selection();
            let begun = editor.begin_gesture(move_label(components.len(), zones.len()));
            let effects = effects.then(begun);
            let tool = Tool::Dragging {
                grip,
                anchor,
                components,
                zones,
                onto: None,
            };
            (tool, effects.then(Effects::of_tool()))
        }
        Hit::ZoneHandle(zone, handle) => match editor.zone(zone).map(|zone| zone.rectangle) {
            Some(original) => {
                let begun = editor.begin_gesture("Resize zone");
                let tool = Tool::ResizingZone {
                    grip,
                    zone,
                    handle,
                    original,
                };
                (tool, begun.then(Effects::of_tool()))
            }
            None => (Tool::Idle, Effects::of_tool()),
        },
    }
}

fn move_label(components: usize, zones: usize) -> String {
    match (components, zones) {
        (1, 0) => "Move part".to_owned(),
        (_, 0) => format!("Move {components} parts"),
        (_, _) => "Move zone".to_owned(),
    }
}

fn item_of(target: Hit) -> Option<Item> {
    match target {
        Hit::Canvas => None,
        Hit::Component(id) | Hit::Port(id, _) => Some(Item::Component(id)),
        Hit::Link(id) | Hit::LinkEnd(id, _) => Some(Item::Link(id)),
        Hit::ZoneBorder(id) | Hit::ZoneHandle(id, _) => Some(Item::Zone(id)),
    }
}
