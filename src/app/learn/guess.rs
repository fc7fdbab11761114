//! Placing a bet: a number on a scale, a part, or a curve that is dragged. What it is held against is shown beside it once it is known.

use super::super::css::percent;
use super::super::ground;
use super::super::page::Page;
use super::super::ui::follow;
use super::super::ui::prelude::*;
use super::state::{Open, learning};
use crate::display::lesson::{first_bet, place, value_at};
use crate::editor::Item;
use loadscape_sim::catalog::{Domain, Kind, Parameter, format_number, parameter as specification};
use loadscape_sim::lesson::{Bet, Fact, Guess, Measure};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::ComponentId;
use std::rc::Rc;
use web_sys::{KeyboardEvent, PointerEvent};

/// Class of the element whose corners are the axes' ends.
const GROUND: &str = "guess-ground";
/// Identifies what is asked.
pub const QUESTION: &str = "lesson-question";
/// Places on a scale from one key press to the next, and with Shift.
const STEP: f64 = 0.02;
const LARGE_STEP: f64 = 0.1;

/// The means to place this lesson's bet. The bet is kept as it is changed.
pub fn guess(page: Page, open: &Rc<Open>) -> AnyView {
    let learning = learning();
    let guess = open.lesson().prediction.guess.clone();
    let bet = ArcRwSignal::new(learning.record_now().bet.or_else(|| first_bet(&guess)));
    let kept = bet.clone();
    let set = move |new: Bet| {
        kept.set(Some(new.clone()));
        self::learning().note(page, |record| record.bet = Some(new.clone()));
    };
    match guess {
        Guess::Number {
            figure, from, to, ..
        } => number(bet, set, figure.measure, from, to),
        Guess::Part { .. } => part(page, open, bet, set),
        Guess::Curve { .. } => curve(open, bet, None, Some(Rc::new(set))),
    }
}

fn number(
    bet: ArcRwSignal<Option<Bet>>,
    set: impl Fn(Bet) + Clone + 'static,
    measure: Measure,
    from: f64,
    to: f64,
) -> AnyView {
    const STEPS: f64 = 200.0;
    let said = move || match bet.get() {
        Some(Bet::Number(value)) => value,
        _ => from,
    };
    let (words, along, aria) = (said.clone(), said.clone(), said);
    let (enter, stands) = (set.clone(), words.clone());
    let take = move |along: String| {
        let along: f64 = along.parse().unwrap_or(0.0);
        set(Bet::Number(value_at(measure, from, to, along / STEPS)));
    };
    // Under a finger a browser that moves the knob itself tells of no click.
    let (press, tap) = (take.clone(), take.clone());
    view! {
        <div class="guess-number">
            <output class="guess-said">{move || measure.write(words())}</output>
            <input
                type="range"
                class="guess-range"
                min="0"
                max=format!("{STEPS}")
                step="1"
                autofocus
                aria-label="Your bet"
                aria-valuetext=move || measure.write(aria())
                data-testid="guess-number"
                prop:value=move || Decimal::up_to(place(measure, from, to, along()) * STEPS, 0).to_string()
                on:input:target=move |event| take(event.target().value())
                // Where it stands may be what is meant: then nothing is moved, only pressed.
                on:click:target=move |event| press(event.target().value())
                on:pointerup:target=move |event| tap(event.target().value())
                on:keydown=move |event: KeyboardEvent| if event.key() == "Enter" { enter(Bet::Number(stands())) }
            />
            <div class="guess-ends"><span>{measure.write(from)}</span><span>{measure.write(to)}</span></div>
        </div>
    }
}

fn part(
    page: Page,
    open: &Rc<Open>,
    bet: ArcRwSignal<Option<Bet>>,
    set: impl Fn(Bet) + Clone + 'static,
) -> AnyView {
    let parts: Vec<(ComponentId, String)> = (open.event.scenario.components.iter())
        .filter(|part| part.kind != Kind::Clients)
        .map(|part| (part.id, part.name.clone()))
        .collect();
    // What is selected on the drawing is what is meant.
    let (choose, known): (_, Vec<ComponentId>) =
        (set.clone(), parts.iter().map(|(id, _)| *id).collect());
    follow(Box::new(move || {
        if let [Item::Component(id)] = page.selection.get()[..]
            && known.contains(&id)
        {
            choose(Bet::Part(id));
        }
    }));
    let rows = parts.into_iter().map(|(id, name)| {
        let (set, bet) = (set.clone(), bet.clone());
        view! {
            <label class="guess-part">
                <input
                    type="radio"
                    name="guess-part"
                    data-testid=format!("guess-part-{id}")
                    prop:checked=move || bet.get() == Some(Bet::Part(id))
                    on:change=move |_| {
                        set(Bet::Part(id));
                        page.select(Some(Item::Component(id)));
                    }
                />
                <span>{name}</span>
            </label>
        }
    });
    view! {
        <fieldset class="guess-parts" aria-labelledby=QUESTION aria-describedby="guess-parts-how">
            <legend class="mute" id="guess-parts-how">"Choose one here, or on the drawing where it is there already."</legend>
            {rows.collect_view()}
        </fieldset>
    }
}

/// Takes a new bet.
type Take = Rc<dyn Fn(Bet)>;

