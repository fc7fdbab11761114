//! How often readers get what is out of date, how old that is, and which writes are lost when something dies: in the long run and without
//! faults, beside what a run counts. It knows routes, rates and settings.
//!
//! - Replicas show a write when it has travelled, the lag has passed and it has been applied ([`crate::theory::outdated::behind`], a constant
//!   lag; the work of applying it is taken at its mean, and without waiting for a process).
//! - Caches keep an answer for its time to live, whatever happens to the data, unless the writers tell them
//!   ([`crate::theory::outdated::kept`], an upper bound where keys leave earlier for want of room). That what fills them is old already counts
//!   in how old it may be, but not in how much is out of date; a run counts both.
//! - Key-value stores whose quorums needn't meet show a write when it has spread (Bailis et al. 2012, simulated).
//! - A failover loses what no replica had received: the primary's failures × writes a second × the shortest lag. A cache that dies loses the
//!   writes that wait in it.
//!
//! As in a run, a write falls on a class as often as the class reads, and on a key as often as that key is read.

use crate::catalog::{Choice, Parameter};
use crate::distribution::Distribution;
use crate::network::{
    Compiled, Expiry, KeySpace, Mark, Network, Role, StationId, Step, StepId, StoreId, WrittenKeys,
};
use crate::report::{Report, StationReport};
use crate::scenario::{ClassId, Component, ComponentId, Operation, Scenario};
use crate::theory::cache::Popularity;
use crate::theory::outdated::{self, Outdated};
use crate::theory::reliability::failure_rate;
use crate::theory::staleness::{DelayMixture, ReplicaDelays, Staleness};
use crate::units::{PerSecond, SECONDS_PER_MONTH, Seconds};
use serde::Serialize;

/// One class's reads of copies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StaleReads {
    /// Where the copies are.
    pub component: ComponentId,
    /// Who reads.
    pub class: ClassId,
    /// Reads there.
    pub rate: PerSecond,
    /// Share of these that find something out of date, 0 to 1.
    pub share: f64,
    /// For how long that has been so on average; `None` where it isn't worked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<Seconds>,
    /// No longer than this; `None` without a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<Seconds>,
    /// Whether there may be fewer.
    pub at_most: bool,
    /// Whether the copies don't keep up with the writes, so that what they show is ever older.
    pub falls_behind: bool,
}

/// Writes that clients were told are safe and that aren't.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LostWrites {
    /// What dies.
    pub component: ComponentId,
    /// How often, a month.
    pub failures_per_month: f64,
    /// Writes that each failure loses on average.
    pub per_failure: f64,
}

impl LostWrites {
    /// Writes lost a month.
    pub fn per_month(&self) -> f64 {
        self.failures_per_month * self.per_failure
    }
}

/// How far copies may be trusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Consistency {
    /// Share of all requests that read which get something out of date; `None` when nobody reads data.
    pub stale: Option<f64>,
    /// By place and class; places whose reads are never out of date are left out.
    pub reads: Vec<StaleReads>,
    /// Whose death loses writes.
    pub lost: Vec<LostWrites>,
}

/// Trials by which the spreading of a store's writes is simulated, and how many of them are looked at.
const TRIALS: u32 = 20_000;
const LOOKED_AT: u32 = 200;

/// How consistent a compiled and solved design is.
pub fn consistency(scenario: &Scenario, compiled: &Compiled, report: &Report) -> Consistency {
    consistency_of(scenario, compiled, report, None)
}

/// The same of what a class reads alone. Lost writes are everybody's.
pub(super) fn consistency_of(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    class: Option<ClassId>,
) -> Consistency {
    let question = Question {
        scenario,
        network: &compiled.network,
        report,
    };
    let mut reads = question.of_replicas();
    reads.extend(question.of_caches(&reads));
    reads.extend(question.of_quorums());
    reads.retain(|row| row.share > 0.0 && row.rate.0 > 0.0);
    reads.retain(|row| class.is_none_or(|class| row.class == class));
    Consistency {
        stale: question.over_all(&reads, class),
        reads,
        lost: question.lost(),
    }
}

struct Question<'a> {
    scenario: &'a Scenario,
    network: &'a Network,
    report: &'a Report,
}

