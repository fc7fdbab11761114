//! Traffic through time: bursts that modulate a Poisson process, and rates that change, against what theory says of them.

use crate::support::run;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::{Arrivals, Bursts, Compiled, Pattern, Profile, RatePoint, compile};
use loadscape_sim::quantities::time;
use loadscape_sim::report::{Assumption, Standing};
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario, read};
use loadscape_sim::steady::{Precision, Solver};
use loadscape_sim::theory::bursts::mean_present;
use loadscape_sim::units::{PerSecond, Seconds};
use std::sync::Arc;

/// Clients before a station of one exponential server that takes this long on average, seconds; 10 µs when it only has to count.
fn before_a_server(arrivals: Arrivals, service: f64) -> Compiled {
    let mut scenario = Scenario::default();
    for (index, kind) in [Kind::Clients, Kind::Station].into_iter().enumerate() {
        let id = ComponentId(index as u32 + 1);
        scenario
            .components
            .push(Component::new(id, kind, "part", Point::default()));
    }
    let (from, to) = (ComponentId(1), ComponentId(2));
    scenario.links.push(Link::new(LinkId(1), from, to));
    let mut set = |component: usize, parameter, value| {
        scenario.components[component]
            .parameters
            .insert(parameter, value);
    };
    set(0, Parameter::ClientRoundTrip, Value::Number(0.0));
    set(1, Parameter::ServiceTime, Value::Number(1e3 * service));
    set(
        1,
        Parameter::ServiceDistribution,
        Value::Choice(Choice::Exponential),
    );
    set(1, Parameter::Servers, Value::Number(1.0));
    let mut compiled = compile(&scenario);
    compiled.network.sources[0].arrivals = arrivals;
    compiled
}

fn open(rate: f64, pattern: Pattern, profile: Profile) -> Arrivals {
    Arrivals::Open {
        peak: PerSecond(rate),
        pattern,
        batch: 1.0,
        trough_share: 1.0,
        profile,
    }
}

fn lines(points: &[(f64, f64)]) -> Profile {
    let points = points.iter().map(|(at, share)| RatePoint {
        at: Seconds(*at),
        share: *share,
    });
    Profile::Lines(points.collect())
}

/// Arrivals in each of these spans, one after the other from time 0; each ends at its time.
fn counts(arrivals: Arrivals, seed: u64, ends: impl Iterator<Item = f64>) -> Vec<f64> {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    // Whoever arrives is served within the microsecond: an event for the arrival and one for the service.
    let mut simulation = Simulation::new(&before_a_server(arrivals, 1e-7), &settings);
    let mut before = 0;
    ends.map(|end| {
        simulation.run_until(end, u64::MAX);
        let arrived = simulation.events().div_ceil(2);
        let new = arrived - before;
        before = arrived;
        new as f64
    })
    .collect()
}

fn mean_and_variance(figures: &[f64]) -> (f64, f64) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}

const BURSTS: Bursts = Bursts {
    factor: 8.0,
    length: Seconds(2.0),
    share: 0.2,
};

