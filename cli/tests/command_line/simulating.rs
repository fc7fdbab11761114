//! `simulate`, and the page about the JSON of all commands that simulate.

use crate::support::{check_page, fields, file, loadscape, result, single_station, text};
use std::path::Path;

pub fn simulated(name: &str, scenario: &str, options: &[&str]) -> (serde_json::Value, Option<i32>) {
    let path = file(name, scenario);
    let mut arguments = vec!["simulate", path.to_str().unwrap(), "--json"];
    arguments.extend(options);
    let output = loadscape(&arguments);
    (result(&output), output.status.code())
}

#[test]
fn the_interval_holds_the_exact_mean_and_the_objective_is_graded_by_it() {
    let (result, code) = simulated("events.json", &single_station(6.0), &["--duration", "20d"]);
    assert_eq!(code, Some(0));
    assert_eq!(result["findings"]["settled"], true);
    let mean = &result["findings"]["classes"][0]["mean"];
    let (value, half_width) = (
        mean["value"].as_f64().unwrap(),
        mean["half_width"].as_f64().unwrap(),
    );
    // Two intervals wide: nobody chose this seed.
    assert!((value - 5.0).abs() < 2.0 * half_width, "{mean}");
    assert!(half_width < 0.25, "{mean}");
    assert!(
        (result["theory"]["classes"][0]["latency"]["mean"]
            .as_f64()
            .unwrap()
            - 5.0)
            .abs()
            < 1e-8
    );
    assert_eq!(result["objectives"][0]["met"], true);
    assert_eq!(result["objectives"][0]["measured"], mean["value"]);
    for pair in result["comparison"].as_array().unwrap() {
        assert_eq!(pair["parts"], false, "{pair}");
    }
    let (result, code) = simulated("missed.json", &single_station(4.0), &["--duration", "20d"]);
    assert_eq!(code, Some(1));
    assert_eq!(result["objectives"][0]["met"], false);
}

#[test]
fn a_seed_gives_the_same_bytes_over_any_number_of_cores() {
    let path = file("bytes.json", &single_station(6.0));
    let run = |seed: &str, threads: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_loadscape"))
            .args(["simulate", path.to_str().unwrap(), "--duration", "3h"])
            .args(["--replications", "5", "--json", "--seed", seed])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the runner starts");
        assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(run("7", "1"), run("7", "4"));
    assert_ne!(run("7", "1"), run("8", "1"));
}

#[test]
fn a_run_goes_on_until_its_means_are_as_precise_as_wanted() {
    let (result, _) = simulated(
        "until.json",
        &single_station(6.0),
        &["--duration", "3h", "--until-ci", "5%"],
    );
    let precision = &result["simulation"]["precision"];
    assert_eq!(precision["reached"], true, "{precision}");
    assert!(precision["widest"].as_f64().unwrap() <= 0.05);
    assert!(result["simulation"]["duration"].as_f64().unwrap() > 10_800.0);
    assert_eq!(result["remarks"], serde_json::json!([]));
}

