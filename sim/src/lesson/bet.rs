//! Bets against facts: how far off a guess was, in words. It doesn't know how a bet is placed.

use super::figure::{Figure, Known, Measure, Measured, part};
use super::forms::Guess;
use crate::analysis::analyse_with;
use crate::catalog::{self, Parameter, Value, format_number};
use crate::quantities::number;
use crate::scenario::{ComponentId, Scenario};
use crate::steady::{Precision, Solver};
use serde::{Deserialize, Serialize};

/// What somebody bets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bet {
    /// A number, in the figure's unit.
    Number(f64),
    /// A part.
    Part(ComponentId),
    /// A number at each of the values.
    Curve(Vec<f64>),
}

/// What it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A number, in the figure's unit; infinite where it grows without end.
    Number(f64),
    /// A part.
    Part(ComponentId),
    /// A number at each of the values.
    Curve(Vec<f64>),
}

/// How good a bet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closeness {
    /// As good as one can be without working it out.
    Right,
    /// The right idea.
    Near,
    /// Something to learn.
    Off,
}

/// Factors up to which a number counts as right and near, and the same as a distance of shares. What counts as near is a choice of teaching.
const RIGHT: (f64, f64) = (1.25, 0.05);
const NEAR: (f64, f64) = (2.5, 0.15);

/// What the bet is about, of this design; `None` where there is no such figure.
pub fn fact(guess: &Guess, known: &Known) -> Option<Fact> {
    match guess {
        Guess::Number {
            figure, in_a_run, ..
        } => {
            let seen = known.seen.filter(|_| *in_a_run);
            let measured = figure.of(&Known { seen, ..*known })?;
            measured.number().map(Fact::Number)
        }
        Guess::Part { figure } => match figure.of(known)? {
            Measured::Part(part) => Some(Fact::Part(part)),
            Measured::Number(_) => None,
        },
        Guess::Curve {
            figure,
            part: name,
            parameter,
            values,
            ..
        } => curve(known.scenario, figure, name, parameter, values).map(Fact::Curve),
    }
}

/// The figure at each of these values of a part's parameter, by the solver.
fn curve(
    scenario: &Scenario,
    figure: &Figure,
    name: &str,
    parameter: &str,
    values: &[f64],
) -> Option<Vec<f64>> {
    let id = part(scenario, name)?;
    let parameter = Parameter::from_name(parameter)?;
    catalog::parameter(scenario.component(id)?.kind, parameter)?;
    let mut solver = Solver::new();
    let mut changed = scenario.clone();
    let place = changed.components.iter().position(|part| part.id == id)?;
    let points = values.iter().map(|value| {
        let own = &mut changed.components[place].parameters;
        own.insert(parameter, Value::Number(*value));
        let analysis = analyse_with(&mut solver, &changed, Precision::Fast);
        let known = Known {
            scenario: &changed,
            report: &analysis.report,
            seen: None,
        };
        figure.of(&known)?.number()
    });
    points.collect()
}

/// What it is, in a line.
pub fn describe(guess: &Guess, fact: &Fact) -> String {
    match (guess, fact) {
        (Guess::Number { figure, .. }, Fact::Number(value)) => {
            format!("{figure}: {}", figure.measure.write(*value))
        }
        (Guess::Curve { figure, values, .. }, Fact::Curve(is)) => {
            let points: Vec<String> = (values.iter().zip(is))
                .map(|(value, is)| format!("{} → {}", number(*value), figure.measure.write(*is)))
                .collect();
            format!("{figure}: {}", points.join(", "))
        }
        (_, Fact::Part(id)) => format!("part {id}"),
        _ => String::new(),
    }
}

