//! Where scenarios come from: files, standard input, share links and the built-in ones; it solves nothing.

use crate::terminal;
use loadscape_sim::builtin::{Builtin, builtin};
use loadscape_sim::scenario::{self, Problem, Reading, Scenario, Severity};
use loadscape_sim::share;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes; a document of 5,000 components is far smaller.
const LARGEST_FILE: u64 = 32 * 1024 * 1024;

/// A scenario that could be read, with what was wrong in it.
pub struct Input {
    /// What could be read.
    pub scenario: Scenario,
    /// What couldn't.
    pub problems: Vec<Problem>,
}

/// Reads a file, standard input (`-`) or a share link (anything with a `#`, or with `://`). A file or standard input may hold a link, too.
///
/// # Errors
/// Why nothing could be read, and what to do.
pub fn read(source: &OsStr) -> Result<Input, String> {
    let (name, reading) = match source.to_str() {
        Some("-") => {
            let name = "standard input".to_owned();
            let text = text(std::io::stdin().lock(), &name)?;
            let reading = from_text(&text, &name)?;
            (name, reading)
        }
        Some(link)
            if link.contains("://")
                || (link.contains('#') && !std::path::Path::new(link).exists()) =>
        {
            ("the link".to_owned(), from_link(link)?)
        }
        _ => {
            let path = Path::new(source);
            let name = terminal::line(&path.display().to_string());
            let text = text(open(path, &name)?, &name)?;
            let reading = from_text(&text, &name)?;
            (name, reading)
        }
    };
    match reading.scenario {
        Some(scenario) => Ok(Input {
            scenario,
            problems: reading.problems,
        }),
        None => Err(reading
            .problems
            .iter()
            .map(|problem| {
                let (message, remedy) = (&problem.message, &problem.remedy);
                terminal::line(&format!("can't read {name}: {message} {remedy}"))
            })
            .collect::<Vec<_>>()
            .join("\n")),
    }
}

fn open(path: &Path, name: &str) -> Result<std::fs::File, String> {
    if path.is_dir() {
        return Err(format!(
            "{name} is a folder; name a scenario file in it, as in 'loadscape solve {name}/FILE'"
        ));
    }
    std::fs::File::open(path).map_err(|error| {
        let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or(name);
        let remedy = if builtin().iter().any(|scenario| scenario.name == stem) {
            format!("'loadscape new {stem}' writes the built-in scenario of this name")
        } else {
            "check its name; 'loadscape new NAME' writes a built-in scenario to start from"
                .to_owned()
        };
        format!("can't open {name}: {error}; {remedy}")
    })
}

/// A document, or a link on a line of its own.
fn from_text(text: &str, name: &str) -> Result<Reading, String> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(format!(
            "{name} is empty; 'loadscape new NAME' writes a built-in scenario to start from"
        ));
    }
    let is_link = !trimmed.starts_with(['{', '[', '"'])
        && trimmed.contains("://")
        && !trimmed.contains(char::is_whitespace);
    if is_link {
        from_link(trimmed)
    } else {
        Ok(scenario::read(text))
    }
}

fn from_link(link: &str) -> Result<Reading, String> {
    let (_, fragment) = link
        .split_once('#')
        .ok_or("this link has no '#' with a scenario behind it; copy it again with Share")?;
    share::decode(fragment).map_err(|error| terminal::line(&error.to_string()))
}

fn text(reader: impl Read, name: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            format!("can't read {name}: {error}; check that it is a file that you may read")
        })?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "{name} is larger than {} MiB, which no scenario is; choose a file that Loadscape saved",
            LARGEST_FILE / 1024 / 1024
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        format!(
            "{name} isn't text in UTF-8, and so no scenario; choose a file that Loadscape saved"
        )
    })
}

/// Whether the problems leave nothing that should be trusted: something had to be dropped or can't be solved.
pub fn unusable(problems: &[Problem]) -> bool {
    problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
}

/// The built-in scenarios, a line each.
pub fn list_builtin() -> String {
    let width = builtin()
        .iter()
        .map(|scenario| scenario.name.len())
        .max()
        .unwrap_or(0);
    builtin()
        .iter()
        .map(
            |Builtin {
                 name,
                 title,
                 summary,
                 ..
             }| format!("{name:width$}  {title}: {summary}\n"),
        )
        .collect()
}

/// Writes a built-in scenario to a file and returns where.
///
/// # Errors
/// When there is none of this name, or the file can't be written or would be replaced unasked.
pub fn write_builtin(
    name: &str,
    output: Option<PathBuf>,
    overwrite: bool,
) -> Result<PathBuf, String> {
    let scenario = builtin()
        .iter()
        .find(|scenario| scenario.name == name)
        .ok_or_else(|| {
            let names: Vec<&str> = builtin().iter().map(|scenario| scenario.name).collect();
            format!(
                "there is no built-in scenario '{}'; 'loadscape scenarios' lists them: {}",
                terminal::line(name),
                names.join(", ")
            )
        })?;
    let path = output.unwrap_or_else(|| PathBuf::from(format!("{name}.json")));
    let shown = terminal::line(&path.display().to_string());
    let mut options = std::fs::OpenOptions::new();
    options
        .write(true)
        .truncate(overwrite)
        .create(overwrite)
        .create_new(!overwrite);
    let written = options
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, scenario.text().as_bytes()));
    match written {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(format!(
            "{shown} is already there; name another file with --output, or replace it with --overwrite"
        )),
        Err(error) => Err(format!(
            "can't write {shown}: {error}; name another place with --output"
        )),
    }
}
