//! Fetches under way, and who waits for them. It knows neither what is fetched nor how.

use super::super::job::{Job, Line, Linked, Places};
use super::super::program::NONE;
use super::super::random::{Stream, scramble};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The fetches of one store.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    flights: Places<Flight>,
    /// By key and by the operation that looks it up: only there are the jobs that wait sure to hold nothing that the fetch needs.
    named: HashMap<(u64, u32), u32, BuildHasherDefault<FlightHasher>>,
    /// Of keys that aren't simulated.
    unnamed: Vec<u32>,
    /// For names that change.
    moved: Vec<(u64, u32, u32)>,
}

#[derive(Clone, Debug)]
struct Flight {
    /// 0 for one that isn't simulated.
    key: u64,
    at: u32,
    class: u16,
    /// Its place among the unnamed.
    place: u32,
    waiting: Line,
}

impl Linked for Flight {
    fn link(&mut self) -> &mut u32 {
        &mut self.place
    }

    fn linked(&self) -> u32 {
        self.place
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FlightHasher(u64);

impl Hasher for FlightHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = scramble(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = scramble(self.0 ^ number);
    }
}

impl Flights {
    /// The fetch of this key that the operation at this place has begun.
    pub fn of(&self, key: u64, at: u32) -> Option<u32> {
        self.named.get(&(key, at)).copied()
    }

    /// One of the fetches of keys that aren't simulated, when it was begun there for this class.
    pub fn any(&self, at: u32, class: u16, chance: &mut Stream) -> Option<u32> {
        if self.unnamed.is_empty() {
            return None;
        }
        let flight = self.unnamed[chance.below(self.unnamed.len() as u32) as usize];
        let Flight {
            at: begun,
            class: own,
            ..
        } = self.flights[flight];
        (begun == at && own == class).then_some(flight)
    }

    /// Calls the function with the place of each operation that has begun a fetch, and notes the place that it leaves there.
    pub fn for_each_code_place(&mut self, visit: &mut impl FnMut(&mut u32)) {
        let flights: Vec<u32> = self.flights.places_in_use().collect();
        for flight in flights {
            let Flight { key, at, .. } = &mut self.flights[flight];
            let old = *at;
            visit(at);
            if *at != old && *key != 0 {
                let (key, at) = (*key, *at);
                self.named.remove(&(key, old));
                self.moved.push((key, at, flight));
            }
        }
        for (key, at, flight) in self.moved.drain(..) {
            self.named.insert((key, at), flight);
        }
    }

    /// Whether nothing is being fetched.
    pub fn is_empty(&self) -> bool {
        self.flights.used() == 0
    }

    /// A fetch begins.
    pub fn begin(&mut self, key: u64, at: u32, class: u16) -> u32 {
        let flight = self.flights.put(Flight {
            key,
            at,
            class,
            place: self.unnamed.len() as u32,
            waiting: Line::EMPTY,
        });
        if key == 0 {
            self.unnamed.push(flight);
        } else {
            self.named.insert((key, at), flight);
        }
        flight
    }

    /// Its key.
    pub fn key(&self, flight: u32) -> u64 {
        self.flights[flight].key
    }

    /// Who waits for it.
    pub fn waiting(&mut self, flight: u32) -> &mut Line {
        &mut self.flights[flight].waiting
    }

    /// A job waits no longer, for whatever it was.
    pub fn stop_waiting(&mut self, jobs: &mut Places<Job>, job: u32) {
        let mut head = job;
        while jobs[head].previous != NONE {
            head = jobs[head].previous;
        }
        let flight = self
            .flights
            .places_in_use()
            .find(|flight| self.flights[*flight].waiting.head == head);
        if let Some(flight) = flight {
            self.flights[flight].waiting.remove(jobs.all_mut(), job);
        }
    }

    /// It ends; says who has waited.
    pub fn end(&mut self, flight: u32) -> Line {
        let Flight {
            key,
            at,
            place,
            waiting,
            ..
        } = self.flights[flight].clone();
        if key == 0 {
            self.unnamed.swap_remove(place as usize);
            if let Some(moved) = self.unnamed.get(place as usize) {
                self.flights[*moved].place = place;
            }
        } else {
            self.named.remove(&(key, at));
        }
        self.flights.free(flight);
        waiting
    }
}
