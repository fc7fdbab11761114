//! Which part of a run figures speak of: from the end of the warm-up on, or all of it where there is no steady state. It doesn't know what
//! the figures are.

use super::super::Simulation;
use super::super::estimate::{filling_up, warm_up};
use crate::network::{Instances, Station};

/// What several runs leave out at least, as a share of each: more runs make chance smaller and leave what an empty beginning makes too quiet, and
/// the rule of one run looks for the least of both together (M/M/1 at 0.8, ten runs of 1,600 requests: cutting 1 %, as it says, leaves 0.7 %).
const LEAST_LEFT_OUT: f64 = 0.1;

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// All of it as it went, since the network was changed last.
    Whole,
    /// From this moment on, in seconds from the run's beginning.
    From(f64),
}

impl Extent {
    /// What two runs can be compared over: from when the later of them has warmed up, or all of both where either has no steady state.
    pub fn of_both(self, other: Extent) -> Extent {
        match (self, other) {
            (Extent::From(one), Extent::From(other)) => {
                Extent::From(if one < other { other } else { one })
            }
            _ => Extent::Whole,
        }
    }
}

/// The part of a run from which its steady state is estimated (the second half, when its warm-up wasn't seen to end), and whether it has one.
///
/// A fault is no warm-up: where one has happened, figures that leave out what was unlike the rest leave out the fault.
pub(super) fn of(simulation: &Simulation) -> (Extent, bool) {
    let engine = &simulation.engine;
    let windows = &engine.tally.windows;
    let varies =
        (simulation.network.sources.iter()).any(|source| source.arrivals.varies_before(engine.now));
    if varies || is_disturbed(simulation) {
        return (Extent::Whole, false);
    }
    let start = since_change(simulation);
    let cut = warmed_up(
        simulation,
        start,
        &filling(simulation, start, windows.complete),
    );
    (
        from_cut(
            simulation,
            start,
            cut.unwrap_or((windows.complete - start) / 2),
        ),
        cut.is_some(),
    )
}

/// The part of several runs of one network that their figures speak of together, and whether it is of a steady state: the same of all, from where
/// their mean has warmed up. (Each run's own warm-up ends where the rest of it is quiet, by chance as well: of ten runs of an M/M/1 at 0.8 with
/// 1,600 requests each that makes the mean 2 % too short. Welch 1983 looks at the mean of all runs, too.)
pub(in super::super) fn of_all(runs: &[Simulation]) -> (Extent, bool) {
    let each: Vec<(Extent, bool)> = runs.iter().map(of).collect();
    let Some(common) = (each.iter())
        .copied()
        .reduce(|one, other| (one.0.of_both(other.0), one.1 && other.1))
    else {
        return (Extent::Whole, false);
    };
    if runs.len() == 1 || common.0 == Extent::Whole {
        return common;
    }
    let first = &runs[0];
    let (start, clock) = (since_change(first), first.windows());
    if runs
        .iter()
        .any(|run| run.windows() != clock || since_change(run) != start)
    {
        return common;
    }
    let complete = runs
        .iter()
        .map(|run| run.engine.tally.windows.complete)
        .min()
        .unwrap_or(start);
    let mut sum = vec![0.0; complete.saturating_sub(start)];
    for run in runs {
        for (sum, there) in sum.iter_mut().zip(filling(run, start, complete)) {
            *sum += there;
        }
    }
    let cut = warmed_up(first, start, &sum);
    let least = libm::ceil(LEAST_LEFT_OUT * sum.len() as f64) as usize;
    (
        from_cut(first, start, cut.unwrap_or(sum.len() / 2).max(least)),
        cut.is_some(),
    )
}

/// Where the warm-up of what is in the system ends, counted from this window on.
fn warmed_up(simulation: &Simulation, start: usize, there: &[f64]) -> Option<usize> {
    let network = &simulation.network;
    let is_fixed = |station: &Station| matches!(station.instances, Instances::Fixed(_));
    // Caches are cold at first, environments have to start, machines to be ordered, and after a change what was there before has to go.
    let only_fills = start == 0
        && network.stores.is_empty()
        && network.quorums.is_empty()
        && network.stations.iter().all(is_fixed);
    match only_fills {
        true => filling_up(there),
        false => warm_up(there),
    }
}

/// All that is in the system, window by window: what fills up shows where the warm-up ends.
fn filling(simulation: &Simulation, start: usize, end: usize) -> Vec<f64> {
    let engine = &simulation.engine;
    let (windows, columns) = (&engine.tally.windows, engine.tally.columns());
    (start..end)
        .map(|window| {
            (0..engine.stations.len())
                .map(|station| windows.cell(window, columns.present(station)))
                .sum()
        })
        .collect()
}

/// What is left of a run when so many windows from this one on are left out, by whole segments.
fn from_cut(simulation: &Simulation, start: usize, cut: usize) -> Extent {
    let windows = &simulation.engine.tally.windows;
    let segments_end = windows.complete / windows.segment() * windows.segment();
    let first = match (start + cut)
        .next_multiple_of(windows.segment())
        .min(segments_end)
    {
        first if first >= start => first,
        // No whole segment has passed since the change.
        _ => windows.complete,
    };
    let at = windows.origin + first as f64 * windows.width;
    Extent::From(at)
}

/// Whether anything was broken since the network was changed last.
fn is_disturbed(simulation: &Simulation) -> bool {
    let timeline = simulation.engine.faults.timeline.iter();
    timeline
        .filter(|planned| planned.began.is_some())
        .any(|planned| planned.ended.is_none_or(|ended| ended > simulation.changed))
}

/// The first window in which all was as it is now.
pub(super) fn since_change(simulation: &Simulation) -> usize {
    let windows = &simulation.engine.tally.windows;
    let before = (simulation.changed - windows.origin) / windows.width;
    (libm::ceil(before).max(0.0) as usize).min(windows.complete)
}
