//! Checks that every dependency may be used and comes from crates.io, against the list in deny.toml.

use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Where a crate may come from, as cargo spells it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Reads the whole tree, for every platform, and names each package that breaks a rule.
pub fn check() -> Result<()> {
    let deny = std::fs::read_to_string(workspace::root().join("deny.toml"))
        .context("deny.toml can't be read")?;
    let allowed = allowed_licences(&deny);
    let mut metadata = process::command("cargo");
    let text = process::answer(metadata.args(["metadata", "--locked", "--format-version=1"]))
        .context("`cargo metadata --locked` failed; is Cargo.lock up to date?")?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let mut complaints = Vec::new();
    for package in packages {
        let name = format!(
            "{} {}",
            package["name"].as_str().unwrap_or("?"),
            package["version"].as_str().unwrap_or("?")
        );
        match package["license"].as_str() {
            Some(licence) if is_allowed(licence, &allowed) => {}
            Some(licence) => complaints.push(format!(
                "{name}: {licence} is not among the licences of deny.toml"
            )),
            None => complaints.push(format!("{name}: names no licence")),
        }
        if let Some(source) = package["source"]
            .as_str()
            .filter(|source| *source != CRATES_IO)
        {
            complaints.push(format!("{name}: comes from {source}, not from crates.io"));
        }
    }
    if complaints.is_empty() {
        eprintln!(
            "• {} packages, all under permissive licences and from crates.io",
            packages.len()
        );
        return Ok(());
    }
    bail!(
        "{}\nremedy: choose another crate, or argue for the licence in deny.toml",
        complaints.join("\n")
    )
}

/// The strings of `allow = [ … ]`.
fn allowed_licences(deny: &str) -> Vec<String> {
    let list = deny
        .split_once("allow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether an SPDX expression can be satisfied by allowed licences alone. `OR` binds more loosely than `AND`; the old
/// spelling `MIT/Apache-2.0` means `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut position = 0;
    let verdict = any_of(&words, &mut position, allowed);
    verdict && position == words.len()
}

fn any_of(words: &[&str], position: &mut usize, allowed: &[String]) -> bool {
    let mut verdict = all_of(words, position, allowed);
    while words.get(*position) == Some(&"OR") {
        *position += 1;
        verdict |= all_of(words, position, allowed);
    }
    verdict
}

fn all_of(words: &[&str], position: &mut usize, allowed: &[String]) -> bool {
    let mut verdict = one(words, position, allowed);
    while words.get(*position) == Some(&"AND") {
        *position += 1;
        verdict &= one(words, position, allowed);
    }
    verdict
}

fn one(words: &[&str], position: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*position) else {
        return false;
    };
    *position += 1;
    if *word == "(" {
        let verdict = any_of(words, position, allowed);
        let closed = words.get(*position) == Some(&")");
        *position += usize::from(closed);
        return verdict && closed;
    }
    let mut licence = (*word).to_owned();
    if words.get(*position) == Some(&"WITH") {
        let exception = words.get(*position + 1).copied().unwrap_or_default();
        *position += 2;
        licence = format!("{licence} WITH {exception}");
    }
    allowed.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        allowed_licences(
            "[licenses]\nallow = [\n  \"MIT\",\n  \"Apache-2.0\",\n  \"Unicode-3.0\",\n]\n",
        )
    }

    #[test]
    fn a_choice_needs_one_allowed_licence_and_a_conjunction_needs_all() {
        for (expression, verdict) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("MIT/Apache-2.0", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND GPL-3.0", false),
            ("GPL-3.0 OR MIT AND Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception", false),
            ("Apache-2.0 WITH LLVM-exception OR MIT", true),
            ("(MIT", false),
        ] {
            assert_eq!(is_allowed(expression, &allowed()), verdict, "{expression}");
        }
    }
}
