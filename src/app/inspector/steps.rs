//! The steps of one call plan as an editable list: order, parallel groups, how often, how surely, waited for or not, time-out, retry.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::entry::{Accepts, number_entry};
use super::plan::Shown;
use super::what_if;
use crate::display::protection::Line;
use loadscape_sim::insight::{CallPlace, Setting};
use loadscape_sim::scenario::{
    Call, CallMode, CallPlan, ClassId, ComponentId, LinkId, PlanStep, Retry, call_number,
};

/// What every control of a plan needs.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    page: Page,
    component: ComponentId,
    pub(super) class: ClassId,
    shown: Memo<Shown>,
    links: Memo<Vec<(LinkId, String)>>,
}

/// The steps of one plan.
pub fn steps(
    page: Page,
    component: ComponentId,
    class: ClassId,
    shown: Memo<Shown>,
    links: Memo<Vec<(LinkId, String)>>,
) -> AnyView {
    let plan = Plan {
        page,
        component,
        class,
        shown,
        links,
    };
    // Fields follow their numbers by themselves; only another shape of the plan builds the list anew.
    let shape = Memo::new(move |_| {
        shown.with(|shown| {
            shown
                .plan
                .steps
                .iter()
                .map(|step| step.calls.iter().map(|call| call.link).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        })
    });
    let add = move |value: String| {
        if let Ok(link) = value.parse::<u32>() {
            plan.edit(|plan| {
                plan.steps.push(PlanStep {
                    calls: vec![Call::once(LinkId(link))],
                })
            });
        }
    };
    view! {
        {move || shape.get().into_iter().enumerate().map(|(step, calls)| plan.step(step, calls.len())).collect_view()}
        <select
            class="select add-call"
            aria-label="Add a call"
            data-testid=format!("plan-{class}-add")
            prop:value=move || { shape.with(|_| ()); "" }
            on:change:target=move |event| {
                add(event.target().value());
                event.target().set_value("");
            }
        >
            <option value="">"Add a call to…"</option>
            {move || links.get().into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> }).collect_view()}
        </select>
    }
    .into_any()
}

impl Plan {
    /// Makes the plan the user's own, changed so.
    fn edit(self, change: impl FnOnce(&mut CallPlan)) {
        let mut plan = self.shown.get_untracked().plan;
        change(&mut plan);
        plan.steps.retain(|step| !step.calls.is_empty());
        self.page
            .try_act(|editor| editor.set_plan(self.component, self.class, Some(plan)));
    }

    pub(super) fn edit_call(self, step: usize, call: usize, change: impl FnOnce(&mut Call)) {
        self.edit(|plan| {
            if let Some(call) = plan
                .steps
                .get_mut(step)
                .and_then(|step| step.calls.get_mut(call))
            {
                change(call);
            }
        });
    }

    pub(super) fn call<T: Default>(
        self,
        step: usize,
        call: usize,
        read: impl FnOnce(&Call) -> T,
    ) -> T {
        self.shown.with(|shown| {
            shown
                .plan
                .steps
                .get(step)
                .and_then(|step| step.calls.get(call))
                .map(read)
                .unwrap_or_default()
        })
    }

    fn step(self, step: usize, calls: usize) -> AnyView {
        let last = self.shown.with_untracked(|shown| shown.plan.steps.len()) == step + 1;
        view! {
            <div class="step">
                <div class="step-title">
                    <span class="grow">{if calls > 1 { format!("Step {}, all at once", step + 1) } else { format!("Step {}", step + 1) }}</span>
                    <button type="button" class="icon-button" title="Earlier" aria-label=format!("Move step {} earlier", step + 1) disabled=step == 0 on:click=move |_| self.edit(|plan| plan.steps.swap(step - 1, step))>
                        {icon("up")}
                    </button>
                    <button type="button" class="icon-button" title="Later" aria-label=format!("Move step {} later", step + 1) disabled=last on:click=move |_| self.edit(|plan| plan.steps.swap(step, step + 1))>
                        {icon("down")}
                    </button>
                    {(step > 0).then(|| view! {
                        <button type="button" class="link" title="Start these calls together with the step before" on:click=move |_| self.edit(|plan| {
                            let calls = plan.steps.remove(step).calls;
                            plan.steps[step - 1].calls.extend(calls);
                        })>
                            "join"
                        </button>
                    })}
                    {(calls > 1).then(|| view! {
                        <button type="button" class="link" title="Make these calls one after the other" on:click=move |_| self.edit(|plan| {
                            let calls = plan.steps.remove(step).calls;
                            plan.steps.splice(step..step, calls.into_iter().map(|call| PlanStep { calls: vec![call] }));
                        })>
                            "split"
                        </button>
                    })}
                </div>
                {(0..calls).map(|call| self.call_view(step, call)).collect_view()}
            </div>
        }
        .into_any()
    }

