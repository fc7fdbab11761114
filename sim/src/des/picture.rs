//! What a span of a run looked like, part by part, as a drawing shows it: of the time since a moment that somebody noted, or of a moment
//! in the past. It knows no intervals, and looking changes nothing of the run's course.

use super::Simulation;
use super::columns::OfClass;
use crate::network::Discipline;
use crate::report::LossCause;
use crate::scenario::{ClassId, ComponentId, LinkId};
use serde::{Deserialize, Serialize};

/// All that had been counted at a moment, for [`Simulation::picture_since`]; it holds until the network is changed.
#[derive(Clone, Debug)]
pub struct Sums {
    at: f64,
    row: Vec<f64>,
}

impl Sums {
    /// When, seconds since the start of the run.
    pub fn at(&self) -> f64 {
        self.at
    }
}

/// A span of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// When it begins, seconds since the start of the run.
    pub start: f64,
    /// How long it is, seconds.
    pub seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassPicture>,
    /// By component that sends, is reached or has resources, by id.
    pub components: Vec<ComponentPicture>,
    /// By link and class of which something travelled.
    pub links: Vec<LinkPicture>,
    /// Failures by class, who and why, those that happened.
    pub failures: Vec<FailurePicture>,
    /// Reads that found what was out of date, by who was read, those that happened.
    pub stale: Vec<(ComponentId, f64)>,
}

/// What passed from one moment to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passed {
    /// See [`Picture::links`].
    pub links: Vec<LinkPicture>,
    /// See [`Picture::failures`].
    pub failures: Vec<FailurePicture>,
    /// See [`Picture::stale`].
    pub stale: Vec<(ComponentId, f64)>,
}

/// A class's requests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassPicture {
    /// Which.
    pub class: ClassId,
    /// Sent.
    pub offered: f64,
    /// Answered well.
    pub succeeded: f64,
    /// Answered with an error.
    pub errors: f64,
    /// Not answered.
    pub refused: f64,
    /// Mean response time of the answered, seconds; `None` where nobody was.
    pub mean: Option<f64>,
}

/// A component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentPicture {
    /// Which.
    pub component: ComponentId,
    /// Requests, calls or messages that reached it; of clients those that they sent.
    pub arrivals: f64,
    /// Share of busy servers of its busiest resource, 0 to 1 (servers that were taken away count while they finish); `None` for parts without a
    /// limit, and while no instance serves.
    pub utilisation: Option<f64>,
    /// Mean requests waiting in it.
    pub waiting: f64,
    /// Mean requests in it, waiting and in service, where it has resources.
    pub present: f64,
    /// Mean time of a visit in it and below it, seconds; `None` where none ended.
    pub sojourn: Option<f64>,
    /// Share of look-ups that found their key, 0 to 1; `None` where nobody looked anything up.
    pub hit_ratio: Option<f64>,
    /// Mean instances that served; `None` where it has no resources.
    pub instances: Option<f64>,
}

/// A class's calls along a link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkPicture {
    /// Which.
    pub link: LinkId,
    /// Whose.
    pub class: ClassId,
    /// Calls along it.
    pub calls: f64,
}

/// Failures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailurePicture {
    /// Whose requests.
    pub class: ClassId,
    /// Who refused or failed; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// How many.
    pub count: f64,
}

impl Simulation {
    /// Notes what has been counted so far.
    pub fn sums(&self) -> Sums {
        Sums {
            at: self.engine.now,
            row: self
                .engine
                .tally
                .sums_at(self.engine.now, &self.engine.stations),
        }
    }

    /// The time since these sums were noted. Sums from before the network was changed say nothing any more: the picture is empty then.
    pub fn picture_since(&self, before: &Sums) -> Picture {
        self.picture_between(before, &self.sums())
    }

    /// The time between two moments whose sums were noted.
    pub fn picture_between(&self, before: &Sums, now: &Sums) -> Picture {
        match grown(before, now) {
            Some(grown) => self.picture(before.at, now.at - before.at, &grown),
            None => Picture::default(),
        }
    }

    /// What travelled along links, what failed and what was out of date between two moments.
    pub fn passed_between(&self, before: &Sums, now: &Sums) -> Passed {
        grown(before, now).map_or_else(Passed::default, |grown| Passed {
            links: self.links(&grown),
            failures: self.failures(&grown),
            stale: self.stale(&grown),
        })
    }