#[test]
fn bursts_keep_the_mean_rate_and_disperse_counts_as_their_formula_says() {
    // Fischer & Meier-Hellstern 1993 in the usual symbols: rates λ₁ and λ₂, left at σ₁ and σ₂ a second.
    let rate = 10.0;
    let (calm, burst): (f64, f64) = (10.0 / 2.4, 80.0 / 2.4);
    let (s1, s2) = (0.125, 0.5);
    assert!(((calm * s2 + burst * s1) / (s1 + s2) - rate).abs() < 1e-12);
    let whole = 2.0 * s1 * s2 * (calm - burst) * (calm - burst)
        / ((s1 + s2) * (s1 + s2) * (calm * s2 + burst * s1));
    for span in [0.1, 1.0, 5.0, 50.0] {
        let x = (s1 + s2) * span;
        let exact = 1.0 + whole * (1.0 - (1.0 - f64::exp(-x)) / x);
        assert!((BURSTS.dispersion(rate, span) / exact - 1.0).abs() < 1e-12);
        let spans = if span > 10.0 { 10_000 } else { 40_000 };
        let arrivals = open(rate, Pattern::Bursts(BURSTS), Profile::Constant);
        let ends = (1..=spans).map(|nth| f64::from(nth) * span);
        let (mean, variance) = mean_and_variance(&counts(arrivals, 3, ends));
        let total = span * f64::from(spans);
        // Counts in a long time are close to normal: three standard deviations.
        let deviation = (rate * (1.0 + whole) / total).sqrt();
        assert!(
            (mean / span - rate).abs() < 3.0 * deviation,
            "{mean} in {span}"
        );
        let got = variance / mean;
        assert!(
            (got / exact - 1.0).abs() < 0.06,
            "{span}: {got} for {exact}"
        );
    }
    assert!((BURSTS.dispersion(rate, f64::INFINITY) - 1.0 - whole).abs() < 1e-12);
}

/// Mean number in MMPP(2)/M/1 by the matrix-geometric method (Neuts 1981, chapter 3): levels are numbers present, phases calm and burst; the
/// rate matrix R solves A₀ + R A₁ + R² A₂ = 0, π₀ (B + R A₂) = 0, and the mean is π₀ R (I − R)⁻² 1.
fn mean_number(rates: [f64; 2], ends: [f64; 2], service_rate: f64) -> f64 {
    type Matrix = [[f64; 2]; 2];
    let times = |a: Matrix, b: Matrix| -> Matrix {
        let cell = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
        [[cell(0, 0), cell(0, 1)], [cell(1, 0), cell(1, 1)]]
    };
    let plus = |a: Matrix, b: Matrix| -> Matrix {
        [
            [a[0][0] + b[0][0], a[0][1] + b[0][1]],
            [a[1][0] + b[1][0], a[1][1] + b[1][1]],
        ]
    };
    let inverse = |a: Matrix| -> Matrix {
        let det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
        [
            [a[1][1] / det, -a[0][1] / det],
            [-a[1][0] / det, a[0][0] / det],
        ]
    };
    let minus_identity = |a: Matrix| {
        plus(
            [[1.0, 0.0], [0.0, 1.0]],
            times(a, [[-1.0, 0.0], [0.0, -1.0]]),
        )
    };
    let up: Matrix = [[rates[0], 0.0], [0.0, rates[1]]];
    let down: Matrix = [[service_rate, 0.0], [0.0, service_rate]];
    let empty: Matrix = [
        [-ends[0] - rates[0], ends[0]],
        [ends[1], -ends[1] - rates[1]],
    ];
    let local = plus(empty, [[-service_rate, 0.0], [0.0, -service_rate]]);
    let negated = inverse(times(local, [[-1.0, 0.0], [0.0, -1.0]]));
    let mut r: Matrix = [[0.0; 2]; 2];
    for _ in 0..200_000 {
        r = times(plus(up, times(times(r, r), down)), negated);
    }
    let boundary = plus(empty, times(r, down));
    // π₀ is the left null vector of the boundary.
    let (first, second) = (boundary[1][0], -boundary[0][0]);
    let sums = inverse(minus_identity(r));
    let ones = |a: Matrix| first * (a[0][0] + a[0][1]) + second * (a[1][0] + a[1][1]);
    ones(times(r, times(sums, sums))) / ones(sums)
}

