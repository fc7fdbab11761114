//! Changes to a design as a lesson's file has them, by the names of parts and classes. It doesn't know what they are for.
//!
//! A change is made in the document's written form and read back, so that all that reading checks is checked here too, with the same words.

use crate::catalog::{self, Parameter};
use crate::scenario::{Scenario, Severity, read, write};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A change to a design.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Sets parameters of a part, by their names in files.
    Set {
        /// The part's name.
        part: String,
        /// Values in the parameters' own units.
        to: Map<String, Value>,
    },
    /// Multiplies a number.
    Scale {
        /// The part's name.
        part: String,
        /// The parameter's name.
        parameter: String,
        /// By how much.
        by: f64,
    },
    /// Puts a part onto the drawing.
    Add {
        /// Its kind, as files have it.
        kind: String,
        /// What it is called.
        name: String,
        /// Its top left corner.
        at: [f64; 2],
        /// Its parameters, where they aren't the usual ones.
        #[serde(default)]
        with: Map<String, Value>,
    },
    /// Draws a link.
    Link {
        /// Who calls.
        from: String,
        /// Who is called.
        to: String,
        /// The names of the classes that travel along it; empty is all.
        #[serde(default)]
        classes: Vec<String>,
        /// Its weight.
        #[serde(default)]
        weight: Option<f64>,
        /// Whether what travels along it is encrypted; it is where nothing is said.
        #[serde(default)]
        encrypted: Option<bool>,
    },
    /// Changes a link that is there; what isn't said stays as it is.
    SetLink {
        /// Who calls.
        from: String,
        /// Who is called.
        to: String,
        /// The names of the classes that travel along it; empty is all.
        #[serde(default)]
        classes: Option<Vec<String>>,
        /// Its weight.
        #[serde(default)]
        weight: Option<f64>,
        /// Whether what travels along it is encrypted.
        #[serde(default)]
        encrypted: Option<bool>,
    },
    /// Takes a link away.
    Unlink {
        /// Who calls.
        from: String,
        /// Who is called.
        to: String,
    },
    /// Takes a part away with its links and faults.
    Remove(String),
    /// Puts a part somewhere else.
    Move {
        /// The part's name.
        part: String,
        /// Its top left corner.
        at: [f64; 2],
    },
    /// Calls a part something else.
    Rename {
        /// The part's name.
        part: String,
        /// What it is called from then on.
        to: String,
    },
    /// Draws a zone.
    Zone {
        /// Its kind, as files have it.
        kind: String,
        /// What it is called.
        name: String,
        /// Left, top, width and height.
        around: [f64; 4],
    },
    /// Takes a zone away; what lies in it stays.
    RemoveZone(String),
    /// Changes a class of requests, or adds it where there is none of this name.
    Class {
        /// What it is called.
        name: String,
        /// Its fields, as files have them.
        to: Map<String, Value>,
    },
    /// Says what a part does for a class after its own work.
    Plan {
        /// The part's name.
        part: String,
        /// The class's name.
        class: String,
        /// One step after the other; the calls of a step go out together. Each names whom it calls ("to") and has a call's fields besides, as
        /// files have them.
        steps: Vec<Vec<Map<String, Value>>>,
    },
    /// Says what a client population sends.
    Mix {
        /// The part's name.
        part: String,
        /// Relative weights by class name.
        weights: Map<String, Value>,
    },
    /// Breaks something in a run.
    Fault {
        /// Seconds from the run's beginning.
        at: f64,
        /// Seconds until it is mended; never where nothing is said.
        #[serde(default)]
        lasts: Option<f64>,
        /// Where: a part's name, a zone's, or a link's as "A → B"; all clients where nothing is said.
        #[serde(default)]
        part: Option<String>,
        /// See [`Change::Fault::part`].
        #[serde(default)]
        zone: Option<String>,
        /// See [`Change::Fault::part`].
        #[serde(default)]
        link: Option<String>,
        /// What, as files have it.
        what: Value,
    },
}

