//! Words in a chart, each where there is room for it. Where that is, is [`crate::display::room`]'s to say.

use super::chart::{Drawn, LINE_HEIGHT};
use super::plot::{Area, Ink};
use crate::display::room::Room;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The height of words, in CSS pixels.
const WORD_HEIGHT: f64 = 13.0;
/// From a point to the words about it, in CSS pixels.
pub(super) const GAP: f64 = 6.0;

/// Words in the chart, each where there is room for it.
pub(super) struct Names<'a> {
    area: &'a Area,
    ink: &'a Ink,
    right: f64,
    top: f64,
    curves: usize,
    room: Room,
}

impl<'a> Names<'a> {
    /// A chart whose axes reach this far. Of the lines that are kept off, so many are curves; those after them only help to read the chart.
    pub(super) fn new(
        area: &'a Area,
        ink: &'a Ink,
        (right, top): (f64, f64),
        curves: usize,
    ) -> Self {
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (f64::from(width), f64::from(height));
        let room = Room {
            width,
            height,
            ..Room::default()
        };
        Names {
            area,
            ink,
            right,
            top,
            curves,
            room,
        }
    }

    fn pixels(&self, (along, up): (f64, f64)) -> (f64, f64) {
        (
            self.room.width * along / self.right,
            self.room.height * (1.0 - up / self.top),
        )
    }

    /// Nothing is written over this line.
    pub(super) fn keep_off(&mut self, line: &[(f64, f64)]) {
        let line = line.iter().map(|point| self.pixels(*point)).collect();
        self.room.lines.push(line);
    }

    /// Writes words about this point of the chart as near to it as there is room, if there is any within `reach` CSS pixels.
    pub(super) fn write(
        &mut self,
        lines: &[&str],
        colour: RGBColor,
        about: (f64, f64),
        reach: f64,
    ) -> Drawn {
        let scale = self.ink.scale;
        let widths = lines.iter().map(|line| self.ink.text_width(line));
        let width = widths.fold(0.0, f64::max);
        let height = (WORD_HEIGHT + LINE_HEIGHT * (lines.len() - 1) as f64) * scale;
        let point = self.pixels(about);
        let reach = reach * scale;
        let gap = GAP * scale;
        let found = self.room.find((width, height), point, gap, reach);
        let found = found.or_else(|| {
            // In a narrow chart words may stand across a help line, but never across a curve.
            let help = self
                .room
                .lines
                .split_off(self.curves.min(self.room.lines.len()));
            let found = self.room.find((width, height), point, gap, reach);
            self.room.lines.extend(help);
            found
        });
        let Some(place) = found else {
            return Ok(());
        };
        // Widths are estimates: the words stand at the side of their place that is nearer to the point.
        let (side, x) = if place.left + width / 2.0 < point.0 {
            (HPos::Right, place.left + width)
        } else {
            (HPos::Left, place.left)
        };
        let style = self.ink.text(colour).pos(Pos::new(side, VPos::Top));
        for (row, words) in lines.iter().enumerate() {
            let y = place.top + LINE_HEIGHT * scale * row as f64;
            self.area.draw_text(words, &style, (x as i32, y as i32))?;
        }
        Ok(())
    }
}
