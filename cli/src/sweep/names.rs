//! What somebody calls something, as the thing itself, and what else it might have been. It knows no settings.

use crate::terminal;
use loadscape_sim::scenario::{Component, RequestClass, Scenario, Zone};

/// Names that are suggested when some are near.
const SUGGESTIONS: usize = 3;
/// Names that are listed when none is.
const LISTED: usize = 8;

/// The component of this name or id.
///
/// # Errors
/// When there is none, or several; with what to write instead.
pub fn component<'a>(scenario: &'a Scenario, name: &str) -> Result<&'a Component, String> {
    let key = |component: &'a Component| (component.id.0, component.name.as_str());
    find(("component", "components"), &scenario.components, key, name)
}

/// The request class of this name or id.
///
/// # Errors
/// When there is none, or several; with what to write instead.
pub fn class<'a>(scenario: &'a Scenario, name: &str) -> Result<&'a RequestClass, String> {
    let key = |class: &'a RequestClass| (class.id.0, class.name.as_str());
    find(("class", "classes"), &scenario.classes, key, name)
}

/// The zone of this name or id.
///
/// # Errors
/// When there is none, or several; with what to write instead.
pub fn zone<'a>(scenario: &'a Scenario, name: &str) -> Result<&'a Zone, String> {
    let key = |zone: &'a Zone| (zone.id.0, zone.name.as_str());
    find(("zone", "zones"), &scenario.zones, key, name)
}

/// The one of this name, or this id, or this name in other letters.
fn find<'a, T>(
    (one, many): (&str, &str),
    all: &'a [T],
    key: impl Fn(&'a T) -> (u32, &'a str),
    name: &str,
) -> Result<&'a T, String> {
    let lower = name.to_lowercase();
    let by = |same: &dyn Fn(u32, &str) -> bool| {
        let same = all.iter().filter(|own| {
            let (id, name) = key(own);
            same(id, name)
        });
        same.collect::<Vec<&'a T>>()
    };
    let mut found = by(&|_, own| own == name);
    if found.is_empty() {
        found = by(&|id, _| id.to_string() == name);
    }
    if found.is_empty() {
        found = by(&|_, own| own.to_lowercase() == lower);
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let none = format!("the scenario has no {many}");
            let names = all.iter().map(|own| key(own).1);
            Err(format!(
                "there is no {one} '{}'; {}",
                terminal::line(name),
                suggestion(name, names, &none)
            ))
        }
        several => {
            let ids: Vec<String> = several.iter().map(|own| key(own).0.to_string()).collect();
            Err(format!(
                "{} {many} are called '{}'; name the one you mean by its id: {}",
                several.len(),
                terminal::line(name),
                ids.join(", ")
            ))
        }
    }
}

/// Names that are nearly this one, else the first few of all.
pub fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>, none: &str) -> String {
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
