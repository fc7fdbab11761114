//! What nodes and links of the drawing show: the stations' and steps' figures added up by component and link.

use super::Solver;
use crate::network::{Compiled, Discipline, Network, Role, Step};
use crate::report::{ComponentReport, ComponentState, LinkReport, StationReport};
use crate::scenario::places::Places;
use crate::scenario::{ClassId, ComponentId, LinkId, Scenario};
use crate::units::{PerSecond, Seconds};
use std::collections::BTreeMap;

impl Solver {
    pub(super) fn components(
        &self,
        scenario: &Scenario,
        compiled: &Compiled,
        stations: &[StationReport],
        crowded: &[bool],
    ) -> Vec<ComponentReport> {
        let network = &compiled.network;
        let mut reports: Vec<ComponentReport> = scenario
            .components
            .iter()
            .map(|component| ComponentReport::idle(component.id))
            .collect();
        let places = Places::new(scenario.components.iter().map(|component| component.id.0));
        let place = |id: ComponentId| places.of(id.0);
        self.entries(compiled, &place, crowded, &mut reports);
        let mut pressures = vec![0.0_f64; reports.len()];
        for (index, station) in stations.iter().enumerate() {
            let spec = &network.stations[index];
            let queue = &self.queues[self.solved_as(index)];
            let Some(owner) = place(station.component) else {
                continue;
            };
            let report = &mut reports[owner];
            let limited = !matches!(spec.discipline, Discipline::Infinite);
            if limited {
                report.instances = Some(
                    report
                        .instances
                        .map_or(station.instances, |most| most.max(station.instances)),
                );
                let busier = report
                    .utilisation
                    .is_none_or(|utilisation| station.busiest_utilisation > utilisation);
                if busier {
                    report.utilisation = Some(station.busiest_utilisation);
                    report.busiest = Some(station.station);
                }
                let pressure = queue.busiest_pressure;
                pressures[owner] = pressures[owner].max(pressure);
                // How long tokens are held grows with whatever waits below: asking a pool for many says nothing about the pool.
                let asked = match station.role {
                    Role::Threads | Role::Connections | Role::Replay => station.busiest_utilisation,
                    Role::Cores | Role::Disk | Role::RateLimit | Role::Servers => pressure,
                };
                report.asked = Some(report.asked.map_or(asked, |most| most.max(asked)));
                if queue.unbounded {
                    pressures[owner] = pressures[owner].max(1.0);
                    let growth = station.saturation.map(|saturation| saturation.growth);
                    let faster = |most: PerSecond| growth.is_some_and(|growth| growth > most);
                    if report.backlog_growth.is_none_or(faster) {
                        report.backlog_growth = growth;
                    }
                }
            }
            let Some(waiting_room) = place(spec.waits_at.unwrap_or(spec.component)) else {
                continue;
            };
            let shown = &mut reports[waiting_room].queue_length;
            *shown = match (*shown, station.queue_length) {
                (Some(sum), Some(more)) => Some(sum + more),
                _ => None,
            };
        }
        self.hit_ratios(network, &place, &mut reports);
        for (report, pressure) in reports.iter_mut().zip(&pressures) {
            let idle = report.arrival.0 <= 0.0 && report.utilisation.unwrap_or(0.0) <= 0.0;
            report.state = match *pressure {
                _ if idle => ComponentState::Idle,
                pressure if pressure >= 1.0 => ComponentState::Saturated,
                pressure if pressure >= 0.9 => ComponentState::Hot,
                pressure if pressure >= 0.7 => ComponentState::Busy,
                _ => ComponentState::Healthy,
            };
        }
        reports
    }

