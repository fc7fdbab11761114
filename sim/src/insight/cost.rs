//! What a design costs a month: machines, calls, storage and traffic at the catalog's prices and the day's average load. It knows
//! prices and rates, not how the rates came about.

use super::reach::cheapest_gigabyte;
use crate::catalog::{self, Choice, Kind, Parameter, Value, ZoneKind};
use crate::network::{Arrivals, Instances, Network};
use crate::report::{ComponentReport, Cost, Report};
use crate::scenario::places::Places;
use crate::scenario::{ClassId, Component, ComponentId, RequestClass, Scenario, Zone};
use crate::steady::Calls;
use crate::units::{DollarsPerMonth, PerSecond, SECONDS_PER_MONTH};

/// Bytes in the gigabyte that transfer is priced by.
pub(super) const BYTES_PER_GIGABYTE: f64 = 1e9;
/// Places of the day at which an autoscaled pool's size is looked up.
const HOURS_OF_THE_DAY: u32 = 96;

/// Prices a solved design. `calls` are the rates along links by class at the daily peak, as the solver gives them.
pub fn cost(scenario: &Scenario, network: &Network, report: &Report, calls: &[Calls]) -> Cost {
    let day = Day::of(network);
    let mut components = Vec::new();
    let drawn = Drawn::new(scenario, report, calls);
    let measured = Places::new(
        report
            .components
            .iter()
            .map(|component| component.component.0),
    );
    let scaled = scaled_stations(network, report);
    for (place, component) in scenario.components.iter().enumerate() {
        let measured = measured
            .of(component.id.0)
            .map(|found| &report.components[found]);
        let price = machines(component, &scaled, &day)
            + storage(component)
            + usage(component, measured, &day)
            + passed_on(component, &drawn, place, &day);
        if price > 0.0 {
            components.push((component.id, DollarsPerMonth(price)));
        }
    }
    let traffic = DollarsPerMonth(traffic(scenario, &drawn, &day));
    let total = components
        .iter()
        .map(|(_, price)| *price)
        .sum::<DollarsPerMonth>()
        + traffic;
    Cost {
        total,
        components,
        traffic,
        least: DollarsPerMonth(least(scenario, &drawn, &day)),
    }
}

/// A class's calls along a link, led back to the drawing.
struct LinkCalls<'a> {
    /// Places of the caller and the called in the document.
    from: Option<usize>,
    to: Option<usize>,
    class: &'a RequestClass,
    rate: PerSecond,
    /// The share of them that is answered well: clients pay for no answer that never comes. 1 where others call, who are held back by what
    /// they wait for.
    answered: f64,
}

/// All calls, and whom they reach.
struct Drawn<'a> {
    calls: Vec<LinkCalls<'a>>,
    /// Places of calls in `calls`, sorted by whom they reach.
    arriving: Vec<(usize, usize)>,
}

impl<'a> Drawn<'a> {
    fn new(scenario: &'a Scenario, report: &Report, calls: &[Calls]) -> Self {
        let answered = |class: ClassId| {
            let mut classes = report.classes.iter();
            let own = classes.find(|own| own.class == class && own.offered.0 > 0.0);
            own.map_or(1.0, |own| (own.goodput.0 / own.offered.0).clamp(0.0, 1.0))
        };
        let links = Places::new(scenario.links.iter().map(|link| link.id.0));
        let components = Places::new(scenario.components.iter().map(|component| component.id.0));
        let calls: Vec<LinkCalls<'a>> = calls
            .iter()
            .filter_map(|calls| {
                let link = &scenario.links[links.of(calls.link.0)?];
                let from = components.of(link.from.0);
                let sent = from.is_some_and(|from| scenario.components[from].kind == Kind::Clients);
                Some(LinkCalls {
                    from,
                    to: components.of(link.to.0),
                    class: scenario.class(calls.class)?,
                    rate: calls.rate,
                    answered: if sent { answered(calls.class) } else { 1.0 },
                })
            })
            .collect();
        let arriving = calls.iter().zip(0..);
        let mut arriving: Vec<(usize, usize)> = arriving
            .filter_map(|(call, place)| Some((call.to?, place)))
            .collect();
        arriving.sort_unstable();
        Drawn { calls, arriving }
    }

    /// The calls that reach the component at this place.
    fn arriving(&self, component: usize) -> impl Iterator<Item = &LinkCalls<'a>> {
        let first = self.arriving.partition_point(|(to, _)| *to < component);
        self.arriving[first..]
            .iter()
            .take_while(move |(to, _)| *to == component)
            .map(|(_, place)| &self.calls[*place])
    }
}