/// Makes the changes one after the other.
///
/// # Errors
/// Which change can't be made, from 1, and why.
pub fn apply(scenario: &Scenario, changes: &[Change]) -> Result<Scenario, String> {
    if changes.is_empty() {
        return Ok(scenario.clone());
    }
    let mut document: Value = serde_json::from_str(&write(scenario))
        .map_err(|error| format!("the design can't be written: {error}"))?;
    for (place, change) in changes.iter().enumerate() {
        make(&mut document, change)
            .map_err(|why| format!("change {} can't be made: {why}", place + 1))?;
    }
    open(&document)
}

/// The document, where nothing is wrong with it.
///
/// # Errors
/// The first thing that is.
pub(super) fn open(document: &Value) -> Result<Scenario, String> {
    let reading = read(&document.to_string());
    let mut problems = reading.problems.iter();
    if let Some(problem) = problems.find(|problem| problem.severity == Severity::Error) {
        return Err(problem.to_string());
    }
    reading
        .scenario
        .ok_or_else(|| "there is no design in it".to_owned())
}

fn make(document: &mut Value, change: &Change) -> Result<(), String> {
    match change {
        Change::Set { part, to } => {
            let parameters = parameters(document, part)?;
            for (name, value) in to {
                parameters.insert(name.clone(), value.clone());
            }
        }
        Change::Scale {
            part,
            parameter,
            by,
        } => {
            let now = number(document, part, parameter)?;
            parameters(document, part)?.insert(parameter.clone(), json!(now * by));
        }
        Change::Add {
            kind,
            name,
            at,
            with,
        } => {
            if id(document, "components", name).is_ok() {
                return Err(format!("there is a part \"{name}\" already"));
            }
            let own = json!({
                "id": free(document, "components"),
                "kind": kind,
                "name": name,
                "position": { "x": at[0], "y": at[1] },
                "parameters": with,
            });
            list(document, "components").push(own);
        }
        Change::Link {
            from,
            to,
            classes,
            weight,
            encrypted,
        } => {
            let mut own = json!({
                "id": free(document, "links"),
                "from": id(document, "components", from)?,
                "to": id(document, "components", to)?,
                "classes": ids(document, classes)?,
            });
            if let Some(weight) = weight {
                own["weight"] = json!(weight);
            }
            if let Some(encrypted) = encrypted {
                own["unencrypted"] = json!(!encrypted);
            }
            list(document, "links").push(own);
        }
        Change::SetLink {
            from,
            to,
            classes,
            weight,
            encrypted,
        } => {
            let wanted = link(document, from, to)?;
            let classes = (classes.as_ref()).map(|names| ids(document, names));
            let classes = classes.transpose()?;
            let mut links = list(document, "links").iter_mut();
            let Some(own) = links.find(|own| own["id"] == json!(wanted)) else {
                return Ok(());
            };
            if let Some(classes) = classes {
                own["classes"] = json!(classes);
            }
            if let Some(weight) = weight {
                own["weight"] = json!(weight);
            }
            if let Some(encrypted) = encrypted {
                own["unencrypted"] = json!(!encrypted);
            }
        }
        Change::Unlink { from, to } => {
            let link = link(document, from, to)?;
            take(document, "links", link);
            forget_links(document, &[link]);
        }
        Change::Remove(part) => {
            let part = id(document, "components", part)?;
            let touches = |link: &Value| link["from"] == json!(part) || link["to"] == json!(part);
            let links: Vec<u64> = (list(document, "links").iter())
                .filter(|link| touches(link))
                .filter_map(|link| link["id"].as_u64())
                .collect();
            list(document, "links").retain(|link| !touches(link));
            take(document, "components", part);
            forget_links(document, &links);
            forget_faults(document, "component", &[part]);
            forget_faults(document, "clients", &[part]);
        }
        Change::Move { part, at } => {
            own(document, "components", part)?["position"] = json!({ "x": at[0], "y": at[1] });
        }
        Change::Rename { part, to } => {
            own(document, "components", part)?["name"] = json!(to);
        }
        Change::Zone { kind, name, around } => {
            let [x, y, width, height] = around;
            let own = json!({
                "id": free(document, "zones"),
                "kind": kind,
                "name": name,
                "rectangle": { "x": x, "y": y, "width": width, "height": height },
            });
            list(document, "zones").push(own);
        }
        Change::RemoveZone(name) => {
            let zone = id(document, "zones", name)?;
            take(document, "zones", zone);
            forget_faults(document, "zone", &[zone]);
        }
        Change::Class { name, to } => {
            let own = match own(document, "classes", name) {
                Ok(own) => own,
                Err(_) => {
                    let id = free(document, "classes");
                    let classes = list(document, "classes");
                    classes.push(json!({ "id": id, "name": name }));
                    let last = classes.len() - 1;
                    &mut classes[last]
                }
            };
            for (field, value) in to {
                own[field] = value.clone();
            }
        }
        Change::Plan { part, class, steps } => {
            let class = id(document, "classes", class)?;
            let mut written = Vec::new();
            for step in steps {
                let mut calls = Vec::new();
                for call in step {
                    let mut call = call.clone();
                    let to = call.remove("to");
                    let to = to.as_ref().and_then(Value::as_str);
                    let to = to.ok_or("a call says whom it calls: \"to\"")?;
                    call.insert("link".to_owned(), json!(link(document, part, to)?));
                    calls.push(call);
                }
                written.push(json!({ "calls": calls }));
            }
            let own = own(document, "components", part)?;
            let plan = json!({ "class": class, "steps": written });
            match own["plans"].as_array_mut() {
                Some(plans) => {
                    plans.retain(|other| other["class"] != json!(class));
                    plans.push(plan);
                }
                None => own["plans"] = json!([plan]),
            }
        }
        Change::Mix { part, weights } => {
            let mix: Result<Vec<Value>, String> = (weights.iter())
                .map(|(name, weight)| Ok(json!([id(document, "classes", name)?, weight])))
                .collect();
            own(document, "components", part)?["mix"] = Value::Array(mix?);
        }
        Change::Fault {
            at,
            lasts,
            part,
            zone,
            link: along,
            what,
        } => {
            let mut fault = json!({ "start_seconds": at });
            if let Some(lasts) = lasts {
                fault["duration_seconds"] = json!(lasts);
            }
            let (place, id) = match (part, zone, along) {
                (Some(part), None, None) => {
                    let own = own(document, "components", part)?;
                    let is_sender = own["kind"] == json!(catalog::Kind::Clients.name());
                    let place = if is_sender { "clients" } else { "component" };
                    (place, Some(id(document, "components", part)?))
                }
                (None, Some(zone), None) => ("zone", Some(id(document, "zones", zone)?)),
                (None, None, Some(along)) => {
                    let ends = along
                        .split_once('→')
                        .map(|(from, to)| (from.trim(), to.trim()));
                    let (from, to) = ends.ok_or("a link is written as \"A → B\"")?;
                    ("link", Some(link(document, from, to)?))
                }
                (None, None, None) => ("clients", None),
                _ => return Err("a fault is in one place: a part, a zone or a link".to_owned()),
            };
            fault[place] = json!({ "what": what });
            if let Some(id) = id {
                fault[place]["id"] = json!(id);
            }
            list(document, "faults").push(fault);
        }
    }
    Ok(())
}

