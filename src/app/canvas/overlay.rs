//! What a tool under way draws: the marquee, a loose connection, a part or zone looking for its place.

use super::super::icons;
use super::super::page::Page;
use super::super::ui::prelude::*;
use crate::editor::geometry::{link_curve, loose_curve, loose_curve_to};
use crate::editor::{Connection, Item, Loose, Tool, Verdict};
use loadscape_sim::catalog;
use loadscape_sim::scenario::{NODE_HEIGHT, Point, Rectangle};

/// The loose end of a connection, as a line among the lines.
pub fn draft_line(page: Page) -> AnyView {
    let path = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::Connecting(connection) => draft(page, connection),
            _ => None,
        })
    });
    (move || {
        path.get()
            .map(|path| view! { <path class="wire-draft" data-testid="draft" d=path></path> })
    })
    .into_any()
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
    Some(curve.svg_path())
}

/// Everything else that a tool draws on the stage.
pub fn overlay(page: Page) -> AnyView {
    let marquee = Memo::new(move |_| page.tool.with(Tool::marquee));
    let zone = Memo::new(move |_| page.tool.with(Tool::drawn_zone));
    let part = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::PlacingPart { kind, at: Some(at) } => Some((*kind, *at)),
            _ => None,
        })
    });
    let words = Memo::new(move |_| {
        page.tool.with(|tool| match tool {
            Tool::Connecting(connection) => spoken(page, connection),
            _ => None,
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
        {move || ends.get().map(|ends| ends.map(|end| view! { <i class="wire-end" style:transform=format!("translate({}px,{}px)", end.x, end.y)></i> }))}
        {move || marquee.get().map(|rectangle| view! { <div class="marquee" style:transform=transform(rectangle) style:width=pixels(rectangle.width) style:height=pixels(rectangle.height)></div> })}
        {move || zone.get().map(|(kind, rectangle)| view! {
            <div class=format!("zone selected kind-{}", super::zone::kind_class(kind)) style:transform=transform(rectangle) style:width=pixels(rectangle.width) style:height=pixels(rectangle.height)>
                <span class="zone-label">{catalog::zone_specification(kind).label}</span>
            </div>
        })}
        {move || part.get().map(|(kind, at)| view! {
            <div class="node ghost-node" style:transform=format!("translate({}px,{}px)", at.x, at.y)>
                <span class="badge">{icons::of_kind(kind)}</span>
                <span class="node-name"><strong>{catalog::specification(kind).label}</strong></span>
            </div>
        })}
        {move || words.get().map(|(at, text, refused)| view! {
            <div class="verdict-bubble" class:refused=refused role="status" style:transform=format!("translate({}px,{}px)", at.x, at.y)>
                {text}
            </div>
        })}
    }
    .into_any()
}

fn spoken(page: Page, connection: &Connection) -> Option<(Point, String, bool)> {
    let over = page.node(connection.over?)?.position.get();
    let at = Point {
        x: over.x,
        y: over.y + NODE_HEIGHT + 12.0,
    };
    match &connection.verdict {
        Verdict::Means(meaning) => Some((at, meaning.clone(), false)),
        Verdict::Refused(reason) => Some((at, reason.clone(), true)),
        Verdict::Nowhere => None,
    }
}

fn transform(rectangle: Rectangle) -> String {
    format!("translate({}px,{}px)", rectangle.x, rectangle.y)
}

fn pixels(length: f64) -> String {
    format!("{length}px")
}