/// A curve: the bet's, to be dragged where there is somebody to take it, and the fact's beside it where that is known.
pub fn curve(
    open: &Rc<Open>,
    bet: ArcRwSignal<Option<Bet>>,
    fact: Option<Fact>,
    take: Option<Take>,
) -> AnyView {
    let Guess::Curve {
        figure,
        part,
        parameter,
        values,
        from,
        to,
    } = open.lesson().prediction.guess.clone()
    else {
        return ().into_any();
    };
    let measure = figure.measure;
    let count = values.len();
    let unit = Parameter::from_name(&parameter).and_then(|parameter| {
        let parts = open.event.scenario.components.iter();
        let own = parts.into_iter().find(|own| own.name == part)?;
        let domain = specification(own.kind, parameter)?.domain;
        let label = specification(own.kind, parameter)?.label;
        match domain {
            Domain::Number { unit, .. } => Some((unit, label)),
            _ => None,
        }
    });
    let at = move |index: usize| -> String {
        unit.map_or_else(String::new, |(unit, _)| format_number(unit, values[index]))
    };
    let (first, named) = (at.clone(), at.clone());
    let said = move || match bet.get() {
        Some(Bet::Curve(said)) if said.len() == count => said,
        _ => vec![from; count],
    };
    let line = said.clone();
    let path = move || path(measure, from, to, &line());
    let fact_path = match &fact {
        Some(Fact::Curve(is)) => Some(self::path(measure, from, to, is)),
        _ => None,
    };
    let set = {
        let (said, take) = (said.clone(), take.clone());
        move |index: usize, along: f64| {
            let mut new = said();
            new[index] = value_at(measure, from, to, along);
            if let Some(take) = &take {
                take(Bet::Curve(new));
            }
        }
    };
    let held = RwSignal::new(false);
    // The whole ground is drawn on: whichever point is nearest follows the pointer.
    let draw = {
        let set = set.clone();
        move |event: &PointerEvent| {
            if let Some((along, up)) = ground::place(event, GROUND) {
                let index = (along * (count - 1) as f64).round() as usize;
                set(index.min(count - 1), up);
            }
        }
    };
    let is_open = take.is_some();
    let (press, follow_on) = (draw.clone(), draw);
    let down = move |event: PointerEvent| {
        if !is_open || event.button() != 0 {
            return;
        }
        event.prevent_default();
        held.set(true);
        if let Some(target) = ground::element(&event) {
            // Where the browser doesn't capture it, the curve follows for as long as the pointer is over it.
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        press(&event);
    };
    let moved = move |event: PointerEvent| {
        if held.get_untracked() {
            follow_on(&event);
        }
    };
    let release = move |_: PointerEvent| held.set(false);
    let handles = (0..count).filter(|_| is_open).map(|index| {
        let (value, words, height) = (said.clone(), said.clone(), said.clone());
        let set = set.clone();
        let label = at(index);
        let keys = move |event: KeyboardEvent| {
            let step = if event.shift_key() { LARGE_STEP } else { STEP };
            let now = place(measure, from, to, value()[index]);
            let then = match event.key().as_str() {
                "ArrowUp" | "ArrowRight" => now + step,
                "ArrowDown" | "ArrowLeft" => now - step,
                "Home" => 0.0,
                "End" => 1.0,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            set(index, then);
        };
        view! {
            <span
                class="guess-handle"
                role="slider"
                tabindex="0"
                aria-orientation="vertical"
                aria-label=format!("Your bet at {label}")
                aria-valuetext=move || measure.write(words()[index])
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || Decimal::up_to(place(measure, from, to, height()[index]) * 100.0, 0).to_string()
                data-testid=format!("guess-point-{index}")
                style:left=percent(along(index, count))
                style:bottom={
                    let said = said.clone();
                    move || percent(place(measure, from, to, said()[index]))
                }
                on:keydown=keys
            ></span>
        }
    });
    let handles = handles.collect_view();
    let gridlines = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(|up| {
        view! { <i class="guess-line" style:bottom=percent(up)><span>{measure.write(value_at(measure, from, to, up))}</span></i> }
    });
    let ticks = (0..count).map(|index| {
        view! { <span style:left=percent(along(index, count))>{first(index)}</span> }
    });
    let ticks = ticks.collect_view();
    // “Shards of Shards” says no more than “Shards”.
    let what = unit.map_or_else(String::new, |(_, label)| match *label == part {
        true => label.to_owned(),
        false => format!("{label} of {part}"),
    });
    let has_fact = fact_path.is_some();
    // What the picture shows, for whoever hears it.
    let told = match &fact {
        Some(Fact::Curve(is)) => {
            let bet = said();
            let points = (0..count.min(is.len())).map(|index| {
                let (said, is) = (measure.write(bet[index]), measure.write(is[index]));
                view! { <li>{format!("{}: you said {said}, it is {is}", named(index))}</li> }
            });
            Some(view! { <ul class="unseen">{points.collect_view()}</ul> })
        }
        _ => None,
    };
    view! {
        <div class="guess-curve" role="group" aria-label=format!("{figure} by your bet") class:drawn=is_open>
            <div class="guess-title"><b>{figure.to_string()}</b>{has_fact.then(|| view! { <span class="guess-key"><i class="bet"></i>"your bet"<i class="fact"></i>"what it is"</span> })}</div>
            <div class=GROUND data-testid="guess-ground" on:pointerdown=down on:pointermove=moved on:pointerup=release on:pointercancel=release>
                {gridlines}
                <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                    {fact_path.map(|d| view! { <path class="guess-fact" d=d></path> })}
                    <path class="guess-bet" d=path></path>
                </svg>
                {handles}
            </div>
            <div class="guess-ticks" aria-hidden="true">{ticks}</div>
            <div class="guess-axis mute">{what}</div>
            {told}
        </div>
    }
}

fn along(index: usize, count: usize) -> f64 {
    index as f64 / (count - 1).max(1) as f64
}

fn path(measure: Measure, from: f64, to: f64, values: &[f64]) -> String {
    let values_along = values.iter().enumerate();
    ground::path(
        values_along
            .map(|(index, value)| (along(index, values.len()), place(measure, from, to, *value))),
    )
}
