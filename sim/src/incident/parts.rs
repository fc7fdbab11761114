//! Which parts of a drawing an incident can happen to. It knows no incident.

use super::subject::{At, Subject};
use crate::catalog::{Kind, ZoneKind};
use crate::scenario::{Component, ComponentId, Link, Zone, ZoneId};

impl<'a> Subject<'a> {
    /// The kind of a component.
    pub(super) fn kind(&self, id: ComponentId) -> Option<Kind> {
        self.scenario.component(id).map(|own| own.kind)
    }

    /// Whether a component that runs something lies in a zone.
    pub(super) fn is_inhabited(&self, zone: &Zone) -> bool {
        let mut components = self.scenario.components.iter();
        components.any(|own| {
            own.kind != Kind::Clients
                && zone.rectangle.contains(own.centre())
                && self.arrivals(own.id) > 0.0
        })
    }

    /// The selected zone where it fits, else the first that does, by the order of these kinds.
    pub(super) fn zone(
        &self,
        kinds: &[ZoneKind],
        fits: impl Fn(&Zone) -> bool,
    ) -> Option<&'a Zone> {
        let scenario = self.scenario;
        let find = |wanted: ZoneId| scenario.zone(wanted);
        let selected = match self.selected {
            Some(At::Zone(id)) => find(id).filter(|zone| kinds.contains(&zone.kind) && fits(zone)),
            _ => None,
        };
        let first = |kind: &ZoneKind| {
            let mut zones = scenario.zones.iter();
            zones.find(|zone| zone.kind == *kind && fits(zone))
        };
        selected.or_else(|| kinds.iter().find_map(first))
    }

    /// Whether calls cross a zone's border.
    pub(super) fn is_crossed(&self, zone: &Zone) -> bool {
        let lies = |id: ComponentId| {
            let component = self.scenario.component(id);
            component.is_some_and(|own| zone.rectangle.contains(own.centre()))
        };
        let mut links = self.scenario.links.iter();
        links.any(|link| lies(link.from) != lies(link.to) && self.calls(link.id) > 0.0)
    }

    /// A primary that replicates to somebody: the busiest, or the selected.
    pub(super) fn replicated_primary(&self) -> Option<&'a Component> {
        self.component(|own| {
            own.kind == Kind::SqlPrimary
                && self.scenario.links.iter().any(|link| {
                    link.from == own.id && self.kind(link.to) == Some(Kind::ReadReplica)
                })
        })
    }

    /// Whether a link's calls go from one part of the design to another, and not to DNS.
    pub(super) fn is_inside(&self, link: &Link) -> bool {
        !matches!(
            self.kind(link.from),
            Some(Kind::Clients | Kind::SqlPrimary) | None
        ) && !matches!(self.kind(link.to), Some(Kind::Dns) | None)
    }
}

/// Whether it stores something on disks.
pub(super) fn has_disks(component: &Component) -> bool {
    matches!(
        component.kind,
        Kind::SqlPrimary
            | Kind::ReadReplica
            | Kind::ShardedDatabase
            | Kind::FederatedDatabase
            | Kind::KeyValueStore
            | Kind::ObjectStorage
            | Kind::SingleBox
    )
}

/// Whether its program is one's own, and deployed.
pub(super) fn is_program(component: &Component) -> bool {
    matches!(
        component.kind,
        Kind::Service | Kind::Worker | Kind::SingleBox | Kind::Function
    )
}
