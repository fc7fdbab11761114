//! The ground of a curve that is drawn and dragged: its line, and where over it a pointer is. It knows no units.

use loadscape_sim::quantities::Decimal;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// The line through these points, along and up from 0 to 1, in a view box of 100 by 100.
pub fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (along, up) in points {
        path.push(if path.is_empty() { 'M' } else { 'L' });
        path.push_str(&format!(
            "{} {}",
            Decimal::up_to(along * 100.0, 2),
            Decimal::up_to(100.0 - up * 100.0, 2)
        ));
    }
    path
}

/// The element that listens.
pub fn element(event: &MouseEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}

/// Where a pointer is over the ground of this class around the element that listens, along and up, 0 to 1 within it.
pub fn place(event: &MouseEvent, ground: &str) -> Option<(f64, f64)> {
    let ground = element(event)?
        .closest(&format!(".{ground}"))
        .ok()
        .flatten()?;
    let rectangle = ground.get_bounding_client_rect();
    if rectangle.width() <= 0.0 || rectangle.height() <= 0.0 {
        return None;
    }
    let along = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width();
    let up = (rectangle.bottom() - f64::from(event.client_y())) / rectangle.height();
    Some((along, up))
}
