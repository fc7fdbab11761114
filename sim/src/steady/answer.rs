//! The report: the solver's arrays led back to classes, stations, components and links. It decides nothing; it adds up.

use super::Solver;
use super::station::{Law, Queue};
use super::ways::{Ledger, Ways};
use crate::network::{Aside, Compiled, Discipline, Network, Role, Step};
use crate::report::{
    BreakdownPart, ClassReport, ComponentState, Cost, Latency, Loss, Report, Saturation,
    StationClassReport, StationReport,
};
use crate::scenario::Scenario;
use crate::scenario::places::Places;
use crate::theory::transform::Precision;
use crate::units::{PerSecond, Seconds};

/// The percentiles of every latency.
const PROBABILITIES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

impl Solver {
    /// Solves a compiled scenario and reports everything but costs and objectives.
    pub fn solve(
        &mut self,
        scenario: &Scenario,
        compiled: &Compiled,
        precision: Precision,
    ) -> Report {
        let mut report = self.figures(scenario, compiled, precision);
        report.assumptions = self.assumptions(compiled);
        report
    }

    /// The same without the assumptions that the figures rest on, which take a good part of the time.
    pub fn figures(
        &mut self,
        scenario: &Scenario,
        compiled: &Compiled,
        precision: Precision,
    ) -> Report {
        self.means(&compiled.network);
        let latencies = self.percentiles(&compiled.network, precision);
        self.add_up(scenario, compiled, &latencies)
    }

    /// Response times by class, of the network that [`Solver::means`] solved last; `None` for classes without traffic or without a
    /// steady state.
    pub fn percentiles(&mut self, network: &Network, precision: Precision) -> Vec<Option<Latency>> {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        self.prepare_percentiles(network, precision);
        (0..network.classes.len() as u32)
            .map(|class| self.latency(network, class, precision))
            .collect()
    }

    /// Gets ready for [`Solver::latency`].
    pub(crate) fn prepare_percentiles(&mut self, network: &Network, precision: Precision) {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        self.prepare_transforms(network, precision);
    }

    /// Response times of one class of the network that [`Solver::prepare_percentiles`] was told of last, the class by its place in it.
    pub(crate) fn latency(
        &mut self,
        network: &Network,
        class: u32,
        precision: Precision,
    ) -> Option<Latency> {
        let view = self.view();
        let network = view.as_deref().unwrap_or(network);
        let mixture = self.mixture(class)?;
        let mut quantiles = [0.0; 4];
        self.class_quantiles(
            network,
            class,
            &mixture,
            &PROBABILITIES,
            precision,
            &mut quantiles,
        )?;
        let [p50, p95, p99, p999] = quantiles.map(Seconds);
        let deviation = Seconds(libm::sqrt(mixture.variance));
        Some(Latency {
            mean: Seconds(mixture.mean),
            deviation,
            p50,
            p95,
            p99,
            p999,
        })
    }

    /// What of the report is known of the network that [`Solver::means`] solved last before anything takes its time: who is asked how often, how
    /// many machines that takes, and how much is answered well. No times, nothing of what limits it.
    pub(crate) fn outline(&self, scenario: &Scenario, compiled: &Compiled) -> Report {
        let network = &compiled.network;
        let view = self.view();
        let solved = view.as_deref().unwrap_or(network);
        let mut stations: Vec<StationReport> = (0..network.stations.len())
            .map(|index| self.station(solved, index))
            .collect();
        self.even_out_stations(&mut stations);
        let components = self.components(scenario, compiled, &stations, &[]);
        let classes = (0..network.classes.len()).map(|class| {
            let (offered, throughput, goodput) = self.class_rates(class);
            ClassReport {
                class: network.classes[class].class,
                offered,
                throughput,
                goodput,
                latency: None,
                breakdown: Vec::new(),
                completion: None,
                hands_over: false,
                losses: Vec::new(),
                losses_later: Vec::new(),
            }
        });
        Report {
            classes: classes.collect(),
            stations,
            components,
            ..Report::default()
        }
    }

