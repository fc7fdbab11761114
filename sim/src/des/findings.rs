//! What a run has shown: figures with intervals after the warm-up, by class, station, component and link. It doesn't know what they mean to
//! anybody.

mod backlog;
mod copies;
mod extent;
mod lasting;

pub(super) use backlog::has_backlog;
pub use extent::Extent;
use lasting::TooShort;

use super::Simulation;
use super::arriving::UnseatedFindings;
use super::buffers::WriteBehindFindings;
use super::called::CallFindings;
use super::columns::{Figure, OfClass, OfStation};
use super::data::{CacheFindings, MessageFindings, QuorumFindings, ReplicaFindings};
use super::estimate::{Estimate, quantile, ratio, widened};
use super::failover::FailoverFindings;
use super::histogram::Histogram;
use super::program::Cause;
use super::recovery::{FaultFindings, Recovery};
use super::series::Series;
use super::verdict::Verdict;
use super::watch::WatchFindings;
use crate::network::{Mark, Role, StationId, Step};
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId, LinkId};
use serde::Serialize;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// Simulated seconds in all.
    pub seconds: f64,
    /// Whether traffic kept its rate and nothing was broken all the time. Where it wasn't so, there is no steady state to estimate: the figures
    /// are those of the whole run as it went, without a warm-up and without intervals (which several runs together have).
    pub stationary: bool,
    /// Seconds at the beginning that the figures leave out, since the system was still filling.
    pub warm_up: f64,
    /// Whether the warm-up was seen to end; without that the figures are those of the run's second half (where traffic changed, of the whole
    /// run), and not of a steady state.
    pub settled: bool,
    /// Arrivals and ended services.
    pub events: u64,
    /// By class, in the document's order.
    pub classes: Vec<ClassFindings>,
    /// By station, in the network's order.
    pub stations: Vec<StationFindings>,
    /// By component that requests reach.
    pub components: Vec<ComponentFindings>,
    /// By link that something travels along.
    pub links: Vec<LinkFindings>,
    /// By store and class that asks it for keys.
    pub stores: Vec<StoreFindings>,
    /// By replica of a primary whose writes it applies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<ReplicaFindings>,
    /// By key-value store whose quorums needn't meet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quorums: Vec<QuorumFindings>,
    /// By cache that some writers don't tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<CacheFindings>,
    /// Failovers that have begun, by primary and in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failovers: Vec<FailoverFindings>,
    /// By cache in which writes wait, and class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub write_behind: Vec<WriteBehindFindings>,
    /// By queue that hands messages out again, and class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageFindings>,
    /// By rule for calls that are limited, repeated or protected: over the whole run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallFindings>,
    /// By component whose instances are watched by who spreads requests over them: over the whole run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub watches: Vec<WatchFindings>,
    /// Populations that the simulation had no room for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseated: Vec<UnseatedFindings>,
    /// The document's faults, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultFindings>,
    /// What each fault of the document has come to, in its order; those that haven't begun are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// How each class fared before, during and after them; nothing without faults or without a series.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<Recovery>,
    /// Figures through time, when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

/// One class from end to end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassFindings {
    /// Which.
    pub class: ClassId,
    /// Requests that clients send, a second.
    pub offered: Option<Estimate>,
    /// Requests that are answered, well or with an error, a second.
    pub throughput: Option<Estimate>,
    /// Requests that are answered well, a second.
    pub goodput: Option<Estimate>,
    /// Requests that nobody answers, a second.
    pub refused: Option<Estimate>,
    /// Requests that are answered well, 0 to 1: a share of those that ended, or of those sent where a backlog of them grows; `None` when there
    /// were none.
    #[serde(skip)]
    pub success: Option<Estimate>,
    /// Requests answered after the warm-up.
    pub answered: u64,
    /// Mean response time of the answered, seconds; `None` when there were none.
    pub mean: Option<Estimate>,
    /// Those who are answered that are under way at a time, on average: what the answers of a second took together (Little 1961); `None` when there were
    /// none.
    pub in_flight: Option<Estimate>,
    /// Standard deviation of the response time of the answered, seconds; `None` when there were none.
    pub deviation: Option<f64>,
    /// Quantiles of the response time.
    pub quantiles: Quantiles,
    /// Mean time from the moment that detached work was handed over until it was done well, seconds; `None` when there was none.
    pub completion: Option<Estimate>,
    /// Failures by who and why, as shares of the requests sent.
    pub failures: Vec<FailureFindings>,
    /// The response times of the answered themselves, for putting several runs together.
    #[serde(skip)]
    pub times: Histogram,
}

