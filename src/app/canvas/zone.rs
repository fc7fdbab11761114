//! A zone: a dashed border with its name; what lies inside belongs to it.

use super::super::css::{moved_to, pixels};
use super::super::page::Page;
use super::super::ui::prelude::*;
use crate::editor::Handle;
use loadscape_sim::catalog::ZoneKind;
use loadscape_sim::scenario::{Point, Rectangle, ZoneId};

/// The border of one zone. Its edges and name can be grabbed, its inside belongs to the drawing.
pub fn zone(page: Page, id: ZoneId) -> AnyView {
    let Some(signals) = page.zone(id) else {
        return ().into_any();
    };
    let rectangle = RwSignal::from(signals.rectangle);
    let face = RwSignal::from(signals.face);
    let selected = RwSignal::from(signals.selected);
    view! {
        <div
            id=format!("zone-{id}")
            class=move || format!("zone kind-{}", kind_class(face.read().0))
            class:selected=move || selected.get()
            data-testid=format!("zone-{id}")
            role="group"
            aria-label=move || face.with(|(kind, name)| format!("Zone {name}, {}", loadscape_sim::catalog::zone_specification(*kind).label))
            style:transform=move || {
                let Rectangle { x, y, .. } = rectangle.get();
                moved_to(Point { x, y })
            }
            style:width=move || pixels(rectangle.read().width)
            style:height=move || pixels(rectangle.read().height)
        >
            {["n", "e", "s", "w"].map(|side| view! { <i class=format!("zone-edge {side}")></i> }).collect_view()}
            {Handle::ALL.map(|handle| view! { <i class=handle_class(handle)></i> }).collect_view()}
            <span class="zone-label">{move || face.with(|(_, name)| name.clone())}</span>
        </div>
    }
    .into_any()
}

/// The style of a kind of zone.
pub fn kind_class(kind: ZoneKind) -> &'static str {
    match kind {
        ZoneKind::Region => "region",
        ZoneKind::AvailabilityZone => "zone",
        ZoneKind::Vpc => "vpc",
        ZoneKind::PublicSubnet => "public",
        ZoneKind::PrivateSubnet => "private",
    }
}

fn handle_class(handle: Handle) -> &'static str {
    match handle {
        Handle::TopLeft => "zone-handle nw",
        Handle::Top => "zone-handle n",
        Handle::TopRight => "zone-handle ne",
        Handle::Right => "zone-handle e",
        Handle::BottomRight => "zone-handle se",
        Handle::Bottom => "zone-handle s",
        Handle::BottomLeft => "zone-handle sw",
        Handle::Left => "zone-handle w",
    }
}
