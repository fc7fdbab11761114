//! A canvas that a chart is drawn on: sharp at any pixel density, redrawn when the theme, its size or its data change.

use super::super::dom;
use super::super::page::Page;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

/// The page's own fonts; a canvas doesn't inherit them.
const FONT: &str = "Inter, -apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Noto Sans, Liberation Sans, DejaVu Sans Condensed, system-ui, sans-serif";

/// Small text, in CSS pixels.
const TEXT: f64 = 10.5;

/// The area that a chart draws on.
pub type Area = DrawingArea<CanvasBackend, Shift>;

/// The theme's colours, and how many canvas pixels a CSS pixel has.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    /// Text that matters.
    pub ink: RGBColor,
    /// Text that explains.
    pub mute: RGBColor,
    /// Axes.
    pub line: RGBColor,
    /// The curve.
    pub accent: RGBColor,
    /// What hurts.
    pub hot: RGBColor,
    /// Help lines.
    pub faint: RGBColor,
    /// Canvas pixels for each CSS pixel.
    pub scale: f64,
}

thread_local! {
    // Asking for computed colours makes the browser settle the styles of the whole page, so it is asked once for each theme.
    static KNOWN: Cell<Option<(bool, Ink)>> = const { Cell::new(None) };
}

impl Ink {
    /// The colours of the theme that is in force, dark or light.
    fn of_the_page(dark: bool) -> Self {
        let scale = dom::window().device_pixel_ratio().clamp(1.0, 4.0);
        if let Some((_, known)) = KNOWN.get().filter(|(theme, _)| *theme == dark) {
            return Ink { scale, ..known };
        }
        let ink = Ink::asked_for(scale);
        KNOWN.set(Some((dark, ink)));
        ink
    }

    fn asked_for(scale: f64) -> Self {
        Ink {
            ink: probe("ink"),
            mute: probe("mute"),
            line: probe("line"),
            accent: probe("accent"),
            hot: probe("hot"),
            faint: probe("faint"),
            scale,
        }
    }

    /// So many CSS pixels in canvas pixels.
    pub fn pixels(&self, css: f64) -> i32 {
        (css * self.scale).round() as i32
    }

    /// The width of a line in canvas pixels.
    pub fn stroke(&self, css: f64) -> u32 {
        (css * self.scale).round().max(1.0) as u32
    }

    /// Small text in this colour.
    pub fn text(&self, colour: RGBColor) -> TextStyle<'static> {
        TextStyle {
            color: colour.to_backend_color(),
            ..TextStyle::from((FONT, TEXT * self.scale).into_font())
        }
    }

    /// The width of small text in canvas pixels, rather too wide than too narrow: the canvas can't be asked before it is drawn on.
    pub fn text_width(&self, words: &str) -> f64 {
        const WIDEST_LETTER: f64 = 0.58;
        words.chars().count() as f64 * WIDEST_LETTER * TEXT * self.scale
    }
}

/// The colours whose computed values charts need, each on an element of its own.
pub fn probes() -> AnyView {
    view! { <div class="probes" aria-hidden="true">{["ink", "mute", "line", "accent", "hot", "faint"].map(|name| view! { <i class=format!("probe-{name}")></i> }).collect_view()}</div> }.into_any()
}

fn probe(name: &str) -> RGBColor {
    let computed = dom::document()
        .query_selector(&format!(".probe-{name}"))
        .ok()
        .flatten()
        .and_then(|element| dom::window().get_computed_style(&element).ok().flatten())
        .and_then(|style| style.get_property_value("color").ok())
        .unwrap_or_default();
    let mut numbers = computed
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .filter_map(|part| part.parse::<f64>().ok());
    let mut next = || numbers.next().unwrap_or(128.0).clamp(0.0, 255.0) as u8;
    RGBColor(next(), next(), next())
}

/// A chart. `draw` runs again whenever a signal that it reads, the theme or the size changes.
pub fn plot(page: Page, label: Signal<String>, draw: impl Fn(&Area, &Ink) + 'static) -> AnyView {
    let size = RwSignal::new((0_u32, 0_u32));
    let mounted = move |canvas: web_sys::Element| {
        let Ok(canvas) = canvas.dyn_into::<HtmlCanvasElement>() else {
            return;
        };
        watch_size(&canvas, size);
        follow(Box::new(move || redraw(page, &canvas, size, &draw)));
    };
    view! { <div class="plot"><canvas mounted=mounted role="img" aria-label=move || label.get()></canvas></div> }
}

/// Draws the chart at the canvas's size and the theme's colours, and with that follows both.
fn redraw(
    page: Page,
    canvas: &HtmlCanvasElement,
    size: RwSignal<(u32, u32)>,
    draw: &impl Fn(&Area, &Ink),
) {
    let dark = page.dark.get();
    let (width, height) = size.get();
    if width < 40 || height < 40 {
        return;
    }
    let ink = Ink::of_the_page(dark);
    let (width, height) = (ink.stroke(f64::from(width)), ink.stroke(f64::from(height)));
    let element = canvas.clone();
    // Setting the size also clears it.
    element.set_width(width);
    element.set_height(height);
    if let Some(backend) = CanvasBackend::with_canvas_object(element) {
        draw(&backend.into_drawing_area(), &ink);
    }
}

fn watch_size(canvas: &HtmlCanvasElement, size: RwSignal<(u32, u32)>) {
    let Some(parent) = canvas.parent_element() else {
        return;
    };
    let element = parent.clone();
    let measure = move || {
        let now = (
            element.client_width().unsigned_abs(),
            element.client_height().unsigned_abs(),
        );
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    };
    measure();
    let observer = Closure::<dyn FnMut()>::new(measure);
    if let Ok(watch) = web_sys::ResizeObserver::new(observer.as_ref().unchecked_ref()) {
        watch.observe(&parent);
        // The browser drops the observer with its element; the callback must outlive both.
        std::mem::forget(watch);
    }
    observer.forget();
}
