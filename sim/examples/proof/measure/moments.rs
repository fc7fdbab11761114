//! Cases of moments and not of a steady state: how full a store is a while after it was empty, and how long a backlog lasts.

use super::cases::{Known, Simulated};
use super::{networks, on_all_cores};
use loadscape_sim::des::{Settings, Simulation, Stores, mean};
use loadscape_sim::network::StationId;

/// The figures of the case that are of moments, by name.
pub fn measured(known: &Known) -> Vec<(String, Simulated)> {
    match known.id.as_str() {
        "cache-warmup" => WARMING
            .iter()
            .flat_map(|moment| warming(known, moment))
            .collect(),
        "queue-drain-fluid" => draining(known),
        _ => Vec::new(),
    }
}

/// When a store that was empty is looked at.
struct Moment {
    /// Seconds after it was empty.
    elapsed: f64,
    /// Hits are counted for this share of the time before and after.
    around: f64,
    /// Stores side by side, and how often all of them are filled anew.
    copies: u32,
    rounds: usize,
}

/// The earlier, the fewer requests there are to count. A few stores side by side and no more: among many, each follows only a sample of its keys
/// for the sake of memory, and fills 0.3 to 5 % otherwise than it would (200 and 100 stores).
const WARMING: [Moment; 4] = [
    Moment {
        elapsed: 1.0,
        around: 0.05,
        copies: 4,
        rounds: 2_000,
    },
    Moment {
        elapsed: 10.0,
        around: 0.02,
        copies: 4,
        rounds: 300,
    },
    Moment {
        elapsed: 60.0,
        around: 0.02,
        copies: 4,
        rounds: 60,
    },
    Moment {
        elapsed: 300.0,
        around: 0.02,
        copies: 4,
        rounds: 20,
    },
];

fn run(simulation: &mut Simulation, end: f64) {
    simulation.run_until(end, u64::MAX);
}

/// The estimate over rounds, with what they took.
fn together(figures: &[f64], events: u64, seconds: f64) -> Option<Simulated> {
    Some(Simulated {
        estimate: mean(figures)?,
        events,
        seconds,
    })
}

/// Whoever finds a key stays at the first station for ever, whoever doesn't at the second: what was found is counted by who is there.
fn warming(known: &Known, moment: &Moment) -> Vec<(String, Simulated)> {
    let number = |name: &str| known.inputs[name].as_f64().unwrap_or(f64::NAN);
    let (items, exponent) = (number("items"), number("zipf_alpha"));
    let compiled = networks::warming(moment.copies, number("req_per_s"), items, exponent);
    let elapsed = moment.elapsed;
    let rounds = on_all_cores(moment.rounds, |round| {
        let settings = Settings {
            seed: 1 + round as u64,
            windows: 64,
            window_seconds: Some(elapsed),
            stores: Stores::Cold,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compiled, &settings);
        let mut there = |seconds: f64| {
            run(&mut simulation, seconds);
            [0, 1].map(|place| f64::from(simulation.present(StationId(place))))
        };
        let before = there(elapsed * (1.0 - moment.around));
        let [_, missed] = there(elapsed);
        let after = there(elapsed * (1.0 + moment.around));
        let [hits, misses] = [0, 1].map(|place| after[place] - before[place]);
        let unique = missed / f64::from(moment.copies);
        (unique, hits / (hits + misses), simulation.events())
    });
    let events = rounds.iter().map(|(.., events)| events).sum();
    let seconds = elapsed * (1.0 + moment.around) * moment.rounds as f64;
    let figure = |name: String, of: fn(&(f64, f64, u64)) -> f64| {
        let figures: Vec<f64> = rounds.iter().map(of).collect();
        Some((name, together(&figures, events, seconds)?))
    };
    [
        figure(format!("hit_t{elapsed}"), |round| round.1),
        figure(format!("unique_t{elapsed}"), |round| round.0),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Runs of the backlog.
const BACKLOGS: usize = 10;

/// The outage is somebody more urgent at every worker.
fn draining(known: &Known) -> Vec<(String, Simulated)> {
    let number = |name: &str| known.inputs[name].as_f64().unwrap_or(f64::NAN);
    let (outage, workers) = (number("outage_s"), number("after_workers") as u32);
    let compiled = networks::outage(number("arrive"), workers, number("per_worker"), outage);
    let rounds = on_all_cores(BACKLOGS, |round| {
        let settings = Settings {
            seed: 1 + round as u64,
            ..Settings::default()
        };
        let mut simulation = Simulation::new(&compiled, &settings);
        // The urgent leave at the very end of the outage.
        run(&mut simulation, outage * (1.0 - 1e-9));
        let present = |simulation: &Simulation| simulation.present(StationId(0));
        let backlog = f64::from(present(&simulation) - workers);
        let mut now = outage;
        while present(&simulation) > workers && now < 10.0 * outage {
            now += 0.25;
            run(&mut simulation, now);
        }
        (backlog, now - outage, simulation.events())
    });
    let events = rounds.iter().map(|(.., events)| events).sum();
    let seconds = rounds.iter().map(|(_, drain, _)| outage + drain).sum();
    let figure = |name: &str, of: fn(&(f64, f64, u64)) -> f64| {
        let figures: Vec<f64> = rounds.iter().map(of).collect();
        Some((name.to_owned(), together(&figures, events, seconds)?))
    };
    [
        figure("backlog", |round| round.0),
        figure("drain_s", |round| round.1),
        figure("drain_rate", |round| round.0 / round.1),
    ]
    .into_iter()
    .flatten()
    .collect()
}
