//! Request classes: what clients ask for, how large it is and how popular its keys are; and what one population sends of them.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::entry::{Accepts, number_entry};
use super::what_if;
use crate::editor::{Change, setting_change};
use loadscape_sim::catalog::Value;
use loadscape_sim::insight::Setting;
use loadscape_sim::quantities::share;
use loadscape_sim::scenario::{
    CLASS_NUMBERS, CLASS_SHARE, ClassId, ComponentId, Operation, RequestClass,
};

const OPERATIONS: [(Operation, &str, &str); 4] = [
    (
        Operation::Read,
        "read",
        "Read: a cache or a replica may answer it",
    ),
    (
        Operation::Write,
        "write",
        "Write: goes to a primary and invalidates caches",
    ),
    (
        Operation::Static,
        "static",
        "Static file: a CDN or object storage may answer it",
    ),
    (
        Operation::Asynchronous,
        "asynchronous",
        "Accepted now, worked off later through a queue",
    ),
];

/// The word for an operation.
pub fn operation_word(operation: Operation) -> &'static str {
    OPERATIONS
        .iter()
        .find(|(candidate, ..)| *candidate == operation)
        .map_or("", |(_, word, _)| word)
}

/// A weight among others as a share of the requests: "61 %", whatever the weights add up to.
fn part_words(weight: f64, total: f64) -> String {
    if total > 0.0 {
        share(weight / total)
    } else {
        String::new()
    }
}

/// The editor of the document's classes.
pub fn classes(page: Page) -> AnyView {
    // What is added is what nobody sends yet, or another read where everything is sent already.
    let missing = move || {
        page.classes
            .with_untracked(|classes| {
                OPERATIONS
                    .iter()
                    .map(|(operation, ..)| *operation)
                    .find(|operation| classes.iter().all(|class| class.operation != *operation))
            })
            .unwrap_or(Operation::Read)
    };
    let ids = Memo::new(move |_| {
        page.classes
            .with(|classes| classes.iter().map(|class| class.id).collect::<Vec<_>>())
    });
    view! {
        <section class="section" data-testid="classes">
            <h3>
                "Request classes"
                <button class="link" type="button" data-testid="add-class" on:click=move |_| page.try_act(|editor| editor.add_class(missing()))>"Add a class"</button>
            </h3>
            <For each=move || ids.get() key=|id| *id children=move |id| class(page, id) />
        </section>
    }
    .into_any()
}

fn class(page: Page, id: ClassId) -> AnyView {
    let current = Memo::new(move |_| {
        page.classes
            .with(|classes| classes.iter().find(|class| class.id == id).cloned())
    });
    let edit = move |change: &dyn Fn(&mut RequestClass)| {
        if let Some(mut class) = current.get_untracked() {
            change(&mut class);
            page.type_change(Change::SetClass(class));
        }
    };
    let part = move || {
        page.classes.with(|classes| {
            let total: f64 = classes.iter().map(|class| class.share).sum();
            let mut classes = classes.iter();
            classes
                .find(|class| class.id == id)
                .map(|class| part_words(class.share, total))
        })
    };
    let wrong = RwSignal::new(None::<String>);
    let weight = number_entry(
        format!("class-{id}-share"),
        "Weight".to_owned(),
        Accepts::of(CLASS_SHARE),
        Signal::derive(move || {
            current.with(|class| class.as_ref().map_or(0.0, |class| class.share))
        }),
        Callback::new(move |value| edit(&|class| class.share = value)),
        wrong,
    );
    let operation = move || current.with(|class| class.as_ref().map(|class| class.operation));
    view! {
        <div class="card" data-testid=format!("class-{id}")>
            <div class="card-head">
                <input
                    class="title-field grow"
                    aria-label="Name of the class"
                    maxlength="60"
                    spellcheck="false"
                    data-testid=format!("class-{id}-name")
                    prop:value=move || current.with(|class| class.as_ref().map(|class| class.name.clone()).unwrap_or_default())
                    on:input:target=move |event| {
                        let name = event.target().value();
                        edit(&|class| class.name = name.clone());
                    }
                    on:keydown=super::super::dom::blur_on_enter
                />
                <button
                    type="button"
                    class="icon-button"
                    aria-label="Delete this class"
                    title="Delete this class"
                    data-testid=format!("class-{id}-delete")
                    disabled=move || page.classes.with(Vec::len) < 2
                    on:click=move |_| page.try_act(|editor| editor.delete_class(id))
                >
                    {icon("bin")}
                </button>
            </div>
            <div class="row">
                <select
                    class="select"
                    aria-label="What it does to data"
                    data-testid=format!("class-{id}-operation")
                    on:change:target=move |event| {
                        let word = event.target().value();
                        if let Some((operation, ..)) = OPERATIONS.iter().find(|(_, candidate, _)| *candidate == word) {
                            edit(&|class| class.operation = *operation);
                        }
                    }
                >
                    {OPERATIONS.map(|(candidate, word, label)| view! { <option value=word title=label prop:selected=move || operation() == Some(candidate)>{word}</option> }).collect_view()}
                </select>
            </div>
            <div class="row">
                <label for=format!("class-{id}-share")>"Weight"</label>
                {what_if::ask_number(page, Setting::Class(id, CLASS_SHARE), "the weight", &format!("class-{id}-share"))}
                {weight}
                <span class="mute part-share">{part}</span>
            </div>
            {move || wrong.get().map(|allowed| view! { <p class="problem-text">{allowed}</p> })}
            <details class="more">
                <summary class="link">"Sizes and keys"</summary>
                {CLASS_NUMBERS.iter().filter(|number| *number != CLASS_SHARE).map(|number| {
                    let wrong = RwSignal::new(None::<String>);
                    let field = format!("class-{id}-{}", number.name);
                    let entry = number_entry(
                        field.clone(),
                        number.label.to_owned(),
                        Accepts::of(number),
                        Signal::derive(move || current.with(|class| class.as_ref().and_then(|class| number.of(class)).unwrap_or_default())),
                        Callback::new(move |value| edit(&|class| number.set(class, value))),
                        wrong,
                    );
                    let ask = what_if::ask_number(page, Setting::Class(id, number), number.label, &field);
                    view! {
                        <div class="row"><label for=field>{number.label}</label>{ask}{entry}</div>
                        {move || wrong.get().map(|allowed| view! { <p class="problem-text">{allowed}</p> })}
                    }
                }).collect_view()}
            </details>
        </div>
    }
    .into_any()
}

