//! Where words find room in a chart: the free place nearest to what they name, off every line and every other word. It knows rectangles
//! and lines in pixels, no chart.

/// A rectangle in pixels; down is positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// Its left side.
    pub left: f64,
    /// Its upper side.
    pub top: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

impl Rectangle {
    fn overlaps(&self, other: &Rectangle) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }

    /// Whether any of the segment lies inside (Liang & Barsky 1984).
    fn meets(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        let sides = [
            (from.0, to.0, self.left, self.left + self.width),
            (from.1, to.1, self.top, self.top + self.height),
        ];
        for (start, end, low, high) in sides {
            let run = end - start;
            if run == 0.0 {
                if start < low || start > high {
                    return false;
                }
                continue;
            }
            let (one, other) = ((low - start) / run, (high - start) / run);
            enters = enters.max(one.min(other));
            leaves = leaves.min(one.max(other));
        }
        enters <= leaves
    }

    /// From the nearest point of the rectangle to this point.
    fn distance(&self, (x, y): (f64, f64)) -> f64 {
        let across = (self.left - x).max(x - self.left - self.width).max(0.0);
        let down = (self.top - y).max(y - self.top - self.height).max(0.0);
        across.hypot(down)
    }
}

/// What is drawn already.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// Of the chart.
    pub width: f64,
    /// Of the chart.
    pub height: f64,
    /// Curves and other lines, as points that are joined.
    pub lines: Vec<Vec<(f64, f64)>>,
    /// Words and marks.
    pub taken: Vec<Rectangle>,
}

/// Steps in which places are tried, in pixels.
const STEP: f64 = 4.0;

impl Room {
    /// The free place of this size that is nearest to `point` and no nearer than `gap`; `None` when there is none within `reach`.
    /// It counts as taken from then on.
    pub fn find(
        &mut self,
        (width, height): (f64, f64),
        point: (f64, f64),
        gap: f64,
        reach: f64,
    ) -> Option<Rectangle> {
        let steps = |length: f64| (length / STEP).floor().clamp(0.0, 1e4) as u32;
        let mut best: Option<(f64, Rectangle)> = None;
        for row in 0..=steps(self.height - height) {
            for column in 0..=steps(self.width - width) {
                let place = Rectangle {
                    left: f64::from(column) * STEP,
                    top: f64::from(row) * STEP,
                    width,
                    height,
                };
                let distance = place.distance(point);
                let nearer = best.is_none_or(|(least, _)| distance < least);
                if distance >= gap && distance <= reach && nearer && self.is_free(&place, gap) {
                    best = Some((distance, place));
                }
            }
        }
        let (_, place) = best.filter(|_| width <= self.width && height <= self.height)?;
        self.taken.push(place);
        Some(place)
    }

    fn is_free(&self, place: &Rectangle, gap: f64) -> bool {
        // Words one after the other would read as one: theirs is a gap between them.
        let apart = Rectangle {
            left: place.left - gap,
            width: place.width + 2.0 * gap,
            ..*place
        };
        !self.taken.iter().any(|taken| apart.overlaps(taken))
            && !self
                .lines
                .iter()
                .any(|line| line.windows(2).any(|ends| place.meets(ends[0], ends[1])))
    }
}

/// Round numbers from a step up to `top`, two to five of them: where an axis is labelled. Empty when there is nothing to label.
pub fn ticks(top: f64) -> Vec<f64> {
    if !(top.is_finite() && top > 0.0) {
        return Vec::new();
    }
    let rough = top / 5.0;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * decade);
    (1..=5)
        .map(|count| f64::from(count) * step)
        .filter(|tick| *tick <= top)
        .collect()
}

/// Round numbers between the ends of an axis, where it is labelled besides: far enough from the ends' own labels, and from each other. `along` says
/// where on the axis a number is, from 0 to 1; whole numbers only where only those mean something.
pub fn ticks_between(from: f64, to: f64, along: impl Fn(f64) -> f64, whole: bool) -> Vec<f64> {
    const APART: f64 = 0.18;
    if !(from.is_finite() && to.is_finite() && from >= 0.0 && to > from) {
        return Vec::new();
    }
    // From nought on, nothing below a thousandth of the end is far enough from the beginning.
    let least = if from > 0.0 { from } else { to * 1e-3 };
    let decades = least.log10().floor() as i32..=to.log10().ceil() as i32;
    let steps = decades.flat_map(|decade| {
        let unit = 10f64.powi(decade.abs());
        let unit = if decade < 0 { 1.0 / unit } else { unit };
        [1.0, 2.0, 5.0].map(|factor| factor * unit)
    });
    let even = ticks(to).into_iter();
    let mut found: Vec<f64> = steps.chain(even).collect();
    // Where nothing so round lies between the ends, what is round within them.
    if !found
        .iter()
        .any(|tick| (from..=to).contains(tick) && ![from, to].contains(tick))
    {
        found.extend(round_between(from, to));
    }
    found.retain(|tick| !whole || tick.fract() == 0.0);
    // The middle first: what is nearest to it has the most room.
    let off = |tick: &f64| (along(*tick) - 0.5).abs();
    found.sort_by(|one, other| off(one).total_cmp(&off(other)));
    let mut kept: Vec<f64> = Vec::new();
    for tick in found {
        let place = along(tick);
        let free = |other: &f64| (along(*other) - place).abs() >= APART;
        if (APART..=1.0 - APART).contains(&place) && kept.iter().all(free) {
            kept.push(tick);
        }
    }
    kept.sort_by(f64::total_cmp);
    kept
}

