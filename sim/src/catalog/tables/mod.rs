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

use super::build::{WrittenKind, WrittenParameter, WrittenZone};
use super::{Kind, KindSpecification, ParameterSpecification, Words, ZoneKind, ZoneSpecification};

/// Every kind, in the palette's order.
const WRITTEN_KINDS: [WrittenKind; 21] = [
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
const WRITTEN_ZONES: [WrittenZone; 5] = [
    zones::REGION,
    zones::VPC,
    zones::AVAILABILITY_ZONE,
    zones::PUBLIC_SUBNET,
    zones::PRIVATE_SUBNET,
];

/// Parameters of all kinds and kinds of zone together.
const PARAMETERS: usize = {
    let mut count = 0;
    let mut table = 0;
    while table < TABLES {
        count += written(table).len();
        table += 1;
    }
    count
};

/// Tables of parameters: one for each kind, then one for each kind of zone.
const TABLES: usize = WRITTEN_KINDS.len() + WRITTEN_ZONES.len();

const fn written(table: usize) -> &'static [WrittenParameter] {
    if table < WRITTEN_KINDS.len() {
        WRITTEN_KINDS[table].parameters
    } else {
        WRITTEN_ZONES[table - WRITTEN_KINDS.len()].parameters
    }
}

// What a parameter is and what is said of it are written side by side and laid down apart: see `Words`.
static SPECIFICATIONS: [ParameterSpecification; PARAMETERS] = {
    let mut all = [written(0)[0].specification(0); PARAMETERS];
    let (mut table, mut place) = (0, 0);
    while table < TABLES {
        let parameters = written(table);
        let mut index = 0;
        while index < parameters.len() {
            all[place] = parameters[index].specification(place as u16);
            index += 1;
            place += 1;
        }
        table += 1;
    }
    all
};

static WORDS: [Words; PARAMETERS] = {
    let mut all = [written(0)[0].words(); PARAMETERS];
    let (mut table, mut place) = (0, 0);
    while table < TABLES {
        let parameters = written(table);
        let mut index = 0;
        while index < parameters.len() {
            all[place] = parameters[index].words();
            index += 1;
            place += 1;
        }
        table += 1;
    }
    all
};

/// What is said of the parameter at this place.
pub(super) fn words(place: u16) -> Words {
    WORDS[usize::from(place)]
}

/// The parameters of a table.
const fn parameters(table: usize) -> &'static [ParameterSpecification] {
    let (mut before, mut start) = (0, 0);
    while before < table {
        start += written(before).len();
        before += 1;
    }
    SPECIFICATIONS
        .split_at(start)
        .1
        .split_at(written(table).len())
        .0
}

static KIND_TABLE: [KindSpecification; WRITTEN_KINDS.len()] = {
    let mut all = [kind(0); WRITTEN_KINDS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = kind(index);
        index += 1;
    }
    all
};

const fn kind(index: usize) -> KindSpecification {
    let written = &WRITTEN_KINDS[index];
    KindSpecification {
        kind: written.kind,
        label: written.label,
        summary: written.summary,
        group: written.group,
        parameters: parameters(index),
    }
}

static ZONE_TABLE: [ZoneSpecification; WRITTEN_ZONES.len()] = {
    let mut all = [zone(0); WRITTEN_ZONES.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = zone(index);
        index += 1;
    }
    all
};

const fn zone(index: usize) -> ZoneSpecification {
    let written = &WRITTEN_ZONES[index];
    ZoneSpecification {
        kind: written.kind,
        label: written.label,
        summary: written.summary,
        parameters: parameters(WRITTEN_KINDS.len() + index),
    }
}

/// Every kind, in the palette's order. A static, for a constant would be laid down again in every crate that names it.
pub static KINDS: &[KindSpecification] = &KIND_TABLE;

/// Every kind of zone, from the largest to the smallest.
pub static ZONE_KINDS: &[ZoneSpecification] = &ZONE_TABLE;

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
