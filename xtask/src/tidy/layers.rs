//! Dependency directions: what each part of the repository must not know.

use super::Finding;
use super::source::{Source, words};

/// A part of the repository and names that must not occur in its code.
struct Border {
    /// Paths that begin so belong to the part.
    part: &'static str,
    /// Crates, types and functions it must not name.
    unknown: &'static [&'static str],
    /// What to do instead.
    remedy: &'static str,
}

/// What a screen is made of.
const SCREEN: &[&str] = &[
    "leptos",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "gloo_timers",
    "plotters",
];

const BORDERS: &[Border] = &[
    Border {
        part: "sim/",
        unknown: SCREEN,
        remedy: "the core has no screen: return the figure and let src/ show it",
    },
    Border {
        part: "sim/src/",
        unknown: &["Instant", "SystemTime", "UNIX_EPOCH"],
        remedy: "the core has no clock: take the time as a parameter",
    },
    Border {
        part: "sim/src/",
        unknown: &["thread_rng", "ThreadRng", "OsRng", "SysRng"],
        remedy: "the core is deterministic: take a seeded generator as a parameter",
    },
    Border {
        part: "src/editor",
        unknown: SCREEN,
        remedy: "the editor is driven without a browser: keep signals and the DOM outside src/editor/",
    },
    Border {
        part: "src/display",
        unknown: SCREEN,
        remedy: "wording is tested natively: keep the DOM in src/app/",
    },
    Border {
        part: "src/player",
        unknown: SCREEN,
        remedy: "a run is played natively in tests: keep threads and the DOM in src/worker/ and src/app/",
    },
    Border {
        part: "src/player",
        unknown: &["Instant", "SystemTime"],
        remedy: "a run is played natively in tests: take the time as a parameter",
    },
    Border {
        part: "src/worker",
        unknown: &["leptos", "plotters", "steady", "insight"],
        remedy: "the worker carries messages and gives time: what it plays belongs into src/player/",
    },
    Border {
        part: "cli/",
        unknown: &["leptos", "web_sys", "js_sys", "wasm_bindgen"],
        remedy: "the headless runner reads sim alone",
    },
];

/// Crates that a manifest must not name.
const MANIFESTS: [(&str, &[&str], &str); 2] = [
    (
        "sim/Cargo.toml",
        &[
            "leptos",
            "web-sys",
            "js-sys",
            "wasm-bindgen",
            "gloo-timers",
            "plotters",
        ],
        "the core has no screen: return the figure and let src/ show it",
    ),
    (
        "cli/Cargo.toml",
        &["leptos", "web-sys", "js-sys", "wasm-bindgen"],
        "the headless runner reads sim alone",
    ),
];

/// The modules of the core and those each must not know; results flow one way, from document to insight.
const DIRECTIONS: [(&str, &[&str]); 9] = [
    (
        "units",
        &[
            "theory",
            "distribution",
            "catalog",
            "scenario",
            "network",
            "steady",
            "des",
            "report",
            "insight",
        ],
    ),
    (
        "quantities",
        &[
            "theory",
            "distribution",
            "scenario",
            "network",
            "steady",
            "des",
            "report",
            "insight",
        ],
    ),
    (
        "theory",
        &[
            "catalog", "scenario", "network", "steady", "des", "report", "insight",
        ],
    ),
    (
        "distribution",
        &[
            "catalog", "scenario", "network", "steady", "des", "report", "insight",
        ],
    ),
    ("catalog", &["steady", "des", "report", "insight"]),
    (
        "scenario",
        &["network", "steady", "des", "report", "insight"],
    ),
    ("network", &["steady", "des", "report", "insight"]),
    ("steady", &["des", "insight"]),
    ("report", &["steady", "des", "insight"]),
];

/// Every breach in the file.
pub fn check(source: &Source) -> Vec<Finding> {
    if source.is_rust() {
        let mut findings = borders(source);
        findings.extend(directions(source));
        findings
    } else {
        manifests(source)
    }
}

fn borders(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for border in BORDERS
        .iter()
        .filter(|border| source.path.starts_with(border.part))
    {
        for (number, line) in source.code_lines() {
            for (_, word) in words(line) {
                if border.unknown.contains(&word) {
                    let message =
                        format!("{} must not know `{word}`: {}", border.part, border.remedy);
                    findings.push(Finding::new(source, number, message));
                }
            }
        }
    }
    findings
}

fn manifests(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, unknown, remedy) in MANIFESTS.iter().filter(|(path, ..)| *path == source.path) {
        for (number, line) in source.code_lines() {
            let key = line.split(['=', '.']).next().unwrap_or_default().trim();
            let table = line
                .trim()
                .trim_matches(['[', ']'])
                .rsplit('.')
                .next()
                .unwrap_or_default();
            if let Some(name) = unknown.iter().find(|name| **name == key || **name == table) {
                findings.push(Finding::new(
                    source,
                    number,
                    format!("must not depend on `{name}`: {remedy}"),
                ));
            }
        }
    }
    findings
}

fn directions(source: &Source) -> Vec<Finding> {
    let Some(inside) = source
        .path
        .strip_prefix("sim/src/")
        .and_then(|path| path.strip_suffix(".rs"))
    else {
        return Vec::new();
    };
    let place: Vec<&str> = inside.split('/').filter(|part| *part != "mod").collect();
    let own = place[0];
    let Some((_, unknown)) = DIRECTIONS.iter().find(|(module, _)| *module == own) else {
        return Vec::new();
    };
    named_modules(&source.code, place.len())
        .into_iter()
        .filter(|(_, named)| unknown.contains(named))
        .map(|(at, named)| {
            let message = format!(
                "`{own}` must not know `{named}`: results flow one way (see ARCHITECTURE.md); move what is shared into \
                 the lower of the two, or pass it in"
            );
            Finding::new(source, source.line_of(at), message)
        })
        .collect()
}

