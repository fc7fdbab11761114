//! Zones: what lying inside a region or a network means.

use super::shared;
use crate::catalog::build::{WrittenZone, choice, option};
use crate::catalog::{Choice, Parameter, ZoneKind};

pub(super) const REGION: WrittenZone = WrittenZone {
    kind: ZoneKind::Region,
    label: "Region",
    summary: "A part of the world: calls between regions take as long as light and routers need.",
    parameters: &[
        choice(
            Parameter::Location,
            "Location",
            &[
                option(Choice::UsEast, "US East (Virginia)", "us-east-1"),
                option(Choice::UsWest, "US West (Oregon)", "us-west-2"),
                option(Choice::Ireland, "Ireland", "eu-west-1"),
                option(Choice::Frankfurt, "Frankfurt", "eu-central-1"),
                option(Choice::Singapore, "Singapore", "ap-southeast-1"),
            ],
        )
        .help("Where it is; with the other end's location it decides the round trip of a link.")
        .recalled("us-east-1, for which the prices are quoted"),
        shared::TRANSFER_PRICE
            .with(0.02)
            .label("Price to other regions")
            .help("What a gigabyte costs that leaves for another region.")
            .read("cross-region transfer, most of the US: 0.02 $/GB (usage.ai May 2026)"),
        shared::AVAILABILITY.with(0.9999).help("Share of the time that the region works. What brings it down brings down every machine and regional service in it at once.").read("EC2 SLA of a region: 99.99 % (aws.amazon.com/compute/sla/historical, 2022-05-05)"),
    ],
};

pub(super) const VPC: WrittenZone = WrittenZone {
    kind: ZoneKind::Vpc,
    label: "VPC",
    summary: "A private network: the outside reaches only what lies in one of its public subnets.",
    parameters: &[],
};

pub(super) const AVAILABILITY_ZONE: WrittenZone = WrittenZone {
    kind: ZoneKind::AvailabilityZone,
    label: "Availability zone",
    summary: "A data centre that fails by itself; calls to another zone take about a millisecond.",
    parameters: &[
        shared::TRANSFER_PRICE
            .with(0.01)
            .label("Price to other zones")
            .help("What a gigabyte costs that leaves for another availability zone of the region; the other side pays the same to receive it.")
            .read("cross-zone transfer: 0.01 $/GB in each direction, us-east-1 (usage.ai May 2026)"),
        shared::AVAILABILITY.with(0.99982).help("Share of the time that the data centre works. What brings it down brings down every machine in it at once; services that their provider spreads over zones go on.").read("Uptime Institute, Tier III: 99.982 %, 1.6 h a year (datacenters.com)"),
    ],
};

pub(super) const PUBLIC_SUBNET: WrittenZone = WrittenZone {
    kind: ZoneKind::PublicSubnet,
    label: "Public subnet",
    summary: "Part of a network that the internet reaches: the place of balancers, gateways and proxies.",
    parameters: &[],
};

pub(super) const PRIVATE_SUBNET: WrittenZone = WrittenZone {
    kind: ZoneKind::PrivateSubnet,
    label: "Private subnet",
    summary: "Part of a network that only the network itself reaches: the place of services and data.",
    parameters: &[],
};
