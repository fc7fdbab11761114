//! `cargo xtask`: one place for everything that builds, checks, tests and serves Loadscape.
//!
//! It reads the command line and hands over; it knows nothing of queues, scenarios or the screen.

mod bench;
mod bundle;
mod ci;
mod csp;
mod docs;
mod lessons;
mod licences;
mod player;
mod process;
mod proof;
mod serve;
mod server;
mod setup;
mod split;
mod style;
mod suite;
mod tally;
mod tidy;
mod workspace;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use suite::Suite;

const HELP: &str = "\
Loadscape's own tasks. Each installs what it needs, says what it is doing, and starts within seconds the second time.

    cargo xtask serve [--port N] [--open]    build the release page and serve it on 127.0.0.1
    cargo xtask build                        leave the release page in dist/, for any static host
    cargo xtask test [native|wasm|browser]   run every test, or only the suites named;
                     [--reuse] [-- ARGS]     --reuse: keep the dist/ that is there; ARGS go to the browser-test runner
    cargo xtask bench [native|wasm|browser]  measure, and print the figures
    cargo xtask soak [--minutes 10]          play at full speed in Chromium, and look whether memory stays flat
    cargo xtask docs [--check]               write docs/catalog.md and the API pages; --check: fail where they are stale
    cargo xtask proof [SECTION]              simulate everything whose answer is known, and write docs/proof.md; SECTION: only the
                                             known answers (cases), the comparison of both engines (engines), the
                                             intervals of single runs (coverage) or of several (together)
    cargo xtask tidy                         check the architecture's rules
    cargo xtask ci                           format, clippy, tidy, docs, licences, and every test
    cargo xtask setup                        install everything that the other commands need
";

/// What the command line asked for.
enum Task {
    Help,
    Serve {
        port: Option<u16>,
        open: bool,
    },
    Build,
    Test {
        suites: Vec<Suite>,
        reuse: bool,
        runner_arguments: Vec<String>,
    },
    Bench {
        suites: Vec<Suite>,
    },
    Soak {
        minutes: f64,
    },
    Docs {
        check: bool,
    },
    Proof {
        section: Option<String>,
    },
    Tidy,
    Ci,
    Setup,
}

fn main() {
    if let Err(error) = read_command_line().and_then(perform) {
        eprintln!("\nxtask: {error:#}");
        std::process::exit(1);
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Help => {
            print!("{HELP}");
            Ok(())
        }
        Task::Serve { port, open } => serve::serve(port, open),
        Task::Build => bundle::build().map(|_| ()),
        Task::Test {
            suites,
            reuse,
            runner_arguments,
        } => suite::run_and_report(&suites, reuse, &runner_arguments),
        Task::Bench { suites } => bench::run(&suites),
        Task::Soak { minutes } => bench::soak(minutes),
        Task::Docs { check } => docs::run(check),
        Task::Proof { section } => proof::run(section.as_deref()),
        Task::Tidy => tidy::run(),
        Task::Ci => ci::run(),
        Task::Setup => setup::everything(),
    }
}

fn read_command_line() -> Result<Task> {
    let mut own: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let mut runner_arguments = Vec::new();
    if let Some(end) = own.iter().position(|argument| argument == "--") {
        for argument in own.drain(end..).skip(1) {
            runner_arguments.push(argument.string()?);
        }
    }
    let mut parser = lexopt::Parser::from_args(own);
    let name = match parser.next()? {
        None | Some(Long("help") | Short('h')) => return Ok(Task::Help),
        Some(Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    let mut task = match name.as_str() {
        "serve" => Task::Serve {
            port: None,
            open: false,
        },
        "build" => Task::Build,
        "test" => Task::Test {
            suites: Vec::new(),
            reuse: false,
            runner_arguments,
        },
        "bench" => Task::Bench { suites: Vec::new() },
        "soak" => Task::Soak { minutes: 10.0 },
        "docs" => Task::Docs { check: false },
        "proof" => Task::Proof { section: None },
        "tidy" => Task::Tidy,
        "ci" => Task::Ci,
        "setup" => Task::Setup,
        "help" => Task::Help,
        unknown => bail!("there is no task called \"{unknown}\"\n\n{HELP}"),
    };
    while let Some(argument) = parser.next()? {
        match (&mut task, argument) {
            (Task::Serve { port, .. }, Long("port")) => *port = Some(parser.value()?.parse()?),
            (Task::Serve { open, .. }, Long("open")) => *open = true,
            (Task::Test { reuse, .. }, Long("reuse")) => *reuse = true,
            (Task::Test { suites, .. } | Task::Bench { suites }, Value(suite)) => {
                suites.push(suite.string()?.parse()?)
            }
            (Task::Soak { minutes }, Long("minutes")) => *minutes = parser.value()?.parse()?,
            (Task::Docs { check }, Long("check")) => *check = true,
            (Task::Proof { section }, Value(name)) => *section = Some(name.string()?),
            (_, Long("help") | Short('h')) => return Ok(Task::Help),
            (_, other) => return Err(other.unexpected().into()),
        }
    }
    match &mut task {
        Task::Test { suites, .. } if suites.is_empty() => *suites = Suite::ALL.to_vec(),
        Task::Bench { suites } if suites.is_empty() => *suites = Suite::ALL.to_vec(),
        _ => {}
    }
    Ok(task)
}
