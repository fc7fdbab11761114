//! What goes wrong in a run: what can be broken here, and what is to break when; it doesn't know what becomes of it.

use super::super::dialog::Dialog;
use super::super::icons::icon;
use super::super::later;
use super::super::page::Page;
use super::super::run::{Control, add_fault, looking, remove_fault, set_fault};
use super::super::ui::prelude::*;
use super::entry::{Accepts, moment_entry, number_entry};
use crate::display::faults::{ends_by_itself, is_of, offers};
use crate::display::run::begins;
use crate::editor::Item;
use loadscape_sim::catalog::Unit;
use loadscape_sim::insight::fault_words;
use loadscape_sim::scenario::{Fault, limits};

/// When a fault begins that is added while nothing runs, seconds.
const FIRST_SECONDS: f64 = 10.0;

/// What can be broken in a part, link, zone or (`None`) with all traffic, and what is to break there.
pub fn faults(page: Page, place: Option<Item>) -> AnyView {
    let runs = move || page.run.open.get();
    let buttons = Memo::new(move |_| {
        page.revision.track();
        page.read(|scenario| {
            offers(scenario, place, 0.0)
                .into_iter()
                .map(|offer| offer.label)
                .collect::<Vec<_>>()
        })
    });
    let here = Memo::new(move |_| {
        page.faults.with(|faults| {
            let own = faults
                .iter()
                .enumerate()
                .filter(|(_, fault)| is_of(fault, place));
            own.map(|(index, _)| index).collect::<Vec<_>>()
        })
    });
    let add = move |which: usize| {
        let frame = page.run.frame.get_untracked();
        let start = frame.map_or(FIRST_SECONDS, |frame| begins(&frame));
        let fault = page.read(|scenario| {
            offers(scenario, place, start)
                .into_iter()
                .nth(which)
                .map(|offer| offer.fault)
        });
        if let Some(fault) = fault {
            add_fault(page, fault);
        }
    };
    let looks_back = Memo::new(move |_| looking(page).is_some());
    let when = move || match (runs(), looks_back.get()) {
        (true, true) => {
            "It begins at the moment that is looked at: the run plays it from the start."
        }
        (true, false) => "It begins now, in the run; the list says when it ends.",
        (false, _) => "It begins ten seconds into the run, if the list doesn't say otherwise.",
    };
    view! {
        <section class="section" data-testid="faults">
            <h3>
                {if place.is_some() { "Break it" } else { "What goes wrong" }}
                <button class="link" type="button" data-testid="faults-incidents" on:click=move |_| page.dialog.set(Some(Dialog::Incidents))>"Incidents…"</button>
                <button class="link" type="button" hidden=runs on:click=move |_| later::with(page, move |later| (later.run)(page, Control::Toggle))>"Play"</button>
            </h3>
            <p class="empty">{when}</p>
            <div class="break-offers">
                {move || buttons.get().into_iter().enumerate().map(|(which, label)| view! {
                    <button type="button" class="button" data-testid=format!("break-{which}") on:click=move |_| add(which)>{label}</button>
                }).collect_view()}
            </div>
            <For each=move || here.get() key=|index| *index children=move |index| one(page, index) />
        </section>
    }
    .into_any()
}

fn one(page: Page, index: usize) -> AnyView {
    let fault = Memo::new(move |_| page.faults.with(|faults| faults.get(index).cloned()));
    let words = move || {
        let fault = fault.get()?;
        page.revision.track();
        let words = page.read(|scenario| fault_words(scenario, &fault));
        let mut letters = words.chars();
        let first = letters.next()?.to_uppercase().to_string();
        Some(first + letters.as_str())
    };
    let set = move |change: &dyn Fn(&mut Fault)| {
        if let Some(mut fault) = fault.get_untracked() {
            change(&mut fault);
            set_fault(page, index, fault, true);
        }
    };
    let seconds = |range: std::ops::RangeInclusive<f64>| Accepts {
        unit: Unit::Seconds,
        minimum: *range.start(),
        maximum: *range.end(),
        whole: false,
    };
    let start = moment_entry(
        format!("fault-{index}-start"),
        "Begins at, in minutes and seconds of the run".to_owned(),
        seconds(limits::FAULT_START_SECONDS),
        Signal::derive(move || {
            fault.with(|fault| fault.as_ref().map_or(0.0, |fault| fault.start_seconds))
        }),
        Callback::new(move |start| set(&|fault| fault.start_seconds = start)),
        RwSignal::new(None),
    );
    let lasts = Memo::new(move |_| {
        fault.with(|fault| fault.as_ref().is_some_and(|fault| !ends_by_itself(fault)))
    });
    let duration = move || {
        lasts.get().then(|| view! {
            <span>"for"</span>
            {number_entry(
                format!("fault-{index}-duration"),
                "Lasts, in seconds".to_owned(),
                seconds(limits::FAULT_SECONDS),
                Signal::derive(move || fault.with(|fault| fault.as_ref().and_then(|fault| fault.duration_seconds).unwrap_or(f64::INFINITY))),
                Callback::new(move |duration| set(&|fault| fault.duration_seconds = Some(duration))),
                RwSignal::new(None),
            )}
        })
    };
    view! {
        <div class="card fault" data-testid=format!("fault-{index}")>
            <div class="card-head">
                <b class="fault-words">{words}</b>
                <button type="button" class="icon-button" aria-label="Remove this fault" title="Remove this fault" data-testid=format!("fault-{index}-remove") on:click=move |_| remove_fault(page, index)>
                    {icon("bin")}
                </button>
            </div>
            <div class="fault-times"><span>"at"</span>{start}{duration}</div>
        </div>
    }
    .into_any()
}
