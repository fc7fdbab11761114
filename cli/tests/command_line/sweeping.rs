//! `sweep`.

use crate::support::{file, loadscape, result, single_station, text};

fn sweep(options: &[&str]) -> std::process::Output {
    let path = file("swept.json", &single_station(6.0));
    let mut arguments = vec!["sweep", path.to_str().unwrap()];
    arguments.extend(options);
    loadscape(&arguments)
}

#[test]
fn every_point_is_a_row_with_the_exact_figures() {
    let output = sweep(&["--set", "Arrivals.request_rate=0.2..0.8:4"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let mut rows = printed.lines();
    assert_eq!(
        rows.next(),
        Some(
            "Arrivals.request_rate,throughput_per_second,goodput_per_second,job.mean_seconds,job.p50_seconds,\
             job.p95_seconds,job.p99_seconds,bottleneck,bottleneck_utilisation,cost_dollars_per_month,objectives_missed"
        )
    );
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 4);
    for (row, rate) in rows.iter().zip([0.2, 0.4, 0.6, 0.8]) {
        let cell = |place: usize| row[place].parse::<f64>().unwrap();
        assert_eq!(cell(0), rate);
        assert!((cell(3) * (1.0 - rate) - 1.0).abs() < 1e-9, "{row:?}");
        assert_eq!(row[7], "Server");
        assert!((cell(8) - rate).abs() < 1e-9, "{row:?}");
    }
}

#[test]
fn several_settings_make_a_grid_of_which_the_last_changes_fastest() {
    let output = sweep(&[
        "--set",
        "2.servers=1..2:2",
        "--set",
        "arrivals.request_rate=0.1..0.4:3:log",
    ]);
    let printed = text(&output.stdout);
    let firsts: Vec<&str> = printed
        .lines()
        .skip(1)
        .map(|row| row.split(",").next().unwrap())
        .collect();
    assert_eq!(firsts, ["1", "1", "1", "2", "2", "2"]);
}

#[test]
fn saturation_leaves_times_empty_and_ends_with_1() {
    let output = sweep(&["--set", "Arrivals.request_rate=0.5..2:2"]);
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    let last: Vec<&str> = printed.lines().last().unwrap().split(',').collect();
    assert_eq!(last[3..7], ["", "", "", ""]);
    assert_eq!(last[10], "1", "{last:?}");
}

#[test]
fn a_point_is_simulated_when_asked_for() {
    let output = sweep(&[
        "--set",
        "Arrivals.request_rate=0.2..0.5:2",
        "--simulate",
        "--duration",
        "100h",
        "--json",
    ]);
    let result = result(&output);
    for (point, rate) in result["points"].as_array().unwrap().iter().zip([0.2, 0.5]) {
        assert_eq!(point["values"]["Arrivals.request_rate"], rate);
        let mean = &point["classes"][0]["simulated"]["mean"];
        let (value, half_width) = (
            mean["value"].as_f64().unwrap(),
            mean["half_width"].as_f64().unwrap(),
        );
        assert!(
            (value - 1.0 / (1.0 - rate)).abs() < 2.0 * half_width,
            "{point}"
        );
        assert_eq!(point["simulation"]["settled"], true);
    }
}

#[test]
fn what_cannot_be_varied_ends_with_2_and_a_remedy() {
    for (setting, remedy) in [
        ("Arrival.request_rate=1..2:2", "did you mean 'Arrivals'?"),
        (
            "Arrivals.request_rat=1..2:2",
            "did you mean 'request_rate'?",
        ),
        ("Server.servers=0..2:2", "allowed is a whole number from"),
        ("Server.servers=1..2", "FROM..TO:STEPS"),
        ("Server.servers=1..100000:100000", ""),
    ] {
        let output = sweep(&[
            "--set",
            setting,
            "--set",
            "Arrivals.request_rate=0.1..0.2:20",
        ]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{setting}: {message}");
        assert!(message.contains(remedy), "{setting}: {message}");
        assert!(output.stdout.is_empty());
    }
    let twice = sweep(&["--set", "2.servers=1", "--set", "Server.servers=2"]);
    assert!(text(&twice.stderr).contains("set twice"));
}

#[test]
fn a_setting_without_effect_is_pointed_out() {
    let output = sweep(&["--set", "Arrivals.burstiness=2..4:2"]);
    assert_eq!(output.status.code(), Some(0));
    let message = text(&output.stderr);
    assert!(message.contains("arrival_pattern=bursty"), "{message}");
    let bursty = sweep(&[
        "--set",
        "Arrivals.burstiness=2..4:2",
        "--set",
        "Arrivals.arrival_pattern=bursty",
    ]);
    assert!(bursty.stderr.is_empty(), "{}", text(&bursty.stderr));
}