    /// How many requests of a class are sent, answered, and answered well a second.
    fn class_rates(&self, class: usize) -> (PerSecond, PerSecond, PerSecond) {
        let (mut offered, mut throughput, mut goodput) = (0.0, 0.0, 0.0);
        for (rate, node) in self.class_roots(class as u32) {
            let outcome = self.outcomes[node as usize];
            offered += rate;
            throughput += rate * outcome.answered().mass;
            goodput += rate * outcome.success.mass;
        }
        (
            PerSecond(offered),
            PerSecond(throughput),
            PerSecond(goodput),
        )
    }

    /// The report of the network that [`Solver::means`] solved last, with the latencies that [`Solver::percentiles`] gave.
    pub fn report(
        &mut self,
        scenario: &Scenario,
        compiled: &Compiled,
        latencies: &[Option<Latency>],
    ) -> Report {
        let mut report = self.add_up(scenario, compiled, latencies);
        report.assumptions = self.assumptions(compiled);
        report
    }

    /// The same without the assumptions.
    pub(crate) fn add_up(
        &mut self,
        scenario: &Scenario,
        compiled: &Compiled,
        latencies: &[Option<Latency>],
    ) -> Report {
        let view = self.view();
        let network = view.as_deref().unwrap_or(&compiled.network);
        let ways = Ways::new(self, network);
        let mut stations: Vec<StationReport> = (0..network.stations.len())
            .map(|index| self.station(network, index))
            .collect();
        let limits = self.limits(network);
        let crowded = self.crowded(network, &limits);
        for station in self.crowded_stations(&crowded) {
            leave_out_waits(&mut stations[station as usize]);
        }
        self.even_out_stations(&mut stations);
        let places = Places::new(scenario.components.iter().map(|component| component.id.0));
        let mut components = self.components(scenario, compiled, &stations, &crowded);
        let limiting = limits
            .bottleneck
            .as_ref()
            .filter(|bottleneck| bottleneck.utilisation >= 1.0);
        if let Some(limit) = limiting
            && let Some(place) = places.of(limit.component.0)
        {
            let component = &mut components[place];
            component.state = ComponentState::Saturated;
            component.asked = Some(limit.utilisation.max(component.asked.unwrap_or(0.0)));
        }
        let mut report = Report {
            classes: (0..network.classes.len())
                .map(|class| {
                    let places = (&places, scenario.components.len());
                    let mut roots = self.class_roots(class as u32);
                    let stuck = roots.any(|(_, node)| crowded.get(node as usize) == Some(&true));
                    let latency = latencies[class].filter(|_| !stuck);
                    self.class(network, &ways, places, class, latency)
                })
                .collect(),
            stations,
            components,
            links: self.links(scenario, compiled),
            bottleneck: limits.bottleneck,
            next_bottleneck: limits.next,
            sustainable: limits.sustainable,
            head_room: limits.head_room,
            cost: Cost::default(),
            objectives: Vec::new(),
            assumptions: Vec::new(),
        };
        self.even_out_classes(&mut report);
        report
    }

