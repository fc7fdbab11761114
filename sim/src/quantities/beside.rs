//! A figure beside the bound that it is held against; it knows units by how they are written.

use super::{Decimal, group_thousands};

/// Digits behind the point at most: what differs by less is the same to whoever reads.
const MOST_PLACES: u32 = 9;

/// The figure as `write` has it, or where that reads like the bound though the two differ with as many digits more as it takes to see on which side
/// of the bound it lies: "98.93 %" beside "99 %", "160.4 ms" beside "160 ms".
pub fn beside(value: f64, bound: f64, write: impl Fn(f64) -> String) -> String {
    let (usual, limit) = (write(value), write(bound));
    if usual != limit || value == bound || !value.is_finite() || !bound.is_finite() {
        return usual;
    }
    finer(value, bound, &limit).unwrap_or(usual)
}

/// The figure in the unit that the bound is written in; `None` where no digit tells them apart, or the unit isn't known.
fn finer(value: f64, bound: f64, limit: &str) -> Option<String> {
    let digit = |letter: char| letter.is_ascii_digit();
    let first = limit.find(digit)?;
    let last = limit.rfind(digit)? + 1;
    let unit = &limit[last..];
    let scale = scale(unit)?;
    let (value, bound) = (value * scale, bound * scale);
    // From as many as the bound shows on.
    let shown = limit[first..last].split_once('.');
    let shown = shown.map_or(0, |(_, behind)| behind.len() as u32);
    let places = (shown..=MOST_PLACES)
        .find(|places| Decimal::fixed(value, *places) != Decimal::fixed(bound, *places))?;
    // One digit more says how far apart they are.
    let digits = Decimal::up_to(value.abs(), (places + 1).min(MOST_PLACES)).to_string();
    Some(format!(
        "{}{}{unit}",
        &limit[..first],
        group_thousands(&digits)
    ))
}

/// How many of the unit that a number ends with are one of its quantity: seconds, requests a second, shares, money or things.
fn scale(unit: &str) -> Option<f64> {
    Some(match unit.strip_suffix(" a month").unwrap_or(unit) {
        "" | " s" | " /s" => 1.0,
        " %" => 100.0,
        " µs" => 1e6,
        " ms" => 1e3,
        " min" => 1.0 / 60.0,
        " h" => 1.0 / 3600.0,
        " days" => 1.0 / 86_400.0,
        " M/s" => 1e-6,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{dollars, rate, share, time, whole};
    use super::*;
    use crate::units::{DollarsPerMonth, PerSecond, Seconds};

    #[test]
    fn what_reads_like_its_bound_gets_digits_until_it_lies_on_a_side() {
        let seconds = |value| time(Seconds(value));
        assert_eq!(beside(0.989_26, 0.99, share), "98.93 %");
        assert_eq!(beside(0.989_996, 0.99, share), "98.9996 %");
        assert_eq!(beside(0.1604, 0.16, seconds), "160.4 ms");
        assert_eq!(beside(0.159_99, 0.16, seconds), "159.99 ms");
        assert_eq!(beside(150.1, 150.0, seconds), "150.1 s");
        assert_eq!(
            beside(1234.0, 1230.0, |value| rate(PerSecond(value))),
            "1,234 /s"
        );
        let money = |value| format!("{} a month", dollars(DollarsPerMonth(value)));
        assert_eq!(beside(1200.4, 1200.0, money), "$1,200.4 a month");
        assert_eq!(beside(400.2, 400.0, whole), "400.2");
    }

    #[test]
    fn what_reads_otherwise_or_is_the_same_stays_as_it_is_written() {
        let seconds = |value| time(Seconds(value));
        assert_eq!(beside(0.24, 0.16, seconds), "240 ms");
        assert_eq!(beside(0.16, 0.16, seconds), "160 ms");
        assert_eq!(beside(f64::INFINITY, 0.16, seconds), seconds(f64::INFINITY));
        // Less than any digit shows.
        assert_eq!(beside(0.16 + 1e-15, 0.16, seconds), "160 ms");
    }
}
