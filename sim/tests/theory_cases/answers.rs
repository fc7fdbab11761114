//! What the theory says of each case: every quantity that it expects, by name.

use crate::Case;
use loadscape_sim::distribution::Distribution;
use loadscape_sim::theory::balancing::{
    Candidates, RoundRobin, mean_field_sojourn, random_split_sojourn, shortest_of_few,
    shortest_queue_sojourn,
};
use loadscape_sim::theory::cache::{
    Popularity, TimeToLive, fifo_exact, lru, lru_exact, ttl_hit_ratio, warm_up,
};
use loadscape_sim::theory::closed::{Station, asymptotic_bounds, solve};
use loadscape_sim::theory::finite_buffer::FiniteBuffer;
use loadscape_sim::theory::fluid::Backlog;
use loadscape_sim::theory::fork_join::{
    ForkJoin, any_slow, largest_of_exponentials_mean, largest_of_exponentials_quantile,
    two_branches,
};
use loadscape_sim::theory::general_service::{
    DeterministicServer, GeneralMultiServer, SingleServer, allen_cunneen_mean_wait,
    cosmetatos_mean_wait, kingman_mean_wait,
};
use loadscape_sim::theory::multi_server::{LossSystem, MultiServer};
use loadscape_sim::theory::priority::{PriorityClass, non_preemptive_waits};
use loadscape_sim::theory::processor_sharing::SharedServer;
use loadscape_sim::theory::retries::{amplification, layered_amplification, single_server_states};
use loadscape_sim::theory::scalability::Scalability;
use loadscape_sim::theory::staleness::within_versions;
use loadscape_sim::theory::transform::{Outline, Precision, batched, quantiles};
use loadscape_sim::theory::{abandonment, batch, breakdowns, complex::inverse, transient};
use serde_json::Value;

/// Quantities by name.
pub type Answers = Vec<(String, f64)>;

