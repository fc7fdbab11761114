//! Pan and zoom: how the drawing's coordinates map to the canvas's pixels; it knows nothing of what is drawn.
//!
//! "Screen" is CSS pixels from the canvas's top left corner, "world" is drawing units. The view is the one
//! transform `translate(x, y) scale(zoom)`.

use loadscape_sim::scenario::{Point, Rectangle};

/// Smallest zoom.
pub const MINIMUM_ZOOM: f64 = 0.05;
/// Largest zoom.
pub const MAXIMUM_ZOOM: f64 = 4.0;
/// The steps of zooming in and out by key or button.
const ZOOM_STEPS: [f64; 13] = [
    0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0,
];
/// Farthest that one may pan, in pixels: beyond it nobody finds the drawing again, and floats lose precision.
const FARTHEST: f64 = 1e7;

/// What of the canvas is covered by panels, in pixels from each side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Insets {
    /// From the left.
    pub left: f64,
    /// From the top.
    pub top: f64,
    /// From the right.
    pub right: f64,
    /// From the bottom.
    pub bottom: f64,
}

/// The canvas: its size in pixels and what covers it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Canvas {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// What of it panels cover.
    pub insets: Insets,
}

impl Default for Canvas {
    fn default() -> Self {
        Canvas {
            width: 1_024.0,
            height: 640.0,
            insets: Insets::default(),
        }
    }
}

impl Canvas {
    /// The part that no panel covers, in pixels.
    pub fn free(&self) -> Rectangle {
        Rectangle {
            x: self.insets.left,
            y: self.insets.top,
            width: (self.width - self.insets.left - self.insets.right).max(1.0),
            height: (self.height - self.insets.top - self.insets.bottom).max(1.0),
        }
    }

    /// The middle of the free part, in pixels.
    pub fn centre(&self) -> Point {
        let free = self.free();
        Point {
            x: free.x + free.width / 2.0,
            y: free.y + free.height / 2.0,
        }
    }
}

/// Pan and zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Pixels from the canvas's left edge to the world's origin.
    pub x: f64,
    /// Pixels from the canvas's upper edge to the world's origin.
    pub y: f64,
    /// Pixels for each drawing unit.
    pub zoom: f64,
}

/// How much of the drawing can be read at a zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Names at most.
    Far,
    /// Names and how busy, in larger letters.
    Small,
    /// Everything.
    Full,
}

impl Default for Viewport {
    fn default() -> Self {
        Viewport {
            x: 0.0,
            y: 0.0,
            zoom: 1.0,
        }
    }
}

impl Viewport {
    /// How much of the drawing can be read.
    pub fn detail(self) -> Detail {
        if self.zoom < 0.45 {
            Detail::Far
        } else if self.zoom < 0.7 {
            Detail::Small
        } else {
            Detail::Full
        }
    }

    /// Where a point of the drawing lies on the canvas.
    pub fn to_screen(self, world: Point) -> Point {
        Point {
            x: world.x * self.zoom + self.x,
            y: world.y * self.zoom + self.y,
        }
    }

    /// Which point of the drawing lies under a pixel.
    pub fn to_world(self, screen: Point) -> Point {
        Point {
            x: (screen.x - self.x) / self.zoom,
            y: (screen.y - self.y) / self.zoom,
        }
    }

    /// Moved by so many pixels.
    #[must_use]
    pub fn panned(self, right: f64, down: f64) -> Self {
        Viewport {
            x: self.x + right,
            y: self.y + down,
            zoom: self.zoom,
        }
        .sound_or(self)
    }

    /// Zoomed by a factor, with the point of the drawing under this pixel held fast.
    #[must_use]
    pub fn zoomed_about(self, screen: Point, factor: f64) -> Self {
        self.zoomed_to(screen, self.zoom * factor)
    }

    /// Zoomed to a value, with the point of the drawing under this pixel held fast.
    #[must_use]
    pub fn zoomed_to(self, screen: Point, zoom: f64) -> Self {
        if !zoom.is_finite() {
            return self;
        }
        let fixed = self.to_world(screen);
        let zoom = zoom.clamp(MINIMUM_ZOOM, MAXIMUM_ZOOM);
        Viewport {
            x: screen.x - fixed.x * zoom,
            y: screen.y - fixed.y * zoom,
            zoom,
        }
        .sound_or(self)
    }

    /// The next step in.
    #[must_use]
    pub fn zoomed_in(self, screen: Point) -> Self {
        let next = ZOOM_STEPS
            .into_iter()
            .find(|step| *step > self.zoom * 1.001);
        self.zoomed_to(screen, next.unwrap_or(MAXIMUM_ZOOM))
    }

    /// The next step out.
    #[must_use]
    pub fn zoomed_out(self, screen: Point) -> Self {
        let next = ZOOM_STEPS
            .into_iter()
            .rev()
            .find(|step| *step < self.zoom * 0.999);
        self.zoomed_to(screen, next.unwrap_or(MINIMUM_ZOOM))
    }

    /// Two fingers that were at one pair of pixels and are now at another: pan and zoom at once.
    #[must_use]
    pub fn pinched(self, before: (Point, Point), after: (Point, Point)) -> Self {
        let middle = |(a, b): (Point, Point)| Point {
            x: (a.x + b.x) / 2.0,
            y: (a.y + b.y) / 2.0,
        };
        let spread = |(a, b): (Point, Point)| (a.x - b.x).hypot(a.y - b.y);
        let from = middle(before);
        let to = middle(after);
        let panned = self.panned(to.x - from.x, to.y - from.y);
        if spread(before) < 1.0 {
            return panned;
        }
        panned.zoomed_about(to, spread(after) / spread(before))
    }