/// Response times that shares of the requests stay below, in seconds; `None` where too few requests were slower to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half.
    pub p50: Option<Estimate>,
    /// 95 %.
    pub p95: Option<Estimate>,
    /// 99 %.
    pub p99: Option<Estimate>,
    /// 99.9 %.
    pub p999: Option<Estimate>,
    /// How far each of them may be off because times are counted in buckets, seconds.
    #[serde(skip)]
    pub blur: [f64; 4],
}

/// Failures of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FailureFindings {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// For each of the class's requests that ended, or where a backlog grows, that were sent, as [`ClassFindings::success`] counts them: of
    /// requests that fail themselves a share, which all together and the successes' make 1. What is handed over for later fails on top, and of
    /// one request's several pieces more than one may.
    pub share: Estimate,
}

/// One station.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StationFindings {
    /// Which, in the network.
    #[serde(skip)]
    pub station: StationId,
    /// Whose.
    pub component: ComponentId,
    /// Which of its resources.
    #[serde(serialize_with = "crate::report::role_name")]
    pub role: Role,
    /// Arrivals a second.
    pub arrivals: Option<Estimate>,
    /// Mean instances that serve.
    pub instances: Option<Estimate>,
    /// Share of busy servers, 0 to 1; `None` where nothing limits them.
    pub utilisation: Option<Estimate>,
    /// Mean busy servers.
    pub busy: Option<Estimate>,
    /// Mean requests waiting.
    pub queue_length: Option<Estimate>,
    /// Mean requests waiting and in service.
    pub present: Option<Estimate>,
    /// Share of the served that had to wait.
    pub wait_probability: Option<Estimate>,
    /// Mean wait, seconds.
    pub waiting: Option<Estimate>,
    /// Mean wait and service, seconds.
    pub sojourn: Option<Estimate>,
    /// Mean time in service (of pools: of the time a server is kept), seconds.
    pub service: Option<Estimate>,
    /// Served a second.
    pub throughput: Option<Estimate>,
    /// Share of arrivals that were refused.
    pub loss: Option<Estimate>,
    /// Mean wait of each class, in the document's order, seconds.
    pub waiting_by_class: Vec<Option<Estimate>>,
}

/// One component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComponentFindings {
    /// Which.
    pub component: ComponentId,
    /// Requests, calls or messages that reach it, a second.
    pub arrivals: Option<Estimate>,
    /// Mean time of a visit in it and below it, seconds.
    pub sojourn: Option<Estimate>,
    /// Share of the look-ups that its stores answer themselves, 0 to 1; `None` when nobody looks anything up.
    pub hit_ratio: Option<Estimate>,
    /// Of a function: share of the executions that start a new environment, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_starts: Option<Estimate>,
}

/// One class's look-ups in one store.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StoreFindings {
    /// Whose store.
    pub component: ComponentId,
    /// Who asks.
    pub class: ClassId,
    /// Look-ups a second.
    pub lookups: Option<Estimate>,
    /// Share of them that find their key, 0 to 1.
    pub hit_ratio: Option<Estimate>,
    /// Share of them that wait while somebody else fetches their key, 0 to 1; they aren't hits.
    pub waited: Option<Estimate>,
}

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LinkFindings {
    /// Which.
    pub link: LinkId,
    /// Calls along it, a second.
    pub rate: Option<Estimate>,
}

/// The part of the run that its findings speak of, and whether that is a steady state.
pub(super) fn extent(simulation: &Simulation) -> (Extent, bool) {
    extent::of(simulation)
}

