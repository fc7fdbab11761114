//! The tools as a state machine: what a press, a drag or a key means depends on what is under way; it draws nothing.

mod connecting;
mod press;

use super::Editor;
use super::connect::{Loose, Verdict};
use super::effects::Effects;
use super::geometry::{resized, snap_point, spanned};
use super::input::{Button, Device, Handle, Hit, Input, Pointer, ToolKey, edge_speed};
use super::selection::Selection;
use connecting::{connecting_by_key, finish_connection};
use loadscape_sim::catalog::{Kind, ZoneKind};
use loadscape_sim::scenario::{ComponentId, LinkId, Point, Rectangle, ZoneId};
use press::{clicked, drag_begun, pressed};

/// Where a press began and where its pointer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grip {
    /// Which pointer.
    pub pointer: i32,
    /// What it is.
    pub device: Device,
    /// Where it went down, in pixels.
    pub pressed_at: Point,
    /// Where on the drawing it went down.
    pub world: Point,
    /// Where it was last, in pixels.
    pub last: Point,
}

impl Grip {
    fn new(pointer: &Pointer, editor: &Editor) -> Self {
        Grip {
            pointer: pointer.id,
            device: pointer.device,
            pressed_at: pointer.at,
            world: editor.world(pointer.at),
            last: pointer.at,
        }
    }

    fn at(self, pixel: Point) -> Self {
        Grip {
            last: pixel,
            ..self
        }
    }
}

/// A connection whose one end is still loose.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The component at the end that is fixed.
    pub fixed: ComponentId,
    /// Which end is loose.
    pub loose: Loose,
    /// The link whose end it is; `None` while there is no link yet.
    pub moved: Option<LinkId>,
    /// The press that drags it; `None` when the keyboard (or click after click) chooses.
    pub grip: Option<Grip>,
    /// Where the loose end is on the drawing.
    pub at: Point,
    /// The component under the loose end.
    pub over: Option<ComponentId>,
    /// What connecting them would mean.
    pub verdict: Verdict,
}

/// What is under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tool {
    /// Nothing.
    #[default]
    Idle,
    /// A button is down and has not moved far enough to be a drag.
    Pressing {
        /// The press.
        grip: Grip,
        /// What it pressed.
        target: Hit,
    },
    /// Nodes and zones follow the pointer.
    Dragging {
        /// The press.
        grip: Grip,
        /// Where the pressed thing's top left corner was; the grid holds for it, the others keep their distance.
        anchor: Point,
        /// Where the components were.
        components: Vec<(ComponentId, Point)>,
        /// Where the zones were.
        zones: Vec<(ZoneId, Rectangle)>,
        /// The link that the part would be inserted into.
        onto: Option<LinkId>,
    },
    /// A rectangle selects what it touches.
    Marquee {
        /// The press.
        grip: Grip,
        /// The opposite corner on the drawing.
        to: Point,
        /// What was selected before it.
        before: Selection,
        /// Whether it adds to that.
        adds: bool,
    },
    /// The drawing follows the pointer.
    Panning {
        /// The press.
        grip: Grip,
    },
    /// The drawing follows two fingers.
    Pinching {
        /// One finger, and where it is in pixels.
        first: (i32, Point),
        /// The other.
        second: (i32, Point),
    },
    /// A connection looks for its other end.
    Connecting(Connection),
    /// A part from the palette looks for its place.
    PlacingPart {
        /// What it is.
        kind: Kind,
        /// Where its top left corner would be: beside the pointer where it finds no room in a link; `None` while it is not over
        /// the canvas.
        at: Option<Point>,
        /// The link that it would be inserted into.
        onto: Option<LinkId>,
    },
    /// A zone is about to be drawn, or is being drawn.
    DrawingZone {
        /// What it stands for.
        kind: ZoneKind,
        /// The press and the opposite corner on the drawing, once there is a press.
        drawn: Option<(Grip, Point)>,
    },
    /// A zone's edges follow the pointer.
    ResizingZone {
        /// The press.
        grip: Grip,
        /// Which zone.
        zone: ZoneId,
        /// By which handle.
        handle: Handle,
        /// Where it was.
        original: Rectangle,
    },
}

impl Tool {
    /// The marquee on the drawing, while there is one.
    pub fn marquee(&self) -> Option<Rectangle> {
        match self {
            Tool::Marquee { grip, to, .. } => Some(spanned(grip.world, *to)),
            _ => None,
        }
    }

