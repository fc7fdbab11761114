//! Objectives: what the design must achieve, and how far it is from that.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::entry::{Accepts, number_entry};
use crate::editor::Change;
use loadscape_sim::catalog::Unit;
use loadscape_sim::scenario::{ClassId, Objective, Target};

/// The kinds of target, by a name for the choice; how its bound is written; and what a new one begins with.
const TARGETS: [(&str, &str, Unit, f64); 7] = [
    ("p99", "p99 at most", Unit::Milliseconds, 250.0),
    ("p95", "p95 at most", Unit::Milliseconds, 150.0),
    ("mean", "mean at most", Unit::Milliseconds, 100.0),
    ("success", "success at least", Unit::Share, 0.999),
    ("goodput", "goodput at least", Unit::PerSecond, 100.0),
    ("cost", "cost at most", Unit::DollarsPerMonth, 1_000.0),
    ("utilisation", "every station at most", Unit::Share, 0.8),
];

/// Name and bound (in the unit in which it is written) of a target.
fn parts(target: Target) -> (&'static str, f64) {
    match target {
        Target::P99AtMostSeconds(seconds) => ("p99", seconds * 1e3),
        Target::P95AtMostSeconds(seconds) => ("p95", seconds * 1e3),
        Target::MeanAtMostSeconds(seconds) => ("mean", seconds * 1e3),
        Target::SuccessAtLeast(share) => ("success", share),
        Target::GoodputAtLeastPerSecond(rate) => ("goodput", rate),
        Target::CostAtMostDollarsPerMonth(dollars) => ("cost", dollars),
        Target::UtilisationAtMost(share) => ("utilisation", share),
    }
}

/// The target of this name with this bound.
fn target(name: &str, bound: f64) -> Option<Target> {
    Some(match name {
        "p99" => Target::P99AtMostSeconds(bound / 1e3),
        "p95" => Target::P95AtMostSeconds(bound / 1e3),
        "mean" => Target::MeanAtMostSeconds(bound / 1e3),
        "success" => Target::SuccessAtLeast(bound),
        "goodput" => Target::GoodputAtLeastPerSecond(bound),
        "cost" => Target::CostAtMostDollarsPerMonth(bound),
        "utilisation" => Target::UtilisationAtMost(bound),
        _ => return None,
    })
}

fn unit(name: &str) -> Unit {
    TARGETS
        .iter()
        .find(|(candidate, ..)| *candidate == name)
        .map_or(Unit::None, |(_, _, unit, _)| *unit)
}

/// The editor of the document's objectives.
pub fn objectives(page: Page) -> AnyView {
    let count = Memo::new(move |_| page.objectives.with(Vec::len));
    let add = move |_| {
        page.try_act(|editor| {
            editor.add_objective(Objective {
                class: None,
                target: Target::P99AtMostSeconds(0.25),
            })
        });
    };
    view! {
        <section class="section" data-testid="objectives">
            <h3>
                "Objectives"
                <button class="link" type="button" data-testid="add-objective" on:click=add>"Add an objective"</button>
            </h3>
            <Show when=move || count.get() == 0>
                <p class="empty">"Say what the design must achieve, and the results will grade it."</p>
            </Show>
            <For each=move || 0..count.get() key=|index| *index children=move |index| objective(page, index) />
        </section>
    }
    .into_any()
}

fn objective(page: Page, index: usize) -> AnyView {
    let current = Memo::new(move |_| {
        page.objectives
            .with(|objectives| objectives.get(index).cloned())
    });
    let name = Memo::new(move |_| {
        current.with(|objective| {
            objective
                .as_ref()
                .map_or("p99", |objective| parts(objective.target).0)
        })
    });
    let set =
        move |objective: Objective| page.type_change(Change::SetObjective { index, objective });
    let choose = move |chosen: String| {
        let Some((_, _, _, bound)) = TARGETS.iter().find(|(candidate, ..)| *candidate == chosen)
        else {
            return;
        };
        if let (Some(objective), Some(target)) = (current.get_untracked(), target(&chosen, *bound))
        {
            let whole = matches!(
                target,
                Target::CostAtMostDollarsPerMonth(_) | Target::UtilisationAtMost(_)
            );
            set(Objective {
                class: if whole { None } else { objective.class },
                target,
            });
        }
    };
    let whole = move || matches!(name.get(), "cost" | "utilisation");
    view! {
        <div class="card objective" data-testid=format!("objective-{index}")>
            <div class="card-head">
                <select class="select" aria-label="What must hold" data-testid=format!("objective-{index}-target") on:change:target=move |event| choose(event.target().value())>
                    {TARGETS.map(|(candidate, label, ..)| view! { <option value=candidate prop:selected=move || name.get() == candidate>{label}</option> }).collect_view()}
                </select>
                <button type="button" class="icon-button" aria-label="Delete this objective" title="Delete this objective" data-testid=format!("objective-{index}-delete") on:click=move |_| page.change(Change::RemoveObjective(index))>
                    {icon("bin")}
                </button>
            </div>
            <div class="row">
                {move || bound(page, index, current, name.get())}
                <select
                    class="select"
                    hidden=whole
                    aria-label="For which class"
                    data-testid=format!("objective-{index}-class")
                    on:change:target=move |event| {
                        let class = event.target().value().parse::<u32>().ok().map(ClassId);
                        if let Some(objective) = current.get_untracked() {
                            set(Objective { class, ..objective });
                        }
                    }
                >
                    <option value="" prop:selected=move || current.with(|objective| objective.as_ref().is_some_and(|objective| objective.class.is_none()))>"every class"</option>
                    {move || page.classes.get().into_iter().map(|class| {
                        let id = class.id;
                        view! { <option value=id.to_string() prop:selected=move || current.with(|objective| objective.as_ref().is_some_and(|objective| objective.class == Some(id)))>{class.name}</option> }
                    }).collect_view()}
                </select>
            </div>
        </div>
    }
    .into_any()
}

fn bound(
    page: Page,
    index: usize,
    current: Memo<Option<Objective>>,
    name: &'static str,
) -> AnyView {
    let unit = unit(name);
    let maximum = if unit == Unit::Share { 1.0 } else { 1e12 };
    let set = move |value: f64| {
        if let (Some(objective), Some(target)) = (current.get_untracked(), target(name, value)) {
            page.type_change(Change::SetObjective {
                index,
                objective: Objective {
                    target,
                    ..objective
                },
            });
        }
    };
    number_entry(
        format!("objective-{index}-bound"),
        "Bound".to_owned(),
        Accepts {
            unit,
            minimum: 0.0,
            maximum,
            whole: false,
        },
        Signal::derive(move || {
            current.with(|objective| {
                objective
                    .as_ref()
                    .map_or(0.0, |objective| parts(objective.target).1)
            })
        }),
        Callback::new(set),
        RwSignal::new(None),
    )
}
