//! One parameter of the catalog as a control: slider and exact entry, choice, or switch; which parameters there are is the catalog's say.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::component::hold_still;
use super::entry::{Accepts, number_entry};
use super::what_if;
use crate::display::slider::{Range, STEPS};
use crate::editor::Change;
use loadscape_sim::catalog::{
    Choice, ChoiceSpecification, Condition, Confidence, Domain, Kind, Parameter,
    ParameterSpecification, Unlimited, Value, ZoneKind, format_number, format_value, specification,
    zone_specification,
};
use loadscape_sim::insight::Setting;
use loadscape_sim::scenario::{ComponentId, ZoneId};
use std::collections::BTreeMap;

/// Whose parameters they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holder {
    /// A component of this kind.
    Component(ComponentId, Kind),
    /// A zone of this kind.
    Zone(ZoneId, ZoneKind),
}

impl Holder {
    fn specifications(self) -> &'static [ParameterSpecification] {
        match self {
            Holder::Component(_, kind) => specification(kind).parameters,
            Holder::Zone(_, kind) => zone_specification(kind).parameters,
        }
    }

    fn setting(self, parameter: Parameter) -> Setting {
        match self {
            Holder::Component(id, _) => Setting::Component(id, parameter),
            Holder::Zone(id, _) => Setting::Zone(id, parameter),
        }
    }

    /// What differs from the catalog's defaults.
    fn changed(self, page: Page) -> BTreeMap<Parameter, Value> {
        let editor = page.editor();
        match self {
            Holder::Component(id, _) => editor
                .component(id)
                .map(|component| component.parameters.clone()),
            Holder::Zone(id, _) => editor.zone(id).map(|zone| zone.parameters.clone()),
        }
        .unwrap_or_default()
    }

    fn set(self, page: Page, parameter: Parameter, value: Option<Value>) {
        match self {
            Holder::Component(component, _) => page.type_change(Change::SetParameter {
                component,
                parameter,
                value,
            }),
            Holder::Zone(zone, kind) => {
                let mut parameters = self.changed(page);
                match value {
                    Some(value) => parameters.insert(parameter, value),
                    None => parameters.remove(&parameter),
                };
                let name = page
                    .editor()
                    .zone(zone)
                    .map(|zone| zone.name.clone())
                    .unwrap_or_default();
                page.type_change(Change::SetZone {
                    zone,
                    kind,
                    name,
                    parameters,
                });
            }
        }
    }
}

/// What a parameter matters to.
#[derive(Clone, Copy, PartialEq)]
enum Concern {
    /// Everything.
    Load,
    /// Runs alone.
    Runs,
    /// How much of the time it works.
    Failures,
}

impl Concern {
    fn of(specification: &ParameterSpecification) -> Self {
        if specification.of_failures() {
            Concern::Failures
        } else if specification.through_time {
            Concern::Runs
        } else {
            Concern::Load
        }
    }
}

/// Every parameter of a component or zone.
pub fn parameters(page: Page, holder: Holder) -> AnyView {
    let changed = Memo::new(move |_| {
        page.revision.get();
        holder.changed(page)
    });
    let of = move |concern: Concern| {
        (holder.specifications().iter()).filter(move |own| Concern::of(own) == concern)
    };
    let controls = move |concern: Concern| {
        of(concern)
            .map(|specification| parameter(page, holder, specification, changed))
            .collect_view()
    };
    let heading = move |concern: Concern, words: &'static str| {
        let some = Memo::new(move |_| {
            changed.with(|changed| of(concern).any(|own| applies(holder, own, changed)))
        });
        view! { <h3 class="of-runs" hidden=move || !some.get()>{words}</h3> }
    };
    view! {
        {controls(Concern::Load)}
        {heading(Concern::Runs, "Only in a run")}
        {controls(Concern::Runs)}
        {heading(Concern::Failures, "When it fails")}
        {controls(Concern::Failures)}
    }
    .into_any()
}

fn parameter(
    page: Page,
    holder: Holder,
    specification: &'static ParameterSpecification,
    changed: Memo<BTreeMap<Parameter, Value>>,
) -> AnyView {
    let name = specification.parameter;
    let value = Memo::new(move |_| {
        changed
            .with(|changed| changed.get(&name).copied())
            .unwrap_or(specification.default)
    });
    let is_changed = Memo::new(move |_| changed.with(|changed| changed.contains_key(&name)));
    let applies =
        Memo::new(move |_| changed.with(|changed| applies(holder, specification, changed)));
    let about = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let id = format!("parameter-{}", name.name());
    let control = Control {
        page,
        holder,
        specification,
        value,
        is_changed,
        about,
        wrong,
    };
    let body = match specification.domain {
        Domain::Number { .. } => control.number(&id),
        Domain::Flag => control.flag(&id),
        Domain::Choice(choices) => control.choice(&id, choices),
    };
    view! {
        <div class="parameter" class:changed=move || is_changed.get() hidden=move || !applies.get() data-testid=id>
            {body}
            {move || wrong.get().map(|allowed| view! { <p class="problem-text" role="alert">{allowed}</p> })}
            <Show when=move || about.get()>{move || about_text(specification)}</Show>
        </div>
    }
    .into_any()
}

