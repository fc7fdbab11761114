//! What a sweep varies: from `component.parameter=from..to:steps` to values that the parameter takes. It solves nothing.

use crate::terminal;
use loadscape_sim::catalog::{
    self, Condition, Domain, KindSpecification, Parameter, ParameterSpecification, Value,
    parse_value,
};
use loadscape_sim::scenario::{Component, ComponentId, Scenario};

/// Values of one parameter of one component.
#[derive(Debug)]
pub struct Setting {
    /// What it is called: the component's name and the parameter's.
    pub name: String,
    /// Whose.
    pub component: ComponentId,
    /// Which.
    pub parameter: Parameter,
    /// When it has an effect.
    pub condition: Option<Condition>,
    /// The values, in the order of the rows; each is one that the parameter takes.
    pub values: Vec<Value>,
}

/// Most values of one parameter.
const MOST_VALUES: usize = 100_000;
/// Names that are suggested when some are near.
const SUGGESTIONS: usize = 3;
/// Names that are listed when none is.
const LISTED: usize = 8;

/// Reads one `--set`.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn parse(scenario: &Scenario, text: &str) -> Result<Setting, String> {
    let shown = terminal::line(text);
    let form = "write it like --set COMPONENT.PARAMETER=FROM..TO:STEPS";
    let (target, values) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("'{shown}' says no values; {form}"))?;
    let (name, parameter) = target
        .rsplit_once('.')
        .ok_or_else(|| format!("'{shown}' names no parameter; {form}"))?;
    let component = component(scenario, name.trim())?;
    let specification = specification(component, parameter.trim())?;
    let values = parse_values(specification, values.trim())
        .map_err(|error| format!("--set {shown}: {}", terminal::line(&error)))?;
    Ok(Setting {
        name: format!(
            "{}.{}",
            terminal::line(&component.name),
            specification.parameter.name()
        ),
        component: component.id,
        parameter: specification.parameter,
        condition: specification.applies_when,
        values,
    })
}

/// The component of this name or id.
///
/// # Errors
/// When there is none, or several; with what to write instead.
pub fn component<'a>(scenario: &'a Scenario, name: &str) -> Result<&'a Component, String> {
    let lower = name.to_lowercase();
    let by = |same: &dyn Fn(&Component) -> bool| {
        let found: Vec<&'a Component> = scenario
            .components
            .iter()
            .filter(|component| same(component))
            .collect();
        found
    };
    let mut found = by(&|component| component.name == name);
    if found.is_empty() {
        found = by(&|component| component.id.0.to_string() == name);
    }
    if found.is_empty() {
        found = by(&|component| component.name.to_lowercase() == lower);
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let names = scenario
                .components
                .iter()
                .map(|component| component.name.as_str());
            Err(format!(
                "there is no component '{}'; {}",
                terminal::line(name),
                suggestion(name, names, "the scenario has no components")
            ))
        }
        several => {
            let ids: Vec<String> = several
                .iter()
                .map(|component| component.id.0.to_string())
                .collect();
            Err(format!(
                "{} components are called '{}'; name the one you mean by its id: {}",
                several.len(),
                terminal::line(name),
                ids.join(", ")
            ))
        }
    }
}

fn specification(
    component: &Component,
    name: &str,
) -> Result<&'static ParameterSpecification, String> {
    let kind: &KindSpecification = catalog::specification(component.kind);
    kind.parameters
        .iter()
        .find(|known| known.parameter.name() == name || known.label.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let names = kind.parameters.iter().map(|known| known.parameter.name());
            format!(
                "{} ({}) has no parameter '{}'; {}; 'loadscape help {}' lists all",
                terminal::line(&component.name),
                kind.label,
                terminal::line(name),
                suggestion(name, names, "it has none"),
                component.kind.name()
            )
        })
}

fn parse_values(specification: &ParameterSpecification, text: &str) -> Result<Vec<Value>, String> {
    let Domain::Number { unit, whole, .. } = specification.domain else {
        // Choices and flags have no steps between them.
        return text
            .split(',')
            .map(|word| parse_value(specification, word))
            .collect();
    };
    let Some((from, rest)) = text.split_once("..") else {
        return Ok(vec![parse_value(specification, text)?]);
    };
    let (rest, logarithmic) = match rest.strip_suffix(":log") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (to, steps) = rest
        .rsplit_once(':')
        .ok_or("the number of points is missing; write FROM..TO:STEPS, as in 10..100:10")?;
    let steps: usize = steps
        .trim()
        .parse()
        .ok()
        .filter(|steps| (2..=MOST_VALUES).contains(steps))
        .ok_or_else(|| {
            format!("'{steps}' isn't a number of points; write a whole number from 2 to {MOST_VALUES} after the colon")
        })?;
    // The ends are checked as values, and all between two that are taken is taken, too.
    let end = |text: &str| match parse_value(specification, text)? {
        Value::Number(number) => Ok(number),
        _ => Err(format!("'{text}' is no end of a range; write a number")),
    };
    let (from, to) = (end(from)?, end(to)?);
    if logarithmic && (from <= 0.0 || to <= 0.0) {
        return Err(format!(
            "equal ratios need both ends above 0, and one is {}; leave :log out for equal steps",
            catalog::format_number(unit, from.min(to))
        ));
    }
    let last = (steps - 1) as f64;
    let mut values: Vec<f64> = (0..steps)
        .map(|step| match step {
            // The ends are met exactly.
            0 => from,
            step if step + 1 == steps => to,
            step if logarithmic => from * (to / from).powf(step as f64 / last),
            step => from + (to - from) * (step as f64 / last),
        })
        .map(tidy)
        .collect();
    if whole {
        for value in &mut values {
            *value = value.round();
        }
        values.dedup();
    }
    Ok(values.into_iter().map(Value::Number).collect())
}

