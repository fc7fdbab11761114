//! A phone's sheets: what they take of the drawing, and room made for them.

use super::page::Page;
use super::ui::follow;
use super::{canvas, dom};
use std::cell::Cell;
use std::rc::Rc;

/// On a phone a sheet covers the lower part of the drawing, or, where it lies on its side, the right one. What just fitted in fits into what
/// is left; else what was in the middle moves to the middle of that.
pub fn make_room(page: Page) {
    let before = Rc::new(Cell::new((0.0, 0.0)));
    follow(Box::new(move || {
        let open = page.drawer.get().is_some();
        let before = before.clone();
        // By then it stands there.
        dom::next_frame(move || {
            let (width, height) = sheet().filter(|_| open).unwrap_or_default();
            let fits = page.editor().fits();
            canvas::measure(page);
            let (right, down) = before.replace((width, height));
            if !fits {
                let (right, down) = (0.5 * (right - width), 0.5 * (down - height));
                page.act(|editor| editor.pan_by(right, down));
            }
        });
    }));
}

/// What a sheet takes of the drawing's width and height, where one would lie over it.
pub fn sheet() -> Option<(f64, f64)> {
    const SHEET_BELOW: &str = "(max-width: 640px) and (min-height: 500.1px)";
    const SHEET_BESIDE: &str = "(max-width: 1100px) and (max-height: 500px)";
    let window = dom::window();
    let matches = |query: &str| {
        let query = window.match_media(query).ok().flatten();
        query.is_some_and(|query| query.matches())
    };
    let (width, height) = dom::window_size().unwrap_or_default();
    // As the style sheet has them.
    if matches(SHEET_BESIDE) {
        Some(((width * 0.6).min(380.0), 0.0))
    } else if matches(SHEET_BELOW) {
        Some((0.0, (height * 0.56).min(520.0)))
    } else {
        None
    }
}