    /// The zone being drawn, while there is one.
    pub fn drawn_zone(&self) -> Option<(ZoneKind, Rectangle)> {
        match self {
            Tool::DrawingZone {
                kind,
                drawn: Some((grip, to)),
            } => Some((*kind, spanned(snap_point(grip.world), *to))),
            _ => None,
        }
    }

    /// Whether it takes this key for itself, before the command table sees it.
    pub fn wants(&self, key: ToolKey) -> bool {
        match (self, key) {
            (Tool::Idle, _) => false,
            (_, ToolKey::Escape) => true,
            (Tool::Connecting(connection), _) => connection.grip.is_none(),
            _ => false,
        }
    }

    fn grip(&self) -> Option<&Grip> {
        match self {
            Tool::Pressing { grip, .. }
            | Tool::Dragging { grip, .. }
            | Tool::Marquee { grip, .. }
            | Tool::Panning { grip }
            | Tool::ResizingZone { grip, .. } => Some(grip),
            Tool::Connecting(connection) => connection.grip.as_ref(),
            Tool::DrawingZone { drawn, .. } => drawn.as_ref().map(|(grip, _)| grip),
            Tool::Idle | Tool::Pinching { .. } | Tool::PlacingPart { .. } => None,
        }
    }

    /// What comes after this input, and what it did.
    #[must_use = "the tool that is not put back is no longer under way"]
    pub fn transition(self, input: &Input, editor: &mut Editor) -> (Tool, Effects) {
        match input {
            Input::Wheel {
                at,
                delta,
                modifiers,
            } => {
                let effects = if modifiers.primary {
                    // 100 pixels of wheel are a factor of 1.25, as in most drawing programs.
                    let factor = (-delta.y * 0.002_231).clamp(-1.0, 1.0).exp();
                    editor.zoom_about(*at, factor)
                } else if modifiers.shift && delta.x == 0.0 {
                    editor.pan_by(-delta.y, 0.0)
                } else {
                    editor.pan_by(-delta.x, -delta.y)
                };
                (self, effects)
            }
            Input::Linger {
                pointer,
                elapsed_ms,
            } => self.lingered(pointer, *elapsed_ms, editor),
            Input::Key(ToolKey::Escape) => self.cancelled(editor),
            Input::Key(key) => match self {
                Tool::Connecting(connection) if connection.grip.is_none() => {
                    connecting_by_key(connection, *key, editor)
                }
                other => (other, Effects::none()),
            },
            Input::Lost(pointer) => match &self {
                Tool::Pinching { first, second } if first.0 == *pointer || second.0 == *pointer => {
                    (Tool::Idle, Effects::of_tool())
                }
                _ if self.grip().is_some_and(|grip| grip.pointer == *pointer) => {
                    self.cancelled(editor)
                }
                Tool::PlacingPart { .. } => self.cancelled(editor),
                _ => (self, Effects::none()),
            },
            Input::Down {
                pointer,
                button,
                target,
            } => self.down(pointer, *button, *target, editor),
            Input::Move(pointer) => self.moved(pointer, editor),
            Input::Up(pointer) => self.up(pointer, editor),
        }
    }

    /// Gives up what is under way and takes back what it did.
    pub(super) fn cancelled(self, editor: &mut Editor) -> (Tool, Effects) {
        let effects = match self {
            Tool::Idle => return (Tool::Idle, Effects::none()),
            Tool::Dragging { .. } | Tool::ResizingZone { .. } => editor.cancel_gesture(),
            Tool::Marquee { before, .. } => editor.select(before),
            Tool::Connecting(_) => Effects::say("Connecting cancelled."),
            _ => Effects::none(),
        };
        (Tool::Idle, effects.then(Effects::of_tool()))
    }

    /// Whether the drawing comes towards a pointer at the canvas's edge, so that what is dragged can go beyond it.
    pub fn reaches_beyond(&self) -> bool {
        matches!(
            self,
            Tool::Dragging { .. }
                | Tool::Marquee { .. }
                | Tool::ResizingZone { .. }
                | Tool::Connecting(Connection { grip: Some(_), .. })
                | Tool::DrawingZone { drawn: Some(_), .. }
        )
    }

    fn lingered(self, pointer: &Pointer, elapsed_ms: f64, editor: &mut Editor) -> (Tool, Effects) {
        // A page that was asleep must not leap.
        const LONGEST_MS: f64 = 50.0;
        let Some(speed) = edge_speed(pointer.at, editor.canvas()).filter(|_| self.reaches_beyond())
        else {
            return (self, Effects::none());
        };
        let elapsed = elapsed_ms.clamp(0.0, LONGEST_MS);
        let panned = editor.pan_by(speed.x * elapsed, speed.y * elapsed);
        let (tool, effects) = self.moved(pointer, editor);
        (tool, panned.then(effects))
    }

