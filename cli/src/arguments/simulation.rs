//! The words of simulate, sweep and compare; it opens no file.

use super::{Command, Format, usage};
use crate::terminal;
use lexopt::prelude::*;
use loadscape_sim::catalog::{Unit, format_number, parse_number};
use loadscape_sim::des::MOST_IN_FLIGHT;
use loadscape_sim::scenario::RunSettings;
use loadscape_sim::units::Seconds;
use std::ffi::OsString;
use std::fmt::Display;
use std::str::FromStr;

/// How to simulate.
#[derive(Clone, Copy)]
pub struct SimulationOptions {
    /// The first run's seed, where it was given; further runs have the seeds after it.
    pub seed: Option<u64>,
    /// Simulated time of each run; chosen by the load and the faults when not given.
    pub duration: Option<Seconds>,
    /// Time from one point of the series to the next; chosen by the duration when not given.
    pub resolution: Option<Seconds>,
    /// Independent runs, 1 or more.
    pub replications: u32,
    /// Share of the mean (above 0) within which the interval of every class's mean has to be.
    pub until: Option<f64>,
    /// Most requests, calls and users at once, where that was given.
    pub most_in_flight: Option<usize>,
}

impl SimulationOptions {
    /// The same, with what the document says where the command line doesn't.
    pub fn or_as_in(self, run: &RunSettings) -> Self {
        SimulationOptions {
            seed: Some(self.seed.unwrap_or(run.seed)),
            duration: self.duration.or(run.duration_seconds.map(Seconds)),
            ..self
        }
    }

    /// The first run's seed.
    pub fn first_seed(&self) -> u64 {
        self.seed.unwrap_or(RunSettings::default().seed)
    }
}

/// What to simulate, and how to print it.
pub struct SimulateOptions {
    /// A file's path, `-` for standard input, or a share link.
    pub source: OsString,
    /// How to print it.
    pub format: Format,
    /// How to simulate.
    pub simulation: SimulationOptions,
    /// How many requests to trace.
    pub traces: u32,
    /// Whose traffic goes by a file, each as it was written: `population=file`.
    pub replays: Vec<String>,
    /// Whose service times go by a file, each as it was written: `part=file`.
    pub services: Vec<String>,
}

/// What to vary, and how to print it.
pub struct SweepOptions {
    /// A file's path, `-` for standard input, or a share link.
    pub source: OsString,
    /// Whether JSON is printed instead of CSV.
    pub json: bool,
    /// What is varied, each as it was written: `component.parameter=from..to:steps`.
    pub settings: Vec<String>,
    /// How each point is simulated, if it is.
    pub simulation: Option<SimulationOptions>,
    /// Whose service times go by a file, each as it was written: `part=file`.
    pub services: Vec<String>,
}

/// Which designs to compare, and how to print it.
pub struct CompareOptions {
    /// Where each comes from, as for [`SimulateOptions::source`].
    pub sources: [OsString; 2],
    /// How to print it.
    pub format: Format,
    /// How to simulate; at least two replications.
    pub simulation: SimulationOptions,
    /// Whose service times go by a file, each as it was written: `part=file`.
    pub services: Vec<String>,
}

/// More traces than anybody reads.
const MOST_TRACES: u32 = 10_000;
/// Replications of `compare` when nobody says how many: as few as give a useful interval.
const COMPARED: u32 = 10;
/// More would take days.
const MOST_REPLICATIONS: u32 = 100_000;
/// The longest simulated time, seconds (some thirty years).
const LONGEST: f64 = 1e9;

/// Options that several commands have, as far as they were given.
#[derive(Default)]
struct Given {
    seed: Option<u64>,
    duration: Option<Seconds>,
    replications: Option<u32>,
    until: Option<f64>,
    services: Vec<String>,
    json: bool,
}