    fn call_view(self, step: usize, call: usize) -> AnyView {
        // Another link is another shape, which builds this anew; whatever else changes mustn't: somebody may be typing here.
        let link = self.shown.with_untracked(|shown| {
            let calls = shown.plan.steps.get(step).map(|step| &step.calls);
            calls
                .and_then(|calls| calls.get(call))
                .map(|call| call.link)
        });
        let name = move || {
            self.links.with(|links| {
                links
                    .iter()
                    .find(|(id, _)| Some(*id) == link)
                    .map(|(_, name)| name.clone())
                    .unwrap_or_default()
            })
        };
        let id = move |field: &str| format!("call-{}-{step}-{call}-{field}", self.class);
        let waits =
            move || self.call(step, call, |call| Some(call.mode)) != Some(CallMode::FireAndForget);
        let gives_up =
            Memo::new(move |_| self.call(step, call, |call| call.timeout_seconds.is_some()));
        let retries = Memo::new(move |_| self.call(step, call, |call| call.retry.is_some()));
        let field = move |line: Line| self.field(line, step, call);
        view! {
            <div class="call">
                <div class="card-head">
                    <b class="grow">{name}</b>
                    <button type="button" class="icon-button" title="Remove this call" aria-label="Remove this call" on:click=move |_| self.edit(|plan| { plan.steps[step].calls.remove(call); })>
                        {icon("close")}
                    </button>
                </div>
                {field(("count", "times", "count"))}
                {field(("probability", "probability", "probability"))}
                <label class="row">
                    <span class="caption">"waits for the answer"</span>
                    <input type="checkbox" role="switch" class="switch" data-testid=id("waits") prop:checked=waits on:change:target=move |event| {
                        let mode = if event.target().checked() { CallMode::Synchronous } else { CallMode::FireAndForget };
                        self.edit_call(step, call, |call| call.mode = mode);
                    } />
                </label>
                <label class="row">
                    <span class="caption">"gives up after a while"</span>
                    <input type="checkbox" role="switch" class="switch" data-testid=id("gives-up") prop:checked=move || gives_up.get() on:change:target=move |event| {
                        let timeout = event.target().checked().then_some(1.0);
                        self.edit_call(step, call, |call| call.timeout_seconds = timeout);
                    } />
                </label>
                {move || gives_up.get().then(|| field(("timeout", "time-out", "timeout")))}
                <label class="row">
                    <span class="caption">"tries again"</span>
                    <input type="checkbox" role="switch" class="switch" data-testid=id("retries") prop:checked=move || retries.get() on:change:target=move |event| {
                        let retry = event.target().checked().then_some(Retry::new(2, 0.1));
                        self.edit_call(step, call, |call| call.retry = retry);
                    } />
                </label>
                {move || retries.get().then(|| (
                    field(("retry-count", "further attempts", "retries")),
                    field(("backoff", "waits before", "backoff")),
                ))}
                {self.protection(step, call)}
            </div>
        }
        .into_any()
    }

    /// A line of what is said of a call: one of its numbers.
    pub(super) fn field(self, (name, label, number): Line, step: usize, call: usize) -> AnyView {
        let Some(number) = call_number(number) else {
            return ().into_any();
        };
        let id = format!("call-{}-{step}-{call}-{name}", self.class);
        let wrong = RwSignal::new(None::<String>);
        let value = Signal::derive(move || {
            let own = self.call(step, call, |call| number.of(call));
            own.unwrap_or_default()
        });
        let entry = number_entry(
            id.clone(),
            label.to_owned(),
            Accepts::of(number),
            value,
            Callback::new(move |value| self.edit_call(step, call, |call| number.set(call, value))),
            wrong,
        );
        let place = CallPlace {
            component: self.component,
            class: self.class,
            step,
            call,
        };
        let setting = Setting::Call(place, number);
        let ask = (!number.through_time)
            .then(|| what_if::ask_number(self.page, setting, number.label, &id));
        view! {
            <div class="row"><label for=id>{label}</label>{ask}{entry}</div>
            {move || wrong.get().map(|allowed| view! { <p class="problem-text">{allowed}</p> })}
        }
        .into_any()
    }
}
