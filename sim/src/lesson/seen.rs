//! What a whole run has shown, from its first second to its last, with its faults. It doesn't know what is expected of it.

use crate::analysis::{Analysis, analyse};
use crate::des::{Findings, Phase, Settings, Simulation, Verdict};
use crate::scenario::{ClassId, ComponentId, Scenario};
use serde::{Deserialize, Serialize};

/// What a run has shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// How long it was, seconds.
    pub seconds: f64,
    /// How requests fared in all of it, by class in the document's order.
    pub classes: Vec<(ClassId, Phase)>,
    /// By part that requests reach.
    pub parts: Vec<PartSeen>,
    /// The classes that hand anything over for later.
    #[serde(default)]
    pub handing: Vec<ClassId>,
    /// Mean seconds until what was handed over for later was done, by class of which anything was.
    pub completions: Vec<(ClassId, f64)>,
    /// Work that was handed over for later and is done, as a share of the requests that were answered well, by class that hands anything over,
    /// once for each request; 0 to 1.
    pub done: Vec<(ClassId, f64)>,
    /// Writes that were confirmed and are gone: with a primary that died before a replica had them, or with a cache's memory.
    pub lost_writes: u64,
    /// What scales by itself.
    #[serde(default)]
    pub pools: Vec<PoolSeen>,
    /// What each of the document's faults has come to; those that haven't begun are left out.
    pub verdicts: Vec<Verdict>,
}

/// What a run has shown of one part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartSeen {
    /// Which.
    pub component: ComponentId,
    /// Share of time that its busiest resource was busy, 0 to 1; `None` where nothing limits it.
    pub utilisation: Option<f64>,
    /// Share of look-ups that it answered itself, 0 to 1; `None` where nobody looks anything up.
    pub hit_ratio: Option<f64>,
    /// Share of reads that found what is out of date, 0 to 1; `None` where nothing can be.
    pub stale_reads: Option<f64>,
    /// Requests, calls and messages a second that were refused or failed at it.
    #[serde(default)]
    pub lost: f64,
}

/// What a run has shown of the instances of a part that scales by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolSeen {
    /// Which.
    pub component: ComponentId,
    /// Instances that were there on average, serving or booting: both are paid for.
    pub mean: f64,
}

impl Seen {
    /// What this run has shown by now; `findings` are its own.
    pub fn of(simulation: &Simulation, findings: &Findings) -> Self {
        let parts = findings.components.iter().map(|part| {
            let own = findings.stations.iter();
            let own = own.filter(|station| station.component == part.component);
            let busy = own.filter_map(|station| station.utilisation);
            let lost = findings.classes.iter().map(|class| {
                let own = class.failures.iter();
                let own = own.filter(|failure| failure.component == Some(part.component));
                let share = own.fold(0.0, |sum, failure| sum + failure.share.value);
                share * class.offered.map_or(0.0, |offered| offered.value)
            });
            PartSeen {
                component: part.component,
                utilisation: busy.map(|busy| busy.value).reduce(f64::max),
                hit_ratio: part.hit_ratio.map(|ratio| ratio.value),
                stale_reads: findings
                    .stale_reads(part.component)
                    .map(|stale| stale.value),
                lost: lost.fold(0.0, |sum, own| sum + own),
            }
        });
        let classes = simulation.whole();
        let mut later = simulation.done_later();
        let handing = simulation.handing_over();
        let done = (later.iter().zip(&classes))
            .filter(|(own, (_, phase))| handing.contains(&own.0) && phase.succeeded > 0.0);
        let done = done.map(|((class, done, _), (_, phase))| {
            (*class, (*done as f64 / phase.succeeded.max(1.0)).min(1.0))
        });
        let done = done.collect();
        later.retain(|own| own.1 > 0);
        let at_failover = findings.failovers.iter();
        let at_failover: u64 = at_failover.map(|failover| failover.writes_lost).sum();
        let behind: u64 = findings.write_behind.iter().map(|own| own.lost).sum();
        let pools = findings.components.iter().filter_map(|own| {
            let booted = simulation.boot_seconds(own.component)?;
            let there = simulation.instance_seconds(own.component) + booted;
            let mean = there / simulation.now().max(f64::MIN_POSITIVE);
            Some(PoolSeen {
                component: own.component,
                mean,
            })
        });
        Seen {
            pools: pools.collect(),
            handing,
            completions: later.iter().map(|own| (own.0, own.2)).collect(),
            done,
            lost_writes: at_failover + behind,
            seconds: findings.seconds,
            classes,
            parts: parts.collect(),
            verdicts: findings.verdicts.clone(),
        }
    }
}

/// Runs a document as it wants to be run, by its own seed, for so long as it says or else for this many seconds.
pub fn play(scenario: &Scenario, otherwise_seconds: f64) -> (Analysis, Seen) {
    let analysis = analyse(scenario);
    let settings = Settings {
        seed: scenario.run.seed,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&analysis.compiled, &settings);
    for (component, instances) in analysis.first_instances(scenario) {
        simulation.run_instances(component, instances);
    }
    let end = scenario.run.duration_seconds.unwrap_or(otherwise_seconds);
    simulation.run_until(end, u64::MAX);
    let seen = Seen::of(&simulation, &simulation.findings());
    (analysis, seen)
}
