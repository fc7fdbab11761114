//! Cases that have a scenario file: which figure of the findings answers which of the case's.

use super::cases::{Known, Standing, folder};
use super::figures::{Model, Reading, scaled, shifted};
use loadscape_sim::des::{Estimate, Findings};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::read;

/// The model of the case's file; none when it has no file.
///
/// # Panics
/// When the file isn't a scenario: it is the repository's own.
pub fn models(known: &Known) -> Vec<Model> {
    let path = folder()
        .join("scenarios")
        .join(format!("{}.json", known.id));
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let reading = read(&text);
    assert!(
        reading.problems.is_empty(),
        "{}: {:?}",
        known.id,
        reading.problems
    );
    let scenario = reading.scenario.expect("a scenario");
    let readings = known
        .expected
        .iter()
        .filter(|(name, _)| is_answered(&known.id, name))
        .map(|(name, _)| {
            let (id, figure) = (known.id.clone(), name.clone());
            Reading::new(name, standing(known, name), move |findings| {
                read_figure(&id, &figure, findings)
            })
        })
        .collect();
    vec![Model {
        compiled: compile(&scenario),
        readings,
    }]
}

fn is_answered(id: &str, figure: &str) -> bool {
    !matches!(
        figure,
        "R_independent_bound" | "R_lower_bound" | "T_given_size_3" | "ci95"
    ) && (!figure.starts_with("wait_") || id.starts_with("md1"))
}

fn standing(known: &Known, figure: &str) -> Standing {
    match known.kind.as_str() {
        _ if figure == "R_nelson_tantawi" => Standing::Approximate,
        "mc" => Standing::Simulated,
        "approx" | "fluid" => Standing::Approximate,
        _ => Standing::Exact,
    }
}

/// What a run of the case's scenario says for one of its figures.
fn read_figure(id: &str, figure: &str, findings: &Findings) -> Option<Estimate> {
    let station = |index: usize| findings.stations.get(index);
    let first = station(0)?;
    let class = |index: usize| findings.classes.get(index);
    let quantiles = class(0)?.quantiles;
    let rate = |index: usize| class(index)?.throughput;
    let mean = |index: usize| class(index)?.mean;
    // A constant service time makes the wait's quantiles those of the response, less that constant.
    let wait = |quantile: Option<Estimate>| shifted(quantile, -first.service?.value);
    match (id, figure) {
        (_, "wait_p50") => wait(quantiles.p50),
        (_, "wait_p95") => wait(quantiles.p95),
        (_, "wait_p99") => wait(quantiles.p99),
        ("mc-md4-0.8" | "mc-ggc-4", "value") => first.waiting,
        (_, "value") => mean(0),
        ("forkjoin-line-basic_open", "R1") => first.sojourn,
        ("forkjoin-line-basic_open", "R2") => station(1)?.sojourn,
        ("forkjoin-line-basic_open", "L1") => first.present,
        ("forkjoin-line-basic_open", "L2") => station(1)?.present,
        // Rate times the think times that the case gives (Little).
        ("mva-bcmp-line", "Q_delay1") => scaled(rate(0), 2.0 / 3.0),
        ("mva-bcmp-line", "Q_delay2") => scaled(rate(1), 13.0 / 60.0),
        ("mva-multiclass-allen-pdq", "U2") => station(1)?.utilisation,
        ("mva-multiclass-allen-pdq", "U3") => station(2)?.utilisation,
        ("mva-multiclass-allen-pdq", "Q2") => station(1)?.present,
        ("mva-multiclass-allen-pdq", "Q3") => station(2)?.present,
        (_, "U_max") => findings
            .stations
            .iter()
            .filter_map(|station| station.utilisation)
            .max_by(|one, other| one.value.total_cmp(&other.value)),
        (_, "rho" | "util" | "U" | "U1") => first.utilisation,
        (_, "L" | "Q" | "Q1") => first.present,
        (_, "Lq") => first.queue_length,
        (_, "Wq" | "Wq_mean") => first.waiting,
        (_, "W" | "T" | "R" | "W_total" | "mean" | "R_nelson_tantawi") => mean(0),
        (_, "p50") => quantiles.p50,
        (_, "p95") => quantiles.p95,
        (_, "p99") => quantiles.p99,
        (_, "p999") => quantiles.p999,
        (_, "P_wait") => first.wait_probability,
        (_, "P_block") => first.loss,
        (_, "carried") => first.busy,
        (_, "throughput" | "X" | "X_term1" | "X1") => rate(0),
        (_, "X_term2" | "X2") => rate(1),
        (_, "X_batch") => rate(2),
        (_, "p0") => shifted(scaled(first.utilisation, -1.0), 1.0),
        // The case's mean service time is 1.
        (_, "slowdown") => first.sojourn,
        (_, "W_lb" | "R_single") => first.sojourn,
        (_, "W_pool") => station(1)?.sojourn,
        (_, "W_db") => station(2)?.sojourn,
        (_, "P_wait_pool") => station(1)?.wait_probability,
        (_, "P_wait_db") => station(2)?.wait_probability,
        (_, "N_total") => findings.classes.first()?.in_flight,
        (_, "R_term1" | "R1") => mean(0),
        (_, "R_term2" | "R2") => mean(1),
        (_, "R_batch") => mean(2),
        (_, "Wq_hi") => *first.waiting_by_class.first()?,
        (_, "Wq_lo") => *first.waiting_by_class.get(1)?,
        _ => None,
    }
}
