//! The paths of links: where they run, how far something is from them, and where words on them find room; it knows no document
//! and no view.

use super::super::input::Port;
use super::{GRID, bounds, inflated, overlap, overlap_area, port_point, spanned};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::{NODE_HEIGHT, NODE_WIDTH, Point, Rectangle};

/// The path of a link: a cubic Bézier curve whose last piece is straight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Where it leaves the caller.
    pub start: Point,
    /// Pulls it out of the caller.
    pub first_control: Point,
    /// Pulls it into the called.
    pub second_control: Point,
    /// Where it reaches the called.
    pub end: Point,
}

/// Straight pieces that stand for a curve when it is measured; at node distances the error is below a pixel.
const PIECES: usize = 24;

/// The path of a link between the nodes with these top left corners.
///
/// It runs from the right port to the left one where the called lies to the right, between facing top and bottom
/// edges where one lies above the other, from the left edge to the right one where the called lies to the left, and
/// around both where they overlap.
pub fn link_curve(from: Point, to: Point) -> Curve {
    const NARROW: f64 = 32.0;
    let ahead = to.x - (from.x + NODE_WIDTH);
    let back = from.x - (to.x + NODE_WIDTH);
    let drop = to.y - from.y;
    let apart = drop.abs() - NODE_HEIGHT;
    if ahead < NARROW && back < NARROW && apart >= GRID {
        let (start_y, end_y) = if drop > 0.0 {
            (from.y + NODE_HEIGHT, to.y)
        } else {
            (from.y, to.y + NODE_HEIGHT)
        };
        let start = Point {
            x: from.x + NODE_WIDTH / 2.0,
            y: start_y,
        };
        let end = Point {
            x: to.x + NODE_WIDTH / 2.0,
            y: end_y,
        };
        let middle = (start_y + end_y) / 2.0;
        return Curve {
            start,
            first_control: Point {
                x: start.x,
                y: middle,
            },
            second_control: Point {
                x: end.x,
                y: middle,
            },
            end,
        };
    }
    if back >= 0.0 {
        return sideways(
            port_point(from, Port::In),
            port_point(to, Port::Out),
            -1.0,
            back,
        );
    }
    sideways(
        port_point(from, Port::Out),
        port_point(to, Port::In),
        1.0,
        ahead,
    )
}

/// The path of a connection whose called end follows the pointer.
pub fn loose_curve(from: Point, pointer: Point) -> Curve {
    let start = port_point(from, Port::Out);
    sideways(start, pointer, 1.0, pointer.x - start.x)
}

/// The path of a connection whose calling end follows the pointer.
pub fn loose_curve_to(to: Point, pointer: Point) -> Curve {
    let end = port_point(to, Port::In);
    sideways(pointer, end, 1.0, end.x - pointer.x)
}

/// Out to one side and in from the other, with the reach that xyflow gives its curves.
fn sideways(start: Point, end: Point, direction: f64, distance: f64) -> Curve {
    let reach = if distance >= 0.0 {
        (0.5 * distance).max(32.0)
    } else {
        32.0 + 6.25 * (-distance).sqrt()
    };
    Curve {
        start,
        first_control: Point {
            x: start.x + direction * reach,
            y: start.y,
        },
        second_control: Point {
            x: end.x - direction * reach,
            y: end.y,
        },
        end,
    }
}

impl Curve {
    /// The point at a parameter from 0 (start) to 1 (end).
    pub fn point_at(&self, parameter: f64) -> Point {
        let (bend, straight) = self.bend();
        let whole = (self.end.x - self.start.x).hypot(self.end.y - self.start.y);
        let bent = 1.0 - straight.x.hypot(straight.y) / whole.max(1.0);
        let t = parameter.clamp(0.0, 1.0);
        if t <= bent {
            bend.bent_at(t / bent)
        } else {
            let left = (1.0 - t) / (1.0 - bent);
            Point {
                x: self.end.x - straight.x * left,
                y: self.end.y - straight.y * left,
            }
        }
    }

    fn bent_at(&self, parameter: f64) -> Point {
        let t = parameter.clamp(0.0, 1.0);
        let u = 1.0 - t;
        let blend = |a: f64, b: f64, c: f64, d: f64| {
            u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
        };
        Point {
            x: blend(
                self.start.x,
                self.first_control.x,
                self.second_control.x,
                self.end.x,
            ),
            y: blend(
                self.start.y,
                self.first_control.y,
                self.second_control.y,
                self.end.y,
            ),
        }
    }

    /// The `d` of an SVG path, to a tenth of a unit.
    pub fn svg_path(&self) -> String {
        self.path_to(0.0)
    }

