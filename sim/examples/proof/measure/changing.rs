//! What follows changing traffic: the queue of a day, and an autoscaler on a ramp, each beside an answer that shares nothing with the simulation.

use super::networks::side_by_side;
use super::on_all_cores;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::des::{Estimate, Settings, Simulation, mean};
use loadscape_sim::network::{Arrivals, Pattern, Profile, StationId, compile};
use loadscape_sim::scenario::{Component, ComponentId, Link, LinkId, Point, Scenario};
use loadscape_sim::units::{PerSecond, Seconds};

/// Servers of the day's queue, of which each serves one a second.
pub const SERVERS: u32 = 4;
/// Requests a second at the highest; the lowest is a fifth of it.
pub const PEAK: f64 = 3.8;
const LOW: f64 = 0.2;
/// Length of the day, seconds.
pub const DAY: f64 = 200.0;
/// Queues that are simulated side by side.
const COPIES: u32 = 250;

/// The day's queue a while after the night, when it was empty.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Seconds since the night.
    pub elapsed: f64,
    /// Requests a second at this moment.
    pub rate: f64,
    /// Mean number there: exact, and simulated.
    pub number: (f64, Estimate),
}

fn rate_at(seconds: f64) -> f64 {
    let turn = 2.0 * std::f64::consts::PI * seconds / DAY;
    PEAK * (LOW + (1.0 - LOW) * 0.5 * (1.0 - turn.cos()))
}

/// The mean number of M(t)/M/c at each step of a hundredth of a second over a day from empty: Kolmogorov's forward equations, p′ₙ = λ(t) pₙ₋₁ +
/// min(n + 1, c) pₙ₊₁ − (λ(t) + min(n, c)) pₙ, by the classical Runge–Kutta method, with 600 states.
pub fn exact_course() -> Vec<f64> {
    const STATES: usize = 600;
    const STEP: f64 = 0.01;
    let served = |n: usize| (n as f64).min(f64::from(SERVERS));
    let slope = |p: &[f64], rate: f64| -> Vec<f64> {
        (0..STATES)
            .map(|n| {
                let from_below = if n > 0 { rate * p[n - 1] } else { 0.0 };
                let from_above = if n + 1 < STATES {
                    served(n + 1) * p[n + 1]
                } else {
                    0.0
                };
                let up = if n + 1 < STATES { rate } else { 0.0 };
                from_below + from_above - (up + served(n)) * p[n]
            })
            .collect()
    };
    let along = |p: &[f64], slope: &[f64], step: f64| -> Vec<f64> {
        p.iter()
            .zip(slope)
            .map(|(p, slope)| p + step * slope)
            .collect()
    };
    let mut p = vec![0.0; STATES];
    p[0] = 1.0;
    let mut means = vec![0.0];
    for step in 0..(DAY / STEP).round() as usize {
        let now = step as f64 * STEP;
        let (first, middle, last) = (rate_at(now), rate_at(now + 0.5 * STEP), rate_at(now + STEP));
        let k1 = slope(&p, first);
        let k2 = slope(&along(&p, &k1, 0.5 * STEP), middle);
        let k3 = slope(&along(&p, &k2, 0.5 * STEP), middle);
        let k4 = slope(&along(&p, &k3, STEP), last);
        for n in 0..STATES {
            p[n] += STEP / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n]);
        }
        means.push(p.iter().enumerate().map(|(n, p)| n as f64 * p).sum());
    }
    means
}

/// The day's queue at these times, over 250 times as many independent ones as there are `rounds`.
pub fn day(times: &[f64], rounds: usize) -> Vec<Moment> {
    let arrivals = Arrivals::Open {
        peak: PerSecond(PEAK),
        pattern: Pattern::POISSON,
        batch: 1.0,
        trough_share: LOW,
        profile: Profile::Daily {
            low: LOW,
            period: Seconds(DAY),
        },
    };
    let compiled = side_by_side(COPIES, SERVERS, &arrivals, 1.0);
    let rounds = on_all_cores(rounds, |round| {
        let settings = Settings {
            seed: 1 + round as u64,
            windows: 64,
            window_seconds: Some(DAY),
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compiled, &settings);
        let at = times.iter().map(|time| {
            simulation.run_until(*time, u64::MAX);
            let there: u32 = (0..COPIES)
                .map(|copy| simulation.present(StationId(copy)))
                .sum();
            f64::from(there) / f64::from(COPIES)
        });
        at.collect::<Vec<f64>>()
    });
    let exact = exact_course();
    times
        .iter()
        .enumerate()
        .filter_map(|(place, elapsed)| {
            let figures: Vec<f64> = rounds.iter().map(|round| round[place]).collect();
            let step = (elapsed / DAY * (exact.len() - 1) as f64).round() as usize;
            Some(Moment {
                elapsed: *elapsed,
                rate: rate_at(*elapsed),
                number: (exact[step], mean(&figures)?),
            })
        })
        .collect()
}

