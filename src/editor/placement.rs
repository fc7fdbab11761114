//! Adding parts and zones: free spots, sensible names, fresh ids; it doesn't know what the parts do.

use super::Editor;
use super::change::Change;
use super::effects::{Effects, Item};
use super::geometry::{
    SMALLEST_ZONE_HEIGHT, SMALLEST_ZONE_WIDTH, bounds, inflated, node_rectangle, overlap, snap,
    snap_point, spanned,
};
use super::input::on_canvas;
use super::refusal::Refusal;
use super::selection::Selection;
use super::set::{Set, in_order};
use loadscape_sim::catalog::{self, Kind, ZoneKind};
use loadscape_sim::scenario::{
    Component, ComponentId, LinkId, NODE_HEIGHT, NODE_WIDTH, Point, Rectangle, Zone, ZoneId,
};
use std::collections::BTreeMap;

/// Room between a new node and its neighbours: across and down.
const ROOM: (f64, f64) = (64.0, 42.0);
/// Least room that a spot must leave on every side.
const LEAST_ROOM: f64 = 16.0;

/// What the catalog calls a kind.
pub(super) fn kind_label(kind: Kind) -> &'static str {
    catalog::specification(kind).label
}

/// The spot nearest to the wanted one at which a node overlaps none of these rectangles.
pub(super) fn free_spot(wanted: Point, occupied: &[Rectangle]) -> Point {
    const RINGS: i32 = 24;
    let wanted = snap_point(wanted);
    let is_free = |spot: Point| {
        let node = inflated(node_rectangle(spot), LEAST_ROOM);
        occupied.iter().all(|taken| !overlap(node, *taken))
    };
    let pitch = (snap(NODE_WIDTH + ROOM.0), snap(NODE_HEIGHT + ROOM.1));
    for ring in 0..=RINGS {
        let mut spots: Vec<(f64, Point)> = Vec::new();
        for column in -ring..=ring {
            for row in -ring..=ring {
                if column.abs().max(row.abs()) != ring {
                    continue;
                }
                let (x, y) = (f64::from(column) * pitch.0, f64::from(row) * pitch.1);
                // At equal distance, below comes before above and right before left, as people read.
                let reluctance =
                    if row < 0 { 1.0 } else { 0.0 } + if column < 0 { 2.0 } else { 0.0 };
                let spot = Point {
                    x: wanted.x + x,
                    y: wanted.y + y,
                };
                spots.push((x.hypot(y) + reluctance, spot));
            }
        }
        let spots = in_order(spots, |a, b| a.0 < b.0);
        if let Some((_, spot)) = spots.into_iter().find(|(_, spot)| is_free(*spot)) {
            return spot;
        }
    }
    let all = bounds(occupied.iter().copied()).unwrap_or(node_rectangle(wanted));
    snap_point(Point {
        x: all.x + all.width + ROOM.0,
        y: all.y,
    })
}

/// The name, or the name with the first number from 2 that nobody has.
pub(super) fn unique_name<'a>(wanted: &str, taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Set<&str> = taken.collect();
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let name = format!("{wanted} {number}");
        if !taken.contains(name.as_str()) {
            return name;
        }
        number += 1;
    }
}

/// An id that none of these has: one above the highest, or the lowest gap when there is nothing above.
pub(super) fn fresh_id(taken: impl Iterator<Item = u32>) -> u32 {
    let taken: Set<u32> = taken.collect();
    let highest = taken.iter().copied().max().unwrap_or(0);
    match highest.checked_add(1) {
        Some(next) => next,
        None => (1..=u32::MAX)
            .find(|id| !taken.contains(id))
            .unwrap_or(u32::MAX),
    }
}

impl Editor {
    /// Adds a part at a free spot: between the ends of the selected link where that means something, else right of the
    /// selected component, else in the middle of what is visible.
    ///
    /// # Errors
    /// While something is being dragged, or when the drawing is full.
    pub fn add_part(&mut self, kind: Kind) -> Result<Effects, Refusal> {
        if let Some(Item::Link(link)) = self.selection().sole()
            && self.could_receive(link, kind)
            && let Some(middle) = self.middle_of(link)
        {
            return self.insert_into(link, kind, snap_point(middle));
        }
        let wanted = match self.selection().components().last() {
            Some(id) => self.component(id).map(|component| Point {
                x: component.position.x + NODE_WIDTH + ROOM.0,
                y: component.position.y,
            }),
            None => None,
        }
        .unwrap_or_else(|| {
            let centre = self.viewport().to_world(self.canvas().centre());
            Point {
                x: centre.x - NODE_WIDTH / 2.0,
                y: centre.y - NODE_HEIGHT / 2.0,
            }
        });
        let spot = free_spot(wanted, &self.node_rectangles());
        self.insert_part(kind, spot)
    }

    /// Adds a part with its top left corner here, selects it and brings it into view.
    ///
    /// # Errors
    /// When the position is out of range, something is being dragged, or the drawing is full.
    pub fn insert_part(&mut self, kind: Kind, position: Point) -> Result<Effects, Refusal> {
        let id = self.fresh_component_id();
        let label = kind_label(kind);
        let name = unique_name(
            label,
            self.scenario()
                .components
                .iter()
                .map(|component| component.name.as_str()),
        );
        let component = Box::new(Component::new(id, kind, name.clone(), position));
        let index = self.scenario().components.len();
        let effects = self.commit_selecting(
            &format!("Add {label}"),
            vec![Change::InsertComponent { index, component }],
            Selection::only(Item::Component(id)),
        )?;
        Ok(effects
            .then(self.set_focus(Some(Item::Component(id))))
            .then(self.reveal_component(id))
            .then(Effects::say(format!("Added {name}."))))
    }

