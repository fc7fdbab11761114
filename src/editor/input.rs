//! What comes in from mouse, pen, finger, wheel and keys, as plain data; it knows no browser.

use super::connect::Loose;
use super::viewport::Canvas;
use loadscape_sim::scenario::{ComponentId, LinkId, Point, ZoneId};

/// One input. Points are pixels from the canvas's top left corner; they may lie outside it while a button is held.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A button or finger goes down.
    Down {
        /// The pointer.
        pointer: Pointer,
        /// Which button; a finger or pen tip is the primary one.
        button: Button,
        /// What lies under it: what the view knows it hit, or [`super::Editor::hit`].
        target: Hit,
    },
    /// A pointer moves, with or without a button held.
    Move(Pointer),
    /// A button or finger goes up.
    Up(Pointer),
    /// The pointer is lost: cancelled by the system, or its capture is gone.
    Lost(i32),
    /// Time passes while a pointer is held down at the canvas's edge or beyond it: the drawing comes towards it.
    Linger {
        /// The pointer, where it was last.
        pointer: Pointer,
        /// How much time, in milliseconds.
        elapsed_ms: f64,
    },
    /// A key that the tool under way may want (everything else goes through the command table).
    Key(ToolKey),
    /// The wheel turns or two fingers slide on a trackpad.
    Wheel {
        /// Where the pointer is.
        at: Point,
        /// How far to scroll in pixels, to the right and down.
        delta: Point,
        /// Which modifier keys are held. With the primary one (as trackpads report a pinch) it zooms.
        modifiers: Modifiers,
    },
}

impl Input {
    /// Whether its coordinates are numbers at all.
    pub(super) fn is_finite(&self) -> bool {
        let finite = |point: &Point| point.x.is_finite() && point.y.is_finite();
        match self {
            Input::Down { pointer, .. } | Input::Move(pointer) | Input::Up(pointer) => {
                finite(&pointer.at)
            }
            Input::Wheel { at, delta, .. } => finite(at) && finite(delta),
            Input::Linger {
                pointer,
                elapsed_ms,
            } => finite(&pointer.at) && elapsed_ms.is_finite(),
            Input::Lost(_) | Input::Key(_) => true,
        }
    }
}

/// A pointer at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    /// Tells fingers apart.
    pub id: i32,
    /// What it is.
    pub device: Device,
    /// Where it is.
    pub at: Point,
    /// Which modifier keys are held.
    pub modifiers: Modifiers,
}

/// What points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// A mouse or trackpad.
    #[default]
    Mouse,
    /// A finger.
    Touch,
    /// A pen.
    Pen,
}

impl Device {
    /// How far, in pixels, a press may wander before it is a drag.
    pub fn drag_threshold(self) -> f64 {
        match self {
            Device::Mouse | Device::Pen => 4.0,
            Device::Touch => 8.0,
        }
    }

    /// How far, in pixels, from a thin thing still hits it.
    pub fn reach(self) -> f64 {
        match self {
            Device::Mouse | Device::Pen => 6.0,
            Device::Touch => 14.0,
        }
    }
}

/// Which button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Button {
    /// The main button.
    #[default]
    Primary,
    /// The wheel pressed.
    Middle,
    /// The context-menu button.
    Secondary,
}

/// Which modifier keys are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Shift.
    pub shift: bool,
    /// Alt or Option.
    pub alt: bool,
    /// Control, or Command on a Mac.
    pub primary: bool,
    /// The space bar, which turns a drag into a pan.
    pub space: bool,
}

/// What lies under a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// Nothing but the drawing.
    Canvas,
    /// A node.
    Component(ComponentId),
    /// A port of a node.
    Port(ComponentId, Port),
    /// A link.
    Link(LinkId),
    /// A link near the end that can be plugged in elsewhere: the called one or the calling one.
    LinkEnd(LinkId, Loose),
    /// A zone's border or name.
    ZoneBorder(ZoneId),
    /// A handle of a selected zone.
    ZoneHandle(ZoneId, Handle),
}

/// Which port of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// On the left: where calls come in.
    In,
    /// On the right: where calls go out.
    Out,
}

/// A handle of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the places")]
pub enum Handle {
    TopLeft,
    Top,
    TopRight,
    Right,
    BottomRight,
    Bottom,
    BottomLeft,
    Left,
}

impl Handle {
    /// All of them, clockwise from the top left.
    pub const ALL: [Handle; 8] = [
        Handle::TopLeft,
        Handle::Top,
        Handle::TopRight,
        Handle::Right,
        Handle::BottomRight,
        Handle::Bottom,
        Handle::BottomLeft,
        Handle::Left,
    ];

    /// Which edges it moves, horizontally and vertically: −1 the left or upper, 1 the right or lower, 0 none.
    pub fn edges(self) -> (i8, i8) {
        match self {
            Handle::TopLeft => (-1, -1),
            Handle::Top => (0, -1),
            Handle::TopRight => (1, -1),
            Handle::Right => (1, 0),
            Handle::BottomRight => (1, 1),
            Handle::Bottom => (0, 1),
            Handle::BottomLeft => (-1, 1),
            Handle::Left => (-1, 0),
        }
    }
}

/// A direction on the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the directions")]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    /// One unit in this direction.
    pub fn unit(self) -> Point {
        match self {
            Direction::Left => Point { x: -1.0, y: 0.0 },
            Direction::Right => Point { x: 1.0, y: 0.0 },
            Direction::Up => Point { x: 0.0, y: -1.0 },
            Direction::Down => Point { x: 0.0, y: 1.0 },
        }
    }
}

/// Keys that a tool under way takes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolKey {
    /// Give up.
    Escape,
    /// Confirm.
    Enter,
    /// Choose the neighbour in this direction.
    Arrow(Direction),
    /// Choose the next one in reading order.
    Next,
    /// Choose the one before in reading order.
    Previous,
}

/// Whether the pixel lies on the canvas's free part.
pub(super) fn on_canvas(at: Point, canvas: &Canvas) -> bool {
    canvas.free().contains(at)
}

/// How fast the drawing comes towards a pointer that is held at the canvas's edge, in pixels for each millisecond to the right and
/// down: the faster, the farther out the pointer is. `None` away from the edges.
pub(super) fn edge_speed(at: Point, canvas: &Canvas) -> Option<Point> {
    const EDGE: f64 = 28.0;
    const SPEED: f64 = 0.45;
    const FASTEST: f64 = 2.5;
    let free = canvas.free();
    // A canvas hardly wider than its edges has no middle to rest in.
    let along = |at: f64, start: f64, length: f64| {
        let edge = EDGE.min(length / 8.0);
        let out = (start + edge - at).max(0.0) - (at - (start + length - edge)).max(0.0);
        if edge > 0.0 {
            (out / edge).clamp(-FASTEST, FASTEST) * SPEED
        } else {
            0.0
        }
    };
    let speed = Point {
        x: along(at.x, free.x, free.width),
        y: along(at.y, free.y, free.height),
    };
    (speed.x != 0.0 || speed.y != 0.0).then_some(speed)
}
