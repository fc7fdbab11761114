//! The command line: from words to a command; it opens no file.

mod simulation;

pub use simulation::{CompareOptions, SimulateOptions, SimulationOptions, SweepOptions};

use crate::terminal;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What the user asked for.
pub enum Command {
    /// How to use it.
    Help,
    /// Which version this is.
    Version,
    /// The kinds of component.
    Kinds,
    /// One kind with its parameters, by name.
    DescribeKind(String),
    /// The built-in scenarios.
    Scenarios,
    /// Write a built-in scenario to a file.
    New {
        /// Its name.
        name: String,
        /// Where to; beside, under its own name, when not given.
        output: Option<PathBuf>,
        /// Whether an existing file is replaced.
        overwrite: bool,
    },
    /// Solve a scenario.
    Solve(SolveOptions),
    /// Simulate a scenario event by event.
    Simulate(SimulateOptions),
    /// Solve (and simulate) a scenario over a range of its parameters.
    Sweep(SweepOptions),
    /// Simulate two designs under the same random numbers.
    Compare(CompareOptions),
    /// Check lessons, by their files.
    CheckLessons(Vec<PathBuf>),
}

/// What to solve, and how to print it.
pub struct SolveOptions {
    /// A file's path, `-` for standard input, or a share link.
    pub source: OsString,
    /// How to print it.
    pub format: Format,
    /// Whose service times go by a file, each as it was written: `part=file`.
    pub services: Vec<String>,
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What `loadscape --help` prints.
pub const HELP: &str = "\
loadscape: where does the load go?

Usage:
  loadscape solve FILE|LINK [--service PART=FILE] [--json]
                                       Solve a scenario's steady state. FILE may be - for standard input.
  loadscape simulate FILE|LINK [--seed N] [--duration 10m] [--replications R] [--until-ci 1%] [--trace N]
                  [--replay POPULATION=FILE] [--service PART=FILE] [--resolution 1s] [--most-in-flight N] [--json]
                                       Simulate it event by event, beside the solver's answer.
  loadscape sweep FILE|LINK --set COMPONENT.PARAMETER=FROM..TO:STEPS[:log] [--set ...]
                  [--simulate [--seed N] [--duration 10m]] [--service PART=FILE] [--json]
                                       Solve it at every point of a range, one row of CSV a point.
  loadscape compare A B [--seed N] [--duration 10m] [--replications R] [--service PART=FILE] [--json]
                                       Simulate two designs under the same random numbers, and say which is better at what.
  loadscape lesson check FILE...       Check lessons: that each opens, finds its numbers and grades as it says. docs/lessons.md says
                                       how one is written.
  loadscape scenarios                  List the built-in scenarios.
  loadscape new NAME [--output FILE] [--overwrite]
                                       Write a built-in scenario to a file.
  loadscape kinds                      List the kinds of component.
  loadscape help KIND                  Show a kind's parameters: units, ranges, defaults and their sources.
  loadscape --version

Simulating:
  --seed N           What all random numbers follow from; the same seed gives the same figures. Unless told, the scenario's own, or 1.
  --duration 10m     Simulated time of each run, with a unit (s, m, h, d); unless told, the scenario's own, or long enough for
                     some 500,000 requests, and for twice the time in which its faults are over.
  --replications R   Independent runs with seeds N, N+1, ... over all cores; intervals then come from how they differ,
                     and figures whose interval each run is too short for have none: longer runs help, more of them don't.
                     1 for simulate and 10 for compare unless told.
  --until-ci 1%      Run on after the duration until the 95 % interval of every sent class's mean response time
                     is within that share of the mean, at two looks in a row; gives up after 1,000,000,000 events and says so.
  --replay P=FILE    Let the clients P send as a CSV file says (simulate): rows of one number are the seconds at which requests
                     arrive, rows of two are seconds and requests a second then, in straight lines between them. The first line may be
                     a heading of words; how many rows are replayed is said on standard error.
                     Unless told otherwise a run lasts as long as the file, and until all is answered where nothing but such arrivals
                     comes. Rates stay at the last when a run goes on after their file.
  --most-in-flight N Requests, calls and users that a simulation holds at once: a million unless told, up to 2097152
  --resolution 1s    Time from one point of the series in the JSON to the next; unless told, there is a series when there are faults
                     (simulate).
  --trace N          Show where the time of N requests after the first run's warm-up went, span by span (simulate).

Measured service times (solve, simulate, sweep, compare; several --service measure several parts):
  --service P=FILE   Let the part P (a name or an id) take the times of a CSV file at its cores or servers, each as likely as any other,
                     in place of its own law: one time a line, up to 100,000, in seconds, or in milliseconds below a heading whose
                     last word says so (ms, service_milliseconds). They are taken as they are, whatever its cores' speed; what it
                     waits for, at its disk or below it, comes on top. A part that does several kinds of work can't be measured so.
                     compare measures P in both designs, or in the one that has it.

Sweeping:
  --set              COMPONENT is a name or an id, PARAMETER a word that 'loadscape help KIND' lists. FROM and TO may have
                     units (10ms..1s:5); STEPS is the number of points, evenly spaced, or in equal ratios with :log.
                     Choices and flags are listed: LB.balancing_policy=random,two_choices. Several --set make a grid.
                     Whatever else can be turned is named by its form, parts and classes by name or id:
                       class:CLASS.NUMBER         share, request_size, response_size, keys, zipf_exponent, priority
                       CLIENTS[CLASS].share       how much of a class these clients send
                       FROM->TO.NUMBER            a link's weight or round_trip
                       FROM[CLASS]->TO.NUMBER     a call's count, probability, timeout, retries, backoff ...; TO#2 is the
                                                  second call of that plan to TO
                       zone:ZONE.PARAMETER        location, availability ...
  --simulate         Simulate every point, too.

Exit codes of solve, simulate, sweep and compare:
  0  every objective of the scenario is met (or it has none)
  1  an objective is missed, or a run was too short to say (simulate, compare: by the simulated figures; sweep: at some point)
  2  the command line, the file or the link is bad; what is wrong is printed on standard error

Exit codes of lesson check: 0 where every lesson holds what it says, 1 where one doesn't, 2 where one can't be read.

The JSON that --json prints is described in docs/solve-output.md and docs/simulate-output.md.
";

/// Reads the command line.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let command = match parser.next().map_err(usage)? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Short('V') | Long("version")) => return Ok(Command::Version),
        Some(Value(word)) => word.string().map_err(usage)?,
        Some(other) => return Err(usage(other.unexpected())),
    };
    match command.as_str() {
        "solve" => solve(&mut parser),
        "simulate" => simulation::simulate(&mut parser),
        "sweep" => simulation::sweep(&mut parser),
        "compare" => simulation::compare(&mut parser),
        "lesson" => lesson(&mut parser),
        "new" => new(&mut parser),
        "help" => match word(&mut parser)? {
            Some(kind) => Ok(Command::DescribeKind(kind)),
            None => Ok(Command::Help),
        },
        "kinds" => end(&mut parser, Command::Kinds),
        "scenarios" => end(&mut parser, Command::Scenarios),
        other => Err(format!(
            "there is no command '{}'; 'loadscape --help' lists them",
            terminal::line(other)
        )),
    }
}

