//! Whether requests that are under way at a run's end are on their way, or a backlog that nobody works off. It doesn't know why they wait.

use super::super::Simulation;
use super::super::columns::OfClass;
use super::extent::since_change;

/// A backlog is more than so many times as many as ever were under way in the first third of the run. What grows steadily from nothing has three
/// times as many at the end; what doesn't grow has hardly ever two.
const GROWN: f64 = 2.0;
/// And so many more: as many may come together by chance where hardly anybody is under way.
const TOGETHER: f64 = 9.0;

/// Whether more of the class's requests (by its place in the tally) are under way by now than belong there: then they count as not answered, as
/// they do above saturation in a steady state. Counted since the network was changed last; never before there is a third to compare with.
pub(in super::super) fn has_backlog(simulation: &Simulation, class: usize) -> bool {
    let tally = &simulation.engine.tally;
    let (windows, columns) = (&tally.windows, tally.columns());
    let grown = |window: usize| {
        let cell = |figure| windows.cell(window, columns.class(class, figure));
        cell(OfClass::Offered)
            - cell(OfClass::Succeeded)
            - cell(OfClass::Errors)
            - cell(OfClass::Refused)
    };
    let start = since_change(simulation);
    let third = (windows.complete - start) / 3;
    if windows.keeps_none || third == 0 {
        return false;
    }
    let mut under_way: f64 = (0..start).map(grown).sum();
    let mut most = under_way;
    for window in start..start + third {
        under_way += grown(window);
        most = most.max(under_way);
    }
    let answers = &tally.answers[class];
    let ended = answers.succeeded + answers.errors + answers.refused;
    answers.offered.saturating_sub(ended) as f64 > GROWN * most + TOGETHER
}