fn list<'a>(document: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
    let field = &mut document[name];
    if !field.is_array() {
        *field = Value::Array(Vec::new());
    }
    match field {
        Value::Array(values) => values,
        // It has just been made one.
        _ => unreachable!("{name} is a list"),
    }
}

/// What the list's things are called in a sentence.
fn thing(name: &str) -> &'static str {
    match name {
        "components" => "part",
        "classes" => "class",
        _ => "zone",
    }
}

fn own<'a>(document: &'a mut Value, list_name: &str, name: &str) -> Result<&'a mut Value, String> {
    let is_it = |value: &Value| {
        let own = value["name"].as_str();
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let values = list(document, list_name);
    let Some(place) = values.iter().position(is_it) else {
        let all: Vec<&str> = (values.iter())
            .filter_map(|value| value["name"].as_str())
            .collect();
        return Err(format!(
            "there is no {} \"{name}\"; there are: {}",
            thing(list_name),
            all.join(", ")
        ));
    };
    Ok(&mut values[place])
}

fn id(document: &mut Value, list_name: &str, name: &str) -> Result<u64, String> {
    let id = own(document, list_name, name)?["id"].as_u64();
    id.ok_or_else(|| format!("\"{name}\" has no number"))
}

/// The classes of these names.
fn ids(document: &mut Value, names: &[String]) -> Result<Vec<u64>, String> {
    (names.iter())
        .map(|name| id(document, "classes", name))
        .collect()
}