fn solve(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut source, mut services) = (None, Vec::new());
    let mut format = Format::Table;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("json") => format = Format::Json,
            Long("service") => services.push(simulation::value(parser)?),
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if source.is_none() => source = Some(word),
            other => return Err(usage(other.unexpected())),
        }
    }
    let source =
        source.ok_or("solve needs a scenario: 'loadscape solve FILE' or 'loadscape solve LINK'")?;
    Ok(Command::Solve(SolveOptions {
        source,
        format,
        services,
    }))
}

fn lesson(parser: &mut lexopt::Parser) -> Result<Command, String> {
    const USAGE: &str = "lesson has one use: 'loadscape lesson check FILE...'";
    match word(parser)?.as_deref() {
        Some("check") => {}
        _ => return Err(USAGE.to_owned()),
    }
    let mut paths = Vec::new();
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(path) => paths.push(PathBuf::from(path)),
            other => return Err(usage(other.unexpected())),
        }
    }
    if paths.is_empty() {
        return Err(USAGE.to_owned());
    }
    Ok(Command::CheckLessons(paths))
}

fn new(parser: &mut lexopt::Parser) -> Result<Command, String> {
    let (mut name, mut output, mut overwrite) = (None, None, false);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('o') | Long("output") => {
                output = Some(PathBuf::from(parser.value().map_err(usage)?))
            }
            Long("overwrite") => overwrite = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) if name.is_none() => name = Some(word.string().map_err(usage)?),
            other => return Err(usage(other.unexpected())),
        }
    }
    let name = name.ok_or("new needs a name: 'loadscape scenarios' lists them")?;
    Ok(Command::New {
        name,
        output,
        overwrite,
    })
}

fn word(parser: &mut lexopt::Parser) -> Result<Option<String>, String> {
    match parser.next().map_err(usage)? {
        None => Ok(None),
        Some(Value(word)) => Ok(Some(word.string().map_err(usage)?)),
        Some(other) => Err(usage(other.unexpected())),
    }
}

fn end(parser: &mut lexopt::Parser, command: Command) -> Result<Command, String> {
    match parser.next().map_err(usage)? {
        None => Ok(command),
        Some(Short('h') | Long("help")) => Ok(Command::Help),
        Some(other) => Err(usage(other.unexpected())),
    }
}

fn usage(error: lexopt::Error) -> String {
    format!(
        "{}; 'loadscape --help' shows the usage",
        terminal::line(&error.to_string())
    )
}
