//! Where scenarios come from: files, standard input, share links and the built-in ones; it solves nothing.

use loadscape_sim::builtin::{Builtin, builtin};
use loadscape_sim::scenario::{self, Problem, Scenario, Severity};
use loadscape_sim::share;
use std::ffi::OsStr;
use std::io::Read;
use std::path::PathBuf;

/// The largest file that is read, in bytes; a document of 5,000 components is far smaller.
const LARGEST_FILE: u64 = 32 * 1024 * 1024;

/// A scenario that could be read, with what was wrong in it.
pub struct Input {
    /// What could be read.
    pub scenario: Scenario,
    /// What couldn't.
    pub problems: Vec<Problem>,
}

/// Reads a file, standard input (`-`) or a share link (anything with a `#`, or with `://`).
///
/// # Errors
/// Why nothing could be read, and what to do.
pub fn read(source: &OsStr) -> Result<Input, String> {
    let reading = match source.to_str() {
        Some("-") => scenario::read(&text(std::io::stdin().lock(), "standard input")?),
        Some(link)
            if link.contains("://")
                || (link.contains('#') && !std::path::Path::new(link).exists()) =>
        {
            let fragment = link.split_once('#').map(|(_, fragment)| fragment).ok_or(
                "this link has no '#' with a scenario behind it; copy it again with Share",
            )?;
            share::decode(fragment).map_err(|error| error.to_string())?
        }
        _ => {
            let path = PathBuf::from(source);
            let file = std::fs::File::open(&path)
                .map_err(|error| format!("can't open {}: {error}", path.display()))?;
            scenario::read(&text(file, &path.display().to_string())?)
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
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")),
    }
}

fn text(reader: impl Read, name: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("can't read {name}: {error}"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "{name} is larger than {} MiB, which no scenario is",
            LARGEST_FILE / 1024 / 1024
        ));
    }
    String::from_utf8(bytes)
        .map_err(|_| format!("{name} isn't text in UTF-8; is it a scenario file?"))
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
                "there is no built-in scenario '{name}'; 'loadscape scenarios' lists them: {}",
                names.join(", ")
            )
        })?;
    let path = output.unwrap_or_else(|| PathBuf::from(format!("{name}.json")));
    let mut options = std::fs::OpenOptions::new();
    options
        .write(true)
        .truncate(overwrite)
        .create(overwrite)
        .create_new(!overwrite);
    let written = options
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, scenario.text.as_bytes()));
    match written {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(format!(
            "{} is already there; name another file with --output, or replace it with --overwrite",
            path.display()
        )),
        Err(error) => Err(format!("can't write {}: {error}", path.display())),
    }
}