fn link(document: &mut Value, from: &str, to: &str) -> Result<u64, String> {
    let ends = (
        id(document, "components", from)?,
        id(document, "components", to)?,
    );
    let links = list(document, "links");
    let found = links
        .iter()
        .find(|link| link["from"] == json!(ends.0) && link["to"] == json!(ends.1));
    found
        .and_then(|link| link["id"].as_u64())
        .ok_or_else(|| format!("there is no link from \"{from}\" to \"{to}\""))
}

fn take(document: &mut Value, list_name: &str, id: u64) {
    list(document, list_name).retain(|value| value["id"] != json!(id));
}

/// Links are gone: with them go their faults, and the calls of plans that took them.
fn forget_links(document: &mut Value, links: &[u64]) {
    forget_faults(document, "link", links);
    let is_there = |call: &Value| {
        !call["link"]
            .as_u64()
            .is_some_and(|own| links.contains(&own))
    };
    for part in list(document, "components") {
        let plans = part.get_mut("plans").and_then(Value::as_array_mut);
        for plan in plans.into_iter().flatten() {
            let Some(steps) = plan["steps"].as_array_mut() else {
                continue;
            };
            for step in steps.iter_mut() {
                if let Some(calls) = step["calls"].as_array_mut() {
                    calls.retain(is_there);
                }
            }
            steps.retain(|step| {
                step["calls"]
                    .as_array()
                    .is_some_and(|calls| !calls.is_empty())
            });
        }
    }
}

fn forget_faults(document: &mut Value, place: &str, ids: &[u64]) {
    let is_there = |fault: &Value| {
        let own = fault[place]["id"].as_u64();
        !own.is_some_and(|own| ids.contains(&own))
    };
    list(document, "faults").retain(is_there);
}

fn free(document: &mut Value, list_name: &str) -> u64 {
    let ids = list(document, list_name).iter();
    ids.filter_map(|value| value["id"].as_u64())
        .max()
        .unwrap_or(0)
        + 1
}

fn parameters<'a>(
    document: &'a mut Value,
    part: &str,
) -> Result<&'a mut Map<String, Value>, String> {
    let own = own(document, "components", part)?;
    let field = &mut own["parameters"];
    if !field.is_object() {
        *field = Value::Object(Map::new());
    }
    match field {
        Value::Object(map) => Ok(map),
        // It has just been made one.
        _ => unreachable!("parameters are an object"),
    }
}

/// The number that a part has now, its kind's usual one where it says nothing.
fn number(document: &mut Value, part: &str, parameter: &str) -> Result<f64, String> {
    let own = own(document, "components", part)?;
    if let Some(now) = own["parameters"][parameter].as_f64() {
        return Ok(now);
    }
    let kind = own["kind"].as_str().and_then(catalog::Kind::from_name);
    let specification = kind
        .zip(Parameter::from_name(parameter))
        .and_then(|(kind, parameter)| catalog::parameter(kind, parameter));
    let default = specification.map(|specification| specification.default);
    match default {
        Some(catalog::Value::Number(number)) => Ok(number),
        Some(_) => Err(format!(
            "\"{parameter}\" of \"{part}\" is no number to multiply"
        )),
        None => Err(format!("\"{part}\" has no parameter \"{parameter}\"")),
    }
}
