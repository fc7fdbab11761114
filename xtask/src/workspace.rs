//! Where things lie in the repository; the only place that spells these paths.

use std::path::{Path, PathBuf};

/// The top of the repository: the folder above this crate's own.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// The folder that `cargo xtask build` fills and any static host can serve.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The folder of the browser tests, their lock file and their runner.
pub fn browser_tests() -> PathBuf {
    root().join("tests/browser")
}

/// Everything compiled for wasm goes here: two toolchains over one folder would rebuild each other's work.
pub fn wasm_target_dir() -> PathBuf {
    root().join("target/wasm")
}

/// Scratch space for what the set-up compiles.
pub fn scratch() -> PathBuf {
    root().join("target/tools")
}
