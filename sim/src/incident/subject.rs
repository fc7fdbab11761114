//! The drawing on which an incident is tried, and when: which of its parts has the most load, and what a run has time for. It knows no
//! incident.

use crate::report::Report;
use crate::scenario::{Component, ComponentId, Fault, Incident, Link, LinkId, Scenario, ZoneId};

/// How long a run is that nobody has said more about, seconds.
const USUAL_RUN: f64 = 60.0;
/// An incident begins after this share of the run, so that the time before is settled and can be compared with.
const BEGINS_AFTER: f64 = 0.25;
/// And lasts for this share of it: as long again, and more, is left to recover.
const LASTS: f64 = 1.0 / 6.0;

/// What is selected on the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A component.
    Component(ComponentId),
    /// A link.
    Link(LinkId),
    /// A zone.
    Zone(ZoneId),
}

/// When an incident happens in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Seconds from the beginning of the run.
    pub start: f64,
    /// How long it lasts, seconds.
    pub lasts: f64,
    /// How long the run lasts, seconds.
    pub run: f64,
}

impl Timing {
    /// In a run of this many seconds; a minute where it has no end.
    pub fn of(run_seconds: Option<f64>) -> Self {
        let run = run_seconds.unwrap_or(USUAL_RUN);
        Timing {
            start: rounded(run * BEGINS_AFTER),
            lasts: rounded(run * LASTS),
            run,
        }
    }
}

/// Rounded to two digits.
pub(super) fn rounded(number: f64) -> f64 {
    if number.is_nan() || number <= 0.0 {
        return 0.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(number)) - 1.0);
    let rounded = libm::round(number / unit) * unit;
    // Without the dust of the multiplication.
    libm::round(rounded * 1e9) / 1e9
}

/// A drawing with what is known of its load.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The drawing.
    pub scenario: &'a Scenario,
    /// Its steady state.
    pub report: &'a Report,
    /// What is selected on it, which is taken where it fits.
    pub selected: Option<At>,
    /// When incidents happen.
    pub timing: Timing,
}

impl<'a> Subject<'a> {
    /// A drawing with its answer, timed by its run.
    pub fn new(scenario: &'a Scenario, report: &'a Report, selected: Option<At>) -> Self {
        Subject {
            scenario,
            report,
            selected,
            timing: Timing::of(scenario.run.duration_seconds),
        }
    }

    /// What reaches a component, requests a second.
    pub(super) fn arrivals(&self, id: ComponentId) -> f64 {
        let mut all = self.report.components.iter();
        all.find(|own| own.component == id)
            .map_or(0.0, |own| own.arrival.0)
    }

    /// Whether no part is reached by any request.
    pub(super) fn is_silent(&self) -> bool {
        self.report
            .components
            .iter()
            .all(|own| own.arrival.0 <= 0.0)
    }

    /// How many instances a component has at the peak.
    pub(super) fn instances_at_the_peak(&self, component: &Component) -> f64 {
        let mut all = self.report.components.iter();
        let own = all.find(|own| own.component == component.id);
        own.and_then(|own| own.instances)
            .map_or_else(|| component.first_instances(), f64::from)
    }

    /// How busy a component's busiest resource is, 0 to 1 and more; 0 where nothing is limited.
    pub(super) fn utilisation(&self, id: ComponentId) -> f64 {
        let own = self.report.stations.iter();
        own.filter(|station| station.component == id)
            .map(|station| station.utilisation)
            .filter(|utilisation| utilisation.is_finite())
            .fold(0.0, f64::max)
    }

    /// How busy the busiest component is.
    pub(super) fn highest_utilisation(&self) -> f64 {
        let all = self.scenario.components.iter();
        all.map(|own| self.utilisation(own.id)).fold(0.0, f64::max)
    }

    /// How many times as much work makes a resource that is so busy a quarter too small: a whole number of these two at least and at most.
    pub(super) fn overload(utilisation: f64, least: f64, most: f64) -> f64 {
        let wanted = if utilisation > 0.0 {
            libm::ceil(1.25 / utilisation)
        } else {
            most
        };
        wanted.clamp(least, most)
    }

    /// The selected component where it fits, else the busiest that does and is reached by anything.
    pub(super) fn component(&self, fits: impl Fn(&Component) -> bool) -> Option<&'a Component> {
        let fits = |own: &&Component| fits(own) && self.arrivals(own.id) > 0.0;
        let load = |own: &&Component| (self.utilisation(own.id), self.arrivals(own.id));
        let scenario = self.scenario;
        let selected = match self.selected {
            Some(At::Component(id)) => scenario.component(id).filter(fits),
            _ => None,
        };
        selected.or_else(|| {
            let all = scenario.components.iter().filter(fits);
            all.max_by(|one, other| {
                let ((busy, rate), (busy_too, rate_too)) = (load(one), load(other));
                // Of those that are equally loaded the first.
                let order = busy.total_cmp(&busy_too).then(rate.total_cmp(&rate_too));
                order.then(other.id.cmp(&one.id))
            })
        })
    }

    /// Calls along a link a second.
    pub(super) fn calls(&self, id: LinkId) -> f64 {
        let mut all = self.report.links.iter();
        all.find(|own| own.link == id).map_or(0.0, |own| own.rate.0)
    }

    /// Whether calls along a link are waited for.
    pub(super) fn is_waited_for(&self, id: LinkId) -> bool {
        let mut all = self.report.links.iter();
        all.any(|own| own.link == id && !own.asynchronous)
    }

    /// The selected link where it fits, else the one with the most calls that does.
    pub(super) fn link(&self, fits: impl Fn(&Link) -> bool) -> Option<&'a Link> {
        let fits = |own: &&Link| fits(own) && self.calls(own.id) > 0.0;
        let scenario = self.scenario;
        let selected = match self.selected {
            Some(At::Link(id)) => scenario.link(id).filter(fits),
            _ => None,
        };
        selected.or_else(|| {
            let all = scenario.links.iter().filter(fits);
            all.max_by(|one, other| {
                let order = self.calls(one.id).total_cmp(&self.calls(other.id));
                order.then(other.id.cmp(&one.id))
            })
        })
    }

    /// A fault from the usual start on for the usual time.
    pub(super) fn fault(&self, incident: Incident) -> Fault {
        Fault {
            start_seconds: self.timing.start,
            duration_seconds: Some(self.timing.lasts),
            incident,
        }
    }
}
