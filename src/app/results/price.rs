//! The price of the design: a strip that is always there, a line for each coin, and behind each of them its page. What things cost, and in
//! which words, is [`crate::display::price`]'s affair.

mod money;
mod tables;

use super::super::page::Page;
use super::super::ui::prelude::*;
use crate::display::compared::Row;
use crate::display::price::{Coin, Figure, beside, figures};
use crate::editor::Item;
use loadscape_sim::insight::Price;
use loadscape_sim::quantities::dollars;
use loadscape_sim::scenario::{ComponentId, Scenario};

/// The strip: pressing a coin opens its page.
pub fn strip(
    page: Page,
    coin: RwSignal<Coin>,
    is_open: Signal<bool>,
    open: impl Fn(Coin) + Copy + 'static,
) -> AnyView {
    let found = Memo::new(move |_| {
        page.price.with(|price| {
            let price = price.as_ref()?;
            Some(page.read(|scenario| figures(scenario, price)))
        })
    });
    let of = move |coin: Coin| -> Option<Figure> {
        let mut own =
            found.with(|found| found.as_ref()?.iter().find(|own| own.coin == coin).cloned())?;
        // Money follows at once; the rest when the design has come to rest.
        if coin == Coin::Money {
            let total = page
                .answer
                .with(|answer| answer.as_ref().map(|answer| answer.report.cost.total));
            own.figure = total.map_or(own.figure, dollars);
        }
        Some(own)
    };
    let button = move |coin_of: Coin| {
        let own = Memo::new(move |_| of(coin_of));
        let chosen = move || is_open.get() && coin.get() == coin_of;
        let part = move |get: fn(&Figure) -> &str| {
            move || {
                own.with(|own| {
                    own.as_ref()
                        .map_or(String::new(), |own| get(own).to_owned())
                })
            }
        };
        // What is open or has to be run is there to be counted, with a run or without.
        let beside_a_run = move || {
            page.run.open.get()
                && matches!(
                    coin_of,
                    Coin::Money | Coin::Availability | Coin::Consistency
                )
        };
        view! {
            <button
                type="button"
                class="coin"
                aria-pressed=move || chosen().to_string()
                title=part(|own| own.note.as_str())
                data-testid=format!("price-{}", coin_of.name())
                on:click=move |_| open(coin_of)
            >
                <span class="coin-label">{coin_of.label()}</span>
                {move || beside_a_run().then(|| view! { <span class="coin-theory">"in theory"</span> })}
                <b class=move || own.with(|own| own.as_ref().map_or("", |own| own.tone.class()))>{part(|own| own.figure.as_str())}</b>
                <small>{part(|own| own.note.as_str())}</small>
            </button>
        }
    };
    view! {
        <div class="price-strip" role="group" aria-label="Price of the design" class:stale=move || page.stale.get() data-testid="price-strip">
            {Coin::ALL.into_iter().map(button).collect_view()}
        </div>
    }
    .into_any()
}

/// The page of a coin.
pub fn page(page: Page, coin: Coin) -> AnyView {
    let contents = match coin {
        Coin::Money => money::contents(page),
        Coin::Availability => tables::availability(page),
        Coin::Consistency => tables::consistency(page),
        Coin::Security => tables::security(page),
        Coin::Complexity => tables::complexity(page),
    };
    view! {
        <div class=format!("results-page scrolls price-page {}", coin.name()) data-testid=format!("price-page-{}", coin.name())>
            {contents}
            {last_change(page)}
        </div>
    }
    .into_any()
}

/// What the last change of the document moved.
fn last_change(page: Page) -> AnyView {
    let moved = Memo::new(move |_| {
        page.price_before.with(|before| {
            page.price.with(|now| match (before, now) {
                (Some(before), Some(now)) => beside(before, now),
                _ => Vec::new(),
            })
        })
    });
    (move || {
        let mut rows = moved.get();
        rows.retain(|row| !row.change.is_empty());
        (!rows.is_empty()).then(|| {
            view! {
                <section data-testid="last-change">
                    <h3>"What the last change moved"</h3>
                    {before_and_after(rows)}
                </section>
            }
        })
    })
    .into_any()
}

/// Two designs' prices beside one another.
pub fn before_and_after(rows: Vec<Row>) -> AnyView {
    view! {
        <table class="beside">
            <thead><tr><th></th><th class="number">"Before"</th><th class="number">"After"</th><th class="number">"Change"</th></tr></thead>
            <tbody>
                {rows.into_iter().map(|row| view! {
                    <tr><td>{row.label}</td><td class="number mute">{row.before}</td><td class="number"><b>{row.after}</b></td><td class=match row.better { Some(true) => "number good", Some(false) => "number bad", None => "number" }>{row.change}</td></tr>
                }).collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// Something of the price as it is now, for rows.
fn found<T: PartialEq + Clone + Send + Sync + 'static>(
    page: Page,
    get: fn(&Scenario, &Price) -> Vec<T>,
) -> Memo<Vec<T>> {
    Memo::new(move |_| {
        page.price.with(|price| {
            let price = price.as_ref();
            price.map_or_else(Vec::new, |price| page.read(|scenario| get(scenario, price)))
        })
    })
}

/// Words that point at parts of the drawing while they are looked at, and choose the first of them when pressed.
fn pointer(page: Page, words: String, parts: Vec<ComponentId>) -> AnyView {
    if parts.is_empty() {
        return view! { <span>{words}</span> }.into_any();
    }
    let first = parts[0];
    let parts: std::sync::Arc<[ComponentId]> = parts.into();
    let focused = parts.clone();
    view! {
        <button
            type="button"
            class="link pointer"
            on:pointerenter=move |_| page.point(&parts)
            on:pointerleave=move |_| page.point(&[])
            on:focus=move |_| page.point(&focused)
            on:blur=move |_| page.point(&[])
            on:click=move |_| { page.select(Some(Item::Component(first))); page.act(|editor| editor.reveal_component(first)); }
        >
            {words}
        </button>
    }
    .into_any()
}
