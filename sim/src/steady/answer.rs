//! The report: the solver's arrays led back to classes, stations, components and links. It decides nothing; it adds up.

use super::Solver;
use super::plan::{Op, Plan};
use super::station::{Law, Queue};
use crate::network::{Compiled, Discipline, Instances, Network, Step};
use crate::report::{
    BreakdownPart, ClassReport, ComponentReport, ComponentState, Cost, Latency, LinkReport, Loss, LossCause, Report, Saturation,
    StationClassReport, StationReport, TimeCause,
};
use crate::scenario::{ClassId, ComponentId, LinkId, Scenario};
use crate::theory::transform::Precision;
use crate::units::{PerSecond, Seconds};
use std::collections::BTreeMap;

/// The percentiles of every latency.
const PROBABILITIES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

impl Solver {
    /// Solves a compiled scenario and reports everything but costs and objectives.
    pub fn solve(&mut self, scenario: &Scenario, compiled: &Compiled, precision: Precision) -> Report {
        self.means(&compiled.network);
        let latencies = self.percentiles(&compiled.network, precision);
        self.report(scenario, compiled, &latencies)
    }

    /// Response times by class, of the network that [`Solver::means`] solved last; `None` for classes without traffic or without a
    /// steady state.
    pub fn percentiles(&mut self, network: &Network, precision: Precision) -> Vec<Option<Latency>> {
        self.prepare_transforms(network, precision);
        (0..network.classes.len() as u32)
            .map(|class| {
                let mixture = self.mixture(class)?;
                let mut quantiles = [0.0; 4];
                self.class_quantiles(network, class, &mixture, &PROBABILITIES, precision, &mut quantiles)?;
                let [p50, p95, p99, p999] = quantiles.map(Seconds);
                let deviation = Seconds(libm::sqrt(mixture.variance));
                Some(Latency { mean: Seconds(mixture.mean), deviation, p50, p95, p99, p999 })
            })
            .collect()
    }

    /// How a class's response time is distributed: P(T > t) and the density (per second) at each of `times` (seconds).
    /// `None` where it has no steady state or nobody sends it. Speaks of the network of which [`Solver::percentiles`] was asked last.
    pub fn distribution(&mut self, network: &Network, class: usize, times: &[f64]) -> Option<Vec<(f64, f64)>> {
        let class = u32::try_from(class).ok()?;
        let mixture = self.mixture(class)?;
        self.class_distribution(network, class, &mixture, times)
    }

    /// The report of the network that [`Solver::means`] solved last, with the latencies that [`Solver::percentiles`] gave.
    pub fn report(&mut self, scenario: &Scenario, compiled: &Compiled, latencies: &[Option<Latency>]) -> Report {
        let network = &compiled.network;
        let ways = Ways::new(self, network);
        let stations: Vec<StationReport> = (0..network.stations.len()).map(|index| self.station(network, index)).collect();
        let limits = self.limits(network);
        let mut components = self.components(scenario, compiled, &stations);
        let limiting = limits.bottleneck.as_ref().filter(|bottleneck| bottleneck.utilisation >= 1.0);
        for component in components.iter_mut().filter(|component| limiting.is_some_and(|limit| limit.component == component.component)) {
            component.state = ComponentState::Saturated;
        }
        Report {
            classes: (0..network.classes.len()).map(|class| self.class(network, &ways, class, latencies[class])).collect(),
            stations,
            components,
            links: self.links(scenario, compiled),
            bottleneck: limits.bottleneck,
            next_bottleneck: limits.next,
            sustainable: limits.sustainable,
            head_room: limits.head_room,
            cost: Cost::default(),
            objectives: Vec::new(),
            assumptions: self.assumptions(network),
        }
    }

