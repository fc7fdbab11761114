//! The run's controls: play, step, again, the clock, the way back, the pace. It doesn't know what runs.

use super::super::dialog::Dialog;
use super::super::icons::icon;
use super::super::later;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::Control;
use super::covered::lies_over;
use crate::display::run::{
    PACES, along, clock, falls_behind, happened, moment, pace_words, speed_words,
};
use loadscape_player::{Pace, State};
use loadscape_sim::quantities::{Decimal, whole};

/// Steps of the way back.
const STEPS: f64 = 1_000.0;

/// Where the controls stand: at first the button that starts a run, and all of them once there is one.
pub fn place(page: Page) -> AnyView {
    let empty = Memo::new(move |_| page.node_ids.with(Vec::is_empty));
    let start = move |_| later::with(page, move |later| (later.run)(page, Control::Toggle));
    let at_first = move || {
        view! {
            <button class="button play-first" data-testid="run-play" title="Run it event by event (P)" disabled=move || empty.get() on:click=start>
                {icon("play")}"Play"
            </button>
        }
        .into_any()
    };
    (move || match (page.run.open.get(), later::loaded()) {
        (true, Some(later)) => (later.run_bar)(page),
        _ => at_first(),
    })
    .into_any()
}

/// The controls of a run.
pub fn bar(page: Page) -> AnyView {
    let run = page.run;
    let of_frame = move |get: fn(&loadscape_player::Frame) -> f64| {
        run.frame
            .with(|frame| frame.as_ref().map_or(0.0, |frame| get(frame)))
    };
    let playing = Memo::new(move |_| {
        run.frame.with(|frame| {
            frame
                .as_ref()
                .is_some_and(|frame| frame.state == State::Playing)
        })
    });
    let looking = Memo::new(move |_| super::looking(page));
    let shown = move || {
        let moment = looking.get().unwrap_or_else(|| of_frame(|frame| frame.at));
        clock(moment, run.pace.get())
    };
    let ends = move || {
        let end = run
            .frame
            .with(|frame| frame.as_ref().and_then(|frame| frame.end))?;
        Some(clock(end, Pace::Fastest))
    };
    let speed = move || of_frame(|frame| frame.speed);
    let lingers = move || {
        run.frame
            .with(|frame| frame.as_ref().is_some_and(|frame| frame.lingers))
    };
    let word = move || {
        let behind = falls_behind(run.pace.get(), speed());
        match (looking.get(), playing.get()) {
            (Some(_), _) => "in the past".to_owned(),
            (None, true) if lingers() => format!("{}, slowed", speed_words(speed())),
            (None, true) if behind => format!("{}, all it can", speed_words(speed())),
            (None, true) => speed_words(speed()),
            (None, false) => {
                run.frame
                    .with(|frame| match frame.as_ref().map(|frame| frame.state) {
                        None => "starting…".to_owned(),
                        Some(State::Ended) => "over".to_owned(),
                        Some(_) => "paused".to_owned(),
                    })
            }
        }
    };
    let place = move || {
        run.frame.with(|frame| {
            frame
                .as_ref()
                .map_or(0.0, |frame| along(frame, frame.looking.unwrap_or(frame.at)))
        })
    };
    let reached = move || {
        run.frame
            .with(|frame| frame.as_ref().map_or(0.0, |frame| along(frame, frame.at)))
    };
    let look = move |value: String| {
        let along = value.parse::<f64>().unwrap_or(STEPS) / STEPS;
        if let Some(frame) = run.frame.get_untracked() {
            super::control(page, Control::Look(moment(&frame, along)));
        }
    };
    let choose = move |value: String| {
        let place = value.parse::<usize>().unwrap_or(2);
        if let Some(pace) = PACES.get(place) {
            super::control(page, Control::Pace(*pace));
        }
    };
    let step_words = move || {
        let frame = run.frame.get()?;
        let happening = frame.happened.filter(|_| frame.looking.is_none())?;
        let name = happening.component.and_then(|id| {
            page.read(|scenario| {
                scenario
                    .component(id)
                    .map(|component| component.name.clone())
            })
        });
        Some(happened(&happening, name.as_deref()))
    };
    view! {
        <div class="run-bar" role="group" aria-label="Run" data-testid="run-bar" mounted=move |bar: web_sys::Element| lies_over(page, &bar)>
            <button type="button" class="button primary square" data-testid="run-play" aria-label=move || if playing.get() { "Pause" } else { "Play" } title=move || if playing.get() { "Pause (P)" } else { "Play (P)" } on:click=move |_| super::control(page, Control::Toggle)>
                {move || icon(if playing.get() { "pause" } else { "play" })}
            </button>
            <button type="button" class="button plain square" data-testid="run-step" aria-label="Let the next thing happen" title="Let the next thing happen (N)" on:click=move |_| super::control(page, Control::Step)>
                {icon("step")}
            </button>
            <button type="button" class="button plain square" data-testid="run-restart" aria-label="Run again from the start" title="Run again from the start, with the same seed (R)" on:click=move |_| super::control(page, Control::Restart)>
                {icon("reset")}
            </button>
            <span class="run-clock" data-testid="run-clock" title="Simulated time">{shown}</span>
            {move || ends().map(|end| view! { <span class="run-length" title="When the run ends by itself">{format!("of {end}")}</span> })}
            <span class="run-way" style:--reached=move || Decimal::up_to(reached() * 100.0, 2).to_string() + "%">
                <input
                    type="range"
                    min="0"
                    max=whole_steps()
                    class="run-scrub"
                    class:past=move || looking.get().is_some()
                    aria-label="Moment of the run"
                    aria-valuetext=shown
                    data-testid="run-scrub"
                    prop:value=move || Decimal::fixed(place() * STEPS, 0).to_string()
                    on:input:target=move |event| look(event.target().value())
                />
            </span>
            <span class="run-speed" class:past=move || looking.get().is_some() data-testid="run-speed">{word}</span>
            <select class="select run-pace" aria-label="Pace" title="How fast simulated time goes" data-testid="run-pace" on:change:target=move |event| choose(event.target().value())>
                {PACES
                    .iter()
                    .enumerate()
                    .map(|(place, pace)| {
                        let pace = *pace;
                        view! { <option value=place.to_string() prop:selected=move || run.pace.get() == pace>{pace_words(pace)}</option> }
                    })
                    .collect_view()}
            </select>
            <button type="button" class="button plain square run-break" data-testid="run-break" aria-label="Try an incident" title="Try an incident (B)" on:click=move |_| page.dialog.set(Some(Dialog::Incidents))>
                {icon("warning")}
            </button>
            <button type="button" class="button plain square" data-testid="run-end" aria-label="End the run" title="End the run: the drawing shows the steady state again" on:click=move |_| super::control(page, Control::End)>
                {icon("close")}
            </button>
            {move || step_words().map(|words| view! { <p class="run-step-words" role="status" data-testid="run-happened">{words}</p> })}
        </div>
    }
    .into_any()
}

fn whole_steps() -> String {
    whole(STEPS).replace(',', "")
}