/// How good the bet was, and in words what was said and what it is. A bet of another kind than the fact is as far off as can be.
pub fn judge(scenario: &Scenario, guess: &Guess, bet: &Bet, fact: &Fact) -> (Closeness, String) {
    match (guess, bet, fact) {
        (Guess::Number { figure, to, .. }, Bet::Number(said), Fact::Number(is)) => {
            let measure = figure.measure;
            let closeness = closeness(measure, *said, is.min(*to));
            let (said_words, is_words) = (measure.write(*said), measure.write(*is));
            let words = match closeness {
                Closeness::Right => format!("You said {said_words}, and it is {is_words}."),
                _ if !is.is_finite() => format!("You said {said_words}; it grows {is_words}."),
                _ if measure.spans_decades() && *said > 0.0 && *is > 0.0 => {
                    if is > said {
                        let factor = number(is / said);
                        format!("You said {said_words}; it is {is_words}, {factor} times as much.")
                    } else {
                        let factor = number(said / is);
                        format!("You said {said_words}, {factor} times what it is: {is_words}.")
                    }
                }
                _ => format!("You said {said_words}; it is {is_words}."),
            };
            (closeness, words)
        }
        (Guess::Part { .. }, Bet::Part(said), Fact::Part(is)) => {
            let name = |id: ComponentId| {
                let part = scenario.component(id);
                part.map_or("a part that is gone", |part| part.name.as_str())
            };
            if said == is {
                (
                    Closeness::Right,
                    format!("You said {}, and so it is.", name(*is)),
                )
            } else {
                (
                    Closeness::Off,
                    format!("You said {}; it is {}.", name(*said), name(*is)),
                )
            }
        }
        (
            Guess::Curve {
                figure,
                part: name,
                parameter,
                values,
                to,
                from,
            },
            Bet::Curve(said),
            Fact::Curve(is),
        ) => {
            let measure = figure.measure;
            let inside = |value: f64| value.clamp(*from, *to);
            let distances: Vec<f64> = (said.iter().zip(is))
                .map(|(said, is)| distance(measure, inside(*said), inside(*is)))
                .collect();
            let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
            let worst = (0..distances.len())
                .max_by(|one, other| distances[*one].total_cmp(&distances[*other]));
            let (right, near) = limits(measure);
            let closeness = match mean {
                mean if mean <= right => Closeness::Right,
                mean if mean <= near => Closeness::Near,
                _ => Closeness::Off,
            };
            let Some(worst) = worst else {
                return (Closeness::Off, String::new());
            };
            let at = at(scenario, name, parameter, values[worst]);
            let begins = match closeness {
                Closeness::Right => "Your curve is the curve.",
                Closeness::Near => "The right shape.",
                Closeness::Off => "Another curve than yours.",
            };
            let says = measure.write(said[worst]);
            let does = match is[worst] {
                f64::INFINITY => "it grows without end".to_owned(),
                value => format!("it is {}", measure.write(value)),
            };
            let words =
                format!("{begins} They are furthest apart at {at}: you said {says}, {does}.");
            (closeness, words)
        }
        _ => (Closeness::Off, String::new()),
    }
}

/// A value of a part's parameter with its unit.
fn at(scenario: &Scenario, name: &str, parameter: &str, value: f64) -> String {
    let specification = part(scenario, name)
        .and_then(|id| scenario.component(id))
        .zip(Parameter::from_name(parameter))
        .and_then(|(part, parameter)| catalog::parameter(part.kind, parameter));
    match specification.map(|specification| specification.domain) {
        // A number without a unit is of what the parameter is called.
        Some(catalog::Domain::Number {
            unit: catalog::Unit::None | catalog::Unit::Count,
            ..
        }) => {
            let label = specification.map_or("", |specification| specification.label);
            format!("{} {}", number(value), label.to_lowercase())
        }
        Some(catalog::Domain::Number { unit, .. }) => format_number(unit, value),
        _ => number(value),
    }
}

fn limits(measure: Measure) -> (f64, f64) {
    if measure.spans_decades() {
        (RIGHT.0.ln(), NEAR.0.ln())
    } else {
        (RIGHT.1, NEAR.1)
    }
}

/// How far apart two numbers are, by factor or by difference.
fn distance(measure: Measure, one: f64, other: f64) -> f64 {
    if !measure.spans_decades() {
        return (one - other).abs();
    }
    // From nothing, everything is far.
    let least = 1e-9;
    (one.max(least) / other.max(least)).ln().abs()
}

fn closeness(measure: Measure, said: f64, is: f64) -> Closeness {
    let (right, near) = limits(measure);
    match distance(measure, said, is) {
        far if far <= right => Closeness::Right,
        far if far <= near => Closeness::Near,
        _ => Closeness::Off,
    }
}
