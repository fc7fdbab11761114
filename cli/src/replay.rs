//! Replays: a population's traffic by rows of a file in place of its own. It knows no events.

use crate::sweep::component;
use crate::terminal;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::network::{Arrivals, Network, Pattern};
use loadscape_sim::quantities::{time, whole};
use loadscape_sim::scenario::{ComponentId, Rows, Scenario, limits, read_rows};
use loadscape_sim::units::Seconds;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The largest file that is read, in bytes: some ten million arrivals.
const LARGEST_FILE: u64 = 128 * 1024 * 1024;

/// A population that follows a file.
pub struct Replay {
    component: ComponentId,
    name: String,
    /// When each request comes, where the file says that and not a rate.
    moments: Option<Arc<[Seconds]>>,
    /// Rows of numbers that the file has.
    rows: usize,
    /// When the file ends.
    pub end: Seconds,
}

/// Reads the file of `POPULATION=FILE`, and lets the population's traffic go by it: by a curve where the rows are rates, and at their mean rate
/// where they are arrivals, until [`Replay::follow`] puts these into the network.
///
/// # Errors
/// What is wrong with the word or the file, with the line, and what to do.
pub fn replay(scenario: &mut Scenario, word: &str) -> Result<Replay, String> {
    let example = "as in 'loadscape simulate FILE --replay Users=arrivals.csv'";
    let (name, path) = word.rsplit_once('=').ok_or_else(|| {
        format!(
            "--replay: '{}' names no file; write POPULATION=FILE, {example}",
            terminal::line(word)
        )
    })?;
    let found = component(scenario, name).map_err(|error| format!("--replay: {error}"))?;
    let (id, name) = (found.id, terminal::line(&found.name));
    if found.kind != Kind::Clients {
        return Err(format!(
            "--replay: {name} sends nothing of its own; name a client population, {example}"
        ));
    }
    let shown = terminal::line(path);
    let text = text(Path::new(path), "replay a part of it")
        .map_err(|error| format!("--replay: can't read {shown}: {error}"))?;
    let rows = read_rows(&text).map_err(|problem| {
        format!(
            "--replay: {shown}, {}",
            terminal::line(&problem.to_string())
        )
    })?;
    let mut set = |parameter, value| {
        for component in &mut scenario.components {
            if component.id == id {
                component.parameters.insert(parameter, value);
            }
        }
    };
    set(Parameter::Traffic, Value::Choice(Choice::Open));
    let replay = |moments, rows, end| Replay {
        component: id,
        name,
        moments,
        rows,
        end: Seconds(end),
    };
    match rows {
        Rows::Rates(curve) => {
            set(Parameter::TrafficProfile, Value::Choice(Choice::Curve));
            let (rows, end) = (curve.len(), curve.last().map_or(0.0, |last| last.seconds));
            for component in &mut scenario.components {
                if component.id == id {
                    component.curve = curve.clone();
                }
            }
            Ok(replay(None, rows, end))
        }
        Rows::Moments(moments) => {
            let (rows, end) = (moments.len(), moments.last().copied().unwrap_or(0.0));
            let rate = rows as f64 / end.max(1e-3);
            set(Parameter::TrafficProfile, Value::Choice(Choice::Constant));
            set(Parameter::ArrivalPattern, Value::Choice(Choice::Poisson));
            set(Parameter::BatchSize, Value::Number(1.0));
            set(
                Parameter::RequestRate,
                Value::Number(rate.min(*limits::CURVE_RATE.end())),
            );
            let moments = moments.into_iter().map(Seconds).collect();
            Ok(replay(Some(moments), rows, end))
        }
    }
}

/// The text of a file of rows.
///
/// # Errors
/// Why it can't be read; of one that is too large with this remedy.
pub fn text(path: &Path, remedy: &str) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    // What a pipe or a device holds isn't known before it is read.
    file.take(LARGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "it is larger than {} MiB; {remedy}",
            LARGEST_FILE / 1024 / 1024
        ));
    }
    Ok(text)
}

impl Replay {
    /// How many rows the file has, as what, and until when: whoever knows the file sees whether one was passed over.
    pub fn told(&self) -> String {
        let what = match self.moments {
            Some(_) => "arrivals",
            None => "rates",
        };
        format!(
            "{}: rows replayed as {what}: {}, the last at {}",
            self.name,
            whole(self.rows as f64),
            time(self.end)
        )
    }

    /// Whether it is the only one of its population.
    ///
    /// # Errors
    /// When another file already says when its requests come.
    pub fn check_beside(&self, others: &[Replay]) -> Result<(), String> {
        if others.iter().any(|other| other.component == self.component) {
            return Err(format!(
                "--replay: two files say when the requests of {} come; give each population one",
                self.name
            ));
        }
        Ok(())
    }

    /// Lets the population's requests come when the file says.
    ///
    /// # Errors
    /// When nothing of what it sends goes anywhere.
    pub fn follow(&self, network: &mut Network) -> Result<(), String> {
        let source = network
            .sources
            .iter_mut()
            .find(|source| source.component == self.component)
            .ok_or_else(|| {
                format!(
                    "--replay: nothing that {} sends goes anywhere; link it to what answers, or give its classes a share",
                    self.name
                )
            })?;
        if let (Arrivals::Open { pattern, .. }, Some(moments)) =
            (&mut source.arrivals, &self.moments)
        {
            *pattern = Pattern::Replayed(moments.clone());
        }
        Ok(())
    }
}
