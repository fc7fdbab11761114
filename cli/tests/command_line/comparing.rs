//! `compare`.

use crate::support::{file, loadscape, piped, result, single_station, text};

fn slower(milliseconds: u32) -> String {
    single_station(9.0).replace(
        "\"service_time\": 1000",
        &format!("\"service_time\": {milliseconds}"),
    )
}

#[test]
fn the_faster_server_is_better_and_common_numbers_narrow_the_interval() {
    let (a, b) = (
        file("slower.json", &slower(1000)),
        file("faster.json", &slower(900)),
    );
    let output = loadscape(&[
        "compare",
        a.to_str().unwrap(),
        b.to_str().unwrap(),
        "--duration",
        "50h",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result = result(&output);
    let mean = &result["differences"][0];
    assert_eq!(mean["what"], "mean");
    assert_eq!(mean["verdict"], "b");
    // M/M/1: 5 s against 1 / (1/0.9 − 0.8) s.
    let exact = 1.0 / (1.0 / 0.9 - 0.8) - 5.0;
    let (difference, half_width) = (
        mean["difference"].as_f64().unwrap(),
        mean["half_width"].as_f64().unwrap(),
    );
    assert!((difference - exact).abs() < 2.0 * half_width, "{mean}");
    assert!(mean["narrower_by"].as_f64().unwrap() > 0.1, "{mean}");
    let goodput = &result["differences"][3];
    assert_eq!(goodput["what"], "goodput");
    assert_ne!(goodput["verdict"], "a", "{goodput}");
}

#[test]
fn a_design_is_the_same_as_itself() {
    let path = file("itself.json", &slower(1000));
    let path = path.to_str().unwrap();
    let output = loadscape(&[
        "compare",
        path,
        path,
        "--duration",
        "3h",
        "--replications",
        "2",
    ]);
    let printed = text(&output.stdout);
    assert!(!printed.contains("is better"), "{printed}");
    assert!(printed.contains("The same in both: job mean"), "{printed}");
}

#[test]
fn a_missed_objective_of_either_ends_with_1_and_a_bad_file_with_2() {
    let (good, bad) = (
        file("good.json", &slower(500)),
        file("late.json", &slower(1200)),
    );
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let missed = loadscape(&["compare", good, bad, "--duration", "10h"]);
    assert_eq!(missed.status.code(), Some(1), "{}", text(&missed.stdout));
    let broken = loadscape(&["compare", good, "no-such-file.json"]);
    assert_eq!(broken.status.code(), Some(2));
    let strange = single_station(9.0).replace("\"name\": \"job\"", "\"name\": \"other\"");
    let strange = piped(
        &["compare", good, "-", "--duration", "10m"],
        strange.as_bytes(),
    );
    assert_eq!(strange.status.code(), Some(2));
    assert!(text(&strange.stderr).contains("the same name"));
}

#[test]
fn a_server_that_turns_requests_away_is_not_faster_for_it() {
    let nobody_waits = slower(1000).replace("\"servers\": 1,", "\"servers\": 1, \"capacity\": 1,");
    let (a, b) = (
        file("whoever_waits.json", &slower(1000)),
        file("nobody_waits.json", &nobody_waits),
    );
    let arguments = |last: &'static [&'static str]| {
        let mut all = vec!["compare", a.to_str().unwrap(), b.to_str().unwrap()];
        all.extend(["--duration", "10h"]);
        all.extend(last);
        loadscape(&all)
    };
    let result = result(&arguments(&["--json"]));
    let mean = &result["differences"][0];
    assert_eq!(mean["verdict"], "incomparable", "{mean}");
    assert!(mean["difference"].as_f64().unwrap() < 0.0, "{mean}");
    // Erlang's loss formula of one server: 1 / (1 + 0.8) are let in.
    let well = mean["answered_well"].as_f64().unwrap();
    assert!((well - 1.0 / 1.8).abs() < 0.005, "{mean}");
    let goodput = &result["differences"][3];
    assert_eq!(goodput["verdict"], "a", "{goodput}");
    assert!(goodput.get("answered_well").is_none(), "{goodput}");
    let printed = arguments(&[]);
    let printed = text(&printed.stdout);
    assert!(
        printed.contains("can't be compared: B answers only 5"),
        "{printed}"
    );
    assert!(printed.contains("fewer well: job mean"), "{printed}");
    assert!(!printed.contains("B is better at"), "{printed}");
}

#[test]
fn what_a_change_does_not_touch_is_the_same() {
    let alone = single_station(9.0);
    // Others who come to another station: nothing of theirs meets the jobs.
    let others = r#""components": [
        { "id": 51, "kind": "station", "name": "Elsewhere", "position": { "x": 300, "y": 900 } },
        { "id": 50, "kind": "clients", "name": "Others", "position": { "x": 0, "y": 900 },
          "parameters": { "request_rate": 3, "client_round_trip": 0 }, "mix": [[2, 1]] },"#;
    let beside = alone
        .replace(r#""components": ["#, others)
        .replace(r#""arrival_pattern": "poisson" } }"#, r#""arrival_pattern": "poisson" }, "mix": [[1, 1]] }"#)
        .replace(
            r#""classes": ["#,
            r#""classes": [ { "id": 2, "name": "other", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0 },"#,
        )
        .replace(r#""links": ["#, r#""links": [ { "id": 9, "from": 50, "to": 51, "classes": [2] },"#);
    let (a, b) = (file("alone.json", &alone), file("beside.json", &beside));
    for duration in ["300s", "1000s", "2h"] {
        let output = loadscape(&[
            "compare",
            a.to_str().unwrap(),
            b.to_str().unwrap(),
            "--duration",
            duration,
            "--json",
        ]);
        let result = result(&output);
        assert_eq!(
            result["b"]["problems"].as_array().map(Vec::len),
            Some(0),
            "{result}"
        );
        let own = result["differences"].as_array().unwrap();
        let own = own.iter().filter(|row| row["class"] == "job");
        let known: Vec<_> = own.filter(|row| row["a"].is_number()).collect();
        assert!(known.len() >= 2, "{result}");
        for row in known {
            assert_eq!(row["verdict"], "same", "{duration}: {row}");
            assert_eq!(
                (&row["difference"], &row["half_width"]),
                (&0.0.into(), &0.0.into())
            );
        }
    }
}
