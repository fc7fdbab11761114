//! Chromium and its driver, from the system.

use super::apt;
use crate::process;
use anyhow::{Result, bail};
use std::path::PathBuf;

/// An installed Chromium, with the driver that belongs to it where there is one.
pub struct Browser {
    /// The browser's program.
    pub program: PathBuf,
    /// `None`: wasm-pack may fetch a driver itself.
    pub driver: Option<PathBuf>,
}

/// The names a Chromium goes by, ours first; `LOADSCAPE_BROWSER` overrules them.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Where macOS keeps applications, which are not on the path.
const MAC_PROGRAMS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Finds or installs a browser and its driver.
pub fn ensure() -> Result<Browser> {
    let (program, driver) = (find_program(), process::find_program("chromedriver", &[]));
    let (program, driver) = match (program, driver) {
        (Some(program), Some(driver)) => {
            return Ok(Browser {
                program,
                driver: Some(driver),
            });
        }
        found if !apt::is_here() => found,
        found => {
            process::announce("installing Chromium and its driver", "1 minute");
            match apt::install(&["chromium", "chromium-driver"]) {
                Ok(()) => (find_program(), process::find_program("chromedriver", &[])),
                Err(error) => {
                    eprintln!("• apt has no Chromium here: {error:#}");
                    found
                }
            }
        }
    };
    match program {
        Some(program) => Ok(Browser { program, driver }),
        None if cfg!(target_os = "macos") => {
            bail!(
                "Chromium is missing; `brew install --cask chromium chromedriver` installs it and its driver"
            )
        }
        None => bail!(
            "Chromium is missing; install it and its driver with your package manager (Debian: `apt-get install \
             chromium chromium-driver`), or name one in LOADSCAPE_BROWSER"
        ),
    }
}

fn find_program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LOADSCAPE_BROWSER") {
        return Some(named.into());
    }
    PROGRAMS
        .iter()
        .find_map(|name| process::find_program(name, &[]))
        .or_else(|| {
            MAC_PROGRAMS
                .iter()
                .map(PathBuf::from)
                .find(|path| path.is_file())
        })
}
