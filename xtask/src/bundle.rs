//! Builds the release page into `dist/`: Trunk packs it, it is cut in two, gets its second thread, then its policy is sealed in.

use crate::{csp, lessons, player, process, setup, split, style, workspace};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Installs what is missing, builds the release page, and says what came out; the folder it is in.
pub fn build() -> Result<PathBuf> {
    let tools = setup::page_tools()?;
    process::announce(
        "building the release page into dist/",
        "seconds where nothing has changed, a minute where something has, 4 minutes the first time",
    );
    let begun = std::time::Instant::now();
    compile(&tools)?;
    let mut trunk = tools.command("trunk");
    trunk.args(["build", "--release", "--locked", "--color", "auto"]);
    trunk.env(split::LINK_VARIABLE, split::LINK_ARGUMENT);
    // Trunk's own variables would overrule Trunk.toml.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TRUNK_") {
            trunk.env_remove(name);
        }
    }
    // A build that fails has said why; where in Trunk it failed is no help.
    trunk.env_remove("NO_COLOR").env_remove("RUST_BACKTRACE");
    // Everything that Trunk would fetch is on the path.
    trunk.arg("--offline");
    process::run(&mut trunk)?;
    let dist = workspace::dist();
    let (halves, worker) = process::both(|| split::halves(&tools), || player::worker(&tools))?;
    split::put(&dist, &halves)?;
    player::put(&dist, &worker)?;
    lessons::put(&dist)?;
    style::join(&dist)?;
    seal_page(&dist)?;
    eprintln!("• built in {}:", process::spoken(begun.elapsed()));
    for (name, bytes) in files(&dist)? {
        eprintln!("  {:>9.1} kB  {name}", bytes as f64 / 1000.0);
    }
    Ok(dist)
}

/// Compiles the page's program and its second thread's. Trunk knows the first alone, and linking either keeps a single core busy: so both are
/// linked at once, and Trunk finds its own done.
fn compile(tools: &setup::PageTools) -> Result<()> {
    let mut compile = tools.command("cargo");
    compile.args(["build", "--release", "--locked"]);
    compile.args(["--package", "loadscape", "--features", "loadscape/split"]);
    compile.args(["--package", "loadscape-worker"]);
    compile.args(["--target", "wasm32-unknown-unknown", "--target-dir"]);
    compile.arg(workspace::wasm_target_dir());
    compile.env(split::LINK_VARIABLE, split::LINK_ARGUMENT);
    process::run(&mut compile)
}

fn seal_page(dist: &Path) -> Result<()> {
    let path = dist.join("index.html");
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("Trunk left no {}", path.display()))?;
    std::fs::write(&path, csp::seal(&page)?)
        .with_context(|| format!("could not write {}", path.display()))
}

/// Name and size of each file in the folder, by name.
fn files(folder: &Path) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            files.push((
                entry.file_name().to_string_lossy().into_owned(),
                metadata.len(),
            ));
        }
    }
    files.sort();
    Ok(files)
}