impl Consistency {
    /// How old what is read may be at most; `None` where nothing bounds that, zero where nothing is ever out of date.
    pub fn oldest(&self) -> Option<Seconds> {
        let bounds: Option<Vec<f64>> = (self.reads.iter())
            .map(|row| row.longest.map(|longest| longest.0))
            .collect();
        Some(Seconds(bounds?.into_iter().fold(0.0, f64::max)))
    }
}

impl Question<'_> {
    fn component(&self, id: ComponentId) -> Option<&Component> {
        self.scenario.component(id)
    }

    /// Requests a second of a class, by its place.
    fn offered(&self, class: usize) -> f64 {
        let id = self.network.classes[class].class;
        let row = self.report.classes.iter().find(|row| row.class == id);
        row.map_or(0.0, |row| row.offered.0)
    }

    fn writes(&self, class: usize) -> bool {
        matches!(
            self.network.classes[class].operation,
            Operation::Write | Operation::Asynchronous
        )
    }

    /// Arrivals of a class at a resource of a component.
    fn arrivals(&self, component: ComponentId, role: Role, class: ClassId) -> f64 {
        let stations = self.report.stations.iter();
        let own = stations.filter(|station| station.component == component && station.role == role);
        own.flat_map(|station| &station.by_class)
            .filter(|row| row.class == class)
            .map(|row| row.arrival.0)
            .sum()
    }

    /// Whether a class's way has such a step, be it later.
    fn goes_through(&self, class: usize, is_meant: &impl Fn(&Step) -> bool) -> bool {
        let routes = self
            .network
            .sources
            .iter()
            .flat_map(|source| &source.routes);
        let mut own = routes.filter(|route| route.class.0 as usize == class);
        own.any(|route| passes(self.network, route.step, is_meant))
    }

    /// Requests a second of the classes that write and whose way has such a step, be it later.
    fn rate_through(&self, is_meant: impl Fn(&Step) -> bool) -> f64 {
        let mut rate = 0.0;
        for class in (0..self.network.classes.len()).filter(|class| self.writes(*class)) {
            if self.goes_through(class, &is_meant) {
                rate += self.offered(class);
            }
        }
        rate
    }

    /// Of replicas that are read.
    fn of_replicas(&self) -> Vec<StaleReads> {
        let mut rows = Vec::new();
        for (place, log) in self.network.logs.iter().enumerate() {
            let Some(primary) = self.component(log.primary) else {
                continue;
            };
            // A reader who comes after a synchronous write finds it everywhere.
            if primary.choice(Parameter::Replication) == Some(Choice::Synchronous) {
                continue;
            }
            let writes = self.rate_through(|step| {
                matches!(step, Step::Mark(Mark::Written { log, .. }) if log.0 as usize == place)
            });
            for copies in &log.replicas {
                let lag = self.lag(log.primary, copies.component);
                for (class, keys) in log.keys.iter().enumerate() {
                    let Some(keys) = keys else {
                        continue;
                    };
                    let id = self.network.classes[class].class;
                    let rate = self.reads_at(copies.component, id);
                    let outdated = match lag {
                        Some(lag) => popularity_of(keys)
                            .and_then(|own| outdated::behind(&own, writes * keys.share, lag.0)),
                        // It falls further and further behind.
                        None => Some(Outdated {
                            share: 1.0,
                            age: 0.0,
                        }),
                    };
                    let Some(outdated) = outdated else {
                        continue;
                    };
                    rows.push(StaleReads {
                        component: copies.component,
                        class: id,
                        rate: PerSecond(rate),
                        share: outdated.share,
                        age: lag.map(|_| Seconds(outdated.age)),
                        longest: lag,
                        at_most: false,
                        falls_behind: lag.is_none(),
                    });
                }
            }
        }
        rows
    }

    /// Reads of a class at a replica.
    fn reads_at(&self, replica: ComponentId, class: ClassId) -> f64 {
        let connections = self.arrivals(replica, Role::Connections, class);
        if connections > 0.0 {
            return connections;
        }
        self.arrivals(replica, Role::Cores, class)
    }

    /// How long after its commit a write shows at a replica; `None` when that grows without end.
    fn lag(&self, primary: ComponentId, replica: ComponentId) -> Option<Seconds> {
        let own = self.component(replica)?.seconds(Parameter::ReplicationLag);
        let links = self.scenario.links.iter();
        let mut links = links.filter(|link| link.from == primary && link.to == replica);
        let link = links.next().map(|link| link.id);
        // The way there, as the network has it: a hop of its own that isn't counted twice.
        let hops = self.network.steps.iter().filter_map(|step| match step {
            Step::Hop {
                link: of,
                round_trip,
            } if link.is_some() && *of == link => Some(round_trip.0),
            _ => None,
        });
        let way = hops.fold(0.0_f64, f64::max);
        let station = |role: Role| {
            let mut stations = self.report.stations.iter();
            stations.find(|station| station.component == replica && station.role == role)
        };
        // Processes that can't keep up fall behind for ever.
        let replay = station(Role::Replay);
        if replay.is_some_and(|replay| replay.saturation.is_some()) {
            return None;
        }
        let applied = match replay {
            None => Seconds(0.0),
            Some(replay) => Seconds(self.work(replay.station)) * stretch(station(Role::Cores)?)?,
        };
        Some(Seconds(own.0 + way) + applied)
    }

    /// Mean processor time of what is done with a place of this pool.
    fn work(&self, pool: StationId) -> f64 {
        let bodies = self.network.steps.iter().filter_map(|step| match step {
            Step::Hold { pool: own, body } if *own == pool => Some(*body),
            _ => None,
        });
        let served = bodies.filter_map(|body| match self.network.step(body) {
            Step::Serve { time, .. } => Some(time.mean()),
            _ => None,
        });
        served.fold(0.0, f64::max)
    }

    /// Of caches that writers don't tell.
    fn of_caches(&self, replicas: &[StaleReads]) -> Vec<StaleReads> {
        let mut rows = Vec::new();
        for (place, store) in self.network.stores.iter().enumerate() {
            let Expiry::AfterFetch(life) = store.expiry else {
                continue;
            };
            let id = StoreId(place as u32);
            for (class, keys) in store.keys.iter().enumerate() {
                let Some(keys) = keys else {
                    continue;
                };
                let (untold, part) = self.untold(id, class, keys);
                if untold <= 0.0 {
                    continue;
                }
                let rate = self.looked_up(id, class) * part;
                let popularity = Popularity::zipf(keys.keys as u64, keys.zipf_exponent);
                let reads = rate / store.copies.max(1.0);
                let Some(outdated) =
                    popularity.and_then(|own| outdated::kept(&own, reads, untold, life.0))
                else {
                    continue;
                };
                rows.push(StaleReads {
                    component: store.component,
                    class: self.network.classes[class].class,
                    rate: PerSecond(rate),
                    share: outdated.share,
                    age: Some(Seconds(outdated.age)),
                    longest: {
                        let mut known = self.oldest_of(class, replicas);
                        let longest = self.oldest(store.component, class, &mut known);
                        longest.is_finite().then_some(Seconds(longest))
                    },
                    at_most: is_full(store.capacity_bytes, keys),
                    falls_behind: false,
                });
            }
        }
        rows
    }

    /// How old what a class reads at each replica may be, seconds; infinite without a bound.
    fn oldest_of(&self, class: usize, replicas: &[StaleReads]) -> Vec<(ComponentId, f64)> {
        let id = self.network.classes[class].class;
        let own = replicas.iter().filter(|row| row.class == id);
        let longest = |row: &StaleReads| row.longest.map_or(f64::INFINITY, |longest| longest.0);
        own.map(|row| (row.component, longest(row))).collect()
    }

    /// The same of a cache, which holds for its life what was as old already as the copies show it that fill it. What is `known` grows by it.
    fn oldest(&self, copy: ComponentId, class: usize, known: &mut Vec<(ComponentId, f64)>) -> f64 {
        if let Some((_, oldest)) = known.iter().find(|(known, _)| *known == copy) {
            return *oldest;
        }
        // Caches that fill each other, for other classes, end here.
        let place = known.len();
        known.push((copy, 0.0));
        for original in &self.network.originals {
            for cache in original.caches.iter().filter(|cache| cache.reads[class]) {
                let store = &self.network.stores[cache.store.0 as usize];
                if store.component != copy {
                    continue;
                }
                let own = match (original.untold(cache).next(), store.expiry) {
                    (None, _) => 0.0,
                    (Some(_), Expiry::AfterFetch(life)) => life.0,
                    (Some(_), _) => f64::INFINITY,
                };
                let mut before: f64 = 0.0;
                for by in &cache.filled_by {
                    before = before.max(self.oldest(*by, class, known));
                }
                known[place].1 = known[place].1.max(own + before);
            }
        }
        known[place].1
    }

    /// Writes a second that change a key which a class reads through a cache, and of which that isn't told; and which part of the class's keys
    /// it ever sees.
    fn untold(&self, store: StoreId, class: usize, keys: &KeySpace) -> (f64, f64) {
        let (mut rate, mut part) = (0.0, 1.0);
        for original in &self.network.originals {
            let Some(written) = original.keys.get(class).copied().flatten() else {
                continue;
            };
            let caches = original.caches.iter();
            for cache in caches.filter(|cache| cache.store == store && cache.reads[class]) {
                part = (keys.keys / written.keys).min(1.0);
                let untold: f64 = original.untold(cache).map(|own| self.offered(own)).sum();
                rate += untold * written.share * part;
            }
        }
        (rate, part)
    }

    /// Look-ups of a class in a store a second: as many as requests pass there.
    fn looked_up(&self, store: StoreId, class: usize) -> f64 {
        let is_meant =
            |step: &Step| matches!(step, Step::Lookup { store: own, .. } if *own == store);
        match self.goes_through(class, &is_meant) {
            true => self.offered(class),
            false => 0.0,
        }
    }

    /// Of key-value stores whose quorums needn't meet.
    fn of_quorums(&self) -> Vec<StaleReads> {
        let mut rows = Vec::new();
        for quorum in &self.network.quorums {
            let Some(store) = self.component(quorum.component) else {
                continue;
            };
            let confirmed = store.count(Parameter::WriteQuorum).min(quorum.copies);
            let Some(spread) = spread(store, quorum.copies, quorum.reads, confirmed) else {
                continue;
            };
            let written = self.rate_through(|step| {
                matches!(step, Step::Serve { station, .. } if self.network.station(*station).component == quorum.component)
            });
            for (class, keys) in quorum.keys.iter().enumerate() {
                let Some(keys) = keys else {
                    continue;
                };
                let Some(popularity) = popularity_of(keys) else {
                    continue;
                };
                let id = self.network.classes[class].class;
                // Every read asks several copies.
                let rate = self.arrivals(quorum.component, Role::Cores, id)
                    / f64::from(quorum.reads.max(1));
                let found = spread.iter().filter_map(|needed| {
                    outdated::behind(&popularity, written * keys.share, *needed)
                });
                let share = found.map(|outdated| outdated.share).sum::<f64>() / spread.len() as f64;
                rows.push(StaleReads {
                    component: quorum.component,
                    class: id,
                    rate: PerSecond(rate),
                    share,
                    age: None,
                    longest: None,
                    at_most: false,
                    falls_behind: false,
                });
            }
        }
        rows
    }

    /// The share of all reading requests, or of those of a class, that get something out of date: what a cache holds, and of what it doesn't
    /// what a copy behind it shows.
    fn over_all(&self, rows: &[StaleReads], asked_for: Option<ClassId>) -> Option<f64> {
        let (mut asked, mut stale) = (0.0, 0.0);
        for (place, class) in self.network.classes.iter().enumerate() {
            let offered = self.offered(place);
            let is_other = asked_for.is_some_and(|wanted| wanted != class.class);
            if class.operation != Operation::Read || offered <= 0.0 || is_other {
                continue;
            }
            let fresh: f64 = rows
                .iter()
                .filter(|row| row.class == class.class)
                .map(|row| 1.0 - (row.rate.0 / offered).min(1.0) * row.share)
                .product();
            asked += offered;
            stale += offered * (1.0 - fresh);
        }
        (asked > 0.0).then(|| stale / asked)
    }

    /// Writes that are lost when a primary or a cache dies.
    fn lost(&self) -> Vec<LostWrites> {
        let mut rows = Vec::new();
        for (place, log) in self.network.logs.iter().enumerate() {
            let Some(primary) = self
                .component(log.primary)
                .filter(|_| log.failover.is_some())
            else {
                continue;
            };
            let waits = matches!(
                primary.choice(Parameter::Replication),
                Some(Choice::Synchronous | Choice::Quorum)
            );
            let writes = self.rate_through(|step| {
                matches!(step, Step::Mark(Mark::Written { log, .. }) if log.0 as usize == place)
            });
            // Whoever has received most takes over. Received isn't applied: only the way and the lag count.
            let received = log.replicas.iter().filter_map(|copies| {
                let own = self.component(copies.component)?;
                Some(own.seconds(Parameter::ReplicationLag).0)
            });
            let Some(lag) = received.reduce(f64::min).filter(|_| !waits) else {
                continue;
            };
            rows.extend(self.loss(primary, 1.0, writes * lag));
        }
        for store in self
            .network
            .stores
            .iter()
            .filter(|store| store.is_write_buffer)
        {
            let (Some(cache), Expiry::AfterFetch(delay)) =
                (self.component(store.component), store.expiry)
            else {
                continue;
            };
            let held: f64 = store
                .keys
                .iter()
                .enumerate()
                .filter_map(|(class, keys)| {
                    let keys = (*keys)?;
                    let own = Popularity::zipf(keys.keys as u64, keys.zipf_exponent)?;
                    outdated::waiting(&own, self.offered(class), delay.0)
                })
                .sum();
            // Each node holds its share, and each fails.
            let nodes = f64::from(cache.count(Parameter::Instances));
            rows.extend(self.loss(cache, nodes, held / nodes));
        }
        rows.retain(|row: &LostWrites| row.per_month() > 0.0);
        rows
    }

    fn loss(&self, part: &Component, machines: f64, per_failure: f64) -> Option<LostWrites> {
        let works = part.number(Parameter::Availability);
        let rate = failure_rate(works, part.seconds(Parameter::RepairTime).0)?;
        Some(LostWrites {
            component: part.id,
            failures_per_month: machines * rate * SECONDS_PER_MONTH,
            per_failure,
        })
    }
}