#[test]
fn overload_is_not_settled_and_the_solver_agrees() {
    let overloaded = single_station(6.0).replace("\"request_rate\": 0.8", "\"request_rate\": 2");
    let path = file("overloaded.json", &overloaded);
    let output = loadscape(&["simulate", path.to_str().unwrap(), "--duration", "3h"]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for said in ["Not settled", "no steady state", "MISSED"] {
        assert!(printed.contains(said), "{said}: {printed}");
    }
}

#[test]
fn too_few_samples_give_no_percentile_and_meet_no_objective() {
    let hurried = single_station(6.0).replace("mean_at_most_seconds", "p99_at_most_seconds");
    let path = file("hurried.json", &hurried);
    let output = loadscape(&["simulate", path.to_str().unwrap(), "--duration", "5m"]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("not enough samples"), "{printed}");
    assert!(printed.contains("not decided: too few"), "{printed}");
    assert!(!printed.contains("MISSED"), "{printed}");
}

#[test]
fn what_is_autoscaled_begins_with_as_many_instances_as_the_load_wants() {
    let stage = loadscape_sim::builtin::builtin()
        .iter()
        .find(|scenario| scenario.name == "stage-4")
        .expect("there is a stage 4");
    let (result, _) = simulated("autoscaled.json", stage.text(), &["--duration", "20s"]);
    let mean = result["comparison"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pair| pair["figure"] == "mean")
        .expect("a mean");
    // From the fewest instances the backlog of the first minutes would stay for hours.
    assert!(mean["difference"].as_f64().unwrap().abs() < 0.05, "{mean}");
}

#[test]
fn where_nobody_sends_it_says_so() {
    let silent = single_station(6.0).replace("\"request_rate\": 0.8", "\"request_rate\": 0");
    let path = file("silent.json", &silent);
    let output = loadscape(&["simulate", path.to_str().unwrap()]);
    assert!(text(&output.stdout).contains("Nobody sends anything"));
}

#[test]
fn a_broken_part_is_reported_and_ends_with_2() {
    let broken = single_station(6.0).replace("\"to\": 2", "\"to\": 7");
    let path = file("broken.json", &broken);
    let output = loadscape(&["simulate", path.to_str().unwrap(), "--duration", "1m"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!output.stderr.is_empty());
    let output = loadscape(&["simulate", "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("loadscape new"));
}

/// The words of a printed result: figures and their units stand for any, and any spaces for one.
fn words(printed: &str) -> String {
    let mut masked = String::new();
    for line in printed.lines() {
        let mut last = "";
        let words = line.split_whitespace().map(|word| {
            let core = word.trim_end_matches([',', ';', '.', ')']);
            let figure = core.trim_start_matches(['+', '−', '<', '(']);
            if !figure.is_empty()
                && figure
                    .chars()
                    .all(|c| c.is_ascii_digit() || ".,".contains(c))
            {
                "#"
            } else {
                word
            }
        });
        for word in words {
            let is_unit = ["ms", "µs", "s", "min", "h", "days"]
                .contains(&word.trim_end_matches([',', ';', '.', ')']));
            if !(last == "#" && is_unit) {
                masked.push_str(word);
                masked.push(' ');
            }
            last = word;
        }
        masked = masked.trim_end().to_owned();
        masked.push('\n');
    }
    masked
}

#[test]
fn people_read_what_they_read_before() {
    // Figures may change with the engine, words only on purpose.
    let path = file("golden.json", &single_station(6.0));
    let path = path.to_str().unwrap();
    let faster = single_station(6.0).replace("\"service_time\": 1000", "\"service_time\": 900");
    let faster = file("golden-faster.json", &faster);
    for (arguments, golden) in [
        (
            &["simulate", path, "--duration", "10d"][..],
            include_str!("golden/simulate.txt"),
        ),
        (
            &[
                "compare",
                path,
                faster.to_str().unwrap(),
                "--duration",
                "10h",
            ],
            include_str!("golden/compare.txt"),
        ),
    ] {
        let output = loadscape(arguments);
        let printed = text(&output.stdout);
        assert_eq!(words(&printed), words(golden), "{printed}");
    }
}

/// The examples of the page, each run as it stands.
fn examples(page: &str) -> Vec<std::process::Output> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let stage = loadscape_sim::builtin::builtin()
        .iter()
        .find(|scenario| scenario.name == "stage-2")
        .expect("there is a stage 2");
    for name in ["stage-2.json", "today.json", "tomorrow.json"] {
        std::fs::write(folder.join(name), stage.text()).expect("the folder is writable");
    }
    let commands = page
        .lines()
        .filter_map(|line| line.strip_prefix("loadscape "));
    commands
        .map(|command| {
            let arguments = command.split('"').enumerate().flat_map(|(place, part)| {
                if place % 2 == 1 {
                    vec![part]
                } else {
                    part.split_whitespace().collect()
                }
            });
            std::process::Command::new(env!("CARGO_BIN_EXE_loadscape"))
                .args(arguments)
                .current_dir(&folder)
                .output()
                .expect("the runner starts")
        })
        .collect()
}

#[test]
fn the_examples_of_the_page_run_and_it_names_every_field_and_no_other() {
    let page = include_str!("../../../docs/simulate-output.md");
    let mut found = std::collections::BTreeSet::new();
    let mut outputs = examples(page);
    assert_eq!(outputs.len(), 3);
    for output in &outputs {
        assert_ne!(output.status.code(), Some(2), "{}", text(&output.stderr));
    }
    let csv = outputs.remove(1);
    assert_eq!(text(&csv.stdout).lines().count(), 1 + 20 * 4);
    let names = text(&csv.stdout);
    for name in names.lines().next().unwrap().split(',') {
        let known = name.split('.').next_back().unwrap();
        assert!(
            page.contains(known)
                || name.contains("p50")
                || name == "Users.request_rate"
                || name == "Read API.instances",
            "{name} isn't described"
        );
    }
    // What fails, and a sweep, have fields of their own.
    let full = single_station(6.0).replace("\"servers\": 1", "\"servers\": 1, \"capacity\": 3");
    let path = file("full.json", &full);
    let path = path.to_str().unwrap();
    outputs.push(loadscape(&[
        "simulate",
        path,
        "--duration",
        "3h",
        "--until-ci",
        "10%",
        "--trace",
        "3",
        "--json",
    ]));
    outputs.push(loadscape(&[
        "sweep",
        path,
        "--set",
        "1.request_rate=0.5..1:2",
        "--simulate",
        "--duration",
        "3h",
        "--json",
    ]));
    let messages = include_str!("../../../sim/tests/events/drawings/messages.json");
    let messages = file("messages.json", messages);
    let messages = messages.to_str().unwrap();
    outputs.push(loadscape(&[
        "simulate",
        messages,
        "--duration",
        "60s",
        "--json",
    ]));
    for (name, drawing) in [
        ("protection.json", PROTECTION),
        ("balancing.json", BALANCING),
        ("failover.json", FAILOVER),
        ("behind.json", BEHIND),
        ("quorums.json", QUORUMS),
        ("untold.json", UNTOLD),
    ] {
        let path = file(name, drawing);
        let path = path.to_str().unwrap();
        outputs.push(loadscape(&[
            "simulate",
            path,
            "--duration",
            "60s",
            "--json",
        ]));
    }
    outputs.push(crowded(&["--json"]));
    let eventful = file("eventful.json", &faulty());
    outputs.push(loadscape(&[
        "simulate",
        eventful.to_str().unwrap(),
        "--json",
    ]));
    for output in outputs {
        let mut result = result(&output);
        // Another page tells of it.
        if let Some(theory) = result.get_mut("theory") {
            *theory = serde_json::Value::Null;
        }
        fields(&result, &mut found);
    }
    found.retain(|name| !name.contains('.'));
    check_page(page, &found);
}

const PROTECTION: &str = include_str!("../../../sim/tests/events/drawings/protection.json");
const FAILOVER: &str = include_str!("../../../sim/tests/events/drawings/failover.json");
const BEHIND: &str = include_str!("../../../sim/tests/events/drawings/behind.json");
/// A cache of the readers, of whom the writers know nothing.
const UNTOLD: &str = r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
    "classes": [{"id": 1, "name": "read", "operation": "read", "share": 0.9, "request_bytes": 0, "response_bytes": 1000, "keys": 100, "zipf_exponent": 0.8, "priority": 0},
                {"id": 2, "name": "write", "operation": "write", "share": 0.1, "request_bytes": 0, "response_bytes": 1000, "keys": 100, "zipf_exponent": 0.8, "priority": 0}],
    "components": [
        {"id": 1, "kind": "clients", "name": "Users", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 50}},
        {"id": 2, "kind": "cdn", "name": "Edge", "position": {"x": 0, "y": 0}},
        {"id": 3, "kind": "service", "name": "Service", "position": {"x": 0, "y": 0}},
        {"id": 4, "kind": "sql_primary", "name": "Database", "position": {"x": 0, "y": 0}}],
    "links": [{"id": 1, "from": 1, "to": 2, "classes": [1]}, {"id": 2, "from": 2, "to": 3, "classes": [1]}, {"id": 3, "from": 3, "to": 4}, {"id": 4, "from": 1, "to": 3, "classes": [2]}]}"#;
/// A store in which one copy of three is written and one is read.
const QUORUMS: &str = r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [],
    "classes": [{"id": 1, "name": "read", "operation": "read", "share": 0.5, "request_bytes": 0, "response_bytes": 0, "keys": 100, "zipf_exponent": 0.8, "priority": 0},
                {"id": 2, "name": "write", "operation": "write", "share": 0.5, "request_bytes": 0, "response_bytes": 0, "keys": 100, "zipf_exponent": 0.8, "priority": 0}],
    "components": [
    {"id": 1, "kind": "clients", "name": "clients", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 100}},
    {"id": 2, "kind": "service", "name": "service", "position": {"x": 300, "y": 0}},
    {"id": 3, "kind": "key_value_store", "name": "store", "position": {"x": 600, "y": 0}, "parameters": {"instances": 3, "replication_factor": 3, "read_quorum": 1, "write_quorum": 1}}],
    "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3}]}"#;
