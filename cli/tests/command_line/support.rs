//! Scenario files, processes and their output.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

pub fn loadscape(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadscape"))
        .args(arguments)
        .output()
        .expect("the runner starts")
}

pub fn file(name: &str, text: &str) -> PathBuf {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    // Tests that run at once may share a name: none may read what another has begun to write.
    let begun = folder.join(format!(
        "{}.{name}",
        WRITTEN.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::write(&begun, text).expect("the temporary folder is writable");
    std::fs::rename(&begun, &path).expect("the temporary folder is writable");
    path
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the runner prints UTF-8")
}

/// M/M/1 at 0.8: its mean response time is 5 s, exactly (W = 1/(μ − λ)).
pub fn single_station(objective_seconds: f64) -> String {
    format!(
        r#"{{ "format_version": 1, "title": "M/M/1", "notes": "",
             "components": [
               {{ "id": 1, "kind": "clients", "name": "Arrivals", "position": {{ "x": 0, "y": 0 }},
                  "parameters": {{ "request_rate": 0.8, "client_round_trip": 0, "arrival_pattern": "poisson" }} }},
               {{ "id": 2, "kind": "station", "name": "Server", "position": {{ "x": 300, "y": 0 }},
                  "parameters": {{ "servers": 1, "service_time": 1000, "service_distribution": "exponential" }} }} ],
             "links": [ {{ "id": 1, "from": 1, "to": 2 }} ], "zones": [],
             "classes": [ {{ "id": 1, "name": "job", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0 }} ],
             "objectives": [ {{ "target": {{ "mean_at_most_seconds": {objective_seconds} }} }} ] }}"#
    )
}

/// Runs with this on standard input.
pub fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loadscape"))
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the runner starts");
    let mut pipe = child.stdin.take().expect("it has a standard input");
    // A runner that refuses before it has read all closes the pipe, which is its right.
    let _ = std::io::Write::write_all(&mut pipe, input);
    drop(pipe);
    child.wait_with_output().expect("the runner ends")
}

/// The names of all fields of a JSON document; keys that are ids are left out.
pub fn fields(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                if name.parse::<u32>().is_err() {
                    found.insert(name.clone());
                }
                fields(value, found);
            }
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| fields(value, found));
        }
        _ => {}
    }
}

/// Checks that a page names all these fields of JSON output, and that every field that its tables begin with is among them.
#[track_caller]
pub fn check_page(page: &str, found: &BTreeSet<String>) {
    // Targets are named as in the file, of which another page tells.
    let named: BTreeSet<&str> = page
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .collect();
    for field in found
        .iter()
        .filter(|field| !(field.contains("_at_most") || field.contains("_at_least")))
    {
        assert!(named.contains(field.as_str()), "{field} isn't described");
    }
    // Every field that a table row starts with is there.
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let names = row.split('|').nth(1).unwrap_or_default().split('`');
        for name in names.skip(1).step_by(2) {
            let last = name.trim_end_matches("[]").rsplit('.').next();
            assert!(
                last.is_some_and(|name| found.contains(name)),
                "{name} is described and isn't there"
            );
        }
    }
}

/// The JSON that a run has printed.
#[track_caller]
pub fn result(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", text(&output.stdout), text(&output.stderr))
    })
}
