//! Numbers with a few places behind the point; it knows no units.
//!
//! Digits come from whole numbers and not from the standard library's printing of floating-point ones: that can print every number
//! exactly, and would be a tenth of what the page loads before the first click.

use std::fmt;

/// A number as its digits are shown. What has no digits (not a number) reads as 0, and what has more than 18 of them as the largest with 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The number times 10^places.
    scaled: i64,
    places: u32,
}

impl Decimal {
    /// With just so many places, at most 15: 2.5 with two of them is "2.50". Rounded to the nearest, ties to even.
    pub fn fixed(value: f64, places: u32) -> Self {
        let places = places.min(15);
        let scaled = (value * TENS[places as usize]).round_ties_even() as i64;
        Decimal { scaled, places }
    }

    /// With as many places as it takes, up to this many: 2.5 with up to two of them is "2.5".
    pub fn up_to(value: f64, places: u32) -> Self {
        // Beyond 2⁵³ there are no further digits to show.
        let places = (0..=places)
            .rev()
            .find(|places| (value * TENS[(*places).min(15) as usize]).abs() < 9e15)
            .unwrap_or(0);
        let mut decimal = Decimal::fixed(value, places);
        while decimal.places > 0 && decimal.scaled % 10 == 0 {
            decimal.scaled /= 10;
            decimal.places -= 1;
        }
        decimal
    }
}

const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u64.pow(self.places);
        let (whole, behind) = (
            self.scaled.unsigned_abs() / one,
            self.scaled.unsigned_abs() % one,
        );
        let sign = if self.scaled < 0 { "-" } else { "" };
        if self.places == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        let width = self.places as usize;
        write!(formatter, "{sign}{whole}.{behind:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let mut state = 7_u64;
        for _ in 0..200_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let places = (state >> 60) as usize % 8;
            let value = ((state >> 20) as f64 / 1e6 - 8e6) / 10_f64.powi((state >> 50) as i32 % 9);
            let text = Decimal::fixed(value, places as u32).to_string();
            let expected = format!("{value:.places$}");
            // The standard library keeps the sign of what is rounded to nothing.
            let nothing = expected.bytes().all(|byte| b"-0.".contains(&byte));
            if nothing {
                assert_eq!(text, expected.trim_start_matches('-'));
            } else if text != expected {
                // A product that is rounded onto the middle between two neighbours may go to the other one.
                let off = (text.parse::<f64>().unwrap() - value).abs() * 10_f64.powi(places as i32);
                assert!((off - 0.5).abs() < 1e-3, "{value}: {text}, {expected}");
            }
        }
    }

    #[test]
    fn no_more_places_than_it_takes() {
        for (value, text) in [
            (2.5, "2.5"),
            (-0.0, "0"),
            (-3.0, "-3"),
            (1.0 / 3.0, "0.333"),
            (99.9996, "100"),
            (-0.0004, "0"),
            (1200.0, "1200"),
            (1e15, "1000000000000000"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(Decimal::up_to(value, 3).to_string(), text);
        }
    }
}
