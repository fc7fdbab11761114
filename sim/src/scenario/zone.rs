//! Zones: rectangles on the drawing that stand for regions and networks; what they imply is the network's and the insight's to say.

use super::{Point, ZoneId};
use crate::catalog::{Parameter, Value, ZoneKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A region, availability zone, VPC or subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Stable across edits, saves and links.
    pub id: ZoneId,
    /// What it stands for.
    pub kind: ZoneKind,
    /// What the user calls it.
    pub name: String,
    /// Where it lies.
    pub rectangle: Rectangle,
    /// Only what differs from the catalog's default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<Parameter, Value>,
}

/// An axis-parallel rectangle in drawing units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rectangle {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Not negative.
    pub width: f64,
    /// Not negative.
    pub height: f64,
}

impl Rectangle {
    /// Width times height.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Whether the point lies inside or on the edge.
    pub fn contains(&self, point: Point) -> bool {
        point.x >= self.x
            && point.x <= self.x + self.width
            && point.y >= self.y
            && point.y <= self.y + self.height
    }
}
