//! Measured service times: what a part takes at its cores, by a file in place of its own law. It knows neither solver nor engine.

use crate::sweep::component;
use crate::{replay, terminal};
use loadscape_sim::analysis::{Analysis, analyse_compiled};
use loadscape_sim::distribution::{Distribution, LONGEST_SECONDS};
use loadscape_sim::network::{Compiled, Unmeasured, compile};
use loadscape_sim::quantities::{number, time, whole};
use loadscape_sim::scenario::{ComponentId, Scenario};
use loadscape_sim::units::Seconds;
use std::path::Path;

/// Most values of a file: beyond, another tells no more of the law than a random sample of so many, and every run holds them all.
const MOST_VALUES: usize = 100_000;
/// Most names that an error lists.
const LISTED: usize = 8;
const EXAMPLE: &str = "as in 'loadscape simulate FILE --service App=times.csv'";

/// A part whose service times were measured.
pub struct Service {
    component: ComponentId,
    name: String,
    /// Each of the measured times with the same probability.
    law: Distribution,
    /// What it stands in the place of.
    own: Distribution,
}

/// Reads the file of each `PART=FILE`, finds the part in each of the designs (in one of them at least), and says on standard error what was
/// measured. The designs are told apart by what stands before messages about them.
///
/// # Errors
/// What is wrong with a word or a file, with the line, or why the part can't be measured; and what to do.
pub fn services<const DESIGNS: usize>(
    designs: [(&Scenario, &str); DESIGNS],
    words: &[String],
) -> Result<[Vec<Service>; DESIGNS], String> {
    let mut found = [const { Vec::new() }; DESIGNS];
    if words.is_empty() {
        return Ok(found);
    }
    let compiled = designs.map(|(scenario, _)| compile(scenario));
    for word in words {
        let (name, path) = word.rsplit_once('=').ok_or_else(|| {
            format!(
                "--service: '{}' names no file; write PART=FILE, {EXAMPLE}",
                terminal::line(word)
            )
        })?;
        let parts = designs.map(|(scenario, _)| component(scenario, name));
        // It is enough that one of several designs has it.
        let is_somewhere = parts.iter().any(Result::is_ok);
        let law = is_somewhere.then(|| law(path)).transpose()?;
        for (place, part) in parts.into_iter().enumerate() {
            let (scenario, before) = designs[place];
            let error = |error: String| format!("--service: {before}{error}");
            let (part, law) = match (part, &law) {
                (Ok(part), Some(law)) => (part, law.clone()),
                (Err(_), _) if is_somewhere && !is_known(scenario, name) => continue,
                (Err(problem), _) => return Err(error(problem)),
                (Ok(_), None) => continue,
            };
            let (component, name) = (part.id, terminal::line(&part.name));
            let others: &mut Vec<Service> = &mut found[place];
            if others.iter().any(|other| other.component == component) {
                return Err(error(format!(
                    "two files say how long {name} takes; give each part one"
                )));
            }
            let own = compiled[place]
                .network
                .clone()
                .measure(component, &law)
                .map_err(|why| error(unmeasured(scenario, &compiled[place], &name, &why)))?;
            let service = Service {
                component,
                name,
                law,
                own,
            };
            eprintln!("{before}{}", service.told());
            others.push(service);
        }
    }
    Ok(found)
}

/// Whether some component of the scenario could be meant.
fn is_known(scenario: &Scenario, name: &str) -> bool {
    let lower = name.to_lowercase();
    scenario.components.iter().any(|component| {
        component.name.to_lowercase() == lower || component.id.0.to_string() == name
    })
}

/// Compiles and solves a scenario whose parts take the measured times.
///
/// # Errors
/// When the scenario isn't the one that they were found in, and has no such work any more or another.
pub fn analyse(scenario: &Scenario, services: &[Service]) -> Result<Analysis, String> {
    let mut compiled = compile(scenario);
    for service in services {
        let own = compiled
            .network
            .measure(service.component, &service.law)
            .map_err(|why| {
                let why = unmeasured(scenario, &compiled, &service.name, &why);
                format!("--service: {why}")
            })?;
        if own != service.own {
            return Err(format!(
                "--service: this changes how long {} works, which its file says; leave the one or the other",
                service.name
            ));
        }
    }
    Ok(analyse_compiled(scenario, compiled))
}

