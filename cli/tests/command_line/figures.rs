//! `simulate`: what its figures are of, and how sure they are.

use crate::simulating::{replayed, simulated};
use crate::support::{file, loadscape, result, single_station, text};

#[test]
fn every_replayed_request_is_answered_and_a_population_has_one_file() {
    let rows = "seconds\n1\n2\n3\n4\n5\n";
    let (result, _) = replayed("few-moments", rows, &[]);
    assert_eq!(result["findings"]["classes"][0]["answered"], 5);
    // Whoever says how long gets that.
    let (result, _) = replayed("few-moments", rows, &["--duration", "5s"]);
    assert_eq!(result["simulation"]["duration"], 5.0);
    assert_ne!(result["findings"]["classes"][0]["answered"], 5);
    let path = file("twice.json", &single_station(6.0));
    let rows = format!("Arrivals={}", file("twice.csv", rows).display());
    let twice = ["--replay", rows.as_str(), "--replay", rows.as_str()];
    let output = loadscape(&[&["simulate", path.to_str().unwrap()], &twice[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("two files") && said.contains("Arrivals"),
        "{said}"
    );
}

#[test]
fn runs_that_are_too_short_for_an_interval_have_none_and_longer_ones_are_asked_for() {
    let run = |duration: &str| {
        let more = ["--duration", duration, "--replications", "5"];
        simulated("short.json", &single_station(6.0), &more).0
    };
    let short = run("2000s");
    let quantiles = &short["findings"]["classes"][0]["quantiles"];
    // 1,600 requests each: 80 beyond p95, 16 beyond p99, 8 of all beyond p99.9.
    assert!(quantiles["p50"]["half_width"].is_number(), "{quantiles}");
    for percentile in ["p95", "p99"] {
        let own = &quantiles[percentile];
        assert!(
            own["value"].is_number() && own["half_width"].is_null(),
            "{own}"
        );
    }
    assert!(quantiles["p999"].is_null(), "{quantiles}");
    let remarks = short["remarks"].to_string();
    for said in ["too short for some intervals: job (p95, p99)", "--duration"] {
        assert!(remarks.contains(said), "{remarks}");
    }
    // All leave out the same beginning, a tenth at least.
    let left_out = short["findings"]["warm_up"].as_f64().unwrap();
    assert!((200.0..500.0).contains(&left_out), "{left_out}");
    let long = run("12h");
    let p99 = &long["findings"]["classes"][0]["quantiles"]["p99"];
    assert!(p99["half_width"].is_number(), "{p99}");
}

#[test]
fn going_on_until_it_is_precise_does_not_stop_by_luck() {
    // M/M/1 at 0.8, whose mean is 5 s: 95 of 100 intervals hold it, whichever number of runs they come from (16 of 20 or fewer once in 39).
    let path = file("until.json", &single_station(6.0));
    for runs in ["1", "2", "4"] {
        let held = (0..20).filter(|place| {
            let seed = (5_000 + 20 * place).to_string();
            let output = loadscape(&[
                "simulate",
                path.to_str().unwrap(),
                "--until-ci",
                "5%",
                "--duration",
                "1000s",
                "--replications",
                runs,
                "--seed",
                &seed,
                "--json",
            ]);
            let result = result(&output);
            let mean = &result["findings"]["classes"][0]["mean"];
            let value = mean["value"].as_f64().unwrap();
            let half_width = mean["half_width"].as_f64().unwrap();
            assert!(half_width <= 0.05 * value, "{mean}");
            (value - 5.0).abs() <= half_width
        });
        let held = held.count();
        assert!(held >= 17, "{held} of 20 with {runs} runs");
    }
}

#[test]
fn an_outage_counts_against_success() {
    // A tenth of the time nobody is served.
    let outage = single_station(6.0)
        .replace(
            r#"{ "mean_at_most_seconds": 6 }"#,
            r#"{ "success_at_least": 0.99 }"#,
        )
        .replace(
            r#""zones": []"#,
            r#""zones": [], "faults": [{ "start_seconds": 600, "duration_seconds": 3600, "component": { "id": 2, "what": { "kill": {} } } }]"#,
        );
    let (result, code) = simulated("outage.json", &outage, &["--duration", "10h"]);
    assert_eq!(code, Some(1));
    let graded = &result["objectives"][0];
    let success = graded["measured"].as_f64().unwrap();
    assert!((success - 0.9).abs() < 0.01, "{graded}");
    assert_eq!(result["findings"]["warm_up"], 0.0);
    let path = file("outage.json", &outage);
    let path = path.to_str().unwrap();
    let table = text(&loadscape(&["simulate", path, "--duration", "10h"]).stdout);
    assert!(!table.contains("theory agree"), "{table}");
    assert!(table.contains("run it more often"), "{table}");
    // A run that ends before says so, and is like any other.
    let early = text(&loadscape(&["simulate", path, "--duration", "500s"]).stdout);
    assert!(early.contains("No fault begins"), "{early}");
    let same = text(
        &loadscape(&[
            "compare",
            path,
            path,
            "--duration",
            "10h",
            "--replications",
            "2",
        ])
        .stdout,
    );
    assert!(same.contains("90 % ±") && same.contains("MISSED"), "{same}");
}
