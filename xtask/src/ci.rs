//! `cargo xtask ci`: every check there is, in the order in which they are cheap, each with the time it took.

use crate::suite::{self, Suite};
use crate::{docs, licences, process, setup, tidy};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// A check by name.
type Check = (&'static str, fn() -> Result<()>);

/// Runs every check, failing ones too; the test suites come last so that their sum is the closing line.
pub fn run() -> Result<()> {
    let mut steps: Vec<(&str, Duration, Result<()>)> = Vec::new();
    let checks: [Check; 6] = [
        ("format", format),
        ("tidy", tidy::run),
        ("licences", licences::check),
        ("clippy, native", clippy_native),
        ("clippy, wasm", clippy_wasm),
        ("docs", || docs::run(true)),
    ];
    for (name, check) in checks {
        eprintln!("\n== {name}");
        let begun = Instant::now();
        let outcome = check();
        if let Err(error) = &outcome {
            eprintln!("{error:#}");
        }
        steps.push((name, begun.elapsed(), outcome));
    }
    println!();
    for (name, took, outcome) in &steps {
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("{verdict:<6} {name} in {}", process::spoken(*took));
    }
    let tests = suite::run_and_report(&Suite::ALL, false, &[]);
    let broken: Vec<&str> = steps
        .iter()
        .filter(|(.., outcome)| outcome.is_err())
        .map(|(name, ..)| *name)
        .collect();
    match (broken.is_empty(), tests) {
        (true, tests) => tests,
        (false, Ok(())) => bail!("failed: {}", broken.join("; ")),
        (false, Err(tests)) => bail!("failed: {}; tests: {tests:#}", broken.join("; ")),
    }
}

fn format() -> Result<()> {
    process::run(process::command("cargo").args(["fmt", "--all", "--", "--check"]))
}

fn clippy_native() -> Result<()> {
    process::announce(
        "clippy over the workspace",
        "10 seconds; 2 minutes the first time",
    );
    let mut clippy = process::command("cargo");
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    process::run(&mut clippy)
}

fn clippy_wasm() -> Result<()> {
    let toolchain = setup::wasm_lint_toolchain()?;
    process::announce(
        "clippy over the screen and its worker, for wasm",
        "10 seconds; 3 minutes the first time",
    );
    let mut clippy = process::command("cargo");
    clippy.args([
        "clippy",
        "-p",
        "loadscape",
        "-p",
        "loadscape-worker",
        "--all-targets",
        "--target",
        "wasm32-unknown-unknown",
        // As the page is built.
        "--features",
        "loadscape/split",
        "--locked",
    ]);
    clippy.args(["--", "-D", "warnings"]);
    toolchain.apply(&mut clippy);
    process::run(&mut clippy)
}