impl Service {
    fn told(&self) -> String {
        let count = match &self.law {
            Distribution::Empirical { values } => {
                format!("{} measured service times", whole(values.len() as f64))
            }
            _ => "measured service times that are all alike".to_owned(),
        };
        format!(
            "{}: {count}, {} on average with a squared coefficient of variation of {}, in place of its own {}",
            self.name,
            time(Seconds(self.law.mean())),
            number(self.law.scv()),
            time(Seconds(self.own.mean()))
        )
    }
}

/// Why a part can't take measured times, and what to do.
fn unmeasured(scenario: &Scenario, compiled: &Compiled, name: &str, why: &Unmeasured) -> String {
    let measurable: Vec<String> = scenario
        .components
        .iter()
        .filter(|component| {
            let mut network = compiled.network.clone();
            let any = Distribution::Deterministic { value: 0.0 };
            network.measure(component.id, &any).is_ok()
        })
        .map(|component| format!("'{}'", terminal::line(&component.name)))
        .collect();
    let others = match measurable.len() {
        0 => "no part of this design can be measured so".to_owned(),
        count if count > LISTED => format!(
            "parts that can be measured are {} and others",
            measurable[..LISTED].join(", ")
        ),
        _ => format!("parts that can be measured are {}", measurable.join(", ")),
    };
    match why {
        Unmeasured::NoServers => {
            format!("{name} has no cores or servers that a file could say the times of; {others}")
        }
        Unmeasured::Idle => format!(
            "nothing that is sent is worked on at the cores or servers of {name}; link it to what sends, or give it a time above 0; {others}"
        ),
        Unmeasured::Several(means) => {
            let means: Vec<String> = means.iter().map(|mean| time(Seconds(*mean))).collect();
            format!(
                "{name} does several kinds of work ({} on average), and one file can't say which is which; set its own times in the scenario, \
                 as 'loadscape help KIND' lists them; {others}",
                means.join(", ")
            )
        }
    }
}

/// The law of the times in a file.
fn law(path: &str) -> Result<Distribution, String> {
    let shown = terminal::line(path);
    let text = replay::text(Path::new(path), "take a random sample of it")
        .map_err(|error| format!("--service: can't read {shown}: {error}"))?;
    let values = read_times(&text)
        .map_err(|problem| format!("--service: {shown}, {}", terminal::line(&problem)))?;
    let first = values[0];
    let law = if values.iter().all(|value| *value == first) {
        Distribution::deterministic(first)
    } else {
        Distribution::empirical(values)
    };
    law.map_err(|error| format!("--service: {shown}: {error}"))
}

