//! The texts of a lesson: words, numbers that are worked out, and terms that are explained. It doesn't know where they are shown.
//!
//! In a text, `{p99 of read}` stands for that figure of the design at hand by the solver, `{run: success}` for what the run showed, and
//! `{before: p99 of read}` for the design before the event; `{cores of Server}` is a parameter's value, `{keys of read}` how
//! many keys a class has, `{limit 1}` the bound of the task's first objective. `[utilisation]` is a term of the glossary, `[busy|utilisation]`
//! one under another word.

use super::figure::{Figure, Known, Measured, class, part};
use super::forms::{Bound, Objective};
use crate::catalog::{self, Domain, Parameter, Unit, Value, format_number, format_value};
use crate::quantities::{rate, share, time, whole};
use crate::scenario::Scenario;
use crate::units::{PerSecond, Seconds};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Plain(String),
    /// A number that was worked out.
    Number(String),
    /// A term of the glossary.
    Term {
        /// As the text has it.
        shown: String,
        /// As the glossary has it.
        term: String,
    },
}

impl Span {
    /// As a reader sees it.
    pub fn shown(&self) -> &str {
        match self {
            Span::Plain(text) | Span::Number(text) | Span::Term { shown: text, .. } => text,
        }
    }
}

/// What a text may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Speaks<'a> {
    /// The design at hand, and its run where there was one.
    pub now: Known<'a>,
    /// The design before the event.
    pub before: Known<'a>,
    /// The task's objectives.
    pub objectives: &'a [Objective],
}

/// The pieces of a text.
///
/// # Errors
/// What in it means nothing, and what would.
pub fn words(text: &str, speaks: &Speaks) -> Result<Vec<Span>, String> {
    spans(text, speaks, None)
}

/// The same where nothing has been run yet: what a run will show stands as an ellipsis.
///
/// # Errors
/// What in it means nothing, and what would.
pub(super) fn foreseen(text: &str, speaks: &Speaks) -> Result<Vec<Span>, String> {
    spans(text, speaks, Some("…"))
}

fn spans(text: &str, speaks: &Speaks, unrun: Option<&str>) -> Result<Vec<Span>, String> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(['{', '[']) {
        if place > 0 {
            spans.push(Span::Plain(rest[..place].to_owned()));
        }
        let is_number = rest[place..].starts_with('{');
        let closing = if is_number { '}' } else { ']' };
        let inside = &rest[place + 1..];
        let end = inside
            .find(closing)
            .ok_or_else(|| format!("\"{inside}\" isn't closed by {closing}"))?;
        let word = inside[..end].trim();
        spans.push(if is_number {
            Span::Number(number(word, speaks, unrun)?)
        } else {
            let (shown, term) = word.split_once('|').unwrap_or((word, word));
            Span::Term {
                shown: shown.trim().to_owned(),
                term: term.trim().to_owned(),
            }
        });
        rest = &inside[end + 1..];
    }
    if !rest.is_empty() {
        spans.push(Span::Plain(rest.to_owned()));
    }
    Ok(spans)
}

fn number(word: &str, speaks: &Speaks, unrun: Option<&str>) -> Result<String, String> {
    if let Some(place) = word.strip_prefix("limit ") {
        let place: usize = place.trim().parse().unwrap_or(0);
        let objective = place
            .checked_sub(1)
            .and_then(|place| speaks.objectives.get(place));
        let objective = objective.ok_or_else(|| {
            format!(
                "{{{word}}}: there are {} objectives",
                speaks.objectives.len()
            )
        })?;
        let (Bound::AtMost(bound) | Bound::AtLeast(bound)) = objective.bound();
        return Ok(objective.figure.measure.write(bound));
    }
    let (known, of_run, word) = match word.split_once(':') {
        Some(("before", word)) => (speaks.before, false, word.trim()),
        Some(("run", word)) => (speaks.now, true, word.trim()),
        Some((other, _)) => {
            return Err(format!(
                "{{{word}}}: \"{other}:\" isn't \"before:\" or \"run:\""
            ));
        }
        None => (speaks.now, false, word),
    };
    if let Some(text) = parameter(word, known.scenario) {
        return Ok(text);
    }
    if let Some(text) = keys(word, known.scenario) {
        return Ok(text);
    }
    let figure = Figure::parse(word).map_err(|why| format!("{{{word}}}: {why}"))?;
    if let Some(missing) = figure.missing(known.scenario) {
        return Err(format!("{{{word}}}: {missing}"));
    }
    let known = Known {
        seen: known.seen.filter(|_| of_run),
        ..known
    };
    if of_run && known.seen.is_none() {
        return match unrun {
            Some(unrun) => Ok(unrun.to_owned()),
            None => Err(format!("{{run: {word}}}: nothing has been run there")),
        };
    }
    match figure.of(&known) {
        Some(Measured::Number(value)) => Ok(figure.measure.write(value)),
        Some(Measured::Part(id)) => Ok(known
            .scenario
            .component(id)
            .map_or_else(String::new, |part| part.name.clone())),
        None => Err(format!("{{{word}}} has no value there")),
    }
}

/// A setting as figures beside it are written: a text has one way for a time, whether it was set or came out.
fn written(unit: Unit, number: f64) -> String {
    match unit {
        Unit::Milliseconds => time(Seconds(number / 1e3)),
        Unit::Seconds => time(Seconds(number)),
        Unit::PerSecond => rate(PerSecond(number)),
        Unit::Share => share(number),
        _ => format_number(unit, number),
    }
}

/// How many keys a class has, where the word asks for them.
fn keys(word: &str, scenario: &Scenario) -> Option<String> {
    let of = word.strip_prefix("keys of ")?;
    let class = scenario.class(class(scenario, of.trim())?)?;
    Some(whole(class.keys))
}

/// A parameter's value, where the word is one.
fn parameter(word: &str, scenario: &Scenario) -> Option<String> {
    let (name, of) = word.split_once(" of ")?;
    let parameter = Parameter::from_name(name.trim())?;
    let part = scenario.component(part(scenario, of.trim())?)?;
    let specification = catalog::parameter(part.kind, parameter)?;
    let value = part.value(parameter)?;
    Some(match (value, specification.domain) {
        (Value::Number(number), Domain::Number { unit, .. }) => written(unit, number),
        _ => format_value(specification, value),
    })
}
