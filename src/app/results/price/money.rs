//! What each part costs a month, with the prices that it goes by: each can be changed, and says where it is from.

use super::super::super::icons::icon;
use super::super::super::inspector::{Accepts, number_entry};
use super::super::super::page::Page;
use super::super::super::ui::prelude::*;
use super::pointer;
use crate::display::price::{CostRow, cost_rows, load_of_the_bill, pool_over_the_day};
use crate::editor::Change;
use loadscape_sim::catalog::{self, Confidence, Domain, Parameter, Value, format_value};
use loadscape_sim::insight::over_the_day;
use loadscape_sim::quantities::share;
use loadscape_sim::scenario::ComponentId;

/// The page.
pub fn contents(page: Page) -> AnyView {
    let rows = Memo::new(move |_| {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            page.read(|scenario| cost_rows(scenario, &answer.report.cost))
        })
    });
    // A field that is typed in mustn't be built anew with each figure: what stands there is who has which prices.
    let shape = Memo::new(move |_| {
        rows.with(|rows| {
            let shape = rows.iter();
            shape
                .map(|row| (row.component, row.name.clone(), row.prices.clone()))
                .collect::<Vec<_>>()
        })
    });
    let figure = move |component: Option<ComponentId>, get: fn(&CostRow) -> String| {
        move || {
            rows.with(|rows| {
                let row = rows.iter().find(|row| row.component == component);
                row.map_or(String::new(), get)
            })
        }
    };
    let over = Memo::new(move |_| {
        page.answer.with(|answer| {
            let answer = answer.as_ref()?;
            Some(over_the_day(&answer.compiled.network, &answer.report))
        })
    });
    let load = move || over.with(|over| over.as_ref().map(load_of_the_bill));
    let pool = move |component: Option<ComponentId>| {
        move || {
            over.with(|over| pool_over_the_day(over.as_ref()?, component?))
                .map(|words| view! { <small class="mute price-pool">{words}</small> })
        }
    };
    view! {
        <p class="mute" data-testid="price-load">{load}</p>
        <table class="price-table">
            <thead><tr><th>"Part"</th><th class="number">"A month"</th><th class="number">"Share"</th><th>"Price"</th><th></th><th>"From"</th></tr></thead>
            <tbody>
                {move || shape.get().into_iter().map(|(component, name, prices)| {
                    let lines = prices.len().max(1).to_string();
                    let mut prices = prices.into_iter();
                    let first = prices.next().map(|(id, parameter)| price(page, id, parameter));
                    let others = prices.map(|(id, parameter)| view! { <tr>{price(page, id, parameter)}</tr> }.into_any());
                    let others = others.collect::<Vec<_>>();
                    view! {
                        <tr class="price-part">
                            <td rowspan=lines.clone()>{pointer(page, name, component.into_iter().collect())}{pool(component)}</td>
                            <td rowspan=lines.clone() class="number"><b>{figure(component, |row| row.cost.clone())}</b></td>
                            <td rowspan=lines class="number mute">{figure(component, |row| share(row.part))}</td>
                            {first}
                        </tr>
                        {others}
                    }
                }).collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// A price: its name, its field, and where it is from.
fn price(page: Page, component: ComponentId, parameter: Parameter) -> AnyView {
    let kind = page.read(|scenario| scenario.component(component).map(|own| own.kind));
    let Some(specification) = kind.and_then(|kind| catalog::parameter(kind, parameter)) else {
        return ().into_any();
    };
    let Domain::Number {
        unit,
        minimum,
        maximum,
        whole,
        ..
    } = specification.domain
    else {
        return ().into_any();
    };
    let own = Memo::new(move |_| {
        page.revision.track();
        page.answer.track();
        page.read(|scenario| {
            scenario
                .component(component)
                .and_then(|own| own.parameters.get(&parameter).copied())
        })
    });
    let value = Signal::derive(move || match own.get().unwrap_or(specification.default) {
        Value::Number(number) => number,
        _ => 0.0,
    });
    let set = move |value: Option<Value>| {
        page.type_change(Change::SetParameter {
            component,
            parameter,
            value,
        });
    };
    let typed = Callback::new(move |number: f64| {
        let value = Value::Number(number);
        set((value != specification.default).then_some(value));
    });
    let wrong = RwSignal::new(None::<String>);
    let id = format!("price-{}-{}", component.0, parameter.name());
    let accepts = Accepts {
        unit,
        minimum,
        maximum,
        whole,
    };
    let field = number_entry(
        id.clone(),
        specification.label.to_owned(),
        accepts,
        value,
        typed,
        wrong,
    );
    let trust = match specification.confidence {
        Confidence::Read => "",
        Confidence::Recalled => " (not confirmed)",
    };
    let source = format!("{}{trust}", specification.source());
    let default = format_value(specification, specification.default);
    let from = move || match own.get() {
        None => source.clone(),
        Some(_) => format!("set here; the catalog has {default}: {source}"),
    };
    view! {
        <td class="mute"><label for=id.clone()>{specification.label}</label></td>
        <td class="price-field" class:changed=move || own.get().is_some()>
            {field}
            {move || own.get().is_some().then(|| view! {
                <button type="button" class="reset" title="Back to the catalog's price" aria-label=format!("Reset {}", specification.label) data-testid=format!("{id}-reset") on:click=move |_| set(None)>
                    {icon("reset")}
                </button>
            })}
            {move || wrong.get().map(|allowed| view! { <p class="problem-text" role="alert">{allowed}</p> })}
        </td>
        <td class="mute price-source">{from}</td>
    }
    .into_any()
}