/// What one population of clients sends of each class.
pub fn mix(page: Page, id: ComponentId) -> AnyView {
    let mix = Memo::new(move |_| {
        page.revision.get();
        page.editor()
            .component(id)
            .map(|component| component.mix.clone())
            .unwrap_or_default()
    });
    let weights = Memo::new(move |_| {
        let own = mix.get();
        page.classes.with(|classes| {
            classes
                .iter()
                .map(|class| (class.id, class.name.clone(), class.weight_in(&own)))
                .collect::<Vec<_>>()
        })
    });
    let ids = Memo::new(move |_| {
        weights.with(|weights| {
            weights
                .iter()
                .map(|(id, name, _)| (*id, name.clone()))
                .collect::<Vec<_>>()
        })
    });
    let set = move |class: ClassId, value: f64| {
        let setting = Setting::Mix(id, class);
        let change = page.read(|scenario| setting_change(scenario, setting, Value::Number(value)));
        if let Some(change) = change {
            page.type_change(change);
        }
    };
    view! {
        <section class="section" data-testid="mix">
            <h3>
                "What they send"
                {move || (!mix.read().is_empty()).then(|| view! {
                    <button class="link" type="button" on:click=move |_| page.change(Change::SetMix { component: id, mix: Vec::new() })>"As the classes say"</button>
                })}
            </h3>
            {move || ids.get().into_iter().map(|(class, name)| {
                let weight = Signal::derive(move || weights.with(|weights| weights.iter().find(|(id, ..)| *id == class).map_or(0.0, |(_, _, weight)| *weight)));
                let part = move || weights.with(|weights| {
                    let total: f64 = weights.iter().map(|(_, _, weight)| weight).sum();
                    part_words(weight.get(), total)
                });
                let wrong = RwSignal::new(None::<String>);
                let field = format!("mix-{class}");
                let entry = number_entry(field.clone(), name.clone(), Accepts::of(CLASS_SHARE), weight, Callback::new(move |value| set(class, value)), wrong);
                let ask = what_if::ask_number(page, Setting::Mix(id, class), &format!("the weight of {name}"), &field);
                view! {
                    <div class="row"><label for=field>{name}</label>{ask}{entry}<span class="mute part-share">{part}</span></div>
                    {move || wrong.get().map(|allowed| view! { <p class="problem-text">{allowed}</p> })}
                }
            }).collect_view()}
        </section>
    }
    .into_any()
}
