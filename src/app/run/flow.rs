//! Requests on their way over the drawing, on a canvas of their own; it decides neither when they set out nor where they are.

use super::super::dom;
use super::super::later;
use super::super::page::{Page, lock};
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::covered::lies_over;
use crate::display::flow::{Course, Failing, Particles, Track, queue_dots, reasons};
use crate::display::ran::is_drawn;
use crate::editor::geometry::link_curve;
use loadscape_player::{Frame, State};
use loadscape_sim::quantities::whole;
use loadscape_sim::scenario::{ClassId, ComponentId, LinkId, NODE_HEIGHT, NODE_WIDTH, Point};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

/// Colours of classes; further classes begin again with the first.
const COLOURS: usize = 6;
/// A particle's radius at natural size, in CSS pixels.
const RADIUS: f64 = 2.6;
/// From this zoom on, a queue in a node can be made out.
const QUEUE_ZOOM: f64 = 0.4;
/// How far down something falls that fails, in drawing units.
const FALL: f64 = 30.0;
/// A screen that stood still for so long hasn't seen what passed, milliseconds.
const LONGEST_PAUSE_MS: f64 = 100.0;
/// How long a mark stays in the key after it was seen last, milliseconds.
pub(super) const REMEMBERED_MS: f64 = 5_000.0;

/// Where the layer stands while something runs.
pub fn place(page: Page) -> AnyView {
    (move || match (page.run.open.get(), later::loaded()) {
        (true, Some(later)) => (later.flow)(page),
        _ => ().into_any(),
    })
    .into_any()
}

struct Layer {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    root: HtmlElement,
    particles: Particles,
    /// Each link's ends, its label's place and length, and the way between them.
    tracks: BTreeMap<LinkId, (Point, Point, Option<Point>, usize)>,
    ways: BTreeMap<LinkId, Track>,
    colours: Vec<String>,
    hot: String,
    classes: Vec<ClassId>,
    /// Goes on only while something is played, milliseconds.
    clock: f64,
    drawn_ms: f64,
    plays: bool,
    /// Whether another frame of the screen is asked for.
    asked: bool,
    seen: [f64; Failing::ALL.len()],
    retried_ms: f64,
    /// Who waits where, as dots.
    queues: Vec<(ComponentId, u8)>,
}

/// What the key says of what is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    failing: [bool; Failing::ALL.len()],
    retried: bool,
    queues: bool,
}

thread_local! {
    static LAYER: RefCell<Option<Layer>> = const { RefCell::new(None) };
}

/// The layer.
pub fn layer(page: Page) -> AnyView {
    let each = RwSignal::new(1.0);
    let seen = RwSignal::new(Seen::default());
    let mounted = move |root: web_sys::Element| {
        let Some(layer) = Layer::new(root) else {
            return;
        };
        LAYER.set(Some(layer));
        follow(Box::new(move || {
            page.dark.track();
            page.classes.track();
            with(|layer| layer.look_at_colours(page));
        }));
        follow(Box::new(move || {
            page.run.frame.with(|frame| match frame {
                // Nothing moves in a steady state.
                Some(frame) if !is_drawn(frame) => with(|layer| layer.rest(seen)),
                Some(frame) => with(|layer| layer.hear(page, frame, each, seen)),
                None => with(|layer| layer.particles = Particles::new()),
            });
            ask(page);
        }));
        follow(Box::new(move || {
            page.viewport.track();
            ask(page);
        }));
        on_cleanup(|| LAYER.set(None));
    };
    let count = move || match each.get() {
        1.0 => "one request".to_owned(),
        each => format!("{} requests", whole(each)),
    };
    let classes = move || {
        let names = page.classes.with(|classes| {
            classes
                .iter()
                .map(|class| class.name.clone())
                .collect::<Vec<_>>()
        });
        let several = names.len() > 1;
        names.into_iter().enumerate().filter(move |_| several).map(|(place, name)| {
            view! { <span class="flow-class"><i class=format!("class-{}", place % COLOURS + 1)></i>{name}</span> }
        }).collect_view()
    };
    // Why, in the last second: said where the pointer or the keyboard is.
    let why = move |how: Failing| {
        move || {
            let reasons = page.run.frame.with(|frame| {
                let frame = frame.as_ref()?;
                let name = |id| {
                    page.read(|scenario| {
                        let part = scenario.component(id);
                        part.map_or_else(String::new, |part| part.name.clone())
                    })
                };
                Some(reasons(&frame.picture, how, name))
            });
            let reasons = reasons.unwrap_or_default();
            if reasons.is_empty() {
                how.meaning().to_owned()
            } else {
                format!("{} {}", how.meaning(), reasons.join("; "))
            }
        }
    };
    let marks = move || {
        let seen = seen.get();
        let failing = Failing::ALL.into_iter().zip(seen.failing);
        let failing = failing.filter(|(_, seen)| *seen).map(|(how, _)| {
            view! { <span class="flow-mark" tabindex="0" title=why(how) aria-description=why(how) data-testid=format!("flow-{}", how.id())>{how.letter().to_string()}" "{how.words()}</span> }
        });
        let retried = seen.retried.then(|| view! { <span class="flow-again" title="A ring is an attempt that is made again after one that failed." data-testid="flow-retried">"tried again"</span> });
        let queues = seen.queues.then(|| view! { <span class="flow-queue" title="Squares in a node are requests waiting in it: one each up to four, then one more for each doubling." data-testid="flow-queues">"waiting"</span> });
        (failing.collect_view(), (retried, queues).into_any())
    };
    view! {
        <div class="flow-layer" data-testid="flow" mounted=mounted>
            <canvas aria-hidden="true"></canvas>
            {super::troubles::marks(page)}
            <div class="flow-key" role="group" aria-label="What moves on the drawing" data-testid="flow-key" mounted=move |key: web_sys::Element| lies_over(page, &key)>
                {move || if super::shows(page) {
                    view! { <span class="flow-each">{count}</span>{classes}{marks} }.into_any()
                } else {
                    view! { <span data-testid="flow-rests">"Steady state: the run was of the design before your change."</span> }.into_any()
                }}
            </div>
            <i class="class-1"></i><i class="class-2"></i><i class="class-3"></i><i class="class-4"></i><i class="class-5"></i><i class="class-6"></i><i class="probe-hot"></i>
        </div>
    }
    .into_any()
}