const BALANCING: &str = include_str!("../../../sim/tests/events/drawings/balancing.json");

#[test]
fn what_has_become_of_protected_calls_and_watched_instances_is_told_in_both_forms() {
    let (one, _) = simulated("protected.json", PROTECTION, &["--duration", "60s"]);
    let (two, _) = simulated(
        "protected.json",
        PROTECTION,
        &["--duration", "60s", "--replications", "2"],
    );
    let calls = |result: &serde_json::Value, place: usize, what: &str| {
        result["findings"]["calls"][place][what].as_u64().unwrap()
    };
    // Some 7,200 requests make the first call, and half of them the second.
    assert_eq!(one["findings"]["calls"].as_array().unwrap().len(), 2);
    assert!((6_000..8_000).contains(&calls(&one, 0, "calls")), "{one}");
    for what in ["retries", "hedges", "timeouts"] {
        assert!(calls(&one, 0, what) > 0, "{what}");
    }
    // A budget of a fifth and one a second.
    let allowed = calls(&one, 0, "calls") as f64 * 0.2 + 60.0;
    assert!((calls(&one, 0, "retries") as f64) < 1.1 * allowed);
    let breaker = &one["findings"]["calls"][1]["breaker"];
    let opened = breaker["opened"].as_u64().unwrap();
    assert!(opened == 0 || calls(&one, 1, "stopped") > 0, "{breaker}");
    // Two runs together have made about as many again.
    let both = calls(&two, 0, "calls") as f64 / calls(&one, 0, "calls") as f64;
    assert!((1.9..2.1).contains(&both), "{both}");

    let path = file("protected.json", PROTECTION);
    let path = path.to_str().unwrap();
    let output = loadscape(&["simulate", path, "--duration", "60s"]);
    let table = text(&output.stdout);
    let row = table.lines().find(|line| line.starts_with("Page → Search"));
    let figures: Vec<&str> = row
        .unwrap()
        .split("  ")
        .filter(|cell| !cell.is_empty())
        .collect();
    let cell = |place: usize| figures[place].trim().replace(',', "");
    assert_eq!(cell(1), calls(&one, 0, "calls").to_string(), "{table}");
    assert_eq!(cell(2), calls(&one, 0, "retries").to_string(), "{table}");
    assert_eq!(cell(5), calls(&one, 0, "hedges").to_string(), "{table}");
    let breaker = match opened {
        0 => "never opened".to_owned(),
        1 => "opened once".to_owned(),
        many => format!("opened {many} times"),
    };
    assert!(table.contains(&breaker), "{table}");

    let (watched, _) = simulated("watched.json", BALANCING, &["--duration", "60s"]);
    let watch = &watched["findings"]["watches"][0];
    assert_eq!(watch["component"], 3);
    let ejected = watch["ejected"].as_u64().unwrap();
    assert!(ejected > 0, "{watch}");
    let path = file("watched.json", BALANCING);
    let path = path.to_str().unwrap();
    let output = loadscape(&["simulate", path, "--duration", "60s"]);
    let table = text(&output.stdout);
    let mut lines = table
        .lines()
        .skip_while(|line| !line.starts_with("watched instances"));
    let row = lines.nth(1).unwrap();
    let figures: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        figures[..4],
        ["Page", "0", "0", &ejected.to_string()],
        "{table}"
    );
}

