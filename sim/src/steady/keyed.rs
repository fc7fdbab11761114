//! Instances that are asked by keys: each class has keys of its own, and so its own share of the instance with the hottest. It knows shares, no
//! waits.

use super::Solver;
use super::station::{Part, Queue};
use crate::network::{Dispatch, Network};

/// Shares that differ by less are the same.
const ALIKE: f64 = 1e-12;

/// Stations whose groups of instances each class visits by shares of its own; reused between networks.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyed {
    /// Stations in rising order, with the place of their first share and the number of their groups.
    stations: Vec<(u32, u32, u32)>,
    /// By station, class and group of instances.
    shares: Vec<f64>,
    /// How all that comes to a station divides, where its classes don't come as the document sends them; stations in rising order.
    mixed: Vec<(u32, Dispatch)>,
}

impl Keyed {
    /// Forgets the last loads.
    pub fn clear(&mut self) {
        self.stations.clear();
        self.shares.clear();
        self.mixed.clear();
    }

    /// How what comes to a station divides over its instances, where that isn't as the network says.
    pub fn divided(&self, station: usize) -> Option<&Dispatch> {
        let station = station as u32;
        let place = self.mixed.binary_search_by_key(&station, |known| known.0);
        place.ok().map(|place| &self.mixed[place].1)
    }

    /// How what comes to a station divides over its instances.
    pub fn dispatch<'a>(&'a self, network: &'a Network, station: usize) -> &'a Dispatch {
        self.divided(station)
            .unwrap_or(&network.stations[station].dispatch)
    }

    /// Notes how the classes divide over the groups of instances of a station, whose parts follow its shares; stations come in rising order.
    pub fn note(&mut self, network: &Network, index: usize, parts: &[Part]) {
        let station = &network.stations[index];
        let whole = self.mixed.iter().find(|known| known.0 == index as u32);
        let whole = whole.map_or(&station.dispatch, |known| &known.1);
        let Dispatch::Shares(whole) = whole else {
            return;
        };
        let mut rings = network.rings.iter();
        let Some(ring) = rings.find(|ring| ring.component == station.component) else {
            return;
        };
        let coming = ring.shares.iter().filter(|shares| !shares.is_empty());
        if coming.count() < 2 || parts.len() < 2 {
            return;
        }
        self.stations
            .push((index as u32, self.shares.len() as u32, parts.len() as u32));
        for shares in &ring.shares {
            let start = self.shares.len();
            // Neighbours with the same share of all are one group, as where the parts come from.
            let mut first = 0;
            for part in parts {
                let alike = whole[first..]
                    .iter()
                    .take_while(|share| **share == whole[first]);
                let next = first + alike.count();
                let of_all: f64 = whole[first..next].iter().sum();
                let own: f64 = match shares.get(first..next) {
                    Some(shares) => shares.iter().sum(),
                    None => of_all,
                };
                // Part shares are of those who are let in.
                self.shares.push(part.share * own / of_all.max(1e-300));
                first = next;
            }
            let sum: f64 = self.shares[start..].iter().sum();
            for share in &mut self.shares[start..] {
                *share /= sum.max(1e-300);
            }
        }
    }

    /// The shares of a class's visits that the groups of the station's instances get; `None` where all classes divide alike.
    pub fn shares(&self, station: u32, queue: &Queue, class: usize) -> Option<&[f64]> {
        if self.stations.is_empty() {
            return None;
        }
        let place = self
            .stations
            .binary_search_by_key(&station, |known| known.0);
        let (_, first, groups) = self.stations[place.ok()?];
        // A pool that binds is solved as a whole.
        let start = first as usize + class * groups as usize;
        (queue.parts == groups).then(|| &self.shares[start..start + groups as usize])
    }
}

impl Solver {
    /// Works out how all classes together divide over instances that are asked by keys: by their shares, each as often as it comes.
    pub(super) fn divide(&mut self, network: &Network) {
        self.keyed.clear();
        for (index, station) in network.stations.iter().enumerate() {
            let Dispatch::Shares(nominal) = &station.dispatch else {
                continue;
            };
            let mut rings = network.rings.iter();
            let Some(ring) = rings.find(|ring| ring.component == station.component) else {
                continue;
            };
            let mut shares = vec![0.0; nominal.len()];
            let visits = self.plan.visits.iter().chain(&self.plan.holds);
            let mut rate = 0.0;
            for visit in visits.filter(|visit| visit.station as usize == index) {
                let own = self.rates.rate[visit.node as usize];
                let of_class = ring.shares.get(visit.class as usize);
                let of_class = of_class.filter(|shares| shares.len() == nominal.len());
                rate += own;
                for (sum, share) in shares.iter_mut().zip(of_class.unwrap_or(nominal)) {
                    *sum += own * share;
                }
            }
            shares.iter_mut().for_each(|share| *share /= rate);
            let mut both = shares.iter().zip(nominal);
            if rate > 0.0 && both.any(|(mixed, nominal)| (mixed - nominal).abs() > ALIKE) {
                let mixed = (index as u32, Dispatch::Shares(shares));
                self.keyed.mixed.push(mixed);
            }
        }
    }

    /// The groups of instances that a class's visits meet at a station, each with its share of them.
    pub(super) fn met_by(&self, station: u32, class: usize) -> impl Iterator<Item = (f64, &Part)> {
        let queue = &self.queues[station as usize];
        let own = self.keyed.shares(station, queue, class);
        let parts = self.parts_of(queue).iter().enumerate();
        parts.map(move |(place, part)| (own.map_or(part.share, |shares| shares[place]), part))
    }

    /// Whether classes divide over the groups of a station's instances each in its own way.
    pub(super) fn divides_by_class(&self, station: u32) -> bool {
        let queue = &self.queues[station as usize];
        self.keyed.shares(station, queue, 0).is_some()
    }
}
