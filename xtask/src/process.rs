//! Starting other programs with a clean environment, watching them, and never leaving one behind.

use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Variables that cargo and rustup set for *this* run and that would steer another toolchain wrong.
const LEAKS: [&str; 5] = [
    "CARGO",
    "CARGO_TARGET_DIR",
    "LD_LIBRARY_PATH",
    "RUSTUP_TOOLCHAIN",
    "RUST_RECURSION_COUNT",
];

/// Prefixes of more such variables; a user's own settings (`CARGO_HOME`, `CARGO_NET_*`, …) have none of them.
const LEAK_PREFIXES: [&str; 6] = [
    "CARGO_MANIFEST",
    "CARGO_PKG_",
    "CARGO_BIN",
    "CARGO_CRATE",
    "CARGO_PRIMARY",
    "RUSTC",
];

/// A command that sees none of the variables cargo set for this program, reads no input, and starts at the top of the
/// repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if LEAKS.contains(&name) || LEAK_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
        .stdin(Stdio::null())
        .current_dir(crate::workspace::root());
    command
}

/// `PATH` with these folders in front.
pub fn path_with(first: &[PathBuf]) -> OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&rest));
    std::env::join_paths(all).unwrap_or(rest)
}

/// The first file of this name in these folders, then on `PATH`.
pub fn find_program(name: &str, first: &[PathBuf]) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = path_with(first);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

/// Runs to the end with its output on the screen; a bad exit status is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    let status = command
        .status()
        .with_context(|| format!("could not start `{shown}`"))?;
    if status.success() {
        Ok(())
    } else {
        bail!("`{shown}` ended with {status}")
    }
}

/// Runs to the end in silence; standard output as text when it succeeds, nothing when it fails or isn't there.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs with its output on the screen, and stops it when it takes longer than `limit`.
pub fn run_within(limit: Duration, command: &mut Command) -> Result<()> {
    let shown = describe(command);
    let mut running = Running::start(command)?;
    let begun = Instant::now();
    loop {
        if let Some(status) = running.child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("`{shown}` ended with {status}");
        }
        if begun.elapsed() > limit {
            bail!(
                "`{shown}` had not ended after {} s and was stopped",
                limit.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Runs to the end, shows each line of standard output and gives it to `on_line` as well.
pub fn run_watched(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    if let Some(output) = running.child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            on_line(&line);
        }
    }
    Ok(running.child.wait()?)
}

/// A started program that is ended when this value goes out of scope.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts the command.
    pub fn start(command: &mut Command) -> Result<Self> {
        let shown = describe(command);
        let child = command
            .spawn()
            .with_context(|| format!("could not start `{shown}`"))?;
        Ok(Self { child })
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // Both fail only when it has ended in the meantime.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The command as one would type it, with the program's folder left out.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Does two things at once, each of which waits for a program of its own; what both give, or the first's error, or the second's.
pub fn both<One: Send, Other: Send>(
    one: impl FnOnce() -> Result<One> + Send,
    other: impl FnOnce() -> Result<Other> + Send,
) -> Result<(One, Other)> {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        let other = other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((one?, other?))
    })
}

/// Announces a step: what is being done, and how long it usually takes on two cores.
pub fn announce(what: &str, usually: &str) {
    eprintln!("• {what} (usually {usually})");
}

/// A duration as people say it.
pub fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!(
            "{} min {:02} s",
            duration.as_secs() / 60,
            duration.as_secs() % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_of_the_outer_cargo_reaches_a_command() {
        let command = command("true");
        for (name, value) in command.get_envs() {
            assert!(value.is_none(), "{name:?} is set");
        }
        // Cargo sets this one for every test it runs.
        let removed: Vec<_> = command
            .get_envs()
            .map(|(name, _)| name.to_owned())
            .collect();
        assert!(
            removed.contains(&OsString::from("CARGO_MANIFEST_DIR")),
            "{removed:?}"
        );
    }

    #[test]
    fn a_command_that_hangs_is_stopped_at_its_limit() {
        let begun = Instant::now();
        let result = run_within(Duration::from_millis(300), command("sleep").arg("60"));
        assert!(result.is_err());
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn durations_are_spoken_in_seconds_then_in_minutes() {
        assert_eq!(spoken(Duration::from_millis(1250)), "1.2 s");
        assert_eq!(spoken(Duration::from_secs(125)), "2 min 05 s");
    }
}