#[test]
fn a_queue_behind_bursts_is_as_long_as_the_matrix_geometric_method_says() {
    // Without bursts it is M/M/1.
    assert!((mean_number([0.8, 0.8], [0.1, 0.3], 1.0) - 4.0).abs() < 1e-9);
    let rate = 0.7;
    for (factor, length, share) in [(5.0, 20.0, 0.1), (3.0, 5.0, 0.3), (20.0, 2.0, 0.05)] {
        let bursts = Bursts {
            factor,
            length: Seconds(length),
            share,
        };
        let rates = bursts.rates().map(|multiple| multiple * rate);
        let exact = mean_number(rates, bursts.ends(), 1.0);
        let arrivals = open(rate, Pattern::Bursts(bursts), Profile::Constant);
        let mut simulation = Simulation::new(&before_a_server(arrivals, 1.0), &Settings::default());
        run(&mut simulation, 1e7);
        let findings = simulation.findings();
        let present = findings.stations[0].present.unwrap();
        println!("{bursts:?}: {exact} {present:?}");
        assert!(findings.stationary && findings.settled);
        assert!(present.relative().unwrap() < 0.05, "{present:?}");
        assert!(
            (present.value - exact).abs() < 2.0 * present.half_width.unwrap(),
            "{exact} {present:?}"
        );
    }
}

#[test]
fn the_solver_is_within_a_third_behind_bursts_and_says_that_it_is_doubtful() {
    for (factor, length, share) in [(5.0, 20.0, 0.1), (3.0, 5.0, 0.3), (20.0, 2.0, 0.05)] {
        let bursts = Bursts {
            factor,
            length: Seconds(length),
            share,
        };
        let rate = 0.7;
        let rates = bursts.rates().map(|multiple| multiple * rate);
        let exact = mean_number(rates, bursts.ends(), 1.0);
        let arrivals = open(rate, Pattern::Bursts(bursts), Profile::Constant);
        let compiled = before_a_server(arrivals, 1.0);
        let report = Solver::new().solve(&Scenario::default(), &compiled, Precision::Fast);
        let solved = report.classes[0].latency.unwrap().mean.0 * rate;
        println!("{bursts:?}: {exact}, solved {solved}");
        assert!(
            (0.67..1.0).contains(&(solved / exact)),
            "{solved} for {exact}"
        );
        let doubt = |assumption: &&Assumption| assumption.rests_on.starts_with("Bursts enter");
        let assumption = report.assumptions.iter().find(doubt).unwrap();
        assert_eq!(assumption.standing, Standing::Doubtful);
    }
}

#[test]
fn what_the_solver_says_of_bursts_that_last_is_as_large_as_the_matrix_geometric_method_says() {
    let rate = 0.7;
    for (factor, length, share) in [(5.0, 20.0, 0.1), (4.0, 500.0, 0.15), (3.0, 1_000.0, 0.2)] {
        let bursts = Bursts {
            factor,
            length: Seconds(length),
            share,
        };
        let rates = bursts.rates().map(|multiple| multiple * rate);
        let exact = mean_number(rates, bursts.ends(), 1.0);
        let formula = mean_present(rates, bursts.ends(), 1.0).unwrap();
        assert!((formula / exact - 1.0).abs() < 1e-6, "{formula} {exact}");
        let arrivals = open(rate, Pattern::Bursts(bursts), Profile::Constant);
        let compiled = before_a_server(arrivals, 1.0);
        let report = Solver::new().solve(&Scenario::default(), &compiled, Precision::Fast);
        let solved = report.classes[0].latency.unwrap().mean.0 - 1.0;
        let doubt = |assumption: &&Assumption| assumption.rests_on.starts_with("Bursts enter");
        let said = &report.assumptions.iter().find(doubt).unwrap().because;
        println!("{bursts:?}: {exact}, {said}");
        let both = format!(
            "solved as {}, and would be {} behind",
            time(Seconds(solved)),
            time(Seconds(exact / rate - 1.0))
        );
        assert!(said.contains(&both), "{said}: {both}");
    }
}

/// The integral of a share up to a time in seconds.
type Integral = fn(f64) -> f64;

