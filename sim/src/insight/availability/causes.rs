//! What can fail in a drawing, how likely, and what it takes with it; nothing of who needs it.

use super::structure::Structure;
use super::{Cause, Gate};
use crate::catalog::{self, Footing, Kind, Parameter, Value, ZoneKind};
use crate::network::{Dispatch, Network, Role, StationId};
use crate::report::{Report, StationReport};
use crate::scenario::places::Places;
use crate::scenario::{Component, ComponentId, Scenario, Zone};
use crate::theory::reliability::at_least;
use serde::Serialize;

/// Something that fails.
pub(super) struct Failing {
    pub cause: Cause,
    /// Share of the time in which nothing of it works; kept apart, for it may be smaller than what is left out of one.
    pub away: f64,
    /// Share of the requests that need it which find it working.
    pub works_for_a_request: f64,
    /// What the catalog and the document say of one instance.
    instance: f64,
    /// Instances that carry the load at the peak.
    needed: Option<u32>,
    /// Whether a request goes to whichever works.
    shared: bool,
}

impl Failing {
    /// Instances that carry the load at the peak.
    pub fn needed(&self) -> Option<u32> {
        self.needed
    }

    /// Whether a request goes to whichever works.
    pub fn is_shared(&self) -> bool {
        self.shared
    }
}

/// What there is of a part and how much of it may fail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PartAvailability {
    /// Which.
    pub component: ComponentId,
    /// Share of the time in which an instance of it works (the service, where its provider keeps the spares).
    pub instance: f64,
    /// Instances.
    pub instances: u32,
    /// Instances that carry the load at the peak; more than there are when even all of them don't. `None` for services of a provider.
    pub needed: Option<u32>,
    /// Whether requests go to whichever instance works. Else one that is away keeps getting its share.
    pub shared: bool,
    /// Share of the requests that need it which find it working, zones apart.
    pub answered: f64,
}

/// Everything that can fail, and where each component stands.
pub(super) struct Causes {
    /// Regions, then data centres, then parts in the document's order, each with its takeover behind it.
    pub all: Vec<Failing>,
    /// By component of the document: what it lies in.
    grounds: Vec<Vec<usize>>,
    /// By component of the document: places of its parts, one for each station of its cores where they fail apart.
    own: Vec<Vec<(Option<StationId>, usize)>>,
    /// By component of the document: place of its takeover.
    takeover: Vec<Option<usize>>,
    places: Places,
}

/// The availability that a zone has, drawn or not.
fn of_zone(kind: ZoneKind, zone: Option<&Zone>) -> f64 {
    let own = zone.map(|zone| zone.number(Parameter::Availability));
    let usual = || match catalog::zone_parameter(kind, Parameter::Availability)?.default {
        Value::Number(number) => Some(number),
        _ => None,
    };
    own.or_else(usual).unwrap_or(1.0).clamp(0.0, 1.0)
}

impl Causes {
    pub fn of(scenario: &Scenario, network: &Network, report: &Report) -> Causes {
        let mut causes = Causes {
            all: Vec::new(),
            grounds: vec![Vec::new(); scenario.components.len()],
            own: vec![Vec::new(); scenario.components.len()],
            takeover: vec![None; scenario.components.len()],
            places: Places::new(scenario.components.iter().map(|component| component.id.0)),
        };
        for kind in [ZoneKind::Region, ZoneKind::AvailabilityZone] {
            for (place, component) in scenario.components.iter().enumerate() {
                let concerned = match component.kind.footing() {
                    Footing::Machines => true,
                    Footing::Region => kind == ZoneKind::Region,
                    Footing::World | Footing::Nothing => false,
                };
                if concerned {
                    let ground = causes.ground(scenario, component, kind);
                    causes.grounds[place].push(ground);
                }
            }
        }
        for place in 0..scenario.components.len() {
            causes.part(scenario, network, report, place);
        }
        causes
    }

    /// The zone of this kind that a component stands in, drawn or not.
    fn ground(&mut self, scenario: &Scenario, component: &Component, kind: ZoneKind) -> usize {
        let zones = scenario.zones_of(component);
        let zone = zones.into_iter().find(|zone| zone.kind == kind);
        let cause = match kind {
            ZoneKind::Region => Cause::Region(zone.map(|zone| zone.id)),
            _ => Cause::DataCentre(zone.map(|zone| zone.id)),
        };
        let known = self.all.iter().position(|known| known.cause == cause);
        known.unwrap_or_else(|| self.add(cause, of_zone(kind, zone), None, false, [1, 1]))
    }

    /// Adds something of which `instances` equal ones have to work for a request, and all have to fail for nobody to be served.
    fn add(
        &mut self,
        cause: Cause,
        instance: f64,
        needed: Option<u32>,
        shared: bool,
        [enough, instances]: [u32; 2],
    ) -> usize {
        self.all.push(Failing {
            cause,
            away: (0..instances).map(|_| 1.0 - instance).product(),
            works_for_a_request: match shared {
                true => at_least(enough.min(instances), instances, instance).unwrap_or(1.0),
                false => instance,
            },
            instance,
            needed,
            shared,
        });
        self.all.len() - 1
    }

