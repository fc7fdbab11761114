//! `--service`: measured service times in place of a part's own.

use crate::support::{file, loadscape, result, single_station, text};
use serde_json::Value;
use std::process::Output;

/// Ten times in milliseconds, of which one is far longer than the others.
const TIMES: [f64; 10] = [
    120.0, 150.0, 150.0, 180.0, 210.0, 260.0, 340.0, 480.0, 900.0, 4000.0,
];
/// What [`single_station`] sends, a second.
const RATE: f64 = 0.8;

fn rows() -> String {
    let rows: Vec<String> = TIMES.iter().map(ToString::to_string).collect();
    format!("# from the log\nservice_ms\n{}\n", rows.join("\n"))
}

/// A command on the single station whose server takes the times.
fn measured(command: &[&str], name: &str, options: &[&str]) -> Output {
    let scenario = file(&format!("{name}.json"), &single_station(60.0));
    let service = format!("Server={}", file(&format!("{name}.csv"), &rows()).display());
    let mut all = vec![command[0], scenario.to_str().unwrap()];
    all.extend(&command[1..]);
    all.extend(["--service", &service]);
    all.extend(options);
    loadscape(&all)
}

/// The mean response time of M/G/1 by Pollaczek and Khinchine, seconds: W = E\[S] + λ E\[S²] / (2 (1 − λ E\[S])).
fn pollaczek_khinchine(rate: f64) -> f64 {
    let moment = |order: i32| {
        let powers = TIMES.iter().map(|time| (time / 1e3).powi(order));
        powers.sum::<f64>() / TIMES.len() as f64
    };
    moment(1) + rate * moment(2) / (2.0 * (1.0 - rate * moment(1)))
}

fn class_mean(report: &Value) -> f64 {
    report["classes"][0]["latency"]["mean"].as_f64().unwrap()
}

