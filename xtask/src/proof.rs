//! The page of proofs in docs/: what the event simulation says of everything whose answer is known.

use crate::{process, workspace};
use anyhow::{Context, Result, bail};

/// The page, relative to the top of the repository.
const PAGE: &str = "docs/proof.md";

/// Measures everything anew and writes the page.
pub fn run() -> Result<()> {
    process::announce("the page of proofs", "5 minutes on two cores");
    let mut measure = process::command("cargo");
    measure.args([
        "run",
        "--quiet",
        "--locked",
        "-p",
        "loadscape-sim",
        "--example",
        "proof",
    ]);
    let output = measure
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!("the proofs could not be measured");
    }
    let page = String::from_utf8(output.stdout).context("the page of proofs is not text")?;
    if page.is_empty() {
        bail!("the proofs printed nothing");
    }
    std::fs::write(workspace::root().join(PAGE), page)
        .with_context(|| format!("could not write {PAGE}"))?;
    eprintln!("• {PAGE} written");
    Ok(())
}
