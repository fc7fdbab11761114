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

/// Every kind, in the palette's order.
pub const KINDS: &[KindSpecification] = &[
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
pub const ZONE_KINDS: &[ZoneSpecification] = &[
    zones::REGION,
    zones::VPC,
    zones::AVAILABILITY_ZONE,
    zones::PUBLIC_SUBNET,
    zones::PRIVATE_SUBNET,
];

/// What the catalog says of a kind.
pub const fn specification(kind: Kind) -> &'static KindSpecification {
    match kind {
        Kind::Clients => &traffic::CLIENTS,
        Kind::Dns => &traffic::DNS,
        Kind::Cdn => &traffic::CDN,
        Kind::LoadBalancer => &edge::LOAD_BALANCER,
        Kind::ApiGateway => &edge::API_GATEWAY,
        Kind::ReverseProxy => &edge::REVERSE_PROXY,
        Kind::Service => &compute::SERVICE,
        Kind::Function => &compute::FUNCTION,
        Kind::Worker => &compute::WORKER,
        Kind::SingleBox => &compute::SINGLE_BOX,
        Kind::SqlPrimary => &sql::SQL_PRIMARY,
        Kind::ReadReplica => &sql::READ_REPLICA,
        Kind::ShardedDatabase => &sql::SHARDED_DATABASE,
        Kind::FederatedDatabase => &sql::FEDERATED_DATABASE,
        Kind::KeyValueStore => &data::KEY_VALUE_STORE,
        Kind::Cache => &data::CACHE,
        Kind::ObjectStorage => &data::OBJECT_STORAGE,
        Kind::Queue => &messaging::QUEUE,
        Kind::Topic => &messaging::TOPIC,
        Kind::ThirdPartyApi => &messaging::THIRD_PARTY_API,
        Kind::Station => &theory::STATION,
    }
}

/// What the catalog says of a kind of zone.
pub const fn zone_specification(kind: ZoneKind) -> &'static ZoneSpecification {
    match kind {
        ZoneKind::Region => &zones::REGION,
        ZoneKind::Vpc => &zones::VPC,
        ZoneKind::AvailabilityZone => &zones::AVAILABILITY_ZONE,
        ZoneKind::PublicSubnet => &zones::PUBLIC_SUBNET,
        ZoneKind::PrivateSubnet => &zones::PRIVATE_SUBNET,
    }
}
