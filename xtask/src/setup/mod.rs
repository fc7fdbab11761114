//! Finds what a task needs on this machine and installs what is missing, without asking the network when nothing is.
//!
//! Every piece is checked by running it and reading its version, so a second run costs a second and an interrupted
//! installation is taken up again. Each piece has its own module; none knows why it is wanted.

mod apt;
mod browser;
mod cargo_tools;
mod npm;
mod wasm_toolchain;

pub use browser::Browser;
pub use wasm_toolchain::{TARGET as WASM_TARGET, WasmToolchain};

use crate::process;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// What is needed to build the page: a toolchain for wasm and the folders of Trunk and what works on the program after the compiler.
pub struct PageTools {
    toolchain: WasmToolchain,
    folders: Vec<PathBuf>,
}

impl PageTools {
    /// A command that compiles for wasm with these tools first on its path.
    pub fn command(&self, program: &str) -> Command {
        let program =
            process::find_program(program, &self.folders).unwrap_or_else(|| program.into());
        let mut command = process::command(program);
        command.env("PATH", process::path_with(&self.folders));
        self.toolchain.apply(&mut command);
        command
    }
}

/// Finds or installs what `build` and `serve` need.
pub fn page_tools() -> Result<PageTools> {
    let toolchain = wasm_toolchain::ensure()?;
    let folders = vec![
        cargo_tools::ensure(&cargo_tools::WASM_BINDGEN)?,
        cargo_tools::ensure(&cargo_tools::WASM_SPLIT)?,
        cargo_tools::ensure(&cargo_tools::TRUNK)?,
        npm::ensure_page_tools()?,
    ];
    Ok(PageTools { toolchain, folders })
}

/// Finds or installs what `wasm-pack test` needs beside a browser.
pub fn wasm_test_tools() -> Result<PageTools> {
    let toolchain = wasm_toolchain::ensure()?;
    let folders = vec![
        cargo_tools::ensure(&cargo_tools::WASM_BINDGEN)?,
        cargo_tools::ensure(&cargo_tools::WASM_PACK)?,
    ];
    Ok(PageTools { toolchain, folders })
}

/// Finds or installs a toolchain that can check and lint wasm code.
pub fn wasm_lint_toolchain() -> Result<WasmToolchain> {
    let toolchain = wasm_toolchain::ensure()?;
    wasm_toolchain::ensure_clippy(&toolchain)?;
    Ok(toolchain)
}

/// Finds or installs Chromium and its driver.
pub fn browser() -> Result<Browser> {
    browser::ensure()
}

/// Finds or installs the runner of the browser tests; the path of `node`.
pub fn browser_test_runner() -> Result<PathBuf> {
    npm::ensure_browser_tests()
}

/// Installs everything that any task needs.
pub fn everything() -> Result<()> {
    page_tools()?;
    wasm_test_tools()?;
    wasm_lint_toolchain()?;
    browser()?;
    browser_test_runner()?;
    eprintln!("• everything is installed");
    Ok(())
}
