//! The three test suites: native, wasm in a headless browser, and the built page driven in Chromium.

use crate::server::Server;
use crate::tally::Tally;
use crate::{bundle, process, setup, workspace};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::Instant;

/// Where the sub-path copy of the page lives; any path will do that isn't the root.
const SUB_PATH: &str = "/some/sub-path/";

/// A set of tests with a runner of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// `cargo test` over the workspace.
    Native,
    /// `wasm-pack test` in headless Chromium.
    Wasm,
    /// Playwright against the built page.
    Browser,
}

impl Suite {
    /// Every suite, quickest first.
    pub const ALL: [Suite; 3] = [Suite::Native, Suite::Wasm, Suite::Browser];
}

impl std::str::FromStr for Suite {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Suite::Native),
            "wasm" => Ok(Suite::Wasm),
            "browser" => Ok(Suite::Browser),
            other => {
                bail!("there is no suite called \"{other}\"; there are native, wasm and browser")
            }
        }
    }
}

/// Runs the suites one after another, failing ones too, and ends with one line that sums all up.
pub fn run_and_report(suites: &[Suite], reuse: bool, runner_arguments: &[String]) -> Result<()> {
    let mut sum = Tally::default();
    let mut lines = Vec::new();
    let waits = suites
        .iter()
        .position(|suite| *suite == Suite::Browser)
        .is_some_and(|place| place > 0);
    // Where it can't be begun the browser tests say why, after the others have run.
    let mut page = (waits && !reuse)
        .then(PageMeanwhile::start)
        .and_then(Result::ok);
    for suite in suites {
        let begun = Instant::now();
        let outcome = match suite {
            Suite::Native => native(),
            Suite::Wasm => wasm(),
            Suite::Browser => browser(reuse, page.take(), runner_arguments),
        };
        let took = process::spoken(begun.elapsed());
        let tally = match outcome {
            Ok(tally) => tally,
            Err(error) => {
                eprintln!("• the {suite:?} tests could not be run: {error:#}");
                Tally {
                    passed: 0,
                    failed: 1,
                }
            }
        };
        lines.push(format!(
            "{:<8} {tally} in {took}",
            format!("{suite:?}").to_lowercase()
        ));
        sum.add(tally);
    }
    println!();
    for line in lines {
        println!("{line}");
    }
    println!("{sum}");
    match (sum.failed, sum.passed) {
        (0, 0) => bail!("no test ran"),
        (0, _) => Ok(()),
        _ => bail!("there were failing tests"),
    }
}

fn native() -> Result<Tally> {
    process::announce("native tests", "4 minutes; 10 the first time");
    let mut test = process::command("cargo");
    test.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    let mut tally = Tally::default();
    let status = process::run_watched(&mut test, |line| tally.read_rust_line(line))?;
    Ok(count_broken_run(tally, status))
}

fn wasm() -> Result<Tally> {
    let tools = setup::wasm_test_tools()?;
    let browser = setup::browser()?;
    process::announce(
        "wasm tests in headless Chromium",
        "half a minute; 4 minutes the first time",
    );
    let mut test = tools.command("wasm-pack");
    test.args(["test", "--headless", "--chrome"]);
    if let Some(driver) = browser.driver {
        test.arg("--chromedriver")
            .arg(driver)
            .args(["--mode", "no-install"]);
    }
    // Seconds for each test binary; the runner's own 20 are few where an unoptimised module loads on a busy machine.
    test.env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    let mut tally = Tally::default();
    let status = process::run_watched(&mut test, |line| tally.read_rust_line(line))?;
    Ok(count_broken_run(tally, status))
}

/// A run that failed without a failed test (it did not compile, say) counts as one failure.
fn count_broken_run(mut tally: Tally, status: std::process::ExitStatus) -> Tally {
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

/// The page as it is built while other tests run: linking and shrinking it, and the longest of those tests, leave a core idle.
struct PageMeanwhile {
    build: process::Running,
    log: std::path::PathBuf,
}

impl PageMeanwhile {
    fn start() -> Result<Self> {
        // Before anything else may want to install the same.
        setup::page_tools()?;
        let log = workspace::scratch().join("page.log");
        process::announce(
            &format!(
                "building the release page meanwhile, with its messages in {}",
                log.display()
            ),
            "3 minutes where something has changed, 6 the first time",
        );
        std::fs::create_dir_all(workspace::scratch())?;
        let messages = std::fs::File::create(&log)
            .with_context(|| format!("could not write {}", log.display()))?;
        let mut build = process::command(std::env::current_exe()?);
        build
            .arg("build")
            .stdout(messages.try_clone()?)
            .stderr(messages);
        let build = process::Running::start(&mut build)?;
        Ok(Self { build, log })
    }

    fn finish(mut self) -> Result<std::path::PathBuf> {
        let status = self.build.wait()?;
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        eprint!("{said}");
        if status.success() {
            Ok(workspace::dist())
        } else {
            bail!("the page could not be built")
        }
    }
}

fn browser(
    reuse: bool,
    meanwhile: Option<PageMeanwhile>,
    runner_arguments: &[String],
) -> Result<Tally> {
    let browser = setup::browser()?;
    let node = setup::browser_test_runner()?;
    let dist = if let Some(page) = meanwhile {
        page.finish()?
    } else if reuse && workspace::dist().join("index.html").is_file() {
        workspace::dist()
    } else {
        bundle::build()?
    };
    let (at_root, under_sub_path) = (
        Server::start(&dist, "/", 0)?,
        Server::start(&dist, SUB_PATH, 0)?,
    );
    process::announce("browser tests in Chromium", "4 minutes");
    let tests = workspace::browser_tests();
    let report = tests.join("test-results/report.json");
    // A report of an earlier run must not be taken for this one's.
    let _ = std::fs::remove_file(&report);
    let mut test = process::command(node);
    test.arg(runner(&tests)?)
        .arg("test")
        .args(runner_arguments)
        .current_dir(&tests);
    test.env("LOADSCAPE_URL", at_root.url())
        .env("LOADSCAPE_SUB_PATH_URL", under_sub_path.url())
        .env("LOADSCAPE_BROWSER", browser.program)
        .env("LOADSCAPE_REPORT", &report);
    let status = process::run_watched(&mut test, |_| {})?;
    let text =
        std::fs::read_to_string(&report).context("the browser-test runner left no report")?;
    let tally = Tally::from_playwright(&serde_json::from_str(&text)?)
        .context("its report has no counts")?;
    Ok(count_broken_run(tally, status))
}

/// The browser-test runner's entry point.
fn runner(tests: &Path) -> Result<std::path::PathBuf> {
    let runner = tests.join("node_modules/@playwright/test/cli.js");
    if runner.is_file() {
        Ok(runner)
    } else {
        bail!("{} is missing", runner.display())
    }
}