    fn class(&self, network: &Network, ways: &Ways, class: usize, latency: Option<Latency>) -> ClassReport {
        let (mut offered, mut throughput, mut goodput) = (0.0, 0.0, 0.0);
        for (rate, node) in self.class_roots(class as u32) {
            let outcome = self.outcomes[node as usize];
            offered += rate;
            throughput += rate * outcome.answered().mass;
            goodput += rate * outcome.success.mass;
        }
        let mut losses = Vec::new();
        let mut parts: Vec<BreakdownPart> = Vec::new();
        let (mut detached, mut completion) = (0.0, Some(0.0));
        for flow in self.plan.flows.iter().filter(|flow| flow.class as usize == class && offered > 0.0) {
            for index in flow.start..flow.end {
                let rate = self.rates.rate[index as usize];
                if rate <= 0.0 {
                    continue;
                }
                self.losses_at(network, ways, index, offered, &mut losses);
                if let (Op::Detach, Some(&child)) = (self.plan.nodes[index as usize].op, self.plan.children(&self.plan.nodes[index as usize]).first()) {
                    detached += rate;
                    let ended = self.outcomes[child.node as usize].ended();
                    completion = completion.filter(|_| !self.unsteady[child.node as usize]).map(|sum| sum + rate * ended.mean());
                }
                if latency.is_some() {
                    self.parts_at(network, ways, index, offered, &mut parts);
                }
            }
        }
        if let Some(latency) = latency {
            // Requests that are refused on their way have spent time too; the parts speak of those that are answered.
            let sum: f64 = parts.iter().map(|part| part.mean.0).sum();
            if sum > 0.0 {
                parts.iter_mut().for_each(|part| part.mean = part.mean * (latency.mean.0 / sum));
            }
            parts.retain(|part| part.mean.0 > 1e-12 * latency.mean.0);
        }
        losses.sort_by(|left, right| right.share.total_cmp(&left.share));
        ClassReport {
            class: network.classes[class].class,
            offered: PerSecond(offered),
            throughput: PerSecond(throughput),
            goodput: PerSecond(goodput),
            latency,
            breakdown: parts,
            completion: completion.filter(|_| detached > 0.0).map(|sum| Seconds(sum / detached)),
            losses,
        }
    }

    /// What is lost at one node, as shares of the class's requests.
    fn losses_at(&self, network: &Network, ways: &Ways, index: u32, offered: f64, losses: &mut Vec<Loss>) {
        let node = &self.plan.nodes[index as usize];
        let (rate, way) = (self.rates.rate[index as usize], ways.of[index as usize]);
        let mut add = |component: ComponentId, cause: LossCause, share: f64| {
            if share > 1e-15 {
                match losses.iter_mut().find(|loss| loss.component == component && loss.cause == cause) {
                    Some(loss) => loss.share += share,
                    None => losses.push(Loss { component, cause, share }),
                }
            }
        };
        match node.op {
            Op::Serve { station, .. } | Op::Hold { pool: station } => {
                let spec = &network.stations[station as usize];
                let class = self.plan.flows[node.flow as usize].class as usize;
                let admission = self.admissions[station as usize * network.classes.len() + class];
                let limited = matches!(spec.discipline, Discipline::TokenBucket { .. });
                let cause = if limited { LossCause::RateLimited } else { LossCause::QueueFull };
                add(spec.component, cause, rate * admission.refuse * way.failing / offered);
                let behind = (1.0 - admission.pass - admission.refuse).max(0.0);
                add(spec.component, LossCause::Backlog, rate * behind * way.staying / offered);
            }
            Op::Fail { probability } => {
                if let Step::Fail { component, .. } = &network.steps[node.step as usize] {
                    let dead_end = network.dead_ends.binary_search(&crate::network::StepId(node.step)).is_ok();
                    let cause = if dead_end { LossCause::NoRoute } else { LossCause::Error };
                    add(*component, cause, rate * probability * way.failing / offered);
                }
            }
            Op::Attempt { index: attempt } if self.timeouts[attempt as usize] > 0.0 => {
                let body = self.plan.children(node)[0].node as usize;
                let tried = self.rates.rate[index as usize]
                    * super::flow::attempts(self.attempt_fails(index), self.plan.attempts[attempt as usize].retries);
                let ends = self.rates.pass[body] + self.rates.fail[body];
                let given_up = 1.0 - ends * (1.0 - self.timeouts[attempt as usize]);
                if let Some(component) = first_component(&self.plan, network, body as u32) {
                    add(component, LossCause::TimedOut, tried * given_up * ways.of[body].failing / offered);
                }
            }
            _ => {}
        }
    }

    pub(super) fn attempt_fails(&self, index: u32) -> f64 {
        let node = &self.plan.nodes[index as usize];
        let Op::Attempt { index: attempt } = node.op else { return 0.0 };
        let body = self.plan.children(node)[0].node as usize;
        super::flow::attempt((self.rates.pass[body], self.rates.fail[body]), self.timeouts[attempt as usize]).1
    }

