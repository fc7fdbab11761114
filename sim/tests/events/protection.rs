//! Calls with retry budgets, second calls and circuit breakers, against values worked out otherwise.

use crate::build::Build;
use crate::support::run;
use loadscape_sim::des::{CallFindings, Estimate, Simulation};
use loadscape_sim::network::{AttemptRule, Discipline};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{BreakerWindow, CircuitBreaker, Jitter, LinkId, RetryBudget};
use loadscape_sim::units::Seconds;

#[track_caller]
fn agrees(estimate: Option<Estimate>, exact: f64) {
    let estimate = estimate.expect("an estimate");
    let half_width = estimate.half_width.expect("an interval");
    assert!(
        (estimate.value - exact).abs() < 2.0 * half_width + 1e-12,
        "{estimate:?} against {exact}"
    );
    assert!(
        (estimate.value / exact - 1.0).abs() < 0.03,
        "{estimate:?} against {exact}"
    );
}

fn only(simulation: &Simulation) -> CallFindings {
    let calls = simulation.calls();
    assert_eq!(calls.len(), 1);
    calls[0]
}

/// So many requests a second for something that fails with this probability, tried three more times as far as the budget allows.
fn budgeted(rate: f64, failing: f64, budget: Option<RetryBudget>) -> Build {
    let mut build = Build::new();
    let station = build.station(2, 1_000);
    let (serve, fail) = (build.serve(station, 0.01), build.fail(failing));
    let body = build.sequence(vec![serve, fail]);
    let rule = AttemptRule {
        retries: 3,
        budget,
        ..AttemptRule::default()
    };
    let step = build.attempt(body, rule);
    build.source(rate, 1.0, step);
    build
}

#[test]
fn a_budget_bounds_the_load_that_retries_add() {
    // Wald: however retries are chosen, every attempt that is made succeeds with the same probability.
    for (rate, failing, share, minimum, attempts) in [
        (100.0, 1.0, 0.2, 0.0, 1.2),
        (100.0, 1.0, 0.2, 5.0, 1.25),
        (50.0, 0.5, 0.1, 0.0, 1.1),
        // More than is wanted: 1 + 0.1 + 0.01 + 0.001.
        (50.0, 0.1, 0.5, 0.0, 1.111),
    ] {
        let budget = RetryBudget {
            share,
            minimum_per_second: minimum,
        };
        let build = budgeted(rate, failing, Some(budget));
        let mut simulation = build.simulation(1);
        run(&mut simulation, 20_000.0);
        let findings = simulation.findings();
        agrees(findings.stations[0].arrivals, rate * attempts);
        let report = build.solve();
        let solved = report.stations[0].arrival.0;
        assert!((solved / (rate * attempts) - 1.0).abs() < 1e-9, "{solved}");
        let calls = only(&simulation);
        assert!(calls.retries as f64 <= share * calls.calls as f64 + minimum * 20_010.0 + 1.0);
        if failing < 1.0 {
            let good = rate * attempts * (1.0 - failing);
            agrees(findings.classes[0].goodput, good);
            let solved = report.classes[0].goodput.0;
            assert!((solved / good - 1.0).abs() < 1e-9, "{solved}");
        }
    }
    let mut unlimited = budgeted(50.0, 0.5, None).simulation(1);
    run(&mut unlimited, 20_000.0);
    agrees(
        unlimited.findings().stations[0].arrivals,
        50.0 * (1.0 + 0.5 + 0.25 + 0.125),
    );
}

/// Two requests fail at first; how long the answers take is how long was waited.
fn waits(jitter: Jitter) -> Build {
    let mut build = Build::new();
    let fail = build.fail(0.5);
    let rule = AttemptRule {
        retries: 1,
        backoff: Seconds(3.0),
        jitter,
        ..AttemptRule::default()
    };
    let step = build.attempt(fail, rule);
    build.source(10.0, 1.0, step);
    build
}

