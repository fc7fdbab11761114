//! Rates through time as points, and reading them from rows of text; it knows neither files nor what follows the rate.

use super::limits;
use crate::quantities::{Decimal, whole};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The rate of open traffic at one moment; between two of them it goes in a straight line, before the first it is the first's, and after the
/// last it stays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Since the beginning of a run.
    pub seconds: f64,
    /// Requests a second.
    pub per_second: f64,
}

/// What rows of numbers say of traffic.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Each row a moment and the rate then.
    Rates(Vec<CurvePoint>),
    /// Each row the moment of one arrival, seconds, in rising order.
    Moments(Vec<f64>),
}

/// What is wrong with rows of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what is allowed; a sentence without its stop.
    pub message: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

/// Reads rows of one number (the seconds at which requests arrive) or of two (seconds, and requests a second then), separated by a comma, a
/// semicolon, a tab or spaces, in quotes or without; all rows are alike. Where semicolons separate, a comma is a decimal point, as spreadsheets of
/// half the world write. Blank lines, lines that begin with `#`, and a heading in the first line are passed over. A heading is made of words: what
/// begins as a number does, and what is called infinite or no number, is a row that can't be meant.
///
/// # Errors
/// The first row that can't be meant, by its line.
pub fn read_rows(text: &str) -> Result<Rows, RowProblem> {
    let mut rates: Vec<CurvePoint> = Vec::new();
    let mut moments: Vec<f64> = Vec::new();
    let mut heading = true;
    for (index, row) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let problem = |message: String| RowProblem {
            line: index + 1,
            message,
        };
        let row = row.trim();
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let by_semicolons = row.contains(';');
        let separates = |letter: char| match letter {
            ',' => !by_semicolons,
            letter => matches!(letter, ';' | '\t' | ' '),
        };
        let cells: Vec<&str> = row
            .split(separates)
            .map(|cell| cell.trim().trim_matches('"').trim())
            .filter(|cell| !cell.is_empty())
            .collect();
        if std::mem::take(&mut heading) && is_heading(&cells) {
            if let Some(unit) = cells.iter().find_map(|cell| other_unit(cell)) {
                return Err(problem(format!(
                    "the heading \"{row}\" speaks of {unit}, and times are seconds here, rates requests a second; convert the rows"
                )));
            }
            continue;
        }
        let number = |cell: &&str| {
            let number = cell.replace(',', ".").parse().ok();
            number.filter(|number: &f64| number.is_finite())
        };
        let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
        let Some(numbers) = numbers else {
            return Err(problem(format!(
                "\"{row}\" isn't made of numbers (times are seconds from the beginning)"
            )));
        };
        match numbers[..] {
            [seconds] if rates.is_empty() => {
                within(seconds, limits::CURVE_SECONDS.end()).map_err(problem)?;
                if moments.last().is_some_and(|last| *last > seconds) {
                    return Err(problem(format!(
                        "{seconds} comes before the row above it; arrivals have to stand in rising order"
                    )));
                }
                moments.push(seconds);
            }
            [seconds, per_second] if moments.is_empty() => {
                let point = CurvePoint {
                    seconds,
                    per_second,
                };
                point.follows(rates.last()).map_err(problem)?;
                if rates.len() == limits::CURVE_POINTS {
                    return Err(problem(format!(
                        "a curve has at most {} points",
                        limits::CURVE_POINTS
                    )));
                }
                rates.push(point);
            }
            _ => {
                return Err(problem(format!(
                    "\"{row}\" has {} numbers; every row is either the seconds at which a request arrives, or seconds and requests a second",
                    numbers.len()
                )));
            }
        }
    }
    match (rates.is_empty(), moments.is_empty()) {
        (true, true) => Err(RowProblem {
            line: 1,
            message: "there are no rows of numbers".to_owned(),
        }),
        (true, false) => Ok(Rows::Moments(moments)),
        (false, _) => Ok(Rows::Rates(rates)),
    }
}

/// Whether the cells of a first row are words, and none of them a number or a damaged one.
fn is_heading(cells: &[&str]) -> bool {
    let begins_as_number = |cell: &str| {
        cell.starts_with(|letter: char| letter.is_ascii_digit() || "+-.,−".contains(letter))
            || cell.parse::<f64>().is_ok()
    };
    cells
        .first()
        .is_some_and(|first| first.starts_with(char::is_alphabetic))
        && !cells.iter().any(|cell| begins_as_number(cell))
}

/// The unit that the last word of a heading's cell names, where that isn't seconds.
fn other_unit(cell: &str) -> Option<&'static str> {
    let mut words = cell.rsplit(|letter: char| !letter.is_alphanumeric());
    let last = words.find(|word| !word.is_empty())?.to_lowercase();
    match last.as_str() {
        "milliseconds" | "millis" | "ms" => Some("milliseconds"),
        "microseconds" | "micros" | "us" | "µs" => Some("microseconds"),
        "minute" | "minutes" => Some("minutes"),
        "hour" | "hours" => Some("hours"),
        _ => None,
    }
}

