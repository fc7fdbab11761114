//! The generated pages: the catalog's reference in docs/ and the API pages.

use crate::{process, workspace};
use anyhow::{Context, Result, bail};

/// The page that the catalog writes about itself, relative to the top of the repository.
const REFERENCE: &str = "docs/catalog.md";

/// Writes the pages, or with `check` says whether the committed one is what would be written.
pub fn run(check: bool) -> Result<()> {
    process::announce("the catalog's reference page", "5 seconds");
    let written = reference()?;
    let path = workspace::root().join(REFERENCE);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == written {
        eprintln!("• {REFERENCE} is up to date");
    } else if check {
        bail!("{REFERENCE} is not what the catalog says; `cargo xtask docs` writes it");
    } else {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, written).with_context(|| format!("could not write {REFERENCE}"))?;
        eprintln!("• {REFERENCE} written");
    }
    process::announce("API pages", "20 seconds");
    let mut doc = process::command("cargo");
    doc.args([
        "doc",
        "--locked",
        "--no-deps",
        "-p",
        "loadscape-sim",
        "-p",
        "loadscape",
    ]);
    process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// What the catalog says of itself, as Markdown.
fn reference() -> Result<String> {
    let mut print = process::command("cargo");
    print.args([
        "run",
        "--quiet",
        "--locked",
        "-p",
        "loadscape-sim",
        "--example",
        "catalog_reference",
    ]);
    let output = print
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!("the catalog could not be printed");
    }
    let page = String::from_utf8(output.stdout).context("the reference page is not text")?;
    if page.is_empty() {
        bail!("the catalog printed nothing");
    }
    Ok(page)
}