fn applies(
    holder: Holder,
    specification: &ParameterSpecification,
    changed: &BTreeMap<Parameter, Value>,
) -> bool {
    let specification_of = |parameter| {
        holder
            .specifications()
            .iter()
            .find(|candidate| candidate.parameter == parameter)
    };
    let in_force = |parameter| {
        let default = specification_of(parameter).map(|known| known.default);
        changed.get(&parameter).copied().or(default)
    };
    // What it depends on may itself be without effect.
    let mut condition = specification.applies_when;
    while let Some(asked) = condition {
        let (parameter, holds) = match asked {
            Condition::FlagIsOn(flag) => (flag, in_force(flag) == Some(Value::Flag(true))),
            Condition::ChoiceIs(parameter, choices) => (
                parameter,
                matches!(in_force(parameter), Some(Value::Choice(choice)) if choices.contains(&choice)),
            ),
        };
        if !holds {
            return false;
        }
        condition = specification_of(parameter).and_then(|known| known.applies_when);
    }
    true
}

fn about_text(specification: &'static ParameterSpecification) -> AnyView {
    let default = format_value(specification, specification.default);
    let trust = match specification.confidence {
        Confidence::Read => "",
        Confidence::Recalled => " (not confirmed)",
    };
    view! {
        <div class="about-text">
            {specification.help()}
            <cite>{format!("Default {default}: {}{trust}", specification.source())}</cite>
        </div>
    }
    .into_any()
}

/// Whether a mouse still rests on what was changed: it may slide on from there.
fn rests_on(event: &web_sys::Event) -> bool {
    use wasm_bindgen::JsCast;
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| {
        let matches = |selector| element.matches(selector).unwrap_or(false);
        let query = super::super::dom::window().match_media("(hover: hover)");
        matches(":hover") && query.ok().flatten().is_some_and(|query| query.matches())
    })
}

#[derive(Clone, Copy)]
struct Control {
    page: Page,
    holder: Holder,
    specification: &'static ParameterSpecification,
    value: Memo<Value>,
    is_changed: Memo<bool>,
    about: RwSignal<bool>,
    wrong: RwSignal<Option<String>>,
}

impl Control {
    fn set(self, value: Value) {
        self.wrong.set(None);
        // The default is not stored: a document says only what its author decided.
        let stored = (value != self.specification.default).then_some(value);
        self.holder
            .set(self.page, self.specification.parameter, stored);
    }

    /// Along one slide of the slider: everything until it is let go is one step.
    fn slide(self, value: Value) {
        let page = self.page;
        let begins = !page.editor().in_gesture();
        if begins {
            page.act(|editor| {
                editor.begin_gesture(format!(
                    "Change {}",
                    self.specification.label.to_lowercase()
                ))
            });
        }
        self.set(value);
    }

    fn label(self, id: &str) -> AnyView {
        let label = self.specification.label;
        let about = self.about;
        view! {
            <span class="parameter-label">
                <label for=id.to_owned()>{label}</label>
                <button
                    type="button"
                    class="about-button"
                    aria-label=format!("About {label}")
                    aria-expanded=move || about.get().to_string()
                    title=self.specification.help()
                    on:click=move |_| about.update(|open| *open = !*open)
                >
                    "?"
                </button>
                {self.what_if()}
                {move || self.is_changed.get().then(|| view! {
                    <button type="button" class="reset" title="Back to the default" aria-label=format!("Reset {label} to its default") on:click=move |_| self.holder.set(self.page, self.specification.parameter, None)>
                        {icon("reset")}
                    </button>
                })}
            </span>
        }
        .into_any()
    }

    /// For a setting that a steady state depends on: looks at it over its range, or under each of its choices.
    fn what_if(self) -> AnyView {
        let specification = self.specification;
        if specification.through_time {
            return ().into_any();
        }
        let setting = self.holder.setting(specification.parameter);
        let title = match specification.domain {
            Domain::Number { .. } => what_if::OVER_ITS_RANGE,
            Domain::Flag | Domain::Choice(_) => what_if::UNDER_EACH,
        };
        let name = specification.parameter.name();
        what_if::ask(self.page, setting, title, specification.label, name)
    }

