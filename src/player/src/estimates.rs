//! What a run says about the steady state by now, and how sure that is. It doesn't know what theory says.

use loadscape_sim::des::{Estimate, FailoverFindings, HistorySpan, Measure, Simulation, Verdict};
use loadscape_sim::insight::{Tariff, measured};
use loadscape_sim::lesson::Seen;
use loadscape_sim::scenario::{ClassId, ComponentId, Scenario};
use loadscape_sim::units::SECONDS_PER_MONTH;
use serde::{Deserialize, Serialize};

/// What can be said by now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimates {
    /// Which run.
    pub run: u32,
    /// Simulated seconds, and those of them at the beginning that are left out, since the system was still filling.
    pub seconds: f64,
    /// See [`Estimates::seconds`].
    pub warm_up: f64,
    /// Whether traffic keeps its rate; else the figures are those of the whole run as it went.
    pub stationary: bool,
    /// Whether the warm-up was seen to end.
    pub settled: bool,
    /// By class, in the document's order.
    pub classes: Vec<ClassEstimates>,
    /// What each fault of the document that has begun has come to, in its order.
    pub verdicts: Vec<Verdict>,
    /// Primaries that were given up, and who took over.
    pub failovers: Vec<FailoverFindings>,
    /// What scales by itself, in the document's order.
    pub pools: Vec<Pool>,
    /// What was measured for each of the document's objectives, in its order; see [`measured`].
    pub objectives: Vec<Option<Estimate>>,
    /// Share of the reads that found what is out of date, by part where anything can be and by class.
    pub stale: Vec<(ComponentId, ClassId, Estimate)>,
    /// What the whole run has shown.
    pub seen: Seen,
}

/// The instances of a component that scales by itself, over the whole run up to now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Which.
    pub component: ComponentId,
    /// Mean instances that were there, serving or booting: both are paid for.
    pub mean: f64,
    /// The most that served at any time.
    pub most: f64,
    /// What one instance costs, dollars a month.
    pub price: f64,
}

/// Moments of the run that a pool's most is looked for at.
const POINTS: usize = 240;

fn pools(simulation: &Simulation, tariff: &Tariff) -> Vec<Pool> {
    let prices: Vec<(ComponentId, f64)> = (tariff.charges.iter())
        .filter_map(|(measure, dollars)| match measure {
            Measure::InstanceSeconds(component) => Some((*component, dollars * SECONDS_PER_MONTH)),
            _ => None,
        })
        .collect();
    let components: Vec<ComponentId> = prices.iter().map(|(component, _)| *component).collect();
    let history = simulation.history(&HistorySpan {
        from: 0.0,
        to: simulation.now(),
        points: POINTS,
        components: &components,
        weights: &[],
    });
    let pools = history.components.iter().filter_map(|own| {
        let instances = own.instances.as_ref().filter(|there| !there.is_empty())?;
        let (_, price) = prices
            .iter()
            .find(|(component, _)| *component == own.component)?;
        let booted = simulation.boot_seconds(own.component).unwrap_or(0.0);
        Some(Pool {
            component: own.component,
            mean: instances.iter().sum::<f64>() / instances.len() as f64
                + booted / simulation.now().max(f64::MIN_POSITIVE),
            most: instances.iter().copied().fold(0.0, f64::max),
            price: *price,
        })
    });
    pools.collect()
}

/// A class's figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassEstimates {
    /// Which.
    pub class: ClassId,
    /// Answered well a second.
    pub goodput: Option<Estimate>,
    /// Mean response time of the answered, seconds.
    pub mean: Option<Estimate>,
    /// Response times that half, 95 % and 99 % stay below, seconds.
    pub p50: Option<Estimate>,
    /// See [`ClassEstimates::p50`].
    pub p95: Option<Estimate>,
    /// See [`ClassEstimates::p50`].
    pub p99: Option<Estimate>,
}

impl Estimates {
    /// How far the least sure mean response time may be off, as a share of it; `None` as long as some class has no interval.
    pub fn least_sure(&self) -> Option<f64> {
        let means = self.classes.iter().filter_map(|class| class.mean);
        // A mean of nought with an interval of nought is as sure as can be.
        let widths = means.map(|mean| match mean.half_width {
            Some(half_width) if half_width <= 0.0 => Some(0.0),
            _ => mean.relative(),
        });
        widths.reduce(|one, other| Some(one?.max(other?))).flatten()
    }
}

pub(crate) fn estimates(
    run: u32,
    simulation: &Simulation,
    tariff: &Tariff,
    scenario: &Scenario,
) -> Estimates {
    let findings = simulation.findings();
    let seen = Seen::of(simulation, &findings);
    let classes = findings.classes.iter().map(|class| ClassEstimates {
        class: class.class,
        goodput: class.goodput,
        mean: class.mean,
        p50: class.quantiles.p50,
        p95: class.quantiles.p95,
        p99: class.quantiles.p99,
    });
    let stale = (findings.reads_of_copies())
        .filter_map(|(component, read)| Some((component, read.class, read.stale?)));
    Estimates {
        objectives: measured(scenario, &findings),
        stale: stale.collect(),
        run,
        seconds: findings.seconds,
        warm_up: findings.warm_up,
        stationary: findings.stationary,
        settled: findings.settled,
        classes: classes.collect(),
        verdicts: findings.verdicts,
        failovers: findings.failovers,
        pools: pools(simulation, tariff),
        seen,
    }
}