/// The same of several runs together.
pub(super) fn common_extent(runs: &[Simulation]) -> (Extent, bool) {
    extent::of_all(runs)
}

/// What the run has shown in this part of it.
pub(super) fn find(simulation: &Simulation, extent: Extent, settled: bool) -> Findings {
    let engine = &simulation.engine;
    let tally = &engine.tally;
    let windows = &tally.windows;
    let columns = tally.columns();
    let start = extent::since_change(simulation);
    let stationary = extent != Extent::Whole;
    let segments_end = windows.complete / windows.segment() * windows.segment();
    // A run without a steady state is one piece, up to this moment; after a change to the design, up to the last window.
    let whole = match (stationary, start) {
        (true, _) => Vec::new(),
        (false, 0) => tally.sums_at(engine.now, &engine.stations),
        (false, _) => (0..columns.count())
            .map(|column| {
                (start..windows.complete)
                    .map(|window| windows.cell(window, column))
                    .sum()
            })
            .collect(),
    };
    let (first, count, width) = match extent {
        Extent::From(at) => {
            let first = windows.segment_from(at);
            (first, windows.complete - first, windows.width)
        }
        Extent::Whole if start == 0 => (0, 1, engine.now - windows.origin),
        Extent::Whole => {
            let seconds = (windows.complete - start) as f64 * windows.width;
            (start, 1, seconds)
        }
    };
    let cell = |window: usize, column: usize| {
        if stationary {
            windows.cell(first + window, column)
        } else {
            whole[column]
        }
    };
    let per_second = |column: usize| ratio(count, |window| (cell(window, column), width));
    let first_segment = first.next_multiple_of(windows.segment());
    let of = |above: usize, below: usize| {
        ratio(count, |window| (cell(window, above), cell(window, below)))
    };
    let mut classes = simulation
        .network
        .classes
        .iter()
        .enumerate()
        .map(|(index, class)| {
            let place = simulation.places.classes[index] as usize;
            let column = |figure| columns.class(place, figure);
            let (well, badly) = (column(OfClass::Succeeded), column(OfClass::Errors));
            let answered = |window: usize| cell(window, well) + cell(window, badly);
            let times = if first_segment <= segments_end {
                tally.times_from(place, first_segment)
            } else {
                Histogram::default()
            };
            let segments = || {
                let parts = if stationary { usize::MAX } else { 0 };
                tally.segments_from(place, first_segment).take(parts)
            };
            let at = |share| quantile(share, &times, segments()).map(widened);
            let refused = column(OfClass::Refused);
            let offered = |window: usize| cell(window, column(OfClass::Offered));
            let ended = |window: usize| answered(window) + cell(window, refused);
            // Of all requests: those that ended, or where ever more are under way, those that were sent, if these are more.
            let sum = |of: &dyn Fn(usize) -> f64| (0..count).map(of).sum::<f64>();
            let waits_on = has_backlog(simulation, place) && sum(&offered) > sum(&ended);
            let counted = |window: usize| match waits_on {
                true => offered(window),
                false => ended(window),
            };
            ClassFindings {
                class: class.class,
                offered: per_second(column(OfClass::Offered)),
                throughput: ratio(count, |window| (answered(window), width)),
                goodput: per_second(well),
                refused: per_second(refused),
                success: ratio(count, |window| (cell(window, well), counted(window)))
                    .map(at_most_all),
                answered: times.total(),
                in_flight: per_second(column(OfClass::Sum)).map(widened),
                deviation: deviation(
                    (0..count).map(answered).sum(),
                    (0..count)
                        .map(|window| cell(window, column(OfClass::Sum)))
                        .sum(),
                    (0..count)
                        .map(|window| cell(window, column(OfClass::Squares)))
                        .sum(),
                ),
                mean: ratio(count, |window| {
                    (cell(window, column(OfClass::Sum)), answered(window))
                })
                .map(widened),
                quantiles: Quantiles {
                    p50: at(0.5),
                    p95: at(0.95),
                    p99: at(0.99),
                    p999: at(0.999),
                    blur: [0.5, 0.95, 0.99, 0.999].map(|share| times.blur(share)),
                },
                completion: of(column(OfClass::DetachedSum), column(OfClass::Detached))
                    .map(widened),
                failures: engine
                    .causes
                    .iter()
                    .enumerate()
                    .filter_map(|(cause, Cause { component, why })| {
                        let failed = columns.failures(place, cause);
                        let share = ratio(count, |window| (cell(window, failed), counted(window)))?;
                        (share.value > 0.0).then_some(FailureFindings {
                            component: *component,
                            why: *why,
                            share,
                        })
                    })
                    .collect(),
                times,
            }
        })
        .collect::<Vec<_>>();
    let class_count = columns.classes;
    let mut stations: Vec<StationFindings> = simulation
        .network
        .stations
        .iter()
        .zip(&simulation.places.stations)
        .enumerate()
        .map(|(index, (spec, place))| {
            let place = *place as usize;
            let sum = |figure: OfStation| {
                move |window: usize| -> f64 {
                    (0..class_count)
                        .map(|class| cell(window, columns.station(place, class, figure)))
                        .sum()
                }
            };
            let (arrivals, refused, served) = (
                sum(OfStation::Arrivals),
                sum(OfStation::Refused),
                sum(OfStation::Served),
            );
            let work = sum(OfStation::Work);
            let (waited, waiting, sojourn) = (
                sum(OfStation::Waited),
                sum(OfStation::Waiting),
                sum(OfStation::Sojourn),
            );
            let (present, busy) = (columns.present(place), columns.busy(place));
            let limited = !matches!(
                spec.discipline,
                crate::network::Discipline::Infinite
                    | crate::network::Discipline::TokenBucket { .. }
            );
            StationFindings {
                station: StationId(index as u32),
                component: spec.component,
                role: spec.role,
                arrivals: ratio(count, |window| (arrivals(window), width)),
                instances: per_second(columns.instances(place)),
                utilisation: limited
                    .then(|| {
                        ratio(count, |window| {
                            (cell(window, busy), cell(window, columns.capacity(place)))
                        })
                    })
                    .flatten(),
                busy: per_second(busy),
                queue_length: ratio(count, |window| {
                    (cell(window, present) - cell(window, busy), width)
                })
                .map(widened),
                present: per_second(present).map(widened),
                wait_probability: ratio(count, |window| (waited(window), served(window))),
                waiting: ratio(count, |window| (waiting(window), served(window))).map(widened),
                sojourn: ratio(count, |window| (sojourn(window), served(window))).map(widened),
                service: ratio(count, |window| (work(window), served(window))),
                throughput: ratio(count, |window| (served(window), width)),
                loss: ratio(count, |window| (refused(window), arrivals(window))),
                waiting_by_class: (simulation.places.classes.iter())
                    .map(|class| {
                        let class = *class as usize;
                        of(
                            columns.station(place, class, OfStation::Waiting),
                            columns.station(place, class, OfStation::Served),
                        )
                        .map(widened)
                    })
                    .collect(),
            }
        })
        .collect();
    let network_stores = &simulation.network.stores;
    let mut functions = vec![false; columns.stores];
    for step in &simulation.network.steps {
        if let Step::Mark(Mark::Idle(store)) = step {
            functions[simulation.places.stores[store.0 as usize] as usize] = true;
        }
    }
    let mut components: Vec<ComponentFindings> = simulation
        .registry
        .entries
        .iter()
        .map(|(component, place)| {
            let (begun, ended, sojourn) = columns.visits(place as usize);
            let own_stores: Vec<usize> = (network_stores.iter())
                .zip(&simulation.places.stores)
                .filter(|(store, _)| store.component == *component && !store.is_write_buffer)
                .map(|(_, place)| *place as usize)
                .collect();
            ComponentFindings {
                component: *component,
                arrivals: per_second(begun),
                sojourn: of(sojourn, ended).map(widened),
                hit_ratio: ratio(count, |window| {
                    let mut sums = (0.0, 0.0);
                    for store in own_stores.iter().copied() {
                        for class in 0..class_count {
                            let (asked, found, _) = columns.lookups(store, class);
                            sums.0 += cell(window, found);
                            sums.1 += cell(window, asked);
                        }
                    }
                    sums
                }),
                cold_starts: ratio(count, |window| {
                    let mut sums = (0.0, 0.0);
                    for store in own_stores.iter().filter(|store| functions[**store]) {
                        for class in 0..class_count {
                            let (asked, found, _) = columns.lookups(*store, class);
                            sums.0 += cell(window, asked) - cell(window, found);
                            sums.1 += cell(window, asked);
                        }
                    }
                    sums
                }),
            }
        })
        .collect();
    if stationary {
        let sum = |column: usize| (0..count).map(|window| cell(window, column)).sum();
        TooShort::of(simulation, &stations, count as f64 * width).forget(
            simulation,
            (&columns, &sum),
            &mut classes,
            &mut stations,
            &mut components,
        );
    }
    let mut stores = Vec::new();
    for (store, place) in network_stores.iter().zip(&simulation.places.stores) {
        for (class, spec) in simulation.network.classes.iter().enumerate() {
            if matches!(store.keys.get(class), Some(Some(_))) && !store.is_write_buffer {
                let class = simulation.places.classes[class] as usize;
                let (asked, found, waited) = columns.lookups(*place as usize, class);
                stores.push(StoreFindings {
                    component: store.component,
                    class: spec.class,
                    lookups: per_second(asked),
                    hit_ratio: of(found, asked),
                    waited: of(waited, asked),
                });
            }
        }
    }
    let mut messages = Vec::new();
    for (component, queue) in simulation.registry.queues.iter() {
        for (class, spec) in simulation.network.classes.iter().enumerate() {
            let class = simulation.places.classes[class] as usize;
            if tally.messages[queue as usize * class_count + class].begun > 0 {
                let own = columns.messages(queue as usize, class);
                messages.push(MessageFindings {
                    component: *component,
                    class: spec.class,
                    deliveries: per_second(own.handed),
                    redeliveries: per_second(own.again),
                    duplicates: per_second(own.late),
                    dead_letters: per_second(own.given_up),
                });
            }
        }
    }
    let measure = copies::Measure {
        simulation,
        per_second: &per_second,
        of: &of,
    };
    let (replicas, quorums) = (measure.replicas(), measure.quorums());
    let caches = measure.caches();
    let links = simulation
        .registry
        .links
        .iter()
        .map(|(link, place)| LinkFindings {
            link: *link,
            rate: ratio(count, |window| {
                let own = columns.cells(Figure::Calls(place as usize));
                (own.map(|column| cell(window, column)).sum(), width)
            }),
        })
        .collect();
    let series = simulation.recorded();
    Findings {
        faults: super::recovery::faults(simulation),
        verdicts: super::verdict::find(simulation),
        recovery: super::recovery::find(simulation, series.as_ref()),
        series,
        seconds: engine.now,
        warm_up: windows.origin + first as f64 * windows.width,
        stationary,
        settled,
        events: engine.events,
        classes,
        stations,
        components,
        links,
        stores,
        replicas,
        quorums,
        caches,
        failovers: super::failover::find(simulation),
        write_behind: super::buffers::find(simulation, (count, width), &cell),
        calls: simulation.calls(),
        watches: simulation.watches(),
        unseated: engine.unseated(),
        messages,
    }
}

/// The same share, at most 1: those who had been sent before the figures begin are answered too.
fn at_most_all(share: Estimate) -> Estimate {
    Estimate {
        value: if share.value > 1.0 { 1.0 } else { share.value },
        ..share
    }
}

/// The standard deviation of so many values with this sum and sum of squares; `None` without values.
fn deviation(count: f64, sum: f64, squares: f64) -> Option<f64> {
    let mean = sum / count;
    (count > 0.0).then(|| libm::sqrt((squares / count - mean * mean).max(0.0)))
}
