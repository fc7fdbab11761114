//! `cargo xtask serve`: builds the page and serves it on this machine.

use crate::server::Server;
use crate::{bundle, process};
use anyhow::{Context, Result};
use std::path::Path;

/// Tried first; the ones after it are tried when it is taken.
const USUAL_PORT: u16 = 8080;

/// Builds, serves, prints the address, and goes on until it is ended.
pub fn serve(port: Option<u16>, open: bool) -> Result<()> {
    let dist = bundle::build()?;
    let server = listen(&dist, port)?;
    println!("Loadscape is at {} (Ctrl+C ends it)", server.url());
    if open {
        open_in_browser(&server.url());
    }
    server.wait();
    Ok(())
}

fn listen(dist: &Path, port: Option<u16>) -> Result<Server> {
    if let Some(port) = port {
        return Server::start(dist, "/", port)
            .context("leave out --port to have a free one chosen");
    }
    (USUAL_PORT..USUAL_PORT + 10)
        .chain([0])
        .find_map(|port| Server::start(dist, "/", port).ok())
        .context("no port of 127.0.0.1 can be listened on")
}

fn open_in_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    if process::run(process::command(opener).arg(url)).is_err() {
        eprintln!("• no browser could be opened; open the address above");
    }
}
