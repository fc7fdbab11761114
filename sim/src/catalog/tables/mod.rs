//! The tables: what each kind is and which parameters it has, a file for each group of the palette.

mod compute;
mod data;
mod edge;
mod messaging;
mod shared;
mod sql;
mod theory;
mod traffic;
mod zones;

use super::{Kind, KindSpecification, ZoneKind, ZoneSpecification};

/// Every kind, in the palette's order. A static, for a constant would be laid down again in every crate that names it.
pub static KINDS: &[KindSpecification] = &[
    traffic::CLIENTS,
    traffic::DNS,
    traffic::CDN,
    edge::LOAD_BALANCER,
    edge::API_GATEWAY,
    edge::REVERSE_PROXY,
    compute::SERVICE,
    compute::FUNCTION,
    compute::WORKER,
    compute::SINGLE_BOX,
    sql::SQL_PRIMARY,
    sql::READ_REPLICA,
    sql::SHARDED_DATABASE,
    sql::FEDERATED_DATABASE,
    data::KEY_VALUE_STORE,
    data::CACHE,
    data::OBJECT_STORAGE,
    messaging::QUEUE,
    messaging::TOPIC,
    messaging::THIRD_PARTY_API,
    theory::STATION,
];

/// Every kind of zone, from the largest to the smallest.
pub static ZONE_KINDS: &[ZoneSpecification] = &[
    zones::REGION,
    zones::VPC,
    zones::AVAILABILITY_ZONE,
    zones::PUBLIC_SUBNET,
    zones::PRIVATE_SUBNET,
];

/// What the catalog says of a kind.
pub const fn specification(kind: Kind) -> &'static KindSpecification {
    &KINDS[match kind {
        Kind::Clients => 0,
        Kind::Dns => 1,
        Kind::Cdn => 2,
        Kind::LoadBalancer => 3,
        Kind::ApiGateway => 4,
        Kind::ReverseProxy => 5,
        Kind::Service => 6,
        Kind::Function => 7,
        Kind::Worker => 8,
        Kind::SingleBox => 9,
        Kind::SqlPrimary => 10,
        Kind::ReadReplica => 11,
        Kind::ShardedDatabase => 12,
        Kind::FederatedDatabase => 13,
        Kind::KeyValueStore => 14,
        Kind::Cache => 15,
        Kind::ObjectStorage => 16,
        Kind::Queue => 17,
        Kind::Topic => 18,
        Kind::ThirdPartyApi => 19,
        Kind::Station => 20,
    }]
}

/// What the catalog says of a kind of zone.
pub const fn zone_specification(kind: ZoneKind) -> &'static ZoneSpecification {
    &ZONE_KINDS[match kind {
        ZoneKind::Region => 0,
        ZoneKind::Vpc => 1,
        ZoneKind::AvailabilityZone => 2,
        ZoneKind::PublicSubnet => 3,
        ZoneKind::PrivateSubnet => 4,
    }]
}
