//! The two charts: how latency grows with load, and how response times are distributed.

use super::super::page::Page;
use leptos::prelude::*;
use loadscape_sim::scenario::ClassId;

pub fn load(_page: Page) -> AnyView { view! { <h3>"Load and latency"</h3> }.into_any() }
pub fn distribution(_page: Page, _chosen: RwSignal<Option<ClassId>>) -> AnyView { view! { <h3>"Response time"</h3> }.into_any() }
