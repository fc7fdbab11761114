//! Reading documents from outside: keeps what is readable and reports the rest; it trusts nothing and judges no design.

mod component;
mod fault;
mod fields;
mod repair;
mod resilience;
mod rest;
mod value;

use super::problem::{Place, Problem, Severity};
use super::{FORMAT_VERSION, RequestClass, Scenario, limits};
use crate::scenario::{ClassId, Operation};
use fields::Fields;
use value::Object;
pub(crate) use value::Value;

/// What came of reading a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What could be read; `None` only when the text isn't a document at all.
    pub scenario: Option<Scenario>,
    /// What couldn't, or had to be changed. Whether the design makes sense is [`super::validate`]'s to say.
    pub problems: Vec<Problem>,
}

/// Most problems that a reading lists; a broken file may have a million.
const MOST_PROBLEMS: usize = 200;

/// Reads a JSON document. Never panics; lists everything that was dropped, clamped or guessed.
pub fn read(text: &str) -> Reading {
    let mut problems = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    if text.len() > limits::TEXT_BYTES {
        return unreadable(Problem::error(
            Place::Document,
            format!(
                "The text is larger than {} MiB, which no scenario is.",
                limits::TEXT_BYTES >> 20
            ),
            "Choose a Loadscape file.",
        ));
    }
    let value = match parse(text) {
        Ok(value) => value,
        Err(error) => match repair::without_impossible_numbers(text)
            .map(|(text, count)| (parse(&text), count))
        {
            Some((Ok(value), count)) => {
                problems.push(Problem::error(
                    Place::Document,
                    format!("{count} {} not a finite number (NaN, infinity or beyond 1.8e308) and {} left out.", if count == 1 { "value is" } else { "values are" }, if count == 1 { "is" } else { "are" }),
                    "Set the values that are named below anew.",
                ));
                value
            }
            _ => {
                return unreadable(not_json(&error));
            }
        },
    };
    read_value(value, problems)
}