    /// Starts to place a part that is dragged out of the palette; moves and the release follow as inputs.
    pub fn start_placing(&mut self, kind: Kind) -> Effects {
        let settled = self.settle_tool();
        self.tool = super::Tool::PlacingPart {
            kind,
            at: None,
            onto: None,
        };
        settled.then(Effects::of_tool())
    }

    /// Waits for a zone to be drawn on the canvas.
    pub fn start_drawing_zone(&mut self, kind: ZoneKind) -> Effects {
        let settled = self.settle_tool();
        self.tool = super::Tool::DrawingZone { kind, drawn: None };
        let label = catalog::zone_specification(kind).label;
        settled.then(Effects::of_tool()).then(Effects::say(format!(
            "{label}: drag on the drawing to draw it, Escape cancels."
        )))
    }

    /// Adds a zone around the selected components and zones, else in the middle of what is visible.
    ///
    /// # Errors
    /// While something is being dragged, or when the drawing is full.
    pub fn add_zone(&mut self, kind: ZoneKind) -> Result<Effects, Refusal> {
        const MARGIN: f64 = 40.0;
        let selected = bounds(
            self.selection()
                .components()
                .filter_map(|id| self.component(id))
                .map(|component| node_rectangle(component.position))
                .chain(
                    self.selection()
                        .zones()
                        .filter_map(|id| self.zone(id))
                        .map(|zone| zone.rectangle),
                ),
        );
        let rectangle = match selected {
            Some(selected) => inflated(selected, MARGIN),
            None => {
                let centre = self.viewport().to_world(self.canvas().centre());
                Rectangle {
                    x: centre.x - 200.0,
                    y: centre.y - 120.0,
                    width: 400.0,
                    height: 240.0,
                }
            }
        };
        self.insert_zone(kind, rectangle)
    }

    /// Adds a zone and selects it.
    ///
    /// # Errors
    /// When the rectangle is out of range, something is being dragged, or the drawing is full.
    pub fn insert_zone(
        &mut self,
        kind: ZoneKind,
        rectangle: Rectangle,
    ) -> Result<Effects, Refusal> {
        let id = ZoneId(fresh_id(self.scenario().zones.iter().map(|zone| zone.id.0)));
        let label = catalog::zone_specification(kind).label;
        let name = unique_name(
            label,
            self.scenario().zones.iter().map(|zone| zone.name.as_str()),
        );
        let corner = snap_point(Point {
            x: rectangle.x,
            y: rectangle.y,
        });
        let opposite = snap_point(Point {
            x: rectangle.x + rectangle.width,
            y: rectangle.y + rectangle.height,
        });
        let zone = Zone {
            id,
            kind,
            name: name.clone(),
            rectangle: Rectangle {
                x: corner.x,
                y: corner.y,
                width: (opposite.x - corner.x).max(SMALLEST_ZONE_WIDTH),
                height: (opposite.y - corner.y).max(SMALLEST_ZONE_HEIGHT),
            },
            parameters: BTreeMap::new(),
        };
        let index = self.scenario().zones.len();
        let effects = self.commit_selecting(
            &format!("Add {label}"),
            vec![Change::InsertZone { index, zone }],
            Selection::only(Item::Zone(id)),
        )?;
        Ok(effects.then(Effects::say(format!("Added {name}."))))
    }

    /// Where a part that is let go at this pixel would lie; `None` outside the canvas.
    pub(super) fn part_place(&self, pixel: Point, free: bool) -> Option<Point> {
        if !on_canvas(pixel, self.canvas()) {
            return None;
        }
        let world = self.world(pixel);
        let corner = Point {
            x: world.x - NODE_WIDTH / 2.0,
            y: world.y - NODE_HEIGHT / 2.0,
        };
        Some(if free { corner } else { snap_point(corner) })
    }

    /// A part was let go on the canvas: on a link that it means something in, it is inserted there; any other link it is
    /// put beside.
    pub(super) fn placed(&mut self, kind: Kind, position: Point) -> Effects {
        match self.receiving(kind, position) {
            Some(link) => self.insert_into(link, kind, position),
            None => self.insert_part(kind, self.beside_links(position)),
        }
        .unwrap_or_else(|refusal| Effects::say(refusal.to_string()))
    }

    /// A zone was drawn between these corners; a mere click makes one of a useful size.
    pub(super) fn drew_zone(&mut self, kind: ZoneKind, from: Point, to: Point) -> Effects {
        let drawn = spanned(from, to);
        let rectangle = if drawn.width < 4.0 * super::GRID && drawn.height < 4.0 * super::GRID {
            Rectangle {
                x: from.x,
                y: from.y,
                width: 400.0,
                height: 240.0,
            }
        } else {
            drawn
        };
        self.insert_zone(kind, rectangle)
            .unwrap_or_else(|refusal| Effects::say(refusal.to_string()))
    }

    /// Every node's rectangle, in drawing order.
    pub fn node_rectangles(&self) -> Vec<Rectangle> {
        self.scenario()
            .components
            .iter()
            .map(|component| node_rectangle(component.position))
            .collect()
    }

    pub(super) fn fresh_component_id(&self) -> ComponentId {
        ComponentId(fresh_id(
            self.scenario()
                .components
                .iter()
                .map(|component| component.id.0),
        ))
    }

    pub(super) fn fresh_link_id(&self) -> LinkId {
        LinkId(fresh_id(self.scenario().links.iter().map(|link| link.id.0)))
    }
}
