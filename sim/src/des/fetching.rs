//! Look-ups: a key is there, is fetched, or somebody else's fetch of it is waited for. It doesn't know which keys are held.

use super::engine::{Engine, Next};
use super::job::{Doing, Open};
use super::keys::{Asked, Fetch, Vintage};
use super::program::{NONE, Op};

impl Engine {
    /// Asks a store for a key.
    pub(super) fn look_up(&mut self, id: u32, place: u32, miss: u32, hit: u32) -> Next {
        let now = self.now;
        let job = &mut self.jobs[id];
        let store = &mut self.stores[place as usize];
        let asked = store.look_up(job.class, now);
        let Asked { key, found, .. } = asked;
        let tally = self.tally.lookups_at(place, job.class);
        tally.asked += 1;
        tally.found += u64::from(found);
        if found {
            job.at = hit;
            if store.is_watched {
                self.found_copy(id, place, asked);
            }
            return Next::Operation;
        }
        if store.is_watched
            && let Some(seen) = store.counted_at(job.class)
        {
            self.tally.read_at(seen, job.class, None);
        }
        let flight = match store.fetch(asked, job.class, job.at) {
            Fetch::Alone => NONE,
            Fetch::Watched(flight) => flight,
            Fetch::Waits(flight) => {
                self.tally.lookups_at(place, job.class).waited += 1;
                job.doing = Doing::Waiting;
                store.waiting(flight).push_back(self.jobs.all_mut(), id);
                return Next::Later;
            }
        };
        job.at = miss;
        self.open(id, begun(place, key, flight));
        Next::Operation
    }

    /// An execution needs an environment: one that is idle, or a new one.
    pub(super) fn use_environment(&mut self, id: u32, function: u32, cold: u32) -> Next {
        let environments = &mut self.environments[function as usize];
        let (warm, version) = (environments.take(self.now), environments.version());
        let job = &mut self.jobs[id];
        let tally = self.tally.lookups_at(function, job.class);
        tally.asked += 1;
        tally.found += u64::from(warm);
        job.at = if warm { job.at + 1 } else { cold };
        self.open(id, Open::Environment { function, version });
        Next::Operation
    }

    /// A key has been fetched: those who have waited go on as if they had found it.
    pub(super) fn fetched(
        &mut self,
        class: u16,
        (place, key): (u32, u64),
        flight: u32,
        read: Vintage,
    ) {
        let store = &mut self.stores[place as usize];
        store.keep(class, key, self.now);
        let is_watched = store.is_watched;
        if is_watched {
            store.date(key, read, self.now);
        }
        if flight == NONE {
            return;
        }
        // The last first, so that they go on in their order.
        let mut waiter = store.end_flight(flight).tail;
        while waiter != NONE {
            let job = &mut self.jobs[waiter];
            job.doing = Doing::Nothing;
            job.at += 1;
            self.ready.push(waiter);
            let before = job.previous;
            if is_watched {
                self.has_read(waiter, read);
            }
            waiter = before;
        }
    }

    /// A fetch has failed: the first of those who have waited fetches in its place, and the others wait for that.
    pub(super) fn fetch_failed(&mut self, place: u32, flight: u32) {
        let store = &mut self.stores[place as usize];
        let Some(waiter) = store.waiting(flight).pop_front(self.jobs.all_mut()) else {
            store.end_flight(flight);
            return;
        };
        let key = store.key_of(flight);
        let job = &mut self.jobs[waiter];
        job.doing = Doing::Nothing;
        if let Op::Lookup { miss, .. } = self.program.ops[job.at as usize] {
            job.at = miss;
        }
        self.open(waiter, begun(place, key, flight));
        self.ready.push(waiter);
    }
}

/// A fetch that has read nothing yet.
fn begun(store: u32, key: u64, flight: u32) -> Open {
    let Vintage { time, outdated } = Vintage::NONE;
    Open::Fetching {
        store,
        key,
        flight,
        time,
        outdated,
    }
}