/// How the load of a day lies below its peak: a sinusoid between the trough and the peak.
struct Day {
    /// The trough as a share of the peak, over all sources by their rates.
    trough: f64,
}

impl Day {
    fn of(network: &Network) -> Self {
        let (mut peak, mut low) = (0.0, 0.0);
        for source in &network.sources {
            match source.arrivals {
                Arrivals::Open {
                    peak: rate,
                    trough_share,
                    ..
                } => {
                    peak += rate.0;
                    low += rate.0 * trough_share.clamp(0.0, 1.0);
                }
                // Closed populations are there all day.
                Arrivals::Closed { .. } => return Day { trough: 1.0 },
            }
        }
        Day {
            trough: if peak > 0.0 { low / peak } else { 1.0 },
        }
    }

    /// The load at this part of the day (0 to 1) as a share of the peak.
    fn at(&self, part: f64) -> f64 {
        0.5 * (1.0 + self.trough)
            + 0.5 * (1.0 - self.trough) * libm::sin(2.0 * std::f64::consts::PI * part)
    }

    /// The mean load as a share of the peak.
    fn mean(&self) -> f64 {
        0.5 * (1.0 + self.trough)
    }
}

/// What a bill is the average of.
#[derive(Clone, Debug, PartialEq)]
pub struct OverTheDay {
    /// The day's mean load as a share of the peak's, 0 to 1.
    pub load: f64,
    /// What scales by itself.
    pub pools: Vec<PoolOverDay>,
}

/// The instances of a part that scales by itself, taken to follow the load without delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolOverDay {
    /// Which.
    pub component: ComponentId,
    /// Their average over the day, which is paid for.
    pub average: f64,
    /// As many as there are at the peak.
    pub peak: f64,
}

/// What the bill of a solved design is the average of.
pub fn over_the_day(network: &Network, report: &Report) -> OverTheDay {
    let day = Day::of(network);
    let scaled = scaled_stations(network, report);
    let mut components: Vec<ComponentId> = scaled.iter().map(|own| own.component).collect();
    components.dedup();
    // A day that is all peak.
    let peak = Day { trough: 1.0 };
    let pools = components.into_iter().filter_map(|component| {
        Some(PoolOverDay {
            component,
            average: average_instances(component, &scaled, &day)?,
            peak: average_instances(component, &scaled, &peak)?,
        })
    });
    OverTheDay {
        load: day.mean(),
        pools: pools.collect(),
    }
}

/// Instances, nodes, shards or databases times their price; autoscaled ones by the day's average.
fn machines(component: &Component, scaled: &[Scaled], day: &Day) -> f64 {
    let price = component.number(Parameter::InstancePrice);
    if price <= 0.0 {
        return 0.0;
    }
    let count = fixed_count(component).unwrap_or_else(|| {
        average_instances(component.id, scaled, day)
            .unwrap_or_else(|| component.number(Parameter::MinimumInstances))
    });
    count.max(0.0) * price * size(component)
}

/// Machines that are paid for whatever comes; `None` where an autoscaler decides.
pub(super) fn fixed_count(component: &Component) -> Option<f64> {
    match component.kind {
        Kind::ShardedDatabase => Some(component.number(Parameter::Shards)),
        Kind::FederatedDatabase => Some(component.number(Parameter::Databases)),
        Kind::SqlPrimary | Kind::SingleBox => Some(1.0),
        _ if component.flag(Parameter::Autoscaling) => None,
        _ => Some(component.number(Parameter::Instances)),
    }
}

/// How large the machine is against the catalog's, whose price it has: by its cores or its memory, whichever grew more, and by the
/// speed of its cores. Within a cloud's machine family prices are in proportion to size (EC2's m7g: 0.0408 $/h for each vCPU, 4 GiB
/// with it, from medium to 16xlarge).
pub(super) fn size(component: &Component) -> f64 {
    let grown = |parameter: Parameter| {
        let default = catalog::parameter(component.kind, parameter)?.default;
        match default {
            Value::Number(default) if default > 0.0 => Some(component.number(parameter) / default),
            _ => None,
        }
    };
    let largest = [Parameter::Cores, Parameter::Memory, Parameter::CacheSize]
        .into_iter()
        .filter_map(grown)
        .fold(None, |largest: Option<f64>, ratio| {
            Some(largest.map_or(ratio, |largest| largest.max(ratio)))
        });
    largest.unwrap_or(1.0) * grown(Parameter::CoreSpeed).unwrap_or(1.0)
}

