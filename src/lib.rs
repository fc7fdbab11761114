//! Loadscape in the browser: the document editor and the words of the screen (native and wasm), and, on wasm only, the screen itself.

pub mod display;
pub mod editor;

#[cfg(target_arch = "wasm32")]
mod app;

/// Starts the page: mounts the screen into the body.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    app::start();
}
