//! Shapes on the drawing: nodes, grid and rectangles, and in `curve` the paths of links, as pure functions; it knows no document and no view.

mod curve;

use super::input::{Handle, Port};
pub use curve::{Curve, link_curve, loose_curve, loose_curve_to};
use loadscape_sim::scenario::{NODE_HEIGHT, NODE_WIDTH, Point, Rectangle};

/// The grid that positions snap to, in drawing units.
pub const GRID: f64 = 8.0;
/// The smallest zone, in drawing units: a node fits into it.
pub const SMALLEST_ZONE_WIDTH: f64 = NODE_WIDTH + 2.0 * GRID;
/// See [`SMALLEST_ZONE_WIDTH`].
pub const SMALLEST_ZONE_HEIGHT: f64 = NODE_HEIGHT + 2.0 * GRID;

/// The nearest grid line.
pub fn snap(value: f64) -> f64 {
    // Adding 0 turns -0 into 0, which would otherwise survive into files and links.
    (value / GRID).round() * GRID + 0.0
}

/// The nearest grid point.
pub fn snap_point(point: Point) -> Point {
    Point {
        x: snap(point.x),
        y: snap(point.y),
    }
}

/// The rectangle of the node whose top left corner is here.
pub fn node_rectangle(position: Point) -> Rectangle {
    Rectangle {
        x: position.x,
        y: position.y,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
    }
}

/// Where the port of the node with this top left corner is.
pub fn port_point(position: Point, port: Port) -> Point {
    Point {
        x: match port {
            Port::In => position.x,
            Port::Out => position.x + NODE_WIDTH,
        },
        y: position.y + NODE_HEIGHT / 2.0,
    }
}

/// The rectangle between two opposite corners, whichever they are.
pub fn spanned(a: Point, b: Point) -> Rectangle {
    Rectangle {
        x: a.x.min(b.x),
        y: a.y.min(b.y),
        width: (a.x - b.x).abs(),
        height: (a.y - b.y).abs(),
    }
}

/// The rectangle with so much more on every side.
pub fn inflated(rectangle: Rectangle, by: f64) -> Rectangle {
    Rectangle {
        x: rectangle.x - by,
        y: rectangle.y - by,
        width: (rectangle.width + 2.0 * by).max(0.0),
        height: (rectangle.height + 2.0 * by).max(0.0),
    }
}

/// Whether two rectangles share more than an edge.
pub fn overlap(a: Rectangle, b: Rectangle) -> bool {
    overlap_area(a, b) > 0.0
}

/// The area that two rectangles share.
pub fn overlap_area(a: Rectangle, b: Rectangle) -> f64 {
    let width = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let height = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    width.max(0.0) * height.max(0.0)
}

/// Whether the second rectangle lies wholly within the first.
pub fn encloses(outer: Rectangle, inner: Rectangle) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

/// The smallest rectangle around all of these; `None` around nothing.
pub fn bounds(rectangles: impl IntoIterator<Item = Rectangle>) -> Option<Rectangle> {
    rectangles.into_iter().reduce(|a, b| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        Rectangle {
            x,
            y,
            width: (a.x + a.width).max(b.x + b.width) - x,
            height: (a.y + a.height).max(b.y + b.height) - y,
        }
    })
}

/// Where a handle of this rectangle is.
pub fn handle_point(rectangle: Rectangle, handle: Handle) -> Point {
    let (x, y) = handle.edges();
    Point {
        x: rectangle.x + rectangle.width * (f64::from(x) + 1.0) / 2.0,
        y: rectangle.y + rectangle.height * (f64::from(y) + 1.0) / 2.0,
    }
}

/// The rectangle after one of its handles was shifted; it never gets smaller than the smallest zone.
pub fn resized(original: Rectangle, handle: Handle, shift: Point, snaps: bool) -> Rectangle {
    let (x_edge, y_edge) = handle.edges();
    let (x, width) = resized_side(
        original.x,
        original.width,
        x_edge,
        shift.x,
        SMALLEST_ZONE_WIDTH,
        snaps,
    );
    let (y, height) = resized_side(
        original.y,
        original.height,
        y_edge,
        shift.y,
        SMALLEST_ZONE_HEIGHT,
        snaps,
    );
    Rectangle {
        x,
        y,
        width,
        height,
    }
}

fn resized_side(
    start: f64,
    length: f64,
    edge: i8,
    shift: f64,
    smallest: f64,
    snaps: bool,
) -> (f64, f64) {
    let place = |value: f64| if snaps { snap(value) } else { value };
    let end = start + length;
    match edge {
        -1 => {
            let moved = place(start + shift).min(end - smallest);
            (moved, end - moved)
        }
        1 => (start, (place(end + shift) - start).max(smallest)),
        _ => (start, length),
    }
}

/// How far a point is from the edge of a rectangle.
pub fn distance_to_border(rectangle: Rectangle, point: Point) -> f64 {
    let inside = rectangle.contains(point);
    let left = point.x - rectangle.x;
    let right = rectangle.x + rectangle.width - point.x;
    let above = point.y - rectangle.y;
    let below = rectangle.y + rectangle.height - point.y;
    if inside {
        left.min(right).min(above).min(below)
    } else {
        let x = (-left).max(-right).max(0.0);
        let y = (-above).max(-below).max(0.0);
        x.hypot(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_resized_zone_keeps_its_opposite_edge_and_its_smallest_size() {
        let zone = Rectangle {
            x: 0.0,
            y: 0.0,
            width: 400.0,
            height: 300.0,
        };
        let smaller = resized(zone, Handle::TopLeft, at(1_000.0, 1_000.0), true);
        assert_eq!(smaller.x + smaller.width, 400.0);
        assert_eq!(smaller.y + smaller.height, 300.0);
        assert_eq!(smaller.width, SMALLEST_ZONE_WIDTH);
        let wider = resized(zone, Handle::Right, at(13.0, 99.0), true);
        assert_eq!(
            wider,
            Rectangle {
                width: 416.0,
                ..zone
            }
        );
    }
}