    /// What one node adds to the class's mean response time.
    fn parts_at(&self, network: &Network, ways: &Ways, index: u32, offered: f64, parts: &mut Vec<BreakdownPart>) {
        let weight = ways.of[index as usize].time / offered;
        if weight <= 0.0 {
            return;
        }
        let mut add = |component: Option<ComponentId>, cause: TimeCause, mean: f64| {
            if mean > 0.0 {
                match parts.iter_mut().find(|part| part.component == component && part.cause == cause) {
                    Some(part) => part.mean = part.mean + Seconds(mean),
                    None => parts.push(BreakdownPart { component, cause, mean: Seconds(mean) }),
                }
            }
        };
        let node = &self.plan.nodes[index as usize];
        match (node.op, &network.steps[node.step as usize]) {
            (Op::Constant { seconds }, Step::Delay { component, .. }) => add(Some(*component), TimeCause::Service, weight * seconds),
            (Op::Constant { seconds }, _) => add(None, TimeCause::Network, weight * seconds),
            (Op::Delay { law }, Step::Delay { component, .. }) => {
                add(Some(*component), TimeCause::Service, weight * self.plan.laws[law as usize].mean);
            }
            (Op::Serve { station, law }, _) => {
                let spec = &network.stations[station as usize];
                let service = self.plan.laws[law as usize].mean;
                let outcome = self.outcomes[index as usize].success;
                let pass = outcome.mass;
                add(Some(spec.component), TimeCause::Service, weight * pass * service);
                let shown = spec.waits_at.unwrap_or(spec.component);
                add(Some(shown), TimeCause::Waiting, weight * (outcome.first - pass * service));
            }
            (Op::Hold { pool }, _) => {
                let spec = &network.stations[pool as usize];
                let class = self.plan.flows[node.flow as usize].class as usize;
                let pass = self.admissions[pool as usize * network.classes.len() + class].pass;
                let shown = spec.waits_at.unwrap_or(spec.component);
                add(Some(shown), TimeCause::WaitingForToken, weight * pass * self.mean_wait(pool as usize));
            }
            (Op::Attempt { .. }, _) => {
                let component = first_component(&self.plan, network, index);
                add(component, TimeCause::Retrying, weight * ways.of[index as usize].retrying);
            }
            _ => {}
        }
    }

    /// Mean wait at a station over its groups of instances, seconds.
    pub(super) fn mean_wait(&self, station: usize) -> f64 {
        self.parts_of(&self.queues[station]).iter().map(|part| part.share * part.wait).sum()
    }

    pub(super) fn parts_of(&self, queue: &Queue) -> &[super::station::Part] {
        &self.parts[queue.first_part as usize..(queue.first_part + queue.parts) as usize]
    }