impl Given {
    /// Takes the option if it is one of these.
    fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<bool, String> {
        match name {
            "json" => self.json = true,
            "seed" => self.seed = Some(seed(&value(parser)?)?),
            "duration" => self.duration = Some(duration(&value(parser)?)?),
            "replications" => self.replications = Some(replications(&value(parser)?)?),
            "service" => self.services.push(value(parser)?),
            "until-ci" => self.until = Some(precision(&value(parser)?)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn simulation(&self, replications: u32) -> SimulationOptions {
        SimulationOptions {
            seed: self.seed,
            duration: self.duration,
            resolution: None,
            replications: self.replications.unwrap_or(replications),
            until: self.until,
            most_in_flight: None,
        }
    }

    fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Table
        }
    }
}

pub(super) fn simulate(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut source, mut given) = (None, Given::default());
    let (mut traces, mut replays) = (0, Vec::new());
    let (mut resolution, mut most_in_flight) = (None, None);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("trace") => traces = traced(&value(parser)?)?,
            Long("replay") => replays.push(value(parser)?),
            Long("resolution") => {
                resolution = Some(span("--resolution", "1s", &value(parser)?)?);
            }
            Long("most-in-flight") => most_in_flight = Some(in_flight(&value(parser)?)?),
            Value(word) if source.is_none() => source = Some(word),
            Long(name) => {
                let name = name.to_owned();
                if !given.take(&name, parser)? {
                    return Err(usage(Long(&name).unexpected()));
                }
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    let source = source.ok_or(
        "simulate needs a scenario: 'loadscape simulate FILE' or 'loadscape simulate LINK'",
    )?;
    Ok(Command::Simulate(SimulateOptions {
        source,
        format: given.format(),
        simulation: SimulationOptions {
            resolution,
            most_in_flight,
            ..given.simulation(1)
        },
        traces,
        replays,
        services: given.services,
    }))
}

pub(super) fn sweep(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut source, mut given) = (None, Given::default());
    let (mut settings, mut simulated) = (Vec::new(), false);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("set") => settings.push(value(parser)?),
            Long("simulate") => simulated = true,
            Value(word) if source.is_none() => source = Some(word),
            Long(name) => {
                let name = name.to_owned();
                let known = !matches!(name.as_str(), "replications" | "until-ci");
                if !known || !given.take(&name, parser)? {
                    return Err(usage(Long(&name).unexpected()));
                }
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    let source = source.ok_or(
        "sweep needs a scenario: 'loadscape sweep FILE --set COMPONENT.PARAMETER=FROM..TO:STEPS'",
    )?;
    if settings.is_empty() {
        return Err(
            "sweep needs something to vary: add --set COMPONENT.PARAMETER=FROM..TO:STEPS, as in \
             'loadscape sweep FILE --set Clients.request_rate=100..1000:10'"
                .to_owned(),
        );
    }
    if !simulated && (given.seed.is_some() || given.duration.is_some()) {
        return Err(
            "sweep only solves unless it is told --simulate, and the solver takes neither --seed nor --duration; \
             'loadscape sweep ... --simulate' simulates, too"
                .to_owned(),
        );
    }
    Ok(Command::Sweep(SweepOptions {
        source,
        json: given.json,
        settings,
        simulation: simulated.then(|| given.simulation(1)),
        services: given.services,
    }))
}

pub(super) fn compare(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut sources, mut given) = (Vec::new(), Given::default());
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if sources.len() < 2 => sources.push(word),
            Long(name) => {
                let name = name.to_owned();
                if name == "until-ci" || !given.take(&name, parser)? {
                    return Err(usage(Long(&name).unexpected()));
                }
            }
            other => return Err(usage(other.unexpected())),
        }
    }
    let sources: [OsString; 2] = sources
        .try_into()
        .map_err(|_| "compare needs two designs: 'loadscape compare A.json B.json'")?;
    if sources.iter().all(|source| source == "-") {
        return Err(
            "only one of the two designs can come from standard input; save the other to a file: \
             'loadscape compare A.json -'"
                .to_owned(),
        );
    }
    let simulation = given.simulation(COMPARED);
    if simulation.replications < 2 {
        return Err(
            "a difference has an interval only from two replications on: 'loadscape compare A B --replications 10'"
                .to_owned(),
        );
    }
    Ok(Command::Compare(CompareOptions {
        sources,
        format: given.format(),
        simulation,
        services: given.services,
    }))
}

pub(super) fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser
        .value()
        .and_then(|value| value.string())
        .map_err(usage)
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!(
            "'{}' isn't a seed; write a whole number from 0 to {}, as in 'loadscape simulate FILE --seed 7'",
            terminal::line(text),
            u64::MAX
        )
    })
}

fn replications(text: &str) -> Result<u32, String> {
    up_to(text, MOST_REPLICATIONS, "replications", "--replications 10")
}

fn in_flight(text: &str) -> Result<usize, String> {
    let example = "--most-in-flight 2000000";
    up_to(text, MOST_IN_FLIGHT, "requests in flight", example)
}

fn traced(text: &str) -> Result<u32, String> {
    up_to(text, MOST_TRACES, "requests to trace", "--trace 5")
}

/// A whole number from 1 to this many of something, as in the example.
fn up_to<N>(text: &str, most: N, of: &str, example: &str) -> Result<N, String>
where
    N: Copy + FromStr + PartialOrd + From<u8> + Display,
{
    text.parse()
        .ok()
        .filter(|count| (N::from(1)..=most).contains(count))
        .ok_or_else(|| {
            format!(
                "'{}' isn't a number of {of}; write a whole number from 1 to {most}, as in 'loadscape simulate FILE {example}'",
                terminal::line(text)
            )
        })
}

fn duration(text: &str) -> Result<Seconds, String> {
    span("--duration", "10m", text)
}

fn span(option: &str, example: &str, text: &str) -> Result<Seconds, String> {
    let remedy =
        format!("write it like 10m, 90s or 2h, as in 'loadscape simulate FILE {option} {example}'");
    // A bare number could be meant in seconds or in minutes.
    if text
        .trim()
        .ends_with(|last: char| last.is_ascii_digit() || last == '.')
    {
        return Err(format!(
            "{option}: '{}' has no unit; {remedy}",
            terminal::line(text)
        ));
    }
    let seconds = parse_number(Unit::Seconds, text).map_err(|_| {
        format!(
            "{option}: '{}' isn't a time; {remedy}",
            terminal::line(text)
        )
    })?;
    if seconds > 0.0 && seconds <= LONGEST {
        Ok(Seconds(seconds))
    } else {
        Err(format!(
            "{option}: {} isn't a time that can be simulated (above 0, up to {}); {remedy}",
            format_number(Unit::Seconds, seconds),
            format_number(Unit::Seconds, LONGEST)
        ))
    }
}

fn precision(text: &str) -> Result<f64, String> {
    // A bare number could be meant as a share or as a percentage.
    text.trim()
        .ends_with('%')
        .then(|| parse_number(Unit::Share, text).ok())
        .flatten()
        .filter(|share| (1e-4..=0.5).contains(share))
        .ok_or_else(|| {
            format!(
                "'{}' isn't a precision; write a percentage from 0.01% to 50%, as in \
                 'loadscape simulate FILE --until-ci 1%'",
                terminal::line(text)
            )
        })
}