    fn down(
        self,
        pointer: &Pointer,
        button: Button,
        target: Hit,
        editor: &mut Editor,
    ) -> (Tool, Effects) {
        let grip = Grip::new(pointer, editor);
        match self {
            Tool::Idle => pressed(grip, pointer, button, target, editor),
            Tool::DrawingZone { kind, drawn: None } if button == Button::Primary => (
                Tool::DrawingZone {
                    kind,
                    drawn: Some((grip, snap_point(grip.world))),
                },
                Effects::of_tool(),
            ),
            Tool::Connecting(connection) if connection.grip.is_none() => {
                let over = editor.component_at(grip.world);
                if over.is_some() {
                    finish_connection(connection.looking_at(grip.world, over, editor), editor)
                } else {
                    Tool::Connecting(connection).cancelled(editor)
                }
            }
            other => {
                // A second finger turns whatever the first one did into a pinch.
                let first = other
                    .grip()
                    .filter(|grip| grip.device == Device::Touch && grip.pointer != pointer.id)
                    .map(|grip| (grip.pointer, grip.last));
                match first {
                    Some(first) if pointer.device == Device::Touch => {
                        let (_, effects) = other.cancelled(editor);
                        let second = (pointer.id, pointer.at);
                        (
                            Tool::Pinching { first, second },
                            effects.then(Effects::of_tool()),
                        )
                    }
                    _ => (other, Effects::none()),
                }
            }
        }
    }

    fn moved(self, pointer: &Pointer, editor: &mut Editor) -> (Tool, Effects) {
        if self.grip().is_some_and(|grip| grip.pointer != pointer.id) {
            return (self, Effects::none());
        }
        let world = editor.world(pointer.at);
        match self {
            Tool::Idle => (Tool::Idle, Effects::none()),
            Tool::Pressing { grip, target } => {
                let wandered =
                    (pointer.at.x - grip.pressed_at.x).hypot(pointer.at.y - grip.pressed_at.y);
                if wandered < grip.device.drag_threshold() {
                    let grip = grip.at(pointer.at);
                    return (Tool::Pressing { grip, target }, Effects::none());
                }
                let (tool, effects) = drag_begun(grip, target, pointer, editor);
                // What the press has wandered so far is part of the drag.
                let (tool, further) = match tool {
                    Tool::Pressing { .. } | Tool::Idle => (tool, Effects::none()),
                    begun => begun.moved(pointer, editor),
                };
                (tool, effects.then(further))
            }
            Tool::Dragging {
                grip,
                anchor,
                components,
                zones,
                onto,
            } => {
                let mut shift = Point {
                    x: world.x - grip.world.x,
                    y: world.y - grip.world.y,
                };
                if !pointer.modifiers.alt {
                    let snapped = snap_point(Point {
                        x: anchor.x + shift.x,
                        y: anchor.y + shift.y,
                    });
                    shift = Point {
                        x: snapped.x - anchor.x,
                        y: snapped.y - anchor.y,
                    };
                }
                let mut effects = editor.shift_in_gesture(&components, &zones, shift);
                let before = onto;
                let onto = match (&components[..], &zones[..]) {
                    ([(only, _)], []) => editor.receiving_dragged(*only),
                    _ => None,
                };
                if onto != before {
                    effects.merge(Effects::of_tool());
                }
                let grip = grip.at(pointer.at);
                (
                    Tool::Dragging {
                        grip,
                        anchor,
                        components,
                        zones,
                        onto,
                    },
                    effects,
                )
            }
            Tool::Marquee {
                grip, before, adds, ..
            } => {
                let mut selection = editor.touched_by(spanned(grip.world, world));
                if adds {
                    for item in before.iter() {
                        selection.insert(item);
                    }
                }
                let effects = editor.select(selection).then(Effects::of_tool());
                let grip = grip.at(pointer.at);
                (
                    Tool::Marquee {
                        grip,
                        to: world,
                        before,
                        adds,
                    },
                    effects,
                )
            }
            Tool::Panning { grip } => {
                let effects = editor.pan_by(pointer.at.x - grip.last.x, pointer.at.y - grip.last.y);
                let grip = grip.at(pointer.at);
                (Tool::Panning { grip }, effects)
            }
            Tool::Pinching { first, second } => {
                let (mut first_now, mut second_now) = (first, second);
                if pointer.id == first.0 {
                    first_now.1 = pointer.at;
                } else if pointer.id == second.0 {
                    second_now.1 = pointer.at;
                }
                let effects = editor.pinch((first.1, second.1), (first_now.1, second_now.1));
                (
                    Tool::Pinching {
                        first: first_now,
                        second: second_now,
                    },
                    effects,
                )
            }
            Tool::Connecting(connection) => {
                let over = editor.component_at(world);
                // Choosing by key, the mouse lying about on bare canvas must not take the choice away.
                if connection.grip.is_none() && over.is_none() {
                    return (Tool::Connecting(connection), Effects::none());
                }
                let mut connection = connection.looking_at(world, over, editor);
                connection.grip = connection.grip.map(|grip| grip.at(pointer.at));
                (Tool::Connecting(connection), Effects::of_tool())
            }
            Tool::PlacingPart { kind, at, onto } => {
                let place = editor.part_place(pointer.at, pointer.modifiers.alt);
                let now = match place.and_then(|place| editor.receiving_at(kind, place)) {
                    Some((link, spot)) => (Some(spot), Some(link)),
                    None => (place, None),
                };
                let effects = if (at, onto) == now {
                    Effects::none()
                } else {
                    Effects::of_tool()
                };
                let (at, onto) = now;
                (Tool::PlacingPart { kind, at, onto }, effects)
            }
            Tool::DrawingZone {
                kind,
                drawn: Some((grip, _)),
            } => {
                let drawn = Some((grip.at(pointer.at), snap_point(world)));
                (Tool::DrawingZone { kind, drawn }, Effects::of_tool())
            }
            Tool::DrawingZone { kind, drawn: None } => {
                (Tool::DrawingZone { kind, drawn: None }, Effects::none())
            }
            Tool::ResizingZone {
                grip,
                zone,
                handle,
                original,
            } => {
                let shift = Point {
                    x: world.x - grip.world.x,
                    y: world.y - grip.world.y,
                };
                let rectangle = resized(original, handle, shift, !pointer.modifiers.alt);
                let effects = editor.resize_in_gesture(zone, rectangle);
                let grip = grip.at(pointer.at);
                (
                    Tool::ResizingZone {
                        grip,
                        zone,
                        handle,
                        original,
                    },
                    effects,
                )
            }
        }
    }