/// More requests than a server can do, and more users than there may be requests.
fn crowded(options: &[&str]) -> std::process::Output {
    let crowded = single_station(6.0)
        .replace("\"request_rate\": 0.8", "\"request_rate\": 20")
        .replace(
            r#"{ "id": 2, "kind": "station""#,
            r#"{ "id": 3, "kind": "clients", "name": "Guests", "position": { "x": 0, "y": 200 },
                 "parameters": { "traffic": "closed", "users": 700, "think_time": 1000 } },
               { "id": 2, "kind": "station""#,
        )
        .replace(
            r#"{ "id": 1, "from": 1, "to": 2 }"#,
            r#"{ "id": 1, "from": 1, "to": 2 }, { "id": 2, "from": 3, "to": 2 }"#,
        );
    let path = file("crowded.json", &crowded);
    let path = path.to_str().unwrap();
    let mut arguments = vec!["simulate", path, "--duration", "10m"];
    arguments.extend(["--most-in-flight", "500"]);
    arguments.extend(options);
    loadscape(&arguments)
}

#[test]
fn what_the_simulation_has_no_room_for_is_told_with_the_remedy() {
    let found = result(&crowded(&["--json"]));
    let unseated = &found["findings"]["unseated"];
    assert_eq!(
        *unseated,
        serde_json::json!([{"component": 3, "users": 200}])
    );
    let failures = found["findings"]["classes"][0]["failures"]
        .as_array()
        .unwrap();
    let beyond = failures
        .iter()
        .find(|failure| failure["why"] == "too_many_in_flight");
    let beyond = beyond.unwrap();
    assert_eq!(beyond["component"], serde_json::Value::Null);
    assert!(beyond["share"]["value"].as_f64().unwrap() > 0.9, "{beyond}");
    let remarks = found["remarks"].as_array().unwrap();
    let said = |words: &str| {
        remarks
            .iter()
            .any(|remark| remark.as_str().unwrap().contains(words))
    };
    assert!(
        said("200 of Guests") && said("those beyond were refused"),
        "{remarks:?}"
    );
    let printed = text(&crowded(&[]).stdout);
    for words in [
        "200 of Guests",
        "in the backlog, beyond what a run holds",
        "--most-in-flight",
        "limit its queue",
    ] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    // With room for all there is nothing to say.
    let (roomy, _) = simulated("roomy.json", &single_station(6.0), &["--duration", "10m"]);
    assert_eq!(roomy["findings"].get("unseated"), None);
    for wrong in ["0", "2097153", "many"] {
        let path = file("roomy.json", &single_station(6.0));
        let path = path.to_str().unwrap();
        let output = loadscape(&["simulate", path, "--most-in-flight", wrong]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("2097152"));
    }
}

