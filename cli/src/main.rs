//! `loadscape`: solves and simulates scenario files and share links without a browser, so that a team can keep its design under test.

mod arguments;
mod catalog_help;
mod compare;
mod input;
mod json;
mod lesson;
mod price;
mod replay;
mod runs;
mod service;
mod shipped;
mod simulate;
mod sweep;
mod table;
mod terminal;

use arguments::{Command, Format, SolveOptions};
use input::Input;
use std::io::Write;
use std::process::ExitCode;

/// The design was solved but misses one of its own objectives.
const OBJECTIVE_MISSED: u8 = 1;
/// A lesson doesn't hold what it says.
const LESSON_FAILS: u8 = 1;
/// The command line, the file or the link is bad.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let outcome = arguments::parse(std::env::args_os()).and_then(run);
    match outcome {
        Ok(code) => code,
        Err(message) => {
            eprintln!("loadscape: {message}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Help => print(arguments::HELP),
        Command::Version => print(concat!("loadscape ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::DescribeKind(name) => print(&catalog_help::describe(&name)?),
        Command::Kinds => print(&catalog_help::list()),
        Command::Scenarios => print(&input::list_builtin()),
        Command::New {
            name,
            output,
            overwrite,
        } => {
            let path = input::write_builtin(&name, output, overwrite)?;
            print(&format!(
                "wrote {}\n",
                terminal::line(&path.display().to_string())
            ))
        }
        Command::Solve(options) => solve(&options),
        Command::Simulate(options) => simulate::simulate(&options),
        Command::Sweep(options) => sweep::sweep(&options),
        Command::Compare(options) => compare::compare(&options),
        Command::CheckLessons(paths) => lesson::check_files(&paths),
    }
}

fn solve(options: &SolveOptions) -> Result<ExitCode, String> {
    let input = load(&options.source, "")?;
    let [services] = service::services([(&input.scenario, "")], &options.services)?;
    let analysis = service::analyse(&input.scenario, &services)?;
    match options.format {
        Format::Table => {
            print(&table::render(&input.scenario, &analysis))?;
        }
        Format::Json => {
            print(&json::render(&input.scenario, &analysis, &input.problems)?)?;
        }
    }
    if input::unusable(&input.problems) {
        return Ok(ExitCode::from(BAD_INPUT));
    }
    let missed = analysis
        .report
        .objectives
        .iter()
        .any(|outcome| !outcome.met);
    Ok(if missed {
        ExitCode::from(OBJECTIVE_MISSED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Reads a scenario and shows its problems on standard error, each after these words.
fn load(source: &std::ffi::OsStr, before: &str) -> Result<Input, String> {
    let mut input = input::read(source)?;
    input
        .problems
        .extend(loadscape_sim::scenario::validate(&input.scenario));
    for problem in &input.problems {
        eprintln!("{before}{}", terminal::line(&problem.to_string()));
    }
    Ok(input)
}

/// Writes to standard output; a reader that has closed the pipe (`| head`) is no error.
fn print(text: &str) -> Result<ExitCode, String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("can't write to standard output: {error}"))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