/// A station that an autoscaler sizes.
struct Scaled {
    component: ComponentId,
    /// Instances that the load at the peak asks for.
    needed: f64,
    minimum: f64,
    maximum: f64,
}

/// The autoscaled stations by component. Threads and connections count: autoscalers follow whatever is busiest.
fn scaled_stations(network: &Network, report: &Report) -> Vec<Scaled> {
    let mut found = Vec::new();
    for station in &report.stations {
        let Instances::Scaled {
            minimum,
            maximum,
            policy,
            ..
        } = network.station(station.station).instances
        else {
            continue;
        };
        found.push(Scaled {
            component: station.component,
            needed: station.offered_load / (f64::from(station.servers) * policy.most_utilisation()),
            minimum: f64::from(minimum),
            maximum: f64::from(maximum),
        });
    }
    found.sort_by_key(|station| station.component);
    found
}

/// The average over the day of what an autoscaler wants, taken to follow the load without delay.
fn average_instances(component: ComponentId, scaled: &[Scaled], day: &Day) -> Option<f64> {
    let first = scaled.partition_point(|station| station.component < component);
    let own = scaled[first..]
        .iter()
        .take_while(|station| station.component == component);
    let wanted = own.fold(None, |wanted: Option<(f64, f64, f64)>, station| {
        let most = wanted.map_or(0.0, |(most, _, _)| most);
        Some((station.needed.max(most), station.minimum, station.maximum))
    });
    let (needed, minimum, maximum) = wanted?;
    let sum: f64 = (0..HOURS_OF_THE_DAY)
        .map(|part| needed * day.at((f64::from(part) + 0.5) / f64::from(HOURS_OF_THE_DAY)))
        .map(|needed| (needed - 1e-9).ceil().clamp(minimum, maximum.max(minimum)))
        .sum();
    Some(sum / f64::from(HOURS_OF_THE_DAY))
}

/// What is kept, once for every copy that the kind keeps.
pub(super) fn storage(component: &Component) -> f64 {
    let copies = match component.kind {
        Kind::ReadReplica => component.number(Parameter::Instances),
        Kind::KeyValueStore => component.number(Parameter::ReplicationFactor).max(1.0),
        _ => 1.0,
    };
    component.number(Parameter::StoredData) * component.number(Parameter::StoragePrice) * copies
}

/// Calls by the million, and executions by their memory and time.
fn usage(component: &Component, measured: Option<&ComponentReport>, day: &Day) -> f64 {
    let Some(measured) = measured else {
        return 0.0;
    };
    let calls = measured.arrival.0 * day.mean() * SECONDS_PER_MONTH;
    let by_call = calls * component.number(Parameter::MillionCallsPrice) / 1e6;
    let seconds = measured.sojourn.map_or(0.0, |sojourn| sojourn.0);
    let by_time = calls
        * seconds
        * component.number(Parameter::Memory)
        * component.number(Parameter::GigabyteSecondsPrice)
        / 1e6;
    by_call + by_time
}

/// Whether some part is paid for by how long its work takes.
pub(super) fn goes_by_time(scenario: &Scenario) -> bool {
    let timed = |kind| catalog::parameter(kind, Parameter::GigabyteSecondsPrice).is_some();
    scenario.components.iter().any(|own| timed(own.kind))
}

/// What a part charges for each gigabyte that it passes on to its callers (client populations pay for theirs as traffic).
fn passed_on(component: &Component, drawn: &Drawn<'_>, place: usize, day: &Day) -> f64 {
    let price = component.number(Parameter::TransferPrice);
    if component.kind == Kind::Clients || price <= 0.0 {
        return 0.0;
    }
    let gigabytes: f64 = drawn
        .arriving(place)
        .map(|call| call.rate.0 * call.answered * bytes_passed_on(component, call.class))
        .sum::<f64>()
        * day.mean()
        * SECONDS_PER_MONTH
        / BYTES_PER_GIGABYTE;
    gigabytes * price
}

/// What a part passes on for each call that reaches it, in bytes.
pub(super) fn bytes_passed_on(component: &Component, class: &RequestClass) -> f64 {
    let request = if component.kind == Kind::LoadBalancer {
        class.request_bytes
    } else {
        0.0
    };
    class.response_bytes + request
}