/// Reads one time a line, in seconds, or in milliseconds where a heading says so: its last word is the unit (`seconds`, `s`, `milliseconds`,
/// `ms`). Blank lines and lines that begin with `#` are passed over; a number may stand in quotes. There is at least one time, and one above 0.
fn read_times(text: &str) -> Result<Vec<f64>, String> {
    let mut values = Vec::new();
    let mut per_second = 1.0;
    let mut first = true;
    for (index, row) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let problem = |message: String| Err(format!("line {}: {message}", index + 1));
        let row = row.trim();
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let cell = row.trim_matches('"').trim();
        let is_first = std::mem::take(&mut first);
        let Ok(value) = cell.parse::<f64>() else {
            if is_first && cell.starts_with(char::is_alphabetic) && !cell.contains([',', ';', '\t'])
            {
                per_second = match unit(cell) {
                    Some(unit) => unit,
                    None => {
                        return problem(format!(
                            "the heading \"{cell}\" doesn't say what the times are in; its last word has to be seconds, s, milliseconds or ms"
                        ));
                    }
                };
                continue;
            }
            return problem(format!(
                "\"{cell}\" isn't a number; each line is one time, with a point before decimals and without a unit, below a heading that \
                 may name it (seconds or milliseconds)"
            ));
        };
        // Of minus nought a run would make another time than of nought.
        let seconds = value / per_second + 0.0;
        if !(0.0..=LONGEST_SECONDS).contains(&seconds) {
            return problem(format!(
                "{} isn't a time that anything could take (0 to {} s)",
                if value.is_finite() {
                    cell
                } else {
                    "what isn't finite"
                },
                whole(LONGEST_SECONDS)
            ));
        }
        if values.len() == MOST_VALUES {
            return problem(format!(
                "there are more than {} times; take a random sample of them",
                whole(MOST_VALUES as f64)
            ));
        }
        values.push(seconds);
    }
    if values.is_empty() {
        Err("line 1: there are no times; write one a line, in seconds".to_owned())
    } else if values.iter().all(|value| *value == 0.0) {
        Err("line 1: all times are 0, which is no work; measure finer".to_owned())
    } else {
        Ok(values)
    }
}

/// How many of the heading's unit make a second.
fn unit(heading: &str) -> Option<f64> {
    let mut words = heading.rsplit(|letter: char| !letter.is_alphanumeric());
    let last = words.find(|word| !word.is_empty())?.to_lowercase();
    match last.as_str() {
        "seconds" | "s" => Some(1.0),
        "milliseconds" | "ms" => Some(1e3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_what_the_heading_says() {
        for text in [
            "0.25\n1.5\n",
            "seconds\r\n0.25\r\n\r\n1.5\r\n",
            "# measured\nservice_seconds\n0.25\n# later\n1.5",
            "\u{feff}\"duration (s)\"\n\"0.25\"\n\"1.5\"",
            "ms\n250\n1500",
            "Service milliseconds\n250\n1.5e3",
        ] {
            assert_eq!(read_times(text), Ok(vec![0.25, 1.5]), "{text:?}");
        }
        // 0.1 and not 100 × 0.001.
        assert_eq!(read_times("ms\n100\n-0").map(|values| values[0]), Ok(0.1));
    }

    #[test]
    fn what_is_no_time_is_told_with_its_line() {
        for (text, said) in [
            ("", "line 1: there are no times"),
            ("# nothing\nseconds\n\n", "line 1: there are no times"),
            ("0\n0\n", "all times are 0"),
            ("time\n1\n", "line 1: the heading \"time\" doesn't say"),
            ("us\n1\n", "line 1: the heading"),
            ("5 ms\n6 ms\n", "line 1: \"5 ms\" isn't a number"),
            ("0,05\n", "line 1: \"0,05\" isn't a number"),
            ("a,seconds\n1,2\n", "line 1: \"a,seconds\" isn't a number"),
            ("1\nseconds\n", "line 2: \"seconds\" isn't a number"),
            ("seconds\n1\n1 2\n", "line 3: \"1 2\" isn't a number"),
            ("1\n\n-0.5\n", "line 3: -0.5 isn't a time"),
            ("1\nNaN\n", "line 2: what isn't finite isn't a time"),
            ("inf\n", "line 1: what isn't finite isn't a time"),
            ("1e400\n", "line 1: what isn't finite isn't a time"),
            ("1\n2e9\n", "line 2: 2e9 isn't a time"),
        ] {
            let problem = read_times(text).unwrap_err();
            assert!(problem.contains(said), "{text:?}: {problem}");
        }
        assert!(read_times("ms\n1000000000000\n").is_ok());
        let many = "1\n".repeat(MOST_VALUES);
        assert_eq!(read_times(&many).map(|all| all.len()), Ok(MOST_VALUES));
        let problem = read_times(&(many + "1\n")).unwrap_err();
        assert!(
            problem.contains("line 100001: there are more than 100,000"),
            "{problem}"
        );
    }
}
