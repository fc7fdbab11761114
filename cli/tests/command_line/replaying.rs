//! `--replay`: which rows of a file are replayed, and that none is left out without a word.

use crate::support::{file, loadscape, result, single_station, text};

#[test]
fn a_damaged_first_row_is_no_heading() {
    let scenario = file("damaged.json", &single_station(6.0));
    for (place, rows, said) in [
        (0, "1.5.2\n2\n3\n", "line 1: \"1.5.2\""),
        (1, "12:00\n13\n", "line 1: \"12:00\""),
        (2, "0.5s\n1\n2\n", "line 1: \"0.5s\""),
        (3, "1e400\n2\n3\n", "line 1: \"1e400\""),
        (4, "time_ms\n2000\n3000\n", "speaks of milliseconds"),
    ] {
        let rows = file(&format!("damaged-{place}.csv"), rows);
        let word = format!("Arrivals={}", rows.display());
        let output = loadscape(&["simulate", scenario.to_str().unwrap(), "--replay", &word]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn how_many_rows_are_replayed_is_said() {
    let scenario = file("counted.json", &single_station(6.0));
    for (name, rows, said) in [
        (
            "moments",
            "time\n1\n2\n3\n",
            "rows replayed as arrivals: 3, the last at 3",
        ),
        (
            "rates",
            "# two\n0,1\n60,1\n",
            "rows replayed as rates: 2, the last at ",
        ),
    ] {
        let rows = file(&format!("counted-{name}.csv"), rows);
        let word = format!("Arrivals={}", rows.display());
        let scenario = scenario.to_str().unwrap();
        let output = loadscape(&["simulate", scenario, "--replay", &word, "--json"]);
        let told = text(&output.stderr);
        assert!(told.contains(&format!("Arrivals: {said}")), "{told}");
        assert!(result(&output)["findings"].is_object());
    }
}