#[test]
fn solver_and_simulation_take_the_measured_times() {
    let exact = pollaczek_khinchine(RATE);
    let solved = measured(&["solve", "--json"], "measured-solve", &[]);
    assert_eq!(solved.status.code(), Some(0), "{}", text(&solved.stderr));
    let report = &result(&solved)["report"];
    assert!((class_mean(report) / exact - 1.0).abs() < 1e-9, "{report}");
    // c² = 1,735,950 / 679² − 1.
    assert_eq!(
        text(&solved.stderr),
        "Server: 10 measured service times, 679 ms on average with a squared coefficient of variation of 2.77, in place of its own 1 s\n"
    );
    let run = |name: &str| {
        let run = ["simulate", "--json", "--duration", "20d", "--seed", "5"];
        let output = measured(&run, name, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        output
    };
    let output = run("measured-run");
    let simulated = result(&output);
    assert!((class_mean(&simulated["theory"]) / exact - 1.0).abs() < 1e-9);
    let near = |figure: &Value, expected: f64| {
        let value = figure["value"].as_f64().unwrap();
        let half_width = figure["half_width"].as_f64().unwrap();
        assert!(half_width < 0.05 * expected, "{figure}");
        // Two intervals wide: nobody chose this seed.
        assert!(
            (value - expected).abs() < 2.0 * half_width,
            "{figure} {expected}"
        );
    };
    let class = &simulated["findings"]["classes"][0];
    near(&class["mean"], exact);
    let latency = &report["classes"][0]["latency"];
    for figure in ["p95", "p99"] {
        near(
            &class["quantiles"][figure],
            latency[figure].as_f64().unwrap(),
        );
    }
    let station = &simulated["findings"]["stations"][0];
    near(&station["service"], 0.679);
    // The same seed gives the same bytes.
    assert_eq!(output.stdout, run("measured-again").stdout);
}

#[test]
fn many_times_are_grouped_and_the_report_says_so() {
    let scenario = file("measured-many.json", &single_station(60.0));
    let grouped = |count: u32| {
        let rows: String = (1..=count).map(|nth| format!("{}\n", 10 * nth)).collect();
        let rows = file(&format!("measured-{count}.csv"), &format!("ms\n{rows}"));
        let service = format!("Server={}", rows.display());
        let output = loadscape(&[
            "solve",
            scenario.to_str().unwrap(),
            "--service",
            &service,
            "--json",
        ]);
        let report = result(&output)["report"].take();
        let assumptions = report["assumptions"].as_array().unwrap();
        assumptions.iter().any(|assumption| {
            let rests_on = assumption["rests_on"].as_str().unwrap();
            rests_on.contains("measured service times in groups")
        })
    };
    assert!(!grouped(32));
    assert!(grouped(33));
}

#[test]
fn processor_sharing_takes_them_too_and_depends_on_their_mean_alone() {
    let sharing = single_station(60.0).replace(
        "\"servers\": 1,",
        "\"servers\": 1, \"discipline\": \"processor_sharing\",",
    );
    let scenario = file("measured-sharing.json", &sharing);
    let service = format!("2={}", file("measured-sharing.csv", &rows()).display());
    let scenario = scenario.to_str().unwrap();
    let options = ["--service", &service, "--json", "--duration", "20d"];
    let output = loadscape(&[&["simulate", scenario], &options[..]].concat());
    let result = result(&output);
    let exact = 0.679 / (1.0 - RATE * 0.679);
    assert!((class_mean(&result["theory"]) / exact - 1.0).abs() < 1e-9);
    let mean = &result["findings"]["classes"][0]["mean"];
    let off = (mean["value"].as_f64().unwrap() - exact).abs();
    assert!(off < 2.0 * mean["half_width"].as_f64().unwrap(), "{mean}");
}

#[test]
fn a_sweep_takes_them_at_every_point_unless_it_changes_what_they_replace() {
    let set = ["sweep", "--set", "Arrivals.request_rate=0.2..1.2:3"];
    let output = measured(&set, "measured-sweep", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    for (row, rate) in printed.lines().skip(1).zip([0.2, 0.7, 1.2]) {
        let mean: f64 = row.split(',').nth(3).unwrap().parse().unwrap();
        let exact = pollaczek_khinchine(rate);
        assert!((mean / exact - 1.0).abs() < 1e-9, "{row} {exact}");
    }
    let set = ["sweep", "--set", "Server.service_time=1..2:2"];
    let output = measured(&set, "measured-swept", &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("at Server.service_time=1: --service: this changes how long Server works"),
        "{said}"
    );
}

#[test]
fn compare_measures_whichever_design_has_the_part() {
    let own = file("compare-own.json", &single_station(60.0));
    let other = single_station(60.0).replace("\"Server\"", "\"Machine\"");
    let other = file("compare-other.json", &other);
    let times = file("compare.csv", &rows());
    let compare = |names: &[&str]| {
        let words: Vec<String> = names
            .iter()
            .flat_map(|name| {
                [
                    "--service".to_owned(),
                    format!("{name}={}", times.display()),
                ]
            })
            .collect();
        let mut all = vec!["compare", own.to_str().unwrap(), other.to_str().unwrap()];
        all.extend(["--duration", "1h", "--replications", "2"]);
        all.extend(words.iter().map(String::as_str));
        loadscape(&all)
    };
    let one = text(&compare(&["Server"]).stderr);
    assert!(
        one.starts_with("A: Server: 10 measured") && !one.contains("B: "),
        "{one}"
    );
    // Both alike: the same designs under the same random numbers.
    let both = compare(&["Server", "Machine"]);
    let printed = text(&both.stdout);
    assert!(printed.contains("The same in both: job mean"), "{printed}");
    let none = compare(&["Nobody"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("--service: A: there is no component 'Nobody'"));
}

#[test]
fn times_that_cannot_be_taken_say_why_and_where() {
    let scenario = file("unmeasured.json", &single_station(6.0));
    let written = |name: &str, rows: &str| file(name, rows).display().to_string();
    let good = written("unmeasured-good.csv", "0.5\n0.7\n");
    let cases = [
        (
            vec![format!("Nobody={good}")],
            "there is no component 'Nobody'; there are 'Server', 'Arrivals'",
        ),
        (vec![format!("Sever={good}")], "did you mean 'Server'?"),
        (
            vec![format!("Arrivals={good}")],
            "Arrivals has no cores or servers that a file could say the times of; parts that can be measured are 'Server'",
        ),
        (vec!["Server".to_owned()], "write PART=FILE"),
        (
            vec!["Server=/no/such/file".to_owned()],
            "can't read /no/such/file",
        ),
        (
            vec![format!("Server={}", env!("CARGO_TARGET_TMPDIR"))],
            "can't read",
        ),
        (
            vec![format!("Server={good}"), format!("2={good}")],
            "two files say how long Server takes",
        ),
        (
            vec![format!(
                "Server={}",
                written("unmeasured-none.csv", "seconds\n")
            )],
            "there are no times",
        ),
        (
            vec![format!(
                "Server={}",
                written("unmeasured-negative.csv", "seconds\n1\n-1\n")
            )],
            "line 3: -1 isn't a time",
        ),
        (
            vec![format!(
                "Server={}",
                written("unmeasured-nan.csv", "1\nnan\n")
            )],
            "line 2: what isn't finite",
        ),
        (
            vec![format!(
                "Server={}",
                written("unmeasured-large.csv", "1\n1e10\n")
            )],
            "line 2: 1e10 isn't a time",
        ),
        (
            vec![format!(
                "Server={}",
                written("unmeasured-many.csv", &"1\n".repeat(100_001))
            )],
            "line 100001: there are more than 100,000 times",
        ),
    ];
    for (words, said) in cases {
        for command in ["solve", "simulate"] {
            let mut all = vec![command, scenario.to_str().unwrap()];
            words
                .iter()
                .for_each(|word| all.extend(["--service", word]));
            let output = loadscape(&all);
            assert_eq!(output.status.code(), Some(2), "{words:?}");
            assert!(output.stdout.is_empty());
            let error = text(&output.stderr);
            assert!(error.contains(said), "{words:?}: {error}");
        }
    }
}

#[test]
fn a_part_with_several_kinds_of_work_is_refused_with_what_to_do() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("measured-stage-1.json");
    let path = path.to_str().unwrap();
    let new = ["new", "stage-1", "--output", path, "--overwrite"];
    assert!(loadscape(&new).status.success());
    let times = format!(
        "Blog database={}",
        file("measured-stage-1.csv", "0.001\n").display()
    );
    let output = loadscape(&["solve", path, "--service", &times]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("Blog database does several kinds of work ("),
        "{said}"
    );
    assert!(
        said.contains("parts that can be measured are 'Web server'"),
        "{said}"
    );
}
