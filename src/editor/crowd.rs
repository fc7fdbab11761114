//! Rectangles that take up room, found by where they are; it doesn't know what they stand for.

use super::geometry::overlap;
use loadscape_sim::scenario::Rectangle;
use std::collections::HashMap;

/// Side of a cell, in drawing units: about a node's.
const CELL: f64 = 192.0;

/// Many rectangles. Asking for those near a place costs the same among ten and among ten thousand.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    cells: HashMap<(i32, i32), Vec<Rectangle>>,
}

impl Crowd {
    /// None yet.
    pub fn new() -> Self {
        Crowd::default()
    }

    /// Adds one.
    pub fn add(&mut self, rectangle: Rectangle) {
        for cell in cells(rectangle) {
            self.cells.entry(cell).or_default().push(rectangle);
        }
    }

    /// Those that share more than an edge with this one; a large one may be named more than once.
    pub fn overlapping(&self, rectangle: Rectangle) -> Vec<Rectangle> {
        cells(rectangle)
            .filter_map(|cell| self.cells.get(&cell))
            .flatten()
            .copied()
            .filter(|other| overlap(*other, rectangle))
            .collect()
    }
}

fn cells(rectangle: Rectangle) -> impl Iterator<Item = (i32, i32)> {
    // Coordinates are bounded far below what a cell's number holds.
    let span = |start: f64, length: f64| {
        (start / CELL).floor() as i32..=((start + length) / CELL).floor() as i32
    };
    let rows = span(rectangle.y, rectangle.height);
    span(rectangle.x, rectangle.width)
        .flat_map(move |column| rows.clone().map(move |row| (column, row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Rectangle {
        Rectangle {
            x,
            y,
            width: side,
            height: side,
        }
    }

    #[test]
    fn what_overlaps_is_found_wherever_it_lies_and_nothing_else() {
        let mut crowd = Crowd::new();
        let mut all = Vec::new();
        for x in -20..20 {
            for y in -20..20 {
                let one = square(f64::from(x) * 97.0, f64::from(y) * 61.0, 40.0);
                crowd.add(one);
                all.push(one);
            }
        }
        for place in [
            square(-400.0, -300.0, 250.0),
            square(0.0, 0.0, 1.0),
            square(191.0, 191.0, 2.0),
        ] {
            let mut found = crowd.overlapping(place);
            found.sort_by(|a, b| (a.x, a.y).partial_cmp(&(b.x, b.y)).expect("numbers"));
            found.dedup();
            let mut wanted: Vec<Rectangle> = all
                .iter()
                .copied()
                .filter(|one| overlap(*one, place))
                .collect();
            wanted.sort_by(|a, b| (a.x, a.y).partial_cmp(&(b.x, b.y)).expect("numbers"));
            assert_eq!(found, wanted);
        }
    }
}
