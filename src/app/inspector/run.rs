//! How the document wants to be simulated: which chance it meets, and for how long. It runs nothing.

use super::super::page::Page;
use super::super::run::{Control, control};
use super::super::ui::prelude::*;
use super::entry::{Accepts, number_entry};
use crate::editor::Change;
use loadscape_sim::catalog::Unit;
use loadscape_sim::scenario::{RunSettings, limits};

/// Seeds up to this are numbers that a field shows exactly.
const LARGEST_SEED: f64 = 9_007_199_254_740_991.0;
/// How long a run lasts at first whose length is set, seconds.
const USUAL_SECONDS: f64 = 600.0;

/// Seed and length of the run.
pub fn settings(page: Page) -> AnyView {
    let read = move || page.run_settings.get();
    let write = move |change: &dyn Fn(&mut RunSettings)| {
        let mut run = page.run_settings.get_untracked();
        change(&mut run);
        page.type_change(Change::SetRun(run));
    };
    let seed = number_entry(
        "run-seed".to_owned(),
        "Seed".to_owned(),
        Accepts {
            unit: Unit::None,
            minimum: 0.0,
            maximum: LARGEST_SEED,
            whole: true,
        },
        Signal::derive(move || read().seed as f64),
        Callback::new(move |seed: f64| write(&|run| run.seed = seed as u64)),
        RwSignal::new(None),
    );
    let wrong = RwSignal::new(None::<String>);
    let length = move || {
        number_entry(
            "run-length".to_owned(),
            "Length of the run, in seconds".to_owned(),
            Accepts {
                unit: Unit::Seconds,
                minimum: *limits::RUN_SECONDS.start(),
                maximum: *limits::RUN_SECONDS.end(),
                whole: false,
            },
            Signal::derive(move || read().duration_seconds.unwrap_or(USUAL_SECONDS)),
            Callback::new(move |seconds| write(&|run| run.duration_seconds = Some(seconds))),
            wrong,
        )
    };
    let ends = Memo::new(move |_| read().duration_seconds.is_some());
    // The same drawing under another chance: that takes a new run.
    let another = move |_| {
        let mut run = page.run_settings.get_untracked();
        run.seed = run.seed.wrapping_add(1) & LARGEST_SEED as u64;
        page.change(Change::SetRun(run));
        if page.run.open.get_untracked() {
            control(page, Control::Restart);
        }
    };
    view! {
        <section class="section" data-testid="run-settings">
            <h3>
                "Run"
                <button class="link" type="button" title="The same drawing under another chance" data-testid="run-another-seed" on:click=another>"Another seed"</button>
            </h3>
            <p class="empty">"The same seed meets the same chance, so that a link replays the very same run. A run that is under way keeps its seed until it begins again."</p>
            <div class="row"><label class="caption" for="run-seed">"Seed"</label>{seed}</div>
            <label class="row">
                <span class="caption">"Ends by itself"</span>
                <input type="checkbox" role="switch" class="switch" data-testid="run-ends" prop:checked=move || ends.get() on:change:target=move |event| {
                    let ends = event.target().checked();
                    write(&|run| run.duration_seconds = ends.then_some(USUAL_SECONDS));
                } />
            </label>
            {move || ends.get().then(|| view! { <div class="row"><label class="caption" for="run-length">"after"</label>{length()}</div> })}
            {move || wrong.get().map(|problem| view! { <p class="problem-text" role="alert">{problem}</p> })}
        </section>
    }
    .into_any()
}