impl CurvePoint {
    /// Whether it can stand behind this one.
    ///
    /// # Errors
    /// Why not, as a sentence without its stop.
    pub(crate) fn follows(&self, before: Option<&CurvePoint>) -> Result<(), String> {
        within(self.seconds, limits::CURVE_SECONDS.end())?;
        if !limits::CURVE_RATE.contains(&self.per_second) {
            return Err(format!(
                "a rate of {} lies outside 0 to {} a second",
                shown(self.per_second),
                whole(*limits::CURVE_RATE.end())
            ));
        }
        match before {
            Some(before) if before.seconds >= self.seconds => Err(format!(
                "{} s doesn't come after {} s; times have to rise",
                shown(self.seconds),
                shown(before.seconds)
            )),
            _ => Ok(()),
        }
    }
}

/// A number in a message.
fn shown(number: f64) -> String {
    if number.abs() < 1e12 {
        Decimal::up_to(number, 6).to_string()
    } else if number.is_nan() {
        "NaN".to_owned()
    } else {
        whole(number)
    }
}

fn within(seconds: f64, most: &f64) -> Result<(), String> {
    if (0.0..=*most).contains(&seconds) {
        Ok(())
    } else {
        Err(format!(
            "{} s lies outside 0 to {} s",
            shown(seconds),
            whole(*most)
        ))
    }
}

/// Whether a document may hold this curve.
///
/// # Errors
/// The first thing that is wrong with it, as a sentence without its stop.
pub fn check_curve(curve: &[CurvePoint]) -> Result<(), String> {
    if curve.len() > limits::CURVE_POINTS {
        return Err(format!("it has more than {} points", limits::CURVE_POINTS));
    }
    let mut before = None;
    curve.iter().try_for_each(|point| {
        point.follows(before)?;
        before = Some(point);
        Ok(())
    })
}

/// The rows that [`read_rows`] reads back as this curve.
pub fn write_rows(curve: &[CurvePoint]) -> String {
    curve
        .iter()
        .map(|point| format!("{}, {}\n", point.seconds, point.per_second))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(points: &[(f64, f64)]) -> Rows {
        let points = points.iter().map(|(seconds, per_second)| CurvePoint {
            seconds: *seconds,
            per_second: *per_second,
        });
        Rows::Rates(points.collect())
    }

    #[test]
    fn rows_of_two_numbers_are_rates_and_of_one_arrivals() {
        let expected = rates(&[(0.0, 10.0), (60.0, 2.5)]);
        for text in [
            "0,10\n60,2.5",
            "seconds,rate\r\n0,10\r\n\r\n60,2.5\r\n",
            "# made up\n0; 10\n60\t2.5\n",
            "\u{feff}0 10\n60 2.5",
            "\"seconds\",\"rate\"\n\"0\",\"10\"\n\"60\",\"2.5\"",
            "Zeit;Rate\n0;10\n60;2,5",
            "time (s), rate (1/s)\n0,10\n60,2.5",
        ] {
            assert_eq!(read_rows(text), Ok(expected.clone()), "{text:?}");
        }
        assert_eq!(
            read_rows("time\n0.5\n0.5\n3"),
            Ok(Rows::Moments(vec![0.5, 0.5, 3.0]))
        );
        let curve = [(0.0, 0.1), (1e-3, 1e8)];
        let Rows::Rates(points) = rates(&curve) else {
            panic!("rates");
        };
        assert_eq!(read_rows(&write_rows(&points)), Ok(rates(&curve)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, said) in [
            ("", 1, "no rows"),
            ("0,1\nx,2", 2, "isn't made of numbers"),
            ("time,rate\n0,1\n\n0,2", 4, "times have to rise"),
            ("0,1\n5,-1", 2, "-1 lies outside"),
            ("-1", 1, "-1 s lies outside"),
            ("1\n0.5", 2, "rising order"),
            ("1\n2,3", 2, "2 numbers"),
            ("1,2,3", 1, "3 numbers"),
            ("2026-11-28T10:00:00,5\n1,2", 1, "isn't made of numbers"),
            ("0,NaN\n1,inf", 1, "isn't made of numbers"),
            ("1.5.2\n2\n3", 1, "\"1.5.2\" isn't made of numbers"),
            ("12:00\n13", 1, "isn't made of numbers"),
            ("0.5s\n1\n2", 1, "isn't made of numbers"),
            ("# log\n1e400\n2\n3", 2, "isn't made of numbers"),
            ("NaN\n2", 1, "isn't made of numbers"),
            ("time,-\n1,2", 1, "isn't made of numbers"),
            ("\"12:00\",\"x\"\n1,2", 1, "isn't made of numbers"),
            ("arrival_ms\n500", 1, "speaks of milliseconds"),
            ("seconds;requests per minute\n0;1", 1, "speaks of minutes"),
        ] {
            let problem = read_rows(text).unwrap_err();
            assert_eq!(problem.line, line, "{text:?}: {problem}");
            assert!(problem.message.contains(said), "{text:?}: {problem}");
        }
        let many: String = (0..=limits::CURVE_POINTS)
            .map(|second| format!("{second},1\n"))
            .collect();
        assert_eq!(read_rows(&many).unwrap_err().line, limits::CURVE_POINTS + 1);
    }
}