/// The number at twelve significant digits: 0.3, not 0.30000000000000004.
fn tidy(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

/// Names that are nearly this one, else the first few of all.
fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>, none: &str) -> String {
    let lower = name.to_lowercase();
    let mut all: Vec<(usize, &str)> = known
        .map(|known| (distance(&lower, &known.to_lowercase()), known))
        .collect();
    // Stable: equally near names stay in the document's order.
    all.sort_by_key(|(distance, _)| *distance);
    all.dedup_by_key(|(_, name)| *name);
    let least = all.first().map_or(0, |(distance, _)| *distance);
    let near: Vec<&str> = all
        .iter()
        .filter(|(distance, known)| {
            let contains = lower.len() > 2 && known.to_lowercase().contains(&lower);
            contains || (*distance <= least.max(1) && 2 * distance <= lower.chars().count())
        })
        .map(|(_, known)| *known)
        .collect();
    let list = |names: &[&str], between: &str| {
        let quoted: Vec<String> = names
            .iter()
            .map(|name| format!("'{}'", terminal::line(name)))
            .collect();
        quoted.join(between)
    };
    if all.is_empty() {
        none.to_owned()
    } else if near.is_empty() {
        let some: Vec<&str> = all.iter().take(LISTED).map(|(_, known)| *known).collect();
        let more = if all.len() > LISTED {
            " and others"
        } else {
            ""
        };
        format!("there are {}{more}", list(&some, ", "))
    } else {
        format!(
            "did you mean {}?",
            list(&near[..near.len().min(SUGGESTIONS)], " or ")
        )
    }
}

/// Letters to insert, delete or replace to get from one word to the other (Levenshtein 1966).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (column, own) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(*own != letter);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::catalog::Kind;
    use loadscape_sim::scenario::Point;

    fn scenario() -> Scenario {
        let component = |id, kind, name: &str| {
            Component::new(ComponentId(id), kind, name, Point { x: 0.0, y: 0.0 })
        };
        Scenario {
            components: vec![
                component(1, Kind::Clients, "Users.eu"),
                component(2, Kind::Service, "App"),
                component(3, Kind::Service, "Twin"),
                component(4, Kind::Service, "Twin"),
                component(5, Kind::LoadBalancer, "Door"),
            ],
            ..Scenario::default()
        }
    }

    fn numbers(text: &str) -> Vec<f64> {
        let setting = parse(&scenario(), text).expect("it is well written");
        let number = |value: &Value| match value {
            Value::Number(number) => *number,
            other => panic!("{other:?} is no number"),
        };
        setting.values.iter().map(number).collect()
    }

    #[test]
    fn steps_are_even_or_in_equal_ratios_and_meet_both_ends() {
        assert_eq!(
            numbers("Users.eu.request_rate=100..300:3"),
            [100.0, 200.0, 300.0]
        );
        let ratios = numbers("1.request_rate=10..1000:3:log");
        assert!((ratios[1] - 100.0).abs() < 1e-9, "{ratios:?}");
        assert_eq!([ratios[0], ratios[2]], [10.0, 1000.0]);
        assert_eq!(
            numbers("app.service_time=10ms..0.03s:3"),
            [10.0, 20.0, 30.0]
        );
        assert_eq!(numbers("app.service_time=0.1..0.9:5")[1], 0.3);
        assert_eq!(numbers("App.instances=1..3:9"), [1.0, 2.0, 3.0]);
        assert_eq!(numbers("App.instances=4"), [4.0]);
    }

    #[test]
    fn choices_are_listed() {
        let setting = parse(
            &scenario(),
            "Door.balancing_policy=random,Two random choices",
        );
        assert_eq!(setting.map(|setting| setting.values.len()), Ok(2));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (text, cause) in [
            ("App.instances", "COMPONENT.PARAMETER=FROM..TO:STEPS"),
            ("App=1..2:3", "COMPONENT.PARAMETER=FROM..TO:STEPS"),
            ("Ap.instances=1..2:2", "did you mean 'App'?"),
            (
                "Cache.instances=1..2:2",
                "there are 'App', 'Twin', 'Door', 'Users.eu'",
            ),
            ("App.instance=1..2:2", "did you mean 'instances'"),
            ("Twin.instances=1..2:2", "3, 4"),
            ("App.instances=0..2:2", "below the smallest value"),
            ("App.instances=1..2", "number of points"),
            ("App.instances=1..2:1", "from 2 to"),
            ("App.instances=1..many:3", "isn't a number"),
            ("App.service_variability=0..4:5:log", "leave :log out"),
            ("Door.balancing_policy=fair", "isn't one of"),
        ] {
            let error = parse(&scenario(), text).expect_err(text);
            assert!(error.contains(cause), "{text}: {error}");
        }
    }
}
