//! The button beside a setting that asks what if it were another.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::results;
use super::super::ui::prelude::*;
use loadscape_sim::insight::Setting;

/// Looks at this setting over its range, or under each of its choices.
pub fn ask(page: Page, setting: Setting, title: &'static str, label: &str, id: &str) -> AnyView {
    let ask = move |_| {
        page.what_if.set(Some(setting));
        results::bring(page);
    };
    view! {
        <button
            type="button"
            class="about-button"
            aria-label=format!("What if {label} were another")
            title=title
            data-testid=format!("what-if-{id}")
            on:click=ask
        >
            {icon("chart")}
        </button>
    }
    .into_any()
}

/// The same for a number.
pub fn ask_number(page: Page, setting: Setting, label: &str, id: &str) -> AnyView {
    ask(page, setting, OVER_ITS_RANGE, label, id)
}

/// What comes of asking about a number.
pub const OVER_ITS_RANGE: &str = "What if it were another: the design over this number's range";
/// What comes of asking about a choice or a switch.
pub const UNDER_EACH: &str = "What if it were another: the design under each choice";