#[test]
fn jitter_spreads_waits_around_the_same_mean() {
    for (jitter, variance) in [
        (Jitter::Exponential, 9.0),
        (Jitter::None, 0.0),
        (Jitter::Full, 36.0 / 12.0),
        (Jitter::Equal, 4.0 / 12.0),
    ] {
        let build = waits(jitter);
        let mut simulation = build.simulation(3);
        run(&mut simulation, 20_000.0);
        let class = &simulation.findings().classes[0];
        agrees(class.mean, 1.5);
        // A half waits: E[W²] / 2 − (E[W] / 2)².
        let exact: f64 = (9.0 + variance) / 2.0 - 2.25;
        let deviation = class.deviation.unwrap();
        assert!((deviation / exact.sqrt() - 1.0).abs() < 0.01, "{jitter:?}");
        let report = build.solve();
        let latency = report.classes[0].latency.unwrap();
        assert!((latency.mean.0 - 1.5).abs() < 1e-9);
        assert!(
            (latency.deviation.0 / exact.sqrt() - 1.0).abs() < 1e-9,
            "{jitter:?}"
        );
    }
}

/// Exponential service of a second on average, as many at once as come; called once more after this long.
fn hedged(after: f64, rule: AttemptRule, failing: f64) -> Build {
    let mut build = Build::new();
    let station = build.station(2, 1);
    build.network.stations[0].discipline = Discipline::Infinite;
    let (serve, fail) = (build.serve(station, 1.0), build.fail(failing));
    let body = build.sequence(vec![serve, fail]);
    let rule = AttemptRule {
        hedge_after: Some(Seconds(after)),
        ..rule
    };
    let step = build.attempt(body, rule);
    build.source(5.0, 1.0, step);
    build
}

#[test]
fn the_first_of_two_calls_answers() {
    // T = min(X, d + Y): P(T > t) is e^−t up to d and e^(d − 2 t) from there.
    for after in [0.5_f64, 2.0, 3.0] {
        let mut simulation = hedged(after, AttemptRule::default(), 0.0).simulation(1);
        run(&mut simulation, 60_000.0);
        let findings = simulation.findings();
        let late = (-after).exp();
        agrees(findings.classes[0].mean, 1.0 - late / 2.0);
        agrees(findings.stations[0].arrivals, 5.0 * (1.0 + late));
        let p99 = ((1.0_f64 / 0.01).ln() + after) / 2.0;
        agrees(findings.classes[0].quantiles.p99, p99);
        let calls = only(&simulation);
        let share = calls.hedges as f64 / calls.calls as f64;
        assert!((share / late - 1.0).abs() < 0.02, "{share}");
        // The loser runs on.
        agrees(findings.stations[0].present, 5.0 * (1.0 + late));
    }
}

#[test]
fn a_time_out_holds_for_both_calls_together() {
    let rule = AttemptRule {
        timeout: Some(Seconds(2.0)),
        ..AttemptRule::default()
    };
    let mut simulation = hedged(1.0, rule, 0.0).simulation(2);
    run(&mut simulation, 40_000.0);
    let findings = simulation.findings();
    let late = findings.classes[0].failures[0];
    assert_eq!(late.why, LossCause::TimedOut);
    agrees(Some(late.share), (1.0_f64 - 4.0).exp());
    // Without it the first call would have been waited for, too: the second is never made at a time-out that comes first.
    let rule = AttemptRule {
        timeout: Some(Seconds(0.5)),
        ..AttemptRule::default()
    };
    let mut simulation = hedged(1.0, rule, 0.0).simulation(2);
    run(&mut simulation, 1_000.0);
    assert_eq!(only(&simulation).hedges, 0);
}

#[test]
fn a_second_call_helps_against_failures_only_when_it_is_under_way() {
    // The first fails before d: nothing was sent. Else both have to fail.
    let (after, q) = (1.0_f64, 0.3);
    let mut simulation = hedged(after, AttemptRule::default(), q).simulation(4);
    run(&mut simulation, 40_000.0);
    let late = (-after).exp();
    let exact = q * (1.0 - late) + late * q * q;
    agrees(
        Some(simulation.findings().classes[0].failures[0].share),
        exact,
    );
}