#[test]
fn traced_requests_show_where_their_time_went() {
    let (result, _) = simulated(
        "traced.json",
        &single_station(6.0),
        &["--duration", "3h", "--trace", "20"],
    );
    let traces = result["traces"].as_array().unwrap();
    assert_eq!(traces.len(), 20);
    for trace in traces {
        let response = trace["ended"].as_f64().unwrap() - trace["began"].as_f64().unwrap();
        let parts: f64 = trace["spans"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|span| span["activity"] != "visit")
            .map(|span| span["end"].as_f64().unwrap() - span["start"].as_f64().unwrap())
            .sum();
        assert!((response - parts).abs() < 1e-9, "{trace}");
    }
    let path = file("waterfall.json", &single_station(6.0));
    let path = path.to_str().unwrap();
    let output = loadscape(&["simulate", path, "--duration", "3h", "--trace", "2"]);
    let table = text(&output.stdout);
    assert!(table.contains("Request 2: "), "{table}");
    assert!(table.contains("service"), "{table}");
    let output = loadscape(&["simulate", path, "--trace", "none"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--trace 5"));
}

pub fn replayed(name: &str, rows: &str, options: &[&str]) -> (serde_json::Value, Option<i32>) {
    let rows = file(&format!("{name}.csv"), rows);
    let replay = format!("Arrivals={}", rows.display());
    let mut all = vec!["--replay", &replay];
    all.extend(options);
    simulated(&format!("{name}.json"), &single_station(6.0), &all)
}

#[test]
fn replayed_arrivals_come_when_the_file_says_and_end_with_it() {
    let rows: String = (1..=500).map(|nth| format!("{}\n", 2 * nth)).collect();
    let (result, _) = replayed("moments", &format!("seconds\n{rows}"), &[]);
    // Until the last of them is answered.
    let duration = result["simulation"]["duration"].as_f64().unwrap();
    assert!((1000.0..1040.0).contains(&duration), "{duration}");
    assert_eq!(result["findings"]["seconds"], duration);
    assert_eq!(result["findings"]["classes"][0]["answered"], 500);
    assert_eq!(result["findings"]["stationary"], false);
    assert_eq!(result["findings"]["settled"], false);
    let offered = &result["findings"]["classes"][0]["offered"];
    assert_eq!(offered["value"], 500.0 / duration);
    assert!(offered["half_width"].is_null(), "{offered}");
    // The solver sees the mean rate: M/M/1 at 0.5.
    let mean = result["theory"]["classes"][0]["latency"]["mean"].as_f64();
    assert!((mean.unwrap() - 2.0).abs() < 1e-8);
    let remarks = result["remarks"].as_array().unwrap();
    let said = |words: &str| {
        remarks
            .iter()
            .any(|one| one.as_str().unwrap().contains(words))
    };
    assert!(said("Not stationary"), "{remarks:?}");
}

#[test]
fn replayed_rates_are_a_curve_whose_peak_the_solver_sees() {
    let rows = "0,0.2\n1000,0.2\n1001,0.5\n2000,0.5\n";
    let (result, _) = replayed("rates", rows, &["--replications", "8"]);
    assert_eq!(result["simulation"]["duration"], 2000.0);
    let offered = &result["findings"]["classes"][0]["offered"];
    let value = offered["value"].as_f64().unwrap();
    // A thousand seconds at 0.2 and about as many at 0.5, eight times.
    assert!((value / 0.349_925 - 1.0).abs() < 0.06, "{offered}");
    assert!(offered["half_width"].as_f64().unwrap() > 0.0);
    let mean = result["theory"]["classes"][0]["latency"]["mean"].as_f64();
    assert!((mean.unwrap() - 2.0).abs() < 1e-8);
    // A run that goes on after the file goes on at its last rate, as on the page.
    let (result, _) = replayed("longer", rows, &["--duration", "200000s"]);
    let offered = &result["findings"]["classes"][0]["offered"];
    let value = offered["value"].as_f64().unwrap();
    assert!((value / 0.4985 - 1.0).abs() < 0.02, "{offered}");
}

#[test]
fn a_duration_without_a_unit_is_asked_for_one() {
    let scenario = file("unit.json", &single_station(6.0));
    for (option, given) in [
        ("--duration", "10"),
        ("--duration", "1.5"),
        ("--resolution", "2"),
    ] {
        let output = loadscape(&["simulate", scenario.to_str().unwrap(), option, given]);
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        let wanted = format!("{option}: '{given}' has no unit; write it like 10m, 90s or 2h");
        assert!(said.contains(&wanted), "{said}");
    }
}

#[test]
fn a_file_that_cannot_be_replayed_says_why_and_where() {
    let scenario = file("unplayed.json", &single_station(6.0));
    let rows = file("unplayed.csv", "time,rate\n0,5\n10,x\n");
    let good = file("played.csv", "0,5\n");
    let (rows, good) = (rows.display(), good.display());
    for (word, said) in [
        (format!("Arrivals={rows}"), "line 3"),
        (format!("Server={good}"), "sends nothing of its own"),
        (format!("Nobody={good}"), "there is no component"),
        (
            "Arrivals=/no/such/file".to_owned(),
            "can't read /no/such/file",
        ),
        ("Arrivals".to_owned(), "POPULATION=FILE"),
    ] {
        let output = loadscape(&["simulate", scenario.to_str().unwrap(), "--replay", &word]);
        assert_eq!(output.status.code(), Some(2), "{word}");
        let error = text(&output.stderr);
        assert!(error.contains(said), "{word}: {error}");
    }
}

/// The single station with settings of the run and a fault.
fn faulty() -> String {
    single_station(60.0).replacen(
        "\"zones\": [],",
        r#""zones": [], "run": { "seed": 7, "duration_seconds": 40000 },
           "faults": [ { "start_seconds": 10000, "duration_seconds": 300, "component": { "id": 2, "what": "kill" } } ],"#,
        1,
    )
}

#[test]
fn a_run_is_as_the_file_says_unless_the_command_line_says_otherwise() {
    let own = faulty();
    let (as_written, _) = simulated("own.json", &own, &[]);
    let told = ["--seed", "7", "--duration", "40000s"];
    let (as_told, _) = simulated("own.json", &own, &told);
    assert_eq!(as_written, as_told);
    assert_eq!(as_written["simulation"]["seed"], 7);
    assert_eq!(as_written["simulation"]["duration"], 40_000.0);
    let (other, _) = simulated("own.json", &own, &["--seed", "8", "--duration", "20000s"]);
    assert_eq!(other["simulation"]["seed"], 8);
    assert_eq!(other["simulation"]["duration"], 20_000.0);
}

#[test]
fn a_fault_is_shown_with_what_it_cost_and_how_long_it_took_to_recover() {
    let (result, _) = simulated("faulty.json", &faulty(), &["--resolution", "200s"]);
    let findings = &result["findings"];
    assert_eq!(findings["faults"][0]["began_seconds"], 10_000.0);
    assert_eq!(findings["faults"][0]["ended_seconds"], 10_300.0);
    let recovery = &findings["recovery"][0];
    assert_eq!(recovery["before"]["success"], 1.0);
    // Some 240 are turned away in five minutes, and whoever was there is lost.
    let refused = recovery["during"]["refused"].as_f64().unwrap();
    assert!((180.0..300.0).contains(&refused), "{refused}");
    assert_eq!(recovery["after"]["success"], 1.0);
    assert!(
        recovery["recovered_after_seconds"].is_number(),
        "{recovery}"
    );
    let verdict = &findings["verdicts"][0];
    assert_eq!(verdict["number"], 1);
    assert_eq!(verdict["outcome"], "recovered", "{verdict}");
    assert_eq!(verdict["began_seconds"], 10_000.0);
    assert!(verdict["recovered_seconds"].as_f64().unwrap() >= 10_300.0);
    let lost = verdict["lost"].as_f64().unwrap();
    assert!(
        lost >= refused && lost < refused + 60.0,
        "{lost} of {refused}"
    );
    assert_eq!(
        verdict["classes"][0]["during"]["refused"],
        recovery["during"]["refused"]
    );
    let series = &findings["series"];
    assert_eq!(series["resolution_seconds"], 200.0);
    assert_eq!(series["points"], 200);
    assert_eq!(
        series["classes"][0]["offered"].as_array().unwrap().len(),
        200
    );
    let assumptions = result["theory"]["assumptions"].as_array().unwrap();
    assert!(
        assumptions.iter().any(|assumption| assumption["rests_on"]
            .as_str()
            .unwrap()
            .contains("without its faults")),
        "{assumptions:?}"
    );
    let path = file("faulty-table.json", &faulty());
    let table = text(&loadscape(&["simulate", path.to_str().unwrap()]).stdout);
    for part in [
        "Fault 1: Server killed, from 10,000 s to 10,300 s.",
        "  Recovered ",
        " requests failed for it.",
        "before",
        "during",
        "after",
        "requests failed from the first fault on",
        "after the faults were over",
        "There are faults",
        "unreachable",
    ] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
}