    /// The window of figures in which this moment (seconds since the start) lies, the last one for later moments; `None` as long as none
    /// is complete. Windows become longer as a run goes on.
    pub fn picture_at(&self, seconds: f64) -> Option<Picture> {
        let windows = &self.engine.tally.windows;
        let last = windows.complete.checked_sub(1)?;
        let place = ((seconds - windows.origin) / windows.width).max(0.0) as usize;
        let place = place.min(last);
        let start = windows.origin + place as f64 * windows.width;
        let row = &windows.rows[place * windows.columns..(place + 1) * windows.columns];
        Some(self.picture(start, windows.width, row))
    }

    /// The windows of figures that begin at this moment (seconds since the start) or later, but the last one at least; `None` as long as none
    /// is complete.
    pub fn picture_of_windows_since(&self, seconds: f64) -> Option<Picture> {
        let windows = &self.engine.tally.windows;
        let last = windows.complete.checked_sub(1)?;
        let first = libm::ceil((seconds - windows.origin) / windows.width - 1e-9);
        let first = (first.max(0.0) as usize).min(last);
        let rows = &windows.rows[first * windows.columns..(last + 1) * windows.columns];
        let mut grown = vec![0.0; windows.columns];
        for row in rows.chunks_exact(windows.columns) {
            for (sum, cell) in grown.iter_mut().zip(row) {
                *sum += cell;
            }
        }
        let start = windows.origin + first as f64 * windows.width;
        Some(self.picture(start, (last + 1 - first) as f64 * windows.width, &grown))
    }

    /// A span in which what is counted grew like this.
    fn picture(&self, start: f64, seconds: f64, grown: &[f64]) -> Picture {
        let columns = self.engine.tally.columns();
        let network = &self.network;
        let classes = network.classes.iter().zip(&self.places.classes);
        let classes = classes.map(|(class, place)| {
            let of = |figure| grown[columns.class(*place as usize, figure)];
            let (succeeded, errors) = (of(OfClass::Succeeded), of(OfClass::Errors));
            ClassPicture {
                class: class.class,
                offered: of(OfClass::Offered),
                succeeded,
                errors,
                refused: of(OfClass::Refused),
                mean: ratio(of(OfClass::Sum), succeeded + errors),
            }
        });
        Picture {
            start,
            seconds,
            classes: classes.collect(),
            components: self.components(seconds, grown),
            links: self.links(grown),
            failures: self.failures(grown),
            stale: self.stale(grown),
        }
    }

    fn links(&self, grown: &[f64]) -> Vec<LinkPicture> {
        let columns = self.engine.tally.columns();
        let links = self.registry.links.iter().flat_map(|(link, place)| {
            let classes = self.network.classes.iter().zip(&self.places.classes);
            classes.map(move |(class, own)| LinkPicture {
                link: *link,
                class: class.class,
                calls: grown[columns.link(place as usize, *own as usize)],
            })
        });
        links.filter(|link| link.calls > 0.0).collect()
    }

    fn failures(&self, grown: &[f64]) -> Vec<FailurePicture> {
        let columns = self.engine.tally.columns();
        let classes = self.network.classes.iter().zip(&self.places.classes);
        let failures = classes.flat_map(|(class, place)| {
            let causes = self.engine.causes.iter().enumerate();
            causes.map(move |(cause, own)| FailurePicture {
                class: class.class,
                component: own.component,
                why: own.why,
                count: grown[columns.failures(*place as usize, cause)],
            })
        });
        failures.filter(|failed| failed.count > 0.0).collect()
    }

    fn stale(&self, grown: &[f64]) -> Vec<(ComponentId, f64)> {
        let columns = self.engine.tally.columns();
        let caches = self.network.caches_untold().into_iter();
        let caches = caches.filter_map(|component| {
            let place = self.registry.replicas.find(&(component, 0))?;
            Some((component, place as usize))
        });
        self.copies_read()
            .chain(caches)
            .map(|(component, place)| {
                let classes = self.places.classes.iter();
                let counts = classes.map(|class| grown[columns.reads(place, *class as usize).1]);
                (component, counts.sum())
            })
            .filter(|(_, count)| *count > 0.0)
            .collect()
    }