    fn number(self, id: &str) -> AnyView {
        let Domain::Number {
            unit,
            minimum,
            maximum,
            whole,
            scale,
            may_be_unlimited,
        } = self.specification.domain
        else {
            return ().into_any();
        };
        let range = Range {
            minimum,
            maximum,
            whole,
            scale,
        };
        let number = Signal::derive(move || match self.value.get() {
            Value::Number(number) => number,
            _ => f64::INFINITY,
        });
        let unlimited = Memo::new(move |_| matches!(self.value.get(), Value::Unlimited(_)));
        let field = format!("{id}-entry");
        let accepts = Accepts {
            unit,
            minimum,
            maximum,
            whole,
        };
        let set = Callback::new(move |number| self.set(Value::Number(number)));
        let entry = number_entry(
            field.clone(),
            self.specification.label.to_owned(),
            accepts,
            number,
            set,
            self.wrong,
        );
        let thumb = move || {
            if unlimited.get() {
                STEPS
            } else {
                range.position(number.get())
            }
        };
        let slide = move |position: String| {
            if let Ok(position) = position.parse::<f64>() {
                let next = range.value(position);
                if next != number.get_untracked() {
                    self.slide(Value::Number(next));
                }
            }
        };
        // Where the slider says no more than "unlimited", a number to come back to is the default, or failing that the middle.
        let limit = move || match self.specification.default {
            Value::Number(number) => number,
            _ => range.value(STEPS / 2.0),
        };
        view! {
            {self.label(&field)}
            {entry}
            <input
                type="range"
                class="slider"
                min="0"
                max=STEPS.to_string()
                step="1"
                aria-label=format!("{}, slider", self.specification.label)
                aria-valuetext=move || if unlimited.get() { "unlimited".to_owned() } else { format_number(unit, number.get()) }
                data-testid=format!("{id}-slider")
                disabled=move || unlimited.get()
                prop:value=move || format!("{:.0}", thumb())
                style:--filled=move || format!("{:.1}%", thumb() / STEPS * 100.0)
                on:input:target=move |event| slide(event.target().value())
                on:pointerdown=move |_| hold_still(true)
                on:pointerleave=move |_| if !self.page.editor().in_gesture() { hold_still(false) }
                on:change=move |event: web_sys::Event| {
                    self.page.act(crate::editor::Editor::commit_gesture);
                    if !rests_on(&event) {
                        hold_still(false);
                    }
                }
            />
            {may_be_unlimited.then(|| view! {
                <label class="unlimited">
                    <input
                        type="checkbox"
                        data-testid=format!("{id}-unlimited")
                        prop:checked=move || unlimited.get()
                        on:change:target=move |event| {
                            self.set(if event.target().checked() { Value::Unlimited(Unlimited::Unlimited) } else { Value::Number(limit()) });
                        }
                    />
                    "unlimited"
                </label>
            })}
        }
        .into_any()
    }

    fn flag(self, id: &str) -> AnyView {
        let field = format!("{id}-switch");
        view! {
            {self.label(&field)}
            <input
                id=field.clone()
                type="checkbox"
                role="switch"
                class="switch"
                data-testid=field
                prop:checked=move || self.value.get() == Value::Flag(true)
                on:change:target=move |event| self.set(Value::Flag(event.target().checked()))
            />
        }
        .into_any()
    }

    fn choice(self, id: &str, choices: &'static [ChoiceSpecification]) -> AnyView {
        let letters: usize = choices.iter().map(|choice| choice.label.len() + 2).sum();
        let chosen = move |choice: Choice| self.value.get() == Value::Choice(choice);
        let field = format!("{id}-choice");
        if letters <= 40 {
            return view! {
                {self.label(&field)}
                <span></span>
                <div class="segments" role="radiogroup" id=field aria-label=self.specification.label>
                    {choices
                        .iter()
                        .map(|option| view! {
                            <button
                                type="button"
                                role="radio"
                                aria-checked=move || chosen(option.choice).to_string()
                                title=option.help
                                data-testid=format!("choice-{}", option.choice.name())
                                on:click=move |_| self.set(Value::Choice(option.choice))
                            >
                                {option.label}
                            </button>
                        })
                        .collect_view()}
                </div>
            }
            .into_any();
        }
        let meaning = move || {
            choices
                .iter()
                .find(|option| chosen(option.choice))
                .map_or("", |option| option.help)
        };
        view! {
            {self.label(&field)}
            <span></span>
            <select
                id=field.clone()
                class="select"
                title=meaning
                data-testid=field
                on:change:target=move |event| {
                    let name = event.target().value();
                    if let Some(option) = choices.iter().find(|option| option.choice.name() == name) {
                        self.set(Value::Choice(option.choice));
                    }
                }
            >
                {choices
                    .iter()
                    .map(|option| view! {
                        <option value=option.choice.name() prop:selected=move || chosen(option.choice)>{option.label}</option>
                    })
                    .collect_view()}
            </select>
        }
        .into_any()
    }
}
