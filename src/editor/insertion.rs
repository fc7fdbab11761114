//! Inserting a part into a link: which link it lies on, whether both halves would mean something, and the change that does it.

use super::Editor;
use super::change::Change;
use super::effects::{Effects, Item};
use super::geometry::{GRID, inflated, node_rectangle, overlap};
use super::placement::{free_spot, kind_label, unique_name};
use super::refusal::Refusal;
use super::selection::Selection;
use loadscape_sim::catalog::{self, Kind, LinkMeaning};
use loadscape_sim::scenario::{
    Component, ComponentId, Link, LinkId, NODE_HEIGHT, NODE_WIDTH, Point, Rectangle,
};

/// How near to a link the middle of a node has to be for the node to lie on it, in drawing units.
const ON_THE_LINE: f64 = NODE_HEIGHT / 2.0;

/// What the two halves of a link would mean with a part between them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Halves {
    calls: LinkMeaning,
    is_called: LinkMeaning,
}

impl Editor {
    /// The link that a part of this kind would be inserted into if it were let go with its top left corner here: the nearest
    /// one below its middle where both connections would mean something.
    pub(super) fn receiving(&self, kind: Kind, corner: Point) -> Option<LinkId> {
        self.links_below(corner)
            .find(|link| self.halves(*link, kind).is_ok())
    }

    /// The same with the place that the part would find there.
    pub(super) fn receiving_at(&self, kind: Kind, corner: Point) -> Option<(LinkId, Point)> {
        Some((self.receiving(kind, corner)?, self.room_near(corner, None)))
    }

    /// The place nearest to this one at which a node covers no other.
    fn room_near(&self, wanted: Point, but: Option<ComponentId>) -> Point {
        let components = self.scenario().components.iter();
        let occupied: Vec<Rectangle> = components
            .filter(|component| Some(component.id) != but)
            .map(|component| node_rectangle(component.position))
            .collect();
        if is_clear(wanted, &occupied) {
            wanted
        } else {
            free_spot(wanted, &occupied)
        }
    }

    /// What an insertion would mean, in words: "Read API reads Cache, which reads Replica".
    pub fn insertion_clause(&self, link: LinkId, kind: Kind, name: &str) -> Option<String> {
        let Halves { calls, is_called } = self.halves(link, kind).ok()?;
        let Link { from, to, .. } = self.link(link)?;
        Some(format!(
            "{} {} {name}, which {} {}",
            self.name_of(*from),
            calls.verb(),
            is_called.verb(),
            self.name_of(*to)
        ))
    }

    /// Adds a part between the two ends of a link, as one step: near this place, where there is room for it.
    ///
    /// # Errors
    /// When one of the two connections would mean nothing, something is being dragged, or the drawing is full.
    pub(super) fn insert_into(
        &mut self,
        link: LinkId,
        kind: Kind,
        wanted: Point,
    ) -> Result<Effects, Refusal> {
        self.halves(link, kind)?;
        let halved = self.link(link).ok_or(Refusal::NoLink(link))?.clone();
        let id = self.fresh_component_id();
        let components = &self.scenario().components;
        let name = unique_name(
            kind_label(kind),
            components.iter().map(|component| component.name.as_str()),
        );
        let position = self.room_near(wanted, None);
        let sentence = self.insertion_clause(link, kind, &name);
        let mut changes = vec![Change::InsertComponent {
            index: components.len(),
            component: Box::new(Component::new(id, kind, name.clone(), position)),
        }];
        changes.extend(self.splits(halved, id));
        let effects = self.commit_selecting(
            &format!("Insert {}", kind_label(kind)),
            changes,
            Selection::only(Item::Component(id)),
        )?;
        let sentence = sentence.map_or(name, |clause| format!("Inserted: {clause}."));
        Ok(effects
            .then(self.set_focus(Some(Item::Component(id))))
            .then(self.reveal_component(id))
            .then(Effects::say(sentence)))
    }

    /// The link that a part which is being dragged would be inserted into: a part without links of its own, on a link where
    /// both connections would mean something.
    pub(super) fn receiving_dragged(&self, id: ComponentId) -> Option<LinkId> {
        if !self.links_of(id).is_empty() {
            return None;
        }
        let component = self.component(id)?;
        self.receiving(component.kind, component.position)
    }

