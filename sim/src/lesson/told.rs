//! Whether a lesson that begins with the solution of another tells what has become of it since, in its own words. The load may grow, and the data with
//! it; whatever else is different is named in its text, with its number. It judges no design.

use super::forms::Lesson;
use super::read::Mistake;
use super::shelf::Shelf;
use crate::catalog::{self, Kind, Parameter, Value};
use crate::scenario::{ClassId, Component, Link, Operation, RequestClass, Scenario};

/// What is different at a lesson's start and after its event and isn't told to the learner.
///
/// # Errors
/// Why one of the designs can't be made.
pub fn untold(shelf: &Shelf, lesson: &Lesson) -> Result<Vec<Mistake>, String> {
    let Some((before, way)) = shelf.begins_with(lesson) else {
        return Ok(Vec::new());
    };
    let solved = shelf.way(before, way)?;
    let [start, event, _] = shelf.designs(lesson)?;
    let opening = [&lesson.situation, &lesson.prediction.question];
    let opening = opening.map(String::as_str);
    let all = [opening[0], opening[1], &lesson.event.says];
    let since = [
        ("start", &solved, &start, &opening[..], &opening[..]),
        // What the situation says of a number is how it was before the event.
        ("event", &start, &event, &all[..], &all[2..]),
    ];
    let mut found = Vec::new();
    for (place, before, now, names, numbers) in since {
        let told = Told { names, numbers };
        let mut changed = Changed {
            before,
            now,
            told: &told,
            untold: Vec::new(),
        };
        changed.parts();
        changed.classes();
        changed.links();
        changed.zones();
        found.extend(changed.untold.into_iter().map(|what| {
            let message = format!(
                "It doesn't tell what is different from the solution that it begins with: {what}."
            );
            Mistake::new(place, message)
        }));
    }
    Ok(found)
}

/// The texts that a learner has read by then.
struct Told<'a> {
    /// Those in which names count.
    names: &'a [&'a str],
    /// Those whose numbers are of the design as it is now.
    numbers: &'a [&'a str],
}

impl Told<'_> {
    fn names(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut texts = self.names.iter();
        texts.any(|text| text.to_lowercase().contains(&name))
    }

    /// Whether the figure stands in one of them, e.g. "{cores of Server}".
    fn figure(&self, word: &str, of: &str) -> bool {
        let figure = format!("{{{word} of {of}}}").to_lowercase();
        let mut texts = self.numbers.iter();
        texts.any(|text| text.to_lowercase().contains(&figure))
    }
}

/// Two designs that follow one another.
struct Changed<'a> {
    before: &'a Scenario,
    now: &'a Scenario,
    told: &'a Told<'a>,
    untold: Vec<String>,
}

