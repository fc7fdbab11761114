//! Cuts the built program in two, so that the page begins with less: what `src/app/later.rs` names is fetched when it is needed.
//!
//! Trunk has left the whole program in the folder, with the calls across the cut still open. This takes the linked program as
//! cargo left it, cuts it, binds and shrinks both halves, and puts them in Trunk's program's place under names of their own.

use crate::setup::PageTools;
use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use base64::Engine;
use sha2::Digest;
use std::path::Path;

/// What the program's code may use: what every browser has had for years.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The linker leaves the marks that the cut is made along, when it is told so by this variable.
pub const LINK_ARGUMENT: &str = "-Clink-args=--emit-relocs";
/// See [`LINK_ARGUMENT`].
pub const LINK_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// The files of the cut program, before they have their names.
pub struct Halves {
    /// The script that starts the first half.
    script: String,
    /// The script that fetches the second.
    fetcher: String,
    first: Vec<u8>,
    second: Vec<u8>,
}

impl Halves {
    const SCRIPT: &str = "short-bound.js";
    const FETCHER: &str = "short-__wasm_split.js";
    const FIRST: &str = "small-bound_bg.wasm";
    const SECOND: &str = "small-split_later.wasm";

    fn read(work: &Path) -> Result<Self> {
        let bytes = |name: &str| {
            let path = work.join(name);
            std::fs::read(&path).with_context(|| format!("there is no {}", path.display()))
        };
        Ok(Halves {
            script: String::from_utf8(bytes(Self::SCRIPT)?)?,
            fetcher: String::from_utf8(bytes(Self::FETCHER)?)?,
            first: bytes(Self::FIRST)?,
            second: bytes(Self::SECOND)?,
        })
    }
}

/// Cuts the linked program. One that was cut before is not cut again.
pub fn halves(tools: &PageTools) -> Result<Halves> {
    let linked = workspace::wasm_target_dir().join("wasm32-unknown-unknown/release/loadscape.wasm");
    let program =
        std::fs::read(&linked).with_context(|| format!("there is no {}", linked.display()))?;
    let origin = origin(&[&program, include_bytes!("split.rs")]);
    let work = workspace::scratch().join("split");
    let noted = work.join("origin");
    if std::fs::read_to_string(&noted).is_ok_and(|noted| noted == origin)
        && let Ok(halves) = Halves::read(&work)
    {
        return Ok(halves);
    }
    if work.exists() {
        std::fs::remove_dir_all(&work)
            .with_context(|| format!("could not clear {}", work.display()))?;
    }
    std::fs::create_dir_all(&work)
        .with_context(|| format!("could not create {}", work.display()))?;
    cut(tools, &linked, &work)?;
    let halves = Halves::read(&work)?;
    std::fs::write(&noted, origin)
        .with_context(|| format!("could not write {}", noted.display()))?;
    Ok(halves)
}

/// What a finished file follows from: the program and how it is treated, and which tools do that.
pub fn origin(own: &[&[u8]]) -> String {
    let mut digest = sha2::Sha256::new();
    let tools: [&[u8]; 2] = [
        include_bytes!("setup/cargo_tools.rs"),
        include_bytes!("../page-tools/package-lock.json"),
    ];
    for bytes in own.iter().chain(&tools) {
        digest.update(bytes);
    }
    base64::engine::general_purpose::STANDARD.encode(digest.finalize())
}

/// Cuts the linked program in this folder.
fn cut(tools: &PageTools, linked: &Path, work: &Path) -> Result<()> {
    let mut split = tools.command("wasm-split-cli");
    split.args(["--target", "web", "--out-name", "loadscape"]);
    process::run(split.arg(linked).arg(work))?;
    let mut bind = tools.command("wasm-bindgen");
    // The second half comes into the first one's memory and table, which the linker exports.
    bind.args([
        "--target",
        "web",
        "--no-typescript",
        "--keep-lld-exports",
        "--out-dir",
    ]);
    bind.arg(work).arg("--out-name").arg("bound");
    process::run(bind.arg(work.join("loadscape.wasm")))?;
    shorten(tools, work, "bound.js", Halves::SCRIPT)?;
    shorten(tools, work, "__wasm_split.js", Halves::FETCHER)?;
    process::both(
        || shrink(tools, "-Oz", work, "bound_bg.wasm", Halves::FIRST),
        || shrink(tools, "-Oz", work, "split_later.wasm", Halves::SECOND),
    )
    .map(|_| ())
}