    /// The same as far as the arrowhead of this length at its end. Where it ends at a port, the head's point stops short of that.
    pub fn svg_path_to_arrowhead(&self, length: f64) -> String {
        const PORT: f64 = 5.0;
        let straight_down = self.end.x == self.second_control.x;
        self.path_to(if straight_down { length } else { length + PORT })
    }

    fn path_to(&self, before_end: f64) -> String {
        let tenth = |value| Decimal::up_to(value, 1);
        let (bend, straight) = self.bend();
        let length = straight.x.hypot(straight.y);
        let drawn = if length > 0.0 {
            1.0 - (before_end / length).min(1.0)
        } else {
            0.0
        };
        format!(
            "M{} {}C{} {} {} {} {} {}l{} {}",
            tenth(bend.start.x),
            tenth(bend.start.y),
            tenth(bend.first_control.x),
            tenth(bend.first_control.y),
            tenth(bend.second_control.x),
            tenth(bend.second_control.y),
            tenth(bend.end.x),
            tenth(bend.end.y),
            tenth(straight.x * drawn),
            tenth(straight.y * drawn)
        )
    }

    /// The bent part of the line and the straight one that leads from there to its end, so that an arrowhead lies straight.
    fn bend(&self) -> (Curve, Point) {
        const STRAIGHT: f64 = 19.0;
        let arrives = Point {
            x: self.end.x - self.second_control.x,
            y: self.end.y - self.second_control.y,
        };
        let reach = arrives.x.hypot(arrives.y);
        let whole = (self.end.x - self.start.x).hypot(self.end.y - self.start.y);
        // In a narrow gap the bend needs most of the way.
        let ahead = ((self.end.x - self.start.x) * arrives.x
            + (self.end.y - self.start.y) * arrives.y)
            / reach;
        let room = if ahead < 0.0 { whole } else { ahead };
        let share = if reach > 0.0 {
            STRAIGHT.min(room / 3.0) / reach
        } else {
            0.0
        };
        let straight = Point {
            x: arrives.x * share,
            y: arrives.y * share,
        };
        let before = |point: Point| Point {
            x: point.x - straight.x,
            y: point.y - straight.y,
        };
        let bend = Curve {
            second_control: before(self.second_control),
            end: before(self.end),
            ..*self
        };
        (bend, straight)
    }

    /// A rectangle that holds the whole curve (that of its four points, which is never too small).
    pub fn bounds(&self) -> Rectangle {
        spanned(self.start, self.end).union(spanned(self.first_control, self.second_control))
    }