    /// The whole of these bounds in the canvas's free part, with a margin, at no more than natural size.
    #[must_use]
    pub fn fitting(bounds: Rectangle, canvas: &Canvas) -> Self {
        const MARGIN: f64 = 24.0;
        let free = canvas.free();
        let margin = MARGIN.min(free.width / 24.0).min(free.height / 24.0);
        let zoom = ((free.width - 2.0 * margin) / bounds.width.max(1.0))
            .min((free.height - 2.0 * margin) / bounds.height.max(1.0))
            .clamp(MINIMUM_ZOOM, 1.0);
        let centre = canvas.centre();
        Viewport {
            x: centre.x - (bounds.x + bounds.width / 2.0) * zoom,
            y: centre.y - (bounds.y + bounds.height / 2.0) * zoom,
            zoom,
        }
        .sound_or(Viewport::default())
    }

    /// Panned by as little as shows the whole rectangle in the canvas's free part (its top left, if it is too large).
    #[must_use]
    pub fn revealing(self, world: Rectangle, canvas: &Canvas) -> Self {
        const MARGIN: f64 = 24.0;
        let free = canvas.free();
        let corner = self.to_screen(Point {
            x: world.x,
            y: world.y,
        });
        let shift = |start: f64, length: f64, free_start: f64, free_length: f64| {
            let low = free_start + MARGIN - start;
            let high = free_start + free_length - MARGIN - (start + length);
            if low > 0.0 || high < low {
                low
            } else {
                high.min(0.0)
            }
        };
        self.panned(
            shift(corner.x, world.width * self.zoom, free.x, free.width),
            shift(corner.y, world.height * self.zoom, free.y, free.height),
        )
    }

    /// The part of the drawing that shows in the canvas's free part.
    pub fn visible(self, canvas: &Canvas) -> Rectangle {
        let free = canvas.free();
        let corner = self.to_world(Point {
            x: free.x,
            y: free.y,
        });
        Rectangle {
            x: corner.x,
            y: corner.y,
            width: free.width / self.zoom,
            height: free.height / self.zoom,
        }
    }

    fn sound_or(self, otherwise: Viewport) -> Viewport {
        let sound = self.x.abs() <= FARTHEST && self.y.abs() <= FARTHEST && self.zoom.is_finite();
        if sound { self } else { otherwise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Point, b: Point) -> bool {
        (a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9
    }

    #[test]
    fn zooming_about_a_point_holds_that_point_fast() {
        let view = Viewport {
            x: 13.0,
            y: -40.0,
            zoom: 0.7,
        };
        let pixel = Point { x: 321.0, y: 123.0 };
        let held = view.to_world(pixel);
        for factor in [0.01, 0.5, 1.3, 100.0] {
            assert!(near(view.zoomed_about(pixel, factor).to_world(pixel), held));
        }
    }

    #[test]
    fn a_pinch_keeps_what_is_under_both_fingers() {
        let view = Viewport {
            x: 5.0,
            y: 9.0,
            zoom: 1.1,
        };
        let before = (Point { x: 100.0, y: 100.0 }, Point { x: 200.0, y: 100.0 });
        let after = (Point { x: 80.0, y: 140.0 }, Point { x: 230.0, y: 140.0 });
        let pinched = view.pinched(before, after);
        assert!(near(pinched.to_world(after.0), view.to_world(before.0)));
        assert!(near(pinched.to_world(after.1), view.to_world(before.1)));
    }

    #[test]
    fn fitting_shows_everything_beside_the_panels() {
        let canvas = Canvas {
            width: 1_000.0,
            height: 600.0,
            insets: Insets {
                left: 200.0,
                right: 100.0,
                ..Insets::default()
            },
        };
        let bounds = Rectangle {
            x: -500.0,
            y: 40.0,
            width: 4_000.0,
            height: 900.0,
        };
        let visible = Viewport::fitting(bounds, &canvas).visible(&canvas);
        assert!(visible.x <= bounds.x && visible.y <= bounds.y);
        assert!(visible.x + visible.width >= bounds.x + bounds.width);
        assert!(visible.y + visible.height >= bounds.y + bounds.height);
    }

    #[test]
    fn revealing_what_is_already_visible_moves_nothing() {
        let canvas = Canvas::default();
        let view = Viewport::default();
        let inside = Rectangle {
            x: 100.0,
            y: 100.0,
            width: 176.0,
            height: 70.0,
        };
        assert_eq!(view.revealing(inside, &canvas), view);
        let outside = Rectangle {
            x: 3_000.0,
            ..inside
        };
        let visible = view.revealing(outside, &canvas).visible(&canvas);
        assert!(visible.x <= outside.x && visible.x + visible.width >= outside.x + outside.width);
    }

    #[test]
    fn steps_in_and_out_end_at_the_limits() {
        let centre = Point { x: 0.0, y: 0.0 };
        let mut view = Viewport::default();
        for _ in 0..20 {
            view = view.zoomed_in(centre);
        }
        assert_eq!(view.zoom, MAXIMUM_ZOOM);
        for _ in 0..20 {
            view = view.zoomed_out(centre);
        }
        assert_eq!(view.zoom, MINIMUM_ZOOM);
    }
}