    fn up(self, pointer: &Pointer, editor: &mut Editor) -> (Tool, Effects) {
        if self.grip().is_some_and(|grip| grip.pointer != pointer.id) {
            return (self, Effects::none());
        }
        match self {
            Tool::Pressing { target, .. } => {
                let effects = clicked(target, pointer.modifiers.shift, editor);
                (Tool::Idle, effects.then(Effects::of_tool()))
            }
            Tool::Dragging {
                components, onto, ..
            } => {
                let inserted = match (&components[..], onto) {
                    ([(only, _)], Some(link)) => editor.insert_dragged(link, *only),
                    _ => Effects::none(),
                };
                let effects = inserted.then(editor.commit_gesture());
                (Tool::Idle, effects.then(Effects::of_tool()))
            }
            Tool::ResizingZone { .. } => {
                let effects = editor.commit_gesture();
                (Tool::Idle, effects.then(Effects::of_tool()))
            }
            Tool::Marquee { .. } | Tool::Panning { .. } => (Tool::Idle, Effects::of_tool()),
            Tool::Pinching { first, second } => {
                // The finger that stays goes on panning.
                let left = if pointer.id == first.0 {
                    second
                } else if pointer.id == second.0 {
                    first
                } else {
                    return (Tool::Pinching { first, second }, Effects::none());
                };
                let stays = Pointer {
                    id: left.0,
                    at: left.1,
                    ..*pointer
                };
                let grip = Grip::new(&stays, editor);
                (Tool::Panning { grip }, Effects::of_tool())
            }
            Tool::Connecting(connection) if connection.grip.is_some() => {
                if connection.over.is_some() {
                    finish_connection(connection, editor)
                } else {
                    Tool::Connecting(connection).cancelled(editor)
                }
            }
            Tool::PlacingPart { kind, .. } => {
                let effects = match editor.part_place(pointer.at, pointer.modifiers.alt) {
                    Some(position) => editor.placed(kind, position),
                    None => Effects::none(),
                };
                (Tool::Idle, effects.then(Effects::of_tool()))
            }
            Tool::DrawingZone {
                kind,
                drawn: Some((grip, _)),
            } => {
                let to = editor.world(pointer.at);
                let effects = editor.drew_zone(kind, grip.world, to);
                (Tool::Idle, effects.then(Effects::of_tool()))
            }
            other => (other, Effects::none()),
        }
    }
}