/// What a call's bytes cost on their way, times the bytes of a gigabyte. Without zones, no place is known.
pub(super) fn price_between(
    caller: &Component,
    called: &Component,
    class: &RequestClass,
    places: Option<(&Place<'_>, &Place<'_>)>,
) -> f64 {
    if caller.kind == Kind::Clients {
        // An edge charges for what it sends to clients itself.
        let edge = matches!(called.kind, Kind::Cdn | Kind::Dns);
        if edge {
            0.0
        } else {
            caller.number(Parameter::TransferPrice) * class.response_bytes
        }
    } else if matches!(called.kind, Kind::ThirdPartyApi | Kind::Dns) {
        0.0
    } else {
        places.map_or(0.0, |(from, to)| from.price_to(to, class))
    }
}

/// Answers that leave for clients, and everything that crosses regions or availability zones.
fn traffic(scenario: &Scenario, drawn: &Drawn<'_>, day: &Day) -> f64 {
    let places: Vec<Place<'_>> = if scenario.zones.is_empty() {
        Vec::new()
    } else {
        let components = scenario.components.iter();
        components
            .map(|component| Place::of(scenario, component))
            .collect()
    };
    let mut by_second = 0.0;
    for call in &drawn.calls {
        let (Some(from), Some(to)) = (call.from, call.to) else {
            continue;
        };
        let (caller, called) = (&scenario.components[from], &scenario.components[to]);
        let both = places.get(from).zip(places.get(to));
        let price = price_between(caller, called, call.class, both);
        by_second += call.rate.0 * call.answered * price / BYTES_PER_GIGABYTE;
    }
    by_second * day.mean() * SECONDS_PER_MONTH
}

/// What the answers to clients who send at a given rate cost at least. Those of a fixed number of users depend on how fast they come.
fn least(scenario: &Scenario, drawn: &Drawn<'_>, day: &Day) -> f64 {
    let mut by_second = 0.0;
    for call in &drawn.calls {
        let (Some(from), Some(to)) = (call.from, call.to) else {
            continue;
        };
        let (caller, called) = (&scenario.components[from], &scenario.components[to]);
        let given = caller.kind == Kind::Clients
            && caller.choice(Parameter::Traffic) != Some(Choice::Closed)
            && called.kind != Kind::Dns;
        if given {
            let price = cheapest_gigabyte(scenario, caller);
            let answers = call.rate.0 * call.answered;
            by_second += answers * call.class.response_bytes * price / BYTES_PER_GIGABYTE;
        }
    }
    by_second * day.mean() * SECONDS_PER_MONTH
}

/// Where a component lies, as far as transfer prices are concerned.
pub(super) struct Place<'a> {
    region: Option<&'a Zone>,
    availability_zone: Option<&'a Zone>,
}

impl<'a> Place<'a> {
    pub(super) fn of(scenario: &'a Scenario, component: &Component) -> Self {
        let zones = scenario.zones_of(component);
        let innermost = |kind: ZoneKind| zones.iter().copied().find(|zone| zone.kind == kind);
        Place {
            region: innermost(ZoneKind::Region),
            availability_zone: innermost(ZoneKind::AvailabilityZone),
        }
    }

