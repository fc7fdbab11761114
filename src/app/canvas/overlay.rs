//! What a tool under way draws: the marquee, a loose connection, a part or zone looking for its place.

use super::super::css::{moved_to, pixels};
use super::super::icons;
use super::super::page::{Face, Page};
use super::super::ui::prelude::*;
use super::link::thin_path;
use crate::editor::geometry::{link_curve, loose_curve, loose_curve_to};
use crate::editor::{Connection, Item, Loose, Tool, Verdict};
use loadscape_sim::catalog::{self, Kind};
use loadscape_sim::scenario::{LinkId, NODE_HEIGHT, NODE_WIDTH, Point, Rectangle};

/// What is not a link yet, as lines among the lines: the loose end of a connection, or the link that a part would be inserted
/// into with the two that would take its place.
pub fn draft_lines(page: Page) -> AnyView {
    let paths = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::Connecting(connection) => {
                draft(page, connection).map(|draft| (None, vec![draft]))
            }
            _ => inserting(page, tool).and_then(|inserting| halves(page, &inserting)),
        })
    });
    (move || {
        paths.get().map(|(receiving, drafts)| view! {
            {receiving.map(|path| view! { <path class="wire-receiving" data-testid="receiving" d=path></path> })}
            {drafts.into_iter().map(|path| view! { <path class="wire-draft" data-testid="draft" d=path></path> }).collect_view()}
        })
    })
    .into_any()
}

/// A part that would be inserted into a link if it were let go.
struct Inserting {
    link: LinkId,
    kind: Kind,
    name: String,
    at: Point,
}

fn inserting(page: Page, tool: &Tool) -> Option<Inserting> {
    match tool {
        Tool::PlacingPart {
            kind,
            at: Some(at),
            onto: Some(link),
        } => Some(Inserting {
            link: *link,
            kind: *kind,
            name: catalog::specification(*kind).label.to_owned(),
            at: *at,
        }),
        Tool::Dragging {
            components,
            onto: Some(link),
            ..
        } => {
            let node = page.node(components.first()?.0)?;
            let Face { kind, name } = node.face.get();
            Some(Inserting {
                link: *link,
                kind,
                name,
                at: node.position.get(),
            })
        }
        _ => None,
    }
}

/// The path of the link and those of the two that would take its place.
fn halves(page: Page, inserting: &Inserting) -> Option<(Option<String>, Vec<String>)> {
    let ends = page.link(inserting.link)?.ends.get();
    let (from, to) = (ends.0.get(), ends.1.get());
    let halves = [(from, inserting.at), (inserting.at, to)];
    let drafts = halves.map(|(from, to)| thin_path(&link_curve(from, to)));
    Some((Some(link_curve(from, to).svg_path()), drafts.into()))
}

fn draft(page: Page, connection: &Connection) -> Option<String> {
    let fixed = page.node(connection.fixed)?.position.get();
    if connection.grip.is_none() && connection.over.is_none() {
        return None;
    }
    let curve = match connection.over.and_then(|other| page.node(other)) {
        Some(other) if connection.verdict.is_valid() => {
            let other = other.position.get();
            match connection.loose {
                Loose::Called => link_curve(fixed, other),
                Loose::Caller => link_curve(other, fixed),
            }
        }
        _ => match connection.loose {
            Loose::Called => loose_curve(fixed, connection.at),
            Loose::Caller => loose_curve_to(fixed, connection.at),
        },
    };
    Some(thin_path(&curve))
}

/// Everything else that a tool draws on the stage.
pub fn overlay(page: Page) -> AnyView {
    let marquee = Memo::new(move |_| page.tool.with(Tool::marquee));
    let zone = Memo::new(move |_| page.tool.with(Tool::drawn_zone));
    let part = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::PlacingPart {
                kind, at: Some(at), ..
            } => Some((*kind, *at)),
            _ => None,
        })
    });
    let words = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::Connecting(connection) => spoken(page, connection),
            _ => {
                let Inserting {
                    link,
                    kind,
                    name,
                    at,
                } = inserting(page, tool)?;
                let clause = page.editor().insertion_clause(link, kind, &name)?;
                Some((beside(at), clause, false))
            }
        })
    });
    let ends = Memo::new(move |_| {
        let [Item::Link(id)] = page.selection.get()[..] else {
            return None;
        };
        page.revision.track();
        let ends = page.link(id)?.ends.get();
        let curve = link_curve(ends.0.get(), ends.1.get());
        Some([curve.start, curve.end])
    });
    view! {
        {move || ends.get().map(|ends| ends.map(|end| view! { <i class="wire-end" style:transform=moved_to(end)></i> }))}
        {move || marquee.get().map(|rectangle| view! { <div class="marquee" style:transform=transform(rectangle) style:width=pixels(rectangle.width) style:height=pixels(rectangle.height)></div> })}
        {move || zone.get().map(|(kind, rectangle)| view! {
            <div class=format!("zone selected kind-{}", super::zone::kind_class(kind)) style:transform=transform(rectangle) style:width=pixels(rectangle.width) style:height=pixels(rectangle.height)>
                <span class="zone-label">{catalog::zone_specification(kind).label}</span>
            </div>
        })}
        {move || part.get().map(|(kind, at)| view! {
            <div class="node ghost-node" style:transform=moved_to(at)>
                <span class="badge">{icons::of_kind(kind)}</span>
                <span class="node-name"><strong>{catalog::specification(kind).label}</strong></span>
            </div>
        })}
        {move || words.get().map(|(at, text, refused)| view! {
            <div class="verdict-bubble" class:refused=refused role="status" style:transform=moved_to(at)>
                {text}
            </div>
        })}
    }
    .into_any()
}

fn spoken(page: Page, connection: &Connection) -> Option<(Point, String, bool)> {
    let over = page.node(connection.over?)?.position.get();
    let at = below(over);
    match &connection.verdict {
        Verdict::Means(meaning) => Some((at, meaning.clone(), false)),
        Verdict::Refused(reason) => Some((at, reason.clone(), true)),
        Verdict::Nowhere => None,
    }
}

/// Where words about a node stand that must not lie on what leads to it.
fn beside(node: Point) -> Point {
    Point {
        x: node.x + NODE_WIDTH + 12.0,
        y: node.y,
    }
}

/// Where words about a node stand.
fn below(node: Point) -> Point {
    Point {
        x: node.x,
        y: node.y + NODE_HEIGHT + 12.0,
    }
}

fn transform(rectangle: Rectangle) -> String {
    moved_to(Point {
        x: rectangle.x,
        y: rectangle.y,
    })
}
