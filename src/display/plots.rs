//! Which plots of a run there are for a drawing, of whom they are, and what somebody has chosen of them. It knows no curves.

use loadscape_sim::catalog::Kind;
use loadscape_sim::des::Picture;
use loadscape_sim::network::{Discipline, Instances, Network};
use loadscape_sim::quantities::{Decimal, dollars, number, percent, rate, share, time};
use loadscape_sim::scenario::{ClassId, ComponentId, Scenario};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};

/// What a plot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Requests sent, answered well and failed.
    Rates,
    /// Response times.
    Times,
    /// Failures by cause.
    Errors,
    /// How busy a part is.
    Use,
    /// How many wait in it.
    Waiting,
    /// Instances that serve and that start.
    Instances,
    /// Look-ups that find their key.
    Hits,
    /// How far a replica is behind.
    Lag,
    /// Reads that find what is out of date.
    Stale,
    /// Messages in a queue.
    Backlog,
    /// What it costs.
    Cost,
    /// What it has cost.
    Spent,
}

impl What {
    /// All, in the order in which they are offered.
    pub const ALL: [What; 12] = [
        What::Rates,
        What::Times,
        What::Errors,
        What::Use,
        What::Waiting,
        What::Instances,
        What::Hits,
        What::Lag,
        What::Stale,
        What::Backlog,
        What::Cost,
        What::Spent,
    ];
    /// Those that are shown before anybody has chosen, where the drawing has such a thing. There is room for four beside each other: where work waits
    /// in a queue, that is shown rather than who waits at a part.
    pub const FIRST: [What; 6] = [
        What::Rates,
        What::Times,
        What::Use,
        What::Waiting,
        What::Instances,
        What::Backlog,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            What::Rates => "Requests",
            What::Times => "Response time",
            What::Errors => "Errors by cause",
            What::Use => "Use",
            What::Waiting => "Waiting",
            What::Instances => "Instances",
            What::Hits => "Hit ratio",
            What::Lag => "Replication lag",
            What::Stale => "Stale reads",
            What::Backlog => "Backlog",
            What::Cost => "Cost",
            What::Spent => "Spent so far",
        }
    }

    /// What tests and style sheets call it.
    pub fn id(self) -> &'static str {
        match self {
            What::Rates => "rates",
            What::Times => "times",
            What::Errors => "errors",
            What::Use => "use",
            What::Waiting => "waiting",
            What::Instances => "instances",
            What::Hits => "hits",
            What::Lag => "lag",
            What::Stale => "stale",
            What::Backlog => "backlog",
            What::Cost => "cost",
            What::Spent => "spent",
        }
    }

    /// A figure of it in words.
    pub fn words(self, value: f64) -> String {
        match self {
            What::Rates | What::Errors => rate(PerSecond(value)),
            What::Times | What::Lag => time(Seconds(value)),
            // As the node has it.
            What::Use => percent(value),
            What::Hits | What::Stale => share(value),
            What::Waiting | What::Backlog | What::Instances => {
                number((value * 10.0).round() / 10.0)
            }
            What::Cost => format!("{} a month", dollars(DollarsPerMonth(value))),
            What::Spent => cents(value),
        }
    }

    /// The same where it stands at an axis, with little room.
    pub fn tick(self, value: f64) -> String {
        match self {
            What::Cost => dollars(DollarsPerMonth(value)),
            _ => self.words(value),
        }
    }

    /// Whether its scale has an upper end by nature.
    pub fn is_share(self) -> bool {
        matches!(self, What::Use | What::Hits)
    }
}

/// An amount of money that may be less than a cent.
fn cents(value: f64) -> String {
    if value > 0.0 && value < 0.1 {
        format!("${}", Decimal::up_to(value, 5))
    } else {
        dollars(DollarsPerMonth(value))
    }
}

/// The parts of a drawing that have something to plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    pub(super) limited: Vec<ComponentId>,
    pub(super) scaled: Vec<ComponentId>,
    pub(super) stores: Vec<ComponentId>,
    pub(super) replicas: Vec<ComponentId>,
    pub(super) stale: Vec<ComponentId>,
    pub(super) queues: Vec<ComponentId>,
}

