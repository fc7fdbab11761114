//! Solves the design again when it has changed, at most once a frame, and hands each view its part of the answer.

use super::dom;
use super::later;
use super::learn;
use super::page::{Flow, Mark, Page, lock};
use super::run;
use super::sync::set_if_new;
use crate::display::node::Load;
use loadscape_sim::analysis::{Analysis, analyse_with};
use loadscape_sim::quantities;
use loadscape_sim::steady::{Precision, Solver};
use loadscape_sim::units::PerSecond;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
    static SOLVER: RefCell<Solver> = RefCell::new(Solver::new());
}

/// Does something with the solver, whose workspace is reused from edit to edit.
pub fn with_solver<T>(action: impl FnOnce(&mut Solver) -> T) -> T {
    SOLVER.with_borrow_mut(action)
}

/// Asks for a new answer before the next frame.
pub fn request(page: Page) {
    if !ASKED.replace(true) {
        dom::next_frame(move || {
            if !ASKED.replace(false) {
                return;
            }
            // An empty drawing has no answer, and needs nothing fetched for it.
            let empty = page.read(|scenario| scenario.components.is_empty());
            if !empty || later::loaded().is_some() {
                later::with(page, move |later| (later.solve)(page));
            }
        });
    }
}

/// The answer to what is drawn now, be it the frame's or one that nobody waited for; none while a lesson asks for it.
pub fn answer(page: Page) -> Option<Arc<Analysis>> {
    if ASKED.replace(false) {
        now(page);
    }
    page.answer.get_untracked()
}

/// Solves now.
pub fn now(page: Page) {
    let analysis =
        page.read(|scenario| with_solver(|solver| analyse_with(solver, scenario, Precision::Fast)));
    // What comes out is what a lesson may ask first.
    let shown = !learn::awaits_bet_now();
    show(page, &analysis, shown);
    page.answer.set(shown.then(|| Arc::new(analysis)));
    super::remedies::request(page);
}

/// Hands each part and link its figures; parts none where what comes out isn't to be seen yet.
fn show(page: Page, analysis: &Analysis, shown: bool) {
    let report = &analysis.report;
    let bottleneck = report
        .bottleneck
        .as_ref()
        .map(|bottleneck| bottleneck.component)
        .filter(|_| shown);
    // What to set is gathered first: setting a signal wakes views, and views read the editor.
    let mut loads = Vec::new();
    let mut flows = Vec::new();
    // While something runs, the drawing shows that.
    let runs = run::shows_now(page);
    {
        let editor = page.editor();
        let nodes = lock(&page.nodes);
        for (component, figures) in editor.scenario().components.iter().zip(&report.components) {
            if let Some(signals) = nodes.get(&component.id) {
                loads.push((
                    signals.load.clone(),
                    signals.mark.clone(),
                    Load::new(component, shown.then_some(figures)),
                    bottleneck == Some(component.id),
                ));
            }
        }
        let links = lock(&page.links);
        for (link, figures) in editor.scenario().links.iter().zip(&report.links) {
            if let Some(signals) = links.get(&link.id) {
                let flow = if runs {
                    Flow {
                        asynchronous: figures.asynchronous,
                        ..signals.flow.get_untracked()
                    }
                } else {
                    flow(
                        figures.rate.0,
                        figures.asynchronous,
                        bottleneck == Some(link.to),
                    )
                };
                flows.push((signals.flow.clone(), flow));
            }
        }
    }
    for (signal, mark, load, limits) in loads {
        if !runs {
            set_if_new(&signal, load);
        }
        let marked = Mark {
            bottleneck: limits,
            ..mark.get_untracked()
        };
        set_if_new(&mark, marked);
    }
    for (signal, flow) in flows {
        set_if_new(&signal, flow);
    }
}

/// How a link is drawn along which so many calls go a second.
pub fn flow(rate: f64, asynchronous: bool, into_bottleneck: bool) -> Flow {
    Flow {
        label: if rate > 0.0 {
            quantities::rate(PerSecond(rate))
        } else {
            String::new()
        },
        width: width(rate),
        asynchronous,
        idle: rate <= 0.0,
        hot: into_bottleneck && rate > 0.0,
    }
}

/// A line grows with the logarithm of its rate: 1 unit at 1 /s, about one more for each further factor of seven.
pub fn width(rate: f64) -> f64 {
    let width = 1.2 + (1.0 + rate.max(0.0)).ln() * 0.5;
    (width.min(7.0) * 4.0).round() / 4.0
}
