//! The rule of units: a public number that measures time or a rate says in what, by its name or by its type.

use super::Finding;
use super::source::{Source, words};

/// Words in a name that make its number a quantity with a unit.
const MEASURES: [&str; 8] = [
    "time",
    "latency",
    "delay",
    "duration",
    "timeout",
    "interval",
    "rate",
    "throughput",
];

/// Words that end a name and say the unit, or say that there is none.
const UNITS: [&str; 14] = [
    "seconds", "second", "minute", "hour", "hours", "day", "days", "month", "bytes", "ratio",
    "fraction", "share", "factor", "scv",
];

/// Spans of time are seconds in the engines; other multiples belong to the border where people and browsers speak.
const OTHER_MULTIPLES: [&str; 8] = [
    "ms",
    "us",
    "ns",
    "millis",
    "micros",
    "nanos",
    "milliseconds",
    "microseconds",
];

/// Formulas hold in any unit, as long as it is one: the theory says so at its head.
const UNITLESS_PARTS: [&str; 1] = ["sim/src/theory/"];

/// Every breach in the file.
pub fn check(source: &Source) -> Vec<Finding> {
    let governed = source.is_rust()
        && ["sim/src/", "src/", "cli/src/"]
            .iter()
            .any(|part| source.path.starts_with(part))
        && !UNITLESS_PARTS
            .iter()
            .any(|part| source.path.starts_with(part));
    let engines = source.path.starts_with("sim/");
    if !governed {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut inside_public_struct = false;
    for (line, code) in source.code_lines() {
        if words(code).any(|(_, word)| word == "struct") {
            // A module's own working numbers may lean on its comments; what others see may not.
            inside_public_struct = code.trim_start().starts_with("pub struct");
        }
        for number in numbers(code) {
            let Some(fault) = fault(&number, engines, inside_public_struct) else {
                continue;
            };
            let message = format!("`{}` {fault}", number.name);
            findings.push(Finding::new(source, line, message));
        }
    }
    findings
}

/// What is wrong with the number's name, and what to do about it.
fn fault(number: &Number<'_>, engines: bool, inside_public_struct: bool) -> Option<&'static str> {
    let parts: Vec<&str> = number.name.split('_').collect();
    let last = parts[parts.len() - 1];
    if engines && OTHER_MULTIPLES.contains(&last) {
        return Some(
            "counts in another multiple than seconds: keep seconds inside (units::Seconds) and convert where it is \
             shown or typed",
        );
    }
    let measures = parts.iter().any(|part| MEASURES.contains(part)) && !UNITS.contains(&last);
    (inside_public_struct && number.is_public_field && measures).then_some(
        "doesn't say its unit: give it a type of sim/src/units.rs, or end its name in _seconds, _per_second or \
         another unit",
    )
}

/// A field or parameter of type `f64`, perhaps within an `Option`, `Vec`, slice or array.
struct Number<'a> {
    name: &'a str,
    is_public_field: bool,
}

fn numbers(line: &str) -> impl Iterator<Item = Number<'_>> {
    words(line).filter_map(|(at, name)| {
        let kind = line[at + name.len()..]
            .trim_start()
            .strip_prefix(':')
            .filter(|rest| !rest.starts_with(':'))?;
        let kind = kind.trim_start().trim_start_matches(['&', '[']);
        let kind = ["Option<", "Vec<"]
            .iter()
            .fold(kind, |kind, outer| kind.strip_prefix(outer).unwrap_or(kind));
        let is_float = words(kind)
            .next()
            .is_some_and(|(at, word)| at == 0 && word == "f64");
        is_float.then(|| Number {
            name,
            is_public_field: line[..at].trim() == "pub",
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> bool {
        let text = format!("//! A.\npub struct A {{\n{line}\n}}\n");
        !check(&Source::new("sim/src/report.rs", text)).is_empty()
    }

    #[test]
    fn a_public_time_or_rate_says_its_unit() {
        assert!(found("    pub service_time: f64,"));
        assert!(found("    pub rate: Option<f64>,"));
        assert!(found("    pub latency_by_class: Vec<f64>,"));
        assert!(!found("    pub service_time_seconds: f64,"));
        assert!(!found("    pub arrival_rate_per_second: f64,"));
        assert!(!found("    pub service_time: Seconds,"));
        assert!(!found("    pub utilisation: f64,"));
        assert!(!found("    let service_time: f64 = 1.0;"));
    }

    #[test]
    fn the_working_numbers_of_a_module_are_its_own() {
        let text = "//! A.\npub(super) struct A {\n    pub rate: f64,\n}\n".to_owned();
        assert_eq!(check(&Source::new("sim/src/steady/flow.rs", text)), []);
    }

    #[test]
    fn milliseconds_stay_at_the_border() {
        assert!(found("fn wait(timeout_ms: f64) {}"));
        assert!(found("    pub p99_ms: f64,"));
        // A browser's own clock counts in them.
        let text = "//! A.\nfn press(at_ms: f64) {}\n";
        assert_eq!(
            check(&Source::new("src/editor/drag.rs", text.to_owned())),
            []
        );
    }

    #[test]
    fn formulas_are_free_of_units() {
        let text = "//! A.\npub struct Queue {\n    pub arrival_rate: f64,\n}\n";
        assert_eq!(
            check(&Source::new("sim/src/theory/erlang.rs", text.to_owned())),
            []
        );
    }
}