/// A smaller or faster program in this folder, as the level has it, from the one that the linker and wasm-bindgen left.
pub fn shrink(tools: &PageTools, level: &str, work: &Path, name: &str, out: &str) -> Result<()> {
    let mut shrink = tools.command("wasm-opt");
    shrink.arg(level).args(FEATURES).arg(work.join(name));
    process::run(shrink.arg("-o").arg(work.join(out)))
}

/// A shorter script of the same meaning in this folder.
pub fn shorten(tools: &PageTools, work: &Path, name: &str, out: &str) -> Result<()> {
    let mut shorten = tools.command("terser");
    shorten.arg(work.join(name)).args([
        "--module",
        "--compress",
        "--mangle",
        "--format",
        "quote_style=2",
        "-o",
    ]);
    process::run(shorten.arg(work.join(out)))
}

/// Puts the cut program into the folder in place of the whole one, and into its page.
pub fn put(dist: &Path, halves: &Halves) -> Result<()> {
    // The scripts name each other, so one stamp stands for all.
    let stamp = stamp(&[
        halves.script.as_bytes(),
        halves.fetcher.as_bytes(),
        &halves.first,
        &halves.second,
    ]);
    let script_name = format!("loadscape-{stamp}.js");
    let fetcher_name = format!("later-{stamp}.js");
    let first_name = format!("loadscape-{stamp}_bg.wasm");
    let second_name = format!("later-{stamp}.wasm");
    // Only where it is imported from: the program itself asks for it by its first name.
    let script = exchange(
        &halves.script,
        "from\"./__wasm_split.js\"",
        &format!("from\"./{fetcher_name}\""),
    )?;
    let script = exchange(&script, "bound_bg.wasm", &first_name)?;
    let fetcher = exchange(&halves.fetcher, "loadscape.js", &script_name)?;
    let fetcher = exchange(&fetcher, "split_later.wasm", &second_name)?;

    let (whole_script, whole_program) = whole(dist)?;
    let page_path = dist.join("index.html");
    let mut page = std::fs::read_to_string(&page_path)
        .with_context(|| format!("Trunk left no {}", page_path.display()))?;
    for (old, new, bytes) in [
        (&whole_script, &script_name, script.as_bytes()),
        (&whole_program, &first_name, &halves.first[..]),
    ] {
        let path = dist.join(old);
        let before =
            std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        page = exchange(&page, old, new)?;
        page = exchange(&page, &integrity(&before), &integrity(bytes))?;
        std::fs::remove_file(&path)
            .with_context(|| format!("could not remove {}", path.display()))?;
    }
    // No browser checks what it preloads for a fetch, and some complain; the script that asks for it is checked.
    page = exchange(
        &page,
        &format!(" integrity={}", integrity(&halves.first)),
        "",
    )?;
    let preload = format!(
        "<link rel=\"modulepreload\" href=\"./{fetcher_name}\" crossorigin=\"anonymous\" integrity=\"{}\"></head>",
        integrity(fetcher.as_bytes())
    );
    page = exchange(&page, "</head>", &preload)?;
    for (name, bytes) in [
        (script_name.as_str(), script.as_bytes()),
        (&fetcher_name, fetcher.as_bytes()),
        (&first_name, &halves.first),
        (&second_name, &halves.second),
        ("index.html", page.as_bytes()),
    ] {
        let path = dist.join(name);
        std::fs::write(&path, bytes)
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

/// A part of files' names that follows from what is in them: a file of such a name never changes.
pub fn stamp(files: &[&[u8]]) -> String {
    let mut digest = sha2::Sha256::new();
    for bytes in files {
        digest.update(bytes);
    }
    let digest = digest.finalize();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The names that Trunk gave the whole program's script and code.
fn whole(dist: &Path) -> Result<(String, String)> {
    let mut script = None;
    let mut program = None;
    for entry in std::fs::read_dir(dist)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("loadscape-") && name.ends_with(".js") {
            script = Some(name);
        } else if name.starts_with("loadscape-") && name.ends_with("_bg.wasm") {
            program = Some(name);
        }
    }
    match (script, program) {
        (Some(script), Some(program)) => Ok((script, program)),
        _ => bail!("Trunk left no program in {}", dist.display()),
    }
}

/// The text with every `old` replaced; an error where there is none, because then something else than expected was built.
fn exchange(text: &str, old: &str, new: &str) -> Result<String> {
    if !text.contains(old) {
        bail!(
            "the built page doesn't mention {old}; its tools have changed, and xtask/src/split.rs with them must"
        );
    }
    Ok(text.replace(old, new))
}

/// A file's hash as a page states it (W3C Subresource Integrity, section 3.1).
pub fn integrity(bytes: &[u8]) -> String {
    format!(
        "sha384-{}",
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha384::digest(bytes))
    )
}
