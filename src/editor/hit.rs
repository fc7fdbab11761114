//! What lies under a pointer or inside a rectangle; it changes nothing.

use super::Editor;
use super::connect::Loose;
use super::effects::Item;
use super::geometry::Curve;
use super::geometry::{
    distance_to_border, encloses, handle_point, inflated, link_curve, node_rectangle, overlap,
    port_point,
};
use super::input::{Device, Handle, Hit, Port};
use super::selection::Selection;
use loadscape_sim::scenario::{
    ComponentId, Link, LinkId, NODE_WIDTH, Point, Rectangle, Zone, ZoneId,
};

/// Node area beyond its edge that still takes a connection, in drawing units.
const GENEROUS: f64 = 12.0;
/// How far from a port it is hit, in pixels: whoever just misses it would move the node instead, or take a line by its end.
const PORT_REACH: f64 = 12.0;
/// How much farther a finger hits it outside its node, where it doesn't hit the middle of a line.
const FINGER_OUTSIDE: f64 = 2.0;
/// How far into its node a port reaches at most, in drawing units: the rest of the node is there to be moved by.
const PORT_INSIDE: f64 = NODE_WIDTH / 7.0;
/// How near to where a line ends it is taken by that end, in pixels.
const LINE_END: f64 = 34.0;

impl Editor {
    /// What lies under a pixel: handles of selected zones, ends of selected links, ports, nodes, links, zone borders, in this order.
    pub fn hit(&self, pixel: Point, device: Device) -> Hit {
        let world = self.world(pixel);
        let reach = device.reach() / self.viewport().zoom;
        let near = |point: Point| (point.x - world.x).hypot(point.y - world.y) <= reach;
        let port_reach = device.reach().max(PORT_REACH) / self.viewport().zoom;
        // Seen from afar, two ports' reach would leave nothing of the line between them.
        let is_in_a_line = || {
            let link = self.link_at(world, reach);
            link.is_some_and(|link| self.end_near(link, world).is_none())
        };
        let port_reach_outside = match device {
            Device::Touch if !is_in_a_line() => port_reach * FINGER_OUTSIDE,
            _ => port_reach,
        };
        for id in self.selection().zones() {
            let Some(zone) = self.zone(id) else { continue };
            for handle in Handle::ALL {
                if near(handle_point(zone.rectangle, handle)) {
                    return Hit::ZoneHandle(id, handle);
                }
            }
        }
        for id in self.selection().links() {
            let Some(curve) = self.link(id).and_then(|link| self.curve_of(link)) else {
                continue;
            };
            // The ports that it hides stay where they are for everybody else.
            for (end, loose) in [(curve.end, Loose::Called), (curve.start, Loose::Caller)] {
                if near(end) {
                    return Hit::LinkEnd(id, loose);
                }
            }
        }
        // Of ports that are beside the point, the nearest.
        let mut beside: Option<(f64, Hit)> = None;
        for component in self.scenario().components.iter().rev() {
            let inside = node_rectangle(component.position).contains(world);
            if inside && beside.is_some() {
                break;
            }
            for port in [Port::Out, Port::In] {
                let port_at = port_point(component.position, port);
                let distance = (port_at.x - world.x).hypot(port_at.y - world.y);
                let reached = if inside {
                    port_reach.min(PORT_INSIDE)
                } else {
                    port_reach_outside
                };
                if distance > reached {
                    continue;
                }
                let hit = Hit::Port(component.id, port);
                if inside {
                    return hit;
                }
                if beside.is_none_or(|(nearest, _)| distance < nearest) {
                    beside = Some((distance, hit));
                }
            }
            if inside {
                return Hit::Component(component.id);
            }
        }
        if let Some((_, hit)) = beside {
            return hit;
        }
        if let Some(link) = self.link_at(world, reach) {
            return match self.end_near(link, world) {
                Some(loose) => Hit::LinkEnd(link, loose),
                None => Hit::Link(link),
            };
        }
        match self.zone_border_at(world, reach) {
            Some(zone) => Hit::ZoneBorder(zone),
            None => Hit::Canvas,
        }
    }

