//! Where parts lie, as far as the outside is concerned; it knows rectangles and kinds of zones.

use crate::catalog::{Footing, ZoneKind};
use crate::scenario::{Component, ComponentId, Scenario, ZoneId};

/// The zones of one part.
struct Ground {
    component: ComponentId,
    /// The innermost network, data centre and subnet.
    network: Option<ZoneId>,
    data_centre: Option<ZoneId>,
    region: Option<ZoneId>,
    subnet: Option<ZoneKind>,
}

/// Where everything lies.
pub(super) struct Grounds(Vec<Ground>);

impl Grounds {
    pub fn of(scenario: &Scenario) -> Grounds {
        let of = |component: &Component| {
            let zones = scenario.zones_of(component);
            let innermost = |kind: ZoneKind| {
                let zone = zones.iter().find(|zone| zone.kind == kind);
                zone.map(|zone| zone.id)
            };
            let subnet = zones
                .iter()
                .map(|zone| zone.kind)
                .find(|kind| matches!(kind, ZoneKind::PublicSubnet | ZoneKind::PrivateSubnet));
            Ground {
                component: component.id,
                network: innermost(ZoneKind::Vpc),
                data_centre: innermost(ZoneKind::AvailabilityZone),
                region: innermost(ZoneKind::Region),
                subnet,
            }
        };
        Grounds(scenario.components.iter().map(of).collect())
    }

    fn get(&self, id: ComponentId) -> Option<&Ground> {
        self.0.iter().find(|ground| ground.component == id)
    }

    /// The innermost network that a part lies in.
    pub fn network(&self, id: ComponentId) -> Option<ZoneId> {
        self.get(id)?.network
    }

    /// The availability zone that a part lies in.
    pub fn data_centre(&self, id: ComponentId) -> Option<ZoneId> {
        self.get(id)?.data_centre
    }

    /// Whether what one part sends to another leaves the network, so that others carry it: into another network or region, or where there is none.
    pub fn leaves(&self, from: ComponentId, to: ComponentId) -> bool {
        match (self.get(from), self.get(to)) {
            (Some(from), Some(to)) => {
                from.network.is_none() || from.network != to.network || from.region != to.region
            }
            _ => false,
        }
    }

    /// Whether this is the subnet that a part lies in.
    pub fn is_in(&self, id: ComponentId, subnet: ZoneKind) -> bool {
        self.get(id)
            .is_some_and(|ground| ground.subnet == Some(subnet))
    }

    /// Machines and services that the outside reaches: in a public subnet, or neither in a network nor in a private subnet.
    pub fn open<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = &'a Component> {
        scenario
            .components
            .iter()
            .zip(&self.0)
            .filter_map(|(component, ground)| {
                let stands = matches!(
                    component.kind.footing(),
                    Footing::Machines | Footing::Region
                );
                let open = match ground.subnet {
                    Some(ZoneKind::PublicSubnet) => true,
                    Some(_) => false,
                    None => ground.network.is_none(),
                };
                (stands && open).then_some(component)
            })
    }
}
