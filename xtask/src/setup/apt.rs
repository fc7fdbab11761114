//! Debian packages, where there is apt; it knows nothing of what they are for.

use crate::process;
use anyhow::{Context, Result, bail};
use std::io::IsTerminal;
use std::process::Command;

/// A slow or absent mirror must not hang the set-up.
const PATIENCE: [&str; 6] = [
    "-o",
    "Acquire::http::Timeout=20",
    "-o",
    "Acquire::https::Timeout=20",
    "-o",
    "Acquire::Retries=2",
];

/// Whether this machine has apt at all.
pub fn is_here() -> bool {
    process::find_program("apt-get", &[]).is_some()
}

/// Installs the packages; the package lists are fetched only when the ones here don't lead to them.
pub fn install(packages: &[&str]) -> Result<()> {
    if !is_here() {
        bail!("this machine has no apt-get");
    }
    // On a fresh machine there are no lists yet, and what apt says of that is no news.
    if process::answer(&mut install_now(packages)?).is_some() {
        return Ok(());
    }
    process::announce("refreshing the package lists", "half a minute");
    process::run(as_root("apt-get")?.arg("update").arg("-qq").args(PATIENCE))?;
    // apt's own chatter is hundreds of lines; what went wrong, it says on standard error.
    process::run(install_now(packages)?.stdout(std::process::Stdio::null()))
        .with_context(|| format!("try `apt-get install {}`", packages.join(" ")))
}

fn install_now(packages: &[&str]) -> Result<Command> {
    let mut command = as_root("apt-get")?;
    command
        .args(["install", "-y", "-qq"])
        .args(PATIENCE)
        .args(packages);
    Ok(command)
}

/// The command as it is for root, through sudo for others; where nobody can type a password, sudo must not ask.
pub fn as_root(program: &str) -> Result<Command> {
    let mut command = if process::answer(process::command("id").arg("-u")).as_deref() == Some("0") {
        process::command(program)
    } else if process::find_program("sudo", &[]).is_some() {
        let mut sudo = process::command("sudo");
        if !std::io::stdin().is_terminal() || std::env::var_os("CI").is_some() {
            sudo.arg("--non-interactive");
        }
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", program]);
        sudo
    } else {
        bail!("`{program}` needs root, and there is no sudo");
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}
