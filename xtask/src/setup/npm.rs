//! What comes from npm: what shrinks the page, and the runner of the browser tests, each from a committed lock file.

use super::apt;
use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Installs what shrinks the page's program and scripts; its folder.
pub fn ensure_page_tools() -> Result<PathBuf> {
    let project = workspace::root().join("xtask/page-tools");
    ensure_node()?;
    ensure_project(&project, "wasm-opt and terser", "5 seconds")?;
    Ok(project.join("node_modules/.bin"))
}

/// Installs the runner of the browser tests; the path of `node`.
pub fn ensure_browser_tests() -> Result<PathBuf> {
    let node = ensure_node()?;
    ensure_project(
        &workspace::browser_tests(),
        "the browser-test runner (Playwright)",
        "5 seconds",
    )?;
    Ok(node)
}

/// Finds or installs node and npm.
fn ensure_node() -> Result<PathBuf> {
    let find = || {
        process::find_program("npm", &[])?;
        process::find_program("node", &[])
    };
    if let Some(node) = find() {
        return Ok(node);
    }
    if apt::is_here() {
        process::announce("installing Node.js and npm", "1 minute");
        apt::install(&["nodejs", "npm"])?;
    }
    match find() {
        Some(node) => Ok(node),
        None if cfg!(target_os = "macos") => {
            bail!("Node.js is missing; `brew install node` installs it")
        }
        None => bail!("Node.js 18 or newer is missing; install the packages `nodejs` and `npm`"),
    }
}

/// Installs what the project's lock file says, unless the last installation was of this very lock file.
fn ensure_project(project: &Path, what: &str, usually: &str) -> Result<()> {
    let lock = std::fs::read(project.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", project.display()))?;
    let stamp = project.join("node_modules/.installed-from-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    process::announce(&format!("installing {what}"), usually);
    let mut install = process::command("npm");
    install
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(project)
        // The system's browser is used; the runner's own is a download of hundreds of megabytes.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run(&mut install).with_context(|| format!("try `npm ci` in {}", project.display()))?;
    std::fs::write(&stamp, lock).with_context(|| format!("could not write {}", stamp.display()))
}
