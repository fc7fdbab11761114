//! How long the network takes between two components, by the zones in which they lie; it knows no traffic and no bandwidth.

use super::topology::Topology;
use crate::catalog::{Choice, Kind, Parameter, ZoneKind};
use crate::scenario::{LinkId, Scenario};
use crate::units::Seconds;

/// Round trip within an availability zone, and between parts that lie in none (orensol.com 2009, us-east-1: 0.26 to 0.41 ms).
pub const WITHIN_ZONE: Seconds = Seconds(0.25e-3);

/// Round trip between two availability zones of a region (orensol.com 2009: 0.94 to 1.13 ms; eu-west-1 2022: 0.83 ms).
pub const BETWEEN_ZONES: Seconds = Seconds(1.0e-3);

/// Round trips between regions in milliseconds. The first four pairs follow the 2017 table at acomputerscientistlearnsaws.blogspot.com,
/// the others are recalled from public latency tables and not confirmed.
const BETWEEN_REGIONS: &[(Choice, Choice, f64)] = &[
    (Choice::UsEast, Choice::UsWest, 70.0),
    (Choice::UsEast, Choice::Ireland, 75.0),
    (Choice::UsEast, Choice::Singapore, 215.0),
    (Choice::Ireland, Choice::Frankfurt, 20.0),
    (Choice::UsEast, Choice::Frankfurt, 90.0),
    (Choice::UsWest, Choice::Ireland, 130.0),
    (Choice::UsWest, Choice::Frankfurt, 145.0),
    (Choice::UsWest, Choice::Singapore, 165.0),
    (Choice::Ireland, Choice::Singapore, 175.0),
    (Choice::Frankfurt, Choice::Singapore, 160.0),
];

/// Round trip between two regions; that within a region when both are the same place.
pub fn between_regions(one: Choice, other: Choice) -> Seconds {
    BETWEEN_REGIONS
        .iter()
        .find(|(a, b, _)| (*a == one && *b == other) || (*a == other && *b == one))
        .map_or(WITHIN_ZONE, |(_, _, milliseconds)| {
            Seconds(milliseconds * 1e-3)
        })
}

/// Round trip along a link: its own, else what the zones imply; `None` where there is no such link between two parts.
pub fn round_trip(scenario: &Scenario, link: LinkId) -> Option<Seconds> {
    let topology = Topology::new(scenario);
    let place = scenario.links.iter().position(|known| known.id == link)?;
    let known = &scenario.links[place];
    topology.place(known.from)?;
    topology.place(known.to)?;
    Some(Geometry::new(&topology).round_trip(&topology, place))
}

/// In which zones a component lies.
#[derive(Clone, Copy, Default)]
struct Place {
    region: Option<Choice>,
    availability_zone: Option<u32>,
}

/// Where everything lies.
pub(super) struct Geometry {
    places: Vec<Place>,
}

impl Geometry {
    /// Finds the innermost region and availability zone of each component.
    pub fn new(topology: &Topology<'_>) -> Self {
        let mut zones: Vec<(usize, f64)> = topology
            .scenario
            .zones
            .iter()
            .enumerate()
            .filter(|(_, zone)| matches!(zone.kind, ZoneKind::Region | ZoneKind::AvailabilityZone))
            .map(|(index, zone)| (index, zone.rectangle.width * zone.rectangle.height))
            .collect();
        if zones.is_empty() {
            return Geometry { places: Vec::new() };
        }
        zones.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        let places = topology
            .scenario
            .components
            .iter()
            .map(|component| {
                let centre = component.centre();
                let mut place = Place::default();
                for (index, _) in &zones {
                    let zone = &topology.scenario.zones[*index];
                    if !zone.rectangle.contains(centre) {
                        continue;
                    }
                    match zone.kind {
                        ZoneKind::Region if place.region.is_none() => {
                            place.region = zone.choice(Parameter::Location)
                        }
                        ZoneKind::AvailabilityZone if place.availability_zone.is_none() => {
                            place.availability_zone = Some(*index as u32);
                        }
                        _ => {}
                    }
                }
                place
            })
            .collect();
        Geometry { places }
    }

    fn place(&self, component: usize) -> Place {
        self.places.get(component).copied().unwrap_or_default()
    }

    /// What different regions add; 0 where either end lies in none.
    fn between(&self, one: usize, other: usize) -> Option<Seconds> {
        match (self.place(one).region, self.place(other).region) {
            (Some(one), Some(other)) if one != other => Some(between_regions(one, other)),
            _ => None,
        }
    }

    /// Round trip between two components inside, as the zones imply it.
    fn inside(&self, one: usize, other: usize) -> Seconds {
        if let Some(far) = self.between(one, other) {
            return far;
        }
        match (
            self.place(one).availability_zone,
            self.place(other).availability_zone,
        ) {
            (Some(one), Some(other)) if one != other => BETWEEN_ZONES,
            _ => WITHIN_ZONE,
        }
    }

    /// Round trip from a client population to what it reaches along this link: the clients' own distance (the edge's where they reach a
    /// CDN), and the way between regions on top.
    pub fn way_of_clients(&self, topology: &Topology<'_>, clients: usize, link: usize) -> Seconds {
        if let Some(overridden) = overridden(topology, link) {
            return overridden;
        }
        let target = topology.target(link);
        if topology.kind(target) == Kind::Cdn {
            return topology.component(target).seconds(Parameter::EdgeRoundTrip);
        }
        let far = self.between(clients, target).unwrap_or_default();
        topology
            .component(clients)
            .seconds(Parameter::ClientRoundTrip)
            + far
    }

    /// Round trip along this link.
    pub fn round_trip(&self, topology: &Topology<'_>, link: usize) -> Seconds {
        if let Some(overridden) = overridden(topology, link) {
            return overridden;
        }
        let (from, to) = (topology.caller(link), topology.target(link));
        match (topology.kind(from), topology.kind(to)) {
            // The books' stations know no network, a third party's response time and a lookup's time include theirs.
            (Kind::Station, Kind::Station) | (_, Kind::ThirdPartyApi | Kind::Dns) => Seconds(0.0),
            (Kind::Clients, _) => self.way_of_clients(topology, from, link),
            (Kind::Cdn, _) => self.behind_edge(topology, from, to),
            _ => self.inside(from, to),
        }
    }

    /// From an edge to its origin: what is left of the clients' way when the edge lies on it.
    fn behind_edge(&self, topology: &Topology<'_>, edge: usize, origin: usize) -> Seconds {
        let edge_round_trip = topology.component(edge).seconds(Parameter::EdgeRoundTrip);
        topology
            .incoming(edge)
            .map(|link| topology.caller(link))
            .filter(|caller| topology.kind(*caller) == Kind::Clients)
            .map(|clients| {
                let far = self.between(clients, origin).unwrap_or_default();
                topology
                    .component(clients)
                    .seconds(Parameter::ClientRoundTrip)
                    + far
                    - edge_round_trip
            })
            .fold(self.inside(edge, origin), |longest, way| {
                if way > longest { way } else { longest }
            })
    }
}

fn overridden(topology: &Topology<'_>, link: usize) -> Option<Seconds> {
    topology
        .link(link)
        .round_trip_seconds
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .map(Seconds)
}