    /// Replicas and stores whose reads may find what hasn't come there yet, with their place among those.
    pub(super) fn copies_read(&self) -> impl Iterator<Item = (ComponentId, usize)> {
        let logs = self.network.logs.iter().flat_map(|log| {
            let replicas = log.replicas.iter().zip(0_u32..);
            replicas.map(|(replica, place)| (replica.component, (log.primary, place)))
        });
        let quorums = self.network.quorums.iter();
        let quorums = quorums.map(|quorum| (quorum.component, (quorum.component, 0)));
        logs.chain(quorums).filter_map(|(component, name)| {
            let place = self.registry.replicas.find(&name)?;
            Some((component, place as usize))
        })
    }

    fn components(&self, seconds: f64, grown: &[f64]) -> Vec<ComponentPicture> {
        let columns = self.engine.tally.columns();
        let network = &self.network;
        let mut ids: Vec<ComponentId> = (self.registry.entries.iter())
            .map(|(component, _)| *component)
            .chain(
                self.registry
                    .sources
                    .iter()
                    .map(|(component, _)| *component),
            )
            .chain(network.stations.iter().map(|station| station.component))
            .chain(network.stores.iter().map(|store| store.component))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut pictures: Vec<ComponentPicture> = (ids.iter())
            .map(|component| ComponentPicture {
                component: *component,
                arrivals: 0.0,
                utilisation: None,
                waiting: 0.0,
                present: 0.0,
                sojourn: None,
                hit_ratio: None,
                instances: None,
            })
            .collect();
        let place_of = |component: ComponentId| ids.binary_search(&component).ok();
        for (component, place) in self.registry.entries.iter() {
            let (begun, ended, sojourn) = columns.visits(place as usize);
            if let Some(own) = place_of(*component) {
                pictures[own].arrivals += grown[begun];
                pictures[own].sojourn = ratio(grown[sojourn], grown[ended]);
            }
        }
        for (component, place) in self.registry.sources.iter() {
            if let Some(own) = place_of(*component) {
                pictures[own].arrivals += grown[columns.sent(place as usize)];
            }
        }
        for (station, place) in network.stations.iter().zip(&self.places.stations) {
            let place = *place as usize;
            let (present, busy) = (grown[columns.present(place)], grown[columns.busy(place)]);
            let (capacity, instances) = (
                grown[columns.capacity(place)],
                grown[columns.instances(place)],
            );
            // Who waits for a worker waits in the queue that it takes its messages from.
            let room = place_of(station.waits_at.unwrap_or(station.component));
            if let Some(room) = room.filter(|_| seconds > 0.0) {
                pictures[room].waiting += ((present - busy) / seconds).max(0.0);
            }
            let Some(own) = place_of(station.component).filter(|_| seconds > 0.0) else {
                continue;
            };
            let own = &mut pictures[own];
            own.present += present / seconds;
            if matches!(station.discipline, Discipline::Infinite) {
                continue;
            }
            let most = own.instances.unwrap_or(0.0).max(instances / seconds);
            own.instances = Some(most);
            if !matches!(station.discipline, Discipline::TokenBucket { .. })
                && let Some(share) = ratio(busy, capacity)
            {
                own.utilisation = Some(own.utilisation.map_or(share, |most| most.max(share)));
            }
        }
        let mut answered = vec![(0.0, 0.0); pictures.len()];
        for (store, place) in network.stores.iter().zip(&self.places.stores) {
            let Some(own) = place_of(store.component).filter(|_| !store.is_write_buffer) else {
                continue;
            };
            for class in 0..columns.classes {
                let (asked, found, _) = columns.lookups(*place as usize, class);
                answered[own].0 += grown[found];
                answered[own].1 += grown[asked];
            }
        }
        for (picture, (found, asked)) in pictures.iter_mut().zip(answered) {
            picture.hit_ratio = ratio(found, asked);
        }
        pictures
    }
}

/// How much everything grew from one moment to the other; `None` when the network was changed in between.
fn grown(before: &Sums, now: &Sums) -> Option<Vec<f64>> {
    let pairs = now.row.iter().zip(&before.row);
    (now.row.len() == before.row.len()).then(|| pairs.map(|(now, before)| now - before).collect())
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}