/// Takes the text apart; nothing may follow the document.
fn parse(text: &str) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Value::bounded(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a document that is already taken apart; `problems` are those found on the way here.
pub(crate) fn read_value(value: Value, problems: Vec<Problem>) -> Reading {
    let Value::Object(mut document) = value else {
        return unreadable(Problem::error(
            Place::Document,
            "A scenario is a JSON object, and this is something else.",
            "Choose a file that Loadscape saved.",
        ));
    };
    if !FIELDS.iter().any(|field| document.get(field).is_some()) {
        return unreadable(Problem::error(
            Place::Document,
            "This is JSON, but no scenario: it has none of a scenario's fields.",
            "Choose a file that Loadscape saved.",
        ));
    }
    let mut reader = Reader {
        problems,
        suppressed: 0,
    };
    let version = reader.version(&document);
    migrate(&mut document, version);
    let scenario = reader.scenario(document);
    reader.finish(scenario)
}

fn unreadable(problem: Problem) -> Reading {
    Reading {
        scenario: None,
        problems: vec![problem],
    }
}

/// What is wrong with a text that can't be taken apart, in words for people who may never have heard of JSON.
fn not_json(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    // serde_json repeats the place at the end.
    let reason = text.split(" at line ").next().unwrap_or(&text);
    let place = format!("line {}, column {}", error.line(), error.column());
    let (message, remedy) = if error.is_eof() {
        (
            format!("The text ends too early, at {place}: the rest of it is missing."),
            "Copy or save it again, whole.",
        )
    } else if reason.contains("recursion limit") {
        (
            format!("At {place} it is nested deeper than any scenario."),
            "Choose a file that Loadscape saved.",
        )
    } else {
        (
            format!("This isn't JSON: {place}: {reason}."),
            "Choose a file that Loadscape saved, or correct it there.",
        )
    };
    Problem::error(Place::Document, message, remedy)
}

/// Fields of which every scenario has one; a text without any is something else, and no empty drawing.
const FIELDS: [&str; 3] = ["format_version", "components", "classes"];

/// How a document of version `index + 1` becomes one of the next version.
type Migration = fn(&mut Object);

/// One for each version before this build's.
const MIGRATIONS: [Migration; FORMAT_VERSION as usize - 1] = [];

fn migrate(document: &mut Object, version: u32) {
    for migration in MIGRATIONS.iter().skip(version.saturating_sub(1) as usize) {
        migration(document);
    }
}

/// Collects problems while a document is read.
struct Reader {
    problems: Vec<Problem>,
    suppressed: usize,
}

impl Reader {
    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.suppressed += 1;
        }
    }

    fn finish(mut self, scenario: Scenario) -> Reading {
        if self.suppressed > 0 {
            self.problems.push(Problem::error(
                Place::Document,
                format!("There are {} more problems of this kind.", self.suppressed),
                "Correct these first, then open the file again.",
            ));
        }
        Reading {
            scenario: Some(scenario),
            problems: self.problems,
        }
    }

    fn version(&mut self, document: &Object) -> u32 {
        let update = "Update Loadscape to read all of it.";
        match document.get("format_version").map(Value::as_u64) {
            Some(Some(version @ 1..)) if version <= u64::from(FORMAT_VERSION) => version as u32,
            Some(Some(version @ 1..)) => {
                self.report(
                    Problem::error(
                        Place::Document,
                        format!("The file has format version {version}; this Loadscape reads up to {FORMAT_VERSION}, and what it doesn't know is left out."),
                        update,
                    )
                    .of_field("format_version"),
                );
                FORMAT_VERSION
            }
            Some(_) => {
                self.report(
                    Problem::error(
                        Place::Document,
                        format!("The format version isn't a whole number from 1 on; {FORMAT_VERSION} is assumed."),
                        format!("Set it to {FORMAT_VERSION}."),
                    )
                    .of_field("format_version"),
                );
                FORMAT_VERSION
            }
            None => {
                self.report(
                    Problem::warning(
                        Place::Document,
                        format!(
                            "The file doesn't say its format version; {FORMAT_VERSION} is assumed."
                        ),
                        format!("Add \"format_version\": {FORMAT_VERSION}."),
                    )
                    .of_field("format_version"),
                );
                FORMAT_VERSION
            }
        }
    }

    fn scenario(&mut self, document: Object) -> Scenario {
        let mut fields = Fields::new(document, Place::Document);
        fields.skip("format_version");
        let defaults = Scenario::default();
        let title = fields.text(self, "title", &defaults.title);
        let notes = fields.optional_text(self, "notes");
        let classes = fields.list(self, "classes", limits::CLASSES);
        let components = fields.list(self, "components", limits::COMPONENTS);
        let zones = fields.list(self, "zones", limits::ZONES);
        let links = fields.list(self, "links", limits::LINKS);
        let objectives = fields.list(self, "objectives", limits::OBJECTIVES);
        let faults = fields.list(self, "faults", limits::FAULTS);
        let run = fields.take("run");
        fields.finish(self);

        let mut scenario = Scenario {
            title,
            notes,
            components: Vec::new(),
            links: Vec::new(),
            zones: Vec::new(),
            classes: Vec::new(),
            objectives: Vec::new(),
            faults: Vec::new(),
            run: self.run(run),
        };
        scenario.classes = self.classes(classes);
        // A plan names links, so plans are read once the links are known.
        let (components, plans) = self.components(components, &scenario.classes);
        scenario.components = components;
        scenario.links = self.links(links, &scenario);
        self.plans(plans, &mut scenario);
        scenario.zones = self.zones(zones);
        scenario.objectives = self.objectives(objectives, &scenario.classes);
        scenario.faults = self.faults(faults, &scenario);
        scenario
    }

    /// Makes sure that there is something to send.
    fn classes(&mut self, values: Vec<Value>) -> Vec<RequestClass> {
        let mut classes = self.read_classes(values);
        if classes.is_empty() {
            self.report(
                Problem::error(
                    Place::Document,
                    "There is no request class, so that clients would have nothing to send; one read class is added.",
                    "Set its sizes and share, or add classes of your own.",
                )
                .of_field("classes"),
            );
            classes.push(RequestClass::new(ClassId(1), "request", Operation::Read));
        } else if classes.iter().all(|class| class.share <= 0.0) {
            let first = Place::class(&classes[0]);
            self.report(
                Problem::error(
                    first,
                    "Every class has a share of 0, so that nothing would be sent; this one gets 1.",
                    "Give at least one class a share above 0.",
                )
                .of_field("share"),
            );
            classes[0].share = 1.0;
        }
        classes
    }
}

impl Reading {
    /// Whether something was lost or changed in reading.
    pub fn is_damaged(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }
}
