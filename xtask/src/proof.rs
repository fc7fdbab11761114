//! The page of proofs in docs/: what the event simulation says of everything whose answer is known.

use crate::{process, workspace};
use anyhow::{Context, Result, bail};

/// The page, relative to the top of the repository.
const PAGE: &str = "docs/proof.md";

/// The sections that can be measured by themselves: their names, and how they begin in the page.
const SECTIONS: [(&str, &str); 4] = [
    ("cases", "## Known answers\n"),
    ("engines", "## Both engines on the same designs\n"),
    ("coverage", "## Intervals that hold what they promise\n"),
    ("together", "## Intervals of several runs\n"),
];

/// Measures everything anew and writes the page; or the section of this name, and puts it in its place.
pub fn run(section: Option<&str>) -> Result<()> {
    let known = section.map(|name| {
        let section = SECTIONS.iter().find(|(known, _)| *known == name);
        section.with_context(|| {
            format!("there is no section \"{name}\" of {PAGE} that can be measured by itself")
        })
    });
    let known = known.transpose()?;
    process::announce("the page of proofs", "up to an hour on two cores");
    let mut measure = process::command("cargo");
    measure.args([
        "run",
        "--quiet",
        "--locked",
        "-p",
        "loadscape-sim",
        "--example",
        "proof",
        "--",
    ]);
    measure.args(known.map(|(name, _)| *name));
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
    let page = match known {
        Some((_, begins)) => replaced(begins, &page)?,
        None => page,
    };
    std::fs::write(workspace::root().join(PAGE), page)
        .with_context(|| format!("could not write {PAGE}"))?;
    eprintln!("• {PAGE} written");
    Ok(())
}

/// The page as it is, with the section that begins so replaced.
fn replaced(begins: &str, section: &str) -> Result<String> {
    let page = std::fs::read_to_string(workspace::root().join(PAGE))
        .with_context(|| format!("could not read {PAGE}"))?;
    let Some(start) = page.find(begins) else {
        bail!(
            "{PAGE} has no section that begins with \"{}\"",
            begins.trim()
        );
    };
    let after = start + begins.len();
    let end = page[after..]
        .find("\n## ")
        .map_or(page.len(), |end| after + end + 1);
    Ok(format!("{}{section}{}", &page[..start], &page[end..]))
}
