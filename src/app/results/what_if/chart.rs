//! The charts of a number's range.

use super::super::super::ui::prelude::*;
use super::super::chart::{Drawn, below, dashed, width_in_pixels};
use super::super::names::Names;
use super::super::plot::{Area, Ink, plot};
use super::{COLUMNS, Column, Shown, domain};
use crate::display::room::ticks_between;
use crate::display::what_if::{Axis, Reach, pieces};
use loadscape_sim::insight::{WhatIf, WhatIfPoint, in_ratios};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wasm_bindgen::JsCast;

/// Left and right of every chart, in CSS pixels.
const GUTTER: f64 = 52.0;
const RIGHT: f64 = 10.0;
/// From a point to the words about it at most, in CSS pixels: further away nobody would read them as about it.
const NEAR: f64 = 40.0;

impl Shown {
    /// A chart for each figure.
    pub(super) fn charts(self) -> AnyView {
        COLUMNS
            .map(|column| {
                view! {
                    <section>
                        <h3>{self.title(column)}</h3>
                        {self.chart(column)}
                    </section>
                }
            })
            .collect_view()
    }

    fn axis(self, found: &WhatIf) -> Axis {
        let ratios = domain(self.page).is_some_and(in_ratios);
        Axis::of(found, ratios)
    }

    fn chart(self, column: Column) -> AnyView {
        let label = Signal::derive(move || {
            let look = column.look(self);
            let title = self.page.classes.with(|classes| look.label(classes));
            let words = self.found.get().and_then(|found| {
                let point = found.points.get(self.place(&found))?;
                let value = look.told(point);
                Some(format!(
                    "{title} at {}: {value}",
                    self.value_words(point.value)
                ))
            });
            words.unwrap_or(title)
        });
        let look = move |event: web_sys::PointerEvent| {
            let Some(found) = self.found.get_untracked() else {
                return;
            };
            let width = event
                .current_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .map_or(0.0, |element| f64::from(element.client_width()));
            let along = (f64::from(event.offset_x()) - GUTTER) / (width - GUTTER - RIGHT).max(1.0);
            let axis = self.axis(&found);
            let distance = |place: &usize| (axis.place(&found.points[*place]) - along).abs();
            let nearest = (0..found.points.len())
                .min_by(|one, other| distance(one).total_cmp(&distance(other)));
            self.at.set(nearest);
        };
        let canvas = plot(self.page, label, move |area, ink| {
            if let Some(found) = self.found.get() {
                // A canvas that can't be drawn on stays empty; the words beside it say the same.
                let _ = self.draw(area, ink, &found, column);
            }
        });
        view! { <div class="plot-frame" on:pointermove=look on:pointerdown=look>{canvas}</div> }
            .into_any()
    }