    fn class(
        &self,
        network: &Network,
        ways: &Ways,
        (places, components): (&Places, usize),
        class: usize,
        latency: Option<Latency>,
    ) -> ClassReport {
        let (sent, throughput, goodput) = self.class_rates(class);
        let offered = sent.0;
        let mut losses = Ledger::new(places, components);
        let mut later = Ledger::new(places, components);
        let mut parts = Ledger::new(places, components);
        let (mut detached, mut completion) = (0.0, Some(0.0));
        let mut hands_over = false;
        for flow in self
            .plan
            .flows
            .iter()
            .filter(|flow| flow.class as usize == class && offered > 0.0)
        {
            for index in flow.start..flow.end {
                let rate = self.rates.rate[index as usize];
                if rate <= 0.0 {
                    continue;
                }
                self.losses_at(network, ways, index, offered, [&mut losses, &mut later]);
                let node = &self.plan.nodes[index as usize];
                let step = &network.steps[node.step as usize];
                if let (Step::Detach(_, Aside::HandedOver), Some(&child)) =
                    (step, self.plan.children(node).first())
                {
                    hands_over = true;
                    let done = self.outcomes[child.node as usize].success;
                    detached += rate * done.mass;
                    completion = completion
                        .filter(|_| !self.unsteady[child.node as usize])
                        .map(|sum| sum + rate * done.first);
                }
                if latency.is_some() {
                    self.parts_at(network, ways, index, offered, &mut parts);
                }
            }
        }
        let (mut losses, mut later) = (losses.entries, later.entries);
        let mut parts = parts.entries;
        if let Some(latency) = latency {
            // Requests that are refused on their way have spent time too; the parts speak of those that are answered.
            let sum: f64 = parts.iter().map(|part: &BreakdownPart| part.mean.0).sum();
            if sum > 0.0 {
                parts
                    .iter_mut()
                    .for_each(|part| part.mean = part.mean * (latency.mean.0 / sum));
            }
            parts.retain(|part| part.mean.0 > 1e-12 * latency.mean.0);
        }
        for losses in [&mut losses, &mut later] {
            losses.sort_by(|left: &Loss, right| right.share.total_cmp(&left.share));
        }
        ClassReport {
            class: network.classes[class].class,
            offered: sent,
            throughput,
            goodput,
            latency,
            breakdown: parts,
            completion: completion
                .filter(|_| detached > 0.0)
                .map(|sum| Seconds(sum / detached)),
            hands_over,
            losses,
            losses_later: later,
        }
    }

    fn station(&self, network: &Network, index: usize) -> StationReport {
        let (spec, queue, load) = (
            &network.stations[index],
            &self.queues[index],
            &self.loads[index],
        );
        let classes = network.classes.len();
        let steady = !queue.unbounded && !queue.starving;
        let served = load.rate * queue.admission.pass;
        let service = load.mean_service();
        let wait = if steady {
            Some(self.mean_extra(index, service))
        } else {
            None
        };
        let probability: f64 = if queue.by_class {
            self.parts_of(queue)
                .iter()
                .map(|part| part.probability)
                .fold(0.0, f64::max)
        } else {
            self.parts_of(queue)
                .iter()
                .map(|part| part.share * part.probability)
                .sum()
        };
        let servers = f64::from(spec.servers) * f64::from(self.instances[index]);
        let overloaded = queue.pressure >= 1.0 || !steady;
        let saturation = overloaded.then(|| {
            let limited = matches!(spec.discipline, Discipline::TokenBucket { .. });
            let grows = if limited {
                0.0
            } else if queue.unbounded || queue.starving {
                load.rate * (1.0 - queue.admission.pass - queue.admission.refuse)
            } else {
                (load.rate - servers / service).max(0.0)
            };
            // What is left of a difference of two equal rates is rounding: the load is exactly what can be done.
            let growth = if grows > 1e-6 * load.rate { grows } else { 0.0 };
            let places = spec.capacity.map(|capacity| {
                f64::from(capacity.saturating_sub(spec.servers)) * f64::from(self.instances[index])
            });
            let time_to_overflow = places
                .filter(|_| growth > 0.0)
                .map(|places| Seconds(places / growth));
            Saturation {
                growth: PerSecond(growth),
                time_to_overflow,
                passes: PerSecond(served),
            }
        });
        let mut report = StationReport {
            station: crate::network::StationId(index as u32),
            component: spec.component,
            role: spec.role,
            instances: self.instances[index],
            servers: spec.servers,
            arrival: PerSecond(load.rate),
            offered_load: load.work,
            utilisation: queue.utilisation,
            busiest_utilisation: queue.busiest,
            service: Seconds(service),
            queue_length: wait.map(|wait| served * wait),
            wait_probability: steady.then_some(probability),
            waiting: wait.map(Seconds),
            sojourn: wait.map(|wait| Seconds(wait + service)),
            throughput: PerSecond(served),
            loss: queue.admission.refuse,
            by_class: (0..classes)
                .filter(|class| self.class_loads[index * classes + class].rate > 0.0)
                .map(|class| {
                    let of_class = self.class_loads[index * classes + class];
                    let service = of_class.work / of_class.rate;
                    StationClassReport {
                        class: network.classes[class].class,
                        arrival: PerSecond(of_class.rate),
                        offered_load: of_class.work,
                        service: Seconds(service),
                        waiting: (steady
                            || (queue.starving && self.parts_of(queue)[class].pass >= 1.0))
                            .then(|| Seconds(self.class_extra(index, class, service))),
                    }
                })
                .collect(),
            saturation,
            formula: queue.formula,
        };
        if spec.role == Role::Replay {
            self.report_replay(network, &mut report);
        }
        report
    }