/// The crate's top modules that the code names by path, from a module this deep: `crate::a`, `crate::{a, b::c}`, and
/// `super::a` from deep enough to reach the top.
fn named_modules(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let mut named = Vec::new();
    for (at, word) in words(code) {
        let after = match word {
            "crate" => at + word.len(),
            "super" if !code[..at].trim_end().ends_with("super::") => {
                match climb(code, at, depth) {
                    Some(after) => after,
                    None => continue,
                }
            }
            _ => continue,
        };
        let Some(rest) = code[after..].strip_prefix("::") else {
            continue;
        };
        let from = after + 2;
        match rest.strip_prefix('{') {
            Some(_) => named.extend(group_heads(code, from + 1)),
            None => named.extend(
                words(rest)
                    .next()
                    .filter(|(at, _)| *at == 0)
                    .map(|(_, word)| (from, word)),
            ),
        }
    }
    named
}

/// The end of a chain of `super`s that begins at `at` and reaches the top of the crate; `None` when it doesn't.
fn climb(code: &str, at: usize, depth: usize) -> Option<usize> {
    let mut after = at + "super".len();
    let mut steps = 1;
    while code[after..].starts_with("::super") {
        after += "::super".len();
        steps += 1;
    }
    (steps == depth).then_some(after)
}

/// The first word of each path in a `{…}` whose inside begins at `from`.
fn group_heads(code: &str, from: usize) -> Vec<(usize, &str)> {
    let mut heads = Vec::new();
    let (mut depth, mut expecting) = (0, true);
    for (offset, character) in code[from..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expecting = true,
            _ if character.is_whitespace() => {}
            _ if expecting => {
                expecting = false;
                heads.extend(
                    words(&code[from + offset..])
                        .next()
                        .map(|(at, word)| (from + offset + at, word)),
                );
            }
            _ => {}
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Source::new(path, text.to_owned()))
            .into_iter()
            .map(|found| found.line)
            .collect()
    }

    #[test]
    fn the_core_knows_no_browser_no_clock_and_no_chance() {
        assert_eq!(
            lines("sim/src/steady/mod.rs", "//! A.\nuse web_sys::Window;\n"),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/steady/mod.rs",
                "//! A.\nlet now = std::time::Instant::now();\n"
            ),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/steady/mod.rs",
                "//! A.\nlet mut rng = rand::thread_rng();\n"
            ),
            [2]
        );
        // A benchmark beside the core may look at a clock, and words in comments are only words.
        assert_eq!(
            lines("sim/benches/a.rs", "//! A.\nlet now = Instant::now();\n"),
            NONE
        );
        assert_eq!(lines("sim/src/steady/mod.rs", "//! Unlike leptos.\n"), NONE);
    }

    #[test]
    fn the_editor_knows_no_signals() {
        assert_eq!(
            lines("src/editor/drag.rs", "//! A.\nuse leptos::prelude::*;\n"),
            [2]
        );
        assert_eq!(
            lines("src/app/canvas.rs", "//! A.\nuse leptos::prelude::*;\n"),
            NONE
        );
    }

    #[test]
    fn the_core_depends_on_no_browser_crate() {
        assert_eq!(
            lines(
                "sim/Cargo.toml",
                "[dependencies]\nserde = \"1\"\nweb-sys = \"0.3\"\n"
            ),
            [3]
        );
        assert_eq!(
            lines(
                "sim/Cargo.toml",
                "[dependencies.leptos]\nversion = \"0.8\"\n"
            ),
            [1]
        );
        assert_eq!(
            lines("Cargo.toml", "[dependencies]\nweb-sys = \"0.3\"\n"),
            NONE
        );
    }

    #[test]
    fn theory_knows_neither_scenario_nor_network() {
        assert_eq!(
            lines(
                "sim/src/theory/erlang.rs",
                "//! A.\nuse crate::scenario::Scenario;\n"
            ),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/theory/erlang.rs",
                "//! A.\nuse super::super::network::Network;\n"
            ),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/theory/erlang.rs",
                "//! A.\nuse super::network::inner;\n"
            ),
            NONE
        );
        assert_eq!(
            lines(
                "sim/src/theory/erlang.rs",
                "//! A.\nuse crate::theory::special;\n"
            ),
            NONE
        );
    }

    #[test]
    fn a_module_in_a_group_is_found_on_its_own_line() {
        let text = "//! A.\nuse crate::{\n    units::{Seconds, network},\n    steady::solve,\n};\n";
        assert_eq!(lines("sim/src/network/mod.rs", text), [4]);
    }

    #[test]
    fn the_network_does_not_know_its_solver_nor_the_solver_its_explanation() {
        assert_eq!(
            lines(
                "sim/src/network/mod.rs",
                "//! A.\nfn a() { crate::steady::solve(); }\n"
            ),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/steady/open.rs",
                "//! A.\nuse crate::insight::Reason;\n"
            ),
            [2]
        );
        assert_eq!(
            lines(
                "sim/src/steady/open.rs",
                "//! A.\nuse crate::network::Network;\n"
            ),
            NONE
        );
    }
}
