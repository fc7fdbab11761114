//! `cargo xtask bench`: the engines natively, the event simulation in the browser, then the built page in Chromium.

use crate::server::Server;
use crate::suite::Suite;
use crate::{bundle, process, setup, workspace};
use anyhow::{Result, bail};

/// Runs the benchmarks of the suites.
pub fn run(suites: &[Suite]) -> Result<()> {
    for suite in suites {
        match suite {
            Suite::Native => native()?,
            Suite::Browser => browser()?,
            Suite::Wasm => wasm()?,
        }
    }
    Ok(())
}

/// Plays for so many minutes at full speed in Chromium and looks whether memory stays flat.
pub fn soak(minutes: f64) -> Result<()> {
    let browser = setup::browser()?;
    let node = setup::browser_test_runner()?;
    let server = Server::start(&bundle::build()?, "/", 0)?;
    process::announce(
        "playing at full speed for as long as was asked",
        &format!("{minutes} minutes"),
    );
    let tests = workspace::browser_tests();
    let mut soak = process::command(&node);
    soak.arg(tests.join("soak.mjs")).current_dir(&tests);
    soak.env("LOADSCAPE_URL", server.url())
        .env("LOADSCAPE_BROWSER", &browser.program)
        .env("LOADSCAPE_SOAK_MINUTES", minutes.to_string());
    process::run(&mut soak)
}

fn native() -> Result<()> {
    process::announce("native benchmarks", "3 minutes");
    let mut bench = process::command("cargo");
    process::run(bench.args(["bench", "--locked", "-p", "loadscape-sim", "--benches"]))
}

/// The event simulation and what is asked of a design, compiled as the page is. Without wasm-pack, which would first build all tests with the page's optimisation.
fn wasm() -> Result<()> {
    let tools = setup::wasm_test_tools()?;
    let browser = setup::browser()?;
    process::announce(
        "the event simulation, and answers to questions, in headless Chromium",
        "half a minute; 5 minutes the first time",
    );
    let mut bench = tools.command("cargo");
    bench.args(["test", "--locked", "--release", "--test", "speed"]);
    bench.args(["--target", setup::WASM_TARGET, "--", "--nocapture"]);
    bench
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    if let Some(driver) = browser.driver {
        bench.env("CHROMEDRIVER", driver);
    }
    process::run(&mut bench)
}

fn browser() -> Result<()> {
    let browser = setup::browser()?;
    let node = setup::browser_test_runner()?;
    let server = Server::start(&bundle::build()?, "/", 0)?;
    let tests = workspace::browser_tests();
    let mut scripts: Vec<_> = std::fs::read_dir(tests.join("bench"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mjs"))
        .collect();
    scripts.sort();
    process::announce("benchmarks of the page", "1 minute");
    let mut over_limit = Vec::new();
    for script in scripts {
        println!(
            "\n{}",
            script.file_stem().unwrap_or_default().to_string_lossy()
        );
        let mut measure = process::command(&node);
        measure.arg(&script).current_dir(&tests);
        measure
            .env("LOADSCAPE_URL", server.url())
            .env("LOADSCAPE_BROWSER", &browser.program);
        measure.env("LOADSCAPE_DIST", workspace::dist());
        // The others' figures are worth having all the same.
        if process::run(&mut measure).is_err() {
            over_limit.push(
                script
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    if over_limit.is_empty() {
        Ok(())
    } else {
        bail!("over their limits: {}", over_limit.join(", "))
    }
}
