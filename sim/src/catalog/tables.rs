//! The tables: what each kind is and which parameters it has.

use super::{Group, Kind, KindSpecification, ZoneKind, ZoneSpecification};

/// Every kind, in the palette's order.
pub const KINDS: &[KindSpecification] = &[];

/// Every kind of zone, from the largest to the smallest.
pub const ZONE_KINDS: &[ZoneSpecification] = &[];

const UNLISTED: KindSpecification = KindSpecification { kind: Kind::Station, label: "", summary: "", group: Group::Theory, parameters: &[] };
const UNLISTED_ZONE: ZoneSpecification = ZoneSpecification { kind: ZoneKind::Region, label: "", summary: "", parameters: &[] };

/// What the catalog says of a kind.
pub fn specification(kind: Kind) -> &'static KindSpecification {
    KINDS.iter().find(|specification| specification.kind == kind).unwrap_or(&UNLISTED)
}

/// What the catalog says of a kind of zone.
pub fn zone_specification(kind: ZoneKind) -> &'static ZoneSpecification {
    ZONE_KINDS.iter().find(|specification| specification.kind == kind).unwrap_or(&UNLISTED_ZONE)
}
