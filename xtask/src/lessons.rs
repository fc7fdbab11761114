//! Puts the lessons into one file beside the page, under a name of its own. The page finds it by a `meta` element, and fetches it when
//! somebody opens the lessons.

use crate::split::stamp;
use crate::workspace;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The file that explains words; all others are lessons.
const GLOSSARY: &str = "glossary.json";

/// Puts the lessons into the folder and their address into the folder's page.
pub fn put(dist: &Path) -> Result<()> {
    let text = shelf(&workspace::root().join("src/lessons"))?.to_string();
    let name = format!("lessons-{}.json", stamp(&[text.as_bytes()]));
    let path = dist.join("index.html");
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("Trunk left no {}", path.display()))?;
    let Some((head, rest)) = page.split_once("</head>") else {
        bail!("{} has no head", path.display());
    };
    let page = format!("{head}<meta name=\"loadscape-lessons\" content=\"./{name}\"></head>{rest}");
    for (name, bytes) in [
        (name.as_str(), text.as_bytes()),
        ("index.html", page.as_bytes()),
    ] {
        let path = dist.join(name);
        std::fs::write(&path, bytes)
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

/// All lessons in the order of their files, and the glossary.
fn shelf(folder: &Path) -> Result<Value> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("there is no {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let mut lessons = Vec::new();
    let mut terms = json!([]);
    for path in paths {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let value: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        if path.file_name().is_some_and(|name| name == GLOSSARY) {
            terms = value;
        } else {
            lessons.push(value);
        }
    }
    Ok(json!({ "lessons": lessons, "terms": terms }))
}