/// Multiples of a round step between two numbers.
fn round_between(from: f64, to: f64) -> Vec<f64> {
    let Some(step) = ticks(to - from).first().copied() else {
        return Vec::new();
    };
    // A whole divisor writes 0.94 and not 0.9400000000000001.
    let (many, parts) = if step < 1.0 {
        (1.0, (1.0 / step).round())
    } else {
        (step, 1.0)
    };
    let count = |value: f64| value / many * parts;
    let (first, last) = (count(from).ceil() as i64, count(to).floor() as i64);
    (first..=last)
        .map(|own| own as f64 * many / parts)
        .filter(|tick| *tick > from && *tick < to)
        .collect()
}

/// The same of a span of time in seconds: round in the unit in which it is written.
pub fn ticks_of_time(top: f64) -> Vec<f64> {
    let unit = match top {
        // As `quantities::time` changes its units.
        top if top < 119.5 => 1.0,
        top if top < 7_170.0 => 60.0,
        top if top < 172_000.0 => 3_600.0,
        _ => 86_400.0,
    };
    let ticks = ticks(top / unit).into_iter();
    ticks.map(|tick| tick * unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_labelled_between_its_ends() {
        let logarithmic =
            |from: f64, to: f64| move |value: f64| (value / from).ln() / (to / from).ln();
        let linear = |from: f64, to: f64| move |value: f64| (value - from) / (to - from);
        let along = logarithmic(1.0, 8.0);
        assert_eq!(ticks_between(1.0, 8.0, along, true), [2.0, 4.0]);
        let along = logarithmic(15.0, 960.0);
        assert_eq!(ticks_between(15.0, 960.0, along, false), [100.0, 400.0]);
        let along = logarithmic(1.0, 1e7);
        let decades = ticks_between(1.0, 1e7, along, true);
        assert!(decades.len() >= 3 && decades[0] <= 200.0, "{decades:?}");
        let along = linear(0.0, 1.0);
        assert_eq!(ticks_between(0.0, 1.0, along, false), [0.2, 0.5, 0.8]);
        let along = linear(0.9, 1.0);
        assert_eq!(
            ticks_between(0.9, 1.0, along, false),
            [0.92, 0.94, 0.96, 0.98]
        );
        // Between one and two there is nothing whole, and between an end and itself nothing at all.
        let along = linear(1.0, 2.0);
        assert!(ticks_between(1.0, 2.0, along, true).is_empty());
        assert!(ticks_between(3.0, 3.0, |_| 0.5, false).is_empty());
        assert!(ticks_between(0.0, f64::INFINITY, |_| 0.5, false).is_empty());
    }

    fn room() -> Room {
        Room {
            width: 240.0,
            height: 120.0,
            // A curve that runs level and then turns upwards, as load-latency curves do.
            lines: vec![vec![
                (0.0, 90.0),
                (180.0, 85.0),
                (200.0, 40.0),
                (205.0, 0.0),
            ]],
            taken: Vec::new(),
        }
    }

    #[test]
    fn words_stand_off_the_curve_and_off_each_other_wherever_they_point() {
        for x in 0..=60 {
            for y in 0..=30 {
                let mut room = room();
                let point = (f64::from(x) * 4.0, f64::from(y) * 4.0);
                let curve = room.lines[0].clone();
                let first = room.find((90.0, 13.0), point, 5.0, f64::INFINITY);
                let second = room.find((60.0, 13.0), point, 5.0, f64::INFINITY);
                let (first, second) = (first.expect("there is room"), second.expect("for both"));
                assert!(!first.overlaps(&second));
                for ends in curve.windows(2) {
                    assert!(!first.meets(ends[0], ends[1]) && !second.meets(ends[0], ends[1]));
                }
            }
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        assert_eq!(room().find((250.0, 13.0), (0.0, 0.0), 0.0, 1e9), None);
        assert_eq!(room().find((60.0, 13.0), (202.0, 20.0), 5.0, 4.0), None);
    }

    #[test]
    fn an_axis_has_a_few_round_numbers() {
        assert_eq!(ticks(456.0), [100.0, 200.0, 300.0, 400.0]);
        assert_eq!(ticks(12.0), [5.0, 10.0]);
        for top in [0.001, 0.0123, 0.3, 0.99, 7.0, 42.0, 1234.0] {
            let ticks = ticks(top);
            assert!((2..=5).contains(&ticks.len()), "{top}: {ticks:?}");
            assert!(ticks.iter().all(|tick| *tick <= top));
        }
        assert_eq!(ticks_of_time(456.0), [120.0, 240.0, 360.0]);
        assert_eq!(ticks_of_time(0.456), ticks(0.456));
        assert!(ticks(0.0).is_empty() && ticks(f64::NAN).is_empty());
    }
}