impl Offers {
    /// Those of a document and its network.
    pub fn of(scenario: &Scenario, network: &Network) -> Self {
        let mut offers = Offers::default();
        let add = |to: &mut Vec<ComponentId>, component| {
            if !to.contains(&component) {
                to.push(component);
            }
        };
        for station in &network.stations {
            if let Some(queue) = station.waits_at {
                add(&mut offers.queues, queue);
            }
            if !matches!(
                station.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            ) {
                add(&mut offers.limited, station.component);
            }
            if matches!(station.instances, Instances::Scaled { .. }) {
                add(&mut offers.scaled, station.component);
            }
        }
        let stores = network.stores.iter();
        // What a function keeps warm are environments.
        let keeps_keys = |id| {
            let part = scenario.component(id);
            part.is_some_and(|part| part.kind != Kind::Function)
        };
        for store in stores.filter(|store| !store.is_write_buffer) {
            if keeps_keys(store.component) {
                add(&mut offers.stores, store.component);
            }
        }
        // Somebody who looks for a hit ratio means a cache rather than a database's memory, and that rather than names.
        offers
            .stores
            .sort_by_key(|id| match scenario.component(*id).map(|part| part.kind) {
                Some(Kind::Cache | Kind::Cdn) => 0,
                Some(Kind::Dns) => 2,
                _ => 1,
            });
        for replica in network.logs.iter().flat_map(|log| &log.replicas) {
            add(&mut offers.replicas, replica.component);
            add(&mut offers.stale, replica.component);
        }
        for quorum in &network.quorums {
            add(&mut offers.stale, quorum.component);
        }
        for cache in network.caches_untold() {
            add(&mut offers.stale, cache);
        }
        offers
    }

    /// The parts of which there is such a plot; `None` for plots that are of no part.
    pub fn parts(&self, what: What) -> Option<&[ComponentId]> {
        match what {
            What::Rates | What::Times | What::Errors | What::Cost | What::Spent => None,
            What::Use | What::Waiting => Some(&self.limited),
            What::Instances => Some(&self.scaled),
            What::Hits => Some(&self.stores),
            What::Lag => Some(&self.replicas),
            What::Stale => Some(&self.stale),
            What::Backlog => Some(&self.queues),
        }
    }

    /// Whether the drawing has such a thing.
    pub fn has(&self, what: What) -> bool {
        self.parts(what).is_none_or(|parts| !parts.is_empty())
    }

    /// All parts of which there is a plot.
    pub fn all_parts(&self) -> Vec<ComponentId> {
        let mut all: Vec<ComponentId> = What::ALL
            .iter()
            .filter_map(|what| self.parts(*what))
            .flatten()
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Of whom a plot is: of the first of these wishes that has such a thing, else of whoever has.
    pub fn subject(&self, what: What, wishes: &[Option<ComponentId>]) -> Option<ComponentId> {
        let parts = self.parts(what)?;
        let mut wished = wishes.iter().flatten().copied();
        wished
            .find(|wish| parts.contains(wish))
            .or_else(|| parts.first().copied())
    }
}

/// What somebody has chosen to see of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The plots; `None` before anybody has chosen.
    pub plots: Option<Vec<What>>,
    /// Of whom; `None` follows the selection, and else the bottleneck.
    pub part: Option<ComponentId>,
    /// Whose requests; `None` is all.
    pub class: Option<ClassId>,
    /// From when to when, seconds; `None` is the whole run.
    pub span: Option<(f64, f64)>,
}

impl Choice {
    /// The plots that are shown, of those that there are.
    pub fn shown(&self, offers: &Offers) -> Vec<What> {
        let is_first = |what: What| {
            What::FIRST.contains(&what) && (what != What::Waiting || !offers.has(What::Backlog))
        };
        let is_chosen = |what: What| match &self.plots {
            Some(plots) => plots.contains(&what),
            None => is_first(what),
        };
        let all = What::ALL.iter().copied();
        all.filter(|what| is_chosen(*what) && offers.has(*what))
            .collect()
    }

    /// Shows a plot, or no longer. One stays.
    pub fn toggle(&mut self, what: What, offers: &Offers) {
        let mut plots = self.shown(offers);
        match plots.iter().position(|own| *own == what) {
            Some(place) if plots.len() > 1 => {
                plots.remove(place);
            }
            Some(_) => {}
            None => plots.push(what),
        }
        self.plots = Some(plots);
    }
}

/// The span a factor (above 0) as long as another, around a moment that stays where it is, within the run so far. `None` is the whole run.
pub fn zoomed(
    span: Option<(f64, f64)>,
    reached: f64,
    around: f64,
    factor: f64,
) -> Option<(f64, f64)> {
    /// Shorter, and the shortest run has nothing to show.
    const SHORTEST: f64 = 0.01;
    let (from, to) = span.unwrap_or((0.0, reached));
    let length = ((to - from) * factor).max(SHORTEST);
    if length >= reached {
        return None;
    }
    let along = ((around - from) / (to - from).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let from = (around - along * length).clamp(0.0, reached - length);
    Some((from, from + length))
}

/// What a picture of the run shows of this part, of what such a plot is of; `None` where the drawing shows nothing like it.
pub fn shown_by(picture: &Picture, what: What, part: ComponentId) -> Option<f64> {
    let own = (picture.components.iter()).find(|own| own.component == part)?;
    match what {
        What::Use => own.utilisation,
        What::Waiting | What::Backlog => Some(own.waiting),
        _ => None,
    }
}