    fn station(&self, network: &Network, index: usize) -> StationReport {
        let (spec, queue, load) = (&network.stations[index], &self.queues[index], &self.loads[index]);
        let classes = network.classes.len();
        let steady = !queue.unbounded && !queue.starving;
        let served = load.rate * queue.admission.pass;
        let service = load.mean_service();
        let wait = if steady { Some(self.mean_extra(index, service)) } else { None };
        let probability: f64 = if queue.by_class {
            self.parts_of(queue).iter().map(|part| part.probability).fold(0.0, f64::max)
        } else {
            self.parts_of(queue).iter().map(|part| part.share * part.probability).sum()
        };
        let servers = f64::from(spec.servers) * f64::from(self.instances[index]);
        let overloaded = queue.pressure >= 1.0 || !steady;
        let saturation = overloaded.then(|| {
            let limited = matches!(spec.discipline, Discipline::TokenBucket { .. });
            let growth = if limited {
                0.0
            } else if queue.unbounded || queue.starving {
                load.rate * (1.0 - queue.admission.pass - queue.admission.refuse)
            } else {
                (load.rate - servers / service).max(0.0)
            };
            let places = spec.capacity.map(|capacity| f64::from(capacity.saturating_sub(spec.servers)) * f64::from(self.instances[index]));
            let time_to_overflow = places.filter(|_| growth > 0.0).map(|places| Seconds(places / growth));
            Saturation { growth: PerSecond(growth), time_to_overflow, passes: PerSecond(served) }
        });
        StationReport {
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
                        waiting: (steady || (queue.starving && self.parts_of(queue)[class].pass >= 1.0))
                            .then(|| Seconds(self.class_extra(index, class, service))),
                    }
                })
                .collect(),
            saturation,
            formula: queue.formula,
        }
    }

    /// Mean time at a station beside the service itself, seconds.
    fn mean_extra(&self, station: usize, service: f64) -> f64 {
        let queue = &self.queues[station];
        if queue.by_class {
            let classes = queue.parts as usize;
            let loads = &self.class_loads[station * classes..(station + 1) * classes];
            let rate: f64 = loads.iter().map(|load| load.rate).sum();
            let waiting: f64 = self.parts_of(queue).iter().zip(loads).map(|(part, load)| part.wait * load.rate).sum();
            return if rate > 0.0 { waiting / rate } else { 0.0 };
        }
        self.parts_of(&self.queues[station])
            .iter()
            .map(|part| match part.law {
                Law::Sharing { slowdown, .. } => part.share * service * (slowdown - 1.0),
                _ => part.share * part.wait,
            })
            .sum()
    }

    /// The same of one class with this mean service.
    fn class_extra(&self, station: usize, class: usize, service: f64) -> f64 {
        let queue = &self.queues[station];
        if queue.by_class { self.parts_of(queue)[class].wait } else { self.mean_extra(station, service) }
    }

    fn components(&self, scenario: &Scenario, compiled: &Compiled, stations: &[StationReport]) -> Vec<ComponentReport> {
        let network = &compiled.network;
        let mut reports: Vec<ComponentReport> = scenario
            .components
            .iter()
            .map(|component| ComponentReport {
                component: component.id,
                arrival: PerSecond(0.0),
                utilisation: None,
                busiest: None,
                queue_length: Some(0.0),
                sojourn: None,
                hit_ratio: None,
                instances: None,
                state: ComponentState::Idle,
            })
            .collect();
        let place = |id: ComponentId| scenario.components.iter().position(|component| component.id == id);
        let places: Vec<Option<usize>> = if reports.len() <= 32 {
            Vec::new()
        } else {
            // A table by id saves a search for every station of a large drawing.
            let most = scenario.components.iter().map(|component| component.id.0).max().unwrap_or(0) as usize;
            let mut table = vec![None; if most < 1 << 20 { most + 1 } else { 0 }];
            for (index, component) in scenario.components.iter().enumerate() {
                if let Some(entry) = table.get_mut(component.id.0 as usize) {
                    *entry = Some(index);
                }
            }
            table
        };
        let place = |id: ComponentId| places.get(id.0 as usize).copied().unwrap_or_else(|| place(id));
        self.entries(compiled, &mut reports);
        let mut pressures = vec![0.0_f64; reports.len()];
        for (index, station) in stations.iter().enumerate() {
            let spec = &network.stations[index];
            let Some(owner) = place(station.component) else { continue };
            let report = &mut reports[owner];
            let limited = !matches!(spec.discipline, Discipline::Infinite);
            if limited {
                report.instances = Some(report.instances.map_or(station.instances, |most| most.max(station.instances)));
                let busier = report.utilisation.is_none_or(|utilisation| station.busiest_utilisation > utilisation);
                if busier {
                    report.utilisation = Some(station.busiest_utilisation);
                    report.busiest = Some(station.station);
                }
                pressures[owner] = pressures[owner].max(self.queues[index].busiest_pressure);
                if self.queues[index].unbounded {
                    pressures[owner] = pressures[owner].max(1.0);
                }
            }
            let Some(waiting_room) = place(spec.waits_at.unwrap_or(spec.component)) else { continue };
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
    fn entries(&self, compiled: &Compiled, reports: &mut [ComponentReport]) {
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
            *steady &= !self.unsteady[index];
        }
        for (report, (ends, time, steady)) in reports.iter_mut().zip(times) {
            report.sojourn = (ends > 0.0 && steady).then(|| Seconds(time / ends));
        }
        // Clients send, and nothing reaches them: what they send is what their node shows.
        for (source, rate) in compiled.network.sources.iter().zip(&self.sources) {
            if let Some(report) = reports.iter_mut().find(|report| report.component == source.component) {
                report.arrival = report.arrival + PerSecond(*rate);
            }
        }
    }

    fn hit_ratios(&self, network: &Network, place: &impl Fn(ComponentId) -> Option<usize>, reports: &mut [ComponentReport]) {
        if self.plan.lookups.is_empty() {
            return;
        }
        let classes = network.classes.len();
        let mut answered = vec![(0.0, 0.0); reports.len()];
        for (index, store) in network.stores.iter().enumerate() {
            let Some(owner) = place(store.component) else { continue };
            for class in index * classes..(index + 1) * classes {
                answered[owner].0 += self.lookups[class];
                answered[owner].1 += self.lookups[class] * self.hits[class];
            }
        }
        for (report, (asked, hit)) in reports.iter_mut().zip(answered) {
            report.hit_ratio = (asked > 0.0).then(|| hit / asked);
        }
    }

    fn links(&self, scenario: &Scenario, compiled: &Compiled) -> Vec<LinkReport> {
        let mut reports: Vec<LinkReport> = scenario
            .links
            .iter()
            .enumerate()
            .map(|(index, link)| LinkReport {
                link: link.id,
                rate: PerSecond(0.0),
                asynchronous: compiled.asynchronous_links.get(index).copied().unwrap_or(false),
            })
            .collect();
        let most = scenario.links.iter().map(|link| link.id.0).max().unwrap_or(0) as usize;
        let mut table = vec![u32::MAX; if most < 1 << 20 { most + 1 } else { 0 }];
        for (index, link) in scenario.links.iter().enumerate() {
            if let Some(entry) = table.get_mut(link.id.0 as usize) {
                *entry = index as u32;
            }
        }
        for (node, rate) in self.plan.nodes.iter().zip(&self.rates.rate) {
            if let Step::Hop { link: Some(link), .. } = &compiled.network.steps[node.step as usize] {
                let known = table.get(link.0 as usize).map(|index| *index as usize);
                let index = known.or_else(|| scenario.links.iter().position(|candidate| candidate.id == *link));
                if let Some(report) = index.and_then(|index| reports.get_mut(index)) {
                    report.rate = report.rate + PerSecond(*rate);
                }
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
        let mut places: BTreeMap<LinkId, usize> = BTreeMap::new();
        let mut rates: Vec<f64> = Vec::new();
        for (node, rate) in self.plan.nodes.iter().zip(&self.rates.rate) {
            if let Step::Hop { link: Some(link), .. } = &network.steps[node.step as usize] {
                let place = *places.entry(*link).or_insert_with(|| {
                    rates.resize(rates.len() + classes, 0.0);
                    rates.len() - classes
                });
                rates[place + self.plan.flows[node.flow as usize].class as usize] += rate;
            }
        }
        let of_link = |(link, place): (LinkId, usize)| {
            let rates = &rates;
            (0..classes).filter(move |class| rates[place + class] > 0.0).map(move |class| Calls {
                link,
                class: network.classes[class].class,
                rate: PerSecond(rates[place + class]),
            })
        };
        places.into_iter().flat_map(of_link).collect()
    }
}

/// What a visit of a node means to the request it belongs to.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// Rate of visits whose time the caller waits for, parallel parts by the share they add.
    time: f64,
    /// Probability that a failure here fails the request.
    failing: f64,
    /// Probability that a backlog here keeps the request for ever.
    staying: f64,
    /// Mean time that further attempts add to a visit of an attempt node, seconds.
    retrying: f64,
}

/// The ways of all nodes.
struct Ways {
    of: Vec<Way>,
}

impl Ways {
    fn new(solver: &Solver, network: &Network) -> Self {
        let plan = &solver.plan;
        let mut of = vec![Way::default(); plan.nodes.len()];
        // Failing and staying are means over the visits of a node, weighted by rate: several ways may lead to it.
        for root in &plan.roots {
            let rate = solver.sources[root.source as usize] * root.share;
            let way = &mut of[root.node as usize];
            way.time += rate;
            way.failing += rate;
            way.staying += rate;
        }
        for index in (0..plan.nodes.len()).rev() {
            let rate = solver.rates.rate[index];
            if rate <= 0.0 {
                continue;
            }
            of[index].failing = (of[index].failing / rate).min(1.0);
            of[index].staying = (of[index].staying / rate).min(1.0);
            spread(solver, network, index, &mut of);
        }
        Ways { of }
    }
}

/// Hands a node's way on to its children.
fn spread(solver: &Solver, network: &Network, index: usize, of: &mut [Way]) {
    let plan = &solver.plan;
    let (node, rate, way) = (&plan.nodes[index], solver.rates.rate[index], of[index]);
    let children = plan.children(node);
    let mut hand = |child: u32, visits: f64, time: f64, failing: f64, staying: f64| {
        let below = &mut of[child as usize];
        below.time += time;
        below.failing += visits * failing;
        below.staying += visits * staying;
    };
    match node.op {
        Op::Sequence => {
            let mut through = 1.0;
            for child in children {
                hand(child.node, rate * through, way.time * through, way.failing, way.staying);
                through *= solver.rates.pass[child.node as usize];
            }
        }
        Op::Branch => {
            for child in children {
                hand(child.node, rate * child.weight, way.time * child.weight, way.failing, way.staying);
            }
        }
        Op::Lookup { store } => {
            let hit = solver.context(network, &[]).hit(store, node.flow);
            for (child, weight) in children.iter().zip([hit, 1.0 - hit]) {
                hand(child.node, rate * weight, way.time * weight, way.failing, way.staying);
            }
        }
        Op::Hold { pool } => {
            let class = plan.flows[node.flow as usize].class as usize;
            let pass = solver.admissions[pool as usize * network.classes.len() + class].pass;
            hand(children[0].node, rate * pass, way.time * pass, way.failing, way.staying);
        }
        Op::Repeat { count } => {
            let times = super::flow::repetitions(solver.rates.pass[children[0].node as usize], count);
            hand(children[0].node, rate * times, way.time * times, way.failing, way.staying);
        }
        Op::Detach => hand(children[0].node, rate, 0.0, 0.0, 0.0),
        Op::Parallel | Op::Quorum { .. } => {
            let fails: f64 = children.iter().map(|child| solver.rates.fail[child.node as usize]).sum();
            let share = if fails > 0.0 { (solver.rates.fail[index] / fails).min(1.0) } else { 1.0 };
            let means: Vec<f64> = children.iter().map(|child| solver.outcomes[child.node as usize].ended().mean()).collect();
            let whole = solver.outcomes[index].ended().mean();
            let (mut longest, mut sum) = (0, 0.0);
            for (place, mean) in means.iter().enumerate() {
                sum += mean;
                if *mean > means[longest] {
                    longest = place;
                }
            }
            for (place, child) in children.iter().enumerate() {
                // The longest counts as it is (or as far as a quorum waits for it), the others by what they add.
                let counted = if place == longest {
                    whole.min(means[longest])
                } else if sum > means[longest] {
                    (whole - means[longest]).max(0.0) * means[place] / (sum - means[longest])
                } else {
                    0.0
                };
                let factor = if means[place] > 0.0 { counted / means[place] } else { 0.0 };
                hand(child.node, rate, way.time * factor, way.failing * share, way.staying);
            }
        }
        Op::Attempt { index: attempt } => {
            let body = children[0].node;
            let rule = plan.attempts[attempt as usize];
            let fail = solver.attempt_fails(index as u32);
            let tried = super::flow::attempts(fail, rule.retries);
            // Of all failed attempts only the last one fails the request.
            let last = if fail > 0.0 { libm::pow(fail, f64::from(rule.retries) + 1.0) / (fail * tried) } else { 0.0 };
            let whole = solver.outcomes[index].ended().mean();
            let once = solver.outcomes[body as usize].ended().mean();
            let first = super::first_attempt(&solver.outcomes[body as usize], solver.timeouts[attempt as usize], rule.timeout);
            let factor = if once > 0.0 { first / once } else { 0.0 };
            let staying = if rule.timeout.is_finite() { 0.0 } else { way.staying };
            hand(body, rate * tried, way.time * factor, way.failing * last, staying);
            of[index].retrying = (whole - first).max(0.0);
        }
        Op::Done | Op::Constant { .. } | Op::Delay { .. } | Op::Serve { .. } | Op::Fail { .. } => {}
    }
}

/// The component that a route reaches first.
pub(super) fn first_component(plan: &Plan, network: &Network, index: u32) -> Option<ComponentId> {
    let node = &plan.nodes[index as usize];
    match (&network.steps[node.step as usize], node.op) {
        (Step::Delay { component, .. } | Step::Fail { component, .. }, _) => Some(*component),
        (_, Op::Serve { station, .. } | Op::Hold { pool: station }) => Some(network.stations[station as usize].component),
        _ => plan.children(node).iter().find_map(|child| first_component(plan, network, child.node)),
    }
}

/// Most instances a station may have.
pub(super) fn most_instances(instances: &Instances, now: u32) -> u32 {
    match instances {
        Instances::Fixed(_) => now,
        Instances::Scaled { maximum, .. } => (*maximum).max(1),
    }
}
