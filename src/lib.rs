//! Loadscape in the browser: the document editor (native and wasm) and, on wasm only, the screen.

/// Starts the page: mounts the screen into the body.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    use leptos::prelude::*;
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| view! { <main><h1>"Loadscape"</h1></main> });
}