impl Changed<'_> {
    fn name(&mut self, name: &str, what: &str) {
        if !self.told.names(name) {
            self.untold.push(format!("{name} {what}, name it"));
        }
    }

    /// What there is in one of them alone, by what it is and its name.
    fn come_and_gone<K: PartialEq>(&mut self, before: &[(K, &str)], now: &[(K, &str)]) {
        let has = |all: &[(K, &str)], own: &K| all.iter().any(|(other, _)| other == own);
        for (_, name) in before.iter().filter(|(own, _)| !has(now, own)) {
            self.name(name, "is gone");
        }
        for (_, name) in now.iter().filter(|(own, _)| !has(before, own)) {
            self.name(name, "is new");
        }
    }

    fn parts(&mut self) {
        let [before, now] = [self.before, self.now].map(|design| {
            let parts = design.components.iter();
            parts
                .map(|part| (part.id, part.name.as_str()))
                .collect::<Vec<_>>()
        });
        self.come_and_gone(&before, &now);
        for part in &self.now.components {
            if let Some(before) = self.before.component(part.id) {
                self.part(before, part);
            }
        }
    }

    fn part(&mut self, before: &Component, now: &Component) {
        if before.name != now.name {
            self.name(&now.name, &format!("was {}", before.name));
        }
        if before.plans != now.plans {
            self.name(&now.name, "calls others");
        }
        for specification in catalog::specification(now.kind).parameters {
            let parameter = specification.parameter;
            let (was, is) = (before.value(parameter), now.value(parameter));
            let name = parameter.name();
            if was == is
                || is_load(now.kind, parameter, was, is)
                || self.told.figure(name, &now.name)
            {
                continue;
            }
            let label = specification.label.to_lowercase();
            self.untold.push(format!(
                "the {label} of {}, write {{{name} of {}}}",
                now.name, now.name
            ));
        }
    }

    fn classes(&mut self) {
        let [before, now] = [self.before, self.now].map(|design| {
            let classes = design.classes.iter();
            classes
                .map(|class| (class.id, class.name.as_str()))
                .collect::<Vec<_>>()
        });
        self.come_and_gone(&before, &now);
        for class in &self.now.classes {
            let Some(before) = self.before.class(class.id) else {
                continue;
            };
            let name = &class.name;
            // Fewer keys aren't what more users bring.
            if class.keys < before.keys && !self.told.figure("keys", name) {
                self.untold
                    .push(format!("the keys of {name}, write {{keys of {name}}}"));
            }
            if work(before) != work(class) {
                self.untold
                    .push(format!("what {name} asks for, add a class for what is new"));
            }
        }
    }

    fn links(&mut self) {
        for link in &self.before.links {
            if self.now.link(link.id).is_none() && between(self.now, link).is_none() {
                self.ends(self.before, link, "is gone");
            }
        }
        for link in &self.now.links {
            match between(self.before, link) {
                None => self.ends(self.now, link, "is new"),
                Some(before) => {
                    let same = (before.weight, before.unencrypted, before.round_trip_seconds)
                        == (link.weight, link.unencrypted, link.round_trip_seconds);
                    if !same || self.known(&before.classes) != self.known(&link.classes) {
                        self.ends(self.now, link, "carries something else");
                    }
                }
            }
        }
    }

    /// Those classes that there were before: a new one has to travel somewhere.
    fn known(&self, classes: &[ClassId]) -> Vec<ClassId> {
        let was = |id: &&ClassId| self.before.class(**id).is_some();
        let mut known: Vec<ClassId> = classes.iter().filter(was).copied().collect();
        known.sort_unstable();
        known
    }

    fn ends(&mut self, scenario: &Scenario, link: &Link, what: &str) {
        let ends = [link.from, link.to].map(|id| scenario.component(id));
        let names: Vec<&str> = (ends.iter().flatten())
            .map(|part| part.name.as_str())
            .collect();
        if names.iter().any(|name| !self.told.names(name)) {
            let link = names.join(" → ");
            self.untold.push(format!("{link} {what}, name both ends"));
        }
    }

    fn zones(&mut self) {
        let [before, now] = [self.before, self.now].map(|design| {
            let zones = design.zones.iter();
            zones
                .map(|zone| ((zone.kind, zone.name.as_str()), zone.name.as_str()))
                .collect::<Vec<_>>()
        });
        self.come_and_gone(&before, &now);
    }
}

/// The link between the same ends.
fn between<'a>(scenario: &'a Scenario, link: &Link) -> Option<&'a Link> {
    let mut links = scenario.links.iter();
    links.find(|own| own.from == link.from && own.to == link.to)
}

/// What a request of a class is, but for how many of them and of their keys there are.
fn work(class: &RequestClass) -> (&str, Operation, [f64; 3], u8) {
    (
        &class.name,
        class.operation,
        [
            class.request_bytes,
            class.response_bytes,
            class.zipf_exponent,
        ],
        class.priority,
    )
}

/// Whether it is what more users bring: what they send and when, and what is kept for them.
fn is_load(kind: Kind, parameter: Parameter, was: Option<Value>, is: Option<Value>) -> bool {
    if kind == Kind::Clients {
        return !NO_LOAD.contains(&parameter);
    }
    let grows = match (was, is) {
        (Some(Value::Number(was)), Some(Value::Number(is))) => is > was,
        _ => false,
    };
    parameter == Parameter::StoredData && grows
}

/// What is no load of a population: where it is, and what it is charged.
const NO_LOAD: [Parameter; 2] = [Parameter::ClientRoundTrip, Parameter::TransferPrice];
