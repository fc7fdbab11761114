//! A Rust toolchain that compiles for the browser: rustup's own where its downloads are reachable, Debian's otherwise.
//!
//! rustup needs one small download for this. Where only package registries answer, Debian's `rustc-web` brings a
//! compiler together with the source of its standard library; that is compiled for wasm once, and the result is linked
//! into rustup as the toolchain `web`.

use super::apt;
use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The compile target of a page.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows Debian's toolchain.
const LINKED: &str = "web";

/// Where Debian's toolchain looks for standard libraries.
const SYSTEM_LIBRARIES: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// Which toolchain compiles for wasm on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The one that also compiles everything else.
    Default,
    /// Debian's, linked into rustup.
    Linked,
}

impl WasmToolchain {
    /// Makes cargo, Trunk or wasm-pack use this toolchain, with a target folder of its own.
    pub fn apply(self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", workspace::wasm_target_dir());
        if self == Self::Linked {
            command.env("RUSTUP_TOOLCHAIN", LINKED);
        }
    }

    /// Whether it compiles and links a small library for wasm: the one question that no list of files answers.
    fn works(self) -> bool {
        let folder = workspace::scratch().join("probe");
        let source = folder.join("probe.rs");
        let written = std::fs::create_dir_all(&folder).and_then(|()| {
            std::fs::write(&source, "pub fn probe() { println!(\"std is here\"); }\n")
        });
        let mut compile = process::command("rustc");
        compile.args([
            "--edition=2024",
            "--crate-type=cdylib",
            "--target",
            TARGET,
            "-o",
        ]);
        compile.arg(folder.join("probe.wasm")).arg(&source);
        self.apply(&mut compile);
        written.is_ok() && process::answer(&mut compile).is_some()
    }
}

/// Finds or installs a toolchain for wasm.
pub fn ensure() -> Result<WasmToolchain> {
    for toolchain in [WasmToolchain::Default, WasmToolchain::Linked] {
        if toolchain.works() {
            return Ok(toolchain);
        }
    }
    let refused = match add_target_with_rustup() {
        Ok(()) if WasmToolchain::Default.works() => return Ok(WasmToolchain::Default),
        Ok(()) => anyhow::anyhow!("the target was added, and rustc still doesn't compile for it"),
        Err(error) => error,
    };
    eprintln!("• rustup can't add the target here ({refused:#}); trying Debian's toolchain");
    match build_from_debian() {
        Ok(()) if WasmToolchain::Linked.works() => Ok(WasmToolchain::Linked),
        Ok(()) => bail!("Debian's toolchain is installed, and still doesn't compile for {TARGET}"),
        Err(error) => Err(error.context(format!(
            "no way to compile for wasm was found; `rustup target add {TARGET}` is the usual one"
        ))),
    }
}

/// Makes sure that `cargo clippy` works with the toolchain.
pub fn ensure_clippy(toolchain: &WasmToolchain) -> Result<()> {
    let asks = |toolchain: &WasmToolchain| {
        let mut version = process::command("cargo");
        toolchain.apply(&mut version);
        process::answer(version.args(["clippy", "--version"])).is_some()
    };
    if asks(toolchain) {
        return Ok(());
    }
    match toolchain {
        WasmToolchain::Default => {
            process::announce("adding clippy", "10 seconds");
            process::run_within(
                Duration::from_secs(180),
                process::command("rustup").args(["component", "add", "clippy"]),
            )
        }
        WasmToolchain::Linked => {
            process::announce("installing clippy for the wasm toolchain", "20 seconds");
            apt::install(&["rust-web-clippy"])
        }
    }
}

fn add_target_with_rustup() -> Result<()> {
    process::announce(&format!("adding {TARGET} with rustup"), "10 seconds");
    let mut add = process::command("rustup");
    add.args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1");
    process::run_within(Duration::from_secs(120), &mut add)
}

fn build_from_debian() -> Result<()> {
    if !apt::is_here() {
        bail!("this machine has neither rustup's downloads nor apt");
    }
    process::announce(
        "installing Debian's rustc-web with the source of its standard library",
        "1 minute",
    );
    apt::install(&[
        "rustc-web",
        "cargo-web",
        "rust-web-src",
        "rust-web-llvm",
        "rust-web-clippy",
        "lld-22",
    ])?;
    let libraries = compile_standard_library()?;
    install_libraries(&libraries)?;
    process::run(process::command("rustup").args(["toolchain", "link", LINKED, "/usr"]))
        .context("rustup is needed to choose between toolchains; see https://rustup.rs")
}

/// Compiles the standard library for wasm from an empty crate; the folder of the results.
fn compile_standard_library() -> Result<PathBuf> {
    process::announce("compiling the standard library for wasm", "1 minute");
    let folder = workspace::scratch().join("std");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::write(folder.join("src/lib.rs"), "")?;
    // A workspace of its own: this folder lies inside ours.
    std::fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"throwaway\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    let mut build = process::command("/usr/bin/cargo");
    build
        .args([
            "build",
            "--release",
            "-Zbuild-std=std,panic_abort,test",
            "--target",
            TARGET,
        ])
        .current_dir(&folder)
        // The cargo of /usr/bin must find the rustc that belongs to it.
        .env("PATH", process::path_with(&[PathBuf::from("/usr/bin")]))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        // Without the bitcode a profile with link-time optimisation finds nothing to optimise.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes");
    process::run(&mut build)?;
    Ok(folder.join("target").join(TARGET).join("release/deps"))
}

fn install_libraries(from: &Path) -> Result<()> {
    let mut libraries = Vec::new();
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libthrowaway") {
            libraries.push(path);
        }
    }
    // Libraries of an earlier build would stand beside these as second candidates.
    process::run(apt::as_root("rm")?.args(["-rf", SYSTEM_LIBRARIES]))?;
    process::run(apt::as_root("mkdir")?.args(["-p", SYSTEM_LIBRARIES]))?;
    process::run(apt::as_root("cp")?.args(&libraries).arg(SYSTEM_LIBRARIES))
}