    fn part(&mut self, scenario: &Scenario, network: &Network, report: &Report, place: usize) {
        let component = &scenario.components[place];
        let works = component.number(Parameter::Availability).clamp(0.0, 1.0);
        let whole = |database, instances| Cause::Component {
            id: component.id,
            database,
            instances,
            of: instances,
        };
        match component.kind.footing() {
            Footing::Nothing => return,
            Footing::Region | Footing::World => {
                let part = self.add(whole(None, 1), works, None, false, [1, 1]);
                self.own[place].push((None, part));
                return;
            }
            Footing::Machines => {}
        }
        let own = || {
            let stations = report.stations.iter();
            stations.filter(|station| station.component == component.id)
        };
        let cores = own().filter(|station| station.role == Role::Cores);
        if component.kind == Kind::FederatedDatabase {
            for (database, station) in cores.zip(0..).map(|(station, at)| (at, station)) {
                let part = self.add(whole(Some(database), 1), works, Some(1), false, [1, 1]);
                self.own[place].push((Some(station.station), part));
            }
            return;
        }
        let Some(cores) = cores.max_by_key(|station| station.instances) else {
            return;
        };
        // Where nothing spreads the requests, the others stand idle.
        let only_first = matches!(
            &network.station(cores.station).dispatch,
            Dispatch::Shares(shares) if shares.iter().filter(|share| **share > 0.0).count() <= 1
        );
        let instances = if only_first {
            1
        } else {
            cores.instances.max(1)
        };
        let needed = own().map(enough).max().unwrap_or(1);
        let shared = instances > 1 && shared(network, component.id, cores.station);
        let part = self.add(
            whole(None, instances),
            works,
            Some(needed),
            shared,
            [needed, instances],
        );
        self.own[place].push((None, part));
        let log = network.logs.iter().find(|log| log.primary == component.id);
        if let Some(rule) = log.and_then(|log| log.failover.as_ref()) {
            // A failure lasts for the repair, the takeover for the beginning of it.
            let repair = component.seconds(Parameter::RepairTime).0;
            let open = ((rule.detection.0 + rule.promotion.0) / repair).clamp(0.0, 1.0);
            let takeover = Cause::Takeover(component.id);
            self.takeover[place] = Some(self.add(takeover, 1.0 - open, None, false, [1, 1]));
        }
    }

    /// What has to work for a component to do something at this station: its part and what that stands on. Empty for what doesn't fail.
    pub fn needs(&self, component: ComponentId, station: Option<StationId>) -> Vec<usize> {
        let Some(place) = self.places.of(component.0) else {
            return Vec::new();
        };
        let own = self.own[place].iter();
        let own = own.filter(|(of, _)| of.is_none() || *of == station);
        let parts: Vec<usize> = own.map(|(_, part)| *part).collect();
        if parts.is_empty() {
            return parts;
        }
        self.grounds[place].iter().copied().chain(parts).collect()
    }

    /// The takeover of a primary, where there is one.
    pub fn takeover(&self, primary: ComponentId) -> Option<usize> {
        self.takeover[self.places.of(primary.0)?]
    }

    /// The parts that somebody needs.
    pub fn parts(&self, structure: &Structure) -> Vec<PartAvailability> {
        let mut needed = vec![false; self.all.len()];
        for gate in structure.needed_gates() {
            if let Gate::Needs(cause) = gate {
                needed[*cause] = true;
            }
        }
        let rows = self.all.iter().zip(needed).filter(|(_, needed)| *needed);
        rows.filter_map(|(failing, _)| match failing.cause {
            Cause::Component {
                id, of: instances, ..
            } => Some(PartAvailability {
                component: id,
                instance: failing.instance,
                instances,
                needed: failing.needed,
                shared: failing.shared,
                answered: failing.works_for_a_request,
            }),
            _ => None,
        })
        .collect()
    }
}

/// Instances that a station's offered load keeps below its limit: one more than it fills.
fn enough(station: &StationReport) -> u32 {
    (filled_instances(station).floor() as u32).saturating_add(1)
}

/// Instances that a station's offered load fills.
fn filled_instances(station: &StationReport) -> f64 {
    match station.role {
        Role::Cores | Role::Disk | Role::Servers | Role::Replay => {
            (station.offered_load / f64::from(station.servers.max(1))).max(0.0)
        }
        // What holds a place waits for others; how many places are taken depends on them.
        Role::Threads | Role::Connections | Role::RateLimit => 0.0,
    }
}

/// The share of a station's instances that its offered load fills.
pub(super) fn filled(station: &StationReport) -> f64 {
    filled_instances(station) / f64::from(station.instances.max(1))
}

/// Whether requests go to whichever instance works: it takes from one queue, or somebody watches.
fn shared(network: &Network, component: ComponentId, cores: StationId) -> bool {
    let dispatch = &network.station(cores).dispatch;
    // Who has his own share of the keys isn't stood in for.
    *dispatch == Dispatch::Central
        || (is_watched(network, component) && !matches!(dispatch, Dispatch::Shares(_)))
}

/// Whether somebody finds out who of these instances is away: by probing them, or by counting their failures.
pub(super) fn is_watched(network: &Network, component: ComponentId) -> bool {
    network.watches.iter().any(|watch| {
        watch.component == component && (watch.health.is_some() || watch.outliers.is_some())
    })
}