    /// How far a point is from the curve.
    pub fn distance_to(&self, point: Point) -> f64 {
        self.pieces()
            .map(|(a, b)| distance_to_segment(point, a, b))
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether any of the curve lies in the rectangle.
    pub fn crosses(&self, rectangle: Rectangle) -> bool {
        overlap_or_touch(self.bounds(), rectangle)
            && self.pieces().any(|(a, b)| segment_meets(a, b, rectangle))
    }

    /// Where a label of this size sits: centred on the line, at the middle if that is free, else slid along the line
    /// to the nearest place where it covers none of the obstacles, else where it covers least.
    pub fn label_place(&self, width: f64, height: f64, obstacles: &[Rectangle]) -> Point {
        const SLIDES: i32 = 20;
        let reach = inflated(self.bounds(), width.max(height));
        let near: Vec<Rectangle> = obstacles
            .iter()
            .copied()
            .filter(|obstacle| overlap(*obstacle, reach))
            .collect();
        let mut best = (f64::INFINITY, self.point_at(0.5));
        for slide in 0..=2 * SLIDES {
            // 0, then 1 step ahead, 1 back, 2 ahead, 2 back …
            let steps = f64::from((slide + 1) / 2) * if slide % 2 == 1 { 1.0 } else { -1.0 };
            let centre = self.point_at(0.5 + steps * 0.45 / f64::from(SLIDES));
            let label = Rectangle {
                x: centre.x - width / 2.0,
                y: centre.y - height / 2.0,
                width,
                height,
            };
            let covered: f64 = near
                .iter()
                .map(|obstacle| overlap_area(label, *obstacle))
                .sum();
            if covered == 0.0 {
                return centre;
            }
            if covered < best.0 {
                best = (covered, centre);
            }
        }
        best.1
    }

    fn pieces(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let (bend, _) = self.bend();
        let bent = (0..PIECES).map(move |piece| {
            let at = |piece: usize| bend.bent_at(piece as f64 / PIECES as f64);
            (at(piece), at(piece + 1))
        });
        bent.chain([(bend.end, self.end)])
    }
}

trait Union {
    fn union(self, other: Self) -> Self;
}

impl Union for Rectangle {
    fn union(self, other: Rectangle) -> Rectangle {
        bounds([self, other]).unwrap_or(self)
    }
}

fn overlap_or_touch(a: Rectangle, b: Rectangle) -> bool {
    a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height
}

fn distance_to_segment(point: Point, a: Point, b: Point) -> f64 {
    let (along_x, along_y) = (b.x - a.x, b.y - a.y);
    let length_squared = along_x * along_x + along_y * along_y;
    let share = if length_squared > 0.0 {
        (((point.x - a.x) * along_x + (point.y - a.y) * along_y) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (point.x - a.x - share * along_x).hypot(point.y - a.y - share * along_y)
}

/// Liang and Barsky (1984): clips the segment against the four edges and looks whether anything is left.
fn segment_meets(a: Point, b: Point, rectangle: Rectangle) -> bool {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    let slabs = [
        (a.x, b.x - a.x, rectangle.x, rectangle.x + rectangle.width),
        (a.y, b.y - a.y, rectangle.y, rectangle.y + rectangle.height),
    ];
    for (start, along, low, high) in slabs {
        if along == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (first, second) = ((low - start) / along, (high - start) / along);
        enters = enters.max(first.min(second));
        leaves = leaves.min(first.max(second));
    }
    enters <= leaves
}

#[cfg(test)]
mod tests {
    use super::super::node_rectangle;
    use super::*;

    const HERE: Point = Point { x: 400.0, y: 400.0 };

    fn at(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_link_to_the_right_runs_from_port_to_port() {
        let curve = link_curve(HERE, at(700.0, 480.0));
        assert_eq!(curve.start, port_point(HERE, Port::Out));
        assert_eq!(curve.end, port_point(at(700.0, 480.0), Port::In));
    }

    #[test]
    fn stacked_nodes_are_linked_between_their_facing_edges() {
        let below = link_curve(HERE, at(420.0, 560.0));
        assert_eq!(below.start.y, HERE.y + NODE_HEIGHT);
        assert_eq!(below.end.y, 560.0);
        let above = link_curve(HERE, at(380.0, 240.0));
        assert_eq!(above.start.y, HERE.y);
        assert_eq!(above.end.y, 240.0 + NODE_HEIGHT);
    }

    #[test]
    fn a_link_backwards_leaves_on_the_left_and_crosses_neither_node() {
        let to = at(100.0, 430.0);
        let curve = link_curve(HERE, to);
        assert_eq!(curve.start, port_point(HERE, Port::In));
        assert_eq!(curve.end, port_point(to, Port::Out));
        for node in [HERE, to] {
            assert!(!curve.crosses(inflated(node_rectangle(node), -1.0)));
        }
    }

    #[test]
    fn no_link_between_separate_nodes_crosses_either_of_them() {
        for x in (-600..=600).step_by(8) {
            for y in (-400..=400).step_by(8) {
                let to = at(HERE.x + f64::from(x), HERE.y + f64::from(y));
                if overlap(
                    inflated(node_rectangle(HERE), GRID),
                    inflated(node_rectangle(to), GRID),
                ) {
                    continue;
                }
                let curve = link_curve(HERE, to);
                for node in [HERE, to] {
                    assert!(
                        !curve.crosses(inflated(node_rectangle(node), -2.0)),
                        "{x} {y}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_label_lies_on_its_line_and_covers_no_node_where_there_is_room() {
        let to = at(760.0, 620.0);
        let curve = link_curve(HERE, to);
        let middle = curve.point_at(0.5);
        let in_the_way = Rectangle {
            x: middle.x - 30.0,
            y: middle.y - 20.0,
            width: 60.0,
            height: 40.0,
        };
        let obstacles = [node_rectangle(HERE), node_rectangle(to), in_the_way];
        let place = curve.label_place(48.0, 18.0, &obstacles);
        assert!(curve.distance_to(place) < 0.5);
        let label = Rectangle {
            x: place.x - 24.0,
            y: place.y - 9.0,
            width: 48.0,
            height: 18.0,
        };
        assert!(obstacles.iter().all(|obstacle| !overlap(label, *obstacle)));
    }

    #[test]
    fn a_free_label_sits_in_the_middle() {
        let curve = link_curve(HERE, at(900.0, 400.0));
        assert_eq!(curve.label_place(48.0, 18.0, &[]), curve.point_at(0.5));
    }

    #[test]
    fn a_marquee_touches_a_curve_only_where_it_runs() {
        let curve = link_curve(HERE, at(900.0, 700.0));
        let on = curve.point_at(0.3);
        let probe = |centre: Point| inflated(spanned(centre, centre), 2.0);
        assert!(curve.crosses(probe(on)));
        assert!(!curve.crosses(probe(at(on.x, on.y + 60.0))));
        assert!(curve.distance_to(on) < 0.5);
        assert!(curve.distance_to(at(on.x, on.y + 60.0)) > 20.0);
    }
}
