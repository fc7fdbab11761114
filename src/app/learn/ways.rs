//! The ways that a lesson's task can be gone: each run aside, what it comes to, and all of them side by side with the price of each.

use super::super::dom;
use super::super::page::Page;
use super::super::run::trial;
use super::super::ui::prelude::*;
use super::rows::measured;
use super::state::{Learning, Open, Tried, draw, learning, show};
use super::words::text;
use crate::display::lesson::{aligned, price_of};
use crate::display::{headed, unbroken};
use loadscape_sim::lesson::{Speaks, Way, graded};
use std::rc::Rc;

/// Identifies the button that sets them side by side, of which one stands before them and one above.
const ABREAST: &str = "lesson-abreast";
const ABOVE: &str = "lesson-abreast-above";

/// Which of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Among what the task says, where the choice between the ways is the task.
    Before,
    /// At the ways' head, which is what is left beside them.
    Above,
}

/// Draws a way.
pub fn try_way(page: Page, open: &Open, way: &Way) {
    if let Ok(design) = open.shelf.way(open.lesson(), way) {
        learning().abreast.set(false);
        draw(page, &format!("Try “{}”", way.title), design);
        page.announcement.set(format!(
            "“{}” is drawn. Run it to have it graded.",
            way.title
        ));
        show(page);
    }
}

/// Sets the ways side by side or no longer, and gives the keyboard to the button that is seen then.
pub fn set_abreast(abreast: bool) {
    learning().abreast.set(abreast);
    dom::next_frame(move || {
        dom::focus(ABOVE);
        if !abreast {
            dom::focus(ABREAST);
        }
    });
}

/// The button that sets the ways side by side, over the drawing.
pub fn abreast_button(learning: &Learning, stands: Stands) -> AnyView {
    let (pressed, press) = (learning.abreast.clone(), learning.abreast.clone());
    let says = learning.abreast.clone();
    let id = match stands {
        Stands::Before => ABREAST,
        Stands::Above => ABOVE,
    };
    view! {
        <button type="button" class="button lesson-abreast" id=id aria-pressed=move || pressed.get().to_string() data-testid=id on:click=move |_| set_abreast(!press.get_untracked())>{move || if says.get() { "Back to the drawing" } else { "Compare side by side" }}</button>
    }
    .into_any()
}

/// The ways with their price: once the task is done, or from the beginning where the choice between them is the task.
pub fn ways(page: Page, open: &Rc<Open>, learning: &Learning) -> AnyView {
    let (open, learning) = (open.clone(), learning.clone());
    let shown = Memo::new({
        let (open, learning) = (open.clone(), learning.clone());
        move |_| open.lesson().task.shows_ways || learning.record().passed
    });
    // Each is run once, one after the other; whoever is run tells the view.
    let tried = ArcRwSignal::new(0_usize);
    (move || {
        if !shown.get() {
            return None;
        }
        try_next(&open, &tried);
        let title = if learning.record_now().passed {
            "Ways to go, and what each comes to"
        } else {
            "The moves, and what each comes to"
        };
        let cards = (0..open.ways().len()).map(|place| card(page, &open, place, &tried));
        Some(view! {
            <section class="lesson-ways" data-testid="lesson-ways">
                <div class="lesson-ways-head"><h3>{title}</h3>{abreast_button(&learning, Stands::Above)}</div>
                <ul>{cards.collect_view()}</ul>
                <p class="mute lesson-ways-key">"▲ better and ▼ worse than what the task began with, in theory and by the rates at which things fail."</p>
            </section>
        })
    })
    .into_any()
}

/// Runs the first way that hasn't been run.
fn try_next(open: &Rc<Open>, tried: &ArcRwSignal<usize>) {
    let next = (open.ways().iter()).position(|way| matches!(*way.run.borrow(), Tried::NotYet));
    let Some(place) = next else {
        return;
    };
    let solved = &open.ways()[place].solved;
    let (open, tried) = (open.clone(), tried.clone());
    trial(&solved.scenario, solved.analysis(), move |seen| {
        let run = seen.map_or(Tried::Failed, |seen| Tried::Seen(Rc::new(seen)));
        open.ways()[place].run.replace(run);
        tried.update(|tried| *tried += 1);
        // Nobody waits for the rest once the lesson is left.
        let is_open = learning()
            .open
            .with_untracked(|now| now.as_ref().is_some_and(|now| Rc::ptr_eq(now, &open)));
        if is_open {
            try_next(&open, &tried);
        }
    });
}

fn card(page: Page, open: &Rc<Open>, place: usize, tried: &ArcRwSignal<usize>) -> AnyView {
    let way = &open.ways()[place];
    let own = open.lesson().ways[way.index].clone();
    let abreast = learning().abreast;
    let contents = {
        let (open, tried, because) = (open.clone(), tried.clone(), own.because.clone());
        move || {
            tried.get();
            let way = &open.ways()[place];
            let run = way.run.borrow().clone();
            let seen = match run {
                Tried::NotYet => return view! { <p class="mute">"Being run…"</p> },
                Tried::Failed => {
                    return view! { <p class="mute">"It could not be run here. Draw it, and run it yourself."</p> };
                }
                Tried::Seen(seen) => seen,
            };
            let known = way.solved.known(Some(&seen));
            let speaks = Speaks {
                now: known,
                before: open.start.known(None),
                objectives: &open.lesson().task.objectives,
            };
            let rows = open.lesson().task.objectives.iter().map(|objective| {
                let row = graded(objective, &known);
                let (class, mark, says) = match row.met {
                    true => ("", "✓", "kept"),
                    false => ("missed", "✗", "missed"),
                };
                figure(
                    class,
                    headed(&objective.figure.to_string()),
                    measured(objective, row.measured),
                    mark,
                    says,
                )
            });
            // Beside one another there is room for what each costs in every coin.
            let price = abreast.get().then(|| {
                let first = (&open.task.known(None), open.task.price());
                let all = open
                    .ways()
                    .iter()
                    .map(|way| price_of(first, (&way.solved.known(None), way.solved.price())));
                aligned(&all.collect::<Vec<_>>(), place)
            });
            let price = price
                .unwrap_or_default()
                .into_iter()
                .map(|row| match row.better {
                    Some(true) => figure("", row.label, row.after, "▲", "better"),
                    Some(false) => figure("missed", row.label, row.after, "▼", "worse"),
                    None => figure("", row.label, row.after, "", ""),
                });
            view! {
                {text(&open, &because, &speaks)}
                <ul class="lesson-way-figures">{rows.collect_view()}{price.collect_view()}</ul>
            }
        }
    };
    let shelf = open.clone();
    let title = own.title.clone();
    view! {
        <li class="lesson-way" data-testid=format!("lesson-way-{}", place + 1)>
            <h4>{title}</h4>
            {contents}
            <button type="button" class="link" on:click=move |_| try_way(page, &shelf, &own)>"Draw it"</button>
        </li>
    }
}

/// A figure of a way with its mark, and what that says to whoever hears it.
fn figure(
    class: &'static str,
    label: String,
    value: String,
    mark: &'static str,
    says: &'static str,
) -> AnyView {
    view! {
        <li class=class><span>{label}</span><b>{unbroken(&value)}<i aria-hidden="true">{mark}</i><span class="unseen">{says}</span></b></li>
    }
}