/// Profiles with, at each second from 1 on, the integral of the share so far, worked out by hand.
fn profiles() -> Vec<(Profile, Integral)> {
    vec![
        (lines(&[(10.0, 0.0), (30.0, 1.0)]), |t| {
            let up = (t - 10.0).clamp(0.0, 20.0);
            up * up / 40.0 + (t - 30.0).max(0.0)
        }),
        (
            lines(&[(20.0, 0.1), (20.0, 1.0), (25.0, 1.0), (25.0, 0.1)]),
            |t| 0.1 * t + 0.9 * (t - 20.0).clamp(0.0, 5.0),
        ),
        (
            Profile::Daily {
                low: 0.2,
                period: Seconds(40.0),
            },
            |t| {
                0.6 * t
                    - 0.4 * f64::sin(t * std::f64::consts::PI / 20.0) * 20.0 / std::f64::consts::PI
            },
        ),
    ]
}

const ROUNDS: u64 = 400;

#[test]
fn poisson_arrivals_of_changing_rate_come_by_its_integral_and_are_poisson() {
    for (profile, integral) in profiles() {
        let rate = 20.0;
        let rounds: Vec<Vec<f64>> = (0..ROUNDS)
            .map(|seed| {
                let arrivals = open(rate, Pattern::POISSON, profile.clone());
                counts(arrivals, 100 + seed, (1..=40).map(f64::from))
            })
            .collect();
        let mut squares = 0.0;
        for second in 0..40 {
            let expected = rate * (integral(second as f64 + 1.0) - integral(second as f64));
            let seen: Vec<f64> = rounds.iter().map(|round| round[second]).collect();
            let (mean, variance) = mean_and_variance(&seen);
            let deviation = (expected / ROUNDS as f64).sqrt();
            assert!(
                (mean - expected).abs() <= 4.0 * deviation,
                "{profile:?} in second {second}: {mean} for {expected}"
            );
            if expected > 0.0 {
                squares += variance / expected;
            } else {
                squares += 1.0;
            }
        }
        assert!(
            (squares / 40.0 - 1.0).abs() < 0.05,
            "{profile:?}: {squares}"
        );
    }
}

#[test]
fn clockwork_of_changing_rate_ticks_whenever_the_integral_comes_to_a_whole_number() {
    for (profile, integral) in profiles() {
        let arrivals = open(20.0, Pattern::Renewal { scv: 0.0 }, profile.clone());
        let mut so_far = 0.0;
        let counted = counts(arrivals, 1, (1..=400).map(|tenth| 0.1 * f64::from(tenth)));
        for (tenth, count) in counted.into_iter().enumerate() {
            so_far += count;
            let exact = 20.0 * integral(0.1 * (tenth as f64 + 1.0));
            // Rounding may put a tick at the very end of a tenth on either side.
            let whole = |nudge: f64| (exact + nudge).floor();
            assert!(
                so_far >= whole(-1e-6) && so_far <= whole(1e-6),
                "{profile:?} at {tenth}: {so_far} for {exact}"
            );
        }
    }
}

#[test]
fn gaps_of_changing_rate_vary_as_much_as_those_of_a_constant_one() {
    // In the time of the integral a renewal process is what it is without a profile: a long count disperses as its gaps do.
    let profile = Profile::Daily {
        low: 0.0,
        period: Seconds(10.0),
    };
    let arrivals = open(20.0, Pattern::Renewal { scv: 4.0 }, profile);
    let days = (1..=4_000).map(|day| 100.0 * f64::from(day));
    let (mean, variance) = mean_and_variance(&counts(arrivals, 5, days));
    assert!((mean / 1_000.0 - 1.0).abs() < 0.004, "{mean}");
    assert!(
        (variance / mean / 4.0 - 1.0).abs() < 0.1,
        "{}",
        variance / mean
    );
}

#[test]
fn bursts_come_by_the_clock_while_their_rate_follows_the_profile() {
    // In a time that is short beside a burst the index of dispersion is 1 + rate × E[(multiple − 1)²] × span: the rate's own, at each moment.
    let profile = lines(&[(1_000_000.0, 1.0), (1_000_000.0, 0.25)]);
    let arrivals = || open(8.0, Pattern::Bursts(BURSTS), profile.clone());
    let ends = (1..=20_000).map(|nth| 100.0 * f64::from(nth));
    let counted = counts(arrivals(), 9, ends);
    for (half, rate) in [(&counted[..10_000], 8.0), (&counted[10_000..], 2.0)] {
        let (mean, variance) = mean_and_variance(half);
        let exact = BURSTS.dispersion(rate, 100.0);
        assert!((mean / 100.0 / rate - 1.0).abs() < 0.01, "{mean}");
        let got = variance / mean;
        assert!((got / exact - 1.0).abs() < 0.05, "{got} for {exact}");
    }
}

