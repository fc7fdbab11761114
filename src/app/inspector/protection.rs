//! What protects a call, as switches with their numbers: jitter and budget of its retries, a second call, a circuit breaker.

use super::super::ui::prelude::*;
use super::steps::Plan;
use crate::display::protection::{
    BREAKER, BUDGET, HEDGE, Line, WINDOW_OF_CALLS, WINDOW_OF_SECONDS, jitter,
};
use loadscape_sim::scenario::{BreakerWindow, Call, CircuitBreaker, Jitter, RetryBudget};

impl Plan {
    /// The controls of one call.
    pub(super) fn protection(self, step: usize, call: usize) -> AnyView {
        let read = move |read: fn(&Call) -> bool| Memo::new(move |_| self.call(step, call, read));
        let retries = read(|call| call.retry.is_some());
        let budget = read(|call| call.retry.is_some_and(|retry| retry.budget.is_some()));
        let hedged = read(|call| call.hedge_after_seconds.is_some());
        let broken = read(|call| call.circuit_breaker.is_some());
        let by_seconds = read(|call| {
            let window = call.circuit_breaker.map(|breaker| breaker.window);
            matches!(window, Some(BreakerWindow::Seconds(_)))
        });
        let id = move |name: &str| format!("call-{}-{step}-{call}-{name}", self.class);
        let number = move |line: Line| self.field(line, step, call);
        let switch = move |name: &'static str,
                           label: &'static str,
                           on: Memo<bool>,
                           set: fn(&mut Call, bool)| {
            view! {
                <label class="row">
                    <span class="caption">{label}</span>
                    <input type="checkbox" role="switch" class="switch" data-testid=id(name) prop:checked=move || on.get() on:change:target=move |event| {
                        let on = event.target().checked();
                        self.edit_call(step, call, |call| set(call, on));
                    } />
                </label>
            }
            .into_any()
        };
        let waits = move || {
            view! {
                <div class="row">
                    <span class="caption">"waits vary"</span>
                    <select class="select" aria-label="How the waits vary" data-testid=id("jitter") on:change:target=move |event| {
                        if let Some(chosen) = Jitter::from_name(&event.target().value()) {
                            self.edit_call(step, call, |call| if let Some(retry) = &mut call.retry { retry.jitter = chosen });
                        }
                    }>
                        {Jitter::ALL.iter().map(|known| {
                            let known = *known;
                            let chosen = move || self.call(step, call, |call| call.retry.map(|retry| retry.jitter)) == Some(known);
                            view! { <option value=known.name() prop:selected=chosen>{jitter(known)}</option> }
                        }).collect_view()}
                    </select>
                </div>
                {switch("budget", "up to a budget", budget, |call, on| if let Some(retry) = &mut call.retry { retry.budget = on.then_some(RetryBudget::USUAL) })}
                {move || budget.get().then(|| BUDGET.map(number).collect_view())}
            }
        };
        let window = move || {
            if by_seconds.get() {
                number(WINDOW_OF_SECONDS)
            } else {
                number(WINDOW_OF_CALLS)
            }
        };
        let breaker = move || {
            view! {
                {switch("breaker-by-time", "counts by time", by_seconds, |call, on| if let Some(breaker) = &mut call.circuit_breaker {
                    breaker.window = if on { BreakerWindow::Seconds(10.0) } else { CircuitBreaker::USUAL.window };
                })}
                {window}
                {BREAKER.map(number).collect_view()}
            }
        };
        view! {
            {move || retries.get().then(waits)}
            {switch("hedges", "sends it once more", hedged, |call, on| call.hedge_after_seconds = on.then_some(0.1))}
            {move || hedged.get().then(|| number(HEDGE))}
            {switch("breaks", "circuit breaker", broken, |call, on| call.circuit_breaker = on.then_some(CircuitBreaker::USUAL))}
            {move || broken.get().then(breaker)}
        }
        .into_any()
    }
}
