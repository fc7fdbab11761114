//! The cases of `validation/cases.json`, each simulated as far as a simulation can express it, and judged by one stated rule.

use super::figures::{Model, Reading};
use super::{files, moments, networks, on_all_cores, run};
use loadscape_sim::des::Estimate;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// How much a case may cost.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Half-widths that the tolerance should be wide.
    pub half_widths: f64,
    /// Most arrivals and services of one run.
    pub most_events: u64,
}

/// A case as the file has it.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: String,
    pub group: String,
    pub kind: String,
    pub source: String,
    pub inputs: Value,
    pub expected: Vec<(String, f64)>,
    /// Relative error that a simulation is allowed; `None` where the case has none.
    pub tolerance: Option<f64>,
}

/// What a figure's expected value is to the simulated model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The model's own answer.
    Exact,
    /// Another simulation's answer, with its own interval.
    Simulated,
    /// An approximation's answer: only the tolerance is promised.
    Approximate,
    /// The answer to a neighbouring question: only shown.
    Other,
}

/// One figure of a case.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: String,
    pub expected: f64,
    pub standing: Standing,
    /// Simulated; or why it isn't.
    pub simulated: Result<Simulated, &'static str>,
}

/// What a run said.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    pub estimate: Estimate,
    /// Arrivals and ended services, and simulated seconds.
    pub events: u64,
    pub seconds: f64,
}

/// How a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As promised, and the interval holds the expected value.
    Holds,
    /// As promised, though the value lies outside the interval, as one in twenty does.
    Near,
    /// Only shown: nothing is promised.
    Shown,
    /// Not as promised.
    Off,
}

impl Figure {
    /// Relative error (absolute where 0 is expected); `None` when it isn't simulated.
    pub fn error(&self) -> Option<f64> {
        let simulated = self.simulated.as_ref().ok()?;
        let scale = if self.expected == 0.0 {
            1.0
        } else {
            self.expected
        };
        Some((simulated.estimate.value - self.expected) / scale)
    }

    /// The rule. An exact value lies within two half-widths of the estimate (of the hundreds of figures here one in twenty lies outside its
    /// own interval by chance, and one in ten thousand outside two of them), a simulated one within two of both its and ours together. The
    /// estimate lies within the tolerance wherever its half-width is below half of that.
    pub fn verdict(&self, tolerance: Option<f64>, expected_half_width: f64) -> Verdict {
        let (Ok(simulated), Some(error)) = (&self.simulated, self.error()) else {
            return Verdict::Shown;
        };
        if self.standing == Standing::Other {
            return Verdict::Shown;
        }
        let Some(tolerance) = tolerance else {
            return Verdict::Shown;
        };
        let scale = self.expected.abs().max(1e-300);
        let own = simulated.estimate.half_width.unwrap_or(f64::INFINITY) / scale;
        // Times are rounded to 16 digits, which is all the error there is where nothing is random.
        let rounding = 1e-9;
        let half_width = match self.standing {
            Standing::Simulated => f64::hypot(own, expected_half_width / scale),
            _ => own,
        } + rounding;
        let error = error.abs();
        let precise = own <= 0.5 * tolerance;
        let within_tolerance = !precise || error <= tolerance + rounding;
        let promised = match self.standing {
            Standing::Approximate => error <= tolerance + 2.0 * half_width,
            _ => error <= 2.0 * half_width && within_tolerance,
        };
        if !promised || error.is_nan() {
            Verdict::Off
        } else if error <= half_width {
            Verdict::Holds
        } else {
            Verdict::Near
        }
    }
}

/// A case with its figures.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub known: Known,
    pub figures: Vec<Figure>,
}

impl Outcome {
    /// Half the width of the interval that the case itself gives for its value.
    pub fn expected_half_width(&self) -> f64 {
        let given = self.known.expected.iter().find(|(name, _)| name == "ci95");
        given.map_or(0.0, |(_, width)| *width)
    }