    /// Arrivals at components, and the time of a visit in and below them.
    fn entries(
        &self,
        compiled: &Compiled,
        place: &impl Fn(ComponentId) -> Option<usize>,
        crowded: &[bool],
        reports: &mut [ComponentReport],
    ) {
        let mut owner = vec![u32::MAX; compiled.network.steps.len()];
        for entry in &compiled.entries {
            owner[entry.step.0 as usize] = entry.place;
        }
        let mut times = vec![(0.0, 0.0, true); reports.len()];
        for (index, node) in self.plan.nodes.iter().enumerate() {
            let (rate, place) = (self.rates.rate[index], owner[node.step as usize] as usize);
            if rate <= 0.0 || place >= reports.len() {
                continue;
            }
            let ended = self.outcomes[index].ended();
            reports[place].arrival = reports[place].arrival + PerSecond(rate);
            let (ends, time, steady) = &mut times[place];
            *ends += rate * ended.mass;
            *time += rate * ended.first;
            *steady &= !self.unsteady[index] && crowded.get(index) != Some(&true);
        }
        for (report, (ends, time, steady)) in reports.iter_mut().zip(times) {
            report.sojourn = (ends > 0.0 && steady).then(|| Seconds(time / ends));
        }
        // Clients send, and nothing reaches them: what they send is what their node shows.
        for (source, rate) in compiled.network.sources.iter().zip(&self.sources) {
            if let Some(owner) = place(source.component) {
                reports[owner].arrival = reports[owner].arrival + PerSecond(*rate);
            }
        }
    }

    fn hit_ratios(
        &self,
        network: &Network,
        place: &impl Fn(ComponentId) -> Option<usize>,
        reports: &mut [ComponentReport],
    ) {
        if self.plan.lookups.is_empty() {
            return;
        }
        let classes = network.classes.len();
        let mut answered = vec![(0.0, 0.0); reports.len()];
        for (index, store) in network.stores.iter().enumerate() {
            let Some(owner) = place(store.component).filter(|_| !store.is_write_buffer) else {
                continue;
            };
            for class in index * classes..(index + 1) * classes {
                answered[owner].0 += self.lookups[class];
                answered[owner].1 += self.lookups[class] * self.hits[class];
            }
        }
        for (report, (asked, hit)) in reports.iter_mut().zip(answered) {
            report.hit_ratio = (asked > 0.0).then(|| hit / asked);
        }
    }

    pub(super) fn links(&self, scenario: &Scenario, compiled: &Compiled) -> Vec<LinkReport> {
        let mut reports: Vec<LinkReport> = scenario
            .links
            .iter()
            .enumerate()
            .map(|(index, link)| LinkReport {
                link: link.id,
                rate: PerSecond(0.0),
                asynchronous: compiled
                    .asynchronous_links
                    .get(index)
                    .copied()
                    .unwrap_or(false),
            })
            .collect();
        let places = Places::new(scenario.links.iter().map(|link| link.id.0));
        for (node, rate) in self.plan.nodes.iter().zip(&self.rates.rate) {
            if let Step::Hop {
                link: Some(link), ..
            } = &compiled.network.steps[node.step as usize]
                && let Some(place) = places.of(link.0)
            {
                reports[place].rate = reports[place].rate + PerSecond(*rate);
            }
        }
        reports
    }
}

/// Calls of one class along one link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calls {
    /// Along which link.
    pub link: LinkId,
    /// Of which class.
    pub class: ClassId,
    /// How many a second, at the daily peak.
    pub rate: PerSecond,
}

impl Solver {
    /// Calls along the links by class, of the network that [`Solver::means`] solved last.
    pub fn calls(&self, network: &Network) -> Vec<Calls> {
        let classes = network.classes.len();
        let mut rates: Vec<f64> = Vec::new();
        // Most steps are met several times: only the first looks its link up.
        let mut known: Vec<u32> = vec![u32::MAX; network.steps.len()];
        let mut of_links: BTreeMap<LinkId, usize> = BTreeMap::new();
        for (node, rate) in self.plan.nodes.iter().zip(&self.rates.rate) {
            let Step::Hop {
                link: Some(link), ..
            } = &network.steps[node.step as usize]
            else {
                continue;
            };
            let place = &mut known[node.step as usize];
            if *place == u32::MAX {
                *place = *of_links.entry(*link).or_insert_with(|| {
                    rates.resize(rates.len() + classes, 0.0);
                    rates.len() - classes
                }) as u32;
            }
            rates[*place as usize + self.plan.flows[node.flow as usize].class as usize] += rate;
        }
        let of_link = |(link, place): (LinkId, usize)| {
            let rates = &rates;
            (0..classes)
                .filter(move |class| rates[place + class] > 0.0)
                .map(move |class| Calls {
                    link,
                    class: network.classes[class].class,
                    rate: PerSecond(rates[place + class]),
                })
        };
        of_links.into_iter().flat_map(of_link).collect()
    }
}
