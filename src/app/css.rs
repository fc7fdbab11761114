//! Lengths and places as style sheets want them; it knows no elements.

use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::Point;

/// A length, e.g. "12.5px".
pub fn pixels(length: f64) -> String {
    format!("{}px", Decimal::up_to(length, 3))
}

/// A share as a percentage, e.g. "12.5%".
pub fn percent(share: f64) -> String {
    format!("{}%", Decimal::up_to(share * 100.0, 3))
}

/// The transform that puts something there.
pub fn moved_to(place: Point) -> String {
    format!("translate({},{})", pixels(place.x), pixels(place.y))
}