    fn draw(self, area: &Area, ink: &Ink, found: &WhatIf, column: Column) -> Drawn {
        let look = column.look(self);
        let axis = self.axis(found);
        let place = |point: &WhatIfPoint| axis.place(point);
        let values: Vec<(f64, Option<f64>)> = (found.points.iter())
            .map(|point| (place(point), look.of(point)))
            .collect();
        let bounds = self.bounds(look);
        let here = found.today().and_then(|today| look.of(today));
        let asked: Vec<_> = bounds.iter().map(|(bound, _)| *bound).collect();
        let all: Vec<Option<f64>> = values.iter().map(|(_, value)| *value).collect();
        let reach = Reach::of(look, &all, here, &asked);
        let area = area.margin(
            ink.pixels(12.0),
            ink.pixels(18.0),
            ink.pixels(GUTTER),
            ink.pixels(RIGHT),
        );
        let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        for tick in reach.ticks() {
            let height = reach.height(tick);
            let line = ink.line.mix(0.6).stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(0.0, height), (1.0, height)],
                line,
            )))?;
            let down = f64::from(area.dim_in_pixel().1) * (1.0 - height);
            area.draw_text(
                &look.words(tick),
                &ink.text(ink.mute).pos(Pos::new(HPos::Right, VPos::Center)),
                (-ink.pixels(5.0), down as i32),
            )?;
        }
        let ground = ink.line.stroke_width(ink.stroke(1.0));
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(0.0, 0.0), (1.0, 0.0)],
            ground,
        )))?;
        // Where there is no steady state: hatched, not only red. What is never full is steady.
        let steady = column == Column::Sustained;
        for pair in (values.windows(2))
            .filter(|pair| !steady && (pair[0].1.is_none() || pair[1].1.is_none()))
        {
            let shade = ink.hot.mix(0.1).filled();
            chart.draw_series(std::iter::once(Rectangle::new(
                [(pair[0].0, 0.0), (pair[1].0, 1.0)],
                shade,
            )))?;
            let slant = ink.hot.mix(0.35).stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(pair[0].0, 0.0), (pair[1].0, 1.0)],
                slant,
            )))?;
        }
        // Words are written last, where nothing of what is drawn stands.
        // No limit is no number, and no curve leads there: it is a point of its own.
        let numbers = || found.points.iter().filter_map(WhatIfPoint::number);
        let (limited, unlimited) = values.split_at(numbers().count());
        let pieces = pieces(limited, reach);
        let mut names = Names::new(&area, ink, (1.0, 1.0), pieces.len());
        for piece in &pieces {
            names.keep_off(piece);
        }
        let handovers = found.handovers();
        for handover in &handovers {
            let at = axis.along(handover.after);
            dashed(&mut chart, ink, (at, 0.0), (at, 1.0))?;
            names.keep_off(&[(at, 0.0), (at, 1.0)]);
        }
        let bounds = bounds.iter().filter(|(bound, _)| reach.holds(bound.value));
        let bounds: Vec<(f64, &str)> = bounds
            .map(|(bound, name)| (reach.height(bound.value), name.as_str()))
            .collect();
        for (height, _) in &bounds {
            dashed(&mut chart, ink, (0.0, *height), (1.0, *height))?;
            names.keep_off(&[(0.0, *height), (1.0, *height)]);
        }
        for piece in pieces {
            chart.draw_series(LineSeries::new(
                piece,
                ink.accent.stroke_width(ink.stroke(2.0)),
            ))?;
        }
        for (at, value) in unlimited {
            let dot = value.map(|value| (*at, reach.height(value)));
            let dots = dot.map(|dot| Circle::new(dot, ink.pixels(3.0), ink.accent.filled()));
            chart.draw_series(dots)?;
        }
        let at_value = |value: f64| {
            let mut points = found.points.iter();
            let point = points.find(|point| point.number() == Some(value))?;
            Some(reach.height(look.of(point)?))
        };
        let knee = found.knee(look.measure, look.class);
        let knee = knee.and_then(|knee| Some((axis.along(knee), at_value(knee)?)));
        if let Some(knee) = knee {
            let mark = ink.accent.stroke_width(ink.stroke(1.5));
            chart.draw_series(std::iter::once(Circle::new(knee, ink.pixels(6.5), mark)))?;
        }
        let chosen = found.points.get(self.place(found));
        if let Some(chosen) = chosen {
            let at = place(chosen);
            let line = ink.mute.stroke_width(ink.stroke(1.0));
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(at, 0.0), (at, 1.0)],
                line,
            )))?;
        }
        let colour = if here.is_none() { ink.hot } else { ink.accent };
        let today = found.today().map_or(0.0, place);
        let here = (today, here.map_or(1.0, |here| reach.height(here)));
        chart.draw_series(std::iter::once(Circle::new(
            here,
            ink.pixels(4.5),
            colour.filled(),
        )))?;
        for (height, name) in bounds {
            names.write(&[name], ink.mute, (1.0, height), f64::INFINITY)?;
        }
        names.write(&["you are here"], ink.mute, here, NEAR)?;
        if let Some(knee) = knee {
            names.write(&["knee"], ink.mute, knee, NEAR)?;
        }
        for handover in &handovers {
            let about = (axis.along(handover.after), 1.0);
            names.write(&[&self.name(handover.to)], ink.mute, about, NEAR)?;
        }
        let (Some(first), Some(last)) = (numbers().next(), numbers().next_back()) else {
            return Ok(());
        };
        let whole = numbers().all(|number| number.fract() == 0.0);
        let width = width_in_pixels(&area);
        let wide = |value: f64| ink.text_width(&self.number_words(value)) / width;
        let end = axis.along(last);
        // Between the ends' own labels.
        let free = |tick: &f64| {
            let (at, half) = (axis.along(*tick), 0.5 * wide(*tick));
            at - half > wide(first) && at + half < end - wide(last)
        };
        let least = numbers().find(|number| *number > 0.0).unwrap_or(first);
        let ticks = ticks_between(least, last, |value| axis.along(value), whole);
        for tick in ticks.into_iter().filter(free) {
            let words = self.number_words(tick);
            below(&area, ink, &words, axis.along(tick), HPos::Center)?;
        }
        below(&area, ink, &self.number_words(first), 0.0, HPos::Left)?;
        for (at, _) in unlimited {
            below(&area, ink, "∞", *at, HPos::Right)?;
        }
        below(&area, ink, &self.number_words(last), end, HPos::Right)
    }
}
