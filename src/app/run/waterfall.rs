//! The slowest requests of a moment, one of them as a waterfall. It doesn't know how they were found.

use super::super::dom;
use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::Control;
use crate::display::run::clock;
use crate::display::waterfall::{Waterfall, waterfall};
use loadscape_player::{SlowRequest, Slowest};
use loadscape_sim::quantities::{Decimal, share, time, whole};
use loadscape_sim::scenario::{ClassId, ComponentId, LinkId};
use loadscape_sim::units::Seconds;
use std::sync::Arc;

/// Where the slowest requests stand while somebody looks at them.
pub fn place(page: Page) -> AnyView {
    let asked = Memo::new(move |_| page.run.question.get());
    (move || asked.get().map(|_| panel(page))).into_any()
}

fn panel(page: Page) -> AnyView {
    let chosen = RwSignal::new(0_usize);
    let title = move || {
        let pace = page.run.pace.get();
        let asked = page.run.question.get();
        let since = page
            .run
            .slowest
            .with(|found| found.as_ref().map(|found| found.since));
        asked.map_or_else(String::new, |asked| {
            let from = since.unwrap_or(asked.from);
            format!(
                "Slowest requests that ended {} to {}",
                clock(from, pace),
                clock(asked.to, pace)
            )
        })
    };
    let close = move |_| super::control(page, Control::Slowest(None));
    // It stands in the plots' place, from which it was asked for: the focus comes and goes with it.
    dom::next_frame(|| dom::focus("slowest"));
    on_cleanup(|| dom::focus_if_lost("frame-times"));
    let key = move |event: web_sys::KeyboardEvent| {
        let count = page
            .run
            .slowest
            .with_untracked(|found| found.as_ref().map_or(0, |found| found.requests.len()));
        let now = chosen.get_untracked();
        match event.key().as_str() {
            "Escape" => super::control(page, Control::Slowest(None)),
            "ArrowDown" if now + 1 < count => chosen.set(now + 1),
            "ArrowUp" if now > 0 => chosen.set(now - 1),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let contents = move || {
        match page.run.slowest.get() {
        None => searching(page),
        Some(found) if found.requests.is_empty() => view! {
            <p class="slowest-note">"No request ended then, or that time can't be run once more: too many requests were in flight when the drawing was changed."</p>
        }
        .into_any(),
        Some(found) => {
            // On a phone there was no room for it yet when it was asked for.
            dom::next_frame(|| {
                if let Some(panel) = dom::document().get_element_by_id("slowest") {
                    dom::bring_into_view(&panel);
                }
            });
            shown(page, found, chosen)
        }
    }
    };
    view! {
        <div class="slowest" role="region" aria-label="Slowest requests" id="slowest" tabindex="-1" data-testid="slowest" on:keydown=key>
            <div class="slowest-bar">
                <h3>{title}</h3>
                <span class="slowest-note">{move || notes(page)}</span>
                <button type="button" class="icon-button" aria-label="Close" title="Close (Escape)" data-testid="slowest-close" on:click=close>{icon("close")}</button>
            </div>
            {contents}
        </div>
    }
    .into_any()
}

/// What isn't known of them.
fn notes(page: Page) -> String {
    page.run.slowest.with(|found| {
        let Some(found) = found else {
            return String::new();
        };
        let mut notes = String::new();
        if found.since > found.question.from {
            notes.push_str("The drawing was changed before. ");
        }
        if found.unknown > 0 {
            let count = whole(found.unknown as f64);
            notes.push_str(&format!("{count} had begun before that, and aren't known."));
        }
        notes
    })
}

fn searching(page: Page) -> AnyView {
    let how_far = move || {
        let searched = page.run.frame.with(|frame| frame.as_ref()?.searched);
        match searched {
            Some(part) => format!("Running that time once more: {}", share(part)),
            None => "Running that time once more…".to_owned(),
        }
    };
    view! { <p class="slowest-note" role="status">{how_far}</p> }.into_any()
}

fn shown(page: Page, found: Arc<Slowest>, chosen: RwSignal<usize>) -> AnyView {
    let names = found
        .requests
        .iter()
        .map(|own| class_name(page, own.class))
        .collect::<Vec<_>>();
    let choices = found.requests.iter().zip(names).enumerate();
    let choices = choices
        .map(|(place, (own, name))| {
            let took = time(Seconds(own.took));
            let failed = !own.succeeded;
            view! {
                <button type="button" class="slow-choice" class:failed=failed aria-pressed=move || (chosen.get() == place).to_string() data-testid=format!("slow-{place}") on:click=move |_| chosen.set(place)>
                    <b>{took}</b>" "{name}{failed.then_some(", failed")}
                </button>
            }
        })
        .collect_view();
    let requests = found.clone();
    let one = move || {
        let own = requests
            .requests
            .get(chosen.get())
            .or(requests.requests.first())?;
        Some(falls(page, own))
    };
    view! {
        <div class="slowest-body">
            <div class="slow-choices" role="group" aria-label="Requests, the slowest first">{choices}</div>
            {one}
        </div>
    }
    .into_any()
}

fn falls(page: Page, own: &SlowRequest) -> AnyView {
    let Waterfall { rows, hidden, sums } =
        waterfall(own, |id| part_name(page, id), |id| link_name(page, id));
    let took = own.took;
    let percent = move |seconds: f64| {
        let part = if took > 0.0 { seconds / took } else { 0.0 };
        Decimal::fixed(100.0 * part.clamp(0.0, 1.0), 3).to_string() + "%"
    };
    let all = sums
        .iter()
        .map(|(spent, sum)| {
            view! {
                <span class=format!("slow-sum spent-{}", spent.id()) data-testid=format!("slow-sum-{}", spent.id()) data-seconds=Decimal::up_to(*sum, 9).to_string()>{spent.name()}" "<b>{time(Seconds(*sum))}</b></span>
            }
        })
        .collect_view();
    let bars = sums
        .iter()
        .map(|(spent, sum)| {
            view! { <i class=format!("spent-{}", spent.id()) style:width=percent(*sum)></i> }
        })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|row| {
            let words = row.words();
            view! {
                <li title=words.clone() aria-label=words data-testid="slow-row">
                    <span class="slow-label">{row.label.clone()}</span>
                    <span class="slow-track"><i class=format!("spent-{}", row.spent.id()) style:left=percent(row.after) style:width=percent(row.lasted.min(took - row.after))></i></span>
                    <span class="slow-kind">{row.spent.name()}</span>
                    <span class="slow-time">{time(Seconds(row.lasted))}</span>
                </li>
            }
        })
        .collect_view();
    let hidden = (hidden > 0).then(|| {
        view! { <p class="slowest-note">{format!("{} shorter spans aren't shown.", whole(hidden as f64))}</p> }
    });
    view! {
        <div class="slow-falls" tabindex="0" data-testid="slow-falls" data-seconds=Decimal::up_to(took, 9).to_string()>
            <p class="slow-sums"><b>{time(Seconds(took))}</b>" = "{all}</p>
            <div class="slow-bar" aria-hidden="true">{bars}</div>
            <ol>{rows}</ol>
            {hidden}
        </div>
    }
    .into_any()
}

fn class_name(page: Page, id: ClassId) -> String {
    page.classes.with_untracked(|classes| {
        let own = classes.iter().find(|class| class.id == id);
        own.map_or_else(String::new, |class| class.name.clone())
    })
}

fn part_name(page: Page, id: ComponentId) -> String {
    page.read(|scenario| {
        let part = scenario.component(id);
        part.map_or_else(
            || "a part that is gone".to_owned(),
            |part| part.name.clone(),
        )
    })
}

fn link_name(page: Page, id: LinkId) -> String {
    let ends = page.read(|scenario| {
        let link = scenario.links.iter().find(|link| link.id == id);
        link.map(|link| (link.from, link.to))
    });
    ends.map_or_else(
        || "a link that is gone".to_owned(),
        |(from, to)| format!("{} → {}", part_name(page, from), part_name(page, to)),
    )
}