    /// Whether a figure is as promised.
    pub fn verdict(&self, figure: &Figure) -> Verdict {
        figure.verdict(self.known.tolerance, self.expected_half_width())
    }
}

/// Where the cases are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("validation")
}

/// All cases of the file.
///
/// # Panics
/// When the file can't be read: it is the repository's own.
pub fn known() -> Vec<Known> {
    let text = std::fs::read_to_string(folder().join("cases.json")).expect("the cases");
    let file: Value = serde_json::from_str(&text).expect("the cases are JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    file["cases"]
        .as_array()
        .expect("a list of cases")
        .iter()
        .map(|case| Known {
            id: text(&case["id"]),
            group: text(&case["group"]),
            kind: text(&case["kind"]),
            source: text(&case["source"]),
            inputs: case["inputs"].clone(),
            expected: case["expected"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
                .collect(),
            tolerance: case["des_rel_tol"].as_f64(),
        })
        .collect()
}

/// Simulates the cases whose ids are wanted.
pub fn simulated(effort: Effort, wanted: &dyn Fn(&str) -> bool) -> Vec<Outcome> {
    let mut known = known();
    known.retain(|case| wanted(&case.id));
    // The longest first would be best; they are not far apart.
    on_all_cores(known.len(), |index| simulate(&known[index], effort))
}

fn simulate(known: &Known, effort: Effort) -> Outcome {
    let mut models = files::models(known);
    models.extend(networks::models(known));
    let goal = known.tolerance.unwrap_or(0.05) / effort.half_widths;
    let mut figures: Vec<Figure> = known
        .expected
        .iter()
        .filter(|(name, _)| name != "ci95")
        .map(|(name, expected)| Figure {
            name: name.clone(),
            expected: *expected,
            standing: Standing::Exact,
            simulated: Err(why_not(known, name)),
        })
        .collect();
    for Model { compiled, readings } in models {
        let wanted = |findings: &_| {
            readings
                .iter()
                .map(|Reading { of, .. }| (of(findings), goal))
                .collect::<Vec<_>>()
        };
        let findings = run::run(&compiled, effort, &wanted);
        for Reading { name, standing, of } in &readings {
            let Some(figure) = figures.iter_mut().find(|figure| figure.name == *name) else {
                continue;
            };
            figure.standing = *standing;
            figure.simulated = match of(&findings) {
                Some(estimate) => Ok(Simulated {
                    estimate,
                    events: findings.events,
                    seconds: findings.seconds,
                }),
                None => Err("too few samples"),
            };
        }
    }
    for (name, simulated) in moments::measured(known) {
        if let Some(figure) = figures.iter_mut().find(|figure| figure.name == name) {
            figure.simulated = Ok(simulated);
        }
    }
    Outcome {
        known: known.clone(),
        figures,
    }
}

/// Why a figure isn't simulated.
fn why_not(known: &Known, figure: &str) -> &'static str {
    let id = known.id.as_str();
    let is = |prefix: &str| id.starts_with(prefix);
    if figure.starts_with("wait_p") {
        return "percentiles are of response times, not of waits alone";
    }
    if matches!(
        figure,
        "R_independent_bound" | "R_lower_bound" | "T_C" | "N_star"
    ) {
        return "a bound or constant of the theory, nothing that happens";
    }
    if is("erlangA") {
        return "nobody leaves a queue before being served (no patience)";
    }
    if is("pow2") {
        return "a balancer looks at two, not at three";
    }
    if is("pbs-k") {
        return "the event simulation counts reads that miss the latest write, not how many writes they miss";
    }
    if is("pbs") {
        return "WARS asks all copies and takes the first answers; the event simulation's reads ask no more copies than they need \
            (`sim/tests/events/quorums.rs` holds those against theory)";
    }
    if is("usl") {
        return "a law fitted to measurements, not a queue";
    }
    if is("retry-fixedpoint") {
        return "a state of the mean-field equation; see the escape times below";
    }
    if is("mc-metastable") || is("mm1-transient") {
        return "see the section on it below";
    }
    "not simulated"
}
