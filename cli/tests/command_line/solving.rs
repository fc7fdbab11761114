//! `solve` and what writes or lists scenarios.

use crate::support::{check_page, fields, file, loadscape, piped, single_station, text};
use std::path::Path;

#[test]
fn solving_a_file_prints_the_exact_answer_as_json() {
    let path = file("mm1.json", &single_station(6.0));
    let output = loadscape(&["solve", path.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    assert_eq!(result["schema_version"], 1);
    let mean = result["report"]["classes"][0]["latency"]["mean"]
        .as_f64()
        .expect("a mean");
    assert!((mean - 5.0).abs() < 1e-8, "mean {mean}");
    let p99 = result["report"]["classes"][0]["latency"]["p99"]
        .as_f64()
        .expect("a p99");
    assert!(
        (p99 / 23.025_850_929_940_457 - 1.0).abs() < 1e-4,
        "p99 {p99}"
    );
}

#[test]
fn a_missed_objective_ends_with_1_and_says_so() {
    let path = file("missed.json", &single_station(4.0));
    let output = loadscape(&["solve", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("MISSED"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_bad_file_ends_with_2_and_says_what_is_wrong() {
    let output = loadscape(&["solve", file("bad.json", "{ \"title\": ").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("line 1"),
        "{}",
        text(&output.stderr)
    );
    let output = loadscape(&["solve", "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no-such-file.json"));
}

#[test]
fn what_a_stranger_wrote_does_nothing_to_the_terminal() {
    let hostile = single_station(4.0)
        .replace("M/M/1", r"title\u001b]0;owned\u0007\nexit 0")
        .replace("Server", r"db\u001b[2J\u009b1m\u202egnp.exe\r\nall is well")
        .replace("\"job\"", r#""job\u0000\u2066\u0085""#)
        .replace("\"to\": 2", r#""to": 2, "f\u001b[31m\n": 1"#);
    let path = file("hostile.json", &hostile);
    let path = path.to_str().unwrap();
    for (arguments, lines) in [
        (&["solve", path][..], true),
        (&["solve", path, "--json"], false),
        (&["simulate", path, "--duration", "10m"], true),
        (&["simulate", path, "--duration", "10m", "--json"], false),
        (&["compare", path, path, "--duration", "10m"], true),
        (
            &["compare", path, path, "--duration", "10m", "--json"],
            false,
        ),
        (&["sweep", path, "--set", "1.request_rate=0.1..0.2:2"], true),
        (&["sweep", path, "--set", "\u{1b}[2J.request_rate=1"], true),
        (&["solve", "no\u{1b}[2Jfile\n.json"], true),
        (&["solve", "https://x/#\u{9b}A"], true),
        (&["help", "\u{1b}[2J"], true),
        (&["new", "\u{1b}[2J"], true),
        (&["fro\u{1b}[2Jb"], true),
        (&["solve", "a", "--\u{1b}[2J"], true),
    ] {
        let output = loadscape(arguments);
        for printed in [text(&output.stdout), text(&output.stderr)] {
            let bad = printed.chars().find(|character| {
                (character.is_control() && *character != '\n')
                    || matches!(*character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(bad, None, "{arguments:?}: {printed:?}");
            assert!(
                !lines
                    || !printed
                        .lines()
                        .any(|line| line.starts_with("exit 0") || line.starts_with("all is well")),
                "{arguments:?}: {printed}"
            );
        }
    }
}

#[test]
fn a_broken_part_is_reported_and_ends_with_2() {
    let broken = single_station(6.0).replace("\"to\": 2", "\"to\": 7");
    let output = loadscape(&["solve", file("dangling.json", &broken).to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!output.stderr.is_empty());
}

#[test]
fn a_share_link_gives_the_same_answer_as_its_file() {
    let source = single_station(6.0);
    let path = file("linked.json", &source);
    let scenario = loadscape_sim::scenario::read(&source)
        .scenario
        .expect("the file is good");
    let link = format!(
        "https://loadscape.example/#{}",
        loadscape_sim::share::encode(&scenario)
    );
    let from_file = loadscape(&["solve", path.to_str().unwrap(), "--json"]);
    let from_link = loadscape(&["solve", &link, "--json"]);
    assert_eq!(
        from_link.status.code(),
        Some(0),
        "{}",
        text(&from_link.stderr)
    );
    assert_eq!(text(&from_file.stdout), text(&from_link.stdout));
}

#[test]
fn a_damaged_link_ends_with_2() {
    let output = loadscape(&["solve", "https://loadscape.example/#AQnonsense"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("link"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn every_built_in_scenario_can_be_written_and_solved() {
    let list = text(&loadscape(&["scenarios"]).stdout);
    assert!(list.lines().count() >= 7, "{list}");
    for name in list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
        let written = loadscape(&[
            "new",
            name,
            "--output",
            path.to_str().unwrap(),
            "--overwrite",
        ]);
        assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
        let solved = loadscape(&["solve", path.to_str().unwrap()]);
        assert_ne!(
            solved.status.code(),
            Some(2),
            "{name}: {}",
            text(&solved.stderr)
        );
    }
}

#[test]
fn an_existing_file_is_only_replaced_when_asked() {
    let path = file("kept.json", "mine");
    let output = loadscape(&["new", "stage-0", "--output", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_link_may_come_from_standard_input() {
    let scenario = loadscape_sim::scenario::read(&single_station(6.0))
        .scenario
        .expect("the file is good");
    let link = format!(
        "https://loadscape.example/#{}\n",
        loadscape_sim::share::encode(&scenario)
    );
    let output = piped(&["solve", "-", "--json"], link.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let document = piped(&["solve", "-", "--json"], single_station(6.0).as_bytes());
    assert_eq!(text(&output.stdout), text(&document.stdout));
}

#[test]
fn what_is_no_scenario_is_refused_with_a_remedy() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let empty = file("empty.json", " \n");
    let binary = Path::new(folder).join("binary.json");
    std::fs::write(&binary, [0x7f, b'E', b'L', b'F', 0xff, 0xfe, 0]).unwrap();
    let other = file("other.json", "[1, 2]");
    let scenario = loadscape_sim::scenario::read(&single_station(6.0)).scenario;
    let link = format!(
        "https://loadscape.example/#{}",
        loadscape_sim::share::encode(&scenario.expect("the file is good"))
    );
    let trailing = format!("{link} (see chat)");
    let cut = &link[..link.len() - 12];
    for (source, cause, remedy) in [
        (folder, "folder", "name a scenario file"),
        (empty.to_str().unwrap(), "empty", "loadscape new"),
        (binary.to_str().unwrap(), "UTF-8", "choose a file"),
        (other.to_str().unwrap(), "JSON object", "Choose a file"),
        ("stage-2.json", "can't open", "'loadscape new stage-2'"),
        ("nowhere.json", "can't open", "loadscape new NAME"),
        ("https://loadscape.example/", "no '#'", "copy it again"),
        (trailing.as_str(), "' '", "Copy it again"),
        (cut, "link", "Copy it again"),
    ] {
        let output = loadscape(&["solve", source]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{source}: {message}");
        assert!(message.contains(cause), "{source}: {message}");
        assert!(message.contains(remedy), "{source}: {message}");
    }
    for (input, cause) in [
        (&b""[..], "standard input is empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"https://loadscape.example/#A!", "'!'"),
    ] {
        let output = piped(&["solve", "-"], input);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(cause), "{message}");
    }
}

#[test]
fn unknown_words_name_the_remedy() {
    for arguments in [
        &["frobnicate"][..],
        &["solve"],
        &["solve", "a", "b"],
        &["new"],
        &["new", "no-such-scenario"],
        &["simulate"],
        &["simulate", "a", "--trace", "1"],
        &["simulate", "a", "--seed", "-1"],
        &["simulate", "a", "--duration", "soon"],
        &["simulate", "a", "--duration", "0s"],
        &["simulate", "a", "--replications", "0"],
        &["simulate", "a", "--until-ci", "0.01"],
        &["sweep", "a"],
        &["sweep", "a", "--set"],
        &["sweep", "a", "--set", "b.c=1..2:2", "--seed", "1"],
        &["compare", "a"],
        &["compare", "a", "b", "c"],
        &["compare", "-", "-"],
        &["compare", "a", "b", "--replications", "1"],
        &["help", "no-such-kind"],
    ] {
        let output = loadscape(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains("loadscape "),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn help_reads_the_catalog() {
    let output = text(&loadscape(&["help", "clients"]).stdout);
    assert!(output.contains("request_rate"), "{output}");
    assert!(text(&loadscape(&["kinds"]).stdout).contains("sql_primary"));
}

/// A worker whose work fails once in ten times.
const FAILING_LATER: &str = r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
    "classes": [{"id": 1, "name": "message", "operation": "asynchronous", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0, "priority": 0}],
    "components": [
    {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 10}},
    {"id": 2, "kind": "service", "name": "service", "position": {"x": 200, "y": 0}},
    {"id": 3, "kind": "queue", "name": "queue", "position": {"x": 400, "y": 0}},
    {"id": 4, "kind": "worker", "name": "worker", "position": {"x": 600, "y": 0}, "parameters": {"error_share": 0.1}}],
    "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}, {"id": 3, "from": 3, "to": 4}]}"#;

#[test]
fn the_page_about_json_names_every_field_and_no_other() {
    let page = include_str!("../../../docs/solve-output.md");
    let mut found = std::collections::BTreeSet::new();
    let saturated = single_station(4.0).replace("\"request_rate\": 0.8", "\"request_rate\": 2");
    let solve = |path: std::path::PathBuf| loadscape(&["solve", path.to_str().unwrap(), "--json"]);
    let mut outputs = vec![
        solve(file("saturated.json", &saturated)),
        solve(file("failing-later.json", FAILING_LATER)),
    ];
    for name in loadscape_sim::builtin::builtin() {
        let path = file(&format!("page-{}.json", name.name), name.text());
        outputs.push(loadscape(&["solve", path.to_str().unwrap(), "--json"]));
    }
    for output in outputs {
        let result: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("--json prints JSON");
        fields(&result, &mut found);
    }
    check_page(page, &found);
}