/// Whether a route has such a step, be it later.
fn passes(network: &Network, root: StepId, is_meant: &impl Fn(&Step) -> bool) -> bool {
    let mut wanted = vec![false; root.0 as usize + 1];
    wanted[root.0 as usize] = true;
    for place in (0..wanted.len()).rev() {
        if !wanted[place] {
            continue;
        }
        let step = &network.steps[place];
        if is_meant(step) {
            return true;
        }
        step.for_each_child(|child| wanted[child.0 as usize] = true);
    }
    false
}

/// How much longer than alone anything takes on these cores; `None` without a steady state.
fn stretch(cores: &StationReport) -> Option<f64> {
    let sojourn = cores.sojourn?;
    Some(match cores.service.0 > 0.0 {
        true => (sojourn.0 / cores.service.0).max(1.0),
        false => 1.0,
    })
}

fn popularity_of(keys: &WrittenKeys) -> Option<Popularity> {
    Popularity::zipf(keys.keys as u64, keys.zipf_exponent)
}

/// Whether a store hasn't room for all keys of a class.
fn is_full(capacity_bytes: f64, keys: &KeySpace) -> bool {
    keys.keys * keys.item_bytes > capacity_bytes
}

/// After how long reads see a write, by equal shares of the writes: seconds from its confirmation, those that are seen at once as 0.
fn spread(store: &Component, copies: u32, reads: u32, confirmed: u32) -> Option<Vec<f64>> {
    let law = |mean: f64| {
        let law = match mean > 0.0 {
            true => Distribution::exponential(mean),
            false => Distribution::deterministic(0.0),
        };
        DelayMixture::new(vec![(1.0, law.ok()?)])
    };
    let at_once = law(0.0)?;
    let delays = ReplicaDelays {
        write: law(store.seconds(Parameter::ReplicationLag).0)?,
        acknowledge: at_once.clone(),
        read: at_once.clone(),
        respond: at_once,
    };
    let simulated = Staleness::simulate(copies, reads, confirmed, &delays, TRIALS, 1)?;
    let quantile = |place: u32| {
        let share = (f64::from(place) + 0.5) / f64::from(LOOKED_AT);
        simulated.visibility_time(share).unwrap_or(0.0)
    };
    Some((0..LOOKED_AT).map(quantile).collect())
}