#[test]
fn replayed_arrivals_come_at_their_moments_and_no_more() {
    let moments: Arc<[Seconds]> = [0.0, 0.25, 0.25, 3.5].map(Seconds).into();
    let arrivals = open(1.0, Pattern::Replayed(moments), Profile::Constant);
    let counted = counts(arrivals, 1, [0.1, 0.2, 0.3, 3.4, 3.6, 1_000.0].into_iter());
    assert_eq!(counted, [1.0, 0.0, 2.0, 0.0, 1.0, 0.0]);
}

#[test]
fn a_source_that_hardly_ever_sends_costs_hardly_any_time() {
    let bursts = Bursts {
        factor: 2.0,
        length: Seconds(1e-3),
        share: 0.5,
    };
    let arrivals = open(1e-9, Pattern::Bursts(bursts), Profile::Constant);
    let mut simulation = Simulation::new(&before_a_server(arrivals, 1.0), &Settings::default());
    // Some sixty ends of bursts are passed in each step, and no more.
    assert!(!simulation.run_until(1e9, 1_000));
    assert!(simulation.now() > 0.0);
}

#[test]
fn a_run_of_changing_traffic_claims_no_steady_state_and_counts_all_of_it() {
    let arrivals = open(50.0, Pattern::POISSON, lines(&[(60.0, 0.2), (60.0, 1.0)]));
    let compiled = before_a_server(arrivals, 0.01);
    let mut simulation = Simulation::new(&compiled, &Settings::default());
    // Before it changes nothing has.
    run(&mut simulation, 59.0);
    assert!(simulation.findings().stationary);
    run(&mut simulation, 97.3);
    let findings = simulation.findings();
    assert!(!findings.stationary && !findings.settled);
    assert_eq!((findings.warm_up, findings.seconds), (0.0, 97.3));
    let class = &findings.classes[0];
    let offered = class.offered.unwrap();
    assert_eq!(offered.half_width, None);
    let expected = (60.0 * 10.0 + 37.3 * 50.0) / 97.3;
    assert!((offered.value / expected - 1.0).abs() < 0.1, "{offered:?}");
    // All of them, to the very last.
    let throughput = class.throughput.unwrap().value * 97.3;
    assert!((throughput - class.answered as f64).abs() < 1e-6);
    assert_eq!(class.quantiles.p50.unwrap().half_width, None);
}

/// Users who think for no time and are refused, or answered, in no time: time goes on nevertheless.
#[test]
fn users_who_ask_again_at_once_let_time_go_on() {
    let refused = r#"{"id": 2, "kind": "service", "parameters": {"queue_limit": 0, "threads": 1, "cores": 1}}"#;
    let (asking, none) = (
        r#"{"id": 1, "from": 1, "to": 2, "round_trip_seconds": 0}"#,
        "",
    );
    for link in [asking, none] {
        let document = format!(
            r#"{{"format_version": 1, "title": "", "notes": "", "components": [
            {{"id": 1, "kind": "clients", "parameters": {{"traffic": "closed", "users": 20, "think_time": 0, "client_round_trip": 0}}}}, {refused}],
            "links": [{link}], "zones": [], "objectives": [],
            "classes": [{{"id": 1, "name": "read", "operation": "read", "share": 1, "request_bytes": 0, "response_bytes": 0, "keys": 1, "zipf_exponent": 0, "priority": 0}}]}}"#
        );
        let scenario = read(&document).scenario.expect("it is readable");
        let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
        simulation.run_until(2.0, 1_000_000);
        assert!(simulation.now() >= 2.0, "{} s", simulation.now());
    }
}
