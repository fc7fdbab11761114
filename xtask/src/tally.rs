//! Adds up what test runners say in their closing lines.

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that ran and kept their promise.
    pub passed: u64,
    /// Tests that ran and did not.
    pub failed: u64,
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds what a line of Rust's test harness says, native or wasm (`test result: ok. 3 passed; 0 failed; …`).
    pub fn read_rust_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        // The verdict before the first count ends in a full stop: "ok. 3 passed; 0 failed".
        let counts = counts.split_once(". ").map_or(counts, |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }

    /// What Playwright's JSON report counted; `None` when it has no counts.
    pub fn from_playwright(report: &serde_json::Value) -> Option<Self> {
        let stats = report.get("stats")?;
        let count = |name: &str| stats.get(name).and_then(serde_json::Value::as_u64);
        let flaky = count("flaky")?;
        let broken = report
            .get("errors")
            .and_then(serde_json::Value::as_array)
            .map_or(0, |errors| errors.len() as u64);
        Some(Self {
            passed: count("expected")?,
            failed: count("unexpected")? + flaky + broken,
        })
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_several_binaries_add_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            tally.read_rust_line(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 5,
                failed: 4
            }
        );
        assert_eq!(tally.to_string(), "5 passed, 4 failed");
    }

    #[test]
    fn a_flaky_browser_test_and_an_error_outside_tests_count_as_failures() {
        let report = serde_json::json!({
            "stats": { "expected": 7, "unexpected": 1, "flaky": 1, "skipped": 2 },
            "errors": [{ "message": "a spec could not be loaded" }],
        });
        assert_eq!(
            Tally::from_playwright(&report),
            Some(Tally {
                passed: 7,
                failed: 3
            })
        );
    }
}