/// When an autoscaler's instances changed, seconds, and to how many.
pub type Change = (u32, u32);

const SERVICE: ComponentId = ComponentId(3);
/// Requests a second before and after the ramp, and how long it takes. At 200 in the end twenty instances would be at the very target, where the
/// last request of a minute decides.
pub const RAMP: (f64, f64, f64) = (20.0, 198.0, 3_600.0);
/// Time of a request on one of the two cores of an instance, seconds.
pub const WORK: f64 = 0.1;
/// The utilisation aimed at.
pub const TARGET: f64 = 0.5;
/// Seconds from one point of the autoscaler's window of three to the next, and until an instance serves.
pub const POINT: u32 = 60;
/// See [`POINT`].
pub const BOOT: u32 = 45;
/// How long the ramp is watched, seconds.
pub const WATCHED: u32 = 4_500;

/// What target tracking does on the ramp when requests are a fluid: every minute the work of the last one over the core time there was; where the last
/// three are all above the target, as many instances as would bring the last to it, serving 45 s later. The load never falls.
pub fn by_hand() -> Vec<Change> {
    let (low, high, length) = RAMP;
    // Requests that have come up to a time.
    let come = |time: f64| {
        let rising = time.min(length);
        low * time + (high - low) * (0.5 * rising * rising / length + (time - rising))
    };
    let mut running: u32 = 2;
    let mut changes = vec![(0, running)];
    let mut booting: Option<Change> = None;
    let mut points: Vec<f64> = Vec::new();
    let (mut last, mut core_seconds) = (0, 0.0);
    let cores = 2.0;
    for now in (POINT..=WATCHED).step_by(POINT as usize) {
        if let Some((ready, count)) = booting.filter(|(ready, _)| *ready <= now) {
            core_seconds += cores * f64::from(running) * f64::from(ready - last);
            (last, running, booting) = (ready, count, None);
            changes.push((ready, running));
        }
        core_seconds += cores * f64::from(running) * f64::from(now - last);
        let work = WORK * (come(f64::from(now)) - come(f64::from(now - POINT)));
        points.push(work / core_seconds);
        (last, core_seconds) = (now, 0.0);
        let above = points.len() >= 3
            && points[points.len() - 3..]
                .iter()
                .all(|point| *point > TARGET);
        if above && booting.is_none() {
            let wanted = (f64::from(running) * points[points.len() - 1] / TARGET).ceil() as u32;
            if wanted > running {
                booting = Some((now + BOOT, wanted));
            }
        }
    }
    changes
}

/// The same simulated: requests by clockwork, that take exactly as long.
pub fn simulated() -> Vec<Change> {
    let mut scenario = Scenario::default();
    for (index, kind) in [Kind::Clients, Kind::LoadBalancer, Kind::Service]
        .into_iter()
        .enumerate()
    {
        let id = ComponentId(index as u32 + 1);
        scenario
            .components
            .push(Component::new(id, kind, "part", Point::default()));
    }
    for from in 1..=2 {
        let (one, other) = (ComponentId(from), ComponentId(from + 1));
        scenario.links.push(Link::new(LinkId(from), one, other));
    }
    let number =
        |component: usize, parameter, number| (component, parameter, Value::Number(number));
    let choice =
        |component: usize, parameter, choice| (component, parameter, Value::Choice(choice));
    let (low, high, length) = RAMP;
    for (component, parameter, value) in [
        number(0, Parameter::RequestRate, high),
        choice(0, Parameter::ArrivalPattern, Choice::Regular),
        choice(0, Parameter::TrafficProfile, Choice::Ramp),
        number(0, Parameter::LowTraffic, low / high),
        number(0, Parameter::ChangeStart, 0.0),
        number(0, Parameter::ChangeLength, length),
        choice(1, Parameter::BalancingPolicy, Choice::LeastConnections),
        number(2, Parameter::ServiceTime, 1e3 * WORK),
        number(2, Parameter::ServiceVariability, 0.0),
        (2, Parameter::Autoscaling, Value::Flag(true)),
        number(2, Parameter::MinimumInstances, 2.0),
        number(2, Parameter::MaximumInstances, 50.0),
        number(2, Parameter::TargetUtilisation, TARGET),
        number(2, Parameter::MetricWindow, 3.0 * f64::from(POINT)),
        number(2, Parameter::BootTime, f64::from(BOOT)),
    ] {
        scenario.components[component]
            .parameters
            .insert(parameter, value);
    }
    let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
    let mut changes: Vec<Change> = Vec::new();
    for second in 0..=WATCHED {
        simulation.run_until(f64::from(second), u64::MAX);
        if let Some((running, _)) = simulation.scaling(SERVICE)
            && changes.last().is_none_or(|(_, last)| *last != running)
        {
            changes.push((second, running));
        }
    }
    changes
}
