//! Which part of a run figures speak of: from the end of the warm-up on, or all of it where there is no steady state. It doesn't know what
//! the figures are.

use super::super::Simulation;
use super::super::estimate::warm_up;

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
    // What fills up shows where the warm-up ends: all that is in the system.
    let start = since_change(simulation);
    let columns = engine.tally.columns();
    let filling: Vec<f64> = (start..windows.complete)
        .map(|window| {
            (0..engine.stations.len())
                .map(|station| windows.cell(window, columns.present(station)))
                .sum()
        })
        .collect();
    let cut = warm_up(&filling);
    let segments_end = windows.complete / windows.segment() * windows.segment();
    let first = start + cut.unwrap_or((windows.complete - start) / 2);
    let first = match first.next_multiple_of(windows.segment()).min(segments_end) {
        first if first >= start => first,
        // No whole segment has passed since the change.
        _ => windows.complete,
    };
    let at = windows.origin + first as f64 * windows.width;
    (Extent::From(at), cut.is_some())
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
