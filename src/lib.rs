//! Loadscape in the browser: the document editor (native and wasm) and, on wasm only, the screen.
