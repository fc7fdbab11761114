//! What a month costs by what a run has shown of the machines that scale by themselves. It knows how many there were, not how they came about.

use super::cost::size;
use crate::catalog::{Choice, Kind, Parameter};
use crate::network::Network;
use crate::report::Report;
use crate::scenario::{Component, ComponentId, Scenario};
use crate::units::DollarsPerMonth;

/// Who says how many machines a month's bill is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BilledBy {
    /// The drawing: as many as are drawn.
    Drawing,
    /// Theory, of the average of a day of which the run shows only a part.
    Day,
    /// The run, which shows all that the bill is of: what scales by itself is late, and is paid for as long as it is there.
    Run,
}

/// How much of a day may be missing of a run that shows whole days.
const OF_A_DAY: f64 = 0.01;

/// Who says how many machines the bill is of, of a run of this many seconds.
pub fn billed_by(scenario: &Scenario, seconds: f64) -> BilledBy {
    let scales = |own: &Component| {
        own.flag(Parameter::Autoscaling) && own.number(Parameter::InstancePrice) > 0.0
    };
    let parts = || scenario.components.iter();
    let mut clients = parts().filter(|own| own.kind == Kind::Clients);
    let shows_all = clients.all(|own| shows_its_day(own, seconds));
    match (shows_all, parts().any(scales)) {
        (false, _) => BilledBy::Day,
        (true, true) => BilledBy::Run,
        (true, false) => BilledBy::Drawing,
    }
}

/// Whether a run of this many seconds shows all that a client population's month is the average of.
fn shows_its_day(clients: &Component, seconds: f64) -> bool {
    if clients.choice(Parameter::Traffic) == Some(Choice::Closed)
        || clients.number(Parameter::NightShare) >= 1.0
    {
        return true;
    }
    let days = seconds / clients.number(Parameter::DayLength);
    let whole = libm::round(days);
    clients.choice(Parameter::TrafficProfile) == Some(Choice::Daily)
        && whole >= 1.0
        && (days - whole).abs() <= OF_A_DAY
}

/// A month's bill by a run: of what scales by itself the mean instances that were there in it, serving or booting (EC2 charges
/// from the state "running" on, in which the operating system only begins to boot: AWS, "Amazon EC2 instance state changes"); all else as the
/// design is priced.
pub fn bill(
    scenario: &Scenario,
    network: &Network,
    report: &Report,
    there: impl Iterator<Item = (ComponentId, f64)>,
) -> DollarsPerMonth {
    let over = super::over_the_day(network, report);
    let more = there.filter_map(|(id, there)| {
        let part = scenario.component(id)?;
        let own = over.pools.iter().find(|own| own.component == id)?;
        Some((there - own.average) * part.number(Parameter::InstancePrice) * size(part))
    });
    DollarsPerMonth(report.cost.total.0 + more.sum::<f64>())
}
