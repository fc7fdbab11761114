//! A figure of two designs beside one another, as before and after; it knows neither which figures there are nor a screen.

/// One figure of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which, e.g. "p99 of read".
    pub label: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
    /// By how much it moved, e.g. "+$70"; empty where it didn't, or where that can't be said in a number.
    pub change: String,
    /// Whether it is better now; `None` where it is the same, or neither is better.
    pub better: Option<bool>,
}

/// A figure that was measured on both, or not; what reads the same is the same.
pub fn row(
    label: &str,
    before: Option<f64>,
    after: Option<f64>,
    more_is_better: bool,
    write: &dyn Fn(f64) -> String,
) -> Row {
    let words = |value: Option<f64>| value.map_or("–".to_owned(), write);
    let (was, is) = (words(before), words(after));
    let moved = before.zip(after).filter(|_| was != is);
    Row {
        label: label.to_owned(),
        change: moved.map_or_else(String::new, |(before, after)| {
            points(signed(before, after, write))
        }),
        better: moved.map(|(before, after)| (after > before) == more_is_better),
        before: was,
        after: is,
    }
}

/// What is added from one value to the other, with its sign.
pub fn signed(before: f64, after: f64, write: &dyn Fn(f64) -> String) -> String {
    let sign = if after > before { "+" } else { "−" };
    format!("{sign}{}", write((after - before).abs()))
}

/// A difference of percentages in points: "2 %" less of 5 % is hardly anything, 2 points less are nearly half.
pub fn points(difference: String) -> String {
    match difference.strip_suffix(" %") {
        Some(number) if number.trim_start_matches(['+', '−']) == "1" => format!("{number} point"),
        Some(number) => format!("{number} points"),
        None => difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::quantities::{number, share};

    #[test]
    fn a_figure_is_better_by_its_own_direction_and_the_same_when_it_reads_the_same() {
        let figure = |before, after, more| row("Figure", before, after, more, &number);
        let more = figure(Some(2.0), Some(5.0), true);
        assert_eq!((more.change.as_str(), more.better), ("+3", Some(true)));
        let less = figure(Some(5.0), Some(2.0), true);
        assert_eq!((less.change.as_str(), less.better), ("−3", Some(false)));
        assert_eq!(figure(Some(5.0), Some(2.0), false).better, Some(true));
        let same = figure(Some(5.0), Some(5.000_000_1), false);
        assert_eq!((same.change.as_str(), same.better), ("", None));
        let none = figure(None, Some(5.0), false);
        assert_eq!(
            (none.before.as_str(), none.change.as_str(), none.better),
            ("–", "", None)
        );
    }

    #[test]
    fn percentages_differ_by_points() {
        let stale = |before, after| row("Stale", Some(before), Some(after), false, &share).change;
        assert_eq!(stale(0.05, 0.03), "−2 points");
        assert_eq!(stale(0.02, 0.03), "+1 point");
        assert_eq!(stale(0.000_1, 0.000_6), "+0.05 points");
        let cost = row("Cost", Some(1.0), Some(3.0), false, &number);
        assert_eq!(cost.change, "+2");
    }
}