    /// What one call costs between here and there, request and answer, times the bytes of a gigabyte.
    fn price_to(&self, to: &Place<'_>, class: &RequestClass) -> f64 {
        let leaving =
            |zone: Option<&Zone>| zone.map_or(0.0, |zone| zone.number(Parameter::TransferPrice));
        let differ = |one: Option<&Zone>, other: Option<&Zone>| matches!((one, other), (Some(one), Some(other)) if one.id != other.id);
        if differ(self.region, to.region) {
            class.request_bytes * leaving(self.region) + class.response_bytes * leaving(to.region)
        } else if differ(self.availability_zone, to.availability_zone) {
            // Between availability zones both the sending and the receiving side pay.
            2.0 * (class.request_bytes * leaving(self.availability_zone)
                + class.response_bytes * leaving(to.availability_zone))
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Link, LinkId, Point, Scenario};

    fn sized(kind: Kind, parameters: &[(Parameter, f64)]) -> f64 {
        let mut component = Component::new(ComponentId(1), kind, "part", Point::default());
        for (parameter, value) in parameters {
            component
                .parameters
                .insert(*parameter, Value::Number(*value));
        }
        size(&component)
    }

    #[test]
    fn a_machine_twice_as_large_or_as_fast_costs_twice_as_much() {
        assert_eq!(sized(Kind::Service, &[]), 1.0);
        assert_eq!(sized(Kind::Service, &[(Parameter::Cores, 4.0)]), 2.0);
        assert_eq!(sized(Kind::Service, &[(Parameter::Cores, 1.0)]), 0.5);
        assert_eq!(sized(Kind::Service, &[(Parameter::CoreSpeed, 2.0)]), 2.0);
        // The family's cores and memory grow together: both doubled is one step, not two.
        assert_eq!(
            sized(
                Kind::SqlPrimary,
                &[(Parameter::Cores, 8.0), (Parameter::Memory, 64.0)]
            ),
            2.0
        );
        assert_eq!(sized(Kind::SqlPrimary, &[(Parameter::Memory, 64.0)]), 2.0);
    }

    /// Users' requests, balanced over a service of this many threads a machine, which asks a third party that takes this long, milliseconds.
    fn asking(threads: f64, takes: f64) -> Scenario {
        let mut scenario = Scenario::default();
        let kinds = [
            Kind::Clients,
            Kind::LoadBalancer,
            Kind::Service,
            Kind::ThirdPartyApi,
        ];
        for (kind, id) in kinds.into_iter().zip(1..) {
            let part = Component::new(ComponentId(id), kind, "part", Point::default());
            scenario.components.push(part);
        }
        for id in 1..=3 {
            let link = Link::new(LinkId(id), ComponentId(id), ComponentId(id + 1));
            scenario.links.push(link);
        }
        let mut set = |part: usize, parameter, number| {
            let parameters = &mut scenario.components[part].parameters;
            parameters.insert(parameter, Value::Number(number));
        };
        set(0, Parameter::RequestRate, 1_000.0);
        set(2, Parameter::Threads, threads);
        set(2, Parameter::ServiceTime, 0.5);
        set(2, Parameter::MaximumInstances, 100.0);
        set(2, Parameter::TargetUtilisation, 0.5);
        set(3, Parameter::ResponseTime, takes);
        let service = &mut scenario.components[2].parameters;
        service.insert(Parameter::Autoscaling, Value::Flag(true));
        scenario
    }

    #[test]
    fn machines_are_paid_for_that_only_hold_threads() {
        // 1,000 a second are held for a fifth of a second each: at a half, by 40 machines of 10 threads, or by fewer than the least of 1,000.
        for (threads, takes, machines) in [(10.0, 199.0, 40), (1_000.0, 199.0, 2)] {
            let scenario = asking(threads, takes);
            let analysis = crate::analysis::analyse(&scenario);
            let report = &analysis.report;
            let own = |id: u32| report.components.iter().find(|own| own.component.0 == id);
            let instances = own(3).and_then(|own| own.instances).expect("instances");
            assert!(instances.abs_diff(machines) <= 1, "{instances}");
            let day = Day { trough: 1.0 };
            let scaled = scaled_stations(&analysis.compiled.network, report);
            let paid = average_instances(ComponentId(3), &scaled, &day).expect("scaled");
            assert!(
                (paid - f64::from(instances)).abs() < 1e-9,
                "{paid} {instances}"
            );
        }
    }

    #[test]
    fn a_bill_is_of_the_average_of_the_day_and_says_how_many_that_are_of_how_many() {
        let mut scenario = asking(10.0, 199.0);
        let clients = &mut scenario.components[0].parameters;
        clients.insert(Parameter::NightShare, Value::Number(0.2));
        clients.insert(Parameter::TrafficProfile, Value::Choice(Choice::Daily));
        let analysis = crate::analysis::analyse(&scenario);
        let over = over_the_day(&analysis.compiled.network, &analysis.report);
        assert!((over.load - 0.6).abs() < 1e-12, "{}", over.load);
        let [pool] = over.pools[..] else {
            panic!("{over:?}");
        };
        assert_eq!((pool.component, pool.peak), (ComponentId(3), 40.0));
        // Three fifths of what the peak asks for, rounded up to whole machines, which is half a machine on average.
        assert!((pool.average - (0.6 * 40.0 + 0.5)).abs() < 0.5, "{pool:?}");
        let paid = scenario.components[2].number(Parameter::InstancePrice) * pool.average;
        let service = analysis.report.cost.components.iter();
        let bill = service.clone().find(|(id, _)| *id == ComponentId(3));
        let bill = bill.expect("it costs").1.0;
        assert!((bill - paid * size(&scenario.components[2])).abs() < 1e-9);
    }
}
