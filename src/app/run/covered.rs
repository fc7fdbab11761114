//! How much of the drawing lies under something: a phone's sheet, the run's controls where they float, and its key.

use super::super::canvas;
use super::super::dom;
use super::super::page::Page;
use super::super::regions::is_in_sight;
use super::super::sheet::sheet;
use super::super::ui::prelude::*;
use crate::editor::Insets;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Between what lies over the drawing and what is drawn, in CSS pixels.
const APART: f64 = 4.0;

thread_local! {
    // Of the run that is open: how wide the drawing was, and how far up its key has reached there.
    static KEY: Cell<(f64, f64)> = const { Cell::new((0.0, 0.0)) };
}

/// What of the drawing is covered.
pub fn covered(page: Page, drawing: &Element) -> Insets {
    let own = drawing.get_bounding_client_rect();
    let open = page.drawer.get_untracked().is_some();
    let (right, below) = sheet().filter(|_| open).unwrap_or_default();
    let (above, key) = match page.run.open.get_untracked() {
        true => (controls(&own), key(&own)),
        false => {
            KEY.set((0.0, 0.0));
            (0.0, 0.0)
        }
    };
    // The key lies under the sheet.
    let key = (key - below).max(0.0);
    // Where that is most of what a sheet leaves, as when the results are pulled up over the drawing, nothing is gained.
    let (above, key) = match above + key < 0.6 * (own.height() - below) {
        true => (above, key),
        false => (0.0, 0.0),
    };
    Insets {
        top: above,
        bottom: below + key,
        right,
        ..Insets::default()
    }
}

fn controls(drawing: &web_sys::DomRect) -> f64 {
    let bar = found(".run-bar");
    bar.map_or(0.0, |bar| (bar.bottom() + APART - drawing.top()).max(0.0))
}

/// What it names comes and goes with what is seen of the run: it has the room of all that it has named, so that the drawing doesn't move
/// with it.
fn key(drawing: &web_sys::DomRect) -> f64 {
    let now = found(".flow-key").map_or(0.0, |key| drawing.bottom() + APART - key.top());
    let (width, most) = KEY.get();
    let most = match width == drawing.width() {
        true => now.max(most),
        false => now.max(0.0),
    };
    KEY.set((drawing.width(), most));
    most
}

fn found(selector: &str) -> Option<web_sys::DomRect> {
    let element = dom::document().query_selector(selector).ok().flatten()?;
    is_in_sight(&element).then(|| element.get_bounding_client_rect())
}

/// Measures the drawing anew whenever this changes its size, which lies over it.
pub fn lies_over(page: Page, element: &Element) {
    let measure = Closure::<dyn FnMut()>::new(move || canvas::measure(page));
    let Ok(watch) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) else {
        return;
    };
    watch.observe(element);
    // Kept until its owner, the view of what lies there, ends.
    let _ = StoredValue::new(Watching { watch, measure });
}

/// An observer with what it calls.
struct Watching {
    watch: web_sys::ResizeObserver,
    #[expect(dead_code, reason = "the observer calls it")]
    measure: Closure<dyn FnMut()>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watch.disconnect();
    }
}
