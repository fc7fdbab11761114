//! The inspector of one link: what it means, what travels along it, and how.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::entry::{Accepts, number_entry};
use super::{actions, faults, what_if};
use crate::editor::{Change, Item};
use loadscape_sim::catalog;
use loadscape_sim::insight::Setting;
use loadscape_sim::quantities::rate;
use loadscape_sim::scenario::{ClassId, LINK_WEIGHT, Link, LinkId, Number, ROUND_TRIP};

/// The inspector of one link.
pub fn link(page: Page, id: LinkId) -> AnyView {
    let current = Memo::new(move |_| {
        page.revision.get();
        page.editor().link(id).cloned()
    });
    let ends = move || {
        current.with(|link| {
            let link = link.as_ref()?;
            let editor = page.editor();
            let (from, to) = (editor.component(link.from)?, editor.component(link.to)?);
            let verb = catalog::connection(from.kind, to.kind)
                .map_or("is linked to", |meaning| meaning.verb());
            Some((from.name.clone(), verb, to.name.clone()))
        })
    };
    let travels = move || {
        page.answer.with(|answer| {
            let figures = answer
                .as_ref()?
                .report
                .links
                .iter()
                .find(|link| link.link == id)?;
            Some(format!(
                "{}{}",
                rate(figures.rate),
                if figures.asynchronous {
                    ", nobody waits for the answer"
                } else {
                    ""
                }
            ))
        })
    };
    let edit = move |change: &dyn Fn(&mut Link)| {
        if let Some(mut link) = current.get_untracked() {
            change(&mut link);
            page.type_change(Change::SetLink(link));
        }
    };
    let weight_wrong = RwSignal::new(None);
    let weight = number_entry(
        "link-weight".to_owned(),
        "Weight".to_owned(),
        Accepts::of(LINK_WEIGHT),
        Signal::derive(move || current.with(|link| link.as_ref().map_or(1.0, |link| link.weight))),
        Callback::new(move |weight| edit(&|link| link.weight = weight)),
        weight_wrong,
    );
    let trip_wrong = RwSignal::new(None);
    let own_trip =
        Memo::new(move |_| current.with(|link| link.as_ref().and_then(|link| ROUND_TRIP.of(link))));
    let trip = number_entry(
        "link-round-trip".to_owned(),
        "Round trip".to_owned(),
        Accepts::of(ROUND_TRIP),
        Signal::derive(move || own_trip.get().unwrap_or(0.0)),
        Callback::new(move |value| edit(&|link| ROUND_TRIP.set(link, value))),
        trip_wrong,
    );
    let ask = move |number: &'static Number<Link>, label| {
        let name = format!("link-{}", number.name);
        what_if::ask_number(page, Setting::Link(id, number), label, &name)
    };
    let bare = move || current.with(|link| link.as_ref().is_some_and(|link| link.unencrypted));
    view! {
        <div class="inspector-head">
            <span class="badge">{icon("link")}</span>
            <h2>"Link"</h2>
        </div>
        {move || ends().map(|(from, verb, to)| view! { <p class="summary"><b>{from}</b>" "{verb}" "<b>{to}</b>"."</p> })}
        <table class="figures"><tbody><tr><th>"Travels"</th><td>{move || travels().unwrap_or_else(|| "–".to_owned())}</td></tr></tbody></table>
        <section class="section">
            <h3>"Request classes"</h3>
            {carried(page, current)}
        </section>
        <section class="section">
            <h3>"Parameters"</h3>
            <div class="parameter">
                <span class="parameter-label"><label for="link-weight">"Weight"</label>{ask(LINK_WEIGHT, "the weight")}</span>
                {weight}
                {move || weight_wrong.get().map(|allowed: String| view! { <p class="problem-text">{allowed}</p> })}
                <p class="about-text">"Relative share of the caller's traffic where it is split by weight."</p>
            </div>
            <div class="parameter" class:changed=bare>
                <span class="parameter-label"><label for="link-encrypted">"Encrypted (TLS)"</label></span>
                <input
                    id="link-encrypted"
                    type="checkbox"
                    role="switch"
                    class="switch"
                    data-testid="link-encrypted"
                    prop:checked=move || !bare()
                    on:change:target=move |event| {
                        let encrypted = event.target().checked();
                        edit(&|link| link.unencrypted = !encrypted);
                    }
                />
                <p class="about-text">"What isn't encrypted can be read where it leaves a private network, which the price page then says. It changes no time and no price."</p>
            </div>
            <div class="parameter" class:changed=move || own_trip.get().is_some()>
                <span class="parameter-label"><label for="link-own-trip">"Own round trip"</label>{ask(ROUND_TRIP, "the round trip")}</span>
                <input
                    id="link-own-trip"
                    type="checkbox"
                    role="switch"
                    class="switch"
                    data-testid="link-own-trip"
                    prop:checked=move || own_trip.get().is_some()
                    on:change:target=move |event| {
                        let own = event.target().checked();
                        edit(&|link| link.round_trip_seconds = own.then_some(0.001));
                    }
                />
                <Show when=move || own_trip.get().is_none()>
                    <p class="about-text">"The zones of its two ends say how long it takes."</p>
                </Show>
            </div>
            <div class="parameter" hidden=move || own_trip.get().is_none()>
                <span class="parameter-label"><label for="link-round-trip">"Round trip"</label></span>
                {trip}
                {move || trip_wrong.get().map(|allowed: String| view! { <p class="problem-text">{allowed}</p> })}
            </div>
        </section>
        <p class="empty">"Drag one of its ends on the drawing to plug it in elsewhere"<span class="by-keys">", or press C"</span>"."</p>
        {faults::faults(page, Some(Item::Link(id)))}
        {actions(page)}
    }
    .into_any()
}

/// Which classes travel along the link; all ticked is the same as no restriction.
fn carried(page: Page, current: Memo<Option<Link>>) -> AnyView {
    let toggle = move |class: ClassId, on: bool| {
        let Some(mut link) = current.get_untracked() else {
            return;
        };
        let all: Vec<ClassId> = page
            .classes
            .with_untracked(|classes| classes.iter().map(|class| class.id).collect());
        let mut carried: Vec<ClassId> = if link.classes.is_empty() {
            all.clone()
        } else {
            link.classes.clone()
        };
        carried.retain(|carried| *carried != class);
        if on {
            carried.push(class);
        }
        // A link that carried nothing would be no link: the last tick stays.
        if carried.is_empty() {
            page.announcement
                .set("A link carries at least one class.".to_owned());
            page.revision
                .update(|revision| *revision = revision.wrapping_add(1));
            return;
        }
        let everything = all.iter().all(|class| carried.contains(class));
        link.classes = if everything {
            Vec::new()
        } else {
            all.into_iter()
                .filter(|class| carried.contains(class))
                .collect()
        };
        page.change(Change::SetLink(link));
    };
    view! {
        <ul class="ticks">
            {move || page.classes.get().into_iter().map(|class| {
                let id = class.id;
                let on = move || { page.revision.get(); current.with(|link| link.as_ref().is_some_and(|link| link.carries(id))) };
                view! {
                    <li>
                        <label class="tick-label">
                            <input class="tick" type="checkbox" data-testid=format!("carries-{id}") prop:checked=on on:change:target=move |event| toggle(id, event.target().checked()) />
                            {class.name}
                        </label>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
    .into_any()
}
