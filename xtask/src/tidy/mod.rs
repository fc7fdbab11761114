//! `cargo xtask tidy`: the architecture's rules, executable. Each finding names file, line and remedy.
//!
//! The rules read source text with comments and strings blanked out; they know the layout of the repository and
//! nothing of what the code computes.

mod layers;
mod rules;
mod source;
mod units;

use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use source::Source;

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path from the top of the repository.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Finding {
    fn new(source: &Source, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: source.path.clone(),
            line,
            message: message.into(),
        }
    }
}

/// Holds every file of the repository against every rule.
pub fn run() -> Result<()> {
    let mut findings = Vec::new();
    let paths = paths()?;
    for path in &paths {
        // Pictures and other files that are not text have no lines to check.
        let Ok(text) = std::fs::read_to_string(workspace::root().join(path)) else {
            continue;
        };
        findings.extend(check(&Source::new(path, text)));
    }
    for finding in &findings {
        eprintln!("{}:{}: {}", finding.file, finding.line, finding.message);
    }
    match findings.len() {
        0 => {
            eprintln!("• {} files, no rule broken", paths.len());
            Ok(())
        }
        1 => bail!("1 breach of the architecture's rules"),
        several => bail!("{several} breaches of the architecture's rules"),
    }
}

/// Everything that every rule finds in one file.
fn check(source: &Source) -> Vec<Finding> {
    let mut findings = rules::check(source);
    findings.extend(layers::check(source));
    findings.extend(units::check(source));
    findings
}

/// Every file that is in the repository or about to be.
fn paths() -> Result<Vec<String>> {
    let mut list = process::command("git");
    let listed =
        process::answer(list.args(["ls-files", "--cached", "--others", "--exclude-standard"]))
            .context("tidy asks git which files there are; this is not a git repository")?;
    Ok(listed
        .lines()
        .filter(|path| workspace::root().join(path).is_file())
        .map(str::to_owned)
        .collect())
}