fn named(list: &[(&str, f64)]) -> Answers {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

/// What the theory says of a case: every quantity that it expects; `None` when its group is unknown.
pub fn answer(case: &Case) -> Option<Answers> {
    let group = case.id;
    let is = |prefix: &str| group.starts_with(prefix);
    if is("mm1-transient") {
        return transient_case(case);
    }
    if is("mm1-breakdowns") {
        let (lambda, mu) = (case.number("lam"), case.number("mu"));
        let got =
            breakdowns::interrupted_server(lambda, mu, case.number("mtbf"), case.number("mttr"))?;
        return Some(named(&[
            ("availability", got.availability),
            ("L", got.mean_number),
            ("W", got.mean_sojourn),
            ("W_closed_form", got.mean_sojourn),
        ]));
    }
    if is("mm1k") {
        let queue = FiniteBuffer::new(case.number("lam"), case.number("mu"), 1, case.whole("K"))?;
        return Some(named(&[
            ("P_block", queue.blocking()),
            ("throughput", queue.throughput()),
            ("L", queue.mean_number()),
            ("Lq", queue.mean_queue()),
            ("W", queue.mean_sojourn()?),
            ("Wq", queue.mean_wait()?),
            ("util", queue.utilisation()),
            ("p0", queue.empty_probability()),
        ]));
    }
    if is("mm1-") || is("mmc-") {
        let servers = if case.inputs.get("c").is_some() {
            case.whole("c")
        } else {
            1
        };
        let queue = MultiServer::new(case.number("lam"), case.number("mu"), servers)?;
        return Some(named(&[
            ("rho", queue.utilisation()),
            ("P_wait", queue.wait_probability()),
            ("L", queue.mean_number()),
            ("Lq", queue.mean_queue()),
            ("W", queue.mean_sojourn()),
            ("Wq", queue.mean_wait()),
            ("p50", queue.sojourn_quantile(0.5)?),
            ("p95", queue.sojourn_quantile(0.95)?),
            ("p99", queue.sojourn_quantile(0.99)?),
            ("p999", queue.sojourn_quantile(0.999)?),
            ("wait_p95", queue.wait_quantile(0.95)?),
            ("wait_p99", queue.wait_quantile(0.99)?),
        ]));
    }
    if is("erlangB") {
        let got = LossSystem::new(case.number("offered"), case.whole("c"))?;
        return Some(named(&[
            ("P_block", got.blocking),
            ("carried", got.carried_load),
            ("util", got.utilisation),
        ]));
    }
    if is("md1") {
        let (lambda, service) = (case.number("lam"), case.number("service"));
        let queue = DeterministicServer::new(lambda, service)?;
        let mut answers = single_server(lambda, &Distribution::deterministic(service).ok()?)?;
        answers.extend(named(&[
            ("wait_p50", queue.wait_quantile(0.5)?),
            ("wait_p95", queue.wait_quantile(0.95)?),
            ("wait_p99", queue.wait_quantile(0.99)?),
        ]));
        return Some(answers);
    }
    if is("mg1-") {
        let scv = if case.inputs.get("cv").is_some() {
            case.number("cv").powi(2)
        } else {
            case.number("scv")
        };
        return single_server(
            case.number("lam"),
            &Distribution::gamma(case.number("mean"), scv).ok()?,
        );
    }
    if is("allen-cunneen") {
        let wait = allen_cunneen_mean_wait(
            case.number("lam"),
            1.0 / case.number("mu"),
            case.whole("c"),
            case.number("ca2"),
            case.number("cs2"),
        )?;
        return Some(named(&[("Wq", wait)]));
    }
    if is("kingman") {
        let wait = kingman_mean_wait(
            case.number("lam"),
            case.number("mean"),
            case.number("ca2"),
            case.number("cs2"),
        )?;
        return Some(named(&[("Wq", wait)]));
    }
    if is("jackson") {
        return jackson(case);
    }
    if is("tandem") {
        return tandem(case);
    }
    if is("forkjoin-line") {
        let (lambda, first, second) = (case.number("lam"), case.number("mu1"), case.number("mu2"));
        let (one, two) = (
            MultiServer::new(lambda, first, 1)?,
            MultiServer::new(lambda, second, 1)?,
        );
        return Some(named(&[
            ("R", two_branches(lambda, first, second)?),
            ("L1", one.mean_number()),
            ("L2", two.mean_number()),
            ("R1", one.mean_sojourn()),
            ("R2", two.mean_sojourn()),
        ]));
    }
    if is("forkjoin") || is("mc-forkjoin") {
        let queue = ForkJoin::new(case.number("lam"), case.number("mu"), case.whole("k"))?;
        return Some(named(&[
            ("R", queue.response_time()),
            ("R_single", queue.task_sojourn()),
            ("R_nelson_tantawi", queue.response_time()),
            ("R_independent_bound", queue.independent_bound()),
            ("R_lower_bound", queue.lower_bound()),
            ("value", queue.response_time()),
        ]));
    }
    if is("fanout-noqueue") {
        let k = case.whole("k");
        return Some(named(&[
            ("mean", largest_of_exponentials_mean(k, 1.0)?),
            ("p50", largest_of_exponentials_quantile(k, 1.0, 0.5)?),
            ("p99", largest_of_exponentials_quantile(k, 1.0, 0.99)?),
        ]));
    }
    if is("mva") || is("repairmen") {
        return closed(case);
    }
    rest(case)
}

/// The second half of [`answer`].
fn rest(case: &Case) -> Option<Answers> {
    let is = |prefix: &str| case.id.starts_with(prefix);
    if is("priority") {
        let rates = case.numbers("lam");
        let mean = 1.0 / case.number("mu");
        let classes: Vec<PriorityClass> = rates
            .iter()
            .map(|rate| PriorityClass::exponential(*rate, mean))
            .collect();
        let waits: Option<Vec<f64>> = non_preemptive_waits(&classes)?.into_iter().collect();
        let waits = waits?;
        let overall = waits
            .iter()
            .zip(&rates)
            .map(|(w, rate)| w * rate)
            .sum::<f64>()
            / rates.iter().sum::<f64>();
        return Some(named(&[
            ("Wq_hi", waits[0]),
            ("Wq_lo", waits[1]),
            ("Wq_mean", overall),
        ]));
    }
    if is("ps-mg1") {
        let queue = SharedServer::new(case.number("lam"), case.number("mean"))?;
        return Some(named(&[
            ("T", queue.mean_sojourn()),
            ("slowdown", queue.slowdown()),
            ("T_given_size_3", queue.mean_sojourn_given(3.0)),
        ]));
    }
    if is("erlangA") {
        let (lambda, mu) = (case.number("lam"), case.number("mu"));
        let got =
            abandonment::exponential_patience(lambda, mu, case.whole("c"), case.number("theta"))?;
        return Some(named(&[
            ("P_abandon", got.abandon_probability),
            ("P_wait", got.wait_probability),
            ("Lq", got.mean_queue),
            ("Wq", got.mean_wait),
            ("util", got.utilisation),
        ]));
    }
    if is("batch") {
        let (size, mean) = (case.number("batch"), 1.0 / case.number("mu"));
        let got = batch::batch_arrivals(
            case.number("batch_rate"),
            size,
            size * size,
            mean,
            2.0 * mean * mean,
        )?;
        return Some(named(&[("L", got.mean_number), ("W", got.mean_sojourn)]));
    }
    if is("che-lru") || is("lru-exact") || is("ttl-cache") || is("cache-warmup") {
        return caches(case);
    }
    if is("pow2") {
        let rho = case.number("lam") / case.number("mu");
        return Some(named(&[
            ("T_d1", random_split_sojourn(rho)?),
            ("T_d2", mean_field_sojourn(rho, 2)?),
            ("T_d3", mean_field_sojourn(rho, 3)?),
        ]));
    }
    if is("mc-pow2") {
        // The simulation drew its candidates with replacement.
        let value = shortest_of_few(
            case.number("lam"),
            case.whole("n"),
            case.whole("d"),
            Candidates::WithReplacement,
        )?;
        return Some(named(&[("value", value)]));
    }
    if is("mc-jsq") {
        let rho = case.number("lam_per_server") / case.number("mu");
        return Some(named(&[(
            "value",
            shortest_queue_sojourn(rho, case.whole("n"))?,
        )]));
    }
    if is("roundrobin") {
        let (lambda, mu, n) = (case.number("lam"), case.number("mu"), case.whole("n"));
        let got = RoundRobin::new(lambda, mu, n)?;
        let random = MultiServer::new(lambda / f64::from(n), mu, 1)?;
        return Some(named(&[
            ("sigma", got.wait_probability()),
            ("W_rr", got.mean_sojourn()),
            ("W_rand", random.mean_sojourn()),
        ]));
    }
    if is("tail-at-scale") {
        return Some(named(&[(
            "P_any",
            any_slow(case.number("p_slow"), case.number("n"))?,
        )]));
    }
    if is("retry") {
        return retries(case);
    }
    if is("queue-drain-fluid") {
        let (arrivals, each) = (case.number("arrive"), case.number("per_worker"));
        let backlog = Backlog::new(arrivals, 0.0)?.after(0.0, case.number("outage_s"));
        let after = Backlog::new(arrivals, each * case.number("after_workers"))?;
        return Some(named(&[
            ("backlog", backlog),
            ("drain_rate", -after.growth_rate),
            ("drain_s", after.time_to_drain(backlog)?),
        ]));
    }
    if is("pbs-k-staleness") {
        let versions = case.expected.as_object()?.keys().map(|name| {
            let count = name
                .trim_start_matches("P_within_")
                .trim_end_matches("_versions")
                .parse()
                .ok()?;
            let got = within_versions(case.whole("N"), case.whole("R"), case.whole("W"), count)?;
            Some((name.clone(), got))
        });
        return versions.collect();
    }
    if is("usl") {
        let law = Scalability::new(
            case.number("gamma"),
            case.number("alpha"),
            case.number("beta"),
        )?;
        let mut answers = named(&[("N_peak", law.peak()?)]);
        for nodes in case.numbers("N") {
            answers.push((format!("X_{nodes}"), law.throughput(nodes)?));
        }
        return Some(answers);
    }
    if is("asymptotic-bounds") {
        let got = asymptotic_bounds(&case.numbers("D"), case.number("Z"))?;
        return Some(named(&[
            ("N_star", got.saturation_population),
            ("X_max", got.most_throughput),
            ("R_min", got.least_response_time),
        ]));
    }
    if is("mc-ggc") {
        let service = Distribution::erlang(1.0 / case.number("mu"), 2).ok()?;
        let got = GeneralMultiServer::new(case.number("lam"), 2.0, case.whole("c"), &service)?;
        return Some(named(&[("value", got.mean_wait())]));
    }
    if is("mc-md4") {
        return Some(named(&[(
            "value",
            cosmetatos_mean_wait(case.number("lam"), case.number("service"), case.whole("c"))?,
        )]));
    }
    None
}

fn single_server(arrival_rate: f64, service: &Distribution) -> Option<Answers> {
    let queue = SingleServer::new(arrival_rate, service)?;
    Some(named(&[
        ("rho", queue.utilisation()),
        ("Wq", queue.mean_wait()),
        ("W", queue.mean_sojourn()),
        ("Lq", queue.mean_queue()),
        ("L", queue.mean_number()),
    ]))
}

fn jackson(case: &Case) -> Option<Answers> {
    let rate = case.number("lam");
    let station = |name: &str| {
        let station = &case.inputs[name];
        let mean = station["mean_ms"].as_f64()? / 1000.0;
        MultiServer::new(rate, 1.0 / mean, station["c"].as_u64()? as u32)
    };
    let (lb, pool, db) = (station("lb")?, station("pool")?, station("db")?);
    let total = lb.mean_sojourn() + pool.mean_sojourn() + db.mean_sojourn();
    Some(named(&[
        ("W_lb", lb.mean_sojourn()),
        ("W_pool", pool.mean_sojourn()),
        ("W_db", db.mean_sojourn()),
        ("W_total", total),
        (
            "N_total",
            lb.mean_number() + pool.mean_number() + db.mean_number(),
        ),
        ("P_wait_pool", pool.wait_probability()),
        ("P_wait_db", db.wait_probability()),
    ]))
}

fn tandem(case: &Case) -> Option<Answers> {
    let rate = case.number("lam");
    let (a, b) = (case.number("mu1") - rate, case.number("mu2") - rate);
    let mean = 1.0 / a + 1.0 / b;
    let outline = Outline::new(mean, 1.0 / (a * a) + 1.0 / (b * b));
    let mut out = [0.0; 3];
    let mut transform = batched(|s| inverse(s / a + 1.0) * inverse(s / b + 1.0));
    quantiles(
        &mut transform,
        &outline,
        &[0.5, 0.95, 0.99],
        Precision::Exact,
        &mut out,
    )?;
    Some(named(&[
        ("W", mean),
        ("p50", out[0]),
        ("p95", out[1]),
        ("p99", out[2]),
    ]))
}

fn closed(case: &Case) -> Option<Answers> {
    const STEPS: u64 = 10_000_000;
    if case.id.starts_with("repairmen") {
        let stations = [Station::multi_server(
            case.whole("c"),
            vec![1.0 / case.number("mu")],
        )];
        let got = solve(
            &[case.whole("N")],
            &[1.0 / case.number("think_rate")],
            &stations,
            STEPS,
        )?;
        return Some(named(&[
            ("X", got.throughput[0]),
            ("L", got.number[0][0]),
            ("R", got.response_time[0]),
            ("U", got.utilisation[0]),
        ]));
    }
    let single = case.inputs["N"].is_number();
    let population: Vec<u32> = if single {
        vec![case.whole("N")]
    } else {
        case.numbers("N").into_iter().map(|n| n as u32).collect()
    };
    let think = if single {
        vec![case.number("Z")]
    } else {
        case.numbers("Z")
    };
    let demands: Vec<Vec<f64>> = if single {
        vec![case.numbers("D")]
    } else {
        let rows = case.inputs["D"].as_array()?;
        rows.iter()
            .map(|row| row.as_array()?.iter().map(Value::as_f64).collect())
            .collect::<Option<_>>()?
    };
    let stations: Vec<Station> = (0..demands[0].len())
        .map(|i| Station::queue(demands.iter().map(|class| class[i]).collect()))
        .collect();
    let got = solve(&population, &think, &stations, STEPS)?;
    let mut answers = named(&[
        ("X", got.throughput[0]),
        ("R", got.response_time[0]),
        ("Q", got.number[0][0]),
        ("U", got.utilisation[0]),
        ("U_max", got.utilisation.iter().copied().fold(0.0, f64::max)),
    ]);
    for (i, number) in got.number.iter().enumerate() {
        answers.push((format!("Q{}", i + 1), number.iter().sum()));
        answers.push((format!("U{}", i + 1), got.utilisation[i]));
    }
    for (r, think) in think.iter().enumerate() {
        answers.push((format!("X{}", r + 1), got.throughput[r]));
        answers.push((format!("R{}", r + 1), got.response_time[r]));
        answers.push((format!("Q_delay{}", r + 1), got.throughput[r] * think));
    }
    for (r, name) in ["term1", "term2", "batch"]
        .iter()
        .enumerate()
        .take(population.len())
    {
        answers.push((format!("X_{name}"), got.throughput[r]));
        answers.push((format!("R_{name}"), got.response_time[r]));
    }
    Some(answers)
}

fn caches(case: &Case) -> Option<Answers> {
    if case.id.starts_with("ttl-cache") {
        let (rate, ttl) = (case.number("lam"), case.number("ttl"));
        return Some(named(&[
            (
                "hit_renewing",
                ttl_hit_ratio(rate, ttl, TimeToLive::FromLastUse)?,
            ),
            (
                "hit_fixed_from_miss",
                ttl_hit_ratio(rate, ttl, TimeToLive::FromFetch)?,
            ),
        ]));
    }
    let (items, exponent) = (case.whole("items"), case.number("zipf_alpha"));
    let popularity = Popularity::zipf(u64::from(items), exponent)?;
    if case.id.starts_with("cache-warmup") {
        let rate = case.number("req_per_s");
        let mut answers = Vec::new();
        for elapsed in [1.0, 10.0, 60.0, 300.0] {
            let got = warm_up(&popularity, f64::INFINITY, rate, elapsed)?;
            answers.push((format!("hit_t{elapsed}"), got.hit_ratio));
            answers.push((format!("unique_t{elapsed}"), got.distinct_keys));
        }
        return Some(answers);
    }
    let capacity = case.number("capacity");
    let got = lru(&popularity, capacity)?;
    let mut answers = named(&[
        ("T_C", got.characteristic_requests),
        ("hit_ratio", got.hit_ratio),
        ("hit_che", got.hit_ratio),
        ("hit_ratio_static_top", popularity.top_share(capacity)),
    ]);
    if case.id.starts_with("lru-exact") {
        let weights: Vec<f64> = (1..=items).map(|i| f64::from(i).powf(-exponent)).collect();
        answers.extend(named(&[
            ("hit_lru", lru_exact(&weights, capacity as usize)?),
            ("hit_fifo_rr", fifo_exact(&weights, capacity as usize)?),
        ]));
    }
    Some(answers)
}

fn retries(case: &Case) -> Option<Answers> {
    if case.id.starts_with("retry-amp") {
        let got = amplification(case.number("p_fail"), case.whole("max_retries"))?;
        return Some(named(&[
            ("attempts", got.attempts),
            ("final_fail", got.final_failure),
        ]));
    }
    if case.id.starts_with("retry-5layer") {
        let factor =
            layered_amplification(case.whole("layers"), case.number("attempts_per_layer"))?;
        return Some(named(&[("db_load_factor", factor)]));
    }
    let got = single_server_states(
        case.number("lam"),
        case.number("mu"),
        case.number("timeout_s"),
        case.whole("max_retries"),
    )?;
    // The file writes −1 for "no such state".
    Some(named(&[
        ("good_root", got.healthy.unwrap_or(-1.0)),
        ("unstable_root", got.unstable.unwrap_or(-1.0)),
        ("collapsed_offered", got.collapsed_rate),
        ("metastable", f64::from(u8::from(got.metastable))),
    ]))
}

fn transient_case(case: &Case) -> Option<Answers> {
    let mut answers = Vec::new();
    for elapsed in [1.0, 5.0, 10.0, 50.0] {
        let got = transient::after(case.number("lam"), case.number("mu"), 1, 0, elapsed)?;
        answers.push((format!("L_t{elapsed}"), got.mean_number));
        answers.push((format!("p0_t{elapsed}"), got.empty_probability));
    }
    Some(answers)
}