    /// The stations that these nodes wait at without end.
    fn crowded_stations(&self, crowded: &[bool]) -> Vec<u32> {
        let visits = self
            .plan
            .visits
            .iter()
            .map(|visit| (visit.node, visit.station));
        let holds = self.plan.holds.iter().map(|hold| (hold.node, hold.station));
        let stuck = |(node, _): &(u32, u32)| crowded.get(*node as usize) == Some(&true);
        let stations = visits.chain(holds).filter(stuck);
        stations.map(|(_, station)| station).collect()
    }

    /// Mean wait at a station over its groups of instances, seconds.
    pub(super) fn mean_wait(&self, station: usize) -> f64 {
        self.parts_of(&self.queues[station])
            .iter()
            .map(|part| part.share * part.wait)
            .sum()
    }

    pub(super) fn parts_of(&self, queue: &Queue) -> &[super::station::Part] {
        &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize]
    }

    /// Mean time at a station beside the service itself, seconds.
    pub(super) fn mean_extra(&self, station: usize, service: f64) -> f64 {
        let queue = &self.queues[station];
        if queue.by_class {
            let classes = queue.parts as usize;
            let loads = &self.class_loads[station * classes..(station + 1) * classes];
            let rate: f64 = loads.iter().map(|load| load.rate).sum();
            let waiting: f64 = self
                .parts_of(queue)
                .iter()
                .zip(loads)
                .map(|(part, load)| part.wait * load.rate)
                .sum();
            return if rate > 0.0 { waiting / rate } else { 0.0 };
        }
        self.parts_of(&self.queues[station])
            .iter()
            .map(|part| match part.law {
                Law::Sharing(slowdown) => part.share * service * (slowdown.mean - 1.0),
                _ => part.share * part.wait,
            })
            .sum()
    }

    /// The same of one class with this mean service.
    pub(super) fn class_extra(&self, station: usize, class: usize, service: f64) -> f64 {
        let queue = &self.queues[station];
        if queue.by_class {
            self.parts_of(queue)[class].wait
        } else if self.divides_by_class(station as u32) {
            let extra = |(share, part): (f64, &super::station::Part)| match part.law {
                Law::Sharing(slowdown) => share * service * (slowdown.mean - 1.0),
                _ => share * part.wait,
            };
            self.met_by(station as u32, class).map(extra).sum()
        } else {
            self.mean_extra(station, service)
        }
    }
}

/// What a station that is full behind something that holds requests back can't have: how long they wait there depends on how many are
/// held back, and that grows.
fn leave_out_waits(station: &mut StationReport) {
    (station.queue_length, station.wait_probability) = (None, None);
    (station.waiting, station.sojourn) = (None, None);
    for class in &mut station.by_class {
        class.waiting = None;
    }
}
