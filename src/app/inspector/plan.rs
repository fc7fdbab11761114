//! The call plans of a component: what it does for each class, as the drawing suggests it or as the user changed it.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::classes::operation_word;
use super::steps::steps;
use loadscape_sim::network::infer_plan;
use loadscape_sim::scenario::{CallPlan, ClassId, ComponentId, LinkId};

/// The plans of one component.
pub fn plans(page: Page, id: ComponentId) -> AnyView {
    let classes = Memo::new(move |_| {
        page.classes.with(|classes| {
            classes
                .iter()
                .map(|class| (class.id, class.name.clone(), class.operation))
                .collect::<Vec<_>>()
        })
    });
    let links = Memo::new(move |_| {
        page.revision.get();
        page.read(|scenario| {
            scenario
                .links
                .iter()
                .filter(|link| link.from == id)
                .map(|link| {
                    (
                        link.id,
                        scenario
                            .component(link.to)
                            .map(|to| to.name.clone())
                            .unwrap_or_default(),
                    )
                })
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="section" data-testid="plans">
            {move || links.read().is_empty().then(|| view! { <p class="empty">"It answers by itself. Link it to what it should call."</p> })}
            {move || (!links.read().is_empty()).then(|| {
                classes.get().into_iter().map(|(class, name, operation)| plan(page, id, class, name, operation_word(operation), links)).collect_view()
            })}
        </section>
    }
    .into_any()
}

/// A plan with where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The plan in force.
    pub plan: CallPlan,
    /// Whether the user wrote it.
    pub own: bool,
}

fn plan(
    page: Page,
    id: ComponentId,
    class: ClassId,
    name: String,
    operation: &'static str,
    links: Memo<Vec<(LinkId, String)>>,
) -> AnyView {
    let shown = Memo::new(move |_| {
        page.revision.get();
        page.classes.with(|_| ());
        page.read(|scenario| {
            let own = scenario
                .component(id)
                .and_then(|component| component.plans.iter().find(|plan| plan.class == class))
                .cloned();
            match own {
                Some(plan) => Shown { plan, own: true },
                None => Shown {
                    plan: infer_plan(scenario, id, class),
                    own: false,
                },
            }
        })
    });
    let summary = move || {
        shown.with(|shown| {
            let name_of = |link: LinkId| {
                links.with(|links| {
                    links
                        .iter()
                        .find(|(id, _)| *id == link)
                        .map(|(_, name)| name.clone())
                        .unwrap_or_default()
                })
            };
            let steps: Vec<String> = shown
                .plan
                .steps
                .iter()
                .map(|step| {
                    step.calls
                        .iter()
                        .map(|call| name_of(call.link))
                        .collect::<Vec<_>>()
                        .join(" + ")
                })
                .collect();
            if steps.is_empty() {
                "answers by itself".to_owned()
            } else {
                steps.join(", then ")
            }
        })
    };
    view! {
        <details class="card plan" data-testid=format!("plan-{class}")>
            <summary>
                <span class="plan-name"><b>{name}</b>" "<span class="mute">{operation}</span></span>
                <span class="plan-origin mute">{move || if shown.read().own { "yours" } else { "inferred" }}</span>
                <span class="plan-summary mute">{summary}</span>
            </summary>
            {steps(page, id, class, shown, links)}
            {move || shown.read().own.then(|| view! {
                <button class="link" type="button" data-testid=format!("plan-{class}-reset") on:click=move |_| page.try_act(|editor| editor.set_plan(id, class, None))>
                    "Back to the inferred plan"
                </button>
            })}
        </details>
    }
    .into_any()
}