    /// The topmost component at a point of the drawing, or the nearest one that the point just misses.
    pub fn component_at(&self, world: Point) -> Option<ComponentId> {
        let components = &self.scenario().components;
        let holds = |by: f64| {
            components
                .iter()
                .rev()
                .find(|component| inflated(node_rectangle(component.position), by).contains(world))
        };
        holds(0.0)
            .or_else(|| holds(GENEROUS))
            .map(|component| component.id)
    }

    /// The path of a link, if both its ends exist.
    pub fn curve_of(&self, link: &Link) -> Option<Curve> {
        Some(link_curve(
            self.component(link.from)?.position,
            self.component(link.to)?.position,
        ))
    }

    fn link_at(&self, world: Point, reach: f64) -> Option<LinkId> {
        self.scenario()
            .links
            .iter()
            .filter_map(|link| {
                let curve = self.curve_of(link)?;
                let near = inflated(curve.bounds(), reach).contains(world);
                let distance = near.then(|| curve.distance_to(world))?;
                (distance <= reach).then_some((distance, link.id))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, id)| id)
    }

    /// The end of a link that a point on its line is near to; of a short line, each end has a third.
    fn end_near(&self, link: LinkId, world: Point) -> Option<Loose> {
        let curve = self.link(link).and_then(|link| self.curve_of(link))?;
        let distance = |end: Point| (end.x - world.x).hypot(end.y - world.y);
        let (called, caller) = (distance(curve.end), distance(curve.start));
        let length = (curve.end.x - curve.start.x).hypot(curve.end.y - curve.start.y);
        let reach = (LINE_END / self.viewport().zoom).min(length / 3.0);
        if called.min(caller) > reach {
            None
        } else if called <= caller {
            Some(Loose::Called)
        } else {
            Some(Loose::Caller)
        }
    }

    fn zone_border_at(&self, world: Point, reach: f64) -> Option<ZoneId> {
        self.scenario()
            .zones
            .iter()
            .filter(|zone| {
                distance_to_border(zone.rectangle, world) <= reach
                    || zone_name_rectangle(zone).contains(world)
            })
            .min_by(|a, b| area(a.rectangle).total_cmp(&area(b.rectangle)))
            .map(|zone| zone.id)
    }

    /// What a marquee selects: components that it touches and zones that it encloses; links only when it touches
    /// no component, for then it was drawn across the lines on purpose.
    pub fn touched_by(&self, marquee: Rectangle) -> Selection {
        let scenario = self.scenario();
        let mut selection: Selection = scenario
            .components
            .iter()
            .filter(|component| overlap(node_rectangle(component.position), marquee))
            .map(|component| Item::Component(component.id))
            .collect();
        if selection.is_empty() {
            let crossed = scenario.links.iter().filter(|link| {
                self.curve_of(link)
                    .is_some_and(|curve| curve.crosses(marquee))
            });
            selection = crossed.map(|link| Item::Link(link.id)).collect();
        }
        for zone in &scenario.zones {
            if encloses(marquee, zone.rectangle) {
                selection.insert(Item::Zone(zone.id));
            }
        }
        selection
    }

    /// The top left corner of a component or zone.
    pub(super) fn corner_of(&self, item: Item) -> Option<Point> {
        match item {
            Item::Component(id) => self.component(id).map(|component| component.position),
            Item::Zone(id) => self.zone(id).map(|zone| Point {
                x: zone.rectangle.x,
                y: zone.rectangle.y,
            }),
            Item::Link(_) => None,
        }
    }
}

/// Where a zone's name stands: on its upper edge, near the left. Wide enough for its letters, as the editor can't
/// measure type.
pub fn zone_name_rectangle(zone: &Zone) -> Rectangle {
    const LETTER_WIDTH: f64 = 6.5;
    let width = 14.0 + LETTER_WIDTH * zone.name.chars().count() as f64;
    Rectangle {
        x: zone.rectangle.x + 8.0,
        y: zone.rectangle.y - 11.0,
        width: width.min((zone.rectangle.width - 16.0).max(0.0)),
        height: 22.0,
    }
}

fn area(rectangle: Rectangle) -> f64 {
    rectangle.width * rectangle.height
}
