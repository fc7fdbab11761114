//! Command-line tools from crates.io at the versions that work together.
//!
//! They are looked for on the path first. What is missing is installed into a folder of its own under cargo's home,
//! shared by every clone, so that nobody's own newer Trunk is replaced.

use crate::{process, workspace};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A tool, its exact version, and how its crate is built.
pub struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    arguments: &'static [&'static str],
    usually: &'static str,
    /// Whether it answers `--version`. One that doesn't has a folder of its own, named after its version.
    tells_version: bool,
}

/// Must be the version of the crate that Cargo.toml pins.
pub const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.130",
    // Not `--locked`: its lock file names a crate version that has been withdrawn.
    arguments: &[],
    usually: "2 to 4 minutes",
    tells_version: true,
};

/// Packs the page.
pub const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    arguments: &["--locked", "--no-default-features", "--features", "rustls"],
    usually: "5 to 8 minutes",
    tells_version: true,
};

/// Runs the wasm tests in a browser.
pub const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    program: "wasm-pack",
    version: "0.15.1",
    arguments: &["--locked"],
    usually: "2 to 4 minutes",
    tells_version: true,
};

/// Cuts the built program in two. Must understand what the crate `wasm_split_helpers` in Cargo.lock leaves in it.
pub const WASM_SPLIT: CargoTool = CargoTool {
    package: "wasm_split_cli_support",
    program: "wasm-split-cli",
    version: "0.2.4",
    arguments: &["--locked", "--features", "build-binary"],
    usually: "1 to 2 minutes",
    tells_version: false,
};

/// The folder of the tool in its exact version, installed there first if it was nowhere.
pub fn ensure(tool: &CargoTool) -> Result<PathBuf> {
    let mut own_root = cargo_home().join("loadscape-tools");
    if tool.tells_version {
        let folders = [own_root.join("bin"), cargo_home().join("bin")];
        let on_path = std::env::var_os("PATH").unwrap_or_default();
        let mut candidates = folders
            .iter()
            .cloned()
            .chain(std::env::split_paths(&on_path));
        if let Some(folder) = candidates.find(|folder| is_in(tool, folder)) {
            return Ok(folder);
        }
    } else {
        own_root.push(format!("{}-{}", tool.program, tool.version));
        let folder = own_root.join("bin");
        if program_in(tool, &folder).is_file() {
            return Ok(folder);
        }
    }
    process::announce(
        &format!("compiling {} {}", tool.package, tool.version),
        tool.usually,
    );
    let target_dir = workspace::scratch().join(tool.package);
    let mut install = process::command("cargo");
    install
        .args([
            "install",
            tool.package,
            "--version",
            tool.version,
            "--force",
        ])
        .args(tool.arguments)
        .arg("--root")
        .arg(&own_root)
        // These run for a second a build: a quick compile is worth more than a quick program.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_TARGET_DIR", &target_dir)
        // Or cargo advises to put the folder on the path, which xtask itself sees to.
        .env("PATH", process::path_with(&[own_root.join("bin")]));
    process::run(&mut install).with_context(|| {
        format!(
            "{} could not be installed; try `cargo install {} --version {} {}`",
            tool.program,
            tool.package,
            tool.version,
            tool.arguments.join(" ")
        )
    })?;
    // Only a broken-off installation needs these again; a failure to remove them costs only disk.
    let _ = std::fs::remove_dir_all(&target_dir);
    Ok(own_root.join("bin"))
}

fn program_in(tool: &CargoTool, folder: &Path) -> PathBuf {
    folder.join(format!("{}{}", tool.program, std::env::consts::EXE_SUFFIX))
}

fn is_in(tool: &CargoTool, folder: &Path) -> bool {
    let program = program_in(tool, folder);
    program.is_file()
        && process::answer(process::command(program).arg("--version"))
            .is_some_and(|answer| answer.split_whitespace().nth(1) == Some(tool.version))
}

fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .unwrap_or_else(|| workspace::scratch().join("cargo-home"))
}
