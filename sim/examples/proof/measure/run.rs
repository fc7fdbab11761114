//! How long a case runs. A pilot with a seed of its own says how wide its intervals are; the run is as much longer as the tolerance
//! asks for. Choosing the length by another run's figures keeps the intervals honest: a run that stops when its own interval is
//! narrow stops too often by luck (Stein 1945).

use super::cases::Effort;
use loadscape_sim::des::{Estimate, Findings, Settings, Simulation};
use loadscape_sim::network::{Arrivals, Compiled, StationId};

/// The seeds of all pilots, of all runs and of those that are run once more, chosen once for every case.
const PILOT_SEED: u64 = 1;
const SEED: u64 = 2;
const SEED_APART: u64 = 3;
/// Steps of a pilot.
const PILOT: u64 = 300_000;

/// Reads figures from findings, each with the relative half-width it should have.
pub type Wanted<'a> = &'a dyn Fn(&Findings) -> Vec<(Option<Estimate>, f64)>;

/// Above this utilisation a pilot is too short to know how wide its intervals are.
const SLOW: f64 = 0.95;

/// A backlog that grows by more than this factor over the second half of a pilot grows for ever.
const GROWS: f64 = 1.5;
/// It may come to this share of the simulation's bound on requests in flight.
const HELD: f64 = 0.5;

/// Runs the pilot and then the case: as long as allowed where the pilot's busiest station hardly rests. Where a backlog grows, the run ends
/// before the simulation has no room for more: what happens then is its bound's doing, and not the case's.
///
/// # Panics
/// When the run's books don't balance.
pub fn run(compiled: &Compiled, effort: Effort, wanted: Wanted) -> Findings {
    let mut pilot = simulation(compiled, PILOT_SEED);
    pilot.run_until(f64::INFINITY, PILOT / 2);
    let halfway = present(&pilot, compiled);
    pilot.run_until(f64::INFINITY, PILOT - PILOT / 2);
    let backlog = present(&pilot, compiled);
    let most = effort.most_events as f64 / pilot.events().max(1) as f64;
    let findings = pilot.findings();
    let busiest = findings
        .stations
        .iter()
        .filter_map(|station| Some(station.utilisation?.value))
        .fold(0.0, f64::max);
    let open = compiled
        .network
        .sources
        .iter()
        .any(|source| matches!(source.arrivals, Arrivals::Open { .. }));
    let least = if open && (SLOW..1.0).contains(&busiest) {
        most
    } else {
        1.0
    };
    let longer = wanted(&findings)
        .into_iter()
        .map(|(estimate, goal)| {
            match estimate.and_then(|estimate| estimate.relative()) {
                Some(width) if goal > 0.0 => (width / goal) * (width / goal),
                Some(_) => 0.0,
                // Too few samples to say.
                None => most,
            }
        })
        .fold(least, f64::max)
        .min(most.max(1.0));
    let room = HELD * Settings::default().most_in_flight as f64 / backlog.max(1.0);
    let longer = if open && backlog > GROWS * halfway.max(1.0) {
        longer.min(room)
    } else {
        longer
    };
    whole(simulation(compiled, SEED), pilot.now() * longer)
}

/// Requests that are at stations.
fn present(simulation: &Simulation, compiled: &Compiled) -> f64 {
    let stations = 0..compiled.network.stations.len() as u32;
    stations
        .map(|station| f64::from(simulation.present(StationId(station))))
        .sum()
}

/// A run of so many simulated seconds that knows nothing of the one before.
///
/// # Panics
/// When the run's books don't balance.
pub fn run_apart(compiled: &Compiled, seconds: f64) -> Findings {
    whole(simulation(compiled, SEED_APART), seconds)
}

fn whole(mut simulation: Simulation, seconds: f64) -> Findings {
    assert!(simulation.run_until(seconds, u64::MAX));
    let violations = simulation.violations();
    assert!(violations.is_empty(), "{violations:?}");
    simulation.findings()
}

/// A simulation with this seed.
pub fn simulation(compiled: &Compiled, seed: u64) -> Simulation {
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    Simulation::new(compiled, &settings)
}
