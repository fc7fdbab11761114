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

#[test]
fn classes_links_mixes_and_calls_are_swept_as_the_changed_file_is_solved() {
    let document = include_str!("../../../sim/scenarios/stage-2.json");
    let path = file("swept-stage-2.json", document);
    let path = path.to_str().unwrap();
    let swept = |set: &str| {
        let output = loadscape(&["sweep", path, "--set", set, "--json"]);
        assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
        result(&output)
    };
    let solved = |changed: &serde_json::Value| {
        let changed = file("swept-stage-2-changed.json", &changed.to_string());
        result(&loadscape(&["solve", changed.to_str().unwrap(), "--json"]))
    };
    let original: serde_json::Value = serde_json::from_str(document).unwrap();
    let place = |list: &str, name: &str| {
        let all = original[list].as_array().unwrap();
        all.iter().position(|own| own["name"] == name).unwrap()
    };
    let (class, users) = (place("classes", "View post"), place("components", "Users"));
    let id = |name: &str| original["components"][place("components", name)]["id"].clone();
    let links = original["links"].as_array().unwrap();
    let ends = (id("Users"), id("Load balancer"));
    let link = links
        .iter()
        .position(|own| (&own["from"], &own["to"]) == (&ends.0, &ends.1))
        .unwrap();
    type Change = Box<dyn Fn(&mut serde_json::Value, f64)>;
    let shares: Vec<serde_json::Value> = original["classes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| serde_json::json!([own["id"], own["share"]]))
        .collect();
    let settings: [(&str, &str, Change); 3] = [
        (
            "class:View post.response_size",
            "10kB..1MB:3:log",
            Box::new(move |file, value| file["classes"][class]["response_bytes"] = value.into()),
        ),
        (
            "Users->Load balancer.round_trip",
            "1ms..0.2s:3",
            Box::new(move |file, value| {
                file["links"][link]["round_trip_seconds"] = (value / 1e3).into();
            }),
        ),
        (
            "Users[View post].share",
            "1..99:3",
            Box::new(move |file, value| {
                let mut mix = shares.clone();
                mix[class][1] = value.into();
                file["components"][users]["mix"] = mix.into();
            }),
        ),
    ];
    for (name, values, change) in settings {
        let swept = swept(&format!("{name}={values}"));
        let points = swept["points"].as_array().unwrap();
        assert_eq!(points.len(), 3);
        let mut figures = Vec::new();
        for point in points {
            let value = point["values"][name].as_f64().unwrap();
            let mut changed = original.clone();
            change(&mut changed, value);
            let report = solved(&changed);
            let mean = &report["report"]["classes"][class]["latency"]["mean"];
            assert_eq!(
                point["classes"][class]["times"]["mean"], *mean,
                "{name} {value}"
            );
            assert_eq!(
                point["cost"], report["report"]["cost"]["total"],
                "{name} {value}"
            );
            figures.push((mean.as_f64(), point["cost"].as_f64()));
        }
        assert_ne!(figures[0], figures[2], "{name}");
    }
}

#[test]
fn what_only_a_run_depends_on_is_pointed_out_where_nothing_is_run() {
    let output = sweep(&["--set", "class:nobody.keys=1..2:2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("there are 'job'"),
        "{}",
        text(&output.stderr)
    );
    let document = include_str!("../../../sim/scenarios/stage-4.json");
    let path = file("boots.json", document);
    let path = path.to_str().unwrap();
    let all: serde_json::Value = serde_json::from_str(document).unwrap();
    let parts = all["components"].as_array().unwrap();
    let scales = parts
        .iter()
        .find(|own| own["parameters"]["autoscaling"] == true);
    let name = scales.unwrap()["name"].as_str().unwrap();
    let set = format!("{name}.boot_time=10..100:2");
    let output = loadscape(&["sweep", path, "--set", &set]);
    assert!(
        text(&output.stderr).contains("add --simulate"),
        "{}",
        text(&output.stderr)
    );
}