    /// Puts a part that was dragged onto a link between its two ends, as part of the drag.
    pub(super) fn insert_dragged(&mut self, link: LinkId, id: ComponentId) -> Effects {
        let Some(component) = self.component(id) else {
            return Effects::none();
        };
        let (kind, name) = (component.kind, component.name.clone());
        let (Some(clause), Some(halved)) = (
            self.insertion_clause(link, kind, &name),
            self.link(link).cloned(),
        ) else {
            return Effects::none();
        };
        let wanted = component.position;
        let mut changes = Vec::from(self.splits(halved, id));
        let room = self.room_near(wanted, Some(id));
        if room != wanted {
            changes.push(Change::Arrange {
                components: vec![(id, room)],
                zones: Vec::new(),
            });
        }
        self.commit("Insert", changes).map_or_else(
            |refusal| Effects::say(refusal.to_string()),
            |effects| effects.then(Effects::say(format!("Inserted: {clause}."))),
        )
    }

    /// The place nearest to this one, above or below, at which a node doesn't lie on a link that it isn't part of.
    pub(super) fn beside_links(&self, corner: Point) -> Point {
        const STEPS: i32 = 24;
        let curves: Vec<_> = self
            .links_below(corner)
            .filter_map(|id| self.link(id).and_then(|link| self.curve_of(link)))
            .collect();
        let occupied = self.node_rectangles();
        // 0, then one step down, one up, two down …
        (0..=2 * STEPS)
            .map(|turn| {
                let steps = f64::from((turn + 1) / 2) * if turn % 2 == 1 { 1.0 } else { -1.0 };
                Point {
                    x: corner.x,
                    y: corner.y + steps * GRID,
                }
            })
            .find(|place| {
                let around = inflated(node_rectangle(*place), GRID);
                curves.iter().all(|curve| !curve.crosses(around))
                    && (curves.is_empty() || is_clear(*place, &occupied))
            })
            .unwrap_or(corner)
    }

    /// Where a part lies that is inserted into this link without a place of its own: on its middle.
    pub(super) fn middle_of(&self, link: LinkId) -> Option<Point> {
        let middle = self.link(link).and_then(|link| self.curve_of(link))?;
        let middle = middle.point_at(0.5);
        Some(Point {
            x: middle.x - NODE_WIDTH / 2.0,
            y: middle.y - NODE_HEIGHT / 2.0,
        })
    }

    /// Whether a part of this kind could stand between the two ends of a link.
    pub(super) fn could_receive(&self, link: LinkId, kind: Kind) -> bool {
        self.halves(link, kind).is_ok()
    }

    fn halves(&self, link: LinkId, kind: Kind) -> Result<Halves, Refusal> {
        let link = self.link(link).ok_or(Refusal::NoLink(link))?;
        let kind_of = |id| {
            let component = self.component(id).ok_or(Refusal::NoComponent(id))?;
            Ok(component.kind)
        };
        let meaning = |from, to| catalog::connection(from, to).map_err(Refusal::Meaningless);
        Ok(Halves {
            calls: meaning(kind_of(link.from)?, kind)?,
            is_called: meaning(kind, kind_of(link.to)?)?,
        })
    }

    /// The first half keeps what the link is to its caller: its share, its classes, and the calls planned along it.
    fn splits(&self, link: Link, between: ComponentId) -> [Change; 2] {
        let second = Link {
            classes: link.classes.clone(),
            ..Link::new(self.fresh_link_id(), between, link.to)
        };
        [
            Change::SetLink(Link {
                to: between,
                ..link
            }),
            Change::InsertLink {
                index: self.scenario().links.len(),
                link: second,
            },
        ]
    }

    /// The links that a node with its corner here lies on, nearest first; none while its middle is over another node.
    fn links_below(&self, corner: Point) -> impl Iterator<Item = LinkId> + use<> {
        let middle = Point {
            x: corner.x + NODE_WIDTH / 2.0,
            y: corner.y + NODE_HEIGHT / 2.0,
        };
        let mut below: Vec<(f64, LinkId)> = Vec::new();
        let scenario = self.scenario();
        let over_another = scenario.components.iter().any(|component| {
            component.position != corner && node_rectangle(component.position).contains(middle)
        });
        if !over_another {
            for link in &scenario.links {
                let distance = self
                    .curve_of(link)
                    .filter(|curve| inflated(curve.bounds(), ON_THE_LINE).contains(middle))
                    .map(|curve| curve.distance_to(middle))
                    .filter(|distance| *distance <= ON_THE_LINE);
                if let Some(distance) = distance {
                    let place = below.partition_point(|(nearer, _)| *nearer <= distance);
                    below.insert(place, (distance, link.id));
                }
            }
        }
        below.into_iter().map(|(_, id)| id)
    }
}

/// Whether a node lies clear of all of these.
fn is_clear(corner: Point, occupied: &[Rectangle]) -> bool {
    let around = inflated(node_rectangle(corner), GRID);
    occupied.iter().all(|taken| !overlap(around, *taken))
}