/// One request a second by the clock for something that always fails.
fn broken(breaker: CircuitBreaker, failing: f64, scv: f64) -> Build {
    let mut build = Build::new();
    let fail = build.fail(failing);
    let rule = AttemptRule {
        breaker: Some(breaker),
        ..AttemptRule::default()
    };
    let step = build.attempt(fail, rule);
    build.source(1.0, scv, step);
    build
}

const BREAKER: CircuitBreaker = CircuitBreaker {
    failure_share: 0.5,
    window: BreakerWindow::Calls(4),
    minimum_calls: 3,
    open_seconds: 10.0,
    trials: 1,
};

#[test]
fn a_breaker_opens_and_tries_when_worked_out_by_hand() {
    let mut simulation = broken(BREAKER, 1.0, 0.0).simulation(1);
    // Three requests fail within three seconds, nine are stopped, the tenth is a trial and fails, and so on.
    let mut seen = Vec::new();
    for second in 1..=43 {
        run(&mut simulation, f64::from(second) + 0.5);
        let calls = only(&simulation);
        seen.push((calls.calls, calls.stopped, calls.breaker.unwrap().open));
    }
    let first = 43 - seen.last().unwrap().0 as i64;
    assert!((0..=1).contains(&first), "{seen:?}");
    for (calls, stopped, open) in seen {
        let cycles = calls.saturating_sub(3);
        let trials = cycles / 10;
        assert_eq!(stopped, cycles - trials, "{calls}");
        assert_eq!(open, calls >= 3);
    }
    let failures = &simulation.findings().classes[0].failures;
    assert!(
        failures
            .iter()
            .any(|failure| failure.why == LossCause::BreakerOpen)
    );
}

#[test]
fn a_breaker_stays_closed_below_its_share_and_a_run_resumes_with_it_open() {
    let mut healthy = broken(CircuitBreaker::USUAL, 0.2, 1.0).simulation(1);
    run(&mut healthy, 100_000.0);
    let calls = only(&healthy);
    assert_eq!((calls.stopped, calls.breaker.unwrap().opened), (0, 0));
    let mut whole = broken(BREAKER, 0.6, 1.0).simulation(7);
    run(&mut whole, 100.0);
    while !only(&whole).breaker.unwrap().open {
        let next = whole.now() + 0.5;
        run(&mut whole, next);
    }
    let mut resumed = whole.clone();
    run(&mut whole, 5_000.0);
    while !resumed.run_until(5_000.0, 7) {}
    assert_eq!(resumed.findings(), whole.findings());
    assert_eq!(resumed.calls(), whole.calls());
    assert!(only(&whole).breaker.unwrap().opened > 50);
}

#[test]
fn a_drawn_call_is_protected_as_its_plan_says() {
    let mut simulation = crate::support::simulation("tests/events/drawings/protection", 1);
    run(&mut simulation, 200.0);
    let calls = simulation.calls();
    let along = |link: u32| {
        let found = calls.iter().find(|calls| calls.link == Some(LinkId(link)));
        *found.expect("a rule of this link")
    };
    let (search, partner) = (along(2), along(3));
    assert!(search.hedges > 100 && search.timeouts > 10 && search.withheld > 0);
    assert!(search.retries as f64 <= 0.2 * search.calls as f64 + 210.0);
    assert!(partner.stopped > 100 && partner.retries > 100 && partner.hedges == 0);
    assert!(partner.breaker.expect("a breaker").opened > 2);
    // Nothing of it is lost in a file or a link.
    let drawn = crate::support::scenario("tests/events/drawings/protection");
    let text = loadscape_sim::scenario::write(&drawn);
    assert_eq!(
        loadscape_sim::scenario::read(&text).scenario,
        Some(drawn.clone())
    );
    let link = loadscape_sim::share::encode(&drawn);
    let reading = loadscape_sim::share::decode(&link).expect("readable");
    assert_eq!(reading.scenario, Some(drawn));
}