fn with(action: impl FnOnce(&mut Layer)) {
    LAYER.with_borrow_mut(|layer| {
        if let Some(layer) = layer {
            action(layer);
        }
    });
}

/// Draws before the next frame of the screen, and goes on as long as something moves.
fn ask(page: Page) {
    let mut asked = true;
    with(|layer| asked = std::mem::replace(&mut layer.asked, true));
    if asked {
        return;
    }
    dom::next_frame(move || {
        let mut goes_on = false;
        with(|layer| {
            layer.asked = false;
            layer.draw(page);
            goes_on = layer.plays && layer.particles.count() > 0;
        });
        if goes_on {
            ask(page);
        }
    });
}

/// Whether the reader of this page wants things to keep still.
fn keeps_still() -> bool {
    let query = dom::window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

impl Layer {
    fn new(root: web_sys::Element) -> Option<Self> {
        let root: HtmlElement = root.dyn_into().ok()?;
        let canvas = root.query_selector("canvas").ok()??;
        let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Layer {
            canvas,
            context,
            root,
            particles: Particles::new(),
            tracks: BTreeMap::new(),
            ways: BTreeMap::new(),
            colours: Vec::new(),
            hot: String::new(),
            classes: Vec::new(),
            clock: 0.0,
            drawn_ms: dom::now_ms(),
            plays: false,
            asked: false,
            seen: [f64::NEG_INFINITY; Failing::ALL.len()],
            retried_ms: f64::NEG_INFINITY,
            queues: Vec::new(),
        })
    }

    fn look_at_colours(&mut self, page: Page) {
        let colour = |name: &str| {
            let element = self
                .root
                .query_selector(&format!("i.{name}"))
                .ok()
                .flatten();
            let style = element
                .and_then(|element| dom::window().get_computed_style(&element).ok().flatten());
            let colour = style.and_then(|style| style.get_property_value("color").ok());
            colour.unwrap_or_default()
        };
        self.colours = (1..=COLOURS)
            .map(|place| colour(&format!("class-{place}")))
            .collect();
        self.hot = colour("probe-hot");
        self.classes = page
            .classes
            .with_untracked(|classes| classes.iter().map(|class| class.id).collect());
    }

    /// What the run tells sets out.
    /// The drawing shows no run.
    fn rest(&mut self, shown: RwSignal<Seen>) {
        self.plays = false;
        self.particles = Particles::new();
        self.queues.clear();
        if shown.get_untracked() != Seen::default() {
            shown.set(Seen::default());
        }
    }

    fn hear(&mut self, page: Page, frame: &Frame, each: RwSignal<f64>, shown: RwSignal<Seen>) {
        self.plays = frame.state == State::Playing && frame.looking.is_none();
        if self.plays && !keeps_still() {
            self.look_at_ways(page, frame);
            self.particles.tell(&frame.flow, &self.ways, self.clock);
        }
        for failed in &frame.flow.failures {
            let how = Failing::of(failed.why);
            if let Some(place) = Failing::ALL.iter().position(|own| *own == how) {
                self.seen[place] = dom::now_ms();
            }
        }
        let now = dom::now_ms();
        if !frame.flow.stale.is_empty()
            && let Some(place) = Failing::ALL.iter().position(|own| *own == Failing::Stale)
        {
            self.seen[place] = now;
        }
        if !frame.flow.retries.is_empty() {
            self.retried_ms = now;
        }
        self.queues.clear();
        // Where things are to keep still, the nodes' figures say who waits.
        if !keeps_still() {
            let waiting = frame.picture.components.iter();
            let waiting = waiting.map(|part| (part.component, queue_dots(part.waiting)));
            self.queues.extend(waiting.filter(|(_, dots)| *dots > 0));
        }
        let lately = Seen {
            failing: self.seen.map(|seen| now - seen < REMEMBERED_MS),
            retried: now - self.retried_ms < REMEMBERED_MS,
            queues: !self.queues.is_empty(),
        };
        if shown.get_untracked() != lately {
            shown.set(lately);
        }
        if each.get_untracked() != self.particles.each() {
            each.set(self.particles.each());
        }
        let count = self.particles.count().to_string();
        // Only a name that is none is refused.
        let _ = self.root.set_attribute("data-particles", &count);
    }

    /// Finds the ways of links anew whose ends or labels have moved.
    fn look_at_ways(&mut self, page: Page, frame: &Frame) {
        /// A letter of a label, and its height, in drawing units.
        const LETTER: f64 = 6.2;
        const HEIGHT: f64 = 17.0;
        let editor = page.editor();
        let labels = lock(&page.links);
        let retried = frame.flow.retries.iter().filter_map(|own| own.link);
        for id in frame.flow.links.iter().map(|own| own.link).chain(retried) {
            let ends = editor.link(id).and_then(|link| {
                Some((
                    editor.component(link.from)?.position,
                    editor.component(link.to)?.position,
                ))
            });
            let Some((from, to)) = ends else {
                self.tracks.remove(&id);
                self.ways.remove(&id);
                continue;
            };
            let label = labels.get(&id).map(|own| {
                let place = own
                    .label
                    .with_untracked(|label| label.as_ref().map(|own| own.1));
                (
                    place,
                    own.flow.with_untracked(|flow| flow.label.chars().count()),
                )
            });
            let (place, letters) = label.unwrap_or((None, 0));
            let key = (from, to, place, letters);
            if self.tracks.get(&id) == Some(&key) {
                continue;
            }
            let curve = link_curve(from, to);
            let way = Track::along(&curve);
            let middle = place.unwrap_or_else(|| curve.point_at(0.5));
            let width = LETTER * letters as f64 + 10.0;
            let way = match letters {
                0 => way,
                _ => way.under_label(middle, (width, HEIGHT)),
            };
            self.tracks.insert(id, key);
            self.ways.insert(id, way);
        }
    }

    fn draw(&mut self, page: Page) {
        let now = dom::now_ms();
        if self.plays {
            self.clock += (now - self.drawn_ms).clamp(0.0, LONGEST_PAUSE_MS);
        }
        self.drawn_ms = now;
        let scale = dom::window().device_pixel_ratio().clamp(1.0, 3.0);
        let (width, height) = (
            f64::from(self.root.client_width()),
            f64::from(self.root.client_height()),
        );
        let (wide, high) = (
            (width * scale).round() as u32,
            (height * scale).round() as u32,
        );
        if (self.canvas.width(), self.canvas.height()) != (wide, high) {
            self.canvas.set_width(wide);
            self.canvas.set_height(high);
        }
        let viewport = page.viewport.get_untracked();
        let context = &self.context;
        // A canvas that refuses to be drawn on stays empty; the labels say the same.
        let _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, width, height);
        let on_screen = |place: Point| {
            (
                place.x * viewport.zoom + viewport.x,
                place.y * viewport.zoom + viewport.y,
            )
        };
        let in_sight = |(x, y): (f64, f64)| {
            (-8.0..width + 8.0).contains(&x) && (-8.0..height + 8.0).contains(&y)
        };
        let mut dots: Vec<Vec<(f64, f64)>> = vec![Vec::new(); self.colours.len()];
        let mut rings: Vec<(f64, f64)> = Vec::new();
        let mut falling: Vec<(ComponentId, Failing, f64)> = Vec::new();
        let (ways, classes) = (&self.ways, &self.classes);
        let seen_on = |link: &LinkId, share: f64| {
            let way = ways.get(link).filter(|way| !way.is_hidden(share))?;
            Some(on_screen(way.at(share))).filter(|place| in_sight(*place))
        };
        self.particles
            .show(self.clock, |particle, share| match particle.course {
                Course::Along(link) => {
                    if let Some(place) = seen_on(&link, share) {
                        let class = classes.iter().position(|class| *class == particle.class);
                        let colour = class.unwrap_or(0) % COLOURS;
                        if let Some(dots) = dots.get_mut(colour) {
                            dots.push(place);
                        }
                    }
                }
                Course::Again(link) => rings.extend(seen_on(&link, share)),
                Course::Falling(component, how) => falling.push((component, how, share)),
            });
        let radius = RADIUS * viewport.zoom.clamp(0.6, 1.4);
        for (colour, dots) in self.colours.iter().zip(&dots) {
            if dots.is_empty() {
                continue;
            }
            context.set_fill_style_str(colour);
            context.begin_path();
            for (x, y) in dots {
                context.move_to(x + radius, *y);
                let _ = context.arc(*x, *y, radius, 0.0, TAU);
            }
            context.fill();
        }
        context.set_stroke_style_str(&self.hot);
        context.set_fill_style_str(&self.hot);
        context.set_line_width(1.6);
        if !rings.is_empty() {
            context.begin_path();
            for (x, y) in &rings {
                context.move_to(x + 1.5 * radius, *y);
                let _ = context.arc(*x, *y, 1.5 * radius, 0.0, TAU);
            }
            context.stroke();
        }
        let editor = page.editor();
        if viewport.zoom >= QUEUE_ZOOM {
            context.begin_path();
            for (component, waiting) in &self.queues {
                let Some(part) = editor.component(*component) else {
                    continue;
                };
                // From the lower left corner upwards, where nothing else stands in a node.
                let (x, y) = on_screen(Point {
                    x: part.position.x + 3.5,
                    y: part.position.y + NODE_HEIGHT - 4.5,
                });
                if !in_sight((x, y)) {
                    continue;
                }
                let (side, step) = (3.2 * viewport.zoom, 4.4 * viewport.zoom);
                for place in 0..*waiting {
                    context.rect(x, y - f64::from(place) * step - side, side, side);
                }
            }
            context.fill();
        }
        for (place, (component, how, share)) in falling.iter().enumerate() {
            let Some(corner) = editor
                .component(*component)
                .map(|component| component.position)
            else {
                continue;
            };
            // Side by side along the node's lower edge.
            let along = 0.2 + 0.6 * ((place * 7 % 11) as f64 / 10.0);
            let place = on_screen(Point {
                x: corner.x + NODE_WIDTH * along,
                y: corner.y + NODE_HEIGHT + 4.0 + FALL * share,
            });
            if in_sight(place) {
                context.set_global_alpha(1.0 - 0.8 * share);
                failing_mark(context, *how, place, 1.5 * radius);
            }
        }
        context.set_global_alpha(1.0);
    }
}

fn failing_mark(context: &CanvasRenderingContext2d, how: Failing, (x, y): (f64, f64), size: f64) {
    context.begin_path();
    match how {
        Failing::Refused => {
            context.move_to(x - size, y - size);
            context.line_to(x + size, y + size);
            context.move_to(x + size, y - size);
            context.line_to(x - size, y + size);
            context.stroke();
        }
        Failing::TimedOut => {
            let _ = context.arc(x, y, size, 0.0, TAU);
            context.stroke();
        }
        Failing::Errored => context.fill_rect(x - size, y - size, 2.0 * size, 2.0 * size),
        Failing::Stale => {
            context.move_to(x, y - size);
            context.line_to(x + size, y);
            context.line_to(x, y + size);
            context.line_to(x - size, y);
            context.fill();
        }
        Failing::Lost => {
            context.move_to(x, y - size);
            context.line_to(x + size, y + size);
            context.line_to(x - size, y + size);
            context.fill();
        }
    }
}
