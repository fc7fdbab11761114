//! Our own icons, strokes on a 20-pixel grid: drawn once as a sprite, used by name; they know no state.

use super::ui::prelude::*;
use loadscape_sim::catalog::{Kind, ZoneKind};

const SPRITE: &str = concat!(
    // Kinds of part
    r#"<symbol id="i-clients" viewBox="0 0 20 20"><rect x="3" y="4" width="14" height="9" rx="1.5"/><path d="M7.5 16.5h5M10 13v3.5"/></symbol>"#,
    r#"<symbol id="i-dns" viewBox="0 0 20 20"><circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.6 2.2 2.6 11.8 0 14M10 3c-2.6 2.2-2.6 11.8 0 14"/></symbol>"#,
    r#"<symbol id="i-cdn" viewBox="0 0 20 20"><circle cx="10" cy="10" r="2.2"/><circle cx="4" cy="5" r="1.6"/><circle cx="16" cy="5" r="1.6"/><circle cx="4" cy="15" r="1.6"/><circle cx="16" cy="15" r="1.6"/><path d="M8.4 8.6 5.2 6M11.6 8.6 14.8 6M8.4 11.4 5.2 14M11.6 11.4l3.2 2.600"/></symbol>"#,
    r#"<symbol id="i-load_balancer" viewBox="0 0 20 20"><path d="M5 10h2c4 0 3-5 7-5h3M7 10h10M7 10c4 0 3 5 7 5h3"/><circle cx="4" cy="10" r="1"/></symbol>"#,
    r#"<symbol id="i-api_gateway" viewBox="0 0 20 20"><path d="M4 17V8a6 6 0 0 1 12 0v9M2.5 17h15M10 17v-6"/></symbol>"#,
    r#"<symbol id="i-reverse_proxy" viewBox="0 0 20 20"><rect x="3" y="3" width="14" height="6" rx="1.500"/><rect x="3" y="11" width="14" height="6" rx="1.500"/><path d="M6 6h.01M6 14h.01M9 6h5M9 14h5"/></symbol>"#,
    r#"<symbol id="i-service" viewBox="0 0 20 20"><path d="M10 2.5 16.5 6v8L10 17.5 3.5 14V6z"/><path d="M3.500 6 10 9.500 16.500 6M10 9.500v8"/></symbol>"#,
    r#"<symbol id="i-function" viewBox="0 0 20 20"><path d="M4.500 16.500 10 8.200M6 4h1.600c1 0 1.600.500 2 1.500l4 9.600c.400 1 .900 1.400 1.800 1.400h.600"/></symbol>"#,
    r#"<symbol id="i-worker" viewBox="0 0 20 20"><circle cx="10" cy="10" r="3"/><path d="M10 2.500v3M10 14.500v3M2.500 10h3M14.500 10h3M4.700 4.700l2.100 2.100M13.200 13.200l2.100 2.100M15.300 4.700l-2.100 2.100M6.800 13.200l-2.100 2.100"/></symbol>"#,
    r#"<symbol id="i-single_box" viewBox="0 0 20 20"><rect x="3" y="3" width="14" height="14" rx="2"/><path d="M3 8h14M3 13h14M6 5.500h.01M6 10.500h.01M6 15h.01"/></symbol>"#,
    r#"<symbol id="i-sql_primary" viewBox="0 0 20 20"><ellipse cx="10" cy="5" rx="6.5" ry="2.5"/><path d="M3.5 5v10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.500-2.500V5M3.500 10c0 1.400 2.900 2.500 6.500 2.500s6.500-1.100 6.500-2.500"/></symbol>"#,
    r#"<symbol id="i-read_replica" viewBox="0 0 20 20"><ellipse cx="8.500" cy="6" rx="5" ry="2"/><path d="M3.500 6v7c0 1.100 2.200 2 5 2M13.500 6v3"/><path d="M12 13.500h5.500M15.300 11.200l2.300 2.300-2.300 2.300"/></symbol>"#,
    r#"<symbol id="i-sharded_database" viewBox="0 0 20 20"><path d="M3 6c0-1.400 3.100-2.500 7-2.500S17 4.600 17 6v8c0 1.400-3.100 2.500-7 2.500S3 15.400 3 14zM7.500 4v12.300M12.500 4v12.300"/></symbol>"#,
    r#"<symbol id="i-federated_database" viewBox="0 0 20 20"><ellipse cx="10" cy="4.500" rx="3.500" ry="1.500"/><path d="M6.500 4.500v3c0 .8 1.600 1.500 3.500 1.500s3.500-.7 3.500-1.500v-3"/><ellipse cx="5.500" cy="13" rx="3" ry="1.300"/><path d="M2.500 13v2.700c0 .7 1.300 1.300 3 1.300s3-.6 3-1.300V13"/><ellipse cx="14.500" cy="13" rx="3" ry="1.300"/><path d="M11.500 13v2.700c0 .7 1.300 1.300 3 1.300s3-.6 3-1.300V13"/></symbol>"#,
    r#"<symbol id="i-key_value_store" viewBox="0 0 20 20"><circle cx="6.500" cy="10" r="3.500"/><path d="M10 10h7.500M14.500 10v3M17.500 10v2.200"/></symbol>"#,
    r#"<symbol id="i-cache" viewBox="0 0 20 20"><path d="M11.500 2.500 4.500 11.500h5l-1 6 7-9h-5z"/></symbol>"#,
    r#"<symbol id="i-object_storage" viewBox="0 0 20 20"><path d="M3.500 5h13L15 16.500H5zM3.500 5a6.500 2 0 0 1 13 0a6.500 2 0 0 1-13 0"/></symbol>"#,
    r#"<symbol id="i-queue" viewBox="0 0 20 20"><rect x="2.500" y="6" width="4" height="8" rx="1"/><rect x="8" y="6" width="4" height="8" rx="1"/><rect x="13.500" y="6" width="4" height="8" rx="1"/></symbol>"#,
    r#"<symbol id="i-topic" viewBox="0 0 20 20"><path d="M3 8v4h2.500L11 15.500v-11L5.500 8zM14 7.500a4 4 0 0 1 0 5M16 5a7.500 7.500 0 0 1 0 10"/></symbol>"#,
    r#"<symbol id="i-third_party_api" viewBox="0 0 20 20"><path d="M8 5H4.500v10.500H15V12M11 4h5v5M16 4l-7 7"/></symbol>"#,
    r#"<symbol id="i-station" viewBox="0 0 20 20"><path d="M2.500 6.500H11v7H2.500M5.500 6.500v7M8.200 6.500v7"/><circle cx="14.200" cy="10" r="3.200"/></symbol>"#,
    // Kinds of zone
    r#"<symbol id="i-region" viewBox="0 0 20 20"><path d="M10 17.500s5.500-4.600 5.500-9a5.500 5.500 0 0 0-11 0c0 4.400 5.500 9 5.500 9z"/><circle cx="10" cy="8.500" r="2"/></symbol>"#,
    r#"<symbol id="i-availability_zone" viewBox="0 0 20 20"><path d="M4 17V5.500l6-2.500 6 2.500V17M2.500 17h15M8 17v-4h4v4M7.500 8h.01M12.500 8h.01"/></symbol>"#,
    r#"<symbol id="i-vpc" viewBox="0 0 20 20"><path d="M6 15.500a3.500 3.500 0 0 1-.5-7 4.800 4.800 0 0 1 9.200-.500 3.800 3.800 0 0 1-.200 7.500z"/></symbol>"#,
    r#"<symbol id="i-public_subnet" viewBox="0 0 20 20"><rect x="3" y="3" width="14" height="14" rx="3" stroke-dasharray="3 2.500"/><path d="M10 13.500v-7M7 9.300l3-3 3 3"/></symbol>"#,
    r#"<symbol id="i-private_subnet" viewBox="0 0 20 20"><rect x="3" y="3" width="14" height="14" rx="3" stroke-dasharray="3 2.500"/><rect x="7" y="9.500" width="6" height="4.500" rx="1"/><path d="M8.200 9.500V8a1.800 1.800 0 0 1 3.600 0v1.500"/></symbol>"#,
    // The page's own
    r#"<symbol id="i-logo" viewBox="0 0 22 22"><path d="M2 18c5 0 6-2 9-6s4-9 9-9"/><circle cx="11" cy="12" r="2.200" fill="currentColor" stroke="none"/></symbol>"#,
    r#"<symbol id="i-link" viewBox="0 0 20 20"><circle cx="4.500" cy="14" r="2"/><circle cx="15.500" cy="6" r="2"/><path d="M6.500 14c5 0 2-8 7-8"/></symbol>"#,
    r#"<symbol id="i-learn" viewBox="0 0 20 20"><path d="M10 5.500c-2-1.600-5-1.600-7-.5v10.500c2-1.100 5-1.100 7 .5 2-1.600 5-1.600 7-.5V5c-2-1.100-5-1.100-7 .5zM10 5.500V16"/></symbol>"#,
    r#"<symbol id="i-undo" viewBox="0 0 20 20"><path d="M7 4 3.500 7.500 7 11M3.500 7.500h8a4.500 4.500 0 0 1 0 9H8"/></symbol>"#,
    r#"<symbol id="i-redo" viewBox="0 0 20 20"><path d="m13 4 3.500 3.500L13 11M16.500 7.500h-8a4.500 4.500 0 0 0 0 9H12"/></symbol>"#,
    r#"<symbol id="i-sun" viewBox="0 0 20 20"><circle cx="10" cy="10" r="3.200"/><path d="M10 2.500v2M10 15.500v2M2.500 10h2M15.500 10h2M4.700 4.700l1.400 1.400M13.900 13.900l1.400 1.400M15.300 4.700l-1.400 1.400M6.100 13.900l-1.400 1.400"/></symbol>"#,
    r#"<symbol id="i-moon" viewBox="0 0 20 20"><path d="M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300z"/></symbol>"#,
    r#"<symbol id="i-open" viewBox="0 0 20 20"><path d="M2.500 15.500v-11h5l1.500 2h7v2.500M2.500 15.500l2.300-6.500h13l-2.300 6.500z"/></symbol>"#,
    r#"<symbol id="i-save" viewBox="0 0 20 20"><path d="M10 3v9M6.500 8.800 10 12.300l3.500-3.500M3.500 13.500v3h13v-3"/></symbol>"#,
    r#"<symbol id="i-plus" viewBox="0 0 20 20"><path d="M10 4.500v11M4.500 10h11"/></symbol>"#,
    r#"<symbol id="i-minus" viewBox="0 0 20 20"><path d="M4.500 10h11"/></symbol>"#,
    r#"<symbol id="i-close" viewBox="0 0 20 20"><path d="m5.500 5.500 9 9M14.500 5.500l-9 9"/></symbol>"#,
    r#"<symbol id="i-bin" viewBox="0 0 20 20"><path d="M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11M8.500 8.500v5M11.500 8.500v5"/></symbol>"#,
    r#"<symbol id="i-copy" viewBox="0 0 20 20"><rect x="7" y="7" width="9.500" height="9.500" rx="1.500"/><path d="M4.500 13h-1V4.500a1 1 0 0 1 1-1H13v1"/></symbol>"#,
    r#"<symbol id="i-up" viewBox="0 0 20 20"><path d="m5 12.500 5-5 5 5"/></symbol>"#,
    r#"<symbol id="i-down" viewBox="0 0 20 20"><path d="m5 7.500 5 5 5-5"/></symbol>"#,
    r#"<symbol id="i-warning" viewBox="0 0 20 20"><path d="M10 3 2.500 16.500h15zM10 8v4M10 14.300v.01"/></symbol>"#,
    r#"<symbol id="i-reset" viewBox="0 0 20 20"><path d="M4 10a6 6 0 1 0 2-4.500M4 3.500V7h3.500"/></symbol>"#,
    r#"<symbol id="i-parts" viewBox="0 0 20 20"><rect x="3" y="3" width="5.500" height="5.500" rx="1.200"/><rect x="11.500" y="3" width="5.500" height="5.500" rx="1.200"/><rect x="3" y="11.500" width="5.500" height="5.500" rx="1.200"/><path d="M14.250 11.500v5.500M11.500 14.250H17"/></symbol>"#,
    r#"<symbol id="i-sliders" viewBox="0 0 20 20"><path d="M3 6h7M14 6h3M3 14h3M10 14h7"/><circle cx="12" cy="6" r="2"/><circle cx="8" cy="14" r="2"/></symbol>"#,
    r#"<symbol id="i-chart" viewBox="0 0 20 20"><path d="M3 3v14h14M6 13.500c5 0 6.500-2.500 8.500-8"/></symbol>"#,
    r#"<symbol id="i-stages" viewBox="0 0 20 20"><path d="m10 3 7 3.500-7 3.500-7-3.500zM3 10l7 3.500L17 10M3 13.500 10 17l7-3.500"/></symbol>"#,
    r#"<symbol id="i-more" viewBox="0 0 20 20"><path d="M4.500 10h.01M10 10h.01M15.500 10h.01" stroke-width="2.500"/></symbol>"#,
    r#"<symbol id="i-play" viewBox="0 0 20 20"><path d="M6 4.500 15.500 10 6 15.500z" fill="currentColor"/></symbol>"#,
    r#"<symbol id="i-pause" viewBox="0 0 20 20"><path d="M7 4.500v11M13 4.500v11" stroke-width="2.600"/></symbol>"#,
    r#"<symbol id="i-step" viewBox="0 0 20 20"><path d="M5.500 5 12 10l-6.500 5zM14.500 5v10"/></symbol>"#,
    r#"<symbol id="i-keyboard" viewBox="0 0 20 20"><rect x="2" y="5" width="16" height="10" rx="2"/><path d="M5 8.200h.01M8 8.200h.01M11 8.200h.01M14.500 8.200h.01M6.500 12h7"/></symbol>"#,
);

/// All icons, to be put into the page once, before anything uses them.
pub fn sprite() -> impl IntoView {
    view! { <svg class="unseen" aria-hidden="true" inner_html=SPRITE></svg> }
}

/// The icon of this name.
pub fn icon(name: &str) -> AnyView {
    let address = format!("#i-{name}");
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=address></use>
        </svg>
    }
    .into_any()
}

/// The icon of the name that the closure gives.
pub fn following(name: impl Fn() -> &'static str + 'static) -> AnyView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=move || format!("#i-{}", name())></use>
        </svg>
    }
    .into_any()
}

/// The icon of a kind of part.
pub fn of_kind(kind: Kind) -> AnyView {
    icon(kind.name())
}

/// The icon of a kind of zone.
pub fn of_zone(kind: ZoneKind) -> AnyView {
    icon(kind.name())
}
