//! `--until-ci`: how long a run goes on, and what it says when it has to end before.

use crate::simulating::simulated;
use crate::support::{file, loadscape, result, single_station, text};

/// The single station with so many requests a second.
fn at_rate(rate: &str) -> String {
    single_station(60.0).replace(
        "\"request_rate\": 0.8",
        &format!("\"request_rate\": {rate}"),
    )
}

#[test]
fn a_run_that_met_few_ups_and_downs_is_not_sure_of_its_times() {
    // A relaxation time of this station is 90 s: half an hour has twenty of them, twelve hours have 480.
    let told = |duration: &str| {
        let (result, _) = simulated("short.json", &at_rate("0.8"), &["--duration", duration]);
        let is_sure = !result["findings"]["classes"][0]["mean"]["half_width"].is_null();
        let remarks = result["remarks"].to_string();
        (
            is_sure,
            remarks.contains("too short to say how sure its times are: job"),
        )
    };
    assert_eq!(told("30m"), (false, true));
    assert_eq!(told("12h"), (true, false));
}

#[test]
fn a_run_to_which_nobody_has_come_yet_goes_on() {
    // 94 of 100 runs see nobody in the first minute.
    for runs in ["1", "2"] {
        let options = [
            "--duration",
            "60s",
            "--until-ci",
            "10%",
            "--replications",
            runs,
        ];
        let (result, _) = simulated("rare.json", &at_rate("0.001"), &options);
        let simulation = &result["simulation"];
        assert_eq!(simulation["precision"]["reached"], true, "{simulation}");
        assert!(
            simulation["duration"].as_f64().unwrap() > 10_000.0,
            "{simulation}"
        );
        let mean = &result["findings"]["classes"][0]["mean"];
        let half_width = mean["half_width"].as_f64().unwrap();
        assert!(
            half_width <= 0.1 * mean["value"].as_f64().unwrap(),
            "{mean}"
        );
    }
}

#[test]
fn where_nobody_came_it_says_so() {
    let (result, _) = simulated("deserted.json", &at_rate("0.000001"), &["--duration", "1s"]);
    assert_eq!(result["findings"]["events"], 0);
    let remarks = result["remarks"].to_string();
    assert!(remarks.contains("Nobody came within 1 s"), "{remarks}");
    assert!(!remarks.contains("Not settled"), "{remarks}");
}

#[test]
fn an_objective_with_too_few_samples_is_undecided_and_no_success() {
    let hurried = single_station(60.0).replace("mean_at_most_seconds", "p99_at_most_seconds");
    let (result, code) = simulated("open.json", &hurried, &["--duration", "5m"]);
    assert_eq!(code, Some(1));
    let objective = &result["objectives"][0];
    assert_eq!(objective["undecided"], true, "{objective}");
    assert_eq!(objective["met"], false, "{objective}");
    assert!(objective["measured"].is_null(), "{objective}");
    let (result, code) = simulated("decided.json", &hurried, &["--duration", "3h"]);
    assert_eq!(code, Some(0));
    assert_eq!(result["objectives"][0]["undecided"], false);
}

#[test]
fn a_run_without_room_for_all_users_is_not_held_against_theory() {
    let users = single_station(60.0)
        .replace(
            "\"request_rate\": 0.8",
            "\"traffic\": \"closed\", \"users\": 50, \"think_time\": 10",
        )
        .replace("\"service_time\": 1000", "\"service_time\": 10");
    let path = file("cramped.json", &users);
    let path = path.to_str().unwrap();
    let run = |options: &[&str]| {
        let mut arguments = vec!["simulate", path, "--duration", "3h"];
        arguments.extend(options);
        loadscape(&arguments)
    };
    let printed = text(&run(&["--most-in-flight", "10"]).stdout);
    assert!(printed.contains("40 of Arrivals"), "{printed}");
    assert!(
        printed.contains("aren't held against each other"),
        "{printed}"
    );
    for claim in ["agree", "The solver"] {
        assert!(!printed.contains(claim), "{claim}: {printed}");
    }
    let comparison = |options: &[&str]| result(&run(options))["comparison"].clone();
    let figures = comparison(&["--most-in-flight", "10", "--json"]);
    for pair in figures.as_array().unwrap() {
        assert!(
            pair["parts"].is_null() && pair["difference"].is_null(),
            "{pair}"
        );
    }
    let figures = comparison(&["--json"]);
    let compared = |pair: &serde_json::Value| pair["parts"] == false;
    assert!(
        figures.as_array().unwrap().iter().any(compared),
        "{figures}"
    );
}

#[test]
fn one_look_at_a_narrow_interval_does_not_end_a_run() {
    // M/M/1 at 0.1 for 30 hours: within half of its mean from the beginning on.
    let options = ["--duration", "30h", "--until-ci", "50%"];
    let (result, _) = simulated("looks.json", &at_rate("0.1"), &options);
    let simulation = &result["simulation"];
    assert_eq!(simulation["precision"]["reached"], true, "{simulation}");
    assert_eq!(simulation["duration"], 1.5 * 108_000.0);
}

#[test]
fn a_class_of_which_nobody_has_come_yet_is_waited_for() {
    let rare = r#""share": 0.001, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0 },
        { "id": 2, "name": "usual", "operation": "read", "share": 0.999, "request_bytes": 0,"#;
    let scenario = at_rate("0.5").replace(r#""share": 1, "request_bytes": 0,"#, rare);
    let options = ["--duration", "200s", "--until-ci", "40%"];
    let (result, _) = simulated("usual.json", &scenario, &options);
    let precision = &result["simulation"]["precision"];
    assert_eq!(precision["reached"], true, "{precision}");
    for class in result["findings"]["classes"].as_array().unwrap() {
        assert!(class["mean"]["half_width"].is_number(), "{class}");
    }
}
