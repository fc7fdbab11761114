//! Builds the page's second thread, in which the event simulation runs, and puts it beside the page under a name of its own.
//!
//! The page finds it by a `meta` element, and fetches it when somebody presses play for the first time.

use crate::setup::PageTools;
use crate::split::{self, origin, stamp};
use crate::{process, workspace};
use anyhow::{Context, Result, anyhow, bail};
use std::path::Path;

const SCRIPT: &str = "short-worker.js";
const PROGRAM: &str = "small-worker_bg.wasm";

/// The worker's files, before they have their names.
pub struct Worker {
    script: String,
    program: Vec<u8>,
}

/// Binds and shrinks the linked worker. What was shrunk before is not shrunk again.
pub fn worker(tools: &PageTools) -> Result<Worker> {
    let linked =
        workspace::wasm_target_dir().join("wasm32-unknown-unknown/release/loadscape_worker.wasm");
    let program =
        std::fs::read(&linked).with_context(|| format!("there is no {}", linked.display()))?;
    let origin = origin(&[&program, include_bytes!("player.rs")]);
    let work = workspace::scratch().join("worker");
    let noted = work.join("origin");
    if !std::fs::read_to_string(&noted).is_ok_and(|noted| noted == origin) {
        std::fs::create_dir_all(&work)
            .with_context(|| format!("could not create {}", work.display()))?;
        shrink(tools, &linked, &work)?;
        std::fs::write(&noted, origin)
            .with_context(|| format!("could not write {}", noted.display()))?;
    }
    let read = |name: &str| {
        let path = work.join(name);
        std::fs::read(&path).with_context(|| format!("there is no {}", path.display()))
    };
    Ok(Worker {
        script: String::from_utf8(read(SCRIPT)?)?,
        program: read(PROGRAM)?,
    })
}

fn shrink(tools: &PageTools, linked: &Path, work: &Path) -> Result<()> {
    let mut bind = tools.command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-dir"]);
    bind.arg(work).args(["--out-name", "worker"]);
    process::run(bind.arg(linked))?;
    let bound = work.join("worker_bg.wasm");
    let program =
        std::fs::read(&bound).with_context(|| format!("there is no {}", bound.display()))?;
    std::fs::write(&bound, unmarked(&program)?)
        .with_context(|| format!("could not write {}", bound.display()))?;
    // For speed: it is fetched by those who wait for its figures.
    split::shrink(tools, "-O3", work, "worker_bg.wasm", PROGRAM)?;
    let script = work.join("worker.js");
    let text = std::fs::read_to_string(&script)
        .with_context(|| format!("there is no {}", script.display()))?;
    // A module worker has nobody else to start it. A refused promise is no error of a worker that its page hears of: an error is thrown.
    let start = "\n__wbg_init().catch((error) => setTimeout(() => { throw error; }));\n";
    std::fs::write(&script, text + start)
        .with_context(|| format!("could not write {}", script.display()))?;
    split::shorten(tools, work, "worker.js", SCRIPT)
}

/// The program without what the linker left for those who cut it: here nobody does.
fn unmarked(program: &[u8]) -> Result<Vec<u8>> {
    const HEAD: usize = 8;
    const CUSTOM: u8 = 0;
    let cut_short = || anyhow!("the worker's program ends in the middle of a section");
    let mut kept = program.get(..HEAD).ok_or_else(cut_short)?.to_vec();
    let mut at = HEAD;
    while let Some(kind) = program.get(at) {
        let (length, contents) = number(program, at + 1).ok_or_else(cut_short)?;
        let end = contents + length;
        let section = program.get(contents..end).ok_or_else(cut_short)?;
        let name =
            number(section, 0).and_then(|(length, start)| section.get(start..start + length));
        let name = name.unwrap_or_default();
        if *kind != CUSTOM || (name != b"linking" && !name.starts_with(b"reloc.")) {
            kept.extend_from_slice(&program[at..end]);
        }
        at = end;
    }
    Ok(kept)
}

/// A number of seven bits a byte, the lowest first (WebAssembly Core Specification, section 5.2.2), and where what follows it begins.
fn number(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut value, mut shift) = (0_usize, 0);
    loop {
        let byte = *bytes.get(at)?;
        value |= usize::from(byte & 127).checked_shl(shift)?;
        at += 1;
        if byte < 128 {
            return Some((value, at));
        }
        shift += 7;
    }
}

/// Puts the worker into the folder and its address into the folder's page.
pub fn put(dist: &Path, worker: &Worker) -> Result<()> {
    let Worker { script, program } = worker;
    let stamp = stamp(&[script.as_bytes(), program]);
    let (script_name, program_name) = (
        format!("worker-{stamp}.js"),
        format!("worker-{stamp}_bg.wasm"),
    );
    if !script.contains("worker_bg.wasm") {
        bail!(
            "the worker's script doesn't mention its program; wasm-bindgen has changed, and xtask/src/player.rs with it must"
        );
    }
    let script = script.replace("worker_bg.wasm", &program_name);
    let path = dist.join("index.html");
    let page = std::fs::read_to_string(&path)
        .with_context(|| format!("Trunk left no {}", path.display()))?;
    let Some((head, rest)) = page.split_once("</head>") else {
        bail!("{} has no head", path.display());
    };
    let page =
        format!("{head}<meta name=\"loadscape-worker\" content=\"./{script_name}\"></head>{rest}");
    for (name, bytes) in [
        (script_name.as_str(), script.as_bytes()),
        (&program_name, program),
        ("index.html", page.as_bytes()),
    ] {
        let path = dist.join(name);
        std::fs::write(&path, bytes)
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

    fn section(kind: u8, contents: &[u8]) -> Vec<u8> {
        let length = contents.len() as u8;
        [&[kind, length | 128, 0], contents].concat()
    }

    #[test]
    fn relocations_are_left_out_and_everything_else_stays() {
        let name = |name: &str| [&[name.len() as u8], name.as_bytes(), &[1, 2]].concat();
        let (code, kept) = (section(10, &[7; 9]), section(0, &name("name")));
        let marked = [
            &HEAD[..],
            &code,
            &section(0, &name("linking")),
            &kept,
            &section(0, &name("reloc.CODE")),
        ]
        .concat();
        assert_eq!(
            unmarked(&marked).unwrap(),
            [&HEAD[..], &code, &kept].concat()
        );
        assert!(unmarked(&marked[..marked.len() - 1]).is_err());
        assert!(unmarked(&HEAD[..5]).is_err());
    }
}
